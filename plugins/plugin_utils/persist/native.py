# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the formats with words of their own share: which links they can describe, and how options become lines of an INI file.

A format describes a link by its own words where it has one for everything that the link shall have, and where what the link is
on top of, or plugged into, is described too. All others are made by commands at boot: :mod:`.units`.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils.model import HERE, Link, Where
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.intent import Part

# Names that no format takes for a pattern, a list or a specifier.
PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")

T = t.TypeVar("T")


class CanNotSay(Exception):
    """A format has no words for something. What it is about is done by commands then."""


@dataclasses.dataclass(frozen=True)
class Word:
    """How a format says an option: the section and key, and the text for a value as a task would write it."""

    section: str
    key: str
    write: t.Callable[[t.Any], str] = str


@dataclasses.dataclass
class Section:
    """A section of an INI file."""

    name: str
    lines: list[tuple[str, str]] = dataclasses.field(default_factory=list)


Words = t.Mapping[str, Word]


def words(section: str, **words_: t.Any) -> dict[str, Word]:
    """Words of one section: for each option the key, or the key and what makes the text."""
    return {option: Word(section, *((word,) if isinstance(word, str) else word)) for option, word in words_.items()}


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


def unequal(nothing: t.Any, write: t.Callable[[t.Any], str] = str) -> t.Callable[[t.Any], str]:
    """For what a format takes as "not said" when it is ``nothing``."""

    def written(value: t.Any) -> str:
        if value == nothing:
            raise CanNotSay
        return write(value)

    return written


def one_of(words: t.Mapping[t.Any, str]) -> t.Callable[[t.Any], str]:
    """For what a format has other words for, and not for everything."""

    def written(value: t.Any) -> str:
        if value not in words:
            raise CanNotSay
        return words[value]

    return written


def plain(value: str) -> str:
    """A name."""
    if not PLAIN.fullmatch(value):
        raise CanNotSay
    return value


def say(words: Words, attributes: t.Mapping[str, kinds.Attribute], values: t.Mapping[str, t.Any]) -> list[tuple[str, str, str]]:
    """Section, key and text of each value. Raises CanNotSay where there is no word for one."""
    said = []
    for name, value in values.items():
        if name not in words:
            raise CanNotSay
        word = words[name]
        said.append((word.section, word.key, word.write(attributes[name].type.show(value))))
    return said


def sections(said: t.Iterable[tuple[str, str, str]]) -> list[Section]:
    """Each section once, in the order of its first line."""
    found: dict[str, Section] = {}
    for name, key, text in said:
        found.setdefault(name, Section(name)).lines.append((key, text))
    return list(found.values())


class Stack:
    """What a format describes, and how it hangs together."""

    def __init__(self, parts: t.Iterable[Part]) -> None:
        self.parts = list(parts)
        self.links = {end.where: end for part in self.parts for end in part.ends}
        self._listed = {port: link for link in self.links.values() for port in link.ports or []}

    def master(self, link: Link) -> Link | None:
        """What it is plugged into. Raises CanNotSay if that is not described."""
        if link.name in self._listed:
            return self._listed[link.name]
        name = link.common.get("master")
        return self._find((HERE, name)) if name else None

    def parent(self, link: Link) -> Link | None:
        """What it is on top of. Raises CanNotSay if that is not described."""
        return self._find(link.wanted_parent) if link.parent else None

    def ports(self, link: Link) -> list[Link]:
        return [other for other in self.links.values() if other is not link and self.master(other) is link]

    def on_top(self, link: Link) -> list[Link]:
        return [other for other in self.links.values() if other.parent and other.wanted_parent == link.where]

    def _find(self, where: Where) -> Link:
        if where not in self.links:
            raise CanNotSay
        return self.links[where]


def split(parts: list[Part], describe: t.Callable[[Part, Stack], T]) -> tuple[list[T], list[Part]]:
    """The descriptions of the parts that can be described, and the other parts."""
    commanded: set[Where] = set()
    while True:
        stack = Stack(part for part in parts if part.where not in commanded)
        said, refused = [], set()
        for part in stack.parts:
            try:
                _check(part, stack)
                said.append(describe(part, stack))
            except CanNotSay:
                refused.add(part.where)
        if not refused:
            return said, [part for part in parts if part.where in commanded]
        commanded |= refused


def _check(part: Part, stack: Stack) -> None:
    """What no format describes: namespaces and what is in them, the loopback device, links of which nothing but a route is known."""
    if part.link is None or part.unrouted or part.where[1] == "lo" or not part.link.path:
        raise CanNotSay
    for end in part.ends:
        if end.netns != HERE or not PLAIN.fullmatch(end.name) or end.fdb:
            raise CanNotSay
        stack.master(end)
        stack.parent(end)
        if any((HERE, port) not in stack.links for port in end.ports or []):
            raise CanNotSay


def escaped(text: str, keep: str, by: str = ":%02x") -> str:
    """A text in which every byte is written as a number that is neither a letter, a digit nor in ``keep``. Units can have a colon."""
    kept = keep.encode()
    return "".join(chr(byte) if (chr(byte).isalnum() and byte < 0x80) or byte in kept else by % byte for byte in text.encode())


def file_stem(owner: str, name: str) -> str:
    """What the name of a file about a link has. Owners have no dash in it, so that no two pairs of owner and name give the same."""
    return "netdev-%s-%s" % (escaped(owner, "_"), escaped(name, "_.-"))
