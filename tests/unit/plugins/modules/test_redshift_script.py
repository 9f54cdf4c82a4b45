# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_script, without a database."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._module import redshift_script as script_core
from ansible_collections.community.immuta.plugins.module_utils._redshift.server_errors import ServerError
from ansible_collections.community.immuta.plugins.modules import redshift_script
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import FakeSession, play_sql

USER = f"CREATE USER u PASSWORD '{MARKER}'"
TEXT = f"-- first\n{USER};\nGRANT ALL ON SCHEMA s TO u;\nSELECT 1;\n"
STATEMENTS = [USER, "GRANT ALL ON SCHEMA s TO u", "SELECT 1"]
GRANT = STATEMENTS[1]
EXISTS = ServerError("42710", 'user "u" already exists')
NO_RIGHT = ServerError("42501", "permission denied")
BROKEN = ServerError(None, "server closed the connection unexpectedly")
CONFLICT = ServerError("XX000", "could not complete because of conflict with concurrent transaction")
ALONE = ServerError("25001", "cannot run inside a transaction block")


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.sql"
    path.write_text(TEXT)
    return path


def run(path, session=None, check=False, **options):
    return play_sql(redshift_script, {"path": str(path), **options}, session, script_core, check)


def statuses(result):
    return [row["status"] for row in result["statements"]]


def test_all_in_one_transaction(script):
    session = FakeSession()
    result = run(script, session)
    assert session.done == ["BEGIN", *STATEMENTS, "COMMIT"]
    assert session.closed == 1
    assert result["changed"] is True
    assert "diff" not in result
    assert [(row["index"], row["line"], row["verb"]) for row in result["statements"]] == [
        (1, 2, "CREATE USER"),
        (2, 3, "GRANT"),
        (3, 4, "SELECT"),
    ]
    assert all(
        (row["status"], row["sqlstate"], row["error"]) == ("ok", None, None) and isinstance(row["duration_ms"], int)
        for row in result["statements"]
    )


def test_tolerated_within_a_transaction_of_the_script(tmp_path):
    """The error ends the transaction, and its COMMIT would roll back: its statements run one by one."""
    path = tmp_path / "script.sql"
    path.write_text(f"CREATE DATABASE d; BEGIN; CREATE GROUP g; {USER}; {GRANT}; COMMIT; SELECT 1")
    session = FakeSession({USER: [EXISTS, EXISTS]})
    result = run(path, session, tolerate=["42710"])
    apart = ["ROLLBACK", "CREATE GROUP g", USER, GRANT, "SELECT 1"]
    assert session.done == ["CREATE DATABASE d", "BEGIN", "CREATE GROUP g", USER, *apart]
    assert statuses(result) == ["ok", "ok", "ok", "tolerated", "ok", "ok", "ok"]


def test_a_failure_after_a_transaction_was_left(tmp_path):
    path = tmp_path / "script.sql"
    path.write_text(f"BEGIN; {USER}; {GRANT}; COMMIT")
    result = run(path, FakeSession({USER: [EXISTS, EXISTS], GRANT: [NO_RIGHT]}), tolerate=["42710"])
    assert statuses(result) == ["ok", "tolerated", "failed", "planned"]
    assert "2 preceding statements took effect" in result["msg"]
    assert "rolled back" not in result["msg"]


@pytest.mark.parametrize("end", ["ROLLBACK", "ABORT"])
def test_tolerated_within_a_transaction_that_does_not_commit(tmp_path, end):
    path = tmp_path / "script.sql"
    path.write_text(f"BEGIN; {USER}; {end}")
    result = run(path, FakeSession({USER: [EXISTS]}), tolerate=["42710"])
    assert result["failed"]
    assert statuses(result)[1] == "failed"


def test_a_script_that_cannot_be_removed_is_reported(script, monkeypatch):
    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("os.unlink", refuse)
        result = run(script, FakeSession(), remove=True)
    assert result["removed"] is None
    assert "could not be removed" in result["warnings"][0]


def test_a_script_that_is_handed_over_as_text(script):
    """The file is neither read nor removed; it may be on another host."""
    session = FakeSession()
    result = run(script, session, content="SELECT 2;", remove=True)
    assert (session.done, result["removed"]) == (["BEGIN", "SELECT 2", "COMMIT"], None)
    assert script.read_text() == TEXT
    failed = run("/none/create.sql", session, content=f"SELECT '{MARKER}")
    assert failed["msg"].startswith("Script /none/create.sql: ")


def test_one_by_one_where_that_is_asked_for(script):
    session = FakeSession()
    run(script, session, transaction="never")
    assert session.done == STATEMENTS


@pytest.mark.parametrize(
    "text",
    [
        "CREATE DATABASE a; SELECT 1",
        "BEGIN; CREATE TABLE t (a int); COMMIT",
        "START TRANSACTION; SELECT 1; END",
        "TRUNCATE t; SELECT 1",
        "VACUUM; SELECT 1",
        "ALTER TABLE a APPEND FROM b; SELECT 1",
        "GRANT USAGE ON EXTERNAL SCHEMA a TO b; SELECT 1",
        "create or replace library l language plpythonu from 's3://x'",
    ],
)
def test_one_by_one_where_redshift_or_the_script_wants_it(tmp_path, text):
    path = tmp_path / "x.sql"
    path.write_text(text)
    session = FakeSession()
    run(path, session)
    assert session.done == [part.strip() for part in text.split(";")]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("SELECT 1; SET search_path TO a; SHOW x", False),
        ("SELECT 1 INTO t", True),
        (f"SELECT {', '.join(f'c{n}' for n in range(99))} INTO t FROM x", True),
        ("WITH c AS (SELECT 1) SELECT * FROM c", False),
        ("WITH c AS (SELECT 1) DELETE FROM t USING c", True),
        ("CALL p()", True),
        ("-- nothing", False),
        ("", False),
    ],
)
def test_changed(tmp_path, text, changed):
    path = tmp_path / "x.sql"
    path.write_text(text)
    assert run(path, FakeSession())["changed"] is changed


def test_an_empty_script_needs_no_connection(tmp_path):
    path = tmp_path / "x.sql"
    path.write_text("-- nothing\n")
    assert run(path)["statements"] == []


def test_check_mode_plans_without_a_connection(script):
    result = run(script, check=True)
    assert statuses(result) == ["planned"] * 3
    assert result["changed"] is True


def test_a_failure_in_the_transaction_undoes_all(script):
    session = FakeSession({GRANT: [NO_RIGHT]})
    result = run(script, session)
    assert session.done == ["BEGIN", *STATEMENTS[:2], "ROLLBACK"]
    assert statuses(result) == ["planned", "failed", "planned"]
    assert "statement 2 of 3 (line 3, GRANT) failed: 42501 permission denied" in result["msg"]
    assert "nothing of it took effect" in result["msg"]
    assert result["failure"]["statement"] == {"index": 2, "line": 3, "verb": "GRANT"}
    assert result["failure"]["sqlstate"] == "42501"
    assert session.closed == 1


def test_a_failure_one_by_one_stops(script):
    session = FakeSession({GRANT: [NO_RIGHT]})
    result = run(script, session, transaction="never")
    assert session.done == STATEMENTS[:2]
    assert statuses(result) == ["ok", "failed", "planned"]
    assert "1 preceding statement took effect" in result["msg"]


def test_what_is_tolerated_is_rolled_back_and_run_one_by_one(script):
    session = FakeSession({USER: [EXISTS, EXISTS]})
    result = run(script, session, tolerate=["42710"])
    assert session.done == ["BEGIN", USER, "ROLLBACK", *STATEMENTS]
    assert statuses(result) == ["tolerated", "ok", "ok"]
    assert result["statements"][0]["sqlstate"] == "42710"
    assert result["changed"] is True


def test_only_tolerated_statements_are_no_change(tmp_path):
    path = tmp_path / "x.sql"
    path.write_text(USER)
    assert run(path, FakeSession({USER: [EXISTS, EXISTS]}), tolerate=["42710"])["changed"] is False


def test_another_error_than_the_tolerated_fails(script):
    result = run(script, FakeSession({GRANT: [NO_RIGHT]}), tolerate=["42710"])
    assert result["failed"]


def test_a_statement_that_redshift_wants_alone_after_all(script):
    session = FakeSession({GRANT: [ALONE]})
    result = run(script, session)
    assert session.done == ["BEGIN", USER, GRANT, "ROLLBACK", *STATEMENTS]
    assert statuses(result) == ["ok"] * 3


def test_conflicts_are_tried_again(script):
    session = FakeSession({GRANT: [CONFLICT, CONFLICT]})
    result = run(script, session)
    assert session.done.count("BEGIN") == 3
    assert session.done.count("ROLLBACK") == 2
    assert statuses(result) == ["ok"] * 3
    session = FakeSession({GRANT: [CONFLICT, CONFLICT]})
    run(script, session, transaction="never")
    assert session.done == [USER, GRANT, GRANT, GRANT, "SELECT 1"]


def test_a_conflict_at_the_end_of_the_transaction_is_tried_again(script):
    session = FakeSession({"COMMIT": [CONFLICT]})
    run(script, session)
    assert session.done.count("COMMIT") == 2


def test_conflicts_are_not_tried_for_ever(script):
    for transaction in ("auto", "never"):
        session = FakeSession({GRANT: [CONFLICT] * 9})
        result = run(script, session, transaction=transaction)
        assert "conflict" in result["msg"]
        assert session.done.count(GRANT) == 5


def test_a_conflict_in_a_transaction_of_the_script_is_not_tried_again(tmp_path):
    path = tmp_path / "x.sql"
    path.write_text("BEGIN; UPDATE t SET a = 1; COMMIT")
    session = FakeSession({"UPDATE t SET a = 1": [CONFLICT]})
    assert run(path, session)["failed"]
    assert session.done == ["BEGIN", "UPDATE t SET a = 1"]


def test_the_connection_breaks(script):
    session = FakeSession({GRANT: [BROKEN], "ROLLBACK": [BROKEN]})
    result = run(script, session)
    assert "failed: server closed the connection" in result["msg"]
    assert "nothing of it took effect" in result["msg"]
    assert result["statements"][1]["sqlstate"] is None
    result = run(script, FakeSession({GRANT: [BROKEN]}), transaction="never")
    assert "Whether this statement took effect is unknown" in result["msg"]


def test_the_connection_breaks_at_the_commit(script):
    result = run(script, FakeSession({"COMMIT": [BROKEN], "ROLLBACK": [BROKEN]}))
    assert "all of it took effect, or nothing" in result["msg"]


def test_no_transaction_can_be_begun(script):
    result = run(script, FakeSession({"BEGIN": [NO_RIGHT]}))
    assert result["failed"]
    assert statuses(result) == ["failed", "planned", "planned"]


def test_no_login(script):
    result = run(script, DatabaseError("Logging in to database dev: refused.", database="dev"))
    assert result["failure"] == {"kind": "DatabaseError", "database": "dev"}


def test_secrets_are_scrubbed(script):
    leaky = ServerError("42601", f"odd {MARKER} and {MARKER.upper()}")
    result = run(script, FakeSession({GRANT: [leaky]}), secrets=[MARKER])
    assert "odd ********" in result["msg"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"SELECT 1;\nSELECT 'a;\n", "string that starts in line 2"),
        (b"SELECT (1;", "parenthesis that starts in line 1"),
        (b"\\connect x", "psql"),
        (b"SELECT '\xff'", "not UTF-8 (byte 8)"),
    ],
)
def test_a_script_that_cannot_be_split_is_refused_before_a_connection(tmp_path, content, said):
    path = tmp_path / "x.sql"
    path.write_bytes(content)
    for check in (False, True):
        assert said in run(path, check=check)["msg"]


def test_a_file_that_cannot_be_read(tmp_path):
    assert "cannot be read" in run(tmp_path / "none.sql")["msg"]
    assert "cannot be read" in run(tmp_path)["msg"]


def test_tolerate_takes_sqlstates(script):
    assert "already exists" in run(script, tolerate=["already exists"])["msg"]


def test_a_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "x.sql"
    path.write_bytes("\ufeffSELECT 1;\r\nSELECT\r\n 2;\r\n".encode())
    session = FakeSession()
    result = run(path, session)
    assert session.done == ["BEGIN", "SELECT 1", "SELECT\r\n 2", "COMMIT"]
    assert [row["line"] for row in result["statements"]] == [1, 2]


# Transactions of the script, and what ends them


def written(tmp_path, text):
    path = tmp_path / "script.sql"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"BEGIN; {GRANT}", "statement 1 (line 1, BEGIN)"),
        (f"BEGIN; {GRANT}; COMMIT;\nSTART TRANSACTION; {GRANT} -- COMMIT", "statement 4 (line 2, START TRANSACTION)"),
    ],
)
@pytest.mark.parametrize("check", [False, True])
def test_a_script_that_does_not_commit_is_refused_before_a_connection(tmp_path, text, place, check):
    result = run(written(tmp_path, text), check=check)
    assert place in result["msg"]
    assert "Nothing was run" in result["msg"]
    assert "Add the COMMIT" in result["msg"]
    assert "statements" not in result


def test_a_transaction_that_a_procedure_leaves_open(tmp_path):
    """Nothing in the text is certain after a CALL: the server says whether the transaction is still open."""
    path = written(tmp_path, f"{USER}; BEGIN; CALL p(); {GRANT}")
    result = run(path, FakeSession())
    assert result["failed"]
    assert "the transaction that statement 2 (line 1, BEGIN) opened is not committed" in result["msg"]
    assert "1 statement before it took effect" in result["msg"]
    assert statuses(result) == ["ok", "planned", "planned", "planned"]
    assert not run(path, FakeSession(ends_transaction=["CALL p()"])).get("failed")


@pytest.mark.parametrize("copy", ["COPY t FROM STDIN", "COPY t TO STDOUT"])
def test_copy_from_the_client_is_refused(tmp_path, copy):
    assert "which Redshift cannot do" in run(written(tmp_path, f"SELECT 1;\n{copy}"))["msg"]


def test_copy_from_s3_runs_in_the_one_transaction(tmp_path):
    session = FakeSession()
    run(written(tmp_path, "COPY t FROM 's3://b'; SELECT 1"), session)
    assert session.done == ["BEGIN", "COPY t FROM 's3://b'", "SELECT 1", "COMMIT"]


@pytest.mark.parametrize(
    "refused",
    [
        ServerError("2D000", "invalid transaction termination"),
        ServerError("0A000", "TRUNCATE cannot be invoked from a procedure that is executing in an atomic context."),
    ],
)
def test_a_procedure_that_commits_runs_on_its_own(tmp_path, refused):
    session = FakeSession({"CALL p()": [refused]})
    result = run(written(tmp_path, "SET search_path TO public; CALL p()"), session)
    assert session.done == [
        "BEGIN",
        "SET search_path TO public",
        "CALL p()",
        "ROLLBACK",
        "SET search_path TO public",
        "CALL p()",
    ]
    assert statuses(result) == ["ok", "ok"]


CALL = "CALL p()"


def test_a_procedure_that_ends_the_transaction(tmp_path):
    path = written(tmp_path, f"{USER}; {CALL}; {GRANT}; SELECT 1")
    session = FakeSession(ends_transaction=[CALL])
    result = run(path, session)
    assert session.done == ["BEGIN", USER, CALL, GRANT, "SELECT 1"]
    assert statuses(result) == ["ok"] * 4
    assert "statement 2 (line 1, CALL) committed or rolled back the transaction" in result["warnings"][0]
    result = run(path, FakeSession({GRANT: [NO_RIGHT]}, ends_transaction=[CALL]))
    assert "nothing of it took effect" not in result["msg"]
    assert "statement 2 (line 1, CALL) committed or rolled back" in result["msg"]
    assert "After statement 2 (line 1, CALL), 0 statements took effect" in result["msg"]


def test_a_procedure_that_ends_the_transaction_and_fails(tmp_path):
    path = written(tmp_path, f"{USER}; {CALL}; {GRANT}")
    for problem in (NO_RIGHT, CONFLICT):
        session = FakeSession({CALL: [problem]}, ends_transaction=[CALL])
        result = run(path, session)
        assert session.done == ["BEGIN", USER, CALL]
        assert "nothing of it took effect" not in result["msg"]
        assert "committed or rolled back" in result["msg"]
        assert statuses(result) == ["ok", "failed", "planned"]


def test_a_separate_call_is_not_tried_again(tmp_path):
    """It may have committed a part of its work."""
    path = written(tmp_path, CALL)
    session = FakeSession({CALL: [CONFLICT]})
    assert run(path, session, transaction="never")["failed"]
    assert session.done == [CALL]
    assert not run(path, FakeSession({CALL: [CONFLICT]})).get("failed")


@pytest.mark.parametrize(
    "made",
    [
        "UNLOAD ('SELECT 1') TO 's3://b'",
        "CREATE MODEL m FROM t",
        "CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' CREATE EXTERNAL DATABASE IF NOT EXISTS",
    ],
)
def test_what_a_rollback_leaves_is_said(tmp_path, made):
    result = run(written(tmp_path, f"{USER}; {made}; {GRANT}"), FakeSession({GRANT: [NO_RIGHT]}))
    assert "nothing of it took effect" not in result["msg"]
    assert "except what statement 2 (line 1, " in result["msg"]
    result = run(written(tmp_path, f"{USER}; {GRANT}; {made}"), FakeSession({GRANT: [NO_RIGHT]}))
    assert "nothing of it took effect" in result["msg"]
    result = run(written(tmp_path, f"BEGIN; {made}; {GRANT}; COMMIT"), FakeSession({GRANT: [NO_RIGHT]}))
    assert "was rolled back, except what statement 2" in result["msg"]


def test_tolerated_before_a_truncate(tmp_path):
    """TRUNCATE commits as COMMIT does; it is not left out."""
    session = FakeSession({USER: [EXISTS, EXISTS]})
    result = run(written(tmp_path, f"BEGIN; {USER}; TRUNCATE t; {GRANT}; COMMIT"), session, tolerate=["42710"])
    assert session.done == ["BEGIN", USER, "ROLLBACK", USER, "TRUNCATE t", GRANT, "COMMIT"]
    assert statuses(result) == ["ok", "tolerated", "ok", "ok", "ok"]


def test_tolerated_after_a_truncate(tmp_path):
    session = FakeSession({USER: [EXISTS]})
    result = run(written(tmp_path, f"BEGIN; TRUNCATE t; {USER}; COMMIT"), session, tolerate=["42710"])
    assert session.done == ["BEGIN", "TRUNCATE t", USER, "COMMIT"]
    assert statuses(result) == ["ok", "ok", "tolerated", "ok"]


def test_the_connection_is_lost_while_a_tolerated_error_is_rolled_back(tmp_path):
    session = FakeSession({USER: [EXISTS], "ROLLBACK": [BROKEN]})
    result = run(written(tmp_path, f"BEGIN; {USER}; {GRANT}; COMMIT"), session, tolerate=["42710"])
    assert "server closed the connection" in result["msg"]
    assert statuses(result) == ["planned", "failed", "planned", "planned"]


def test_a_conflict_outside_of_the_transaction_of_the_script_is_tried_again(tmp_path):
    session = FakeSession({GRANT: [CONFLICT]})
    result = run(written(tmp_path, f"BEGIN; {USER}; COMMIT; {GRANT}"), session)
    assert session.done == ["BEGIN", USER, "COMMIT", GRANT, GRANT]
    assert statuses(result) == ["ok"] * 4


def test_a_conflict_is_recognized_whatever_the_statement_has_in_quotes(tmp_path):
    replace = "CREATE OR REPLACE PROCEDURE p() AS $$ BEGIN x := 'UPDATE'; y := 'with'; END $$ LANGUAGE plpgsql"
    for error in (
        ServerError("XX000", "tuple concurrently updated"),
        ServerError("XX000", "1023", "Serializable isolation violation on table - 1"),
        ServerError("XX000", "1018", "Relation does not exist"),
    ):
        session = FakeSession({replace: [error, error]})
        assert statuses(run(written(tmp_path, replace), session)) == ["ok"]
        assert session.done.count(replace) == 3


def test_the_text_of_an_error_may_be_in_its_detail(script):
    error = ServerError("XX000", "1023", "Serializable isolation violation on table - 12345")
    result = run(script, FakeSession({GRANT: [error] * 5}))
    assert "failed: XX000 1023 Serializable isolation violation on table - 12345. It ran" in result["msg"]


def test_a_message_ends_with_what_is_left_out(script):
    result = run(script, FakeSession({USER: [ServerError("XX000", f"odd {MARKER}")]}))
    assert "failed: XX000 odd [...]. It ran" in result["msg"]


def test_python_udfs_get_a_sentence(tmp_path):
    path = written(tmp_path, "GRANT USAGE ON LANGUAGE plpythonu TO u")
    error = ServerError("0A000", "language is not supported")
    result = run(path, FakeSession({"GRANT USAGE ON LANGUAGE plpythonu TO u": [error]}))
    assert "Python UDFs (plpythonu), which AWS has ended" in result["msg"]
    assert "patch 198 (1.0.204436)" in result["msg"]
    result = run(path, FakeSession({"GRANT USAGE ON LANGUAGE plpythonu TO u": [NO_RIGHT]}))
    assert "Python" not in result["msg"]


def test_nested_dollar_tags_end_in_a_sentence_about_the_script(tmp_path):
    opened, closed = (" ".join(f"$a{n}$" for n in numbers) for numbers in (range(1000), reversed(range(1000))))
    text = f"DO {opened} {closed}"
    result = run(written(tmp_path, text), FakeSession({text: [ServerError("42601", "syntax error")]}))
    assert "statement 1 of 1 (line 1, statement) failed: 42601 syntax error" in result["msg"]


def test_a_byte_order_mark_within_is_refused(tmp_path):
    assert "line 2 has a byte order mark" in run(written(tmp_path, "SELECT 1;\n\ufeffCREATE DATABASE d"))["msg"]
