# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong definitions, each refused with its path and the reason, and right ones, read as they are meant."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface
from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import model, validate
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network, problems

REGISTERED = {"name": "a", "local_only": True, "register": True}
LAN = [{"address": "192.0.2.1/24"}]
ROUTE = {"destination": "198.51.100.0/24", "gateway": "192.0.2.9"}
FORWARD = {"port": 8080, "to": "192.0.2.9"}

# A line of keys of one network that is right otherwise; where the problem is; what its text says.
WRONG_NETWORKS = [
    # names and types
    ({"nmae": "x"}, "[0].nmae", "did you mean name?"),
    ({"forwards": {}}, "[0].forwards", "did you mean forward?"),
    ({"name": ""}, "[0].name", "is not a name"),
    ({"name": "a/b"}, "[0].name", "is not a name"),
    ({"name": "../x"}, "[0].name", "is not a name"),
    ({"name": "-x"}, "[0].name", "is not a name"),
    ({"name": "a b"}, "[0].name", "is not a name"),
    ({"name": "a b"}, "[0].name", "is not a name"),
    ({"name": "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"}, "[0].name", "1 to 64"),
    ({"name": None}, "[0].name", "required"),
    ({"state": "gone"}, "[0].state", "allowed: absent, present"),
    ({"bridge": "sixteen-bytes-xx"}, "[0].bridge", "16 bytes"),
    ({"bridge": "virbr*"}, "[0].bridge", "only letters"),
    ({"bridge": "vir,br"}, "[0].bridge", "only letters"),
    ({"bridge": "vir br"}, "[0].bridge", "not a name for a link"),
    ({"bridge": 'virbr"'}, "[0].bridge", "only letters"),
    ({"bridge": "virbr%d"}, "[0].bridge", "not a name for a link"),
    ({"mac": "52:54:00:xx:12:34"}, "[0].mac", "not a MAC address"),
    ({"mac": "53:54:00:12:34:56"}, "[0].mac", "multicast"),
    ({"mac": 41135085296}, "[0].mac", "quote it"),
    ({"mtu": 67}, "[0].mtu", "68 to 65535"),
    ({"mtu": "big"}, "[0].mtu", "whole number"),
    ({"mtu": 1279, "ips": [{"address": "2001:db8::1/64"}]}, "[0].mtu", "too small for IPv6"),
    ({"stp": "maybe"}, "[0].stp", "true or false"),
    ({"delay": 31}, "[0].delay", "0 to 30"),
    ({"dad": "never"}, "[0].dad", "allowed: lend_carrier"),
    ({"firewall": "nftable"}, "[0].firewall", "did you mean nftables?"),
    ({"ips": "192.0.2.1/24"}, "[0].ips", "not a list"),
    ({"ips": ["192.0.2.1/24"]}, "[0].ips[0]", "not a dictionary"),
    ({"domain": "lab.example"}, "[0].domain", "not a dictionary"),
    # forwarding
    ({"forward": {"mode": "bridge"}}, "[0].forward.mode", "allowed: isolated, nat, open, route"),
    ({"forward": {"mode": "isolatde"}}, "[0].forward.mode", "did you mean isolated?"),
    ({"forward": {"mode": "open", "dev": "eth0"}}, "[0].forward.dev", "mode open"),
    ({"forward": {"mode": "isolated", "dev": "eth0"}}, "[0].forward.dev", "mode isolated"),
    ({"forward": {"dev": "eth 0"}}, "[0].forward.dev", "not a name"),
    ({"forward": {"dev": "eth+"}}, "[0].forward.dev", "only letters"),
    ({"forward": {"mode": "route", "nat": {"ipv6": True}}}, "[0].forward.nat", "only mode nat"),
    ({"forward": {"nat": {"adress": {}}}}, "[0].forward.nat.adress", "did you mean address?"),
    ({"forward": {"nat": {"address": {"end": "192.0.2.9"}}}}, "[0].forward.nat.address.start", "required"),
    ({"forward": {"nat": {"address": {"start": "192.0.2.9", "end": "192.0.2.8"}}}}, "[0].forward.nat.address.end", "before the start"),
    ({"forward": {"nat": {"address": {"start": "2001:db8::1"}}}}, "[0].forward.nat.address.start", "not an IPv4 address"),
    ({"forward": {"nat": {"port": {"start": 2000, "end": 1999}}}}, "[0].forward.nat.port.end", "before the start"),
    ({"forward": {"nat": {"port": {"start": 0}}}}, "[0].forward.nat.port.start", "1 to 65535"),
    # names
    ({"domain": {"name": "lab..example"}}, "[0].domain.name", "not a domain name"),
    ({"domain": {"name": "lab/example"}}, "[0].domain.name", "not a domain name"),
    ({"domain": {"local_only": True}}, "[0].domain.name", "required with local_only"),
    ({"dns": {"enable": False, "hosts": [{"ip": "192.0.2.9", "hostnames": ["a"]}]}}, "[0].dns.hosts", "enable is false"),
    ({"dns": {"enable": False, "txt": [{"name": "a", "value": "b"}]}}, "[0].dns.txt", "enable is false"),
    ({"dns": {"forwarders": [{}]}}, "[0].dns.forwarders[0]", "domain, addr or both"),
    ({"dns": {"forwarders": [{"addr": "192.0.2.300"}]}}, "[0].dns.forwarders[0].addr", "not an IP address"),
    ({"dns": {"forwarders": [{"domain": "a.example", "port": 53}]}}, "[0].dns.forwarders[0].port", "needs addr"),
    ({"dns": {"forwarders": [{"addr": "192.0.2.1", "port": 65536}]}}, "[0].dns.forwarders[0].port", "1 to 65535"),
    ({"dns": {"txt": [{"name": "a", "value": "b,c"}]}}, "[0].dns.txt[0].value", "comma"),
    ({"dns": {"txt": [{"name": "a", "value": "b\nlog-queries"}]}}, "[0].dns.txt[0].value", "line break"),
    ({"dns": {"txt": [{"name": "a", "value": "b #c"}]}}, "[0].dns.txt[0].value", "comment sign"),
    ({"dns": {"txt": [{"name": "a"}]}}, "[0].dns.txt[0].value", "required"),
    ({"dns": {"srv": [{"service": "_ldap", "protocol": "tcp"}]}}, "[0].dns.srv[0].service", "without underscore"),
    ({"dns": {"srv": [{"service": "ldap"}]}}, "[0].dns.srv[0].protocol", "required"),
    ({"dns": {"srv": [{"service": "ldap", "protocol": "tcp", "port": 389}]}}, "[0].dns.srv[0].port", "without a target"),
    ({"dns": {"srv": [{"service": "ldap", "protocol": "tcp", "target": "a", "weight": 65536}]}}, "[0].dns.srv[0].weight", "0 to 65535"),
    ({"dns": {"hosts": [{"ip": "192.0.2.9"}]}}, "[0].dns.hosts[0].hostnames", "required"),
    ({"dns": {"hosts": [{"ip": "192.0.2.9", "hostnames": ["a b"]}]}}, "[0].dns.hosts[0].hostnames[0]", "not a domain name"),
    ({"dns": {"hosts": [{"ip": "192.0.2.9", "hostnames": ["a", "_b"]}]}}, "[0].dns.hosts[0].hostnames[1]", "not a host name"),
    ({"dns": {"hosts": [{"hostnames": ["a"]}]}}, "[0].dns.hosts[0].ip", "required"),
    ({"dnsmasq_options": ["log-dhcp\nuser=root"]}, "[0].dnsmasq_options[0]", "not one line"),
    # not yet
    ({"mac_table_manager": "libvrt"}, "[0].mac_table_manager", "did you mean libvirt?"),
    ({"domain": {"name": "a", "register": True}, "ips": LAN}, "[0].domain.register", "needs local_only"),
    ({"domain": REGISTERED}, "[0].domain.register", "nobody answers the host"),
    ({"domain": REGISTERED, "ips": LAN, "dns": {"enable": False}}, "[0].domain.register", "nobody answers the host"),
    ({"domain": REGISTERED, "ips": LAN, "netns": "blue"}, "[0].domain.register", "does not reach into the namespace"),
    ({"zone": "a zone"}, "[0].zone", "'a zone' is not a zone"),
    ({"routes": [{"destination": "198.51.100.0/24"}]}, "[0].routes[0].gateway", "required"),
    (
        {"ips": LAN, "routes": [{"destination": "198.51.100.1/24", "gateway": "192.0.2.9"}]},
        "[0].routes[0].destination",
        "the network is 198.51.100.0/24",
    ),
    (
        {"ips": LAN, "routes": [{"destination": "198.51.100.0/24", "gateway": "192.0.3.9"}]},
        "[0].routes[0].gateway",
        "in none of the network's subnets",
    ),
    ({"ips": LAN, "routes": [{"destination": "198.51.100.0/24", "gateway": "192.0.2.1"}]}, "[0].routes[0].gateway", "own address"),
    ({"ips": LAN, "routes": [{"destination": "2001:db8::/64", "gateway": "192.0.2.9"}]}, "[0].routes[0].gateway", "not of the family"),
    ({"ips": LAN, "routes": [{"destination": "192.0.2.0/24", "gateway": "192.0.2.9"}]}, "[0].routes[0].destination", "network itself"),
    ({"ips": LAN, "routes": [ROUTE, ROUTE]}, "[0].routes[1]", "a route of that metric already"),
    ({"ips": LAN, "routes": [{**ROUTE, "metric": 0}]}, "[0].routes[0].metric", "out of range"),
    ({"ips": LAN, "port_forwards": [{"to": "192.0.2.9"}]}, "[0].port_forwards[0].port", "required"),
    ({"ips": LAN, "port_forwards": [{"port": 80}]}, "[0].port_forwards[0].to", "required"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "prot": "udp"}]}, "[0].port_forwards[0].prot", "did you mean port"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "protocol": "sctp"}]}, "[0].port_forwards[0].protocol", "allowed: both, tcp, udp"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "port": 0}]}, "[0].port_forwards[0].port", "1 to 65535"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "port": 65536}]}, "[0].port_forwards[0].port", "1 to 65535"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "port": True}]}, "[0].port_forwards[0].port", "not a port"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "port": "http"}]}, "[0].port_forwards[0].port", "not a port"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "port": "90-80"}]}, "[0].port_forwards[0].port", "first before the last"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "port": "80-90", "to_port": 8080}]}, "[0].port_forwards[0].to_port", "11 ports"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "to": "192.0.3.9"}]}, "[0].port_forwards[0].to", "none of the network's subnets"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "to": "2001:db8::9"}]}, "[0].port_forwards[0].to", "none of the network's subnets"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "to": "192.0.2.1"}]}, "[0].port_forwards[0].to", "bridge's own address"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "to": "192.0.2.255"}]}, "[0].port_forwards[0].to", "broadcast"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "to": "web"}]}, "[0].port_forwards[0].to", "not an IP address"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "address": "127.0.0.1"}]}, "[0].port_forwards[0].address", "loopback"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "address": "::"}]}, "[0].port_forwards[0].address", "leave it out"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "address": "2001:db8::1"}]}, "[0].port_forwards[0].address", "not of the family"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "source": "2001:db8::/32"}]}, "[0].port_forwards[0].source", "not of the family"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "source": "198.51.100.1/24"}]}, "[0].port_forwards[0].source", "198.51.100.0/24"),
    ({"ips": LAN, "port_forwards": [{**FORWARD, "dev": "eth*"}]}, "[0].port_forwards[0].dev", "only letters"),
    ({"ips": LAN, "port_forwards": [FORWARD], "forward": {"mode": "isolated"}}, "[0].port_forwards", "mode nat or route"),
    ({"ips": LAN, "port_forwards": [FORWARD], "forward": {"mode": "open"}}, "[0].port_forwards", "mode nat or route"),
    ({"ips": LAN, "port_forwards": [FORWARD], "firewall": "none"}, "[0].port_forwards", "firewall is none"),
    ({"ips": LAN, "port_forwards": FORWARD}, "[0].port_forwards", "not a list"),
    ({"ips": LAN, "allow_networks": ["other"]}, "[0].allow_networks[0]", "no network other is present"),
    ({"ips": LAN, "allow_networks": ["lab"]}, "[0].allow_networks[0]", "network itself"),
    ({"ips": LAN, "allow_networks": ["a/b"]}, "[0].allow_networks[0]", "is not a name"),
    ({"ips": LAN, "allow_networks": "other"}, "[0].allow_networks", "not a list"),
    ({"allow_networks": ["other"], "forward": {"mode": "open"}}, "[0].allow_networks", "mode nat or route"),
    ({"allow_networks": ["other"], "forward": {"mode": "isolated"}}, "[0].allow_networks", "mode nat or route"),
    ({"allow_networks": ["other"], "firewall": "none"}, "[0].allow_networks", "firewall is none"),
    ({"bandwidth": 1000}, "[0].bandwidth", "not a dictionary"),
    ({"bandwidth": {"inboud": {"average": 1}}}, "[0].bandwidth.inboud", "did you mean inbound?"),
    ({"bandwidth": {"inbound": {"average": 1, "rate": 1}}}, "[0].bandwidth.inbound.rate", "unknown"),
    ({"bandwidth": {"inbound": {"peak": 1}}}, "[0].bandwidth.inbound.average", "required"),
    ({"bandwidth": {"inbound": {"average": 0}}}, "[0].bandwidth.inbound.average", "1 to 4294967295"),
    ({"bandwidth": {"inbound": {"average": "1mbit"}}}, "[0].bandwidth.inbound.average", "whole number"),
    ({"bandwidth": {"inbound": {"average": 9, "peak": 8}}}, "[0].bandwidth.inbound.peak", "less than the average 9"),
    ({"bandwidth": {"inbound": {"average": 9, "floor": 8}}}, "[0].bandwidth.inbound.floor", "one guest is guaranteed"),
    ({"bandwidth": {"outbound": {"average": 9, "burst": 4194304}}}, "[0].bandwidth.outbound.burst", "1 to 4194303"),
    ({"netns": "a/b"}, "[0].netns", "not a name for a network namespace"),
    ({"netns": "a%n"}, "[0].netns", "only letters"),
    ({"netns": "-a"}, "[0].netns", "begins with a dash"),
    ({"flow_offload": "often"}, "[0].flow_offload", "true or false"),
    ({"flow_offload": True, "forward": {"mode": "isolated"}}, "[0].flow_offload", "mode nat or route"),
    ({"flow_offload": True, "firewall": "none"}, "[0].flow_offload", "firewall is none"),
    ({"flow_offload": True, "firewall": "iptables"}, "[0].flow_offload", "needs nftables"),
    ({"ips": [{"address": "192.0.2.1/24", "tftp_root": "srv"}]}, "[0].ips[0].tftp_root", "not an absolute path"),
    ({"ips": [{"address": "192.0.2.1/24", "tftp_root": "/srv/../etc"}]}, "[0].ips[0].tftp_root", "not an absolute path"),
    ({"ips": [{"address": "192.0.2.1/24", "tftp_root": "/home/a"}]}, "[0].ips[0].tftp_root", "use one below /srv"),
    ({"ips": [{"address": "192.0.2.1/24", "tftp_root": "/srv/a\nport=1"}]}, "[0].ips[0].tftp_root", "line break"),
]

# Keys of ips[0] of a network whose address is 192.168.122.1/24 unless said otherwise.
WRONG_SUBNETS = [
    ({"address": None}, "address", "required"),
    ({"address": "192.168.122.1"}, "address", "prefix length"),
    ({"address": "192.168.122.0/24"}, "address", "network 192.168.122.0/24 itself"),
    ({"address": "192.168.122.255/24"}, "address", "broadcast"),
    ({"address": "224.0.0.1/24"}, "address", "not an address for a bridge"),
    ({"address": "127.0.0.1/8"}, "address", "not an address for a bridge"),
    ({"address": "fe80::1/64"}, "address", "link-local"),
    ({"address": "2001:db8::/64"}, "address", "itself"),
    ({"address": "2001:db8::1/56"}, "address", "needs a /64"),
    ({"address": "2001:db8::1/120"}, "address", "needs a /64"),
    ({"address": "2001:db8::1/56", "dhcp": {"ranges": [{"start": "2001:db8::10", "end": "2001:db8::20"}]}}, "address", "/64 and longer"),
    ({"adress": "x"}, "adress", "did you mean address?"),
    ({"address": "192.168.122.1/26", "local_ptr": True}, "local_ptr", "multiple of 8"),
    ({"dhcp": {"range": []}}, "dhcp.range", "did you mean ranges?"),
    ({"dhcp": {"ranges": {}}}, "dhcp.ranges", "not a list"),
    ({"dhcp": {"ranges": [{"start": "192.168.122.10"}]}}, "dhcp.ranges[0].end", "required"),
    ({"dhcp": {"ranges": [{"start": "192.168.123.10", "end": "192.168.122.20"}]}}, "dhcp.ranges[0].start", "not in 192.168.122.0/24"),
    ({"dhcp": {"ranges": [{"start": "192.168.122.10", "end": "192.168.123.20"}]}}, "dhcp.ranges[0].end", "not in 192.168.122.0/24"),
    ({"dhcp": {"ranges": [{"start": "192.168.122.10", "end": "2001:db8::1"}]}}, "dhcp.ranges[0].end", "not in"),
    ({"dhcp": {"ranges": [{"start": "192.168.122.20", "end": "192.168.122.10"}]}}, "dhcp.ranges[0].end", "before the start"),
    ({"dhcp": {"ranges": [{"start": "192.168.122.1", "end": "192.168.122.1"}]}}, "dhcp.ranges[0]", "own address"),
    ({"dhcp": {"ranges": [{"start": "192.168.122.0", "end": "192.168.122.10"}]}}, "dhcp.ranges[0].start", "itself"),
    ({"dhcp": {"ranges": [{"start": "192.168.122.9", "end": "192.168.122.255"}]}}, "dhcp.ranges[0].end", "broadcast"),
    (
        {"dhcp": {"ranges": [{"start": "192.168.122.9", "end": "192.168.122.20"}, {"start": "192.168.122.20", "end": "192.168.122.30"}]}},
        "dhcp.ranges[1]",
        "overlaps",
    ),
    ({"address": "10.0.0.1/8", "dhcp": {"ranges": [{"start": "10.1.0.0", "end": "10.2.0.0"}]}}, "dhcp.ranges[0]", "at most 65536"),
    (
        {"address": "2001:db8::1/64", "dhcp": {"ranges": [{"start": "2001:db8::fff0", "end": "2001:db8::1:10"}]}},
        "dhcp.ranges[0]",
        "last 16 bits",
    ),
    (
        {"dhcp": {"ranges": [{"start": "192.168.122.9", "end": "192.168.122.20", "lease_time": "1y"}]}},
        "dhcp.ranges[0].lease_time",
        "lease time",
    ),
    (
        {"dhcp": {"ranges": [{"start": "192.168.122.9", "end": "192.168.122.20", "lease_time": 60}]}},
        "dhcp.ranges[0].lease_time",
        "two minutes",
    ),
    ({"dhcp": {"hosts": [{"ip": "192.168.122.9"}]}}, "dhcp.hosts[0]", "mac or name"),
    ({"dhcp": {"hosts": [{"mac": "52:54:00:00:00:09"}]}}, "dhcp.hosts[0].ip", "required"),
    ({"dhcp": {"hosts": [{"name": "a", "ip": "192.168.123.9"}]}}, "dhcp.hosts[0].ip", "not in"),
    ({"dhcp": {"hosts": [{"name": "a", "ip": "192.168.122.1"}]}}, "dhcp.hosts[0].ip", "own address"),
    ({"dhcp": {"hosts": [{"name": "a", "ip": "192.168.122.255"}]}}, "dhcp.hosts[0].ip", "broadcast"),
    ({"dhcp": {"hosts": [{"name": "a,b", "ip": "192.168.122.9"}]}}, "dhcp.hosts[0].name", "not a domain name"),
    ({"dhcp": {"hosts": [{"name": "infinite", "ip": "192.168.122.9"}]}}, "dhcp.hosts[0].name", "lease time or a keyword"),
    ({"dhcp": {"hosts": [{"name": "2h", "ip": "192.168.122.9"}]}}, "dhcp.hosts[0].name", "lease time or a keyword"),
    ({"dhcp": {"hosts": [{"name": "10", "ip": "192.168.122.9"}]}}, "dhcp.hosts[0].name", "number"),
    ({"dhcp": {"hosts": [{"mac": "01:00:5e:00:00:01", "ip": "192.168.122.9"}]}}, "dhcp.hosts[0].mac", "multicast"),
    ({"dhcp": {"hosts": [{"id": "0:1:2", "ip": "192.168.122.9"}]}}, "dhcp.hosts[0].id", "DHCPv6"),
    ({"dhcp": {"hosts": [{"mac": "52:54:00:00:00:09", "nmae": "a", "ip": "192.168.122.9"}]}}, "dhcp.hosts[0].nmae", "did you mean name?"),
    ({"dhcp": {"hosts": [{"name": "a", "ip": "192.168.122.9"}, {"name": "b", "ip": "192.168.122.9"}]}}, "dhcp.hosts[1].ip", "already"),
    ({"dhcp": {"hosts": [{"name": "a", "ip": "192.168.122.9"}, {"name": "A", "ip": "192.168.122.8"}]}}, "dhcp.hosts[1].name", "already"),
    (
        {"dhcp": {"hosts": [{"mac": "52:54:00:00:00:aa", "ip": "192.168.122.9"}, {"mac": "52:54:00:00:00:AA", "ip": "192.168.122.8"}]}},
        "dhcp.hosts[1].mac",
        "already",
    ),
    (
        {"address": "2001:db8::1/64", "dhcp": {"hosts": [{"mac": "52:54:00:00:00:09", "ip": "2001:db8::9"}]}},
        "dhcp.hosts[0].mac",
        "id (the DUID)",
    ),
    ({"address": "2001:db8::1/64", "dhcp": {"hosts": [{"id": "xyz", "ip": "2001:db8::9"}]}}, "dhcp.hosts[0].id", "not a DUID"),
    ({"dhcp": {"bootp": {"file": "a"}}}, "dhcp.bootp", "needs ranges or hosts"),
    ({"dhcp": {"hosts": [{"name": "a", "ip": "192.168.122.9"}], "bootp": {"server": "192.0.2.1"}}}, "dhcp.bootp.file", "required"),
    ({"dhcp": {"hosts": [{"name": "a", "ip": "192.168.122.9"}], "bootp": {"file": "a,b"}}}, "dhcp.bootp.file", "comma"),
    (
        {"address": "2001:db8::1/64", "dhcp": {"hosts": [{"name": "a", "ip": "2001:db8::9"}], "bootp": {"file": "a"}}},
        "dhcp.bootp",
        "IPv4 only",
    ),
]

# Several networks.
WRONG_TOGETHER = [
    ([{"name": "a"}, {"name": "a"}], "[1].name", "already"),
    ([{"name": "a"}, {"name": "a", "state": "absent"}], "[1].name", "already"),
    (
        [{"name": "a", "bridge": "br0"}, {"name": "b", "bridge": "br0"}],
        "[1].bridge",
        "br0 is the bridge of nat_network_networks[0] already",
    ),
    ([{"name": "a", "mac": "52:54:00:00:00:0a"}, {"name": "b", "mac": "52:54:00:00:00:0A"}], "[1].mac", "already"),
    (
        [
            {"name": "a", "ips": [{"address": "10.0.0.1/8"}]},
            {"name": "b", "ips": [{"address": "192.0.2.1/24"}, {"address": "10.9.9.1/24"}]},
        ],
        "[1].ips[1].address",
        "overlaps 10.0.0.1/8 of nat_network_networks[0].ips[0]",
    ),
    ([{"name": "a", "ips": [{"address": "10.0.0.1/24"}, {"address": "10.0.0.129/25"}]}], "[0].ips[1].address", "overlaps 10.0.0.1/24"),
    (
        (
            [
                {
                    "name": "a",
                    "ips": [
                        {"address": "10.0.0.1/24", "dhcp": {"hosts": [{"name": "a", "ip": "10.0.0.9"}]}},
                        {"address": "10.0.1.1/24", "dhcp": {"hosts": [{"name": "b", "ip": "10.0.1.9"}]}},
                    ],
                }
            ]
        ),
        "[0].ips[1].dhcp",
        "served in ips[0] already",
    ),
    (
        [{"name": "a", "ips": LAN, "port_forwards": [FORWARD, {**FORWARD, "protocol": "both", "to": "192.0.2.10"}]}],
        "[0].port_forwards[1].port",
        "port 8080 leads to 192.0.2.9 by nat_network_networks[0].port_forwards[0] already",
    ),
    (
        [
            {"name": "a", "ips": LAN, "port_forwards": [{**FORWARD, "port": "8000-8100"}]},
            {"name": "b", "ips": [{"address": "10.0.0.1/24"}], "port_forwards": [{"port": "8100-8200", "to": "10.0.0.9"}]},
        ],
        "[1].port_forwards[0].port",
        "port 8100 leads",
    ),
    (
        [{"name": "a", "ips": LAN, "port_forwards": [FORWARD, {**FORWARD, "address": "203.0.113.2"}]}],
        "[0].port_forwards[1].port",
        "give both",
    ),
    (
        [{"name": "a", "ips": LAN, "allow_networks": ["bb"]}, {"name": "b"}],
        "[0].allow_networks[0]",
        "no network bb is present, did you mean b?",
    ),
    (
        [{"name": "a", "ips": LAN, "allow_networks": ["b"]}, {"name": "b", "state": "absent"}],
        "[0].allow_networks[0]",
        "no network b is present",
    ),
    (
        [{"name": "a", "ips": LAN, "allow_networks": ["b"]}, {"name": "b", "forward": {"mode": "isolated"}}],
        "[0].allow_networks[0]",
        "mode is isolated",
    ),
    (
        [{"name": "a", "ips": LAN, "allow_networks": ["b"]}, {"name": "b", "netns": "blue", "ips": [{"address": "10.0.0.1/24"}]}],
        "[0].allow_networks[0]",
        "b is in the namespace blue",
    ),
    (
        [{"name": "a", "netns": "blue", "ips": LAN, "allow_networks": ["b"]}, {"name": "b", "ips": [{"address": "10.0.0.1/24"}]}],
        "[0].allow_networks[0]",
        "b is in no namespace of its own",
    ),
    (
        [{"name": "a", "ips": LAN, "allow_networks": ["b", "b"]}, {"name": "b", "ips": [{"address": "10.0.0.1/24"}]}],
        "[0].allow_networks[1]",
        "b is there already",
    ),
    (
        [{"name": "a", "ips": LAN, "allow_networks": ["b"]}, {"name": "b", "ips": [{"address": "2001:db8::1/64"}]}],
        "[0].allow_networks[0]",
        "no addresses of an IP version",
    ),
    ({"name": "a"}, "", "not a list"),
    (["a"], "[0]", "not a dictionary"),
]


def _ids(table: list[tuple[Any, str, str]]) -> list[str]:
    return [f"{path or 'list'}-{reason}" for _input, path, reason in table]


@pytest.mark.parametrize(("keys", "path", "reason"), WRONG_NETWORKS, ids=_ids(WRONG_NETWORKS))
def test_wrong_network(keys: dict[str, Any], path: str, reason: str) -> None:
    found = problems([{"name": "lab", **keys}])
    assert list(found) == [path]
    assert reason in found[path]


@pytest.mark.parametrize(("keys", "path", "reason"), WRONG_SUBNETS, ids=_ids(WRONG_SUBNETS))
def test_wrong_subnet(keys: dict[str, Any], path: str, reason: str) -> None:
    found = problems([{"name": "lab", "ips": [{"address": "192.168.122.1/24", **keys}]}])
    assert list(found) == [f"[0].ips[0].{path}"]
    assert reason in found[f"[0].ips[0].{path}"]


@pytest.mark.parametrize(("networks", "path", "reason"), WRONG_TOGETHER, ids=_ids(WRONG_TOGETHER))
def test_wrong_together(networks: Any, path: str, reason: str) -> None:
    found = problems(networks)
    assert list(found) == [path]
    assert reason in found[path]


@pytest.mark.parametrize(
    "keys",
    [
        {"protocol": "udp"},
        {"port": 8081},
        {"address": "203.0.113.3"},
        {"dev": "eth1"},
        {"source": "10.0.1.0/24"},
        {"to": "2001:db8::9", "address": None, "source": None},
    ],
)
def test_forwards_that_do_not_compete(keys: dict[str, Any]) -> None:
    first = {**FORWARD, "address": "203.0.113.2", "dev": "eth0", "source": "10.0.0.0/24"}
    networks = [{"name": "a", "ips": [*LAN, {"address": "2001:db8::1/64"}], "port_forwards": [first, {**first, **keys}]}]
    assert problems(networks) == {}


def test_port_forwards() -> None:
    entries = [{"protocol": "both", "port": "80-81", "to": "192.0.2.9", "to_port": "8080-8081", "dev": "eth0"}, FORWARD]
    (first, second) = network({"name": "lab", "ips": LAN, "port_forwards": entries}).port_forwards
    guest = ip_address("192.0.2.9")
    assert first == model.PortForward(("tcp", "udp"), (80, 81), guest, (8080, 8081), dev="eth0")
    assert second == model.PortForward(("tcp",), (8080, 8080), guest, (8080, 8080))


def test_forward_of_ssh_is_warned_of() -> None:
    forward = {"port": "20-30", "to": "192.0.2.9"}
    for keys, warnings in (({}, 1), ({"source": "198.51.100.0/24"}, 0), ({"protocol": "udp"}, 0)):
        found = validate.definitions([{"name": "a", "ips": LAN, "port_forwards": [{**forward, **keys}]}]).warnings
        assert len(found) == warnings


def test_every_problem_at_once() -> None:
    found = problems(
        [
            {
                "name": "a",
                "bridge": "x y",
                "ips": [{"address": "10.0.0.1/24", "dhcp": {"ranges": [{"start": "10.0.1.1", "end": "10.0.0.x"}]}}],
            },
            {"nmae": "b", "forward": {"mode": "bridge"}},
        ]
    )
    assert list(found) == [
        "[0].bridge",
        "[0].ips[0].dhcp.ranges[0].end",
        "[0].ips[0].dhcp.ranges[0].start",
        "[1].nmae",
        "[1].name",
        "[1].forward.mode",
    ]


def test_absent_needs_a_name_only() -> None:
    """A definition that became wrong must not be in the way of removing the network."""
    wanted = validate.definitions([{"name": "a", "state": "absent", "ips": [{"address": "nonsense"}]}, {"name": "b"}])
    assert wanted.absent == (model.Absent("a", "virbr-a"),)
    assert [network.name for network in wanted.present] == ["b"]


def test_absent_does_not_clash() -> None:
    networks = [
        {"name": "a", "bridge": "br0", "state": "absent", "ips": [{"address": "10.0.0.1/8"}]},
        {"name": "b", "bridge": "br0", "ips": [{"address": "10.0.0.1/8"}]},
    ]
    assert problems(networks) == {}


def test_namespaces_are_worlds_of_their_own() -> None:
    ours = {"bridge": "virbr0", "ips": LAN, "mac": "52:54:00:00:00:01"}
    assert problems([{"name": "a", "netns": "blue", **ours}, {"name": "b", "netns": "green", **ours}, {"name": "c", **ours}]) == {}
    found = problems([{"name": "a", "netns": "blue", **ours}, {"name": "b", "netns": "blue", **ours}])
    assert list(found) == ["[1].bridge", "[1].mac", "[1].ips[0].address"]


def test_defaults() -> None:
    assert network({"name": "lab"}) == model.Network(
        name="lab",
        bridge="virbr-lab",
        mac="52:54:00:a5:11:46",
        path="nat_network_networks[0]",
    )


def test_range_around_the_address_of_the_bridge() -> None:
    """As vagrant-libvirt writes it."""
    ranges = [{"start": "192.168.121.1", "end": "192.168.121.254"}]
    found = network({"name": "a", "ips": [{"address": "192.168.121.1/24", "dhcp": {"ranges": ranges}}]})
    assert found.ips[0].ranges[0].size == 254


def test_long_name_has_a_short_bridge() -> None:
    assert len(network({"name": "the-network-of-the-laboratory"}).bridge) == 15


def test_everything() -> None:
    lab = network(
        {
            "name": "lab",
            "bridge": "virbr0",
            "mac": "52:54:00:1C:5A:01",
            "mtu": 1400,
            "stp": True,
            "delay": 2,
            "mac_table_manager": "libvirt",
            "forward": {
                "mode": "nat",
                "dev": "eth0",
                "nat": {"ipv6": True, "address": {"start": "203.0.113.8", "end": "203.0.113.15"}, "port": {"end": 2000}},
            },
            "ipv6": True,
            "domain": {"name": "lab.example", "local_only": True, "register": False},
            "dns": {
                "forward_plain_names": False,
                "forwarders": [{"domain": "corp.example", "addr": "192.0.2.53", "port": 5353}, {"domain": "a.example"}],
                "txt": [{"name": "_a", "value": "b c"}],
                "srv": [
                    {
                        "service": "ldap",
                        "protocol": "tcp",
                        "domain": "lab.example",
                        "target": "ldap1",
                        "port": 389,
                        "priority": 1,
                        "weight": 2,
                    }
                ],
                "hosts": [{"ip": "192.168.122.9", "hostnames": ["db"]}, {"ip": "192.168.122.9", "hostnames": ["db.lab.example", "db"]}],
            },
            "ips": [
                {
                    "address": "192.168.122.1/24",
                    "local_ptr": True,
                    "dhcp": {
                        "ranges": [{"start": "192.168.122.10", "end": "192.168.122.19", "lease_time": 3600}],
                        "hosts": [{"mac": "52:54:00:00:00:10", "name": "web", "ip": "192.168.122.10", "lease_time": "infinite"}],
                        "bootp": {"file": "pxelinux.0", "server": "192.168.122.2"},
                    },
                },
                {"address": "2001:0db8:ca2:0::1/64", "dhcp": {"hosts": [{"id": "0:3:0:1:52:54:0:aa:bb:cc", "ip": "2001:db8:ca2::66"}]}},
            ],
            "bandwidth": {"inbound": {"average": 1000, "peak": 5000, "burst": 1024}, "outbound": {"average": 128}},
            "dnsmasq_options": ["log-dhcp"],
            "dad": "none",
            "firewall": "nftables",
            "flow_offload": False,
            "port_forwards": [],
        }
    )
    assert lab == model.Network(
        path="nat_network_networks[0]",
        name="lab",
        bridge="virbr0",
        mac="52:54:00:1c:5a:01",
        mtu=1400,
        stp=True,
        delay=2,
        mac_table_manager="libvirt",
        forward=model.Forward("nat", "eth0", model.Nat(True, (ip_address("203.0.113.8"), ip_address("203.0.113.15")), (1024, 2000))),
        ipv6=True,
        domain=model.Domain("lab.example", True),
        dns=model.Dns(
            forward_plain_names=False,
            forwarders=(model.Forwarder("corp.example", ip_address("192.0.2.53"), 5353), model.Forwarder("a.example")),
            txt=(model.Txt("_a", "b c"),),
            srv=(model.Srv("ldap", "tcp", "lab.example", "ldap1", 389, 1, 2),),
            hosts=(model.DnsHost(ip_address("192.168.122.9"), ("db", "db.lab.example")),),
        ),
        ips=(
            model.Subnet(
                ip_interface("192.168.122.1/24"),
                local_ptr=True,
                ranges=(model.DhcpRange(ip_address("192.168.122.10"), ip_address("192.168.122.19"), "3600s"),),
                hosts=(model.DhcpHost(ip_address("192.168.122.10"), mac="52:54:00:00:00:10", name="web", lease_time="infinite"),),
                bootp=model.Bootp("pxelinux.0", ip_address("192.168.122.2")),
            ),
            model.Subnet(
                ip_interface("2001:db8:ca2::1/64"),
                hosts=(model.DhcpHost(ip_address("2001:db8:ca2::66"), id="0:3:0:1:52:54:0:aa:bb:cc"),),
            ),
        ),
        bandwidth=model.Bandwidth(model.Rate(1000, 5000, 1024), model.Rate(128)),
        dnsmasq_options=("log-dhcp",),
        dad="none",
        firewall="nftables",
        gateways=(ip_address("192.168.122.1"), ip_address("2001:db8:ca2::1")),
    )


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"stp": True}, "raises delay to 2 s"),
        ({"bandwidth": {"outbound": {"average": 100, "peak": 200}}}, "bandwidth.outbound.peak has no effect"),
        ({"bandwidth": {"outbound": {"average": 100, "burst": 20}}}, "never get through"),
        (
            {
                "ips": [
                    {"address": "2001:db8:1::1/64", "dhcp": {"hosts": [{"name": "a", "ip": "2001:db8:1::9"}]}},
                    {"address": "2001:db8:2::1/64"},
                ]
            },
            "not advertised",
        ),
    ],
)
def test_warnings(keys: dict[str, Any], words: str) -> None:
    (warning,) = validate.definitions([{"name": "lab", **keys}]).warnings
    assert warning.startswith("nat_network_networks[0]: ")
    assert words in warning
