# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that the become plugin builds, run by a real shell. Instead of ip, sudo and id it finds scripts that say they were called."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.plugins.shell.sh import ShellModule
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.netdev.linux.plugins.become import netns

STUBS = {
    "ip": '#!/bin/sh\n[ "$1 $2" = "netns exec" ] || exit 99\nINSIDE=$3; export INSIDE\nshift 3\nexec "$@"\n',
    "sudo": (
        "#!/bin/sh\nSUDO=\n"
        'while :; do case $1 in -p) SUDO="$SUDO-p:$2 "; shift 2;; -*) SUDO="$SUDO$1 "; shift;; *) break;; esac; done\n'
        'export SUDO\nexec "$@"\n'
    ),
}
SESAME = "sesame"
STATE = 'printf "%s|%s|" "$INSIDE" "${SUDO-no sudo}"'


class Host:
    """A host with a directory of namespaces and stubs of the commands that the plugin calls."""

    def __init__(self, path: Path, uid: int) -> None:
        self.namespaces = path / "run" / "netns"
        self.namespaces.mkdir(parents=True)
        self.programs = path / "bin"
        self.programs.mkdir()
        for name, text in {**STUBS, "id": f"#!/bin/sh\necho {uid}\n"}.items():
            (self.programs / name).write_text(text)
            (self.programs / name).chmod(0o755)

    def run(self, command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a command as Ansible does: in a shell of the login user."""
        environment = {"PATH": f"{self.programs}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
        return subprocess.run(["/bin/sh", "-c", f"{command} && true"], input=stdin, capture_output=True, check=False, env=environment)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host where the login user is an ordinary one."""
    made = Host(tmp_path, 1000)
    monkeypatch.setattr(netns, "NETNS_DIRECTORY", str(made.namespaces))
    (made.namespaces / "orange").touch()
    return made


def become(**options: Any) -> netns.BecomeModule:
    """Make the plugin with these options, all others as the documentation has them."""
    plugin = netns.BecomeModule()
    documented = yaml.safe_load(netns.DOCUMENTATION)["options"]
    assert set(options) <= set(documented)
    plugin._options = {name: option.get("default") for name, option in documented.items()} | {"netns": "orange"} | options
    return plugin


def build(plugin: netns.BecomeModule, command: str = STATE, executable: str = "/bin/sh") -> str:
    """Build the command."""
    shell = ShellModule()
    shell.executable = executable
    return plugin.build_become_command(command, shell)


def result(plugin: netns.BecomeModule, done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what the command wrote after the plugin's mark."""
    assert done.stderr == b""
    mark, _newline, output = done.stdout.decode().partition("\n")
    assert mark == plugin.success
    assert mark.startswith("BECOME-SUCCESS-")
    return output


@pytest.mark.parametrize(
    ("mode", "uid", "sudo"),
    [
        ("auto", 0, "no sudo"),
        ("auto", 1000, "-H -S -n "),
        ("always", 0, "-H -S -n "),
        ("always", 1000, "-H -S -n "),
        ("never", 0, "no sudo"),
        ("never", 1000, "no sudo"),
    ],
)
def test_sudo_is_called_when_the_option_says_so(host: Host, mode: str, uid: int, sudo: str) -> None:
    (host.programs / "id").write_text(f"#!/bin/sh\necho {uid}\n")
    plugin = become(sudo=mode)
    assert result(plugin, host.run(build(plugin))) == f"orange|{sudo}|"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/orange", "-all", "a b", "a\tb", "a\n", "a\x7f", "x" * 256, None])
def test_a_name_that_is_none_is_refused(name: str | None) -> None:
    with pytest.raises(AnsibleError, match="ansible_netdev_netns"):
        build(become(netns=name))


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
NAMES = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=50).filter(
    lambda name: name not in (".", "..") and not name.startswith("-")
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(name=NAMES, words=st.lists(TEXT, max_size=3), stdin=st.binary(), status=st.integers(0, 254))
def test_everything_gets_through_unharmed(host: Host, name: str, words: list[str], stdin: bytes, status: int) -> None:
    (host.namespaces / name).touch()
    plugin = become(netns=name)
    command = f"{STATE}; printf '%s|' {shlex.join(words)}; cat; exit {status}" if words else f"{STATE}; cat; exit {status}"
    done = host.run(build(plugin, command), stdin)
    expected = "".join(f"{word}|" for word in [name, "-H -S -n ", *words]).encode() + stdin
    assert done.stdout == f"{plugin.success}\n".encode() + expected
    assert done.returncode == status


def test_the_command_runs_in_the_shell_that_was_asked_for(host: Host) -> None:
    plugin = become()
    assert result(plugin, host.run(build(plugin, 'echo "${BASH_VERSION:+bash}"', "/bin/bash"))) == "bash\n"


def test_login_shells_that_end_a_command_at_a_line_break_get_none() -> None:
    assert "\n" not in build(become(become_pass=SESAME))


def test_without_a_command_there_is_nothing_to_build() -> None:
    assert build(become(), "") == ""


def test_a_missing_namespace_is_said_in_the_form_of_a_modules_result(host: Host) -> None:
    plugin = become(netns="lä'b\"\\")
    done = host.run(build(plugin, f"touch {host.namespaces}/ran"))
    answer = json.loads(done.stdout)
    assert answer["failed"] is True
    assert answer["msg"].startswith("There is no network namespace lä'b\"\\ on this host")
    assert (done.returncode, done.stderr) == (1, b"")
    assert sorted(os.listdir(host.namespaces)) == ["orange"]


def test_a_host_where_no_namespace_was_ever_made_says_the_same(host: Host) -> None:
    (host.namespaces / "orange").unlink()
    host.namespaces.rmdir()
    done = host.run(build(become()))
    assert json.loads(done.stdout)["failed"] is True
    assert done.returncode == 1


@pytest.mark.parametrize("user", [None, "", "root"])
@pytest.mark.parametrize("login", ["root", "alice", "", None])
def test_ansible_never_takes_the_user_for_the_login_user(user: str | None, login: str | None) -> None:
    seen = become(become_user=user).get_option("become_user")
    # As ActionBase._low_level_execute_command compares them, and the other way round.
    assert seen != login
    assert login != seen
    # As ActionBase._is_become_unprivileged does.
    assert seen in ["root"]
    # As ActionBase._remote_expand_user uses it.
    assert f"~{seen}" == "~root"


def test_without_sudo_the_user_is_the_one_who_is_logged_in() -> None:
    assert become(sudo="never", become_user="root").get_option("become_user") is None


def test_another_user_is_refused() -> None:
    with pytest.raises(AnsibleError, match="become_user is nobody"):
        build(become(become_user="nobody"))


@pytest.mark.parametrize(
    ("flags", "interactive"),
    [
        ("-H -S -n", "-H -S "),
        ("-n -H", "-H "),
        ("-HSn", "-HS "),
        ("--non-interactive -S", "-S "),
        ("--non-interactive", ""),
        ("-S --user=nobody", "-S --user=nobody "),
        ("-unobody -S", "-unobody -S "),
        ("", ""),
        (None, ""),
    ],
)
def test_with_a_password_sudo_may_ask(host: Host, flags: str | None, interactive: str) -> None:
    plugin = become(become_flags=flags, become_pass=SESAME)
    command = build(plugin)
    assert plugin.expect_prompt()
    assert plugin.prompt.endswith(" password:")
    assert result(plugin, host.run(command)) == f"orange|{interactive}-p:{plugin.prompt} |"
    assert plugin.check_password_prompt(f"noise\n{plugin.prompt} ".encode())
    assert SESAME not in command


def test_each_question_is_another_one() -> None:
    plugin = become(become_pass=SESAME)
    build(plugin)
    first = plugin.prompt
    build(plugin)
    assert plugin.prompt != first


@pytest.mark.parametrize("options", [{}, {"become_pass": ""}, {"become_pass": SESAME, "sudo": "never"}])
def test_nothing_is_asked_without_password_or_sudo(options: dict[str, str]) -> None:
    plugin = become(become_pass=SESAME)
    build(plugin)
    # The plugin of a loop is one and the same for all its items.
    plugin._options |= {"become_pass": None, **options}
    build(plugin)
    assert not plugin.expect_prompt()


def test_the_executable_of_sudo(host: Host) -> None:
    other = host.programs / "other sudo"
    (host.programs / "sudo").rename(other)
    plugin = become(become_exe=str(other), become_flags="-x 'a b'")
    # The stub takes what is no option for the command.
    assert shlex.join([str(other), "-x", "a b", "$@"]).replace("'$@'", '"$@"') in shlex.split(build(plugin))[2]
    plugin = become(become_exe=str(other))
    assert result(plugin, host.run(build(plugin))) == "orange|-H -S -n |"


@pytest.mark.parametrize(
    ("output", "missing", "wrong"),
    [(b"sudo: a password is required\n", True, False), (b"Sorry, try again.\n", False, True)],
)
def test_what_sudo_says_of_passwords_is_understood(output: bytes, missing: bool, wrong: bool) -> None:
    plugin = become()
    assert plugin.check_missing_password(output) == missing
    assert plugin.check_incorrect_password(output) == wrong
