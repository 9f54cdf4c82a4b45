# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each unknown of the contract, both ways."""

from __future__ import annotations

import email.utils
import json
import time

import pytest

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


def test_form_of_answers():
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
def test_script_answers(switch, content_type):
    async def scenario(tenant: Tenant) -> None:
        answer = await tenant.ask("POST", "/integrations/scripts/create", manual())
        text = await answer.text()
        assert answer.content_type == content_type
        body = text if switch == "text" else json.loads(text)
        assert (body["script"] if switch == "json_object" else body).startswith("-- SIMULATED")

    play(scenario, script_answer=switch, script_content_type="text/x" if content_type == "text/x" else "")


@pytest.mark.parametrize(
    ("switch", "expected"),
    [("bare", {"status": "enabled"}), ("string", "enabled"), ("not_implemented", None), ("full", "1")],
)
def test_status_answers(switch, expected):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        answer = await tenant.json("GET", "/integrations/1/status", status=404 if expected is None else 200)
        assert expected is None or (answer["id"] if switch == "full" else answer) == expected

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

    play(scenario, delete_end=end, delete_answer="deleted", gone_in_list=in_list)


def test_success_code():
    async def scenario(tenant: Tenant) -> None:
        await tenant.json("POST", "/integrations", manual(), status=201)

    play(scenario, success_code=201)


def test_422_with_results_and_their_messages():
    async def scenario(tenant: Tenant) -> None:
        answer = await tenant.json("POST", "/integrations", manual(), status=422)
        first = answer["validationResults"]["validationTests"][0]
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
        answer = await tenant.json("PUT", "/integrations/1", manual(), status=422)
        assert answer["message"].endswith("Unable to edit integration.")

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


def test_single_script_form_and_unknown_fields_can_be_refused():
    async def scenario(tenant: Tenant) -> None:
        body = manual(newField=1)
        await tenant.json("POST", "/integrations", body, status=400)
        del body["config"]["newField"], body["config"]["initialDatabase"]
        await tenant.json("POST", "/integrations/scripts/create", body, status=400)

    play(scenario, unknown_fields="rejected", single_script_allowed=False)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_rate_limit(form):
    async def scenario(tenant: Tenant) -> None:
        answers = [await tenant.ask("GET", "/integrations") for _again in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        value = answers[-1].headers["Retry-After"]
        if form == "seconds":
            assert value == "1"
        else:
            assert 0 < email.utils.parsedate_to_datetime(value).timestamp() - time.time() <= 2

    play(scenario, rate_limit=2, retry_after=form)


def test_hostile_echo():
    async def scenario(tenant: Tenant) -> None:
        answer = await tenant.json("POST", "/integrations", manual(port=0), status=400)
        assert PASSWORD in answer["message"]
        wrong = KEY[::-1]
        assert wrong in await (await tenant.ask("GET", "/integrations", key=wrong)).text()

    play(scenario, echo_secrets=True)
