# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a network: one table for each IP version, which nobody else writes to.

Interfaces are matched by name, so the rules outlive a bridge that is made again. They decide what
libvirt's do, with one difference: every network has its own table, and each table's reject is final.
"""

from __future__ import annotations

from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network, Subnet
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths

FAMILIES = {4: "ip", 6: "ip6"}
# What is sent to these is meant for the link: its source address must stay.
_NOT_TRANSLATED = {4: ("224.0.0.0/24", "255.255.255.255"), 6: ("ff02::/16",)}


def tables(network: Network) -> dict[str, str]:
    """The definition of each table, by family. A family that is missing has no table."""
    if network.forward.mode == "open" or network.firewall == "none":
        return {}
    wanted = {}
    for version, family in FAMILIES.items():
        # Without an IPv6 address the bridge has IPv6 disabled, unless guests shall talk to each other by it.
        if version == 4 or network.subnets(6) or network.ipv6:
            wanted[family] = _table(network, version)
    return wanted


def ruleset(definitions: dict[str, str]) -> str:
    """A file for `nft -f`, which replaces the tables in one transaction."""
    return "".join(replace(definition) for definition in definitions.values())


def replace(definition: str) -> str:
    """Adding the table first lets deleting it work in any case; flushing it would keep its chains and sets."""
    head = definition.split(" {", 1)[0]
    return f"add {head}\ndelete {head}\n{definition}"


def _table(network: Network, version: int) -> str:
    # libvirt puts rules in front of what is there, subnet by subnet; so the last subnet comes first.
    subnets = network.subnets(version)[::-1]
    bridge = network.bridge
    forward = [
        "type filter hook forward priority filter; policy accept;",
        f'iifname "{bridge}" oifname "{bridge}" counter accept',
        *[rule for subnet in subnets for rule in _to_guests(network, subnet)],
        f'oifname "{bridge}" counter reject',
        *[rule for subnet in subnets for rule in _from_guests(network, subnet)],
        f'iifname "{bridge}" counter reject',
    ]
    chains = _chain("forward", forward)
    if _translates(network, version) and subnets:
        head = "type nat hook postrouting priority srcnat; policy accept;"
        chains += "\n" + _chain("postrouting", [head, *[rule for subnet in subnets for rule in _nat(network, subnet)]])
    return f"table {FAMILIES[version]} {Paths(network.name).table} {{\n{chains}}}\n"


def _chain(name: str, rules: list[str]) -> str:
    return f"\tchain {name} {{\n" + "".join(f"\t\t{rule}\n" for rule in rules) + "\t}\n"


def _translates(network: Network, version: int) -> bool:
    return network.forward.mode == "nat" and (version == 4 or network.forward.nat.ipv6)


def _to_guests(network: Network, subnet: Subnet) -> list[str]:
    if network.forward.mode == "isolated":
        return []
    via = f'iifname "{network.forward.dev}" ' if network.forward.dev else ""
    # Behind NAT nothing new comes in; a routed network is open to the outside.
    state = "ct state established,related " if _translates(network, subnet.version) else ""
    address = f"{FAMILIES[subnet.version]} daddr {subnet.interface.network}"
    return [f'{via}oifname "{network.bridge}" {address} {state}counter accept']


def _from_guests(network: Network, subnet: Subnet) -> list[str]:
    """Guests may send with their own addresses only."""
    if network.forward.mode == "isolated":
        return []
    via = f'oifname "{network.forward.dev}" ' if network.forward.dev else ""
    address = f"{FAMILIES[subnet.version]} saddr {subnet.interface.network}"
    return [f'iifname "{network.bridge}" {via}{address} counter accept']


def _nat(network: Network, subnet: Subnet) -> list[str]:
    family = FAMILIES[subnet.version]
    via = f'oifname "{network.forward.dev}" ' if network.forward.dev else ""
    own = subnet.interface.network
    source = f"{via}{family} saddr {own} {family} daddr"
    with_ports, plain = _translation(network, subnet.version)
    return [
        *[f"{source} {address} counter return" for address in _NOT_TRANSLATED[subnet.version]],
        *[f"meta l4proto {protocol} {source} != {own} counter {with_ports}" for protocol in ("tcp", "udp")],
        f"{source} != {own} counter {plain}",
    ]


def _translation(network: Network, version: int) -> tuple[str, str]:
    """What becomes of the source, with ports and without. The range of addresses is for IPv4, as in libvirt."""
    ports = _range(*network.forward.nat.port)
    if network.forward.nat.address and version == 4:
        addresses = _range(*network.forward.nat.address)
        return f"snat to {addresses}:{ports}", f"snat to {addresses}"
    return f"masquerade to :{ports}", "masquerade"


def _range(start: object, end: object) -> str:
    return str(start) if start == end else f"{start}-{end}"
