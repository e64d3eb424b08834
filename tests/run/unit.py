# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit tests: all of them on the controller's Python, those of what runs on managed hosts on the Pythons of those as well."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import ansible.module_utils
from report import Row
from session import SANDBOX, Session

# Directories below tests/unit about what only the controller runs.
ON_CONTROLLER = ("action", "become", "collection", "filter", "roles")
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)\b")


def run(session: Session) -> None:
    """Run pytest in each place."""
    if not session.wants("unit"):
        return
    version = "{}.{}".format(*sys.version_info)
    _pytest(session, f"controller python{version}", Path(sys.executable), ["tests/unit"])
    # Ansible sends its module_utils along with each module; so they are there without being installed.
    library = session.scratch / "host"
    (library / "ansible").mkdir(parents=True, exist_ok=True)
    (library / "ansible" / "__init__.py").touch()
    link = library / "ansible" / "module_utils"
    if not link.is_symlink():
        link.symlink_to(next(iter(ansible.module_utils.__path__)))
    left_out = [f"--ignore=tests/unit/{name}" for name in ON_CONTROLLER]
    for target in session.targets:
        _pytest(session, str(target), target.executable, ["tests/unit", *left_out], {"PYTHONPATH": str(library)})


def _pytest(session: Session, where: str, python: Path, paths: list[str], environment: dict[str, str] | None = None) -> None:
    """Run pytest and report its own numbers."""
    done = session.command(
        f"unit {where}", [SANDBOX, python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", *paths], environment=environment
    )
    last = done.output.rstrip().rsplit("\n", 1)[-1]
    counts = {word.rstrip("s"): int(number) for number, word in _COUNT.findall(last)}
    passed = counts.pop("passed", 0)
    # What was skipped, or is expected to fail, is a promise that nobody saw kept.
    failed = sum(counts.values())
    if (done.status == 0) != (failed == 0 and passed > 0):
        failed += 1
    note = ", ".join(f"{number} {word}" for word, number in counts.items() if word != "failed")
    session.report.add(Row("unit", where, passed, failed, done.seconds, note), done.output)
