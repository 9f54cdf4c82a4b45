# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unhealthy integrations: how a run reports and repairs them."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.support.lifecycle import OFF, ON, apply, said, snapshot, squeezed, state
from tests.integration.support.playbook_runner import PlaybookRunner
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    HOST,
    INFO,
    INTEGRATION,
    PASSWORD,
    Options,
    automatic,
    calls,
    changed,
    logins,
    manual,
    module_play,
    outcome,
    put_manual,
    record,
    statuses,
    step,
    users,
)
from tests.lab.client import LabClient

FAILING = {
    "status": "failed",
    "validationTests": [
        {"name": "Recurring Connection Test", "status": "passed"},
        {"name": "Recurring Grants Test", "status": "failed", "message": "The account lost CREATE on the database."},
    ],
}
SAYS = "failed: Recurring Grants Test: The account lost CREATE on the database."


def put(lab: LabClient, status: str, **fields: t.Any) -> None:
    """Put a manual integration with its objects into the lab, in this status."""
    lab.switches(**AT_ONCE)
    put_manual(lab)
    change(lab, status, **fields)


def change(lab: LabClient, status: str, **fields: t.Any) -> None:
    """Change the integration without a request."""
    lab.set_status(status, **fields)


def test_cleanup_after_a_failed_creation(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**{**AT_ONCE, "create_outcome": "error"})
    failed = apply(playbook, lab, run={"expect_rc": 2})
    assert "createError" in failed.output
    lab.switches(create_outcome="ok")
    before, _requests = snapshot(lab), calls(lab)

    preview = apply(playbook, lab, cleanup_on_error=True, run={"check": True, "diff": True})
    first = outcome(preview)["scripts"][0]
    assert (first["script"], first["database"], statuses(first)) == ("cleanup", DATABASE, {"planned"})
    assert "DROP USER" in [row["verb"] for row in first["statements"]]
    assert "DROP USER" in preview.stdout
    assert [name for name in calls(lab) if "GET" not in name] == ["POST /integrations/scripts/cleanup"]
    assert (snapshot(lab), state(lab)) == (before, ["createError"])

    run = apply(playbook, lab, cleanup_on_error=True)
    assert [row["script"] for row in outcome(run)["scripts"]] == ["cleanup", "initial_create", "create"]
    assert [(row["id"], row["status"]) for row in lab.integrations()] == [("2", "enabled")]
    assert snapshot(lab) == before
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    assert (outcome(preview)["operation"], outcome(preview)["changed"]) == (outcome(run)["operation"], True)
    again = apply(playbook, lab, cleanup_on_error=True)
    assert (outcome(again)["operation"], changed(again)) == ("none", [])


def test_cleanup_that_fails_is_finished(lab: LabClient, playbook: PlaybookRunner) -> None:
    put(lab, "createError")
    lab.proxy_fault(on="DROP USER", kind="error", sqlstate="XX000", message="No.")
    run = apply(playbook, lab, cleanup_on_error=True, run={"expect_rc": 2})
    assert "XX000 No." in run.stdout
    assert state(lab) == ["createError"]
    apply(playbook, lab, cleanup_on_error=True)
    assert state(lab) == ["enabled"]
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)


@pytest.mark.parametrize("status", ["editError", "migrateError"])
def test_error_is_shown_and_retried(lab: LabClient, playbook: PlaybookRunner, status: str) -> None:
    put(lab, status, validationResults=FAILING)
    preview = apply(playbook, lab, run={"check": True})
    lab.switches(edit_outcome="error")
    failed = apply(playbook, lab, run={"expect_rc": 2})
    lab.switches(edit_outcome="ok")
    change(lab, status, validationResults=FAILING)
    run = apply(playbook, lab)
    assert (outcome(preview)["operation"], outcome(run)["operation"]) == ("repaired", "repaired")
    assert "is editError" in failed.stdout
    for each in (preview, run):
        assert squeezed(f"is {status}") in said(each)
        assert squeezed(SAYS) in said(each)
    assert state(lab) == ["enabled"]
    assert changed(apply(playbook, lab)) == []


def test_change_that_failed_is_repaired_with_another(lab: LabClient, playbook: PlaybookRunner) -> None:
    put(lab, "editError")
    run = apply(playbook, lab, **ON)
    assert outcome(run)["operation"] == "repaired"
    assert lab.integrations()[0]["config"]["impersonation"] == ON["impersonation"]
    change(lab, "migrateError")
    run = apply(playbook, lab, **OFF)
    assert outcome(run)["operation"] == "repaired"
    assert lab.integrations()[0]["config"]["impersonation"]["enabled"] is False


def test_degraded_is_reported(lab: LabClient, playbook: PlaybookRunner) -> None:
    put(lab, "recurringValidationError", validationResults=FAILING)
    before, opened = calls(lab), len(logins(lab))
    run = apply(playbook, lab)
    result = outcome(run)
    assert (result["operation"], changed(run), result["integration"]["status"]) == (
        "none",
        [],
        "recurringValidationError",
    )
    assert {row["name"]: row["status"] for row in result["integration"]["validation"]["tests"]} == {
        "Recurring Connection Test": "passed",
        "Recurring Grants Test": "failed",
    }
    assert squeezed("is recurringValidationError, and its validation failed") in said(run)
    assert squeezed(SAYS) in said(run)
    assert (before, calls(lab), len(logins(lab))) == ([], ["GET /integrations"], opened)


def test_health_in_the_result_of_info(lab: LabClient, playbook: PlaybookRunner) -> None:
    wanted = record(manual())
    unwell = [
        ("a.example.com", "recurringValidationError", FAILING),
        ("b.example.com", "editError", None),
        ("c.example.com", "enabled", {**FAILING, "status": "warning"}),
        ("d.example.com", "creating", None),
    ]
    lab.seed({**wanted, "id": "1"})
    for host, status, results in unwell:
        shown = {"validationResults": results} if results else {}
        lab.seed({**wanted, "status": status, "config": {**wanted["config"], "host": host}, **shown})
    steps = [step("all", INFO), step("well", INFO, {"host": HOST})]
    steps += [step(host, INFO, {"host": host}) for host, _status, _results in unwell]
    run = playbook(module_play(lab, *steps))
    assert (run.task("well")["healthy"], run.task("well")["problems"]) == (True, [])
    assert run.task("all")["healthy"] is False
    for text, (host, status, results) in zip(run.task("all")["problems"], unwell, strict=True):
        assert (run.task(host)["healthy"], run.task(host)["problems"]) == (False, [text])
        assert f"{host} (id" in text
        assert f"is {status}" in text
        assert (SAYS in text) is (results is not None)


def gone(lab: LabClient, kind: str) -> Options:
    """Return the settings that delete an integration of a kind."""
    return manual(state="absent") if kind == "manual" else automatic(lab, state="absent")


@pytest.mark.parametrize("kind", ["manual", "automatic"])
def test_delete_error_deletes_again(lab: LabClient, playbook: PlaybookRunner, kind: str) -> None:
    lab.switches(**AT_ONCE, check_warehouse=False)
    lab.seed({**record(manual(auto_bootstrap=kind == "automatic")), "status": "deleteError"})
    lab.switches(delete_outcome="error")
    run = playbook(module_play(lab, step("delete", INTEGRATION, gone(lab, kind))))
    assert "deleteError" in run.task("delete")["msg"]
    lab.switches(delete_outcome="ok")
    run = playbook(module_play(lab, *[step(name, INTEGRATION, gone(lab, kind)) for name in ("delete", "again")]))
    assert [run.task(name)["operation"] for name in ("delete", "again")] == ["deleted", "none"]
    assert lab.integrations() == []


def test_delete_error_drops_objects(lab: LabClient, playbook: PlaybookRunner) -> None:
    put(lab, "deleteError")
    run = apply(playbook, lab, state="absent", drop_objects=True)
    assert (outcome(run)["operation"], state(lab), users(lab)) == ("deleted", [], set())


def test_delete_error_and_present(lab: LabClient, playbook: PlaybookRunner) -> None:
    put(lab, "deleteError")
    run = apply(playbook, lab)
    assert (outcome(run)["operation"], state(lab)) == ("repaired", ["enabled"])


def test_disabled_counts_as_absent(lab: LabClient, playbook: PlaybookRunner) -> None:
    put(lab, "disabled")
    stays = squeezed("is disabled, which counts as absent. Nothing was cleaned up in Redshift")
    preview = apply(playbook, lab, run={"check": True})
    gone_already = apply(playbook, lab, state="absent")
    run = apply(playbook, lab)
    for each, operation in ((preview, "created"), (gone_already, "none"), (run, "created")):
        assert outcome(each)["operation"] == operation
        assert stays in said(each)
    assert sorted(state(lab)) == ["disabled", "enabled"]
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    again = apply(playbook, lab)
    assert (outcome(again)["operation"], changed(again)) == ("none", [])
