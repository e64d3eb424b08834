# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans for bonds, vrfs and tunnels, by example: what changes only while a link is down, and what changes others along."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils.model import Link, Topology
from ansible_collections.netdev.linux.plugins.module_utils.plan import plan
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker
from ansible_collections.netdev.linux.tests.unit.plugins.module_utils.test_plan import FOUR, SIX, lines, refused, there, world

BOND: dict[str, t.Any] = {"mode": "active-backup", "miimon": 100, "updelay": 200, "arp_interval": 0, "fail_over_mac": "none"}
LACP: dict[str, t.Any] = {"mode": "802.3ad", "miimon": 100, "lacp_rate": "slow"}


def link(name: str, kind: str | None = None, **more: t.Any) -> Topology:
    """A task of module link."""
    walker = Walker()
    found = walker.nested_link({"name": name, **({"kind": kind} if kind else {}), **more}, "", {})
    walker.finish()
    assert found
    return Topology(links=[found])


def bond(*ports: str, **fields: t.Any) -> list[Link]:
    """A bond with ports, as they are then."""
    mac = "02:00:00:00:00:01"
    state = {"admin_state": "up", "mac": mac}
    return [there("bond0", "bond", **{**BOND, **state, **fields}), *(there(name, "dummy", master="bond0", **state) for name in ports)]


# ---- down for a moment ----------------------------------------------------------------------------------------------


def test_what_changes_only_while_down_needs_leave() -> None:
    observed = world(there("bond0", "bond", admin_state="up", **LACP))
    assert refused(link("bond0", "bond", options={"lacp_rate": "fast"}), observed) == (
        "options.lacp_rate: the kernel changes it only while bond0 is down, and it is up. Set allow_flap: true to allow that"
    )


def test_down_up_and_what_went_with_it_put_back() -> None:
    vlan = there("bond0.7", "vlan", admin_state="up", addresses=[SIX], id=7, parent_at=("", "bond0"))
    other = there("bond0.8", "vlan", id=8, parent_at=("", "bond0"))
    loose = there("bond0.9", "vlan", admin_state="up", addresses=[SIX], id=9, loose_binding=True, parent_at=("", "bond0"))
    observed = world(there("bond0", "bond", admin_state="up", addresses=[FOUR, SIX], **LACP), vlan, other, loose)
    found = plan(link("bond0", "bond", allow_flap=True, options={"lacp_rate": "fast"}), observed)
    assert lines(found) == [
        "ip link set dev bond0 down",
        "ip link set dev bond0 type bond lacp_rate fast",
        "ip link set dev bond0 up",
        "ip address add 2001:db8::1/64 dev bond0.7",
        "ip link set dev bond0.8 down",
        "ip address add 2001:db8::1/64 dev bond0",
    ]
    assert found.flapped == [("", "bond0"), ("", "bond0.7")]


def test_a_link_that_is_down_stays_down() -> None:
    observed = world(there("bond0", "bond", **LACP))
    found = plan(link("bond0", "bond", options={"lacp_rate": "fast"}), observed)
    assert lines(found) == ["ip link set dev bond0 type bond lacp_rate fast"]
    assert not found.flapped


def test_a_link_that_shall_go_down_does_not_come_up_in_between() -> None:
    observed = world(there("bond0", "bond", admin_state="up", **LACP))
    found = plan(link("bond0", "bond", admin_state="down", options={"lacp_rate": "fast"}), observed)
    assert lines(found) == ["ip link set dev bond0 down", "ip link set dev bond0 type bond lacp_rate fast"]


# ---- becoming a port ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "options"), [("bond", BOND), ("vrf", {"table": 7})])
def test_becoming_a_port_takes_a_link_down(kind: str, options: dict[str, t.Any]) -> None:
    observed = world(there("m0", kind, **options), there("p0", "dummy", admin_state="up"))
    assert refused(link("p0", master="m0"), observed) == (
        "master: p0 is up, and becoming a port of m0 takes it down for a moment. Set allow_flap: true to allow that"
    )


def test_enslaved_while_down_and_up_by_itself() -> None:
    observed = world(*bond(mtu=1400), there("p0", "dummy", admin_state="up", addresses=[FOUR, SIX]))
    found = plan(link("p0", master="bond0", allow_flap=True), observed)
    assert lines(found) == [
        "ip link set dev p0 down",
        "ip link set dev p0 master bond0",
        "ip address add 2001:db8::1/64 dev p0",
    ]
    port = found.after.link(("", "p0"))
    assert port
    assert port.up
    assert (port.common["mac"], port.common["mtu"]) == ("02:00:00:00:00:01", 1400)


def test_a_port_of_a_bond_has_its_mac() -> None:
    observed = world(*bond(), there("p0", "dummy"))
    assert refused(link("p0", master="bond0", mac="02:00:00:00:00:07"), observed) == (
        "mac: a port of bond0 has its link-layer address, 02:00:00:00:00:01; leave it out, or set fail_over_mac of the bond"
    )
    observed = world(*bond(fail_over_mac="active"), there("p0", "dummy"))
    assert lines(plan(link("p0", master="bond0", mac="02:00:00:00:00:07"), observed)) == [
        "ip link set dev p0 address 02:00:00:00:00:07",
        "ip link set dev p0 master bond0",
    ]


def test_leaving_a_bond_is_a_flap_too() -> None:
    observed = world(*bond("p0"))
    found = plan(link("p0", master="", allow_flap=True), observed)
    assert lines(found) == ["ip link set dev p0 nomaster", "ip link set dev p0 up"]
    assert found.flapped == [("", "p0")]


def test_one_with_a_mark_is_named_before_it_is_enslaved() -> None:
    walker = Walker()
    wanted = walker.topology({"owner": "lab", "links": [{"name": "p0", "kind": "dummy", "master": "bond0"}]})
    walker.finish()
    found = lines(plan(wanted, world(*bond())))
    assert found[-1] == "ip link set dev p0 master bond0"
    assert "master" not in found[0]


# ---- ports that options name ----------------------------------------------------------------------------------------


def test_a_primary_is_set_once_its_port_is_there() -> None:
    walker = Walker()
    wanted = walker.topology(
        {
            "links": [
                {"name": "bond0", "kind": "bond", "options": {"mode": "active-backup", "primary": "p1"}},
                {"name": "p1", "kind": "dummy", "master": "bond0"},
            ]
        }
    )
    walker.finish()
    assert lines(plan(wanted, world())) == [
        "ip link add name bond0 type bond mode active-backup",
        "ip link add name p1 type dummy",
        "ip link set dev p1 master bond0",
        "ip link set dev bond0 type bond primary p1",
    ]


def test_a_primary_must_be_a_port() -> None:
    observed = world(*bond("p0"), there("p1", "dummy"))
    assert refused(link("bond0", "bond", options={"primary": "p1"}), observed) == "options.primary: p1 is not a port of bond0"


def test_no_primary_is_more_than_iproute2_can_say() -> None:
    observed = world(*bond("p0", primary="p0"))
    assert lines(plan(link("bond0", "bond", options={"primary": ""}), observed)) == ["native: set primary of bond0 to none"]


# ---- what moves others ----------------------------------------------------------------------------------------------


def test_delays_are_counted_in_periods() -> None:
    found = plan(link("bond0", "bond", options={"miimon": 50}), world(*bond()))
    assert lines(found) == ["ip link set dev bond0 type bond miimon 50"]
    after = found.after.link(("", "bond0"))
    assert after
    assert after.options["updelay"] == 100


def test_a_delay_that_moved_is_set_again() -> None:
    found = plan(link("bond0", "bond", options={"miimon": 50, "updelay": 200}), world(*bond()))
    assert lines(found) == ["ip link set dev bond0 type bond miimon 50", "ip link set dev bond0 type bond updelay 200"]


def test_one_monitoring_takes_the_place_of_the_other() -> None:
    found = plan(link("bond0", "bond", options={"arp_interval": 100}), world(*bond()))
    after = found.after.link(("", "bond0"))
    assert after
    assert (after.options["arp_interval"], after.options["miimon"]) == (100, 0)
    assert "updelay" not in after.options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lacp_rate": "fast"}, "options.lacp_rate: only with mode 802.3ad"),
        ({"packets_per_port": 3}, "options.packets_per_port: only with mode balance-rr"),
        ({"miimon": 0, "updelay": 100}, "options.updelay: only with miimon other than 0"),
    ],
)
def test_what_an_option_needs(options: dict[str, t.Any], message: str) -> None:
    assert refused(link("bond0", "bond", options=options), world(*bond())) == message


def test_a_mode_changes_without_ports_only() -> None:
    assert refused(link("bond0", "bond", options={"mode": "balance-rr"}), world(*bond("p0"))) == (
        "mode: the kernel changes it only while bond0 has no ports; it has p0. Unplug them first, or set recreate: true"
    )
    found = lines(plan(link("bond0", "bond", recreate=True, options={"mode": "802.3ad"}), world(*bond("p0"))))
    assert "ip link delete dev bond0" in found
    assert found.index("ip link set dev p0 master bond0") > found.index("ip link delete dev bond0")


# ---- tunnels, maps --------------------------------------------------------------------------------------------------


def test_a_whole_message_carries_everything() -> None:
    """The kernel would reset what is left out; iproute2 reads it by itself."""
    gre = there("gre7", "gre", local="192.0.2.1", remote="192.0.2.2", ikey=7, okey="", iseq=False, oseq=False, ttl=64, pmtudisc=True)
    found = plan(link("gre7", "gre", options={"oseq": True}), world(gre))
    assert lines(found) == ["ip link set dev gre7 mtu 1500 type gre oseq"]
    message = t.cast("t.Any", found.operations[0]).message(whole=True)
    assert (message["remote"], message["ikey"], message["ttl"], message["oseq"]) == ("192.0.2.2", 7, 64, True)


def test_a_map_is_a_whole() -> None:
    """Pairs that are not in it go; the kernel takes one away when it is told to map to 0."""
    vlan = there("v7", "vlan", id=7, ingress_qos_map=((1, 2), (3, 4)), parent_at=("", "base"))
    found = plan(link("v7", "vlan", options={"ingress_qos_map": {1: 5}}), world(vlan, there("base", "dummy")))
    assert lines(found) == ["ip link set dev v7 type vlan ingress-qos-map 1:5 3:0"]
    assert not plan(link("v7", "vlan", options={"ingress_qos_map": ["3:4", "1:2"]}), world(vlan, there("base", "dummy"))).changed


def test_flags_of_one_attribute_go_together() -> None:
    macvlan = there("m0", "macvlan", mode="passthru", nopromisc=True, nodst=False, parent_at=("", "base"))
    found = plan(link("m0", "macvlan", options={"nodst": True}), world(macvlan, there("base", "dummy")))
    assert lines(found) == ["ip link set dev m0 type macvlan mode passthru flag nopromisc flag nodst"]


def test_what_iproute2_gives_a_new_one() -> None:
    assert lines(plan(link("t6", "ip6gre", options={"remote": "2001:db8::2"}), world())) == [
        "ip link add name t6 type ip6gre remote 2001:db8::2 hoplimit 64 encaplimit 4"
    ]
    assert lines(plan(link("vx", "vxlan", options={"external": True, "port": 4789}), world())) == [
        "ip link add name vx type vxlan nolearning dstport 4789 external"
    ]


def test_the_type_of_service_is_hexadecimal_to_iproute2() -> None:
    assert lines(plan(link("vx", "vxlan", options={"id": 5, "tos": 16}), world())) == ["ip link add name vx type vxlan id 5 tos 0x10"]


def test_every_master_says_what_its_ports_go_through() -> None:
    masters = {kind.name: kind.joining for kind in kinds.KINDS.values() if kind.has_ports}
    assert masters == {"bridge": kinds.LIVE, "bond": kinds.LINK_DOWN, "vrf": kinds.CYCLED}
