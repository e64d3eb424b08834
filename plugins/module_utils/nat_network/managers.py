# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who keeps dnsmasq running: systemd, or where that does not run, a supervisor of ours."""

from __future__ import annotations

import contextlib
import grp
import inspect
import os
import pwd
import select
import signal
import subprocess
import sys
import typing as t
from collections.abc import Iterable, Sequence

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import dnsmasq, files, process, resolved, supervisor, units
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.firewall import BACKENDS
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.services import Service

START_TIMEOUT = 30.0
# dnsmasq's packages bring an account of that name; nobody is dnsmasq's own fallback.
_ACCOUNTS = ("dnsmasq", "nobody")


class Manager(t.Protocol):
    """What the two have in common. Names are those of networks."""

    def units(self, service: Service) -> dict[str, str]:
        """Files of its own that it needs for a network, by path."""

    def retired(self, name: str, wanted: Iterable[str]) -> list[str]:
        """Files of its own that there are for a network and that are not wanted."""

    def retire(self, paths: Sequence[str]) -> None:
        """Stop what these files are for. They are removed afterwards."""

    def refresh(self) -> None:
        """Files of its own were written or removed."""

    def launch(self, name: str, netns: str) -> str:
        """How dnsmasq is started, in which namespace; when that changes, a running one is out of date."""

    def alive(self, names: Sequence[str]) -> set[str]:
        """Whose dnsmasq runs in any way."""

    def running(self, names: Sequence[str]) -> set[str]:
        """Whose dnsmasq runs as it should, and will after a boot if it can."""

    def states(self, name: str) -> dict[str, str]:
        """Its units that there are for a network, by name, and what they are doing."""

    def idle(self, services: Sequence[Service]) -> list[str]:
        """What else has to be turned on: units whose work is done by us already, for the next boot."""

    def turn_on(self, idle: Sequence[str]) -> None: ...

    def start(self, names: Sequence[str]) -> None: ...

    def reload(self, names: Sequence[str]) -> None: ...

    def stop(self, names: Sequence[str]) -> None: ...


def choose(binary: str) -> Manager:
    """``binary`` is dnsmasq."""
    return Systemd(binary) if systemd_runs() else Supervised(binary)


def systemd_runs() -> bool:
    """Whether systemd runs and its services are in our network namespace."""
    if not os.path.isdir("/run/systemd/system"):
        return False
    try:
        return os.stat("/proc/1/ns/net") == os.stat("/proc/self/ns/net")
    except OSError:
        return False


class Supervised:
    """Each dnsmasq has a supervisor, which has a pid file."""

    def __init__(self, binary: str) -> None:
        self.binary = binary
        self.user, self.group = account()

    def units(self, service: Service) -> dict[str, str]:
        return {}

    def retired(self, name: str, wanted: Iterable[str]) -> list[str]:
        return []

    def retire(self, paths: Sequence[str]) -> None:
        pass

    def refresh(self) -> None:
        pass

    def states(self, name: str) -> dict[str, str]:
        return {}

    def idle(self, services: Sequence[Service]) -> list[str]:
        return []

    def turn_on(self, idle: Sequence[str]) -> None:
        pass

    def launch(self, name: str, netns: str) -> str:
        return "\n".join([*_enter(netns), *self._command(name)])

    def alive(self, names: Sequence[str]) -> set[str]:
        return {name for name in names if _supervisor(name).command() or _daemon(name).command()}

    def running(self, names: Sequence[str]) -> set[str]:
        return {name for name in names if _supervisor(name).command() and _daemon(name).command() == self._command(name)}

    def start(self, names: Sequence[str]) -> None:
        # All at once, then wait for each.
        for name, ready in [(name, self._launch(name)) for name in names]:
            error = _wait(ready)
            if error:
                raise NetdevError(f"dnsmasq of network {name} does not start: {error}")

    def reload(self, names: Sequence[str]) -> None:
        for name in names:
            _daemon(name).signal(signal.SIGHUP)

    def stop(self, names: Sequence[str]) -> None:
        for name in names:
            _supervisor(name).end()
            # Only if the supervisor was killed is there still one.
            _daemon(name).end()
            # As its own user, dnsmasq can't remove it.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(Paths(name).pid)

    def _command(self, name: str) -> list[str]:
        return dnsmasq.arguments(name, self.user, self.group, self.binary)

    def _launch(self, name: str) -> int:
        """Start a supervisor. It closes the descriptor when dnsmasq is ready."""
        paths = Paths(name)
        files.replace(paths.supervisor, inspect.getsource(supervisor))
        files.make_directory(paths.served)
        files.make_directory(paths.state)
        reader, writer = os.pipe()
        command = [sys.executable, paths.supervisor, str(writer), paths.supervisor_pid, paths.pid, *self._command(name)]
        command = [*_enter(files.read_line(paths.netns)), *command]
        null = subprocess.DEVNULL
        try:
            subprocess.Popen(command, stdin=null, stdout=null, stderr=null, cwd="/", pass_fds=[writer], start_new_session=True)
        finally:
            os.close(writer)
        return reader


def _enter(netns: str) -> list[str]:
    """What precedes a command that runs in a namespace, with the resolv.conf that /etc/netns has for it."""
    return [process.find("ip") or "ip", "netns", "exec", netns] if netns else []


def _supervisor(name: str) -> process.Process:
    paths = Paths(name)
    return process.Process(paths.supervisor_pid, paths.supervisor_pid)


def _daemon(name: str) -> process.Process:
    paths = Paths(name)
    return process.Process(paths.pid, f"--pid-file={paths.pid}")


def _wait(ready: int) -> str:
    """Wait until the other end is closed. What was written there is the reason of a failure."""
    with open(ready, encoding="utf-8", errors="replace") as stream:
        if not select.select([ready], [], [], START_TIMEOUT)[0]:
            return f"no answer for {START_TIMEOUT:.0f} s"
        return stream.read().strip()


def account() -> tuple[str, str]:
    """The user and group that dnsmasq turns into, empty where it can't: in a user namespace that has only one."""
    if not _may_change_groups():
        return "", ""
    for name in _ACCOUNTS:
        try:
            user = pwd.getpwnam(name)
            if _is_mapped(user.pw_uid):
                return name, grp.getgrgid(user.pw_gid).gr_name
        except KeyError:
            continue
    return "", ""


def _may_change_groups() -> bool:
    return os.geteuid() == 0 and (files.read("/proc/self/setgroups") or "allow").strip() == "allow"


def _is_mapped(uid: int) -> bool:
    """Whether our user namespace knows the user."""
    lines = [line.split() for line in (files.read("/proc/self/uid_map") or "").splitlines()]
    return any(int(first) <= uid < int(first) + int(count) for first, _outside, count in lines)


class Systemd:
    """Up to four units for each network: for the bridge at boot, for rules and forwarding, for dnsmasq, and for the host's own resolver."""

    def __init__(self, binary: str) -> None:
        self.binary = binary
        self.user, self.group = account()

    def units(self, service: Service) -> dict[str, str]:
        paths = service.paths
        wanted = {}
        if service.boot:
            wanted[paths.bridge_unit] = units.bridge(service.name, service.netns)
        if service.rules or service.sysctls or service.told_at_boot:
            backend = BACKENDS[service.backend] if service.rules else None
            wanted[paths.firewall_unit] = units.firewall(
                service.name, backend, service.sysctls, service.netns, service.told_at_boot, service.offloads
            )
        if service.registered:
            commands = resolved.commands(service.bridge, *service.registered)
            wanted[paths.names_unit] = units.names(service.name, commands, resolved.revert(service.bridge))
        if service.conf:
            wanted[paths.dnsmasq_unit] = self.launch(service.name, service.netns)
        return wanted

    def retired(self, name: str, wanted: Iterable[str]) -> list[str]:
        every = [Paths(name).names_unit, Paths(name).dnsmasq_unit, Paths(name).firewall_unit, Paths(name).bridge_unit]
        return [path for path in every if path not in set(wanted) and os.path.exists(path)]

    def retire(self, paths: Sequence[str]) -> None:
        self._control("disable", "--now", units=paths)

    def refresh(self) -> None:
        process.must(["systemctl", "daemon-reload"], "systemd does not read its units again")

    def launch(self, name: str, netns: str) -> str:
        # systemd changes the user, so dnsmasq has nothing to change.
        return units.dnsmasq(name, dnsmasq.arguments(name, "", "", self.binary), self.user, self.group, netns)

    def alive(self, names: Sequence[str]) -> set[str]:
        shown = self._shown([Paths(name).dnsmasq_unit for name in names])
        return {name for name in names if _of(shown, name).get("ActiveState", "inactive") not in ("inactive", "failed")}

    def running(self, names: Sequence[str]) -> set[str]:
        shown = self._shown([Paths(name).dnsmasq_unit for name in names])
        return {name for name in names if _is_on(_of(shown, name))}

    def states(self, name: str) -> dict[str, str]:
        shown = self._shown(self.retired(name, []))
        return {unit: properties["ActiveState"] for unit, properties in shown.items()}

    def idle(self, services: Sequence[Service]) -> list[str]:
        wanted = [path for service in services for path in self.units(service) if path != service.paths.dnsmasq_unit]
        shown = self._shown(wanted)
        return [path for path in wanted if not _is_on(shown.get(os.path.basename(path), {}))]

    def turn_on(self, idle: Sequence[str]) -> None:
        self._control("enable", "--now", units=idle)

    def start(self, names: Sequence[str]) -> None:
        self._control("enable", "--now", units=[Paths(name).dnsmasq_unit for name in names])

    def reload(self, names: Sequence[str]) -> None:
        self._control("reload", units=[Paths(name).dnsmasq_unit for name in names])

    def stop(self, names: Sequence[str]) -> None:
        self._control("stop", units=[Paths(name).dnsmasq_unit for name in names])

    def _shown(self, paths: Sequence[str]) -> dict[str, dict[str, str]]:
        """What systemd says of each unit."""
        if not paths:
            return {}
        command = ["systemctl", "show", "--property=Id,ActiveState,UnitFileState", *map(os.path.basename, paths)]
        shown = process.must(command, "systemd does not show its units")
        blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in shown.strip().split("\n\n")]
        return {block["Id"]: block for block in blocks}

    def _control(self, *verb: str, units: Sequence[str]) -> None:
        if not units:
            return
        names = [os.path.basename(path) for path in units]
        code, _output, errors = process.run(["systemctl", *verb, *names])
        if code:
            raise NetdevError(f"systemctl {' '.join([*verb, *names])}: {_journal(names) or errors}")


def _journal(names: Sequence[str]) -> str:
    """What the programs of these units have said last; systemd only knows that they failed."""
    process.run(["journalctl", "--sync"])
    programs = [f"--identifier={program}" for program in ("dnsmasq", "nft", "sh")]
    units = [f"--unit={name}" for name in names]
    command = ["journalctl", "--quiet", "--no-pager", "--boot", "--lines=3", "--output=cat", *programs, *units]
    _code, output, _errors = process.run(command)
    return "; ".join(output.splitlines())


def _of(shown: dict[str, dict[str, str]], name: str) -> dict[str, str]:
    return shown.get(os.path.basename(Paths(name).dnsmasq_unit), {})


def _is_on(unit: dict[str, str]) -> bool:
    """Whether it runs now and will at boot."""
    return unit.get("ActiveState") == "active" and unit.get("UnitFileState") == "enabled"
