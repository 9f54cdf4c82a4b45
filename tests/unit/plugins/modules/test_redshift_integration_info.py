# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_integration_info."""

from __future__ import annotations

from ansible_collections.community.immuta.plugins.modules import redshift_integration_info
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import play
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    FAILED,
    HOST,
    WARNING,
    look,
    problem,
    read,
    row,
)

OTHER = {**row(host="other.example.com"), "id": 8}


def run(options, *calls, **how):
    return play(redshift_integration_info, options, calls, **how)


def ids(result):
    return [integration["id"] for integration in result["integrations"]]


def test_all_that_are_in_use():
    gone = [{**row(status=status), "id": status} for status in ("deleted", "disabled")]
    result = run({}, read(row(), *gone, {**row(), "type": "Trino", "id": "9"}, OTHER))
    assert ids(result) == ["7", "8"]
    assert result["changed"] is False
    assert "diff" not in result


def test_none():
    assert run({}, read())["integrations"] == []


def test_one_host_without_case():
    assert ids(run({"host": HOST.upper()}, read(row(), OTHER))) == ["7"]
    assert run({"host": "nowhere.example.com"}, read(row(), OTHER))["integrations"] == []


def test_one_id():
    assert ids(run({"id": "7"}, look(row()))) == ["7"]
    assert run({"id": "7"}, look(None), read())["integrations"] == []
    assert run({"id": "7"}, look(row(status="deleted")))["integrations"] == []
    assert run({"id": "7", "host": "other.example.com"}, look(row()))["integrations"] == []


def test_health_at_a_glance():
    assert run({}, read(row()))["healthy"] is True
    for unwell in (
        row(results=FAILED),
        row(results=WARNING),
        row(status="recurringValidationError"),
        row(status="new"),
    ):
        result = run({}, read(row(), unwell))
        assert result["healthy"] is False
        assert len(result["problems"]) == 1
        assert HOST in result["problems"][0]


def test_check_mode_reads_too():
    assert ids(run({}, read(row()), check=True)) == ["7"]


def test_options_are_checked_before_any_call():
    result = run({"host": "https://x", "immuta_url": "x", "timeout": 0, "retries": -1, "client_key": "/k"})
    assert all(name in result["msg"] for name in ("host", "immuta_url", "timeout", "retries", "client_cert"))


def test_a_refusal_is_a_sentence():
    result = run({}, problem("GET", "/integrations", None, 403, "Forbidden"))
    assert "APPLICATION_ADMIN" in result["msg"]
    assert result["failure"] == {
        "kind": "ApiError",
        "method": "GET",
        "path": "/integrations",
        "status_code": 403,
        "server_message": "Forbidden",
    }
