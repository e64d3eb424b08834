#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_network_check
short_description: Check definitions of NAT networks against a host
version_added: 0.1.0
description:
  - The first step of role C(netdev.linux.nat_network), which is what you want to use. It changes nothing.
  - Validates the definitions, on the controller before anything is sent to the host, and looks on the host for what stands against them.
    Every problem is reported at once, with its path.
  - Returns what the other steps of the role are given.
options:
  networks:
    description: The definitions, as the variable C(nat_network_networks) of the role has them.
    type: list
    elements: raw
    required: true
  persist:
    description:
      - How the bridges come back after a boot, the variable C(nat_network_persist) of the role. V(auto) has a unit of systemd make them
        where systemd runs, V(none) nothing.
    type: str
    choices: [auto, none]
    default: none
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.attributes.read_only
  - netdev.linux.attributes
seealso:
  - module: netdev.linux.nat_network_services
  - module: netdev.linux.topology
"""

EXAMPLES = r"""
- name: See whether a network could be made
  netdev.linux.nat_network_check:
    networks:
      - name: default
        bridge: virbr0
        ips:
          - address: 192.168.122.1/24
            dhcp:
              ranges:
                - start: 192.168.122.2
                  end: 192.168.122.254
"""

RETURN = r"""
links:
  description: The bridges of the networks that shall be present, as links of M(netdev.linux.topology).
  returned: success
  type: list
  elements: dict
  sample: [{"name": "virbr0", "kind": "bridge", "mac": "52:54:00:37:a8:ee", "admin_state": "up"}]
routes:
  description: Their static routes, and those of earlier definitions with C(state=absent), as routes of M(netdev.linux.topology).
  returned: success
  type: list
  elements: dict
  sample: [{"destination": "198.51.100.0/24", "gateway": "192.168.122.2", "dev": "virbr0"}]
services:
  description: What shall run for them, in the options of M(netdev.linux.nat_network_services).
  returned: success
  type: list
  elements: dict
  sample: [{"name": "default", "conf": "strict-order\n"}]
absent:
  description: The networks that shall be absent, in the options of M(netdev.linux.nat_network_services).
  returned: success
  type: list
  elements: dict
  sample: [{"name": "old"}]
old_links:
  description: The bridges of those, as far as they are there, as links of M(netdev.linux.topology).
  returned: success
  type: list
  elements: dict
  sample: [{"name": "virbr-old", "kind": "bridge", "state": "absent"}]
owner:
  description: Whose mark the bridges carry, O(netdev.linux.topology#module:owner).
  returned: success
  type: str
  sample: nat_network
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.netdev.linux.plugins.module_utils.errors import NetdevError
from ansible_collections.netdev.linux.plugins.module_utils.nat_network import steps


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "networks": {"type": "list", "elements": "raw", "required": True},
            "persist": {"type": "str", "choices": list(steps.PERSIST), "default": "none"},
        },
        supports_check_mode=True,
    )
    try:
        wanted, hosts = steps.look(module.params["networks"], module.check_mode, module.warn)
        steps.check(wanted, hosts, module.warn)
    except NetdevError as error:
        module.fail_json(msg=str(error), **error.details)
    for warning in wanted.warnings:
        module.warn(warning)
    module.exit_json(changed=False, **steps.render(wanted, hosts, module.params["persist"]))


if __name__ == "__main__":
    main()
