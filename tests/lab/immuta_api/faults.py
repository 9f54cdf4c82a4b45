# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the API that tests set: which request they hit, and what happens to it."""

from __future__ import annotations

import asyncio
import collections.abc
import dataclasses
import email.utils
import json
import re
import time
import typing as t

from aiohttp import web

from tests.lab import fault as base
from tests.lab.immuta_api.errors import envelope
from tests.lab.immuta_api.switches import Switches

Handler = collections.abc.Callable[[web.Request], collections.abc.Awaitable[web.StreamResponse]]
Kind = t.Literal[
    "status", "retry_after", "reset_before", "reset_after", "slow", "truncated", "html", "empty", "not_json",
    "redirect", "expire_token", "kill", "upgrade",
]  # fmt: skip

#: kinds that let the request take effect first, unless `handle` says otherwise
_HANDLED = frozenset({"reset_after", "slow", "truncated", "empty", "not_json", "expire_token", "kill"})

#: kinds whose body is HTML -> that body
_HTML = {
    "html": "<!DOCTYPE html><html><head><title>Gateway</title></head><body>Please log in.</body></html>",
    "upgrade": "<html>\n<head><title>{0}</title></head>\n<body><center><h1>{0}</h1></center><hr>nginx</body>\n</html>",
}


@dataclasses.dataclass
class Fault(base.Fault):
    """One fault of the API. The first fault in the list that is due takes the request; later ones do not count it.

    `kill` sends its signal after the request has taken effect. `upgrade` is an upgrade of Immuta: requests get 502 and
    503 in turn, with HTML, until `times` requests were hit or, with `times` 0, `seconds` have passed since the first.
    """

    #: HTTP method; None: any
    method: str | None = None
    #: regular expression searched in the path
    path: str = ""
    #: how the request is authenticated, as in the log (`none`: not at all); None: any
    authorization: str | None = None
    #: HTTP status; 0: the kind's own (status: 500, retry_after: 429, redirect: 307, upgrade: 502 or 503, others: 200)
    status: int = 0
    #: body of the response: JSON, or text as it is; None: the kind's own
    body: t.Any = None
    #: further headers; a `redirect` goes to their Location
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    #: whether the request takes effect before the fault; None: the kind's own
    handle: bool | None = None
    #: when the first request was hit, by the monotonic clock
    since: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in t.get_args(Kind):
            raise ValueError(f"There is no fault {self.kind!r}; there are {', '.join(t.get_args(Kind))}.")
        super().__post_init__()
        try:
            re.compile(self.path)
        except re.error as exc:
            raise ValueError(f"The path {self.path!r} is not a regular expression: {exc}.") from exc

    @property
    def takes_effect(self) -> bool:
        """Whether the request is handled before the fault shows."""
        return self.kind in _HANDLED if self.handle is None else self.handle

    def is_due(self, method: str, path: str, authorization: str) -> bool:
        """Count a request, and return whether this fault takes it."""
        if (self.method and self.method.upper() != method) or not re.search(self.path, path):
            return False
        if self.authorization not in (None, authorization):
            return False
        return not self._is_over() and self.count()

    def _is_over(self) -> bool:
        """Return whether an upgrade that lasts for a time, not for a number of requests, has ended."""
        if self.kind != "upgrade" or self.times:
            return False
        now = time.monotonic()
        self.since = self.since or now
        return now >= self.since + self.seconds


class FaultBook:
    """The faults that are set."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, described: t.Mapping[str, t.Any]) -> Fault:
        """Add a fault as JSON describes it; ValueError says what is wrong with it."""
        unknown = set(described) - {field.name for field in dataclasses.fields(Fault)} | ({"kind"} - set(described))
        if unknown:
            raise ValueError(f"A fault has the fields of Fault, and a kind; wrong or missing: {sorted(unknown)}.")
        fault = Fault(**described)
        self.faults.append(fault)
        return fault

    def take(self, method: str, path: str, authorization: str) -> Fault | None:
        """Return the fault that takes this request; None if none is due."""
        return next((fault for fault in self.faults if fault.is_due(method, path, authorization)), None)


async def apply(
    fault: Fault, request: web.Request, handler: Handler, switches: Switches, expire: t.Callable[[], None]
) -> web.StreamResponse:
    """Respond to a request as the fault says.

    :param handler: what handles the request properly
    :param expire: makes all tokens expire
    """
    if fault.kind == "expire_token":
        expire()
    proper = await handler(request) if fault.takes_effect else None
    if fault.kind in ("reset_before", "reset_after"):
        return _reset(request)
    if fault.kind == "truncated" and proper is not None:
        return await _truncated(request, proper)
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
    if fault.kind == "kill":
        fault.kill()
    if fault.kind in ("slow", "kill", "expire_token") and fault.body is None and not fault.status:
        return proper if proper is not None else await handler(request)
    return _made_up(fault, switches)


def retry_after(seconds: float, form: str) -> str:
    """Return the value of a Retry-After header; a date is rounded up to whole seconds."""
    if form == "date":
        return email.utils.formatdate(time.time() + seconds + 0.999, usegmt=True)
    return str(int(seconds) if seconds == int(seconds) else seconds)


def _reset(request: web.Request) -> web.Response:
    """Close the connection; the response returned here is not sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _truncated(request: web.Request, proper: web.StreamResponse) -> web.StreamResponse:
    """Announce the whole response, send half of it, and close the connection."""
    body = proper.body if isinstance(proper, web.Response) and isinstance(proper.body, bytes) else b""
    cut = web.StreamResponse(status=proper.status, headers={"Content-Type": proper.headers.get("Content-Type", "")})
    cut.content_length = len(body) + 1
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return cut


def _made_up(fault: Fault, switches: Switches) -> web.Response:
    """Return the response that the fault sends in place of the proper one."""
    status = fault.status or _usual_status(fault)
    headers = dict(fault.headers)
    if fault.kind == "retry_after":
        headers.setdefault("Retry-After", retry_after(fault.seconds, switches.retry_after))
    if fault.kind == "redirect":
        headers.setdefault("Location", fault.body if isinstance(fault.body, str) else "/elsewhere")
    body, content_type = _made_up_body(fault, status)
    headers.setdefault("Content-Type", content_type)
    return web.Response(status=status, headers=headers, body=body.encode())


def _usual_status(fault: Fault) -> int:
    """Return the status of a kind of fault."""
    if fault.kind == "upgrade":
        return 502 if fault.met % 2 else 503
    return {"status": 500, "retry_after": 429, "redirect": 307}.get(fault.kind, 200)


def _made_up_body(fault: Fault, status: int) -> tuple[str, str]:
    """Return body and content type."""
    if isinstance(fault.body, str) and fault.kind != "redirect":
        return fault.body, "text/html" if fault.kind in _HTML else "application/json"
    if fault.body is not None and fault.kind != "redirect":
        return json.dumps(fault.body), "application/json"
    if fault.kind in _HTML:
        return _HTML[fault.kind].format(status), "text/html"
    if fault.kind in ("empty", "redirect"):
        return "", "application/json"
    if fault.kind == "not_json":
        return "this is not JSON", "application/json"
    return json.dumps(envelope(status, "A fault that the test asked for.")), "application/json"
