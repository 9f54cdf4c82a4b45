# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the header of a report comes from."""

from __future__ import annotations

import datetime
import subprocess

import pytest

from ansible_collections.community.immuta.plugins.plugin_utils._report import origin

NOW = datetime.datetime(2026, 11, 24, 6, 0, tzinfo=datetime.timezone.utc)


def header(variables=(), environ=()):
    return origin.header_of(dict(variables), dict(environ), NOW)


def test_a_job_of_awx():
    awx = {
        "awx_job_id": 4711,
        "awx_job_template_name": "Nightly report",
        "awx_user_name": "deploy",
        "awx_project_revision": "8c1f",
        "ansible_version": {"full": "2.21.5"},
        "ansible_check_mode": True,
    }
    found = header(awx, {"GITHUB_ACTOR": "other"})
    assert (found.user, found.job, found.revision) == ("deploy", "Nightly report 4711", "8c1f")
    assert (found.generated_at, found.timestamp) == ("2026-11-24T06:00:00Z", int(NOW.timestamp()))
    assert (found.ansible_version, found.check_mode) == ("2.21.5", True)
    assert found.collection_version


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {
                "GITHUB_ACTOR": "ann",
                "GITHUB_RUN_ID": "9",
                "GITHUB_SHA": "ab",
                "GITHUB_SERVER_URL": "https://git.example.com",
                "GITHUB_REPOSITORY": "o/r",
            },
            ("ann", "job 9", "ab", "https://git.example.com/o/r/actions/runs/9"),
        ),
        (
            {
                "GITLAB_USER_LOGIN": "ann",
                "CI_JOB_ID": "9",
                "CI_COMMIT_SHA": "ab",
                "CI_JOB_URL": "https://git.example.com/9",
            },
            ("ann", "job 9", "ab", "https://git.example.com/9"),
        ),
    ],
)
def test_a_pipeline(environ, expected):
    found = header(environ=environ)
    assert (found.user, found.job, found.revision, found.job_url) == expected


def test_the_revision_of_the_inventory(tmp_path):
    assert header({"inventory_dir": str(tmp_path)}).revision == ""
    for command in (
        ["init", "-q"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    assert len(header({"inventory_dir": str(tmp_path)}).revision) == 40


def test_an_account_without_a_name_and_a_machine_without_git(monkeypatch):
    def nothing(*_args, **_options):
        raise OSError("not there")

    monkeypatch.setattr(origin.getpass, "getuser", nothing)
    monkeypatch.setattr(origin.subprocess, "run", nothing)
    found = header({"inventory_dir": "/"})
    assert (found.user, found.revision) == ("", "")
