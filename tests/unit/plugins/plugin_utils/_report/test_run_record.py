# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a run: outcomes, scripts, times."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_summary import summarize
from ansible_collections.community.immuta.plugins.module_utils._redact import MASK, Redactor
from ansible_collections.community.immuta.plugins.plugin_utils._report import (
    files,
    run_formats,
    run_record,
)
from ansible_collections.community.immuta.plugins.plugin_utils._report.run_record import ScriptRun, record_of

from ..fleets import HEADER
from ..runs import (
    ENDED,
    FIRST,
    GENERATED,
    PLAN,
    SHA,
    STARTED,
    compared,
    each_outcome,
    facts,
    failed_facts,
    full_record,
    result,
    scripts,
    statements,
)


def only(found, check_mode=False):
    (cluster,) = record_of({"one": found}, dataclasses.replace(HEADER, check_mode=check_mode)).clusters
    return cluster


@pytest.fixture(scope="module")
def full():
    return full_record()


def test_those_that_failed_come_first(full):
    assert [(cluster.name, cluster.outcome) for cluster in full.clusters] == [
        ("broken", "failed"),
        ("wrong", "failed"),
        ("lost", "not reached"),
        ("made", "created"),
        ("moved", "updated"),
        ("fixed", "repaired"),
        ("gone", "deleted"),
        ("swept", "cleaned up"),
        ("waiting", "handed over"),
        ("same", "nothing to do"),
    ]
    assert full.totals["failed"] == 2
    assert [entry.host for entry in full.not_checked] == ["archive"]


def test_check_mode_says_what_would_be_done():
    record = full_record(check_mode=True)
    assert {cluster.name: cluster.outcome for cluster in record.clusters}["made"] == "would be created"
    assert set(record.totals) <= set(run_record.OUTCOMES)
    assert record.headline.endswith("Check mode: nothing was changed.")
    planned = statements(("GRANT", "planned"), ("GRANT", "planned"))
    (script,) = only(facts(result=result("created", scripts(planned))), check_mode=True).scripts
    assert (script.result, script.verbs, script.size) == ("planned", {"GRANT": 2}, "2 statements")


def test_a_script_that_was_run():
    (script,) = only(facts()).scripts
    assert script == ScriptRun("initial_create", "dev", "complete", 3, {"GRANT": 2}, 1, "", 0.03, SHA)


def test_the_scripts_of_a_run_that_failed():
    first, second = only(failed_facts()).scripts
    assert (first.script, first.result) == ("initial_create", "complete")
    assert second == ScriptRun(
        "create", "policies", "incomplete", 4, {"CREATE SCHEMA": 1}, 0, "2 (line 4, GRANT, SQLSTATE 42501)", 0.04, SHA
    )
    assert second.size == "1 of 4 statements"


def test_no_script_twice():
    """The role set its result, and failed after that: the variables that the result was made of are still there."""
    runs = ({"statements": FIRST}, {})
    found = facts(failure="No.", plan=PLAN, generated=GENERATED, runs=runs, result=result("created", scripts(FIRST)))
    assert [script.script for script in only(found).scripts] == ["initial_create"]


def test_a_password_that_was_set():
    assert only(facts()).set_password is False
    assert only(facts(account={"changed": True})).set_password is True
    text = run_formats.to_markdown(record_of({"one": facts(account={"changed": True})}, HEADER))
    assert "The password of the system account was set in Redshift." in text


def test_scripts_of_an_earlier_run_are_not_of_this_one():
    found = facts(compared=compared("in_sync", needs_run=False), result=result("created", scripts(FIRST)))
    assert (only(found).outcome, only(found).scripts) == ("nothing to do", ())


def test_scripts_that_others_run():
    first, _second = only(facts(result=result("none", scripts(3, 4), changed=False))).scripts
    assert (first.result, first.statements, first.done) == ("handed over", 3, 0)


def test_the_values_of_a_secret_setting_are_hidden(full):
    (moved,) = (cluster for cluster in full.clusters if cluster.name == "moved")
    assert [(entry.option, entry.before) for entry in moved.changes] == [("port", 5439), ("okta.client_secret", MASK)]
    for text in (write(full) for write in files.RUN_FORMATS.values()):
        assert "marker" not in text
        assert "no text of it" not in text


def test_times(full):
    times = {cluster.name: (cluster.ended_at, cluster.duration_seconds) for cluster in full.clusters}
    assert (full.started_at, full.duration_seconds) == ("2026-11-24T05:59:50Z", 10.0)
    assert times["made"] == times["broken"] == ("2026-11-24T05:59:58Z", 7.8)
    assert times["same"] == times["wrong"] == ("2026-11-24T05:59:50Z", 0.0)
    assert times["lost"] == ("", None)
    assert only(facts(started_at=ENDED, ended_at=STARTED)).duration_seconds == 0
    assert record_of({"one": facts(started_at="")}, HEADER).duration_seconds is None


def test_a_run_without_hosts():
    record = record_of({}, HEADER)
    assert (record.headline, record.started_at) == ("No cluster.", "")
    assert all(write(record) for write in files.RUN_FORMATS.values())


def test_the_failure_of_a_host_has_no_secret():
    found = facts(failure="No login with 'marker'.").redacted(Redactor(["marker"]))
    assert found.failure == f"No login with '{MASK}'."


def test_every_outcome_of_the_summary_is_one_of_the_record():
    for check_mode in (True, False):
        assert set(summarize(each_outcome(), check_mode)["totals"]) <= set(run_record.OUTCOMES)
