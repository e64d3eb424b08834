# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who listens where the dnsmasq of a network has to: found by trying, before anything is changed.

Whether two sockets can share a port hangs on options of both, which the kernel shows of neither. So each socket that dnsmasq will
need is bound the way dnsmasq binds it, for a moment; the address need not be there yet (IP_FREEBIND).
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.netdev.linux.plugins.module_utils.host import command_of, describe, pids
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import CONFIG
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.process import command_line

# include/uapi/linux/in.h, in6.h
_IP_FREEBIND, _IPV6_FREEBIND = 15, 78
_TCP_LISTEN = "0A"  # include/net/tcp_states.h, as /proc/net/tcp shows it
_WILDCARD = {4: "0.0.0.0", 6: "::"}  # noqa: S104 (dnsmasq does)

REMEDIES = {
    53: "let it listen on its own addresses only (dnsmasq: bind-dynamic; named: listen-on; unbound: interface), or set dns.enable: false",
    67: "stop it, or leave dhcp out",
    69: "let it listen on addresses of its own only, or leave tftp_root out",
    547: "stop it, or leave dhcp out",
}


@dataclass(frozen=True)
class Listener:
    """A socket that dnsmasq will need, and the path of what it is for."""

    path: str
    protocol: str  # udp or tcp
    address: str
    port: int

    @property
    def version(self) -> int:
        return 6 if ":" in self.address else 4


def wanted(network: Network) -> Iterator[Listener]:
    """The sockets of a network's dnsmasq."""
    if not network.needs_dnsmasq:
        return
    tftp = any(subnet.tftp_root for subnet in network.ips)
    # Whoever names a port in dnsmasq's own words knows what is free.
    names = network.dns.enable and not any(option.startswith("port=") for option in network.dnsmasq_options)
    for index, subnet in enumerate(network.ips):
        own = str(subnet.interface.ip)
        if names:
            yield Listener(f"{network.path}.dns", "udp", own, 53)
            yield Listener(f"{network.path}.dns", "tcp", own, 53)
        if tftp:
            yield Listener(f"{network.path}.ips[{index}].tftp_root", "udp", own, 69)
        if subnet.dhcp:
            # dnsmasq ties these to the bridge only after it has bound them.
            port = 67 if subnet.version == 4 else 547
            yield Listener(f"{network.path}.ips[{index}].dhcp", "udp", _WILDCARD[subnet.version], port)


def problems(listeners: t.Iterable[Listener]) -> Iterator[tuple[str, str]]:
    """What keeps dnsmasq from listening, with the path it is about. Our own dnsmasqs do not count: they give way."""
    told = set()
    for listener in listeners:
        if (listener.path, listener.address, listener.port) in told or not _is_taken(listener):
            continue
        holders = _holders(listener)
        if holders and all(_is_ours(pid) for pid, _name in holders):
            continue
        told.add((listener.path, listener.address, listener.port))
        who = describe(holders) or "a process that can't be seen from here"
        where = "" if listener.address in _WILDCARD.values() else f" of {listener.address}"
        yield listener.path, f"{listener.protocol.upper()} port {listener.port}{where} is taken by {who}; {REMEDIES[listener.port]}"


def _is_taken(listener: Listener) -> bool:
    """Whether dnsmasq could not have the socket. What can't be tried (a missing right, say) counts as free."""
    family = socket.AF_INET6 if listener.version == 6 else socket.AF_INET
    kind = socket.SOCK_STREAM if listener.protocol == "tcp" else socket.SOCK_DGRAM
    try:
        with socket.socket(family, kind) as trial:
            # As make_sock in dnsmasq's network.c and make_fd in its dhcp.c do.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if listener.address in _WILDCARD.values():
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                trial.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
            else:
                trial.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
            trial.bind((listener.address, listener.port))
            if kind == socket.SOCK_STREAM:
                trial.listen(1)
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def _is_ours(pid: int) -> bool:
    return any(argument.startswith(f"--conf-file={CONFIG}/") for argument in command_line(pid))


def _holders(listener: Listener) -> list[tuple[int, str]]:
    """The processes, (pid, name) each, that hold a socket in the way."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(listener)}
    return [(pid, command_of(pid)) for pid in pids() if not sockets.isdisjoint(_open_files(pid))]


def _inodes(listener: Listener) -> Iterator[str]:
    """The sockets on the port, at the same address or at all addresses. One at all IPv6 addresses may take IPv4 too."""
    for version in (4, 6):
        name = listener.protocol + ("6" if version == 6 else "")
        for line in _lines(f"/proc/self/net/{name}"):
            fields = line.split()
            address, _colon, port = fields[1].rpartition(":")
            if int(port, 16) != listener.port or (listener.protocol == "tcp" and fields[3] != _TCP_LISTEN):
                continue
            if _decode(address, version) in (listener.address, *_WILDCARD.values()) or listener.address in _WILDCARD.values():
                yield fields[9]


def _decode(text: str, version: int) -> str:
    """An address of /proc/net: 32-bit words in hexadecimal, each in the machine's byte order."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    return socket.inet_ntop(socket.AF_INET6 if version == 6 else socket.AF_INET, struct.pack(f"={len(words)}I", *words))


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="ascii") as stream:
            return stream.read().splitlines()[1:]
    except OSError:  # a kernel without IPv6
        return []


def _open_files(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):  # it has ended, or is not ours to look at
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                yield os.readlink(entry.path)
