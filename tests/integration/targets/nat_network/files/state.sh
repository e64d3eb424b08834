#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything that the role may have a hand in. What counts by itself (packets, lifetimes) is left out.
set -eu

ip -details -oneline link show | sed 's/@if[0-9]*//; s/gc_timer.*group_fwd_mask/group_fwd_mask/'
ip -oneline address show | sed 's/valid_lft.*//'
ip -4 route show table all
# Anycast addresses come with forwarding, which stays on.
ip -6 route show table all | grep -v ^anycast
nft --stateless list ruleset
# Built-in chains stay in tables that were used once.
{
  iptables-legacy-save
  ip6tables-legacy-save
} 2> /dev/null | grep -e '^-A' -e '^:.* - ' || :
find /etc /var/lib /run -maxdepth 1 -name 'netdev-linux*' | sort
find /etc/netdev-linux /var/lib/netdev-linux /run/netdev-linux -type f ! -name '*pid' -exec md5sum {} + 2> /dev/null | sort || :
for process in /proc/[0-9]*; do
  tr '\0' ' ' < "$process/cmdline" 2> /dev/null | grep -E 'nat_network/' | grep -v -e ansible || :
done | sed 's/supervisor.py [0-9]*/supervisor.py/' | sort
