# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters stable_mac and ifname, as templates use them."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.netdev.linux.plugins.filter import ifname, stable_mac

MAC = stable_mac.FilterModule().filters()["stable_mac"]
IFNAME = ifname.FilterModule().filters()["ifname"]


def test_mac() -> None:
    assert MAC("default") == "52:54:00:37:a8:ee"
    assert MAC(42) == MAC("42")


def test_mac_error_names_the_filter() -> None:
    with pytest.raises(AnsibleFilterError, match="stable_mac: prefix"):
        MAC("default", "01")


def test_ifname() -> None:
    assert IFNAME("tap-database-of-the-shop") == "tap-data-56574c"
    assert IFNAME("br0", "9") == "br0"


def test_ifname_error_names_the_filter() -> None:
    with pytest.raises(AnsibleFilterError, match="ifname: the name is empty"):
        IFNAME("")


@pytest.mark.parametrize("name", ["all", "default"])
def test_ifname_is_none_that_sysctls_have(name: str) -> None:
    """The kernel refuses these; the modules do too."""
    assert IFNAME(name).startswith(name + "-")
