# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies a definition of libvirt by the role, on a host with nothing but an uplink, and prints as JSON what there is then.

unshare --net --mount --pid --fork --kill-child --mount-proc apply.py SNAPSHOT NAME, in a sandbox: whatever it leaves running ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
EMPTY = ("/run", "/etc/netdev-linux", "/var/lib/netdev-linux")
LIBVIRT_SETS = ("accept_ra", "autoconf", "disable_ipv6", "forwarding")
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_role:
        name: netdev.linux.nat_network
      vars:
        # A definition may leave the name of the bridge to libvirt.
        nat_network_networks:
          - "{{ lookup('ansible.builtin.file', definition) | netdev.linux.from_libvirt_xml | combine({'bridge': bridge}) }}"
"""


def run(*command: str | Path, **environment: str) -> str:
    """Run a command; one that fails says why."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def surroundings(snapshot: Path, bridge: str) -> None:
    """An uplink, as the host had one that libvirt ran on."""
    for directory in EMPTY:
        Path(directory).mkdir(parents=True, exist_ok=True)
        run("mount", "-t", "tmpfs", "tmpfs", directory)
    run("mount", "-t", "sysfs", "sysfs", "/sys")
    run("ip", "link", "set", "lo", "up")
    for line in _lines(snapshot / "sysctl.txt"):
        key, _equals, value = line.partition("=")
        # The host's defaults are those of libvirt's host, but for what libvirt itself sets for its bridge.
        if f"/conf/{bridge}/" in key and key.rsplit("/", 1)[1] not in LIBVIRT_SETS:
            with contextlib.suppress(OSError):
                Path("/proc/sys", key.replace(f"/conf/{bridge}/", "/conf/default/")).write_text(value)
    made: set[str] = set()
    routes = [*_lines(snapshot / "route4.txt"), *_lines(snapshot / "route6.txt")]
    for line in sorted(routes, key=lambda line: "proto kernel" not in line):
        words = shlex.split(line)
        destination, device = words[1], words[words.index("dev") + 1]
        if device != bridge and device not in made:
            made.add(device)
            run("ip", "link", "add", device, "type", "veth", "peer", "name", f"far{len(made)}")
            run("ip", "link", "set", f"far{len(made)}", "up")
            run("ip", "link", "set", device, "up")
        if device != bridge and "src" in words:
            address = words[words.index("src") + 1]
            run("ip", "address", "add", f"{address}/{destination.split('/')[1]}", "dev", device)
        if device != bridge and destination == "default":
            run("ip", "route", "add", "default", "via", words[words.index("via") + 1], "dev", device)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def apply(definition: Path, bridge: str) -> None:
    """Run the role."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "ansible_collections" / "netdev"
        place.mkdir(parents=True)
        (place / "linux").symlink_to(TOP)
        play = Path(scratch) / "play.yml"
        play.write_text(PLAY)
        values = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        values |= {"definition": str(definition), "bridge": bridge}
        ansible = Path(sys.executable).parent / "ansible-playbook"
        run(
            ansible, "-i", "localhost,", "-e", json.dumps(values), play, ANSIBLE_COLLECTIONS_PATH=scratch, ANSIBLE_LOCALHOST_WARNING="false"
        )


def state(snapshot: Path, name: str, bridge: str) -> dict[str, object]:
    """What there is, in the form of the files of a snapshot."""
    sysfs = Path("/sys/class/net", bridge)
    attributes = [*sorted((sysfs / "bridge").iterdir()), sysfs / "mtu", sysfs / "addr_assign_type"]
    sysctls = [line.partition("=")[0] for line in _lines(snapshot / "sysctl.txt")]
    config = Path("/etc/netdev-linux/nat_network", name)
    return {
        "link.json": json.loads(run("ip", "-d", "-j", "link", "show", "dev", bridge)),
        "addr.json": json.loads(run("ip", "-d", "-j", "address", "show", "dev", bridge)),
        "bridge-sysfs.txt": "".join(f"{path.name}={_read(path)}\n" for path in attributes),
        "sysctl.txt": "".join(f"{key}={_read(Path('/proc/sys', key))}\n" for key in sysctls),
        "route4.txt": run("ip", "-4", "-d", "route"),
        "route6.txt": run("ip", "-6", "-d", "route"),
        "sockets.txt": run("ss", "-Hlntup"),
        "tc.txt": run("tc", "qdisc", "show", "dev", bridge),
        "files": {path.name: path.read_text() for path in sorted(config.iterdir())} if config.is_dir() else {},
    }


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""  # write-only, or not of this kernel


def main() -> None:
    """Do it."""
    snapshot, name = Path(sys.argv[1]), sys.argv[2]
    bridge = json.loads((snapshot / "addr.json").read_text())[0]["ifname"]
    surroundings(snapshot, bridge)
    apply(snapshot / "input.xml", bridge)
    print(json.dumps(state(snapshot, name, bridge)))


if __name__ == "__main__":
    main()
