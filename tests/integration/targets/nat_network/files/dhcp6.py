# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks by DHCPv6 for an address, as far as a server's offer (RFC 8415, Solicit and Advertise): dhcp6.py INTERFACE DUID."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
import sys
from collections.abc import Iterator

SOLICIT, ADVERTISE = 1, 2
CLIENT_ID, IA_NA, IA_ADDRESS, ORO, ELAPSED_TIME, DNS_SERVERS = 1, 3, 5, 6, 8, 23


def option(code: int, data: bytes) -> bytes:
    return struct.pack("!HH", code, len(data)) + data


def options(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data:
        code, length = struct.unpack_from("!HH", data)
        yield code, data[4 : 4 + length]
        data = data[4 + length :]


def main(interface: str, duid: bytes) -> None:
    transaction = os.urandom(3)
    index = socket.if_nametoindex(interface)
    message = (
        bytes([SOLICIT])
        + transaction
        + option(CLIENT_ID, duid)
        + option(ELAPSED_TIME, bytes(2))
        + option(IA_NA, struct.pack("!III", 1, 0, 0))
        + option(ORO, struct.pack("!H", DNS_SERVERS))
    )
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
        client.bind(("::", 546, 0, index))
        client.settimeout(2)
        for _attempt in range(5):
            client.sendto(message, ("ff02::1:2", 547, 0, index))
            try:
                answer = client.recv(2048)
            except socket.timeout:  # TimeoutError from Python 3.10 on
                continue
            if answer[0] == ADVERTISE and answer[1:4] == transaction:
                break
        else:
            sys.exit("nobody answers")
    found = dict(options(answer[4:]))
    leased = dict(options(found[IA_NA][12:]))
    print("address", ipaddress.IPv6Address(leased[IA_ADDRESS][:16]), "dns", ipaddress.IPv6Address(found[DNS_SERVERS][:16]))


if __name__ == "__main__":
    main(sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", "")))
