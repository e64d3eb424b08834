# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the planner and the way back promise, on generated hosts and tasks."""

from __future__ import annotations

import copy
import typing as t

import pytest
from hypothesis import HealthCheck, event, given, reject, settings

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.apply import apply
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.model import Address, Depth, Hop, Link, Namespace, Route, Topology, Where, World
from ansible_collections.netdev.linux.plugins.module_utils.plan import Plan, plan
from ansible_collections.netdev.linux.tests.unit.plugins.module_utils.worlds import PaperKernel, Scene, scenes

examples = settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def planned(scene: Scene) -> Plan:
    """The plan; what can't be planned, or done, is no example."""
    try:
        found = plan(scene.wanted, scene.observed)
        played(found)
    except NetdevError:
        reject()
    for operation in found.operations:
        event(type(operation).__name__)
    return found


def played(found: Plan) -> PaperKernel:
    """A kernel in which all of it was done."""
    kernel = PaperKernel(found.before)
    for operation in found.operations:
        kernel.execute(operation)
    return kernel


def commands(operations: t.Iterable[ops.Operation]) -> str:
    return "\n".join(" ".join(command) for operation in operations for command in operation.commands())


@examples
@given(scenes())
def test_idempotent(scene: Scene) -> None:
    """Once done, there is nothing to do, whether as planned or with what a kernel adds."""
    first = planned(scene)
    second = plan(scene.wanted, first.after)
    assert not second.changed, "%s\n--\n%s" % (commands(first.operations), commands(second.operations))
    second = plan(scene.wanted, played(first).again(scene.observed, scene.wanted, Depth()))
    assert not second.changed, "%s\n--\n%s" % (commands(first.operations), commands(second.operations))


@examples
@given(scenes())
def test_arguments_stay_as_they_are(scene: Scene) -> None:
    """Planning, once and once more on top of it, changes neither what is wanted nor what is there."""
    wanted, observed = copy.deepcopy((scene.wanted, scene.observed))
    found = planned(scene)
    assert (scene.wanted, scene.observed) == (wanted, observed)
    after = copy.deepcopy(found.after)
    plan(scene.wanted, found.after)
    assert (scene.wanted, found.after) == (wanted, after)
    assert found.before == observed


def reach(scene: Scene) -> set[Where]:
    """Links that a task may change: those it names, wherever they are found, and what hangs on them."""
    wanted, observed = scene.wanted, scene.observed
    found: set[Where] = {(namespace.name, "lo") for namespace in wanted.namespaces}
    gone = {namespace.name for namespace in wanted.namespaces if namespace.state == "absent"}
    found |= {link.where for link in observed.links() if link.netns in gone}
    for wish in wanted.all_links():
        found |= {wish.where, ("", wish.name)}
        found |= {(wish.netns, port) for port in wish.ports or []}
    for _step in range(3):
        for where in list(found):
            link = observed.link(where)
            if link:
                found |= {port.where for port in observed.ports(where)} | {upper.where for upper in observed.stacked_on(where)}
                found |= {link.peer_at} if link.peer_at else set()
    return found


@examples
@given(scenes())
def test_others_are_left_alone(scene: Scene) -> None:
    """Links that the task has nothing to do with are afterwards what they were."""
    found = planned(scene)
    mine = reach(scene)
    for link in scene.observed.links():
        if link.where not in mine:
            assert found.after.link(link.where) == link, commands(found.operations)
    assert set(found.touched) <= mine, commands(found.operations)


@examples
@given(scenes())
def test_no_flap_without_leave(scene: Scene) -> None:
    """Nothing that is up is taken down, moved or deleted unless the task says so."""
    found = planned(scene)
    leave = {(namespace.name, "lo") for namespace in scene.wanted.namespaces if namespace.loopback == kinds.DOWN}
    for wish in scene.wanted.links:
        for end in [wish] + ([wish.peer] if wish.peer else []):
            if wish.recreate or wish.allow_flap or wish.state == "absent" or end.common.get("admin_state") == kinds.DOWN:
                leave.add(end.where)
    for operation in found.operations:
        takes = isinstance(operation, (ops.MoveLink, ops.DeleteLink)) or (isinstance(operation, ops.SetLink) and operation.takes_down)
        link = scene.observed.link(operation.touches[0]) if takes else None
        if link and link.up:
            assert leave & {*operation.touches, link.peer_at}, commands(found.operations)


# ---- all or nothing ------------------------------------------------------------------------------------------------


def essence(world: World) -> dict[str, t.Any]:
    """What has to be as it was: a flat dictionary, a missing key is something missing."""
    found: dict[str, t.Any] = {}
    for link in world.links():
        name = link.label()
        found[name + " kind"] = link.rtnetlink_kind
        found[name + " addresses"] = sorted(str(address) for address in link.addresses or [] if not address.by_kernel)
        found[name + " altnames"] = sorted(link.altnames or [])
        found[name + " peer"] = link.peer_at
        for group in (link.known, link.port, link.sysctls):
            found.update(("%s %s" % (name, key), value) for key, value in group.items() if value not in (None, ""))
        # What a kernel is built without is off.
        found.update(("%s %s" % (name, key), value) for key, value in link.options.items() if value is not False)
    for namespace in world.namespaces.values():
        found["namespace %s sysctls" % namespace.name] = namespace.sysctls
        found["namespace %s routes" % namespace.name] = sorted(map(str, namespace.routes or []))
    return found


def differing(before: World, after: World) -> dict[str, t.Any]:
    """What is not as it was. A thing that a kernel leaves out is off: on paper nobody fills it in for a link made anew."""
    was, now = essence(before), essence(after)
    pairs = {key: (was.get(key), now.get(key)) for key in sorted({*was, *now})}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1] and pair not in ((None, False), (False, None))}


def gone_for_good(done: t.Iterable[ops.Operation], before: World) -> bool:
    """Whether operations took along what no one brings back: a namespace, or links of kinds that are not ours."""
    after = before.copy()
    for operation in done:
        if isinstance(operation, ops.DeleteNamespace):
            return True
        lost = [link for link in after.links() if link.kind is None]
        operation.effect(after)
        if any(after.link(link.where) is None for link in lost if link.index):
            return True
    return False


@pytest.mark.parametrize("halfway", [False, True], ids=["refused", "halfway"])
@examples
@given(scene=scenes())
def test_all_or_nothing(halfway: bool, scene: Scene) -> None:
    """Whichever operation fails, what was there before is there again, and what is not is told."""
    for namespace in scene.observed.namespaces.values():
        namespace.routes = namespace.routes or []
    found = planned(scene)
    if not found.operations:
        reject()
    for position, operation in enumerate(found.operations):
        # What makes something makes it whole or not at all.
        if halfway and isinstance(operation, (ops.AddLink, ops.AddTuntap, ops.AddNamespace)):
            continue
        kernel = PaperKernel(scene.observed, fail_at=position, halfway=halfway)
        with pytest.raises(NetdevError) as caught:
            apply(kernel, kernel, scene.wanted, found)
        details = caught.value.details
        assert details["failed_command"] == operation.commands()[0]
        if gone_for_good(found.operations[: position + halfway], scene.observed):
            assert details["not_restored"], "what is gone for good is told"
            continue
        wrong = differing(scene.observed, kernel.world)
        assert not wrong, "%s\n-- failed at %d, then\n%s" % (
            commands(found.operations),
            position,
            commands(kernel.executed[position + 1 :]),
        )
        # An ifindex is what a link made anew can't get back.
        assert [text for text in details["not_restored"] if "ifindex" not in text] == []


def test_all_or_nothing_together() -> None:
    """Of many additions in one send the kernel carries out those after one that it refuses too: they go as well."""
    world = World(namespaces={"": Namespace("", links={"lo": Link("lo", index=1, addresses=[])}, routes=[])})
    wanted = Topology(links=[Link("br%d" % number, kind="bridge") for number in range(40)])
    found = plan(wanted, world)
    kernel = PaperKernel(world, fail_at=20)
    with pytest.raises(NetdevError) as caught:
        apply(kernel, kernel, wanted, found)
    assert kernel.executed[:40] == found.operations
    assert caught.value.details["failed_command"] == found.operations[20].commands()[0]
    assert caught.value.details["not_restored"] == []
    assert [link.name for link in kernel.world.links()] == ["lo"]


class Deaf(PaperKernel):
    """Answers 0 and does nothing, as the kernel does to the id of an existing VLAN."""

    def execute(self, operation: ops.Operation) -> None:
        self.executed.append(operation)


@examples
@given(scenes())
def test_ignored_by_the_kernel(scene: Scene) -> None:
    """A change that the kernel ignores is found out."""
    found = planned(scene)
    if not found.changed:
        reject()
    kernel = Deaf(scene.observed)
    with pytest.raises(NetdevError, match="it has not done"):
        apply(kernel, kernel, scene.wanted, found)


def test_paper_kernel_fails_where_it_is_told() -> None:
    """The instrument itself."""
    world = World(namespaces={"": Namespace("")})
    kernel = PaperKernel(world, fail_at=1)
    kernel.execute(ops.AddLink("", "br0", kinds.BRIDGE, {}, {}))
    with pytest.raises(NetdevError):
        kernel.execute(ops.AddLink("", "br1", kinds.BRIDGE, {}, {}))
    kernel.execute(ops.AddLink("", "br2", kinds.BRIDGE, {}, {}))
    after = kernel.again(world, Topology(), Depth())
    assert [link.name for link in after.links() if link.index] == ["br0", "br2"]
    assert not list(world.links())


def test_another_route_to_the_same_destination_stays() -> None:
    """The way back removes the route that was added, by its metric, and no other."""
    other = Route("", "192.0.2.0/24", (Hop("198.51.100.1", "br0"),), metric=5, scope=0)
    link = Link(
        "br0", kind="bridge", rtnetlink_kind="bridge", common={"admin_state": "up"}, index=2, addresses=[Address("198.51.100.2", 24)]
    )
    world = World(namespaces={"": Namespace("", links={"br0": link}, routes=[other])})
    more = [Route("", "203.0.113.%d/32" % number, type="blackhole") for number in range(2)]
    wanted = Topology(routes=[Route("", "192.0.2.0/24", (Hop("198.51.100.9", "br0"),)), *more])
    found = plan(wanted, world)
    for position in range(3):
        kernel = PaperKernel(world, fail_at=position, halfway=True)
        with pytest.raises(NetdevError):
            apply(kernel, kernel, wanted, found)
        assert kernel.world.namespaces[""].routes == [other]
