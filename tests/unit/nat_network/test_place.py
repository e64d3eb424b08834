# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done in a namespace is taken back in it, and told with its name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import ClassVar

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import place
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.report import Report
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.undo import Undo


class World:
    """Namespaces of a kernel: which there are, and the way through them."""

    way: ClassVar[list[str]] = []

    def exists(self, name: str) -> bool:
        return name in ("", "blue")

    @contextlib.contextmanager
    def inside(self, name: str) -> Iterator[None]:
        self.way.append(f"into {name}")
        yield
        self.way.append(f"out of {name}")

    def inside_an_empty_one(self) -> contextlib.AbstractContextManager[None]:
        return self.inside("nowhere")

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def way(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(place, "Namespaces", World)
    World.way = []
    return World.way


def test_undo(way: list[str]) -> None:
    undo = Undo()
    undo.add(lambda: way.append("first"))
    with place.inside("blue"):
        undo.add(lambda: way.append("second"))
    assert place.current() == ""
    way.clear()
    assert undo.run() == []
    assert way == ["into blue", "second", "out of blue", "first"]


def test_report() -> None:
    report = Report()
    report.act("set a=1")
    with place.inside("blue"):
        report.act("set a=1")
    assert report.actions == ["set a=1", "set a=1 (namespace blue)"]


def test_one_that_there_is_not(way: list[str]) -> None:
    with pytest.raises(NetdevError, match="no network namespace green"), place.inside("green"):
        pass
    with place.inside("green", coming=True):
        way.append("here")
    assert way == ["into nowhere", "here", "out of nowhere"]
