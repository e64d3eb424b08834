#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_network_info
short_description: Read the NAT networks of a host, their guests' leases, and what has drifted
version_added: 0.1.0
description:
  - Tells what role C(netdev.linux.nat_network) has made on a host and how it is doing.
  - With definitions it also tells, network by network, what the role would do to make the host as they say.
  - Reads only.
options:
  networks:
    description:
      - Definitions, as the variable C(nat_network_networks) of the role has them. These networks are told of, there or not.
      - If not given, all networks that the role has left anything of on the host.
    type: list
    elements: raw
  persist:
    description:
      - The variable C(nat_network_persist) of the role, which tells whether the bridges come back after a boot.
    type: str
    choices: [auto, none]
    default: auto
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.attributes.read_only
  - netdev.linux.attributes
seealso:
  - module: netdev.linux.nat_network_check
  - module: netdev.linux.topology_info
"""

EXAMPLES = r"""
- name: Read the networks
  netdev.linux.nat_network_info:
  register: running

- name: Show who has which address
  ansible.builtin.debug:
    msg: "{{ item.hostname or item.mac }} has {{ item.ip }}"
  loop: "{{ running.networks | map(attribute='leases') | flatten }}"
  loop_control:
    label: "{{ item.ip }}"

- name: Fail when somebody has changed a network
  netdev.linux.nat_network_info:
    networks:
      - name: default
        bridge: virbr0
        ips:
          - address: 192.168.122.1/24
  register: compared
  failed_when: compared.networks | map(attribute='drift') | flatten | length > 0
"""

RETURN = r"""
networks:
  description: The networks; as they are defined, those that shall be absent last, or by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the network.
      type: str
      sample: default
    netns:
      description: The network namespace that it is in; empty for the one that the module runs in.
      type: str
      sample: ""
    bridge:
      description: Its bridge, as the result C(links) of M(netdev.linux.topology) shows a link; V(none) if there is none.
      type: dict
      sample: {"name": "virbr0", "kind": "bridge", "mac": "52:54:00:37:a8:ee", "admin_state": "up", "addresses": ["192.168.122.1/24"]}
    ports:
      description: Names of the links that are plugged into the bridge.
      type: list
      elements: str
      sample: ["tap0", "veth-web"]
    leases:
      description:
        - Addresses that guests have by DHCP. C(expires) is in seconds since 1970, V(none) for a lease that does not end; C(hostname) is
          V(none) for a guest that told none.
        - An IPv4 lease has C(mac) and C(client_id), an IPv6 lease C(duid) and C(iaid).
      type: list
      elements: dict
      sample:
        - {"ip": "192.168.122.100", "hostname": "web", "mac": "52:54:00:00:00:10", "client_id": null, "expires": 1795212000}
    dnsmasq:
      description: Whether its dnsmasq runs, and would after a boot.
      type: bool
      sample: true
    units:
      description: Its units of systemd with their state; empty where systemd does not run.
      type: dict
      sample: {"nat-network-dnsmasq-default.service": "active", "nat-network-firewall-default.service": "active"}
    rules:
      description: Its rules, as nft or iptables-save lists them, without counters.
      type: list
      elements: str
      sample: ["table ip nat_network_default {\n\tchain forward {\n\t}\n}\n"]
    drift:
      description:
        - What the role would do now, in the words of check mode, or what would stop it. Empty for a network that is as it is defined.
        - Only with O(networks).
      returned: when O(networks) is given
      type: list
      elements: str
      sample: ["ip address add 192.168.122.1/24 broadcast 192.168.122.255 dev virbr0", "load table ip nat_network_default"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import status, steps
from ansible_collections.netdev.linux.plugins.module_utils.nat_network.preflight import by_place


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "networks": {"type": "list", "elements": "raw"},
            "persist": {"type": "str", "choices": list(steps.PERSIST), "default": "auto"},
        },
        supports_check_mode=True,
    )
    definitions = module.params["networks"]
    try:
        if definitions is None:
            networks = status.show(status.places())
        else:
            wanted, hosts = steps.look(definitions, True, module.warn)
            drift = status.drift(wanted, hosts, module.params["persist"])
            places = {name: netns for netns, part in by_place(wanted).items() for name in part.names}
            networks = [dict(shown, drift=drift[shown["name"]]) for shown in status.show({name: places[name] for name in drift})]
    except NetdevError as error:
        module.fail_json(msg=str(error), **error.details)
    module.exit_json(changed=False, networks=networks)


if __name__ == "__main__":
    main()
