# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests must leave alone: the links, addresses, routes, firewall rules, namespaces and network sysctls of the host."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

# These change by themselves.
_RESTLESS = {"net.netfilter.nf_conntrack_count"}
_LIFETIMES = {"expires", "preferred_life_time", "valid_life_time"}

Snapshot = dict[str, Any]


def _ip(*arguments: str) -> Any:
    """Ask ip, leaving out what counts down."""
    text = subprocess.run(["ip", "-json", *arguments], check=True, capture_output=True, text=True).stdout

    def steady(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {key: value for key, value in pairs if key not in _LIFETIMES}

    return json.loads(text or "[]", object_pairs_hook=steady)


def _rules() -> str:
    """Return the firewall's rules without their counters; only root may read them."""
    if os.geteuid() != 0:
        return ""
    return subprocess.run(["nft", "--stateless", "list", "ruleset"], check=True, capture_output=True, text=True).stdout


def _sysctls() -> dict[str, str]:
    """Return the sysctls below net that can be read."""
    values = {}
    root = Path("/proc/sys")
    for path in root.glob("net/**/*"):
        try:
            if path.is_file():
                values[str(path.relative_to(root)).replace("/", ".")] = path.read_text(errors="replace")
        except OSError:
            # Some can only be written, and some have no value until they get one.
            continue
    return {name: value for name, value in values.items() if name not in _RESTLESS}


def snapshot() -> Snapshot:
    """Return the state of the host's network."""
    namespaces = Path("/run/netns")
    return {
        "links": _ip("link", "show"),
        "addresses": _ip("address", "show"),
        "routes": _ip("route", "show", "table", "all"),
        "rules": _rules(),
        "namespaces": sorted(entry.name for entry in namespaces.iterdir()) if namespaces.is_dir() else [],
        "sysctls": _sysctls(),
    }


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """Return what is not as it was, a line each."""
    found = [f"{part}: was {before[part]}, is {after[part]}" for part in before if part != "sysctls" and before[part] != after[part]]
    # A module that the kernel loads for a test brings sysctls of its own: only what was there has to be as it was.
    for name, value in before["sysctls"].items():
        now = after["sysctls"].get(name)
        if now != value:
            found.append(f"sysctl {name}: was {value.strip()}, is {'gone' if now is None else now.strip()}")
    return found
