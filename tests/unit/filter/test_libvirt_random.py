# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions in which something was changed at random: refused with a reason, or taken, and then the way back leads there again."""

from __future__ import annotations

import dataclasses
import random
import xml.etree.ElementTree as ET

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import services, validate
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.plugins.plugin_utils import libvirt_writer, libvirt_xml

SOURCE = """
<network ipv6='yes' xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>
  <name>lab</name><uuid>81ff0d90-c91e-6742-64da-4a736edb9a9b</uuid><metadata><a/></metadata>
  <forward mode='nat' dev='eth0'><interface dev='eth0'/><nat ipv6='yes'><address start='203.0.113.8' end='203.0.113.9'/></nat></forward>
  <bridge name='virbr5' stp='on' delay='0' zone='work' macTableManager='libvirt'/><mac address='52:54:00:00:00:01'/><mtu size='1400'/>
  <domain name='lab.example' localOnly='yes' register='yes'/>
  <dns forwardPlainNames='no'>
    <forwarder domain='a.example' addr='192.0.2.53' port='53'/><txt name='a' value='b'/>
    <srv service='s' protocol='tcp' domain='d.example' target='t.example' port='1' priority='2' weight='3'/>
    <host ip='192.168.5.9'><hostname>db</hostname></host>
  </dns>
  <ip address='192.168.5.1' netmask='255.255.255.0' localPtr='yes'>
    <tftp root='/srv/tftp'/>
    <dhcp>
      <range start='192.168.5.10' end='192.168.5.20'><lease expiry='2' unit='hours'/></range>
      <host mac='52:54:00:00:00:10' name='web' ip='192.168.5.30'><lease expiry='0'/></host><bootp file='p' server='192.168.5.2'/>
    </dhcp>
  </ip>
  <ip family='ipv6' address='fd00:5::1' prefix='64'><dhcp><host id='0:1:2:3' name='six' ip='fd00:5::7'/></dhcp></ip>
  <route family='ipv4' address='198.51.100.0' prefix='24' gateway='192.168.5.7' metric='2'/>
  <bandwidth><inbound average='1000' peak='5000' burst='1024'/></bandwidth>
  <dnsmasq:options><dnsmasq:option value='log-dhcp'/></dnsmasq:options>
</network>
"""
VALUES = (
    *("", "0", "-1", "1", "65535", "99999999999", "yes", "off", "nat", "open", "infinite", "virbr%d", "é", "%", "_x", "1a", "#", "/x"),
    *("a b", "a,b", '"', "\t", "a\\b", "a'b", "x" * 300, "10.0.0.1", "192.168.5.1", "255.255.255.0", "::1", "fe80::1", "224.0.0.1"),
    *("52:54:00:00:00:02", "01:00:5e:00:00:01", "{{ x }}", "0x10", "١٢"),
)
NAMES = ("name", "ip", "mac", "id", "family", "prefix", "netmask", "mode", "dev", "localPtr", "enable", "port")


def changed(chance: random.Random) -> str:
    """The definition with up to four changes."""
    root = ET.fromstring(SOURCE)  # noqa: S314
    for _change in range(chance.randint(1, 4)):
        element = chance.choice(list(root.iter()))
        what = chance.randrange(6)
        if what == 0:
            element.text = chance.choice(VALUES)
        elif what == 1:
            element.set(chance.choice(NAMES), chance.choice(VALUES))
        elif what == 2:
            element.append(chance.choice(list(ET.fromstring(SOURCE).iter())))  # noqa: S314
        elif what == 3 and len(element):
            element.remove(chance.choice(list(element)))
        elif what == 4 and element.attrib:
            del element.attrib[chance.choice(list(element.attrib))]
        elif element.attrib:
            element.set(chance.choice(list(element.attrib)), chance.choice(VALUES))
    return ET.tostring(root, encoding="unicode")


def network(text: str) -> Network:
    return dataclasses.replace(validate.definitions([libvirt_xml.convert(text)], "network").present[0], path="")


def test_random_changes() -> None:
    taken = 0
    for seed in range(400):
        text = changed(random.Random(seed))  # noqa: S311
        try:
            found = network(text)
        except (libvirt_xml.Refused, InvalidInput):
            continue
        taken += 1
        assert network(libvirt_writer.convert(libvirt_xml.convert(text))) == found, text
        services.render(found)
    assert 40 < taken < 360


def test_the_source_is_right() -> None:
    assert network(SOURCE).name == "lab"
    with pytest.raises(libvirt_xml.Refused):
        network(SOURCE.replace("</network>", ""))
