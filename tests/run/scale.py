# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many devices: small versions of what is a command of its own, because it takes minutes (make bench, make soak)."""

from __future__ import annotations

import sys

from session import SANDBOX, Session


def run(session: Session) -> None:
    """Run the small versions."""
    for name, program in (("benchmark", "bench.py"), ("soak", "soak.py")):
        if session.wants(f"{name} smoke"):
            session.check(f"{name} smoke", session.kernel, [SANDBOX, sys.executable, f"tests/benchmarks/{program}", "--smoke"])
