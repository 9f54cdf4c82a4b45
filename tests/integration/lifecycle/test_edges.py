# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role with variables that are rarely set together, and with scripts that look different."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.integration.support.lifecycle import NEW_PASSWORD, ON, apply, state
from tests.integration.support.playbook_runner import PlaybookRunner, Run, local_host
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    PASSWORD,
    Options,
    automatic,
    calls,
    changed,
    left_behind,
    manual,
    message,
    outcome,
    put_manual,
    record,
    role_play,
    role_vars,
)
from tests.lab.client import LabClient

ABSENT: Options = {"state": "absent", "drop_objects": True}
NAMES = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'immuta%'"


def without(playbook: PlaybookRunner, lab: LabClient, *left_out: str, run: t.Any = None, **changes: t.Any) -> Run:
    """Apply the role without some of the settings."""
    settings = {name: value for name, value in manual().items() if name not in left_out}
    return playbook(role_play(), extra_vars=role_vars(lab, settings, **changes), **(run or {}))


# Deletion


def test_no_delete_script(made: LabClient, playbook: PlaybookRunner) -> None:
    """The endpoint is missing, or a proxy returns the 404: the integration does not count as deleted."""
    made.fault(kind="status", path="/scripts/delete$", status=404, times=None, body={"message": "Not Found"})
    run = apply(playbook, made, **ABSENT, run={"expect_rc": 2})
    assert "/scripts/delete: Immuta returned HTTP 404" in message(run)
    assert state(made) == ["enabled"]


def test_scripts_done_does_not_affect_a_deletion(made: LabClient, playbook: PlaybookRunner) -> None:
    run = apply(playbook, made, **ABSENT, scripts_done=True)
    assert [row["script"] for row in outcome(run)["scripts"]] == ["delete"]
    assert (made.integrations(), made.sql(NAMES, DATABASE)) == ([], [])


@pytest.mark.parametrize("check", [True, False])
def test_drop_objects_of_an_automatic_integration(lab: LabClient, playbook: PlaybookRunner, check: bool) -> None:
    """Immuta itself drops the objects."""
    lab.switches(**AT_ONCE, check_warehouse=False)
    settings = automatic(lab)
    lab.seed(record(settings))
    changes = {**ABSENT, "login_user": None, "login_password": None}
    run = playbook(role_play(), extra_vars=role_vars(lab, settings, **changes), check=check)
    assert (outcome(run)["operation"], outcome(run)["scripts"]) == ("deleted", [])
    assert len(changed(run)) == 1
    assert len(lab.integrations()) == check
    again = playbook(role_play(), extra_vars=role_vars(lab, settings, **changes), check=check)
    assert outcome(again)["operation"] == ("deleted" if check else "none")


def test_the_script_waits_for_the_end_of_the_deletion(made: LabClient, playbook: PlaybookRunner) -> None:
    made.switches(delete_seconds=1.5)
    made.proxy_fault(kind="error", on="DROP", sqlstate="XX000", message="No.")
    run = apply(playbook, made, **ABSENT, wait=False, run={"expect_rc": 2})
    assert "XX000 No." in message(run)
    assert made.integrations() == []


def test_a_delete_script_that_is_handed_over(made: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    kept = {"run_scripts": False, "scripts_dir": str(tmp_path / "kept"), "login_user": None, "login_password": None}
    run = apply(playbook, made, **ABSENT, **kept)
    (said,) = run.task("Show the details")["msg"]
    assert f"Run {tmp_path / 'kept'}/delete.sql in database {DATABASE}" in said
    assert "DROP USER" in (tmp_path / "kept" / "delete.sql").read_text()
    assert made.integrations() == []
    assert made.can_log_in(ACCOUNT, PASSWORD, DATABASE)


def test_the_database_to_log_in_to_is_gone(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Without initial_database, the login is to the managed database itself, which does not exist any more."""
    for changes in ({}, {"login_user": "", "login_password": ""}):
        run = without(playbook, lab, "initial_database", **{**ABSENT, **changes})
        assert (outcome(run)["operation"], changed(run)) == ("none", [])


# Changes


def test_a_change_without_settings_that_immuta_has(made: LabClient, playbook: PlaybookRunner) -> None:
    """Neither database, initial_database nor authentication_type is specified again."""
    left_out = ("database", "authentication_type", "initial_database", "auto_bootstrap")
    on = without(playbook, made, *left_out, **ON)
    assert outcome(on)["operation"] == "updated"
    made.switches(script_edit_sets_password=False)
    rotated = without(playbook, made, *left_out, update_password="always", password=NEW_PASSWORD)
    assert outcome(rotated)["operation"] == "updated"
    assert made.can_log_in(ACCOUNT, NEW_PASSWORD, DATABASE)


@pytest.mark.parametrize("sets", [True, False])
def test_rotation_whoever_sets_the_password(made: LabClient, playbook: PlaybookRunner, sets: bool) -> None:
    """Immuta's edit script may not change the account."""
    made.switches(script_edit_sets_password=sets)
    rotation = {"update_password": "always", "password": NEW_PASSWORD}
    preview = apply(playbook, made, **rotation, run={"check": True})
    assert made.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    run = apply(playbook, made, **rotation)
    assert outcome(preview)["operation"] == outcome(run)["operation"] == "updated"
    assert made.can_log_in(ACCOUNT, NEW_PASSWORD, DATABASE)
    assert not made.can_log_in(ACCOUNT, PASSWORD, DATABASE)


def test_rotation_that_redshift_refuses(made: LabClient, playbook: PlaybookRunner) -> None:
    """Immuta is not changed, and keeps the old password; the next run finishes the rotation."""
    made.switches(script_edit_sets_password=False)
    made.proxy_fault(on="ALTER USER", kind="error", sqlstate="42501", message="permission denied")
    rotation = {"update_password": "always", "password": NEW_PASSWORD}
    run = apply(playbook, made, **rotation, run={"expect_rc": 2})
    assert "could not be changed" in message(run)
    assert [name for name in calls(made) if name.startswith("PUT")] == []
    assert made.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    apply(playbook, made, **rotation)
    assert [name for name in calls(made) if name.startswith("PUT")] == ["PUT /integrations/1"]
    assert made.can_log_in(ACCOUNT, NEW_PASSWORD, DATABASE)


@pytest.mark.parametrize("group", ["", "others"])
def test_another_group(lab: LabClient, playbook: PlaybookRunner, group: str) -> None:
    lab.switches(**AT_ONCE)
    put_manual(lab, **ON)
    wanted: Options = {"enabled": True, **({"role": group} if group else {})}
    apply(playbook, lab, impersonation=wanted)
    names = {row["groname"] for row in lab.sql("SELECT groname FROM pg_group WHERE groname NOT LIKE 'pg_%'")}
    assert names == {group or ON["impersonation"]["role"]}
    assert changed(apply(playbook, lab, impersonation=wanted)) == []


# A failed creation


@pytest.mark.parametrize("done", [True, False])
def test_cleanup_removes_only_what_can_be_created_again(lab: LabClient, playbook: PlaybookRunner, done: bool) -> None:
    """Without auto_bootstrap nothing could be created again; with scripts_done nobody would run the scripts."""
    lab.switches(**AT_ONCE)
    put_manual(lab)
    lab.set_status("createError")
    left_out = () if done else ("auto_bootstrap",)
    run = without(playbook, lab, *left_out, cleanup_on_error=True, scripts_done=done)
    assert (outcome(run)["operation"], outcome(run)["scripts"]) == ("repaired", [])
    assert [(row["id"], row["status"]) for row in lab.integrations()] == [("1", "enabled")]
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)


def test_cleanup_finds_its_own_database(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**AT_ONCE)
    put_manual(lab)
    lab.set_status("createError")
    run = apply(playbook, lab, cleanup_on_error=True, existing_objects="fail")
    assert outcome(run)["operation"] == "created"
    assert state(lab) == ["enabled"]


def test_one_script_reuses_an_existing_database(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**AT_ONCE)
    lab.sql(f"CREATE DATABASE {DATABASE}")
    run = without(playbook, lab, "initial_database", existing_objects="fail")
    assert outcome(run)["operation"] == "created"
    assert "will be reused" not in run.output


# Directories


def two_hosts(lab: LabClient, **changes: t.Any) -> Options:
    """Return an inventory of two clusters, both with their scripts in one directory."""
    each = {**local_host(), **role_vars(lab, manual(), **changes)}
    hosts = {name: {f"redshift_integration_{key}": value for key, value in row.items()} for name, row in {
        "one": {"host": "one.example.com"}, "two": {"host": "two.example.com", "database": "immuta_two"},
    }.items()}  # fmt: skip
    shared = {name: value for name, value in each.items() if name not in hosts["two"]}
    hosts["one"]["redshift_integration_database"] = DATABASE
    return {"all": {"hosts": hosts, "vars": shared}}


def test_two_hosts_with_one_directory(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """The scripts of one host would be run in the cluster of the other."""
    lab.switches(**AT_ONCE)
    shared = two_hosts(lab, scripts_dir=str(tmp_path / "kept"), run_scripts=False)
    run = playbook(role_play(), inventory=shared, expect_rc=2)
    assert {f"{one} and {two} would write" in run.output for one, two in (("one", "two"), ("two", "one"))} == {True}
    assert not (tmp_path / "kept").exists()
    own = two_hosts(lab, scripts_dir=f"{tmp_path}/{{{{ inventory_hostname }}}}", run_scripts=False)
    playbook(role_play(), inventory=own)
    assert "immuta_two" in (tmp_path / "two" / "create.sql").read_text()
    assert "immuta_two" not in (tmp_path / "one" / "create.sql").read_text()


def test_scripts_dir_is_an_empty_text(lab: LabClient, playbook: PlaybookRunner) -> None:
    """A survey of AWX sets it so."""
    lab.switches(**AT_ONCE)
    run = apply(playbook, lab, scripts_dir="")
    assert (outcome(run)["operation"], left_behind(run)) == ("created", [])
    assert not Path("/create.sql").exists()


def test_scripts_dir_has_the_name_of_a_secret(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """A path that is masked in the output must not be masked for the next task."""
    lab.switches(**AT_ONCE)
    kept = tmp_path / "workspace-analytics"
    run = apply(playbook, lab, scripts_dir=str(kept), extra_config={"workspace": "workspace-analytics"})
    assert outcome(run)["operation"] == "created"
    assert (kept / "create.sql").is_file()


# Messages


def test_each_test_of_the_validation_is_shown(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**AT_ONCE, validation_outcomes={"Objects": "warning"})
    run = apply(playbook, lab)
    tests = outcome(run)["integration"]["validation"]["tests"]
    shown = run.task("Show the details")["msg"]
    assert len(shown) == len(tests) > 1
    for test, line in zip(tests, shown):
        assert line.startswith(f"{test['status']}: {test['name']}")
        assert test["message"] in line
        assert line in run.stdout
