# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does in a sandbox what a boot does with the files of role persist: boot.py up|down networkd|networkmanager UNPACKED

The network service is the real one, and so is what udev does with a .link file. There is no systemd: units are run as their files say.
UNPACKED has the packages, each below its name.
"""

from __future__ import annotations

import glob
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

UNITS = Path("/etc/systemd/system")
KEYFILES = "/etc/NetworkManager/system-connections/*.nmconnection"
PID = "/run/persist-pid-%s"
DEADLINE = 30
_BUS = """<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/></policy></busconfig>
"""
_CONF = "[main]\nplugins=keyfile\nno-auto-default=*\n[logging]\nbackend=syslog\n"


class Unpacked:
    """Programs of packages that are not installed."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        libraries = {os.path.dirname(path) for path in glob.glob(folder + "/lib*/**/*.so*", recursive=True)}
        self.environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(sorted(libraries)), "SYSTEMD_LOG_TARGET": "console"}

    def program(self, name: str) -> str:
        for below in ("lib/systemd", "usr/lib/systemd", "usr/sbin", "usr/bin", "bin", "sbin"):
            found = glob.glob("%s/*/%s/%s" % (self.folder, below, name))
            if found:
                return found[0]
        raise SystemExit("%s is in none of the packages" % name)

    def run(self, name: str, *words: str) -> str:
        done = subprocess.run([self.program(name), *words], env=self.environment, capture_output=True, text=True, check=False)
        return done.stdout

    def start(self, name: str, *words: str) -> None:
        """As a daemon, which has a /sys that it can't write to: then it does not wait for udev."""
        private = "mount --bind /sys /sys; mount -o remount,bind,ro /sys; mknod /run/tun c 10 200; chmod 666 /run/tun;"
        private += ' mount --bind /run/tun /dev/net/tun; rm /run/tun; exec "$@"'
        with open("/run/persist-log-" + name, "w") as log:
            process = subprocess.Popen(
                ["unshare", "--mount", "sh", "-ec", private, name, self.program(name), *words],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        Path(PID % name).write_text(str(process.pid))


def stop(name: str) -> None:
    path = Path(PID % name)
    pid = int(path.read_text())
    path.unlink()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: ended(pid), "%s ends" % name)


def ended(pid: int) -> bool:
    """Whether a process is gone, or nobody has asked yet how it ended."""
    try:
        return "\nState:\tZ" in Path("/proc/%d/status" % pid).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until(is_so, what: str) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + DEADLINE
    while not is_so():
        if time.monotonic() > end:
            logs = "".join(Path(path).read_text() for path in glob.glob("/run/persist-log-*"))
            raise SystemExit("%s\nwaited %d seconds until %s" % (logs, DEADLINE, what))
        time.sleep(0.05)


# ---- units ---------------------------------------------------------------------------------------------------------


def values(text: str, key: str) -> list[str]:
    return [value.strip() for value in re.findall(r"^%s=-?(.*)$" % key, text, re.MULTILINE)]


def wanted_units() -> list[str]:
    """In an order in which each comes behind those that it requires."""
    texts = [Path(path).read_text() for path in glob.glob(str(UNITS / "multi-user.target.d" / "*.conf"))]
    left = [name for text in texts for name in values(text, "Wants")]
    ordered: list[str] = []
    while left:
        ready = [name for name in left if not {*values((UNITS / name).read_text(), "Requires")} & {*left}]
        assert ready, left
        ordered += ready
        left = [name for name in left if name not in ready]
    return ordered


def run_commands(unit: str, key: str) -> None:
    for line in values((UNITS / unit).read_text(), key):
        words = [word.replace("$$", "$").replace("%%", "%") for word in shlex.split(line)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit("%s: %s: %s" % (unit, words, done.stderr))


def devices(unit: str) -> list[str]:
    """The links that it waits for."""
    escaped = [re.fullmatch(r"sys-subsystem-net-devices-(.*)\.device", name) for name in values((UNITS / unit).read_text(), "Requires")]
    return [re.sub(r"\\x(..)", lambda match: chr(int(match[1], 16)), match[1]) for match in escaped if match]


# ---- udev ----------------------------------------------------------------------------------------------------------


def there(link: str) -> bool:
    return os.path.exists("/sys/class/net/" + link)


def as_udev(unpacked: Unpacked, link: str) -> None:
    """What it does when a link comes: 80-net-setup-link.rules and 99-systemd.rules."""
    unpacked.run("udevadm", "test-builtin", "net_setup_link", "/sys/class/net/" + link)
    settings = [path for path in glob.glob("/etc/sysctl.d/50-netdev-*.conf") if ".%s." % link.replace(".", "/") in Path(path).read_text()]
    for path in settings:
        prefixes = ["--prefix=/net/ipv%d/conf/%s" % (version, link) for version in (4, 6)]
        unpacked.run("systemd-sysctl", *prefixes, path)


# ---- the services --------------------------------------------------------------------------------------------------


def start_service(unpacked: Unpacked, service: str) -> None:
    if service == "networkd":
        for name in ("links", "leases", "lldp"):
            os.makedirs("/run/systemd/netif/" + name, exist_ok=True)
        for path, line in (("/etc/passwd", "systemd-network:x:998:998::/:/bin/false\n"), ("/etc/group", "systemd-network:x:998:\n")):
            text = Path(path).read_text()
            if "systemd-network:" not in text:
                Path(path).write_text(text + line)
        subprocess.run(["chown", "-R", "systemd-network:", "/run/systemd/netif"], check=True)
        unpacked.start("systemd-networkd")
        return
    for folder in ("/run/dbus", "/etc/NetworkManager", "/var/lib/NetworkManager"):
        os.makedirs(folder, exist_ok=True)
    Path("/run/persist-bus.conf").write_text(_BUS)
    Path("/etc/NetworkManager/NetworkManager.conf").write_text(_CONF)
    unpacked.start("dbus-daemon", "--config-file=/run/persist-bus.conf", "--nofork", "--nopidfile")
    wait_until(lambda: os.path.exists("/run/dbus/system_bus_socket"), "the bus is there")
    unpacked.start("NetworkManager", "--no-daemon")


def settled(unpacked: Unpacked, service: str) -> bool:
    """Whether it has done all that its files say."""
    if service == "networkmanager":
        states = unpacked.run("nmcli", "--terse", "--fields", "NAME,STATE", "connection", "show").split()
        return {"%s:activated" % re.findall("^id=(.*)", Path(path).read_text(), re.M)[0] for path in glob.glob(KEYFILES)} <= {*states}
    names = [name for path in glob.glob("/etc/systemd/network/*.network") for name in values(Path(path).read_text(), "Name")]
    return all(map(configured, names))


def configured(link: str) -> bool:
    if not there(link):
        return False
    state = Path("/run/systemd/netif/links/" + Path("/sys/class/net/%s/ifindex" % link).read_text().strip())
    return state.exists() and "ADMIN_STATE=configured\n" in state.read_text()


def up(unpacked: Unpacked, service: str) -> None:
    start_service(unpacked, service)
    coming = [name for path in glob.glob("/etc/systemd/network/*.link") for name in values(Path(path).read_text(), "OriginalName")]
    units = wanted_units()

    def all_done() -> bool:
        for link in filter(there, list(coming)):
            as_udev(unpacked, link)
            coming.remove(link)
        while units and all(map(there, devices(units[0]))):
            run_commands(units.pop(0), "ExecStart")
        return not coming and not units and settled(unpacked, service)

    wait_until(all_done, "all is up")


def down(unpacked: Unpacked, service: str) -> None:
    for unit in reversed(wanted_units()):
        run_commands(unit, "ExecStop")
    if service == "networkmanager":
        for path in glob.glob(KEYFILES):
            unpacked.run("nmcli", "connection", "down", values(Path(path).read_text(), "uuid")[0])
        stop("NetworkManager")
        stop("dbus-daemon")
        return
    stop("systemd-networkd")
    made = [values(Path(path).read_text(), "Name") for path in glob.glob("/etc/systemd/network/*.netdev")]
    # It leaves everything as it is when it ends.
    subprocess.run(["ip", "route", "flush", "proto", "static"], capture_output=True, check=False)
    for name in [names[0] for names in made]:
        subprocess.run(["ip", "link", "delete", "dev", name], capture_output=True, check=False)


def keyfiles(unpacked: Unpacked) -> None:
    """That NetworkManager's own parser reads every key of ours: one it does not know, or whose value it does not take, it forgets."""
    for path in glob.glob(KEYFILES):
        words = [unpacked.program("nmcli"), "--offline", "connection", "modify", "connection.autoconnect", "no"]
        with open(path) as stream:
            done = subprocess.run(words, stdin=stream, env=unpacked.environment, capture_output=True, text=True, check=True)
        # Of what is there by itself it says nothing.
        own = {"connection": "autoconnect", "bridge": "stp", "tun": "mode", "macvlan": "tap"}
        lost = entries(Path(path).read_text()) - entries(done.stdout)
        lost = {entry for entry in lost if own.get(entry[0]) != entry[1]}
        assert not lost, (path, lost)


def entries(text: str) -> set[tuple[str, str, str]]:
    found, section = set(), ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line:
            key, value = line.split("=", 1)
            found.add((section, key, value.lower().replace(", ", ",")))
    return found


def main() -> None:
    action, service, folder = sys.argv[1:]
    unpacked = Unpacked(folder)
    if action == "keyfiles":
        keyfiles(unpacked)
        return
    {"up": up, "down": down}[action](unpacked, service)
    print(json.dumps({"units": len(wanted_units()), "files": len(glob.glob("/etc/systemd/network/*") + glob.glob(KEYFILES))}))


if __name__ == "__main__":
    main()
