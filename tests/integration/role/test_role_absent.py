# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role deletes a manual integration: what is removed, what stays, and what can be repeated."""

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
    databases,
    left_behind,
    logins,
    manual,
    message,
    mode,
    outcome,
    role_play,
    role_vars,
    statuses,
    users,
)
from tests.lab.client import LabClient

READ, ONE = "GET /integrations", "GET /integrations/1"
DELETE, SCRIPT = "DELETE /integrations/1", "POST /integrations/1/scripts/delete"
STAYS = "The objects that the scripts created remain in Redshift"
OBJECTS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'immuta%'"


def remove(playbook: PlaybookRunner, lab: LabClient, *, run: t.Any = None, **changes: t.Any) -> Run:
    """Apply the role with ``state=absent``; ``run`` are options of the runner."""
    return playbook(role_play(), extra_vars=role_vars(lab, manual(), state="absent", **changes), **(run or {}))


def test_objects_stay(made: LabClient, playbook: PlaybookRunner) -> None:
    before = len(logins(made))
    preview = remove(playbook, made, run={"check": True})
    assert (outcome(preview)["operation"], len(made.integrations()), calls(made)) == ("deleted", 1, [READ])
    run = remove(playbook, made)
    assert (outcome(preview), changed(preview)) == (outcome(run), changed(run))
    assert outcome(run) == {"operation": "deleted", "changed": True, "integration": None, "scripts": []}
    assert calls(made) == [READ, DELETE, ONE]
    for each in (preview, run):
        assert STAYS in each.task("Show the details")["msg"][0]
        assert PASSWORD not in each.output
    assert made.integrations() == []
    assert made.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    again = remove(playbook, made)
    assert (outcome(again)["operation"], changed(again), calls(made), len(logins(made))) == ("none", [], [READ], before)
    assert STAYS not in again.stdout


def test_objects_are_dropped(made: LabClient, playbook: PlaybookRunner) -> None:
    preview = remove(playbook, made, drop_objects=True, run={"check": True})
    assert (outcome(preview)["operation"], outcome(preview)["changed"]) == ("deleted", True)
    assert statuses(outcome(preview)["scripts"][0]) == {"planned"}
    assert changed(preview)
    assert len(made.integrations()) == len(users(made)) == 1
    calls(made)

    run = remove(playbook, made, drop_objects=True)
    assert (outcome(run)["operation"], outcome(run)["integration"]) == ("deleted", None)
    assert [(row["script"], row["database"]) for row in outcome(run)["scripts"]] == [("delete", DATABASE)]
    made_calls = calls(made)
    assert [name for name in made_calls if not name.startswith("GET")] == [SCRIPT, DELETE]
    assert (made.integrations(), users(made), made.sql(OBJECTS, DATABASE)) == ([], set(), [])
    assert not made.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    assert databases(made) == {DATABASE}
    assert left_behind(run) == []
    assert PASSWORD not in run.output

    again = remove(playbook, made, drop_objects=True)
    assert (outcome(again)["operation"], changed(again), calls(made)) == ("none", [], [READ])
    playbook(role_play(), extra_vars=role_vars(made, manual()))
    assert made.can_log_in(ACCOUNT, PASSWORD, DATABASE)


def test_drop_needs_a_login(made: LabClient, playbook: PlaybookRunner) -> None:
    no_login = {"login_user": None, "login_password": None, "drop_objects": True}
    run = remove(playbook, made, **no_login, run={"expect_rc": 2})
    assert "redshift_integration_login_user and redshift_integration_login_password" in message(run)
    wrong = remove(playbook, made, drop_objects=True, login_password="Wrong1234", run={"expect_rc": 2})
    assert "Check login_user and login_password" in message(wrong)
    assert [row["status"] for row in made.integrations()] == ["enabled"]
    assert "Wrong1234" not in wrong.output


def test_failing_drop_keeps_the_script(made: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    made.proxy_fault(on="DROP USER", kind="error", sqlstate="2BP01", message="It owns something.")
    kept = {"drop_objects": True, "scripts_dir": str(tmp_path / "kept")}
    run = remove(playbook, made, **kept, run={"expect_rc": 2})
    assert "2BP01 It owns something" in message(run)
    assert left_behind(run) == []
    assert mode(tmp_path / "kept" / "delete.sql") == 0o600


def test_immuta_fails_to_delete(made: LabClient, playbook: PlaybookRunner) -> None:
    made.switches(delete_outcome="error")
    run = remove(playbook, made, run={"expect_rc": 2})
    assert "deleteError" in message(run)
    made.switches(delete_outcome="ok")
    again = remove(playbook, made)
    assert outcome(again)["operation"] == "deleted"
    assert made.integrations() == []
