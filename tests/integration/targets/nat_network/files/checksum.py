# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says whether the checksum of the first UDP packet to port 68 that comes by a link is right, as a DHCP client sees it that reads it raw.

checksum.py LINK COMMAND...    COMMAND asks for a lease
"""

from __future__ import annotations

import socket
import struct
import subprocess
import sys

ETH_P_IP, UDP = 0x0800, 17


def checksum(data: bytes) -> int:
    """That of the internet (RFC 1071); 0 for data that holds its own."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def main(link: str, *command: str) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP)) as ear:
        ear.bind((link, ETH_P_IP))
        ear.settimeout(20)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as client:
            while True:
                packet = ear.recv(65535)
                header = (packet[0] & 15) * 4
                length = struct.unpack("!H", packet[2:4])[0]
                if packet[9] == UDP and packet[header + 2 : header + 4] == b"\0\x44":
                    break
            client.wait()
    udp = packet[header:length]
    pseudo = packet[12:20] + struct.pack("!HH", UDP, len(udp))
    print("right" if checksum(pseudo + udp) == 0 else "wrong")


main(*sys.argv[1:])
