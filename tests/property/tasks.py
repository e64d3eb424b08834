# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stories: what an administrator does with ip(8) and what tasks do, in turn, with values from the kinds table."""

from __future__ import annotations

import typing as t

from hypothesis import strategies as st

from ansible_collections.netdev.linux.plugins.module_utils import kinds, values
from ansible_collections.netdev.linux.plugins.module_utils.model import Topology
from ansible_collections.netdev.linux.plugins.module_utils.walker import Walker
from ansible_collections.netdev.linux.tests.property.hosts import NAMED, kernel_makes
from ansible_collections.netdev.linux.tests.unit.plugins.module_utils.worlds import ALTNAMES, Dice, raw_address, raw_value

Raw = dict[str, t.Any]

# Below what the kernel makes up, so that a bridge with one of them among its ports has that one.
MACS = ("02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03")
BRIDGES = ("br0", "br1")
NAMES = {
    "bridge": BRIDGES,
    "tuntap": ("t0", "t1"),
    "dummy": ("d0", "d1"),
    "veth": ("v0", "v1"),
    "macvlan": ("m0",),
    "vxlan": ("x0",),
    "ifb": ("i0",),
}
PEER_NAMES = ("v0p", "v1p")
PORTS = ("t0", "t1", "v0", "v1", "v0p", "d0")

# Where the kernel takes less than the table: most values shall be ones it takes.
_TAKEN: dict[str, tuple[t.Any, ...]] = {
    "mac": MACS,
    "mtu": (1280, 1400, 1500, 1501, 9000),
    "tx_queue_len": (1, 500, 1000),
    "link_group": (0, 7, 2000000000),
    "ipv6_addr_gen_mode": ("eui64", "none", "random"),
    "group_fwd_mask": (0, 8, 0xFFF8, 0x4000),
    "group_address": ("01:80:c2:00:00:00", "01:80:c2:00:00:0e"),
    "multicast_hash_max": (16, 512, 4096),
    "forward_delay": (0, 1.5, 2, 4.25, 15, 30, 31),
    "user": (54321, 54322),
    "group": (54321, 54322),
}


class Task(t.NamedTuple):
    """A task of a device module."""

    module: str
    options: Raw

    @property
    def kind(self) -> kinds.Kind:
        return kinds.KINDS[self.module]

    def topology(self) -> Topology:
        """The options as the engine takes them; raises InvalidInput."""
        walker = Walker()
        link = walker.link(dict(self.options), self.kind)
        walker.finish()
        return Topology(links=[link])


class Commands(t.NamedTuple):
    """What somebody else does; what does not work does not matter."""

    lines: tuple[str, ...]


Step = t.Union[Task, Commands]


def value(dice: Dice, attribute: kinds.Attribute) -> t.Any:
    """A value for an option, now and then one that the kernel may refuse."""
    taken = _TAKEN.get(attribute.name)
    if taken and dice.number(0, 30):
        return dice.one(*taken)
    if isinstance(attribute.type, values.Seconds) and attribute.type.high > 10**4:
        return dice.number(round(attribute.type.low * 100), 10**6) / 100
    return raw_value(attribute.type, dice)


def _attributes(dice: Dice, table: t.Sequence[kinds.Attribute], most: int) -> Raw:
    # What this kernel was built without is refused; now and then is often enough.
    likely = [attribute for attribute in table if "VLAN" not in attribute.config or not dice.number(0, 30)]
    return {attribute.name: value(dice, attribute) for attribute in dice.some(likely, most)}


def _end(dice: Dice, kind: kinds.Kind, name: str, netns: str) -> Raw:
    task: Raw = {"name": name, "netns": netns}
    task.update(_attributes(dice, [attribute for attribute in kinds.COMMON if attribute.name != "master"], 4))
    if kind is not kinds.BRIDGE and dice.maybe():
        task["master"] = dice.one("br0", "br0", "br1", "")
    if dice.maybe():
        task["addresses"] = [raw_address(dice) for _count in range(dice.number(1, 3))]
        task["mtu"] = max(task.get("mtu", 1500), 1280)
    if task.get("master") and dice.rarely():
        task["port"] = _attributes(dice, kinds.PORT, 3)
    if dice.rarely():
        task["altnames"] = dice.some(ALTNAMES, 2)
    if dice.rarely():
        task["sysctls"] = {dice.one("ipv6.accept_ra", "ipv4.rp_filter"): dice.one(0, 1)}
    if dice.maybe():
        task["purge"] = dice.some(["addresses", "altnames"] + (["ports"] if kind.has_ports else []))
    return task


def task(dice: Dice, kind: kinds.Kind | None = None, allow: bool | None = None) -> Task:
    """A task for one of a few names. ``allow``: whether it may flap and make anew; not given, now and then."""
    # Those that have a module of their own more often than the rest.
    likely = [kinds.BRIDGE, kinds.TUNTAP, kinds.VETH]
    kind = kind or dice.one(*likely, *likely, *likely, *available())
    name = dice.one(*NAMES[kind.name])
    # A veth's other end is elsewhere more often than the link itself, for bridges do not move.
    netns = dice.one("", "", "", "red")
    if dice.number(0, 9) == 0:
        options: Raw = {"name": name, "netns": netns, "state": "absent"}
    else:
        options = _end(dice, kind, name, netns)
        options.update(_attributes(dice, kind.attributes, 6))
        if kind is kinds.TUNTAP:
            options.setdefault("mode", dice.one("tap", "tap", "tun"))
        for option in kind.required:
            options.setdefault(option, value(dice, kind.by_option[option]))
        if kind.needs_parent or (kind.has_parent and dice.maybe()):
            options["parent"] = dice.one("br0", "v0", "t0")
        if kind.has_ports and dice.maybe():
            options["ports"] = dice.some(PORTS[:3], 2)
        if kind.has_peer and dice.number(0, 9):
            options["peer"] = _end(dice, kind, dice.one(name + "p", name + "p", *PEER_NAMES), dice.one(*NAMED))
    for option in ("allow_flap", "recreate", "force"):
        options[option] = bool(dice.number(0, 2)) if allow is None else allow
    return Task(kind.name, options)


def commands(dice: Dice) -> Commands:
    """Something that happens to a link behind the modules' back."""
    name = dice.one(*BRIDGES, *PORTS)
    netns = dice.one("", "", "red")
    ip = "ip -n %s " % netns if netns else "ip "
    return Commands(
        dice.one(
            (ip + "link set dev %s up" % name,),
            (ip + "link set dev %s down" % name,),
            (ip + "link delete dev %s" % name,),
            (ip + "link set dev %s nomaster" % name,),
            (ip + "link set dev %s master br0" % name, ip + "link set dev %s type bridge_slave isolated on learning off" % name),
            (ip + "address add 192.0.2.1/24 dev %s" % name, ip + "address add 192.0.2.99/24 dev %s" % name),
            (ip + "address add 2001:db8::99/64 dev %s nodad" % name,),
            (ip + "link add link %s name up0 type macvlan" % name,),
            (ip + "link add name br0 type bridge", ip + "link set dev br0 up"),
            (
                ip + "link set dev %s up" % name,
                ip + "address add 198.51.100.9/24 dev %s" % name,
                ip + "route add 203.0.113.0/24 via 198.51.100.254 dev %s" % name,
                ip + "-6 route add 2001:db8:1::/48 dev %s metric 77" % name,
            ),
            ("ip link add name v0 type veth peer name v0p netns red",),
            ("ip link set dev v0p netns blue",),
        )
    )


def available() -> list[kinds.Kind]:
    """Those kinds of the table that the running kernel makes."""
    return [kinds.KINDS[name] for name in NAMES if kernel_makes(name)]


@st.composite
def stories(draw: st.DrawFn, steps: int = 4) -> list[Step]:
    """A few steps, of which the last is a task."""
    dice = Dice(draw)
    story: list[Step] = [task(dice) if dice.number(0, 2) else commands(dice) for _count in range(dice.number(0, steps - 1))]
    if dice.number(0, 3):
        story.insert(0, Commands(("ip link add name br0 type bridge",)))
    return [*story, task(dice)]


@st.composite
def quiet_tasks(draw: st.DrawFn) -> list[Task]:
    """Tasks that may neither flap nor make anew, and leave br0 one port."""
    dice = Dice(draw)
    found = [task(dice, allow=False) for _count in range(dice.number(1, 4))]
    for each in found:
        if each.options["name"] == "br0" and "ports" in each.options:
            each.options["ports"].append("stays")
    return found
