#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a part of a network is known by, as JSON: when it is made anew, that changes. parts.sh NETWORK BRIDGE
set -u

handle() {
  nft --handle list table "$1" "nat_network_$network" 2> /dev/null | sed -n 's/^table .* # handle //p'
}

network=$1
bridge=$2
printf '{"bridge": "%s", "dnsmasq": "%s", "supervisor": "%s", "ip": "%s", "ip6": "%s"}\n' \
  "$(ip -oneline link show dev "$bridge" 2> /dev/null | cut -d: -f1)" \
  "$(cat "/run/netdev-linux/nat_network/$network/dnsmasq/pid" 2> /dev/null)" \
  "$(cat "/run/netdev-linux/nat_network/$network/supervisor.pid" 2> /dev/null)" \
  "$(handle ip)" "$(handle ip6)"
