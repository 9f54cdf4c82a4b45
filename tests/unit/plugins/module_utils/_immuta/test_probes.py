# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the responses to probes mean. Which requests are sent is tested with the module tenant_info."""

from __future__ import annotations

import json

import pytest

from ansible_collections.community.immuta.plugins.module_utils._immuta import probes
from ansible_collections.community.immuta.plugins.module_utils._immuta.probes import Observation
from ansible_collections.community.immuta.plugins.module_utils._immuta.response import Response
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import row

SCRIPT = Response(200, "CREATE USER u;", content_type="text/html")
REFUSED = Response(400, '{"message": "Invalid request payload input"}')
CONNECTS = Response(422, '{"message": "Cannot connect."}')
MISSING = Response(404, '{"message": "Not Found"}')
NO_KEY = Response(401, '{"message": "Missing authentication."}')
NO_ID = Response(404, '{"message": "No Integration found with ID 0."}')
EMPTY_LIST = Response(200, "[]")
PAGE = Response(200, "<html>Sign in</html>")
SCRIPTS = ("one script", "two scripts", "first script")
#: A tenant that behaves as this collection assumes.
USUAL = {
    "control": MISSING,
    **{probe.name: NO_KEY for probe in probes.ENDPOINTS},
    **dict.fromkeys(SCRIPTS, SCRIPT),
    "unknown id": NO_ID,
    "unknown id, status": NO_ID,
    "health": Response(200, "{}"),
    "port": SCRIPT,
    "unknown field": REFUSED,
    "nested appId": SCRIPT,
    "nested appID": REFUSED,
    "flat appId": REFUSED,
    "flat appID": REFUSED,
    "list again": EMPTY_LIST,
}


def observed(responses, seconds=0.1):
    """Return the observations of all probes, in their order."""
    everything = {name: Observation(probe, SCRIPT) for name, probe in ((one.name, one) for one in probes.FIRST)}
    all_probes = [*probes.FIRST, *probes.field_probes(everything), probes.LAST]
    return {one.name: Observation(one, responses[one.name], seconds) for one in all_probes}


def contract_of(rows=(), listing=200, seconds=0.1, **changes):
    """Return the contract of a tenant that differs in these responses from the usual one."""
    return probes.read_contract(list(rows), listing, observed({**USUAL, **changes}, seconds))


def verdict(contract, name):
    return next(point["verdict"] for point in contract["assumptions"] if point["id"] == name)


def every(response):
    return {name: response for name, usual in USUAL.items() if usual is SCRIPT}


OKTA = row("okta")


@pytest.mark.parametrize(
    ("name", "rows", "changes", "expected"),
    [
        ("A1", [row()], {}, "confirmed"),
        ("A1", [], {}, "confirmed"),
        ("A1", [], every(REFUSED), "inconclusive"),
        ("A1", [], every(Response(400, '{"message": "\\"type\\" must be X"}')), "contradicted"),
        ("A2", [], {}, "confirmed"),
        ("A2", [], {"one script": SCRIPT._replace(status=201)}, "contradicted"),
        ("A3", [], {}, "inconclusive"),
        ("A3", [row()], {}, "confirmed"),
        ("A3", [row(), {"id": 7}], {}, "contradicted"),
        ("A4", [], {}, "confirmed"),
        ("A4", [], every(REFUSED), "inconclusive"),
        ("A4", [], {"one script": Response(200, '"SELECT 1;"')}, "contradicted"),
        ("A5", [], {}, "inconclusive"),
        ("A5", [row()], {}, "confirmed"),
        ("A5", [row(password="***")], {}, "contradicted"),
        ("A5", [row(okta={"password": None})], {}, "contradicted"),
        ("A6", [OKTA], {}, "confirmed"),
        ("A6", [row("okta", okta={"appID": "a"})], {}, "contradicted"),
        ("A6", [row("okta", okta=None, appId="a", idpHost="i")], {}, "contradicted"),
        ("A6", [], {}, "confirmed"),
        ("A6", [], {"nested appId": REFUSED}, "inconclusive"),
        ("A6", [], {"nested appId": REFUSED, "flat appID": SCRIPT}, "contradicted"),
        ("A6", [], {"unknown field": SCRIPT}, "inconclusive"),
        ("A8", [row()], {}, "inconclusive"),
        ("A8", [row(status="deleted")], {}, "contradicted"),
        ("A9", [], {}, "inconclusive"),
        ("A9", [], {"unknown id, status": MISSING}, "contradicted"),
        ("A9", [], {"unknown id, status": MISSING, "unknown id": MISSING}, "inconclusive"),
        ("A13", [], {}, "inconclusive"),
        ("A13", [row()], {}, "confirmed"),
        ("A13", [row(), row(port=None)], {}, "contradicted"),
        ("A15", [], {}, "confirmed"),
        ("A15", [], every(REFUSED), "inconclusive"),
        ("A15", [], {"list again": PAGE}, "inconclusive"),
        ("A15", [], {"first script": CONNECTS}, "contradicted"),
        ("A15", [], {"list again": Response(200, json.dumps([row(host=probes.PROBE_HOST)]))}, "contradicted"),
        ("A16", [row()], {}, "confirmed"),
        ("A16", [row(impersonation={"enabled": True})], {}, "inconclusive"),
        ("A11", [row()], {}, "inconclusive"),
    ],
)
def test_verdicts(name, rows, changes, expected):
    assert verdict(contract_of(rows, **changes), name) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(probes.SLOW, "confirmed"), (probes.SLOW + 0.1, "inconclusive")])
def test_a_slow_script_may_have_tried_to_connect(seconds, expected):
    assert verdict(contract_of(seconds=seconds), "A15") == expected


@pytest.mark.parametrize(
    ("one", "two", "first", "form"),
    [
        (SCRIPT, SCRIPT, SCRIPT, "both"),
        (SCRIPT, REFUSED, MISSING, "single"),
        (SCRIPT, SCRIPT, REFUSED, "single"),
        (REFUSED, SCRIPT, SCRIPT, "classic"),
        (REFUSED, REFUSED, SCRIPT, "inconclusive"),
        (PAGE, PAGE, PAGE, "inconclusive"),
        (SCRIPT._replace(redirected=True), SCRIPT, SCRIPT, "inconclusive"),
        (None, None, None, "inconclusive"),
    ],
)
def test_the_form_of_the_bootstrap(one, two, first, form):
    assert contract_of(**dict(zip(SCRIPTS, (one, two, first))))["bootstrap_form"] == form


@pytest.mark.parametrize(
    ("control", "response", "existence"),
    [
        (MISSING, NO_KEY, "exists"),
        (MISSING, MISSING, "missing"),
        (MISSING, PAGE, "inconclusive"),
        (MISSING, None, "inconclusive"),
        (NO_KEY, NO_KEY, "inconclusive"),
        (None, NO_KEY, "inconclusive"),
        (MISSING, NO_KEY._replace(redirected=True), "inconclusive"),
    ],
)
def test_whether_an_endpoint_exists(control, response, existence):
    name = probes.ENDPOINTS[0].name
    assert contract_of(control=control, **{name: response})["endpoints"][name] == existence


@pytest.mark.parametrize(
    ("response", "word"), [(SCRIPT, "accepted"), (REFUSED, "rejected"), (CONNECTS, "inconclusive")]
)
def test_unknown_fields(response, word):
    assert contract_of(**{"unknown field": response})["unknown_fields"] == word


@pytest.mark.parametrize(
    ("changes", "base"),
    [
        ({}, {"host", "database"}),
        ({"one script": REFUSED}, {"host", "database", "initialDatabase"}),
        ({"one script": REFUSED, "two scripts": REFUSED}, None),
    ],
)
def test_fields_are_probed_in_a_payload_that_is_accepted(changes, base):
    found = probes.field_probes(observed({**USUAL, **changes}))
    configs = {probe.name: set(probe.body["config"]) for probe in found}
    if base is None:
        assert configs == {}
    else:
        assert configs["nested appId"] == {*base, "authenticationType", "okta"}
        assert configs["port"] - configs["unknown field"] == {"port"}


def test_no_script_and_no_secret_is_evidence():
    rows = [row(password=MARKER, okta={"password": MARKER})]
    leaking = Response(200, f"CREATE USER u PASSWORD '{MARKER}';")
    found = contract_of(rows, **every(leaking))
    assert MARKER not in json.dumps(found)
    assert "CREATE USER" not in json.dumps(found)
    assert len(found["requests"]) == len(USUAL) + 1


@pytest.mark.parametrize("response", [PAGE, Response(500, "[]"), Response(200, "{}"), Response(200, "")])
def test_what_is_not_a_list_of_integrations(response):
    assert probes.rows_of(response) is None


def test_rows_of_a_list():
    assert probes.rows_of(Response(200, '[{"id": 1}, "x"]')) == [{"id": 1}]
