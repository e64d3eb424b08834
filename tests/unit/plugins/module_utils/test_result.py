# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules return: links in the words of the options, and diffs of exactly the touched keys."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from hypothesis import given, reject, settings

from ansible_collections.netdev.linux.plugins.module_utils import kinds, result
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.export import export
from ansible_collections.netdev.linux.plugins.module_utils.model import Address, Link, Namespace, World, mark
from ansible_collections.netdev.linux.plugins.module_utils.plan import plan
from ansible_collections.netdev.linux.tests.unit.plugins.module_utils.worlds import Scene, scenes


def world() -> World:
    bridge = Link(
        "br0",
        kind="bridge",
        rtnetlink_kind="bridge",
        common={
            "admin_state": "up",
            "mac": "02:00:00:00:00:01",
            "mtu": 1500,
            "tx_queue_len": 1000,
            "link_group": 0,
            "ipv6_addr_gen_mode": "eui64",
        },
        options={"stp": False, "forward_delay": 1500, "multicast_startup_query_interval": 3124},
        addresses=[Address("192.0.2.1", 24), Address("2001:db8::1", 64, nodad=True)],
        altnames=["lan"],
        marks=[mark("lab", "br0")],
        index=2,
        carrier=True,
        running=True,
        oper_state="up",
    )
    near = Link(
        "v0", kind="veth", rtnetlink_kind="veth", common={"master": "br0"}, addresses=[], altnames=[], index=3, port={"isolated": True}
    )
    far = Link("v1", "red", kind="veth", rtnetlink_kind="veth", addresses=[], altnames=[], index=3)
    near.peer_at, far.peer_at = far.where, near.where
    return World(
        {"": Namespace("", links={"br0": bridge, "v0": near}, sysctls={"ipv4.ip_forward": "0"}), "red": Namespace("red", links={"v1": far})}
    )


def diff_of(*operations: ops.Operation) -> dict[str, dict[str, t.Any]]:
    before = world()
    after = before.copy()
    for operation in operations:
        operation.effect(after)
    return result.diff(before, after, [where for operation in operations for where in operation.touches])


# ---- links ----------------------------------------------------------------------------------------------------------


def test_a_link_in_the_words_of_the_options() -> None:
    there = world()
    assert result.show(there.namespaces[""].links["br0"]) == {
        "name": "br0",
        "netns": "",
        "kind": "bridge",
        "ifindex": 2,
        "admin_state": "up",
        "oper_state": "up",
        "running": True,
        "carrier": True,
        "mac": "02:00:00:00:00:01",
        "mtu": 1500,
        "tx_queue_len": 1000,
        "alias": "",
        "link_group": 0,
        "master": "",
        "ipv6_addr_gen_mode": "eui64",
        "addresses": ["192.0.2.1/24", {"address": "2001:db8::1/64", "nodad": True}],
        "altnames": ["lan"],
        "options": {"stp": False, "forward_delay": 15, "multicast_startup_query_interval": 31.24},
    }


def test_a_port_and_its_peer() -> None:
    shown = result.show(world().namespaces[""].links["v0"])
    assert shown["master"] == "br0"
    assert shown["peer"] == {"netns": "red", "name": "v1"}
    assert shown["port"] == {"isolated": True}


def test_a_link_that_is_not_there_yet() -> None:
    """What the kernel chooses is missing from it."""
    shown = result.show(Link("br0", kind="bridge", common={"admin_state": "down"}))
    assert not {"ifindex", "oper_state", "running", "carrier"} & set(shown)
    assert shown["mac"] is None


def test_kinds_that_are_not_ours() -> None:
    assert result.show(Link("x", rtnetlink_kind="nlmon", index=1))["kind"] == "nlmon"
    assert result.show(Link("eth0", index=1))["kind"] == ""


def test_no_mark_is_shown() -> None:
    text = json.dumps(result.show(world().namespaces[""].links["br0"]))
    assert mark("lab", "br0") not in text


# ---- diffs ----------------------------------------------------------------------------------------------------------


def test_nothing_touched() -> None:
    assert diff_of() == {"before": {}, "after": {}}


def test_exactly_the_touched_keys() -> None:
    found = diff_of(ops.SetLink("", "br0", {"mtu": 1400, "alias": "x"}), ops.SetKind("", "br0", kinds.BRIDGE, {"stp": True}))
    assert found == {
        "before": {"br0": {"mtu": 1500, "stp": False}},
        "after": {"br0": {"mtu": 1400, "alias": "x", "stp": True}},
    }


def test_side_effects_are_in() -> None:
    """What goes along with a change is part of the truth."""
    found = diff_of(ops.SetLink("", "br0", {"admin_state": "down"}))
    assert found["before"]["br0"]["addresses"] == ["192.0.2.1/24", {"address": "2001:db8::1/64", "nodad": True}]
    assert found["after"]["br0"] == {"admin_state": "down", "addresses": ["192.0.2.1/24"]}


def test_a_change_and_back_is_no_difference() -> None:
    assert diff_of(ops.SetLink("", "br0", {"mtu": 1400}), ops.SetLink("", "br0", {"mtu": 1500})) == {"before": {}, "after": {}}


def test_a_new_link() -> None:
    found = diff_of(ops.AddLink("red", "br1", kinds.BRIDGE, {"mtu": 1400}, {"stp": True}))
    assert found["before"] == {"br1 (namespace red)": {"state": "absent"}}
    new = found["after"]["br1 (namespace red)"]
    assert (new["state"], new["kind"], new["mtu"], new["stp"], new["admin_state"]) == ("present", "bridge", 1400, True, "down")
    assert "mac" not in new


def test_a_deleted_pair() -> None:
    """The other end goes too, although no operation names it."""
    found = diff_of(ops.DeleteLink("", "v0"))
    assert {label: state["state"] for label, state in found["before"].items()} == {"v0": "present", "v1 (namespace red)": "present"}
    assert found["after"] == {"v0": {"state": "absent"}, "v1 (namespace red)": {"state": "absent"}}


def test_ports_that_lose_their_bridge() -> None:
    found = diff_of(ops.DeleteLink("", "br0"))
    assert found["before"]["v0"]["master"] == "br0"
    assert "master" not in found["after"]["v0"]


def test_namespaces() -> None:
    found = diff_of(ops.AddNamespace("green"), ops.SetSysctl("", "", "ipv4.ip_forward", "1"))
    assert found["before"]["namespace green"] == {"state": "absent"}
    assert found["after"]["namespace green"] == {"state": "present"}
    changed = [label for label in found["before"] if label.startswith("namespace") and "green" not in label]
    assert len(changed) == 1
    assert found["after"][changed[0]] == {"sysctls": {"ipv4.ip_forward": "1"}}


def test_ports() -> None:
    found = diff_of(ops.SetPort("", "v0", {"isolated": False, "hairpin": True}))
    assert found == {"before": {"v0": {"port.isolated": True}}, "after": {"v0": {"port.isolated": False, "port.hairpin": True}}}


@settings(max_examples=150)
@given(scenes())
def test_a_diff_is_what_differs(scene: Scene) -> None:
    """On generated plans: no key whose value is the same, none missing of those that operations set, and valid JSON."""
    try:
        planned = plan(scene.wanted, scene.observed)
    except NetdevError:
        reject()
    found = result.diff(planned.before, planned.after, planned.touched)
    assert found["before"].keys() == found["after"].keys()
    assert json.loads(json.dumps(found)) == found
    for label in found["before"]:
        was, will = found["before"][label], found["after"][label]
        assert not {key for key in {**was, **will} if was.get(key) == will.get(key)} - {"state"}, label
    for link in planned.before.links():
        after = planned.after.link(link.where)
        if after is not None and settings_of(after) != settings_of(link):
            assert link.label() in found["before"], link.where


def settings_of(link: Link) -> dict[str, t.Any]:
    """What is shown of a link, without facts and without what a port forgets when it leaves its bridge."""
    facts = ("oper_state", "running", "carrier", "port")
    return {key: value for key, value in result.show(link).items() if key not in facts and value not in (None, "")}


def test_a_secret_is_seen_nowhere() -> None:
    value = "2001:0db8:0000:0000:0000:0000:0000:0077"
    link = Link("v1", "red", kind="veth", sysctls={"ipv6.stable_secret": value, "ipv6.accept_ra": "0"}, addresses=[])
    assert result.show(link)["sysctls"] == {"ipv6.stable_secret": "(hidden)", "ipv6.accept_ra": "0"}
    operations = ops.SetSysctl("red", "v1", "ipv6.stable_secret", value), ops.SetSysctl("", "", "ipv6.conf.all.stable_secret", value)
    assert value not in json.dumps([diff_of(*operations), [operation.commands() for operation in operations]])
    world_ = World({"red": Namespace("red", links={"v1": dataclasses.replace(link, peer_at=("red", "v1"))})})
    assert export(world_)[0]["links"][0]["sysctls"] == {"ipv6.accept_ra": "0"}
