# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the documentation of the modules are run unchanged, except for addresses and accounts."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

from tests.integration.support.playbook_runner import PlaybookRunner
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    COLLECTION,
    PASSWORD,
    PREFLIGHT,
    RUN,
    Options,
    login,
    manual,
    play,
    put_objects,
    record,
)
from tests.lab.client import LabClient

MODULES = "ansible_collections.community.immuta.plugins.modules"
REPORTS = {
    "host": "reports.abc123.eu-west-1.redshift.amazonaws.com",
    "database": "immuta_reports",
    "username": "immuta_reports_system",
}


def examples(name: str) -> list[Options]:
    """Return the tasks in the EXAMPLES of a module."""
    found: list[Options] = yaml.safe_load(importlib.import_module(f"{MODULES}.{name}").EXAMPLES)
    return found


def filled(task: Options, lab: LabClient) -> Options:
    """Return a task of an example, with the addresses of the lab. It is delegated to this host at most."""
    (action,) = (name for name in task if name.startswith(COLLECTION))
    options: Options = dict(task[action])
    if "immuta_url" in options:
        options["immuta_url"] = lab.immuta_url
    if options.get("username") == "one_time_admin":
        options["username"] = lab.redshift_admin_user
    if action in (RUN, PREFLIGHT):
        assert options["login_user"] == lab.redshift_admin_user
        options |= {name: login(lab)[name] for name in ("login_host", "login_port")}
    here = {"delegate_to": "localhost"} if "delegate_to" in task else {}
    return {**task, action: options, **here}


def variables(lab: LabClient, directory: Path) -> Options:
    """Return the variables that the examples use."""
    return {
        "immuta_api_key": lab.immuta_api_key,
        "immuta_system_password": PASSWORD,
        "redshift_admin_password": lab.redshift_admin_password,
        "scripts": str(directory),
        "inventory_directory": str(directory / "inventory"),
    }


def prepare(lab: LabClient, directory: Path, name: str) -> None:
    """Create what the examples of a module expect to exist."""
    lab.switches(**AT_ONCE)
    if name == "redshift_integration":
        put_objects(lab, **REPORTS)
    if name == "redshift_integration_info":
        lab.seed(record(manual()))
    if name == "redshift_script":
        statement = f"CREATE USER {ACCOUNT} PASSWORD '{PASSWORD}'"
        (directory / "initial_create.sql").write_text(f"CREATE DATABASE immuta_policies;\n{statement};\n")
        (directory / "create.sql").write_text("CREATE SCHEMA immuta_system;\n")


@pytest.mark.parametrize("name", [
    "redshift_integration", "redshift_integration_export", "redshift_integration_info", "redshift_integration_script",
    "redshift_script", "redshift_preflight",
])  # fmt: skip
def test_examples(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, name: str) -> None:
    prepare(lab, tmp_path, name)
    tasks = [filled(task, lab) for task in examples(name)]
    run = playbook(play(*tasks), extra_vars=variables(lab, tmp_path))
    assert [row["task"] for row in run.tasks] == [task["name"] for task in tasks]
    assert all(secret not in run.output for secret in (PASSWORD, lab.redshift_admin_password, lab.immuta_api_key))
