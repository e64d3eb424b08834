# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What iproute2 says of every namespace, without what the kernel chooses: state.py FOLDER-OF-HOSTS.PY keep|compare FILE [MAC...]

Where it is not as it was kept, it says what differs and ends with 1. PERSIST_BUT in the environment is a pattern of what may differ.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import typing as t
from pathlib import Path

# The link of the machine that runs this, and what drivers make in every namespace.
LEFT_OUT = ("mgmt0", "gre0", "gretap0", "erspan0", "ip6gre0", "ip6tnl0", "sit0", "tunl0", "ip_vti0", "ip6_vti0")


def main() -> int:
    folder, action, path, *macs = sys.argv[1:]
    sys.path.insert(0, folder)
    hosts: t.Any = importlib.import_module("hosts")
    now = state(hosts, macs)
    if action == "keep":
        Path(path).write_text(json.dumps(now, indent=1, sort_keys=True))
        return 0
    differs = hosts.difference(json.loads(Path(path).read_text()), json.loads(json.dumps(now)))
    may = os.environ.get("PERSIST_BUT")
    differs = {key: both for key, both in differs.items() if not (may and re.search(may, key))}
    for key, (was, is_now) in differs.items():
        print("%s was %s, is %s" % (key, without(was, is_now), without(is_now, was)))
    return 1 if differs else 0


def without(one: t.Any, other: t.Any) -> t.Any:
    """Of a list what the other has not; what they have in common says nothing."""
    return [item for item in one if item not in other] if isinstance(one, list) and isinstance(other, list) else one


def state(hosts: t.Any, macs: list[str]) -> dict[str, t.Any]:
    os.makedirs(hosts.NAMESPACES, exist_ok=True)  # a host that has had none yet
    host = hosts.Host()
    host.answering = {}
    found = host.snapshot(macs)
    for answering in host.answering.values():
        answering.close()
    return {key: value for key, value in found.items() if key.partition("/")[2].split(" ")[0] not in LEFT_OUT}


if __name__ == "__main__":
    sys.exit(main())
