# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on loopback that sends prepared responses, and records the requests."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
import typing as t


class Reply(t.NamedTuple):
    """One response.

    :param body: sent as JSON unless it is a text
    :param fault: ``drop`` to close without a response, ``cut`` to send half of one, ``hang`` to send none
    """

    status: int = 200
    body: t.Any = None
    headers: t.Mapping[str, str] = {}
    fault: str = ""


class Asked(t.NamedTuple):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def handle_one_request(self) -> None:
        """Respond to one request of any method."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, headers, body))
        self._respond(self.server.replies.pop(0) if self.server.replies else Reply(599, "not expected"))

    def _respond(self, reply: Reply) -> None:
        if reply.fault == "hang":
            self.server.stopped.wait(10)
        if reply.fault in ("hang", "drop"):
            self.close_connection = True
            return
        content = (reply.body if isinstance(reply.body, str) else json.dumps(reply.body)).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) + (9 if reply.fault == "cut" else 0)))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = bool(reply.fault)

    def log_message(self, *args: t.Any) -> None:
        """Write no log."""


class Server(http.server.ThreadingHTTPServer):
    """A server on a free port of 127.0.0.1, gone at the end of the context."""

    daemon_threads = True

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = list(replies)
        self.asked: list[Asked] = []
        self.stopped = threading.Event()
        self._tls = tls
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self._thread = threading.Thread(target=lambda: self.serve_forever(poll_interval=0.01), daemon=True)

    def url(self, host: str = "127.0.0.1") -> str:
        """Return the address."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.server_port}"

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """Ignore it: clients that go away are part of the tests."""

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopped.set()
        self.shutdown()
        self.server_close()
        self._thread.join()
