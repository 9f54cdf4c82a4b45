# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Immuta may do where nothing is documented: each switch of the simulator, with each of its values."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest

from tests.integration.support.playbook_runner import PlaybookRunner, Run
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    INTEGRATION,
    PASSWORD,
    RUN,
    SCRIPT,
    Options,
    automatic,
    has_failed,
    manual,
    message,
    module_play,
    put_manual,
    record,
    role_play,
    role_vars,
    step,
)
from tests.lab.client import LabClient
from tests.lab.immuta_api.errors import envelope
from tests.lab.immuta_api.switches import Switches

QUICK = {**AT_ONCE, "check_warehouse": False}
ON = {"impersonation": {"enabled": True, "role": "may_impersonate"}}
LIFE = {"create": "created", "again": "none", "update": "updated", "keep": "none", "delete": "deleted", "gone": "none"}
OKTA = {
    "authentication_type": "okta", "username": None, "password": None,
    "okta": {"username": "svc", "password": "OktaSecret1", "app_id": "redshift/0oa1", "idp_host": "okta.example.com",
             "role": "Admin"},
}  # fmt: skip
#: switches that change nothing in the lifecycle of an automatic integration, each with all values but its default
UNNOTICED: list[Options] = [
    {},
    {"id_type": "number"},
    {"success_code": 201},
    {"secrets_in_get": "redacted"},
    {"secrets_in_get": "null"},
    {"username_in_get": False},
    {"port_default_returned": False},
    {"impersonation_default": "absent"},
    {"extra_fields": True},
    {"delete_end": "deleted"},
    {"delete_end": "disabled"},
    {"delete_end": "deleted", "gone_in_list": False},
    {"delete_response": "deleted"},
    {"delete_response": "no_content"},
    {"status_body": "bare"},
    {"status_body": "string"},
    {"missing_endpoints": ["/integrations/{id}/status", "/health", "/bim/apikey/authenticate"]},
    {
        "connection_endpoints": ["/data/connection/{key}", "/api/connections/{key}"],
        "id_schema": "positive",
        "delete_empty_object": "no_body",
    },
    {"fields_not_known": ["port"], "port_default_returned": False},
    {"echo_secrets": True},
    {"echo_secrets": True, "echo_form": "percent"},
    {"delete_busy_verb": "delete"},
    {"bearer_key_accepted": False, "bare_token_accepted": False},
    {"non_editable": []},
    {"put_replaces": False},
    {"put_requires_credentials": False},
    {"delete_body": "flat"},
    {"unknown_fields": "rejected"},
    {"validation_outcomes": {"*": "skipped"}},
    {"check_warehouse": True},
    {"create_seconds": 0.4, "edit_seconds": 0.4, "delete_seconds": 0.4},
]
#: switches that change nothing in the manual bootstrap
UNNOTICED_BY_SCRIPTS: list[Options] = [
    {"script_response": "json_string"},
    {"script_response": "json_object"},
    {"script_response": "json_string", "script_content_type": "text/plain"},
    {"script_content_type": "application/json"},
    {"script_timestamp": True, "success_code": 201},
    {"script_create_rerunnable": False},
    {"script_host_check": "none", "delete_empty_object": "payload"},
    {"script_host_check": "connect"},
    {"bootstrap_form": "classic", "automatic_offered": False},
]
#: switches with their own test, here or in other files of this directory
OWN_TEST = {
    "schema_errors", "error_validation", "script_python_udf", "okta_layout", "okta_app_id",
    "validation_in_422", "token_lifetime", "existing_database_allowed", "rate_limit", "retry_after",
    "create_outcome", "edit_outcome", "delete_outcome", "migrate_outcome", "migrate_seconds",
    "script_edit_sets_password",
}  # fmt: skip


def life(lab: LabClient, settings: Options) -> list[Options]:
    """Return tasks that create, change and delete an integration, each twice."""
    gone = {**settings, "state": "absent"}
    options = (settings, settings, {**settings, **ON}, {**settings, **ON}, gone, gone)
    return [step(name, INTEGRATION, chosen) for name, chosen in zip(LIFE, options, strict=True)]


def outcomes(run: Run, names: t.Iterable[str]) -> dict[str, str]:
    """Return the operation of each task, or the message of a task that failed."""
    results = {name: run.task(name) for name in names}
    return {name: result["msg"] if has_failed(run, name) else result["operation"] for name, result in results.items()}


def named(switches: Options) -> str:
    """Return switches as the name of a test."""
    return ",".join(f"{name}={value}" for name, value in switches.items()) or "defaults"


def test_every_switch_has_a_test() -> None:
    tested = {name for switches in (*UNNOTICED, *UNNOTICED_BY_SCRIPTS) for name in switches} | OWN_TEST
    assert tested == {field.name for field in dataclasses.fields(Switches)}


@pytest.mark.parametrize("switches", UNNOTICED, ids=named)
def test_unnoticed(lab: LabClient, playbook: PlaybookRunner, switches: Options) -> None:
    lab.switches(**{**QUICK, **switches})
    run = playbook(module_play(lab, *life(lab, automatic(lab))))
    assert outcomes(run, LIFE) == LIFE
    assert lab.redshift_admin_password not in run.output
    assert [row for row in lab.integrations() if row["status"] not in ("deleted", "disabled")] == []
    ids = [run.task(name)["integration"]["id"] for name in ("create", "again", "update", "keep")]
    assert ids == ["1"] * 4


@pytest.mark.parametrize("switches", UNNOTICED_BY_SCRIPTS, ids=named)
def test_unnoticed_by_scripts(lab: LabClient, playbook: PlaybookRunner, switches: Options, tmp_path: Path) -> None:
    lab.switches(**{**AT_ONCE, **switches})
    steps = []
    for name, database in (("initial_create", "dev"), ("create", DATABASE)):
        dest = str(tmp_path / f"{name}.sql")
        steps += [
            step(f"generate {name}", SCRIPT, {**manual(), "script": name, "dest": dest}),
            step(f"run {name}", RUN, {"path": dest, "login_db": database}),
        ]
    create = [step(name, INTEGRATION, manual()) for name in ("create", "again")]
    run = playbook(module_play(lab, *steps, *create))
    assert outcomes(run, ("create", "again")) == {"create": "created", "again": "none"}
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    assert PASSWORD not in run.output


FIRST, ONLY, SECOND = "first script", "only script", "second script"


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ("both", {}),
        ("classic", {ONLY: '"config.initialDatabase" is required'}),
        ("single", {FIRST: '"type" must be one of [Azure', SECOND: '"config.initialDatabase" is not allowed'}),
    ],
)
def test_bootstrap_form(
    lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, form: str, refused: dict[str, str]
) -> None:
    lab.switches(bootstrap_form=form)
    classic, single = manual(), manual(initial_database=None)
    scripts = {
        FIRST: {**classic, "script": "initial_create", "dest": str(tmp_path / "1.sql")},
        SECOND: {**classic, "script": "create", "dest": str(tmp_path / "2.sql")},
        ONLY: {**single, "script": "create", "dest": str(tmp_path / "only.sql")},
    }
    run = playbook(module_play(lab, *(step(name, SCRIPT, options) for name, options in scripts.items())))
    assert {name for name in scripts if has_failed(run, name)} == set(refused)
    for name, words in refused.items():
        assert f"400 ({words}" in run.task(name)["msg"]


@pytest.mark.parametrize("check", ["strict", "conflict", "none"])
def test_script_for_a_host_that_is_taken(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, check: str) -> None:
    lab.switches(script_host_check=check)
    lab.seed(record(manual()))
    script = {**manual(), "script": "create", "dest": str(tmp_path / "create.sql")}
    run = playbook(module_play(lab, step("generate", SCRIPT, script)))
    assert has_failed(run, "generate") is (check != "none")
    assert check == "none" or "Redshift integration already exists on" in run.task("generate")["msg"]


@pytest.mark.parametrize(("spelling", "layout"), [("appId", "nested"), ("appID", "nested"), ("appID", "flat")])
def test_okta(lab: LabClient, playbook: PlaybookRunner, spelling: str, layout: str) -> None:
    lab.switches(**QUICK, okta_app_id=spelling, okta_layout=layout)
    steps = [step(name, INTEGRATION, manual(**OKTA)) for name in ("create", "again")]
    run = playbook(module_play(lab, *steps, *life(lab, automatic(lab, host="auto.example.com", **OKTA))))
    assert outcomes(run, LIFE) == LIFE
    assert run.task("create")["integration"]["config"]["authentication_type"] == "okta"
    assert lab.integrations()[0]["config"]["okta"]["appId"] == "redshift/0oa1"
    assert "OktaSecret1" not in run.output


@pytest.mark.parametrize("layout", ["nested", "flat"])
def test_okta_settings_are_compared(lab: LabClient, playbook: PlaybookRunner, layout: str) -> None:
    lab.switches(**QUICK, okta_app_id="appID", okta_layout=layout)
    steps: dict[str, Options] = {}
    for name, settings in (("manual", manual(**OKTA)), ("auto", automatic(lab, host="auto.example.com", **OKTA))):
        other = {**settings, "okta": {**settings["okta"], "app_id": "other"}}
        chosen = {"create": settings, "again": settings, "other": other, "other again": other}
        steps |= {f"{name}: {task}": step(f"{name}: {task}", INTEGRATION, options) for task, options in chosen.items()}
    run = playbook(module_play(lab, *steps.values()))
    assert list(outcomes(run, steps).values()) == ["created", "none", "updated", "none"] * 2


@pytest.mark.parametrize("shown", [True, False])
def test_refused_validation(lab: LabClient, playbook: PlaybookRunner, shown: bool) -> None:
    lab.switches(**QUICK, validation_in_422=shown, validation_outcomes={"Grants": "failed"})
    lab.seed({**record(automatic(lab, host="auto.example.com")), "id": 7})
    steps = [
        step("create", INTEGRATION, automatic(lab)),
        step("update", INTEGRATION, automatic(lab, id="7", host=None, **ON)),
        step("delete", INTEGRATION, automatic(lab, id="7", host=None, state="absent")),
    ]
    run = playbook(module_play(lab, *steps))
    for verb, name in (("create", "create"), ("edit", "update"), ("delete", "delete")):
        text = run.task(name)["msg"]
        assert f"422 (Validation of prerequisite setup failed. Unable to {verb} integration.)" in text
        assert ("failed: Validate Automatic Bootstrap User Grants" in text) is shown
    assert [row["status"] for row in lab.integrations()] == ["enabled"]


def test_delete_body_of_another_layout(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**QUICK, delete_body="nested")
    lab.seed(record(automatic(lab)))
    run = playbook(module_play(lab, step("delete", INTEGRATION, automatic(lab, state="absent"))))
    assert "require privileged credentials to disable. Please provide them in your payload" in run.task("delete")["msg"]


@pytest.mark.parametrize("known", ["accepted", "rejected"])
def test_unknown_field(lab: LabClient, playbook: PlaybookRunner, known: str) -> None:
    lab.switches(**QUICK, unknown_fields=known)
    settings = automatic(lab, extra_config={"novelty": {"level": 3}})
    run = playbook(module_play(lab, *life(lab, settings)))
    if known == "accepted":
        assert outcomes(run, LIFE) == LIFE
        assert run.task("again")["integration"]["config"]["extra_config"] == {"novelty": {"level": 3}}
    else:
        message = run.task("create")["msg"]
        assert '400 ("config.novelty" is not allowed; source: payload, keys: config.novelty)' in message


@pytest.mark.parametrize(
    ("switches", "message"),
    [
        ({"error_validation": "absent"}, '"config.novelty" is not allowed)'),
        ({"error_validation": "list"}, '"config.novelty" is not allowed; code: schema, path: config, novelty'),
        ({"schema_errors": "unnamed"}, "Invalid request payload input)"),
    ],
    ids=["absent", "list", "unnamed"],
)
def test_errors_of_the_schema(lab: LabClient, playbook: PlaybookRunner, switches: Options, message: str) -> None:
    lab.switches(**QUICK, unknown_fields="rejected", **switches)
    settings = automatic(lab, extra_config={"novelty": 1})
    run = playbook(module_play(lab, step("create", INTEGRATION, settings)))
    assert f"400 ({message}" in run.task("create")["msg"]
    assert lab.redshift_admin_password not in run.output


@pytest.mark.parametrize("lifetime", [3600.0, 0.0])
def test_token_lifetime(lab: LabClient, playbook: PlaybookRunner, lifetime: float) -> None:
    lab.switches(**QUICK, token_lifetime=lifetime, bearer_key_accepted=False)
    run = playbook(module_play(lab, *life(lab, automatic(lab, immuta_auth="token"))))
    if lifetime:
        assert outcomes(run, LIFE) == LIFE
    else:
        assert "Immuta returned HTTP 401 (Token has expired.)" in run.task("create")["msg"]
        assert len(lab.requests()) == 4 * len(LIFE)  # a token, refused, another token, refused


@pytest.mark.parametrize("allowed", [True, False])
def test_existing_database(lab: LabClient, playbook: PlaybookRunner, allowed: bool) -> None:
    lab.switches(**AT_ONCE, existing_database_allowed=allowed, validation_in_422=True)
    lab.sql(f"CREATE DATABASE {DATABASE}")
    run = playbook(module_play(lab, step("create", INTEGRATION, automatic(lab))))
    assert has_failed(run, "create") is not allowed
    assert allowed or f"The database {DATABASE} exists. Choose another name" in run.task("create")["msg"]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_rate_limit(lab: LabClient, playbook: PlaybookRunner, form: str) -> None:
    lab.switches(**QUICK, rate_limit=1, retry_after=form)
    settings = automatic(lab, wait=False)
    run = playbook(module_play(lab, step("create", INTEGRATION, settings)))
    assert outcomes(run, ["create"]) == {"create": "created"}
    assert 429 in [row["status"] for row in lab.requests()]


def test_failed_operations(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**QUICK, create_outcome="error", edit_outcome="error", delete_outcome="error")
    settings = automatic(lab)
    wrong = playbook(module_play(lab, step("create", INTEGRATION, settings)))
    assert "is createError" in wrong.task("create")["msg"]
    lab.switches(create_outcome="ok")
    gone = {**settings, "state": "absent"}
    wrong = playbook(
        module_play(
            lab,
            step("repair", INTEGRATION, settings),
            step("update", INTEGRATION, {**settings, **ON}),
            step("delete", INTEGRATION, gone),
        )
    )
    assert wrong.task("repair")["operation"] == "repaired"
    assert "is editError" in wrong.task("update")["msg"]
    assert "is deleteError" in wrong.task("delete")["msg"]
    lab.switches(edit_outcome="ok", delete_outcome="ok")
    steps = [step("repair", INTEGRATION, {**settings, **ON}), *life(lab, {**settings, **ON})[3:]]
    right = playbook(module_play(lab, *steps))
    assert outcomes(right, ("repair", "keep", "delete")) == {"repair": "repaired", "keep": "none", "delete": "deleted"}


@pytest.mark.parametrize(("result", "operation"), [("ok", "none"), ("error", "repaired")])
def test_migration(lab: LabClient, playbook: PlaybookRunner, result: str, operation: str) -> None:
    lab.switches(**{**QUICK, "migrate_outcome": result, "migrate_seconds": 2.0})
    lab.seed({**record(automatic(lab)), "id": 1})
    lab.migrate()
    run = playbook(module_play(lab, step("wait", INTEGRATION, automatic(lab))))
    assert outcomes(run, ["wait"]) == {"wait": operation}


@pytest.mark.parametrize("kept", [True, False])
def test_update_without_credentials(lab: LabClient, playbook: PlaybookRunner, kept: bool) -> None:
    lab.switches(**AT_ONCE, put_requires_credentials=not kept)
    put_manual(lab)
    settings = {name: value for name, value in manual().items() if name not in ("username", "password")}
    run = playbook(module_play(lab, step("update", INTEGRATION, {**settings, **ON})))
    assert "Immuta requires the credentials with every change" in run.task("update")["msg"]


def test_an_upgrade_of_immuta_while_a_module_waits(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**QUICK)
    lab.fault(kind="upgrade", path="^/integrations/1", times=3)
    run = playbook(module_play(lab, step("create", INTEGRATION, automatic(lab))))
    assert outcomes(run, ["create"]) == {"create": "created"}
    assert [row["status"] for row in lab.requests() if row["fault"]] == [502, 503, 502]


def test_an_upgrade_of_immuta_that_outlasts_the_retries(lab: LabClient, playbook: PlaybookRunner) -> None:
    """It begins with the response to the create, which is not processed: a second run finishes."""
    lab.switches(**QUICK)
    lab.fault(kind="upgrade", skip=1, times=0, seconds=600)
    settings = automatic(lab, retries=0)
    failed = playbook(module_play(lab, step("create", INTEGRATION, settings)))
    assert "could not be checked either" in failed.task("create")["msg"]
    assert failed.task("create")["failure"]["kind"] == "UnknownResultError"
    lab.clear_faults()
    run = playbook(module_play(lab, *(step(name, INTEGRATION, settings) for name in ("create", "again"))))
    assert outcomes(run, ("create", "again")) == {"create": "created", "again": "none"}


def test_missing_script_endpoints(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """In an older version of Immuta: the message names the script, and nothing is written."""
    lab.switches(
        **QUICK,
        missing_endpoints=["/integrations/scripts/initial-create", "/integrations/{id}/scripts/edit"],
    )
    lab.seed({**record(manual(host="other.example.com")), "id": 7})
    dest = tmp_path / "script.sql"
    scripts = {
        "initial_create": {**manual(), "script": "initial_create", "dest": str(dest)},
        "edit": {"id": "7", "script": "edit", "dest": str(dest), "username": ACCOUNT, "password": PASSWORD, **ON},
    }
    run = playbook(module_play(lab, *(step(name, SCRIPT, options) for name, options in scripts.items())))
    for name in scripts:
        assert has_failed(run, name)
        assert "Immuta returned HTTP 404 (Not Found)" in run.task(name)["msg"]
        assert f"This version of Immuta may not have the {name} script." in run.task(name)["msg"]
    assert not dest.exists()


def test_a_missing_endpoint_is_not_a_deleted_integration(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**QUICK)
    lab.seed(record(automatic(lab)))
    gone = automatic(lab, state="absent")
    lab.fault(kind="status", method="DELETE", status=404, body=envelope(404, "Not Found"))
    run = playbook(module_play(lab, *(step(name, INTEGRATION, gone) for name in ("refused", "delete"))))
    assert has_failed(run, "refused")
    assert "It does not have this endpoint." in run.task("refused")["msg"]
    assert outcomes(run, ["delete"]) == {"delete": "deleted"}


def test_python_udfs_on_a_cluster_that_creates_none(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**AT_ONCE, script_python_udf=True)
    lab.proxy_switches(python_functions=False)
    run = playbook(role_play(), extra_vars=role_vars(lab, manual()), expect_rc=2)
    assert "plpythonu" in message(run)
    assert PASSWORD not in run.output
    assert lab.integrations() == []
