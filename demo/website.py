# Copyright (c) 2026, netdev.linux contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A web server that tells each client the address it comes from, over IPv4 and, where there is IPv6, over that too.

website.py LOG_FILE
"""

from __future__ import annotations

import http.server
import ipaddress
import socket
import sys
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every request with the client's address."""

    def do_GET(self) -> None:
        """Answer, and note who asked."""
        client = ipaddress.ip_address(self.client_address[0])
        if isinstance(client, ipaddress.IPv6Address):
            client = client.ipv4_mapped or client
        with LOG.open("a", encoding="utf-8") as log:
            log.write(f"{client} {self.requestline}\n")
        body = f"Hello, {client}!\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Keep quiet: the log is a file."""


class Server(http.server.ThreadingHTTPServer):
    """Serves both address families on one socket."""

    address_family = socket.AF_INET6 if Path("/proc/sys/net/ipv6").exists() else socket.AF_INET

    def server_bind(self) -> None:
        """Take IPv4 clients too, whatever the system's default."""
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


LOG = Path(sys.argv[1])

if __name__ == "__main__":
    with Server(("", 80), Handler) as server:
        print("ready", flush=True)
        server.serve_forever()
