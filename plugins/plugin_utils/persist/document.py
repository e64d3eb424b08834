# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that is to be rendered."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Document:
    """``data`` is what the template gets, which is in the format's folder or in ``common``."""

    path: str
    template: str
    data: dict[str, t.Any]
    mode: int = 0o644
    interpreter: str = ""  # the line above our head, of a script
