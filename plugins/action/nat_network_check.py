# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates on the controller, so that a mistake costs nothing; then the module does the rest on the host."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import validate


class ActionModule(ActionBase):
    """Action plugin of the module of the same name."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            validate.definitions(self._task.args.get("networks"))
        except InvalidInput as error:
            raise AnsibleActionFail(str(error)) from None
        result.update(self._execute_module(task_vars=task_vars))
        return result
