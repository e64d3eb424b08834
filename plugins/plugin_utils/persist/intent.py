# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From ``persist_topology`` to the render model: what each link is, and what makes it from nothing.

The input is read by the engine's own walker, so what module topology refuses is refused here in the same words; and the
engine's own planner, asked for the way from an empty host, says in which order things are made and by which operations. A format
takes from a :class:`Part` what suits it: the wanted :class:`.model.Link`, or the operations and their iproute2 spelling.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.errors import CannotPlan, InvalidInput
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    HERE,
    Hop,
    Link,
    Namespace,
    Route,
    Topology,
    Wait,
    Where,
    World,
    label,
)
from ansible_collections.netdev.linux.plugins.module_utils.plan import Plan, plan
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker, join
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import limits

VARIABLE = "persist_topology"

# The options of module topology, all of them. What is about how a change is made says nothing about what is there after a boot.
_LISTS = ("namespaces", "links", "routes")
_HOW = ("adopt", "purge_links", "max_deletes", "purge", "wait", "allow_flap", "recreate", "force")
TOPOLOGY_KEYS = (*_LISTS, *_HOW, "netns", "owner")


@dataclasses.dataclass
class Part:
    """One link, or one namespace, with what makes it from nothing, in order. A pair is one part: that of its end on the host.

    ``link`` is None for a namespace, whose name is ``where[0]`` then. ``routes`` lead through the link, or are best made after it;
    ``unrouted`` are routes that come with its addresses and shall not be there.
    """

    where: Where
    link: Link | None
    operations: list[ops.Operation] = dataclasses.field(default_factory=list)
    routes: list[Route] = dataclasses.field(default_factory=list)
    unrouted: list[Route] = dataclasses.field(default_factory=list)
    comes_up: bool = False  # whether the link is up in the end

    @property
    def ends(self) -> list[Link]:
        return self.link.ends if self.link else []

    @property
    def made(self) -> bool:
        """Whether it is made at boot, and not there already, as a physical link is."""
        return self.link is None or self.link.kind is not None


@dataclasses.dataclass
class Intent:
    """What shall be there after a boot. Parts are in the order in which they can be made."""

    owner: str
    topology: Topology
    parts: list[Part]
    warnings: list[str]


def read(raw: t.Any, owner: str, format_name: str, missing: str = "error") -> Intent:
    """The intent of ``persist_topology`` for a format.

    What the format can't say is refused, or with ``missing`` warn left out and told in the warnings. Raises InvalidInput with every
    problem, each with its path.
    """
    checked = _checked(raw)
    own = owner_of(checked, owner)
    if checked.get("owner", own) != own:
        raise InvalidInput([(join(VARIABLE, "owner"), "%r, and persist_owner is %r; say it once" % (checked["owner"], owner))])
    checked["owner"] = own
    _topology(checked)  # what is wrong in itself is told before what a format can't say
    left, left_out = limits.apply(checked, format_name, missing, VARIABLE)
    topology = _topology(left)
    try:
        parts, warnings = _parts(topology)
    except CannotPlan as error:
        raise CannotPlan("%s.%s" % (VARIABLE, error) if str(error).startswith(_LISTS) else str(error)) from None
    return Intent(own, topology, parts, [*left_out, *warnings])


# ---- reading -------------------------------------------------------------------------------------------------------


def _checked(raw: t.Any) -> dict[str, t.Any]:
    """The topology as a dictionary of lists, with nothing in it that would end a line of a file."""
    walker = Walker()
    given = walker.dictionary(raw, TOPOLOGY_KEYS, VARIABLE)
    checked = {**given, **{key: walker.listing(given.get(key, []), join(VARIABLE, key)) for key in _LISTS}}
    for path, text in _texts(checked, VARIABLE):
        if len((text + ".").splitlines()) > 1 or any(character < " " or character == "\x7f" for character in text):
            walker.problem(path, "%r has a line break or another control character, which no file can keep" % text)
    walker.finish()
    return checked


def _texts(value: t.Any, path: str) -> t.Iterator[tuple[str, str]]:
    """Every text in nested data, keys included, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield path, str(key)
            yield from _texts(item, join(path, str(key)))
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield from _texts(item, "%s[%d]" % (path, position))


def owner_of(raw: t.Any, owner: str) -> str:
    """Whose the files are: what persist_owner says, or else the topology."""
    return owner or str(raw.get("owner") or "" if isinstance(raw, dict) else "")


def _topology(raw: dict[str, t.Any]) -> Topology:
    walker = Walker()
    topology = walker.topology({**raw, "purge_links": False})
    if walker.problems:
        raise InvalidInput([(join(VARIABLE, path), text) for path, text in walker.problems])
    return topology


# ---- planning ------------------------------------------------------------------------------------------------------


def _parts(topology: Topology) -> tuple[list[Part], list[str]]:
    wanted = _as_at_boot(topology)
    world, warnings = _just_booted(wanted)
    planned = plan(wanted, world)
    parts = [*_namespaces(wanted, planned), *_links(wanted, planned)]
    _named_ports(parts, planned)
    for route in sorted(topology.routes, key=lambda route: any(hop.gateway for hop in route.hops)):  # gateways are reached by the others
        if route.state == "present":
            _place(route, parts).routes.append(route)
        else:
            _unroute(route, parts)
    return parts, warnings


def _as_at_boot(topology: Topology) -> Topology:
    """Nobody waits, nothing is taken over or deleted, and a mark is one more altname: no run can be killed half way."""
    wanted = topology.copy()
    wanted.owner = ""
    wanted.links = [link for link in wanted.links if link.state == "present"]
    wanted.namespaces = [namespace for namespace in wanted.namespaces if namespace.state == "present"]
    wanted.routes = []  # what they need may come from anywhere
    for end in wanted.all_links():
        end.wait, end.allow_flap = Wait(), True
        if end.marks:
            end.altnames, end.marks = [*(end.altnames or []), *end.marks], []
    # What a bridge lists as its ports must be there before it.
    wanted.links.sort(key=lambda link: bool(link.ports))
    return wanted


def _just_booted(wanted: Topology) -> tuple[World, list[str]]:
    """A host that has just booted, with the links and namespaces that the topology takes as being there; and what those are."""
    world, warnings = World(), []
    made = {namespace.name for namespace in wanted.namespaces}
    described = {end.where: end for end in wanted.all_links()}
    world.namespaces[HERE] = Namespace(HERE, links={"lo": _there("lo", HERE, {"admin_state": kinds.UP})})

    def take_as_there(link: Link, path: str) -> None:
        if link.netns not in {*made, *world.namespaces}:
            lo = _there("lo", link.netns, {})
            world.namespaces[link.netns] = Namespace(link.netns, links={"lo": lo})
            warnings.append("%s: there is no namespace %s in it; at boot somebody else has to make it before" % (path, link.netns))
        if link.where not in described and link.netns in world.namespaces and link.name and link.name != "lo":
            world.namespaces[link.netns].links.setdefault(link.name, link)
            warnings.append("%s: %s is not in it; at boot it has to be there" % (path, label(link.where)))

    for end in described.values():
        path = "%s.%s" % (VARIABLE, end.path)
        take_as_there(_there("", end.netns), path + ".netns")
        if end.kind is None and end.name != "lo":
            # A physical link is on the host first; it is moved from there.
            world.namespaces[HERE].links[end.name] = _there(end.name, HERE)
        if end.common.get("master"):
            # What has options as a port needs a master of the kind whose ports have them.
            kind = kinds.KINDS[kinds.master_of(end.port_options[0])] if end.port_options else None
            master = _there(end.common["master"], end.netns)
            master.kind, master.rtnetlink_kind = (kind.name, kind.rtnetlink) if kind else (None, "unknown")
            take_as_there(master, path + ".master")
        if end.parent:
            netns, name = end.wanted_parent
            take_as_there(_there(name, netns), path + ".parent")
        for position, port in enumerate(end.ports or []):
            take_as_there(_there(port, end.netns), "%s.ports[%d]" % (path, position))
    return world, list(dict.fromkeys(warnings))


def _there(name: str, netns: str, common: dict[str, t.Any] | None = None) -> Link:
    return Link(name, netns, common=common or {}, addresses=[], altnames=[])


def _namespaces(wanted: Topology, planned: Plan) -> list[Part]:
    parts = {namespace.name: Part((namespace.name, ""), None) for namespace in wanted.namespaces}
    for operation in planned.operations[: planned.sections[0][1]]:
        name = operation.netns if isinstance(operation, (ops.SetLink, ops.SetSysctl)) else t.cast(ops.AddNamespace, operation).name
        parts[name].operations.append(operation)
    return list(parts.values())


def _links(wanted: Topology, planned: Plan) -> list[Part]:
    by_where = {link.where: link for link in wanted.links}
    parts = []
    for (where, first), (_next, last) in zip(planned.sections, planned.sections[1:]):
        if where is not None:
            link = by_where[where]
            # A pair is known by its end on the host.
            known = min(link.ends, key=lambda end: end.netns != HERE)
            there = planned.after.link(known.where)
            parts.append(Part(known.where, link, list(planned.operations[first:last]), comes_up=bool(there and there.up)))
    return parts


def _named_ports(parts: list[Part], planned: Plan) -> None:
    """Options that name a port are set when that port is there too."""
    for operation in planned.operations[planned.sections[-1][1] :]:
        if isinstance(operation, (ops.SetKind, ops.SetPort)):
            named = {operation.name, *(value for value in operation.values.values() if isinstance(value, str))}
            part = _last(parts, operation.netns, named)
            if part:
                part.operations.append(operation)


def _last(parts: list[Part], netns: str, names: t.Container[str]) -> Part | None:
    """The last part with a link of one of these names."""
    found = [part for part in parts if any(end.netns == netns and end.name in names for end in part.ends)]
    return found[-1] if found else None


def needed_by(route: Route, parts: list[Part]) -> set[str]:
    """The links that must be there before a route: those it names, and those by which its gateways are reached."""
    needed = set(route.links) if route.hops else {"lo"}
    for hop in route.hops:
        if hop.gateway and not hop.link:
            needed |= _neighbours(hop.gateway, route.netns, parts)
    return needed


def _place(route: Route, parts: list[Part]) -> Part:
    """After which part a route is made: the last one of the links that it needs."""
    needed = needed_by(route, parts)
    found = _last(parts, route.netns, needed)
    if found:
        return found
    spaces = [part for part in parts if part.link is None and part.where[0] == route.netns]
    if spaces:
        return spaces[-1]
    # Nobody described a link for it: it is there already, at the least the loopback device.
    link = Link(min(needed, default="lo"), route.netns)
    parts.append(Part(link.where, link))
    return parts[-1]


def _neighbours(gateway: str, netns: str, parts: list[Part]) -> set[str]:
    """The links in whose subnets a gateway is."""
    ends = [end for part in parts for end in part.ends if end.netns == netns]
    return {end.name for end in ends for address in end.addresses or [] if _within(gateway, address.subnet)}


def _within(address: str, subnet: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(subnet)


def _unroute(route: Route, parts: list[Part]) -> None:
    """A route that shall be absent matters at boot where an address brings it: the one to its subnet."""
    for part in parts:
        for end in part.ends:
            subnets = {address.subnet for address in end.addresses or [] if not address.noprefixroute}
            if end.netns == route.netns and route.destination in subnets and route.links <= {end.name}:
                part.unrouted.append(dataclasses.replace(route, hops=(Hop(link=end.name),)))
