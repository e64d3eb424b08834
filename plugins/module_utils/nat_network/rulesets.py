# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's packet filters, whoever made them, and what becomes of a packet in them.

Read from what nft and iptables-save list, as far as it has to do with filtering. What is not understood is kept as such: then the
answer for a packet is what may become of it. Rules of others are never changed from here.
"""

from __future__ import annotations

import ipaddress
import json
import shlex
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

HOOKS = ("input", "forward", "output")
ACCEPT, DROP = "accept", "drop"
_NEXT, _LEFT = "next", "left"  # the packet goes on to the next rule; it has left this chain without a verdict

Key = tuple[str, str, str, str]  # who lists it ("nft", or "legacy" of iptables), family, table, chain
Packet = Mapping[str, str]  # what is known of it, in the fields' names that Match has


@dataclass(frozen=True)
class Match:
    """A condition: the packet's field is one of the values, or none of them. Without a field: a condition not understood."""

    field: str = ""
    values: tuple[str, ...] = ()
    negated: bool = False

    def of(self, packet: Packet) -> bool | None:
        """Whether it holds; None if that can't be told."""
        known = packet.get(self.field) if self.field else None
        if known is None:
            return None
        answers = [_is(self.field, known, value) for value in self.values]
        if any(answers):
            return not self.negated
        return None if None in answers else self.negated


UNKNOWN = Match()


@dataclass(frozen=True)
class Rule:
    """``verdict``: accept, drop, return, unknown, or nothing; or ``target`` is a chain to go to, ``back`` with or without return.

    ``comment`` and ``words`` as iptables-save shows them.
    """

    matches: tuple[Match, ...] = ()
    verdict: str = ""
    target: str = ""
    back: bool = True
    comment: str = ""
    words: tuple[str, ...] = ()

    def applies(self, packet: Packet) -> bool | None:
        answers = [match.of(packet) for match in self.matches]
        if False in answers:
            return False
        return None if None in answers else True


@dataclass
class Chain:
    """``hook`` is empty for a chain that others jump to."""

    key: Key
    hook: str = ""
    policy: str = ACCEPT
    rules: list[Rule] = field(default_factory=list)

    @property
    def family(self) -> str:
        return self.key[1]

    def __str__(self) -> str:
        lister, family, table, name = self.key
        return f"chain {name} of table {family} {table}" + (" (iptables-legacy)" if lister == "legacy" else "")


@dataclass
class Ruleset:
    chains: dict[Key, Chain] = field(default_factory=dict)

    def base(self) -> Iterator[Chain]:
        return (chain for chain in self.chains.values() if chain.hook)

    def fate(self, chain: Chain, packet: Packet) -> set[str]:
        """What may become of the packet in a base chain: ACCEPT, DROP, or both if not all is known."""
        outcomes = self._walk(chain, packet, 0)
        return (outcomes - {_LEFT}) | ({chain.policy} if _LEFT in outcomes else set())

    def likely(self, chain: Chain, packet: Packet) -> str:
        """Likewise when none of the conditions that are not known holds: most are about special packets."""
        (outcome,) = self._walk(chain, packet, 0, guess=False)
        return chain.policy if outcome == _LEFT else outcome

    def _walk(self, chain: Chain, packet: Packet, depth: int, guess: bool | None = None) -> set[str]:
        outcomes: set[str] = set()
        for rule in chain.rules:
            applies = rule.applies(packet)
            applies = guess if applies is None else applies
            if applies is False:
                continue
            found = self._outcomes(rule, chain, packet, depth, guess)
            outcomes |= found - {_NEXT}
            if applies and _NEXT not in found:
                return outcomes
        return outcomes | {_LEFT}

    def _outcomes(self, rule: Rule, chain: Chain, packet: Packet, depth: int, guess: bool | None) -> set[str]:
        if rule.verdict == "unknown":
            return {_NEXT} if guess is False else {ACCEPT, DROP, _NEXT}
        if rule.verdict:
            return {_LEFT if rule.verdict == "return" else rule.verdict}
        target = self.chains.get((*chain.key[:3], rule.target)) if rule.target else None
        # The kernel takes no loops, and no more than 16 levels.
        if target is None or depth > 16:
            return {_NEXT}
        found = self._walk(target, packet, depth + 1, guess)
        if _LEFT in found and rule.back:
            found = (found - {_LEFT}) | {_NEXT}
        return found


def _is(name: str, known: str, value: str) -> bool | None:
    """Whether a field that is known has a value of a rule; None if only a part of what it may be has."""
    if name in ("iifname", "oifname"):
        return known.startswith(value[:-1]) if value[-1:] in ("*", "+") else known == value
    if name in ("saddr", "daddr"):
        return _within(known, value)
    if name in ("sport", "dport"):
        low, _dash, high = value.partition("-")
        return int(low) <= int(known) <= int(high or low) if (low + high).isdigit() else None
    return known == _ALIASES.get(name, {}).get(value, value)


def _within(known: str, value: str) -> bool | None:
    """Whether an address, or each of a network, is in what the rule says."""
    try:
        inner = ipaddress.ip_network(known, strict=False)
        low, _dash, high = value.partition("-")
        if high:
            blocks: Iterable[t.Any] = ipaddress.summarize_address_range(*t.cast(t.Any, map(ipaddress.ip_address, (low, high))))
        else:
            blocks = [ipaddress.ip_network(low, strict=False)]
    except (ValueError, TypeError):
        return None
    touching = [block for block in blocks if block.version == inner.version and block.overlaps(inner)]
    if not touching:
        return False
    return True if any(inner.subnet_of(block) for block in touching) else None


# What else rules call a value, by field.
_ALIASES = {
    "l4proto": {"6": "tcp", "17": "udp", "1": "icmp", "58": "ipv6-icmp", "icmpv6": "ipv6-icmp", "ipv6-icmp": "ipv6-icmp"},
    "icmpv6_type": {
        "133": "nd-router-solicit",
        "135": "nd-neighbor-solicit",
        "136": "nd-neighbor-advert",
        "router-solicitation": "nd-router-solicit",
        "neighbour-solicitation": "nd-neighbor-solicit",
        "neighbor-solicitation": "nd-neighbor-solicit",
        "neighbour-advertisement": "nd-neighbor-advert",
        "neighbor-advertisement": "nd-neighbor-advert",
    },
}


# ---- nft --json list ruleset

_META = {"iifname": "iifname", "iif": "iifname", "oifname": "oifname", "oif": "oifname", "l4proto": "l4proto", "nfproto": "nfproto"}
_VERDICTS = {"accept": ACCEPT, "drop": DROP, "reject": DROP, "return": "return", "queue": "unknown"}
# Statements that neither decide nor restrict.
_QUIET = frozenset(
    {"counter", "log", "notrack", "mangle", "continue", "ct helper", "ct timeout", "flow", "dup", "meter", "set", "last", "secmark"}
)


def of_nft(text: str) -> Ruleset:
    """Raises ValueError for what is no listing."""
    ruleset = Ruleset()
    sets: dict[tuple[str, str, str], list[t.Any]] = {}
    entries = [next(iter(entry.items())) for entry in json.loads(text)["nftables"] if entry]
    for kind, entry in entries:
        if kind == "chain":
            key = ("nft", entry["family"], entry["table"], entry["name"])
            hook = entry.get("hook", "") if entry.get("type") == "filter" else ""
            ruleset.chains[key] = Chain(key, hook if hook in HOOKS else "", entry.get("policy", ACCEPT))
        elif kind in ("set", "map"):
            sets[entry["family"], entry["table"], entry["name"]] = entry.get("elem", [])
    for kind, entry in entries:
        if kind == "rule":
            chain = ruleset.chains.get(("nft", entry["family"], entry["table"], entry["chain"]))
            if chain:
                named = {name: elements for (family, table, name), elements in sets.items() if (family, table) == chain.key[1:3]}
                chain.rules += _nft_rules(entry, named)
    return ruleset


def _nft_rules(entry: dict[str, t.Any], named: Mapping[str, list[t.Any]]) -> Iterator[Rule]:
    matches: list[Match] = []
    for word, value in (item for statement in entry.get("expr", []) for item in statement.items()):
        if word == "match":
            matches += _nft_match(value, named)
        elif word in _VERDICTS:
            yield Rule(tuple(matches), _VERDICTS[word])
        elif word in ("jump", "goto"):
            yield Rule(tuple(matches), target=value["target"], back=word == "jump")
        elif word == "vmap":
            yield from _nft_verdict_map(value, tuple(matches), named)
        elif word == "xt":
            if isinstance(value, dict) and value.get("type") == "target":
                yield Rule(tuple(matches), {"REJECT": DROP, "LOG": ""}.get(str(value.get("name")), "unknown"))
            elif not (isinstance(value, dict) and value.get("name") == "comment"):
                matches.append(UNKNOWN)
        elif word not in _QUIET:
            matches.append(UNKNOWN)


def _nft_verdict_map(value: dict[str, t.Any], matches: tuple[Match, ...], named: Mapping[str, list[t.Any]]) -> Iterator[Rule]:
    data = value.get("data")
    elements = named.get(data[1:], []) if isinstance(data, str) else (data or {}).get("set", [])
    for key, verdict in elements:
        known = _nft_match({"op": "==", "left": value.get("key"), "right": key}, named)
        yield from (
            Rule((*matches, *known, *rule.matches), rule.verdict, rule.target, rule.back) for rule in _nft_rules({"expr": [verdict]}, named)
        )


def _nft_match(value: dict[str, t.Any], named: Mapping[str, list[t.Any]]) -> list[Match]:
    implied, name = _nft_field(value.get("left"))
    values = _nft_values(value.get("right"), named)
    if value.get("op") not in ("==", "!=", "in") or not name or values is None:
        return [*implied, UNKNOWN]
    return [*implied, Match(name, values, value["op"] == "!=")]


def _nft_field(left: t.Any) -> tuple[list[Match], str]:
    """What a part of a packet being looked at implies, and the part's name here; empty for what we know nothing of."""
    word, value = next(iter(left.items())) if isinstance(left, dict) else ("", {})
    if word == "payload":
        return _nft_payload(value.get("protocol", ""), value.get("field", ""))
    name = ""
    if word == "meta":
        name = _META.get(value.get("key", ""), "")
    elif word == "ct":
        name = {"state": "ct_state", "status": "ct_status"}.get(value.get("key", ""), "")
    elif word == "fib" and value.get("result") == "type" and value.get("flags") in ("daddr", ["daddr"]):
        name = "dst_type"
    return [], name


def _nft_payload(protocol: str, part: str) -> tuple[list[Match], str]:
    if protocol in ("ip", "ip6"):
        implied = [Match("nfproto", ("ipv4" if protocol == "ip" else "ipv6",))]
        return implied, {"saddr": "saddr", "daddr": "daddr", "protocol": "l4proto", "nexthdr": "l4proto", "hoplimit": "hop_limit"}.get(
            part, ""
        )
    if protocol == "icmpv6":
        return [Match("l4proto", ("ipv6-icmp",))], "icmpv6_type" if part == "type" else ""
    name = part if part in ("sport", "dport") and protocol in ("tcp", "udp", "th") else ""
    return [Match("l4proto", (protocol,))] if protocol in ("tcp", "udp", "icmp", "sctp") else [], name


def _nft_values(right: t.Any, named: Mapping[str, list[t.Any]]) -> tuple[str, ...] | None:
    if isinstance(right, str) and right.startswith("@"):
        right = named.get(right[1:])
    elif isinstance(right, dict) and "set" in right:
        right = right["set"]
    if right is None:
        return None
    values = [_nft_value(item) for item in (right if isinstance(right, list) else [right])]
    return None if None in values else tuple(t.cast("list[str]", values))


def _nft_value(item: t.Any) -> str | None:
    if isinstance(item, (str, int)):
        return str(item)
    if not isinstance(item, dict):
        return None
    if "elem" in item:
        return _nft_value(item["elem"].get("val"))
    if "range" in item:
        return "-".join(map(str, item["range"]))
    if "prefix" in item:
        return "{addr}/{len}".format(**item["prefix"])
    return None


# ---- iptables-save

_FIELDS = {
    "-i": "iifname",
    "-o": "oifname",
    "-s": "saddr",
    "-d": "daddr",
    "-p": "l4proto",
    "--sport": "sport",
    "--dport": "dport",
    "--sports": "sport",
    "--dports": "dport",
    "--ctstate": "ct_state",
    "--state": "ct_state",
    "--ctstatus": "ct_status",
    "--dst-type": "dst_type",
    "--icmpv6-type": "icmpv6_type",
    "--hl-eq": "hop_limit",
}
_MODULES = frozenset({"comment", "tcp", "udp", "conntrack", "state", "multiport", "addrtype", "icmp6", "hl"})
_TARGETS = {"ACCEPT": ACCEPT, "DROP": DROP, "REJECT": DROP, "RETURN": "return", "NFQUEUE": "unknown", "QUEUE": "unknown"}
# These let a packet go on.
_TARGETS_QUIET = frozenset(
    {"LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS", "AUDIT", "SET", "TRACE", "CLASSIFY", "DSCP", "TOS", "CHECKSUM", "CT"}
)


def of_iptables(text: str, lister: str, family: str) -> Ruleset:
    """The filter table of a listing."""
    ruleset = Ruleset()
    for line in text.splitlines():
        words = shlex.split(line) if line.startswith((":", "-A ")) else []
        if line.startswith(":"):
            name = words[0][1:]
            hook = name.lower() if name.lower() in HOOKS and words[1] != "-" else ""
            key = (lister, family, "filter", name)
            ruleset.chains[key] = Chain(key, hook, DROP if words[1] == "DROP" else ACCEPT)
        elif words:
            ruleset.chains[lister, family, "filter", words[1]].rules.append(_iptables_rule(words[2:]))
    return ruleset


def _iptables_rule(words: Sequence[str]) -> Rule:
    matches: list[Match] = []
    comment = ""
    rest = list(words)
    negated = False
    while rest:
        word = rest.pop(0)
        if word == "!":
            negated = True
            continue
        if word in ("-j", "-g"):
            return _iptables_target(rest[0], word == "-j", matches, comment, tuple(words))
        # A comment may look like anything.
        count = 1 if word == "--comment" else next((at for at, other in enumerate(rest) if other == "!" or other[:1] == "-"), len(rest))
        arguments, rest = rest[:count], rest[count:]
        if word == "--comment":
            comment = arguments[0]
        elif word in _FIELDS and count == 1:
            matches.append(Match(_FIELDS[word], _iptables_values(_FIELDS[word], arguments[0]), negated))
        elif word != "-m" or arguments[0] not in _MODULES:
            matches.append(UNKNOWN)
        negated = False
    return Rule(tuple(matches), comment=comment, words=tuple(words))


def _iptables_values(name: str, text: str) -> tuple[str, ...]:
    if name in ("ct_state", "ct_status", "dst_type"):
        text = text.lower()
    return tuple((text.replace(":", "-") if name in ("sport", "dport") else text).split(","))


def _iptables_target(target: str, back: bool, matches: list[Match], comment: str, words: tuple[str, ...]) -> Rule:
    if target in _TARGETS:
        return Rule(tuple(matches), _TARGETS[target], comment=comment, words=words)
    return Rule(tuple(matches), target="" if target in _TARGETS_QUIET else target, back=back, comment=comment, words=words)
