# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the API of AWX that the modules of awx.awx need to create objects: it stores them, and logs requests."""

from __future__ import annotations

import contextlib
import json
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

Object = dict[str, t.Any]

PREFIX = "/api/v2/"
ENCRYPTED = "$encrypted$"
#: Collections whose objects a schedule or a workflow node can name.
UNIFIED = ("job_templates", "workflow_job_templates", "projects", "inventory_sources")
RELATED = ("survey_spec", "update")


class FakeAwx:
    """The objects by collection and id, and every request that changed one."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Object]] = {"organizations": {}}
        self.associated: dict[str, list[int]] = {}
        self.surveys: dict[str, Object] = {}
        self.writes: list[tuple[str, str, Object]] = []
        self.create("organizations", {"name": "Default"})

    def named(self, collection: str) -> dict[str, Object]:
        """Return the objects of a collection by name."""
        return {row.get("name") or row["identifier"]: row for row in self.objects.get(collection, {}).values()}

    def create(self, collection: str, fields: Object) -> Object:
        """Store a new object."""
        number = sum(map(len, self.objects.values())) + 1
        url = f"{PREFIX}{collection}/{number}/"
        related = {name: f"{url}{name}/" for name in RELATED}
        row = {"id": number, "url": url, "type": collection.removesuffix("s"), "related": related, **fields}
        if collection == "inventory_sources":  # it inherits the organization of its inventory
            row["organization"] = self.objects["inventories"][fields["inventory"]]["organization"]
        self.objects.setdefault(collection, {})[number] = row
        return row

    def respond(self, method: str, url: str, body: Object) -> tuple[int, t.Any]:
        """Return the status and the body of a response."""
        parts = urlsplit(url)
        path = parts.path.removeprefix(PREFIX).strip("/")
        if method in ("POST", "PATCH"):
            self.writes.append((method, path, body))
        words = path.split("/")
        if len(words) == 1:
            return self._collection(method, words[0], dict(parse_qsl(parts.query)), body)
        row = self.objects[words[0]][int(words[1])]
        if len(words) == 2:
            row.update(body)
            return 200, self._shown(words[0], row)
        return self._sub(method, path, words[2], row, body)

    def _collection(self, method: str, name: str, query: Object, body: Object) -> tuple[int, t.Any]:
        if method == "POST":
            return 201, self._shown(name, self.create(name, body))
        sources = UNIFIED if name == "unified_job_templates" else (name,)
        rows = [self._shown(source, row) for source in sources for row in self.objects.get(source, {}).values()]
        return 200, _listed([row for row in rows if all(str(row.get(key)) == query[key] for key in query)])

    def _sub(self, method: str, path: str, name: str, row: Object, body: Object) -> tuple[int, t.Any]:
        if name == "survey_spec":
            if method == "POST":
                self.surveys[path] = body
            return 200, self.surveys.get(path, {})
        if name == "update":
            started = {"id": 1, "url": row["url"], "status": "pending"}
            return (202, started) if method == "POST" else (200, {"can_update": True})
        if name == "create_approval_template":
            approval = self.create("workflow_approval_templates", body)
            row["related"]["unified_job_template"] = approval["url"]
            return 201, approval
        if method == "POST":
            self.associated.setdefault(path, []).append(body["id"])
            return 204, None
        return 200, _listed([{"id": number} for number in self.associated.get(path, [])])

    def _shown(self, collection: str, row: Object) -> Object:
        """Return an object as AWX shows it: without secrets, and with the fields of a project update or a job."""
        ended = {
            "status": "successful",
            "finished": "2026-01-01T00:00:00Z",
            "failed": False,
            "scm_revision": "1",
            "summary_fields": {},
        }
        shown = {**row, **ended}
        if collection == "credentials":
            kind = self.objects["credential_types"][row["credential_type"]]
            secret = {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")}
            shown["inputs"] = {name: ENCRYPTED if name in secret else value for name, value in row["inputs"].items()}
        return shown


def _listed(rows: list[Object]) -> Object:
    return {"count": len(rows), "next": None, "results": rows}


@contextlib.contextmanager
def running_awx() -> t.Iterator[tuple[FakeAwx, str]]:
    """Start an AWX, and yield it and its address."""
    awx = FakeAwx()

    class Handler(BaseHTTPRequestHandler):
        """Passes requests on."""

        wbufsize = 65536

        def handle_request(self) -> None:
            """Respond to any request."""
            length = int(self.headers.get("Content-Length") or 0)
            status, body = awx.respond(self.command, self.path, json.loads(self.rfile.read(length) or b"{}"))
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.end_headers()
            if body is not None:
                self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST = do_PATCH = handle_request

        def log_message(self, format: str, *args: t.Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield awx, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
