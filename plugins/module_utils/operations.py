# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations a plan is made of.

Each knows how iproute2 spells it (``commands``) and what the kernel makes of it, the side effects included (``effect``,
on a :class:`.model.World`). The planner sees through the side effects what an operation destroys and puts it back, and the
way back from a failure is a plan from the state found then to the state found before: so no operation needs an inverse of
its own. Executing them is :mod:`.rtnetlink`'s work.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    FOREVER,
    HERE,
    IPV6_MIN_MTU,
    ROUTE_TABLES,
    SCOPE_NAMES,
    SCOPES,
    SEED,
    Address,
    Hop,
    Link,
    Namespace,
    Route,
    Where,
    World,
    is_secret,
    label,
    owner_of,
)
from ansible_collections.netdev.linux.plugins.module_utils.values import PortName, Type

Command = list[str]

DAD_WITHOUT_CARRIER = (
    "wait.dad can't end: a bridge without a live port has no carrier, and its IPv6 addresses stay tentative. "
    "Plug in a port, give the addresses nodad: true, or set wait.lend_carrier: true"
)


def ip(netns: str, *words: str) -> Command:
    """An ip(8) command inside a namespace."""
    return ["ip", "-n", netns, *words] if netns else ["ip", *words]


def bridge(netns: str, *words: str) -> Command:
    """A bridge(8) command inside a namespace."""
    return ["bridge", "-n", netns, *words] if netns else ["bridge", *words]


def inside(netns: str, *words: str) -> Command:
    """Any command inside a namespace."""
    return ["ip", "netns", "exec", netns, *words] if netns else list(words)


def native(text: str) -> Command:
    """What no iproute2 command does."""
    return ["native: " + text]


class Operation:
    """Base of all operations."""

    changes = True  # False for one that only waits
    additive = False  # True for one that only adds: where one fails, those after it do no harm, and going back removes them

    @property
    def touches(self) -> tuple[Where, ...]:
        """The links that it names."""
        return ()

    @property
    def clobbers(self) -> bool:
        """Whether it may take along more than it names: addresses, routes, other links."""
        return False

    def commands(self) -> list[Command]:
        """The iproute2 or sysctl spelling, else ``native: what it does``."""
        raise NotImplementedError

    def effect(self, world: World) -> None:
        """Change ``world`` as the kernel will."""
        raise NotImplementedError

    def what(self) -> str:
        """For messages: what was being done."""
        return " ".join(self.commands()[0])


@dataclasses.dataclass
class OfLink(Operation):
    """Base of those that are about one link."""

    netns: str
    name: str

    @property
    def where(self) -> Where:
        return (self.netns, self.name)

    @property
    def touches(self) -> tuple[Where, ...]:
        return (self.where,)


# ---- namespaces ----------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class AddNamespace(Operation):
    name: str
    over_a_file: bool = False  # left over from a namespace that is gone

    def commands(self) -> list[Command]:
        clear = [["ip", "netns", "delete", self.name]] if self.over_a_file else []
        return [*clear, ["ip", "netns", "add", self.name]]

    def effect(self, world: World) -> None:
        loopback = Link("lo", self.name, rtnetlink_kind="", common={"admin_state": kinds.DOWN}, addresses=[])
        world.namespaces[self.name] = Namespace(self.name, links={"lo": loopback})
        world.left_over.discard(self.name)


@dataclasses.dataclass
class SetNsid(Operation):
    """RTM_NEWNSID: the number by which the module's namespace knows another. It can't be taken back."""

    name: str
    nsid: int

    def commands(self) -> list[Command]:
        return [["ip", "netns", "set", self.name, str(self.nsid)]]

    def effect(self, world: World) -> None:
        world.namespaces[self.name].nsid = self.nsid


@dataclasses.dataclass
class DeleteNamespace(Operation):
    """The kernel cleans up in its own time; until then the other ends of pairs, ``outside``, are still there."""

    clobbers = True

    name: str
    outside: tuple[Where, ...] = ()

    def commands(self) -> list[Command]:
        return [["ip", "netns", "delete", self.name]]

    def effect(self, world: World) -> None:
        world.left_over.discard(self.name)
        gone = world.namespaces.pop(self.name, Namespace(self.name))
        for link in gone.links.values():
            if link.peer_at and world.link(link.peer_at):
                del world.namespaces[link.peer_at[0]].links[link.peer_at[1]]


# ---- sysctls -------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class SetSysctl(Operation):
    """``link`` is empty for a sysctl of the namespace; then ``key`` is the whole key below ``net.``."""

    clobbers = True  # forwarding and disable_ipv6 do

    netns: str
    link: str
    key: str
    value: str

    @property
    def touches(self) -> tuple[Where, ...]:
        return ((self.netns, self.link),) if self.link else ()

    @property
    def full_key(self) -> str:
        """In sysctl(8)'s spelling, where a dot in a component is written as a slash."""
        if not self.link:
            return "net." + self.key
        family, key = self.key.split(".", 1)
        return "net.%s.conf.%s.%s" % (family, self.link.replace(".", "/"), key)

    def commands(self) -> list[Command]:
        if is_secret(self.key):
            return [native("set sysctl %s%s, which is not shown" % (self.full_key, " in namespace %s" % self.netns if self.netns else ""))]
        return [inside(self.netns, "sysctl", "-w", "%s=%s" % (self.full_key, self.value))]

    def effect(self, world: World) -> None:
        if not self.link:
            namespace = world.namespaces[self.netns]
            namespace.sysctls = dict(namespace.sysctls, **{self.key: self.value})
            return
        link = world.edit((self.netns, self.link))
        link.sysctls[self.key] = self.value
        if self.key == SEED:
            link.common["ipv6_addr_gen_mode"] = "stable_secret"
        if self.key == "ipv6.disable_ipv6" and self.value == "1":
            link.addresses = [address for address in link.addresses or [] if address.version == 4]


# ---- links ---------------------------------------------------------------------------------------------------------


def _common_words(values: dict[str, t.Any]) -> list[str]:
    words: list[str] = []
    for name, value in values.items():
        attribute = kinds.COMMON_BY_OPTION[name]
        if name == "master" and not value:
            words += ["nomaster"]
        elif name == "admin_state":
            words += [value]
        else:
            words += [attribute.ip, attribute.type.word(value)]
    return words


def _words(by_option: dict[str, kinds.Attribute], values: dict[str, t.Any]) -> list[str]:
    words: list[str] = []
    for name, attribute in by_option.items():
        if name in values:
            words += attribute.type.phrase(attribute.ip, values[name])
    return words


def _set_words(where: Where, what: list[str], by_option: dict[str, kinds.Attribute], values: dict[str, t.Any]) -> list[Command]:
    """The commands that give an existing link these values; what iproute2 has no word for is a line of its own."""
    unspoken = [name for name, value in values.items() if not by_option[name].type.phrase(by_option[name].ip, value)]
    words = _words(by_option, values)
    lines = [ip(where[0], "link", "set", "dev", where[1], *what, *words)] if words else []
    return lines + [
        native("set %s of %s to %s" % (name, label(where), by_option[name].type.show(values[name]) or "none")) for name in unspoken
    ]


@dataclasses.dataclass
class AddLink(OfLink):
    """RTM_NEWLINK with NLM_F_CREATE | NLM_F_EXCL. ``peer`` is the other end of a pair: (where, its common values)."""

    additive = True

    kind: kinds.Kind
    common: dict[str, t.Any]
    options: dict[str, t.Any]
    peer: tuple[Where, dict[str, t.Any]] | None = None
    parent: Where | None = None

    @property
    def touches(self) -> tuple[Where, ...]:
        return (self.where,) + ((self.peer[0],) if self.peer else ())

    def commands(self) -> list[Command]:
        if self.parent and self.parent[0] != self.netns:
            return [self._from_the_parent(self.parent)]
        near: tuple[Where, dict[str, t.Any]] = (self.where, self.common)
        far = self.peer
        later: list[Command] = []
        if far and far[0][0] == HERE != self.netns:
            # iproute2 has no name for the namespace it runs in, so it must be the near end. The far one can't be born up.
            (netns, name), common = near
            if "admin_state" in common:
                common = {option: value for option, value in common.items() if option != "admin_state"}
                later = [ip(netns, "link", "set", "dev", name, self.common["admin_state"])]
            near, far = far, ((netns, name), common)
        (netns, name), common = near
        words = self._link_add(name, common)
        if far:
            words += ["peer", "name", far[0][1], *_common_words(far[1])]
            if far[0][0] != netns:
                words += ["netns", far[0][0]]
        return [ip(netns, *words), *later]

    def _from_the_parent(self, parent: Where) -> Command:
        """The parent of a new link must be in the namespace that the command runs in; the link itself need not."""
        if self.netns == HERE:  # iproute2 has no name for the namespace it runs in
            what = "%s on top of %s" % (label(self.where), label(parent))
            return native("make %s %s" % (self.kind.name, what))
        return ip(parent[0], *self._link_add(self.name, self.common, "netns", self.netns))

    def _link_add(self, name: str, common: dict[str, t.Any], *where: str) -> list[str]:
        """The words of ip(8) for one end with its kind and, before the kind, ``where`` it shall be."""
        above = ["link", self.parent[1]] if self.parent and not self.kind.parent_nla[0] else []
        beside = ["dev", self.parent[1]] if self.parent and not above else []
        words = ["link", "add", *above, "name", name, *where, *_common_words(common), "type", self.kind.rtnetlink]
        return [*words, *beside, *_words(self.kind.by_option, self.options)]

    def effect(self, world: World) -> None:
        ends = [(self.netns, self.name, self.common, self.options, self.peer[0] if self.peer else None)]
        if self.peer:
            (netns, name), common = self.peer
            ends.append((netns, name, common, {}, self.where))
        if self.parent:
            world.bear(self.parent)
        for netns, name, common, options, peer_at in ends:
            link = Link(
                name,
                netns,
                kind=self.kind.name,
                rtnetlink_kind=self.kind.rtnetlink,
                common=dict({"admin_state": kinds.DOWN}, **common),
                options={key: self.kind.by_option[key].will_store(value, options) for key, value in options.items()},
                addresses=[],
                altnames=[],
                peer_at=peer_at,
                parent_at=self.parent,
            )
            join_master(world, link, common.get("master", ""))
            world.namespaces[netns].links[name] = link


@dataclasses.dataclass
class AddTuntap(OfLink):
    """TUNSETIFF with IFF_TUN_EXCL on /dev/net/tun, made persistent. See Documentation/networking/tuntap.rst."""

    options: dict[str, t.Any]

    def commands(self) -> list[Command]:
        words = ["tuntap", "add", "dev", self.name, "mode", self.options["mode"]]
        for option in ("user", "group"):
            if self.options.get(option) is not None:
                words += [option, str(self.options[option])]
        words += [option for option in ("pi", "vnet_hdr", "multi_queue") if self.options.get(option)]
        return [ip(self.netns, *words)]

    def effect(self, world: World) -> None:
        world.namespaces[self.netns].links[self.name] = Link(
            self.name,
            self.netns,
            kind="tuntap",
            rtnetlink_kind="tun",
            common={"admin_state": kinds.DOWN},
            options=dict(self.options),
            addresses=[],
            altnames=[],
        )


@dataclasses.dataclass
class SetTuntapOwner(OfLink):
    """TUNSETOWNER and TUNSETGROUP on an existing device: its ifindex, ports and addresses stay."""

    values: dict[str, int]  # user, group

    def commands(self) -> list[Command]:
        return [
            native("set %s of %s to %d" % ({"user": "owner", "group": "group"}[key], label(self.where), value))
            for key, value in self.values.items()
        ]

    def effect(self, world: World) -> None:
        world.edit(self.where).options.update(self.values)


@dataclasses.dataclass
class SetLink(OfLink):
    """RTM_NEWLINK on an existing link: what every link has."""

    values: dict[str, t.Any]

    @property
    def takes_down(self) -> bool:
        return self.values.get("admin_state") == kinds.DOWN

    @property
    def clobbers(self) -> bool:
        return self.takes_down or "mtu" in self.values or "master" in self.values

    def commands(self) -> list[Command]:
        return [ip(self.netns, "link", "set", "dev", self.name, *_common_words(self.values))]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        state = link.common.get("admin_state")
        if self.values.get("master", link.common.get("master", "")) != link.common.get("master", ""):
            leave_master(world, link)
            join_master(world, link, self.values["master"])
        for name, value in self.values.items():
            moves = kinds.COMMON_BY_OPTION[name].moves
            link.common.update(moves(value, link.known) if moves else {})
        link.common.update(self.values)
        if "mtu" in self.values and link.table and link.table.ports_look_like_it:
            for port in world.ports(link.where):
                world.edit(port.where).common["mtu"] = self.values["mtu"]
        if self.values.get("admin_state", state) != state:
            for upper in world.stacked_on(link.where):
                if upper.follows_parent:
                    SetLink(upper.netns, upper.name, {"admin_state": self.values["admin_state"]}).effect(world)
        if self.takes_down or self.values.get("mtu", IPV6_MIN_MTU) < IPV6_MIN_MTU:
            link.addresses = [address for address in link.addresses or [] if address.version == 4]
        if self.values.get("mtu", IPV6_MIN_MTU) < IPV6_MIN_MTU:
            # The link's whole IPv6 configuration goes (addrconf_ifdown with unregister, net/ipv6/addrconf.c).
            link.common.pop("ipv6_addr_gen_mode", None)
            link.sysctls = {key: value for key, value in link.sysctls.items() if not key.startswith("ipv6.")}
        if self.takes_down:
            lose_routes(world, self.where)


@dataclasses.dataclass
class SetKind(OfLink):
    """RTM_NEWLINK on an existing link: its kind's own attributes (IFLA_INFO_DATA).

    ``has`` is what it had, ``parent`` what it is on. A kind whose messages are whole gets its MTU with them, else the kernel would
    choose one.
    """

    kind: kinds.Kind
    values: dict[str, t.Any]
    has: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    parent: Where | None = None
    mtu: int | None = None

    def message(self, whole: bool) -> dict[str, t.Any]:
        """What to say so that the link has the values: with what goes along with them, and with all of it where the kernel wants that."""
        options = self.kind.options_after(self.has, self.values)
        names = {*self.values, *(other for name in self.values for other in self.kind.by_option[name].along)}
        if whole:
            names.update(options)
        return {
            name: attribute.type.replacing(options[name], self.has.get(name))
            for name, attribute in self.kind.by_option.items()
            if name in names and name in options
        }

    def commands(self) -> list[Command]:
        mtu = ["mtu", str(self.mtu)] if self.mtu else []
        if self.parent and not self.values:  # it is about what the link is on top of
            return [ip(self.netns, "link", "set", "dev", self.name, *mtu, "type", self.kind.rtnetlink, "dev", self.parent[1])]
        return _set_words(self.where, [*mtu, "type", self.kind.rtnetlink], self.kind.by_option, self.message(whole=False))

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        before = link.options
        link.options = self.kind.options_after(before, self.values)
        link.parent_at = self.parent or link.parent_at
        if "vlan_default_pvid" in self.values:
            pvids = t.cast("int", before.get("vlan_default_pvid", 0)), self.values["vlan_default_pvid"]
            for there in (link, *(world.edit(port.where) for port in world.ports(link.where))):
                there.vlans = None if there.vlans is None else bridging.with_default_pvid(there.vlans, *pvids)


@dataclasses.dataclass
class SetPort(OfLink):
    """RTM_NEWLINK on a port of a bridge or a bond: its settings as a port (IFLA_INFO_SLAVE_DATA)."""

    values: dict[str, t.Any]

    @property
    def master(self) -> kinds.Kind:
        """The kind of link that it is a port of."""
        return kinds.KINDS[kinds.master_of(next(iter(self.values)))]

    def commands(self) -> list[Command]:
        return _set_words(self.where, ["type", "%s_slave" % self.master.rtnetlink], kinds.PORT_BY_OPTION, self.values)

    def effect(self, world: World) -> None:
        world.edit(self.where).port.update(self.values)


@dataclasses.dataclass
class AddVlans(OfLink):
    """RTM_SETLINK of family AF_BRIDGE: carry VLANs on a port, or on the bridge itself (BRIDGE_FLAGS_SELF)."""

    span: bridging.Span
    itself: bool = False

    def commands(self) -> list[Command]:
        words = ["vlan", "add", "dev", self.name, "vid", self.span.text]
        words += [flag for flag in ("pvid", "untagged") if getattr(self.span.vlan, flag)]
        return [bridge(self.netns, *words, *(["self"] if self.itself else []))]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        more = dict.fromkeys(range(self.span.first, self.span.last + 1), self.span.vlan)
        link.vlans = bridging.added(link.vlans or {}, more)


@dataclasses.dataclass
class DeleteVlans(OfLink):
    """RTM_DELLINK of family AF_BRIDGE: carry VLANs no longer."""

    span: bridging.Span
    itself: bool = False

    def commands(self) -> list[Command]:
        return [bridge(self.netns, "vlan", "delete", "dev", self.name, "vid", self.span.text, *(["self"] if self.itself else []))]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        link.vlans = {vid: vlan for vid, vlan in (link.vlans or {}).items() if not self.span.first <= vid <= self.span.last}


@dataclasses.dataclass
class AddFdbEntry(OfLink):
    """RTM_NEWNEIGH of family AF_BRIDGE: an entry of the forwarding database, also in place of one that was learned."""

    mac: str
    vlan: int
    entry: bridging.FdbEntry

    def commands(self) -> list[Command]:
        words = ["fdb", "replace", self.mac, "dev", self.name, "master", "static" if self.entry.static else "dynamic"]
        words += ["sticky"] if self.entry.sticky else []
        return [bridge(self.netns, *words, *_fdb_vlan(self.vlan))]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        link.fdb = {**(link.fdb or {}), **bridging.spread({(self.mac, self.vlan): self.entry}, link.vlans or {})}


@dataclasses.dataclass
class DeleteFdbEntry(OfLink):
    """RTM_DELNEIGH of family AF_BRIDGE. One without VLAN goes in every VLAN of the port (br_fdb_delete)."""

    mac: str
    vlan: int

    def commands(self) -> list[Command]:
        return [bridge(self.netns, "fdb", "delete", self.mac, "dev", self.name, "master", *_fdb_vlan(self.vlan))]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        gone = bridging.spread({(self.mac, self.vlan): bridging.FdbEntry()}, link.vlans or {})
        link.fdb = {key: entry for key, entry in (link.fdb or {}).items() if key not in gone}


def _fdb_vlan(vlan: int) -> list[str]:
    return ["vlan", str(vlan)] if vlan else []


@dataclasses.dataclass
class MoveLink(OfLink):
    """Change the namespace of a link. The kernel takes its IFF_UP, addresses, master and sysctls on the way."""

    clobbers = True

    to: str

    @property
    def touches(self) -> tuple[Where, ...]:
        return (self.where, (self.to, self.name))

    def commands(self) -> list[Command]:
        if self.to == HERE:  # iproute2 has no name for it
            return [native("move %s to the namespace that the module runs in" % label(self.where))]
        return [ip(self.netns, "link", "set", "dev", self.name, "netns", self.to)]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        uppers = world.stacked_on(link.where)
        lose_routes(world, self.where, gone=True)
        del world.namespaces[self.netns].links[self.name]
        link.netns = self.to
        link.common["admin_state"] = kinds.DOWN
        for name in ("master", "ipv6_addr_gen_mode"):
            link.common.pop(name, None)
        link.port, link.vlans, link.fdb = {}, None, None
        link.addresses = []
        link.sysctls = {}
        world.namespaces[self.to].links[self.name] = link
        _tell_others(world, link, uppers)


def _tell_others(world: World, link: Link, uppers: list[Link]) -> None:
    """A link is somewhere else now, or has another name, than its other end and those on top of it believe."""
    if link.peer_at and world.link(link.peer_at):
        world.edit(link.peer_at).peer_at = link.where
    for upper in uppers:
        world.edit(upper.where).parent_at = link.where
        world.bear(link.where)


@dataclasses.dataclass
class DeleteLink(OfLink):
    """RTM_DELLINK. Takes the peer of a pair along, and every link stacked on top."""

    clobbers = True

    kind: str | None = None  # of ours, for a tun/tap

    def commands(self) -> list[Command]:
        return [ip(self.netns, "link", "delete", "dev", self.name)]

    def effect(self, world: World) -> None:
        remove_link(world, self.where)


def remove_link(world: World, where: Where) -> None:
    """Take a link out of ``world`` with all that goes with it."""
    link = world.link(where)
    if link is None:
        return
    uppers = world.stacked_on(where)
    lose_routes(world, where, gone=True)
    for found in world.ports(where):
        port = world.edit(found.where)
        leave_master(world, port)
        port.common.pop("master", None)
    del world.namespaces[where[0]].links[where[1]]
    for upper in uppers:
        remove_link(world, upper.where)
    if link.peer_at:
        remove_link(world, link.peer_at)


def join_master(world: World, link: Link, name: str) -> None:
    """What a link that is being edited becomes with its master; an empty name: with none."""
    master = world.link((link.netns, name)) if name else None
    if not name:
        return
    world.bear((link.netns, name))
    if master is None or master.table is None:
        return
    if master.table.joining == kinds.CYCLED:
        _cycle(world, link)
    if master.table.joining == kinds.LINK_DOWN:
        link.common["admin_state"] = kinds.UP
    if master.table.ports_look_like_it is None:
        return
    if "mtu" in master.common:
        link.common["mtu"] = master.common["mtu"]
    if not master.ports_look_like_it:
        return
    if "mac" in master.common:
        link.common["mac"] = master.common["mac"]
    elif "mac" in link.common:  # a bond that was given none takes that of its first port
        world.edit(master.where).common["mac"] = link.common["mac"]


def leave_master(world: World, link: Link) -> None:
    """What a link that is being edited loses with its master."""
    link.port = {}
    master = world.link((link.netns, link.common.get("master", "")))
    if master is None or master.table is None:
        return
    named = {name: "" for name, value in master.options.items() if value == link.name and isinstance(_type(master, name), PortName)}
    if named:
        world.edit(master.where).options.update(named)
    if master.table.joining == kinds.CYCLED:
        _cycle(world, link)
    if master.table.joining == kinds.LINK_DOWN:
        link.common["admin_state"] = kinds.DOWN
        link.common.pop("mac", None)  # it gets its own back, which nobody knows


def _type(link: Link, option: str) -> Type | None:
    return link.table.by_option[option].type if link.table and option in link.table.by_option else None


def _cycle(world: World, link: Link) -> None:
    """A link that is up is taken down and up again by the kernel."""
    if link.up:
        link.addresses = [address for address in link.addresses or [] if address.version == 4]
        lose_routes(world, link.where)


def lose_routes(world: World, where: Where, gone: bool = False) -> None:
    """The routes through a link go when it goes down, and with those of several next hops when it is ``gone``: moved or deleted."""
    namespace = world.namespaces[where[0]]
    if namespace.routes is not None and world.is_routed(where):
        namespace.routes = [
            route for route in namespace.routes if where[1] not in route.links or (not gone and _has_another_hop(world, route, where))
        ]


def _has_another_hop(world: World, route: Route, without: Where) -> bool:
    """Whether an IPv4 route has a next hop that lives on without a link. The others are dead until theirs is up (fib_sync_down_dev)."""
    links = [world.link((without[0], name)) for name in route.links if name != without[1]]
    return route.version == 4 and any(link and link.up and any(a.version == 4 for a in link.addresses or []) for link in links)


@dataclasses.dataclass
class RenameLink(OfLink):
    """Give a link, that is down, its name. Its altnames stay."""

    to: str

    @property
    def touches(self) -> tuple[Where, ...]:
        return ((self.netns, self.to),)

    def commands(self) -> list[Command]:
        return [ip(self.netns, "link", "set", "dev", self.name, "name", self.to)]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        uppers = world.stacked_on(link.where)
        del world.namespaces[self.netns].links[self.name]
        link.name = self.to
        world.namespaces[self.netns].links[self.to] = link
        _tell_others(world, link, uppers)


@dataclasses.dataclass
class AddAltname(OfLink):
    altname: str

    def commands(self) -> list[Command]:
        return [ip(self.netns, "link", "property", "add", "dev", self.name, "altname", self.altname)]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        if owner_of(self.altname):
            link.marks = [*link.marks, self.altname]
        else:
            link.altnames = [*(link.altnames or []), self.altname]


@dataclasses.dataclass
class DeleteAltname(OfLink):
    altname: str

    def commands(self) -> list[Command]:
        return [ip(self.netns, "link", "property", "del", "dev", self.name, "altname", self.altname)]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        link.altnames = [altname for altname in link.altnames or [] if altname != self.altname]
        link.marks = [altname for altname in link.marks if altname != self.altname]


# ---- addresses and routes ------------------------------------------------------------------------------------------


def _address_words(address: Address) -> list[str]:
    return [address.address, "peer", "%s/%d" % (address.peer, address.length)] if address.peer else [address.cidr]


def _scope_word(scope: int) -> str:
    return SCOPE_NAMES.get(scope, str(scope))


def _lifetime(seconds: int) -> str:
    return "forever" if seconds >= FOREVER else str(seconds)


@dataclasses.dataclass
class AddAddress(OfLink):
    """RTM_NEWADDR; ``replace`` also changes one that is there (lifetimes, metric, flags)."""

    additive = True

    address: Address
    replace: bool = False

    def commands(self) -> list[Command]:
        a = self.address
        words = ["address", "replace" if self.replace else "add"]
        words += _address_words(a)
        if a.broadcast:
            words += ["broadcast", a.broadcast]
        words += ["dev", self.name]
        if a.label:
            words += ["label", a.label]
        if a.scope is not None and a.scope != a.natural_scope:
            words += ["scope", _scope_word(a.scope)]
        if a.metric:
            words += ["metric", str(a.metric)]
        if a.valid_lifetime is not None and (a.limited or self.replace):  # a new address lives forever unless told otherwise
            words += ["valid_lft", _lifetime(a.valid_lifetime)]
        if a.preferred_lifetime is not None and (a.preferred_lifetime < FOREVER or self.replace):
            words += ["preferred_lft", _lifetime(a.preferred_lifetime)]
        words += [flag for flag in ("nodad", "noprefixroute") if getattr(a, flag)]
        return [ip(self.netns, *words)]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        there = link.addresses = link.addresses or []
        keys = [address.key for address in there]
        if self.address.key in keys:
            position = keys.index(self.address.key)
            there[position] = dataclasses.replace(self.address, secondary=there[position].secondary)
            return
        # The first IPv4 address of a subnet is primary; what comes later hangs on it.
        subnets = {address.subnet for address in there if address.version == 4}
        secondary = self.address.version == 4 and self.address.subnet in subnets
        there.insert(self._position(there, secondary), dataclasses.replace(self.address, secondary=secondary))

    def _position(self, there: list[Address], secondary: bool) -> int:
        """Where the kernel puts it: secondaries last, a primary behind those of its scope or a wider one's (__inet_insert_ifa)."""
        if self.address.version == 6 or secondary:
            same = [number for number, address in enumerate(there) if address.version == self.address.version]
        else:
            scope = self.address.scope_or_natural
            same = [n for n, a in enumerate(there) if a.version == 4 and not a.secondary and scope <= a.scope_or_natural]
        return same[-1] + 1 if same else (len(there) if self.address.version == 6 else 0)


@dataclasses.dataclass
class DeleteAddress(OfLink):
    clobbers = True

    address: Address

    def commands(self) -> list[Command]:
        return [ip(self.netns, "address", "delete", *_address_words(self.address), "dev", self.name)]

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        gone = self.address
        kept = [address for address in link.addresses or [] if address.key != gone.key]
        if gone.version == 4 and not gone.secondary:
            # Unless promote_secondaries is set, they go with their primary (inet_del_ifa, net/ipv4/devinet.c).
            kept = [address for address in kept if not (address.version == 4 and address.secondary and address.subnet == gone.subnet)]
        stay = {address.key for address in kept}
        lost = {address.address for address in link.addresses or [] if address.key not in stay}
        link.addresses = kept
        if gone.version == 4:
            self._lose_ipv4_routes(world, lost, last=not any(address.version == 4 for address in kept))

    def _lose_ipv4_routes(self, world: World, lost: set[str], last: bool) -> None:
        """With the last address go all of the link's; with an address that nobody has any more, those that name it as their source."""
        namespace = world.namespaces[self.netns]
        if not (last and world.is_routed(self.where)) and not any(route.source in lost for route in namespace.routes or []):
            return
        lost -= {address.address for link in namespace.links.values() for address in link.addresses or []}
        namespace.routes = namespace.routes and [
            route
            for route in namespace.routes
            if route.version == 6
            or not ((last and self.name in route.links and not _has_another_hop(world, route, self.where)) or route.source in lost)
        ]


@dataclasses.dataclass
class AddRoute(Operation):
    """RTM_NEWROUTE. Replaces a route of the same destination, table and metric."""

    additive = True

    route: Route

    def commands(self) -> list[Command]:
        return [ip(self.route.netns, "route", "replace", *_route_words(self.route, "proto", str(self.route.protocol)))]

    def effect(self, world: World) -> None:
        world.add_route(self.route)


@dataclasses.dataclass
class DeleteRoute(Operation):
    route: Route

    def commands(self) -> list[Command]:
        return [ip(self.route.netns, "route", "delete", *_route_words(self.route))]

    def effect(self, world: World) -> None:
        namespace = world.namespaces[self.route.netns]
        destination = self.route.destination  # compared first: most routes have another
        namespace.routes = [route for route in namespace.routes or [] if route.destination != destination or route != self.route]


def _route_words(route: Route, *more: str) -> list[str]:
    words = [route.type] if route.type != "unicast" else []
    words += [route.destination]
    if route.table != ROUTE_TABLES["main"]:
        words += ["table", str(route.table)]
    if route.metric:
        words += ["metric", str(route.metric)]
    if route.source:
        words += ["src", route.source]
    if route.mtu:
        words += ["mtu", str(route.mtu)]
    if route.scope is not None and route.scope != natural_route_scope(route):
        words += ["scope", _scope_word(route.scope)]
    if len(route.hops) == 1:
        return words + _hop_words(route, route.hops[0]) + list(more)
    words += more  # behind several next hops ip takes nothing else
    for hop in route.hops:
        words += ["nexthop", *_hop_words(route, hop), "weight", str(hop.weight)]
    return words


def _hop_words(route: Route, hop: Hop) -> list[str]:
    words = []
    if hop.gateway:
        version = 6 if ":" in hop.gateway else 4
        words = ["via", hop.gateway] if version == route.version else ["via", "inet6" if version == 6 else "inet", hop.gateway]
    return words + (["dev", hop.link] if hop.link else []) + (["onlink"] if hop.onlink else [])


def natural_route_scope(route: Route) -> int:
    """The scope that iproute2 gives a route where none is asked for (iproute_modify, ip/iproute.c)."""
    if route.version == 6:
        return SCOPES["global"]
    if route.type == "local":
        return SCOPES["host"]
    direct = all(hop.gateway is None for hop in route.hops) and bool(route.hops)
    return (
        SCOPES["link"] if route.type in ("broadcast", "multicast", "anycast") or (direct and route.type == "unicast") else SCOPES["global"]
    )


# ---- waiting -------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class WaitFor(OfLink):
    """Wait on netlink events until the link has carrier, or its IPv6 addresses have passed DAD."""

    carrier: bool
    dad: bool
    timeout: float
    lend_carrier: bool = False

    def __post_init__(self) -> None:
        self.changes = self.lend_carrier

    def commands(self) -> list[Command]:
        what = " and ".join(text for text, on in (("carrier", self.carrier), ("the end of DAD", self.dad)) if on)
        where = label(self.where)
        lines = [native("wait for %s on %s, at most %g s" % (what, where, self.timeout))]
        if self.lend_carrier:
            lines.insert(0, native("lend_carrier: hold a temporary tap as port of %s meanwhile" % where))
        return lines

    def effect(self, world: World) -> None:
        link = world.edit(self.where)
        if self.carrier:
            link.carrier = link.running = True
        if self.dad:
            link.addresses = [dataclasses.replace(address, tentative=False) for address in link.addresses or []]
