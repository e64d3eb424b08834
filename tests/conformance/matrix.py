# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every packet that a rule might decide about, and what becomes of it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from ansible_collections.netdev.linux.tests.conformance.lab import PORT, Lab, Plan, Seen
from ansible_collections.netdev.linux.tests.conformance.packets import ACK, ECHO_REPLY, ECHO_REQUEST, ICMP, PLAIN, SYN, TCP, UDP, Packet

FIRST_PORT = 20000  # source port, or ICMP identifier, of the first probe; each has its own
PRIVILEGED = range(100, 1023)
NAMES = {TCP: "tcp", UDP: "udp", ICMP[4]: "icmp", ICMP[6]: "icmp", PLAIN: "plain"}
BATCH = 200  # fewer than a tap's queue holds
# Seconds without a packet after which none is on its way. The kernel forwards within the call that sends; what is late may come later.
SOON, QUIET = 0.005, 0.4
NOT_FORWARDED = {4: ("224.0.0.251", "239.1.1.1", "255.255.255.255"), 6: ("ff02::fb", "ff05::fb")}
_TOKEN = re.compile(rb"[#!](\d{5})")
# Neighbours and routers talk on the side.
_NOISE = {6: (130, 131, 132, 133, 134, 135, 136, 137, 143), 4: (5,)}


@dataclass(frozen=True)
class Probe:
    """A packet that somebody sends: behind a tap, or the host where that is empty."""

    tap: str
    packet: Packet
    what: str
    device: str = ""

    @property
    def label(self) -> str:
        return f"{self.tap or 'host'} sends {self.what} {_ends(self.packet)}{f' through {self.device}' if self.device else ''}"


def probes(plan: Plan) -> list[Probe]:
    """All of them, each with a number that its payload tells, and its port where it has one."""
    found: list[Probe] = []
    for version in (4, 6):
        for tap, src, dst, device in _pairs(plan, version):
            for what, packet in _kinds(version, src, dst):
                number = len(found)
                port = PRIVILEGED[number % len(PRIVILEGED)] if what.endswith("privileged") else FIRST_PORT + number
                numbered = replace(packet, sport=0 if packet.protocol == PLAIN else port, payload=b"#%05d" % number)
                found.append(Probe(tap, numbered, what, device))
    return found


def _pairs(plan: Plan, version: int) -> Iterator[tuple[str, str, str, str]]:
    """Tap, source, destination, and the device where it is not the routing table that decides."""
    guest, neighbour = plan.guests
    outside = [*plan.uplinks, plan.other]
    elsewhere = [*(place.addresses[version][0] for place in outside), plan.beyond[version]]
    own = plan.host(version, guest)
    to_host = [*own, *(plan.host(version, place)[0] for place in outside)]
    # Where the network has no subnet of that version, guests may still try.
    spoofed = [plan.other.addresses[version][0], plan.uplinks[0].addresses[version][0], plan.beyond[version]]
    for src in [*guest.addresses[version], *spoofed]:
        for dst in [*neighbour.addresses[version], *elsewhere, *to_host]:
            if src != dst:
                yield guest.tap, src, dst, ""
    for place in outside:
        for src in [place.addresses[version][0], *guest.addresses[version][:1]]:
            for dst in [*neighbour.addresses[version], *elsewhere, *to_host]:
                if dst not in place.addresses[version]:
                    yield place.tap, src, dst, ""
    for src in to_host:
        for dst in [*neighbour.addresses[version], *elsewhere]:
            yield "", src, dst, ""
        for dst in NOT_FORWARDED[version]:
            for place in (guest, *outside):
                yield "", src, dst, place.link


def _kinds(version: int, src: str, dst: str) -> Iterator[tuple[str, Packet]]:
    plain = Packet(version, src, dst, PLAIN)
    tcp, udp, icmp = (replace(plain, protocol=protocol, dport=PORT) for protocol in (TCP, UDP, ICMP[version]))
    yield "tcp, new", replace(tcp, kind=(SYN,))
    yield "tcp, of no connection", replace(tcp, kind=(ACK,))
    yield "tcp, new, privileged", replace(tcp, kind=(SYN,))
    yield "udp", udp
    yield "udp, privileged", udp
    yield "echo request", replace(icmp, dport=0, kind=(ECHO_REQUEST[version], 0))
    yield "echo reply to nothing", replace(icmp, dport=0, kind=(ECHO_REPLY[version], 0))
    yield "protocol 253", plain


def run(lab: Lab, every: list[Probe]) -> dict[str, list[str]]:
    """For each probe, by its label, what came of it and of the answers to it, in words that are the same on each run."""
    low, high = lab.plan.network.forward.nat.port
    # What may keep its port comes first, so that it is not taken by chance by what has to get another one.
    order = sorted(every, key=lambda probe: not low <= probe.packet.sport <= high)
    seen = _exchange(lab, [partial(lab.send, probe.tap, probe.packet, probe.device) for probe in order])
    arrived = [each for each in seen if each.packet.payload.startswith(b"#")]
    seen += _exchange(lab, [partial(_answer, lab, each) for each in arrived])
    # Not every packet carries a payload. Of those the ends are known, as they were sent or as they arrived, translated.
    flows: dict[tuple[object, ...], int] = {}
    for packet in [*(probe.packet for probe in every), *(each.packet for each in arrived)]:
        flows[_flow(packet)] = flows[_flow(packet.reply(b""))] = int(packet.payload[1:6])
    told: dict[str, set[str]] = {probe.label: set() for probe in every}
    for each in seen:
        found = _number(each.packet, flows)
        probe = None if found is None else every[found]
        told.setdefault(probe.label if probe else "nobody", set()).add(_words(lab.plan, each, (probe or every[0]).packet))
    return {label: sorted(lines) for label, lines in told.items()}


def _exchange(lab: Lab, calls: list[Callable[[], None]]) -> list[Seen]:
    """Send packets, and take in what comes of them."""
    seen: list[Seen] = []
    for start in range(0, len(calls), BATCH):
        for call in calls[start : start + BATCH]:
            call()
        seen += lab.drain(SOON)
    seen += lab.drain(QUIET)
    return [each for each in seen if not _noise(each.packet)]


def _noise(packet: Packet) -> bool:
    return packet.protocol == ICMP[packet.version] and packet.kind[0] in _NOISE[packet.version]


def _answer(lab: Lab, seen: Seen) -> None:
    """Whoever gets a packet answers it, and complains of it, too, if that is what one does."""
    packet = seen.packet
    if ipaddress.ip_address(packet.dst).is_multicast or packet.dst == "255.255.255.255" or packet.kind[:1] == (ECHO_REPLY[packet.version],):
        return
    if packet.protocol == UDP:
        lab.send(seen.place, packet.refusal())
    lab.send(seen.place, packet.reply(b"!" + packet.payload[1:]))


def _flow(packet: Packet) -> tuple[object, ...]:
    return packet.protocol, packet.src, packet.sport, packet.dst, packet.dport


def _number(packet: Packet, flows: dict[tuple[object, ...], int]) -> int | None:
    """Of the probe that a packet belongs to."""
    match = _TOKEN.match(packet.payload)
    if match:
        return int(match[1])
    return _number(packet.quoted, flows) if packet.quoted else flows.get(_flow(packet))


def _words(plan: Plan, seen: Seen, sent: Packet) -> str:
    mark = "answer: " if seen.packet.payload.startswith(b"!") else ""
    kind = f" {'.'.join(map(str, seen.packet.kind))}" if seen.packet.kind else ""
    quoted = f" about {_masked(plan, seen.packet.quoted, sent)}" if seen.packet.quoted else ""
    return f"{mark}{seen.place or 'host'} gets {NAMES[seen.packet.protocol]}{kind} {_masked(plan, seen.packet, sent)}{quoted}"


def _masked(plan: Plan, packet: Packet, sent: Packet) -> str:
    """Its ends. What the kernel may choose from is told as what it may choose from."""
    nat = plan.network.forward.nat

    def address(text: str) -> str:
        if nat.address and text != sent.src and int(nat.address[0]) <= int(ipaddress.ip_address(text)) <= int(nat.address[1]):
            return f"{nat.address[0]}-{nat.address[1]}"
        return text

    def port(number: int) -> int | str:
        known = number in (sent.sport, sent.dport, 0)
        return number if known or not nat.port[0] <= number <= nat.port[1] else f"{nat.port[0]}-{nat.port[1]}"

    return f"{address(packet.src)} port {port(packet.sport)} > {address(packet.dst)} port {port(packet.dport)}"


def _ends(packet: Packet) -> str:
    return f"{packet.src} port {packet.sport} > {packet.dst} port {packet.dport}"
