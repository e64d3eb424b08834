# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's side of our tables, through nft."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import process, scratch

Table = tuple[str, str]  # family, name


class Firewall:
    def __init__(self, nft: str) -> None:
        self.nft = nft

    def canonical(self, definitions: str) -> dict[Table, str]:
        """The tables as nft lists them, with counters and handles left out: loaded into a namespace that ends with the command.

        So the kernel judges the rules before anything is touched, and a live table can be compared as text. Raises NetdevError.
        """
        if not definitions:
            return {}
        load = ["sh", "-c", '"$0" -f - && exec "$0" --stateless list ruleset', self.nft]
        code, output, errors = scratch.run(load, definitions)
        if code:
            raise NetdevError(f"nft does not take the rules: {errors}")
        return _split(output)

    def live(self, tables: Iterable[Table]) -> dict[Table, str]:
        """Those of the tables that there are, likewise."""
        wanted = set(tables)
        if not wanted:
            return {}
        present = process.must([self.nft, "list", "tables"], "Can't list the tables")
        found: dict[Table, str] = {}
        # One by one: other software's tables may hold what this nft can't print.
        for line in present.splitlines():
            _word, family, name = line.split()
            if (family, name) in wanted:
                listing = [self.nft, "--stateless", "list", "table", family, name]
                found.update(_split(process.must(listing, f"Can't list table {family} {name}")))
        return found

    def load(self, script: str) -> None:
        """Run a script in one transaction."""
        process.must([self.nft, "-f", "-"], "Can't load the rules", script)


def _split(listing: str) -> dict[Table, str]:
    """The tables of a listing of nft."""
    tables = {}
    for match in re.finditer(r"^table (\S+) (\S+) \{\n.*?^\}\n", listing, re.MULTILINE | re.DOTALL):
        tables[match[1], match[2]] = match[0]
    return tables
