# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the automatic bootstrap: one module call, and check mode that predicts it."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.integration.support.playbook_runner import PlaybookRunner, Run
from tests.integration.support.scenarios import (
    DATABASE,
    HOST,
    Options,
    automatic,
    calls,
    changed,
    databases,
    left_behind,
    logins,
    manual,
    message,
    outcome,
    role_play,
    role_vars,
)
from tests.lab.client import LabClient

READ = "GET /integrations"
ONE = f"{READ}/1"
ON = {"impersonation": {"enabled": True, "role": "may_impersonate"}}
#: name, changes to the settings, operation, requests of the real run, state afterwards
STAGES: list[tuple[Options, str, list[str], set[str]]] = [
    ({}, "created", [READ, "POST /integrations", ONE], {DATABASE}),
    ({}, "none", [READ], {DATABASE}),
    (ON, "updated", [READ, f"PUT {READ[4:]}/1", ONE], {DATABASE}),
    ({}, "none", [READ], {DATABASE}),
    ({"state": "absent"}, "deleted", [READ, f"DELETE {READ[4:]}/1", ONE], set()),
    ({"state": "absent"}, "none", [READ], set()),
]


def apply(playbook: PlaybookRunner, lab: LabClient, *, run: t.Any = None, **changes: t.Any) -> Run:
    """Apply the role to an automatic integration; ``run`` are options of the runner."""
    variables = role_vars(lab, automatic(lab), login_user=None, login_password=None, **changes)
    return playbook(role_play(), extra_vars=variables, **(run or {}))


def predictable(run: Run) -> tuple[t.Any, ...]:
    """Return the part of a result that check mode must predict."""
    result = outcome(run)
    config = (result["integration"] or {}).get("config", {})
    kept = {name: value for name, value in config.items() if name not in ("port", "impersonation")}
    return result["operation"], result["changed"], kept, result["scripts"], changed(run)


def test_lifecycle(lab: LabClient, playbook: PlaybookRunner) -> None:
    for changes, operation, requests, there in STAGES:
        before = lab.integrations()
        preview = None if operation == "none" else apply(playbook, lab, **changes, run={"check": True, "diff": True})
        assert (calls(lab), lab.integrations()) == ([READ] if preview else [], before)
        run = apply(playbook, lab, **changes)
        assert preview is None or predictable(preview) == predictable(run)
        assert outcome(run)["operation"] == operation
        assert bool(changed(run)) is (operation != "none")
        assert calls(lab) == requests
        assert databases(lab) == there
        assert lab.redshift_admin_password not in run.output + (preview.output if preview else "")
        assert (logins(lab), left_behind(run)) == ([], [])


def test_delete_needs_credentials(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.seed({"type": "Redshift", "autoBootstrap": True, "config": {"host": HOST, "database": DATABASE}})
    run = apply(playbook, lab, state="absent", username=None, password=None, run={"expect_rc": 2})
    assert "requires privileged credentials to delete it. Nothing was sent." in message(run)
    assert calls(lab) == [READ]


def test_validation_refuses(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(validation_in_422=True)
    limited = {"username": lab.redshift_limited_user, "password": lab.redshift_limited_password}
    run = apply(playbook, lab, **limited, run={"expect_rc": 2})
    assert "Immuta returned HTTP 422 (Validation of prerequisite setup failed. Unable to create integr" in message(run)
    assert "failed: Validate Automatic Bootstrap User Grants: The user analyst may not" in message(run)
    assert limited["password"] not in run.output
    assert (lab.integrations(), databases(lab)) == ([], set())


def test_update_password(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.seed({"type": "Redshift", "autoBootstrap": True, "config": {**_config(), "initialDatabase": "dev"}})
    lab.switches(check_warehouse=False)
    for check in (True, False):
        run = apply(playbook, lab, update_password="always", run={"check": check, "diff": True})
        assert outcome(run)["operation"] == "updated"
        assert "(set)" in run.stdout
    again = apply(playbook, lab)
    assert outcome(again)["operation"] == "none"


@pytest.mark.parametrize(("status", "operation"), [("creating", "none"), ("deleting", "created")])
def test_busy_is_waited_for(lab: LabClient, playbook: PlaybookRunner, status: str, operation: str) -> None:
    lab.switches(check_warehouse=False, create_seconds=2.5, delete_seconds=2.5)
    apply(playbook, lab, wait=False)
    if status == "deleting":
        _until(lab, "enabled")
        apply(playbook, lab, wait=False, state="absent")
    assert [row["status"] for row in lab.integrations()] == [status]
    run = apply(playbook, lab)
    assert outcome(run)["operation"] == operation
    assert outcome(run)["integration"]["status"] == "enabled"


def test_other_bootstrap_is_refused(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.seed({"type": "Redshift", "autoBootstrap": True, "config": {**_config(), "initialDatabase": "dev"}})
    variables = role_vars(lab, manual(database="another"))
    run = playbook(role_play(), extra_vars=variables, expect_rc=2)
    assert "auto_bootstrap is True and should be False" in message(run)
    assert "database is 'immuta_policies' and should be 'another'" in message(run)
    assert (calls(lab), logins(lab)) == ([READ], [])


def _config() -> Options:
    return {"host": HOST, "port": 5439, "database": DATABASE, "authenticationType": "userPassword"}


def _until(lab: LabClient, status: str) -> None:
    end = time.monotonic() + 10
    while [row["status"] for row in lab.integrations()] != [status]:
        assert time.monotonic() < end
        time.sleep(0.05)
