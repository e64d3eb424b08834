# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on which libvirt made a network, and a host on which the role makes the same: what is there must be the same, too."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.netdev.linux.tests.conformance.definitions import Refused, difference, network, read
from ansible_collections.netdev.linux.tests.conformance.outcome import Case, Outcome, failed, passed

APPLY = Path(__file__).with_name("apply.py")
NAMESPACES = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
# What is not compared, by its key, and why. Keys that one of the two kernels does not have aren't either.
EXCEPT = {
    "ifindex": "is a number that the kernel counts",
    "gc_timer": "runs",
    "hello_timer": "runs",
    "tcn_timer": "runs",
    "topology_change_timer": "runs",
    "fdb_n_learned": "counts guests",
    "qdisc": "of libvirt holds its filter for the checksums of DHCP; without one a bridge needs no queue",
}
# The same where the definition says a MAC address. Without one libvirt's is a new one on each host, ours is derived from the name.
OF_MAC = ("address", "bridge_id", "root_id")
# Addresses are the same but for these: the role's can be used at once, libvirt's when the first guest has come (dad).
OF_DAD = ("tentative", "nodad")
# The protocol of routes is what iproute2 takes for typed ones in libvirt's case, and that of an administrator in ours.
PROTOCOL = {"boot": "static"}


def snapshots(folder: Path) -> Iterator[Case]:
    """Folders with the definition, input.xml, and what was there then."""
    for path in sorted(folder.glob("*/input.xml")):
        yield Case(path.parent.name, partial(_compare, path.parent))


def _compare(path: Path) -> Outcome:
    try:
        wanted = network(read(path / "input.xml"))
        live = network(read(path / "live.xml")) if (path / "live.xml").exists() else wanted
    except Refused as refusal:
        return Outcome("refused", False, str(refusal))
    done = subprocess.run([*NAMESPACES, sys.executable, str(APPLY), str(path), wanted.name], capture_output=True, text=True, check=False)
    if done.returncode:
        return failed("the role fails", done.stdout + done.stderr)
    ours = json.loads(done.stdout)
    said = "<mac " in read(path / "input.xml")
    found = [
        *_links(path, ours, said),
        *_addresses(path, ours),
        *_lists("bridge-sysfs.txt", path, ours, said),
        *_lists("sysctl.txt", path, ours, said),
        *_routes(path, ours, ours["link.json"][0]["ifname"]),
        *_sockets(path, ours),
        *_files(path, ours, wanted.name),
    ]
    if dataclasses.replace(live, path="", mac=wanted.mac, bridge=wanted.bridge) != dataclasses.replace(wanted, path=""):
        found.append(f"live.xml means another network than input.xml:\n{live}\n{wanted}")
    return failed("the host is not the same", "\n".join(found)) if found else passed()


def _skipped(key: str, said: bool) -> bool:
    return key in EXCEPT or (key in OF_MAC and not said)


def _facts(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _facts(value)
        else:
            yield key, value


def _links(path: Path, ours: dict[str, Any], said: bool) -> list[str]:
    theirs, mine = (dict(_facts(link[0])) for link in (json.loads((path / "link.json").read_text()), ours["link.json"]))
    return _different("link.json", theirs, mine, said)


def _different(name: str, theirs: dict[str, Any], mine: dict[str, Any], said: bool) -> list[str]:
    both = [key for key in theirs if key in mine and not _skipped(key, said)]
    return [f"{name}: {key}: libvirt {theirs[key]}, ours {mine[key]}" for key in both if theirs[key] != mine[key]]


def _addresses(path: Path, ours: dict[str, Any]) -> list[str]:
    def plain(addresses: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{key: value for key, value in each.items() if key not in OF_DAD} for each in addresses]

    theirs, mine = (plain(link[0]["addr_info"]) for link in (json.loads((path / "addr.json").read_text()), ours["addr.json"]))
    return [] if theirs == mine else [f"addr.json: libvirt {theirs}, ours {mine}"]


def _lists(name: str, path: Path, ours: dict[str, Any], said: bool) -> list[str]:
    """Lines of KEY=VALUE. A value that is empty is none that this kernel has."""

    def values(text: str) -> dict[str, str]:
        return {key: value for key, _equals, value in (line.partition("=") for line in text.splitlines()) if value}

    return _different(name, values((path / name).read_text()), values(ours[name]), said)


def _routes(path: Path, ours: dict[str, Any], bridge: str) -> list[str]:
    def through(text: str) -> list[str]:
        routes = [line.split() for line in text.splitlines() if f" dev {bridge} " in f"{line} "]
        return sorted(" ".join(PROTOCOL.get(word, word) for word in words) for words in routes)

    both = {name: (through((path / name).read_text()), through(ours[name])) for name in ("route4.txt", "route6.txt")}
    return [f"{name}: libvirt {theirs}, ours {mine}" for name, (theirs, mine) in both.items() if theirs != mine]


def _sockets(path: Path, ours: dict[str, Any]) -> list[str]:
    def listening(text: str) -> set[tuple[str, str]]:
        lines = [line.split() for line in text.splitlines() if "dnsmasq" in line]
        found = set()
        for words in lines:
            at = next(index for index, word in enumerate(words) if word in ("UNCONN", "LISTEN"))
            found.add((words[at], words[at + 3]))
        return found

    theirs, mine = listening((path / "sockets.txt").read_text()), listening(ours["sockets.txt"])
    addresses = json.loads((path / "addr.json").read_text())[0]["addr_info"]
    if any(local.endswith(":53") for _state, local in theirs):
        # Where libvirt's dnsmasq will be when the first guest has come, ours is already.
        theirs |= {(state, f"[{each['local']}]:53") for each in addresses if each.get("tentative") for state in ("UNCONN", "LISTEN")}
    return [] if theirs == mine else [f"sockets.txt: only libvirt {sorted(theirs - mine)}, only ours {sorted(mine - theirs)}"]


def _files(path: Path, ours: dict[str, Any], name: str) -> list[str]:
    names = {"dnsmasq.conf": f"dnsmasq-{name}.conf", "hostsfile": f"dnsmasq-{name}.hostsfile", "addnhosts": f"dnsmasq-{name}.addnhosts"}
    return [text for mine, their in names.items() if (text := difference(path / their, ours["files"].get(mine, "")))]
