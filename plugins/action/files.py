# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders on the controller, so that a mistake costs nothing; then the module writes all files of the host in one go."""

from __future__ import annotations

import json
import shlex
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import drift, formats


class ActionModule(ActionBase):
    """Action plugin of the module of the same name."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        # Plain data, as the module would get it.
        order = json.loads(json.dumps(arguments.pop("render", None), default=str))
        warnings: list[str] = []
        if order:
            try:
                format_name = self._format(order, arguments)
                rendered, warnings = formats.order(order, format_name)
            except NetdevError as error:
                return {**result, "failed": True, "msg": str(error), **error.details}
            arguments.update(rendered)
            result["format"] = format_name
        result.update(self._execute_module(module_args=arguments, task_vars=task_vars))
        if order and not result.get("failed"):
            result.update(drift.of(arguments["files"], result.get("diff", []), format_name, arguments.get("root", "/")))
        result["warnings"] = [*warnings, *result.get("warnings", [])]
        return result

    def _format(self, order: dict[str, Any], arguments: dict[str, Any]) -> str:
        """The format asked for, or that of the network service that runs on the host."""
        name = order.get("format", formats.AUTO)
        if name != formats.AUTO:
            return formats.named(str(name), str(order.get("ifcfg_reader") or ""))
        if arguments.get("root", "/") != "/":
            raise NetdevError("persist_format: in an image nothing runs that would tell; name one of: %s" % ", ".join(formats.CALLED))
        command = "%s /bin/sh -c %s" % (self._compute_environment_string(), shlex.quote(formats.PROBE))
        answer = self._low_level_execute_command(command.strip())
        return formats.of_the_host(answer.get("stdout", "").split())
