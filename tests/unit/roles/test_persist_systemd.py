# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role persist: what formats with words of their own describe, what they leave to units, and that no value is more than a value."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.netdev.linux.plugins.plugin_utils.persist import formats, native, units

DESCRIBING = [each.name for each in formats.FORMATS.values() if each.called not in ("ifupdown", "ifcfg")]
# Quotes, commands, sections, lists, specifiers, continued lines: nothing of it may be seen as that.
EVIL = [
    "$(touch ran)",
    "`touch ran`",
    "; touch ran;",
    "\"'\\",
    "a'b\"c",
    " leading",
    "trailing ",
    "ends in\\",
    "%n %% %i",
    "${PATH} $PATH $$",
    "[Evil]",
    'ExecStart="/bin/touch" ran',
    "# comment",
    "a;b;c",
    "a\\nb\\tc\\x41",
    "é ☃",
    "| touch ran &",
]


def rendered(format_name: str, owner: str = "lab", **topology: Any) -> dict[str, str]:
    """The files: path and content."""
    files, _warnings = formats.render(topology, owner, format_name)
    return {each["path"]: each["content"] for each in files}


def unit_names(files: dict[str, str]) -> set[str]:
    return {Path(path).name for path in files if path.endswith(".service")}


def commands(unit: str, key: str = "ExecStart") -> list[list[str]]:
    """The arguments of each command, as systemd.service(5) says that they are read."""
    found = re.findall(r"^%s=-?(.*)$" % key, unit, re.MULTILINE)
    # Inside double quotes a shell and systemd take a backslash alike before a quote or a backslash.
    return [[word.replace("$$", "$").replace("%%", "%") for word in shlex.split(line)] for line in found]


# ---- values


@pytest.mark.parametrize("format_name", DESCRIBING)
def test_no_value_is_more_than_a_value(format_name: str, tmp_path: Path) -> None:
    links = [{"name": "d%d" % number, "kind": "dummy", "alias": value} for number, value in enumerate(EVIL)]
    files = rendered(format_name, links=links)
    allowed = re.compile(r"|\[[A-Za-z0-9-]+\]|[A-Za-z0-9.-]+ ?=.*|# Written by the role netdev\.linux\.persist for owner lab\. .*")
    for content in files.values():
        assert all(allowed.fullmatch(line) for line in content.splitlines())
        assert not set(EVIL) & set(content.splitlines())
    noted = 'note() { for word; do printf \'%s\\0\' "$word"; done >>args; }; ip() { [ "$2" = show ] || note "$@"; };\n'
    for path, content in files.items():
        for shell, option, line in commands(content) if path.endswith(".service") else []:
            assert (shell, option) == ("/bin/sh", "-c")
            subprocess.run(["sh", "-c", noted + line], cwd=tmp_path, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["args"]
    assert set(EVIL) <= set((tmp_path / "args").read_text().split("\0"))


@pytest.mark.parametrize("format_name", DESCRIBING)
@pytest.mark.parametrize("name", ["a*", "[b]", "c;d", "$(id)", "!e", "'f'", "g\\", "é0", "h=i", "-j", "#k", "{l,m}", "~n"])
def test_a_name_is_no_pattern_and_no_list(format_name: str, name: str) -> None:
    files = rendered(format_name, links=[{"name": name, "kind": "dummy", "admin_state": "up"}])
    assert {Path(path).suffix for path in files} == {".service", ".conf"}
    assert all(re.fullmatch(r"[A-Za-z0-9_./:-]+", path) for path in files)
    # unit_name_is_valid() in systemd's src/basic/unit-name.c
    assert all(re.fullmatch(r"[A-Za-z0-9:_.\\-]+\.service", unit) for unit in unit_names(files))
    wanted = files["/etc/systemd/system/multi-user.target.d/50-netdev-lab.conf"]
    assert re.findall("^Wants=(.*)$", wanted, re.MULTILINE) == list(unit_names(files))


@pytest.mark.parametrize("format_name", DESCRIBING)
@pytest.mark.parametrize("value", ["a\\", "%i", "a;b"])
def test_other_values(format_name: str, value: str) -> None:
    for link in ({"altnames": [value.replace("%", "$")]}, {"options": {"mode": "tap", "user": value}}):
        files = rendered(format_name, links=[{"name": "t0", "kind": "tuntap", "options": {"mode": "tap"}, **link}])
        assert unit_names(files) == {"netdev-lab-t0.service"}


def test_files_of_different_links_and_owners_have_different_names() -> None:
    pairs = [("a-b", "c"), ("a", "b-c"), ("a", "b:2dc"), ("a_b", "c"), ("a", "b_c"), ("", "c"), ("a", "é"), ("a", ":c3:a9")]
    assert len({native.file_stem(*pair) for pair in pairs}) == len(pairs)


# ---- what a format describes, and what it leaves to units


@pytest.mark.parametrize("format_name", DESCRIBING)
def test_what_hangs_on_a_unit_is_made_by_one(format_name: str) -> None:
    bridge = {"name": "br0", "kind": "bridge", "options": {"no_linklocal_learn": True}}
    port = {"name": "t0", "kind": "tuntap", "master": "br0", "options": {"mode": "tap"}}
    vlan = {"name": "v0", "kind": "vlan", "parent": "br0", "options": {"id": 5}}
    alone = {"name": "d0", "kind": "dummy", "admin_state": "up"}
    files = rendered(format_name, links=[bridge, port, vlan, alone])
    assert unit_names(files) == {"netdev-lab-br0.service", "netdev-lab-t0.service", "netdev-lab-v0.service"}
    for name in ("t0", "v0"):
        unit = files["/etc/systemd/system/netdev-lab-%s.service" % name]
        assert "Requires=netdev-lab-br0.service\n" in unit
        assert re.search("^After=.* netdev-lab-br0.service$", unit, re.MULTILINE)


@pytest.mark.parametrize("format_name", DESCRIBING)
def test_a_unit_waits_for_what_others_make(format_name: str) -> None:
    """A link that the format describes, or that is there, has a device unit, which udev brings."""
    links = [
        {"name": "br-0", "kind": "bridge", "admin_state": "up", "options": {"stp": False}},
        {"name": "t0", "kind": "tuntap", "master": "br-0", "options": {"mode": "tap"}, "port": {"broadcast_flood": False}},
        {"name": "eth7", "netns": "blue"},
        {"name": "v0", "kind": "vlan", "parent": "eth0", "options": {"id": 5}},
    ]
    files = rendered(format_name, links=links, namespaces=[{"name": "blue"}])
    needs = {
        name: set(re.findall("^Requires=(.*)$", files["/etc/systemd/system/netdev-lab-%s.service" % name], re.MULTILINE))
        for name in ("t0", "blue.eth7", "v0")
    }
    assert needs == {
        "t0": {"sys-subsystem-net-devices-br\\x2d0.device"},
        "blue.eth7": {"netns@blue.service", "sys-subsystem-net-devices-eth7.device"},
        "v0": {"sys-subsystem-net-devices-eth0.device"},
    }


def test_a_unit_waits_until_networkd_has_set_up_what_it_needs() -> None:
    links = [
        {"name": "d0", "kind": "dummy", "admin_state": "up"},
        {"name": "v0", "kind": "vlan", "parent": "d0", "options": {"id": 5, "bridge_binding": True}},
        {"name": "v1", "kind": "vlan", "parent": "eth0", "options": {"id": 5}},
    ]
    files = rendered("networkd", links=links)
    waits = [re.findall("^ExecStartPre=-(.*)$", files["/etc/systemd/system/netdev-lab-%s.service" % name], re.M) for name in ("v0", "v1")]
    assert waits == [["/lib/systemd/systemd-networkd-wait-online --timeout=30 --interface=d0:off"], []]


@pytest.mark.parametrize("format_name", DESCRIBING)
def test_nothing_is_described_that_is_not_in_the_topology(format_name: str) -> None:
    """A file for eth0 would be in the way of that which somebody else has for it."""
    files = rendered(format_name, routes=[{"destination": "203.0.113.0/24", "dev": "eth0"}])
    assert unit_names(files) == {"netdev-lab-eth0.service"}


def test_routes_that_lead_nowhere_are_networkds() -> None:
    """It removes those that it does not know; there may be none that it does anything for, then a unit has them."""
    route = {"destination": "203.0.113.0/24", "type": "blackhole"}
    with_link = rendered("networkd", routes=[route], links=[{"name": "d0", "kind": "dummy", "admin_state": "up"}])
    assert not unit_names(with_link)
    assert "Type=blackhole" in with_link["/etc/systemd/network/50-netdev-lab-d0.network"]
    for links in ([], [{"name": "d0", "kind": "dummy"}]):
        assert unit_names(rendered("networkd", routes=[route], links=links)) == {"netdev-lab-lo.service"}


@pytest.mark.parametrize("format_name", DESCRIBING)
def test_a_unit_takes_back_what_it_made(format_name: str) -> None:
    files = rendered(format_name, namespaces=[{"name": "blue"}], links=[{"name": "d0", "kind": "dummy", "netns": "blue"}])
    stops = [line for content in files.values() for _shell, _option, line in commands(content, "ExecStop")]
    assert stops == [
        "! [ -e /run/netns/blue ] || ip netns delete blue",
        "! ip -n blue link show dev d0 >/dev/null 2>&1 || ip -n blue link delete dev d0",
    ]


def test_which_links_are_networkmanagers() -> None:
    veth = {"name": "v0", "kind": "veth", "admin_state": "up", "peer": {"name": "v1", "admin_state": "up"}}
    down = {"name": "a;b", "kind": "dummy"}
    there = {"name": "eth7", "tx_queue_len": 5}
    inside = {"name": "d0", "kind": "dummy", "netns": "blue"}
    files = rendered("networkmanager", links=[veth, down, there, inside], namespaces=[{"name": "blue"}])
    assert files["/etc/NetworkManager/conf.d/50-netdev-lab.conf"].split("\n", 2)[2].split() == [
        *("[device-netdev-lab-own]", "match-device=interface-name:=v0;interface-name:=v1", "managed=1"),
        *("[device-netdev-lab-others]", "match-device=interface-name:a?b", "managed=0"),
    ]


def test_names_of_units_are_those_of_systemd_escape() -> None:
    escaped = {"br-0": "br\\x2d0", "a.b": "a.b", "a_b": "a_b", "x@y": "x\\x40y", "\u00e9": "\\xc3\\xa9"}
    for name, text in escaped.items():
        assert units.device(name) == "sys-subsystem-net-devices-%s.device" % text
