# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Format ifupdown: one file with a stanza for each part. What the commands of the stanzas are, the engine says.

Every link is made and set by iproute2's commands, those that module topology returns for an empty host. So one file serves ifupdown,
ifupdown2 and ifupdown-ng, whose own words differ (units of bridge-fd, names of a bond's options), it needs neither bridge-utils,
ifenslave nor vlan, and it says all that the engine can. A stanza has method ``manual``, which no more than brings its link up.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.model import HERE, Link, Where, label
from ansible_collections.netdev.linux.plugins.module_utils.naming import ifname
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import shell
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.intent import Intent, Part

# Names that ifupdown takes as they are: no pattern, no mapping (=), nothing that ends or continues a line.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclasses.dataclass(frozen=True)
class Stanza:
    """One ``iface``, as its template gets it: lines of shell for each moment."""

    name: str
    kind: str
    about: str  # what it is about, in words
    mtu: int | None  # the one thing that all three call the same; ifupdown2 sets 1500 where nothing is said
    pre_up: list[str]
    up: list[str]
    down: list[str]
    post_down: list[str]


def stanzas(intent: Intent) -> list[Stanza]:
    """In the order in which they can be made. ifdown -a takes them the other way round."""
    return [stanza(where[1], parts) for where, parts in on_the_host(intent.parts, _has_a_stanza).items()]


def _has_a_stanza(part: Part) -> bool:
    """Whether ifupdown takes the name of the link for no more than a name: one with a dot is a VLAN to it, which it makes itself."""
    netns, name = part.where
    return netns == HERE and bool(_PLAIN.fullmatch(name)) and ("." not in name or _is_the_vlan_of_its_name(part))


def _is_the_vlan_of_its_name(part: Part) -> bool:
    """Whether a link called PARENT.ID is what ifupdown and ifupdown-ng make by that name, before any command of ours."""
    parent, _dot, number = part.where[1].rpartition(".")
    link = part.link
    if link is None or link.kind != kinds.VLAN.name or link.wanted_parent != (HERE, parent):
        return False
    at_birth = {*kinds.AT_BIRTH} - {"mtu", "master"}
    usual = {name: value for name, value in link.options.items() if (name, value) != ("protocol", "802.1Q")}
    return number.isdigit() and usual == {"id": int(number)} and not at_birth & {*link.common}


def _is_on_the_host(part: Part) -> bool:
    return part.where[0] == HERE


def on_the_host(parts: list[Part], by_itself: t.Callable[[Part], bool] = _is_on_the_host) -> dict[Where, list[Part]]:
    """By the link on the host whose stanza it is in: what is done for it. ``by_itself``: whether a part has one of its own.

    ifupdown-ng brings up a device of each stanza's name, so there is none for what has no link on the host: namespaces are the loopback
    device's, which is the first to come up, and what is in them belongs to the last stanza that makes something it is made of.
    """
    first = [] if all(map(by_itself, parts)) else [_LOOPBACK]
    hosts: dict[Where, list[Part]] = {where: [] for where in (*first, *(part.where for part in parts if by_itself(part)))}
    order = {where: number for number, where in enumerate(hosts)}
    stanza_of: dict[Where, Where] = {}
    for part in parts:
        below = [stanza_of[where] for where in made_of(part) if where in stanza_of]
        own = part.where if by_itself(part) else max([_LOOPBACK, *below], key=lambda where: order[where])
        stanza_of.update({end.where: own for end in part.ends})
        hosts[own].append(part)
    return {where: each for where, each in hosts.items() if each}


_LOOPBACK = (HERE, "lo")


def made_of(part: Part) -> list[Where]:
    """The links that must be there before it."""
    masters = [(end.netns, end.common["master"]) for end in part.ends if end.common.get("master")]
    return masters + [end.wanted_parent for end in part.ends if end.parent]


def named(hosts: t.Iterable[Where], plain: re.Pattern[str]) -> dict[Where, str]:
    """How the stanza or file of each link is called: like the link, if that is a plain name for those who read it."""
    names = {where: where[1] for where in hosts if plain.fullmatch(where[1])}
    for where in hosts:
        if where not in names:
            free = ifname(re.sub(r"[^A-Za-z0-9_-]", "-", where[1]), 15)
            while free in names.values() or not plain.fullmatch(free):
                free = ifname("%s-%s" % (free, where[1].encode().hex()))
            names[where] = free
    return names


def stanza(name: str, parts: list[Part]) -> Stanza:
    """What is done for parts, and taken back."""
    link = next((end for end in parts[0].ends if end.where == parts[0].where), None)
    return Stanza(
        name=name,
        kind=(link.kind or "existing") if link else "existing",
        about="; ".join(_about(part) for part in parts),
        mtu=link.common.get("mtu") if link and link.netns == HERE else None,
        pre_up=[line for part in parts for line in map(_do, _until_up(part))],
        up=[line for part in parts for line in _up(part)],
        down=[line for part in reversed(parts) for line in _taken_back(part)],
        post_down=[line for part in reversed(parts) for line in _unmade(part)],
    )


def _about(part: Part) -> str:
    """For a comment, which may not hold what a reader of the file takes for something of its own."""
    text = " and ".join(label(end.where) for end in part.ends) if part.link else "namespace %s" % part.where[0]
    return re.sub(r"[^\w.@() -]", "?", text, flags=re.ASCII)


# ---- up ------------------------------------------------------------------------------------------------------------


def _until_up(part: Part) -> list[ops.Operation]:
    """What is done before the link is up: method manual brings it up, and a bond would refuse it as its port then."""
    return list(itertools.takewhile(lambda operation: not _brings_up(operation), _operations(part)))


def _brings_up(operation: ops.Operation) -> bool:
    if isinstance(operation, ops.SetLink):
        return "admin_state" in operation.values
    return isinstance(operation, ops.AddAddress)


def _up(part: Part) -> list[str]:
    lines = [*_left_down(part), *map(_do, _operations(part)[len(_until_up(part)) :])]
    lines += [shell.line(command) for route in part.routes for command in ops.AddRoute(route).commands()]
    return lines + [shell.anyway(command) for route in part.unrouted for command in ops.DeleteRoute(route).commands()]


def _operations(part: Part) -> list[ops.Operation]:
    """Making a link apart from its master and its being up, which is for the link that is there already too."""
    found: list[ops.Operation] = []
    born_up: list[ops.Operation] = []
    for operation in part.operations:
        if not isinstance(operation, ops.AddAltname):  # those come first
            found += born_up
            born_up = []
        if isinstance(operation, ops.AddLink):
            later = {name: operation.common[name] for name in ("master", "admin_state") if name in operation.common}
            born = {name: value for name, value in operation.common.items() if name not in later}
            found.append(dataclasses.replace(operation, common=born))
            born_up = [ops.SetLink(operation.netns, operation.name, {name: value}) for name, value in later.items()]
        else:
            found.append(operation)
    return found + born_up


# What is made is made where it is not there yet.
_THERE: dict[type[ops.Operation], t.Callable[[t.Any], str]] = {
    ops.AddNamespace: lambda operation: shell.namespace_exists(operation.name),
    ops.AddLink: lambda operation: shell.exists(operation.where),
    ops.AddTuntap: lambda operation: shell.exists(operation.where),
    ops.AddAltname: lambda operation: shell.exists_by_altname(operation.netns, operation.altname),
}


def _do(operation: ops.Operation) -> str:
    """A line that makes it so, also where it is so already."""
    if isinstance(operation, ops.AddLink) and operation.netns == HERE and operation.parent and operation.parent[0] != HERE:
        # iproute2 has no name for the namespace that it runs in, but a process of it will do: the shell.
        return shell.unless(shell.exists(operation.where), dataclasses.replace(operation, netns=shell.OWN_PROCESS).commands())
    if type(operation) in _THERE:
        return shell.unless(_THERE[type(operation)](operation), operation.commands())
    if isinstance(operation, ops.MoveLink):
        return shell.only_if(shell.exists(operation.where), operation.commands()[0])
    if isinstance(operation, ops.SetNsid):
        return shell.anyway(operation.commands()[0])
    if isinstance(operation, ops.AddAddress):
        operation = dataclasses.replace(operation, replace=True)
    return " && ".join(shell.line(command) for command in operation.commands())


def _left_down(part: Part) -> list[str]:
    """What has a stanza is brought up, and a VLAN by its parent, wherever it is (vlan_device_event in net/8021q/vlan.c)."""
    if not part.made or part.comes_up or (part.where[0] != HERE and not (part.link and part.link.parent)):
        return []
    return [shell.line(command) for command in ops.SetLink(*part.where, {"admin_state": kinds.DOWN}).commands()]


# ---- down ----------------------------------------------------------------------------------------------------------


def _unmade(part: Part) -> list[str]:
    """What was made goes, with all that it has."""
    if part.link is None:
        return [shell.only_if(shell.namespace_exists(part.where[0]), ["ip", "netns", "delete", part.where[0]])]
    if part.link.kind is None:
        return []
    netns, name = part.where
    return [shell.only_if(shell.exists(part.where), command) for command in ops.DeleteLink(netns, name, part.link.kind).commands()]


def _taken_back(part: Part) -> list[str]:
    """What a link that stays has got, and routes that no link takes along."""
    routes = [route for route in part.routes if not part.made or not route.links]
    lines = [shell.anyway(command) for route in routes for command in ops.DeleteRoute(route).commands()]
    if part.link is None or part.link.kind is not None:
        return lines
    return lines + [shell.anyway(command) for operation in _given(part.link) for command in operation.commands()]


def _given(link: Link) -> list[ops.Operation]:
    given: list[ops.Operation] = [ops.DeleteAddress(link.netns, link.name, address) for address in link.addresses or []]
    given += [ops.DeleteAltname(link.netns, link.name, altname) for altname in link.altnames or []]
    if link.common.get("master"):
        given.append(ops.SetLink(link.netns, link.name, {"master": ""}))
    return given
