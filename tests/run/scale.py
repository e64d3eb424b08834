# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many devices: that the benchmark runs at all. Its figures are a command of their own (make bench)."""

from __future__ import annotations

import sys

from session import SANDBOX, Session


def run(session: Session) -> None:
    """Run the small versions."""
    if session.wants("benchmark smoke"):
        session.check("benchmark smoke", session.kernel, [SANDBOX, sys.executable, "tests/benchmarks/bench.py", "--smoke"])
