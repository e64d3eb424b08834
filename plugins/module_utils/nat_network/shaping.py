# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What limits a network's bandwidth and fills in checksums, in the words of tc: on the bridge, and with libvirt's handles and classes.

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


def checksums(network: Network) -> str:
    """Lines that may follow those of :func:`batch`; empty for a network without DHCP for IPv4, and for one that is left alone (open).

    The kernel leaves the checksum of what it sends to the card that the packet goes out by, and a virtual one hands it on as it is. DHCP
    clients read packets as they come, and many drop those with a wrong checksum. So it is filled in before, of what is sent to port 68.
    """
    if network.forward.mode == "open" or not network.dhcp(4):
        return ""
    root = "" if network.bandwidth.inbound else _root(network.bridge) + "\n"
    return f"{root}filter add dev {network.bridge} prio 2 protocol ip parent 1: u32 match ip dport 68 0xffff action csum ip and udp\n"


def _root(bridge: str) -> str:
    # Without such a class packets go out at once.
    return f"qdisc add dev {bridge} root handle 1: htb default 2"


def _inbound(bridge: str, rate: Rate) -> list[str]:
    average = f"rate {rate.average}kbps"
    burst = f" burst {rate.burst}kb" if rate.burst else ""
    ceil = f" ceil {rate.peak}kbps" if rate.peak else ""
    # How many bytes a class sends before it is another one's turn; what tc derives itself is too much for fast classes.
    quantum = f" quantum {max(1, rate.average * 1024 // 8 // _MTU)}"
    return [
        _root(bridge),
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
