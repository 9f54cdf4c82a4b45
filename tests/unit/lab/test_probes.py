# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probes of tenant_info, over HTTP, against each variant of the contract."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import typing as t

import pytest

from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.modules import tenant_info
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import complete
from tests.lab.immuta_api.switches import Switches
from tests.unit.lab.tenant import KEY, PASSWORD, Tenant, manual, play

OKTA = {"username": "u@example.com", "password": "Okta1secret", "appId": "a", "idpHost": "i", "role": "r"}
WITH_OKTA = manual(authenticationType="okta", okta=OKTA)
CLOSED = {"unknown_fields": "rejected"}


def _contract(body: dict | None = None, fault: dict | None = None, **switches: t.Any) -> dict[str, t.Any]:
    """Return what the module finds in a tenant with these switches, and with an integration if there is a body."""
    found: list[dict[str, t.Any]] = []

    async def scenario(tenant: Tenant) -> None:
        if body:
            await tenant.json("POST", "/integrations", body, status=switches.get("success_code", 200))
            await tenant.settled()
        if fault:
            await tenant.fault(times=0, **fault)
        before = len(await tenant.requests())
        url = str(tenant.client.make_url("")).rstrip("/")
        given = {"immuta_url": url, "immuta_api_key": KEY, "contract": True, "retries": 0, "timeout": 10}
        options = complete(tenant_info, given)
        outcome = await asyncio.to_thread(tenant_info.core, options, Context())
        assert PASSWORD not in json.dumps(outcome.values)
        assert "Okta1secret" not in json.dumps(outcome.values)
        assert {entry["method"] for entry in (await tenant.requests())[before:]} == {"GET", "POST"}
        assert len(await tenant.json("GET", "/integrations", status=switches.get("success_code", 200))) == bool(body)
        found.append(outcome.values["contract"])

    play(scenario, **switches)
    return found[0]


def _verdicts(contract: dict[str, t.Any]) -> dict[str, str]:
    return {point["id"]: point["verdict"] for point in contract["assumptions"]}


def test_a_tenant_as_it_is_assumed():
    contract = _contract(manual(), **CLOSED)
    assert contract["bootstrap_form"] == "both"
    assert contract["unknown_fields"] == "rejected"
    assert contract["okta_layouts"] == ["nested appId"]
    assert set(contract["endpoints"].values()) == {"exists", "missing"}
    verdicts = _verdicts(contract)
    assert "contradicted" not in verdicts.values()
    assert [name for name, verdict in verdicts.items() if verdict == "confirmed"] == [
        "A1",
        "A2",
        "A3",
        "A4",
        "A5",
        "A6",
        "A13",
        "A15",
        "A16",
    ]


def test_a_tenant_without_integrations():
    verdicts = _verdicts(_contract(**CLOSED))
    assert [name for name in ("A1", "A2", "A4", "A6", "A15") if verdicts[name] == "confirmed"] == [
        "A1",
        "A2",
        "A4",
        "A6",
        "A15",
    ]
    assert {verdicts[name] for name in ("A3", "A5", "A8", "A13", "A16")} == {"inconclusive"}


@pytest.mark.parametrize(
    ("switches", "name"),
    [
        ({"success_code": 201}, "A2"),
        ({"id_type": "number"}, "A3"),
        ({"script_response": "json_string"}, "A4"),
        ({"script_response": "json_object"}, "A4"),
        ({"secrets_in_get": "redacted"}, "A5"),
        ({"secrets_in_get": "null"}, "A5"),
        ({"okta_app_id": "appID", **CLOSED}, "A6"),
        ({"okta_layout": "flat", **CLOSED}, "A6"),
        ({"missing_endpoints": ["/integrations/{id}/status"]}, "A9"),
        ({"port_default_returned": False}, "A13"),
        ({"script_host_check": "connect"}, "A15"),
    ],
)
def test_each_variant_contradicts_one_assumption(switches, name):
    verdicts = _verdicts(_contract(manual(), **switches))
    assert [point for point, verdict in verdicts.items() if verdict == "contradicted"] == [name]


@pytest.mark.parametrize("switches", [{"okta_app_id": "appID"}, {"okta_layout": "flat"}])
def test_okta_fields_in_use_decide(switches):
    assert _verdicts(_contract(WITH_OKTA, **switches))["A6"] == "contradicted"
    assert _verdicts(_contract(WITH_OKTA))["A6"] == "confirmed"


def test_a_tenant_that_ignores_unknown_fields():
    contract = _contract(unknown_fields="accepted")
    assert (contract["unknown_fields"], len(contract["okta_layouts"])) == ("accepted", 4)
    assert _verdicts(contract)["A6"] == "inconclusive"


@pytest.mark.parametrize("errors", ["named", "unnamed"])
@pytest.mark.parametrize("form", ["classic", "both", "single"])
def test_bootstrap_form(form, errors):
    assert _contract(bootstrap_form=form, schema_errors=errors)["bootstrap_form"] == form


def test_a_version_without_the_first_script():
    path = "/integrations/scripts/initial-create"
    contract = _contract(missing_endpoints=[path])
    assert (contract["bootstrap_form"], contract["endpoints"][path]) == ("single", "missing")


def test_the_connections_api():
    path = "/api/connections/{key}"
    assert _contract(connection_endpoints=[path])["endpoints"][path] == "exists"


@pytest.mark.parametrize("schema", ["any", "integer", "positive"])
def test_typed_ids(schema):
    contract = _contract(id_schema=schema)
    assert _verdicts(contract)["A9"] == "inconclusive"


def test_a_field_that_the_version_does_not_know():
    contract = _contract(fields_not_known=["port"])
    (port,) = [one for one in contract["requests"] if one["probe"] == "port"]
    assert (port["status"], port["message"]) == (400, '"config.port" is not allowed')


@pytest.mark.parametrize("check", ["strict", "conflict", "none"])
def test_script_endpoints_that_do_not_connect(check):
    assert _verdicts(_contract(script_host_check=check))["A15"] == "confirmed"


@pytest.mark.parametrize("fault", [{"kind": "redirect"}, {"kind": "status", "status": 403}, {"kind": "html"}])
def test_a_login_page_before_everything(fault):
    """Requests without credentials show nothing then; the others still do."""
    contract = _contract(fault={**fault, "authorization": "none"})
    assert set(contract["endpoints"].values()) == {"inconclusive"}
    assert contract["bootstrap_form"] == "both"


def test_what_only_a_change_can_show():
    verdicts = _verdicts(_contract(manual()))
    assert {verdicts[name] for name in ("A7", "A10", "A11", "A12", "A14", "A17", "A18")} == {"inconclusive"}


def test_a_deleted_integration_that_is_still_listed():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        await tenant.json("DELETE", "/integrations/1")
        await tenant.settled()
        url = str(tenant.client.make_url("")).rstrip("/")
        options = complete(tenant_info, {"immuta_url": url, "immuta_api_key": KEY, "contract": True})
        outcome = await asyncio.to_thread(tenant_info.core, options, Context())
        assert _verdicts(outcome.values["contract"])["A8"] == "contradicted"

    play(scenario, delete_end="deleted")


def _values(hint: t.Any) -> list[t.Any]:
    """Return every value of a switch whose values are few."""
    origin, inner = t.get_origin(hint), t.get_args(hint)
    if origin is list and t.get_origin(inner[0]) is t.Literal:
        return [[], *([value] for value in t.get_args(inner[0]))]
    return list(inner) if origin is t.Literal else [False, True] if hint is bool else []


_ALLOWED = {("GET", "/integrations"), ("GET", "/integrations/0"), ("GET", "/integrations/0/status"), ("GET", "/health")}
_ALLOWED |= {("POST", f"/integrations/scripts/{name}") for name in ("create", "initial-create", "none-such")}
_ALLOWED |= {("GET", "/api/connections/none-such"), ("GET", "/data/connection/none-such")}
_CHOICES = {name: _values(hint) for name, hint in t.get_type_hints(Switches).items() if _values(hint)}
_ROUNDS = range(max(map(len, _CHOICES.values())))


@pytest.mark.parametrize("number", _ROUNDS)
def test_whatever_the_tenant_does_no_probe_changes_anything(number):
    """The rounds cover each value of every switch; the requests are always the same."""

    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        before = await tenant.json("GET", "/integrations")
        await tenant.set(**{name: values[number % len(values)] for name, values in _CHOICES.items()})
        start = len(await tenant.requests())
        url = str(tenant.client.make_url("")).rstrip("/")
        given = {"immuta_url": url, "immuta_api_key": KEY, "contract": True, "retries": 0, "timeout": 10}
        outcome = await asyncio.to_thread(tenant_info.core, complete(tenant_info, given), Context())
        sent = {(entry["method"], entry["path"]) for entry in (await tenant.requests())[start:]}
        assert {("GET", "/integrations"), ("POST", "/integrations/scripts/create")} <= sent <= _ALLOWED
        assert PASSWORD not in json.dumps(outcome.values)
        await tenant.set(**dataclasses.asdict(Switches()))
        assert await tenant.json("GET", "/integrations") == before

    play(scenario)
