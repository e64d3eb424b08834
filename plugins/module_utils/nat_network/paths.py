# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the files of a network are, and what its units and tables are called."""

from __future__ import annotations

from dataclasses import dataclass

CONFIG = "/etc/netdev-linux/nat_network"
STATE = "/var/lib/netdev-linux/nat_network"
RUN = "/run/netdev-linux/nat_network"
UNITS = "/etc/systemd/system"


@dataclass(frozen=True)
class Paths:
    """``config``: what we write; ``state``: what dnsmasq keeps; ``run``: what lasts until the next boot."""

    name: str

    @property
    def config(self) -> str:
        return f"{CONFIG}/{self.name}"

    @property
    def state(self) -> str:
        return f"{STATE}/{self.name}"

    @property
    def run(self) -> str:
        return f"{RUN}/{self.name}"

    @property
    def conf(self) -> str:
        return self.config + "/dnsmasq.conf"

    @property
    def hostsfile(self) -> str:
        """Guests with a fixed address (dhcp-hostsfile)."""
        return self.config + "/hostsfile"

    @property
    def addnhosts(self) -> str:
        """Names in the DNS (addn-hosts)."""
        return self.config + "/addnhosts"

    @property
    def rules(self) -> str:
        return self.config + "/rules.nft"

    @property
    def offload(self) -> str:
        return self.config + "/offload.nft"

    @property
    def iptables(self) -> str:
        return self.config + "/rules-iptables.sh"

    @property
    def shaping(self) -> str:
        return self.config + "/shaping.tc"

    @property
    def bridge(self) -> str:
        """What makes the bridge at boot."""
        return self.config + "/bridge.sh"

    @property
    def netns(self) -> str:
        """The name of the namespace that the network is in, if it is in one."""
        return self.config + "/netns"

    @property
    def zone(self) -> str:
        """What firewalld was told: a zone, and the bridge in it."""
        return self.config + "/firewalld-zone"

    @property
    def subnets(self) -> str:
        """The subnets that were chosen for the network, one a line."""
        return self.config + "/subnets"

    @property
    def leases(self) -> str:
        return self.state + "/leases"

    @property
    def served(self) -> str:
        """Where dnsmasq itself may write at run time; its own, so that it needs no right to anything else."""
        return self.run + "/dnsmasq"

    @property
    def pid(self) -> str:
        return self.served + "/pid"

    @property
    def supervisor(self) -> str:
        return self.run + "/supervisor.py"

    @property
    def supervisor_pid(self) -> str:
        return self.run + "/supervisor.pid"

    @property
    def loaded(self) -> str:
        """What the running dnsmasq was last told to read."""
        return self.run + "/loaded.json"

    @property
    def table(self) -> str:
        return f"nat_network_{self.name}"

    @property
    def dnsmasq_unit(self) -> str:
        return f"{UNITS}/nat-network-dnsmasq-{self.name}.service"

    @property
    def firewall_unit(self) -> str:
        return f"{UNITS}/nat-network-firewall-{self.name}.service"

    @property
    def bridge_unit(self) -> str:
        return f"{UNITS}/nat-network-bridge-{self.name}.service"

    @property
    def names_unit(self) -> str:
        return f"{UNITS}/nat-network-names-{self.name}.service"

    def generated(self) -> list[str]:
        """Every file that there may be beside the units."""
        return [
            self.conf,
            self.hostsfile,
            self.addnhosts,
            self.rules,
            self.offload,
            self.iptables,
            self.shaping,
            self.bridge,
            self.netns,
            self.subnets,
        ]
