#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a package of a network service brings, where its programs look for it: place.sh FOLDER LINE [FOLDER-BELOW]
# LINE has it read the folder that role persist writes to: no two of them take the same.
set -eu

rm -rf /etc/network /run/network
mkdir -p /etc/network /run/network
[ ! -d "$1/etc/network" ] || cp -r "$1/etc/network/." /etc/network/
for folder in interfaces.d if-pre-up.d if-up.d if-down.d if-post-down.d; do
  mkdir -p "/etc/network/$folder"
  # Scripts that come with it ask for programs which need not be here.
  rm -f "/etc/network/$folder"/*
done
printf 'auto lo\niface lo inet loopback\n%s\n' "$2" > /etc/network/interfaces
# What the package does when it is installed.
program=$1/usr/share/ifupdown2/__main__.py
[ ! -e "$program" ] || chmod a+x "$program"
if [ "${3-}" ]; then
  mount -t overlay -o "ro,lowerdir=$1/$3:/$3" overlay "/$3"
fi
conf=/etc/network/ifupdown2/ifupdown2.conf
[ ! -e $conf ] || sed -i 's|^state_dir=.*|state_dir=/run/network/|' $conf
