# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topologies with links of every kind, and changes of them, by chance, with values from the kinds table."""

from __future__ import annotations

import copy
import functools
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds, values
from ansible_collections.netdev.linux.tests.property.chance import MACS, Chance, raw_value
from ansible_collections.netdev.linux.tests.property.hosts import Host

Raw = dict[str, t.Any]
Where = tuple[str, str]

# What can be a port of which, and what a link can stand on.
PORTS_OF = {
    "bridge": ("veth", "tuntap", "dummy", "vxlan", "gretap", "macvlan"),
    "vrf": ("veth", "dummy", "tuntap"),
    "bond": ("dummy", "veth"),
}
BASES = ("veth", "dummy", "bridge", "tuntap")

# Where the kernel takes less than the table: most values shall be ones it takes. By option, or by kind and option.
_TAKEN: dict[str, tuple[t.Any, ...]] = {
    "mac": MACS,
    "mtu": (1280, 1400, 1500, 1501, 9000),
    "tx_queue_len": (1, 500, 1000),
    "link_group": (0, 7, 2000000000),
    "ipv6_addr_gen_mode": ("eui64", "none", "random"),
    **dict.fromkeys(("num_tx_queues", "num_rx_queues"), (1, 2, 5)),
    **dict.fromkeys(("gso_max_size", "gro_max_size", "gso_ipv4_max_size", "gro_ipv4_max_size"), (30000, 50000, 65536)),
    "gso_max_segs": (100, 65535),
    "alias": ("", "to the provider", "Grüße"),
    "queue_id": (0, 1, 7, 16),
    "group_fwd_mask": (0, 8, 0xFFF8, 0x4000),
    "group_address": ("01:80:c2:00:00:00", "01:80:c2:00:00:0e"),
    # A table that is full turns multicast snooping off, by itself and in its own time.
    "multicast_hash_max": (128, 512, 4096),
    "forward_delay": (0, 1.5, 2, 4.25, 15, 30, 31),
    "user": (54321, 54322),
    "group": (54321, 54322),
    "vxlan.group": ("239.0.0.1",),
    "vxlan.remote": ("192.0.2.9", "192.0.2.10"),
    "vxlan.local": ("198.18.0.1", "198.18.0.2"),
    "macvlan.mode": ("private", "vepa", "bridge"),
    "macvtap.mode": ("private", "vepa", "bridge"),
    "vlan.id": (1, 7, 4094),
    "vlan_default_pvid": (1, 0, 5),
    "vrf.table": (100, 101, 4711),
    "bond.mode": ("active-backup", "balance-rr", "802.3ad"),
    "bond.miimon": (100, 50),
    "bond.updelay": (0, 100, 200),
    "bond.downdelay": (0, 100, 200),
    "ttl": (0, 9, 64),
    "hoplimit": (9, 64),
    "pmtudisc": (True,),
    "backup_port": ("stays0", ""),
}
# What goes with no other, or takes a kernel that few have: left to the walk through the table.
_RARE = {
    *("vxlan.group", "vxlan.gbp", "vxlan.proxy", "vxlan.rsc", "vxlan.l2miss", "vxlan.l3miss", "vxlan.df", "vxlan.gpe", "vxlan.vnifilter"),
    *("vxlan.external", "geneve.external", "gre.external", "gretap.external", "ip6gre.external", "ip6gretap.external"),
    *("geneve.inner_proto_inherit", "macvlan.nopromisc", "macvtap.nopromisc", "bond.arp_interval", "bond.arp_ip_targets"),
    *("bridge.vlan_stats_per_port", "bridge.multicast_vlan_snooping"),
    *("bond.ns_ip6_targets", "bond.primary", "bond.active_port", "bond.fail_over_mac", "bond.peer_notify_delay"),
}
_SYSCTLS = {"ipv6.accept_ra": (0, 1), "ipv6.hop_limit": (32, 64), "ipv4.rp_filter": (0, 1), "ipv4.proxy_arp": (0, 1)}


def taken(dice: Chance, kind: kinds.Kind | None, attribute: kinds.Attribute) -> t.Any:
    """A value for an option that the kernel most likely takes."""
    known = _TAKEN.get("%s.%s" % (kind.name, attribute.name) if kind else "") or _TAKEN.get(attribute.name)
    if known:
        return dice.one(*known)
    if isinstance(attribute.type, values.Seconds) and attribute.type.high > 10**4:
        return dice.number(round(attribute.type.low * 100), 10**6) / 100
    return raw_value(attribute.type, dice)


def common_of(kind: kinds.Kind, options: Raw) -> list[kinds.Attribute]:
    """What every link has, but for what one with these options can't be given, and its master."""
    without = [] if kind.takes_mac(options) else ["mac"]
    without += ["num_tx_queues", "num_rx_queues"] if kind.queues == kinds.OF_ITS_DRIVER else []
    return [attribute for attribute in kinds.COMMON if attribute.name not in ("master", *without)]


@functools.cache
def available() -> list[str]:
    """The kinds of the table that the running kernel makes, tried with iproute2."""
    lines = []
    for number, (name, kind) in enumerate(kinds.KINDS.items()):
        # Each its own, for some don't go together on one.
        lines += ["link add name base%d type veth peer name basep%d" % (number, number)] if kind.needs_parent else []
        words = ["link add", "link base%d" % number if kind.needs_parent else "", "name try-%s type" % name, kind.rtnetlink]
        words += ["%s %s" % (kind.by_option[option].ip, value) for option, value in kind.sample.items()]
        lines.append("tuntap add dev try-%s mode tap" % name if kind.by_ioctl else " ".join(words))
    with Host() as host:
        host.ip(*lines, force=True)
        there = host.links()
    return [name for name in kinds.KINDS if "try-%s" % name in there]


@functools.cache
def filters_vlans() -> bool:
    """Whether bridges of the running kernel do."""
    with Host() as host:
        host.ip("link add name br0 type bridge vlan_filtering 1", force=True)
        return "br0" in host.links()


def carried(dice: Chance) -> list[t.Any]:
    """VLANs of a port, or of a bridge itself."""
    return dice.some([10, "20-25", {"vid": 30, "untagged": True}, {"vid": dice.one(5, 40), "pvid": True, "untagged": dice.maybe()}])


def forwarding(dice: Chance, number: int, vlans: t.Sequence[t.Any] = ()) -> list[Raw]:
    """Entries of the port that has this number, with MACs that are behind no other."""
    found: list[Raw] = []
    for last in range(dice.number(1, 3)):
        entry: Raw = {"mac": "02:00:00:01:%02x:%02x" % (number, last)}
        entry.update({"sticky": True} if dice.rarely() else {})
        entry.update({"vlan": 10} if 10 in vlans and dice.maybe() else {})
        found.append(entry)
    return found


def address(dice: Chance, number: int, name: str) -> t.Any:
    """One address of the net that a link of this number has to itself."""
    text = dice.one(
        *("198.18.%d.1/24" % number, "198.18.%d.2/24" % number, "198.18.%d.3/24" % number, "198.18.%d.1/25" % number),
        *("198.18.%d.129/32" % number, "2001:db8:%d::1/64" % number, "2001:db8:%d::2/64" % number, "2001:db8:%d::2/128" % number),
    )
    if dice.maybe():
        return text if ":" not in text else {"address": text, "nodad": True}
    found: Raw = {"address": text}
    for key, value in (("noprefixroute", True), ("metric", 50), ("valid_lifetime", 3600)):
        if dice.rarely():
            found[key] = value
    if ":" in text:
        found["nodad"] = True
    elif text.endswith("/32"):
        found.update({"peer": "198.18.%d.130" % number} if dice.maybe() else {})
    else:
        found.update({"broadcast": "198.18.%d.255" % number} if dice.rarely() else {})
        found.update({"label": "%s:1" % name} if dice.rarely() and len(name) < 13 else {})
        # Addresses of one subnet have one scope.
        found.update({"scope": "link"} if text.endswith("/25") and dice.maybe() else {})
    return found


class Maker:
    """Makes topologies of a few links in the module's namespace and others."""

    def __init__(self, dice: Chance, names: t.Sequence[str]) -> None:
        self.dice = dice
        self.names = list(names)  # of the kinds that there are
        self.vlans = filters_vlans()
        self.numbers: dict[str, int] = {}
        self.where: dict[str, str] = {}  # name of a link -> its namespace
        self.ports: set[str] = set()

    def topology(self, focus: str) -> Raw:
        """A topology with a link of a kind, and a few others."""
        chosen = {focus, *self.dice.some(self.names, 3)}
        if any(kinds.KINDS[name].has_parent or kinds.KINDS[name].has_ports for name in chosen):
            chosen.add("veth")
        # What others are ports of or stand on comes first; a topology may list them in any order.
        order = sorted(chosen, key=lambda name: (not kinds.KINDS[name].has_ports, kinds.KINDS[name].has_parent, name))
        links = [self.link(name, suffix) for name in order for suffix in "ab"[: self.dice.one(1, 1, 2)]]
        raw: Raw = {"links": self.dice.random.sample(links, len(links)), "routes": self.routes(links)}
        if self.dice.rarely():
            raw["owner"] = "lab"
        return raw

    def link(self, name: str, suffix: str) -> Raw:
        kind = kinds.KINDS[name]
        raw = self.end(kind, "%s-%s" % (name, suffix), self.dice.one("", "", "", "red"))
        raw["kind"] = name
        raw["options"] = self.attributes(kind, [a for a in kind.attributes if "%s.%s" % (name, a.name) not in _RARE], 5)
        for option in (*kind.required, *kind.sample):
            if option not in raw["options"] and option != "remote":
                raw["options"][option] = taken(self.dice, kind, kind.by_option[option])
        if "remote" in kind.sample:  # of tunnels no two may have the same ends
            raw["options"]["remote"] = "%s%d" % (kind.sample["remote"][:-1], self.numbers[raw["name"]])
        self.drop_what_needs_others(kind, raw["options"])
        if kind.by_ioctl and raw["options"]["mode"] == "tun":
            for key in ("mac", "master", "port"):
                raw.pop(key, None)
        if kind.needs_parent or (kind.has_parent and self.dice.maybe()):
            self.stand(raw, kind)
        if kind.has_vlans and self.vlans and self.dice.maybe():
            raw["vlans"] = carried(self.dice)
        if kind.has_peer:
            raw["peer"] = self.end(kind, raw["name"] + "-p", self.dice.one("", "red", "blue"))
        return raw

    @staticmethod
    def drop_what_needs_others(kind: kinds.Kind, options: Raw) -> None:
        """Leave out options that only exist with a value of another, which this link does not have."""
        while True:
            unmet = [name for name in options if (needs := kind.by_option[name].needs) and not needs.met(options)]
            if not unmet:
                return
            for name in unmet:
                del options[name]

    def stand(self, raw: Raw, kind: kinds.Kind) -> None:
        """On a link that is nobody's port; in another namespace now and then."""
        bases = [name for name in self.where if name.rsplit("-")[0] in BASES and name not in self.ports]
        if kind.parent_beside:
            bases = [name for name in bases if self.where[name] == raw["netns"]]
        if not bases:
            return
        raw["parent"] = self.dice.one(*bases)
        if raw["netns"] != self.where[raw["parent"]]:
            raw["parent_netns"] = self.where[raw["parent"]]
        if not kind.takes_mac(raw["options"]):
            raw.pop("mac", None)
        if raw.get("mtu", 0) > 1280:
            raw["mtu"] = 1280  # no more than its parent's

    def end(self, kind: kinds.Kind, name: str, netns: str) -> Raw:
        """What both ends of a pair, and every other link, have."""
        dice = self.dice
        self.where[name] = netns
        self.numbers[name] = number = len(self.numbers) + 1
        raw: Raw = {"name": name, "netns": netns, "admin_state": dice.one("up", "up", "down")}
        common = [a for a in common_of(kind, {}) if a.name != "admin_state"]
        raw.update(self.attributes(None, common, 3))
        masters = [other for other, at in self.where.items() if at == netns and kind.name in PORTS_OF.get(other.rsplit("-")[0], ())]
        if masters and dice.maybe():
            raw["master"] = dice.one(*masters)
            self.ports.add(name)
            if dice.maybe():
                raw["port"] = self.port(raw["master"], number)
        if dice.number(0, 2):
            found = [address(dice, number, name) for _count in range(dice.number(1, 3))]
            raw["addresses"] = list({_key(item): item for item in found}.values())
        if dice.rarely():
            raw["altnames"] = dice.some(["%s-alt%d" % (name, n) for n in range(3)], 2)
        if dice.rarely():
            key = dice.one(*_SYSCTLS)
            raw["sysctls"] = {key: dice.one(*_SYSCTLS[key])}
        return raw

    def port(self, master: str, number: int) -> Raw:
        """What a port has, by the kind of its master."""
        dice = self.dice
        if not master.startswith("bridge"):  # no two ports of a bond have the same queue, and by itself it has 16 of them
            return {"queue_id": number % 17} if master.startswith("bond") else {}
        raw = self.attributes(None, [a for a in kinds.BRIDGE_PORT if not (a.config or a.since)], 3)
        if self.vlans and dice.maybe():
            raw["vlans"] = carried(dice)
        if dice.maybe():
            raw["fdb"] = forwarding(dice, number, raw.get("vlans", ()))
        return raw

    def attributes(self, kind: kinds.Kind | None, table: t.Sequence[kinds.Attribute], most: int) -> Raw:
        # What some kernels are built without is refused; the walk through the table shows who is.
        built = ("", "CONFIG_BRIDGE_IGMP_SNOOPING", "CONFIG_RPS", *(["CONFIG_BRIDGE_VLAN_FILTERING"] if self.vlans else []))
        # What this iproute2 may not know could not be replayed.
        likely = [attribute for attribute in table if attribute.config in built and not attribute.since]
        found = {attribute.name: taken(self.dice, kind, attribute) for attribute in self.dice.some(likely, most)}
        # What goes with some values of others only is left to the walk through the table, as are names of ports.
        return {a.name: found[a.name] for a in table if a.name in found and a.exists(found) and not isinstance(a.type, values.PortName)}

    # ---- routes

    def routes(self, links: t.Sequence[Raw]) -> list[Raw]:
        dice = self.dice
        found: list[Raw] = []
        ends = [end for link in links for end in [link, *([link["peer"]] if "peer" in link else [])]]
        usable = [end for end in ends if end["admin_state"] == "up" and _gateway(end, self.numbers[end["name"]], 4)]
        for end in usable:
            if not dice.maybe():
                continue
            number = self.numbers[end["name"]]
            route: Raw = {"destination": "203.0.113.%d/28" % (16 * (number % 16)), "netns": end["netns"]}
            hops = [{"gateway": "198.18.%d.%d" % (number, last), "dev": end["name"]} for last in (77, 78)]
            others = [other for other in usable if other is not end and other["netns"] == end["netns"]]
            if others and dice.maybe():
                other = dice.one(*others)
                hops[1] = {"gateway": "198.18.%d.77" % self.numbers[other["name"]], "dev": other["name"]}
                hops[1]["weight"] = 3
            if dice.maybe():
                route["nexthops"] = hops
            else:
                route.update(hops[0])
            found.append(self.seasoned(route))
        for end in ends:
            number = self.numbers[end["name"]]
            if end["admin_state"] == "up" and dice.rarely():
                found.append(self.seasoned({"destination": "192.88.99.%d/32" % number, "netns": end["netns"], "dev": end["name"]}))
            if end["admin_state"] == "up" and dice.rarely() and end.get("mtu", 1500) >= 1280:
                found.append(self.seasoned({"destination": "2001:db8:f%02d::/48" % number, "netns": end["netns"], "dev": end["name"]}))
        for kind in dice.some(["blackhole", "unreachable", "prohibit", "throw"], 2):
            number = len(found)
            net = dice.one("192.0.2.%d/32" % number, "2001:db8:e%02d::/48" % number)
            found.append({"destination": net, "type": kind, "netns": dice.one("", "red"), "metric": dice.one(7, 1024)})
        return found

    def seasoned(self, route: Raw) -> Raw:
        for key, choices in (("metric", (5, 600)), ("table", (77, "main")), ("mtu", (1300, 1400))):
            if self.dice.rarely():
                route[key] = self.dice.one(*choices)
        return route

    # ---- changes

    def change(self, raw: Raw) -> Raw:
        """Another topology for where this one is: changed, moved, made anew, deleted, added to."""
        dice = self.dice
        now: Raw = {key: copy.deepcopy(value) for key, value in raw.items() if key == "owner"}
        links: list[Raw] = []
        gone: set[str] = set()
        for link in copy.deepcopy(raw["links"]):
            roll = dice.number(0, 9)
            if roll == 0 or link.get("parent") in gone:
                gone.update((link["name"], link.get("peer", link)["name"]))
                links.append({key: link[key] for key in ("name", "netns", "kind")} | {"state": "absent"})
            elif roll != 1:
                links.append(self.changed(link, roll))
        links = [link for link in links if not ({link.get("parent"), link.get("master")} & gone) or link.get("state") == "absent"]
        now["links"] = links
        staying = [link for link in links if link.get("state") != "absent"]
        now["routes"] = [dict(route, state="absent") for route in raw["routes"] if dice.rarely() and "type" not in route]
        known = {(route["destination"], route["netns"]) for route in now["routes"]}
        now["routes"] += [r for r in self.routes([dict(link) for link in staying]) if (r["destination"], r["netns"]) not in known]
        for option in ("allow_flap", "recreate", "force"):
            now[option] = bool(dice.number(0, 3))
        if dice.maybe():
            now["purge"] = dice.some(["addresses", "altnames", "vlans", "fdb"])
        if "owner" in now:
            now["adopt"] = dice.maybe()
            now["purge_links"] = dice.maybe()
        return now

    def changed(self, link: Raw, roll: int) -> Raw:
        dice, kind = self.dice, kinds.KINDS[link["kind"]]
        number, name, netns = self.numbers[link["name"]], link["name"], link["netns"]
        if roll in (2, 3, 4):
            # No two tunnels or VLANs may be told apart by nothing.
            kept = () if kind.by_ioctl else kind.required
            table = [a for a in kind.attributes if "%s.%s" % (kind.name, a.name) not in _RARE and a.name not in kept]
            link["options"].update({name: value for name, value in self.attributes(kind, table, 3).items() if name != "remote"})
            self.drop_what_needs_others(kind, link["options"])
        elif roll in (5, 6):
            common = common_of(kind, link["options"])
            link.update(self.attributes(None, common, 3))
            if "parent" in link and link.get("mtu", 0) > 1280:
                link["mtu"] = 1280
        elif roll == 7:
            found = [address(dice, number, name) for _count in range(dice.number(0, 3))]
            link["addresses"] = list({_key(item): item for item in found}.values())
            link["purge"] = dice.one(["addresses"], [])
        elif roll == 8 and kind.movable and "master" not in link:
            end = dice.one(link, link.get("peer", link))
            end["netns"] = "blue" if netns != "blue" else ""
            if "parent" in link:
                link["parent_netns"] = link.get("parent_netns", netns)
        elif roll == 9 and link.get("master"):
            link["port"] = self.port(link["master"], number + 1)
        elif roll == 9 and "vlans" in link:
            link["vlans"] = carried(dice)
        elif "master" in link:
            link.pop("port", None)
            link["master"] = ""
        return link


def _key(item: t.Any) -> str:
    text: str = item["address"] if isinstance(item, dict) else item
    return text.split("/", maxsplit=1)[0] if ":" in text else text


def _gateway(end: Raw, number: int, version: int) -> bool:
    """Whether a gateway of the link's net can be reached through it."""
    del version
    net = "198.18.%d." % number
    return any(
        str(item).startswith(net) if isinstance(item, str) else item["address"].startswith(net) and not item.get("noprefixroute")
        for item in end.get("addresses", [])
        if not _key(item).endswith("/32")
    )
