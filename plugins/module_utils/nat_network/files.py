# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small text files, each replaced in one step, so that no reader ever sees half of one."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile

from ansible_collections.netdev.linux.plugins.module_utils.nat_network.report import Report
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.undo import Undo

HEADER = "# Written by the role netdev.linux.nat_network for network %s. Changes are overwritten.\n"
FILE_MODE = 0o644  # dnsmasq reads them again as its own user
DIRECTORY_MODE = 0o755


def read(path: str) -> str | None:
    """The text of a file, or None if there is none."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def read_line(path: str) -> str:
    """The one line of a file; empty if there is none."""
    return (read(path) or "").strip()


def replace(path: str, text: str, mode: int = FILE_MODE) -> None:
    """Write a file, and what is missing of the directories above it."""
    make_directory(os.path.dirname(path))
    descriptor, temporary = tempfile.mkstemp(prefix=".", dir=os.path.dirname(path))
    try:
        with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)
            os.fchmod(descriptor, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def make_directory(path: str) -> None:
    """A directory that others may enter, whatever the umask says."""
    if not os.path.isdir(path):
        make_directory(os.path.dirname(path))
        os.mkdir(path)
        os.chmod(path, DIRECTORY_MODE)


class Files:
    """Changes files and reports it; in check mode only the latter."""

    def __init__(self, report: Report, undo: Undo, check_mode: bool) -> None:
        self.report = report
        self.undo = undo
        self.check_mode = check_mode

    def differs(self, path: str, text: str, mode: int = FILE_MODE) -> bool:
        """Whether the file has another text, or rights that are not ours."""
        if read(path) != text:
            return True
        status = os.stat(path)
        return stat.S_IMODE(status.st_mode) != mode or status.st_uid != os.geteuid()

    def write(self, path: str, text: str, mode: int = FILE_MODE) -> bool:
        """Make the file have this text. True if it had not."""
        if not self.differs(path, text, mode):
            return False
        before = read(path)
        rights = None if before is None else stat.S_IMODE(os.stat(path).st_mode)
        self.report.change(f"write {path}", path, before or "", text)
        if not self.check_mode:
            replace(path, text, mode)
            self.undo.add(lambda: _delete(path) if before is None else replace(path, before, rights or mode))
        return True

    def remove(self, path: str) -> bool:
        """Make the file not be there. True if it was."""
        before = read(path)
        if before is None:
            return False
        rights = stat.S_IMODE(os.stat(path).st_mode)
        self.report.change(f"remove {path}", path, before, "")
        if not self.check_mode:
            os.unlink(path)
            self.undo.add(lambda: replace(path, before, rights))
        return True

    def remove_directory(self, path: str) -> None:
        """A directory of ours with everything in it, then those above that are empty, up to netdev-linux."""
        if os.path.isdir(path):
            self.report.act(f"remove {path}")
            if not self.check_mode:
                shutil.rmtree(path)
        if not self.check_mode:
            _prune(os.path.dirname(path))


def _delete(path: str) -> None:
    os.unlink(path)
    _prune(os.path.dirname(path))


def _prune(path: str) -> None:
    # Others may use them as well, and in a sandbox they may be mount points: then they stay.
    with contextlib.suppress(OSError):
        while "netdev-linux" in path.split(os.sep):
            os.rmdir(path)
            path = os.path.dirname(path)
