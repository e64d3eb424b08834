# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and addresses derived from a name: the same on every run, on every machine."""

from __future__ import annotations

import hashlib
import re

IFNAME_BYTES = 15  # IFNAMSIZ without the closing NUL
_HASH_DIGITS = 6
_RESERVED = (".", "..", "all", "default")  # names that mean something else, in paths and in sysctls
_LEAST_BYTES = len("if-") + _HASH_DIGITS


def stable_mac(name: str, prefix: str = "52:54:00") -> str:
    """A MAC address that begins with ``prefix`` and depends on nothing but ``name``.

    The default prefix is the one that QEMU and libvirt use. Raises ValueError for a prefix that leaves no room or that
    makes a multicast address.
    """
    octets = prefix.lower().replace("-", ":").split(":")
    if not 1 <= len(octets) <= 5 or not all(re.fullmatch(r"[0-9a-f]{2}", octet) for octet in octets):
        raise ValueError(f"prefix {prefix!r} is not 1 to 5 bytes in hexadecimal, such as 52:54:00")
    if int(octets[0], 16) & 1:
        raise ValueError(f"prefix {prefix!r} makes a multicast address (the lowest bit of its first byte is set)")
    if not name:
        raise ValueError("the name is empty")
    digest = hashlib.sha256(name.encode()).digest()
    return ":".join(octets + [f"{byte:02x}" for byte in digest[: 6 - len(octets)]])


def ifname(name: str, size: int = IFNAME_BYTES) -> str:
    """``name`` as the kernel accepts it for an interface.

    A valid name that fits is returned as it is. From another, characters that the kernel refuses become dashes, and the
    end is replaced by a hash of the whole, so that two long names that begin alike stay two names.
    """
    if not name:
        raise ValueError("the name is empty")
    if not _LEAST_BYTES <= size <= IFNAME_BYTES:
        raise ValueError(f"size {size} is not from {_LEAST_BYTES} to {IFNAME_BYTES}")
    # A leading dash would pass the kernel, but commands take it for an option.
    clean = re.sub(r"[/:%\s\x00-\x1f\x7f]", "-", name).lstrip("-")
    if clean == name and len(name.encode()) <= size and name not in _RESERVED:
        return name
    # Cut between characters, not inside one of several bytes.
    stem = clean.encode()[: size - _HASH_DIGITS - 1].decode("utf-8", "ignore").rstrip("-.")
    return "{}-{}".format(stem or "if", _hash(name))


def shortened(name: str, size: int) -> str:
    """``name``, or if it has more than ``size`` characters, what fits of it with a hash of the whole. For names in ASCII."""
    return name if len(name) <= size else f"{name[: size - _HASH_DIGITS - 1]}-{_hash(name)}"


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:_HASH_DIGITS]
