# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of a network, in the words of module topology."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.model import ROUTE_TABLES, RTPROT_KERNEL, Hop, Route
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import links
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network

ADDRESSES = [{"address": "192.168.122.1/24"}, {"address": "192.0.2.1/32"}, {"address": "2001:db8::1/64"}]


def test_bridge() -> None:
    lab = network(
        {
            "name": "lab",
            "bridge": "virbr0",
            "mac": "52:54:00:00:00:01",
            "mtu": 1400,
            "stp": True,
            "delay": 3,
            "ips": [{"address": "192.168.122.1/24"}, {"address": "192.0.2.1/32"}, {"address": "2001:db8::1/64"}],
        }
    )
    assert links.bridge(lab, ipv6=True) == {
        "name": "virbr0",
        "kind": "bridge",
        "mac": "52:54:00:00:00:01",
        "mtu": 1400,
        "alias": "NAT network lab",
        "admin_state": "up",
        "options": {"stp": True, "forward_delay": 3},
        "purge": ["addresses"],
        "addresses": [
            {"address": "192.168.122.1/24", "broadcast": "192.168.122.255"},
            {"address": "192.0.2.1/32"},
            {"address": "2001:db8::1/64", "nodad": True},
        ],
        "sysctls": {"ipv6.disable_ipv6": "0", "ipv6.accept_ra": "0", "ipv6.autoconf": "0"},
    }


@pytest.mark.parametrize(
    ("manager", "filtering", "option"),
    [("kernel", False, {}), ("libvirt", False, {"vlan_filtering": True}), ("libvirt", True, {"vlan_filtering": True}),
     ("kernel", True, {"vlan_filtering": False})],
)  # fmt: skip
def test_mac_table_manager(manager: str, filtering: bool, option: dict[str, bool]) -> None:
    lab = network({"name": "lab", "mac_table_manager": manager})
    assert links.bridge(lab, ipv6=True, filtering=filtering)["options"] == {"stp": False, "forward_delay": 0, **option}


def test_namespace() -> None:
    ips = [{"address": "192.0.2.1/24"}]
    routes = [{"destination": "198.51.100.0/24", "gateway": "192.0.2.9"}]
    lab = network({"name": "lab", "netns": "blue", "ips": ips, "routes": routes})
    assert links.bridge(lab, ipv6=True)["netns"] == links.routes(lab)[0]["netns"] == links.gone("virbr-lab", "blue")["netns"] == "blue"
    assert "netns" not in links.gone("virbr-lab")


def test_ipv6_is_off_without_an_address() -> None:
    lab = network({"name": "lab", "ips": [{"address": "192.168.122.1/24"}]})
    assert links.bridge(lab, ipv6=True)["sysctls"]["ipv6.disable_ipv6"] == "1"
    assert links.bridge(lab, ipv6=False)["sysctls"] == {}


@pytest.mark.parametrize(
    ("dad", "nodad", "wait"),
    [
        ("nodad", True, None),
        ("none", False, None),
        ("wait", False, {"dad": True, "lend_carrier": False}),
        ("lend_carrier", False, {"dad": True, "lend_carrier": True}),
    ],
)
def test_duplicate_address_detection(dad: str, nodad: bool, wait: dict[str, bool] | None) -> None:
    bridge = links.bridge(network({"name": "lab", "dad": dad, "ips": ADDRESSES}), ipv6=True)
    assert bridge["addresses"][2].get("nodad", False) is nodad
    assert bridge.get("wait") == wait


def test_nothing_to_wait_for_without_ipv6() -> None:
    assert "wait" not in links.bridge(network({"name": "lab", "dad": "wait", "ips": [{"address": "192.168.122.1/24"}]}), ipv6=True)


ROUTES: list[dict[str, t.Any]] = [
    {"destination": "198.51.100.0/24", "gateway": "192.168.122.2"},
    {"destination": "2001:db8:7::/64", "gateway": "2001:db8::2", "metric": 5},
]


def test_routes() -> None:
    lab = network({"name": "lab", "bridge": "virbr0", "ips": ADDRESSES, "routes": ROUTES})
    assert links.routes(lab) == [{**route, "dev": "virbr0"} for route in ROUTES]


def there(destination: str, gateway: str | None, link: str = "virbr0", **fields: t.Any) -> Route:
    return Route("", destination, (Hop(gateway, link),), **fields)


def test_routes_of_earlier_definitions() -> None:
    lab = network({"name": "lab", "bridge": "virbr0", "ips": ADDRESSES, "routes": ROUTES})
    kept = [
        there("198.51.100.0/24", "192.168.122.2", metric=0),
        there("2001:db8:7::/64", "2001:db8::2", metric=5),
        there("192.168.122.0/24", None, protocol=2),
        there("203.0.113.0/24", "192.168.122.9", protocol=186),  # a routing daemon's
        there("203.0.113.0/24", "192.0.2.9", link="eth0"),
        there("203.0.113.0/24", "192.168.122.9", table=100),
    ]
    old = there("203.0.113.0/24", "192.168.122.9", metric=0)
    assert links.old_routes(lab, [*kept, old]) == [
        {"destination": "203.0.113.0/24", "gateway": "192.168.122.9", "dev": "virbr0", "state": "absent"}
    ]
    assert links.old_routes(lab, kept) == []


@pytest.mark.parametrize(
    ("definition", "local"),
    [
        ({"nat": {"address": {"start": "203.0.113.8", "end": "203.0.113.11"}}}, ["203.0.113.8/30"]),
        ({"nat": {"address": {"start": "203.0.113.9", "end": "203.0.113.10"}}}, ["203.0.113.9/32", "203.0.113.10/32"]),
        ({"nat": {"address": {"start": "203.0.113.9"}}}, ["203.0.113.9/32"]),
        ({"nat": {"ipv6": True}}, []),
        ({"mode": "route"}, []),
    ],
)
def test_addresses_that_guests_appear_as(definition: dict[str, t.Any], local: list[str]) -> None:
    lab = network({"name": "lab", "bridge": "virbr0", "ips": ADDRESSES, "forward": definition})
    ours = {"type": "local", "table": "local", "metric": 1, "dev": "virbr0"}
    assert links.routes(lab) == [{"destination": destination, **ours} for destination in local]
    assert links.routes(dataclasses.replace(lab, firewall="none")) == []

    def made(destination: str, table: int = ROUTE_TABLES["local"], link: str = "virbr0") -> Route:
        return there(destination, None, link, type="local", table=table, metric=1)

    old = made("203.0.113.77/32")
    others = [made("203.0.113.78/32", link="lo"), made("203.0.113.78/32", table=100), dataclasses.replace(old, protocol=RTPROT_KERNEL)]
    assert links.old_routes(lab, [*map(made, local), *others, old]) == [
        {"destination": "203.0.113.77/32", "table": 255, "type": "local", "metric": 1, "dev": "virbr0", "state": "absent"}
    ]
