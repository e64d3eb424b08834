# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets as bytes: those that the matrix sends, and those that it finds on a wire. RFC 791, 8200, 792, 4443, 768, 9293."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass, replace

ETH = {4: 0x0800, 6: 0x86DD}
ICMP = {4: 1, 6: 58}
TCP, UDP, PLAIN = 6, 17, 253  # the last is for experiments (RFC 3692): nothing in the kernel knows what is in it
ECHO_REQUEST, ECHO_REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
UNREACHABLE = {4: 3, 6: 1}  # ICMP types that quote what could not be delivered
UNREACHABLE_PORT = {4: 3, 6: 4}  # the code
SYN, ACK = 0x02, 0x10


@dataclass(frozen=True)
class Packet:
    """One packet. ``sport`` and ``dport`` are ports; of ICMP, the identifier and 0. ``kind``: TCP's flags, or ICMP's type and code."""

    version: int
    src: str
    dst: str
    protocol: int
    sport: int = 0
    dport: int = 0
    kind: tuple[int, ...] = ()
    payload: bytes = b""
    quoted: Packet | None = None  # in an ICMP error

    def reply(self, payload: bytes) -> Packet:
        """What the receiver answers."""
        kind = {TCP: (SYN | ACK,), ICMP[self.version]: (ECHO_REPLY[self.version], 0)}.get(self.protocol, ())
        ports = (self.sport, self.dport) if self.protocol == ICMP[self.version] else (self.dport, self.sport)
        return replace(self, src=self.dst, dst=self.src, sport=ports[0], dport=ports[1], kind=kind, payload=payload)

    def refusal(self) -> Packet:
        """What the receiver says when nobody listens on that port."""
        kind = (UNREACHABLE[self.version], UNREACHABLE_PORT[self.version])
        return Packet(self.version, self.dst, self.src, ICMP[self.version], kind=kind, quoted=self)

    def encode(self) -> bytes:
        """The packet from its IP header on."""
        body = self._body()
        src, dst = ipaddress.ip_address(self.src).packed, ipaddress.ip_address(self.dst).packed
        if self.version == 6:
            return struct.pack("!IHBB", 6 << 28, len(body), self.protocol, 64) + src + dst + body
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, self.protocol, 0) + src + dst
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body

    def _body(self) -> bytes:
        if self.protocol == PLAIN:
            return self.payload
        if self.protocol == TCP:
            body = struct.pack("!HHIIBBHHH", self.sport, self.dport, 1000, 0, 5 << 4, self.kind[0], 8192, 0, 0) + self.payload
            return _sealed(body, 16, self._pseudo(len(body)))
        if self.protocol == UDP:
            body = struct.pack("!HHHH", self.sport, self.dport, 8 + len(self.payload), 0) + self.payload
            return _sealed(body, 6, self._pseudo(len(body)))
        rest = b"\0\0\0\0" + self.quoted.encode() if self.quoted else struct.pack("!HH", self.sport, 1) + self.payload
        body = struct.pack("!BBH", *self.kind, 0) + rest
        return _sealed(body, 2, self._pseudo(len(body)) if self.version == 6 else b"")

    def _pseudo(self, length: int) -> bytes:
        packed = ipaddress.ip_address(self.src).packed + ipaddress.ip_address(self.dst).packed
        return packed + (struct.pack("!BBH", 0, self.protocol, length) if self.version == 4 else struct.pack("!II", length, self.protocol))


def checksum(data: bytes) -> int:
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _sealed(body: bytes, offset: int, pseudo: bytes) -> bytes:
    """A body with its checksum."""
    return body[:offset] + struct.pack("!H", checksum(pseudo + body) or 0xFFFF) + body[offset + 2 :]


def decode(data: bytes) -> Packet | None:
    """A packet from its IP header on; None where it is none of ours: fragments, options, extension headers, or cut off."""
    version = data[0] >> 4 if data else 0
    if version == 4 and len(data) >= 20 and data[0] == 0x45:
        protocol, body, ends = data[9], data[20 : struct.unpack("!H", data[2:4])[0]], (data[12:16], data[16:20])
    elif version == 6 and len(data) >= 40:
        protocol, body, ends = data[6], data[40 : 40 + struct.unpack("!H", data[4:6])[0]], (data[8:24], data[24:40])
    else:
        return None
    src, dst = (str(ipaddress.ip_address(end)) for end in ends)
    return _upper(Packet(version, src, dst, protocol), body)


def _upper(packet: Packet, body: bytes) -> Packet | None:
    """The packet with what is behind its IP header."""
    if packet.protocol == PLAIN:
        return replace(packet, payload=body)
    if len(body) < {TCP: 20, UDP: 8, ICMP[packet.version]: 8}.get(packet.protocol, len(body) + 1):
        return None
    first, second = struct.unpack("!HH", body[:4])
    if packet.protocol == TCP:
        return replace(packet, sport=first, dport=second, kind=(body[13],), payload=body[20:])
    if packet.protocol == UDP:
        return replace(packet, sport=first, dport=second, payload=body[8:])
    kind = (body[0], body[1])
    if body[0] in (ECHO_REQUEST[packet.version], ECHO_REPLY[packet.version]):
        return replace(packet, kind=kind, sport=struct.unpack("!H", body[4:6])[0], payload=body[8:])
    return replace(packet, kind=kind, quoted=decode(body[8:]))
