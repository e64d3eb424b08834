# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible sends to a host for a task, to be run without Ansible: many at a time, and killed half way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure
import works

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
PLAYBOOK = Path(sys.executable).parent / "ansible-playbook"


class Ansible:
    """The ansible-core beside this Python, with nothing of the user's settings, and this very collection."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        # Wherever it is checked out.
        place = scratch / "collections" / "ansible_collections" / "netdev"
        place.mkdir(parents=True)
        (place / "linux").symlink_to(TOP)
        (scratch / "ansible.cfg").touch()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))},
            "ANSIBLE_COLLECTIONS_PATH": str(scratch / "collections"),
            "ANSIBLE_CONFIG": str(scratch / "ansible.cfg"),
            "ANSIBLE_LIBRARY": str(HERE / "library"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "LC_ALL": "C.UTF-8",
        }

    def payloads(self, tasks: list[tuple[str, works.Task]]) -> list[Path]:
        """Let Ansible make what it would send to the host for these tasks, (module, options) each, and keep it.

        The interpreter that it is told to use does nothing, so nothing happens.
        """
        temporary = Path(tempfile.mkdtemp(dir=self.scratch))
        steps = [{name: arguments, "ignore_errors": True} for name, arguments in tasks]
        self.play("payloads", steps, "/bin/true", {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": str(temporary)})
        found = sorted(temporary.glob("*/AnsiballZ_*.py"), key=lambda path: path.stat().st_mtime_ns)
        if len(found) != len(tasks):
            raise RuntimeError(f"Ansible made {len(found)} payloads of {len(tasks)}")
        return found

    def play(
        self,
        name: str,
        tasks: list[works.Task],
        python: str,
        environment: dict[str, str] | None = None,
        space: measure.Space | None = None,
    ) -> float:
        """Run tasks on localhost; returns seconds."""
        path = self.scratch / f"{name}.json"
        path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
        variables = json.dumps({"ansible_connection": "local", "ansible_python_interpreter": python})
        command = [str(PLAYBOOK), "-i", "localhost,", "-e", variables, str(path)]
        whole = {**self.environment, **(environment or {})}
        if space:
            return space.run(command, environment=whole).seconds
        start = time.perf_counter()
        done = subprocess.run(command, env=whole, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return time.perf_counter() - start
