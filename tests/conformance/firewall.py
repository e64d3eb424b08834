# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall of a definition: libvirt's commands and our rules, each in a lab of their own, and the same packets through both."""

from __future__ import annotations

import ipaddress
import itertools
import json
import multiprocessing
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import iptables, nftables
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.tests.conformance import matrix
from ansible_collections.netdev.linux.tests.conformance.definitions import Refused, network, read
from ansible_collections.netdev.linux.tests.conformance.lab import Broken, Lab, plan, run
from ansible_collections.netdev.linux.tests.conformance.outcome import Case, Outcome, failed, passed

BACKENDS = ("nftables", "iptables")
PROGRAMS = ("nft", "tc", "iptables", "ip6tables")
SHOWN = 12  # differences


@dataclass(frozen=True)
class Rules:
    """The rules of libvirt, or ours, and how they are loaded."""

    whose: str
    backend: str
    load: Callable[[], None]

    def __str__(self) -> str:
        return f"{self.whose} ({self.backend})"


@dataclass(frozen=True)
class Verdicts:
    """What the packets met with under some rules, and the address translation that those say."""

    packets: dict[str, list[str]]
    nat: list[str]
    problem: str = ""


def firewall(folder: Path) -> Iterator[Case]:
    """Definitions with the commands that libvirt runs for them."""
    for path in sorted(folder.glob("*.xml")):
        yield Case(path.stem, partial(_compare, path))


def _compare(path: Path) -> Outcome:
    files = {backend: path.with_name(f"{path.stem}-linux.{backend}") for backend in BACKENDS}
    theirs = {backend: file for backend, file in files.items() if file.exists()}
    try:
        wanted = network(read(path))
    except Refused as refusal:
        return Outcome("refused", not theirs, str(refusal))
    if not theirs:
        return passed(f"taken; there is no {files['nftables'].name} to compare with")
    rulesets = [*(Rules("libvirt", backend, partial(_replay, file)) for backend, file in theirs.items()), *_ours(wanted)]
    with multiprocessing.get_context("fork").Pool(min(len(rulesets), os.cpu_count() or 1)) as pool:
        verdicts = dict(zip(rulesets, pool.map(partial(_judge, wanted), rulesets, chunksize=1)))
    problems = [f"{rules}: {verdict.problem}" for rules, verdict in verdicts.items() if verdict.problem]
    if not problems:
        pairs = itertools.product(*([rules for rules in rulesets if (rules.whose == "libvirt") == libvirts] for libvirts in (True, False)))
        problems = [text for one, other in pairs for text in _differences(one, verdicts[one], other, verdicts[other])]
    if problems:
        return failed("packets fare otherwise than with libvirt's rules", "\n".join(problems))
    packets = verdicts[rulesets[0]].packets
    through = sum(1 for lines in packets.values() if lines)
    return passed(f"{len(packets)} packets, {through} with an effect, the same with {', '.join(map(str, rulesets))}")


def _ours(wanted: Network) -> list[Rules]:
    return [Rules("ours", "nftables", partial(_nftables, wanted)), Rules("ours", "iptables", partial(_iptables, wanted))]


def _differences(theirs: Rules, one: Verdicts, ours: Rules, other: Verdicts) -> list[str]:
    both = {label: (one.packets.get(label, []), other.packets.get(label, [])) for label in [*one.packets, *other.packets]}
    found = [
        f"{label}:\n  {theirs}: {'; '.join(left) or 'nothing'}\n  {ours}: {'; '.join(right) or 'nothing'}"
        for label, (left, right) in both.items()
        if left != right
    ]
    if len(found) > SHOWN:
        found[SHOWN:] = [f"and {len(found) - SHOWN} more packets"]
    if theirs.backend == ours.backend == "nftables" and one.nat != other.nat:
        found += [f"address translation of {theirs}:", *one.nat, f"of {ours}:", *other.nat]
    return found


def _judge(wanted: Network, rules: Rules) -> Verdicts:
    """In a process of its own: make a lab, load the rules, send the packets."""
    lab = Lab(plan(wanted))
    try:
        lab.make()
        rules.load()
        return Verdicts(matrix.run(lab, matrix.probes(lab.plan)), _translation())
    except (Broken, OSError) as error:
        return Verdicts({}, [], str(error))
    finally:
        lab.close()


def _replay(path: Path) -> None:
    """Run libvirt's commands."""
    base = path.with_name(f"base{path.suffix}")
    for text in (base.read_text() if base.exists() else "", path.read_text()):
        for line in text.replace("\\\n", " ").splitlines():
            _command(shlex.split(line))


def _command(words: list[str]) -> None:
    if not words:
        return
    # The file may be anybody's.
    if words[0] not in PROGRAMS:
        raise Broken(f"{words[0]} is not a command of a firewall")
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    # libvirt looks at what is there, and takes a kernel that can't fill in checksums of DHCP.
    harmless = words[0] == "tc" or {"list", "--list-rules", "CHECKSUM"} & set(words)
    if done.returncode and not harmless:
        raise Broken(f"{' '.join(words)}: {done.stdout.strip()}")


def _nftables(wanted: Network) -> None:
    run(["nft", "-f", "-"], nftables.ruleset(nftables.tables(wanted)))


def _iptables(wanted: Network) -> None:
    run(["sh"], iptables.loader(iptables.definitions(wanted)))


def _translation() -> list[str]:
    """The rules that translate sources, in order: conditions, which commute, sorted, and what is done."""
    listing: list[dict[str, Any]] = json.loads(run(["nft", "-j", "list", "ruleset"]))["nftables"]
    chains = [item["chain"] for item in listing if "chain" in item]
    # Others at that hook mend checksums.
    nat = [chain for chain in chains if chain.get("hook") == "postrouting" and chain.get("type") == "nat"]
    hooked = {(chain["family"], chain["table"], chain["name"]) for chain in nat}
    found = []
    for rule in (item["rule"] for item in listing if "rule" in item):
        if (rule["family"], rule["table"], rule["chain"]) in hooked:
            words = [json.dumps(_simple(word), sort_keys=True) for word in rule["expr"] if "counter" not in word]
            found.append(" ".join([rule["family"], *sorted(words[:-1]), words[-1]]))
    return sorted(found, key=lambda line: line.split(" ")[0])


def _simple(word: Any) -> Any:
    """A range of one address is that address; nft lists it as a prefix of full length."""
    if not isinstance(word, dict):
        return word
    prefix = word.get("prefix", {})
    if prefix.get("len") in (32, 128) and ipaddress.ip_address(prefix["addr"]).max_prefixlen == prefix["len"]:
        return prefix["addr"]
    return {key: _simple(value) for key, value in word.items()}
