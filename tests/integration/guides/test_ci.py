# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipelines of docs/examples/ci: their commands run, for a pull request and at night."""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.integration.support.guides import blocks_of, environment_of_reader
from tests.integration.support.playbook_runner import ROOT
from tests.integration.support.scenarios import AT_ONCE, HOST, calls, manual, record
from tests.lab.client import LabClient

EXAMPLES = ROOT / "docs" / "examples" / "ci"
#: Programs that would leave this machine. In their place, one that notes how it was called.
OUTSIDE = ("python", "ansible-galaxy", "gh", "curl")
NOTE = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
"""


class Checkout:
    """A checkout of the inventory on a CI machine, where the commands of a pipeline run."""

    def __init__(self, lab: LabClient, directory: Path) -> None:
        self.directory = directory
        (directory / "bin").mkdir(parents=True)
        self._env = environment_of_reader(directory)
        for name in OUTSIDE:
            (directory / "bin" / name).write_text(NOTE, encoding="utf-8")
            (directory / "bin" / name).chmod(0o755)
        for block in blocks_of("fleet"):
            if block.caption == "clusters.yml":
                (directory / "clusters.yml").write_text(block.text, encoding="utf-8")
        self.access = {"IMMUTA_URL": lab.immuta_url, "IMMUTA_API_KEY": lab.immuta_api_key}

    def run(self, command: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the CI systems do."""
        path = f"{self.directory / 'bin'}:{self._env['PATH']}"
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", command],
            cwd=self.directory,
            env={**self._env, "PATH": path, "CALLS": str(self.directory / "calls"), **env},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """The calls of programs that would leave this machine."""
        return (self.directory / "calls").read_text(encoding="utf-8").splitlines()

    def read(self, name: str) -> str:
        """Return a file."""
        return (self.directory / name).read_text(encoding="utf-8")


@pytest.fixture
def checkout(lab: LabClient, tmp_path: Path) -> Checkout:
    """A checkout whose inventory describes more than Immuta has."""
    lab.switches(**AT_ONCE)
    lab.seed(record(manual(host=HOST)))
    calls(lab)
    return Checkout(lab, tmp_path / "checkout")


def pipeline(name: str) -> dict[str, t.Any]:
    """Return the pipeline of a file."""
    found: dict[str, t.Any] = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    return found


def github(checkout: Checkout, event: str) -> list[tuple[str, subprocess.CompletedProcess[str]]]:
    """Run the steps of the workflow that are commands, as GitHub would, by name."""
    values = {
        "vars.IMMUTA_URL": checkout.access["IMMUTA_URL"],
        "secrets.IMMUTA_API_KEY": checkout.access["IMMUTA_API_KEY"],
        "github.token": "the-token",
        "github.event.number": "5",
    }
    (job,) = pipeline("github-workflow.yml")["jobs"].values()
    found: list[tuple[str, subprocess.CompletedProcess[str]]] = []
    summary = str(checkout.directory / "summary")
    for step in job["steps"]:
        condition = step.get("if", "success()")
        is_left_out = "'pull_request'" in condition and event != "pull_request"
        if (
            "run" not in step
            or is_left_out
            or ("cancelled()" not in condition and any(r.returncode for _n, r in found))
        ):
            continue
        given = {name: values[re.sub(r"[${}\s]", "", text)] for name, text in step.get("env", {}).items()}
        env = {**job["env"], **given, "GITHUB_EVENT_NAME": event, "GITHUB_STEP_SUMMARY": summary}
        found.append((step["name"], checkout.run(step["run"], **env)))
    return found


def failed(steps: list[tuple[str, subprocess.CompletedProcess[str]]]) -> list[str]:
    """Return the names of the steps that failed."""
    return [name for name, run in steps if run.returncode]


def test_github(lab: LabClient, checkout: Checkout) -> None:
    steps = github(checkout, "pull_request")
    assert failed(steps) == [], [run.stdout + run.stderr for _name, run in steps]
    assert calls(lab) == ["GET /integrations"]
    assert checkout.calls[-1] == "gh pr comment 5 --body-file report/report.md --edit-last --create-if-none"
    assert checkout.read("summary") == checkout.read("report/report.md")
    assert "missing" in checkout.read("report/report.md")
    assert len(checkout.calls) == 3

    night = github(checkout, "schedule")
    assert failed(night) == ["Compare the inventory with Immuta"]
    assert "found with a verdict of fail_on" in dict(night)["Compare the inventory with Immuta"].stdout
    assert checkout.read("summary").count("Redshift integrations:") == 2
    assert not any(lab.immuta_api_key in run.stdout + run.stderr for _name, run in [*steps, *night])

    text = checkout.read("clusters.yml").replace("redshift_integration_host:", "redshift_integration_hots:", 1)
    (checkout.directory / "clusters.yml").write_text(text, encoding="utf-8")
    assert failed(github(checkout, "pull_request"))[0] == "Check the inventory without a tenant"


def gitlab(checkout: Checkout, source: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the job of the pipeline, as GitLab would."""
    job = pipeline("gitlab-ci.yml")["immuta-report"]
    (rule,) = (rule for rule in job["rules"] if f'"{source}"' in rule["if"])
    variables = {**checkout.access, **job["variables"], **rule.get("variables", {}), **env}
    run = checkout.run("\n".join([*job["before_script"], *job["script"]]), **variables)
    after = checkout.run("\n".join(job["after_script"]), **variables)
    assert after.returncode == 0, after.stderr
    return run


def test_gitlab(lab: LabClient, checkout: Checkout) -> None:
    comment = {"CI_MERGE_REQUEST_IID": "5", "REPORT_TOKEN": "the-token", "CI_PROJECT_ID": "3"}
    run = gitlab(checkout, "merge_request_event", CI_API_V4_URL="https://gitlab.example.com/api/v4", **comment)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "body@report/report.md" in checkout.calls[-1]
    assert checkout.calls[-1].endswith("https://gitlab.example.com/api/v4/projects/3/merge_requests/5/notes")
    night = gitlab(checkout, "schedule")
    assert night.returncode == 2
    assert "found with a verdict of fail_on" in night.stdout
    assert [line.split()[0] for line in checkout.calls].count("curl") == 1
    kept = pipeline("gitlab-ci.yml")["immuta-report"]["artifacts"]
    for name in [*kept["paths"], kept["reports"]["junit"]]:
        assert checkout.read(name)
    assert lab.immuta_api_key not in run.stdout + night.stdout
