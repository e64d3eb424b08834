# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a format can't say. THE table: errors, warnings and the role's documentation come from here."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput

Given = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Limit:
    """``option`` as a topology has it: ``mtu``, ``options.NAME``, ``port.NAME``, ``addresses.NAME``; behind ``namespaces.`` or
    ``routes.`` where it is theirs. ``formats`` can't say it, of links of the ``kinds`` (none: of all), ``when`` the link, namespace or
    route is so.
    """

    option: str
    formats: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    when: t.Callable[[Given], bool] | None = None
    why: str = ""  # behind "format F can't say O"; also says when

    def about(self, kind: str, option: str, given: Given) -> bool:
        return option == self.option and (not self.kinds or kind in self.kinds) and (self.when is None or self.when(given))


ALL = ("ifupdown", "networkd")

LIMITS: tuple[Limit, ...] = ()


def apply(raw: dict[str, t.Any], format_name: str, missing: str, variable: str) -> tuple[dict[str, t.Any], list[str]]:
    """The topology without what a format can't say, and a warning for each of those; raises InvalidInput unless ``missing`` is warn."""
    left = copy.deepcopy(raw)
    problems: list[tuple[str, str]] = []
    for option, path, holder, key, kind, given in _options(left, variable):
        for limit in LIMITS:
            if format_name in limit.formats and limit.about(kind, option, given):
                problems.append((path, _text(limit, format_name, option, kind)))
                del holder[key]
                break
    if problems and missing != "warn":
        raise InvalidInput([(path, "%s, or persist_missing: warn, which leaves it out" % text) for path, text in problems])
    return left, ["%s: %s; it is left out" % problem for problem in problems]


def _text(limit: Limit, format_name: str, option: str, kind: str) -> str:
    able = [name for name in ALL if name not in limit.formats]
    what = option.rsplit(".", 1)[-1] + (" of a %s" % kind if kind else "")
    return "format %s can't say %s%s; allowed: %s" % (
        format_name,
        what,
        " " + limit.why if limit.why else "",
        "format %s" % " or ".join(able) if able else "to leave it out",
    )


Place = tuple[str, str, "dict[str, t.Any]", str, str, Given]


def _options(raw: dict[str, t.Any], variable: str) -> t.Iterator[Place]:
    """Every option that is given: its name, its path, the dictionary and the key that it is under, the kind, and what has it."""
    for name, prefix in (("namespaces", "namespaces."), ("links", ""), ("routes", "routes.")):
        for position, item in enumerate(raw.get(name, [])):
            if isinstance(item, dict) and item.get("state") != "absent":
                kind = str(item.get("kind") or "")
                yield from _of_one(item, "%s.%s[%d]" % (variable, name, position), prefix, kind, item)
                if isinstance(item.get("peer"), dict):
                    yield from _of_one(item["peer"], "%s.%s[%d].peer" % (variable, name, position), prefix, kind, item["peer"])


def _of_one(item: dict[str, t.Any], path: str, prefix: str, kind: str, given: Given) -> t.Iterator[Place]:
    for key, value in list(item.items()):
        yield prefix + key, "%s.%s" % (path, key), item, key, kind, given
        inside = value if isinstance(value, list) else [value]
        for position, nested in enumerate(inside):
            if isinstance(nested, dict) and key not in ("peer", "wait"):
                where = "%s.%s%s" % (path, key, "[%d]" % position if isinstance(value, list) else "")
                for name in list(nested):
                    yield "%s%s.%s" % (prefix, key, name), "%s.%s" % (where, name), nested, name, kind, given


def table() -> str:
    """For the documentation, in Markdown."""
    rows = [("option", "of kinds", "formats", "when")]
    rows += [("`%s`" % limit.option, ", ".join(limit.kinds) or "all", ", ".join(limit.formats), limit.why) for limit in LIMITS]
    lines = ["| %s |" % " | ".join(row) for row in rows]
    return "\n".join([lines[0], "|---|---|---|---|", *lines[1:]]) + "\n"
