# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain data: namespaces, links, addresses and routes. The same classes describe what is wanted and what is there."""

from __future__ import annotations

import copy
import dataclasses
import functools
import ipaddress
import re
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds, values

HERE = ""  # the namespace that the module runs in

IPV6_MIN_MTU = 1280  # RFC 8200, 5

# A sysctl of a link that nobody is to see: its stable IPv6 addresses follow from it (RFC 7217).
SEED = "ipv6.stable_secret"
HIDDEN = "(hidden)"

FOREVER = 0xFFFFFFFF  # a lifetime without end, INFINITY_LIFE_TIME in net/ipv6.h

SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
SCOPE_NAMES = {number: name for name, number in SCOPES.items()}

# An altname that says whose a link is: it survives renames and moves. systemd takes no colon in alternative names.
_MARK = re.compile(r"netdev\.([A-Za-z0-9_-]+)\.(.+)")

Where = tuple[str, str]  # (namespace, name): where a link is


def label(where: Where) -> str:
    """How messages name a link."""
    return "%s (namespace %s)" % (where[1], where[0]) if where[0] else where[1]


def is_secret(key: str) -> bool:
    """Whether a sysctl, of a link or of a namespace, is one that is not shown."""
    return key.rpartition(".")[2] == SEED.rpartition(".")[2]


def shown_sysctls(sysctls: dict[str, str]) -> dict[str, str]:
    """Sysctls as results and diffs have them."""
    return {key: HIDDEN if is_secret(key) else value for key, value in sysctls.items()}


def mark(owner: str, name: str) -> str:
    """The mark of an owner on a link of that name."""
    return "netdev.%s.%s" % (owner, name)


def owner_of(altname: str) -> str:
    """The owner that a mark names; empty for an altname that is no mark."""
    match = _MARK.fullmatch(altname)
    return match.group(1) if match else ""


@functools.cache
def _subnet(address: str, length: int) -> str:
    return str(ipaddress.ip_network("%s/%d" % (address, length), strict=False))


@functools.cache
def _natural_scope(address: str) -> int:
    ip = ipaddress.ip_address(address)
    if ip.is_loopback:
        return SCOPES["host"]
    if ip.version == 6 and ip.is_link_local:
        return SCOPES["link"]
    if ip.version == 6 and ip.is_site_local:
        return SCOPES["site"]
    return SCOPES["global"]


@dataclasses.dataclass(frozen=True)
class Address:
    """An address of a link. A field that is None was not given, or is not reported."""

    address: str
    length: int
    peer: str | None = None
    broadcast: str | None = None
    scope: int | None = None
    label: str | None = None
    nodad: bool | None = None
    noprefixroute: bool | None = None
    metric: int | None = None
    valid_lifetime: int | None = None  # seconds
    preferred_lifetime: int | None = None  # seconds
    # Only observed:
    tentative: bool = dataclasses.field(default=False, compare=False)
    dadfailed: bool = dataclasses.field(default=False, compare=False)
    secondary: bool = dataclasses.field(default=False, compare=False)
    by_kernel: bool = dataclasses.field(default=False, compare=False)  # link-local or from a router advertisement

    @property
    def version(self) -> int:
        return 6 if ":" in self.address else 4

    @property
    def key(self) -> tuple[t.Any, ...]:
        """What the kernel tells addresses of one link apart by: IPv6 by the address alone, IPv4 by its subnet too.

        __ipv6_chk_addr in net/ipv6/addrconf.c, __inet_insert_ifa in net/ipv4/devinet.c.
        """
        if self.version == 6:
            return (self.address,)
        return (self.address, self.length, self.subnet)

    @property
    def subnet(self) -> str:
        """The IPv4 subnet; the first address of a subnet is primary, the others hang on it."""
        return _subnet(self.peer or self.address, self.length)

    @property
    def cidr(self) -> str:
        return "%s/%d" % (self.address, self.length)

    @property
    def limited(self) -> bool:
        """Whether the address has a limited life, as those of DHCP clients and router advertisements have."""
        return self.valid_lifetime is not None and self.valid_lifetime < FOREVER

    @property
    def scope_or_natural(self) -> int:
        return self.natural_scope if self.scope is None else self.scope

    @property
    def natural_scope(self) -> int:
        """The scope iproute2 and the kernel give an address by its range (``default_scope`` in ip/ipaddress.c)."""
        return _natural_scope(self.address)

    def satisfied_by(self, other: Address) -> bool:
        """Whether an observed address is what this wanted one asks for; lifetimes compare as limited or not only."""
        if self.length != other.length:
            return False
        for field in ("peer", "broadcast", "scope", "label", "noprefixroute", "metric"):
            wanted = getattr(self, field)
            if wanted is not None and wanted != getattr(other, field):
                return False
        for field in ("valid_lifetime", "preferred_lifetime"):
            wanted, observed = getattr(self, field), getattr(other, field)
            if wanted is not None and (wanted == FOREVER) != (observed is None or observed == FOREVER):
                return False
        return True

    def is_like(self, other: Address) -> bool:
        """Whether an observed address is exactly this one that was observed before; what is None it had not."""
        fields = ("length", "peer", "broadcast", "scope", "label", "noprefixroute", "metric", "limited")
        return all((getattr(self, field) or None) == (getattr(other, field) or None) for field in fields)

    def over(self, other: Address) -> Address:
        """This address, with what it leaves open taken from ``other``."""
        fields = [field.name for field in dataclasses.fields(self) if field.compare and getattr(self, field.name) is None]
        return dataclasses.replace(self, **{field: getattr(other, field) for field in fields})

    def show(self) -> str | dict[str, t.Any]:
        """As a task would write it: a string where that says it all."""
        more: dict[str, t.Any] = {}
        for field in ("peer", "label", "nodad", "noprefixroute", "metric"):
            if getattr(self, field):
                more[field] = getattr(self, field)
        if self.broadcast:
            more["broadcast"] = self.broadcast
        if self.scope is not None and self.scope != self.natural_scope:
            more["scope"] = SCOPE_NAMES.get(self.scope, self.scope)
        for field in ("valid_lifetime", "preferred_lifetime"):
            if getattr(self, field) not in (None, FOREVER):
                more[field] = getattr(self, field)
        return dict(more, address=self.cidr) if more else self.cidr


# include/uapi/linux/rtnetlink.h, in iproute2's words
ROUTE_TYPES = {
    "unicast": 1,
    "local": 2,
    "broadcast": 3,
    "anycast": 4,
    "multicast": 5,
    "blackhole": 6,
    "unreachable": 7,
    "prohibit": 8,
    "throw": 9,
}
# A packet that takes one of these goes nowhere. IPv6 reports lo for them.
NO_HOPS = ("blackhole", "unreachable", "prohibit", "throw")
ROUTE_TABLES = {"default": 253, "main": 254, "local": 255}
RTPROT_KERNEL, RTPROT_BOOT, RTPROT_STATIC, RTPROT_RA = 2, 3, 4, 9
IPV6_METRIC = 1024  # IP6_RT_PRIO_USER, what an IPv6 route gets where no metric is given


@dataclasses.dataclass(frozen=True)
class Hop:
    """A next hop: through a gateway, out of a link, or both."""

    gateway: str | None = None
    link: str = ""
    weight: int = 1
    onlink: bool = False


@dataclasses.dataclass(frozen=True)
class Route:
    """A route. A field that is None was not given, or is not reported."""

    netns: str
    destination: str  # CIDR; 0.0.0.0/0 and ::/0 for default
    hops: tuple[Hop, ...] = ()  # none for blackhole and the like
    table: int = ROUTE_TABLES["main"]
    metric: int | None = None
    type: str = "unicast"
    scope: int | None = None
    source: str | None = None
    mtu: int | None = None
    protocol: int = RTPROT_STATIC
    # Only wanted:
    state: str = dataclasses.field(default="present", compare=False)
    path: str = dataclasses.field(default="", compare=False)
    # Only observed: the message as it came, for what this class does not name (encapsulation, metrics, ...).
    raw: bytes = dataclasses.field(default=b"", compare=False, repr=False)

    @property
    def version(self) -> int:
        return 6 if ":" in self.destination else 4

    @property
    def key(self) -> tuple[t.Any, ...]:
        """What the kernel tells the routes of a namespace apart by."""
        metric = (IPV6_METRIC if self.version == 6 else 0) if self.metric is None else self.metric
        return (*self.target, metric)

    @property
    def target(self) -> tuple[str, str, int]:
        """What it leads to: a destination, in a table of a namespace."""
        return (self.netns, self.destination, self.table)

    @property
    def links(self) -> set[str]:
        return {hop.link for hop in self.hops if hop.link}

    def satisfied_by(self, other: Route) -> bool:
        """Whether an observed route is what this wanted one asks for; of one that was observed itself nothing is left open."""
        if self.raw:
            return self == other
        if self.key != other.key or self.type != other.type:
            return False
        for field in ("scope", "source", "mtu"):
            if getattr(self, field) is not None and getattr(self, field) != getattr(other, field):
                return False
        if not self.hops:
            return True
        return len(self.hops) == len(other.hops) and all(
            any(
                hop.gateway == there.gateway and hop.link in ("", there.link) and (hop.weight, hop.onlink) == (there.weight, there.onlink)
                for there in other.hops
            )
            for hop in self.hops
        )

    def covers(self, other: Route) -> bool:
        """Whether this one, asked to be absent, means an observed route: all that is given fits."""
        return (
            self.target == other.target
            and self.metric in (None, other.metric or 0)
            and all(any(hop.gateway in (None, there.gateway) and hop.link in ("", there.link) for there in other.hops) for hop in self.hops)
        )

    def show(self) -> dict[str, t.Any]:
        """As a task would write it."""
        shown: dict[str, t.Any] = {"destination": self.destination}
        if self.netns:
            shown["netns"] = self.netns
        if self.type != "unicast":
            shown["type"] = self.type
        if self.table != ROUTE_TABLES["main"]:
            shown["table"] = self.table
        if self.metric:
            shown["metric"] = self.metric
        if self.source:
            shown["src"] = self.source
        if self.mtu:
            shown["mtu"] = self.mtu
        hops = []
        for hop in self.hops:
            words: dict[str, t.Any] = {"gateway": hop.gateway} if hop.gateway else {}
            words.update({"dev": hop.link} if hop.link else {})
            words.update({"onlink": True} if hop.onlink else {})
            hops.append(dict(words, weight=hop.weight) if len(self.hops) > 1 else words)
        if len(hops) > 1:
            shown["nexthops"] = hops
        elif hops and self.type not in NO_HOPS:
            shown.update(hops[0])
        return shown


@dataclasses.dataclass
class Wait:
    """What a task waits for, in seconds at most ``timeout``."""

    carrier: bool = False
    dad: bool = False
    timeout: float = 10.0
    lend_carrier: bool = False

    @property
    def wanted(self) -> bool:
        return self.carrier or self.dad


@dataclasses.dataclass
class Link:
    """A link. Wanted: a key that is missing from a dictionary, or a list that is None, is left alone."""

    name: str
    netns: str = HERE
    kind: str | None = None
    state: str = "present"
    common: dict[str, t.Any] = dataclasses.field(default_factory=dict)  # kinds.COMMON by option name
    options: dict[str, t.Any] = dataclasses.field(default_factory=dict)  # the kind's own, by option name
    addresses: list[Address] | None = None
    altnames: list[str] | None = None
    marks: list[str] = dataclasses.field(default_factory=list)  # altnames that name an owner; never shown as altnames
    sysctls: dict[str, str] = dataclasses.field(default_factory=dict)  # family.key: value
    ports: list[str] | None = None
    port: dict[str, t.Any] = dataclasses.field(default_factory=dict)  # kinds.PORTS by option name
    vlans: bridging.Vlans | None = None  # of a port, or of a bridge itself
    fdb: bridging.Fdb | None = None  # what a port has of entries that were not learned
    parent: str = ""  # the link this one is made on top of
    parent_netns: str | None = None  # where that is; None: where this one is
    peer: Link | None = None
    # Only wanted:
    purge: frozenset[str] = frozenset()
    wait: Wait = dataclasses.field(default_factory=Wait)
    allow_flap: bool = False
    recreate: bool = False
    force: bool = False
    exact: bool = False  # purge addresses of limited life too: the way back after a failure
    as_port: bool = False  # it is about the link as a port only: neither made nor moved, and absent from its bridge, not deleted
    path: str = ""  # of the option it was read from, for error messages
    options_path: str = ""  # of its kind's options
    port_path: str = ""  # of what it is as a port, or of a bridge's own VLANs
    # Only observed:
    index: int = 0
    rtnetlink_kind: str = ""  # IFLA_INFO_KIND, also of kinds that the table does not have
    running: bool = False
    carrier: bool = False
    oper_state: str = "unknown"
    mtu_limits: tuple[int, int] = (0, 0)  # the least and the most that its driver takes; 0: any
    most: dict[str, int] = dataclasses.field(default_factory=dict)  # the same of kinds.OF_DRIVERS; links that are alike share it
    # What of kinds.OF_DRIVERS is as the driver makes it by itself, and so not in ``common``; links that are alike share it. Wanted, on
    # the way back after a failure: what is to be so again, without being said when the link is made.
    usual: dict[str, int] = dataclasses.field(default_factory=dict)
    lower: tuple[int, int | None] | None = None  # IFLA_LINK: (ifindex, nsid); the other end of a veth
    peer_at: Where | None = None  # the same of a pair, resolved to where it is
    parent_at: Where | None = None  # the same of a link on top of another
    conf: bytes = dataclasses.field(default=b"", compare=False, repr=False)  # its sysctls as the kernel's message has them: numbers

    @property
    def where(self) -> Where:
        return (self.netns, self.name)

    @property
    def ends(self) -> list[Link]:
        """Itself and, of a pair that is described whole, the other end."""
        return [self, self.peer] if self.peer else [self]

    @property
    def port_options(self) -> list[str]:
        """The options that it has as a port. A bridge's VLANs are its own."""
        lists = {} if self.table and self.table.has_vlans else {"vlans": self.vlans, "fdb": self.fdb}
        return [*self.port, *(name for name, found in lists.items() if found is not None)]

    @property
    def wanted_parent(self) -> Where:
        """Where the link is asked to be that this one is made on top of, if it has a ``parent``."""
        return (self.netns if self.parent_netns is None else self.parent_netns, self.parent)

    @property
    def follows_parent(self) -> bool:
        """Whether the kernel takes it down and up with the link that it is on top of."""
        return bool(self.table and self.table.follows_parent and self.table.follows_parent(self.options))

    @property
    def ports_look_like_it(self) -> bool:
        """Whether its ports get its link-layer address."""
        return bool(self.table and self.table.ports_look_like_it and self.table.ports_look_like_it(self.options))

    @property
    def table(self) -> kinds.Kind | None:
        return kinds.KINDS.get(self.kind or "")

    @property
    def settable(self) -> dict[str, t.Any]:
        """What every link has, as far as it can be set again: a bridge that lost its last port has a MAC of zeros, which none can get,
        and an ipvlan that of its parent, whatever one asks for.
        """
        unset = {"mac"} if self.table and not self.table.takes_mac(self.options) else ()
        return {name: value for name, value in self.common.items() if value is not None and value != values.NO_MAC and name not in unset}

    @property
    def known(self) -> dict[str, t.Any]:
        """What every link has, what the driver chose included."""
        return {**self.usual, **self.common}

    @property
    def up(self) -> bool:
        return self.common.get("admin_state") == kinds.UP

    def copy(self) -> Link:
        """A copy that can be written to without changing this one."""
        fresh = copy.copy(self)
        fresh.common, fresh.options, fresh.port = dict(self.common), dict(self.options), dict(self.port)
        fresh.sysctls, fresh.marks = dict(self.sysctls), list(self.marks)
        fresh.vlans = None if self.vlans is None else dict(self.vlans)
        fresh.fdb = None if self.fdb is None else dict(self.fdb)
        fresh.addresses = None if self.addresses is None else list(self.addresses)
        fresh.altnames = None if self.altnames is None else list(self.altnames)
        fresh.peer = self.peer.copy() if self.peer else None
        return fresh

    def owned_by(self, owner: str) -> bool:
        """Whether the link carries this owner's mark."""
        return any(owner_of(mark) == owner for mark in self.marks)

    def label(self) -> str:
        """How messages name it."""
        return label(self.where)


class Depth(t.NamedTuple):
    """How much is read of a namespace beside its links and their addresses; either can be many thousands on a busy host."""

    routes: bool = False
    bridging: bool = False  # VLANs and forwarding entries of ports
    sysctls: bool = False  # of links, as far as they are not what a new link has


WHOLE = Depth(True, True, True)


@dataclasses.dataclass
class Namespace:
    """A network namespace. Observed: with everything that was read in it."""

    name: str
    state: str = "present"
    sysctls: dict[str, str] = dataclasses.field(default_factory=dict)
    loopback: str | None = None
    nsid: int | None = None  # the number by which the module's namespace knows it
    force: bool = False
    # Only observed:
    links: dict[str, Link] = dataclasses.field(default_factory=dict)
    routes: list[Route] | None = None  # None: not read
    processes: list[tuple[int, str]] = dataclasses.field(default_factory=list)  # (pid, command)
    link_defaults: dict[str, str] = dataclasses.field(default_factory=dict)  # sysctls that a new link has: family.key: value
    depth: Depth = dataclasses.field(default=Depth(), compare=False)  # how much of it was read


@dataclasses.dataclass
class World:
    """Namespaces by name, as they are, or as they will be after the operations planned so far."""

    namespaces: dict[str, Namespace] = dataclasses.field(default_factory=dict)
    # Names that stand for nothing any more: the file is there, the namespace is gone.
    left_over: set[str] = dataclasses.field(default_factory=set)
    # Links that must not be deleted without being told to, and why.
    protected: dict[Where, str] = dataclasses.field(default_factory=dict)
    # Links that are, or once were, under others: as master or as what they are on top of. Most are not, which saves searching.
    _bearing: set[Where] | None = dataclasses.field(default=None, compare=False, repr=False)
    # Links that routes go through, or once went. Hosts have routes by the hundred thousand, and most links have none of them.
    _routed: set[Where] | None = dataclasses.field(default=None, compare=False, repr=False)

    def add_route(self, route: Route) -> None:
        """Add a route, in place of the one that the kernel would not tell apart from it."""
        namespace = self.namespaces[route.netns]
        # The destination first: most routes have another, and a key is made each time.
        others = [other for other in namespace.routes or [] if other.destination != route.destination or other.key != route.key]
        namespace.routes = [*others, route]
        if self._routed is not None:
            self._routed.update((route.netns, name) for name in route.links)

    def is_routed(self, where: Where) -> bool:
        """Whether routes may go through a link."""
        if self._routed is None:
            found = ((name, route) for name, namespace in self.namespaces.items() for route in namespace.routes or [])
            self._routed = {(name, link) for name, route in found for link in route.links}
        return where in self._routed

    def bear(self, where: Where) -> None:
        """Note that a link gets others on it. To be said by whatever changes a master or a parent."""
        if self._bearing is not None:
            self._bearing.add(where)

    def _bears(self, where: Where) -> bool:
        if self._bearing is None:
            self._bearing = {(link.netns, link.common["master"]) for link in self.links() if link.common.get("master")}
            self._bearing.update(link.parent_at for link in self.links() if link.parent_at)
        return where in self._bearing

    def stacked_on(self, where: Where) -> list[Link]:
        """Links on top of another (vlan, macvlan, ...), as far as they were read, that the kernel deletes with it."""
        if not self._bears(where):
            return []
        return [link for link in self.links() if link.parent_at == where and not (link.table and link.table.outlives_parent)]

    def copy(self) -> World:
        """A copy that :meth:`edit` keeps apart from this one. Links are shared until they are edited."""
        namespaces = {name: dataclasses.replace(namespace, links=dict(namespace.links)) for name, namespace in self.namespaces.items()}
        return World(namespaces, set(self.left_over), self.protected)

    def edit(self, where: Where) -> Link:
        """The link at ``where``, for writing."""
        fresh = self.namespaces[where[0]].links[where[1]].copy()
        fresh.addresses, fresh.altnames = fresh.addresses or [], fresh.altnames or []
        self.namespaces[where[0]].links[where[1]] = fresh
        return fresh

    def link(self, where: Where) -> Link | None:
        namespace = self.namespaces.get(where[0])
        return namespace.links.get(where[1]) if namespace else None

    def links(self) -> t.Iterator[Link]:
        for namespace in self.namespaces.values():
            yield from namespace.links.values()

    def ports(self, master: Where) -> list[Link]:
        if not self._bears(master):
            return []
        return [link for link in self.namespaces[master[0]].links.values() if link.common.get("master") == master[1]]


@dataclasses.dataclass
class Topology:
    """What a task wants: links, and namespaces, in the order given.

    With an ``owner``, existing links that do not carry its mark are taken over only with ``adopt``; ``purge_links`` deletes
    those that do and are not listed, but no more than ``max_deletes``.
    """

    links: list[Link] = dataclasses.field(default_factory=list)
    namespaces: list[Namespace] = dataclasses.field(default_factory=list)
    routes: list[Route] = dataclasses.field(default_factory=list)
    owner: str = ""
    adopt: bool = False
    purge_links: bool = False
    max_deletes: int | None = None
    force: bool = False

    @property
    def depth(self) -> Depth:
        """How much must be read to compare this with what is there."""
        bridging_too = any(link.vlans is not None or link.fdb is not None for link in self.all_links())
        return Depth(bool(self.routes), bridging_too)

    def copy(self) -> Topology:
        """A copy whose links can be written to."""
        return dataclasses.replace(self, links=[link.copy() for link in self.links])

    def all_links(self) -> t.Iterator[Link]:
        """Every link, the peers of pairs included."""
        for link in self.links:
            yield from link.ends
