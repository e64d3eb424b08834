# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running state in the input format of module topology."""

from __future__ import annotations

import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    RTPROT_BOOT,
    RTPROT_STATIC,
    Link,
    Where,
    World,
    is_secret,
)
from ansible_collections.netdev.linux.plugins.module_utils.result import show_port

# What every new link has; not worth a line.
_USUAL: dict[str, t.Any] = {"alias": "", "link_group": 0, "master": "", "ipv6_addr_gen_mode": "eui64"}


def export(world: World, owner: str = "") -> tuple[dict[str, t.Any], list[dict[str, str]]]:
    """The topology, and the links that it leaves out with the reason.

    Left out are links that a topology can't make: physical ones, kinds the table does not have, pairs whose other end is out of
    sight. Routes are those that an administrator made (protocols boot and static), as far as all their links are in.
    With ``owner``, only what carries its mark.
    """
    links: list[dict[str, t.Any]] = []
    left_out: list[dict[str, str]] = []
    included: set[Where] = set()
    for link in sorted(world.links(), key=lambda link: (link.netns, link.index)):
        if link.where in included or (owner and not link.owned_by(owner)):
            continue
        if link.name == "lo":
            addresses = [address.show() for address in link.addresses or [] if not address.by_kernel]
            if addresses:
                where = {"netns": link.netns} if link.netns else {}
                links.append({"name": "lo", **where, "addresses": addresses})
            included.add(link.where)
            continue
        reason = _reason_to_leave_out(link)
        if reason:
            left_out.append({"name": link.name, "netns": link.netns, "reason": reason})
            continue
        shown = _show(link, world)
        included.add(link.where)
        peer = world.link(link.peer_at) if link.peer_at else None
        if peer:
            shown["peer"] = {key: value for key, value in dict(_show(peer, world), netns=peer.netns).items() if key != "kind"}
            included.add(peer.where)
        links.append(shown)
    routes = [
        route.show()
        for name in sorted(world.namespaces)
        for route in world.namespaces[name].routes or []
        if route.protocol in (RTPROT_BOOT, RTPROT_STATIC)
        and all((name, link) in included for link in route.links)
        and (route.links or not owner)
    ]
    namespaces = [{"name": name, "loopback": _loopback(world, name)} for name in sorted(world.namespaces) if name]
    return {"namespaces": namespaces, "links": links, "routes": routes}, left_out


def _reason_to_leave_out(link: Link) -> str:
    if link.table is None:
        return "a topology makes no links of kind %s" % link.rtnetlink_kind if link.rtnetlink_kind else "physical"
    if link.name == link.table.fallback:
        return "the driver itself makes it in every namespace"
    if link.table.has_peer and link.peer_at is None:
        return "its other end is in a namespace that has no name or was not read"
    if link.table.has_parent and link.lower is not None and link.parent_at is None:
        return "the link it is on top of is in a namespace that has no name or was not read"
    return ""


def _loopback(world: World, name: str) -> str:
    loopback = world.link((name, "lo"))
    return loopback.common.get("admin_state", kinds.DOWN) if loopback else kinds.DOWN


def _show(link: Link, world: World) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {"name": link.name, "kind": link.kind}
    table = link.table
    if link.netns:
        shown["netns"] = link.netns
    for attribute in kinds.COMMON:
        value = link.settable.get(attribute.name)
        if value is not None and value != _USUAL.get(attribute.name):
            shown[attribute.name] = value
    if table and not table.takes_mac(link.options):
        shown.pop("mac", None)
    if link.parent_at:
        shown["parent"] = link.parent_at[1]
        if link.parent_at[0] != link.netns:
            shown["parent_netns"] = link.parent_at[0]
    lists: dict[str, t.Any] = {
        "addresses": [address.show() for address in link.addresses or [] if not address.by_kernel],
        "altnames": list(link.altnames or []),
        "sysctls": {key: value for key, value in sorted(link.sysctls.items()) if not is_secret(key)},
        "options": {name: table.by_option[name].type.show(value) for name, value in link.options.items()} if table else {},
        "port": {name: value for name, value in show_port(link).items() if name != "fdb" or value} if link.port else {},
        "vlans": bridging.show_vlans(link.vlans or {}) if table and table.has_vlans else [],
        "purge": ["vlans"] if _without_the_usual_vlan(link, world) else [],
    }
    return dict(shown, **{key: value for key, value in lists.items() if value})


def _without_the_usual_vlan(link: Link, world: World) -> bool:
    """Whether a port, or a bridge itself, lacks the VLAN that a new one has."""
    if link.vlans is None:
        return False
    bridge = world.link((link.netns, link.common.get("master", ""))) or link
    default = bridge.options.get("vlan_default_pvid", bridging.NO_VLAN)
    return bool(default) and default not in link.vlans
