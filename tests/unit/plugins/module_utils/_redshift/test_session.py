# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in and running statements, with the driver replaced."""

from __future__ import annotations

import json
import types

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._redshift import session
from ansible_collections.community.immuta.plugins.module_utils._redshift.session import Session, StatementError
from ansible_collections.community.immuta.plugins.modules import redshift_preflight
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER, complete
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import LOGIN

REFUSED = 'connection to server at "redshift.example.com", port 5439 failed: Connection refused'


class DriverError(Exception):
    """Takes the place of psycopg.Error."""

    def __init__(self, message, sqlstate=None, primary=None):
        super().__init__(message)
        self.sqlstate = sqlstate
        self.diag = types.SimpleNamespace(message_primary=primary)


class Connection:
    """Takes the place of a connection and its cursor."""

    def __init__(self, error=None):
        self.closed = False
        self.done = []
        self._error = error

    def cursor(self, **_options):
        return self

    def execute(self, *query):
        self.done.append(query)
        if self._error:
            raise self._error

    def fetchall(self):
        return [{"a": 1}]

    def close(self):
        self.closed = True


@pytest.fixture
def logins(monkeypatch):
    """Answers to logins in turn: a connection, or why there is none; the parameters are appended to C(asked)."""
    found = types.SimpleNamespace(answers=[], asked=[], pauses=[])

    def connect(_caller, params, autocommit, fail_on_conn):
        assert autocommit
        assert not fail_on_conn
        found.asked.append(params)
        answer = found.answers.pop(0)
        return (None, answer) if isinstance(answer, str) else (answer, None)

    monkeypatch.setattr(session.postgres, "ensure_required_libs", lambda _caller: None)
    monkeypatch.setattr(session.postgres, "connect_to_db", connect)
    monkeypatch.setattr(session.postgres, "psycopg", types.SimpleNamespace(Error=DriverError), raising=False)
    monkeypatch.setattr(session.postgres, "pg_cursor_args", {})
    monkeypatch.setattr(session.time, "sleep", found.pauses.append)
    return found


def options(**more):
    return complete(redshift_preflight, {**LOGIN, **more})


def test_our_parameters_and_those_of_the_user(logins):
    logins.answers = [Connection()]
    session.connect(options(ssl_mode="require", ca_cert="/ca", connect_params={"connect_timeout": 3, "x": "y"}))
    asked = logins.asked[0]
    expected = {
        "host": "redshift.example.com",
        "port": 5439,
        "sslmode": "require",
        "sslrootcert": "/ca",
        "connect_timeout": 3,
        "x": "y",
        "client_encoding": "utf8",
        "gssencmode": "disable",
        "application_name": "community.immuta",
    }
    assert {name: asked[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("problem", "advice"),
    [
        (REFUSED, "login_port"),
        ('FATAL: password authentication failed for user "admin"', "login_password"),
        ("authentication method 13 not supported", "sha256"),
        ("SSL error: certificate verify failed", "ca_cert"),
        ('FATAL: role "x" does not exist', "login_user"),
        ('could not translate host name "x"', "login_host"),
        ("something else", "something else"),
    ],
)
def test_no_login(logins, problem, advice):
    logins.answers = [problem]
    with pytest.raises(DatabaseError, match=r"database dev on redshift\.example\.com:5439 as admin") as caught:
        session.connect(options())
    assert advice in caught.value.message
    assert caught.value.details["database"] == "dev"


def test_an_echoed_password_is_masked(logins):
    logins.answers = [f"odd password=Login{MARKER} sslpassword=Key{MARKER}"]
    with pytest.raises(DatabaseError) as caught:
        session.connect(options(connect_params={"sslpassword": f"Key{MARKER}"}))
    assert MARKER not in json.dumps(caught.value.fail_args())


def test_a_database_that_is_slow_to_appear(logins):
    missing = 'FATAL: database "new" does not exist'
    logins.answers = [missing, "database new is not currently accepting connections", Connection()]
    assert isinstance(session.connect(options(wait_for_database=60)), Session)
    assert len(logins.pauses) == 2
    logins.answers = [missing]
    with pytest.raises(DatabaseError):
        session.connect(options())
    logins.answers = [REFUSED]
    with pytest.raises(DatabaseError):
        session.connect(options(wait_for_database=60))


def test_no_driver(monkeypatch):
    monkeypatch.setattr(session.postgres, "ensure_required_libs", lambda caller: caller.fail_json(msg="psycopg2!"))
    with pytest.raises(DatabaseError, match="psycopg2!"):
        session.connect(options())


def test_a_session_closes_its_connection(logins):
    connection = Connection()
    logins.answers = [connection]
    with session.connect(options()) as opened:
        opened.run("SELECT '100%'")
        assert opened.rows("SELECT %s", ("x",)) == [{"a": 1}]
        assert opened.rows("SELECT '%'") == [{"a": 1}]
    assert connection.closed
    assert connection.done == [("SELECT '100%'",), ("SELECT %s", ("x",)), ("SELECT '%'", None)]


def failure(error, statement):
    with pytest.raises(StatementError) as caught:
        Session(Connection(error)).run(statement)
    return caught.value


@pytest.mark.usefixtures("logins")
@pytest.mark.parametrize(
    ("statement", "message", "shown"),
    [
        (f"CREATE USER u PASSWORD '{MARKER}'", f"odd {MARKER.lower()}", "odd ..."),
        ("CREATE USER u PASSWORD 'it''s1'", "odd it's1 and it''s1", "odd ... and ..."),
        ("SELECT $$x 'Hidden1' y$$", "odd Hidden1", "odd ..."),
        ("SELECT 'ab'", "odd 'ab' about", "odd '...' about"),
        ("CREATE USER u PASSWROD Hidden1", 'syntax error at or near "Hidden1"', 'syntax error at or near "..."'),
        ("SELECT", 'syntax error at or near "FROM"', 'syntax error at or near "FROM"'),
        ("SELECT )", 'syntax error at or near ")"', 'syntax error at or near ")"'),
        ("CREATE USER u", 'user "u" already exists', 'user "u" already exists'),
    ],
)
def test_errors_are_scrubbed(statement, message, shown):
    assert failure(DriverError("x", "42601", message), statement).message == shown


@pytest.mark.usefixtures("logins")
def test_errors_without_a_diagnosis():
    found = failure(DriverError(f"first line\nLINE 1: PASSWORD '{MARKER}'"), "SELECT 1")
    assert (found.sqlstate, found.message) == (None, "first line")
    old = DriverError("")
    del old.sqlstate
    old.pgcode = "57014"
    found = failure(old, "SELECT 1")
    assert (found.sqlstate, found.message) == ("57014", "DriverError")


@pytest.mark.usefixtures("logins")
def test_errors_of_our_own_queries():
    with pytest.raises(StatementError, match="permission denied"):
        Session(Connection(DriverError("x", "42501", "permission denied"))).rows("SELECT 1")


def test_login_secrets():
    found = session.login_secrets(options(connect_params={"sslpassword": "Hidden1", "x": "open"}))
    assert sorted(found) == ["Hidden1", LOGIN["login_password"]]
