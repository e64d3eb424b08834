# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection of the tests: the managed host is a root file system, reached with chroot."""

from __future__ import annotations

import os
import shutil
import subprocess

from ansible.errors import AnsibleError
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = r"""
name: rootfs
short_description: Run tasks in a root file system with chroot
description:
  - Only for the tests of role prepare.
author:
  - netdev.linux contributors
options:
  root:
    description: The root file system.
    required: true
    vars:
      - name: ansible_rootfs
  network:
    description: Whether commands get the network of the controller. Without it they see a loopback device that is down.
    type: bool
    default: true
    vars:
      - name: ansible_rootfs_network
"""


class Connection(ConnectionBase):
    transport = "rootfs"
    has_pipelining = True

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        argv = ["chroot", self.get_option("root"), "/bin/sh", "-c", cmd]
        if not self.get_option("network"):
            argv = ["unshare", "--net", *argv]
        # The environment of a login on another machine, not the one of the test run.
        environment = {"HOME": "/root", "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            argv,
            input=in_data,
            stdin=None if in_data is not None else subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=environment,
        )
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path: str, out_path: str) -> None:
        shutil.copyfile(in_path, self._inside(out_path))

    def fetch_file(self, in_path: str, out_path: str) -> None:
        shutil.copyfile(self._inside(in_path), out_path)

    def close(self) -> None:
        self._connected = False

    def _inside(self, path: str) -> str:
        if not os.path.isabs(path):
            raise AnsibleError(f"{path} is not an absolute path")
        return str(self.get_option("root")) + path
