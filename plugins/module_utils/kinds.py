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
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import values

# How the kernel lets an attribute of an existing link change.
LIVE = "live"  # at any time
LINK_DOWN = "link_down"  # only while the link is down
NO_PORTS = "no_ports"  # only while the link has no ports
NEVER = "never"  # only by making the link anew
PARENTS = "parents"  # it has what its parent has
AT_CREATION = "at_creation"  # belongs to whoever opened the device last: set once, never compared afterwards


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
    # The attribute for an IPv6 address, where ``nla`` takes IPv4 only: its name and number.
    six: tuple[str, int] | None = None
    # The kernel reports this one even when built without it, and then leaves this other option out.
    reported_with: str = ""
    # The kernel configuration symbol without which the attribute does not exist.
    config: str = ""

    def place(self, value: t.Any) -> tuple[str, int]:
        """Name and number of the netlink attribute that takes this value."""
        return self.six if self.six and ":" in str(value) else (self.nla, self.number)

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
            # The kernel leaves out what it was built without; a thing that does not exist is off.
            return wanted is False
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
    has_peer: bool = False  # comes as a pair
    layer3: bool = False  # carries bare IP packets
    # How the kernel lets its link-layer address change: live, never (it takes one when it is made), or it has its parent's.
    mac: str = LIVE
    by_ioctl: bool = False  # made by TUNSETIFF, not by RTM_NEWLINK
    has_parent: bool = False  # is made on top of another link
    needs_parent: bool = False
    parent_nla: tuple[str, int] = ("", 0)  # in IFLA_INFO_DATA; else it is IFLA_LINK
    required: tuple[str, ...] = ()  # options without which the kernel makes none
    # Options that suffice to make one, to find out whether the kernel can.
    sample: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    # An MTU in the creating message is forgotten by the kernel when a port joins; set afterwards it stays.
    mtu_after_creation: bool = False

    @property
    def by_option(self) -> dict[str, Attribute]:
        return _index(self)

    def has_mac(self, options: dict[str, t.Any]) -> bool:
        """Whether links of this kind have a link-layer address (a tun carries bare IP packets)."""
        return not self.layer3 and not (self.by_ioctl and options.get("mode") == "tun")

    def takes_mac(self, options: dict[str, t.Any]) -> bool:
        """Whether one can be given a link-layer address."""
        return self.has_mac(options) and self.mac != PARENTS


_INDEX: dict[str, dict[str, Attribute]] = {}


def _index(kind: Kind) -> dict[str, Attribute]:
    if kind.name not in _INDEX:
        _INDEX[kind.name] = {attribute.name: attribute for attribute in kind.attributes}
    return _INDEX[kind.name]


# ---- what every link has -------------------------------------------------------------------------------------------

UP, DOWN = "up", "down"
ON_OFF = ("off", "on")

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
)
COMMON_BY_OPTION = {attribute.name: attribute for attribute in COMMON}

# The kernel takes these in the message that creates a link, and ignores the others there while answering 0.
AT_BIRTH = ("mac", "mtu", "tx_queue_len", "link_group", "master")


# ---- bridge --------------------------------------------------------------------------------------------------------

# BR_MIN_FORWARD_DELAY, BR_MAX_FORWARD_DELAY in net/bridge/br_private.h (802.1D), in ticks.
_FORWARD_DELAY_WITH_STP = (2 * values.USER_HZ, 30 * values.USER_HZ)


def _clamped_by_stp(ticks: int, options: dict[str, t.Any]) -> int:
    """With STP on the kernel keeps forward_delay within 802.1D's limits (br_stp_start); without, it takes any."""
    low, high = _FORWARD_DELAY_WITH_STP
    return min(max(ticks, low), high) if options.get("stp") else ticks


_DAY = 24 * 60 * 60

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
            values.Choice({"802.1Q": 0x8100, "802.1ad": 0x88A8}, "be16"),
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

DUMMY = Kind("dummy", "dummy", "CONFIG_DUMMY", "dummy")

VETH = Kind("veth", "veth", "CONFIG_VETH", "veth", has_peer=True)

# ---- links on top of others ----------------------------------------------------------------------------------------

VLAN = Kind(
    "vlan",
    "vlan",
    "CONFIG_VLAN_8021Q",
    "8021q",
    has_parent=True,
    needs_parent=True,
    required=("id",),
    sample={"id": 1},
    attributes=(
        # The kernel answers 0 to a new id or protocol of an existing vlan, and keeps the old.
        Attribute("id", values.Unsigned(0, 4094, "uint16"), "IFLA_VLAN_ID", 1, "id", change=NEVER),
        Attribute(
            "protocol",
            values.Choice({"802.1Q": 0x8100, "802.1ad": 0x88A8}, "be16"),
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
    ),
)

_MACVLAN_MODES = values.Choice({"private": 1, "vepa": 2, "bridge": 4, "passthru": 8, "source": 16}, "uint32")


def _to_or_from_passthru(asked: t.Any, has: t.Any) -> bool:
    """passthru takes the parent's MAC and promiscuity for itself when it is made (macvlan_changelink refuses)."""
    return "passthru" in (asked, has)


_MACVLAN = (
    Attribute("mode", _MACVLAN_MODES, "IFLA_MACVLAN_MODE", 1, "mode", never_if=_to_or_from_passthru),
    Attribute("bcqueuelen", values.Unsigned(), "IFLA_MACVLAN_BC_QUEUE_LEN", 7, "bcqueuelen"),
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
        Attribute("isolation", values.Choice({"bridge": 0, "private": 1, "vepa": 2}, "uint16"), "IFLA_IPVLAN_FLAGS", 2, "", change=LIVE),
    ),
)

VXLAN = Kind(
    "vxlan",
    "vxlan",
    "CONFIG_VXLAN",
    "vxlan",
    has_parent=True,
    parent_nla=("IFLA_VXLAN_LINK", 3),
    required=("id",),
    sample={"id": 1, "port": 4789},
    attributes=(
        Attribute("id", values.Unsigned(0, 0xFFFFFF), "IFLA_VXLAN_ID", 1, "id", change=NEVER),
        Attribute("remote", values.Ip(multicast=False), "IFLA_VXLAN_GROUP", 2, "remote", six=("IFLA_VXLAN_GROUP6", 16)),
        Attribute("group", values.Ip(multicast=True), "IFLA_VXLAN_GROUP", 2, "group", six=("IFLA_VXLAN_GROUP6", 16)),
        Attribute("local", values.Ip(multicast=False), "IFLA_VXLAN_LOCAL", 4, "local", six=("IFLA_VXLAN_LOCAL6", 17)),
        Attribute("ttl", values.Unsigned(0, 255, "uint8"), "IFLA_VXLAN_TTL", 5, "ttl"),
        Attribute("tos", values.Unsigned(0, 255, "uint8"), "IFLA_VXLAN_TOS", 6, "tos"),
        Attribute("learning", values.Flag(words=("nolearning", "learning")), "IFLA_VXLAN_LEARNING", 7, ""),
        Attribute("ageing", values.Unsigned(1, unit="seconds"), "IFLA_VXLAN_AGEING", 8, "ageing"),  # 0 is the default
        Attribute("max_addresses", values.Unsigned(), "IFLA_VXLAN_LIMIT", 9, "maxaddress", change=NEVER),
        Attribute("source_ports", values.PortRange(), "IFLA_VXLAN_PORT_RANGE", 10, "srcport", change=NEVER),
        Attribute("proxy", values.Flag(words=("noproxy", "proxy")), "IFLA_VXLAN_PROXY", 11, "", change=NEVER),
        Attribute("rsc", values.Flag(words=("norsc", "rsc")), "IFLA_VXLAN_RSC", 12, "", change=NEVER),
        Attribute("l2miss", values.Flag(words=("nol2miss", "l2miss")), "IFLA_VXLAN_L2MISS", 13, "", change=NEVER),
        Attribute("l3miss", values.Flag(words=("nol3miss", "l3miss")), "IFLA_VXLAN_L3MISS", 14, "", change=NEVER),
        Attribute("port", values.Unsigned(1, 0xFFFF, "be16"), "IFLA_VXLAN_PORT", 15, "dstport", change=NEVER),
        Attribute("udp_csum", values.Flag(words=("noudpcsum", "udpcsum")), "IFLA_VXLAN_UDP_CSUM", 18, "", change=NEVER),
        Attribute(
            "udp6_zero_csum_tx",
            values.Flag(words=("noudp6zerocsumtx", "udp6zerocsumtx")),
            "IFLA_VXLAN_UDP_ZERO_CSUM6_TX",
            19,
            "",
            change=NEVER,
        ),
        Attribute(
            "udp6_zero_csum_rx",
            values.Flag(words=("noudp6zerocsumrx", "udp6zerocsumrx")),
            "IFLA_VXLAN_UDP_ZERO_CSUM6_RX",
            20,
            "",
            change=NEVER,
        ),
        Attribute("gbp", values.Presence(("", "gbp")), "IFLA_VXLAN_GBP", 23, "", change=NEVER, born=False),
        Attribute("external", values.Flag(words=("noexternal", "external")), "IFLA_VXLAN_COLLECT_METADATA", 25, "", change=NEVER),
        Attribute("df", values.Choice({"unset": 0, "set": 1, "inherit": 2}), "IFLA_VXLAN_DF", 29, "df"),
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
    required=("table",),
    sample={"table": 100},
    attributes=(Attribute("table", values.Unsigned(1), "IFLA_VRF_TABLE", 1, "table", change=NEVER),),
)
IFB = Kind("ifb", "ifb", "CONFIG_IFB", "ifb", mac=NEVER)
WIREGUARD = Kind("wireguard", "wireguard", "CONFIG_WIREGUARD", "wireguard", layer3=True)

KINDS = {kind.name: kind for kind in (BRIDGE, TUNTAP, DUMMY, VETH, VLAN, MACVLAN, MACVTAP, IPVLAN, VXLAN, VRF, IFB, WIREGUARD)}
BY_RTNETLINK = {kind.rtnetlink: kind for kind in KINDS.values()}


# ---- ports of a bridge ---------------------------------------------------------------------------------------------

_SWITCH = values.Flag(words=ON_OFF)

# IFLA_BRPORT_*, in IFLA_INFO_SLAVE_DATA. The kernel forgets them when the link leaves its bridge.
PORT = (
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
)
PORT_BY_OPTION = {attribute.name: attribute for attribute in PORT}
