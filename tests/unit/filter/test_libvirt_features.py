# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What libvirt writes for each feature of its definitions, in dnsmasq's words: the rule, on definitions of our own."""

from __future__ import annotations

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import dnsmasq, validate
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.plugin_utils import libvirt_xml

IP = "<ip address='192.0.2.1' netmask='255.255.255.0'>{}</ip>"
IP6 = "<ip family='ipv6' address='2001:db8:0:7::1' prefix='64'>{}</ip>"
HEAD, LISTEN = ["strict-order"], ["except-interface=lo", "bind-dynamic", "interface=virbr7"]
CLOSED = ["dhcp-option=3", "no-resolv", "ra-param=*,0,0"]
SERVED = ["dhcp-no-override", "dhcp-authoritative"]
RANGE, RANGE_LINE = "<range start='192.0.2.10' end='192.0.2.19'/>", "dhcp-range=192.0.2.10,192.0.2.19,255.255.255.0"
HOSTS, NAMES = "dhcp-hostsfile=hostsfile", "addn-hosts=addnhosts"


def network(inner: str, forward: str = "<forward/>") -> Network:
    xml = f"<network><name>seven</name>{forward}<bridge name='virbr7'/>{inner}</network>"
    return validate.definitions([libvirt_xml.convert(xml)], "network").present[0]


def lines(inner: str, forward: str = "<forward/>") -> list[str]:
    found = network(inner, forward)
    text = dnsmasq.conf(found, Paths(found.name)).replace(Paths(found.name).config + "/", "")
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (IP.format(""), [*HEAD, *LISTEN, NAMES]),
        # DHCP: ranges of both families, one line each, IPv4 first wherever it stands.
        (IP.format(f"<dhcp>{RANGE}</dhcp>"), [*HEAD, *LISTEN, RANGE_LINE, *SERVED, "dhcp-lease-max=10", HOSTS, NAMES]),
        (
            IP.format("<dhcp><range start='192.0.2.10' end='192.0.2.19'/><range start='192.0.2.30' end='192.0.2.30'/></dhcp>"),
            [
                *HEAD,
                *LISTEN,
                RANGE_LINE,
                "dhcp-range=192.0.2.30,192.0.2.30,255.255.255.0",
                *SERVED,
                "dhcp-lease-max=11",
                HOSTS,
                NAMES,
            ],
        ),
        (
            IP6.format("<dhcp><range start='2001:db8:0:7::100' end='2001:db8:0:7::1ff'/></dhcp>") + IP.format(f"<dhcp>{RANGE}</dhcp>"),
            [
                *HEAD,
                *LISTEN,
                RANGE_LINE,
                *SERVED,
                "dhcp-range=2001:db8:0:7::100,2001:db8:0:7::1ff,64",
                "dhcp-lease-max=266",
                HOSTS,
                NAMES,
                "enable-ra",
            ],
        ),
        # Fixed addresses only.
        (
            IP.format("<dhcp><host mac='52:54:00:00:00:01' ip='192.0.2.7'/></dhcp>"),
            [*HEAD, *LISTEN, "dhcp-range=192.0.2.1,static", *SERVED, HOSTS, NAMES],
        ),
        (
            IP6.format("<dhcp><host name='a' ip='2001:db8:0:7::7'/></dhcp>"),
            [*HEAD, *LISTEN, "dhcp-range=2001:db8:0:7::1,static,64", HOSTS, NAMES, "enable-ra"],
        ),
        # Lease times.
        *[
            (
                IP.format(f"<dhcp><range start='192.0.2.10' end='192.0.2.19'><lease {lease}/></range></dhcp>"),
                [*HEAD, *LISTEN, f"{RANGE_LINE},{written}", *SERVED, "dhcp-lease-max=10", HOSTS, NAMES],
            )
            for lease, written in (
                ("expiry='20'", "20m"),
                ("expiry='20' unit='minutes'", "20m"),
                ("expiry='121' unit='seconds'", "121s"),
                ("expiry='4' unit='hours'", "4h"),
                ("expiry='0' unit='hours'", "infinite"),
            )
        ],
        # Network boot.
        (
            IP.format(f"<tftp root='/srv/tftp'/><dhcp>{RANGE}<bootp file='pxe.img' server='192.0.2.9'/></dhcp>"),
            [
                *HEAD,
                *LISTEN,
                "enable-tftp",
                "tftp-root=/srv/tftp",
                RANGE_LINE,
                *SERVED,
                "dhcp-boot=pxe.img,,192.0.2.9",
                "dhcp-lease-max=10",
                HOSTS,
                NAMES,
            ],
        ),
        (
            IP.format(f"<dhcp>{RANGE}<bootp file='pxe.img'/></dhcp>"),
            [*HEAD, *LISTEN, RANGE_LINE, *SERVED, "dhcp-boot=pxe.img", "dhcp-lease-max=10", HOSTS, NAMES],
        ),
        # Router advertisements of every subnet, unless there is DHCPv6.
        (
            IP6.format("") + "<ip family='ipv6' address='fd00:7::1' prefix='64'/>",
            [*HEAD, *LISTEN, NAMES, "dhcp-range=2001:db8:0:7::1,ra-only", "dhcp-range=fd00:7::1,ra-only"],
        ),
        (
            IP6.format("<dhcp><range start='2001:db8:0:7::1:0' end='2001:db8:0:7::1:f'/></dhcp>")
            + "<ip family='ipv6' address='fd00:7::1' prefix='64'/>",
            [
                *HEAD,
                *LISTEN,
                "dhcp-range=2001:db8:0:7::1:0,2001:db8:0:7::1:f,64",
                "dhcp-lease-max=16",
                HOSTS,
                NAMES,
                "enable-ra",
            ],
        ),
        # DNS.
        ("<dns enable='no'/>" + IP.format(""), [*HEAD, "port=0", *LISTEN]),
        (
            "<dns enable='no'/>" + IP.format(f"<dhcp>{RANGE}</dhcp>"),
            [*HEAD, "port=0", *LISTEN, RANGE_LINE, *SERVED, "dhcp-lease-max=10", HOSTS],
        ),
        ("<dns enable='yes' forwardPlainNames='no'/>" + IP.format(""), [*HEAD, "domain-needed", "local=//", *LISTEN, NAMES]),
        (
            "<dns><forwarder addr='192.0.2.53'/><forwarder domain='a.example' addr='2001:db8::53'/><forwarder domain='b.example'/></dns>"
            + IP.format(""),
            [*HEAD, "server=192.0.2.53", "server=/a.example/2001:db8::53", "server=/b.example/#", "no-resolv", *LISTEN, NAMES],
        ),
        (
            "<dns><forwarder domain='a.example' addr='192.0.2.53' port='5353'/><forwarder domain='b.example'/></dns>" + IP.format(""),
            [*HEAD, "server=/a.example/192.0.2.53#5353", "server=/b.example/#", *LISTEN, NAMES],
        ),
        ("<domain name='lab.example'/>" + IP.format(""), [*HEAD, "domain=lab.example", "expand-hosts", *LISTEN, NAMES]),
        (
            "<domain name='lab.example' localOnly='yes'/><dns forwardPlainNames='no'/>" + IP.format(""),
            [*HEAD, "local=/lab.example/", "domain=lab.example", "expand-hosts", "domain-needed", "local=//", *LISTEN, NAMES],
        ),
        ("<domain name='lab.example' localOnly='no'/>" + IP.format(""), [*HEAD, "domain=lab.example", "expand-hosts", *LISTEN, NAMES]),
        (
            "<dns><txt name='a.example' value='v=spf1 -all'/><txt name='b' value='c'/></dns>" + IP.format(""),
            [*HEAD, *LISTEN, "txt-record=a.example,v=spf1 -all", "txt-record=b,c", NAMES],
        ),
        (
            "<ip address='10.1.2.1' prefix='16' localPtr='yes'/>"
            + IP6.replace("'64'", "'64' localPtr='yes'").format("<dhcp><host name='a' ip='2001:db8:0:7::7'/></dhcp>"),
            [
                *HEAD,
                "local=/1.10.in-addr.arpa/",
                "local=/7.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa/",
                *LISTEN,
                "dhcp-range=2001:db8:0:7::1,static,64",
                HOSTS,
                NAMES,
                "enable-ra",
            ],
        ),
        ("<ip address='192.0.2.1' prefix='24' localPtr='no'/>", [*HEAD, *LISTEN, NAMES]),
        # MTU.
        ("<mtu size='9000'/>" + IP.format(""), [*HEAD, *LISTEN, NAMES, "dhcp-option=option:mtu,9000"]),
        # Without consequence for dnsmasq.
        (
            "<uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid><title>t</title><description>d</description>"
            "<metadata><x:y xmlns:x='urn:x'/></metadata><mac address='52:54:00:00:00:07'/>"
            + IP.format("")
            + "<route address='198.51.100.0' prefix='24' gateway='192.0.2.5' metric='2'/>",
            [*HEAD, *LISTEN, NAMES],
        ),
        # Raw lines come last, as they are.
        (
            IP6.format("")
            + "<o:options xmlns:o='http://libvirt.org/schemas/network/dnsmasq/1.0'><o:option value='log-queries'/>"
            + "<o:option value='cname=*.a.example,b.example'/></o:options>",
            [*HEAD, *LISTEN, NAMES, "dhcp-range=2001:db8:0:7::1,ra-only", "log-queries", "cname=*.a.example,b.example"],
        ),
    ],
)  # fmt: skip
def test_lines(inner: str, expected: list[str]) -> None:
    assert lines(inner) == expected


@pytest.mark.parametrize(
    "forward", ["<forward mode='route' dev='eth7'/>", "<forward mode='open'/>", "<forward dev='eth7'><interface dev='eth7'/></forward>"]
)
def test_how_it_is_forwarded_is_nothing_to_dnsmasq(forward: str) -> None:
    assert lines(IP.format(f"<dhcp>{RANGE}</dhcp>"), forward) == lines(IP.format(f"<dhcp>{RANGE}</dhcp>"))


def test_isolated() -> None:
    served = [RANGE_LINE, *SERVED, "dhcp-lease-max=10", HOSTS]
    assert lines(IP.format(f"<dhcp>{RANGE}</dhcp>"), "") == [*HEAD, *LISTEN, *CLOSED, *served, NAMES]
    txt = "<dns><txt name='a' value='b'/></dns>"
    assert lines(txt + IP.format(""), "") == [*HEAD, *LISTEN, *CLOSED, "txt-record=a,b", NAMES]


@pytest.mark.parametrize(
    ("attributes", "written"),
    [
        ("", ""),
        ("target='.'", ""),
        ("target='.' port='1024' priority='10' weight='10'", ""),
        ("domain='d.example' port='1024'", ".d.example"),
        ("target='t.example'", ",t.example"),
        ("target='t.example' port='22'", ",t.example,22"),
        ("target='t.example' priority='3'", ",t.example,1,3"),
        ("target='t.example' weight='4'", ",t.example,1,0,4"),
        ("target='t.example' port='22' weight='4'", ",t.example,22,0,4"),
        ("target='t.example' port='22' priority='3' weight='4' domain='d.example'", ".d.example,t.example,22,3,4"),
    ],
)
def test_services(attributes: str, written: str) -> None:
    found = lines(f"<dns><srv service='s' protocol='tcp' {attributes}/></dns>" + IP.format(""))
    assert found == [*HEAD, *LISTEN, f"srv-host=_s._tcp{written}", NAMES]


def test_hosts() -> None:
    v4 = """<dhcp>
      <host mac='52:54:00:00:00:AA' name='a' ip='192.0.2.7'/><host mac='52:54:00:00:00:0b' ip='192.0.2.8'/>
      <host name='c.example' ip='192.0.2.9'/>
      <host mac='52:54:00:00:00:0d' name='d' ip='192.0.2.10'><lease expiry='0'/></host>
      <host mac='52:54:00:00:00:0e' name='no-address'/></dhcp>"""
    v6 = """<dhcp>
      <host id='0:3:0:1:52:54:0:0:0:a' name='a6' ip='2001:db8:0:7::a'/><host id='0:3:0:1:52:54:0:0:0:b' ip='2001:db8:0:7::b'/>
      <host name='c6' ip='2001:db8:0:7::c'><lease expiry='2' unit='hours'/></host></dhcp>"""
    assert dnsmasq.hostsfile(network(IP6.format(v6) + IP.format(v4))).splitlines() == [
        "52:54:00:00:00:aa,192.0.2.7,a",
        "52:54:00:00:00:0b,192.0.2.8",
        "c.example,192.0.2.9",
        "52:54:00:00:00:0d,192.0.2.10,d,infinite",
        "id:0:3:0:1:52:54:0:0:0:a,a6,[2001:db8:0:7::a]",
        "id:0:3:0:1:52:54:0:0:0:b,[2001:db8:0:7::b]",
        "c6,[2001:db8:0:7::c],2h",
    ]


def test_names() -> None:
    found = network(
        "<dns><host ip='192.0.2.7'><hostname>a</hostname><hostname>b.example</hostname></host>"
        "<host ip='2001:db8::7'><hostname>c</hostname></host><host ip='192.0.2.7'><hostname>d</hostname></host></dns>" + IP.format("")
    )
    assert dnsmasq.addnhosts(found) == "192.0.2.7\ta\tb.example\td\t\n2001:db8::7\tc\t\n"
