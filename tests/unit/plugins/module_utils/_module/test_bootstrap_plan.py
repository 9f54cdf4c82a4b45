# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role decides after the comparison, and what it returns."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections import UserDict

import pytest

from ansible_collections.community.immuta.plugins.module_utils._module import _bootstrap_plan
from ansible_collections.community.immuta.plugins.module_utils._module._bootstrap_plan import EXISTS, IS_GONE, as_data

#: the role's variables for a manual integration with two scripts
MANUAL = {
    "state": "present", "auto_bootstrap": False, "database": "policies", "initial_database": "dev",
    "authentication_type": "userPassword", "username": "immuta_system", "password": "Marker1x",
    "update_password": "", "reset_password": False, "sql_host": "cluster.example.com", "login_user": "awsuser",
    "login_password": "Marker2x", "run_scripts": True, "scripts_done": False, "scripts_dir": "",
    "drop_objects": False, "cleanup_on_error": False, "existing_objects": "adopt", "check_mode": False,
    "inventory_host": "cluster", "is_local": True, "sql_delegate_to": "", "cleaned_up": False,
}  # fmt: skip
TESTS = [{"name": "Objects", "status": "warning", "message": "One is missing."}, {"name": "Login", "status": "passed"}]
INTEGRATION = {
    "auto_bootstrap": False,
    "config": {"database": "known", "authentication_type": "userPassword"},
    "validation": {"status": "warning", "tests": TESTS},
}


def plan(operation="created", status_before=None, was_automatic=False, integration=None, **changes):
    compared = {
        "operation": operation,
        "status_before": status_before,
        "auto_bootstrap_before": was_automatic,
        "integration": integration,
    }
    return _bootstrap_plan.bootstrap_plan(compared, {**MANUAL, **changes})


def absent(operation="deleted", **changes):
    return plan(operation, "enabled", state="absent", **changes)


def names(todo):
    return [(row["script"], row["database"]) for row in todo["scripts"]]


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        # the state is present
        ("bootstrap", plan()),
        ("bootstrap", plan("updated", "enabled")),
        ("bootstrap", plan("repaired", "createError")),
        ("bootstrap", plan("updated", "enabled", auto_bootstrap=None)),
        ("", plan("none", "enabled")),
        ("", plan(auto_bootstrap=True)),
        ("", plan(auto_bootstrap=True, integration=INTEGRATION, check_mode=True)),
        ("result", plan(auto_bootstrap=True, integration=INTEGRATION)),
        ("", plan("none", "enabled", auto_bootstrap=True, integration=INTEGRATION)),
        # a failed creation is removed first
        ("cleanup_failed", plan("repaired", "createError", cleanup_on_error=True)),
        ("cleanup_failed", plan("repaired", "createError", cleanup_on_error="yes", auto_bootstrap="no")),
        ("bootstrap", plan("repaired", "createError", cleanup_on_error=True, cleaned_up=True)),
        ("bootstrap", plan("repaired", "createError", cleanup_on_error=True, scripts_done=True)),
        ("bootstrap", plan("repaired", "createError", cleanup_on_error=True, auto_bootstrap=None)),
        ("bootstrap", plan("repaired", "createError", True, cleanup_on_error=True)),
        ("bootstrap", plan("repaired", "editError", cleanup_on_error=True)),
        # the state is absent
        ("result", absent()),
        ("", absent(was_automatic=True)),
        ("", absent("none")),
        ("absent", absent(drop_objects=True)),
        ("absent", absent(drop_objects=True, check_mode=True)),
        ("absent", absent(drop_objects=True, was_automatic=True)),
        ("", absent(drop_objects=True, was_automatic=True, check_mode=True)),
        ("cleanup_leftovers", absent("none", drop_objects=True)),
        ("", absent("none", drop_objects=True, auto_bootstrap=True)),
        ("", absent("none", drop_objects=True, login_user="")),
        ("", absent("none", drop_objects=True, username="")),
        ("", absent("none", drop_objects=True, database="")),
    ],
)
def test_the_task_file_that_continues(expected, found):
    assert found["tasks"] == expected


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ([("initial_create", "dev"), ("create", "policies")], plan()),
        ([("create", "policies")], plan(initial_database="")),
        ([("edit", "policies")], plan("updated", "enabled", integration=INTEGRATION)),
        ([("edit", "known")], plan("updated", "enabled", integration=INTEGRATION, database="")),
        ([("edit", "policies")], plan("repaired", "editError")),
        ([], plan("repaired", "createError")),
        ([("cleanup", "policies")], plan("repaired", "createError", cleanup_on_error=True)),
        ([], plan(scripts_done=True)),
        ([], plan("updated", "enabled", integration={**INTEGRATION, "auto_bootstrap": True}, auto_bootstrap=None)),
        ([], plan("none", "enabled")),
        ([("delete", "policies")], absent(drop_objects=True)),
        ([("delete", "policies")], absent(drop_objects=True, scripts_done=True)),
        ([], absent(drop_objects=True, was_automatic=True)),
        ([], absent()),
        ([("cleanup", "policies")], absent("none", drop_objects=True)),
    ],
)
def test_scripts(expected, found):
    assert names(found) == expected


def test_what_each_script_tolerates():
    assert [row["tolerate"] for row in plan()["scripts"]] == [list(EXISTS)] * 2
    assert plan("updated", "enabled")["scripts"][0]["tolerate"] == [*EXISTS, *IS_GONE]
    assert absent(drop_objects=True)["scripts"][0]["tolerate"] == list(IS_GONE)


@pytest.mark.parametrize(
    ("run", "kept", "check", "temporary", "generates"),
    [
        (True, "", False, True, True),
        (True, "", True, True, True),
        (True, "/kept", False, False, True),
        (True, "/kept", True, True, True),
        (False, "/kept", False, False, True),
        (False, "/kept", True, False, False),
    ],
)
def test_where_scripts_are_kept(run, kept, check, temporary, generates):
    todo = plan(run_scripts=run, scripts_dir=kept, check_mode=check)
    assert (todo["temporary"], todo["generates"]) == (temporary, generates)
    assert todo["scripts"][0]["dest"] == ("" if temporary else "/kept/initial_create.sql")


def test_the_place_of_scripts_is_compared_between_hosts():
    assert plan()["scripts_location"] == ""
    assert plan(scripts_dir="/kept")["scripts_location"] == "/kept"
    assert plan(scripts_dir="/kept", is_local=False)["scripts_location"] == "/kept on cluster"
    assert plan("none", "enabled", scripts_dir="/kept")["scripts_location"] == ""


@pytest.mark.parametrize(
    ("missing", "found"),
    [
        ("", plan()),
        ("run|host", plan(sql_host="")),
        ("run|login_user login_password", plan(login_user="", login_password="")),
        ("", plan(login_user="", login_password="", login_aws={"cluster_identifier": "analytics"})),
        ("run|database", absent(drop_objects=True, database="")),
        ("hand over|scripts_dir", plan(run_scripts=False)),
        ("", plan(run_scripts=False, scripts_dir="/kept", login_user="")),
        ("", plan("none", "enabled", login_user="")),
    ],
)
def test_what_is_missing_to_run_the_scripts(missing, found):
    purpose, _bar, options = missing.partition("|")
    listed = " and ".join(f"redshift_integration_{name}" for name in options.split())
    wanted = f"Nothing was changed. To {purpose} the scripts from Immuta, set {listed}." if missing else ""
    assert found["problem"] == wanted


def test_a_bastion_gets_the_scripts_from_the_controller():
    assert plan(sql_delegate_to="bastion")["problem"] == ""
    assert plan(sql_delegate_to="bastion", is_local=False)["problem"] == (
        "Nothing was changed. redshift_integration_sql_delegate_to=bastion sends the scripts from the controller, but "
        "cluster does not have a local connection. Set connection: local for the play."
    )
    handed_over = {"run_scripts": False, "scripts_dir": "/kept"}
    assert plan(sql_delegate_to="bastion", is_local=False, **handed_over)["problem"] == ""
    assert plan("none", "enabled", sql_delegate_to="bastion", is_local=False)["problem"] == ""


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("refuse", plan(login_user="")),
        ("refuse", plan("updated", "enabled", login_user="")),
        ("refuse", plan("repaired", "createError", cleanup_on_error=True, login_password="")),
        ("refuse", absent(drop_objects=True, login_user="")),
        ("cleanup_leftovers", absent("none", drop_objects=True, login_password="")),
        ("", plan("none", "enabled", login_user="")),
    ],
)
def test_nothing_is_begun_that_cannot_be_finished(expected, found):
    """But only the tasks for leftovers know whether there are some."""
    assert found["tasks"] == found["tasks_if_shared"] == expected


def test_what_follows_if_hosts_share_a_directory():
    found = plan(run_scripts=False, scripts_dir="/kept")
    assert (found["tasks"], found["tasks_if_shared"]) == ("bootstrap", "refuse")
    assert absent("none", drop_objects=True, scripts_dir="/kept")["tasks_if_shared"] == "cleanup_leftovers"


def test_preflight_of_a_creation():
    assert plan()["preflight"] == {
        "login_db": "dev",
        "rights": ["create_database", "create_user"],
        "database": "policies",
        "existing_objects": "adopt",
        "python_udfs": True,
        "options": ["login", "preflight", "account"],
    }
    one_script = plan(initial_database="", existing_objects="fail")["preflight"]
    assert (one_script["login_db"], one_script["rights"]) == ("policies", ["create_user"])
    assert not one_script["python_udfs"]
    assert one_script["existing_objects"] == "fail"
    assert plan(existing_objects="fail", cleaned_up=True)["preflight"]["existing_objects"] == "ignore"


def test_preflight_of_a_change():
    found = plan("updated", "enabled", existing_objects="fail")["preflight"]
    assert (found["existing_objects"], found["database"]) == ("ignore", "")
    assert found["options"] == ["login", "preflight", "username"]
    for changes in ({"update_password": "always"}, {"reset_password": "true"}):
        assert plan("updated", "enabled", **changes)["preflight"]["options"] == ["login", "preflight", "account"]


def test_no_preflight_without_scripts_to_run():
    assert plan(run_scripts=False, scripts_dir="/kept")["preflight"] is None
    assert plan(scripts_done=True)["preflight"] is None


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        (True, {}),
        (False, {"check_mode": True}),
        (False, {"run_scripts": False}),
        (False, {"scripts_done": True}),
        (False, {"authentication_type": "okta"}),
        (False, {"password": ""}),
        (False, {"authentication_type": "", "integration": {"config": {}}}),
        (True, {"authentication_type": "", "integration": INTEGRATION}),
    ],
)
def test_whether_the_system_account_logs_in(expected, changes):
    assert plan("updated", "enabled", **changes)["verify_login"] is expected


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        (True, {}),
        (False, {"check_mode": True}),
        (False, {"run_scripts": False}),
        (True, {"run_scripts": False, "scripts_done": True}),
    ],
)
def test_whether_immuta_is_changed(expected, changes):
    assert plan(**changes)["finish"] is expected


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (False, plan()),
        (True, plan(check_mode=True)),
        (False, plan(check_mode=True, run_scripts=False)),
        (True, plan(check_mode=True, run_scripts=False, scripts_done=True)),
        (True, plan(auto_bootstrap=True)),
        (True, absent()),
        (False, absent(drop_objects=True)),
        (True, absent(drop_objects=True, check_mode=True)),
    ],
)
def test_which_task_reports_the_change(expected, found):
    assert found["reports_change"] is expected


def test_messages_after_the_comparison():
    lines = ["warning: Objects: One is missing.", "passed: Login"]
    assert plan(auto_bootstrap=True, integration=INTEGRATION)["messages"] == lines
    assert "those in database policies" in absent()["messages"][0]
    assert "in database of the integration" in absent(database="")["messages"][0]


def test_no_secret_is_in_a_plan():
    for operation, check, run in itertools.product(("created", "updated", "none"), (True, False), (True, False)):
        assert "Marker" not in json.dumps(plan(operation, check_mode=check, run_scripts=run))


def test_a_comparison_that_failed_has_nothing_to_continue_with():
    assert _bootstrap_plan.bootstrap_plan({"failed": True, "msg": "No."}, MANUAL)["tasks"] == ""


def test_types_of_ansible_stay_as_they_are():
    @dataclasses.dataclass
    class Outer:
        rows: tuple[_bootstrap_plan.Script, ...]
        own: UserDict[str, int]

    own = UserDict(a=1)
    found = as_data(Outer((_bootstrap_plan.Script("edit", "policies", ("3D000",)),), own))
    assert found["own"] is own
    assert found["rows"] == [{"script": "edit", "database": "policies", "tolerate": ["3D000"], "dest": ""}]
