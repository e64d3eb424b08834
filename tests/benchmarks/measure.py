# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times commands in fresh namespaces. The standard library alone, for this runs in the test VM too.

From the command line: measure.py JOB.json RESULT.json
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

# A step of a series: {"name": what it is reported as ("" for preparation), "command": [...], "changed": what a module has to
# report (null: it is no module)}. A series is a list of steps in one namespace.
Step = dict[str, Any]


class Run(NamedTuple):
    """How a command went."""

    seconds: float  # wall time
    cpu: float  # seconds of a processor, its own and the kernel's on its behalf
    peak: int  # resident memory at most, in KiB; of this process too, which is small
    output: str


class Space:
    """A network and a mount namespace of their own, with an empty /run, for as long as the body runs."""

    def __enter__(self) -> Space:
        script = "mount -t tmpfs tmpfs /run && echo ready && exec cat"
        self._holder = subprocess.Popen(["unshare", "-n", "-m", "sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._holder.stdout
        if self._holder.stdout.readline() != b"ready\n":
            raise RuntimeError("unshare did not give us namespaces; this needs root")
        return self

    def __exit__(self, *_error: object) -> None:
        # Without its input the holder ends, and the namespaces with it.
        self._holder.communicate()

    def inside(self, command: list[str]) -> list[str]:
        """A command that runs another one inside."""
        return ["nsenter", "-t", str(self._holder.pid), "-n", "-m", "--", *command]

    def count_links(self) -> int:
        """How many links there are, without starting a program for it."""
        return len(Path(f"/proc/{self._holder.pid}/net/dev").read_text().splitlines()) - 2

    def run(self, command: list[str], *, environment: dict[str, str] | None = None) -> Run:
        """Run a command inside, to a good end."""
        output = os.memfd_create("output")
        with os.fdopen(output, "r+", errors="replace") as stream:
            start = time.perf_counter()
            process = subprocess.Popen(
                self.inside(command), stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, env=environment
            )
            _pid, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            stream.seek(0)
            text = stream.read()
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)[:200]}: exit status {process.returncode}: {text[-2000:]}")
        return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text)


def series(steps: list[Step]) -> dict[str, Run]:
    """Run the steps, one after the other, in one fresh namespace."""
    found = {}
    with Space() as space:
        for step in steps:
            done = space.run(step["command"])
            changed = step.get("changed")
            if changed is not None and json.loads(done.output)["changed"] is not changed:
                raise RuntimeError(f"{step['name']}: changed is not {changed}")
            if step["name"]:
                found[step["name"]] = done._replace(output="")
    return found


def repeat(times: int, *several: list[Step]) -> dict[str, list[Run]]:
    """Run each series this many times, in turn, so that what disturbs the machine disturbs all of them."""
    found: dict[str, list[Run]] = {}
    for _time in range(times):
        for steps in several:
            for name, done in series(steps).items():
                found.setdefault(name, []).append(done)
    return found


def main() -> int:
    """Run a job: {"times": how often, "series": [[step, ...], ...]}."""
    job = json.loads(Path(sys.argv[1]).read_text())
    Path(sys.argv[2]).write_text(json.dumps(repeat(job["times"], *job["series"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
