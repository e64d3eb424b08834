#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dummy
short_description: Manage dummy devices
version_added: 0.1.0
description:
  - Makes, changes and removes dummy devices over netlink.
  - A dummy that is up is always operational. It is a stable home for an address that a service binds to, and as a port
    it keeps a bridge's carrier without any process.
  - A kernel that was built without CONFIG_DUMMY has none; the error says so.
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.link
  - netdev.linux.attributes
  - netdev.linux.attributes.actiongroup_devices
seealso:
  - module: netdev.linux.bridge
  - module: netdev.linux.netns
"""

EXAMPLES = r"""
- name: Make a home for a service address
  netdev.linux.dummy:
    name: dummy0
    admin_state: up
    addresses:
      - 192.0.2.53/32
      - 2001:db8::53/128

- name: Make a dummy inside a namespace
  netdev.linux.dummy:
    name: dummy1
    netns: orange
    admin_state: up
    addresses: [192.0.2.10/24]

- name: Remove it
  netdev.linux.dummy:
    name: dummy0
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
  description: Links that were down for a moment. Only with O(allow_flap).
  returned: always
  type: list
  elements: dict
  sample: [{"netns": "", "name": "veth0"}]
recreated:
  description: Links that were deleted and made anew. Only with O(recreate).
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
    parent:
      description: The link that it is made on top of.
      type: str
      returned: for links on top of others, when known
      sample: br0
    parent_netns:
      description: The namespace of the link that it is made on top of.
      type: str
      returned: for links on top of others, when known
      sample: ""
    peer:
      description: Where the other end of a veth pair is.
      type: dict
      returned: for veth, when known
      sample: {"netns": "orange", "name": "veth1"}
    port:
      description:
        - What it is as a port of a bridge, by the options of M(netdev.linux.bridge_port), C(vlans) and C(fdb) when the task was about them;
          as a port of a bond, C(queue_id) and C(prio).
      type: dict
      returned: for ports of a bridge or a bond
      sample: {"isolated": true}
    vlans:
      description: The VLANs that a bridge itself carries.
      type: list
      elements: raw
      returned: for a bridge, when the task was about VLANs
      sample: [{"vid": 1, "pvid": true, "untagged": true}, "10-20"]
    sysctls:
      description: The sysctls that the task named, C(ipv6.stable_secret) hidden.
      type: dict
      returned: when the task named any
      sample: {"ipv6.accept_ra": "0"}
"""

from ansible_collections.netdev.linux.plugins.module_utils.device import run_module
from ansible_collections.netdev.linux.plugins.module_utils.kinds import DUMMY


def main() -> None:
    run_module(DUMMY)


if __name__ == "__main__":
    main()
