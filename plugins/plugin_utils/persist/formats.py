# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats, and how a format's files come about.

**A new format** is an entry in ``FORMATS``, a file of its own beside this one that makes its data from an :class:`.intent.Intent`
(pure: no file, no process), templates in ``roles/persist/templates/FORMAT/``, and its name in the rows of :mod:`.limits` that it can't
say. Golden files of it are in ``tests/unit/roles/persist/golden/FORMAT/``.
"""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import jinja2

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.walker import suggestion
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import ifcfg, ifupdown, intent, networkd, networkmanager
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.document import Document
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.ifcfg_words import NETWORK_SCRIPTS, NETWORKMANAGER, READERS
from ansible_collections.netdev.linux.plugins.plugin_utils.persist.intent import Intent

TEMPLATES = Path(__file__).resolve().parents[3] / "roles" / "persist" / "templates"

AUTO = "auto"
MISSING = ("error", "warn")
STATES = ("present", "absent")

# The first line of each file: it tells files of ours, and of which owner, from those of others.
KIN = "# Written by the role netdev.linux.persist for owner "
HEAD = KIN + "%s. Changes are overwritten.\n"

# For sh: what there is on a host that can bring its network up at boot, one a line. The first format that knows one of them is the host's.
PROBE = (
    "PATH=$PATH:/usr/sbin:/sbin; "
    "for unit in NetworkManager systemd-networkd networking network; do systemctl -q is-active $unit 2>/dev/null && echo $unit; done; "
    "command -v ifquery >/dev/null && echo ifquery; true"
)


@dataclasses.dataclass(frozen=True)
class Format:
    """``documents`` makes the files of an intent. ``services`` are words of PROBE. ``family`` is what users call it: one word for all of
    the readers of ifcfg.

    ``places`` are the patterns of paths where files of ours may be: what is there with our head and is not wanted any more is removed.
    ``check`` and what is called so validates one file before it goes live, as module files says. ``read_by`` is a file that must have a
    line, or nobody reads ours: ``path``, ``pattern``, and the ``line`` that is missing.
    """

    name: str
    documents: t.Callable[[Intent], list[Document]]
    services: tuple[str, ...]
    places: tuple[str, ...]
    check: tuple[str, ...] = ()
    check_of: str = "*"
    check_usage: int | None = None
    read_by: dict[str, str] | None = None
    family: str = ""

    @property
    def called(self) -> str:
        return self.family or self.name


def _ifupdown(wanted: Intent) -> list[Document]:
    name = "50-netdev" + ("-" + wanted.owner if wanted.owner else "")
    data = {"stanzas": ifupdown.stanzas(wanted)}
    return [Document("/etc/network/interfaces.d/" + name, "interfaces.j2", data)] if wanted.parts else []


def _ifcfg(reader: str, *services: str) -> Format:
    return Format(
        READERS[reader].format_name,
        lambda wanted: ifcfg.documents(wanted, reader),
        services=services,
        places=tuple(ifcfg.FOLDER + name for name in ("ifcfg-*", "route-*", "route6-*", "ifup-netdev*", "ifdown-netdev*")),
        check=("bash", "-n", "{}"),
        family="ifcfg",
    )


FORMATS = {
    each.name: each
    for each in (
        Format(
            "ifupdown",
            _ifupdown,
            services=("networking", "ifquery"),
            places=("/etc/network/interfaces.d/[0-9][0-9]-netdev*",),
            check=("ifquery", "--list", "-i", "{}"),
            read_by={
                "path": "/etc/network/interfaces",
                "pattern": r"^\s*source(-directory)?\s+\S*interfaces\.d",
                "line": "source /etc/network/interfaces.d/*",
            },
        ),
        Format("networkd", networkd.documents, services=("systemd-networkd",), places=networkd.PLACES),
        Format(
            "networkmanager",
            networkmanager.documents,
            services=("NetworkManager",),
            places=networkmanager.PLACES,
            check=("nmcli", "--offline", "connection", "modify"),
            check_of="*.nmconnection",
            check_usage=2,  # before 1.38 it had no --offline
        ),
        _ifcfg(NETWORK_SCRIPTS, "network"),
        _ifcfg(NETWORKMANAGER),
    )
}
CALLED = tuple(dict.fromkeys(each.called for each in FORMATS.values()))


def named(called: str, reader: str = "") -> str:
    """The format that users call so; ``reader`` is who reads ifcfg, network-scripts if it is empty. Raises NetdevError."""
    reader = reader or NETWORK_SCRIPTS
    if called not in CALLED:
        raise NetdevError("persist_format: %r is not a format%s" % (called, suggestion(called, (AUTO, *CALLED))))
    if reader not in READERS:
        raise NetdevError("persist_ifcfg_reader: %r is not one of them%s" % (reader, suggestion(reader, READERS)))
    return next(each.name for each in FORMATS.values() if each.called == called and each.name in (called, READERS[reader].format_name))


def of_the_host(found: t.Container[str]) -> str:
    """The format of the first service of PROBE's answer that has one. Raises NetdevError."""
    for each in FORMATS.values():
        if any(service in found for service in each.services):
            return each.name
    raise NetdevError(
        "persist_format: auto finds no network service on the host that it has a format for; name one of: %s" % ", ".join(CALLED)
    )


def order(wanted: dict[str, t.Any], format_name: str) -> tuple[dict[str, t.Any], list[str]]:
    """The options of module files for what its option ``render`` says, and warnings. Raises NetdevError."""
    owner = wanted.get("owner") or ""
    for key, allowed in (("missing", MISSING), ("state", STATES)):
        if wanted.get(key, allowed[0]) not in allowed:
            raise NetdevError("persist_%s: %r is not one of them%s" % (key, wanted[key], suggestion(wanted[key], allowed)))
    kind = FORMATS[format_name]
    files: list[dict[str, t.Any]] = []
    warnings: list[str] = []
    if wanted.get("state") != "absent":
        files, warnings = render(wanted.get("topology") or {}, owner, format_name, wanted.get("missing") or MISSING[0])
    return {
        "files": files,
        "head": head(intent.owner_of(wanted.get("topology") or {}, owner)),
        "kin": KIN,
        # What an earlier run wrote in another format would bring up the same links a second time.
        "places": list(dict.fromkeys(place for each in FORMATS.values() for place in each.places)),
        "check": list(kind.check),
        "check_of": kind.check_of,
        "check_usage": kind.check_usage,
        "read_by": kind.read_by,
    }, warnings


def render(topology: t.Any, owner: str, format_name: str, missing: str = "error") -> tuple[list[dict[str, t.Any]], list[str]]:
    """The files of a topology, each with path, content and mode, and warnings. Raises NetdevError, with the path of every problem."""
    wanted = intent.read(topology, owner, format_name, missing)
    environment = jinja2.Environment(  # noqa: S701  # no HTML
        loader=jinja2.FileSystemLoader([TEMPLATES / FORMATS[format_name].called, TEMPLATES / "common"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    files = [
        {
            "path": document.path,
            "content": document.interpreter + head(wanted.owner) + environment.get_template(document.template).render(document.data),
            "mode": document.mode,
        }
        for document in FORMATS[format_name].documents(wanted)
    ]
    return files, wanted.warnings


def head(owner: str) -> str:
    """The first line of the files of an owner."""
    return HEAD % (owner or "-")
