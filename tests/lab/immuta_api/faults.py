# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the API that tests ask for: which request they hit, and what happens to it."""

from __future__ import annotations

import asyncio
import collections.abc
import dataclasses
import email.utils
import json
import os
import re
import signal
import time
import typing as t

from aiohttp import web

from tests.lab.immuta_api.errors import envelope
from tests.lab.immuta_api.switches import Switches

Handler = collections.abc.Callable[[web.Request], collections.abc.Awaitable[web.StreamResponse]]
Kind = t.Literal[
    "status", "retry_after", "reset_before", "reset_after", "slow", "truncated", "html", "empty", "not_json",
    "redirect", "expire_token", "kill",
]  # fmt: skip

#: kinds that let the request take effect first, unless `handle` says otherwise
_HANDLED = frozenset({"reset_after", "slow", "truncated", "empty", "not_json", "expire_token", "kill"})


@dataclasses.dataclass
class Fault:
    """One fault. The first fault in the list that is due takes the request; later ones do not count it."""

    #: what happens: `kill` sends SIGKILL to `pid` once the request has taken effect
    kind: Kind
    #: HTTP method; None: any
    method: str | None = None
    #: regular expression searched in the path
    path: str = ""
    #: matching requests to let through first
    skip: int = 0
    #: matching requests to hit; None: all that follow
    times: int | None = 1
    #: HTTP status; 0: the kind's own (status: 500, retry_after: 429, redirect: 307, others: 200)
    status: int = 0
    #: body of the answer: JSON, or text as it is; None: the kind's own
    body: t.Any = None
    #: further headers; a `redirect` goes to their Location
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    #: `slow`: delay; `retry_after`: the value of Retry-After
    seconds: float = 1.0
    #: `kill`: the process, or as a negative number the process group
    pid: int = 0
    #: whether the request takes effect before the fault; None: the kind's own
    handle: bool | None = None
    #: counter: matching requests so far
    seen: int = 0
    #: counter: requests hit so far
    used: int = 0

    def __post_init__(self) -> None:
        if self.kind not in t.get_args(Kind):
            raise ValueError(f"There is no fault {self.kind!r}; there are {', '.join(t.get_args(Kind))}.")
        if self.kind == "kill" and abs(self.pid) <= 1:
            raise ValueError("A fault 'kill' needs the pid of a process, or minus that of a process group.")
        try:
            re.compile(self.path)
        except re.error as exc:
            raise ValueError(f"The path {self.path!r} is not a regular expression: {exc}.") from exc

    @property
    def takes_effect(self) -> bool:
        """Whether the request is handled before the fault shows."""
        return self.kind in _HANDLED if self.handle is None else self.handle

    def is_due(self, method: str, path: str) -> bool:
        """Count a request, and return whether this fault takes it."""
        if (self.method and self.method.upper() != method) or not re.search(self.path, path):
            return False
        self.seen += 1
        if self.seen <= self.skip or (self.times is not None and self.used >= self.times):
            return False
        self.used += 1
        return True


class FaultBook:
    """The faults that are set."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, described: t.Mapping[str, t.Any]) -> Fault:
        """Add a fault as JSON describes it; ValueError tells what is wrong with it."""
        unknown = set(described) - {field.name for field in dataclasses.fields(Fault)} | ({"kind"} - set(described))
        if unknown:
            raise ValueError(f"A fault has the fields of Fault, and a kind; wrong or missing: {sorted(unknown)}.")
        fault = Fault(**described)
        self.faults.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that takes this request; None where none is due."""
        return next((fault for fault in self.faults if fault.is_due(method, path)), None)


async def apply(
    fault: Fault, request: web.Request, handler: Handler, switches: Switches, expire: t.Callable[[], None]
) -> web.StreamResponse:
    """Answer a request in the way of a fault.

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
        _kill(fault.pid)
    if fault.kind in ("slow", "kill", "expire_token") and fault.body is None and not fault.status:
        return proper if proper is not None else await handler(request)
    return _made_up(fault, switches)


def retry_after(seconds: float, form: str) -> str:
    """Return the value of a Retry-After header; a date is rounded up to whole seconds."""
    if form == "date":
        return email.utils.formatdate(time.time() + seconds + 0.999, usegmt=True)
    return str(int(seconds) if seconds == int(seconds) else seconds)


def _reset(request: web.Request) -> web.Response:
    """Close the connection; the answer returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _truncated(request: web.Request, proper: web.StreamResponse) -> web.StreamResponse:
    """Announce the whole answer, send half of it, and close the connection."""
    body = proper.body if isinstance(proper, web.Response) and isinstance(proper.body, bytes) else b""
    cut = web.StreamResponse(status=proper.status, headers={"Content-Type": proper.headers.get("Content-Type", "")})
    cut.content_length = len(body) + 1
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return cut


def _kill(pid: int) -> None:
    """Send SIGKILL to a process or a group; one that is gone already is as good as killed."""
    try:
        if pid < 0:
            os.killpg(-pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _made_up(fault: Fault, switches: Switches) -> web.Response:
    """Return the answer that the fault gives in place of the proper one."""
    status = fault.status or {"status": 500, "retry_after": 429, "redirect": 307}.get(fault.kind, 200)
    headers = dict(fault.headers)
    if fault.kind == "retry_after":
        headers.setdefault("Retry-After", retry_after(fault.seconds, switches.retry_after))
    if fault.kind == "redirect":
        headers.setdefault("Location", fault.body if isinstance(fault.body, str) else "/elsewhere")
    body, content_type = _made_up_body(fault, status)
    headers.setdefault("Content-Type", content_type)
    return web.Response(status=status, headers=headers, body=body.encode())


def _made_up_body(fault: Fault, status: int) -> tuple[str, str]:
    """Return body and content type."""
    if isinstance(fault.body, str) and fault.kind != "redirect":
        return fault.body, "text/html" if fault.kind == "html" else "application/json"
    if fault.body is not None and fault.kind != "redirect":
        return json.dumps(fault.body), "application/json"
    if fault.kind == "html":
        return "<!DOCTYPE html><html><head><title>Gateway</title></head><body>Please log in.</body></html>", "text/html"
    if fault.kind in ("empty", "redirect"):
        return "", "application/json"
    if fault.kind == "not_json":
        return "this is not JSON", "application/json"
    return json.dumps(envelope(status, "A fault that the test asked for.")), "application/json"
