# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""P6: what role persist has a host do at boot gives the state that the module gives, and leaves the module nothing to change.

The stanzas of ifupdown, run as ifupdown runs them. With the real programs, and a real reboot, that is shown by the integration target and
the VM's play that are called persist.
"""

from __future__ import annotations

import typing as t

from ansible_collections.netdev.linux.plugins.module_utils.errors import CannotPlan
from ansible_collections.netdev.linux.plugins.plugin_utils.persist import ifupdown, intent
from ansible_collections.netdev.linux.tests.property.chance import MACS
from ansible_collections.netdev.linux.tests.property.generate import Raw
from ansible_collections.netdev.linux.tests.property.hosts import Host, difference
from ansible_collections.netdev.linux.tests.property.lab import Lab, carry_out, expect, lines

# What method manual does when it is its turn; a link that went with another is gone.
MANUAL = {"up": "ip link set dev %s up 2>/dev/null || true", "down": "ip link set dev %s down 2>/dev/null || true"}


def test_p6_what_comes_back_at_boot_is_what_the_module_makes(lab: Lab) -> None:
    for kind, _dice, maker in lab.examples():
        raw = {**maker.topology(kind), "namespaces": [{"name": "green", "loopback": "up"}]}
        with Host() as host:
            host.ip("link set dev lo up")
            if lab.settle(raw) is None:
                continue
            expected = host.snapshot(MACS)
        try:
            stanzas = ifupdown.stanzas(intent.read(raw, "", "ifupdown"))
        except CannotPlan as error:
            lab.refused(error)
            continue
        with Host() as twin:
            twin.ip("link set dev lo up")
            before = twin.snapshot(MACS)
            up = [line for stanza in stanzas for line in came_up(stanza)]
            ran(twin, up)
            found = asked_for(raw, difference(expected, twin.snapshot(MACS)))
            expect(not found, "the module's state and that after a boot", found, "\n".join(up), raw)
            left = carry_out(raw, check_mode=True)["commands"]
            expect(not left, "the module has something to do after a boot", lines(left), "\n".join(up))
            ran(twin, up)  # once more, as ifup does on a host where a module has made it all
            found = asked_for(raw, difference(expected, twin.snapshot(MACS)))
            expect(not found, "the stanzas once more change something", found, "\n".join(up))
            ran(twin, [line for stanza in reversed(stanzas) for line in went_down(stanza)])
            found = left_behind(before, twin.snapshot(MACS))
            expect(not found, "the stanzas leave something behind", found)
        lab.show(kind)


def asked_for(raw: Raw, found: dict[str, t.Any]) -> dict[str, t.Any]:
    """Without the way of making IPv6 addresses where nobody asked for one: the kernel gives up that by EUI-64 when a link without a MAC
    comes up, and every stanza brings its link up (addrconf_init_auto_addrs in net/ipv6/addrconf.c).
    """
    ends = [end for link in raw["links"] for end in (link, link.get("peer") or {})]
    said = {end["name"] for end in ends if "ipv6_addr_gen_mode" in end}
    silent = ["/%s inet6_addr_gen_mode" % end["name"] for end in ends if end and end["name"] not in said]
    return {key: value for key, value in found.items() if not key.endswith(tuple(silent))}


def came_up(stanza: ifupdown.Stanza) -> list[str]:
    mtu = ["ip link set dev %s mtu %d" % (stanza.name, stanza.mtu)] if stanza.mtu else []
    return [*stanza.pre_up, *mtu, MANUAL["up"] % stanza.name, *stanza.up]


def went_down(stanza: ifupdown.Stanza) -> list[str]:
    return [*stanza.down, MANUAL["down"] % stanza.name if stanza.name != "lo" else "true", *stanza.post_down]


def ran(host: Host, commands: t.Sequence[str]) -> None:
    """Each as ifupdown runs it, in a shell of which sysfs is that of the namespace."""
    script = "".join("{ %s\n} || { echo 'failed: '%s >&2; exit 1; }\n" % (line, quoted(line)) for line in commands)
    host.run(["unshare", "--mount", "--propagation", "unchanged", "sh", "-c", "mount -t sysfs sysfs /sys && " + "{\n%s}" % script])


def quoted(text: str) -> str:
    return "'%s'" % text.replace("'", "'\\''")


def left_behind(before: Raw, after: Raw) -> dict[str, t.Any]:
    """What there is more; drivers make fallback devices of their own."""
    return {key: value for key, value in difference(before, after).items() if not key.split("/", 1)[-1].startswith(FALLBACKS)}


FALLBACKS = ("gre0", "gretap0", "erspan0", "ip6gre0", "ip6tnl0", "sit0", "tunl0")
