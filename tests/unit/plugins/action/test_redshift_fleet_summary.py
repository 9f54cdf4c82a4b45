# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_fleet_summary on the controller: what it reads of each host, and what it passes on."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.action import redshift_fleet_summary
from ansible_collections.community.immuta.plugins.modules.redshift_fleet_summary import COMPARISON, FAILURE, RESULT
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER, assert_no_secret
from ansible_collections.community.immuta.tests.unit.plugins.plugin_utils.play import (
    role_variables,
    run_action,
    task_vars,
)
from ansible_collections.community.immuta.tests.unit.plugins.plugin_utils.runs import compared, result

DONE = {COMPARISON: {"hosts": {"done": compared("in_sync", needs_run=False)}}}
MADE = {COMPARISON: {"hosts": {"made": compared()}}, RESULT: result("created")}
FAILED = {
    COMPARISON: {"hosts": {"failed": compared()}},
    FAILURE: f"Refused {MARKER}.",
    **role_variables({"password": MARKER}),
}
HOSTS = {"done": DONE, "made": MADE, "failed": FAILED, "none": {}}


def run(args=None, check=False, **more):
    found = run_action(redshift_fleet_summary, args or {}, task_vars(HOSTS, **more), check)
    assert_no_secret(found)
    return found


@pytest.mark.parametrize(("check", "made"), [(False, "created"), (True, "would be created")])
def test_every_host_is_shown(check, made):
    found = run(check=check)
    results = {name: entry["result"] for name, entry in found["hosts"].items()}
    assert results == {"done": "nothing to do", "made": made, "failed": "failed", "none": "not reached"}
    assert all(name in found["shown"] for name in HOSTS)
    assert found["failures"]["failed"] == "Refused ********."
    assert found["changed"] is False


def test_a_workflow_gets_the_data():
    found = run()
    assert found["ansible_stats"] == {
        "data": {"immuta_summary": {"hosts": found["hosts"], "totals": found["totals"]}},
        "per_host": False,
        "aggregate": True,
    }


def test_a_host_that_the_play_lost_is_not_reached():
    found = run(ansible_play_hosts=["done", "failed"])
    assert found["hosts"]["made"]["result"] == "not reached"


def test_files_are_written_only_on_request(tmp_path):
    assert "files" not in run()
    found = run({"dest": str(tmp_path), "formats": ["json"]})
    assert len(found["files"]) == 1
    assert MARKER not in (tmp_path / found["files"][0].split("/")[-1]).read_text()


def test_a_directory_that_cannot_be_made_fails_after_the_table(tmp_path):
    (tmp_path / "file").write_text("")
    found = run({"dest": str(tmp_path / "file" / "x")})
    assert found["failed"] is True
    assert [row["name"] for row in found["record"]["clusters"]] == ["failed", "none", "made", "done"]
    assert "made" in found["shown"]


EARLIER, NOW = "2026-11-24T05:00:00.000000Z", "2026-11-24T06:00:00.000000Z"
LEFT = {
    RESULT: result("created"),
    FAILURE: "It broke.",
    redshift_fleet_summary.DECIDED_AFTER: EARLIER,
    redshift_fleet_summary.FAILED_AFTER: EARLIER,
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "not reached"),
        ({redshift_fleet_summary.DECIDED_AFTER: NOW}, "created"),
        ({redshift_fleet_summary.FAILED_AFTER: NOW}, "failed"),
    ],
)
def test_what_an_earlier_run_of_the_same_process_left_does_not_count(changes, expected):
    comparison = {COMPARISON: {"compared_at": NOW, "hosts": {"one": compared()}}}
    found = run_action(redshift_fleet_summary, {}, task_vars({"one": {**comparison, **LEFT, **changes}}), False)
    assert found["hosts"]["one"]["result"] == expected
