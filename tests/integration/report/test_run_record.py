# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a run: what the playbook of the collection writes with report_dest, and hands to a workflow."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import jsonschema

from tests.integration.fleet.test_fleet_info import cluster, host_of, inventory
from tests.integration.support.playbook_runner import ROOT, PlaybookRunner, Run
from tests.integration.support.scenarios import (
    AT_ONCE,
    PASSWORD,
    STATS,
    calls,
    custom_stats,
    manual,
    put_manual,
    record,
)
from tests.lab.client import LabClient

PLAYBOOK = ROOT / "playbooks" / "redshift_integration.yml"
FILES = ["report.html", "report.json", "report.md", "report.prom", "report.xml"]
ON = {"enabled": True, "role": "immuta_impersonation"}
JOB = {"awx_job_id": 4711, "awx_job_template_name": "Apply", "awx_user_name": "ann"}
SHA256 = re.compile(r"[0-9a-f]{64}")
#: Variables of a host on which no module can be run.
UNREACHABLE = {"immuta_run_in_process": False, "ansible_remote_tmp": "/proc/none"}
GENERATION = [f"POST /integrations/scripts/{name}" for name in ("initial-create", "create")]


def recorded(directory: Path) -> dict[str, t.Any]:
    """Return the record, which is as its schema says."""
    data: dict[str, t.Any] = json.loads((directory / "report.json").read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "docs" / "run-schema.json").read_text(encoding="utf-8"))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(data)) == []
    return data


def by_name(data: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the clusters of a record."""
    return {row["name"]: row for row in data["clusters"]}


def task_results(run: Run, name: str) -> int:
    """Return how many results the recap counts for a host."""
    line = next(line for line in run.stdout.splitlines() if re.match(rf"{name} +:", line))
    counts = dict(re.findall(r"(\w+)=(\d+)", line))
    return int(counts["ok"]) + int(counts["skipped"])


def test_what_was_done_and_what_failed(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """A creation, an update, a failure in the second script, and hosts that are not reached or not meant."""
    lab.switches(**AT_ONCE, script_edit_sets_password=False)
    put_manual(lab, host=host_of("change"), password="Before1xx")
    lab.seed(record(manual(host=host_of("good"))))
    clusters = {name: cluster(lab, name) for name in ("good", "archive")}
    clusters["change"] = cluster(lab, "change", impersonation=ON, reset_password=True)
    clusters["broken"] = cluster(lab, "broken", database="other_database", username="other_account")
    clusters["locked"] = cluster(lab, "locked", login_password="Wrong1xx")
    clusters["away"] = {**cluster(lab, "away"), **UNREACHABLE}
    lab.proxy_fault(on="CREATE SCHEMA", kind="error", sqlstate="42501", message="permission denied")
    calls(lab)
    run = playbook(
        PLAYBOOK,
        inventory=inventory(clusters),
        extra_vars={"report_dest": str(tmp_path / "run"), **JOB},
        arguments=["--limit", "!archive"],
        env=STATS,
        expect_rc=4,
    )
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == FILES
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == FILES
    data = recorded(tmp_path / "run")
    rows = by_name(data)
    assert {name: row["outcome"] for name, row in rows.items()} == {
        "broken": "failed",
        "locked": "failed",
        "away": "not reached",
        "change": "updated",
        "good": "nothing to do",
    }
    assert (data["header"]["user"], data["header"]["job"]) == ("ann", "Apply 4711")
    assert (data["header"]["check_mode"], data["header"]["tenants"]) == (False, [lab.immuta_url])
    assert [row["host"] for row in data["not_checked"]] == ["archive"]
    first, second = rows["broken"]["scripts"]
    assert (first["script"], first["database"], first["result"]) == ("initial_create", "dev", "complete")
    assert first["verbs"]["CREATE DATABASE"] == first["verbs"]["CREATE USER"] == 1
    assert (second["script"], second["result"]) == ("create", "incomplete")
    assert second["failed_statement"].endswith("CREATE SCHEMA, SQLSTATE 42501)")
    assert "permission denied" in rows["broken"]["message"]
    assert {name for name, row in rows.items() if row["status"]} == {"change", "good"}
    assert rows["locked"]["scripts"] == rows["away"]["scripts"] == []
    assert rows["away"]["duration_seconds"] is None
    changes = {entry["option"]: entry["after"] for entry in rows["change"]["changes"]}
    assert changes == {f"impersonation.{key}": value for key, value in ON.items()}
    assert [script["script"] for script in rows["change"]["scripts"]] == ["edit"]
    assert all(SHA256.fullmatch(script["sha256"]) for row in rows.values() for script in row["scripts"])
    assert rows["change"]["duration_seconds"] > 0
    assert [name for name, row in rows.items() if row["set_password"]] == ["change"]
    assert calls(lab)[0] == "GET /integrations"
    assert custom_stats(run)["totals"] == data["totals"]
    assert custom_stats(run)["hosts"]["locked"]["message"] == rows["locked"]["message"]
    for text in (run.output, *(path.read_text(encoding="utf-8") for path in (tmp_path / "run").iterdir())):
        assert not [secret for secret in (PASSWORD, "Wrong1xx", lab.immuta_api_key) if secret in text]


def test_a_creation_in_check_mode_and_for_real(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """The same statements, the same checksums, and no more tasks and requests than without a record."""
    lab.switches(**AT_ONCE)
    lab.seed(record(manual(host=host_of("good"))))
    fleet = inventory({name: cluster(lab, name) for name in ("good", "new")})
    options = {"report_dest": str(tmp_path / "run"), "report_formats": ["json", "markdown"]}
    calls(lab)
    preview = playbook(PLAYBOOK, inventory=fleet, extra_vars=options, check=True, env={"GITHUB_ACTOR": "bob"})
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["report.json", "report.md"]
    planned = recorded(tmp_path / "run")
    assert (planned["header"]["user"], planned["header"]["check_mode"]) == ("bob", True)
    assert planned["totals"] == {"would be created": 1, "nothing to do": 1}
    before = calls(lab)
    run = playbook(PLAYBOOK, inventory=fleet, extra_vars=options)
    done = recorded(tmp_path / "run")
    assert done["totals"] == {"created": 1, "nothing to do": 1}
    for one, other in zip(by_name(planned)["new"]["scripts"], by_name(done)["new"]["scripts"], strict=True):
        assert (one["result"], other["result"], other["tolerated"]) == ("planned", "complete", 0)
        assert [one[key] for key in ("verbs", "sha256", "statements")] == [
            other[key] for key in ("verbs", "sha256", "statements")
        ]
    assert before == ["GET /integrations", *GENERATION]
    assert calls(lab) == [*before, "GET /integrations", "POST /integrations", "GET /integrations/2"]
    for each in (preview, run):
        assert task_results(each, "good") <= 5
        assert task_results(each, "new") <= 20


def test_files_that_cannot_be_written(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """The table is shown nevertheless."""
    lab.switches(**AT_ONCE)
    lab.seed(record(manual(host=host_of("good"))))
    (tmp_path / "file").write_text("")
    options = {"report_dest": str(tmp_path / "file" / "run")}
    fleet = inventory({"good": cluster(lab, "good")})
    run = playbook(PLAYBOOK, inventory=fleet, extra_vars=options, expect_rc=2)
    assert "Cannot create the directory" in run.failures[-1]["msg"]
    assert "Clusters: 1 nothing to do." in run.stdout
