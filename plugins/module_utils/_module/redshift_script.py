# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a script file in Redshift.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from .. import _script_dir
from .._context import Context
from .._errors import OptionError, ScriptError
from .._redshift.script_runner import ScriptProgress, ScriptRunner, call_warning
from .._redshift.session import connect
from .._redshift.statements import Statement, split, unfinished_transaction
from .._result import Outcome
from .._types import Options

_SQLSTATE = re.compile(r"[0-9A-Z]{5}")


@dataclasses.dataclass(frozen=True)
class ScriptFile:
    """A script file that is read once.

    :param removes: whether it is removed as soon as it was read
    """

    path: str
    removes: bool

    @classmethod
    def of(cls, options: Options, check_mode: bool) -> ScriptFile:
        """Return the file that the options name. Check mode removes only what was made for this run alone."""
        path = os.path.expanduser(os.path.expandvars(str(options["path"])))
        removes = boolean(options.get("remove") or False, strict=False) and options.get("content") is None
        return cls(path, removes and (not check_mode or _script_dir.contains(path)))

    def take(self) -> str:
        """Return the text, and remove the file at once, so that nothing remains if the run is stopped.

        :raises ScriptError: it cannot be read, or is not UTF-8
        """
        try:
            with open(self.path, encoding="utf-8-sig", newline="") as file:
                return file.read()
        except UnicodeDecodeError as exc:
            raise ScriptError(f"Script {self.path} is not UTF-8 (byte {exc.start}). Store it as UTF-8.") from exc
        except OSError as exc:
            raise ScriptError(f"Script {self.path} cannot be read: {exc.strerror}. Check path.") from exc
        finally:
            if self.removes:
                _script_dir.remove(self.path)

    @property
    def removed(self) -> str | None:
        """The path, if the file was removed."""
        return self.path if self.removes and not os.path.lexists(self.path) else None

    @property
    def warnings(self) -> list[str]:
        """What the user has to do about a file that was to be removed and remains."""
        remains = self.removes and os.path.lexists(self.path)
        return [f"Script {self.path} could not be removed. It may contain a password: remove it."] if remains else []


def run_script(options: Options, context: Context) -> Outcome:
    """Split a script and run it; in check mode only split it, without a connection.

    :raises OptionError: an option is wrong
    :raises ScriptError: the file cannot be read or split, or a statement failed
    :raises DatabaseError: no login
    """
    _check_tolerate(options["tolerate"])
    file = ScriptFile.of(options, context.check_mode)
    text = file.take() if options.get("content") is None else options["content"]
    statements = statements_of(file.path, text)
    progress = ScriptProgress(f"Script {file.path}, database {options['login_db']}", statements)
    if not context.check_mode and statements:
        with connect(options) as session:
            runner = ScriptRunner(session, progress, frozenset(options["tolerate"]), context.clock)
            runner.run(atomic=options["transaction"] == "auto")
    return _outcome(progress, file)


def _check_tolerate(states: list[str]) -> None:
    wrong = [state for state in states if not _SQLSTATE.fullmatch(state)]
    if wrong:
        raise OptionError(
            f"tolerate contains {', '.join(wrong)}. Specify SQLSTATEs, which have five characters, such as 42710."
        )


def statements_of(path: str, text: str) -> list[Statement]:
    """Return the statements of a script.

    :raises ScriptError: it cannot be split, or would certainly not do what it says
    """
    try:
        statements = split(text)
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


def _outcome(progress: ScriptProgress, file: ScriptFile) -> Outcome:
    values = {"statements": progress.rows, "removed": file.removed}
    outcome = Outcome(progress.changed, values, warnings=file.warnings, has_diff=False)
    ended = call_warning(progress)
    return outcome.warn(ended) if ended else outcome
