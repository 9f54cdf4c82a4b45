# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy's log, switches and faults over HTTP."""

from __future__ import annotations

import dataclasses
import typing as t

from aiohttp import web

from tests.lab.redshift_proxy.proxy import RedshiftProxy
from tests.lab.redshift_proxy.state import FaultError, ProxyFault
from tests.lab.redshift_proxy.switches import ProxySwitches

PROXY = web.AppKey("proxy", RedshiftProxy)


def proxy_control_app(proxy: RedshiftProxy) -> web.Application:
    """Return an application with ``/log``, ``/switches``, ``/faults`` (read, change, DELETE) and ``/reset`` (POST)."""
    app = web.Application()
    app[PROXY] = proxy
    app.add_routes(
        [
            web.get("/log", _log),
            web.delete("/log", _clear_log),
            web.get("/switches", _switches),
            web.patch("/switches", _switch),
            web.get("/faults", _faults),
            web.post("/faults", _add_fault),
            web.delete("/faults", _clear_faults),
            web.post("/reset", _reset),
        ]
    )
    return app


async def _log(request: web.Request) -> web.Response:
    return web.json_response(request.app[PROXY].log.as_json())


async def _clear_log(request: web.Request) -> web.Response:
    request.app[PROXY].log.clear()
    return web.Response(status=204)


async def _switches(request: web.Request) -> web.Response:
    return web.json_response(dataclasses.asdict(request.app[PROXY].switches))


async def _switch(request: web.Request) -> web.Response:
    proxy, values = request.app[PROXY], await request.json()
    problem = _problem(values, dataclasses.asdict(ProxySwitches()))
    if problem:
        return web.json_response({"message": problem}, status=400)
    proxy.switches = dataclasses.replace(proxy.switches, **values)
    return await _switches(request)


def _problem(values: t.Any, defaults: dict[str, t.Any]) -> str | None:
    """Return what is wrong with new values of switches, or None."""
    if not isinstance(values, dict):
        return "The body must be an object of switches."
    for name, value in values.items():
        if name not in defaults:
            return f"There is no switch {name}. The switches are {', '.join(defaults)}."
        if type(value) is not type(defaults[name]):
            return f"The switch {name} is a {type(defaults[name]).__name__}."
    return None


async def _faults(request: web.Request) -> web.Response:
    return web.json_response([dataclasses.asdict(fault) for fault in request.app[PROXY].faults.listed])


async def _add_fault(request: web.Request) -> web.Response:
    try:
        fault = ProxyFault.from_json(await request.json())
    except FaultError as error:
        return web.json_response({"message": str(error)}, status=400)
    request.app[PROXY].faults.listed.append(fault)
    return web.json_response(dataclasses.asdict(fault), status=201)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[PROXY].faults.listed.clear()
    return web.Response(status=204)


async def _reset(request: web.Request) -> web.Response:
    request.app[PROXY].reset()
    return web.Response(status=204)
