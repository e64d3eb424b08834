# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads nested input into typed values and notes every problem with its path.

A reader never raises for wrong input: it notes the problem and answers with the default, so that one run finds all
problems. Nothing that was read may be used before the list of problems was seen to be empty.
"""

from __future__ import annotations

import difflib
import ipaddress
import typing as t
from collections.abc import Callable, Iterator, Mapping, Sequence

from ansible_collections.netdev.linux.plugins.module_utils import values

T = t.TypeVar("T")
Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Interface = t.Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]
Problems = list[tuple[str, str]]


class Fields:
    """One dictionary of the input. ``known`` are the keys that it may have."""

    def __init__(self, problems: Problems, path: str, data: t.Any, known: Sequence[str]) -> None:
        self.problems = problems
        self.path = path
        self.data: Mapping[str, t.Any] = {}
        if isinstance(data, Mapping):
            self.data = data
        elif data is not None:
            self.problems.append((path, f"{data!r} is not a dictionary"))
        for key in self.data:
            if key not in known:
                self.problem(str(key), f"unknown{_suggestion(str(key), known)}")

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def problem(self, key: str, text: str) -> None:
        """Note a problem with a key, or with the dictionary as a whole when ``key`` is empty."""
        self.problems.append((self.at(key) if key else self.path, text))

    def has(self, key: str) -> bool:
        """Whether the key was given; ``null`` counts as not given, as everywhere in Ansible."""
        return self.data.get(key) is not None

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
            self.problem(key, "required")
            return default
        return self.read(key, parse, default)

    def flag(self, key: str, default: bool = False) -> bool:
        return self.read(key, values.Flag().parse, default)

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        def parse(raw: t.Any) -> str:
            if raw not in choices:
                raise ValueError("{!r} is not one of {}{}".format(raw, ", ".join(choices), _suggestion(str(raw), choices)))
            return str(raw)

        return self.read(key, parse, default)

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int | None:
        return self.read(key, values.Unsigned(low, high).parse, default)

    def child(self, key: str, known: Sequence[str]) -> Fields:
        """The dictionary below ``key``; one without entries when it was not given."""
        return Fields(self.problems, self.at(key), self.data.get(key), known)

    def items(self, key: str) -> Iterator[tuple[str, t.Any]]:
        """Path and value of each element of the list below ``key``."""
        return elements(self.problems, self.at(key), self.data.get(key))

    def children(self, key: str, known: Sequence[str]) -> Iterator[Fields]:
        """The dictionaries in the list below ``key``."""
        for path, item in self.items(key):
            yield Fields(self.problems, path, {} if item is None else item, known)


def elements(problems: Problems, path: str, data: t.Any) -> Iterator[tuple[str, t.Any]]:
    """Path and value of each element of a list."""
    if data is None:
        return
    if not isinstance(data, Sequence) or isinstance(data, (str, bytes)):
        problems.append((path, f"{data!r} is not a list"))
        return
    for index, item in enumerate(data):
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


def _suggestion(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f", did you mean {near[0]}?" if near else "; known are " + ", ".join(known)
