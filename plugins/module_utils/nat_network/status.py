# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of NAT networks on a host, and what differs from their definitions. Reads only."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import result
from ansible_collections.netdev.linux.plugins.module_utils.device import carry_out
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import files, leases, managers, place, preflight, process, steps
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.firewall import BACKENDS
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Definitions
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import CONFIG, Paths
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.reconcile import Reconciler
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.services import Service
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker

Shown = dict[str, t.Any]


def places() -> dict[str, str]:
    """The networks that have left anything here, by name, with the namespace that each is in: files of theirs, or a bridge where we are."""
    try:
        configured = os.listdir(CONFIG)
    except FileNotFoundError:
        configured = []
    return {name: files.read_line(Paths(name).netns) for name in sorted({*preflight.read().bridges, *configured} - {""})}


def show(networks: t.Mapping[str, str]) -> list[Shown]:
    """The state of networks, by name with the namespace of each, in the words of module nat_network_info. Raises NetdevError where a
    program does not tell.
    """
    manager = managers.choose(process.find("dnsmasq") or "dnsmasq")
    running = manager.running(list(networks))
    found = {}
    for netns in dict.fromkeys(networks.values()):
        here = [name for name, where in networks.items() if where == netns]
        # A namespace that is gone has nothing of them.
        with place.inside(netns, coming=True):
            found.update(_links_and_rules(here, netns))
    return [
        {
            "name": name,
            "netns": netns,
            **found[name],
            "leases": leases.parse(files.read(Paths(name).leases) or ""),
            "dnsmasq": name in running,
            "units": manager.states(name),
        }
        for name, netns in networks.items()
    ]


def _links_and_rules(names: t.Sequence[str], netns: str) -> dict[str, Shown]:
    """By network, what there is of it in the namespace that we are in."""
    host = preflight.read()
    live = [backend.live([(family, name) for name in names for family in backend.families]) for backend in BACKENDS.values()]
    found = {}
    for name in names:
        bridge = host.links.get(host.bridges.get(name, ""))
        found[name] = {
            "bridge": result.show(dataclasses.replace(bridge, netns=netns)) if bridge else None,
            "ports": sorted(link.name for link in host.ports(bridge.name)) if bridge else [],
            "rules": [text for rules in live for (_family, network), text in rules.items() if network == name],
        }
    return found


def drift(wanted: Definitions, hosts: steps.Hosts, persist: str) -> dict[str, list[str]]:
    """By network, what the role would do to make it as it is defined, in the words of check mode, or what would stop it."""
    found = {}
    for network in wanted.present:
        found[network.name] = _drift(dataclasses.replace(wanted, present=(network,), absent=()), hosts, persist)
    for absent in wanted.absent:
        found[absent.name] = _drift(dataclasses.replace(wanted, present=(), absent=(absent,)), hosts, persist)
    return found


def _drift(wanted: Definitions, hosts: steps.Hosts, persist: str) -> list[str]:
    try:
        steps.check(wanted, hosts, _ignore)
        given = steps.render(wanted, hosts, persist)
        reconciler = Reconciler(check_mode=True)
        if wanted.absent:
            reconciler.absent([network.name for network in wanted.absent])
        commands = _commands(given["owner"], [*given["old_links"], *given["links"]], given["routes"])
        if wanted.present:
            reconciler.present([Service(**service) for service in given["services"]])
    except NetdevError as error:
        return [str(error)]
    return [*map(" ".join, commands), *reconciler.report.actions]


def _commands(owner: str, links: list[t.Any], routes: list[t.Any]) -> list[list[str]]:
    """What module topology would do."""
    namespaces = Namespaces()
    try:
        walker = Walker()
        topology = walker.topology({"owner": owner, "links": links, "routes": routes})
        walker.finish()
        commands: list[list[str]] = carry_out(namespaces, topology, check_mode=True, warn=_ignore)["commands"]
        return commands
    finally:
        namespaces.close()


def _ignore(_warning: str) -> None:
    """What the role warns of is no difference."""
