# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""P8: only what is ours: foreign links of every kind stand beside ours, above them and below them."""

from __future__ import annotations

import typing as t
from unittest import mock

from ansible_collections.netdev.linux.plugins.module_utils import kinds, observe
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.tests.property.generate import PORTS_OF, Raw
from ansible_collections.netdev.linux.tests.property.hosts import Facts, Host, difference
from ansible_collections.netdev.linux.tests.property.lab import Lab, carry_out, expect, lines

FOREIGN = "foreign0"
# Beside the kinds of the table, what it does not have: foreign links may be anything.
EMPTY: Raw = {"owner": "lab", "links": [], "purge_links": True}


def add(kind: kinds.Kind, name: str, on: str, netns: str = "") -> str:
    """The line for ip(8) with which somebody else makes a link of a kind."""
    if kind.by_ioctl:
        return "tuntap add dev %s mode tap" % name
    words = "".join(" %s %s" % (kind.by_option[option].ip, value) for option, value in kind.sample.items())
    above = "link %s" % on if kind.has_parent and not kind.parent_nla[0] else ""
    dev = "dev %s" % on if kind.has_parent and kind.parent_nla[0] else ""
    peer = "peer name %s-p" % name if kind.has_peer else ""
    there = "netns %s" % netns if netns else ""
    return "link add %s name %s %s type %s %s %s %s" % (above, name, there, kind.rtnetlink, words, dev, peer)


def equip(host: Host, name: str, number: int = 9) -> None:
    """Give a link what somebody else may have given it."""
    host.ip(
        "link property add dev %s altname %s-too" % (name, name),
        "link set dev %s up" % name,
        "address add 198.18.%d.1/24 dev %s" % (number, name),
        "address add 198.18.%d.2/24 dev %s" % (number, name),
        "address add 2001:db8:%d::1/64 dev %s nodad" % (number, name),
        "route add 192.88.99.%d/32 dev %s table 77" % (number, name),
        "route add 203.0.113.%d/32 via 198.18.%d.77 dev %s" % (number, number, name),
    )
    host.run(["sysctl", "-qw", "net.ipv4.conf.%s.proxy_arp=1" % name, "net.ipv6.conf.%s.hop_limit=33" % name])


def ours(kind: kinds.Kind, name: str, **more: t.Any) -> Raw:
    """A link of ours."""
    link: Raw = {"name": name, "kind": kind.name, "options": dict(kind.sample), **more}
    if kind.has_peer:
        link.setdefault("peer", {"name": name + "-p"})
    if kind.has_parent:
        link.setdefault("parent", "ground0")
    return link


def ground(host: Host) -> None:
    """Somebody else's pair and bridge, for links to stand on and to be ports of."""
    host.ip(
        "link add name ground0 type veth peer name ground1",
        "link set dev ground0 up",
        "link add name theirs type bridge",
        "link set dev theirs up",
    )


def expect_refused(raw: Raw, *words: str) -> None:
    try:
        result = carry_out(raw)
    except NetdevError as error:
        expect(all(word in str(error) for word in words), "refused for another reason", words, error)
        return
    expect(False, "was not refused", raw, lines(result["commands"]))


def expect_same(host: Host, before: Facts, what: str, *except_for: str) -> None:
    found = {key: pair for key, pair in difference(before, host.snapshot()).items() if not key.startswith(except_for)}
    expect(not found, what, found)


def test_p8_purge_deletes_marked_links_only_whatever_stands_beside(lab: Lab) -> None:
    for name, _dice, maker in lab.examples(1):
        kind = kinds.KINDS[name]
        with Host() as host:
            ground(host)
            host.ip(add(kind, FOREIGN, "ground0"))
            equip(host, FOREIGN)
            carry_out({"owner": "others", "links": [ours(kinds.VETH, "marked", netns="red")]})
            before = host.snapshot()
            # Ours of the same kind, and of every other kind, beside, on the same parent.
            made = [ours(kinds.KINDS[other], "our%d" % number) for number, other in enumerate(maker.names)]
            made = [link for link in made if link["kind"] not in ("macvtap", "ipvlan") or link["kind"] == name]
            made = [link for link in made if not ({"ipvlan"} & {name} and link["kind"] in ("macvlan", "macvtap"))]
            for number, link in enumerate(made):
                _distinct(link, number)
            result = carry_out({"owner": "lab", "links": made})
            expect(result["changed"], "nothing was made")
            purged = carry_out(EMPTY)
            deletions = {line[-1] for line in purged["commands"] if "delete" in line}
            expect(all(name.startswith("our") for name in deletions), "deleted", deletions)
            expect_same(host, before, "purge_links touched what is not ours")
            lab.show(name)


def _distinct(link: Raw, number: int) -> None:
    """Values that no two links may share."""
    for option, value in (("id", 100 + number), ("port", 4800 + number), ("table", 1000 + number)):
        if option in link["options"]:
            link["options"][option] = value
    if "remote" in link["options"]:
        link["options"]["remote"] += str(number)


def test_p8_a_link_with_foreign_links_on_top_is_not_deleted_unless_forced(lab: Lab) -> None:
    for name, _dice, _maker in lab.examples(1):
        kind = kinds.KINDS[name]
        if not kind.has_parent or kind.outlives_parent:
            lab.show(name)  # nothing of it is taken along; the test above shows that it stays
            continue
        for netns in ("", "red"):
            with Host() as host:
                mine = ours(kinds.VETH, "mine", admin_state="up")
                carry_out({"owner": "lab", "links": [mine]})
                host.ip(add(kind, FOREIGN, "mine", netns))
                before = host.snapshot()
                expect_refused(EMPTY, "mine", FOREIGN)
                expect_refused({"links": [{"name": "mine", "kind": "veth", "state": "absent"}]}, "mine", FOREIGN)
                anew = {"links": [{"name": "mine", "kind": "bridge"}], "recreate": True}
                expect_refused(anew, "mine", FOREIGN)
                expect_same(host, before, "a refusal changed something")
                carry_out(dict(EMPTY, force=True))
                expect("mine" not in host.links() and FOREIGN not in host.links(netns), "force", host.links())
        lab.show(name)


def test_p8_foreign_links_below_ours_stay(lab: Lab) -> None:
    """Ours are on top of one, ports of one, and the bridge of one."""
    for name, _dice, maker in lab.examples(1):
        kind = kinds.KINDS[name]
        with Host() as host:
            ground(host)
            host.ip(add(kind, FOREIGN, "ground0"))
            host.ip("link set dev %s up" % FOREIGN)
            before = host.snapshot()
            shown = False
            if "macvlan" in maker.names and name not in ("macvtap", "macvlan", "tuntap", "wireguard", "vrf", "ipvlan") and not kind.layer3:
                carry_out({"owner": "lab", "links": [ours(kinds.MACVLAN, "mine", parent=FOREIGN)]})
                carry_out(EMPTY)
                expect_same(host, before, "deleting what is on top of it touched it")
                shown = True
            if name in PORTS_OF["bridge"]:
                carry_out({"owner": "lab", "links": [ours(kinds.BRIDGE, "mine", ports=[FOREIGN])]})
                expect(host.links()[FOREIGN].get("master") == "mine", "the foreign link is no port", host.links()[FOREIGN])
                carry_out(EMPTY)
                expect_same(host, before, "deleting its bridge touched it")
                shown = True
            if kind.has_ports and name in PORTS_OF:
                port = next(other for other in PORTS_OF[name] if other in maker.names)
                carry_out({"owner": "lab", "links": [ours(kinds.KINDS[port], "mine", master=FOREIGN)]})
                carry_out(EMPTY)
                expect_same(host, before, "deleting its port touched it", "/%s address" % FOREIGN)
                shown = True
            if not shown:
                carry_out({"owner": "lab", "links": [ours(kinds.VETH, "mine")], "routes": []})
                carry_out(EMPTY)
                expect_same(host, before, "deleting a link beside it touched it")
            lab.show(name)


def test_p8_what_others_gave_a_link_stays(lab: Lab) -> None:
    """Altnames, addresses, routes and sysctls that a task does not name, also where it adopts the link and lowers its MTU."""
    for name, _dice, _maker in lab.examples(1):
        kind = kinds.KINDS[name]
        with Host() as host:
            ground(host)
            host.ip(add(kind, FOREIGN, "ground0"))
            equip(host, FOREIGN)
            before = host.snapshot()
            wanted = ours(kind, FOREIGN, alias="ours now", mtu=1300, addresses=["198.18.30.1/24"], altnames=["mine-too"])
            wanted["sysctls"] = {"ipv4.rp_filter": 2}
            if kind.has_parent and kind.parent_nla[0]:
                wanted["parent"] = "ground0"
            carry_out({"owner": "lab", "adopt": True, "links": [wanted]})
            now = host.snapshot()
            after = {key: pair for key, pair in difference(before, now).items() if not key.startswith("/%s-p " % FOREIGN)}
            own = {"ifalias", "mtu", "addr_info", "altnames", "ipv4.rp_filter"}
            expect({key.split(" ")[-1] for key in after} <= own | {"routes"}, "more than the task names", after)
            there = host.links()[FOREIGN]
            expect({"%s-too" % FOREIGN, "mine-too"} <= set(there["altnames"]), "altnames", there)
            locals_ = {address["local"] for address in there["addr_info"]}
            expect({"198.18.9.1", "198.18.9.2", "2001:db8:9::1", "198.18.30.1"} <= locals_, "addresses", there)
            expect(set(before["/ routes"]) <= set(now["/ routes"]), "routes", before["/ routes"], now["/ routes"])
            lab.show(name)


def test_p8_lifelines_are_not_deleted(lab: Lab) -> None:
    """The link of the default route, and the one that the controller's connection comes in by, for every kind that it may be."""
    for name, _dice, _maker in lab.examples(1):
        kind = kinds.KINDS[name]
        for lifeline in ("default route", "connection"):
            with Host() as host:
                ground(host)
                carry_out({"owner": "lab", "links": [ours(kind, "mine", admin_state="up", addresses=["198.18.5.1/24"])]})
                if lifeline == "default route":
                    host.ip("route add default via 198.18.5.77 dev mine")
                here = {"198.18.5.1"} if lifeline == "connection" else set()
                before = host.snapshot()
                with mock.patch.object(observe, "ssh_addresses", lambda addresses=here: addresses):
                    expect_refused(EMPTY, "mine", lifeline)
                    expect_same(host, before, "a refusal changed something")
                    carry_out(dict(EMPTY, force=True))
                expect("mine" not in host.links(), "force", host.links())
        lab.show(name)
