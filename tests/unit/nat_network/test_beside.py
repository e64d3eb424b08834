# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other firewalls drop of a network, and what they are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import beside, files, process
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.rulesets import of_iptables, of_nft
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network

LAB: dict[str, Any] = {
    "name": "lab",
    "bridge": "virbr0",
    "ips": [{"address": "192.168.122.1/24", "dhcp": {"ranges": [{"start": "192.168.122.5", "end": "192.168.122.9"}]}}],
}
UPLINKS = {4: "eth0", 6: "eth0"}
# As Docker 27 leaves it.
DOCKER = """*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
%s-A DOCKER-USER -j RETURN
COMMIT
"""


def iptables(*rules: str, policies: str = "AAA", family: str = "ip") -> beside.Host:
    """Rules of iptables below policies of INPUT, FORWARD, OUTPUT: A or D."""
    words = {"A": "ACCEPT", "D": "DROP"}
    heads = [f":{name} {words[letter]} [0:0]" for name, letter in zip(("INPUT", "FORWARD", "OUTPUT"), policies)]
    return host("\n".join(["*filter", *heads, ":OWN - [0:0]", *rules, "COMMIT"]), family)


def host(listing: str, family: str = "ip") -> beside.Host:
    return beside.Host(of_iptables(listing, "nft", family))


def nft(hook: str, policy: str, *rules: list[dict[str, Any]], family: str = "inet", table: str = "strict") -> beside.Host:
    chain = {"family": family, "table": table, "name": hook, "type": "filter", "hook": hook, "prio": 0, "policy": policy}
    entries: list[dict[str, Any]] = [{"metainfo": {}}, {"chain": chain}]
    entries += [{"rule": {"family": family, "table": table, "chain": hook, "expr": rule}} for rule in rules]
    return beside.Host(of_nft(json.dumps({"nftables": entries})))


def equal(left: dict[str, Any], right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


ACCEPT = {"accept": None}
IN = equal({"meta": {"key": "iifname"}}, "virbr0")
ESTABLISHED = equal({"ct": {"key": "state"}}, ["established", "related"], "in")


def found(there: beside.Host, **change: Any) -> list[tuple[str, tuple[str, ...], bool]]:
    """Hook, what is dropped, and whether that is certain."""
    return [(finding.chain.hook, finding.what, finding.certain) for finding in beside.findings(network({**LAB, **change}), there, UPLINKS)]


ASKED = ("DNS", "DHCP")
THROUGH = ("what guests send out", "replies to guests")


def test_nothing() -> None:
    assert found(iptables()) == []
    assert found(nft("forward", "accept")) == []


def test_default_drop() -> None:
    assert found(iptables(policies="DDA")) == [("input", ASKED, True), ("forward", THROUGH, True)]
    assert found(iptables(policies="DDA", family="ip6")) == []
    assert found(nft("input", "drop")) == [("input", ASKED, True)]
    assert found(nft("forward", "drop")) == [("forward", THROUGH, True)]
    assert found(nft("output", "drop")) == [("output", ("answers to DNS", "answers to DHCP"), True)]
    assert found(nft("forward", "drop", family="ip6")) == []
    assert found(nft("forward", "drop"), forward={"mode": "isolated"}) == []


@pytest.mark.parametrize(
    "rule",
    [
        "-A FORWARD -i virbr0 -j ACCEPT",
        "-A FORWARD -i virbr+ -o eth0 -j ACCEPT",
        "-A FORWARD -s 192.168.0.0/16 -j ACCEPT",
        "-A FORWARD ! -i eth0 -j ACCEPT",
        "-A FORWARD -j OWN\n-A OWN -i virbr0 -j ACCEPT",
        "-A FORWARD -g OWN\n-A OWN -i virbr0 -p tcp -j ACCEPT",
        '-A FORWARD -i virbr0 -m comment --comment "-j DROP" -j ACCEPT',
        "-A FORWARD -m addrtype --dst-type UNICAST -j ACCEPT",
    ],
)
def test_what_goes_out_is_accepted(rule: str) -> None:
    replies = "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    assert found(iptables(replies, *rule.split("\n"), policies="ADA")) == []


@pytest.mark.parametrize(
    "rule",
    [
        "-A FORWARD -i eth1 -j ACCEPT",
        "-A FORWARD -s 10.0.0.0/8 -j ACCEPT",
        "-A FORWARD -i virbr0 -p udp -j ACCEPT",
        "-A FORWARD -i virbr0 -j RETURN\n-A FORWARD -j ACCEPT",
        "-A FORWARD -i virbr0 -j REJECT --reject-with icmp-port-unreachable\n-A FORWARD -i virbr0 -j ACCEPT",
        "-A FORWARD -i virbr0 -j LOG --log-prefix accept",
        "-A FORWARD -g OWN\n-A FORWARD -i virbr0 -j ACCEPT",
    ],
)
def test_what_goes_out_is_dropped(rule: str) -> None:
    replies = "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    assert found(iptables(replies, *rule.split("\n"), policies="ADA")) == [("forward", THROUGH[:1], True)]


def test_not_sure() -> None:
    """A condition that is not understood is likely about something else, and never a reason to fail."""
    special = "-A FORWARD -m recent --rcheck --name knocked -j ACCEPT"
    assert found(iptables(special, policies="ADA")) == [("forward", THROUGH, False)]
    assert found(iptables("-A FORWARD -m set --match-set bad src -j DROP")) == []
    assert found(iptables("-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT", policies="ADA")) == [("forward", THROUGH, False)]


@pytest.mark.parametrize(
    "rules",
    [
        [[ESTABLISHED, ACCEPT], [IN, ACCEPT]],
        [[equal({"meta": {"key": "iifname"}}, {"set": ["lo", "virbr0"]}), ACCEPT], [ESTABLISHED, ACCEPT]],
        [
            [{"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["established", ACCEPT], ["invalid", {"drop": None}]]}}}],
            [IN, ACCEPT],
        ],
        [[{"counter": {"packets": 0, "bytes": 0}}, ACCEPT]],
        [
            [equal({"payload": {"protocol": "ip", "field": "saddr"}}, {"prefix": {"addr": "192.168.0.0", "len": 16}}), ACCEPT],
            [ESTABLISHED, ACCEPT],
        ],
    ],
)
def test_nft_accepts(rules: list[list[dict[str, Any]]]) -> None:
    assert found(nft("forward", "drop", *rules)) == []


def test_nft_ports() -> None:
    def accept(ports: Any) -> list[dict[str, Any]]:
        return [equal({"payload": {"protocol": "udp", "field": "dport"}}, ports), ACCEPT]

    assert found(nft("input", "drop", accept(67))) == [("input", ("DNS",), True)]
    assert found(nft("input", "drop", accept({"set": [53, {"range": [60, 70]}]}))) == [("input", ("DNS",), True)]
    tcp = [equal({"meta": {"key": "l4proto"}}, "tcp"), ACCEPT]
    assert found(nft("input", "drop", accept({"set": [53, {"range": [60, 70]}]}), tcp)) == []


def test_ipv6_needs_neighbours() -> None:
    six = [{"address": "2001:db8::1/64"}]
    solicit = equal({"payload": {"protocol": "icmpv6", "field": "type"}}, {"set": ["nd-neighbor-solicit", "nd-neighbor-advert"]})
    assert found(nft("input", "drop", [solicit, ACCEPT]), ips=six) == [("input", ("DNS", "router solicitations"), True)]


def test_tables_of_ours_do_not_count() -> None:
    assert found(nft("forward", "drop", table="nat_network_lab")) == []


@pytest.mark.parametrize("isolated", [False, True])
def test_bridged(isolated: bool) -> None:
    """Where filters of IP see what is bridged (br_netfilter), guests need them to talk to each other at all."""
    change = {"forward": {"mode": "isolated"}} if isolated else {}
    through = () if isolated else THROUGH
    drop = iptables(policies="ADA")
    drop.bridged = frozenset({6})
    assert found(drop, **change) == ([("forward", through, True)] if through else [])
    drop.bridged = frozenset({4})
    assert found(drop, **change) == [("forward", (*through, "what guests send to each other"), True)]
    remedy = beside.findings(network({**LAB, **change}), drop, UPLINKS)[0].remedy(network({**LAB, **change}))
    rules = [command.partition("FORWARD ")[2] for command in remedy]
    assert rules == (["-i virbr0 -o virbr0 -j ACCEPT"] if isolated else ["-i virbr0 -j ACCEPT", "-o virbr0 -j ACCEPT"])
    followed = iptables(*[f"-A FORWARD {rule}" for rule in rules], policies="ADA")
    followed.bridged = frozenset({4})
    assert found(followed, **change) == []


def test_bridged_without_addresses() -> None:
    """IPv6 of guests among themselves is all that such a network has of it."""
    drop = nft("forward", "drop", family="ip6")
    drop.bridged = frozenset({4, 6})
    assert found(drop) == []
    assert found(drop, ipv6=True) == [("forward", ("what guests send to each other",), True)]


def test_rules_of_the_bridge_itself() -> None:
    """They see what is bridged whether or not those of IP do; what is routed is not forwarded there."""
    assert found(nft("forward", "drop", family="bridge")) == [("forward", ("what guests send to each other",), True)]
    assert found(nft("input", "drop", family="bridge")) == [("input", ASKED, True)]


def test_message() -> None:
    (problems, warnings) = beside.problems(network(LAB), nft("input", "drop"), UPLINKS)
    assert warnings == []
    assert problems == [
        (
            "nat_network_networks[0].firewall",
            (
                "chain input of table inet strict drops DNS, DHCP of this network; add to it: "
                'nft insert rule inet strict input iifname "virbr0" udp dport { 53, 67 } accept; '
                'nft insert rule inet strict input iifname "virbr0" tcp dport { 53 } accept'
            ),
        )
    ]
    ((_path, text),) = beside.problems(network(LAB), iptables(policies="ADA"), UPLINKS)[0]
    assert text.endswith("iptables-nft -I FORWARD -i virbr0 -j ACCEPT; iptables-nft -I FORWARD -o virbr0 -j ACCEPT")


@pytest.mark.parametrize("change", [{"firewall": "none"}, {"forward": {"mode": "open"}}])
def test_who_wants_no_rules_is_only_warned(change: dict[str, Any]) -> None:
    there = host(DOCKER % "")
    assert beside.told(network({**LAB, **change}), there)["docker"]["rules"] == []
    problems, warnings = beside.problems(network({**LAB, **change}), nft("forward", "drop"), UPLINKS)
    assert problems == []
    assert "chain forward of table inet strict drops what guests send out" in warnings[0]


# ---- Docker

OURS = [["-i", "virbr0"], ["-o", "virbr0"]]
MARK = ["-m", "comment", "--comment", "nat_network lab", "-j", "ACCEPT"]


def test_docker_is_told() -> None:
    there = host(DOCKER % "")
    assert found(there) == []
    told = beside.told(network(LAB), there)["docker"]
    assert told["rules"] == [[*rule, *MARK] for rule in OURS]
    assert len(told["boot"]) == 2
    steps = list(beside.docker_steps("lab", told["rules"], there))
    assert [step.command for step in steps] == [["iptables-nft", "-w", "-I", "DOCKER-USER", *rule, *MARK] for rule in OURS]
    assert [step.back for step in steps] == [["iptables-nft", "-w", "-D", "DOCKER-USER", *rule, *MARK] for rule in OURS]


def test_docker_was_told() -> None:
    lines = "".join(
        f'-A DOCKER-USER {side} virbr0 -m comment --comment "nat_network {name}" -j ACCEPT\n'
        for side in ("-o", "-i")
        for name in ("lab", "x")
    )
    there = host(DOCKER % lines)
    told = beside.told(network(LAB), there)["docker"]
    assert list(beside.docker_steps("lab", told["rules"], there)) == []
    isolated = beside.told(network({**LAB, "forward": {"mode": "isolated"}}), there)["docker"]
    assert [step.command[2] for step in beside.docker_steps("lab", isolated["rules"], there)] == ["-I", "-D", "-D"]
    # Nobody else's: neither another network's nor those of whoever uses the chain.
    gone = list(beside.docker_steps("lab", [], there))
    assert sorted(list(step.command) for step in gone) == sorted(["iptables-nft", "-w", "-D", "DOCKER-USER", *rule, *MARK] for rule in OURS)


# ---- ufw

# What ufw 0.36.2 and firewalld 1.3.3 make of their defaults, the latter with virbr0 in zone trusted. Lines that log are left out.
RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text(encoding="utf-8"))


def ufw() -> beside.Host:
    there = beside.Host()
    for family, lines in RECORDED["ufw"].items():
        there.ruleset.chains.update(of_iptables("\n".join(lines), "nft", family).chains)
    return there


def test_ufw_lets_through_what_it_is_told() -> None:
    """And there is nothing to warn of."""
    both = {"ips": [*LAB["ips"], {"address": "2001:db8::1/64", "dhcp": {"ranges": [{"start": "2001:db8::5", "end": "2001:db8::9"}]}}]}
    there = ufw()
    assert there.ufw
    assert found(there, **both) == []
    told = beside.told(network({**LAB, **both}), there)
    assert len(told["ufw"]) == 6
    assert set(told) == {"ufw"}


def test_ufw_drops_what_it_is_not_told() -> None:
    there = ufw()
    there.ruleset.chains = {tuple(word.replace("user", "users") for word in key): chain for key, chain in there.ruleset.chains.items()}  # type: ignore[misc]
    assert [(hook, what) for hook, what, _certain in found(there)] == [("input", ASKED), ("forward", ("what guests send out",))]


UFW = """*filter
:ufw-user-input - [0:0]
### RULES ###

### tuple ### allow tcp 22 0.0.0.0/0 any 0.0.0.0/0 in
-A ufw-user-input -p tcp --dport 22 -j ACCEPT

### tuple ### allow udp 67 0.0.0.0/0 any 0.0.0.0/0 in_virbr0 comment=6e61745f6e6574776f726b206c6162
-A ufw-user-input -i virbr0 -p udp --dport 67 -j ACCEPT

### tuple ### allow udp 67 0.0.0.0/0 any 0.0.0.0/0 in_virbr1 comment=6e61745f6e6574776f726b206c616221
-A ufw-user-input -i virbr1 -p udp --dport 67 -j ACCEPT

### tuple ### route:allow any any 0.0.0.0/0 any 0.0.0.0/0 out_virbr0 comment=6e61745f6e6574776f726b206c6162
-A ufw-user-forward -o virbr0 -j ACCEPT
"""
# Likewise, where guests may talk to each other only.
UFW_BETWEEN = "### tuple ### route:allow any any 0.0.0.0/0 any 0.0.0.0/0 in_virbr0!out_virbr0 comment=6e61745f6e6574776f726b206c6162\n"


def test_ufw() -> None:
    wanted = beside.ufw_rules(network(LAB))
    added = [" ".join(step.command) for step in beside.ufw_steps("lab", wanted, [UFW, ""])]
    assert added == [
        "ufw allow in on virbr0 to any port 53 proto udp comment nat_network lab",
        "ufw allow in on virbr0 to any port 53 proto tcp comment nat_network lab",
        "ufw route allow in on virbr0 comment nat_network lab",
    ]
    isolated = beside.ufw_rules(network({**LAB, "forward": {"mode": "isolated"}}))
    changed = [" ".join(step.command) for step in beside.ufw_steps("lab", isolated, [UFW])]
    assert changed[-2:] == ["ufw route allow in on virbr0 out on virbr0 comment nat_network lab", "ufw route delete allow out on virbr0"]
    assert list(beside.ufw_steps("lab", [isolated[-1]], [UFW_BETWEEN])) == []
    removed = [" ".join(step.command) for step in beside.ufw_steps("lab", [], [UFW, UFW])]
    assert removed == ["ufw delete allow in on virbr0 to any port 67 proto udp", "ufw route delete allow out on virbr0"]


# ---- firewalld


def firewalld() -> beside.Host:
    there = beside.Host(of_nft(json.dumps(RECORDED["firewalld"])))
    there.zones = frozenset({"public", "trusted"})
    return there


def test_firewalld() -> None:
    there = firewalld()
    assert there.firewalld
    assert there.zone("virbr0") == "trusted"
    assert there.zone("virbr1") == ""
    assert beside.told(network(LAB), there) == {"firewalld": {"zone": "nat_network", "bridge": "virbr0"}}
    assert beside.told(network({**LAB, "zone": "public"}), there)["firewalld"]["zone"] == "public"
    assert beside.told(network({**LAB, "firewall": "none"}), there) == {"firewalld": {}}
    assert found(there) == []


def test_zone_that_there_is_not() -> None:
    ((path, text),) = beside.problems(network({**LAB, "zone": "nowhere"}), firewalld(), UPLINKS)[0]
    assert path == "nat_network_networks[0].zone"
    assert text == "firewalld has no zone nowhere; there are public, trusted"
    assert beside.problems(network({**LAB, "zone": "nowhere"}), beside.Host(), UPLINKS) == ([], [])


def test_firewalld_as_anybody() -> None:
    """What it would do of packets for a zone that knows nothing of them, were it not told."""
    there = firewalld()
    there.ruleset.chains = {(key[0], key[1], "other", key[3]): chain for key, chain in there.ruleset.chains.items()}
    for key, chain in there.ruleset.chains.items():
        chain.key = key
    assert found(there) == []
    assert [hook for hook, _what, _certain in found(there, bridge="virbr1")] == ["input", "forward"]


def test_tables_that_only_root_of_the_host_may_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a network namespace of an ordinary user, once anybody has used iptables-legacy on the host."""

    def read(path: str) -> str:
        if path.startswith("/proc/net/"):
            raise PermissionError(13, "Permission denied", path)
        return "1\n"

    monkeypatch.setattr(files, "read", read)
    monkeypatch.setattr(process, "find", lambda program: "")
    found = beside.read()
    assert found.unread == ["/proc/net/ip_tables_names: Permission denied", "/proc/net/ip6_tables_names: Permission denied"]
    assert not found.ruleset.chains
    assert found.bridged == {4, 6}
