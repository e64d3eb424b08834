# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The linters, the type check, and a check of licences."""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from environments import TOP
from session import Done, Session

WHERE = "source"
# Directories of tests that import each other as parts of the collection.
PACKAGED = ("conformance", "property", "unit")
_SHELL = re.compile(rb"#!\s*(/usr)?/bin/(env )?(ba|da)?sh\b")
_IDENTIFIER = re.compile(r"SPDX-License-Identifier:\s*([\w.+-]+)")


def _ruff(session: Session) -> None:
    session.check("ruff", WHERE, ["ruff", "check", "--no-cache", "."])


def _mypy(session: Session) -> None:
    """Check the collection as the package it is, and each directory of scripts by itself."""
    # One cache for all of them, and for the next run: what the libraries declare is most of the work.
    configuration: list[str | Path] = ["mypy", "--config-file", session.collection / "mypy.ini", "--cache-dir", TOP / ".mypy_cache"]
    sources = [path for path in session.files if path.suffix == ".py"]
    packaged = [path for path in sources if path.parts[0] == "plugins" or path.parts[:2] in {("tests", each) for each in PACKAGED}]
    scripts = [path for path in sources if path not in packaged]
    root = session.collection.relative_to(session.collections)
    outcomes = []
    if packaged:
        outcomes.append(session.command("mypy collection", [*configuration, *(root / path for path in packaged)], cwd=session.collections))
    for directory in sorted({path.parent for path in scripts}):
        names = [path.name for path in scripts if path.parent == directory]
        outcomes.append(session.command(f"mypy {directory}", [*configuration, *names], cwd=session.collection / directory))
    output = "".join(done.output for done in outcomes if done.status)
    seconds = sum(done.seconds for done in outcomes)
    session.add("mypy", WHERE, Done(0, output, seconds), ok=not output)


def _yamllint(session: Session) -> None:
    session.check("yamllint", WHERE, ["yamllint", "--strict", "."])


def _ansible_lint(session: Session) -> None:
    session.check("ansible-lint", WHERE, ["ansible-lint", "--offline", "--strict", "--nocolor", "-q"])


def _shellcheck(session: Session) -> None:
    """Check every file whose first line says that it is for sh or bash."""

    def is_script(path: Path) -> bool:
        with (session.collection / path).open("rb") as stream:
            return bool(_SHELL.match(stream.readline()))

    scripts = [path for path in session.files if not (session.collection / path).is_symlink() and is_script(path)]
    session.check("shellcheck", WHERE, ["shellcheck", *scripts])


def _licences(session: Session) -> None:
    """Every file says its licence, in itself or by REUSE.toml, and the text of the licence is there."""
    start = time.monotonic()
    declared = tomllib.loads((session.collection / "REUSE.toml").read_text())["annotations"]
    patterns = [(_glob(pattern), entry["SPDX-License-Identifier"]) for entry in declared for pattern in entry["path"]]
    texts = {path.stem for path in (session.collection / "LICENSES").iterdir()}
    complaints = []
    for path in session.files:
        if path.parts[0] in {"LICENSE", "LICENSES"}:
            continue
        found = _IDENTIFIER.search((session.collection / path).read_text(errors="replace")[:2000])
        licence = found.group(1) if found else next((name for pattern, name in patterns if pattern.fullmatch(str(path))), None)
        if licence is None:
            complaints.append(f"{path}: no SPDX-License-Identifier, and REUSE.toml does not cover it")
        elif licence not in texts:
            complaints.append(f"{path}: LICENSES/{licence}.txt is missing")
    session.add("licences", WHERE, Done(0, "\n".join(complaints), time.monotonic() - start), ok=not complaints)


def _glob(pattern: str) -> re.Pattern[str]:
    """Translate a path of REUSE.toml: two stars stand for anything, one for anything within a directory."""
    parts = re.split(r"(\*\*|\*)", pattern)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))


def _changelog(session: Session) -> None:
    session.check("antsibull-changelog", WHERE, ["antsibull-changelog", "lint"])


CHECKS: dict[str, Callable[[Session], None]] = {
    "ruff": _ruff,
    "mypy": _mypy,
    "yamllint": _yamllint,
    "ansible-lint": _ansible_lint,
    "shellcheck": _shellcheck,
    "licences": _licences,
    "antsibull-changelog": _changelog,
}


def run(session: Session) -> None:
    """Run them all."""
    for name, check in CHECKS.items():
        if session.wants("lint", name):
            check(session)
