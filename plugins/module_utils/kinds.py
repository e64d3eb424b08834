# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds table: what every kind of link has, and how the kernel lets it change.

Option names, validation, netlink messages, iproute2 commands, comparison and diffs all come from here. A new kind, or a
new attribute of a kind, is a new entry. Numbers are those of include/uapi/linux/if_link.h; a unit test holds them against
pyroute2's.
"""

from __future__ import annotations

import dataclasses
import functools
import struct
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import values

# How the kernel lets an attribute of an existing link change.
LIVE = "live"  # at any time
LINK_DOWN = "link_down"  # only while the link is down
NO_PORTS = "no_ports"  # only while the link has no ports
LINK_DOWN_NO_PORTS = "link_down_no_ports"  # only while the link is down and has no ports
NEVER = "never"  # only by making the link anew
PARENTS = "parents"  # it has what its parent has
# What being plugged into a master, or out of it, does to a link: LIVE nothing, LINK_DOWN it must be down for it (and is down after it).
CYCLED = "cycled"  # the kernel takes it down and up again
# How many queues a new link has that is given no number: as many as this, or
PER_CPU = -1  # one for each CPU that there may be, with kernels that do so
OF_ITS_DRIVER = 0  # as many as its driver gives it, and nobody else can
AT_CREATION = "at_creation"  # belongs to whoever opened the device last: set once, never compared afterwards


@dataclasses.dataclass(frozen=True)
class Needs:
    """What another option must be for an attribute to exist. ``text`` stands behind "only with" in messages."""

    option: str
    fits: t.Callable[[t.Any], bool]
    text: str
    example: t.Any  # a value that fits, for tests

    def met(self, options: dict[str, t.Any]) -> bool:
        return self.fits(options.get(self.option))


def _one_of(option: str, *allowed: t.Any, usual: bool = False) -> Needs:
    """``usual``: a link that says nothing has one of them."""
    *words, last = [str(value).lower() if isinstance(value, bool) else value for value in allowed]
    text = " or ".join([", ".join(words), last] if words else [last])
    return Needs(option, lambda value: value in allowed or (usual and value is None), "%s %s" % (option, text), allowed[0])


def _none_of(option: str, *others: t.Any, example: t.Any) -> Needs:
    words = ", ".join(str(other) for other in others)
    return Needs(option, lambda value: value is not None and value not in others, "%s other than %s" % (option, words), example)


def _six(option: str) -> Needs:
    return Needs(option, lambda value: value is not None and ":" in value, "an IPv6 address as %s" % option, "2001:db8::1")


def _four(option: str) -> Needs:
    return Needs(option, lambda value: value is not None and ":" not in value, "an IPv4 address as %s" % option, "192.0.2.1")


@dataclasses.dataclass(frozen=True)
class Attribute:
    """One attribute: ``name`` is the option, ``nla`` and ``number`` the netlink attribute, ``ip`` the iproute2 word."""

    name: str
    type: values.Type
    nla: str
    number: int
    ip: str
    change: str = LIVE
    # (asked, has) -> the kernel can't change from one to the other, whatever ``change`` says.
    never_if: t.Callable[[t.Any, t.Any], bool] | None = None
    # Set in a message of its own after this other option, because the kernel checks one against the other.
    after: str = ""
    # (wanted value, all options the link will have) -> the value that the kernel will store.
    stored: t.Callable[[t.Any, dict[str, t.Any]], t.Any] | None = None
    # What a new link has. Not sent then, because a kernel built without the thing refuses to be told that it is off.
    born: t.Any = None
    # A second netlink attribute that takes part: the one for an IPv6 address, or for a flag. What is in which the type knows.
    second: tuple[str, int] | None = None
    # Without this the kernel refuses it, and what it reports of it means nothing.
    needs: Needs | None = None
    # (value, what the link has) -> other options that the kernel changes along with it.
    moves: t.Callable[[t.Any, dict[str, t.Any]], dict[str, t.Any]] | None = None
    # Options that go into the same message with what the link has, because the kernel, or iproute2, takes them together only.
    along: tuple[str, ...] = ()
    # The kernel reports this one even when built without it, and then leaves this other option out.
    reported_with: str = ""
    # Of a port: what the options of its master must be for the kernel to take it.
    of_master: Needs | None = None
    # Of a port: no two ports of one master have the same, but for what a new one has.
    apart: bool = False
    # Of a port: what every link has that is, of its master, the most that it can be.
    at_most: str = ""
    # The kernel configuration symbol without which the attribute does not exist.
    config: str = ""
    # The first kernel release that has it, where supported ones do not.
    since: str = ""

    @property
    def places(self) -> list[tuple[str, int]]:
        """Name and number of the netlink attributes that it is in."""
        return [(self.nla, self.number), *([self.second] if self.second else [])]

    def pieces(self, value: t.Any) -> list[tuple[str, t.Any]]:
        """The netlink attributes to send for a value, by name."""
        names = [name for name, _number in self.places]
        return [(name, wire) for name, wire in zip(names, self.type.split(value)) if wire is not None]

    def read(self, found: dict[int, bytes]) -> t.Any:
        """The value in what the kernel reported; None where it does not say."""
        first, second = found.get(self.number), found.get(self.second[1]) if self.second else None
        return self.type.join(first, second)

    @functools.cached_property
    def plain(self) -> bool:
        """Whether it is a value in one netlink attribute, which is read without asking :meth:`read`."""
        return self.second is None and type(self.type).join is values.Type.join

    @property
    def needs_down(self) -> bool:
        return self.change in (LINK_DOWN, LINK_DOWN_NO_PORTS)

    @property
    def needs_no_ports(self) -> bool:
        return self.change in (NO_PORTS, LINK_DOWN_NO_PORTS)

    def exists(self, options: dict[str, t.Any]) -> bool:
        """Whether a link with these options has such an attribute at all."""
        return self.needs is None or self.needs.met(options)

    def can_change(self, asked: t.Any, has: t.Any) -> bool:
        """Whether the kernel can make ``has`` into ``asked`` on an existing link."""
        return self.change != NEVER and not (self.never_if and self.never_if(asked, has))

    def reported(self, options: dict[str, t.Any]) -> bool:
        """Whether the kernel that reported ``options`` has this attribute."""
        return self.name in options and (not self.reported_with or self.reported_with in options)

    def will_store(self, value: t.Any, options: dict[str, t.Any]) -> t.Any:
        """What the kernel will report after ``value`` was set beside ``options``."""
        return self.stored(value, options) if self.stored else value

    def same(self, wanted: t.Any, observed: t.Any) -> bool:
        """Whether the kernel's ``observed`` value is what setting ``wanted`` gives."""
        if wanted == observed:
            return True
        if observed is None:
            # The kernel leaves out what it was built without, and lists without entries; a thing that does not exist is off, or always on.
            return wanted is (self.born is True) or wanted in ("", (), self.born)
        return isinstance(self.type, values.Seconds) and observed in _rounded_by_jiffies(wanted)


def _rounded_by_jiffies(ticks: int) -> set[int]:
    """What the kernel may give back for ``ticks``: it keeps jiffies, of which HZ=250 and HZ=300 have no whole number a tick.

    clock_t_to_jiffies() and jiffies_to_clock_t() in kernel/time/time.c both round down.
    """
    return {ticks * hz // values.USER_HZ * values.USER_HZ // hz for hz in (250, 300)}


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of link. ``rtnetlink`` is its IFLA_INFO_KIND, ``config`` and ``driver`` what the kernel needs for it."""

    name: str
    rtnetlink: str
    config: str
    driver: str
    attributes: tuple[Attribute, ...] = ()
    movable: bool = True  # can change its namespace (not NETIF_F_NETNS_LOCAL)
    has_ports: bool = False  # can be the master of other links
    ports_have_mac: bool = False  # none but those that have a link-layer address can be its ports
    never_ports: tuple[str, ...] = ()  # kinds that can't be its ports, whatever they have
    joining: str = LIVE  # what its ports go through when they are plugged in or out: LIVE, LINK_DOWN or CYCLED
    ports_look_like_it: t.Callable[[dict[str, t.Any]], bool] | None = None  # by its options: ports have its MAC; and its MTU always
    has_vlans: bool = False  # filters VLANs: it has a list of them, and so has each of its ports, and forwarding entries
    has_peer: bool = False  # comes as a pair
    has_carrier: bool = False  # has carrier as soon as it is up, of a pair both ends; others need something to carry
    layer3: bool = False  # carries bare IP packets
    layer3_if: tuple[str, t.Any] = ("", None)  # an option and the value with which it does
    ipv6_of_ipv4: bool = False  # its link-local addresses are made of IPv4 ones, and the kernel does not mark them as its own
    # How the kernel lets its link-layer address change: live, never (it takes one when it is made), or it has its parent's.
    mac: str = LIVE
    by_ioctl: bool = False  # made by TUNSETIFF, not by RTM_NEWLINK
    has_parent: bool = False  # is made on top of another link
    needs_parent: bool = False
    parent_nla: tuple[str, int] = ("", 0)  # in IFLA_INFO_DATA; else it is IFLA_LINK
    outlives_parent: bool = False  # the kernel does not delete it with its parent
    parent_beside: bool = False  # its parent is in its own namespace, for there the kernel looks up the ifindex it is given
    # By its options: the kernel takes it down and up with its parent.
    follows_parent: t.Callable[[dict[str, t.Any]], bool] | None = None
    required: tuple[str, ...] = ()  # options without which the kernel makes none
    # A message that changes one resets whatever it leaves out: it has to carry everything.
    whole: bool = False
    # What a new one gets where nothing is asked for, as iproute2 gives it; the kernel by itself would choose otherwise.
    defaults: t.Callable[[dict[str, t.Any]], dict[str, t.Any]] | None = None
    fallback: str = ""  # the one that the driver itself makes in every namespace, and nobody can delete
    # Options that suffice to make one, to find out whether the kernel can.
    sample: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    # An MTU in the creating message is forgotten by the kernel when a port joins; set afterwards it stays.
    mtu_after_creation: bool = False
    queues: int = 1  # that a new one has to send, and to receive, where none are asked for

    @functools.cached_property
    def by_option(self) -> dict[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    def has_mac(self, options: dict[str, t.Any]) -> bool:
        """Whether links of this kind have a link-layer address (a tun carries bare IP packets)."""
        option, value = self.layer3_if
        return not self.layer3 and not (option and options.get(option) == value)

    def options_after(self, has: dict[str, t.Any], values_: dict[str, t.Any]) -> dict[str, t.Any]:
        """What a link that has the options ``has`` has after ``values_`` were set, in the order in which the kernel takes them."""
        options = dict(has)
        for name, attribute in self.by_option.items():
            if name in values_:
                options.update(attribute.moves(values_[name], options) if attribute.moves else {})
                options[name] = values_[name]
        known = {name: self.by_option[name].will_store(value, options) for name, value in options.items() if name in self.by_option}
        return {name: value for name, value in known.items() if self.by_option[name].exists(options)}

    def takes_mac(self, options: dict[str, t.Any]) -> bool:
        """Whether one can be given a link-layer address."""
        return self.has_mac(options) and self.mac != PARENTS


# ---- what every link has -------------------------------------------------------------------------------------------

UP, DOWN = "up", "down"
ON_OFF = ("off", "on")

# GSO_LEGACY_MAX_SIZE, GRO_LEGACY_MAX_SIZE and GSO_MAX_SEGS in include/linux/netdevice.h: what a new link has, if its driver takes as much.
USUAL_SIZE = 65536
USUAL_SEGMENTS = 65535

_QUEUES = values.Unsigned(1, 4096)
_SIZE = values.Unsigned(unit="bytes")


def _moves_that_of_ipv4(option: str) -> t.Callable[[t.Any, dict[str, t.Any]], dict[str, t.Any]]:
    """netif_set_gso_max_size, netif_set_gro_max_size: on kernels that tell IPv4 apart it follows, up to what was once the most."""

    def moves(size: int, has: dict[str, t.Any]) -> dict[str, t.Any]:
        return {option: size} if size <= USUAL_SIZE and option in has else {}

    return moves


# What the driver chooses for itself where nobody does, in the order in which the kernel takes it from a message.
OF_DRIVERS = (
    Attribute("num_tx_queues", _QUEUES, "IFLA_NUM_TX_QUEUES", 31, "numtxqueues", change=NEVER),
    Attribute("num_rx_queues", _QUEUES, "IFLA_NUM_RX_QUEUES", 32, "numrxqueues", change=NEVER, config="CONFIG_RPS"),
    Attribute("gso_max_size", _SIZE, "IFLA_GSO_MAX_SIZE", 41, "gso_max_size", moves=_moves_that_of_ipv4("gso_ipv4_max_size")),
    Attribute("gso_max_segs", values.Unsigned(0, USUAL_SEGMENTS, unit="segments"), "IFLA_GSO_MAX_SEGS", 40, "gso_max_segs"),
    Attribute("gro_max_size", _SIZE, "IFLA_GRO_MAX_SIZE", 58, "gro_max_size", moves=_moves_that_of_ipv4("gro_ipv4_max_size"), since="5.19"),
    Attribute("gso_ipv4_max_size", _SIZE, "IFLA_GSO_IPV4_MAX_SIZE", 63, "gso_ipv4_max_size", since="6.3"),
    Attribute("gro_ipv4_max_size", _SIZE, "IFLA_GRO_IPV4_MAX_SIZE", 64, "gro_ipv4_max_size", since="6.3"),
)

COMMON = (
    Attribute("mac", values.Mac(), "IFLA_ADDRESS", 1, "address"),
    Attribute("mtu", values.Unsigned(68, 0x7FFFFFFF, unit="bytes"), "IFLA_MTU", 4, "mtu"),
    Attribute("tx_queue_len", values.Unsigned(0, 0x7FFFFFFF, unit="packets"), "IFLA_TXQLEN", 13, "txqueuelen"),
    Attribute("alias", values.Text(values.IFALIASZ - 1), "IFLA_IFALIAS", 20, "alias"),
    # The kernel and iproute2 keep it in an int.
    Attribute("link_group", values.Unsigned(0, 0x7FFFFFFF), "IFLA_GROUP", 27, "group"),
    Attribute(
        "ipv6_addr_gen_mode",
        values.Choice({"eui64": 0, "none": 1, "stable_secret": 2, "random": 3}),
        "IFLA_INET6_ADDR_GEN_MODE",
        8,
        "addrgenmode",
    ),
    Attribute("master", values.Name(), "IFLA_MASTER", 10, "master"),
    Attribute("admin_state", values.Choice({UP: 1, DOWN: 0}), "IFF_UP", 0, ""),
    *OF_DRIVERS,
)
COMMON_BY_OPTION = {attribute.name: attribute for attribute in COMMON}

# The kernel takes these in the message that creates a link, and ignores the others there while answering 0.
AT_BIRTH = ("mac", "mtu", "tx_queue_len", "link_group", "master", "num_tx_queues", "num_rx_queues")


# ---- bridge --------------------------------------------------------------------------------------------------------

# BR_MIN_FORWARD_DELAY, BR_MAX_FORWARD_DELAY in net/bridge/br_private.h (802.1D), in ticks.
_FORWARD_DELAY_WITH_STP = (2 * values.USER_HZ, 30 * values.USER_HZ)


def _clamped_by_stp(ticks: int, options: dict[str, t.Any]) -> int:
    """With STP on the kernel keeps forward_delay within 802.1D's limits (br_stp_start); without, it takes any."""
    low, high = _FORWARD_DELAY_WITH_STP
    return min(max(ticks, low), high) if options.get("stp") else ticks


_DAY = 24 * 60 * 60

_VLAN_PROTOCOL = values.Choice({"802.1Q": 0x8100, "802.1ad": 0x88A8}, "be16")  # ETH_P_8021Q, ETH_P_8021AD

_SNOOPING = "CONFIG_BRIDGE_IGMP_SNOOPING"
_VLAN = "CONFIG_BRIDGE_VLAN_FILTERING"
_NETFILTER = "CONFIG_BRIDGE_NETFILTER"

BRIDGE = Kind(
    "bridge",
    "bridge",
    "CONFIG_BRIDGE",
    "bridge",
    movable=False,
    has_ports=True,
    ports_have_mac=True,
    never_ports=("bridge",),
    has_vlans=True,
    mtu_after_creation=True,
    attributes=(
        Attribute("stp", values.Flag("uint32"), "IFLA_BR_STP_STATE", 5, "stp_state"),
        Attribute("forward_delay", values.Seconds(), "IFLA_BR_FORWARD_DELAY", 1, "forward_delay", after="stp", stored=_clamped_by_stp),
        Attribute("hello_time", values.Seconds(1, 10), "IFLA_BR_HELLO_TIME", 2, "hello_time"),
        Attribute("max_age", values.Seconds(6, 40), "IFLA_BR_MAX_AGE", 3, "max_age"),
        Attribute("ageing_time", values.Seconds(), "IFLA_BR_AGEING_TIME", 4, "ageing_time"),
        Attribute("priority", values.Unsigned(0, 0xFFFF, "uint16"), "IFLA_BR_PRIORITY", 6, "priority"),
        Attribute(
            "vlan_filtering",
            values.Flag(),
            "IFLA_BR_VLAN_FILTERING",
            7,
            "vlan_filtering",
            born=False,
            reported_with="vlan_protocol",
            config=_VLAN,
        ),
        Attribute(
            "vlan_protocol",
            _VLAN_PROTOCOL,
            "IFLA_BR_VLAN_PROTOCOL",
            8,
            "vlan_protocol",
            config=_VLAN,
        ),
        Attribute(
            "vlan_default_pvid",
            values.Unsigned(0, 4094, "uint16"),
            "IFLA_BR_VLAN_DEFAULT_PVID",
            39,
            "vlan_default_pvid",
            config=_VLAN,
        ),
        Attribute("vlan_stats_enabled", values.Flag(), "IFLA_BR_VLAN_STATS_ENABLED", 41, "vlan_stats_enabled", born=False, config=_VLAN),
        Attribute(
            "vlan_stats_per_port",
            values.Flag(),
            "IFLA_BR_VLAN_STATS_PER_PORT",
            45,
            "vlan_stats_per_port",
            change=NO_PORTS,
            born=False,
            config=_VLAN,
        ),
        Attribute("group_fwd_mask", values.Unsigned(0, 0xFFFF, "uint16"), "IFLA_BR_GROUP_FWD_MASK", 9, "group_fwd_mask"),
        Attribute("group_address", values.Mac(multicast=True), "IFLA_BR_GROUP_ADDR", 20, "group_address"),
        Attribute("no_linklocal_learn", values.Bit(1, ("0", "1")), "IFLA_BR_MULTI_BOOLOPT", 46, "no_linklocal_learn"),
        Attribute(
            "multicast_vlan_snooping",
            values.Bit(2, ("0", "1")),
            "IFLA_BR_MULTI_BOOLOPT",
            46,
            "mcast_vlan_snooping",
            needs=_one_of("vlan_filtering", True),
            config=_SNOOPING + " and " + _VLAN,
        ),
        Attribute("multicast_snooping", values.Flag(), "IFLA_BR_MCAST_SNOOPING", 23, "mcast_snooping", config=_SNOOPING),
        Attribute(
            "multicast_router",
            values.Choice({"disabled": 0, "temp_query": 1, "permanent": 2}, in_numbers=True),
            "IFLA_BR_MCAST_ROUTER",
            22,
            "mcast_router",
            config=_SNOOPING,
        ),
        Attribute(
            "multicast_query_use_ifaddr",
            values.Flag(),
            "IFLA_BR_MCAST_QUERY_USE_IFADDR",
            24,
            "mcast_query_use_ifaddr",
            config=_SNOOPING,
        ),
        Attribute("multicast_querier", values.Flag(), "IFLA_BR_MCAST_QUERIER", 25, "mcast_querier", config=_SNOOPING),
        Attribute("multicast_hash_max", values.Unsigned(1), "IFLA_BR_MCAST_HASH_MAX", 27, "mcast_hash_max", config=_SNOOPING),
        Attribute(
            "multicast_last_member_count",
            values.Unsigned(),
            "IFLA_BR_MCAST_LAST_MEMBER_CNT",
            28,
            "mcast_last_member_count",
            config=_SNOOPING,
        ),
        Attribute(
            "multicast_startup_query_count",
            values.Unsigned(),
            "IFLA_BR_MCAST_STARTUP_QUERY_CNT",
            29,
            "mcast_startup_query_count",
            config=_SNOOPING,
        ),
        Attribute(
            "multicast_last_member_interval",
            values.Seconds(wire="uint64"),
            "IFLA_BR_MCAST_LAST_MEMBER_INTVL",
            30,
            "mcast_last_member_interval",
            config=_SNOOPING,
        ),
        Attribute(
            "multicast_membership_interval",
            values.Seconds(wire="uint64"),
            "IFLA_BR_MCAST_MEMBERSHIP_INTVL",
            31,
            "mcast_membership_interval",
            config=_SNOOPING,
        ),
        Attribute(
            "multicast_querier_interval",
            values.Seconds(wire="uint64"),
            "IFLA_BR_MCAST_QUERIER_INTVL",
            32,
            "mcast_querier_interval",
            config=_SNOOPING,
        ),
        # The kernel raises the query intervals to 1 s (br_multicast_set_query_intvl, 5.17) and lowers them to a day.
        Attribute(
            "multicast_query_interval",
            values.Seconds(1, _DAY, wire="uint64"),
            "IFLA_BR_MCAST_QUERY_INTVL",
            33,
            "mcast_query_interval",
            config=_SNOOPING,
        ),
        Attribute(
            "multicast_query_response_interval",
            values.Seconds(wire="uint64"),
            "IFLA_BR_MCAST_QUERY_RESPONSE_INTVL",
            34,
            "mcast_query_response_interval",
            config=_SNOOPING,
        ),
        Attribute(
            "multicast_startup_query_interval",
            values.Seconds(1, _DAY, wire="uint64"),
            "IFLA_BR_MCAST_STARTUP_QUERY_INTVL",
            35,
            "mcast_startup_query_interval",
            config=_SNOOPING,
        ),
        Attribute("multicast_stats_enabled", values.Flag(), "IFLA_BR_MCAST_STATS_ENABLED", 42, "mcast_stats_enabled", config=_SNOOPING),
        Attribute(
            "multicast_igmp_version",
            values.Unsigned(2, 3, "uint8"),
            "IFLA_BR_MCAST_IGMP_VERSION",
            43,
            "mcast_igmp_version",
            config=_SNOOPING,
        ),
        Attribute(
            "multicast_mld_version",
            values.Unsigned(1, 2, "uint8"),
            "IFLA_BR_MCAST_MLD_VERSION",
            44,
            "mcast_mld_version",
            config=_SNOOPING + " and CONFIG_IPV6",
        ),
        Attribute("nf_call_iptables", values.Flag(), "IFLA_BR_NF_CALL_IPTABLES", 36, "nf_call_iptables", config=_NETFILTER),
        Attribute("nf_call_ip6tables", values.Flag(), "IFLA_BR_NF_CALL_IP6TABLES", 37, "nf_call_ip6tables", config=_NETFILTER),
        Attribute("nf_call_arptables", values.Flag(), "IFLA_BR_NF_CALL_ARPTABLES", 38, "nf_call_arptables", config=_NETFILTER),
    ),
)

# ---- tun/tap, dummy, veth ------------------------------------------------------------------------------------------

TUNTAP = Kind(
    "tuntap",
    "tun",
    "CONFIG_TUN",
    "tun",
    by_ioctl=True,
    queues=OF_ITS_DRIVER,
    layer3_if=("mode", "tun"),
    required=("mode",),
    sample={"mode": "tap"},
    attributes=(
        Attribute("mode", values.Choice({"tun": 1, "tap": 2}), "IFLA_TUN_TYPE", 3, "mode", change=NEVER),
        Attribute("user", values.Account(), "IFLA_TUN_OWNER", 1, "user"),
        Attribute("group", values.Account(), "IFLA_TUN_GROUP", 2, "group"),
        Attribute("multi_queue", values.Flag(), "IFLA_TUN_MULTI_QUEUE", 7, "multi_queue", change=NEVER),
        Attribute("pi", values.Flag(), "IFLA_TUN_PI", 4, "pi", change=AT_CREATION),
        Attribute("vnet_hdr", values.Flag(), "IFLA_TUN_VNET_HDR", 5, "vnet_hdr", change=AT_CREATION),
    ),
)

DUMMY = Kind("dummy", "dummy", "CONFIG_DUMMY", "dummy", has_carrier=True)

VETH = Kind("veth", "veth", "CONFIG_VETH", "veth", has_peer=True, has_carrier=True, queues=PER_CPU)

# ---- links on top of others ----------------------------------------------------------------------------------------

VLAN = Kind(
    "vlan",
    "vlan",
    "CONFIG_VLAN_8021Q",
    "8021q",
    has_parent=True,
    needs_parent=True,
    follows_parent=lambda options: not options.get("loose_binding"),
    required=("id",),
    sample={"id": 1},
    attributes=(
        # The kernel answers 0 to a new id or protocol of an existing vlan, and keeps the old.
        Attribute("id", values.Unsigned(0, 4094, "uint16"), "IFLA_VLAN_ID", 1, "id", change=NEVER),
        Attribute(
            "protocol",
            _VLAN_PROTOCOL,
            "IFLA_VLAN_PROTOCOL",
            5,
            "protocol",
            change=NEVER,
        ),
        Attribute("reorder_hdr", values.Bit(1), "IFLA_VLAN_FLAGS", 2, "reorder_hdr"),
        Attribute("gvrp", values.Bit(2), "IFLA_VLAN_FLAGS", 2, "gvrp", config="CONFIG_VLAN_8021Q_GVRP"),
        Attribute("loose_binding", values.Bit(4), "IFLA_VLAN_FLAGS", 2, "loose_binding"),
        Attribute("mvrp", values.Bit(8), "IFLA_VLAN_FLAGS", 2, "mvrp", config="CONFIG_VLAN_8021Q_MVRP"),
        Attribute("bridge_binding", values.Bit(16), "IFLA_VLAN_FLAGS", 2, "bridge_binding"),
        # From the priority in the frame (PCP) to the packet's (skb->priority), and back.
        Attribute("ingress_qos_map", values.QosMap(7, 0xFFFFFFFF), "IFLA_VLAN_INGRESS_QOS", 4, "ingress-qos-map"),
        Attribute("egress_qos_map", values.QosMap(0xFFFFFFFF, 7), "IFLA_VLAN_EGRESS_QOS", 3, "egress-qos-map"),
    ),
)

_MACVLAN_MODES = values.Choice({"private": 1, "vepa": 2, "bridge": 4, "passthru": 8, "source": 16}, "uint32")


def _to_or_from_passthru(asked: t.Any, has: t.Any) -> bool:
    """passthru takes the parent's MAC and promiscuity for itself when it is made (macvlan_changelink refuses)."""
    return "passthru" in (asked, has)


_MACVLAN = (
    Attribute("mode", _MACVLAN_MODES, "IFLA_MACVLAN_MODE", 1, "mode", never_if=_to_or_from_passthru),
    # The kernel keeps both in one attribute without mask; iproute2 wants to hear the mode with the first.
    Attribute(
        "nopromisc",
        values.BareBit(1, "=H", ("flag null", "flag nopromisc")),
        "IFLA_MACVLAN_FLAGS",
        2,
        "",
        needs=_one_of("mode", "passthru"),
        along=("mode", "nodst"),
    ),
    Attribute("nodst", values.BareBit(2, "=H", ("flag null", "flag nodst")), "IFLA_MACVLAN_FLAGS", 2, "", along=("mode", "nopromisc")),
    Attribute("bcqueuelen", values.Unsigned(), "IFLA_MACVLAN_BC_QUEUE_LEN", 7, "bcqueuelen"),
    # The last, for iproute2 reads addresses to the end of the line.
    Attribute(
        "macaddrs",
        values.Macs(),
        "IFLA_MACVLAN_MACADDR_DATA",
        5,
        "macaddr",
        second=("IFLA_MACVLAN_MACADDR_MODE", 3),
        needs=_one_of("mode", "source"),
    ),
)
MACVLAN = Kind("macvlan", "macvlan", "CONFIG_MACVLAN", "macvlan", _MACVLAN, has_parent=True, needs_parent=True)
MACVTAP = Kind("macvtap", "macvtap", "CONFIG_MACVTAP", "macvtap", _MACVLAN, has_parent=True, needs_parent=True)

IPVLAN = Kind(
    "ipvlan",
    "ipvlan",
    "CONFIG_IPVLAN",
    "ipvlan",
    mac=PARENTS,
    has_parent=True,
    needs_parent=True,
    attributes=(
        Attribute("mode", values.Choice({"l2": 0, "l3": 1, "l3s": 2}, "uint16"), "IFLA_IPVLAN_MODE", 1, "mode"),
        # iproute2 writes the word alone.
        Attribute("isolation", values.Choice({"bridge": 0, "private": 1, "vepa": 2}, "uint16"), "IFLA_IPVLAN_FLAGS", 2, ""),
    ),
)

_NOT_EXTERNAL = _one_of("external", False, usual=True)
_EXTERNAL = _one_of("external", True)


def _other_family(asked: t.Any, has: t.Any) -> bool:
    """A tunnel's socket is of the family of its addresses."""
    return bool(asked and has) and (":" in asked) != (":" in has)


def _to_or_from_inherit(asked: t.Any, has: t.Any) -> bool:
    return "inherit" in (asked, has)


def _never(name: str, nla: str, number: int, word: str, needs: Needs | None = None) -> Attribute:
    """A switch of a tunnel that is set when it is made."""
    return Attribute(name, values.Flag(words=("no" + word, word)), nla, number, "", change=NEVER, needs=needs)


_TOS = values.Worded("inherit", 1, 0, 255, "uint8", hexadecimal=True)
_LABEL = values.Unsigned(0, 0xFFFFF, "be32")
_DF = values.Choice({"unset": 0, "set": 1, "inherit": 2})

VXLAN = Kind(
    "vxlan",
    "vxlan",
    "CONFIG_VXLAN",
    "vxlan",
    has_parent=True,
    parent_nla=("IFLA_VXLAN_LINK", 3),
    layer3_if=("gpe", True),
    required=("id",),
    defaults=lambda options: {"learning": False} if options.get("external") else {},
    sample={"id": 1, "port": 4789},
    attributes=(
        Attribute("id", values.Unsigned(0, 0xFFFFFF), "IFLA_VXLAN_ID", 1, "id", change=NEVER, needs=_NOT_EXTERNAL),
        Attribute("remote", values.Ip(multicast=False), "IFLA_VXLAN_GROUP", 2, "remote", second=("IFLA_VXLAN_GROUP6", 16)),
        Attribute("group", values.Ip(multicast=True), "IFLA_VXLAN_GROUP", 2, "group", second=("IFLA_VXLAN_GROUP6", 16)),
        Attribute("local", values.Ip(multicast=False), "IFLA_VXLAN_LOCAL", 4, "local", second=("IFLA_VXLAN_LOCAL6", 17)),
        Attribute(
            "ttl",
            values.OrWord("inherit", 255, "uint8", "flag", b""),
            "IFLA_VXLAN_TTL",
            5,
            "ttl",
            second=("IFLA_VXLAN_TTL_INHERIT", 28),
            never_if=_to_or_from_inherit,
        ),
        Attribute("tos", _TOS, "IFLA_VXLAN_TOS", 6, "tos"),
        Attribute("flowlabel", _LABEL, "IFLA_VXLAN_LABEL", 26, "flowlabel"),
        Attribute("df", _DF, "IFLA_VXLAN_DF", 29, "df"),
        Attribute("learning", values.Flag(words=("nolearning", "learning")), "IFLA_VXLAN_LEARNING", 7, ""),
        Attribute("ageing", values.Unsigned(1, unit="seconds"), "IFLA_VXLAN_AGEING", 8, "ageing"),  # 0 is the default
        Attribute("max_addresses", values.Unsigned(), "IFLA_VXLAN_LIMIT", 9, "maxaddress", change=NEVER),
        Attribute("source_ports", values.PortRange(), "IFLA_VXLAN_PORT_RANGE", 10, "srcport", change=NEVER),
        _never("proxy", "IFLA_VXLAN_PROXY", 11, "proxy"),
        _never("rsc", "IFLA_VXLAN_RSC", 12, "rsc"),
        _never("l2miss", "IFLA_VXLAN_L2MISS", 13, "l2miss"),
        _never("l3miss", "IFLA_VXLAN_L3MISS", 14, "l3miss"),
        Attribute("port", values.Unsigned(1, 0xFFFF, "be16"), "IFLA_VXLAN_PORT", 15, "dstport", change=NEVER),
        _never("udp_csum", "IFLA_VXLAN_UDP_CSUM", 18, "udpcsum"),
        _never("udp6_zero_csum_tx", "IFLA_VXLAN_UDP_ZERO_CSUM6_TX", 19, "udp6zerocsumtx"),
        _never("udp6_zero_csum_rx", "IFLA_VXLAN_UDP_ZERO_CSUM6_RX", 20, "udp6zerocsumrx"),
        _never("remcsum_tx", "IFLA_VXLAN_REMCSUM_TX", 21, "remcsumtx"),
        _never("remcsum_rx", "IFLA_VXLAN_REMCSUM_RX", 22, "remcsumrx"),
        Attribute("gbp", values.Presence(("", "gbp")), "IFLA_VXLAN_GBP", 23, "", change=NEVER, born=False),
        _never("external", "IFLA_VXLAN_COLLECT_METADATA", 25, "external"),
        Attribute("gpe", values.Presence(("", "gpe")), "IFLA_VXLAN_GPE", 27, "", change=NEVER, born=False, needs=_EXTERNAL),
        Attribute(
            "vnifilter",
            values.Flag(words=("novnifilter", "vnifilter")),
            "IFLA_VXLAN_VNIFILTER",
            30,
            "",
            change=NEVER,
            born=False,
            needs=_EXTERNAL,
        ),
        Attribute(
            "localbypass",
            values.Flag(words=("nolocalbypass", "localbypass")),
            "IFLA_VXLAN_LOCALBYPASS",
            31,
            "",
            born=True,
            since="6.5",
        ),
    ),
)

GENEVE = Kind(
    "geneve",
    "geneve",
    "CONFIG_GENEVE",
    "geneve",
    layer3_if=("inner_proto_inherit", True),
    required=("id", "remote"),
    sample={"id": 1, "remote": "192.0.2.1"},
    attributes=(
        Attribute("id", values.Unsigned(0, 0xFFFFFF), "IFLA_GENEVE_ID", 1, "id", change=NEVER, needs=_NOT_EXTERNAL),
        Attribute(
            "remote",
            values.Ip(multicast=False),
            "IFLA_GENEVE_REMOTE",
            2,
            "remote",
            second=("IFLA_GENEVE_REMOTE6", 7),
            never_if=_other_family,
            needs=_NOT_EXTERNAL,
        ),
        Attribute(
            "ttl",
            values.OrWord("inherit", 255, "uint8", "uint8", 1),
            "IFLA_GENEVE_TTL",
            3,
            "ttl",
            second=("IFLA_GENEVE_TTL_INHERIT", 12),
            needs=_NOT_EXTERNAL,
        ),
        Attribute("tos", _TOS, "IFLA_GENEVE_TOS", 4, "tos", needs=_NOT_EXTERNAL),
        Attribute("flowlabel", _LABEL, "IFLA_GENEVE_LABEL", 11, "flowlabel", needs=_NOT_EXTERNAL),
        Attribute("df", _DF, "IFLA_GENEVE_DF", 13, "df", needs=_NOT_EXTERNAL),
        Attribute("port", values.Unsigned(1, 0xFFFF, "be16"), "IFLA_GENEVE_PORT", 5, "dstport", change=NEVER),
        _never("udp_csum", "IFLA_GENEVE_UDP_CSUM", 8, "udpcsum", _four("remote")),
        _never("udp6_zero_csum_tx", "IFLA_GENEVE_UDP_ZERO_CSUM6_TX", 9, "udp6zerocsumtx", _six("remote")),
        _never("udp6_zero_csum_rx", "IFLA_GENEVE_UDP_ZERO_CSUM6_RX", 10, "udp6zerocsumrx", _six("remote")),
        Attribute("external", values.Presence(("noexternal", "external")), "IFLA_GENEVE_COLLECT_METADATA", 6, "", change=NEVER, born=False),
        Attribute(
            "inner_proto_inherit",
            values.Presence(("", "innerprotoinherit")),
            "IFLA_GENEVE_INNER_PROTO_INHERIT",
            14,
            "",
            change=NEVER,
            born=False,
        ),
    ),
)

# ---- GRE, over IPv4 and IPv6 ---------------------------------------------------------------------------------------

# Bits of IFLA_GRE_IFLAGS and IFLA_GRE_OFLAGS, beside that of the key.
_GRE_CSUM, _GRE_SEQ = 0x8000, 0x1000


def _gre_flag(name: str, nla: str, number: int, bit: int) -> Attribute:
    return Attribute(name, values.BareBit(bit, ">H", ("no" + name, name)), nla, number, "")


def _encap_flag(name: str, word: str, bit: int) -> Attribute:
    flag = values.BareBit(bit, "=H", ("no" + word, word))
    return Attribute(name, flag, "IFLA_GRE_ENCAP_FLAGS", 15, "", needs=_ENCAPSULATED, config=_FOU)


_FOU = "CONFIG_NET_FOU_IP_TUNNELS"
_ENCAPSULATED = _none_of("encap", "none", example="fou")

# The kernel's IFLA_GRE_* is the same for both; it takes a tunnel's end, key and flags from each message as a whole.
_GRE_ENDS = (
    Attribute("ikey", values.Key(), "IFLA_GRE_IKEY", 4, "ikey", second=("IFLA_GRE_IFLAGS", 2)),
    Attribute("okey", values.Key(), "IFLA_GRE_OKEY", 5, "okey", second=("IFLA_GRE_OFLAGS", 3)),
    _gre_flag("iseq", "IFLA_GRE_IFLAGS", 2, _GRE_SEQ),
    _gre_flag("oseq", "IFLA_GRE_OFLAGS", 3, _GRE_SEQ),
    _gre_flag("icsum", "IFLA_GRE_IFLAGS", 2, _GRE_CSUM),
    _gre_flag("ocsum", "IFLA_GRE_OFLAGS", 3, _GRE_CSUM),
    Attribute("external", values.Presence(("", "external")), "IFLA_GRE_COLLECT_METADATA", 18, "", change=NEVER, born=False),
    Attribute("encap", values.Choice({"none": 0, "fou": 1, "gue": 2}, "uint16"), "IFLA_GRE_ENCAP_TYPE", 14, "encap", config=_FOU),
    Attribute(
        "encap_sport",
        values.Worded("auto", 0, 0, 0xFFFF, "be16"),
        "IFLA_GRE_ENCAP_SPORT",
        16,
        "encap-sport",
        needs=_ENCAPSULATED,
        config=_FOU,
    ),
    Attribute(
        "encap_dport", values.Unsigned(0, 0xFFFF, "be16"), "IFLA_GRE_ENCAP_DPORT", 17, "encap-dport", needs=_ENCAPSULATED, config=_FOU
    ),
    _encap_flag("encap_csum", "encap-csum", 1),
    _encap_flag("encap_csum6", "encap-csum6", 2),
    _encap_flag("encap_remcsum", "encap-remcsum", 4),
)
_GRE_OVER_IPV4 = (
    Attribute("local", values.Ip(version=4), "IFLA_GRE_LOCAL", 6, "local"),
    Attribute("remote", values.Ip(version=4), "IFLA_GRE_REMOTE", 7, "remote"),
    Attribute("ttl", values.Worded("inherit", 0, 0, 255, "uint8"), "IFLA_GRE_TTL", 8, "ttl"),
    Attribute("tos", _TOS, "IFLA_GRE_TOS", 9, "tos"),
    Attribute("pmtudisc", values.Flag(words=("nopmtudisc", "pmtudisc")), "IFLA_GRE_PMTUDISC", 10, ""),
    Attribute(
        "ignore_df",
        values.Flag(words=("noignore-df", "ignore-df")),
        "IFLA_GRE_IGNORE_DF",
        19,
        "",
        needs=_one_of("pmtudisc", False),
    ),
    Attribute("fwmark", values.Unsigned(), "IFLA_GRE_FWMARK", 20, "fwmark"),
    *_GRE_ENDS,
)
_IP6_TUNNEL = ("IFLA_GRE_FLAGS", 13)  # IP6_TNL_F_*, include/uapi/linux/ip6_tunnel.h


def _says(bit: int) -> bytes:
    return struct.pack("=I", bit)


_GRE_OVER_IPV6 = (
    Attribute("local", values.Ip(version=6), "IFLA_GRE_LOCAL", 6, "local"),
    Attribute("remote", values.Ip(version=6), "IFLA_GRE_REMOTE", 7, "remote"),
    Attribute("hoplimit", values.Unsigned(0, 255, "uint8"), "IFLA_GRE_TTL", 8, "hoplimit"),
    Attribute(
        "encaplimit",
        values.OrWord("none", 255, "uint8", "cdata", _says(0x01)),
        "IFLA_GRE_ENCAP_LIMIT",
        11,
        "encaplimit",
        second=_IP6_TUNNEL,
    ),
    Attribute(
        "tclass",
        values.OrWord("inherit", 0xFF, "cdata", "cdata", _says(0x02), shift=20, base="0x%x"),
        "IFLA_GRE_FLOWINFO",
        12,
        "tclass",
        second=_IP6_TUNNEL,
    ),
    Attribute(
        "flowlabel",
        values.OrWord("inherit", 0xFFFFF, "cdata", "cdata", _says(0x04), shift=0, base="0x%x"),
        "IFLA_GRE_FLOWINFO",
        12,
        "flowlabel",
        second=_IP6_TUNNEL,
    ),
    Attribute("dscp_inherit", values.BareBit(0x10, "=I", ("", "dscp inherit")), *_IP6_TUNNEL, ""),
    Attribute(
        "fwmark",
        values.OrWord("inherit", 0xFFFFFFFF, "uint32", "cdata", _says(0x20), base="0x%x"),
        "IFLA_GRE_FWMARK",
        20,
        "fwmark",
        second=_IP6_TUNNEL,
    ),
    Attribute(
        "allow_localremote",
        values.BareBit(0x40, "=I", ("noallow-localremote", "allow-localremote")),
        *_IP6_TUNNEL,
        "",
    ),
    *_GRE_ENDS,
)


def _gre_over_ipv6(_options: dict[str, t.Any]) -> dict[str, t.Any]:
    """iproute2's (ip/link_gre6.c)."""
    return {"hoplimit": 64, "encaplimit": 4}


_GRE_PARENT = ("IFLA_GRE_LINK", 1)
GRE = Kind(
    "gre",
    "gre",
    "CONFIG_NET_IPGRE",
    "ip_gre",
    _GRE_OVER_IPV4,
    layer3=True,
    has_parent=True,
    parent_nla=_GRE_PARENT,
    parent_beside=True,
    outlives_parent=True,
    whole=True,
    ipv6_of_ipv4=True,
    fallback="gre0",
    sample={"remote": "192.0.2.1"},
)
GRETAP = dataclasses.replace(GRE, name="gretap", rtnetlink="gretap", layer3=False, ipv6_of_ipv4=False, fallback="gretap0")
IP6GRE = Kind(
    "ip6gre",
    "ip6gre",
    "CONFIG_IPV6_GRE",
    "ip6_gre",
    _GRE_OVER_IPV6,
    layer3=True,
    has_parent=True,
    parent_nla=_GRE_PARENT,
    parent_beside=True,
    outlives_parent=True,
    whole=True,
    defaults=_gre_over_ipv6,
    fallback="ip6gre0",
    sample={"remote": "2001:db8::1"},
)
IP6GRETAP = dataclasses.replace(IP6GRE, name="ip6gretap", rtnetlink="ip6gretap", layer3=False, fallback="")

# ---- bond ----------------------------------------------------------------------------------------------------------

_MILLISECONDS = values.Unsigned(0, 0x7FFFFFFF, unit="milliseconds")
_MII = _none_of("miimon", 0, example=100)
# Delays are kept as a number of miimon's periods (bond_options.c), and are that many of the new one when it changes.
_DELAYS = ("updelay", "downdelay", "peer_notify_delay")
WITHOUT_ARP = ("802.3ad", "balance-tlb", "balance-alb")


def _modes(*names: str) -> Needs:
    return _one_of("mode", *names, usual="balance-rr" in names)


_ARP_MODES = _modes("balance-rr", "active-backup", "balance-xor", "broadcast")


def _whole_periods(delay: int, options: dict[str, t.Any]) -> int:
    period = options.get("miimon")
    return delay // period * period if period else delay


def _mode_moves(mode: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """bond_option_mode_set: no ARP monitoring in some modes, and then always MII monitoring."""
    moved: dict[str, t.Any] = {"arp_validate": "none"}
    if mode in WITHOUT_ARP:
        moved.update(arp_interval=0, miimon=options.get("miimon") or 100)
    if mode == "balance-alb":
        moved["tlb_dynamic_lb"] = True
    return moved


def _miimon_moves(period: int, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """bond_option_miimon_set: it is instead of ARP monitoring, and the delays are counted in it."""
    was = options.get("miimon")
    moved: dict[str, t.Any] = {name: options[name] // was * period for name in _DELAYS if was and name in options}
    if period and options.get("arp_interval"):
        moved.update(arp_interval=0, arp_validate="none")
    return moved


def _arp_interval_moves(interval: int, _options: dict[str, t.Any]) -> dict[str, t.Any]:
    """bond_option_arp_interval_set: it is instead of MII monitoring."""
    return {"miimon": 0} if interval else {}


BOND = Kind(
    "bond",
    "bond",
    "CONFIG_BONDING",
    "bonding",
    movable=False,
    has_ports=True,
    queues=16,  # BOND_DEFAULT_TX_QUEUES in drivers/net/bonding/bond_main.c
    joining=LINK_DOWN,
    ports_look_like_it=lambda options: options.get("fail_over_mac", "none") == "none",
    # In the order in which the kernel takes them from a message.
    attributes=(
        Attribute(
            "mode",
            values.Choice(
                {
                    "balance-rr": 0,
                    "active-backup": 1,
                    "balance-xor": 2,
                    "broadcast": 3,
                    "802.3ad": 4,
                    "balance-tlb": 5,
                    "balance-alb": 6,
                }
            ),
            "IFLA_BOND_MODE",
            1,
            "mode",
            change=LINK_DOWN_NO_PORTS,
            moves=_mode_moves,
        ),
        Attribute("miimon", _MILLISECONDS, "IFLA_BOND_MIIMON", 3, "miimon", moves=_miimon_moves),
        Attribute("updelay", _MILLISECONDS, "IFLA_BOND_UPDELAY", 4, "updelay", stored=_whole_periods, needs=_MII),
        Attribute("downdelay", _MILLISECONDS, "IFLA_BOND_DOWNDELAY", 5, "downdelay", stored=_whole_periods, needs=_MII),
        Attribute(
            "peer_notify_delay",
            values.Unsigned(0, 300000, unit="milliseconds"),
            "IFLA_BOND_PEER_NOTIF_DELAY",
            28,
            "peer_notify_delay",
            stored=_whole_periods,
            needs=_MII,
        ),
        Attribute("use_carrier", values.Flag(), "IFLA_BOND_USE_CARRIER", 6, "use_carrier"),
        Attribute("arp_interval", _MILLISECONDS, "IFLA_BOND_ARP_INTERVAL", 7, "arp_interval", needs=_ARP_MODES, moves=_arp_interval_moves),
        Attribute("arp_ip_targets", values.IpList(4, 16), "IFLA_BOND_ARP_IP_TARGET", 8, "arp_ip_target"),
        Attribute("ns_ip6_targets", values.IpList(6, 16), "IFLA_BOND_NS_IP6_TARGET", 31, "ns_ip6_target"),
        Attribute(
            "arp_validate",
            values.Choice({"none": 0, "active": 1, "backup": 2, "all": 3, "filter": 4, "filter_active": 5, "filter_backup": 6}, "uint32"),
            "IFLA_BOND_ARP_VALIDATE",
            9,
            "arp_validate",
            needs=_ARP_MODES,
        ),
        Attribute("arp_all_targets", values.Choice({"any": 0, "all": 1}, "uint32"), "IFLA_BOND_ARP_ALL_TARGETS", 10, "arp_all_targets"),
        Attribute(
            "primary",
            values.PortName(),
            "IFLA_BOND_PRIMARY",
            11,
            "primary",
            needs=_modes("active-backup", "balance-tlb", "balance-alb"),
        ),
        Attribute(
            "primary_reselect",
            values.Choice({"always": 0, "better": 1, "failure": 2}),
            "IFLA_BOND_PRIMARY_RESELECT",
            12,
            "primary_reselect",
        ),
        Attribute(
            "fail_over_mac",
            values.Choice({"none": 0, "active": 1, "follow": 2}),
            "IFLA_BOND_FAIL_OVER_MAC",
            13,
            "fail_over_mac",
            change=NO_PORTS,
        ),
        Attribute(
            "xmit_hash_policy",
            values.Choice({"layer2": 0, "layer3+4": 1, "layer2+3": 2, "encap2+3": 3, "encap3+4": 4, "vlan+srcmac": 5}),
            "IFLA_BOND_XMIT_HASH_POLICY",
            14,
            "xmit_hash_policy",
        ),
        Attribute("resend_igmp", values.Unsigned(0, 255), "IFLA_BOND_RESEND_IGMP", 15, "resend_igmp"),
        # Gratuitous ARP and unsolicited neighbour advertisements are one number.
        Attribute("num_peer_notif", values.Unsigned(0, 255, "uint8"), "IFLA_BOND_NUM_PEER_NOTIF", 16, "num_grat_arp"),
        Attribute("all_ports_active", values.Flag(), "IFLA_BOND_ALL_SLAVES_ACTIVE", 17, "all_slaves_active"),
        Attribute("min_links", values.Unsigned(0, 0x7FFFFFFF), "IFLA_BOND_MIN_LINKS", 18, "min_links"),
        Attribute("lp_interval", values.Unsigned(1, 0x7FFFFFFF, unit="seconds"), "IFLA_BOND_LP_INTERVAL", 19, "lp_interval"),
        Attribute(
            "packets_per_port",
            values.Unsigned(0, 0xFFFF),
            "IFLA_BOND_PACKETS_PER_SLAVE",
            20,
            "packets_per_slave",
            needs=_modes("balance-rr"),
        ),
        Attribute(
            "lacp_active",
            values.Flag(words=ON_OFF),
            "IFLA_BOND_AD_LACP_ACTIVE",
            29,
            "lacp_active",
            change=LINK_DOWN,
            needs=_modes("802.3ad"),
        ),
        Attribute(
            "lacp_rate",
            values.Choice({"slow": 0, "fast": 1}),
            "IFLA_BOND_AD_LACP_RATE",
            21,
            "lacp_rate",
            change=LINK_DOWN,
            needs=_modes("802.3ad"),
        ),
        Attribute(
            "ad_select",
            values.Choice({"stable": 0, "bandwidth": 1, "count": 2}),
            "IFLA_BOND_AD_SELECT",
            22,
            "ad_select",
            change=LINK_DOWN,
        ),
        Attribute(
            "ad_actor_sys_prio",
            values.Unsigned(1, 0xFFFF, "uint16"),
            "IFLA_BOND_AD_ACTOR_SYS_PRIO",
            24,
            "ad_actor_sys_prio",
            needs=_modes("802.3ad"),
        ),
        Attribute(
            "ad_user_port_key",
            values.Unsigned(0, 1023, "uint16"),
            "IFLA_BOND_AD_USER_PORT_KEY",
            25,
            "ad_user_port_key",
            change=LINK_DOWN,
            needs=_modes("802.3ad"),
        ),
        Attribute(
            "ad_actor_system",
            values.Mac(zero=True),
            "IFLA_BOND_AD_ACTOR_SYSTEM",
            26,
            "ad_actor_system",
            needs=_modes("802.3ad"),
        ),
        Attribute(
            "tlb_dynamic_lb",
            values.Flag(),
            "IFLA_BOND_TLB_DYNAMIC_LB",
            27,
            "tlb_dynamic_lb",
            change=LINK_DOWN,
            needs=_modes("balance-tlb", "balance-alb"),
        ),
        Attribute("arp_missed_max", values.Unsigned(1, 255, "uint8"), "IFLA_BOND_MISSED_MAX", 30, "arp_missed_max", needs=_ARP_MODES),
    ),
)

# ---- links by themselves -------------------------------------------------------------------------------------------

VRF = Kind(
    "vrf",
    "vrf",
    "CONFIG_NET_VRF",
    "vrf",
    movable=False,
    has_ports=True,
    joining=CYCLED,
    required=("table",),
    sample={"table": 100},
    attributes=(Attribute("table", values.Unsigned(1), "IFLA_VRF_TABLE", 1, "table", change=NEVER),),
)
IFB = Kind("ifb", "ifb", "CONFIG_IFB", "ifb", mac=NEVER)
WIREGUARD = Kind("wireguard", "wireguard", "CONFIG_WIREGUARD", "wireguard", layer3=True)

KINDS = {
    kind.name: kind
    for kind in (
        BRIDGE,
        TUNTAP,
        DUMMY,
        VETH,
        VLAN,
        MACVLAN,
        MACVTAP,
        IPVLAN,
        VXLAN,
        GENEVE,
        GRE,
        GRETAP,
        IP6GRE,
        IP6GRETAP,
        BOND,
        VRF,
        IFB,
        WIREGUARD,
    )
}
BY_RTNETLINK = {kind.rtnetlink: kind for kind in KINDS.values()}


# ---- ports: what a link has by the kind of its master -----------------------------------------------------------------

_SWITCH = values.Flag(words=ON_OFF)

# IFLA_BRPORT_*, in IFLA_INFO_SLAVE_DATA. The kernel forgets them when the link leaves its bridge.
BRIDGE_PORT = (
    Attribute("cost", values.Unsigned(1, 0xFFFF), "IFLA_BRPORT_COST", 3, "cost"),
    Attribute("priority", values.Unsigned(0, 63, "uint16"), "IFLA_BRPORT_PRIORITY", 2, "priority"),
    Attribute("hairpin", _SWITCH, "IFLA_BRPORT_MODE", 4, "hairpin"),
    Attribute("guard", _SWITCH, "IFLA_BRPORT_GUARD", 5, "guard"),
    Attribute("root_block", _SWITCH, "IFLA_BRPORT_PROTECT", 6, "root_block"),
    Attribute("fast_leave", _SWITCH, "IFLA_BRPORT_FAST_LEAVE", 7, "mcast_fast_leave", config=_SNOOPING),
    Attribute("learning", _SWITCH, "IFLA_BRPORT_LEARNING", 8, "learning"),
    Attribute("unicast_flood", _SWITCH, "IFLA_BRPORT_UNICAST_FLOOD", 9, "flood"),
    Attribute("multicast_flood", _SWITCH, "IFLA_BRPORT_MCAST_FLOOD", 27, "mcast_flood"),
    Attribute("broadcast_flood", _SWITCH, "IFLA_BRPORT_BCAST_FLOOD", 30, "bcast_flood"),
    Attribute("multicast_to_unicast", _SWITCH, "IFLA_BRPORT_MCAST_TO_UCAST", 28, "mcast_to_unicast", config=_SNOOPING),
    Attribute("neigh_suppress", _SWITCH, "IFLA_BRPORT_NEIGH_SUPPRESS", 32, "neigh_suppress"),
    Attribute("isolated", _SWITCH, "IFLA_BRPORT_ISOLATED", 33, "isolated"),
    Attribute("locked", _SWITCH, "IFLA_BRPORT_LOCKED", 39, "locked"),
    Attribute("mab", _SWITCH, "IFLA_BRPORT_MAB", 40, "mab", born=False, since="6.2"),
    Attribute("neigh_vlan_suppress", _SWITCH, "IFLA_BRPORT_NEIGH_VLAN_SUPPRESS", 43, "neigh_vlan_suppress", born=False, since="6.4"),
    Attribute("vlan_tunnel", _SWITCH, "IFLA_BRPORT_VLAN_TUNNEL", 29, "vlan_tunnel", config=_VLAN),
    Attribute("proxy_arp", _SWITCH, "IFLA_BRPORT_PROXYARP", 10, "proxy_arp"),
    Attribute("proxy_arp_wifi", _SWITCH, "IFLA_BRPORT_PROXYARP_WIFI", 12, "proxy_arp_wifi"),
    Attribute("group_fwd_mask", values.Unsigned(0, 0xFFFF, "uint16"), "IFLA_BRPORT_GROUP_FWD_MASK", 31, "group_fwd_mask"),
    Attribute(
        "multicast_router",
        values.Choice({"disabled": 0, "temp_query": 1, "permanent": 2, "temp": 3}, in_numbers=True),
        "IFLA_BRPORT_MULTICAST_ROUTER",
        25,
        "mcast_router",
        config=_SNOOPING,
    ),
    Attribute("backup_port", values.PortName("nobackup_port"), "IFLA_BRPORT_BACKUP_PORT", 34, "backup_port"),
)

# IFLA_BOND_SLAVE_*, in the same place and as soon forgotten.
BOND_PORT = (
    Attribute(
        "queue_id",
        values.Unsigned(0, 0xFFFF, "uint16"),
        "IFLA_BOND_SLAVE_QUEUE_ID",
        5,
        "queue_id",
        born=0,
        apart=True,
        at_most="num_tx_queues",
    ),
    Attribute(
        "prio",
        values.Signed(-0x80000000, 0x7FFFFFFF, "int32"),
        "IFLA_BOND_SLAVE_PRIO",
        9,
        "prio",
        born=0,
        of_master=_modes("active-backup", "balance-tlb", "balance-alb"),
        since="6.0",
    ),
)

# By the kind of the master; no option stands in two of them.
PORTS = {BRIDGE.name: BRIDGE_PORT, BOND.name: BOND_PORT}
PORT_BY_OPTION = {attribute.name: attribute for table in PORTS.values() for attribute in table}
# What a port has beside these, which take lists.
PORT_LISTS = {BRIDGE.name: ("vlans", "fdb")}


def port_options(master: str) -> list[str]:
    """What a link can have as a port of a master of this kind."""
    return [*(attribute.name for attribute in PORTS.get(master, ())), *PORT_LISTS.get(master, ())]


def master_of(option: str) -> str:
    """The kind of master whose ports have this option."""
    return next(kind for kind in PORTS if option in port_options(kind))


def why_not_of_a_port(option: str, master: str, name: str) -> str:
    """Why a port of the link of that name, of the kind ``master``, can't have an option; empty where it can."""
    allowed = port_options(master)
    if option in allowed:
        return ""
    of = master_of(option)
    text = "is of ports of a %s, and %s is a %s; " % (of, name, master)
    text += "allowed for its ports: %s" % ", ".join(sorted(allowed)) if allowed else "its ports have no such options"
    return "%s. Leave it out, or give the link a %s as its master" % (text, of)
