# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong input: every problem at once, each with its path and what is allowed. Right input: the model it makes."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput
from ansible_collections.netdev.linux.plugins.module_utils.model import FOREVER, Address, Hop, Link, Topology
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker

Raw = dict[str, t.Any]


def bridge(**options: t.Any) -> tuple[str, Raw]:
    return "bridge", dict({"name": "br0"}, **options)


def tuntap(**options: t.Any) -> tuple[str, Raw]:
    return "tuntap", dict({"name": "tap0", "mode": "tap"}, **options)


def veth(**options: t.Any) -> tuple[str, Raw]:
    return "veth", dict({"name": "v0"}, **options)


def read(module: str, raw: Raw) -> t.Any:
    """What a module makes of its options."""
    walker = Walker()
    found: t.Any
    if module == "netns":
        found = walker.namespace(raw)
    elif module == "topology":
        found = walker.topology(raw)
    elif module == "route":
        found = walker.route(raw)
    else:
        found = walker.link(raw, kinds.KINDS[module])
    walker.finish()
    return found


def problems(module: str, raw: Raw) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        read(module, raw)
    return caught.value.problems


MAC_NUMBER = 525400123456  # 52:54:00:12:34:56, unquoted, in base 60 and the like

WRONG: list[tuple[str, tuple[str, Raw], str, str]] = [
    # names and places
    ("no name", ("bridge", {}), "name", "missing; a link needs a name of 1 to 15 bytes"),
    ("empty name", bridge(name=""), "name", "has 0 bytes"),
    ("long name", bridge(name="sixteen-bytes-xx"), "name", "has 16 bytes"),
    ("pattern", bridge(name="br%d"), "name", "is not a name for a link"),
    ("netns", bridge(netns="a/b"), "netns", "is not a name for a network namespace"),
    ("netns dash", bridge(netns="-n"), "netns", "begins with a dash"),
    ("state", bridge(state="up"), "state", "'up' is not one of them; allowed: absent, present"),
    ("state nearly", bridge(state="absnet"), "state", "did you mean absent?"),
    # unknown keys
    ("typo", bridge(ageing_tiem=5), "ageing_tiem", "unknown, did you mean ageing_time?"),
    ("typo of a common one", bridge(adresses=[]), "adresses", "unknown, did you mean addresses?"),
    ("nothing near", bridge(colour="red"), "colour", "unknown; allowed: "),
    ("of another kind", bridge(mode="tap"), "mode", "unknown"),
    ("ports of a tap", tuntap(ports=[]), "ports", "unknown"),
    ("peer of a bridge", bridge(peer={}), "peer", "unknown"),
    # common values
    ("mac number", bridge(mac=MAC_NUMBER), "mac", "YAML reads an unquoted MAC of decimal digits that way; quote it"),
    ("mac float", bridge(mac=1.5), "mac", "quote it"),
    ("mac multicast", bridge(mac="01:00:00:00:00:01"), "mac", "is a multicast address"),
    ("mac short", bridge(mac="52:54:00"), "mac", "is not a MAC address"),
    ("mtu small", bridge(mtu=67), "mtu", "67 is out of range, allowed is a whole number from 68 to "),
    ("mtu text", bridge(mtu="jumbo"), "mtu", "'jumbo' is not a whole number"),
    ("mtu float", bridge(mtu=1500.5), "mtu", "is not a whole number"),
    ("mtu bool", bridge(mtu=True), "mtu", "True is not a whole number"),
    ("queue", bridge(tx_queue_len=-1), "tx_queue_len", "out of range"),
    ("alias", bridge(alias="x" * 256), "alias", "text of at most 255 bytes"),
    ("group", bridge(link_group=2**31), "link_group", "out of range"),
    ("admin_state", bridge(admin_state=True), "admin_state", "True is not one of up, down"),
    ("gen mode", bridge(ipv6_addr_gen_mode="eui-64"), "ipv6_addr_gen_mode", "is not one of eui64, none, stable_secret, random"),
    ("master", tuntap(master="br 0"), "master", "is not a name for a link"),
    ("own master", tuntap(master="tap0"), "master", "tap0 can't be a port of itself"),
    ("altname", bridge(altnames=["fine", "x" * 128]), "altnames[1]", "has 128 bytes"),
    ("altnames text", bridge(altnames="uplink"), "altnames", "'uplink' is not a list"),
    ("flag", bridge(allow_flap="perhaps"), "allow_flap", "is not true or false"),
    # the kind's own
    ("stp", bridge(stp="rstp"), "stp", "'rstp' is not true or false"),
    ("hello", bridge(hello_time=11), "hello_time", "allowed is seconds from 1 to 10"),
    ("priority", bridge(priority=65536), "priority", "from 0 to 65535"),
    ("router", bridge(multicast_router="on"), "multicast_router", "is not one of disabled, temp_query, permanent"),
    ("vlan protocol", bridge(vlan_protocol="802.1x"), "vlan_protocol", "is not one of 802.1Q, 802.1ad"),
    ("mode", tuntap(mode="tup"), "mode", "is not one of tun, tap"),
    ("user", tuntap(user=2**32 - 1), "user", "out of range"),
    ("ports", bridge(ports=["v0", "a/b"]), "ports[1]", "is not a name for a link"),
    ("own port", bridge(ports=["br0"]), "ports", "br0 can't be a port of itself"),
    ("ports text", bridge(ports="v0"), "ports", "is not a list"),
    # addresses
    ("addresses text", bridge(addresses="192.0.2.1/24"), "addresses", "is not a list"),
    ("address", bridge(addresses=["192.0.2.1/24", "192.0.2.300/24"]), "addresses[1]", "is not an address with a prefix length"),
    ("address number", bridge(addresses=[3221225985]), "addresses[0]", "ADDRESS/LENGTH such as 192.0.2.1/24"),
    ("address multicast", bridge(addresses=["224.0.0.1/24"]), "addresses[0]", "multicast address"),
    ("address unspecified", bridge(addresses=["::/64"]), "addresses[0]", "unspecified"),
    ("address twice", bridge(addresses=["192.0.2.1/24", "192.0.2.1/24"]), "addresses[1]", "192.0.2.1/24 is listed twice"),
    ("address twice, six", bridge(addresses=["2001:db8::1/64", "2001:DB8:0::1/128"]), "addresses[1]", "is listed twice"),
    ("address key", bridge(addresses=[{"adress": "192.0.2.1/24"}]), "addresses[0].adress", "did you mean address?"),
    ("no address", bridge(addresses=[{"label": "x"}]), "addresses[0]", "has no address"),
    ("in a dictionary", bridge(addresses=[{"address": "x"}]), "addresses[0].address", "is not an address"),
    ("peer family", bridge(addresses=[{"address": "192.0.2.1/24", "peer": "2001:db8::1"}]), "addresses[0].peer", "family, IPv4"),
    ("broadcast six", bridge(addresses=[{"address": "::1/64", "broadcast": "::2"}]), "addresses[0].broadcast", "no broadcast"),
    ("label six", bridge(addresses=[{"address": "2001:db8::1/64", "label": "x"}]), "addresses[0].label", "have no label"),
    ("scope", bridge(addresses=[{"address": "192.0.2.1/24", "scope": "lan"}]), "addresses[0].scope", "is not one of them"),
    ("nodad four", bridge(addresses=[{"address": "192.0.2.1/24", "nodad": True}]), "addresses[0].nodad", "is for IPv6"),
    ("metric", bridge(addresses=[{"address": "192.0.2.1/24", "metric": 0}]), "addresses[0].metric", "out of range"),
    ("lifetime", bridge(addresses=[{"address": "192.0.2.1/24", "valid_lifetime": "long"}]), "addresses[0].valid_lifetime", "whole number"),
    (
        "lifetimes",
        bridge(addresses=[{"address": "192.0.2.1/24", "preferred_lifetime": 30}]),
        "addresses[0].preferred_lifetime",
        "give valid_lifetime too",
    ),
    (
        "lifetimes that contradict",
        bridge(addresses=[{"address": "192.0.2.1/24", "valid_lifetime": 60, "preferred_lifetime": 61}]),
        "addresses[0].preferred_lifetime",
        "61 s is longer than valid_lifetime, 60 s",
    ),
    (
        "mtu and six",
        bridge(mtu=1279, addresses=["2001:db8::1/64"]),
        "mtu",
        "IPv6 needs at least 1280, and br0 has the address 2001:db8::1/64",
    ),
    ("mtu and gen mode", bridge(mtu=1000, ipv6_addr_gen_mode="none"), "mtu", "no IPv6 on br0, and so no ipv6_addr_gen_mode"),
    ("mtu and sysctl", bridge(mtu=1000, sysctls={"ipv6.accept_ra": 0}), "mtu", "no IPv6 on br0, and so no ipv6.accept_ra"),
    ("six disabled", bridge(sysctls={"ipv6.disable_ipv6": 1}, addresses=["2001:db8::1/64"]), "sysctls", "ipv6.disable_ipv6 is 1"),
    # sysctls, purge, wait
    ("sysctls", bridge(sysctls=["ipv6.accept_ra"]), "sysctls", "is not a dictionary"),
    ("sysctl key", bridge(sysctls={"net.ipv6.conf.br0.accept_ra": 0}), "sysctls.net.ipv6.conf.br0.accept_ra", "FAMILY.KEY such as"),
    ("sysctl value", bridge(sysctls={"ipv6.accept_ra": "0\n1"}), "sysctls.ipv6.accept_ra", "is not a value for a sysctl"),
    ("sysctl list", bridge(sysctls={"ipv6.accept_ra": [0]}), "sysctls.ipv6.accept_ra", "is not a value for a sysctl"),
    ("purge", bridge(purge=["addresses", "port"]), "purge[1]", "did you mean ports?"),
    ("purge of what is not there", tuntap(purge=["ports"]), "purge[0]", "'ports' is not one of them"),
    ("purge text", bridge(purge="addresses"), "purge", "is not a list"),
    ("wait", bridge(wait=True), "wait", "True is not a dictionary; allowed keys: carrier, dad, lend_carrier, timeout"),
    ("wait key", bridge(wait={"carier": True}), "wait.carier", "did you mean carrier?"),
    ("wait timeout", bridge(wait={"timeout": 0}), "wait.timeout", "out of range"),
    ("wait down", bridge(admin_state="down", wait={"carrier": True}), "wait", "nothing to wait for"),
    ("lend alone", bridge(mac="02:00:00:00:00:01", wait={"lend_carrier": True}), "wait.lend_carrier", "is for wait.dad"),
    ("lend without mac", bridge(wait={"dad": True, "lend_carrier": True}), "wait.lend_carrier", "needs mac"),
    (
        "lend to a tap",
        tuntap(mac="02:00:00:00:00:01", wait={"dad": True, "lend_carrier": True}),
        "wait.lend_carrier",
        "only a bridge can be lent carrier",
    ),
    # pairs
    ("peer", veth(peer="v1"), "peer", "'v1' is not a dictionary"),
    ("peer name", veth(peer={}), "peer.name", "missing; a link needs a name"),
    ("peer key", veth(peer={"name": "v1", "netnss": "x"}), "peer.netnss", "did you mean netns?"),
    ("peer state", veth(peer={"name": "v1", "state": "absent"}), "peer.state", "unknown"),
    ("peer is itself", veth(peer={"name": "v0"}), "peer.name", "both ends of the pair would be v0"),
    ("peer value", veth(peer={"name": "v1", "mac": MAC_NUMBER}), "peer.mac", "quote it"),
    ("peer address", veth(peer={"name": "v1", "addresses": ["x"]}), "peer.addresses[0]", "is not an address"),
    ("peer rule", veth(peer={"name": "v1", "mtu": 1000, "addresses": ["2001:db8::1/64"]}), "peer.mtu", "IPv6 needs at least 1280"),
    ("peer port", veth(peer={"name": "v1", "port": {"isolatd": True}}), "peer.port.isolatd", "did you mean isolated?"),
    # namespaces
    ("netns name", ("netns", {}), "name", "missing; a namespace needs a name"),
    ("netns loopback", ("netns", {"name": "a", "loopback": "on"}), "loopback", "is not one of them"),
    ("netns sysctls", ("netns", {"name": "a", "sysctls": 1}), "sysctls", "is not a dictionary, such as {ipv4.ip_forward: 1}"),
    ("netns net.", ("netns", {"name": "a", "sysctls": {"net.ipv4.ip_forward": 1}}), "sysctls.net.ipv4.ip_forward", "write ipv4.ip_forward"),
    ("netns key", ("netns", {"name": "a", "sysctls": {"ip_forward": 1}}), "sysctls.ip_forward", "not a key below net."),
    ("netns path", ("netns", {"name": "a", "sysctls": {"ipv4.../etc": 1}}), "sysctls.ipv4.../etc", "not a key below net."),
    # topologies: the same with the place in front
    ("topology kind", ("topology", {"links": [{"name": "a", "kind": "brigde"}]}), "links[0].kind", "did you mean bridge?"),
    ("topology link", ("topology", {"links": ["br0"]}), "links[0]", "is not a dictionary"),
    (
        "topology option",
        (
            "topology",
            {"links": [{"name": "a%d" % n, "kind": "bridge", "options": {"ageing_tiem": 1} if n == 7 else {}} for n in range(9)][:8]},
        ),
        "links[7].options.ageing_tiem",
        "unknown, did you mean ageing_time?",
    ),
    ("topology flat", ("topology", {"links": [{"name": "b", "kind": "bridge", "stp": True}]}), "links[0].stp", "unknown"),
    ("topology twice", ("topology", {"links": [{"name": "b", "kind": "bridge"}] * 2}), "links[1].name", "described already, at links[0]"),
    (
        "topology peer twice",
        ("topology", {"links": [{"name": "a", "kind": "veth", "peer": {"name": "b"}}, {"name": "b", "kind": "bridge"}]}),
        "links[1].name",
        "described already, at links[0].peer",
    ),
    ("topology netns twice", ("topology", {"namespaces": [{"name": "a"}, {"name": "a"}]}), "namespaces[1].name", "described already"),
    ("topology absent", ("topology", {"links": [{"name": "a", "state": "absent"}]}), "links[0].kind", "only if it is of the kind given"),
    ("topology owner", ("topology", {"owner": "my lab"}), "owner", "is not a name for an owner"),
    ("topology purge", ("topology", {"purge_links": True}), "purge_links", "needs owner"),
    # routes
    ("route", ("route", {}), "destination", "missing; a route needs a destination"),
    ("route host bits", ("route", {"destination": "192.0.2.1/24", "dev": "a"}), "destination", "the network is 192.0.2.0/24"),
    ("route nowhere", ("route", {"destination": "default"}), "gateway", "needs gateway, dev or nexthops"),
    ("route blackhole", ("route", {"destination": "192.0.2.0/24", "type": "blackhole", "dev": "a"}), "type", "has no gateway"),
    ("route onlink", ("route", {"destination": "default", "gateway": "192.0.2.1", "onlink": True}), "onlink", "needs dev"),
    (
        "route both",
        ("route", {"destination": "default", "gateway": "192.0.2.1", "nexthops": [{"dev": "a"}]}),
        "gateway",
        "stands beside nexthops",
    ),
    ("route hop", ("route", {"destination": "default", "nexthops": [{"weight": 2}]}), "nexthops[0]", "needs gateway, dev or both"),
    ("route hop key", ("route", {"destination": "default", "nexthops": [{"dve": "a"}]}), "nexthops[0].dve", "did you mean dev?"),
]


@pytest.mark.parametrize(("given_", "path", "message"), [pytest.param(*row[1:], id=row[0]) for row in WRONG])
def test_wrong(given_: tuple[str, Raw], path: str, message: str) -> None:
    module, raw = given_
    kept = copy.deepcopy(raw)
    found = problems(module, raw)
    assert [text for where, text in found if where == path and message in text], found
    assert raw == kept


@pytest.mark.parametrize(("given_", "path"), [pytest.param(row[1], row[2], id=row[0]) for row in WRONG])
def test_one_mistake_is_one_problem(given_: tuple[str, Raw], path: str) -> None:
    """A wrong value does not make others look wrong. A key that is mistyped may be missing then."""
    module, raw = given_
    found = problems(module, raw)
    assert len(found) == 1 or all(where.startswith(path.rpartition(".")[0]) for where, _text in found), found


def test_everything_at_once() -> None:
    """All problems of a task, in one error that shows all of them, each with its path."""
    raw = {
        "name": "veth0",
        "mac": MAC_NUMBER,
        "mtu": 20,
        "adresses": [],
        "purge": ["adresses"],
        "wait": {"timeout": -1},
        "peer": {"name": "a/b", "addresses": ["192.0.2.1/24", {"address": "x"}, {"label": "y"}], "sysctls": {"accept_ra": 0}},
    }
    with pytest.raises(InvalidInput) as caught:
        read("veth", raw)
    paths = [
        "adresses",
        "mac",
        "mtu",
        "purge[0]",
        "wait.timeout",
        "peer.name",
        "peer.addresses[1].address",
        "peer.addresses[2]",
        "peer.sysctls.accept_ra",
    ]
    assert sorted(path for path, _text in caught.value.problems) == sorted(paths)
    text = str(caught.value)
    assert text.startswith("9 problems:\n")
    assert all("  %s: " % path in text for path in paths)
    assert caught.value.details["problems"] == [{"path": path, "message": message} for path, message in caught.value.problems]


def test_one_problem_is_one_line() -> None:
    with pytest.raises(InvalidInput, match=r"^mtu: 20 is out of range") as caught:
        read(*bridge(mtu=20))
    assert "\n" not in str(caught.value)


# ---- what is right --------------------------------------------------------------------------------------------------


def test_a_bridge() -> None:
    link = read(
        *bridge(
            netns="lab",
            mac="52-54-00-AA-BB-CC",
            mtu="1400",
            admin_state="UP",
            addresses=["192.0.2.1/24", {"address": "2001:DB8::1/64", "nodad": "yes", "valid_lifetime": 600}],
            altnames=["uplink", "uplink"],
            sysctls={"ipv6.accept_ra": False, "ipv4.arp_ignore": " 1 "},
            purge=["ports", "addresses"],
            wait={"dad": True, "timeout": 2.5},
            stp=True,
            forward_delay=1.5,
            ports=["v0", "v1", "v0"],
            force=True,
        )
    )
    assert link.where == ("lab", "br0")
    assert link.kind == "bridge"
    assert link.common == {"mac": "52:54:00:aa:bb:cc", "mtu": 1400, "admin_state": "up"}
    assert link.options == {"stp": True, "forward_delay": 150}
    assert link.addresses == [
        Address("192.0.2.1", 24),
        Address("2001:db8::1", 64, nodad=True, valid_lifetime=600, preferred_lifetime=600),
    ]
    assert link.altnames == ["uplink"]
    assert link.sysctls == {"ipv6.accept_ra": "0", "ipv4.arp_ignore": "1"}
    assert link.purge == {"ports", "addresses"}
    assert (link.wait.dad, link.wait.carrier, link.wait.timeout) == (True, False, 2.5)
    assert link.ports == ["v0", "v1"]
    assert (link.force, link.recreate, link.allow_flap) == (True, False, False)


def test_what_is_not_given_is_left_alone() -> None:
    """Neither missing keys nor those that are null say anything."""
    for raw in ({"name": "br0"}, dict.fromkeys(("mtu", "addresses", "ports", "stp", "wait", "netns", "purge"), None)):
        link = read("bridge", dict(raw, name="br0"))
        assert (link.common, link.options, link.sysctls, link.port) == ({}, {}, {}, {})
        assert link.addresses is link.altnames is link.ports is None
        assert not link.purge
        assert not link.wait.wanted


def test_an_empty_list_is_a_list() -> None:
    link = read(*bridge(addresses=[], ports=[], altnames=[]))
    assert (link.addresses, link.ports, link.altnames) == ([], [], [])


def test_no_master_is_a_master() -> None:
    assert read(*tuntap(master="")).common == {"master": ""}


def test_netns_of_the_module() -> None:
    """An empty name, as module_defaults may leave it, is no name."""
    assert read(*bridge(netns="")).netns == ""


def test_the_peer_is_where_the_link_is() -> None:
    assert read(*veth(netns="a", peer={"name": "v1"})).peer.where == ("a", "v1")
    assert read(*veth(netns="a", peer={"name": "v1", "netns": ""})).peer.where == ("", "v1")
    assert read(*veth(peer={"name": "v0", "netns": "b"})).peer.where == ("b", "v0")


def test_a_label_of_the_links_own_name_is_none() -> None:
    link = read(*bridge(addresses=[{"address": "192.0.2.1/24", "label": "br0"}, {"address": "192.0.2.2/24", "label": "br0:1"}]))
    assert [address.label for address in link.addresses] == [None, "br0:1"]


@pytest.mark.parametrize(
    ("given_", "valid", "preferred"),
    [
        ({}, None, None),
        ({"valid_lifetime": 60}, 60, 60),
        ({"valid_lifetime": "forever"}, FOREVER, FOREVER),
        ({"valid_lifetime": 60, "preferred_lifetime": 0}, 60, 0),
        ({"preferred_lifetime": 0}, FOREVER, 0),
        ({"valid_lifetime": "forever", "preferred_lifetime": "forever"}, FOREVER, FOREVER),
    ],
)
def test_lifetimes(given_: Raw, valid: int | None, preferred: int | None) -> None:
    (address,) = read(*bridge(addresses=[dict(given_, address="192.0.2.1/24")])).addresses
    assert (address.valid_lifetime, address.preferred_lifetime) == (valid, preferred)


def test_absent_needs_no_sense() -> None:
    """Of a link to be deleted the rest does not matter."""
    assert read(*bridge(state="absent", mtu=1000, addresses=["2001:db8::1/64"])).state == "absent"


def test_a_topology() -> None:
    topology: Topology = read(
        "topology",
        {
            "owner": "lab",
            "netns": "a",
            "recreate": True,
            "purge": ["addresses"],
            "namespaces": [{"name": "a", "loopback": "up", "sysctls": {"ipv4.conf.eth0/5.rp_filter": 2}}],
            "links": [
                {"name": "br0", "kind": "bridge", "options": {"stp": False}, "recreate": False},
                {"name": "v0", "kind": "veth", "master": "br0", "port": {"isolated": True}, "peer": {"name": "eth0", "netns": "b"}},
                {"name": "eth9", "mtu": 9000, "netns": ""},
            ],
            "routes": [
                {"destination": "default", "gateway": "2001:db8::1"},
                {"destination": "198.51.100.0/24", "nexthops": [{"dev": "br0"}, {"gateway": "192.0.2.9", "weight": 3}], "netns": ""},
            ],
        },
    )
    assert [link.where for link in topology.all_links()] == [("a", "br0"), ("a", "v0"), ("b", "eth0"), ("", "eth9")]
    assert [link.kind for link in topology.all_links()] == ["bridge", "veth", "veth", None]
    assert [link.recreate for link in topology.links] == [False, True, True]
    assert all(link.purge == {"addresses"} for link in topology.links)
    assert topology.links[1].port == {"isolated": True}
    assert [len(link.marks) for link in topology.all_links()] == [1, 1, 1, 0]
    assert all(link.owned_by("lab") for link in topology.all_links() if link.kind)
    assert topology.namespaces[0].sysctls == {"ipv4.conf.eth0/5.rp_filter": "2"}
    assert [(route.netns, route.destination) for route in topology.routes] == [("a", "::/0"), ("", "198.51.100.0/24")]
    assert topology.routes[1].hops == (Hop(None, "br0"), Hop("192.0.2.9", weight=3))


# ---- whatever comes -------------------------------------------------------------------------------------------------

JUNK: tuple[t.Any, ...] = (
    *(None, True, 0, -1, 2**70, 1.5, float("nan"), float("inf"), "", "x", "\0", "default", "192.0.2.1/24"),
    *([], [None], [0], ["x"], [[]], [{}], {}, {"": 0}, {"name": []}, {"address": {}}, [{"address": []}], [{"gateway": []}], {0: 1}),
)
LINK_KEYS = {name: [*Walker.link_keys(kinds.KINDS[name]), *kinds.KINDS[name].by_option] for name in ("bridge", "tuntap", "veth", "dummy")}
NETNS_KEYS = ("name", "state", "sysctls", "loopback", "force")
ROUTE_KEYS = ("destination", "gateway", "dev", "table", "metric", "type", "scope", "src", "onlink", "mtu", "nexthops", "netns", "state")


def junk_in(base: Raw, keys: t.Iterable[str]) -> t.Iterator[Raw]:
    """The base with each kind of junk under each of the keys."""
    for key in keys:
        for junk in JUNK:
            yield dict(base, **{key: junk})


def everywhere() -> t.Iterator[tuple[str, Raw]]:
    for name, keys in LINK_KEYS.items():
        yield from ((name, raw) for raw in junk_in({"name": "x0"}, keys))
    for raw in junk_in({"name": "x0"}, Walker.link_keys(kinds.DUMMY)):
        yield "veth", {"name": "v0", "peer": raw}
    yield from (("netns", raw) for raw in junk_in({"name": "x0"}, NETNS_KEYS))
    for route in ({"destination": "default", "dev": "x0"}, {"destination": "192.0.2.0/24", "dev": "x0"}, {}):
        yield from (("route", raw) for raw in junk_in(route, ROUTE_KEYS))
    for raw in junk_in({"address": "192.0.2.1/24"}, Address.__dataclass_fields__):
        yield "bridge", {"name": "x0", "addresses": [raw]}
    for raw in junk_in({"dev": "x0"}, ("gateway", "dev", "weight", "onlink")):
        yield "route", {"destination": "default", "nexthops": [raw]}
    # That these are lists is what the argument specification says.
    for raw in junk_in({"name": "x0", "kind": "bridge"}, ("kind", "options", *LINK_KEYS["bridge"])):
        yield "topology", {"links": [raw, raw]}
    for raw in junk_in({"destination": "default", "dev": "x0"}, ROUTE_KEYS):
        yield "topology", {"routes": [raw], "namespaces": [{"name": "x0"}]}
    for junk in JUNK:
        yield from (("topology", {key: [junk]}) for key in ("links", "routes", "namespaces"))
        yield from (("topology", {"links": [{"name": "x0"}], key: junk}) for key in ("netns", "owner", "wait", "purge", "recreate"))


def test_never_anything_but_problems() -> None:
    """Whatever stands where, the answer is a list of problems or a model, never a traceback."""
    tried = 0
    crashes: dict[str, str] = {}
    for module, raw in everywhere():
        tried += 1
        try:
            read(module, raw)
        except InvalidInput as error:
            assert all(isinstance(path, str) and text for path, text in error.problems)  # noqa: PT017
        except Exception as error:
            crashes.setdefault("%s: %s" % (type(error).__name__, error), "%s %r" % (module, raw))
    assert not crashes
    assert tried > 5000


def test_suggestions_are_near() -> None:
    """Somebody who mistypes an option of the table by one letter is told the right one."""
    for name in kinds.BRIDGE.by_option:
        wrong = name[:-2] + name[-1] + name[-2] if name[-1] != name[-2] else name + "x"
        if wrong not in kinds.BRIDGE.by_option:
            ((path, message),) = problems(*bridge(**{wrong: 1}))
            assert path == wrong
            assert "did you mean " in message


def test_links_of_every_kind() -> None:
    for kind in kinds.KINDS.values():
        raw = {"name": "x0", "kind": kind.name, "options": kind.sample, **({"parent": "y0"} if kind.needs_parent else {})}
        link: Link = read("topology", {"links": [raw]}).links[0]
        assert (link.kind, link.options) == (kind.name, kind.sample)


def test_nothing_is_needed_that_the_same_task_removes() -> None:
    """It would be removed first, and the task fail on what is left."""
    raw = {
        "namespaces": [{"name": "red", "state": "absent"}],
        "links": [
            {"name": "d0", "kind": "dummy", "netns": "red"},
            {"name": "br0", "kind": "bridge", "state": "absent"},
            {"name": "d1", "kind": "dummy", "master": "br0"},
            {"name": "br1", "kind": "bridge", "ports": ["br0"]},
            {"name": "m0", "kind": "macvlan", "parent": "br0"},
            {"name": "m1", "kind": "macvlan", "parent": "x0", "parent_netns": "red"},
            {"name": "v0", "kind": "veth", "peer": {"name": "v1", "netns": "red"}},
            {"name": "d2", "kind": "dummy", "netns": "red", "state": "absent"},
        ],
        "routes": [{"destination": "192.0.2.0/24", "dev": "br0"}, {"destination": "192.0.2.0/24", "dev": "x0", "netns": "red"}],
    }
    found = problems("topology", raw)
    assert [path for path, _message in found] == [
        "links[0].netns",
        "links[2].master",
        "links[3].ports",
        "links[4].parent",
        "links[5].parent_netns",
        "links[6].peer.netns",
        "routes[0]",
        "routes[1]",
    ]
    assert found[1][1] == "the task needs br0 here, and removes it at links[1]"
    assert found[0][1] == "the task needs namespace red here, and removes it at namespaces[0]"


def test_every_problem_of_a_route_at_once() -> None:
    raw = {"destination": "10.8.0.0/33", "gateway": "10.0.0.256", "metric": -1, "src": "x"}
    assert {path for path, _message in problems("route", raw)} == {"destination", "gateway", "metric", "src"}
    six = {"destination": "2001:db8::/32", "nexthops": [{"gateway": "2001:db8::1"}, {"gateway": "192.0.2.1"}]}
    ((path, message),) = problems("route", six)
    assert path == "nexthops[1].gateway"
    assert message == "192.0.2.1 is not IPv6; the kernel has no IPv6 routes through IPv4 gateways"


@pytest.mark.parametrize("name", ["all", "default"])
def test_names_that_sysctls_have(name: str) -> None:
    ((path, message),) = problems("bridge", {"name": name})
    assert path == "name"
    assert message.startswith("'%s' is not a name for a link: sysctls" % name)
    assert read("bridge", {"name": "br0", "altnames": [name]}).altnames == [name]


def test_a_route_is_described_once() -> None:
    """Of two with the same metric each run would replace one by the other."""
    first = {"destination": "10.5.0.0/16", "gateway": "10.0.0.2"}
    ((path, message),) = problems("topology", {"routes": [first, dict(first, gateway="10.0.0.3")]})
    assert path == "routes[1].destination"
    assert message == "10.5.0.0/16 is described already, at routes[0]; give it another metric, or one route nexthops"
    for other in ({"metric": 5}, {"table": 100}, {"netns": "red"}, {"state": "absent"}):
        assert len(read("topology", {"routes": [first, dict(first, **other)]}).routes) == 2


def test_a_mac_is_behind_one_port_of_a_bridge() -> None:
    """Of two each run would take it from the other."""

    def port(name: str, master: str, **more: t.Any) -> dict[str, t.Any]:
        return {"name": name, "kind": "dummy", "master": master, "port": {"fdb": [{"mac": "02:00:00:00:00:02", **more}]}}

    ((path, message),) = problems("topology", {"links": [port("d0", "br0"), port("d1", "br0")]})
    assert path == "links[1].port.fdb[0].mac"
    assert message == "02:00:00:00:00:02 is behind another port of br0 already, at links[0].port.fdb[0].mac"
    for other in (port("d1", "br1"), port("d1", "br0", vlan=7), dict(port("d1", "br0"), netns="red")):
        assert len(read("topology", {"links": [port("d0", "br0"), other]}).links) == 2


def test_a_port_has_what_the_kind_of_its_master_gives_it() -> None:
    """Where the same task describes the master, at once with all other problems."""
    links = [
        {"name": "bond0", "kind": "bond"},
        {"name": "v0", "kind": "veth", "master": "bond0", "port": {"cost": 4, "fdb": []}, "peer": {"name": "v1"}},
        {"name": "br0", "kind": "bridge", "netns": "red", "vlans": [10]},
        {"name": "t0", "kind": "tuntap", "netns": "red", "master": "br0", "port": {"queue_id": 4, "isolated": True}},
        {"name": "t1", "kind": "tuntap", "master": "br0", "port": {"queue_id": 4, "queue": 1}},
    ]
    walker = Walker()
    walker.topology({"links": links})
    found = {path: text.split(";")[0] for path, text in walker.problems}
    assert found == {
        "links[1].port.cost": "is of ports of a bridge, and bond0 is a bond",
        "links[1].port.fdb": "is of ports of a bridge, and bond0 is a bond",
        "links[3].port.queue_id": "is of ports of a bond, and br0 is a bridge",
        "links[4].port.queue": "unknown, did you mean queue_id?",
    }


@pytest.mark.parametrize("raw", ["secret", 77, True, "192.0.2.1", None])
def test_a_secret_is_an_ipv6_address_and_not_told(raw: t.Any) -> None:
    walker = Walker()
    walker.link_sysctls({"ipv6.stable_secret": raw}, "sysctls")
    assert walker.problems == [("sysctls.ipv6.stable_secret", "not an IPv6 address, as which the kernel takes a secret")]
