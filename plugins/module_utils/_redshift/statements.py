# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Split a script into statements, and classify them by their words. Pure.

The boundaries are those of psql, but for procedure bodies without quotes, which Redshift does not have.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import bisect
import dataclasses
import re

from .lexer import Token, tokens, unterminated

#: The only words that a label may contain: a name or a literal never gets into one.
LABEL_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        ABORT ALTER ANALYZE APPEND ATTACH BEGIN CALL CANCEL CLOSE CLUSTER COMMENT COMMIT COPY CREATE
        DATABASE DATASHARE DEALLOCATE DECLARE DEFAULT DELETE DESC DETACH DROP END EXECUTE EXPLAIN
        EXTERNAL FETCH FUNCTION GRANT GROUP IDENTITY INDEXCAT INSERT INTO LANGUAGE LIBRARY LOCK
        MASKING MATERIALIZED MERGE MODEL OR POLICY PREPARE PRIVILEGES PROCEDURE PROVIDER REBUILDCAT
        REFRESH REINDEX REPLACE RESET REVOKE RLS ROLE ROLLBACK SCHEMA SELECT SESSION SET SHOW START
        SYSTEM TABLE TEMP TEMPORARY TRANSACTION TRUNCATE UNLOAD UPDATE USE USER VACUUM VALUES VIEW
        WITH
        """,
    )
)
_LABEL_LENGTH = 4
_LOOKED_AT = 40

#: Refused in a transaction block and beside other statements (Redshift: SVL_MULTI_STATEMENT_VIOLATIONS and the pages
#: of the statements; COPY is in that list, but its page shows it in a transaction). Matched against the words of a
#: statement outside of quotes.
_ALONE = re.compile(
    r"(CREATE|DROP) (DATABASE|TABLESPACE|EXTERNAL TABLE|LIBRARY)\b|CREATE OR REPLACE LIBRARY\b"
    r"|ALTER (EXTERNAL TABLE|TABLE .*\b(APPEND|ALTER COLUMN|RENAME EXTERNAL)|DATABASE .*\bISOLATION LEVEL)\b"
    r"|ALTER TABLE .*\b((ADD|ADD IF NOT EXISTS|DROP) PARTITION|SET (LOCATION|FILE FORMAT|TABLE PROPERTIES))\b"
    r"|ALTER DATASHARE .*\bPUBLICACCESSIBLE\b"
    r"|(REBUILDCAT|INDEXCAT|REINDEX DATABASE|VACUUM|CLUSTER)\b|GRANT .*\bON EXTERNAL\b"
)
#: Makes something outside of the database, which no ROLLBACK removes: files, a training job, a database of Glue.
_NOT_UNDONE = re.compile(r"UNLOAD\b|CREATE MODEL\b|CREATE EXTERNAL SCHEMA .*\bCREATE EXTERNAL DATABASE\b")
#: Begins or ends a transaction; TRUNCATE commits the one that it runs in.
_CONTROLS = frozenset({"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "TRUNCATE"})
_WRITES = frozenset({"INTO", "INSERT", "UPDATE", "DELETE", "MERGE"})
#: Changes nothing that outlives the session, unless one of the words above is in it.
_READS = frozenset({"SELECT", "SHOW", "SET", "RESET", "DESC", "USE", "WITH", "VALUES", "FETCH"})
_PYTHON_UDF = re.compile(r"\bplpythonu\b", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Statement:
    """One statement of a script.

    :param index: from 1
    :param line: where it starts, from 1
    :param text: as in the script, without the semicolon; may contain secrets
    :param words: its words outside of quotes, in upper case
    """

    index: int
    line: int
    text: str
    words: tuple[str, ...]

    @property
    def verb(self) -> str:
        """The SQL command such as ``CREATE USER``: words of SQL alone."""
        label: list[str] = []
        for word in self.words[:_LABEL_LENGTH]:
            if word not in LABEL_WORDS:
                break
            label.append(word)
        return " ".join(label) or "statement"

    @property
    def place(self) -> str:
        """Where it is in the script, and what it is, in the words of a message."""
        return f"statement {self.index} (line {self.line}, {self.verb})"

    @property
    def stands_alone(self) -> bool:
        """Whether Redshift refuses it in a transaction."""
        return _ALONE.match(self._start) is not None

    @property
    def is_not_undone(self) -> bool:
        """Whether a part of its effect remains when its transaction is rolled back."""
        return _NOT_UNDONE.match(self._start) is not None

    @property
    def controls_transaction(self) -> bool:
        """Whether it begins or ends a transaction."""
        return self._first in _CONTROLS

    @property
    def begins_transaction(self) -> bool:
        """Whether it begins one."""
        return self._first in ("BEGIN", "START")

    @property
    def ends_transaction(self) -> bool:
        """Whether it commits one, or rolls it back."""
        return self.controls_transaction and not self.begins_transaction

    @property
    def commits(self) -> bool:
        """Whether it commits the transaction that it runs in."""
        return self._first in ("COMMIT", "END", "TRUNCATE")

    @property
    def is_call(self) -> bool:
        """Whether it runs a procedure, which may end the transaction that it is called in."""
        return self._first == "CALL"

    @property
    def reads_from_client(self) -> bool:
        """Whether it is a COPY from or to the client, which Redshift does not have."""
        return self._first == "COPY" and not {"STDIN", "STDOUT"}.isdisjoint(self.words)

    @property
    def uses_python(self) -> bool:
        """Whether it creates a Python UDF, or grants the use of its language."""
        return _PYTHON_UDF.search(self.text) is not None

    @property
    def changes(self) -> bool:
        """Whether it may change something that outlives the session."""
        if self._first == "EXPLAIN":
            return "ANALYZE" in self.words
        return self._first not in _READS or not _WRITES.isdisjoint(self._words_without_locks())

    @property
    def _first(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def _start(self) -> str:
        return " ".join(self.words[:_LOOKED_AT])

    def _words_without_locks(self) -> list[str]:
        """Return the words without the ``UPDATE`` of ``FOR UPDATE``."""
        before = ("", *self.words)
        return [word for earlier, word in zip(before, self.words) if (earlier, word) != ("FOR", "UPDATE")]


def unfinished_transaction(statements: list[Statement]) -> Statement | None:
    """Return the statement that begins a transaction which is certainly open at the end of a script.

    After a CALL, nothing is sure: the procedure may have ended the transaction.
    """
    opened: Statement | None = None
    for statement in statements:
        if statement.begins_transaction:
            opened = opened or statement
        elif statement.ends_transaction or statement.is_call:
            opened = None
    return opened


def split(script: str) -> list[Statement]:
    """Return the statements of a script in their order.

    :raises ScriptError: something is not terminated, or is not SQL; the message says what and in which line
    """
    script = script[1:] if script.startswith("\ufeff") else script
    splitter = _Splitter(script)
    for token in tokens(script):
        splitter.take(token)
    return splitter.finish()


class _Splitter:
    """Collects tokens into statements: a semicolon ends one unless it stands in parentheses or in BEGIN ATOMIC."""

    def __init__(self, script: str) -> None:
        self._script = script
        self._newlines = [match.start() for match in re.finditer("\n", script)]
        self._found: list[Statement] = []
        self._reset()

    def _reset(self) -> None:
        self._start: int | None = None
        self._end = 0
        self._words: list[str] = []
        self._last_word = ""
        self._opened: list[int] = []
        self._atomic = 0

    def take(self, token: Token) -> None:
        """Add the next token."""
        if token.kind == "semicolon" and not self._opened and not self._atomic:
            self._flush()
            return
        if self._start is None:
            self._start = token.start
        self._end = token.end
        if token.kind == "word":
            self._take_word(self._script[token.start : token.end].upper())
        elif token.kind == "open":
            self._opened.append(token.start)
        elif token.kind == "close" and self._opened:
            self._opened.pop()

    def _take_word(self, word: str) -> None:
        if self._atomic:
            self._atomic += {"CASE": 1, "BEGIN": 1, "END": -1}.get(word, 0)
        elif word == "ATOMIC" and self._last_word == "BEGIN" and {"FUNCTION", "PROCEDURE"} & set(self._words[1:4]):
            self._atomic = 1
        self._last_word = word
        self._words.append(word)

    def _flush(self) -> None:
        if self._start is not None:
            line = bisect.bisect_left(self._newlines, self._start) + 1
            text = self._script[self._start : self._end]
            self._found.append(Statement(len(self._found) + 1, line, text, tuple(self._words)))
        self._reset()

    def finish(self) -> list[Statement]:
        """Return all statements; the last one needs no semicolon."""
        if self._opened:
            raise unterminated(self._script, self._opened[-1], "parenthesis")
        if self._atomic:
            raise unterminated(self._script, self._start or 0, "BEGIN ATOMIC")
        self._flush()
        return self._found
