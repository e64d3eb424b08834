# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests by pytest: unit tests, and those of roles."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ansible.module_utils
from report import Row
from session import SANDBOX, Session

# Directories below tests/unit about what only the controller runs.
ON_CONTROLLER = ("action", "become", "collection", "filter", "roles", "plugins/action", "plugins/become", "plugins/filter")
CONTROLLER = "controller python{}.{}".format(*sys.version_info)
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)\b")


def run_unit(session: Session, workers: int) -> None:
    """Run all of the unit tests on the controller's Python, and those of what runs on managed hosts on the Pythons of those."""
    _everywhere(session, "unit", workers, [f"--ignore=tests/unit/{name}" for name in ON_CONTROLLER])


def _everywhere(session: Session, name: str, workers: int, on_targets: list[str]) -> None:
    """Run a directory of tests in sandboxes, on the controller's Python and, with these options, on those of managed hosts."""
    tests = f"tests/{name}"
    if not session.wants(name) or not (session.collection / tests).is_dir():
        return
    hosts = {"PYTHONPATH": str(_library(session))}
    with ThreadPoolExecutor(workers) as pool:
        places = [pool.submit(_pytest, session, name, CONTROLLER, [SANDBOX, sys.executable], [tests], {})]
        for target in session.targets:
            python = [SANDBOX, str(target.executable)]
            places.append(pool.submit(_pytest, session, name, str(target), python, [tests, *on_targets], hosts))
        for place in places:
            place.result()


def _library(session: Session) -> Path:
    """Return the directory of what a module finds on its host: Ansible sends its module_utils along."""
    library = session.scratch / "host"
    if not library.exists():
        (library / "ansible").mkdir(parents=True)
        (library / "ansible" / "__init__.py").touch()
        (library / "ansible" / "module_utils").symlink_to(next(iter(ansible.module_utils.__path__)))
    return library


def run_roles(session: Session) -> None:
    """Run the tests of roles. They make machines of their own, for which they need the network, and keep what is dear to make."""
    for directory in sorted((session.collection / "tests" / "roles").glob("*/")):
        name = f"role {directory.name}"
        if session.wants("roles", name):
            _pytest(session, name, CONTROLLER, [sys.executable], [str(directory)], {"HOME": session.user_home})


def _pytest(session: Session, name: str, where: str, python: list[str], arguments: list[str], environment: Mapping[str, str]) -> None:
    """Run pytest and report its own numbers."""
    label = f"{name} {where}"
    # The directory that pytest would choose is named after the user, whose name and number are not the same in a sandbox.
    temporary = session.scratch / "pytest" / label.replace(" ", "-")
    temporary.parent.mkdir(exist_ok=True)
    options = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", f"--basetemp={temporary}"]
    done = session.command(label, [*python, *options, *arguments], environment=environment)
    last = done.output.rstrip().rsplit("\n", 1)[-1]
    counts = {word.rstrip("s"): int(number) for number, word in _COUNT.findall(last)}
    passed = counts.pop("passed", 0)
    # What was skipped, or is expected to fail, is a promise that nobody saw kept.
    failed = sum(counts.values())
    if (done.status == 0) != (failed == 0 and passed > 0):
        failed += 1
    note = ", ".join(f"{number} {word}" for word, number in counts.items() if word != "failed")
    session.report.add(Row(name, where, passed, failed, done.seconds, note), done.output)
