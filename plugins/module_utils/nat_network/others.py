# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells other firewalls of the host what :mod:`.beside` has found that they have to be told, and takes back no more than that."""

from __future__ import annotations

import os
import re
import typing as t
from collections.abc import Iterable, Sequence

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import beside, files, process
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.beside import ZONE, Step
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.report import Report
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.undo import Undo

_ETC, _LIB = beside.FIREWALLD_FOLDERS
_ZONE_FILE = f"{_ETC}/zones/{ZONE}.xml"
_POLICY_FILE = f"{_ETC}/policies/{ZONE}_in.xml"
_RELOAD = ["firewall-cmd", "--reload"]

# What is forwarded is for our tables to decide. The host offers what libvirt's zone offers.
_ZONE_TEXT = """<?xml version="1.0" encoding="utf-8"?>
<zone target="ACCEPT">
  <short>NAT networks</short>
  <description>Bridges of the role netdev.linux.nat_network. Guests reach what the role serves, and the host by ssh and ping.</description>
  <service name="dhcp"/>
  <service name="dhcpv6"/>
  <service name="dns"/>
  <service name="ssh"/>
  <service name="tftp"/>
  <protocol value="icmp"/>
  <protocol value="ipv6-icmp"/>
  <rule priority="32767">
    <reject/>
  </rule>
  <forward/>
</zone>
"""
_POLICY_TEXT = f"""<?xml version="1.0" encoding="utf-8"?>
<policy target="ACCEPT">
  <short>To NAT networks</short>
  <description>The rules of each network say who may reach its guests.</description>
  <ingress-zone name="ANY"/>
  <egress-zone name="{ZONE}"/>
</policy>
"""


class Others:
    """The other firewalls of this host, as they were when we came."""

    def __init__(self, report: Report, undo: Undo, check_mode: bool) -> None:
        self.report = report
        self.undo = undo
        self.check_mode = check_mode
        self.files = files.Files(report, undo, check_mode)
        self.host = beside.read()
        # Whoever removes a package leaves its settings.
        self.ufw = [files.read(path) or "" for path in beside.UFW_RULES] if process.find("ufw") else []

    def tell(self, wanted: dict[str, dict[str, t.Any]]) -> None:
        """What each network wants of each of them, by the network's name. Raises NetdevError."""
        for name, others in wanted.items():
            if "docker" in others:
                self._do(beside.docker_steps(name, others["docker"]["rules"], self.host))
            if "ufw" in others:
                self._do(beside.ufw_steps(name, others["ufw"], self.ufw))
        self._zones({name: others.get("firewalld", {}) for name, others in wanted.items()})

    def forget(self, names: Sequence[str]) -> None:
        """Take back whatever they were told for these networks, also by those that are not there any more."""
        for name in names:
            self._do(beside.docker_steps(name, [], self.host))
            self._do(beside.ufw_steps(name, [], self.ufw))
        self._zones({name: {} for name in names})

    def _do(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self.report.act(step.text)
            if not self.check_mode:
                process.must(step.command, f"Can't {step.text}")
                self.undo.add(lambda step=step: process.must(step.back, f"Can't take back: {step.text}"))  # type: ignore[misc]

    # ---- firewalld: its permanent settings are files, and so is what we have told it of a network

    def _zones(self, wanted: dict[str, dict[str, str]]) -> None:
        zones = {name: (text or "").split() for name, text in ((name, files.read(Paths(name).zone)) for name in wanted)}
        members = {
            zone: _members(zone)
            for zone in {ZONE, *(entry["zone"] for entry in wanted.values() if entry), *(z[0] for z in zones.values() if z)}
        }
        if not any(wanted.values()) and not any(zones.values()):
            return
        ours = any(entry.get("zone") == ZONE for entry in wanted.values())
        if ours:
            self._make_zone()
        for name, entry in wanted.items():
            self._zone(name, entry, zones[name], members)
        if not ours and not members[ZONE] and any(entry[:1] == [ZONE] for entry in zones.values()):
            self._remove_zone()

    def _zone(self, name: str, entry: dict[str, str], before: list[str], members: dict[str, set[str]]) -> None:
        if before and before[1] != entry.get("bridge"):
            self._leave(before[0], before[1], members)
        if not entry:
            self.files.remove(Paths(name).zone)
            return
        zone, bridge = entry["zone"], entry["bridge"]
        if bridge not in members[zone]:
            self._do([_move("--permanent", zone, bridge)])
            for other in members.values():
                other.discard(bridge)
            members[zone].add(bridge)
        if self.host.zone(bridge) != zone:
            self._do([_move("--quiet", zone, bridge)])
        self.files.write(Paths(name).zone, f"{zone} {bridge}\n")

    def _leave(self, zone: str, bridge: str, members: dict[str, set[str]]) -> None:
        for scope, is_there in (("--permanent", bridge in members[zone]), ("--quiet", self.host.zone(bridge) == zone)):
            if is_there:
                back = _move(scope, zone, bridge).command
                self._do([Step(f"take {bridge} out of zone {zone} ({_scope(scope)})", _interface(scope, zone, "remove", bridge), back)])
        members[zone].discard(bridge)

    def _make_zone(self) -> None:
        """Make our zone if it is not there; somebody may have changed it since it was made."""
        if ZONE not in self.host.zones:
            self._reload_on_the_way_back()
            self.files.write(_ZONE_FILE, _ZONE_TEXT)
            self.files.write(_POLICY_FILE, _POLICY_TEXT)
            # firewalld knows no other way to learn of a new zone.
            self._reload()

    def _remove_zone(self) -> None:
        self._reload_on_the_way_back()
        removed = [self.files.remove(path) for path in (_POLICY_FILE, _ZONE_FILE, f"{_ZONE_FILE}.old")]
        if any(removed):
            self._reload()

    def _reload(self) -> None:
        if self.host.firewalld:
            self.report.act("reload firewalld")
            if not self.check_mode:
                process.must(_RELOAD, "Can't reload firewalld")

    def _reload_on_the_way_back(self) -> None:
        if self.host.firewalld and not self.check_mode:
            self.undo.add(lambda: process.must(_RELOAD, "Can't reload firewalld"))


def _move(scope: str, zone: str, bridge: str) -> Step:
    text = f"put {bridge} into zone {zone} ({_scope(scope)})"
    return Step(text, _interface(scope, zone, "change", bridge), _interface(scope, zone, "remove", bridge))


def _interface(scope: str, zone: str, verb: str, bridge: str) -> list[str]:
    # Without its daemon it can still change what is permanent.
    program = "firewall-cmd" if scope != "--permanent" or os.path.exists("/run/firewalld.pid") else "firewall-offline-cmd"
    words = [f"--zone={zone}", f"--{verb}-interface={bridge}"]
    return [program, *words] if program == "firewall-offline-cmd" else [program, scope, *words]


def _scope(scope: str) -> str:
    return "for good" if scope == "--permanent" else "now"


def _members(zone: str) -> set[str]:
    """The interfaces that firewalld has in a zone for good."""
    if not process.find("firewall-cmd"):
        return set()
    text = next((text for text in (files.read(f"{folder}/zones/{zone}.xml") for folder in (_ETC, _LIB)) if text is not None), "")
    return set(re.findall(r"<interface\s+name=[\"']([^\"']+)[\"']", text))
