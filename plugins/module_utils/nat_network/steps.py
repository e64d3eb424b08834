# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From definitions and a look at the host to what each step of the role is given."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import (
    beside,
    links,
    managers,
    place,
    pool,
    preflight,
    services,
    validate,
)
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import OWNER, Definitions

Hosts = t.Mapping[str, preflight.Host]  # by namespace

PERSIST = ("auto", "none")


def look(networks: t.Any, check_mode: bool, warn: t.Callable[[str], None]) -> tuple[Definitions, Hosts]:
    """The definitions, and what there is in each namespace that the networks are in. Raises InvalidInput for what is wrong with the
    definitions, and for a namespace that is missing.
    """
    wanted = validate.definitions(networks)
    hosts, problems = {}, []
    for netns, part in preflight.by_place(wanted).items():
        if not place.exists(netns):
            text = f"there is no network namespace {netns}"
            if check_mode:
                warn(f"{text} yet; taken as made by an earlier task")
            else:
                problems += [(f"{network.path}.netns", f"{text}; make it first, with module netns") for network in part.present]
        with place.inside(netns, coming=True):
            hosts[netns] = preflight.read()
    if problems:
        raise InvalidInput(problems)
    if any(subnet.pooled for network in wanted.present for subnet in network.ips):
        wanted = validate.definitions(
            networks, choose=lambda raw: pool.choose(raw, lambda netns: preflight.occupied(hosts[netns]), preflight.kept)
        )
    return wanted, hosts


def check(wanted: Definitions, hosts: Hosts, warn: t.Callable[[str], None]) -> None:
    """Raises InvalidInput with all that stands against the networks on the host."""
    problems: list[tuple[str, str]] = []
    for netns, part in preflight.by_place(wanted).items():
        with place.inside(netns, coming=True):
            found, warnings = preflight.judge(part, hosts[netns])
            problems += found
            for warning in warnings:
                warn(warning)
    if problems:
        raise InvalidInput(problems)


def render(wanted: Definitions, hosts: Hosts, persist: str) -> dict[str, t.Any]:
    """The result of module nat_network_check, whose documentation describes it. ``persist`` is one of PERSIST."""
    scripts = [""] * len(wanted.present)
    if persist == "auto" and managers.systemd_runs():
        # To plan is for hosts that boot.
        from ansible_collections.netdev.linux.plugins.module_utils.nat_network import boot  # noqa: PLC0415

        scripts = [boot.script(network, hosts[network.netns].ipv6) for network in wanted.present]
    present = [(network, hosts[network.netns]) for network in wanted.present]
    bridges = [(hosts[netns].bridge(network), netns) for netns, part in preflight.by_place(wanted).items() for network in part.absent]
    return {
        "links": [links.gone(name, network.netns, "tuntap") for network, host in present for name in preflight.leftovers(network, host)]
        + [links.bridge(network, host.ipv6, host.filters(network.bridge)) for network, host in present],
        "routes": [route for network in wanted.present for route in links.routes(network)]
        + [route for network, host in present for route in links.old_routes(network, host.routes)],
        "services": [
            dataclasses.asdict(
                services.render(
                    network,
                    script,
                    host.uplinks_to_keep(network),
                    beside.told(network, host.others),
                    sorted(set(host.uplinks().values())),
                )
            )
            for (network, host), script in zip(present, scripts)
        ],
        "absent": [{"name": network.name} for network in wanted.absent],
        "old_links": [links.gone(bridge, netns) for bridge, netns in bridges if bridge],
        "owner": OWNER,
    }
