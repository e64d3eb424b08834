# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds a port, in the background: hold.py udp|tcp ADDRESS PORT PIDFILE."""

from __future__ import annotations

import os
import signal
import socket
import sys

protocol, address, port, pidfile = sys.argv[1:]
holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
holder.bind((address, int(port)))
if protocol == "tcp":
    holder.listen(1)
child = os.fork()
if child:
    with open(pidfile, "w", encoding="ascii") as stream:
        stream.write(str(child))
    os._exit(0)
os.setsid()
# Whoever started us waits until nobody writes to its pipes any more.
null = os.open(os.devnull, os.O_RDWR)
for number in range(3):
    os.dup2(null, number)
signal.pause()
