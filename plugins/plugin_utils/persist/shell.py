# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands as lines of a POSIX shell. All quoting of values is done here."""

from __future__ import annotations

import base64
import shlex
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.errors import CannotPlan
from ansible_collections.netdev.linux.plugins.module_utils.host import netns_path
from ansible_collections.netdev.linux.plugins.module_utils.model import HERE, Where

# What a reader of the file takes for something of its own whatever the quotes: ifupdown-ng a comment, ifupdown2 the end of a line, and
# the template engine mako, which ifupdown2 has read it, code.
_TAKEN = ("#", "\\", "${", "<%", "</%")


# As a word of a command: the number of the process that runs the line. No value of a topology is this very object.
OWN_PROCESS = "".join(("$", "$"))


def quote(word: str) -> str:
    """One word for the shell, in which neither it nor what reads the file before sees anything but the word."""
    if word is OWN_PROCESS:
        return '"$$"'
    if any(taken in word for taken in _TAKEN):
        return '"$(echo %s | base64 -d)"' % base64.b64encode(word.encode()).decode()
    return shlex.quote(word)


def line(command: t.Sequence[str]) -> str:
    """A command as a line of shell. Raises CannotPlan for what no command does."""
    if command[0].startswith("native: "):
        raise CannotPlan("no command can %s" % command[0].split(": ", 1)[1])
    # ifupdown-ng gives no PATH to what it runs; the shell has one of its own, in which `ip netns exec` would not look.
    path = 'PATH="$PATH" ' if command[:3] == ["ip", "netns", "exec"] else ""
    return path + " ".join(map(quote, command))


def assignment(name: str, value: str) -> str:
    """A variable of a file that a shell sources, which runs nothing by that: there is no expansion in single quotes."""
    return "%s=%s" % (name, shlex.quote(value))


def exists(where: Where) -> str:
    """A test whether a link is there."""
    if where[0] == HERE:
        return "[ -e %s ]" % quote("/sys/class/net/" + where[1])
    return exists_by_altname(*where)


def exists_by_altname(netns: str, altname: str) -> str:
    """A test whether a link with an alternative name is there; sysfs does not have those."""
    return quietly(ops.ip(netns, "link", "show", "dev", altname))


def namespace_exists(name: str) -> str:
    return "[ -e %s ]" % quote(netns_path(name))


def quietly(command: t.Sequence[str]) -> str:
    return line(command) + " >/dev/null 2>&1"


def unless(test: str, commands: t.Sequence[t.Sequence[str]]) -> str:
    """One line that runs the commands if the test fails."""
    lines = [line(command) for command in commands]
    return "%s || %s" % (test, lines[0] if len(lines) == 1 else "{ %s; }" % " && ".join(lines))


def only_if(test: str, command: t.Sequence[str]) -> str:
    """One line that runs a command if the test succeeds, and is well either way."""
    return "! %s || %s" % (test, line(command))


def anyway(command: t.Sequence[str]) -> str:
    """One line that runs a command, and is well whether it could do it or not."""
    return quietly(command) + " || true"
