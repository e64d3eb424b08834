# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what runs on the host what was rendered: for all networks at once, and only where something differs.

What can be refused is tried first: rules are loaded into a scratch namespace, configuration is checked by dnsmasq.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Iterable, Mapping, Sequence

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import (
    files,
    managers,
    nftables,
    place,
    process,
    resolved,
    shaping,
    traffic,
)
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.firewall import BACKENDS, Backend, Change, Key
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.others import Others
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.report import Report
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.services import Service
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.undo import Undo


class Reconciler:
    def __init__(self, check_mode: bool) -> None:
        self.check_mode = check_mode
        self.report = Report()
        self.undo = Undo()
        self.files = files.Files(self.report, self.undo, check_mode)
        self.dnsmasq = process.find("dnsmasq") or ""
        self.tc = process.find("tc") or ""
        self.manager = managers.choose(self.dnsmasq or "dnsmasq")
        # Networks whose dnsmasq was stopped, and on the way back has to run again, after everything else.
        self.halted: list[str] = []
        self.undo.add(lambda: self.manager.start(self.halted))

    # ---- networks that shall be

    def present(self, services: Sequence[Service]) -> None:
        """Raises NetdevError, or OSError; then :attr:`undo` knows the way back."""
        serving = [service for service in services if service.conf]
        self._programs(services)
        self._resolver(services)
        for service in serving:
            self._check_conf(service)
        shaped = [self._shaped(service) for service in services]
        services = [service for service, _shown in shaped]
        services = [self._offloaded(service) for service in services]
        rules = {}
        for netns, group in _by_place(services).items():
            with place.inside(netns, coming=self.check_mode):
                rules[netns] = self._rules(group)
        running = self.manager.running([service.name for service in serving])
        for service, shown in shaped:
            with place.inside(service.netns, coming=self.check_mode):
                self._shape(service, shown)
        written = self._write(services)
        for netns, group in _by_place(services).items():
            with place.inside(netns, coming=self.check_mode):
                self._load(rules[netns])
                self._tell(group)
                self._forward(group)
        self._register(services)
        self._turn_on(services)
        self._serve(serving, running, written)

    def _programs(self, services: Sequence[Service]) -> None:
        missing = []
        if not self.dnsmasq and any(service.conf for service in services):
            missing.append("dnsmasq (package dnsmasq-base on Debian, else dnsmasq)")
        for name, backend in BACKENDS.items():
            program = backend.missing({family for service in services if service.backend == name for family in service.rules})
            if program:
                missing.append(f"{program} (package {backend.package})")
        if not self.tc and any(service.shaping for service in services):
            missing.append("tc (package iproute2, or iproute-tc)")
        if not missing:
            return
        text = f"not installed: {', '.join(missing)}; role netdev.linux.prepare installs it"
        if not self.check_mode:
            raise NetdevError(text)
        # An earlier task may be about to install it.
        self.report.warn(text)

    def _resolver(self, services: Sequence[Service]) -> None:
        """Raises NetdevError if the host has not the resolver that shall know guests."""
        if not any(service.registered for service in services) or resolved.runs():
            return
        text = "systemd-resolved does not run on the host, so it can't ask for names of guests; start it, or leave domain.register out"
        if not self.check_mode:
            raise NetdevError(text)
        self.report.warn(text)

    def _check_conf(self, service: Service) -> None:
        """Let dnsmasq read what it does not read yet. Raises NetdevError."""
        if not self.dnsmasq or files.read(service.paths.conf) == service.conf:
            return
        with tempfile.NamedTemporaryFile("w", prefix="dnsmasq-", suffix=".conf", encoding="utf-8") as stream:
            stream.write(service.conf)
            stream.flush()
            code, _output, errors = process.run([self.dnsmasq, "--test", f"--conf-file={stream.name}"])
        if code:
            reason = errors.replace(stream.name, service.paths.conf)
            raise NetdevError(f"dnsmasq does not take the configuration of network {service.name}: {reason}")

    def _rules(self, services: Sequence[Service]) -> dict[str, list[Change]]:
        """What has to be done with each backend for the kernel to have the wanted rules; those with new rules come first."""
        found = {}
        for name, backend in sorted(BACKENDS.items(), key=lambda item: all(service.backend != item[0] for service in services)):
            own = [service for service in services if service.backend == name]
            wanted = {(family, service.name): text for service in own for family, text in service.rules.items()}
            found[name] = self._changes(backend, wanted, [service.name for service in services])
        return found

    def _changes(self, backend: Backend, wanted: Mapping[Key, str], networks: Sequence[str]) -> list[Change]:
        possible = [(family, name) for name in networks if backend.may_have(name) for family in backend.families]
        live = backend.live(dict.fromkeys([*wanted, *possible]))
        # In check mode the programs may be missing.
        canonical = wanted if backend.missing({family for family, _name in wanted}) else backend.canonical(wanted)
        found = []
        for key, definition in wanted.items():
            before = live.get(key, "")
            if before != canonical[key]:
                self._change("load", backend.title(key), before, canonical[key])
                found.append(Change(key, before, definition))
        for key in live:
            if key not in wanted:
                self._change("delete", backend.title(key), live[key], "")
                found.append(Change(key, live[key], ""))
        return found

    def _change(self, verb: str, subject: str, before: str, after: str) -> None:
        self.report.change(f"{verb} {subject}", subject, before, after)

    def _load(self, changes: Mapping[str, Sequence[Change]]) -> None:
        for name, found in changes.items():
            if found and not self.check_mode:
                BACKENDS[name].load(found)
                back = [change.back for change in found]
                self.undo.add(lambda name=name, back=back: BACKENDS[name].load(back))  # type: ignore[misc]

    def _offloaded(self, service: Service) -> Service:
        """The service with a flowtable, if it shall have one and can; a connection gets through without."""
        if not service.offload:
            return service
        table = nftables.offload(service.name, service.offload)
        with place.inside(service.netns, coming=self.check_mode):
            why = self._no_flowtable(service, table)
        if why:
            self.report.warn(f"connections of network {service.name} are not offloaded: {why}")
            return service
        return dataclasses.replace(service, rules={**service.rules, nftables.OFFLOAD: table})

    def _no_flowtable(self, service: Service, table: str) -> str:
        uplinks = service.offload[1:]
        missing = [link for link in uplinks if not _exists(link)]
        if not uplinks or missing:
            return f"there is no link {missing[0]}" if missing else "no default route tells what the uplink is; name it in forward.dev"
        backend = BACKENDS[service.backend]
        if nftables.OFFLOAD not in backend.families:
            return "that needs nftables"
        if backend.missing([nftables.OFFLOAD]):
            return ""  # nothing can be tried yet
        try:
            backend.canonical({(nftables.OFFLOAD, service.name): table})
        except NetdevError as error:
            return f"this kernel has no flowtables (module nf_flow_table_inet): {error}".splitlines()[0]
        return ""

    def _shaped(self, service: Service) -> tuple[Service, str]:
        """The service with as much of what tc shall do as this kernel knows, and what tc will show then.

        Raises NetdevError if it can't limit.
        """
        service = self._limited(service)
        if not service.checksums:
            return service, self._shown(service.bridge, service.shaping)
        both = service.shaping + service.checksums
        if self.tc and not traffic.canonical(service.bridge, both)[1] and not self._is_taken(service):
            return dataclasses.replace(service, shaping=both), self._shown(service.bridge, both)
        return self._filled(service), self._shown(service.bridge, service.shaping)

    def _shown(self, bridge: str, batch: str) -> str:
        return traffic.canonical(bridge, batch)[0] if batch and self.tc else ""

    def _is_taken(self, service: Service) -> bool:
        """Whether somebody else queues what leaves through the bridge. A limit would be refused; checksums are not worth that."""
        with place.inside(service.netns, coming=self.check_mode):
            return not service.shaping and traffic.is_taken(traffic.live(service.bridge))

    def _filled(self, service: Service) -> Service:
        """The service with rules that fill in the checksums of DHCP's answers, where rules can. Tells whoever may miss them."""
        backend = BACKENDS[service.backend]
        definition = backend.filling(service.rules.get("ip", ""), service.name, service.bridge)
        with contextlib.suppress(NetdevError):
            if definition and backend.canonical({("ip", service.name): definition}):
                return dataclasses.replace(service, rules={**service.rules, "ip": definition})
        with place.inside(service.netns, coming=self.check_mode):
            _code, taps, _errors = process.run(["ip", "-oneline", "link", "show", "master", service.bridge, "type", "tun"])
        if taps:
            self.report.warn(
                f"tc can't fill in the checksums of what DHCP answers guests of network {service.name} (the kernel has no act_csum, "
                f"or {service.bridge} has a queueing discipline of somebody else); DHCP clients in virtual machines may not take it"
            )
        return service

    def _limited(self, service: Service) -> Service:
        """The service with as much of its limits as this kernel knows. Raises NetdevError if it can't limit."""
        if not service.shaping or not self.tc:
            return service
        _shown, refused = traffic.canonical(service.bridge, service.shaping)
        if not all(any(word in line for word in shaping.NICETIES) for line in refused):
            lines = "; ".join(f"tc {line}" for line in refused)
            raise NetdevError(f"This kernel does not limit the bandwidth of network {service.name}, it refuses: {lines}")
        if refused:
            words = ", ".join(word.strip() for word in shaping.NICETIES if any(word in line for line in refused))
            self.report.warn(f"this kernel has no {words}; the bandwidth of network {service.name} is limited without")
        kept = "".join(f"{line}\n" for line in service.shaping.splitlines() if line not in refused)
        return dataclasses.replace(service, shaping=kept)

    def _shape(self, service: Service, wanted: str) -> None:
        before = files.read(service.paths.shaping) or ""
        if not self.tc or not (before or service.shaping):
            return
        live = traffic.live(service.bridge)
        if live == wanted:
            return
        self.report.change(*_shaping(service.bridge, live, wanted), live, wanted)
        if not self.check_mode:
            self.undo.add(lambda: traffic.load(service.bridge, before))
            traffic.load(service.bridge, service.shaping)

    def _write(self, services: Sequence[Service]) -> set[str]:
        """Write what differs, remove what is no longer wanted; the paths of what was written."""
        written: set[str] = set()
        self._stop([service.name for service in services if not service.conf])
        if not self.check_mode:
            # Steps back come in reverse order: this one when the files are as they were.
            self.undo.add(self.manager.refresh)
        refresh = False
        for service in services:
            mine, units = service.files(), self.manager.units(service)
            refresh = self._retire(service.name, units) or refresh
            for path in service.paths.generated():
                if path not in mine:
                    self.files.remove(path)
            written |= {path for path, text in mine.items() if self.files.write(path, text)}
            changed = {path for path, text in units.items() if self.files.write(path, text)}
            refresh = refresh or bool(changed)
            written |= changed
        self._refresh(refresh)
        return written

    def _stop(self, names: Sequence[str]) -> None:
        """Of networks that serve nothing any more."""
        alive = self.manager.alive(names)
        for name in sorted(alive):
            self.report.act(f"stop dnsmasq of network {name}")
        if not self.check_mode:
            self._halt(sorted(alive))

    def _halt(self, names: Sequence[str]) -> None:
        self.manager.stop(names)
        self.halted += names

    def _retire(self, name: str, wanted: Iterable[str]) -> bool:
        """Remove units that are not wanted. True if there were any."""
        retired = self.manager.retired(name, wanted)
        if not self.check_mode:
            self.manager.retire(retired)
        for path in retired:
            self.files.remove(path)
        return bool(retired)

    def _refresh(self, needed: bool) -> None:
        if needed and not self.check_mode:
            self.manager.refresh()

    def _tell(self, services: Sequence[Service]) -> None:
        """Tell other firewalls, those of the namespace that we are in."""
        if any(service.others for service in services):
            Others(self.report, self.undo, self.check_mode).tell({service.name: service.others for service in services})

    def _forward(self, services: Sequence[Service]) -> None:
        for path, value in {path: value for service in services for path, value in service.sysctls.items()}.items():
            before = (files.read(path) or "").strip()
            if before == value:
                continue
            key = path.replace("/proc/sys/", "").replace("/", ".")
            self.report.change(f"set {key}={value}", key, f"{before}\n", f"{value}\n")
            if not self.check_mode:
                _set(path, value, key)
                self.undo.add(lambda path=path, before=before, key=key: _set(path, before, key))  # type: ignore[misc]

    def _register(self, services: Sequence[Service]) -> None:
        for service in services:
            if not service.registered or resolved.knows(service.bridge, *service.registered):
                continue
            self.report.act(f"have the host ask {service.registered[1]} for names in {service.registered[0]}")
            if self.check_mode:
                continue
            self.undo.add(lambda bridge=service.bridge: process.run(resolved.revert(bridge)))  # type: ignore[misc]
            for command in resolved.commands(service.bridge, *service.registered):
                process.must(command, f"systemd-resolved does not take the domain of network {service.name}")

    def _turn_on(self, services: Sequence[Service]) -> None:
        idle = self.manager.idle(services)
        for path in idle:
            self.report.act(f"enable {os.path.basename(path)}")
        if not self.check_mode:
            self.undo.add(lambda: self.manager.retire(idle))
            self.manager.turn_on(idle)

    def _serve(self, serving: Sequence[Service], running: set[str], written: set[str]) -> None:
        to: dict[str, list[str]] = {"start": [], "restart": [], "reload": [], "": []}
        for service in serving:
            verb = self._needs(service, service.name in running, written)
            to[verb].append(service.name)
            if verb:
                self.report.act(f"{verb} dnsmasq of network {service.name}")
        if self.check_mode:
            return
        fresh = [*to["start"], *to["restart"]]
        # All of them stop first: an address may have moved from one network to another.
        self._halt(sorted(self.manager.alive(fresh)))
        self.undo.add(lambda: self.manager.stop(sorted(self.manager.alive(fresh))))
        self.manager.start(fresh)
        self.manager.reload(to["reload"])
        for service in serving:
            self._remember(service)

    def _needs(self, service: Service, running: bool, written: set[str]) -> str:
        """What has to be done for dnsmasq to run with what is in its files."""
        if not running:
            return "start"
        paths, told = service.paths, self._told(service)
        loaded = _loaded(paths) or told
        if loaded["start"] != told["start"] or {paths.conf, paths.dnsmasq_unit} & written:
            return "restart"
        if loaded["reload"] != told["reload"] or {paths.hostsfile, paths.addnhosts} & written:
            return "reload"
        return ""

    def _told(self, service: Service) -> dict[str, str]:
        """What dnsmasq reads when it starts, and what it also reads on SIGHUP."""
        return {
            "start": _digest(service.conf, self.manager.launch(service.name, service.netns)),
            "reload": _digest(service.hostsfile, service.addnhosts),
        }

    def _remember(self, service: Service) -> None:
        """So that a run that is cut short between writing and telling dnsmasq is made good by the next."""
        text = json.dumps(self._told(service))
        if files.read(service.paths.loaded) != text:
            files.replace(service.paths.loaded, text)

    # ---- networks that shall not be

    def absent(self, names: Sequence[str]) -> None:
        """Remove what was made for these networks, but for the bridge. Nothing of it needs to be there."""
        self._stop(names)
        places = {name: files.read_line(Paths(name).netns) for name in names}
        for netns in dict.fromkeys(places.values()):
            # With a namespace that is gone its rules are.
            with place.inside(netns, coming=True):
                self._unload([name for name in names if places[name] == netns])
                Others(self.report, self.undo, self.check_mode).forget([name for name in names if places[name] == netns])
        # All of them, not only until the first that had any.
        retired = [self._retire(name, []) for name in names]
        self._refresh(any(retired))
        for name in names:
            for directory in (Paths(name).config, Paths(name).state, Paths(name).run):
                self.files.remove_directory(directory)

    def _unload(self, names: Sequence[str]) -> None:
        self._load({backend: self._changes(BACKENDS[backend], {}, names) for backend in BACKENDS})


def _by_place(services: Sequence[Service]) -> dict[str, list[Service]]:
    """By the namespace that their networks are in."""
    groups: dict[str, list[Service]] = {}
    for service in services:
        groups.setdefault(service.netns, []).append(service)
    return groups


def _shaping(bridge: str, live: str, wanted: str) -> tuple[str, str]:
    """What is done when tc shows the one and shall show the other, and what it is done to."""
    limited = [traffic.limits(shown) for shown in (live, wanted)]
    if any(limited):
        subject = f"bandwidth of {bridge}"
        return f"limit {subject}" if limited[1] else f"do not limit {subject}", subject
    subject = f"checksums of what DHCP answers on {bridge}"
    return f"fill in {subject}" if wanted else f"do not fill in {subject}", subject


def _exists(link: str) -> bool:
    """Whether there is such a link in the namespace that we are in."""
    try:
        return socket.if_nametoindex(link) > 0
    except OSError:
        return False


def _set(path: str, value: str, key: str) -> None:
    try:
        with open(path, "w", encoding="ascii") as stream:
            stream.write(value + "\n")
    except OSError as error:
        raise NetdevError(f"Can't set {key}={value}: {error.strerror}") from error


def _loaded(paths: Paths) -> dict[str, str] | None:
    """What the running dnsmasq was last told to read. None after a boot: then it read what is there."""
    try:
        return dict(json.loads(files.read(paths.loaded) or ""))
    except ValueError:
        return None


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()
