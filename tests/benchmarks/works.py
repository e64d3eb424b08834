# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: the same work for iproute2, for module topology and for ifstate."""

from __future__ import annotations

from typing import Any, NamedTuple

Task = dict[str, Any]


class Work(NamedTuple):
    """A number of things to make. ``ready`` is what must be there before, as lines for ``ip -batch``."""

    title: str
    number: int
    ready: list[str]
    create: list[str]
    remove: list[str]
    present: Task  # the options of module topology
    absent: Task
    # Whether removing waits for RCU grace periods, which deleting a group of links does once.
    links: bool = True


def pairs(count: int) -> Work:
    """Veth pairs, down."""
    create = [f"link add a{i} type veth peer name b{i}" for i in range(count)]
    remove = [f"link delete a{i}" for i in range(count)]
    links = [{"name": f"a{i}", "kind": "veth", "peer": {"name": f"b{i}"}} for i in range(count)]
    return Work("veth pairs", count, [], create, remove, {"links": links}, {"links": _gone(links)})


def ports(count: int) -> Work:
    """Veth pairs, one end of each in the same bridge."""
    create = [f"link add a{i} master br0 type veth peer name b{i}" for i in range(count)]
    remove = [f"link delete a{i}" for i in range(count)]
    links = [{"name": f"a{i}", "kind": "veth", "master": "br0", "peer": {"name": f"b{i}"}} for i in range(count)]
    return Work("ports of one bridge", count, ["link add br0 type bridge"], create, remove, {"links": links}, {"links": _gone(links)})


def taps(count: int) -> Work:
    """Taps, down."""
    create = [f"tuntap add dev t{i} mode tap" for i in range(count)]
    remove = [f"link delete t{i}" for i in range(count)]
    links = [{"name": f"t{i}", "kind": "tuntap", "options": {"mode": "tap"}} for i in range(count)]
    return Work("taps", count, [], create, remove, {"links": links}, {"links": _gone(links)})


def dummies(count: int) -> Work:
    """Dummies, down."""
    create = [f"link add d{i} type dummy" for i in range(count)]
    remove = [f"link delete d{i}" for i in range(count)]
    links = [{"name": f"d{i}", "kind": "dummy"} for i in range(count)]
    return Work("dummies", count, [], create, remove, {"links": links}, {"links": _gone(links)})


def addresses(count: int) -> Work:
    """Addresses on one bridge."""
    cidrs = [_host(i) for i in range(count)]
    link = {"name": "br0", "kind": "bridge", "purge": ["addresses"]}
    return Work(
        "addresses of one link",
        count,
        ["link add br0 type bridge"],
        [f"address add {cidr} dev br0" for cidr in cidrs],
        [f"address delete {cidr} dev br0" for cidr in cidrs],
        {"links": [{**link, "addresses": cidrs}]},
        {"links": [{**link, "addresses": []}]},
        links=False,
    )


def routes(count: int) -> Work:
    """Routes through one gateway."""
    wanted = [{"destination": _host(i), "gateway": "192.0.2.2", "dev": "br0"} for i in range(count)]
    return Work(
        "routes",
        count,
        ["link add br0 up type bridge", "address add 192.0.2.1/24 dev br0"],
        [f"route add {route['destination']} via 192.0.2.2 dev br0" for route in wanted],
        [f"route delete {route['destination']} via 192.0.2.2 dev br0" for route in wanted],
        {"routes": wanted},
        {"routes": [{**route, "state": "absent"} for route in wanted]},
        links=False,
    )


def ifstate_pairs(count: int) -> str:
    """The configuration of ifstate for veth pairs."""
    lines = ["interfaces:"]
    for i in range(count):
        lines.append(f"  a{i}: {{link: {{kind: veth, state: down, peer: b{i}}}}}")
        lines.append(f"  b{i}: {{link: {{kind: veth, state: down, peer: a{i}}}}}")
    return "\n".join(lines) + "\n"


def _host(number: int) -> str:
    """A host of 198.18.0.0/15, which is for benchmarks (RFC 2544)."""
    return f"198.18.{number // 250}.{number % 250 + 1}/32"


def _gone(links: list[Task]) -> list[Task]:
    return [{**{key: value for key, value in link.items() if key in ("name", "kind", "peer")}, "state": "absent"} for link in links]
