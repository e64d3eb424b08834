# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The suites of the promises, on the running kernel with each Python of managed hosts; what they say of themselves as rows of the table."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from environments import Target
from report import Row
from session import SANDBOX, Session

PROGRAM = "tests/property/run.py"


class Extent(NamedTuple):
    """How much is tried: examples of each test and kind, faults in each of their plans (0: at every operation), from which seed on."""

    examples: int = 1
    faults: int = 6
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
    options = [f"--examples={extent.examples}", f"--faults={extent.faults}", f"--seed={seed}", f"--report={report}", "--verbose"]
    timeout = 900 + 600 * extent.examples
    done = session.command(f"property {where}", [SANDBOX, target.executable, PROGRAM, *options], timeout=timeout)
    if not add_rows(session, where, report, done.output) or done.status not in (0, 1):
        session.add("property", where, done, ok=False)


def lacking(session: Session) -> list[str]:
    """The kinds of links that the running kernel does not make, by the suites' own word; they are for the test VM."""
    done = session.command("property lacking", [SANDBOX, session.targets[0].executable, PROGRAM, "--lacking"])
    if done.status:
        raise RuntimeError(done.output)
    return done.output.split()


def add_rows(session: Session, where: str, report: Path, output: str) -> bool:
    """A row for each promise, with the kinds that all of its tests have shown. False where there is nothing to add."""
    try:
        told = json.loads(report.read_text())
    except (OSError, ValueError):
        return False
    promises: dict[str, list[dict[str, Any]]] = {}
    for result in told["results"]:
        promises.setdefault(result["test"].split("_")[1].upper(), []).append(result)
    for promise, results in sorted(promises.items()):
        passed = sum(result["ok"] for result in results)
        kinds = set.intersection(*(set(result["kinds"]) for result in results))
        session.shown.setdefault(promise, dict.fromkeys(told["table"], False)).update(dict.fromkeys(kinds, True))
        seconds = sum(result["seconds"] for result in results)
        session.report.add(Row(promise, where, passed, len(results) - passed, seconds, " ".join(sorted(kinds))), output)
        output = ""  # once is enough
    return bool(promises)


def gaps(session: Session) -> list[str]:
    """Kinds for which a promise was shown nowhere, in words."""
    found = {promise: [kind for kind, shown in kinds.items() if not shown] for promise, kinds in sorted(session.shown.items())}
    return [f"{promise} was shown nowhere for: {', '.join(kinds)}" for promise, kinds in found.items() if kinds]
