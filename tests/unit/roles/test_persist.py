# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role persist, as far as it works on the controller: what is refused, and the files of every format."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netdev.linux.plugins.module_utils import kinds, values
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import formats, intent, limits
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.ifcfg_words import READERS

HERE = Path(__file__).parent / "persist"
TOP = Path(__file__).parents[3]
CASES: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "cases.yml").read_text())


def text(topology: dict[str, Any], owner: str = "lab", format_name: str = "ifupdown") -> str:
    """All files, each behind its path and mode."""
    files, _warnings = formats.render(topology, owner, format_name)
    return "".join("==> %s %o\n%s" % (each["path"], each["mode"], each["content"]) for each in files)


def problems(topology: Any, owner: str = "lab", **more: Any) -> str:
    with pytest.raises(NetdevError) as caught:
        formats.render(topology, owner, "ifupdown", **more)
    return str(caught.value)


# ---- golden files; nothing writes them but an editor


def test_every_kind_has_a_case() -> None:
    assert {link["kind"] for case in CASES.values() for link in case["links"]} == set(kinds.KINDS)


# A mark is nothing that ifcfg has words for; without, the files show what it has words for.
OWNERS = {name: "" if name.startswith("ifcfg") else "lab" for name in formats.FORMATS}


@pytest.mark.parametrize("format_name", formats.FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, format_name: str) -> None:
    golden = HERE / "golden" / format_name / case
    assert whole_text(CASES[case], OWNERS[format_name], format_name) == golden.read_text()


def whole_text(topology: dict[str, Any], owner: str, format_name: str) -> str:
    """All files, below what is told of what they leave out."""
    try:
        files, warnings = formats.render(topology, owner, format_name, "warn")
    except NetdevError as error:
        return "error: %s\n" % error
    told = ["warning: %s\n" % warning.split(";")[0] for warning in warnings if warning.endswith("left out")]
    return "".join([*told, *("==> %s %o\n%s" % (each["path"], each["mode"], each["content"]) for each in files)])


@pytest.mark.parametrize("format_name", formats.FORMATS)
def test_no_golden_file_is_forgotten(format_name: str) -> None:
    assert {path.name for path in (HERE / "golden" / format_name).iterdir()} == set(CASES)


@pytest.mark.parametrize("format_name", formats.FORMATS)
def test_nothing_to_render(format_name: str) -> None:
    assert formats.render({}, "lab", format_name) == ([], [])
    assert formats.render({"links": [{"name": "br0", "kind": "bridge", "state": "absent"}]}, "lab", format_name) == ([], [])


# ---- what is refused


def test_the_words_are_those_of_module_topology() -> None:
    found = problems({"links": [{"name": "br0", "kind": "bridge", "options": {"ageing_tiem": 3}}, {"name": "a" * 16, "kind": "dummy"}]})
    assert "persist_topology.links[0].options.ageing_tiem: unknown, did you mean ageing_time?" in found
    assert "persist_topology.links[1].name: " in found


def test_the_keys_are_those_of_module_topology() -> None:
    assert "persist_topology.linkz: unknown, did you mean links?" in problems({"linkz": []})
    source = (TOP / "plugins" / "modules" / "topology.py").read_text().split('DOCUMENTATION = r"""')[1].split('"""')[0]
    assert set(intent.TOPOLOGY_KEYS) == set(yaml.safe_load(source)["options"])


def test_what_can_not_be_planned_has_its_path() -> None:
    assert problems({"links": [{"name": "v", "kind": "vlan", "options": {"id": 3}}]}).startswith("persist_topology.links[0].parent: needed")


def test_two_owners() -> None:
    assert "persist_topology.owner: 'other', and persist_owner is 'lab'" in problems({"owner": "other"})


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\x00b", "a\x0bb", "a\x85b", "a\u2028b", "a\x1bb", "a\n"])
@pytest.mark.parametrize("where", ["alias", "sysctls"])
def test_what_ends_a_line_is_refused(where: str, value: str) -> None:
    link = {"name": "x", "kind": "dummy", where: {"ipv4.tag": value} if where == "sysctls" else value}
    assert "persist_topology.links[0].%s" % where in problems({"links": [link]})


# ---- what a format can't say

ABOVE = {"links": [{"name": "m", "kind": "macvlan", "parent": "eth0", "parent_netns": "blue", "options": {"mode": "bridge"}}]}


@pytest.fixture
def a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = limits.Limit("parent_netns", ("ifupdown",), ("macvlan",), when=lambda link: not link.get("netns"), why="of a link outside")
    monkeypatch.setattr(limits, "LIMITS", (limit,))


@pytest.mark.usefixtures("a_limit")
def test_what_a_format_can_not_say_is_refused() -> None:
    found = problems(ABOVE)
    assert found.startswith("persist_topology.links[0].parent_netns: format ifupdown can't say parent_netns of a macvlan of a link outside")
    assert "allowed: " in found
    assert "persist_missing: warn" in found


@pytest.mark.usefixtures("a_limit")
def test_or_left_out_with_a_warning() -> None:
    files, warnings = formats.render(ABOVE, "lab", "ifupdown", "warn")
    assert any("parent_netns" in warning and "left out" in warning for warning in warnings)
    assert "ip link add link eth0 name m type macvlan" in files[0]["content"]


@pytest.mark.usefixtures("a_limit")
def test_a_limit_is_about_what_it_says() -> None:
    link = ABOVE["links"][0]
    for other in ({**link, "netns": "blue"}, {**link, "kind": "macvtap"}, {"name": "m", "kind": "macvlan", "state": "absent"}):
        formats.render({"links": [other]}, "lab", "ifupdown")


def test_a_link_on_one_in_another_namespace() -> None:
    assert 'ip -n blue link add link eth0 name m netns "$$" type macvlan mode bridge' in text(ABOVE)


def test_formats_of_the_table_are_formats() -> None:
    assert {name for limit in limits.LIMITS for name in limit.formats} <= set(formats.FORMATS)
    assert tuple(formats.FORMATS) == limits.ALL


def test_the_table_is_in_the_documentation() -> None:
    assert limits.table() in (TOP / "roles" / "persist" / "README.md").read_text()


def test_formats_are_in_the_documentation() -> None:
    specs = yaml.safe_load((TOP / "roles" / "persist" / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    assert specs["persist_format"]["choices"] == [formats.AUTO, *formats.CALLED]
    assert specs["persist_ifcfg_reader"]["choices"] == list(READERS)
    assert specs["persist_missing"]["choices"] == list(formats.MISSING)
    assert specs["persist_state"]["choices"] == list(formats.STATES)
    defaults = yaml.safe_load((TOP / "roles" / "persist" / "defaults" / "main.yml").read_text())
    assert defaults == {name: option["default"] for name, option in specs.items()}
    readme = (TOP / "roles" / "persist" / "README.md").read_text()
    assert all("| `%s` |" % name in readme for name in specs)


# ---- which format, which files


@pytest.mark.parametrize(
    ("found", "name"),
    [(["networking"], "ifupdown"), (["ifquery"], "ifupdown"), (["systemd-networkd"], "networkd"), (["NetworkManager"], "networkmanager")],
)
def test_the_format_of_the_host(found: list[str], name: str) -> None:
    assert formats.of_the_host(found) == name


def test_a_host_without_a_service_that_has_a_format() -> None:
    with pytest.raises(NetdevError, match="persist_format: auto finds no"):
        formats.of_the_host(["netctl"])


def test_a_format_that_there_is_not() -> None:
    with pytest.raises(NetdevError, match="persist_format: 'ifupdwn' is not a format, did you mean ifupdown"):
        formats.named("ifupdwn")


def test_absent_removes_files_of_every_format() -> None:
    rendered, warnings = formats.order({"topology": {"owner": "lab"}, "state": "absent"}, "ifupdown")
    assert rendered["files"] == warnings == []
    assert rendered["head"] == "# Written by the role netdev.linux.persist for owner lab. Changes are overwritten.\n"
    assert {place for each in formats.FORMATS.values() for place in each.places} == set(rendered["places"])


# ---- ifupdown


def test_no_name_can_be_read_as_something_else() -> None:
    names = ["-a", "a=b", "#a", "$(id)", "a\\", "all*", "é0", "\"'`;&|", "tap0.5"]
    found = text({"links": [{"name": name, "kind": "dummy"} for name in [*names, "plain"]]})
    for line in found.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# [\w.@() -]*[?]*[\w.@() ?;-]*", line, re.ASCII)
    # What is done for the others is done when the loopback device comes up.
    assert [line for line in found.splitlines() if line.startswith("auto ")] == ["auto lo", "auto plain"]
    assert found.count("ip link add name ") == len(names) + 1


VLAN = {"name": "eth0.30", "kind": "vlan", "parent": "eth0", "options": {"id": 30}}


@pytest.mark.parametrize(
    ("more", "own"),
    [
        ({}, True),
        ({"mtu": 1400, "options": {"id": 30, "protocol": "802.1Q"}}, True),
        ({"options": {"id": 31}}, False),
        ({"options": {"id": 30, "protocol": "802.1ad"}}, False),
        ({"options": {"id": 30, "gvrp": True}}, False),
        ({"parent": "eth1"}, False),
        ({"parent_netns": "blue"}, False),
        ({"mac": "02:00:00:00:00:01"}, False),
        ({"name": "eth0.x"}, False),
    ],
)
def test_a_name_with_a_dot_is_that_of_a_vlan(more: dict[str, Any], own: bool) -> None:
    link = {**VLAN, **more}
    assert ("\nauto %s\n" % link["name"] in text({"links": [link]})) == own


def test_the_shell_reads_every_value_as_it_is(tmp_path: Path) -> None:
    """Each command of a file, run by a real shell in which ip, bridge and sysctl write down their arguments."""
    evil = [
        "$(touch ran)",
        "`touch ran`",
        "; touch ran;",
        "\"'\\",
        "a # b",
        "${7*7}",
        "<% import os %>",
        "a'b\"c",
        "%s \\n",
        "| touch ran &",
    ]
    topology: dict[str, Any] = {"links": [{"name": "d%d" % n, "kind": "dummy", "alias": value} for n, value in enumerate(evil)]}
    lines = [line.split(None, 1)[1] for line in text(topology).splitlines() if line.startswith("    ")]
    script = 'note() { for word; do printf \'%s\\0\' "$word"; done >>args; }; ip() { note "$@"; }; bridge() { note "$@"; };\n'
    done = subprocess.run(["sh", "-u"], input=script + "\n".join(lines), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["args"]
    assert set(evil) <= set((tmp_path / "args").read_text().split("\0"))


@pytest.mark.parametrize("value", ["${x}", "<% x %>", "a # b", "a\\", "</%def>"])
def test_what_readers_of_the_file_would_take_for_theirs_is_not_in_it(value: str) -> None:
    body = text({"links": [{"name": "d0", "kind": "dummy", "alias": value}]}).split("\n", 2)[2]
    assert not any(mark in line for line in body.splitlines() if line.startswith("    ") for mark in ("${", "<%", "#", "\\", "</%"))


OPTIONS = [pytest.param(kind, each, id="%s-%s" % (kind.name, each.name)) for kind in kinds.KINDS.values() for each in kind.attributes]


@pytest.mark.parametrize("format_name", formats.FORMATS)
@pytest.mark.parametrize(("kind", "attribute"), OPTIONS)
def test_every_option_is_said(kind: kinds.Kind, attribute: kinds.Attribute, format_name: str) -> None:
    """Golden files show a few; this is every one, alone."""
    value = example(attribute)
    if value is None:
        return
    others = {**kind.sample, **needed(kind, attribute)}
    with_it = said({"links": [alone(kind, {**others, attribute.name: value})]}, format_name)
    if "can't say kind of a %s" % kind.name in with_it:
        return
    others.pop(attribute.name, None)
    if attribute.name not in kind.required:
        # Of a switch that format and kernel don't have the same way by themselves both positions are said.
        less = [others, *([{**others, attribute.name: not value}] if isinstance(value, bool) else [])]
        assert any(said({"links": [alone(kind, each)]}, format_name) != with_it for each in less)


def said(topology: dict[str, Any], format_name: str) -> str:
    """What a format says of a topology, or tells that it can't say."""
    return whole_text(topology, OWNERS[format_name], format_name)


def alone(kind: kinds.Kind, options: dict[str, Any]) -> dict[str, Any]:
    """A link with those of the options that exist beside each other."""
    parsed = {name: kind.by_option[name].type.parse(value) for name, value in options.items()}
    existing = {name: value for name, value in options.items() if kind.by_option[name].exists(parsed)}
    return {"name": "x", "kind": kind.name, "options": existing, **({"parent": "eth0"} if kind.needs_parent else {})}


def needed(kind: kinds.Kind, attribute: kinds.Attribute) -> dict[str, Any]:
    """What other options must be for this one to exist."""
    if attribute.needs is None:
        return {}
    other = kind.by_option[attribute.needs.option]
    return {**needed(kind, other), other.name: other.type.show(attribute.needs.example)}


def example(attribute: kinds.Attribute) -> Any:
    """A value that a new link does not have by itself; None for what names another link."""
    if isinstance(attribute.type, values.PortName):
        return None
    candidates = [not attribute.born, 17, "1", 100, "192.0.2.9", "2001:db8::9", "239.1.1.1", "02:00:00:00:00:09", "1000-2000", "user"]
    candidates += [["192.0.2.9"], ["2001:db8::9"], ["02:00:00:00:00:09"], {1: 2}]
    candidates += [getattr(attribute.type, "low", None), *list(getattr(attribute.type, "numbers", ()))[-1:]]
    return next(value for value in candidates if parses(attribute, value))


def parses(attribute: kinds.Attribute, value: Any) -> bool:
    try:
        attribute.type.parse(value)
    except ValueError:
        return False
    return True


def test_a_route_that_comes_with_an_address_can_be_unwanted() -> None:
    link = {"name": "tap0", "kind": "tuntap", "admin_state": "up", "addresses": ["192.168.10.2/24"], "options": {"mode": "tap"}}
    found = text({"links": [link], "routes": [{"destination": "192.168.10.0/24", "dev": "tap0", "state": "absent"}]})
    assert "up ip route delete 192.168.10.0/24 dev tap0 >/dev/null 2>&1 || true" in found


def test_what_is_in_a_namespace_may_be_on_top_of_the_only_link() -> None:
    links = [{"name": "low", "kind": "dummy"}, {"name": "up", "kind": "macvlan", "parent": "low", "parent_netns": "", "netns": "blue"}]
    assert re.findall("^auto (.*)", text({"links": links}), re.MULTILINE) == ["low"]


@pytest.mark.parametrize("format_name", formats.FORMATS)
@pytest.mark.parametrize(
    ("without", "value"),
    [
        *(({}, {attribute.name: 3}) for attribute in kinds.OF_DRIVERS),
        ({"master": "bond0"}, {"port": {"queue_id": 3}}),
        ({"master": "bond0"}, {"port": {"prio": -3}}),
    ],
    ids=str,
)
def test_what_links_and_ports_of_bonds_have_is_said(without: dict[str, Any], value: dict[str, Any], format_name: str) -> None:
    link = {"name": "x", "kind": "vlan", "parent": "eth0", "options": {"id": 7}, "admin_state": "up", **without}
    others = (
        [{"name": "bond0", "kind": "bond", "admin_state": "up", "options": {"mode": "active-backup", "miimon": 100}}] if without else []
    )
    assert said({"links": [*others, {**link, **value}]}, format_name) != said({"links": [*others, link]}, format_name)


def test_the_master_that_is_not_described_has_what_its_port_needs() -> None:
    link = {"name": "x", "kind": "dummy", "master": "m"}
    for port, word in (({"queue_id": 3}, "bond_slave queue_id 3"), ({"cost": 3}, "bridge_slave cost 3")):
        assert word in text({"links": [{**link, "port": port}]})


def test_a_bridge_may_be_listed_before_its_ports() -> None:
    links = [{"name": "br0", "kind": "bridge", "ports": ["d0", "eth0"]}, {"name": "d0", "kind": "dummy"}]
    files, warnings = formats.render({"links": links}, "lab", "ifupdown")
    lines = files[0]["content"].splitlines()
    assert lines.index("auto d0") < lines.index("auto br0") < lines.index("    pre-up ip link set dev d0 master br0")
    assert "    pre-up ip link set dev eth0 master br0" in lines
    assert warnings == ["persist_topology.links[0].ports[1]: eth0 is not in it; at boot it has to be there"]


def test_a_link_that_is_there_gets_what_it_is_given_and_loses_it_again() -> None:
    link = {"name": "eth0", "mtu": 1400, "admin_state": "up", "addresses": ["192.0.2.1/24"], "altnames": ["uplink"]}
    found = text({"links": [link], "routes": [{"destination": "198.51.100.0/24", "gateway": "192.0.2.9"}]})
    assert "ip link add" not in found
    assert "ip link delete" not in found
    assert (
        "    up ip link set dev eth0 up\n    up ip address replace 192.0.2.1/24 dev eth0\n    up ip route replace 198.51.100.0/24" in found
    )
    assert "    down ip address delete 192.0.2.1/24 dev eth0 >/dev/null 2>&1 || true" in found
    assert "    down ip route delete 198.51.100.0/24 via 192.0.2.9 >/dev/null 2>&1 || true" in found


def test_what_is_needed_and_not_there_is_told() -> None:
    links = [
        {"name": "p0", "kind": "dummy", "master": "br9", "port": {"isolated": True}},
        {"name": "v0", "kind": "vlan", "parent": "eth0", "netns": "blue", "parent_netns": "", "options": {"id": 3}},
    ]
    _files, warnings = formats.render({"links": links}, "lab", "ifupdown")
    assert [warning.split(": ")[0].removeprefix("persist_topology.links") for warning in warnings] == [
        "[0].master",
        "[1].netns",
        "[1].parent",
    ]
