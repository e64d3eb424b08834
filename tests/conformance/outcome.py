# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of comparing one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """``verdict`` is what happened, ``ok`` whether that is right."""

    verdict: str  # passed, failed or refused
    ok: bool
    text: str = ""  # on the same line
    details: str = ""  # below it


@dataclass(frozen=True)
class Case:
    """One file of the folder."""

    name: str
    run: Callable[[], Outcome]


Suite = Callable[[Path], Iterator[Case]]


def passed(text: str = "") -> Outcome:
    """It is as libvirt has it."""
    return Outcome("passed", True, text)


def failed(text: str, details: str = "") -> Outcome:
    """It is not."""
    return Outcome("failed", False, text, details)
