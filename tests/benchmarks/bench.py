# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures module topology beside iproute2, ifstate and Ansible loops, in one run, and holds the ratios against their bars.

A module is measured the way Ansible runs it: its real payload, started by Python, imports included, in a fresh network namespace.
Exit status 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import measure
import payloads
import works

IFSTATE = payloads.TOP / ".venv-bench" / "bin" / "ifstatecli"
MIB = 1024  # KiB
IN_THE_VM = "/var/tmp/benchmark"  # where vm.yml puts the job; nsenter starts in the root directory

HEAD = """# Benchmarks

Made by `make bench`, in one run, side by side, each in a fresh network namespace. A module is measured as Ansible runs it: its payload
started by Python, imports included. A ratio is the module's time divided by the peer's; a limit is what we ask of it.

"""

# What the collection promises, as ratio or in MiB.
CREATE, QUIET, REMOVE, GROWTH, MEMORY, TASK = 1.5, 1.0, 0.05, 4.5, 120, 1.3
ROLE, MANY = 12, 2


EXPLANATION = "## Where the time goes\n"


class Row(NamedTuple):
    """A line of the table."""

    work: str
    ours: str
    peer: str
    ratio: float
    limit: float | None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.limit is None:
            return ""
        return "met" if self.ratio <= self.limit else "MISSED"

    def cells(self) -> list[str]:
        limit = "" if self.limit is None else f"{self.limit:g}"
        return [self.work, self.ours, self.peer, f"{self.ratio:.3g}", limit, " ".join(filter(None, (self.verdict, self.note)))]


class Bench:
    """One run."""

    def __init__(self, options: argparse.Namespace, scratch: Path) -> None:
        self.options = options
        self.scratch = scratch
        self.rows: list[Row] = []
        self.notes: list[str] = []
        self.python: str = options.python
        self.ansible = payloads.Ansible(scratch)

    # ---- what is measured

    def topology(self, work: works.Work) -> tuple[list[measure.Step], list[measure.Step]]:
        """The series of iproute2 and that of the module."""
        ready = [self.step("", self.batch(work.ready))] if work.ready else []
        theirs = [*ready, self.step("ip create", self.batch(work.create)), self.step("ip remove", self.batch(work.remove))]
        tasks: list[tuple[str, works.Task]] = [("netdev.linux.topology", work.present), ("netdev.linux.topology", work.absent)]
        present, absent = ([self.python, str(path)] for path in self.ansible.payloads(tasks))
        ours = [
            *ready,
            self.step("create", present, changed=True),
            self.step("quiet", present, changed=False),
            self.step("remove", absent, changed=True),
        ]
        return theirs, ours

    @staticmethod
    def step(name: str, command: list[str], changed: bool | None = None) -> measure.Step:
        return {"name": name, "command": command, "changed": changed}

    def batch(self, lines: list[str]) -> list[str]:
        descriptor, path = tempfile.mkstemp(dir=self.scratch)
        os.write(descriptor, "".join(line + "\n" for line in lines).encode())
        os.close(descriptor)
        return ["ip", "-batch", path]

    def compare(self, work: works.Work, runs: dict[str, list[measure.Run]], where: str = "") -> None:
        """Rows for creating, doing nothing and removing."""
        title = f"{work.number:,} {work.title}{where}"
        empty = _median(runs["empty"])
        ip_create, ip_remove = _median(runs["ip create"]), _median(runs["ip remove"])
        # A module can't be quicker than the module that does nothing. Where iproute2 is, what goes beyond that is compared.
        beyond = empty if min(ip_create, ip_remove) < empty else 0.0
        note = "(beyond an empty module)" if beyond else ""
        for what, mine, theirs, limit in (
            ("create", "create", "ip create", CREATE),
            ("nothing to do", "quiet", "ip create", QUIET),
            ("remove", "remove", "ip remove", REMOVE if work.links else CREATE),
        ):
            less = beyond if work.title != "veth pairs" else 0.0  # these bars are meant as they stand
            ratio = (_median(runs[mine]) - less) / _median(runs[theirs])
            self.rows.append(
                Row(f"{title}: {what}", _cell(runs[mine]), f"ip -batch {_cell(runs[theirs])}", ratio, limit, note if less else "")
            )
        if work.title == "veth pairs":
            least = (empty + ip_create) / ip_create
            self.rows.append(
                Row(f"{title}: an empty module, then ip -batch", f"{empty + ip_create:.3f} s", "", least, None, "(the least possible)")
            )

    def everything(self) -> None:
        """All that runs on this kernel."""
        n, small, times = self.options.pairs, self.options.pairs // 2, self.options.times
        (nothing,) = self.ansible.payloads([("nothing", {})])
        empty = [self.step("empty", [self.python, str(nothing)], changed=False)]
        growth = works.pairs(n * 4)
        several = [works.pairs(n), works.addresses(small)]
        if not self.options.smoke:
            several += [works.ports(n), works.taps(n), works.routes(small)]
        for work in several:
            theirs, ours = self.topology(work)
            runs = measure.repeat(times, theirs, ours, empty)
            self.compare(work, runs)
            if work.title == growth.title:
                _theirs, larger = self.topology(growth)
                many = measure.repeat(times, larger)
                self.grown(work, growth, runs, many)
                self.notes.append(f"An empty module takes {_median(runs['empty']):.3f} s.")
                self.peers({name: _median(several) / n for name, several in runs.items()})
        self.task()
        self.role()

    def grown(self, work: works.Work, growth: works.Work, runs: dict[str, list[measure.Run]], many: dict[str, list[measure.Run]]) -> None:
        for what in ("create", "quiet", "remove"):
            one, four = _median(runs[what]), _median(many[what])
            limit = GROWTH if what == "create" else None
            name = "nothing to do" if what == "quiet" else what
            self.rows.append(
                Row(f"growth, {growth.number:,} pairs against {work.number:,}: {name}", f"{four:.3f} s", f"{one:.3f} s", four / one, limit)
            )
        peak = max(run.peak for run in runs["create"]) / MIB
        self.rows.append(Row(f"peak memory, {work.number:,} veth pairs: create", f"{peak:.0f} MiB", "", peak, MEMORY))

    def peers(self, each_of: dict[str, float]) -> None:
        """The other two peers, which need fewer devices to be measured in our lifetime. ``each_of``: seconds for a pair."""
        ours_each = each_of["create"]
        few = self.options.few
        command = [{"ansible.builtin.command": f"ip link add a{i} type veth peer name b{i}"} for i in range(few)]
        loop = self.each({"loop": ([], command)}, [])["loop"]
        self.rows.append(
            Row(
                "1 veth pair: create",
                f"{ours_each * 1e3:.2f} ms",
                f"Ansible task with ip {loop * 1e3:.0f} ms",
                ours_each / loop,
                None,
                f"(from {few} tasks; ip -batch {each_of['ip create'] * 1e3:.2f} ms)",
            )
        )
        if self.options.smoke:
            self.notes.append("ifstate and the test VM take part in the whole benchmark only.")
            return
        configuration = self.scratch / "ifstate.yml"
        configuration.write_text(works.ifstate_pairs(few))
        apply = [str(IFSTATE), "-q", "-c", str(configuration), "apply"]
        if not IFSTATE.exists():
            self.notes.append("ifstate is not installed: .venv-bench is missing.")
            return
        try:
            runs = measure.repeat(self.options.times, [self.step("create", apply), self.step("quiet", apply)])
        except RuntimeError as error:
            self.notes.append(f"ifstate does not run here: {str(error)[-300:]}")
            return
        for name, title in (("create", "create"), ("quiet", "nothing to do")):
            each, ours_each = _median(runs[name]) / few, each_of[name]
            note = f"(from {few} pairs: what it takes for a pair grows with their number)"
            self.rows.append(
                Row(f"1 veth pair: {title}", f"{ours_each * 1e3:.2f} ms", f"ifstate {each * 1e3:.1f} ms", ours_each / each, None, note)
            )

    def each(self, plays: dict[str, tuple[list[works.Task], list[works.Task]]], ready: list[str]) -> dict[str, float]:
        """Seconds that one task of a play takes: (first, tasks) each; the play with all of them, less that with the first only.

        In turn, so that what disturbs the machine disturbs all of them.
        """
        found: dict[str, list[float]] = {name: [] for name in plays}
        for _time in range(self.options.times):
            for name, (first, tasks) in plays.items():
                with measure.Space() as space:
                    if ready:
                        space.run(self.batch(ready))
                    alone = self.ansible.play(name + "-alone", first or [{"ansible.builtin.meta": "noop"}], self.python, space=space)
                    whole = self.ansible.play(name, [*first, *tasks], self.python, space=space)
                found[name].append((whole - alone) / len(tasks))
        return {name: statistics.median(several) for name, several in found.items()}

    def task(self) -> None:
        """One device that is there already, as a task of a play."""
        few, ready = self.options.few, ["link add br0 up type bridge"]
        command: works.Task = {"ansible.builtin.command": "ip link show dev br0"}
        module: works.Task = {"netdev.linux.bridge": {"name": "br0", "admin_state": "up"}}
        empty: works.Task = {"nothing": {}}
        plays = {name: ([task], [task] * few) for name, task in (("command", command), ("bridge", module), ("empty", empty))}
        theirs, ours, none = self.each(plays, ready).values()
        name = "1 device, nothing to do, as a task"
        self.rows.append(Row(name, f"{ours * 1e3:.0f} ms", f"command {theirs * 1e3:.0f} ms", ours / theirs, TASK))
        self.rows.append(Row("1 empty module, as a task", f"{none * 1e3:.0f} ms", f"command {theirs * 1e3:.0f} ms", none / theirs, None))

    def role(self) -> None:
        """Role nat_network where everything is there already, with one network and with many."""
        many = 2 if self.options.smoke else 20
        program = [str(payloads.TOP / "tests" / "run" / "sandbox"), self.python, str(payloads.HERE / "role.py")]
        seconds = json.loads(_output([*program, str(self.options.times), str(many)]).splitlines()[-1])
        command, one = seconds["command"], seconds["one"]
        name = "role nat_network, nothing to do"
        self.rows.append(Row(f"{name}: 1 network", f"{one:.2f} s", f"task command: true {command * 1e3:.0f} ms", one / command, ROLE))
        self.rows.append(Row(f"{name}: {many} networks", f"{seconds['many']:.2f} s", f"1 network {one:.2f} s", seconds["many"] / one, MANY))

    def in_the_vm(self) -> None:
        """Dummies, which the running kernel may lack."""
        work = works.dummies(self.options.pairs)
        job = Path(tempfile.mkdtemp(dir=self.scratch))
        (nothing,) = self.ansible.payloads([("nothing", {})])
        several = [*self.topology(work), [self.step("empty", [self.python, str(nothing)], changed=False)]]
        for steps in several:
            for step in steps:
                for position, word in enumerate(step["command"]):
                    if word == self.python:
                        step["command"][position] = "python3"
                    elif word.startswith(str(self.scratch)):
                        # Payloads all have one name; their directories do not.
                        name = "-".join(Path(word).parts[-2:])
                        (job / name).write_bytes(Path(word).read_bytes())
                        step["command"][position] = f"{IN_THE_VM}/{name}"
        (job / "job.json").write_text(json.dumps({"times": self.options.times, "series": several}))
        (job / "measure.py").write_bytes((payloads.HERE / "measure.py").read_bytes())
        environment = {**os.environ, "NETDEV_BENCHMARK": str(job)}
        command = [sys.executable, str(payloads.TOP / "tests" / "vm" / "vm.py"), "test", "--timeout", "1800", str(payloads.HERE / "vm.yml")]
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"The test VM: {done.stdout}{done.stderr}")
        result = json.loads((job / "result.json").read_text())
        self.compare(work, {name: [measure.Run(*run) for run in runs] for name, runs in result.items()}, " (VM)")
        kernel, python, ip = json.loads((job / "machine.json").read_text())[:3]
        self.notes.append(f"VM: QEMU without KVM, kernel {kernel}, {python}, {_version(ip)}.")

    # ---- the table

    def table(self) -> str:
        head = ["work", "module", "peer", "ratio", "limit", "verdict"]
        lines = [head, *(row.cells() for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        lines.insert(1, ["-" * width for width in widths])
        return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines)

    def machine(self) -> str:
        """What it ran on."""
        model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
        ask = "import platform; from importlib.metadata import version; print(platform.python_version(), version('pyroute2'))"
        python, pyroute2 = _output([self.python, "-c", ask]).split()
        return (
            f"{model[1] if model else platform.machine()}, {os.cpu_count()} processors, kernel {platform.release()}, Python {python} with "
            f"pyroute2 {pyroute2}, ansible-core {_version(_output([str(payloads.PLAYBOOK), '--version']))}, "
            f"{_version(_output(['ip', '-V']))}"
            + (f", ifstate {_version(_output([str(IFSTATE), '--version']))}" if IFSTATE.exists() else "")
        )


def _version(text: str) -> str:
    found = re.search(r"(iproute2-)?\d+(\.\d+)+", text)
    return found[0] if found else "?"


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def _cell(runs: list[measure.Run]) -> str:
    """Wall time, and how much of it a processor worked for it: a busy machine shows in the difference."""
    return f"{_median(runs):.3f} s (CPU {statistics.median(run.cpu for run in runs):.2f})"


def _median(runs: list[measure.Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def main() -> int:
    """Measure, print the table, write it where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="a few devices, once: does it run at all? No bars")
    parser.add_argument("--times", type=int, default=5, help="how often each is measured (default: 5)")
    parser.add_argument("--python", default=sys.executable, help="the Python of the managed host, with pyroute2 (default: this one)")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the table to this file too, as Markdown")
    parser.add_argument("--no-vm", action="store_true", help="leave out what runs in the test VM")
    options = parser.parse_args()
    options.pairs, options.few = (30, 2) if options.smoke else (1000, 20)
    options.times = 1 if options.smoke else options.times
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="netdev-linux-bench-") as directory:
        bench = Bench(options, Path(directory))
        bench.everything()
        if not options.smoke and not options.no_vm:
            bench.in_the_vm()
    load = f"Load average before: {before:.1f}, after: {os.getloadavg()[0]:.1f}."
    text = "\n".join([bench.machine() + f". Medians of {options.times}.", load, *bench.notes, "", bench.table()])
    print(text)
    missed = [row.work for row in bench.rows if row.verdict == "MISSED"]
    if options.table:
        # What people have written about the figures stays.
        written = options.table.read_text() if options.table.exists() else ""
        options.table.write_text(HEAD + text + "\n" + "".join(written.partition("\n" + EXPLANATION)[1:]))
    if options.smoke:
        return 0  # so few devices say nothing about the bars
    print(f"\n{len(missed)} bars missed" + (": " + "; ".join(missed) if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
