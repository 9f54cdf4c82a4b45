# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator behaves as docs/openapi.yaml says, and that document marks how sure each fact is."""

from __future__ import annotations

import asyncio
import collections.abc
import contextlib
import threading
import typing as t
from pathlib import Path

import pytest
import requests
import schemathesis
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from tests.lab.immuta_api.api import SIMULATOR, Settings, Switches, create_app
from tests.lab.immuta_api.switches import Connections
from tests.unit.lab.tenant import FAST, HOST, KEY, automatic, manual

DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.yaml"
MARKS = {"documented", "secondary", "sibling", "recalled", "practice", "measured", "inferred", "unknown"}
ASSUMPTIONS = {f"A{number}" for number in range(1, 19)}
METHODS = {"get", "post", "put", "delete"}
#: The integrations of the tenant before each request; the last id does not exist.
SEEDS = {
    "1": manual() | {"status": "enabled"},
    "2": automatic(host=f"two.{HOST}") | {"status": "enabled"},
    "3": manual(host=f"three.{HOST}") | {"status": "createError"},
    "4": manual(host=f"four.{HOST}") | {"status": "editing"},
}
IDS = [*SEEDS, "999"]
PASSED = {"status": "passed", "validationTests": [{"name": "Basic Connection Test", "status": "passed"}]}
#: What the document allows: the assumptions, and the other forms that it names.
FORMS: dict[str, dict[str, t.Any]] = {
    "assumed": {},
    "other": {
        "id_type": "number", "script_response": "json_object", "status_body": "string", "secrets_in_get": "redacted",
        "impersonation_default": "absent", "delete_end": "deleted", "delete_response": "deleted",
        "okta_app_id": "appID", "extra_fields": True, "validation_in_422": True,
        "validation_outcomes": {"Grants": "failed"},
    },
    "third": {
        "script_response": "json_string", "status_body": "bare", "delete_response": "no_content", "okta_layout": "flat",
        "okta_app_id": "appID", "error_validation": "list", "validation_outcomes": {"Grants": "failed"},
    },
}  # fmt: skip
REFUSALS = [400, 401, 403, 404, 409, 415, 422]
#: Which credentials a DELETE needs depends on the integration, which a schema cannot say; hapi has no 405.
CONFIG = {
    "checks": {
        "negative_data_rejection": {"expected-statuses": REFUSALS},
        "unsupported_method": {"enabled": False},
        "positive_data_acceptance": {"expected-statuses": ["2xx", 401, 404, 409, 422]},
    },
    "generation": {"allow-x00": True, "deterministic": True},
    "operations": [
        {
            "include-operation-id": "deleteIntegration",
            "checks": {"positive_data_acceptance": {"enabled": False}},
        }
    ],
}
schema = schemathesis.openapi.from_path(DOCUMENT, config=SchemathesisConfig.from_dict(CONFIG))


@contextlib.contextmanager
def serving(app: web.Application) -> collections.abc.Iterator[str]:
    """Serve an application on a free port of loopback, in a thread, and yield its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = TestServer(app)
    asyncio.run_coroutine_threadsafe(server.start_server(), loop).result(10)
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="module", params=FORMS)
def tenant(request):
    switches = Switches(check_warehouse=False, non_editable=[], **(FAST | FORMS[request.param]))
    app = create_app(Settings(KEY, switches=switches))
    with serving(app) as url, requests.Session() as session:
        yield url, app[SIMULATOR], session


@schema.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_simulator_behaves_as_the_document_says(case, tenant):
    url, simulator, session = tenant
    simulator.store.clear()
    for number, seed in SEEDS.items():
        simulator.store.seed({**seed, "id": number, "validationResults": PASSED})
    generated = (case.path_parameters or {}).get("id")
    if generated and str(generated).isdigit():
        case.path_parameters["id"] = IDS[int(generated) % len(IDS)]
    headers = {} if case.path.startswith(("/bim", "/health")) else {"Authorization": KEY}
    case.call_and_validate(base_url=url, headers=headers, session=session)


def test_the_document_says_of_each_fact_how_sure_it_is():
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    unmarked = [where for where, fact in facts(document) if marked(fact, document) not in MARKS]
    assert unmarked == []
    named = {value for name, value in pairs(document) if name == "x-assumption"}
    assert named == ASSUMPTIONS
    assert {value for name, value in pairs(document) if name == "x-confidence"} == MARKS


def test_the_document_has_the_endpoints_of_the_simulator():
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    documented = {(method.upper(), path) for path, item in document["paths"].items() for method in METHODS & set(item)}
    routes = create_app(Settings(KEY)).router.routes()
    served = {(route.method, route.resource.canonical) for route in routes if route.method != "HEAD"}
    left_out = ("/_sim", *t.get_args(Connections))
    assert documented == {(method, path) for method, path in served if not path.startswith(left_out)}


def facts(document: dict[str, t.Any]) -> collections.abc.Iterator[tuple[str, dict[str, t.Any]]]:
    """Yield every operation, response and field, with its place."""
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield f"{method} {path}", item[method]
            for code, response in item[method]["responses"].items():
                yield f"{method} {path} {code}", response
    for name, response in document["components"]["responses"].items():
        yield name, response
    for name, schema_ in document["components"]["schemas"].items():
        for field, fact in schema_.get("properties", {}).items():
            yield f"{name}.{field}", fact


def marked(fact: dict[str, t.Any], document: dict[str, t.Any]) -> str | None:
    """Return the mark of a fact, or of what it refers to."""
    if "x-confidence" in fact or "$ref" not in fact:
        return fact.get("x-confidence")
    found: t.Any = document
    for part in fact["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found.get("x-confidence")


def pairs(value: t.Any) -> collections.abc.Iterator[tuple[str, t.Any]]:
    """Yield all keys and values of a structure."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name, item
            yield from pairs(item)
    elif isinstance(value, list):
        for item in value:
            yield from pairs(item)
