# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator of the Immuta API: the endpoints that Redshift uses (docs/dev/api-contract.md, section 2.1).

`create_app(Settings(...))` is everything a caller needs. State is in memory, in one process.
"""

from __future__ import annotations

import collections.abc
import json
import typing as t

from aiohttp import web

from tests.lab.immuta_api import control, integrations, middlewares, scripts
from tests.lab.immuta_api.errors import ApiError, SchemaError
from tests.lab.immuta_api.integrations import Integration
from tests.lab.immuta_api.payload import Payload, parse
from tests.lab.immuta_api.state import SIMULATOR, Settings, Simulator, simulator_of
from tests.lab.immuta_api.switches import Switches

__all__ = ["SIMULATOR", "Settings", "Simulator", "Switches", "create_app"]

Json = dict[str, t.Any]


def create_app(settings: Settings) -> web.Application:
    """Return the web application of one tenant, control API included."""
    order = [middlewares.control, middlewares.log, middlewares.errors, middlewares.route, middlewares.permission]
    app = web.Application(middlewares=order)
    app[SIMULATOR] = Simulator(settings)
    app.cleanup_ctx.append(_stop_at_exit)
    app.add_routes(_routes() + control.routes())
    return app


async def _stop_at_exit(app: web.Application) -> collections.abc.AsyncIterator[None]:
    yield
    await app[SIMULATOR].state_machine.stop()


def _routes() -> list[web.RouteDef]:
    return [
        web.post("/bim/apikey/authenticate", _authenticate),
        web.get("/health", _health),
        web.get("/integrations", _list),
        web.post("/integrations", _create),
        web.post("/integrations/scripts/initial-create", _initial_create_script),
        web.post("/integrations/scripts/create", _create_script),
        web.post("/integrations/scripts/cleanup", _cleanup_script),
        web.get("/integrations/{id}", _get),
        web.put("/integrations/{id}", _update),
        web.delete("/integrations/{id}", _delete),
        web.get("/integrations/{id}/status", _status),
        web.post("/integrations/{id}/scripts/edit", _edit_script),
        web.post("/integrations/{id}/scripts/delete", _delete_script),
        web.get("/data/connection/{key}", _connection),
        web.get("/api/connections/{key}", _connection),
    ]


async def _authenticate(request: web.Request) -> web.Response:
    """Exchange an API key, from the body or from the Authorization header, for a token."""
    body = await _body(request)
    key = body.get("apikey") if isinstance(body, dict) else request.headers.get("Authorization")
    if not isinstance(key, str) or not key:
        raise SchemaError("apikey", "is required")
    token = simulator_of(request).tokens.exchange(key)
    return web.json_response({"token": token, "authenticated": True})


async def _health(_request: web.Request) -> web.Response:
    """Say that Immuta runs, without credentials."""
    return web.json_response({"status": "ok"})


async def _connection(request: web.Request) -> web.Response:
    """Return no connection: only whether the endpoint exists matters here."""
    raise ApiError(404, f"No connection found with key {request.match_info['key']}.")


async def _list(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    shown = [one for one in simulator.store.all() if one.in_use or simulator.switches.gone_in_list]
    return _respond(simulator, [integrations.shown(one, simulator.switches) for one in shown])


async def _get(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    return _respond(simulator, integrations.shown(_readable(request), simulator.switches))


async def _status(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    return _respond(simulator, integrations.status_response(_readable(request), simulator.switches))


async def _create(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    payload = parse(await _body(request), simulator.switches, "integration")
    integration = await simulator.state_machine.create(payload)
    return _respond(simulator, integrations.outcome(integration, simulator.switches))


async def _update(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    integration, payload = await _change(request, "integration")
    await simulator.state_machine.update(integration, payload)
    return _respond(simulator, integrations.outcome(integration, simulator.switches))


async def _delete(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    integration = simulator.state_machine.find(_id(request))
    body = await _body(request)
    if await request.read() and not isinstance(body, dict):
        raise SchemaError("value", "must be of type object")
    await simulator.state_machine.delete(integration, body)
    if simulator.switches.delete_response == "no_content":
        return web.Response(status=204)
    early = simulator.switches.delete_response == "deleted" and not integration.in_use
    return _respond(simulator, integrations.outcome(integration, simulator.switches, "deleted" if early else None))


async def _initial_create_script(request: web.Request) -> web.Response:
    payload = await _new(request, "initial script")
    statements = scripts.initial_create(payload, scripts.account_of(payload))
    return _script(request, "initial-create", str(payload.initial_database), statements)


async def _create_script(request: web.Request) -> web.Response:
    payload = await _new(request, "script")
    statements = scripts.create(payload, scripts.account_of(payload), simulator_of(request).switches)
    return _script(request, "create", payload.database, statements)


async def _cleanup_script(request: web.Request) -> web.Response:
    """Generate the script for what a failed create left behind: a host that is in use is not an error here."""
    payload = parse(await _body(request), simulator_of(request).switches, "script")
    return _script(request, "cleanup", payload.database, scripts.remove(payload, payload.account))


async def _edit_script(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    integration, payload = await _change(request, "script")
    simulator.state_machine.refuse_busy(integration, "edit")
    simulator.state_machine.refuse_change(integration, payload)
    before = integration.payload()
    account: scripts.Account | None = scripts.account_of(payload)
    if not simulator.switches.script_edit_sets_password and payload.account == before.account:
        account = None
    statements = scripts.edit(before, payload, account, simulator.switches)
    return _script(request, "edit", payload.database, statements)


async def _delete_script(request: web.Request) -> web.Response:
    simulator = simulator_of(request)
    integration = simulator.state_machine.find(_id(request))
    simulator.state_machine.refuse_busy(integration, simulator.switches.delete_busy_verb)
    payload = integration.payload()
    return _script(request, "delete", payload.database, scripts.remove(payload, payload.account))


async def _new(request: web.Request, purpose: str) -> Payload:
    """Return the payload of a script endpoint that prepares a create."""
    simulator = simulator_of(request)
    payload = parse(await _body(request), simulator.switches, purpose)
    check = simulator.switches.script_host_check
    if check == "connect" and payload.host.endswith(".invalid"):
        raise ApiError(422, "Validation of prerequisite setup failed. Unable to create integration.")
    if check != "none":
        simulator.state_machine.refuse_taken(payload, strict=check != "conflict")
    return payload


async def _change(request: web.Request, purpose: str) -> tuple[Integration, Payload]:
    """Return the integration that a request changes, and the whole new payload."""
    simulator = simulator_of(request)
    integration = simulator.state_machine.find(_id(request))
    body = await _body(request)
    if isinstance(body, dict) and isinstance(body.get("config"), dict):
        body = {**body, "config": _completed(body["config"], integration, simulator.switches)}
    return integration, parse(body, simulator.switches, purpose)


def _id(request: web.Request) -> str:
    """Return the id in the path, or raise the 400 for one that the schema of the route refuses."""
    integration_id = request.match_info["id"]
    schema = simulator_of(request).switches.id_schema
    if schema != "any" and not (integration_id.isascii() and integration_id.isdigit()):
        raise SchemaError("id", "must be a number", source="params")
    if schema == "positive" and int(integration_id) == 0:
        raise SchemaError("id", "must be a positive number", source="params")
    return integration_id


def _completed(config: Json, integration: Integration, switches: Switches) -> Json:
    """Return a configuration with what the tenant adds on its own."""
    known = integration.payload().config
    if not switches.put_replaces:
        config = {**known, **config}
    if not switches.put_requires_credentials:
        config = {name: known[name] for name in ("username", "password") if name in known} | config
    return config


def _readable(request: web.Request) -> Integration:
    """Return the integration of a GET, or raise its 404."""
    integration_id = _id(request)
    integration = simulator_of(request).store.get(integration_id)
    if integration is None:
        raise ApiError(404, f"No Integration found with ID {integration_id}.")
    return integration


async def _body(request: web.Request) -> t.Any:
    """Return the body; None without one. It must be JSON."""
    raw = await request.read()
    if not raw:
        return None
    if not request.content_type.endswith("json"):
        raise ApiError(415, "Unsupported Media Type")
    try:
        return json.loads(raw)
    except ValueError as exc:
        raise ApiError(400, "Invalid request payload JSON format") from exc


def _respond(simulator: Simulator, body: t.Any) -> web.Response:
    return web.json_response(body, status=simulator.switches.success_code)


def _script(request: web.Request, script: str, database: str, statements: list[str]) -> web.Response:
    """Return a script in the form that the switches say."""
    switches = simulator_of(request).switches
    text = scripts.render(script, database, statements, switches)
    bodies = {"text": text, "json_string": json.dumps(text), "json_object": json.dumps({"script": text})}
    usual = "text/html" if switches.script_response == "text" else "application/json"
    content_type = switches.script_content_type or usual
    body = bodies[switches.script_response]
    return web.Response(text=body, status=switches.success_code, content_type=content_type, charset="utf-8")
