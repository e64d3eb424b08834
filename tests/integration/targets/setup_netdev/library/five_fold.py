#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs cases, each in network namespaces of its own, and holds what our modules say against what ip, bridge and sysctl say.

A case is a list of steps, played in a new network and mount namespace in which a bridge and a veth pair that are
somebody else's stand already. What a step does is one of

  sh         commands of ip, bridge, sysctl or whatever else sets the scene
  start      a command that goes on running until it is stopped or the case ends; in the namespace ``netns`` ("new": one without name)
  hold       a tun/tap device that a process holds open: {name, mode, netns, flags}; until it is stopped or the case ends
  stop       ends the process started last
  task       options for our module. The five-fold pattern: in check mode it says what it would do and does nothing; then it
             does just that, and nothing to anything else; then it has nothing left to do, in check mode and for real
  quiet      options that ask for what is there already
  refused    options that are refused, in check mode as well, by a message that says everything in ``says``
  fails      options that check mode finds nothing wrong with, while a real run fails: everything is as it was, and the message says
             what is in ``says``

and beside it may stand

  module     which of our modules, where it is not the one of the case
  shows      what ip shows of links afterwards, by [NETNS/]NAME; null for a link that must not exist. See ``look``
  sysctls    what sysctls are afterwards, by [NETNS/]net.KEY
  namespaces the names of all network namespaces afterwards
  returns    (part of) what the module returns
  warns      texts that the module's warnings contain (of ``fails``: those of check mode)
  name       of a step, for:
  restores   the name of a step: all is as after it. true: as after the last one that set the scene
  recreates  names of links that get a new ifindex
  unrestored what the module says that it could not put back
  flaps      true: links may go down for a moment
  also       names of links that may change although the options do not name them

A second run of the whole case takes the commands that the module returned in place of the module, and must come to the same end.
"{pid}" in texts stands for the process started last.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import typing as t

from ansible.module_utils import basic

from ansible_collections.netdev.linux.plugins.module_utils import device, kinds, rtnetlink  # type: ignore[import-not-found]
from ansible_collections.netdev.linux.plugins.module_utils.host import Namespaces  # type: ignore[import-not-found]

State = dict[str, t.Any]
Step = dict[str, t.Any]

DEADLINE = 5.0  # seconds, for what the kernel does in its own time

SCENE = ("sh", "start", "hold", "stop")
TASKS = ("task", "quiet", "refused", "fails")
EXPECTED = ("shows", "sysctls", "namespaces", "restores")
BESIDE = ("name", "module", "netns", "says", "returns", "warns", "recreates", "unrestored", "flaps", "also")

FOREIGN = """
ip link add name foreign0 type bridge
ip link add name foreign1 type veth peer name foreign2
ip link set dev foreign1 master foreign0
ip link set dev foreign0 up
ip link set dev foreign1 up
ip link set dev foreign2 up
ip address add 203.0.113.1/24 dev foreign0
ip address add 2001:db8:f::1/64 dev foreign0 nodad
ip route add 203.0.113.128/25 via 203.0.113.2 dev foreign0
"""


class Wrong(Exception):
    """What the test is there to find."""


# ---- namespaces and processes

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS, _CLONE_NEWNET = 0x00020000, 0x40000000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000


def _call(function: str, *arguments: t.Any) -> None:
    if getattr(_libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (function, os.strerror(number)))


def enter_new_namespaces() -> None:
    """A network without links but lo, no named network namespaces, and a /sys that belongs to it."""
    _call("unshare", _CLONE_NEWNET | _CLONE_NEWNS)
    _call("mount", b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
    _call("mount", b"tmpfs", b"/run", b"tmpfs", ctypes.c_ulong(0), b"mode=755")
    _call("mount", b"sysfs", b"/sys", b"sysfs", ctypes.c_ulong(0), None)
    os.mkdir("/run/netns")
    sh("ip link set dev lo up")


def _go_to(handle: str) -> None:
    """Go on in a network namespace."""
    with open(handle) as stream:
        _call("setns", stream.fileno(), _CLONE_NEWNET)


@contextlib.contextmanager
def _inside(netns: str) -> t.Iterator[None]:
    """Be in a named network namespace for a while."""
    if not netns:
        yield
        return
    with open("/proc/self/ns/net") as home:
        _go_to("/run/netns/" + netns)
        try:
            yield
        finally:
            _call("setns", home.fileno(), _CLONE_NEWNET)


def sh(command: str) -> str:
    """Run lines of shell that must all succeed."""
    done = subprocess.run(["sh", "-e", "-c", command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Wrong("%s: exit status %d: %s%s" % (command, done.returncode, done.stdout, done.stderr))
    return done.stdout


def in_child(function: t.Callable[[], t.Any]) -> t.Any:
    """The JSON value of a function that runs in a process of its own. Raises Wrong with the traceback of what it raises."""
    with tempfile.TemporaryFile() as stream:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                try:
                    answer, status = function(), 0
                except BaseException:
                    answer = traceback.format_exc()
                stream.write(json.dumps(answer).encode())
                stream.flush()
            finally:
                os._exit(status)
        _pid, status = os.waitpid(pid, 0)
        stream.seek(0)
        answer = json.loads(stream.read().decode())
    if status:
        raise Wrong(answer)
    return answer


def run_module(name: str, options: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """What our module answers, run as Ansible runs it but for the start of another Python."""

    def call() -> t.Any:
        basic._ANSIBLE_ARGS = json.dumps(
            {"ANSIBLE_MODULE_ARGS": dict(options, _ansible_check_mode=check_mode, _ansible_diff=True)}
        ).encode()
        with tempfile.TemporaryFile() as stream:
            kept = os.dup(1)
            os.dup2(stream.fileno(), 1)
            try:
                if name in ("bridge", "dummy", "tuntap", "veth"):
                    device.run_module(kinds.KINDS[name])
                else:
                    getattr(device, "run_%s_module" % name)()
            except SystemExit:
                pass
            finally:
                sys.stdout.flush()
                os.dup2(kept, 1)
            stream.seek(0)
            return json.loads(stream.read().decode())

    return t.cast("dict[str, t.Any]", in_child(call))


# include/uapi/linux/if_tun.h
_TUNSETIFF = 0x400454CA
_TUN_FLAGS = {"tun": 1, "tap": 2, "multi_queue": 0x100, "no_pi": 0x1000, "vnet_hdr": 0x4000}


def hold(name: str, mode: str = "tap", netns: str = "", flags: t.Sequence[str] = ("no_pi",)) -> int:
    """Start a process that holds a tun/tap device open, and return its pid."""
    bits = _TUN_FLAGS[mode]
    for flag in flags:
        bits |= _TUN_FLAGS[flag]
    ready, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if netns:
                _go_to("/run/netns/" + netns)
            tun = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", name.encode(), bits))
            os.write(tell, b"y")
            signal.pause()
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    os.close(tell)
    with os.fdopen(ready, "rb") as stream:
        if stream.read(1) != b"y":
            raise Wrong("%s could not be held open" % name)
    return pid


# ---- what is there, as ip and the kernel tell it

# Counts down, or follows by itself in its own time.
_RESTLESS = {
    "operstate",
    "qdisc",
    "hello_timer",
    "tcn_timer",
    "topology_change_timer",
    "gc_timer",
    # What a bond finds out about its ports; what the drivers of tunnels make up for the links that they bring along.
    "mii_status",
    "link_failure_count",
    "active_slave",
    "ad_info",
    "ad_aggregator_id",
    "ad_actor_oper_port_state",
    "ad_actor_oper_port_state_str",
    "ad_partner_oper_port_state",
    "ad_partner_oper_port_state_str",
    "permaddr",
    "topology_change",
    "topology_change_detected",
    "root_id",
    "root_port",
    "root_path_cost",
    "designated_bridge",
    "designated_port",
    "designated_cost",
    "topology_change_ack",
    "config_pending",
    "message_age_timer",
    "forward_delay_timer",
    "hold_timer",
    "state",
    "tentative",
    "optimistic",
    "expires",
    "pref",
    # A bridge takes these from its ports.
    "tso_max_size",
    "tso_max_segs",
    "gso_max_size",
    "gso_max_segs",
    "gro_max_size",
}
_ROUTE_FLAGS = {"linkdown", "dead"}


def _json_of(netns: str, *lines: str) -> list[t.Any]:
    """The answers of ip to several questions, asked at once."""
    command = ["ip", *(["-n", netns] if netns else []), "-details", "-json", "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), stdout=subprocess.PIPE, text=True, check=True)
    decoder, answers, text = json.JSONDecoder(), [], done.stdout.strip()
    while text:
        answer, end = decoder.raw_decode(text)
        answers.append(answer)
        text = text[end:].strip()
    return answers


def _is_namespace(name: str) -> bool:
    return os.stat("/run/netns/" + name).st_dev != os.stat("/run/netns").st_dev


def look() -> State:
    """Everything in every namespace that has a name, and here. Links carry, beside what ip shows:

    up (IFF_UP), running (IFF_LOWER_UP), addresses (all but link-local ones, as CIDR), ports, options (what is special about its kind),
    port (what it is as a port of a bridge), vlans ("VID [pvid] [untagged]", as bridge shows them), fdb ("MAC [vlan VID] [static] [sticky]",
    what a bridge has not learned).
    """
    state: State = {"links": {}, "routes": {}, "sysctls": {}, "namespaces": sorted(_entries("/run/netns"))}
    for netns in ["", *[name for name in sorted(_entries("/run/netns")) if _is_namespace(name)]]:
        prefix = netns + "/" if netns else ""
        # The routes of all tables are those of both families.
        links, addresses, routes = _json_of(netns, "link show", "address show", "route show table all")
        by_name = {entry["ifname"]: entry for entry in links if entry}
        for entry in addresses:
            if entry:
                found = entry.get("addr_info", [])
                by_name[entry["ifname"]]["addr_info"] = [a for a in found if not a.get("local", "").startswith("fe80:")]
        for name, entry in by_name.items():
            entry["up"] = "UP" in entry["flags"]
            entry["running"] = "LOWER_UP" in entry["flags"]
            entry["options"] = entry.get("linkinfo", {}).get("info_data", {})
            entry["addresses"] = ["%s/%d" % (a["local"], a["prefixlen"]) for a in entry.get("addr_info", [])]
            entry["port"] = entry.get("linkinfo", {}).get("info_slave_data", {})
            entry["vlans"], entry["fdb"] = [], []
            entry["ports"] = sorted(other["ifname"] for other in links if other.get("master") == name)
            state["links"][prefix + name] = entry
        _look_at_bridging(netns, by_name)
        state["routes"][netns] = [route for route in routes if _is_worth_keeping(route)]
        state["sysctls"].update(_sysctls(netns, [name for name in by_name if not name.startswith("foreign")]))
    return state


def _look_at_bridging(netns: str, by_name: dict[str, State]) -> None:
    for what in ("vlan", "fdb"):
        command = ["bridge", *(["-n", netns] if netns else []), "-compressvlans", "-json", what, "show"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        for entry in json.loads(done.stdout or "[]"):
            link = by_name[entry["ifname"]]
            if what == "vlan":
                for vlan in entry["vlans"]:
                    vid = "%d-%d" % (vlan["vlan"], vlan["vlanEnd"]) if "vlanEnd" in vlan else str(vlan["vlan"])
                    flags = {"PVID": "pvid", "Egress Untagged": "untagged"}
                    link["vlans"].append(" ".join([vid, *(flags[flag] for flag in vlan.get("flags", []))]))
            elif "master" in entry and (entry.get("state") == "static" or "sticky" in entry.get("flags", [])):
                words = [entry["mac"], *(["vlan", str(entry["vlan"])] if "vlan" in entry else [])]
                words += ["static"] if entry.get("state") == "static" else []
                link["fdb"] = sorted([*link["fdb"], " ".join([*words, *(["sticky"] if "sticky" in entry["flags"] else [])])])


def _is_worth_keeping(route: State) -> bool:
    # What a local table has, which a vrf's table has too, comes in the kernel's own time.
    kernels = route.get("type") in ("multicast", "local", "broadcast", "anycast")
    return route.get("table") != "local" and route.get("dst") not in ("fe80::/64", "ff00::/8") and not kernels


def _sysctls(netns: str, links: list[str]) -> dict[str, str]:
    """The sysctls of links, and those right below net.ipv4 and net.ipv6, by their paths."""
    found = {}
    with _inside(netns):
        for family in ("ipv4", "ipv6"):
            for directory in [family, *["%s/conf/%s" % (family, link) for link in ["all", "default", *links]]]:
                top = "/proc/sys/net/" + directory
                for name in _entries(top):
                    # The kernel makes itself a stable_secret where it needs one, for a tun.
                    if name not in ("conf", "neigh", "route", "stable_secret"):
                        value = _read("%s/%s" % (top, name))
                        if value is not None:
                            found["%s:%s/%s" % (netns, directory, name)] = value
    return found


def _entries(directory: str) -> list[str]:
    """What is in a directory; nothing in one that is not there, or has just gone with its link."""
    try:
        return os.listdir(directory)
    except FileNotFoundError:
        return []


def _read(path: str) -> str | None:
    """A sysctl, or None for one that can only be written or has no value yet."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return os.read(descriptor, 4096).decode().strip()
        finally:
            os.close(descriptor)
    except OSError:
        return None


def steady(state: State) -> State:
    """A state as it compares: without what changes by itself."""
    links = {}
    for name, link in state["links"].items():
        kept = _without(link)
        kept["flags"] = sorted(set(kept["flags"]) - {"LOWER_UP", "NO-CARRIER", "M-DOWN", "DORMANT", "ECHO"})
        for key in ("running", "options", "port"):
            kept.pop(key)
        if "link_netnsid" in kept:
            kept["link_netnsid"] = "somewhere"
            kept.pop("link_index", None)
        for address in kept["addr_info"]:
            for lifetime in ("valid_life_time", "preferred_life_time"):
                address[lifetime] = "forever" if address[lifetime] == 0xFFFFFFFF else "limited"
        links[name] = kept
    routes = {}
    for netns, found in state["routes"].items():
        kept_routes = [dict(_without(route), flags=sorted(set(route.get("flags", [])) - _ROUTE_FLAGS)) for route in found]
        routes[netns] = sorted(kept_routes, key=lambda route: json.dumps(route, sort_keys=True))
    return {"links": links, "routes": routes, "sysctls": state["sysctls"], "namespaces": state["namespaces"]}


def _without(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _without(inner) for key, inner in value.items() if key not in _RESTLESS}
    if isinstance(value, list):
        return [_without(inner) for inner in value]
    return value


def _foretellable(value: t.Any) -> t.Any:
    """What a module returned, without seconds that count down, and without link-local addresses: those come with a carrier."""
    if isinstance(value, dict):
        kept = {key: "limited" if key.endswith("_lifetime") else _foretellable(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner != []}
    if isinstance(value, list):
        return [_foretellable(inner) for inner in value if "fe80:" not in str(inner)]
    return value


def _without_what_is_alike(diff: State) -> State:
    """A diff without keys that are the same before and after: their lists differed in what can't be foretold."""
    found: State = {"before": {}, "after": {}}
    for name in {*diff.get("before", {}), *diff.get("after", {})}:
        was, will = (diff.get(when, {}).get(name, {}) for when in ("before", "after"))
        for when, keys in (("before", was), ("after", will)):
            found[when][name] = {key: value for key, value in keys.items() if key not in was or key not in will or was[key] != will[key]}
    return found


def differences(was: t.Any, now: t.Any, path: str = "") -> list[str]:
    """What differs between two states, a line each."""
    if isinstance(was, dict) and isinstance(now, dict):
        found = []
        for key in sorted(set(was) | set(now)):
            found += differences(was.get(key), now.get(key), "%s %s" % (path, key) if path else str(key))
        return found
    return [] if was == now else ["%s: was %s, is %s" % (path, json.dumps(was), json.dumps(now))]


def missing(expected: t.Any, found: t.Any, path: str) -> list[str]:
    """What of ``expected`` is not so in ``found``: keys of dictionaries, members of lists one by one."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [text for key, value in expected.items() for text in missing(value, found.get(key), "%s.%s" % (path, key))]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [text for n, value in enumerate(expected) for text in missing(value, found[n], "%s[%d]" % (path, n))]
    return [] if expected == found else ["%s: expected %s, found %s" % (path, json.dumps(expected), json.dumps(found))]


def untrue(links: list[State], state: State) -> list[str]:
    """What a module returned of links, and is not so."""
    found = []
    for told in links:
        path = "%s/%s" % (told["netns"], told["name"]) if told["netns"] else told["name"]
        link = state["links"].get(path)
        if link is None:
            found.append("%s was returned, but does not exist" % path)
            continue
        shown = {
            "ifindex": link["ifindex"],
            "admin_state": "up" if link["up"] else "down",
            "mtu": link["mtu"],
            "tx_queue_len": link["txqlen"],
            "alias": link.get("ifalias", ""),
            "altnames": link.get("altnames", []),
            "master": link.get("master", ""),
            "ipv6_addr_gen_mode": link.get("inet6_addr_gen_mode"),
            "addresses": sorted(link["addresses"]),
        }
        if link["link_type"] == "ether":
            shown["mac"] = link["address"]
        cidrs = [address["address"] if isinstance(address, dict) else address for address in told["addresses"]]
        chosen = sorted(cidr for cidr in cidrs if not cidr.startswith("fe80:"))
        found += missing(shown, dict(told, addresses=chosen), "returned " + path)
    return found


# ---- that no link goes down


class Monitor:
    """Hears of every change of a link in the namespace it is made in."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind((0, 1))  # RTMGRP_LINK
        self.socket.setblocking(False)

    def downs(self) -> set[int]:
        """The numbers of links that were not up in any message since the last call."""
        found: set[int] = set()
        while True:
            try:
                data = self.socket.recv(1 << 20)
            except BlockingIOError:
                return found
            while len(data) >= 16:
                length, kind = struct.unpack_from("=IH", data)
                if kind == 16:  # RTM_NEWLINK
                    index, flags = struct.unpack_from("=iI", data, 20)
                    if not flags & 1:  # IFF_UP
                        found.add(index)
                data = data[(length + 3) & ~3 :]


# ---- cases


class Player:
    """Plays a case. The second time it is given the commands that the module returned the first time."""

    def __init__(self, case: dict[str, t.Any], module: str, recorded: list[t.Any] | None = None) -> None:
        self.case = case
        self.module = module
        self.replay = recorded is not None
        self.recorded: list[t.Any] = recorded or []
        self.processes: list[int] = []
        self.marks: dict[str, State] = {}
        self.monitor = Monitor()

    def play(self) -> list[t.Any]:
        """Play all steps; return commands and end of each task."""
        sh(FOREIGN)
        self.marks["scene"] = look()
        try:
            for number, step in enumerate(self.case["steps"], 1):
                try:
                    self.step(step)
                except Wrong as wrong:
                    what = next((verb for verb in (*SCENE, *TASKS) if verb in step), "shows")
                    replayed = " (played with the commands that the module returned)" if self.replay else ""
                    raise Wrong("step %d, %s %s%s: %s" % (number, what, json.dumps(step.get(what)), replayed, wrong)) from None
        finally:
            for pid in self.processes:
                self.end(pid)
        return self.recorded

    def step(self, step: Step) -> None:
        verbs = [verb for verb in step if verb in (*SCENE, *TASKS)]
        if len(verbs) > 1 or set(step) - {*SCENE, *TASKS, *EXPECTED, *BESIDE}:
            raise Wrong("not a step: %s" % json.dumps(step))
        for verb in verbs:
            getattr(self, "do_" + verb)(step)
        if "task" in step and "name" not in step:
            return
        state = self.check(step)
        if set(verbs) & set(SCENE):
            self.marks["scene"] = state
        if "name" in step:
            self.marks[step["name"]] = state

    def text(self, value: str) -> str:
        """A text with the pid filled in."""
        return value.replace("{pid}", str(self.processes[-1])) if self.processes else value

    # -- scene

    def do_sh(self, step: Step) -> None:
        sh(self.text(step["sh"]))

    def do_start(self, step: Step) -> None:
        """Where it runs is settled before it is the command."""
        netns = step.get("netns", "")

        def go() -> None:
            if netns == "new":
                _call("unshare", _CLONE_NEWNET)
            elif netns:
                _go_to("/run/netns/" + netns)

        null = subprocess.DEVNULL
        process = subprocess.Popen(step["start"].split(), stdin=null, stdout=null, preexec_fn=go)  # noqa: PLW1509
        self.processes.append(process.pid)

    def do_hold(self, step: Step) -> None:
        self.processes.append(hold(**step["hold"]))

    def do_stop(self, step: Step) -> None:
        self.end(self.processes.pop())

    @staticmethod
    def end(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    # -- tasks

    def name_of_module(self, step: Step) -> str:
        return t.cast("str", step.get("module", self.case.get("module", self.module)))

    def call(self, step: Step, options: dict[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
        answer = run_module(self.name_of_module(step), options, check_mode)
        answer.pop("invocation", None)
        return answer

    def do_task(self, step: Step) -> None:
        options = step["task"]
        if self.replay:
            self.replay_task(step)
            return
        before = look()
        indexes = {name: link["ifindex"] for name, link in before["links"].items()}
        foretold = self.call(step, options, check_mode=True)
        self.unchanged(before, "in check mode")
        if foretold.get("failed") or not foretold["changed"]:
            raise Wrong("in check mode it said: %s" % json.dumps(foretold))
        self.monitor.downs()
        done = self.call(step, options, check_mode=False)
        downs = self.monitor.downs()
        if done.get("failed") or not done["changed"]:
            raise Wrong("it said: %s" % json.dumps(done))
        said, did = (_without_what_is_alike(_foretellable(each["diff"])) for each in (foretold, done))
        found = differences(said, did, "diff")
        for key in ("commands", "flapped", "recreated"):
            found += differences(_foretellable(foretold[key]), _foretellable(done[key]), key)
        if found:
            raise Wrong("check mode foretold something else: %s" % "; ".join(found))
        if foretold["diff"]["before"] == foretold["diff"]["after"] and not any("native" in c[0] for c in done["commands"]):
            raise Wrong("the diff shows nothing: %s" % json.dumps(done))
        after = self.check(step)
        self.bystanders(step, before, after)
        self.no_flap(step, indexes, before, after, downs)
        self.wanted(untrue(done["links"], after) + missing(step.get("returns", {}), done, "returned"))
        self.warned(step, done)
        self.nothing_to_do(step, options, after)
        self.recorded.append([done["commands"], steady(after)])

    def replay_task(self, step: Step) -> None:
        commands, end = self.recorded.pop(0)
        if any(command[0].startswith("native:") for command in commands):
            self.call(step, step["task"], check_mode=False)
            return
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Wrong("%s: %s" % (" ".join(command), done.stderr))
        after = self.check(step)
        self.wanted(differences(self.chosen_by_kernel(end), self.chosen_by_kernel(steady(after))))

    def chosen_by_kernel(self, state: State) -> State:
        """Without numbers, and MAC addresses that the case does not name, and what follows from them."""
        text = json.dumps(self.case)
        links = {}
        for name, link in state["links"].items():
            dropped = {"ifindex"} if link.get("address", "") in text else {"ifindex", "address"}
            links[name] = {key: value for key, value in link.items() if key not in dropped}
            for info in ("info_data", "info_slave_data"):
                link.get("linkinfo", {}).get(info, {}).pop("bridge_id", None)
        return dict(state, links=links)

    def do_quiet(self, step: Step) -> None:
        self.nothing_to_do(step, step["quiet"], look())

    def nothing_to_do(self, step: Step, options: dict[str, t.Any], before: State) -> None:
        for check_mode in (True, False):
            answer = self.call(step, options, check_mode)
            what = "again%s" % (" in check mode" if check_mode else "")
            if answer.get("failed") or answer["changed"] or answer["commands"] or answer["diff"]["before"] != answer["diff"]["after"]:
                raise Wrong("%s it said: %s" % (what, json.dumps(answer)))
            self.unchanged(before, what)
            self.wanted(untrue(answer["links"], before))
            if "quiet" in step:
                self.wanted(missing(step.get("returns", {}), answer, "returned"))

    def do_refused(self, step: Step) -> None:
        self.failure(step, step["refused"], check_mode=True)
        self.failure(step, step["refused"], check_mode=False)

    def do_fails(self, step: Step) -> None:
        before = look()
        foretold = self.call(step, step["fails"], check_mode=True)
        if foretold.get("failed"):
            raise Wrong("it failed in check mode too: %s" % foretold["msg"])
        self.warned(step, foretold)
        self.unchanged(before, "in check mode")
        self.failure(step, step["fails"], check_mode=False)

    def failure(self, step: Step, options: dict[str, t.Any], check_mode: bool) -> None:
        before = look()
        answer = self.call(step, options, check_mode)
        if not answer.get("failed"):
            raise Wrong("it was not refused%s: %s" % (" in check mode" if check_mode else "", json.dumps(answer)))
        if answer.get("changed"):
            raise Wrong("it failed and yet says changed: %s" % json.dumps(answer))
        for text in step["says"]:
            if self.text(text) not in answer["msg"]:
                raise Wrong("the message does not say %r: %s" % (self.text(text), answer["msg"]))
        unrestored = answer.get("not_restored", [])
        expected = step.get("unrestored", [])
        if len(unrestored) != len(expected) or not all(text in line for text, line in zip(expected, unrestored)):
            raise Wrong("not restored, it says, is %s: %s" % (json.dumps(unrestored), answer["msg"]))
        self.unchanged(before, "that failed", step.get("recreates", []))
        self.wanted(missing(step.get("returns", {}), answer, "returned"))

    # -- what must be so

    @staticmethod
    def warned(step: Step, answer: dict[str, t.Any]) -> None:
        for text in step.get("warns", []):
            # From ansible-core 2.19 on a warning is an object; its text is in there.
            if not any(text in json.dumps(warning) for warning in answer.get("warnings", [])):
                raise Wrong("no warning says %r: %s" % (text, answer.get("warnings")))

    @staticmethod
    def wanted(problems: list[str]) -> None:
        if problems:
            raise Wrong("; ".join(problems[:12]))

    def unchanged(self, before: State, when: str, recreated: t.Sequence[str] = ()) -> None:
        was, now = steady(before), steady(look())
        for name in recreated:
            was["links"][name].pop("ifindex")
            now["links"].get(name, {}).pop("ifindex", None)
        found = differences(was, now)
        if found:
            raise Wrong("a run %s changed something: %s" % (when, "; ".join(found[:12])))

    def check(self, step: Step) -> State:
        """Everything that the step expects, within the deadline. Returns what was there then."""
        until = time.monotonic() + DEADLINE
        while True:
            state = look()
            problems = self.problems(step, state)
            if not problems or time.monotonic() > until:
                break
            time.sleep(0.05)
        self.wanted(problems)
        return state

    def problems(self, step: Step, state: State) -> list[str]:
        found = []
        for name, expected in step.get("shows", {}).items():
            link = state["links"].get(name)
            if (expected is None) != (link is None):
                found.append("%s: %s" % (name, "is not there" if link is None else "is there"))
            elif link is not None:
                found += missing(expected, link, name)
        for key, value in step.get("sysctls", {}).items():
            netns, name = key.split("/", 1) if "/net." in key else ("", key)
            is_now = sh("%ssysctl -n %s" % ("ip netns exec %s " % netns if netns else "", name)).strip()
            if " ".join(is_now.split()) != str(value):
                found.append("%s: expected %s, found %s" % (key, value, is_now))
        if "namespaces" in step and step["namespaces"] != state["namespaces"]:
            found.append("namespaces: expected %s, found %s" % (step["namespaces"], state["namespaces"]))
        if step.get("restores"):
            mark = self.marks["scene" if step["restores"] is True else step["restores"]]
            found += ["not restored: " + line for line in differences(steady(mark), steady(state))]
        return found

    def bystanders(self, step: Step, before: State, after: State) -> None:
        """What the options do not name is as it was."""
        text = json.dumps(step["task"], ensure_ascii=False)
        named = set(re.findall(r"[^\s\"'\[\]{},]+", text)) | set(step.get("also", []))
        spaces = named if self.name_of_module(step) == "netns" else set()

        def others(state: State) -> State:
            state = steady(state)
            links = {}
            for path, link in state["links"].items():
                netns, _slash, name = path.rpartition("/")
                if name not in named and netns not in spaces:
                    links[path] = link
                    link.pop("ports")
                    if {link.get("master"), link.get("link")} & named:
                        link["master"] = link["link"] = "named"
                        link.get("linkinfo", {}).pop("info_slave_data", None)
            routes = {
                netns: [route for route in found if route.get("dev") not in named]
                for netns, found in state["routes"].items()
                if netns not in spaces
            }
            sysctls = {}
            for key, value in state["sysctls"].items():
                netns, path = key.split(":")
                link_of = path.split("/")[2] if "/conf/" in path else ""
                if link_of not in named and netns not in spaces:
                    sysctls[key] = value
            return {"links": links, "routes": routes, "sysctls": sysctls}

        found = differences(others(before), others(after))
        if found:
            raise Wrong("it changed what it was not asked to: %s" % "; ".join(found[:12]))

    @staticmethod
    def no_flap(step: Step, indexes: dict[str, int], before: State, after: State, downs: set[int]) -> None:
        for name, link in after["links"].items():
            if name in step.get("recreates", []):
                continue
            if name in indexes and link["ifindex"] != indexes[name]:
                raise Wrong("%s has another ifindex: it was made anew" % name)
            was = before["links"].get(name)
            if "/" not in name and was and was["up"] and link["up"] and link["ifindex"] in downs and not step.get("flaps"):
                raise Wrong("%s was down for a moment" % name)


def play(case: dict[str, t.Any], module: str) -> dict[str, t.Any]:
    """Play a case twice, in processes and namespaces of their own. Returns how it went."""

    def once(recorded: list[t.Any] | None) -> t.Callable[[], t.Any]:
        def run() -> t.Any:
            enter_new_namespaces()
            try:
                return {"recorded": Player(case, module, recorded).play()}
            except Wrong as wrong:
                return {"wrong": str(wrong)}

        return run

    start = time.monotonic()
    result: dict[str, t.Any] = {"tasks": 0, "replayed": 0}
    try:
        played = in_child(once(None))
        plans = [commands for commands, _end in played.get("recorded", [])]
        replayable = [commands for commands in plans if not any(command[0].startswith("native:") for command in commands)]
        result.update(tasks=len(plans), replayed=len(replayable))
        if replayable:
            played = in_child(once(played["recorded"]))
    except Wrong as crash:
        played = {"wrong": str(crash)}
    return dict(result, seconds=round(time.monotonic() - start, 2), **{key: played[key] for key in ("wrong",) if key in played})


def main() -> None:
    module = basic.AnsibleModule(
        argument_spec={
            "module": {"type": "str", "required": True},
            "cases": {"type": "list", "elements": "dict", "required": True},
            "only": {"type": "str", "default": ""},
        }
    )
    # Once here, and not in each process of each call.
    namespaces = Namespaces()
    assert rtnetlink.Kernel(namespaces).pyroute2
    namespaces.close()
    # What is there now the processes share, and do not look through.
    gc.collect()
    gc.freeze()
    wrong: list[str] = []
    seconds: dict[str, float] = {}
    tasks = replayed = 0
    for case in module.params["cases"]:
        if module.params["only"] not in case["case"]:
            continue
        result = play(case, module.params["module"])
        seconds[case["case"]] = result["seconds"]
        tasks += result["tasks"]
        replayed += result["replayed"]
        if "wrong" in result:
            wrong.append("%s: %s" % (case["case"], result["wrong"]))
    summary: dict[str, t.Any] = {"played": len(seconds), "tasks": tasks, "replayed": replayed, "seconds": seconds}
    if wrong or not seconds:
        module.fail_json("%d of %d cases failed" % (len(wrong), len(seconds)), wrong=wrong, **summary)
    module.exit_json(changed=False, **summary)


if __name__ == "__main__":
    main()
