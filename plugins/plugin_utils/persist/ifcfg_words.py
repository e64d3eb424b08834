# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the two readers of ifcfg files understand, and in which words. THE table: the files and :mod:`.limits` come from here.

The readers are the network-scripts of Red Hat's initscripts (``ifup``, ``ifup-eth``, ``network-functions``; sysconfig.txt) and the plugin
ifcfg-rh of NetworkManager (``nm-settings-ifcfg-rh(5)``). They differ in words and in units.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds, values

NETWORK_SCRIPTS, NETWORKMANAGER = "network-scripts", "networkmanager"

Say = t.Callable[[kinds.Attribute, t.Any], str]


def _kernel(attribute: kinds.Attribute, value: t.Any) -> str:
    """As in sysfs: times in hundredths of a second."""
    return "".join(_words(attribute, value))


def _words(attribute: kinds.Attribute, value: t.Any) -> list[str]:
    return attribute.type.phrase(attribute.name, value)[1:]


def _number(_attribute: kinds.Attribute, value: t.Any) -> str:
    return str(int(value))


def _seconds(_attribute: kinds.Attribute, value: t.Any) -> str:
    return str(value // values.USER_HZ)


def _yes(_attribute: kinds.Attribute, value: t.Any) -> str:
    return "yes" if value else "no"


def _pairs(attribute: kinds.Attribute, value: t.Any) -> str:
    return ",".join(_words(attribute, value))


@dataclasses.dataclass(frozen=True)
class Word:
    """``key`` is the variable; with ``word`` it is a list in it of WORD=VALUE."""

    key: str
    word: str = ""
    say: Say = _kernel


Words = dict[str, Word]  # by option


@dataclasses.dataclass(frozen=True)
class Reader:
    """``of_kind`` has a table for each kind that it knows ("" for a link that exists), ``type`` its TYPE."""

    name: str
    of_kind: dict[str, Words]
    types: dict[str, str]
    always: dict[str, str]  # what every file says
    port: Words

    @property
    def format_name(self) -> str:
        return "ifcfg-" + self.name


# What every link has, as far as both readers know it; beside master and the state, which have words of more than one key.
COMMON: Words = {"mac": Word("MACADDR"), "mtu": Word("MTU")}
COMMON_OPTIONS = (*COMMON, "master", "admin_state")


def _list(key: str, names: t.Iterable[str], others: dict[str, str], say: Say = _kernel) -> Words:
    """``others``: options whose word is not their name."""
    return {name: Word(key, others.get(name, name), say) for name in names}


_BRIDGING = {"vlan_default_pvid": "default_pvid"}
_SYSFS_BRIDGE = {**_BRIDGING, "multicast_hash_max": "hash_max", "group_address": "group_addr"}
_BONDING = {name: attribute.ip for name, attribute in kinds.BOND.by_option.items()}
_BONDING["peer_notify_delay"] = "peer_notif_delay"
_PORT = {"priority": "priority", "cost": "path_cost", "hairpin": "hairpin_mode"}
_TIMES = ("hello_time", "max_age", "ageing_time")
_BY_NM = (
    "multicast_last_member_count",
    "multicast_last_member_interval",
    "multicast_membership_interval",
    "multicast_hash_max",
    "multicast_querier",
    "multicast_querier_interval",
    "multicast_query_interval",
    "multicast_query_response_interval",
    "multicast_query_use_ifaddr",
    "multicast_snooping",
    "multicast_startup_query_count",
    "multicast_startup_query_interval",
    "priority",
    "vlan_filtering",
    "vlan_default_pvid",
    "group_address",
    "group_fwd_mask",
    "vlan_protocol",
    "vlan_stats_enabled",
)
# Files below bridge/ in sysfs that NetworkManager has no word for. That of vlan_protocol wants a number.
_IN_SYSFS = (
    "vlan_stats_per_port",
    "no_linklocal_learn",
    "multicast_router",
    "multicast_stats_enabled",
    "multicast_igmp_version",
    "multicast_mld_version",
    "nf_call_iptables",
    "nf_call_ip6tables",
    "nf_call_arptables",
)
_BOND_BY_NM = (
    "mode",
    "miimon",
    "updelay",
    "downdelay",
    "use_carrier",
    "arp_interval",
    "arp_ip_targets",
    "arp_validate",
    "arp_all_targets",
    "primary",
    "primary_reselect",
    "fail_over_mac",
    "xmit_hash_policy",
    "resend_igmp",
    "num_peer_notif",
    "all_ports_active",
    "min_links",
    "lp_interval",
    "packets_per_port",
    "lacp_rate",
    "ad_select",
    "ad_actor_sys_prio",
    "ad_user_port_key",
    "ad_actor_system",
    "tlb_dynamic_lb",
)
# NetworkManager learned these late.
_BOND_IN_SYSFS = ("peer_notify_delay", "lacp_active", "arp_missed_max")

_BRIDGE_OPTIONS = ("forward_delay", *_TIMES, *(name for name in _BY_NM if name != "vlan_protocol"), *_IN_SYSFS)

_TYPES = {"": "Ethernet", "bridge": "Bridge", "vlan": "Vlan", "bond": "Bond"}
_VLAN: Words = {"reorder_hdr": Word("REORDER_HDR", say=_yes), "gvrp": Word("GVRP", say=_yes)}

READERS = {
    reader.name: reader
    for reader in (
        Reader(
            NETWORK_SCRIPTS,
            types={**_TYPES, "tuntap": "Tap"},
            # HOTPLUG: a device that a module makes is not brought up by udev. IPV6INIT: without, its sysctls are changed.
            always={"HOTPLUG": "no", "NM_CONTROLLED": "no", "NOZEROCONF": "yes"},
            of_kind={
                "": {},
                "bridge": {
                    "stp": Word("STP", say=_yes),
                    **_list("BRIDGING_OPTS", _BRIDGE_OPTIONS, _SYSFS_BRIDGE),
                },
                "vlan": {"id": Word("VID"), **_VLAN},
                "bond": _list("BONDING_OPTS", [*_BOND_BY_NM, *_BOND_IN_SYSFS], _BONDING),
                "tuntap": {"user": Word("OWNER")},
            },
            port=_list("BRIDGING_OPTS", _PORT, _PORT, _number),
        ),
        Reader(
            NETWORKMANAGER,
            types=_TYPES,
            always={},
            of_kind={
                "": {},
                "bridge": {
                    "stp": Word("STP", say=_yes),
                    "forward_delay": Word("DELAY", say=_seconds),
                    **_list("BRIDGING_OPTS", _TIMES, {}, _seconds),
                    **_list("BRIDGING_OPTS", _BY_NM, _BRIDGING),
                },
                "vlan": {
                    "id": Word("VLAN_ID"),
                    **_VLAN,
                    "mvrp": Word("MVRP", say=_yes),
                    "ingress_qos_map": Word("VLAN_INGRESS_PRIORITY_MAP", say=_pairs),
                    "egress_qos_map": Word("VLAN_EGRESS_PRIORITY_MAP", say=_pairs),
                },
                "bond": _list("BONDING_OPTS", _BOND_BY_NM, _BONDING),
            },
            port=_list("BRIDGING_OPTS", _PORT, _PORT),
        ),
    )
}
# Options that NetworkManager takes only while STP is on, and those that it keeps in whole seconds.
ONLY_WITH_STP = ("forward_delay", "priority", "hello_time", "max_age")
IN_SECONDS = ("forward_delay", *_TIMES)
