#!/bin/sh
# Copyright (c) 2026, netdev.linux contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Print the network namespace and the arguments.
printf '%s|' "$(readlink /proc/self/ns/net)" "$@"
