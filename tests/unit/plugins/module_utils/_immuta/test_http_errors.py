# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user reads when a request fails."""

from __future__ import annotations

import json

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import (
    ApiError,
    MissingEndpointError,
    UnknownResultError,
)
from ansible_collections.community.immuta.plugins.module_utils._immuta.http_errors import (
    ADVICE_BY_STATUS,
    Failure,
    describe_failure,
    no_response_error,
    status_error,
)
from ansible_collections.community.immuta.plugins.module_utils._immuta.response import Response
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER

errors = pytest.importorskip("requests").exceptions
pool = pytest.importorskip("urllib3").exceptions
MISSING = {"message": "Not Found"}


def error(status, data, safe=True):
    text = data if isinstance(data, str) else json.dumps(data)
    return status_error("POST", "/integrations", Response(status, text), safe)


@pytest.mark.parametrize(
    ("status", "data", "safe", "kind"),
    [
        (400, {}, False, ApiError),
        (500, {}, False, ApiError),
        (502, "<html>", True, ApiError),
        (502, "<html>", False, UnknownResultError),
        (504, {}, False, UnknownResultError),
        (503, {}, False, ApiError),
        (404, {"message": "No Integration found with ID 7."}, True, ApiError),
        (404, MISSING, False, MissingEndpointError),
    ],
)
def test_kinds(status, data, safe, kind):
    found = error(status, data, safe)
    assert found.__class__ is kind
    assert found.status_code == status
    assert (found.details["method"], found.details["path"]) == ("POST", "/integrations")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"message": "Why"}, "422 (Why)"),
        ({"error": "Unprocessable"}, "422 (Unprocessable)"),
        ({"message": ["Why"]}, "422"),
        ("<html>", "422"),
        (
            {"message": "Why", "validation": {"source": "payload", "keys": ["a", "b"]}},
            "422 (Why; source: payload, keys: a, b)",
        ),
        ({"message": "Why", "validation": [{"port": "bad"}, "host", {"text": "Why"}]}, "422 (Why; port: bad; host)"),
        ({"message": "Why", "validation": {"password": MARKER}}, "422 (Why)"),
        ({"message": "Why", "validation": [None, {"a": {"b": 1}}]}, "422 (Why)"),
    ],
)
def test_what_immuta_said(data, shown):
    assert error(422, data).message == f"POST /integrations: Immuta returned HTTP {shown}. {ADVICE_BY_STATUS[422]}"


@pytest.mark.parametrize(
    ("status", "data", "advice"),
    [
        (401, {}, "immuta_api_key"),
        (403, {}, "APPLICATION_ADMIN"),
        (404, {}, "Check immuta_url"),
        (404, MISSING, "does not have this endpoint"),
        (429, {}, "raise retries"),
        (307, "", "set immuta_url to the final address"),
    ],
)
def test_advice(status, data, advice):
    assert advice in error(status, data).message


def test_a_status_without_advice():
    assert error(418, {}).message == "POST /integrations: Immuta returned HTTP 418."


@pytest.mark.parametrize(("safe", "kept"), [(False, {"status": "failed"}), (True, None)])
def test_only_a_write_keeps_the_results_of_tests(safe, kept):
    assert error(400, {"validationResults": {"status": "failed"}}, safe).details.get("validation_results") == kept


@pytest.mark.parametrize(
    ("may_have_arrived", "safe", "kind"),
    [(True, True, ApiError), (True, False, UnknownResultError), (False, False, ApiError)],
)
def test_no_response(may_have_arrived, safe, kind):
    found = no_response_error("PUT", "/x", "host:443", Failure("gone.", may_have_arrived), safe)
    assert found.__class__ is kind
    assert (found.message, found.status_code) == ("PUT /x at host:443: gone.", 0)


@pytest.mark.parametrize(
    ("exc", "reason", "may_have_arrived"),
    [
        (errors.ProxyError("x"), "proxy could not be used (x)", False),
        (errors.SSLError("x"), "no trusted TLS connection (x)", False),
        (errors.ConnectTimeout("x"), "no connection within 7 s", False),
        (errors.ReadTimeout("x"), "no response within 7 s", True),
        (errors.ConnectionError(pool.ReadTimeoutError(None, "/", "x")), "no response within 7 s", True),
        (errors.TooManyRedirects("x"), "too many redirects", False),
        (errors.InvalidURL("x"), "the address is not valid", False),
        (pool.LocationParseError("x"), "the address is not valid", False),
        (FileNotFoundError(2, "No such file"), "cannot be read or sent", False),
        (
            errors.ConnectionError(
                pool.MaxRetryError(
                    None,
                    "/",
                    pool.NewConnectionError(None, "Failed to establish a new connection: [Errno 1] no"),
                )
            ),
            "no connection (no)",
            False,
        ),
        (
            errors.ConnectionError(pool.ProtocolError("aborted", ConnectionResetError(104, "reset"))),
            "connection was lost",
            True,
        ),
        (errors.ChunkedEncodingError("cut"), "the connection was lost (cut)", True),
    ],
)
def test_why_no_response_came(exc, reason, may_have_arrived):
    found = describe_failure(exc, 7.0)
    assert reason in found.reason
    assert found.may_have_arrived is may_have_arrived
    assert " at 0x" not in found.reason
