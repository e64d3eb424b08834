# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on a host against networks."""

from __future__ import annotations

import socket
from typing import Any

from ansible_collections.netdev.linux.plugins.module_utils.model import Address, Link, Namespace, Route
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import preflight, validate

LAB = {"name": "lab", "bridge": "virbr0", "ips": [{"address": "192.168.122.1/24"}, {"address": "2001:db8:1::1/64"}]}


def link(name: str, *addresses: str, alias: str = "", kind: str = "") -> Link:
    parsed = [Address(text.split("/")[0], int(text.split("/")[1])) for text in addresses]
    return Link(name, kind=kind or None, common={"alias": alias}, addresses=parsed)


def found(
    *links: Link,
    network: dict[str, Any] | None = None,
    routes: list[Route] | None = None,
    ipv6: bool = True,
    forwarding: bool = False,
    accepting: tuple[str, ...] = (),
) -> list[tuple[str, str]]:
    namespace = Namespace("", links={entry.name: entry for entry in links}, routes=routes)
    host = preflight.Host(namespace, ipv6, forwarding, frozenset(accepting))
    return preflight.problems(validate.definitions([network or LAB]), host)


def test_nothing() -> None:
    assert found(link("eth0", "192.0.2.1/24", "2001:db8:2::1/64", "fe80::1/64")) == []


def test_our_own_bridge() -> None:
    assert found(link("virbr0", "192.168.122.1/24", alias="netdev.linux nat_network lab", kind="bridge")) == []


def test_foreign_bridge() -> None:
    ((path, text),) = found(link("virbr0", kind="bridge"))
    assert path == "nat_network_networks[0].bridge"
    assert text.startswith("virbr0 exists and was not made by this role")


def test_link_that_is_no_bridge() -> None:
    """Whoever writes our mark on another kind of link did not get it from us."""
    ((_path, text),) = found(link("virbr0", alias="netdev.linux nat_network lab", kind="dummy"))
    assert "remove that dummy" in text


def test_bridge_of_another_network() -> None:
    ((_path, text),) = found(link("virbr0", alias="netdev.linux nat_network other", kind="bridge"))
    assert "belongs to network other" in text


def test_bridge_is_not_renamed() -> None:
    ((path, text),) = found(link("virbr7", alias="netdev.linux nat_network lab", kind="bridge"))
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
    old = link("virbr-old", "192.168.122.1/24", alias="netdev.linux nat_network old", kind="bridge")
    assert found(old) == []


def test_kernel_without_ipv6() -> None:
    assert found(ipv6=False) == [("nat_network_networks[0].ips", "this kernel has no IPv6")]


ADVERTISED = [Route("", socket.AF_INET6, "::/0", "eth0", gateway="fe80::1", protocol=preflight.RTPROT_RA)]


def test_default_route_from_advertisements() -> None:
    ((path, text),) = found(link("eth0"), routes=ADVERTISED, accepting=("eth0",))
    assert path == "nat_network_networks[0].ips"
    assert "net.ipv6.conf.eth0.accept_ra=2" in text


def test_default_route_is_safe() -> None:
    eth0 = link("eth0")
    assert found(eth0, routes=ADVERTISED) == []
    assert found(eth0, routes=ADVERTISED, accepting=("eth0",), forwarding=True) == []
    isolated = {**LAB, "forward": {"mode": "isolated"}}
    assert found(eth0, network=isolated, routes=ADVERTISED, accepting=("eth0",)) == []
