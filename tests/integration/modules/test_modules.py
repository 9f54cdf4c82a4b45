# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module by itself, in a module process and inside ansible-playbook: many tasks in each playbook."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from tests.integration.support.playbook_runner import PlaybookRunner, Run
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    HOST,
    INFO,
    INTEGRATION,
    OTHER_PROCESS,
    PASSWORD,
    PREFLIGHT,
    RUN,
    SCRIPT,
    Options,
    api,
    automatic,
    calls,
    has_failed,
    left_behind,
    login,
    manual,
    mode,
    module_play,
    play,
    put_manual,
    record,
    step,
)
from tests.lab.client import LabClient

Problem = tuple[str, Options, list[str]]
READ = "GET /integrations"
ON = {"enabled": True, "role": "may_impersonate"}
#: other combinations of driver and place would show nothing new
EACH_DRIVER = pytest.mark.parametrize(
    ("driver", "where"),
    [("psycopg2", {}), ("psycopg3", {}), ("psycopg3", OTHER_PROCESS)],
    ids=["psycopg2-inside", "psycopg3-inside", "psycopg3-process"],
)


@pytest.fixture(params=[True, False], ids=["inside", "process"])
def where(request: pytest.FixtureRequest) -> Options:
    """Keywords of a play whose modules run in the worker of ansible-playbook, or in a module process."""
    return {} if request.param else OTHER_PROCESS


def refused(
    playbook: PlaybookRunner,
    lab: LabClient,
    problems: t.Sequence[Problem],
    driver: str | None = None,
    **keywords: t.Any,
) -> Run:
    """Run tasks that must fail, each with a message that contains all the parts."""
    steps = [step(f"Case {number}.", module, options) for number, (module, options, _parts) in enumerate(problems)]
    run = playbook(module_play(lab, *steps, **keywords), driver=driver)
    for number, (_module, _options, parts) in enumerate(problems):
        result = run.task(f"Case {number}.")
        assert has_failed(run, f"Case {number}."), (parts, result)
        assert all(part in result["msg"] for part in parts), (parts, result["msg"])
        assert "Traceback" not in str(result)
    return run


def test_integration(lab: LabClient, playbook: PlaybookRunner, where: Options) -> None:
    lab.switches(**AT_ONCE)
    wanted, gone = automatic(lab), automatic(lab, state="absent")
    preview = {"check_mode": True, "diff": True}
    steps = [
        step("would create", INTEGRATION, wanted, **preview),
        step("create", INTEGRATION, wanted),
        step("again", INTEGRATION, wanted),
        step("by id", INTEGRATION, {"id": "1"}),
        step("other case", INTEGRATION, {"host": HOST.upper()}),
        step("would update", INTEGRATION, {**wanted, "impersonation": ON}, **preview),
        step("update", INTEGRATION, {**wanted, "impersonation": ON}, diff=True),
        step("would delete", INTEGRATION, gone, **preview),
        step("delete", INTEGRATION, gone),
        step("delete again", INTEGRATION, gone),
    ]
    run = playbook(module_play(lab, *steps, **where))
    ended = {name: (run.task(name)["operation"], run.task(name)["changed"]) for name in (row["name"] for row in steps)}
    assert ended == {
        "would create": ("created", True), "create": ("created", True), "again": ("none", False),
        "by id": ("none", False), "other case": ("none", False), "would update": ("updated", True),
        "update": ("updated", True), "would delete": ("deleted", True), "delete": ("deleted", True),
        "delete again": ("none", False),
    }  # fmt: skip
    writes = [name for name in calls(lab) if not name.startswith("GET")]
    assert writes == ["POST /integrations", "PUT /integrations/1", "DELETE /integrations/1"]
    created, predicted = run.task("create")["integration"], run.task("would create")["integration"]
    assert (predicted["id"], created["id"], created["status"]) == (None, "1", "enabled")
    assert predicted["config"].items() <= created["config"].items()
    diff, would = run.task("update")["diff"], run.task("would update")["diff"]
    assert diff["before"]["config"]["impersonation"] == {"enabled": False}
    assert diff["after"]["config"]["impersonation"] == would["after"]["config"]["impersonation"] == ON
    assert run.task("would create")["diff"]["before"] == {}
    assert run.task("would delete")["diff"]["after"] == {}
    assert run.task("delete")["integration"] is None
    assert lab.redshift_admin_password not in run.output


def test_the_result_can_be_used_as_options(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.seed({**record(manual(impersonation=ON)), "id": 7})
    back = "{{ read.integrations[0].config | combine({'auto_bootstrap': read.integrations[0].auto_bootstrap}) }}"
    run = playbook(
        module_play(lab, step("read", INFO, {"id": "7"}, register="read"), step("again", INTEGRATION, args=back)),
        env={"ANSIBLE_INJECT_FACT_VARS": "1"},
    )
    assert run.task("again")["operation"] == "none"


def test_info(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.seed({**record(manual()), "id": 1})
    lab.seed({**record(manual(host="b.example.com", extra="x")), "id": 2})
    lab.seed({**record(manual(host="gone.example.com")), "id": 3, "status": "deleted"})
    lab.seed({"type": "Snowflake", "autoBootstrap": True, "config": {"host": "s.example.com"}, "id": 4})
    lab.seed({**record(manual(host="new.example.com")), "id": 5, "status": "frozen"})
    cases: list[tuple[Options, list[str]]] = [
        ({}, ["1", "2", "5"]),
        ({"id": "2"}, ["2"]),
        ({"id": "99"}, []),
        ({"id": "3"}, []),
        ({"host": HOST.upper()}, ["1"]),
        ({"host": "none.example.com"}, []),
        ({"id": "2", "host": HOST}, []),
    ]
    steps = [step(str(number), INFO, options) for number, (options, _ids) in enumerate(cases)]
    run = playbook(module_play(lab, *steps), check=True)
    found = [run.task(str(number))["integrations"] for number in range(len(cases))]
    assert [[row["id"] for row in rows] for rows in found] == [ids for _options, ids in cases]
    assert found[0][2]["status"] == "frozen"
    assert found[1][0]["config"]["extra_config"] == {"extra": "x"}
    assert all(not run.task(str(number))["changed"] for number in range(len(cases)))
    assert len(lab.requests()) == len(cases) + 1  # an unknown id is looked for in the list too


def test_script(lab: LabClient, playbook: PlaybookRunner, where: Options, tmp_path: Path) -> None:
    lab.seed({**record(manual(host="b.example.com", database="other")), "id": 7})
    of_seven = {"host": "b.example.com", "username": ACCOUNT, "password": PASSWORD}
    wanted = {
        "initial_create": manual(),
        "create": manual(),
        "cleanup": manual(),
        "edit": of_seven,
        "delete": {"id": 7},
    }
    tasks = {name: {**options, "script": name, "dest": str(tmp_path / name)} for name, options in wanted.items()}
    steps = [
        step(f"{kind} {name}", SCRIPT, options, check_mode=kind == "would write", diff=True)
        for name, options in tasks.items()
        for kind in ("would write", "write", "again")
    ]
    run = playbook(module_play(lab, *steps, **where))
    for name in wanted:
        would, write, again = (run.task(f"{kind} {name}") for kind in ("would write", "write", "again"))
        assert [would["changed"], write["changed"], again["changed"]] == [True, True, False], name
        assert would["checksum"] == write["checksum"] == again["checksum"]
        assert would["statements"] == write["statements"] > 0
        assert would["diff"] == write["diff"]
        assert "SIMULATED" in write["diff"]["after"]
        assert mode(tmp_path / name) == 0o600
    assert (tmp_path / "initial_create").read_text().count(PASSWORD) == 2
    assert PASSWORD not in run.output
    assert "SIMULATED" in run.stdout
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted(wanted)
    assert [row["status"] for row in lab.integrations()] == ["enabled"]


def test_script_and_its_file(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    for name, content in (("open", "old"), ("kept", "old\n"), ("readable", "old")):
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o644)
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    options = {**manual(), "script": "create"}
    steps = [
        step("open", SCRIPT, {**options, "dest": str(tmp_path / "open")}),
        step("link", SCRIPT, {**options, "dest": str(tmp_path / "link")}),
        step("readable", SCRIPT, {**options, "dest": str(tmp_path / "readable"), "mode": "0640"}),
        step("broken", SCRIPT, {**options, "dest": str(tmp_path / "kept"), "database": "broken"}),
    ]
    lab.fault(kind="status", path="scripts/create", status=200, body="CREATE TABLE a (x '", skip=3)
    run = playbook(module_play(lab, *steps))
    assert [run.task(name)["changed"] for name in ("open", "link", "readable")] == [True, True, True]
    assert [mode(tmp_path / name) for name in ("open", "link", "readable")] == [0o600, 0o600, 0o640]
    assert not (tmp_path / "link").is_symlink()
    assert "the string that starts in line 1 does not end. Nothing was written" in run.task("broken")["msg"]
    assert (tmp_path / "kept").read_text() == "old\n"
    assert len(list(tmp_path.iterdir())) == 4


@EACH_DRIVER
def test_redshift_script(lab: LabClient, playbook: PlaybookRunner, driver: str, where: Options, tmp_path: Path) -> None:
    files = {
        "good": "SET search_path TO public;\nCREATE TABLE a (x INT);\nINSERT INTO a VALUES (1)",
        "half": "CREATE TABLE b (x VARCHAR(9));\n\nINSERT INTO b VALUES ('S3cret;');\n"
        "INSERT INTO nowhere VALUES ('S3cret')",
        "alone": "CREATE DATABASE other;\nCREATE TABLE c (x INT)",
        "exists": "CREATE TABLE a (x INT);\nCREATE TABLE d (x INT)",
        "empty": "-- nothing\n;;\n",
        "reads": "SELECT 1",
        "open": "CREATE TABLE e (x INT);\nBEGIN;\nCREATE TABLE f (x INT)",
        "calls": "CREATE PROCEDURE p() AS $$ BEGIN INSERT INTO a SELECT 2; COMMIT; END $$ LANGUAGE plpgsql;\nCALL p()",
        "part": "SELECT substring('pw=S3cret;' from 4)::int",
        "euro": "SELECT '\N{EURO SIGN} S3cret'",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run_file(task: str, name: str, **options: t.Any) -> Options:
        keywords = {"check_mode": True} if task.startswith("would") else {}
        return step(task, RUN, {"path": str(tmp_path / name), **options}, **keywords)

    run = playbook(
        module_play(
            lab,
            run_file("would good", "good", login_host="127.0.0.9", login_port=1),
            run_file("good", "good"),
            run_file("half", "half"),
            run_file("half, never", "half", transaction="never"),
            run_file("alone", "alone"),
            run_file("exists", "exists"),
            run_file("exists, tolerated", "exists", tolerate=["42P07"]),
            run_file("empty", "empty"),
            run_file("reads", "reads"),
            run_file("open", "open"),
            run_file("calls", "calls"),
            run_file("part", "part"),
            run_file("euro", "euro", connect_params={"client_encoding": "latin1"}),
            **where,
        ),
        driver=driver,
        diff=True,
    )
    ended = {
        name: [row["status"] for row in run.task(name)["statements"]]
        for name in ("would good", "good", "half", "half, never", "alone", "exists", "exists, tolerated", "empty")
    }
    assert ended == {
        "would good": ["planned"] * 3, "good": ["ok"] * 3, "half": ["planned", "planned", "failed"],
        "half, never": ["ok", "ok", "failed"], "alone": ["ok", "ok"], "exists": ["failed", "planned"],
        "exists, tolerated": ["tolerated", "ok"], "empty": [],
    }  # fmt: skip
    unchanged = {name: run.task(name)["changed"] for name in ("would good", "good", "empty", "reads")}
    assert unchanged == {"would good": True, "good": True, "empty": False, "reads": False}
    half = run.task("half")
    assert "statement 3 of 3 (line 4, INSERT INTO) failed: 42P01" in half["msg"]
    assert "It ran in one transaction, which was rolled back" in half["msg"]
    assert half["failure"]["statement"] == {"index": 3, "line": 4, "verb": "INSERT INTO"}
    assert "2 preceding statements took effect" in run.task("half, never")["msg"]
    assert "statement 2 (line 2, BEGIN) opens a transaction that is never committed" in run.task("open")["msg"]
    assert [row["status"] for row in run.task("calls")["statements"]] == ["ok", "ok"]
    assert '22P02 invalid input syntax for type integer: "[...]"' in run.task("part")["msg"]
    assert "a character of it does not exist in" in run.task("euro")["msg"]
    assert "S3cret" not in run.output
    assert lab.sql("SELECT x FROM b") == [{"x": "S3cret;"}]
    assert lab.sql("SELECT x FROM a") == [{"x": 1}, {"x": 2}]
    assert lab.sql("SELECT 1 FROM pg_class WHERE relname IN ('e', 'f')") == []


def test_redshift_script_retries_a_conflict(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    (tmp_path / "script").write_text("CREATE TABLE a (x INT);\nCREATE TABLE b (x INT)")
    lab.proxy_fault(
        on="CREATE TABLE b", kind="error", sqlstate="XX000", message="conflict with concurrent transaction on table"
    )
    run = playbook(module_play(lab, step("run", RUN, {"path": str(tmp_path / "script")})))
    assert [row["status"] for row in run.task("run")["statements"]] == ["ok", "ok"]


def test_redshift_script_refuses(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    texts = {"quote": b"SELECT 1;\nSELECT 'S3cret", "latin": b"SELECT '\xe9'", "psql": b"\\connect dev\nSELECT 1",
             "comment": b"SELECT 1; /* S3cret", "body": b"\n\nDO $x$ S3cret", "good": b"SELECT 1"}  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    paths = {name: {"path": str(tmp_path / name)} for name in texts}
    run = refused(
        playbook,
        lab,
        [
            (RUN, paths["quote"], ["the string that starts in line 2 does not end", "Nothing was run"]),
            (RUN, paths["latin"], ["is not UTF-8 (byte 8)"]),
            (RUN, paths["psql"], ["line 1 has a backslash: commands of psql are not SQL"]),
            (RUN, paths["comment"], ["the comment that starts in line 1 does not end"]),
            (RUN, paths["body"], ["the dollar-quoted text that starts in line 3 does not end"]),
            (RUN, {"path": str(tmp_path / "none")}, ["cannot be read: No such file or directory. Check path"]),
            (RUN, {**paths["good"], "tolerate": ["4271"]}, ["tolerate contains 4271", "five characters"]),
            (RUN, {**paths["good"], "transaction": "some"}, ["value of transaction must be one of: auto, never"]),
            (RUN, {}, ["path"]),
        ],
    )
    assert "S3cret" not in run.output
    assert lab.proxy_log()["connections"] == []


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg3"])
def test_logins(lab: LabClient, playbook: PlaybookRunner, driver: str, tmp_path: Path) -> None:
    (tmp_path / "good").write_text("SELECT 1")
    path = {"path": str(tmp_path / "good")}
    both = [
        ({"login_password": "Wrong1234"}, "Check login_user and login_password."),
        ({"login_db": "nowhere"}, "Check login_db and login_user."),
        ({"login_port": 1}, "Check login_host, login_port and the network"),
        ({"ssl_mode": "verify-full"}, "Check ssl_mode and ca_cert."),
    ]
    problems = [(module, {**path, **wrong} if module == RUN else wrong, [said]) for wrong, said in both
                for module in (RUN, PREFLIGHT)]  # fmt: skip
    run = refused(playbook, lab, problems, driver)
    assert "Wrong1234" not in run.output


@EACH_DRIVER
def test_preflight(lab: LabClient, playbook: PlaybookRunner, driver: str, where: Options) -> None:
    put_manual(lab)
    rights = {"rights": ["create_database", "create_user"]}
    analyst = {"login_user": lab.redshift_limited_user, "login_password": lab.redshift_limited_password}
    steps = [
        step("good", PREFLIGHT, {**rights, "database": DATABASE, "username": ACCOUNT, "password": PASSWORD}),
        step("analyst", PREFLIGHT, analyst),
        step("analyst, rights", PREFLIGHT, {**analyst, **rights}),
        step("analyst, database there", PREFLIGHT, {**analyst, **rights, "database": DATABASE}),
        step("password", PREFLIGHT, {"password": "x'1"}),
        step("database", PREFLIGHT, {"database": "Policies"}),
        step("database name", PREFLIGHT, {"database": "my-policies"}),
    ]
    run = playbook(module_play(lab, *steps, **where), driver=driver, check=True)
    good, weak = run.task("good"), run.task("analyst")
    assert "Redshift" in good.pop("version")
    assert {
        **rights,
        "superuser": True,
        "database_exists": True,
        "user_exists": True,
        "changed": False,
    }.items() <= good.items()
    assert (weak["rights"], weak["superuser"]) == ([], False)
    problems = {name: run.task(name)["failure"]["problems"] for name in [row["name"] for row in steps[2:]]}
    assert all(len(found) == 1 for found in problems.values())
    assert "analyst is not allowed to create databases and create users" in problems["analyst, rights"][0]
    assert "analyst is not allowed to create users" in problems["analyst, database there"][0]
    assert "it must have 8 to 64 characters, must contain an upper-case letter" in problems["password"][0]
    assert "would become policies" in problems["database"][0]
    assert "is not a plain name" in problems["database name"][0]


def test_bad_options(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    okta = {"okta": {"username": "a", "password": "Secret1x"}}
    script = {**manual(), "script": "create", "dest": str(tmp_path / "out")}
    lab.seed({**record(automatic(lab, host="auto.example.com")), "id": 9})
    problems: list[Problem] = [
        (INTEGRATION, manual(username=None), ["password needs username"]),
        (INTEGRATION, manual(**okta), ["okta requires authentication_type=okta"]),
        (INTEGRATION, manual(authentication_type="okta"), ["username and password cannot be combined with auth"]),
        (INTEGRATION, manual(authentication_type="okta", username=None, password=None, **okta),
         ["set okta.app_id, okta.idp_host, okta.role"]),
        (INTEGRATION, manual(authentication_type="key"), ["authentication_type must be one of: userPassword, okta"]),
        (INTEGRATION, manual(host=f"https://{HOST}"), ["host must be a bare host name", "remove the scheme"]),
        (INTEGRATION, manual(host=f"{HOST}:5439"), ["remove the port"]),
        (INTEGRATION, manual(port=0), ["port must be between 1 and 65535, got 0"]),
        (INTEGRATION, manual(port="many"), ["port", "int"]),
        (INTEGRATION, manual(database=""), ["database is empty"]),
        (INTEGRATION, manual(host=None), ["Set host or id"]),
        (INTEGRATION, manual(database=None), ["To create an integration, set database."]),
        (INTEGRATION, manual(auto_bootstrap=None, authentication_type=None), ["auto_bootstrap and authentication"]),
        (INTEGRATION, automatic(lab, initial_database=None), ["set initial_database: Immuta connects to it"]),
        (INTEGRATION, manual(wait_timeout=-1), ["wait_timeout must be 0 seconds or more, got -1"]),
        (INTEGRATION, manual(immuta_url="tenant.example.com"), ["immuta_url is not a valid address", "scheme"]),
        (INTEGRATION, manual(immuta_url="https://u:Secret1x@t.example.com"), ["immuta_url contains a user"]),
        (INTEGRATION, manual(timeout=0, retries=-1), ["timeout must be between", "retries must be 0"]),
        (INTEGRATION, manual(client_key="/k"), ["client_key needs client_cert"]),
        (INTEGRATION, manual(impersonation={"role": "x"}), ["enabled"]),
        (INTEGRATION, manual(unknown="x"), ["unknown"]),
        (INTEGRATION, manual(id="99"), ["Immuta has no Redshift integration with id 99"]),
        (INTEGRATION, {"host": "auto.example.com", "state": "absent"}, ["privileged credentials to delete it"]),
        (INFO, {"host": "a b"}, ["remove the characters that no host name has"]),
        (SCRIPT, {**script, "script": "initial_create", "initial_database": ""}, ["initial_database"]),
        (SCRIPT, {**manual(initial_database=None), "script": "initial_create", "dest": str(tmp_path / "out")},
         ["script=initial_create requires initial_database"]),
        (SCRIPT, {**script, "auto_bootstrap": True}, ["Scripts are for the manual bootstrap"]),
        (SCRIPT, {**script, "dest": str(tmp_path / "target")}, ["path of a file", "target is a directory"]),
        (SCRIPT, {**script, "dest": str(tmp_path / "file" / "out")}, ["file is not a directory"]),
        (SCRIPT, {**script, "dest": str(tmp_path / "pipe")}, ["pipe is not a regular file"]),
        (SCRIPT, {"script": "delete", "dest": str(tmp_path / "out")}, ["script=delete requires id or host"]),
        (SCRIPT, {"script": "delete", "id": "9", "dest": str(tmp_path / "out")}, ["was set up automatically"]),
        (SCRIPT, {"script": "edit", "id": "8", "dest": str(tmp_path / "out")}, ["no Redshift integration with id 8"]),
        (PREFLIGHT, {"rights": ["drop"]}, ["rights"]),
    ]  # fmt: skip
    run = refused(playbook, lab, problems)
    assert {row["method"] for row in lab.requests()} == {"GET"}
    assert "Secret1x" not in run.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("check", [False, True])
def test_odd_responses(lab: LabClient, playbook: PlaybookRunner, check: bool) -> None:
    responses: list[tuple[Options, list[str]]] = [
        ({"kind": "html"}, ["the response is not JSON (an HTML page)", "no proxy or login page"]),
        ({"kind": "empty"}, ["the response is not JSON (empty body)"]),
        ({"kind": "not_json"}, ["that do not parse"]),
        ({"kind": "status", "status": 200, "body": {"a": 1}}, ["the response is not a list of integrations"]),
        ({"kind": "status", "status": 418, "body": "<h1>"}, ["Immuta returned HTTP 418"]),
        (
            {"kind": "redirect", "status": 302, "headers": {"Location": "http://127.0.0.1:1/login"}},
            ["GET /integrations"],
        ),
    ]
    for fault, _parts in responses:
        lab.fault(**fault)
    problems = [(INTEGRATION, manual(retries=0), parts) for _fault, parts in responses]
    refused(playbook, lab, problems)
    assert lab.integrations() == []


def test_keys(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(echo_secrets=True)
    wrong = {"immuta_api_key": "WrongKey123456"}
    run = refused(
        playbook,
        lab,
        [
            (INFO, wrong, ["Immuta returned HTTP 401", "Check immuta_api_key: it may be wrong, expired or revoked"]),
            (INFO, {**wrong, "immuta_auth": "token"}, ["POST /bim/apikey/authenticate: Immuta returned HTTP 401"]),
            (
                INFO,
                {"immuta_api_key": "key-without-permission"},
                ["403", "needs the Immuta permission APPLICATION_ADMIN"],
            ),
            (INTEGRATION, manual(**wrong), ["401"]),
            (INFO, {"immuta_api_key": ""}, ["immuta_api_key"]),
            (INFO, {"immuta_api_key": "two\nlines"}, ["immuta_api_key is empty"]),
            (INFO, {"immuta_url": "http://127.0.0.1:1", "retries": 0}, ["no connection", "Check immuta_url"]),
        ],
    )
    assert "WrongKey123456" not in run.output


def test_expired_token_is_exchanged_once(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.fault(kind="expire_token", path="^/integrations$", times=1)
    lab.switches(check_warehouse=False, **AT_ONCE)
    run = playbook(module_play(lab, step("create", INTEGRATION, automatic(lab, immuta_auth="token"))))
    assert run.task("create")["operation"] == "created"
    assert calls(lab).count("POST /bim/apikey/authenticate") == 2


def test_options_from_the_environment(lab: LabClient, playbook: PlaybookRunner, where: Options) -> None:
    env = {"IMMUTA_URL": lab.immuta_url, "IMMUTA_API_KEY": lab.immuta_api_key, "IMMUTA_AUTH": "token"}
    run = playbook(play(step("read", INFO), step("without", INFO, {"immuta_auth": "api_key"}), **where), env=env)
    assert run.task("read")["integrations"] == []
    assert [row["authorization"] for row in lab.requests()[1:]] == ["token", "api_key"]
    bare = playbook(play(step("read", INFO), **where))
    assert "immuta_url" in bare.task("read")["msg"]
    assert "immuta_api_key" in bare.task("read")["msg"]


def test_transient_faults(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(check_warehouse=False, **AT_ONCE)
    lab.fault(kind="retry_after", method="GET", seconds=0)
    lab.fault(kind="status", method="GET", status=502)
    lab.fault(kind="retry_after", method="POST", path="^/integrations$", seconds=0)
    lab.fault(kind="status", method="PUT", status=503, headers={"Retry-After": "0"})
    lab.fault(kind="status", method="PUT", status=409)
    lab.fault(kind="reset_after", method="DELETE")
    wanted = automatic(lab)
    run = playbook(
        module_play(
            lab,
            step("create", INTEGRATION, wanted),
            step("update", INTEGRATION, {**wanted, "impersonation": ON}),
            step("delete", INTEGRATION, {**wanted, "state": "absent"}),
        )
    )
    operations = [run.task(name).get("operation") for name in ("create", "update", "delete")]
    assert operations == ["created", "updated", "deleted"]
    assert lab.integrations() == []


def test_fail_on(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(check_warehouse=False, validation_outcomes={"Grants": "warning"}, **AT_ONCE)
    wanted, gone = automatic(lab), automatic(lab, state="absent")
    run = playbook(
        module_play(
            lab,
            step("warned", INTEGRATION, wanted),
            step("delete", INTEGRATION, gone),
            step("strict", INTEGRATION, {**wanted, "fail_on": "warning"}),
            step("again", INTEGRATION, {**wanted, "fail_on": "warning"}),
        )
    )
    assert run.task("warned")["operation"] == "created"
    assert "Validate Automatic Bootstrap User Grants" in str(run.task("warned")["warnings"])
    strict = run.task("strict")
    assert has_failed(run, "strict")
    assert "warning: Validate Automatic Bootstrap User Grants: Set to warning" in strict["msg"]
    assert (strict["operation"], strict["integration"]["status"]) == ("created", "enabled")
    assert run.task("again")["operation"] == "none"


def test_wait_timeout(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(check_warehouse=False, create_seconds=60.0)
    run = playbook(
        module_play(
            lab,
            step("short", INTEGRATION, automatic(lab, wait_timeout=1)),
            step("none", INTEGRATION, automatic(lab, wait=False)),
        )
    )
    assert "was still creating after 1 s" in run.task("short")["msg"]
    assert run.task("none")["integration"]["status"] == "creating"


def test_refused_in_a_process_too(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    (tmp_path / "open").write_text("SELECT 'S3cret")
    problems: list[Problem] = [
        (INTEGRATION, manual(port=0), ["Nothing was sent. port must be between 1 and 65535, got 0"]),
        (INTEGRATION, manual(unknown="x"), ["Unsupported parameters", "unknown"]),
        (INFO, {"immuta_api_key": "WrongKey123456"}, ["Immuta returned HTTP 401", "Check immuta_api_key"]),
        (SCRIPT, {**manual(), "script": "create", "dest": str(tmp_path)}, ["dest must be the path of a file"]),
        (RUN, {"path": str(tmp_path / "open")}, ["the string that starts in line 1 does not end"]),
        (PREFLIGHT, {"login_password": "Wrong1234"}, ["Check login_user and login_password."]),
    ]
    here = refused(playbook, lab, problems)
    there = refused(playbook, lab, problems, **OTHER_PROCESS)
    for number in range(len(problems)):
        results = [run.task(f"Case {number}.") for run in (here, there)]
        assert results[0].get("failure") == results[1].get("failure")
        assert number == 1 or results[0]["msg"] == results[1]["msg"]
    for secret in ("S3cret", "WrongKey123456", "Wrong1234"):
        assert secret not in here.output + there.output


def test_no_file_is_left(lab: LabClient, playbook: PlaybookRunner) -> None:
    run = playbook(
        module_play(lab, step("read", INFO, api(lab), **OTHER_PROCESS), step("login", PREFLIGHT, login(lab)))
    )
    assert left_behind(run) == []
