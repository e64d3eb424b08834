# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: a pure function from what is wanted and what is there to the operations in between.

No I/O, no Ansible, no pyroute2. Each operation planned is played through on a copy of the observed world, side effects
included, so what it destroys is seen and put back by later operations, and check mode can tell what the end will be.
"""

from __future__ import annotations

import dataclasses
import functools
import ipaddress
import itertools
import typing as t
import zlib

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.errors import CannotPlan, HeldDevice
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    HERE,
    IPV6_MIN_MTU,
    ROUTE_TABLES,
    RTPROT_KERNEL,
    RTPROT_RA,
    SEED,
    Address,
    Hop,
    Link,
    Namespace,
    Route,
    Topology,
    Where,
    World,
    label,
    owner_of,
)
from ansible_collections.netdev.linux.plugins.module_utils.values import PortName

_OF_DRIVERS = frozenset(attribute.name for attribute in kinds.OF_DRIVERS)
_WITH_THE_LINK = [attribute.name for attribute in kinds.COMMON if attribute.change == kinds.NEVER]
_SET_ELSEWHERE = ("master", "admin_state", *_WITH_THE_LINK)
_FIXED = "the kernel fixes it when a link is made"


@dataclasses.dataclass
class Plan:
    """What to do, and what will be."""

    operations: list[ops.Operation]
    before: World
    after: World
    # The links that the task is about, where they will be.
    subjects: list[Where]
    warnings: list[str]
    flapped: list[Where]
    recreated: list[Where]
    # Where in the operations the work on each link begins, and behind the last one that on what is between links.
    sections: list[tuple[Where | None, int]] = dataclasses.field(default_factory=list)

    @property
    def changed(self) -> bool:
        return any(operation.changes for operation in self.operations)

    @property
    def clobbers(self) -> bool:
        """Whether it may take along what it does not name; then the routes must be known that it may have to put back."""
        return any(operation.clobbers for operation in self.operations)

    @property
    def commands(self) -> list[list[str]]:
        return [command for operation in self.operations for command in operation.commands()]

    @property
    def touched(self) -> list[Where]:
        """Every link that an operation names, each once."""
        return list(dict.fromkeys(where for operation in self.operations for where in operation.touches))


def plan(wanted: Topology, observed: World, baseline: World | None = None, check_mode: bool = False) -> Plan:
    """Plan the way from ``observed`` to ``wanted``.

    ``baseline`` is the state whose addresses and routes are put back where the plan's own operations take them along:
    ``observed``, but for the way back after a failure, where it is the state before.
    In check mode, namespaces and masters that do not exist are taken as coming, with a warning, because an earlier task
    would have made them.

    Raises CannotPlan, whose text tells what stands in the way and which option would allow it.
    """
    planner = _Planner(observed, baseline or observed, check_mode)
    return planner.run(wanted.copy())  # what a link made anew inherits is written into it


class _Planner:
    def __init__(self, observed: World, baseline: World, check_mode: bool) -> None:
        self.before = observed
        self.baseline = baseline
        self.world = observed.copy()
        self.check_mode = check_mode
        self.operations: list[ops.Operation] = []
        self.warnings: list[str] = []
        self.flapped: list[Where] = []
        self.recreated: list[Where] = []
        self.sections: list[tuple[Where | None, int]] = []
        # The links that an earlier task would have made: nothing is known of them.
        self.coming: set[Where] = set()
        # Whose alternative name something is, marks included.
        self.other_names: dict[Where, Where] | None = None
        # Where a link of the baseline is now, for links that were moved.
        self.moved: dict[Where, Where] = {}
        # And the other way round.
        self.origins: dict[Where, Where] = {}
        self.wanted = Topology()
        self.named: set[Where] = set()

    def do(self, operation: ops.Operation) -> None:
        operation.effect(self.world)
        self.operations.append(operation)

    def run(self, wanted: Topology) -> Plan:
        self.wanted = wanted
        self.named = {link.where for link in wanted.all_links()}
        for namespace in wanted.namespaces:
            if namespace.state == "present":
                self.ensure_namespace(namespace)
        present = [link for link in wanted.links if link.state == "present"]
        for link in _dependencies_first(present):
            self.sections.append((link.where, len(self.operations)))
            self.ensure_link(link)
        self.sections.append((None, len(self.operations)))
        for link in present:
            for end in link.ends:
                self.set_named_ports(end)
        self.put_back_routes()
        self.ensure_routes()
        self.remove(wanted)
        for link in present:
            self.wait(link)
        subjects = [link.where for link in wanted.all_links()]
        warnings = list(dict.fromkeys(self.warnings))
        return Plan(self.operations, self.before, self.world, subjects, warnings, self.flapped, self.recreated, self.sections)

    # ---- namespaces

    def ensure_namespace(self, wanted: Namespace) -> None:
        if wanted.name not in self.world.namespaces:
            self.do(ops.AddNamespace(wanted.name, wanted.name in self.world.left_over))
        there = self.world.namespaces[wanted.name]
        for key, value in wanted.sysctls.items():
            if there.sysctls.get(key) != value:
                self.do(ops.SetSysctl(wanted.name, "", key, value))
        loopback = self.world.link((wanted.name, "lo"))
        if wanted.loopback and loopback and loopback.common.get("admin_state") != wanted.loopback:
            self.do(ops.SetLink(wanted.name, "lo", {"admin_state": wanted.loopback}))
        if wanted.nsid not in (None, there.nsid):
            if there.nsid is not None:
                raise CannotPlan(
                    "namespace %s has nsid %d already, and the kernel gives a namespace its number once" % (wanted.name, there.nsid)
                )
            self.do(ops.SetNsid(wanted.name, wanted.nsid))

    def remove_namespace(self, wanted: Namespace) -> None:
        there = self.world.namespaces.get(wanted.name)
        if there is None and wanted.name not in self.world.left_over:
            return
        if there and there.processes and not wanted.force:
            raise CannotPlan(
                "namespace %s: %d process%s still run%s inside: %s. End %s first, or set force: true; the kernel keeps a "
                "namespace without a name alive as long as they run"
                % (
                    wanted.name,
                    len(there.processes),
                    "es" if len(there.processes) > 1 else "",
                    "" if len(there.processes) > 1 else "s",
                    ", ".join("%s (pid %d)" % (command, pid) for pid, command in there.processes[:10]),
                    "them" if len(there.processes) > 1 else "it",
                )
            )
        # A process inside keeps it, and so these, alive.
        links = there.links.values() if there and not there.processes else ()
        going = {namespace.name for namespace in self.wanted.namespaces if namespace.state == "absent"}
        self.do(ops.DeleteNamespace(wanted.name, tuple(link.peer_at for link in links if link.peer_at and link.peer_at[0] not in going)))

    def require_namespace(self, name: str, path: str) -> None:
        """The namespace must be there. In check mode it may be coming."""
        if name in self.world.namespaces:
            return
        if not self.check_mode:
            raise CannotPlan("%snetns: there is no network namespace %s; make it first with netdev.linux.netns" % (_dot(path), name))
        self.warnings.append("There is no network namespace %s yet; taken as made by an earlier task." % name)
        self.world.namespaces[name] = Namespace(name, links={"lo": Link("lo", name, addresses=[])})

    # ---- links: finding

    def ensure_link(self, wanted: Link) -> None:
        ends = wanted.ends
        for end in ends:
            self.require_namespace(end.netns, end.path)
        self.find(wanted)
        self.check_owner(wanted)
        for end in ends:
            self.put_tunnels_back(end)
            self.converge(end)

    def put_tunnels_back(self, wanted: Link) -> None:
        """On top of a link that was made anew, those that have outlived the one before; they point to one that is no more."""
        made = self.world.link(wanted.where)
        if made is None or made.index or self.baseline.link(wanted.where) is None:
            return
        for before in self.baseline.links():
            there = self.world.link(before.where) if before.parent_at == wanted.where else None
            if there and there.index and there.table and there.table.outlives_parent and there.kind == before.kind:
                self.do(ops.SetKind(there.netns, there.name, there.table, {}, dict(there.options), wanted.where, there.common.get("mtu")))

    def check_owner(self, wanted: Link) -> None:
        """An existing link is taken over only when that is said, and never from another owner."""
        there = self.before.link(wanted.where)
        owner = self.wanted.owner
        if not owner or wanted.kind is None or there is None or there.owned_by(owner):
            return
        if there.marks:
            raise CannotPlan(
                "%sname: %s belongs to owner %s, not to %s" % (_dot(wanted.path), there.label(), owner_of(there.marks[0]), owner)
            )
        if not self.wanted.adopt:
            raise CannotPlan(
                "%sname: %s exists already and does not carry the mark of owner %s. Set adopt: true to take it over"
                % (_dot(wanted.path), there.label(), owner)
            )

    def find(self, wanted: Link) -> None:
        """Bring the link, or the pair, to where it shall be: leave it, move it, make it anew or make it."""
        kind = wanted.table
        if kind is None:
            self.find_existing(wanted)
        elif kind.has_peer:
            self.find_pair(wanted, kind)
        else:
            there = self.world.link(wanted.where)
            if there is None:
                self.create(wanted, kind)
            elif there.kind != wanted.kind:
                self.recreate(wanted, kind, "%s is a %s, not a %s" % (there.label(), _kind_name(there), wanted.kind))
            else:
                reason = self.unchangeable(wanted, kind, there)
                if reason:
                    self.recreate(wanted, kind, reason)

    def find_existing(self, wanted: Link) -> None:
        """A link of any kind that must be there: in its namespace, or in the module's, from where it is moved."""
        if self.world.link(wanted.where):
            return
        there = None if wanted.as_port else self.world.link((HERE, wanted.name))
        if there:
            self.move(there, wanted.netns, wanted)
        else:
            self.take_as_made(wanted, "%sname: there is no link %s to change" % (_dot(wanted.path), wanted.label()))

    def take_as_made(self, wanted: Link, refusal: str) -> None:
        """In check mode go on with a link of which nothing is known."""
        self.await_link(wanted.where, refusal)
        coming = Link(wanted.name, wanted.netns, kind=wanted.kind, addresses=[], altnames=[])
        self.world.namespaces[wanted.netns].links[wanted.name] = coming
        self.coming.add(wanted.where)

    def await_link(self, where: Where, refusal: str) -> None:
        """A link that is not there is an error, but in check mode it may be coming."""
        if not self.check_mode:
            raise CannotPlan(refusal)
        self.warnings.append("There is no link %s yet; taken as made by an earlier task." % label(where))

    def find_pair(self, wanted: Link, kind: kinds.Kind) -> None:
        """Recognise a veth pair by its two ends and move what is elsewhere.

        A pair is the wanted one when both names fit and at least one end is where it shall be, or both are in the
        module's namespace. A pair of the same names somewhere else is somebody else's: labs repeat names.
        """
        peer = wanted.peer
        if peer:
            self.finish_pair(wanted, peer)
        near = self.world.link(wanted.where)
        if peer is None:
            if near is None:
                self.take_as_made(wanted, "%speer: needed to make %s: peer: {name: ...}" % (_dot(wanted.path), wanted.label()))
            elif near.kind != wanted.kind:
                raise CannotPlan("%s is a %s, not a veth; to replace it give peer and recreate: true" % (near.label(), _kind_name(near)))
            return
        far = self.world.link(peer.where)
        pair = self.known_pair(wanted, peer, near, far)
        fixed = [self.unchangeable(end, kind, there) for end, where in zip(wanted.ends, pair or ()) if (there := self.world.link(where))]
        if pair and any(fixed):
            self.recreate(wanted, kind, "; ".join(filter(None, fixed)), pair)
        elif pair:
            for end, is_at in zip((wanted, peer), pair):
                there = self.world.link(is_at)
                if there and is_at != end.where:
                    self.move(there, end.netns, wanted)
        elif near or far:
            obstacles = [link for link in (near, far) if link]
            self.recreate(wanted, kind, "; ".join(_not_this_pair(link, wanted, peer) for link in obstacles))
        else:
            self.create(wanted, kind)

    def finish_pair(self, wanted: Link, peer: Link) -> None:
        """A run that was killed may have given its name to one end only."""
        near = self.world.link(wanted.where)
        half = (peer.netns, temporary_name(peer.marks[0])) if peer.marks else None
        if near and half and near.peer_at == half:
            self.do(ops.RenameLink(*half, peer.name))

    def known_pair(self, wanted: Link, peer: Link, near: Link | None, far: Link | None) -> tuple[Where, Where] | None:
        near_fits = near and near.kind == wanted.kind and near.peer_at and near.peer_at[1] == peer.name
        if near and near.peer_at and near_fits and (far is None or far.where == near.peer_at):
            return near.where, near.peer_at
        if far and far.kind == wanted.kind and far.peer_at and far.peer_at[1] == wanted.name and near is None:
            return far.peer_at, far.where
        here = self.world.link((HERE, wanted.name))
        if here and here.kind == wanted.kind and here.peer_at == (HERE, peer.name) and not near and not far:
            return here.where, here.peer_at
        return None

    def unchangeable(self, wanted: Link, kind: kinds.Kind, there: Link) -> str:
        """Why the link can't get the wanted options as it stands, or an empty text."""
        mac = wanted.common.get("mac")
        if kind.mac == kinds.NEVER and mac and mac != there.common.get("mac"):
            has = there.common.get("mac")
            return "%s has mac %s, and the kernel can't change that of a %s to %s" % (there.label(), has, kind.name, mac)
        fixed = _fixed(wanted, there)
        if fixed and kind.queues != kinds.OF_ITS_DRIVER:
            return "%s has %s %s, and the kernel can't change that to %s" % (there.label(), *fixed[0])
        for attribute in kind.attributes:
            if attribute.name not in wanted.options:
                continue
            asked, has = wanted.options[attribute.name], there.options.get(attribute.name)
            if attribute.same(asked, has):
                continue
            if not attribute.can_change(asked, has):
                return "%s has %s %s, and the kernel can't change that to %s" % (
                    there.label(),
                    attribute.name,
                    "none" if has is None else attribute.type.show(has),
                    attribute.type.show(asked),
                )
            if attribute.needs_no_ports and wanted.recreate and self.world.ports(there.where):
                return "%s has ports, and the kernel can't change its %s with them" % (there.label(), attribute.name)
        if wanted.parent and there.parent_at not in (wanted.wanted_parent, None):
            return "%s is on top of %s, and the kernel can't put it on top of %s" % (
                there.label(),
                label(there.parent_at) if there.parent_at else "nothing",
                label(wanted.wanted_parent),
            )
        return ""

    # ---- links: making, moving, making anew

    def create(self, wanted: Link, kind: kinds.Kind) -> None:
        """Make the link. One that will carry a mark gets its name last: what a killed run leaves behind is known by it."""
        missing = _missing(wanted, kind)
        if missing:  # then the task is about a link that is there
            self.take_as_made(wanted, missing)
            return
        ends = wanted.ends
        for end in ends:
            self.require_free(end, end.name, "name")
        parent = self.require_what_it_is_made_of(wanted, kind)
        if not wanted.marks:
            self.make(wanted, kind, parent)
            return
        names = [end.name for end in ends]
        for end in ends:
            temporary = temporary_name(end.marks[0])
            if self.world.link((end.netns, temporary)):
                self.do(ops.DeleteLink(end.netns, temporary, kind.name))
            self.require_free(end, end.marks[0], "name")
            end.name = temporary
        self.make(wanted, kind, parent)
        for end, name in zip(ends, names):
            for altname in end.marks:
                self.do(ops.AddAltname(end.netns, end.name, altname))
            self.do(ops.RenameLink(end.netns, end.name, name))
            end.name = name

    def require_free(self, wanted: Link, name: str, option: str) -> None:
        """No other link in the namespace has the name as an alternative one, nor the alternative name as its own."""
        if self.other_names is None:
            self.other_names = {
                (link.netns, altname): link.where for link in self.before.links() for altname in [*(link.altnames or []), *link.marks]
            }
        where = (wanted.netns, name)
        holder = self.world.link(self.other_names.get(where, where))
        if holder is None or holder.where == wanted.where:
            return
        path = "%s%s" % (_dot(wanted.path), option)
        if name in holder.marks:
            raise CannotPlan(
                "%s: %s carries the mark of %s, so it was that link before somebody renamed it. Name it so again, or delete it"
                % (path, holder.label(), wanted.label())
            )
        if holder.where == where or name in (holder.altnames or []):
            as_what = "the name" if holder.where == where else "an alternative name"
            raise CannotPlan("%s: %s is %s of %s already" % (path, name, as_what, holder.label()))

    def require_what_it_is_made_of(self, wanted: Link, kind: kinds.Kind) -> Where | None:
        """All that making the link needs is there; where the link that it is made on top of is."""
        if "mac" in wanted.common and not kind.takes_mac(wanted.options):
            raise CannotPlan("%smac: %s" % (_dot(wanted.path), _why_no_mac(wanted, kind)))
        queues = [name for name in _WITH_THE_LINK if name in wanted.common and kind.queues == kinds.OF_ITS_DRIVER]
        if queues:
            raise CannotPlan("%s%s: %s" % (_dot(wanted.path), queues[0], _why_no_queues(kind)))
        for end in wanted.ends:
            self.require_master(end)
        return self.parent_of(wanted, kind)

    def make(self, wanted: Link, kind: kinds.Kind, parent: Where | None) -> None:
        if kind.by_ioctl:
            self.do(ops.AddTuntap(wanted.netns, wanted.name, dict(wanted.options)))
            return
        peer = None
        if wanted.peer:
            peer = (wanted.peer.where, self.at_birth(wanted.peer, kind, second=True))
        common, options = self.at_birth(wanted, kind), self.options_at_birth(wanted, kind)
        self.do(ops.AddLink(wanted.netns, wanted.name, kind, common, options, peer, parent))

    def parent_of(self, wanted: Link, kind: kinds.Kind) -> Where | None:
        """Where the link that this one is made on top of is. It must be there."""
        if not kind.has_parent or not wanted.parent:
            return None
        where = wanted.wanted_parent
        if kind.parent_beside and where[0] != wanted.netns:
            raise CannotPlan("%sparent_netns: the kernel makes a %s only in the namespace of its parent" % (_dot(wanted.path), kind.name))
        self.require_namespace(where[0], wanted.path)
        if self.world.link(where) is None:
            self.await_link(where, "%sparent: there is no link %s to make %s on" % (_dot(wanted.path), label(where), wanted.label()))
        return where

    def at_birth(self, wanted: Link, kind: kinds.Kind, second: bool = False) -> dict[str, t.Any]:
        """What goes into the creating message. A link that needs nothing more before it goes up is born up."""
        common = {name: wanted.common[name] for name in kinds.AT_BIRTH if wanted.common.get(name) not in (None, "")}
        master = common.get("master", "")
        # Of a veth's ends the kernel honours IFLA_MASTER on the first only. A bond brings its ports up, which can't be renamed then.
        # And iproute2 would look for the master where the parent is, which is where it makes the link from.
        elsewhere = bool(wanted.parent) and wanted.parent_netns not in (None, wanted.netns)
        there = master in self.world.namespaces[wanted.netns].links
        if kind.has_peer or elsewhere or not there or self.joining(wanted, master) != kinds.LIVE:
            common.pop("master", None)
        if kind.mtu_after_creation and "mtu" in common:
            # Setting an MTU that the bridge has already would not make it stick, so it must not be born with it.
            common["mtu"] += 1 if common["mtu"] < 1500 else -1
        # Of a pair the kernel can't bring up the second end before the first exists.
        later = (
            wanted.marks
            or wanted.sysctls
            or wanted.port
            or kind.has_ports
            or "ipv6_addr_gen_mode" in wanted.common
            or wanted.common.get("master")
        )
        if wanted.common.get("admin_state") == kinds.UP and not later and not second:
            common["admin_state"] = kinds.UP
        return common

    def options_at_birth(self, wanted: Link, kind: kinds.Kind) -> dict[str, t.Any]:
        asked = {name: value for name, value in wanted.options.items() if not isinstance(kind.by_option[name].type, PortName)}
        if kind.defaults:
            asked = dict(kind.defaults(asked), **asked)
        self.require_existing(wanted, kind, asked)
        stored = {name: kind.by_option[name].will_store(value, asked) for name, value in asked.items()}
        return {name: value for name, value in stored.items() if value != kind.by_option[name].born}

    @staticmethod
    def require_existing(wanted: Link, kind: kinds.Kind, options: dict[str, t.Any]) -> None:
        """What the task asks for must be there to be set, by the options that the link will have."""
        for name, value in wanted.options.items():
            attribute = kind.by_option[name]
            if attribute.needs and not attribute.exists(options) and value not in (False, "", ()):
                raise CannotPlan("%s%s: only with %s" % (_dot(wanted.options_path), name, attribute.needs.text))

    def recreate(self, wanted: Link, kind: kinds.Kind, reason: str, places: t.Sequence[Where] = ()) -> None:
        """Delete what stands under the link's name(s), or a pair at ``places``, and make it anew with what it had."""
        for end in wanted.ends:
            there = self.world.link(end.where)
            if there and not there.rtnetlink_kind and not there.kind:
                raise CannotPlan("%sname: %s. Nobody can delete such a link; take another name" % (_dot(end.path), reason))
        if not wanted.recreate:
            raise CannotPlan("%s. Set recreate: true to delete it and make it anew" % reason)
        ports: list[Link] = []
        obstacles = [(end, self.world.link(where)) for end, where in zip(wanted.ends, places or [end.where for end in wanted.ends])]
        for end, there in obstacles:
            if there is None:
                continue
            ports += self.world.ports(there.where)
            self.check_deletable(there, wanted.force)
            self.inherit(end, kind, there)
            self.recreated.append(end.where)
            if there.where != end.where:
                self.moved[there.where], self.origins[end.where] = end.where, there.where
            if self.world.link(there.where):  # one end of a pair takes the other along
                self.do(ops.DeleteLink(there.netns, there.name, there.kind))
        self.create(wanted, kind)
        if kind.has_ports:
            for port in ports:
                if self.world.link(port.where):
                    again = Link(port.name, port.netns, common={"master": wanted.name}, allow_flap=True)
                    self.set_master(again)
                    self.set_as_port(again)
                    self.set_addresses(again)

    @staticmethod
    def inherit(wanted: Link, kind: kinds.Kind, there: Link) -> None:
        """Fill what the task leaves open with what the link had, so that a link made anew is the same one."""
        if wanted.exact:
            return
        if not kind.takes_mac(dict(there.options, **wanted.options)):
            kept = {name: value for name, value in there.settable.items() if name != "mac"}
        else:
            kept = there.settable
        if there.kind != kind.name:
            kept = {name: value for name, value in kept.items() if name not in _OF_DRIVERS}
        wanted.common = dict(kept, **wanted.common)
        if there.kind == kind.name:
            options = {name: value for name, value in there.options.items() if name in kind.by_option and value is not None}
            final = dict(options, **wanted.options)
            wanted.options = {name: value for name, value in final.items() if name in wanted.options or kind.by_option[name].exists(final)}
        wanted.sysctls = dict(there.sysctls, **wanted.sysctls)
        wanted.marks = list(dict.fromkeys([*wanted.marks, *there.marks]))
        if there.altnames and not (wanted.altnames is not None and "altnames" in wanted.purge):
            wanted.altnames = list(dict.fromkeys([*(wanted.altnames or []), *there.altnames]))

    def move(self, there: Link, to: str, wanted: Link) -> None:
        where = there.where
        if there.table and not there.table.movable:
            raise CannotPlan("%s is a %s, and the kernel can't move one to another namespace" % (there.label(), there.kind))
        if self.world.link((to, there.name)):
            raise CannotPlan("%s can't move to namespace %s: there is a %s already" % (there.label(), to or "of the module", there.name))
        end = wanted.peer if wanted.peer and wanted.peer.name == there.name else wanted
        if there.up:
            if not wanted.allow_flap:
                raise CannotPlan(
                    "%s is up and shall be in %s; moving it takes it down for a moment. Set allow_flap: true to allow that"
                    % (there.label(), "namespace %s" % to if to else "the namespace that the module runs in")
                )
            self.flapped.append((to, there.name))
            if there.peer_at:
                self.flapped.append(there.peer_at)
        kept: dict[str, t.Any] = {name: there.common[name] for name in ("admin_state", "ipv6_addr_gen_mode") if name in there.common}
        if there.common.get("master") and not end.common.get("master"):
            self.warnings.append("%s leaves its master %s, which stays behind." % (there.label(), there.common["master"]))
        end.common = dict(kept, **end.common)
        end.sysctls = dict(there.sysctls, **end.sysctls)
        self.moved[where] = (to, there.name)
        self.origins[to, there.name] = where
        self.do(ops.MoveLink(there.netns, there.name, to))

    # ---- links: their attributes

    def converge(self, wanted: Link) -> None:
        """Give an existing link what the task wants of it, and what this plan has taken from it."""
        if not self.world.link(wanted.where):
            return
        self.set_common(wanted)
        self.set_options(wanted)
        self.set_sysctls(wanted)
        self.set_master(wanted)
        self.set_as_port(wanted)
        self.set_altnames(wanted)
        self.set_common(wanted, "admin_state")
        self.set_ports(wanted)
        self.set_addresses(wanted)

    def there(self, wanted: Link) -> Link:
        return self.world.namespaces[wanted.netns].links[wanted.name]

    def set_common(self, wanted: Link, *only: str) -> None:
        if not only:
            self.set_secret(wanted)
        there = self.there(wanted)
        asked = wanted.common
        if wanted.usual and not only:  # what a link made anew gets of its driver is not known yet
            asked = {name: value for name, value in wanted.known.items() if name in asked or name in there.known}
        names = only or [name for name in asked if name not in _SET_ELSEWHERE]
        changes = {
            name: asked[name]
            for name in names
            if asked.get(name) is not None and asked[name] != there.common.get(name, there.usual.get(name, "" if name == "alias" else None))
        }
        if there.index and not only and not _OF_DRIVERS.isdisjoint(asked):
            self.require_of_driver(wanted, there)
        if "mtu" in changes:
            self.require_mtu(wanted, there, changes["mtu"])
        if "mac" in changes and there.table and not there.table.takes_mac(there.options):
            raise CannotPlan("%smac: %s" % (_dot(wanted.path), _why_no_mac(there, there.table)))
        if changes:
            lost = [a.cidr for a in there.addresses or [] if a.version == 6 and not a.by_kernel]
            if changes.get("mtu", IPV6_MIN_MTU) < IPV6_MIN_MTU and lost:
                self.warnings.append(
                    "%s: an MTU below %d takes its IPv6 addresses away: %s." % (there.label(), IPV6_MIN_MTU, ", ".join(lost))
                )
            if there.common.get("mtu", IPV6_MIN_MTU) < IPV6_MIN_MTU <= changes.get("mtu", 0) and "ipv6_addr_gen_mode" in changes:
                # Only this brings the link's IPv6 configuration back, which the others need.
                self.do(ops.SetLink(wanted.netns, wanted.name, {"mtu": changes.pop("mtu")}))
            self.do(ops.SetLink(wanted.netns, wanted.name, changes))
            if any(kinds.COMMON_BY_OPTION[name].moves for name in changes):
                self.set_common(wanted)  # where others have followed that shall not

    def set_secret(self, wanted: Link) -> None:
        """The secret that IPv6 addresses follow from: the mode that uses it needs it, and the kernel sets that mode with it."""
        secret, has = wanted.sysctls.get(SEED), self.there(wanted)
        if secret in (None, has.sysctls.get(SEED)):
            return
        if has.common.get("mtu", IPV6_MIN_MTU) < IPV6_MIN_MTU:
            self.set_common(wanted, "mtu")  # before, the link has no IPv6
        self.do(ops.SetSysctl(wanted.netns, wanted.name, SEED, secret))

    @staticmethod
    def require_of_driver(wanted: Link, there: Link) -> None:
        """What the link's driver, or the kernel, says to what the task asks of it."""
        for attribute in kinds.OF_DRIVERS:
            name, path = attribute.name, "%s%s" % (_dot(wanted.path), attribute.name)
            asked, most = wanted.common.get(name), there.most.get(name)
            if asked is None:
                continue
            if name not in there.known and attribute.since:
                raise CannotPlan(_too_old(path, attribute))
            if name not in there.known:
                raise CannotPlan("%s: the kernel does not tell it; it was built without %s" % (path, attribute.config))
            if most is not None and asked > most:
                raise CannotPlan("%s: %d is more than %s can have; its driver takes up to %d" % (path, asked, there.label(), most))
        fixed = _fixed(wanted, there)
        if fixed:
            name, has, asked = fixed[0]
            why = _why_no_queues(there.table) if there.table and there.table.queues == kinds.OF_ITS_DRIVER else _FIXED
            raise CannotPlan("%s%s: %s has %s, not %s; %s" % (_dot(wanted.path), name, there.label(), has, asked, why))

    @staticmethod
    def require_mtu(wanted: Link, there: Link, mtu: int) -> None:
        """The link's driver must take it."""
        low, high = there.mtu_limits
        if mtu < low or (high and mtu > high):
            takes = "%d to %d" % (low, high) if high else "%d or more" % low
            raise CannotPlan("%smtu: %d is not one that %s can have; its driver takes %s" % (_dot(wanted.path), mtu, there.label(), takes))

    def set_options(self, wanted: Link) -> None:
        kind = wanted.table
        if kind is None:
            return
        changes = self.option_changes(wanted, kind)
        if not changes:
            return
        if kind.by_ioctl:
            self.set_tuntap_owner(wanted, changes)
            return
        down = [name for name in changes if kind.by_option[name].needs_down]
        flaps = bool(down) and self.there(wanted).up
        if flaps:
            self.take_down(wanted, "%s%s: the kernel changes it only while" % (_dot(wanted.options_path), down[0]))
        later = {name: changes.pop(name) for name in list(changes) if kind.by_option[name].after in changes}
        for values in (changes, later):
            if values:
                self.set_kind(wanted, kind, values)
        # One may have moved another, as the period of a bond's monitoring does with the delays that are counted in it.
        moved = self.option_changes(wanted, kind)
        if moved:
            self.set_kind(wanted, kind, moved)
        if flaps:
            self.bring_up(wanted)

    def set_kind(self, wanted: Link, kind: kinds.Kind, values: dict[str, t.Any]) -> None:
        there = self.there(wanted)
        mtu = there.common.get("mtu") if kind.whole else None
        self.do(ops.SetKind(wanted.netns, wanted.name, kind, values, dict(there.options), there.parent_at, mtu))

    def option_changes(self, wanted: Link, kind: kinds.Kind) -> dict[str, t.Any]:
        """The options that are not as wanted and can be, with the values that the kernel will store."""
        there = self.there(wanted)
        final = kind.options_after(there.options, wanted.options)
        changes: dict[str, t.Any] = {}
        for name, asked in wanted.options.items():
            attribute = kind.by_option[name]
            value = attribute.will_store(asked, final)
            if attribute.change in (kinds.NEVER, kinds.AT_CREATION) or attribute.same(value, there.options.get(name)):
                continue
            if isinstance(attribute.type, PortName):
                continue  # once the ports are there
            if attribute.needs and there.index and there.options and not attribute.exists(dict(there.options, **wanted.options)):
                raise CannotPlan("%s%s: only with %s" % (_dot(wanted.options_path), name, attribute.needs.text))
            known = attribute.reported(there.options) or not attribute.exists(there.options)
            if there.index and there.options and not known and attribute.config:
                raise CannotPlan(
                    "%s%s: the kernel's %s has no such attribute; it was built without %s"
                    % (_dot(wanted.options_path), name, kind.name, attribute.config)
                )
            if there.index and there.options and not known and attribute.since:
                raise CannotPlan(_too_old("%s%s" % (_dot(wanted.options_path), name), attribute))
            if attribute.needs_no_ports and self.world.ports(wanted.where):
                raise CannotPlan(
                    "%s%s: the kernel changes it only while %s has no ports; it has %s. Unplug them first, or set recreate: true"
                    % (_dot(wanted.path), name, there.label(), ", ".join(port.name for port in self.world.ports(wanted.where)))
                )
            changes[name] = value
        return changes

    def set_tuntap_owner(self, wanted: Link, changes: dict[str, t.Any]) -> None:
        there = self.there(wanted)
        if there.carrier and not there.options.get("multi_queue"):
            raise HeldDevice(
                there.netns,
                there.name,
                "%s is held open by %%s, and a single-queue device can't be opened a second time to change its %s. "
                "End that process first" % (there.label(), " and ".join(changes)),
            )
        self.do(ops.SetTuntapOwner(wanted.netns, wanted.name, changes))

    # ---- links: down for a moment

    def flap(self, wanted: Link, why: str) -> None:
        """Note that a link goes down for a moment, if the task allows that. ``why`` is what needs it."""
        there = self.there(wanted)
        if not wanted.allow_flap:
            raise CannotPlan("%s. Set allow_flap: true to allow that" % why)
        self.flapped.append(there.where)

    def take_down(self, wanted: Link, why: str) -> None:
        there = self.there(wanted)
        if wanted.common.get("admin_state") != kinds.DOWN:
            self.flap(wanted, "%s %s is down, and it is up" % (why, there.label()))
        self.do(ops.SetLink(wanted.netns, wanted.name, {"admin_state": kinds.DOWN}))

    def bring_up(self, wanted: Link) -> None:
        """Up again, with the links that the kernel took down with it as they were."""
        if wanted.common.get("admin_state") == kinds.DOWN:
            return
        self.do(ops.SetLink(wanted.netns, wanted.name, {"admin_state": kinds.UP}))
        for upper in self.world.stacked_on(wanted.where):
            before = self.baseline.link(upper.where)
            if before is None or not upper.follows_parent:
                continue
            if before.up:
                self.flapped.append(upper.where)
            again = Link(upper.name, upper.netns, common={"admin_state": before.common["admin_state"]})
            self.set_common(again, "admin_state")
            self.set_addresses(again)

    # ---- links: their surroundings

    def set_sysctls(self, wanted: Link) -> None:
        for key, value in wanted.sysctls.items():
            if self.there(wanted).sysctls.get(key) != value:
                self.do(ops.SetSysctl(wanted.netns, wanted.name, key, value))

    def require_master(self, wanted: Link) -> None:
        name = wanted.common.get("master")
        if not name:
            return
        path = _dot(wanted.path) + ("bridge" if wanted.as_port else "master")
        if name == wanted.name:
            raise CannotPlan("%s: %s can't be a port of itself" % (path, wanted.label()))
        if wanted.name == "lo":
            raise CannotPlan("%s: %s is the loopback device, which can't be a port of %s" % (path, wanted.label(), name))
        master = self.world.link((wanted.netns, name))
        if master is None:
            where = (wanted.netns, name)
            self.await_link(where, "%s: there is no link %s to be the master of %s" % (path, label(where), wanted.name))
        elif not master.rtnetlink_kind or (master.table and not master.table.has_ports):
            raise CannotPlan("%s: %s is a %s, which can't have ports; a bridge can" % (path, master.label(), _kind_name(master)))
        elif master.ports_look_like_it:
            mac = wanted.common.get("mac")
            if mac and mac != master.common.get("mac", mac):
                raise CannotPlan(
                    "%smac: a port of %s has its link-layer address, %s; leave it out, or set fail_over_mac of the %s"
                    % (_dot(wanted.path), master.label(), master.common["mac"], master.kind)
                )
        elif master.table:
            there = self.world.link(wanted.where)
            kind = wanted.table or (there.table if there else None)
            options = dict(there.options if there else {}, **wanted.options)
            if kind and (kind.name in master.table.never_ports or (master.table.ports_have_mac and not kind.has_mac(options))):
                what = "tun" if kind.by_ioctl else kind.name
                raise CannotPlan("%s: %s is a %s, and a %s can't have one as its port" % (path, wanted.label(), what, master.kind))

    def set_master(self, wanted: Link) -> None:
        there = self.there(wanted)
        name = wanted.common.get("master")
        if name is None or name == there.common.get("master", ""):
            return
        self.require_master(wanted)
        was_up = there.up
        joins, leaves = self.joining(wanted, name), self.joining(wanted, there.common.get("master", ""))
        if was_up and {joins, leaves} != {kinds.LIVE} and wanted.common.get("admin_state") != kinds.DOWN:
            other = name or there.common["master"]
            self.flap(
                wanted,
                "%smaster: %s is up, and %s %s takes it down for a moment"
                % (_dot(wanted.path), there.label(), "becoming a port of" if name else "leaving", other),
            )
        if was_up and joins == kinds.LINK_DOWN:
            self.do(ops.SetLink(wanted.netns, wanted.name, {"admin_state": kinds.DOWN}))
        self.do(ops.SetLink(wanted.netns, wanted.name, {"master": name}))
        if was_up and not self.there(wanted).up:
            self.bring_up(wanted)
        for option in ("mac", "mtu"):  # a bond's port looks like the bond until it is told otherwise
            if option in wanted.common:
                self.set_common(wanted, option)

    def joining(self, wanted: Link, name: str) -> str:
        """What being plugged into this master, or out of it, does to a link."""
        master = self.world.link((wanted.netns, name)) if name else None
        return master.table.joining if master and master.table else kinds.LIVE

    def set_named_ports(self, wanted: Link) -> None:
        """Options that name a port, now that the ports are there."""
        there = self.world.link(wanted.where)
        if there is None:
            return
        kind = wanted.table
        for name, port in wanted.options.items():
            attribute = kind.by_option[name] if kind else None
            if kind and attribute and isinstance(attribute.type, PortName) and not attribute.same(port, there.options.get(name)):
                self.require_existing(wanted, kind, there.options)
                if self.has_port(there.where, port, "%s%s" % (_dot(wanted.options_path), name)):
                    self.set_kind(wanted, kind, {name: port})
        for name, port in wanted.port.items():
            attribute = kinds.PORT_BY_OPTION[name]
            bridge = (wanted.netns, there.common.get("master", ""))
            differs = isinstance(attribute.type, PortName) and not attribute.same(port, there.port.get(name))
            if differs and self.has_port(bridge, port, "%sport.%s" % (_dot(wanted.path), name)):
                self.do(ops.SetPort(wanted.netns, wanted.name, {name: port}))

    def has_port(self, master: Where, name: str, path: str) -> bool:
        """Whether a port that an option names is one; none at all is right too. One that is to come can't be set yet."""
        link = self.world.link((master[0], name))
        refusal = "%s: %s is not a port of %s" % (path, name, label(master))
        if link is None and name:
            self.await_link((master[0], name), refusal)
            return False
        if link and link.common.get("master") != master[1]:
            raise CannotPlan(refusal)
        return True

    def set_as_port(self, wanted: Link) -> None:
        """What the link is as a port of its master, or what a bridge has as if it were one of its own ports."""
        there = self.there(wanted)
        if not (there.common.get("master") or wanted.port or wanted.vlans or wanted.fdb or (there.table and there.table.has_vlans)):
            return
        self.set_port(wanted)
        vlans = self.vlan_goal(wanted)
        fdb = self.fdb_goal(wanted, vlans)
        # An entry in a VLAN that the port does not carry any more could not be deleted.
        self.purge_fdb(wanted, fdb)
        self.set_vlans(wanted, vlans)
        self.set_fdb(wanted, fdb)

    def set_port(self, wanted: Link) -> None:
        """What the link is as a port of its master: the wanted, and what it was before this plan unplugged it."""
        there = self.there(wanted)
        self.require_port_options(wanted, there)
        before = self.baseline_link(wanted)
        goal = dict(wanted.port)
        if before and before.common.get("master") == there.common.get("master") and not there.port:
            goal = dict(before.port, **goal)
        # Nothing is known of a port that this plan has just plugged in, not even that it has what the kernel may leave out.
        known = there.port
        changes = {
            name: value
            for name, value in goal.items()
            if not isinstance(kinds.PORT_BY_OPTION[name].type, PortName)
            and not (kinds.PORT_BY_OPTION[name].same(value, known.get(name)) if known else value == kinds.PORT_BY_OPTION[name].born)
        }
        if not changes:
            return
        for name in changes:
            if known and name not in known and kinds.PORT_BY_OPTION[name].since:
                raise CannotPlan(_too_old("%s%s" % (_dot(wanted.port_path), name), kinds.PORT_BY_OPTION[name]))
        if not there.common.get("master") and there.where not in self.coming:
            self.refuse_port(wanted, there)
        self.keep_apart(wanted, there, changes)
        self.do(ops.SetPort(wanted.netns, wanted.name, changes))

    def require_port_options(self, wanted: Link, there: Link) -> None:
        """A port has what the kind of its master gives it, as far as the options of the master allow."""
        master = self.world.link((wanted.netns, there.common.get("master", "")))
        if master is None or master.where in self.coming:
            return
        for option in wanted.port_options:
            path = "%s%s" % (_dot(wanted.port_path), option)
            why = kinds.why_not_of_a_port(option, _kind_name(master), master.name)
            if why:
                raise CannotPlan("%s: %s" % (path, why))
            attribute, value = kinds.PORT_BY_OPTION.get(option), wanted.port.get(option)
            if attribute is None or value == attribute.born:
                continue
            if attribute.of_master and master.options and not attribute.of_master.met(master.options):
                raise CannotPlan("%s: only with %s of %s" % (path, attribute.of_master.text, master.name))
            most = master.known.get(attribute.at_most)
            if most is not None and value > most:
                raise CannotPlan("%s: %s is more than %s of %s, %d" % (path, value, attribute.at_most, master.name, most))

    def keep_apart(self, wanted: Link, there: Link, changes: dict[str, t.Any]) -> None:
        """Take from another port first what no two can have. One that is to keep it, or got it in this plan, is in the way."""
        for name, value in changes.items():
            attribute = kinds.PORT_BY_OPTION[name]
            others = self.world.ports((wanted.netns, there.common.get("master", ""))) if attribute.apart and value != attribute.born else []
            for other in others:
                if other.port.get(name) != value or other.where == there.where:
                    continue
                gets = next((end.port.get(name) for end in self.wanted.all_links() if end.where == other.where), None)
                if gets in (None, value):
                    raise CannotPlan("%s%s: %s has %s already, and no two ports can" % (_dot(wanted.port_path), name, other.label(), value))
                self.do(ops.SetPort(other.netns, other.name, {name: attribute.born}))

    def refuse_port(self, wanted: Link, there: Link) -> t.NoReturn:
        option = "bridge: needed, because" if wanted.as_port else "port:"
        remedy = "" if wanted.as_port else "; give it a master"
        master = kinds.master_of(next(iter(wanted.port_options), "vlans"))
        raise CannotPlan("%s%s %s is not a port of a %s%s" % (_dot(wanted.path), option, there.label(), master, remedy))

    def vlan_goal(self, wanted: Link) -> bridging.Vlans:
        """The VLANs that a port, or a bridge itself, shall have: the wanted, and those from before this plan unplugged it."""
        there = self.there(wanted)
        had = self.had_as_port(wanted)
        was = had.vlans if had else None
        if wanted.vlans is None and wanted.fdb is None and was is None:
            return there.vlans or {}
        if there.vlans is None:  # just plugged in, or just made
            bridge = there if there.table and there.table.has_vlans else self.bridge_of(wanted, there)
            attribute = kinds.BRIDGE.by_option["vlan_filtering"]
            if bridge.index and bridge.options and not attribute.reported(bridge.options):
                if wanted.vlans is not None:
                    path = _dot(wanted.port_path) + "vlans"
                    raise CannotPlan("%s: this kernel's bridges have no VLANs; it was built without %s" % (path, attribute.config))
                return {}
            there = self.world.edit(there.where)
            there.vlans = bridging.of_a_new_port(int(bridge.options.get("vlan_default_pvid", 1)))
        if wanted.vlans is not None and "vlans" in wanted.purge:
            return wanted.vlans
        return bridging.added(there.vlans if was is None else was, wanted.vlans or {})

    def set_vlans(self, wanted: Link, goal: bridging.Vlans) -> None:
        table = self.there(wanted).table
        itself = bool(table and table.has_vlans)
        # The new pvid first: the old one is none then, and untagged frames have a VLAN all the time.
        for kept in ({vid: vlan for vid, vlan in goal.items() if vlan.pvid}, goal):
            have = self.there(wanted).vlans or {}
            for span in bridging.spans({vid: vlan for vid, vlan in kept.items() if have.get(vid) != vlan}):
                self.do(ops.AddVlans(wanted.netns, wanted.name, span, itself))
        extra = {vid: vlan for vid, vlan in (self.there(wanted).vlans or {}).items() if vid not in goal}
        for span in bridging.spans(extra):
            self.do(ops.DeleteVlans(wanted.netns, wanted.name, span, itself))

    def fdb_goal(self, wanted: Link, vlans: bridging.Vlans) -> bridging.Fdb:
        """The forwarding entries that the port shall have beside those learned: the wanted, and those from before this plan."""
        there = self.there(wanted)
        had = self.had_as_port(wanted)
        kept = (had.fdb if had and had.fdb is not None else there.fdb) or {}
        if wanted.fdb is None:
            return kept
        self.bridge_of(wanted, there)
        for position, (_mac, vid) in enumerate(wanted.fdb):
            if vid and vid not in vlans:
                path = "%sfdb[%d].vlan" % (_dot(wanted.port_path), position)
                raise CannotPlan("%s: %s does not carry VLAN %d; list it in vlans" % (path, there.label(), vid))
        asked = bridging.spread(wanted.fdb, vlans)
        return asked if "fdb" in wanted.purge else {**kept, **asked}

    def purge_fdb(self, wanted: Link, goal: bridging.Fdb) -> None:
        for mac, vid in [key for key in self.there(wanted).fdb or {} if key not in goal]:
            there = self.there(wanted)
            if vid and vid not in (there.vlans or {}):
                self.warnings.append("%s: %s stays in VLAN %d, which the port does not carry." % (there.label(), mac, vid))
            elif (mac, vid) in (there.fdb or {}):  # it may have gone with the one without VLAN
                self.do(ops.DeleteFdbEntry(wanted.netns, wanted.name, mac, vid))

    def set_fdb(self, wanted: Link, goal: bridging.Fdb) -> None:
        vlans = self.there(wanted).vlans or {}
        for (mac, vid), entry in bridging.gathered(goal, vlans).items():
            have = self.there(wanted).fdb or {}
            made = [key for key in bridging.spread({(mac, vid): entry}, vlans) if goal.get(key) == entry]
            if any(have.get(key) != entry for key in made):
                self.do(ops.AddFdbEntry(wanted.netns, wanted.name, mac, vid, entry))

    def had_as_port(self, wanted: Link) -> Link | None:
        """The link as it was before this plan, if it was a port of the bridge that it is a port of now, or is a bridge itself."""
        before, there = self.baseline_link(wanted), self.there(wanted)
        same = before and before.kind == there.kind and before.common.get("master", "") == there.common.get("master", "")
        return before if same else None

    def bridge_of(self, wanted: Link, there: Link) -> Link:
        """The bridge that a link is a port of."""
        name = there.common.get("master")
        master = self.world.link((wanted.netns, name)) if name else None
        if master is None and ((name and self.check_mode) or there.where in self.coming):
            return Link(name or "", wanted.netns)  # taken as made by an earlier task
        if master is None or not (master.table and master.table.has_vlans):
            self.refuse_port(wanted, there)
        return master

    def set_ports(self, wanted: Link) -> None:
        if wanted.ports is None:
            return
        for position, name in enumerate(wanted.ports):
            path = "%sports[%d]" % (_dot(wanted.path), position)
            port = self.world.link((wanted.netns, name))
            if port is None:
                self.await_link((wanted.netns, name), "%s: there is no link %s to plug into %s" % (path, name, wanted.label()))
                continue
            plugged = Link(name, wanted.netns, common={"master": wanted.name}, path=path, allow_flap=wanted.allow_flap)
            self.set_master(plugged)
            self.set_addresses(plugged)
        if "ports" in wanted.purge:
            listed = set(wanted.ports)
            for port in self.world.ports(wanted.where):
                if port.name not in listed:
                    self.set_master(Link(port.name, port.netns, common={"master": ""}, path=wanted.path, allow_flap=wanted.allow_flap))

    def set_altnames(self, wanted: Link) -> None:
        there = self.there(wanted)
        for altname in wanted.marks:
            if altname not in there.marks:
                self.require_free(wanted, altname, "name")
                self.do(ops.AddAltname(wanted.netns, wanted.name, altname))
        have = there.altnames or []
        for altname in wanted.altnames or []:
            if altname not in have:
                self.require_free(wanted, altname, "altnames")
                self.do(ops.AddAltname(wanted.netns, wanted.name, altname))
        if "altnames" in wanted.purge and wanted.altnames is not None:
            for altname in have:
                if altname not in (wanted.altnames or []):
                    self.do(ops.DeleteAltname(wanted.netns, wanted.name, altname))
        if wanted.exact:
            for altname in there.marks:
                if altname not in wanted.marks:
                    self.do(ops.DeleteAltname(wanted.netns, wanted.name, altname))

    # ---- addresses and routes

    def set_addresses(self, wanted: Link) -> None:
        """Add, change and remove, in an order that never leaves the link without an address it keeps."""
        there = self.there(wanted)
        goal = self.address_goal(wanted, there)
        keys = {address.key: address for address in goal}
        have = {address.key: address for address in there.addresses or []}
        # One that goes along with another comes back as it was, but for what is asked for.
        known = have
        for address in goal:
            other = have.get(address.key)
            if other is None:
                # An IPv4 address whose length or peer differs is another address; both can stand side by side for a moment.
                self.do(ops.AddAddress(wanted.netns, wanted.name, self.whole(wanted, address, known), replace=address.key in known))
            elif not (address.is_like(other) if wanted.exact else address.satisfied_by(other)):
                self.change_address(wanted, self.whole(wanted, address, known), other)
                have = {address.key: address for address in self.there(wanted).addresses or []}  # others may have gone with it
        # A primary IPv4 address takes its secondaries along, so they go first.
        for address in sorted(have.values(), key=lambda address: not address.secondary):
            if address.key not in keys and _purged(wanted, address):
                self.do(ops.DeleteAddress(wanted.netns, wanted.name, address))
        # What went along with a primary address comes back.
        left = {address.key for address in self.there(wanted).addresses or []}
        for address in goal:
            if address.key not in left:
                self.do(ops.AddAddress(wanted.netns, wanted.name, self.whole(wanted, address, known), replace=True))
        if wanted.exact:
            self.order_addresses(wanted, [address for address in goal if address.version == 4])

    @staticmethod
    def whole(wanted: Link, address: Address, known: dict[tuple[t.Any, ...], Address]) -> Address:
        """A wanted address with what is left open taken from what is there; on the way back nothing is open."""
        return address if wanted.exact or address.key not in known else address.over(known[address.key])

    def order_addresses(self, wanted: Link, goal: list[Address]) -> None:
        """IPv4 addresses in their order: the first of a subnet is primary, the first of a link is the source of what has no other."""
        now = [address for address in self.there(wanted).addresses or [] if address.version == 4]
        same = sum(1 for _pair in itertools.takewhile(lambda pair: pair[0].key == pair[1].key, zip(now, goal)))
        if same < len(goal):
            for address in reversed(now[same:]):  # secondaries stand last
                self.do(ops.DeleteAddress(wanted.netns, wanted.name, address))
            for address in goal[same:]:
                self.do(ops.AddAddress(wanted.netns, wanted.name, address))

    def address_goal(self, wanted: Link, there: Link) -> list[Address]:
        """The addresses that the link shall have in the end: the wanted, and the found that stay, in that order."""
        goal = list(wanted.addresses or [])
        keys = {address.key for address in goal}
        found = self.baseline_link(wanted)
        mtu = wanted.common.get("mtu", there.common.get("mtu", IPV6_MIN_MTU))
        no_ipv6 = mtu < IPV6_MIN_MTU or there.sysctls.get("ipv6.disable_ipv6") == "1"
        for address in [*(there.addresses or []), *((found.addresses or []) if found else [])]:
            if address.key in keys or _purged(wanted, address) or address.by_kernel or (address.version == 6 and no_ipv6):
                continue
            keys.add(address.key)
            goal.append(address)
        return goal

    def baseline_link(self, wanted: Link) -> Link | None:
        """What the link was before this plan, wherever it was."""
        return self.baseline.link(self.origins.get(wanted.where, wanted.where))

    def change_address(self, wanted: Link, asked: Address, other: Address) -> None:
        """The kernel changes lifetimes and metric of an address, of IPv6 noprefixroute too; anything else means a new one."""
        fixed = ["length", "peer", "broadcast", "scope", "label"]
        if asked.version == 4:
            fixed.append("noprefixroute")
        elif not asked.metric:  # no metric in the message leaves an IPv6 address the one it has (inet6_addr_modify)
            fixed.append("metric")
        if all(getattr(asked, field) == getattr(other, field) for field in fixed):
            self.do(ops.AddAddress(wanted.netns, wanted.name, asked, replace=True))
        else:
            self.do(ops.DeleteAddress(wanted.netns, wanted.name, other))
            self.do(ops.AddAddress(wanted.netns, wanted.name, asked))

    def put_back_routes(self) -> None:
        """Routes that went with what this plan did (a link down or moved, its last address deleted) come back."""
        touched = {where for operation in self.operations for where in operation.touches}
        for name, namespace in self.baseline.namespaces.items():
            for route in _direct_first(namespace.routes or []):
                places = [self.moved.get((name, link), (name, link)) for link in route.links]
                if route.protocol in (RTPROT_KERNEL, RTPROT_RA) or not any(where in touched for where in places):
                    continue
                netns = places[0][0]
                links = [self.world.link(where) for where in places]
                if not all(link and link.up and link.netns == netns for link in links) or self.routes(netns) is None:
                    continue
                wanted = dataclasses.replace(route, netns=netns)
                if wanted not in (self.routes(netns) or []):
                    self.do(ops.AddRoute(wanted))

    def routes(self, netns: str) -> list[Route] | None:
        """The routes of a namespace as planned; None where they were not read."""
        return self.world.namespaces[netns].routes if netns in self.world.namespaces else None

    def routes_by_target(self) -> dict[tuple[str, str, int], list[Route]]:
        """The routes, as planned, of the namespaces that wanted ones are in."""
        found: dict[tuple[str, str, int], list[Route]] = {}
        for netns in {route.netns for route in self.wanted.routes}:
            for route in self.routes(netns) or []:
                found.setdefault(route.target, []).append(route)
        return found

    def ensure_routes(self) -> None:
        there = self.routes_by_target()
        for route in _direct_first([route for route in self.wanted.routes if route.state == "present"]):
            self.require_namespace(route.netns, route.path)
            self.require_hops(route)
            if not any(route.satisfied_by(other) for other in there.get(route.target, ())):
                if not route.raw:  # on the way back after a failure the kernel has taken it before
                    self.require_source(route)
                    self.require_gateways(route)
                self.do(ops.AddRoute(route))
                there.setdefault(route.target, []).append(route)
        there = self.routes_by_target()
        for route in self.wanted.routes:
            covered = [other for other in there.get(route.target, ()) if route.state == "absent" and route.covers(other)]
            for other in covered:
                there[route.target].remove(other)
                self.do(ops.DeleteRoute(other))
        for route in self.coming_with_addresses():
            if any(wanted.state == "absent" and wanted.covers(route) for wanted in self.wanted.routes):
                self.do(ops.DeleteRoute(route))

    def coming_with_addresses(self) -> t.Iterator[Route]:
        """The routes to their subnets that the kernel makes for addresses which this plan adds, or whose link it brings up."""
        if not any(route.state == "absent" for route in self.wanted.routes):
            return
        added = {op.where for op in self.operations if isinstance(op, ops.AddAddress) or (isinstance(op, ops.SetLink) and _brings_up(op))}
        for link in filter(None, map(self.world.link, sorted(added))):
            known = self.before.link(link.where)
            had = {address.key for address in (known.addresses or [])} if known and known.up else set()
            master = self.world.link((link.netns, link.common.get("master", "")))
            main = ROUTE_TABLES["main"]
            table = int(master.options.get("table", main)) if master and master.kind == kinds.VRF.name else main
            for address in link.addresses or [] if link.up else []:
                alone = address.version == 4 and address.length == 32 and not address.peer
                if address.key not in had and not (address.noprefixroute or address.secondary or alone):
                    through = (Hop(link=link.name),)
                    yield Route(link.netns, address.subnet, through, table, address.metric, protocol=RTPROT_KERNEL)

    def require_hops(self, route: Route) -> None:
        """The links that a route names must be there, and up: the kernel says no more than that the network is down."""
        for name in route.links:
            link = self.world.link((route.netns, name))
            if link is None:
                self.await_link((route.netns, name), "%sdev: there is no link %s" % (_dot(route.path), label((route.netns, name))))
            elif not link.up:
                raise CannotPlan("%sdev: %s is down; a route needs it up (admin_state: up)" % (_dot(route.path), link.label()))

    def require_source(self, route: Route) -> None:
        """The host must have the address that packets shall have as their source: the kernel says no more than that it is invalid."""
        if route.source is None or _within(route.source, "127.0.0.0/8"):
            return
        routes, addresses = self.routes(route.netns) or [], self.addresses_of(route.netns)
        has = any(address.address == route.source for address in addresses)
        if not has and not any(other.type == "local" and _within(route.source, other.destination) for other in routes):
            self.await_more(route, "src", "no link has the address %s" % route.source, "Give it to one first")

    def require_gateways(self, route: Route) -> None:
        """A gateway must be a neighbour: in the subnet of a link's address, or behind a route that needs no gateway itself."""
        for hop in route.hops:
            if not hop.gateway or hop.onlink or _within(hop.gateway, "fe80::/10"):
                continue
            if not any(_within(hop.gateway, subnet) for subnet in self.near(route.netns, hop.link)):
                what = "%s is in no subnet that a link of this host is in" % hop.gateway
                self.await_more(route, "gateway", what, "Give a link an address of its subnet, a route to it, or set onlink: true")

    def near(self, netns: str, first: str) -> t.Iterator[str]:
        """The subnets whose hosts are neighbours, those of one link first."""
        link = self.world.link((netns, first))
        yield from (address.subnet for address in (link.addresses if link else None) or [])
        yield from (address.subnet for address in self.addresses_of(netns))
        for route in self.routes(netns) or []:
            if route.type == "unicast" and not all(hop.gateway for hop in route.hops):
                yield route.destination

    def addresses_of(self, netns: str) -> t.Iterator[Address]:
        return (address for link in self.world.namespaces[netns].links.values() for address in link.addresses or [])

    def await_more(self, route: Route, option: str, what: str, remedy: str) -> None:
        """What a route lacks is an error, but in check mode an earlier task may be about to make it."""
        if not self.check_mode:
            raise CannotPlan("%s%s: %s. %s" % (_dot(route.path), option, what, remedy))
        self.warnings.append("%s: %s yet; taken as made by an earlier task." % (route.destination, what))

    # ---- removing, waiting

    def remove(self, wanted: Topology) -> None:
        for link in wanted.links:
            if link.state == "absent" and link.as_port:
                self.unplug(link)
            elif link.state == "absent":
                self.remove_link(link)
        if wanted.purge_links:
            self.purge_links()
        for namespace in wanted.namespaces:
            if namespace.state == "absent":
                self.remove_namespace(namespace)

    def unplug(self, wanted: Link) -> None:
        """Take a port from its bridge, or from the one that is named only."""
        there = self.world.link(wanted.where)
        master = there.common.get("master") if there else None
        if master and wanted.common.get("master") in (None, master):
            self.do(ops.SetLink(wanted.netns, wanted.name, {"master": ""}))

    def remove_link(self, wanted: Link) -> None:
        there = self.world.link(wanted.where)
        if there is None and wanted.peer:
            far = self.world.link(wanted.peer.where)
            if far and far.kind == wanted.kind and far.peer_at and far.peer_at[1] == wanted.name:
                there = far
        if there is None:
            return
        if wanted.kind and there.kind != wanted.kind:
            raise CannotPlan(
                "%s is a %s, not a %s; it is not deleted. Remove it with its own module or `ip link delete`"
                % (there.label(), _kind_name(there), wanted.kind)
            )
        self.check_deletable(there, wanted.force)
        self.do(ops.DeleteLink(there.netns, there.name, there.kind))

    def purge_links(self) -> None:
        """Delete the links with the owner's mark that are not listed, those on top of others first."""
        doomed = [link for link in self.world.links() if link.owned_by(self.wanted.owner) and link.where not in self.named]
        limit = self.wanted.max_deletes
        if limit is not None and len(doomed) > limit:
            raise CannotPlan(
                "purge_links would delete %d links, and max_deletes is %d: %s"
                % (len(doomed), limit, ", ".join(link.label() for link in doomed))
            )
        doomed.sort(key=lambda link: -self.height(link))
        for link in doomed:
            there = self.world.link(link.where)
            if there:
                self.check_deletable(there, self.wanted.force)
                self.do(ops.DeleteLink(there.netns, there.name, there.kind))

    def height(self, link: Link) -> int:
        """How many links it stands on."""
        below = self.world.link(link.parent_at) if link.parent_at else None
        return 1 + self.height(below) if below else 0

    def check_deletable(self, there: Link, force: bool) -> None:
        if force:
            return
        for where in (there.where, there.peer_at):
            if where in self.world.protected and where not in self.named:
                raise CannotPlan(
                    "%s is not deleted: %s. Name it in the task, or set force: true" % (label(where), self.world.protected[where])
                )
        if there.table and there.table.by_ioctl and there.carrier:
            raise HeldDevice(
                there.netns,
                there.name,
                "%s is held open by %%s, whose descriptor would be dead. End that process first, or set force: true" % there.label(),
            )
        uppers = self.world.stacked_on(there.where)
        if there.peer_at:  # it goes too, and what is on top of it
            uppers += self.world.stacked_on(there.peer_at)
        if uppers:
            raise CannotPlan(
                "%s has links on top of it, which the kernel would delete with it: %s. Remove them first, or set force: true"
                % (there.label(), ", ".join("%s (%s)" % (upper.name, _kind_name(upper)) for upper in uppers))
            )

    def wait(self, wanted: Link) -> None:
        for end in wanted.ends:
            there = self.world.link(end.where)
            if there is None or not end.wait.wanted:
                continue
            carrier = end.wait.carrier and not there.carrier
            tentative = [address for address in there.addresses or [] if self.in_dad(end, address)]
            failed = [address.cidr for address in there.addresses or [] if address.dadfailed]
            if end.wait.dad and failed:
                raise CannotPlan("%s: another host has the address %s (duplicate address detection failed)" % (there.label(), failed[0]))
            dad = end.wait.dad and bool(tentative)
            if not carrier and not dad:
                continue
            dead = dad and there.kind == "bridge" and not there.carrier and not self.live_ports(there.where)
            # A bridge that never had a port may have carrier; of one that is made only now that is seen while waiting.
            if dead and there.index and not end.wait.lend_carrier:
                raise CannotPlan("%s: %s" % (there.label(), ops.DAD_WITHOUT_CARRIER))
            lend = dead and end.wait.lend_carrier
            self.do(ops.WaitFor(end.netns, end.name, carrier, dad, end.wait.timeout, lend))

    def in_dad(self, wanted: Link, address: Address) -> bool:
        """Whether an address is, or will be after being added, tentative."""
        if address.version == 4 or address.nodad or address.dadfailed:
            return False
        before = self.before.link(wanted.where)
        known = {known.key: known for known in (before.addresses or [])} if before else {}
        return known[address.key].tentative if address.key in known else True

    def live_ports(self, where: Where) -> list[Link]:
        """Ports that can carry frames. Those that exist are judged by their carrier, new ones by what they will be."""
        return [port for port in self.world.ports(where) if port.up and (port.carrier or (port.table and port.table.has_carrier))]


def _dependencies_first(links: list[Link]) -> list[Link]:
    """Sort so that a link comes after its master and after the link it is made on top of, otherwise as given."""
    by_where = {end.where: link for link in links for end in link.ends}
    done: dict[Where, Link] = {}
    trail: list[Link] = []

    def visit(link: Link) -> None:
        if link.where in done:
            return
        if link in trail:
            circle = [*trail[trail.index(link) :], link]
            raise CannotPlan("links depend on each other in a circle: %s" % " -> ".join(each.label() for each in circle))
        trail.append(link)
        for where in _needs(link):
            other = by_where.get(where)
            if other and other is not link:
                visit(other)
        trail.pop()
        done[link.where] = link

    for link in links:
        visit(link)
    return list(done.values())


def _needs(link: Link) -> t.Iterator[Where]:
    """The links that a link, or its other end, can't do without."""
    for end in link.ends:
        if end.common.get("master"):
            yield end.netns, end.common["master"]
        if end.parent:
            yield end.wanted_parent


def _missing(wanted: Link, kind: kinds.Kind) -> str:
    """What a task leaves out that is needed to make the link, as an error; or an empty text."""
    if kind.needs_parent and not wanted.parent:
        return "%sparent: needed to make %s, the link that it is on top of" % (_dot(wanted.path), wanted.label())
    for name in kind.required:
        attribute = kind.by_option[name]
        if name not in wanted.options and attribute.exists(wanted.options):
            return "%s%s: needed to make %s, %s" % (_dot(wanted.options_path), name, wanted.label(), attribute.type.allowed)
    return ""


def temporary_name(mark: str) -> str:
    """The name that a link has until it carries its mark. The same for the same mark, so that the next run finds it."""
    return "nd.tmp.%08x" % zlib.crc32(mark.encode())


def _fixed(wanted: Link, there: Link) -> list[tuple[str, int, int]]:
    """What is fixed when a link is made, whatever its kind, and not as it shall be: option, observed and wanted value."""
    asked, known = wanted.known, there.known
    return [(name, known[name], asked[name]) for name in _WITH_THE_LINK if name in asked and known.get(name) not in (None, asked[name])]


def _direct_first(routes: t.Iterable[Route]) -> list[Route]:
    """Routes without gateway first: the gateways of the others are reached through them."""
    return sorted(routes, key=lambda route: any(hop.gateway for hop in route.hops))


def _purged(wanted: Link, address: Address) -> bool:
    """Whether an address that is not listed goes. What the kernel, router advertisements and DHCP clients made stays."""
    if wanted.addresses is None or "addresses" not in wanted.purge or address.by_kernel:
        return False
    return wanted.exact or not address.limited


@functools.cache
def _within(address: str, subnet: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(subnet)


def _brings_up(operation: ops.SetLink) -> bool:
    return operation.values.get("admin_state") == kinds.UP


def _too_old(path: str, attribute: kinds.Attribute) -> str:
    return "%s: this kernel is too old for it; kernels have it from %s on" % (path, attribute.since)


def _dot(path: str) -> str:
    return path + "." if path else ""


def _kind_name(link: Link) -> str:
    return link.kind or link.rtnetlink_kind or "link without kind (physical, or lo)"


def _why_no_queues(kind: kinds.Kind) -> str:
    return "a %s has as many as its driver gives it, so leave it out" % kind.name


def _why_no_mac(link: Link, kind: kinds.Kind) -> str:
    if kind.has_mac(link.options):
        return "%s is a %s, which has the link-layer address of its parent" % (link.label(), kind.name)
    what, hint = ("tun", "; a tap has one") if kind.by_ioctl else (kind.name, "")
    return "%s is a %s and has no link-layer address%s" % (link.label(), what, hint)


def _not_this_pair(link: Link, wanted: Link, peer: Link) -> str:
    if link.kind != wanted.kind:
        return "%s is a %s, not a %s" % (link.label(), _kind_name(link), wanted.kind)
    other = peer if link.where == wanted.where else wanted
    if link.peer_at is None:
        return "%s is a veth whose other end is in a namespace without a name, not %s" % (link.label(), other.label())
    return "%s is a veth whose other end is %s, not %s" % (link.label(), label(link.peer_at), other.label())
