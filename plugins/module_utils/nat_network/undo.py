# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back: what to do when a later step fails."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError


class Undo:
    """Each step takes back one thing that was done. The last that was done is the first that is taken back."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], object]] = []

    def add(self, step: Callable[[], object]) -> None:
        self._steps.append(step)

    def run(self) -> list[str]:
        """Take everything back, as far as that works; the answer says what did not."""
        failed = []
        while self._steps:
            try:
                self._steps.pop()()
            except (NetdevError, OSError) as error:
                failed.append(str(error))
        return failed
