# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""systemd's units: what the rest relies on. systemd itself judges them in the virtual machine."""

from __future__ import annotations

import configparser

from ansible_collections.netdev.linux.plugins.module_utils.nat_network import dnsmasq, firewall, process, resolved, units


def read(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


def test_dnsmasq() -> None:
    unit = read(units.dnsmasq("lab", dnsmasq.arguments("lab", "", "", "/usr/sbin/dnsmasq"), "dnsmasq", "nogroup"))
    service = unit["Service"]
    assert service["ExecStart"] == (
        "/usr/sbin/dnsmasq --conf-file=/etc/netdev-linux/nat_network/lab/dnsmasq.conf"
        " --pid-file=/run/netdev-linux/nat_network/lab/dnsmasq/pid"
        " --dhcp-leasefile=/var/lib/netdev-linux/nat_network/lab/leases --user= --group="
    )
    # It may write where its files are, and nowhere else.
    assert service["PIDFile"].startswith(f"/run/{service['RuntimeDirectory']}/")
    assert f"--dhcp-leasefile=/var/lib/{service['StateDirectory']}/" in service["ExecStart"]
    assert service["ProtectSystem"] == "strict"
    assert (service["User"], service["Group"], service["NoNewPrivileges"]) == ("dnsmasq", "nogroup", "yes")
    assert service["AmbientCapabilities"] == service["CapabilityBoundingSet"] == "CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW"
    assert service["Restart"] == "always"
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_firewall() -> None:
    text = units.firewall("lab", firewall.BACKENDS["nftables"], {"/proc/sys/net/ipv4/ip_forward": "1"})
    commands = [line for line in text.splitlines() if line.startswith("ExecStart")]
    # Rules first, then forwarding.
    assert commands == [
        f"ExecStart={process.find('nft') or 'nft'} -f /etc/netdev-linux/nat_network/lab/rules.nft",
        "ExecStart=/bin/sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'",
    ]
    unit = read(text)
    assert unit["Service"]["ExecReload"] == commands[0].partition("=")[2]


def test_with_firewalls_of_the_host() -> None:
    """Whichever of them starts, is restarted, or loads its rules again: ours come after it."""
    text = units.firewall("lab", firewall.BACKENDS["nftables"], {})
    after = [line for line in text.splitlines() if line.startswith("After=")]
    unit = read(text)
    firewalls = unit["Unit"]["PartOf"].split()
    assert firewalls == ["nftables.service", "netfilter-persistent.service", "ufw.service", "docker.service"]
    assert unit["Unit"]["ReloadPropagatedFrom"].split() == firewalls
    assert unit["Install"]["WantedBy"].split() == ["multi-user.target", *firewalls]
    assert "After=nat-network-bridge-lab.service" in after
    # systemd refuses to restart firewalld, which conflicts with nftables, if there is a unit that is part of both.
    assert "After=" + " ".join([*firewalls, "iptables.service", "ip6tables.service", "firewalld.service"]) in after


def test_offload() -> None:
    """It may fail, because its links may not be there."""
    service = read(units.firewall("lab", firewall.BACKENDS["nftables"], {}, offload=True))["Service"]
    # The last one, as configparser sees it.
    assert service["ExecStart"] == service["ExecReload"]
    assert service["ExecStart"].startswith("-")
    assert service["ExecStart"].endswith("nft -f /etc/netdev-linux/nat_network/lab/offload.nft")


def test_iptables() -> None:
    service = read(units.firewall("lab", firewall.BACKENDS["iptables"], {}))["Service"]
    assert service["ExecStart"] == service["ExecReload"] == "/bin/sh /etc/netdev-linux/nat_network/lab/rules-iptables.sh"
    # Its lock is there.
    assert service["ReadWritePaths"] == "/run"


def test_bridge() -> None:
    unit = read(units.bridge("lab"))
    assert unit["Service"]["ExecStart"] == "/bin/sh -e /etc/netdev-linux/nat_network/lab/bridge.sh"
    assert unit["Service"]["Type"] == "oneshot"
    # Stopping it, which is what its removal does, takes nothing from guests.
    assert "ExecStop" not in unit["Service"]
    assert unit["Service"]["CapabilityBoundingSet"] == "CAP_NET_ADMIN"


def test_order() -> None:
    """The bridge, then rules, then dnsmasq."""
    rules = units.firewall("lab", firewall.BACKENDS["nftables"], {})
    last = read(units.dnsmasq("lab", ["dnsmasq"], "", ""))["Unit"]["After"].split()
    assert "After=nat-network-bridge-lab.service\n" in rules
    assert {"nat-network-bridge-lab.service", "nat-network-firewall-lab.service"} <= set(last)


def test_namespace() -> None:
    every = [
        units.bridge("lab", "blue"),
        units.firewall("lab", firewall.BACKENDS["nftables"], {}, "blue"),
        units.dnsmasq("lab", ["dnsmasq"], "", "", "blue"),
    ]
    for text in every:
        assert "NetworkNamespacePath=/run/netns/blue\n" in text
        assert "After=netns@blue.service\n" in text
        # The host's own firewall has nothing to do with it.
        assert "nftables.service" not in text


def test_names() -> None:
    text = units.names("lab", resolved.commands("virbr0", "lab.example", "192.0.2.1"), resolved.revert("virbr0"))
    commands = [line.partition("=")[2].split()[-3:] for line in text.splitlines() if line.startswith("ExecStart=")]
    # The tilde: for names in the domain only.
    assert commands == [["dns", "virbr0", "192.0.2.1"], ["domain", "virbr0", "~lab.example"]]
    unit = read(text)
    # Again whenever systemd-resolved starts.
    assert unit["Unit"]["PartOf"] == "systemd-resolved.service"
    assert "systemd-resolved.service" in unit["Install"]["WantedBy"].split()


def test_forwarding_without_rules() -> None:
    assert "nft" not in read(units.firewall("lab", None, {"/proc/sys/net/ipv4/ip_forward": "1"}))["Service"]["ExecStart"]
