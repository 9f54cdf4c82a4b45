# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook community.immuta.report."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from tests.integration.fleet.test_fleet_info import host_of
from tests.integration.support.playbook_runner import ROOT, PlaybookRunner, local_host
from tests.integration.support.scenarios import (
    AT_ONCE,
    PASSWORD,
    STATS,
    Options,
    calls,
    custom_stats,
    manual,
    record,
    role_vars,
)
from tests.lab.client import LabClient

PLAYBOOK = ROOT / "playbooks" / "report.yml"
FILES = ["report.html", "report.json", "report.md", "report.prom", "report.xml"]


def inventory(lab: LabClient, directory: Path, **variables: t.Any) -> Options:
    """Return four clusters: in sync, drifted, missing, and one whose variables cannot be used."""
    clusters = {name: role_vars(lab, manual(host=host_of(name))) for name in ("good", "gone")}
    clusters["drifted"] = role_vars(lab, manual(host=host_of("drifted")), impersonation={"enabled": True})
    clusters["broken"] = role_vars(lab, manual(host=host_of("broken")), port="many")
    hosts = {name: {**local_host(), **options} for name, options in clusters.items()}
    return {"redshift_clusters": {"hosts": hosts, "vars": {"report_dest": str(directory), **variables}}}


def seed(lab: LabClient) -> None:
    """Seed two of them in Immuta, and one that is not in the inventory."""
    lab.switches(**AT_ONCE)
    for name in ("good", "drifted", "stranger"):
        lab.seed(record(manual(host=host_of(name))))
    calls(lab)


def verdicts(directory: Path) -> dict[str, str]:
    """Return the verdict of each row of the report."""
    return {row["name"]: row["verdict"] for row in json.loads((directory / "report.json").read_text())["clusters"]}


def test_report_in_check_mode_with_one_request(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    seed(lab)
    run = playbook(PLAYBOOK, inventory=inventory(lab, tmp_path), check=True)
    assert calls(lab) == ["GET /integrations"]
    assert verdicts(tmp_path) == {
        "broken": "error",
        "gone": "missing",
        "drifted": "drifted",
        host_of("stranger"): "unmanaged",
        "good": "in_sync",
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    for text in (run.output, *(path.read_text() for path in tmp_path.iterdir())):
        assert PASSWORD not in text
        assert lab.immuta_api_key not in text


def test_fail_on_fails_after_the_files_were_written(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    seed(lab)
    ignore = [{"host": "gone", "verdict": "missing", "reason": "comes tomorrow"}]
    fleet = inventory(lab, tmp_path, report_fail_on=["missing", "drifted"], report_ignore=ignore)
    run = playbook(PLAYBOOK, inventory=fleet, expect_rc=2, env=STATS)
    assert "1 found with a verdict of fail_on: drifted (drifted)." in run.output
    data = json.loads((tmp_path / "report.json").read_text())
    assert (data["exit_code"], data["summary"]["ignored"]) == (1, 1)
    assert (
        custom_stats(run)
        == data["summary"]
        == {
            **dict.fromkeys(("unhealthy", "unknown_status", "busy", "not_checked"), 0),
            **dict.fromkeys(("error", "missing", "drifted", "unmanaged", "in_sync", "ignored"), 1),
        }
    )


def test_the_report_mentions_a_limit(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    seed(lab)
    playbook(PLAYBOOK, inventory=inventory(lab, tmp_path), arguments=["--limit", "good"])
    data = json.loads((tmp_path / "report.json").read_text())
    assert [row["host"] for row in data["not_checked"]] == ["gone", "drifted", "broken"]
