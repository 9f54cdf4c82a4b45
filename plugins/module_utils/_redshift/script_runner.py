# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the statements of a script over one session, and keep account of what took effect.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import random
import typing as t

from .._context import Clock
from .._errors import ScriptError
from .._types import Row
from .server_errors import ErrorKind, StatementError
from .session import Session
from .statements import Statement

OK, TOLERATED, FAILED, PLANNED = "ok", "tolerated", "failed", "planned"
CONFLICT_TRIES = 5
_PYTHON_UDF_ADVICE = (
    "The statement uses Python UDFs (plpythonu), which AWS has ended: from patch 198 (1.0.204436) on, Amazon Redshift "
    "creates no new ones. If this is the cause, use a version of Immuta whose scripts do not need them."
)


class ScriptProgress:
    """A script and the result of each of its statements.

    :param name: what the script is called in messages
    """

    def __init__(self, name: str, statements: list[Statement]) -> None:
        self.name = name
        self.statements = statements
        self.rows: list[Row] = [_planned(statement) for statement in statements]
        #: index of the statement that opened the transaction which is open now, 0 if none is
        self.opened = 0
        #: indexes of BEGIN and COMMIT that are left out: what is between them runs statement by statement
        self.left_out: set[int] = set()
        #: the CALL that ended the transaction which was opened for the whole script
        self.ended_by: Statement | None = None

    @property
    def changed(self) -> bool:
        """Whether a statement that changes something ran, or would run."""
        pairs = zip(self.statements, self.rows)
        return any(statement.changes and row["status"] in (OK, PLANNED) for statement, row in pairs)

    @property
    def done(self) -> int:
        """How many statements certainly took effect, or were tolerated."""
        unsure = self.ended_by.index if self.ended_by else 0
        return sum(row["status"] in (OK, TOLERATED) for row in self.rows[unsure:])

    def reset(self) -> None:
        """Mark all statements as not run: the transaction that they ran in was rolled back."""
        self.rows = [_planned(statement) for statement in self.statements]

    def mark_not_run(self, first: int, end: int) -> None:
        """Mark the statements from one index to before another as not run."""
        for row in self.rows[first - 1 : end - 1]:
            row.update(status=PLANNED, sqlstate=None, error=None)

    def not_undone(self, end: int) -> Statement | None:
        """Return the first statement up to an index that a rollback does not undo altogether."""
        return next((statement for statement in self.statements[:end] if statement.is_not_undone), None)

    def end_of_transaction(self, statement: Statement) -> Statement | None:
        """Return the statement that ends the transaction of another one."""
        return next((later for later in self.statements[statement.index :] if later.ends_transaction), None)

    def failure(self, statement: Statement, exc: StatementError, after: str) -> ScriptError:
        """Return the error for a statement that failed.

        :param after: what took effect, in a sentence
        """
        state = f"{exc.sqlstate} " if exc.sqlstate else ""
        advice = f"{_PYTHON_UDF_ADVICE} " if exc.kind is ErrorKind.PYTHON_UDF else ""
        return ScriptError(
            f"{self.name}: statement {statement.index} of {len(self.statements)} "
            f"(line {statement.line}, {statement.verb}) failed: {state}{exc.message.rstrip('.')}. {after} "
            f"{advice}Fix the cause and run again.",
            {"statements": self.rows},
            statement={"index": statement.index, "line": statement.line, "verb": statement.verb},
            sqlstate=exc.sqlstate,
        )


class ScriptRunner:
    """Runs a script over one session, since statements depend on SET, temporary tables and transactions before them.

    There are three modes:

    *One transaction*, opened and committed for the script. It is the first mode if it is asked for, if the script has
    no BEGIN, COMMIT or TRUNCATE itself, and if no statement is known to be refused in a transaction. A conflict
    rolls all of it back, and all of it is tried again.

    *One by one*: each statement takes effect on its own. It is the first mode otherwise, and follows the first mode
    from the start if a statement is refused in a transaction after all or its error is tolerated, and from the next
    statement if a procedure has ended the transaction. A conflict is tried again for its statement, unless that is a
    CALL, since a procedure may have committed a part of its work.

    *The script's own transaction*, from a BEGIN of the script up to its end, within the mode before. A conflict in it
    fails. A tolerated error in it rolls it back, and its statements are run again one by one, without its BEGIN and
    COMMIT.
    """

    def __init__(self, session: Session, progress: ScriptProgress, tolerate: frozenset[str], clock: Clock) -> None:
        self._session = session
        self._progress = progress
        self._tolerate = tolerate
        self._clock = clock

    def run(self, atomic: bool) -> None:
        """Run all statements: in one transaction if that is asked for and possible, else one by one.

        :raises ScriptError: a statement failed, or the script did not commit its own transaction
        """
        statements = self._progress.statements
        separate = any(statement.controls_transaction or statement.stands_alone for statement in statements)
        self._one_by_one(self._in_one_transaction() if atomic and not separate else 0)

    def _in_one_transaction(self) -> int:
        """Run the statements in one transaction, and return how many of them need not be run one by one."""
        for attempt in range(CONFLICT_TRIES):
            statement, problem = self._try_transaction()
            if problem is None:
                return statement.index
            if self._was_ended_by(statement, problem):
                raise self._transaction_failure(statement, problem)
            with contextlib.suppress(StatementError):  # the connection was lost, which rolls back as well
                self._session.run("ROLLBACK")
            if problem.kind is ErrorKind.NOT_IN_TRANSACTION or problem.sqlstate in self._tolerate:
                break
            if problem.kind is not ErrorKind.CONFLICT or attempt == CONFLICT_TRIES - 1:
                raise self._transaction_failure(statement, problem)
            self._progress.reset()
            self._pause(attempt)
        self._progress.reset()
        return 0

    def _try_transaction(self) -> tuple[Statement, StatementError | None]:
        """Return the statement that was run last, and its error."""
        statement = self._progress.statements[0]
        try:
            self._session.run("BEGIN")
            for statement, row in zip(self._progress.statements, self._progress.rows):
                self._timed(row, self._session.run, statement.text)
                if statement.is_call and not self._session.in_transaction:
                    self._progress.ended_by = statement
                    return statement, None
            self._session.run("COMMIT")
        except StatementError as exc:
            return statement, exc
        return statement, None

    def _was_ended_by(self, statement: Statement, problem: StatementError) -> bool:
        """Return whether a procedure ended the transaction and failed afterwards."""
        responded = problem.kind not in (ErrorKind.CONNECTION_LOST, ErrorKind.NOT_SENT)
        ended = statement.is_call and responded and not self._session.in_transaction
        if ended:
            self._progress.ended_by = statement
        return ended

    def _transaction_failure(self, statement: Statement, exc: StatementError) -> ScriptError:
        failed = self._progress.rows[statement.index - 1]
        if self._progress.ended_by:
            failed.update(status=FAILED, **_error(exc))
            return self._progress.failure(statement, exc, self._describe_progress(statement, exc))
        after = "It ran in one transaction, which was rolled back: nothing of it took effect."
        remains = self._progress.not_undone(statement.index)
        if remains:
            after = f"It ran in one transaction, which was rolled back, except what {remains.place} made outside of it."
        if exc.kind is ErrorKind.CONNECTION_LOST and failed["status"] == OK:
            after = "The connection was lost at the end of its transaction: all of it took effect, or nothing."
        self._progress.reset()
        self._progress.rows[statement.index - 1] = {**failed, "status": FAILED, **_error(exc)}
        return self._progress.failure(statement, exc, after)

    def _one_by_one(self, number: int) -> None:
        """Run the statements after a number of them that are done."""
        progress = self._progress
        while number < len(progress.statements):
            statement, row = progress.statements[number], progress.rows[number]
            number += 1
            if statement.index in progress.left_out:
                row["status"] = OK
                continue
            try:
                self._timed(row, self._run_with_retries, statement)
            except StatementError as exc:
                number = self._handle_error(statement, exc)
            else:
                self._note_transaction(statement)
        if progress.opened:
            raise self._never_committed()

    def _note_transaction(self, statement: Statement) -> None:
        """Record whether a transaction of the script is open after a statement."""
        if not self._session.in_transaction:
            self._progress.opened = 0
        elif not self._progress.opened or statement.ends_transaction:
            self._progress.opened = statement.index

    def _handle_error(self, statement: Statement, exc: StatementError) -> int:
        """Return how many statements are done if the error is tolerated, else raise."""
        progress = self._progress
        row = progress.rows[statement.index - 1]
        tolerated = exc.sqlstate in self._tolerate
        if tolerated and not progress.opened:
            row.update(status=TOLERATED, **_error(exc))
            return statement.index
        end = progress.end_of_transaction(statement) if tolerated else None
        if end and end.commits:
            try:
                return self._leave_transaction(statement, end)
            except StatementError as lost:
                exc = lost
        row.update(status=FAILED, **_error(exc))
        raise progress.failure(statement, exc, self._describe_progress(statement, exc)) from exc

    def _leave_transaction(self, statement: Statement, end: Statement) -> int:
        """Roll back the script's transaction, which an error ended and whose COMMIT would silently do the same.

        :returns: how many statements are done, before those that are to be run again one by one
        """
        progress = self._progress
        self._session.run("ROLLBACK")
        opened, progress.opened = progress.opened, 0
        progress.mark_not_run(opened + 1, statement.index + 1)
        # a TRUNCATE in place of the COMMIT is still run
        progress.left_out |= {row.index for row in (progress.statements[opened - 1], end) if row.words[0] != "TRUNCATE"}
        return opened

    def _describe_progress(self, statement: Statement, exc: StatementError) -> str:
        """Return what took effect, and mark as not run what the end of the connection rolls back."""
        progress = self._progress
        notes = []
        if progress.opened:
            unclear = exc.kind is ErrorKind.CONNECTION_LOST and statement.ends_transaction
            notes.append(self._roll_back(statement, "took effect completely or not at all" if unclear else ""))
        elif exc.kind is ErrorKind.CONNECTION_LOST:
            notes.append("Whether this statement took effect is unknown.")
        done = _count(progress.done, "preceding statement")
        if progress.ended_by:
            notes.append(_ended(progress.ended_by))
            done = f"After {progress.ended_by.place}, {_count(progress.done, 'statement')}"
        return " ".join([f"{done} took effect; the remaining statements were not run.", *notes])

    def _roll_back(self, statement: Statement | None, outcome: str = "") -> str:
        """Mark the statements of the open transaction as not run, and return the sentence about it."""
        progress = self._progress
        opened = progress.opened
        end = statement.index if statement else len(progress.statements) + 1
        progress.mark_not_run(opened, end)
        remains = next((one for one in progress.statements[opened - 1 : end] if one.is_not_undone), None)
        outside = f", except what {remains.place} made outside of it" if remains and not outcome else ""
        return f"The script's transaction, from statement {opened}, {outcome or 'was rolled back'}{outside}."

    def _never_committed(self) -> ScriptError:
        opener = self._progress.statements[self._progress.opened - 1]
        rolled_back = self._roll_back(None)
        return ScriptError(
            f"{self._progress.name}: the transaction that {opener.place} opened is not committed at the end of the "
            f"script. {rolled_back} {_count(self._progress.done, 'statement')} before it took effect. Add the COMMIT "
            "and run again.",
            {"statements": self._progress.rows},
            statement={"index": opener.index, "line": opener.line, "verb": opener.verb},
        )

    def _run_with_retries(self, statement: Statement) -> None:
        """Run a statement, again if another transaction was in its way and none of the script's own is open."""
        for attempt in range(CONFLICT_TRIES):
            try:
                self._session.run(statement.text)
                return
            except StatementError as exc:
                once = self._progress.opened or statement.is_call or attempt == CONFLICT_TRIES - 1
                if once or exc.kind is not ErrorKind.CONFLICT:
                    raise
            self._pause(attempt)

    def _timed(self, row: Row, run: t.Callable[[t.Any], None], what: t.Any) -> None:
        start = self._clock.now()
        try:
            run(what)
            row["status"] = OK
        finally:
            row["duration_ms"] = round((self._clock.now() - start) * 1000)

    def _pause(self, attempt: int) -> None:
        """Wait before another try: a half to one second at first, doubling."""
        self._clock.sleep(2**attempt * random.uniform(0.5, 1.0))


def call_warning(progress: ScriptProgress) -> str | None:
    """Return the warning about a procedure that ended the transaction of a script, None if none did."""
    if not progress.ended_by:
        return None
    return f"{progress.name}: {_ended(progress.ended_by)} The statements after it were run one by one."


def _ended(statement: Statement) -> str:
    return (
        f"The procedure of {statement.place} committed or rolled back the transaction that the script ran in, and with "
        "it the statements before."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _planned(statement: Statement) -> Row:
    return {
        "index": statement.index,
        "line": statement.line,
        "verb": statement.verb,
        "status": PLANNED,
        "sqlstate": None,
        "error": None,
        "duration_ms": 0,
    }


def _error(exc: StatementError) -> Row:
    return {"sqlstate": exc.sqlstate, "error": exc.message}
