# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that exist in Redshift before: a database or user of the same name, and different passwords."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.support.lifecycle import NEW_PASSWORD, apply, said, snapshot, squeezed, state
from tests.integration.support.playbook_runner import DRIVERS, PlaybookRunner
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    COLLECTION,
    DATABASE,
    OTHER_PROCESS,
    PASSWORD,
    Options,
    calls,
    has_failed,
    left_behind,
    login,
    message,
    module_play,
    outcome,
    step,
    writes,
)
from tests.lab.client import LabClient

OLD = "Before1x"
HAVE_DATABASE, HAVE_ACCOUNT = f"CREATE DATABASE {DATABASE}", f"CREATE USER {ACCOUNT} PASSWORD '{OLD}'"
PASSWORD_MODULE = f"{COLLECTION}redshift_password"
TABLE = "CREATE TABLE public.theirs (x int)"


def test_existing_objects_are_reused(lab: LabClient, playbook: PlaybookRunner) -> None:
    """The database and the account (with the right password) exist; the run names both."""
    lab.switches(**AT_ONCE)
    lab.sql(HAVE_DATABASE)
    lab.sql(HAVE_ACCOUNT.replace(OLD, PASSWORD))
    lab.sql(TABLE, DATABASE)
    preview = apply(playbook, lab, run={"check": True})
    run = apply(playbook, lab)
    for each in (preview, run):
        assert squeezed(f"Database {DATABASE} already exists on 127.0.0.1 and will be reused.") in said(each)
        assert squeezed(f"User {ACCOUNT} already exists on 127.0.0.1 and will be reused.") in said(each)
    assert (outcome(run)["operation"], state(lab)) == ("created", ["enabled"])
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    assert lab.sql("SELECT count(*) AS n FROM public.theirs", DATABASE) == [{"n": 0}]


@pytest.mark.matrix
@pytest.mark.matrix_core
def test_the_warning_about_reused_objects_is_shown(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Before 2.19, ansible-core hides warnings behind no_log."""
    lab.switches(**AT_ONCE)
    lab.sql(HAVE_DATABASE)
    run = apply(playbook, lab)
    assert squeezed(f"Database {DATABASE} already exists on 127.0.0.1 and will be reused.") in said(run)


@pytest.mark.parametrize("there", [[HAVE_DATABASE], [HAVE_ACCOUNT], [HAVE_DATABASE, HAVE_ACCOUNT]])
def test_existing_objects_are_refused(lab: LabClient, playbook: PlaybookRunner, there: list[str]) -> None:
    for statement in there:
        lab.sql(statement)
    before = snapshot(lab)
    run = apply(playbook, lab, existing_objects="fail", run={"expect_rc": 2, "check": len(there) == 2})
    assert "Nothing was changed." in message(run)
    assert (f"Database {DATABASE} already exists" in message(run)) is (HAVE_DATABASE in there)
    assert (f"User {ACCOUNT} already exists" in message(run)) is (HAVE_ACCOUNT in there)
    assert (calls(lab), writes(lab), left_behind(run), snapshot(lab)) == (["GET /integrations"], [], [], before)


def test_fail_affects_only_objects_that_exist(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Without existing objects, and for a change of what the role created, existing_objects=fail does not fail."""
    lab.switches(**AT_ONCE)
    run = apply(playbook, lab, existing_objects="fail")
    assert outcome(run)["operation"] == "created"
    changed_run = apply(playbook, lab, existing_objects="fail", impersonation={"enabled": True})
    assert outcome(changed_run)["operation"] == "updated"
    assert outcome(apply(playbook, lab, existing_objects="fail"))["operation"] == "none"


def test_account_with_another_password(lab: LabClient, playbook: PlaybookRunner) -> None:
    """The script of the simulator sets the password of an existing account; that of Immuta may not."""
    lab.switches(**AT_ONCE)
    lab.sql(HAVE_ACCOUNT)
    lab.proxy_fault(on="ALTER USER", kind="error", sqlstate="42710", message="Passed over.")
    run = apply(playbook, lab, run={"expect_rc": 2})
    assert "the system account cannot log in" in message(run)
    assert "redshift_integration_reset_password=true" in message(run)
    assert "POST /integrations" not in calls(lab)
    assert lab.can_log_in(ACCOUNT, OLD, DATABASE)
    assert PASSWORD not in run.output

    lab.proxy_fault(on="ALTER USER", kind="error", sqlstate="42710", message="Passed over.")
    again = apply(playbook, lab, reset_password=True)
    assert (outcome(again)["operation"], state(lab)) == ("created", ["enabled"])
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    assert not lab.can_log_in(ACCOUNT, OLD, DATABASE)


def password_step(lab: LabClient, name: str, changes: Options | None = None, **keywords: t.Any) -> Options:
    """Return a task that sets the password of the account."""
    options = {**login(lab), "username": ACCOUNT, "password": NEW_PASSWORD, **(changes or {})}
    return step(name, PASSWORD_MODULE, options, **keywords)


@pytest.mark.parametrize("where", [{"driver": name} for name in DRIVERS] + [OTHER_PROCESS], ids=[*DRIVERS, "process"])
def test_password_module(lab: LabClient, playbook: PlaybookRunner, where: Options) -> None:
    lab.sql(HAVE_ACCOUNT)
    driver, keywords = where.get("driver"), {name: row for name, row in where.items() if name != "driver"}
    steps = [
        password_step(lab, "would", check_mode=True, diff=True),
        password_step(lab, "old still fits", {"password": OLD}),
        password_step(lab, "set", diff=True),
        password_step(lab, "again", diff=True),
        password_step(lab, "check again", check_mode=True),
        password_step(lab, "unknown", {"username": "nobody"}),
        password_step(lab, "policy", {"password": "short"}),
        password_step(lab, "quote", {"password": "Aa1'; DROP USER x"}),
        password_step(lab, "no right", {"password": "Other1xy", "login_user": lab.redshift_limited_user,
                                        "login_password": lab.redshift_limited_password}),
        password_step(lab, "wrong login", {"password": "Other1xy", "login_password": "Wrong1234"}),
    ]  # fmt: skip
    run = playbook(module_play(lab, *steps, **keywords), driver=driver)
    for name, expected in {
        "would": True, "old still fits": False, "set": True, "again": False, "check again": False,
    }.items():  # fmt: skip
        assert run.task(name)["changed"] is expected, run.task(name)
    assert run.task("would")["diff"] == run.task("set")["diff"]
    for name, part in {
        "unknown": "have a user nobody", "policy": "must have 8 to 64 characters", "quote": "must not contain",
        "no right": f"login_user {lab.redshift_limited_user} may change", "wrong login": "Check login_user",
    }.items():  # fmt: skip
        assert has_failed(run, name)
        assert part in run.task(name)["msg"], run.task(name)
    assert lab.can_log_in(ACCOUNT, NEW_PASSWORD)
    assert not lab.can_log_in(ACCOUNT, OLD)
    for secret in (NEW_PASSWORD, OLD, "Wrong1234", "Other1xy", lab.redshift_admin_password):
        assert secret not in run.output
