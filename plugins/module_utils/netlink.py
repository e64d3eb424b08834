# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A netlink socket and the little of its format that reading needs, on the standard library alone.

RFC 3549; include/uapi/linux/netlink.h. Messages to write are encoded by pyroute2 (:mod:`.rtnetlink`) and sent here.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import time
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.errors import KernelRefused, NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nla import attributes

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_DUMP_INTR, NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x10, 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS = 1, 2

SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP, NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK = 1, 10, 11, 12

_HEADER = struct.Struct("=IHHII")  # struct nlmsghdr: length, type, flags, sequence, port

_RECEIVE = 1 << 20  # bytes; dumps come in pieces of up to 32 KiB
_ANSWER_WITHIN = 30.0  # seconds; deleting many links holds the kernel's lock for long


class Message(t.NamedTuple):
    """A message received: its type and its payload, header excluded."""

    type: int
    payload: bytes


class Socket:
    """A NETLINK_ROUTE socket in the namespace that the calling thread is in when it is made; there it stays."""

    def __init__(self, groups: t.Sequence[int] = ()) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE)
        for option in (NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK):
            with contextlib.suppress(OSError):  # an older kernel: less text in its errors, dumps that filter less
                self._socket.setsockopt(SOL_NETLINK, option, 1)
        self._socket.bind((0, 0))
        for group in groups:
            self._socket.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
        self._sequence = int(time.time()) & 0xFFFFFF

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def dump(self, kind: int, body: bytes) -> list[Message]:
        """Everything the kernel has of a kind. Asked again when it changed underneath (NLM_F_DUMP_INTR)."""
        for _attempt in range(8):
            messages, interrupted = self._dump_once(kind, body)
            if not interrupted:
                return messages
        return messages  # a host in constant change; what was read is still the best there is

    def _dump_once(self, kind: int, body: bytes) -> tuple[list[Message], bool]:
        sequence = self._send(kind, NLM_F_REQUEST | NLM_F_DUMP, body)
        messages: list[Message] = []
        interrupted = False
        while True:
            for message_type, flags, payload in self._receive(sequence):
                interrupted = interrupted or bool(flags & NLM_F_DUMP_INTR)
                if message_type == NLMSG_DONE:
                    return messages, interrupted
                if message_type == NLMSG_ERROR:
                    _raise_error(payload, flags)
                messages.append(Message(message_type, payload))

    def get(self, kind: int, body: bytes) -> Message:
        """Ask for one object. Raises KernelRefused where there is none."""
        sequence = self._send(kind, NLM_F_REQUEST, body)
        while True:
            for message_type, flags, payload in self._receive(sequence):
                if message_type == NLMSG_ERROR:
                    _raise_error(payload, flags)
                return Message(message_type, payload)

    def request(self, kind: int, flags: int, body: bytes) -> None:
        """Send a change and wait for its acknowledgement. Raises KernelRefused."""
        sequence = self._send(kind, flags | NLM_F_REQUEST | NLM_F_ACK, body)
        while True:
            for message_type, answer_flags, payload in self._receive(sequence):
                if message_type == NLMSG_ERROR:
                    _raise_error(payload, answer_flags)
                    return

    def request_all(self, requests: t.Sequence[tuple[int, int, bytes]]) -> list[KernelRefused | None]:
        """Send changes, (kind, flags, body) each, in one go. Returns the answers in their order: a refusal, or None.

        The kernel carries out all of them, those after one that it refuses too.
        """
        first = self._sequence + 1
        self._sequence += len(requests)
        data = bytearray()
        for sequence, (kind, flags, body) in enumerate(requests, first):
            data += _HEADER.pack(_HEADER.size + len(body), kind, flags | NLM_F_REQUEST | NLM_F_ACK, sequence, 0)
            data += body + bytes(-len(body) % 4)
        self._socket.sendto(data, (0, 0))
        answers: dict[int, KernelRefused | None] = {}
        while len(answers) < len(requests):
            for sequence, message_type, answer_flags, payload in self._read():
                if message_type == NLMSG_ERROR and first <= sequence <= self._sequence:
                    answers[sequence] = _refusal(payload, answer_flags)
        return [answers[sequence] for sequence in range(first, first + len(requests))]

    def wait(self, until: float) -> bool:
        """Wait for any message until the monotonic time ``until``, and drop what came. False when the time is over."""
        remaining = until - time.monotonic()
        if remaining <= 0:
            return False
        ready, _writable, _failed = select.select([self._socket], [], [], remaining)
        if not ready:
            return False
        with contextlib.suppress(OSError):  # ENOBUFS: events were lost, so something happened
            self._socket.recv(_RECEIVE)
        return True

    def _send(self, kind: int, flags: int, body: bytes) -> int:
        self._sequence += 1
        header = _HEADER.pack(_HEADER.size + len(body), kind, flags, self._sequence, 0)
        self._socket.sendto(header + body, (0, 0))
        return self._sequence

    def _receive(self, sequence: int) -> t.Iterator[tuple[int, int, bytes]]:
        for answer_to, kind, flags, payload in self._read():
            if answer_to == sequence:
                yield kind, flags, payload

    def _read(self) -> t.Iterator[tuple[int, int, int, bytes]]:
        """What comes next, as (sequence, type, flags, payload) each."""
        ready, _writable, _failed = select.select([self._socket], [], [], _ANSWER_WITHIN)
        if not ready:
            raise NetdevError("The kernel did not answer a netlink request within %g s" % _ANSWER_WITHIN)
        data = self._socket.recv(_RECEIVE)
        offset = 0
        while offset + _HEADER.size <= len(data):
            length, kind, flags, answer_to, _port = _HEADER.unpack_from(data, offset)
            if length < _HEADER.size:
                return
            yield answer_to, kind, flags, data[offset + _HEADER.size : offset + length]
            offset += (length + 3) & ~3


def _raise_error(payload: bytes, flags: int) -> None:
    """Raise what an NLMSG_ERROR says, if it says something."""
    refusal = _refusal(payload, flags)
    if refusal:
        raise refusal


def _refusal(payload: bytes, flags: int) -> KernelRefused | None:
    """What an NLMSG_ERROR says; 0 is a plain acknowledgement."""
    (code,) = struct.unpack_from("=i", payload)
    if code == 0:
        return None
    text, offset = "", 0
    if flags & NLM_F_ACK_TLVS:
        start = 4 + _HEADER.size
        if not flags & NLM_F_CAPPED:
            (length,) = struct.unpack_from("=I", payload, 4)
            start = 4 + ((length + 3) & ~3)
        for kind, value in attributes(payload, start):
            if kind == NLMSGERR_ATTR_MSG:
                text = value.split(b"\0", 1)[0].decode("utf-8", "replace")
            elif kind == NLMSGERR_ATTR_OFFS:
                (offset,) = struct.unpack_from("=I", value)
    return KernelRefused(-code, text or os.strerror(-code), offset)
