# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as its users get it: documentation, package, installation."""

from __future__ import annotations

import json
import tarfile
import time
from pathlib import Path

import yaml
from environments import TOP
from session import Done, Session, tracked

WHERE = "controller"
PREFIX = "netdev.linux."
# Directory below plugins/ -> what ansible-doc calls its contents.
_TYPES = {"modules": "module", "filter": "filter", "become": "become"}


def run(session: Session) -> None:
    """Check the documentation, build a package, install it, and read the documentation of the installed one."""
    if not session.wants("collection", "documentation", "galaxy build", "galaxy install", "ansible-doc"):
        return
    session.check(
        "documentation",
        WHERE,
        ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", "."],
    )
    built = session.scratch / "built"
    # From the work tree with all that lies about in it: build_ignore has to keep that out.
    if not session.check("galaxy build", WHERE, ["ansible-galaxy", "collection", "build", "--output-path", built], cwd=TOP):
        return
    package = next(built.glob("*.tar.gz"))
    _contents(session, package)
    place = session.scratch / "installed"
    install: list[str | Path] = ["ansible-galaxy", "collection", "install", "--offline", "-p", place, package]
    if session.check("galaxy install", WHERE, install, environment={"ANSIBLE_COLLECTIONS_PATH": str(place)}):
        _documentation(session, place)


def _contents(session: Session, package: Path) -> None:
    """The package holds files of the project only."""
    start = time.monotonic()
    with tarfile.open(package) as archive:
        names = {member.name for member in archive if not member.isdir()}
    strangers = sorted(names - {str(path) for path in tracked()} - {"MANIFEST.json", "FILES.json"})
    output = "".join(f"{name} is in the package but not in the project: add it to build_ignore\n" for name in strangers)
    session.add("galaxy contents", WHERE, Done(0, output, time.monotonic() - start), ok=not strangers)


def _documentation(session: Session, place: Path) -> None:
    """Every module and plugin has documentation that ansible-doc reads without a warning."""
    for directory, kind in _TYPES.items():
        # A filter may have its documentation in a .yml beside its .py.
        names = sorted({path.stem for path in session.files if path.parent == Path("plugins") / directory and path.stem != "__init__"})
        if not names:
            continue
        done = session.command(
            f"ansible-doc {kind}",
            ["ansible-doc", "--json", "-t", kind, *(PREFIX + name for name in names)],
            environment={"ANSIBLE_COLLECTIONS_PATH": str(place)},
        )
        try:
            documents = json.loads(done.output)
        except ValueError:
            complaints = ["The output is not only JSON: there are warnings."]
        else:
            complaints = [f"{name} has no documentation" for name in names if not documents.get(PREFIX + name, {}).get("doc")]
            if kind == "module" and not complaints:
                _action_group(session, {name for name in names if "netns" in documents[PREFIX + name]["doc"].get("options", {})})
        output = "\n".join([done.output, *complaints])
        session.add(f"ansible-doc {kind}", WHERE, done._replace(output=output), ok=done.status == 0 and not complaints)


def _action_group(session: Session, takers: set[str]) -> None:
    """module_defaults of the group set netns: a module that takes it is in the group, one that does not is out."""
    group = set(action_group(session))
    output = f"In the group: {sorted(group)}. With an option netns: {sorted(takers)}."
    session.add("action group", WHERE, Done(0, output, 0.0), ok=group == takers)


def action_group(session: Session) -> list[str]:
    """Return the modules of the action group devices."""
    runtime = yaml.safe_load((session.collection / "meta" / "runtime.yml").read_text())
    return list(runtime["action_groups"]["devices"])
