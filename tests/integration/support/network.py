# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be between the collection and Immuta: a proxy, a gateway that adds a path, another address."""

from __future__ import annotations

import base64
import contextlib
import http.client
import http.server
import select
import socket
import socketserver
import threading
import typing as t
from urllib.parse import urlsplit

_SECONDS = 30.0
_BLOCK = 65536
_HOP = ("connection", "transfer-encoding", "proxy-authorization", "proxy-connection")

Address = tuple[str, int]


class _Served:
    """A server in a thread, stopped at the end of the context."""

    server: socketserver.BaseServer

    def __enter__(self) -> t.Self:
        self._thread = threading.Thread(target=lambda: self.server.serve_forever(poll_interval=0.02), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class _Quiet(socketserver.ThreadingMixIn):
    daemon_threads = True

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """Print nothing: clients that disconnect are part of the tests."""


class _HttpServer(_Quiet, http.server.HTTPServer):
    gateway: Gateway


class _RelayServer(_Quiet, socketserver.TCPServer):
    target: Address


class _Relay6Server(_RelayServer):
    address_family = socket.AF_INET6


class Gateway(_Served):
    """An HTTP proxy (CONNECT and plain), and a gateway that has the tenant below a path. All requests go to one target.

    :param target: host and port of the tenant, whatever name a client asks for
    :param login: ``user:password`` that a client of the proxy must send
    :param prefix: the path of the tenant; without one, only a proxy
    """

    def __init__(self, target: Address, login: str = "", prefix: str = "") -> None:
        self.target, self.prefix = target, prefix
        self.wanted = f"Basic {base64.b64encode(login.encode()).decode()}" if login else None
        #: the requests: method and target as the client wrote them, with its headers in lower case
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.server = _HttpServer(("127.0.0.1", 0), _GatewayHandler)
        self.server.gateway = self

    def url(self, login: str = "") -> str:
        """Return the address, with a login if one is specified."""
        return f"http://{login + '@' if login else ''}127.0.0.1:{self.server.server_address[1]}"

    def requests(self) -> list[str]:
        """Return the requests."""
        return [line for line, _headers in self.asked]


class _GatewayHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HttpServer

    def _is_refused(self) -> bool:
        """Note the request; refuse one without the right login."""
        gateway = self.server.gateway
        headers = {name.lower(): value for name, value in self.headers.items()}
        gateway.asked.append((f"{self.command} {self.path}", headers))
        if gateway.wanted in (None, headers.get("proxy-authorization")):
            return False
        self.close_connection = True
        self.send_response(407)
        self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return True

    def do_CONNECT(self) -> None:
        """Open a tunnel."""
        if self._is_refused():
            return
        self.close_connection = True
        with socket.create_connection(self.server.gateway.target, timeout=_SECONDS) as upstream:
            self.send_response(200)
            self.end_headers()
            pump(self.connection, upstream)

    def _forward(self) -> None:
        if self._is_refused():
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self._path()
        if path is None:
            self._reply(404, b'{"message": "There is nothing here."}')
            return
        connection = http.client.HTTPConnection(*self.server.gateway.target, timeout=_SECONDS)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        with contextlib.closing(connection):
            connection.request(self.command, path, body, headers)
            response = connection.getresponse()
            self._reply(response.status, response.read(), response.getheader("Content-Type", ""))

    def _path(self) -> str | None:
        """Return the path at the tenant."""
        if "://" in self.path:
            return urlsplit(self.path)._replace(scheme="", netloc="").geturl()
        prefix = self.server.gateway.prefix
        return self.path.removeprefix(prefix) if prefix and self.path.startswith(f"{prefix}/") else None

    def _reply(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _forward

    def log_message(self, *args: t.Any) -> None:
        """Print nothing."""


class Relay(_Served):
    """Another address of a target: every byte is forwarded.

    :param host: the address to listen on, ``::1`` for instance
    :raises OSError: this machine has no such address
    """

    def __init__(self, target: Address, host: str) -> None:
        kind = _Relay6Server if ":" in host else _RelayServer
        self.server = kind((host, 0), _RelayHandler)
        self.server.target = target
        self.port = int(self.server.server_address[1])


class _RelayHandler(socketserver.BaseRequestHandler):
    server: _RelayServer

    def handle(self) -> None:
        """Forward everything."""
        with socket.create_connection(self.server.target, timeout=_SECONDS) as upstream:
            pump(self.request, upstream)


def pump(one: socket.socket, other: socket.socket) -> None:
    """Forward data in both directions until one side closes."""
    while True:
        ready, _writable, _failed = select.select([one, other], [], [], _SECONDS)
        for source in ready:
            block = source.recv(_BLOCK)
            if not block:
                return
            (other if source is one else one).sendall(block)
        if not ready:
            return
