# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd's units of a network. Names of networks hold nothing that systemd would expand or split."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from ansible_collections.netdev.linux.plugins.module_utils.host import netns_path
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.firewall import NFTABLES, Backend
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths

HEADER = "# Written by the role netdev.linux.nat_network. Changes are overwritten; `systemctl edit` adds to it.\n"

# What a program may do that has to do with the network only. /proc/sys is left out, which is what two of the three write to.
_CONFINED = (
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectProc=invisible",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_UNIX",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
    "SystemCallErrorNumber=EPERM",
)
_ONCE = (
    "Type=oneshot",
    "RemainAfterExit=yes",
    "CapabilityBoundingSet=CAP_NET_ADMIN",
    *_CONFINED,
)
# What iptables-legacy needs beyond that.
_IPTABLES = (
    "CapabilityBoundingSet=CAP_NET_RAW",
    "ReadWritePaths=-/run/xtables.lock",
)
# Firewalls of the host, in its own namespace. When they start, some take everybody's rules away, others what ours need of them.
_FIREWALLS = " ".join(f"{name}.service" for name in ("nftables", "netfilter-persistent", "ufw", "docker"))
# These stop nftables.service whenever they start: a unit that were part of both could be neither stopped nor started then.
_ITS_RIVALS = "iptables.service ip6tables.service firewalld.service"
_WITH_FIREWALLS = (
    f"After={_FIREWALLS} {_ITS_RIVALS}",
    f"PartOf={_FIREWALLS}",
    f"ReloadPropagatedFrom={_FIREWALLS}",
)


def _after(netns: str) -> list[str]:
    """Somebody else makes the namespace; if nobody did, there is nothing to do and nothing has failed."""
    if not netns:
        return []
    return [f"Wants=netns@{netns}.service", f"After=netns@{netns}.service", f"ConditionPathExists={netns_path(netns)}"]


def _inside(netns: str) -> list[str]:
    if not netns:
        return []
    return [f"NetworkNamespacePath={netns_path(netns)}", f"BindReadOnlyPaths=-/etc/netns/{netns}/resolv.conf:/etc/resolv.conf"]


def bridge(name: str, netns: str = "") -> str:
    """Makes the bridge at boot. A bridge that is there stays as it is, also when the unit is stopped."""
    paths = Paths(name)
    return HEADER + _ini(
        {
            "Unit": [f"Description=Bridge of NAT network {name}", "Before=network.target", *_after(netns)],
            "Service": [*_ONCE, *_inside(netns), f"ExecStart=/bin/sh -e {paths.bridge}"],
            "Install": ["WantedBy=multi-user.target"],
        }
    )


def firewall(
    name: str,
    backend: Backend | None,
    sysctls: Mapping[str, str],
    netns: str = "",
    others: Sequence[str] = (),
    offload: bool = False,
) -> str:
    """Loads the rules at boot, and again after a firewall of the host was restarted, reloaded, or stopped and started.

    ``backend`` is None for a network without rules, ``sysctls`` are values by file, ``others`` shell commands
    for other firewalls; ``offload``: whether there is a flowtable.
    """
    paths = Paths(name)
    load = [backend.command(paths)] if backend else []
    # Its links may not be there yet, or no more: then everything works without.
    load += [f"-{NFTABLES.loading(paths.offload)}"] if offload else []
    return HEADER + _ini(
        {
            "Unit": [
                f"Description=Rules and forwarding of NAT network {name}",
                f"After={_unit(paths.bridge_unit)}",
                *(_after(netns) or _WITH_FIREWALLS),
            ],
            "Service": [
                *_ONCE,
                *(_IPTABLES if others else ()),
                *(backend.unit if backend else ()),
                *_inside(netns),
                *[f"ExecStart={command}" for command in load],
                # Rules come first: nothing is forwarded unfiltered.
                *[f"ExecStart={_may_fail(path)}/bin/sh -c 'echo {value} >{path}'" for path, value in sysctls.items()],
                # What they add to may be gone with whoever made it.
                *[f"ExecStart=-/bin/sh -c '{command}'" for command in others],
                *[f"ExecReload={command}" for command in load],
            ],
            "Install": [f"WantedBy=multi-user.target{'' if netns else f' {_FIREWALLS}'}"],
        }
    )


def names(name: str, commands: Sequence[Sequence[str]], revert: Sequence[str]) -> str:
    """Has the host's resolver ask the network's for names of its guests; again when systemd-resolved was restarted."""
    paths = Paths(name)
    return HEADER + _ini(
        {
            "Unit": [
                f"Description=Names of NAT network {name} for the host",
                "PartOf=systemd-resolved.service",
                f"After=systemd-resolved.service {_unit(paths.bridge_unit)} {_unit(paths.dnsmasq_unit)}",
            ],
            "Service": [*_ONCE, *[f"ExecStart={' '.join(command)}" for command in commands], f"ExecStop=-{' '.join(revert)}"],
            "Install": ["WantedBy=multi-user.target systemd-resolved.service"],
        }
    )


def dnsmasq(name: str, command: Sequence[str], user: str, group: str, netns: str = "") -> str:
    """Runs dnsmasq as its own user, with the capabilities it needs from the start instead of root's."""
    paths = Paths(name)
    capabilities = "CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW"
    return HEADER + _ini(
        {
            "Unit": [
                f"Description=DHCP and DNS of NAT network {name}",
                f"Wants={_unit(paths.firewall_unit)}",
                f"After=network.target {_unit(paths.bridge_unit)} {_unit(paths.firewall_unit)}",
                "StartLimitIntervalSec=0",
                *_after(netns),
            ],
            "Service": [
                # It goes into the background when it is ready, so a failed start is seen as one.
                "Type=forking",
                f"PIDFile={paths.pid}",
                "ExecStart=" + " ".join(command),
                "ExecReload=kill -HUP $MAINPID",
                "Restart=always",
                "RestartSec=1",
                f"User={user}",
                f"Group={group}",
                f"RuntimeDirectory={_below(paths.served, '/run/')}",
                f"StateDirectory={_below(paths.state, '/var/lib/')}",
                f"AmbientCapabilities={capabilities}",
                f"CapabilityBoundingSet={capabilities}",
                "ProtectKernelTunables=yes",
                *_CONFINED,
                *_inside(netns),
            ],
            "Install": ["WantedBy=multi-user.target"],
        }
    )


def _may_fail(path: str) -> str:
    """An uplink may come later than we, or be gone."""
    return "-" if path.endswith("/accept_ra") else ""


def _ini(sections: dict[str, list[str]]) -> str:
    return "\n".join(f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections.items())


def _unit(path: str) -> str:
    return os.path.basename(path)


def _below(path: str, root: str) -> str:
    """systemd names its directories relative to their kind's root."""
    return path[len(root) :]
