# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Integration targets, each in a sandbox on the running kernel, once with each Python and pyroute2 of managed hosts."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from environments import Target
from session import SANDBOX, Session


@dataclass(frozen=True)
class Case:
    """A directory below tests/integration/targets that runs by itself."""

    name: str
    aliases: frozenset[str]

    def unfit(self) -> str:
        """Say why the running kernel is not the one for it; empty when it is."""
        for alias in sorted(self.aliases):
            word, _, kind = alias.partition("/kind/")
            if word == "needs" and not kernel_makes(kind):
                return f"this kernel makes no {kind}"
            if word == "lacks" and kernel_makes(kind):
                return f"this kernel makes {kind}"
        return ""


def cases(collection: Path) -> Iterator[Case]:
    """Yield the integration targets. Those called setup_* are parts of others."""
    for directory in sorted((collection / "tests" / "integration" / "targets").iterdir()):
        if not directory.name.startswith("setup_"):
            lines = (directory / "aliases").read_text().splitlines() if (directory / "aliases").exists() else []
            yield Case(directory.name, frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#")))


@cache
def kernel_makes(kind: str) -> bool:
    """Whether the running kernel can make links of this kind, tried in a network namespace."""
    return subprocess.run([SANDBOX, "ip", "link", "add", "name", "probe", "type", kind], check=False, capture_output=True).returncode == 0


def run(session: Session, workers: int) -> None:
    """Run the targets that the running kernel is able to run."""
    wanted = [case for case in cases(session.collection) if session.wants("integration", case.name) and not case.unfit()]
    if not wanted:
        return
    play = session.scratch / "integration.yml"
    roles = session.collection / "tests" / "integration" / "targets"
    # What ansible-test would generate, without its three seconds.
    play.write_text(
        json.dumps([{"name": "Integration target", "hosts": "testhost", "gather_facts": True, "roles": ["{{ integration_target }}"]}])
    )
    jobs = [(case, target) for case in wanted for target in session.targets]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda job: _one(session, play, roles, *job), jobs))


def _one(session: Session, play: Path, roles: Path, case: Case, target: Target) -> None:
    """Run a target with one Python."""
    variables = {
        "integration_target": case.name,
        "ansible_connection": "local",
        "ansible_python_interpreter": str(target.executable),
        "expected_python": target.python.version,
        "expected_pyroute2": target.pyroute2,
    }
    session.check(
        case.name,
        f"{session.kernel}, {target}",
        [SANDBOX, "ansible-playbook", "-i", "testhost,", "-e", json.dumps(variables), "--diff", play],
        environment={
            "ANSIBLE_ROLES_PATH": str(roles),
            "ANSIBLE_HOME": str(session.scratch / f"home-{case.name}-{target.venv.name}"),
        },
    )


def default_workers() -> int:
    """Return how many targets to run at once."""
    return os.cpu_count() or 1
