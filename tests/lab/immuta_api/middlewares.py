# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every request passes through, from the outside in: log, faults, errors, route, rate limit, permission."""

from __future__ import annotations

import json
import time
import typing as t

from aiohttp import web

from tests.lab.immuta_api import faults, redaction
from tests.lab.immuta_api.errors import ApiError, RouteError, SchemaError, envelope
from tests.lab.immuta_api.faults import Handler
from tests.lab.immuta_api.state import Simulator, simulator_of
from tests.lab.immuta_api.switches import Connections

CONTROL = "/_sim"
#: paths that need no key or token
_OPEN = ("/bim/", "/health")
_LOOPBACK = ("127.0.0.1", "::1")


def is_control(request: web.Request) -> bool:
    """Return whether a request is for the control API, which is not part of Immuta's."""
    return request.path == CONTROL or request.path.startswith(f"{CONTROL}/")


@web.middleware
async def control(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Serve the control API on loopback only, and say what is wrong with a request to it."""
    if not is_control(request):
        return await handler(request)
    if request.remote not in _LOOPBACK:
        raise web.HTTPForbidden(text="The control API is for loopback only.")
    try:
        return await handler(request)
    except ValueError as exc:
        return web.json_response({"error": str(exc)}, status=400)


@web.middleware
async def log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log the request, and pass it to the fault that takes it."""
    if is_control(request):
        return await handler(request)
    simulator = simulator_of(request)
    kind = simulator.tokens.kind(request.headers.get("Authorization"))
    entry = await simulator.log.add(request, kind)
    fault = simulator.faults.take(request.method, request.path, kind)
    if fault is None:
        response = await handler(request)
    else:
        entry.fault = fault.kind
        response = await faults.apply(fault, request, handler, simulator.switches, simulator.tokens.expire)
    sent = fault is None or not fault.kind.startswith("reset")
    entry.status = response.status if sent else None
    return response


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into hapi's envelope."""
    if is_control(request):
        return await handler(request)
    try:
        response = await handler(request)
        return await _with_echo(request, response) if simulator_of(request).switches.echo_secrets else response
    except ApiError as exc:
        body = exc.body_of(simulator_of(request).switches) if isinstance(exc, SchemaError) else exc.body()
        if simulator_of(request).switches.echo_secrets:
            body["message"] += await _echo(request)
        return web.json_response(body, status=exc.status, headers=exc.headers)
    except web.HTTPException as exc:
        return web.json_response(envelope(exc.status, exc.reason or ""), status=exc.status)


@web.middleware
async def route(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what this version of Immuta does not have, before anybody asks for credentials: a path or its method."""
    if is_control(request):
        return await handler(request)
    if request.match_info.http_exception is not None or _is_missing(request):
        raise RouteError
    return await handler(request)


def _is_missing(request: web.Request) -> bool:
    """Return whether a switch says that this version of Immuta does not have the endpoint."""
    switches, resource = simulator_of(request).switches, request.match_info.route.resource
    path = resource.canonical if resource else ""
    if path in t.get_args(Connections):
        return path not in switches.connection_endpoints
    return path in switches.missing_endpoints


@web.middleware
async def permission(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Apply the rate limit, and let only the right keys and tokens through, before anybody reads the body."""
    if is_control(request):
        return await handler(request)
    simulator = simulator_of(request)
    _limit(simulator)
    if not request.path.startswith(_OPEN):
        simulator.tokens.check(request.headers.get("Authorization"))
    return await handler(request)


def _limit(simulator: Simulator) -> None:
    """Raise the 429 for too many requests within a second; refused ones do not count."""
    limit, recent, now = simulator.switches.rate_limit, simulator.recent, time.monotonic()
    while recent and now - recent[0] >= 1:
        recent.popleft()
    if limit and len(recent) >= limit:
        value = faults.retry_after(1, simulator.switches.retry_after)
        raise ApiError(429, "Too many requests.", headers={"Retry-After": value})
    if limit:
        recent.append(now)


async def _with_echo(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Return the response to a write with one more validation test, whose message repeats the secrets."""
    message = await _echo(request) if request.method in ("POST", "PUT") else ""
    if not message or not isinstance(response, web.Response) or response.content_type != "application/json":
        return response
    body = json.loads(response.text or "null")
    results = body.get("validationResults") if isinstance(body, dict) else None
    if not isinstance(results, dict) or not isinstance(results.get("validationTests"), list):
        return response
    results["validationTests"] = [*results["validationTests"], {"name": "Echo", "status": "passed", "message": message}]
    return web.json_response(body, status=response.status)


async def _echo(request: web.Request) -> str:
    """Return the secrets of a request, as a careless server would repeat them."""
    try:
        secrets = redaction.secrets_of(json.loads(await request.read()))
    except ValueError:
        return ""
    form = simulator_of(request).switches.echo_form
    return "".join(f" ({name} was '{redaction.written(value, form)}')" for name, value in secrets.items())
