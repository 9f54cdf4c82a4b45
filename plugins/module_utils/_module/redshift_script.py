# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a script in Redshift, one statement a message. Private to this collection."""

from __future__ import annotations

import contextlib
import os
import random
import re
import time
import typing as t

from .. import _script_dir
from .._context import Context
from .._errors import OptionError, ScriptError
from .._redshift.session import Session, StatementError, connect
from .._redshift.statements import Statement, split
from .._result import Outcome

Options = t.Mapping[str, t.Any]
Row = dict[str, t.Any]

OK, TOLERATED, FAILED, PLANNED = "ok", "tolerated", "failed", "planned"
IN_TRANSACTION = "25001"  # SQLSTATE: refused inside a transaction block
CONFLICT_TRIES = 5
_CONFLICT = re.compile(
    r"conflict with concurrent transaction|tuple (concurrently|already) updated|serializable isolation violation"
    r"|could not serialize access|deadlock detected"
    r"|is being accessed by other users|violates unique constraint \"pg_",  # CREATE of the same thing beside us
    re.IGNORECASE,
)
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")


def run_script(options: Options, context: Context) -> Outcome:
    """Split a script file and run it; in check mode only split it, without a connection.

    :raises OptionError: an option is wrong
    :raises ScriptError: the file cannot be read or split, or a statement failed
    :raises DatabaseError: no login
    """
    wrong = [state for state in options["tolerate"] if not _SQLSTATE.fullmatch(state)]
    if wrong:
        raise OptionError(
            f"tolerate holds {', '.join(wrong)}: it takes SQLSTATEs of five characters, 42710 for instance."
        )
    removes = options["remove"] and (not context.check_mode or _script_dir.holds(options["path"]))
    try:
        script = _Script(options["path"], options["login_db"], split_file(options["path"]))
    finally:
        if removes:  # at once, so that nothing is left where the run is stopped
            _script_dir.remove(options["path"])
    if not context.check_mode and script.statements:
        with connect(options) as session:
            _Runner(session, script, frozenset(options["tolerate"])).run(options["transaction"] == "auto")
    outcome = script.outcome()
    left = os.path.lexists(options["path"])
    outcome.values["removed"] = options["path"] if removes and not left else None
    if removes and left:
        outcome.warn(f"Script {options['path']} could not be removed. It may hold a password: remove it.")
    return outcome


def split_file(path: str) -> list[Statement]:
    """Read a script file and return its statements.

    :raises ScriptError: it cannot be read, is not UTF-8, or cannot be split
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return split(file.read())
    except UnicodeDecodeError as exc:
        raise ScriptError(f"Script {path} is not UTF-8 (byte {exc.start}). Store it as UTF-8.") from exc
    except OSError as exc:
        raise ScriptError(f"Script {path} cannot be read: {exc.strerror}. Check path.") from exc
    except ScriptError as exc:
        raise ScriptError(f"Script {path}: {exc.message} Nothing was run.", **exc.details) from exc


class _Script:
    """A script and what became of each of its statements."""

    def __init__(self, path: str, database: str, statements: list[Statement]) -> None:
        self.path = path
        self.database = database
        self.statements = statements
        self.rows: list[Row] = [_planned(statement) for statement in statements]
        #: indexes of BEGIN and COMMIT that are left out: what is between them runs statement by statement
        self.left_out: set[int] = set()

    def reset(self) -> None:
        """Take every statement as not run: the transaction that they ran in was rolled back."""
        self.rows = [_planned(statement) for statement in self.statements]

    def done(self) -> int:
        """Return how many statements took effect, or were tolerated."""
        return sum(row["status"] in (OK, TOLERATED) for row in self.rows)

    def open_transaction(self, statement: Statement) -> int:
        """Return the index of the BEGIN whose transaction is open at a statement, 0 where there is none."""
        opened = 0
        for earlier in self.statements[: statement.index - 1]:
            if earlier.begins_transaction and earlier.index not in self.left_out:
                opened = opened or earlier.index
            elif earlier.ends_transaction:
                opened = 0
        return opened

    def commit_of(self, opened: int) -> int:
        """Return the index of the COMMIT of a transaction, 0 where it has none or is rolled back."""
        end = next((later for later in self.statements[opened:] if later.ends_transaction), None)
        return end.index if end and end.words[0] in ("COMMIT", "END") else 0

    def take_back(self, first: int, end: int) -> None:
        """Take the statements from one index to before another as not run."""
        for row in self.rows[first - 1 : end - 1]:
            row.update(status=PLANNED, sqlstate=None, error=None)

    def outcome(self) -> Outcome:
        """Return the result: changed if a statement that changes something ran, or would run."""
        pairs = zip(self.statements, self.rows)
        changed = any(statement.changes and row["status"] in (OK, PLANNED) for statement, row in pairs)
        return Outcome(changed, {"statements": self.rows}, has_diff=False)

    def failure(self, statement: Statement, exc: StatementError, after: str) -> ScriptError:
        """Return the error for a statement that failed."""
        state = f"{exc.sqlstate} " if exc.sqlstate else ""
        return ScriptError(
            f"Script {self.path}, database {self.database}: statement {statement.index} of {len(self.statements)} "
            f"(line {statement.line}, {statement.verb}) failed: {state}{exc.message.rstrip('.')}. {after} "
            "Mend that, and run again.",
            {"statements": self.rows},
            statement={"index": statement.index, "line": statement.line, "verb": statement.verb},
            sqlstate=exc.sqlstate,
        )


class _Runner:
    """Runs a script over one session, since statements depend on SET, temporary tables and transactions before them."""

    def __init__(self, session: Session, script: _Script, tolerate: frozenset[str]) -> None:
        self._session = session
        self._script = script
        self._tolerate = tolerate
        self._own_transactions = any(statement.controls_transaction for statement in script.statements)

    def run(self, atomic: bool) -> None:
        """Run all statements: in one transaction where that is wanted and possible, else one by one."""
        splittable = self._own_transactions or any(row.stands_alone for row in self._script.statements)
        if not atomic or splittable or not self._in_one_transaction():
            self._one_by_one()

    def _in_one_transaction(self) -> bool:
        """Run all statements in one transaction; false where it was rolled back, and they must go one by one."""
        for attempt in range(CONFLICT_TRIES):
            statement, problem = self._try_transaction()
            if problem is None:
                return True
            if problem.sqlstate == IN_TRANSACTION or problem.sqlstate in self._tolerate:
                break
            if not _is_conflict(problem) or attempt == CONFLICT_TRIES - 1:
                raise self._transaction_failure(statement, problem)
            self._script.reset()
            _pause(attempt)
        self._script.reset()
        return False

    def _try_transaction(self) -> tuple[Statement, StatementError | None]:
        """Return the statement that was run last, and why it failed, where it did; then all is rolled back."""
        statement = self._script.statements[0]
        try:
            self._session.run("BEGIN")
            for statement, row in zip(self._script.statements, self._script.rows):
                _timed(row, self._session.run, statement.text)
            self._session.run("COMMIT")
        except StatementError as exc:
            with contextlib.suppress(StatementError):  # the connection broke, which rolls back as well
                self._session.run("ROLLBACK")
            return statement, exc
        return statement, None

    def _transaction_failure(self, statement: Statement, exc: StatementError) -> ScriptError:
        failed = self._script.rows[statement.index - 1]
        self._script.reset()
        self._script.rows[statement.index - 1] = {**failed, "status": FAILED, **_error(exc)}
        after = "It ran in one transaction, which was rolled back: nothing of it took effect."
        if exc.sqlstate is None and failed["status"] == OK:
            after = "The connection broke at the end of its transaction: all of it took effect, or nothing."
        return self._script.failure(statement, exc, after)

    def _one_by_one(self) -> None:
        number = 0
        while number < len(self._script.statements):
            statement, row = self._script.statements[number], self._script.rows[number]
            number += 1
            if statement.index in self._script.left_out:
                row["status"] = OK
                continue
            try:
                _timed(row, self._patiently, statement.text)
            except StatementError as exc:
                number = self._after_error(statement, exc)

    def _after_error(self, statement: Statement, exc: StatementError) -> int:
        """Return how many statements are done where the error is tolerated, else raise."""
        row = self._script.rows[statement.index - 1]
        tolerated = exc.sqlstate in self._tolerate
        opened = self._script.open_transaction(statement)
        if tolerated and not opened:
            row.update(status=TOLERATED, **_error(exc))
            return statement.index
        commit = self._script.commit_of(opened) if tolerated else 0
        if commit:  # the error ended the script's transaction, whose COMMIT would silently roll all of it back
            self._session.run("ROLLBACK")
            self._script.take_back(opened, statement.index + 1)
            self._script.left_out |= {opened, commit}
            return opened - 1
        row.update(status=FAILED, **_error(exc))
        raise self._script.failure(statement, exc, self._left_behind(statement, exc)) from exc

    def _left_behind(self, statement: Statement, exc: StatementError) -> str:
        """Return what took effect, and take back what the end of the connection rolls back."""
        rolled_back = ""
        opened = self._script.open_transaction(statement)
        if opened:
            self._script.take_back(opened, statement.index)
            unclear = exc.sqlstate is None and statement.ends_transaction
            end = "took effect as a whole, or not at all" if unclear else "was rolled back"
            rolled_back = f" The script's transaction, from statement {opened}, {end}."
        done = self._script.done()
        unknown = " Whether this one took effect is unknown." if exc.sqlstate is None and not rolled_back else ""
        return f"Before it, {done} of the statements took effect; the rest was not run.{rolled_back}{unknown}"

    def _patiently(self, text: str) -> None:
        """Run a statement, again where another transaction was in its way and none of the script's own is open."""
        for attempt in range(CONFLICT_TRIES):
            try:
                self._session.run(text)
                return
            except StatementError as exc:
                if self._own_transactions or not _is_conflict(exc) or attempt == CONFLICT_TRIES - 1:
                    raise
            _pause(attempt)


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


def _timed(row: Row, run: t.Callable[[str], None], text: str) -> None:
    start = time.monotonic()
    try:
        run(text)
        row["status"] = OK
    finally:
        row["duration_ms"] = round((time.monotonic() - start) * 1000)


def _error(exc: StatementError) -> Row:
    return {"sqlstate": exc.sqlstate, "error": exc.message}


def _is_conflict(exc: StatementError) -> bool:
    return _CONFLICT.search(exc.message) is not None


def _pause(attempt: int) -> None:
    """Wait before another try: a half to one second at first, doubling."""
    time.sleep(2**attempt * random.uniform(0.5, 1.0))
