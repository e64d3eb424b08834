# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual machine that has nothing but a NIC on a tap, and does what a script says. It is not talked to over its serial console,
because there QEMU's software emulation loses interrupts.

usage: guest.py start NAME TAP MAC IMAGE SCRIPT (IMAGE: a folder with vmlinuz and guest.gz)
       guest.py await NAME WORD (waits until it says that word, once more than before, and prints what it has said so far)
       guest.py end NAME
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMEOUT = 120.0  # seconds; booting takes two where nothing else runs


def place(name: str, what: str) -> Path:
    return Path(f"/run/guest-{name}.{what}")


def start(name: str, tap: str, mac: str, image: str, script: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "todo").write_bytes(Path(script).read_bytes())
        cpio = subprocess.run(["busybox", "cpio", "-o", "-H", "newc"], input=b"todo\n", cwd=folder, capture_output=True, check=True)
    # The kernel unpacks one archive after the other.
    place(name, "initrd").write_bytes(cpio.stdout + Path(image, "guest.gz").read_bytes())
    command = ["qemu-system-x86_64", "-accel", "tcg", "-machine", "q35,hpet=off", "-cpu", "Nehalem", "-m", "128", "-no-reboot"]
    command += ["-nodefaults", "-no-user-config", "-display", "none", "-daemonize", "-pidfile", str(place(name, "pid"))]
    command += ["-kernel", f"{image}/vmlinuz", "-initrd", str(place(name, "initrd"))]
    command += ["-append", f"console=ttyS0 quiet panic=-1 guest={name}", "-serial", f"file:{place(name, 'log')}"]
    # QEMU opens the tap that is there already.
    command += ["-netdev", f"tap,id=net,ifname={tap},script=no,downscript=no", "-device", f"virtio-net-pci,netdev=net,mac={mac},romfile="]
    subprocess.run(command, check=True)
    return 0


def said(name: str) -> str:
    return place(name, "log").read_text(errors="replace").replace("\r\n", "\n")


def wait(name: str, word: str) -> int:
    deadline = time.monotonic() + TIMEOUT
    seen = place(name, "seen")
    before = int(seen.read_text()) if seen.exists() else 0
    while word not in said(name)[before:]:
        if time.monotonic() > deadline:
            print(f"{name} did not say {word!r} in {TIMEOUT:.0f} s: {said(name)}", file=sys.stderr)
            return 1
        time.sleep(0.1)
    text = said(name)
    seen.write_text(str(len(text)))
    print(text)
    return 0


def end(name: str) -> int:
    process = os.pidfd_open(int(place(name, "pid").read_text()))
    signal.pidfd_send_signal(process, signal.SIGTERM)
    # A descriptor of a process is readable when that has ended.
    if not select.select([process], [], [], 10.0)[0]:
        signal.pidfd_send_signal(process, signal.SIGKILL)
    for what in ("initrd", "pid", "log", "seen"):
        place(name, what).unlink(missing_ok=True)
    return 0


def main(verb: str, *arguments: str) -> int:
    if verb == "start":
        return start(*arguments)
    return wait(*arguments) if verb == "await" else end(*arguments)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
