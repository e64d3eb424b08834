# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection of this test: a login of an ordinary user to the local machine, with the environment of one."""

from __future__ import annotations

import shlex
import shutil

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = r"""
name: login
short_description: Run tasks on the local machine as an ordinary user
description:
  - Only for this test.
author:
  - netdev.linux contributors
options:
  remote_user:
    description: Who logs in.
    type: string
    required: true
    vars:
      - name: ansible_user
  become_success_timeout:
    description: See P(ansible.builtin.local#connection).
    type: int
    default: 10
  become_strip_preamble:
    description: See P(ansible.builtin.local#connection).
    type: bool
    default: true
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(LocalConnection):
    """The local connection, which knows how sudo asks for a password, with less privilege."""

    transport = "login"

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        user = self.get_option("remote_user")
        login = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--reset-env", "/bin/sh", "-c", cmd]
        # The directory that the controller works in is not open to this user.
        command = f"cd / && exec {shlex.join(login)}"
        result: tuple[int, bytes, bytes] = super().exec_command(command, in_data=in_data, sudoable=sudoable)
        return result

    def put_file(self, in_path: str, out_path: str) -> None:
        super().put_file(in_path, out_path)
        shutil.chown(out_path, self.get_option("remote_user"), self.get_option("remote_user"))
