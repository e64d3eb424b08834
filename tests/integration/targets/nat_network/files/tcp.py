# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP, a server and its clients:

tcp.py serve PIDFILE PORT                    tells everyone who connects where they come from, then echoes each line, in the background
tcp.py ask ADDRESS PORT [SOURCE_PORT]        prints what it was told
tcp.py measure ADDRESS PORT KILOBYTES        prints in how many seconds so much gets there, and comes back
tcp.py hold SOCKET PIDFILE ADDRESS PORT      connects and keeps the connection, in the background
tcp.py pulse SOCKET...                       has those send a line; fails unless it is echoed on the same connection within 5 s
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time

PATIENCE = 5.0  # seconds


def in_background(pidfile: str) -> bool:
    """Go on in the background. False in the process that was started, which may end: we are ready."""
    if os.fork():
        return False
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    with open(pidfile, "w", encoding="ascii") as stream:
        stream.write(str(os.getpid()))
    return True


def serve(pidfile: str, port: int) -> None:
    server = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True, reuse_port=True)
    if not in_background(pidfile):
        return
    while True:
        connection, peer = server.accept()
        welcome = f"{peer[0].replace('::ffff:', '')} {'high' if peer[1] >= 1024 else 'low'}"
        threading.Thread(target=attend, args=(connection, welcome)).start()


def attend(connection: socket.socket, welcome: str) -> None:
    with connection:
        connection.sendall(f"{welcome}\n".encode())
        for line in connection.makefile("rb"):
            connection.sendall(line)


def hold(path: str, pidfile: str, address: str, port: int) -> None:
    connection = socket.create_connection((address, port), timeout=PATIENCE)
    lines = connection.makefile("rb")
    lines.readline()
    orders = socket.socket(socket.AF_UNIX)
    orders.bind(path)
    orders.listen()
    if not in_background(pidfile):
        return
    count = 0
    while True:
        order, _peer = orders.accept()
        count += 1
        # A connection that is cut raises, and then nobody listens any more: that is how a pulse sees it.
        connection.sendall(b"%d\n" % count)
        with order:
            order.sendall(lines.readline())


def pulse(*paths: str) -> None:
    for path in paths:
        with socket.socket(socket.AF_UNIX) as order:
            order.settimeout(2 * PATIENCE)
            order.connect(path)
            if not order.recv(64).strip().isdigit():
                sys.exit(f"{path}: the connection is cut")


def ask(address: str, port: int, source_port: int = 0) -> None:
    source = ("::" if ":" in address else "0.0.0.0", source_port) if source_port else None  # noqa: S104
    with socket.create_connection((address, port), timeout=5, source_address=source) as connection:
        print(connection.makefile().readline().strip())


def measure(address: str, port: int, kilobytes: int) -> None:
    with socket.create_connection((address, port), timeout=PATIENCE) as connection, connection.makefile("rb") as lines:
        lines.readline()
        connection.settimeout(6 * PATIENCE)
        times = [time.monotonic()]
        connection.sendall(b"x" * (kilobytes * 1000 - 1) + b"\n")
        # The echo begins when all of it is there.
        lines.read(1)
        times.append(time.monotonic())
        lines.readline()
        times.append(time.monotonic())
    print(*(round(later - earlier, 2) for earlier, later in zip(times, times[1:])))


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    if command == "serve":
        serve(words[0], int(words[1]))
    elif command == "hold":
        hold(words[0], words[1], words[2], int(words[3]))
    elif command == "pulse":
        pulse(*words)
    elif command == "measure":
        measure(words[0], int(words[1]), int(words[2]))
    else:
        ask(words[0], *map(int, words[1:]))
