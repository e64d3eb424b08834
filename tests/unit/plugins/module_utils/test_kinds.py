# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds table against others who know: the kernel's headers, pyroute2, iproute2; and through our own encoder and decoder."""

from __future__ import annotations

import itertools
import json
import os
import re
import struct
import subprocess
import sys
import typing as t
from pathlib import Path
from random import Random

import pytest

from ansible_collections.netdev.linux.plugins.module_utils import kinds, observe, rtnetlink, values
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.model import Hop, Link, Namespace, Route, World
from ansible_collections.netdev.linux.plugins.module_utils.nla import attributes as attributes_of
from ansible_collections.netdev.linux.plugins.module_utils.observe import decode_link
from ansible_collections.netdev.linux.plugins.module_utils.rtnetlink import Kernel
from ansible_collections.netdev.linux.tests.property.chance import Chance, raw_value

# Numbers of include/uapi/linux/if_link.h and if_tunnel.h; they never change.
IF_LINK_H = {
    "IFLA_ADDRESS": 1,
    "IFLA_MTU": 4,
    "IFLA_TXQLEN": 13,
    "IFLA_IFALIAS": 20,
    "IFLA_GROUP": 27,
    "IFLA_INET6_ADDR_GEN_MODE": 8,
    "IFLA_MASTER": 10,
    "IFLA_NUM_TX_QUEUES": 31,
    "IFLA_NUM_RX_QUEUES": 32,
    "IFLA_GSO_MAX_SEGS": 40,
    "IFLA_GSO_MAX_SIZE": 41,
    "IFLA_GRO_MAX_SIZE": 58,
    "IFLA_GSO_IPV4_MAX_SIZE": 63,
    "IFLA_GRO_IPV4_MAX_SIZE": 64,
    "IFLA_BRPORT_COST": 3,
    "IFLA_BRPORT_PRIORITY": 2,
    "IFLA_BRPORT_MODE": 4,
    "IFLA_BRPORT_GUARD": 5,
    "IFLA_BRPORT_PROTECT": 6,
    "IFLA_BRPORT_FAST_LEAVE": 7,
    "IFLA_BRPORT_LEARNING": 8,
    "IFLA_BRPORT_UNICAST_FLOOD": 9,
    "IFLA_BRPORT_MCAST_FLOOD": 27,
    "IFLA_BRPORT_BCAST_FLOOD": 30,
    "IFLA_BRPORT_MCAST_TO_UCAST": 28,
    "IFLA_BRPORT_NEIGH_SUPPRESS": 32,
    "IFLA_BRPORT_ISOLATED": 33,
    "IFLA_BRPORT_LOCKED": 39,
    "IFLA_BRPORT_VLAN_TUNNEL": 29,
    "IFLA_BRPORT_PROXYARP": 10,
    "IFLA_BRPORT_PROXYARP_WIFI": 12,
    "IFLA_BRPORT_GROUP_FWD_MASK": 31,
    "IFLA_BRPORT_MULTICAST_ROUTER": 25,
    "IFLA_BR_STP_STATE": 5,
    "IFLA_BR_FORWARD_DELAY": 1,
    "IFLA_BR_HELLO_TIME": 2,
    "IFLA_BR_MAX_AGE": 3,
    "IFLA_BR_AGEING_TIME": 4,
    "IFLA_BR_PRIORITY": 6,
    "IFLA_BR_VLAN_FILTERING": 7,
    "IFLA_BR_VLAN_PROTOCOL": 8,
    "IFLA_BR_VLAN_DEFAULT_PVID": 39,
    "IFLA_BR_VLAN_STATS_ENABLED": 41,
    "IFLA_BR_VLAN_STATS_PER_PORT": 45,
    "IFLA_BR_GROUP_FWD_MASK": 9,
    "IFLA_BR_GROUP_ADDR": 20,
    "IFLA_BR_MCAST_SNOOPING": 23,
    "IFLA_BR_MCAST_ROUTER": 22,
    "IFLA_BR_MCAST_QUERY_USE_IFADDR": 24,
    "IFLA_BR_MCAST_QUERIER": 25,
    "IFLA_BR_MCAST_HASH_MAX": 27,
    "IFLA_BR_MCAST_LAST_MEMBER_CNT": 28,
    "IFLA_BR_MCAST_STARTUP_QUERY_CNT": 29,
    "IFLA_BR_MCAST_LAST_MEMBER_INTVL": 30,
    "IFLA_BR_MCAST_MEMBERSHIP_INTVL": 31,
    "IFLA_BR_MCAST_QUERIER_INTVL": 32,
    "IFLA_BR_MCAST_QUERY_INTVL": 33,
    "IFLA_BR_MCAST_QUERY_RESPONSE_INTVL": 34,
    "IFLA_BR_MCAST_STARTUP_QUERY_INTVL": 35,
    "IFLA_BR_MCAST_STATS_ENABLED": 42,
    "IFLA_BR_MCAST_IGMP_VERSION": 43,
    "IFLA_BR_MCAST_MLD_VERSION": 44,
    "IFLA_BR_NF_CALL_IPTABLES": 36,
    "IFLA_BR_NF_CALL_IP6TABLES": 37,
    "IFLA_BR_NF_CALL_ARPTABLES": 38,
    "IFLA_TUN_TYPE": 3,
    "IFLA_TUN_OWNER": 1,
    "IFLA_TUN_GROUP": 2,
    "IFLA_TUN_MULTI_QUEUE": 7,
    "IFLA_TUN_PI": 4,
    "IFLA_TUN_VNET_HDR": 5,
    "IFLA_VLAN_ID": 1,
    "IFLA_VLAN_PROTOCOL": 5,
    "IFLA_VLAN_FLAGS": 2,
    "IFLA_MACVLAN_MODE": 1,
    "IFLA_MACVLAN_BC_QUEUE_LEN": 7,
    "IFLA_IPVLAN_MODE": 1,
    "IFLA_IPVLAN_FLAGS": 2,
    "IFLA_VXLAN_ID": 1,
    "IFLA_VXLAN_GROUP": 2,
    "IFLA_VXLAN_GROUP6": 16,
    "IFLA_VXLAN_LOCAL": 4,
    "IFLA_VXLAN_LOCAL6": 17,
    "IFLA_VXLAN_TTL": 5,
    "IFLA_VXLAN_TOS": 6,
    "IFLA_VXLAN_LEARNING": 7,
    "IFLA_VXLAN_AGEING": 8,
    "IFLA_VXLAN_LIMIT": 9,
    "IFLA_VXLAN_PORT_RANGE": 10,
    "IFLA_VXLAN_PROXY": 11,
    "IFLA_VXLAN_RSC": 12,
    "IFLA_VXLAN_L2MISS": 13,
    "IFLA_VXLAN_L3MISS": 14,
    "IFLA_VXLAN_PORT": 15,
    "IFLA_VXLAN_UDP_CSUM": 18,
    "IFLA_VXLAN_UDP_ZERO_CSUM6_TX": 19,
    "IFLA_VXLAN_UDP_ZERO_CSUM6_RX": 20,
    "IFLA_VXLAN_GBP": 23,
    "IFLA_VXLAN_COLLECT_METADATA": 25,
    "IFLA_VXLAN_DF": 29,
    "IFLA_VRF_TABLE": 1,
    "IFLA_BRPORT_BACKUP_PORT": 34,
    "IFLA_BRPORT_MAB": 40,
    "IFLA_BRPORT_NEIGH_VLAN_SUPPRESS": 43,
    "IFLA_BR_MULTI_BOOLOPT": 46,
    "IFLA_VLAN_INGRESS_QOS": 4,
    "IFLA_VLAN_EGRESS_QOS": 3,
    "IFLA_MACVLAN_FLAGS": 2,
    "IFLA_MACVLAN_MACADDR_DATA": 5,
    "IFLA_MACVLAN_MACADDR_MODE": 3,
    "IFLA_VXLAN_TTL_INHERIT": 28,
    "IFLA_VXLAN_LABEL": 26,
    "IFLA_VXLAN_REMCSUM_TX": 21,
    "IFLA_VXLAN_REMCSUM_RX": 22,
    "IFLA_VXLAN_GPE": 27,
    "IFLA_VXLAN_VNIFILTER": 30,
    "IFLA_VXLAN_LOCALBYPASS": 31,
    "IFLA_GENEVE_ID": 1,
    "IFLA_GENEVE_REMOTE": 2,
    "IFLA_GENEVE_REMOTE6": 7,
    "IFLA_GENEVE_TTL": 3,
    "IFLA_GENEVE_TTL_INHERIT": 12,
    "IFLA_GENEVE_TOS": 4,
    "IFLA_GENEVE_LABEL": 11,
    "IFLA_GENEVE_DF": 13,
    "IFLA_GENEVE_PORT": 5,
    "IFLA_GENEVE_UDP_CSUM": 8,
    "IFLA_GENEVE_UDP_ZERO_CSUM6_TX": 9,
    "IFLA_GENEVE_UDP_ZERO_CSUM6_RX": 10,
    "IFLA_GENEVE_COLLECT_METADATA": 6,
    "IFLA_GENEVE_INNER_PROTO_INHERIT": 14,
    "IFLA_GRE_LOCAL": 6,
    "IFLA_GRE_REMOTE": 7,
    "IFLA_GRE_TTL": 8,
    "IFLA_GRE_TOS": 9,
    "IFLA_GRE_PMTUDISC": 10,
    "IFLA_GRE_IGNORE_DF": 19,
    "IFLA_GRE_FWMARK": 20,
    "IFLA_GRE_IKEY": 4,
    "IFLA_GRE_IFLAGS": 2,
    "IFLA_GRE_OKEY": 5,
    "IFLA_GRE_OFLAGS": 3,
    "IFLA_GRE_COLLECT_METADATA": 18,
    "IFLA_GRE_ENCAP_TYPE": 14,
    "IFLA_GRE_ENCAP_SPORT": 16,
    "IFLA_GRE_ENCAP_DPORT": 17,
    "IFLA_GRE_ENCAP_FLAGS": 15,
    "IFLA_GRE_ENCAP_LIMIT": 11,
    "IFLA_GRE_FLAGS": 13,
    "IFLA_GRE_FLOWINFO": 12,
    "IFLA_BOND_SLAVE_QUEUE_ID": 5,
    "IFLA_BOND_SLAVE_PRIO": 9,
    "IFLA_BOND_MODE": 1,
    "IFLA_BOND_MIIMON": 3,
    "IFLA_BOND_UPDELAY": 4,
    "IFLA_BOND_DOWNDELAY": 5,
    "IFLA_BOND_PEER_NOTIF_DELAY": 28,
    "IFLA_BOND_USE_CARRIER": 6,
    "IFLA_BOND_ARP_INTERVAL": 7,
    "IFLA_BOND_ARP_IP_TARGET": 8,
    "IFLA_BOND_NS_IP6_TARGET": 31,
    "IFLA_BOND_ARP_VALIDATE": 9,
    "IFLA_BOND_ARP_ALL_TARGETS": 10,
    "IFLA_BOND_PRIMARY": 11,
    "IFLA_BOND_PRIMARY_RESELECT": 12,
    "IFLA_BOND_FAIL_OVER_MAC": 13,
    "IFLA_BOND_XMIT_HASH_POLICY": 14,
    "IFLA_BOND_RESEND_IGMP": 15,
    "IFLA_BOND_NUM_PEER_NOTIF": 16,
    "IFLA_BOND_ALL_SLAVES_ACTIVE": 17,
    "IFLA_BOND_MIN_LINKS": 18,
    "IFLA_BOND_LP_INTERVAL": 19,
    "IFLA_BOND_PACKETS_PER_SLAVE": 20,
    "IFLA_BOND_AD_LACP_ACTIVE": 29,
    "IFLA_BOND_AD_LACP_RATE": 21,
    "IFLA_BOND_AD_SELECT": 22,
    "IFLA_BOND_AD_ACTOR_SYS_PRIO": 24,
    "IFLA_BOND_AD_USER_PORT_KEY": 25,
    "IFLA_BOND_AD_ACTOR_SYSTEM": 26,
    "IFLA_BOND_TLB_DYNAMIC_LB": 27,
    "IFLA_BOND_MISSED_MAX": 30,
}

TABLES: dict[str, tuple[kinds.Attribute, ...]] = {
    "every link": kinds.COMMON,
    "port of a bridge": kinds.BRIDGE_PORT,
    "port of a bond": kinds.BOND_PORT,
    **{kind.name: kind.attributes for kind in kinds.KINDS.values() if kind.attributes},
}
ATTRIBUTES = [pytest.param(table, attribute, id="%s-%s" % (table, attribute.name)) for table in TABLES for attribute in TABLES[table]]
WITH_NLA = [parameters for parameters in ATTRIBUTES if t.cast("kinds.Attribute", parameters.values[1]).name != "admin_state"]


# ---- numbers and names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("table", "attribute"), WITH_NLA)
def test_numbers_are_the_kernels(table: str, attribute: kinds.Attribute) -> None:
    for name, number in attribute.places:
        assert IF_LINK_H[name] == number


def test_no_number_that_nobody_uses() -> None:
    """The list above is what the table has, no more."""
    used = {name for table in TABLES.values() for each in table for name, _number in each.places}
    assert used - {"IFF_UP"} == set(IF_LINK_H)


_PRINT_MAPS = """
import json
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

def numbered(cls):
    found = {}
    for position, entry in enumerate(cls.nla_map):
        number, name, wire = entry if len(entry) == 3 else (position, *entry)
        found[name] = (number, wire)
    return found

info = ifinfmsg.ifinfo
maps = {kind: numbered(cls) for kind, cls in info.data_map.items() if hasattr(cls, "nla_map")}
maps[""] = numbered(ifinfmsg)
print(json.dumps(maps))
"""


@pytest.fixture(scope="module")
def pyroute2_maps() -> dict[str, dict[str, list[t.Any]]]:
    """Attributes of pyroute2 by kind. In a process of its own, because ours puts the kinds table in their place."""
    done = subprocess.run([sys.executable, "-c", _PRINT_MAPS], check=True, stdout=subprocess.PIPE, text=True)
    return t.cast("dict[str, dict[str, list[t.Any]]]", json.loads(done.stdout))


# Bytes of the types that both have numbers for.
_SIZES = {"uint8": 1, "uint16": 2, "be16": 2, "uint32": 4, "uint64": 8}


def test_pyroute2_says_the_same(pyroute2_maps: dict[str, dict[str, list[t.Any]]]) -> None:
    """Names and numbers where pyroute2 has them, and the sizes of what is inside."""
    compared = 0
    names = {"every link": "", "port of a bridge": "bridge_slave"}
    for table, attributes in TABLES.items():
        theirs = pyroute2_maps.get(names.get(table, kinds.KINDS[table].rtnetlink if table in kinds.KINDS else ""), {})
        for attribute in attributes:
            for nla, number in attribute.places:
                if nla not in theirs:
                    continue
                compared += 1
                assert theirs[nla][0] == number, nla
                ours, other = _SIZES.get(attribute.type.wire), _SIZES.get(theirs[nla][1])
                assert ours == other or None in (ours, other), (nla, attribute.type.wire, theirs[nla][1])
    assert compared > 50  # the oldest pyroute2 that we support has that many


# ---- iproute2 -------------------------------------------------------------------------------------------------------


def words_of_iproute2(*topic: str) -> set[str]:
    done = subprocess.run(["ip", *topic], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = set(re.findall(r"[\w.-]+", done.stdout))
    # Help has "[no][i|o]key" for ikey, okey, noikey and nookey.
    for no, word in re.findall(r"\[ *(\[no\])?\[i\|o\](\w+)", done.stdout):
        found |= {prefix + side + word for prefix in ("", "no" if no or word == "key" else "") for side in "io"}
    return found


def topic_of(table: str) -> tuple[str, ...]:
    if table in kinds.KINDS:
        kind = kinds.KINDS[table]
        return ("tuntap", "help") if kind.by_ioctl else ("link", "help", kind.rtnetlink)
    return ("link", "help", *(["%s_slave" % table.rpartition(" ")[2]] if table.startswith("port of") else []))


@pytest.mark.parametrize("table", TABLES)
def test_iproute2_knows_the_words(table: str) -> None:
    """Each option's word stands in the help of ip(8), or its value does, where that is the word."""
    known = words_of_iproute2(*topic_of(table))
    release = re.findall(r"\d+", subprocess.run(["ip", "-V"], check=True, capture_output=True, text=True).stdout)[1:3]
    for attribute in TABLES[table]:
        if [*map(int, re.findall(r"\d+", attribute.since))] > [*map(int, release)]:
            continue  # iproute2 goes with the kernel that it is released with
        if attribute.ip:
            assert attribute.ip in known, attribute.name
        elif isinstance(attribute.type, (values.Flag, values.Bit, values.Presence)):
            words = " ".join(attribute.type.words).split()
            spoken = {word.replace("no", "", 1) if word.startswith("no") and word not in known else word for word in words}
            assert spoken <= known | {word[2:] for word in known if word.startswith("no")}, attribute.name
        else:
            assert isinstance(attribute.type, values.Choice)
            assert set(attribute.type.numbers) <= known, attribute.name


@pytest.mark.parametrize("table", TABLES)
def test_unique_within_a_table(table: str) -> None:
    names = [attribute.name for attribute in TABLES[table]]
    words = [attribute.ip for attribute in TABLES[table] if attribute.ip]
    assert len(set(names)) == len(names)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("kind", kinds.KINDS.values(), ids=lambda kind: kind.name)
def test_flat_options_do_not_collide(kind: kinds.Kind) -> None:
    """A kind that has a module has its options beside the common ones."""
    if kind.name in ("bridge", "tuntap", "dummy", "veth"):
        taken = {"name", "state", "netns", "addresses", "altnames", "sysctls", "purge", "wait", "allow_flap", "recreate", "force"}
        taken |= {"ports", "port", "peer"} | set(kinds.COMMON_BY_OPTION)
        assert not taken & set(kind.by_option)


@pytest.mark.parametrize("kind", kinds.KINDS.values(), ids=lambda kind: kind.name)
def test_entries_fit_together(kind: kinds.Kind) -> None:
    """What an entry names is there."""
    for attribute in kind.attributes:
        assert attribute.after in ("", *kind.by_option)
        assert attribute.change in (kinds.LIVE, kinds.LINK_DOWN, kinds.NO_PORTS, kinds.LINK_DOWN_NO_PORTS, kinds.NEVER, kinds.AT_CREATION)
        assert set(attribute.along) <= set(kind.by_option)
        assert attribute.needs is None or attribute.needs.option in kind.by_option
        assert attribute.config.startswith("CONFIG_") or not attribute.config
        assert attribute.type.allowed
        if attribute.born is not None:
            assert attribute.type.parse(attribute.born) == attribute.born
    assert set(kind.required) | set(kind.sample) <= set(kind.by_option)
    assert kind.config.startswith("CONFIG_")


def test_tables_of_ports_fit_together() -> None:
    """An option tells whose port it is of; what an entry names of the master is there."""
    assert len(kinds.PORT_BY_OPTION) == sum(map(len, kinds.PORTS.values()))
    for master, table in kinds.PORTS.items():
        assert kinds.KINDS[master].has_ports
        for attribute in table:
            assert kinds.master_of(attribute.name) == master
            assert kinds.PORT_BY_OPTION[attribute.name].at_most in ("", *kinds.COMMON_BY_OPTION)
            assert attribute.of_master is None or attribute.of_master.option in kinds.KINDS[master].by_option
            assert not attribute.apart or attribute.born is not None


def test_bits_of_one_attribute_are_apart() -> None:
    for table in TABLES.values():
        bits = [attribute for attribute in table if isinstance(attribute.type, values.Bit)]
        for one, other in itertools.combinations(bits, 2):
            if one.number == other.number:
                assert not t.cast("values.Bit", one.type).bit & t.cast("values.Bit", other.type).bit


# ---- what the kernel makes of a value -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "stp", "stored"),
    [
        (0, True, 200),
        (150, True, 200),
        (200, True, 200),
        (1500, True, 1500),
        (3100, True, 3000),
        (0, False, 0),
        (3100, False, 3100),
        (0, None, 0),
    ],
)
def test_forward_delay_is_clamped_by_stp(asked: int, stp: bool | None, stored: int) -> None:
    attribute = kinds.BRIDGE.by_option["forward_delay"]
    assert attribute.will_store(asked, {} if stp is None else {"stp": stp}) == stored


def test_times_that_a_kernel_rounds_are_the_same() -> None:
    """3125 ticks come back as 3124 where HZ is 250; 3123 is another value."""
    attribute = kinds.BRIDGE.by_option["multicast_startup_query_interval"]
    assert attribute.same(3125, 3125)
    assert attribute.same(3125, 3124)
    assert not attribute.same(3125, 3123)
    assert not attribute.same(3125, 3126)
    assert attribute.same(100, 100)
    assert not attribute.same(100, 99)


def test_what_does_not_exist_is_off() -> None:
    attribute = kinds.BRIDGE.by_option["vlan_filtering"]
    assert attribute.same(False, None)
    assert not attribute.same(True, None)
    assert not kinds.BRIDGE.by_option["priority"].same(0, None)


def test_who_has_a_mac() -> None:
    assert kinds.TUNTAP.has_mac({"mode": "tap"})
    assert not kinds.TUNTAP.has_mac({"mode": "tun"})
    assert kinds.BRIDGE.has_mac({})
    assert not kinds.KINDS["wireguard"].has_mac({})


# ---- there and back -------------------------------------------------------------------------------------------------


class Recorder:
    """In the place of namespaces and their sockets: keeps the messages instead of sending them."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def socket(self, _name: str) -> Recorder:
        return self

    def request(self, _kind: int, _flags: int, body: bytes) -> None:
        self.bodies.append(body)


NAME_ATTRIBUTE = b"\x08\0\x03\0br0\0"  # IFLA_IFNAME; messages that change a link do not carry it


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def kernel(recorder: Recorder) -> Kernel:
    """A kernel whose messages go to the recorder, with a bridge of index 7 and a link br0 of index 5."""
    found = Kernel(t.cast("t.Any", recorder))
    links = {"br0": Link("br0", index=5), "master0": Link("master0", index=7)}
    found.remember(World(namespaces={"": Namespace("", links=links)}))
    return found


def sent(recorder: Recorder, kernel: Kernel, operation: ops.Operation) -> tuple[Link, int]:
    """What the decoder makes of the message of an operation."""
    kernel.execute(operation)
    body = recorder.bodies.pop()
    if b"br0\0" not in body:
        body += NAME_ATTRIBUTE
    return decode_link(body, "")


USUAL = [
    ops.AddLink("", "br0", kinds.KINDS["bridge"], {"mac": "02:00:00:00:00:01", "mtu": 1400, "tx_queue_len": 7, "link_group": 9}, {}),
    ops.AddLink("", "v0", kinds.VETH, {}, {}, (("", "other"), {"mtu": 1400, "admin_state": "up"})),
    ops.AddLink("", "v1", kinds.KINDS["dummy"], {"master": "master0", "admin_state": "up"}, {}),
    ops.SetLink("", "br0", {"master": "", "alias": "ünusual"}),
    ops.SetLink("", "br0", {"admin_state": "down"}),
    ops.SetLink("", "br0", {"ipv6_addr_gen_mode": "none", "num_tx_queues": 3, "gso_max_size": 40000, "gso_max_segs": 7}),
    ops.AddAltname("", "br0", "netdev.lab.br0"),
    ops.DeleteLink("", "master0"),
]


@pytest.mark.parametrize("operation", USUAL, ids=lambda operation: operation.what())
def test_packed_as_pyroute2_encodes(operation: ops.Operation, recorder: Recorder, kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is packed without pyroute2 is what pyroute2 makes of it, but for the flag that says that something is nested."""
    indexes = dict(kernel._indexes)
    with monkeypatch.context() as patched:
        patched.setattr(Kernel, "pyroute2", None)
        kernel.execute(operation)
    kernel._indexes.update(indexes)
    monkeypatch.setattr(rtnetlink, "_USUAL", {})
    kernel.execute(operation)
    kernel._indexes.update(indexes)
    theirs, ours = tree(recorder.bodies.pop()), tree(recorder.bodies.pop())
    assert ours == theirs


def tree(body: bytes) -> tuple[bytes, list[tuple[int, t.Any]]]:
    """The fixed part of a message about a link, and its attributes, those nested in lists of their own."""

    def nested(data: bytes, path: tuple[int, ...]) -> list[tuple[int, t.Any]]:
        # IFLA_LINKINFO, in it IFLA_INFO_DATA, in that VETH_INFO_PEER behind a struct of 16 bytes; IFLA_PROP_LIST;
        # IFLA_AF_SPEC, in it AF_INET6
        deeper = {(18,): 0, (18, 2): 0, (18, 2, 1): 16, (52,): 0, (26,): 0, (26, 10): 0}
        found: list[tuple[int, t.Any]] = []
        for number, value in attributes_of(data):
            skip = deeper.get((*path, number))
            inner = value if skip is None else (value[:skip], nested(value[skip:], (*path, number) if skip == 0 else ()))
            found.append((number, inner))
        return found

    return body[:16], nested(body[16:], ())


def sample_values(attribute: kinds.Attribute) -> list[t.Any]:
    dice = Chance(Random(attribute.name))  # noqa: S311
    return list({str(value): value for value in (attribute.type.parse(raw_value(attribute.type, dice)) for _count in range(12))}.values())


def value_of(attribute: kinds.Attribute, value: t.Any) -> t.Any:
    """As the decoder finds it: of a port the ifindex, which only who has all links can turn into a name."""
    return {"": 0, "master0": 7}[value] if isinstance(attribute.type, values.PortName) else value


def reported(attribute: kinds.Attribute, value: t.Any, options: dict[str, t.Any]) -> t.Any:
    """What a message that changes a link asks for: what the kernel will store."""
    return value_of(attribute, attribute.will_store(value, options))


NETLINK_KINDS = [kind for kind in kinds.KINDS.values() if kind.attributes and not kind.by_ioctl]


@pytest.mark.parametrize("kind", NETLINK_KINDS, ids=lambda kind: kind.name)
def test_kinds_there_and_back(kind: kinds.Kind, recorder: Recorder, kernel: Kernel) -> None:
    """Each attribute by itself, then all at once: what is encoded for the kernel, decoded as if it came from there."""
    for attribute in kind.attributes:
        for value in sample_values(attribute):
            needs = {attribute.needs.option: attribute.needs.example} if attribute.needs else {}
            asked = {**needs, attribute.name: value}
            link, _master = sent(recorder, kernel, ops.SetKind("", "br0", kind, asked, dict(needs)))
            assert link.kind == kind.name
            assert attribute.same(reported(attribute, value, asked), link.options.get(attribute.name, attribute.born))
            made, _master = sent(recorder, kernel, ops.AddLink("", "br0", kind, {}, asked))
            assert attribute.same(value_of(attribute, value), made.options.get(attribute.name, attribute.born))
    every = {attribute.name: sample_values(attribute)[0] for attribute in kind.attributes if not attribute.second and not attribute.needs}
    link, _master = sent(recorder, kernel, ops.SetKind("", "br0", kind, every))
    for name, value in every.items():
        assert kind.by_option[name].same(reported(kind.by_option[name], value, every), link.options.get(name)), name


@pytest.mark.parametrize("attribute", kinds.PORT_BY_OPTION.values(), ids=lambda attribute: attribute.name)
def test_ports_there_and_back(attribute: kinds.Attribute, recorder: Recorder, kernel: Kernel) -> None:
    for value in sample_values(attribute):
        link, _master = sent(recorder, kernel, ops.SetPort("", "br0", {attribute.name: value}))
        assert link.port == {attribute.name: value_of(attribute, value)}
        assert link.index == 5


@pytest.mark.parametrize("attribute", [each for each in kinds.COMMON if each.name != "master"], ids=lambda attribute: attribute.name)
def test_common_there_and_back(attribute: kinds.Attribute, recorder: Recorder, kernel: Kernel) -> None:
    for value in sample_values(attribute):
        link, _master = sent(recorder, kernel, ops.SetLink("", "br0", {attribute.name: value}))
        assert link.known[attribute.name] == value
        # By its index, never by a group: the kernel would take it for every link of that.
        assert link.index == 5


@pytest.mark.parametrize(
    ("kind", "told", "chosen"),
    [
        ("dummy", {"num_tx_queues": 1, "num_rx_queues": 1, "gso_max_size": 65536, "gso_max_segs": 65535}, []),
        (
            "dummy",
            {"num_tx_queues": 2, "num_rx_queues": 1, "gso_max_size": 40000, "gso_max_segs": 7},
            ["num_tx_queues", "gso_max_size", "gso_max_segs"],
        ),
        # One for each CPU; 16 of a bond; as many as it has of a tap.
        ("veth", {"num_tx_queues": 8, "num_rx_queues": 1}, ["num_rx_queues"]),
        ("bond", {"num_tx_queues": 16, "num_rx_queues": 1}, ["num_rx_queues"]),
        ("tun", {"num_tx_queues": 256, "num_rx_queues": 256}, []),
        ("", {"num_tx_queues": 63, "num_rx_queues": 63}, []),  # a physical link
        # What its driver does not take nobody has lowered.
        ("dummy", {"gso_max_size": 16384, "most": 16384}, []),
        ("dummy", {"gso_max_size": 65536, "most": 524280}, []),
        # Those of IPv4 follow.
        ("dummy", {"gso_max_size": 40000, "gso_ipv4_max_size": 40000}, ["gso_max_size"]),
        ("dummy", {"gso_max_size": 40000, "gso_ipv4_max_size": 65536}, ["gso_max_size", "gso_ipv4_max_size"]),
        ("dummy", {"gro_max_size": 100000, "gro_ipv4_max_size": 65536}, ["gro_max_size"]),
    ],
)
def test_what_a_driver_chooses_is_told_apart(kind: str, told: dict[str, int], chosen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "_possible_cpus", lambda: 8)
    monkeypatch.setattr(observe, "_QUEUE_FOR_EACH_CPU", True)
    observe._decode_of_drivers.cache_clear()
    numbers = {**{name: attribute.number for name, attribute in kinds.COMMON_BY_OPTION.items()}, "most": 59}
    info = struct.pack("=HH", len(kind) + 9, 18) + struct.pack("=HH", len(kind) + 5, 1) + kind.encode() + bytes(4 - len(kind) % 4)
    body = bytes(16) + NAME_ATTRIBUTE + b"".join(struct.pack("=HHI", 8, numbers[name], value) for name, value in told.items())
    link, _master = decode_link(body + info, "")
    told.pop("most", None)
    assert link.known == dict(told, admin_state="down")
    assert [name for name in link.common if name != "admin_state"] == chosen
    observe._decode_of_drivers.cache_clear()


@pytest.mark.parametrize(("text", "count"), [("0-3", 4), ("0", 1), ("0,2-3", 3), ("", os.cpu_count()), (None, os.cpu_count())])
def test_cpus_that_there_may_be(text: str | None, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "possible"
    if text is not None:
        file.write_text(text + "\n")
    monkeypatch.setattr(observe, "_POSSIBLE_CPUS", str(file))
    assert observe._possible_cpus.__wrapped__() == count


@pytest.mark.parametrize(("master", "index"), [("master0", 7), ("", 0)])
def test_master_goes_by_index(master: str, index: int, recorder: Recorder, kernel: Kernel) -> None:
    assert sent(recorder, kernel, ops.SetLink("", "br0", {"master": master}))[1] == index


def test_one_attribute_that_is_two_options(recorder: Recorder, kernel: Kernel) -> None:
    """The remote of a vxlan is a group when it is a multicast address, and only then."""
    vxlan = kinds.KINDS["vxlan"]
    for option, value in (("remote", "192.0.2.1"), ("group", "239.0.0.1"), ("remote", "2001:db8::1"), ("group", "ff05::1")):
        found, _master = sent(recorder, kernel, ops.SetKind("", "br0", vxlan, {option: value}))
        assert {name: found.options[name] for name in ("remote", "group") if name in found.options} == {option: value}


def test_a_route_that_is_put_back_has_the_indexes_of_now(recorder: Recorder, kernel: Kernel) -> None:
    """Links that were made anew have others, and flags that the kernel reports are not flags that it takes."""

    def route(first: int, second: int, flags: int) -> bytes:
        hops = struct.pack("=HBBiHHI", 16, flags, 0, first, 8, 5, 1) + struct.pack("=HBBiHHI", 16, flags, 2, second, 8, 5, 2)
        return struct.pack("=BBBBBBBBI", 2, 24, 0, 0, 254, 4, 0, 1, flags) + struct.pack("=HH", len(hops) + 4, 9) + hops

    hops = (Hop("1.0.0.0", "br0"), Hop("2.0.0.0", "master0", weight=3))
    kernel.execute(ops.AddRoute(Route("", "192.0.2.0/24", hops, raw=route(99, 98, 1))))
    assert recorder.bodies.pop() == route(5, 7, 0)
