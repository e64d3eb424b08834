# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's networks in libvirt's words, and back."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.netdev.linux.plugins.filter import from_libvirt_xml, to_libvirt_xml
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import validate
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network

OPTIONS = {"start": "192.0.2.10", "end": "192.0.2.19"}
NETWORKS: list[dict[str, Any]] = [
    {"name": "plain", "forward": {"mode": "isolated"}},
    {"name": "isolated", "forward": {"mode": "isolated"}, "ipv6": True, "ips": [{"address": "192.0.2.1/24"}]},
    {"name": "open", "forward": {"mode": "open"}, "ips": [{"address": "192.0.2.1/24"}]},
    {"name": "routed", "forward": {"mode": "route", "dev": "eth0"}, "stp": True, "delay": 3, "ips": [{"address": "192.0.2.1/24"}]},
    {
        "name": "nat",
        "bridge": "br-nat",
        "mac": "52:54:00:AA:00:01",
        "mtu": 1400,
        "forward": {
            "dev": "eth0.5",
            "nat": {"ipv6": True, "address": {"start": "203.0.113.8", "end": "203.0.113.9"}, "port": {"start": 2000, "end": 3000}},
        },
        "ips": [{"address": "192.0.2.1/24"}, {"address": "fd00:1::1/64"}],
    },
    {"name": "nat66", "forward": {"nat": {"ipv6": True}}, "ips": [{"address": "fd00:1::1/64"}]},
    {"name": "one-address", "forward": {"nat": {"address": {"start": "203.0.113.8"}}}, "ips": [{"address": "192.0.2.1/24"}]},
    {
        "name": "names",
        "domain": {"name": "lab.example", "local_only": True},
        "dns": {
            "forward_plain_names": False,
            "forwarders": [{"addr": "192.0.2.53"}, {"domain": "a.example"}, {"domain": "b.example", "addr": "2001:db8::53", "port": 5353}],
            "txt": [{"name": "a", "value": "<b & 'c'>"}],
            "srv": [
                {"service": "s", "protocol": "tcp"},
                {"service": "s", "protocol": "udp", "target": "."},
                {"service": "s", "protocol": "tcp", "domain": "d.example", "target": "t.example", "port": 22, "priority": 1, "weight": 2},
                {"service": "s", "protocol": "tcp", "target": "t.example", "weight": 2},
            ],
            "hosts": [{"ip": "192.0.2.9", "hostnames": ["db", "db.example"]}, {"ip": "192.0.2.9", "hostnames": ["c"]}],
        },
        "ips": [{"address": "192.0.2.1/24", "local_ptr": True}],
    },
    {
        "name": "limited",
        "mac_table_manager": "libvirt",
        "zone": "work",
        "bandwidth": {"inbound": {"average": 1000, "peak": 5000, "burst": 1024}, "outbound": {"average": 128}},
        "ips": [{"address": "192.0.2.1/24"}],
    },
    {
        "name": "registered",
        "domain": {"name": "lab.example", "local_only": True, "register": True},
        "ips": [{"address": "192.0.2.1/24"}],
    },
    {"name": "silent", "dns": {"enable": False}, "domain": {"name": "x"}, "ips": [{"address": "192.0.2.1/25"}]},
    {
        "name": "served",
        "ips": [
            {
                "address": "192.0.2.1/24",
                "tftp_root": "/srv/tftp & co",
                "dhcp": {
                    "ranges": [{**OPTIONS, "lease_time": "300s"}, {"start": "192.0.2.30", "end": "192.0.2.31", "lease_time": "2h"}],
                    "hosts": [
                        {"mac": "52:54:00:00:00:01", "name": "a", "ip": "192.0.2.5", "lease_time": "infinite"},
                        {"name": "b", "ip": "192.0.2.6", "lease_time": "20m"},
                    ],
                    "bootp": {"file": "pxe.img", "server": "192.0.2.5"},
                },
            },
            {
                "address": "2001:db8::1/64",
                "dhcp": {
                    "hosts": [{"id": "0:3:0:1:52:54:0:0:0:a", "name": "a6", "ip": "2001:db8::5"}, {"name": "b6", "ip": "2001:db8::6"}]
                },
            },
        ],
        "dnsmasq_options": ["log-dhcp", 'txt-record=q,"<&>"'],
        "routes": [
            {"destination": "198.51.100.0/24", "gateway": "192.0.2.7", "metric": 2},
            {"destination": "2001:db8:9::/48", "gateway": "2001:db8::7", "metric": 7},
        ],
    },
]


def write(item: Any, **options: Any) -> str:
    found: str = to_libvirt_xml.FilterModule().filters()["to_libvirt_xml"](item, **options)
    return found


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = from_libvirt_xml.FilterModule().filters()["from_libvirt_xml"](text)
    return found


def network(item: dict[str, Any]) -> Network:
    return dataclasses.replace(validate.definitions([item], "network").present[0], path="")


@pytest.mark.parametrize("item", NETWORKS, ids=lambda item: item["name"])
def test_there_and_back(item: dict[str, Any]) -> None:
    text = write(item)
    assert network(read(text)) == network(item)
    assert write(read(text)) == text


def test_words() -> None:
    assert write(NETWORKS[3]) == (
        '<network>\n  <name>routed</name>\n  <forward mode="route" dev="eth0" />\n  <bridge name="virbr-routed" stp="on" delay="3" />\n'
        f'  <mac address="{network(NETWORKS[3]).mac}" />\n  <ip address="192.0.2.1" prefix="24" />\n</network>\n'
    )
    assert "value=\"&lt;b &amp; 'c'&gt;\"" in write(NETWORKS[7])
    served = write(NETWORKS[-1])
    assert 'xmlns:dnsmasq="http://libvirt.org/schemas/network/dnsmasq/1.0"' in served
    assert '<dnsmasq:option value="log-dhcp" />' in served
    assert '<lease expiry="20" unit="minutes" />' in served


@pytest.mark.parametrize(
    ("time", "expiry", "unit"), [("1d", "24", "hours"), ("2w", "336", "hours"), ("200", "200", "seconds"), ("infinite", "0", None)]
)
def test_lease_times(time: str, expiry: str, unit: str | None) -> None:
    item = {"name": "a", "ips": [{"address": "192.0.2.1/24", "dhcp": {"ranges": [{**OPTIONS, "lease_time": time}]}}]}
    lease = ET.fromstring(write(item)).find(".//lease")  # noqa: S314
    assert lease is not None
    assert (lease.get("expiry"), lease.get("unit")) == (expiry, unit)


def test_a_metric_of_libvirts() -> None:
    item = {"name": "a", "ips": [{"address": "192.0.2.1/24"}], "routes": [{"destination": "198.51.100.0/24", "gateway": "192.0.2.7"}]}
    assert read(write(item))["routes"] == [{"destination": "198.51.100.0/24", "gateway": "192.0.2.7", "metric": "1"}]


def test_the_bridge_of_the_role() -> None:
    item = {"name": "lab", "bridge": "br0", "netns": "blue", "allow_networks": ["other"], "dad": "wait"}
    text = '<network>\n  <name>lab</name>\n  <forward mode="bridge" />\n  <bridge name="br0" />\n</network>\n'
    assert write(item, form="bridge") == text
    with pytest.raises(AnsibleFilterError, match="guests plug into a bridge that the host has"):
        read(text)


@pytest.mark.parametrize(
    ("item", "options", "says"),
    [
        ({"name": "a", "netns": "blue"}, {}, "netns: libvirt has no equivalent"),
        ({"name": "a", "port_forwards": [1], "allow_networks": ["b"]}, {}, "port_forwards: libvirt has no equivalent; allow_networks: "),
        ({"name": "a", "dad": "wait"}, {}, "dad: "),
        ({"name": "a", "firewall": "none"}, {}, "firewall: "),
        ({"name": "a", "flow_offload": True}, {}, "flow_offload: "),
        ({"name": "a", "forward": {"accept_ra": True}}, {}, "forward.accept_ra: libvirt has no equivalent"),
        ({"name": "a", "state": "absent"}, {}, "state: a network that shall be absent"),
        ({"name": "a", "state": "absent"}, {"form": "bridge"}, "state: a network that shall be absent"),
        ({"name": "a b"}, {}, "network[0].name"),
        ({"name": "a", "bridge": "a/b"}, {"form": "bridge"}, "network[0].bridge"),
        ({"name": "a", "mtu": 1}, {}, "network[0].mtu"),
        ({"name": "a"}, {}, "/network/ip: missing; mode nat"),
        ({"name": "a", "brdige": "br0"}, {}, "brdige: libvirt has no equivalent"),
        ([{"name": "a"}], {}, "takes one network"),
        ({"name": "a"}, {"form": "xml"}, "form is 'xml', allowed are network and bridge"),
        ({"name": "a"}, {"unsupported": "ignore"}, "unsupported is 'ignore'"),
    ],
)
def test_refused(item: Any, options: dict[str, str], says: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        write(item, **options)
    assert says in str(caught.value)


def test_left_out_when_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text: told.append(text))
    item = {"name": "a", "ips": [{"address": "192.0.2.1/24"}]}
    assert write({**item, "netns": "blue", "allow_networks": ["b"], "dad": "none", "firewall": "auto"}, unsupported="warn") == write(item)
    assert [text.split(":")[1] for text in told] == [" left out netns", " left out allow_networks"]
