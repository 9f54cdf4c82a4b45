# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Integrations that were created without this collection: they are adopted unchanged, and described completely."""

from __future__ import annotations

import typing as t

import pytest
import requests

from tests.integration.support.lifecycle import ON, apply, state
from tests.integration.support.playbook_runner import PlaybookRunner, local_host
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    HOST,
    INFO,
    INTEGRATION,
    PASSWORD,
    PREFIX,
    ROLE,
    Options,
    api,
    automatic,
    calls,
    changed,
    logins,
    manual,
    module_play,
    outcome,
    put_manual,
    record,
    step,
)
from tests.lab.client import LabClient

OKTA = {
    "authenticationType": "okta",
    "okta": {"username": "svc", "appId": "redshift/0oa1", "idpHost": "okta.example.com", "role": "Admin"},
}


def made(**changes: t.Any) -> Options:
    """Return a manual integration as Immuta has it, with changes to its configuration; ``None`` removes a field."""
    row = record(manual())
    config = {name: value for name, value in {**row["config"], **changes}.items() if value is not None}
    return {**row, "config": config}


#: integrations that tenants may have
SHAPES: dict[str, Options] = {
    "usual": made(),
    "no-port": made(port=None),
    "other-port": made(port=5440),
    "null-port": {**made(), "config": {**made()["config"], "port": None}},
    "port-as-text": made(port="5439"),
    "impersonation": made(**ON),
    "impersonation-off": made(impersonation={"enabled": False}),
    "impersonation-off-with-a-group": made(impersonation={"enabled": False, "role": "was_it"}),
    "impersonation-without-a-group": made(impersonation={"enabled": True}),
    "impersonation-null": made(impersonation={"enabled": True, "role": None}),
    "unknown-fields": made(connectArgs="a=b", tags=["x", {"y": None}], flag=False, nothing={}),
    "one-script": made(initialDatabase=None),
    "null-initial-database": {**made(), "config": {**made()["config"], "initialDatabase": None}},
    "okta": made(**OKTA, username=None),
    "automatic": {**made(), "autoBootstrap": True},
    "templates": made(connectArgs="{{ lookup('env', 'HOME') }}", note="{% raw %}"),
    "UPPER-CASE": made(),
}
#: the forms of a response, as switches of the simulator
TENANTS: dict[str, Options] = {
    "usual": {},
    "terse": {"port_default_returned": False, "impersonation_default": "absent", "username_in_get": False},
    "other": {"id_type": "number", "okta_app_id": "appID", "secrets_in_get": "redacted", "extra_fields": True},
    "null": {"secrets_in_get": "null", "id_type": "number"},
}
NAMES = {"initialDatabase": "initial_database", "authenticationType": "authentication_type"}
KNOWN = {"host", "port", "database", "username", "okta", "impersonation", *NAMES}


def described(config: Options, switches: Options) -> set[str]:
    """Return the options that a response describes."""
    shown = (KNOWN & set(config)) | {"port", "impersonation"}
    hidden = {"port": "port_default_returned", "username": "username_in_get"}
    shown -= {key for key, switch in hidden.items() if switches.get(switch) is False and config.get(key) is None}
    shown -= {"username"} if switches.get("username_in_get") is False else set()
    if switches.get("impersonation_default") == "absent" and "impersonation" not in config:
        shown -= {"impersonation"}
    extra = {"extra_config"} if set(config) - KNOWN - {"password"} else set()
    return {NAMES.get(key, key) for key in shown} | extra


def host_of(shape: str, switches: Options) -> tuple[str, Options]:
    """Return an inventory host whose variables are the result of its task ``read``."""
    row = "read.integrations[0]"
    variables = {key: f"{{{{ {row}.config.{key} }}}}" for key in described(SHAPES[shape]["config"], switches)}
    variables["auto_bootstrap"] = f"{{{{ {row}.auto_bootstrap }}}}"
    return shape, {**local_host(), **{PREFIX + key: value for key, value in variables.items()}}


@pytest.mark.parametrize("tenant", TENANTS)
def test_the_result_of_info_describes_the_integration(lab: LabClient, playbook: PlaybookRunner, tenant: str) -> None:
    """It can be used as options of the module, and as variables of the role."""
    switches = TENANTS[tenant]
    lab.switches(**switches)
    for shape, seeded in SHAPES.items():
        lab.seed({**seeded, "config": {**seeded["config"], "host": f"{shape}.example.com"}})
    row = "read.integrations[0]"
    back = f"{{{{ {row}.config | combine({{'auto_bootstrap': {row}.auto_bootstrap}}) }}}}"
    tasks = [
        step("read", INFO, {"host": "{{ inventory_hostname | lower }}.example.com"}, register="read"),
        step("again", INTEGRATION, args=back, diff=True),
        {"name": "Role", "ansible.builtin.include_role": {"name": ROLE}},
    ]
    connection = {PREFIX + key: value for key, value in api(lab).items()}
    hosts = dict(host_of(shape, switches) for shape in SHAPES)
    inventory = {"all": {"hosts": hosts, "vars": connection}}
    run = playbook(module_play(lab, *tasks), inventory=inventory, env={"ANSIBLE_INJECT_FACT_VARS": "1"})
    for name in ("again", "Decide what to do"):
        found = {row["host"]: row["result"] for row in run.tasks if row["task"].endswith(name)}
        assert set(found) == set(SHAPES)
        if name == "again":
            assert {row["operation"] for row in found.values()} == {"none"}
            assert all(row["diff"]["before"] == row["diff"]["after"] for row in found.values())
        else:
            ends = [row["ansible_facts"]["redshift_integration_result"]["operation"] for row in found.values()]
            assert set(ends) == {"none"}
    assert changed(run) == []
    assert {call.split()[0] for call in calls(lab)} == {"GET"}


def test_created_by_hand_is_adopted(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Scripts and request were run by hand; the first run of the role finds nothing to do."""
    lab.switches(**AT_ONCE)
    put_manual(lab)
    lab.clear_requests()
    before = len(logins(lab))
    for options in ({"run": {"check": True}}, {"host": HOST.upper()}, {"impersonation": {"enabled": False}}):
        run = apply(playbook, lab, **options)
        assert (outcome(run)["operation"], changed(run), calls(lab)) == ("none", [], ["GET /integrations"])
    assert len(logins(lab)) == before
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)


def posted(lab: LabClient, settings: Options) -> requests.Response:
    """Create an integration with a plain request, as with curl."""
    body = {**record(settings), "config": {**record(settings)["config"]}}
    with requests.Session() as session:
        session.trust_env = False
        key = {"Authorization": lab.immuta_api_key}
        return session.post(f"{lab.immuta_url}/integrations", json=body, headers=key, timeout=30)


def test_created_with_curl_is_adopted(lab: LabClient, playbook: PlaybookRunner) -> None:
    """The integration is still being created when the run reads it."""
    lab.switches(create_seconds=2.5)
    assert posted(lab, automatic(lab)).status_code == 200
    run = playbook(module_play(lab, step("adopt", INTEGRATION, automatic(lab))))
    adopted = run.task("adopt")
    assert (adopted["operation"], adopted["integration"]["status"]) == ("none", "enabled")
    assert [row["method"] for row in lab.requests()].count("POST") == 1


#: ways to lose a response
LOST: dict[str, Options] = {
    "reset_after": {},
    "truncated": {},
    "empty": {},
    "not_json": {},
    "status": {"status": 504, "handle": True},
}


@pytest.mark.parametrize("kind", ["manual", "automatic"])
def test_response_to_create_is_lost(lab: LabClient, playbook: PlaybookRunner, kind: str) -> None:
    """Immuta processed the request: the integration is found, waited for, and never created twice."""
    lab.switches(create_seconds=0.3, check_warehouse=False)
    wanted = manual() if kind == "manual" else automatic(lab)
    for fault, details in LOST.items():
        lab.fault(kind=fault, method="POST", path="^/integrations$", **details)
    steps = [
        step(f"{name} {fault}", INTEGRATION, {**wanted, "host": f"{fault.replace('_', '-')}.example.com"})
        for fault in LOST
        for name in ("create", "again")
    ]
    run = playbook(module_play(lab, *steps))
    for fault in LOST:
        created = run.task(f"create {fault}")
        assert (created.get("operation"), created["changed"]) == ("created", True), created
        assert created["integration"]["status"] == "enabled"
        assert run.task(f"again {fault}")["operation"] == "none"
    assert state(lab) == ["enabled"] * len(LOST)
    assert len([row for row in lab.requests() if row["method"] == "POST"]) == len(LOST)


def test_request_to_create_is_lost(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Immuta did not process the request: the run fails with that message, and the next one creates the integration."""
    lab.switches(**AT_ONCE, check_warehouse=False)
    lab.fault(kind="reset_before", method="POST", path="^/integrations$")
    run = playbook(module_play(lab, *[step(name, INTEGRATION, manual()) for name in ("create", "again")]))
    assert "Immuta does not show the change yet" in run.task("create")["msg"]
    assert run.task("again")["operation"] == "created"
    assert state(lab) == ["enabled"]


@pytest.mark.parametrize(("changes", "operation"), [({}, "none"), (ON, "updated")], ids=["same", "other"])
def test_created_at_the_same_time(lab: LabClient, playbook: PlaybookRunner, changes: Options, operation: str) -> None:
    """The list does not show the integration yet, and the request gets a 409."""
    lab.switches(**AT_ONCE, check_warehouse=False)
    lab.seed(made())
    lab.fault(kind="status", method="GET", path="^/integrations$", status=200, body=[], handle=False)
    run = playbook(module_play(lab, step("create", INTEGRATION, manual(**changes))))
    assert (run.task("create")["operation"], run.task("create")["changed"]) == (operation, operation != "none")
    assert state(lab) == ["enabled"]
    assert lab.integrations()[0]["config"].get("impersonation") == changes.get("impersonation")


def test_response_to_a_change_is_lost(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**AT_ONCE, check_warehouse=False)
    lab.seed(made())
    for method in ("PUT", "DELETE"):
        lab.fault(kind="reset_after", method=method)
    steps = [step("change", INTEGRATION, manual(**ON)), step("delete", INTEGRATION, manual(state="absent"))]
    run = playbook(module_play(lab, *steps))
    assert [run.task(name).get("operation") for name in ("change", "delete")] == ["updated", "deleted"]
    assert [row["method"] for row in lab.requests() if row["method"] != "GET"] == ["PUT", "DELETE"]
    assert state(lab) == []
