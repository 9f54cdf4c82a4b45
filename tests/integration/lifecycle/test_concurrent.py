# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two changes of one host at the same time: two runs, and a run beside the edit of somebody else."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.support.lifecycle import (
    FLOWS,
    NEW_PASSWORD,
    ON,
    apply,
    assert_finished,
    left_running,
    snapshot,
    state,
)
from tests.integration.support.playbook_runner import PlaybookRunner, Run
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    INTEGRATION,
    PASSWORD,
    Options,
    automatic,
    left_behind,
    manual,
    message,
    module_play,
    outcome,
    put_manual,
    record,
    role_play,
    role_vars,
    step,
)
from tests.lab.client import LabClient


def both(playbook: PlaybookRunner, lab: LabClient, **changes: t.Any) -> list[Run]:
    """Apply the role twice at the same time, and return the two runs.

    Immuta generates no script for a host that got its integration in the meantime: such a run says so, changes nothing
    in Immuta, and is repeated.
    """
    variables = role_vars(lab, manual(), **changes)
    started = [playbook.start(role_play(), extra_vars=variables) for _number in range(2)]
    with left_running(started[0]), left_running(started[1]):
        runs = [run.wait() for run in started]
    runs = [playbook(role_play(), extra_vars=variables) if lost_race(run) else run for run in runs]
    for run in runs:
        assert run.rc == 0, run.stdout + run.stderr
        assert left_behind(run) == []
    return runs


def lost_race(run: Run) -> bool:
    """Return whether a run failed because the other one had just created the integration."""
    return run.rc == 2 and "Run again when the other change is done" in message(run)


def test_two_bootstraps(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(create_seconds=0.5)
    apply(playbook, lab)
    end = snapshot(lab)
    lab.reset()
    lab.switches(create_seconds=0.5)
    runs = both(playbook, lab)
    assert_finished("bootstrap", lab, end)
    assert len([row for row in lab.requests() if (row["method"], row["status"]) == ("POST", 200)]) >= 3
    assert {outcome(run)["integration"]["id"] for run in runs} == {"1"}
    assert {outcome(run)["operation"] for run in runs} <= {"created", "none"}


@pytest.mark.parametrize("name", ["update", "rotation"])
def test_two_changes(lab: LabClient, playbook: PlaybookRunner, name: str) -> None:
    lab.switches(edit_seconds=0.5)
    put_manual(lab)
    both(playbook, lab, **FLOWS[name].settings)
    assert state(lab) == ["enabled"]
    assert lab.can_log_in(ACCOUNT, NEW_PASSWORD if name == "rotation" else PASSWORD, DATABASE)
    assert (lab.integrations()[0]["config"].get("impersonation") == ON["impersonation"]) is (name == "update")


def test_two_deletions(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(delete_seconds=0.5)
    put_manual(lab)
    both(playbook, lab, **FLOWS["delete"].settings)
    assert state(lab) == []
    assert not lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)


def test_two_automatic_ones(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Two tasks of one run, on two inventory hosts for the same cluster."""
    lab.switches(create_seconds=0.5, check_warehouse=False)
    lab.fault(kind="slow", method="POST", path="^/integrations$", seconds=0.3, times=None)
    hosts = {"hosts": {"one": {"ansible_connection": "local"}, "two": {"ansible_connection": "local"}}}
    inventory = {"all": {**hosts, "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}}
    run = playbook(module_play(lab, step("create", INTEGRATION, automatic(lab))), inventory=inventory)
    ends = [row["result"] for row in run.tasks]
    assert sorted(row["operation"] for row in ends) in (["created", "none"], ["created", "created"])
    assert [row["integration"]["id"] for row in ends] == ["1", "1"]
    assert state(lab) == ["enabled"]


#: what others do at the same time, as a fault
BESIDE: dict[str, Options] = {
    "edit": {"method": "PUT"},
    "delete": {"method": "DELETE"},
}


@pytest.mark.parametrize("name", BESIDE)
def test_busy_with_an_edit_of_somebody_else(lab: LabClient, playbook: PlaybookRunner, name: str) -> None:
    """Immuta starts another edit after the run has read the integration: the run waits after the 409."""
    lab.switches(**AT_ONCE, check_warehouse=False)
    lab.seed(record(manual()))
    text = f"Unable to {name} integration with ID 1 in current state editing."
    busy = {"statusCode": 409, "error": "Conflict", "message": text}
    lab.fault(kind="status", status=409, body=busy, handle=False, times=2, **BESIDE[name])
    wanted = manual(**ON) if name == "edit" else manual(state="absent")
    run = playbook(module_play(lab, step("ours", INTEGRATION, wanted)))
    assert run.task("ours").get("operation") == {"edit": "updated", "delete": "deleted"}[name], run.task("ours")
    assert state(lab) == (["enabled"] if name == "edit" else [])


def test_edit_of_somebody_else_beside_the_role(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Another edit is in progress when the role requests the script: it waits, and then makes its own change."""
    lab.switches(edit_seconds=2.5)
    put_manual(lab)
    busy = {
        "statusCode": 409,
        "error": "Conflict",
        "message": "Unable to edit integration with ID 1 in current state editing.",
    }
    lab.fault(kind="status", status=409, body=busy, handle=False, path="scripts/edit")
    lab.fault(kind="status", status=409, body=busy, handle=False, method="PUT")
    run = apply(playbook, lab, **ON)
    assert outcome(run)["operation"] == "updated"
    assert lab.integrations()[0]["config"]["impersonation"] == ON["impersonation"]


def test_found_busy(lab: LabClient, playbook: PlaybookRunner) -> None:
    """The integration is migrating when it is read: the run waits, then changes it."""
    lab.switches(**{**AT_ONCE, "migrate_seconds": 2.5})
    put_manual(lab)
    started = playbook.start(role_play(), extra_vars=role_vars(lab, manual(), **ON))
    with left_running(started):
        lab.migrate()
        run = started.wait()
    assert run.rc == 0, run.stdout
    assert outcome(run)["operation"] == "updated"
    assert state(lab) == ["enabled"]
