# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Units of systemd that run commands: for namespaces, for what is in them, and for what a format has no words for.

Each part has a unit of its own, which waits for what it is made of, and which takes back what it did when it is stopped. The
commands are those that format ifupdown has in its stanzas.
"""

from __future__ import annotations

import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.model import HERE, Where
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import ifupdown
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.document import Document
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.intent import Part
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.native import Section, escaped, file_stem

FOLDER = "/etc/systemd/system"
PLACES = (FOLDER + "/netns@*.service", FOLDER + "/netdev-*.service", FOLDER + "/multi-user.target.d/50-netdev-*.conf")

_TEMPLATE = "ini.j2"


def documents(parts: list[Part], owner: str, waits: t.Mapping[str, str] | None = None) -> list[Document]:
    """The units of these parts, and what makes a boot start them: no link has to be made for that.

    ``waits`` has, for links that the network service makes, the command that waits until it has done all that it does for one.
    """
    if not parts:
        return []
    units = {part.where: _unit_of(part, owner) for part in parts}
    ends = {end.where: units[part.where] for part in parts for end in part.ends}
    found = [Document("%s/%s" % (FOLDER, units[part.where]), _TEMPLATE, {"sections": _sections(part, ends, waits or {})}) for part in parts]
    wanted = Section("Unit", [("Wants", name) for name in units.values()])
    return [
        *found,
        Document("%s/multi-user.target.d/50-netdev-%s.conf" % (FOLDER, escaped(owner, "_-")), _TEMPLATE, {"sections": [wanted]}),
    ]


def _unit_of(part: Part, owner: str) -> str:
    if part.link is None:
        return _namespace_unit(part.where[0])
    return "%s.service" % file_stem(owner, "%s.%s" % part.where if part.where[0] else part.where[1])


def _namespace_unit(netns: str) -> str:
    return "netns@%s.service" % escaped(netns, "_.-:", "\\x%02x")


def device(name: str) -> str:
    """The unit that udev brings with a link."""
    return "sys-subsystem-net-devices-%s.device" % escaped(name, "_.:", "\\x%02x")


def _sections(part: Part, ends: t.Mapping[Where, str], waits: t.Mapping[str, str]) -> list[Section]:
    stanza = ifupdown.stanza("", [part])
    about = "Network" if part.link is None else "Link"
    unit = Section("Unit", [("Description", "%s %s" % (about, stanza.about)), ("DefaultDependencies", "no")])
    if part.link is None:
        unit.lines += [("After", "local-fs.target systemd-sysctl.service"), ("Wants", "network-pre.target")]
        unit.lines += [("Before", "network-pre.target shutdown.target")]
    else:
        needed = _needed(part, ends)
        unit.lines += [("Requires", name) for name in needed]
        unit.lines += [("After", " ".join(["local-fs.target systemd-sysctl.service network-pre.target", *needed]))]
        unit.lines += [("Before", "network.target shutdown.target")]
    unit.lines.append(("Conflicts", "shutdown.target"))
    service = Section("Service", [("Type", "oneshot"), ("RemainAfterExit", "yes")])
    # A link that is there may not be set up yet; and its coming up later would take a VLAN on it along.
    waited = {device(name): command for name, command in waits.items()}
    service.lines += [("ExecStartPre", "-" + waited[name]) for key, name in unit.lines if key == "Requires" and name in waited]
    service.lines += [("ExecStart", _shell(line)) for line in [*stanza.pre_up, *stanza.up]]
    service.lines += [("ExecStop", "-" + _shell(line)) for line in [*stanza.down, *stanza.post_down]]
    return [unit, service]


def _shell(line: str) -> str:
    """A line of shell as systemd takes it for a command: nothing is expanded or split before the shell sees it."""
    for taken, written in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        line = line.replace(taken, written)
    return '/bin/sh -c "%s"' % line


def _needed(part: Part, ends: t.Mapping[Where, str]) -> list[str]:
    """The units without which its commands can't succeed: namespaces, other parts, and links that somebody else makes."""
    own = {end.where for end in part.ends}
    links: list[Where] = []
    for end in part.ends:
        links += [(end.netns, end.common["master"])] if end.common.get("master") else []
        links += [end.wanted_parent] if end.parent else []
        links += [(end.netns, port) for port in end.ports or []]
        links += [(HERE, end.name)] if end.kind is None else []  # it is on the host before it is moved
    links += [(route.netns, name) for route in [*part.routes, *part.unrouted] for name in sorted(route.links)]
    spaces = [*(end.netns for end in part.ends), *(where[0] for where in links)]
    units = [_namespace_unit(netns) for netns in spaces if netns != HERE]
    for where in links:
        if where in ends and where not in own:
            units.append(ends[where])
        elif where[0] == HERE and where[1] != "lo" and where not in ends:
            units.append(device(where[1]))
    if part.link and part.link.kind is None and part.where[0] == HERE and part.where[1] != "lo":
        units.append(device(part.where[1]))
    return list(dict.fromkeys(units))
