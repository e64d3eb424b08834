# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How firewalld is told of bridges, and told to forget them. The real one runs in the test VM."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import beside, others, paths, process
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.report import Report
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.rulesets import Chain, Match, Rule, Ruleset
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.undo import Undo


class Firewalld:
    """A host with firewalld; zone ``trusted`` is built in, and whatever it is told is remembered."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.runtime: dict[str, str] = {}
        self.commands: list[str] = []
        self.fails = ""
        (root / "etc/zones").mkdir(parents=True)
        (root / "lib/zones").mkdir(parents=True)
        (root / "lib/zones/trusted.xml").write_text('<zone target="ACCEPT"/>')
        monkeypatch.setattr(others, "_ETC", str(root / "etc"))
        monkeypatch.setattr(others, "_LIB", str(root / "lib"))
        monkeypatch.setattr(others, "_ZONE_FILE", str(root / "etc/zones/nat_network.xml"))
        monkeypatch.setattr(others, "_POLICY_FILE", str(root / "etc/policies/nat_network_in.xml"))
        monkeypatch.setattr(paths, "CONFIG", str(root / "config"))
        monkeypatch.setattr(beside, "read", self.host)
        monkeypatch.setattr(beside, "UFW_RULES", ())
        monkeypatch.setattr(process, "find", lambda program: program)
        monkeypatch.setattr(process, "must", self.run)
        monkeypatch.setattr(others, "_interface", lambda scope, zone, verb, bridge: [scope, zone, verb, bridge])

    def host(self) -> beside.Host:
        chain = Chain(("nft", "inet", "firewalld", "filter_INPUT_ZONES"))
        chain.rules = [Rule((Match("iifname", (bridge,)),), target=f"filter_IN_{zone}") for bridge, zone in self.runtime.items()]
        zones = {path.stem for path in self.root.glob("*/zones/*.xml")}
        return beside.Host(Ruleset({chain.key: chain}), zones=frozenset(zones))

    def run(self, command: list[str], what: str, stdin: str = "") -> str:
        self.commands.append(" ".join(command))
        if self.fails and self.fails in self.commands[-1]:
            raise NetdevError(what)
        if command[0] == "--quiet":
            self.runtime.pop(command[3], None)
            if command[2] == "change":
                self.runtime[command[3]] = command[1]
        elif command[0] == "--permanent":
            self.keep(*command[1:])
        return stdin

    def keep(self, zone: str, verb: str, bridge: str) -> None:
        line = f'<interface name="{bridge}"/>'
        for path in self.root.glob("*/zones/*.xml"):
            path.write_text(path.read_text().replace(line, ""))
        if verb == "change":
            path = next(iter(self.root.glob(f"*/zones/{zone}.xml")))
            path.write_text(path.read_text() + line)

    def tell(self, check_mode: bool = False, **zones: str) -> list[str]:
        """Each network's zone; empty for none. What was done."""
        report = Report()
        wanted = {name: {"firewalld": {"zone": zone, "bridge": f"br-{name}"} if zone else {}} for name, zone in zones.items()}
        undo = Undo()
        try:
            others.Others(report, undo, check_mode).tell(wanted)
        except NetdevError:
            assert undo.run() == []
            raise
        return report.actions

    def forget(self, *names: str) -> list[str]:
        report = Report()
        others.Others(report, Undo(), False).forget(names)
        return report.actions

    def state(self) -> dict[str, str]:
        return {str(path.relative_to(self.root)): path.read_text() for path in sorted(self.root.rglob("*")) if path.is_file()}


@pytest.fixture(name="firewalld")
def firewalld_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Firewalld:
    return Firewalld(tmp_path, monkeypatch)


def test_our_zone_comes_and_goes(firewalld: Firewalld) -> None:
    before = firewalld.state()
    predicted = firewalld.tell(a="nat_network", b="nat_network", check_mode=True)
    assert firewalld.state() == before
    assert firewalld.tell(a="nat_network", b="nat_network") == predicted
    assert firewalld.runtime == {"br-a": "nat_network", "br-b": "nat_network"}
    assert firewalld.commands.count("firewall-cmd --reload") == 1
    assert firewalld.tell(a="nat_network", b="nat_network") == []
    firewalld.forget("a")
    assert firewalld.runtime == {"br-b": "nat_network"}
    assert "etc/zones/nat_network.xml" in firewalld.state()
    firewalld.forget("b")
    assert firewalld.runtime == {}
    assert firewalld.state() == before
    assert firewalld.forget("a", "b") == []


def test_another_zone(firewalld: Firewalld) -> None:
    firewalld.tell(a="nat_network")
    firewalld.tell(a="trusted")
    assert firewalld.runtime == {"br-a": "trusted"}
    assert not [path for path in firewalld.state() if "nat_network" in path]
    firewalld.tell(a="")
    assert firewalld.runtime == {}
    assert "br-a" not in str(firewalld.state())


def test_what_is_lost_is_put_back(firewalld: Firewalld) -> None:
    firewalld.tell(a="trusted")
    firewalld.runtime.clear()
    assert firewalld.tell(a="trusted") == ["put br-a into zone trusted (now)"]
    firewalld.keep("trusted", "remove", "br-a")
    assert firewalld.tell(a="trusted") == ["put br-a into zone trusted (for good)"]


@pytest.mark.parametrize("fails", ["--permanent", "--quiet"])
def test_way_back(firewalld: Firewalld, fails: str) -> None:
    before = firewalld.state()
    firewalld.fails = f"{fails} nat_network change"
    with pytest.raises(NetdevError):
        firewalld.tell(a="nat_network")
    assert firewalld.state() == before
    assert firewalld.runtime == {}
