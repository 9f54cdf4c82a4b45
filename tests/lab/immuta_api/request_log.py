# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of requests that tests assert on. It never contains a secret."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from aiohttp import web

from tests.lab.immuta_api import redaction


@dataclasses.dataclass
class Entry:
    """One request."""

    #: number, from 1
    n: int
    method: str
    path: str
    #: query string as it came
    query: str
    #: body as JSON with each secret replaced by its name, a note if it is not JSON, None without a body
    body: t.Any
    #: names of the headers in their order
    headers: list[str]
    #: api_key, no_permission_key, token, bare_token, expired_token, bearer_key, unknown or none
    authorization: str
    #: HTTP status of the proper response or of the fault; None: no response (yet)
    status: int | None = None
    #: kind of the fault that took the request
    fault: str | None = None


class RequestLog:
    """All requests outside the control API, in the order of their arrival."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    async def add(self, request: web.Request, authorization: str) -> Entry:
        """Add a request."""
        entry = Entry(
            n=len(self.entries) + 1,
            method=request.method,
            path=request.path,
            query=request.query_string,
            body=_shown(await request.read()),
            headers=list(request.headers),
            authorization=authorization,
        )
        self.entries.append(entry)
        return entry


def _shown(raw: bytes) -> t.Any:
    """Return a body as it may be shown."""
    if not raw:
        return None
    try:
        return redaction.hidden(json.loads(raw))
    except ValueError:
        return f"<{len(raw)} bytes that are not JSON>"
