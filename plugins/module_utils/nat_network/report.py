# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was done, or in check mode would be: the same words in both."""

from __future__ import annotations

import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import place


class Report:
    def __init__(self) -> None:
        self.actions: list[str] = []
        self.diff: list[dict[str, str]] = []
        self.warnings: list[str] = []

    def act(self, text: str) -> None:
        """Something changes. What is in a namespace of its own is called what others may be called."""
        self.actions.append(f"{text} (namespace {place.current()})" if place.current() else text)

    def change(self, text: str, subject: str, before: str, after: str) -> None:
        """The text of something changes."""
        self.act(text)
        self.diff.append({"before_header": subject, "after_header": subject, "before": before, "after": after})

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def result(self) -> dict[str, t.Any]:
        return {"changed": bool(self.actions), "actions": self.actions, "diff": self.diff}
