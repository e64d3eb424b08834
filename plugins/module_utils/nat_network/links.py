# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bridge of a network, in the words of module topology."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.model import IPV6_METRIC, ROUTE_TABLES, RTPROT_STATIC, Route
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network, Subnet


def bridge(network: Network, ipv6: bool, filtering: bool = False) -> dict[str, t.Any]:
    """A link of module topology. ``ipv6``: whether the kernel has IPv6; ``filtering``: whether the bridge that is there filters VLANs."""
    link: dict[str, t.Any] = {
        "name": network.bridge,
        "kind": "bridge",
        **_place(network),
        "mac": network.mac,
        "alias": network.alias,
        "admin_state": "up",
        "options": {"stp": network.stp, "forward_delay": network.delay, **_mac_table(network, filtering)},
        "addresses": [_address(network, subnet) for subnet in network.ips],
        "purge": ["addresses"],
        "sysctls": _sysctls(network) if ipv6 else {},
    }
    if network.mtu:
        link["mtu"] = network.mtu
    if network.dad in ("wait", "lend_carrier") and network.subnets(6):
        link["wait"] = {"dad": True, "lend_carrier": network.dad == "lend_carrier"}
    return link


# Of routes in the table of local addresses. An address of the host itself has one there of metric 0, which has to stay.
_LOCAL_METRIC = 1


def routes(network: Network) -> list[dict[str, t.Any]]:
    """Its routes, in the words of module topology."""
    behind_guests = [
        {
            "destination": str(route.destination),
            "gateway": str(route.gateway),
            "dev": network.bridge,
            **_place(network),
            **({} if route.metric is None else {"metric": route.metric}),
        }
        for route in network.routes
    ]
    return behind_guests + [_local(network, destination) for destination in _appearances(network)]


def _appearances(network: Network) -> list[str]:
    """What covers the addresses that guests appear as towards the outside, if the uplink's own are not those."""
    addresses = network.forward.nat.address
    if network.forward.mode != "nat" or network.firewall == "none" or not addresses:
        return []
    return [str(part) for part in ipaddress.summarize_address_range(*t.cast(t.Any, addresses))]


def _local(network: Network, destination: str) -> dict[str, t.Any]:
    """The host answers for these addresses (ARP), so replies find their way. They are no addresses of the bridge, where dnsmasq listens."""
    return {
        "destination": destination,
        "type": "local",
        "table": "local",
        "metric": _LOCAL_METRIC,
        "dev": network.bridge,
        **_place(network),
    }


def old_routes(network: Network, there: t.Iterable[Route]) -> list[dict[str, t.Any]]:
    """Routes that an earlier definition of the network had: static ones to a gateway behind its bridge, or to ourselves, not wanted now.

    What others put there has another protocol (a routing daemon), no gateway, or another table.
    """
    wanted = {(str(route.destination), str(route.gateway), route.metric) for route in network.routes}
    local = _appearances(network)
    found = []
    for route in there:
        if route.links != {network.bridge} or route.protocol != RTPROT_STATIC or len(route.hops) != 1:
            continue
        if route.type == "local" and route.table == ROUTE_TABLES["local"] and route.destination not in local:
            found.append({**route.show(), **_place(network), "state": "absent"})
        if not route.hops[0].gateway:
            continue
        usual = IPV6_METRIC if route.version == 6 else 0
        keys = {
            (route.destination, route.hops[0].gateway, metric) for metric in (route.metric, *((None,) if route.metric == usual else ()))
        }
        if route.table == ROUTE_TABLES["main"] and not keys & wanted:
            found.append({**route.show(), **_place(network), "state": "absent"})
    return found


def gone(name: str, netns: str = "", kind: str = "bridge") -> dict[str, t.Any]:
    """A link that shall not be."""
    return {"name": name, "kind": kind, "state": "absent", **({"netns": netns} if netns else {})}


def _place(network: Network) -> dict[str, str]:
    return {"netns": network.netns} if network.netns else {}


def _address(network: Network, subnet: Subnet) -> dict[str, t.Any]:
    own = subnet.interface
    address: dict[str, t.Any] = {"address": str(own)}
    if own.version == 4 and own.network.prefixlen < own.max_prefixlen - 1:
        address["broadcast"] = str(own.network.broadcast_address)
    if own.version == 6 and network.dad == "nodad":
        # A bridge without guests has no carrier, so detection would not end and dnsmasq could not use the address.
        address["nodad"] = True
    return address


def _mac_table(network: Network, filtering: bool) -> dict[str, bool]:
    """Entries that the kernel does not learn are by VLAN. Not every kernel has that filter, so it is named if there is need."""
    managed = network.mac_table_manager == "libvirt"
    return {"vlan_filtering": managed} if managed or filtering else {}


def _sysctls(network: Network) -> dict[str, str]:
    """The host is the router of this link: it takes no advice about it. Without an address it takes no part in IPv6 at all."""
    return {
        "ipv6.disable_ipv6": "0" if network.subnets(6) else "1",
        "ipv6.accept_ra": "0",
        "ipv6.autoconf": "0",
    }
