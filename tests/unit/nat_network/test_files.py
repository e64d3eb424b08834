# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files: written where they differ, in check mode not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.nat_network.files import Files
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.report import Report
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.undo import Undo


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "netdev-linux" / "nat_network" / "lab" / "conf"


def write(path: Path, text: str, check_mode: bool = False) -> Report:
    report = Report()
    changed = Files(report, Undo(), check_mode).write(str(path), text)
    assert changed == report.result()["changed"]
    return report


def test_write(path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert write(path, "a\n").result()["changed"]
    finally:
        os.umask(before)
    assert path.read_text() == "a\n"
    # dnsmasq reads it as another user, whatever the umask was
    assert mode(path) == 0o644
    assert mode(path.parent) == mode(path.parent.parent) == 0o755
    assert [entry.name for entry in path.parent.iterdir()] == ["conf"]


def test_write_again(path: Path) -> None:
    write(path, "a\n")
    inode = path.stat().st_ino
    assert not write(path, "a\n").result()["changed"]
    assert path.stat().st_ino == inode


def test_write_repairs_rights(path: Path) -> None:
    write(path, "a\n")
    path.chmod(0o600)
    assert write(path, "a\n").result()["changed"]
    assert mode(path) == 0o644


def test_diff_is_the_same_in_check_mode(path: Path) -> None:
    write(path, "a\n")
    predicted = write(path, "b\n", check_mode=True).result()
    assert path.read_text() == "a\n"
    assert write(path, "b\n").result() == predicted
    assert predicted["diff"] == [{"before_header": str(path), "after_header": str(path), "before": "a\n", "after": "b\n"}]


def test_check_mode_makes_no_directory(path: Path, tmp_path: Path) -> None:
    assert write(path, "a\n", check_mode=True).result()["changed"]
    assert list(tmp_path.iterdir()) == []


def test_remove(path: Path) -> None:
    write(path, "a\n")
    report = Report()
    assert not Files(report, Undo(), check_mode=True).remove(str(path)) or path.exists()
    assert Files(report, Undo(), check_mode=False).remove(str(path))
    assert not path.exists()
    assert not Files(report, Undo(), check_mode=False).remove(str(path))


def test_remove_directory_leaves_what_others_have(path: Path, tmp_path: Path) -> None:
    write(path, "a\n")
    other = path.parent.parent / "other" / "conf"
    write(other, "a\n")
    report = Report()
    files = Files(report, Undo(), check_mode=False)
    files.remove_directory(str(path.parent))
    assert not path.parent.exists()
    assert other.exists()
    files.remove_directory(str(other.parent))
    # The last one takes the directories along that only we use, up to netdev-linux.
    assert list(tmp_path.iterdir()) == []
    assert report.actions == [f"remove {path.parent}", f"remove {other.parent}"]


def test_remove_directory_in_check_mode(path: Path) -> None:
    write(path, "a\n")
    report = Report()
    Files(report, Undo(), check_mode=True).remove_directory(str(path.parent))
    assert report.actions == [f"remove {path.parent}"]
    assert path.exists()


def test_undo(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("before\n")
    undo = Undo()
    files = Files(Report(), undo, check_mode=False)
    files.write(str(path), "a\n")
    files.write(str(kept), "after\n")
    files.remove(str(kept))
    assert undo.run() == []
    assert kept.read_text() == "before\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]


def test_undo_goes_on_after_a_failure(path: Path) -> None:
    undo = Undo()
    files = Files(Report(), undo, check_mode=False)
    files.write(str(path), "a\n")
    files.write(str(path), "b\n")
    other = path.with_name("other")
    files.write(str(other), "c\n")
    other.unlink()
    (failed,) = undo.run()
    assert str(other) in failed
    assert not path.exists()
