# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an item of ``nat_network_networks`` to a network definition of libvirt: the way back of :mod:`.libvirt_xml`."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import model, validate
from ansible_collections.netdev.linux.plugins.plugin_utils import libvirt_xml
from ansible_collections.netdev.linux.plugins.plugin_utils.libvirt_xml import DNSMASQ, UNITS, Refused

ET.register_namespace("dnsmasq", DNSMASQ)

# Keys of a network that a definition of libvirt has a place for.
SAYABLE = (
    *("name", "state", "bridge", "mac", "mtu", "stp", "delay", "mac_table_manager", "zone", "forward", "ipv6", "domain", "dns"),
    *("ips", "routes", "bandwidth", "dnsmasq_options"),
)
# What says no more than libvirt does anyway.
MEANINGLESS = {"dad": "none", "firewall": "auto"}


def convert(item: dict[str, Any], warn: Callable[[str], None] | None = None) -> str:
    """A definition with which libvirt makes the network.

    What has no equivalent is an error, or with ``warn`` told to it and left out. Raises Refused, and InvalidInput for what is wrong
    in itself.
    """
    left_out = [
        f"{key}: libvirt has no equivalent" for key, value in item.items() if key not in SAYABLE and value and MEANINGLESS.get(key) != value
    ]
    forward = item.get("forward")
    if isinstance(forward, dict) and forward.get("accept_ra"):
        left_out.append("forward.accept_ra: libvirt has no equivalent")
    if left_out and warn is None:
        raise Refused("; ".join(left_out))
    for what in left_out:
        if warn:
            warn(what)
    text = _text(_network(_checked({key: value for key, value in item.items() if key in SAYABLE})))
    # What libvirt takes is said in one place, and that is the way back.
    libvirt_xml.convert(text)
    return text


def bridge(item: dict[str, Any]) -> str:
    """A definition with which guests of libvirt plug into the bridge that the role makes. Raises InvalidInput and Refused."""
    network = _checked({key: item[key] for key in ("name", "state", "bridge") if key in item})
    root = ET.Element("network")
    ET.SubElement(root, "name").text = network.name
    _add(root, "forward", mode="bridge")
    _add(root, "bridge", name=network.bridge)
    return _text(root)


def _checked(item: dict[str, Any]) -> model.Network:
    found = validate.definitions([item], "network").present
    if not found:
        raise Refused("state: a network that shall be absent has no definition")
    return found[0]


def _text(root: ET.Element) -> str:
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _add(parent: ET.Element, tag: str, /, **attributes: Any) -> ET.Element:
    """A child with those of the attributes that are something, in libvirt's words."""
    words = {True: "yes", False: "no"}
    given = {key: words.get(value, value) if isinstance(value, bool) else value for key, value in attributes.items()}
    return ET.SubElement(parent, tag, {key: str(value) for key, value in given.items() if value not in (None, "")})


def _network(network: model.Network) -> ET.Element:
    root = ET.Element("network", {"ipv6": "yes"} if network.ipv6 else {})
    ET.SubElement(root, "name").text = network.name
    _forward(root, network.forward)
    # What libvirt takes where nothing is said is not what the role takes.
    stp = "on" if network.stp else "off"
    # The kernel's is what libvirt takes anyway.
    manager = network.mac_table_manager.replace("kernel", "")
    _add(root, "bridge", name=network.bridge, stp=stp, delay=network.delay, macTableManager=manager, zone=network.zone)
    _add(root, "mac", address=network.mac)
    if network.mtu:
        _add(root, "mtu", size=network.mtu)
    if network.domain.name:
        # Only a yes is worth a word; older versions of libvirt know no register.
        domain = network.domain
        _add(root, "domain", name=domain.name, localOnly=domain.local_only or None, register=domain.register or None)
    _dns(root, network.dns)
    for subnet in network.ips:
        _subnet(root, subnet)
    for route in network.routes:
        address = route.destination
        _add(
            root,
            "route",
            family=f"ipv{address.version}",
            address=address.network_address,
            prefix=address.prefixlen,
            gateway=route.gateway,
            metric=route.metric,
        )
    _bandwidth(root, network.bandwidth)
    if network.dnsmasq_options:
        options = ET.SubElement(root, f"{{{DNSMASQ}}}options")
        for line in network.dnsmasq_options:
            _add(options, f"{{{DNSMASQ}}}option", value=line)
    return root


def _forward(root: ET.Element, forward: model.Forward) -> None:
    if forward.mode == "isolated":
        return
    element = _add(root, "forward", mode=forward.mode, dev=forward.dev)
    nat = forward.nat
    if nat == model.Nat():
        return
    inner = _add(element, "nat", ipv6=nat.ipv6 or None)
    if nat.address:
        _add(inner, "address", start=nat.address[0], end=nat.address[1])
    if nat.port != model.Nat().port:
        _add(inner, "port", start=nat.port[0], end=nat.port[1])


def _dns(root: ET.Element, dns: model.Dns) -> None:
    if dns == model.Dns():
        return
    plain = None if dns.forward_plain_names else False
    element = _add(root, "dns", enable=None if dns.enable else False, forwardPlainNames=plain)
    for forwarder in dns.forwarders:
        _add(element, "forwarder", domain=forwarder.domain, addr=forwarder.addr, port=forwarder.port)
    for txt in dns.txt:
        _add(element, "txt", name=txt.name, value=txt.value)
    for srv in dns.srv:
        numbers = {"port": srv.port or None, "priority": srv.priority or None, "weight": srv.weight or None}
        _add(element, "srv", service=srv.service, protocol=srv.protocol, domain=srv.domain, target=srv.target, **numbers)
    for host in dns.hosts:
        names = _add(element, "host", ip=host.ip)
        for name in host.hostnames:
            ET.SubElement(names, "hostname").text = name


def _subnet(root: ET.Element, subnet: model.Subnet) -> None:
    own = subnet.interface
    family = "ipv6" if own.version == 6 else None
    element = _add(root, "ip", family=family, address=own.ip, prefix=own.network.prefixlen, localPtr=subnet.local_ptr or None)
    if subnet.tftp_root:
        _add(element, "tftp", root=subnet.tftp_root)
    if not subnet.dhcp:
        return
    dhcp = ET.SubElement(element, "dhcp")
    for each in subnet.ranges:
        _lease(_add(dhcp, "range", start=each.start, end=each.end), each.lease_time)
    for host in subnet.hosts:
        _lease(_add(dhcp, "host", mac=host.mac, id=host.id, name=host.name, ip=host.ip), host.lease_time)
    if subnet.bootp:
        _add(dhcp, "bootp", file=subnet.bootp.file, server=subnet.bootp.server)


def _lease(element: ET.Element, time: str) -> None:
    if not time:
        return
    if time == "infinite":
        _add(element, "lease", expiry=0)
        return
    # libvirt counts in hours at most.
    number, unit = int(time[:-1]), time[-1]
    hours = {"d": 24, "w": 24 * 7}.get(unit)
    words = {letter: word for word, letter in UNITS.items()}
    _add(element, "lease", expiry=number * (hours or 1), unit=words["h" if hours else unit])


def _bandwidth(root: ET.Element, bandwidth: model.Bandwidth) -> None:
    if bandwidth == model.Bandwidth():
        return
    element = ET.SubElement(root, "bandwidth")
    for direction, rate in (("inbound", bandwidth.inbound), ("outbound", bandwidth.outbound)):
        if rate:
            _add(element, direction, average=rate.average, peak=rate.peak, burst=rate.burst)
