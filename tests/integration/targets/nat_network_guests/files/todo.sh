#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What each guest does: ask for addresses, then use the network; after that it fetches a page again and again.
me=$(hostname)
case $me in
  guest1) other=guest2 ;;
  *) other=guest1 ;;
esac

# Somebody else may not be there yet, so each is tried for a while.
try() {
  tries=30
  until "$@"; do
    [ $((tries -= 1)) -gt 0 ] || { echo "$me failed: $*"; return; }
    sleep 1
  done
  echo "$me did: $*"
}

try dhcpcd --quiet --hostname="$me" --waitip=46 eth0
ip address show dev eth0
ip -4 route show
ip -6 route show
cat /etc/resolv.conf
try nslookup "$other.lab.example" 192.168.122.1
try nslookup db.lab.example 192.168.122.1
try ping -c 1 -W 5 "$(nslookup "$other.lab.example" 192.168.122.1 | sed -n 's/^Address[ 0-9]*: \(192[.0-9]*\)$/\1/p')"
try ping -c 1 -W 5 198.51.100.80
try ping -c 1 -W 5 2001:db8:80::80
try wget -q -O - http://198.51.100.80/
try wget -q -O - 'http://[2001:db8:80::80]/'
echo "$me is through"
while :; do
  [ "$(wget -q -O - http://198.51.100.80/)" = "a page" ] && nslookup mail.lab.example 192.168.122.1 > /dev/null && echo "$me has news"
  sleep 1
done
