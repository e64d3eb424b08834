# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""P7: what topology_info returns is input of topology: in an empty namespace it makes the same state, where it is from nothing changes."""

from __future__ import annotations

import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.tests.property.generate import Raw
from ansible_collections.netdev.linux.tests.property.hosts import Facts, Host, difference
from ansible_collections.netdev.linux.tests.property.lab import Lab, carry_out, expect, info, lines


def there(host: Host) -> tuple[Raw, Facts]:
    """What is exported, and the state it is of; applied where it is from, it changes nothing."""
    expected = host.snapshot()
    exported = info()
    again = carry_out(exported)
    expect(not again["changed"], "applied where it is from", lines(again["commands"]))
    found = difference(expected, host.snapshot())
    expect(not found, "applied where it is from", found)
    return exported, expected


def and_back(exported: Raw, expected: Facts) -> None:
    """In an empty host it makes the same state."""
    with Host(named=()) as twin:
        result = carry_out(exported)
        found = {key: pair for key, pair in difference(expected, twin.snapshot()).items() if not chosen_by_kernel(key, pair)}
        expect(not found, "in an empty namespace", found, exported, lines(result["commands"]))
        expect(not carry_out(exported)["changed"], "the second time")


def chosen_by_kernel(key: str, pair: tuple[t.Any, t.Any]) -> bool:
    """The address of a bridge that had none, because it lost its last port."""
    return key.endswith(" address") and pair[0] == "00:00:00:00:00:00"


def test_p7_round_trip_of_generated_topologies(lab: Lab) -> None:
    for kind, _dice, maker in lab.examples():
        with Host() as host:
            raw = maker.topology(kind)
            raw.pop("owner", None)  # marks are nobody's altnames, and not shown
            if lab.settle(raw) is None:
                continue
            if maker.dice.maybe():
                lab.settle(maker.change(raw))
            exported, expected = there(host)
        and_back(exported, expected)
        if any(link["kind"] == kind for link in exported["links"]):
            lab.show(kind)


WHOLE: Raw = {
    "namespaces": [{"name": "red", "loopback": "up"}, {"name": "blue"}],
    "links": [
        {"name": "br0", "kind": "bridge", "admin_state": "up", "addresses": ["198.18.0.1/24"], "options": {"ageing_time": 60}},
        {
            "name": "v0",
            "kind": "veth",
            "master": "br0",
            "admin_state": "up",
            "port": {"isolated": True, "cost": 7, "learning": False},
            "peer": {"name": "eth0", "netns": "red", "admin_state": "up", "addresses": ["198.18.0.2/24", "198.18.0.3/24"], "mtu": 1400},
        },
        {
            "name": "v1",
            "kind": "veth",
            "netns": "red",
            "admin_state": "up",
            "addresses": ["198.18.1.1/24"],
            "altnames": ["uplink"],
            "peer": {"name": "v1", "netns": "blue", "admin_state": "up", "addresses": ["198.18.1.2/24"]},
        },
    ],
    "routes": [
        {"destination": "203.0.113.0/24", "netns": "red", "nexthops": [{"gateway": "198.18.0.1"}, {"gateway": "198.18.1.2", "weight": 3}]},
        {"destination": "default", "netns": "blue", "gateway": "198.18.1.1", "metric": 50},
        {"destination": "192.0.2.0/25", "type": "blackhole"},
        {"destination": "192.0.2.128/25", "type": "unreachable", "netns": "red", "table": 77},
        {"destination": "2001:db8:9::/48", "type": "prohibit", "netns": "blue"},
        {"destination": "192.88.99.0/24", "type": "throw", "netns": "blue", "metric": 7},
        {"destination": "192.88.98.1/32", "type": "local", "netns": "red", "dev": "eth0"},
    ],
}


def test_p7_namespaces_pairs_across_them_ports_and_routes(lab: Lab) -> None:
    """With a link of each kind beside."""
    for kind, _dice, maker in lab.examples(1):
        with Host(named=()) as host:
            carry_out(WHOLE)
            other = maker.link(kind, "a")
            for key in ("parent_netns", "netns", "addresses", "ipv6_addr_gen_mode"):
                other.pop(key, None)
            other["admin_state"] = "up"  # some get addresses by that, tunnels without an end here from all that are there
            other["options"].pop("local", None)
            other.update({"parent": "v1", "netns": "red"} if kinds.KINDS[kind].needs_parent else {})
            other.update({"peer": {"name": "other"}} if "peer" in other else {})
            if lab.settle({"links": [other]}) is None:
                continue
            exported, expected = there(host)
        and_back(exported, expected)
        names = {link["name"]: link for link in exported["links"]}
        expect(names["v0"]["port"]["isolated"] and names["v0"]["port"]["cost"] == 7, "port", names["v0"])
        kept = {route.get("type", "unicast") for route in exported["routes"]}
        expect(kept == {"unicast", "blackhole", "unreachable", "prohibit", "throw", "local"}, "routes", exported["routes"])
        expect(any(len(route.get("nexthops", [])) == 2 for route in exported["routes"]), "next hops", exported["routes"])
        lab.show(kind)
