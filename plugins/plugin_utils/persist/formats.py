# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats, and how a format's files come about.

**A new format** is an entry in ``FORMATS``, a file of its own beside this one that makes its data from an :class:`.intent.Intent`
(pure: no file, no process), templates in ``roles/persist/templates/FORMAT/``, and its name in the rows of :mod:`.limits` that it can't
say. Golden files of it are in ``tests/unit/roles/persist/golden/FORMAT/``.
"""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import jinja2

from ansible_collections.netdev.linux.plugins.plugin_utils.persist import ifupdown, intent
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.intent import Intent

TEMPLATES = Path(__file__).resolve().parents[3] / "roles" / "persist" / "templates"

# The first line of each file: it tells files of ours, and of which owner, from those of others.
HEAD = "# Written by the role netdev.linux.persist for owner %s. Changes are overwritten.\n"


@dataclasses.dataclass(frozen=True)
class Document:
    """A file to render: ``data`` is what its template gets."""

    path: str
    template: str  # below the format's folder
    data: dict[str, t.Any]
    mode: int = 0o644


@dataclasses.dataclass(frozen=True)
class Format:
    """``documents`` makes the files of an intent. ``places`` are the patterns of paths where files of ours may be: what is there with our
    head and is not wanted any more is removed. ``check`` validates one file before it goes live, ``{}`` being its path.
    """

    name: str
    documents: t.Callable[[Intent], list[Document]]
    places: tuple[str, ...]
    check: tuple[str, ...] = ()


def _ifupdown(wanted: Intent) -> list[Document]:
    name = "50-netdev" + ("-" + wanted.owner if wanted.owner else "")
    data = {"stanzas": ifupdown.stanzas(wanted)}
    return [Document("/etc/network/interfaces.d/" + name, "interfaces.j2", data)] if wanted.parts else []


FORMATS = {
    each.name: each
    for each in (
        Format(
            "ifupdown",
            _ifupdown,
            places=("/etc/network/interfaces.d/[0-9][0-9]-netdev*",),
            check=("ifquery", "--list", "-i", "{}"),
        ),
    )
}


def render(topology: t.Any, owner: str, format_name: str, missing: str = "error") -> tuple[list[dict[str, t.Any]], list[str]]:
    """The files of a topology, each with path, content and mode, and warnings. Raises NetdevError, with the path of every problem."""
    wanted = intent.read(topology, owner, format_name, missing)
    environment = jinja2.Environment(  # noqa: S701  # no HTML
        loader=jinja2.FileSystemLoader(TEMPLATES / format_name),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    files = [
        {
            "path": document.path,
            "content": head(wanted.owner) + environment.get_template(document.template).render(document.data),
            "mode": document.mode,
        }
        for document in FORMATS[format_name].documents(wanted)
    ]
    return files, wanted.warnings


def head(owner: str) -> str:
    """The first line of the files of an owner."""
    return HEAD % (owner or "-")
