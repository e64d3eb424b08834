# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdev.linux.plugins.filter import topology_diagram as plugin
from ansible_collections.netdev.linux.plugins.filter.topology_diagram import topology_diagram

# As the modules return them: a bridge with a veth port, whose other end is in a namespace, and two taps
LINKS: list[dict[str, Any]] = [
    {
        "name": "br0",
        "netns": None,
        "kind": "bridge",
        "admin_state": "up",
        "running": True,
        "carrier": True,
        "addresses": ["192.0.2.1/24", {"address": "2001:db8::1/64"}, "fe80::1/64"],
    },
    {
        "name": "tap10",
        "kind": "tuntap",
        "mode": "tap",
        "master": "br0",
        "admin_state": "up",
        "running": False,
        "carrier": False,
    },
    {
        "name": "tap2",
        "kind": "tuntap",
        "mode": "tap",
        "master": "br0",
        "admin_state": "up",
        "running": True,
        "carrier": True,
    },
    {
        "name": "orange0",
        "kind": "veth",
        "master": "br0",
        "admin_state": "up",
        "carrier": True,
        "peer": {"name": "eth0", "netns": "orange"},
    },
    {
        "name": "eth0",
        "netns": "orange",
        "kind": "veth",
        "admin_state": "down",
        "carrier": False,
        "addresses": [{"address": "192.0.2.2", "peer": "192.0.2.9/32"}],
        "peer": {"name": "orange0", "netns": ""},
    },
]
WIRES = [{"from": {"name": "tap2"}, "to": {"name": "eth0", "netns": "blue"}, "label": "VMM"}]

MERMAID = """\
flowchart LR
  subgraph s0["host"]
    n0[["br0<br/>bridge<br/>192.0.2.1/24<br/>2001:db8::1/64"]]
    n1["orange0<br/>veth"]
    n2("tap2<br/>tap")
    n3("tap10<br/>tap<br/>no carrier")
  end
  subgraph s1["netns blue"]
    n4["eth0"]
  end
  subgraph s2["netns orange"]
    n5["eth0<br/>veth<br/>192.0.2.2 peer 192.0.2.9/32<br/>down"]
  end
  n0 --- n1
  n0 --- n2
  n0 --- n3
  n1 <--> n5
  n2 -.-|"VMM"| n4
  classDef down stroke-dasharray:4 3,opacity:0.7
  class n3,n5 down
"""

TEXT = """\
host
└─ br0         bridge  up                             192.0.2.1/24
   │                                                  2001:db8::1/64
   ├─ orange0  veth    up          ↔ orange/eth0
   ├─ tap2     tap     up          ↔ blue/eth0 (VMM)
   └─ tap10    tap     no carrier
netns blue
└─ eth0                            ↔ host/tap2 (VMM)
netns orange
└─ eth0        veth    down        ↔ host/orange0     192.0.2.2 peer 192.0.2.9/32
"""

DOT_BODY = r"""
  subgraph cluster_0 {
    label="lab1"
    n0 [label="br0\nbridge\n192.0.2.1/24\n2001:db8::1/64", fillcolor="#dbe9f6"]
    n1 [label="orange0\nveth", fillcolor="#eaf5e4"]
    n2 [label="tap2\ntap", fillcolor="#fdf1d6"]
    n3 [label="tap10\ntap\nno carrier", fillcolor="#fdf1d6", DOWN]
  }
  subgraph cluster_1 {
    label="netns blue"
    n4 [label="eth0"]
  }
  subgraph cluster_2 {
    label="netns orange"
    n5 [label="eth0\nveth\n192.0.2.2 peer 192.0.2.9/32\ndown", fillcolor="#eaf5e4", DOWN]
  }
  n0 -- n1
  n0 -- n2
  n0 -- n3
  n1 -- n5 [penwidth=2]
  n2 -- n4 [style=dashed, label="VMM"]
}
""".replace("DOWN", 'style="rounded,filled,dashed", fontcolor="#777777"')


def test_mermaid_is_the_default() -> None:
    assert topology_diagram(LINKS, wires=WIRES) == MERMAID


def test_text() -> None:
    assert topology_diagram(LINKS, "text", wires=WIRES) == TEXT


def test_dot() -> None:
    drawn = topology_diagram(LINKS, "dot", host="lab1", wires=WIRES)
    assert drawn.startswith("graph topology {\n")
    assert drawn.endswith(DOT_BODY)


@pytest.mark.parametrize("language", ["mermaid", "dot", "text"])
def test_the_order_of_the_input_does_not_matter(language: str) -> None:
    first = topology_diagram(LINKS, language, wires=WIRES)
    for shuffled in itertools.permutations(LINKS):
        assert topology_diagram(list(shuffled), language, wires=WIRES) == first


def test_the_documented_sample_is_what_comes_out() -> None:
    task = next(t for t in yaml.safe_load(plugin.EXAMPLES) if "vars" in t)
    assert topology_diagram(task["vars"]["lab"]) == yaml.safe_load(plugin.RETURN)["_value"]["sample"]


def test_a_wanted_topology_is_drawn_like_an_observed_one() -> None:
    wanted = {
        "namespaces": [{"name": "orange", "loopback": "up"}, "empty"],
        "links": [
            {"name": "br0", "kind": "bridge", "options": {"ports": ["eno1"]}},
            {"name": "tun0", "kind": "tuntap", "options": {"mode": "tun"}},
            {"name": "v10", "kind": "vlan", "netns": "orange", "parent": "eno1", "parent_netns": ""},
            {"name": "v20", "kind": "vlan", "netns": "orange", "options": {"parent": "v10"}},
        ],
    }
    assert topology_diagram(wanted, "text") == (
        "host\n"
        "├─ br0      bridge\n"
        "│  └─ eno1\n"
        "└─ tun0     tun\n"
        "netns empty\n"
        "netns orange\n"
        "├─ v10      vlan    on host/eno1\n"
        "└─ v20      vlan    on v10\n"
    )
    assert '  subgraph s1["netns empty"]\n    e1["no links"]\n  end\n' in topology_diagram(wanted)
    assert '    e1 [label="no links", shape=plaintext, style=""]' in topology_diagram(wanted, "dot")


@pytest.mark.parametrize(("language", "edge"), [("mermaid", "  n1 -.-> n0\n"), ("dot", "  n1 -- n0 [style=dotted]\n")])
def test_a_parent_in_another_namespace_is_an_edge(language: str, edge: str) -> None:
    link = {"name": "m0", "netns": "orange", "kind": "macvlan", "parent": "eno1", "parent_netns": "blue"}
    assert edge in topology_diagram([link], language)


@pytest.mark.parametrize(
    ("links", "nodes", "edges"),
    [
        pytest.param([{"name": "a", "peer": {"name": "b"}}, {"name": "b", "peer": "a"}], 2, 1, id="seen from both ends"),
        pytest.param([{"name": "a", "peer": {"name": "b", "netns": "x"}}], 2, 1, id="seen from one end"),
        pytest.param([{"name": "a", "kind": "veth"}], 1, 0, id="other end unknown"),
        pytest.param([{"name": "a", "netns": "x", "peer": {"name": "b"}}, {"name": "b", "netns": "x"}], 2, 1, id="inside"),
        pytest.param([{"name": "a", "netns": "x", "peer": {"name": "b", "netns": ""}}, {"name": "b"}], 2, 1, id="outside"),
    ],
)
def test_a_veth_pair_is_one_edge(links: list[dict[str, Any]], nodes: int, edges: int) -> None:
    drawn = topology_diagram(links)
    assert drawn.count('["') - drawn.count("subgraph") == nodes
    assert drawn.count("<-->") == edges


def test_what_comes_later_adds_and_replaces() -> None:
    drawn = topology_diagram(
        [
            {"name": "a", "kind": "veth", "peer": {"name": "b", "addresses": ["192.0.2.1/24"]}},
            {"name": "b", "admin_state": "down"},
            {"name": "b", "admin_state": "up", "addresses": ["192.0.2.2/24"]},
        ]
    )
    assert 'n1["b<br/>veth<br/>192.0.2.2/24"]' in drawn


def test_nothing_to_draw() -> None:
    assert topology_diagram([]) == "flowchart LR\n"
    assert topology_diagram([], "text") == ""
    assert topology_diagram({"namespaces": ["a"]}, "text") == "netns a\n"


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (5, {}, "links: expected a list, got int"),
        ("br0", {}, "links: expected a list, got str"),
        ([5], {}, r"links\[0\]: expected a dictionary, got int"),
        ([{"kind": "veth"}], {}, r"links\[0\].name: missing"),
        ([{"name": 7}], {}, r"links\[0\].name: expected a string, got int"),
        ([{"name": "a"}, {"name": "b", "peer": {"netns": "x"}}], {}, r"links\[1\].peer.name: missing"),
        (
            [{"name": "a", "addresses": ["192.0.2.1/24", "nonsense"]}],
            {},
            r"links\[0\].addresses\[1\]: 'nonsense' does not appear",
        ),
        ([{"name": "a", "ports": [3]}], {}, r"links\[0\].ports\[0\]: expected a name, got int"),
        ([{"name": "a", "master": "b"}, {"name": "b", "master": "a"}], {}, "its own master"),
        ([{"name": "a", "master": "a"}], {}, "its own master"),
        ([], {"wires": [{"from": {"name": "a"}}]}, r"wires\[0\].to: expected a dictionary"),
        ([], {"format": "svg"}, "format: 'svg' is none of mermaid, dot, text"),
    ],
)
def test_refusals(value: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"topology_diagram: .*{message}"):
        topology_diagram(value, **options)


# Any name the kernel takes, and more: quotes, brackets, entities, escape sequences, keywords of both languages
names = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=15)
    | st.sampled_from(["end", "&lt;", "#35;", r"\N", '"]', "x\x1b[1m"]),
    min_size=1,
    max_size=6,
    unique=True,
)


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


@given(names)
def test_mermaid_labels_read_back_as_the_names(wanted: list[str]) -> None:
    drawn = topology_diagram([{"name": name} for name in wanted])
    labels = [m[1] for m in re.finditer(r'^    n\d+\["([^"]*)"\]$', drawn, re.MULTILINE)]
    decoded = [re.sub(r"#(\d+);", lambda m: chr(int(m[1])), label) for label in labels]
    assert sorted(decoded) == sorted(map(_shown, wanted))
    assert not re.search(r'[\[\]{}<>|&`\\"%]', "".join(labels))
    assert len(drawn.splitlines()) == len(wanted) + 3


@given(names)
def test_dot_labels_read_back_as_the_names(wanted: list[str]) -> None:
    drawn = topology_diagram([{"name": name} for name in wanted], "dot")
    labels = [m[1] for m in re.finditer(r'^    n\d+ \[label="((?:[^"\\]|\\.)*)"\]$', drawn, re.MULTILINE)]
    decoded = [re.sub(r"\\(.)", r"\1", label).replace("&amp;", "&") for label in labels]
    assert sorted(decoded) == sorted(map(_shown, wanted))
    assert "&" not in "".join(labels).replace("&amp;", "")


@given(names)
def test_text_carries_nothing_that_a_terminal_obeys(wanted: list[str]) -> None:
    drawn = topology_diagram([{"name": name} for name in wanted], "text")
    assert drawn.replace("\n", "").isprintable()
    assert len(drawn.splitlines()) == len(wanted) + 1


def test_what_is_no_topology_is_told() -> None:
    """An empty picture was the answer to the whole result of topology_info."""
    with pytest.raises(AnsibleFilterError, match=r"neither links nor namespaces in what has changed, topology; give it .topology"):
        topology_diagram({"changed": False, "topology": {"links": []}})
    assert topology_diagram({}, "mermaid").startswith("flowchart")
