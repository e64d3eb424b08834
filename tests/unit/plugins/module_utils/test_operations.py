# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations: how iproute2 spells them, and what they do to a world, side effects included."""

from __future__ import annotations

import dataclasses
import inspect
import typing as t

import pytest

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.model import FOREVER, Address, Hop, Link, Namespace, Route, World

A = Address
FOUR = A("192.0.2.1", 24)
SIX = A("2001:db8::1", 64)

SPELLED: list[tuple[ops.Operation, list[str]]] = [
    (ops.AddNamespace("red"), ["ip netns add red"]),
    (ops.DeleteNamespace("red"), ["ip netns delete red"]),
    (ops.SetNsid("red", 5), ["ip netns set red 5"]),
    (ops.SetSysctl("", "", "ipv4.ip_forward", "1"), ["sysctl -w net.ipv4.ip_forward=1"]),
    (ops.SetSysctl("red", "", "ipv4.ip_forward", "1"), ["ip netns exec red sysctl -w net.ipv4.ip_forward=1"]),
    (ops.SetSysctl("", "br0", "ipv6.accept_ra", "0"), ["sysctl -w net.ipv6.conf.br0.accept_ra=0"]),
    # sysctl(8) writes a slash for a dot within a component
    (ops.SetSysctl("red", "eth0.5", "ipv4.rp_filter", "2"), ["ip netns exec red sysctl -w net.ipv4.conf.eth0/5.rp_filter=2"]),
    # links; always `name NAME` or `dev NAME`, for `br` alone would be taken for `broadcast`
    (ops.AddLink("", "br", kinds.BRIDGE, {}, {}), ["ip link add name br type bridge"]),
    (
        ops.AddLink("red", "br0", kinds.BRIDGE, {"mac": "02:00:00:00:00:01", "mtu": 1400}, {"stp": True, "ageing_time": 30000}),
        ["ip -n red link add name br0 address 02:00:00:00:00:01 mtu 1400 type bridge stp_state 1 ageing_time 30000"],
    ),
    (
        ops.AddLink("", "v0", kinds.VETH, {"admin_state": "up", "tx_queue_len": 5}, {}, (("", "v1"), {"link_group": 7})),
        ["ip link add name v0 up txqueuelen 5 type veth peer name v1 group 7"],
    ),
    (
        ops.AddLink("", "v0", kinds.VETH, {}, {}, (("red", "v1"), {"mtu": 9000})),
        ["ip link add name v0 type veth peer name v1 mtu 9000 netns red"],
    ),
    (ops.AddLink("red", "v0", kinds.VETH, {}, {}, (("red", "v1"), {})), ["ip -n red link add name v0 type veth peer name v1"]),
    (ops.AddLink("red", "v0", kinds.VETH, {}, {}, (("blue", "v1"), {})), ["ip -n red link add name v0 type veth peer name v1 netns blue"]),
    # iproute2 has no name for the namespace it runs in, so the ends change places; the second can't be born up
    (
        ops.AddLink("red", "v0", kinds.VETH, {"mtu": 1400, "admin_state": "up"}, {}, (("", "v1"), {"link_group": 7})),
        ["ip link add name v1 group 7 type veth peer name v0 mtu 1400 netns red", "ip -n red link set dev v0 up"],
    ),
    (ops.AddTuntap("", "tap0", {"mode": "tap"}), ["ip tuntap add dev tap0 mode tap"]),
    (
        ops.AddTuntap("red", "t0", {"mode": "tun", "user": 1000, "group": 0, "pi": True, "vnet_hdr": False, "multi_queue": True}),
        ["ip -n red tuntap add dev t0 mode tun user 1000 group 0 pi multi_queue"],
    ),
    (
        ops.SetTuntapOwner("red", "t0", {"user": 1000, "group": 5}),
        ["native: set owner of t0 (namespace red) to 1000", "native: set group of t0 (namespace red) to 5"],
    ),
    (ops.SetLink("", "br", {"admin_state": "up"}), ["ip link set dev br up"]),
    (ops.SetLink("red", "v0", {"master": "br0"}), ["ip -n red link set dev v0 master br0"]),
    (ops.SetLink("", "v0", {"master": ""}), ["ip link set dev v0 nomaster"]),
    (
        ops.SetLink("", "v0", {"mac": "02:00:00:00:00:01", "mtu": 1400, "tx_queue_len": 5, "alias": "two words", "link_group": 0}),
        ["ip link set dev v0 address 02:00:00:00:00:01 mtu 1400 txqueuelen 5 alias two words group 0"],
    ),
    (ops.SetLink("", "v0", {"ipv6_addr_gen_mode": "none"}), ["ip link set dev v0 addrgenmode none"]),
    (
        ops.SetKind("", "br0", kinds.BRIDGE, {"stp": False, "multicast_router": "permanent", "vlan_protocol": "802.1ad"}),
        ["ip link set dev br0 type bridge stp_state 0 vlan_protocol 802.1ad mcast_router 2"],
    ),
    (
        ops.SetPort("", "v0", {"unicast_flood": False, "isolated": True, "cost": 4}),
        ["ip link set dev v0 type bridge_slave cost 4 flood off isolated on"],
    ),
    (
        ops.AddVlans("", "v0", bridging.Span(10, 20, bridging.Vlan(untagged=True))),
        ["bridge vlan add dev v0 vid 10-20 untagged"],
    ),
    (
        ops.AddVlans("red", "br0", bridging.Span(7, 7, bridging.DEFAULT), itself=True),
        ["bridge -n red vlan add dev br0 vid 7 pvid untagged self"],
    ),
    (ops.DeleteVlans("", "v0", bridging.Span(1, 1, bridging.DEFAULT)), ["bridge vlan delete dev v0 vid 1"]),
    (
        ops.AddFdbEntry("", "v0", "52:54:00:00:00:01", 0, bridging.FdbEntry()),
        ["bridge fdb replace 52:54:00:00:00:01 dev v0 master static"],
    ),
    (
        ops.AddFdbEntry("", "v0", "52:54:00:00:00:01", 7, bridging.FdbEntry(static=False, sticky=True)),
        ["bridge fdb replace 52:54:00:00:00:01 dev v0 master dynamic sticky vlan 7"],
    ),
    (ops.DeleteFdbEntry("red", "v0", "52:54:00:00:00:01", 7), ["bridge -n red fdb delete 52:54:00:00:00:01 dev v0 master vlan 7"]),
    (ops.MoveLink("", "v0", "red"), ["ip link set dev v0 netns red"]),
    (ops.MoveLink("red", "v0", "blue"), ["ip -n red link set dev v0 netns blue"]),
    (ops.MoveLink("red", "v0", ""), ["native: move v0 (namespace red) to the namespace that the module runs in"]),
    (ops.DeleteLink("red", "v0"), ["ip -n red link delete dev v0"]),
    (ops.RenameLink("", "v0", "v1"), ["ip link set dev v0 name v1"]),
    (ops.AddAltname("", "v0", "uplink"), ["ip link property add dev v0 altname uplink"]),
    (ops.DeleteAltname("red", "v0", "uplink"), ["ip -n red link property del dev v0 altname uplink"]),
    # addresses
    (ops.AddAddress("", "br", FOUR), ["ip address add 192.0.2.1/24 dev br"]),
    (ops.AddAddress("red", "br0", SIX, replace=True), ["ip -n red address replace 2001:db8::1/64 dev br0"]),
    (ops.AddAddress("", "v0", A("192.0.2.1", 32, peer="192.0.2.9")), ["ip address add 192.0.2.1 peer 192.0.2.9/32 dev v0"]),
    (
        ops.AddAddress("", "v0", dataclasses.replace(FOUR, broadcast="192.0.2.255", label="v0:1", scope=253, metric=7, noprefixroute=True)),
        ["ip address add 192.0.2.1/24 broadcast 192.0.2.255 dev v0 label v0:1 scope link metric 7 noprefixroute"],
    ),
    (ops.AddAddress("", "v0", dataclasses.replace(SIX, nodad=True, scope=0)), ["ip address add 2001:db8::1/64 dev v0 nodad"]),
    (
        ops.AddAddress("", "v0", dataclasses.replace(FOUR, valid_lifetime=600, preferred_lifetime=0)),
        ["ip address add 192.0.2.1/24 dev v0 valid_lft 600 preferred_lft 0"],
    ),
    # a new address lives forever; one that is there is told
    (
        ops.AddAddress("", "v0", dataclasses.replace(FOUR, valid_lifetime=FOREVER, preferred_lifetime=FOREVER)),
        ["ip address add 192.0.2.1/24 dev v0"],
    ),
    (
        ops.AddAddress("", "v0", dataclasses.replace(FOUR, valid_lifetime=FOREVER, preferred_lifetime=FOREVER), replace=True),
        ["ip address replace 192.0.2.1/24 dev v0 valid_lft forever preferred_lft forever"],
    ),
    (ops.DeleteAddress("", "br", FOUR), ["ip address delete 192.0.2.1/24 dev br"]),
    (ops.DeleteAddress("", "v0", A("192.0.2.1", 32, peer="192.0.2.9")), ["ip address delete 192.0.2.1 peer 192.0.2.9/32 dev v0"]),
    # routes
    (
        ops.AddRoute(Route("red", "198.51.100.0/24", (Hop("192.0.2.1", "br0"),), metric=7, source="192.0.2.9", mtu=1400)),
        ["ip -n red route replace 198.51.100.0/24 metric 7 src 192.0.2.9 mtu 1400 via 192.0.2.1 dev br0 proto 4"],
    ),
    (ops.AddRoute(Route("", "0.0.0.0/0", (Hop(None, "br0"),), scope=253)), ["ip route replace 0.0.0.0/0 dev br0 proto 4"]),
    (ops.AddRoute(Route("", "0.0.0.0/0", (Hop(None, "br0"),), scope=0)), ["ip route replace 0.0.0.0/0 scope global dev br0 proto 4"]),
    (
        ops.AddRoute(Route("", "0.0.0.0/0", (Hop("192.0.2.1", "a"), Hop("192.0.2.2", "b", weight=3, onlink=True)), table=100)),
        ["ip route replace 0.0.0.0/0 table 100 proto 4 nexthop via 192.0.2.1 dev a weight 1 nexthop via 192.0.2.2 dev b onlink weight 3"],
    ),
    (ops.AddRoute(Route("", "192.0.2.0/24", (Hop("fe80::1", "a"),))), ["ip route replace 192.0.2.0/24 via inet6 fe80::1 dev a proto 4"]),
    (ops.DeleteRoute(Route("", "192.0.2.0/24", type="blackhole")), ["ip route delete blackhole 192.0.2.0/24"]),
    # waiting
    (
        ops.WaitFor("", "br0", carrier=True, dad=True, timeout=2.5),
        ["native: wait for carrier and the end of DAD on br0, at most 2.5 s"],
    ),
    (
        ops.WaitFor("red", "br0", carrier=False, dad=True, timeout=10, lend_carrier=True),
        [
            "native: lend_carrier: hold a temporary tap as port of br0 (namespace red) meanwhile",
            "native: wait for the end of DAD on br0 (namespace red), at most 10 s",
        ],
    ),
]


@pytest.mark.parametrize(("operation", "lines"), SPELLED, ids=[lines[0] for _operation, lines in SPELLED])
def test_spelled(operation: ops.Operation, lines: list[str]) -> None:
    commands = operation.commands()
    assert [" ".join(command) for command in commands] == lines
    assert all(isinstance(word, str) for command in commands for word in command)
    assert operation.what() == lines[0]


def test_every_operation_is_spelled_here() -> None:
    every = {each for _name, each in inspect.getmembers(ops, inspect.isclass) if issubclass(each, ops.Operation)} - {
        ops.Operation,
        ops.OfLink,
    }
    assert {type(operation) for operation, _lines in SPELLED} == every


def test_words_stay_words() -> None:
    """A value with spaces is one argument."""
    assert ops.SetLink("", "v0", {"alias": "two words"}).commands() == [["ip", "link", "set", "dev", "v0", "alias", "two words"]]


def test_names_that_ip_takes_for_something_else() -> None:
    """The name of a link always follows `dev` or `name`, in whatever command."""
    for operation, _lines in SPELLED:
        for command in operation.commands():
            for position, word in enumerate(command):
                if word in ("br", "br0", "v0", "v1", "t0", "tap0") and command[0] == "ip":
                    assert command[position - 1] in ("dev", "name", "master"), command


def test_waiting_changes_nothing() -> None:
    assert not ops.WaitFor("", "br0", carrier=True, dad=False, timeout=1).changes
    assert ops.WaitFor("", "br0", carrier=False, dad=True, timeout=1, lend_carrier=True).changes
    assert all(operation.changes for operation, _lines in SPELLED if not isinstance(operation, ops.WaitFor))


# ---- effects --------------------------------------------------------------------------------------------------------


@pytest.fixture
def world() -> World:
    """A bridge with two ports, one of them with its peer elsewhere and a link on top, addresses and routes."""
    links = {
        "lo": Link("lo", index=1),
        "br0": Link(
            "br0", kind="bridge", index=2, common={"admin_state": "up", "mtu": 1500}, options={"stp": False}, addresses=[FOUR, SIX]
        ),
        "v0": Link("v0", kind="veth", index=3, common={"admin_state": "up", "master": "br0"}, addresses=[], port={"isolated": True}),
        "t0": Link("t0", kind="tuntap", index=4, common={"master": "br0"}, options={"mode": "tap", "user": 0}, addresses=[]),
        "up0": Link("up0", kind="macvlan", index=5, addresses=[], parent_at=("", "v0")),
    }
    links["v0"].peer_at = ("red", "v1")
    far = {"v1": Link("v1", "red", kind="veth", index=3, common={"admin_state": "up"}, addresses=[FOUR], peer_at=("", "v0"))}
    for link in (*links.values(), *far.values()):
        link.altnames = []
    routes = [
        Route("", "198.51.100.0/24", (Hop("192.0.2.9", "br0"),)),
        Route("", "2001:db8:1::/48", (Hop(None, "br0"),)),
        Route("", "203.0.113.0/24", (Hop(None, "v0"), Hop("192.0.2.9", "br0"))),
        Route("", "203.0.113.7/32", type="blackhole"),
    ]
    return World({"": Namespace("", links=links, routes=routes), "red": Namespace("red", links=far, routes=[])})


def after(world: World, operation: ops.Operation) -> World:
    """The world afterwards; the one before stays what it was."""
    found = world.copy()
    operation.effect(found)
    return found


def names(world: World, netns: str = "") -> list[str]:
    return sorted(world.namespaces[netns].links)


def get(world: World, name: str, netns: str = "") -> Link:
    return world.namespaces[netns].links[name]


def destinations(world: World, netns: str = "") -> list[str]:
    return [route.destination for route in world.namespaces[netns].routes or []]


def test_a_namespace_comes_with_lo(world: World) -> None:
    found = after(world, ops.AddNamespace("green"))
    assert names(found, "green") == ["lo"]
    assert get(found, "lo", "green").common == {"admin_state": "down"}
    assert "green" not in world.namespaces


def test_a_namespace_takes_the_other_ends_along(world: World) -> None:
    found = after(world, ops.DeleteNamespace("red"))
    assert list(found.namespaces) == [""]
    assert "v0" not in names(found)
    assert "v0" in names(world)


def test_down_takes_ipv6_addresses_and_routes(world: World) -> None:
    found = after(world, ops.SetLink("", "br0", {"admin_state": "down"}))
    assert get(found, "br0").addresses == [FOUR]
    assert destinations(found) == ["203.0.113.7/32"]
    assert len(destinations(world)) == 4


@pytest.mark.parametrize(("mtu", "left"), [(1279, [FOUR]), (1280, [FOUR, SIX]), (9000, [FOUR, SIX])])
def test_a_small_mtu_takes_ipv6(world: World, mtu: int, left: list[Address]) -> None:
    link = world.edit(("", "br0"))
    link.common["ipv6_addr_gen_mode"] = "none"
    link.sysctls = {"ipv6.accept_ra": "0", "ipv4.rp_filter": "1"}
    found = get(after(world, ops.SetLink("", "br0", {"mtu": mtu})), "br0")
    assert found.addresses == left
    assert ("ipv6_addr_gen_mode" in found.common) == (mtu >= 1280)
    assert ("ipv6.accept_ra" in found.sysctls) == (mtu >= 1280)
    assert found.sysctls["ipv4.rp_filter"] == "1"


def test_disable_ipv6_takes_the_addresses(world: World) -> None:
    assert get(after(world, ops.SetSysctl("", "br0", "ipv6.disable_ipv6", "1")), "br0").addresses == [FOUR]
    assert get(after(world, ops.SetSysctl("", "br0", "ipv6.disable_ipv6", "0")), "br0").addresses == [FOUR, SIX]


def test_unplugging_forgets_the_port(world: World) -> None:
    found = get(after(world, ops.SetLink("", "v0", {"master": ""})), "v0")
    assert found.port.get("isolated") is not True
    assert found.common["master"] == ""
    stays = get(after(world, ops.SetLink("", "v0", {"master": "br0"})), "v0")
    assert stays.port == {"isolated": True}


def test_moving(world: World) -> None:
    link = world.edit(("", "v0"))
    link.common.update(mac="02:00:00:00:00:01", alias="a", link_group=7)
    link.altnames, link.addresses, link.sysctls = ["x"], [FOUR], {"ipv4.rp_filter": "1"}
    found = after(world, ops.MoveLink("", "v0", "red"))
    there = get(found, "v0", "red")
    assert "v0" not in names(found)
    assert (there.netns, there.addresses, there.sysctls, there.altnames, there.port) == ("red", [], {}, ["x"], {})
    assert {key: there.common[key] for key in ("mac", "alias", "link_group", "admin_state")} == {
        "mac": "02:00:00:00:00:01",
        "alias": "a",
        "link_group": 7,
        "admin_state": "down",
    }
    assert "master" not in there.common
    assert get(found, "v1", "red").peer_at == ("red", "v0")
    assert get(world, "v1", "red").peer_at == ("", "v0")
    assert destinations(found) == ["198.51.100.0/24", "2001:db8:1::/48", "203.0.113.7/32"]


def test_deleting_a_bridge_frees_its_ports(world: World) -> None:
    found = after(world, ops.DeleteLink("", "br0"))
    assert names(found) == ["lo", "t0", "up0", "v0"]
    assert not get(found, "v0").common.get("master")
    assert get(found, "v0").port == {}
    assert get(world, "v0").port == {"isolated": True}


def test_deleting_takes_peer_and_what_is_on_top(world: World) -> None:
    found = after(world, ops.DeleteLink("red", "v1"))
    assert names(found) == ["br0", "lo", "t0"]
    assert names(found, "red") == []


def test_a_pair_is_made_with_both_ends(world: World) -> None:
    found = after(world, ops.AddLink("", "a", kinds.VETH, {"mtu": 1400}, {}, (("red", "b"), {"link_group": 7})))
    near, far = get(found, "a"), get(found, "b", "red")
    assert (near.peer_at, far.peer_at) == (("red", "b"), ("", "a"))
    assert (near.common, far.common) == ({"admin_state": "down", "mtu": 1400}, {"admin_state": "down", "link_group": 7})
    assert near.kind == far.kind == "veth"


def test_stp_clamps_forward_delay(world: World) -> None:
    found = after(world, ops.SetKind("", "br0", kinds.BRIDGE, {"forward_delay": 0}))
    assert get(found, "br0").options["forward_delay"] == 0
    found = after(found, ops.SetKind("", "br0", kinds.BRIDGE, {"stp": True}))
    assert get(found, "br0").options == {"stp": True, "forward_delay": 200}


def test_addresses_stand_where_the_kernel_puts_them(world: World) -> None:
    """Primaries behind those of a scope as wide, then secondaries, each in the order they came."""
    for text, expected in (
        ("192.0.2.2/24", ["192.0.2.1", "192.0.2.2"]),
        ("198.51.100.1/24", ["192.0.2.1", "198.51.100.1", "192.0.2.2"]),
        ("203.0.113.1/24 link", ["203.0.113.1", "192.0.2.1", "198.51.100.1", "192.0.2.2"]),
        ("198.51.100.2/24", ["203.0.113.1", "192.0.2.1", "198.51.100.1", "192.0.2.2", "198.51.100.2"]),
        ("2001:db8::9/64", ["203.0.113.1", "192.0.2.1", "198.51.100.1", "192.0.2.2", "198.51.100.2"]),
    ):
        ip, _slash, length = text.partition(" ")[0].partition("/")
        ops.AddAddress("", "br0", A(ip, int(length), scope=253 if "link" in text else None)).effect(world)
        assert [address.address for address in get(world, "br0").addresses or [] if address.version == 4] == expected


def test_addresses_replace_their_like(world: World) -> None:
    changed = dataclasses.replace(FOUR, metric=7)
    assert changed in (get(after(world, ops.AddAddress("", "br0", changed, replace=True)), "br0").addresses or [])
    assert len(get(after(world, ops.AddAddress("", "br0", changed, replace=True)), "br0").addresses or []) == 2


def test_a_primary_takes_its_secondaries(world: World) -> None:
    second = A("192.0.2.2", 24, secondary=True)
    elsewhere = A("198.51.100.1", 24)
    world.edit(("", "br0")).addresses = [FOUR, second, elsewhere, SIX]
    assert get(after(world, ops.DeleteAddress("", "br0", second)), "br0").addresses == [FOUR, elsewhere, SIX]
    assert get(after(world, ops.DeleteAddress("", "br0", FOUR)), "br0").addresses == [elsewhere, SIX]
    assert destinations(after(world, ops.DeleteAddress("", "br0", FOUR))) == destinations(world)


def test_an_address_takes_the_routes_that_name_it_as_their_source(world: World) -> None:
    second = A("192.0.2.2", 24, secondary=True)
    world.edit(("", "br0")).addresses = [FOUR, second, SIX]
    ops.AddRoute(Route("", "192.88.99.0/24", (Hop("192.0.2.7", "br0"),), source="192.0.2.2")).effect(world)
    assert "192.88.99.0/24" not in destinations(after(world, ops.DeleteAddress("", "br0", second)))
    assert "192.88.99.0/24" in destinations(after(world, ops.DeleteAddress("", "br0", SIX)))


def test_an_ipv6_address_takes_no_ipv4_route(world: World) -> None:
    world.edit(("", "br0")).addresses = [SIX]
    assert destinations(after(world, ops.DeleteAddress("", "br0", SIX))) == destinations(world)


def test_the_last_ipv4_address_takes_the_ipv4_routes(world: World) -> None:
    found = after(world, ops.DeleteAddress("", "br0", FOUR))
    assert get(found, "br0").addresses == [SIX]
    assert destinations(found) == ["2001:db8:1::/48", "203.0.113.7/32"]
    assert destinations(after(world, ops.DeleteAddress("", "br0", SIX))) == destinations(world)


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        (ops.DeleteAddress("", "x0", FOUR), True),
        (ops.SetLink("", "x0", {"admin_state": "down"}), True),
        (ops.MoveLink("", "x0", "red"), False),
        (ops.DeleteLink("", "x0"), False),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_route_lives_as_long_as_one_of_its_next_hops(operation: ops.Operation, left: bool) -> None:
    """IPv4 only, and not when a link of it goes altogether; tried with ip(8)."""
    links = {name: Link(name, common={"admin_state": "up"}, addresses=[FOUR], altnames=[]) for name in ("x0", "x1", "x2")}
    links["x2"].common["admin_state"] = "down"
    four = [Route("", "203.0.113.%d/32" % n, (Hop("192.0.2.7", "x0"), Hop("192.0.2.8", "x%d" % n))) for n in (0, 1, 2)]
    six = Route("", "2001:db8:9::/48", (Hop("2001:db8::7", "x0"), Hop("2001:db8::8", "x1")))
    found = World({"": Namespace("", links=links, routes=[*four, six]), "red": Namespace("red", routes=[])})
    operation.effect(found)
    kept = [route for route in found.namespaces[""].routes or [] if route.version == 4]
    assert kept == (four[1:2] if left else [])
    if left:  # and with the other one it goes too
        ops.SetLink("", "x1", {"admin_state": "down"}).effect(found)
        assert not [route for route in found.namespaces[""].routes or [] if route.version == 4]


def test_routes_that_were_not_read_stay_so(world: World) -> None:
    world.namespaces[""].routes = None
    assert after(world, ops.SetLink("", "br0", {"admin_state": "down"})).namespaces[""].routes is None


def test_a_route_replaces_its_like(world: World) -> None:
    route = Route("", "198.51.100.0/24", (Hop(None, "v0"),))
    found = after(world, ops.AddRoute(route))
    assert route in (found.namespaces[""].routes or [])
    assert sorted(destinations(found)) == sorted(destinations(world))
    assert destinations(after(found, ops.DeleteRoute(route))) == ["2001:db8:1::/48", "203.0.113.0/24", "203.0.113.7/32"]


def test_waiting_ends_with_what_was_waited_for(world: World) -> None:
    world.edit(("", "br0")).addresses = [dataclasses.replace(SIX, tentative=True)]
    found = get(after(world, ops.WaitFor("", "br0", carrier=True, dad=True, timeout=1)), "br0")
    assert found.carrier
    assert not t.cast("list[Address]", found.addresses)[0].tentative


def test_renaming(world: World) -> None:
    world.edit(("", "v0")).altnames = ["x"]
    found = after(world, ops.RenameLink("", "v0", "w0"))
    assert names(found) == ["br0", "lo", "t0", "up0", "w0"]
    assert get(found, "w0").altnames == ["x"]
    assert get(found, "v1", "red").peer_at == ("", "w0")


def test_who_stands_on_a_link_goes_with_it_in_mind(world: World) -> None:
    """A link on top of one that is moved or renamed is on top of it still."""
    world.namespaces["red"] = Namespace("red")
    ops.AddLink("", "base", kinds.VETH, {}, {}).effect(world)
    ops.AddLink("", "m0", kinds.KINDS["macvlan"], {}, {}, parent=("", "base")).effect(world)
    moved = after(world, ops.MoveLink("", "base", "red"))
    assert get(moved, "m0").parent_at == ("red", "base")
    assert [link.name for link in moved.stacked_on(("red", "base"))] == ["m0"]
    renamed = after(world, ops.RenameLink("", "base", "other"))
    assert [link.name for link in renamed.stacked_on(("", "other"))] == ["m0"]
