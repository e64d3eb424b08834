# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.text.converters import to_text

from ansible_collections.netdev.linux.plugins.module_utils.naming import ifname


def _filter(value: Any, size: int = 15) -> str:
    try:
        return ifname(to_text(value), int(size))
    except ValueError as error:
        raise AnsibleFilterError(f"ifname: {error}") from None


class FilterModule:
    """The filter ``netdev.linux.ifname``."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"ifname": _filter}
