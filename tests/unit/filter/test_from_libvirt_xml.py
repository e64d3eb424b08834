# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""libvirt's definitions in the words of the role, and what is refused."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.netdev.linux.plugins.filter import from_libvirt_xml
from ansible_collections.netdev.linux.plugins.plugin_utils import libvirt_xml

IN_NAT = "<network><name>a</name><forward><nat>{}</nat></forward><ip address='10.0.0.1'/></network>"
IN_DHCP = "<network><name>a</name><ip address='10.0.0.1' prefix='24'><dhcp>{}</dhcp></ip></network>"


def made(inner: str, attributes: str = "") -> dict[str, Any]:
    return libvirt_xml.convert(f"<network{attributes}><name>lab</name>{inner}</network>")


def convert(text: str, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = from_libvirt_xml.FilterModule().filters()["from_libvirt_xml"](text, **options)
    return found


def test_everything() -> None:
    text = """
    <network ipv6='yes' connections='3' xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>
      <name>lab</name>
      <uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid>
      <metadata><any xmlns='urn:x' thing='1'><nested/></any></metadata>
      <forward mode='nat' dev='eth0'>
        <interface dev='eth0'/>
        <nat ipv6='yes'><address start='203.0.113.8' end='203.0.113.15'/><port start='2000' end='3000'/></nat>
      </forward>
      <bridge name='virbr5' stp='off' delay='3'/>
      <mac address='52:54:00:00:00:01'/>
      <mtu size='1400'/>
      <domain name='lab.example' localOnly='yes'/>
      <dns forwardPlainNames='no'>
        <forwarder addr='192.0.2.53'/>
        <forwarder domain='corp.example' addr='192.0.2.54' port='5353'/>
        <txt name='a' value='b'/>
        <srv service='ldap' protocol='tcp' domain='lab.example' target='ldap1.lab.example' port='389' priority='1' weight='2'/>
        <host ip='192.168.5.9'><hostname>db</hostname><hostname>db.lab.example</hostname></host>
      </dns>
      <ip address='192.168.5.1' netmask='255.255.255.0' localPtr='yes'>
        <tftp root='/srv/tftp'/>
        <dhcp>
          <range start='192.168.5.10' end='192.168.5.20'><lease expiry='2' unit='hours'/></range>
          <host mac='52:54:00:00:00:10' name='web' ip='192.168.5.30'><lease expiry='0'/></host>
          <host mac='52:54:00:00:00:11' name='note'/>
          <bootp file='pxelinux.0' server='192.168.5.2'/>
        </dhcp>
      </ip>
      <ip family='ipv6' address='2001:db8:5::1' prefix='64'/>
      <route address='198.51.100.0' prefix='24' gateway='192.168.5.7' metric='2'/>
      <dnsmasq:options><dnsmasq:option value='log-dhcp'/><dnsmasq:option value='cname=a,b'/></dnsmasq:options>
    </network>
    """
    assert convert(text) == {
        "name": "lab",
        "ipv6": True,
        "bridge": "virbr5",
        "stp": False,
        "delay": "3",
        "mac": "52:54:00:00:00:01",
        "mtu": "1400",
        "forward": {
            "mode": "nat",
            "dev": "eth0",
            "nat": {
                "ipv6": True,
                "address": {"start": "203.0.113.8", "end": "203.0.113.15"},
                "port": {"start": "2000", "end": "3000"},
            },
        },
        "domain": {"name": "lab.example", "local_only": True},
        "dns": {
            "forward_plain_names": False,
            "forwarders": [{"addr": "192.0.2.53"}, {"domain": "corp.example", "addr": "192.0.2.54", "port": "5353"}],
            "txt": [{"name": "a", "value": "b"}],
            "srv": [
                {
                    "service": "ldap",
                    "protocol": "tcp",
                    "domain": "lab.example",
                    "target": "ldap1.lab.example",
                    "port": "389",
                    "priority": "1",
                    "weight": "2",
                }
            ],
            "hosts": [{"ip": "192.168.5.9", "hostnames": ["db", "db.lab.example"]}],
        },
        "ips": [
            {
                "address": "192.168.5.1/24",
                "local_ptr": True,
                "tftp_root": "/srv/tftp",
                "dhcp": {
                    "ranges": [{"start": "192.168.5.10", "end": "192.168.5.20", "lease_time": "2h"}],
                    "hosts": [{"mac": "52:54:00:00:00:10", "name": "web", "ip": "192.168.5.30", "lease_time": "infinite"}],
                    "bootp": {"file": "pxelinux.0", "server": "192.168.5.2"},
                },
            },
            {"address": "2001:db8:5::1/64"},
        ],
        "routes": [{"destination": "198.51.100.0/24", "gateway": "192.168.5.7", "metric": "2"}],
        "dnsmasq_options": ["log-dhcp", "cname=a,b"],
    }


def test_what_libvirt_takes_where_nothing_is_said() -> None:
    assert made("") == {"name": "lab", "stp": True, "delay": "0", "forward": {"mode": "isolated"}}
    ip = "<ip address='10.0.0.1'/>"
    assert made("<forward/>" + ip)["forward"] == {"mode": "nat"}
    # What says that there is nothing of it.
    assert made("<port isolated='no'/>") == made("")
    assert made("", " trustGuestRxFilters='no'") == made("")
    assert made(f"<forward mode='route'><interface dev='a'/></forward>{ip}")["forward"] == {"mode": "route", "dev": "a"}
    assert "bridge" not in made("<bridge name='virbr%d'/>")
    assert [made(f"<ip address='{ip}'{more}/>")["ips"][0]["address"] for ip, more in (
        ("10.0.0.1", ""), ("172.16.0.1", ""), ("192.168.0.1", ""), ("2001:db8::1", " family='ipv6'"), ("10.0.0.1", " prefix='24'"),
    )] == ["10.0.0.1/8", "172.16.0.1/16", "192.168.0.1/24", "2001:db8::1/64", "10.0.0.1/24"]  # fmt: skip
    route = "<route address='198.51.100.0' prefix='24' gateway='10.0.0.9'/>"
    assert made(route)["routes"] == [{"destination": "198.51.100.0/24", "gateway": "10.0.0.9", "metric": "1"}]
    lease = "<dhcp><range start='a' end='b'><lease expiry='5'/></range></dhcp>"
    assert made(f"<ip address='10.0.0.1'>{lease}</ip>")["ips"][0]["dhcp"]["ranges"][0]["lease_time"] == "5m"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<network><name>a</name>", "not well-formed XML"),
        ("", "not well-formed XML"),
        ("<domain><name>a</name></domain>", "the root element is domain"),
        ("<network/>", "/network/name: missing"),
        ("<!DOCTYPE network [<!ENTITY a 'b'>]><network><name>&a;</name></network>", "a document type"),
        ("<!DOCTYPE network SYSTEM 'file:///etc/passwd'><network><name>a</name></network>", "a document type"),
        ("<network><name>" + "a" * (1 << 20) + "</name></network>", "more than 1048576 bytes"),
        *[
            (f"<network><name>a</name><forward mode='{mode}'><pf dev='a'/></forward></network>", f"/network/forward/@mode: {mode}: guests")
            for mode in ("bridge", "private", "vepa", "passthrough", "hostdev")
        ],
        ("<network><name>a</name><forward mode='nut'/></network>", "/network/forward/@mode: nut: is not a mode of libvirt"),
        ("<network><name>a</name><forward/></network>", "/network/ip: missing; mode nat"),
        ("<network><name>a</name><forward><interface dev='a'/><interface dev='b'/></forward></network>", "several (a, b)"),
        ("<network><name>a</name><forward><nat/><nat/></forward></network>", "/network/forward/nat: a second nat"),
        (IN_NAT.format("<address start='a'/>"), "/network/forward/nat/address/@end: missing"),
        (IN_NAT.format("<port end='1'/>"), "/network/forward/nat/port/@start: missing"),
        (IN_NAT.format("<port start='1' end='2'/><port start='1' end='2'/>"), "/network/forward/nat/port: a second port"),
        ("<network><name>a</name><forward><interface/></forward></network>", "/network/forward/interface/@dev: missing"),
        (IN_DHCP.format("<host id='0:1:2' name='a'/>"), "/network/ip/dhcp/host/@id: hosts of ipv4 are not known by that"),
        (
            IN_DHCP.format("<host mac='52:54:00:00:00:01'/>").replace("address='10.0.0.1' prefix='24'", "family='ipv6' address='fd00::1'"),
            "/network/ip/dhcp/host/@mac: hosts of ipv6 are not known by that",
        ),
        (IN_DHCP.format("<host/>"), "/network/ip/dhcp/host: has neither mac nor id nor name"),
        (IN_DHCP.format("<host ip='10.0.0.2'/>"), "/network/ip/dhcp/host: has neither mac nor id nor name"),
        (IN_DHCP.format("<host name='1a' ip='10.0.0.2'/>"), "/network/ip/dhcp/host/@name: '1a' does not begin with a letter"),
        (IN_DHCP.format("<range start='10.0.0.2'/>"), "ranges[0].end: required"),
        (IN_DHCP.format("<range start='10.0.0.2' end='10.0.0.3'><lease expiry='1'/></range>"), "ranges[0].lease_time"),
        (IN_DHCP.format("<range start='10.0.0.2' end='10.0.0.3'><lease expiry='2' unit='days'/></range>"), "/lease/@unit: 'days'"),
        ("<network><name>a</name><ip family='ipv6' address='fd00::1' netmask='255.0.0.0'/></network>", "/network/ip/@netmask: is for IPv4"),
        ("<network><name>a</name><uuid>81ff0d90</uuid></network>", "/network/uuid: '81ff0d90' is not a UUID"),
        ("<network><name> </name></network>", "/network/name: missing"),
        ("<network><name>a/b</name></network>", "/network/name: 'a/b' has a slash"),
        ("<network trustGuestRxFilters='yes'><name>a</name></network>", "/network/@trustGuestRxFilters: is a setting of guests"),
        ("<network><name>a</name><port isolated='yes'/></network>", "/network/port/@isolated: isolation is a setting of each guest's tap"),
        ("<network><name>a</name><mac address='01:00:5e:00:00:01'/></network>", "network[0].mac"),
        ("<network><name>a</name><options><option value='x'/></options></network>", "/network/options: not supported"),
        ("<network xmlns:x='urn:x'><name>a</name><x:forward/></network>", "/network/urn:x forward: not supported"),
        ("<x:network xmlns:x='urn:x'><name>a</name></x:network>", "the root element is urn:x network"),
        ("<network>" + "<a>" * 100 + "</a>" * 100 + "</network>", "more than 64 deep"),
        ("<network><name>a&b;</name></network>", "not well-formed XML: undefined entity"),
        ("<network><name>a\udc80</name></network>", "not text"),
        ("<network><name>a</name><forward mode='open' dev='eth0'/></network>", "forward.dev: mode open"),
        ("<network><name>a</name><forward dev='a'><interface dev='b'/></forward></network>", "b is not the a"),
        ("<network><name>a</name><dns enable='no'><txt name='a' value='b'/></dns><ip address='10.0.0.1'/></network>", "enable is false"),
        ("<network><name>a</name><dns enable='perhaps'/></network>", "/network/dns/@enable: 'perhaps' is neither yes nor no"),
        ("<network><name>a</name><ip address='10.0.0.256'/></network>", "/network/ip/@address"),
        ("<network><name>a</name><ip address='10.0.0.1' netmask='255.0.255.0'/></network>", "/network/ip/@netmask"),
        ("<network><name>a</name><ip address='10.0.0.1' netmask='255.0.0.0' prefix='8'/></network>", "the same thing twice"),
        ("<network><name>a</name><ip address='2001:db8::1' prefix='64'/></network>", "/network/ip/@family"),
        ("<network><name>a</name><domain name='x' register='yes'/></network>", "needs localOnly='yes'"),
        ("<network><name>a</name><bridge name='a'/><bridge name='b'/></network>", "/network/bridge: a second bridge"),
        ("<network><name>a</name><portgroup name='x'/></network>", "/network/portgroup: port groups are settings of guests"),
        ("<network><name>a</name><brdige/></network>", "/network/brdige: not supported"),
        ("<network><name>a</name><mtu sise='1400'/></network>", "/network/mtu/@sise: not supported"),
        ("<network><name>a&#10;b</name></network>", "has a slash or a control character"),
    ],
)  # fmt: skip
def test_refused(text: str, says: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        convert(text)
    assert says in str(caught.value)


def test_left_out_when_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _self, text: told.append(text))
    text = "<network><name>a</name><vlan><tag id='4'/></vlan><ip address='10.0.0.1' prefix='24'/></network>"
    assert convert(text, unsupported="warn")["ips"] == [{"address": "10.0.0.1/24"}]
    assert len(told) == 1
    assert "/network/vlan" in told[0]
    with pytest.raises(AnsibleFilterError):
        convert(text)
    with pytest.raises(AnsibleFilterError):
        convert(text, unsupported="ignore")


def test_a_name_that_files_cannot_have() -> None:
    for raw, stem in (('my "lab"', "my-lab"), ("réseau 1", "r-seau-1"), ("'", "network"), ("n" * 80, "n" * 50)):
        found = libvirt_xml.convert(f"<network><name>{raw}</name></network>")["name"]
        assert found.startswith(stem + "-")
        assert found == libvirt_xml.convert(f"<network><name>{raw}</name></network>")["name"]
        assert convert(f"<network><name>{raw}</name></network>")["name"] == found
    assert len({libvirt_xml.convert(f"<network><name>{raw}</name></network>")["name"] for raw in ("a b", "a  b", "a'b")}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "<network><name>a</name><description>{}</description></network>".format("\n" * 1_000_000),
        "<network><name>a</name><description>{}</description></network>".format("&#10;" * 200_000),
        "<network><name>a</name>{}</network>".format("<metadata><a>" * 70_000),
        "<network {}><name>a</name></network>".format(" ".join(f"a{number}=''" for number in range(100_000))),
    ],
    ids=["lines", "references", "depth", "attributes"],
)
def test_what_is_large_is_soon_done(text: str) -> None:
    start = time.process_time()
    with contextlib.suppress(libvirt_xml.Refused):
        libvirt_xml.convert(text)
    assert time.process_time() - start < 5  # seconds; without limits each takes minutes, or all memory
