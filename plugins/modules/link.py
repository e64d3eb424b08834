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
      - Kind of the link, as C(ip link add ... type) names it, V(vlan), V(macvlan), V(macvtap), V(ipvlan), V(vxlan), V(geneve),
        V(gre), V(gretap), V(ip6gre), V(ip6gretap), V(bond), V(vrf), V(ifb), V(wireguard), V(bridge), V(tuntap), V(dummy) or V(veth).
      - Without it the link must exist. It is looked for in O(netns), then in the namespace that the module runs in, from where
        it is moved.
    type: str
  options:
    description:
      - Attributes of the kind. Those of V(bridge), V(tuntap) and V(dummy) are in their own modules.
      - None has a default here. Where one is not given a new link gets the kernel's, and an existing one keeps what it has.
      - What is fixed when the link is made needs O(recreate=true) to change.
      - "O(kind=vlan) C(id): the VLAN ID; whole number from 0 to 4094. Required to make one. Fixed when the link
        is made."
      - "O(kind=vlan) C(protocol): one of V(802.1Q), V(802.1ad). Fixed when the link is made."
      - "O(kind=vlan) C(reorder_hdr): the tag is taken out of frames that are passed up, and put in last;
        V(true) or V(false)."
      - "O(kind=vlan) C(gvrp): GVRP registers the VLAN; V(true) or V(false)."
      - "O(kind=vlan) C(loose_binding): its state does not follow the parent's; V(true) or V(false)."
      - "O(kind=vlan) C(mvrp): MVRP registers the VLAN; V(true) or V(false)."
      - "O(kind=vlan) C(bridge_binding): its carrier is that of the bridge's ports that have the VLAN; V(true)
        or V(false)."
      - "O(kind=vlan) C(ingress_qos_map): from the frame's priority to the packet's, the whole map; a dictionary
        {FROM: TO} or a list of FROM:TO, from 0 to 7 and from 0 to 4294967295."
      - "O(kind=vlan) C(egress_qos_map): from the packet's priority to the frame's, the whole map; a dictionary
        {FROM: TO} or a list of FROM:TO, from 0 to 4294967295 and from 0 to 7."
      - "O(kind=macvlan), O(kind=macvtap) C(mode): who can talk to whom; V(passthru) is chosen when the link is
        made, and for good; one of V(private), V(vepa), V(bridge), V(passthru), V(source)."
      - "O(kind=macvlan), O(kind=macvtap) C(nopromisc): the parent is not made promiscuous; V(true) or V(false).
        Only with C(mode) V(passthru)."
      - "O(kind=macvlan), O(kind=macvtap) C(nodst): broadcasts reach no other link than the source they are for;
        V(true) or V(false)."
      - "O(kind=macvlan), O(kind=macvtap) C(bcqueuelen): length of the queue for broadcasts, in packets; whole
        number from 0 to 4294967295."
      - "O(kind=macvlan), O(kind=macvtap) C(macaddrs): the sources that frames are accepted from, the whole
        list; a list of link-layer addresses. Only with C(mode) V(source)."
      - "O(kind=ipvlan) C(mode): on which layer it is told apart from the parent; one of V(l2), V(l3), V(l3s)."
      - "O(kind=ipvlan) C(isolation): who can talk to whom; one of V(bridge), V(private), V(vepa)."
      - "O(kind=vxlan) C(id): the VNI; whole number from 0 to 16777215. Required to make one. Only with
        C(external) V(false). Fixed when the link is made."
      - "O(kind=vxlan) C(remote): where to send what has no entry in the forwarding table, a unicast address."
      - "O(kind=vxlan) C(group): the same, a multicast address; needs O(parent)."
      - "O(kind=vxlan) C(local): source address of the tunnel; a unicast address."
      - "O(kind=vxlan) C(ttl): of the outer packets; whole number from 0 to 255 or V(inherit)."
      - "O(kind=vxlan) C(tos): of the outer packets; whole number from 0 to 255 or V(inherit)."
      - "O(kind=vxlan) C(flowlabel): of the outer packets; for IPv6; whole number from 0 to 1048575."
      - "O(kind=vxlan) C(df): the DF bit of outer packets; one of V(unset), V(set), V(inherit)."
      - "O(kind=vxlan) C(learning): source addresses are learned; V(true) or V(false)."
      - "O(kind=vxlan) C(ageing): life of learned addresses; whole number from 1 to 4294967295 seconds."
      - "O(kind=vxlan) C(max_addresses): most learned addresses, 0 for no limit; whole number from 0 to
        4294967295. Fixed when the link is made."
      - "O(kind=vxlan) C(source_ports): UDP source ports; FIRST-LAST, such as 49152-65535. Fixed when the link
        is made."
      - "O(kind=vxlan) C(proxy): ARP is answered for remote hosts; V(true) or V(false). Fixed when the link is
        made."
      - "O(kind=vxlan) C(rsc): routes are short-circuited; V(true) or V(false). Fixed when the link is made."
      - "O(kind=vxlan) C(l2miss): a missing link-layer address is told by a netlink message; V(true) or
        V(false). Fixed when the link is made."
      - "O(kind=vxlan) C(l3miss): the same of an IP address; V(true) or V(false). Fixed when the link is made."
      - "O(kind=vxlan) C(port): UDP destination port; the kernel takes 8472 where none is given, and IANA has
        4789; whole number from 1 to 65535. Fixed when the link is made."
      - "O(kind=vxlan) C(udp_csum): UDP checksums over IPv4; V(true) or V(false). Fixed when the link is made."
      - "O(kind=vxlan) C(udp6_zero_csum_tx): none are sent over IPv6; V(true) or V(false). Fixed when the link
        is made."
      - "O(kind=vxlan) C(udp6_zero_csum_rx): packets without one are accepted over IPv6; V(true) or V(false).
        Fixed when the link is made."
      - "O(kind=vxlan) C(remcsum_tx): remote checksum offload is sent; V(true) or V(false). Fixed when the link
        is made."
      - "O(kind=vxlan) C(remcsum_rx): and accepted; V(true) or V(false). Fixed when the link is made."
      - "O(kind=vxlan) C(gbp): group policy extension; V(true) or V(false). Fixed when the link is made."
      - "O(kind=vxlan) C(external): the tunnel is directed by whoever routes into it (collect metadata); V(true)
        or V(false). Fixed when the link is made."
      - "O(kind=vxlan) C(gpe): generic protocol extension; the link has no link-layer address then; V(true) or
        V(false). Needs C(learning) false. Only with C(external) V(true). Fixed when the link is made."
      - "O(kind=vxlan) C(vnifilter): only the VNIs of its own list are received; V(true) or V(false). Only with
        C(external) V(true). Fixed when the link is made."
      - "O(kind=vxlan) C(localbypass): what is for another vxlan of this host goes to it directly; V(true) or V(false).
        Needs kernel 6.5."
      - "O(kind=geneve) C(id): the VNI; whole number from 0 to 16777215. Required to make one. Only with
        C(external) V(false). Fixed when the link is made."
      - "O(kind=geneve) C(remote): the other end; a unicast address. Required to make one; the kernel changes it
        within its family only. Only with C(external) V(false)."
      - "O(kind=geneve) C(ttl): of the outer packets; whole number from 0 to 255 or V(inherit). Only with
        C(external) V(false)."
      - "O(kind=geneve) C(tos): of the outer packets; whole number from 0 to 255 or V(inherit). Only with
        C(external) V(false)."
      - "O(kind=geneve) C(flowlabel): of the outer packets; for IPv6; whole number from 0 to 1048575. Only with
        C(external) V(false)."
      - "O(kind=geneve) C(df): the DF bit of outer packets; one of V(unset), V(set), V(inherit). Only with
        C(external) V(false)."
      - "O(kind=geneve) C(port): UDP destination port; whole number from 1 to 65535. Fixed when the link is
        made."
      - "O(kind=geneve) C(udp_csum): UDP checksums; V(true) or V(false). Only with an IPv4 address as C(remote).
        Fixed when the link is made."
      - "O(kind=geneve) C(udp6_zero_csum_tx): none are sent; V(true) or V(false). Only with an IPv6 address as
        C(remote). Fixed when the link is made."
      - "O(kind=geneve) C(udp6_zero_csum_rx): packets without one are accepted; V(true) or V(false). Only with
        an IPv6 address as C(remote). Fixed when the link is made."
      - "O(kind=geneve) C(external): the tunnel is directed by whoever routes into it (collect metadata);
        V(true) or V(false). Fixed when the link is made."
      - "O(kind=geneve) C(inner_proto_inherit): carries IP packets without Ethernet; the link has no link-layer
        address then; V(true) or V(false). Fixed when the link is made."
      - "O(kind=gre), O(kind=gretap) C(local): this end; an IPv4 address, empty for none."
      - "O(kind=gre), O(kind=gretap) C(remote): the other end; an IPv4 address, empty for none."
      - "O(kind=gre), O(kind=gretap) C(ttl): of the outer packets; whole number from 0 to 255 or V(inherit)."
      - "O(kind=gre), O(kind=gretap) C(tos): of the outer packets; whole number from 0 to 255 or V(inherit)."
      - "O(kind=gre), O(kind=gretap) C(pmtudisc): path MTU discovery, the DF bit of outer packets; V(true) or
        V(false)."
      - "O(kind=gre), O(kind=gretap) C(ignore_df): and that of inner packets is ignored; V(true) or V(false).
        Only with C(pmtudisc) V(false)."
      - "O(kind=gre), O(kind=gretap) C(fwmark): mark of the outer packets; whole number from 0 to 4294967295."
      - "O(kind=ip6gre), O(kind=ip6gretap) C(local): this end; an IPv6 address, empty for none."
      - "O(kind=ip6gre), O(kind=ip6gretap) C(remote): the other end; an IPv6 address, empty for none."
      - "O(kind=ip6gre), O(kind=ip6gretap) C(hoplimit): of the outer packets, 64 where the link is made without;
        whole number from 0 to 255."
      - "O(kind=ip6gre), O(kind=ip6gretap) C(encaplimit): how often packets may be encapsulated, 4 where the
        link is made without; whole number from 0 to 255 or V(none)."
      - "O(kind=ip6gre), O(kind=ip6gretap) C(tclass): traffic class of the outer packets; whole number from 0 to
        255 or V(inherit)."
      - "O(kind=ip6gre), O(kind=ip6gretap) C(flowlabel): of the outer packets; whole number from 0 to 1048575 or
        V(inherit)."
      - "O(kind=ip6gre), O(kind=ip6gretap) C(dscp_inherit): DSCP is copied to the inner packet; V(true) or
        V(false)."
      - "O(kind=ip6gre), O(kind=ip6gretap) C(fwmark): mark of the outer packets; whole number from 0 to
        4294967295 or V(inherit)."
      - "O(kind=ip6gre), O(kind=ip6gretap) C(allow_localremote): the other end may be an address of this host;
        V(true) or V(false)."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(ikey): key of packets received; a
        number of 32 bits, also written as four bytes 0.0.0.5; empty for none."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(okey): key of packets sent; a number
        of 32 bits, also written as four bytes 0.0.0.5; empty for none."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(iseq): packets received have sequence
        numbers; V(true) or V(false)."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(oseq): packets sent have; V(true) or
        V(false)."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(icsum): packets received have
        checksums; V(true) or V(false)."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(ocsum): packets sent have; V(true) or
        V(false)."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(external): the tunnel is directed by
        whoever routes into it (collect metadata); V(true) or V(false). Fixed when the link is made."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(encap): encapsulation in UDP; needs
        the kernel module fou or fou6 to be loaded; one of V(none), V(fou), V(gue)."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(encap_sport): its UDP source port;
        whole number from 0 to 65535 or V(auto). Only with C(encap) other than none."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(encap_dport): its UDP destination
        port; whole number from 0 to 65535. Only with C(encap) other than none."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(encap_csum): UDP checksums over IPv4;
        V(true) or V(false). Only with C(encap) other than none."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(encap_csum6): UDP checksums over IPv6;
        V(true) or V(false). Only with C(encap) other than none."
      - "O(kind=gre), O(kind=gretap), O(kind=ip6gre), O(kind=ip6gretap) C(encap_remcsum): remote checksum
        offload; V(true) or V(false). Only with C(encap) other than none."
      - "O(kind=bond) C(mode): how the ports share the work; one of V(balance-rr), V(active-backup),
        V(balance-xor), V(broadcast), V(802.3ad), V(balance-tlb), V(balance-alb). Changes only while it is down
        and has no ports."
      - "O(kind=bond) C(miimon): period of looking at the carrier of ports, 0 for not; whole number from 0 to
        2147483647 milliseconds. Takes the place of C(arp_interval)."
      - "O(kind=bond) C(updelay): wait before a port with carrier is used, in whole periods of C(miimon), which
        it changes with; whole number from 0 to 2147483647 milliseconds. Only with C(miimon) other than 0."
      - "O(kind=bond) C(downdelay): wait before a port without carrier is given up, likewise; whole number from
        0 to 2147483647 milliseconds. Only with C(miimon) other than 0."
      - "O(kind=bond) C(peer_notify_delay): time between notifications of peers, likewise; whole number from 0
        to 300000 milliseconds. Only with C(miimon) other than 0."
      - "O(kind=bond) C(use_carrier): the driver's carrier is asked, and not ethtool's or MII; V(true) or
        V(false)."
      - "O(kind=bond) C(arp_interval): period of ARP monitoring, 0 for none; whole number from 0 to 2147483647
        milliseconds. Takes the place of C(miimon). Only with C(mode) V(balance-rr), V(active-backup),
        V(balance-xor) or V(broadcast)."
      - "O(kind=bond) C(arp_ip_targets): addresses that ARP monitoring asks for, the whole list; a list of at
        most 16 IPv4 addresses."
      - "O(kind=bond) C(ns_ip6_targets): the same for neighbour solicitations (kernel 5.18); a list of at most
        16 IPv6 addresses."
      - "O(kind=bond) C(arp_validate): which probes are looked into; one of V(none), V(active), V(backup),
        V(all), V(filter), V(filter_active), V(filter_backup). Only with C(mode) V(balance-rr),
        V(active-backup), V(balance-xor) or V(broadcast)."
      - "O(kind=bond) C(arp_all_targets): whether one target is enough; one of V(any), V(all)."
      - "O(kind=bond) C(primary): the port that is used while it works; the name of a port, empty for none.
        Only with C(mode) V(active-backup), V(balance-tlb) or V(balance-alb)."
      - "O(kind=bond) C(primary_reselect): when it is gone back to; one of V(always), V(better), V(failure)."
      - "O(kind=bond) C(fail_over_mac): whether ports keep their link-layer addresses; one of V(none),
        V(active), V(follow). Changes only while it has no ports."
      - "O(kind=bond) C(xmit_hash_policy): what a flow is told by; one of V(layer2), V(layer3+4), V(layer2+3),
        V(encap2+3), V(encap3+4), V(vlan+srcmac)."
      - "O(kind=bond) C(resend_igmp): IGMP reports after a failover; whole number from 0 to 255."
      - "O(kind=bond) C(num_peer_notif): gratuitous ARP and neighbour advertisements after a failover; whole
        number from 0 to 255."
      - "O(kind=bond) C(all_ports_active): duplicate frames on inactive ports are delivered; V(true) or
        V(false)."
      - "O(kind=bond) C(min_links): ports with carrier below which the bond has none; whole number from 0 to
        2147483647."
      - "O(kind=bond) C(lp_interval): period of learning packets; whole number from 1 to 2147483647 seconds."
      - "O(kind=bond) C(packets_per_port): packets before the next port, 0 for a random one; whole number from 0
        to 65535. Only with C(mode) V(balance-rr)."
      - "O(kind=bond) C(lacp_active): LACP frames are sent without being asked; V(true) or V(false). Only with
        C(mode) V(802.3ad). Changes only while the link is down, see O(allow_flap)."
      - "O(kind=bond) C(lacp_rate): how often the partner is asked to send them; one of V(slow), V(fast). Only
        with C(mode) V(802.3ad). Changes only while the link is down, see O(allow_flap)."
      - "O(kind=bond) C(ad_select): what chooses the aggregator; one of V(stable), V(bandwidth), V(count).
        Changes only while the link is down, see O(allow_flap)."
      - "O(kind=bond) C(ad_actor_sys_prio): system priority; whole number from 1 to 65535. Only with C(mode)
        V(802.3ad)."
      - "O(kind=bond) C(ad_user_port_key): upper bits of the port key; whole number from 0 to 1023. Only with
        C(mode) V(802.3ad). Changes only while the link is down, see O(allow_flap)."
      - "O(kind=bond) C(ad_actor_system): system address; zeros for that of the bond; six bytes in hexadecimal,
        such as 52:54:00:12:34:56. Only with C(mode) V(802.3ad)."
      - "O(kind=bond) C(tlb_dynamic_lb): flows are moved by load; V(true) or V(false). Only with C(mode)
        V(balance-tlb) or V(balance-alb). Changes only while the link is down, see O(allow_flap)."
      - "O(kind=bond) C(arp_missed_max): missed probes before a port is down (kernel 5.17); whole number from
        1 to 255. Only with C(mode) V(balance-rr), V(active-backup), V(balance-xor) or V(broadcast)."
      - "O(kind=vrf) C(table): its routing table; whole number from 1 to 4294967295. Required to make one. Fixed
        when the link is made."
    type: dict
  parent:
    description:
      - Link that this one is on top of. Needed for O(kind=vlan), O(kind=macvlan), O(kind=macvtap) and O(kind=ipvlan), possible for
        O(kind=vxlan) and the four of GRE.
    type: str
  parent_netns:
    description:
      - Namespace of O(parent), empty for the one that the module runs in. If not given, that of the link. For GRE it is that of the link.
    type: str
  port:
    description:
      - What the link is as a port of its master.
      - Of a bridge it takes the options of M(netdev.linux.bridge_port), C(vlans) and C(fdb) included.
      - "Of a bond C(queue_id): the transmit queue of the bond that goes to this port, whole number from 0 to 65535, at most the bond's
        O(num_tx_queues); no two ports have the same, but for V(0), which is none."
      - "Of a bond C(prio): which port becomes the active one, the highest first; whole number from -2147483648 to 2147483647. Only with
        C(mode) V(active-backup), V(balance-tlb) or V(balance-alb). Needs kernel 6.0."
    type: dict
  ports:
    description: Names of links that shall be its ports, for O(kind=bridge), O(kind=bond) and O(kind=vrf).
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

- name: A bond of two links that may be up already
  netdev.linux.link:
    name: bond0
    kind: bond
    admin_state: up
    ports: [eth1, eth2]
    allow_flap: true
    options: {mode: 802.3ad, miimon: 100, lacp_rate: fast, xmit_hash_policy: layer3+4}

- name: An Ethernet tunnel with a key of its own
  netdev.linux.link:
    name: tap7
    kind: gretap
    admin_state: up
    options: {local: 192.0.2.1, remote: 198.51.100.1, ikey: 7, okey: 7, ttl: 64}

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

from ansible_collections.netdev.linux.plugins.module_utils.device import run_link_module


def main() -> None:
    run_link_module()


if __name__ == "__main__":
    main()
