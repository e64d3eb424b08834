# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a wheel of the pyroute2 that this Python has, in the directory given, and print its path: nothing is downloaded."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import zipfile

found = importlib.metadata.distribution("pyroute2")
wheel = os.path.join(sys.argv[1], f"pyroute2-{found.version}-py3-none-any.whl")
with zipfile.ZipFile(wheel, "w") as archive:
    for file in found.files or []:
        if file.parts[0].startswith("pyroute2") and file.suffix != ".pyc":
            archive.write(found.locate_file(file), str(file))  # type: ignore[arg-type]  # a path, by another name until 3.13
print(wheel)
