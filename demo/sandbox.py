# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo, seen from the host: make a sandbox, run the story in it, and show that the host is as it was."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from console import (
    Checks,
    DemoError,
    heading,
    output,
    output_json,
    say,
)
from processes import (
    adopt_orphans,
    end_descendants,
)

TOP = Path(__file__).resolve().parents[1]
INTERRUPTED = 130


def host_state() -> dict[str, object]:
    """What there is of the host that a network demo could damage, without what changes by itself."""
    state: dict[str, object] = {
        "links": [[link[key] for key in ("ifindex", "ifname", "flags")] for link in output_json("ip", "-j", "link")],
        "addresses": [
            [link["ifname"], address["local"], address["prefixlen"]]
            for link in output_json("ip", "-j", "address")
            for address in link["addr_info"]
        ],
        "routes": [output("ip", "-4", "route"), output("ip", "-6", "route", "show", "proto", "static")],
        "namespaces": sorted(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else [],
        "forwarding": [
            path.read_text(encoding="ascii").strip()
            for family in ("ipv4", "ipv6")
            if (path := Path(f"/proc/sys/net/{family}/conf/all/forwarding")).exists()
        ],
    }
    if os.geteuid() == 0:
        state["rules"] = output("nft", "list", "ruleset")
    return state


def namespaces() -> list[str]:
    """Return the options of unshare(1) that this kernel grants us, with a process namespace where it can be had.

    With one of those, whatever the demo started dies with it; and it needs a /proc of its own, which a kernel refuses
    to ordinary users where the /proc they see has parts covered, as in many containers.
    """
    private = ["--mount", "--net"]
    whose = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    if not _grants([*whose, *private]):
        why = "This kernel, or the container around us, refuses to make network namespaces"
        if whose:
            why += " for ordinary users. As root it may work: sudo make demo"
        raise DemoError(why, _refusal([*whose, *private]))
    processes = ["--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*whose, *private, *(processes if _grants([*whose, *private, *processes]) else [])]


def _grants(options: list[str]) -> bool:
    return not _refusal(options)


def _refusal(options: list[str]) -> str:
    # Some systems hand out user namespaces without any capability in them: try something that needs one
    tried = subprocess.run(["unshare", *options, "ip", "link", "set", "dev", "lo", "up"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else tried.stderr or "refused"


def describe(options: list[str]) -> str:
    """Say which namespaces the sandbox is made of."""
    kinds = {"--user": "user", "--mount": "mount", "--net": "network", "--pid": "process"}
    *most, last = (word for option, word in kinds.items() if option in options)
    return f"{', '.join(most)} and {last} namespace"


def log_directory() -> Path:
    """Return an empty directory for the logs: in the work tree where that can be written."""
    directory = TOP / ".cache" / "demo"
    try:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="netdev-linux-demo-"))
    return directory


def story(options: list[str], logs: Path) -> int:
    """Run the story in a sandbox, and leave no process of it."""
    adopt_orphans()
    told = subprocess.Popen(["unshare", *options, sys.executable, Path(__file__).with_name("story.py"), logs])
    try:
        return told.wait()
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        end_descendants()


def main() -> int:
    """Run the demo; the exit status is 0 only if everything shown was checked and true."""
    began = time.monotonic()
    # ordinary users have no sbin directory on their path
    os.environ["PATH"] = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logs = log_directory()
    try:
        options = namespaces()
        heading("netdev.linux: a NAT network like libvirt's, made by Ansible, in a private sandbox")
        say(f"The sandbox: {describe(options)} of its own. Nothing of this host is touched.")
        before = host_state()
        status = story(options, logs)
        after = host_state()
        for key, was in before.items():
            Checks.that(after[key] == was, f"The host's {key} are as before", f"{was}\nthen\n{after[key]}")
    except DemoError as failure:
        heading(f"Not so: {failure}")
        say(failure.found)
        return 1
    if status:
        return status
    checks = Checks.done + json.loads((logs / "checks").read_text(encoding="ascii"))
    say(
        "The host's links, addresses, routes, namespaces and rules are as they were."
        if "rules" in before
        else "The host's links, addresses, routes and namespaces are as they were."
    )
    heading(f"All of this was checked ({checks} checks) in {time.monotonic() - began:.0f} s.")
    say(f"What Ansible printed: {logs / 'ansible.log'}", indent=0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
