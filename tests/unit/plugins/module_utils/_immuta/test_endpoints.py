# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints: which request each method sends, and what it makes of the response."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import (
    ApiError,
    MissingEndpointError,
    UnknownResultError,
)
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import Client
from ansible_collections.community.immuta.plugins.module_utils._immuta.endpoints import SCRIPTS, Integrations
from ansible_collections.community.immuta.plugins.module_utils._immuta.record import IntegrationRecord
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import CONNECTION, LIST, MARKER, Call, Wire
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    FAILED,
    HOST,
    ONE,
    body,
    look,
    problem,
    read,
    row,
    short,
)

RECORD = IntegrationRecord(row())
#: An id that would lead elsewhere if it were put into the path as it is.
ODD = IntegrationRecord({**row(), "id": "../7?a"})
ODD_PATH = f"{LIST}/..%2F7%3Fa"
NOT_FOUND = {"statusCode": 404, "message": "Not Found"}


def sent(calls, work, check_mode=False):
    """Return what a method returns, if it sends these requests."""
    wire = Wire(calls, check_mode)
    options = {**CONNECTION, "immuta_auth": "api_key"}
    client = Client(options, wire)
    found = work(Integrations(client, check_mode) if check_mode else Integrations(client))
    wire.finish()
    return found


def fails(kind, calls, work):
    with pytest.raises(ApiError) as caught:
        sent(calls, work)
    assert caught.type is kind
    return caught.value


def other(**changes):
    return {**row(), "id": "8", **changes}


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        ([], []),
        ([row(), other(type="Snowflake"), other(status="deleted"), "x", None], ["7"]),
        ([row(status="no such status"), other(status="disabled")], ["7"]),
    ],
)
def test_all(rows, ids):
    assert [record.id for record in sent([read(*rows)], lambda api: api.all())] == ids


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], None),
        ([row()], "7"),
        ([other(config={"host": HOST.upper()})], "8"),
        ([row(status="deleted")], "7"),
        ([row(status="deleted"), other()], "8"),
        ([row(host="other.example.com")], None),
    ],
)
def test_by_host(rows, found):
    record = sent([read(*rows)], lambda api: api.by_host(HOST))
    assert (record.id if record else None) == found


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ([look(row())], "7"),
        ([look(None), read()], None),
        ([look(None), read(other())], None),
        ([look(None), read(row())], "7"),
    ],
)
def test_by_id(calls, found):
    record = sent(calls, lambda api: api.by_id("7"))
    assert (record.id if record else None) == found


@pytest.mark.parametrize(("shown", "is_there"), [(row(), True), (None, False)])
def test_read_again_does_not_read_the_list(shown, is_there):
    assert bool(sent([look(shown)], lambda api: api.read_again(RECORD))) is is_there


@pytest.mark.parametrize(
    ("calls", "kind", "words"),
    [
        ([Call("GET", ONE, status=404, data=NOT_FOUND)], MissingEndpointError, "immuta_url"),
        ([look(None), problem("GET", LIST, None, 403)], ApiError, "APPLICATION_ADMIN"),
        ([look(None), Call("GET", LIST, data={})], ApiError, "not a list"),
        ([look([])], ApiError, "not an integration"),
        ([look({**row(), "type": "Snowflake"})], ApiError, "not of type Redshift"),
    ],
)
def test_an_id_that_cannot_be_read(calls, kind, words):
    assert words in fails(kind, calls, lambda api: api.by_id("7")).message


def test_create():
    record = sent([Call("POST", LIST, body(), data=short("creating"))], lambda api: api.create(body()))
    assert (record.id, record.status, record.host) == ("7", "creating", HOST)
    assert MARKER not in str(record.raw)


@pytest.mark.parametrize(("record", "path"), [(RECORD, ONE), (ODD, ODD_PATH)])
def test_update(record, path):
    call = Call("PUT", path, body(port=5440), data={"status": "editing", "id": "of another"})
    after = sent([call], lambda api: api.update(record, body(port=5440)))
    assert (after.id, after.status, after.config["port"]) == (record.id, "editing", 5440)


@pytest.mark.parametrize("credentials", [None, {"username": "admin"}])
@pytest.mark.parametrize(
    ("status", "data", "after"), [(200, {}, "deleting"), (204, "", "deleting"), (404, {"message": "No 7."}, None)]
)
def test_delete(credentials, status, data, after):
    call = Call("DELETE", ONE, credentials, status, data)
    record = sent([call], lambda api: api.delete(RECORD, credentials))
    assert (record.status if record else None) == after


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (lambda api: api.create(body()), (None, "enabled")),
        (lambda api: api.update(RECORD, body()), ("7", "enabled")),
        (lambda api: api.delete(RECORD, None), None),
    ],
)
def test_check_mode_sends_nothing_and_predicts(work, expected):
    found = sent([], work, check_mode=True)
    assert ((found.id, found.status) if found else None) == expected


@pytest.mark.parametrize(
    ("method", "path", "payload", "work"),
    [
        ("POST", LIST, body(), lambda api: api.create(body())),
        ("PUT", ONE, body(), lambda api: api.update(RECORD, body())),
        ("DELETE", ONE, None, lambda api: api.delete(RECORD, None)),
    ],
)
def test_the_results_of_tests_are_part_of_a_refusal(method, path, payload, work):
    refused = {"message": "Why", "validationResults": FAILED}
    found = fails(ApiError, [Call(method, path, payload, 400, refused)], work)
    assert found.message.endswith(" failed: Grants: USAGE is missing.")
    assert found.details["validation"]["tests"][1]["name"] == "Grants"
    assert "validation_results" not in found.details


def test_a_refusal_without_results_of_tests_stays_as_it_is():
    found = fails(ApiError, [problem("POST", LIST, body(), 422, "Why")], lambda api: api.create(body()))
    assert "(Why)" in found.message
    assert "validation" not in found.details


@pytest.mark.parametrize(("data", "words"), [("<html>", "not JSON"), ("", "empty body"), ([], "not an integration")])
def test_a_write_whose_response_cannot_be_read_may_have_been_done(data, words):
    call = Call("POST", LIST, body(), data=data)
    assert words in fails(UnknownResultError, [call], lambda api: api.create(body())).message


def test_an_integration_without_an_id_cannot_be_changed():
    record = IntegrationRecord({**row(), "id": None})
    for work in (lambda api: api.update(record, body()), lambda api: api.delete(record, None)):
        assert "without an id" in fails(ApiError, [], work).message


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("script", "record", "path"),
    [
        ("initial_create", None, f"{LIST}/scripts/initial-create"),
        ("create", None, f"{LIST}/scripts/create"),
        ("cleanup", None, f"{LIST}/scripts/cleanup"),
        ("edit", RECORD, f"{ONE}/scripts/edit"),
        ("delete", ODD, f"{ODD_PATH}/scripts/delete"),
    ],
)
def test_scripts_are_generated_in_check_mode_too(script, record, path, check_mode):
    call = Call("POST", path, body(), data="SELECT 1;")
    assert sent([call], lambda api: api.script(script, body(), record), check_mode) == "SELECT 1;"


def test_each_script_has_a_path():
    assert set(SCRIPTS) == {"initial_create", "create", "edit", "delete", "cleanup"}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("SELECT '<a>';\n", "SELECT '<a>';\n"),
        ('"SELECT 1;\\n"', "SELECT 1;\n"),
        ({"script": "SELECT 1;"}, "SELECT 1;"),
        (" -- {}", " -- {}"),
    ],
)
def test_forms_of_a_script(data, text):
    assert sent([Call("POST", SCRIPTS["create"], data=data)], lambda api: api.script("create", None)) == text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "empty script"),
        ({"script": " \n"}, "empty script"),
        (" <html>", "an HTML page"),
        ('{"script": "cut', "do not parse"),
        ('"cut', "do not parse"),
        ({"script": None}, "no script"),
        ({"scripts": "SELECT 1;"}, "no script"),
        (["SELECT 1;"], "no script"),
        ("7", "no script"),
    ],
)
def test_what_is_not_a_script(data, words):
    call = Call("POST", SCRIPTS["create"], data=data)
    assert words in fails(ApiError, [call], lambda api: api.script("create", None)).message


def test_a_script_that_this_version_does_not_have():
    call = Call("POST", SCRIPTS["cleanup"], None, 404, NOT_FOUND)
    found = fails(MissingEndpointError, [call], lambda api: api.script("cleanup", None))
    assert found.message.endswith("may not have the cleanup script.")
    assert found.details["script"] == "cleanup"
