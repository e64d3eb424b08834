# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and addresses derived from names."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdev.linux.plugins.module_utils.naming import ifname, stable_mac


def test_mac_never_changes() -> None:
    """Bridges that were made with an earlier release must keep their addresses."""
    assert stable_mac("default") == "52:54:00:37:a8:ee"
    assert stable_mac("default") == "52:54:00:" + hashlib.sha256(b"default").digest()[:3].hex(":")


def test_mac_has_the_prefix() -> None:
    assert stable_mac("web", "02:00") == "02:00:4b:5e:57:f6"
    assert stable_mac("web", "02-AA-00-00-00").startswith("02:aa:00:00:00:")


@pytest.mark.parametrize("prefix", ["", "5", "52:54:0", "52:54:00:00:00:00", "01:00:5e", "zz", "52 54"])
def test_mac_refuses_prefix(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        stable_mac("web", prefix)


def test_mac_refuses_empty_name() -> None:
    with pytest.raises(ValueError, match="empty"):
        stable_mac("")


@given(st.text(min_size=1))
def test_mac_is_unicast(name: str) -> None:
    mac = stable_mac(name, "02")
    assert re.fullmatch(r"02(:[0-9a-f]{2}){5}", mac)


@pytest.mark.parametrize("name", ["br0", "virbr-default", "a", "fifteen-bytes-x", "eth0.100", "ä" * 7])
def test_ifname_leaves_good_names(name: str) -> None:
    assert ifname(name) == name


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("tap-database-of-the-shop", "tap-data"),
        ("a b", "a-b"),
        ("a%d", "a-d"),
        ("eth0:1", "eth0-1"),
        ("..", "if"),
        ("-x", "x"),
        ("///", "if"),
        ("ä" * 20, "ääää"),
    ],
)
def test_ifname_makes_good_names(name: str, stem: str) -> None:
    made = ifname(name)
    assert made == f"{stem}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    assert len(made.encode()) <= 15


def test_ifname_keeps_names_apart() -> None:
    assert ifname("virbr-customer-alpha") != ifname("virbr-customer-beta")


def test_ifname_leaves_room() -> None:
    assert len(ifname("virbr-customer-alpha", 11)) == 11


@pytest.mark.parametrize(("name", "size"), [("", 15), ("br0", 8), ("br0", 16)])
def test_ifname_refuses(name: str, size: int) -> None:
    with pytest.raises(ValueError, match=r"empty|not from 9 to 15"):
        ifname(name, size)


@given(st.text(min_size=1), st.integers(9, 15))
def test_ifname_is_valid(name: str, size: int) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    made = ifname(name, size)
    # dev_valid_name() of the kernel, and what commands would take for an option
    assert 1 <= len(made.encode()) <= size
    assert made not in (".", "..")
    assert not re.search(r"[/:%\s]", made)
    assert ifname(made, size) == made
