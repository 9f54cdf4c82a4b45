# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that behave differently in Redshift and PostgreSQL: the modules, in this process, against the proxy."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.community.immuta.plugins.modules import redshift_preflight, redshift_script
from tests.integration.support.faults import called, shorten_pauses
from tests.integration.support.scenarios import Options, login
from tests.lab.client import LabClient
from tests.lab.redshift_proxy.switches import PATCH_198

REPLACE = "CREATE OR REPLACE PROCEDURE p() AS $$ BEGIN RAISE INFO 'UPDATE with'; END $$ LANGUAGE plpgsql"
TABLE = "CREATE TABLE t (a INT)"
ROWS = "SELECT a FROM t ORDER BY a"
PYTHON = "CREATE FUNCTION f() RETURNS INT STABLE AS $$ return 1 $$ LANGUAGE plpythonu"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_pauses(monkeypatch, 0.4)


@pytest.fixture
def run(lab: LabClient, tmp_path: Path) -> t.Callable[..., Options]:
    """Run a script."""

    def run(text: str, **options: t.Any) -> Options:
        path = tmp_path / "script.sql"
        path.write_text(text, encoding="utf-8")
        return called(redshift_script, {**login(lab), "path": str(path), **options})

    return run


def statuses(result: Options) -> list[str]:
    return [row["status"] for row in result["statements"]]


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        ("1023", "Serializable isolation violation on table - 12345, transactions forming the cycle are: 1, 2"),
        ("1018", "Relation does not exist"),
        ("tuple concurrently updated", None),
    ],
)
def test_a_conflict_whose_text_is_in_detail_or_in_a_literal(
    lab: LabClient, run: t.Callable[..., Options], message: str, detail: str | None
) -> None:
    fault = {"on": "OR REPLACE PROCEDURE", "kind": "error", "sqlstate": "XX000", "message": message, "detail": detail}
    lab.proxy_fault(**{key: value for key, value in fault.items() if value}, times=2)
    assert statuses(run(f"SELECT 1;\n{REPLACE}")) == ["ok", "ok"]
    assert [row["met"] for row in lab.proxy_faults()] == [2]


def test_the_detail_is_shown_if_the_message_says_nothing(lab: LabClient, run: t.Callable[..., Options]) -> None:
    lab.proxy_fault(on="SELECT 'S3cret'", kind="error", sqlstate="XX000", message="1012", detail="no S3cret here")
    assert "failed: XX000 1012 no [...] here. It ran in one transaction" in run("SELECT 'S3cret'")["msg"]


def test_truncate_commits(lab: LabClient, run: t.Callable[..., Options]) -> None:
    text = "BEGIN; INSERT INTO t VALUES (1); TRUNCATE u; INSERT INTO t VALUES (2); SELECT 1/0"
    run(f"{TABLE}; CREATE TABLE u (a INT)")
    result = run(text)
    assert statuses(result) == ["ok", "ok", "ok", "ok", "failed"]
    assert lab.sql(ROWS) == [{"a": 1}, {"a": 2}]


def test_a_tolerated_error_before_truncate(lab: LabClient, run: t.Callable[..., Options]) -> None:
    run(f"{TABLE}; CREATE TABLE u (a INT)")
    text = f"BEGIN; INSERT INTO t VALUES (1); {TABLE}; TRUNCATE u; INSERT INTO t VALUES (2); COMMIT"
    assert statuses(run(text, tolerate=["42P07"])) == ["ok", "ok", "tolerated", "ok", "ok", "ok"]
    assert lab.sql(ROWS) == [{"a": 1}, {"a": 2}]


def test_a_procedure_that_truncates_runs_on_its_own(lab: LabClient, run: t.Callable[..., Options]) -> None:
    run(f"{TABLE}; INSERT INTO t VALUES (1); CREATE PROCEDURE p() AS $$ BEGIN TRUNCATE t; END $$ LANGUAGE plpgsql")
    assert statuses(run("SET search_path TO public; CALL p()")) == ["ok", "ok"]
    assert lab.sql(ROWS) == []


@pytest.mark.parametrize(("command", "rows"), [("COMMIT", [{"a": 1}]), ("ROLLBACK", [])])
def test_a_procedure_that_ends_the_transaction_of_its_caller(
    lab: LabClient, run: t.Callable[..., Options], command: str, rows: list[Options]
) -> None:
    run(f"{TABLE}; CREATE PROCEDURE p() NONATOMIC AS $$ BEGIN {command}; END $$ LANGUAGE plpgsql")
    result = run("INSERT INTO t VALUES (1); CALL p(); SELECT 1/0; INSERT INTO t VALUES (3)")
    assert "statement 2 (line 1, CALL) committed or rolled back the transaction" in result["msg"]
    assert "nothing of it took effect" not in result["msg"]
    assert lab.sql(ROWS) == rows


def test_a_begin_that_a_procedure_hides(lab: LabClient, run: t.Callable[..., Options]) -> None:
    run(f"{TABLE}; CREATE PROCEDURE p() AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql")
    result = run("BEGIN; CALL p(); INSERT INTO t VALUES (1)")
    assert "the transaction that statement 1 (line 1, BEGIN) opened is not committed" in result["msg"]
    assert statuses(result) == ["planned"] * 3
    assert lab.sql(ROWS) == []


def test_copy_runs_in_the_transaction(lab: LabClient, run: t.Callable[..., Options]) -> None:
    result = run(f"{TABLE}; COPY t FROM 's3://nowhere/x' IAM_ROLE 'arn:aws:iam::1:role/r'; SELECT 1/0")
    assert "It ran in one transaction, which was rolled back: nothing of it took effect" in result["msg"]
    assert lab.sql("SELECT 1 FROM pg_class WHERE relname = 't'") == []


def test_python_udfs(lab: LabClient, run: t.Callable[..., Options]) -> None:
    lab.proxy_switches(**PATCH_198)
    assert "Python UDFs (plpythonu), which AWS has ended" in run(PYTHON)["msg"]
    result = called(redshift_preflight, {**login(lab), "python_udfs": True})
    assert "runs Amazon Redshift 1.0.204436, which does not create Python UDFs" in result["warnings"][0]
    assert called(redshift_preflight, login(lab))["warnings"] == []


def test_preflight_checks_what_only_redshift_has(lab: LabClient, run: t.Callable[..., Options]) -> None:
    run("CREATE USER \"Immuta_Sys\" PASSWORD 'Immuta1x'")
    options = {**login(lab), "existing_objects": "fail", "username": "Immuta_Sys"}
    assert "User Immuta_Sys already exists on" in called(redshift_preflight, options)["msg"]
    assert called(redshift_preflight, {**login(lab), "username": "immuta_sys"})["user_exists"]
