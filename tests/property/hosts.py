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
NAMED = ("red", "blue")
SYSCTLS = {
    "ipv4": ("arp_ignore", "forwarding", "proxy_arp", "rp_filter"),
    "ipv6": ("accept_dad", "accept_ra", "autoconf", "disable_ipv6", "forwarding", "hop_limit", "use_tempaddr"),
}

_libc = ctypes.CDLL(None, use_errno=True)

Facts = dict[str, t.Any]


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def require_sandbox() -> None:
    """These tests make and delete links: only where there are none of anybody's."""
    links = json.loads(subprocess.run(["ip", "-json", "link"], check=True, capture_output=True).stdout)
    if any(link["ifname"] != "lo" and "UP" in link["flags"] for link in links) or (
        os.path.isdir("/run/netns") and os.listdir("/run/netns")
    ):
        raise SystemExit("Run this in namespaces of its own: tests/run/sandbox python tests/property/run.py")


class Host:
    """A fresh network namespace that this process enters, and others by name. A context manager."""

    def __init__(self, named: t.Sequence[str] = NAMED) -> None:
        self.named = named

    def __enter__(self) -> Host:
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        _check(_libc.unshare(CLONE_NEWNET))
        self.ip(*("netns add %s" % name for name in self.named))
        return self

    def __exit__(self, *_error: object) -> None:
        self.ip(*("netns delete %s" % name for name in os.listdir("/run/netns")))
        _check(_libc.setns(self.home, CLONE_NEWNET))
        os.close(self.home)

    @contextlib.contextmanager
    def inside(self, name: str) -> t.Iterator[None]:
        """Run the body in another namespace of the host."""
        if not name:
            yield
            return
        here = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open("/run/netns/" + name, os.O_RDONLY | os.O_CLOEXEC)
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
    def namespaces() -> list[str]:
        return ["", *sorted(os.listdir("/run/netns"))]

    def links(self, netns: str = "") -> dict[str, Facts]:
        """Links with their addresses, by name, as iproute2 says."""
        return self._read(netns)[0]

    def routes(self, netns: str = "") -> list[Facts]:
        """Routes of both families and all tables."""
        return self._read(netns)[1]

    def _read(self, netns: str) -> tuple[dict[str, Facts], list[Facts]]:
        with self.inside(netns):
            # Of every table and both families; that of links is never empty, so it is known which list is whose.
            shown = _ask("ip", ("link show", "address show", "route show table all"), "-details", "-Numeric")
        links = {link["ifname"]: link for link in shown[0] if link}
        for link in shown[1]:
            if link:
                links[link["ifname"]]["addr_info"] = link["addr_info"]
        return links, shown[2] if len(shown) > 2 else []

    def _bridges(self, netns: str) -> list[str]:
        """VLANs of ports, and entries of forwarding databases that somebody made."""
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
    answers = []
    text = done.stdout.strip()
    while text:
        answer, end = json.JSONDecoder().raw_decode(text)
        answers.append(answer)
        text = text[end:].lstrip()
    return answers


def _sysctls(name: str) -> t.Iterator[tuple[str, str]]:
    for family, keys in SYSCTLS.items():
        for key in keys:
            with contextlib.suppress(OSError), open("/proc/sys/net/%s/conf/%s/%s" % (family, name, key), encoding="ascii") as stream:
                yield "%s.%s" % (family, key), stream.read().strip()


def difference(before: dict[str, t.Any], after: dict[str, t.Any]) -> dict[str, tuple[t.Any, t.Any]]:
    """What differs between two snapshots."""
    return {key: (before.get(key), after.get(key)) for key in sorted({*before, *after}) if before.get(key) != after.get(key)}


# What the kernel chooses, counts or does in its own time: of a link, of a bridge, of a port.
_VOLATILE = {
    *("ifindex", "link_index", "link_netnsid", "operstate", "qdisc", "promiscuity", "allmulti", "min_mtu", "max_mtu", "broadcast"),
    *("permaddr",),
    *("gso_max_size", "gso_max_segs", "tso_max_size", "tso_max_segs", "gro_max_size", "gso_ipv4_max_size", "gro_ipv4_max_size"),
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
