# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of NAT networks on a host. Reads only."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import result
from ansible_collections.netdev.linux.plugins.module_utils.device import carry_out
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces
from ansible_collections.netdev.linux.plugins.module_utils.model import Link
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import files, leases, links, nftables, preflight, services
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.firewall import Firewall
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import OWNER, Definitions, Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import CONFIG, Paths
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.reconcile import Reconciler
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker

Shown = dict[str, t.Any]


class Status:
    def __init__(self, host: preflight.Host) -> None:
        self.host = host
        self.reconciler = Reconciler(check_mode=True)

    def names(self) -> list[str]:
        """The networks that have left anything here: a bridge, or files of theirs."""
        try:
            configured = os.listdir(CONFIG)
        except FileNotFoundError:
            configured = []
        return sorted({*self.host.bridges, *configured} - {""})

    def show(self, names: t.Sequence[str]) -> list[Shown]:
        """The state of these networks, whether they are here or not. Raises NetdevError where a program does not tell."""
        running = self.reconciler.manager.running(names)
        return [self._show(name, name in running) for name in names]

    def _show(self, name: str, running: bool) -> Shown:
        bridge = self.host.links.get(self.host.bridges.get(name, ""))
        return {
            "name": name,
            "bridge": result.show(bridge) if bridge else None,
            "ports": sorted(link.name for link in self.host.links.values() if bridge and _is_port(link, bridge)),
            "leases": leases.parse(files.read(Paths(name).leases) or ""),
            "dnsmasq": running,
            "units": self.reconciler.manager.states(name),
            "rules": self._rules(name),
        }

    def _rules(self, name: str) -> list[str]:
        if not self.reconciler.nft:
            return []
        live = Firewall(self.reconciler.nft).live([(family, Paths(name).table) for family in nftables.FAMILIES.values()])
        return list(live.values())


def _is_port(link: Link, bridge: Link) -> bool:
    return link.common.get("master") == bridge.name


def drift(wanted: Definitions, host: preflight.Host) -> dict[str, list[str]]:
    """By network, what the role would do to make it as it is defined, in the words of check mode; problems that would stop it are among
    them. Nothing for one that is as it shall be.
    """
    found = {network.name: _drift(network, host) for network in wanted.present}
    for absent in wanted.absent:
        reconciler = Reconciler(check_mode=True)
        reconciler.absent([absent.name])
        there = host.bridge(absent)
        found[absent.name] = [*reconciler.report.actions, *([f"ip link delete dev {there}"] if there else [])]
    return found


def _drift(network: Network, host: preflight.Host) -> list[str]:
    alone = Definitions(present=(network,), absent=())
    problems = [text for _path, text in preflight.problems(alone, host)]
    if problems:
        return problems
    topology = {
        "owner": OWNER,
        "links": [links.bridge(network, host.ipv6)],
        "routes": [*links.routes(network), *links.old_routes(network, host.routes)],
    }
    namespaces = Namespaces()
    try:
        walker = Walker()
        read = walker.topology(topology)
        walker.finish()
        commands = carry_out(namespaces, read, check_mode=True, warn=lambda text: None)["commands"]
        reconciler = Reconciler(check_mode=True)
        reconciler.present([services.render(network)])
        return [*map(" ".join, commands), *reconciler.report.actions, *reconciler.report.warnings]
    except NetdevError as error:
        return [str(error)]
    finally:
        namespaces.close()
