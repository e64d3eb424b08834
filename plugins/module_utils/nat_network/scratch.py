# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network namespace for one command, to try out what the kernel takes."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import process

# Without that right (in a container, say) a user namespace of our own gives it.
_NAMESPACES = (["unshare", "--net"], ["unshare", "--map-root-user", "--net"])


def run(command: Sequence[str], stdin: str) -> tuple[int, str, str]:
    """Return code, output and errors of a command that runs in a namespace which ends with it."""
    code, output, errors = 0, "", ""
    for namespace in _NAMESPACES:
        code, output, errors = process.run([*namespace, *command], stdin)
        if not errors.startswith("unshare:"):
            break
    return code, output, errors
