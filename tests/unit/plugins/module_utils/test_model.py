# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses as the kernel tells them apart, routes, and worlds whose copies are apart."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    FOREVER,
    SCOPES,
    Address,
    Hop,
    Link,
    Namespace,
    Route,
    Topology,
    World,
    mark,
    owner_of,
)

FOUR = Address("192.0.2.1", 24)
SIX = Address("2001:db8::1", 64)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (FOUR, FOUR, True),
        (FOUR, Address("192.0.2.1", 25), False),
        (FOUR, Address("192.0.2.2", 24), False),
        (FOUR, dataclasses.replace(FOUR, label="x", scope=253, broadcast="192.0.2.255", metric=7), True),
        # __inet_insert_ifa: the same local address in the same subnet of the same length is there already
        (FOUR, Address("192.0.2.1", 24, peer="192.0.2.77"), True),
        (FOUR, Address("192.0.2.1", 24, peer="198.51.100.1"), False),
        (SIX, Address("2001:db8::1", 128), True),
        (SIX, Address("2001:db8::2", 64), False),
    ],
)
def test_what_the_kernel_tells_apart(one: Address, other: Address, same: bool) -> None:
    assert (one.key == other.key) is same


@pytest.mark.parametrize(
    ("address", "scope"),
    [("192.0.2.1", "global"), ("127.0.0.1", "host"), ("::1", "host"), ("fe80::1", "link"), ("fec0::1", "site"), ("169.254.0.1", "global")],
)
def test_natural_scopes(address: str, scope: str) -> None:
    found = Address(address, 64)
    assert found.natural_scope == SCOPES[scope]
    assert found.scope_or_natural == SCOPES[scope]
    assert dataclasses.replace(found, scope=200).scope_or_natural == 200


@pytest.mark.parametrize(
    ("wanted", "observed", "satisfied"),
    [
        ({}, {}, True),
        ({}, {"label": "x", "scope": 253, "broadcast": "192.0.2.255", "metric": 7, "noprefixroute": True, "nodad": True}, True),
        ({}, {"length": 25}, False),
        ({"peer": "192.0.2.9"}, {}, False),
        ({"broadcast": "192.0.2.255"}, {"broadcast": "192.0.2.255"}, True),
        ({"broadcast": "192.0.2.255"}, {}, False),
        ({"scope": 253}, {"scope": 0}, False),
        ({"label": "x"}, {"label": "x"}, True),
        ({"metric": 7}, {"metric": 8}, False),
        ({"noprefixroute": False}, {"noprefixroute": False}, True),
        ({"noprefixroute": True}, {"noprefixroute": False}, False),
        # set when it is added, not shown for long
        ({"nodad": True}, {"nodad": False}, True),
        # lifetimes count down
        ({"valid_lifetime": 600}, {"valid_lifetime": 12}, True),
        ({"valid_lifetime": 600}, {"valid_lifetime": FOREVER}, False),
        ({"valid_lifetime": FOREVER}, {"valid_lifetime": 12}, False),
        ({"valid_lifetime": FOREVER}, {}, True),
        ({"preferred_lifetime": 0, "valid_lifetime": FOREVER}, {"preferred_lifetime": FOREVER, "valid_lifetime": FOREVER}, False),
    ],
)
def test_satisfied(wanted: dict[str, t.Any], observed: dict[str, t.Any], satisfied: bool) -> None:
    assert dataclasses.replace(FOUR, **wanted).satisfied_by(dataclasses.replace(FOUR, **observed)) is satisfied


def test_facts_are_no_difference() -> None:
    """Two addresses that differ in what the kernel does with them are equal."""
    assert dataclasses.replace(SIX, tentative=True, dadfailed=True, secondary=True, by_kernel=True) == SIX


def test_over_fills_what_is_open() -> None:
    there = Address("192.0.2.1", 24, broadcast="192.0.2.255", label="x", scope=0, metric=7, valid_lifetime=60, secondary=True)
    asked = dataclasses.replace(FOUR, metric=8).over(there)
    assert (asked.metric, asked.broadcast, asked.label, asked.scope, asked.valid_lifetime) == (8, "192.0.2.255", "x", 0, 60)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (FOUR, "192.0.2.1/24"),
        (dataclasses.replace(SIX, scope=SCOPES["global"]), "2001:db8::1/64"),
        (dataclasses.replace(FOUR, valid_lifetime=FOREVER, preferred_lifetime=FOREVER, nodad=False), "192.0.2.1/24"),
        (dataclasses.replace(FOUR, valid_lifetime=60), {"address": "192.0.2.1/24", "valid_lifetime": 60}),
        (dataclasses.replace(FOUR, scope=253), {"address": "192.0.2.1/24", "scope": "link"}),
        (dataclasses.replace(FOUR, broadcast="192.0.2.255"), {"address": "192.0.2.1/24", "broadcast": "192.0.2.255"}),
        (dataclasses.replace(SIX, nodad=True), {"address": "2001:db8::1/64", "nodad": True}),
    ],
)
def test_shown_as_a_task_has_it(address: Address, shown: t.Any) -> None:
    assert address.show() == shown


def test_subnets() -> None:
    assert FOUR.subnet == "192.0.2.0/24"
    assert dataclasses.replace(FOUR, peer="198.51.100.1").subnet == "198.51.100.0/24"


# ---- routes ---------------------------------------------------------------------------------------------------------


def test_routes_told_apart() -> None:
    route = Route("", "198.51.100.0/24", (Hop("192.0.2.1", "br0"),))
    assert route.key == dataclasses.replace(route, hops=(), metric=0, source="192.0.2.9").key
    assert route.key != dataclasses.replace(route, table=100).key
    assert route.key != dataclasses.replace(route, metric=1).key
    six = Route("", "2001:db8::/32", (Hop(None, "br0"),))
    assert six.key == dataclasses.replace(six, metric=1024).key
    assert six.key != dataclasses.replace(six, metric=1).key


@pytest.mark.parametrize(
    ("wanted", "satisfied"),
    [
        ({}, True),
        ({"metric": 0}, True),
        ({"metric": 1}, False),
        ({"type": "blackhole"}, False),
        ({"mtu": 1400}, False),
        ({"source": "192.0.2.9"}, True),
        ({"hops": (Hop("192.0.2.1"),)}, True),
        ({"hops": (Hop("192.0.2.1", "br1"),)}, False),
        ({"hops": (Hop("192.0.2.2", "br0"),)}, False),
        ({"hops": (Hop(None, "br0"),)}, False),
        ({"hops": (Hop("192.0.2.1", "br0"), Hop("192.0.2.2", "br0"))}, False),
        ({"hops": (Hop("192.0.2.1", "br0", onlink=True),)}, False),
    ],
)
def test_route_satisfied(wanted: dict[str, t.Any], satisfied: bool) -> None:
    observed = Route("", "198.51.100.0/24", (Hop("192.0.2.1", "br0"),), source="192.0.2.9", scope=0, raw=b"x")
    asked = Route("", "198.51.100.0/24", (Hop("192.0.2.1", "br0"),))
    assert dataclasses.replace(asked, **wanted).satisfied_by(observed) is satisfied


def test_a_route_that_was_observed_is_asked_for_exactly() -> None:
    observed = Route("", "198.51.100.0/24", (Hop("192.0.2.1", "br0"),), raw=b"x")
    assert observed.satisfied_by(dataclasses.replace(observed, raw=b"y"))
    assert not observed.satisfied_by(dataclasses.replace(observed, mtu=1300))


# ---- worlds ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def world() -> World:
    links = {
        "br0": Link("br0", kind="bridge", common={"admin_state": "up"}, options={"stp": False}, addresses=[FOUR], altnames=["x"]),
        "v0": Link("v0", kind="veth", common={"master": "br0"}, addresses=[], peer_at=("red", "v1")),
    }
    other = {"v1": Link("v1", "red", kind="veth", peer_at=("", "v0")), "p0": Link("p0", "red", common={"master": "br0"})}
    return World({"": Namespace("", links=links), "red": Namespace("red", links=other)})


def test_copies_are_apart(world: World) -> None:
    copy = world.copy()
    link = copy.edit(("", "br0"))
    link.common["mtu"] = 9000
    link.options["stp"] = True
    link.addresses.clear()  # type: ignore[union-attr]
    link.altnames.append("y")  # type: ignore[union-attr]
    link.marks.append("m")
    link.sysctls["a"] = "1"
    link.port["b"] = 1
    del copy.namespaces["red"].links["v1"]
    was = world.namespaces[""].links["br0"]
    assert (was.common, was.options, was.addresses, was.altnames) == ({"admin_state": "up"}, {"stp": False}, [FOUR], ["x"])
    assert (was.marks, was.sysctls, was.port) == ([], {}, {})
    assert world.link(("red", "v1")) is not None
    assert copy.link(("", "br0")) is link


def test_what_is_not_edited_is_shared(world: World) -> None:
    assert world.copy().link(("", "br0")) is world.link(("", "br0"))


def test_finding(world: World) -> None:
    assert [port.where for port in world.ports(("", "br0"))] == [("", "v0")]
    assert world.ports(("green", "br0")) == []
    assert world.link(("green", "v0")) is None
    assert world.link(("", "nothing")) is None
    assert sorted(link.where for link in world.links()) == [("", "br0"), ("", "v0"), ("red", "p0"), ("red", "v1")]


def test_links_have_names_for_messages() -> None:
    assert Link("br0").label() == "br0"
    assert Link("br0", "red").label() == "br0 (namespace red)"
    assert Link("br0", kind="bridge").table is kinds.BRIDGE
    assert Link("br0", kind="bond").table is kinds.KINDS.get("bond")
    assert Link("eth0").table is None


def test_both_ends_of_a_pair_are_links() -> None:
    topology = Topology(links=[Link("br0"), Link("v0", peer=Link("v1", "red"))])
    assert [link.where for link in topology.all_links()] == [("", "br0"), ("", "v0"), ("red", "v1")]


def test_marks() -> None:
    """A mark names its owner and its link, fits an altname, and nothing else is one."""
    found = mark("lab", "br0")
    assert owner_of(found) == "lab"
    assert mark("lab", "br1") != found != mark("bal", "br0")
    assert len(mark("x" * 64, "fifteen-bytes-x").encode()) <= 127
    assert ":" not in found
    for other in ("uplink", "br0", "lan-port", ""):
        assert not owner_of(other)
    assert Link("br0", marks=[found]).owned_by("lab")
    assert not Link("br0", marks=[found]).owned_by("la")
