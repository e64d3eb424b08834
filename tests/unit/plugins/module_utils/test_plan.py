# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans, by example: what is there, what a task asks for, and the commands in between. And what the planner may not do at all."""

from __future__ import annotations

import ast
import dataclasses
import typing as t
from pathlib import Path

import pytest

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils import plan as plan_module
from ansible_collections.netdev.linux.plugins.module_utils.errors import CannotPlan, HeldDevice
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    FOREVER,
    Address,
    Hop,
    Link,
    Namespace,
    Route,
    Topology,
    Where,
    World,
)
from ansible_collections.netdev.linux.plugins.module_utils.operations import AddRoute, DeleteNamespace
from ansible_collections.netdev.linux.plugins.module_utils.plan import Plan, plan
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker

PLUGINS = Path(plan_module.__file__).resolve().parents[1]
FOUR = Address("192.0.2.1", 24, scope=0, valid_lifetime=FOREVER, preferred_lifetime=FOREVER, nodad=False, noprefixroute=False)
SIX = dataclasses.replace(FOUR, address="2001:db8::1", length=64)
LINK_LOCAL = dataclasses.replace(SIX, address="fe80::1", scope=253, by_kernel=True)
LEASE = dataclasses.replace(FOUR, address="192.0.2.200", valid_lifetime=3600, preferred_lifetime=3600)


# ---- what is there --------------------------------------------------------------------------------------------------


def there(name: str, kind: str = "", netns: str = "", **fields: t.Any) -> Link:
    """An existing link. Common values and options by their names; other fields of Link too."""
    common: dict[str, t.Any] = {"admin_state": "down", "mtu": 1500, "tx_queue_len": 1000, "link_group": 0, "ipv6_addr_gen_mode": "eui64"}
    table = kinds.KINDS.get(kind)
    options: dict[str, t.Any] = {}
    if kind == "bridge":
        options = {"stp": False, "forward_delay": 1500, "ageing_time": 30000, "multicast_snooping": True}
    elif kind == "tuntap":
        options = {"mode": "tap", "pi": False, "vnet_hdr": False, "multi_queue": False}  # nobody's: no user, no group
    link = Link(name, netns, kind=kind or None, rtnetlink_kind=table.rtnetlink if table else "", addresses=[], altnames=[])
    link.index = 100 + len(name) + sum(map(ord, name + netns))
    for key, value in fields.items():
        if key in kinds.COMMON_BY_OPTION:
            common[key] = value
        elif table and key in table.by_option:
            options[key] = value
        else:
            setattr(link, key, value)
    link.common, link.options = common, options
    if link.kind != "tuntap" or options["mode"] == "tap":
        common.setdefault("mac", "02:00:00:00:00:99")
    return link


def pair(near: tuple[str, str], far: tuple[str, str], **fields: t.Any) -> list[Link]:
    one, other = there(near[1], "veth", near[0], **fields), there(far[1], "veth", far[0])
    one.peer_at, other.peer_at = other.where, one.where
    return [one, other]


def world(*links: Link, namespaces: t.Iterable[str] = ("red", "blue"), routes: t.Iterable[Route] = ()) -> World:
    found = World({name: Namespace(name, links={"lo": there("lo", "", name)}, routes=[]) for name in ("", *namespaces)})
    for link in links:
        found.namespaces[link.netns].links[link.name] = link
    for route in routes:
        t.cast("list[Route]", found.namespaces[route.netns].routes).append(route)
    return found


# ---- what is wanted -------------------------------------------------------------------------------------------------


def ask(module: str, name: str, **options: t.Any) -> Topology:
    """A task of a device module."""
    walker = Walker()
    link = walker.link(dict(options, name=name), kinds.KINDS[module])
    walker.finish()
    return Topology(links=[link])


def ask_netns(name: str, **options: t.Any) -> Topology:
    walker = Walker()
    namespace = walker.namespace(dict(options, name=name))
    walker.finish()
    return Topology(namespaces=[namespace])


def lines(found: Plan) -> list[str]:
    return [" ".join(command) for command in found.commands]


def refused(wanted: Topology, observed: World, **options: t.Any) -> str:
    with pytest.raises(CannotPlan) as caught:
        plan(wanted, observed, **options)
    return str(caught.value)


# ---- making ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ask("bridge", "br0"), ["ip link add name br0 type bridge"]),
        (ask("dummy", "d0", netns="red"), ["ip -n red link add name d0 type dummy"]),
        # the MAC is in the creating message, so that it stays
        (
            ask("bridge", "br0", mac="52:54:00:aa:bb:cc", admin_state="up"),
            ["ip link add name br0 address 52:54:00:aa:bb:cc type bridge", "ip link set dev br0 up"],
        ),
        # a bridge's MTU sticks only when it is changed afterwards
        (ask("bridge", "br0", mtu=1400), ["ip link add name br0 mtu 1401 type bridge", "ip link set dev br0 mtu 1400"]),
        (ask("bridge", "br0", mtu=1500), ["ip link add name br0 mtu 1499 type bridge", "ip link set dev br0 mtu 1500"]),
        (ask("bridge", "br0", stp=True, forward_delay=0), ["ip link add name br0 type bridge stp_state 1 forward_delay 200"]),
        # what a new bridge has anyway is not sent: kernels without VLAN filtering refuse to be told that it is off
        (ask("bridge", "br0", vlan_filtering=False), ["ip link add name br0 type bridge"]),
        (ask("dummy", "d0", admin_state="up", mtu=9000), ["ip link add name d0 mtu 9000 up type dummy"]),
        # sysctls come before a link goes up, or the kernel has made addresses already
        (
            ask("dummy", "d0", admin_state="up", sysctls={"ipv6.accept_ra": 0}),
            ["ip link add name d0 type dummy", "sysctl -w net.ipv6.conf.d0.accept_ra=0", "ip link set dev d0 up"],
        ),
        (
            ask("dummy", "d0", admin_state="up", ipv6_addr_gen_mode="none"),
            ["ip link add name d0 type dummy", "ip link set dev d0 addrgenmode none", "ip link set dev d0 up"],
        ),
        # the kernel ignores an alias in the creating message
        (ask("dummy", "d0", alias="a b"), ["ip link add name d0 type dummy", "ip link set dev d0 alias a b"]),
        (ask("dummy", "d0", alias=""), ["ip link add name d0 type dummy"]),
        (
            ask("tuntap", "t0", mode="tap", user=1000, multi_queue=True, mtu=1400, admin_state="up"),
            ["ip tuntap add dev t0 mode tap user 1000 multi_queue", "ip link set dev t0 mtu 1400", "ip link set dev t0 up"],
        ),
        (ask("veth", "v0", peer={"name": "v1", "netns": "red"}), ["ip link add name v0 type veth peer name v1 netns red"]),
        (
            ask("veth", "v0", admin_state="up", peer={"name": "v1", "netns": "red", "admin_state": "up", "addresses": ["192.0.2.2/24"]}),
            [
                "ip link add name v0 up type veth peer name v1 netns red",
                "ip -n red link set dev v1 up",
                "ip -n red address add 192.0.2.2/24 dev v1",
            ],
        ),
        (
            ask("dummy", "d0", addresses=["192.0.2.1/24", "2001:db8::1/64"], altnames=["x"]),
            [
                "ip link add name d0 type dummy",
                "ip link property add dev d0 altname x",
                "ip address add 192.0.2.1/24 dev d0",
                "ip address add 2001:db8::1/64 dev d0",
            ],
        ),
    ],
    ids=lambda value: value.links[0].name if isinstance(value, Topology) else value[0],
)
def test_making(wanted: Topology, expected: list[str]) -> None:
    found = plan(wanted, world())
    assert lines(found) == expected
    assert found.changed
    assert found.flapped == found.recreated == []


def test_a_port_is_made_in_its_bridge() -> None:
    """The master is in the creating message where the kernel honours that; of a pair it is set afterwards."""
    observed = world(there("br0", "bridge"))
    assert lines(plan(ask("dummy", "d0", master="br0"), observed)) == ["ip link add name d0 master br0 type dummy"]
    assert lines(plan(ask("veth", "v0", master="br0", peer={"name": "v1"}), observed)) == [
        "ip link add name v0 type veth peer name v1",
        "ip link set dev v0 master br0",
    ]


# ---- changing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("existing", "wanted", "expected"),
    [
        (there("br0", "bridge"), ask("bridge", "br0"), []),
        (there("br0", "bridge", mtu=1400, stp=True), ask("bridge", "br0", mtu=1400, stp=True, admin_state="down"), []),
        (there("br0", "bridge"), ask("bridge", "br0", mtu=1400, alias="x"), ["ip link set dev br0 mtu 1400 alias x"]),
        (there("br0", "bridge", alias="x"), ask("bridge", "br0", alias=""), ["ip link set dev br0 alias "]),
        (there("br0", "bridge"), ask("bridge", "br0", ageing_time=300), []),
        (there("br0", "bridge"), ask("bridge", "br0", ageing_time=299.99), ["ip link set dev br0 type bridge ageing_time 29999"]),
        # a message of its own after the one that it depends on
        (
            there("br0", "bridge"),
            ask("bridge", "br0", forward_delay=4, stp=True),
            ["ip link set dev br0 type bridge stp_state 1", "ip link set dev br0 type bridge forward_delay 400"],
        ),
        (there("br0", "bridge", stp=True, forward_delay=200), ask("bridge", "br0", forward_delay=0), []),
        (there("br0", "bridge", vlan_filtering=None), ask("bridge", "br0", vlan_filtering=False), []),
        (there("t0", "tuntap"), ask("tuntap", "t0", mode="tap"), []),
        (there("t0", "tuntap"), ask("tuntap", "t0", user=1000), ["native: set owner of t0 to 1000"]),
        # who opened it last says what these are
        (there("t0", "tuntap", vnet_hdr=True), ask("tuntap", "t0", vnet_hdr=False, pi=True), []),
        (there("t0", "tuntap"), ask("tuntap", "t0", sysctls={"ipv4.rp_filter": 1}), ["sysctl -w net.ipv4.conf.t0.rp_filter=1"]),
        (there("t0", "tuntap", sysctls={"ipv4.rp_filter": "1"}), ask("tuntap", "t0", sysctls={"ipv4.rp_filter": 1}), []),
        (there("t0", "tuntap", altnames=["x"]), ask("tuntap", "t0", altnames=["y"]), ["ip link property add dev t0 altname y"]),
        (
            there("t0", "tuntap", altnames=["x"]),
            ask("tuntap", "t0", altnames=["y"], purge=["altnames"]),
            ["ip link property add dev t0 altname y", "ip link property del dev t0 altname x"],
        ),
        (there("t0", "tuntap", altnames=["x"]), ask("tuntap", "t0", purge=["altnames"]), []),
        (there("d0", "dummy", "red"), ask("dummy", "d0", netns="red", mtu=1400), ["ip -n red link set dev d0 mtu 1400"]),
        # the MTU brings the IPv6 configuration, which the other needs
        (
            there("d0", "dummy", mtu=1000, ipv6_addr_gen_mode=None),
            ask("dummy", "d0", mtu=1500, ipv6_addr_gen_mode="none"),
            ["ip link set dev d0 mtu 1500", "ip link set dev d0 addrgenmode none"],
        ),
    ],
)
def test_changing(existing: Link, wanted: Topology, expected: list[str]) -> None:
    assert lines(plan(wanted, world(existing))) == expected


def test_ports() -> None:
    links = [
        there("br0", "bridge"),
        *pair(("", "v0"), ("", "v1")),
        there("t0", "tuntap", master="br0"),
        there("t1", "tuntap", master="br0"),
    ]
    assert lines(plan(ask("bridge", "br0", ports=["v0", "t0"]), world(*links))) == ["ip link set dev v0 master br0"]
    assert lines(plan(ask("bridge", "br0", ports=["v0", "t0"], purge=["ports"]), world(*links))) == [
        "ip link set dev v0 master br0",
        "ip link set dev t1 nomaster",
    ]
    assert lines(plan(ask("bridge", "br0", ports=[]), world(*links))) == []
    assert lines(plan(ask("tuntap", "t0", master=""), world(*links))) == ["ip link set dev t0 nomaster"]
    assert lines(plan(ask("tuntap", "t0", master="br0"), world(*links))) == []


def test_warned_of_ipv6_that_goes() -> None:
    found = plan(ask("bridge", "br0", mtu=1000), world(there("br0", "bridge", addresses=[FOUR, SIX])))
    assert lines(found) == ["ip link set dev br0 mtu 1000"]
    assert found.warnings == ["br0: an MTU below 1280 takes its IPv6 addresses away: 2001:db8::1/64."]


# ---- addresses ------------------------------------------------------------------------------------------------------

SECOND = dataclasses.replace(FOUR, address="192.0.2.2", secondary=True)
OTHER = dataclasses.replace(FOUR, address="198.51.100.1")


@pytest.mark.parametrize(
    ("existing", "asked", "purge", "expected"),
    [
        ([FOUR], ["192.0.2.1/24"], [], []),
        ([FOUR], ["192.0.2.2/24"], [], ["add 192.0.2.2/24"]),
        ([FOUR], ["192.0.2.2/24"], ["addresses"], ["add 192.0.2.2/24", "delete 192.0.2.1/24", "replace 192.0.2.2/24"]),
        ([FOUR, OTHER], ["198.51.100.1/24"], ["addresses"], ["delete 192.0.2.1/24"]),
        ([FOUR, SECOND], [], ["addresses"], ["delete 192.0.2.2/24", "delete 192.0.2.1/24"]),
        # what others made stays
        ([FOUR, LINK_LOCAL, LEASE], [], ["addresses"], ["delete 192.0.2.1/24"]),
        ([FOUR], [], [], []),
        # another prefix length is another IPv4 address, but the same IPv6 one
        ([FOUR], ["192.0.2.1/25"], [], ["add 192.0.2.1/25"]),
        ([SIX], ["2001:db8::1/65"], [], ["delete 2001:db8::1/64", "add 2001:db8::1/65"]),
        # what the kernel changes in place, and what it does not
        ([FOUR], [{"address": "192.0.2.1/24", "metric": 7}], [], ["replace 192.0.2.1/24"]),
        ([FOUR], [{"address": "192.0.2.1/24", "valid_lifetime": 60}], [], ["replace 192.0.2.1/24"]),
        ([SIX], [{"address": "2001:db8::1/64", "noprefixroute": True}], [], ["replace 2001:db8::1/64"]),
        ([FOUR], [{"address": "192.0.2.1/24", "noprefixroute": True}], [], ["delete 192.0.2.1/24", "add 192.0.2.1/24"]),
        ([FOUR], [{"address": "192.0.2.1/24", "label": "x"}], [], ["delete 192.0.2.1/24", "add 192.0.2.1/24"]),
        ([FOUR], [{"address": "192.0.2.1/24", "scope": "link"}], [], ["delete 192.0.2.1/24", "add 192.0.2.1/24"]),
        ([FOUR], [{"address": "192.0.2.1/24", "peer": "192.0.2.9"}], [], ["delete 192.0.2.1/24", "add 192.0.2.1"]),
        # a primary address that is made anew takes its secondary along, which comes back
        (
            [FOUR, SECOND],
            [{"address": "192.0.2.1/24", "label": "x"}],
            [],
            ["delete 192.0.2.1/24", "add 192.0.2.1/24", "replace 192.0.2.2/24"],
        ),
    ],
)
def test_addresses(existing: list[Address], asked: list[t.Any], purge: list[str], expected: list[str]) -> None:
    found = plan(ask("bridge", "br0", addresses=asked, purge=purge), world(there("br0", "bridge", addresses=existing)))
    verbs = [" ".join(command[2:4]) for command in found.commands]
    assert len(verbs) == len(expected), lines(found)
    assert all(verb.startswith(start) for verb, start in zip(verbs, expected)), lines(found)


def test_routes_that_go_with_the_last_address_come_back() -> None:
    route = Route("", "203.0.113.0/24", (Hop("192.0.2.9", "br0"),), scope=0)
    kernels = Route("", "192.0.2.0/24", (Hop(None, "br0"),), scope=253, protocol=2)
    observed = world(there("br0", "bridge", admin_state="up", addresses=[FOUR]), routes=[route, kernels])
    found = plan(ask("bridge", "br0", addresses=[{"address": "192.0.2.1/24", "label": "x"}]), observed)
    assert lines(found)[-1] == "ip route replace 203.0.113.0/24 via 192.0.2.9 dev br0 proto 4"
    assert len(found.operations) == 3


# ---- pairs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("existing", "wanted", "expected"),
    [
        (pair(("", "v0"), ("red", "v1")), ask("veth", "v0", peer={"name": "v1", "netns": "red"}), []),
        (pair(("", "v0"), ("red", "v1")), ask("veth", "v0"), []),
        (pair(("", "v0"), ("red", "v1")), ask("veth", "v1", netns="red", peer={"name": "v0", "netns": ""}), []),
        # one end in its place: the other is moved to its own, and gets back what the move takes
        (
            pair(("", "v0"), ("", "v1")),
            ask("veth", "v0", peer={"name": "v1", "netns": "red"}),
            ["ip link set dev v1 netns red", "ip -n red link set dev v1 addrgenmode eui64"],
        ),
        (
            pair(("", "v0"), ("blue", "v1")),
            ask("veth", "v0", peer={"name": "v1", "netns": "red"}),
            ["ip -n blue link set dev v1 netns red", "ip -n red link set dev v1 addrgenmode eui64"],
        ),
        # both in the module's namespace
        (
            pair(("", "v0"), ("", "v1")),
            ask("veth", "v0", netns="red", peer={"name": "v1", "netns": "blue"}),
            [
                "ip link set dev v0 netns red",
                "ip link set dev v1 netns blue",
                "ip -n red link set dev v0 addrgenmode eui64",
                "ip -n blue link set dev v1 addrgenmode eui64",
            ],
        ),
        # somebody else's, of the same names
        (
            pair(("blue", "v0"), ("blue", "v1")),
            ask("veth", "v0", peer={"name": "v1", "netns": "red"}),
            ["ip link add name v0 type veth peer name v1 netns red"],
        ),
        (
            pair(("", "v0"), ("red", "v1")),
            ask("veth", "v0", peer={"name": "v1", "netns": "red", "mtu": 9000}),
            ["ip -n red link set dev v1 mtu 9000"],
        ),
        (pair(("", "v0"), ("red", "v1")), ask("veth", "v1", netns="red", state="absent"), ["ip -n red link delete dev v1"]),
        (pair(("", "v0"), ("red", "v1")), ask("veth", "gone", state="absent"), []),
        # found by its other end
        (
            pair(("", "v0"), ("red", "v1")),
            ask("veth", "v0", netns="blue", state="absent", peer={"name": "v1", "netns": "red"}),
            ["ip -n red link delete dev v1"],
        ),
    ],
)
def test_pairs(existing: list[Link], wanted: Topology, expected: list[str]) -> None:
    assert lines(plan(wanted, world(*existing))) == expected


@pytest.mark.parametrize("killed_after", range(6))
def test_a_marked_pair_whose_making_was_killed(killed_after: int) -> None:
    """Wherever it ended, the next run makes it whole, and leaves nothing of temporary names."""
    walker = Walker()
    wanted = walker.topology({"owner": "lab", "links": [{"name": "v0", "kind": "veth", "peer": {"name": "v1", "netns": "red"}}]})
    walker.finish()
    half = world()
    for operation in plan(wanted, half).operations[:killed_after]:
        operation.effect(half)
    found = plan(wanted, half)
    assert [link.name for link in found.after.links()] == ["lo", "v0", "lo", "v1", "lo"]
    assert [link.marks for link in found.after.links() if link.kind] == [["netdev.lab.v0"], ["netdev.lab.v1"]]


def test_a_move_that_flaps() -> None:
    existing = pair(("", "v0"), ("", "v1"), addresses=[FOUR], alias="x")
    existing[1].common["admin_state"] = "up"
    existing[1].addresses = [FOUR, SIX]
    route = Route("", "203.0.113.0/24", (Hop("192.0.2.9", "v1"),), scope=0)
    observed = world(*existing, routes=[route])
    text = refused(ask("veth", "v0", peer={"name": "v1", "netns": "red"}), observed)
    assert text == "v1 is up and shall be in namespace red; moving it takes it down for a moment. Set allow_flap: true to allow that"
    found = plan(ask("veth", "v0", peer={"name": "v1", "netns": "red"}, allow_flap=True), observed)
    assert lines(found)[0] == "ip link set dev v1 netns red"
    assert "ip -n red link set dev v1 up" in lines(found)
    assert [line for line in lines(found) if "address add" in line] == [
        "ip -n red address add 192.0.2.1/24 dev v1",
        "ip -n red address add 2001:db8::1/64 dev v1",
    ]
    assert lines(found)[-1] == "ip -n red route replace 203.0.113.0/24 via 192.0.2.9 dev v1 proto 4"
    assert found.flapped == [("red", "v1"), ("", "v0")]


# ---- making anew ----------------------------------------------------------------------------------------------------


def test_another_kind() -> None:
    observed = world(there("x0", "tuntap", addresses=[FOUR], mtu=1400, altnames=["y"], admin_state="up"))
    text = refused(ask("bridge", "x0"), observed)
    assert text == "x0 is a tuntap, not a bridge. Set recreate: true to delete it and make it anew"
    found = plan(ask("bridge", "x0", recreate=True), observed)
    assert lines(found)[:2] == ["ip link delete dev x0", lines(found)[1]]
    assert lines(found)[1].startswith("ip link add name x0 address 02:00:00:00:00:99 mtu 1401")
    assert "ip link set dev x0 up" in lines(found)
    assert "ip address add 192.0.2.1/24 dev x0" in lines(found)
    assert "ip link property add dev x0 altname y" in lines(found)
    assert found.recreated == [("", "x0")]


def test_what_the_kernel_can_not_change() -> None:
    observed = world(there("t0", "tuntap", master="br0", user=1000), there("br0", "bridge"))
    assert refused(ask("tuntap", "t0", multi_queue=True), observed) == (
        "t0 has multi_queue False, and the kernel can't change that to True. Set recreate: true to delete it and make it anew"
    )
    found = plan(ask("tuntap", "t0", multi_queue=True, recreate=True), observed)
    assert lines(found)[:2] == ["ip link delete dev t0", "ip tuntap add dev t0 mode tap user 1000 multi_queue"]
    assert "ip link set dev t0 master br0" in lines(found)


OF_DRIVER = {"num_tx_queues": 1, "num_rx_queues": 1, "gso_max_size": 65536, "gso_max_segs": 65535}


def test_queues_are_fixed_when_a_link_is_made() -> None:
    made = lines(plan(ask("veth", "v0", num_tx_queues=3, peer={"name": "v1", "num_rx_queues": 2}), world()))
    assert made == ["ip link add name v0 numtxqueues 3 type veth peer name v1 numrxqueues 2"]

    ends = pair(("", "v0"), ("red", "v1"), num_tx_queues=3, addresses=[FOUR], admin_state="up")
    ends[1].usual, ends[1].common["alias"] = OF_DRIVER, "kept"
    observed = world(*ends)
    assert plan(ask("veth", "v0", num_tx_queues=3, peer={"name": "v1", "netns": "red", "num_tx_queues": 1}), observed).operations == []
    wanted = {"num_tx_queues": 3, "peer": {"name": "v1", "netns": "red", "num_tx_queues": 2}}
    assert refused(ask("veth", "v0", **wanted), observed) == (
        "v1 (namespace red) has num_tx_queues 1, and the kernel can't change that to 2. Set recreate: true to delete it and make it anew"
    )
    found = plan(ask("veth", "v0", recreate=True, **wanted), observed)
    assert lines(found)[0] == "ip link delete dev v0"
    assert "numtxqueues 3 type veth peer name v1" in lines(found)[1]
    assert lines(found)[1].endswith("numtxqueues 2 netns red")
    assert {"ip address add 192.0.2.1/24 dev v0", "ip -n red link set dev v1 addrgenmode eui64 alias kept"} <= set(lines(found))
    assert found.recreated == [("", "v0"), ("red", "v1")]


def test_a_pair_made_anew_where_it_shall_be() -> None:
    """It is not where the task wants it, and can't become what it wants."""
    observed = world(*pair(("", "v0"), ("", "v1"), usual=OF_DRIVER, addresses=[FOUR]))
    wanted = {"netns": "red", "num_tx_queues": 2, "peer": {"name": "v1", "netns": ""}}
    found = plan(ask("veth", "v0", recreate=True, **wanted), observed)
    assert lines(found)[0] == "ip link delete dev v0"
    assert "ip -n red address add 192.0.2.1/24 dev v0" in lines(found)
    assert sorted(link.where for link in found.after.links() if link.name != "lo") == [("", "v1"), ("red", "v0")]


def test_what_was_chosen_goes_into_a_link_made_anew_of_its_kind_only() -> None:
    observed = world(there("x0", "dummy", num_tx_queues=2, gso_max_size=40000, usual={"num_rx_queues": 1, "gso_max_segs": 65535}))
    again = lines(plan(ask("dummy", "x0", num_rx_queues=2, recreate=True), observed))
    assert again[1].endswith("numtxqueues 2 numrxqueues 2 type dummy")
    assert again[2] == "ip link set dev x0 addrgenmode eui64 gso_max_size 40000"
    other = lines(plan(ask("bridge", "x0", recreate=True), observed))
    assert not any("queues" in line or "gso" in line for line in other)


def test_the_sizes_of_ipv4_follow_unless_they_shall_not() -> None:
    usual = dict(OF_DRIVER, gso_ipv4_max_size=65536)
    observed = world(there("x0", "dummy", usual=usual))
    follows = plan(ask("dummy", "x0", gso_max_size=40000), observed)
    assert lines(follows) == ["ip link set dev x0 gso_max_size 40000"]
    assert follows.after.namespaces[""].links["x0"].common["gso_ipv4_max_size"] == 40000
    assert lines(plan(ask("dummy", "x0", gso_max_size=40000, gso_ipv4_max_size=65536), observed)) == [
        "ip link set dev x0 gso_max_size 40000",
        "ip link set dev x0 gso_ipv4_max_size 65536",
    ]
    large = plan(ask("dummy", "x0", gso_max_size=70000), observed)
    assert "gso_ipv4_max_size" not in large.after.namespaces[""].links["x0"].common


def test_a_bridge_made_anew_keeps_its_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """And they keep their settings as ports, those that are off as well."""
    port = there("t0", "tuntap", master="br0", port={"isolated": True, "learning": False})
    observed = world(there("br0", "bridge", addresses=[FOUR]), port)
    assert plan(ask("bridge", "br0", recreate=True), observed).operations == []
    # No attribute of a bridge is of the kind that can't be changed; take one for it.
    never = tuple(dataclasses.replace(each, change=kinds.NEVER) if each.name == "stp" else each for each in kinds.BRIDGE.attributes)
    changed = dataclasses.replace(kinds.BRIDGE, attributes=never)
    monkeypatch.setitem(kinds.KINDS, "bridge", changed)
    found = plan(ask("bridge", "br0", stp=True, recreate=True), observed)
    assert lines(found)[0] == "ip link delete dev br0"
    again = [line for line in lines(found) if "t0" in line]
    assert again[0] == "ip link set dev t0 master br0"
    assert "learning off" in again[1]
    assert "isolated on" in again[1]
    assert "ip address add 192.0.2.1/24 dev br0" in lines(found)
    assert found.after.namespaces[""].links["t0"].port["learning"] is False


def test_a_route_is_deleted_once_however_many_ask_for_that() -> None:
    routes = [Route("", "203.0.113.0/24", (Hop("192.0.2.9", "br0"),), metric=metric) for metric in (5, 7)]
    observed = world(there("br0", "bridge"), routes=routes)
    absent = [Route("", "203.0.113.0/24", metric=metric, state="absent") for metric in (7, None)]
    assert [line.split()[-3] for line in lines(plan(Topology(routes=absent), observed))] == ["192.0.2.9"] * 2


@pytest.mark.parametrize(
    ("address", "state", "expected"),
    [
        ("192.168.10.2/24", "up", ["ip route delete 192.168.10.0/24 dev tap0"]),
        ("2001:db8::1/64", "up", ["ip route delete 2001:db8::/64 dev tap0"]),
        ({"address": "192.168.10.2/24", "noprefixroute": True}, "up", []),
        ("192.168.10.2/32", "up", []),  # the kernel makes none
        ("192.168.11.2/24", "up", []),  # another
        ("192.168.10.2/24", "down", []),  # not before it is up
    ],
)
def test_a_route_that_comes_with_an_address_can_be_unwanted(address: t.Any, state: str, expected: list[str]) -> None:
    wanted = ask("tuntap", "tap0", mode="tap", admin_state=state, addresses=[address])
    wanted.routes = [Route("", net, (Hop(link="tap0"),), state="absent") for net in ("192.168.10.0/24", "2001:db8::/64")]

    found = plan(wanted, world())

    assert [line for line in lines(found) if " route " in line] == expected
    assert plan(wanted, found.after).operations == []


# ---- refusals -------------------------------------------------------------------------------------------------------


def test_a_tunnel_that_outlives_what_it_is_on_is_put_on_the_new_one() -> None:
    tunnel = there("g0", "gretap", parent_at=("", "d0"), remote="192.0.2.9")
    wanted = ask("bridge", "d0", recreate=True)

    commands = plan(wanted, world(there("d0", "dummy"), tunnel, there("g1", "gretap"))).commands

    assert [command for command in commands if "gretap" in command] == [
        ["ip", "link", "set", "dev", "g0", "mtu", "1500", "type", "gretap", "dev", "d0"]
    ]


UPLINK = there("eth0", admin_state="up", addresses=[FOUR, SIX])


def routed(destination: str, gateway: str, onlink: bool = False, **more: t.Any) -> Topology:
    """A route through the uplink."""
    return Topology(routes=[Route("", destination, (Hop(gateway, "eth0", 1, onlink),), **more)])


@pytest.mark.parametrize(
    ("wanted", "routes"),
    [
        (routed("198.51.100.0/24", "192.0.2.9", source="192.0.2.1"), []),
        (routed("198.51.100.0/24", "192.0.2.9", source="127.0.0.7"), []),
        (routed("198.51.100.0/24", "192.0.2.9", source="203.0.113.5"), [Route("", "203.0.113.0/24", (Hop(None, "lo"),), type="local")]),
        (routed("198.51.100.0/24", "203.0.113.1", onlink=True), []),
        (routed("198.51.100.0/24", "203.0.113.1"), [Route("", "203.0.113.1/32", (Hop(None, "eth0"),))]),
        (routed("198.51.100.0/24", "203.0.113.1"), [Route("", "0.0.0.0/0", (Hop(None, "eth0"),))]),
        (routed("2001:db8:7::/48", "fe80::1"), []),
        (routed("198.51.100.0/24", "2001:db8::9"), []),
    ],
)
def test_a_route_that_the_host_can_have(wanted: Topology, routes: list[Route]) -> None:
    assert [type(operation) for operation in plan(wanted, world(UPLINK, routes=routes)).operations] == [AddRoute]


def test_in_check_mode_an_earlier_task_may_bring_what_a_route_lacks() -> None:
    found = plan(routed("198.51.100.0/24", "203.0.113.1", source="203.0.113.2"), world(UPLINK), check_mode=True)

    assert found.warnings == [
        "198.51.100.0/24: no link has the address 203.0.113.2 yet; taken as made by an earlier task.",
        "198.51.100.0/24: 203.0.113.1 is in no subnet that a link of this host is in yet; taken as made by an earlier task.",
    ]


@pytest.mark.parametrize(
    ("links", "wanted", "text"),
    [
        ([], ask("tuntap", "t0"), "mode: needed to make t0, one of tun, tap"),
        ([], ask("veth", "v0"), "peer: needed to make v0: peer: {name: ...}"),
        ([], ask("tuntap", "t0", mode="tap", master="br0"), "master: there is no link br0 to be the master of t0"),
        (
            [there("d0", "dummy")],
            ask("tuntap", "t0", mode="tap", master="d0"),
            "master: d0 is a dummy, which can't have ports; a bridge can",
        ),
        ([there("eth0")], ask("tuntap", "t0", mode="tap", master="eth0"), "can't have ports"),
        (
            [there("br0", "bridge")],
            ask("tuntap", "t0", mode="tun", master="br0"),
            "master: t0 is a tun, and a bridge can't have one as its port",
        ),
        (
            [there("br0", "bridge")],
            Topology(links=[Link("g0", kind="gre", common={"master": "br0"})]),
            "master: g0 is a gre, and a bridge can't have one as its port",
        ),
        ([there("br0", "bridge")], ask("bridge", "br1", master="br0"), "master: br1 is a bridge, and a bridge can't have one as its port"),
        ([], ask("bridge", "br0", ports=["x0"]), "ports[0]: there is no link x0 to plug into br0"),
        (
            [there("t0", "tuntap", mode="tun")],
            ask("tuntap", "t0", mac="02:00:00:00:00:01"),
            "mac: t0 is a tun and has no link-layer address",
        ),
        ([], ask("bridge", "br0", netns="green"), "netns: there is no network namespace green; make it first with netdev.linux.netns"),
        ([], ask("veth", "v0", peer={"name": "v1", "netns": "green"}), "peer.netns: there is no network namespace green"),
        ([there("d0", "dummy")], ask("bridge", "d0", state="absent"), "d0 is a dummy, not a bridge; it is not deleted"),
        ([there("eth0")], ask("dummy", "eth0", state="absent"), "eth0 is a link without kind (physical, or lo), not a dummy"),
        (
            [there("br0", "bridge"), there("m0", "macvlan", parent_at=("", "br0"))],
            ask("bridge", "br0", state="absent"),
            "br0 has links on top of it, which the kernel would delete with it: m0 (macvlan). Remove them first, or set force: true",
        ),
        (
            [there("br0", "bridge", addresses=[dataclasses.replace(SIX, dadfailed=True)])],
            ask("bridge", "br0", addresses=["2001:db8::1/64"], wait={"dad": True}),
            "br0: another host has the address 2001:db8::1/64 (duplicate address detection failed)",
        ),
        (
            [there("br0", "bridge", admin_state="up", addresses=[dataclasses.replace(SIX, tentative=True)])],
            ask("bridge", "br0", wait={"dad": True}),
            "br0: wait.dad can't end: a bridge without a live port has no carrier",
        ),
        (
            [*pair(("", "v0"), ("blue", "v1"))],
            ask("veth", "v0", peer={"name": "v1", "netns": "red", "mtu": 1400}, state="present", master="v0x"),
            "there is no link v0x",
        ),
        (
            [*pair(("", "v0"), ("", "w1"))],
            ask("veth", "v0", peer={"name": "v1"}),
            "v0 is a veth whose other end is w1, not v1. Set recreate: true",
        ),
        ([], ask("bridge", "br0", ports=["lo"]), "ports[0].master: lo is the loopback device, which can't be a port of br0"),
        (
            [there("br0", "bridge", mtu_limits=(68, 65535))],
            ask("bridge", "br0", mtu=65536),
            "mtu: 65536 is not one that br0 can have; its driver takes 68 to 65535",
        ),
        (
            [there("x0", "vxlan", mtu_limits=(1280, 0))],
            Topology(links=[Link("x0", kind="vxlan", common={"mtu": 1000}, path="links[0]")]),
            "links[0].mtu: 1000 is not one that x0 can have; its driver takes 1280 or more",
        ),
        (
            [there("x0", "dummy", usual=OF_DRIVER, most={"gso_max_size": 65536})],
            ask("dummy", "x0", gso_max_size=65537),
            "gso_max_size: 65537 is more than x0 can have; its driver takes up to 65536",
        ),
        ([], ask("tuntap", "t0", mode="tap", num_tx_queues=2), "num_tx_queues: a tuntap has as many as its driver gives it"),
        ([there("t0", "tuntap", usual=OF_DRIVER)], ask("tuntap", "t0", num_tx_queues=2), "num_tx_queues: t0 has 1, not 2; a tuntap has"),
        (
            [there("eth0", usual=OF_DRIVER)],
            Topology(links=[Link("eth0", common={"num_rx_queues": 2}, path="links[3]")]),
            "links[3].num_rx_queues: eth0 has 1, not 2; the kernel fixes it when a link is made",
        ),
        ([there("x0", "dummy")], ask("dummy", "x0", num_rx_queues=2), "num_rx_queues: the kernel does not tell it; it was built without"),
        (
            [there("x0", "dummy")],
            ask("dummy", "x0", gro_max_size=9),
            "gro_max_size: this kernel is too old for it; kernels have it",
        ),
        ([UPLINK], routed("198.51.100.0/24", "192.0.2.9", source="192.0.2.77"), "src: no link has the address 192.0.2.77"),
        ([UPLINK], routed("198.51.100.0/24", "203.0.113.1"), "gateway: 203.0.113.1 is in no subnet that a link of this host is in"),
        ([UPLINK], routed("2001:db8:7::/48", "2001:db8:9::1"), "gateway: 2001:db8:9::1 is in no subnet"),
    ],
)
def test_refused(links: list[Link], wanted: Topology, text: str) -> None:
    assert text in refused(wanted, world(*links))


@pytest.mark.parametrize(
    "wanted", [ask("tuntap", "t0", user=1000), ask("tuntap", "t0", state="absent"), ask("bridge", "t0", recreate=True)]
)
def test_a_tap_that_is_held(wanted: Topology) -> None:
    """Who holds it is not the planner's to find out."""
    observed = world(there("t0", "tuntap", carrier=True))
    with pytest.raises(HeldDevice) as caught:
        plan(wanted, observed)
    assert "%s" in str(caught.value)
    assert (caught.value.netns, caught.value.name) == ("", "t0")


def test_force() -> None:
    observed = world(there("t0", "tuntap", carrier=True), there("m0", "macvlan", parent_at=("", "t0")))
    found = plan(ask("tuntap", "t0", state="absent", force=True), observed)
    assert lines(found) == ["ip link delete dev t0"]
    assert [link.name for link in found.after.links() if link.index and link.name != "lo"] == []


def test_a_held_multi_queue_tap_gets_its_owner() -> None:
    observed = world(there("t0", "tuntap", carrier=True, multi_queue=True))
    assert lines(plan(ask("tuntap", "t0", group=5), observed)) == ["native: set group of t0 to 5"]


# ---- check mode on a fresh host -------------------------------------------------------------------------------------


def test_what_is_coming() -> None:
    """In check mode an earlier task would have made the namespace and the master: planned as coming, with a warning."""
    found = plan(ask("tuntap", "t0", mode="tap", netns="green", master="br0"), world(), check_mode=True)
    assert lines(found) == ["ip -n green tuntap add dev t0 mode tap", "ip -n green link set dev t0 master br0"]
    assert found.warnings == [
        "There is no network namespace green yet; taken as made by an earlier task.",
        "There is no link br0 (namespace green) yet; taken as made by an earlier task.",
    ]
    assert "green" not in found.before.namespaces


def test_ports_that_are_coming() -> None:
    found = plan(ask("bridge", "br0", ports=["t0"]), world(), check_mode=True)
    assert lines(found) == ["ip link add name br0 type bridge"]
    assert len(found.warnings) == 1


# ---- namespaces -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ask_netns("red"), []),
        (ask_netns("green"), ["ip netns add green"]),
        (ask_netns("green", loopback="up"), ["ip netns add green", "ip -n green link set dev lo up"]),
        (ask_netns("green", loopback="down"), ["ip netns add green"]),
        (ask_netns("red", loopback="up"), ["ip -n red link set dev lo up"]),
        (ask_netns("red", sysctls={"ipv4.ip_forward": 1}), ["ip netns exec red sysctl -w net.ipv4.ip_forward=1"]),
        (ask_netns("red", state="absent"), ["ip netns delete red"]),
        (ask_netns("green", state="absent"), []),
    ],
)
def test_namespaces(wanted: Topology, expected: list[str]) -> None:
    assert lines(plan(wanted, world())) == expected


def test_a_namespace_that_is_in_use() -> None:
    observed = world()
    observed.namespaces["red"].processes = [(4711, "dnsmasq"), (4712, "sleep")]
    text = refused(ask_netns("red", state="absent"), observed)
    assert text.startswith("namespace red: 2 processes still run inside: dnsmasq (pid 4711), sleep (pid 4712). End them first")
    observed.namespaces["red"].processes = [(4711, "dnsmasq")]
    assert refused(ask_netns("red", state="absent"), observed).startswith(
        "namespace red: 1 process still runs inside: dnsmasq (pid 4711). End it"
    )
    assert lines(plan(ask_netns("red", state="absent", force=True), observed)) == ["ip netns delete red"]


# ---- waiting --------------------------------------------------------------------------------------------------------


def test_waiting_comes_last_and_changes_nothing() -> None:
    tentative = dataclasses.replace(SIX, tentative=True)
    observed = world(there("d0", "dummy", admin_state="up", carrier=True, addresses=[tentative]))
    found = plan(ask("dummy", "d0", wait={"dad": True, "carrier": True, "timeout": 3}), observed)
    assert lines(found) == ["native: wait for the end of DAD on d0, at most 3 s"]
    assert not found.changed
    assert plan(ask("dummy", "d0", wait={"carrier": True}), observed).operations == []


def test_lent_carrier() -> None:
    tentative = dataclasses.replace(SIX, tentative=True)
    observed = world(there("br0", "bridge", admin_state="up", mac="02:00:00:00:00:01", addresses=[tentative]))
    wanted = ask("bridge", "br0", mac="02:00:00:00:00:01", wait={"dad": True, "lend_carrier": True})
    found = plan(wanted, observed)
    assert lines(found)[0] == "native: lend_carrier: hold a temporary tap as port of br0 meanwhile"
    assert found.changed


def test_no_waiting_for_what_has_no_dad() -> None:
    observed = world(there("br0", "bridge", admin_state="up"))
    wanted = ask("bridge", "br0", addresses=["192.0.2.1/24", {"address": "2001:db8::1/64", "nodad": True}], wait={"dad": True})
    assert [line for line in lines(plan(wanted, observed)) if "wait" in line] == []


# ---- several at once ------------------------------------------------------------------------------------------------


def test_masters_first_deletions_last() -> None:
    walker = Walker()
    topology = walker.topology(
        {
            "namespaces": [{"name": "green"}, {"name": "blue", "state": "absent"}],
            "links": [
                {"name": "old", "kind": "dummy", "state": "absent"},
                {"name": "v0", "kind": "veth", "master": "br0", "peer": {"name": "v1", "netns": "green"}},
                {"name": "br0", "kind": "bridge"},
            ],
        }
    )
    walker.finish()
    assert lines(plan(topology, world(there("old", "dummy")))) == [
        "ip netns add green",
        "ip link add name br0 type bridge",
        "ip link add name v0 type veth peer name v1 netns green",
        "ip link set dev v0 master br0",
        "ip link delete dev old",
        "ip netns delete blue",
    ]


def test_a_circle() -> None:
    wanted = Topology(links=[Link("a", kind="vrf", common={"master": "b"}), Link("b", kind="vrf", common={"master": "a"})])
    assert refused(wanted, world()) == "links depend on each other in a circle: a -> b -> a"


# ---- what the planner may not do ------------------------------------------------------------------------------------

PURE = ("bridging", "plan", "operations", "model", "kinds", "values", "nla", "errors", "walker", "result")
# Modules of the standard library that neither open nor start anything.
HARMLESS = {
    *("__future__", "collections", "copy", "dataclasses", "difflib", "enum", "functools", "hashlib", "ipaddress", "itertools"),
    *("re", "struct", "typing", "zlib"),
}
OURS = "ansible_collections.netdev.linux.plugins.module_utils"
DOES_IO = {"open", "exec", "eval", "__import__", "compile", "input", "print", "breakpoint"}


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(tree: ast.AST) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "no relative imports"
            name = node.module or ""
            found |= {"%s.%s" % (name, alias.name) for alias in node.names} if name == OURS else {name}
    return found


@pytest.mark.parametrize("name", PURE)
def test_pure(name: str) -> None:
    """No Ansible, no pyroute2, no I/O: neither here nor in what is imported from here."""
    tree = tree_of(PLUGINS / "module_utils" / (name + ".py"))
    for module in imports(tree):
        if module.startswith("ansible_collections."):
            assert module.startswith(OURS + "."), module
            assert module[len(OURS) + 1 :].split(".")[0] in PURE, module
        else:
            assert module.split(".")[0] in HARMLESS, module
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & DOES_IO


def test_pyroute2_is_imported_in_one_place() -> None:
    users = [path for path in sorted(PLUGINS.rglob("*.py")) if any(name.split(".")[0] == "pyroute2" for name in imports(tree_of(path)))]
    assert [path.relative_to(PLUGINS).as_posix() for path in users] == ["module_utils/rtnetlink.py"]
    outermost = {
        name.split(".")[0] for node in tree_of(users[0]).body if isinstance(node, (ast.Import, ast.ImportFrom)) for name in imports(node)
    }
    assert "pyroute2" not in outermost, "imported only when there is something to write"


def test_nobody_sleeps() -> None:
    """Waiting is for events."""
    for path in PLUGINS.rglob("*.py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and node.attr == "sleep":
                raise AssertionError("%s:%d sleeps" % (path, node.lineno))


def test_the_check_finds_what_it_looks_for() -> None:
    """The instrument itself."""
    tree = ast.parse("def f():\n    import socket\n    from pyroute2.netlink import nla\n    open('x')\n")
    assert imports(tree) == {"socket", "pyroute2.netlink"}


def test_the_other_ends_of_pairs_that_a_namespace_takes_along() -> None:
    """Those that are waited for: not what goes with another namespace, and nothing while a process keeps the namespace."""
    namespaces = {
        "": Namespace("", links={"a0": Link("a0", kind="veth", peer_at=("red", "a1"))}),
        "red": Namespace(
            "red",
            links={"a1": Link("a1", "red", kind="veth", peer_at=("", "a0")), "b0": Link("b0", "red", kind="veth", peer_at=("blue", "b1"))},
        ),
        "blue": Namespace("blue", links={"b1": Link("b1", "blue", kind="veth", peer_at=("red", "b0"))}),
    }
    red, blue = Namespace("red", state="absent", force=True), Namespace("blue", state="absent")

    def outside(*gone: Namespace) -> list[tuple[Where, ...]]:
        found = plan(Topology(namespaces=list(gone)), World(namespaces=namespaces)).operations
        return [operation.outside for operation in found if isinstance(operation, DeleteNamespace)]

    assert outside(red) == [(("", "a0"), ("blue", "b1"))]
    assert outside(red, blue) == [(("", "a0"),), ()]
    namespaces["red"].processes = [(1, "sleep")]
    assert outside(red) == [()]


def test_a_tunnel_whose_parent_would_be_elsewhere() -> None:
    wanted = Link("gre1", "red", kind="gre", options={"remote": "192.0.2.1"}, parent="eth0", parent_netns="")
    world = World(namespaces={"": Namespace("", links={"eth0": Link("eth0")}), "red": Namespace("red")})
    with pytest.raises(CannotPlan, match="only in the namespace of its parent"):
        plan(Topology(links=[wanted]), world)


def test_a_tunnel_stays_when_its_parent_goes() -> None:
    """The kernel deletes a macvlan with its parent, and no GRE tunnel."""
    for kind, goes in (("macvlan", True), ("gre", False)):
        links = {"base": Link("base", kind="dummy"), "upper": Link("upper", kind=kind, parent_at=("", "base"))}
        world = World(namespaces={"": Namespace("", links=links)})
        after = plan(Topology(links=[Link("base", kind="dummy", state="absent", force=True)]), world).after
        assert (after.link(("", "upper")) is None) == goes


def test_an_address_that_goes_along_with_another_keeps_what_is_not_asked_for() -> None:
    """Its metric, where the task lists it by its address alone."""
    second = dataclasses.replace(SECOND, metric=70)
    wanted = Link("br0", kind="bridge", addresses=[Address(second.address, second.length)], purge=frozenset({"addresses"}))
    world = World(namespaces={"": Namespace("", links={"br0": Link("br0", kind="bridge", addresses=[FOUR, second])})})
    after = plan(Topology(links=[wanted]), world).after.link(("", "br0"))
    assert after
    assert [(address.address, address.metric) for address in after.addresses or []] == [(second.address, 70)]


# ---- names that are taken -------------------------------------------------------------------------------------------


def test_a_name_that_is_an_alternative_one_of_another_link() -> None:
    """The kernel refuses it with an errno that tells nothing, and check mode would not know."""
    observed = world(there("t0", "tuntap", altnames=["uplink"], marks=["netdev.lab.b9"]), there("t1", "tuntap"))
    assert refused(ask("bridge", "uplink"), observed) == "name: uplink is an alternative name of t0 already"
    assert refused(ask("tuntap", "t1", altnames=["uplink"]), observed) == "altnames: uplink is an alternative name of t0 already"
    assert refused(ask("tuntap", "t1", altnames=["t0"]), observed) == "altnames: t0 is the name of t0 already"
    assert lines(plan(ask("tuntap", "t0", altnames=["uplink"]), observed)) == []
    assert lines(plan(ask("bridge", "uplink", netns="red"), observed)) == ["ip -n red link add name uplink type bridge"]


def test_a_renamed_link_is_known_by_its_mark() -> None:
    wanted = ask("bridge", "b9")
    wanted.owner = "lab"
    wanted.links[0].marks = ["netdev.lab.b9"]
    said = refused(wanted, world(there("b8", "bridge", marks=["netdev.lab.b9"])))
    assert said == "name: b8 carries the mark of b9, so it was that link before somebody renamed it. Name it so again, or delete it"


def test_messages_name_a_marked_link_as_the_task_does() -> None:
    wanted = ask("tuntap", "t0", mode="tap", master="br9")
    wanted.owner = "lab"
    wanted.links[0].marks = ["netdev.lab.t0"]
    assert refused(wanted, world()) == "master: there is no link br9 to be the master of t0"


def test_lo_is_not_made_anew() -> None:
    assert refused(ask("bridge", "lo", recreate=True), world(there("lo"))).endswith("Nobody can delete such a link; take another name")


# ---- check mode on a fresh host -------------------------------------------------------------------------------------


def test_what_an_earlier_task_would_have_made() -> None:
    """A task that can't be about making a link is about one that is there, and so in check mode about one to come."""
    for wanted in (ask("veth", "v0", admin_state="up"), ask("tuntap", "v0", admin_state="up")):
        found = plan(wanted, world(), check_mode=True)
        assert lines(found) == ["ip link set dev v0 up"]
        assert found.warnings == ["There is no link v0 yet; taken as made by an earlier task."]


def test_a_port_to_come() -> None:
    walker = Walker()
    link = walker.bridge_port({"name": "v0", "isolated": True, "vlans": [10], "fdb": [{"mac": "52:54:00:00:00:01"}]})
    walker.finish()
    assert lines(plan(Topology(links=[link]), world(), check_mode=True)) == [
        "ip link set dev v0 type bridge_slave isolated on",
        "bridge vlan add dev v0 vid 10",
        "bridge fdb replace 52:54:00:00:00:01 dev v0 master static",
    ]


def test_a_secret_comes_before_the_mode_that_needs_it_and_is_not_shown() -> None:
    wanted = {"ipv6_addr_gen_mode": "stable_secret", "sysctls": {"ipv6.stable_secret": "2001:db8::77"}}
    made = plan(ask("dummy", "d0", admin_state="up", **wanted), world())
    hidden = "native: set sysctl net.ipv6.conf.d0.stable_secret, which is not shown"
    # The kernel sets the mode with it.
    assert lines(made) == ["ip link add name d0 type dummy", hidden, "ip link set dev d0 up"]
    link = made.after.namespaces[""].links["d0"]
    assert link.sysctls == {"ipv6.stable_secret": "2001:0db8:0000:0000:0000:0000:0000:0077"}
    assert lines(plan(ask("dummy", "d0", ipv6_addr_gen_mode="random", sysctls=wanted["sysctls"]), world())) == [
        "ip link add name d0 type dummy",
        hidden,
        "ip link set dev d0 addrgenmode random",
    ]
    small = there("d0", "dummy", mtu=1000)
    del small.common["ipv6_addr_gen_mode"]
    assert lines(plan(ask("dummy", "d0", mtu=1500, **wanted), world(small))) == ["ip link set dev d0 mtu 1500", hidden]
    has = there(
        "d0", "dummy", sysctls={"ipv6.stable_secret": "2001:0db8:0000:0000:0000:0000:0000:0077"}, ipv6_addr_gen_mode="stable_secret"
    )
    assert plan(ask("dummy", "d0", **wanted), world(has)).operations == []
    assert hidden in lines(plan(ask("dummy", "d0", num_tx_queues=2, recreate=True), world(dataclasses.replace(has, usual=OF_DRIVER))))


def ports_of_a_bond(**queues: int) -> list[Link]:
    bond = there("bond0", "bond", mode="active-backup", num_tx_queues=16)
    return [bond, *(there(name, "veth", master="bond0", port={"queue_id": queue, "prio": 0}) for name, queue in queues.items())]


def as_ports(*links: dict[str, t.Any]) -> Topology:
    walker = Walker()
    topology = walker.topology({"links": list(links)})
    walker.finish()
    return topology


def test_a_port_of_a_bond() -> None:
    observed = world(*ports_of_a_bond(v0=0, v1=1))
    assert lines(plan(as_ports({"name": "v0", "port": {"queue_id": 2, "prio": -10}}), observed)) == [
        "ip link set dev v0 type bond_slave queue_id 2 prio -10"
    ]
    assert plan(as_ports({"name": "v1", "port": {"queue_id": 1, "prio": 0}}), observed).operations == []
    # What a new port has is not said.
    joins = as_ports({"name": "v2", "master": "bond0", "port": {"queue_id": 3, "prio": 0}})
    assert lines(plan(joins, world(*ports_of_a_bond(), there("v2", "veth")))) == [
        "ip link set dev v2 master bond0",
        "ip link set dev v2 type bond_slave queue_id 3",
    ]


def test_ports_of_a_bond_that_swap_their_queues() -> None:
    """No two can have the same, not even for a moment."""
    observed = world(*ports_of_a_bond(v0=1, v1=2))
    both = [{"name": "v0", "port": {"queue_id": 2}}, {"name": "v1", "port": {"queue_id": 1}}]
    assert lines(plan(as_ports(*both), observed)) == [
        "ip link set dev v1 type bond_slave queue_id 0",
        "ip link set dev v0 type bond_slave queue_id 2",
        "ip link set dev v1 type bond_slave queue_id 1",
    ]
    assert refused(as_ports(both[0]), observed) == "links[0].port.queue_id: v1 has 2 already, and no two ports can"
    assert "v0 has 2 already" in refused(as_ports(both[0], {"name": "v1", "port": {"queue_id": 2}}), world(*ports_of_a_bond(v0=1, v1=0)))


@pytest.mark.parametrize(
    ("port", "master", "text"),
    [
        (
            {"cost": 4},
            "bond0",
            "links[0].port.cost: is of ports of a bridge, and bond0 is a bond; allowed for its ports: prio, queue_id. Leave it out",
        ),
        (
            {"vlans": [1]},
            "bond0",
            "links[0].port.vlans: is of ports of a bridge, and bond0 is a bond; allowed for its ports: prio, queue_id.",
        ),
        ({"prio": 0}, "br0", "links[0].port.prio: is of ports of a bond, and br0 is a bridge; allowed for its ports: backup_port, "),
        ({"prio": 1}, "vrf0", "links[0].port.prio: is of ports of a bond, and vrf0 is a vrf; its ports have no such options. Leave it out"),
        ({"prio": 1}, "bond1", "links[0].port.prio: only with mode active-backup, balance-tlb or balance-alb of bond1"),
        ({"queue_id": 17}, "bond0", "links[0].port.queue_id: 17 is more than num_tx_queues of bond0, 16"),
        ({"queue_id": 17}, "", "links[0].port: v0 is not a port of a bond; give it a master"),
    ],
)
def test_what_a_port_of_another_master_has(port: dict[str, t.Any], master: str, text: str) -> None:
    others = [there("br0", "bridge"), there("vrf0", "vrf"), there("bond1", "bond", mode="802.3ad")]
    observed = world(*ports_of_a_bond(), *others, there("v0", "veth", **({"master": master} if master else {})))
    assert refused(as_ports({"name": "v0", "port": port}), observed).startswith(text)


def test_what_the_kernel_is_too_old_for_is_told() -> None:
    port = there("v0", "veth", master="br0", port={"locked": False})
    wanted = Topology(links=[Link("v0", port={"mab": True}, port_path="port", as_port=True)])
    vxlan = Topology(links=[Link("x0", kind="vxlan", options={"localbypass": False}, options_path="options")])

    assert refused(wanted, world(there("br0", "bridge"), port)) == "port.mab: this kernel is too old for it; kernels have it from 6.2 on"
    assert refused(vxlan, world(there("x0", "vxlan", id=1, port=4789))) == (
        "options.localbypass: this kernel is too old for it; kernels have it from 6.5 on"
    )
