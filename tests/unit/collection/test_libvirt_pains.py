# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of what libvirt's users suffer from: the tests that it names are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
ROWS = [line.strip("|\n ").split(" | ") for line in (TOP / "docs" / "libvirt-pains.md").read_text().splitlines() if line.startswith("| ")]
HEAD = ["with libvirt", "with the role", "test"]
TESTS = [test for row in ROWS if row != HEAD for test in row[2].split("<br>")]


def exists(path: str, name: str) -> bool:
    """A function of Python; a task, or the case of a loop, of YAML."""
    text = (TOP / path).read_text()
    forms = [rf"^def {name}\(" if path.endswith(".py") else rf"\b(name|what): {re.escape(name)}(?=[,\n])"]
    return any(re.search(form, text, re.MULTILINE) for form in forms)


def test_every_pain_has_a_test() -> None:
    assert len(ROWS) > 20
    assert all(len(row) == len(HEAD) and all(row) for row in ROWS)


@pytest.mark.parametrize("test", TESTS)
def test_it_is_there(test: str) -> None:
    match = re.fullmatch(r"`(tests/[^`]+)`: (.+)", test)
    assert match
    assert exists(*match.groups())


def test_one_that_is_not() -> None:
    assert not exists("tests/integration/targets/nat_network/tasks/refuse.yml", "Refus")
    assert not exists("tests/unit/nat_network/test_preflight.py", "test_over")
