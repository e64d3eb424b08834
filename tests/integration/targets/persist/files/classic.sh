#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A tap with an address, whose connected route is replaced, by itself: down, and up again.
set -eu

ifdown tap0
if ip link show dev tap0 > /dev/null 2>&1; then
  echo 'tap0 is still there'
  exit 1
fi
ip link show dev pbr0 > /dev/null
ifup tap0
ip -details link show dev tap0
ip -oneline -4 address show dev tap0
ip -4 route show dev tap0
