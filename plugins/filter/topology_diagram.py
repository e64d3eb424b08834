# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: topology_diagram
short_description: Draw links, bridges and namespaces as a diagram
version_added: 0.1.0
author:
  - netdev.linux contributors (@netdev-linux)
description:
  - Turns the links that the modules of this collection return, or a topology as it is written in a playbook, into the
    source text of a diagram. Each namespace is a box, each link a node in it; a port is tied to its bridge, the two
    ends of a veth pair to each other, and a link to the parent it sits on.
  - It only writes text. Rendering is done by whatever understands the format, for instance a Markdown viewer or the
    command C(dot).
  - The same links give the same text, whatever their order, so a diagram can be kept under version control.
  - IPv6 link-local addresses are left out, because every link has one.
positional: format
options:
  _input:
    description:
      - A list of links, each a dictionary as in RV(netdev.linux.bridge#module:links), or a dictionary with such a list
        in the key C(links) and, if wanted, C(namespaces).
      - Used of a link are C(name), C(netns), C(kind), C(mode), C(master), C(peer), C(parent), C(parent_netns),
        C(addresses), C(ports), C(options), C(admin_state), C(running) and C(carrier). All but C(name) may be missing.
      - When a link is listed more than once, what comes later adds to what came before and replaces it.
    type: raw
    required: true
  format:
    description: What to write.
    type: str
    default: mermaid
    choices:
      mermaid: A Mermaid flowchart, which many Markdown viewers show as a picture.
      dot: An undirected Graphviz graph.
      text: A tree to be read in a terminal.
  host:
    description: What to call the namespace of links that have no C(netns).
    type: str
    default: host
  wires:
    description:
      - Connections that the kernel does not know, such as the virtual machine manager that carries frames between a tap
        and the network card of its guest.
    type: list
    elements: dict
    default: []
    suboptions:
      from:
        description: One end, a dictionary of C(name) and C(netns). It is drawn even when it is not among the links.
        type: dict
        required: true
      to:
        description: The other end, likewise.
        type: dict
        required: true
      label:
        description: What the connection is.
        type: str
        default: ''
seealso:
  - name: Flowcharts in Mermaid
    description: How a Mermaid flowchart is written and where it is shown.
    link: https://mermaid.js.org/syntax/flowchart.html
  - name: Graphviz
    description: The language of graphs and the command that renders them.
    link: https://graphviz.org/doc/info/lang.html
"""

EXAMPLES = r"""
- name: Make a namespace's link
  netdev.linux.veth:
    name: orange0
    master: br0
    admin_state: up
    peer:
      name: eth0
      netns: orange
      addresses: [192.0.2.2/24]
  register: pair

- name: Show it in the terminal
  ansible.builtin.debug:
    msg: "{{ pair.links | netdev.linux.topology_diagram('text') }}"

- name: Keep a picture of a whole topology beside its definition
  ansible.builtin.copy:
    content: "{{ lab | netdev.linux.topology_diagram('dot', host=inventory_hostname) }}"
    dest: "{{ playbook_dir }}/lab.dot"
    mode: "0644"
  delegate_to: localhost
  vars:
    lab:
      namespaces: [{name: orange}]
      links:
        - {name: br0, kind: bridge, addresses: [192.0.2.1/24]}
        - {name: orange0, kind: veth, master: br0, peer: {name: eth0, netns: orange, addresses: [192.0.2.2/24]}}

- name: Show which virtual machine is behind a tap
  ansible.builtin.debug:
    msg: "{{ links | netdev.linux.topology_diagram('text', wires=guests) }}"
  vars:
    guests:
      - {from: {name: tap0}, to: {name: web1}, label: QEMU}
"""

RETURN = r"""
_value:
  description: The source text of the diagram, ending in a line break.
  type: str
  sample: |
    flowchart LR
      subgraph s0["host"]
        n0[["br0<br/>bridge<br/>192.0.2.1/24"]]
        n1["orange0<br/>veth"]
      end
      subgraph s1["netns orange"]
        n2["eth0<br/>veth<br/>192.0.2.2/24"]
      end
      n0 --- n1
      n1 <--> n2
"""

import ipaddress
import re
from collections.abc import (
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import (
    dataclass,
    field,
)
from typing import Any

from ansible.errors import AnsibleFilterError

#: Where a link is: its namespace ("" is the host's own) and its name.
Place = tuple[str, str]


@dataclass
class _Link:
    kind: str = ""
    addresses: list[str] = field(default_factory=list)
    admin_state: str = ""
    carrier: bool | None = None
    master: str = ""

    @property
    def state(self) -> str:
        """What there is to say about the link's state in a word or two; empty when nothing is known."""
        if self.admin_state == "down":
            return "down"
        if self.carrier is False:
            return "no carrier"
        return self.admin_state


@dataclass(frozen=True)
class _Edge:
    ends: tuple[Place, Place]
    sort: str  # port, veth, parent or wire
    label: str = ""


@dataclass
class _Drawing:
    """What is to be drawn, independent of the language it is drawn in."""

    links: dict[Place, _Link] = field(default_factory=dict)
    edges: set[_Edge] = field(default_factory=set)
    namespaces: set[str] = field(default_factory=set)

    def link(self, place: Place) -> _Link:
        self.namespaces.add(place[0])
        return self.links.setdefault(place, _Link())

    def join(self, sort: str, one: Place, other: Place, label: str = "") -> None:
        self.link(one)
        self.link(other)
        ends = (one, other)
        if sort == "veth" and _place_key(other) < _place_key(one):
            ends = (other, one)  # the pair is listed from both of its ends; it is one edge
        self.edges.add(_Edge(ends, sort, label))

    def sorted_namespaces(self) -> list[str]:
        return sorted(self.namespaces, key=_natural)

    def sorted_links(self, netns: str) -> list[tuple[Place, _Link]]:
        members = (item for item in self.links.items() if item[0][0] == netns)
        return sorted(members, key=lambda item: _place_key(item[0]))

    def sorted_edges(self) -> list[_Edge]:
        return sorted(self.edges, key=lambda e: (_place_key(e.ends[0]), _place_key(e.ends[1]), e.sort, e.label))


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key that puts tap2 before tap10."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part]


def _place_key(place: Place) -> tuple[list[tuple[int, int, str]], list[tuple[int, int, str]]]:
    return _natural(place[0]), _natural(place[1])


# Reading the input


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise AnsibleFilterError(f"topology_diagram: {path}: expected a dictionary, got {type(value).__name__}")
    return value


def _items(value: Any, path: str) -> Sequence[Any]:
    if value is None:
        return []
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise AnsibleFilterError(f"topology_diagram: {path}: expected a list, got {type(value).__name__}")
    return value


def _text(owner: Mapping[str, Any], key: str, path: str) -> str:
    value = owner.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise AnsibleFilterError(f"topology_diagram: {path}.{key}: expected a string, got {type(value).__name__}")
    return value


def _place(owner: Mapping[str, Any], path: str, netns: str = "") -> Place:
    name = _text(owner, "name", path)
    if not name:
        raise AnsibleFilterError(f"topology_diagram: {path}.name: missing")
    # an empty netns is the host's own namespace, a missing one that of the context
    return netns if owner.get("netns") is None else _text(owner, "netns", path), name


def _addresses(values: Any, path: str) -> list[str]:
    shown = []
    for index, value in enumerate(_items(values, path)):
        where = f"{path}[{index}]"
        text, peer = value, ""
        if isinstance(value, Mapping):
            text, peer = _text(value, "address", where), _text(value, "peer", where)
        try:
            if ipaddress.ip_interface(text).is_link_local and ":" in text:
                continue
        except ValueError as error:
            raise AnsibleFilterError(f"topology_diagram: {where}: {error}") from error
        shown.append(f"{text} peer {peer}" if peer else str(text))
    return shown


def _read_link(drawing: _Drawing, item: Any, path: str, kind: str = "", netns: str = "") -> Place:
    """Add one link, and what it says about others: its master, ports, peer and parent."""
    item = _mapping(item, path)
    options = _mapping(item.get("options") or {}, f"{path}.options")
    place = _place(item, path, netns)
    link = drawing.link(place)

    kind = _text(item, "kind", path) or kind
    mode = _text(item, "mode", path) or _text(options, "mode", f"{path}.options")
    # tun and tap are different things to whoever reads the picture, though of one kind
    link.kind = (mode if kind in ("tuntap", "tun") and mode else kind) or link.kind
    link.addresses = _addresses(item.get("addresses"), f"{path}.addresses") or link.addresses
    link.admin_state = _text(item, "admin_state", path) or link.admin_state
    for key in ("running", "carrier"):
        if item.get(key) is not None:
            link.carrier = bool(item[key])

    master = _text(item, "master", path)
    if master:
        _plug(drawing, place, (place[0], master))
    ports = item.get("ports") or options.get("ports")
    for index, port in enumerate(_items(ports, f"{path}.ports")):
        if not isinstance(port, str):
            raise AnsibleFilterError(f"topology_diagram: {path}.ports[{index}]: expected a name, got {type(port).__name__}")
        _plug(drawing, (place[0], port), place)
    peer = item.get("peer") or options.get("peer")
    if peer:
        if isinstance(peer, str):
            peer = {"name": peer}
        other = _read_link(drawing, peer, f"{path}.peer", kind="veth", netns=place[0])
        drawing.join("veth", place, other)
    parent = _text(item, "parent", path) or _text(options, "parent", f"{path}.options")
    if parent:
        # an empty parent_netns is the host's own namespace, a missing one the link's
        parent_netns = place[0] if item.get("parent_netns") is None else _text(item, "parent_netns", path)
        drawing.join("parent", place, (parent_netns, parent))
    return place


def _plug(drawing: _Drawing, port: Place, bridge: Place) -> None:
    drawing.link(port).master = bridge[1]
    drawing.join("port", bridge, port)


def _read(value: Any, wires: Any) -> _Drawing:
    drawing = _Drawing()
    links = value
    if isinstance(value, Mapping):
        if value and not value.keys() & {"links", "namespaces", "routes"}:
            # An empty picture would be the answer to the whole result of topology_info, where its key topology was meant.
            found = ", ".join(sorted(map(str, value)))
            raise AnsibleFilterError(
                f"topology_diagram: neither links nor namespaces in what has {found}; give it .topology of topology_info"
            )
        links = value.get("links")
        for index, item in enumerate(_items(value.get("namespaces"), "namespaces")):
            path = f"namespaces[{index}]"
            name = item if isinstance(item, str) else _place(_mapping(item, path), path)[1]
            drawing.namespaces.add(name)
    for index, item in enumerate(_items(links, "links")):
        _read_link(drawing, item, f"links[{index}]")
    for index, item in enumerate(_items(wires, "wires")):
        path = f"wires[{index}]"
        wire = _mapping(item, path)
        one, other = (_place(_mapping(wire.get(key), f"{path}.{key}"), f"{path}.{key}") for key in ("from", "to"))
        drawing.join("wire", one, other, _text(wire, "label", path))
    _refuse_rings(drawing)
    return drawing


def _refuse_rings(drawing: _Drawing) -> None:
    for place, link in drawing.links.items():
        above, seen = link.master, {place[1]}
        while above:
            if above in seen:
                raise AnsibleFilterError(f"topology_diagram: link {above} is, by way of its ports, its own master")
            seen.add(above)
            above = drawing.links[place[0], above].master


# Writing


def _printable(text: str) -> str:
    """The kernel allows escape sequences in an interface name; a terminal or viewer must not get them."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _title(netns: str, host: str) -> str:
    return f"netns {netns}" if netns else host


def _lines(name: str, link: _Link) -> list[str]:
    notable = link.state if link.state != "up" else ""
    return [line for line in (name, link.kind, *link.addresses, notable) if line]


def _mermaid(drawing: _Drawing, host: str) -> str:
    def quote(text: str) -> str:
        # Mermaid has no backslash escapes: '#' with a code point and ';' is its way to say a character
        escaped = (c if c.isalnum() or c in " ._:/-,+=@()" else f"#{ord(c)};" for c in _printable(text))
        return "".join(escaped)

    shapes = {
        "bridge": ("[[", "]]"),
        "bond": ("[[", "]]"),
        "vrf": ("[[", "]]"),
        "tap": ("(", ")"),
        "tun": ("(", ")"),
        "dummy": ("([", "])"),
    }
    arrows = {"port": "---", "veth": "<-->", "parent": "-.->", "wire": "-.-"}
    ids: dict[Place, str] = {}
    down = []
    lines = ["flowchart LR"]
    for number, netns in enumerate(drawing.sorted_namespaces()):
        lines.append(f'  subgraph s{number}["{quote(_title(netns, host))}"]')
        members = drawing.sorted_links(netns)
        for place, link in members:
            ids[place] = f"n{len(ids)}"
            left, right = shapes.get(link.kind, ("[", "]"))
            label = "<br/>".join(quote(line) for line in _lines(place[1], link))
            lines.append(f'    {ids[place]}{left}"{label}"{right}')
            if link.state not in ("", "up"):
                down.append(ids[place])
        if not members:
            lines.append(f'    e{number}["no links"]')
        lines.append("  end")
    for edge in drawing.sorted_edges():
        one, other = (ids[end] for end in edge.ends)
        label = f'|"{quote(edge.label)}"|' if edge.label else ""
        lines.append(f"  {one} {arrows[edge.sort]}{label} {other}")
    if down:
        lines.append("  classDef down stroke-dasharray:4 3,opacity:0.7")
        lines.append(f"  class {','.join(down)} down")
    return "\n".join(lines) + "\n"


def _dot(drawing: _Drawing, host: str) -> str:
    def quote(*texts: str) -> str:
        # In a quoted label a backslash starts a sequence such as \N, an ampersand an entity such as &lt;
        escapes = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})
        return '"' + r"\n".join(_printable(text).translate(escapes) for text in texts) + '"'

    looks = {"port": "", "veth": "penwidth=2", "parent": "style=dotted", "wire": "style=dashed"}
    fills = {
        "bridge": "#dbe9f6",
        "bond": "#dbe9f6",
        "vrf": "#dbe9f6",
        "veth": "#eaf5e4",
        "tap": "#fdf1d6",
        "tun": "#fdf1d6",
        "dummy": "#eeeeee",
    }
    ids: dict[Place, str] = {}
    lines = [
        "graph topology {",
        '  graph [rankdir=LR, nodesep=0.25, ranksep=0.9, fontname="sans-serif", fontsize=12]',
        '  graph [style=rounded, color="#888888"]',
        '  node [fontname="sans-serif", fontsize=11]',
        '  node [shape=box, style="rounded,filled", fillcolor=white, color="#666666"]',
        '  edge [color="#444444", fontname="sans-serif", fontsize=10]',
    ]
    for number, netns in enumerate(drawing.sorted_namespaces()):
        lines += [f"  subgraph cluster_{number} {{", f"    label={quote(_title(netns, host))}"]
        members = drawing.sorted_links(netns)
        for place, link in members:
            ids[place] = f"n{len(ids)}"
            look = f', fillcolor="{fills[link.kind]}"' if link.kind in fills else ""
            if link.state not in ("", "up"):
                look += ', style="rounded,filled,dashed", fontcolor="#777777"'
            lines.append(f"    {ids[place]} [label={quote(*_lines(place[1], link))}{look}]")
        if not members:
            lines.append(f'    e{number} [label="no links", shape=plaintext, style=""]')
        lines.append("  }")
    for edge in drawing.sorted_edges():
        one, other = (ids[end] for end in edge.ends)
        attributes = [look for look in (looks[edge.sort], f"label={quote(edge.label)}" if edge.label else "") if look]
        lines.append(f"  {one} -- {other}" + (f" [{', '.join(attributes)}]" if attributes else ""))
    lines.append("}")
    return "\n".join(lines) + "\n"


def _far_ends(drawing: _Drawing, host: str) -> dict[Place, str]:
    """For each link what is at its other side, in words for a table."""
    far: dict[Place, list[str]] = {}
    for edge in drawing.sorted_edges():
        for here, there in (edge.ends, edge.ends[::-1]):
            name = there[1] if there[0] == here[0] else f"{there[0] or host}/{there[1]}"
            if edge.sort in ("veth", "wire"):
                far.setdefault(here, []).append(f"↔ {name}" + (f" ({edge.label})" if edge.label else ""))
            elif edge.sort == "parent" and here == edge.ends[0]:
                far.setdefault(here, []).append(f"on {name}")
    return {place: ", ".join(words) for place, words in far.items()}


@dataclass
class _Row:
    tree: str
    columns: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    below: str = ""  # how the tree goes on beside further addresses


def _rows(members: Mapping[Place, _Link], far: Mapping[Place, str], master: str = "", stem: str = "") -> list[_Row]:
    """The rows of those links of a namespace that have this master, each followed by its ports."""
    known = {name for _netns, name in members}
    here = [place for place, link in members.items() if (link.master if link.master in known else "") == master]
    rows = []
    for place in here:
        link = members[place]
        branch, trunk = ("└─ ", "   ") if place == here[-1] else ("├─ ", "│  ")
        ports = _rows(members, far, place[1], stem + trunk)
        below = stem + trunk + ("│" if ports else "")
        rows.append(_Row(stem + branch + place[1], [link.kind, link.state, far.get(place, "")], link.addresses, below))
        rows += ports
    return rows


def _tree(drawing: _Drawing, host: str) -> str:
    far = _far_ends(drawing, host)
    rows = []
    for netns in drawing.sorted_namespaces():
        rows.append(_Row(_title(netns, host)))
        rows += _rows(dict(drawing.sorted_links(netns)), far)
    table = [[_printable(cell) for cell in (row.tree, *row.columns)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*(cells for cells in table if len(cells) > 1))]
    lines = []
    for row, cells in zip(rows, table):
        # a column that is empty throughout takes no room
        padded = [cell.ljust(width) for cell, width in zip(cells, widths) if width] if row.columns else cells
        lines.append("  ".join([*padded, *row.addresses[:1]]).rstrip())
        indent = sum(width + 2 for width in widths if width)
        lines += [row.below.ljust(indent) + address for address in row.addresses[1:]]
    return "".join(f"{line}\n" for line in lines)


FORMATS: dict[str, Callable[[_Drawing, str], str]] = {"mermaid": _mermaid, "dot": _dot, "text": _tree}


def topology_diagram(
    value: Any,
    format: str = "mermaid",  # noqa: A002 - the name that a playbook's author expects
    host: str = "host",
    wires: Iterable[Mapping[str, Any]] = (),
) -> str:
    """The source text of a diagram of links, as the documentation above says."""
    if format not in FORMATS:
        raise AnsibleFilterError(f"topology_diagram: format: {format!r} is none of {', '.join(FORMATS)}")
    return FORMATS[format](_read(value, wires), host)


class FilterModule:
    """Ansible's way to find filters."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"topology_diagram": topology_diagram}
