# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ran where, and how it went."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

# How much of a failure's output is shown; all of it is in tests/output.
LINES = 60
WIDTH = 300
# And once more at the end, where whoever sees the end only sees it: the last lines that look like a reason.
REASONS = 3
_REASON = re.compile(r"error|fail|fatal|refuse|wrong|assert|not |can't|cannot|missing", re.IGNORECASE)


@dataclass
class Row:
    """One thing that ran in one place. A test program that counts for itself reports its own numbers."""

    target: str
    where: str
    passed: int
    failed: int
    seconds: float
    note: str = ""

    @property
    def result(self) -> str:
        """The result in words."""
        verdict = "FAILED" if self.failed else "passed"
        counts = ""
        if self.passed + self.failed > 1:
            counts = f" {self.failed} of {self.passed + self.failed}" if self.failed else f" {self.passed}"
        return verdict + counts + (f" ({self.note})" if self.note else "")


@dataclass
class Report:
    """All rows of a run. Steps in several threads may add to it."""

    rows: list[Row] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    _failures: dict[str, list[Row]] = field(default_factory=dict)  # by output
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, row: Row, output: str = "") -> None:
        """Take in a row and show it, with the end of its output when it failed."""
        with self._lock:
            self.rows.append(row)
            print(f"  {row.target:24} {row.where:44} {row.result:24} {row.seconds:7.1f} s", flush=True)
            if row.failed:
                self._failures.setdefault(output, []).append(row)
            if row.failed and output:
                lines = output.rstrip().splitlines()[-LINES:]
                print("\n".join(f"    | {line if len(line) <= WIDTH else line[:WIDTH] + ' ...'}" for line in lines), flush=True)

    @property
    def passed(self) -> int:
        """How much passed."""
        return sum(row.passed for row in self.rows)

    @property
    def failed(self) -> int:
        """How much failed."""
        return sum(row.failed for row in self.rows)

    def ran(self) -> set[str]:
        """Return the names of what ran somewhere."""
        return {row.target for row in self.rows}

    def show(self, seconds: float) -> None:
        """Print the table and the closing line."""
        print("\nWhat ran where:\n")
        header = ("target", "where", "result", "seconds")
        body = [(row.target, row.where, row.result, f"{row.seconds:.1f}") for row in self.rows]
        widths = [max(len(line[column]) for line in [header, *body]) for column in range(len(header))]
        for line in [header, tuple("-" * width for width in widths), *body]:
            _print_columns(line, widths)
        for gap in self.gaps:
            print(f"Not tried on this machine: {gap}")
        for output, rows in self._failures.items():
            print("\nFailed: " + "; ".join(f"{row.target} ({row.where})" for row in rows))
            lines = [line.strip() for line in output.splitlines() if _REASON.search(line)]
            print("\n".join(f"    | {line[:WIDTH]}" for line in lines[-REASONS:]))
        print(f"\nWhole run: {seconds:.0f} s\n")
        print(f"{self.passed} passed, {self.failed} failed")
        sys.stdout.flush()


def _print_columns(line: Iterable[str], widths: list[int]) -> None:
    """Print a line of the table, its last column to the right."""
    *cells, last = zip(line, widths)
    print("  ".join([*(cell.ljust(width) for cell, width in cells), last[0].rjust(last[1])]))
