# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_fleet_report on the controller: the files, and whether the task fails."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.community.immuta.plugins.action import redshift_fleet_report
from ansible_collections.community.immuta.tests.unit.plugins.plugin_utils.fleets import each_verdict, fleet, row
from ansible_collections.community.immuta.tests.unit.plugins.plugin_utils.play import run_action, task_vars


def run(dest, found, check=False, **options):
    return run_action(redshift_fleet_report, {"fleet": found, "dest": str(dest), **options}, task_vars({}), check)


@pytest.mark.parametrize("check", [False, True])
def test_the_files_are_written_in_check_mode_too(tmp_path, check):
    result = run(tmp_path / "report", each_verdict(), check, formats=["json", "markdown"])
    assert [path.split("/")[-1] for path in result["files"]] == ["report.json", "report.md"]
    assert json.loads((tmp_path / "report" / "report.json").read_text())["summary"] == result["summary"]
    assert (result["changed"], result["exit_code"]) == (False, 1)
    assert "failed" not in result
    assert result["shown"].startswith("\nCLUSTER ")


@pytest.mark.parametrize(
    ("fail_on", "names"),
    [
        ([], ""),
        (["drifted"], "1 found with a verdict of fail_on: other (drifted)."),
        (["drifted", "missing"], "2 found with a verdict of fail_on: gone (missing), other (drifted)."),
    ],
)
def test_fail_on(tmp_path, fail_on, names):
    result = run(tmp_path, each_verdict(), formats=["json"], fail_on=fail_on)
    assert result.get("msg", "").replace(f" The report is in {tmp_path}.", "") == names
    assert bool(result.get("failed")) is bool(names)
    assert (tmp_path / "report.json").is_file()


def test_a_verdict_that_is_not_a_finding(tmp_path):
    with pytest.raises(AnsibleActionFail, match="fail_on"):
        run(tmp_path, each_verdict(), fail_on=["in_sync"])


def test_a_long_list_is_cut(tmp_path):
    hosts = {f"host{number:02}": row("drifted") for number in range(25)}
    result = run(tmp_path, fleet(**hosts), formats=[], fail_on=["drifted"])
    assert result["msg"].startswith("25 found with a verdict of fail_on: host00 (drifted), ")
    assert result["msg"].endswith("host19 (drifted) and 5 more.")


@pytest.mark.parametrize("found", [{}, {"hosts": {"one": {"verdict": "odd"}}}, {"hosts": []}])
def test_something_that_is_not_a_fleet(tmp_path, found):
    with pytest.raises(AnsibleActionFail, match="fleet is not a result of"):
        run(tmp_path, found)


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AnsibleActionFail, match="file"):
        run(tmp_path / "file" / "report", each_verdict())
