# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, tokens, malformed requests, the log, and the control API."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.unit.lab.tenant import KEY, PASSWORD, Tenant, manual, play


@pytest.mark.parametrize("as_header", [True, False])
def test_a_key_is_exchanged_for_a_token(as_header):
    async def scenario(tenant: Tenant) -> None:
        path = "/bim/apikey/authenticate"
        response = await tenant.ask(
            "POST", path, None if as_header else {"apikey": KEY}, key=KEY if as_header else None
        )
        body = await response.json()
        assert body["authenticated"] is True
        bearer = f"Bearer {body['token']}"
        assert (await tenant.ask("GET", "/integrations", key=bearer)).status == 200
        await tenant.fault(kind="expire_token")
        assert (await tenant.ask("GET", "/integrations", key=bearer)).status == 401
        assert [entry["authorization"] for entry in await tenant.requests()][1:] == ["token", "token"]

    play(scenario)


def test_a_token_expires():
    async def scenario(tenant: Tenant) -> None:
        token = (await tenant.json("POST", "/bim/apikey/authenticate", {"apikey": KEY}))["token"]
        await asyncio.sleep(0.06)
        assert (await tenant.ask("GET", "/integrations", key=f"Bearer {token}")).status == 401

    play(scenario, token_lifetime=0.05)


@pytest.mark.parametrize(
    ("key", "status"),
    [(None, 401), ("wrong", 401), ("Bearer wrong", 401), (f"Bearer {KEY}", 200), ("key-without-permission", 403)],
)
def test_permissions(key, status):
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.ask("GET", "/integrations", key=key)
        assert response.status == status
        assert status == 200 or (await response.json())["statusCode"] == status

    play(scenario)


def _without(name: str) -> dict:
    body = manual()
    del body["config"][name]
    return body


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], '"value" must be of type object'),
        ({}, '"type" is required'),
        (manual() | {"type": "Oracle"}, '"type" must be one of [Redshift, '),
        (manual() | {"autoBootstrap": "yes"}, '"autoBootstrap" must be a boolean'),
        (manual() | {"config": None}, '"config" must be of type object'),
        (_without("host"), '"config.host" is required'),
        (manual(host="https://one.example.com/"), '"config.host" must be a valid hostname'),
        (manual(port="5439"), '"config.port" must be a number'),
        (manual(port=70000), '"config.port" must be a valid port'),
        (manual(database=""), '"config.database" is not allowed to be empty'),
        (_without("initialDatabase") | {"autoBootstrap": True}, '"config.initialDatabase" is required'),
        (manual(database="a\0b"), '"config.database" contains an invalid character'),
        (manual(username="\ud800"), '"config.username" contains an invalid character'),
        (manual(authenticationType="iam"), '"config.authenticationType" must be one of [userPassword, okta]'),
        (_without("password"), '"config.password" is required'),
        (manual(authenticationType="okta"), '"config.okta" is required'),
        (manual(authenticationType="okta", okta={}), '"config.okta.username" is required'),
        (manual(impersonation={"enabled": 1}), '"config.impersonation.enabled" must be a boolean'),
    ],
)
def test_malformed_bodies(body, message):
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.json("POST", "/integrations", body, status=400)
        assert response["message"].startswith(message)
        assert response["error"] == "Bad Request"

    play(scenario)


@pytest.mark.parametrize(
    ("raw", "content_type", "status"), [("{", "application/json", 400), ("a: 1", "text/yaml", 415)]
)
def test_bodies_that_are_not_json(raw, content_type, status):
    async def scenario(tenant: Tenant) -> None:
        headers = {"Authorization": KEY, "Content-Type": content_type}
        response = await tenant.client.post("/integrations", data=raw, headers=headers)
        assert response.status == status
        assert (await response.json())["statusCode"] == status

    play(scenario)


NO_ROUTE = {"statusCode": 404, "error": "Not Found", "message": "Not Found"}


@pytest.mark.parametrize("key", [KEY, None, "wrong"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nowhere"),
        ("GET", "/integrations/1/nowhere"),
        ("POST", "/integrations/scripts/none-such"),
        ("PATCH", "/integrations"),
        ("POST", "/integrations/1"),
        ("GET", "/integrations/1/scripts/edit"),
    ],
)
def test_an_unknown_path_or_method_is_the_same_404_whoever_asks(method, path, key):
    async def scenario(tenant: Tenant) -> None:
        response = await tenant.ask(method, path, {}, key=key)
        assert (response.status, await response.json()) == (404, NO_ROUTE)
        assert "Allow" not in response.headers

    play(scenario)


def test_an_unknown_id_has_a_message_of_its_own():
    async def scenario(tenant: Tenant) -> None:
        for path in ("/integrations/0", "/integrations/0/status"):
            assert (await tenant.json("GET", path, status=404))["message"] == "No Integration found with ID 0."
        assert (await tenant.json("DELETE", "/integrations/7", status=404))["message"].endswith("with ID 7.")

    play(scenario)


def test_credentials_are_checked_before_the_body():
    async def scenario(tenant: Tenant) -> None:
        for key, status in ((None, 401), ("wrong", 401), ("key-without-permission", 403), (KEY, 400)):
            headers = {"Content-Type": "application/json"} | ({"Authorization": key} if key else {})
            response = await tenant.client.post("/integrations", data="{", headers=headers)
            assert response.status == status

    play(scenario)


def test_the_log_contains_only_names_of_secrets():
    async def scenario(tenant: Tenant) -> None:
        okta = {"username": "u", "password": "Okta1secret", "appID": "a", "idpHost": "i", "role": "r"}
        body = manual(authenticationType="okta", okta=okta, connectArgs=f"x={PASSWORD}")
        await tenant.json("POST", "/integrations?a=b", body)
        await tenant.json("POST", "/bim/apikey/authenticate", {"apikey": KEY})
        first, second = await tenant.requests()
        assert (first["n"], first["method"], first["path"], first["query"]) == (1, "POST", "/integrations", "a=b")
        assert first["status"] == 200
        assert first["authorization"] == "api_key"
        assert "Authorization" in first["headers"]
        assert first["body"]["config"]["okta"]["password"] == "<okta.password>"
        assert first["body"]["config"]["connectArgs"] == "x=<password>"
        assert second["body"] == {"apikey": "<apikey>"}
        text = json.dumps([first, second])
        assert not [secret for secret in (PASSWORD, KEY, "Okta1secret") if secret in text]
        await tenant.json("DELETE", "/_sim/requests")
        assert await tenant.requests() == []

    play(scenario)


def test_reset():
    async def scenario(tenant: Tenant) -> None:
        await tenant.made()
        await tenant.set(create_seconds=9)
        await tenant.fault(kind="status", times=None)
        await tenant.json("POST", "/_sim/reset")
        assert await tenant.requests() == []
        assert await tenant.json("GET", "/_sim/faults") == []
        assert (await tenant.json("GET", "/_sim/switches"))["create_seconds"] == 0.02
        assert await tenant.json("GET", "/integrations") == []
        assert await tenant.made() == "1"

    play(scenario)


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("PATCH", "/_sim/switches", {"nope": 1}, "There is no switch 'nope'"),
        ("PATCH", "/_sim/switches", {"id_type": "uuid"}, "one of string, number"),
        ("PATCH", "/_sim/switches", {"create_seconds": "1"}, "it is float"),
        ("PATCH", "/_sim/switches", {"non_editable": "host"}, "list[str]"),
        ("POST", "/_sim/faults", {"kind": "nope"}, "There is no fault 'nope'"),
        ("POST", "/_sim/faults", {"status": 500}, "wrong or missing: ['kind']"),
        ("POST", "/_sim/faults", {"kind": "kill"}, "needs the pid"),
        ("POST", "/_sim/faults", {"kind": "slow", "path": "("}, "not a regular expression"),
        ("PATCH", "/_sim/integrations/9", {}, "There is no integration '9'"),
    ],
)
def test_control_requests_that_make_no_sense(method, path, body, words):
    async def scenario(tenant: Tenant) -> None:
        assert words in (await tenant.json(method, path, body, status=400))["error"]

    play(scenario)
