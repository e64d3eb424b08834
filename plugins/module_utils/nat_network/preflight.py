# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on a host against the networks that shall be made there: known before anything is touched."""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import os
import re
import socket
import struct
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.netdev.linux.plugins.module_utils.errors import KernelRefused
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    HERE,
    ROUTE_TABLES,
    RTPROT_KERNEL,
    RTPROT_RA,
    Depth,
    Link,
    Namespace,
    Route,
    World,
)
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import beside, dnsmasq, files, listeners, place, process
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.fields import IPNetwork
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import ALIAS, OWNER, Absent, Definitions, Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.module_utils.netlink import Socket
from ansible_collections.netdev.linux.plugins.module_utils.nla import attribute_table
from ansible_collections.netdev.linux.plugins.module_utils.observe import Observer

_IPV6 = "/proc/sys/net/ipv6"
_RESOLV_CONF = "/etc/resolv.conf"

# include/uapi/linux/rtnetlink.h, fib_rules.h
_RTM_NEWRULE, _RTM_GETRULE = 32, 34
_FIB_RULE_HEADER = struct.Struct("=BBBBBBBBI")
_FRA_TABLE, _FR_ACT_TO_TBL = 15, 1


@dataclass(frozen=True)
class Resolver:
    """The host's resolv.conf: whether dnsmasq could watch it, and the name servers in it."""

    directory: bool = True
    nameservers: tuple[str, ...] = ("127.0.0.53",)


class Host:
    """What was read on the host. ``bridges`` are ours, by the name of their network; ``tables`` are the routing tables that a rule
    leads to, ``accepting`` the links with ``accept_ra`` 1 or 2, by name, ``others`` the filters of other firewalls.
    """

    def __init__(
        self,
        namespace: Namespace,
        ipv6: bool = True,
        ipv6_forwarding: bool = False,
        accepting: dict[str, int] | None = None,
        tables: frozenset[int] = frozenset(ROUTE_TABLES.values()),
        resolver: Resolver = Resolver(),
        others: beside.Host | None = None,
    ) -> None:
        self.links = namespace.links
        self.routes = namespace.routes or []
        self.ipv6 = ipv6
        self.ipv6_forwarding = ipv6_forwarding
        self.accepting = accepting or {}
        self.tables = tables
        self.resolver = resolver
        self.others = others or beside.Host()
        self.bridges = {_network_of(link): link.name for link in self.links.values() if _is_ours(link)}

    @functools.cached_property
    def used(self) -> list[tuple[IPNetwork, _Where]]:
        """What others use of the address space, each once; looked at for every network, and a router has routes by the hundred thousand."""
        return _used(self)

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

    def uplinks(self) -> dict[int, str]:
        """The link of the default route, by IP version, where there is one."""
        found = {}
        for route in self.routes:
            if route.destination in ("0.0.0.0/0", "::/0") and route.table == ROUTE_TABLES["main"] and len(route.links) == 1:
                found[route.version] = min(route.links)
        return found

    def uplinks_to_keep(self, network: Network) -> list[str]:
        """The links that have to go on taking router advertisements when IPv6 is forwarded."""
        if not network.forward.accept_ra or not network.forwards(6):
            return []
        # Those that are done stay in the list, so that they are done again at boot.
        done = {name for name, value in self.accepting.items() if value == 2}
        # Their names become part of a command in a unit; there are hardly any others.
        return sorted(name for name in done | self._would_lose_routes() if re.fullmatch(r"[A-Za-z0-9_.@-]+", name))

    def _would_lose_routes(self) -> set[str]:
        """The links whose routes come from router advertisements, which the kernel does not take any more as a router."""
        advertised = [route for route in self.routes if route.version == 6 and route.protocol == RTPROT_RA]
        return {name for route in advertised for name in route.links if self.accepting.get(name) == 1}

    def endangered(self) -> list[str]:
        """Likewise, if IPv6 were to be forwarded now."""
        return [] if self.ipv6_forwarding else sorted(self._would_lose_routes())


def read() -> Host:
    """Read the namespace that we are in."""
    namespaces = Namespaces()
    try:
        world = World()
        Observer(namespaces).read(world, HERE, Depth(routes=True))

        namespace = world.namespaces[HERE]
        accepting = {name: files.read(f"{_IPV6}/conf/{name}/accept_ra") for name in namespace.links}
        return Host(
            namespace,
            ipv6=os.path.isdir(_IPV6),
            ipv6_forwarding=(files.read(f"{_IPV6}/conf/all/forwarding") or "").strip() == "1",
            accepting={name: int(value) for name, value in accepting.items() if value and value.strip() in ("1", "2")},
            tables=_tables(namespaces.socket(HERE)),
            resolver=_read_resolver(),
            others=beside.read(),
        )
    finally:
        namespaces.close()


def _tables(netlink: Socket) -> frozenset[int]:
    """The routing tables that a rule leads to; one for VRFs (l3mdev) leads to no table by itself."""
    found = set()
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            rules = netlink.dump(_RTM_GETRULE, _FIB_RULE_HEADER.pack(family, *[0] * 8))
        except KernelRefused:  # a kernel without rules, or without IPv6
            found |= set(ROUTE_TABLES.values())
            continue
        for rule in rules:
            if rule.type != _RTM_NEWRULE:
                continue
            header = _FIB_RULE_HEADER.unpack_from(rule.payload)
            table = attribute_table(rule.payload, _FIB_RULE_HEADER.size).get(_FRA_TABLE)
            if header[7] == _FR_ACT_TO_TBL:
                found.add(struct.unpack("=I", table)[0] if table else header[4])
    return frozenset(found)


def _read_resolver() -> Resolver:
    own = f"/etc/netns/{place.current()}/resolv.conf"
    path = own if place.current() and os.path.exists(own) else _RESOLV_CONF
    lines = [line.split() for line in (files.read(path) or "").splitlines()]
    return Resolver(
        directory=os.path.isdir(os.path.dirname(os.path.realpath(path))),
        nameservers=tuple(words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"),
    )


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


def occupied(host: Host) -> list[IPNetwork]:
    """Every subnet that the host is in or has a route to; a default route, or half of one, does not count."""
    addresses = [f"{address.peer or address.address}/{address.length}" for link in host.links.values() for address in link.addresses or []]
    subnets = {ipaddress.ip_network(text, strict=False) for text in [*addresses, *(route.destination for route in host.routes)]}
    return [subnet for subnet in subnets if subnet.prefixlen > 1]


def kept(name: str) -> list[str]:
    """The subnets that were chosen for a network before."""
    return (files.read(Paths(name).subnets) or "").split()


def judge(wanted: Definitions, host: Host) -> tuple[list[tuple[str, str]], list[str]]:
    """What stands against the networks, each with the path of the value that it is about; and what does not, but should be known."""
    problems: list[tuple[str, str]] = []
    warnings = [f"What other firewalls do can't be seen: {text}" for text in host.others.unread]
    for network in wanted.present:
        certain, perhaps = beside.problems(network, host.others, host.uplinks())
        problems += [*_moved(network), *_bridge(network, host), *_ipv6(network, host), *_clashes(network, host), *_folders(network)]
        problems += [*_resolver(network, host), *listeners.problems(_needed(network, host)), *certain]
        warnings += [f"{path}: {text}" for path, text in [*_covered(network, host), *_no_upstream(network, host)]]
        warnings += [*_unmanaged(network, host), *perhaps]
    return problems, warnings


def _unmanaged(network: Network, host: Host) -> Iterator[str]:
    if network.mac_table_manager != "libvirt":
        return
    for link in host.ports(network.bridge):
        if link.port.get("learning") or link.port.get("unicast_flood"):
            yield (
                f"{network.path}.mac_table_manager: port {link.name} of {network.bridge} still learns addresses or is flooded; whoever "
                "plugs guests in gives their ports learning=false, unicast_flood=false and an entry of fdb (module bridge_port)"
            )


def leftovers(network: Network, host: Host) -> list[str]:
    """The tap that libvirt before 6.8.0 plugged into a bridge of that name for its MAC address."""
    there = host.links.get(f"{network.bridge}-nic")
    is_tap = there is not None and there.kind == "tuntap" and there.options.get("mode") == "tap"
    return [there.name] if there and is_tap and there.common.get("master", "") in ("", network.bridge) else []


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
    if not network.forwards(6):
        return
    # A router does not listen to router advertisements: the kernel would drop the default route that came by one.
    for name in sorted(set(host.endangered()) - set(host.uplinks_to_keep(network))):
        yield (
            f"{network.path}.forward",
            (
                f"IPv6 has to be forwarded, and then the kernel drops the routes that {name} has from router advertisements; "
                f"accept_ra: true sets net.ipv6.conf.{name}.accept_ra=2 first, which keeps them"
            ),
        )


def _clashes(network: Network, host: Host) -> Iterator[tuple[str, str]]:
    """Subnets that the host is in, and routes to the subnet or a part of it: packets of the one would go to the other."""
    for path, own, other, where in _overlaps(network, host):
        if where.is_connected or other.prefixlen >= own.prefixlen:
            yield path, f"{own} overlaps {other} {where.text}"


def _covered(network: Network, host: Host) -> Iterator[tuple[str, str]]:
    """Routes to more than the subnet: what is in the subnet can't be reached there any more."""
    for path, own, other, where in _overlaps(network, host):
        if not where.is_connected and other.prefixlen < own.prefixlen:
            yield path, f"{own} is part of {other} {where.text}; what is there can't be reached any more from the host and the guests"


@dataclass(frozen=True)
class _Where:
    text: str
    is_connected: bool


def _overlaps(network: Network, host: Host) -> Iterator[tuple[str, IPNetwork, IPNetwork, _Where]]:
    for index, subnet in enumerate(network.ips):
        own = subnet.interface.network
        for other, where in host.used:
            if other.version == own.version and other.overlaps(t.cast(t.Any, own)):
                yield f"{network.path}.ips[{index}].address", own, other, where


def _used(host: Host) -> list[tuple[IPNetwork, _Where]]:
    found: dict[tuple[IPNetwork, str], _Where] = {}
    for link in host.links.values():
        for subnet in _connected(link, host):
            found.setdefault((subnet, link.name), _Where(f"on {link.name}", True))
    for route in host.routes:
        destination = ipaddress.ip_network(route.destination)
        if _counts(route, destination, host):
            for name in route.links or {""}:
                found.setdefault((destination, name), _where(route, name))
    return [(subnet, where) for (subnet, _name), where in found.items()]


def _counts(route: Route, destination: IPNetwork, host: Host) -> bool:
    # A default route is often given as its two halves, which win over the real one.
    if destination.prefixlen <= 1 or destination.is_link_local or destination.is_multicast or destination.is_loopback:
        return False
    # throw says: not in this table.
    return route.table in host.tables and route.type != "throw" and not any(_is_apart(host.links.get(name), host) for name in route.links)


def _where(route: Route, name: str) -> _Where:
    gateways = {hop.gateway for hop in route.hops if hop.link == name and hop.gateway}
    # By the kernel itself for an address, or by a router that says that the prefix is on the link.
    connected = route.type == "unicast" and not gateways and route.protocol in (RTPROT_KERNEL, RTPROT_RA)
    way = [route.type] if route.type != "unicast" else []
    way += [f"via {gateway}" for gateway in sorted(gateways)] + ([f"dev {name}"] if name else [])
    table = "" if route.table == ROUTE_TABLES["main"] else f" in table {route.table}"
    return _Where(f"on {name}" if connected else f"(route {' '.join(way)}{table})", connected)


def _is_apart(link: Link | None, host: Host) -> bool:
    """Whether a link is one of our bridges, or in a VRF, whose addresses and routes are a world of their own."""
    master = host.links.get((link.common.get("master") or "") if link else "")
    return link is not None and (_is_ours(link) or (master is not None and master.kind == "vrf"))


def _needed(network: Network, host: Host) -> Iterator[listeners.Listener]:
    """The sockets that a network's dnsmasq has still to get."""
    there = host.links.get(network.bridge)
    addresses = {address.address for address in there.addresses or []} if there else set()
    paths = Paths(network.name)
    serving = bool(process.Process(paths.pid, f"--pid-file={paths.pid}").command())
    for listener in listeners.wanted(network):
        if not (serving and (listener.address in addresses or listener.port in (67, 547))):
            yield listener


def _asks_host(network: Network) -> bool:
    """Whether dnsmasq asks the name servers of the host's resolv.conf."""
    if not network.needs_dnsmasq or not network.dns.enable:
        return False
    words = {line.partition("=")[0].strip() for line in dnsmasq.conf(network, Paths(network.name)).splitlines()}
    return not words & {"no-resolv", "resolv-file"}


def _resolver(network: Network, host: Host) -> Iterator[tuple[str, str]]:
    if _asks_host(network) and not host.resolver.directory:
        yield (
            f"{network.path}.dns.forwarders",
            f"{_RESOLV_CONF} points into a directory that is not there, and dnsmasq would not start; mend it, or name the servers to ask",
        )


def _no_upstream(network: Network, host: Host) -> Iterator[tuple[str, str]]:
    """dnsmasq leaves out name servers that it is itself."""
    own = {str(subnet.interface.ip) for subnet in network.ips}
    if _asks_host(network) and host.resolver.directory and not set(host.resolver.nameservers) - own:
        text = f"{_RESOLV_CONF} names no other name server, so guests can resolve names of this network only; name the servers to ask"
        yield f"{network.path}.dns.forwarders", text


def _folders(network: Network) -> Iterator[tuple[str, str]]:
    for index, subnet in enumerate(network.ips):
        if subnet.tftp_root and not os.path.isdir(subnet.tftp_root):
            yield f"{network.path}.ips[{index}].tftp_root", f"there is no directory {subnet.tftp_root} on the host; dnsmasq would not start"


def _connected(link: Link, host: Host) -> Iterator[IPNetwork]:
    """The subnets that a link of others is in."""
    if _is_apart(link, host):
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
