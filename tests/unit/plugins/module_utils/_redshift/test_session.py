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
from ansible_collections.community.immuta.plugins.module_utils._redshift.server_errors import ErrorKind, StatementError
from ansible_collections.community.immuta.plugins.module_utils._redshift.session import Session
from ansible_collections.community.immuta.plugins.modules import redshift_preflight
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER, complete
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import LOGIN

REFUSED = 'connection to server at "redshift.example.com", port 5439 failed: Connection refused'


class DriverError(Exception):
    """Replaces psycopg.Error."""

    def __init__(self, message, sqlstate=None, primary=None):
        super().__init__(message)
        self.sqlstate = sqlstate
        self.diag = types.SimpleNamespace(message_primary=primary)


class Connection:
    """Replaces a connection and its cursor."""

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
    """The results of logins in turn: a connection, or the problem; the parameters are appended to ``asked``."""
    found = types.SimpleNamespace(results=[], asked=[], pauses=[])

    def connect(_caller, params, autocommit, fail_on_conn):
        assert autocommit
        assert not fail_on_conn
        found.asked.append(params)
        result = found.results.pop(0)
        return (None, result) if isinstance(result, str) else (result, None)

    monkeypatch.setattr(session.postgres, "HAS_PSYCOPG", True)
    monkeypatch.setattr(session.postgres, "ensure_required_libs", lambda _caller: None)
    monkeypatch.setattr(session.postgres, "connect_to_db", connect)
    monkeypatch.setattr(session.postgres, "psycopg", types.SimpleNamespace(Error=DriverError), raising=False)
    monkeypatch.setattr(session.postgres, "pg_cursor_args", {})
    monkeypatch.setattr(session.time, "sleep", found.pauses.append)
    return found


def options(**more):
    return complete(redshift_preflight, {**LOGIN, **more})


def test_no_driver(monkeypatch):
    monkeypatch.setattr(session.postgres, "HAS_PSYCOPG", False)
    with pytest.raises(DatabaseError, match=r"install psycopg 3\.3\.5 or newer, or psycopg2 .* execution environment"):
        session.connect(options())


def test_our_parameters_and_those_of_the_user(logins):
    logins.results = [Connection()]
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
        ("connection timeout expired", "redshift_integration_sql_delegate_to"),
        ("connect failed: No route to host", "SSH tunnel (login_port, and hostaddr in connect_params)"),
        ("something else", "something else"),
    ],
)
def test_no_login(logins, problem, advice):
    logins.results = [problem]
    with pytest.raises(DatabaseError, match=r"database dev on redshift\.example\.com:5439 as admin") as caught:
        session.connect(options())
    assert advice in caught.value.message
    assert caught.value.details["database"] == "dev"


def test_an_echoed_password_is_masked(logins):
    logins.results = [f"odd password=Login{MARKER} sslpassword=Key{MARKER}"]
    with pytest.raises(DatabaseError) as caught:
        session.connect(options(connect_params={"sslpassword": f"Key{MARKER}"}))
    assert MARKER not in json.dumps(caught.value.fail_args())


def test_a_database_that_is_slow_to_appear(logins):
    missing = 'FATAL: database "new" does not exist'
    logins.results = [missing, "database new is not currently accepting connections", Connection()]
    assert isinstance(session.connect(options(wait_for_database=60)), Session)
    assert len(logins.pauses) == 2
    logins.results = [missing]
    with pytest.raises(DatabaseError):
        session.connect(options())
    logins.results = [REFUSED]
    with pytest.raises(DatabaseError):
        session.connect(options(wait_for_database=60))


def test_an_old_driver(monkeypatch):
    monkeypatch.setattr(session.postgres, "HAS_PSYCOPG", True)
    monkeypatch.setattr(session.postgres, "ensure_required_libs", lambda caller: caller.fail_json(msg="psycopg2!"))
    with pytest.raises(DatabaseError, match="psycopg2!"):
        session.connect(options())


def test_a_session_closes_its_connection(logins):
    connection = Connection()
    logins.results = [connection]
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
def test_known_secrets_are_masked_before_literals():
    connection = Connection(DriverError("x", "22P02", "odd immutaZq7 here"))
    with pytest.raises(StatementError) as caught:
        Session(connection, ["immutaZq7"]).run("SELECT 'immuta'")
    assert caught.value.message == "odd ******** here"


@pytest.mark.usefixtures("logins")
def test_the_secrets_of_the_options_are_masked(logins):
    logins.results = [Connection(DriverError("x", "22P02", f"odd Hidden1 Login{MARKER}"))]
    with pytest.raises(StatementError, match=r"odd \*{8} \*{8}"):
        session.connect({**options(), "secrets": ["Hidden1"]}).run("SELECT 1")


@pytest.mark.usefixtures("logins")
def test_the_kind_is_decided_by_the_raw_error():
    """A literal that hides a word of the message does not hide what the error means."""
    found = failure(DriverError("x", "XX000", "tuple concurrently updated"), "SELECT 'concurrently'")
    assert found.kind is ErrorKind.CONFLICT
    in_detail = DriverError("x", "XX000", "1023")
    in_detail.diag.message_detail = "Serializable isolation violation on table - 12345"
    found = failure(in_detail, "SELECT 1")
    assert (found.kind, found.message) == (
        ErrorKind.CONFLICT,
        "1023 Serializable isolation violation on table - 12345",
    )


@pytest.mark.usefixtures("logins")
@pytest.mark.parametrize("call", ["run", "rows"])
def test_a_character_that_the_encoding_does_not_have(call):
    refused = UnicodeEncodeError("latin-1", f"SELECT '{MARKER}\u20ac'", 8, 9, "ordinal not in range")
    with pytest.raises(StatementError, match="does not exist in latin-1") as caught:
        getattr(Session(Connection(refused)), call)("SELECT 1")
    assert caught.value.kind is ErrorKind.NOT_SENT
    assert MARKER not in str(caught.value)


@pytest.mark.usefixtures("logins")
@pytest.mark.parametrize(("status", "is_open"), [(0, False), (1, False), (2, True), (3, True), (4, False)])
def test_whether_a_transaction_is_open(status, is_open):
    connection = Connection()
    connection.info = types.SimpleNamespace(transaction_status=status)
    assert Session(connection).in_transaction is is_open


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
