# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session in Redshift, over the connection of community.postgresql. Private to this collection.

The only file that imports community.postgresql: its module_utils are no promised interface.
"""

from __future__ import annotations

import re
import time
import typing as t

from ansible_collections.community.postgresql.plugins.module_utils import postgres

from .._argument_specs import LOGIN
from .._errors import DatabaseError
from .._redact import (
    MASK,
    Redactor,
    secret_values,
    sounds_secret,
)
from .statements import literals

Options = t.Mapping[str, t.Any]
Row = dict[str, t.Any]

#: Ours; connect_params of the user win. Redshift reports its encoding as UNICODE, which older drivers do not know.
CONNECT_PARAMS: dict[str, t.Any] = {
    "connect_timeout": 10,
    "application_name": "community.immuta",
    "gssencmode": "disable",
    "client_encoding": "utf8",
}
NO_DATABASE = re.compile(r"database .* (does not exist|is not currently accepting connections)", re.IGNORECASE)
PAUSE = 1.0  # seconds between two tries to connect to a database that is being created

_WRONG_PASSWORD = re.compile(r"password authentication failed", re.IGNORECASE)

_NEAR = re.compile(r"""(at or near )("(?:[^"]|"")*")""")
_HARMLESS = re.compile(r'"[A-Z_]{1,30}"|"[^\w\s\'"]{1,3}"')


class StatementError(Exception):
    """The server refused a statement, or the connection broke.

    :param sqlstate: five characters; None where the connection broke before the server answered
    :param message: the server's own first line, without what the statement has in quotes
    """

    def __init__(self, sqlstate: str | None, message: str) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.message = message


class Session:
    """One connection in autocommit: each statement is its own message."""

    def __init__(self, connection: t.Any) -> None:
        self._connection = connection
        self._cursor = connection.cursor(**postgres.pg_cursor_args)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    def run(self, statement: str) -> None:
        """Run one statement.

        :raises StatementError: it failed
        """
        try:
            self._cursor.execute(statement)
        except postgres.psycopg.Error as exc:
            raise StatementError(_sqlstate(exc), _scrubbed(_message(exc), statement)) from exc

    def rows(self, query: str, values: t.Sequence[t.Any] = ()) -> list[Row]:
        """Run a query of our own, and return its rows.

        :raises StatementError: it failed
        """
        try:
            self._cursor.execute(query, values or None)
            return [dict(row) for row in self._cursor.fetchall()]
        except postgres.psycopg.Error as exc:
            raise StatementError(_sqlstate(exc), _message(exc)) from exc


def login_secrets(options: Options) -> list[str]:
    """Return the secrets among the connection options."""
    params = options.get("connect_params") or {}
    named = [value for name, value in params.items() if sounds_secret(name)]
    return secret_values([options.get("login_password") or "", *named])


def connect(options: Options) -> Session:
    """Log in to Redshift.

    :param options: those of C(LOGIN); with C(wait_for_database), in seconds, a database that does not exist yet is
        waited for
    :raises DatabaseError: no connection, no login, or no driver
    """
    end = time.monotonic() + options["wait_for_database"]
    while True:
        connection, problem = _try_to_connect(options)
        if connection is not None:
            return Session(connection)
        if not NO_DATABASE.search(problem) or time.monotonic() >= end:
            raise DatabaseError(
                f"{_where(options)}: {problem} {_advice(problem)}".rstrip(), database=options["login_db"]
            )
        time.sleep(min(PAUSE, max(0.0, end - time.monotonic())))


def is_wrong_password(exc: DatabaseError) -> bool:
    """Tell if the server refused the password, or does not know the account: it does not tell them apart."""
    return _WRONG_PASSWORD.search(exc.message) is not None


def _try_to_connect(options: Options) -> tuple[t.Any, str]:
    caller = _Caller()
    postgres.ensure_required_libs(caller)
    login = {name: options.get(name) for name in LOGIN if name != "wait_for_database"}
    login["port"] = login["login_port"]  # the name that community.postgresql 3 reads it by
    login["connect_params"] = {**CONNECT_PARAMS, **(options.get("connect_params") or {})}
    params = postgres.get_conn_params(caller, login)
    connection, problem = postgres.connect_to_db(caller, params, autocommit=True, fail_on_conn=False)
    redact = Redactor(login_secrets(options))
    return connection, " ".join(redact.text(str(problem or "")).split())


class _Caller:
    """Stands in for AnsibleModule where community.postgresql wants one: a failure becomes our error."""

    def __init__(self) -> None:
        self.params: dict[str, t.Any] = {}

    def fail_json(self, msg: str, **_details: t.Any) -> t.NoReturn:
        """Raise what community.postgresql would fail with."""
        raise DatabaseError(msg)

    def warn(self, text: str) -> None:
        """Pass over a warning: what it says is in the error that follows."""


def _where(options: Options) -> str:
    return (
        f"Logging in to database {options['login_db']} on {options.get('login_host') or 'localhost'}:"
        f"{options['login_port']} as {options['login_user']}"
    )


def _advice(problem: str) -> str:
    """Return what to do about a connection that failed, by the words of libpq and of the server."""
    table = (
        (r"password authentication failed|no password supplied", "Check login_user and login_password."),
        (r"authentication method 13", "The account's password is stored as sha256: set it anew, as md5 or plain text."),
        (
            r"too many connections|connection limit|connection slots",
            "Run fewer hosts at once (forks, throttle), or raise the limit.",
        ),
        (r"reset by peer|closed the connection", "Run again; if it stays, check login_host and login_port."),
        (r"certificate|SSL|TLS", "Check ssl_mode and ca_cert."),
        (r"does not exist", "Check login_db and login_user."),
        (
            r"refused|timeout|timed out|translate host|not known|No route|unreachable",
            "Check login_host, login_port and the network: security group, VPC routing, tunnel.",
        ),
    )
    fallback = "Check the connection options, and run again."
    return next((text for words, text in table if re.search(words, problem, re.IGNORECASE)), fallback)


def _sqlstate(exc: t.Any) -> str | None:
    return getattr(exc, "sqlstate", None) or getattr(exc, "pgcode", None)


def _message(exc: t.Any) -> str:
    primary = getattr(getattr(exc, "diag", None), "message_primary", None)
    return str(primary or str(exc).partition("\n")[0] or type(exc).__name__)


def _scrubbed(message: str, statement: str) -> str:
    """Return the server's message without what stands in quotes in the statement, and without an odd token."""
    quoted = [text for literal in literals(statement) for text in (literal, literal.replace("''", "'"))]
    for short in (text for text in quoted if 0 < len(text) < 3):
        message = message.replace(f"'{short}'", "'...'")
    message = Redactor(quoted).text(message).replace(MASK, "...")
    return _NEAR.sub(lambda match: match[0] if _HARMLESS.fullmatch(match[2]) else f'{match[1]}"..."', message)
