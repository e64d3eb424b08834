# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's own resolver, systemd-resolved: which server it asks for names in the domain of a network."""

from __future__ import annotations

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import process

_RESOLVECTL = "resolvectl"


def commands(bridge: str, domain: str, server: str) -> list[list[str]]:
    """What has it ask the server behind the bridge for names in the domain, and for no others (the tilde)."""
    return [[_program(), "dns", bridge, server], [_program(), "domain", bridge, f"~{domain}"]]


def revert(bridge: str) -> list[str]:
    return [_program(), "revert", bridge]


def runs() -> bool:
    return process.run(["systemctl", "is-active", "--quiet", "systemd-resolved.service"])[0] == 0


def knows(bridge: str, domain: str, server: str) -> bool:
    """Whether that is what it does already."""
    return [_asked(word, bridge) for word in ("dns", "domain")] == [[server], [f"~{domain}"]]


def _asked(word: str, bridge: str) -> list[str]:
    """What resolvectl says of a link, without the words "Link NUMBER (NAME):" in front."""
    code, output, _errors = process.run([_program(), word, bridge])
    return [] if code else output.partition(":")[2].split()


def _program() -> str:
    return process.find(_RESOLVECTL) or _RESOLVECTL
