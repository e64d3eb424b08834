# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a network, as text. What they decide is tried with packets in the integration target."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import model, nftables, validate
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network

IPV4 = {"address": "192.168.122.1/24"}
IPV6 = {"address": "2001:db8:1::1/64"}


def rules(keys: dict[str, Any], family: str, chain: str = "forward") -> list[str]:
    """The rules of a chain of one network."""
    return rules_of(network({"name": "lab", "bridge": "br", **keys}), family, chain)


def rules_of(of: model.Network, family: str, chain: str = "forward") -> list[str]:
    table = nftables.tables(of)[family]
    _before, found, body = table.partition(f"\tchain {chain} {{\n")
    if not found:
        return []
    return [line.strip() for line in body.split("\t}\n")[0].splitlines()[1:]]


def test_whole_table() -> None:
    tables = nftables.tables(network({"name": "lab", "bridge": "virbr0", "ips": [IPV4]}))
    expected = """\
        add table ip nat_network_lab
        delete table ip nat_network_lab
        table ip nat_network_lab {
            chain forward {
                type filter hook forward priority filter; policy accept;
                iifname "virbr0" oifname "virbr0" counter accept
                oifname "virbr0" ip daddr 192.168.122.0/24 ct state established,related counter accept
                oifname "virbr0" counter reject
                iifname "virbr0" ip saddr 192.168.122.0/24 counter accept
                iifname "virbr0" counter reject
            }

            chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr 192.168.122.0/24 ip daddr 224.0.0.0/24 counter return
                ip saddr 192.168.122.0/24 ip daddr 255.255.255.255 counter return
                meta l4proto tcp ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 counter masquerade to :1024-65535
                meta l4proto udp ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 counter masquerade to :1024-65535
                ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 counter masquerade
            }
        }
    """
    assert nftables.ruleset(tables) == textwrap.dedent(expected).replace("    ", "\t")


def test_ipv6_is_routed_under_nat() -> None:
    keys = {"ips": [IPV4, IPV6]}
    assert rules(keys, "ip6") == [
        'iifname "br" oifname "br" counter accept',
        'oifname "br" ip6 daddr 2001:db8:1::/64 counter accept',
        'oifname "br" counter reject',
        'iifname "br" ip6 saddr 2001:db8:1::/64 counter accept',
        'iifname "br" counter reject',
    ]
    assert rules(keys, "ip6", "postrouting") == []


def test_nat66() -> None:
    keys = {
        "forward": {"nat": {"ipv6": True, "address": {"start": "203.0.113.1"}, "port": {"start": 5000}}},
        "ips": [IPV6],
    }
    assert 'oifname "br" ip6 daddr 2001:db8:1::/64 ct state established,related counter accept' in rules(keys, "ip6")
    assert rules(keys, "ip6", "postrouting") == [
        "ip6 saddr 2001:db8:1::/64 ip6 daddr ff02::/16 counter return",
        "meta l4proto tcp ip6 saddr 2001:db8:1::/64 ip6 daddr != 2001:db8:1::/64 counter masquerade to :5000-65535",
        "meta l4proto udp ip6 saddr 2001:db8:1::/64 ip6 daddr != 2001:db8:1::/64 counter masquerade to :5000-65535",
        "ip6 saddr 2001:db8:1::/64 ip6 daddr != 2001:db8:1::/64 counter masquerade",
    ]


def test_route_through_one_uplink() -> None:
    keys = {"forward": {"mode": "route", "dev": "eth0"}, "ips": [IPV4]}
    assert rules(keys, "ip") == [
        'iifname "br" oifname "br" counter accept',
        'iifname "eth0" oifname "br" ip daddr 192.168.122.0/24 counter accept',
        'oifname "br" counter reject',
        'iifname "br" oifname "eth0" ip saddr 192.168.122.0/24 counter accept',
        'iifname "br" counter reject',
    ]
    assert rules(keys, "ip", "postrouting") == []


def test_nat_through_one_uplink_with_a_range() -> None:
    keys = {
        "forward": {"dev": "eth0", "nat": {"address": {"start": "203.0.113.8", "end": "203.0.113.9"}}},
        "ips": [IPV4],
    }
    found = rules(keys, "ip", "postrouting")
    assert found[0] == 'oifname "eth0" ip saddr 192.168.122.0/24 ip daddr 224.0.0.0/24 counter return'
    assert found[2].endswith("counter snat to 203.0.113.8-203.0.113.9:1024-65535")
    assert found[4] == ('oifname "eth0" ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 counter snat to 203.0.113.8-203.0.113.9')


def test_one_address_and_one_port() -> None:
    keys = {
        "forward": {"nat": {"address": {"start": "203.0.113.8"}, "port": {"start": 999, "end": 999}}},
        "ips": [IPV4],
    }
    assert rules(keys, "ip", "postrouting")[2].endswith("counter snat to 203.0.113.8:999")


def test_port_forward() -> None:
    keys = {"ips": [IPV4], "port_forwards": [{"port": 8080, "to": "192.168.122.9", "to_port": 80}]}
    there = "meta l4proto tcp fib daddr type local tcp dport 8080 counter dnat to 192.168.122.9:80"
    assert rules(keys, "ip", "prerouting") == ["ip daddr 192.168.122.1 counter return", there]
    # What is connected to a loopback address would not leave the host.
    assert rules(keys, "ip", "output") == ["ip daddr 127.0.0.0/8 counter return", "ip daddr 192.168.122.1 counter return", there]
    known = "ct status dnat ct original proto-dst 8080"
    assert rules(keys, "ip")[:4] == [
        'iifname "br" oifname "br" counter accept',
        f'meta l4proto tcp oifname "br" ip daddr 192.168.122.9 tcp dport 80 {known} counter accept',
        f'meta l4proto tcp iifname "br" ip saddr 192.168.122.9 tcp sport 80 {known} ct direction reply counter accept',
        'oifname "br" ip daddr 192.168.122.0/24 ct state established,related counter accept',
    ]
    # A guest that reaches another by the host has to be answered by the host.
    assert rules(keys, "ip", "postrouting")[0] == (
        f'meta l4proto tcp oifname "br" ip saddr 192.168.122.0/24 ip daddr 192.168.122.9 tcp dport 80 {known} counter masquerade'
    )


def test_port_forward_of_a_routed_network() -> None:
    keys = {
        "forward": {"mode": "route"},
        "ips": [IPV6],
        "port_forwards": [{"protocol": "both", "port": "80-82", "to": "2001:db8:1::9", "to_port": "90-92"}],
    }
    assert rules(keys, "ip6", "prerouting")[1:] == [
        f"meta l4proto {protocol} fib daddr type local {protocol} dport 80-82"
        f" counter dnat to [2001:db8:1::9]:{protocol} dport map {{ 80 : 90, 81 : 91, 82 : 92 }}"
        for protocol in ("tcp", "udp")
    ]
    assert rules(keys, "ip6", "output")[0] == "ip6 daddr ::1 counter return"
    # It translates nothing but this.
    assert [rule.split()[-1] for rule in rules(keys, "ip6", "postrouting")] == ["masquerade", "masquerade"]
    assert "prerouting" not in nftables.tables(network({"name": "lab", **keys}))["ip"]


def test_port_forward_of_some_connections() -> None:
    some = {"port": 53, "to": "192.168.122.9", "address": "192.168.122.1", "source": "203.0.113.0/24"}
    keys = {"ips": [IPV4], "port_forwards": [{"port": "1-2", "to": "192.168.122.9", "dev": "eth1"}, some], "forward": {"dev": "eth0"}}
    named = "ip saddr 203.0.113.0/24 ip daddr 192.168.122.1 fib daddr type local tcp dport 53 counter dnat to 192.168.122.9"
    # An address that is named comes before those that are spared. Links are where connections come from, guests may always.
    assert rules(keys, "ip", "prerouting") == [
        f'meta l4proto tcp iifname "eth0" {named}',
        f'meta l4proto tcp iifname "br" {named}',
        "ip daddr 192.168.122.1 counter return",
        'meta l4proto tcp iifname "eth1" fib daddr type local tcp dport 1-2 counter dnat to 192.168.122.9',
        'meta l4proto tcp iifname "br" fib daddr type local tcp dport 1-2 counter dnat to 192.168.122.9',
    ]
    assert rules(keys, "ip", "output")[0] == f"meta l4proto tcp {named}"


def test_networks_that_may_talk() -> None:
    a, b, c = validate.definitions(
        [
            {"name": "a", "bridge": "bra", "ips": [IPV4, IPV6], "allow_networks": ["b"]},
            {"name": "b", "bridge": "brb", "ips": [{"address": "10.0.0.1/24"}]},
            {"name": "c", "bridge": "brc", "ips": [{"address": "10.0.1.1/24"}]},
        ]
    ).present
    # Both have them, in front of what lets nobody in.
    talk = [
        'iifname "brb" oifname "bra" ip saddr 10.0.0.0/24 ip daddr 192.168.122.0/24 counter accept',
        'iifname "bra" oifname "brb" ip saddr 192.168.122.0/24 ip daddr 10.0.0.0/24 ct state established,related counter accept',
    ]
    assert rules_of(a, "ip")[1:3] == rules_of(b, "ip")[1:3] == talk
    assert len(rules_of(c, "ip")) == len(rules_of(a, "ip6")) == 5
    # Who is let in is seen with the own address.
    assert rules_of(b, "ip", "postrouting")[0] == 'oifname "bra" ip saddr 10.0.0.0/24 ip daddr 192.168.122.0/24 counter return'
    assert "bra" not in "".join(rules_of(a, "ip", "postrouting"))


def test_offload() -> None:
    expected = """\
        table inet nat_network_lab {
            flowtable known {
                hook ingress priority filter
                devices = { "br", "eth0" }
            }

            chain forward {
                type filter hook forward priority filter + 20; policy accept;
                meta l4proto { tcp, udp } ct state established iifname "br" flow add @known
                meta l4proto { tcp, udp } ct state established oifname "br" flow add @known
            }
        }
    """
    assert nftables.offload("lab", ["br", "eth0"]) == textwrap.dedent(expected).replace("    ", "\t")


def test_last_subnet_comes_first() -> None:
    found = rules({"ips": [IPV4, {"address": "10.0.0.1/8"}]}, "ip")
    assert [rule.split()[4] for rule in found if "daddr" in rule] == ["10.0.0.0/8", "192.168.122.0/24"]


@pytest.mark.parametrize("more", [{"ips": [IPV4, IPV6]}, {"ipv6": True}])
def test_isolated(more: dict[str, Any]) -> None:
    closed = ['iifname "br" oifname "br" counter accept', 'oifname "br" counter reject', 'iifname "br" counter reject']
    keys = {"forward": {"mode": "isolated"}, **more}
    assert rules(keys, "ip") == rules(keys, "ip6") == closed
    assert rules(keys, "ip", "postrouting") == []


def test_ipv6_is_left_alone_without_an_address() -> None:
    assert list(nftables.tables(network({"name": "lab", "ips": [IPV4]}))) == ["ip"]


@pytest.mark.parametrize("keys", [{"forward": {"mode": "open"}}, {"firewall": "none"}])
def test_no_rules(keys: dict[str, Any]) -> None:
    assert nftables.tables(network({"name": "lab", "ips": [IPV4, IPV6], **keys})) == {}
