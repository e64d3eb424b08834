# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who listens where dnsmasq has to; real sockets, on loopback."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import listeners
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.listeners import Listener
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network

ALL = "0.0.0.0"  # noqa: S104 (that is what this is about)
KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


@contextmanager
def held(protocol: str, address: str, *options: int) -> Iterator[int]:
    """Somebody listens there; the port."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, KINDS[protocol]) as theirs:
        for option in options:
            theirs.setsockopt(socket.SOL_SOCKET, option, 1)
        theirs.bind((address, 0))
        if protocol == "tcp":
            theirs.listen(1)
        yield theirs.getsockname()[1]


def found(monkeypatch: pytest.MonkeyPatch, protocol: str, address: str, port: int) -> list[tuple[str, str]]:
    monkeypatch.setitem(listeners.REMEDIES, port, "stop it")
    return list(listeners.problems([Listener("here", protocol, address, port)] * 2))


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
@pytest.mark.parametrize(("theirs", "ours"), [(ALL, "192.0.2.1"), ("127.0.0.1", "127.0.0.1"), (ALL, "127.0.0.1")])
def test_taken(monkeypatch: pytest.MonkeyPatch, protocol: str, theirs: str, ours: str) -> None:
    """The address that dnsmasq will have need not be there yet."""
    with held(protocol, theirs) as port:
        ((path, text),) = found(monkeypatch, protocol, ours, port)
    assert path == "here"
    assert text.startswith(f"{protocol.upper()} port {port} of {ours} is taken by ")
    assert f"(pid {os.getpid()})" in text
    assert text.endswith("; stop it")


def test_taken_by_a_socket_for_both_families(monkeypatch: pytest.MonkeyPatch) -> None:
    with held("udp", "::") as port:
        ((_path, text),) = found(monkeypatch, "udp", "192.0.2.1", port)
    assert f"(pid {os.getpid()})" in text


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_another_address_is_not_in_the_way(monkeypatch: pytest.MonkeyPatch, protocol: str) -> None:
    """As that of systemd-resolved."""
    with held(protocol, "127.0.0.53") as port:
        assert found(monkeypatch, protocol, "192.0.2.1", port) == []


def test_who_shares_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """libvirt's dnsmasq, for one: it serves another bridge on the same port. For TCP sharing is not enough."""
    with held("udp", ALL, socket.SO_REUSEADDR) as port:
        assert found(monkeypatch, "udp", ALL, port) == []
    with held("tcp", ALL, socket.SO_REUSEADDR) as port:
        assert len(found(monkeypatch, "tcp", "192.0.2.1", port)) == 1


def test_our_own_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["dnsmasq", "--conf-file=/etc/netdev-linux/nat_network/other/dnsmasq.conf"]
    with held("udp", ALL) as port:
        monkeypatch.setattr(listeners, "command_line", lambda _pid: command)
        assert found(monkeypatch, "udp", "192.0.2.1", port) == []
        monkeypatch.setattr(listeners, "command_line", lambda _pid: ["dnsmasq", "--conf-file=/etc/dnsmasq.conf"])
        assert len(found(monkeypatch, "udp", "192.0.2.1", port)) == 1


def wanted(**definition: object) -> list[tuple[str, str, int]]:
    return [(entry.protocol, entry.address, entry.port) for entry in listeners.wanted(network({"name": "lab", **definition}))]


def test_what_is_needed() -> None:
    dhcp4 = {"address": "192.0.2.1/24", "dhcp": {"ranges": [{"start": "192.0.2.5", "end": "192.0.2.9"}]}}
    dhcp6 = {"address": "2001:db8::1/64", "dhcp": {"ranges": [{"start": "2001:db8::5", "end": "2001:db8::9"}]}}
    assert wanted(ips=[dhcp4]) == [("udp", "192.0.2.1", 53), ("tcp", "192.0.2.1", 53), ("udp", ALL, 67)]
    assert wanted(ips=[dhcp6], dns={"enable": False}) == [("udp", "::", 547)]
    assert wanted(ips=[dhcp4], dnsmasq_options=["port=5353"]) == [("udp", ALL, 67)]
    assert ("udp", "192.0.2.1", 69) in wanted(ips=[{**dhcp4, "tftp_root": "/srv"}])
    assert wanted() == []
