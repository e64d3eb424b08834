# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a network lets pass and translates, as data; a backend spells it.

The rules decide what libvirt's do, with one difference: every network has its own, and each network's reject is final, while its
accept only means that this network has nothing against the packet.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, replace

from ansible_collections.netdev.linux.plugins.module_utils.nat_network.fields import Address, IPNetwork
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import (
    AddressRange,
    Neighbour,
    Network,
    PortForward,
    PortRange,
    Subnet,
)

FAMILIES = {4: "ip", 6: "ip6"}
Match = t.Union[Address, IPNetwork]
# What is sent to these is meant for the link: its source address must stay.
_NOT_TRANSLATED: dict[int, tuple[Match, ...]] = {
    4: (ipaddress.ip_network("224.0.0.0/24"), ipaddress.ip_address("255.255.255.255")),
    6: (ipaddress.ip_network("ff02::/16"),),
}
# Packets from a loopback address may not leave the host, so connections to it can't be sent elsewhere.
_LOOPBACK: dict[int, Match] = {4: ipaddress.ip_network("127.0.0.0/8"), 6: ipaddress.ip_address("::1")}


@dataclass(frozen=True)
class Translation:
    """``kind`` is masquerade, snat or dnat. ``ports``: None leaves them; ``shift``: the port that becomes the first of them."""

    kind: str
    addresses: AddressRange | None = None
    ports: PortRange | None = None
    shift: int | None = None


@dataclass(frozen=True)
class Rule:
    """Every condition that is given has to hold. ``verdict`` is accept, reject, return, or a translation.

    ``destination_not``: any other; ``to_host``: the destination is an address of this host; ``established``: the connection is known,
    or belongs to one; ``forwarded``: the port that it was made to before its destination was translated; ``reply``: it goes back.
    """

    verdict: str | Translation
    iif: str = ""
    oif: str = ""
    protocol: str = ""
    source: Match | None = None
    destination: Match | None = None
    destination_not: Match | None = None
    to_host: bool = False
    source_port: PortRange | None = None
    port: PortRange | None = None
    established: bool = False
    forwarded: PortRange | None = None
    reply: bool = False


def versions(network: Network) -> list[int]:
    """The IP versions that there are rules for."""
    if not network.has_rules:
        return []
    # Without an IPv6 address the bridge has IPv6 disabled, unless guests shall talk to each other by it.
    return [version for version in FAMILIES if version == 4 or network.subnets(6) or network.ipv6]


def chains(network: Network, version: int) -> dict[str, list[Rule]]:
    """The rules by the hook of netfilter that they are for. A hook without rules is left out."""
    found = {
        "prerouting": _prerouting(network, version),
        "output": _output(network, version),
        "forward": _forward(network, version),
        "postrouting": _postrouting(network, version),
    }
    return {hook: rules for hook, rules in found.items() if rules}


def _forward(network: Network, version: int) -> list[Rule]:
    # libvirt puts rules in front of what is there, subnet by subnet; so the last subnet comes first.
    subnets = network.subnets(version)[::-1]
    bridge = network.bridge
    return [
        Rule("accept", iif=bridge, oif=bridge),
        *[rule for forward in network.forwards_of(version) for rule in _forwarded(network, forward)],
        *[rule for other in network.visitors for rule in _visit(other, network.as_neighbour, version)],
        *[rule for other in network.visited for rule in _visit(network.as_neighbour, other, version)],
        *[rule for subnet in subnets for rule in _to_guests(network, subnet)],
        Rule("reject", oif=bridge),
        *[rule for subnet in subnets for rule in _from_guests(network, subnet)],
        Rule("reject", iif=bridge),
    ]


def _translates(network: Network, version: int) -> bool:
    return network.forward.mode == "nat" and (version == 4 or network.forward.nat.ipv6)


def _to_guests(network: Network, subnet: Subnet) -> list[Rule]:
    if network.forward.mode == "isolated":
        return []
    # Behind NAT nothing new comes in; a routed network is open to the outside.
    known = _translates(network, subnet.version)
    return [
        Rule("accept", iif=network.forward.dev, oif=network.bridge, destination=subnet.interface.network, established=known),
    ]


def _from_guests(network: Network, subnet: Subnet) -> list[Rule]:
    """Guests may send with their own addresses only."""
    if network.forward.mode == "isolated":
        return []
    return [Rule("accept", iif=network.bridge, oif=network.forward.dev, source=subnet.interface.network)]


def _postrouting(network: Network, version: int) -> list[Rule]:
    found = [rule for forward in network.forwards_of(version) for rule in _hairpin(network, forward)]
    if _translates(network, version):
        # They are known to each other by their own addresses.
        found += [Rule("return", **pair) for other in network.visited for pair in _pairs(network.as_neighbour, other, version)]
        for subnet in network.subnets(version)[::-1]:
            found += _nat(network, subnet)
    return found


def _nat(network: Network, subnet: Subnet) -> list[Rule]:
    own = subnet.interface.network
    leaving = Rule("return", oif=network.forward.dev, source=own)
    addresses = network.forward.nat.address if subnet.version == 4 else None  # the range is for IPv4, as in libvirt
    plain = Translation("snat" if addresses else "masquerade", addresses)
    with_ports = replace(plain, ports=network.forward.nat.port)
    return [
        *[replace(leaving, destination=address) for address in _NOT_TRANSLATED[subnet.version]],
        *[replace(leaving, verdict=with_ports, protocol=protocol, destination_not=own) for protocol in ("tcp", "udp")],
        replace(leaving, verdict=plain, destination_not=own),
    ]


# ---- networks that may talk


def _visit(client: Neighbour, server: Neighbour, version: int) -> list[Rule]:
    """Both networks have these rules, because each one's reject is final."""
    return [
        *[Rule("accept", iif=client.bridge, **pair) for pair in _pairs(client, server, version)],
        *[Rule("accept", iif=server.bridge, established=True, **pair) for pair in _pairs(server, client, version)],
    ]


def _pairs(sender: Neighbour, receiver: Neighbour, version: int) -> list[dict[str, t.Any]]:
    """What packets from one to the other look like, if nobody pretends to be someone else."""
    sources, destinations = ([ip.network for ip in side.ips if ip.version == version] for side in (sender, receiver))
    return [{"oif": receiver.bridge, "source": source, "destination": to} for source in sources for to in destinations]


# ---- ports of the host that lead to guests


def _prerouting(network: Network, version: int) -> list[Rule]:
    arriving = {}
    for forward in network.forwards_of(version):
        arriving[forward] = [replace(rule, iif=link) for rule in _dnat(forward) for link in _arrivals(network, forward)]
    return _in_order(arriving, _gateways(network, version))


def _output(network: Network, version: int) -> list[Rule]:
    """What the host itself sends."""
    leaving = {forward: _dnat(forward) for forward in network.forwards_of(version)}
    return _in_order(leaving, [_LOOPBACK[version], *_gateways(network, version)])


def _gateways(network: Network, version: int) -> list[Match]:
    return [address for address in network.gateways if address.version == version]


def _arrivals(network: Network, forward: PortForward) -> list[str]:
    """The links by which connections may come; guests of the network itself always may. Empty: any link."""
    dev = forward.dev or network.forward.dev
    return list(dict.fromkeys([dev, network.bridge])) if dev else [""]


def _in_order(rules: dict[PortForward, list[Rule]], spared: list[Match]) -> list[Rule]:
    """Bridges have addresses for what the host serves to guests (names, leases); it stays there unless such an address is named."""
    named = [rule for forward, own in rules.items() if forward.address for rule in own]
    others = [rule for forward, own in rules.items() if not forward.address for rule in own]
    return [*named, *([Rule("return", destination=address) for address in spared] if others else []), *others]


def _dnat(forward: PortForward) -> list[Rule]:
    moved = forward.to_port != forward.port
    to = Translation(
        "dnat",
        (forward.to, forward.to),
        forward.to_port if moved else None,
        forward.port[0] if moved and forward.port[0] != forward.port[1] else None,
    )
    rule = Rule(to, source=forward.source, destination=forward.address, to_host=True, port=forward.port)
    return [replace(rule, protocol=protocol) for protocol in forward.protocols]


def _forwarded(network: Network, forward: PortForward) -> list[Rule]:
    """Their packets, there and back: whatever uplink the network has otherwise."""
    there = Rule("accept", oif=network.bridge, destination=forward.to, port=forward.to_port, forwarded=forward.port)
    back = Rule("accept", iif=network.bridge, source=forward.to, source_port=forward.to_port, forwarded=forward.port, reply=True)
    return [replace(rule, protocol=protocol) for rule in (there, back) for protocol in forward.protocols]


def _hairpin(network: Network, forward: PortForward) -> list[Rule]:
    """A guest that answered another guest of its network directly would not be understood: the other asked the host."""
    there = Rule(Translation("masquerade"), oif=network.bridge, destination=forward.to, port=forward.to_port, forwarded=forward.port)
    return [
        replace(there, protocol=protocol, source=subnet.interface.network)
        for subnet in network.subnets(forward.to.version)
        for protocol in forward.protocols
    ]
