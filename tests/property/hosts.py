# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts made of network namespaces, one after the other, and what iproute2 says about them. Nothing here asks our own code."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import typing as t

CLONE_NEWNET = 0x40000000
MS_BIND, MS_SHARED, MNT_DETACH = 0x1000, 0x100000, 2
NAMESPACES = "/run/netns"
NAMED = ("red", "blue")
SYSCTLS = {
    "ipv4": ("arp_ignore", "forwarding", "proxy_arp", "rp_filter"),
    "ipv6": ("accept_dad", "accept_ra", "autoconf", "disable_ipv6", "forwarding", "hop_limit", "ra_honor_pio_life", "use_tempaddr"),
}

_libc = ctypes.CDLL(None, use_errno=True)

Facts = dict[str, t.Any]


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount(source: str, target: str, flags: int) -> None:
    _check(_libc.mount(source.encode(), target.encode(), b"none", ctypes.c_ulong(flags), None))


def require_sandbox() -> None:
    """These tests make and delete links: only where there are none of anybody's."""
    links = json.loads(subprocess.run(["ip", "-json", "link"], check=True, capture_output=True).stdout)
    if any(link["ifname"] != "lo" and "UP" in link["flags"] for link in links) or (
        os.path.isdir("/run/netns") and os.listdir("/run/netns")
    ):
        raise SystemExit("Run this in namespaces of its own: tests/run/sandbox python tests/property/run.py")


def _path_of(name: str) -> str:
    return os.path.join(NAMESPACES, name)


class Answering:
    """An ip(8) that goes on answering, from the namespace that it is started in: in the test VM starting one takes most of the time.

    It remembers the names of links. The namespace is not gone before it is.
    """

    def __init__(self, inode: int) -> None:
        self.inode = inode  # of the namespace
        self.told: dict[int, str] = {}  # names of links
        words = ["ip", "-details", "-Numeric", "-json", "-force", "-batch", "-"]
        # A link that goes while ip looks makes a question fail; what it says of the others is true.
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, *questions: str) -> list[t.Any]:
        """The JSON answers to questions, without those that fail. What comes last shows that it is all: the rules, which are never none."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("".join("%s\n" % question for question in (*questions, "rule show")).encode())
        self.process.stdin.flush()
        data = b""
        while True:
            part = os.read(self.process.stdout.fileno(), 1 << 20)
            data += part
            answers, rest = _answers(data)
            if not rest and answers and answers[-1] and "priority" in answers[-1][0]:
                return answers[:-1]
            if not part:
                raise AssertionError("ip ended: %r" % data)

    def remembers_others(self, links: t.Sequence[Facts]) -> bool:
        """Whether a link that it has told of is gone, or has another name: what still points to it would be shown by its old name."""
        there = {link["ifindex"]: link["ifname"] for link in links if link}
        others = any(there.get(index) != name for index, name in self.told.items())
        self.told = there
        return others

    def close(self) -> None:
        self.process.communicate()


class Host:
    """A fresh network namespace that this process enters, and others by name. A context manager."""

    def __init__(self, named: t.Sequence[str] = NAMED) -> None:
        self.named = named

    def __enter__(self) -> Host:
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.answering: dict[str, Answering] = {}
        try:
            _mount("", NAMESPACES, MS_SHARED)
        except OSError:  # no mount yet. Later ip would make it one, on top of what is there
            _mount(NAMESPACES, NAMESPACES, MS_BIND)
            _mount("", NAMESPACES, MS_SHARED)
        for name in self.named:
            path = _path_of(name)
            os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, 0))
            _check(_libc.unshare(CLONE_NEWNET))
            _mount("/proc/self/ns/net", path, MS_BIND)
        _check(_libc.unshare(CLONE_NEWNET))
        return self

    def __exit__(self, *_error: object) -> None:
        for answering in self.answering.values():
            answering.close()
        for name in os.listdir(NAMESPACES):
            _check(_libc.umount2(_path_of(name).encode(), MNT_DETACH))
            os.unlink(_path_of(name))
        _check(_libc.setns(self.home, CLONE_NEWNET))
        os.close(self.home)

    @contextlib.contextmanager
    def inside(self, name: str) -> t.Iterator[None]:
        """Run the body in another namespace of the host."""
        if not name:
            yield
            return
        here = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(_path_of(name), os.O_RDONLY | os.O_CLOEXEC)
        try:
            _check(_libc.setns(there, CLONE_NEWNET))
            yield
        finally:
            _check(_libc.setns(here, CLONE_NEWNET))
            os.close(there)
            os.close(here)

    @staticmethod
    def ip(*lines: str, force: bool = False) -> None:
        """Have one ip(8) do these lines, in the namespace that this process is in. With ``force`` what fails does not matter."""
        words = ["ip", *(["-force"] if force else []), "-batch", "-"]
        done = subprocess.run(words, input="\n".join(lines), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode and not force:
            raise AssertionError("%s: %s" % ("; ".join(lines), done.stdout))

    @staticmethod
    def run(command: t.Sequence[str]) -> None:
        """Run a command; one that fails says why."""
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise AssertionError("%s: %s" % (" ".join(command), done.stdout))

    @staticmethod
    def replay(commands: t.Sequence[t.Sequence[str]]) -> None:
        """Run commands; those of one program in one namespace that follow each other by one process."""

        def program(command: t.Sequence[str]) -> list[str]:
            return list(command[: 3 if command[1] == "-n" else 1]) if command[0] in ("ip", "bridge") and command[1] != "netns" else []

        batches: list[list[t.Sequence[str]]] = []
        for command in commands:
            last = batches[-1] if batches else []
            # A process remembers which link has which name, which these change.
            renames = bool(last) and {"delete", "netns", "name"} & set(last[-1][3:])
            if last and program(command) and program(command) == program(last[0]) and not (renames and "add" not in last[-1]):
                last.append(command)
            else:
                batches.append([command])
        for batch in batches:
            if len(batch) == 1:
                Host.run(batch[0])
                continue
            words = program(batch[0])
            lines = "".join(" ".join('"%s"' % word for word in command[len(words) :]) + "\n" for command in batch)
            done = subprocess.run(
                [*words, "-batch", "-"], input=lines, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            if done.returncode:
                raise AssertionError("%s: %s" % (lines, done.stdout))

    @staticmethod
    def namespaces() -> list[str]:
        return ["", *sorted(os.listdir(NAMESPACES))]

    def links(self, netns: str = "") -> dict[str, Facts]:
        """Links with their addresses, by name, as iproute2 says."""
        return self._read(netns)[0]

    def routes(self, netns: str = "") -> list[Facts]:
        """Routes of both families and all tables."""
        return self._read(netns)[1]

    def _read(self, netns: str) -> tuple[dict[str, Facts], list[Facts]]:
        # Of every table and both families; that of links is never empty, so it is known which list is whose.
        shown = self._ask_ip(netns, "link show", "address show", "route show table all")
        links = {link["ifname"]: link for link in shown[0] if link}
        for link in shown[1]:
            if link:
                links[link["ifname"]]["addr_info"] = link["addr_info"]
        return links, shown[2] if len(shown) > 2 else []

    def _ask_ip(self, netns: str, *questions: str) -> list[t.Any]:
        inode = os.stat(_path_of(netns)).st_ino if netns else 0
        answering = self.answering.get(netns)
        if answering and answering.inode == inode:
            shown = answering.ask(*questions)
            if not answering.remembers_others(shown[0]):
                return shown
        if answering:
            answering.close()
        with self.inside(netns):
            answering = self.answering[netns] = Answering(inode)
        shown = answering.ask(*questions)
        answering.remembers_others(shown[0])
        return shown

    def _bridges(self, netns: str) -> list[str]:
        """VLANs of ports, and forwarding entries that somebody made."""
        with self.inside(netns):
            shown = _ask("bridge", ("fdb show", "vlan show"))
        found = []
        for entry in (entry for part in shown for entry in part):
            if "vlans" in entry or entry.get("state") == "static" or "sticky" in entry.get("flags", []) or "dst" in entry:
                found.append(str(sorted((key, value) for key, value in entry.items() if key not in ("used", "updated"))))
        return sorted(found)

    def snapshot(self, macs: t.Container[str] | None = None) -> dict[str, t.Any]:
        """Everything that a task may change, flat, without what the kernel chooses or what comes in its own time.

        With ``macs``, other link-layer addresses are taken as chosen by the kernel: two hosts can be compared.
        """
        found: dict[str, t.Any] = {}
        for netns in self.namespaces():
            links, routes = self._read(netns)
            found["%s/" % netns] = "a namespace"
            for name, link in links.items():
                found.update(_flatten("%s/%s" % (netns, name), _settled(link, macs)))
            found["%s/ routes" % netns] = sorted(map(str, map(_settled_route, filter(_stays, routes))))
            if any(link.get("linkinfo", {}).get("info_kind") in ("bridge", "vxlan") for link in links.values()):
                found["%s/ bridges" % netns] = self._bridges(netns)
            with self.inside(netns):
                for name in links:
                    found.update(("%s/%s %s" % (netns, name, key), value) for key, value in _sysctls(name))
        return found


def _ask(program: str, questions: t.Sequence[str], *options: str) -> list[t.Any]:
    """The JSON answers to several questions of one process."""
    words = [program, *options, "-json", "-force", "-batch", "-"]
    # A link that goes while ip looks makes it fail; what it says of the others is true.
    done = subprocess.run(words, input="\n".join(questions), capture_output=True, text=True, check=False)
    return _answers(done.stdout.encode())[0]


def _answers(data: bytes) -> tuple[list[t.Any], str]:
    """The JSON values one behind the other, and the text of one that is not there as a whole."""
    answers = []
    text = data.decode("utf-8", "replace").strip()
    while text:
        try:
            answer, end = json.JSONDecoder().raw_decode(text)
        except ValueError:
            break
        answers.append(answer)
        text = text[end:].lstrip()
    return answers, text


def _sysctls(name: str) -> t.Iterator[tuple[str, str]]:
    for family, keys in SYSCTLS.items():
        for key in keys:
            try:
                descriptor = os.open("/proc/sys/net/%s/conf/%s/%s" % (family, name, key), os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue
            yield "%s.%s" % (family, key), os.read(descriptor, 100).decode().strip()
            os.close(descriptor)


def difference(before: dict[str, t.Any], after: dict[str, t.Any]) -> dict[str, tuple[t.Any, t.Any]]:
    """What differs between two snapshots."""
    return {key: (before.get(key), after.get(key)) for key in sorted({*before, *after}) if before.get(key) != after.get(key)}


# What the kernel chooses, counts or does in its own time: of a link, of a bridge, of a port.
_VOLATILE = {
    *("ifindex", "link_index", "link_netnsid", "operstate", "qdisc", "promiscuity", "allmulti", "min_mtu", "max_mtu", "broadcast"),
    *("permaddr",),
    *("tso_max_size", "tso_max_segs"),
}
_VOLATILE_DATA = {
    *("bridge_id", "root_id", "root_port", "root_path_cost", "topology_change", "topology_change_detected", "hello_timer", "tcn_timer"),
    *("topology_change_timer", "gc_timer", "fdb_n_learned", "usedbcqueuelen", "active_slave", "ad_info"),
}
_VOLATILE_PORT = {
    *("state", "id", "no", "designated_port", "designated_cost", "designated_bridge", "designated_root", "hold_timer"),
    *("message_age_timer", "forward_delay_timer", "topology_change_ack", "config_pending", "bridge_id", "root_id"),
    *("perm_hwaddr", "link_failure_count", "mii_status", "ad_aggregator_id", "ad_actor_oper_port_state", "ad_partner_oper_port_state"),
    *("ad_actor_oper_port_state_str", "ad_partner_oper_port_state_str"),
}
_STEADY_FLAGS = {"UP", "BROADCAST", "MULTICAST", "LOOPBACK", "POINTOPOINT"}  # whether an ipvlan has NOARP depends on its history


def _settled(link: Facts, macs: t.Container[str] | None) -> Facts:
    found = {key: value for key, value in link.items() if key not in _VOLATILE}
    found["flags"] = sorted(_STEADY_FLAGS & set(link["flags"]))
    found["altnames"] = sorted(link.get("altnames", []))
    if macs is not None and link.get("address") not in macs:
        found["address"] = "chosen by the kernel"
    info = dict(link.get("linkinfo", {}))
    for part, volatile in (("info_data", _VOLATILE_DATA), ("info_slave_data", _VOLATILE_PORT)):
        info[part] = {key: value for key, value in info.get(part, {}).items() if key not in volatile}
    if "link_netnsid" in link:
        info["info_data"].pop("link", None)  # of a vxlan ip takes it for a link of this namespace
    found["linkinfo"] = info
    addresses = [_settled_address(address) for address in link["addr_info"] if not made_by_kernel(address)]
    # Of IPv4 addresses the first of a subnet is another thing than the rest.
    found["addr_info"] = [address for address in addresses if address["family"] == "inet"]
    found["addr_info6"] = sorted((address for address in addresses if address["family"] != "inet"), key=str)
    return found


def made_by_kernel(address: Facts) -> bool:
    return bool(address["family"] == "inet6" and address["local"].startswith("fe80:") and address["local"] != "fe80::7")


def _settled_address(address: Facts) -> Facts:
    found = {key: value for key, value in address.items() if key not in ("tentative", "dadfailed", "dynamic", "protocol")}
    for key in ("valid_life_time", "preferred_life_time"):
        found[key] = "forever" if address[key] == 0xFFFFFFFF else "limited"
    return found


def _stays(route: Facts) -> bool:
    """Routes that somebody made, and those of IPv4 addresses, which come at once; those of IPv6 take their time."""
    return ":" not in route["dst"] and route["dst"] != "default" if str(route.get("protocol")) in ("2", "kernel") else True


def _settled_route(route: Facts) -> list[tuple[str, t.Any]]:
    found = dict(route, flags=_asked_for(route), nexthops=[dict(hop, flags=_asked_for(hop)) for hop in route.get("nexthops", [])])
    return sorted((key, str(value)) for key, value in found.items())


def _asked_for(hop: Facts) -> list[str]:
    """The flags of a next hop that somebody set; whether its link has carrier is another matter."""
    return [flag for flag in hop.get("flags", []) if flag == "onlink"]


def _flatten(prefix: str, value: t.Any) -> dict[str, t.Any]:
    if not isinstance(value, dict):
        return {prefix: value}
    found: dict[str, t.Any] = {}
    for key, inner in value.items():
        found.update(_flatten("%s %s" % (prefix, key), inner))
    return found
