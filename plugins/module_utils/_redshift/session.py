# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session in Redshift, over the connection of community.postgresql.

The only file that imports community.postgresql, whose module_utils are not a public interface.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import os
import re
import sys
import time
import typing as t

from ansible_collections.community.postgresql.plugins.module_utils import postgres

from .._errors import DatabaseError
from .._options import LOGIN
from .._redact import Redactor, secret_values, sounds_secret
from .._types import Options, Row
from . import aws_login
from .aws_client import AwsClient
from .server_errors import ErrorKind, ServerError, StatementError

#: Ours; connect_params of the user win. Redshift reports its encoding as UNICODE, which older drivers do not know.
CONNECT_PARAMS: dict[str, t.Any] = {
    "connect_timeout": 10,
    "application_name": "community.immuta",
    "gssencmode": "disable",
    "client_encoding": "utf8",
}
NO_DATABASE = re.compile(r"database .* (does not exist|is not currently accepting connections)", re.IGNORECASE)
PAUSE = 1.0  # seconds between two tries to connect to a database that is being created

#: Temporary credentials are valid for 15 minutes or longer. In a longer wait, they are fetched again.
CREDENTIALS_AGE = 300.0  # seconds

NO_DRIVER = (
    "There is no driver for Redshift in {python}: install psycopg 3.3.5 or newer, or psycopg2 2.9 or newer. In AWX and "
    "automation controller, run the job in an execution environment with the requirements of community.immuta."
)

_WRONG_PASSWORD = re.compile(r"password authentication failed", re.IGNORECASE)
_WRONG_USER = r"password authentication failed|(user|role) .* does not exist"

#: Transaction status of libpq: in a transaction, and in one that an error has ended.
_IN_TRANSACTION = (2, 3)


class Session:
    """One connection in autocommit: each statement is its own message.

    :param secrets: what no message may contain, besides what a statement has in quotes
    """

    def __init__(self, connection: t.Any, secrets: t.Iterable[str] = ()) -> None:
        self._connection = connection
        self._cursor = connection.cursor(**postgres.pg_cursor_args)
        self._redact = Redactor(secrets)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, as the server said after the last statement."""
        return self._connection.info.transaction_status in _IN_TRANSACTION

    def run(self, statement: str) -> None:
        """Run one statement.

        :raises StatementError: it failed
        """
        try:
            self._cursor.execute(statement)
        except postgres.psycopg.Error as exc:
            raise _server_error(exc).of(statement, self._redact) from exc
        except UnicodeError as exc:
            raise _not_encoded(exc) from None  # the exception contains the statement

    def rows(self, query: str, values: t.Sequence[t.Any] = ()) -> list[Row]:
        """Run a query of our own, and return its rows.

        :raises StatementError: it failed
        """
        try:
            self._cursor.execute(query, values or None)
            return [dict(row) for row in self._cursor.fetchall()]
        except postgres.psycopg.Error as exc:
            raise _server_error(exc).of(query, self._redact) from exc
        except UnicodeError as exc:
            raise _not_encoded(exc) from None


def login_secrets(options: Options) -> list[str]:
    """Return the secrets among the connection options."""
    params = options.get("connect_params") or {}
    named = [value for name, value in params.items() if sounds_secret(name)]
    return secret_values([options.get("login_password") or "", *named])


def connect(options: Options) -> Session:
    """Log in to Redshift.

    :param options: those of ``LOGIN``; with ``wait_for_database``, in seconds, a database that does not exist yet is
        waited for. The texts of ``secrets``, if it is among them, are masked in each message
    :raises OptionError: the options contradict each other
    :raises DatabaseError: no connection, no login, or no driver
    """
    end = time.monotonic() + options["wait_for_database"]
    login = Login(options)
    while True:
        options = login.options()
        connection, problem = _try_to_connect(options)
        if connection is not None:
            return Session(connection, [*login_secrets(options), *options.get("secrets", [])])
        if not NO_DATABASE.search(problem) or time.monotonic() >= end:
            raise DatabaseError(
                f"{_where(options)}: {_sentence(problem)} {_advice(problem, options)}", database=options["login_db"]
            )
        time.sleep(min(PAUSE, max(0.0, end - time.monotonic())))


class Login:
    """The options of a login, with credentials that are valid for it.

    :param options: those of ``LOGIN``
    """

    def __init__(self, options: Options) -> None:
        self._aws = aws_login.settings(options)
        self._call = AwsClient(self._aws)
        self._options = _with_address(options, self._call)
        self._fetched: tuple[float, Options] | None = None

    def options(self) -> Options:
        """Return the options; temporary credentials are fetched unless those of this login are new."""
        if not self._aws:
            return self._options
        if self._fetched is None or time.monotonic() - self._fetched[0] >= CREDENTIALS_AGE:
            self._fetched = time.monotonic(), aws_login.with_credentials(self._options, self._call)
            self._call = AwsClient(self._aws)  # for the next time: the credentials of an assumed role expire as well
        return self._fetched[1]


def with_address(options: Options) -> Options:
    """Return the options with the address that ``login_aws`` stands for.

    :raises OptionError: the options contradict each other
    :raises DatabaseError: AWS refused the call
    """
    return _with_address(options, AwsClient(aws_login.settings(options)))


def _with_address(options: Options, call: AwsClient) -> Options:
    if not aws_login.settings(options):
        return options
    aws_login.check(options, os.environ.get(LOGIN["login_user"]["env"], ""))
    return aws_login.with_address(options, call)


def is_wrong_password(exc: DatabaseError) -> bool:
    """Return whether the server refused the password, or does not know the user: its message is the same for both."""
    return _WRONG_PASSWORD.search(exc.message) is not None


def _try_to_connect(options: Options) -> tuple[t.Any, str]:
    if not postgres.HAS_PSYCOPG:
        raise DatabaseError(NO_DRIVER.format(python=sys.executable))
    caller = _Caller()
    postgres.ensure_required_libs(caller)
    login = {name: options.get(name) for name in LOGIN if name not in ("wait_for_database", "login_aws")}
    login["port"] = login["login_port"]  # the name that community.postgresql 3 reads it by
    login["connect_params"] = {**CONNECT_PARAMS, **(options.get("connect_params") or {})}
    params = postgres.get_conn_params(caller, login)
    connection, problem = postgres.connect_to_db(caller, params, autocommit=True, fail_on_conn=False)
    redact = Redactor(login_secrets(options))
    return connection, " ".join(redact.text(str(problem or "")).split())


class _Caller:
    """Replaces AnsibleModule for community.postgresql: a failure becomes an error of this collection."""

    def __init__(self) -> None:
        self.params: dict[str, t.Any] = {}

    def fail_json(self, msg: str, **_details: t.Any) -> t.NoReturn:
        """Raise the failure of community.postgresql."""
        raise DatabaseError(msg)

    def warn(self, text: str) -> None:
        """Ignore a warning: the error that follows says the same."""


def _sentence(text: str) -> str:
    """Return a text of the server with a full stop, since a sentence follows."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _where(options: Options) -> str:
    return (
        f"Logging in to database {options['login_db']} on {options.get('login_host') or 'localhost'}:"
        f"{options['login_port']} as {options['login_user']}"
    )


def _advice(problem: str, options: Options) -> str:
    """Return what to do about a connection that failed, by the words of libpq and of the server."""
    aws = aws_login.settings(options)
    table = (
        *([(_WRONG_USER, aws_login.login_advice(aws))] if aws else []),
        (r"password authentication failed|no password supplied", "Check login_user and login_password."),
        (r"authentication method 13", "The password is stored as sha256: set it again, as md5 or as plain text."),
        (
            r"too many connections|connection limit|connection slots",
            "Run fewer hosts at once (forks, throttle), or raise the limit.",
        ),
        (r"reset by peer|closed the connection", "Run again; if it persists, check login_host and login_port."),
        (r"certificate|SSL|TLS", "Check ssl_mode and ca_cert."),
        (r"does not exist", "Check login_db and login_user."),
        (
            r"refused|timeout|timed out|translate host|not known|No route|unreachable",
            "Check login_host, login_port and the network: security groups, VPC routing. If this host has no route to "
            "Redshift, there are three ways: run inside the VPC (execution node or runner); run the SQL on a bastion "
            "(delegate_to, for the role redshift_integration_sql_delegate_to); use an SSH tunnel (login_port, and "
            "hostaddr in connect_params). The guide for private clusters explains them.",
        ),
    )
    fallback = "Check the connection options and run again."
    return next((text for words, text in table if re.search(words, problem, re.IGNORECASE)), fallback)


def _server_error(exc: t.Any) -> ServerError:
    """Return the fields of an exception of either driver."""
    diag = getattr(exc, "diag", None)
    primary = getattr(diag, "message_primary", None) or str(exc).partition("\n")[0] or type(exc).__name__
    detail = getattr(diag, "message_detail", None) or ""
    return ServerError(getattr(exc, "sqlstate", None) or getattr(exc, "pgcode", None), str(primary), str(detail))


def _not_encoded(exc: UnicodeError) -> StatementError:
    encoding = getattr(exc, "encoding", "its encoding")
    return StatementError(
        None,
        f"a character of it does not exist in {encoding}; it was not sent. Remove client_encoding from connect_params",
        ErrorKind.NOT_SENT,
    )
