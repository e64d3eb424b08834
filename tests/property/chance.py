# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chance, and values of every type that it may draw. Standard library only: the test VM has no more."""

from __future__ import annotations

import typing as t
from random import Random

from ansible_collections.netdev.linux.plugins.module_utils import values

# Below what the kernel makes up, so that a bridge with one of them among its ports has that one.
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03")


class Chance:
    """Draws for functions that build something step by step."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def one(self, *items: t.Any) -> t.Any:
        return items[self.number(0, len(items) - 1)]

    def some(self, items: t.Sequence[t.Any], largest: int = 4) -> list[t.Any]:
        """A few of the items, in any order."""
        return self.random.sample(items, self.number(0, min(largest, len(items))))

    def maybe(self) -> bool:
        return self.number(0, 1) == 1

    def rarely(self) -> bool:
        return self.number(0, 5) == 5


# Of the types that have few values, or few that matter.
_SOME: dict[type[values.Type], tuple[t.Any, ...]] = {
    values.Mac: MACS,
    values.Text: ("", "to the provider", "Grüße"),
    values.PortRange: ("49152-65535", "1000-1000"),
    values.Key: ("", 0, 0xFFFFFFFF, "0.0.1.2"),
    values.Macs: ([], MACS[:2], MACS[2:]),
    values.QosMap: ({}, {1: 2, 7: 7}, ["3:4"]),
    values.PortName: ("", "master0"),
}


def _addresses(kind: values.Ip | values.IpList) -> tuple[t.Any, ...]:
    of = {4: ("192.0.2.9", "192.0.2.10"), 6: ("2001:db8::9", "2001:db8::a")}
    if isinstance(kind, values.IpList):
        return ([], list(of[kind.version]), [of[kind.version][1]])
    if kind.version:
        return ("", of[kind.version][0])
    return ("239.0.0.1", "ff05::1") if kind.multicast else (of[4][0], of[6][0])


def raw_value(kind: values.Type, dice: Chance) -> t.Any:  # noqa: PLR0911  # one for each type
    """What a user may write for a value of this type, the limits of its range more often than the rest."""

    def number(low: int, high: int) -> int:
        any_number = dice.number(low, high)
        return t.cast(int, dice.one(low, high, any_number, any_number))

    if type(kind) in _SOME:
        return dice.one(*_SOME[type(kind)])
    if isinstance(kind, (values.Ip, values.IpList)):
        return dice.one(*_addresses(kind))
    if isinstance(kind, (values.Worded, values.OrWord)) and dice.maybe():
        return kind.name
    if isinstance(kind, (values.Flag, values.Bit, values.Presence)):
        return dice.maybe()
    if isinstance(kind, values.Unsigned):
        return number(kind.low, kind.high)
    if isinstance(kind, values.Seconds):
        return number(round(kind.low * values.USER_HZ), min(round(kind.high * values.USER_HZ), 10**6)) / values.USER_HZ
    if isinstance(kind, values.Choice):
        return dice.one(*kind.numbers)
    if isinstance(kind, values.Account):
        return number(0, 3)
    raise AssertionError("no values for %s" % type(kind).__name__)
