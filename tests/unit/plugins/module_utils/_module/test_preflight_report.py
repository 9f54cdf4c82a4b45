# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook preflight checks for a host, and its table."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.community.immuta.plugins.module_utils._module._preflight_report import (
    WIDTH,
    preflight_login,
    preflight_probed,
    preflight_result,
    preflight_table,
)

VALUES = {
    "state": "present",
    "auto_bootstrap": False,
    "database": "immuta_policies",
    "initial_database": "dev",
    "authentication_type": "userPassword",
    "username": "immuta_system",
    "password": "Immuta1x",
    "sql_host": "one.example.com",
    "login_user": "awsuser",
    "login_password": "Admin1x",
    "run_scripts": True,
    "existing_objects": "fail",
}
CREATED = {"operation": "created", "auto_bootstrap_before": None, "integration": None}
THERE = {"operation": "none", "integration": {"auto_bootstrap": False, "config": {}}}
TENANT = {
    "tenant": "https://tenant.example.com:443",
    "usable": True,
    "message": "Works.",
    "checks": dict.fromkeys(["reachable", "tls", "api_key", "permission"], "passed"),
    "contract": None,
}
NO_TENANT = {**TENANT, "usable": False, "message": "No connection.", "checks": {"reachable": "failed"}}
REFUSED = {"msg": "No connection.", "failure": {"kind": "ApiError"}}
LOGGED_IN = {"version": "Redshift 1.0.1"}


def login(compared: dict, **changes: t.Any) -> tuple:
    """Return the account, the database to log in to, and the rights to check."""
    found = preflight_login(compared, {**VALUES, **changes})
    return found["account"], found["login_db"], list(found["rights"])


def test_before_a_creation():
    assert login(CREATED) == ("privileged", "dev", ["create_database", "create_user"])
    assert login(CREATED, initial_database="") == ("privileged", "immuta_policies", ["create_user"])


def test_an_unknown_plan_is_checked_like_a_creation_but_for_objects_that_exist():
    assert login(REFUSED) == login(CREATED)
    assert preflight_login(CREATED, VALUES)["existing_objects"] == "fail"
    assert preflight_login(REFUSED, VALUES)["existing_objects"] == "ignore"
    assert login(REFUSED, state="absent")[0] == ""


def test_an_integration_that_is_there():
    assert login(THERE) == ("system", "immuta_policies", [])
    aws = {"login_user": "", "login_password": "", "login_aws": {"cluster_identifier": "analytics"}}
    assert login(THERE, **aws) == ("system", "immuta_policies", [])


@pytest.mark.parametrize("changes", [{"run_scripts": False}, {"login_user": ""}, {"password": ""}, {"state": "absent"}])
def test_no_login_if_this_machine_need_not_reach_redshift(changes):
    assert login(THERE, **changes)[0] == ""


def test_an_automatic_integration_needs_no_login():
    assert login(CREATED, auto_bootstrap=True)[0] == ""
    assert login({**THERE, "integration": {"auto_bootstrap": True}})[0] == ""


def test_what_the_scripts_need_is_said_instead_of_a_login():
    found = preflight_login(CREATED, {**VALUES, "login_user": ""})
    assert (found["account"], "redshift_integration_login_user" in found["problem"]) == ("", True)


def test_everything_is_right():
    found = preflight_result(TENANT, CREATED, LOGGED_IN, "")
    assert (found["usable"], found["problems"], set(found["checks"].values())) == (True, [], {"passed"})


def test_the_same_failure_of_immuta_is_shown_once():
    found = preflight_result(NO_TENANT, REFUSED, LOGGED_IN, "")
    assert found["problems"] == ["No connection."]
    assert (found["checks"]["variables"], found["checks"]["reachable"]) == ("passed", "failed")


def test_wrong_variables():
    wrong = {"msg": "port must be a number."}
    found = preflight_result(wrong, wrong, {"skipped": True}, "Set host.")
    assert found["problems"] == ["port must be a number.", "Set host."]
    assert found["checks"]["variables"] == "failed"
    assert preflight_result(TENANT, {"msg": "Cannot edit host.", "failure": {"kind": "RefusedError"}}, {}, "")[
        "problems"
    ] == ["Cannot edit host."]


def test_a_variable_that_cannot_be_read():
    reason = "redshift_integration_port cannot be read: 'x' is undefined."
    for before in ("", "Task failed: The lookup plugin 'community.immuta._role_options' failed: "):
        assert preflight_result(TENANT, {"msg": before + reason}, {}, "")["problems"] == [reason]


def test_each_problem_of_redshift():
    checks = {"login": "passed", "rights": "failed", "password": "failed"}
    failed = {"msg": "a b", "failure": {"problems": ["a", "b"], "checks": checks}}
    found = preflight_result(TENANT, CREATED, failed, "")
    assert (found["problems"], found["checks"]["rights"], found["usable"]) == (["a", "b"], "failed", False)
    assert preflight_result(TENANT, CREATED, {"msg": "wrong option"}, "")["problems"] == ["wrong option"]


def test_the_table_fits_a_terminal():
    bad = preflight_result(NO_TENANT, REFUSED, {"msg": "word " * 60}, "")
    lines = preflight_table({"a.name.that.is.much.longer.than.a.column": bad, "b": bad})
    assert max(map(len, lines)) <= WIDTH
    assert lines[1].split() == ["a.name.that.is.muc..", "ok", "NO", "-", "-", "-", "NO", "-", "-"]
    assert [len(line.split()) for line in lines[:3]] == [9, 9, 9]


def test_probes_are_sent_once_for_each_tenant_that_can_be_used():
    good, bad = (preflight_result(tenant, CREATED, LOGGED_IN, "") for tenant in (TENANT, NO_TENANT))
    other = preflight_result({**TENANT, "tenant": "https://other.example.com:443"}, CREATED, LOGGED_IN, "")
    unreadable = preflight_result({}, {}, {}, "vault_of_nobody is undefined")
    hosts = {"a": bad, "b": good, "c": unreadable, "d": other, "e": good}
    assert preflight_probed(hosts) == ["b", "d"]
    assert preflight_probed({"a": bad, "c": unreadable}) == []


def test_the_contract_in_the_table():
    points = [{"id": "A1", "verdict": "confirmed"}, {"id": "A3", "verdict": "contradicted"}]
    contract = {"bootstrap_form": "both", "unknown_fields": "rejected", "assumptions": points}
    found = {**preflight_result(TENANT, CREATED, LOGGED_IN, ""), "contract": contract}
    assert preflight_table({"one": found})[2:] == [
        "Tenant https://tenant.example.com:443",
        "  bootstrap form both; unknown fields rejected",
        "  confirmed: A1",
        "  contradicted: A3",
        "  inconclusive: none",
    ]


def test_the_system_account_needs_no_rights():
    found = preflight_result(TENANT, CREATED, LOGGED_IN, "", "system")
    assert [found["checks"][name] for name in ("login", "rights", "password")] == ["passed", "unknown", "unknown"]


def test_a_wrong_password_of_the_system_account_names_its_variables():
    refused = {
        "msg": "",
        "failure": {"checks": {"login": "failed"}, "problems": ["Check login_user and login_password."]},
    }
    found = preflight_result(TENANT, CREATED, refused, "", "system")
    assert (found["usable"], found["problems"]) == (False, ["Check username and password."])
