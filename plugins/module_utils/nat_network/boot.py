# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the bridge of a network comes back at boot: the very plan of a run on a host that has nothing yet, as a script."""

from __future__ import annotations

import dataclasses
import shlex

from ansible_collections.netdev.linux.plugins.module_utils.model import HERE, Namespace, World
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import files, links, shaping
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import OWNER, Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.module_utils.plan import plan
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker


def script(network: Network, ipv6: bool) -> str:
    """For ``sh -e``. It leaves a bridge alone that is there. ``ipv6``: whether the kernel has IPv6."""
    # systemd runs it in the network's namespace.
    here = dataclasses.replace(network, netns="")
    # At boot nobody waits: there are no guests yet.
    link = {key: value for key, value in links.bridge(here, ipv6).items() if key != "wait"}
    walker = Walker()
    wanted = walker.topology({"owner": OWNER, "links": [link], "routes": links.routes(here)})
    walker.finish()
    nothing = World()
    nothing.namespaces[HERE] = Namespace(HERE, routes=[])
    commands = plan(wanted, nothing).commands
    lines = [f"if ip link show dev {network.bridge} >/dev/null 2>&1; then exit 0; fi", *map(shlex.join, commands)]
    if shaping.batch(network) or shaping.checksums(network):
        # How much of it this kernel knows is seen when it is written.
        file = Paths(network.name).shaping
        lines.append(f"if test -e {file}; then tc -batch {file}; fi")
    return files.HEADER % network.name + "".join(line + "\n" for line in lines)
