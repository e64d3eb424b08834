# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnsmasq's files: the lines that libvirt writes for such a network, in libvirt's order.

What we need beyond them (lease file, pid file, user) stands on the command line, see :func:`arguments`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import files
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.fields import Interface
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import (
    DhcpHost,
    Forwarder,
    Network,
    Srv,
    Subnet,
)
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths


def conf(network: Network, paths: Paths) -> str:
    """The configuration file."""
    lines = [
        "strict-order",
        *_names(network),
        # dnsmasq listens on lo unless told otherwise, and there the host's own resolver may be.
        "except-interface=lo",
        "bind-dynamic",
        f"interface={network.bridge}",
        *_isolation(network),
        *_records(network),
        *_tftp(network),
        *_dhcp(network),
        *_files(network, paths),
        *_mtu(network),
        *_router_advertisements(network),
        *network.dnsmasq_options,
    ]
    return files.HEADER % network.name + "".join(line + "\n" for line in lines)


def hostsfile(network: Network) -> str:
    """Guests with a fixed address; read again on SIGHUP."""
    served = [subnet for subnet in (network.dhcp(4), network.dhcp(6)) if subnet]
    return "".join(_host(host) + "\n" for subnet in served for host in subnet.hosts)


def addnhosts(network: Network) -> str:
    """Names and their addresses; read again on SIGHUP."""
    return "".join("\t".join([str(host.ip), *host.hostnames, "\n"]) for host in network.dns.hosts)


def arguments(network: str, user: str, group: str, binary: str = "dnsmasq") -> list[str]:
    """The command that starts dnsmasq. It returns as soon as dnsmasq is ready, with dnsmasq in the background."""
    paths = Paths(network)
    return [
        binary,
        f"--conf-file={paths.conf}",
        f"--pid-file={paths.pid}",
        f"--dhcp-leasefile={paths.leases}",
        f"--user={user}",
        f"--group={group}",
    ]


def _names(network: Network) -> list[str]:
    dns = network.dns
    lines = []
    if not dns.enable:
        lines.append("port=0")
    lines += [_server(forwarder) for forwarder in dns.forwarders]
    if any(forwarder.addr and not forwarder.domain for forwarder in dns.forwarders):
        # Somebody is there for every name, so the host's resolv.conf has no say.
        lines.append("no-resolv")
    if network.domain.local_only:
        lines.append(f"local=/{network.domain.name}/")
    if network.domain.name:
        lines += [f"domain={network.domain.name}", "expand-hosts"]
    if dns.enable and not dns.forward_plain_names:
        lines += ["domain-needed", "local=//"]
    if dns.enable:
        lines += [f"local=/{_reverse_zone(subnet.interface)}/" for subnet in network.ips if subnet.local_ptr]
    return lines


def _server(forwarder: Forwarder) -> str:
    domain = f"/{forwarder.domain}/" if forwarder.domain else ""
    # "#" means: as resolv.conf says.
    addr = str(forwarder.addr) if forwarder.addr else "#"
    return f"server={domain}{addr}" + (f"#{forwarder.port}" if forwarder.port else "")


def _reverse_zone(interface: Interface) -> str:
    network = interface.network
    labels = network.network_address.reverse_pointer.split(".")
    bits = 8 if network.version == 4 else 4
    # A label holds so many bits; the ones of the host part are not in the zone's name.
    return ".".join(labels[(network.max_prefixlen - network.prefixlen) // bits :])


def _isolation(network: Network) -> list[str]:
    if network.forward.mode != "isolated":
        return []
    # No default route that leads nowhere (neither by DHCP nor by router advertisement), and no way out through the DNS.
    return ["dhcp-option=3", "no-resolv", "ra-param=*,0,0"]


def _records(network: Network) -> list[str]:
    return [f"txt-record={txt.name},{txt.value}" for txt in network.dns.txt] + [_srv(srv) for srv in network.dns.srv]


def _srv(srv: Srv) -> str:
    line = f"srv-host=_{srv.service}._{srv.protocol}" + (f".{srv.domain}" if srv.domain else "")
    if srv.target in ("", "."):
        return line  # RFC 2782: the service is decidedly not available
    fields = [srv.target]
    # Known by their position: what comes before one that is given has to be there.
    if srv.port or srv.priority or srv.weight:
        fields.append(str(srv.port or 1))
    if srv.priority or srv.weight:
        fields.append(str(srv.priority))
    if srv.weight:
        fields.append(str(srv.weight))
    return ",".join([line, *fields])


def _tftp(network: Network) -> list[str]:
    roots = [f"tftp-root={subnet.tftp_root}" for subnet in network.ips if subnet.tftp_root]
    return ["enable-tftp", *roots] if roots else []


def _dhcp(network: Network) -> list[str]:
    lines: list[str] = []
    leases = 0
    for subnet in (network.dhcp(4), network.dhcp(6)):
        if subnet:
            lines += _ranges(subnet)
            leases += sum(dhcp_range.size for dhcp_range in subnet.ranges)
        if subnet and subnet.version == 4:
            lines += ["dhcp-no-override", "dhcp-authoritative", *_bootp(subnet)]
    if leases:
        lines.append(f"dhcp-lease-max={leases}")
    return lines


def _ranges(subnet: Subnet) -> list[str]:
    network = subnet.interface.network
    if isinstance(network, ipaddress.IPv4Network):
        mask, static_mask = [str(network.netmask)], []
    else:
        mask = static_mask = [str(network.prefixlen)]
    if not subnet.ranges:
        return ["dhcp-range=" + ",".join([str(subnet.interface.ip), "static", *static_mask])]
    return ["dhcp-range=" + ",".join([str(entry.start), str(entry.end), *mask, *_given(entry.lease_time)]) for entry in subnet.ranges]


def _bootp(subnet: Subnet) -> list[str]:
    if not subnet.bootp:
        return []
    # The field between is the server's name, which nobody needs.
    return [f"dhcp-boot={subnet.bootp.file}" + (f",,{subnet.bootp.server}" if subnet.bootp.server else "")]


def _host(host: DhcpHost) -> str:
    known_by = [f"id:{host.id}"] if host.id else _given(host.mac)
    ip = str(host.ip)
    if host.ip.version == 6:
        fields = [*known_by, *_given(host.name), f"[{ip}]"]
    elif known_by:
        fields = [*known_by, ip, *_given(host.name)]
    else:
        fields = [host.name, ip]
    return ",".join([*fields, *_given(host.lease_time)])


def _files(network: Network, paths: Paths) -> list[str]:
    lines = []
    if network.dhcp(4) or network.dhcp(6):
        lines.append(f"dhcp-hostsfile={paths.hostsfile}")
    if network.dns.enable:
        # Also when there is nothing in it: dnsmasq reads on SIGHUP only what it was started with.
        lines.append(f"addn-hosts={paths.addnhosts}")
    return lines


def _mtu(network: Network) -> list[str]:
    return [f"dhcp-option=option:mtu,{network.mtu}"] if network.mtu else []


def _router_advertisements(network: Network) -> list[str]:
    if network.dhcp(6):
        return ["enable-ra"]
    return [f"dhcp-range={subnet.interface.ip},ra-only" for subnet in network.subnets(6)]


def _given(text: str) -> Sequence[str]:
    return [text] if text else []
