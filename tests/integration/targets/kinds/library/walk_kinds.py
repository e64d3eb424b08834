#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks the kinds table and holds each attribute against the kernel, as ip shows it.

For every attribute of every kind, and of ports of a bridge: set it when the link is made, ask for the same again, change it, change it
back; the same with VLANs and forwarding entries. The table says how the kernel lets an attribute change, and both ways of being
wrong are found out: what it says is changed live is changed on a link that is up, and what it says can't be is tried behind the
planner's back and must fail or do nothing.
"""

# It runs where the collection is installed; the linter sees it by itself.
# mypy: disable-error-code="import-not-found, no-any-return, unused-ignore"

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import functools
import grp
import json
import os
import pwd
import socket
import struct
import subprocess
import time
import traceback
import typing as t

from ansible.module_utils import basic

from ansible_collections.netdev.linux.plugins.module_utils import device, kinds, rtnetlink, values
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces
from ansible_collections.netdev.linux.plugins.module_utils.model import Topology
from ansible_collections.netdev.linux.plugins.module_utils.rtnetlink import Kernel
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker

Options = dict[str, t.Any]

NAME = "walked"
PORT, BOND_PORT = "bridge port", "bond port"  # beside the kinds: the tables of what a port has


class Wrong(Exception):
    """What the test is there to find."""


@dataclasses.dataclass(frozen=True)
class Scene:
    """A link to walk the attributes of.

    ``beside`` are options that it has all the time. ``walks`` names attributes with their values, as a user writes them: the first is set
    when the link is made, the others one after another. Attributes of the kind that no scene names are walked in the kind's first one,
    with values that follow from their types.
    """

    kind: str
    beside: Options = dataclasses.field(default_factory=dict)
    walks: dict[str, t.Sequence[t.Any]] = dataclasses.field(default_factory=dict)
    link: Options = dataclasses.field(default_factory=dict)  # what stands beside ``options``
    before: tuple[str, ...] = ()  # commands that set the scene


MACS = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"]
PARENT = "ip link add name base type veth peer name base-peer"
PORTS = ("ip link add name port0 type veth peer name peer0", "ip link add name port1 type veth peer name peer1")

GRE_ENDS: dict[str, t.Sequence[t.Any]] = {"local": ["192.0.2.1", "192.0.2.8"], "remote": ["192.0.2.2", "192.0.2.3"]}
GRE6_ENDS: dict[str, t.Sequence[t.Any]] = {"local": ["2001:db8::1", "2001:db8::8"], "remote": ["2001:db8::2", "2001:db8::3"]}
GRE_WALKS: dict[str, dict[str, t.Sequence[t.Any]]] = {
    "gre": {"ttl": [9, "inherit"], "tos": ["inherit", 0, 16]},
    "ip6": {"encaplimit": [8, "none", 0], "tclass": [0x12, "inherit", 0], "flowlabel": [7, "inherit", 0], "fwmark": [6, "inherit", 0]},
}
GRE_ENCAP: dict[str, t.Sequence[t.Any]] = {
    "encap": ["fou", "gue"],
    "encap_sport": [5555, "auto"],
    "encap_dport": [5556, 0],
    "encap_csum": [False, True],
    "encap_csum6": [False, True],
    "encap_remcsum": [True, False],
}


def first(walks: dict[str, t.Sequence[t.Any]]) -> Options:
    """The first value of each."""
    return {name: values_[0] for name, values_ in walks.items()}


SCENES = (
    Scene(
        "bridge",
        walks={
            # The kernel keeps these within limits of its own while STP is on.
            "forward_delay": [15, 4, 30],
            "multicast_hash_max": [512, 8192],
            "group_address": ["01:80:c2:00:00:05", "01:80:c2:00:00:0e"],
            "group_fwd_mask": [8, 0xFFF8],
            "vlan_default_pvid": [4094, 0, 5],
        },
    ),
    Scene("bridge", walks={"vlan_stats_per_port": [True, False]}, before=PORTS),
    Scene("bridge", {"vlan_filtering": True}, {"multicast_vlan_snooping": [True, False]}),
    Scene("tuntap", {"mode": "tap"}, {"mode": ["tap", "tun"], "user": [0, 65534], "group": [0, 65534], "multi_queue": [True, False]}),
    Scene("tuntap", {"mode": "tun"}, {"mode": ["tun", "tap"]}),
    Scene("dummy"),
    Scene("veth", link={"peer": {"name": "other"}}),
    Scene(
        "vlan",
        walks={"id": [7, 4094, 0], "ingress_qos_map": [{1: 2, 7: 9}, {1: 3}, {}], "egress_qos_map": [{5: 6}, {5: 7, 8: 1}, {}]},
        link={"parent": "base"},
        before=(PARENT,),
    ),
    *(
        scene
        for kind in ("macvlan", "macvtap")
        for scene in (
            Scene(kind, walks={"mode": ["vepa", "private", "bridge", "source"]}, link={"parent": "base"}, before=(PARENT,)),
            Scene(kind, {}, {"mode": ["passthru", "bridge"], "nopromisc": [True, False]}, link={"parent": "base"}, before=(PARENT,)),
            Scene(kind, {"mode": "source"}, {"macaddrs": [MACS[:2], MACS[1:], []]}, link={"parent": "base"}, before=(PARENT,)),
        )
    ),
    Scene(
        "ipvlan",
        walks={"mode": ["l3", "l2", "l3s"], "isolation": ["private", "vepa", "bridge"]},
        link={"parent": "base"},
        before=(PARENT,),
    ),
    Scene(
        "vxlan",
        {"port": 4790},
        {"id": [100, 0xFFFFFF], "remote": ["192.0.2.1", "192.0.2.2"], "local": ["192.0.2.9", "192.0.2.8"], "port": [4790, 4789]},
        link={"parent": "base"},
        before=(PARENT,),
    ),
    Scene("vxlan", {"id": 1, "port": 4789}, {"remote": ["2001:db8::1", "2001:db8::2"], "local": ["2001:db8::9", "2001:db8::8"]}),
    Scene("vxlan", {"id": 1, "port": 4789}, {"group": ["239.1.1.1", "239.1.1.2"]}, link={"parent": "base"}, before=(PARENT,)),
    Scene("vxlan", {"id": 1, "port": 4789}, {"group": ["ff05::1", "ff05::2"]}, link={"parent": "base"}, before=(PARENT,)),
    Scene("vxlan", {"id": 1, "port": 4789, "local": "2001:db8::9"}, {"flowlabel": [7, 0xFFFFF, 0]}),
    Scene("vxlan", {"id": 1, "port": 4789}, {"ttl": ["inherit", 9]}),
    Scene("vxlan", {"port": 4789}, {"external": [True, False]}),
    Scene("vxlan", {"port": 4789, "external": True}, {"vnifilter": [True, False], "gpe": [True, False]}),
    Scene(
        "geneve",
        {"port": 6082},
        {
            "id": [7, 0xFFFFFF],
            "remote": ["192.0.2.1", "192.0.2.2", "2001:db8::2"],
            "ttl": ["inherit", 9, 0],
            "tos": ["inherit", 0, 16],
            "port": [6082, 6081],
        },
    ),
    Scene("geneve", {"id": 7, "remote": "2001:db8::1"}, {"flowlabel": [7, 0xFFFFF, 0]}),
    Scene("geneve", {"id": 7, "remote": "2001:db8::1"}, {"udp6_zero_csum_tx": [True, False], "udp6_zero_csum_rx": [True, False]}),
    Scene("geneve", {"port": 6082}, {"external": [True, False]}),
    Scene("geneve", {"id": 7, "remote": "192.0.2.1"}, {"inner_proto_inherit": [True, False]}),
    *(
        scene
        for kind, ends in (("gre", GRE_ENDS), ("gretap", GRE_ENDS), ("ip6gre", GRE6_ENDS), ("ip6gretap", GRE6_ENDS))
        for scene in (
            Scene(
                kind, walks={**ends, "ikey": [5, "", "0.0.1.0"], "okey": [6, ""], **GRE_WALKS[kind[:3]]}, before=("modprobe -a fou fou6",)
            ),
            Scene(kind, {**first(ends), "encap": "fou"}, GRE_ENCAP),
            Scene(kind, first(ends), {"encap": ["fou", "none"]}),
            Scene(kind, {"ikey": 7, "okey": 7}, {"external": [True, False]}),
        )
    ),
    Scene("gre", {**first(GRE_ENDS), "pmtudisc": False}, {"ignore_df": [True, False]}),
    Scene("gretap", {**first(GRE_ENDS), "pmtudisc": False}, {"ignore_df": [True, False]}),
    Scene(
        "bond",
        {"mode": "active-backup", "miimon": 100},
        {"updelay": [200, 0, 100], "downdelay": [100, 300], "peer_notify_delay": [100, 0, 200], "ad_select": ["count", "stable"]},
    ),
    Scene("bond", {"mode": "active-backup"}, {"fail_over_mac": ["active", "follow", "none"]}, before=PORTS),
    Scene(
        "bond",
        {"mode": "active-backup"},
        {
            "arp_interval": [100, 200],
            "arp_ip_targets": [["192.0.2.1", "192.0.2.3"], ["192.0.2.3"], []],
            "ns_ip6_targets": [["2001:db8::1"], [], ["2001:db8::2", "2001:db8::1"]],
            "arp_validate": ["all", "filter_backup", "none", "active", "backup", "filter", "filter_active"],
            "arp_missed_max": [1, 255],
        },
    ),
    Scene(
        "bond",
        {"mode": "802.3ad"},
        {
            "lacp_active": [False, True],
            "lacp_rate": ["fast", "slow"],
            "ad_actor_sys_prio": [1, 65535],
            "ad_user_port_key": [1023, 0],
            "ad_actor_system": ["02:00:00:00:00:01", "00:00:00:00:00:00"],
        },
    ),
    Scene("bond", {"mode": "balance-tlb"}, {"tlb_dynamic_lb": [False, True]}),
    Scene("bond", walks={"packets_per_port": [5, 0, 65535]}),
    Scene("bond", {"mode": "active-backup"}, {"miimon": [100, 50, 0]}),
    Scene(
        "bond",
        walks={"mode": ["802.3ad", "active-backup", "balance-xor", "broadcast", "balance-rr", "balance-tlb", "balance-alb"]},
        before=PORTS,
    ),
    Scene(
        "bond",
        {"mode": "active-backup", "miimon": 100},
        {"primary": ["port0", "port1", ""]},
        link={"ports": ["port0", "port1"], "allow_flap": True},
        before=PORTS,
    ),
    Scene("vrf", walks={"table": [100, 101]}),
    Scene("ifb"),
    Scene("wireguard"),
    Scene(
        PORT,
        # The kernel refuses the bits of protocols that a port never forwards (BR_GROUPFWD_MACPAUSE and its neighbours).
        walks={"group_fwd_mask": [8, 0xFFF8], "backup_port": ["port0", "port1", ""]},
        link={"peer": {"name": "other"}, "master": "br0"},
        before=("ip link add name br0 type bridge", *PORTS, *("ip link set dev %s master br0" % name for name in ("port0", "port1"))),
    ),
    Scene(
        PORT,
        {"locked": True},
        {"mab": [True, False]},
        link={"peer": {"name": "other"}, "master": "br0"},
        before=("ip link add name br0 type bridge",),
    ),
    Scene(
        BOND_PORT,
        walks={"queue_id": [2, 16, 0], "prio": [10, -0x80000000, 0x7FFFFFFF, 0]},
        link={"peer": {"name": "other"}, "master": "bond0", "allow_flap": True},
        before=("ip link add name bond0 type bond mode active-backup",),
    ),
)

# What has attributes: the kinds, and links as ports, for which it stands under another option.
TABLES = {
    **kinds.KINDS,
    **{
        name: dataclasses.replace(kinds.VETH, name=name, attributes=table)
        for name, table in ((PORT, kinds.BRIDGE_PORT), (BOND_PORT, kinds.BOND_PORT))
    },
}
OPTIONS = {PORT: "port", BOND_PORT: "port"}

# What ip calls an attribute where it is not its own word for setting it.
KEYS = {
    ("bridge", "group_address"): "group_addr",
    ("bridge", "multicast_last_member_count"): "mcast_last_member_cnt",
    ("bridge", "multicast_startup_query_count"): "mcast_startup_query_cnt",
    ("bridge", "multicast_last_member_interval"): "mcast_last_member_intvl",
    ("bridge", "multicast_membership_interval"): "mcast_membership_intvl",
    ("bridge", "multicast_querier_interval"): "mcast_querier_intvl",
    ("bridge", "multicast_query_interval"): "mcast_query_intvl",
    ("bridge", "multicast_query_response_interval"): "mcast_query_response_intvl",
    ("bridge", "multicast_startup_query_interval"): "mcast_startup_query_intvl",
    ("tuntap", "mode"): "type",
    ("vxlan", "source_ports"): "port_range",
    ("vxlan", "max_addresses"): "limit",
    **{
        (kind, name): key
        for kind in ("vxlan", "geneve")
        for name, key in {
            "flowlabel": "label",
            "port": "port",
            "udp_csum": "udp_csum",
            "udp6_zero_csum_tx": "udp_zero_csum6_tx",
            "udp6_zero_csum_rx": "udp_zero_csum6_rx",
            "remcsum_tx": "remcsum_tx",
            "remcsum_rx": "remcsum_rx",
            "inner_proto_inherit": "inner_proto_inherit",
        }.items()
    },
    **{
        (kind, name): key
        for kind in ("gre", "gretap", "ip6gre", "ip6gretap")
        for name, key in {
            "ignore_df": "ignore_df",
            "hoplimit": "ttl",
            "encaplimit": "encap_limit",
            "dscp_inherit": "ip6_tnl_f_rcv_dscp_copy",
            "allow_localremote": "ip6_tnl_f_allow_local_remote",
            "encap": "encap.type",
            "encap_sport": "encap.sport",
            "encap_dport": "encap.dport",
            "encap_csum": "encap.csum",
            "encap_csum6": "encap.csum6",
            "encap_remcsum": "encap.remcsum",
        }.items()
    },
    **{
        (kind, name): key
        for kind in ("macvlan", "macvtap")
        for name, key in {"nopromisc": "nopromisc", "nodst": "nodst", "macaddrs": "macaddr_data"}.items()
    },
    ("vlan", "ingress_qos_map"): "ingress_qos",
    ("vlan", "egress_qos_map"): "egress_qos",
    ("bond", "lacp_active"): "ad_lacp_active",
    ("bond", "lacp_rate"): "ad_lacp_rate",
    ("bond", "num_peer_notif"): "num_peer_notif",
    (PORT, "multicast_router"): "multicast_router",
    (PORT, "fast_leave"): "fastleave",
}
COMMON_KEYS = {
    "mac": "address",
    "mtu": "mtu",
    "tx_queue_len": "txqlen",
    "alias": "ifalias",
    "link_group": "group",
    "ipv6_addr_gen_mode": "inet6_addr_gen_mode",
    **{attribute.name: attribute.name for attribute in kinds.OF_DRIVERS},
}

COMMON_VALUES: dict[str, list[t.Any]] = {
    "mac": ["52:54:00:00:00:0a", "52:54:00:00:00:0b"],
    "mtu": [1400, 1300],
    "tx_queue_len": [500, 0],
    "alias": ["first", "the second one"],
    "link_group": [7, 0x7FFFFFFF],
    "ipv6_addr_gen_mode": ["none", "random"],
    "num_tx_queues": [3, 2],
    "num_rx_queues": [2, 5],
    "gso_max_size": [40000, 65536],
    "gso_max_segs": [100, 65535],
    "gro_max_size": [40000, 65536],
    "gso_ipv4_max_size": [30000, 50000],
    "gro_ipv4_max_size": [30000, 50000],
}

# ip shows accounts by name.
_NUMBERS: dict[str, t.Callable[[str], int]] = {
    "user": lambda name: pwd.getpwnam(name).pw_uid,
    "group": lambda name: grp.getgrnam(name).gr_gid,
}

_QUEUES = ("num_tx_queues", "num_rx_queues")

# What else of a link may follow when an attribute changes.
FOLLOWS = {
    **{(kind, "%s_max_size" % which): {"%s_ipv4_max_size" % which} for kind in kinds.KINDS for which in ("gso", "gro")},
    ("ipvlan", "isolation"): {"bridge", "private", "vepa"},
    ("macvlan", "mode"): {"macaddr_count"},
    ("macvtap", "mode"): {"macaddr_count"},
    ("macvlan", "bcqueuelen"): {"usedbcqueuelen"},
    ("macvtap", "bcqueuelen"): {"usedbcqueuelen"},
    ("bridge", "priority"): {"bridge_id", "root_id"},
    ("bridge", "mac"): {"bridge_id", "root_id"},
    ("bridge", "stp"): {"root_id", "forward_delay"},
    ("macvlan", "macaddrs"): {"macaddr_count"},
    ("macvtap", "macaddrs"): {"macaddr_count"},
    ("bond", "mode"): {"miimon", "arp_validate", "ad_actor_sys_prio", "ad_user_port_key", "ad_actor_system"},
    ("bond", "primary"): {"active_slave"},
    (PORT, "priority"): {"id", "designated_port"},
    (PORT, "group_fwd_mask"): {"group_fwd_mask_str"},
    # A tunnel's ends stand in the place of addresses; a word of a flag of its own.
    **{(kind, "local"): {"address", "permaddr"} for kind in ("gre", "ip6gre")},
    **{(kind, "remote"): {"broadcast"} for kind in ("gre", "ip6gre")},
    **{
        (kind, name): {"ip6_tnl_f_" + flag}
        for kind in ("ip6gre", "ip6gretap")
        for name, flag in {
            "encaplimit": "ign_encap_limit",
            "tclass": "use_orig_tclass",
            "flowlabel": "use_orig_flowlabel",
            "fwmark": "use_orig_fwmark",
        }.items()
    },
    **{
        (kind, "encap"): {"encap.sport", "encap.dport", "encap.csum", "encap.csum6", "encap.remcsum"}
        for kind in ("gre", "gretap", "ip6gre", "ip6gretap")
    },
}
RESTLESS = {
    *("hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "operstate", "qdisc", "link"),
    # Of a port: a bridge hears of its carrier up to a second late.
    *("state", "forward_delay_timer", "message_age_timer", "hold_timer"),
}


# ---- what ip says ---------------------------------------------------------------------------------------------------


def sh(command: str) -> str:
    """Run a command that must succeed."""
    done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise Wrong("%s: %s%s" % (command, done.stdout, done.stderr))
    return done.stdout


class Ip:
    """An ip that goes on answering, from the namespace that it is started in: starting one takes longer than what it does."""

    def __init__(self) -> None:
        command = ["ip", "-details", "-json", "-batch", "-"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def links(self) -> list[Options]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(b"link show\n")
        self.process.stdin.flush()
        text = b""
        while True:
            part = os.read(self.process.stdout.fileno(), 1 << 20)
            text += part
            try:
                return t.cast("list[Options]", json.loads(text))
            except ValueError:
                if not part:
                    raise Wrong("ip says: %s%s" % (text.decode(), self.close())) from None

    def close(self) -> str:
        return self.process.communicate()[1].decode()


def flat(shown: Options) -> Options:
    """A link as ip shows it, its kind's own attributes and those of a port beside the others."""
    info = shown.get("linkinfo", {})
    link = {key: value for key, value in shown.items() if key not in RESTLESS | {"linkinfo", "flags"}}
    link["up"] = "UP" in shown["flags"]
    for part in ("info_data", "info_slave_data"):
        data = info.get(part, {})
        data.update({"encap." + key: value for key, value in data.pop("encap", {}).items()})
        link.update({"%s.%s" % (part, key): value for key, value in data.items() if key not in RESTLESS})
    return link


def key_of(kind: str, attribute: kinds.Attribute) -> str:
    """Where ip shows an attribute."""
    if attribute is kinds.COMMON_BY_OPTION.get(attribute.name):
        return COMMON_KEYS[attribute.name]
    if attribute.nla == "IFLA_VLAN_FLAGS":
        return "info_data.flags"
    word = attribute.ip or getattr(attribute.type, "words", ("", ""))[1]
    return ("info_slave_data." if kind in OPTIONS else "info_data.") + KEYS.get((kind, attribute.name), word)


def plain(kind: str, attribute: kinds.Attribute, shown: Options) -> t.Any:
    """What ip shows of an attribute, in the words that a user sets it with."""
    key = key_of(kind, attribute)
    if isinstance(attribute.type, values.Ip) and key + "6" in shown:
        key += "6"
    return _plain_of_type(attribute, shown.get(key), shown)


def _plain_of_type(attribute: kinds.Attribute, found: t.Any, shown: Options) -> t.Any:
    special = {
        "isolation": lambda: next((word for word in ("private", "vepa", "bridge") if shown.get("info_data." + word)), None),
        "multicast_router": lambda: ("disabled", "temp_query", "permanent", "temp")[found],
        "link_group": lambda: 0 if found == "default" else int(found),
        "group_fwd_mask": lambda: int(str(found), 16),
        "arp_validate": lambda: found or "none",
        "encap": lambda: found or "none",
    }
    by_type: dict[type[values.Type], t.Callable[[], t.Any]] = {
        values.Bit: lambda: attribute.ip.upper() in found if isinstance(found, list) else bool(found),
        values.BareBit: lambda: bool(found),
        values.QosMap: lambda: {pair["from"]: pair["to"] for pair in found or ()},
        values.IpList: lambda: found or [],
        values.Macs: lambda: found or [],
        values.Worded: lambda: int(str(found or 0), 0),
        values.OrWord: lambda: _number_or_word(attribute.type, found, shown),  # type: ignore[arg-type]
        values.Account: lambda: _NUMBERS[attribute.name](found) if found else None,
        values.Flag: lambda: found in (True, 1, "1", "on", "true"),
        values.Presence: lambda: bool(found),
        values.Seconds: lambda: None if found is None else found / 100,
        values.PortRange: lambda: "%d-%d" % (found["low"], found["high"]),
        **dict.fromkeys((values.Unsigned, values.Signed), lambda: 0 if found is None else int(str(found), 0)),
    }
    reader = special.get(attribute.name) or by_type.get(type(attribute.type)) or (lambda: "" if found is None else found)
    return reader()


def _number_or_word(kind: values.OrWord, found: t.Any, shown: Options) -> t.Any:
    """ip shows the word as a flag of its own, or leaves the number out."""
    flags = {"none": ("ign_encap_limit",), "inherit": ("use_orig_tclass", "use_orig_flowlabel", "use_orig_fwmark")}
    if kind.name == "inherit" and isinstance(kind.says, (int, bytes)) and kind.second_wire != "cdata":
        return "inherit" if found is None else found
    if found is None and any(shown.get("info_data.ip6_tnl_f_" + flag) for flag in flags[kind.name]):
        return kind.name
    return int(str(found or 0), 0)


def untold(index: int) -> dict[int, bytes]:
    """What the kernel says of a link, where an ip that is as old as the tests' does not show all of it."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(struct.pack("=IHHIIBxHiII", 32, 18, 1, 1, 0, 0, 0, index, 0, 0))  # RTM_GETLINK, NLM_F_REQUEST
        return dict(pieces(netlink.recv(1 << 20)[32:]))


def pieces(data: bytes) -> t.Iterator[tuple[int, bytes]]:
    """Netlink attributes by their numbers."""
    while len(data) >= 4:
        length, number = struct.unpack_from("=HH", data)
        yield number & 0x3FFF, data[4:length]
        data = data[(length + 3) & ~3 :]


# ---- values that follow from an attribute's type ---------------------------------------------------------------------


def values_for(attribute: kinds.Attribute, usual: t.Any) -> list[t.Any]:
    """Values to walk through, the first one not what a new link has anyway."""
    kind = attribute.type
    if isinstance(kind, (values.Flag, values.Bit, values.Presence)):
        found: list[t.Any] = [not usual, usual]
    elif isinstance(kind, values.Choice):
        found = [word for word in kind.numbers if word != usual] + [usual]
    elif isinstance(kind, values.Unsigned):
        found = [number for number in (kind.high, kind.low, kind.low + 1) if number != usual]
    elif isinstance(kind, values.Seconds):
        found = [seconds for seconds in (min(kind.high, 100000), kind.low, kind.low + 1) if seconds != usual]
    elif isinstance(kind, values.PortRange):
        found = ["32768-61000", "1024-1024"]
    else:
        raise Wrong("the test has no values for %s" % attribute.name)
    found = list(dict.fromkeys(found))
    # Two that a new link does not have, or all words.
    return [*found, usual][:2] if isinstance(kind, (values.Unsigned, values.Seconds)) else found


# ---- walking --------------------------------------------------------------------------------------------------------


def same(attribute: kinds.Attribute, found: t.Any, value: t.Any) -> bool:
    """Whether what ip shows is what was asked for, in whichever words."""
    try:
        return bool(attribute.type.parse(found) == attribute.type.parse(value))
    except ValueError:
        return False


_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


def enter_new_namespace() -> None:
    if _libc.unshare(_CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare: %s" % os.strerror(ctypes.get_errno()))


def carry_out(namespaces: Namespaces, raw: Options) -> Options:
    """What a task of module link does: its result."""
    walker = Walker()
    link = walker.nested_link({"name": NAME, **raw}, "", {})
    walker.finish()
    assert link
    return device.carry_out(namespaces, Topology(links=[link]), False, lambda text: None)


def kernel_makes(kind: str) -> bool:
    """Whether the kernel knows a kind at all. That it wants more to make one is an answer too."""
    enter_new_namespace()
    if kind == "tun":
        return os.path.exists("/dev/net/tun")
    done = subprocess.run(["ip", "link", "add", "name", "try", "type", kind], stderr=subprocess.PIPE, text=True, check=False)
    return not any(text in done.stderr for text in ("Unknown device type", "not supported"))


class Walk:
    """The walk through one scene."""

    def __init__(self, scene: Scene, names: t.Sequence[str], common: bool) -> None:
        self.scene, self.kind = scene, TABLES[scene.kind]
        self.attributes = [self.kind.by_option[name] for name in names]
        self.common = common
        self.wrong: list[str] = []
        self.lacking: list[str] = []
        self.later: list[str] = []  # what newer kernels have
        self.walked: list[str] = []
        self.count = 0
        enter_new_namespace()
        sh("ip link set dev lo up")
        for command in scene.before:
            sh(command)
            if command.startswith("ip link add"):
                sh("ip link set dev %s up" % command.split()[4])
        self.namespaces = Namespaces()
        self.kernel = Kernel(self.namespaces)
        self.ip = Ip()

    def look(self, name: str = NAME) -> Options:
        found = [link for link in self.ip.links() if link["ifname"] == name]
        if not found:
            raise Wrong("there is no %s" % name)
        shown = flat(found[0])
        more = untold(shown["ifindex"])
        data = dict(pieces(dict(pieces(more[18])).get(5 if self.scene.kind in OPTIONS else 2, b"")))  # of IFLA_LINKINFO
        for attribute in self.kind.attributes:
            if attribute.since and attribute.number in data:
                shown.setdefault(key_of(self.scene.kind, attribute), any(data[attribute.number]))
        for attribute in kinds.OF_DRIVERS:
            if attribute.since and attribute.number in more:
                shown.setdefault(attribute.name, struct.unpack("=I", more[attribute.number])[0])
        return shown

    def task(self, common: Options, options: Options, **more: t.Any) -> Options:
        kind = kinds.BY_RTNETLINK[self.kind.rtnetlink].name
        return carry_out(self.namespaces, {"kind": kind, OPTIONS.get(self.scene.kind, "options"): options, **common, **more})

    def walk(self) -> None:
        beside = [self.kind.by_option[name] for name, value in self.scene.beside.items() if value is True]
        if any(attribute.config and not self.kernel_has(attribute) for attribute in beside):
            self.lacking += [attribute.name for attribute in self.attributes]
            return
        usual = self.bare()
        known = [name for name in COMMON_VALUES if not kinds.COMMON_BY_OPTION[name].since or name in usual]
        self.common_values = {name: COMMON_VALUES[name] for name in known}
        self.later += [name for name in COMMON_VALUES if self.common and name not in known]
        plan: list[tuple[kinds.Attribute, list[t.Any]]] = []
        for attribute in self.attributes:
            shown = key_of(self.scene.kind, attribute) in usual
            unshown = attribute.born is not None or attribute.needs or attribute.name == "encap"
            if attribute.since and not shown:
                self.later.append(attribute.name)
                continue
            if attribute.config and not (self.kernel_has(attribute) if unshown else shown):
                self.lacking.append(attribute.name)
                continue
            given = self.scene.walks.get(attribute.name)
            plan.append((attribute, list(given or values_for(attribute, plain(self.scene.kind, attribute, usual)))))
        first = {attribute.name: values_[0] for attribute, values_ in plan}
        if not self.attempt("making it", lambda: self.make(first)):
            return
        for attribute, values_ in plan:
            self.attempt(attribute.name, lambda a=attribute, v=values_: self.change(a, v))  # type: ignore[misc]
        if self.common:
            for name, values_ in self.common_values.items():
                if name == "mac" and self.kind.mac == kinds.NEVER:
                    self.attempt(name, lambda v=values_: self.fixed_mac(v[1]))  # type: ignore[misc]
                elif name == "mac" and not self.kind.takes_mac(self.scene.beside):
                    self.attempt(name, lambda v=values_: self.no_mac(v[0]))  # type: ignore[misc]
                elif name in _QUEUES and self.kind.queues == kinds.OF_ITS_DRIVER:
                    self.attempt(name, lambda n=name, v=values_: self.no_queues(n, v[0]))  # type: ignore[misc]
                else:
                    attribute = kinds.COMMON_BY_OPTION[name]
                    self.attempt(name, lambda a=attribute, v=values_: self.change(a, v))  # type: ignore[misc]
        self.attempt("in the end", lambda: self.quiet(first))
        self.namespaces.close()
        self.ip.close()

    def kernel_has(self, attribute: kinds.Attribute) -> bool:
        """Whether the kernel was built with an attribute that may be off because it was not."""
        value = self.scene.walks.get(attribute.name) or values_for(attribute, None)
        options = dict(self.scene.beside, **{attribute.name: value[0]})
        parsed = {name: self.kind.by_option[name].type.parse(value) for name, value in options.items()}
        words = ops.AddLink("", "try", self.kind, {}, parsed).commands()[0]
        done = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode == 0:
            shown = self.look("try")
            sh("ip link delete dev try")
            return key_of(self.scene.kind, attribute) in shown
        return "not supported" not in done.stderr

    def attempt(self, what: str, action: t.Callable[[], None]) -> bool:
        try:
            action()
            return True
        except (Wrong, NetdevError) as error:
            self.wrong.append("%s %s: %s" % (self.scene.kind, what, error))
        except Exception:
            self.wrong.append("%s %s: %s" % (self.scene.kind, what, traceback.format_exc()))
        return False

    def bare(self) -> Options:
        """What a link has that is made with nothing but what it can't do without."""
        # An external tunnel needs no ends; one without ends that has no key is the driver's own.
        names = [name for name in (*self.kind.required, "external", "ikey") if name in self.scene.walks]
        needed = dict(self.scene.beside, **{name: self.scene.walks[name][0] for name in names})
        self.task(self.scene.link, needed)
        shown = self.look()
        self.task({}, {}, state="absent", **self.peer())
        return shown

    def peer(self) -> Options:
        return {key: value for key, value in self.scene.link.items() if key == "peer"}

    def make(self, first: Options) -> None:
        common = {"admin_state": "up", **self.scene.link}
        if self.common:
            common.update({name: values_[0] for name, values_ in self.common_values.items()})
            if self.kind.queues == kinds.OF_ITS_DRIVER:
                for name in _QUEUES:
                    del common[name]
            if not self.kind.takes_mac(self.scene.beside):
                del common["mac"]
        options = {**self.scene.beside, **first}
        result = self.task(common, options)
        shown = self.look()
        if not result["changed"] or not shown["up"]:
            raise Wrong("it was not made: %s" % result["commands"])
        for name, value in options.items():
            self.expect(self.kind.by_option[name], value, shown, "when the link is made")
        if self.common:
            for name in self.common_values:
                if name in common:
                    self.expect(kinds.COMMON_BY_OPTION[name], common[name], shown, "when the link is made")
        self.now = shown

    def quiet(self, first: Options) -> None:
        """Everything is as it was when the link was made, and the task has nothing to do."""
        again = self.task(self.scene.link, {**self.scene.beside, **first})
        if again["changed"]:
            raise Wrong("asked for again it is changed: %s" % again["commands"])

    def expect(self, attribute: kinds.Attribute, value: t.Any, shown: Options, when: str) -> None:
        found = plain(self.scene.kind, attribute, shown)
        if not same(attribute, found, value):
            self.wrong.append("%s %s: set to %r %s, ip shows %r" % (self.scene.kind, attribute.name, value, when, found))

    def change(self, attribute: kinds.Attribute, values_: list[t.Any]) -> None:
        """To each value in turn, and back to the first."""
        self.walked.append(attribute.name)
        now = values_[0]
        for value in [*values_[1:], values_[0]]:
            has, asked = attribute.type.parse(now), attribute.type.parse(value)
            if attribute.change == kinds.AT_CREATION:
                if self.set(attribute, value)["changed"]:
                    raise Wrong("belongs to whoever opens the device, but is changed")
            elif not attribute.can_change(asked, has):
                if value != now:
                    self.refused(attribute, value)
            elif attribute.needs_down:
                self.flapping(attribute, value)
                now = value
            else:
                self.live(attribute, value)
                now = value
            self.count += 1
        if attribute.needs_no_ports:
            self.with_port(attribute, values_[1])

    def set(self, attribute: kinds.Attribute, value: t.Any, **more: t.Any) -> Options:
        if kinds.COMMON_BY_OPTION.get(attribute.name) is attribute:
            return self.task({attribute.name: value}, {}, **self.peer(), **more)
        return self.task({}, {attribute.name: value}, **self.peer(), **more)

    def flapping(self, attribute: kinds.Attribute, value: t.Any) -> None:
        """The kernel changes it on a link that is down only, and so does a task that may take it down."""
        self.must_not_change(attribute, value, "up")
        self.must_be_refused(attribute, value, "allow_flap: true")
        self.live(attribute, value, flapped=[{"netns": "", "name": NAME}], allow_flap=True)

    def with_port(self, attribute: kinds.Attribute, value: t.Any) -> None:
        """With a port it can't be changed, whether the link is up or down."""
        sh("ip link set dev port0 down")
        sh("ip link set dev port0 master " + NAME)
        self.must_be_refused(attribute, value, "only while %s has no ports; it has port0" % NAME)
        for state in ("down", "up"):
            self.must_not_change(attribute, value, state)
        sh("ip link set dev port0 nomaster")
        self.now = self.look()

    def live(self, attribute: kinds.Attribute, value: t.Any, flapped: t.Any = (), **more: t.Any) -> None:
        before = self.now
        result = self.set(attribute, value, **more)
        self.now = after = self.look()
        if not result["changed"] or result["flapped"] != list(flapped) or result["recreated"] or not after["up"]:
            raise Wrong("to %r was not changed live: %s" % (value, result["commands"]))
        self.expect(attribute, value, after, "on an existing link")
        key = key_of(self.scene.kind, attribute)
        others = FOLLOWS.get((self.scene.kind, attribute.name), set())
        follows = {key, key + "6", *others, *("%s.%s" % (part, other) for part in ("info_data", "info_slave_data") for other in others)}
        more_changes = {key for key in {*before, *after} - follows if before.get(key) != after.get(key)}
        if more_changes:
            raise Wrong("to %r changed others too: %s" % (value, {key: (before.get(key), after.get(key)) for key in more_changes}))

    def refused(self, attribute: kinds.Attribute, value: t.Any) -> None:
        """The task is refused, and rightly so: the kernel can't, whether the link is up or down."""
        before = self.now
        self.must_be_refused(attribute, value)
        if not self.kind.by_ioctl:
            self.must_not_change(attribute, value, "down")
            self.must_not_change(attribute, value, "up")
        self.now = after = self.look()
        changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
        if changed:
            raise Wrong("to %r is refused, but changed %s" % (value, changed))

    def must_be_refused(self, attribute: kinds.Attribute, value: t.Any, way: str = "recreate: true") -> None:
        try:
            result = self.set(attribute, value)
        except NetdevError as error:
            if way not in str(error):
                raise Wrong("to %r is refused by a message that does not tell the way: %s" % (value, error)) from None
        else:
            raise Wrong("to %r should be refused, but: %s" % (value, result["commands"]))

    def no_queues(self, name: str, number: int) -> None:
        """A link whose driver alone knows how many queues it has."""
        self.walked.append(name)
        self.count += 1
        for change in (number, 5):
            self.must_be_refused(kinds.COMMON_BY_OPTION[name], change, "as many as its driver gives it")

    def no_mac(self, mac: str) -> None:
        """A link that can't be given a link-layer address."""
        try:
            self.task({"mac": mac}, {})
        except NetdevError as error:
            if "link-layer address" in str(error):
                return
            raise
        raise Wrong("a link-layer address should be refused")

    def fixed_mac(self, mac: str) -> None:
        """A link-layer address that is the link's for good."""
        attribute = kinds.COMMON_BY_OPTION["mac"]
        self.walked.append(attribute.name)
        self.count += 1
        self.must_be_refused(attribute, mac)
        for state in ("down", "up"):
            sh("ip link set dev %s %s" % (NAME, state))
            words = ["ip", "link", "set", "dev", NAME, "address", mac]
            if subprocess.run(words, stderr=subprocess.DEVNULL, check=False).returncode == 0:
                raise Wrong("the table says %s, but the kernel changes it on a link that is %s" % (self.kind.mac, state))

    def must_not_change(self, attribute: kinds.Attribute, value: t.Any, state: str) -> None:
        """The kernel itself refuses, or ignores, to change it on a link in this state."""
        sh("ip link set dev %s %s" % (NAME, state))
        with contextlib.suppress(NetdevError):
            there = self.kernel._read("", NAME)
            setting = {attribute.name: attribute.type.parse(value)}
            if kinds.COMMON_BY_OPTION.get(attribute.name) is attribute:
                self.kernel.execute(ops.SetLink("", NAME, setting))
            else:
                self.kernel.execute(ops.SetKind("", NAME, self.kind, setting, there.options, there.parent_at, there.common["mtu"]))
        if same(attribute, plain(self.scene.kind, attribute, self.look()), value):
            self.wrong.append(
                "%s %s: the table says %s, but the kernel changes it to %r on a link that is %s"
                % (self.scene.kind, attribute.name, attribute.change, value, state)
            )


# ---- VLANs and forwarding entries -----------------------------------------------------------------------------------

# As a task has them, and as bridge(8) shows them, the tag of a VLAN or the MAC first.
VLANS: list[tuple[list[t.Any], set[str]]] = [
    ([7, {"vid": 8, "pvid": True, "untagged": True}, "100-110"], {"7", "8 PVID Egress Untagged", "100-110"}),
    ([{"vid": 7, "untagged": True}, {"vid": 9, "pvid": True}], {"7 Egress Untagged", "9 PVID"}),
    (["2-4094"], {"2-4094"}),
    ([], set()),
]
FORWARDING: list[tuple[list[t.Any], set[str]]] = [
    ([{"mac": MACS[0]}, {"mac": MACS[1], "sticky": True}], {MACS[0] + " static", MACS[1] + " static sticky"}),
    ([{"mac": MACS[0], "static": False, "sticky": True}], {MACS[0] + " sticky"}),
    ([{"mac": MACS[2]}], {MACS[2] + " static"}),
    ([], set()),
]


def shown_vlans() -> set[str]:
    found = [entry["vlans"] for entry in json.loads(sh("bridge -json -compressvlans vlan show dev " + NAME) or "[]")]
    return {
        " ".join(["%d-%d" % (vlan["vlan"], vlan["vlanEnd"]) if "vlanEnd" in vlan else str(vlan["vlan"]), *vlan.get("flags", [])])
        for vlans in found
        for vlan in vlans
    }


def shown_forwarding() -> set[str]:
    entries = json.loads(sh("bridge -json fdb show brport " + NAME) or "[]")
    made = [entry for entry in entries if entry.get("state") == "static" or "sticky" in entry["flags"]]
    return {" ".join([entry["mac"], *([entry["state"]] if entry.get("state") else []), *entry["flags"]]) for entry in made}


@dataclasses.dataclass(frozen=True)
class Listing:
    """A list that a bridge, or a port of one, has: where it stands in a task, its values, and what shows it."""

    name: str
    values: list[tuple[list[t.Any], set[str]]]
    shown: t.Callable[[], set[str]]
    filtering: bool  # needs a kernel whose bridges filter VLANs
    port: bool

    def task(self, namespaces: Namespaces, value: list[t.Any]) -> Options:
        raw: Options = {"purge": [self.name]}
        if self.port:
            # One that ages the kernel takes on a port that can learn: with carrier.
            peer = {"name": "other", "admin_state": "up"}
            raw.update({"kind": "veth", "admin_state": "up", "peer": peer, "master": "br0", "port": {self.name: value}})
        else:
            raw.update({"kind": "bridge", "options": {"vlan_filtering": True}, self.name: value})
        return carry_out(namespaces, raw)


LISTINGS = (
    Listing("vlans", VLANS, shown_vlans, filtering=True, port=True),
    Listing("vlans", VLANS, shown_vlans, filtering=True, port=False),
    Listing("fdb", FORWARDING, shown_forwarding, filtering=False, port=True),
)


def walk_listing(listing: Listing) -> int | None:
    """To each value, the first of them when the link is made, and back. How many changes; None where this kernel lacks it."""
    enter_new_namespace()
    words = ["ip", "link", "add", "name", "br0", "type", "bridge", *(["vlan_filtering", "1"] if listing.filtering else [])]
    if subprocess.run(words, stderr=subprocess.DEVNULL, check=False).returncode:
        return None
    sh("ip link set dev br0 up")
    namespaces = Namespaces()
    try:
        for value, expected in [*listing.values, *listing.values[-2::-1]]:
            for again in (False, True):
                result = listing.task(namespaces, value)
                if result["changed"] == again:
                    raise Wrong("to %r, %s time: %s" % (value, "second" if again else "first", result["commands"]))
            if listing.shown() != expected:
                raise Wrong("set to %r, bridge shows %s" % (value, sorted(listing.shown())))
    finally:
        namespaces.close()
    return 2 * len(listing.values) - 1


def scenes_to_walk() -> list[tuple[Scene, list[str], bool]]:
    """Each scene with the attributes walked in it, and whether what every link has is walked too. Every attribute is in one."""
    found = []
    seen: set[str] = set()
    for scene in SCENES:
        names = list(scene.walks)
        first = scene.kind not in seen
        if first:
            named = {name for other in SCENES if other.kind == scene.kind for name in other.walks}
            names = [a.name for a in TABLES[scene.kind].attributes if a.name in scene.walks or a.name not in named]
        seen.add(scene.kind)
        found.append((scene, names, first and scene.kind in kinds.KINDS))
    left = set(TABLES) - seen
    if left:
        raise Wrong("the test has no scene for %s" % ", ".join(sorted(left)))
    return found


def main() -> None:
    module = basic.AnsibleModule(
        argument_spec={
            # Whether a kind, or an attribute, that the kernel lacks is a failure.
            "complete": {"type": "bool", "default": False},
            "only": {"type": "str", "default": ""},
        }
    )
    # Once here, and not for each task.
    rtnetlink._Pyroute2 = functools.lru_cache(rtnetlink._Pyroute2)  # type: ignore[assignment,misc]
    walked: dict[str, dict[str, t.Any]] = {}
    lacking: list[str] = []
    later: list[str] = []
    wrong: list[str] = []
    makes: dict[str, bool] = {}
    for scene, names, common in scenes_to_walk():
        if module.params["only"] not in ("", scene.kind):
            continue
        if scene.kind not in makes:
            makes[scene.kind] = kernel_makes(TABLES[scene.kind].rtnetlink if scene.kind in kinds.KINDS else scene.kind.split()[0])
            if not makes[scene.kind]:
                lacking.append(scene.kind)
        if not makes[scene.kind]:
            continue
        start = time.monotonic()
        walk = Walk(scene, names, common)
        walk.attempt("as a whole", walk.walk)
        entry = walked.setdefault(scene.kind, {"attributes": [], "changes": 0, "seconds": 0.0})
        entry["attributes"] = sorted({*entry["attributes"], *walk.walked})
        entry["changes"] += walk.count
        entry["seconds"] = round(entry["seconds"] + time.monotonic() - start, 2)
        wrong += walk.wrong
        lacking += ["%s.%s" % (scene.kind, name) for name in walk.lacking]
        later += ["%s.%s" % (scene.kind, name) for name in walk.later]
    for listing in LISTINGS if module.params["only"] in ("", PORT) else ():
        what = "%s of a bridge%s" % (listing.name, "'s port" if listing.port else "")
        try:
            changes = walk_listing(listing)
        except (Wrong, NetdevError) as error:
            wrong.append("%s: %s" % (what, error))
            continue
        if changes is None:
            lacking.append(what)
        else:
            walked[what] = {"attributes": [listing.name], "changes": changes, "seconds": 0.0}
    if module.params["complete"]:
        wrong += ["%s: this kernel lacks it" % what for what in lacking]
    summary = {
        "walked": {
            kind: "%d attributes, %d changes, %.1f s" % (len(entry["attributes"]), entry["changes"], entry["seconds"])
            for kind, entry in walked.items()
        },
        "attributes": sum(len(entry["attributes"]) for entry in walked.values()),
        "changes": sum(entry["changes"] for entry in walked.values()),
        "lacking": lacking,
        "later": later,
    }
    if wrong or not walked:
        module.fail_json(msg="the kinds table and the kernel disagree %d times" % len(wrong), wrong=wrong, **summary)
    module.exit_json(changed=False, **summary)


if __name__ == "__main__":
    main()
