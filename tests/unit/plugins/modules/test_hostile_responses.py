# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever Immuta, or a server in its place, returns: a result or a message, no traceback, no secret."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.community.immuta.plugins.module_utils._immuta.response import Response
from ansible_collections.community.immuta.plugins.modules import (
    redshift_integration,
    redshift_integration_export,
    redshift_integration_info,
    redshift_integration_script,
    tenant_info,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import (
    KEY,
    LIST,
    MARKER,
    Call,
    play,
    play_with,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    HOST,
    MANUAL,
    ONE,
    PASSED,
    body,
    look,
    problem,
    read,
    row,
    short,
)

ON = {"enabled": True}
ECHO = f"your password {MARKER} and key {KEY}"

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(
        ["", "7", "enabled", "failed", MARKER, "[REDACTED]", "***", HOST, "Redshift", "9" * 5000, "\ud800"]
    ),
    st.text(max_size=8),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
CONFIG = st.fixed_dictionaries(
    {},
    optional={
        name: ANYTHING | st.just(value)
        for name, value in {
            **row()["config"],
            "host": HOST,
            "password": MARKER,
            "okta": {"appID": "a", "password": MARKER},
            "impersonation": {"enabled": True, "role": "x"},
            "other": {"token": MARKER},
        }.items()
    },
)
RESULTS = st.fixed_dictionaries(
    {},
    optional={
        "status": ANYTHING,
        "validationTests": ANYTHING
        | st.lists(st.fixed_dictionaries({}, optional={k: ANYTHING for k in ("name", "status", "message", "result")})),
    },
)
STATUSES = st.sampled_from(["enabled", "createError", "deleting", "deleted", "editing", "no such status"])
RECORD = st.fixed_dictionaries(
    {},
    optional={
        "id": ANYTHING | st.just("7"),
        "status": ANYTHING | STATUSES,
        "type": ANYTHING | st.just("Redshift"),
        "autoBootstrap": ANYTHING | st.booleans(),
        "config": ANYTHING | CONFIG,
        "validationResults": ANYTHING | RESULTS,
    },
)
LIKELY = st.fixed_dictionaries(
    {"type": st.just("Redshift"), "config": st.just(row()["config"]), "id": ANYTHING},
    optional={"status": ANYTHING | STATUSES, "autoBootstrap": ANYTHING, "validationResults": RESULTS | ANYTHING},
)
BODIES = st.one_of(ANYTHING, RECORD, st.lists(RECORD | LIKELY, max_size=2)).map(json.dumps)
TEXTS = BODIES | st.text(max_size=20) | st.sampled_from(["", "<html>", "[" * 5000, '{"a":' * 5000, "null", "NaN"])
RESPONSES = st.builds(
    Response, st.sampled_from([200, 200, 200, 201, 204, 302, 400, 401, 404, 409, 422, 500, 502]), TEXTS
)

MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
OPTIONS = [
    MANUAL,
    {**MANUAL, "impersonation": ON, "extra_config": {"other": {"token": "x"}}},
    {**MANUAL, "update_password": "always", "wait": False},
    {"host": HOST, "state": "absent"},
    {**MANUAL, "auto_bootstrap": True, "state": "absent"},
    {"id": "7", "wait_timeout": 5},
    {**MANUAL, "immuta_auth": "token"},
]


def never_a_traceback(module, options, responses, check=False):
    """Send the responses in turn, and the last one to all later requests; the harness checks for secrets."""
    todo = list(responses)
    result = play_with(module, options, lambda _request: todo.pop(0) if len(todo) > 1 else todo[0], check)
    json.dumps(result)
    if result.get("failed"):
        assert result["msg"].strip()
    return result


@MANY
@given(st.lists(RESPONSES, min_size=1, max_size=6), st.sampled_from(["api_key", "token"]))
def test_tenant_info(responses, auth):
    never_a_traceback(
        tenant_info,
        {"contract": True, "immuta_auth": auth},
        [Response(200, '{"token": "x"}')] * (auth == "token") + responses,
    )


@MANY
@given(st.lists(st.builds(Response, st.just(200), st.lists(RECORD | LIKELY, max_size=3).map(json.dumps)), min_size=1))
def test_tenant_info_with_odd_integrations(responses):
    never_a_traceback(tenant_info, {"contract": True}, responses)


@MANY
@given(st.sampled_from(OPTIONS), st.lists(RESPONSES, min_size=1, max_size=6), st.booleans())
def test_redshift_integration(options, responses, check):
    never_a_traceback(redshift_integration, options, responses, check)


@MANY
@given(st.sampled_from([{}, {"host": HOST}, {"id": "7"}]), st.lists(RESPONSES, min_size=1, max_size=2))
def test_redshift_integration_info(options, responses):
    # The key is the only secret that this module knows.
    responses = [response._replace(text=response.text.replace(MARKER, KEY)) for response in responses]
    never_a_traceback(redshift_integration_info, options, responses)


@MANY
@given(
    st.sampled_from(["initial_create", "create", "cleanup", "edit", "delete"]),
    st.lists(RESPONSES, min_size=1, max_size=2),
)
def test_redshift_integration_script(tmp_path, script, responses):
    options = {**MANUAL, "script": script, "dest": str(tmp_path / "script.sql")}
    never_a_traceback(redshift_integration_script, options, responses)
    assert {path.name for path in tmp_path.iterdir()} <= {"script.sql"}


@MANY
@given(st.lists(RESPONSES, min_size=1, max_size=2))
def test_redshift_integration_export(tmp_path, responses):
    responses = [response._replace(text=response.text.replace(MARKER, KEY)) for response in responses]
    never_a_traceback(redshift_integration_export, {"dest": str(tmp_path / "inventory")}, responses)
    for path in (tmp_path / "inventory" / "host_vars").glob("*.yml"):
        yaml.safe_load(path.read_text().replace("!unsafe ", ""))


@pytest.mark.parametrize(
    "text", ["", "<html>", "{}", "null", '"x"', "7", "[", "[" * 100_000, '{"a":' * 100_000, "\ufeff"]
)
def test_a_response_that_is_not_a_list_of_integrations(text):
    result = play(redshift_integration, MANUAL, [Call("GET", LIST, data=text)])
    assert "immuta_url" in result["msg"]


@pytest.mark.parametrize("text", ["", "<html>", "[]", '"x"', "7", "["])
def test_a_response_that_is_not_an_integration(text):
    result = play(redshift_integration, {"id": "7"}, [Call("GET", ONE, data=text)])
    assert "immuta_url" in result["msg"]


def test_a_response_that_parses_and_is_nested_too_deeply():
    deep = '{"a":' * 900 + "1" + "}" * 900
    text = f'[{{"id": "7", "type": "Redshift", "status": "enabled", "config": {{"host": "{HOST}", "x": {deep}}}}}]'
    never_a_traceback(redshift_integration, {**MANUAL, "impersonation": ON}, [Response(200, text)], check=True)


def test_ids_may_be_numbers():
    numbered = {**row(), "id": 7}
    put = Call("PUT", ONE, body(impersonation=ON), data={**short("editing"), "id": 7})
    after = {**row(impersonation=ON), "id": 7}
    result = play(redshift_integration, {**MANUAL, "impersonation": ON}, [read(numbered), put, look(after)])
    assert result["integration"]["id"] == "7"


@pytest.mark.parametrize("wrong", [None, "", {}, [], True])
@pytest.mark.parametrize("options", [{**MANUAL, "impersonation": ON}, {"host": HOST, "state": "absent"}])
def test_an_integration_without_an_id_is_reported(options, wrong):
    result = play(redshift_integration, options, [read({**row(), "id": wrong})])
    assert "without an id" in result["msg"]


def test_null_fields():
    nothing = {**row(), "autoBootstrap": None, "validationResults": None}
    assert play(redshift_integration, {"host": HOST}, [read(nothing)])["changed"] is False
    result = play(redshift_integration, {"id": "7"}, [look({**row(), "config": None})])
    assert result["integration"]["config"] == {}


def test_unknown_fields_are_passed_on():
    result = play(redshift_integration, MANUAL, [read({**row(new=[{"a": None}]), "more": 1})])
    assert result["integration"]["config"]["extra_config"] == {"new": [{"a": None}]}
    assert "more" not in result["integration"]


@pytest.mark.parametrize("mask", [None, "[REDACTED]", "***", "<hidden>", MARKER])
def test_a_masked_or_echoed_password_is_neither_compared_nor_returned(mask):
    shown = row(okta={"password": mask}, apiToken=mask, other={"secretThing": mask, "list": [{"password": mask}]})
    shown["config"]["password"] = mask
    result = play(redshift_integration, MANUAL, [read(shown)])
    assert result["changed"] is False
    assert "password" not in json.dumps(result["integration"])


def test_a_masked_value_is_not_sent_back():
    put = Call("PUT", ONE, body(impersonation=ON), data=row(impersonation=ON))
    shown = row(apiToken="[REDACTED]", harmless="***")
    play(redshift_integration, {**MANUAL, "impersonation": ON}, [read(shown), put])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("field", ["message", "error", "validationResults"])
def test_an_echo_in_a_refusal_is_masked(status, field):
    results = {"status": ECHO, "validationTests": [{"name": ECHO, "status": "failed", "message": ECHO}]}
    said = {"message": None, field: results if field == "validationResults" else ECHO}
    calls = [read(), Call("POST", LIST, body(), status, said)]
    result = play(redshift_integration, MANUAL, [*calls, read()] if status == 400 else calls)
    assert str(status) in result["msg"]


def test_an_echo_at_the_end_of_a_long_message_is_masked():
    for padding in range(480, 510):
        refused = problem("POST", LIST, body(), 422, "x" * padding + MARKER)
        assert MARKER[:4] not in json.dumps(play(redshift_integration, MANUAL, [read(), refused]))


def test_an_echo_in_a_result_is_masked():
    results = {"status": "warning", "validationTests": [{"name": ECHO, "status": "warning", "message": ECHO}]}
    play(redshift_integration, MANUAL, [read(row(results=results, note=ECHO))])


def test_a_message_may_be_anything():
    for said in ({"message": ["x"]}, {"message": {"a": 1}}, {"message": 7}, ["x"], "x", None):
        result = play(redshift_integration, MANUAL, [read(), Call("POST", LIST, body(), 422, said)])
        assert "422" in result["msg"]


def test_validation_may_be_anything():
    for results in (None, [], "x", {}, {"validationTests": "x"}, {"validationTests": [None, {}, {"message": [1]}]}):
        result = play(redshift_integration, MANUAL, [read(row(results=results))])
        assert result["changed"] is False


def test_long_responses_are_shortened():
    refused = problem("POST", LIST, body(), 422, "x" * 1_000_000)
    assert len(json.dumps(play(redshift_integration, MANUAL, [read(), refused]))) < 20_000


def test_passed_results_leave_no_warning():
    assert play(redshift_integration, MANUAL, [read(row(results=PASSED))])["warnings"] == []
