# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a host a task reads."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.netdev.linux.plugins.module_utils import device
from ansible_collections.netdev.linux.plugins.module_utils.model import WHOLE, Depth, Link, Namespace, Topology, World

HERE = ""


class Reader:
    """A host with one bridge, that notes how deep it is looked into."""

    depths: t.ClassVar[list[Depth]] = []

    def __init__(self, _namespaces: t.Any) -> None:
        self.depths.clear()

    def world(self, _wanted: Topology, depth: Depth, known: World | None = None) -> World:
        # Links and addresses are not read twice.
        assert (known is not None) is bool(self.depths)
        self.depths.append(depth)
        bridge = Link("br0", kind="bridge", rtnetlink_kind="bridge", index=2, common={"admin_state": "up", "mtu": 1500}, addresses=[])
        return World({HERE: Namespace(HERE, links={"br0": bridge}, routes=[] if depth.routes else None)})


@pytest.mark.parametrize(
    ("wanted", "depths"),
    [
        # Nothing to delete: no look at routes, which a router has by the hundred thousand.
        (Topology(links=[Link("gone", kind="bridge", state="absent")]), [Depth()]),
        (Topology(links=[Link("br0", kind="bridge", state="absent", as_port=True)]), [Depth()]),
        (Topology(namespaces=[Namespace("gone", state="absent")]), [Depth()]),
        (Topology(links=[Link("br0", kind="bridge", recreate=True)]), [Depth()]),
        (Topology(links=[Link("br0", kind="bridge", common={"admin_state": "up"})]), [Depth()]),
        # What goes along with what is deleted has to be known.
        (Topology(links=[Link("br0", kind="bridge", state="absent")]), [Depth(), WHOLE]),
        (Topology(links=[Link("br0", kind="bridge", common={"mtu": 1400})]), [Depth(), WHOLE]),
        (Topology(links=[Link("br0", kind="bridge", common={"alias": "x"})]), [Depth()]),
    ],
)
def test_all_is_read_only_where_something_may_go_along(wanted: Topology, depths: list[Depth], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "Observer", Reader)

    class NoNames:
        @staticmethod
        def canonical(name: str) -> str:
            return name

    device.carry_out(t.cast("t.Any", NoNames()), wanted, True, lambda _text: None)

    assert Reader.depths == depths
