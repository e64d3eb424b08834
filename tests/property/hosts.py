# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts made of network namespaces, one after the other, and what iproute2 says about them."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import os
import subprocess
import typing as t
from pathlib import Path

from ansible_collections.netdev.linux.plugins.module_utils import kinds

CLONE_NEWNET = 0x40000000
NAMED = ("", "red", "blue")
SYSCTLS = ("ipv6.accept_ra", "ipv4.rp_filter")

_libc = ctypes.CDLL(None, use_errno=True)

Facts = dict[str, t.Any]


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def require_sandbox() -> None:
    """These tests make and delete links: only where there are none of anybody's."""
    links = json.loads(subprocess.run(["ip", "-json", "link"], check=True, capture_output=True).stdout)
    if [link["ifname"] for link in links if link["ifname"] != "lo"] or os.listdir(
        "/run/netns" if os.path.isdir("/run/netns") else "/var/empty"
    ):
        raise RuntimeError("Run this in namespaces of its own: tests/run/sandbox pytest tests/property")


@functools.cache
def kernel_makes(name: str) -> bool:
    """Whether the running kernel can make links of a kind of the table."""
    kind = kinds.KINDS[name]
    words = ["link", "add", *(["link", "base0"] if kind.needs_parent else []), "name", "probe0", "type", kind.rtnetlink]
    for option, value in kind.sample.items():
        words += [kind.by_option[option].ip, str(value)]
    with Host() as host:
        host.ip("link", "add", "name", "base0", "type", "bridge")
        host.ip(*(["tuntap", "add", "dev", "probe0", "mode", "tap"] if kind.by_ioctl else words), check=False)
        return "probe0" in host.links()


class Host:
    """A fresh network namespace that this process enters, and two more by name. A context manager."""

    def __enter__(self) -> Host:
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        _check(_libc.unshare(CLONE_NEWNET))
        for name in NAMED[1:]:
            self.ip("netns", "add", name)
        return self

    def __exit__(self, *_error: object) -> None:
        for name in os.listdir("/run/netns"):
            self.ip("netns", "delete", name)
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

    def ip(self, *words: str, check: bool = True) -> str:
        """Run ip(8)."""
        return self.run("ip", *words, check=check)

    @staticmethod
    def run(*command: str, check: bool = True) -> str:
        """Run a command; one that fails says why."""
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if check and done.returncode:
            raise AssertionError("%s: %s" % (" ".join(command), done.stdout))
        return done.stdout

    def namespaces(self) -> list[str]:
        return ["", *sorted(os.listdir("/run/netns"))]

    def links(self, netns: str = "") -> dict[str, Facts]:
        """Links with their addresses, by name, as iproute2 says."""
        links = {link["ifname"]: link for link in self._show(netns, "-d", "link", "show")}
        for link in self._show(netns, "address", "show"):
            links[link["ifname"]]["addr_info"] = link["addr_info"]
        return links

    def routes(self, netns: str = "") -> list[Facts]:
        return self._show(netns, "route", "show", "table", "all")

    def _show(self, netns: str, *words: str) -> list[Facts]:
        text = self.ip(*(["-n", netns] if netns else []), "-N", "-j", *words)
        return [item for item in json.loads(text or "[]") if item]

    def snapshot(self, macs: t.Container[str] | None = None) -> dict[str, t.Any]:
        """Everything that a task may change, flat, without what the kernel chooses or what comes in its own time.

        With ``macs``, other link-layer addresses are taken as chosen by the kernel: two hosts can be compared.
        """
        found: dict[str, t.Any] = {}
        for netns in self.namespaces():
            names = {}
            for name, link in self.links(netns).items():
                names[link["ifindex"]] = name
                found.update(_flatten("%s/%s" % (netns, name), _settled(link, macs)))
            found["%s/ routes" % netns] = sorted(map(str, map(_settled_route, filter(_stays, self.routes(netns)))))
            with self.inside(netns):
                for name in names.values():
                    for key in SYSCTLS:
                        family, rest = key.split(".")
                        path = Path("/proc/sys/net") / family / "conf" / name / rest
                        found["%s/%s %s" % (netns, name, key)] = path.read_text().strip() if path.exists() else None
        return found


def difference(before: dict[str, t.Any], after: dict[str, t.Any]) -> dict[str, tuple[t.Any, t.Any]]:
    """What differs between two snapshots."""
    return {key: (before.get(key), after.get(key)) for key in sorted({*before, *after}) if before.get(key) != after.get(key)}


# What the kernel chooses, counts or does in its own time.
_VOLATILE = {
    *("ifindex", "link_index", "link", "link_netnsid", "operstate", "qdisc", "promiscuity", "allmulti", "min_mtu", "max_mtu"),
    *("gso_max_size", "gso_max_segs", "tso_max_size", "tso_max_segs", "gro_max_size", "gso_ipv4_max_size", "gro_ipv4_max_size"),
    *("bridge_id", "root_id", "root_port", "root_path_cost", "topology_change", "topology_change_detected", "hello_timer", "tcn_timer"),
    *("topology_change_timer", "gc_timer", "state", "id", "no", "designated_port", "designated_cost", "designated_bridge"),
    *("designated_root", "hold_timer", "message_age_timer", "forward_delay_timer", "topology_change_ack", "config_pending"),
    *("fdb_n_learned",),
}
_STEADY_FLAGS = {"UP", "BROADCAST", "MULTICAST", "LOOPBACK", "NOARP", "POINTOPOINT"}


def _settled(link: Facts, macs: t.Container[str] | None) -> Facts:
    found = {key: value for key, value in link.items() if key not in _VOLATILE}
    found["flags"] = sorted(_STEADY_FLAGS & set(link["flags"]))
    found["altnames"] = sorted(link.get("altnames", []))
    if macs is not None and link.get("address") not in macs:
        found["address"] = "chosen by the kernel"
    info = dict(link.get("linkinfo", {}))
    for part in ("info_data", "info_slave_data"):
        info[part] = {key: value for key, value in info.get(part, {}).items() if key not in _VOLATILE}
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
    return sorted((key, str(value)) for key, value in route.items() if key != "flags")


def _flatten(prefix: str, value: t.Any) -> dict[str, t.Any]:
    if not isinstance(value, dict):
        return {prefix: value}
    found: dict[str, t.Any] = {}
    for key, inner in value.items():
        found.update(_flatten("%s %s" % (prefix, key), inner))
    return found
