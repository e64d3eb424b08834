# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Format ifcfg: its files as shells read them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import formats, ifcfg
from ansible_collections.netdev.linux.tests.unit.roles.test_persist import CASES, HERE

REFERENCE = yaml.safe_load((HERE / "ifcfg_reference.yml").read_text())
NETWORK_SCRIPTS, NETWORKMANAGER = "ifcfg-network-scripts", "ifcfg-networkmanager"

# What sysconfig.txt of initscripts and nm-settings-ifcfg-rh(5) have, as far as we use it.
BOTH = {"DEVICE", "TYPE", "ONBOOT", "BOOTPROTO", "MACADDR", "MTU", "BRIDGE", "MASTER", "SLAVE", "BONDING_MASTER", "BONDING_OPTS"}
BOTH |= {"BRIDGING_OPTS", "STP", "VLAN", "PHYSDEV", "REORDER_HDR", "GVRP", "IPV6INIT", "IPV6_AUTOCONF", "IPV6ADDR", "IPV6ADDR_SECONDARIES"}
KEYS = {
    NETWORK_SCRIPTS: BOTH | {"DEVICETYPE", "HOTPLUG", "NM_CONTROLLED", "NOZEROCONF", "VID", "OWNER", "IPV6_SET_SYSCTLS", "NETDEV_NEEDS"},
    NETWORKMANAGER: BOTH | {"DELAY", "VLAN_ID", "MVRP", "VLAN_INGRESS_PRIORITY_MAP", "VLAN_EGRESS_PRIORITY_MAP"},
}
NUMBERED = re.compile(r"(IPADDR|PREFIX|ARPCHECK)\d*|NETDEV_(UP|DOWN)_\d{4}")


def render(topology: dict[str, Any], format_name: str = NETWORK_SCRIPTS, owner: str = "", missing: str = "error") -> dict[str, str]:
    """The text of each file, by its name."""
    files, _warnings = formats.render(topology, owner, format_name, missing)
    assert all(each["path"].startswith(ifcfg.FOLDER) for each in files)
    return {Path(each["path"]).name: each["content"] for each in files}


def written(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content)
        (folder / name).chmod(0o755)
    return folder


def sourced(path: Path, shell: str = "bash") -> dict[str, str]:
    """The variables that a real shell has when it has read a file, and that the file names."""
    names = [line.split("=", 1)[0] for line in path.read_text().splitlines() if not line.startswith("#")]
    script = '. "$1" && shift && for name; do eval "printf \'%s\\0\' \\"\\$$name\\""; done'
    done = subprocess.run([shell, "-c", script, "sh", str(path), *names], capture_output=True, text=True, check=True, cwd=path.parent)
    assert done.stderr == ""
    return dict(zip(names, done.stdout.split("\0")))


def refused(topology: dict[str, Any], format_name: str = NETWORKMANAGER) -> str:
    with pytest.raises(NetdevError) as caught:
        render(topology, format_name)
    return str(caught.value)


@pytest.mark.parametrize("format_name", [NETWORK_SCRIPTS, NETWORKMANAGER])
@pytest.mark.parametrize("case", CASES)
def test_a_shell_reads_what_is_known_and_nothing_else(case: str, format_name: str, tmp_path: Path) -> None:
    try:
        files = render(CASES[case], format_name, missing="warn")
    except NetdevError:
        return  # a golden file has what it says
    written(tmp_path, files)
    for path in tmp_path.iterdir():
        subprocess.run(["bash", "-n", str(path)], check=True)
        if path.name.startswith("ifcfg-"):
            new = subprocess.run(
                ["bash", "-c", 'compgen -v | sort >before; . "./$1"; compgen -v | sort | comm -13 before -', "bash", path.name],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=True,
                env={"PATH": os.environ["PATH"]},
            )
            (tmp_path / "before").unlink()
            assert new.stderr == ""
            found = set(new.stdout.split()) - {"PIPESTATUS", "_"}
            assert "DEVICE" in found
            assert {key for key in found if not NUMBERED.fullmatch(key)} <= KEYS[format_name]


# ---- the same as by hand


def words(key: str, value: str) -> Any:
    """What does not depend on the order of a list, or on the case of a MAC."""
    return sorted(value.split()) if key.endswith("_OPTS") else value.lower()


@pytest.mark.parametrize("name", REFERENCE["native"])
def test_native_files_are_as_by_hand(name: str, tmp_path: Path) -> None:
    found = sourced(written(tmp_path, render(REFERENCE["topology"])) / ("ifcfg-" + name))
    for key, value in REFERENCE["native"][name].items():
        assert words(key, found[key]) == words(key, value), key


@pytest.mark.parametrize("name", REFERENCE["helped"])
def test_files_for_the_helper_say_the_same(name: str, tmp_path: Path) -> None:
    found = sourced(written(tmp_path, render(REFERENCE["topology"])) / ("ifcfg-" + name))
    commands = " ".join(value for key, value in found.items() if key.startswith("NETDEV_UP_")).split()
    assert found["DEVICETYPE"] == "netdev"
    for key, value in REFERENCE["helped"][name].items():
        if key in found:
            assert found[key] == value
        elif key != "PREFIX":
            assert set(value.lower().split()) <= {word.split("/")[0] for word in commands}


def test_centiseconds_and_seconds() -> None:
    topology = {
        "links": [{"name": "b", "kind": "bridge", "admin_state": "up", "options": {"stp": True, "forward_delay": 4, "max_age": 12}}]
    }
    assert "BRIDGING_OPTS='forward_delay=400 max_age=1200'" in render(topology)["ifcfg-b"]
    by_nm = render(topology, NETWORKMANAGER)["ifcfg-b"]
    assert "DELAY=4\n" in by_nm
    assert "BRIDGING_OPTS=max_age=12\n" in by_nm


def test_routes_have_files_of_their_own() -> None:
    topology = {
        "links": [{"name": "b", "kind": "bridge", "admin_state": "up", "addresses": ["192.0.2.1/24", "2001:db8::1/64"]}],
        "routes": [{"destination": "198.51.100.0/24", "gateway": "192.0.2.2"}, {"destination": "2001:db8:9::/48", "dev": "b", "metric": 7}],
    }
    files = render(topology)
    assert files["route-b"].splitlines()[1:] == ["198.51.100.0/24 via 192.0.2.2 proto 4"]
    assert files["route6-b"].splitlines()[1:] == ["2001:db8:9::/48 metric 7 dev b proto 4"]
    assert render(topology, NETWORKMANAGER)["route-b"].splitlines()[1:] == ["198.51.100.0/24 via 192.0.2.2"]


def test_a_route_through_a_link_of_others_does_not_describe_the_link() -> None:
    topology = {"routes": [{"destination": "198.51.100.0/24", "gateway": "192.0.2.2", "dev": "eth9"}]}
    for format_name in (NETWORK_SCRIPTS, NETWORKMANAGER):
        assert list(render(topology, format_name)) == ["route-eth9"]
    gone = {"routes": [{"destination": "198.51.100.0/24", "type": "blackhole"}]}
    assert list(render(gone)) == ["ifcfg-lo-6c6f", "ifup-netdev", "ifdown-netdev"]
    assert "persist_topology.routes[0].type: format ifcfg-networkmanager can't say type other than unicast" in refused(gone)


def test_an_owner_has_marks_and_helpers_of_its_own() -> None:
    topology = {"links": [{"name": "b", "kind": "bridge", "admin_state": "up"}]}
    files = render(topology, owner="lab")
    assert "DEVICETYPE=netdev-lab\n" in files["ifcfg-b"]
    assert "altname netdev.lab.b'" in files["ifcfg-b"]
    assert {"ifup-netdev-lab", "ifdown-netdev-lab"} <= set(files)
    assert files["ifup-netdev-lab"].startswith("#!/bin/bash\n" + formats.head("lab"))


def test_what_stands_on_a_helped_link_is_helped() -> None:
    links = [{"name": "low", "kind": "dummy", "admin_state": "up"}, {"name": "v", "kind": "vlan", "parent": "low", "admin_state": "up"}]
    links[1]["options"] = {"id": 3}  # type: ignore[assignment]
    assert "NETDEV_NEEDS=low\n" in render({"links": links})["ifcfg-v"]


@pytest.mark.parametrize("name", ["lo", "a.bak", "a.rpmsave", "x-range", "é", "a b", "$(id)", "-x", "*"])
def test_names_that_network_scripts_would_not_take(name: str) -> None:
    if " " in name:
        return
    kind = {} if name == "lo" else {"kind": "bridge"}
    files = render({"links": [{"name": name, **kind, "admin_state": "up", "addresses": ["192.0.2.1/32"]}]})
    assert "ifcfg-" + name not in files
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", each) and not re.search(r"(~|\.bak|\.old|\.orig|\.rpm\w+|-range)$", each) for each in files)


# ---- NetworkManager


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ({"name": "d", "kind": "dummy"}, "kind: format ifcfg-networkmanager can't say kind of a dummy"),
        ({"name": "b", "kind": "bridge", "alias": "x"}, "alias"),
        ({"name": "b", "kind": "bridge", "options": {"forward_delay": 4}}, "options.forward_delay"),
        ({"name": "b", "kind": "bridge", "options": {"ageing_time": 4.5}}, "options.ageing_time"),
        ({"name": "b", "kind": "bridge", "options": {"nf_call_iptables": True}}, "options.nf_call_iptables"),
        ({"name": "b", "kind": "bridge", "admin_state": "down"}, "admin_state"),
        ({"name": "vlan7", "kind": "vlan", "parent": "eth0", "options": {"id": 8}}, "options.id"),
        ({"name": "eth0.7", "kind": "vlan", "parent": "eth0", "options": {"id": 8}}, "options.id"),
        ({"name": "v", "kind": "vlan", "parent": "eth0", "options": {"id": 8, "protocol": "802.1ad"}}, "options.protocol"),
        ({"name": "b", "kind": "bond", "options": {"lacp_active": True, "mode": "802.3ad"}}, "options.lacp_active"),
        ({"name": "eth0", "addresses": [{"address": "192.0.2.1/24", "metric": 5}]}, "addresses[0].metric"),
        ({"name": "eth0", "sysctls": {"ipv4.forwarding": 1}}, "sysctls"),
        ({"name": "eth0", "netns": "blue"}, "netns"),
        ({"name": "eth0", "master": "br0", "port": {"isolated": True}}, "port.isolated"),
        ({"name": "eth0", "master": "br0", "addresses": ["192.0.2.1/24"]}, "addresses"),
        ({"name": "eth0", "master": "br0"}, "master: format ifcfg-networkmanager has to know whether br0 is a bridge or a bond"),
        ({"name": "$(id)", "kind": "bridge"}, " format ifcfg-networkmanager can't say the name $(id)"),
    ],
)
def test_what_networkmanager_is_not_told(link: dict[str, Any], path: str) -> None:
    found = refused({"links": [link]})
    assert found.startswith("persist_topology.links[0]")
    assert path in found


def test_a_bond_and_a_bridge_with_ports() -> None:
    links = [
        {"name": "bond0", "kind": "bond", "options": {"mode": "active-backup", "primary": "eth1"}},
        {"name": "eth1", "master": "bond0"},
        {"name": "br0", "kind": "bridge"},
        {"name": "eth2", "master": "br0", "port": {"cost": 7, "hairpin": True}},
    ]
    files = render({"links": links}, NETWORKMANAGER)
    assert "MASTER=bond0\nSLAVE=yes\n" in files["ifcfg-eth1"]
    assert "BRIDGE=br0\nBRIDGING_OPTS='path_cost=7 hairpin_mode=on'\n" in files["ifcfg-eth2"]
    assert "primary=eth1" in files["ifcfg-bond0"]


# ---- nothing runs that should not

EVIL = [
    "$(touch ran)",
    "`touch ran`",
    "; touch ran;",
    "\"'\\",
    "a # b",
    "${x}",
    "'$(touch ran)'",
    "DEVICE=x TYPE=y; touch ran",
    "*",
    "| touch ran &",
]


def evil(owner: str = "") -> dict[str, str]:
    links: list[dict[str, Any]] = [
        {"name": "d%d" % n, "kind": "dummy", "alias": value, "admin_state": "up"} for n, value in enumerate(EVIL)
    ]
    links += [{"name": re.sub(r"[\s/]", "", value)[:13], "kind": "bridge", "admin_state": "up"} for value in EVIL]
    links += [
        {"name": "t%d" % n, "kind": "tuntap", "options": {"mode": "tap", "user": re.sub(r"[\s:]", "", value)}}
        for n, value in enumerate(EVIL)
    ]
    links += [{"name": "s0", "kind": "dummy", "sysctls": {"ipv4.tag": "; touch ran"}}]
    return render({"links": links}, owner=owner)


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_reading_a_file_runs_nothing(shell: str, tmp_path: Path) -> None:
    files = evil("lab")
    for path in [*written(tmp_path, files).iterdir()]:
        if path.name.startswith("ifcfg-"):
            sourced(path, shell)
    assert {path.name for path in tmp_path.iterdir()} == set(files)


def test_nor_does_the_service_that_greps_for_a_few(tmp_path: Path) -> None:
    """init.d/network evaluates the lines in which it finds these."""
    files = evil()
    written(tmp_path, files)
    script = 'eval $(LANG=C grep -F "DEVICE=" "$1"); eval $(LANG=C grep -F "TYPE=" "$1"); printf %s "$DEVICE"'
    for name in files:
        if name.startswith("ifcfg-"):
            done = subprocess.run(["bash", "-c", script, "bash", name], cwd=tmp_path, capture_output=True, text=True, check=True)
            assert (done.stdout, done.stderr) == (name[len("ifcfg-") :], "")
    assert {path.name for path in tmp_path.iterdir()} == set(files)


def test_the_helper_runs_what_it_shall_with_every_value_as_it_is(tmp_path: Path) -> None:
    files = evil()
    folder, tools = written(tmp_path / "scripts", files), tmp_path / "tools"
    tools.mkdir()
    for name in ("ip", "sysctl", "bridge"):
        (tools / name).write_text('#!/bin/sh\nfor word; do printf \'%s\\0\' "$word"; done >>"$NOTES"\n')
        (tools / name).chmod(0o755)
    environment = {"PATH": "%s:%s" % (tools, os.environ["PATH"]), "NOTES": str(tmp_path / "notes"), "NETDEV_UP_9999": "touch ran"}
    for helper in ("ifup-netdev", "ifdown-netdev"):
        for name in files:
            if "DEVICETYPE=netdev\n" in files[name]:
                done = subprocess.run([str(folder / helper), name], env=environment, capture_output=True, text=True, check=True, cwd="/")
                assert done.stderr == ""
    assert {path.name for path in folder.iterdir()} == set(files)
    assert set(EVIL) <= set((tmp_path / "notes").read_text().split("\0"))


def test_the_helper_brings_up_first_what_is_needed(tmp_path: Path) -> None:
    files = render(
        {
            "links": [
                {"name": "zz-low", "kind": "dummy"},
                {"name": "aa", "kind": "macvlan", "parent": "zz-low", "options": {"mode": "bridge"}},
            ]
        }
    )
    folder = written(tmp_path, {**files, "ifup": '#!/bin/sh\necho "$1" >>order\n', "ip": "#!/bin/sh\n"})
    subprocess.run([str(folder / "ifup-netdev"), "ifcfg-aa"], env={"PATH": "%s:%s" % (folder, os.environ["PATH"])}, check=True, cwd=folder)
    assert (folder / "order").read_text() == "ifcfg-zz-low\n"


def test_the_helper_stops_where_a_command_fails(tmp_path: Path) -> None:
    files = render({"links": [{"name": "d0", "kind": "dummy", "alias": "x", "admin_state": "up"}]})
    folder = written(tmp_path, {**files, "ip": '#!/bin/sh\necho "$*" >>ran\nexit 2\n'})
    environment = {"PATH": "%s:%s" % (folder, os.environ["PATH"])}
    assert subprocess.run([str(folder / "ifup-netdev"), "ifcfg-d0"], env=environment, check=False).returncode == 1
    assert len((folder / "ran").read_text().splitlines()) == 1
