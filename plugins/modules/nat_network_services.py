#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_network_services
short_description: Run what NAT networks need on a host
version_added: 0.1.0
description:
  - A step of role C(netdev.linux.nat_network), which is what you want to use. Its input comes from M(netdev.linux.nat_network_check).
  - Writes the files of all networks, loads their rules with nftables or iptables, limits their bandwidth with C(tc), turns on forwarding,
    and keeps dnsmasq running, each only where it differs.
    A changed entry for a guest or a name makes dnsmasq read its lists again (SIGHUP); another change restarts the dnsmasq of that network.
  - Rules and configuration are tried out before anything is touched. The rules by loading them into a scratch network namespace, dnsmasq's
    configuration by C(dnsmasq --test). If something fails all the same, what had been changed is put back.
  - Where systemd runs, units are enabled for the next boot. Else, also inside a network namespace, a small supervisor keeps dnsmasq
    running.
options:
  networks:
    description: The networks.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the network.
        type: str
        required: true
      bridge:
        description: Its bridge. Required unless O(state=absent).
        type: str
        default: ''
      conf:
        description: Configuration of dnsmasq. Empty for a network that serves nothing.
        type: str
        default: ''
      hostsfile:
        description: Guests with fixed addresses, C(dhcp-hostsfile) of dnsmasq.
        type: str
        default: ''
      addnhosts:
        description: Names in the DNS, C(addn-hosts) of dnsmasq.
        type: str
        default: ''
      backend:
        description: What the rules are made with.
        type: str
        choices: [nftables, iptables]
        default: nftables
      rules:
        description: The rules of each family, C(ip) and C(ip6), in the words of the backend. A family that is missing has none.
        type: dict
        default: {}
      offload:
        description: The links between which known connections pass by an nftables flowtable, the bridge first. Empty for none.
        type: list
        elements: str
        default: []
      forwarding:
        description: The IP versions to forward, V(4) and V(6).
        type: list
        elements: int
        default: []
      shaping:
        description: What limits the bandwidth, as C(tc -batch) reads it. Empty for a network without limits.
        type: str
        default: ''
      checksums:
        description:
          - Lines behind these that fill in the checksums of what DHCP answers. Where the kernel does not take them, rules of iptables do
            it if there are any, and it is no failure if nothing does.
          - Empty for a network without DHCP.
        type: str
        default: ''
      boot:
        description: A shell script that makes the bridge, for the next boot; used where systemd runs. Empty if something else makes it.
        type: str
        default: ''
      netns:
        description: The network namespace that the network is in. Empty for the one that the module runs in.
        type: str
        default: ''
      subnets:
        description: The subnets that were chosen for the network, to be kept.
        type: list
        elements: str
        default: []
      registered:
        description: The domain whose names the host asks for, and the address that it asks, by systemd-resolved. Empty if it does not.
        type: list
        elements: str
        default: []
      accept_ra:
        description: Links that take router advertisements also when IPv6 is forwarded.
        type: list
        elements: str
        default: []
      others:
        description:
          - What other firewalls of the host are told, those that there are. C(docker) for chain C(DOCKER-USER), C(ufw), C(firewalld).
          - Each with what it is told now; what it was told before for the network and is not in here is taken back.
        type: dict
        default: {}
  state:
    description:
      - V(absent) removes everything that was made for the networks, leases included; of O(networks) only the names count. Forwarding stays
        on, because others may rely on it.
    type: str
    choices: [present, absent]
    default: present
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
seealso:
  - module: netdev.linux.nat_network_check
"""

EXAMPLES = r"""
- name: Remove what runs for a network
  netdev.linux.nat_network_services:
    networks:
      - name: default
    state: absent
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be, in order.
  returned: success
  type: list
  elements: str
  sample: ["write /etc/netdev-linux/nat_network/default/hostsfile", "reload dnsmasq of network default"]
not_restored:
  description: What could not be put back after a failure.
  returned: failure
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.reconcile import Reconciler
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.services import Service
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.validate import network_name

NETWORK = {
    "name": {"type": "str", "required": True},
    "bridge": {"type": "str", "default": ""},
    "conf": {"type": "str", "default": ""},
    "hostsfile": {"type": "str", "default": ""},
    "addnhosts": {"type": "str", "default": ""},
    "backend": {"type": "str", "choices": ["nftables", "iptables"], "default": "nftables"},
    "rules": {"type": "dict", "default": {}},
    "offload": {"type": "list", "elements": "str", "default": []},
    "forwarding": {"type": "list", "elements": "int", "default": []},
    "shaping": {"type": "str", "default": ""},
    "checksums": {"type": "str", "default": ""},
    "boot": {"type": "str", "default": ""},
    "netns": {"type": "str", "default": ""},
    "subnets": {"type": "list", "elements": "str", "default": []},
    "registered": {"type": "list", "elements": "str", "default": []},
    "accept_ra": {"type": "list", "elements": "str", "default": []},
    "others": {"type": "dict", "default": {}},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "networks": {"type": "list", "elements": "dict", "required": True, "options": NETWORK},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    networks = module.params["networks"]
    try:
        # Paths are made of the names.
        names = [network_name(network["name"]) for network in networks]
    except ValueError as error:
        module.fail_json(msg=str(error))
    reconciler = Reconciler(module.check_mode)
    try:
        if module.params["state"] == "absent":
            reconciler.absent(names)
        else:
            reconciler.present([Service(**network) for network in networks])
    except (NetdevError, OSError) as error:
        lost = reconciler.undo.run()
        result = "What it had changed is put back." if not lost else "Not all of what it had changed could be put back."
        module.fail_json(msg=f"{error}. {result}", changed=bool(lost), not_restored=lost)
    for warning in reconciler.report.warnings:
        module.warn(warning)
    module.exit_json(**reconciler.report.result())


if __name__ == "__main__":
    main()
