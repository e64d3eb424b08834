# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of files: all of it or nothing, and nothing of others."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.file_set import FileSet
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import files

KIN = "# Ours: "
HEAD = KIN + "lab\n"


def file(name: str, text: str = "one\n", **more: Any) -> dict[str, Any]:
    return {"path": "/etc/%s" % name, "content": HEAD + text, **more}


def apply(root: Path, *wanted: dict[str, Any], check_mode: bool = False, warnings: list[str] | None = None, **more: Any) -> dict[str, Any]:
    (root / "etc").mkdir(exist_ok=True)
    kept: list[str] = [] if warnings is None else warnings
    whole = FileSet(files=list(wanted), head=HEAD, kin=KIN, places=["/etc/*.x"], root=str(root), **more)
    return whole.apply(check_mode, kept.append)


def tree(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((root / "etc").iterdir())}


def test_written_once(tmp_path: Path) -> None:
    predicted = apply(tmp_path, file("a.x"), file("b.x", mode=0o600), check_mode=True)
    assert tree(tmp_path) == {}
    assert apply(tmp_path, file("a.x"), file("b.x", mode=0o600)) == predicted
    assert tree(tmp_path) == {"a.x": HEAD + "one\n", "b.x": HEAD + "one\n"}
    assert stat.S_IMODE((tmp_path / "etc" / "b.x").stat().st_mode) == 0o600
    again = apply(tmp_path, file("a.x"), file("b.x", mode=0o600))
    assert not again["changed"]
    assert again["diff"] == []


def test_what_is_not_wanted_any_more_goes_if_it_is_ours(tmp_path: Path) -> None:
    apply(tmp_path, file("a.x"), file("b.x"), file("kept"))
    (tmp_path / "etc" / "other.x").write_text(KIN + "somebody\n")
    (tmp_path / "etc" / "foreign.x").write_text("iface\n")
    result = apply(tmp_path, file("b.x"))
    assert result["actions"] == ["remove %s/etc/a.x" % tmp_path]
    assert sorted(tree(tmp_path)) == ["b.x", "foreign.x", "kept", "other.x"]


@pytest.mark.parametrize(("text", "adopt", "fits"), [("iface\n", False, "somebody else"), (KIN + "me\n", True, "another owner")])
def test_files_of_others_are_left_alone(tmp_path: Path, text: str, adopt: bool, fits: str) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "b.x").write_text(text)
    with pytest.raises(NetdevError, match=fits):
        apply(tmp_path, file("a.x"), file("b.x"), adopt=adopt)
    assert tree(tmp_path) == {"b.x": text}


def test_adopted_ones_are_kept_beside(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "b.x").write_text("iface\n")
    (backup,) = apply(tmp_path, file("b.x"), adopt=True)["backups"]
    assert Path(backup).read_text() == "iface\n"
    assert Path(backup).name.startswith(".b.x.")
    assert backup.endswith("~")


def test_backup(tmp_path: Path) -> None:
    apply(tmp_path, file("a.x", mode=0o600), file("b.x"))
    assert apply(tmp_path, file("a.x", "two\n"), backup=True, check_mode=True)["backups"] == []
    backups = apply(tmp_path, file("a.x", "two\n", mode=0o600), backup=True)["backups"]
    assert [Path(path).read_text() for path in backups] == [HEAD + "one\n"] * 2
    assert stat.S_IMODE(Path(backups[0]).stat().st_mode) == 0o600


def test_validated_before_anything_is_written(tmp_path: Path) -> None:
    check = ["grep", "-q", "good", "{}"]
    for check_mode in (True, False):
        with pytest.raises(NetdevError, match="grep refuses a file"):
            apply(tmp_path, file("a.x", "good\n"), file("b.x", "bad\n"), check=check, check_mode=check_mode)
        assert tree(tmp_path) == {}
    assert apply(tmp_path, file("a.x", "good\n"), check=check)["changed"]


def test_a_validator_that_is_not_there(tmp_path: Path) -> None:
    warnings: list[str] = []
    apply(tmp_path, file("a.x"), check=["no-such-program-of-ours", "{}"], warnings=warnings)
    assert len(warnings) == 1
    assert "not validated" in warnings[0]


def test_some_are_validated_from_standard_input(tmp_path: Path) -> None:
    check = ["grep", "-q", "good"]
    assert apply(tmp_path, file("a.x", "bad\n"), file("b.y", "good\n"), check=check, check_of="*.y")["changed"]
    with pytest.raises(NetdevError, match="grep refuses a file"):
        apply(tmp_path, file("c.y", "bad\n"), check=check, check_of="*.y")


def test_a_validator_that_is_too_old(tmp_path: Path) -> None:
    warnings: list[str] = []
    assert apply(tmp_path, file("a.x"), check=["grep", "--no-such-option"], check_usage=2, warnings=warnings)["changed"]
    assert warnings == ["This grep is too old to validate the files."]
    with pytest.raises(NetdevError, match="grep refuses a file"):
        apply(tmp_path, file("b.x", "bad\n"), check=["grep", "-q", "good"], check_usage=2)


@pytest.mark.parametrize("step", range(5))
def test_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Two copies are kept, two files written, one is removed; each of these fails once."""
    apply(tmp_path, file("a.x"), file("old.x"))
    before = tree(tmp_path)
    count = iter(range(100))

    def failing(function: Any) -> Any:
        def call(*arguments: Any) -> None:
            if next(count) == step:
                raise OSError("no space left")
            function(*arguments)

        return call

    monkeypatch.setattr(os, "replace", failing(os.replace))
    monkeypatch.setattr(files.Files, "remove", failing(files.Files.remove))
    with pytest.raises(NetdevError, match=r"no space left\. What it had written is put back"):
        apply(tmp_path, file("a.x", "two\n"), file("new.x"), backup=True)
    assert tree(tmp_path) == before


def test_what_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "folder").write_text("")
    with pytest.raises(NetdevError, match="Not a directory"):
        apply(tmp_path, file("folder/b.x"))


def test_whether_anybody_reads_them(tmp_path: Path) -> None:
    read_by = {"path": "/etc/interfaces", "pattern": "^source ", "line": "source x"}
    warnings: list[str] = []
    apply(tmp_path, file("a.x"), read_by=read_by, warnings=warnings)
    assert warnings == ["/etc/interfaces does not read these files; it needs a line such as: source x"]
    (tmp_path / "etc" / "interfaces").write_text("auto lo\nsource /etc/x/*\n")
    apply(tmp_path, file("a.x"), read_by=read_by, warnings=warnings)
    assert len(warnings) == 1
