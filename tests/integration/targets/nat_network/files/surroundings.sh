#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The surroundings: an internet beyond the host's uplink, and things of others that must stay as they are.
set -eu

# No link-local addresses, which would come a moment later and make before and after differ.
quiet() {
  ip "$@" addrgenmode none
}

ip netns add internet
ip -n internet link set dev lo up
ip link add name uplink type veth peer name eth0 netns internet
quiet link set dev uplink
quiet -n internet link set dev eth0
ip address add 203.0.113.2/24 dev uplink
ip address add 2001:db8:113::2/64 dev uplink nodad
ip link set dev uplink up
ip -n internet address add 203.0.113.1/24 dev eth0
ip -n internet address add 198.51.100.80/32 dev eth0
ip -n internet address add 2001:db8:113::1/64 dev eth0 nodad
ip -n internet address add 2001:db8:80::80/128 dev eth0 nodad
ip -n internet link set dev eth0 up
ip route add default via 203.0.113.1
ip route add default via 2001:db8:113::1
# As from a router advertisement: the kernel would not take another one when it is a router.
ip route add 2001:db8:99::/48 via 2001:db8:113::1 dev uplink proto ra
# The network six is routed, not translated, so the internet has to know the way back.
ip -n internet route add 2001:db8:6::/64 via 2001:db8:113::2

ip link add name other0 address 02:00:00:00:0f:01 type bridge
quiet link set dev other0
ip link set dev other0 alias "of somebody else" up
ip address add 192.0.2.1/24 dev other0
ip link add name other1 type veth peer name other2
quiet link set dev other1
ip link set dev other1 master other0 up
nft -f - << RULES
table ip other {
	chain forward {
		type filter hook forward priority filter - 5; policy accept;
		ip saddr 192.0.2.66 counter drop
	}
}
RULES
mkdir -p /etc/netdev-linux/other
echo theirs > /etc/netdev-linux/other/file
