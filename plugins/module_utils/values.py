# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types of attribute values: how a user writes one, how the kernel stores it, how iproute2 spells it.

A value travels in three forms. ``parse`` makes the canonical form from what the user gave, and two canonical
values are equal exactly when the kernel can't tell them apart. ``encode``/``decode`` convert between the canonical
form and netlink bytes. ``show`` gives the form for results and diffs, ``word`` the one for an iproute2 command line.
"""

from __future__ import annotations

import ipaddress
import re
import struct
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.nla import attributes, nest

# Kernel times in rtnetlink are in clock ticks of USER_HZ, 100 a second on every architecture of interest
# (include/asm-generic/param.h), whatever CONFIG_HZ is.
USER_HZ = 100

IFNAMSIZ = 16  # include/uapi/linux/if.h, the closing NUL included
IFALIASZ = 256
ALTIFNAMSIZ = 128

NO_MAC = "00:00:00:00:00:00"

_STRUCTS = {"be32": ">I", "uint8": "=B", "uint16": "=H", "uint32": "=I", "uint64": "=Q", "be16": ">H", "int32": "=i"}


class Type:
    """A value's type. ``wire`` is the netlink data type in pyroute2's words, ``ansible`` the option's type."""

    wire = ""
    second_wire = ""  # of the second netlink attribute that takes part, see Attribute.second
    ansible = "str"
    allowed = ""
    # For what the kernel does not report while it is empty: what to set so that it is.
    nothing: t.Any = None

    def parse(self, raw: t.Any) -> t.Any:
        """Make the canonical value. Raises ValueError whose text says what is allowed."""
        raise NotImplementedError

    def show(self, value: t.Any) -> t.Any:
        """The form for results, diffs and the input of another task."""
        return value

    def word(self, value: t.Any) -> str:
        """The form for an iproute2 command line."""
        return str(value)

    def phrase(self, word: str, value: t.Any) -> list[str]:
        """What iproute2 takes to set it, ``word`` being the option's; nothing where iproute2 can't say it."""
        return ([word] if word else []) + self.word(value).split()

    def replacing(self, value: t.Any, has: t.Any) -> t.Any:
        """What to send so that the link has ``value`` and nothing more, when it has ``has``."""
        return value

    def split(self, value: t.Any) -> tuple[t.Any, t.Any]:
        """What goes into the netlink attribute and into the second one; None: it is not sent."""
        return self.to_wire(value), None

    def join(self, first: bytes | None, second: bytes | None) -> t.Any:
        """The canonical value of what the two attributes hold; None: the kernel does not say it."""
        return None if first is None else self.decode(first)

    def to_wire(self, value: t.Any) -> t.Any:
        """The value that pyroute2's encoder takes for ``wire``."""
        return value

    def from_wire(self, number: t.Any) -> t.Any:
        """The canonical value of an unpacked number."""
        return number

    def decode(self, data: bytes) -> t.Any:
        """The canonical value of a netlink attribute's payload."""
        fmt = _STRUCTS[self.wire]
        return self.from_wire(struct.unpack_from(fmt, data)[0])


class Flag(Type):
    """On or off. iproute2 writes 1/0 in ``type KIND`` options and on/off elsewhere: ``words``."""

    ansible = "bool"
    allowed = "true or false"

    def __init__(self, wire: str = "uint8", words: tuple[str, str] = ("0", "1")) -> None:
        self.wire = wire
        self.words = words

    def parse(self, raw: t.Any) -> bool:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, int) and raw in (0, 1):
            return bool(raw)
        if isinstance(raw, str) and raw.lower() in ("yes", "on", "true", "1", "y", "t"):
            return True
        if isinstance(raw, str) and raw.lower() in ("no", "off", "false", "0", "n", "f"):
            return False
        raise ValueError("%r is not true or false" % (raw,))

    def word(self, value: bool) -> str:
        return self.words[int(value)]

    def to_wire(self, value: bool) -> int:
        return int(value)

    def from_wire(self, number: int) -> bool:
        return bool(number)


class Unsigned(Type):
    """A whole number within bounds."""

    ansible = "int"

    def __init__(self, low: int = 0, high: int = 0xFFFFFFFF, wire: str = "uint32", unit: str = "") -> None:
        self.low, self.high, self.wire, self.unit = low, high, wire, unit
        self.allowed = "a whole number from %d to %d%s" % (low, high, " " + unit if unit else "")

    def parse(self, raw: t.Any) -> int:
        if isinstance(raw, bool) or not re.fullmatch(r"[+-]?\d+", str(raw).strip()):
            raise ValueError("%r is not %s" % (raw, self.allowed))
        number = int(raw)
        if not self.low <= number <= self.high:
            raise ValueError("%d is out of range, allowed is %s" % (number, self.allowed))
        return number


class Signed(Unsigned):
    """A whole number within bounds, of which some are below zero."""


class Seconds(Type):
    """A time that users write in seconds (decimals allowed) and the kernel keeps in clock ticks."""

    ansible = "float"

    def __init__(self, low: float = 0, high: float = 0xFFFFFFFF / USER_HZ, wire: str = "uint32") -> None:
        self.low, self.high, self.wire = low, high, wire
        self.allowed = "seconds from %g to %g, in steps of %g" % (low, high, 1 / USER_HZ)

    def parse(self, raw: t.Any) -> int:
        try:
            if isinstance(raw, bool):
                raise ValueError
            seconds = float(raw)
            ticks = round(seconds * USER_HZ)
        except (TypeError, ValueError, OverflowError):
            raise ValueError("%r is not a number of seconds, allowed is %s" % (raw, self.allowed)) from None
        if not self.low <= seconds <= self.high:
            raise ValueError("%s is out of range, allowed is %s" % (raw, self.allowed))
        return ticks

    def show(self, value: int) -> int | float:
        return value // USER_HZ if value % USER_HZ == 0 else value / USER_HZ


class Choice(Type):
    """One of a few words, each a number to the kernel, and where iproute2 has no words for them (``in_numbers``) to it too."""

    def __init__(self, numbers: dict[str, int], wire: str = "uint8", in_numbers: bool = False) -> None:
        self.numbers, self.wire, self.in_numbers = numbers, wire, in_numbers
        self.names = {number: name for name, number in numbers.items()}
        self.allowed = "one of " + ", ".join(numbers)

    def parse(self, raw: t.Any) -> str:
        for name in self.numbers:
            if str(raw).lower() == name.lower():
                return name
        raise ValueError("%r is not %s" % (raw, self.allowed))

    def word(self, value: str) -> str:
        return str(self.numbers[value]) if self.in_numbers else value

    def to_wire(self, value: str) -> int:
        return self.numbers[value]

    def from_wire(self, number: int) -> str:
        return self.names.get(number, str(number))


class Bit(Type):
    """One bit of a set that the kernel keeps in one attribute: struct with values and mask, such as ifla_vlan_flags."""

    ansible = "bool"
    allowed = "true or false"
    wire = "cdata"

    def __init__(self, bit: int, words: tuple[str, str] = ("off", "on")) -> None:
        self.bit, self.words = bit, words

    def parse(self, raw: t.Any) -> bool:
        return Flag().parse(raw)

    def word(self, value: bool) -> str:
        return self.words[int(value)]

    def to_wire(self, value: bool) -> bytes:
        return struct.pack("=II", self.bit if value else 0, self.bit)

    def decode(self, data: bytes) -> bool:
        return bool(struct.unpack_from("=I", data)[0] & self.bit)


class BareBit(Bit):
    """One bit of a set without mask: who sets one sends them all."""

    def __init__(self, bit: int, layout: str, words: tuple[str, str]) -> None:
        super().__init__(bit, words)
        self.layout = layout

    def to_wire(self, value: bool) -> bytes:
        return struct.pack(self.layout, self.bit if value else 0)

    def decode(self, data: bytes) -> bool:
        return bool(struct.unpack_from(self.layout, data)[0] & self.bit)


class Presence(Type):
    """True where the attribute is there at all (NLA_FLAG); it is sent only to say true."""

    ansible = "bool"
    allowed = "true or false"
    wire = "flag"

    def __init__(self, words: tuple[str, str]) -> None:
        self.words = words

    def parse(self, raw: t.Any) -> bool:
        return Flag().parse(raw)

    def word(self, value: bool) -> str:
        return self.words[int(value)]

    def split(self, value: bool) -> tuple[t.Any, t.Any]:
        # pyroute2 takes anything for a flag, and sends none for None.
        return (b"" if value else None), None

    def join(self, first: bytes | None, second: bytes | None) -> bool:
        return first is not None


class Worded(Unsigned):
    """A number, of which one is better known by a word."""

    ansible = "str"

    def __init__(self, name: str, number: int, low: int, high: int, wire: str, hexadecimal: bool = False) -> None:
        super().__init__(low, high, wire)
        self.name, self.number, self.hexadecimal = name, number, hexadecimal
        self.allowed += " or " + name

    def parse(self, raw: t.Any) -> int:
        return self.number if str(raw).strip().lower() == self.name else super().parse(raw)

    def show(self, value: int) -> int | str:
        return self.name if value == self.number else value

    def word(self, value: int) -> str:
        # iproute2 reads the type of service as hexadecimal, with or without 0x (rtnl_dsfield_a2n).
        return str(self.show(value)) if value == self.number or not self.hexadecimal else "0x%x" % value


class OrWord(Unsigned):
    """A number, or a word that a second attribute says: ``says`` is what that holds then.

    ``shift`` is for a number that shares its attribute with another, in network byte order.
    """

    ansible = "str"

    def __init__(
        self, name: str, high: int, wire: str, second_wire: str, says: bytes | int, shift: int | None = None, base: str = "%d"
    ) -> None:
        super().__init__(0, high, wire)
        self.name, self.second_wire, self.says, self.shift, self.base = name, second_wire, says, shift, base
        self.allowed += " or " + name

    def parse(self, raw: t.Any) -> t.Any:
        return self.name if str(raw).strip().lower() == self.name else super().parse(raw)

    def word(self, value: t.Any) -> str:
        return str(value) if value == self.name else self.base % value

    def to_wire(self, value: int) -> t.Any:
        return value if self.shift is None else struct.pack(">I", value << self.shift)

    def split(self, value: t.Any) -> tuple[t.Any, t.Any]:
        return (None, self.says) if value == self.name else (self.to_wire(value), None)

    def decode(self, data: bytes) -> int:
        if self.shift is None:
            return t.cast(int, super().decode(data))
        return t.cast(int, struct.unpack_from(">I", data)[0]) >> self.shift & self.high

    def join(self, first: bytes | None, second: bytes | None) -> t.Any:
        bits = self.says if isinstance(self.says, bytes) and self.says else b"\xff"
        if second is not None and (not second or any(one & other for one, other in zip(second, bits))):
            return self.name
        return None if first is None else self.decode(first)


class Key(Type):
    """A key of GRE (RFC 2890), which a bit in the flags says is there; empty for none."""

    wire = "be32"
    second_wire = "cdata"
    ansible = "str"
    allowed = "a number of 32 bits, also written as four bytes 0.0.0.5; empty for none"
    FLAG = struct.pack(">H", 0x2000)  # GRE_KEY, include/uapi/linux/if_tunnel.h

    def parse(self, raw: t.Any) -> int | str:
        text = str(raw).strip()
        if not text:
            return ""
        try:
            number = int(ipaddress.IPv4Address(text)) if "." in text else int(text, 0)
        except ValueError:
            number = -1
        if isinstance(raw, (bool, float)) or not 0 <= number <= 0xFFFFFFFF:
            raise ValueError("%r is not a key, allowed is %s" % (raw, self.allowed))
        return number

    def phrase(self, word: str, value: int | str) -> list[str]:
        return ["no" + word] if value == "" else [word, str(value)]

    def split(self, value: int | str) -> tuple[t.Any, t.Any]:
        return (None, None) if value == "" else (value, self.FLAG)

    def join(self, first: bytes | None, second: bytes | None) -> int | str | None:
        if first is None or second is None:
            return None
        return t.cast(int, self.decode(first)) if second[0] & self.FLAG[0] else ""


class Ip(Type):
    """An IPv4 or IPv6 address; some kinds have an attribute for each family, see ``Attribute.second``.

    With ``version`` it is of that family only, and may be empty: the kernel's unspecified address, iproute2's "any".
    """

    second_wire = "ip6addr"

    def __init__(self, multicast: bool | None = None, version: int | None = None) -> None:
        self.multicast, self.version = multicast, version
        self.wire = "ip6addr" if version == 6 else "ip4addr"
        self.allowed = "an IPv%d address, empty for none" % version if version else "an IP address"
        if multicast is not None:
            self.allowed = "a multicast address" if multicast else "a unicast address"
            self.nothing = ""  # a vxlan that has none reports none, and takes the unspecified address

    def parse(self, raw: t.Any) -> str:
        if self.version and raw in ("", "any"):
            return ""
        address = ipaddress.ip_address(parse_ip(raw))
        if self.version and address.version != self.version:
            raise ValueError("%s is not an IPv%d address" % (address, self.version))
        if self.multicast is not None and address.is_multicast != self.multicast:
            raise ValueError("%s is not %s" % (address, self.allowed))
        return "" if self.version and address.is_unspecified else str(address)

    def word(self, value: str) -> str:
        return value or "any"

    def replacing(self, value: str, has: str | None) -> str:
        return ("::" if ":" in has else "0.0.0.0") if has and not value and not self.version else value  # noqa: S104

    def split(self, value: str) -> tuple[str | None, str | None]:
        if self.version:
            return value or None, None  # some kinds refuse to hear that there is none
        return (None, value) if ":" in value else (value, None)

    def join(self, first: bytes | None, second: bytes | None) -> str | None:
        data = first if second is None else second
        if data is None:
            return None
        address = ipaddress.ip_address(data)
        if self.multicast is not None and address.is_multicast != self.multicast:
            return None  # another option's, in the same attribute
        return "" if self.version and address.is_unspecified else str(address)


class IpList(Type):
    """Addresses of one family, in an order that the kernel keeps: nested attributes, numbered."""

    wire = "cdata"
    ansible = "list"
    nothing = ()

    def __init__(self, version: int, most: int) -> None:
        self.version, self.most = version, most
        self.allowed = "a list of at most %d IPv%d addresses" % (most, version)

    def parse(self, raw: t.Any) -> tuple[str, ...]:
        if not isinstance(raw, (list, tuple)):
            raise ValueError("%r is not %s" % (raw, self.allowed))
        found = tuple(Ip(multicast=False).parse(item) for item in raw)
        wrong = [address for address in found if (6 if ":" in address else 4) != self.version]
        if wrong:
            raise ValueError("%s is not an IPv%d address" % (wrong[0], self.version))
        if len(found) > self.most or len(set(found)) != len(found):
            raise ValueError("%s is not %s, each once" % (list(found), self.allowed))
        return found

    def show(self, value: t.Any) -> list[str]:
        return list(value)

    def phrase(self, word: str, value: t.Any) -> list[str]:
        return [word, ",".join(value)]

    def to_wire(self, value: tuple[str, ...]) -> bytes:
        return nest((position, ipaddress.ip_address(address).packed) for position, address in enumerate(value))

    def decode(self, data: bytes) -> tuple[str, ...]:
        return tuple(str(ipaddress.ip_address(payload)) for _kind, payload in attributes(data))


class Macs(Type):
    """Link-layer addresses in no particular order, as a whole (MACVLAN_MACADDR_SET)."""

    wire = "cdata"
    second_wire = "uint32"
    ansible = "list"
    allowed = "a list of link-layer addresses"
    nothing = ()
    ADDRESS, SET = 4, 3  # IFLA_MACVLAN_MACADDR, MACVLAN_MACADDR_SET

    def parse(self, raw: t.Any) -> tuple[str, ...]:
        if not isinstance(raw, (list, tuple)):
            raise ValueError("%r is not %s" % (raw, self.allowed))
        return tuple(sorted({Mac().parse(item) for item in raw}))

    def show(self, value: t.Any) -> list[str]:
        return list(value)

    def phrase(self, word: str, value: t.Any) -> list[str]:
        return [word, "set", *value] if value else [word, "flush"]

    def split(self, value: tuple[str, ...]) -> tuple[bytes, int]:
        return nest((self.ADDRESS, mac_bytes(mac)) for mac in value), self.SET

    def decode(self, data: bytes) -> tuple[str, ...]:
        return tuple(sorted(payload.hex(":") for _kind, payload in attributes(data)))


class QosMap(Type):
    """802.1Q priorities: pairs of FROM and TO. The kernel only adds pairs, and takes one away when its TO is 0."""

    wire = "cdata"
    ansible = "dict"
    nothing = ()
    MAPPING = 1  # IFLA_VLAN_QOS_MAPPING

    def __init__(self, high_from: int, high_to: int) -> None:
        self.keys, self.targets = Unsigned(0, high_from), Unsigned(0, high_to)
        self.allowed = "a dictionary {FROM: TO} or a list of FROM:TO, from 0 to %d and from 0 to %d" % (high_from, high_to)

    def parse(self, raw: t.Any) -> tuple[tuple[int, int], ...]:
        if isinstance(raw, (list, tuple)) and all(isinstance(item, str) and item.count(":") == 1 for item in raw):
            raw = dict(item.split(":") for item in raw)
        if not isinstance(raw, dict):
            raise ValueError("%r is not %s" % (raw, self.allowed))
        pairs = {self.keys.parse(key): self.targets.parse(target) for key, target in raw.items()}
        return tuple(sorted(pair for pair in pairs.items() if pair[1]))

    def show(self, value: t.Any) -> dict[int, int]:
        return dict(value)

    def phrase(self, word: str, value: t.Any) -> list[str]:
        return [word, *("%d:%d" % pair for pair in value)] if value else []

    def replacing(self, value: t.Any, has: t.Any) -> t.Any:
        kept = dict(value)
        return tuple(sorted([*value, *((key, 0) for key, _target in has or () if key not in kept)]))

    def to_wire(self, value: tuple[tuple[int, int], ...]) -> bytes:
        return nest((self.MAPPING, struct.pack("=II", *pair)) for pair in value)

    def decode(self, data: bytes) -> tuple[tuple[int, int], ...]:
        pairs = (struct.unpack_from("=II", payload) for _kind, payload in attributes(data))
        return tuple(sorted((key, target) for key, target in pairs if target))


class PortRange(Type):
    """UDP source ports: FIRST-LAST, struct ifla_vxlan_port_range in network byte order."""

    wire = "cdata"
    allowed = "FIRST-LAST, such as 49152-65535"

    def parse(self, raw: t.Any) -> str:
        match = re.fullmatch(r"(\d{1,5})-(\d{1,5})", str(raw).strip())
        if not match or not int(match[1]) <= int(match[2]) <= 0xFFFF:
            raise ValueError("%r is not a range of ports, allowed is %s" % (raw, self.allowed))
        return "%d-%d" % (int(match[1]), int(match[2]))

    def word(self, value: str) -> str:
        return value.replace("-", " ")

    def to_wire(self, value: str) -> bytes:
        low, high = value.split("-")
        return struct.pack(">HH", int(low), int(high))

    def decode(self, data: bytes) -> str:
        return "%d-%d" % struct.unpack_from(">HH", data)


class Mac(Type):
    """A link-layer address of six bytes. ``multicast`` allows group addresses (lowest bit of the first byte)."""

    wire = "l2addr"
    allowed = "six bytes in hexadecimal, such as 52:54:00:12:34:56"

    def __init__(self, multicast: bool = False, zero: bool = False) -> None:
        self.multicast, self.zero = multicast, zero

    def parse(self, raw: t.Any) -> str:
        text = str(raw).strip()
        if isinstance(raw, (int, float)) or text.isdigit():
            raise ValueError("%s is a number: YAML reads an unquoted MAC of decimal digits that way; quote it, with its colons" % text)
        if not re.fullmatch(r"[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}", text):
            raise ValueError("%r is not a MAC address, allowed is %s" % (raw, self.allowed))
        mac = text.replace("-", ":").lower()
        if not self.multicast and int(mac[:2], 16) & 1:
            raise ValueError("%s is a multicast address (the lowest bit of its first byte is set); a link needs a unicast one" % mac)
        if mac == NO_MAC and not self.zero:
            raise ValueError("%s is not a valid address of a link" % mac)
        return mac

    def decode(self, data: bytes) -> str:
        return data.hex(":")


class Text(Type):
    """Text for the kernel, at most ``size`` bytes."""

    wire = "asciiz"

    def __init__(self, size: int) -> None:
        self.size = size
        self.allowed = "text of at most %d bytes without line breaks or NUL" % size

    def parse(self, raw: t.Any) -> str:
        text = str(raw)
        if len(text.encode()) > self.size or re.search(r"[\x00-\x1f\x7f]", text):
            raise ValueError("%r is not %s" % (raw, self.allowed))
        return text

    def decode(self, data: bytes) -> str:
        return data.split(b"\0", 1)[0].decode("utf-8", "replace")


class Name(Type):
    """A name of a link, as the kernel accepts it (``dev_valid_name`` in net/core/dev.c), or longer for an altname.

    ``%`` is refused on top of that: the kernel would take ``a%d`` as a pattern.
    """

    def __init__(self, size: int = IFNAMSIZ - 1) -> None:
        self.size = size
        self.allowed = "1 to %d bytes, no slash, colon, percent or white space, not . or .." % size

    def parse(self, raw: t.Any) -> str:
        text = str(raw)
        length = len(text.encode())
        if not 1 <= length <= self.size:
            raise ValueError("%r has %d bytes; allowed is %s" % (raw, length, self.allowed))
        if text in (".", "..") or re.search(r"[/:%\s\x00-\x1f\x7f]", text):
            raise ValueError("%r is not a name for a link; allowed is %s" % (raw, self.allowed))
        if text in ("all", "default") and self.size < IFNAMSIZ:  # sysctl_dev_name_is_allowed in net/core/sysctl_net_core.c
            raise ValueError("%r is not a name for a link: sysctls that are about no link in particular have it" % text)
        return text


class PortName(Name):
    """A name of a port, which the kernel takes and gives as its ifindex; empty for none.

    ``none`` is iproute2's word for that; where it has no such word it can't say it.
    """

    wire = "uint32"

    def __init__(self, none: str = "") -> None:
        super().__init__()
        self.none = none
        self.allowed = "the name of a port, empty for none"

    def parse(self, raw: t.Any) -> str:
        return "" if raw == "" else super().parse(raw)

    def phrase(self, word: str, value: str) -> list[str]:
        return [word, value] if value else [self.none] if self.none else []

    def to_wire(self, value: str | int) -> int:
        return int(value or 0)


class NetnsName(Type):
    """A name of a network namespace: a file name below /run/netns, as ``ip netns`` keeps them."""

    allowed = "a file name of 1 to 255 bytes without slash, white space or control character, not . or .."

    def parse(self, raw: t.Any) -> str:
        text = str(raw)
        if not 1 <= len(text.encode()) <= 255 or text in (".", "..") or re.search(r"[/\s\x00-\x1f\x7f]", text):
            raise ValueError("%r is not a name for a network namespace; allowed is %s" % (raw, self.allowed))
        if text.startswith("-"):
            raise ValueError("%r begins with a dash: ip netns would take it for an option" % (raw,))
        return text


class Account(Type):
    """A user or group, by name or number. Names are looked up on the managed host, see :mod:`.device`."""

    wire = "uint32"
    allowed = "the name or number of an account on the managed host"
    UNSET = 0xFFFFFFFF  # (uid_t)-1: nobody in particular

    def parse(self, raw: t.Any) -> int | str:
        text = str(raw).strip()
        if isinstance(raw, bool) or not text or re.search(r"[:\s\x00-\x1f]", text):
            raise ValueError("%r is not %s" % (raw, self.allowed))
        if text.isdigit():
            number = int(text)
            if number >= self.UNSET:
                raise ValueError("%s is out of range, allowed is %s" % (text, self.allowed))
            return number
        return text

    def show(self, value: t.Any) -> t.Any:
        return None if value is None or value == self.UNSET else value


def mac_bytes(mac: str) -> bytes:
    """A link-layer address as the kernel has it."""
    return bytes.fromhex(mac.replace(":", ""))


def parse_prefix(raw: t.Any) -> tuple[str, int]:
    """Split ``address/length`` into the address as the kernel shows it and the prefix length.

    Without a length it is the whole address (32 or 128), as with ``ip address add``. Raises ValueError.
    """
    text = str(raw).strip()
    if isinstance(raw, (int, float)) or not text:
        raise ValueError("%r is not an address, allowed is ADDRESS/LENGTH such as 192.0.2.1/24 or 2001:db8::1/64" % (raw,))
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError as error:
        raise ValueError("%r is not an address with a prefix length: %s" % (raw, error)) from None
    if "%" in text:
        raise ValueError("%r has a zone; the link is the zone" % (raw,))
    return str(interface.ip), interface.network.prefixlen


def parse_ip(raw: t.Any) -> str:
    """An address without length, as the kernel shows it. Raises ValueError."""
    try:
        if isinstance(raw, (int, float)):
            raise ValueError("it is a number; quote it")
        return str(ipaddress.ip_address(str(raw).strip()))
    except ValueError as error:
        raise ValueError("%r is not an IP address: %s" % (raw, error)) from None


def check_host(address: str) -> None:
    """Raises ValueError for an address that a link can't have."""
    ip = ipaddress.ip_address(address)
    if ip.is_multicast:
        raise ValueError("%s is a multicast address; a link can't have it as its own" % address)
    if ip.is_unspecified:
        raise ValueError("%s is the unspecified address" % address)
    if address == "255.255.255.255":
        raise ValueError("%s is the broadcast address of every network" % address)
