# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of bandwidth in the words of tc, and what becomes of them on a kernel that has not all of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import reconcile, services, shaping, traffic
from ansible_collections.netdev.linux.tests.unit.nat_network.networks import network


def batch(**bandwidth: Any) -> list[str]:
    return shaping.batch(network({"name": "lab", "bridge": "virbr0", "bandwidth": bandwidth})).splitlines()


def test_no_limit() -> None:
    assert batch() == []


def test_what_guests_get() -> None:
    assert batch(inbound={"average": 1000, "peak": 5000, "burst": 5120}) == [
        "qdisc add dev virbr0 root handle 1: htb default 2",
        "class add dev virbr0 parent 1: classid 1:1 htb rate 1000kbps ceil 5000kbps quantum 85",
        "class add dev virbr0 parent 1:1 classid 1:2 htb rate 1000kbps ceil 5000kbps burst 5120kb quantum 85",
        "qdisc add dev virbr0 parent 1:2 handle 2: sfq perturb 10",
        "filter add dev virbr0 parent 1:0 protocol all prio 1 handle 1 fw flowid 1",
    ]


def test_without_peak_the_average_is_the_ceiling() -> None:
    assert batch(inbound={"average": 1})[1:3] == [
        "class add dev virbr0 parent 1: classid 1:1 htb rate 1kbps ceil 1kbps quantum 1",
        "class add dev virbr0 parent 1:1 classid 1:2 htb rate 1kbps quantum 1",
    ]


@pytest.mark.parametrize(
    ("keys", "burst"), [({"average": 128}, 128), ({"average": 128, "burst": 7}, 7), ({"average": 4294967295}, 4194303)]
)
def test_what_guests_send(keys: dict[str, int], burst: int) -> None:
    rate = f"rate {keys['average']}kbps burst {burst}kb mtu 64kb drop flowid :1"
    assert batch(outbound=keys) == [
        "qdisc add dev virbr0 ingress",
        f"filter add dev virbr0 parent ffff: protocol all u32 match u32 0 0 police {rate}",
    ]


@pytest.fixture(name="limited")
def fixture_limited(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is left of a network's limits on a kernel that refuses lines with one of the words."""

    def limited(words: tuple[str, ...], **bandwidth: Any) -> tuple[reconcile.Reconciler, str]:
        def canonical(_bridge: str, lines: str) -> tuple[str, list[str]]:
            return "shown", [line for line in lines.splitlines() if any(f" {word} " in line for word in words)]

        monkeypatch.setattr(traffic, "canonical", canonical)
        reconciler = reconcile.Reconciler(check_mode=True)
        reconciler.tc = "tc"
        service, _shown = reconciler._limited(services.render(network({"name": "lab", "bandwidth": bandwidth})))
        return reconciler, service.shaping

    return limited


def test_a_kernel_without_niceties_limits_all_the_same(limited: Any) -> None:
    reconciler, left = limited(("sfq", "fw"), inbound={"average": 100})
    assert len(left.splitlines()) == 3
    assert reconciler.report.warnings == ["this kernel has no sfq, fw; the bandwidth of network lab is limited without"]


def test_a_kernel_that_can_not_limit_is_told(limited: Any) -> None:
    with pytest.raises(NetdevError, match=r"does not limit the bandwidth of network lab, it refuses: tc filter add .* police "):
        limited(("police",), outbound={"average": 100})


def test_all_of_it(limited: Any) -> None:
    reconciler, left = limited((), inbound={"average": 100}, outbound={"average": 100})
    assert len(left.splitlines()) == 7
    assert reconciler.report.warnings == []


def test_what_the_kernel_derives_from_the_mtu_does_not_count() -> None:
    shown = "qdisc sfq 2: parent 1:2 limit 127p quantum {}b depth 127\n"
    assert traffic._settled(shown.format(1414)) == traffic._settled(shown.format(1514)) == "qdisc sfq 2: parent 1:2 limit 127p depth 127\n"
