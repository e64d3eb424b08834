#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: route
short_description: Manage routes
version_added: 0.1.0
description:
  - Adds, changes and removes routes over netlink, as C(ip route) does.
  - A route is known by its destination, table and metric. One of the same three is replaced, others are left alone.
  - Routes that the module adds have the protocol C(static).
options:
  destination:
    description:
      - Network that the route leads to, as ADDRESS/LENGTH, or V(default). V(default) is of the family of its gateway, else IPv4;
        V(::/0) says IPv6.
    type: str
    required: true
  state:
    description:
      - V(present) adds or replaces the route.
      - V(absent) removes every route to O(destination) in O(table) that has what else is given.
    type: str
    choices: [present, absent]
    default: present
  netns:
    description: Name of the network namespace. Not given, or empty, it is the namespace that the module runs in.
    type: str
  gateway:
    description: Address of the next router. An IPv6 address may be the gateway of an IPv4 route.
    type: str
  dev:
    description: Name of the link that packets leave through. It must be up. The kernel finds it where only O(gateway) is given.
    type: str
  table:
    description: Routing table, a number or one of V(main), V(local), V(default). V(main) if not given.
    type: str
  metric:
    description: Metric, lower wins. If not given it is 0 for IPv4 and 1024 for IPv6, as the kernel has it.
    type: int
  type:
    description:
      - V(unicast), which is meant if not given, V(blackhole), V(unreachable), V(prohibit), V(throw), V(local), V(broadcast),
        V(anycast) or V(multicast).
    type: str
  scope:
    description:
      - Scope, V(global), V(site), V(link), V(host) or V(nowhere). If not given it follows from the type and the gateway, as in C(ip route).
    type: str
  src:
    description: Address that the host prefers as source.
    type: str
  onlink:
    description: Whether the gateway is reached over O(dev) although no route says so.
    type: bool
  mtu:
    description: MTU of the path, in bytes.
    type: int
  nexthops:
    description:
      - Several next hops, each a dictionary with C(gateway), C(dev), C(weight) (1 to 256, 1 if not given) and C(onlink).
      - Instead of O(gateway), O(dev) and O(onlink).
    type: list
    elements: raw
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.attributes
  - netdev.linux.attributes.actiongroup_devices
seealso:
  - module: netdev.linux.topology
"""

EXAMPLES = r"""
- name: Reach a network behind a namespace
  netdev.linux.route:
    destination: 198.51.100.0/24
    gateway: 192.0.2.2

- name: Give a namespace a default route
  netdev.linux.route:
    netns: orange
    destination: default
    gateway: 192.0.2.1

- name: Share the load between two gateways
  netdev.linux.route:
    destination: 203.0.113.0/24
    nexthops:
      - gateway: 192.0.2.2
        weight: 3
      - gateway: 192.0.2.3

- name: Drop what is sent to a network
  netdev.linux.route:
    destination: 2001:db8:bad::/48
    type: blackhole

- name: Remove a route
  netdev.linux.route:
    destination: 198.51.100.0/24
    state: absent
"""

RETURN = r"""
commands:
  description:
    - The operations as argument lists, iproute2 or sysctl wherever one says it, else one string that begins with C(native:).
  returned: always
  type: list
  elements: list
  sample: [["ip", "link", "set", "dev", "br0", "mtu", "1400"]]
flapped:
  description: Links that were down for a moment. Only where C(allow_flap) is set.
  returned: always
  type: list
  elements: dict
  sample: [{"netns": "", "name": "veth0"}]
recreated:
  description: Links that were deleted and made anew. Only where C(recreate) is set.
  returned: always
  type: list
  elements: dict
  sample: []
links:
  description:
    - Each link that the task was about, as it is afterwards; in check mode as it will be, without what the kernel chooses.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      returned: always
      sample: br0
    netns:
      description: Its namespace; empty for the one that the module runs in.
      type: str
      returned: always
      sample: ""
    kind:
      description: Its kind, such as V(bridge), V(tuntap), V(veth), V(dummy); another kind in the kernel's word; empty if physical.
      type: str
      returned: always
      sample: bridge
    ifindex:
      description: Its number.
      type: int
      returned: when the link exists
      sample: 4
    admin_state:
      description: V(up) or V(down), what was asked for (IFF_UP, RFC 2863 ifAdminStatus).
      type: str
      returned: always
      sample: up
    oper_state:
      description: Operational state (RFC 2863 ifOperStatus, IFLA_OPERSTATE) in the words of ip-link(8).
      type: str
      returned: when the link exists
      sample: down
    running:
      description: Whether it is operational (IFF_RUNNING).
      type: bool
      returned: when the link exists
      sample: false
    carrier:
      description:
        - Whether it has carrier (IFLA_CARRIER). A tun/tap has it while a process holds it open, a dummy that is up always.
      type: bool
      returned: when the link exists
      sample: false
    mac:
      description: Link-layer address.
      type: str
      returned: when known
      sample: "52:54:00:aa:bb:cc"
    mtu:
      description: MTU in bytes.
      type: int
      returned: when known
      sample: 1500
    tx_queue_len:
      description: Length of the transmit queue in packets.
      type: int
      returned: when known
      sample: 1000
    alias:
      description: Its alias.
      type: str
      returned: always
      sample: ""
    altnames:
      description: Its alternative names.
      type: list
      elements: str
      returned: always
      sample: []
    link_group:
      description: Its group.
      type: int
      returned: always
      sample: 0
    num_tx_queues:
      description: Its queues to send.
      type: int
      returned: when it is not what the driver chooses by itself
      sample: 4
    num_rx_queues:
      description: Its queues to receive.
      type: int
      returned: when it is not what the driver chooses by itself
      sample: 4
    gso_max_size:
      description: Largest packet that it is handed to be cut, in bytes.
      type: int
      returned: when it is not what the driver chooses by itself
      sample: 32768
    gso_max_segs:
      description: Most segments of such a packet.
      type: int
      returned: when it is not what the driver chooses by itself
      sample: 100
    gro_max_size:
      description: Largest packet that received ones are put together to, in bytes.
      type: int
      returned: when it is not what the driver chooses by itself
      sample: 32768
    gso_ipv4_max_size:
      description: C(gso_max_size) of IPv4.
      type: int
      returned: when it is not what the driver chooses by itself
      sample: 32768
    gro_ipv4_max_size:
      description: C(gro_max_size) of IPv4.
      type: int
      returned: when it is not what the driver chooses by itself
      sample: 32768
    master:
      description: The link it is a port of; empty for none.
      type: str
      returned: always
      sample: ""
    addresses:
      description: Its addresses as the option takes them, those of the kernel included.
      type: list
      elements: raw
      returned: always
      sample: ["192.0.2.1/24"]
    ipv6_addr_gen_mode:
      description: How the kernel makes its IPv6 addresses.
      type: str
      returned: when known
      sample: eui64
    options:
      description: The attributes of its kind, by the names of the module's options.
      type: dict
      returned: always
      sample: {"stp": false, "ageing_time": 300}
    peer:
      description: Where the other end of a veth pair is.
      type: dict
      returned: for veth, when known
      sample: {"netns": "orange", "name": "veth1"}
    sysctls:
      description: The sysctls that the task named, C(ipv6.stable_secret) hidden.
      type: dict
      returned: when the task named any
      sample: {"ipv6.accept_ra": "0"}
"""

from ansible_collections.netdev.linux.plugins.module_utils.device import run_route_module


def main() -> None:
    run_route_module()


if __name__ == "__main__":
    main()
