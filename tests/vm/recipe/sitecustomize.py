# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of the test VM's Python: keep the bytecode of modules imported from zip files, as Python does for all others.

Each Ansible task brings its module_utils along as source in a zip file. Compiling them anew takes a third of a task's time under
emulation. What is imported is the same; only the compiler's result comes from a file named after a hash of the source.
"""

from __future__ import annotations

import _imp
import marshal
import os
import zipimport

CACHE = "/var/cache/zip-bytecode"

compile_source = zipimport._compile_source  # type: ignore[attr-defined]


def compile_cached(path: str, source: bytes) -> object:
    cached = f"{CACHE}/{os.path.basename(path)}-{_imp.source_hash(0, source).hex()}"
    try:
        with open(cached, "rb") as known:
            return marshal.load(known)  # noqa: S302  only root writes there
    except OSError:
        pass
    code = compile_source(path, source)
    try:
        with open(f"{cached}.{os.getpid()}", "wb") as new:
            marshal.dump(code, new)
        os.rename(new.name, cached)
    except OSError:
        # not root: no cache
        pass
    return code


zipimport._compile_source = compile_cached  # type: ignore[attr-defined]
