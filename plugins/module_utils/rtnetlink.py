# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing: executes operations over rtnetlink. The only file that imports pyroute2, and only when there is something to write.

pyroute2 encodes the messages; sending them and reading the answer is :mod:`.netlink`'s, because pyroute2 keeps back which
attribute an error is about, and silently drops keyword arguments it does not know.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib.util
import itertools
import os
import random
import re
import socket
import struct
import sys
import time
import types
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds, values
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.errors import KernelRefused, NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces
from ansible_collections.netdev.linux.plugins.module_utils.model import (
    HERE,
    ROUTE_TYPES,
    SEED,
    Address,
    Depth,
    Hop,
    Link,
    Route,
    Where,
    World,
    label,
)
from ansible_collections.netdev.linux.plugins.module_utils.netlink import Socket
from ansible_collections.netdev.linux.plugins.module_utils.nla import attribute_at, attribute_table, nest
from ansible_collections.netdev.linux.plugins.module_utils.observe import (
    BRIDGE_FLAGS_SELF,
    BRIDGE_VLAN_INFO_PVID,
    BRIDGE_VLAN_INFO_RANGE_BEGIN,
    BRIDGE_VLAN_INFO_RANGE_END,
    BRIDGE_VLAN_INFO_UNTAGGED,
    IFA_ADDRESS,
    IFA_BROADCAST,
    IFA_CACHEINFO,
    IFA_F_NODAD,
    IFA_F_NOPREFIXROUTE,
    IFA_FLAGS,
    IFA_LABEL,
    IFA_LOCAL,
    IFA_RT_PRIORITY,
    IFF_UP,
    IFINFOMSG,
    IFLA_AF_SPEC,
    IFLA_ALT_IFNAME,
    IFLA_IFNAME,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINK,
    IFLA_LINKINFO,
    IFLA_MASTER,
    IFLA_PROP_LIST,
    NTF_MASTER,
    NTF_STICKY,
    NUD_NOARP,
    NUD_REACHABLE,
    RTA_MULTIPATH,
    RTA_OIF,
    RTM_GETLINK,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTM_NEWNEIGH,
    RTM_NEWROUTE,
    RTNEXTHOP,
    RTNH_F_ONLINK,
    Observer,
    link_sysctl_path,
    sysctl_path,
)

PYROUTE2_MINIMUM = (0, 7, 2)
# Where role prepare puts pyroute2 on hosts whose distribution has none that is new enough.
PYROUTE2_DIRECTORY = "/usr/local/lib/netdev-linux/python"

RTM_DELLINK, RTM_SETLINK, RTM_DELADDR, RTM_DELROUTE, RTM_DELNEIGH, RTM_NEWNSID = 17, 19, 21, 25, 29, 88
RTM_NEWLINKPROP, RTM_DELLINKPROP = 108, 109
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE = 0x100, 0x200, 0x400
RTNLGRP_LINK, RTNLGRP_IPV6_IFADDR = 1, 9
IFLA_NET_NS_FD, VETH_INFO_PEER = 28, 1
NLA_F_NESTED = 0x8000

_VANISHES_WITHIN = 10.0  # seconds; a namespace takes a tenth of one, on a busy host some

_HEADER = 16  # bytes of struct nlmsghdr
_TOGETHER = 100  # messages in one send; their answers have to fit into the socket's buffer
_FIXED = {
    RTM_NEWLINK: 16,
    RTM_DELLINK: 16,
    RTM_NEWADDR: 8,
    RTM_DELADDR: 8,
    RTM_NEWROUTE: 12,
    RTM_DELROUTE: 12,
    RTM_SETLINK: 16,
    RTM_NEWNEIGH: 12,
    RTM_DELNEIGH: 12,
    RTM_NEWNSID: 4,
    RTM_NEWLINKPROP: 16,
    RTM_DELLINKPROP: 16,
}


class _Pyroute2:
    """The message classes of pyroute2, imported once."""

    def __init__(self) -> None:
        try:
            self._load()
        except Exception as first:  # pylint: disable=broad-except  # on some Pythons old versions raise TypeError at import
            _forget()
            sys.path.insert(0, PYROUTE2_DIRECTORY)
            try:
                self._load()
            except Exception:  # pylint: disable=broad-except
                raise NetdevError(
                    "This needs pyroute2 >= %s for %s on the managed host (%s: %s). Run role netdev.linux.prepare once, or "
                    "install the package (python3-pyroute2 on Debian 12 and later)"
                    % (".".join(map(str, PYROUTE2_MINIMUM)), sys.executable, type(first).__name__, first)
                ) from None
        self.extend()

    def _load(self) -> None:
        version = _find()
        if version and version < PYROUTE2_MINIMUM:
            raise ImportError("version %s is too old" % ".".join(map(str, version)))
        try:
            self._import()
        except ImportError:  # a version whose parts need the whole
            _forget()
            self._import()

    def _import(self) -> None:
        # Here, not at the top: a task that changes nothing does not pay for it, and an import that fails is explained.
        from pyroute2.netlink import nla  # noqa: PLC0415
        from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg  # noqa: PLC0415
        from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg  # noqa: PLC0415
        from pyroute2.netlink.rtnl.rtmsg import rtmsg  # noqa: PLC0415

        self.nla, self.link, self.route = nla, ifinfmsg, rtmsg
        self.address: t.Any = ifaddrmsg

    @property
    def nsid(self) -> t.Any:
        """The class of messages about the numbers of namespaces."""
        from pyroute2.netlink.rtnl.nsidmsg import nsidmsg  # noqa: PLC0415

        return nsidmsg

    @property
    def neighbour(self) -> t.Any:
        """The class of messages about the forwarding database; few tasks need it."""
        from pyroute2.netlink.rtnl.ndmsg import ndmsg  # noqa: PLC0415

        return ndmsg

    def extend(self) -> None:
        """Let the kinds table say what IFLA_INFO_DATA holds: it knows attributes that old versions of pyroute2 do not."""
        info: t.Any = self.link.ifinfo
        for kind in kinds.KINDS.values():
            if not kind.by_ioctl and not kind.has_peer:
                info.data_map[kind.rtnetlink] = self._class("info_data_" + kind.name, kind.attributes, kind.parent_nla)
        # Version 0.7.2 does not know IFA_RT_PRIORITY.
        addresses = (
            (IFA_ADDRESS, "IFA_ADDRESS", "ipaddr"),
            (IFA_LOCAL, "IFA_LOCAL", "ipaddr"),
            (IFA_LABEL, "IFA_LABEL", "asciiz"),
            (IFA_BROADCAST, "IFA_BROADCAST", "ipaddr"),
            (IFA_CACHEINFO, "IFA_CACHEINFO", "cacheinfo"),
            (IFA_FLAGS, "IFA_FLAGS", "uint32"),
            (IFA_RT_PRIORITY, "IFA_RT_PRIORITY", "uint32"),
        )
        self.address = type("address", (self.address,), {"nla_map": addresses})
        for master, table in kinds.PORTS.items():
            setattr(info, "%s_slave_data" % kinds.KINDS[master].rtnetlink, self._class("info_slave_data_" + master, table))

    def _class(self, name: str, table: t.Sequence[kinds.Attribute], parent: tuple[str, int] = ("", 0)) -> t.Any:
        wires = {(attribute.number, attribute.nla): attribute.type.wire for attribute in table}
        wires.update({(attribute.second[1], attribute.second[0]): attribute.type.second_wire for attribute in table if attribute.second})
        if parent[0]:
            wires[parent[1], parent[0]] = "uint32"
        nla_map = tuple((number, nla, wire) for (number, nla), wire in wires.items())
        return type(name, (self.nla,), {"nla_map": nla_map})

    @staticmethod
    def encode(message: t.Any, attributes_: list[tuple[str, t.Any]], **fields: int) -> bytes:
        """The message without its header."""
        known = _names(message.__class__)
        for name, _value in attributes_:
            if name not in known:  # pyroute2 would drop it without a word
                raise NetdevError("This version of pyroute2 does not know %s" % name)
        for name, value in fields.items():
            message[name] = value
        message["attrs"] = attributes_
        message.encode()
        return bytes(message.data)[_HEADER:]


@functools.cache
def _names(message: t.Any) -> frozenset[str]:
    """The attributes that a message class of pyroute2 knows."""
    return frozenset(row[-2] for row in message.nla_map)


def _find() -> tuple[int, ...]:
    """Find pyroute2, let its parts be imported without the whole, and return its version, empty if that is not known.

    Its own __init__ imports all of the library, which takes longer than the whole rest of a task; we need four of its message
    classes. So a bare package of its name and place stands in for it.
    """
    if "pyroute2" in sys.modules:
        return ()
    spec = importlib.util.find_spec("pyroute2")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("No module named 'pyroute2'")
    package = types.ModuleType("pyroute2")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["pyroute2"] = package
    # The version is in the name of the metadata beside the package; importlib.metadata is slow to load.
    names = os.listdir(os.path.dirname(package.__path__[0]))
    found = [re.match(r"pyroute2-(\d+)\.(\d+)\.(\d+)\S*\.(?:dist|egg)-info$", name) for name in names]
    return next((tuple(map(int, match.groups())) for match in found if match), ())


def _forget() -> None:
    """Let pyroute2 be imported anew."""
    for name in [name for name in sys.modules if name.split(".")[0] == "pyroute2"]:
        del sys.modules[name]


# pyroute2 takes a fifth of a millisecond to encode a message, and the kernel hardly more to make the link. So what the messages of
# most links consist of is packed here, by the kinds table where that has it; a unit test holds it against pyroute2's encoding.
_PACK: dict[str, t.Callable[[t.Any], bytes]] = {
    "uint8": struct.Struct("=B").pack,
    "uint32": struct.Struct("=I").pack,
    "asciiz": lambda text: text.encode("utf-8", "surrogateescape") + b"\0",
    "l2addr": values.mac_bytes,
    "nested": lambda value: _packed(value["attrs"]),
    "ifinfomsg": lambda value: (
        IFINFOMSG.pack(socket.AF_UNSPEC, 0, value["index"], value.get("flags", 0), value.get("change", 0)) + _packed(value["attrs"])
    ),
}
_USUAL: dict[str, tuple[int, str]] = {
    **{attribute.nla: (attribute.number, attribute.type.wire) for attribute in kinds.COMMON if attribute.type.wire in _PACK},
    "IFLA_IFNAME": (IFLA_IFNAME, "asciiz"),
    "IFLA_LINK": (IFLA_LINK, "uint32"),
    "IFLA_MASTER": (IFLA_MASTER, "uint32"),
    "IFLA_NET_NS_FD": (IFLA_NET_NS_FD, "uint32"),
    "IFLA_AF_SPEC": (IFLA_AF_SPEC, "nested"),
    "AF_INET6": (socket.AF_INET6, "nested"),
    "IFLA_LINKINFO": (IFLA_LINKINFO, "nested"),
    "IFLA_INFO_KIND": (IFLA_INFO_KIND, "asciiz"),
    "IFLA_INFO_DATA": (IFLA_INFO_DATA, "nested"),
    "VETH_INFO_PEER": (VETH_INFO_PEER, "ifinfomsg"),
    "IFLA_PROP_LIST": (IFLA_PROP_LIST | NLA_F_NESTED, "nested"),
    "IFLA_ALT_IFNAME": (IFLA_ALT_IFNAME, "asciiz"),
}


def _packed(attrs: list[tuple[str, t.Any]]) -> bytes:
    """Attributes one after another. Raises KeyError for those that are not usual."""
    return nest((_USUAL[name][0], _PACK[_USUAL[name][1]](value)) for name, value in attrs)


class _Request(t.NamedTuple):
    """A message that is encoded, and what it is for."""

    operation: ops.Operation
    netns: str
    kind: int
    flags: int
    body: bytes
    of: kinds.Kind | None


class Kernel:
    """Executes operations. Raises NetdevError with what the kernel said and what that means."""

    def __init__(self, namespaces: Namespaces) -> None:
        self.namespaces = namespaces
        self.observer = Observer(namespaces)
        self._pyroute2: _Pyroute2 | None = None
        self._indexes: dict[Where, int] = {}
        # Links that the kernel is about to delete in its own time, as (namespace, ifindex), and what is heard of links there.
        self._vanishing: list[tuple[str, int]] = []
        self._events: dict[str, Socket] = {}
        # While operations are done together: those encoded and not sent yet, and those that the kernel has acknowledged.
        self._queue: list[_Request] | None = None
        self._done: list[ops.Operation] = []

    @property
    def pyroute2(self) -> _Pyroute2:
        if self._pyroute2 is None:
            self._pyroute2 = _Pyroute2()
        return self._pyroute2

    def execute(self, operation: ops.Operation) -> None:
        """Carry out one operation."""
        _HANDLERS[type(operation)](self, operation)

    def execute_all(self, operations: t.Sequence[ops.Operation], done: list[ops.Operation]) -> None:
        """Carry out operations with many messages in one send.

        The kernel does not stop at a message that it refuses, so this is for operations that may go on where one failed. ``done``
        gets those that it has carried out; the first that it refused is raised.
        """
        self._queue, self._done = [], done
        try:
            try:
                for operation in operations:
                    self.execute(operation)
                    if len(self._queue) >= _TOGETHER:
                        self._send_queue()
            finally:
                self._send_queue()
        finally:
            self._queue = None

    def _send_queue(self) -> None:
        waiting, self._queue = self._queue or [], []
        for netns, group in itertools.groupby(waiting, lambda request: request.netns):
            requests = list(group)
            answers = self.namespaces.socket(netns).request_all([(each.kind, each.flags, each.body) for each in requests])
            self._done += [request.operation for request, answer in zip(requests, answers) if answer is None]
            for request, answer in zip(requests, answers):
                if answer:
                    raise self._refusal(request, answer) from answer

    # ---- namespaces and sysctls

    def _add_namespace(self, operation: ops.AddNamespace) -> None:
        self.namespaces.create(operation.name)

    def _set_nsid(self, operation: ops.SetNsid) -> None:
        attrs = [("NETNSA_NSID", operation.nsid), ("NETNSA_FD", self.namespaces.descriptor(operation.name))]
        body = self.pyroute2.encode(self.pyroute2.nsid(), attrs)
        self._request(operation, HERE, RTM_NEWNSID, 0, body)

    def _delete_namespace(self, operation: ops.DeleteNamespace) -> None:
        for netns, name in operation.outside:
            if netns not in self._events:  # before it goes, so that nothing is missed
                with self.namespaces.inside(netns):
                    self._events[netns] = Socket(groups=(RTNLGRP_LINK,))
            self._vanishing.append((netns, self._index(netns, name)))
        self._indexes.clear()
        self.namespaces.delete(operation.name)

    def settle(self) -> None:
        """Wait until what goes with namespaces that were deleted is gone. What else may hold one is not our business: not for ever."""
        until = time.monotonic() + _VANISHES_WITHIN
        try:
            for netns, index in self._vanishing:
                while self._is_there(netns, index) and self._events[netns].wait(until):
                    pass
        finally:
            self._vanishing.clear()
            for events in self._events.values():
                events.close()
            self._events.clear()

    def _is_there(self, netns: str, index: int) -> bool:
        try:
            self.namespaces.socket(netns).get(RTM_GETLINK, IFINFOMSG.pack(socket.AF_UNSPEC, 0, index, 0, 0))
        except KernelRefused:
            return False
        return True

    def _set_sysctl(self, operation: ops.SetSysctl) -> None:
        path = link_sysctl_path(operation.link, operation.key) if operation.link else sysctl_path(operation.key)
        self.namespaces.write_sysctl(operation.netns, path, operation.value)

    # ---- links

    def _add_link(self, operation: ops.AddLink) -> None:
        data: list[tuple[str, t.Any]] = self._kind_attributes(operation.netns, operation.kind.by_option, operation.options)
        if operation.peer:
            (netns, name), common = operation.peer
            peer = [("IFLA_IFNAME", name), *self._common_attributes(netns, common)]
            if netns != operation.netns:
                peer.append(("IFLA_NET_NS_FD", self.namespaces.descriptor(netns)))
            data.append(("VETH_INFO_PEER", dict(_flags(common), index=0, attrs=peer)))
        attrs: list[tuple[str, t.Any]] = [("IFLA_IFNAME", operation.name)]
        attrs += self._common_attributes(operation.netns, operation.common)
        sender = operation.netns
        if operation.parent:
            # Sent from the parent's namespace, where its ifindex means something, to where the link shall be.
            sender = operation.parent[0]
            index = self._index(*operation.parent)
            if operation.kind.parent_nla[0]:
                data.append((operation.kind.parent_nla[0], index))
            else:
                attrs.append(("IFLA_LINK", index))
            if sender != operation.netns:
                attrs.append(("IFLA_NET_NS_FD", self.namespaces.descriptor(operation.netns)))
        info: list[tuple[str, t.Any]] = [("IFLA_INFO_KIND", operation.kind.rtnetlink)]
        if data:
            info.append(("IFLA_INFO_DATA", {"attrs": data}))
        attrs.append(("IFLA_LINKINFO", {"attrs": info}))
        body = self._link(attrs, 0, **_flags(operation.common))
        self._request(operation, sender, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body, of=operation.kind)

    def _add_tuntap(self, operation: ops.AddTuntap) -> None:
        self.namespaces.create_tuntap(operation.netns, operation.name, operation.options)

    def _set_tuntap_owner(self, operation: ops.SetTuntapOwner) -> None:
        there = self._read(*operation.where)
        self.namespaces.own_tuntap(operation.netns, operation.name, there.options, operation.values)

    def _set_link(self, operation: ops.SetLink) -> None:
        attrs = self._common_attributes(operation.netns, operation.values)
        self._change(operation, attrs, None, **_flags(operation.values))

    def _set_kind(self, operation: ops.SetKind) -> None:
        data = self._kind_attributes(operation.netns, operation.kind.by_option, operation.message(operation.kind.whole))
        if operation.kind.whole and operation.parent:
            data.append((operation.kind.parent_nla[0], self._index(*operation.parent)))
        attrs = self._common_attributes(operation.netns, {"mtu": operation.mtu} if operation.mtu else {})
        info = [("IFLA_INFO_KIND", operation.kind.rtnetlink), ("IFLA_INFO_DATA", {"attrs": data})]
        self._change(operation, [*attrs, ("IFLA_LINKINFO", {"attrs": info})], operation.kind)

    def _set_port(self, operation: ops.SetPort) -> None:
        data = {"attrs": self._kind_attributes(operation.netns, kinds.PORT_BY_OPTION, operation.values)}
        info = [("IFLA_INFO_SLAVE_KIND", operation.master.rtnetlink), ("IFLA_INFO_SLAVE_DATA", data)]
        self._change(operation, [("IFLA_LINKINFO", {"attrs": info})], None)

    def _move_link(self, operation: ops.MoveLink) -> None:
        attrs = [("IFLA_NET_NS_FD", self.namespaces.descriptor(operation.to))]
        self._change(operation, attrs, None)
        self._indexes.clear()

    def _delete_link(self, operation: ops.DeleteLink) -> None:
        body = self._link([], self._index(*operation.where))
        self._request(operation, operation.netns, RTM_DELLINK, 0, body)
        self._indexes.clear()

    def delete_links(self, operations: t.Sequence[ops.DeleteLink]) -> None:
        """Delete many links of one namespace at the price of one: the kernel waits for one RCU grace period, not for each.

        It deletes every link of a group at once, so they are put into one that nobody uses, and only when it holds exactly them is
        it deleted. Between that look and the deletion somebody could still add a link to a group of that random number.
        """
        netns = operations[0].netns
        before = self.observer.members(netns)
        wanted = {operation.name: before.get(self._index(netns, operation.name)) for operation in operations}
        used = {member.group for member in before.values()}
        group = next(number for number in iter(lambda: random.getrandbits(31) or 1, None) if number not in used)
        try:
            self._set_groups(netns, dict.fromkeys(wanted, group))
            members = [member for member in self.observer.members(netns).values() if member.group == group]
            if {member._replace(group=0) for member in members} != {member and member._replace(group=0) for member in wanted.values()}:
                raise NetdevError("group %d is not what it should be" % group)
            body = self._link([("IFLA_GROUP", group)], 0)
            self._request(operations[0], netns, RTM_DELLINK, 0, body)
        except NetdevError:
            with contextlib.suppress(NetdevError):  # a link that is gone has no group
                self._set_groups(netns, {name: member.group for name, member in wanted.items() if member})
            for operation in operations:
                self.execute(operation)
        self._indexes.clear()

    def _set_groups(self, netns: str, groups: dict[str, int]) -> None:
        self.execute_all([ops.SetLink(netns, name, {"link_group": group}) for name, group in groups.items()], [])

    def _rename_link(self, operation: ops.RenameLink) -> None:
        self._change(operation, [("IFLA_IFNAME", operation.to)], None)
        self._indexes[operation.netns, operation.to] = self._indexes.pop(operation.where)

    def _add_altname(self, operation: ops.AddAltname) -> None:
        self._altname(operation, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL)

    def _delete_altname(self, operation: ops.DeleteAltname) -> None:
        self._altname(operation, RTM_DELLINKPROP, 0)

    def _altname(self, operation: ops.AddAltname | ops.DeleteAltname, kind: int, flags: int) -> None:
        attrs = [("IFLA_PROP_LIST", {"attrs": [("IFLA_ALT_IFNAME", operation.altname)]})]
        body = self._link(attrs, self._index(*operation.where))
        self._request(operation, operation.netns, kind, flags, body)

    def _change(
        self,
        operation: ops.OfLink,
        attrs: list[tuple[str, t.Any]],
        kind: kinds.Kind | None,
        **fields: int,
    ) -> None:
        # By index, always: without one the kernel would take the message for every link of a group.
        body = self._link(attrs, self._index(*operation.where), **fields)
        self._request(operation, operation.netns, RTM_NEWLINK, 0, body, of=kind)

    def _link(self, attrs: list[tuple[str, t.Any]], index: int, **fields: int) -> bytes:
        """A message about a link, without its header. What is unusual pyroute2 encodes."""
        try:
            return IFINFOMSG.pack(socket.AF_UNSPEC, 0, index, fields.get("flags", 0), fields.get("change", 0)) + _packed(attrs)
        except KeyError:
            return self.pyroute2.encode(self.pyroute2.link(), attrs, index=index, **fields)

    def _common_attributes(self, netns: str, values: dict[str, t.Any]) -> list[tuple[str, t.Any]]:
        attrs: list[tuple[str, t.Any]] = []
        for name, value in values.items():
            attribute = kinds.COMMON_BY_OPTION[name]
            if name == "admin_state":
                continue  # in the message's fixed part, see _flags
            if name == "master":
                attrs.append((attribute.nla, self._index(netns, value) if value else 0))
            elif name == "ipv6_addr_gen_mode":
                inner = {"attrs": [(attribute.nla, attribute.type.to_wire(value))]}
                attrs.append(("IFLA_AF_SPEC", {"attrs": [("AF_INET6", inner)]}))
            else:
                attrs.append((attribute.nla, attribute.type.to_wire(value)))
        return attrs

    def _kind_attributes(self, netns: str, table: dict[str, kinds.Attribute], given: dict[str, t.Any]) -> list[tuple[str, t.Any]]:
        found: dict[str, t.Any] = {}
        for name, value in given.items():
            attribute = table[name]
            named = isinstance(attribute.type, values.PortName) and value
            for nla, wire in attribute.pieces(self._index(netns, value) if named else value):
                several = isinstance(wire, bytes) and nla in found  # several options in one attribute
                found[nla] = bytes(one | other for one, other in zip(found[nla], wire)) if several else wire
        return list(found.items())

    # ---- VLANs and forwarding entries of ports

    def _add_vlans(self, operation: ops.AddVlans) -> None:
        self._vlans(operation, RTM_SETLINK)

    def _delete_vlans(self, operation: ops.DeleteVlans) -> None:
        self._vlans(operation, RTM_DELLINK)

    def _vlans(self, operation: ops.AddVlans | ops.DeleteVlans, kind: int) -> None:
        first, last, vlan = operation.span
        flags = (BRIDGE_VLAN_INFO_PVID if vlan.pvid else 0) | (BRIDGE_VLAN_INFO_UNTAGGED if vlan.untagged else 0)
        ends = [(first, 0)] if first == last else [(first, BRIDGE_VLAN_INFO_RANGE_BEGIN), (last, BRIDGE_VLAN_INFO_RANGE_END)]
        inner: list[tuple[str, t.Any]] = [("IFLA_BRIDGE_FLAGS", BRIDGE_FLAGS_SELF)] if operation.itself else []
        inner += [("IFLA_BRIDGE_VLAN_INFO", {"flags": flags | end, "vid": vid}) for vid, end in ends]
        index = self._index(*operation.where)
        body = self.pyroute2.encode(self.pyroute2.link(), [("IFLA_AF_SPEC", {"attrs": inner})], family=socket.AF_BRIDGE, index=index)
        self._request(operation, operation.netns, kind, 0, body)

    def _add_fdb_entry(self, operation: ops.AddFdbEntry) -> None:
        state = NUD_NOARP if operation.entry.static else NUD_REACHABLE
        flags = NTF_MASTER | (NTF_STICKY if operation.entry.sticky else 0)
        self._fdb_entry(operation, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, state=state, flags=flags)

    def _delete_fdb_entry(self, operation: ops.DeleteFdbEntry) -> None:
        self._fdb_entry(operation, RTM_DELNEIGH, 0, state=NUD_NOARP, flags=NTF_MASTER)

    def _fdb_entry(self, operation: ops.AddFdbEntry | ops.DeleteFdbEntry, kind: int, request_flags: int, **fields: int) -> None:
        attrs: list[tuple[str, t.Any]] = [("NDA_LLADDR", operation.mac)]
        if operation.vlan:
            attrs.append(("NDA_VLAN", operation.vlan))
        index = self._index(*operation.where)
        body = self.pyroute2.encode(self.pyroute2.neighbour(), attrs, family=socket.AF_BRIDGE, ifindex=index, **fields)
        self._request(operation, operation.netns, kind, request_flags, body)

    # ---- addresses and routes

    def _add_address(self, operation: ops.AddAddress) -> None:
        flags = NLM_F_CREATE | (NLM_F_REPLACE if operation.replace else NLM_F_EXCL)
        self._address(operation, operation.address, RTM_NEWADDR, flags)

    def _delete_address(self, operation: ops.DeleteAddress) -> None:
        a = operation.address
        self._address(operation, Address(a.address, a.length, peer=a.peer), RTM_DELADDR, 0)

    def _address(self, operation: ops.AddAddress | ops.DeleteAddress, a: Address, kind: int, flags: int) -> None:
        attrs: list[tuple[str, t.Any]] = [("IFA_LOCAL", a.address), ("IFA_ADDRESS", a.peer or a.address)]
        if a.broadcast:
            attrs.append(("IFA_BROADCAST", a.broadcast))
        if a.label:
            attrs.append(("IFA_LABEL", a.label))
        bits = (IFA_F_NODAD if a.nodad else 0) | (IFA_F_NOPREFIXROUTE if a.noprefixroute else 0)
        if bits:
            attrs.append(("IFA_FLAGS", bits))
        if a.metric:
            attrs.append(("IFA_RT_PRIORITY", a.metric))
        if a.valid_lifetime is not None:
            preferred = a.valid_lifetime if a.preferred_lifetime is None else a.preferred_lifetime
            # struct ifa_cacheinfo: preferred, valid, created, updated
            attrs.append(("IFA_CACHEINFO", {"ifa_preferred": preferred, "ifa_valid": a.valid_lifetime, "cstamp": 0, "tstamp": 0}))
        body = self.pyroute2.encode(
            self.pyroute2.address(),
            attrs,
            family=socket.AF_INET6 if a.version == 6 else socket.AF_INET,
            prefixlen=a.length,
            flags=0,
            scope=a.scope_or_natural,
            index=self._index(*operation.where),
        )
        self._request(operation, operation.netns, kind, flags, body)

    def _add_route(self, operation: ops.AddRoute) -> None:
        body = self._observed_route(operation.route) if operation.route.raw else self._route(operation.route)
        self._request(operation, operation.route.netns, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body)

    def _delete_route(self, operation: ops.DeleteRoute) -> None:
        self._request(operation, operation.route.netns, RTM_DELROUTE, 0, self._route(operation.route))

    def _observed_route(self, route: Route) -> bytes:
        """The route's own message, with the ifindex that its link has now."""
        # The kernel reports flags (DEAD, LINKDOWN, OFFLOAD) that it does not take.
        onlink = len(route.hops) == 1 and route.hops[0].onlink
        fixed = route.raw[:8] + struct.pack("=I", RTNH_F_ONLINK if onlink else 0)
        found = attribute_table(route.raw, len(fixed))
        if RTA_OIF in found and route.hops:  # of an IPv6 route that leads nowhere it is lo, the same everywhere
            found[RTA_OIF] = struct.pack("=I", self._index(route.netns, route.hops[0].link))
        if RTA_MULTIPATH in found:
            found[RTA_MULTIPATH] = self._observed_hops(route, found[RTA_MULTIPATH])
        return fixed + nest(found.items())

    def _observed_hops(self, route: Route, data: bytes) -> bytes:
        """struct rtnexthop and attributes of each, with the ifindexes and only the flags that the kernel takes."""
        found = b""
        for hop in route.hops:
            length, _flags, weight, index = RTNEXTHOP.unpack_from(data)
            index = self._index(route.netns, hop.link) if hop.link else index
            found += RTNEXTHOP.pack(length, RTNH_F_ONLINK if hop.onlink else 0, weight, index)
            step = (length + 3) & ~3
            found, data = found + data[RTNEXTHOP.size : step], data[step:]
        return found

    def _route(self, route: Route) -> bytes:
        attrs: list[tuple[str, t.Any]] = [("RTA_TABLE", route.table)]
        address, length = route.destination.split("/")
        if length != "0":
            attrs.append(("RTA_DST", address))
        if route.metric:
            attrs.append(("RTA_PRIORITY", route.metric))
        if route.source:
            attrs.append(("RTA_PREFSRC", route.source))
        if route.mtu:
            attrs.append(("RTA_METRICS", {"attrs": [("RTAX_MTU", route.mtu)]}))
        flags = 0
        if len(route.hops) == 1:
            hop = route.hops[0]
            flags = RTNH_F_ONLINK if hop.onlink else 0
            attrs += self._hop(route, hop)
            if hop.link:
                attrs.append(("RTA_OIF", self._index(route.netns, hop.link)))
        elif route.hops:
            hops = [
                {
                    "oif": self._index(route.netns, hop.link) if hop.link else 0,
                    "hops": hop.weight - 1,
                    "flags": RTNH_F_ONLINK if hop.onlink else 0,
                    "attrs": self._hop(route, hop),
                }
                for hop in route.hops
            ]
            attrs.append(("RTA_MULTIPATH", hops))
        return self.pyroute2.encode(
            self.pyroute2.route(),
            attrs,
            family=socket.AF_INET6 if route.version == 6 else socket.AF_INET,
            dst_len=int(length),
            table=route.table if route.table < 256 else 0,
            proto=route.protocol,
            scope=ops.natural_route_scope(route) if route.scope is None else route.scope,
            type=ROUTE_TYPES[route.type],
            flags=flags,
        )

    @staticmethod
    def _hop(route: Route, hop: Hop) -> list[tuple[str, t.Any]]:
        if not hop.gateway:
            return []
        family = socket.AF_INET6 if ":" in hop.gateway else socket.AF_INET
        if (family == socket.AF_INET6) == (route.version == 6):
            return [("RTA_GATEWAY", hop.gateway)]
        return [("RTA_VIA", {"family": family, "addr": hop.gateway})]

    # ---- capabilities

    def capabilities(self) -> dict[str, bool]:
        """Which kinds this kernel can make: tried out in a namespace without a name, that ends with the try."""
        found = {}
        with self.namespaces.scratch() as scratch:
            base = (scratch, "base")
            self._can(ops.AddLink(*base, kinds.BRIDGE, {}, {}))
            for kind in kinds.KINDS.values():
                if kind.by_ioctl:
                    found[kind.name] = self._can(ops.AddTuntap(scratch, "try", kind.sample))
                else:
                    peer: tuple[Where, dict[str, t.Any]] | None = ((scratch, "other"), {}) if kind.has_peer else None
                    parent = base if kind.has_parent else None
                    found[kind.name] = self._can(ops.AddLink(scratch, "try", kind, {}, kind.sample, peer, parent))
                if found[kind.name]:
                    self.execute(ops.DeleteLink(scratch, "try"))
        return found

    def _can(self, operation: ops.Operation) -> bool:
        try:
            self.execute(operation)
        except NetdevError:
            return False
        return True

    # ---- waiting

    def _wait_for(self, operation: ops.WaitFor) -> None:
        self.namespaces.let_others()  # what is waited for may be theirs to bring; waits are the last operations of a plan
        if not operation.lend_carrier:
            self._wait(operation)
            return
        bridge = self._read(*operation.where)
        tap = "ndlend%d" % (os.getpid() % 10**9)
        with self.namespaces.hold_tap(operation.netns, tap):
            # With a MAC of its own (set again, which makes it stick) the bridge does not take the tap's; the tap gets no
            # IPv6 address, and does not lower the bridge's MTU.
            self.execute(ops.SetLink(bridge.netns, bridge.name, {"mac": bridge.common["mac"]}))
            self.execute(ops.SetLink(bridge.netns, tap, {"mtu": bridge.common["mtu"], "ipv6_addr_gen_mode": "none"}))
            self.execute(ops.SetLink(bridge.netns, tap, {"master": bridge.name}))
            self.execute(ops.SetLink(bridge.netns, tap, {"admin_state": kinds.UP}))
            self._wait(operation)
        self._indexes.clear()

    def _wait(self, operation: ops.WaitFor) -> None:
        with self.namespaces.inside(operation.netns):
            events = Socket(groups=(RTNLGRP_LINK, RTNLGRP_IPV6_IFADDR))
        try:
            until = time.monotonic() + operation.timeout
            while True:
                missing = self._missing(operation)
                if not missing:
                    return
                if not events.wait(until):
                    raise NetdevError("%s: no %s within %g s" % (label(operation.where), missing, operation.timeout))
        finally:
            events.close()

    def _missing(self, operation: ops.WaitFor) -> str:
        """What has not come yet, or an empty text."""
        link = self._read(*operation.where)
        failed = [address.cidr for address in link.addresses or [] if address.dadfailed]
        if operation.dad and failed:
            raise NetdevError("%s: another host has the address %s (duplicate address detection failed)" % (link.label(), failed[0]))
        if operation.carrier and not link.carrier:
            return "carrier"
        tentative = [address.cidr for address in link.addresses or [] if address.tentative]
        if operation.dad and tentative:
            if link.kind == "bridge" and not link.carrier and not self._has_ports(link):
                raise NetdevError("%s: %s" % (link.label(), ops.DAD_WITHOUT_CARRIER))
            return "end of duplicate address detection of %s" % ", ".join(tentative)
        return ""

    # ---- helpers

    def _has_ports(self, link: Link) -> bool:
        world = World()
        self.observer.read(world, link.netns, Depth())
        return bool(world.ports(link.where))

    def _read(self, netns: str, name: str) -> Link:
        link = self.observer.link(netns, name)
        if link is None:
            raise NetdevError("%s is gone" % label((netns, name)))
        return link

    def _index(self, netns: str, name: str) -> int:
        """The ifindex of a link, remembered until a link is deleted or moved."""
        if (netns, name) not in self._indexes:
            if self._queue:
                self._send_queue()  # the link may be made by one of them
            index = self.observer.index(netns, name)
            if index is None:
                raise NetdevError("There is no link %s" % label((netns, name)))
            self._indexes[netns, name] = index
        return self._indexes[netns, name]

    def remember(self, world: World) -> None:
        """Take the ifindexes from what was observed."""
        self._indexes.update({link.where: link.index for link in world.links()})

    def _request(self, operation: ops.Operation, netns: str, kind: int, flags: int, body: bytes, *, of: kinds.Kind | None = None) -> None:
        request = _Request(operation, netns, kind, flags, body, of)
        if self._queue is not None:
            self._queue.append(request)
            return
        try:
            self.namespaces.socket(netns).request(kind, flags, body)
        except KernelRefused as error:
            raise self._refusal(request, error) from error

    @staticmethod
    def _refusal(request: _Request, error: KernelRefused) -> NetdevError:
        path = attribute_at(request.body, _FIXED[request.kind], error.offset - _HEADER) if error.offset else []
        return NetdevError(_explain(request.operation, error, _attribute_name(path, request.of), request.of), errno=error.errno)


# What executes which operation.
_HANDLERS: dict[type[ops.Operation], t.Callable[[Kernel, t.Any], None]] = {
    ops.AddNamespace: Kernel._add_namespace,
    ops.SetNsid: Kernel._set_nsid,
    ops.DeleteNamespace: Kernel._delete_namespace,
    ops.SetSysctl: Kernel._set_sysctl,
    ops.AddLink: Kernel._add_link,
    ops.AddTuntap: Kernel._add_tuntap,
    ops.SetTuntapOwner: Kernel._set_tuntap_owner,
    ops.SetLink: Kernel._set_link,
    ops.SetKind: Kernel._set_kind,
    ops.SetPort: Kernel._set_port,
    ops.AddVlans: Kernel._add_vlans,
    ops.DeleteVlans: Kernel._delete_vlans,
    ops.AddFdbEntry: Kernel._add_fdb_entry,
    ops.DeleteFdbEntry: Kernel._delete_fdb_entry,
    ops.MoveLink: Kernel._move_link,
    ops.DeleteLink: Kernel._delete_link,
    ops.RenameLink: Kernel._rename_link,
    ops.AddAltname: Kernel._add_altname,
    ops.DeleteAltname: Kernel._delete_altname,
    ops.AddAddress: Kernel._add_address,
    ops.DeleteAddress: Kernel._delete_address,
    ops.AddRoute: Kernel._add_route,
    ops.DeleteRoute: Kernel._delete_route,
    ops.WaitFor: Kernel._wait_for,
}


def _flags(values: dict[str, t.Any]) -> dict[str, int]:
    """IFF_UP in struct ifinfomsg, and that it is meant."""
    if "admin_state" not in values:
        return {}
    return {"flags": IFF_UP if values["admin_state"] == kinds.UP else 0, "change": IFF_UP}


def _attribute_name(path: list[int], kind: kinds.Kind | None) -> str:
    """The option that a netlink attribute stands for, from where it is in the message."""
    if path[:2] == [IFLA_LINKINFO, IFLA_INFO_DATA] and kind and len(path) > 2:
        return next((attribute.name for attribute in kind.attributes if attribute.number == path[2]), "")
    if len(path) == 1:
        return next((attribute.name for attribute in kinds.COMMON if attribute.number == path[0]), "")
    return ""


def _explain(operation: ops.Operation, error: KernelRefused, attribute: str, kind: kinds.Kind | None) -> str:
    """What the kernel said, about what, and what it means."""
    what = operation.what()
    if error.errno == errno.EPERM and os.geteuid() != 0:  # root gets it too, from drivers that have no better number
        return "%s: permission denied. Run the task with become: true (it needs CAP_NET_ADMIN)" % what
    # Older kernels say no more than the number; then it is the driver that is missing, if nothing else was asked for.
    no_driver = error.text == "Unknown device type" or (isinstance(operation, ops.AddLink) and not operation.options)
    if isinstance(operation, ops.AddLink) and kind and error.errno == errno.EOPNOTSUPP and no_driver:
        return "%s: this kernel has no %s driver (%s). Load it with `modprobe %s`, or use a kernel that was built with it" % (
            what,
            kind.name,
            kind.config,
            kind.driver,
        )
    if error.errno == errno.EOPNOTSUPP and isinstance(operation, (ops.AddLink, ops.SetKind)):
        given = operation.options if isinstance(operation, ops.AddLink) else operation.values
        optional = [operation.kind.by_option[name] for name in given if operation.kind.by_option[name].config]
        if optional and not attribute:
            reasons = ", ".join("%s needs %s" % (option.name, option.config) for option in optional)
            return "%s: the kernel refuses: %s; it was probably built without what this needs: %s" % (what, error.text, reasons)
    if error.errno == errno.EEXIST and isinstance(operation, (ops.AddLink, ops.AddAltname)) and error.text == os.strerror(error.errno):
        # The kernel says no more than that, whatever it is that exists.
        tunnel = kind is not None and "remote" in kind.by_option
        alike = ", or there is a tunnel with the same ends and the same key or id" if tunnel else ""
        return "%s: the name is taken, by another link or as another link's alternative name%s" % (what, alike)
    meaning = _MEANINGS.get(error.errno, "")
    if error.errno == errno.EPERM and isinstance(operation, ops.AddFdbEntry) and not operation.entry.static:
        meaning = "an entry that is not static needs a port that can learn: up and with carrier, as its bridge"
    stable = isinstance(operation, ops.SetLink) and operation.values.get("ipv6_addr_gen_mode") == "stable_secret"
    if error.errno == errno.EINVAL and stable and not attribute:
        meaning = "addresses can't follow from a secret that the link does not have; give it one in sysctls, as %s" % SEED
    about = " (option %s)" % attribute if attribute else ""
    return "%s: the kernel refuses: %s%s%s" % (what, error.text, about, "; " + meaning if meaning else "")


_MEANINGS = {
    errno.EBUSY: "something uses the device",
    errno.ENODEV: "the device is gone, or does not exist yet",
    errno.EOPNOTSUPP: "this kernel, or this kind of link, can't do that",
    errno.ERANGE: "the value is out of the range that the kernel allows here",
    errno.ELOOP: "that would make a loop of bridges",
}
