#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: topology
short_description: Manage namespaces, links and routes in one task
version_added: 0.1.0
description:
  - Makes, changes and removes any number of network namespaces, links and routes over netlink, in the order that they need.
  - All or nothing. A task that fails half way puts back what it had changed.
  - With O(owner), links carry a mark, and O(purge_links) deletes those that are listed no more.
options:
  netns:
    description: Namespace of the links and routes that do not say otherwise. Not given, or empty, it is the one that the module runs in.
    type: str
  namespaces:
    description:
      - Namespaces, each with C(name), required, and any of C(state), C(loopback), C(sysctls) and C(force), see M(netdev.linux.netns).
    type: list
    elements: raw
  links:
    description:
      - Links, each with C(name), required; C(kind), one of those of M(netdev.linux.link), without which it is
        an existing link of any kind, such as a physical one; C(options), the attributes of its kind, by the names that the
        kind's own module, or M(netdev.linux.link), gives them.
      - C(port) holds what it is as a port, of a bridge the options of M(netdev.linux.bridge_port), C(vlans) and C(fdb) included, of a bond
        C(queue_id) and C(prio), see M(netdev.linux.link).
      - Further keys are C(ports) of a bridge, a bond or a vrf, C(vlans) of a bridge, C(peer) of a veth, C(parent) of what is on top
        of another, and what every link has, see M(netdev.linux.bridge).
      - Order does not matter; a port may stand before its bridge.
    type: list
    elements: raw
  routes:
    description: Routes, each with the options of M(netdev.linux.route).
    type: list
    elements: raw
  owner:
    description:
      - Whose the links are, 1 to 64 letters, digits, dashes and underscores. Each link that the task makes carries it in
        an alternative name (C(netdev.OWNER.LINK), kernel 5.5), which is never shown among its C(altnames).
      - An existing link without this mark is an error, unless O(adopt=true). One with another owner's mark always is.
    type: str
    default: ""
  adopt:
    description: Whether existing links without a mark are taken over, and marked.
    type: bool
    default: false
  purge_links:
    description:
      - Whether links that carry the mark of O(owner) and are not listed are deleted, in whatever namespace with a name they are.
      - Others' links on top of one of them would go along; that is refused unless O(force=true).
    type: bool
    default: false
  max_deletes:
    description: How many links O(purge_links) may delete; if there are more, the task fails before it changes anything.
    type: int
  purge:
    description: Default of C(purge) for all links.
    type: list
    elements: str
  wait:
    description: Default of C(wait) for all links.
    type: dict
  allow_flap:
    description: Default of C(allow_flap) for all links.
    type: bool
    default: false
  recreate:
    description: Default of C(recreate) for all links.
    type: bool
    default: false
  force:
    description: Default of C(force) for all links, and for those that O(purge_links) deletes.
    type: bool
    default: false
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.attributes
  - netdev.linux.attributes.actiongroup_devices
seealso:
  - module: netdev.linux.netns
  - module: netdev.linux.bridge
  - module: netdev.linux.tuntap
  - module: netdev.linux.veth
  - module: netdev.linux.dummy
  - module: netdev.linux.route
  - module: netdev.linux.link
"""

EXAMPLES = r"""
- name: A bridge, a tap for a guest, and a namespace plugged in
  netdev.linux.topology:
    owner: lab
    namespaces:
      - {name: orange, loopback: up}
    links:
      - name: br0
        kind: bridge
        mac: "52:54:00:aa:bb:cc"
        admin_state: up
        addresses: [192.0.2.1/24]
        options: {stp: false, ageing_time: 300}
      - name: tap0
        kind: tuntap
        master: br0
        admin_state: up
        options: {mode: tap, user: nobody}
        port: {isolated: true}
      - name: a0
        kind: veth
        master: br0
        admin_state: up
        peer: {name: eth0, netns: orange, addresses: [192.0.2.2/24], admin_state: up}
    routes:
      - {destination: 198.51.100.0/24, gateway: 192.0.2.2}

- name: Exactly these links, at most ten deleted
  netdev.linux.topology:
    owner: lab
    purge_links: true
    max_deletes: 10
    links:
      - {name: br0, kind: bridge, admin_state: up}
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

from ansible_collections.netdev.linux.plugins.module_utils.device import run_topology_module


def main() -> None:
    run_topology_module()


if __name__ == "__main__":
    main()
