# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises, on the running kernel, with generated tasks: idempotent, check mode is the truth, no flap, all or nothing.

Needs root of a network namespace: tests/run/sandbox pytest tests/property
"""

from __future__ import annotations

import collections
import contextlib
import copy
import grp
import ipaddress
import pwd
import re
import typing as t
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings

from ansible_collections.netdev.linux.plugins.module_utils import device, kinds, values
from ansible_collections.netdev.linux.plugins.module_utils import operations as ops
from ansible_collections.netdev.linux.plugins.module_utils.apply import Reader, apply
from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces
from ansible_collections.netdev.linux.plugins.module_utils.model import SCOPES, Topology, World
from ansible_collections.netdev.linux.plugins.module_utils.plan import Plan
from ansible_collections.netdev.linux.plugins.module_utils.rtnetlink import Kernel
from ansible_collections.netdev.linux.tests.property.hosts import Facts, Host, difference, made_by_kernel, require_sandbox
from ansible_collections.netdev.linux.tests.property.links import Watch
from ansible_collections.netdev.linux.tests.property.tasks import MACS, Commands, Step, Task, available, quiet_tasks, stories

COUNTS: collections.Counter[str] = collections.Counter()


def examples(number: int) -> settings:
    """Every example makes namespaces; slow is what they are."""
    return settings(max_examples=number, suppress_health_check=list(HealthCheck), report_multiple_bugs=False)


@pytest.fixture(scope="module", autouse=True)
def _sandbox() -> None:
    require_sandbox()


@pytest.fixture(scope="session", autouse=True)
def _figures(request: pytest.FixtureRequest) -> t.Iterator[None]:
    """Say at the end how much of what was tried: a test that refused all its examples has shown nothing."""
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print("\nkinds: %s" % ", ".join(kind.name for kind in available()))
        for name, count in sorted(COUNTS.items()):
            print("%6d %s" % (count, name))


def carry_out(wanted: Topology, check_mode: bool = False) -> dict[str, t.Any]:
    """What a module does with its options, in the namespace that this process is in."""
    namespaces = Namespaces()
    try:
        return device.carry_out(namespaces, copy.deepcopy(wanted), check_mode, lambda text: None)
    finally:
        namespaces.close()


def run(host: Host, step: Step) -> bool:
    """Do a step; False where the task is refused."""
    if isinstance(step, Commands):
        for line in step.lines:
            host.run(*line.split(), check=False)
        return True
    try:
        carry_out(step.topology())
    except NetdevError:
        return False
    return True


def expect(condition: t.Any, what: str, *facts: t.Any) -> None:
    """Assert with a text that can be read."""
    assert condition, "\n".join([what, *map(str, facts)])


def lines(commands: list[list[str]]) -> str:
    return "\n".join(" ".join(command) for command in commands)


# ---- P1: idempotent, and true ---------------------------------------------------------------------------------------


# Option -> iproute2's key in JSON, where that is not the word of the command line.
JSON_KEYS = {
    "group_address": "group_addr",
    "multicast_last_member_count": "mcast_last_member_cnt",
    "multicast_startup_query_count": "mcast_startup_query_cnt",
    "multicast_last_member_interval": "mcast_last_member_intvl",
    "multicast_membership_interval": "mcast_membership_intvl",
    "multicast_querier_interval": "mcast_querier_intvl",
    "multicast_query_interval": "mcast_query_intvl",
    "multicast_query_response_interval": "mcast_query_response_intvl",
    "multicast_startup_query_interval": "mcast_startup_query_intvl",
    "max_addresses": "limit",
    "source_ports": "port_range",
    "port": "port",
    "udp6_zero_csum_tx": "udp_zero_csum6_tx",
    "udp6_zero_csum_rx": "udp_zero_csum6_rx",
    "fast_leave": "fastleave",
}
PORT_JSON_KEYS = {"fast_leave": "fastleave", "multicast_router": "multicast_router"}


def shown_value(attribute: kinds.Attribute, keys: dict[str, str], info: Facts) -> t.Any:
    """What iproute2 shows of an attribute."""
    key = keys.get(attribute.name, attribute.ip or attribute.name)
    if attribute.nla == "IFLA_TUN_TYPE":
        key = "type"
    return info.get(key + "6", info.get(key)) if attribute.six else info.get(key)


def agrees(attribute: kinds.Attribute, asked: t.Any, shown: t.Any, info: Facts) -> bool:
    """Whether iproute2 shows what was asked for."""
    kind = attribute.type
    if isinstance(kind, values.Seconds):
        ticks = round(asked * 100)
        if attribute.name == "forward_delay" and info["stp_state"]:
            ticks = min(max(ticks, 200), 3000)
        # A kernel whose jiffies are no whole number of ticks rounds down, twice.
        return bool(ticks - 1 <= shown <= ticks)
    if isinstance(kind, (values.Flag, values.Bit, values.Presence)):
        return bool(asked) == bool(shown)  # what the kernel does not have is off
    if isinstance(kind, values.Account) and not str(shown).isdigit():
        shown = pwd.getpwnam(shown).pw_uid if attribute.name == "user" else grp.getgrnam(shown).gr_gid
    elif isinstance(kind, values.PortRange):
        shown = "%(low)d-%(high)d" % shown
    if isinstance(kind, (values.Unsigned, values.Account)):
        return bool(asked == int(str(shown or 0), 0))
    if isinstance(kind, values.Choice) and isinstance(shown, int):
        asked = kind.to_wire(asked)
    return bool(asked == shown)


def check_table(table: t.Iterable[kinds.Attribute], keys: dict[str, str], options: dict[str, t.Any], info: Facts) -> None:
    for attribute in table:
        if attribute.name in options and attribute.change != kinds.AT_CREATION:
            shown = shown_value(attribute, keys, info)
            expect(agrees(attribute, options[attribute.name], shown, info), attribute.name, options[attribute.name], shown, info)


def check_link(host: Host, end: dict[str, t.Any], kind: kinds.Kind) -> Facts:
    """What iproute2 says of a link is what a task's options say."""
    link = host.links(end.get("netns", ""))[end["name"]]
    info = link["linkinfo"]["info_data"] if kind.attributes else {}
    expect(link["linkinfo"]["info_kind"] == kind.rtnetlink, "kind", link)
    check_table(kind.attributes, JSON_KEYS, end, info)
    if end.get("port"):
        check_table(kinds.PORT, PORT_JSON_KEYS, end["port"], link["linkinfo"]["info_slave_data"])
    link.setdefault("txqlen", 0)
    for option, key in (("mac", "address"), ("mtu", "mtu"), ("tx_queue_len", "txqlen"), ("ipv6_addr_gen_mode", "inet6_addr_gen_mode")):
        expect(end.get(option, link.get(key)) == link.get(key), option, end, link)
    expect(end.get("alias", link.get("ifalias", "")) == link.get("ifalias", ""), "alias", link)
    expect(end.get("master", link.get("master", "")) == link.get("master", ""), "master", link)
    expect(str(end.get("link_group", link["group"])) == link["group"], "group", link)
    expect(set(end.get("altnames", [])) <= set(link.get("altnames", [])), "altnames", link)
    if "admin_state" in end:
        expect((end["admin_state"] == "up") == ("UP" in link["flags"]), "admin_state", link)
    check_addresses(end, link)
    return link


def check_addresses(end: dict[str, t.Any], link: Facts) -> None:
    there = list(link["addr_info"])
    for item in end.get("addresses", []):
        asked = item if isinstance(item, dict) else {"address": item}
        wanted = ipaddress.ip_interface(asked["address"])
        found = [
            address
            for address in there
            if address["local"] == str(wanted.ip)
            and address["prefixlen"] == wanted.network.prefixlen
            and address.get("address") == asked.get("peer")
        ]
        expect(len(found) == 1, "address", asked, there)
        address = found[0]
        there.remove(address)
        for key in ("broadcast", "metric", "noprefixroute"):
            expect(asked.get(key, address.get(key, False)) == address.get(key, False), key, asked, address)
        expect(asked.get("label", address.get("label")) == address.get("label"), "label", asked, address)
        expect("scope" not in asked or SCOPES[asked["scope"]] == int(address["scope"]), "scope", asked, address)
        if "valid_lifetime" in asked:
            expect((asked["valid_lifetime"] == "forever") == (address["valid_life_time"] == 0xFFFFFFFF), "lifetime", asked, address)
    if "addresses" in end and "addresses" in end.get("purge", []):
        strangers = [address for address in there if not address.get("dynamic") and not made_by_kernel(address)]
        expect(not [address for address in strangers if not address["local"].startswith("fe80:")], "purged", end, strangers)


@examples(80)
@given(stories())
def test_idempotent_and_true(story: list[Step]) -> None:
    """After a task iproute2 shows what it asked for, and the same task again changes nothing."""
    with Host() as host:
        for step in story[:-1]:
            run(host, step)
        task = t.cast("Task", story[-1])
        try:
            first = carry_out(task.topology())
        except NetdevError as error:
            COUNTS["idempotent: refused, %s" % type(error).__name__] += 1
            return
        COUNTS["idempotent: changed" if first["changed"] else "idempotent: nothing to do"] += 1
        if task.options.get("state") == "absent":
            expect(task.options["name"] not in host.links(task.options["netns"]), "absent")
        else:
            link = check_link(host, task.options, task.kind)
            if "peer" in task.options:
                peer = check_link(host, task.options["peer"], task.kind)
                there = link["ifindex"] if "link_index" in peer else task.options["name"]
                expect(peer.get("link_index", peer.get("link")) == there, "the two ends of one pair", link, peer)
            ports = {name for name, port in host.links(task.options["netns"]).items() if port.get("master") == task.options["name"]}
            expect(set(task.options.get("ports", [])) <= ports, "ports", task.options, ports)
            if "ports" in task.options and "ports" in task.options.get("purge", []):
                expect(set(task.options["ports"]) == ports, "exactly these ports", task.options, ports)
        before = host.snapshot()
        for check_mode in (True, False):
            again = carry_out(task.topology(), check_mode=check_mode)
            expect(not again["changed"], "a second time", lines(first["commands"]), "--", lines(again["commands"]))
            expect(again["diff"] == {"before": {}, "after": {}}, "diff", again["diff"])
        expect(not difference(before, host.snapshot()), "a quiet task")


# ---- P2: check mode is the truth ------------------------------------------------------------------------------------


@examples(80)
@given(stories())
def test_check_mode_is_the_truth(story: list[Step]) -> None:
    """Check mode writes nothing and lists what a normal run does; replayed by iproute2, that gives the same state."""
    replay: list[tuple[Step, list[list[str]] | None, dict[str, t.Any]]] = []
    with Host() as host:
        for step in story:
            commands = None
            if isinstance(step, Task):
                before = host.snapshot()
                try:
                    checked = carry_out(step.topology(), check_mode=True)
                except NetdevError:
                    COUNTS["check mode: refused"] += 1
                    continue
                expect(not difference(before, host.snapshot()), "check mode writes nothing", difference(before, host.snapshot()))
                try:
                    real = carry_out(step.topology())
                except NetdevError:
                    # What would have come is not there, or the kernel refuses a value; all is put back, which another test looks at.
                    COUNTS["check mode: planned, but refused in normal mode"] += 1
                    continue
                expect(checked["commands"] == real["commands"], "commands", lines(checked["commands"]), "--", lines(real["commands"]))
                for key in ("changed", "diff", "flapped", "recreated"):
                    expect(checked[key] == real[key], key, checked[key], real[key])
                if any(command[0].startswith("native: ") for command in checked["commands"]):
                    COUNTS["check mode: left out of the replay, native"] += 1
                else:
                    COUNTS["check mode: replayed" if checked["changed"] else "check mode: nothing to replay"] += 1
                    commands = checked["commands"]
            else:
                run(host, step)
            replay.append((step, commands, host.snapshot(MACS)))
    with Host() as twin:
        for step, commands, expected in replay:
            if commands is None:
                run(twin, step)
            for command in commands or []:
                twin.run(*command)
            found = difference(expected, twin.snapshot(MACS))
            expect(not found, "the module's state and the replayed one", found, lines(commands or []))


# ---- P3: no flap ----------------------------------------------------------------------------------------------------


@examples(60)
@given(quiet_tasks())
def test_no_flap(tasks: list[Task]) -> None:
    """Beside tasks that may not flap, no link that is up goes down or is made anew, unless the task says down or absent."""
    with Host() as host, contextlib.ExitStack() as stack:
        for line in (
            "ip link add name br0 type bridge",
            "ip link add name br1 type bridge",
            "ip link add name v0 type veth peer name v0p netns red",
            "ip link add name v1 type veth peer name v1p",
            "ip tuntap add dev t0 mode tap multi_queue",
            "ip link set dev v0 master br0",
            "ip link set dev t0 master br0",
            # Of the bridge's ports one stays whatever happens to the others, so that it never has a reason to lose its carrier.
            "ip link add name stays type veth peer name stays-p",
            "ip link set dev stays master br0 up",
            "ip link set dev stays-p up",
            "ip link set dev br0 up",
            "ip link set dev v0 up",
            "ip -n red link set dev v0p up",
            "ip link set dev v1 up",
            "ip link set dev v1p up",
            "ip link set dev t0 up",
            "ip address add 192.0.2.1/24 dev br0",
            "ip address add 192.0.2.1/24 dev v1",
        ):
            host.run(*line.split())
        namespaces = Namespaces()
        stack.callback(namespaces.close)
        with namespaces._tun("", "t0", {"mode": "tap", "multi_queue": True}, 0):
            for task in tasks:
                ends = [task.options, *([task.options["peer"]] if "peer" in task.options else [])]
                if task.options.get("state") == "absent" or any(end.get("admin_state") == "down" for end in ends):
                    continue
                with Watch(host, ("", "red")) as watch:
                    try:
                        result = carry_out(task.topology())
                    except NetdevError:
                        COUNTS["no flap: refused"] += 1
                        continue
                COUNTS["no flap: changed" if result["changed"] else "no flap: nothing to do"] += 1
                expect(not watch.flaps(), "flap", watch.flaps(), lines(result["commands"]))
                expect(result["flapped"] == [] == result["recreated"], "told", result["flapped"], result["recreated"])


# ---- P4: all or nothing ---------------------------------------------------------------------------------------------


class Faulty(Kernel):
    """Fails at one operation, before it or after it."""

    fail_at, after = 0, False
    failed: ops.Operation | None = None

    def __init__(self, namespaces: Namespaces) -> None:
        super().__init__(namespaces)
        self.count = self.total = 0

    def execute(self, operation: ops.Operation) -> None:
        number, self.count = self.count, self.count + 1
        if number != self.fail_at or number >= self.total:  # the way back does not fail
            super().execute(operation)
            return
        Faulty.failed = operation
        if self.after:
            super().execute(operation)
        raise NetdevError("made to fail")


def faulty_apply(executor: Faulty, reader: Reader, wanted: Topology, planned: Plan) -> World:
    executor.total = len(planned.operations)
    return apply(executor, reader, wanted, planned)


def is_told(key: str, told: str) -> bool:
    netns, _slash, rest = key.partition("/")
    name = rest.split(" ")[0] + (" (namespace %s)" % netns if netns else "")
    words = {"br0 address": "mac", "br1 address": "mac", "info_data user": "user", "info_data group": "group"}
    return any(key.endswith(end) and "%s: %s is" % (name, word) in told for end, word in words.items())


@examples(40)
@given(stories())
def test_all_or_nothing(story: list[Step]) -> None:
    """A task that fails at any of its operations leaves the state as it was."""
    with Host() as host:
        for step in story[:-1]:
            run(host, step)
        task = t.cast("Task", story[-1])
        try:
            planned = carry_out(task.topology(), check_mode=True)
        except NetdevError:
            COUNTS["all or nothing: refused"] += 1
            return
        if not planned["changed"]:
            COUNTS["all or nothing: nothing to do"] += 1
            return
        before = host.snapshot()
        position = 0
        while True:
            for after in (False, True):
                if after and isinstance(Faulty.failed, (ops.AddLink, ops.AddTuntap, ops.AddNamespace)):
                    continue  # what makes a thing makes it whole or not at all
                with (
                    mock.patch.multiple(device, Kernel=Faulty, apply=faulty_apply),
                    mock.patch.multiple(Faulty, fail_at=position, after=after),
                ):
                    try:
                        carry_out(task.topology())
                    except NetdevError as error:
                        text, details = str(error), error.details
                    else:
                        COUNTS["all or nothing: plans"] += 1
                        return
                if "not_restored" not in details:
                    COUNTS["all or nothing: refused, not in check mode"] += 1
                    return
                now = host.snapshot()
                found, before = difference(before, now), now
                told = "; ".join(details["not_restored"])
                # What no one can put back, but is told: the MAC of a bridge that follows its ports; that a tap was nobody's.
                found = {key: values for key, values in found.items() if not is_told(key, told)}
                if "made to fail" not in text:
                    COUNTS["all or nothing: refused by the kernel"] += 1
                    expect(not found, "refused by the kernel", text, found, lines(planned["commands"]))
                    return
                COUNTS["all or nothing: failures"] += 1
                expect(not found, "operation %d, %s" % (position, "done" if after else "not done"), found, text, lines(planned["commands"]))
                expect(
                    not re.sub(r"[^;]*(has another ifindex|: mac is)[^;]*;?", "", told), "not restored", told, lines(planned["commands"])
                )
            position += 1
