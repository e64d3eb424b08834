# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: what to do when a later step fails."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import place


class Undo:
    """Each step takes back one thing that was done, in the namespace where it was done, the last one first."""

    def __init__(self) -> None:
        self._steps: list[tuple[str, Callable[[], object]]] = []

    def add(self, step: Callable[[], object]) -> None:
        self._steps.append((place.current(), step))

    def run(self) -> list[str]:
        """Take everything back, as far as that works; the answer says what did not."""
        failed = []
        while self._steps:
            where, step = self._steps.pop()
            try:
                with place.inside(where):
                    step()
            except (NetdevError, OSError) as error:
                failed.append(str(error))
        return failed
