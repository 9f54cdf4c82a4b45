# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for Immuta, and which result of its validation fails a task."""

from __future__ import annotations

import pytest

from tests.integration.support.lifecycle import ON, apply, said, squeezed, state
from tests.integration.support.playbook_runner import PlaybookRunner
from tests.integration.support.scenarios import (
    AT_ONCE,
    HOST,
    INTEGRATION,
    OTHER_PROCESS,
    Options,
    has_failed,
    manual,
    message,
    module_play,
    outcome,
    put_manual,
    record,
    step,
)
from tests.lab.client import LabClient

QUICK = {**AT_ONCE, "check_warehouse": False}
TESTS = "Validate Manual: System Account Grants"


def looks(lab: LabClient, number: int) -> int:
    """Return how often an integration was read."""
    return len([row for row in lab.requests() if row["method"] == "GET" and row["path"] == f"/integrations/{number}"])


def test_polling_starts_fast_and_slows_down(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Two operations, one of 0.3 s and one twenty times as long: far fewer than twenty times the reads."""
    lab.switches(**{**QUICK, "create_seconds": 0.3, "edit_seconds": 6.0})
    steps = [step("short", INTEGRATION, manual()), step("long", INTEGRATION, manual(**ON))]
    run = playbook(module_play(lab, steps[0]))
    assert run.task("short")["integration"]["status"] == "enabled"
    short = looks(lab, 1)
    lab.clear_requests()
    run = playbook(module_play(lab, steps[1]))
    assert run.task("long")["integration"]["status"] == "enabled"
    assert 2 <= short <= 4
    assert 4 <= looks(lab, 1) <= 9


@pytest.mark.parametrize("where", [{}, OTHER_PROCESS], ids=["in ansible-playbook", "in a process"])
def test_wait_timeout(lab: LabClient, playbook: PlaybookRunner, where: Options) -> None:
    lab.switches(**{**QUICK, "create_seconds": 300.0, "edit_seconds": 300.0, "delete_seconds": 300.0})
    other = record(manual(host="b.example.com"))
    lab.seed({**other, "id": "90"})
    lab.seed({**record(manual(host="c.example.com")), "id": "91", "status": "migrating"})
    in_time = {"wait_timeout": 1}
    steps = [
        step("create", INTEGRATION, {**manual(), **in_time}),
        step("found creating", INTEGRATION, {**manual(), **in_time}),
        step("edit", INTEGRATION, {**manual(host="b.example.com", **ON), **in_time}),
        step("migrating", INTEGRATION, {**manual(host="c.example.com", state="absent"), **in_time}),
        step("not waited for", INTEGRATION, {**manual(host="d.example.com"), "wait": False}),
        step("at once", INTEGRATION, {**manual(host="e.example.com"), "wait_timeout": 0}),
    ]
    run = playbook(module_play(lab, *steps, **where))
    for name, status in {
        "create": "creating", "found creating": "creating", "edit": "editing", "migrating": "migrating",
    }.items():  # fmt: skip
        result = run.task(name)
        assert has_failed(run, name)
        for part in (f"was still {status} after 1 s", "wait_timeout", "Check it in Immuta", "(id "):
            assert part in result["msg"], result["msg"]
        assert result["failure"]["status"] == status
    assert (run.task("not waited for")["operation"], has_failed(run, "not waited for")) == ("created", False)
    assert run.task("not waited for")["integration"]["status"] == "creating"
    assert "was still creating after 0 s" in run.task("at once")["msg"]
    assert run.seconds < 60


def test_role_goes_on_after_a_timeout(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**{**AT_ONCE, "create_seconds": 5.0})
    run = apply(playbook, lab, wait_timeout=1, run={"expect_rc": 2})
    assert f"The integration of {HOST} (id 1) was still creating after 1 s" in message(run)
    again = apply(playbook, lab)
    assert (outcome(again)["operation"], outcome(again)["integration"]["status"]) == ("none", "enabled")


@pytest.mark.slow
def test_long_wait_shows_progress(lab: LabClient, playbook: PlaybookRunner) -> None:
    """A line with the first read after 15 s, from inside ansible-playbook."""
    lab.switches(**{**AT_ONCE, "create_seconds": 20.0})
    run = apply(playbook, lab)
    assert outcome(run)["integration"]["status"] == "enabled"
    assert squeezed(f"The integration of {HOST} (id 1) is still creating (") in squeezed(run.stdout)
    assert squeezed("s of 600 s)") in squeezed(run.stdout)
    assert run.stdout.count("is still creating") in (1, 2)


@pytest.mark.parametrize("result", ["failed", "warning"])
def test_fail_on(lab: LabClient, playbook: PlaybookRunner, result: str) -> None:
    """A validation that fails at the end: Immuta processed the request, and one of its tests did not pass."""
    lab.switches(**QUICK)
    results = {
        "status": result,
        "validationTests": [
            {"name": "Basic Connection Test", "status": "passed"},
            {"name": TESTS, "status": result, "message": "CREATE is missing."},
            {"name": "Impersonation Role Exists", "status": "skipped"},
        ],
    }
    names = ("failed", "warning", "never", "unset")
    for name in names:
        host = f"{name}.example.com"
        lab.seed({**record(manual(host=host)), "id": name, "validationResults": results})
        body = {**record(manual(host=host, **ON)), "id": name, "status": "enabled", "validationResults": results}
        lab.fault(kind="status", method="PUT", path=f"/{name}$", status=200, body=body)
    steps = [step(f"find {name}", INTEGRATION, fails_on(name)) for name in names]
    steps += [step(f"change {name}", INTEGRATION, fails_on(name, **ON)) for name in names]
    run = playbook(module_play(lab, *steps))
    says = f"{result}: {TESTS}: CREATE is missing."
    failing = {"failed": ["failed", "warning", "unset"], "warning": ["warning"]}[result]
    for name in names:
        found, changed = run.task(f"find {name}"), run.task(f"change {name}")
        assert (has_failed(run, f"find {name}"), found["operation"]) == (False, "none")
        assert has_failed(run, f"change {name}") is (name in failing), changed
        assert changed["operation"] == "updated"
        shown = {row["name"]: (row["status"], row["message"]) for row in changed["integration"]["validation"]["tests"]}
        assert shown[TESTS] == (result, "CREATE is missing.")
        assert len(shown) == 3
        if name in failing:
            assert says in changed["msg"]
            assert "Basic Connection Test" not in changed["msg"]
    assert said(run).count(squeezed(says)) >= len(names)


def fails_on(name: str, **changes: object) -> Options:
    """Return the options for one of the integrations; ``unset`` leaves fail_on as it is."""
    chosen = {} if name == "unset" else {"fail_on": name}
    return {**manual(host=f"{name}.example.com", **changes), **chosen}


def test_fail_on_in_the_role(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**AT_ONCE, validation_outcomes={"grants": "warning"})
    put_manual(lab)
    says = squeezed("warning: Validate Manual: System Account Grants: Set to warning by the switch")
    failed = apply(playbook, lab, **ON, fail_on="warning", run={"expect_rc": 2})
    assert says in squeezed(message(failed))
    lab.switches(validation_outcomes={"account grants": "warning"})
    run = apply(playbook, lab, impersonation={"enabled": False})
    assert outcome(run)["operation"] == "updated"
    assert says in said(run)
    tests = {row["name"]: row["status"] for row in outcome(run)["integration"]["validation"]["tests"]}
    assert tests[TESTS] == "warning"
    assert state(lab) == ["enabled"]


def test_validation_refuses(lab: LabClient, playbook: PlaybookRunner) -> None:
    """A 422: each test that did not pass is in the message."""
    lab.switches(**AT_ONCE, validation_in_422=True, validation_outcomes={"grants": "failed", "objects": "warning"})
    run = apply(playbook, lab, run={"expect_rc": 2})
    for part in ("422", "failed: Validate Manual: System Account Grants: Set to failed", "warning: Validate Manual: I"):
        assert squeezed(part) in squeezed(message(run))
    assert state(lab) == []
