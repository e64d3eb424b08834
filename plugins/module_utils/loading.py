# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles the collection once. Importing this is what does it.

Ansible sends a module and what it imports as a zip file, and Python's zipimport compiles everything in one twice: once to tell the
name of its file (``zipimporter.get_filename``), once to run it. For a task that has nothing to do the second is a fifth of its time.
"""

from __future__ import annotations

import importlib.util
import sys
import typing as t
import zipimport
from importlib.machinery import ModuleSpec, SourceFileLoader

_PACKAGE = __name__.rpartition(".")[0]


class _Loader(SourceFileLoader):
    """Loads a module from source that was read already."""

    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self._source = source

    def path_stats(self, path: t.Any) -> t.NoReturn:
        raise OSError("there is no compiled file for %s" % path)

    def get_data(self, path: t.Any) -> bytes:
        return self._source


class _Finder:
    """Finds the modules beside this one in the zip file that this one comes from."""

    def __init__(self, archive: zipimport.zipimporter) -> None:
        self._archive = archive

    def find_spec(self, name: str, path: t.Any = None, target: t.Any = None) -> ModuleSpec | None:  # pylint: disable=unused-argument
        if not name.startswith(_PACKAGE):
            return None
        file = "%s/%s.py" % (self._archive.archive, name.replace(".", "/"))
        try:
            source = self._archive.get_data(file)
        except OSError:  # a package
            return None
        return importlib.util.spec_from_file_location(name, file, loader=_Loader(name, file, source))


_ours: t.Any = __spec__.loader if __spec__ else None
if isinstance(_ours, zipimport.zipimporter):
    sys.meta_path.insert(0, t.cast("t.Any", _Finder(_ours)))
