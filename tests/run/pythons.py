# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the Python interpreters of this machine."""

from __future__ import annotations

import glob
import os
import pwd
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

_PROBE = """
import sys
try:
    import ensurepip, venv
except ImportError:
    pip = 0
else:
    pip = 1
print("%d.%d" % sys.version_info[:2], pip, int(sys.prefix != sys.base_prefix), sys.executable)
"""


class Python(NamedTuple):
    """An interpreter that really runs; a shim that leads to one is not it."""

    path: str
    version: str
    makes_venv: bool


def probe(path: str) -> Python | None:
    """Run an interpreter; None when it does not run (a shim of pyenv may stand for nothing) or is a virtual environment's."""
    try:
        done = subprocess.run([path, "-c", _PROBE], capture_output=True, text=True, timeout=30, check=True)
        version, makes_venv, virtual, executable = done.stdout.split(maxsplit=3)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return None if virtual == "1" else Python(executable.strip(), version, makes_venv == "1")


def _candidates(name: str) -> Iterator[str]:
    """Yield the paths where an interpreter of that name may be, links to the same file once."""
    # HOME may be anything; the password database and the place of pyenv's shims tell as well where pyenv keeps its versions.
    roots = [os.environ.get("PYENV_ROOT", ""), os.path.expanduser("~/.pyenv"), os.path.join(pwd.getpwuid(os.getuid()).pw_dir, ".pyenv")]
    directories = []
    for directory in os.environ.get("PATH", "").split(os.pathsep):
        if os.path.basename(directory) == "shims":
            roots.append(os.path.dirname(directory))
        directories.append(directory)
    directories += ["/usr/local/bin", "/usr/bin"]
    for root in filter(None, roots):
        directories += sorted(glob.glob(os.path.join(glob.escape(root), "versions", "*", "bin")))
    seen = set()
    for directory in directories:
        path = os.path.join(directory, name)
        real = os.path.realpath(path)
        if os.access(path, os.X_OK) and real not in seen:
            seen.add(real)
            yield path


def find(*versions: str) -> Iterator[Python]:
    """Yield the interpreters of these versions that work, in the order of the versions; those that can make environments first."""
    for version in versions:
        found = [python for path in _candidates(f"python{version}") if (python := probe(path)) is not None]
        yield from sorted(found, key=lambda python: not python.makes_venv)
