# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Netlink attributes: how they stand one after another in a message; include/uapi/linux/netlink.h, struct nlattr."""

from __future__ import annotations

import struct
import typing as t

NLA_TYPE_MASK = 0x3FFF

_ATTRIBUTE = struct.Struct("=HH")  # struct nlattr: length, type


def attributes(data: bytes, offset: int = 0) -> t.Iterator[tuple[int, bytes]]:
    """The attributes from ``offset`` to the end, as (type, payload)."""
    end = len(data)
    while offset + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < 4:
            return
        yield kind & NLA_TYPE_MASK, data[offset + 4 : offset + length]
        offset += (length + 3) & ~3


def attribute_table(data: bytes, offset: int = 0) -> dict[int, bytes]:
    """The attributes by type, the last of a type where there are several. Most of the time of reading is spent here."""
    found = {}
    end = len(data) - 4
    unpack = _ATTRIBUTE.unpack_from
    while offset <= end:
        length, kind = unpack(data, offset)
        if length < 4:
            break
        found[kind & NLA_TYPE_MASK] = data[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return found


def attribute_at(data: bytes, offset: int, target: int) -> list[int]:
    """The types of the nested attributes that lead to the one at byte ``target``, for error messages."""
    while offset + 4 <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < 4 or offset > target:
            return []
        if offset == target:
            return [kind & NLA_TYPE_MASK]
        if target < offset + length:
            return [kind & NLA_TYPE_MASK, *attribute_at(data, offset + 4, target)]
        offset += (length + 3) & ~3
    return []


def nest(pieces: t.Iterable[tuple[int, bytes]]) -> bytes:
    """Attributes one after another, from (type, payload)."""
    return b"".join(_ATTRIBUTE.pack(len(payload) + 4, kind) + payload + bytes(-len(payload) % 4) for kind, payload in pieces)
