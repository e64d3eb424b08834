# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a network in the words of iptables: chains of its own, which the built-in ones jump to.

A definition is what iptables-save would say of one network: its chains, the jumps to them, the rules in them. To accept is to
return there: each network only says what it does not want, as with the tables of nftables, and others may still say no.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
_BUILT_IN = {(table, chain) for table, chain, _prefix in _HOOKS.values()}
_TARGETS = {"accept": "RETURN", "return": "RETURN", "reject": "REJECT"}


@dataclass
class Part:
    """What one of iptables' tables holds of a network."""

    chains: list[str] = field(default_factory=list)
    jumps: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)


def chain_name(hook: str, network: str) -> str:
    return shortened(_HOOKS[hook][2] + network, CHAIN_BYTES)


def definitions(network: Network) -> dict[str, str]:
    """The definition for each family. A family that is missing has no rules."""
    return {rules.FAMILIES[version]: _definition(network, version) for version in rules.versions(network)}


def _definition(network: Network, version: int) -> str:
    parts: dict[str, Part] = {}
    for hook, found in rules.chains(network, version).items():
        table, built_in, _prefix = _HOOKS[hook]
        name = chain_name(hook, network.name)
        part = parts.setdefault(table, Part())
        part.chains.append(name)
        part.jumps.append(f"-A {built_in} -j {name}")
        part.rules += [f"-A {name} {_rule(rule)}" for rule in found]
    return _text(parts)


def extract(saved: str, network: str) -> str:
    """The definition of one network in what iptables-save says; empty if there is nothing of it."""
    mine = {(_HOOKS[hook][0], chain_name(hook, network)) for hook in _HOOKS}
    found: dict[str, Part] = {}
    for table, part in _parts(saved).items():
        own = Part(
            [chain for chain in part.chains if (table, chain) in mine],
            [jump for jump in part.jumps if (table, jump.rpartition(" ")[2]) in mine],
            [rule for rule in part.rules if (table, rule.split(" ", 2)[1]) in mine],
        )
        if own.chains:
            found[table] = own
    return _text(found)


def transition(before: str, after: str) -> str:
    """What makes one definition the other, for iptables-restore: a transaction for each table. Either may be empty."""
    old, new = _parts(before), _parts(after)
    script = ""
    for table in sorted({*old, *new}):
        there, wanted = old.get(table, Part()), new.get(table, Part())
        gone = [chain for chain in there.chains if chain not in wanted.chains]
        lines = [
            # A chain that is there is emptied by that.
            *[f":{chain} - [0:0]" for chain in wanted.chains],
            *[jump.replace("-A", "-D", 1) for jump in there.jumps],
            *wanted.rules,
            # In front of what others let pass.
            *[jump.replace("-A", "-I", 1) for jump in wanted.jumps],
            *[f"-F {chain}" for chain in gone],
            *[f"-X {chain}" for chain in gone],
        ]
        script += _section(table, lines)
    return script


def loader(wanted: Mapping[str, str]) -> str:
    """A script for sh that loads the definitions at boot, and again whenever they were flushed."""
    script = "set -e\n"
    for family, definition in wanted.items():
        program = PROGRAMS[family]
        parts = _parts(definition)
        chains = "".join(_section(table, [*[f":{chain} - [0:0]" for chain in part.chains], *part.rules]) for table, part in parts.items())
        script += f"{program}-restore --noflush -w <<'END'\n{chains}END\n"
        for table, part in parts.items():
            for jump in part.jumps:
                condition = jump.replace("-A", "-C", 1)
                script += f"{program} -w -t {table} {condition} 2>/dev/null || {program} -w -t {table} {jump.replace('-A', '-I', 1)}\n"
    return script


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
