# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module returns: links, and a diff of exactly the touched keys."""

from __future__ import annotations

import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds
from ansible_collections.netdev.linux.plugins.module_utils.model import Link, Namespace, Where, World, label, shown_sysctls

# A link's state as a dictionary; its keys are the options' names.
Shown = dict[str, t.Any]


def show(link: Link) -> Shown:
    """A link in the words of the options. What the kernel chooses is missing from a link that does not exist yet."""
    common = link.common
    table = link.table
    shown: Shown = {
        "name": link.name,
        "netns": link.netns,
        "kind": link.kind or link.rtnetlink_kind,
        "admin_state": common.get("admin_state"),
        "mac": common.get("mac"),
        "mtu": common.get("mtu"),
        "tx_queue_len": common.get("tx_queue_len"),
        "alias": common.get("alias", ""),
        "link_group": common.get("link_group", 0),
        "master": common.get("master", ""),
        "ipv6_addr_gen_mode": common.get("ipv6_addr_gen_mode"),
        "addresses": [address.show() for address in link.addresses or []],
        "altnames": list(link.altnames or []),
        "options": {
            name: table.by_option[name].type.show(value) for name, value in link.options.items() if table and name in table.by_option
        },
    }
    shown.update((attribute.name, common[attribute.name]) for attribute in kinds.OF_DRIVERS if attribute.name in common)
    if link.sysctls:
        shown["sysctls"] = shown_sysctls(link.sysctls)
    if link.index:
        shown.update(ifindex=link.index, oper_state=link.oper_state, running=link.running, carrier=link.carrier)
    if link.port:
        shown["port"] = show_port(link)
    if link.vlans is not None and table and table.has_vlans:
        shown["vlans"] = bridging.show_vlans(link.vlans)
    if link.parent_at:
        shown["parent"], shown["parent_netns"] = link.parent_at[1], link.parent_at[0]
    if link.peer_at:
        shown["peer"] = {"netns": link.peer_at[0], "name": link.peer_at[1]}
    return shown


def show_port(link: Link) -> Shown:
    """What a link is as a port of a bridge; its VLANs and forwarding entries as far as they were read."""
    shown: Shown = {name: kinds.PORT_BY_OPTION[name].type.show(value) for name, value in link.port.items()}
    if link.vlans is not None:
        shown["vlans"] = bridging.show_vlans(link.vlans)
    if link.fdb is not None:
        shown["fdb"] = bridging.show_fdb(link.fdb, link.vlans or {})
    return shown


# Where a link is stands before its diff, and no operation sets the others.
_NOT_IN_DIFFS = ("name", "netns", "ifindex", "oper_state", "running", "carrier")


def _flat(link: Link | None) -> Shown:
    """For a diff: options beside the rest, so that only those that differ show; without what is empty or zero."""
    if link is None:
        return {}
    shown = {key: value for key, value in show(link).items() if key not in _NOT_IN_DIFFS and value not in (None, [], {}, "", 0)}
    options, port = shown.pop("options", {}), shown.pop("port", {})
    return dict(shown, **options, **{"port.%s" % name: value for name, value in port.items()})


def diff(before: World, after: World, touched: t.Iterable[Where]) -> dict[str, dict[str, t.Any]]:
    """``before`` and ``after`` of the touched links and namespaces, by name, with exactly the keys that differ.

    A link that no operation names can be among them: the peer that goes with a pair, the port of a bridge that is deleted.
    """
    result: dict[str, dict[str, t.Any]] = {"before": {}, "after": {}}
    for where in sorted(set(touched) | _affected(before, after)):
        _put(result, label(where), before.link(where), after.link(where), _flat)
    for name in sorted(before.left_over - after.left_over):
        state = "present" if name in after.namespaces else "absent"
        result["before"]["namespace %s" % name], result["after"]["namespace %s" % name] = {"state": "left-over file"}, {"state": state}
    for name in sorted((set(before.namespaces) | set(after.namespaces)) - before.left_over):
        _put(result, "namespace %s" % name, before.namespaces.get(name), after.namespaces.get(name), _flat_namespace)
    return result


def _put(result: dict[str, dict[str, t.Any]], name: str, old: t.Any, new: t.Any, flat: t.Callable[[t.Any], Shown]) -> None:
    was, will = flat(old), flat(new)
    if (old is None) != (new is None):
        result["before"][name] = dict({"state": "present"}, **was) if old is not None else {"state": "absent"}
        result["after"][name] = dict({"state": "present"}, **will) if new is not None else {"state": "absent"}
        return
    if not any(key.startswith("port.") for key in will):
        was = {key: value for key, value in was.items() if not key.startswith("port.")}  # a link that leaves its bridge forgets them
    keys = [key for key in dict.fromkeys([*was, *will]) if was.get(key) != will.get(key)]
    if keys:
        result["before"][name] = {key: was[key] for key in keys if key in was}
        result["after"][name] = {key: will[key] for key in keys if key in will}


def _flat_namespace(namespace: Namespace | None) -> Shown:
    if namespace is None:
        return {}
    shown: Shown = {"sysctls": shown_sysctls(namespace.sysctls)} if namespace.sysctls else {}
    return shown if namespace.nsid is None else dict(shown, nsid=namespace.nsid)


def _affected(before: World, after: World) -> set[Where]:
    """Links that are gone or were written to; the planned world shares with the observed one what no operation changed."""
    return {link.where for link in before.links() if after.link(link.where) is not link and link.netns in after.namespaces}
