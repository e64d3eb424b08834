# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many devices when things go wrong: a module that is killed, two at a time, a mistake in one link of many, a link that the kernel refuses.

What is there is read with ip(8). By itself: soak.py --smoke (some seconds) or soak.py (some minutes).
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import measure
import payloads
import works

TOPOLOGY = "netdev.linux.topology"
DEADLINE = 120.0  # seconds that a module may take


class Wrong(AssertionError):
    """Something is not as it should be."""


def expect(condition: object, what: str, *facts: object) -> None:
    """Assert, with a text that can be read."""
    if not condition:
        raise Wrong("\n".join([what, *(str(fact)[:2000] for fact in facts)]))


class Soak:
    """One run."""

    def __init__(self, ansible: payloads.Ansible, options: argparse.Namespace) -> None:
        self.ansible = ansible
        self.options = options
        self.pairs: int = options.pairs
        self.tries: int = options.tries
        self.chance = random.Random(options.seed)  # noqa: S311
        self.python: str = options.python

    def start(self, space: measure.Space, payload: Path) -> subprocess.Popen[str]:
        """Start a module in a namespace."""
        return subprocess.Popen(space.inside([self.python, str(payload)]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @staticmethod
    def end(process: subprocess.Popen[str]) -> dict[str, Any]:
        """Wait for a module, and return what it says. Anything but a result is a failure."""
        text, _nothing = process.communicate(timeout=DEADLINE)
        try:
            found = json.loads(text)
        except ValueError:
            raise Wrong(f"exit status {process.returncode}: {text[-3000:]}") from None
        expect("exception" not in found, "a traceback", found.get("exception"))
        return dict(found)

    def whole(self, space: measure.Space, payload: Path) -> dict[str, Any]:
        return self.end(self.start(space, payload))

    # ---- killed

    def killed(self) -> str:
        """A module that is killed at any moment leaves something that the next run makes whole, with nothing left over."""
        task = {**works.pairs(self.pairs).present, "owner": "soak"}
        (payload,) = self.ansible.payloads([(TOPOLOGY, task)])
        with measure.Space() as space:
            done = self.whole(space, payload)
            expect(done.get("changed"), "the first run fails", done)
            goal = links(space)
        expect(len(goal) == 2 * self.pairs + 1, "not all pairs are there", sorted(goal))
        midway = 0
        for number in range(self.tries):
            with measure.Space() as space:
                process = self.start(space, payload)
                moment = self.chance.randint(2, 2 * self.pairs)
                while process.poll() is None and space.count_links() < moment:
                    time.sleep(0.0005)
                process.kill()
                process.communicate()
                left = len(links(space))
                midway += 1 < left < len(goal)
                done = self.whole(space, payload)
                expect(not done.get("failed"), f"try {number}, {left} links left: the next run fails", done.get("msg"))
                same(goal, links(space), f"try {number}, killed at {left} links")
                again = self.whole(space, payload)
                expect(again.get("changed") is False, f"try {number}: it changes something once more", again.get("commands"))
        expect(midway > self.tries // 2, f"only {midway} tries were killed half way")
        return f"{self.tries} tries, {midway} of them killed half way"

    # ---- two at a time

    def together(self) -> str:
        """Two modules that want overlapping things at the same moment both get them, or say clearly why not."""
        few = max(4, self.pairs // 10)
        bridge = {"name": "br0", "kind": "bridge", "admin_state": "up"}
        several = [
            {"links": [bridge, *(self.port(i, few) for i in range(first, first + few))], "routes": [], "namespaces": [{"name": "shared"}]}
            for first in (0, few // 2)
        ]
        tasks = self.ansible.payloads([(TOPOLOGY, task) for task in several])
        refused = 0
        for number in range(self.tries):
            with measure.Space() as space:
                processes = [self.start(space, payload) for payload in tasks]
                done = [self.end(process) for process in processes]
                there = links(space)
                for task, result in zip(several, done):
                    if result.get("failed"):
                        refused += 1
                        expect(len(result.get("msg", "")) > 20, f"try {number}: an error that says nothing", result)
                        continue
                    for link in task["links"]:
                        found = there.get(str(link["name"]))
                        expect(found, f"try {number}: {link['name']} is missing, and nobody said so", done)
                        expect(found and found.get("master") == link.get("master"), f"try {number}: {link['name']} is no port", found)
                for payload in tasks:
                    result = self.whole(space, payload)
                    expect(not result.get("failed"), f"try {number}: one after the other they fail", result)
        return f"{self.tries} tries, {refused} of {2 * self.tries} refused"

    @staticmethod
    def port(number: int, few: int) -> works.Task:
        """One end in the bridge, the other in a namespace."""
        return {
            "name": f"a{number}",
            "kind": "veth",
            "master": "br0",
            "admin_state": "up",
            "peer": {"name": f"b{number}", "netns": "shared", "mtu": 1400 + few},
        }

    # ---- mistakes

    def typo(self) -> str:
        """A mistake in a key of one link names the link, the key and the right spelling, and changes nothing."""
        task = json.loads(json.dumps(works.pairs(self.pairs).present))
        number = self.pairs * 7 // 10 - 1
        task["links"][number] = {"name": "br0", "kind": "bridge", "options": {"ageing_tiem": 300}}
        (payload,) = self.ansible.payloads([(TOPOLOGY, task)])
        with measure.Space() as space:
            space.run(["ip", "link", "add", "a1", "type", "bridge"])
            before = links(space)
            done = self.whole(space, payload)
            expect(links(space) == before, "it has changed something")
        expect(done.get("failed"), "it does not fail", done)
        expect(
            f"links[{number}].options.ageing_tiem" in done["msg"] and "did you mean ageing_time?" in done["msg"], "the text", done["msg"]
        )
        return str(done["msg"])

    def refused(self) -> str:
        """A link that the kernel refuses to make, among many in one send, leaves nothing of the others."""
        task = json.loads(json.dumps(works.pairs(self.pairs).present))
        link = task["links"][self.pairs // 2]
        link["mtu"] = 70000  # more than a veth can have, which only the kernel knows
        name = link["name"]
        (payload,) = self.ansible.payloads([(TOPOLOGY, task)])
        with measure.Space() as space:
            before = links(space)
            done = self.whole(space, payload)
            same(before, links(space), "it has left something behind")
        expect(done.get("failed"), "it does not fail", done)
        expect(name in done["failed_command"] and done["not_restored"] == [], "what failed", done)
        expect("put back" in done["msg"], "the text", done["msg"])
        return str(done["msg"])


def links(space: measure.Space) -> dict[str, dict[str, Any]]:
    """Links by name, with what a task can have set."""
    found = json.loads(space.run(["ip", "-j", "-d", "link", "show"]).output)
    keys = ("ifname", "altnames", "master", "mtu", "link", "operstate")
    return {link["ifname"]: {**{key: link.get(key) for key in keys}, "kind": link.get("linkinfo", {}).get("info_kind")} for link in found}


def same(wanted: dict[str, Any], found: dict[str, Any], what: str) -> None:
    """The same links with the same properties."""
    differing = {name: (wanted.get(name), found.get(name)) for name in {*wanted, *found} if wanted.get(name) != found.get(name)}
    expect(not differing, what, differing)


def main() -> int:
    """Run all of them, or those that are named."""
    tests = ("killed", "together", "typo", "refused")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="few tries with few devices")
    parser.add_argument("--only", choices=tests, action="append")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randint(1, 10**6), help="of the moments (default: by chance)")
    parser.add_argument("--python", default=sys.executable, help="the Python of the managed host, with pyroute2 (default: this one)")
    options = parser.parse_args()
    options.pairs, options.tries = (100, 5) if options.smoke else (1000, 50)
    print(f"seed {options.seed}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="netdev-linux-soak-") as directory:
        soak = Soak(payloads.Ansible(Path(directory)), options)
        for name in options.only or tests:
            start = time.monotonic()
            try:
                note = getattr(soak, name)()
            except Wrong as wrong:
                failed += 1
                note = f"FAILED: {wrong}"
            print(f"{name}: {time.monotonic() - start:.1f} s, {note}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
