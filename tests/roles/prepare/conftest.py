# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import roots


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix", action="store_true", help="every Debian release and every way to get pyroute2 (minutes)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "matrix: runs only with --matrix")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselected, not skipped: the count at the end says that they did not run."""
    if config.getoption("--matrix"):
        return
    kept = [item for item in items if not item.get_closest_marker("matrix")]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture(scope="session")
def mounts() -> None:
    roots.private_mounts()


@pytest.fixture
def host_of(mounts: None, tmp_path: Path) -> Iterator[Callable[[str], roots.Managed]]:
    """Make the host of a test from the name of a Debian release."""
    with contextlib.ExitStack() as stack:
        yield lambda suite: stack.enter_context(roots.managed(suite, tmp_path))
