# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session in Redshift that is none."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._redshift.session import StatementError
from ansible_collections.community.immuta.plugins.module_utils._result import perform
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER, assert_no_secret, complete

LOGIN = {
    "login_host": "redshift.example.com",
    "login_user": "admin",
    "login_password": f"Login{MARKER}",
    "login_db": "dev",
}


class FakeSession:
    """Notes what is run; fails where it is told to.

    :param failures: statement -> the errors of its runs in turn, None for a run without one
    :param answers: part of a query -> its rows, or the error
    """

    def __init__(
        self,
        failures: t.Mapping[str, t.Sequence[StatementError | None]] | None = None,
        answers: t.Mapping[str, t.Any] | None = None,
    ) -> None:
        self.done: list[str] = []
        self.closed = 0
        self._failures = {text: list(errors) for text, errors in (failures or {}).items()}
        self._answers = answers or {}

    def __enter__(self) -> FakeSession:
        return self

    def __exit__(self, *exc: object) -> None:
        self.closed += 1

    def run(self, statement: str) -> None:
        """Note a statement."""
        self.done.append(statement)
        problem = self._failures.get(statement)
        error = problem.pop(0) if problem else None
        if error:
            raise error

    def rows(self, query: str, values: t.Sequence[t.Any] = ()) -> list[dict[str, t.Any]]:
        """Answer a query."""
        found = next((rows for part, rows in self._answers.items() if part in query), [])
        if isinstance(found, Exception):
            raise found
        return list(found(values) if callable(found) else found)


def play_sql(
    module: t.Any,
    options: t.Mapping[str, t.Any],
    session: FakeSession | DatabaseError | t.Callable[[t.Any], t.Any] | None,
    used_by: t.Any,
    check: bool = False,
) -> dict[str, t.Any]:
    """Run the core of a module that talks to Redshift.

    :param session: what a login gives; None where there may be none
    :param used_by: the file whose C(connect) is replaced
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
        with contextlib.suppress(AttributeError):
            patch.setattr(used_by, "_pause", lambda _attempt: None)
        result = perform(
            lambda: module.core(parameters, Context(check_mode=check)), module.secrets_of(parameters), True
        )
    assert_no_secret(result)
    return result
