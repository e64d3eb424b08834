# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of bandwidth in the words of tc, and what becomes of them on a kernel that has not all of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import (
    firewall,
    process,
    reconcile,
    scratch,
    services,
    shaping,
    traffic,
)
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
        service = reconciler._limited(services.render(network({"name": "lab", "bandwidth": bandwidth})))
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


# ---- checksums of what DHCP answers

LAB: dict[str, Any] = {
    "name": "lab",
    "bridge": "virbr0",
    "ips": [{"address": "192.168.122.1/24", "dhcp": {"ranges": [{"start": "192.168.122.5", "end": "192.168.122.9"}]}}],
}
ROOT = "qdisc add dev virbr0 root handle 1: htb default 2"
FILL = "filter add dev virbr0 prio 2 protocol ip parent 1: u32 match ip dport 68 0xffff action csum ip and udp"


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({}, [ROOT, FILL]),
        ({"forward": {"mode": "isolated"}}, [ROOT, FILL]),
        ({"bandwidth": {"outbound": {"average": 9}}}, [ROOT, FILL]),
        # The limit has made the root.
        ({"bandwidth": {"inbound": {"average": 9}}}, [FILL]),
        ({"forward": {"mode": "open"}}, []),
        ({"ips": [{"address": "192.168.122.1/24"}]}, []),
        ({"ips": [{"address": "2001:db8::1/64", "dhcp": {"ranges": [{"start": "2001:db8::5", "end": "2001:db8::9"}]}}]}, []),
    ],
)
def test_checksums(change: dict[str, Any], lines: list[str]) -> None:
    assert shaping.checksums(network({**LAB, **change})).splitlines() == lines


@pytest.fixture(name="filled")
def fixture_filled(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What becomes of the checksums of a network on a kernel with the words, whose bridge shows what tc does."""

    def filled(words: tuple[str, ...], shown: str = "", ports: str = "", **change: Any) -> tuple[services.Service, list[str]]:
        def canonical(_bridge: str, lines: str) -> tuple[str, list[str]]:
            return lines, [line for line in lines.splitlines() if " csum " in line and "csum" not in words]

        def run(_command: Any, _stdin: str = "") -> tuple[int, str, str]:
            return 0, ports, ""

        def rules(wanted: dict[Any, str]) -> dict[Any, str]:
            if "CHECKSUM" not in words:
                raise NetdevError("no")
            return wanted

        monkeypatch.setattr(traffic, "canonical", canonical)
        monkeypatch.setattr(traffic, "live", lambda _bridge: shown)
        monkeypatch.setattr(process, "run", run)
        monkeypatch.setattr(firewall.BACKENDS["iptables"], "canonical", rules)
        reconciler = reconcile.Reconciler(check_mode=True)
        reconciler.tc = "tc"
        service, expected = reconciler._shaped(services.render(network({**LAB, **change})))
        assert expected == service.shaping
        return service, reconciler.report.warnings

    return filled


def test_filled_in_by_tc(filled: Any) -> None:
    service, warnings = filled(("csum", "CHECKSUM"), firewall="iptables")
    assert service.shaping.splitlines() == [ROOT, FILL]
    assert "CHECKSUM" not in service.rules["ip"]
    assert warnings == []


def test_filled_in_by_rules(filled: Any) -> None:
    service, warnings = filled(("CHECKSUM",), firewall="iptables")
    assert service.shaping == ""
    mangle = service.rules["ip"].partition("*mangle\n")[2].splitlines()
    assert mangle == [
        ":netdev-fill-lab - [0:0]",
        "-A POSTROUTING -j netdev-fill-lab",
        "-A netdev-fill-lab -o virbr0 -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill",
        "COMMIT",
    ]
    assert warnings == []


@pytest.mark.parametrize("backend", ["nftables", "iptables", "none"])
def test_not_filled_in(filled: Any, backend: str) -> None:
    """That is said where there are cards that hand a checksum on, and never a failure. Limits stay."""
    service, warnings = filled((), firewall=backend, bandwidth={"outbound": {"average": 9}})
    assert "csum" not in service.shaping
    assert "police" in service.shaping
    assert "mangle" not in service.rules.get("ip", "")
    assert warnings == []
    assert "act_csum" in filled((), firewall=backend, ports="7: tap0: ...")[1][0]


def test_somebody_else_queues_there(filled: Any) -> None:
    assert filled(("csum",), shown="qdisc fq_codel 8001: root limit 10240p\n")[0].shaping == ""
    assert filled(("csum",), shown="qdisc htb 1: root default 0x2\n")[0].shaping != ""


def test_what_is_said_of_it() -> None:
    plain, fill, limit = "", "qdisc htb 1: root\nfilter parent 1: csum\n", "qdisc htb 1: root\nclass htb 1:1 root\n"
    said = {
        (live, wanted): reconcile._shaping("virbr0", live, wanted)[0] for live in (plain, fill, limit) for wanted in (plain, fill, limit)
    }
    assert said[plain, fill] == "fill in checksums of what DHCP answers on virbr0"
    assert said[fill, plain] == "do not fill in checksums of what DHCP answers on virbr0"
    assert said[plain, limit] == said[fill, limit] == "limit bandwidth of virbr0"
    assert said[limit, plain] == said[limit, fill] == "do not limit bandwidth of virbr0"


def test_a_trial_is_for_all_bridges_that_shall_have_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def run(_command: Any, stdin: str) -> tuple[int, str, str]:
        tried.append(stdin)
        return 0, "qdisc htb 1: root refcnt 2 default 0x2\n", "Error: no.\nCommand failed -:2\nCommand failed -:6\n"

    monkeypatch.setattr(scratch, "run", run)
    traffic._tried.cache_clear()
    for bridge in ("virbr0", "virbr1"):
        batch = shaping.checksums(network({**LAB, "bridge": bridge}))
        # The sixth line was about what there is to show.
        assert traffic.canonical(bridge, batch) == ("qdisc htb 1: root default 0x2\n", [FILL.replace("virbr0", bridge)])
    assert len(tried) == 1
    assert "virbr" not in tried[0]
    traffic._tried.cache_clear()
