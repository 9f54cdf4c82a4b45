# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_integration, state=present."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.modules import redshift_integration
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import (
    LIST,
    MARKER,
    Call,
    FakeClock,
    play,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    AUTOMATIC,
    FAILED,
    HOST,
    KINDS,
    MANUAL,
    OKTA,
    OKTA_FIELDS,
    ONE,
    PASSED,
    WARNING,
    body,
    look,
    problem,
    read,
    row,
    short,
)

NOTHING = {"changed": False, "operation": "none"}
USE_PUT = f"Use PUT /integrations/7 endpoint to update connection information for Redshift integration on host {HOST}."
BUSY = "Unable to edit integration with ID 7 in current state editing."


def run(options, *calls, **how):
    return play(redshift_integration, options, calls, **how)


def outcome(result):
    return {key: result.get(key) for key in ("changed", "operation")}


def updated(before, after, kind="manual", **config):
    """The calls of an update."""
    put = Call("PUT", ONE, body(kind, **config), data=short("editing"))
    return read(before), put, look({**after, "status": "editing"}), look(after)


# Create


@pytest.mark.parametrize("kind", KINDS)
def test_creates_and_waits(kind):
    result = run(
        KINDS[kind],
        read(),
        Call("POST", LIST, body(kind), data=short("creating")),
        look(row(kind, "creating")),
        look(row(kind)),
    )
    assert outcome(result) == {"changed": True, "operation": "created"}
    assert result["integration"]["id"] == "7"
    assert result["integration"]["status"] == "enabled"
    assert result["integration"]["validation"]["tests"][0]["name"] == "Basic Connection Test"
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["config"]["host"] == HOST


def test_sends_only_specified_settings():
    options = {name: MANUAL[name] for name in MANUAL if name not in ("port", "initial_database")}
    sent = body(port=None, initialDatabase=None, newField={"a": [1, None]})
    run({**options, "extra_config": {"newField": {"a": [1, None]}}}, read(), Call("POST", LIST, sent, data=row()))


def test_a_stable_response_is_not_read_again():
    result = run(MANUAL, read(), Call("POST", LIST, body(), data=short("enabled")))
    assert result["integration"]["config"]["database"] == "immuta"


@pytest.mark.parametrize("gone", ["deleted", "disabled"])
def test_an_integration_that_is_not_in_use_does_not_count(gone):
    result = run(MANUAL, read(row(status=gone)), Call("POST", LIST, body(), data=row()))
    assert result["operation"] == "created"


def test_another_type_on_the_same_host_does_not_count():
    other = {**row(), "type": "Snowflake"}
    assert run(MANUAL, read(other), Call("POST", LIST, body(), data=row()))["operation"] == "created"


def test_create_error_fails_with_each_test_that_did_not_pass():
    calls = read(), Call("POST", LIST, body(), data=short("creating")), look(row(status="createError", results=FAILED))
    result = run(MANUAL, *calls)
    assert result["failed"]
    assert "createError" in result["msg"]
    assert "Grants, " in result["msg"].replace(": ", ", ")
    assert "USAGE is missing" in result["msg"]
    assert "Basic Connection Test" not in result["msg"]
    assert result["operation"] == "created"
    assert result["integration"]["status"] == "createError"


@pytest.mark.parametrize(
    ("fail_on", "results", "failed"),
    [
        ("failed", FAILED, True),
        ("failed", WARNING, False),
        ("warning", WARNING, True),
        ("warning", PASSED, False),
        ("never", FAILED, False),
    ],
)
def test_fail_on(fail_on, results, failed):
    calls = read(), Call("POST", LIST, body(), data=row(results=results))
    result = run({**MANUAL, "fail_on": fail_on}, *calls)
    assert result.get("failed", False) is failed
    if not failed and results is not PASSED:
        assert results["validationTests"][-1]["message"] in result["warnings"][0]


def test_refusal_names_the_tests():
    refused = problem("POST", LIST, body(), 422, "Validation failed.", validationResults=FAILED)
    result = run(MANUAL, read(), refused)
    assert "422 (Validation failed.)" in result["msg"]
    assert "USAGE is missing" in result["msg"]
    assert result["failure"]["validation"]["tests"][1]["status"] == "failed"
    assert result["failure"]["status_code"] == 422


@pytest.mark.parametrize(
    ("validation", "shown"),
    [
        ({"source": "payload", "keys": ["config.okta.appID"]}, "source: payload, keys: config.okta.appID"),
        ([{"code": "E7", "message": "no USAGE"}, {"code": "E8"}], "code: E7, message: no USAGE; code: E8"),
        (["host", 7], "host; 7"),
        ("host", "host"),
        ({"password": "x", "other": MARKER, "list": [MARKER]}, "other: ********, list: ********"),
        ({"deep": {"a": 1}}, None),
        ([None, [1]], None),
        (None, None),
    ],
)
def test_a_refusal_shows_what_the_server_says_of_the_request_body(validation, shown):
    result = run(MANUAL, read(), problem("POST", LIST, body(), 422, "Invalid.", validation=validation))
    reason = f"Invalid.; {shown}" if shown else "Invalid."
    assert f"Immuta returned HTTP 422 ({reason}). Fix the reported problem" in result["msg"]


def test_okta_leads_to_a_warning():
    assert "deprecated" in run(OKTA, read(row("okta")))["warnings"][0]


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        (["auto_bootstrap"], "auto_bootstrap"),
        (["database"], "database"),
        (["authentication_type"], "authentication_type"),
        (["username", "password"], "username and password"),
        (["password"], "username and password"),
        (["initial_database"], "initial_database"),
    ],
)
def test_a_creation_with_missing_options_is_refused(left_out, named):
    result = run({name: AUTOMATIC[name] for name in AUTOMATIC if name not in left_out}, read())
    assert named in result["msg"]
    assert "Nothing was sent." in result["msg"]


def test_options_that_contradict_each_other_are_refused_before_any_call():
    result = run({"port": 0, "password": MARKER, "wait_timeout": -1})
    assert all(name in result["msg"] for name in ("port", "username", "wait_timeout", "host or id"))
    assert result["failure"]["kind"] == "OptionError"


# Nothing to do, update


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_do_takes_one_request(kind):
    result = run(KINDS[kind], read(row(kind)))
    assert outcome(result) == NOTHING
    assert result["diff"]["before"] == result["diff"]["after"]


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        ({"host": HOST.upper()}, {}),
        ({"port": None}, {"port": 5439}),
        ({"port": "5439"}, {"port": 5439}),
        ({"password": "[REDACTED]"}, {}),
        ({"password": None}, {}),
        ({"username": None}, {}),
        ({"initialDatabase": None}, {}),
        ({}, {"impersonation": {"enabled": False}}),
        ({"impersonation": None}, {"impersonation": {"enabled": False, "role": "x"}}),
        ({"impersonation": {"enabled": True}}, {"impersonation": {"enabled": True, "role": "immuta_impersonation"}}),
        ({"impersonation": {"enabled": True, "role": "crew"}}, {"impersonation": {"enabled": True}}),
        ({"new": {"a": 1, "b": 2}}, {"extra_config": {"new": {"a": 1}}}),
        ({}, {"extra_config": {"unseen": 1}}),
    ],
)
def test_equivalent_settings_are_not_a_change(shown, wanted):
    assert outcome(run({**MANUAL, **wanted}, read(row(**shown)))) == NOTHING


def test_username_of_an_automatic_integration_is_not_compared():
    assert outcome(run({**AUTOMATIC, "username": "other_admin"}, read(row("automatic")))) == NOTHING


ON = {"enabled": True, "role": "crew"}


@pytest.mark.parametrize(
    ("shown", "wanted", "sent"),
    [
        ({}, {"impersonation": ON}, {"impersonation": ON}),
        ({"impersonation": ON}, {"impersonation": {"enabled": False}}, {"impersonation": {**ON, "enabled": False}}),
        ({"impersonation": ON}, {"impersonation": {**ON, "role": "new"}}, {"impersonation": {**ON, "role": "new"}}),
        ({}, {"username": "other"}, {"username": "other"}),
        ({"new": 1}, {"extra_config": {"new": 2}}, {"new": 2}),
        ({"new": {"a": 1, "b": 2}}, {"extra_config": {"new": {"a": 3}}}, {"new": {"a": 3, "b": 2}}),
    ],
)
def test_a_change_keeps_the_rest(shown, wanted, sent):
    before, after = row(kept="as it is", **shown), row(kept="as it is", **{**shown, **sent})
    result = run({**MANUAL, **wanted}, *updated(before, after, kept="as it is", **{**shown, **sent}))
    assert outcome(result) == {"changed": True, "operation": "updated"}
    assert result["diff"]["before"] != result["diff"]["after"]


def test_settings_that_are_not_specified_are_kept():
    options = {"host": HOST, "username": "immuta_system", "password": MARKER, "impersonation": ON}
    run(options, *updated(row(extra=[1]), row(extra=[1], impersonation=ON), extra=[1], impersonation=ON))


def test_okta_fields_change():
    changed = {**OKTA_FIELDS, "role": "other"}
    options = {**OKTA, "okta": {**OKTA["okta"], "role": "other"}}
    sent = {**changed, "password": MARKER}
    result = run(options, *updated(row("okta"), row("okta", okta=changed), "okta", okta=sent))
    assert result["operation"] == "updated"


def test_an_update_keeps_the_spelling_of_an_okta_field():
    shown = {"username": "okta_user", "appID": "old", "idpHost": "x.okta.com", "role": "admin"}
    changed = {**shown, "appID": "app"}
    sent = {**changed, "password": MARKER}
    run(OKTA, *updated(row("okta", okta=shown), row("okta", okta=changed), "okta", okta=sent))


@pytest.mark.parametrize("name", ["app_id", "idp_host", "role"])
@pytest.mark.parametrize("automatic", [True, False])
def test_each_okta_setting_is_compared(name, automatic):
    fields = {"app_id": "appId", "idp_host": "idpHost", "role": "role"}
    before = {**row("okta"), "autoBootstrap": automatic}
    changed = {**OKTA_FIELDS, fields[name]: "other"}
    after = {**row("okta", okta=changed), "autoBootstrap": automatic}
    sent = {**body("okta", okta={**changed, "password": MARKER}), "autoBootstrap": automatic}
    calls = read(before), Call("PUT", ONE, sent, data=short("editing")), look(after)
    result = run({**OKTA, "auto_bootstrap": automatic, "okta": {**OKTA["okta"], name: "other"}}, *calls)
    assert outcome(result) == {"changed": True, "operation": "updated"}
    assert result["diff"]["after"]["config"]["okta"][name] == "other"


def test_the_okta_user_of_an_automatic_integration_is_not_compared():
    options = {**OKTA, "auto_bootstrap": True, "okta": {**OKTA["okta"], "username": "other"}}
    assert outcome(run(options, read({**row("okta"), "autoBootstrap": True}))) == NOTHING


def test_the_credentials_of_the_former_authentication_type_are_not_kept():
    sent = {"authenticationType": "okta", "okta": {**OKTA_FIELDS, "password": MARKER}, "username": None}
    run(OKTA, *updated(row(), row("okta"), password=None, **sent))
    sent = {"authenticationType": "userPassword", "okta": None, "username": "immuta_system", "password": MARKER}
    run(MANUAL, *updated(row("okta"), row(), "okta", **sent))


def test_a_setting_is_sent_even_if_it_looks_like_a_mask():
    role = {"enabled": True, "role": "secret"}
    options = {**MANUAL, "username": "hidden", "impersonation": role}
    after = row(username="hidden", impersonation=role)
    result = run(options, *updated(row(), after, username="hidden", impersonation=role))
    assert result["integration"]["config"]["username"] == "hidden"
    assert result["integration"]["config"]["impersonation"] == role


@pytest.mark.parametrize(
    "wanted",
    [{"port": 5440}, {"database": "other"}, {"initial_database": "other"}, {"auto_bootstrap": True}],
)
def test_a_setting_that_cannot_be_edited_is_refused_with_both_values(wanted):
    result = run({**MANUAL, **wanted}, read(row()))
    ((name, value),) = wanted.items()
    before = {"port": 5439, "database": "immuta", "initial_database": "dev", "auto_bootstrap": False}[name]
    assert f"{name} is {before!r} and should be {value!r}" in result["msg"]
    assert "Nothing was sent." in result["msg"]
    assert result["failure"]["not_editable"] == [name]


def test_the_host_of_an_id_cannot_be_edited():
    result = run({**MANUAL, "id": "7", "host": "other.example.com"}, look(row()))
    assert "host is" in result["msg"]
    assert "other.example.com" in result["msg"]


def test_an_update_without_credentials_is_refused():
    result = run({"host": HOST, "impersonation": ON}, read(row()))
    assert "username and password" in result["msg"]
    assert "Nothing was sent." in result["msg"]


def test_edit_error_after_an_update_fails():
    broken = row(status="editError", results=FAILED)
    put = Call("PUT", ONE, body(impersonation=ON), data=short("editing"))
    result = run({**MANUAL, "impersonation": ON}, read(row()), put, look(broken))
    assert "editError" in result["msg"]
    assert "USAGE is missing" in result["msg"]


def test_update_password_always_pushes():
    result = run({**MANUAL, "update_password": "always"}, *updated(row(), row()))
    assert outcome(result) == {"changed": True, "operation": "updated"}
    assert result["diff"]["before"]["config"]["password"] == "(unknown)"
    assert result["diff"]["after"]["config"]["password"] == "(set)"


def test_update_password_always_without_a_password_changes_nothing():
    assert outcome(run({"host": HOST, "update_password": "always"}, read(row()))) == NOTHING


# Repair


@pytest.mark.parametrize("status", ["createError", "editError", "migrateError", "deleteError"])
def test_a_failed_integration_is_repaired(status):
    result = run(MANUAL, *updated(row(status=status), row()))
    assert outcome(result) == {"changed": True, "operation": "repaired"}


def test_after_create_error_everything_may_be_changed():
    result = run({**MANUAL, "database": "other"}, *updated(row(status="createError"), row(), database="other"))
    assert result["operation"] == "repaired"


def test_a_repair_that_fails_again_is_reported():
    calls = read(row(status="editError")), Call("PUT", ONE, body(), data=short("editing"))
    result = run(MANUAL, *calls, look(row(status="editError", results=FAILED)))
    assert result["failed"]
    assert result["operation"] == "repaired"


def test_recurring_validation_error_leads_to_a_warning():
    result = run(MANUAL, read(row(status="recurringValidationError", results=FAILED)))
    assert outcome(result) == NOTHING
    assert "recurringValidationError" in result["warnings"][0]
    assert "USAGE is missing" in result["warnings"][0]


def test_an_unknown_status_is_shown():
    result = run(MANUAL, read(row(status="hibernating")))
    assert outcome(result) == NOTHING
    assert "hibernating" in result["warnings"][0]
    assert result["integration"]["status"] == "hibernating"


# Waiting


@pytest.mark.parametrize("status", ["creating", "editing", "migrating"])
def test_a_busy_integration_is_waited_for(status):
    clock = FakeClock()
    busy = row(status=status)
    assert outcome(run(MANUAL, read(busy), look(busy), look(busy), look(row()), clock=clock)) == NOTHING
    assert len(clock.pauses) == 2


def test_one_that_is_being_deleted_is_waited_for_and_created():
    calls = read(row(status="deleting")), look(row(status="deleting")), look(None)
    result = run(MANUAL, *calls, Call("POST", LIST, body(), data=row()))
    assert result["operation"] == "created"


def test_wait_timeout_is_kept_and_reported():
    clock = FakeClock()
    busy = row(status="creating")
    result = run({**MANUAL, "wait_timeout": 1}, read(busy), *[look(busy)] * 4, clock=clock)
    assert "still creating after 1 s" in result["msg"]
    assert "wait_timeout" in result["msg"]
    assert clock.time == pytest.approx(1)


def test_without_wait_the_busy_state_is_returned():
    calls = read(), Call("POST", LIST, body(), data=short("creating")), look(row(status="creating"))
    clock = FakeClock()
    result = run({**MANUAL, "wait": False}, *calls, clock=clock)
    assert result["integration"]["status"] == "creating"
    assert outcome(result) == {"changed": True, "operation": "created"}
    assert not clock.pauses


# Somebody else was faster


def test_409_on_create_continues_from_the_existing_one():
    refused = problem("POST", LIST, body(), 409, "Redshift integration already exists")
    assert outcome(run(MANUAL, read(), refused, read(row()), read(row()))) == NOTHING


def test_409_on_create_while_it_is_being_created_waits():
    refused = problem("POST", LIST, body(), 409, "Redshift integration already exists")
    busy = row(status="creating")
    assert outcome(run(MANUAL, read(), refused, read(busy), read(busy), look(busy), look(row()))) == NOTHING


def test_400_on_create_repairs_the_one_that_failed():
    broken = row(status="createError")
    calls = updated(broken, row())
    result = run(MANUAL, read(), problem("POST", LIST, body(), 400, USE_PUT), read(broken), *calls)
    assert result["operation"] == "repaired"


def test_another_400_on_create_is_reported():
    result = run(MANUAL, read(), problem("POST", LIST, body(), 400, "child host fails"), read())
    assert "child host fails" in result["msg"]


def test_409_on_put_is_waited_out():
    clock = FakeClock()
    refused = problem("PUT", ONE, body(impersonation=ON), 409, BUSY)
    busy = row(status="editing")
    again = updated(row(), row(impersonation=ON), impersonation=ON)[1:]
    calls = read(row()), refused, read(busy), look(busy), look(row()), *again
    assert run({**MANUAL, "impersonation": ON}, *calls, clock=clock)["operation"] == "updated"
    assert clock.pauses


def test_409_that_persists_is_reported():
    refused = problem("PUT", ONE, body(impersonation=ON), 409, BUSY)
    result = run({**MANUAL, "impersonation": ON}, *[read(row()), refused] * 4)
    assert "409" in result["msg"]
    assert "current state editing" in result["msg"]


def test_404_on_put_creates_it_again():
    refused = problem("PUT", ONE, body(impersonation=ON), 404)
    create = Call("POST", LIST, body(impersonation=ON), data=row(impersonation=ON))
    assert run({**MANUAL, "impersonation": ON}, read(row()), refused, read(), create)["operation"] == "created"


def test_a_missing_endpoint_is_not_a_deleted_integration():
    missing = problem("PUT", ONE, body(impersonation=ON), 404, "Not Found")
    result = run({**MANUAL, "impersonation": ON}, read(row()), missing)
    assert result["failure"]["kind"] == "MissingEndpointError"
    assert "does not have this endpoint" in result["msg"]


# Lost responses


def test_a_create_without_a_response_is_found():
    calls = read(), Call("POST", LIST, body(), 0), read(), read(row(status="creating")), look(row())
    assert outcome(run(MANUAL, *calls)) == {"changed": True, "operation": "created"}


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_that_gave_up_counts_as_lost(status):
    calls = read(), Call("POST", LIST, body(), status, "<html>"), read(row())
    assert run(MANUAL, *calls)["operation"] == "created"


@pytest.mark.parametrize("data", ["", "<html>", "[]", '{"id": "7", "sta'])
def test_a_useless_response_to_a_create_counts_as_lost(data):
    assert run(MANUAL, read(), Call("POST", LIST, body(), data=data), read(row()))["operation"] == "created"


def test_a_create_without_a_response_that_is_not_found_fails_and_is_not_sent_again():
    clock = FakeClock()
    result = run(MANUAL, read(), Call("POST", LIST, body(), 0), *[read()] * 8, clock=clock)
    assert result["failed"]
    assert "run again" in result["msg"]
    assert clock.time == pytest.approx(8)


def test_a_write_whose_result_cannot_be_read_either_says_so():
    result = run(
        MANUAL, read(), Call("POST", LIST, body(), 502, "<html>"), Call("GET", LIST, status=503, data="<html>")
    )
    assert result["failure"]["kind"] == "UnknownResultError"
    assert result["failure"]["method"] == "POST"
    assert "could not be checked either" in result["msg"]


def test_a_put_without_a_response_is_found():
    lost = Call("PUT", ONE, body(impersonation=ON), 0)
    calls = read(row()), lost, read(row()), read(row(status="editing")), look(row(impersonation=ON))
    assert run({**MANUAL, "impersonation": ON}, *calls)["operation"] == "updated"


def test_a_put_without_a_response_that_was_not_processed_fails():
    lost = Call("PUT", ONE, body(impersonation=ON), 0)
    result = run({**MANUAL, "impersonation": ON}, read(row()), lost, *[read(row())] * 8)
    assert result["failed"]


def test_a_password_without_a_response_does_not_count_as_set():
    lost = Call("PUT", ONE, body(), 0)
    result = run({**MANUAL, "update_password": "always"}, read(row()), lost, *[read(row())] * 8)
    assert result["failed"]


# id


def test_id_finds_it():
    assert outcome(run({"id": "7"}, look(row()))) == NOTHING


def test_id_is_put_into_the_path_safely():
    calls = [Call("GET", "/integrations/..%2Fbim%3Fx", data=row())]
    assert outcome(run({"id": "../bim?x"}, *calls)) == NOTHING


def test_an_unknown_id_is_refused():
    result = run({**MANUAL, "id": "7"}, look(None), read())
    assert "id 7" in result["msg"]


def test_an_id_of_another_type_is_refused():
    assert "not of type Redshift" in run({"id": "7"}, look({**row(), "type": "Snowflake"}))["msg"]


def test_what_is_returned_can_be_fed_back():
    first = run(MANUAL, read(row(impersonation=ON, newField=1)))["integration"]
    settings = {"auto_bootstrap": first["auto_bootstrap"], **first["config"]}
    assert outcome(run(settings, read(row(impersonation=ON, newField=1)))) == NOTHING
