#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# A web server in the internet.
set -eu

mkdir /run/web
echo a page > /run/web/index.html
ip netns exec internet busybox httpd -f -p 80 -h /run/web > /run/web.log 2>&1 &
echo $! > /run/web.pid
