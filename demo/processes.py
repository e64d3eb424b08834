# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes are ours, and their end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
GRACE = 5.0


def adopt_orphans() -> None:
    """Let processes whose parent ends become our children rather than init's, so that none gets out of sight."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> None:
    """Collect the exit status of children that have ended, orphans that came to us among them."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def descendants() -> dict[int, str]:
    """Return the processes that this one started, however indirectly: number and name.

    Call adopt_orphans first, or daemons will be missing.
    """
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for directory in Path("/proc").iterdir():
        if not directory.name.isdecimal():
            continue
        with contextlib.suppress(OSError):
            # pid (name, which may hold anything) state ppid ...
            head, _closing, tail = (directory / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
            pid = int(directory.name)
            parents[pid], names[pid] = int(tail.split()[1]), head.partition("(")[2]
    ours: dict[int, str] = {}
    generation = {os.getpid()}
    while generation:
        generation = {pid for pid, parent in parents.items() if parent in generation}
        ours.update({pid: names[pid] for pid in generation})
    return ours


def end_descendants() -> None:
    """End every process that this one started, first asking."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in descendants():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline:
            reap()
            if not descendants():
                return
            time.sleep(0.02)
