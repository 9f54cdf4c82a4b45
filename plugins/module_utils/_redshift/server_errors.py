# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error of the server means, and what of it may be shown. Pure.

The kind is decided by the error as the server sent it; only then is anything removed from its text.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import enum
import re

from .._redact import Redactor
from .redaction import scrubbed

LONGEST_DETAIL = 500  # characters


class ErrorKind(enum.Enum):
    """What the caller can do about an error."""

    CONFLICT = "another transaction was in the way: run it again"
    NOT_IN_TRANSACTION = "refused in a transaction: run it on its own"
    CONNECTION_LOST = "no response came: it may have been done or not"
    NOT_SENT = "it could not be sent"
    PYTHON_UDF = "it uses Python UDFs, which may be the cause"
    OTHER = "the statement or its circumstances must be changed"


#: SQLSTATEs: serialization_failure, deadlock_detected.
_CONFLICT_STATES = frozenset({"40001", "40P01"})
#: Redshift's numbers in the place of a message, with the text in DETAIL: a serializable isolation violation, and a
#: relation that another transaction has replaced.
_CONFLICT_NUMBER = re.compile(r"(ERROR:\s*)?10(18|23)\b")
_CONFLICT = re.compile(
    r"conflict with concurrent transaction|tuple (concurrently|already) updated|serializable isolation violation"
    r"|could not serialize access|deadlock detected"
    r"|is being accessed by other users|violates unique constraint \"pg_",  # CREATE of the same thing beside us
    re.IGNORECASE,
)
#: SQLSTATEs: active_sql_transaction, invalid_transaction_termination (a procedure that commits).
_TRANSACTION_STATES = frozenset({"25001", "2D000"})
_TRANSACTION = re.compile(r"atomic context|inside a transaction block|within a transaction block", re.IGNORECASE)
_PYTHON = re.compile(r"plpythonu|python (udf|user[- ]defined)", re.IGNORECASE)
#: Permission, resources, names and operator intervention have their own causes, with Python or without.
_NOT_PYTHON = re.compile(r"42501|427..|42P0.|3F...|5....")
#: A message that says nothing itself: the text is in DETAIL.
_SAYS_NOTHING = re.compile(r"(ERROR:\s*)?\W*(\d+|assert)?\W*", re.IGNORECASE)


class StatementError(Exception):
    """The server refused a statement, or the connection was lost.

    :param sqlstate: five characters; None if the server did not respond
    :param message: the server's words without what the statement has in quotes
    """

    def __init__(self, sqlstate: str | None, message: str, kind: ErrorKind = ErrorKind.OTHER) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.message = message
        self.kind = kind


@dataclasses.dataclass(frozen=True)
class ServerError:
    """An error as the server sent it. May contain secrets.

    :param sqlstate: None if the server did not respond
    :param primary: its message
    :param detail: its field DETAIL
    """

    sqlstate: str | None
    primary: str
    detail: str = ""

    def kind(self, statement: str) -> ErrorKind:
        """Return what the error of a statement means."""
        if self.sqlstate is None:
            return ErrorKind.CONNECTION_LOST
        text = f"{self.primary}\n{self.detail}"
        if self._is_conflict(text):
            return ErrorKind.CONFLICT
        if self.sqlstate in _TRANSACTION_STATES or _TRANSACTION.search(text):
            return ErrorKind.NOT_IN_TRANSACTION
        perhaps_python = "plpythonu" in statement.lower() and not _NOT_PYTHON.match(self.sqlstate)
        return ErrorKind.PYTHON_UDF if perhaps_python or _PYTHON.search(text) else ErrorKind.OTHER

    def _is_conflict(self, text: str) -> bool:
        by_number = self.sqlstate == "XX000" and _CONFLICT_NUMBER.match(self.primary)
        return self.sqlstate in _CONFLICT_STATES or bool(by_number) or _CONFLICT.search(text) is not None

    def shown(self, statement: str, redact: Redactor) -> str:
        """Return its message for the user: known secrets first, then whatever the statement has in quotes."""
        text = redact.text(self.primary)
        if _SAYS_NOTHING.fullmatch(text):
            text = " ".join(f"{text} {redact.text(self.detail)}".split())[:LONGEST_DETAIL]
        return scrubbed(text, statement)

    def of(self, statement: str, redact: Redactor) -> StatementError:
        """Return the error of a statement, fit to be shown."""
        return StatementError(self.sqlstate, self.shown(statement, redact), self.kind(statement))
