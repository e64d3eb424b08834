#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: link
short_description: Manage links of any kind
version_added: 0.1.0
description:
  - Makes, changes and removes links of the kinds that have no module of their own, and of those that do.
  - Without O(kind) it changes an existing link of any kind, such as a physical one, and never makes or deletes one.
options:
  kind:
    description:
      - Kind of the link, as C(ip link add ... type) names it, V(vlan), V(vxlan), V(macvlan), V(macvtap), V(ipvlan), V(vrf),
        V(ifb), V(wireguard),
        V(bridge), V(tuntap), V(dummy) or V(veth).
      - Without it the link must exist. It is looked for in O(netns), then in the namespace that the module runs in, from where
        it is moved.
    type: str
  options:
    description:
      - Attributes of the kind. Those of V(bridge), V(tuntap) and V(dummy) are in their own modules.
      - "V(vlan): C(id) (required to make one), C(protocol) (V(802.1Q) or V(802.1ad)), C(reorder_hdr), C(gvrp), C(loose_binding),
        C(mvrp), C(bridge_binding)."
      - "V(macvlan), V(macvtap): C(mode) (V(private), V(vepa), V(bridge), V(passthru), V(source)), C(bcqueuelen)."
      - "V(ipvlan): C(mode) (V(l2), V(l3), V(l3s)), C(isolation) (V(bridge), V(private), V(vepa))."
      - "V(vxlan): C(id) (required), C(remote), C(group), C(local), C(ttl), C(tos), C(learning), C(ageing) in seconds,
        C(max_addresses), C(source_ports)
        (FIRST-LAST), C(proxy), C(rsc), C(l2miss), C(l3miss), C(port) (UDP), C(udp_csum), C(udp6_zero_csum_tx),
        C(udp6_zero_csum_rx), C(gbp), C(external), C(df)
        (V(unset), V(set), V(inherit))."
      - "V(vrf): C(table) (required)."
      - What the kernel can't change on an existing link needs O(recreate=true).
    type: dict
  parent:
    description: Link that this one is on top of. Needed for V(vlan), V(macvlan), V(macvtap) and V(ipvlan), possible for V(vxlan).
    type: str
  parent_netns:
    description: Namespace of O(parent), empty for the one that the module runs in. If not given, that of the link.
    type: str
  port:
    description: What the link is as a port of its bridge, by the options of M(netdev.linux.bridge_port), C(vlans) and C(fdb) included.
    type: dict
  ports:
    description: Names of links that shall be its ports, for O(kind=bridge) and O(kind=vrf).
    type: list
    elements: str
  vlans:
    description: VLANs that the bridge itself carries, for O(kind=bridge), see M(netdev.linux.bridge).
    type: list
    elements: raw
  peer:
    description: The other end, for O(kind=veth), see M(netdev.linux.veth).
    type: dict
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.link
  - netdev.linux.attributes
  - netdev.linux.attributes.actiongroup_devices
seealso:
  - module: netdev.linux.topology
"""

EXAMPLES = r"""
- name: Bring up a physical link
  netdev.linux.link:
    name: eth1
    admin_state: up
    mtu: 9000

- name: VLAN 30 on it
  netdev.linux.link:
    name: eth1.30
    kind: vlan
    parent: eth1
    admin_state: up
    addresses: [192.0.2.1/24]
    options: {id: 30}

- name: A VXLAN without learning
  netdev.linux.link:
    name: vx100
    kind: vxlan
    admin_state: up
    options: {id: 100, local: 192.0.2.1, port: 4789, learning: false}

- name: A macvlan inside a namespace, on a link outside
  netdev.linux.link:
    name: mv0
    kind: macvlan
    netns: orange
    parent: eth1
    parent_netns: ""
    options: {mode: bridge}

- name: Remove the VLAN
  netdev.linux.link:
    name: eth1.30
    kind: vlan
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
        - What it is as a port of a bridge, by the options of M(netdev.linux.bridge_port); C(vlans) and C(fdb) when the task was about them.
      type: dict
      returned: for ports of a bridge
      sample: {"isolated": true}
    vlans:
      description: The VLANs that a bridge itself carries.
      type: list
      elements: raw
      returned: for a bridge, when the task was about VLANs
      sample: [{"vid": 1, "pvid": true, "untagged": true}, "10-20"]
    sysctls:
      description: The sysctls that the task named.
      type: dict
      returned: when the task named any
      sample: {"ipv6.accept_ra": "0"}
"""

from ansible_collections.netdev.linux.plugins.module_utils.device import run_link_module


def main() -> None:
    run_link_module()


if __name__ == "__main__":
    main()
