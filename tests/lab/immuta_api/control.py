# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API for tests: /_sim. It is not part of Immuta's."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from aiohttp import web

from tests.lab.immuta_api.middlewares import CONTROL
from tests.lab.immuta_api.state import simulator_of


def routes() -> list[web.RouteDef]:
    """Return the routes of the control API."""
    return [
        web.get(f"{CONTROL}/requests", _requests),
        web.delete(f"{CONTROL}/requests", _clear_requests),
        web.get(f"{CONTROL}/switches", _switches),
        web.patch(f"{CONTROL}/switches", _set_switches),
        web.post(f"{CONTROL}/reset", _reset),
        web.get(f"{CONTROL}/faults", _faults),
        web.post(f"{CONTROL}/faults", _add_faults),
        web.delete(f"{CONTROL}/faults", _clear_faults),
        web.get(f"{CONTROL}/integrations", _integrations),
        web.post(f"{CONTROL}/integrations", _seed),
        web.patch(f"{CONTROL}/integrations/{{id}}", _set_status),
        web.post(f"{CONTROL}/integrations/{{id}}/migrate", _migrate),
    ]


async def _requests(request: web.Request) -> web.Response:
    entries = simulator_of(request).log.entries
    return web.json_response([dataclasses.asdict(entry) for entry in entries])


async def _clear_requests(request: web.Request) -> web.Response:
    simulator_of(request).log.entries.clear()
    return web.json_response([])


async def _switches(request: web.Request) -> web.Response:
    return web.json_response(dataclasses.asdict(simulator_of(request).switches))


async def _set_switches(request: web.Request) -> web.Response:
    simulator_of(request).switches.update(await _object(request))
    return await _switches(request)


async def _reset(request: web.Request) -> web.Response:
    await simulator_of(request).reset()
    return web.json_response({})


async def _faults(request: web.Request) -> web.Response:
    faults = simulator_of(request).faults.faults
    return web.json_response([dataclasses.asdict(fault) for fault in faults])


async def _add_faults(request: web.Request) -> web.Response:
    """Add one fault, or a list of them."""
    for described in await _objects(request):
        simulator_of(request).faults.add(described)
    return await _faults(request)


async def _clear_faults(request: web.Request) -> web.Response:
    simulator_of(request).faults.faults.clear()
    return web.json_response([])


async def _integrations(request: web.Request) -> web.Response:
    """Return the state as it is, whatever the switches hide in responses."""
    integrations = simulator_of(request).store.all()
    return web.json_response([{"id": one.id, "status": one.status, **one.body} for one in integrations])


async def _seed(request: web.Request) -> web.Response:
    """Add one integration, or a list of them, as described: any type, status and fields."""
    store = simulator_of(request).store
    for described in await _objects(request):
        store.seed(described)
    return await _integrations(request)


async def _set_status(request: web.Request) -> web.Response:
    """Change the status (and validationResults) of an integration: what Immuta does without a request."""
    integration = simulator_of(request).store.get(request.match_info["id"])
    if integration is None:
        raise ValueError(f"There is no integration {request.match_info['id']!r}.")
    changes = await _object(request)
    unknown = sorted(set(changes) - {"status", "validationResults"})
    if unknown:
        raise ValueError(f"Only status and validationResults can be changed, not {unknown}.")
    integration.status = str(changes.get("status", integration.status))
    if "validationResults" in changes:
        integration.set_validation(changes["validationResults"])
    return await _integrations(request)


async def _migrate(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    integration = simulator.store.get(request.match_info["id"])
    if integration is None:
        raise ValueError(f"There is no integration {request.match_info['id']!r}.")
    simulator.state_machine.migrate(integration)
    return await _integrations(request)


async def _object(request: web.Request) -> dict[str, t.Any]:
    """Return a body that must be a JSON object."""
    body = json.loads(await request.read())
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    return body


async def _objects(request: web.Request) -> list[dict[str, t.Any]]:
    """Return a body that is a JSON object or a list of them, as a list."""
    body = json.loads(await request.read())
    listed = body if isinstance(body, list) else [body]
    if not all(isinstance(item, dict) for item in listed):
        raise ValueError("The body must be a JSON object or a list of them.")
    return listed
