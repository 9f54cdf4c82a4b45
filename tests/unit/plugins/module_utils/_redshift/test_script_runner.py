# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which statements are run, and the record of it. Messages are tested with the module redshift_script."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import ScriptError
from ansible_collections.community.immuta.plugins.module_utils._redshift.script_runner import (
    CONFLICT_TRIES,
    ScriptProgress,
    ScriptRunner,
    call_warning,
)
from ansible_collections.community.immuta.plugins.module_utils._redshift.server_errors import ServerError
from ansible_collections.community.immuta.plugins.module_utils._redshift.statements import split
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import FakeClock
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import FakeSession

ONE, TWO, THREE = "CREATE USER one", "GRANT a TO two", "SELECT 3"
ALL = f"{ONE};\n{TWO};\n{THREE}"
IN_ONE = ["BEGIN", ONE, TWO, THREE, "COMMIT"]
EXISTS = ServerError("42710", "already exists")
DENIED = ServerError("42501", "permission denied")
CONFLICT = ServerError("40001", "could not serialize access")
ALONE = ServerError("25001", "cannot run inside a transaction block")
LOST = ServerError(None, "server closed the connection")


def run(script, session, atomic=True, clock=None):
    """Run a script, and return its progress and the error, if any. An object that exists is tolerated."""
    progress = ScriptProgress("The script", split(script))
    try:
        ScriptRunner(session, progress, frozenset(["42710"]), clock or FakeClock()).run(atomic)
    except ScriptError as exc:
        return progress, exc
    return progress, None


def statuses(progress):
    return " ".join(row["status"] for row in progress.rows)


@pytest.mark.parametrize(
    ("script", "atomic", "failures", "done", "expected"),
    [
        (ALL, True, {}, IN_ONE, "ok ok ok"),
        (ALL, False, {}, [ONE, TWO, THREE], "ok ok ok"),
        ("VACUUM; SELECT 3", True, {}, ["VACUUM", THREE], "ok ok"),
        (f"BEGIN; {ONE}; COMMIT", True, {}, ["BEGIN", ONE, "COMMIT"], "ok ok ok"),
        (ALL, True, {TWO: [ALONE]}, ["BEGIN", ONE, TWO, "ROLLBACK", ONE, TWO, THREE], "ok ok ok"),
        (ALL, True, {ONE: [EXISTS] * 2}, ["BEGIN", ONE, "ROLLBACK", ONE, TWO, THREE], "tolerated ok ok"),
        (ALL, False, {ONE: [EXISTS]}, [ONE, TWO, THREE], "tolerated ok ok"),
        (ALL, True, {TWO: [CONFLICT]}, ["BEGIN", ONE, TWO, "ROLLBACK", *IN_ONE], "ok ok ok"),
        (ALL, False, {TWO: [CONFLICT]}, [ONE, TWO, TWO, THREE], "ok ok ok"),
        (
            f"BEGIN; {ONE}; {TWO}; COMMIT",
            True,
            {ONE: [EXISTS] * 2},
            ["BEGIN", ONE, "ROLLBACK", ONE, TWO],
            "ok tolerated ok ok",
        ),
    ],
)
def test_what_succeeds(script, atomic, failures, done, expected):
    session = FakeSession(failures)
    progress, error = run(script, session, atomic)
    assert error is None
    assert session.done == done
    assert statuses(progress) == expected


@pytest.mark.parametrize(
    ("script", "atomic", "failures", "done", "expected"),
    [
        (ALL, True, {TWO: [DENIED]}, ["BEGIN", ONE, TWO, "ROLLBACK"], "planned failed planned"),
        (ALL, False, {TWO: [DENIED]}, [ONE, TWO], "ok failed planned"),
        (ALL, True, {"BEGIN": [DENIED]}, ["BEGIN", "ROLLBACK"], "failed planned planned"),
        (ALL, True, {TWO: [LOST], "ROLLBACK": [LOST]}, ["BEGIN", ONE, TWO, "ROLLBACK"], "planned failed planned"),
        (f"BEGIN; {ONE}; {TWO}; COMMIT", True, {TWO: [DENIED]}, ["BEGIN", ONE, TWO], "planned planned failed planned"),
        (f"BEGIN; {ONE}; COMMIT", True, {ONE: [CONFLICT]}, ["BEGIN", ONE], "planned failed planned"),
        (f"BEGIN; {ONE}; ROLLBACK", True, {ONE: [EXISTS]}, ["BEGIN", ONE], "planned failed planned"),
    ],
)
def test_what_fails(script, atomic, failures, done, expected):
    session = FakeSession(failures)
    progress, error = run(script, session, atomic)
    assert session.done == done
    assert statuses(progress) == expected
    assert error.values["statements"] == progress.rows
    failed = next(row for row in progress.rows if row["status"] == "failed")
    assert error.details["statement"] == {name: failed[name] for name in ("index", "line", "verb")}
    assert error.details.get("sqlstate") == failed["sqlstate"]


@pytest.mark.parametrize("atomic", [True, False])
def test_pauses_after_conflicts_double_and_end(atomic):
    clock = FakeClock()
    session = FakeSession({TWO: [CONFLICT] * 9})
    _progress, error = run(ALL, session, atomic, clock)
    assert error.details["sqlstate"] == "40001"
    assert session.done.count(TWO) == CONFLICT_TRIES
    assert len(clock.pauses) == CONFLICT_TRIES - 1
    assert all(2**number / 2 <= pause <= 2**number for number, pause in enumerate(clock.pauses))


def test_a_procedure_is_not_called_again():
    session = FakeSession({"CALL p()": [CONFLICT]})
    _progress, error = run("CALL p()", session, atomic=False)
    assert error
    assert session.done == ["CALL p()"]


@pytest.mark.parametrize("ends", [True, False])
def test_a_procedure_that_ends_the_transaction_is_reported(ends):
    session = FakeSession(ends_transaction=["CALL p()"] if ends else [])
    progress, error = run(f"{ONE}; CALL p(); {TWO}", session)
    assert error is None
    assert session.done == ["BEGIN", ONE, "CALL p()", TWO, *([] if ends else ["COMMIT"])]
    assert bool(call_warning(progress)) is ends


def test_a_transaction_that_stays_open_fails():
    progress, error = run(f"{ONE}; BEGIN; {TWO}", FakeSession())
    assert "statement 2 (line 1, BEGIN) opened is not committed" in error.message
    assert statuses(progress) == "ok planned planned"


def test_durations():
    clock = FakeClock()
    session = FakeSession()
    session.run = lambda _statement: clock.sleep(0.25)
    progress, _error = run(ALL, session, False, clock)
    assert [row["duration_ms"] for row in progress.rows] == [250, 250, 250]


@pytest.mark.parametrize(
    ("script", "failures", "changed"),
    [(THREE, {}, False), (ALL, {}, True), (ONE, {ONE: [EXISTS] * 2}, False), (ALL, {TWO: [DENIED]}, True)],
)
def test_whether_something_changed(script, failures, changed):
    progress, _error = run(script, FakeSession(failures), atomic=False)
    assert progress.changed is changed


def test_a_script_that_was_not_run_would_change_something():
    progress = ScriptProgress("The script", split(ALL))
    assert statuses(progress) == "planned planned planned"
    assert progress.changed
    assert progress.done == 0
