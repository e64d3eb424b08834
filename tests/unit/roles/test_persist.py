# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role persist, as far as it works on the controller: what is refused, and the files of every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.netdev.linux.plugins.module_utils import kinds
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import formats, intent, limits

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


@pytest.mark.parametrize("format_name", formats.FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, format_name: str) -> None:
    golden = HERE / "golden" / format_name / case
    assert text(CASES[case], "lab", format_name) == golden.read_text()


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


def test_what_a_format_can_not_say_is_refused() -> None:
    found = problems(ABOVE)
    assert found.startswith("persist_topology.links[0].parent_netns: format ifupdown can't say parent_netns of a macvlan")
    assert "allowed: " in found
    assert "persist_missing: warn" in found


def test_or_left_out_with_a_warning() -> None:
    files, warnings = formats.render(ABOVE, "lab", "ifupdown", "warn")
    assert any("parent_netns" in warning and "left out" in warning for warning in warnings)
    assert "link eth0 name m type macvlan" in files[0]["content"]


def test_formats_of_the_table_are_formats() -> None:
    assert {name for limit in limits.LIMITS for name in limit.formats} <= set(formats.FORMATS)
    assert tuple(formats.FORMATS) == limits.ALL
