# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's side of a bridge's queueing disciplines, through tc."""

from __future__ import annotations

import functools
import re

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import process, scratch

# One after the other: tc has no word for all of them. Where nothing is at ingress, the last one fails.
_SHOW = "".join(
    f"{what} show dev %(bridge)s{where}\n" for what, where in (("qdisc", ""), ("class", ""), ("filter", ""), ("filter", " parent ffff:"))
)
# Goes on after a line that fails.
_BATCH = ("tc", "-force", "-batch", "-")
# What counts, numbers that the kernel gives out one after the other, and what it derives from the MTU that the link happened to have.
_VOLATILE = re.compile(r"\s(refcnt|ref|bind|direct_packets_stat|police|quantum|index) (0x)?[0-9a-f]+")
_FOREIGN_ROOT = re.compile(r"^qdisc (?!htb 1: )\S+ \S+ root\b", re.MULTILINE)
_TRIAL = "trial"
_LACKING = re.compile(r"^Command failed -:(\d+)$", re.MULTILINE)


def canonical(bridge: str, batch: str) -> tuple[str, list[str]]:
    """What tc will show of the bridge after the batch, and the lines that this kernel refuses.

    Tried out on a bridge in a namespace that ends with the command, so the kernel judges before anything is touched; for all bridges
    that shall have the same, once.
    """
    shown, refused = _tried(batch.replace(f" dev {bridge} ", f" dev {_TRIAL} "))
    lines = batch.splitlines()
    return shown, [lines[number] for number in refused]


@functools.cache
def _tried(batch: str) -> tuple[str, tuple[int, ...]]:
    """For :data:`_TRIAL`: what will be shown, and the numbers of lines that are refused, from 0."""
    count = len(batch.splitlines())
    trial = f'ip link add name {_TRIAL} type bridge && {{ "$@" || :; }}'
    code, output, errors = scratch.run(["sh", "-c", trial, "sh", *_BATCH], batch + _SHOW % {"bridge": _TRIAL})
    if code:
        raise NetdevError(f"tc can't be tried out: {errors}")
    return _settled(output), tuple(int(number) - 1 for number in _LACKING.findall(errors) if int(number) <= count)


def live(bridge: str) -> str:
    """What tc shows of the bridge now; nothing if there is no bridge."""
    _code, output, _errors = process.run(_BATCH, _SHOW % {"bridge": bridge})
    return _settled(output)


def is_taken(shown: str) -> bool:
    """Whether somebody else has put a queueing discipline on the bridge, where ours would be."""
    return bool(_FOREIGN_ROOT.search(shown))


def limits(shown: str) -> bool:
    """Whether bandwidth is limited."""
    return "class htb " in shown or "qdisc ingress " in shown


def load(bridge: str, batch: str) -> None:
    """Make the bridge's queueing disciplines those of the batch, and no others. Raises NetdevError."""
    clear(bridge, live(bridge))
    if batch:
        process.must(["tc", "-batch", "-"], f"tc does not take what is for {bridge}", batch)


def clear(bridge: str, shown: str) -> None:
    """Remove the two that :mod:`.shaping` makes, as far as they are among what tc has shown."""
    for line, where in (("qdisc htb 1: root", "root"), ("qdisc ingress ffff:", "ingress")):
        if line in shown:
            process.must(["tc", "qdisc", "delete", "dev", bridge, where], f"tc does not remove what {bridge} has")


def _settled(shown: str) -> str:
    """Without what the kernel gives a link by itself, which has no handle."""
    lines = [line.rstrip() for line in _VOLATILE.sub("", shown).splitlines()]
    return "".join(line + "\n" for line in lines if line and not re.match(r"qdisc \S+ 0:", line))
