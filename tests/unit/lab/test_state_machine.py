# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract's state machine and texts."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.lab.tenant import HOST, PASSWORD, Tenant, automatic, manual, play

CREDENTIALS = {"authenticationType": "userPassword", "username": "awsuser", "password": PASSWORD}


def test_create_returns_creating_and_ends_enabled():
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.json("POST", "/integrations", manual())
        assert response["id"] == "1"
        assert response["status"] == "creating"
        assert response["validationResults"]["status"] == "passed"
        assert await tenant.settled() == "enabled"
        shown = await tenant.json("GET", "/integrations/1")
        assert shown["config"]["port"] == 5439
        assert shown["config"]["username"] == "immuta_system"
        assert await tenant.json("GET", "/integrations") == [shown]

    play(scenario)


@pytest.mark.parametrize("body", [manual(), automatic()])
def test_no_response_contains_the_password(body):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made(body)
        for path in ("/integrations", "/integrations/1", "/integrations/1/status", "/_sim/integrations"):
            assert PASSWORD not in await (await tenant.ask("GET", path)).text()

    play(scenario)


@pytest.mark.parametrize(
    ("verb", "path"), [("GET", "/integrations/5"), ("PUT", "/integrations/5"), ("DELETE", "/integrations/5")]
)
def test_unknown_id(verb, path):
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.json(verb, path, manual() if verb == "PUT" else None, status=404)
        word = "Integration" if verb == "GET" else "integration"
        message = f"No {word} found with ID 5."
        assert response == {"statusCode": 404, "error": "Not found", "message": message}

    play(scenario)


def test_a_host_is_taken_without_regard_to_case():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        response = await tenant.json("POST", "/integrations", manual(host=HOST.upper()), status=409)
        assert response["message"] == f"Redshift integration already exists on {HOST.upper()} (id = 1)."

    play(scenario)


def test_after_a_failed_create_put_repairs_and_may_change_the_database():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        assert await tenant.settled() == "createError"
        response = await tenant.json("POST", "/integrations", manual(), status=400)
        assert response["message"] == (
            f"Use PUT /integrations/1 endpoint to update connection information for Redshift integration on host {HOST}"
            " (id = 1) that previously failed to create."
        )
        await tenant.set(create_outcome="ok")
        assert (await tenant.json("PUT", "/integrations/1", manual(database="other")))["status"] == "creating"
        assert await tenant.settled() == "enabled"
        assert (await tenant.json("GET", "/integrations/1"))["config"]["database"] == "other"

    play(scenario, create_outcome="error")


def test_put_changes_what_may_change():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        wanted = manual(impersonation={"enabled": True, "role": "crew"})
        assert (await tenant.json("PUT", "/integrations/1", wanted))["status"] == "editing"
        assert await tenant.settled() == "enabled"
        assert (await tenant.json("GET", "/integrations/1"))["config"]["impersonation"]["role"] == "crew"

    play(scenario)


def test_put_refuses_what_may_not_change():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        response = await tenant.json("PUT", "/integrations/1", manual(host="two.example.com", database="x"), status=400)
        text = "Unable to edit integration due to changes of non-editable attribute(s): host, database."
        assert response["message"] == text
        await tenant.json("PUT", "/integrations/1", automatic(), status=400)

    play(scenario)


def test_a_failed_edit_is_rolled_back():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        await tenant.json("PUT", "/integrations/1", manual(username="other"))
        assert await tenant.settled() == "editError"
        assert (await tenant.json("GET", "/integrations/1"))["config"]["username"] == "immuta_system"

    play(scenario, edit_outcome="error")


def test_busy_integrations_are_left_alone():
    async def scenario(tenant: Tenant) -> None:
        await tenant.json("POST", "/integrations", manual())
        for verb, body in (("PUT", manual()), ("DELETE", None)):
            response = await tenant.json(verb, "/integrations/1", body, status=409)
            assert response["message"] == "Unable to edit integration with ID 1 in current state creating."

    play(scenario, create_seconds=60)


@pytest.mark.parametrize(
    ("body", "credentials", "words"),
    [
        (automatic(), None, "require privileged credentials"),
        (automatic(), {}, "require privileged credentials"),
        (automatic(), CREDENTIALS | {"password": 1}, '"password" must be a string'),
        (manual(), CREDENTIALS, "Credentials are not required for disable unless"),
    ],
)
def test_delete_refuses_the_wrong_credentials(body, credentials, words):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made(body)
        response = await tenant.json("DELETE", "/integrations/1", credentials, status=400)
        assert words in response["message"]

    play(scenario)


@pytest.mark.parametrize(
    ("body", "credentials"), [(automatic(), CREDENTIALS), (automatic(), {"config": CREDENTIALS}), (manual(), None)]
)
def test_delete(body, credentials):
    async def scenario(tenant: Tenant) -> None:
        await tenant.made(body)
        assert (await tenant.json("DELETE", "/integrations/1", credentials))["status"] == "deleting"
        assert await tenant.settled() == "404"
        assert await tenant.json("GET", "/integrations") == []
        assert await tenant.made(body) == "2"

    play(scenario)


def test_a_failed_delete_can_be_repeated():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        await tenant.json("DELETE", "/integrations/1")
        assert await tenant.settled() == "deleteError"
        await tenant.set(delete_outcome="ok")
        await tenant.json("DELETE", "/integrations/1")
        assert await tenant.settled() == "404"

    play(scenario, delete_outcome="error")


def test_a_migration():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        assert (await tenant.json("POST", "/_sim/integrations/1/migrate"))[0]["status"] == "migrating"
        assert await tenant.settled() == "migrateError"
        await tenant.json("PUT", "/integrations/1", manual())
        assert await tenant.settled() == "enabled"

    play(scenario, migrate_outcome="error")


def test_a_failed_validation_stores_nothing():
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.json("POST", "/integrations", manual(), status=422)
        assert response["error"] == "Unprocessable entity"
        assert response["message"] == "Validation of prerequisite setup failed. Unable to create integration."
        assert await tenant.json("GET", "/integrations") == []

    play(scenario, check_warehouse=True)


def test_two_creates_at_once_make_one():
    async def scenario(tenant: Tenant) -> None:
        responses = await asyncio.gather(*(tenant.ask("POST", "/integrations", manual()) for _again in range(4)))
        assert sorted(response.status for response in responses) == [200, 409, 409, 409]

    play(scenario)


def test_seeded_integrations_are_shown_as_they_are():
    async def scenario(tenant: Tenant) -> None:
        snowflake = {"type": "Snowflake", "autoBootstrap": True, "config": {"host": "s", "warehouse": "w"}, "id": 7}
        strange = manual() | {"status": "pondering", "validationResults": None, "colour": "red"}
        await tenant.json("POST", "/_sim/integrations", [snowflake, strange])
        first, second = await tenant.json("GET", "/integrations")
        assert (first["id"], first["config"]) == ("7", {"host": "s", "warehouse": "w"})
        assert (second["status"], second["colour"], second["validationResults"]) == ("pondering", "red", None)
        assert "password" not in second["config"]
        await tenant.json("PATCH", f"/_sim/integrations/{second['id']}", {"status": "recurringValidationError"})
        await tenant.json("PUT", f"/integrations/{second['id']}", manual())
        assert await tenant.settled(second["id"]) == "enabled"

    play(scenario)
