# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VLANs and forwarding entries of ports: ranges, what the kernel makes of changes, and how a task writes them."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.netdev.linux.plugins.module_utils import bridging, observe
from ansible_collections.netdev.linux.plugins.module_utils.bridging import DEFAULT, FdbEntry, Span, Vlan
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker

MAC = "52:54:00:00:00:01"
OTHER = "52:54:00:00:00:02"

vlan_lists = st.dictionaries(st.integers(1, 40) | st.integers(4090, 4094), st.builds(Vlan, st.just(False), st.booleans()), max_size=25)
entries = st.sampled_from([FdbEntry(), FdbEntry(sticky=True), FdbEntry(static=False, sticky=True)])


def with_pvid(vlans: bridging.Vlans, vid: int) -> bridging.Vlans:
    return bridging.added(vlans, {vid: DEFAULT})


def test_ranges() -> None:
    vlans = {1: DEFAULT, 2: Vlan(), 3: Vlan(), 4: Vlan(untagged=True), 6: Vlan(untagged=True)}
    assert bridging.spans(vlans) == [
        Span(1, 1, DEFAULT),
        Span(2, 3, Vlan()),
        Span(4, 4, Vlan(untagged=True)),
        Span(6, 6, Vlan(untagged=True)),
    ]
    assert bridging.show_vlans(vlans) == [
        {"vid": 1, "pvid": True, "untagged": True},
        "2-3",
        {"vid": 4, "untagged": True},
        {"vid": 6, "untagged": True},
    ]


@given(vlan_lists, st.integers(1, 40))
def test_what_is_shown_is_what_a_task_writes(vlans: bridging.Vlans, pvid: int) -> None:
    for listed in (vlans, with_pvid(vlans, pvid)):
        walker = Walker()
        assert walker.vlans(bridging.show_vlans(listed), "vlans") == listed
        walker.finish()


@given(vlan_lists, st.dictionaries(st.tuples(st.sampled_from([MAC, OTHER]), st.just(0) | st.integers(1, 40)), entries, max_size=12))
def test_forwarding_entries_that_are_shown_are_what_a_task_writes(vlans: bridging.Vlans, asked: bridging.Fdb) -> None:
    there = bridging.spread(asked, vlans)
    walker = Walker()
    written = walker.fdb(bridging.show_fdb(there, vlans), "fdb")
    walker.finish()
    assert bridging.spread(written, vlans) == there


def test_there_is_one_pvid() -> None:
    assert bridging.added({1: DEFAULT, 5: Vlan()}, {7: Vlan(pvid=True)}) == {1: Vlan(untagged=True), 5: Vlan(), 7: Vlan(pvid=True)}


def test_an_entry_without_vlan_is_made_in_each() -> None:
    assert bridging.spread({(MAC, 0): FdbEntry()}, {1: DEFAULT, 7: Vlan()}) == {
        (MAC, 0): FdbEntry(),
        (MAC, 1): FdbEntry(),
        (MAC, 7): FdbEntry(),
    }
    assert bridging.spread({(MAC, 7): FdbEntry()}, {7: Vlan()}) == {(MAC, 7): FdbEntry()}
    explicit = {(MAC, 0): FdbEntry(), (MAC, 7): FdbEntry(sticky=True)}
    assert bridging.spread(explicit, {1: DEFAULT, 7: Vlan()}) == {**explicit, (MAC, 1): FdbEntry()}


def test_another_default_vlan() -> None:
    """Only where the old one is as the kernel gave it; measured on 6.1."""
    assert bridging.with_default_pvid({1: DEFAULT, 9: Vlan()}, 1, 5) == {5: DEFAULT, 9: Vlan()}
    assert bridging.with_default_pvid({1: Vlan(untagged=True), 9: Vlan(pvid=True)}, 1, 5) == {1: Vlan(untagged=True), 9: Vlan(pvid=True)}
    assert bridging.with_default_pvid({1: DEFAULT, 5: Vlan()}, 1, 5) == {1: DEFAULT, 5: Vlan()}
    assert bridging.with_default_pvid({1: DEFAULT}, 1, 0) == {}
    assert bridging.with_default_pvid({}, 0, 5) == {5: DEFAULT}


def test_decoding() -> None:
    info = b"".join(struct.pack("=HHHH", 8, 2, flags, vid) for flags, vid in ((6, 1), (8, 10), (16, 12), (4, 20)))
    message = struct.pack("=BxHiII", 7, 1, 5, 0, 0) + struct.pack("=HH", 4 + len(info), 26) + info
    assert observe.decode_vlans(message) == (5, {1: DEFAULT, 10: Vlan(), 11: Vlan(), 12: Vlan(), 20: Vlan(untagged=True)})
    assert observe.decode_vlans(message[:16]) == (5, {})


def forward(state: int, flags: int, *, master: bool = True, vlan: int = 0) -> bytes:
    message = struct.pack("=BxxxiHBB", 7, 5, state, flags, 0) + struct.pack("=HH6sxx", 10, 2, bytes.fromhex("525400000001"))
    message += struct.pack("=HHI", 8, 9, 3) if master else b""
    return message + (struct.pack("=HHHxx", 6, 5, vlan) if vlan else b"")


def test_decoding_of_forwarding_entries() -> None:
    assert observe.decode_fdb_entry(forward(0x40, 0)) == (5, (MAC, 0), FdbEntry())
    assert observe.decode_fdb_entry(forward(0x40, 0x40, vlan=7)) == (5, (MAC, 7), FdbEntry(sticky=True))
    assert observe.decode_fdb_entry(forward(0x02, 0x40)) == (5, (MAC, 0), FdbEntry(static=False, sticky=True))
    assert observe.decode_fdb_entry(forward(0x02, 0)) is None  # learned
    assert observe.decode_fdb_entry(forward(0x80, 0)) is None  # the port's own address
    assert observe.decode_fdb_entry(forward(0x40, 0x10)) is None  # a routing daemon's
    assert observe.decode_fdb_entry(forward(0x40, 0x02, master=False)) is None  # of the device itself
