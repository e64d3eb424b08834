# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a network definition of libvirt to an item of ``nat_network_networks``.

https://libvirt.org/formatnetwork.html. The XML may come from anywhere: no document type, so no entities; a limited size; and what is
not in the tables below is refused, not passed over.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import uuid
import xml.parsers.expat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.netdev.linux.plugins.module_utils.nat_network.validate import network_name

MAX_SIZE = 1 << 20  # bytes; the largest definitions of thousands of hosts have a few hundred kilobytes
MAX_DEPTH = 64  # libvirt's own elements go six deep; metadata may be of any program
DNSMASQ = "http://libvirt.org/schemas/network/dnsmasq/1.0"


class Refused(ValueError):
    """What is wrong with a definition, or can't be honoured."""


class Elsewhere(Refused):
    """A definition whose mode is one of libvirt's, and leaves the host no network to make."""


@dataclass
class Element:
    """An element: its name (with its namespace in front, if it has one), where it is, and what is in it."""

    name: str
    path: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]

    def one(self, name: str) -> Element | None:
        """The child of that name. libvirt takes the first of several and keeps silent about the others."""
        found = self.all(name)
        if len(found) > 1:
            raise Refused(f"{found[1].path}: a second {name}; there is only one")
        return found[0] if found else None

    def given(self, **names: str) -> dict[str, str]:
        """Attributes that are there, by the key that each becomes."""
        return {key: self.attributes[name] for key, name in names.items() if name in self.attributes}

    def required(self, *names: str) -> dict[str, str]:
        """Attributes that have to be there."""
        for name in names:
            if not self.attributes.get(name):
                raise Refused(f"{self.path}/@{name}: missing")
        return {name: self.attributes[name] for name in names}

    def flag(self, name: str, words: tuple[str, str] = ("no", "yes")) -> bool | None:
        """A yes or no; None where it is not there."""
        if name not in self.attributes:
            return None
        if self.attributes[name] not in words:
            raise Refused(f"{self.path}/@{name}: {self.attributes[name]!r} is neither {words[1]} nor {words[0]}")
        return self.attributes[name] == words[1]


def parse(text: str) -> Element:
    """The root element. Raises Refused."""
    if len(text) > MAX_SIZE or len(text.encode(errors="replace")) > MAX_SIZE:
        raise Refused(f"a definition of more than {MAX_SIZE} bytes")
    stack = [Element("", "", {})]
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    # One call for a stretch of text, not one for each of its lines, which are put together at a cost that grows with their square.
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise Refused(f"elements more than {MAX_DEPTH} deep in each other")
        # Of another namespace it is another element, whatever it is called.
        name = name.replace(f"{DNSMASQ} ", "dnsmasq:")
        element = Element(name, f"{stack[-1].path}/{name}", attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def characters(data: str) -> None:
        stack[-1].text += data

    def doctype(*_parts: Any) -> None:
        raise Refused("a document type: it could define entities, and no definition of a network needs one")

    parser.StartElementHandler, parser.EndElementHandler = start, lambda _name: stack.pop()
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
    try:
        parser.Parse(text, True)
    except UnicodeEncodeError as error:
        raise Refused(f"not text: {error}") from None
    except xml.parsers.expat.ExpatError as error:
        raise Refused(f"not well-formed XML: {error}") from None
    return stack[0].children[0]


# Elements by their path, each with the attributes that are honoured. A path that ends with "/" has anything below it, without
# consequence for the network.
_NOTHING: tuple[str, ...] = ()
KNOWN: dict[str, tuple[str, ...]] = {
    "/network": ("ipv6", "connections"),
    "/network/name": _NOTHING,
    "/network/uuid": _NOTHING,
    "/network/title": _NOTHING,
    "/network/description": _NOTHING,
    "/network/metadata/": _NOTHING,
    "/network/bridge": ("name", "stp", "delay", "macTableManager", "zone"),
    "/network/mac": ("address",),
    "/network/mtu": ("size",),
    "/network/port": _NOTHING,
    "/network/domain": ("name", "localOnly", "register"),
    "/network/forward": ("mode", "dev"),
    "/network/forward/interface": ("dev", "connections"),
    "/network/forward/nat": ("ipv6",),
    "/network/forward/nat/address": ("start", "end"),
    "/network/forward/nat/port": ("start", "end"),
    "/network/dns": ("enable", "forwardPlainNames"),
    "/network/dns/forwarder": ("domain", "addr", "port"),
    "/network/dns/txt": ("name", "value"),
    "/network/dns/srv": ("service", "protocol", "domain", "target", "port", "priority", "weight"),
    "/network/dns/host": ("ip",),
    "/network/dns/host/hostname": _NOTHING,
    "/network/ip": ("address", "netmask", "prefix", "family", "localPtr"),
    "/network/ip/tftp": ("root",),
    "/network/ip/dhcp": _NOTHING,
    "/network/ip/dhcp/range": ("start", "end"),
    "/network/ip/dhcp/range/lease": ("expiry", "unit"),
    "/network/ip/dhcp/host": ("mac", "id", "name", "ip"),
    "/network/ip/dhcp/host/lease": ("expiry", "unit"),
    "/network/ip/dhcp/bootp": ("file", "server"),
    "/network/route": ("family", "address", "netmask", "prefix", "gateway", "metric"),
    "/network/bandwidth": _NOTHING,
    "/network/bandwidth/inbound": ("average", "peak", "burst"),
    "/network/bandwidth/outbound": ("average", "peak", "burst"),
    "/network/dnsmasq:options": _NOTHING,
    "/network/dnsmasq:options/dnsmasq:option": ("value",),
}
# Why it is refused, where it is not just unknown.
REASONS = {
    "/network/@trustGuestRxFilters": "is a setting of guests with macvtap devices",
    "/network/portgroup": "port groups are settings of guests; give them to their taps",
    "/network/virtualport": "Open vSwitch and 802.1Qbg have no part in a NAT network",
    "/network/vlan": "libvirt itself has VLAN tags on networks of Open vSwitch and SR-IOV only",
    "/network/port/@isolated": "isolation is a setting of each guest's tap: `isolated` of module bridge_port",
    "/network/forward/@managed": "is for devices that are handed to guests",
    "/network/forward/driver": "is for devices that are handed to guests",
    "/network/forward/address": "is for devices that are handed to guests",
    "/network/forward/pf": "is for devices that are handed to guests",
    "/network/bandwidth/inbound/@floor": "is a guarantee to guests, which needs a class of its own for each",
}
# What says that there is nothing of it, which is so.
NONE = {"/network/@trustGuestRxFilters": "no", "/network/port/@isolated": "no"}
MODES = ("nat", "route", "open")
# Modes of libvirt in which the host has no network to make, and who does it.
_MACVTAP = "guests get macvtap devices on an interface of the host, which is no network to make; module link has the kind macvtap"
ELSEWHERE = {
    "bridge": "guests plug into a bridge that the host has, so there is no network to make; module bridge makes and keeps bridges",
    "private": _MACVTAP,
    "vepa": _MACVTAP,
    "passthrough": _MACVTAP,
    "hostdev": "guests get network cards of the host to themselves, so there is no network to make",
}


def unsupported(element: Element) -> Iterator[str]:
    """Everything below an element that would have no effect, with its path and, where there is one, the reason."""
    if element.path + "/" in KNOWN:
        return
    if element.path not in KNOWN:
        yield f"{element.path}: {REASONS.get(element.path, 'not supported')}"
        return
    for name, value in element.attributes.items():
        path = f"{element.path}/@{name}"
        if name not in KNOWN[element.path] and NONE.get(path) != value:
            yield f"{path}: {REASONS.get(path, 'not supported')}"
    for child in element.children:
        yield from unsupported(child)


def network(root: Element) -> dict[str, Any]:
    """The definition in the words of the role. Raises Refused for what libvirt refuses."""
    forward = _forward(root)
    made: dict[str, Any] = {"name": _name(root), **_bridge(root), "forward": forward}
    if forward["mode"] in ("nat", "route") and not root.all("ip"):
        raise Refused(f"/network/ip: missing; mode {forward['mode']} forwards for subnets, and there is none")
    if _text(root, "uuid"):
        _check_uuid(_text(root, "uuid"))
    optional = {
        "ipv6": root.flag("ipv6"),
        "mac": _attribute(root, "mac", "address"),
        "mtu": _attribute(root, "mtu", "size"),
        "domain": _domain(root),
        "dns": _dns(root),
        "ips": [_ip(element) for element in root.all("ip")],
        "routes": [_route(element) for element in root.all("route")],
        "bandwidth": _bandwidth(root),
        "dnsmasq_options": [
            element.attributes.get("value", "") for each in root.all("dnsmasq:options") for element in each.all("dnsmasq:option")
        ],
    }
    return {**made, **{key: value for key, value in optional.items() if value not in (None, {}, [])}}


def _name(root: Element) -> str:
    """A name is what the role can call files by. Of another one the characters that it can't are left out, and a hash keeps it apart."""
    raw = _text(root, "name")
    if not raw:
        raise Refused("/network/name: missing")
    if "/" in raw or not raw.isprintable():
        raise Refused(f"/network/name: {raw!r} has a slash or a control character")
    try:
        return network_name(raw)
    except ValueError:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", raw)[:50].strip("-._")
        return f"{stem or 'network'}-{hashlib.sha256(raw.encode()).hexdigest()[:6]}"


def _check_uuid(raw: str) -> None:
    try:
        uuid.UUID(raw)
    except ValueError:
        raise Refused(f"/network/uuid: {raw!r} is not a UUID") from None


def _text(parent: Element, name: str) -> str:
    element = parent.one(name)
    return element.text.strip() if element else ""


def _attribute(parent: Element, name: str, attribute: str) -> str | None:
    element = parent.one(name)
    return element.attributes.get(attribute) if element else None


def _bridge(root: Element) -> dict[str, Any]:
    element = root.one("bridge") or Element("bridge", "/network/bridge", {})
    # What libvirt takes where nothing is said is not what the role takes.
    stp = element.flag("stp", ("off", "on"))
    found: dict[str, Any] = {"stp": stp is not False, "delay": element.attributes.get("delay", "0")}
    name = element.attributes.get("name", "")
    if name and not name.endswith("%d"):
        found["bridge"] = name
    return {**found, **element.given(mac_table_manager="macTableManager", zone="zone")}


def _forward(root: Element) -> dict[str, Any]:
    element = root.one("forward")
    if element is None:
        return {"mode": "isolated"}
    mode = element.attributes.get("mode", "nat")
    interfaces = [interface.required("dev")["dev"] for interface in element.all("interface")]
    if len(interfaces) > 1:
        raise Refused(f"{element.path}/interface: several ({', '.join(interfaces)}); mode {mode} forwards through one")
    dev = element.attributes.get("dev", interfaces[0] if interfaces else "")
    if interfaces and interfaces[0] != dev:
        raise Refused(f"{element.path}/interface/@dev: {interfaces[0]} is not the {dev} of {element.path}/@dev")
    found: dict[str, Any] = {"mode": mode, **({"dev": dev} if dev else {})}
    nat = element.one("nat")
    if nat is not None:
        parts = {name: nat.one(name) for name in ("address", "port")}
        ranges = {name: part.required("start", "end") for name, part in parts.items() if part}
        ipv6 = nat.flag("ipv6")
        found["nat"] = {**({} if ipv6 is None else {"ipv6": ipv6}), **ranges}
    return found


def _check_mode(root: Element) -> None:
    element = root.one("forward")
    mode = element.attributes.get("mode", "nat") if element else "nat"
    if mode not in MODES:
        path = f"/network/forward/@mode: {mode}"
        if mode in ELSEWHERE:
            raise Elsewhere(f"{path}: {ELSEWHERE[mode]}")
        raise Refused(f"{path}: is not a mode of libvirt; supported are {', '.join(MODES)}")


def _domain(root: Element) -> dict[str, Any]:
    element = root.one("domain")
    if element is None:
        return {}
    flags = {"local_only": element.flag("localOnly"), "register": element.flag("register")}
    if flags["register"] and not flags["local_only"]:
        raise Refused(f"{element.path}/@register: needs localOnly='yes'")
    return {**element.given(name="name"), **{key: value for key, value in flags.items() if value is not None}}


def _dns(root: Element) -> dict[str, Any]:
    element = root.one("dns")
    if element is None:
        return {}
    flags = {"enable": element.flag("enable"), "forward_plain_names": element.flag("forwardPlainNames")}
    lists: dict[str, list[dict[str, Any]]] = {
        "forwarders": [each.given(domain="domain", addr="addr", port="port") for each in element.all("forwarder")],
        "txt": [each.given(name="name", value="value") for each in element.all("txt")],
        "srv": [_srv(each) for each in element.all("srv")],
        "hosts": [
            {**each.given(ip="ip"), "hostnames": [name.text.strip() for name in each.all("hostname")]} for each in element.all("host")
        ],
    }
    return {
        **{key: value for key, value in flags.items() if value is not None},
        **{key: value for key, value in lists.items() if value},
    }


def _srv(element: Element) -> dict[str, str]:
    found = element.given(**{name: name for name in KNOWN["/network/dns/srv"]})
    if found.get("target", ".") == ".":
        # There is no such service (RFC 2782), so there is nothing to say of where it is; libvirt leaves it out too.
        return {key: value for key, value in found.items() if key not in ("port", "priority", "weight")}
    return found


def _ip(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {"address": _cidr(element)}
    local_ptr = element.flag("localPtr")
    if local_ptr is not None:
        found["local_ptr"] = local_ptr
    tftp = element.one("tftp")
    if tftp is not None:
        found["tftp_root"] = tftp.attributes.get("root", "")
    dhcp = element.one("dhcp")
    if dhcp is not None:
        for host in dhcp.all("host"):
            _check_host(host, element.attributes.get("family", "ipv4"))
        # A host without address is a note of its name only: libvirt writes no line for it either.
        hosts = [each for each in dhcp.all("host") if each.attributes.get("ip")]
        parts: dict[str, Any] = {
            "ranges": [{**each.given(start="start", end="end"), **_lease(each)} for each in dhcp.all("range")],
            "hosts": [{**each.given(mac="mac", id="id", name="name", ip="ip"), **_lease(each)} for each in hosts],
        }
        bootp = dhcp.one("bootp")
        if bootp is not None:
            parts["bootp"] = bootp.given(file="file", server="server")
        found["dhcp"] = {key: value for key, value in parts.items() if value}
    return found


def _check_host(host: Element, family: str) -> None:
    other = {"ipv4": "id", "ipv6": "mac"}.get(family, "")
    if other in host.attributes:
        raise Refused(f"{host.path}/@{other}: hosts of {family} are not known by that")
    if not any(host.attributes.get(name) for name in ("mac", "id", "name")):
        raise Refused(f"{host.path}: has neither mac nor id nor name to be known by")
    name = host.attributes.get("name", "a")
    if not name[:1].isalpha():
        raise Refused(f"{host.path}/@name: {name!r} does not begin with a letter")


def _cidr(element: Element) -> str:
    """ADDRESS/LENGTH. Without netmask and prefix the class of the address counts; of IPv6 it is 64."""
    raw = element.attributes.get("address", "")
    try:
        address = ipaddress.ip_address(raw)
    except ValueError:
        raise Refused(f"{element.path}/@address: {raw!r} is not an IP address") from None
    family = element.attributes.get("family", "ipv4")
    if family != f"ipv{address.version}":
        raise Refused(f"{element.path}/@family: {raw} is not an address of {family}")
    if "prefix" in element.attributes and "netmask" in element.attributes:
        raise Refused(f"{element.path}: prefix and netmask say the same thing twice; give one of them")
    if "netmask" in element.attributes and address.version == 6:
        raise Refused(f"{element.path}/@netmask: is for IPv4; {raw} needs a prefix")
    if "netmask" in element.attributes:
        return f"{raw}/{_length(element)}"
    if "prefix" in element.attributes:
        return f"{raw}/{element.attributes['prefix']}"
    if not int(address):
        return f"{raw}/0"  # a default route
    if address.version == 6:
        return f"{raw}/64"
    first = int(raw.split(".")[0])
    return f"{raw}/{8 if first < 128 else 16 if first < 192 else 24}"


def _length(element: Element) -> int:
    mask = element.attributes["netmask"]
    try:
        return ipaddress.IPv4Network(f"0.0.0.0/{mask}").prefixlen
    except ValueError:
        raise Refused(f"{element.path}/@netmask: {mask!r} is not an IPv4 netmask") from None


UNITS = {"seconds": "s", "minutes": "m", "hours": "h"}


def _lease(element: Element) -> dict[str, str]:
    lease = element.one("lease")
    if lease is None:
        return {}
    expiry, unit = lease.attributes.get("expiry", ""), lease.attributes.get("unit", "minutes")
    if unit not in UNITS:
        raise Refused(f"{lease.path}/@unit: {unit!r} is none of {', '.join(UNITS)}")
    return {"lease_time": "infinite" if expiry == "0" else expiry + UNITS[unit]}


def _route(element: Element) -> dict[str, Any]:
    # libvirt's metric where none is said; the kernel has others.
    return {"destination": _cidr(element), **element.given(gateway="gateway"), "metric": element.attributes.get("metric", "1")}


def _bandwidth(root: Element) -> dict[str, Any]:
    element = root.one("bandwidth")
    if element is None:
        return {}
    rates = ("average", "peak", "burst")
    return {each.name: each.given(**{name: name for name in rates}) for each in element.children}


def convert(text: str, warn: Callable[[str], None] | None = None) -> dict[str, Any]:
    """An item of ``nat_network_networks`` from a definition.

    What has no equivalent is an error, or with ``warn`` told to it and left out. Raises Refused.
    """
    root = parse(text)
    if root.name != "network":
        raise Refused(f"the root element is {root.name}, not network")
    _check_mode(root)
    left_out = list(unsupported(root))
    if left_out and warn is None:
        raise Refused("; ".join(left_out))
    for what in left_out:
        if warn:
            warn(what)
    return network(root)
