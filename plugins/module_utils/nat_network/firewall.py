# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backends: each says how a network's rules are written, reads those of the kernel, and makes the kernel's the wanted ones."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import files, iptables, nftables, process, scratch
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.rules import FAMILIES

Key = tuple[str, str]  # family (ip or ip6, of nftables also inet), name of the network


@dataclass(frozen=True)
class Change:
    """What is there and what shall be, as definitions; either may be empty."""

    key: Key
    before: str
    after: str

    @property
    def back(self) -> Change:
        return Change(self.key, self.after, self.before)


class Backend(t.Protocol):
    """A way to have rules in the kernel. A definition is the text of one family's rules of one network."""

    package: str
    families: Sequence[str]
    # What its programs need of a unit, beside the right to change the network.
    unit: Sequence[str]

    def missing(self, families: Iterable[str]) -> str:
        """The first program that these families need and that there is not; empty if there are all."""

    def path(self, paths: Paths) -> str:
        """The file that brings the rules back at boot."""

    def file(self, wanted: Mapping[str, str]) -> str:
        """The text of that file, from definitions by family."""

    def command(self, paths: Paths) -> str:
        """The command that loads it."""

    def definitions(self, network: Network) -> dict[str, str]:
        """By family. A family that is missing has no rules."""

    def filling(self, definition: str, network: str, bridge: str) -> str:
        """The definition for IPv4 with what fills in the checksums of DHCP's answers; empty if rules can't do that."""

    def title(self, key: Key) -> str:
        """What a definition is called in reports."""

    def canonical(self, wanted: Mapping[Key, str]) -> dict[Key, str]:
        """The definitions as the kernel's tools say them, loaded into a namespace that ends with the command.

        So the kernel judges the rules before anything is touched, and live ones can be compared as text. Raises NetdevError.
        """

    def may_have(self, network: str) -> bool:
        """Whether there may be rules of a network, without a look at all rules of the host."""

    def live(self, keys: Iterable[Key]) -> dict[Key, str]:
        """Those of the definitions that there are, likewise."""

    def load(self, changes: Sequence[Change]) -> None:
        """Make all changes, of a family in one transaction."""


class Nftables:
    """Each definition is a table."""

    package = "nftables"
    families: Sequence[str] = (*FAMILIES.values(), nftables.OFFLOAD)
    unit: Sequence[str] = ()

    def missing(self, families: Iterable[str]) -> str:
        return "" if process.find("nft") or not list(families) else "nft"

    def path(self, paths: Paths) -> str:
        return paths.rules

    def file(self, wanted: Mapping[str, str]) -> str:
        return nftables.ruleset(wanted)

    def command(self, paths: Paths) -> str:
        return self.loading(paths.rules)

    def loading(self, path: str) -> str:
        return f"{_program('nft')} -f {path}"

    def definitions(self, network: Network) -> dict[str, str]:
        return nftables.tables(network)

    def filling(self, definition: str, network: str, bridge: str) -> str:
        return ""

    def title(self, key: Key) -> str:
        return "table {} {}".format(*self._table(key))

    def canonical(self, wanted: Mapping[Key, str]) -> dict[Key, str]:
        if not wanted:
            return {}
        # A flowtable names links, which there have to be.
        lists = re.findall(r"devices = .*", "".join(wanted.values()))
        names = dict.fromkeys(re.findall(r'"([^"]+)"', "".join(lists)))
        links = 'nft=$0; for link; do ip link add name "$link" type bridge || exit; done'
        load = ["sh", "-c", f'{links}; "$nft" -f - && exec "$nft" --stateless list ruleset', _program("nft"), *names]
        found = _split(_in_scratch(load, "".join(wanted.values())))
        return {key: found[self._table(key)] for key in wanted}

    def may_have(self, network: str) -> bool:
        return True

    def live(self, keys: Iterable[Key]) -> dict[Key, str]:
        wanted = {self._table(key): key for key in keys}
        if not wanted or self.missing(["ip"]):
            return {}
        present = process.must([_program("nft"), "list", "tables"], "Can't list the tables")
        found = {}
        # One by one: other software's tables may hold what this nft can't print.
        for line in present.splitlines():
            _word, family, name = line.split()
            if (family, name) in wanted:
                listing = [_program("nft"), "--stateless", "list", "table", family, name]
                text = process.must(listing, f"Can't list table {family} {name}")
                found[wanted[family, name]] = _split(text)[family, name]
        return found

    def load(self, changes: Sequence[Change]) -> None:
        script = ""
        for change in changes:
            script += nftables.replace(change.after) if change.after else "delete table {} {}\n".format(*self._table(change.key))
        process.must([_program("nft"), "-f", "-"], "Can't load the rules", script)

    def _table(self, key: Key) -> tuple[str, str]:
        family, network = key
        return family, Paths(network).table


class Iptables:
    """Each definition is a set of chains with the jumps to them, by what `iptables` is: that of nf_tables or the older one."""

    package = "iptables"
    families: Sequence[str] = tuple(FAMILIES.values())
    # The older iptables has a lock, asks by a raw socket, and loads the modules of the kernel that it needs.
    unit: Sequence[str] = (
        "CapabilityBoundingSet=CAP_NET_RAW CAP_SYS_MODULE",
        "ReadWritePaths=/run",
        "ProtectKernelModules=no",
        "SystemCallFilter=@module",
    )

    def missing(self, families: Iterable[str]) -> str:
        programs = [iptables.PROGRAMS[family] + suffix for family in families for suffix in ("", "-save", "-restore")]
        return next((program for program in programs if not process.find(program)), "")

    def path(self, paths: Paths) -> str:
        return paths.iptables

    def file(self, wanted: Mapping[str, str]) -> str:
        return iptables.loader(wanted)

    def command(self, paths: Paths) -> str:
        return f"/bin/sh {paths.iptables}"

    def definitions(self, network: Network) -> dict[str, str]:
        return iptables.definitions(network)

    def filling(self, definition: str, network: str, bridge: str) -> str:
        return iptables.filling(definition, network, bridge)

    def title(self, key: Key) -> str:
        return f"chains of {iptables.PROGRAMS[key[0]]} of network {key[1]}"

    def canonical(self, wanted: Mapping[Key, str]) -> dict[Key, str]:
        found = {}
        for family, texts in _by_family(wanted).items():
            program = iptables.PROGRAMS[family]
            load = ["sh", "-c", '"$0" --noflush -w && exec "$1"', _program(f"{program}-restore"), _program(f"{program}-save")]
            saved = _in_scratch(load, iptables.script([("", text) for text in texts.values()], ""))
            found.update({(family, name): iptables.extract(saved, name) for name in texts})
        return found

    def may_have(self, network: str) -> bool:
        # Others may have thousands of rules, and iptables tells nothing about one without all of them.
        return files.read(self.path(Paths(network))) is not None

    def live(self, keys: Iterable[Key]) -> dict[Key, str]:
        found = {}
        for family, names in _by_family(dict.fromkeys(keys, "")).items():
            if not self.missing([family]):
                saved = self._saved(family)
                found.update({(family, name): text for name in names for text in [iptables.extract(saved, name)] if text})
        return found

    def load(self, changes: Sequence[Change]) -> None:
        for family in sorted({change.key[0] for change in changes}):
            pairs = [(change.before, change.after) for change in changes if change.key[0] == family]
            script = iptables.script(pairs, self._saved(family))
            process.must([_program(iptables.PROGRAMS[family] + "-restore"), "--noflush", "-w"], "Can't load the rules", script)

    def _saved(self, family: str) -> str:
        return process.must([_program(iptables.PROGRAMS[family] + "-save")], "Can't read the rules")


# The first that there is serves a definition that leaves the choice.
NFTABLES = Nftables()
BACKENDS: dict[str, Backend] = {"nftables": NFTABLES, "iptables": Iptables()}


def choose(network: Network) -> str:
    """The name of the backend for a network on this host. Without any there has to be an error: that of the first."""
    if network.firewall in BACKENDS:
        return network.firewall
    present = [name for name, backend in BACKENDS.items() if not backend.missing(FAMILIES.values())]
    return next(iter(present or BACKENDS))


def _program(name: str) -> str:
    return process.find(name) or name


def _in_scratch(command: Sequence[str], script: str) -> str:
    """What a command says to a script, in a network namespace that ends with it. Raises NetdevError."""
    code, output, errors = scratch.run(command, script)
    if code:
        raise NetdevError(f"The kernel does not take the rules: {errors}")
    return output


def _by_family(definitions: Mapping[Key, str]) -> dict[str, dict[str, str]]:
    """Of each family, the definitions by network."""
    found: dict[str, dict[str, str]] = {}
    for (family, name), text in definitions.items():
        found.setdefault(family, {})[name] = text
    return found


def _split(listing: str) -> dict[tuple[str, str], str]:
    """The tables of a listing of nft."""
    tables = {}
    for match in re.finditer(r"^table (\S+) (\S+) \{\n.*?^\}\n", listing, re.MULTILINE | re.DOTALL):
        tables[match[1], match[2]] = match[0]
    return tables
