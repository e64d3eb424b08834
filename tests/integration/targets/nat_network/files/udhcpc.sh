#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a guest does with a lease; busybox udhcpc calls it with the answer in variables.
set -eu

# shellcheck disable=SC2154
case $1 in
  bound | renew)
    ip address replace "$ip/$mask" dev "$interface"
    [ -z "${router-}" ] || ip route replace default via "$router"
    # Bound over /etc/resolv.conf by `ip netns exec` from now on.
    directory=/etc/netns/$(ip netns identify)
    mkdir -p "$directory"
    : > "$directory/resolv.conf"
    [ -z "${domain-}" ] || echo "search $domain" >> "$directory/resolv.conf"
    [ -z "${dns-}" ] || echo "nameserver $dns" >> "$directory/resolv.conf"
    echo "lease $ip/$mask router ${router-none} dns ${dns-none} domain ${domain-none} mtu ${mtu-none} time $lease"
    ;;
esac
