# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison with libvirt's own test data, which is not part of the project: LIBVIRT in the environment says where it is."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from report import Row
from session import SANDBOX, Session

PROGRAM = "tests/conformance/run.py"


def run(session: Session) -> None:
    """Compare what there is; without it, say what was not tried."""
    if not session.wants("conformance"):
        return
    folder = os.environ.get("LIBVIRT", "") and os.path.abspath(os.environ["LIBVIRT"])
    report = session.scratch / "conformance.json"
    done = session.command("conformance", [SANDBOX, sys.executable, PROGRAM, *([folder] if folder else []), f"--report={report}"])
    if not folder:
        session.report.gaps.append("conformance with libvirt: LIBVIRT=FOLDER was not given; see tests/conformance/README.md")
        print(done.output)
    elif not _add_rows(session, report, done.output) or done.status not in (0, 1):
        session.add("conformance", session.kernel, done, ok=False)


def _add_rows(session: Session, report: Path, output: str) -> bool:
    """A row for each suite. False where there is nothing to add."""
    try:
        results = json.loads(report.read_text())
    except (OSError, ValueError):
        return False
    for suite in dict.fromkeys(result["name"].partition("/")[0] for result in results):
        own = [result for result in results if result["name"].startswith(suite + "/")]
        passed = sum(result["ok"] for result in own)
        seconds = sum(result["seconds"] for result in own)
        session.report.add(Row(f"conformance {suite}", session.kernel, passed, len(own) - passed, seconds), output)
        output = ""  # once is enough
    return bool(results)
