# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the model from what the user wrote, or says everything that is wrong with it."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace

from ansible_collections.netdev.linux.plugins.module_utils import values
from ansible_collections.netdev.linux.plugins.module_utils.model import IPV6_MIN_MTU
from ansible_collections.netdev.linux.plugins.module_utils.naming import ifname, stable_mac
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import model, pool
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.fields import (
    Address,
    Fields,
    Interface,
    IPNetwork,
    address,
    elements,
    interface,
)
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker, suggestion

MODES = ("nat", "route", "open", "isolated")
KEYS = [
    "name",
    "state",
    "bridge",
    "mac",
    "mtu",
    "stp",
    "delay",
    "mac_table_manager",
    "zone",
    "forward",
    "ipv6",
    "domain",
    "dns",
    "ips",
    "routes",
    "bandwidth",
    "dnsmasq_options",
    "port_forwards",
    "allow_networks",
    "netns",
    "dad",
    "firewall",
    "flow_offload",
]
PORT_FORWARD_KEYS = ("protocol", "port", "to", "to_port", "address", "dev", "source")
PROTOCOLS = {"tcp": ("tcp",), "udp": ("udp",), "both": ("tcp", "udp")}
# More than dnsmasq keeps in its lease database without trouble; libvirt draws the same line.
MAX_RANGE = 65536
MIN_LEASE = 120  # dnsmasq silently raises anything shorter
SLAAC_PREFIX = 64  # RFC 4862: hosts make their own addresses in prefixes of this length only

SSH = 22
SEGMENT = 64  # KiB; what a virtual network card hands over at once (segmentation offload)
MAX_BURST = 0xFFFFFFFF // 1024  # KiB; the kernel counts it in 32 bits of bytes

_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NOWHERE_IPV4: Interface = ipaddress.ip_interface("192.0.2.1/24")  # stands in for an address that could not be read
_NOWHERE: Address = _NOWHERE_IPV4.ip


def definitions(networks: t.Any, path: str = "nat_network_networks", choose: Callable[[t.Any], t.Any] = pool.choose) -> model.Definitions:
    """The networks as typed data. Raises InvalidInput with every problem.

    Which subnets are free only a host knows, by ``choose``; else the first ones of their pools stand in for them.
    """
    walker = Walker()
    warnings: list[str] = []
    present: list[model.Network] = []
    absent: list[model.Absent] = []
    names: list[tuple[str, str]] = []
    for item_path, item in elements(walker, path, choose(networks)):
        fields = Fields(walker, item_path, item, KEYS)
        name = fields.required("name", network_name, "")
        if name:
            names.append((fields.at("name"), name))
        if fields.choice("state", ("present", "absent"), "present") == "absent":
            absent.append(model.Absent(name, _bridge_name(fields, name)))
        else:
            network = _network(fields, name)
            present.append(network)
            warnings += [f"{item_path}: {text}" for text in _warnings(network)]
    _no_duplicates(walker, "name", names)
    # Only networks that are right in themselves can be compared with each other.
    walker.finish()
    _between_networks(walker, present)
    walker.finish()
    return model.Definitions(tuple(_acquainted(network, present) for network in present), tuple(absent), tuple(warnings))


def _acquainted(network: model.Network, every: list[model.Network]) -> model.Network:
    """The network with what it has to know of the others in its namespace."""
    near = [other for other in every if other.netns == network.netns]
    return replace(
        network,
        gateways=tuple(subnet.interface.ip for other in near for subnet in other.ips),
        visitors=tuple(other.as_neighbour for other in near if other.name in network.allow_networks),
        visited=tuple(other.as_neighbour for other in near if network.name in other.allow_networks),
    )


def _network(fields: Fields, name: str) -> model.Network:
    _refuse_unsupported(fields)
    network = model.Network(
        path=fields.path,
        name=name,
        bridge=_bridge_name(fields, name),
        mac=fields.read("mac", values.Mac().parse, stable_mac(name or "x")),
        mtu=fields.number("mtu", 68, 65535),
        stp=fields.flag("stp"),
        delay=fields.number("delay", 0, 30, 0) or 0,
        mac_table_manager=fields.choice("mac_table_manager", ("kernel", "libvirt"), "kernel"),
        forward=_forward(fields),
        ipv6=fields.flag("ipv6"),
        domain=_domain(fields),
        dns=_dns(fields),
        ips=tuple(
            _subnet(child) for child in fields.children("ips", ("address", "pool", "prefix_length", "local_ptr", "dhcp", "tftp_root"))
        ),
        routes=tuple(_route(child) for child in fields.children("routes", ("destination", "gateway", "metric"))),
        bandwidth=_bandwidth(fields),
        dnsmasq_options=tuple(_strings(fields, "dnsmasq_options", _option_line)),
        netns=fields.read("netns", _netns_name, ""),
        dad=fields.choice("dad", ("nodad", "wait", "lend_carrier", "none"), "nodad"),
        zone=fields.read("zone", _zone, ""),
        firewall=fields.choice("firewall", ("auto", "nftables", "iptables", "none"), "auto"),
        flow_offload=fields.flag("flow_offload"),
        allow_networks=tuple(_strings(fields, "allow_networks", network_name)),
        port_forwards=tuple(_port_forward(child) for child in fields.children("port_forwards", PORT_FORWARD_KEYS)),
    )
    _within_network(fields, network)
    _routes_within(fields, network)
    _registers(fields, network)
    _port_forwards_within(fields, network)
    for key in ("allow_networks", "flow_offload"):
        if getattr(network, key):
            _needs_rules(fields, key, network)
    if network.flow_offload and network.firewall == "iptables":
        fields.problem("flow_offload", "needs nftables, and firewall is iptables")
    return network


def _bridge_name(fields: Fields, name: str) -> str:
    return fields.read("bridge", _link_name, ifname("virbr-" + (name or "x")))


def _refuse_unsupported(fields: Fields) -> None:
    """What the documentation of the role names and this version does not do yet is never passed over in silence."""


def _registers(fields: Fields, network: model.Network) -> None:
    """The host's resolver has to have somebody to ask."""
    if not network.domain.register:
        return
    if not network.ips or not network.dns.enable:
        fields.problem("domain.register", "nobody answers the host: that needs an address of the bridge, and dns.enable")
    if network.netns:
        fields.problem("domain.register", "the host's resolver does not reach into the namespace of the network")


def _bandwidth(parent: Fields) -> model.Bandwidth:
    fields = parent.child("bandwidth", ("inbound", "outbound"))
    return model.Bandwidth(_rate(fields, "inbound"), _rate(fields, "outbound"))


def _rate(parent: Fields, key: str) -> model.Rate | None:
    if not parent.has(key):
        return None
    fields = parent.child(key, ("average", "peak", "burst", "floor"))
    if fields.has("floor"):
        fields.problem("floor", "is what one guest is guaranteed; a network as a whole has average, peak and burst")
    average = fields.required("average", values.Unsigned(1, 0xFFFFFFFF).parse, 1)
    peak = fields.number("peak", 1, 0xFFFFFFFF)
    if peak and peak < average and fields.has("average"):
        fields.problem("peak", f"{peak} is less than the average {average}")
    return model.Rate(average, peak, fields.number("burst", 1, MAX_BURST))


def _forward(parent: Fields) -> model.Forward:
    fields = parent.child("forward", ("mode", "dev", "nat", "accept_ra"))
    mode = fields.choice("mode", MODES, "nat")
    dev = fields.read("dev", _link_name, "")
    if dev and mode in ("open", "isolated"):
        fields.problem("dev", f"mode {mode} forwards through no particular device")
    if fields.has("nat") and mode != "nat":
        fields.problem("nat", f"only mode nat translates addresses, and the mode is {mode}")
    nat = fields.child("nat", ("ipv6", "address", "port"))
    translation = model.Nat(nat.flag("ipv6"), _nat_addresses(nat), _nat_ports(nat))
    return model.Forward(mode, dev, translation, fields.flag("accept_ra"))


def _nat_addresses(nat: Fields) -> model.AddressRange | None:
    if not nat.has("address"):
        return None
    fields = nat.child("address", ("start", "end"))
    start = fields.required("start", _ipv4, _NOWHERE)
    end = fields.read("end", _ipv4, start)
    if int(start) > int(end):
        fields.problem("end", f"{end} comes before the start {start}")
    return start, end


def _nat_ports(nat: Fields) -> model.PortRange:
    fields = nat.child("port", ("start", "end"))
    start = fields.number("start", 1, 65535, 1024) or 1024
    end = fields.number("end", 1, 65535, 65535) or 65535
    if start > end:
        fields.problem("end", f"{end} comes before the start {start}")
    return start, end


def _domain(parent: Fields) -> model.Domain:
    fields = parent.child("domain", ("name", "local_only", "register"))
    name = fields.read("name", _dns_name, "")
    local_only = fields.flag("local_only")
    register = fields.flag("register")
    if register and not local_only:
        fields.problem("register", "needs local_only: the host asks here for every name in the domain")
    if local_only and not fields.has("name"):
        fields.problem("name", "required with local_only")
    return model.Domain(name, local_only, register)


def _dns(parent: Fields) -> model.Dns:
    fields = parent.child("dns", ("enable", "forward_plain_names", "forwarders", "txt", "srv", "hosts"))
    enable = fields.flag("enable", True)
    for key in ("forwarders", "txt", "srv", "hosts"):
        if not enable and fields.data.get(key):
            fields.problem(key, "there is nobody to serve it: enable is false")
    return model.Dns(
        enable=enable,
        forward_plain_names=fields.flag("forward_plain_names", True),
        forwarders=tuple(_forwarder(child) for child in fields.children("forwarders", ("domain", "addr", "port"))),
        txt=tuple(
            model.Txt(child.required("name", _dns_name, ""), child.required("value", _text, ""))
            for child in fields.children("txt", ("name", "value"))
        ),
        srv=tuple(
            _srv(child) for child in fields.children("srv", ("service", "protocol", "domain", "target", "port", "priority", "weight"))
        ),
        hosts=_dns_hosts(fields),
    )


def _forwarder(fields: Fields) -> model.Forwarder:
    forwarder = model.Forwarder(
        domain=fields.read("domain", _dns_name, ""),
        addr=fields.read("addr", address, None),
        port=fields.number("port", 1, 65535),
    )
    if not fields.has("domain") and not fields.has("addr"):
        fields.problem("", "needs domain, addr or both")
    if fields.has("port") and not fields.has("addr"):
        fields.problem("port", "needs addr")
    return forwarder


def _srv(fields: Fields) -> model.Srv:
    srv = model.Srv(
        service=fields.required("service", _label, ""),
        protocol=fields.required("protocol", _label, ""),
        domain=fields.read("domain", _dns_name, ""),
        target=fields.read("target", _srv_target, ""),
        port=fields.number("port", 1, 65535) or 0,
        priority=fields.number("priority", 0, 65535) or 0,
        weight=fields.number("weight", 0, 65535) or 0,
    )
    for key in ("port", "priority", "weight"):
        if fields.has(key) and srv.target in ("", "."):
            fields.problem(key, "says nothing without a target")
    return srv


def _dns_hosts(parent: Fields) -> tuple[model.DnsHost, ...]:
    """Entries for one address become one entry."""
    merged: dict[Address, dict[str, None]] = {}
    for fields in parent.children("hosts", ("ip", "hostnames")):
        ip = fields.required("ip", address, _NOWHERE)
        if not fields.data.get("hostnames"):
            fields.problem("hostnames", "required")
        merged.setdefault(ip, {}).update(dict.fromkeys(_strings(fields, "hostnames", _host_name)))
    return tuple(model.DnsHost(ip, tuple(hostnames)) for ip, hostnames in merged.items())


def _subnet(fields: Fields) -> model.Subnet:
    own = _own_address(fields)
    readable = own is not _NOWHERE_IPV4
    local_ptr = fields.flag("local_ptr")
    step = 8 if own.version == 4 else 4
    if local_ptr and readable and own.network.prefixlen % step:
        fields.problem("local_ptr", f"the prefix length of {own} is not a multiple of {step}")
    dhcp = fields.child("dhcp", ("ranges", "hosts", "bootp"))
    # Without the subnet nothing can be said about what is in it; the types are checked all the same.
    where = own if readable else None
    ranges = tuple(_range(child, where) for child in dhcp.children("ranges", ("start", "end", "lease_time")))
    hosts = tuple(_dhcp_host(child, where) for child in dhcp.children("hosts", ("mac", "id", "name", "ip", "lease_time")))
    _no_range_overlap(dhcp, ranges)
    _no_duplicate_hosts(dhcp, hosts)
    return model.Subnet(
        own,
        local_ptr,
        ranges,
        hosts,
        _bootp(dhcp, own, bool(ranges or hosts)),
        fields.read("tftp_root", _served_folder, ""),
        fields.has("pool"),
    )


def _own_address(fields: Fields) -> Interface:
    """The bridge's address, which an entry with a pool has by now, if there is one to be had."""
    if not fields.has("pool"):
        if fields.has("prefix_length"):
            fields.problem("prefix_length", "says nothing without pool; it is part of an address")
        return fields.required("address", _bridge_address, _NOWHERE_IPV4)
    subnets = fields.read("pool", pool.parse, None)
    if not subnets:
        return _NOWHERE_IPV4
    length = fields.read("prefix_length", lambda raw: pool.prefix_length(raw, subnets), None)
    if fields.has("address"):
        own = fields.read("address", _bridge_address, _NOWHERE_IPV4)
        if own is not _NOWHERE_IPV4 and own.ip not in subnets:
            fields.problem("address", f"{own} is not in the pool {subnets}")
        return own
    if length or not fields.has("prefix_length"):
        fields.problem("pool", f"no subnet of that size is free in {subnets}")
    return _NOWHERE_IPV4


def _route(fields: Fields) -> model.StaticRoute:
    return model.StaticRoute(
        destination=fields.required("destination", _destination, _NOWHERE_IPV4.network),
        gateway=fields.required("gateway", address, _NOWHERE),
        metric=fields.number("metric", 1, 0xFFFFFFFF),
    )


def _routes_within(fields: Fields, network: model.Network) -> None:
    """A gateway is a guest's address; the kernel would refuse the route late, and libvirt passes over that in silence."""
    for index, route in enumerate(network.routes):
        path = f"routes[{index}]"
        if route.gateway is _NOWHERE or route.destination is _NOWHERE_IPV4.network:
            continue
        if route.gateway.version != route.destination.version:
            fields.problem(f"{path}.gateway", f"{route.gateway} is not of the family of {route.destination}")
        elif not any(route.gateway in subnet.interface.network for subnet in network.subnets(route.gateway.version)):
            fields.problem(f"{path}.gateway", f"{route.gateway} is in none of the network's subnets, so nothing leads there")
        elif any(route.gateway == subnet.interface.ip for subnet in network.ips):
            fields.problem(f"{path}.gateway", f"{route.gateway} is the bridge's own address")
        for subnet in network.subnets(route.destination.version):
            if subnet.interface.network == route.destination:
                fields.problem(f"{path}.destination", f"{route.destination} is a subnet of the network itself")
        if any((route.destination, route.metric) == (other.destination, other.metric) for other in network.routes[:index]):
            fields.problem(path, f"{route.destination} has a route of that metric already")


def _port_forward(fields: Fields) -> model.PortForward:
    port = fields.required("port", _ports, (0, 0))
    to_port = fields.read("to_port", _ports, port)
    if fields.has("to_port") and _length(port) != _length(to_port):
        fields.problem("to_port", f"{_length(port)} ports of the host can't lead to {_length(to_port)} of the guest; give a range as long")
    return model.PortForward(
        protocols=PROTOCOLS[fields.choice("protocol", tuple(PROTOCOLS), "tcp")],
        port=port,
        to=fields.required("to", address, _NOWHERE),
        to_port=to_port,
        address=fields.read("address", _listening_address, None),
        dev=fields.read("dev", _link_name, ""),
        source=fields.read("source", _destination, None),
    )


def _port_forwards_within(fields: Fields, network: model.Network) -> None:
    if network.port_forwards:
        _needs_rules(fields, "port_forwards", network)
    for index, forward in enumerate(network.port_forwards):
        path = f"port_forwards[{index}]"
        if forward.to is _NOWHERE:
            continue
        subnet = next((subnet for subnet in network.subnets(forward.to.version) if forward.to in subnet.interface.network), None)
        if subnet is None:
            fields.problem(f"{path}.to", f"{forward.to} is in none of the network's subnets, so it is no guest of it")
        elif forward.to == subnet.interface.ip:
            fields.problem(f"{path}.to", f"{forward.to} is the bridge's own address; a port of the host needs no forward")
        elif problem := _not_for_a_host(forward.to, subnet.interface.network):
            fields.problem(f"{path}.to", problem)
        for key, value in (("address", forward.address), ("source", forward.source)):
            if value is not None and value.version != forward.to.version:
                fields.problem(f"{path}.{key}", f"{value} is not of the family of {forward.to}")


def _needs_rules(fields: Fields, key: str, network: model.Network) -> None:
    if network.forward.mode in ("open", "isolated"):
        why = "has no rules" if network.forward.mode == "open" else "is reached by nobody else"
        fields.problem(key, f"a network of mode {network.forward.mode} {why}; use mode nat or route")
    elif network.firewall == "none":
        fields.problem(key, "needs rules, and firewall is none")


def _range(fields: Fields, own: Interface | None) -> model.DhcpRange:
    start = fields.required("start", address, _NOWHERE)
    end = fields.required("end", address, start)
    lease_time = fields.read("lease_time", _lease_time, "")
    inside = [own is not None and _inside(fields, key, ip, own) for key, ip in (("start", start), ("end", end))]
    if not all(inside):
        return model.DhcpRange(start, end, lease_time)
    result = model.DhcpRange(start, end, lease_time)
    if int(start) > int(end):
        fields.problem("end", f"{end} comes before the start {start}")
    elif own and start == end == own.ip:
        # Among others it does no harm, and definitions of vagrant-libvirt have it: dnsmasq passes over addresses that it has itself.
        fields.problem("", f"{start} is the bridge's own address, which no guest gets")
    if result.size > MAX_RANGE or (start.version == 6 and int(start) >> 16 != int(end) >> 16):
        fields.problem(
            "",
            f"{start} to {end}: a range has at most {MAX_RANGE} addresses"
            + (", which differ in the last 16 bits only" if start.version == 6 else ""),
        )
    return result


def _dhcp_host(fields: Fields, own: Interface | None) -> model.DhcpHost:
    host = model.DhcpHost(
        ip=fields.required("ip", address, _NOWHERE),
        mac=fields.read("mac", values.Mac().parse, ""),
        id=fields.read("id", _duid, ""),
        name=fields.read("name", _dhcp_name, ""),
        lease_time=fields.read("lease_time", _lease_time, ""),
    )
    if own is None:
        return host
    if fields.has("ip") and _inside(fields, "ip", host.ip, own) and host.ip == own.ip:
        fields.problem("ip", f"{host.ip} is the bridge's own address")
    if own.version == 4 and fields.has("id"):
        fields.problem("id", "DUIDs belong to DHCPv6; an IPv4 guest is known by mac or name")
    if own.version == 6 and fields.has("mac"):
        fields.problem("mac", "DHCPv6 knows guests by id (the DUID) or name")
    if not any(fields.has(key) for key in ("mac", "id", "name")):
        word = "mac" if own.version == 4 else "id"
        fields.problem("", f"needs {word} or name: the guest has to be known by something")
    return host


def _bootp(dhcp: Fields, own: Interface, served: bool) -> model.Bootp | None:
    if not dhcp.has("bootp"):
        return None
    fields = dhcp.child("bootp", ("file", "server"))
    bootp = model.Bootp(fields.required("file", _text, ""), fields.read("server", _ipv4, None))
    if own.version == 6:
        dhcp.problem("bootp", "is for IPv4 only")
    elif not served:
        dhcp.problem("bootp", "needs ranges or hosts: nobody answers otherwise")
    return bootp


def _inside(fields: Fields, key: str, ip: Address, own: Interface) -> bool:
    """Whether a guest can have this address in the subnet; notes the problem if not."""
    if not fields.has(key) or (ip is _NOWHERE):
        return False
    text = _not_for_a_host(ip, own.network)
    if text:
        fields.problem(key, text)
    return not text


def _not_for_a_host(ip: Address, network: IPNetwork) -> str:
    """Why a host can't have this address in the network; empty if it can."""
    if ip not in network:
        return f"{ip} is not in {network}"
    # RFC 3021: a /31 has neither; IPv6 has no broadcast, but the first address means every router (RFC 4291, 2.6.1).
    if network.prefixlen < network.max_prefixlen - 1:
        if ip == network.network_address:
            return f"{ip} is the address of the network {network} itself"
        if ip.version == 4 and ip == network.broadcast_address:
            return f"{ip} is the broadcast address of {network}"
    return ""


def _no_range_overlap(dhcp: Fields, ranges: tuple[model.DhcpRange, ...]) -> None:
    for index, later in enumerate(ranges):
        for earlier in ranges[:index]:
            same_version = earlier.start.version == later.start.version
            if same_version and int(later.start) <= int(earlier.end) and int(earlier.start) <= int(later.end):
                dhcp.problem(f"ranges[{index}]", f"{later.start} to {later.end} overlaps {earlier.start} to {earlier.end}")


def _no_duplicate_hosts(dhcp: Fields, hosts: tuple[model.DhcpHost, ...]) -> None:
    getters: dict[str, Callable[[model.DhcpHost], Hashable]] = {
        "mac": lambda host: host.mac,
        "id": lambda host: host.id.lower(),
        "name": lambda host: host.name.lower(),
        "ip": lambda host: None if host.ip is _NOWHERE else host.ip,
    }
    for key, getter in getters.items():
        _no_duplicates(
            dhcp.walker,
            key,
            ((dhcp.at(f"hosts[{index}].{key}"), getter(host)) for index, host in enumerate(hosts)),
        )


def _no_duplicates(walker: Walker, what: str, found: Iterable[tuple[str, Hashable]]) -> None:
    seen: dict[Hashable, str] = {}
    for path, value in found:
        if value and value in seen:
            walker.problem(path, f"{value} is the {what} of {seen[value]} already")
        seen.setdefault(value, path.rpartition(".")[0])


def _within_network(fields: Fields, network: model.Network) -> None:
    """Rules that need more than one part of a network."""
    for version in (4, 6):
        served = [i for i, subnet in enumerate(network.ips) if subnet.version == version and subnet.dhcp]
        for index in served[1:]:
            fields.problem(f"ips[{index}].dhcp", f"DHCP for IPv{version} is served in ips[{served[0]}] already")
    readable = [(i, subnet) for i, subnet in enumerate(network.ips) if subnet.interface is not _NOWHERE_IPV4]
    for position, (index, subnet) in enumerate(readable):
        for _other, earlier in readable[:position]:
            if _overlap(subnet, earlier):
                fields.problem(f"ips[{index}].address", f"{subnet.interface} overlaps {earlier.interface}")
        if subnet.version == 6:
            _ipv6_subnet(fields, index, subnet, network)


def _ipv6_subnet(fields: Fields, index: int, subnet: model.Subnet, network: model.Network) -> None:
    prefixlen = subnet.interface.network.prefixlen
    if subnet.dhcp and prefixlen < SLAAC_PREFIX:
        fields.problem(f"ips[{index}].address", f"dnsmasq serves DHCPv6 in prefixes of /64 and longer, not in /{prefixlen}")
    if not network.dhcp(6) and prefixlen != SLAAC_PREFIX:
        fields.problem(
            f"ips[{index}].address",
            f"guests learn their addresses from router advertisements, which needs a /64, not a /{prefixlen}; or add DHCP ranges",
        )
    if network.mtu and network.mtu < IPV6_MIN_MTU:
        fields.problem("mtu", f"{network.mtu} is too small for IPv6, which needs {IPV6_MIN_MTU}")


def _between_networks(walker: Walker, networks: list[model.Network]) -> None:
    for netns in dict.fromkeys(network.netns for network in networks):
        _between_neighbours(walker, [network for network in networks if network.netns == netns])
    _allowed_networks(walker, networks)


def _between_neighbours(walker: Walker, networks: list[model.Network]) -> None:
    """What two networks in one namespace can't have both."""
    _no_duplicates(walker, "bridge", ((f"{network.path}.bridge", network.bridge) for network in networks))
    _no_duplicates(walker, "mac", ((f"{network.path}.mac", network.mac) for network in networks))
    earlier: list[tuple[str, model.Subnet]] = []
    for network in networks:
        own = [(f"{network.path}.ips[{index}]", subnet) for index, subnet in enumerate(network.ips)]
        for where, subnet in own:
            for other_where, other in earlier:
                if _overlap(subnet, other):
                    text = f"{subnet.interface} overlaps {other.interface} of {other_where}"
                    walker.problem(f"{where}.address", text)
        earlier += own
    _no_port_twice(walker, networks)


def _allowed_networks(walker: Walker, networks: list[model.Network]) -> None:
    by_name = {network.name: network for network in networks}
    for network in networks:
        for index, name in enumerate(network.allow_networks):
            missing = f"no network {name} is present{suggestion(name, list(by_name))}"
            text = _not_allowed(network, by_name[name], network.allow_networks[:index]) if name in by_name else missing
            if text:
                walker.problem(f"{network.path}.allow_networks[{index}]", text)


def _not_allowed(network: model.Network, other: model.Network, earlier: Iterable[str]) -> str:
    """Why guests of the other can't be let in; empty if they can."""
    name = other.name
    if other is network:
        return "guests of the network itself reach each other anyway"
    if other.netns != network.netns:
        where = f"in the namespace {other.netns}" if other.netns else "in no namespace of its own"
        return f"{name} is {where}, and what its guests send does not get from there to here; networks that may talk are in one namespace"
    if other.forward.mode == "isolated":
        return f"guests of {name} reach nobody, because its mode is isolated"
    if name in earlier:
        return f"{name} is there already"
    if not {subnet.version for subnet in network.ips} & {subnet.version for subnet in other.ips}:
        return f"{name} has no addresses of an IP version that {network.name} has"
    return ""


def _no_port_twice(walker: Walker, networks: list[model.Network]) -> None:
    earlier: list[tuple[str, model.PortForward]] = []
    for network in networks:
        for index, forward in enumerate(network.port_forwards):
            path = f"{network.path}.port_forwards[{index}]"
            for other_path, other in earlier:
                if _compete(forward, other):
                    first, last = max(forward.port[0], other.port[0]), min(forward.port[1], other.port[1])
                    text = f"port {first} leads" if first == last else f"ports {first} to {last} lead"
                    walker.problem(
                        f"{path}.port", f"{text} to {other.to} by {other_path} already; give both an address, dev or source that differ"
                    )
            earlier.append((path, forward))


def _compete(one: model.PortForward, other: model.PortForward) -> bool:
    """Whether there are connections that both are for."""
    return (
        one.to.version == other.to.version
        and bool(set(one.protocols) & set(other.protocols))
        and one.port[0] <= other.port[1]
        and other.port[0] <= one.port[1]
        and (one.address is None or other.address is None or one.address == other.address)
        and (not one.dev or not other.dev or one.dev == other.dev)
        and (one.source is None or other.source is None or one.source.overlaps(t.cast(t.Any, other.source)))
    )


def _overlap(one: model.Subnet, other: model.Subnet) -> bool:
    # overlaps() wants both of one version.
    return one.version == other.version and one.interface.network.overlaps(t.cast(t.Any, other.interface.network))


def _warnings(network: model.Network) -> list[str]:
    found = []
    if network.stp and network.delay < 2:
        found.append("with stp the kernel raises delay to 2 s, and a guest waits twice that before it is heard")
    if network.bandwidth.outbound and network.bandwidth.outbound.peak:
        found.append("bandwidth.outbound.peak has no effect, as in libvirt: what guests send is dropped above the average and the burst")
    if network.bandwidth.outbound and (network.bandwidth.outbound.burst or network.bandwidth.outbound.average) < SEGMENT:
        found.append(
            f"bandwidth.outbound: guests send segments of up to {SEGMENT} KiB at once, and those that exceed burst never get through"
        )
    if network.dhcp(6) and any(not subnet.dhcp for subnet in network.subnets(6)):
        found.append("IPv6 subnets beside the one that DHCPv6 serves are not advertised to guests")
    for index, forward in enumerate(network.port_forwards):
        of_all = not (forward.address or forward.dev or forward.source)
        if of_all and "tcp" in forward.protocols and forward.port[0] <= SSH <= forward.port[1]:
            found.append(f"port_forwards[{index}]: port {SSH} of the host's addresses leads to {forward.to}, not to the host's own SSH")
    return found


def _strings(fields: Fields, key: str, parse: Callable[[t.Any], str]) -> Iterable[str]:
    for path, item in fields.items(key):
        try:
            yield parse(item)
        except ValueError as error:
            fields.walker.problem(path, str(error))


# Types. Each takes what YAML gave and raises ValueError whose text says what is allowed.


def network_name(raw: t.Any) -> str:
    """It becomes part of file names, of a unit's name and of a table's name."""
    if isinstance(raw, bool) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", str(raw)):
        raise ValueError(f"{raw!r} is not a name: 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first")
    return str(raw)


def _zone(raw: t.Any) -> str:
    """A zone of firewalld, as long as its chains' names allow."""
    if not isinstance(raw, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,17}", raw):
        raise ValueError(f"{raw!r} is not a zone: 1 to 17 letters, digits, dashes or underscores")
    return raw


def _link_name(raw: t.Any) -> str:
    """Narrower than the kernel: a star is a wildcard to dnsmasq and nft, commas and quotes end a value."""
    name = values.Name().parse(raw)
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*", name):
        raise ValueError(f"{name!r}: only letters, digits, dot, dash, underscore and @ can be used here")
    return name


def _netns_name(raw: t.Any) -> str:
    """Narrower than ip netns: it is part of lines and names of units."""
    name = values.NetnsName().parse(raw)
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        raise ValueError(f"{name!r}: only letters, digits, dot, dash and underscore can be used here")
    return name


def _text(raw: t.Any) -> str:
    """One value in a line of dnsmasq's configuration, which has no way to quote a comma or a quote."""
    text = str(raw)
    if isinstance(raw, (list, dict)) or not text.strip():
        raise ValueError(f"{raw!r} is not a text")
    if not text.isprintable() or re.search(r"[,\"\\]", text) or re.search(r"(^|\s)#", text) or text != text.strip():
        raise ValueError(
            f"{text!r} has a line break, control character, comma, quote, backslash, comment sign or outer blank, "
            "which can't be written into dnsmasq's configuration"
        )
    return text


def _served_folder(raw: t.Any) -> str:
    """A directory that dnsmasq, with a user and a unit of its own, can read."""
    text = _text(raw)
    if not text.startswith("/") or ".." in text.split("/"):
        raise ValueError(f"{text!r} is not an absolute path without ..")
    if re.match(r"/(home|root|run/user|tmp|var/tmp)(/|$)", text):
        raise ValueError(f"{text} can't be served: dnsmasq's unit sees no homes and temporary directories; use one below /srv or /var/lib")
    return text


def _destination(raw: t.Any) -> IPNetwork:
    ip, length = values.parse_prefix(raw)
    network = ipaddress.ip_network(f"{ip}/{length}", strict=False)
    if str(network.network_address) != ip:
        raise ValueError(f"{raw} has bits set behind its prefix length; the network is {network}")
    return network


def _listening_address(raw: t.Any) -> Address:
    ip = address(raw)
    if ip.is_loopback:
        raise ValueError(f"{ip} can't be forwarded: packets from a loopback address do not leave the host; use another address of it")
    if ip.is_multicast or ip.is_unspecified:
        raise ValueError(f"{ip} is not an address that the host can have; leave it out for all of them")
    return ip


def _ports(raw: t.Any) -> model.PortRange:
    """A port, or the first and the last of several."""
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", str(raw))
    if not match or isinstance(raw, bool):
        raise ValueError(f"{raw!r} is not a port or a range of ports such as 8000-8010")
    first, last = int(match[1]), int(match[2] or match[1])
    if not 1 <= first <= last <= 65535:
        raise ValueError(f"{raw!r} is not a port or a range of ports: 1 to 65535, the first before the last")
    return first, last


def _length(ports: model.PortRange) -> int:
    return ports[1] - ports[0] + 1


def _option_line(raw: t.Any) -> str:
    text = str(raw)
    if isinstance(raw, (list, dict)) or not text.isprintable() or not text.strip():
        raise ValueError(f"{raw!r} is not one line of dnsmasq's configuration")
    return text


def _label(raw: t.Any) -> str:
    """A word of a SRV record's name; the underscore in front of it is ours to add."""
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?", str(raw)):
        raise ValueError(f"{raw!r} is not a word of letters, digits and dashes, without underscore in front")
    return str(raw)


def _dns_name(raw: t.Any) -> str:
    """A name in the DNS; underscores may begin its labels, as in _acme-challenge."""
    text = str(raw)
    if len(text) > 253 or not re.fullmatch(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*", text):
        raise ValueError(f"{raw!r} is not a domain name: labels of letters, digits, dashes and underscores, joined by dots")
    return text


def _srv_target(raw: t.Any) -> str:
    return "." if raw == "." else _dns_name(raw)


def _host_name(raw: t.Any) -> str:
    """A name of a host, as dnsmasq accepts it from a hosts file."""
    text = _dns_name(raw)
    if not all(re.match(r"[A-Za-z0-9]", label) for label in text.split(".")):
        raise ValueError(f"{raw!r} is not a host name: a label begins with a letter or a digit")
    if re.fullmatch(r"[\d.]+", text):
        raise ValueError(f"{raw!r} is a number or an address, not a host name")
    return text


def _dhcp_name(raw: t.Any) -> str:
    """A name in dnsmasq's list of DHCP hosts, which tells it from other fields by its looks only."""
    text = _host_name(raw)
    if re.fullmatch(r"\d+[smhdw]|infinite|ignore", text, re.IGNORECASE):
        raise ValueError(f"{text!r} would be read as a lease time or a keyword by dnsmasq, not as a name")
    return text


def _duid(raw: t.Any) -> str:
    text = str(raw)
    if not re.fullmatch(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){2,129}", text):
        raise ValueError(f"{raw!r} is not a DUID: bytes in hexadecimal, joined by colons (quoted, or YAML reads a number)")
    return text


def _lease_time(raw: t.Any) -> str:
    match = re.fullmatch(r"(\d{1,9})([smhdw]?)", str(raw))
    if str(raw) == "infinite":
        return "infinite"
    if not match or isinstance(raw, bool):
        raise ValueError(f"{raw!r} is not a lease time: seconds, or a number with s, m, h, d or w, or infinite")
    if int(match[1]) * _UNIT_SECONDS[match[2]] < MIN_LEASE:
        raise ValueError(f"{raw} is shorter than dnsmasq's least lease time, two minutes")
    return match[1] + (match[2] or "s")


def _ipv4(raw: t.Any) -> Address:
    ip = address(raw)
    if ip.version != 4:
        raise ValueError(f"{ip} is not an IPv4 address")
    return ip


def _bridge_address(raw: t.Any) -> Interface:
    own = interface(raw)
    if own.ip.is_multicast or own.ip.is_loopback or own.ip.is_unspecified:
        raise ValueError(f"{own.ip} is not an address for a bridge")
    if own.version == 6 and own.ip.is_link_local:
        raise ValueError(f"{own.ip} is link-local, which every link has anyway")
    text = _not_for_a_host(own.ip, own.network)
    if text:
        raise ValueError(text)
    return own
