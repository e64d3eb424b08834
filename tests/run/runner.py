# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests of the collection, and ends with a table of what ran where.

tests/run/run runs all of them. For developers:

  tests/run/run --step unit --step lint    only these steps
  tests/run/run --only veth                whatever has that in its name
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import collection
import conformance
import environments
import host
import integration
import lint
import machine
import promises
import pytests
import pythons
import sanity
import scale
from session import Done, Session

STEPS = ("lint", "unit", "property", "roles", "sanity", "collection", "integration", "conformance", "scale", "vm", "demo")
# How much make property tries, by a seed of chance, and make test, always the same.
LONG, SMOKE = promises.Extent(examples=20, faults=0, seed=0), promises.Extent()


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--step", action="append", choices=STEPS, help="run this step (may be given more than once)")
    parser.add_argument("--long", action="store_true", help="no smoke versions: steps integration and vm whole, property by chance")
    parser.add_argument("--seed", type=int, metavar="N", help="step property: the examples of this seed (0: by chance)")
    parser.add_argument("--only", default="", metavar="NAME", help="run what has this in its name")
    arguments = parser.parse_args()
    own = pythons.probe(os.path.realpath(sys.executable))
    assert own is not None
    session = Session(environments.targets(own), arguments.only)
    for number in (signal.SIGINT, signal.SIGTERM):
        # What runs is ended, what has not begun does not begin, and the table tells.
        signal.signal(number, lambda *ignored: session.stopping.set())
    start = time.monotonic()
    try:
        extent = LONG if arguments.long else SMOKE
        if arguments.seed is not None:
            extent = extent._replace(seed=arguments.seed)
        _run(session, arguments.step or STEPS, extent, arguments.long)
        if not arguments.step and not arguments.only and not session.stopping.is_set():
            _complete(session)
    finally:
        session.close()
    session.report.show(time.monotonic() - start)
    return 1 if session.report.failed or not session.report.rows else 0


def _run(session: Session, steps: tuple[str, ...] | list[str], extent: promises.Extent, long: bool) -> None:
    """Run the steps: the VM beside the quick ones, the demo, which measures itself, after all others."""
    before = host.snapshot()
    background = None
    if "vm" in steps:
        background = threading.Thread(target=_guarded, args=(session, "vm", lambda: machine.run(session, long)))
        background.start()
    # The VM keeps one processor busy.
    workers = max(1, (os.cpu_count() or 1) - (background is not None))
    foreground: dict[str, Callable[[], None]] = {
        "lint": lambda: lint.run(session),
        "unit": lambda: pytests.run_unit(session, workers),
        "property": lambda: promises.run(session, workers, extent),
        "roles": lambda: pytests.run_roles(session),
        "sanity": lambda: sanity.run(session),
        "collection": lambda: collection.run(session),
        "integration": lambda: integration.run(session, workers, long),
        "conformance": lambda: conformance.run(session),
        "scale": lambda: scale.run(session),
    }
    for name, step in foreground.items():
        if name in steps:
            _guarded(session, name, step)
    if background is not None:
        background.join()
    if "demo" in steps and session.wants("demo"):
        _guarded(session, "demo", lambda: _demo(session))
    changes = host.differences(before, host.snapshot())
    session.add("host unchanged", session.kernel, Done(0, "\n".join(changes), 0.0), ok=not changes)


def _demo(session: Session) -> None:
    """Run the demo where the people who read about it run it: in the work tree."""
    session.check("demo", session.kernel, [environments.TOP / "demo" / "run"], cwd=environments.TOP)


def _guarded(session: Session, name: str, step: Callable[[], None]) -> None:
    """Run a step; one that fails by an error of ours does not stop the others."""
    start = time.monotonic()
    try:
        step()
    except Exception as error:
        session.fail(name, "runner", f"{type(error).__name__}: {error}")
    print(f"{name}: {time.monotonic() - start:.1f} s", flush=True)


def _complete(session: Session) -> None:
    """Whatever ran nowhere is a failure; what this machine lacks is one where tests are run for everybody."""
    ran = session.report.ran()
    cases = {case.name: case for case in integration.cases(session.collection)}
    # Every kind of device has a target of its name.
    for name in sorted({*cases, "netns", *collection.action_group(session)} - ran):
        unwanted = cases[name].unwanted() if name in cases else []
        if unwanted:
            _lacking(session, name, f"{name}: this kernel makes {' and '.join(unwanted)}")
        else:
            session.fail(name, "nowhere", f"There is no integration target {name} that ran anywhere.")
    for gap in promises.gaps(session):
        session.fail("promises", "nowhere", gap)
    for target in session.targets:
        if target.python.version != target.wanted:
            _lacking(session, f"python{target.wanted}", f"Python {target.wanted}: its tests ran on {target}")


def _lacking(session: Session, name: str, text: str) -> None:
    """Note what this machine did not let us try, as a failure where it has to be."""
    session.report.gaps.append(text)
    if os.environ.get("CI") == "true":
        session.fail(name, "nowhere", text)


if __name__ == "__main__":
    sys.exit(main())
