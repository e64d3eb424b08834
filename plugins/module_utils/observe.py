# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading: one dump of links and one of addresses a namespace, decoded as far as the kinds table asks. Writes nothing.

On the standard library alone, because importing pyroute2 and decoding everything would be most of what a quiet task costs.
"""

from __future__ import annotations

import dataclasses
import errno
import functools
import operator
import os
import re
import socket
import struct
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import bridging, kinds
from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput, KernelRefused, did_you_mean
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces, ssh_addresses
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    FOREVER,
    HERE,
    IPV6_MIN_MTU,
    NO_HOPS,
    ROUTE_TABLES,
    ROUTE_TYPES,
    RTPROT_KERNEL,
    SEED,
    WHOLE,
    Address,
    Depth,
    Hop,
    Link,
    Namespace,
    Route,
    Topology,
    World,
    owner_of,
)
from ansible_collections.netdev.linux.plugins.module_utils.netlink import Message, Socket
from ansible_collections.netdev.linux.plugins.module_utils.nla import attribute_table, attributes, nest
from ansible_collections.netdev.linux.plugins.module_utils.values import PortName

# include/uapi/linux/rtnetlink.h, if_link.h, if_addr.h, net_namespace.h, if.h
RTM_NEWLINK, RTM_GETLINK, RTM_NEWADDR, RTM_GETADDR = 16, 18, 20, 22
RTM_NEWROUTE, RTM_GETROUTE, RTM_GETNSID = 24, 26, 90
RTM_NEWNEIGH, RTM_GETNEIGH = 28, 30
IFLA_IFNAME, IFLA_LINK, IFLA_MASTER = 3, 5, 10
IFLA_OPERSTATE, IFLA_LINKINFO, IFLA_AF_SPEC = 16, 18, 26
IFLA_EXT_MASK, IFLA_CARRIER, IFLA_LINK_NETNSID, IFLA_MIN_MTU, IFLA_MAX_MTU, IFLA_PROP_LIST, IFLA_ALT_IFNAME = 29, 33, 37, 50, 51, 52, 53
IFLA_TSO_MAX_SIZE, IFLA_TSO_MAX_SEGS = 59, 60
IFLA_INET6_CONF = 2
IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA = 1, 2, 4, 5
RTEXT_FILTER_BRVLAN_COMPRESSED, RTEXT_FILTER_SKIP_STATS = 1 << 2, 1 << 3
# include/uapi/linux/if_bridge.h, neighbour.h
IFLA_BRIDGE_FLAGS, IFLA_BRIDGE_VLAN_INFO = 0, 2
BRIDGE_FLAGS_SELF = 2
BRIDGE_VLAN_INFO_PVID, BRIDGE_VLAN_INFO_UNTAGGED = 0x2, 0x4
BRIDGE_VLAN_INFO_RANGE_BEGIN, BRIDGE_VLAN_INFO_RANGE_END = 0x8, 0x10
NDA_LLADDR, NDA_VLAN, NDA_MASTER = 2, 5, 9
NTF_SELF, NTF_MASTER, NTF_EXT_LEARNED, NTF_STICKY = 0x02, 0x04, 0x10, 0x40
NUD_REACHABLE, NUD_NOARP = 0x02, 0x40
IFF_UP, IFF_RUNNING, IFF_LOWER_UP = 0x1, 0x40, 0x10000
IFA_ADDRESS, IFA_LOCAL, IFA_LABEL, IFA_BROADCAST, IFA_CACHEINFO, IFA_FLAGS, IFA_RT_PRIORITY, IFA_PROTO = 1, 2, 3, 4, 6, 8, 9, 11
IFA_F_SECONDARY, IFA_F_NODAD, IFA_F_DADFAILED = 0x01, 0x02, 0x08
IFA_F_DEPRECATED, IFA_F_TENTATIVE, IFA_F_MANAGETEMPADDR, IFA_F_NOPREFIXROUTE = 0x20, 0x40, 0x100, 0x200
IFAPROT_KERNEL_LO, IFAPROT_KERNEL_RA, IFAPROT_KERNEL_LL = 1, 2, 3
LOOPBACK_IFINDEX = 1  # in every namespace
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC, RTA_METRICS, RTA_MULTIPATH, RTA_TABLE, RTA_VIA = 1, 4, 5, 6, 7, 8, 9, 15, 18
RTAX_MTU = 2
RTM_F_CLONED, RTNH_F_ONLINK = 0x200, 0x4
NETNSA_NSID, NETNSA_FD = 1, 3
NETNSA_NSID_NOT_ASSIGNED = -1

# RFC 2863 ifOperStatus, in the numbers of include/uapi/linux/if.h and the words of ip-link(8).
OPER_STATES = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")

IFINFOMSG = struct.Struct("=BxHiII")  # family, type, index, flags, change
_IFADDRMSG = struct.Struct("=BBBBI")  # family, length, flags, scope, index
_RTMSG = struct.Struct("=BBBBBBBBI")  # family, dst_len, src_len, tos, table, protocol, scope, type, flags
RTNEXTHOP = struct.Struct("=HBBi")
_NDMSG = struct.Struct("=BxxxiHBB")  # family, ifindex, state, flags, type
_VLAN_INFO = struct.Struct("=HH")  # struct bridge_vlan_info: flags, vid
_U16 = struct.Struct("=H")
_U32 = struct.Struct("=I")
_S32 = struct.Struct("=i")

_ROUTE_TYPES = {number: name for name, number in ROUTE_TYPES.items()}

_RELEASE = tuple(int(part) for part in re.findall(r"\d+", os.uname().release)[:2])
# From 5.18 on IFA_PROTO tells the link-local addresses that the kernel made from those that somebody set.
_KERNEL_MARKS_ITS_ADDRESSES = _RELEASE >= (5, 18)
# From 5.15 on a veth has a queue for each CPU that there may be (veth_get_num_queues in drivers/net/veth.c), before it had one.
_QUEUE_FOR_EACH_CPU = _RELEASE >= (5, 15)

# Options that name a port, of which the kernel tells the ifindex.
_PORT_NAMES = {
    attribute.name
    for table in (*kinds.PORTS.values(), *(kind.attributes for kind in kinds.KINDS.values()))
    for attribute in table
    if isinstance(attribute.type, PortName)
}

# What a port has, by IFLA_INFO_SLAVE_KIND.
_PORTS = {kinds.KINDS[master].rtnetlink.encode() + b"\0": table for master, table in kinds.PORTS.items()}

# Sysctls of links that the kernel (6.5 and later) does not put into its message (ipv6_store_devconf in net/ipv6/addrconf.c).
_NOT_IN_THE_MESSAGE = ("ipv6.ra_honor_pio_life", "ipv6.ra_honor_pio_pflag", "ipv6.regen_min_advance")

_QUEUES = ("num_tx_queues", "num_rx_queues")
_OF_DRIVERS = [attribute.number for attribute in kinds.OF_DRIVERS]
_POSSIBLE_CPUS = "/sys/devices/system/cpu/possible"

# The common attributes that are a value in the message's first level.
_PLAIN = [kinds.COMMON_BY_OPTION[name] for name in ("mac", "mtu", "tx_queue_len", "alias", "link_group")]


def _which_links(family: int, extent: int, *attributes_: tuple[int, bytes]) -> bytes:
    """The body of RTM_GETLINK. ``extent`` is what to tell of them, RTEXT_FILTER_*."""
    return IFINFOMSG.pack(family, 0, 0, 0, 0) + nest([*attributes_, (IFLA_EXT_MASK, _U32.pack(extent))])


_EVERY_LINK = _which_links(socket.AF_UNSPEC, RTEXT_FILTER_SKIP_STATS)


class Member(t.NamedTuple):
    """A link as a member of a group of links."""

    ifindex: int
    group: int
    kind: bytes


class Observer:
    """Reads namespaces into a :class:`.model.World`."""

    # What the numbers in a link's message mean as sysctls; they mean the same as long as the kernel runs.
    by_numbers: t.ClassVar[dict[bytes, dict[str, str]]] = {}

    def __init__(self, namespaces: Namespaces) -> None:
        self.namespaces = namespaces

    def world(self, wanted: Topology, depth: Depth, known: World | None = None) -> World:
        """What is there, in every namespace that ``wanted`` is about. What is ``known`` of it already is not read again."""
        names = {link.netns for link in wanted.all_links()}
        if any(link.kind is None or link.peer for link in wanted.all_links()):
            names.add(HERE)  # where such a link may be before it is moved
        names.update(link.parent_netns for link in wanted.all_links() if link.parent_netns is not None)
        names.update(namespace.name for namespace in wanted.namespaces)
        names.update(route.netns for route in wanted.routes)
        deletes = any(link.state == "absent" or link.recreate for link in wanted.links)
        deletes = deletes or any(namespace.state == "absent" for namespace in wanted.namespaces)
        if wanted.purge_links or (deletes and depth == WHOLE):
            # Links with the mark, on top of one that is deleted, or at the other end of a pair may be anywhere.
            names.update((HERE, *self.namespaces.sound()))
        world = known.copy() if known else World()
        for namespace in wanted.namespaces:
            if self.namespaces.left_over(namespace.name):
                world.left_over.add(namespace.name)
        # What is known may reach further than the task: to where another end was found.
        for name in sorted({*names, *world.namespaces} - world.left_over):
            self.read(world, name, depth)
        self.find_others(world, wanted, depth)
        self.read_sysctls(world, wanted)
        if depth.routes:
            self.find_lifelines(world)
        return world

    def find_lifelines(self, world: World) -> None:
        """What the host hangs on: the links of its default routes, and the one that the controller's connection comes in by."""
        home = world.namespaces.get(HERE)
        if home is None:
            return
        for route in home.routes or []:
            if route.destination in ("0.0.0.0/0", "::/0") and route.table == ROUTE_TABLES["main"]:
                world.protected.update({(HERE, name): "the default route goes through it" for name in route.links})
        ours = ssh_addresses()
        for link in home.links.values():
            if any(address.address in ours for address in link.addresses or []):
                world.protected[link.where] = "Ansible's connection to this host comes in by it"

    def read_all(self, names: t.Iterable[str]) -> World:
        """Everything in these namespaces."""
        world = World()
        for name in names:
            self.read(world, name, WHOLE)
        self.find_others(world, Topology(), WHOLE)
        return world

    def again(self, world: World, wanted: Topology, depth: Depth) -> World:
        """The same namespaces as ``world`` has, as they are now, and those of ``wanted``."""
        fresh = self.world(wanted, depth)
        for name in world.namespaces:
            if name not in fresh.namespaces:
                self.read(fresh, name, depth)
        self.find_others(fresh, wanted, depth)
        return fresh

    def read(self, world: World, name: str, depth: Depth) -> None:
        """A namespace, if there is one of that name, as far as it was not read already."""
        if name not in world.namespaces:
            if not self.namespaces.exists(name):
                return
            world.namespaces[name] = Namespace(name, links={link.name: link for link in self.links(name).values()})
        namespace = world.namespaces[name]
        links = {link.index: link for link in namespace.links.values()}
        if depth.routes and not namespace.depth.routes:
            namespace.routes = self.routes(name, links)
        if depth.bridging and not namespace.depth.bridging:
            self.read_bridging(name, links)
        if depth.sysctls and not namespace.depth.sysctls:
            self.find_sysctls(namespace)
        namespace.depth = Depth(*map(operator.or_, namespace.depth, depth))

    def links(self, name: str) -> dict[int, Link]:
        """The links of a namespace with their addresses, by ifindex."""
        netlink = self.namespaces.socket(name)
        links: dict[int, Link] = {}
        masters: dict[int, int] = {}
        for message in netlink.dump(RTM_GETLINK, _EVERY_LINK):
            if message.type == RTM_NEWLINK:
                link, master = decode_link(message.payload, name)
                links[link.index] = link
                if master:
                    masters[link.index] = master
        for index, master in masters.items():
            if master in links:
                links[index].common["master"] = links[master].name
        _name_ports(links)
        self.read_addresses(netlink, links)
        self.find_derived_addresses(links)
        return links

    @staticmethod
    def read_addresses(netlink: Socket, links: dict[int, Link], only: int = 0) -> None:
        """The addresses of all links, or of the one with that ifindex; a kernel that can't tell those apart tells all."""
        for message in netlink.dump(RTM_GETADDR, _IFADDRMSG.pack(socket.AF_UNSPEC, 0, 0, 0, only)):
            if message.type == RTM_NEWADDR:
                index, address = decode_address(message.payload)
                if index in links and address:
                    if address.label == links[index].name:  # what the kernel takes where none is given
                        address = dataclasses.replace(address, label=None)
                    links[index].addresses.append(address)  # type: ignore[union-attr]

    @staticmethod
    def find_derived_addresses(links: dict[int, Link]) -> None:
        """Note as the kernel's the link-local addresses fe80::a.b.c.d of tunnels (add_v4_addrs in net/ipv6/addrconf.c).

        They are of the tunnel's own end, or of every IPv4 address that the namespace has.
        """
        tunnels = [link for link in links.values() if link.table and link.table.ipv6_of_ipv4]
        if not tunnels:
            return
        ipv4 = {address.address for link in links.values() for address in link.addresses or [] if address.version == 4}
        for link in tunnels:
            ends = {*ipv4, *([link.options["local"]] if link.options.get("local") else [])}
            derived = {"fe80::%x:%x" % struct.unpack("!HH", socket.inet_aton(each)) for each in ends}
            link.addresses = [
                dataclasses.replace(address, by_kernel=True) if address.address in derived else address for address in link.addresses or []
            ]

    def find_sysctls(self, namespace: Namespace) -> None:
        """The sysctls of links that are not what a new link has.

        Links whose numbers in the kernel's message are the same have the same sysctls, but for a few, and most have: few need reading.
        """
        netns = namespace.name
        defaults = namespace.link_defaults = self.namespaces.link_sysctls(netns, "default")
        defaults.update(self.namespaces.link_sysctls(netns, "default", [SEED]))
        unsaid = [key for key in _NOT_IN_THE_MESSAGE if key in defaults]
        for link in namespace.links.values():
            if link.name == "lo":
                continue
            if link.conf not in self.by_numbers:
                self.by_numbers[link.conf] = self.namespaces.link_sysctls(netns, link.name)
            there = self.by_numbers[link.conf]
            # Nor is a secret in it; most links have none.
            secret = [SEED] if link.common.get("ipv6_addr_gen_mode") in ("stable_secret", "random") else []
            if unsaid or secret:
                there = dict(there, **self.namespaces.link_sysctls(netns, link.name, [*unsaid, *secret]))
            link.sysctls.update((key, value) for key, value in there.items() if value != defaults.get(key))

    def read_bridging(self, name: str, links: dict[int, Link]) -> None:
        """VLANs of bridges and their ports, and the forwarding entries that were not learned."""
        netlink = self.namespaces.socket(name)
        filtering = kinds.BRIDGE.by_option["vlan_filtering"]
        by_name = {link.name: link for link in links.values()}
        for message in netlink.dump(RTM_GETLINK, _which_links(socket.AF_BRIDGE, RTEXT_FILTER_BRVLAN_COMPRESSED)):
            if message.type == RTM_NEWLINK:
                index, vlans = decode_vlans(message.payload)
                if index in links:
                    master = by_name.get(links[index].common.get("master", ""))
                    bridge = master or links[index]
                    links[index].vlans = vlans if filtering.reported(bridge.options) else None
                    links[index].fdb = {} if master else None
        for message in netlink.dump(RTM_GETNEIGH, _NDMSG.pack(socket.AF_BRIDGE, 0, 0, 0, 0)):
            entry = decode_fdb_entry(message.payload) if message.type == RTM_NEWNEIGH else None
            fdb = links[entry[0]].fdb if entry and entry[0] in links else None
            if entry and fdb is not None:
                fdb[entry[1]] = entry[2]

    def routes(self, name: str, links: dict[int, Link]) -> list[Route]:
        found = []
        for family in (socket.AF_INET, socket.AF_INET6):
            try:
                messages = self.namespaces.socket(name).dump(RTM_GETROUTE, _RTMSG.pack(family, 0, 0, 0, 0, 0, 0, 0, 0))
            except KernelRefused:
                continue  # a kernel without IPv6
            found += [decode_route(message, name, links) for message in messages if message.type == RTM_NEWROUTE]
        return [route for route in found if route]

    def find_others(self, world: World, wanted: Topology, depth: Depth) -> None:
        """Resolve where the other ends of pairs are, and what links are made on top of (IFLA_LINK, IFLA_LINK_NETNSID).

        For the links a task is about, in namespaces not read yet too.
        """
        subjects = {link.where for link in wanted.all_links()}
        nsids: dict[tuple[str, str], int | None] = {}
        indexes: dict[str, dict[int, Link]] = {}

        def nsid(inside: str, of: str) -> int | None:
            if (inside, of) not in nsids:
                nsids[inside, of] = self.nsid(inside, of)
            return nsids[inside, of]

        for link in list(world.links()):
            if link.lower is None or link.peer_at or link.parent_at:
                continue
            index, number = link.lower
            if number is None:
                home: str | None = link.netns
            else:
                home = next((name for name in world.namespaces if nsid(link.netns, name) == number), None)
            if home is None and link.where in subjects:
                unread = [name for name in [HERE, *self.namespaces.sound()] if name not in world.namespaces]
                home = next((name for name in unread if nsid(link.netns, name) == number), None)
                if home is not None:
                    self.read(world, home, depth)
            if home is None:
                continue
            if home not in indexes:
                indexes[home] = {other.index: other for other in world.namespaces[home].links.values()}
            other = indexes[home].get(index)
            if other and link.table and link.table.has_peer:
                link.peer_at, other.peer_at = other.where, link.where
            elif other:
                link.parent_at = other.where

    def members(self, netns: str) -> dict[int, Member]:
        """The group of every link, by ifindex."""
        found = {}
        for message in self.namespaces.socket(netns).dump(RTM_GETLINK, _EVERY_LINK):
            index = int(IFINFOMSG.unpack_from(message.payload)[2])
            top = attribute_table(message.payload, IFINFOMSG.size)
            kind = attribute_table(top.get(IFLA_LINKINFO, b"")).get(IFLA_INFO_KIND, b"")
            found[index] = Member(index, _U32.unpack(top[kinds.COMMON_BY_OPTION["link_group"].number])[0], kind)
        return found

    def index(self, netns: str, name: str) -> int | None:
        """The ifindex of a link, None where there is none."""
        answer = self._ask(netns, name)
        return int(IFINFOMSG.unpack_from(answer.payload)[2]) if answer else None

    def link(self, netns: str, name: str) -> Link | None:
        """One link with its addresses, at a cost that does not grow with the others, so without what it says of those."""
        answer = self._ask(netns, name)
        if answer is None:
            return None
        link, _master = decode_link(answer.payload, netns)
        self.read_addresses(self.namespaces.socket(netns), {link.index: link}, link.index)
        return link

    def _ask(self, netns: str, name: str) -> Message | None:
        """The kernel's message about one link."""
        body = _which_links(socket.AF_UNSPEC, RTEXT_FILTER_SKIP_STATS, (IFLA_IFNAME, name.encode() + b"\0"))
        try:
            return self.namespaces.socket(netns).get(RTM_GETLINK, body)
        except KernelRefused as error:
            if error.errno == errno.ENODEV:
                return None
            raise

    def nsid(self, inside: str, of: str) -> int | None:
        """The number by which one namespace knows another, if it has given it one (RTM_GETNSID)."""
        body = struct.pack("=Bxxx", socket.AF_UNSPEC) + nest([(NETNSA_FD, _U32.pack(self.namespaces.descriptor(of)))])
        try:
            answer = self.namespaces.socket(inside).get(RTM_GETNSID, body)
        except KernelRefused as error:
            if error.errno in (errno.ENOENT, errno.EINVAL, errno.EPERM):
                return None
            raise
        for kind, value in attributes(answer.payload, 4):
            if kind == NETNSA_NSID:
                (number,) = _S32.unpack_from(value)
                return None if number == NETNSA_NSID_NOT_ASSIGNED else number
        return None

    def read_sysctls(self, world: World, wanted: Topology) -> None:
        """The sysctls that the task names, and the processes of namespaces that shall go.

        Raises InvalidInput for names that the kernel does not have; of a link that is not made yet, the ``default``
        directory shows what it will have.
        """
        problems: list[tuple[str, str]] = []
        for link in wanted.all_links():
            if link.netns not in world.namespaces or link.state == "absent":
                continue
            there = world.link(link.where)
            for key in link.sysctls:
                # A link with so small an MTU has no IPv6 until that is raised.
                has = there and not (key.startswith("ipv6.") and there.common.get("mtu", IPV6_MIN_MTU) < IPV6_MIN_MTU)
                path = link_sysctl_path(link.name if has else "default", key)
                value = self.read_sysctl(link.netns, path, key, link.path, problems)
                if there and has and value is not None:
                    there.sysctls[key] = value
        for namespace in wanted.namespaces:
            space = world.namespaces.get(namespace.name)
            for key in namespace.sysctls:
                path = sysctl_path(key)
                if not space and {"conf", "neigh"} & set(path):
                    continue  # of links that will be there
                # A namespace that is not made yet will have what this one has.
                value = self.read_sysctl(namespace.name if space else HERE, path, key, "", problems)
                if space and value is not None:
                    space.sysctls[key] = value
            if space and namespace.nsid is not None:
                space.nsid = self.nsid(HERE, namespace.name)
            if space and namespace.state == "absent":
                space.processes = self.namespaces.processes(namespace.name)
        if problems:
            raise InvalidInput(problems)

    def read_sysctl(self, netns: str, path: list[str], key: str, option: str, problems: list[tuple[str, str]]) -> str | None:
        value, others = self.namespaces.read_sysctl(netns, path)
        if others is not None:
            where = "%s.sysctls.%s" % (option, key) if option else "sysctls.%s" % key
            stem, dot, last = key.rpartition(".")
            problems.append((where, "this kernel has no such sysctl" + did_you_mean(last, others, stem + dot)))
        return value


def _name_ports(links: dict[int, Link]) -> None:
    """Options that name a port get its name for its ifindex."""
    for link in links.values():
        for values in (link.options, link.port):
            for option in _PORT_NAMES & values.keys():
                port = links.get(values[option])
                values[option] = port.name if port else ""


def link_sysctl_path(link: str, key: str) -> list[str]:
    """``ipv6.accept_ra`` of a link, as path below /proc/sys/net."""
    family, rest = key.split(".", 1)
    return [family, "conf", link, *rest.split(".")]


def sysctl_path(key: str) -> list[str]:
    """A key as sysctl(8) takes it, as path below /proc/sys/net: a slash in it stands for a dot in a link's name."""
    return [part.replace("/", ".") for part in key.split(".")]


def decode_link(payload: bytes, netns: str) -> tuple[Link, int]:
    """An RTM_NEWLINK message as a link, and the ifindex of its master (0: none)."""
    _family, _type, index, flags, _change = IFINFOMSG.unpack_from(payload)
    link = Link("", netns, index=index, addresses=[], altnames=[])
    link.common["admin_state"] = kinds.UP if flags & IFF_UP else kinds.DOWN
    found = attribute_table(payload, IFINFOMSG.size)
    link.name = found[IFLA_IFNAME][:-1].decode("utf-8", "surrogateescape")
    for attribute in _PLAIN:
        if attribute.number in found:
            link.common[attribute.name] = attribute.type.decode(found[attribute.number])
    if IFLA_OPERSTATE in found:
        link.oper_state = OPER_STATES[found[IFLA_OPERSTATE][0]]
    link.carrier = found.get(IFLA_CARRIER) == b"\1"
    if IFLA_MAX_MTU in found:
        link.mtu_limits = _U32.unpack(found[IFLA_MIN_MTU])[0], _U32.unpack(found[IFLA_MAX_MTU])[0]
    # The kernel brings its operational state up to date within a second (net/core/link_watch.c). Until then it says "unknown",
    # which counts as running; what it will say is known already.
    link.running = bool(flags & IFF_RUNNING and flags & IFF_LOWER_UP)
    if link.up and not link.carrier and link.oper_state == "unknown":
        link.oper_state = "lowerlayerdown" if any(found.get(IFLA_LINK, b"")) else "down"
    nsid = _S32.unpack(found[IFLA_LINK_NETNSID])[0] if IFLA_LINK_NETNSID in found else None
    if IFLA_LINK in found and any(found[IFLA_LINK]):
        link.lower = (_U32.unpack(found[IFLA_LINK])[0], nsid)
    _decode_af_spec(found.get(IFLA_AF_SPEC, b""), link)
    for number, value in attributes(found.get(IFLA_PROP_LIST, b"")):
        if number == IFLA_ALT_IFNAME:
            altname = value[:-1].decode("utf-8", "replace")
            (link.marks if owner_of(altname) else t.cast("list[str]", link.altnames)).append(altname)
    _decode_linkinfo(found.get(IFLA_LINKINFO, b""), link, nsid)
    told = tuple(map(found.get, _OF_DRIVERS))
    chosen, link.usual, link.most = _decode_of_drivers(link.kind, found.get(IFLA_TSO_MAX_SIZE), found.get(IFLA_TSO_MAX_SEGS), *told)
    if chosen:
        link.common.update(chosen)
    return link, _U32.unpack(found[IFLA_MASTER])[0] if IFLA_MASTER in found else 0


@functools.lru_cache(maxsize=256)
def _decode_of_drivers(
    kind: str | None, most_bytes: bytes | None, most_segments: bytes | None, *told: bytes | None
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Of kinds.OF_DRIVERS what somebody chose, what is as the driver makes it, and the most that it takes. Most links are alike in it."""
    has = {a.name: a.type.decode(data) for a, data in zip(kinds.OF_DRIVERS, told) if data is not None}
    size, segments = (_U32.unpack(data)[0] if data else 0 for data in (most_bytes, most_segments))
    table = kinds.KINDS.get(kind or "")
    queues = table.queues if table else kinds.OF_ITS_DRIVER
    if queues == kinds.PER_CPU:
        queues = _possible_cpus() if _QUEUE_FOR_EACH_CPU else 1
    born = {
        "gso_max_size": min(kinds.USUAL_SIZE, size or kinds.USUAL_SIZE),
        "gso_max_segs": min(kinds.USUAL_SEGMENTS, segments or kinds.USUAL_SEGMENTS),
        "gro_max_size": kinds.USUAL_SIZE,
        # They follow the others.
        "gso_ipv4_max_size": min(kinds.USUAL_SIZE, has.get("gso_max_size", 0)),
        "gro_ipv4_max_size": min(kinds.USUAL_SIZE, has.get("gro_max_size", 0)),
        **{name: queues or has.get(name) for name in _QUEUES},
    }
    chosen = {name: value for name, value in has.items() if value != born[name]}
    most = dict.fromkeys(("gso_max_size", "gso_ipv4_max_size"), size) if size else {}
    usual = {name: value for name, value in has.items() if name not in chosen}
    return chosen, usual, dict(most, gso_max_segs=segments) if segments else most


@functools.cache
def _possible_cpus() -> int:
    """num_possible_cpus() of the kernel: ``0-3``, or ``0,2-3``."""
    try:
        with open(_POSSIBLE_CPUS, encoding="ascii") as stream:
            spans = [[int(number) for number in span.split("-")] for span in stream.read().split(",")]
    except (OSError, ValueError):
        return os.cpu_count() or 1
    return sum(span[-1] - span[0] + 1 for span in spans)


def _decode_af_spec(data: bytes, link: Link) -> None:
    attribute = kinds.COMMON_BY_OPTION["ipv6_addr_gen_mode"]
    families = attribute_table(data)
    six = attribute_table(families.get(socket.AF_INET6, b""))
    if attribute.number in six:
        link.common["ipv6_addr_gen_mode"] = attribute.type.decode(six[attribute.number])
    link.conf = families.get(socket.AF_INET, b"") + six.get(IFLA_INET6_CONF, b"")


def _decode_linkinfo(data: bytes, link: Link, nsid: int | None) -> None:
    """Kind and the kind's attributes; links without (lo, physical ones) have no such data."""
    info = attribute_table(data)
    link.rtnetlink_kind = info.get(IFLA_INFO_KIND, b"").split(b"\0", 1)[0].decode("ascii", "replace")
    kind = kinds.BY_RTNETLINK.get(link.rtnetlink_kind)
    if kind is not None:
        link.kind = kind.name
        data = info.get(IFLA_INFO_DATA, b"")
        link.options = _decode_values(kind.attributes, data)
        if not kind.has_mac(link.options):
            link.common.pop("mac", None)  # a GRE tunnel shows its local address in the place of one
        if kind.parent_nla[1]:
            index = attribute_table(data).get(kind.parent_nla[1], bytes(4))
            link.lower = (_U32.unpack(index)[0], nsid) if any(index) else None
    if IFLA_INFO_SLAVE_KIND in info:
        link.port = _decode_values(_PORTS.get(info[IFLA_INFO_SLAVE_KIND], ()), info.get(IFLA_INFO_SLAVE_DATA, b""))


def _decode_values(table: t.Sequence[kinds.Attribute], data: bytes) -> dict[str, t.Any]:
    """What of a table is there, by option name."""
    if not table or not data:
        return {}
    found = attribute_table(data)
    values: dict[str, t.Any] = {}
    for attribute in table:
        if attribute.plain:
            if attribute.number in found:
                values[attribute.name] = attribute.type.decode(found[attribute.number])
        else:
            value = attribute.read(found)
            if value is not None:
                values[attribute.name] = value
    for attribute in table:
        if attribute.needs and attribute.name in values and not attribute.exists(values):
            del values[attribute.name]
    return values


def decode_address(payload: bytes) -> tuple[int, Address | None]:
    """An RTM_NEWADDR message as (ifindex, address); None for families other than IP."""
    family, length, flags, scope, index = _IFADDRMSG.unpack_from(payload)
    if family not in (socket.AF_INET, socket.AF_INET6):
        return index, None
    found = attribute_table(payload, _IFADDRMSG.size)
    if IFA_FLAGS in found:
        (flags,) = _U32.unpack(found[IFA_FLAGS])
    nothing = bytes(4 if family == socket.AF_INET else 16)  # the kernel leaves out an address of zeros, which can be a peer's
    prefix = socket.inet_ntop(family, found.get(IFA_ADDRESS, nothing))
    local = socket.inet_ntop(family, found[IFA_LOCAL]) if IFA_LOCAL in found else prefix
    label = found[IFA_LABEL].split(b"\0", 1)[0].decode("utf-8", "replace") if IFA_LABEL in found else None
    preferred, valid = struct.unpack_from("=II", found[IFA_CACHEINFO]) if IFA_CACHEINFO in found else (FOREVER, FOREVER)
    if flags & IFA_F_DEPRECATED and preferred == FOREVER:
        # The kernel forgets the lifetimes of an IPv4 address that is valid forever, and remembers the flag (set_ifa_lifetime in
        # net/ipv4/devinet.c).
        preferred = 0
    metric = _U32.unpack(found[IFA_RT_PRIORITY])[0] if IFA_RT_PRIORITY in found else None
    protocol = found[IFA_PROTO][0] if IFA_PROTO in found else 0
    made_by_kernel = protocol in (IFAPROT_KERNEL_LO, IFAPROT_KERNEL_RA, IFAPROT_KERNEL_LL) or bool(flags & IFA_F_MANAGETEMPADDR)
    if not _KERNEL_MARKS_ITS_ADDRESSES and family == socket.AF_INET6:
        made_by_kernel = made_by_kernel or local.startswith("fe80:") or local == "::1"
    # The kernel gives lo its IPv4 address, and does not mark it (inetdev_event in net/ipv4/devinet.c).
    made_by_kernel = made_by_kernel or (index, local, length) == (LOOPBACK_IFINDEX, "127.0.0.1", 8)
    address = Address(
        local,
        length,
        peer=prefix if prefix != local else None,
        broadcast=socket.inet_ntop(family, found[IFA_BROADCAST]) if IFA_BROADCAST in found else None,
        scope=scope,
        label=label,
        nodad=bool(flags & IFA_F_NODAD),
        noprefixroute=bool(flags & IFA_F_NOPREFIXROUTE),
        metric=metric,
        valid_lifetime=valid,
        preferred_lifetime=preferred,
        tentative=bool(flags & IFA_F_TENTATIVE),
        dadfailed=bool(flags & IFA_F_DADFAILED),
        secondary=bool(flags & IFA_F_SECONDARY) and family == socket.AF_INET,
        by_kernel=made_by_kernel,
    )
    return index, address


def decode_vlans(payload: bytes) -> tuple[int, bridging.Vlans]:
    """An RTM_NEWLINK message of family AF_BRIDGE as (ifindex, VLANs)."""
    _family, _type, index, _flags, _change = IFINFOMSG.unpack_from(payload)
    found = attribute_table(payload, IFINFOMSG.size)
    vlans: bridging.Vlans = {}
    begin = 0
    for kind, value in attributes(found.get(IFLA_AF_SPEC, b"")):
        if kind != IFLA_BRIDGE_VLAN_INFO:
            continue
        flags, vid = _VLAN_INFO.unpack_from(value)
        if flags & BRIDGE_VLAN_INFO_RANGE_BEGIN:
            begin = vid
            continue
        vlan = bridging.Vlan(bool(flags & BRIDGE_VLAN_INFO_PVID), bool(flags & BRIDGE_VLAN_INFO_UNTAGGED))
        first = begin if flags & BRIDGE_VLAN_INFO_RANGE_END else vid
        vlans.update(dict.fromkeys(range(first, vid + 1), vlan))
    return index, vlans


def decode_fdb_entry(payload: bytes) -> tuple[int, tuple[str, int], bridging.FdbEntry] | None:
    """An RTM_NEWNEIGH message of family AF_BRIDGE as (ifindex of the port, (MAC, VLAN), entry).

    None for what was learned, what the kernel made (addresses of the ports themselves) and what a routing daemon put there.
    """
    _family, index, state, flags, _type = _NDMSG.unpack_from(payload)
    found = attribute_table(payload, _NDMSG.size)
    static, sticky = bool(state & NUD_NOARP), bool(flags & NTF_STICKY)
    if NDA_MASTER not in found or NDA_LLADDR not in found or flags & (NTF_SELF | NTF_EXT_LEARNED) or not (static or sticky):
        return None
    vid = _U16.unpack(found[NDA_VLAN])[0] if NDA_VLAN in found else bridging.NO_VLAN
    return index, (found[NDA_LLADDR].hex(":"), vid), bridging.FdbEntry(static, sticky)


def decode_route(message: Message, netns: str, links: dict[int, Link]) -> Route | None:
    """An RTM_NEWROUTE message as a route; None for what the kernel keeps itself (its local table, its cache)."""
    family, dst_len, _src, _tos, table, protocol, scope, number, flags = _RTMSG.unpack_from(message.payload)
    found = attribute_table(message.payload, _RTMSG.size)
    if RTA_TABLE in found:
        (table,) = _U32.unpack(found[RTA_TABLE])
    if flags & RTM_F_CLONED or (table == ROUTE_TABLES["local"] and protocol == RTPROT_KERNEL):
        return None
    kind = _ROUTE_TYPES.get(number, "")
    if not kind:
        return None
    network = socket.inet_ntop(family, found.get(RTA_DST, bytes(4 if family == socket.AF_INET else 16)))
    metrics = attribute_table(found[RTA_METRICS]) if RTA_METRICS in found else {}
    return Route(
        netns,
        "%s/%d" % (network, dst_len),
        tuple(_decode_hops(found, flags, family, links)) if kind not in NO_HOPS else (),
        table=table,
        metric=_U32.unpack(found[RTA_PRIORITY])[0] if RTA_PRIORITY in found else 0,
        type=kind,
        scope=scope,
        source=socket.inet_ntop(family, found[RTA_PREFSRC]) if RTA_PREFSRC in found else None,
        mtu=_U32.unpack(metrics[RTAX_MTU])[0] if RTAX_MTU in metrics else None,
        protocol=protocol,
        raw=message.payload,
    )


def _decode_hops(found: dict[int, bytes], flags: int, family: int, links: dict[int, Link]) -> t.Iterator[Hop]:
    """One hop beside the other attributes, or struct rtnexthop (length, flags, weight - 1, ifindex) with attributes each."""
    if RTA_MULTIPATH not in found:
        index = _U32.unpack(found[RTA_OIF])[0] if RTA_OIF in found else 0
        yield Hop(_gateway(found, family), links[index].name if index in links else "", 1, bool(flags & RTNH_F_ONLINK))
        return
    data = found[RTA_MULTIPATH]
    while len(data) >= RTNEXTHOP.size:
        length, hop_flags, weight, index = RTNEXTHOP.unpack_from(data)
        if length < RTNEXTHOP.size:
            return
        inner = attribute_table(data[:length], RTNEXTHOP.size)
        name = links[index].name if index in links else ""
        yield Hop(_gateway(inner, family), name, weight + 1, bool(hop_flags & RTNH_F_ONLINK))
        data = data[(length + 3) & ~3 :]


def _gateway(found: dict[int, bytes], family: int) -> str | None:
    if RTA_GATEWAY in found:
        return socket.inet_ntop(family, found[RTA_GATEWAY])
    if RTA_VIA in found:  # a gateway of the other family: struct rtvia, RFC 5549
        (other,) = struct.unpack_from("=H", found[RTA_VIA])
        return socket.inet_ntop(other, found[RTA_VIA][2:])
    return None
