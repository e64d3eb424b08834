# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our rendering of libvirt's test definitions beside libvirt's own, file by file.

tests/run/sandbox .venv/bin/python tests/conformance/run.py FOLDER

FOLDER has some of these: conf, firewall, invalid, snapshots. A checkout of libvirt (or its directory tests) will do, too. See README.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
import types
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def _stand_in(name: str, path: list[str]) -> None:
    """Register a package that has no file of its own, so that the work tree is the collection wherever it lies."""
    package = types.ModuleType(name)
    package.__path__ = path
    sys.modules.setdefault(name, package)


for _name in ("ansible_collections", "ansible_collections.netdev"):
    _stand_in(_name, [])
_stand_in("ansible_collections.netdev.linux", [str(TOP)])

from ansible_collections.netdev.linux.tests.conformance import definitions, firewall, snapshots
from ansible_collections.netdev.linux.tests.conformance.outcome import Case, Outcome, Suite, failed

SUITES: dict[str, Suite] = {
    "conf": definitions.conf,
    "firewall": firewall.firewall,
    "invalid": definitions.invalid,
    "snapshots": snapshots.snapshots,
}
# What libvirt calls the directories of its own tests that have such files, the latest name first.
LIBVIRT = {"conf": ["networkxmlconfdata", "networkxml2confdata"], "firewall": ["networkxml2firewalldata"]}
USAGE = """\
Not tried: no libvirt files to compare with. Say where they are:

    make conformance LIBVIRT=FOLDER

FOLDER is a checkout of libvirt, or has some of the directories {}; see tests/conformance/README.md."""


def folders(top: Path) -> dict[str, Path]:
    """The folder of each suite that there is."""
    found: dict[str, Path] = {}
    for name in SUITES:
        names = [name, *LIBVIRT.get(name, [])]
        places = [*([top] if top.name in names else []), *(top / each for each in names), *(top / "tests" / each for each in names)]
        there = [place for place in places if place.is_dir()]
        if there:
            found[name] = there[0]
    return found


def _run(case: Case) -> Outcome:
    """One that fails by an error of ours does not stop the others."""
    try:
        return case.run()
    except Exception:
        return failed("an error of this program", traceback.format_exc())


def main() -> int:
    """Compare all files, one line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    parser.add_argument("--only", default="", metavar="NAME", help="files that have this in their name, which is SUITE/FILE")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the outcome to this file as JSON")
    arguments = parser.parse_args()
    found = folders(arguments.folder) if arguments.folder and arguments.folder.is_dir() else {}
    if not found:
        if arguments.folder:
            print(f"{arguments.folder} is not a folder with such files.", file=sys.stderr)
        print(USAGE.format(", ".join(SUITES)), file=sys.stderr)
        return 2
    results = []
    for name, folder in found.items():
        for case in SUITES[name](folder):
            title = f"{name}/{case.name}"
            if arguments.only not in title:
                continue
            start = time.monotonic()
            outcome = _run(case)
            seconds = time.monotonic() - start
            results.append({"name": title, "seconds": seconds, **vars(outcome)})
            print(f"{outcome.verdict:8} {title}{': ' + outcome.text if outcome.text else ''} ({seconds:.1f} s)", flush=True)
            if outcome.details:
                print("    " + outcome.details.rstrip("\n").replace("\n", "\n    "), flush=True)
    for name in SUITES:
        if name not in found:
            print(f"Not tried: {name}, which is not in {arguments.folder}")
    if arguments.report:
        arguments.report.write_text(json.dumps(results))
    failed = sum(not result["ok"] for result in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
