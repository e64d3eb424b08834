# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a NAT network is: plain data, made by :mod:`.validate` only, so whoever holds one may trust it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.netdev.linux.plugins.module_utils.nat_network.fields import Address, Interface, IPNetwork

# Bridges carry the mark of this owner, and in their alias which network they are of: kept where it can't get lost apart from them.
OWNER = "nat_network"
ALIAS = "NAT network "

AddressRange = tuple[Address, Address]
PortRange = tuple[int, int]


@dataclass(frozen=True)
class DhcpRange:
    start: Address
    end: Address
    lease_time: str = ""

    @property
    def size(self) -> int:
        return int(self.end) - int(self.start) + 1


@dataclass(frozen=True)
class DhcpHost:
    """A guest whose address is fixed. It is known by ``mac`` (IPv4), by ``id``, its DUID (IPv6), or by ``name``."""

    ip: Address
    mac: str = ""
    id: str = ""
    name: str = ""
    lease_time: str = ""


@dataclass(frozen=True)
class Bootp:
    file: str
    server: Address | None = None


@dataclass(frozen=True)
class Subnet:
    """One address of the bridge with what is served in its subnet."""

    interface: Interface
    local_ptr: bool = False
    ranges: tuple[DhcpRange, ...] = ()
    hosts: tuple[DhcpHost, ...] = ()
    bootp: Bootp | None = None
    tftp_root: str = ""
    pooled: bool = False  # chosen by us, from a pool

    @property
    def version(self) -> int:
        return self.interface.version

    @property
    def dhcp(self) -> bool:
        return bool(self.ranges or self.hosts)


@dataclass(frozen=True)
class StaticRoute:
    """A network behind one of the guests."""

    destination: IPNetwork
    gateway: Address
    metric: int | None = None


@dataclass(frozen=True)
class Forwarder:
    """A name server that is asked, for one domain or for all. Without an address the host's own resolvers are."""

    domain: str = ""
    addr: Address | None = None
    port: int | None = None


@dataclass(frozen=True)
class Txt:
    name: str
    value: str


@dataclass(frozen=True)
class Srv:
    service: str
    protocol: str
    domain: str = ""
    target: str = ""
    port: int = 0
    priority: int = 0
    weight: int = 0


@dataclass(frozen=True)
class DnsHost:
    ip: Address
    hostnames: tuple[str, ...]


@dataclass(frozen=True)
class Dns:
    enable: bool = True
    forward_plain_names: bool = True
    forwarders: tuple[Forwarder, ...] = ()
    txt: tuple[Txt, ...] = ()
    srv: tuple[Srv, ...] = ()
    hosts: tuple[DnsHost, ...] = ()


@dataclass(frozen=True)
class Domain:
    name: str = ""
    local_only: bool = False
    register: bool = False


@dataclass(frozen=True)
class Nat:
    ipv6: bool = False
    address: AddressRange | None = None
    # Guests don't get a privileged source port: NFS and others trust those.
    port: PortRange = (1024, 65535)


@dataclass(frozen=True)
class Forward:
    """``accept_ra``: uplinks go on taking router advertisements when the host becomes a router."""

    mode: str = "nat"
    dev: str = ""
    nat: Nat = field(default_factory=Nat)
    accept_ra: bool = False


@dataclass(frozen=True)
class PortForward:
    """Connections to ``port`` of the host lead to a guest. ``address``, ``dev`` and ``source`` say which of them, if not all."""

    protocols: tuple[str, ...]
    port: PortRange
    to: Address
    to_port: PortRange
    address: Address | None = None
    dev: str = ""
    source: IPNetwork | None = None


@dataclass(frozen=True)
class Neighbour:
    """Another network, as far as packets between the two are concerned."""

    bridge: str
    ips: tuple[Interface, ...]


@dataclass(frozen=True)
class Rate:
    """``average`` and ``peak`` in kilobytes a second, ``burst`` in KiB: the units of libvirt, which are tc's kbps and kb."""

    average: int
    peak: int | None = None
    burst: int | None = None


@dataclass(frozen=True)
class Bandwidth:
    """Of all guests together; ``inbound`` is what they get, ``outbound`` what they send."""

    inbound: Rate | None = None
    outbound: Rate | None = None


@dataclass(frozen=True)
class Network:
    name: str
    bridge: str
    mac: str
    mtu: int | None = None
    stp: bool = False
    delay: int = 0
    mac_table_manager: str = "kernel"
    forward: Forward = field(default_factory=Forward)
    ipv6: bool = False
    domain: Domain = field(default_factory=Domain)
    dns: Dns = field(default_factory=Dns)
    ips: tuple[Subnet, ...] = ()
    routes: tuple[StaticRoute, ...] = ()
    bandwidth: Bandwidth = field(default_factory=Bandwidth)
    dnsmasq_options: tuple[str, ...] = ()
    netns: str = ""  # empty: where the role runs
    dad: str = "nodad"
    firewall: str = "auto"
    zone: str = ""  # of firewalld; empty: ours
    port_forwards: tuple[PortForward, ...] = ()
    flow_offload: bool = False
    allow_networks: tuple[str, ...] = ()
    gateways: tuple[Address, ...] = ()  # the addresses of the bridges of all networks
    visitors: tuple[Neighbour, ...] = ()  # whose guests may reach ours
    visited: tuple[Neighbour, ...] = ()  # whose guests ours may reach
    path: str = ""  # where it stands in the input, for messages

    def subnets(self, version: int) -> list[Subnet]:
        return [subnet for subnet in self.ips if subnet.version == version]

    def ports(self, version: int | None = None) -> list[tuple[str, int]]:
        """The (protocol, port) pairs that guests ask the host on, by both IP versions or one."""
        names = [("udp", 53), ("tcp", 53)] if self.needs_dnsmasq and self.dns.enable else []
        boot = [("udp", 69)] if any(subnet.tftp_root for subnet in self.ips) else []
        leases = {4: ("udp", 67), 6: ("udp", 547)}
        return names + [port for of, port in leases.items() if self.dhcp(of) and version in (None, of)] + boot

    def forwards_of(self, version: int) -> list[PortForward]:
        return [forward for forward in self.port_forwards if forward.to.version == version]

    def dhcp(self, version: int) -> Subnet | None:
        """The subnet that DHCP serves; a network has at most one of each IP version."""
        return next((subnet for subnet in self.subnets(version) if subnet.dhcp), None)

    @property
    def needs_dnsmasq(self) -> bool:
        """Whether there is anything to serve: names, DHCP, files to boot from, or router advertisements."""
        return bool(self.ips) and (self.dns.enable or any(subnet.dhcp or subnet.tftp_root or subnet.version == 6 for subnet in self.ips))

    def forwards(self, version: int) -> bool:
        """Whether the host routes packets of this IP version for the network."""
        return self.forward.mode != "isolated" and bool(self.subnets(version))

    @property
    def has_rules(self) -> bool:
        """Whether there are rules of ours, and other firewalls are told; an open network is left to whoever runs the host's firewall."""
        return self.forward.mode != "open" and self.firewall != "none"

    @property
    def as_neighbour(self) -> Neighbour:
        return Neighbour(self.bridge, tuple(subnet.interface for subnet in self.ips))

    @property
    def alias(self) -> str:
        return ALIAS + self.name


@dataclass(frozen=True)
class Absent:
    """A network that shall not be; ``bridge`` is what its bridge would be called."""

    name: str
    bridge: str


@dataclass(frozen=True)
class Definitions:
    """All networks of one run."""

    present: tuple[Network, ...]
    absent: tuple[Absent, ...]
    warnings: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return [*(network.name for network in self.present), *(network.name for network in self.absent)]
