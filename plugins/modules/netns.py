#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: netns
short_description: Manage network namespaces
version_added: 0.1.0
description:
  - Makes and removes named network namespaces, compatible with C(ip netns) both ways.
  - Reading never creates one.
options:
  name:
    description: Name of the namespace, a file name below C(/run/netns).
    type: str
    required: true
  state:
    description:
      - V(present) makes the namespace where it does not exist.
      - V(absent) removes it with all virtual links inside. It is refused while processes run inside, unless O(force=true).
    type: str
    choices: [present, absent]
    default: present
  nsid:
    description:
      - Number by which the namespace that the module runs in knows this one, as C(ip netns set) gives it and C(ip link) shows it as
        C(link-netnsid). The kernel gives a namespace a number once, also by itself when a pair of links reaches into it; then it can't
        be another.
    type: int
  loopback:
    description: Administrative state of C(lo) inside. A new namespace has it down.
    type: str
    choices: [up, down]
  sysctls:
    description:
      - Sysctls of the namespace. A key is what follows C(net.), such as C(ipv4.ip_forward). A dot in a link's name is written as
        slash, as in sysctl(8).
    type: dict
  force:
    description:
      - With O(state=absent), take the name away although processes run inside. The kernel keeps a namespace without name alive until
        they end.
    type: bool
    default: false
extends_documentation_fragment:
  - netdev.linux.attributes
author:
  - netdev.linux contributors (@netdev-linux)
seealso:
  - module: netdev.linux.veth
"""

EXAMPLES = r"""
- name: Make a namespace whose loopback works
  netdev.linux.netns:
    name: orange
    loopback: up

- name: Let a namespace forward packets
  netdev.linux.netns:
    name: router
    sysctls:
      ipv4.ip_forward: 1
      ipv6.conf.all.forwarding: 1

- name: Remove it
  netdev.linux.netns:
    name: orange
    state: absent
"""

RETURN = r"""
commands:
  description:
    - The operations as argument lists, iproute2 or sysctl wherever one says it, else one string that begins with C(native:).
  returned: always
  type: list
  elements: list
  sample: [["ip", "netns", "add", "orange"], ["ip", "-n", "orange", "link", "set", "dev", "lo", "up"]]
flapped:
  description: Always empty; as other modules of the collection return it.
  returned: always
  type: list
  elements: dict
  sample: []
recreated:
  description: Always empty; as other modules of the collection return it.
  returned: always
  type: list
  elements: dict
  sample: []
links:
  description: C(lo) of the namespace, where the task changed it; see M(netdev.linux.dummy) for the keys.
  returned: always
  type: list
  elements: dict
  sample: [{"name": "lo", "netns": "orange", "kind": "", "admin_state": "up", "running": true}]
"""

from ansible_collections.netdev.linux.plugins.module_utils.device import run_netns_module


def main() -> None:
    run_netns_module()


if __name__ == "__main__":
    main()
