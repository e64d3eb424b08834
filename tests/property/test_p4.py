# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""P4: a task that fails at any of its operations puts back what it changed, and lists what no one can."""

from __future__ import annotations

import contextlib
import os
import re
import typing as t
from unittest import mock

from ansible_collections.netdev.linux.plugins.module_utils import apply as application
from ansible_collections.netdev.linux.plugins.module_utils import kinds, rtnetlink
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.apply import Reader, apply, restore
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.model import Topology, World
from ansible_collections.netdev.linux.plugins.module_utils.plan import Plan
from ansible_collections.netdev.linux.plugins.module_utils.rtnetlink import Kernel
from ansible_collections.netdev.linux.tests.property.generate import Raw
from ansible_collections.netdev.linux.tests.property.hosts import Facts, Host, difference
from ansible_collections.netdev.linux.tests.property.lab import Lab, Result, carry_out, expect, lines

FAULT = "made to fail"


class Faulty(Kernel):
    """Fails at one operation: instead of carrying it out, or after that."""

    at, after = 0, False
    failed: ops.Operation | None = None
    planned = 0

    count = 0

    def execute(self, operation: ops.Operation) -> None:
        number, self.count = self.count, self.count + 1
        if number != self.at or number >= self.planned:
            super().execute(operation)
            return
        Faulty.failed = operation
        if self.after:
            super().execute(operation)
        raise NetdevError(FAULT)


def faulty_apply(executor: Faulty, reader: Reader, wanted: Topology, planned: Plan) -> World:
    def restore_faultless(executor: Faulty, *arguments: t.Any) -> list[str]:
        executor.planned = 0
        return restore(executor, *arguments)

    executor.planned = len(planned.operations)
    with mock.patch.object(application, "restore", restore_faultless):
        return apply(executor, reader, wanted, planned)


def fail_at(raw: Raw, position: int, after: bool) -> NetdevError | None:
    """Carry out a topology with a fault; None when there are no operations that far. Every other time few are done together already."""
    few = mock.patch.object(application, "BULK", 2) if position % 2 else contextlib.nullcontext()
    faulty = mock.patch.object(rtnetlink, "Kernel", Faulty), mock.patch.object(application, "apply", faulty_apply)
    with few, faulty[0], faulty[1], mock.patch.multiple(Faulty, at=position, after=after):
        try:
            carry_out(raw)
        except NetdevError as error:
            return error
    return None


def is_told(key: str, told: t.Sequence[str]) -> bool:
    """Whether a difference between snapshots is listed as not restored."""
    netns, _slash, rest = key.partition("/")
    words = rest.split(" ")
    label = words[0] + (" (namespace %s)" % netns if netns else "")
    last = {"address": "mac", "inet6_addr_gen_mode": "ipv6_addr_gen_mode"}.get(words[-1], words[-1])
    return any(text.startswith(("%s has %s " % (label, last), "%s has sysctl %s " % (label, last))) for text in told)


def expect_put_back(host: Host, before: Facts, error: NetdevError, planned: Result, what: str) -> Facts:
    """All is as before, but for what the error lists. Returns what is there now."""
    now = host.snapshot()
    told = error.details.get("not_restored", [])
    found = {key: pair for key, pair in difference(before, now).items() if not is_told(key, told)}
    expect(not found, what, "differs: %s" % found, "error: %s" % error, lines(planned["commands"]))
    # A link made anew can't get its ifindex back; a MAC that follows others follows them; and the kernel takes no owner for nobody.
    strange = [text for text in told if not re.search(r" has (another ifindex|mac|(user|group) \S+, had None)", text)]
    expect(not strange, what, "not restored: %s" % strange, "error: %s" % error, lines(planned["commands"]))
    return now


def fault_everywhere(lab: Lab, host: Host, raw: Raw) -> bool:
    """A fault at every operation of a plan. False where there is no plan."""
    try:
        planned = carry_out(raw, check_mode=True)
    except NetdevError as error:
        lab.refused(error)
        return False
    if not planned["changed"]:
        return False
    before = host.snapshot()
    for position in lab.positions(len(planned["commands"])):
        for after in (False, True):
            if after and isinstance(Faulty.failed, (ops.AddLink, ops.AddTuntap, ops.AddNamespace)):
                continue  # what makes a thing makes it whole or not at all
            fault = fail_at(raw, position, after)
            if fault is None:
                return True
            if "not_restored" not in fault.details:
                lab.refused(fault)
                return False
            what = "operation %d %s: %s" % (position, "done" if after else "not done", Faulty.failed and Faulty.failed.what())
            if FAULT not in str(fault):
                # The kernel refuses something of its own accord: nothing further on can be reached.
                expect_put_back(host, before, fault, planned, "refused by the kernel")
                lab.refused(fault)
                return position > 0
            before = expect_put_back(host, before, fault, planned, what)
            lab.count_of("faults")
    return True


def test_p4_a_fault_at_any_operation_is_put_back(lab: Lab) -> None:
    for kind, _dice, maker in lab.examples():
        with Host() as host:
            raw = maker.topology(kind)
            if lab.settle(raw) is not None and fault_everywhere(lab, host, maker.change(raw)):
                lab.show(kind)


def test_p4_a_fault_while_all_is_made_leaves_nothing(lab: Lab) -> None:
    for kind, _dice, maker in lab.examples(max(1, lab.count // 2)):
        with Host() as host:
            if fault_everywhere(lab, host, maker.topology(kind)):
                lab.show(kind)


SCENE = (
    "link add name br0 type bridge",
    "link add name v0 master br0 type veth peer name v0p netns red",
    "link set dev v0 type bridge_slave isolated on cost 7 learning off",
    "link add name v1 type veth peer name v1p",
    "link add name v2 type veth peer name v2p",
    *("link set dev %s up" % name for name in ("br0", "v0", "v1", "v1p", "v2", "v2p")),
    "link property add dev v1 altname uplink",
    "address add 198.18.0.1/24 broadcast 198.18.0.255 dev br0",
    "address add 198.18.0.2/24 dev br0 label br0:two",
    "address add 198.18.0.3/24 dev br0 metric 70",
    "address add 2001:db8::1/64 dev br0 metric 50 nodad",
    "address add 198.18.1.1/24 dev v1 metric 70",
    "address add 198.18.2.1/32 peer 198.18.2.2 dev v2 scope link",
    "link add link v1 name on-top type macvlan mode bridge",
    "link set dev on-top up",
    "address add 198.18.3.1/24 dev on-top",
    "link add name vx type vxlan id 7 dstport 4790 remote 192.0.2.1 dev v1",
    "route add 203.0.113.0/24 nexthop via 198.18.0.77 dev br0 weight 2 nexthop via 198.18.1.77 dev v1 weight 3",
    "route add 192.88.99.0/24 via 198.18.3.77 dev on-top src 198.18.3.1 metric 5 table 77",
    "-6 route add 2001:db8:9::/48 via 2001:db8::77 dev br0 mtu 1400",
    "route add prohibit 192.0.2.0/25",
    "route add unreachable 192.0.2.192/26",
    "-6 route add unreachable 2001:db8:7::/48",
)
EVERYTHING: Raw = {
    **dict.fromkeys(("allow_flap", "recreate", "force", "adopt"), True),
    "owner": "lab",
    "namespaces": [{"name": "green", "loopback": "up", "sysctls": {"ipv4.ip_forward": 1}}],
    "links": [
        # changed, with other addresses: the primary goes, the others stay in another order
        {
            "name": "br0",
            "kind": "bridge",
            "options": {"ageing_time": 60, "stp": True},
            "addresses": ["198.18.0.3/24", {"address": "198.18.0.2/24", "metric": 9}, "198.18.9.1/24"],
            "purge": ["addresses"],
            "sysctls": {"ipv4.proxy_arp": 1},
        },
        # moved out of its bridge
        {"name": "v0", "kind": "veth", "netns": "blue", "peer": {"name": "v0p", "netns": "green", "admin_state": "up"}, "mtu": 1400},
        # made anew as something else, with what is on top of it
        {"name": "v1", "kind": "bridge", "admin_state": "up", "addresses": ["198.18.1.1/24"], "ports": ["v2"]},
        {"name": "on-top", "kind": "macvlan", "parent": "v1", "admin_state": "up", "options": {"mode": "private"}},
        # deleted
        {"name": "vx", "kind": "vxlan", "state": "absent"},
    ],
    "routes": [
        {"destination": "203.0.113.0/24", "nexthops": [{"gateway": "198.18.9.77"}, {"gateway": "198.18.1.77", "weight": 5}]},
        {"destination": "192.0.2.0/25", "state": "absent"},
        {"destination": "2001:db8:7::/48", "state": "absent"},
        {"destination": "192.0.2.192/26", "type": "unreachable", "mtu": 1300},
        {"destination": "192.0.2.128/25", "type": "blackhole", "netns": "green"},
    ],
}


def test_p4_a_fault_in_a_plan_of_everything_is_put_back(lab: Lab) -> None:
    """Deletions, moves, links made anew, marks, ports, addresses and routes of all sorts, with a link of each kind that is made beside."""
    for kind, _dice, maker in lab.examples(1):
        with Host() as host:
            host.ip(*(line for line in SCENE if not line.startswith("-6")))
            for line in SCENE:
                if line.startswith("-6"):
                    host.run(["ip", *line.split()])
            host.run(["sysctl", "-qw", "net.ipv4.conf.v1.proxy_arp=1", "net.ipv6.conf.v1.hop_limit=33", "net.ipv6.conf.on-top.accept_ra=0"])
            if os.path.exists("/proc/sys/net/ipv6/conf/v1p/ra_honor_pio_life"):  # which the kernel's messages about links leave out
                host.run(["sysctl", "-qw", "net.ipv6.conf.v1p.ra_honor_pio_life=1"])
            beside = maker.link(kind, "a")
            for key in ("parent_netns", "master", "port"):
                beside.pop(key, None)
            beside.update({"parent": "v2p", "netns": ""} if "parent" in beside or kinds.KINDS[kind].needs_parent else {})
            if fault_everywhere(lab, host, dict(EVERYTHING, links=[*EVERYTHING["links"], beside])):
                lab.show(kind)


def test_p4_an_option_that_was_nothing_is_nothing_again(lab: Lab) -> None:
    """The ends of a vxlan, which the kernel does not report while there are none; an alias of any kind."""
    for name, _dice, _maker in lab.examples(1):
        kind = kinds.KINDS[name]
        with Host() as host:
            link: Raw = {"name": "empty0", "kind": name, "options": {**kind.sample, **({"mode": "tap"} if kind.by_ioctl else {})}}
            if kind.needs_parent or "remote" in kind.sample:
                host.ip("link add name base0 type veth peer name base1")
                link.update({"parent": "base0"} if kind.needs_parent else {})
            link.update({"peer": {"name": "empty1"}} if kind.has_peer else {})
            carry_out({"links": [link]})
            more: Raw = {"remote": "192.0.2.1", "local": "198.18.0.1"} if name == "vxlan" else {}
            if fault_everywhere(
                lab, host, {"links": [dict(link, options=dict(link["options"], **more), alias="not for long", link_group=7)]}
            ):
                lab.show(name)
