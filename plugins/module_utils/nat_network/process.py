# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs and processes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.supervisor import end

# Logins of ordinary users have no sbin, and become keeps their PATH.
SEARCH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def find(program: str) -> str | None:
    """Where a program is."""
    return shutil.which(program, path=SEARCH)


def run(command: Sequence[str], stdin: str = "") -> tuple[int, str, str]:
    """Run a command to its end: return code, output, errors."""
    environment = {**os.environ, "LC_ALL": "C", "PATH": SEARCH}
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError:
        return 127, "", f"{command[0]}: not found"
    return done.returncode, done.stdout, done.stderr.strip()


def must(command: Sequence[str], what: str, stdin: str = "") -> str:
    """The output of a command that has to work. Raises NetdevError."""
    code, output, errors = run(command, stdin)
    if code:
        raise NetdevError(f"{what}: {errors or output.strip() or 'return code %d' % code}")
    return output


class Process:
    """A process whose id is in a file. It is recognised by an argument that no other process has, because files grow old and
    ids are used again.
    """

    def __init__(self, pidfile: str, argument: str) -> None:
        self.pidfile = pidfile
        self.argument = argument

    @contextlib.contextmanager
    def _held(self) -> Iterator[tuple[int, list[str]] | None]:
        """A descriptor, which can't come to mean another process, and the command line; None if it does not run."""
        try:
            with open(self.pidfile, encoding="ascii") as stream:
                pid = int(stream.read())
            descriptor = os.pidfd_open(pid)
        except (OSError, ValueError):
            yield None
            return
        try:
            # Read after the process was opened, so that both are of the same one.
            command = command_line(pid)
            yield (descriptor, command) if self.argument in command else None
        finally:
            os.close(descriptor)

    def command(self) -> list[str]:
        """The command line; empty if it does not run."""
        with self._held() as held:
            return held[1] if held else []

    def signal(self, number: signal.Signals) -> None:
        with self._held() as held:
            if held:
                signal.pidfd_send_signal(held[0], number)

    def end(self) -> None:
        """Terminate it and wait for its end."""
        with self._held() as held:
            if held:
                end(held[0])


def command_line(pid: int) -> list[str]:
    """The arguments of a process; none for one that has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read().split("\0")[:-1]
    except OSError:
        return []
