# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""P3: what the kernel can change live is changed live, which a netlink monitor sees."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import typing as t

from ansible_collections.netdev.linux.plugins.module_utils import kinds, values
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces
from ansible_collections.netdev.linux.tests.property.chance import Chance
from ansible_collections.netdev.linux.tests.property.generate import PORTS_OF, Maker, Raw, taken
from ansible_collections.netdev.linux.tests.property.hosts import Facts, Host, made_by_kernel
from ansible_collections.netdev.linux.tests.property.lab import Lab, Result, carry_out, expect, lines
from ansible_collections.netdev.linux.tests.property.monitor import Watch

NAME = "watched"
_MASTERS = {"bridge": "br0", "bond": "bond0"}
ROUTE = "203.0.113.0/24"


@contextlib.contextmanager
def living(host: Host, kind: kinds.Kind, options: Raw, master: str = "") -> t.Iterator[Raw]:
    """A link of a kind that is in use: up, with carrier where it can have one, with ports or a master, addresses and a route through it."""
    host.ip(
        "link add name base0 type veth peer name base1",
        "link set dev base0 up",
        "link set dev base1 up",
        "link add name br0 type bridge",
        # A port that stays lets the bridge never have a reason to lose its carrier.
        "link add name stays0 master br0 up type veth peer name stays1",
        "link set dev stays1 up",
        "link set dev br0 up",
    )
    if master == _MASTERS["bond"]:
        host.ip("link add name bond0 type bond mode active-backup", "link set dev bond0 up")
    if any("FOU" in attribute.config for attribute in kind.attributes):
        subprocess.run(["modprobe", "-qa", "fou", "fou6"], check=False)
    link: Raw = {"name": NAME, "kind": kind.name, "options": {**kind.sample, **options}}
    whole: Raw = dict(link, addresses=["198.18.1.1/24", {"address": "2001:db8:1::1/64", "nodad": True}])
    if kind.has_parent and (kind.needs_parent or "id" in kind.required):
        whole["parent"] = "base0"
    if kind.has_peer:
        whole["peer"] = {"name": "other", "admin_state": "up"}
    if master:
        whole["master"] = master
    carry_out({"links": [whole]})
    if kind.has_ports:
        host.ip("link add name port0 type veth peer name port1", "link set dev port0 master %s" % NAME)
        host.ip("link set dev port0 up", "link set dev port1 up")
    carry_out({"links": [dict(link, admin_state="up")], "routes": [{"destination": ROUTE, "gateway": "198.18.1.77", "dev": NAME}]})
    namespaces = Namespaces()
    try:
        with namespaces._tun("", NAME, link["options"], 0) if kind.by_ioctl else contextlib.nullcontext():
            yield link
    finally:
        namespaces.close()


def expect_no_flap(host: Host, raw: Raw) -> Result:
    """Carry out a task beside a monitor."""
    with Watch(host, ("",)) as watch:
        result = carry_out(raw)
    expect(not watch.flaps(), "flap", watch.flaps(), raw, lines(result["commands"]))
    expect(result["flapped"] == [] == result["recreated"], "told", result["flapped"], result["recreated"])
    return result


def surroundings(host: Host) -> tuple[Facts, list[Facts]]:
    """What no change of an attribute may touch: ifindexes, masters, addresses, routes."""
    links = {name: [link["ifindex"], link.get("master"), link["addr_info"]] for name, link in host.links().items()}
    # Whether a route's link has carrier shows late.
    routes = [dict(route, flags=[]) for route in host.routes() if ":" not in route["dst"]]
    for state in links.values():
        state[2] = [address for address in state[2] if not made_by_kernel(address)]  # those come in their own time
        for address in state[2]:
            for key in ("tentative", "valid_life_time", "preferred_life_time", "broadcast"):
                address.pop(key, None)
    return links, routes


@contextlib.contextmanager
def in_use_still(host: Host, what: t.Any) -> t.Iterator[None]:
    """After the body all that the link has is what it was."""
    before = surroundings(host)
    yield
    expect(before == surroundings(host), "ifindex, ports, addresses or routes have changed", what, before, surroundings(host))


def expect_in_use_still(host: Host, raw: Raw) -> Result:
    with in_use_still(host, raw):
        return expect_no_flap(host, raw)


# Attributes that need others beside them, or to be set before they are live.
_BESIDE: dict[str, tuple[Raw, ...]] = {
    "tuntap": ({"mode": "tap", "multi_queue": True}, {"mode": "tun", "multi_queue": True}),
    "vxlan": ({"id": 7, "port": 4790, "remote": "192.0.2.1", "local": "198.18.1.1"}, {"id": 7, "port": 4790, "local": "2001:db8::9"}),
}


def scenes(kind: kinds.Kind) -> list[Raw]:
    """What a link has to have for its attributes to exist, beside what suffices to make one."""
    found = list(_BESIDE.get(kind.name, ({},)))
    for attribute in kind.attributes:
        beside: Raw = {}
        needs = attribute.needs
        while needs:
            beside[needs.option] = needs.example
            needs = kind.by_option[needs.option].needs
        if beside not in found:
            found.append(beside)
    return found


def test_p3_every_live_attribute_of_every_kind_changes_without_a_flap(lab: Lab) -> None:
    unchanged: dict[str, dict[str, str | None]] = {}
    for name, dice, _maker in lab.examples(1):
        kind = kinds.KINDS[name]
        left = {a.name for a in kind.attributes if a.change == kinds.LIVE and not isinstance(a.type, values.PortName)}
        refusals: dict[str, str] = {}
        for beside in scenes(kind):
            there = [a for a in kind.attributes if a.name in left and (not a.needs or a.needs.met({**kind.sample, **beside}))]
            there.sort(key=lambda attribute: attribute.name in beside)  # these last, for the others need them
            if not there:
                continue
            try:
                with Host() as host, living(host, kind, beside) as link, in_use_still(host, kind.name):
                    left -= {attribute.name for attribute in there if change(host, link, "options", attribute, dice, refusals)}
            except NetdevError as error:  # this kernel lacks what they need
                refusals.update((attribute.name, str(error)) for attribute in there)
        lacking = {option for option in left if config_of(kind, kind.by_option[option]) and not lab.complete}
        lacking |= {option for option in left if too_new(kind.by_option[option])}
        for option in sorted(lacking):
            lab.count_of("this kernel has no %s.%s" % (name, option))
        if not left <= lacking | _CONDITIONAL.get(name, set()):
            unchanged[name] = {option: refusals.get(option) for option in left - lacking}
            continue
        lab.show(name)
    expect(not unchanged, "could not be changed", *unchanged.items())


def too_new(attribute: kinds.Attribute) -> bool:
    """Whether the running kernel is older than an attribute."""
    release, since = (re.findall(r"\d+", text)[:2] for text in (os.uname().release, attribute.since or "0.0"))
    return [*map(int, release)] < [*map(int, since)]


def config_of(kind: kinds.Kind, attribute: kinds.Attribute) -> str:
    """The kernel configuration that an attribute, or what it needs, needs."""
    return attribute.config or (kind.by_option[attribute.needs.option].config if attribute.needs else "")


# Live only in a state that another test makes: a group is joined on a parent, a remote that is none at the same time.
_CONDITIONAL: dict[str, set[str]] = {"vxlan": {"group"}}


def change(host: Host, link: Raw, place: str, attribute: kinds.Attribute, dice: Chance, refusals: dict[str, str]) -> bool:
    """Give an attribute another value, and another. True where that has changed something, without a flap.

    ``place`` is where its option stands: ``options``, ``port``, or empty for one that every link has.
    """
    kind = kinds.KINDS[link["kind"]] if place == "options" else None
    changes = 0
    for _attempt in range(12):
        value = {attribute.name: taken(dice, kind, attribute)}
        task = {"name": link["name"], "kind": link["kind"], **({place: value} if place else value)}
        try:
            result = expect_no_flap(host, {"links": [task]})
        except NetdevError as error:
            refusals[attribute.name] = str(error)
            continue
        changes += result["changed"]
        if changes == 2:
            break
    return changes > 0


def test_p3_every_live_attribute_of_a_port_changes_without_a_flap(lab: Lab) -> None:
    for name, dice, _maker in lab.examples(1):
        for master in [master for master in kinds.PORTS if master in lab.companions and name in PORTS_OF[master]]:
            change_port(lab, kinds.KINDS[name], master, dice)
        lab.show(name)


def change_port(lab: Lab, kind: kinds.Kind, master: str, dice: Chance) -> None:
    """Change all that a link of a kind has as a port."""
    with Host() as host, living(host, kind, _BESIDE.get(kind.name, ({},))[0], _MASTERS[master]) as link, in_use_still(host, kind.name):
        refusals: dict[str, str] = {}
        for attribute in kinds.PORTS[master]:
            if attribute.name == "mab":
                carry_out({"links": [dict(link, port={"locked": True})]})  # what it goes with
            changed = change(host, link, "port", attribute, dice, refusals)
            if not changed and (too_new(attribute) or (attribute.config and not lab.complete)):
                lab.count_of("this kernel has no port.%s" % attribute.name)
            else:
                expect(changed, "could not be changed", attribute.name, refusals.get(attribute.name))


def test_p3_what_every_link_has_changes_without_a_flap(lab: Lab) -> None:
    for name, dice, _maker in lab.examples(1):
        kind = kinds.KINDS[name]
        with Host() as host, living(host, kind, _BESIDE.get(name, ({},))[0]) as link:
            refusals: dict[str, str] = {}
            before = surroundings(host)
            for attribute in kinds.COMMON:
                if attribute.name in ("master", "admin_state", "mtu") or (attribute.name == "mac" and kind.mac != kinds.LIVE):
                    continue
                if attribute.change != kinds.LIVE or too_new(attribute):
                    continue
                if attribute.name == "mac" and not kind.takes_mac(link["options"]):
                    continue
                changed = change(host, link, "", attribute, dice, refusals)
                expect(changed, "could not be changed", attribute.name, refusals.get(attribute.name))
            expect(before == surroundings(host), "ifindex, ports, addresses or routes have changed", before, surroundings(host))
            for more in (
                {"addresses": ["198.18.1.2/24", "198.18.2.1/24", {"address": "2001:db8:2::1/64", "nodad": True}]},
                {"addresses": ["198.18.1.1/24", {"address": "2001:db8:1::1/64", "nodad": True}], "purge": ["addresses"]},
                {"altnames": ["also", "known-as"]},
                {"sysctls": {"ipv6.accept_ra": 0, "ipv4.rp_filter": 2}},
            ):
                expect(expect_no_flap(host, {"links": [dict(link, **more)]})["changed"], "nothing was changed", more)
            expect([r for r in host.routes() if r["dst"] == ROUTE], "the route through it is gone")
        lab.show(name)


def test_p3_an_mtu_never_takes_the_link_down(lab: Lab) -> None:
    for name, _dice, _maker in lab.examples(1):
        kind = kinds.KINDS[name]
        with Host() as host, living(host, kind, _BESIDE.get(name, ({},))[0]) as link:
            index = host.links()[NAME]["ifindex"]
            for mtu in (1400, 1281, 1430):
                expect(expect_in_use_still(host, {"links": [dict(link, mtu=mtu)]})["changed"], "nothing was changed")
                there = host.links()[NAME]
                expect((there["mtu"], there["ifindex"]) == (mtu, index), "mtu", there)
        lab.show(name)


def test_p3_isolated_of_a_port_never_takes_it_down(lab: Lab) -> None:
    for name, _dice, _maker in lab.examples(1):
        if name in PORTS_OF["bridge"]:
            with Host() as host, living(host, kinds.KINDS[name], _BESIDE.get(name, ({},))[0], master="br0") as link:
                for isolated in (True, False):
                    expect(
                        expect_in_use_still(host, {"links": [dict(link, port={"isolated": isolated})]})["changed"], "nothing was changed"
                    )
                    there = host.links()[NAME]
                    expect(there["linkinfo"]["info_slave_data"]["isolated"] is isolated, "isolated", there)
        lab.show(name)


def test_p3_ageing_time_of_a_live_bridge_keeps_ifindex_ports_and_routes(lab: Lab) -> None:
    """Whatever else there is, the bridge has ports of every kind that can be one."""
    for name, _dice, _maker in lab.examples(1):
        with Host() as host, living(host, kinds.BRIDGE, {}) as link:
            if name in PORTS_OF["bridge"]:
                kind = kinds.KINDS[name]
                port: Raw = {"name": "another", "kind": name, "options": {**kind.sample, **_BESIDE.get(name, ({},))[0]}, "master": NAME}
                port.update({"peer": {"name": "its-peer"}} if kind.has_peer else {}, admin_state="up")
                port.update({"parent": "base0"} if kind.needs_parent else {})
                carry_out({"links": [port]})
            expect({link["master"] for link in host.links().values() if "master" in link} >= {NAME}, "no ports")
            for seconds in (60, 300.5):
                expect(
                    expect_in_use_still(host, {"links": [dict(link, options={"ageing_time": seconds})]})["changed"], "nothing was changed"
                )
                expect(
                    host.links()[NAME]["linkinfo"]["info_data"]["ageing_time"] in (round(seconds * 100), round(seconds * 100) - 1),
                    "ageing_time",
                )
        lab.show(name)


def test_p3_changes_without_leave_to_flap_do_not(lab: Lab) -> None:
    """Generated: beside a task that may neither flap nor make anew nothing that is up goes down, unless the task says so."""
    for kind, _dice, maker in lab.examples():
        with Host() as host:
            raw = maker.topology(kind)
            if lab.settle(raw) is None:
                continue
            wanted = without_leave(maker, raw)
            with Watch(host, host.namespaces()) as watch:
                result = lab.settle(wanted)
            # A bridge's carrier follows its ports in the kernel's own time, also those of what was done before; the tests above watch it.
            flaps = [text for text in watch.flaps() if "carrier" not in text and not caused_by(text, wanted)]
            expect(not flaps, "flap", flaps, wanted, lines(result["commands"]) if result else "refused")
            if result:
                expect(result["flapped"] == [] == result["recreated"], "told", result)
                lab.show(kind)


def without_leave(maker: Maker, raw: Raw) -> Raw:
    """A change without deletions, and without leave to flap or to make anew."""
    wanted = maker.change(raw)
    for option in ("allow_flap", "recreate", "force", "purge_links"):
        wanted.pop(option, None)
    wanted["links"] = [link for link in wanted["links"] if link.get("state") != "absent"]
    wanted["routes"] = []
    return wanted


def caused_by(flap: str, wanted: Raw) -> bool:
    """Whether the task says itself that the link is down."""
    ends = [end for link in wanted["links"] for end in [link, link.get("peer", link)]]
    return flap.split(" ", 1)[0] in {end["name"] for end in ends if end.get("admin_state") == "down"}
