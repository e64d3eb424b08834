# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions that libvirt has an answer to: dnsmasq's files, or that it is none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from ansible_collections.netdev.linux.plugins.module_utils.errors import InvalidInput
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import dnsmasq, validate
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.model import Network
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.paths import Paths
from ansible_collections.netdev.linux.plugins.plugin_utils import libvirt_writer, libvirt_xml
from ansible_collections.netdev.linux.tests.conformance.outcome import Case, Outcome, failed, passed

# Where libvirt and we keep a network's files is not the same; that it is the same file is.
_FILE = re.compile(r"=(/\S.*/)?[^/]*?(hostsfile|addnhosts)$")


# What libvirt makes of a definition when it writes it down again; newer ones keep that beside it.
_EXPECTED = ".expect.xml"


class Refused(Exception):
    """We don't take the definition; the text says which part and why. ``elsewhere``: by its mode there is no network to make."""

    def __init__(self, text: str, elsewhere: bool = False) -> None:
        super().__init__(text)
        self.elsewhere = elsewhere


def read(path: Path) -> str:
    """A definition, which may be anything."""
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def network(xml: str) -> Network:
    """The network that a definition of libvirt describes. Raises Refused."""
    try:
        (found,) = validate.definitions([libvirt_xml.convert(xml)], "network").present
    except (libvirt_xml.Refused, InvalidInput) as error:
        raise Refused(str(error), isinstance(error, libvirt_xml.Elsewhere)) from None
    return found


def conf(folder: Path) -> Iterator[Case]:
    """Definitions with the files of dnsmasq that libvirt writes for them."""
    for path in sorted(folder.glob("*.xml")):
        if not path.name.endswith(_EXPECTED):
            yield Case(path.stem, partial(_conf, path))


def _conf(path: Path) -> Outcome:
    expected, rewritten = path.with_suffix(".conf"), path.with_suffix(_EXPECTED)
    try:
        found = network(read(path))
        back = network(libvirt_writer.convert(libvirt_xml.convert(read(path))))
        theirs = network(read(rewritten)) if rewritten.exists() else found
    except Refused as refusal:
        # Where libvirt has no answer either, this is one: it takes modes that make no network of their own. Its tests have files of
        # dnsmasq for some of those too, which it never starts for them.
        return Outcome("refused", refusal.elsewhere or not expected.exists(), str(refusal))
    if back != found:
        return failed("to_libvirt_xml does not lead back", f"{found}\n{back}")
    # libvirt adds an address for a bridge that has none.
    if replace(theirs, mac=found.mac) != found:
        return failed(f"{rewritten.name} is read as another network", f"{found}\n{theirs}")
    if not expected.exists():
        return passed(f"taken; there is no {expected.name} to compare with")
    details = difference(expected, dnsmasq.conf(found, Paths(found.name)))
    details += difference(path.with_suffix(".hostsfile"), dnsmasq.hostsfile(found))
    return failed("dnsmasq's files differ", details) if details else passed()


def difference(expected: Path, ours: str) -> str:
    """What makes a file of ours another than libvirt's, which has nothing in it where there is none."""
    theirs = expected.read_text() if expected.exists() else ""
    return "".join(line + "\n" for line in difflib.unified_diff(_lines(theirs), _lines(ours), expected.name, "ours", lineterm=""))


def _lines(text: str) -> list[str]:
    """Lines that mean something, in order; where we say the same on the command line, without them."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", "pid-file="))]
    return [_FILE.sub(r"=\2", line) for line in lines]


def invalid(folder: Path) -> Iterator[Case]:
    """Definitions that libvirt refuses."""
    for path in sorted(folder.glob("*.xml")):
        yield Case(path.stem, partial(_invalid, path))


def _invalid(path: Path) -> Outcome:
    try:
        network(read(path))
    except Refused as refusal:
        return Outcome("refused", True, str(refusal))
    return failed("taken, though libvirt refuses it")
