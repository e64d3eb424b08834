# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dnsmasq's database of leases, as dnsmasq writes it (src/lease.c, lease_update_file)."""

from __future__ import annotations

import ipaddress
import typing as t

_NONE = "*"  # how dnsmasq writes what it does not know


def parse(text: str) -> list[dict[str, t.Any]]:
    """The leases of a file. Lines that are none (a file that is just being written, the server's own DUID) are passed over.

    Each has ``ip``, ``expires`` (seconds since 1970, None: never), ``hostname`` (None: the guest told none), and by the IP version
    ``mac`` and ``client_id`` (IPv4), or ``duid`` and ``iaid`` (IPv6).
    """
    return [lease for line in text.splitlines() for lease in _parse(line.split())]


def _parse(fields: list[str]) -> t.Iterator[dict[str, t.Any]]:
    if len(fields) != 5 or not fields[0].isdecimal():
        return
    expires, identity, ip, hostname, client = fields
    try:
        version = ipaddress.ip_address(ip).version
    except ValueError:
        return
    lease = {"ip": ip, "hostname": _known(hostname), "expires": int(expires) or None}
    if version == 4:
        yield dict(lease, mac=identity, client_id=_known(client))
    else:
        # A T in front says that the address is a temporary one.
        yield dict(lease, iaid=int(identity.lstrip("T")), duid=_known(client))


def _known(field: str) -> str | None:
    return None if field == _NONE else field
