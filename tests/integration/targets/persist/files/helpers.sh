#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Bring the ifcfg files of a folder up, or down, through our helpers: in the order of their names, and up a second time in the other.
set -eu
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

cd "$1"
backwards=
for file in ifcfg-*; do
  backwards="$file $backwards"
done
if [ "$2" = up ]; then
  # shellcheck disable=SC2016  # it is the script's
  printf '#!/bin/bash\ncd "${0%%/*}"; exec ./ifup-netdev-lab "$1" boot\n' > ifup
  chmod 755 ifup
  for file in ifcfg-* $backwards; do
    ./ifup "$file"
  done
else
  for file in $backwards; do
    ./ifdown-netdev-lab "$file"
  done
  ip link set dev lo up
fi
