# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VLANs (802.1Q) and forwarding entries of the ports of a bridge: plain data, and what the kernel makes of changes.

net/bridge/br_vlan.c, net/bridge/br_fdb.c; bridge(8).
"""

from __future__ import annotations

import typing as t

VID_MIN, VID_MAX = 1, 4094
NO_VLAN = 0  # of a forwarding entry: frames outside VLAN filtering


class Vlan(t.NamedTuple):
    """How a port carries a VLAN. ``pvid``: untagged frames that come in belong to it; ``untagged``: its frames leave without tag."""

    pvid: bool = False
    untagged: bool = False


class FdbEntry(t.NamedTuple):
    """An entry of the forwarding database. ``static``: does not age; ``sticky``: learning does not move it to another port."""

    static: bool = True
    sticky: bool = False


DEFAULT = Vlan(pvid=True, untagged=True)  # how a port gets the bridge's vlan_default_pvid

Vlans = dict[int, Vlan]
Fdb = dict[tuple[str, int], FdbEntry]  # by MAC and VLAN


class Span(t.NamedTuple):
    """VLANs that follow each other and are carried alike: one range of bridge(8)."""

    first: int
    last: int
    vlan: Vlan

    @property
    def text(self) -> str:
        return str(self.first) if self.first == self.last else "%d-%d" % (self.first, self.last)


def spans(vlans: Vlans) -> list[Span]:
    """The VLANs as few ranges as say it. A pvid stands by itself, because the kernel refuses a range of them."""
    found: list[Span] = []
    for vid in sorted(vlans):
        vlan, last = vlans[vid], found[-1] if found else None
        if last and last.last == vid - 1 and last.vlan == vlan and not vlan.pvid:
            found[-1] = last._replace(last=vid)
        else:
            found.append(Span(vid, vid, vlan))
    return found


def added(vlans: Vlans, more: Vlans) -> Vlans:
    """What a port has after VLANs were added: of several pvids the last counts."""
    result = dict(vlans)
    for vid in sorted(more):
        if more[vid].pvid:
            result = {other: vlan._replace(pvid=False) for other, vlan in result.items()}
        result[vid] = more[vid]
    return result


def of_a_new_port(default_pvid: int) -> Vlans:
    """What a link has when it has just become a port of a bridge (nbp_vlan_init)."""
    return {default_pvid: DEFAULT} if default_pvid else {}


def with_default_pvid(vlans: Vlans, old: int, new: int) -> Vlans:
    """What a port, or the bridge itself, has after the bridge's vlan_default_pvid changed (__br_vlan_set_default_pvid).

    Only where the old one is in place as the kernel gave it, and the new one is not there already.
    """
    if (old and vlans.get(old) != DEFAULT) or new in vlans:
        return vlans
    result = {vid: vlan for vid, vlan in vlans.items() if vid != old}
    return added(result, of_a_new_port(new))


def spread(fdb: Fdb, vlans: Vlans) -> Fdb:
    """The entries that the kernel makes of those asked for: one without VLAN is made in each VLAN of the port too (br_fdb_add)."""
    found: Fdb = {}
    for (mac, vid), entry in fdb.items():
        found[mac, vid] = entry
        if vid == NO_VLAN:
            for other in vlans:
                found.setdefault((mac, other), entry)
    return found


def gathered(fdb: Fdb, vlans: Vlans) -> Fdb:
    """The shortest list whose :func:`spread` is ``fdb``."""
    kept: Fdb = {}
    for (mac, vid), entry in fdb.items():
        whole = fdb.get((mac, NO_VLAN))
        everywhere = whole is not None and all((mac, other) in fdb for other in vlans)
        if vid == NO_VLAN or not everywhere or entry != whole or vid not in vlans:
            kept[mac, vid] = entry
    return kept


def show_vlans(vlans: Vlans) -> list[t.Any]:
    """As a task would write it: a VLAN id, a range, or a dictionary where it is more than a tagged VLAN."""
    shown: list[t.Any] = []
    for span in spans(vlans):
        vid: t.Any = span.first if span.first == span.last else span.text
        flags = {name: True for name in ("pvid", "untagged") if getattr(span.vlan, name)}
        shown.append(dict({"vid": vid}, **flags) if flags else vid)
    return shown


def show_fdb(fdb: Fdb, vlans: Vlans) -> list[dict[str, t.Any]]:
    """As a task would write it."""
    shown = []
    for (mac, vid), entry in sorted(gathered(fdb, vlans).items()):
        words: dict[str, t.Any] = {"mac": mac}
        words.update({"vlan": vid} if vid else {})
        words.update({} if entry.static else {"static": False})
        words.update({"sticky": True} if entry.sticky else {})
        shown.append(words)
    return shown
