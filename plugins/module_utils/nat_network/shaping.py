# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What limits a network's bandwidth, in the words of tc: on the bridge, and with the handles and classes that libvirt uses.

What guests get leaves the host through the bridge, where it waits for its turn. What they send is there already when the host sees it, so
all that can be done is to drop it.
"""

from __future__ import annotations

from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network, Rate
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.validate import MAX_BURST

# A kernel without these shapes all the same: one shares fairly among connections, the other lets marked packets pass by.
NICETIES = (" sfq ", " fw ")
_MTU = 1500


def batch(network: Network) -> str:
    """A file for ``tc -batch``, for a bridge without queueing disciplines; empty if there is no limit."""
    inbound, outbound = network.bandwidth.inbound, network.bandwidth.outbound
    lines = [*(_inbound(network.bridge, inbound) if inbound else []), *(_outbound(network.bridge, outbound) if outbound else [])]
    return "".join(line + "\n" for line in lines)


def _inbound(bridge: str, rate: Rate) -> list[str]:
    average = f"rate {rate.average}kbps"
    burst = f" burst {rate.burst}kb" if rate.burst else ""
    ceil = f" ceil {rate.peak}kbps" if rate.peak else ""
    # How many bytes a class sends before it is another one's turn; what tc derives itself is too much for fast classes.
    quantum = f" quantum {max(1, rate.average * 1024 // 8 // _MTU)}"
    return [
        f"qdisc add dev {bridge} root handle 1: htb default 2",
        # All guests; the second class is for those without a guarantee of their own.
        f"class add dev {bridge} parent 1: classid 1:1 htb {average}{ceil or f' ceil {rate.average}kbps'}{quantum}",
        f"class add dev {bridge} parent 1:1 classid 1:2 htb {average}{ceil}{burst}{quantum}",
        f"qdisc add dev {bridge} parent 1:2 handle 2: sfq perturb 10",
        f"filter add dev {bridge} parent 1:0 protocol all prio 1 handle 1 fw flowid 1",
    ]


def _outbound(bridge: str, rate: Rate) -> list[str]:
    # One second's worth unless it is said.
    burst = rate.burst or min(rate.average, MAX_BURST)
    police = f"police rate {rate.average}kbps burst {burst}kb mtu 64kb drop"
    return [
        f"qdisc add dev {bridge} ingress",
        f"filter add dev {bridge} parent ffff: protocol all u32 match u32 0 0 {police} flowid :1",
    ]
