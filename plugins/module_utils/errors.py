# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as exceptions whose text is meant for the reader of a failed task."""

from __future__ import annotations

import typing as t


def did_you_mean(word: str, known: t.Iterable[str], stem: str = "") -> str:
    """``, did you mean X?`` where one of the known is close to a word, else nothing. ``stem`` stands before all of them."""
    import difflib  # noqa: PLC0415  # most tasks have nothing to mend

    close = difflib.get_close_matches(word, known, n=1)
    return ", did you mean %s%s?" % (stem, close[0]) if close else ""


class NetdevError(Exception):
    """A task can't be carried out; the text says why and, where known, what to do.

    ``details`` go into the module's result beside ``msg``.
    """

    def __init__(self, message: str, **details: t.Any) -> None:
        super().__init__(message)
        self.details = details


class InvalidInput(NetdevError):
    """The options are wrong. Holds every problem found, each with the path of the value."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        lines = ["%s: %s" % problem if problem[0] else problem[1] for problem in problems]
        text = lines[0] if len(lines) == 1 else "%d problems:\n%s" % (len(lines), "\n".join("  " + line for line in lines))
        super().__init__(text, problems=[{"path": path, "message": message} for path, message in problems])


class CannotPlan(NetdevError):
    """The wanted state is well-formed, but can't be reached from the observed one as asked."""


class HeldDevice(CannotPlan):
    """A tun/tap device is held open by a process. The driver layer knows by which, see :mod:`.device`."""

    def __init__(self, netns: str, name: str, message: str) -> None:
        super().__init__(message)
        self.netns = netns
        self.name = name


class KernelRefused(NetdevError):
    """The kernel answered a request with an error number.

    ``errno`` is positive, ``text`` the extended acknowledgement (NLMSGERR_ATTR_MSG) or else the number's usual text,
    ``offset`` where in the message the attribute stands that it does not like (NLMSGERR_ATTR_OFFS), 0 if it did not say.
    """

    def __init__(self, errno: int, text: str, offset: int = 0) -> None:
        self.errno = errno
        self.text = text
        self.offset = offset
        super().__init__(text)
