# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom by TCP and UDP.

`talk.py serve PIDFILE NAME PORT...` tells everyone, in the background, to whom they came and who they are.
`talk.py ask` reads lines `NAMESPACE PROTOCOL ADDRESS PORT SOURCE EXPECTED...`, where host and any stand for none, and prints those that
came out otherwise.
"""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys

TIMEOUT = 2
TYPES = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def serve(pidfile: str, name: str, ports: list[int]) -> None:
    selector = selectors.DefaultSelector()
    for port in ports:
        server = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
        selector.register(server, selectors.EVENT_READ)
        datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        datagrams.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        datagrams.bind(("::", port))
        selector.register(datagrams, selectors.EVENT_READ)
    # Whoever started us may go on: from now on there is an answer.
    if os.fork():
        return
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    with open(pidfile, "w", encoding="ascii") as stream:
        stream.write(f"{os.getpid()}\n")
    while True:
        for key, _events in selector.select():
            answer(key.fileobj, name)


def answer(server: object, name: str) -> None:
    assert isinstance(server, socket.socket)
    port = server.getsockname()[1]
    if server.type == socket.SOCK_DGRAM:
        _data, peer = server.recvfrom(100)
        server.sendto(text(name, port, peer), peer)
        return
    connection, peer = server.accept()
    with connection:
        connection.sendall(text(name, port, peer))


def text(name: str, port: int, peer: tuple[str, int]) -> bytes:
    return f"{name} {port} {peer[0].replace('::ffff:', '')}\n".encode()


def one(protocol: str, address: str, port: int, source: str) -> None:
    """Print what is answered, or `nobody`."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, TYPES[protocol]) as client:
        client.settimeout(TIMEOUT)
        try:
            if source != "any":
                client.bind((source, 0))
            client.connect((address, port))
            if protocol == "udp":
                client.send(b"who are you?")
            print(client.recv(100).decode().strip())
        except OSError:
            print("nobody")


def ask() -> None:
    questions = []
    for line in sys.stdin.read().splitlines():
        namespace, protocol, address, port, source, *expected = line.split()
        enter = [] if namespace == "host" else ["ip", "netns", "exec", namespace]
        command = [*enter, sys.executable, __file__, "one", protocol, address, port, source]
        questions.append((line, " ".join(expected), subprocess.Popen(command, stdout=subprocess.PIPE, text=True)))
    for line, expected, process in questions:
        found = process.communicate()[0].strip()
        if found != expected:
            print(f"{line}: {found}")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], sys.argv[3], [int(port) for port in sys.argv[4:]])
    elif sys.argv[1] == "one":
        one(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
    else:
        ask()
