# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that dnsmasq gets: libvirt's lines in libvirt's order."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import dnsmasq
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network

ALWAYS = ["strict-order", "except-interface=lo", "bind-dynamic", "interface=virbr0"]
ADDNHOSTS = "addn-hosts=/etc/netdev-linux/nat_network/lab/addnhosts"
HOSTSFILE = "dhcp-hostsfile=/etc/netdev-linux/nat_network/lab/hostsfile"


def conf(keys: dict[str, Any]) -> list[str]:
    """The lines of the configuration that matter."""
    lines = dnsmasq.conf(network({"name": "lab", "bridge": "virbr0", **keys}), Paths("lab")).splitlines()
    assert lines[0].startswith("#")
    return lines[1:]


def test_whole_file() -> None:
    lab = network(
        {
            "name": "lab",
            "bridge": "virbr0",
            "mtu": 1400,
            "domain": {"name": "lab.example", "local_only": True},
            "dns": {
                "forward_plain_names": False,
                "forwarders": [
                    {"addr": "192.0.2.53"},
                    {"domain": "corp.example", "addr": "2001:db8::53", "port": 5353},
                    {"domain": "a.example"},
                ],
                "txt": [{"name": "example", "value": "two words"}],
                "srv": [{"service": "ldap", "protocol": "tcp"}],
            },
            "ips": [
                {
                    "address": "192.168.122.1/24",
                    "local_ptr": True,
                    "dhcp": {
                        "ranges": [
                            {"start": "192.168.122.2", "end": "192.168.122.9"},
                            {"start": "192.168.122.20", "end": "192.168.122.29", "lease_time": "2h"},
                        ],
                        "bootp": {"file": "pxelinux.0", "server": "192.168.122.5"},
                    },
                },
                {
                    "address": "2001:db8:1::1/64",
                    "local_ptr": True,
                    "dhcp": {"ranges": [{"start": "2001:db8:1::100", "end": "2001:db8:1::1ff", "lease_time": 600}]},
                },
            ],
            "dnsmasq_options": ["log-dhcp", "cname=*.apps.example,web"],
        }
    )
    assert dnsmasq.conf(lab, Paths("lab")) == textwrap.dedent("""\
        # Written by the role netdev.linux.nat_network for network lab. Changes are overwritten.
        strict-order
        server=192.0.2.53
        server=/corp.example/2001:db8::53#5353
        server=/a.example/#
        no-resolv
        local=/lab.example/
        domain=lab.example
        expand-hosts
        domain-needed
        local=//
        local=/122.168.192.in-addr.arpa/
        local=/0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa/
        except-interface=lo
        bind-dynamic
        interface=virbr0
        txt-record=example,two words
        srv-host=_ldap._tcp
        dhcp-range=192.168.122.2,192.168.122.9,255.255.255.0
        dhcp-range=192.168.122.20,192.168.122.29,255.255.255.0,2h
        dhcp-no-override
        dhcp-authoritative
        dhcp-boot=pxelinux.0,,192.168.122.5
        dhcp-range=2001:db8:1::100,2001:db8:1::1ff,64,600s
        dhcp-lease-max=274
        dhcp-hostsfile=/etc/netdev-linux/nat_network/lab/hostsfile
        addn-hosts=/etc/netdev-linux/nat_network/lab/addnhosts
        dhcp-option=option:mtu,1400
        enable-ra
        log-dhcp
        cname=*.apps.example,web
    """)


def test_least() -> None:
    assert conf({"ips": [{"address": "192.168.122.1/24"}]}) == [*ALWAYS, ADDNHOSTS]


def test_files_to_boot_from() -> None:
    """TFTP alone is served too, from the folders of all subnets."""
    ips = [{"address": "192.168.122.1/24", "tftp_root": "/srv/tftp"}, {"address": "192.168.123.1/24", "tftp_root": "/srv/other"}]
    lines = ["enable-tftp", "tftp-root=/srv/tftp", "tftp-root=/srv/other"]
    assert conf({"ips": ips}) == [*ALWAYS, *lines, ADDNHOSTS]
    alone = network({"name": "lab", "dns": {"enable": False}, "ips": ips})
    assert alone.needs_dnsmasq


def test_isolated() -> None:
    """Nothing may lead out: no default route, no names from outside."""
    assert conf({"forward": {"mode": "isolated"}, "ips": [{"address": "192.168.122.1/24"}]}) == [
        *ALWAYS,
        "dhcp-option=3",
        "no-resolv",
        "ra-param=*,0,0",
        ADDNHOSTS,
    ]


def test_without_dns() -> None:
    keys = {
        "dns": {"enable": False},
        "ips": [{"address": "192.168.122.1/24", "dhcp": {"ranges": [{"start": "192.168.122.2", "end": "192.168.122.2"}]}}],
    }
    assert conf(keys) == [
        "strict-order",
        "port=0",
        *ALWAYS[1:],
        "dhcp-range=192.168.122.2,192.168.122.2,255.255.255.0",
        "dhcp-no-override",
        "dhcp-authoritative",
        "dhcp-lease-max=1",
        HOSTSFILE,
    ]


def test_only_fixed_guests() -> None:
    dhcp = {"hosts": [{"name": "a", "ip": "192.168.122.9"}], "bootp": {"file": "boot"}}
    dhcp6 = {"hosts": [{"name": "a", "ip": "2001:db8:1::9"}]}
    keys = {"ips": [{"address": "192.168.122.1/24", "dhcp": dhcp}, {"address": "2001:db8:1::1/64", "dhcp": dhcp6}]}
    assert conf(keys) == [
        *ALWAYS,
        "dhcp-range=192.168.122.1,static",
        "dhcp-no-override",
        "dhcp-authoritative",
        "dhcp-boot=boot",
        "dhcp-range=2001:db8:1::1,static,64",
        HOSTSFILE,
        ADDNHOSTS,
        "enable-ra",
    ]


def test_router_advertisements_for_every_subnet() -> None:
    assert conf({"ips": [{"address": "2001:db8:1::1/64"}, {"address": "2001:db8:2::1/64"}]}) == [
        *ALWAYS,
        ADDNHOSTS,
        "dhcp-range=2001:db8:1::1,ra-only",
        "dhcp-range=2001:db8:2::1,ra-only",
    ]


@pytest.mark.parametrize(
    ("srv", "line"),
    [
        ({}, "srv-host=_ldap._tcp"),
        ({"domain": "a.example"}, "srv-host=_ldap._tcp.a.example"),
        ({"target": "ldap1"}, "srv-host=_ldap._tcp,ldap1"),
        ({"target": "."}, "srv-host=_ldap._tcp"),
        ({"target": "ldap1", "port": 389}, "srv-host=_ldap._tcp,ldap1,389"),
        ({"target": "ldap1", "priority": 5}, "srv-host=_ldap._tcp,ldap1,1,5"),
        ({"target": "ldap1", "weight": 7}, "srv-host=_ldap._tcp,ldap1,1,0,7"),
        (
            {"domain": "a.example", "target": "ldap1", "port": 389, "priority": 5, "weight": 7},
            "srv-host=_ldap._tcp.a.example,ldap1,389,5,7",
        ),
    ],
)
def test_srv(srv: dict[str, Any], line: str) -> None:
    keys = {"dns": {"srv": [{"service": "ldap", "protocol": "tcp", **srv}]}, "ips": [{"address": "192.168.122.1/24"}]}
    assert conf(keys) == [*ALWAYS, line, ADDNHOSTS]


def test_hostsfile() -> None:
    lab = network(
        {
            "name": "lab",
            "ips": [
                {
                    "address": "192.168.122.1/24",
                    "dhcp": {
                        "hosts": [
                            {"mac": "52:54:00:00:00:0A", "name": "web", "ip": "192.168.122.10"},
                            {"mac": "52:54:00:00:00:0B", "ip": "192.168.122.11", "lease_time": "3h"},
                            {"name": "mail", "ip": "192.168.122.12"},
                        ]
                    },
                },
                {
                    "address": "2001:db8:1::1/64",
                    "dhcp": {
                        "hosts": [
                            {"id": "0:3:0:1:52:54:0:aa:bb:cc", "name": "web", "ip": "2001:db8:1::10"},
                            {"id": "0:3:0:1:52:54:0:aa:bb:cd", "ip": "2001:db8:1::11", "lease_time": "infinite"},
                            {"name": "mail", "ip": "2001:db8:1::12"},
                        ]
                    },
                },
            ],
        }
    )
    assert dnsmasq.hostsfile(lab) == textwrap.dedent("""\
        52:54:00:00:00:0a,192.168.122.10,web
        52:54:00:00:00:0b,192.168.122.11,3h
        mail,192.168.122.12
        id:0:3:0:1:52:54:0:aa:bb:cc,web,[2001:db8:1::10]
        id:0:3:0:1:52:54:0:aa:bb:cd,[2001:db8:1::11],infinite
        mail,[2001:db8:1::12]
    """)


def test_addnhosts() -> None:
    lab = network(
        {
            "name": "lab",
            "dns": {"hosts": [{"ip": "192.0.2.9", "hostnames": ["db", "db.lab.example"]}, {"ip": "2001:db8::9", "hostnames": ["db"]}]},
        }
    )
    assert dnsmasq.addnhosts(lab) == "192.0.2.9\tdb\tdb.lab.example\t\n2001:db8::9\tdb\t\n"


@pytest.mark.parametrize(
    ("keys", "needed"),
    [
        ({}, False),
        ({"ips": [{"address": "192.0.2.1/24"}]}, True),
        ({"ips": [{"address": "192.0.2.1/24"}], "dns": {"enable": False}}, False),
        ({"ips": [{"address": "2001:db8::1/64"}], "dns": {"enable": False}}, True),
        ({"ips": [{"address": "192.0.2.1/24", "dhcp": {"hosts": [{"name": "a", "ip": "192.0.2.2"}]}}], "dns": {"enable": False}}, True),
    ],
)
def test_runs_only_where_there_is_something_to_serve(keys: dict[str, Any], needed: bool) -> None:
    assert network({"name": "lab", **keys}).needs_dnsmasq is needed
