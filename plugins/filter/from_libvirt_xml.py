# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.text.converters import to_text
from ansible.utils.display import Display

from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import validate
from ansible_collections.netdev.linux.plugins.plugin_utils import libvirt_xml


def _filter(value: Any, unsupported: str = "error") -> dict[str, Any]:
    if unsupported not in ("error", "warn"):
        raise AnsibleFilterError(f"from_libvirt_xml: unsupported is {unsupported!r}, allowed are error and warn")

    def warn(text: str) -> None:
        Display().warning(f"from_libvirt_xml: left out {text}")

    try:
        network = libvirt_xml.convert(to_text(value), warn if unsupported == "warn" else None)
        # What libvirt refuses, the role does too; better here, where the XML is, than later.
        validate.definitions([network], "network")
    except libvirt_xml.Refused as error:
        raise AnsibleFilterError(f"from_libvirt_xml: {error}") from None
    except InvalidInput as error:
        raise AnsibleFilterError(f"from_libvirt_xml: {error}") from None
    return network


class FilterModule:
    """The filter ``netdev.linux.from_libvirt_xml``."""

    def filters(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {"from_libvirt_xml": _filter}
