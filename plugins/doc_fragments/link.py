# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that every link has, in the words of C(ip link)."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description:
      - Name of the link, 1 to 15 bytes without slash, colon, percent or white space, and not V(.) or V(..).
    type: str
    required: true
  state:
    description:
      - V(present) makes the link where it does not exist, and gives an existing one what the other options say.
      - V(absent) deletes it. Other options are then ignored, but for O(netns) and O(force).
    type: str
    choices: [present, absent]
    default: present
  netns:
    description:
      - Name of the network namespace that the link is in, as C(ip netns) keeps them below C(/run/netns). It must exist,
        see M(netdev.linux.netns).
      - Not given, or empty, it is the namespace that the module runs in.
    type: str
  admin_state:
    description:
      - Administrative state of the link, IFF_UP (RFC 2863 ifAdminStatus). A new link is V(down) unless this says V(up).
      - Whether it works is another matter, see RV(links[].running), RV(links[].oper_state) and RV(links[].carrier).
    type: str
  mac:
    description:
      - Link-layer address, six bytes in hexadecimal. Quote it; YAML reads some as numbers.
      - Given when the link is made, it is part of the creating message.
    type: str
  mtu:
    description:
      - Maximum transmission unit in bytes. Below 1280 the kernel removes IPv6 addresses from the link.
    type: int
  tx_queue_len:
    description: Length of the transmit queue, in packets.
    type: int
  alias:
    description: Free text of at most 255 bytes that C(ip link) shows (IFLA_IFALIAS). Empty to remove it.
    type: str
  altnames:
    description:
      - Alternative names of the link, up to 127 bytes each (kernel 5.5). They share the name space of the links' names.
      - Only added to, unless O(purge) contains V(altnames).
    type: list
    elements: str
  link_group:
    description: Number of the group the link belongs to, as in C(ip link set ... group).
    type: int
  num_tx_queues:
    description:
      - Number of queues to send, which every kind but V(tuntap) takes when the link is made. It can't be changed afterwards, so a link that
        has another needs O(recreate=true).
      - Where it is not given the driver decides. A pair made with a number uses all of its queues, one made without uses one of those that
        it has.
    type: int
  num_rx_queues:
    description: The same to receive. Only with a kernel that was built with CONFIG_RPS.
    type: int
  gso_max_size:
    description:
      - Largest packet, in bytes, that is handed to the link to be cut into segments (generic segmentation offload). At most what the driver
        takes, which C(ip -d link) shows as C(tso_max_size).
      - Up to 65536, O(gso_ipv4_max_size) follows it.
    type: int
  gso_max_segs:
    description: Most segments that such a packet may be cut into.
    type: int
  gro_max_size:
    description:
      - Largest packet, in bytes, that received ones are put together to (generic receive offload). Needs kernel 5.19.
      - Up to 65536, O(gro_ipv4_max_size) follows it.
    type: int
  gso_ipv4_max_size:
    description: As O(gso_max_size), for IPv4 alone. Needs kernel 6.3.
    type: int
  gro_ipv4_max_size:
    description: As O(gro_max_size), for IPv4 alone. Needs kernel 6.3.
    type: int
  master:
    description:
      - Name of the link that this one is a port of (a bridge, bond or vrf), in the same namespace. Empty for none.
    type: str
  addresses:
    description:
      - Addresses of the link. Each is a string ADDRESS/LENGTH, or a dictionary.
      - Only added to, and corrected, unless O(purge) contains V(addresses).
      - The keys of a dictionary are C(address) (ADDRESS/LENGTH, required); C(peer), the address at the other end of a
        point-to-point link; C(broadcast) and C(label), for IPv4; C(scope), for IPv4, one of V(global), V(site), V(link),
        V(host), V(nowhere); C(nodad), for IPv6, to use the address without duplicate address detection, set when it is
        added; C(noprefixroute), no route for the prefix; C(metric), of the prefix route; C(valid_lifetime) and
        C(preferred_lifetime), in seconds or V(forever), which count down and are therefore compared as limited or not only.
    type: list
    elements: raw
  ipv6_addr_gen_mode:
    description:
      - How the kernel makes the link's IPv6 addresses, V(eui64), V(none), V(stable_secret) or V(random).
    type: str
  sysctls:
    description:
      - Sysctls of the link. A key is FAMILY.KEY, such as C(ipv6.accept_ra), for C(net.ipv6.conf.LINK.accept_ra); FAMILY is
        V(ipv4), V(ipv6) or V(mpls). They are set before the link goes up.
      - C(ipv6.stable_secret), the secret that addresses of the mode V(stable_secret) follow from, is an IPv6 address. It is never shown,
        put back where the link is made anew, and not part of what M(netdev.linux.topology_info) returns. The kernel sets that mode with it.
    type: dict
  purge:
    description:
      - Names of the lists that are exact, V(addresses), V(altnames), and where the module has such lists V(ports), and V(vlans) and V(fdb)
        of what the link is as a port. What is not in them is removed. A list that is not given is left alone all the same.
      - O(addresses) spares what the kernel and others made, that is link-local addresses, and addresses of limited life
        as router advertisements and DHCP make them.
    type: list
    elements: str
  wait:
    description:
      - What to wait for at the end of the task, on netlink events.
      - Keys are C(carrier), true to wait until the link has carrier; C(dad), true to wait until its IPv6 addresses have passed
        duplicate address detection; C(timeout), in seconds, 10 by default, after which the task fails; C(lend_carrier).
      - C(lend_carrier) true is for bridges without a live port, on which duplicate address detection can't end. The module plugs
        in a temporary tap, holds it open, waits, and removes it. Needs O(mac).
    type: dict
  allow_flap:
    description:
      - Allow changes that take an existing link down for a moment, such as moving it to another namespace, becoming a port of a
        bond or a vrf while it is up, or an attribute that the kernel changes only while the link is down. What the kernel drops
        meanwhile (addresses, routes) is put back.
    type: bool
    default: false
  recreate:
    description:
      - Allow deleting the link and making it anew where the kernel can't change an attribute, or where a link of another kind has
        the name. Its ports, addresses and routes are put back; its ifindex changes.
    type: bool
    default: false
  force:
    description:
      - With O(state=absent) or O(recreate=true), delete the link although a process holds it open or other links
        are on top of it, which the kernel then deletes too.
    type: bool
    default: false
notes:
  - An option that is not given is left alone; none has a default that changes an existing link.
  - A task that fails half way puts back what it had changed.
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
