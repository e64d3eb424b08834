# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that compares with libvirt's test data, on data of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.netdev.linux.tests.conformance.packets import ECHO_REQUEST, ICMP, PLAIN, SYN, TCP, UDP, Packet, checksum, decode

PROGRAM = Path(__file__).resolve().parents[2] / "conformance" / "run.py"
XML = "<network><name>lab</name><bridge name='virbr5'/><forward/>{}<ip address='192.0.2.1' prefix='24'>{}</ip></network>"
CONF = "# a comment\nstrict-order\npid-file=/x\nexcept-interface=lo\nbind-dynamic\ninterface=virbr5\naddn-hosts=/var/lib/lab.addnhosts\n"


# Rules as libvirt's for NAT, and what makes them others.
RULES = """
nft add table ip lab
nft add chain ip lab forward '{ type filter hook forward priority 0; policy accept; }'
nft add chain ip lab nat '{ type nat hook postrouting priority 100; policy accept; }'
nft add rule ip lab forward iif virbr5 oif virbr5 accept
nft add rule ip lab forward oif virbr5 ip daddr 192.0.2.0/24 \\
    ct state established,related accept
nft add rule ip lab forward oif virbr5 reject
nft add rule ip lab forward iif virbr5 ip saddr 192.0.2.0/24 accept
nft add rule ip lab forward iif virbr5 reject
nft add rule ip lab nat ip saddr 192.0.2.0/24 ip daddr 224.0.0.0/24 return
nft add rule ip lab nat ip saddr 192.0.2.0/24 ip daddr 255.255.255.255 return
nft add rule ip lab nat meta l4proto tcp ip saddr 192.0.2.0/24 ip daddr '!=' 192.0.2.0/24 masquerade to :1024-65535
nft add rule ip lab nat meta l4proto udp ip saddr 192.0.2.0/24 ip daddr '!=' 192.0.2.0/24 masquerade to :1024-65535
nft add rule ip lab nat ip saddr 192.0.2.0/24 ip daddr '!=' 192.0.2.0/24 masquerade
nft add chain ip lab mangle '{ type filter hook postrouting priority 0; policy accept; }'
nft add rule ip lab mangle oif virbr5 udp dport 68 udp checksum set 0
"""
OTHERS = {
    "a port may stay privileged": ("tcp ip saddr 192.0.2.0/24 ip daddr '!=' 192.0.2.0/24 masquerade to :1024-65535", "tcp masquerade"),
    "guests may lie": ("iif virbr5 ip saddr 192.0.2.0/24 accept", "iif virbr5 accept"),
}


def compare(folder: Path | None) -> tuple[int, list[str]]:
    # The labs are network namespaces.
    own = [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    command = [*own, sys.executable, str(PROGRAM), *([str(folder)] if folder else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_without_data(tmp_path: Path) -> None:
    for folder in (None, tmp_path, tmp_path / "absent"):
        status, lines = compare(folder)
        assert status == 2
        assert any("make conformance LIBVIRT=FOLDER" in line for line in lines)


@pytest.mark.parametrize("name", ["conf", "networkxml2confdata", "tests/networkxml2confdata", "tests/networkxmlconfdata"])
def test_definitions(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir(parents=True)
    (folder / "same.xml").write_text(XML.format("", ""))
    (folder / "same.conf").write_text(CONF)
    (folder / "same.expect.xml").write_text(XML.format("<mac address='52:54:00:00:00:01'/>", ""))
    (folder / "bridge.xml").write_text("<network><name>a</name><forward mode='bridge'/></network>")
    (folder / "bridge.conf").write_text(CONF)
    status, lines = compare(tmp_path)
    assert (status, lines[-1]) == (0, "2 passed, 0 failed")
    assert any(line.startswith("refused  conf/bridge: /network/forward/@mode") for line in lines)
    assert "Not tried: firewall, which is not in " + str(tmp_path) in lines

    (folder / "same.expect.xml").write_text(XML.format("<domain name='x'/>", ""))
    (folder / "refused.xml").write_text(XML.format("<vlan/>", ""))
    (folder / "refused.conf").write_text(CONF)
    (folder / "other.xml").write_text(XML.format("<domain name='x'/>", "<dhcp><host name='a' ip='192.0.2.5'/></dhcp>"))
    (folder / "other.conf").write_text(CONF)
    (folder / "other.hostsfile").write_text("a,192.0.2.6\n")
    status, lines = compare(folder if "/" not in name else folder.parent.parent)
    assert (status, lines[-1]) == (1, "1 passed, 3 failed")
    assert any(line.startswith("failed   conf/same: same.expect.xml is read as another network") for line in lines)
    assert {"    +domain=x", "    -a,192.0.2.6", "    +a,192.0.2.5"} <= set(lines)
    assert any(line.startswith("refused  conf/refused: /network/vlan") for line in lines)


def test_invalid(tmp_path: Path) -> None:
    (tmp_path / "invalid").mkdir()
    (tmp_path / "invalid" / "wrong.xml").write_text("<network/>")
    (tmp_path / "invalid" / "binary.xml").write_bytes(b"<network>\xff\0</network>")
    (tmp_path / "invalid" / "latin.xml").write_bytes(b"<network><name>\xe9</name></network>")
    assert compare(tmp_path)[1][-1] == "3 passed, 0 failed"
    (tmp_path / "invalid" / "right.xml").write_text(XML.format("", ""))
    status, lines = compare(tmp_path)
    assert (status, lines[-1]) == (1, "3 passed, 1 failed")


def test_firewall(tmp_path: Path) -> None:
    folder = tmp_path / "firewall"
    folder.mkdir()
    (folder / "same.xml").write_text(XML.format("", ""))
    (folder / "same-linux.nftables").write_text(RULES)
    for name, (one, other) in OTHERS.items():
        assert one in RULES
        (folder / f"{name}.xml").write_text(XML.format("", ""))
        (folder / f"{name}-linux.nftables").write_text(RULES.replace(one, other))
    (folder / "stranger.xml").write_text(XML.format("", ""))
    (folder / "stranger-linux.nftables").write_text("touch /x\n")
    status, lines = compare(tmp_path)
    assert (status, lines[-1]) == (1, "1 passed, 3 failed"), lines
    assert any(line.startswith("passed   firewall/same: ") for line in lines)
    assert any("touch is not a command of a firewall" in line for line in lines)


@pytest.mark.parametrize(("version", "src", "dst"), [(4, "192.0.2.1", "198.51.100.2"), (6, "2001:db8::1", "fd00::2")])
def test_packets(version: int, src: str, dst: str) -> None:
    udp = Packet(version, src, dst, UDP, 1000, 2000, payload=b"odd")
    for packet in (
        udp,
        Packet(version, src, dst, TCP, 1000, 2000, (SYN,), b"x"),
        Packet(version, src, dst, ICMP[version], 7, 0, (ECHO_REQUEST[version], 0), b"x"),
        Packet(version, src, dst, PLAIN, payload=b"x"),
        udp.refusal(),
    ):
        assert decode(packet.encode()) == packet
        assert packet.reply(b"").reply(b"x").src == packet.src
    if version == 4:
        assert checksum(udp.encode()[:20]) == 0
    for length in range(len(udp.encode())):
        decode(udp.encode()[:length])  # does not raise
