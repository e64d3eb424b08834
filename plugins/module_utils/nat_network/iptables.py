# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a network in the words of iptables: chains of its own, which the built-in ones jump to.

A definition is what iptables-save would say of one network: its chains, the jumps to them, the rules in them. As with the tables of
nftables each network says what it does not want, and to accept is to return to FORWARD, where the next network is asked. What none of
them has rejected is accepted behind the last of them, so that it passes on a host that drops what nobody accepts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.netdev.linux.plugins.module_utils.naming import shortened
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import rules
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network, PortRange
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.rules import Rule, Translation

CHAIN_BYTES = 28  # XT_EXTENSION_MAXNAMELEN without the closing NUL
PROGRAMS = {"ip": "iptables", "ip6": "ip6tables"}
# By hook: the table, the chain in it, and what our chains begin with.
_HOOKS = {
    "prerouting": ("nat", "PREROUTING", "netdev-pre-"),
    "output": ("nat", "OUTPUT", "netdev-out-"),
    "forward": ("filter", "FORWARD", "netdev-fwd-"),
    "postrouting": ("nat", "POSTROUTING", "netdev-post-"),
}
# Likewise, what is accepted in spite of others.
_PASS, _ASK = "pass", "ask"
# Where checksums are filled in.
_FILL = "fill"
_CHAINS = {
    **_HOOKS,
    _PASS: ("filter", "FORWARD", "netdev-pass-"),
    _ASK: ("filter", "INPUT", "netdev-ask-"),
    _FILL: ("mangle", "POSTROUTING", "netdev-fill-"),
}
_BUILT_IN = {(table, chain) for table, chain, _prefix in _CHAINS.values()}
# What IPv6 can't do without: router solicitations, neighbour solicitations and advertisements.
_ICMPV6 = (133, 135, 136)
_TARGETS = {"accept": "RETURN", "return": "RETURN", "reject": "REJECT"}


@dataclass
class Part:
    """What one of iptables' tables holds of a network."""

    chains: list[str] = field(default_factory=list)
    jumps: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)


def chain_name(hook: str, network: str) -> str:
    return shortened(_CHAINS[hook][2] + network, CHAIN_BYTES)


def definitions(network: Network) -> dict[str, str]:
    """The definition for each family. A family that is missing has no rules."""
    return {rules.FAMILIES[version]: _definition(network, version) for version in rules.versions(network)}


def _definition(network: Network, version: int) -> str:
    parts: dict[str, Part] = {}
    found = {hook: [_rule(rule) for rule in judged] for hook, judged in rules.chains(network, version).items()}
    for kind, lines in {**found, _PASS: _passing(network), _ASK: _asking(network, version)}.items():
        if lines:
            table, built_in, _prefix = _CHAINS[kind]
            name = chain_name(kind, network.name)
            part = parts.setdefault(table, Part())
            part.chains.append(name)
            part.jumps.append(f"-A {built_in} -j {name}")
            part.rules += [f"-A {name} {line}" for line in lines]
    return _text(parts)


def filling(definition: str, network: str, bridge: str) -> str:
    """The definition with a rule that fills in the checksums of what DHCP answers (see :mod:`.shaping`)."""
    table, built_in, _prefix = _CHAINS[_FILL]
    name = chain_name(_FILL, network)
    rule = f"-A {name} -o {bridge} -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill"
    return definition + _text({table: Part([name], [f"-A {built_in} -j {name}"], [rule])}) if definition else ""


def _passing(network: Network) -> list[str]:
    return [f"{option} {network.bridge} -j ACCEPT" for option in ("-i", "-o")]


def _asking(network: Network, version: int) -> list[str]:
    """What guests ask the host."""
    found = [f"-i {network.bridge} -p {protocol} -m {protocol} --dport {port} -j ACCEPT" for protocol, port in network.ports(version)]
    if version == 6:
        found += [f"-i {network.bridge} -p ipv6-icmp -m icmp6 --icmpv6-type {kind} -j ACCEPT" for kind in _ICMPV6]
    return found


def is_own(chain: str) -> bool:
    """Whether a chain is of some network."""
    return chain.startswith(tuple(prefix for _table, _built_in, prefix in _CHAINS.values()))


def extract(saved: str, network: str) -> str:
    """The definition of one network in what iptables-save says; empty if there is nothing of it."""
    mine = {(table, chain_name(kind, network)) for kind, (table, _built_in, _prefix) in _CHAINS.items()}
    found: dict[str, Part] = {}
    for table, part in _parts(saved).items():
        own = Part(
            [chain for chain in part.chains if (table, chain) in mine],
            [jump for jump in _in_place(part.jumps) if (table, _target(jump)) in mine],
            [rule for rule in part.rules if (table, rule.split(" ", 2)[1]) in mine],
        )
        if own.chains:
            found[table] = own
    return _text(found)


def _in_place(jumps: list[str]) -> list[str]:
    """Without those that let pass, here or there, what a network behind them has not been asked about."""
    last = max((index for index, jump in enumerate(jumps) if _target(jump).startswith(_CHAINS["forward"][2])), default=-1)
    early = {jump for jump in jumps[: last + 1] if _passes(jump)}
    return [jump for jump in jumps if jump not in early]


def _passes(jump: str) -> bool:
    return _target(jump).startswith(_CHAINS[_PASS][2])


def _target(jump: str) -> str:
    return jump.rpartition(" ")[2]


def script(changes: Sequence[tuple[str, str]], saved: str) -> str:
    """What makes the first definition of each pair the second, for iptables-restore: a transaction for each table.

    ``saved`` is what iptables-save says of everything: all our jumps are made anew, because they have an order.
    """
    text = ""
    live = _parts(saved)
    pairs = [(_parts(before), _parts(after)) for before, after in changes]
    for table in sorted({table for pair in pairs for parts in pair for table in parts}):
        before, after = _merged([old for old, _new in pairs], table), _merged([new for _old, new in pairs], table)
        there = [jump for jump in live.get(table, Part()).jumps if is_own(_target(jump))]
        ours = {*before.chains, *after.chains}
        jumps = dict.fromkeys([*(jump for jump in there if _target(jump) not in ours), *after.jumps])
        gone = [chain for chain in before.chains if chain not in after.chains]
        lines = [
            # A chain that is there is emptied by that.
            *[f":{chain} - [0:0]" for chain in after.chains],
            *after.rules,
            *[jump.replace("-A", "-D", 1) for jump in there],
            # In front of others' rules; what comes last here is the first.
            *[jump.replace("-A", "-I", 1) for jump in sorted(jumps, key=_passes, reverse=True)],
            *[f"-F {chain}" for chain in gone],
            *[f"-X {chain}" for chain in gone],
        ]
        text += _section(table, lines)
    return text


def _merged(definitions: Sequence[dict[str, Part]], table: str) -> Part:
    merged = Part()
    for parts in definitions:
        part = parts.get(table, Part())
        merged.chains += part.chains
        merged.jumps += part.jumps
        merged.rules += part.rules
    return merged


def loader(wanted: Mapping[str, str]) -> str:
    """A script for sh that loads the definitions at boot, and again whenever they were flushed."""
    script = "set -e\n"
    for family, definition in wanted.items():
        program = PROGRAMS[family]
        parts = _parts(definition)
        chains = "".join(_section(table, [*[f":{chain} - [0:0]" for chain in part.chains], *part.rules]) for table, part in parts.items())
        script += f"{program}-restore --noflush -w <<'END'\n{chains}END\n"
        for table, part in parts.items():
            for jump in sorted(part.jumps, key=_passes):
                command = f"{program} -w -t {table}"
                script += f"{command} {jump.replace('-A', '-C', 1)} 2>/dev/null || {command} {_insertion(jump, command)}\n"
    return script


def _insertion(jump: str, command: str) -> str:
    insertion = jump.replace("-A", "-I", 1)
    if not _passes(jump):
        return insertion
    # The first line that is listed is the chain's policy, so the number of a line is that of the rule behind it.
    behind = f"$({command} -S FORWARD | grep -n -e ' -j {_CHAINS['forward'][2]}' | tail -n 1 | cut -d : -f 1)"
    return insertion.replace("-I FORWARD", f"-I FORWARD {behind}", 1)


def _text(parts: dict[str, Part]) -> str:
    """In an order of our own, because that of iptables-save depends on what came first."""
    text = ""
    for table, part in sorted(parts.items()):
        # Those of one chain stay in their order.
        in_order = sorted(part.rules, key=lambda rule: rule.split(" ", 2)[1])
        text += _section(table, [*[f":{chain} - [0:0]" for chain in sorted(part.chains)], *sorted(part.jumps), *in_order])
    return text


def _section(table: str, lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in [f"*{table}", *lines, "COMMIT"])


def _parts(text: str) -> dict[str, Part]:
    """By table. Of the built-in chains only rules are kept that do nothing but jump."""
    parts: dict[str, Part] = {}
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
            parts.setdefault(table, Part())
        elif line.startswith(":"):
            parts[table].chains.append(line[1:].split(" ", 1)[0])
        elif line.startswith("-A "):
            jump = re.fullmatch(r"-A (\S+) -j \S+", line)
            is_jump = jump is not None and (table, jump[1]) in _BUILT_IN
            (parts[table].jumps if is_jump else parts[table].rules).append(line)
    return parts


def _rule(rule: Rule) -> str:
    target = _translation(rule.verdict) if isinstance(rule.verdict, Translation) else _TARGETS[rule.verdict]
    words = [
        rule.protocol and f"-p {rule.protocol}",
        rule.iif and f"-i {rule.iif}",
        rule.oif and f"-o {rule.oif}",
        rule.source and f"-s {rule.source}",
        rule.destination and f"-d {rule.destination}",
        rule.destination_not and f"! -d {rule.destination_not}",
        rule.to_host and "-m addrtype --dst-type LOCAL",
        rule.source_port and f"-m {rule.protocol} --sport {_range(rule.source_port, ':')}",
        rule.port and f"-m {rule.protocol} --dport {_range(rule.port, ':')}",
        rule.established and "-m conntrack --ctstate RELATED,ESTABLISHED",
        rule.forwarded and f"-m conntrack --ctstate DNAT --ctorigdstport {_range(rule.forwarded, ':')}",
        rule.reply and "--ctdir REPLY",
        f"-j {target}",
    ]
    return " ".join(word for word in words if word)


def _translation(to: Translation) -> str:
    if to.kind == "masquerade":
        return "MASQUERADE" + (f" --to-ports {_range(to.ports, '-')}" if to.ports else "")
    target, option = {"snat": ("SNAT", "--to-source"), "dnat": ("DNAT", "--to-destination")}[to.kind]
    addresses = ""
    if to.addresses:
        first, last = to.addresses
        addresses = str(first) if first == last else f"{first}-{last}"
        # Only with a port could an IPv6 address be taken for something else.
        addresses = f"[{addresses}]" if first.version == 6 and to.ports else addresses
    ports = f":{_range(to.ports, '-')}" if to.ports else ""
    # The port that the first of these stands for.
    shift = f"/{to.shift}" if to.shift is not None else ""
    return f"{target} {option} {addresses}{ports}{shift}"


def _range(ports: PortRange, separator: str) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}{separator}{ports[1]}"
