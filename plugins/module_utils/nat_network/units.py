# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd's units of a network. Names of networks hold nothing that systemd would expand or split."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths

HEADER = "# Written by the role netdev.linux.nat_network. Changes are overwritten; `systemctl edit` adds to it.\n"


def firewall(name: str, nft: str, forwarding: Sequence[str]) -> str:
    """Loads the rules at boot, and again after the host's own firewall was restarted, which flushes everybody's.

    ``nft`` is empty for a network without rules, ``forwarding`` are the sysctls to turn on.
    """
    paths = Paths(name)
    load = [f"{nft} -f {paths.rules}"] if nft else []
    return HEADER + _ini(
        {
            "Unit": [
                f"Description=Rules and forwarding of NAT network {name}",
                "After=nftables.service firewalld.service",
                "PartOf=nftables.service",
                "ReloadPropagatedFrom=nftables.service",
            ],
            "Service": [
                "Type=oneshot",
                "RemainAfterExit=yes",
                *[f"ExecStart={command}" for command in load],
                # Rules come first: nothing is forwarded unfiltered.
                *[f"ExecStart=/bin/sh -c 'echo 1 >{path}'" for path in forwarding],
                *[f"ExecReload={command}" for command in load],
            ],
            "Install": ["WantedBy=multi-user.target"],
        }
    )


def dnsmasq(name: str, command: Sequence[str], user: str, group: str) -> str:
    """Runs dnsmasq as its own user, with the capabilities it needs from the start instead of root's."""
    paths = Paths(name)
    capabilities = "CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW"
    return HEADER + _ini(
        {
            "Unit": [
                f"Description=DHCP and DNS of NAT network {name}",
                f"Wants={os.path.basename(paths.firewall_unit)}",
                f"After=network.target {os.path.basename(paths.firewall_unit)}",
                "StartLimitIntervalSec=0",
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
                "ProtectKernelTunables=yes",
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
            ],
            "Install": ["WantedBy=multi-user.target"],
        }
    )


def _ini(sections: dict[str, list[str]]) -> str:
    return "\n".join(f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections.items())


def _below(path: str, root: str) -> str:
    """systemd names its directories relative to their kind's root."""
    return path[len(root) :]
