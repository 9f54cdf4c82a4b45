# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake session in Redshift."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._redact import Redactor
from ansible_collections.community.immuta.plugins.module_utils._redshift.server_errors import ServerError
from ansible_collections.community.immuta.plugins.module_utils._result import perform
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import (
    MARKER,
    FakeClock,
    assert_no_secret,
    complete,
)

LOGIN = {
    "login_host": "redshift.example.com",
    "login_user": "admin",
    "login_password": f"Login{MARKER}",
    "login_db": "dev",
}


class FakeSession:
    """Records what is run, and fails as specified.

    :param failures: statement -> the errors of its runs in turn, as the server sends them, None for a run without one
    :param results: part of a query -> its rows, or the error
    :param ends_transaction: statements that end the transaction which they run in, besides COMMIT and the like
    """

    def __init__(
        self,
        failures: t.Mapping[str, t.Sequence[ServerError | None]] | None = None,
        results: t.Mapping[str, t.Any] | None = None,
        ends_transaction: t.Collection[str] = (),
    ) -> None:
        self.in_transaction = False
        self._ends_transaction = ends_transaction
        self.done: list[str] = []
        self.closed = 0
        self._failures = {text: list(errors) for text, errors in (failures or {}).items()}
        self._results = results or {}

    def __enter__(self) -> FakeSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.closed += 1

    def run(self, statement: str) -> None:
        """Record a statement."""
        self.done.append(statement)
        self._follow(statement)
        problem = self._failures.get(statement)
        error = problem.pop(0) if problem else None
        if error:
            self.in_transaction = self.in_transaction and error.sqlstate is not None
            raise error.of(statement, Redactor([]))

    def _follow(self, statement: str) -> None:
        """Open and close the transaction as Redshift does."""
        word = statement.split()[0].upper()
        if word in ("BEGIN", "START"):
            self.in_transaction = True
        elif word in ("COMMIT", "END", "ROLLBACK", "ABORT", "TRUNCATE") or statement in self._ends_transaction:
            self.in_transaction = False

    def rows(self, query: str, values: t.Sequence[t.Any] = ()) -> list[dict[str, t.Any]]:
        """Return the rows of a query."""
        found = next((rows for part, rows in self._results.items() if part in query), [])
        if isinstance(found, ServerError):
            raise found.of(query, Redactor([]))
        return list(found(values) if callable(found) else found)


def play_sql(
    module: t.Any,
    options: t.Mapping[str, t.Any],
    session: FakeSession | DatabaseError | t.Callable[[t.Any], t.Any] | None,
    used_by: t.Any,
    check: bool = False,
) -> dict[str, t.Any]:
    """Run the core of a module that talks to Redshift.

    :param session: the result of a login; None if there must not be one
    :param used_by: the file whose ``connect`` is replaced
    """

    def connect(login: t.Mapping[str, t.Any]) -> t.Any:
        assert session is not None, "a connection is made"
        found = session(login) if callable(session) else session
        if isinstance(found, Exception):
            raise found
        return found

    parameters = complete(module, {**LOGIN, **options})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(used_by, "connect", connect)
        result = perform(
            lambda: module.core(parameters, Context(check_mode=check, clock=FakeClock())),
            module.secrets_of(parameters),
            True,
        )
    assert_no_secret(result)
    return result
