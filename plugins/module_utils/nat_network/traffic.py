# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's side of a bridge's queueing disciplines, through tc."""

from __future__ import annotations

import re

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import process, scratch

# One after the other: tc has no word for all of them.
_SHOW = (
    'tc qdisc show dev "$0" && tc class show dev "$0" && tc filter show dev "$0" && '
    'if tc qdisc show dev "$0" | grep -q ^qdisc.ingress; then tc filter show dev "$0" parent ffff:; fi'
)
# What counts, numbers that the kernel gives out one after the other, and what it derives from the MTU that the link happened to have.
_VOLATILE = re.compile(r"\s(refcnt|ref|bind|direct_packets_stat|police|quantum) (0x)?[0-9a-f]+")
_LACKING = re.compile(r"^Command failed -:(\d+)$", re.MULTILINE)


def canonical(bridge: str, batch: str) -> tuple[str, list[str]]:
    """What tc will show of the bridge after the batch, and the lines that this kernel refuses.

    Tried out on a bridge of that name in a namespace that ends with the command, so the kernel judges before anything is touched.
    """
    trial = f'ip link add name "$0" type bridge && {{ tc -force -batch - >&2; {_SHOW}; }}'
    code, output, errors = scratch.run(["sh", "-c", trial, bridge], batch)
    if code:
        raise NetdevError(f"tc can't be tried out: {errors}")
    lines = batch.splitlines()
    return _settled(output), [lines[int(number) - 1] for number in _LACKING.findall(errors)]


def live(bridge: str) -> str:
    """What tc shows of the bridge now; nothing if there is no bridge."""
    code, output, _errors = process.run(["sh", "-c", _SHOW, bridge])
    return "" if code else _settled(output)


def load(bridge: str, batch: str) -> None:
    """Make the bridge's queueing disciplines those of the batch, and no others. Raises NetdevError."""
    clear(bridge, live(bridge))
    if batch:
        process.must(["tc", "-batch", "-"], f"Can't limit the bandwidth of {bridge}", batch)


def clear(bridge: str, shown: str) -> None:
    """Remove the two that :mod:`.shaping` makes, as far as they are among what tc has shown."""
    for line, where in (("qdisc htb 1: root", "root"), ("qdisc ingress ffff:", "ingress")):
        if line in shown:
            process.must(["tc", "qdisc", "delete", "dev", bridge, where], f"Can't take the limits of {bridge} away")


def _settled(shown: str) -> str:
    """Without what the kernel gives a link by itself, which has no handle."""
    lines = [line.rstrip() for line in _VOLATILE.sub("", shown).splitlines()]
    return "".join(line + "\n" for line in lines if line and not re.match(r"qdisc \S+ 0:", line))
