# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role changes a manual integration: the edit script, then the same payload to Immuta."""

from __future__ import annotations

import typing as t
from pathlib import Path

from tests.integration.support.playbook_runner import PlaybookRunner, Run
from tests.integration.support.scenarios import (
    ACCOUNT,
    DATABASE,
    PASSWORD,
    calls,
    changed,
    left_behind,
    logins,
    manual,
    message,
    outcome,
    role_play,
    role_vars,
    statuses,
)
from tests.lab.client import LabClient

READ, ONE = "GET /integrations", "GET /integrations/1"
EDIT, PUT = "POST /integrations/1/scripts/edit", "PUT /integrations/1"
GROUP = "SELECT groname FROM pg_group WHERE groname = 'may_impersonate'"
ON = {"impersonation": {"enabled": True, "role": "may_impersonate"}}
OFF = {"impersonation": {"enabled": False}}
NEW_PASSWORD = "Rotated2$x;%s"


def apply(playbook: PlaybookRunner, lab: LabClient, *, run: t.Any = None, **changes: t.Any) -> Run:
    """Apply the role to a manual integration; ``run`` are options of the runner."""
    return playbook(role_play(), extra_vars=role_vars(lab, manual(), **changes), **(run or {}))


def writes_to_immuta(lab: LabClient) -> list[str]:
    """Return the requests since the last call that are not reads."""
    return [name for name in calls(lab) if not name.startswith("GET")]


def test_impersonation(made: LabClient, playbook: PlaybookRunner) -> None:
    preview = apply(playbook, made, **ON, run={"check": True, "diff": True})
    assert (outcome(preview)["operation"], outcome(preview)["changed"]) == ("updated", True)
    assert statuses(outcome(preview)["scripts"][0]) == {"planned"}
    assert writes_to_immuta(made) == [EDIT]
    assert made.sql(GROUP) == []
    for settings, group in ((ON, [{"groname": "may_impersonate"}]), (OFF, [])):
        run = apply(playbook, made, **settings)
        assert outcome(run)["operation"] == "updated"
        assert [(row["script"], row["database"]) for row in outcome(run)["scripts"]] == [("edit", DATABASE)]
        assert made.sql(GROUP) == group
        bodies = [row["body"] for row in made.requests() if row["method"] in ("POST", "PUT")]
        assert bodies[0] == bodies[1]
        assert writes_to_immuta(made) == [EDIT, PUT]
        assert outcome(run)["integration"]["config"]["impersonation"]["enabled"] is settings["impersonation"]["enabled"]
        assert left_behind(run) == []
        again = apply(playbook, made, **settings)
        assert (outcome(again)["operation"], changed(again), calls(made)) == ("none", [], [READ])


def test_update_password(made: LabClient, playbook: PlaybookRunner) -> None:
    unchanged = apply(playbook, made, password=NEW_PASSWORD)
    assert (outcome(unchanged)["operation"], changed(unchanged)) == ("none", [])
    rotate = {"update_password": "always", "password": NEW_PASSWORD}
    preview = apply(playbook, made, **rotate, run={"check": True})
    assert outcome(preview)["operation"] == "updated"
    assert made.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    calls(made)
    run = apply(playbook, made, **rotate)
    assert (outcome(run)["operation"], writes_to_immuta(made)) == ("updated", [EDIT, PUT])
    assert made.can_log_in(ACCOUNT, NEW_PASSWORD, DATABASE)
    assert not made.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    assert NEW_PASSWORD not in run.output + preview.output
    assert outcome(apply(playbook, made, **rotate, run={"check": True}))["operation"] == "updated"


def test_half_done_update_is_finished(made: LabClient, playbook: PlaybookRunner) -> None:
    made.proxy_fault(on="GRANT USAGE ON SCHEMA immuta_procedures", kind="error", sqlstate="XX000", message="No.")
    run = apply(playbook, made, **ON, run={"expect_rc": 2})
    assert "XX000 No." in message(run)
    assert (writes_to_immuta(made), left_behind(run)) == ([EDIT], [])
    made.fault(kind="status", method="PUT", status=500)
    run = apply(playbook, made, **ON, run={"expect_rc": 2})
    assert "500" in message(run)
    assert made.sql(GROUP)
    again = apply(playbook, made, **ON)
    assert outcome(again)["operation"] == "updated"
    assert made.integrations()[0]["config"]["impersonation"]["enabled"] is True


def test_scripts_are_handed_over(made: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    before = len(logins(made))
    by_others = {**ON, "run_scripts": False, "scripts_dir": str(tmp_path / "scripts")}
    run = apply(playbook, made, **by_others)
    assert f"{tmp_path}/scripts/edit.sql in database {DATABASE}" in run.task("Show the details")["msg"][0]
    assert (outcome(run)["operation"], writes_to_immuta(made), len(logins(made))) == ("none", [EDIT], before)


def test_not_editable(made: LabClient, playbook: PlaybookRunner) -> None:
    before = len(logins(made))
    run = apply(playbook, made, database="another", port=5440, initial_database="other", run={"expect_rc": 2})
    for part in ("port is 5439 and should be 5440", "'dev' and should be 'other'", "Nothing was sent"):
        assert part in message(run)
    assert (calls(made), len(logins(made))) == ([READ], before)


def test_edit_fails_and_is_repaired(made: LabClient, playbook: PlaybookRunner) -> None:
    made.switches(edit_outcome="error")
    run = apply(playbook, made, **ON, run={"expect_rc": 2})
    assert "editError" in message(run)
    made.switches(edit_outcome="ok")
    again = apply(playbook, made, **ON)
    assert outcome(again)["operation"] == "repaired"
    assert made.integrations()[0]["config"]["impersonation"]["enabled"] is True
    assert outcome(apply(playbook, made, **ON))["operation"] == "none"
