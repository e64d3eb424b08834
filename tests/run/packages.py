# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""System packages: which there are, what they are for, and how a missing one gets installed.

From the command line: packages.py demo|test|bench
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

# Package of Debian and Ubuntu -> the commands (or files) wanted from it. What is there counts, wherever it came from.
DEMO = {
    "busybox": ("busybox",),
    "dnsmasq-base": ("dnsmasq",),
    "iproute2": ("ip", "bridge"),
    "iputils-ping": ("ping",),
    "nftables": ("nft",),
    "util-linux": ("unshare", "nsenter"),
}
TEST = {
    **DEMO,
    "git": ("git",),
    # both kinds, for networks with its rules, and to compare with libvirt
    "iptables": ("iptables-nft", "iptables-legacy"),
    # the become plugin, for logins that are not root's
    "sudo": ("sudo",),
    # the test VM
    "debian-archive-keyring": ("/usr/share/keyrings/debian-archive-keyring.gpg",),
    "e2fsprogs": ("mke2fs",),
    "mmdebstrap": ("mmdebstrap",),
    "openssh-client": ("ssh", "ssh-keygen"),
    "qemu-system-x86": ("qemu-system-x86_64",),
    "qemu-utils": ("qemu-img",),
}
SETS = {"demo": DEMO, "test": TEST, "bench": TEST}

# Ordinary users have no sbin directory on their PATH.
SEARCH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"))


class MissingPackages(Exception):
    """Packages are missing, and whoever runs this may not install them."""


def missing(wanted: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the packages of which something is not on this machine."""
    return [
        package
        for package, things in wanted.items()
        if not all(os.path.exists(thing) or shutil.which(thing, path=SEARCH) for thing in things)
    ]


def install(packages: Iterable[str]) -> None:
    """Install packages when we may; otherwise say the line that installs them."""
    names = sorted(packages)
    if not names:
        return
    line = f"apt-get install --no-install-recommends {' '.join(names)}"
    if not shutil.which("apt-get"):
        raise MissingPackages(f"These packages of Debian are missing, by whatever name this system has them: {' '.join(names)}")
    if os.geteuid() != 0:
        raise MissingPackages(f"System packages are missing. Install them with: sudo {line}")
    print(f"Installing {', '.join(names)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "-qq", "update"], [*line.split(), "-qq", "-y"]):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise MissingPackages(f"{done.stdout}\n{' '.join(command)}: exit status {done.returncode}")


def unpacked(packages: Iterable[str], cache: Path) -> Path:
    """The folder that has each of these packages unpacked, below its name; for programs that would take over this machine if they were
    installed. They are downloaded once.
    """
    folder = cache / "netdev-linux" / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for package in packages:
            if not (folder / package).exists():
                _unpack(package, folder)
    return folder


def _unpack(package: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as work:
        for command in (["apt-get", "-qq", "download", package], ["sh", "-c", "dpkg-deb --extract *.deb unpacked"]):
            done = subprocess.run(command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode:
                raise MissingPackages(f"{done.stdout}\n{' '.join(command)}: exit status {done.returncode}")
        os.rename(Path(work) / "unpacked", folder / package)


def main() -> int:
    """Install a set of packages by its name."""
    if len(sys.argv) != 2 or sys.argv[1] not in SETS:
        print(f"usage: system-packages {'|'.join(SETS)}", file=sys.stderr)
        return 2
    try:
        install(missing(SETS[sys.argv[1]]))
    except MissingPackages as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
