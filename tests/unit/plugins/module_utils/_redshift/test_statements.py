# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The splitter: its statements are exactly those of the script, or the script is refused with a line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.community.immuta.plugins.module_utils._errors import ScriptError
from ansible_collections.community.immuta.plugins.module_utils._redshift.lexer import line_at
from ansible_collections.community.immuta.plugins.module_utils._redshift.statements import (
    LABEL_WORDS,
    split,
    unfinished_transaction,
)
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.sql import HARD

BETWEEN = st.sampled_from([";", ";\n", " ;\r\n", ";;", "; -- a; 'comment\n", ";/* ; ' */", ";\n\n\t", ";\f\v"])
KEYWORDS = LABEL_WORDS | {"statement"}


def texts(script):
    return [statement.text for statement in split(script)]


def split_or_refuse(script):
    try:
        return split(script), None
    except ScriptError as exc:
        return [], exc


@pytest.mark.parametrize("statement", HARD)
def test_hard_cases(statement):
    assert texts(statement) == [statement]
    assert texts(f"{statement};") == [statement]
    assert texts(f"select 0;\n{statement};select 9") == ["select 0", statement, "select 9"]


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from(HARD), BETWEEN), max_size=25), st.sampled_from(["", "\ufeff", "-- x;\n"]))
def test_random_sequences_come_back_exactly(parts, start):
    script = start + "".join(statement + between for statement, between in parts)
    found = split(script)
    assert [statement.text for statement in found] == [statement for statement, _between in parts]
    assert [statement.index for statement in found] == list(range(1, len(parts) + 1))
    position = len(start)
    for statement, (text, between) in zip(found, parts):
        assert statement.line == line_at(script, position)
        position += len(text) + len(between)


@settings(max_examples=300)
@given(st.text("ab'\"$;-/*()\\\n\r eE1&U\x00", max_size=30))
def test_random_text_splits_or_is_refused_with_its_line(script):
    found, refusal = split_or_refuse(script)
    if refusal:
        assert 1 <= refusal.details["line"] <= script.count("\n") + 1
        assert f"line {refusal.details['line']}" in refusal.message
    assert all(statement.text in script for statement in found)
    again = split(";\n".join(statement.text + "\n" for statement in found))
    assert [statement.text for statement in again] == [statement.text for statement in found]


@settings(max_examples=200)
@given(st.sampled_from(HARD), st.text("abcDEF_XYZ", min_size=1, max_size=9))
def test_labels_hold_words_of_sql_alone(statement, name):
    for text in (statement, f"CREATE USER {name} PASSWORD '{name}'", f"{name} {name}", f"DROP {name}", f"'{name}'"):
        (found,) = split(text)
        assert set(found.verb.split()) <= KEYWORDS


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("create user immuta password 'x'", "CREATE USER"),
        ("CREATE OR REPLACE PROCEDURE p() AS $$ $$", "CREATE OR REPLACE PROCEDURE"),
        ("grant all on database d to u", "GRANT"),
        ("alter default privileges in schema s", "ALTER DEFAULT PRIVILEGES"),
        ("/* create */ -- drop\n select 1", "SELECT"),
        ("frobnicate x", "statement"),
        ("(select 1)", "SELECT"),
        ("'x'", "statement"),
        ("USE db", "USE"),
        ("detach rls policy p on t from role r", "DETACH RLS POLICY"),
        ("create identity provider i type azure", "CREATE IDENTITY PROVIDER"),
        ("alter system set x = 1", "ALTER SYSTEM SET"),
        ("reindex database d", "REINDEX DATABASE"),
        ("cluster", "CLUSTER"),
    ],
)
def test_labels(text, verb):
    assert split(text)[0].verb == verb


@pytest.mark.parametrize(
    ("script", "line", "what"),
    [
        ("select 1;\nselect 'abc;\nselect 2;", 2, "string"),
        (r"select 'a\';", 1, "string"),
        ("select E'a", 1, "string"),
        ('\n\nselect "abc;', 3, "quoted name"),
        ("select 1;\n\nselect $$abc;", 3, "dollar-quoted text"),
        ("select $a$ $b$ $$", 1, "dollar-quoted text"),
        ("select 1; /* a\n /* b */", 1, "comment"),
        ("select (1;\nselect 2;", 1, "parenthesis"),
        ("select 1;\ninsert into t values (1, (2);", 2, "parenthesis"),
        ("create function f() returns int\nbegin atomic select 1;", 1, "BEGIN ATOMIC"),
        ("select 1;\n\\connect db", 2, "psql"),
        ("select 1;\nselect \x00", 2, "NUL"),
        ("select 1;\n\ufeffcreate database d", 2, "byte order mark"),
    ],
)
def test_what_is_not_terminated_is_refused_with_its_line(script, line, what):
    with pytest.raises(ScriptError, match=what) as caught:
        split(script)
    assert caught.value.details["line"] == line
    assert f"line {line}" in caught.value.message
    assert "abc" not in caught.value.message


@pytest.mark.parametrize("script", ["", " \n", ";", ";;\n;", "-- x", "/* x; */", "\ufeff", "\ufeff-- x\n;"])
def test_nothing(script):
    assert split(script) == []


def test_lines():
    script = "-- a\r\n\r\nselect 1;\r\n/* b\n */ select\n2; select 3;\nselect 4"
    assert [statement.line for statement in split(script)] == [3, 5, 6, 7]


def test_comments_inside_stay_and_outside_go():
    assert texts("/* a */ select /* b */ 1 /* c */; -- d") == ["select /* b */ 1"]


@pytest.mark.parametrize(
    "text",
    [
        "create database d",
        "DROP DATABASE d",
        "create external table s.t (a int)",
        "drop external table s.t",
        "create or replace library l language plpythonu from 'x'",
        "drop library l",
        "alter table a append from b",
        "alter table a alter column b type varchar(9)",
        "alter external table s.t add partition (a)",
        "alter database d isolation level snapshot",
        "vacuum",
        "alter datashare d set publicaccessible true",
        "alter table s.t add if not exists partition (d='1') location 's3://b'",
        "alter table s.t drop partition (d='1')",
        "alter table s.t partition (d='1') set location 's3://b'",
        "alter table s.t set file format parquet",
        "alter table s.t set table properties ('a'='b')",
        "grant usage on external schema s to u",
        "reindex database d",
        "cluster",
        "create tablespace x",
    ],
)
def test_what_stands_alone(text):
    assert split(text)[0].stands_alone


@pytest.mark.parametrize(
    "text",
    ["create user u", "alter table a add column b int", "grant usage on schema s to u", "copy t from 'x'", "call p()"],
)
def test_what_does_not_stand_alone(text):
    assert not split(text)[0].stands_alone


def test_transactions():
    for text in ("begin", "START TRANSACTION", "commit", "end", "rollback", "abort", "truncate t"):
        assert split(text)[0].controls_transaction
    for text in ("select 1", "create procedure p() as $$ begin commit; end $$ language plpgsql", "set a to 1"):
        assert not split(text)[0].controls_transaction


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("begin; insert into t values (1)", 1),
        ("begin; select 1; commit;\nstart transaction; select 2 -- commit;", 2),
        ("begin; begin; select 1", 1),
        ("begin; select 1; commit", None),
        ("begin; truncate t", None),
        ("begin; call p()", None),
        ("select 1", None),
        ("create procedure p() as $$ begin $$ language plpgsql", None),
    ],
)
def test_a_transaction_that_is_never_ended(script, line):
    found = unfinished_transaction(split(script))
    assert (found.line if found else None) == line


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("select 1", False),
        ("select 1 for update", False),
        ("select 1 into t for update", True),
        ("explain insert into t values (1)", False),
        ("explain analyze insert into t values (1)", True),
        ("with c as (select 1) update t set a = 1", True),
        ("call p()", True),
        ("(select 1)", False),
    ],
)
def test_changes(text, changes):
    assert split(text)[0].changes is changes


@pytest.mark.parametrize(
    ("text", "remains"),
    [
        ("unload ('select 1') to 's3://b'", True),
        ("create model m from t", True),
        ("create external schema s from data catalog database 'd' create external database if not exists", True),
        ("create external schema s from data catalog database 'd'", False),
        ("copy t from 's3://b'", False),
    ],
)
def test_what_a_rollback_does_not_undo(text, remains):
    assert split(text)[0].is_not_undone is remains


def test_statements_that_need_a_sentence_of_their_own():
    assert split("copy t from stdin")[0].reads_from_client
    assert not split("copy t from 's3://stdin'")[0].reads_from_client
    assert split("grant usage on language PLPYTHONU to u")[0].uses_python
    assert split("create function f() returns int as $$ return 1 $$ language 'plpythonu'")[0].uses_python
    assert not split("create function f() returns int as $$ select 1 $$ language sql")[0].uses_python


def test_four_megabytes_take_no_time_to_speak_of():
    script = (";\n".join(HARD) + ";\n") * 350
    assert len(script) > 1_000_000
    start = time.process_time()
    assert len(split(script)) == 350 * len(HARD)
    split(f"select '{'a' * 3_000_000}'")
    assert time.process_time() - start < 10  # a tenth of it, on a machine that does nothing else
