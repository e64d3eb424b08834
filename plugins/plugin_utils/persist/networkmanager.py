# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Format networkmanager: keyfiles of NetworkManager, as of 1.42 (Debian 12).

Each link that NetworkManager can describe has a profile, which it brings up at boot; so a link that shall stay down is made by a unit.
The .link files of udev and the sysctls are as in format networkd. Texts are nowhere in a profile: every value is a number, an address,
a word of NetworkManager's, or a name of letters, digits, dots, dashes and underscores.
What NetworkManager would choose by itself, and kernel and engine choose otherwise, is said: STP is off, routes have no metric of its own.
"""

from __future__ import annotations

import re
import typing as t
import uuid

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    HERE,
    IPV6_METRIC,
    NO_HOPS,
    ROUTE_TABLES,
    RTPROT_STATIC,
    Address,
    Link,
    Route,
)
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import networkd, units
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.document import Document
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.ifcfg_words import ONLY_WITH_STP
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.intent import Intent, Part
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.native import (
    PLAIN,
    CanNotSay,
    Section,
    Stack,
    Words,
    escaped,
    file_stem,
    one_of,
    plain,
    say,
    sections,
    split,
    unequal,
    words,
)

FOLDER = "/etc/NetworkManager/system-connections"
CONF_FOLDER = "/etc/NetworkManager/conf.d"
PLACES = (
    FOLDER + "/netdev-*.nmconnection",
    CONF_FOLDER + "/50-netdev-*.conf",
    networkd.FOLDER + "/[0-9][0-9]-netdev-*.link",
    *networkd.SYSCTL_PLACES,
    *units.PLACES,
)

_TEMPLATE = "ini.j2"
# Profiles are told apart by a UUID, which is made of owner and name.
_SPACE = uuid.UUID("7d1f3f0e-6f0b-5c0e-9c55-6e6574646576")


def documents(wanted: Intent) -> list[Document]:
    """The files of an intent."""
    described, commanded = split(wanted.parts, lambda part, stack: _describe(part, stack, wanted.owner))
    found = [document for documents_ in described for document in documents_]
    there = {part.where for part in commanded}
    ends = [end for part in wanted.parts if part.where not in there for end in part.ends]
    return [
        *found,
        *_devices(wanted.owner, ends, [end for part in commanded for end in part.ends]),
        *networkd.sysctl_documents(ends, wanted.owner),
        *units.documents(commanded, wanted.owner),
    ]


def _devices(owner: str, own: list[Link], others: list[Link]) -> list[Document]:
    """Which links it shall look after. Without being told it would not have a veth on Debian, and would set up one that a unit makes."""
    said = []
    for name, managed, ends in (("own", "1", own), ("others", "0", others)):
        made = [end.name for end in ends if end.kind is not None and end.netns == HERE]
        if made:
            section = "device-netdev-%s-%s" % (escaped(owner, "_-"), name)
            said += [(section, "match-device", ";".join(map(_match, made))), (section, "managed", managed)]
    path = "%s/50-netdev-%s.conf" % (CONF_FOLDER, escaped(owner, "_-"))
    return [Document(path, _TEMPLATE, {"sections": sections(said)})] if said else []


def _match(name: str) -> str:
    """The link of that name; one with characters that would be more than that, and others that look alike."""
    return "interface-name:" + ("=" + name if PLAIN.fullmatch(name) else re.sub(r"[^A-Za-z0-9_.-]", "?", name))


# ---- words ---------------------------------------------------------------------------------------------------------


def _true_false(value: bool) -> str:
    return "true" if value else "false"


def _whole(low: int, high: int) -> t.Callable[[t.Any], str]:
    """A whole number that NetworkManager takes."""

    def written(value: t.Any) -> str:
        if not isinstance(value, (int, float)) or value != int(value) or not low <= value <= high:
            raise CanNotSay
        return str(int(value))

    return written


def _one_or_zero(value: bool) -> str:
    return "1" if value else "0"


def _commas(value: list[str]) -> str:
    return unequal("")(",".join(value))


_ANY = _whole(0, 0xFFFFFFFF)
_ACCOUNT = _whole(0, 0xFFFFFFFE)  # names of accounts it does not look up
_TUNNEL = {"local": ("local", unequal("")), "remote": "remote"}
_TUNNEL_4 = {
    **_TUNNEL,
    "ttl": ("ttl", one_of({"inherit": "0", **{number: str(number) for number in range(256)}})),
    "tos": ("tos", _ANY),
    "ikey": ("input-key", unequal("")),
    "okey": ("output-key", unequal("")),
    "pmtudisc": ("path-mtu-discovery", _true_false),
}
_TUNNEL_6 = {**_TUNNEL, "hoplimit": "ttl", "encaplimit": ("encapsulation-limit", _ANY), "flowlabel": ("flow-label", _ANY)}
_MACVLAN = {"mode": ("mode", one_of({"vepa": "1", "bridge": "2", "private": "3", "passthru": "4"}))}

# Kind of link -> type of its profile, how its options are said, and the section where the parent is.
KINDS: dict[str, tuple[str, Words, str]] = {
    "bridge": (
        "bridge",
        words(
            "bridge",
            stp=("stp", _true_false),
            forward_delay=("forward-delay", _whole(0, 30)),
            hello_time=("hello-time", _whole(1, 10)),
            max_age=("max-age", _whole(6, 40)),
            ageing_time=("ageing-time", _whole(0, 1000000)),
            priority="priority",
            vlan_filtering=("vlan-filtering", _true_false),
            vlan_protocol="vlan-protocol",
            vlan_default_pvid="vlan-default-pvid",
            group_fwd_mask=("group-forward-mask", lambda value: _whole(0, 0xFFFF)(value & ~7 if value & 7 == 0 else -1)),
            multicast_snooping=("multicast-snooping", _true_false),
            multicast_querier=("multicast-querier", _true_false),
        ),
        "",
    ),
    "tuntap": (
        "tun",
        words(
            "tun",
            mode=("mode", one_of({"tun": "1", "tap": "2"})),
            user=("owner", _ACCOUNT),
            group=("group", _ACCOUNT),
            multi_queue=("multi-queue", _true_false),
            pi=("pi", _true_false),
            vnet_hdr=("vnet-hdr", _true_false),
        ),
        "",
    ),
    "dummy": ("dummy", {}, ""),
    "veth": ("veth", {}, ""),
    "vlan": (
        "vlan",
        words("vlan", id="id", protocol=("protocol", unequal("802.1ad"))),
        "vlan",
    ),
    "macvlan": ("macvlan", words("macvlan", **_MACVLAN), "macvlan"),
    "macvtap": ("macvlan", words("macvlan", **_MACVLAN), "macvlan"),
    "vxlan": (
        "vxlan",
        words(
            "vxlan",
            id="id",
            remote="remote",
            group="remote",
            local="local",
            ttl=("ttl", unequal("inherit")),
            tos=("tos", _ANY),
            learning=("learning", _true_false),
            ageing="ageing",
            max_addresses="limit",
            proxy=("proxy", _true_false),
            rsc=("rsc", _true_false),
            l2miss=("l2-miss", _true_false),
            l3miss=("l3-miss", _true_false),
            port="destination-port",
        ),
        "vxlan",
    ),
    "gre": ("ip-tunnel", words("ip-tunnel", **_TUNNEL_4), "ip-tunnel"),
    "gretap": ("ip-tunnel", words("ip-tunnel", **_TUNNEL_4), "ip-tunnel"),
    "ip6gre": ("ip-tunnel", words("ip-tunnel", **_TUNNEL_6), "ip-tunnel"),
    "ip6gretap": ("ip-tunnel", words("ip-tunnel", **_TUNNEL_6), "ip-tunnel"),
    "bond": (
        "bond",
        words(
            "bond",
            mode="mode",
            miimon="miimon",
            updelay="updelay",
            downdelay="downdelay",
            arp_interval="arp_interval",
            arp_ip_targets=("arp_ip_target", _commas),
            arp_validate="arp_validate",
            arp_all_targets="arp_all_targets",
            primary=("primary", plain),
            primary_reselect="primary_reselect",
            fail_over_mac="fail_over_mac",
            use_carrier=("use_carrier", _one_or_zero),
            xmit_hash_policy="xmit_hash_policy",
            resend_igmp="resend_igmp",
            num_peer_notif="num_grat_arp",
            all_ports_active=("all_slaves_active", _one_or_zero),
            min_links="min_links",
            lp_interval="lp_interval",
            packets_per_port="packets_per_slave",
            lacp_rate="lacp_rate",
            ad_select="ad_select",
            ad_actor_sys_prio="ad_actor_sys_prio",
            ad_user_port_key="ad_user_port_key",
            ad_actor_system=("ad_actor_system", unequal("00:00:00:00:00:00")),
            tlb_dynamic_lb=("tlb_dynamic_lb", _one_or_zero),
        ),
        "",
    ),
    "vrf": ("vrf", words("vrf", table="table"), ""),
}
# What NetworkManager says where nothing is said, otherwise than iproute2 and the kernel.
_UNSAID: dict[str, dict[str, t.Any]] = {"bridge": {"stp": False}, "ip6gre": {"hoplimit": 64, "encaplimit": 4}}
_UNSAID["ip6gretap"] = _UNSAID["ip6gre"]
_TUNNEL_MODES = {"gre": "2", "ip6gre": "8", "gretap": "10", "ip6gretap": "11"}
# Bits of vlan.flags; what is not said is as the kernel has it.
_VLAN_FLAGS = {"reorder_hdr": (1, True), "gvrp": (2, False), "loose_binding": (4, False), "mvrp": (8, False)}
_PORT = words("bridge-port", cost="path-cost", priority="priority", hairpin=("hairpin-mode", _true_false))
# Sysctls that NetworkManager sets itself, or makes meaningless.
_NOT_FOR_SYSCTLS = ("ipv6.accept_ra", "ipv6.use_tempaddr", *networkd.NOT_FOR_SYSCTLS)

# ---- a part --------------------------------------------------------------------------------------------------------


def _describe(part: Part, stack: Stack, owner: str) -> list[Document]:
    link, found = part.link, []
    if link is None:
        raise CanNotSay
    for end in link.ends:
        data = _profile(end, link, stack, part.routes if end is link else [], owner)
        found.append(Document("%s/%s.nmconnection" % (FOLDER, file_stem(owner, end.name)), _TEMPLATE, {"sections": data}, 0o600))
        found += networkd.link_documents(end, link.kind is not None, owner)
    return found


def _profile(end: Link, link: Link, stack: Stack, routes: list[Route], owner: str) -> list[Section]:
    master = stack.master(end)
    _check(end, master, routes)
    kind, known, parent_section = KINDS.get(link.kind or "", ("", {}, "")) if link.kind else ("ethernet", {}, "")
    if not kind:
        raise CanNotSay
    said = [("connection", "id", end.name), ("connection", "uuid", str(uuid.uuid5(_SPACE, file_stem(owner, end.name))))]
    said += [("connection", "type", kind), ("connection", "interface-name", end.name), ("connection", "autoconnect", "true")]
    if end.kind is None:
        said.append(("connection", "autoconnect-priority", "100"))  # before what an installer left for it
    said += _plugged(master)
    said += _ethernet(end, kind)
    said += _of_kind(end, link, known)
    if end.parent:
        said.append((parent_section, "parent", end.parent))
    if master is not None and master.kind == "bridge":
        said += say(_PORT, kinds.PORT_BY_OPTION, end.port)
    elif end.port:
        raise CanNotSay
    said += _vlans(end, master)
    return [*sections(said), *([] if master and master.kind in ("bridge", "bond") else [_ip(4, end, routes), _ip(6, end, routes)])]


def _check(end: Link, master: Link | None, routes: list[Route]) -> None:
    """What NetworkManager has no words for, of any link."""
    bonded, ported = bool(master and master.kind == "bond"), bool(master and master.kind in ("bridge", "bond"))
    if set(end.common) - {"mac", "mtu", "master", "admin_state", "alias", "tx_queue_len", "ipv6_addr_gen_mode"}:
        raise CanNotSay
    if not networkd.comes_up(end, bonded) or (ported and (end.addresses or routes)):
        raise CanNotSay
    six = any(address.version == 6 for address in end.addresses or []) or any(route.version == 6 for route in routes)
    # With addresses of IPv6 it makes the link-local one itself, without a link of a bridge or bond has none of its own.
    if end.common.get("ipv6_addr_gen_mode", "eui64") != "eui64" or ("ipv6_addr_gen_mode" in end.common and (six or ported)):
        raise CanNotSay
    if any(key in _NOT_FOR_SYSCTLS for key in end.sysctls):
        raise CanNotSay


def _plugged(master: Link | None) -> list[tuple[str, str, str]]:
    if master is None:
        return []
    if master.kind not in ("bridge", "bond", "vrf"):
        raise CanNotSay
    return [("connection", "master", master.name), ("connection", "slave-type", master.kind)]


def _ethernet(end: Link, kind: str) -> list[tuple[str, str, str]]:
    """The link-layer address and MTU."""
    said = []
    if "mac" in end.common:
        if kind in ("ip-tunnel", "vrf"):  # it does not give it to a vrf, though it takes the key
            raise CanNotSay
        said.append(("ethernet", "cloned-mac-address", end.common["mac"]))
    if "mtu" in end.common:
        if kind == "vrf":
            raise CanNotSay
        said.append((kind if kind == "ip-tunnel" else "ethernet", "mtu", str(end.common["mtu"])))
    return said


def _of_kind(end: Link, link: Link, known: Words) -> list[tuple[str, str, str]]:
    if link.table is None:
        return []
    kind = link.table.name
    options = {**_UNSAID.get(kind, {}), **end.options}
    if kind == "veth":
        if link.peer is None:
            raise CanNotSay
        return [("veth", "peer", link.name if end is link.peer else link.peer.name)]
    said = []
    if kind == "bridge" and not options["stp"] and set(ONLY_WITH_STP) & set(options):
        raise CanNotSay
    if kind == "vlan":
        flags = sum(bit for name, (bit, born) in _VLAN_FLAGS.items() if options.pop(name, born))
        said.append(("vlan", "flags", str(flags)))
    if kind == "bond" and "miimon" not in options and options.get("mode", "balance-rr") not in kinds.WITHOUT_ARP:
        options["miimon"] = 0  # NetworkManager's own is 100
    if kind in ("macvlan", "macvtap"):
        options.setdefault("mode", "vepa")
        said.append(("macvlan", "tap", _true_false(kind == "macvtap")))
    if kind in _TUNNEL_MODES:
        said.append(("ip-tunnel", "mode", _TUNNEL_MODES[kind]))
    return [*said, *say(known, link.table.by_option, options)]


def _vlans(end: Link, master: Link | None) -> list[tuple[str, str, str]]:
    bridge = networkd.vlans_of(end, master)
    if bridge is None:
        return []
    texts = []
    for span in bridging.spans(end.vlans or {}):
        texts.append(" ".join([span.text, *(flag for flag in ("pvid", "untagged") if getattr(span.vlan, flag))]))
    return [("bridge" if bridge is end else "bridge-port", "vlans", ", ".join(texts))] if texts else []


# ---- addresses and routes ------------------------------------------------------------------------------------------


def _ip(version: int, end: Link, routes: list[Route]) -> Section:
    addresses = [address for address in end.addresses or [] if address.version == version]
    section = Section("ipv%d" % version)
    if not addresses and not any(route.version == version for route in routes):
        # disabled would turn IPv6 off in the kernel.
        section.lines.append(("method", "disabled" if version == 4 else "ignore"))
        return section
    if not addresses:
        raise CanNotSay
    section.lines += [("method", "manual"), ("route-metric", "0" if version == 4 else "256")]
    section.lines += [("addr-gen-mode", "eui64")] if version == 6 else []
    section.lines += [("address%d" % number, _address(address)) for number, address in enumerate(addresses, 1)]
    for number, route in enumerate((route for route in routes if route.version == version), 1):
        section.lines += _route(number, route)
    return section


def _address(address: Address) -> str:
    if address != Address(address.address, address.length) and address.show() != address.cidr:
        raise CanNotSay
    return address.cidr


def _route(number: int, route: Route) -> list[tuple[str, str]]:
    if (
        route.protocol != RTPROT_STATIC
        or len(route.hops) != 1
        or route.type in NO_HOPS
        or route.scope is not None
        or route.type != "unicast"
    ):
        raise CanNotSay
    hop = route.hops[0]
    gateway = hop.gateway or ("0.0.0.0" if route.version == 4 else "::")  # noqa: S104  # none
    metric = route.metric or (0 if route.version == 4 else IPV6_METRIC)
    if (":" in gateway) != (route.version == 6):
        raise CanNotSay
    options = ["onlink=true"] if hop.onlink else []
    options += ["mtu=%d" % route.mtu] if route.mtu else []
    options += ["src=%s" % route.source] if route.source else []
    options += ["table=%d" % route.table] if route.table != ROUTE_TABLES["main"] else []
    lines = [("route%d" % number, "%s,%s,%d" % (route.destination, gateway, metric))]
    return lines + ([("route%d_options" % number, ",".join(options))] if options else [])
