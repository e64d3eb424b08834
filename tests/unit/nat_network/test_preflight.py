# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on a host against networks."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.model import RTPROT_RA, Address, Hop, Link, Namespace, Route
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import preflight, validate
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Absent

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
    host = preflight.Host(Namespace("", links={there.name: there}), True, True, frozenset())
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


ADVERTISED = [Route("", "::/0", (Hop("fe80::1", "eth0"),), protocol=RTPROT_RA)]


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
    host = preflight.Host(Namespace("", links={"tap0": tap, "virbr0": bridge("virbr0", "lab")}), True, False, frozenset())
    assert len(preflight.warnings(validate.definitions([{**LAB, "mac_table_manager": manager}]), host)) == count
