# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's own resolver: what resolvectl says of a link, and a host without it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import process, reconcile, resolved, services
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network

LAB = {
    "name": "lab",
    "domain": {"name": "lab.example", "local_only": True, "register": True},
    "ips": [{"address": "192.0.2.1/24"}, {"address": "2001:db8::1/64"}],
}


@pytest.mark.parametrize(
    ("dns", "domain", "knows"),
    [
        ("Link 7 (virbr0): 192.0.2.1\n", "Link 7 (virbr0): ~lab.example\n", True),
        ("Link 7 (virbr0):\n", "Link 7 (virbr0):\n", False),
        ("Link 7 (virbr0): 192.0.2.1 192.0.2.2\n", "Link 7 (virbr0): ~lab.example\n", False),
        ("Link 7 (virbr0): 192.0.2.1\n", "Link 7 (virbr0): lab.example\n", False),
    ],
)
def test_knows(monkeypatch: pytest.MonkeyPatch, dns: str, domain: str, knows: bool) -> None:
    said = {"dns": dns, "domain": domain}
    monkeypatch.setattr(process, "run", lambda command: (0, said[command[1]], ""))
    assert resolved.knows("virbr0", "lab.example", "192.0.2.1") is knows


def test_a_bridge_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "run", lambda command: (1, "", 'Failed to resolve interface "virbr0": No such device'))
    assert not resolved.knows("virbr0", "lab.example", "192.0.2.1")


def test_the_first_address_is_asked() -> None:
    assert services.render(network(LAB)).registered == ["lab.example", "192.0.2.1"]
    assert services.render(network({**LAB, "domain": {"name": "lab.example"}})).registered == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_host_without_it(monkeypatch: pytest.MonkeyPatch, check_mode: bool) -> None:
    monkeypatch.setattr(resolved, "runs", lambda: False)
    reconciler: Any = reconcile.Reconciler(check_mode)
    if check_mode:
        reconciler._resolver([services.render(network(LAB))])
        assert "systemd-resolved does not run" in reconciler.report.warnings[0]
    else:
        with pytest.raises(NetdevError, match="systemd-resolved does not run"):
            reconciler._resolver([services.render(network(LAB))])
