# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carrying out a plan: in order, read back at the end, and undone as a whole when anything fails."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    RTPROT_KERNEL,
    RTPROT_RA,
    SEED,
    WHOLE,
    Depth,
    Link,
    Namespace,
    Route,
    Topology,
    Where,
    World,
    is_secret,
    label,
)
from ansible_collections.netdev.linux.plugins.module_utils.plan import Plan, plan

# From how many operations of a sort on they are done together: deletions by a group, additions with many messages in one send.
BULK = 16


class Executor(t.Protocol):
    """What applies operations: :class:`.rtnetlink.Kernel`, or a test's fake that fails where it is told to."""

    def execute(self, operation: ops.Operation) -> None: ...

    def execute_all(self, operations: t.Sequence[ops.Operation], done: list[ops.Operation]) -> None: ...

    def delete_links(self, operations: t.Sequence[ops.DeleteLink]) -> None: ...

    def remember(self, world: World) -> None: ...

    def settle(self) -> None: ...


class Reader(t.Protocol):
    """What observes: :class:`.observe.Observer`, or a test's."""

    def again(self, world: World, wanted: Topology, depth: Depth) -> World: ...


def apply(executor: Executor, reader: Reader, wanted: Topology, planned: Plan) -> World:
    """Carry out ``planned`` and return the world afterwards.

    The kernel answers 0 to some changes that it ignores, so the end is read back and planned against once more; anything left
    to do is a failure. A failure, also one of our own making, restores what was there before. Raises NetdevError; its details
    tell the operation that failed (``failed_command``) and what of the state before is not back (``not_restored``).
    """
    executor.remember(planned.before)
    done: list[ops.Operation] = []
    run: list[ops.Operation] = []
    try:
        for run in _runs(planned.operations):
            if len(run) >= BULK:
                _execute_together(executor, run, done)
            else:
                _execute_in_turn(executor, run, done)
        executor.settle()
        after = reader.again(planned.before, wanted, wanted.depth)
        left = [operation for operation in plan(wanted, after).operations if operation.changes]
        if left:
            raise NetdevError(
                "The kernel answered that all was well, but it has not done: %s%s"
                % ("; ".join(operation.what() for operation in left), "".join(map(_too_old, left)))
            )
        return after
    except Exception as error:  # a mistake of ours must not leave a host half done either
        undone = _without(run, done)
        # What makes something makes it whole or not at all; where it failed, a thing of that name is somebody else's.
        partly = [operation for operation in undone if not isinstance(operation, (ops.AddLink, ops.AddTuntap, ops.AddNamespace))]
        not_restored = restore(executor, reader, planned, [*done, *partly])
        details = dict(getattr(error, "details", {}), not_restored=not_restored)
        if undone:
            details["failed_command"] = undone[0].commands()[0]
        if not_restored:
            outcome = "Put back, but for: " + "; ".join(not_restored)
        else:
            outcome = "What it had changed is put back" if done else "Nothing is changed"
        text = str(error) if isinstance(error, (NetdevError, OSError)) else "%s: %s" % (type(error).__name__, error)
        raise NetdevError("%s. %s." % (text.rstrip("."), outcome), **details) from error


def _too_old(operation: ops.Operation) -> str:
    """What an older kernel ignores of it, in words."""
    table = kinds.PORT_BY_OPTION if isinstance(operation, ops.SetPort) else {}
    table = operation.kind.by_option if isinstance(operation, ops.SetKind) else table
    table = kinds.COMMON_BY_OPTION if isinstance(operation, ops.SetLink) else table
    values = operation.values if isinstance(operation, (ops.SetPort, ops.SetKind, ops.SetLink)) else {}
    return "".join("; kernels have %s from %s on" % (name, table[name].since) for name in values if table[name].since)


def _runs(operations: t.Iterable[ops.Operation]) -> t.Iterator[list[ops.Operation]]:
    """The operations in order; deletions in one namespace, and additions of a sort, that follow each other together."""

    def together(operation: ops.Operation) -> t.Any:
        if isinstance(operation, ops.DeleteLink):
            return operation.netns
        return type(operation) if operation.additive else id(operation)

    for _key, run in itertools.groupby(operations, together):
        yield list(run)


def _execute_in_turn(executor: Executor, run: list[ops.Operation], done: list[ops.Operation]) -> None:
    for operation in run:
        executor.execute(operation)
        done.append(operation)


def _execute_together(executor: Executor, run: list[ops.Operation], done: list[ops.Operation]) -> None:
    deletions = [operation for operation in run if isinstance(operation, ops.DeleteLink)]
    if deletions:
        executor.delete_links(deletions)
        done += run
    else:
        executor.execute_all(run, done)


def _without(run: list[ops.Operation], done: list[ops.Operation]) -> list[ops.Operation]:
    """Those of a run that are not done. The first of them is the one that failed."""
    finished = set(map(id, done))
    return [operation for operation in run if id(operation) not in finished]


def restore(executor: Executor, reader: Reader, planned: Plan, done: t.Sequence[ops.Operation]) -> list[str]:
    """Go back from wherever the operations ``done`` have led to the state before. Returns what could not be restored."""
    before = planned.before
    made = Topology(namespaces=[Namespace(operation.name) for operation in done if isinstance(operation, ops.AddNamespace)])
    made.namespaces += [Namespace(operation.name, nsid=operation.nsid) for operation in done if isinstance(operation, ops.SetNsid)]
    now = reader.again(before, made, WHOLE)
    goal = _way_back(before, now, done)
    problems: list[str] = []
    try:
        for run in _runs(plan(goal, now, baseline=before).operations):
            back: list[ops.Operation] = []
            if len(run) >= BULK:
                with contextlib.suppress(NetdevError, OSError):  # what is left is tried one by one
                    _execute_together(executor, run, back)
            for operation in _without(run, back):
                try:
                    executor.execute(operation)
                except (NetdevError, OSError) as error:
                    problems.append("%s (%s)" % (operation.what(), error))
    except NetdevError as error:
        problems.append(str(error))
    touched = {where for operation in done for where in operation.touches}
    # A bridge that follows its ports may have another MAC for a port that came and went; giving it the old one would pin it.
    looked_at = touched | _related(before, touched) | _masters(before, touched) | _masters(now, touched)
    for operation in done:
        if isinstance(operation, ops.SetSysctl) and operation.key == SEED:
            was = before.link(operation.touches[0])
            if was and SEED not in was.sysctls:
                problems.append("%s has a secret for its IPv6 addresses, which the kernel does not take back" % was.label())
    return problems + _differences(before, reader.again(before, made, WHOLE), looked_at)


def _masters(world: World, wheres: t.Iterable[Where]) -> set[Where]:
    links = [world.link(where) for where in wheres]
    return {(link.netns, link.common["master"]) for link in links if link and link.common.get("master")}


def _related(world: World, touched: t.Iterable[Where]) -> set[Where]:
    """Links that a change of others may reach: ports, peers, and what is stacked on top, and theirs in turn."""
    found: set[Where] = set()
    unseen = list(touched)
    while unseen:
        link = world.link(unseen.pop())
        if link is None:
            continue
        reached = {port.where for port in world.ports(link.where)} | {upper.where for upper in world.stacked_on(link.where)}
        if link.peer_at:
            reached.add(link.peer_at)
        unseen += reached - found
        found |= reached
    return found


def _way_back(before: World, now: World, done: t.Sequence[ops.Operation]) -> Topology:
    touched = {where for operation in done for where in operation.touches}
    affected = list(dict.fromkeys([*touched, *sorted(_related(before, touched))]))
    goal = Topology()
    paired: set[Where] = set()
    for where in affected:
        was = before.link(where)
        if was is None:
            is_now = now.link(where)
            moved_from_elsewhere = any(isinstance(op, ops.MoveLink) and (op.to, op.name) == where for op in done)
            if is_now and not moved_from_elsewhere and is_now.name != "lo":  # that goes with its namespace
                goal.links.append(Link(where[1], where[0], kind=is_now.kind, state="absent", force=True))
        elif where not in paired:
            link = _as_wanted(was)
            _empty_what_is_new(link, now.link(where))
            peer = before.link(was.peer_at) if was.peer_at else None
            if peer and was.table and was.table.has_peer:
                link.peer = _as_wanted(peer)
                paired.add(peer.where)
            paired.add(where)
            goal.links.append(link)
    # Links made go first where they stand in the way of what comes back; the planner replaces those of the same name itself.
    for operation in done:
        if isinstance(operation, ops.AddNamespace) and operation.name in now.namespaces:
            goal.namespaces.append(Namespace(operation.name, state="absent", force=True))
        if isinstance(operation, (ops.AddRoute, ops.DeleteRoute)):
            goal.routes += _route_as_it_was(before, operation.route)
        if isinstance(operation, ops.SetSysctl) and not operation.link and operation.netns in before.namespaces:
            was_value = before.namespaces[operation.netns].sysctls.get(operation.key)
            if was_value is not None:
                goal.namespaces.append(Namespace(operation.netns, sysctls={operation.key: was_value}))
    return goal


def _route_as_it_was(before: World, route: Route) -> list[Route]:
    namespace = before.namespaces.get(route.netns)
    found = [other for other in (namespace.routes or [] if namespace else []) if other.key == route.key]
    # By its very metric: there may be others to the same destination.
    return found or [dataclasses.replace(route, state="absent", hops=(), metric=route.key[-1])]


def _empty_what_is_new(link: Link, now: Link | None) -> None:
    """Options that the kernel does not report while they are empty were empty before."""
    for name in now.options if now and now.kind == link.kind and link.table else ():
        attribute = link.table.by_option.get(name) if link.table else None
        if attribute and name not in link.options and attribute.type.nothing is not None:
            link.options[name] = attribute.type.nothing


def _as_wanted(was: Link) -> Link:
    """An observed link as the wish to have it exactly so."""
    common = was.settable
    common.setdefault("master", "")
    common.setdefault("alias", "")
    table = was.table
    return Link(
        was.name,
        was.netns,
        kind=was.kind,
        common=common,
        usual=was.usual,
        options={name: value for name, value in was.options.items() if table and name in table.by_option},
        port=dict(was.port),
        vlans=was.vlans,
        fdb=was.fdb,
        parent=was.parent_at[1] if was.parent_at else "",
        parent_netns=was.parent_at[0] if was.parent_at else None,
        addresses=[address for address in was.addresses or [] if not address.by_kernel],
        altnames=list(was.altnames or []),
        marks=list(was.marks),
        sysctls=dict(was.sysctls),
        purge=frozenset(("addresses", "altnames", "vlans", "fdb")),
        allow_flap=True,
        recreate=True,
        force=True,
        exact=True,
    )


def _differences(before: World, after: World, wheres: set[Where]) -> list[str]:
    """What is not as it was, in words."""
    found = ["namespace %s is gone" % name for name in before.namespaces if name not in after.namespaces]
    found += ["namespace %s is left behind" % name for name in after.namespaces if name not in before.namespaces]
    for name, was_space in before.namespaces.items():
        nsid = after.namespaces[name].nsid if name in after.namespaces else None
        if nsid not in (None, was_space.nsid):
            found.append("namespace %s has nsid %d, which the kernel does not take back" % (name, nsid))
    for where in sorted(wheres):
        was, now = before.link(where), after.link(where)
        name = label(where)
        if was is None or now is None:
            if was is not now:
                found.append("%s %s" % (name, "is left behind" if now else "is gone"))
            continue
        found += ["%s %s" % (name, text) for text in _link_differences(was, now, after.namespaces[where[0]].link_defaults)]
    return found + _lost_routes(before, after, wheres)


def _link_differences(was: Link, now: Link, link_defaults: dict[str, str]) -> t.Iterator[str]:
    if was.index != now.index:
        yield "has another ifindex (%d, was %d)" % (now.index, was.index)
    for had, has in ((was.known, now.known), (was.options, now.options), (was.port, now.port)):
        for key in sorted(set(had) | set(has)):
            if (had.get(key) or None) != (has.get(key) or None):  # what a kernel leaves out is off
                yield "has %s %s, had %s" % (key, has.get(key), had.get(key))
    for altnames, altnames_now in ((was.altnames or [], now.altnames or []), (was.marks, now.marks)):
        if set(altnames) != set(altnames_now):
            yield "has altnames %s, had %s" % (", ".join(altnames_now) or "none", ", ".join(altnames) or "none")
    for key, what in (("vlans", "VLANs"), ("fdb", "forwarding entries")):
        if getattr(was, key) is not None and getattr(was, key) != getattr(now, key):
            yield "has other %s" % what
    for key, value in sorted(was.sysctls.items()):
        now_value = now.sysctls.get(key, link_defaults.get(key))
        if now_value not in (None, value):
            yield "has another %s" % key if is_secret(key) else "has sysctl %s %s, had %s" % (key, now_value, value)
    yield from _differing_addresses(was, now)


def _differing_addresses(was: Link, now: Link) -> t.Iterator[str]:
    have = {address.key: address for address in now.addresses or []}
    expected = [address for address in was.addresses or [] if not address.by_kernel]
    for address in expected:
        if address.key not in have:
            yield "address %s is gone" % address.cidr
        elif not address.is_like(have[address.key]):
            yield "address %s is %s, was %s" % (address.cidr, have[address.key].show(), address.show())
    order = [address.cidr for address in expected if address.version == 4]
    order_now = [address.cidr for address in have.values() if address.version == 4]
    if sorted(order) == sorted(order_now) and order != order_now:
        yield "address order is %s, was %s" % (", ".join(order_now), ", ".join(order))


def _lost_routes(before: World, after: World, wheres: t.Container[Where]) -> list[str]:
    found = []
    for name, namespace in sorted(before.namespaces.items()):
        left = after.namespaces[name].routes if name in after.namespaces else None
        for route in namespace.routes or []:
            if route.protocol in (RTPROT_KERNEL, RTPROT_RA):
                continue  # they come back with the address, or the carrier, that they hang on
            lost = any((name, link) in wheres for link in route.links) and route not in (left or [])
            if lost:
                found.append("route to %s through %s is gone" % (route.destination, ", ".join(sorted(route.links))))
    return found
