#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A guest in a namespace of its own, plugged into a bridge: guest.sh NAME BRIDGE MAC
set -eu

ip netns add "$1"
ip -n "$1" link set dev lo up
ip link add name "veth-$1" type veth peer name eth0 address "$3" netns "$1"
ip link set dev "veth-$1" master "$2" up
ip -n "$1" link set dev eth0 up
