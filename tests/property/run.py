# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the suites of the promises and says what was shown for which kind. On the standard library, so that it runs in the test VM too.

tests/run/sandbox python tests/property/run.py                        the smoke: a few examples, always the same
tests/run/sandbox python tests/property/run.py --examples 50 --seed 0 more of them, by a seed of chance, which is printed
... --only test_p4 --example veth:3 --seed 17                         one example again
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import sys
import time
import traceback
import types
import typing as t
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PREFIX = "ansible_collections.netdev.linux."


def _stand_in(name: str, path: list[str], **contents: t.Any) -> None:
    """Register a package that has no file of its own."""
    package = types.ModuleType(name)
    package.__path__ = path
    vars(package).update(contents)
    sys.modules.setdefault(name, package)


_stand_in("ansible_collections", [])
_stand_in("ansible_collections.netdev", [])
_stand_in("ansible_collections.netdev.linux", [str(TOP)])
# The promises are about what stands behind a module; hosts that have no Ansible get a module's from the controller.
for package in ("ansible", "ansible.module_utils"):
    _stand_in(package, [])
_stand_in("ansible.module_utils.basic", [], AnsibleModule=None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=1, metavar="N", help="for each kind and test (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the examples (default: %(default)s; 0: by chance)")
    parser.add_argument("--kinds", default="", help="only these, with commas between them (default: all that the kernel makes)")
    parser.add_argument("--faults", type=int, default=0, metavar="N", help="at most N operations of a plan (default: every one)")
    parser.add_argument("--lacking", action="store_true", help="only say which kinds of the table this kernel does not make")
    parser.add_argument("--complete", action="store_true", help="a kind or an attribute that the kernel lacks is a failure")
    parser.add_argument("--only", default="", metavar="NAME", help="tests that have this in their name")
    parser.add_argument("--skip", default="", metavar="NAME,...", help="leave out tests that have one of these in their name")
    parser.add_argument("--example", default="", metavar="KIND:NUMBER", help="only this example")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what was shown to this file as JSON")
    parser.add_argument("--verbose", action="store_true", help="show the counts")
    arguments = parser.parse_args()

    hosts, generate, laboratory = (importlib.import_module(PREFIX + "tests.property." + name) for name in ("hosts", "generate", "lab"))
    hosts.require_sandbox()
    every = list(importlib.import_module(PREFIX + "plugins.module_utils.kinds").KINDS)
    made = generate.available()
    wanted = [kind for kind in arguments.kinds.split(",") if kind] or every
    kind, _colon, number = arguments.example.partition(":")
    lab = laboratory.Lab(
        kinds=[name for name in wanted if name in made],
        companions=made,
        seed=arguments.seed or random.SystemRandom().randint(1, 10**6),
        count=arguments.examples,
        only=(kind, int(number)) if kind else None,
        complete=arguments.complete,
        faults=arguments.faults,
    )
    lacking = [name for name in wanted if name not in made]
    if arguments.lacking:
        print(" ".join(lacking))
        return 0
    print("kernel %s, seed %d, kinds: %s" % (os.uname().release, lab.seed, ", ".join(lab.kinds)), flush=True)
    if lacking:
        print("this kernel does not make: %s" % ", ".join(lacking), flush=True)
    results = []
    skipped = [word for word in arguments.skip.split(",") if word]
    for name, test in _tests():
        if any(word in name for word in skipped):
            print("left out %s" % name, flush=True)
        elif arguments.only in name:
            results.append(_run(lab, name, test))
    if lacking and arguments.complete:
        results.append({"test": "complete", "ok": False, "seconds": 0.0, "kinds": []})
    if arguments.verbose:
        for what, count in sorted(lab.counts.items()):
            print("%6d %s" % (count, what))
    if arguments.report:
        arguments.report.write_text(json.dumps({"kernel": os.uname().release, "seed": lab.seed, "table": every, "results": results}))
    return 0 if results and all(result["ok"] for result in results) else 1


def _tests() -> t.Iterator[tuple[str, t.Callable[[t.Any], None]]]:
    for path in sorted(Path(__file__).parent.glob("test_p*.py")):
        module = importlib.import_module(PREFIX + "tests.property." + path.stem)
        for name, test in vars(module).items():
            if name.startswith("test_p"):
                yield name, test


def _run(lab: t.Any, name: str, test: t.Callable[[t.Any], None]) -> dict[str, t.Any]:
    """Run a test; one that ends without having shown anything has failed."""
    lab.test = name
    start, problem = time.monotonic(), ""
    try:
        test(lab)
    except lab_wrong() as wrong:
        problem = str(wrong)
    except Exception:
        problem = traceback.format_exc()
    shown = {kind: count for (test_name, kind), count in lab.shown.items() if test_name == name}
    silent = [kind for kind in lab.kinds if kind not in shown and not lab.only] if shown else lab.kinds
    if not problem and silent and not lab.only:
        problem = "not shown for: %s\n%s" % (", ".join(silent), "\n".join(what for what in sorted(lab.counts) if what.startswith(name)))
    seconds = time.monotonic() - start
    verdict = "FAILED" if problem else "passed"
    what = ", ".join("%s %d" % item for item in sorted(shown.items()))
    print("%s %s %.1f s (%s)" % (verdict, name, seconds, what), flush=True)
    if problem:
        print("    in example %s" % lab.example)
        print("    " + problem.replace("\n", "\n    "), flush=True)
    return {"test": name, "ok": not problem, "seconds": round(seconds, 1), "kinds": sorted(shown)}


def lab_wrong() -> type[Exception]:
    return t.cast("type[Exception]", importlib.import_module(PREFIX + "tests.property.lab").Wrong)


if __name__ == "__main__":
    sys.exit(main())
