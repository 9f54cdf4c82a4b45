# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a script file in Redshift.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import os
import re
import typing as t

from .. import _script_dir
from .._context import Context
from .._errors import OptionError, ScriptError
from .._redshift.script_runner import ScriptProgress, ScriptRunner, call_warning
from .._redshift.session import connect
from .._redshift.statements import Statement, split, unfinished_transaction
from .._result import Outcome

Options = t.Mapping[str, t.Any]

_SQLSTATE = re.compile(r"[0-9A-Z]{5}")


def run_script(options: Options, context: Context) -> Outcome:
    """Split a script file and run it; in check mode only split it, without a connection.

    :raises OptionError: an option is wrong
    :raises ScriptError: the file cannot be read or split, or a statement failed
    :raises DatabaseError: no login
    """
    _check_tolerate(options["tolerate"])
    removes = options["remove"] and (not context.check_mode or _script_dir.contains(options["path"]))
    try:
        statements = read_script(options["path"])
    finally:
        if removes:  # at once, so that nothing remains if the run is stopped
            _script_dir.remove(options["path"])
    progress = ScriptProgress(f"Script {options['path']}, database {options['login_db']}", statements)
    if not context.check_mode and statements:
        with connect(options) as session:
            runner = ScriptRunner(session, progress, frozenset(options["tolerate"]))
            runner.run(atomic=options["transaction"] == "auto")
    return _outcome(progress, options["path"], removes)


def _check_tolerate(states: list[str]) -> None:
    wrong = [state for state in states if not _SQLSTATE.fullmatch(state)]
    if wrong:
        raise OptionError(
            f"tolerate contains {', '.join(wrong)}. Specify SQLSTATEs, which have five characters, such as 42710."
        )


def read_script(path: str) -> list[Statement]:
    """Read a script file and return its statements.

    :raises ScriptError: it cannot be read, is not UTF-8, cannot be split, or would certainly not do what it says
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            statements = split(file.read())
    except UnicodeDecodeError as exc:
        raise ScriptError(f"Script {path} is not UTF-8 (byte {exc.start}). Store it as UTF-8.") from exc
    except OSError as exc:
        raise ScriptError(f"Script {path} cannot be read: {exc.strerror}. Check path.") from exc
    except ScriptError as exc:
        raise ScriptError(f"Script {path}: {exc.message} Nothing was run.", **exc.details) from exc
    _check_statements(path, statements)
    return statements


def _check_statements(path: str, statements: list[Statement]) -> None:
    """Refuse a script with a statement that cannot work, or whose last transaction is never committed."""
    opened = unfinished_transaction(statements)
    copy = next((statement for statement in statements if statement.reads_from_client), None)
    if opened:
        _refuse(
            path, opened, "opens a transaction that is never committed. Redshift would roll it back. Add the COMMIT"
        )
    if copy:
        _refuse(path, copy, "copies from or to the client, which Redshift cannot do. Use COPY from Amazon S3 or UNLOAD")


def _refuse(path: str, statement: Statement, problem: str) -> t.NoReturn:
    raise ScriptError(
        f"Script {path}: {statement.place} {problem}. Nothing was run.",
        line=statement.line,
        statement={"index": statement.index, "line": statement.line, "verb": statement.verb},
    )


def _outcome(progress: ScriptProgress, path: str, removes: bool) -> Outcome:
    remains = os.path.lexists(path)
    values = {"statements": progress.rows, "removed": path if removes and not remains else None}
    outcome = Outcome(progress.changed, values, has_diff=False)
    ended = call_warning(progress)
    if ended:
        outcome.warn(ended)
    if removes and remains:
        outcome.warn(f"Script {path} could not be removed. It may contain a password: remove it.")
    return outcome
