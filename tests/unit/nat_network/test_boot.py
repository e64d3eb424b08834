# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that makes a bridge at boot."""

from __future__ import annotations

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import boot
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network

LAB = {
    "name": "lab",
    "bridge": "virbr0",
    "ips": [{"address": "192.0.2.1/24"}, {"address": "2001:db8::1/64"}],
    "routes": [{"destination": "198.51.100.0/24", "gateway": "192.0.2.9", "metric": 7}],
    "dad": "lend_carrier",
}


def test_everything_that_a_bridge_has() -> None:
    lines = boot.script(network(LAB), ipv6=True).splitlines()
    assert lines[1] == "if ip link show dev virbr0 >/dev/null 2>&1; then exit 0; fi"
    assert "ip link set dev virbr0 alias 'NAT network lab'" in lines
    assert "ip address add 192.0.2.1/24 broadcast 192.0.2.255 dev virbr0" in lines
    assert "ip address add 2001:db8::1/64 dev virbr0" in lines
    assert "sysctl -w net.ipv6.conf.virbr0.accept_ra=0" in lines
    assert "ip link set dev virbr0 up" in lines
    assert lines[-1] == "ip route replace 198.51.100.0/24 metric 7 via 192.0.2.9 dev virbr0 proto 4"
    assert any("altname netdev.nat_network.virbr0" in line for line in lines)
    # Nobody waits at boot, and what is no command would end the script.
    assert not any(line.startswith("native") for line in lines)


def test_systemd_enters_the_namespace() -> None:
    assert boot.script(network({**LAB, "netns": "blue"}), ipv6=True) == boot.script(network(LAB), ipv6=True)


def test_limits_come_last() -> None:
    lines = boot.script(network({**LAB, "bandwidth": {"inbound": {"average": 1}}}), ipv6=True).splitlines()
    file = "/etc/netdev-linux/nat_network/lab/shaping.tc"
    # Not where the kernel has none of it.
    assert lines[-1] == f"if test -e {file}; then tc -batch {file}; fi"


def test_without_ipv6() -> None:
    assert "sysctl" not in boot.script(network({"name": "lab"}), ipv6=False)


def test_addresses_that_the_host_answers_for() -> None:
    lines = boot.script(
        network({**LAB, "forward": {"nat": {"address": {"start": "203.0.113.8", "end": "203.0.113.9"}}}}), ipv6=True
    ).splitlines()
    assert "ip route replace local 203.0.113.8/31 table 255 metric 1 dev virbr0 proto 4" in lines
