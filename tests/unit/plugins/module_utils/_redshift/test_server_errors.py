# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error of the server means, and what of it is shown."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._redact import Redactor
from ansible_collections.community.immuta.plugins.module_utils._redshift.server_errors import ErrorKind, ServerError
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ServerError("40001", "could not serialize access"), ErrorKind.CONFLICT),
        (ServerError("40P01", "deadlock detected"), ErrorKind.CONFLICT),
        (ServerError("XX000", "1023", "Serializable isolation violation on table - 1"), ErrorKind.CONFLICT),
        (ServerError("XX000", "1018", "Relation does not exist"), ErrorKind.CONFLICT),
        (ServerError("XX000", "ERROR: 1023"), ErrorKind.CONFLICT),
        (ServerError("42601", "1023"), ErrorKind.OTHER),
        (ServerError("XX000", "10234"), ErrorKind.OTHER),
        (ServerError("XX000", "tuple concurrently updated"), ErrorKind.CONFLICT),
        (
            ServerError("XX000", "could not complete because of conflict with concurrent transaction"),
            ErrorKind.CONFLICT,
        ),
        (ServerError("55006", 'database "d" is being accessed by other users'), ErrorKind.CONFLICT),
        (ServerError("23505", 'duplicate key violates unique constraint "pg_x"'), ErrorKind.CONFLICT),
        (ServerError("23505", 'duplicate key violates unique constraint "mine"'), ErrorKind.OTHER),
        (ServerError("25001", "cannot run inside a transaction block"), ErrorKind.NOT_IN_TRANSACTION),
        (ServerError("2D000", "invalid transaction termination"), ErrorKind.NOT_IN_TRANSACTION),
        (
            ServerError("0A000", "TRUNCATE cannot be invoked from a procedure that is executing in an atomic context."),
            ErrorKind.NOT_IN_TRANSACTION,
        ),
        (ServerError(None, "server closed the connection"), ErrorKind.CONNECTION_LOST),
        (ServerError("42704", 'language "plpythonu" does not exist'), ErrorKind.PYTHON_UDF),
        (ServerError("0A000", "Creation of Python UDFs is not supported"), ErrorKind.PYTHON_UDF),
        (ServerError("42501", "permission denied"), ErrorKind.OTHER),
    ],
)
def test_kinds_of_errors(error, kind):
    assert error.kind("SELECT 'conflict with concurrent transaction', '1023'") is kind


def test_a_statement_with_python():
    statement = "CREATE FUNCTION f() RETURNS int AS $$ return 1 $$ LANGUAGE plpythonu"
    assert ServerError("0A000", "not supported").kind(statement) is ErrorKind.PYTHON_UDF
    assert ServerError("42501", "permission denied").kind(statement) is ErrorKind.OTHER
    assert ServerError("42710", "already exists").kind(statement) is ErrorKind.OTHER


def test_detail_is_shown_only_if_the_message_says_nothing():
    redact = Redactor(["Hidden1"])
    assert ServerError("XX000", "1023", "a\n  Hidden1 b").shown("SELECT 1", redact) == "1023 a ******** b"
    assert ServerError("XX000", "Assert", "code: 1000").shown("SELECT 1", redact) == "Assert code: 1000"
    assert ServerError("42710", "user exists", "more").shown("SELECT 1", redact) == "user exists"
    assert len(ServerError("XX000", "1023", "x " * 9999).shown("SELECT 1", redact)) < 600


def test_the_kind_is_decided_before_anything_is_removed():
    conflict = 'duplicate key violates unique constraint "pg_x"'
    found = ServerError("23505", conflict).of("SELECT 'pg_x'", Redactor([]))
    assert found.kind is ErrorKind.CONFLICT
    assert "pg_x" not in found.message


@pytest.mark.parametrize(
    ("statement", "secrets"),
    [(f"CREATE USER u PASSWORD '{MARKER}'", []), ("SELECT 1", [MARKER]), (f"SELECT $${MARKER}$$", [])],
)
def test_no_secret_is_shown(statement, secrets):
    found = ServerError("42601", f'syntax error at or near "{MARKER}"').of(statement, Redactor(secrets))
    assert found.sqlstate == "42601"
    assert found.message.startswith("syntax error at or near")
    assert MARKER not in found.message
    assert str(found) == found.message
