# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The suites of the promises, on the running kernel with each Python of managed hosts; what they say of themselves as rows of the table."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from environments import Target
from report import Row
from session import SANDBOX, Session

PROGRAM = "tests/property/run.py"


class Extent(NamedTuple):
    """How much is tried."""

    examples: int = 1
    seed: int = 1


def run(session: Session, workers: int, extent: Extent) -> None:
    """Run the suites with each Python."""
    if not session.wants("property", *(f"P{number}" for number in range(1, 9))):
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda target: _one(session, target, extent), session.targets))


def _one(session: Session, target: Target, extent: Extent) -> None:
    """Run the suites with one Python, each with examples of its own."""
    where = f"{session.kernel}, {target}"
    report = session.scratch / f"promises-{target.venv.name}.json"
    seed = extent.seed + session.targets.index(target) if extent.seed else 0
    options = ["--verbose", "--examples", str(extent.examples), "--seed", str(seed), "--report", str(report)]
    timeout = 900 + 600 * extent.examples
    done = session.command(f"property {where}", [SANDBOX, target.executable, PROGRAM, *options], timeout=timeout)
    if not add_rows(session, where, report, done.output) or done.status not in (0, 1):
        session.add("property", where, done, ok=False)


def add_rows(session: Session, where: str, report: Path, output: str) -> bool:
    """A row for each promise, with the kinds that it was shown for. False where there is nothing to add."""
    try:
        told = json.loads(report.read_text())
    except (OSError, ValueError):
        return False
    promises: dict[str, list[dict[str, object]]] = {}
    for result in told["results"]:
        promises.setdefault(str(result["test"]).split("_")[1].upper(), []).append(result)
    for promise, results in sorted(promises.items()):
        passed = sum(bool(result["ok"]) for result in results)
        kinds = set.union(*(set(result["kinds"]) for result in results))  # type: ignore[call-overload]
        seconds = sum(float(str(result["seconds"])) for result in results)
        session.report.add(Row(promise, where, passed, len(results) - passed, seconds, " ".join(sorted(kinds))), output)
        output = ""  # once is enough
    return bool(promises)
