# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the suites of the promises share: examples, what a module does with its options, and counts of what was shown."""

from __future__ import annotations

import collections
import copy
import dataclasses
import typing as t
from random import Random

from ansible_collections.netdev.linux.plugins.module_utils import device
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.export import export
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces, netns_names
from ansible_collections.netdev.linux.plugins.module_utils.model import HERE
from ansible_collections.netdev.linux.plugins.module_utils.observe import Observer
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker
from ansible_collections.netdev.linux.tests.property.chance import Chance
from ansible_collections.netdev.linux.tests.property.generate import Maker, Raw

Result = dict[str, t.Any]

# How many times as many examples are drawn at most as are wanted: some are refused.
TRIES = 8


class Wrong(AssertionError):
    """A promise that was not kept."""


def expect(condition: t.Any, what: str, *facts: t.Any) -> None:
    """Assert with a text that can be read."""
    if not condition:
        raise Wrong("\n".join([what, *map(str, facts)]))


def lines(commands: t.Iterable[t.Sequence[str]]) -> str:
    return "\n".join(" ".join(command) for command in commands)


def carry_out(raw: Raw, check_mode: bool = False) -> Result:
    """What module topology does with these options, in the namespace that this process is in."""
    walker = Walker()
    wanted = walker.topology(copy.deepcopy(raw))
    walker.finish()
    namespaces = Namespaces()
    try:
        return device.carry_out(namespaces, wanted, check_mode, lambda text: None)
    finally:
        namespaces.close()


def info(owner: str = "") -> Raw:
    """What module topology_info returns."""
    namespaces = Namespaces()
    try:
        world = Observer(namespaces).read_all([HERE, *netns_names()])
        return export(world, owner)[0]
    finally:
        namespaces.close()


@dataclasses.dataclass
class Lab:
    """One run: which kinds, how many examples, and what came out."""

    kinds: list[str]  # that are tried
    companions: list[str]  # that this kernel makes
    seed: int
    count: int  # examples for each kind
    only: tuple[str, int] | None = None  # the one example that is wanted: kind and number
    faults: int = 0  # at most so many operations of a plan are made to fail; 0: every one
    plans: int = 0  # with faults so far
    complete: bool = False  # the kernel has to have all of the table
    test: str = ""
    example: str = ""
    shown: collections.Counter[tuple[str, str]] = dataclasses.field(default_factory=collections.Counter)  # by test and kind
    counts: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    def examples(self, count: int | None = None) -> t.Iterator[tuple[str, Chance, Maker]]:
        """For each kind chances until as many have shown something; the one at which a test ends is kept, to be tried again by itself."""
        wanted = count or self.count
        for kind in self.kinds:
            for number in range(TRIES * wanted):
                if self.only and self.only != (kind, number):
                    continue
                if self.shown[self.test, kind] >= wanted and not self.only:
                    break
                dice = Chance(Random("%d %s %s %d" % (self.seed, self.test, kind, number)))  # noqa: S311
                self.example = "%s:%d of seed %d" % (kind, number, self.seed)
                yield kind, dice, Maker(dice, self.companions)

    def positions(self, count: int) -> t.Iterable[int]:
        """Which of so many operations are made to fail: all, or some that are spread over them, each time others."""
        step = max(1, -(-count // self.faults)) if self.faults else 1
        self.plans += 1
        return range(self.plans % step, count + 1, step)

    def show(self, kind: str) -> None:
        """The promise was seen kept for a kind."""
        self.shown[self.test, kind] += 1

    def count_of(self, what: str) -> None:
        self.counts["%s: %s" % (self.test, what)] += 1

    def refused(self, error: NetdevError) -> None:
        """What the module or the kernel refuses shows nothing; counted, so that it is seen how much of what is tried is that."""
        self.count_of("refused: %s" % str(error).split(". What it had", maxsplit=1)[0].split(". Nothing", maxsplit=1)[0][:150])

    def settle(self, raw: Raw) -> Result | None:
        """Carry out a topology that sets the scene; None where it is refused."""
        try:
            return carry_out(raw)
        except NetdevError as error:
            self.refused(error)
            return None
