# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""P2: check mode writes nothing and lists what a normal run does; replayed by iproute2 in a twin, that gives the same state."""

from __future__ import annotations

import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.tests.property.chance import MACS
from ansible_collections.netdev.linux.tests.property.generate import Raw
from ansible_collections.netdev.linux.tests.property.hosts import Facts, Host, difference
from ansible_collections.netdev.linux.tests.property.lab import Lab, Result, carry_out, expect, lines


def test_p2_commands_replayed_in_a_twin_give_the_same_state(lab: Lab) -> None:
    for kind, _dice, maker in lab.examples():
        script: list[tuple[Result, Facts]] = []
        with Host() as host:
            raw = maker.topology(kind)
            for wanted in (raw, maker.change(raw)):
                result = checked_then_real(lab, host, wanted)
                if result is not None:
                    script.append((result, host.snapshot(MACS)))
        if any(command[0].startswith("native: ") for result, _state in script for command in result["commands"]):
            lab.count_of("left out of the replay: native")
            continue
        with Host() as twin:
            for result, expected in script:
                twin.replay(result["commands"])
                found = difference(expected, twin.snapshot(MACS))
                expect(not found, "the module's state and the replayed one", found, lines(result["commands"]))
                lab.show(kind)


def checked_then_real(lab: Lab, host: Host, wanted: Raw) -> Result | None:
    """The result of check mode, which a normal run repeats; None where the task is refused."""
    before = host.snapshot()
    try:
        checked = carry_out(wanted, check_mode=True)
    except NetdevError as error:
        lab.refused(error)
        checked = None
    changes = difference(before, host.snapshot())
    expect(not changes, "check mode writes nothing", changes)
    if checked is None:
        return None
    real = lab.settle(wanted)
    if real is None:
        return None  # refused by the kernel: all is put back, which is P4's
    for key in ("changed", "commands", "diff", "flapped", "recreated"):
        said, did = _steady(checked[key]), _steady(real[key])
        expect(said == did, "check mode and normal mode differ in " + key, said, did)
    return real


def _steady(value: t.Any) -> t.Any:
    """What a module returned, without the seconds of addresses, which count down."""
    if isinstance(value, dict):
        return {key: "limited" if str(key).endswith("_lifetime") else _steady(inner) for key, inner in value.items()}
    return [_steady(inner) for inner in value] if isinstance(value, list) else value
