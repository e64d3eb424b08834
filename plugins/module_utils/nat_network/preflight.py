# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on a host against the networks that shall be made there: known before anything is touched."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import typing as t
from collections.abc import Iterator

from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces
from ansible_collections.netdev.linux.plugins.module_utils.model import HERE, RTPROT_RA, Depth, Link, Namespace, World
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import files
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import ALIAS, OWNER, Absent, Definitions, Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.module_utils.observe import Observer

_IPV6 = "/proc/sys/net/ipv6"


class Host:
    """What was read on the host. ``bridges`` are ours, by the name of their network."""

    def __init__(self, namespace: Namespace, ipv6: bool, ipv6_forwarding: bool, accepting: frozenset[str]) -> None:
        self.links = namespace.links
        self.routes = namespace.routes or []
        self.ipv6 = ipv6
        self.ipv6_forwarding = ipv6_forwarding
        self.accepting = accepting
        self.bridges = {_network_of(link): link.name for link in self.links.values() if _is_ours(link)}

    def bridge(self, network: Absent) -> str:
        """The bridge that was made for a network that shall be no more; empty if there is none."""
        there = self.links.get(network.bridge)
        unnamed = there.name if there and _is_ours(there) and not _network_of(there) else ""
        return self.bridges.get(network.name, unnamed)

    def filters(self, bridge: str) -> bool:
        """Whether there is such a bridge and it filters VLANs."""
        there = self.links.get(bridge)
        return bool(there and there.options.get("vlan_filtering"))

    def ports(self, bridge: str) -> list[Link]:
        return [link for link in self.links.values() if link.common.get("master") == bridge]


def read() -> Host:
    """Read the namespace that we are in."""
    namespaces = Namespaces()
    try:
        world = World()
        Observer(namespaces).read(world, HERE, Depth(routes=True))

        namespace = world.namespaces[HERE]
        return Host(
            namespace,
            ipv6=os.path.isdir(_IPV6),
            ipv6_forwarding=_is(f"{_IPV6}/conf/all/forwarding", "1"),
            # 2 means: also as a router.
            accepting=frozenset(name for name in namespace.links if _is(f"{_IPV6}/conf/{name}/accept_ra", "1")),
        )
    finally:
        namespaces.close()


def _is(path: str, value: str) -> bool:
    return (files.read(path) or "").strip() == value


def by_place(wanted: Definitions) -> dict[str, Definitions]:
    """The networks by the namespace that they are in, or where they were made."""
    present = {network.name: network.netns for network in wanted.present}
    absent = {network.name: files.read_line(Paths(network.name).netns) for network in wanted.absent}
    return {
        netns: dataclasses.replace(
            wanted,
            present=tuple(network for network in wanted.present if present[network.name] == netns),
            absent=tuple(network for network in wanted.absent if absent[network.name] == netns),
        )
        for netns in dict.fromkeys([*present.values(), *absent.values()])
    }


def problems(wanted: Definitions, host: Host) -> list[tuple[str, str]]:
    """Each with the path of the value that it is about."""
    found = []
    for network in wanted.present:
        found += [*_moved(network), *_bridge(network, host), *_ipv6(network, host), *_clashes(network, host), *_folders(network)]
    return found


def warnings(wanted: Definitions, host: Host) -> list[str]:
    """What does not stand against the networks, but should be known."""
    return [
        f"{network.path}.mac_table_manager: port {link.name} of {network.bridge} still learns addresses or is flooded; whoever "
        "plugs guests in gives their ports learning=false, unicast_flood=false and an entry of fdb (module bridge_port)"
        for network in wanted.present
        if network.mac_table_manager == "libvirt"
        for link in host.ports(network.bridge)
        if link.port.get("learning") or link.port.get("unicast_flood")
    ]


def _moved(network: Network) -> Iterator[tuple[str, str]]:
    paths = Paths(network.name)
    there = files.read_line(paths.netns)
    if os.path.isdir(paths.config) and there != network.netns:
        where = f"in the namespace {there}" if there else "outside of namespaces"
        yield (
            f"{network.path}.netns",
            f"the network is {where}, and guests would have to be plugged in anew; remove it first (state: absent)",
        )


def _bridge(network: Network, host: Host) -> Iterator[tuple[str, str]]:
    path = f"{network.path}.bridge"
    there = host.links.get(network.bridge)
    if there and not _is_ours(there):
        what = there.kind or "link"
        yield path, f"{network.bridge} exists and was not made by this role; choose another name or remove that {what} first"
    elif there and _network_of(there) not in ("", network.name):
        yield path, f"{network.bridge} belongs to network {_network_of(there)}; choose another name or remove that network first"
    other = host.bridges.get(network.name, network.bridge)
    if other != network.bridge:
        text = f"the network has the bridge {other}, and guests would have to be plugged into {network.bridge} anew"
        yield path, f"{text}; remove the network first (state: absent)"


def _ipv6(network: Network, host: Host) -> Iterator[tuple[str, str]]:
    if not network.subnets(6):
        return
    if not host.ipv6:
        yield f"{network.path}.ips", "this kernel has no IPv6"
    if not network.forwards(6) or host.ipv6_forwarding:
        return
    # A router does not listen to router advertisements: the kernel would drop the default route that came by one.
    advertised = [route for route in host.routes if route.version == 6 and route.protocol == RTPROT_RA]
    learned = {link for route in advertised for link in route.links}
    for name in sorted(learned & host.accepting):
        yield (
            f"{network.path}.ips",
            (
                f"IPv6 has to be forwarded, and then the kernel drops the routes that {name} has from router advertisements; "
                f"set net.ipv6.conf.{name}.accept_ra=2 first, which keeps them"
            ),
        )


def _clashes(network: Network, host: Host) -> Iterator[tuple[str, str]]:
    for index, subnet in enumerate(network.ips):
        for link in host.links.values():
            for connected in _connected(link):
                if connected.version == subnet.version and connected.overlaps(t.cast(t.Any, subnet.interface.network)):
                    text = f"{subnet.interface.network} overlaps {connected} on {link.name}"
                    yield f"{network.path}.ips[{index}].address", text


def _folders(network: Network) -> Iterator[tuple[str, str]]:
    for index, subnet in enumerate(network.ips):
        if subnet.tftp_root and not os.path.isdir(subnet.tftp_root):
            yield f"{network.path}.ips[{index}].tftp_root", f"there is no directory {subnet.tftp_root} on the host; dnsmasq would not start"


def _connected(link: Link) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The subnets that a link of others is in."""
    if _is_ours(link):
        return
    for address in link.addresses or []:
        network = ipaddress.ip_network(f"{address.peer or address.address}/{address.length}", strict=False)
        if not network.is_link_local and not network.is_loopback:
            yield network


def _is_ours(link: Link) -> bool:
    return link.kind == "bridge" and link.owned_by(OWNER)


def _network_of(link: Link) -> str:
    """The network that a bridge of ours was made for; empty if somebody changed its alias."""
    alias = link.common.get("alias") or ""
    return alias[len(ALIAS) :] if alias.startswith(ALIAS) else ""
