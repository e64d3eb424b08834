# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads nested input into typed values and notes every problem with its path.

A reader never raises for wrong input: it notes the problem and answers with the default, so that one run finds all
problems. Nothing that was read may be used before the list of problems was seen to be empty.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Callable, Iterator, Sequence

from ansible_collections.netdev.linux.plugins.module_utils import values
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker, join, suggestion

T = t.TypeVar("T")
Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Interface = t.Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]
IPNetwork = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


class Fields:
    """One dictionary of the input. ``known`` are the keys that it may have; it counts as empty when it was not given."""

    def __init__(self, walker: Walker, path: str, data: t.Any, known: Sequence[str]) -> None:
        self.walker = walker
        self.path = path
        self.data = walker.dictionary({} if data is None else data, known, path)
        # Of something else it would make no sense to say what it lacks.
        self.readable = data is None or isinstance(data, dict)

    def at(self, key: str) -> str:
        return join(self.path, key)

    def problem(self, key: str, text: str) -> None:
        """Note a problem with a key, or with the dictionary as a whole when ``key`` is empty."""
        self.walker.problem(self.at(key) if key else self.path, text)

    def has(self, key: str) -> bool:
        """Whether the key was given; ``null`` counts as not given."""
        return key in self.data

    def read(self, key: str, parse: Callable[[t.Any], T], default: T) -> T:
        """The parsed value. ``parse`` raises ValueError whose text says what is allowed."""
        if not self.has(key):
            return default
        try:
            return parse(self.data[key])
        except ValueError as error:
            self.problem(key, str(error))
            return default

    def required(self, key: str, parse: Callable[[t.Any], T], default: T) -> T:
        if not self.has(key):
            if self.readable:
                self.problem(key, "required")
            return default
        return self.read(key, parse, default)

    def flag(self, key: str, default: bool = False) -> bool:
        return self.read(key, values.Flag().parse, default)

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        def parse(raw: t.Any) -> str:
            if raw not in choices:
                raise ValueError("{!r} is not one of {}{}".format(raw, ", ".join(choices), suggestion(raw, choices)))
            return str(raw)

        return self.read(key, parse, default)

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int | None:
        return self.read(key, values.Unsigned(low, high).parse, default)

    def child(self, key: str, known: Sequence[str]) -> Fields:
        """The dictionary below ``key``."""
        return Fields(self.walker, self.at(key), self.data.get(key), known)

    def items(self, key: str) -> Iterator[tuple[str, t.Any]]:
        """Path and value of each element of the list below ``key``."""
        return elements(self.walker, self.at(key), self.data.get(key))

    def children(self, key: str, known: Sequence[str]) -> Iterator[Fields]:
        """The dictionaries in the list below ``key``."""
        for path, item in self.items(key):
            yield Fields(self.walker, path, item, known)


def elements(walker: Walker, path: str, data: t.Any) -> Iterator[tuple[str, t.Any]]:
    """Path and value of each element of a list."""
    for index, item in enumerate(walker.listing([] if data is None else data, path)):
        yield f"{path}[{index}]", item


def address(raw: t.Any) -> Address:
    """An IP address without prefix length."""
    return ipaddress.ip_address(values.parse_ip(raw))


def interface(raw: t.Any) -> Interface:
    """An IP address with prefix length."""
    values.parse_prefix(raw)
    if "/" not in str(raw):
        raise ValueError(f"{raw!r} has no prefix length, allowed is ADDRESS/LENGTH such as 192.0.2.1/24")
    return ipaddress.ip_interface(str(raw).strip())
