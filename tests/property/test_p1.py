# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""P1: after any task, the same task in check mode and in normal mode reports no change."""

from __future__ import annotations

import typing as t
from unittest import mock

from ansible_collections.netdev.linux.plugins.module_utils.netlink import Socket
from ansible_collections.netdev.linux.plugins.module_utils.observe import RTM_GETADDR, RTM_GETLINK
from ansible_collections.netdev.linux.tests.property.generate import Raw
from ansible_collections.netdev.linux.tests.property.hosts import Host, difference
from ansible_collections.netdev.linux.tests.property.lab import Lab, carry_out, expect, lines


def test_p1_the_same_task_again_changes_nothing(lab: Lab) -> None:
    for kind, _dice, maker in lab.examples():
        with Host() as host:
            raw = maker.topology(kind)
            for wanted in (raw, maker.change(raw)):
                first = lab.settle(wanted)
                if first is None:
                    continue
                before = host.snapshot()
                for check_mode in (True, False):
                    again = carry_out(wanted, check_mode=check_mode)
                    expect(not again["changed"], "a second time", wanted, lines(first["commands"]), "--", lines(again["commands"]))
                    expect(again["diff"] == {"before": {}, "after": {}}, "diff", again["diff"])
                    expect(not (again["flapped"] or again["recreated"]), "told", again)
                changes = difference(before, host.snapshot())
                expect(not changes, "a quiet task", wanted, changes)
                lab.show(kind)


def test_p1_a_deletion_with_nothing_to_delete_looks_at_links_only(lab: Lab) -> None:
    """Not at the routes, of which a router has hundreds of thousands."""
    asked: list[int] = []
    dump = Socket.dump

    def noted(netlink: Socket, kind: int, body: bytes) -> t.Any:
        asked.append(kind)
        return dump(netlink, kind, body)

    with Host(), mock.patch.object(Socket, "dump", noted):
        for kind, _dice, _maker in lab.examples(1):
            result = carry_out({"links": [{"name": "gone", "kind": kind, "state": "absent"}]})
            expect(not result["changed"], "a deletion of what is not there", result)
            lab.show(kind)
    expect(set(asked) == {RTM_GETLINK, RTM_GETADDR}, "what was dumped", sorted(set(asked)))


PAIRS = 5


def test_p1_what_goes_with_a_namespace_is_gone_when_the_task_ends(lab: Lab) -> None:
    """The kernel cleans a namespace up in its own time; a task that follows shall find no other ends of its pairs."""
    for kind, _dice, maker in lab.examples(1):
        with Host() as host:
            pairs: list[Raw] = [
                {"name": "v%d" % number, "kind": "veth", "netns": netns, "peer": {"name": "v%dp" % number, "netns": "red"}}
                for number, netns in enumerate(["", "blue"] * PAIRS)
            ]
            carry_out({"links": pairs})
            other = maker.link(kind, "a")
            lab.settle({"links": [{key: value for key, value in other.items() if key != "master"}]})
            result = carry_out({"namespaces": [{"name": "red", "state": "absent"}]})
            left = {name for netns in ("", "blue") for name in host.links(netns) if name.startswith("v") and name[1:].isdigit()}
            expect(not left, "other ends are left", left)
            expect("v0" in result["diff"]["before"] and "v1 (namespace blue)" in result["diff"]["before"], "diff", result["diff"])
            lab.show(kind)
