# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Become plugin: tasks run as root inside a network namespace of the managed host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: netns
short_description: Run tasks inside a network namespace
version_added: 0.1.0
author:
  - netdev.linux contributors (@netdev-linux)
description:
  - Runs any module, whoever wrote it, inside a named network namespace of the managed host, by C(ip netns exec).
  - The task runs as root. Where the login user is not root, C(sudo) makes it so first; nothing has to be set up for that but what
    P(ansible.builtin.sudo#become) needs as well.
  - A task that can't enter the namespace fails. It never runs outside.
options:
  netns:
    description:
      - Name of the network namespace, a file name below C(/run/netns). It must exist, see M(netdev.linux.netns).
      - It has neither slash nor white space nor a leading dash.
    type: string
    required: true
    vars:
      - name: ansible_netdev_netns
    env:
      - name: ANSIBLE_NETDEV_NETNS
    ini:
      - section: netdev_netns_become_plugin
        key: netns
  sudo:
    description: Whether to become root with sudo before the namespace is entered.
    type: string
    default: auto
    choices:
      auto: When the login user is not root, which the managed host itself says each time.
      always: Also when the login user is root, for instance to have what is done in sudo's log.
      never: The login user may enter namespaces as it is. One that may not gets an error of C(ip netns exec).
    vars:
      - name: ansible_netdev_netns_sudo
    env:
      - name: ANSIBLE_NETDEV_NETNS_SUDO
    ini:
      - section: netdev_netns_become_plugin
        key: sudo
  become_exe:
    description: The sudo executable, a name or a path.
    type: string
    default: sudo
    vars:
      - name: ansible_become_exe
      - name: ansible_netdev_netns_sudo_exe
    env:
      - name: ANSIBLE_BECOME_EXE
      - name: ANSIBLE_NETDEV_NETNS_SUDO_EXE
    ini:
      - section: privilege_escalation
        key: become_exe
      - section: netdev_netns_become_plugin
        key: executable
    keyword:
      - name: become_exe
  become_flags:
    description:
      - Options of sudo. With a password, C(-n) among them is left out.
      - Without C(-S) sudo takes the password from a terminal only, which is not there when Ansible pipelines.
    type: string
    default: -H -S -n
    vars:
      - name: ansible_become_flags
      - name: ansible_netdev_netns_sudo_flags
    env:
      - name: ANSIBLE_BECOME_FLAGS
      - name: ANSIBLE_NETDEV_NETNS_SUDO_FLAGS
    ini:
      - section: privilege_escalation
        key: become_flags
      - section: netdev_netns_become_plugin
        key: flags
    keyword:
      - name: become_flags
  become_pass:
    description: The password that sudo asks for.
    type: string
    required: false
    vars:
      - name: ansible_become_password
      - name: ansible_become_pass
      - name: ansible_netdev_netns_sudo_pass
    env:
      - name: ANSIBLE_BECOME_PASS
      - name: ANSIBLE_NETDEV_NETNS_SUDO_PASS
    ini:
      - section: netdev_netns_become_plugin
        key: password
  become_user:
    description:
      - Inside the namespace everything runs as root. This is here because a playbook or a configuration file may say V(root), which is
        accepted; any other user is an error.
      - To run something as another user, say so in the command, for instance C(runuser -u nobody -- ping 192.0.2.1).
    type: string
    required: false
    vars:
      - name: ansible_become_user
    env:
      - name: ANSIBLE_BECOME_USER
    ini:
      - section: privilege_escalation
        key: become_user
    keyword:
      - name: become_user
notes:
  - It does nothing unless C(become) is true. A task without it runs outside of the namespace, whatever O(netns) says.
  - Only the network is another one. Files, processes, users and the host name are those of the host.
  - C(/sys) shows the network devices of the namespace. A file C(/etc/netns/NAME/FILE), such as C(resolv.conf), stands in for
    C(/etc/FILE), if both exist.
  - Mounts that a task makes are lost when it ends, because C(ip netns exec) gives each command a mount namespace of its own. Unmounting
    does not reach the host either.
  - Services belong to the host. A service manager that is asked from inside to start one starts it outside.
  - A process that a task leaves running stays in the namespace, even after its name is removed.
  - What Ansible runs on the controller (lookups, templating, C(debug)) stays there. A task with C(delegate_to) enters a namespace of the
    host it is delegated to, so it needs O(netns) for that host, or C(become=false).
  - Ansible logs in to the host and copies files to it outside of the namespace. How the host is reached does not depend on the network
    inside.
  - On the managed host, C(ip) of iproute2 has to be on the PATH of root.
seealso:
  - module: netdev.linux.netns
  - plugin: ansible.builtin.sudo
    plugin_type: become
"""

EXAMPLES = r"""
- name: Set up what is inside a namespace
  hosts: gateways
  tasks:
    - name: Make the namespace (outside)
      netdev.linux.netns:
        name: orange
        loopback: up
      become: true

    - name: Inside of it
      become: true
      become_method: netdev.linux.netns
      vars:
        ansible_netdev_netns: orange
      block:
        - name: Any module works, this one reads the facts of the namespace
          ansible.builtin.setup:
            gather_subset: [network]

        - name: This one makes a bridge inside
          netdev.linux.bridge:
            name: br0
            admin_state: up

        - name: This one sees what is reachable from there
          ansible.builtin.uri:
            url: http://192.0.2.80/

# From the command line, with a password for sudo:
#
# ansible all -i gateway.example.com, --become --ask-become-pass --become-method netdev.linux.netns
#   -e ansible_netdev_netns=orange -m ansible.builtin.command -a 'ping -c 1 192.0.2.1'
#
# A namespace may be a host of the inventory. This one has two, on the machine that Ansible runs on:
#
# lab:
#   hosts:
#     left:
#     right:
#   vars:
#     ansible_connection: local
#     ansible_become: true
#     ansible_become_method: netdev.linux.netns
#     ansible_netdev_netns: "{{ inventory_hostname }}"
"""

import json
import re
import shlex
import typing as t
from gettext import dgettext

from ansible.errors import AnsibleError
from ansible.plugins.become import BecomeBase

from ansible_collections.netdev.linux.plugins.module_utils.values import NetnsName

NETNS_DIRECTORY = "/run/netns"

# Short options of sudo that take no value and may stand together behind one dash.
_SUDO_CLUSTER = re.compile(r"-[ABEHKNPSVbeiklnsv]+")


def _with_sudo_messages(*messages: str) -> tuple[str, ...]:
    """Messages of sudo, in English and as the controller's locale has them: a login may bring its locale along."""
    return tuple(dict.fromkeys(text for message in messages for text in (message, dgettext("sudo", message))))


class _NeverTheLogin(str):
    """A user name that is unlike every other.

    Ansible leaves a become plugin out, silently, when its user is the login user, and most hosts that this is for are logged in to as root.
    The task would then run outside of the namespace. No user at all would do as well, but then paths that begin with a tilde, among them
    that of asynchronous jobs, would lead to the home of the login user and not to that of root.
    """

    __slots__ = ()

    def __ne__(self, other: object) -> bool:
        return True


_ROOT = _NeverTheLogin("root")


class BecomeModule(BecomeBase):
    """Builds the command that enters the namespace."""

    name = "netdev.linux.netns"

    # Connections look for these in the output to tell a wrong password from a missing one.
    fail = _with_sudo_messages("Sorry, try again.")
    missing = _with_sudo_messages("Sorry, a password is required to run sudo", "sudo: a password is required")

    def get_option(self, option: str, hostvars: t.Any = None, playcontext: t.Any = None) -> t.Any:
        """Return the value of an option. That of `become_user` is who the task really runs as."""
        if option == "become_user":
            return None if self.get_option("sudo") == "never" else _ROOT
        return super().get_option(option, hostvars=hostvars, playcontext=playcontext)

    def build_become_command(self, cmd: str, shell: t.Any) -> str:
        """Wrap a command of the shell plugin in one that runs it in the namespace."""
        super().build_become_command(cmd, shell)
        if not cmd:
            return cmd
        self._check_user()
        netns = self._netns()
        sudo = self._sudo()
        # A script for any POSIX shell, with all that it runs in its arguments. In one line: to some login shells a line break ends the
        # command even in quotes.
        steps = [self._fail_without(netns)]
        mode = self.get_option("sudo")
        if mode == "always":
            steps.append(f'set -- {sudo} "$@"')
        elif mode == "auto":
            steps.append(f'[ "$(id -u)" -eq 0 ] || set -- {sudo} "$@"')
        steps.append('exec "$@"')
        enter = shlex.join(["/bin/sh", "-c", "; ".join(steps), self.name, "ip", "netns", "exec", netns])
        return f"{enter} {self._build_success_command(cmd, shell)}"

    def _check_user(self) -> None:
        """Refuse to run as root what shall run as somebody else."""
        user = super().get_option("become_user")
        if user not in (None, "", "root"):
            raise AnsibleError(
                f"become_user is {user}, but the become plugin {self.name} runs everything as root. "
                f"Set it to root, and name the user in the command: runuser -u {user} -- COMMAND"
            )

    def _netns(self) -> str:
        """Return the name of the namespace."""
        try:
            return NetnsName().parse(self.get_option("netns") or "")
        except ValueError as error:
            raise AnsibleError(f"ansible_netdev_netns: {error}") from error

    def _sudo(self) -> str:
        """Return the command that runs another as root, for the shell, and get ready for its question."""
        words = [self.get_option("become_exe") or "sudo", *shlex.split(self.get_option("become_flags") or "")]
        self.prompt = ""
        if self.get_option("become_pass") and self.get_option("sudo") != "never":
            self.prompt = f"[sudo for {self.name}, key={self._id}] password:"
            words = [*_interactive(words), "-p", self.prompt]
        return shlex.join(words)

    @staticmethod
    def _fail_without(netns: str) -> str:
        """Return the step that ends the script when there is no such namespace.

        `ip netns exec` would end with status 255, which the ssh connection takes for a host that can't be reached. So this answers in its
        place, in the form of a module's result. Where the login user may not look into the directory, it leaves that to `ip` all the same.
        """
        path = f"{NETNS_DIRECTORY}/{netns}"
        message = (
            f"There is no network namespace {netns} on this host: {path} does not exist. "
            "Make it before, outside of it, for instance with netdev.linux.netns."
        )
        directory, file, result = map(
            shlex.quote, (NETNS_DIRECTORY, path, json.dumps({"failed": True, "msg": message}, ensure_ascii=False))
        )
        return f"[ -e {file} ] || if [ -x {directory} ] || [ ! -e {directory} ]; then printf '%s\\n' {result}; exit 1; fi"


def _interactive(words: list[str]) -> list[str]:
    """Take out of a sudo command what forbids it to ask."""
    words = [word.replace("n", "") if _SUDO_CLUSTER.fullmatch(word) else word for word in words]
    return [word for word in words if word not in ("-", "--non-interactive")]
