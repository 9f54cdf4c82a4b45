# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each open point of the contract, both ways."""

from __future__ import annotations

import email.utils
import json
import time
import typing as t

import pytest

from tests.lab.immuta_api.switches import Optional
from tests.unit.lab.tenant import KEY, PASSWORD, Tenant, automatic, manual, play

OKTA = {"username": "u@example.com", "password": "Okta1secret", "appID": "a", "idpHost": "i", "role": "r"}


def _shown(body: dict, **switches):
    """Return an integration as GET shows it."""
    found = []

    async def scenario(tenant: Tenant) -> None:
        await tenant.made(body)
        found.append(await tenant.json("GET", "/integrations/1", status=switches.get("success_code", 200)))

    play(scenario, **switches)
    return found[0]


def test_form_of_responses():
    assert _shown(manual(), id_type="number")["id"] == 1
    assert "password" not in _shown(manual())["config"]
    assert _shown(manual(), secrets_in_get="redacted")["config"]["password"] == "[REDACTED]"
    assert _shown(manual(), secrets_in_get="null")["config"]["password"] is None
    assert "username" not in _shown(manual(), username_in_get=False)["config"]
    assert "port" not in _shown(manual(), port_default_returned=False)["config"]
    assert _shown(manual())["config"]["impersonation"] == {"enabled": False}
    assert "impersonation" not in _shown(manual(), impersonation_default="absent")["config"]
    assert "undocumented" in _shown(manual(), extra_fields=True)


def test_okta_spelling_and_secrets():
    body = manual(authenticationType="okta", okta=OKTA)
    assert _shown(body)["config"]["okta"] == {"username": "u@example.com", "idpHost": "i", "role": "r", "appId": "a"}
    assert _shown(body, okta_app_id="appID")["config"]["okta"]["appID"] == "a"
    assert _shown(body, secrets_in_get="redacted")["config"]["okta"]["password"] == "[REDACTED]"


@pytest.mark.parametrize(
    ("switch", "content_type"), [("text", "text/html"), ("json_string", "application/json"), ("json_object", "text/x")]
)
def test_script_responses(switch, content_type):
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.ask("POST", "/integrations/scripts/create", manual())
        text = await response.text()
        assert response.content_type == content_type
        assert switch != "text" or response.headers["Content-Type"] == "text/html; charset=utf-8"
        body = text if switch == "text" else json.loads(text)
        assert (body["script"] if switch == "json_object" else body).startswith("-- SIMULATED")

    play(scenario, script_response=switch, script_content_type="text/x" if content_type == "text/x" else "")


@pytest.mark.parametrize(
    ("switch", "expected"),
    [("bare", {"status": "enabled"}), ("string", "enabled"), ("full", "1")],
)
def test_status_responses(switch, expected):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        response = await tenant.json("GET", "/integrations/1/status")
        assert (response["id"] if switch == "full" else response) == expected

    play(scenario, status_body=switch)


@pytest.mark.parametrize("end", ["deleted", "disabled"])
@pytest.mark.parametrize("in_list", [True, False])
def test_gone_integrations_may_stay_visible(end, in_list):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        assert (await tenant.json("DELETE", "/integrations/1"))["status"] == "deleted"
        assert (await tenant.json("GET", "/integrations/1"))["status"] == end
        assert len(await tenant.json("GET", "/integrations")) == int(in_list)
        assert await tenant.made() == "2"

    play(scenario, delete_end=end, delete_response="deleted", gone_in_list=in_list)


def test_success_code():
    async def scenario(tenant: Tenant) -> None:
        await tenant.json("POST", "/integrations", manual(), status=201)

    play(scenario, success_code=201)


def test_422_with_results_and_their_messages():
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.json("POST", "/integrations", manual(), status=422)
        first = response["validationResults"]["validationTests"][0]
        assert first["status"] == "failed"
        assert "without a warehouse" in first["message"]

    play(scenario, check_warehouse=True, validation_in_422=True)


def test_validation_outcomes():
    async def scenario(tenant: Tenant) -> None:
        results = (await tenant.json("POST", "/integrations", manual()))["validationResults"]
        assert results["status"] == "warning"
        assert [test["status"] for test in results["validationTests"]].count("warning") == 1
        await tenant.settled()
        await tenant.set(validation_outcomes={"*": "failed"})
        response = await tenant.json("PUT", "/integrations/1", manual(), status=422)
        assert response["message"].endswith("Unable to edit integration.")

    play(scenario, validation_outcomes={"grants": "warning"})


def test_okta_is_not_checked_in_the_warehouse():
    async def scenario(tenant: Tenant) -> None:
        body = manual(authenticationType="okta", okta=OKTA)
        results = (await tenant.json("POST", "/integrations", body))["validationResults"]
        assert {test["status"] for test in results["validationTests"]} == {"skipped"}

    play(scenario, check_warehouse=True)


@pytest.mark.parametrize("replaces", [True, False])
def test_put_replaces_or_merges(replaces):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made(manual(impersonation={"enabled": True}))
        await tenant.json("PUT", "/integrations/1", manual())
        await tenant.settled()
        shown = await tenant.json("GET", "/integrations/1")
        assert shown["config"]["impersonation"]["enabled"] is not replaces

    play(scenario, put_replaces=replaces)


def test_put_without_credentials():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        body = manual()
        del body["config"]["password"]
        await tenant.json("PUT", "/integrations/1", body, status=400)
        await tenant.set(put_requires_credentials=False)
        await tenant.json("PUT", "/integrations/1", body)

    play(scenario)


@pytest.mark.parametrize(("layout", "flat", "nested"), [("flat", 200, 400), ("nested", 400, 200), ("both", 200, 200)])
def test_delete_body(layout, flat, nested):
    credentials = {"username": "awsuser", "password": PASSWORD}

    async def scenario(tenant: Tenant) -> None:
        for body, status in ((credentials, flat), ({"config": credentials}, nested)):
            integration_id = await tenant.made(automatic())
            await tenant.json("DELETE", f"/integrations/{integration_id}", body, status=status)
            await tenant.settled(integration_id)
            await tenant.json("POST", "/_sim/reset")

    play(scenario, delete_body=layout)


def test_non_editable_attributes():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        await tenant.json("PUT", "/integrations/1", manual(port=5440))
        await tenant.settled()
        await tenant.json("PUT", "/integrations/1", manual(port=5440, username="other"), status=400)

    play(scenario, non_editable=["username"])


@pytest.mark.parametrize(("switch", "status"), [("strict", 400), ("conflict", 200), ("none", 200)])
def test_scripts_for_a_host_that_is_taken(switch, status):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        path = "/integrations/scripts/create"
        assert (await tenant.ask("POST", path, manual())).status == status
        assert (await tenant.ask("POST", "/integrations/scripts/cleanup", manual())).status == 200
        await tenant.json("PATCH", "/_sim/integrations/1", {"status": "enabled"})
        assert (await tenant.ask("POST", path, manual())).status == (200 if switch == "none" else 409)

    play(scenario, script_host_check=switch, create_outcome="error")


OKTA_FLAT = {"idpHost": "i", "role": "r", "appID": "a"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (manual(newField=1), "config.newField"),
        (manual() | {"dryRun": True}, "dryRun"),
        (manual(impersonation={"enabled": True, "group": "crew"}), "config.impersonation.group"),
        (manual(authenticationType="okta", okta={**OKTA, "appId": "a"}), "config.okta.appID"),
    ],
)
@pytest.mark.parametrize("switch", ["accepted", "rejected"])
def test_unknown_fields(body, field, switch):
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.ask("POST", "/integrations", body)
        assert response.status == (200 if switch == "accepted" else 400)
        assert switch == "accepted" or (await response.json())["message"] == f'"{field}" is not allowed'

    play(scenario, unknown_fields=switch)


def test_a_documented_field_that_this_version_does_not_know():
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.json("POST", "/integrations", manual(port=5439), status=400)
        assert response["message"] == '"config.port" is not allowed'
        await tenant.json("POST", "/integrations", manual())

    play(scenario, fields_not_known=["port"])


def _without_initial_database(body: dict) -> dict:
    return body | {"config": {name: value for name, value in body["config"].items() if name != "initialDatabase"}}


@pytest.mark.parametrize(
    ("form", "first", "second", "single"),
    [("classic", 200, 200, 400), ("both", 200, 200, 200), ("single", 400, 400, 200)],
)
def test_bootstrap_form(form, first, second, single):
    """`first` and `second` script of the classic form, the only script of the other one."""

    async def scenario(tenant: Tenant) -> None:
        script = "/integrations/scripts/create"
        one = _without_initial_database(manual())
        assert (await tenant.ask("POST", "/integrations/scripts/initial-create", manual())).status == first
        assert (await tenant.ask("POST", script, manual())).status == second
        assert (await tenant.ask("POST", script, one)).status == single
        assert (await tenant.ask("POST", "/integrations", one)).status == single

    play(scenario, bootstrap_form=form)


def test_messages_of_the_bootstrap_forms():
    async def scenario(tenant: Tenant) -> None:
        script, one = "/integrations/scripts/create", _without_initial_database(manual())
        assert "config.initialDatabase" in (await tenant.json("POST", script, one, status=400))["message"]
        await tenant.set(bootstrap_form="single")
        assert (await tenant.json("POST", script, manual(), status=400))["validation"]["keys"] == [
            "config.initialDatabase"
        ]
        first = await tenant.json("POST", "/integrations/scripts/initial-create", one, status=400)
        assert first["message"] == '"type" must be one of [Azure Synapse Analytics]'

    play(scenario, bootstrap_form="classic")


@pytest.mark.parametrize("offered", [True, False])
def test_the_automatic_bootstrap_may_not_be_offered(offered):
    async def scenario(tenant: Tenant) -> None:
        assert (await tenant.ask("POST", "/integrations", automatic())).status == (200 if offered else 400)
        other = manual(host="two.example.com")
        assert (await tenant.ask("POST", "/integrations", other)).status == 200

    play(scenario, automatic_offered=offered)


@pytest.mark.parametrize("layout", ["nested", "flat"])
@pytest.mark.parametrize("fields", ["accepted", "rejected"])
def test_okta_layout(layout, fields):
    """A closed schema takes its own layout only; responses have it whatever the request had."""
    nested = manual(authenticationType="okta", okta=OKTA)
    del nested["config"]["username"], nested["config"]["password"]
    flat = manual(authenticationType="okta", **OKTA_FLAT)

    async def scenario(tenant: Tenant) -> None:
        for body, name in ((nested, "nested"), (flat, "flat")):
            response = await tenant.ask("POST", "/integrations", body)
            assert response.status == (200 if fields == "accepted" or layout == name else 400)
            if response.status == 200:
                await tenant.settled()
                config = (await tenant.json("GET", "/integrations/1"))["config"]
                assert ("okta" in config, config.get("idpHost")) == (
                    (True, None) if layout == "nested" else (False, "i")
                )
            await tenant.json("POST", "/_sim/reset")
            await tenant.set(okta_layout=layout, unknown_fields=fields, okta_app_id="appID")

    play(scenario, okta_layout=layout, unknown_fields=fields, okta_app_id="appID")


ENDPOINTS = {
    "/bim/apikey/authenticate": ("POST", {"apikey": KEY}),
    "/health": ("GET", None),
    "/integrations/{id}/status": ("GET", None),
    "/integrations/scripts/initial-create": ("POST", manual(host="two.example.com")),
    "/integrations/scripts/create": ("POST", manual(host="two.example.com")),
    "/integrations/scripts/cleanup": ("POST", manual(host="two.example.com")),
    "/integrations/{id}/scripts/edit": ("POST", manual()),
    "/integrations/{id}/scripts/delete": ("POST", None),
}


def test_every_optional_endpoint_is_tested():
    assert set(ENDPOINTS) == set(t.get_args(Optional))


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_missing_endpoint(path):
    method, body = ENDPOINTS[path]

    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        assert (await tenant.ask(method, path.format(id=1), body)).status == 200
        await tenant.set(missing_endpoints=[path])
        for key in (KEY, None):
            response = await tenant.ask(method, path.format(id=1), body, key=key)
            assert (response.status, (await response.json())["message"]) == (404, "Not Found")

    play(scenario)


def test_the_endpoints_of_connections():
    async def scenario(tenant: Tenant) -> None:
        for path in ("/data/connection/none-such", "/api/connections/none-such"):
            assert (await tenant.json("GET", path, status=404))["message"] == "Not Found"
        await tenant.set(connection_endpoints=["/data/connection/{key}", "/api/connections/{key}"])
        for path in ("/data/connection/none-such", "/api/connections/none-such"):
            assert (await tenant.json("GET", path, status=404))["message"] == "No connection found with key none-such."
            assert (await tenant.ask("GET", path, key=None)).status == 401

    play(scenario)


@pytest.mark.parametrize(("schema", "zero", "word"), [("any", 404, 404), ("integer", 404, 400), ("positive", 400, 400)])
def test_id_schema(schema, zero, word):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        await tenant.json("GET", "/integrations/1")
        for suffix in ("", "/status"):
            await tenant.json("GET", f"/integrations/0{suffix}", status=zero)
            await tenant.json("GET", f"/integrations/none{suffix}", status=word)

    play(scenario, id_schema=schema)


def test_health_needs_no_credentials():
    async def scenario(tenant: Tenant) -> None:
        assert (await tenant.ask("GET", "/health", key=None)).status == 200

    play(scenario)


@pytest.mark.parametrize("accepted", [True, False])
def test_a_token_without_bearer(accepted):
    async def scenario(tenant: Tenant) -> None:
        token = (await tenant.json("POST", "/bim/apikey/authenticate", {"apikey": KEY}))["token"]
        assert (await tenant.ask("GET", "/integrations", key=token)).status == (200 if accepted else 401)
        assert (await tenant.requests())[-1]["authorization"] == ("bare_token" if accepted else "unknown")
        await tenant.fault(kind="expire_token", path="/health")
        await tenant.ask("GET", "/health", key=None)
        assert (await tenant.ask("GET", "/integrations", key=token)).status == 401

    play(scenario, bare_token_accepted=accepted)


def test_delete_without_content():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        response = await tenant.ask("DELETE", "/integrations/1")
        assert (response.status, await response.read()) == (204, b"")
        assert await tenant.settled() == "404"

    play(scenario, delete_response="no_content")


@pytest.mark.parametrize(("switch", "status"), [("payload", 400), ("no_body", 200)])
def test_delete_with_an_empty_object(switch, status):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        await tenant.json("DELETE", "/integrations/1", {}, status=status)

    play(scenario, delete_empty_object=switch)


@pytest.mark.parametrize(
    ("switches", "message", "validation"),
    [
        ({}, '"config.port" must be a valid port', {"source": "payload", "keys": ["config.port"]}),
        ({"error_validation": "absent"}, '"config.port" must be a valid port', None),
        ({"schema_errors": "unnamed"}, "Invalid request payload input", None),
    ],
)
def test_errors_of_the_schema(switches, message, validation):
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.json("POST", "/integrations", manual(port=0), status=400)
        assert (response["message"], response.get("validation")) == (message, validation)

    play(scenario, **switches)


def test_validation_as_a_list():
    async def scenario(tenant: Tenant) -> None:
        (entry,) = (await tenant.json("POST", "/integrations", manual(port=0), status=400))["validation"]
        assert entry["path"] == ["config", "port"]
        await tenant.set(validation_outcomes={"grants": "failed"})
        (entry,) = (await tenant.json("POST", "/integrations", manual(), status=422))["validation"]
        assert entry["code"].endswith("Grants")

    play(scenario, error_validation="list")


def test_script_endpoints_that_connect():
    async def scenario(tenant: Tenant) -> None:
        await tenant.json("POST", "/integrations/scripts/create", manual(host="probe.invalid"), status=422)
        assert (await tenant.ask("POST", "/integrations/scripts/create", manual())).status == 200

    play(scenario, script_host_check="connect")


def test_a_login_page_before_everything_that_is_not_authenticated():
    async def scenario(tenant: Tenant) -> None:
        await tenant.fault(kind="redirect", authorization="none", times=0)
        for path in ("/integrations", "/integrations/scripts/none-such"):
            assert (await tenant.ask("GET", path, key=None)).status == 307
        assert (await tenant.ask("GET", "/integrations")).status == 200

    play(scenario)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_rate_limit(form):
    async def scenario(tenant: Tenant) -> None:
        responses = [await tenant.ask("GET", "/integrations") for _again in range(3)]
        assert [response.status for response in responses] == [200, 200, 429]
        value = responses[-1].headers["Retry-After"]
        if form == "seconds":
            assert value == "1"
        else:
            assert 0 < email.utils.parsedate_to_datetime(value).timestamp() - time.time() <= 2

    play(scenario, rate_limit=2, retry_after=form)


def test_hostile_echo():
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.json("POST", "/integrations", manual(port=0), status=400)
        assert PASSWORD in response["message"]
        wrong = KEY[::-1]
        assert wrong in await (await tenant.ask("GET", "/integrations", key=wrong)).text()

    play(scenario, echo_secrets=True)
