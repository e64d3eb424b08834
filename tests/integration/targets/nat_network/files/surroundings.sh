#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Routes of others, and things of others that must stay as they are.
set -eu

# As from a router advertisement: the kernel would not take another one when it is a router.
ip route add 2001:db8:99::/48 via 2001:db8:113::1 dev uplink proto ra
# The network six is routed, not translated, so the internet has to know the way back.
ip -n internet route add 2001:db8:6::/64 via 2001:db8:113::2

# No link-local addresses, which would come a moment later and make before and after differ.
quiet() {
  ip "$@" addrgenmode none
}

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
