# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running kernel lacks, in the test VM."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import integration
import promises
from environments import TOP, VM, Target
from report import Row
from session import Session

EACH = "each/python"
# Minutes long, and of several network services: nat_firewall and the boot with ifupdown are their smoke versions.
LONG_PLAYS = ("firewalls",)
LONG_FORMATS = "ifupdown,networkd,networkmanager"


def _python(target: Target) -> dict[str, Any]:
    """A Python of managed hosts as the VM's tool takes it along. One of the distribution's can't go to the same place there."""
    base = Path(target.python.path).resolve().parents[1]
    if base == Path("/usr"):
        return {"label": f"its own Python in place of {target}", "variables": {}, "folders": []}
    return {"label": str(target), "variables": integration.variables(target), "folders": [str(base), str(target.venv)]}


def run(session: Session, long: bool) -> None:
    """Run the VM's tests, the long ones too if told so; their tool says in a file which they were and how they went."""
    report = session.scratch / "vm.json"
    plays = sorted(VM.parent.glob("plays/*.yml"))
    plays = [play for play in plays if session.wants("vm", play.stem) and (long or play.stem not in LONG_PLAYS)]
    # The targets that the running kernel can't run are run there; those that ask for it with each Python of managed hosts.
    cases = [case for case in integration.cases(session.collection) if case.missing() and session.wants("vm", case.name)]
    each = [word for case in cases if EACH in case.aliases for word in ("--each", integration.write_play(session, case))]
    plays += [integration.write_play(session, case) for case in cases if EACH not in case.aliases]
    if not plays and not cases:
        return
    pythons = session.scratch / "vm-pythons.json"
    pythons.write_text(json.dumps([_python(target) for target in session.targets]))
    limits = ["--timeout", "1800"]
    command: list[str | Path] = [sys.executable, VM, "test", *limits, "--report", report, "--pythons", pythons, *each, *plays]
    # The image takes a minute and a half to make: it is kept where the user keeps such things.
    environment = {"HOME": session.user_home, **({"PERSIST_FORMATS": LONG_FORMATS} if long else {})}
    told = session.scratch / "promises-vm.json"
    if any(play.stem == "promises" for play in plays):
        environment.update(NETDEV_PROMISES_KINDS=",".join(promises.lacking(session)), NETDEV_PROMISES_REPORT=str(told))
    done = session.command("vm", command, cwd=TOP, timeout=4200, environment=environment)
    try:
        entries = json.loads(report.read_text())
    except (OSError, ValueError):
        entries = []
    rows = [
        Row(entry["target"], entry["where"], int(entry["result"] == "passed"), int(entry["result"] != "passed"), entry["seconds"])
        for entry in entries
    ]
    for row in rows:
        session.report.add(row, done.output)
        if row.target == "promises":
            promises.add_rows(session, row.where, told, done.output)
    if not rows or (done.status != 0 and not any(row.failed for row in rows)):
        session.add("vm", "vm", done, ok=False)
