# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_integration, state=absent."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.modules import redshift_integration
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER, Call, FakeClock, play
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    AUTOMATIC,
    HOST,
    MANUAL,
    OKTA_FIELDS,
    ONE,
    look,
    problem,
    read,
    row,
    short,
)

GONE = {"host": HOST, "state": "absent"}
DELETED = {"changed": True, "operation": "deleted", "integration": None}
NOTHING = {"changed": False, "operation": "none", "integration": None}
CREDENTIALS = {"authenticationType": "userPassword", "username": "one_time_admin", "password": MARKER}


def run(options, *calls, **how):
    return play(redshift_integration, {**options, "state": "absent"}, calls, **how)


def outcome(result):
    return {key: result.get(key) for key in DELETED}


def delete(sent=None, status=200, data=None):
    return Call("DELETE", ONE, sent, status, short("deleting") if data is None else data)


def test_an_id_of_another_host_is_refused():
    result = run({"id": "7", "host": "other.example.com"}, look(row()))
    assert f"id 7 is the integration of host {HOST}, not of other.example.com" in result["msg"]
    assert outcome(run({"id": "7", "host": HOST.upper()}, look(row()), delete(), look(None))) == DELETED


def test_a_wrong_address_is_not_an_absence():
    """Its 404 may look like that of an unknown id, but its list fails too."""
    wrong = Call("GET", "/integrations", status=404, data={"message": "No such page"})
    assert run({"id": "7"}, look(None), wrong)["failed"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_missing_endpoint_is_not_an_absence(method):
    missing = problem(method, ONE, None, 404, "Not Found")
    result = run({"id": "7"}, *([missing] if method == "GET" else [look(row()), missing]))
    assert result["failure"]["kind"] == "MissingEndpointError"
    assert f"{method} {ONE}: Immuta returned HTTP 404 (Not Found). It does not have this endpoint" in result["msg"]


def test_a_missing_endpoint_during_the_wait_is_not_an_absence():
    result = run(GONE, read(row()), delete(), problem("GET", ONE, None, 404, "Not Found"))
    assert result["failure"]["kind"] == "MissingEndpointError"


def test_nothing_there_takes_one_request():
    assert outcome(run(GONE, read())) == NOTHING


def test_a_manual_one_is_deleted_without_a_body_even_with_credentials():
    result = run(MANUAL, read(row()), delete(), look(row(status="deleting")), look(None))
    assert outcome(result) == DELETED
    assert result["diff"]["before"]["config"]["host"] == HOST
    assert result["diff"]["after"] == {}


def test_an_automatic_one_is_deleted_with_the_credentials_alone():
    assert outcome(run(AUTOMATIC, read(row("automatic")), delete(CREDENTIALS), look(None))) == DELETED


def test_an_automatic_one_is_deleted_with_okta():
    okta = {**OKTA_FIELDS, "password": MARKER}
    options = {
        "host": HOST,
        "authentication_type": "okta",
        "okta": {
            "username": "okta_user",
            "app_id": "app",
            "idp_host": "x.okta.com",
            "role": "admin",
            "password": MARKER,
        },
    }
    calls = read(row("automatic")), delete({"authenticationType": "okta", "okta": okta}), look(None)
    assert outcome(run(options, *calls)) == DELETED


def test_an_automatic_one_without_credentials_is_refused():
    result = run(GONE, read(row("automatic")))
    assert "privileged credentials" in result["msg"]
    assert "Nothing was sent." in result["msg"]


@pytest.mark.parametrize("status", ["deleted", "disabled"])
def test_one_not_in_use_is_absent(status):
    assert outcome(run(GONE, read(row(status=status)))) == NOTHING
    assert outcome(run({"id": "7"}, look(row(status=status)))) == NOTHING


@pytest.mark.parametrize("status", ["deleted", "disabled"])
def test_one_that_stays_visible_is_deleted(status):
    assert outcome(run(GONE, read(row()), delete(), look(row(status=status)))) == DELETED


@pytest.mark.parametrize("data", ["", "<html>", "null", "[]"])
def test_the_response_to_a_delete_may_be_empty(data):
    assert outcome(run(GONE, read(row()), delete(data=data), look(None))) == DELETED


@pytest.mark.parametrize("data", [{}, {"message": "No Integration found with ID 7."}, {"message": "not found"}])
def test_404_on_delete_means_that_it_is_gone(data):
    assert outcome(run(GONE, read(row()), delete(status=404, data=data))) == DELETED


def test_204_without_a_body_means_success():
    assert outcome(run(GONE, read(row()), delete(status=204, data=""), look(None))) == DELETED


@pytest.mark.parametrize("status", ["createError", "editError", "deleteError", "recurringValidationError", "unheard"])
def test_whatever_its_state_it_is_deleted(status):
    assert outcome(run(GONE, read(row(status=status)), delete(), look(None))) == DELETED


def test_delete_error_fails():
    result = run(GONE, read(row()), delete(), look(row(status="deleting")), look(row(status="deleteError")))
    assert "deleteError" in result["msg"]
    assert "Run again" in result["msg"]


def test_409_on_delete_is_waited_out():
    clock = FakeClock()
    refused = problem("DELETE", ONE, None, 409)
    calls = read(row()), refused, read(row(status="editing")), look(row()), delete(), look(None)
    assert outcome(run(GONE, *calls, clock=clock)) == DELETED
    assert clock.pauses


def test_a_delete_without_a_response_that_was_processed():
    assert outcome(run(GONE, read(row()), delete(status=0), look(None))) == DELETED
    busy = row(status="deleting")
    assert outcome(run(GONE, read(row()), delete(status=0), look(busy), look(busy), look(None))) == DELETED


def test_a_delete_without_a_response_that_was_not_processed():
    result = run(GONE, read(row()), delete(status=0), look(row()))
    assert "still exists" in result["msg"]


def test_a_delete_that_another_began_is_waited_for():
    assert outcome(run(GONE, read(row(status="deleting")), look(row(status="deleting")), look(None))) == NOTHING


def test_without_wait_it_returns_while_immuta_deletes():
    clock = FakeClock()
    result = run({**GONE, "wait": False}, read(row()), delete(), look(row(status="deleting")), clock=clock)
    assert outcome(result) == DELETED
    assert not clock.pauses


def test_without_wait_absent_twice_is_unchanged():
    busy = row(status="deleting")
    assert run({**GONE, "wait": False}, read(busy), look(busy))["changed"] is False


def test_wait_timeout_is_reported():
    busy = row(status="deleting")
    result = run({**GONE, "wait_timeout": 0}, read(row()), delete(), look(busy))
    assert "still deleting after 0 s" in result["msg"]


def test_a_refusal_is_reported():
    result = run(GONE, read(row()), problem("DELETE", ONE, None, 422, "Validation of prerequisite setup failed."))
    assert "422 (Validation of prerequisite setup failed.)" in result["msg"]


def test_id_finds_it():
    assert outcome(run({"id": "7"}, look(row()), delete(), look(None))) == DELETED
    assert outcome(run({"id": "7"}, look(None), read())) == NOTHING
    assert outcome(run({"id": "7"}, look(None), read({**row(), "id": "70"}))) == NOTHING
