# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on a host against networks."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.model import RTPROT_RA, Address, Hop, Link, Namespace, Route
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import listeners, preflight, validate
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Absent
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network

LAB = {"name": "lab", "bridge": "virbr0", "ips": [{"address": "192.168.122.1/24"}, {"address": "2001:db8:1::1/64"}]}


def link(name: str, *addresses: str, kind: str | None = None) -> Link:
    parsed = [Address(text.split("/")[0], int(text.split("/")[1])) for text in addresses]
    return Link(name, kind=kind, addresses=parsed)


def bridge(name: str, network: str, *addresses: str, owner: str = "nat_network", kind: str = "bridge") -> Link:
    """One of ours."""
    ours = link(name, *addresses, kind=kind)
    ours.marks = [f"netdev.{owner}.{name}"]
    ours.common["alias"] = f"NAT network {network}" if network else "a bridge"
    return ours


def found(
    *links: Link,
    network: dict[str, Any] | None = None,
    routes: list[Route] | None = None,
    **more: Any,
) -> list[tuple[str, str]]:
    host = preflight.Host(Namespace("", links={entry.name: entry for entry in links}, routes=routes), **more)
    return preflight.judge(validate.definitions([network or LAB]), host)[0]


def warned(*links: Link, network: dict[str, Any] | None = None, routes: list[Route] | None = None, **more: Any) -> list[str]:
    host = preflight.Host(Namespace("", links={entry.name: entry for entry in links}, routes=routes), **more)
    return preflight.judge(validate.definitions([network or LAB]), host)[1]


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine runs has no say here."""
    monkeypatch.setattr(listeners, "problems", lambda _listeners: [])


def test_nothing() -> None:
    assert found(link("eth0", "192.0.2.1/24", "2001:db8:2::1/64", "fe80::1/64")) == []


def test_our_own_bridge() -> None:
    assert found(bridge("virbr0", "lab", "192.168.122.1/24")) == []


def test_foreign_bridge() -> None:
    ((path, text),) = found(link("virbr0", kind="bridge"))
    assert path == "nat_network_networks[0].bridge"
    assert text.startswith("virbr0 exists and was not made by this role")


def test_bridge_of_another_owner() -> None:
    ((_path, text),) = found(bridge("virbr0", "lab", owner="lab"))
    assert "was not made by this role" in text


def test_bridge_with_another_alias() -> None:
    """The mark counts; the alias is put right."""
    assert found(bridge("virbr0", "")) == []


@pytest.mark.parametrize(
    ("there", "gone"),
    [
        (bridge("virbr7", "lab"), "virbr7"),
        (bridge("virbr-lab", ""), "virbr-lab"),
        (bridge("virbr-lab", "other"), ""),
        (bridge("virbr7", ""), ""),
        (link("virbr-lab", kind="bridge"), ""),
    ],
)
def test_bridge_to_remove(there: Link, gone: str) -> None:
    host = preflight.Host(Namespace("", links={there.name: there}))
    assert host.bridge(Absent("lab", "virbr-lab")) == gone


def test_link_that_is_no_bridge() -> None:
    """Whoever writes our mark on another kind of link did not get it from us."""
    ((_path, text),) = found(bridge("virbr0", "lab", kind="dummy"))
    assert "remove that dummy" in text


def test_bridge_of_another_network() -> None:
    ((_path, text),) = found(bridge("virbr0", "other"))
    assert "belongs to network other" in text


def test_bridge_is_not_renamed() -> None:
    ((path, text),) = found(bridge("virbr7", "lab"))
    assert path == "nat_network_networks[0].bridge"
    assert "has the bridge virbr7" in text


def test_overlap() -> None:
    problems = found(link("eth0", "192.168.0.9/16", "2001:db8:1::9/64"), link("eth1", "192.168.122.9/32"))
    assert problems == [
        ("nat_network_networks[0].ips[0].address", "192.168.122.0/24 overlaps 192.168.0.0/16 on eth0"),
        ("nat_network_networks[0].ips[0].address", "192.168.122.0/24 overlaps 192.168.122.9/32 on eth1"),
        ("nat_network_networks[0].ips[1].address", "2001:db8:1::/64 overlaps 2001:db8:1::/64 on eth0"),
    ]


def test_overlap_with_what_goes_in_the_same_run() -> None:
    """A network may take over the subnet of one that shall be absent."""
    assert found(bridge("virbr-old", "old", "192.168.122.1/24")) == []


def test_kernel_without_ipv6() -> None:
    assert found(ipv6=False) == [("nat_network_networks[0].ips", "this kernel has no IPv6")]


def route(destination: str, gateway: str | None = None, dev: str = "eth0", **more: Any) -> Route:
    return Route("", destination, (Hop(gateway, dev),) if dev else (), **more)


@pytest.mark.parametrize(
    ("there", "text"),
    [
        (route("192.168.122.0/24", "192.0.2.1"), "192.168.122.0/24 (route via 192.0.2.1 dev eth0)"),
        (route("192.168.122.128/25", "192.0.2.1"), "192.168.122.128/25 (route via 192.0.2.1 dev eth0)"),
        (route("192.168.122.9/32", dev="tun0"), "192.168.122.9/32 (route dev tun0)"),
        (route("192.168.122.64/26", dev="", type="blackhole"), "192.168.122.64/26 (route blackhole)"),
        (route("192.168.122.0/24", "192.0.2.1", table=77), "192.168.122.0/24 (route via 192.0.2.1 dev eth0 in table 77)"),
        (route("192.168.0.0/16", protocol=2), "192.168.0.0/16 on eth0"),
    ],
)
def test_route_to_the_subnet(there: Route, text: str) -> None:
    tables = frozenset({77, 254})
    assert found(link("eth0"), routes=[there], tables=tables) == [
        ("nat_network_networks[0].ips[0].address", f"192.168.122.0/24 overlaps {text}")
    ]
    assert warned(link("eth0"), routes=[there], tables=tables) == []


@pytest.mark.parametrize(
    "there",
    [
        route("192.168.0.0/16", "192.0.2.1"),
        route("192.160.0.0/11", dev="wg0"),
        route("192.0.0.0/8", dev="", type="blackhole"),
        route("2001:db8::/32", "fe80::1"),
    ],
)
def test_route_to_more_than_the_subnet(there: Route) -> None:
    assert found(link("eth0"), routes=[there]) == []
    (text,) = warned(link("eth0"), routes=[there])
    assert f"is part of {there.destination} (route" in text


@pytest.mark.parametrize(
    "there",
    [
        route("0.0.0.0/0", "192.0.2.1"),
        route("128.0.0.0/1", dev="tun0"),
        route("::/0", "fe80::1"),
        route("fe80::/64"),
        route("192.168.122.0/24", "192.0.2.1", table=78),
        route("192.168.122.0/24", dev="", type="throw"),
        route("192.168.122.0/24", dev="virbr0", protocol=2),
        route("192.168.122.0/24", "10.0.0.1", dev="red0"),
        route("10.0.0.0/8", "192.0.2.1"),
    ],
)
def test_route_that_does_not_count(there: Route) -> None:
    red = link("red", kind="vrf")
    red0 = link("red0", "192.168.122.7/24")
    red0.common["master"] = "red"
    around = [link("eth0"), bridge("virbr0", "lab", "192.168.122.1/24"), red, red0]
    assert found(*around, routes=[there]) == []
    assert warned(*around, routes=[there]) == []


def test_an_address_and_its_route_are_one_problem() -> None:
    assert len(found(link("eth0", "192.168.122.9/24"), routes=[route("192.168.122.0/24", protocol=2)])) == 1


ADVERTISED = [Route("", "::/0", (Hop("fe80::1", "eth0"),), protocol=RTPROT_RA)]


def test_default_route_from_advertisements() -> None:
    ((path, text),) = found(link("eth0"), routes=ADVERTISED, accepting={"eth0": 1})
    assert path == "nat_network_networks[0].forward"
    assert "net.ipv6.conf.eth0.accept_ra=2" in text


def test_default_route_is_safe() -> None:
    eth0 = link("eth0")
    assert found(eth0, routes=ADVERTISED) == []
    assert found(eth0, routes=ADVERTISED, accepting={"eth0": 2}) == []
    assert found(eth0, routes=ADVERTISED, accepting={"eth0": 1}, ipv6_forwarding=True) == []
    isolated = {**LAB, "forward": {"mode": "isolated"}}
    assert found(eth0, network=isolated, routes=ADVERTISED, accepting={"eth0": 1}) == []
    told = {**LAB, "forward": {"accept_ra": True}}
    assert found(eth0, network=told, routes=ADVERTISED, accepting={"eth0": 1}) == []


@pytest.mark.parametrize(
    ("accepting", "links"),
    [({"eth0": 1, "eth1": 1}, ["eth0"]), ({"eth0": 2}, ["eth0"]), ({"eth1": 2}, ["eth1"]), ({"eth1": 1}, []), ({"it's": 2}, [])],
)
def test_uplinks_that_are_told(accepting: dict[str, int], links: list[str]) -> None:
    host = preflight.Host(Namespace("", routes=ADVERTISED), accepting=accepting)
    assert host.uplinks_to_keep(network({**LAB, "forward": {"accept_ra": True}})) == links
    assert host.uplinks_to_keep(network(LAB)) == []
    assert host.uplinks_to_keep(network({**LAB, "forward": {"accept_ra": True, "mode": "isolated"}})) == []


NO_DIRECTORY = preflight.Resolver(directory=False, nameservers=())


def test_resolv_conf_that_points_nowhere() -> None:
    ((path, text),) = found(resolver=NO_DIRECTORY)
    assert path == "nat_network_networks[0].dns.forwarders"
    assert text.startswith("/etc/resolv.conf points into a directory that is not there")
    assert warned(resolver=NO_DIRECTORY) == []


@pytest.mark.parametrize(
    "change",
    [
        {"dns": {"enable": False}},
        {"dns": {"forwarders": [{"addr": "192.0.2.53"}]}},
        {"forward": {"mode": "isolated"}},
        {"dnsmasq_options": ["resolv-file=/run/other"]},
        {"ips": []},
    ],
)
def test_resolv_conf_that_nobody_reads(change: dict[str, Any]) -> None:
    assert found(network={**LAB, **change}, resolver=NO_DIRECTORY) == []
    assert warned(network={**LAB, **change}, resolver=preflight.Resolver(nameservers=())) == []


@pytest.mark.parametrize("nameservers", [(), ("192.168.122.1",), ("192.168.122.1", "2001:db8:1::1")])
def test_nobody_to_ask(nameservers: tuple[str, ...]) -> None:
    (text,) = warned(resolver=preflight.Resolver(nameservers=nameservers))
    assert text.startswith("nat_network_networks[0].dns.forwarders: /etc/resolv.conf names no other name server")
    assert warned(resolver=preflight.Resolver(nameservers=(*nameservers, "192.0.2.53"))) == []


@pytest.mark.parametrize(
    ("master", "mode", "removed"),
    [("", "tap", ["virbr0-nic"]), ("virbr0", "tap", ["virbr0-nic"]), ("br7", "tap", []), ("", "tun", [])],
)
def test_tap_of_an_old_libvirt(master: str, mode: str, removed: list[str]) -> None:
    tap = link("virbr0-nic", kind="tuntap")
    tap.options["mode"] = mode
    tap.common["master"] = master
    assert preflight.leftovers(network(LAB), preflight.Host(Namespace("", links={tap.name: tap}))) == removed


@pytest.mark.parametrize(
    ("manager", "port", "count"),
    [
        ("libvirt", {"learning": True, "unicast_flood": False}, 1),
        ("libvirt", {"learning": False, "unicast_flood": True}, 1),
        ("libvirt", {"learning": False, "unicast_flood": False}, 0),
        ("kernel", {"learning": True, "unicast_flood": True}, 0),
    ],
)
def test_ports_that_nobody_manages(manager: str, port: dict[str, bool], count: int) -> None:
    tap = link("tap0")
    tap.common["master"] = "virbr0"
    tap.port = dict(port)
    host = preflight.Host(Namespace("", links={"tap0": tap, "virbr0": bridge("virbr0", "lab")}))
    assert len(preflight.judge(validate.definitions([{**LAB, "mac_table_manager": manager}]), host)[1]) == count
