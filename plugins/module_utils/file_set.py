# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of text files that is written as a whole or not at all."""

from __future__ import annotations

import dataclasses
import fnmatch
import glob
import os
import re
import stat
import tempfile
import time
import typing as t
from collections.abc import Iterable

from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput, NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import process
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.files import FILE_MODE, Files, read, replace
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.report import Report
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.undo import Undo


@dataclasses.dataclass
class FileSet:
    """The options of module files, whose documentation describes them. Paths are those of the host whose root is ``root``."""

    files: list[dict[str, t.Any]]
    head: str = ""
    kin: str = ""
    places: list[str] = dataclasses.field(default_factory=list)
    check: list[str] = dataclasses.field(default_factory=list)
    check_of: str = "*"
    check_usage: int | None = None
    read_by: dict[str, str] | None = None
    root: str = "/"
    backup: bool = False
    adopt: bool = False

    def apply(self, check_mode: bool, warn: t.Callable[[str], None]) -> dict[str, t.Any]:
        """Validate, write, remove what is not wanted any more. Raises NetdevError, and then everything is as it was."""
        undo = Undo()
        try:
            return self._apply(Files(Report(), undo, check_mode), warn)
        except OSError as error:
            failed = undo.run()
            outcome = "Put back, but for: %s" % "; ".join(failed) if failed else "What it had written is put back"
            raise NetdevError("%s. %s." % (error, outcome)) from error

    def _apply(self, files: Files, warn: t.Callable[[str], None]) -> dict[str, t.Any]:
        wanted = {self._below_root(each["path"]): each for each in self.files}
        self._refuse_those_of_others(wanted)
        changed = [path for path, each in wanted.items() if files.differs(path, each["content"], _mode(each))]
        gone = self._left_over(wanted)
        self._validate([wanted[path]["content"] for path in changed if fnmatch.fnmatch(path, self.check_of)], warn)
        backups = [] if files.check_mode else [copy for path in [*changed, *gone] for copy in self._keep(path, files.undo)]
        for path in changed:
            files.write(path, wanted[path]["content"], _mode(wanted[path]))
        for path in gone:
            files.remove(path)
        if wanted:
            self._look_who_reads(warn)
        return {**files.report.result(), "files": sorted(wanted), "backups": backups}

    def _below_root(self, path: str) -> str:
        return os.path.normpath("%s/%s" % (self.root, path)) if self.root != "/" else path

    def _ours(self, path: str) -> bool:
        return _text(read(path) or "").startswith(self.head) and bool(self.head)

    def _refuse_those_of_others(self, wanted: Iterable[str]) -> None:
        problems = []
        for path in wanted:
            text = read(path)
            if text is None or not self.head or self._ours(path):
                continue
            if self.kin and _text(text).startswith(self.kin):
                problems.append((path, "belongs to another owner: %s" % _text(text).splitlines()[0].lstrip("# ")))
            elif not self.adopt:
                problems.append((path, "is there already, and somebody else wrote it. Remove it, or set adopt: true to replace it"))
        if problems:
            raise InvalidInput(problems)

    def _left_over(self, wanted: t.Container[str]) -> list[str]:
        found = [path for place in self.places for path in sorted(glob.glob(self._below_root(place)))]
        return [path for path in dict.fromkeys(found) if path not in wanted and os.path.isfile(path) and self._ours(path)]

    def _validate(self, texts: Iterable[str], warn: t.Callable[[str], None]) -> None:
        """By the program that will read them, which sees them in a file of its own before anybody else does."""
        if not self.check:
            return
        program = process.find(self.check[0])
        for text in texts:
            if program is None:
                warn("There is no %s here, so the files are not validated." % self.check[0])
                return
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "file")
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write(text)
                by_path = any("{}" in word for word in self.check)
                command = [program, *(word.replace("{}", path) for word in self.check[1:])]
                code, output, errors = process.run(command, "" if by_path else text)
            if code and code == self.check_usage:
                warn("This %s is too old to validate the files." % self.check[0])
                return
            if code:
                raise NetdevError("%s refuses a file: %s. Nothing is changed." % (self.check[0], errors or output or "status %d" % code))

    def _keep(self, path: str, undo: Undo) -> list[str]:
        """A copy under a name that no network service reads: hidden, and with a tilde at its end."""
        text = read(path)
        if text is None or (self._ours(path) and not self.backup):
            return []
        folder, name = os.path.split(path)
        copy = os.path.join(folder, ".%s.%s~" % (name, time.strftime("%Y-%m-%d@%H:%M:%S")))
        replace(copy, text, stat.S_IMODE(os.stat(path).st_mode))
        undo.add(lambda: os.unlink(copy))
        return [copy]

    def _look_who_reads(self, warn: t.Callable[[str], None]) -> None:
        if self.read_by and not re.search(self.read_by["pattern"], read(self._below_root(self.read_by["path"])) or "", re.MULTILINE):
            warn("%s does not read these files; it needs a line such as: %s" % (self.read_by["path"], self.read_by["line"]))


def _mode(each: dict[str, t.Any]) -> int:
    return int(each.get("mode", FILE_MODE))


def _text(content: str) -> str:
    """Of a script, what is below the line that names its interpreter."""
    return content.split("\n", 1)[-1] if content.startswith("#!") else content
