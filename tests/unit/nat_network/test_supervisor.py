# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The supervisor and how processes are recognised and ended, with real processes."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import supervisor
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.process import Process, command_line

# Goes into the background when it is ready, as dnsmasq does. Its first argument is its pid file; it fails if there is a second.
DAEMON = textwrap.dedent("""
    import os, signal, sys
    if len(sys.argv) > 2:
        sys.exit(sys.argv[2])
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    with open(sys.argv[1], "w") as stream:
        stream.write(str(os.getpid()))
    os.close(writer)
    signal.pause()
""")


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Pair:
    """A supervisor with its daemon."""

    def __init__(self, directory: Path, *more: str) -> None:
        self.pidfile = directory / "supervisor.pid"
        self.daemon_pidfile = directory / "daemon.pid"
        daemon = [sys.executable, "-c", DAEMON, str(self.daemon_pidfile), *more]
        reader, writer = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, supervisor.__file__, str(writer), str(self.pidfile), str(self.daemon_pidfile), *daemon],
            pass_fds=[writer],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writer)
        with open(reader, encoding="utf-8") as stream:
            assert select.select([reader], [], [], 10)[0]
            self.said = stream.read()

    @property
    def daemon(self) -> int:
        return int(self.daemon_pidfile.read_text() or "0")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    found = Pair(tmp_path)
    yield found
    found.stop()


def test_ready_means_ready(pair: Pair) -> None:
    assert pair.said == ""
    assert int(pair.pidfile.read_text()) == pair.process.pid
    assert str(pair.daemon_pidfile) in command_line(pair.daemon)


def test_failed_start_is_told(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "port 53 is taken")
    assert pair.said == "port 53 is taken"
    assert pair.process.wait(10) == 1
    assert not pair.pidfile.exists()


def test_daemon_that_dies_is_started_again(pair: Pair) -> None:
    for _time in range(2):
        before = pair.daemon
        os.kill(before, signal.SIGKILL)
        eventually(lambda before=before: pair.daemon not in (0, before))  # type: ignore[misc]
        assert command_line(pair.daemon)


def test_both_end_together(pair: Pair) -> None:
    daemon = pair.daemon
    pair.stop()
    assert pair.process.returncode == 0
    assert not command_line(daemon)
    assert not pair.pidfile.exists()


def test_stop_while_waiting_to_start_again(pair: Pair) -> None:
    """The pause between failing starts does not delay the order to stop."""
    pair.daemon_pidfile.parent.chmod(0o500)
    os.kill(pair.daemon, signal.SIGKILL)
    since = time.monotonic()
    pair.stop()
    pair.daemon_pidfile.parent.chmod(0o700)
    assert time.monotonic() - since < 5


def test_process_is_recognised_by_its_argument(pair: Pair, tmp_path: Path) -> None:
    assert Process(str(pair.daemon_pidfile), str(pair.daemon_pidfile)).command()
    # The same process id, but another program: what a reused id looks like.
    stranger = Process(str(pair.daemon_pidfile), "--pid-file=elsewhere")
    assert stranger.command() == []
    stranger.end()
    stranger.signal(signal.SIGKILL)
    assert command_line(pair.daemon)


@pytest.mark.parametrize("text", ["", "nonsense", "0", "-1", "999999999"])
def test_pid_file_with_nonsense(tmp_path: Path, text: str) -> None:
    pidfile = tmp_path / "pid"
    pidfile.write_text(text)
    process = Process(str(pidfile), "x")
    assert process.command() == []
    process.end()


def test_process_ends(pair: Pair) -> None:
    Process(str(pair.pidfile), str(pair.pidfile)).end()
    assert pair.process.wait(10) == 0
    eventually(lambda: not command_line(pair.daemon))
