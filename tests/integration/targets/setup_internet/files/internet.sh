#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# An internet beyond the host's uplink, which knows nothing of the host's networks.
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
