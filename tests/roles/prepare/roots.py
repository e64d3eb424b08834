# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed hosts for the tests of role prepare: real Debian root file systems, thrown away after each test.

A root is made once with mmdebstrap and kept in a cache. Each test gets it under an overlay in memory, inside the
mount namespace of the test run, so nothing is left on the machine even when the run is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
DIRECTORY = "/usr/local/lib/netdev-linux/python"
CLONE_NEWNS = 0x00020000
# python3 is what Ansible asks of any host; without ca-certificates pip reaches nothing.
PACKAGES = "python3,ca-certificates"
RECIPE = ["--mode=root", "--variant=minbase", f"--include={PACKAGES}", '--aptopt=Acquire::Check-Valid-Until "false"']


def private_mounts() -> None:
    """Move this process into a mount namespace of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "the tests of role prepare need root, for a mount namespace and chroot")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def cached_root(suite: str) -> Path:
    """The root file system of a Debian release, as mmdebstrap makes it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "netdev-linux" / "roots"
    root = cache / f"{suite}-{hashlib.sha256(repr(RECIPE).encode()).hexdigest()[:12]}"
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            building = Path(tempfile.mkdtemp(prefix=".build-", dir=cache))
            try:
                subprocess.run(["mmdebstrap", "--quiet", *RECIPE, suite, str(building / "root")], check=True)
                (building / "root").rename(root)
            finally:
                shutil.rmtree(building, ignore_errors=True)
    return root


@dataclasses.dataclass
class Outcome:
    """What ansible-playbook did: its exit code, its recap, its text, and the wall clock."""

    returncode: int
    text: str
    seconds: float

    def __getattr__(self, name: str) -> int:
        match = re.search(rf"\b{name}=(\d+)", self.text.rpartition("PLAY RECAP")[2])
        if not match:
            raise AttributeError(name)
        return int(match.group(1))

    @property
    def words(self) -> str:
        """The text without line breaks, for sentences that Ansible wraps."""
        return " ".join(self.text.split())


@dataclasses.dataclass
class Managed:
    """A managed host."""

    root: Path
    work: Path
    network: bool = True
    interpreter: str = "/usr/bin/python3"

    def run(self, *argv: str, check: bool = True, network: bool = True) -> subprocess.CompletedProcess[str]:
        prefix = [] if network else ["unshare", "--net"]
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run([*prefix, "chroot", str(self.root), *argv], capture_output=True, text=True, check=False, env=environment)
        assert not check or done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

    def apt(self, *packages: str) -> None:
        self.run("apt-get", "-qq", "update")
        self.run("apt-get", "-qq", "install", "--no-install-recommends", *packages)

    def prepare(self, *arguments: str, variables: dict[str, Any] | None = None, play: str = "play.yml") -> Outcome:
        """Run the role in a process of its own, as a person would."""
        collections = self.work / "collections"
        link = collections / "ansible_collections" / "netdev" / "linux"
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(REPOSITORY)
        hostvars: dict[str, Any] = {
            "ansible_connection": "rootfs",
            "ansible_rootfs": str(self.root),
            "ansible_rootfs_network": self.network,
        }
        if self.interpreter:
            hostvars["ansible_python_interpreter"] = self.interpreter
        inventory = self.work / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": {"managed": hostvars}}}), encoding="utf-8")
        settings = self.work / "ansible.cfg"  # empty, so that nobody's own settings count
        settings.touch()
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(collections),
            "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_CONFIG": str(settings),
            "ANSIBLE_HOME": str(self.work / "home"),
        }
        extra = {"prepare_controller_cache": str(self.work / "cache"), **(variables or {})}
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), str(HERE / play), "-e", json.dumps(extra), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        return Outcome(done.returncode, done.stdout + done.stderr, time.monotonic() - started)

    def make_bridge(self) -> Outcome:
        """Let a module of the collection write, in a network namespace that goes with it: what the role is for."""
        network, self.network = self.network, False
        try:
            return self.prepare(play="bridge.yml")
        finally:
            self.network = network

    def pyroute2(self, directory: str = "", interpreter: str = "") -> str:
        """Version and place of the pyroute2 that the interpreter imports, the private directory first if given."""
        first = [directory] if directory else []
        code = f"import sys; sys.path[:1] = {first}; import pyroute2; print(pyroute2.__version__, pyroute2.__file__)"
        return self.run(interpreter or self.interpreter, "-c", code, check=False).stdout.strip()

    def fingerprint(self) -> str:
        """Everything that is in the root, by name, type, size, owner, mode and time of change; not what every process leaves there."""
        ignored = [f"-path {path} -prune -o" for path in ("/proc", "/dev", "/tmp", "~root/.ansible")]
        listing = self.run("sh", "-c", f"find / {' '.join(ignored)} ! -type d -printf '%p %y %s %u %m %T@\\n'").stdout
        lines = [line for line in listing.splitlines() if "__pycache__" not in line]
        return "\n".join(sorted(lines))


@contextlib.contextmanager
def managed(suite: str, work: Path) -> Iterator[Managed]:
    """A fresh host of that release."""
    lower = cached_root(suite)
    memory = work / "memory"
    memory.mkdir()
    root = work / "root"
    root.mkdir()
    mounted = []

    def mount(*arguments: str) -> None:
        subprocess.run(["mount", *arguments], check=True)
        mounted.append(arguments[-1])

    try:
        mount("-t", "tmpfs", "tmpfs", str(memory))
        (memory / "upper").mkdir()
        (memory / "work").mkdir()
        mount("-t", "overlay", "-o", f"lowerdir={lower},upperdir={memory}/upper,workdir={memory}/work", "overlay", str(root))
        mount("-t", "proc", "proc", str(root / "proc"))
        host = Managed(root, work)
        # No service starts in a chroot; the network is reached as the machine reaches it.
        host.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        for path in ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt"):
            shutil.copyfile(path, str(root) + path)
        host.write("/etc/pip.conf", "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n")
        yield host
    finally:
        for target in reversed(mounted):
            subprocess.run(["umount", target], check=True)
