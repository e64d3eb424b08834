# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a daemon running where there is no systemd to do it. A program of its own, on the standard library alone.

usage: supervisor.py READY PIDFILE DAEMON_PIDFILE COMMAND...

COMMAND starts the daemon and returns when it is ready, with the daemon's process id in DAEMON_PIDFILE. Then the supervisor writes its
own id to PIDFILE and closes the descriptor READY; if the first start fails, it writes the reason to READY and ends. Whenever
the daemon ends, it is started again. SIGTERM ends both.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

MAX_PAUSE = 60.0  # seconds between starts that fail one after the other
STEADY = 10.0  # who lived so long is started again at once
STOP_TIMEOUT = 5.0


class Supervisor:
    def __init__(self, daemon_pidfile: str, command: list[str]) -> None:
        self.daemon_pidfile = daemon_pidfile
        self.command = command
        self.stopping = False
        # A signal makes this readable, so that every wait ends at once.
        self.wake, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writer)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGHUP, lambda *_: None)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def start(self) -> str:
        """Start the daemon. The answer is empty, or why it did not start."""
        done = subprocess.run(self.command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stderr.strip() or f"{self.command[0]} ended with {done.returncode}"

    def watch(self) -> None:
        """Wait for the daemon's end, or make it end when we shall."""
        try:
            with open(self.daemon_pidfile, encoding="ascii") as stream:
                daemon = os.pidfd_open(int(stream.read()))
        except (OSError, ValueError):
            return  # It has ended already.
        try:
            self.wait(daemon)
            if self.stopping:
                end(daemon)
        finally:
            os.close(daemon)

    def wait(self, daemon: int | None = None, timeout: float | None = None) -> None:
        """Wait for the daemon's end, for the time to pass, or for the order to stop."""
        poller = select.poll()
        poller.register(self.wake, select.POLLIN)
        if daemon is not None:
            poller.register(daemon, select.POLLIN)
        while not self.stopping:
            ready = dict(poller.poll(None if timeout is None else timeout * 1000))
            if self.wake not in ready:
                return
            with contextlib.suppress(BlockingIOError):
                os.read(self.wake, 4096)

    def run(self) -> None:
        """Until we are told to stop. The daemon has been started."""
        running, pause = True, 0.0
        while True:
            since = time.monotonic()
            if running:
                self.watch()
            if time.monotonic() - since >= STEADY:
                pause = 0.0
            self.wait(timeout=pause)
            if self.stopping:
                return
            pause = min(MAX_PAUSE, pause * 2 or 0.5)
            running = not self.start()


def end(process: int) -> None:
    """End a process, known by its descriptor, which can't come to mean another one."""
    poller = select.poll()
    poller.register(process, select.POLLIN)
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, number)
        if poller.poll(STOP_TIMEOUT * 1000):
            return


def main(arguments: list[str]) -> int:
    ready, pidfile, daemon_pidfile = int(arguments[0]), arguments[1], arguments[2]
    # The daemon must not inherit it: whoever waits for us waits until every copy is closed.
    os.set_inheritable(ready, False)
    supervisor = Supervisor(daemon_pidfile, arguments[3:])
    error = supervisor.start()
    if error:
        os.write(ready, error.encode())
        return 1
    with open(pidfile, "w", encoding="ascii") as stream:
        stream.write(f"{os.getpid()}\n")
    os.close(ready)
    try:
        supervisor.run()
    finally:
        os.unlink(pidfile)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
