# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a virtual machine manager does for a guest's network, and nothing else.

It holds the host's tap open, which gives the tap its carrier, and carries Ethernet frames between it and the guest's
network card. The guest being a namespace, its card is a tap as well.

    vmm.py HOST_TAP GUEST_NETNS GUEST_TAP
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import selectors
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
IFNAMSIZ = 16
CLONE_NEWNET = 0x40000000
LARGEST_FRAME = 65536

libc = ctypes.CDLL(None, use_errno=True)


def enter(netns: int) -> None:
    """Move this process into a network namespace (os.setns came with Python 3.12 only)."""
    if libc.setns(netns, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "setns")


def attach(name: str) -> int:
    """Become the process behind an existing tap of the current namespace."""
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack(f"{IFNAMSIZ}sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def copy(source: int, destination: int) -> None:
    """Carry over what waits; a frame that can't be delivered is lost, as on any wire."""
    while True:
        try:
            frame = os.read(source, LARGEST_FRAME)
        except BlockingIOError:
            return
        try:
            os.write(destination, frame)
        except OSError:  # the other end is down, or its queue is full
            continue


def main() -> None:
    """Attach to both taps, say so, and carry frames until killed."""
    host_tap, guest_netns, guest_tap = sys.argv[1:]
    outer = attach(host_tap)
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    enter(os.open(f"/run/netns/{guest_netns}", os.O_RDONLY | os.O_CLOEXEC))
    inner = attach(guest_tap)
    enter(home)
    with selectors.DefaultSelector() as selector:
        selector.register(outer, selectors.EVENT_READ, inner)
        selector.register(inner, selectors.EVENT_READ, outer)
        print("ready", flush=True)
        while True:
            for key, _events in selector.select():
                copy(key.fd, key.data)


if __name__ == "__main__":
    main()
