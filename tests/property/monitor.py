# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A netlink monitor: what happened to links while something was done."""

from __future__ import annotations

import select
import socket
import struct
import time
import typing as t

from ansible_collections.netdev.linux.tests.property.hosts import Host

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
RTNLGRP_LINK = 1
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1
NLM_F_REQUEST, NLM_F_DUMP, NLMSG_DONE = 1, 0x300, 3
IFLA_IFNAME, IFLA_CARRIER_DOWN_COUNT = 3, 48
IFF_UP, IFF_LOWER_UP = 0x1, 0x10000


class State(t.NamedTuple):
    """A link, at some moment."""

    gone: bool
    netns: str
    number: int
    name: str
    flags: int
    carrier_losses: int


class Watch:
    """Records what happens to the links of a host's namespaces. A context manager."""

    def __init__(self, host: Host, names: t.Sequence[str]) -> None:
        self.host, self.names = host, names
        self.sockets: dict[str, socket.socket] = {}
        self.before: dict[tuple[str, int], State] = {}
        self.after: dict[tuple[str, int], State] = {}
        self.events: list[State] = []

    def __enter__(self) -> Watch:
        for name in self.names:
            with self.host.inside(name):
                self.sockets[name] = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
            self.sockets[name].bind((0, 0))
        self.before = self.dump()
        for each in self.sockets.values():
            each.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, RTNLGRP_LINK)
        return self

    def __exit__(self, *_error: object) -> None:
        # Events of a change are there before its acknowledgement; what follows from it in the kernel's own time shows in the counters.
        for name, each in self.sockets.items():
            while select.select([each], [], [], 0)[0]:
                self.events += [state for state in self._receive(name) if state]
        self.after = self.dump()
        for each in self.sockets.values():
            each.close()

    def dump(self) -> dict[tuple[str, int], State]:
        found = {}
        for name, each in self.sockets.items():
            each.send(struct.pack("=IHHIIBxHiII", 32, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, int(time.time()), 0, 0, 0, 0, 0, 0))
            done = False
            while not done:
                for state in self._receive(name):
                    if state is None:
                        done = True
                    else:
                        found[name, state.number] = state
        return found

    def _receive(self, netns: str) -> t.Iterator[State | None]:
        data = self.sockets[netns].recv(1 << 20)
        offset = 0
        while offset + 16 <= len(data):
            length, kind = struct.unpack_from("=IH", data, offset)
            if kind == NLMSG_DONE:
                yield None
            elif kind in (RTM_NEWLINK, RTM_DELLINK) and data[offset + 16] == socket.AF_UNSPEC:  # not a bridge's about its ports
                yield _state(data[offset + 16 : offset + length], netns, kind == RTM_DELLINK)
            offset += (length + 3) & ~3

    def flaps(self) -> list[str]:
        """What happened to links that were up, in words."""
        found = []
        for (netns, number), was in self.before.items():
            if not was.flags & IFF_UP:
                continue
            for event in self.events:
                if (event.netns, event.number) != (netns, number):
                    continue
                if event.gone:
                    found.append("%s was deleted" % was.name)
                elif not event.flags & IFF_UP:
                    found.append("%s went down" % was.name)
                elif was.flags & IFF_LOWER_UP and not event.flags & IFF_LOWER_UP:
                    found.append("%s lost its carrier" % was.name)
            now = self.after.get((netns, number))
            if now is None or now.name != was.name:
                found.append("%s has another ifindex" % was.name)
            elif was.flags & IFF_LOWER_UP and now.carrier_losses != was.carrier_losses:
                found.append("%s lost its carrier %d times" % (was.name, now.carrier_losses - was.carrier_losses))
        return found


def _state(payload: bytes, netns: str, gone: bool) -> State:
    _family, _type, index, flags = struct.unpack_from("=BxHiI", payload)
    name, losses = "", 0
    offset = 16
    while offset + 4 <= len(payload):
        length, kind = struct.unpack_from("=HH", payload, offset)
        value = payload[offset + 4 : offset + length]
        if kind == IFLA_IFNAME:
            name = value[:-1].decode()
        elif kind == IFLA_CARRIER_DOWN_COUNT:
            (losses,) = struct.unpack("=I", value)
        offset += (max(length, 4) + 3) & ~3
    return State(gone, netns, index, name, flags, losses)
