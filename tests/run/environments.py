# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual environments of the demo and the tests, and the system packages beside them.

From the command line: environments.py demo|test|bench
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import packages
import pythons

TOP = Path(__file__).resolve().parents[2]
# Builds the test VM and runs plays in it.
VM = TOP / "tests" / "vm" / "vm.py"
REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
CONTROLLER = TOP / ".venv"
# What the benchmark compares with.
BENCH = TOP / ".venv-bench"
# The order is that of how long we have run on them.
CONTROLLER_PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3")
OLDEST_CONTROLLER = (3, 11)


class Target(NamedTuple):
    """A Python with a pyroute2 as managed hosts have them."""

    wanted: str
    python: pythons.Python
    pyroute2: str

    @property
    def venv(self) -> Path:
        """Its virtual environment."""
        return TOP / ".venv-targets" / f"python{self.python.version}-pyroute2-{self.pyroute2}"

    @property
    def executable(self) -> Path:
        """Its interpreter."""
        return self.venv / "bin" / "python"

    def __str__(self) -> str:
        return f"python{self.python.version} pyroute2 {self.pyroute2}"


# Both ends of what we support: the oldest Python with the oldest pyroute2, and the newest of both.
MATRIX = (("3.9", "0.7.2"), ("3.13", "newest"))


def targets(fallback: pythons.Python) -> list[Target]:
    """Return the environments of managed hosts; a Python that is not on this machine is replaced by the controller's."""
    return [Target(version, next(pythons.find(version), fallback), pyroute2) for version, pyroute2 in MATRIX]


def controller() -> pythons.Python:
    """Return a Python that ansible-core runs on, installing one where we may."""
    for attempt in ("look", "install", "look again"):
        if attempt == "install":
            # Ubuntu 22.04 is the one system whose own Python is too old and that has a newer one beside it.
            too_old = sys.version_info < OLDEST_CONTROLLER
            packages.install(["python3.11", "python3.11-venv"] if too_old else ["python3", "python3-venv"])
        for python in pythons.find(*CONTROLLER_PYTHONS):
            if python.makes_venv and tuple(map(int, python.version.split("."))) >= OLDEST_CONTROLLER:
                return python
    raise packages.MissingPackages("No Python of 3.11 or later with the modules venv and ensurepip was found.")


def make(venv: Path, python: pythons.Python, requirements: list[str]) -> None:
    """Make an environment, or bring it up to its requirements. Does nothing when it is what it should be."""
    texts = [path.read_text() for path in sorted(REQUIREMENTS.iterdir())]
    # The scripts inside hold the path of the environment: a moved one is a broken one.
    wanted = hashlib.sha256(repr((str(venv), python.version, requirements, texts)).encode()).hexdigest()
    stamps = venv / "stamps"
    stamp = stamps / wanted
    executable = venv / "bin" / "python"
    if stamp.exists() and subprocess.run([executable, "-c", ""], check=False).returncode == 0:
        return
    print(f"Setting up {venv.relative_to(TOP)} with Python {python.version}", flush=True)
    if not stamps.exists() or subprocess.run([executable, "-c", ""], check=False, stderr=subprocess.DEVNULL).returncode:
        shutil.rmtree(venv, ignore_errors=True)
        _run([python.path, "-m", "venv", str(venv)])
    _run([str(executable), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements])
    stamps.mkdir(exist_ok=True)
    stamp.touch()


def _run(command: list[str]) -> None:
    """Run a command of which only a failure is worth reading."""
    # An activated environment or a PYTHONPATH would leak into the one that is being made.
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{done.stdout}\n{' '.join(command)}: exit status {done.returncode}")


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time make environments in this work tree."""
    directory = os.open(TOP, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def setup(purpose: str) -> None:
    """Make everything that the demo or the tests need."""
    packages.install(packages.missing(packages.SETS[purpose]))
    python = controller()
    controller_needs = "demo" if purpose == "demo" else "test"
    jobs = [(CONTROLLER, python, ["-r", str(REQUIREMENTS / f"{controller_needs}.txt")])]
    if purpose == "bench":
        jobs.append((BENCH, python, ["-r", str(REQUIREMENTS / "bench.txt")]))
    if purpose == "test":
        for target in targets(python):
            pyroute2 = "pyroute2 <1" if target.pyroute2 == "newest" else f"pyroute2 =={target.pyroute2}"
            jobs.append((target.venv, target.python, [pyroute2, "-r", str(REQUIREMENTS / "target.txt")]))
    with _alone(), ThreadPoolExecutor() as pool:
        list(pool.map(lambda job: make(*job), jobs))


def main() -> int:
    """Set up, for the purpose that the command line names."""
    if len(sys.argv) != 2 or sys.argv[1] not in packages.SETS:
        print(f"usage: environments.py {'|'.join(packages.SETS)}", file=sys.stderr)
        return 2
    try:
        setup(sys.argv[1])
    except (packages.MissingPackages, RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
