# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a network in the words of nft: one table for each IP version, which nobody else writes to.

Interfaces are matched by name, so the rules outlive a bridge that is made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import rules
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.fields import Address
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.rules import Rule, Translation

OFFLOAD = "inet"  # the family of the table that is for both
_HOOKS = {
    "prerouting": "type nat hook prerouting priority dstnat",
    # nft knows the word dstnat for prerouting only.
    "output": "type nat hook output priority -100",
    "forward": "type filter hook forward priority filter",
    "postrouting": "type nat hook postrouting priority srcnat",
}


def tables(network: Network) -> dict[str, str]:
    """The definition of each table, by family. A family that is missing has no table."""
    return {rules.FAMILIES[version]: _table(network, version) for version in rules.versions(network)}


def offload(network: str, links: Sequence[str]) -> str:
    """The definition of a table that lets connections between the links, once they are known, take a short way past all rules.

    It comes last, so that whoever rejects a packet has done it by then. It is a table of its own because links have to be there.
    """
    bridge, *_uplinks = links
    known = "meta l4proto { tcp, udp } ct state established"
    devices = ", ".join(f'"{link}"' for link in links)
    flowtable = f"\tflowtable known {{\n\t\thook ingress priority filter\n\t\tdevices = {{ {devices} }}\n\t}}\n"
    rules_of_chain = [f'{known} {key} "{bridge}" flow add @known' for key in ("iifname", "oifname")]
    head = "type filter hook forward priority filter + 20; policy accept;"
    chain = "\tchain forward {\n" + "".join(f"\t\t{line}\n" for line in [head, *rules_of_chain]) + "\t}\n"
    return f"table {OFFLOAD} {Paths(network).table} {{\n{flowtable}\n{chain}}}\n"


def ruleset(definitions: Mapping[str, str]) -> str:
    """A file for `nft -f`, which replaces the tables in one transaction."""
    return "".join(replace(definition) for definition in definitions.values())


def replace(definition: str) -> str:
    """Adding the table first lets deleting it work in any case; flushing it would keep its chains and sets."""
    head = definition.split(" {", 1)[0]
    return f"add {head}\ndelete {head}\n{definition}"


def _table(network: Network, version: int) -> str:
    family = rules.FAMILIES[version]
    chains = [_chain(hook, [_rule(rule, family) for rule in found]) for hook, found in rules.chains(network, version).items()]
    return f"table {family} {Paths(network.name).table} {{\n" + "\n".join(chains) + "}\n"


def _chain(hook: str, found: list[str]) -> str:
    return f"\tchain {hook} {{\n" + "".join(f"\t\t{line}\n" for line in [f"{_HOOKS[hook]}; policy accept;", *found]) + "\t}\n"


def _rule(rule: Rule, family: str) -> str:
    words = [
        rule.protocol and f"meta l4proto {rule.protocol}",
        rule.iif and f'iifname "{rule.iif}"',
        rule.oif and f'oifname "{rule.oif}"',
        rule.source and f"{family} saddr {rule.source}",
        rule.destination and f"{family} daddr {rule.destination}",
        rule.destination_not and f"{family} daddr != {rule.destination_not}",
        rule.to_host and "fib daddr type local",
        rule.source_port and f"{rule.protocol} sport {_range(*rule.source_port)}",
        rule.port and f"{rule.protocol} dport {_range(*rule.port)}",
        rule.established and "ct state established,related",
        rule.forwarded and f"ct status dnat ct original proto-dst {_range(*rule.forwarded)}",
        rule.reply and "ct direction reply",
        "counter",
        _translation(rule.verdict, rule.protocol) if isinstance(rule.verdict, Translation) else rule.verdict,
    ]
    return " ".join(word for word in words if word)


def _translation(to: Translation, protocol: str) -> str:
    target = ""
    if to.addresses:
        first, last = to.addresses
        # Only with a port could an IPv6 address be taken for something else.
        target = _range(f"[{first}]", f"[{last}]") if first.version == 6 and to.ports else _range(first, last)
    if to.ports and to.shift is not None:
        pairs = zip(range(to.shift, to.shift + to.ports[1] - to.ports[0] + 1), range(to.ports[0], to.ports[1] + 1))
        target += f":{protocol} dport map {{ {', '.join(f'{port} : {new}' for port, new in pairs)} }}"
    elif to.ports:
        target += ":" + _range(*to.ports)
    return f"{to.kind} to {target}" if target else to.kind


def _range(start: Address | str | int, end: Address | str | int) -> str:
    return str(start) if start == end else f"{start}-{end}"
