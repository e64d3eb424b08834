# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Format ifcfg: files below /etc/sysconfig/network-scripts, for one of two readers.

What the reader has words for is said in them. The rest is done, for network-scripts alone, by a helper of ours that a file names as its
DEVICETYPE: the file then holds the commands that format ifupdown would run, one to a variable. A bridge can't have both, for
source_config of network-scripts forgets the DEVICETYPE of what is of TYPE Bridge; so a file is one or the other.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.errors import CannotPlan
from ansible_collections.netdev.linux.plugins.module_utils.model import HERE, SCOPES, Address, Link, Route, Where, owner_of
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import ifupdown, intent, shell
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.document import Document
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.ifcfg_words import (
    COMMON,
    COMMON_OPTIONS,
    NETWORK_SCRIPTS,
    NETWORKMANAGER,
    READERS,
    Reader,
    Word,
    Words,
)
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.intent import Intent, Part

FOLDER = "/etc/sysconfig/network-scripts/"

# Names that network-scripts take for a file's: not those that they pass over (is_ignored_file, init.d/network), nor the loopback device's.
_PLAIN = re.compile(r"(?!lo$)(?!.*(?:~|\.bak|\.old|\.orig|\.rpm\w+|\.swp|-range)$)[A-Za-z0-9_][A-Za-z0-9_.-]*")

Keys = dict[str, str]  # the variables of a file


def documents(wanted: Intent, reader_name: str) -> list[Document]:
    """The files of an intent for a reader. Raises CannotPlan for what it can't be told."""
    reader = READERS[reader_name]
    hosts = ifupdown.on_the_host(wanted.parts)
    names = ifupdown.named(hosts, _PLAIN)
    native: dict[Where, Keys] = {}
    for where, parts in hosts.items():
        reasons = _unsaid(parts, names[where], reader, hosts, native)
        if not reasons:
            native[where] = _keys(parts[0], reader, wanted)
        elif reader.name == NETWORKMANAGER:
            raise CannotPlan("%s: format %s can't say %s" % (_path(parts), reader.format_name, reasons[0]))
    helper = "netdev" + ("-" + wanted.owner if wanted.owner else "")
    found: list[Document] = []
    for where, parts in hosts.items():
        stanza = ifupdown.stanza(names[where], parts)
        keys = native.get(where) or _commands(stanza, helper, _needs(where, hosts, names))
        lines = [shell.assignment(key, value) for key, value in keys.items()]
        if where not in native or not _is_there(parts[0]):
            found.append(Document(FOLDER + "ifcfg-" + names[where], "ifcfg.j2", {"about": stanza.about, "lines": lines}))
        if where in native:
            found += _route_files(where[1], parts[0].routes, reader)
    if len(native) < len(hosts):
        found += [Document(FOLDER + name + "-" + helper, name + ".j2", {}, 0o755, "#!/bin/bash\n") for name in ("ifup", "ifdown")]
    return found


def _path(parts: list[Part]) -> str:
    paths = [part.link.path for part in parts if part.link] + [route.path for part in parts for route in part.routes]
    return ".".join([intent.VARIABLE, *filter(None, paths)][:2])


def _is_there(part: Part) -> bool:
    """Whether it is a link that nobody describes and routes go through: its file is somebody else's, that of its routes is read with it."""
    return part.link is not None and not part.link.path and not part.operations


# ---- through commands ----------------------------------------------------------------------------------------------


def _commands(stanza: ifupdown.Stanza, helper: str, needs: list[str]) -> Keys:
    keys = {"DEVICE": stanza.name, "DEVICETYPE": helper, "ONBOOT": "yes", "HOTPLUG": "no", "NM_CONTROLLED": "no", "BOOTPROTO": "none"}
    if needs:
        keys["NETDEV_NEEDS"] = " ".join(needs)
    for moment, lines in (("UP", [*stanza.pre_up, *stanza.up]), ("DOWN", [*stanza.down, *stanza.post_down])):
        keys.update({"NETDEV_%s_%04d" % (moment, number): line for number, line in enumerate(lines)})
    return keys


def _needs(where: Where, hosts: dict[Where, list[Part]], names: dict[Where, str]) -> list[str]:
    """The files whose links must be there before; network-scripts take files by their names."""
    order = list(hosts)
    parts = [part for each in hosts.values() for part in each]
    file_of = {end.where: host for host, each in hosts.items() for part in each for end in part.ends}
    file_of.update({part.where: host for host, each in hosts.items() for part in each})
    touched: set[Where] = set()
    for part in hosts[where]:
        touched.update(ifupdown.made_of(part))
        touched.update(place for operation in part.operations for place in operation.touches)
        touched.update((end.netns, "") for end in part.ends)
        touched.update((route.netns, name) for route in part.routes for name in intent.needed_by(route, parts))
    needed = {file_of[place] for place in touched if place in file_of}
    return [names[host] for host in order[: order.index(where)] if host in needed]


# ---- in the reader's words -----------------------------------------------------------------------------------------


def _unsaid(parts: list[Part], name: str, reader: Reader, hosts: t.Container[Where], native: t.Container[Where]) -> list[str]:
    """What can't be said of a link in the reader's own words."""
    link = parts[0].link
    if len(parts) > 1 or link is None or link.netns != HERE:
        return ["what is in a namespace"]
    if name != link.name:
        return ["the name %s" % link.name]
    kind = link.kind or ""
    if kind not in reader.of_kind:
        return ["a link of kind %s" % kind]
    below = ifupdown.made_of(parts[0])
    reasons = ["what %s is made of" % link.name] if any(where in hosts and where not in native for where in below) else []
    # Scripts use them without quotes.
    words = [*(name for _netns, name in below), *(name for route in parts[0].routes for name in route.links), link.options.get("user", 0)]
    reasons += ["the name %s" % word for word in words if not _PLAIN.fullmatch(str(word))]
    reasons += _unsaid_of_link(link, reader, kind)
    if parts[0].unrouted:
        reasons.append("that the route to %s is absent" % parts[0].unrouted[0].destination)
    if reader.name == NETWORK_SCRIPTS and not _is_there(parts[0]):
        reasons += _not_by_network_scripts(parts[0], link)
    return reasons


def _unsaid_of_link(link: Link, reader: Reader, kind: str) -> list[str]:
    # A mark is for module topology; that NetworkManager can't set one is told by the table of limits.
    altnames = [altname for altname in link.altnames or [] if reader.name == NETWORK_SCRIPTS or not owner_of(altname)]
    own = {"mode"} if kind == kinds.TUNTAP.name else set()
    reasons = [name for name in link.common if name not in COMMON_OPTIONS]
    reasons += ["admin_state down"] if link.common.get("admin_state") == kinds.DOWN else []
    reasons += ["option %s" % name for name in link.options if name not in reader.of_kind[kind] and name not in own]
    reasons += ["port.%s" % name for name in link.port if name not in reader.port]
    reasons += ["address %s" % address.cidr for address in link.addresses or [] if not _plain(address)]
    lists = {"altnames": altnames, "sysctls": link.sysctls, "ports": link.ports, "vlans": link.vlans, "fdb": link.fdb}
    reasons += [name for name, value in lists.items() if value]
    return reasons + (["parent_netns"] if link.parent_netns not in (None, link.netns) else [])


def _plain(address: Address) -> bool:
    """Whether an address and its length say it all."""
    kernels = {SCOPES["global"]} if address.version == 4 else {address.natural_scope}
    return address.show() == address.cidr and address.scope_or_natural in kernels


def _not_by_network_scripts(part: Part, link: Link) -> list[str]:
    """ifup-eth brings every link up, and does nothing more for a port once it is one (it exits)."""
    reasons = [] if part.comes_up else ["that %s stays down" % link.name]
    if link.common.get("master") and (link.addresses or part.routes):
        reasons.append("addresses or routes of a port")
    if link.kind == kinds.TUNTAP.name and (link.options.get("mode") == "tun") != link.name.startswith("tun"):
        reasons.append("mode %s for this name" % link.options.get("mode"))
    return reasons


def _keys(part: Part, reader: Reader, wanted: Intent) -> Keys:
    """The variables of a file that has no commands."""
    link = t.cast(Link, part.link)
    kind = link.kind or ""
    keys: Keys = {"DEVICE": link.name, "TYPE": reader.types[kind]}
    if reader.name == NETWORK_SCRIPTS and kind != kinds.BRIDGE.name:
        keys["DEVICETYPE"] = "eth"  # else it is the name without its digits, which may be that of some script
    keys.update({"ONBOOT": "yes", "BOOTPROTO": "none", **reader.always})
    keys.update({"BONDING_MASTER": "yes"} if kind == kinds.BOND.name else {})
    keys.update({"VLAN": "yes", "PHYSDEV": link.parent} if kind == kinds.VLAN.name else {})
    keys.update(_master(link, reader, wanted))
    for words, by_option, given in (
        (COMMON, kinds.COMMON_BY_OPTION, link.common),
        (reader.of_kind[kind], link.table.by_option if link.table else {}, link.options),
        (reader.port, kinds.PORT_BY_OPTION, link.port),
    ):
        _say(keys, words, by_option, given)
    return {**keys, **_addresses(link.addresses or [], reader)}


def _say(keys: Keys, words: Words, by_option: dict[str, kinds.Attribute], given: dict[str, t.Any]) -> None:
    for option, word in words.items():
        # What a new link has is not said: a kernel without the thing has no file for it.
        if option in given and given[option] != by_option[option].born:
            keys[word.key] = _value(word, by_option[option], by_option[option].will_store(given[option], given), keys)


def _value(word: Word, attribute: kinds.Attribute, value: t.Any, keys: Keys) -> str:
    said = word.say(attribute, value)
    return " ".join(filter(None, (keys.get(word.key), "%s=%s" % (word.word, said)))) if word.word else said


def _master(link: Link, reader: Reader, wanted: Intent) -> Keys:
    name = link.common.get("master")
    if not name:
        return {}
    kind = next((other.kind for other in wanted.topology.links if other.where == (link.netns, name)), None)
    if kind == kinds.BOND.name:
        return {"MASTER": name, "SLAVE": "yes"}
    if kind == kinds.BRIDGE.name or link.port:
        return {"BRIDGE": name}
    raise CannotPlan(
        "%s.%s.master: format %s has to know whether %s is a bridge or a bond; describe it in %s too"
        % (intent.VARIABLE, link.path, reader.format_name, name, intent.VARIABLE)
    )


def _addresses(addresses: list[Address], reader: Reader) -> Keys:
    keys: Keys = {}
    for number, address in enumerate(address for address in addresses if address.version == 4):
        index = str(number) if number else ""
        keys.update({"IPADDR" + index: address.address, "PREFIX" + index: str(address.length)})
        if reader.name == NETWORK_SCRIPTS:
            keys["ARPCHECK" + index] = "no"  # arping takes seconds, and says nothing of a link that has no neighbours yet
    six = [address.cidr for address in addresses if address.version == 6]
    if not six:
        return {**keys, "IPV6INIT": "no"}
    keys.update({"IPV6INIT": "yes", "IPV6_AUTOCONF": "no", "IPV6ADDR": six[0]})
    keys.update({"IPV6ADDR_SECONDARIES": " ".join(six[1:])} if six[1:] else {})
    # Its sysctls are not touched but by us.
    return {**keys, **({"IPV6_SET_SYSCTLS": "no"} if reader.name == NETWORK_SCRIPTS else {})}


def _route_files(name: str, routes: list[Route], reader: Reader) -> list[Document]:
    found = []
    for prefix, version in (("route-", 4), ("route6-", 6)):
        lines = [_route(route, reader) for route in routes if route.version == version]
        if lines:
            found.append(Document(FOLDER + prefix + name, "route.j2", {"lines": lines}))
    return found


def _route(route: Route, reader: Reader) -> str:
    """As the arguments of ``ip route add``, which network-scripts make of it without a shell's quotes."""
    words = ops.AddRoute(route).commands()[0][3:]
    if reader.name == NETWORKMANAGER:
        words = words[: words.index("proto")] + words[words.index("proto") + 2 :]  # it has no word for that
    return " ".join(words)
