# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnsmasq's lease file. The lines are of dnsmasq 2.90."""

from __future__ import annotations

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import leases

FILE = """\
1795212000 52:54:00:00:00:10 192.168.122.10 web 01:52:54:00:00:00:10
0 52:54:00:00:00:11 192.168.122.11 * *
duid 00:01:00:01:30:aa:bb:cc:52:54:00:00:00:01
1795212060 1379 2001:db8:6::66 fixed 00:03:00:01:52:54:00:12:20:66
1795212060 T1380 2001:db8:6::67 * 00:03:00:01:52:54:00:12:20:67
"""


def test_ipv4() -> None:
    assert leases.parse(FILE)[:2] == [
        {"ip": "192.168.122.10", "hostname": "web", "expires": 1795212000, "mac": "52:54:00:00:00:10", "client_id": "01:52:54:00:00:00:10"},
        {"ip": "192.168.122.11", "hostname": None, "expires": None, "mac": "52:54:00:00:00:11", "client_id": None},
    ]


def test_ipv6() -> None:
    assert leases.parse(FILE)[2:] == [
        {"ip": "2001:db8:6::66", "hostname": "fixed", "expires": 1795212060, "iaid": 1379, "duid": "00:03:00:01:52:54:00:12:20:66"},
        {"ip": "2001:db8:6::67", "hostname": None, "expires": 1795212060, "iaid": 1380, "duid": "00:03:00:01:52:54:00:12:20:67"},
    ]


def test_what_is_no_lease() -> None:
    assert leases.parse("") == []
    assert leases.parse("1795212000 52:54:00:00:00:10 192.168.122.10 we") == []
    assert leases.parse("1795212000 52:54:00:00:00:10 nowhere web *\n\n") == []
