# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a network, its guests, two uplinks and another network, in one network namespace: what comes out of it for what goes in.

Nobody runs behind its interfaces: they are taps, whose file descriptors this process has. So a packet is one write, and where it goes is
read from the other taps, and from sockets of the host.
"""

from __future__ import annotations

import ctypes
import fcntl
import ipaddress
import itertools
import json
import os
import select
import socket
import struct
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.tests.conformance.packets import ETH, PLAIN, UDP, Packet, decode

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
SO_BINDTODEVICE = 25
DEADLINE = 30.0  # seconds
PORT = 8080  # where everybody listens
SYSCTLS = {
    "net/ipv4/ip_forward": 1,
    "net/ipv6/conf/all/forwarding": 1,
    # Rules decide here, and nothing else does.
    "net/ipv4/conf/all/rp_filter": 0,
    "net/ipv4/conf/default/rp_filter": 0,
    "net/ipv4/conf/all/send_redirects": 0,
    "net/ipv4/conf/default/send_redirects": 0,
    "net/ipv6/conf/default/accept_dad": 0,
    # Every refusal is told.
    "net/ipv4/icmp_ratemask": 0,
    "net/ipv6/icmp/ratemask": 255,
    "net/ipv4/tcp_synack_retries": 0,
}
# Networks of the lab; those that the definition has no part in are taken.
POOL = {
    4: [
        f"{net}/24"
        for net in ("198.51.100.0", "203.0.113.0", "192.0.2.0", "198.18.0.0", "198.18.1.0", "198.19.0.0", "198.19.1.0", "100.64.9.0")
    ],
    6: [f"fd00:5eed:{number}::/64" for number in range(1, 9)],
}

IpNetwork = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
_libc = ctypes.CDLL(None, use_errno=True)


class Broken(Exception):
    """The lab could not be made."""


@dataclass(frozen=True)
class Place:
    """Somebody behind an interface of the host, who has several addresses."""

    tap: str
    link: str  # interface of the host that leads there
    mac: str
    router: str  # MAC address of that interface
    addresses: dict[int, list[str]]
    own: dict[int, list[str]]  # addresses of the host on that interface, with prefix length
    outside: bool = True


@dataclass(frozen=True)
class Plan:
    """Who is where, for a network: the same in every lab of it."""

    network: Network
    guests: tuple[Place, Place]
    uplinks: tuple[Place, Place]  # the first is the one that the definition names, if it does
    other: Place
    beyond: dict[int, str]  # somebody at the far end of the default route

    @property
    def places(self) -> list[Place]:
        return [*self.guests, *self.uplinks, self.other]

    def host(self, version: int, place: Place) -> list[str]:
        """Addresses of the host on the interface that leads to a place."""
        return [address.split("/")[0] for address in place.own[version]]


def plan(network: Network) -> Plan:
    """Lay the lab out around the subnets of a network."""
    free = {version: _free(network, version) for version in (4, 6)}
    subnets: dict[int, list[str]] = {4: [], 6: []}
    guests: tuple[dict[int, list[str]], dict[int, list[str]]] = ({4: [], 6: []}, {4: [], 6: []})
    for subnet in network.ips:
        own = subnet.interface
        subnets[own.version].append(str(own))
        hosts = (str(host) for host in own.network.hosts() if host != own.ip)
        for guest, address in zip(guests, itertools.islice(hosts, 2)):
            guest[own.version].append(address)
    inside = [
        Place(f"guest{number}", network.bridge, f"02:00:00:00:01:0{number}", "02:00:00:00:01:aa", addresses, subnets, outside=False)
        for number, addresses in enumerate(guests, 1)
    ]
    outside = []
    names = [(network.forward.dev or "uplink1", ""), ("uplink2", ""), ("other1", "virbr1" if network.bridge != "virbr1" else "virbr2")]
    for number, (tap, bridge) in enumerate(names, 2):
        nets = {version: next(free[version]) for version in free}
        own_addresses = {version: [f"{net[1]}/{net.prefixlen}"] for version, net in nets.items()}
        addresses = {version: [str(net[2])] for version, net in nets.items()}
        outside.append(Place(tap, bridge or tap, f"02:00:00:00:0{number}:01", f"02:00:00:00:0{number}:aa", addresses, own_addresses))
    beyond = {version: str(next(free[version])[77]) for version in free}
    return Plan(network, (inside[0], inside[1]), (outside[0], outside[1]), outside[2], beyond)


def _free(network: Network, version: int) -> Iterator[IpNetwork]:
    taken = [subnet.interface.network for subnet in network.subnets(version)]
    taken += [route.destination for route in network.routes if route.destination.version == version]
    start_end = network.forward.nat.address or ()
    for text in POOL[version]:
        net = ipaddress.ip_network(text)
        if not any(net.overlaps(each) for each in taken) and not any(address in net for address in start_end):
            yield net


@dataclass
class Seen:
    """A packet that came out: at the tap of a place, or in a socket of the host, where ``place`` is empty."""

    place: str
    packet: Packet


@dataclass
class Lab:
    """The host, in the network namespace that this process is in."""

    plan: Plan
    taps: dict[str, int] = field(default_factory=dict)  # file descriptors
    sockets: dict[socket.socket, tuple[int, str, int]] = field(default_factory=dict)  # version, address and protocol of each
    senders: dict[tuple[int, str], socket.socket] = field(default_factory=dict)  # by version and interface
    listeners: list[socket.socket] = field(default_factory=list)

    def make(self) -> None:
        """Links, addresses, neighbours and routes. Raises Broken."""
        _enter_new_namespace()
        for name, value in SYSCTLS.items():
            Path("/proc/sys", name).write_text(f"{value}\n")
        for place in self.plan.places:
            self.taps[place.tap] = _tap(place.tap)
        lines = ["link set lo up"]
        made: set[str] = set()
        for place in self.plan.places:
            if place.link not in made:
                lines += self._link(place)
            made.add(place.link)
            lines.append(f"link set {place.tap} up" + (f" master {place.link}" if place.link != place.tap else ""))
            addresses = [address for version in (4, 6) for address in place.addresses[version]]
            lines += [f"neighbour add {address} lladdr {place.mac} dev {place.link} nud permanent" for address in addresses]
        uplink = self.plan.uplinks[0]
        every = {4: "0.0.0.0/0", 6: "::/0"}
        lines += [f"route add {every[version]} via {uplink.addresses[version][0]} dev {uplink.link}" for version in every]
        run(["ip", "-batch", "-"], "".join(f"{line}\n" for line in lines))
        self._settle()
        self._listen()

    def _settle(self) -> None:
        """The kernel takes to IPv6 addresses in its own time, also without detection of duplicates."""
        wanted = {address for place in self.plan.places for address in self.plan.host(6, place)}
        end = time.monotonic() + DEADLINE
        while not wanted <= {route["dst"] for route in json.loads(run(["ip", "-6", "-json", "route", "show", "table", "local"]))}:
            if time.monotonic() > end:
                raise Broken(f"not all of {', '.join(sorted(wanted))} became addresses of the host")
            time.sleep(0.01)

    @staticmethod
    def _link(place: Place) -> list[str]:
        lines = [f"link add {place.link} type bridge"] if place.link != place.tap else []
        lines += [f"link set {place.link} address {place.router} up"]
        lines += [f"address add {address} dev {place.link}" for address in place.own[4]]
        lines += [f"address add {address} dev {place.link} nodad" for address in place.own[6]]
        return lines

    def _listen(self) -> None:
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        for version, family in families.items():
            listener = socket.socket(family, socket.SOCK_STREAM)
            if version == 6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(("", PORT))
            listener.listen(1000)
            self.listeners.append(listener)
            for address in dict.fromkeys(each for place in self.plan.places for each in self.plan.host(version, place)):
                for kind, protocol in ((socket.SOCK_DGRAM, UDP), (socket.SOCK_RAW, PLAIN)):
                    bound = socket.socket(family, kind, protocol)
                    bound.setblocking(False)
                    bound.bind((address, PORT if protocol == UDP else 0))
                    self.sockets[bound] = (version, address, protocol)

    def close(self) -> None:
        """Let the kernel have it all back."""
        for descriptor in self.taps.values():
            os.close(descriptor)
        for each in (*self.sockets, *self.senders.values(), *self.listeners):
            each.close()

    def send(self, tap: str, packet: Packet, device: str = "") -> None:
        """Let somebody send a packet; the host itself where ``tap`` is empty, through a device of its choice or of ours."""
        data = packet.encode()
        if tap:
            place = next(each for each in self.plan.places if each.tap == tap)
            os.write(self.taps[tap], _mac(place.router) + _mac(place.mac) + struct.pack("!H", ETH[packet.version]) + data)
            return
        key = (packet.version, device)
        if key not in self.senders:
            family = socket.AF_INET if packet.version == 4 else socket.AF_INET6
            self.senders[key] = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
            if packet.version == 4:
                self.senders[key].setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            if device:
                self.senders[key].setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, device.encode() + b"\0")
        try:
            self.senders[key].sendto(data, (packet.dst, 0))
        except OSError as error:
            # A rule of the output hook refuses, or there is no route. That is an answer too, which the lack of a packet tells.
            if error.errno is None:
                raise

    def drain(self, quiet: float) -> list[Seen]:
        """What has come out, when nothing more has for some seconds."""
        found: list[Seen] = []
        inputs: dict[int, str] = {descriptor: tap for tap, descriptor in self.taps.items()}
        sockets = {each.fileno(): each for each in self.sockets}
        poll = select.poll()
        for descriptor in (*inputs, *sockets):
            poll.register(descriptor, select.POLLIN)
        end = time.monotonic() + quiet
        while time.monotonic() < end:
            for descriptor, _event in poll.poll(max(0, (end - time.monotonic()) * 1000)):
                if descriptor in inputs:
                    found += self._from_tap(inputs[descriptor])
                else:
                    found += self._from_socket(sockets[descriptor])
                end = time.monotonic() + quiet
        return found

    def _from_tap(self, tap: str) -> Iterable[Seen]:
        frame = os.read(self.taps[tap], 65536)
        place = next(each for each in self.plan.places if each.tap == tap)
        # A bridge floods what it has not learned.
        if frame[:6] != _mac(place.mac) and not frame[0] & 1:
            return []
        packet = decode(frame[14:])
        return [Seen(tap, packet)] if packet else []

    def _from_socket(self, bound: socket.socket) -> Iterable[Seen]:
        version, address, protocol = self.sockets[bound]
        data, sender = bound.recvfrom(65536)
        if protocol == PLAIN:
            payload = data[20:] if version == 4 else data
            return [Seen("", Packet(version, sender[0], address, PLAIN, payload=payload))]
        return [Seen("", Packet(version, sender[0], address, UDP, sender[1], PORT, payload=data))]


def _enter_new_namespace() -> None:
    if _libc.unshare(CLONE_NEWNET):
        raise Broken(f"no new network namespace: {os.strerror(ctypes.get_errno())}")


def _tap(name: str) -> int:
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return descriptor


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def run(command: Sequence[str], text: str = "") -> str:
    """Run a command in the lab. Raises Broken."""
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Broken(f"{' '.join(command)}: {done.stdout.strip()}")
    return done.stdout
