# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a format can't say. THE table: errors, warnings and the role's documentation come from here."""

from __future__ import annotations

import copy
import dataclasses
import re
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds, values
from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import ifcfg_words
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.ifcfg_words import NETWORKMANAGER, READERS

Given = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Limit:
    """``option`` as a topology has it: ``mtu``, ``options.NAME``, ``port.NAME``, ``addresses.NAME``; behind ``namespaces.`` or
    ``routes.`` where it is theirs. ``formats`` can't say it, of links of the ``kinds`` (none: of all), ``when`` the link, namespace or
    route is so. ``whole``: without it there is nothing to say of the link, namespace or route. A star at the end stands for all names
    ``but`` these, so that a new one is not said by mistake.
    """

    option: str
    formats: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    when: t.Callable[[Given], bool] | None = None
    why: str = ""  # behind "format F can't say O"; also says when
    whole: bool = False
    but: tuple[str, ...] = ()
    but_kinds: tuple[str, ...] = ()

    def about(self, kind: str, option: str, given: Given) -> bool:
        of_kind = kind not in self.but_kinds and (not self.kinds or kind in self.kinds)
        return of_kind and self._names(option) and (self.when is None or self.when(given))

    def _names(self, option: str) -> bool:
        start, star, _none = self.option.partition("*")
        rest = option[len(start) :]
        return option == self.option or (bool(star) and option.startswith(start) and "." not in rest and rest not in self.but)


ALL = ("ifupdown", "networkd", "networkmanager", *(reader.format_name for reader in READERS.values()))

# ---- ifcfg as NetworkManager reads it ------------------------------------------------------------------------------

_NM = READERS[NETWORKMANAGER]
_BY_NM = (_NM.format_name,)


def _stp_is_off(link: Given) -> bool:
    return not values.Flag().parse((link.get("options") or {}).get("stp") or False)


def _fraction(option: str) -> t.Callable[[Given], bool]:
    return lambda link: not float((link.get("options") or {}).get(option, 0)).is_integer()


def _named_after_another(link: Given) -> bool:
    """A number behind the dot of a VLAN's name, or behind "vlan", counts for more than VLAN_ID."""
    number = re.match(r"[^.]*\.(\d+)$|vlan(\d+)$", str(link.get("name")))
    options = link.get("options") or {}
    return number is not None and str(int(number[1] or number[2])) != str(options.get("id"))


def _is_down(link: Given) -> bool:
    return bool(link.get("admin_state") == kinds.DOWN)


def _is_a_port(link: Given) -> bool:
    return bool(link.get("master"))


def _not_unicast(route: Given) -> bool:
    return bool(route.get("type", "unicast") != "unicast")


# What says something else than what there is.
_ABOUT = ("name", "state", "netns", "purge", "wait", "allow_flap", "recreate", "force")


def _unknown_to_nm() -> t.Iterator[Limit]:
    """What is not in its table of words."""
    able = tuple(_NM.of_kind)
    inside = ("kind", "parent", "parent_netns", "addresses", "options", "port")
    yield Limit("owner", _BY_NM, why="as a mark on the links")
    yield Limit("kind", _BY_NM, but_kinds=able, whole=True)
    for option in ("namespaces.name", "routes.netns", "netns", "parent_netns"):
        yield Limit(option, _BY_NM, whole=True)
    yield Limit("*", _BY_NM, but=(*ifcfg_words.COMMON_OPTIONS, *inside, *_ABOUT))
    yield Limit("admin_state", _BY_NM, when=_is_down, why="that is down")
    yield Limit("addresses", _BY_NM, when=_is_a_port, why="that has a master")
    yield Limit("addresses.*", _BY_NM, but=("address",))
    yield Limit("port.*", _BY_NM, but=tuple(_NM.port))
    for kind in filter(None, able):
        yield Limit("options.*", _BY_NM, (kind,), but=tuple(_NM.of_kind[kind]))
    for option in ifcfg_words.ONLY_WITH_STP:
        yield Limit("options." + option, _BY_NM, ("bridge",), when=_stp_is_off, why="whose stp is off")
    for option in ifcfg_words.IN_SECONDS:
        yield Limit("options." + option, _BY_NM, ("bridge",), when=_fraction(option), why="but in whole seconds")
    yield Limit("options.id", _BY_NM, ("vlan",), when=_named_after_another, why="whose name has another number", whole=True)
    yield Limit("routes.type", _BY_NM, when=_not_unicast, why="other than unicast", whole=True)
    yield Limit("routes.nexthops", _BY_NM, whole=True)
    yield Limit(
        "routes.*",
        _BY_NM,
        but=("destination", "gateway", "dev", "table", "metric", "type", "src", "onlink", "mtu", "netns", "state", "nexthops"),
    )


LIMITS: tuple[Limit, ...] = tuple(_unknown_to_nm())


def apply(raw: dict[str, t.Any], format_name: str, missing: str, variable: str) -> tuple[dict[str, t.Any], list[str]]:
    """The topology without what a format can't say, and a warning for each of those; raises InvalidInput unless ``missing`` is warn."""
    left = copy.deepcopy(raw)
    problems: list[tuple[str, str]] = []
    limits = [limit for limit in LIMITS if format_name in limit.formats]

    def refused(places: t.Iterable[Place], whole: bool) -> t.Iterator[Place]:
        for place in places:
            limit = next((limit for limit in limits if limit.whole is whole and limit.about(place.kind, place.option, place.given)), None)
            if limit:
                problems.append((place.path, _text(limit, format_name, place.option, place.kind)))
                yield place

    for items, position, places in _items(left, variable):
        if next(refused(places, whole=True), None):
            items[position] = None  # it keeps its place, for the paths of the others
        else:
            for place in refused(places, whole=False):
                del place.holder[place.key]
    if left.get("owner") and any(True for _item in _items(left, variable)):
        for place in refused([Place("owner", "%s.owner" % variable, left, "owner", "", left)], whole=False):
            del place.holder[place.key]
    if problems and missing != "warn":
        raise InvalidInput([(path, "%s, or persist_missing: warn, which leaves it out" % text) for path, text in problems])
    for name in _LISTS:
        left[name] = [item for item in left.get(name, []) if item is not None]
    return left, ["%s: %s; it is left out" % problem for problem in problems]


_LISTS = {"namespaces": "namespaces.", "links": "", "routes": "routes."}  # and what their options begin with


def _text(limit: Limit, format_name: str, option: str, kind: str) -> str:
    able = [name for name in ALL if name not in limit.formats]
    what = option.rsplit(".", 1)[-1] + (" of a %s" % kind if kind else "")
    return "format %s can't say %s%s; allowed: %s" % (
        format_name,
        what,
        " " + limit.why if limit.why else "",
        "format %s" % " or ".join(able) if able else "to leave it out",
    )


class Place(t.NamedTuple):
    """An option that is given: the dictionary and the key that it is under, the kind, and what has it."""

    option: str
    path: str
    holder: dict[str, t.Any]
    key: str
    kind: str
    given: Given


def _items(raw: dict[str, t.Any], variable: str) -> t.Iterator[tuple[list[t.Any], int, list[Place]]]:
    """Every namespace, link and route: the list and the position that it has there, and the options that are given."""
    for name, prefix in _LISTS.items():
        items = raw.get(name, [])
        for position, item in enumerate(items):
            if isinstance(item, dict) and item.get("state") != "absent":
                kind = str(item.get("kind") or "")
                path = "%s.%s[%d]" % (variable, name, position)
                places = list(_of_one(item, path, prefix, kind, item))
                if isinstance(item.get("peer"), dict):
                    places += _of_one(item["peer"], path + ".peer", prefix, kind, item["peer"])
                yield items, position, places


def _of_one(item: dict[str, t.Any], path: str, prefix: str, kind: str, given: Given) -> t.Iterator[Place]:
    for key, value in list(item.items()):
        yield Place(prefix + key, "%s.%s" % (path, key), item, key, kind, given)
        inside = value if isinstance(value, list) else [value]
        for position, nested in enumerate(inside):
            if isinstance(nested, dict) and key not in ("peer", "wait"):
                where = "%s.%s%s" % (path, key, "[%d]" % position if isinstance(value, list) else "")
                for name in list(nested):
                    yield Place("%s%s.%s" % (prefix, key, name), "%s.%s" % (where, name), nested, name, kind, given)


def table() -> str:
    """For the documentation, in Markdown. Options that are alike are one row."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for limit in LIMITS:
        kinds_ = ", ".join(limit.kinds) or "all" + (" but %s" % ", ".join(filter(None, limit.but_kinds)) if limit.but_kinds else "")
        row = (kinds_, ", ".join(limit.formats), limit.why or ("at all" if limit.whole else ""))
        but = " but %s" % ", ".join("`%s`" % name for name in limit.but) if limit.but else ""
        alike.setdefault(row, []).append("`%s`%s" % (limit.option, but))
    lines = ["| option | of kinds | formats | when |", "|---|---|---|---|"]
    return "\n".join([*lines, *("| %s | %s |" % ("; ".join(options), " | ".join(row)) for row, options in alike.items())]) + "\n"
