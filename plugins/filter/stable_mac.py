# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.text.converters import to_text

from ansible_collections.netdev.linux.plugins.module_utils.naming import stable_mac


def _filter(value: Any, prefix: str = "52:54:00") -> str:
    try:
        return stable_mac(to_text(value), to_text(prefix))
    except ValueError as error:
        raise AnsibleFilterError(f"stable_mac: {error}") from None


class FilterModule:
    """The filter ``netdev.linux.stable_mac``."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"stable_mac": _filter}
