# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both halves of the demo use: printing, running commands, and checking what is claimed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WIDTH = 100
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


class DemoError(Exception):
    """Something is not as the demo says it is."""

    def __init__(self, claim: str, found: object = "") -> None:
        super().__init__(claim)
        self.found = str(found).strip()


class Checks:
    """Everything that was claimed and found true."""

    done = 0

    @classmethod
    def that(cls, truth: object, claim: str, found: object = "") -> None:
        """Stop the demo unless the claim is true."""
        if not truth:
            raise DemoError(claim, found)
        cls.done += 1


def heading(text: str, note: str = "") -> None:
    """Open a chapter; the note stands at the right margin."""
    line = text + (note.rjust(WIDTH - len(text)) if note else "")
    print("\n" + (f"\x1b[1m{line}\x1b[0m" if COLOUR else line), flush=True)


def say(text: str = "", indent: int = 3) -> None:
    """Print lines below a heading."""
    for line in text.splitlines() or [""]:
        print((" " * indent + line).rstrip(), flush=True)


def table(rows: Sequence[Sequence[str]], indent: int = 3) -> None:
    """Print columns, as wide as they have to be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)), indent)


def output(*command: str | Path, timeout: float = 30) -> str:
    """Run a command that has to succeed, and return what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode:
        raise DemoError(f"{' '.join(map(str, command))}: exit status {done.returncode}", done.stdout + done.stderr)
    return done.stdout


def output_json(*command: str) -> Any:
    """Run a command that prints JSON; nothing at all is an empty list (iproute2's habit)."""
    return json.loads(output(*command) or "[]")
