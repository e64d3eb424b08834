#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: topology_info
short_description: Read namespaces, links and routes as a topology
version_added: 0.1.0
description:
  - Returns what is there in the input format of M(netdev.linux.topology). Applied in empty namespaces it makes the same state.
  - Reads only. It never creates a namespace or a link that others could see.
options:
  namespaces:
    description:
      - Names of the namespaces to read, an empty name for the one that the module runs in.
      - If not given, all that have a name, and that one.
    type: list
    elements: str
  owner:
    description: Only what carries the mark of this owner.
    type: str
    default: ""
  capabilities:
    description:
      - Also find out which kinds of links the kernel can make, by making one of each in a namespace of its own that has no name and
        ends with the try. The kernel may load drivers for it.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in check mode), when in diff mode.
    support: N/A
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: linux
requirements:
  - Linux and Python >= 3.9 on the managed host; CAP_SYS_ADMIN to enter other namespaces.
  - pyroute2 >= 0.7.2 for O(capabilities).
author:
  - netdev.linux contributors (@netdev-linux)
seealso:
  - module: netdev.linux.topology
"""

EXAMPLES = r"""
- name: Read everything
  netdev.linux.topology_info:
  register: running

- name: Keep it
  ansible.builtin.copy:
    content: "{{ running.topology | to_nice_json }}"
    dest: /var/tmp/topology.json
    mode: "0600"

- name: Fail early where the kernel has no dummy driver
  netdev.linux.topology_info:
    namespaces: []
    capabilities: true
  register: kernel
  failed_when: not kernel.capabilities.dummy
"""

RETURN = r"""
topology:
  description: Namespaces, links and routes, as M(netdev.linux.topology) takes them.
  returned: always
  type: dict
  sample:
    namespaces: [{"name": "orange", "loopback": "up"}]
    links:
      - name: br0
        kind: bridge
        mac: "52:54:00:aa:bb:cc"
        mtu: 1500
        admin_state: up
        addresses: ["192.0.2.1/24"]
        options: {"stp": false, "ageing_time": 300}
    routes: [{"destination": "198.51.100.0/24", "gateway": "192.0.2.2", "dev": "br0"}]
left_out:
  description: Links that a topology can't make, each with the reason.
  returned: always
  type: list
  elements: dict
  sample: [{"name": "eth0", "netns": "", "reason": "physical"}]
capabilities:
  description: Whether the kernel can make links of each kind.
  returned: with O(capabilities=true)
  type: dict
  sample: {"bridge": true, "dummy": false}
"""

from ansible_collections.netdev.linux.plugins.module_utils.device import run_topology_info_module


def main() -> None:
    run_topology_info_module()


if __name__ == "__main__":
    main()
