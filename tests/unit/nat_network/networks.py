# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions of networks for the tests, as a playbook would have them."""

from __future__ import annotations

from typing import Any

from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import model, validate


def network(definition: dict[str, Any]) -> model.Network:
    """The one network of a definition."""
    (only,) = validate.definitions([definition]).present
    return only


def problems(networks: Any) -> dict[str, str]:
    """What is wrong with definitions, by path."""
    try:
        validate.definitions(networks)
    except InvalidInput as error:
        return {path.replace("nat_network_networks", "", 1): text for path, text in error.problems}
    return {}
