# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets that are chosen: an entry of ``ips`` says which pool its subnet is from, and has an address when that is chosen.

Works on what the user wrote, before anything else reads it. What it can't read it leaves to :mod:`.validate` to complain about.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Callable, Iterable, Sequence

from ansible_collections.netdev.linux.plugins.module_utils import values
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.fields import IPNetwork

PREFIX_LENGTHS = {4: 24, 6: 64}


def parse(raw: t.Any) -> IPNetwork:
    """A pool. Raises ValueError."""
    ip, length = values.parse_prefix(raw)
    return ipaddress.ip_network(f"{ip}/{length}", strict=False)


def prefix_length(raw: t.Any, pool: IPNetwork) -> int:
    """How large the subnet shall be, by default what networks are as a rule. Raises ValueError."""
    usual = max(PREFIX_LENGTHS[pool.version], pool.prefixlen)
    return int(values.Unsigned(pool.prefixlen, pool.max_prefixlen - 2).parse(usual if raw is None else raw))


def choose(
    networks: t.Any,
    occupied: Callable[[str], Iterable[IPNetwork]] = lambda netns: (),
    kept: Callable[[str], Sequence[str]] = lambda name: (),
) -> t.Any:
    """The definitions, with an address in each entry that has a pool and none, as far as there is room.

    ``occupied`` are the subnets that a namespace has already, ``kept`` those that were chosen for a network before.
    """
    networks = [_copy(network) for network in networks] if isinstance(networks, list) else networks
    wishes = list(_wishes(networks))
    taken = [subnet for network in _dictionaries(networks) for entry in _dictionaries(network.get("ips")) for subnet in _own(entry)]
    chosen: dict[int, IPNetwork] = {}
    # Who has one keeps it, before anybody else gets any.
    for number, (network, _entry, pool, length) in enumerate(wishes):
        before = [ipaddress.ip_network(text) for text in kept(str(network.get("name")))]
        mine = [subnet for subnet in before if subnet not in chosen.values() and subnet.prefixlen == length and _is_within(subnet, pool)]
        if mine:
            chosen[number] = mine[0]
    taken += chosen.values()
    for number, (network, entry, pool, length) in enumerate(wishes):
        subnet = chosen.get(number) or _free(pool, length, [*taken, *occupied(str(network.get("netns") or ""))])
        if subnet:
            taken.append(subnet)
            _settle(entry, subnet)
    return networks


def _wishes(networks: t.Any) -> t.Iterator[tuple[dict[str, t.Any], dict[str, t.Any], IPNetwork, int]]:
    for network in _dictionaries(networks):
        for entry in _dictionaries(network.get("ips") if network.get("state") != "absent" else None):
            if entry.get("pool") and not entry.get("address"):
                try:
                    pool = parse(entry["pool"])
                    yield network, entry, pool, prefix_length(entry.get("prefix_length"), pool)
                except ValueError:
                    continue


def _free(pool: IPNetwork, length: int, taken: Sequence[IPNetwork]) -> IPNetwork | None:
    """The first subnet of that length that overlaps nothing."""
    size = 1 << (pool.max_prefixlen - length)
    start, end = int(pool.network_address), int(pool.broadcast_address)
    while start + size - 1 <= end:
        last = start + size - 1
        behind = [
            int(other.broadcast_address)
            for other in taken
            if other.version == pool.version and int(other.network_address) <= last and start <= int(other.broadcast_address)
        ]
        if not behind:
            return ipaddress.ip_network((start, length) if pool.version == 4 else (ipaddress.IPv6Address(start), length))
        # Behind the largest of what is in the way, on a boundary again.
        start = (max(behind) // size + 1) * size
    return None


def _settle(entry: dict[str, t.Any], subnet: IPNetwork) -> None:
    """The bridge has the first address, and whole numbers are those of addresses in the subnet."""
    entry["address"] = f"{subnet.network_address + 1}/{subnet.prefixlen}"
    dhcp = entry.get("dhcp")
    for name, keys in (("ranges", ("start", "end")), ("hosts", ("ip",))):
        for item in _dictionaries(dhcp.get(name) if isinstance(dhcp, dict) else None):
            for key in keys:
                number = item.get(key)
                if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < subnet.num_addresses:
                    item[key] = str(subnet.network_address + number)


def _own(entry: dict[str, t.Any]) -> t.Iterator[IPNetwork]:
    try:
        if entry.get("address"):
            yield parse(entry["address"])
    except ValueError:
        return


def _is_within(subnet: IPNetwork, pool: IPNetwork) -> bool:
    return subnet.version == pool.version and pool.overlaps(t.cast(t.Any, subnet)) and subnet.prefixlen >= pool.prefixlen


def _dictionaries(data: t.Any) -> list[dict[str, t.Any]]:
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def _copy(data: t.Any) -> t.Any:
    """Dictionaries and lists that can be written to."""
    if isinstance(data, dict):
        return {key: _copy(value) for key, value in data.items()}
    return [_copy(item) for item in data] if isinstance(data, list) else data
