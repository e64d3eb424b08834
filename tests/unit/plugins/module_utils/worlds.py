# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated hosts and tasks, and a kernel that only exists on paper."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import typing as t
from random import Random

from hypothesis import strategies as st

from ansible_collections.netdev.linux.plugins.module_utils import kinds, values
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    FOREVER,
    HERE,
    IPV6_MIN_MTU,
    SCOPES,
    Address,
    Depth,
    Hop,
    Link,
    Namespace,
    Route,
    Topology,
    Where,
    World,
)
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker
from ansible_collections.netdev.linux.tests.property.chance import Chance, raw_value

Raw = dict[str, t.Any]

# Few of each, so that what is wanted and what is there meet often.
NAMESPACES = ("red", "blue")
NAMES = ("br0", "br1", "tap0", "tun0", "v0", "v1", "v2")
ALTNAMES = ("uplink", "lan-port", "x")
ADDRESSES = (
    "192.0.2.1/24",
    "192.0.2.2/24",
    "192.0.2.3/24",
    "192.0.2.1/25",
    "198.51.100.1/32",
    "2001:db8::1/64",
    "2001:db8::2/64",
    "2001:db8::2/128",
    "fe80::7/64",
)
MACS = ("52:54:00:00:00:01", "52:54:00:00:00:02", "02:00:00:00:00:aa")
MTUS = (576, 1279, 1280, 1400, 1500, 9000)
# What a driver chooses by itself, of kinds.OF_DRIVERS.
OF_DRIVERS = {
    **dict.fromkeys(("num_tx_queues", "num_rx_queues"), 4),
    **dict.fromkeys(("gso_max_size", "gro_max_size", "gso_ipv4_max_size", "gro_ipv4_max_size"), kinds.USUAL_SIZE),
    "gso_max_segs": kinds.USUAL_SEGMENTS,
}


# ---- drawing -------------------------------------------------------------------------------------------------------


class Dice(Chance):
    """Draws that hypothesis can make smaller. Strategies are made once: making them is what takes time."""

    def __init__(self, draw: st.DrawFn) -> None:  # pylint: disable=super-init-not-called
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        return self._draw(_numbers(low, high))

    def some(self, items: t.Sequence[t.Any], largest: int = 4) -> list[t.Any]:
        if not items:
            return []
        return [items[position] for position in self._draw(_subsets(len(items), min(largest, len(items))))]


@functools.cache
def _numbers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


@functools.cache
def _subsets(count: int, largest: int) -> st.SearchStrategy[list[int]]:
    return st.lists(_numbers(0, count - 1), unique=True, max_size=largest)


# ---- what is there -------------------------------------------------------------------------------------------------


def order_addresses(addresses: t.Iterable[Address]) -> list[Address]:
    """As a kernel has them: every IPv4 address but the first of its subnet is secondary, and these stand behind the others."""
    seen: set[str] = set()
    found = []
    for address in addresses:
        secondary = address.version == 4 and address.subnet in seen
        if address.version == 4:
            seen.add(address.subnet)
        found.append(dataclasses.replace(address, secondary=secondary))
    return sorted(found, key=lambda address: (address.version, address.secondary, 0 if address.secondary else -(address.scope or 0)))


def observed_addresses(dice: Dice) -> list[Address]:
    found: dict[tuple[t.Any, ...], Address] = {}
    for text in dice.some(ADDRESSES):
        ip, length = text.split("/")
        six = ":" in ip
        lifetime = 3600 if dice.rarely() else FOREVER
        address = Address(
            ip,
            int(length),
            peer="192.0.2.77" if not six and dice.rarely() else None,
            broadcast="192.0.2.255" if text.endswith("/24") and dice.maybe() else None,
            label="lab" if not six and dice.rarely() else None,
            nodad=six and dice.maybe(),
            noprefixroute=dice.rarely(),
            metric=50 if dice.rarely() else None,
            valid_lifetime=lifetime,
            preferred_lifetime=lifetime,
            tentative=six and dice.maybe(),
            by_kernel=ip.startswith("fe80"),
        )
        scope = SCOPES["link"] if not six and dice.rarely() else address.natural_scope
        found.setdefault(address.key, dataclasses.replace(address, scope=scope))
    return order_addresses(found.values())


def observed_options(dice: Dice, kind: kinds.Kind) -> Raw:
    """What the kernel reports of a kind's own attributes; some kernels are built without some of them."""
    random = Random(dice.number(0, 1000))  # noqa: S311
    lacking = dice.one("", *sorted({attribute.config for attribute in kind.attributes if attribute.config}))
    options = {attribute.name: attribute.type.parse(raw_value(attribute.type, Chance(random))) for attribute in kind.attributes}
    for attribute in kind.attributes:
        if isinstance(attribute.type, values.Account) and random.random() < 0.5:
            del options[attribute.name]  # nobody's
    found = {
        attribute.name: attribute.will_store(options[attribute.name], options)
        for attribute in kind.attributes
        if attribute.name in options and (not lacking or attribute.config != lacking) and not names_a_port(attribute)
    }
    return {name: value for name, value in found.items() if kind.by_option[name].exists(found)}


def names_a_port(attribute: kinds.Attribute) -> bool:
    return isinstance(attribute.type, values.PortName)


def chosen_by_driver(common: Raw) -> dict[str, int]:
    """What of kinds.OF_DRIVERS nobody else chose; the sizes of IPv4 follow the others."""
    follow = {"%s_ipv4_max_size" % which: common.get("%s_max_size" % which, kinds.USUAL_SIZE) for which in ("gso", "gro")}
    usual = dict(OF_DRIVERS, **{name: min(size, kinds.USUAL_SIZE) for name, size in follow.items()})
    return {name: value for name, value in usual.items() if name not in common}


def observed_link(dice: Dice, where: Where, kind: kinds.Kind | None, index: int) -> Link:
    options = observed_options(dice, kind) if kind else {}
    common: Raw = {
        "admin_state": dice.one(kinds.UP, kinds.DOWN),
        "mtu": dice.one(*MTUS),
        "tx_queue_len": dice.one(0, 1000),
        "link_group": dice.one(0, 7),
    }
    sysctls = {"ipv4.rp_filter": dice.one("0", "1")}
    if common["mtu"] >= IPV6_MIN_MTU:  # below that a link has no IPv6 at all
        common["ipv6_addr_gen_mode"] = dice.one("eui64", "none")
        sysctls["ipv6.accept_ra"] = dice.one("0", "1")
    if kind is None or kind.has_mac(options):
        common["mac"] = dice.one(*MACS)
    if dice.rarely():
        common["alias"] = "found"
    for name in dice.some([*OF_DRIVERS], 2) if dice.rarely() else ():
        common[name] = OF_DRIVERS[name] // 2
    carrier = common["admin_state"] == kinds.UP and dice.maybe()
    addresses = [address for address in observed_addresses(dice) if address.version == 4 or common["mtu"] >= IPV6_MIN_MTU]
    return Link(
        where[1],
        where[0],
        kind=kind.name if kind else None,
        rtnetlink_kind=kind.rtnetlink if kind else "",
        common=common,
        usual=chosen_by_driver(common),
        options=options,
        addresses=addresses,
        altnames=dice.some(altnames_of(where[1]), 2),
        sysctls=sysctls,
        index=index,
        carrier=carrier,
        running=carrier,
    )


def port_able(link: Link) -> bool:
    return link.name != "lo" and link.kind != "bridge" and (link.table is None or link.table.has_mac(link.options))


def observed_world(dice: Dice) -> World:
    """Namespaces with links of all kinds in them, pairs across them, ports, links stacked on others, routes."""
    world = World()
    counter = itertools.count(2)
    for netns in (HERE, *dice.some(NAMESPACES)):
        common = {"admin_state": dice.one(kinds.UP, kinds.DOWN), "mtu": 65536, "mac": "00:00:00:00:00:00"}
        loopback = Link("lo", netns, common=common, addresses=[], altnames=[], index=1)
        world.namespaces[netns] = Namespace(netns, links={"lo": loopback}, sysctls={"ipv4.ip_forward": "0"})
    taken: list[Where] = dice.some([(netns, name) for netns in world.namespaces for name in NAMES], 6)
    while taken:
        where = taken.pop()
        pair = bool(taken) and dice.maybe()
        kind = kinds.VETH if pair else dice.one(kinds.BRIDGE, kinds.TUNTAP, kinds.DUMMY, None)
        if where[1].startswith("br") and not pair and dice.maybe():
            kind = kinds.BRIDGE
        link = observed_link(dice, where, kind, next(counter))
        world.namespaces[where[0]].links[where[1]] = link
        if pair:
            other = taken.pop()
            far = observed_link(dice, other, kinds.VETH, next(counter))
            world.namespaces[other[0]].links[other[1]] = far
            link.peer_at, far.peer_at = far.where, link.where
            link.lower = (far.index, None if other[0] == where[0] else 0)
            far.lower = (link.index, None if other[0] == where[0] else 0)
    for link in list(world.links()):
        bridges = [other.name for other in world.namespaces[link.netns].links.values() if other.kind == "bridge"]
        if bridges and port_able(link) and dice.maybe():
            link.common["master"] = dice.one(*bridges)
            random = Random(dice.number(0, 1000))  # noqa: S311
            link.port = {attribute.name: attribute.type.parse(raw_value(attribute.type, Chance(random))) for attribute in kinds.BRIDGE_PORT}
            link.port["backup_port"] = ""
    for where in dice.some([link.where for link in world.links() if link.name != "lo"], 1):
        upper = observed_link(dice, (where[0], "upper0"), dice.one(None, kinds.MACVLAN), next(counter))
        upper.rtnetlink_kind, upper.parent_at = upper.rtnetlink_kind or "foreign", where
        world.namespaces[where[0]].links["upper0"] = upper
    if dice.maybe():
        for namespace in world.namespaces.values():
            namespace.routes = [route for link in namespace.links.values() if link.up for route in _routes(dice, link)]
    return world


def _routes(dice: Dice, link: Link) -> t.Iterator[Route]:
    """Static routes of a link that has an IPv4 address: one over a gateway, one to its own neighbours."""
    if any(address.version == 4 for address in link.addresses or []) and dice.maybe():
        yield Route(link.netns, "203.0.113.%d/32" % link.index, (Hop("192.0.2.254", link.name),), scope=SCOPES["global"])
        yield Route(link.netns, "203.0.113.%d/32" % (100 + link.index), (Hop(None, link.name),), scope=SCOPES["link"])


# ---- what is wanted ------------------------------------------------------------------------------------------------


def raw_address(dice: Dice) -> t.Any:
    """An address as a task has it."""
    text = dice.one(*ADDRESSES)
    if dice.maybe():
        return text
    found: Raw = {"address": text}
    if dice.maybe():
        found["noprefixroute"] = dice.maybe()
    if dice.rarely():
        found["metric"] = dice.one(50, 100)
    if dice.rarely():
        found["valid_lifetime"] = dice.one("forever", 3600)
    if ":" in text:
        if dice.maybe():
            found["nodad"] = dice.maybe()
    elif dice.maybe():
        found.update(dice.one({"broadcast": "192.0.2.255"}, {"label": "lab"}, {"scope": "link"}, {"peer": "192.0.2.77"}))
    return found


def altnames_of(name: str) -> list[str]:
    """Alternative names that no other link has: the kernel gives a name to one link of a namespace."""
    return ["%s-%s" % (name, altname) for altname in ALTNAMES]


def raw_end(dice: Dice, where: Where, kind: kinds.Kind) -> Raw:
    """The options that both ends of a pair, and every other link, may have."""
    task: Raw = {"name": where[1], "netns": where[0]}
    for attribute in dice.some([attribute for attribute in kinds.COMMON if attribute.name not in ("master", "mtu")], 3):
        task[attribute.name] = raw_value(attribute.type, dice)
    if dice.maybe():
        task["mtu"] = dice.one(*MTUS)
    if kind.name != "bridge" and dice.maybe():
        task["master"] = dice.one("", "br0", "br1")
    if dice.maybe():
        task["addresses"] = [raw_address(dice) for _count in range(dice.number(0, 3))]
    if task.get("master") and dice.maybe():
        some = [attribute for attribute in dice.some(kinds.BRIDGE_PORT, 3) if not names_a_port(attribute)]
        task["port"] = {attribute.name: raw_value(attribute.type, dice) for attribute in some}
    if dice.rarely():
        task["altnames"] = dice.some(altnames_of(where[1]), 2)
    if dice.rarely():
        task["sysctls"] = {dice.one("ipv6.accept_ra", "ipv4.rp_filter"): dice.one(0, 1)}
    if dice.maybe():
        task["purge"] = dice.some(["addresses", "altnames"] + (["ports"] if kind.has_ports else []))
    if dice.rarely():
        task["wait"] = {"carrier": dice.maybe(), "dad": dice.maybe()}
    return task


def raw_task(dice: Dice) -> tuple[kinds.Kind, Raw]:
    """A task of a device module: the kind, and the options as the user writes them."""
    kind = dice.one(*kinds.KINDS.values()) if dice.rarely() else dice.one(kinds.BRIDGE, kinds.TUNTAP, kinds.DUMMY, kinds.VETH)
    netns = dice.one(HERE, HERE, *NAMESPACES)
    name = dice.one(*NAMES, *(["upper0"] if kind.has_parent else []))
    if dice.rarely():
        task: Raw = {"name": name, "netns": netns, "state": "absent"}
    else:
        task = raw_end(dice, (netns, name), kind)
        for attribute in dice.some(kind.attributes, 5):
            if not names_a_port(attribute):
                task[attribute.name] = raw_value(attribute.type, dice)
        for option in kind.required:
            task.setdefault(option, raw_value(kind.by_option[option].type, dice))
        if kind.has_parent:
            task["parent"] = dice.one(*NAMES)
        if kind.has_ports and dice.maybe():
            task["ports"] = [port for port in dice.some(NAMES) if port != name]
        if kind.has_peer and dice.maybe():
            far = dice.one(*[place for place in NAMES if place != name])
            task["peer"] = raw_end(dice, (dice.one(HERE, *NAMESPACES), far), kind)
    for option in ("allow_flap", "recreate", "force"):
        task[option] = dice.maybe()
    return kind, task


def wanted_topology(dice: Dice) -> Topology:
    """One task's link, as the device modules make it, or several with their namespaces."""
    if dice.rarely():
        gone = [Namespace(name, state="absent", force=dice.maybe()) for name in dice.some(NAMESPACES)]
        return Topology(namespaces=gone)
    topology = Topology()
    several = dice.rarely()
    for _count in range(dice.number(1, 3) if several else 1):
        kind, task = raw_task(dice)
        # What the walker refuses of this task is left out: it is not what the planner is about.
        link = Walker().link(task, kind)
        ends = [link] + ([link.peer] if link.peer else [])
        for end in ends:
            if any(address.version == 6 for address in end.addresses or []):
                end.common["mtu"] = max(end.common.get("mtu", 1500), IPV6_MIN_MTU)
            if end.common.get("mtu", 1500) < IPV6_MIN_MTU:
                end.common.pop("ipv6_addr_gen_mode", None)
                end.sysctls.pop("ipv6.accept_ra", None)
            if end.common.get("master") == end.name:
                end.common["master"] = ""
            if end.common.get("admin_state") == kinds.DOWN:
                end.wait.carrier = end.wait.dad = False
        places = {end.where for end in ends}
        if len(places) == len(ends) and not places & {other.where for other in topology.all_links()}:
            topology.links.append(link)
    if several:
        for name in dice.some(NAMESPACES):
            sysctls = {"ipv4.ip_forward": "1"} if dice.maybe() else {}
            topology.namespaces.append(Namespace(name, sysctls=sysctls, loopback=dice.one(None, "up", "down")))
    return topology


class Scene:
    """A host and a task. No dataclass, for hypothesis prints those field by field."""

    def __init__(self, observed: World, wanted: Topology) -> None:
        self.observed = observed
        self.wanted = wanted

    def __repr__(self) -> str:
        """In few words, so that a failing example can be read."""
        lines = ["", "there:"]
        for namespace in self.observed.namespaces.values():
            lines.append("  namespace %r routes %s" % (namespace.name, namespace.routes))
            lines += ["    " + sketch(link) for link in namespace.links.values()]
        lines.append("wanted: " + ", ".join("%s %s" % (name.name, name.state) for name in self.wanted.namespaces))
        for link in self.wanted.links:
            lines.append("    " + sketch(link))
            if link.peer:
                lines.append("    peer " + sketch(link.peer))
        return "\n".join(lines)


def sketch(link: Link) -> str:
    """The fields of a link that are not empty."""
    found = {field.name: getattr(link, field.name) for field in dataclasses.fields(link) if field.name not in ("peer", "wait")}
    found["addresses"] = None if link.addresses is None else [address.show() for address in link.addresses]
    if link.index and len(link.options) > 6:
        found["options"] = "..."
    return " ".join("%s=%s" % (name, value) for name, value in found.items() if value or value == [])


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    dice = Dice(draw)
    return Scene(observed_world(dice), wanted_topology(dice))


# ---- a kernel on paper ---------------------------------------------------------------------------------------------


class PaperKernel:
    """Executor and Reader on a World: plays the operations' effects, and fails where it is told to.

    ``fail_at`` counts the operations executed; that one raises, before its effect or (``halfway``) after it, as a netlink message
    does that is refused at its last attribute. Everything after it works again.
    """

    def __init__(self, world: World, fail_at: int | None = None, halfway: bool = False) -> None:
        self.world = world.copy()
        self.fail_at, self.halfway = fail_at, halfway
        self.executed: list[ops.Operation] = []
        self.indexes = itertools.count(1000)

    def settle(self) -> None:
        """On paper all is done at once."""

    def remember(self, world: World) -> None:
        """Nothing to remember."""

    def delete_links(self, operations: t.Sequence[ops.DeleteLink]) -> None:
        for operation in operations:
            self.execute(operation)

    def execute_all(self, operations: t.Sequence[ops.Operation], done: list[ops.Operation]) -> None:
        """As the kernel does it: what fails does not stop the others."""
        refusals = []
        for operation in operations:
            try:
                self.execute(operation)
                done.append(operation)
            except NetdevError as error:
                refusals.append(error)
        if refusals:
            raise refusals[0]

    def execute(self, operation: ops.Operation) -> None:
        failing = len(self.executed) == self.fail_at
        self.executed.append(operation)
        if failing and not self.halfway:
            raise NetdevError("made to fail")
        if self.lacks_ipv6(operation):
            raise NetdevError("the link has no IPv6")
        operation.effect(self.world)
        self.fill_in()
        if failing:
            raise NetdevError("made to fail")

    def lacks_ipv6(self, operation: ops.Operation) -> bool:
        """Whether an operation is about the IPv6 of a link whose MTU is too small for it to have any."""
        link = self.world.link(operation.touches[0]) if operation.touches else None
        if link is None or link.common.get("mtu", IPV6_MIN_MTU) >= IPV6_MIN_MTU:
            return False
        if isinstance(operation, ops.SetLink):
            return "ipv6_addr_gen_mode" in operation.values and operation.values.get("mtu", 0) < IPV6_MIN_MTU
        if isinstance(operation, ops.AddAddress):
            return operation.address.version == 6
        return isinstance(operation, ops.SetSysctl) and operation.key.startswith("ipv6.")

    def fill_in(self) -> None:
        """What the kernel chooses where nobody did, and which addresses are secondary."""
        for found in list(self.world.links()):
            link = self.world.edit(found.where)
            link.addresses = order_addresses(link.addresses or [])
            link.index = link.index or (1 if link.name == "lo" else next(self.indexes))
            if link.name == "lo":
                continue
            chosen: Raw = {"mtu": 1500, "tx_queue_len": 1000, "link_group": 0}
            if link.table is None or link.table.has_mac(link.options):
                chosen["mac"] = "02:ff:ff:ff:ff:%02x" % (link.index % 256)
            sysctls = {"ipv4.rp_filter": "0"}
            if link.common.get("mtu", 1500) >= IPV6_MIN_MTU:
                chosen["ipv6_addr_gen_mode"] = "eui64"
                sysctls["ipv6.accept_ra"] = "1"
            link.common = dict(chosen, **link.common)
            link.usual = chosen_by_driver(link.common)
            link.sysctls = dict(sysctls, **link.sysctls)

    def again(self, world: World, wanted: Topology, depth: Depth) -> World:
        fresh = self.world.copy()
        if not depth.routes:
            for namespace in fresh.namespaces.values():
                namespace.routes = None
        return fresh
