# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures role nat_network where it has nothing to do. Runs in tests/run/sandbox, for the role writes below /etc and starts dnsmasq.

usage: role.py TIMES NUMBER, where NUMBER is that of networks in the larger case. Prints seconds as JSON: {"command": one task
`command: true`, "one": the role for one network, "many": for NUMBER networks}, medians, each without starting Ansible.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

import payloads
import works

TRUE: works.Task = {"ansible.builtin.command": "true"}
FEW = 10


def networks(count: int, state: str = "present") -> list[works.Task]:
    """Networks with all that most have: NAT, DHCP, a host, IPv6."""
    return [
        {
            "name": f"n{number}",
            "state": state,
            "domain": {"name": f"n{number}.example", "local_only": True},
            "ips": [
                {
                    "address": f"10.20.{number}.1/24",
                    "dhcp": {
                        "ranges": [{"start": f"10.20.{number}.100", "end": f"10.20.{number}.199"}],
                        "hosts": [{"mac": f"52:54:00:00:00:{number:02x}", "name": "web", "ip": f"10.20.{number}.10"}],
                    },
                },
                {"address": f"2001:db8:{number:x}::1/64"},
            ],
        }
        for number in range(count)
    ]


def role(wanted: list[works.Task]) -> works.Task:
    """As a play has it."""
    return {"ansible.builtin.import_role": {"name": "netdev.linux.nat_network"}, "vars": {"nat_network_networks": wanted}}


def main() -> int:
    times, number = int(sys.argv[1]), int(sys.argv[2])
    found: dict[str, list[float]] = {"command": [], "one": [], "many": []}
    with tempfile.TemporaryDirectory(prefix="netdev-linux-bench-") as directory:
        ansible = payloads.Ansible(Path(directory))

        def seconds(*tasks: works.Task) -> float:
            return ansible.play("role", list(tasks), sys.executable)

        seconds(role(networks(number)))
        try:
            for _time in range(times):
                alone = seconds(TRUE)
                found["command"].append((seconds(*[TRUE] * (FEW + 1)) - alone) / FEW)
                found["one"].append(seconds(TRUE, role(networks(1))) - alone)
                found["many"].append(seconds(TRUE, role(networks(number))) - alone)
        finally:
            seconds(role(networks(number, "absent")))
    print(json.dumps({name: statistics.median(several) for name, several in found.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
