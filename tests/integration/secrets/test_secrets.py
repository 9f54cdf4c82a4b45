# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret of any kind is shown anywhere: at the highest verbosity, with diffs, after success and failure."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest

from tests.integration.support.playbook_runner import PlaybookRunner, Plays, local_host
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    COLLECTION,
    DATABASE,
    HOST,
    INFO,
    INTEGRATION,
    OTHER_PROCESS,
    PREFIX,
    PREFLIGHT,
    ROLE,
    RUN,
    SCRIPT,
    Options,
    api,
    automatic,
    has_failed,
    login,
    manual,
    module_play,
    play,
    put_manual,
    role_vars,
    step,
)
from tests.integration.support.watch import Watched, watched
from tests.lab.client import LabClient

MARKS = {
    "system password": "Mark%1$q;Zx9K",
    "okta password": "0kta+Mark&7=Zq",
    "extra secret": "Xtra<Mark>8 Zq?",
    "wrong key": "Wrong/Key+9Mark",
    "wrong password": "Wr0ng;Pass%Mark",
    "new password": "New%2$r;Mark8L",
}
PASSWORDS, EXPORT_MODULE = f"{COLLECTION}redshift_password", f"{COLLECTION}redshift_integration_export"
TOKEN = re.compile(r"\b[0-9a-f]{48}\b")
EXTRA = {"extra_config": {"novelty": {"clientSecret": MARKS["extra secret"], "level": 1}}}
OKTA = {
    "authentication_type": "okta", "username": None, "password": None,
    "okta": {"username": "svc", "password": MARKS["okta password"], "app_id": "redshift/0oa1",
             "idp_host": "okta.example.com", "role": "Admin"},
}  # fmt: skip
REGISTERED = [
    *(
        f"__{PREFIX}{name}"
        for name in (
            *("plan", "todo", "first_script", "first_run", "second_script", "second_run", "finished"),
            *("database_check", "leftovers", "messages"),
        )
    ),
    f"{PREFIX}result",
]
ECHO = (
    f"syntax error at or near \"'{MARKS['system password']}'\" in CREATE USER x PASSWORD '{MARKS['system password']}'"
)


def secrets(lab: LabClient) -> dict[str, str]:
    """Return every secret of the runs in this file."""
    return {**MARKS, "API key": lab.immuta_api_key, "privileged password": lab.redshift_admin_password}


def settings(**changes: t.Any) -> Options:
    """Return the settings of a manual integration, with all secrets that it can have."""
    return manual(**{"password": MARKS["system password"], **EXTRA, **changes})


def shown(*names: str) -> list[Options]:
    """Return tasks that print variables."""
    return [{"name": f"Show {name}", "ansible.builtin.debug": {"var": name}} for name in names]


def role_that_shows_all(**keywords: t.Any) -> Plays:
    """Return a play with the role that prints every registered result at its end, after success or failure."""
    role = {"name": "Role", "ansible.builtin.include_role": {"name": ROLE}}
    return play({"block": [role], "always": shown(*REGISTERED)}, **keywords)


def modules_that_fail(lab: LabClient, directory: Path, **keywords: t.Any) -> Plays:
    """Return a play with failures of each module whose message could contain a secret."""
    password = MARKS["system password"]
    (directory / "open.sql").write_text(f"CREATE USER x PASSWORD '{password}';\nSELECT '{password}")
    (directory / "wrong.sql").write_text(f"CREATE USERS x PASSWORD '{password}';")
    (directory / "near.sql").write_text(f"SELECT {password[:4]} '{password}' '{password}' FROM;")
    (directory / "out.sql").write_text(f"ALTER USER x PASSWORD '{password}';\n")
    wrong_key, wrong_login = {"immuta_api_key": MARKS["wrong key"]}, {"login_password": MARKS["wrong password"]}
    out = {"dest": str(directory / "out.sql"), "script": "create"}
    tasks: list[tuple[str, str, Options]] = [
        ("key", INFO, wrong_key),
        ("key for a token", INFO, {**wrong_key, "immuta_auth": "token"}),
        ("token", INFO, {"immuta_auth": "token"}),
        ("rejected", INTEGRATION, settings()),
        ("rejected okta", INTEGRATION, settings(**OKTA)),
        ("rejected script", SCRIPT, {**settings(), **out}),
        ("option", INTEGRATION, settings(port=0)),
        ("type", INTEGRATION, settings(port=MARKS["system password"])),
        ("unknown", INTEGRATION, settings(**OKTA, pasword="x")),
        ("good script", SCRIPT, {**settings(extra_config=None), **out}),
        ("login", PREFLIGHT, wrong_login),
        ("weak", PREFLIGHT, {"password": MARKS["extra secret"]}),
        *((name, RUN, {"path": str(directory / f"{name}.sql"), "secrets": [password]}) for name in ("open", "wrong")),
        ("near", RUN, {"path": str(directory / "near.sql")}),
        ("no login", RUN, {**wrong_login, "path": str(directory / "wrong.sql")}),
        ("no account", PASSWORDS, {"username": "nobody", "password": MARKS["wrong password"]}),
        ("weak password", PASSWORDS, {"username": "nobody", "password": MARKS["extra secret"]}),
        ("inventory", EXPORT_MODULE, {"dest": str(directory / "inventory")}),
        ("no inventory", EXPORT_MODULE, {**wrong_key, "dest": str(directory / "inventory")}),
    ]
    steps = [step(name, module, options, register=f"result{n}") for n, (name, module, options) in enumerate(tasks)]
    return module_play(lab, *steps, *shown(*(f"result{number}" for number in range(len(tasks)))), **keywords)


def assert_silent(lab: LabClient, seen: Watched) -> None:
    """Check that no secret in any form is in any place."""
    assert seen.leaks(secrets(lab)) == []
    assert [name for name, text in seen.places.items() if name != "processes" and TOKEN.search(text)] == []


def hostile(lab: LabClient) -> None:
    """Let Immuta repeat secrets in its messages, refuse unknown fields, and expire each token at once."""
    lab.switches(**AT_ONCE, echo_secrets=True, unknown_fields="rejected", token_lifetime=0.0, validation_in_422=True)


FORMS = ("plain", "percent", "base64", "upper")
#: paths of the role that test_role does not cover: the state before, and the changed variables
PATHS: dict[str, tuple[str | None, Options]] = {
    "handed over": (None, {"run_scripts": False, "scripts_dir": "kept"}),
    "scripts done": ("deleted", {"scripts_done": True}),
    "one script": (None, {"initial_database": None}),
    "rotated": ("enabled", {"update_password": "always", "password": MARKS["new password"]}),
    "reset": (None, {"reset_password": True}),
    "not reset": ("enabled", {"password": MARKS["new password"], "impersonation": {"enabled": True}}),
    "repaired": ("editError", {}),
    "started over": ("createError", {"cleanup_on_error": True}),
    "left over": ("deleted", {"state": "absent", "drop_objects": True}),
    "refused": ("deleted", {"existing_objects": "fail"}),
    "preview": (None, {"scripts_dir": "kept"}),
    "okta": (None, {**OKTA, "auto_bootstrap": True}),
    "automatic": (None, {"auto_bootstrap": True, "username": "admin"}),
}


@pytest.mark.matrix
@pytest.mark.parametrize("name", PATHS)
def test_paths_of_the_role(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, name: str) -> None:
    before, changes = PATHS[name]
    form = FORMS[list(PATHS).index(name) % len(FORMS)]
    lab.switches(
        **AT_ONCE, echo_secrets=True, echo_form=form, script_edit_sets_password=name not in ("rotated", "not reset")
    )
    if before:
        put_manual(lab, password=MARKS["system password"])
        lab.set_status(before)
    if name == "one script":
        lab.sql(f"CREATE DATABASE {DATABASE}")
    lab.switches(check_warehouse=not changes.get("auto_bootstrap"))
    if "scripts_dir" in changes:
        changes = {**changes, "scripts_dir": str(tmp_path / "kept")}
    variables = role_vars(lab, {**settings(), **{key: changes[key] for key in changes if key in settings()}}, **changes)
    seen = watched(playbook, role_that_shows_all(), tmp_path, extra_vars=variables, check=name == "preview")
    assert seen.run.rc == (2 if name in ("refused", "not reset") else 0), seen.run.output
    assert_silent(lab, seen)


@pytest.mark.matrix
def test_playbooks(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """The export, whose inventory reads the secrets from the environment, and the playbook that applies it."""
    lab.switches(**AT_ONCE, echo_secrets=True, echo_form="base64")
    put_manual(lab)
    ways = {PREFIX + name: value for name, value in api(lab).items()}
    exported = watched(
        playbook, Path(f"{COLLECTION}export"), tmp_path, extra_vars={**ways, "export_dir": str(tmp_path / "inventory")}
    )
    assert exported.run.rc == 0
    assert_silent(lab, exported)
    ways |= {PREFIX + name: value for name, value in login(lab).items() if name != "login_db"}
    ways |= {PREFIX + "password": MARKS["system password"], PREFIX + "update_password": "always"}
    applied = watched(
        playbook, Path(f"{COLLECTION}redshift_integration"), tmp_path,
        inventory=tmp_path / "inventory" / "hosts.yml", extra_vars=ways,
    )  # fmt: skip
    assert applied.run.rc == 0, applied.run.output
    assert_silent(lab, applied)


def test_the_watch_sees(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    secret = "Watch+Mark&5=Zq"  # only of this test: another worker may be watching its process
    tasks = [
        {"name": "Print", "ansible.builtin.debug": {"msg": f"{{{{ '{secret}' | b64encode }}}}"}},
        {
            "name": "Process",
            "ansible.builtin.command": {"argv": ["sleep", "0.5"]},
            "environment": {"X": secret.upper()},
        },
    ]
    leaks = watched(playbook, play(*tasks), tmp_path).leaks({"mark": secret})
    assert {"mark in standard output", "mark in processes", "mark in ansible.log"} <= set(leaks)


def test_quick(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    seen = watched(playbook, role_that_shows_all(), tmp_path, extra_vars=role_vars(lab, settings()))
    assert seen.run.rc == 0
    assert_silent(lab, seen)
    lab.reset()
    hostile(lab)
    seen = watched(playbook, modules_that_fail(lab, tmp_path), tmp_path)
    done = [row["task"] for row in seen.run.tasks if row["status"] == "ok" and not row["task"].startswith("Show")]
    assert done == ["good script", "inventory"], [
        (r["task"], r["status"], r["result"].get("msg")) for r in seen.run.tasks
    ]
    assert_silent(lab, seen)


#: runs of the role; a success, and a failure of Redshift and of Immuta, are repeated on each ansible-core
ROLE_RUNS = [
    *(pytest.param(name, marks=pytest.mark.matrix_core) for name in ("good", "statement", "login", "refused")),
    *("token", "kept", "account", "update", "drop"),
]
PLACES = pytest.mark.parametrize("where", [{}, OTHER_PROCESS], ids=["inside", "process"])


@pytest.mark.matrix
@pytest.mark.matrix_core
@PLACES
def test_modules(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, where: Options) -> None:
    hostile(lab)
    seen = watched(playbook, modules_that_fail(lab, tmp_path, **where), tmp_path)
    assert has_failed(seen.run, "token")
    assert_silent(lab, seen)


@pytest.mark.matrix
@pytest.mark.matrix_core
@PLACES
def test_automatic(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, where: Options) -> None:
    lab.switches(**AT_ONCE, echo_secrets=True, secrets_in_get="redacted")
    mine = {**automatic(lab), **EXTRA}
    okta = automatic(lab, host="okta.example.com", **OKTA)
    steps = [
        step("create", INTEGRATION, mine, register="create"),
        step("rotate", INTEGRATION, {**mine, "update_password": "always"}, register="rotate"),
        step("okta", INTEGRATION, {**okta, "immuta_auth": "token"}, register="okta"),
        step("read", INFO, register="read"),
        step("delete", INTEGRATION, {**mine, "state": "absent"}, register="delete"),
        step("delete okta", INTEGRATION, {**okta, "state": "absent"}, register="gone"),
    ]
    shows = shown("create", "rotate", "okta", "read", "delete", "gone")
    seen = watched(playbook, module_play(lab, *steps, *shows, **where), tmp_path)
    assert {row["status"] for row in seen.run.tasks} == {"ok"}
    assert_silent(lab, seen)


@pytest.mark.matrix
@pytest.mark.matrix_core
@PLACES
def test_what_is_not_a_secret_stays_readable(
    lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, where: Options
) -> None:
    """Numbers and short words beside a secret: in results, diffs, an SQLSTATE, the name of a host, the recap."""
    lab.switches(**AT_ONCE, echo_secrets=True)
    (tmp_path / "again.sql").write_text(f"CREATE USER {lab.redshift_admin_user} PASSWORD '{MARKS['new password']}';")
    field = {"level": 1, "stage": "dev", "on": True, "clientSecret": MARKS["extra secret"]}
    mine = {**automatic(lab), "extra_config": {"novelty": field}}
    parameters = {"connect_timeout": 7, "application_name": "dev", "sslpassword": MARKS["new password"]}
    steps = [
        step("create", INTEGRATION, mine, register="first"),
        step("wrong", INTEGRATION, {**mine, "port": 0}),
        step("again", RUN, {"path": str(tmp_path / "again.sql"), "connect_params": parameters}, register="last"),
    ]
    plays = module_play(lab, *steps, *shown("first", "last"), **where)
    seen = watched(playbook, plays, tmp_path, inventory={"all": {"hosts": {"dev1": local_host()}}})
    assert_silent(lab, seen)
    created, wrong, again = (seen.run.task(name) for name in ("create", "wrong", "again"))
    readable = {name: value for name, value in field.items() if name != "clientSecret"}
    assert created["diff"]["after"]["config"]["extra_config"]["novelty"] == readable
    assert created["integration"]["id"] == "1"
    assert "port must be between 1 and 65535, got 0." in wrong["msg"]
    assert again["failure"]["sqlstate"] == "42710"
    for text in ('"42710"', '"level": 1', '"stage": "dev"', "changed: [dev1]", "PLAY RECAP"):
        assert text in seen.run.stdout
    assert re.search(r"^dev1 +: ok=5 +changed=1 +unreachable=0 ", seen.run.stdout, re.MULTILINE)
    assert where == {} or "'level': 1" in seen.places["syslog"]


@pytest.mark.matrix
@PLACES
@pytest.mark.parametrize("name", ROLE_RUNS)
def test_role(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, name: str, where: Options) -> None:
    lab.switches(**AT_ONCE, echo_secrets=True, validation_in_422=True)
    changes: Options = {
        "token": {"immuta_auth": "token"},
        "kept": {"scripts_dir": str(tmp_path / "kept")},
        "login": {"login_password": MARKS["wrong password"]},
        "update": {"impersonation": {"enabled": True}, "update_password": "always"},
        "drop": {"state": "absent", "drop_objects": True},
    }.get(name, {})
    if name in ("update", "drop"):
        put_manual(lab)
    if name == "statement":
        lab.proxy_fault(on="CREATE USER", kind="error", sqlstate="42601", message=ECHO)
    if name == "account":
        lab.proxy_fault(kind="refuse_auth", user=ACCOUNT, message=f"no login with '{MARKS['system password']}'")
    if name == "refused":
        lab.switches(validation_outcomes={"Objects": "failed"})
    variables = role_vars(lab, settings(), **changes)
    seen = watched(playbook, role_that_shows_all(**where), tmp_path, extra_vars=variables)
    assert seen.run.rc == (2 if name in ("statement", "login", "account", "refused") else 0)
    assert_silent(lab, seen)
    assert HOST in seen.run.output
    assert name in ("login", "drop") or DATABASE in seen.run.output
