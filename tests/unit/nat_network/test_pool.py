# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets that are chosen from a pool, and kept."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import pool
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network, problems


def chosen(networks: list[dict[str, Any]], occupied: tuple[str, ...] = (), kept: dict[str, list[str]] | None = None) -> list[str]:
    settled = pool.choose(networks, lambda netns: map(ip_network, occupied), lambda name: (kept or {}).get(name, []))
    return [entry.get("address", "none") for item in settled for entry in item["ips"]]


def lab(name: str = "lab", text: str = "10.88.0.0/16", **keys: Any) -> dict[str, Any]:
    return {"name": name, "ips": [{"pool": text, **keys}]}


def test_the_first_that_is_free() -> None:
    assert chosen([lab()]) == ["10.88.0.1/24"]
    assert chosen([lab(), lab("other")]) == ["10.88.0.1/24", "10.88.1.1/24"]
    assert chosen([lab(text="2001:db8::/48"), lab("other", "2001:db8::/48")]) == ["2001:db8::1/64", "2001:db8:0:1::1/64"]


@pytest.mark.parametrize(
    ("occupied", "address"),
    [
        (("10.88.0.0/24",), "10.88.1.1/24"),
        (("10.88.0.7/32", "10.88.1.128/25"), "10.88.2.1/24"),
        (("10.88.0.0/17",), "10.88.128.1/24"),
        (("10.88.1.0/24", "2001:db8::/32"), "10.88.0.1/24"),
        (("10.0.0.0/8",), "none"),
    ],
)
def test_what_the_host_has_is_not_taken(occupied: tuple[str, ...], address: str) -> None:
    assert chosen([lab()], occupied) == [address]


def test_what_others_are_given_is_not_taken() -> None:
    assert chosen([lab(), {"name": "fixed", "ips": [{"address": "10.88.0.9/20"}]}]) == ["10.88.16.1/24", "10.88.0.9/20"]


def test_a_subnet_is_kept() -> None:
    kept = {"lab": ["10.88.7.0/24"], "other": ["10.88.0.0/24"]}
    # Even though the host is in it, by the network's own bridge.
    assert chosen([lab("new"), lab(), lab("other")], ("10.88.7.0/24", "10.88.0.0/24"), kept) == [
        "10.88.1.1/24",
        "10.88.7.1/24",
        "10.88.0.1/24",
    ]


def test_unless_it_does_not_fit_any_more() -> None:
    assert chosen([lab(text="10.99.0.0/16")], kept={"lab": ["10.88.7.0/24"]}) == ["10.99.0.1/24"]
    assert chosen([lab(prefix_length=26)], kept={"lab": ["10.88.7.0/24"]}) == ["10.88.0.1/26"]


def test_whole_numbers_are_addresses_in_it() -> None:
    dhcp = {"ranges": [{"start": 100, "end": 199}], "hosts": [{"name": "web", "ip": 10}]}
    (subnet,) = network(lab(dhcp=dhcp)).ips
    assert (subnet.ranges[0].start, subnet.ranges[0].end) == (ip_address("10.88.0.100"), ip_address("10.88.0.199"))
    assert subnet.hosts[0].ip == ip_address("10.88.0.10")
    assert subnet.pooled


def test_input_is_left_as_it_is() -> None:
    mine = lab(dhcp={"ranges": [{"start": 100, "end": 199}]})
    pool.choose([mine])
    assert mine == lab(dhcp={"ranges": [{"start": 100, "end": 199}]})


@pytest.mark.parametrize(
    ("entry", "path", "reason"),
    [
        ({"pool": "10.88"}, "pool", "not an address with a prefix length"),
        ({"pool": "10.88.0.0/16", "prefix_length": 8}, "prefix_length", "16 to 30"),
        ({"pool": "10.88.0.0/16", "prefix_length": "all"}, "prefix_length", "whole number"),
        ({"pool": "10.88.0.0/16", "address": "10.89.0.1/24"}, "address", "not in the pool"),
        ({"address": "10.89.0.1/24", "prefix_length": 24}, "prefix_length", "without pool"),
        ({"pool": "10.88.0.0/16", "dhcp": {"ranges": [{"start": 100, "end": 300}]}}, "dhcp.ranges[0].end", "300"),
        ({"address": "10.88.0.1/16", "dhcp": {"ranges": [{"start": 100, "end": "10.88.0.101"}]}}, "dhcp.ranges[0].start", "100"),
    ],
)
def test_wrong(entry: dict[str, Any], path: str, reason: str) -> None:
    found = problems([{"name": "lab", "ips": [entry]}])
    assert list(found) == [f"[0].ips[0].{path}"]
    assert reason in found[f"[0].ips[0].{path}"]


def test_a_pool_that_is_full() -> None:
    assert problems([lab("a", "10.88.0.0/24"), lab("b", "10.88.0.0/24")]) == {
        "[1].ips[0].pool": "no subnet of that size is free in 10.88.0.0/24"
    }


@pytest.mark.parametrize("networks", [None, 7, [7], [{"ips": 7}], [{"ips": [7]}], [{"name": "a", "ips": [{"pool": 7}]}]])
def test_what_can_not_be_read_is_left(networks: Any) -> None:
    assert pool.choose(networks) == networks
