# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""P4: a task that fails at any of its operations puts back what it changed, and lists what no one can."""

from __future__ import annotations

import contextlib
import re
import typing as t
from unittest import mock

from ansible_collections.netdev.linux.plugins.module_utils import apply as application
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils import rtnetlink
from ansible_collections.netdev.linux.plugins.module_utils.apply import Reader, apply, restore
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.model import Topology, World
from ansible_collections.netdev.linux.plugins.module_utils.plan import Plan
from ansible_collections.netdev.linux.plugins.module_utils.rtnetlink import Kernel
from ansible_collections.netdev.linux.tests.property.generate import Raw
from ansible_collections.netdev.linux.tests.property.hosts import Facts, Host, difference
from ansible_collections.netdev.linux.tests.property.lab import Lab, Result, carry_out, expect, lines

FAULT = "made to fail"


class Faulty(Kernel):
    """Fails at one operation: instead of carrying it out, or after that."""

    at, after = 0, False
    failed: ops.Operation | None = None
    planned = 0

    count = 0

    def execute(self, operation: ops.Operation) -> None:
        number, self.count = self.count, self.count + 1
        if number != self.at or number >= self.planned:
            super().execute(operation)
            return
        Faulty.failed = operation
        if self.after:
            super().execute(operation)
        raise NetdevError(FAULT)


def faulty_apply(executor: Faulty, reader: Reader, wanted: Topology, planned: Plan) -> World:
    def restore_faultless(executor: Faulty, *arguments: t.Any) -> list[str]:
        executor.planned = 0
        return restore(executor, *arguments)

    executor.planned = len(planned.operations)
    with mock.patch.object(application, "restore", restore_faultless):
        return apply(executor, reader, wanted, planned)


def fail_at(raw: Raw, position: int, after: bool) -> NetdevError | None:
    """Carry out a topology with a fault; None when there are no operations that far. Every other time few are done together already."""
    few = mock.patch.object(application, "BULK", 2) if position % 2 else contextlib.nullcontext()
    faulty = mock.patch.object(rtnetlink, "Kernel", Faulty), mock.patch.object(application, "apply", faulty_apply)
    with few, faulty[0], faulty[1], mock.patch.multiple(Faulty, at=position, after=after):
        try:
            carry_out(raw)
        except NetdevError as error:
            return error
    return None


def is_told(key: str, told: t.Sequence[str]) -> bool:
    """Whether a difference between snapshots is listed as not restored."""
    netns, _slash, rest = key.partition("/")
    words = rest.split(" ")
    label = words[0] + (" (namespace %s)" % netns if netns else "")
    last = {"address": "mac", "inet6_addr_gen_mode": "ipv6_addr_gen_mode"}.get(words[-1], words[-1])
    return any(text.startswith(("%s has %s " % (label, last), "%s has sysctl %s " % (label, last))) for text in told)


def expect_put_back(host: Host, before: Facts, error: NetdevError, planned: Result, what: str) -> Facts:
    """All is as before, but for what the error lists. Returns what is there now."""
    now = host.snapshot()
    told = error.details.get("not_restored", [])
    found = {key: pair for key, pair in difference(before, now).items() if not is_told(key, told)}
    expect(not found, what, "differs: %s" % found, "error: %s" % error, lines(planned["commands"]))
    # A link made anew can't get its ifindex back; a MAC that follows others follows them; the kernel takes no owner for nobody, and an
    # option of a vxlan can't be given back as nothing.
    strange = [text for text in told if not re.search(r" has (another ifindex|mac|(user|group|local|remote) \S+, had None)", text)]
    expect(not strange, what, "not restored: %s" % strange, "error: %s" % error, lines(planned["commands"]))
    return now


def fault_everywhere(lab: Lab, host: Host, raw: Raw) -> bool:
    """A fault at every operation of a plan. False where there is no plan."""
    try:
        planned = carry_out(raw, check_mode=True)
    except NetdevError as error:
        lab.refused(error)
        return False
    if not planned["changed"]:
        return False
    before = host.snapshot()
    for position in lab.positions(len(planned["commands"])):
        for after in (False, True):
            if after and isinstance(Faulty.failed, (ops.AddLink, ops.AddTuntap, ops.AddNamespace)):
                continue  # what makes a thing makes it whole or not at all
            fault = fail_at(raw, position, after)
            if fault is None:
                return True
            if "not_restored" not in fault.details:
                lab.refused(fault)
                return False
            what = "operation %d %s: %s" % (position, "done" if after else "not done", Faulty.failed and Faulty.failed.what())
            if FAULT not in str(fault):
                # The kernel refuses something of its own accord: nothing further on can be reached.
                expect_put_back(host, before, fault, planned, "refused by the kernel")
                lab.refused(fault)
                return position > 0
            before = expect_put_back(host, before, fault, planned, what)
            lab.count_of("faults")
    return True


def test_p4_a_fault_at_any_operation_is_put_back(lab: Lab) -> None:
    for kind, _dice, maker in lab.examples():
        with Host() as host:
            raw = maker.topology(kind)
            if lab.settle(raw) is not None and fault_everywhere(lab, host, maker.change(raw)):
                lab.show(kind)


def test_p4_a_fault_while_all_is_made_leaves_nothing(lab: Lab) -> None:
    for kind, _dice, maker in lab.examples(max(1, lab.count // 2)):
        with Host() as host:
            if fault_everywhere(lab, host, maker.topology(kind)):
                lab.show(kind)
