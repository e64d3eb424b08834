# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of boot files means: the topology that they make at boot, before and after."""

from __future__ import annotations

import fnmatch
import os
import typing as t

import yaml

from ansible_collections.netdev.linux.plugins.plugin_utils.persist import formats, readback

SUBJECT = "topology at boot"

Texts = dict[str, str]  # by path


def of(files: t.Iterable[dict[str, t.Any]], diff: t.Sequence[dict[str, str]], format_name: str, root: str = "/") -> dict[str, t.Any]:
    """What module files returns beside the texts: ``topology`` with ``before`` and ``after``, ``not_understood``, and a ``diff`` with both.

    ``files`` are those that are rendered, ``diff`` the texts that changed. Nothing for a format that can't be read back.
    """
    if not diff or not readback.readable(format_name):
        return {}
    after = {_below(root, each["path"]): each["content"] for each in files}
    before = {**after, **{entry["before_header"]: entry["before"] for entry in diff}}
    was, unread = _read({path: text for path, text in before.items() if _is_ours(text)}, format_name)
    will, _nothing = _read(after, format_name)
    result: dict[str, t.Any] = {"topology": {"before": was, "after": will}, "not_understood": unread}
    if was != will or unread:
        told = "".join("# not understood: %s\n" % each for each in unread)
        shown = {"before": _yaml(was) + told, "after": _yaml(will)}
        result["diff"] = [{"before_header": SUBJECT, "after_header": SUBJECT, **shown}, *diff]
    return result


def _below(root: str, path: str) -> str:
    return os.path.normpath("%s/%s" % (root, path)) if root != "/" else path


def _is_ours(text: str) -> bool:
    """Whether this role wrote it; of what others wrote nothing is read."""
    return any(line.startswith(formats.KIN) for line in text.splitlines()[:2])


def _read(files: Texts, format_name: str) -> tuple[dict[str, t.Any], list[str]]:
    """The topology of files that may be of several formats, as far as these can be read back."""
    by_format: dict[str, Texts] = {}
    for path, text in files.items():
        by_format.setdefault(_format_of(path, format_name), {})[path] = text
    topology: dict[str, t.Any] = {}
    unread: list[str] = []
    for name, texts in by_format.items():
        if readback.readable(name):
            found, problems = readback.of_files(texts, name)
            unread += problems
            for key, items in found.items():
                topology[key] = [*topology.get(key, []), *items]
    return topology, unread


def _format_of(path: str, format_name: str) -> str:
    """The format of a file by its place: the one that is wanted, where that has such files."""
    order = [format_name, *formats.FORMATS]
    return next((name for name in order if any(fnmatch.fnmatch(path, "*" + place) for place in formats.FORMATS[name].places)), "")


def _yaml(topology: dict[str, t.Any]) -> str:
    return yaml.safe_dump(topology, sort_keys=False, allow_unicode=True) if topology else ""
