# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP: `tcp.py serve PIDFILE PORT` tells everyone who connects where they come from, in the background;
`tcp.py ask ADDRESS PORT [SOURCE_PORT]` prints what it was told."""

from __future__ import annotations

import os
import socket
import sys


def serve(pidfile: str, port: int) -> None:
    server = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True, reuse_port=True)
    # Whoever started us may go on: connections are taken from now on.
    if os.fork():
        return
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    with open(pidfile, "w", encoding="ascii") as stream:
        stream.write(str(os.getpid()))
    while True:
        connection, peer = server.accept()
        with connection:
            connection.sendall(f"{peer[0].replace('::ffff:', '')} {'high' if peer[1] >= 1024 else 'low'}\n".encode())


def ask(address: str, port: int, source_port: int = 0) -> None:
    source = ("::" if ":" in address else "0.0.0.0", source_port) if source_port else None  # noqa: S104
    with socket.create_connection((address, port), timeout=5, source_address=source) as connection:
        print(connection.makefile().readline().strip())


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        ask(sys.argv[2], *map(int, sys.argv[3:]))
