#!/usr/bin/python
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bridge
short_description: Manage bridges
version_added: 0.1.0
description:
  - Makes, changes and removes Ethernet bridges over netlink, and plugs links into them.
  - A bridge made with O(mac) keeps it whatever ports come and go. One made without follows its ports, as the kernel does it.
  - Every attribute is changed on the living bridge; ports stay plugged in.
options:
  ports:
    description:
      - Names of links, in the bridge's namespace, that shall be its ports. They must exist.
      - Only plugs in, unless O(purge) contains V(ports); then ports that are not listed are unplugged.
    type: list
    elements: str
  vlans:
    description:
      - VLANs that the bridge itself carries (C(bridge vlan ... self)), as if it were one of its own ports; see
        M(netdev.linux.bridge_port) for how items are written. A vlan link on top of the bridge needs its VLAN here.
      - Only added to, and corrected, unless O(purge) contains V(vlans).
    type: list
    elements: raw
  stp:
    description: Whether the bridge takes part in the Spanning Tree Protocol (802.1D).
    type: bool
  forward_delay:
    description: Forward delay in seconds. While O(stp=true) the kernel keeps it between 2 and 30, and a smaller one counts as 2.
    type: float
  hello_time:
    description: Hello time in seconds, 1 to 10.
    type: float
  max_age:
    description: Maximum age of messages in seconds, 6 to 40.
    type: float
  ageing_time:
    description: How long a learned MAC address is remembered, in seconds. V(0) forgets at once.
    type: float
  priority:
    description: Bridge priority, 0 to 65535, lower wins.
    type: int
  vlan_filtering:
    description: Whether the bridge filters by VLAN (802.1Q). Needs CONFIG_BRIDGE_VLAN_FILTERING.
    type: bool
  vlan_protocol:
    description: Protocol of VLAN tags, V(802.1Q) or V(802.1ad).
    type: str
  vlan_default_pvid:
    description: VLAN of untagged frames on new ports, 0 (none) to 4094.
    type: int
  vlan_stats_enabled:
    description: Whether the bridge counts by VLAN.
    type: bool
  vlan_stats_per_port:
    description: Whether it counts by VLAN and port. Changes only while the bridge has no ports.
    type: bool
  group_fwd_mask:
    description: Which link-local groups (01:80:c2:00:00:0X) are forwarded, a bit for each X; the kernel refuses the lowest three.
    type: int
  group_address:
    description: MAC address that STP sends to, one of 01:80:c2:00:00:0X.
    type: str
  no_linklocal_learn:
    description: Whether it learns nothing from frames to link-local group addresses (01:80:c2:00:00:0X).
    type: bool
  multicast_vlan_snooping:
    description: Whether multicast is snooped by VLAN. Only with O(vlan_filtering), which turns it off when it goes off.
    type: bool
  multicast_snooping:
    description: Whether IGMP and MLD are snooped. Needs CONFIG_BRIDGE_IGMP_SNOOPING, as all that follow.
    type: bool
  multicast_router:
    description: Whether the bridge counts as multicast router, V(disabled), V(temp_query) (when it sees queries) or V(permanent).
    type: str
  multicast_query_use_ifaddr:
    description: Whether queries carry the bridge's own address.
    type: bool
  multicast_querier:
    description: Whether the bridge sends queries.
    type: bool
  multicast_hash_max:
    description: Size of the table of groups.
    type: int
  multicast_last_member_count:
    description: Queries sent before the last member is forgotten.
    type: int
  multicast_startup_query_count:
    description: Queries sent at start.
    type: int
  multicast_last_member_interval:
    description: Seconds between queries for the last member.
    type: float
  multicast_membership_interval:
    description: Seconds after which a group without reports is forgotten.
    type: float
  multicast_querier_interval:
    description: Seconds after which a silent other querier is taken as gone.
    type: float
  multicast_query_interval:
    description: Seconds between queries, at least 1.
    type: float
  multicast_query_response_interval:
    description: Seconds within which a query must be answered.
    type: float
  multicast_startup_query_interval:
    description: Seconds between queries at start, at least 1.
    type: float
  multicast_stats_enabled:
    description: Whether IGMP and MLD messages are counted.
    type: bool
  multicast_igmp_version:
    description: Version of IGMP, 2 or 3.
    type: int
  multicast_mld_version:
    description: Version of MLD, 1 or 2.
    type: int
  nf_call_iptables:
    description: Whether bridged IPv4 passes iptables (needs br_netfilter).
    type: bool
  nf_call_ip6tables:
    description: Whether bridged IPv6 passes ip6tables (needs br_netfilter).
    type: bool
  nf_call_arptables:
    description: Whether bridged ARP passes arptables (needs br_netfilter).
    type: bool
author:
  - netdev.linux contributors (@netdev-linux)
extends_documentation_fragment:
  - netdev.linux.link
  - netdev.linux.attributes
  - netdev.linux.attributes.actiongroup_devices
seealso:
  - module: netdev.linux.tuntap
  - module: netdev.linux.veth
"""

EXAMPLES = r"""
- name: Make a bridge with an address
  netdev.linux.bridge:
    name: br0
    mac: "52:54:00:aa:bb:cc"
    admin_state: up
    stp: false
    ageing_time: 300
    addresses:
      - 192.0.2.1/24
      - address: 2001:db8::1/64
        nodad: true

- name: Plug in exactly these links
  netdev.linux.bridge:
    name: br0
    ports: [tap0, tap1]
    purge: [ports]

- name: Wait until its IPv6 address can be used, although nothing is plugged in yet
  netdev.linux.bridge:
    name: br0
    mac: "52:54:00:aa:bb:cc"
    wait:
      dad: true
      lend_carrier: true

- name: Remove it; its ports stay
  netdev.linux.bridge:
    name: br0
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
from ansible_collections.netdev.linux.plugins.module_utils.kinds import BRIDGE


def main() -> None:
    run_module(BRIDGE)


if __name__ == "__main__":
    main()
