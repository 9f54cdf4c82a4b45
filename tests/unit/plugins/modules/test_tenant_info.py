# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tenant_info: the checks, and the exact list of requests of the probes."""

from __future__ import annotations

import json
from unittest import mock

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import ApiError
from ansible_collections.community.immuta.plugins.module_utils._immuta import probes
from ansible_collections.community.immuta.plugins.module_utils._immuta.http_library import requests
from ansible_collections.community.immuta.plugins.module_utils._immuta.response import Response
from ansible_collections.community.immuta.plugins.modules import tenant_info
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import (
    KEY,
    LIST,
    MARKER,
    Call,
    FakeClock,
    play,
    play_with,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import problem, read, row

CREATE = "/integrations/scripts/create"
NOT_FOUND = {"statusCode": 404, "error": "Not Found", "message": "Not Found"}
NO_KEY = {"statusCode": 401, "error": "Unauthorized", "message": "Missing authentication."}
NO_ID = {"statusCode": 404, "message": "No Integration found with ID 0."}
SCRIPT = f"CREATE USER u PASSWORD '{MARKER}';"


def run(options, *calls, **how):
    return play(tenant_info, options, calls, **how)


def script(path=CREATE, **response):
    return Call("POST", path, mock.ANY, **response)


#: Every request of a run with ``contract``, in this order. Nothing else may ever be sent.
FIRST = [
    read(row()),
    Call("POST", "/integrations/scripts/none-such", None, 404, NOT_FOUND),
    Call("POST", "/integrations/scripts/initial-create", None, 401, NO_KEY),
    Call("POST", CREATE, None, 401, NO_KEY),
    Call("GET", "/api/connections/none-such", None, 404, NOT_FOUND),
    Call("GET", "/data/connection/none-such", None, 404, NOT_FOUND),
    script(data=SCRIPT),
    script(data=SCRIPT),
    script("/integrations/scripts/initial-create", data=SCRIPT),
    Call("GET", "/integrations/0", None, 404, NO_ID),
    Call("GET", "/integrations/0/status", None, 404, NO_ID),
    Call("GET", "/health", None, 200, {"status": "ok"}),
]
FIELDS = [script(data=SCRIPT)] * 6
ALL = [*FIRST, *FIELDS, read(row())]


@pytest.mark.parametrize("check", [False, True])
def test_a_tenant_that_works(check):
    result = run({}, read(), check=check)
    assert result == {
        "changed": False,
        "tenant": "https://tenant.example.com:443",
        "usable": True,
        "checks": {"reachable": "passed", "tls": "passed", "api_key": "passed", "permission": "passed"},
        "message": "The tenant and the API key work.",
        "contract": None,
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("status", "checks", "words"),
    [
        (401, ["passed", "passed", "failed", "unknown"], "immuta_api_key"),
        (403, ["passed", "passed", "passed", "failed"], "APPLICATION_ADMIN"),
        (503, ["failed", "unknown", "unknown", "unknown"], "not available"),
    ],
)
def test_the_first_check_that_fails(status, checks, words):
    result = run({"contract": True}, problem("GET", LIST, None, status, "No"))
    assert list(result["checks"].values()) == checks
    assert words in result["message"]
    assert (result["usable"], result["contract"]) == (False, None)


@pytest.mark.parametrize("page", ["<html>Sign in</html>", {"a": 1}])
def test_something_else_in_place_of_the_tenant(page):
    result = run({}, Call("GET", LIST, data=page))
    assert result["checks"]["reachable"] == "failed"
    assert "immuta_url" in result["message"]


def test_a_certificate_that_is_not_trusted():
    def respond(request):
        raise ApiError("GET /integrations: no trusted TLS connection.") from requests.exceptions.SSLError()

    result = play_with(tenant_info, {}, respond)
    assert result["checks"] == {"reachable": "passed", "tls": "failed", "api_key": "unknown", "permission": "unknown"}
    assert result["usable"] is False


def test_without_a_checked_certificate():
    result = run({"validate_certs": False}, read())
    assert (result["checks"]["tls"], result["usable"]) == ("unknown", True)


def test_options_are_checked_before_any_call():
    assert "immuta_url" in run({"immuta_url": "x"})["msg"]


@pytest.mark.parametrize("check", [False, True])
def test_every_request_of_the_probes(check):
    result = run({"contract": True}, *ALL, check=check)
    contract = result["contract"]
    assert contract["bootstrap_form"] == "both"
    assert len(contract["requests"]) == len(ALL)
    assert [point["id"] for point in contract["assumptions"]] == [f"A{number}" for number in range(1, 19)]
    assert MARKER not in json.dumps(result)


def test_what_probes_may_send():
    """No request can change anything: made-up values, a host that cannot exist, no PUT, no DELETE."""
    sent = []

    def respond(request):
        sent.append(request)
        return Response(200, "[]" if request.path == LIST else SCRIPT)

    play_with(tenant_info, {"contract": True}, respond)
    for request in sent:
        assert request.method in ("GET", "POST")
        assert request.safe
        assert request.method == "GET" or request.path.startswith("/integrations/scripts/")
        assert request.body is None or request.body["config"]["host"].endswith(".invalid")
        assert "regenerate" not in request.path
    anonymous = [(request.method, request.path) for request in sent if not request.headers]
    assert anonymous == [
        ("POST", "/integrations/scripts/none-such"),
        ("POST", "/integrations/scripts/initial-create"),
        ("POST", CREATE),
        ("GET", "/api/connections/none-such"),
        ("GET", "/data/connection/none-such"),
        ("GET", "/health"),
    ]
    assert all(request.body is None for request in sent if not request.headers)
    assert all(request.headers["Authorization"] == KEY for request in sent if request.headers)


def test_a_field_probe_changes_one_thing():
    payloads = []

    def respond(request):
        payloads.append(request.body)
        return Response(200, "[]" if request.path == LIST else SCRIPT)

    play_with(tenant_info, {"contract": True}, respond)
    configs = [body["config"] for body in payloads if body]
    base = configs[0]
    assert [set(config) - set(base) for config in configs[1:]] == [
        {"initialDatabase"},
        {"initialDatabase"},
        {"port"},
        {"probeField"},
        {"okta"},
        {"okta"},
        {"appId", "idpHost", "role"},
        {"appID", "idpHost", "role"},
    ]


def test_no_field_is_probed_if_no_payload_is_accepted():
    refused = script(status=400, data={"message": "Invalid request payload input"})
    first = [*FIRST[:6], refused, refused, refused._replace(path="/integrations/scripts/initial-create"), *FIRST[9:]]
    contract = run({"contract": True}, *first, read())["contract"]
    assert contract["bootstrap_form"] == "inconclusive"


def test_a_lost_response_stops_nothing():
    lost = [call._replace(status=0) for call in FIRST[1:]]
    contract = run({"contract": True}, FIRST[0], *lost, read())["contract"]
    assert set(contract["endpoints"].values()) == {"inconclusive"}
    assert "the connection was lost" in contract["requests"][1]["message"]


def test_an_integration_that_a_script_endpoint_made():
    stored = read(row(), row(host=probes.PROBE_HOST))
    contract = run({"contract": True}, *ALL[:-1], stored)["contract"]
    assert verdict(contract, "A15")[0] == "contradicted"
    assert "Delete this integration" in verdict(contract, "A15")[1]


def verdict(contract, name):
    return next((point["verdict"], point["evidence"]) for point in contract["assumptions"] if point["id"] == name)


def test_a_slow_script_endpoint_may_connect():
    clock = FakeClock()

    def respond(request):
        clock.sleep(probes.SLOW + 1 if request.body else 0)
        return Response(200, "[]" if request.path == LIST else SCRIPT)

    contract = play_with(tenant_info, {"contract": True}, respond, clock=clock)["contract"]
    assert verdict(contract, "A15")[0] == "inconclusive"
    assert "5 s" in verdict(contract, "A15")[1]


def test_the_message_of_the_script_endpoint_that_connects():
    tested = script(status=422, data={"message": "Cannot connect."})
    first = [*FIRST[:7], tested, *FIRST[8:]]
    contract = run({"contract": True}, *first, *FIELDS, read())["contract"]
    assert verdict(contract, "A15") == ("contradicted", "A script endpoint tests probe.invalid: Cannot connect.")
