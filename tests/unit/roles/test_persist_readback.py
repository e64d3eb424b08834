# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading boot files back: what is rendered is read as it was meant, an edit by hand as what it changes, anything else not at all."""

from __future__ import annotations

import copy
import re
from random import Random
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import commands, drift, formats, intent, readback
from ansible_collections.netdev.linux.tests.property import generate
from ansible_collections.netdev.linux.tests.property.chance import Chance
from ansible_collections.netdev.linux.tests.unit.roles.test_persist import CASES, OPTIONS, alone, example, needed

FORMATS = [name for name in formats.FORMATS if readback.readable(name)]
ALL_OF_IT = ("ifupdown", "ifcfg-network-scripts")


def rendered(topology: dict[str, Any], format_name: str, owner: str = "lab") -> dict[str, str]:
    files, _warnings = formats.render(topology, owner, format_name, "warn")
    return {each["path"]: each["content"] for each in files}


def meant(topology: dict[str, Any], format_name: str, owner: str = "lab") -> dict[str, Any]:
    return readback.of_intent(intent.read(topology, owner, format_name, "warn"), format_name)


def is_read_as_meant(topology: dict[str, Any], format_name: str, owner: str = "lab") -> dict[str, Any]:
    files = rendered(topology, format_name, owner)
    found, unread = readback.of_files(files, format_name)
    assert unread == []
    assert found == meant(topology, format_name, owner)
    return found


def test_which_formats() -> None:
    assert FORMATS == ["ifupdown", "ifcfg-network-scripts", "ifcfg-networkmanager"]


@pytest.mark.parametrize("owner", ["lab", ""])
@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_every_case(case: str, format_name: str, owner: str) -> None:
    try:
        found = is_read_as_meant(CASES[case], format_name, owner)
    except NetdevError:
        assert format_name == "ifcfg-networkmanager"  # a golden file has what it says
        return
    # It is what module topology takes, and it means what it says.
    walker = Walker()
    walker.topology(copy.deepcopy(found))
    assert walker.problems == []
    assert meant(found, format_name) == found


def test_a_case_by_hand() -> None:
    """Against no code of ours."""
    found, unread = readback.of_files(rendered(CASES["namespaces"], "ifupdown"), "ifupdown")
    assert unread == []
    assert found["namespaces"] == [{"name": "pempty"}, {"name": "porange", "sysctls": {"ipv4.ip_forward": "1"}, "loopback": "up"}]
    assert {"destination": "0.0.0.0/0", "netns": "porange", "gateway": "192.0.2.113"} in found["routes"]
    (pair,) = [link for link in found["links"] if link["name"] == "pns0"]
    assert pair["peer"]["netns"] == "porange"
    assert pair["peer"]["addresses"] == ["192.0.2.114/28"]
    assert pair["addresses"] == ["192.0.2.113/28"]
    (bridge,) = [
        link for link in readback.of_files(rendered(CASES["bridge"], "ifupdown"), "ifupdown")[0]["links"] if link["name"] == "pbr0"
    ]
    given = {key: value for key, value in CASES["bridge"]["links"][0].items() if key != "sysctls"}
    assert {**bridge, "sysctls": None} == {**given, "sysctls": None}


@pytest.mark.parametrize("format_name", ALL_OF_IT)
@pytest.mark.parametrize(("kind", "attribute"), OPTIONS)
def test_every_option(kind: kinds.Kind, attribute: kinds.Attribute, format_name: str) -> None:
    value = example(attribute)
    if value is None:
        return
    link = alone(kind, {**kind.sample, **needed(kind, attribute), attribute.name: value})
    found = is_read_as_meant({"links": [{**link, "admin_state": "up"}]}, format_name, "")
    options = {name: kind.by_option[name].type.parse(given) for name, given in link["options"].items()}
    parsed = attribute.will_store(options[attribute.name], options)
    # What a new link has anyway has no command.
    if parsed != attribute.born and attribute.type.phrase(attribute.ip, parsed) and parsed is not False:
        assert found["links"][0]["options"][attribute.name] == attribute.type.show(parsed)


@pytest.mark.parametrize("attribute", [a for table in kinds.PORTS.values() for a in table], ids=lambda a: a.name)
def test_every_option_of_a_port(attribute: kinds.Attribute) -> None:
    value = example(attribute)
    if value is None:
        return
    master = kinds.master_of(attribute.name)
    links = [{"name": "m", "kind": master}, {"name": "p", "kind": "dummy", "master": "m", "port": {attribute.name: value}}]
    found = is_read_as_meant({"links": links}, "ifupdown")
    assert found["links"][1]["port"] == {attribute.name: attribute.type.show(attribute.type.parse(value))}


# What a new link has anyway has no command; of most that is not the first that comes to mind.
@pytest.mark.parametrize("attribute", [a for a in kinds.COMMON if a.name not in ("master", "admin_state")], ids=lambda a: a.name)
def test_everything_that_every_link_has(attribute: kinds.Attribute) -> None:
    value = "none" if attribute.name == "ipv6_addr_gen_mode" else example(attribute)
    found = is_read_as_meant({"links": [{"name": "x", "kind": "dummy", attribute.name: value}]}, "ifupdown")
    assert found["links"][0][attribute.name] == attribute.type.show(attribute.type.parse(value))


@hypothesis.given(
    seed=strategies.integers(0, 2**32), focus=strategies.sampled_from(sorted(kinds.KINDS)), format_name=strategies.sampled_from(ALL_OF_IT)
)
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture], deadline=None)
def test_any_topology(monkeypatch: pytest.MonkeyPatch, seed: int, focus: str, format_name: str) -> None:
    monkeypatch.setattr(generate, "filters_vlans", lambda: True)
    raw = generate.Maker(Chance(Random(seed)), list(kinds.KINDS)).topology(focus)  # noqa: S311  # nobody shall not guess it
    raw["namespaces"] = [{"name": "green", "loopback": "up", "nsid": 7}]
    owner = raw.pop("owner", "")
    try:
        intent.read(raw, owner, format_name)
    except NetdevError:
        hypothesis.reject()  # chance asked for what no host can have
    is_read_as_meant(raw, format_name, owner)


EVIL = [
    "$(touch ran)",
    "`id`",
    "; id;",
    "\"'\\",
    "a # b",
    "${x}",
    "<% x %>",
    "a'b\"c",
    "||",
    "&& true",
    "{",
    "}",
    "!",
    "true",
    ">/dev/null",
    "$$",
    "$PATH",
]


@pytest.mark.parametrize("format_name", ALL_OF_IT)
def test_any_text(format_name: str) -> None:
    links = [{"name": "d%d" % number, "kind": "dummy", "alias": value, "admin_state": "up"} for number, value in enumerate(EVIL)]
    found = is_read_as_meant({"links": links}, format_name)
    assert sorted(link["alias"] for link in found["links"]) == sorted(EVIL)


def test_a_namespace_with_the_name_of_no_process() -> None:
    links = [
        {"name": "a", "kind": "dummy", "netns": "blue"},
        {"name": "m", "kind": "macvlan", "parent": "a", "parent_netns": "blue", "netns": "$$"},
    ]
    found = is_read_as_meant({"namespaces": [{"name": "blue"}, {"name": "$$"}], "links": links}, "ifupdown")
    assert {link["name"]: link.get("netns", "") for link in found["links"]} == {"a": "blue", "m": "$$"}


# ---- edited by hand

LAB = {
    "links": [
        {"name": "br0", "kind": "bridge", "mtu": 1400, "admin_state": "up", "addresses": ["192.0.2.1/24"], "options": {"stp": False}},
        {"name": "tap0", "kind": "tuntap", "master": "br0", "admin_state": "up", "options": {"mode": "tap", "user": "nobody"}},
    ],
    "routes": [{"destination": "198.51.100.0/24", "gateway": "192.0.2.2"}],
}


def edited(files: dict[str, str], old: str, new: str) -> dict[str, str]:
    assert any(old in text for text in files.values())
    return {path: text.replace(old, new) for path, text in files.items()}


@pytest.mark.parametrize(
    ("format_name", "owner", "old", "new", "keys", "value"),
    [
        ("ifupdown", "lab", "192.0.2.1/24", "192.0.2.7/24", ("links", 0, "addresses"), ["192.0.2.7/24"]),
        ("ifupdown", "lab", "mtu 1400", "mtu 9000", ("links", 0, "mtu"), 9000),
        ("ifupdown", "lab", "stp_state 0", "stp_state 1", ("links", 0, "options"), {"stp": True}),
        ("ifupdown", "lab", "user nobody", "user root", ("links", 1, "options"), {"mode": "tap", "user": "root"}),
        ("ifupdown", "lab", "master br0", "master br1", ("links", 1, "master"), "br1"),
        ("ifupdown", "lab", "via 192.0.2.2", "via 192.0.2.3", ("routes", 0, "gateway"), "192.0.2.3"),
        ("ifcfg-network-scripts", "lab", "192.0.2.1/24", "192.0.2.7/24", ("links", 0, "addresses"), ["192.0.2.7/24"]),
        ("ifcfg-network-scripts", "", "IPADDR=192.0.2.1", "IPADDR=192.0.2.7", ("links", 0, "addresses"), ["192.0.2.7/24"]),
        ("ifcfg-network-scripts", "", "MTU=1400", 'MTU="9000"', ("links", 0, "mtu"), 9000),
        ("ifcfg-network-scripts", "", "STP=no", "STP=yes", ("links", 0, "options"), {"stp": True}),
        ("ifcfg-network-scripts", "", "OWNER=nobody", "OWNER=root", ("links", 1, "options"), {"mode": "tap", "user": "root"}),
        ("ifcfg-network-scripts", "", "via 192.0.2.2", "via 192.0.2.3", ("routes", 0, "gateway"), "192.0.2.3"),
        ("ifcfg-networkmanager", "", "STP=no", "STP=yes\nDELAY=7", ("links", 0, "options"), {"stp": True, "forward_delay": 7}),
    ],
)
def test_an_edit_is_that_change(format_name: str, owner: str, old: str, new: str, keys: tuple[Any, ...], value: Any) -> None:
    files = rendered(LAB, format_name, owner)
    expected = copy.deepcopy(readback.of_files(files, format_name)[0])
    holder: Any = expected
    for key in keys[:-1]:
        holder = holder[key]
    assert holder[keys[-1]] != value
    holder[keys[-1]] = value
    assert readback.of_files(edited(files, old, new), format_name) == (expected, [])


@pytest.mark.parametrize(
    "line",
    [
        "    up rm -rf /",
        "    up ip link set dev br0 mtu $MTU",
        "    up ip link set dev br0 mtu `id`",
        '    up ip link set dev br0 alias "$(id)"',
        "    up ip link set dev br0 mtu 1400 bogus 3",
        "    up ip link set dev br0 mtu many",
        "    up [ -x /bin/x ] || ip link set dev br0 up",
        "    up ip link set dev br0 up | cat",
        "    up ip link set dev br0 up & id",
        "    up ip addr add 192.0.2.9/24 dev br0",
        "    address 192.0.2.9",
        "    post-up id",
        "iface br9 inet static",
        "iface br9 inet manual",
        "source /etc/x",
    ],
)
def test_what_is_not_understood_is_told_with_its_line(line: str) -> None:
    files = rendered(LAB, "ifupdown")
    ((path, text),) = files.items()
    found, unread = readback.of_files({path: text + line + "\n"}, "ifupdown")
    assert len(unread) == 1
    assert unread[0].startswith("%s:%d: " % (path, len(text.splitlines()) + 1))
    assert found == readback.of_files(files, "ifupdown")[0]


@pytest.mark.parametrize(
    "line",
    [
        "DNS1=192.0.2.53",
        "BRIDGING_OPTS=bogus=3",
        "BRIDGING_OPTS=forward_delay=many",
        "MTU=$MTU",
        "MTU=`id`",
        "rm -rf /",
        "MTU='14",
        "NETMASK=255.0.0.0",
    ],
)
def test_so_are_variables(line: str) -> None:
    files = rendered(LAB, "ifcfg-network-scripts", "")
    path = next(path for path in files if path.endswith("/ifcfg-br0"))
    _found, unread = readback.of_files({**files, path: files[path] + line + "\n"}, "ifcfg-network-scripts")
    assert len(unread) == 1
    assert re.match(re.escape(path) + r":\d+: ", unread[0])


def test_and_what_would_keep_a_file_from_being_used() -> None:
    files = edited(rendered(LAB, "ifcfg-network-scripts", ""), "ONBOOT=yes", "ONBOOT=no")
    assert all("ONBOOT is no, and not yes" in each for each in readback.of_files(files, "ifcfg-network-scripts")[1])


def test_nothing_of_a_line_is_taken_if_not_all_of_it_is() -> None:
    with pytest.raises(commands.NotUnderstood):
        commands.operations("ip link set dev br0 up && rm x")


# ---- what a change of files means


def told(
    format_name: str, owner: str, *changes: tuple[str, str], root: str = "/", topology: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What is told where files on a host are as rendered but for changes by hand."""
    files, _warnings = formats.render(topology or LAB, owner, format_name)
    diff = []
    for each in files:
        there = each["content"]
        for old, new in changes:
            there = there.replace(old, new)
        path = root.rstrip("/") + each["path"]
        if there != each["content"]:
            diff.append({"before_header": path, "after_header": path, "before": there, "after": each["content"]})
    return drift.of(files, diff, format_name, root)


@pytest.mark.parametrize(("format_name", "owner"), [("ifupdown", "lab"), ("ifcfg-network-scripts", "lab"), ("ifcfg-network-scripts", "")])
@pytest.mark.parametrize("root", ["/", "/srv/image"])
def test_drift_is_shown_as_intent(format_name: str, owner: str, root: str) -> None:
    found = told(format_name, owner, ("192.0.2.1", "192.0.2.7"), root=root)
    before, after = found["topology"]["before"], found["topology"]["after"]
    assert after == meant(LAB, format_name, owner)
    assert [link["addresses"] for link in (before["links"][0], after["links"][0])] == [["192.0.2.7/24"], ["192.0.2.1/24"]]
    assert found["not_understood"] == []
    first, *texts = found["diff"]
    assert [line for line in first["before"].splitlines() if line not in first["after"].splitlines()] == ["  - 192.0.2.7/24"]
    assert texts
    assert all("network" in each["before_header"] for each in texts)


def test_what_is_not_understood_is_in_the_diff() -> None:
    found = told("ifupdown", "lab", ("    up ", "    up rm -rf /\n    up "))
    (first, _text) = found["diff"]
    assert all(re.match(r"/etc/network/interfaces.d/50-netdev-lab:\d+: rm -rf / is no command", each) for each in found["not_understood"])
    assert first["before"].count("# not understood: ") == len(found["not_understood"]) > 0
    assert first["before"].startswith(first["after"])


def test_what_means_the_same_is_not_shown_as_a_change() -> None:
    found = told("ifupdown", "lab", ("post-down", "post-down  "), ("# br0", "# the bridge"))
    assert "diff" not in found  # that of the texts stays as it is
    assert found["topology"]["before"] == found["topology"]["after"]


def test_files_that_come_and_files_that_go() -> None:
    files, _warnings = formats.render(LAB, "lab", "ifupdown")
    path, text = files[0]["path"], files[0]["content"]
    there = {"before_header": path, "after_header": path}
    assert drift.of(files, [{**there, "before": "", "after": text}], "ifupdown")["topology"] == {
        "before": {},
        "after": meant(LAB, "ifupdown"),
    }
    assert drift.of([], [{**there, "before": text, "after": ""}], "ifupdown")["topology"] == {"before": meant(LAB, "ifupdown"), "after": {}}
    # What others wrote is not read, and another format is.
    foreign = {**there, "before": "auto br0\niface br0 inet dhcp\n", "after": text}
    assert drift.of(files, [foreign], "ifupdown")["topology"]["before"] == {}
    assert drift.of(files, [], "ifupdown") == {}
    assert drift.of(files, [foreign], "networkd") == {}
    gone = [
        {"before_header": name, "after_header": name, "before": old, "after": ""}
        for name, old in rendered(LAB, "ifcfg-network-scripts").items()
    ]
    both = drift.of(files, [*gone, {**there, "before": "", "after": text}], "ifupdown")
    assert both["topology"]["before"] == both["topology"]["after"]
