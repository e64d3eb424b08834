# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to run on a host for one network, rendered: texts and nothing that still has to be decided."""

from __future__ import annotations

import typing as t
from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import dnsmasq, firewall, nftables, shaping
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths

_FORWARDING = {4: "/proc/sys/net/ipv4/ip_forward", 6: "/proc/sys/net/ipv6/conf/all/forwarding"}


@dataclass(frozen=True)
class Service:
    """``conf`` is empty where nothing is served, ``shaping`` where the bandwidth has no limit, ``checksums`` where none need filling in,
    ``boot`` where nothing makes the bridge at boot; ``rules`` are definitions of ``backend`` by family; ``offload`` the links of a
    flowtable, the bridge first; ``forwarding`` are the IP versions to forward, ``accept_ra`` the links that take router advertisements all
    the same, ``others`` is what other firewalls are told.
    """

    name: str
    bridge: str
    conf: str
    hostsfile: str
    addnhosts: str
    backend: str
    rules: dict[str, str]
    offload: list[str]
    forwarding: list[int]
    shaping: str
    checksums: str
    boot: str
    netns: str
    registered: list[str]
    subnets: list[str]
    accept_ra: list[str] = field(default_factory=list)
    others: dict[str, t.Any] = field(default_factory=dict)

    @property
    def paths(self) -> Paths:
        return Paths(self.name)

    @property
    def sysctls(self) -> dict[str, str]:
        """Values of sysctls, by file and in order: an uplink has to be told before the kernel becomes a router."""
        return {
            **{f"/proc/sys/net/ipv6/conf/{link}/accept_ra": "2" for link in self.accept_ra},
            **{_FORWARDING[version]: "1" for version in self.forwarding},
        }

    @property
    def offloads(self) -> bool:
        """Whether there is a flowtable."""
        return nftables.OFFLOAD in self.rules

    @property
    def told_at_boot(self) -> list[str]:
        """Shell commands that tell other firewalls again what they don't keep."""
        return list(self.others.get("docker", {}).get("boot", []))

    def files(self) -> dict[str, str]:
        """The files that dnsmasq, the firewall, tc and the shell at boot read, and what we have to remember, by path."""
        wanted = {}
        if self.conf:
            wanted[self.paths.conf] = self.conf
            wanted[self.paths.hostsfile] = self.hostsfile
            wanted[self.paths.addnhosts] = self.addnhosts
        if self.rules:
            backend = firewall.BACKENDS[self.backend]
            always = {family: text for family, text in self.rules.items() if family != nftables.OFFLOAD}
            wanted[backend.path(self.paths)] = backend.file(always)
        if self.offloads:
            wanted[self.paths.offload] = nftables.ruleset({nftables.OFFLOAD: self.rules[nftables.OFFLOAD]})
        if self.shaping:
            wanted[self.paths.shaping] = self.shaping
        if self.netns:
            wanted[self.paths.netns] = f"{self.netns}\n"
        if self.subnets:
            wanted[self.paths.subnets] = "".join(f"{subnet}\n" for subnet in self.subnets)
        if self.boot:
            wanted[self.paths.bridge] = self.boot
        return wanted


def render(
    network: Network,
    boot: str = "",
    accept_ra: Sequence[str] = (),
    others: dict[str, t.Any] | None = None,
    uplinks: Sequence[str] = (),
) -> Service:
    """For this host: which backend serves a network depends on what is installed. ``boot``: the script that makes the bridge at boot;
    ``uplinks``: the links that lead out.
    """
    serves = network.needs_dnsmasq
    backend = firewall.choose(network)
    return Service(
        name=network.name,
        bridge=network.bridge,
        conf=dnsmasq.conf(network, Paths(network.name)) if serves else "",
        hostsfile=dnsmasq.hostsfile(network) if serves else "",
        addnhosts=dnsmasq.addnhosts(network) if serves else "",
        backend=backend,
        rules=firewall.BACKENDS[backend].definitions(network),
        offload=[network.bridge, *([network.forward.dev] if network.forward.dev else uplinks)] if network.flow_offload else [],
        forwarding=[version for version in _FORWARDING if network.forwards(version)],
        shaping=shaping.batch(network),
        checksums=shaping.checksums(network),
        boot=boot,
        netns=network.netns,
        registered=[network.domain.name, str(network.ips[0].interface.ip)] if network.domain.register else [],
        subnets=[str(subnet.interface.network) for subnet in network.ips if subnet.pooled],
        accept_ra=list(accept_ra),
        others=others or {},
    )
