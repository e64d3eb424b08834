# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the tests: its copy of the collection, its report, and how it runs commands."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import packages
from environments import CONTROLLER, TOP, Target
from report import Report, Row

OUTPUT = TOP / "tests" / "output"
SANDBOX = str(TOP / "tests" / "run" / "sandbox")


class Interrupted(Exception):
    """The run was told to end."""


class Done(NamedTuple):
    """How a command ended."""

    status: int
    output: str
    seconds: float


def tracked() -> list[Path]:
    """Return the files of the project, relative to its top: what git knows, and what it would know after an add."""
    # Whose clone it is does not matter for listing files.
    command = ["git", "-c", "safe.directory=*", "-C", str(TOP), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [Path(name) for name in names if name and os.path.lexists(TOP / name)]


class Session:
    """What the steps of a run share."""

    def __init__(self, targets: Sequence[Target], only: str) -> None:
        self.targets = targets
        self.only = only
        self.report = Report()
        self.shown: dict[str, dict[str, bool]] = {}  # promise -> kind of the table -> whether it was seen kept somewhere
        self.kernel = "kernel " + ".".join(os.uname().release.split(".")[:2])
        self.files = tracked()
        self._directory = tempfile.TemporaryDirectory(prefix="netdev-linux-", ignore_cleanup_errors=True)
        self.stopping = threading.Event()
        # Tools want the collection below ansible_collections/, a real directory, without what lies about in a work tree.
        self.collections = Path(self._directory.name)
        self.collection = self.collections / "ansible_collections" / "netdev" / "linux"
        for name in self.files:
            (self.collection / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, self.collection / name, follow_symlinks=False)
        self.scratch = self.collections / "scratch"
        # Plays are written into a copy of their own: linters look at the other one meanwhile.
        self.plays = self.scratch / "plays" / "ansible_collections" / "netdev" / "linux"
        shutil.copytree(self.collection, self.plays, symlinks=True)
        (self.scratch / "home").mkdir(parents=True)
        # For what is worth keeping from one run to the next.
        self.user_home = os.environ.get("HOME") or str(self.scratch / "home")
        # Empty, but there: it takes the place of whatever configuration the machine has.
        self._configuration = self.scratch / "ansible.cfg"
        self._configuration.touch()
        # ansible-test looks for Pythons by their names.
        self._programs = self.scratch / "bin"
        self._programs.mkdir()
        for version, path in {target.python.version: target.python.path for target in targets}.items():
            (self._programs / f"python{version}").symlink_to(path)
        shutil.rmtree(OUTPUT, ignore_errors=True)
        OUTPUT.mkdir(parents=True)

    def wants(self, *names: str) -> bool:
        """Whether something of these names is asked for."""
        return any(self.only in name for name in names)

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        """Return an environment that owes nothing to the user's Ansible settings or to shims that stand for other Pythons."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON", "PYTEST_"))}
        directories = [entry for entry in packages.SEARCH.split(os.pathsep) if entry and os.path.basename(entry) != "shims"]
        return {
            **kept,
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_CONFIG": str(self._configuration),
            "ANSIBLE_FORCE_COLOR": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_PIPELINING": "true",
            "HOME": str(self.scratch / "home"),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "PATH": os.pathsep.join([str(CONTROLLER / "bin"), str(self._programs), *directories]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **extra,
        }

    def command(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        timeout: float = 900,
        environment: Mapping[str, str] | None = None,
    ) -> Done:
        """Run a command to its end, its output kept under the name."""
        if self.stopping.is_set():
            raise Interrupted(f"{name} was not run")
        log = OUTPUT / (re.sub(r"[^\w.+-]+", "-", name).strip("-") + ".log")
        start = time.monotonic()
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=cwd or self.collection,
                env=self.environment(environment or {}),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                # A group of its own, so that all of it can be ended.
                start_new_session=True,
            )
            status = self._wait(process, timeout)
            if status is None:
                status = _end(process)
                stream.write(f"\nEnded after {time.monotonic() - start:.0f} s.\n".encode())
        return Done(status, log.read_text(errors="replace"), time.monotonic() - start)

    def _wait(self, process: subprocess.Popen[bytes], timeout: float) -> int | None:
        """Return the exit status of a process, or None when it has to be ended."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and not self.stopping.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(1)
        return None

    def check(
        self,
        target: str,
        where: str,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> bool:
        """Run a command whose exit status is its result, and report it."""
        done = self.command(f"{target} {where}", command, cwd=cwd, environment=environment)
        self.add(target, where, done, ok=done.status == 0)
        return done.status == 0

    def add(self, target: str, where: str, done: Done, *, ok: bool, note: str = "") -> None:
        """Report something that passed or failed as a whole."""
        self.report.add(Row(target, where, int(ok), int(not ok), done.seconds, note), done.output)

    def fail(self, target: str, where: str, why: str) -> None:
        """Report what could not even run."""
        self.report.add(Row(target, where, 0, 1, 0.0), why)

    def close(self) -> None:
        """Remove the copy."""
        self._directory.cleanup()


def _end(process: subprocess.Popen[bytes]) -> int:
    """End a process and its group: politely, so that it can clean up, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(15)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    return process.wait()
