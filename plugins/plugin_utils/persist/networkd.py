# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Format networkd: .netdev, .network and .link files of systemd-networkd and systemd-udevd, as of systemd 252 (Debian 12).

Each link that networkd can describe has a .network file, for without one it would stay down and without its MTU; each that it makes has a
.netdev file as well; and a .link file, which is udev's, has the altnames, the mark of the owner among them, the alias and the length of
the queue. Sysctls are in a file for systemd-sysctl, which udev runs for every link that comes. Times are in seconds.
What networkd does by itself where nothing is said, and the engine does not, is turned off.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    FOREVER,
    HERE,
    NO_HOPS,
    ROUTE_TABLES,
    RTPROT_STATIC,
    SCOPE_NAMES,
    Address,
    Link,
    Route,
)
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import units
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.document import Document
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.intent import Intent, Part
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.native import (
    CanNotSay,
    Section,
    Stack,
    Word,
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
    yes_no,
)

FOLDER = "/etc/systemd/network"
SYSCTL_PLACES = ("/etc/sysctl.d/50-netdev-*.conf",)
PLACES = (FOLDER + "/[0-9][0-9]-netdev-*", *SYSCTL_PLACES, *units.PLACES)

_TEMPLATE = "ini.j2"
_WAIT = "/lib/systemd/systemd-networkd-wait-online --timeout=30 --interface=%s:off"

File = tuple[str, str, list[Section]]  # name of the link, suffix, content


def documents(wanted: Intent) -> list[Document]:
    """The files of an intent."""
    parts = [part for part in wanted.parts if not _leads_nowhere(part)]
    nowhere = [part for part in wanted.parts if _leads_nowhere(part)]
    described, commanded = split(parts, _describe)
    host = _of_a_link_that_comes_up(described)
    if host:
        host += [_route(route) for part in nowhere for route in part.routes]
    else:
        commanded += nowhere
    found = [_document(wanted.owner, each) for files in described for each in files]
    there = {part.where for part in commanded}
    ends = [end for part in wanted.parts if part.where not in there for end in part.ends]
    waits = {end.name: _WAIT % end.name for end in ends}
    return [*found, *sysctl_documents(ends, wanted.owner), *units.documents(commanded, wanted.owner, waits)]


def _leads_nowhere(part: Part) -> bool:
    """Routes without a link, such as blackholes, and nothing else. networkd removes those that it does not know."""
    return part.where == (HERE, "lo") and not part.operations and not any(route.hops for route in part.routes)


def _of_a_link_that_comes_up(described: list[list[File]]) -> list[Section]:
    """The .network file of one, which routes without a link can be in; empty if there is none."""
    networks = [data for files in described for _name, suffix, data in files if suffix == "network"]
    return next((data for data in networks if not any(key == "ActivationPolicy" for section in data for key, _text in section.lines)), [])


def _document(owner: str, file: File) -> Document:
    name, suffix, data = file
    return Document("%s/50-%s.%s" % (FOLDER, file_stem(owner, name), suffix), _TEMPLATE, {"sections": data})


def link_documents(end: Link, made: bool, owner: str) -> list[Document]:
    """The file for udev."""
    return [_document(owner, file) for file in _link_file(end, made)]


def sysctl_documents(ends: t.Iterable[Link], owner: str) -> list[Document]:
    """The sysctls of links, which udev has set when a link comes."""
    found = [ops.SetSysctl(end.netns, end.name, key, value) for end in ends for key, value in end.sysctls.items()]
    lines = [(each.full_key, each.value) for each in found]
    return [Document("/etc/sysctl.d/50-netdev-%s.conf" % escaped(owner, "_-"), "sysctl.j2", {"lines": lines})] if lines else []


# ---- words ---------------------------------------------------------------------------------------------------------


def _milliseconds(value: int) -> str:
    return "%dms" % value


def _pvid(value: int) -> str:
    return str(value or "none")


def _lower(value: str) -> str:
    return value.lower()


def _pairs(value: dict[int, int]) -> str:
    """networkd takes no priority 0, and none that becomes a greater one."""
    if not value or any(not 1 <= target <= source for source, target in value.items()):
        raise CanNotSay
    return " ".join("%d-%d" % pair for pair in value.items())


def _list(value: list[str]) -> str:
    if not value:
        raise CanNotSay
    return " ".join(value)


def _seconds(value: float) -> str:
    return "%ss" % value


def _account(value: int | str | None) -> str:
    """A name or number of one."""
    return plain(str(value)) if value is not None else unequal(None)(value)


_DF = one_of({"set": "yes", "unset": "no", "inherit": "inherit"})
_NUMBER = unequal("inherit")  # where the word means something else, or nothing

_TUNTAP = {
    "user": ("User", _account),
    "group": ("Group", _account),
    "multi_queue": ("MultiQueue", yes_no),
    "pi": ("PacketInfo", yes_no),
    "vnet_hdr": ("VNetHeader", yes_no),
}
_TUNNEL = words("Tunnel", local=("Local", unequal("")), remote=("Remote", unequal("")))
_TUNNEL_4: Words = {**_TUNNEL, **words("Tunnel", ttl=("TTL", _NUMBER), ikey=("InputKey", unequal("")), okey=("OutputKey", unequal("")))}
_MACVLAN = {"mode": "Mode", "bcqueuelen": "BroadcastMulticastQueueLength", "macaddrs": ("SourceMACAddress", _list)}

# Kind of link -> how its options are said. A kind that is not here is made by commands: a wireguard without key networkd makes none of, and
# an ip6gre without its usual limit of encapsulations.
KINDS: dict[str, Words] = {
    "bridge": words(
        "Bridge",
        stp=("STP", yes_no),
        forward_delay=("ForwardDelaySec", _seconds),
        hello_time=("HelloTimeSec", _seconds),
        max_age=("MaxAgeSec", _seconds),
        ageing_time=("AgeingTimeSec", _seconds),
        priority=("Priority", unequal(0)),
        vlan_filtering=("VLANFiltering", yes_no),
        vlan_protocol=("VLANProtocol", _lower),
        vlan_default_pvid=("DefaultPVID", _pvid),
        group_fwd_mask="GroupForwardMask",
        multicast_snooping=("MulticastSnooping", yes_no),
        multicast_querier=("MulticastQuerier", yes_no),
        multicast_igmp_version="MulticastIGMPVersion",
    ),
    "tun": words("Tun", **_TUNTAP),
    "tap": words("Tap", **_TUNTAP),
    "dummy": {},
    "veth": {},
    "ifb": {},
    "vlan": words(
        "VLAN",
        id="Id",
        protocol=("Protocol", _lower),
        reorder_hdr=("ReorderHeader", yes_no),
        gvrp=("GVRP", yes_no),
        loose_binding=("LooseBinding", yes_no),
        mvrp=("MVRP", yes_no),
        ingress_qos_map=("IngressQOSMaps", _pairs),
        egress_qos_map=("EgressQOSMaps", _pairs),
    ),
    "macvlan": words("MACVLAN", **_MACVLAN),
    "macvtap": words("MACVTAP", **{name: word for name, word in _MACVLAN.items() if name != "bcqueuelen"}),
    "ipvlan": words("IPVLAN", mode=("Mode", str.upper), isolation="Flags"),
    "vxlan": words(
        "VXLAN",
        id=("VNI", unequal(0)),
        remote="Remote",
        group="Group",
        local="Local",
        ttl="TTL",
        tos=("TOS", _NUMBER),
        flowlabel="FlowLabel",
        df=("IPDoNotFragment", _DF),
        learning=("MacLearning", yes_no),
        ageing=("FDBAgeingSec", _seconds),
        max_addresses=("MaximumFDBEntries", unequal(0)),
        source_ports="PortRange",
        proxy=("ReduceARPProxy", yes_no),
        rsc=("RouteShortCircuit", yes_no),
        l2miss=("L2MissNotification", yes_no),
        l3miss=("L3MissNotification", yes_no),
        port="DestinationPort",
        udp_csum=("UDPChecksum", yes_no),
        udp6_zero_csum_tx=("UDP6ZeroChecksumTx", yes_no),
        udp6_zero_csum_rx=("UDP6ZeroChecksumRx", yes_no),
        remcsum_tx=("RemoteChecksumTx", yes_no),
        remcsum_rx=("RemoteChecksumRx", yes_no),
        gbp=("GroupPolicyExtension", yes_no),
    ),
    "geneve": words(
        "GENEVE",
        id="Id",
        remote="Remote",
        ttl=("TTL", unequal(0)),
        tos=("TOS", one_of({number: str(number) for number in range(2, 256)})),
        flowlabel="FlowLabel",
        df=("IPDoNotFragment", _DF),
        port="DestinationPort",
        udp_csum=("UDPChecksum", yes_no),
        udp6_zero_csum_tx=("UDP6ZeroChecksumTx", yes_no),
        udp6_zero_csum_rx=("UDP6ZeroChecksumRx", yes_no),
    ),
    "gre": {**_TUNNEL_4, **words("Tunnel", pmtudisc=("DiscoverPathMTU", yes_no))},
    "gretap": {**_TUNNEL_4, **words("Tunnel", pmtudisc=("DiscoverPathMTU", yes_no))},
    "bond": words(
        "Bond",
        mode="Mode",
        miimon=("MIIMonitorSec", _milliseconds),
        updelay=("UpDelaySec", _milliseconds),
        downdelay=("DownDelaySec", _milliseconds),
        arp_interval=("ARPIntervalSec", _milliseconds),
        arp_ip_targets=("ARPIPTargets", _list),
        arp_validate=("ARPValidate", one_of({word: word for word in ("none", "active", "backup", "all")})),
        arp_all_targets="ARPAllTargets",
        primary_reselect="PrimaryReselectPolicy",
        fail_over_mac="FailOverMACPolicy",
        xmit_hash_policy=("TransmitHashPolicy", unequal("vlan+srcmac")),
        resend_igmp="ResendIGMP",
        num_peer_notif="GratuitousARP",
        all_ports_active=("AllSlavesActive", yes_no),
        min_links="MinLinks",
        lp_interval=("LearnPacketIntervalSec", _seconds),
        packets_per_port="PacketsPerSlave",
        lacp_rate="LACPTransmitRate",
        ad_select="AdSelect",
        ad_actor_sys_prio="AdActorSystemPriority",
        ad_user_port_key="AdUserPortKey",
        ad_actor_system=("AdActorSystem", unequal("00:00:00:00:00:00")),
        tlb_dynamic_lb=("DynamicTransmitLoadBalancing", yes_no),
    ),
    "vrf": words("VRF", table="Table"),
}
# What networkd says where nothing is said, otherwise than iproute2 and the kernel.
_UNSAID = {"vxlan": {"udp_csum": True}}

# In the .network file: of the link itself, and as a port of a bridge.
_LINK = {
    "mtu": Word("Link", "MTUBytes"),
    "link_group": Word("Link", "Group"),
    "ipv6_addr_gen_mode": Word("Network", "IPv6LinkLocalAddressGenerationMode", one_of({"eui64": "eui64", "random": "random"})),
}
_PORT = words(
    "Bridge",
    cost="Cost",
    priority="Priority",
    hairpin=("HairPin", yes_no),
    fast_leave=("FastLeave", yes_no),
    learning=("Learning", yes_no),
    unicast_flood=("UnicastFlood", yes_no),
    multicast_flood=("MulticastFlood", yes_no),
    multicast_to_unicast=("MulticastToUnicast", yes_no),
    neigh_suppress=("NeighborSuppression", yes_no),
    isolated=("Isolated", yes_no),
    proxy_arp=("ProxyARP", yes_no),
    proxy_arp_wifi=("ProxyARPWiFi", yes_no),
    multicast_router=("MulticastRouter", one_of({"disabled": "no", "temp_query": "query", "permanent": "permanent", "temp": "temporary"})),
)
# Sysctls that networkd sets itself, to what; another value would be a race between it and udev.
_OWN_SYSCTLS = {"ipv6.accept_ra": "0", "ipv6.use_tempaddr": "0", "ipv4.promote_secondaries": "1"}
NOT_FOR_SYSCTLS = ("ipv6.disable_ipv6", "ipv6.addr_gen_mode", "ipv6.stable_secret", "ipv6.mtu")

# Kinds of links that networkd gives no link-local address, whatever it is told.
_NO_LINK_LOCAL = ("gre", "vrf")

# ---- a part --------------------------------------------------------------------------------------------------------


def _describe(part: Part, stack: Stack) -> list[File]:
    files: list[File] = []
    link = part.link
    if link is None:
        raise CanNotSay
    if link.kind is not None:
        files.append((link.name, "netdev", _netdev(link, stack)))
    for end in link.ends:
        routes = part.routes if end is link else []
        files += [(end.name, "network", _network(end, stack, routes)), *_link_file(end, link.kind is not None)]
    return files


def _netdev(link: Link, stack: Stack) -> list[Section]:
    options = {name: value for name, value in link.options.items() if not _by_its_ports(name, value, stack)}
    kind = options.pop("mode") if link.kind == "tuntap" else str(link.kind)
    if kind not in KINDS or link.table is None:
        raise CanNotSay
    said = [("NetDev", "Name", link.name), ("NetDev", "Kind", kind)]
    if link.table.takes_mac(options) and not link.table.by_ioctl:
        said.append(("NetDev", "MACAddress", link.common.get("mac", "none")))
    if link.peer:
        said += [("Peer", "Name", link.peer.name)]
        said += [("Peer", "MACAddress", link.peer.common["mac"])] if "mac" in link.peer.common else []
    said += say(KINDS[kind], link.table.by_option, {**_UNSAID.get(kind, {}), **options})
    if link.table.has_parent and not link.table.needs_parent and not link.parent and kind != "geneve":
        said.append((_section_of(kind), "Independent", "yes"))
    return sections(said)


def _section_of(kind: str) -> str:
    return next(iter(KINDS[kind].values())).section


def _by_its_ports(name: str, value: t.Any, stack: Stack) -> bool:
    """What the file of a port says instead."""
    return name == "primary" and any(link.name == value for link in stack.links.values())


def _network(end: Link, stack: Stack, routes: list[Route]) -> list[Section]:
    master, said = stack.master(end), [("Match", "Name", end.name)]
    common = {name: value for name, value in end.common.items() if name in _LINK and not _no_link_local(name, value)}
    if "mac" in end.common and (end.table is None or end.table.by_ioctl):
        said.append(("Link", "MACAddress", end.common["mac"]))
    said += say(_LINK, kinds.COMMON_BY_OPTION, common)
    unsaid = set(end.common) - {*_LINK, "mac", "master", "admin_state", "alias", "tx_queue_len"}
    if unsaid or any(key in NOT_FOR_SYSCTLS or _OWN_SYSCTLS.get(key, value) != value for key, value in end.sysctls.items()):
        raise CanNotSay
    bonded = bool(master and master.kind == "bond")
    if (bonded or end.kind in _NO_LINK_LOCAL) and end.common.get("ipv6_addr_gen_mode", "none") != "none":
        raise CanNotSay
    if end.kind is not None:
        said.append(("Link", "RequiredForOnline", "no"))
    if not comes_up(end, bonded):
        if end.addresses or routes:
            raise CanNotSay  # networkd gives them to a link that is up
        said.append(("Link", "ActivationPolicy", "manual"))
    link_local = not bonded and end.common.get("ipv6_addr_gen_mode") != "none"
    said += [("Network", "LinkLocalAddressing", "ipv6" if link_local else "no"), ("Network", "IPv6AcceptRA", "no")]
    said += [("Network", "ConfigureWithoutCarrier", "yes")]
    said += _plugged(end, master)
    said += [("Network", _stacked(upper), upper.name) for upper in stack.on_top(end)]
    said += say(_PORT, kinds.PORT_BY_OPTION, end.port)
    return [*sections(said), *map(_address, end.addresses or []), *map(_route, routes), *_vlans(end, master)]


def _no_link_local(name: str, value: t.Any) -> bool:
    """That there is no link-local address is said otherwise."""
    return name == "ipv6_addr_gen_mode" and value == "none"


def comes_up(end: Link, bonded: bool) -> bool:
    """A link that is there already is brought up unless it shall be down; one that is made stays down unless it shall be up."""
    state = end.common.get("admin_state")
    return state == kinds.UP or (state is None and (bonded or end.kind is None))


def _plugged(end: Link, master: Link | None) -> list[tuple[str, str, str]]:
    if master is None:
        return []
    words = {"bridge": "Bridge", "bond": "Bond", "vrf": "VRF"}
    if master.kind not in words:
        raise CanNotSay
    primary = [("Network", "PrimarySlave", "yes")] if master.options.get("primary") == end.name else []
    return [("Network", words[master.kind], master.name), *primary]


def _stacked(upper: Link) -> str:
    words = {"vlan": "VLAN", "macvlan": "MACVLAN", "macvtap": "MACVTAP", "ipvlan": "IPVLAN", "vxlan": "VXLAN"}
    return words.get(upper.kind or "", "Tunnel")


def _address(address: Address) -> Section:
    section = Section("Address", [("Address", address.cidr)])
    deprecated = address.version == 6 and address.preferred_lifetime == 0  # of an IPv4 address networkd forgets it
    if address.limited or not (deprecated or address.preferred_lifetime in (None, FOREVER)):
        raise CanNotSay
    if address.peer:
        section.lines = [("Address", "%s/%d" % (address.address, address.length)), ("Peer", "%s/%d" % (address.peer, address.length))]
    if address.version == 4:
        section.lines.append(("Broadcast", address.broadcast or "no"))
        section.lines.append(("Scope", _scope(address.scope_or_natural)))
    if address.label:
        section.lines.append(("Label", _label(address.label)))
    if address.nodad or (address.version == 4 and ipaddress.ip_address(address.address).is_link_local):
        section.lines.append(("DuplicateAddressDetection", "none"))
    if address.noprefixroute:
        section.lines.append(("AddPrefixRoute", "no"))
    if address.metric:
        section.lines.append(("RouteMetric", str(address.metric)))
    if deprecated:
        section.lines.append(("PreferredLifetime", "0"))
    return section


def _label(text: str) -> str:
    for piece in text.split(":"):
        plain(piece)
    return text


def _scope(scope: int) -> str:
    return SCOPE_NAMES.get(scope, str(scope))


def _route(route: Route) -> Section:
    section = Section("Route", [("Destination", route.destination)])
    if route.protocol != RTPROT_STATIC or len(route.hops) > 1 or (route.source and route.version == 6):
        raise CanNotSay
    for hop in route.hops if route.type not in NO_HOPS else ():
        section.lines += [("Gateway", hop.gateway)] if hop.gateway else []
        section.lines += [("GatewayOnLink", "yes")] if hop.onlink else []
    if route.type != "unicast":
        section.lines.append(("Type", route.type))
    if route.table != ROUTE_TABLES["main"]:
        section.lines.append(("Table", str(route.table)))
    for key, value in (("Metric", route.metric), ("PreferredSource", route.source), ("MTUBytes", route.mtu)):
        section.lines += [(key, str(value))] if value else []
    if route.version == 4:
        section.lines.append(("Scope", _scope(ops.natural_route_scope(route) if route.scope is None else route.scope)))
    return section


def vlans_of(end: Link, master: Link | None) -> Link | None:
    """The bridge whose VLANs a port, or the bridge itself, has; None where nothing is said of them.

    Whether those that the bridge gives by default are taken away depends on the version of the service; so there may be none.
    """
    if end.vlans is None:
        return None
    bridge = end if end.kind == "bridge" else master
    if bridge is None or bridge.options.get("vlan_default_pvid") != 0:
        raise CanNotSay
    return bridge


def _vlans(end: Link, master: Link | None) -> list[Section]:
    if vlans_of(end, master) is None:
        return []
    found = []
    for span in bridging.spans(end.vlans or {}):
        lines = [("PVID", span.text)] if span.vlan.pvid else [("VLAN", span.text)]
        if span.vlan.pvid and not span.vlan.untagged:
            lines.append(("VLAN", span.text))
        lines += [("EgressUntagged", span.text)] if span.vlan.untagged else []
        found.append(Section("BridgeVLAN", lines))
    return found


def _link_file(end: Link, made: bool) -> list[File]:
    """What udev does when the link comes. It takes one file for a link, so what the file of all others says of its MAC is in it too."""
    names = [plain(name) for name in [*(end.altnames or []), *end.marks]]
    said = [("Link", "Alias", _words_only(end.common["alias"]))] if end.common.get("alias") else []
    said += [("Link", "AlternativeName", " ".join(names))] if names else []
    said += [("Link", "TransmitQueueLength", str(end.common["tx_queue_len"]))] if "tx_queue_len" in end.common else []
    if not said:
        return []
    if not made:
        raise CanNotSay  # it has its name from another such file
    said = [("Match", "OriginalName", end.name), ("Link", "MACAddressPolicy", "persistent"), *said]
    return [(end.name, "link", sections(said))]


def _words_only(text: str) -> str:
    """Text that a file of systemd takes as it is."""
    if not all(map(_is_plain, text.split(" "))):
        raise CanNotSay
    return text


def _is_plain(word: str) -> bool:
    return bool(word) and word.isascii() and all(character.isalnum() or character in "_.:,/@+=()-" for character in word)
