# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From files of formats ifupdown and ifcfg back to the topology that they make at boot: what differs from the intent is shown as intent.

A topology that is read back is in a form of its own: sorted, without what a new link has anyway, without how changes are to be made.
:func:`of_intent` brings a given one to that form. What is not understood is told with file and line, never guessed.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    HERE,
    SCOPE_NAMES,
    Address,
    Link,
    Route,
    Where,
    owner_of,
    shown_sysctls,
)
from ansible_collections.netdev.linux.plugins.module_utils.values import parse_prefix
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import commands, ifcfg_words
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.commands import NotUnderstood
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.intent import Intent

Shown = dict[str, t.Any]

# It has no word for a link's state: whatever it knows comes up.
_BRINGS_ALL_UP = ifcfg_words.READERS[ifcfg_words.NETWORKMANAGER].format_name


@dataclasses.dataclass
class Found:
    """What operations come to."""

    links: dict[Where, Link] = dataclasses.field(default_factory=dict)
    namespaces: dict[str, Shown] = dataclasses.field(default_factory=dict)
    routes: list[Route] = dataclasses.field(default_factory=list)
    unread: list[str] = dataclasses.field(default_factory=list)  # PATH:LINE: what is not understood

    def link(self, where: Where) -> Link:
        return self.links.setdefault(where, Link(where[1], where[0]))

    def namespace(self, name: str) -> Shown:
        return self.namespaces.setdefault(name, {"name": name})


def of_intent(intent: Intent, format_name: str) -> Shown:
    """A topology in the form of one that was read back."""
    found = Found()
    for part in intent.parts:
        _fold(found, part.operations)
        _fold(found, [ops.AddRoute(route) for route in part.routes])
        _fold(found, [ops.DeleteRoute(route) for route in part.unrouted])
    if format_name == _BRINGS_ALL_UP:
        for link in found.links.values():
            link.common.pop("admin_state", None)
    return show(found)


def of_files(files: t.Mapping[str, str], format_name: str) -> tuple[Shown, list[str]]:
    """What files, by their paths, make at boot; and what of them is not understood, each with path and line."""
    found = Found()
    for path, text in sorted(files.items()):
        _READ[format_name](found, path, text.splitlines())
    return show(found), found.unread


def readable(format_name: str) -> bool:
    """Whether files of a format can be read back."""
    return format_name in _READ


def _attempt(found: Found, path: str, number: int, read: t.Callable[[], t.Sequence[ops.Operation]]) -> None:
    try:
        _fold(found, read())
    except NotUnderstood as error:
        found.unread.append("%s:%d: %s" % (path, number, error))


# ---- from operations -----------------------------------------------------------------------------------------------


def _fold(found: Found, operations: t.Iterable[ops.Operation]) -> None:
    for operation in operations:
        _FOLD[type(operation)](found, operation)


def _add_namespace(found: Found, operation: ops.AddNamespace) -> None:
    found.namespace(operation.name)


def _add_link(found: Found, operation: ops.AddLink) -> None:
    link = found.link(operation.where)
    link.kind = operation.kind.name
    link.common.update(operation.common)
    link.options.update(operation.options)
    link.parent_at = operation.parent
    if operation.peer:
        where, common = operation.peer
        other = found.link(where)
        other.kind = operation.kind.name
        other.common.update(common)
        link.peer_at, other.peer_at = where, link.where


def _add_tuntap(found: Found, operation: ops.AddTuntap) -> None:
    link = found.link(operation.where)
    link.kind = kinds.TUNTAP.name
    link.options.update({name: value for name, value in operation.options.items() if value not in (None, False)})


def _set_link(found: Found, operation: ops.SetLink) -> None:
    if operation.name == "lo" and operation.netns != HERE and list(operation.values) == ["admin_state"]:
        found.namespace(operation.netns)["loopback"] = operation.values["admin_state"]
    else:
        found.link(operation.where).common.update(operation.values)


def _set_kind(found: Found, operation: ops.SetKind) -> None:
    found.link(operation.where).options.update({**operation.message(whole=False), **operation.values})


def _set_sysctl(found: Found, operation: ops.SetSysctl) -> None:
    if operation.link:
        found.link((operation.netns, operation.link)).sysctls[operation.key] = operation.value
    else:
        found.namespace(operation.netns).setdefault("sysctls", {})[operation.key] = operation.value


def _add_vlans(found: Found, operation: ops.AddVlans) -> None:
    link = found.link(operation.where)
    span = range(operation.span.first, operation.span.last + 1)
    link.vlans = bridging.added(link.vlans or {}, dict.fromkeys(span, operation.span.vlan))


def _delete_vlans(found: Found, operation: ops.DeleteVlans) -> None:
    link = found.link(operation.where)
    link.vlans, link.purge = link.vlans or {}, link.purge | {"vlans"}


def _add_fdb_entry(found: Found, operation: ops.AddFdbEntry) -> None:
    link = found.link(operation.where)
    link.fdb = {**(link.fdb or {}), (operation.mac, operation.vlan): operation.entry}


def _add_address(found: Found, operation: ops.AddAddress) -> None:
    link = found.link(operation.where)
    link.addresses = [*(link.addresses or []), operation.address]


def _add_altname(found: Found, operation: ops.AddAltname) -> None:
    link = found.link(operation.where)
    link.altnames = [*(link.altnames or []), *([] if owner_of(operation.altname) else [operation.altname])]


def _move_link(found: Found, operation: ops.MoveLink) -> None:
    link = found.link(operation.where)
    del found.links[link.where]
    link.netns = operation.to
    found.links[link.where] = link


_FOLD: dict[type[ops.Operation], t.Callable[[Found, t.Any], None]] = {
    ops.AddNamespace: _add_namespace,
    ops.SetNsid: lambda found, operation: found.namespace(operation.name).update(nsid=operation.nsid),
    ops.AddLink: _add_link,
    ops.AddTuntap: _add_tuntap,
    ops.SetLink: _set_link,
    ops.SetKind: _set_kind,
    ops.SetPort: lambda found, operation: found.link(operation.where).port.update(operation.values),
    ops.SetSysctl: _set_sysctl,
    ops.AddVlans: _add_vlans,
    ops.DeleteVlans: _delete_vlans,
    ops.AddFdbEntry: _add_fdb_entry,
    ops.AddAddress: _add_address,
    ops.AddAltname: _add_altname,
    ops.MoveLink: _move_link,
    ops.AddRoute: lambda found, operation: found.routes.append(operation.route),
    ops.DeleteRoute: lambda found, operation: found.routes.append(dataclasses.replace(operation.route, state="absent")),
}


# ---- to the input of module topology -------------------------------------------------------------------------------


def show(found: Found) -> Shown:
    """As a task would write it."""
    links = []
    for _where, link in sorted(found.links.items()):
        other = found.links.get(link.peer_at) if link.peer_at else None
        if other and (other.netns != HERE, *other.where) < (link.netns != HERE, *link.where):
            continue  # a pair is known by its end on the host
        shown = _link(link)
        if other:
            shown["peer"] = {key: value for key, value in {"netns": HERE, **_link(other)}.items() if key != "kind"}
        if set(shown) - {"name", "netns"}:
            links.append(shown)
    shown_namespaces = [found.namespaces[name] for name in sorted(found.namespaces)]
    lists = {"namespaces": shown_namespaces, "links": links, "routes": sorted(map(_route, found.routes), key=str)}
    return {key: value for key, value in lists.items() if value}


def _link(link: Link) -> Shown:
    shown: Shown = {"name": link.name, "kind": link.kind, "netns": link.netns}
    if link.parent_at:
        shown["parent"] = link.parent_at[1]
        shown["parent_netns"] = link.parent_at[0] if link.parent_at[0] != link.netns else ""
    for name, value in sorted(link.common.items()):
        if (name, value) not in (("admin_state", kinds.DOWN), ("master", "")):
            shown[name] = kinds.COMMON_BY_OPTION[name].type.show(value)
    port = {name: kinds.PORT_BY_OPTION[name].type.show(value) for name, value in sorted(link.port.items())}
    has_vlans = bool(link.table and link.table.has_vlans)
    if link.vlans is not None and not has_vlans:
        port["vlans"] = bridging.show_vlans(link.vlans)
    if link.fdb:
        port["fdb"] = bridging.show_fdb(link.fdb, {})
    lists = {
        "addresses": [address.show() for address in link.addresses or []],
        "altnames": sorted(link.altnames or []),
        "sysctls": shown_sysctls(dict(sorted(link.sysctls.items()))),
        "options": _options(link),
        "port": port,
        "vlans": bridging.show_vlans(link.vlans) if link.vlans and has_vlans else [],
        "purge": sorted(link.purge),
    }
    return {key: value for key, value in {**shown, **lists}.items() if value not in (None, "", [], {}) or key == "alias"}


def _options(link: Link) -> Shown:
    """Those that iproute2 can say, and not one for another: "flag null" is two switches that are off."""
    if link.table is None:
        return {}
    by_option = link.table.by_option
    phrases = {name: by_option[name].type.phrase(by_option[name].ip, value) for name, value in link.options.items() if name in by_option}
    said = {name for name, phrase in phrases.items() if phrase and not _means_two(link.table, name, phrase)}
    return {name: by_option[name].type.show(link.options[name]) for name in sorted(said)}


def _means_two(kind: kinds.Kind, option: str, phrase: list[str]) -> bool:
    return any(
        phrase == (commands.meant(attribute, phrase, commands.spelled) and phrase)
        for attribute in kind.attributes
        if attribute.name != option
    )


def _route(route: Route) -> Shown:
    shown = route.show()
    if route.scope is not None and route.scope != ops.natural_route_scope(route):
        shown["scope"] = SCOPE_NAMES.get(route.scope, route.scope)
    return {**shown, **({"state": "absent"} if route.state == "absent" else {})}


# ---- format ifupdown -----------------------------------------------------------------------------------------------

_MAKES = ("pre-up", "up")
_TAKES_BACK = ("down", "post-down")


def _ifupdown(found: Found, path: str, lines: list[str]) -> None:
    stanza = ""
    automatic: set[str] = set()
    mtus: dict[str, ops.Operation] = {}  # set when the link is brought up, after what is before that
    for number, line in enumerate(lines, 1):
        word, _blank, rest = line.strip().partition(" ")
        if not word or word.startswith("#") or (word in _TAKES_BACK and stanza):
            continue
        if word == "auto":
            automatic.update(rest.split())
        elif word == "iface" and rest.split()[1:] == ["inet", "manual"] and rest.split()[0] in automatic:
            stanza = rest.split()[0]
        elif word in _MAKES and stanza:
            _attempt(found, path, number, lambda rest=rest: commands.operations(rest))  # type: ignore[misc]
        elif word == "mtu" and stanza and rest.isdigit():
            mtus[stanza] = ops.SetLink(HERE, stanza, {"mtu": int(rest)})
        else:
            found.unread.append("%s:%d: %s is nothing that this role writes" % (path, number, line.strip()))
    _fold(found, mtus.values())


# ---- format ifcfg --------------------------------------------------------------------------------------------------


def _ifcfg(reader: ifcfg_words.Reader) -> t.Callable[[Found, str, list[str]], None]:
    def read(found: Found, path: str, lines: list[str]) -> None:
        name = path.rsplit("/", 1)[-1]
        if name.startswith("ifcfg-"):
            _ifcfg_file(found, path, lines, reader)
        elif name.startswith(("route-", "route6-")):
            for number, line in enumerate(lines, 1):
                if line.strip() and not line.startswith("#"):
                    _attempt(found, path, number, lambda line=line: commands.understood(["ip", "route", "add", *line.split()]))  # type: ignore[misc]

    return read


@dataclasses.dataclass
class Variables:
    """Those of a file, with the lines that they are in. What was asked for is understood."""

    values: dict[str, tuple[str, int]]
    asked: set[str] = dataclasses.field(default_factory=set)

    def get(self, key: str) -> str | None:
        self.asked.add(key)
        return self.values[key][0] if key in self.values else None


def _ifcfg_file(found: Found, path: str, lines: list[str], reader: ifcfg_words.Reader) -> None:
    variables = Variables({})
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        key, equals, value = line.partition("=")
        try:
            if not equals or not re.fullmatch(r"[A-Z0-9_]+", key):
                raise NotUnderstood("%s is nothing that this role writes" % line)
            variables.values[key] = (commands.literal(value), number)
        except NotUnderstood as error:
            found.unread.append("%s:%d: %s" % (path, number, error))
    if (variables.get("DEVICETYPE") or "").startswith("netdev"):
        _helped(found, path, variables)
    else:
        _native(found, path, variables, reader)
    for key, (_value, number) in variables.values.items():
        if key not in variables.asked:
            found.unread.append("%s:%d: %s is nothing that this role writes there" % (path, number, key))


_SAME = {"ONBOOT": "yes", "BOOTPROTO": "none"}


def _helped(found: Found, path: str, variables: Variables) -> None:
    variables.asked.update(("DEVICE", "NETDEV_NEEDS", "HOTPLUG", "NM_CONTROLLED"))
    _expect(found, path, variables, _SAME)
    for key, (value, number) in sorted(variables.values.items()):
        if key.startswith(("NETDEV_UP_", "NETDEV_DOWN_")):
            variables.asked.add(key)
        if key.startswith("NETDEV_UP_"):
            _attempt(found, path, number, lambda value=value: commands.operations(value))  # type: ignore[misc]


def _expect(found: Found, path: str, variables: Variables, expected: dict[str, str]) -> None:
    for key, value in expected.items():
        given = variables.get(key)
        if given != value:
            number = variables.values[key][1] if key in variables.values else 1
            found.unread.append("%s:%d: %s is %s, and not %s" % (path, number, key, given or "missing", value))


def _native(found: Found, path: str, variables: Variables, reader: ifcfg_words.Reader) -> None:
    kind = next((kind for kind, word in reader.types.items() if word == variables.get("TYPE")), None)
    name = variables.get("DEVICE")
    if kind is None or not name:
        found.unread.append("%s:1: DEVICE %s of TYPE %s is nothing that this role writes" % (path, name, variables.get("TYPE")))
        return
    link = found.link((HERE, name))
    link.kind = kind or None
    if reader.format_name != _BRINGS_ALL_UP:
        link.common["admin_state"] = kinds.UP
    _expect(found, path, variables, {**_SAME, **reader.always})
    variables.asked.update(("DEVICETYPE", "VLAN", "BONDING_MASTER", "SLAVE", "IPV6INIT", "IPV6_AUTOCONF", "IPV6_SET_SYSCTLS"))
    if kind == kinds.VLAN.name:
        link.parent_at = (HERE, variables.get("PHYSDEV") or "")
    if kind == kinds.TUNTAP.name:
        link.options["mode"] = "tun" if name.startswith("tun") else "tap"
    master = variables.get("BRIDGE") or variables.get("MASTER")
    link.common.update({"master": master} if master else {})
    is_port = bool(variables.get("BRIDGE"))
    tables = [(ifcfg_words.COMMON, kinds.COMMON_BY_OPTION, link.common)]
    tables.append((reader.of_kind[kind], link.table.by_option if link.table else {}, link.options))
    tables.append((reader.port if is_port else {}, kinds.PORT_BY_OPTION, link.port))
    problems = _said(variables, tables)
    link.addresses = _addresses(variables, problems) or None
    found.unread += ["%s:%d: %s" % (path, variables.values[key][1], text) for key, text in problems]


Tables = list[tuple[ifcfg_words.Words, dict[str, kinds.Attribute], dict[str, t.Any]]]


def _said(variables: Variables, tables: Tables) -> list[tuple[str, str]]:
    """Put what variables say into the values of a link. Returns the variables that say what is not understood, and that."""
    problems = []
    keys = dict.fromkeys(word.key for words, _by_option, _values in tables for word in words.values())
    for key in keys:
        text = variables.get(key)
        for item in [] if text is None else text.split() if any(word.word for word in _of(tables, key)) else [text]:
            name, value = item.split("=", 1) if "=" in item else ("", item)
            matches = [
                (option, word, by_option[option], into)
                for words, by_option, into in tables
                for option, word in words.items()
                if (word.key, word.word) == (key, name)
            ]
            heard = [(into, option, meaning) for option, word, attribute, into in matches for meaning in _meant(word, attribute, value)]
            for into, option, meaning in heard[:1]:
                into[option] = meaning
            problems += [] if heard else [(key, "%s is not understood" % item)]
    return problems


def _of(tables: Tables, key: str) -> list[ifcfg_words.Word]:
    return [word for words, _by_option, _values in tables for word in words.values() if word.key == key]


def _meant(word: ifcfg_words.Word, attribute: kinds.Attribute, text: str) -> list[t.Any]:
    """The value that the reader's word for it is; none if there is no such one."""
    try:
        return [value for value in commands.candidates(attribute.type, [text, ""]) if word.say(attribute, value) == text][:1]
    except ValueError:
        return []


def _addresses(variables: Variables, problems: list[tuple[str, str]]) -> list[Address]:
    texts = []
    for key in [key for key in variables.values if re.fullmatch(r"IPADDR\d*", key)]:
        index = key[len("IPADDR") :]
        variables.asked.add("ARPCHECK" + index)
        texts.append((key, "%s/%s" % (variables.get(key), variables.get("PREFIX" + index))))
    for key in ("IPV6ADDR", "IPV6ADDR_SECONDARIES"):
        texts += [(key, text) for text in (variables.get(key) or "").split()]
    found = []
    for key, text in texts:
        try:
            found.append(Address(*parse_prefix(text)))
        except ValueError as error:
            problems.append((key, str(error)))
    return found


_READ: dict[str, t.Callable[[Found, str, list[str]], None]] = {
    "ifupdown": _ifupdown,
    **{reader.format_name: _ifcfg(reader) for reader in ifcfg_words.READERS.values()},
}
