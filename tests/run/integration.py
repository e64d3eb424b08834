# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Integration targets, each in a sandbox on the running kernel, once with each Python and pyroute2 of managed hosts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import packages
from environments import TOP, VM, Target
from session import SANDBOX, Session

# Facts about hardware take longer than many a target.
_PLAY = {"hosts": "all", "gather_facts": True, "gather_subset": ["!all"]}
_RECAP = re.compile(r"^testhost +: ok=(\d+)", re.MULTILINE)
TARGETS = Path("tests") / "integration" / "targets"


@dataclass(frozen=True)
class Case:
    """A directory below tests/integration/targets that runs by itself."""

    name: str
    aliases: frozenset[str]

    def missing(self) -> list[str]:
        """Return the kinds of links that it needs and the running kernel does not make."""
        return [kind for kind in self._kinds("needs") if not kernel_makes(kind)]

    def unwanted(self) -> list[str]:
        """Return the kinds of links that the running kernel makes, and that it is about the lack of."""
        return [kind for kind in self._kinds("lacks") if kernel_makes(kind)]

    @property
    def boots_guests(self) -> bool:
        """Whether it boots virtual machines, and has to be told where what they boot is (``guest_image``)."""
        return "needs/image" in self.aliases

    @property
    def packages(self) -> list[str]:
        """Packages whose programs it runs without their being installed; it is told in which folder they are (``unpacked``)."""
        return sorted(alias.removeprefix("needs/package/") for alias in self.aliases if alias.startswith("needs/package/"))

    @property
    def has_smoke(self) -> bool:
        """Whether it has a smoke version, which is enough for all Pythons but one: it is told whether to run ``whole``."""
        return "smoke/python" in self.aliases

    def _kinds(self, word: str) -> list[str]:
        prefix = f"{word}/kind/"
        return sorted(alias.removeprefix(prefix) for alias in self.aliases if alias.startswith(prefix))


def cases(collection: Path) -> Iterator[Case]:
    """Yield the integration targets. Those called setup_* are parts of others."""
    for directory in sorted((collection / TARGETS).iterdir()):
        if not directory.name.startswith("setup_"):
            lines = (directory / "aliases").read_text().splitlines() if (directory / "aliases").exists() else []
            yield Case(directory.name, frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#")))


@cache
def kernel_makes(kind: str) -> bool:
    """Whether the running kernel can make links of this kind, tried in a network namespace."""
    return subprocess.run([SANDBOX, "ip", "link", "add", "name", "probe", "type", kind], check=False, capture_output=True).returncode == 0


def run(session: Session, workers: int, long: bool) -> None:
    """Run the targets that the running kernel is able to run. Smoke versions run in none but the last Python's place if not ``long``."""
    jobs = [
        (session, case, write_play(session, case), target, long or not case.has_smoke or target == session.targets[-1])
        for case in cases(session.collection)
        if session.wants("integration", case.name) and not case.missing() and not case.unwanted()
        for target in session.targets
    ]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda job: _one(*job), jobs))


def write_play(session: Session, case: Case) -> Path:
    """Write the play that runs a target: what ansible-test would generate, without its three seconds."""
    # Ansible looks for roles beside the play.
    path = session.plays / TARGETS / f"{case.name}.yml"
    path.write_text(json.dumps([{**_PLAY, "name": f"Integration target {case.name}", "roles": [case.name]}]) + "\n")
    return path


def variables(target: Target) -> dict[str, str]:
    """What a play is told of the Python that it runs with."""
    return {
        "ansible_python_interpreter": str(target.executable),
        "expected_python": target.python.version,
        "expected_pyroute2": target.pyroute2,
    }


def _one(session: Session, case: Case, play: Path, target: Target, whole: bool) -> None:
    """Run a target, or its smoke version, with one Python."""
    where = f"{session.kernel}, {target}"
    told: dict[str, Any] = {**variables(target), "whole": whole}
    if case.boots_guests:
        told["guest_image"] = _image(session)
    if case.packages:
        told["unpacked"] = str(packages.unpacked(case.packages, Path(session.user_home) / ".cache"))
    done = session.command(
        f"{case.name} {where}",
        [
            SANDBOX,
            "ansible-playbook",
            "-i",
            "testhost,",
            "-e",
            json.dumps({"ansible_connection": "local", **told}),
            "--diff",
            play,
        ],
        environment={"ANSIBLE_HOME": str(session.scratch / f"home-{case.name}-{target.venv.name}")},
    )
    # Gathering facts is no test: a target without tasks has not passed.
    recap = _RECAP.search(done.output)
    ok = done.status == 0 and recap is not None and int(recap.group(1)) > 1
    session.add(case.name, where, done, ok=ok, note="" if whole else "smoke")


def _image(session: Session) -> str:
    """Where the test VM's image is, with what guests boot beside it. Whoever comes first makes it, the others wait."""
    command: list[str | Path] = [sys.executable, VM, "build"]
    done = session.command("vm image", command, cwd=TOP, timeout=900, environment={"HOME": session.user_home})
    if done.status:
        raise RuntimeError(done.output)
    return done.output.splitlines()[-1]
