# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and the manual bootstrap: complete, handed over, interrupted, and refused before anything is changed."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest

from tests.integration.conftest import Labs
from tests.integration.support.playbook_runner import PlaybookRunner, Run, local_host
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    HOST,
    PASSWORD,
    PREFIX,
    RUN,
    calls,
    changed,
    databases,
    left_behind,
    login,
    logins,
    manual,
    message,
    mode,
    module_play,
    outcome,
    role_play,
    role_vars,
    statuses,
    step,
    users,
    writes,
)
from tests.lab.client import LabClient
from tests.lab.immuta_api import scripts

READ = "GET /integrations"
FIRST, SECOND = "POST /integrations/scripts/initial-create", "POST /integrations/scripts/create"
FINISH = ["POST /integrations", "GET /integrations/1"]
STATEMENTS = {"initial_create": 7, "create": 29}


def apply(playbook: PlaybookRunner, lab: LabClient, *, run: t.Any = None, **changes: t.Any) -> Run:
    """Apply the role to a manual integration; ``run`` are options of the runner."""
    return playbook(role_play(), extra_vars=role_vars(lab, manual(), **changes), **(run or {}))


def shown(scripts: list[dict[str, t.Any]]) -> list[tuple[str, str]]:
    """Return script and database of each script in the result of the role."""
    return [(row["script"], row["database"]) for row in scripts]


def assert_no_secret(lab: LabClient, run: Run, password: str = PASSWORD) -> None:
    """Check that a run showed no password and no key."""
    for secret in (password, lab.redshift_admin_password, lab.immuta_api_key):
        assert secret not in run.output


@pytest.mark.parametrize(
    ("redshift_like", "driver"),
    [(True, "psycopg2"), (True, "psycopg3"), (False, "psycopg3")],
    ids=["redshift-psycopg2", "redshift-psycopg3", "postgresql"],
)
def test_bootstrap(labs: Labs, playbook: PlaybookRunner, redshift_like: bool, driver: str) -> None:
    lab, both = labs(redshift_like), [("initial_create", "dev"), ("create", DATABASE)]
    lab.reset()
    lab.switches(**AT_ONCE)
    preview = apply(playbook, lab, run={"check": True, "diff": True, "driver": driver})
    assert outcome(preview)["operation"] == "created"
    assert outcome(preview)["changed"]
    assert changed(preview)
    assert shown(outcome(preview)["scripts"]) == both
    assert [statuses(row) for row in outcome(preview)["scripts"]] == [{"planned"}, {"planned"}]
    assert {row["script"]: len(row["statements"]) for row in outcome(preview)["scripts"]} == STATEMENTS
    assert calls(lab) == [READ, FIRST, SECOND]
    assert (lab.integrations(), databases(lab), users(lab), writes(lab)) == ([], set(), set(), [])
    assert left_behind(preview) == []
    assert_no_secret(lab, preview)

    run = apply(playbook, lab, run={"driver": driver})
    result = outcome(run)
    assert (result["operation"], result["changed"], result["integration"]["status"]) == ("created", True, "enabled")
    assert shown(result["scripts"]) == both
    assert [statuses(row) for row in result["scripts"]] == [{"ok"}, {"ok"}]
    assert calls(lab) == [READ, FIRST, SECOND, READ, *FINISH]
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    assert not lab.can_log_in(ACCOUNT, "********", DATABASE)
    assert left_behind(run) == []
    assert_no_secret(lab, run)
    before = len(logins(lab))

    for options in ({}, {"check": True}):
        again = apply(playbook, lab, run={**options, "driver": driver})
        assert outcome(again)["operation"] == "none"
        assert outcome(again)["integration"] == result["integration"]
        assert (changed(again), calls(lab), len(logins(lab))) == ([], [READ], before)


def test_payloads_are_identical(lab: LabClient, playbook: PlaybookRunner) -> None:
    impersonation = {"enabled": True, "role": "may_impersonate"}
    run = apply(playbook, lab, port=5440, impersonation=impersonation, extra_config={"connectArgs": "a=b"})
    bodies = [row["body"] for row in lab.requests() if row["method"] == "POST"]
    assert len(bodies) == 3
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["autoBootstrap"] is False
    assert bodies[0]["config"]["impersonation"] == impersonation
    assert lab.sql("SELECT groname FROM pg_group WHERE groname = 'may_impersonate'")
    assert logins(lab)[:4] == [("awsuser", "dev")] * 2 + [("awsuser", DATABASE), (ACCOUNT, DATABASE)]
    assert outcome(run)["integration"]["config"]["port"] == 5440


@pytest.mark.parametrize(
    ("password", "driver"),
    [
        ("Aa1%%d%s;$$x", "psycopg3"),
        ("Aa1%%d%s;$$x", "psycopg2"),
        ("DATABASE1create", "psycopg3"),
        ("$x$Abc123", "psycopg2"),
    ],
    ids=["percent-psycopg3", "percent-psycopg2", "word-psycopg3", "dollar-psycopg2"],
)
def test_one_script(lab: LabClient, playbook: PlaybookRunner, password: str, driver: str) -> None:
    lab.switches(**AT_ONCE)
    lab.sql(f"CREATE DATABASE {DATABASE}")
    one = {"initial_database": None, "password": password, "run": {"driver": driver}}
    run = apply(playbook, lab, **one)
    assert shown(outcome(run)["scripts"]) == [("create", DATABASE)]
    assert calls(lab) == [READ, SECOND, READ, *FINISH]
    assert lab.can_log_in(ACCOUNT, password, DATABASE)
    assert_no_secret(lab, run, password)


def test_token(lab: LabClient, playbook: PlaybookRunner) -> None:
    exchange = "POST /bim/apikey/authenticate"
    run = apply(playbook, lab, immuta_auth="token")
    assert outcome(run)["operation"] == "created"
    assert {row["authorization"] for row in lab.requests() if row["path"].startswith("/integrations")} == {"token"}
    lab.clear_requests()
    again = apply(playbook, lab, immuta_auth="token")
    assert (changed(again), calls(lab)) == ([], [exchange, READ])


def test_okta(lab: LabClient, playbook: PlaybookRunner) -> None:
    okta = {
        "username": "svc_immuta", "password": "OktaSecret1", "app_id": "redshift/0oa1", "idp_host": "example.okta.com",
        "role": "Admin",
    }  # fmt: skip
    settings = {"authentication_type": "okta", "okta": okta, "username": None, "password": None}
    run = apply(playbook, lab, **settings)
    assert outcome(run)["operation"] == "created"
    assert "OktaSecret1" not in run.output
    again = apply(playbook, lab, **settings, run={"check": True})
    assert outcome(again)["operation"] == "none"
    assert changed(again) == []


def test_variables_that_are_omitted_and_a_dictionary_that_is_a_text(lab: LabClient, playbook: PlaybookRunner) -> None:
    okta = {"username": "svc_immuta", "password": "OktaSecret1", "app_id": "a", "idp_host": "b", "role": "c"}
    settings = {"authentication_type": "okta", "okta": json.dumps(okta), "username": None, "password": None}
    omitted = {"timeout": "{{ none_such | default(omit) }}", "ca_path": "{{ omit }}"}
    run = apply(playbook, lab, **settings, **omitted)
    assert outcome(run)["operation"] == "created"
    assert "OktaSecret1" not in run.output


def test_scripts_are_handed_over(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    lab.switches(**AT_ONCE)
    directory = tmp_path / "scripts"
    by_others = {"run_scripts": False, "scripts_dir": str(directory), "login_user": None, "login_password": None}
    run = apply(playbook, lab, **by_others)
    assert changed(run)
    assert (mode(directory), [mode(path) for path in directory.iterdir()]) == (0o700, [0o600, 0o600])
    (said,) = run.task("Show the details")["msg"]
    assert f"{directory}/initial_create.sql in database dev (7 statements)" in said
    assert f"{directory}/create.sql in database {DATABASE} (29 statements)" in said
    assert "redshift_integration_scripts_done=true" in said
    assert (lab.integrations(), logins(lab), left_behind(run)) == ([], [], [])
    assert outcome(run)["operation"] == "none"
    assert_no_secret(lab, run)

    again = apply(playbook, lab, **by_others)
    assert changed(again) == []
    scripts = [
        step(name, RUN, {"path": str(directory / f"{name}.sql"), "login_db": database})
        for name, database in (("initial_create", "dev"), ("create", DATABASE))
    ]
    playbook(module_play(lab, *scripts))
    calls(lab)
    done = apply(playbook, lab, **{**by_others, "scripts_done": True})
    assert outcome(done)["operation"] == "created"
    assert calls(lab) == [READ, *FINISH]
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    last = apply(playbook, lab, **by_others)
    assert (outcome(last)["operation"], changed(last), calls(lab)) == ("none", [], [READ])


def test_hand_over_is_predicted(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    by_others = {"run_scripts": False, "scripts_dir": str(tmp_path / "scripts")}
    preview = apply(playbook, lab, **by_others, run={"check": True})
    assert not (tmp_path / "scripts").exists()
    assert (outcome(preview)["operation"], left_behind(preview)) == ("none", [])
    assert changed(preview)


def test_scripts_kept(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    directory = tmp_path / "kept"
    run = apply(playbook, lab, scripts_dir=str(directory))
    assert outcome(run)["operation"] == "created"
    assert sorted(path.name for path in directory.iterdir()) == ["create.sql", "initial_create.sql"]
    assert mode(directory) == 0o700
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)


INTERRUPTIONS = {
    "in script 1": (
        {"on": "GRANT CREATE", "kind": "error", "sqlstate": "XX000"},
        "6 of 7 (line 15, GRANT CREATE TEMP)",
    ),
    "in script 2": (
        {"on": "CREATE TABLE.*profile", "kind": "error", "sqlstate": "42501"},
        "5 of 29 (line 13, CREATE TA",
    ),
    "response lost in script 1": ({"on": "CREATE USER", "kind": "cut_after"}, "2 of 7 (line 7, CREATE USER)"),
}


@pytest.mark.parametrize("name", INTERRUPTIONS)
def test_interrupted(lab: LabClient, playbook: PlaybookRunner, name: str) -> None:
    fault, where = INTERRUPTIONS[name]
    lab.proxy_fault(**fault, **({"message": "It was refused."} if fault["kind"] == "error" else {}))
    run = apply(playbook, lab, run={"expect_rc": 2})
    assert f"statement {where}" in message(run)
    assert "awsuser" not in message(run)
    assert fault.get("sqlstate", "") in message(run)
    assert (lab.integrations(), left_behind(run)) == ([], [])
    assert_no_secret(lab, run)
    assert "PASSWORD '" not in run.output
    again = apply(playbook, lab)
    assert outcome(again)["operation"] == "created"
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    assert left_behind(again) == []


def test_immuta_fails(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.fault(kind="status", method="POST", path="^/integrations$", status=500)
    run = apply(playbook, lab, run={"expect_rc": 2})
    assert "500" in message(run)
    assert left_behind(run) == []
    assert_no_secret(lab, run)
    again = apply(playbook, lab)
    assert outcome(again)["operation"] == "created"


def test_the_script_cannot_be_generated(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.fault(kind="status", path="scripts/create", status=500, times=None)
    run = apply(playbook, lab, retries=0, run={"expect_rc": 2})
    assert "POST /integrations/scripts/create: Immuta returned HTTP 500" in message(run)
    assert left_behind(run) == []


def test_response_to_create_is_lost(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.fault(kind="reset_after", method="POST", path="^/integrations$")
    run = apply(playbook, lab)
    assert outcome(run)["operation"] == "created"
    assert len(lab.integrations()) == 1


def test_failed_create_is_repaired(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(create_outcome="error", **AT_ONCE)
    run = apply(playbook, lab, run={"expect_rc": 2})
    assert "createError" in message(run)
    lab.switches(create_outcome="ok")
    again = apply(playbook, lab)
    assert outcome(again)["operation"] == "repaired"
    assert outcome(again)["integration"]["status"] == "enabled"
    assert outcome(apply(playbook, lab))["operation"] == "none"


def test_preflight_reports_all_problems(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.proxy_switches(case_sensitive=True, version="PostgreSQL 15.4")
    limited = {"login_user": lab.redshift_limited_user, "login_password": lab.redshift_limited_password}
    run = apply(playbook, lab, **limited, database="Immuta_Policies", password="too'short", run={"expect_rc": 2})
    said = message(run)
    for part in (
        "does not identify itself as Amazon Redshift",
        "enable_case_sensitive_identifier is on",
        "analyst is not allowed to create databases and create users",
        "database Immuta_Policies would become immuta_policies",
        "must contain an upper-case letter, must contain a digit, must not contain",
        "Nothing was changed.",
    ):
        assert part in said
    assert "too'short" not in run.output
    assert (calls(lab), writes(lab), left_behind(run)) == ([READ], [], [])


def test_preflight_unreachable(lab: LabClient, playbook: PlaybookRunner) -> None:
    run = apply(playbook, lab, login_port=1, password="short", run={"expect_rc": 2})
    assert "127.0.0.1:1 as awsuser" in message(run)
    assert "Check login_host, login_port and the network" in message(run)
    assert "Redshift would reject the password" in message(run)
    assert calls(lab) == [READ]


def test_preflight_wrong_tls(lab: LabClient, plain_lab: LabClient, playbook: PlaybookRunner) -> None:
    run = apply(playbook, lab, ssl_mode="verify-full", ca_cert="/nonexistent/ca.pem", run={"expect_rc": 2})
    assert "Check ssl_mode and ca_cert" in message(run)
    run = apply(playbook, plain_lab, ssl_mode="require", run={"expect_rc": 2})
    assert "Check ssl_mode and ca_cert" in message(run)
    good = apply(playbook, lab, ssl_mode="verify-full", ca_cert=lab.redshift_ca_cert, run={"check": True})
    assert outcome(good)["operation"] == "created"


def test_preflight_plain_postgresql(plain_lab: LabClient, playbook: PlaybookRunner) -> None:
    run = apply(playbook, plain_lab, require_redshift=True, run={"expect_rc": 2})
    assert "does not identify itself as Amazon Redshift" in message(run)
    assert (databases(plain_lab), users(plain_lab)) == (set(), set())


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"login_user": None, "login_password": None}, ["redshift_integration_login_user", "_login_password"]),
        ({"run_scripts": False}, ["redshift_integration_scripts_dir"]),
        ({"password": None}, ["set username and password"]),
        ({"database": None, "authentication_type": None}, ["set database and authentication_type"]),
        ({"immuta_url": None}, ["immuta_url"]),
        ({"host": f"https://{HOST}", "port": 70000}, ["remove the scheme", "got 70000"]),
    ],
)
def test_missing_options(lab: LabClient, playbook: PlaybookRunner, changes: dict[str, t.Any], parts: list[str]) -> None:
    run = apply(playbook, lab, **changes, run={"expect_rc": 2})
    assert all(part in message(run) for part in parts), message(run)
    assert (logins(lab), lab.integrations(), left_behind(run)) == ([], [], [])
    assert_no_secret(lab, run)


def test_password_of_the_account_is_different(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.proxy_fault(kind="refuse_auth", user=ACCOUNT)
    run = apply(playbook, lab, run={"expect_rc": 2})
    assert "the system account cannot log in" in message(run)
    assert lab.integrations() == []
    assert_no_secret(lab, run)


def test_two_hosts(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**AT_ONCE)
    names = ("one", "two")
    hosts = {
        name: {
            **local_host(),
            PREFIX + "host": f"{name}.example.com",
            PREFIX + "database": f"immuta_{name}",
            PREFIX + "username": f"system_{name}",
        }
        for name in names
    }
    common = role_vars(lab, manual(host=None, database=None, username=None))
    inventory = {"all": {"hosts": hosts, "vars": common}}
    playbook(role_play(), inventory=inventory)
    assert {row["config"]["host"]: row["status"] for row in lab.integrations()} == {
        f"{name}.example.com": "enabled" for name in names
    }
    assert databases(lab) == {"immuta_one", "immuta_two"}
    assert all(lab.can_log_in(f"system_{name}", PASSWORD, f"immuta_{name}") for name in names)
    lab.clear_requests()
    again = playbook(role_play(), inventory=inventory)
    assert (changed(again), len(lab.requests())) == ([], 2)


def test_settings_from_the_environment(lab: LabClient, playbook: PlaybookRunner) -> None:
    env = {"IMMUTA_URL": lab.immuta_url, "IMMUTA_API_KEY": lab.immuta_api_key}
    run = apply(playbook, lab, immuta_url=None, immuta_api_key=None, run={"check": True, "env": env})
    assert outcome(run)["operation"] == "created"
    assert_no_secret(lab, run)


def test_accounts_from_the_environment(lab: LabClient, playbook: PlaybookRunner) -> None:
    """The password of the system account looks like a template, and is not templated."""
    password = "Aa1{{1+1}}{%x%}#[%s]"
    env = {
        "REDSHIFT_LOGIN_USER": lab.redshift_admin_user, "REDSHIFT_LOGIN_PASSWORD": lab.redshift_admin_password,
        "IMMUTA_SYSTEM_USERNAME": ACCOUNT, "IMMUTA_SYSTEM_PASSWORD": password,
    }  # fmt: skip
    blank = {"login_user": "", "login_password": "", "username": "", "password": None}
    lab.switches(**AT_ONCE)
    run = apply(playbook, lab, **blank, run={"env": env})
    assert outcome(run)["operation"] == "created"
    assert lab.can_log_in(ACCOUNT, password, DATABASE)
    assert_no_secret(lab, run, password)
    again = apply(playbook, lab, login_password=None, password="Another1", run={"env": {**env, "IMMUTA_URL": ""}})
    assert outcome(again)["operation"] == "none"


@pytest.mark.matrix
def test_passwords_arrive_byte_for_byte(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """From the environment and from a host variable, which overrides it; before 2.19, texts may become lists."""
    exotic = "a'b\"c\\%d{{ 1+1 }}{%\n#{\t$x "
    own = {"listed": '[1, "two"]', "flag": "True", "mapping": "{'a': 1}", "blank": "", "unset": None}
    by_others = {"run_scripts": False, "scripts_dir": f"{tmp_path}/{{{{ inventory_hostname }}}}"}
    common = role_vars(lab, manual(host="{{ inventory_hostname }}.example.com", password=None), **by_others)
    own_variables = {name: {} if value is None else {f"{PREFIX}password": value} for name, value in own.items()}
    inventory = {
        "all": {"hosts": {name: {**local_host(), **row} for name, row in own_variables.items()}, "vars": common}
    }
    playbook(role_play(), inventory=inventory, env={"IMMUTA_SYSTEM_PASSWORD": exotic})
    for name, value in own.items():
        script = (tmp_path / name / "initial_create.sql").read_bytes().decode()
        assert f"PASSWORD {scripts.text(value or exotic)};" in script


def test_arguments_of_all_tasks_are_shown_without_secrets(lab: LabClient, playbook: PlaybookRunner) -> None:
    """No task of the role has no_log: the modules mask their own secrets."""
    env = {"ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1"}
    run = apply(playbook, lab, run={"verbosity": 3, "diff": True, "env": env})
    assert outcome(run)["operation"] == "created"
    assert_no_secret(lab, run)
    assert login(lab)["login_user"] in run.output
    assert "the output has been hidden" not in run.output


def results_of(run: Run) -> int:
    """Return how many task results the recap of the only host counts."""
    (recap,) = re.findall(r"ok=(\d+) +changed=\d+ .*skipped=(\d+)", run.stdout)
    return sum(map(int, recap))


def test_task_results(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Each task result costs a worker process, which takes most of the time of a fleet."""
    play = Path("community.immuta.redshift_integration")
    hosts = {"cluster": {**local_host(), **role_vars(lab, manual())}}
    inventory = {"redshift_clusters": {"hosts": hosts}}
    assert results_of(playbook(play, inventory=inventory)) <= 20
    assert results_of(playbook(play, inventory=inventory)) <= 5
