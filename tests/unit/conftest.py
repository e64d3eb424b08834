# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the work tree importable as the collection, wherever it lies."""

from __future__ import annotations

import sys
import types
from pathlib import Path

from hypothesis import settings

TOP = Path(__file__).resolve().parents[2]


def _stand_in(name: str, path: list[str]) -> None:
    """Register a package that has no file of its own."""
    package = types.ModuleType(name)
    package.__path__ = path
    sys.modules.setdefault(name, package)


_stand_in("ansible_collections", [])
_stand_in("ansible_collections.netdev", [])
_stand_in("ansible_collections.netdev.linux", [str(TOP)])

# The same examples on every run: whether a change passes shall not be a matter of luck, nor of how busy the machine is.
settings.register_profile("reproducible", derandomize=True, deadline=None, database=None)
settings.load_profile("reproducible")
