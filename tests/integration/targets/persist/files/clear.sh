#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Take away every namespace, link and route that somebody made.
set -eu

ip route flush proto static
for name in $(ip -oneline link show | sed 's/^[0-9]*: \([^:@]*\).*/\1/'); do
  # One may have gone with another.
  [ "$name" = lo ] || ! ip link show dev "$name" > /dev/null 2>&1 || ip link delete dev "$name"
done
ip -all netns delete
