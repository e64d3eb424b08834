#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bridge_port
short_description: Manage ports of a bridge, their VLANs and forwarding entries
version_added: 0.1.0
description:
  - Plugs an existing link into a bridge, sets what it is as a port, and takes it out, over netlink, as C(ip link set type bridge_slave),
    C(bridge vlan) and C(bridge fdb) do.
  - The link itself is neither made nor deleted, nor moved to another namespace.
  - The kernel forgets all of it when the link leaves its bridge.
options:
  name:
    description: Name of the link.
    type: str
    required: true
  bridge:
    description:
      - Name of the bridge, in the same namespace. Needed where the link is not a port yet; a port of another bridge changes over.
      - With O(state=absent), the link is taken out of this bridge only.
    type: str
  netns:
    description: Name of the network namespace. Not given, or empty, it is the namespace that the module runs in.
    type: str
  state:
    description:
      - V(present) makes the link a port, and sets what is given.
      - V(absent) takes it out of its bridge. A link that does not exist is no port.
    type: str
    choices: [present, absent]
    default: present
  cost:
    description: Path cost for the spanning tree, 1 to 65535. The kernel derives it from the speed of the link.
    type: int
  priority:
    description: Priority for the spanning tree, 0 to 63; 32 on a new port.
    type: int
  hairpin:
    description: Whether frames may leave through the port that they came in by; off on a new port.
    type: bool
  guard:
    description: Whether spanning tree messages (BPDU) that come in are dropped; off on a new port.
    type: bool
  root_block:
    description: Whether the port may not become the root port; off on a new port.
    type: bool
  fast_leave:
    description: Whether a multicast group is left at once when its member says so; off on a new port.
    type: bool
  learning:
    description: Whether the bridge learns source addresses from the port; on on a new port.
    type: bool
  unicast_flood:
    description: Whether unicast frames for unknown addresses are sent to the port; on on a new port.
    type: bool
  multicast_flood:
    description: Whether multicast frames of unknown groups are sent to the port; on on a new port.
    type: bool
  broadcast_flood:
    description: Whether broadcast frames are sent to the port; on on a new port.
    type: bool
  multicast_to_unicast:
    description: Whether multicast frames are sent to each member as unicast; off on a new port.
    type: bool
  neigh_suppress:
    description: Whether ARP and neighbour discovery are answered by the bridge where it knows the answer; off on a new port.
    type: bool
  isolated:
    description: Whether the port can reach ports that are not isolated only; off on a new port.
    type: bool
  locked:
    description: Whether frames are let in only from source addresses that the forwarding database has for the port (kernel 5.18); off on
      a new port.
    type: bool
  mab:
    description: Whether a source address that the port does not have is noted in the forwarding database as locked (MAC authentication
      bypass, kernel 6.2); needs O(locked=true); off on a new port.
    type: bool
  neigh_vlan_suppress:
    description: Whether ARP and neighbour discovery are answered by the bridge for each VLAN by itself (kernel 6.4); off on a new port.
    type: bool
  vlan_tunnel:
    description: Whether VLANs are mapped to tunnels; off on a new port.
    type: bool
  proxy_arp:
    description: Whether the bridge answers ARP for the port; off on a new port.
    type: bool
  proxy_arp_wifi:
    description: Whether the bridge answers ARP for the port as IEEE 802.11 and Hotspot 2.0 need it; off on a new port.
    type: bool
  group_fwd_mask:
    description: Bit mask of link-local multicast addresses that are forwarded, 0 to 65535; 0 on a new port.
    type: int
  multicast_router:
    description:
      - Whether a multicast router is behind the port, V(disabled), V(temp_query) (when queries come in, on a new port), V(permanent) or
        V(temp).
    type: str
  backup_port:
    description: Another port of the bridge, which takes over while this one has no carrier. Empty for none, as on a new port.
    type: str
  vlans:
    description:
      - VLANs that the port carries (802.1Q). Each item is a VLAN id from 1 to 4094, a range such as V(10-20), or a dictionary.
      - The keys of a dictionary are C(vid), an id or a range, required; C(pvid), true where untagged frames that come in belong to the
        VLAN, which only one can be; C(untagged), true where its frames leave without tag. Both are false where not given.
      - A new port carries the VLAN that the bridge has as C(vlan_default_pvid), V(1) as a rule, as C(pvid) and C(untagged).
      - Only added to, and corrected, unless O(purge) contains V(vlans).
      - They count while the bridge has C(vlan_filtering) on.
    type: list
    elements: raw
  fdb:
    description:
      - Entries of the forwarding database, each a dictionary with C(mac), the address that is behind the port, required; C(vlan), the VLAN
        that it holds for, if not given every one that the port carries; C(static), whether it stays for ever (true if not given);
        C(sticky), whether it stays at this port although its frames come in by another one (false if not given).
      - With C(static) false the entry must be sticky, and the kernel wants the port to be forwarding, that is up and with carrier.
      - Only added to, and corrected, unless O(purge) contains V(fdb). What the bridge learned by itself is always left alone.
    type: list
    elements: raw
  purge:
    description: Names of the lists that are exact, V(vlans) and V(fdb). What is not in them is removed.
    type: list
    elements: str
notes:
  - An option that is not given is left alone; none has a default that changes an existing port.
  - A task that fails half way puts back what it had changed.
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.attributes
  - netdev.linux.attributes.actiongroup_devices
seealso:
  - module: netdev.linux.bridge
  - module: netdev.linux.topology
"""

EXAMPLES = r"""
- name: Plug the tap of a guest into the bridge, apart from other guests
  netdev.linux.bridge_port:
    name: tap0
    bridge: br0
    isolated: true

- name: A trunk that carries VLANs 10 and 100 to 110, and untagged frames as VLAN 1
  netdev.linux.bridge_port:
    name: eth1
    bridge: br0
    vlans:
      - vid: 1
        pvid: true
        untagged: true
      - 10
      - 100-110
    purge: [vlans]

- name: An access port of VLAN 20, and nothing else
  netdev.linux.bridge_port:
    name: tap1
    bridge: br0
    vlans:
      - vid: 20
        pvid: true
        untagged: true
    purge: [vlans]

- name: A port that learns nothing and knows its guest
  netdev.linux.bridge_port:
    name: tap0
    learning: false
    unicast_flood: false
    fdb:
      - mac: 52:54:00:12:34:56

- name: Take a link out of its bridge
  netdev.linux.bridge_port:
    name: tap0
    bridge: br0
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
  description: Links that were down for a moment. None by this module.
  returned: always
  type: list
  elements: dict
  sample: [{"netns": "", "name": "veth0"}]
recreated:
  description: Links that were deleted and made anew. None by this module.
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

from ansible_collections.netdev.linux.plugins.module_utils.device import run_bridge_port_module


def main() -> None:
    run_bridge_port_module()


if __name__ == "__main__":
    main()
