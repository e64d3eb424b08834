# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput
from ansible_collections.netdev.linux.plugins.plugin_utils import libvirt_writer, libvirt_xml

FORMS = ("network", "bridge")


def _filter(value: Any, unsupported: str = "error", form: str = "network") -> str:
    for name, given, allowed in (("unsupported", unsupported, ("error", "warn")), ("form", form, FORMS)):
        if given not in allowed:
            raise AnsibleFilterError(f"to_libvirt_xml: {name} is {given!r}, allowed are {' and '.join(allowed)}")
    if not isinstance(value, Mapping):
        raise AnsibleFilterError(f"to_libvirt_xml: takes one network, which is a dictionary, not {type(value).__name__}")

    def warn(text: str) -> None:
        Display().warning(f"to_libvirt_xml: left out {text}")

    try:
        if form == "bridge":
            return libvirt_writer.bridge(dict(value))
        return libvirt_writer.convert(dict(value), warn if unsupported == "warn" else None)
    except (libvirt_xml.Refused, InvalidInput) as error:
        raise AnsibleFilterError(f"to_libvirt_xml: {error}") from None


class FilterModule:
    """The filter ``netdev.linux.to_libvirt_xml``."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"to_libvirt_xml": _filter}
