# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Split a script into statements as psql does, by the lexical rules of Redshift. Pure. Private to this collection.

Redshift forked from PostgreSQL 8.0: a backslash in C('...') is an escape. Whatever is not terminated is refused with
its line, so that no half of a script is ever run.
"""

from __future__ import annotations

import bisect
import dataclasses
import re
import typing as t

from .._errors import ScriptError

_NAME_START = r"A-Za-z_\u0080-\U0010ffff"
_TOKEN = re.compile(
    r"(?P<space>[ \t\n\r\f\v]+|--[^\r\n]*)|(?P<comment>/\*)"
    r"|(?P<string>(?:[bBxXnNeE]|[uU]&)?')|(?P<quoted>(?:[uU]&)?\")"
    rf"|(?P<dollar>\$(?:[{_NAME_START}][{_NAME_START}0-9]*)?\$)"
    rf"|(?P<word>[{_NAME_START}][{_NAME_START}0-9$]*)|(?P<number>[0-9][0-9.]*(?:[{_NAME_START}][{_NAME_START}0-9$.]*)?)"
    r"|(?P<semicolon>;)|(?P<open>\()|(?P<close>\))|(?P<refused>[\\\x00])|(?P<other>.)",
    re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_STRING_END = re.compile(r"[^'\\]*(?:(?:\\.|'')[^'\\]*)*'", re.DOTALL)
_QUOTED_END = re.compile(r'[^"]*(?:""[^"]*)*"')

#: The only words that a label may hold: a name or a literal never gets into one.
_LABEL_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        ABORT ALTER ANALYZE APPEND ATTACH BEGIN CALL CANCEL CLOSE COMMENT COMMIT COPY CREATE
        DATABASE DATASHARE DEALLOCATE DECLARE DEFAULT DELETE DESC DROP END EXECUTE EXPLAIN EXTERNAL
        FETCH FUNCTION GRANT GROUP INSERT INTO LANGUAGE LIBRARY LOCK MASKING MATERIALIZED MERGE
        MODEL OR POLICY PREPARE PRIVILEGES PROCEDURE REFRESH REPLACE RESET REVOKE RLS ROLE ROLLBACK
        SCHEMA SELECT SESSION SET SHOW START TABLE TEMP TEMPORARY TRANSACTION TRUNCATE UNLOAD UPDATE
        USE USER VACUUM VALUES VIEW WITH
        """,
    )
)
_LABEL_LENGTH = 4
_LOOKED_AT = 40

#: Refused in a transaction block and beside other statements (Redshift: SVL_MULTI_STATEMENT_VIOLATIONS and the pages
#: of the statements). Matched against the words of a statement outside of quotes.
_ALONE = re.compile(
    r"(CREATE|DROP) (DATABASE|TABLESPACE|EXTERNAL TABLE|LIBRARY)\b|CREATE OR REPLACE LIBRARY\b"
    r"|ALTER (EXTERNAL TABLE|TABLE .*\b(APPEND|ALTER COLUMN|RENAME EXTERNAL)|DATABASE .*\bISOLATION LEVEL)\b"
    r"|(REBUILDCAT|INDEXCAT|REINDEX DATABASE|VACUUM|CLUSTER|COPY)\b|GRANT .*\bON EXTERNAL\b"
)
#: Begins or ends a transaction; TRUNCATE commits the one that it runs in.
_CONTROLS = frozenset({"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "TRUNCATE"})
_WRITES = frozenset({"INTO", "INSERT", "UPDATE", "DELETE", "MERGE"})
#: Changes nothing that outlives the session, unless one of the words above is in it.
_READS = frozenset({"SELECT", "SHOW", "SET", "RESET", "EXPLAIN", "DESC", "USE", "WITH", "VALUES", "FETCH"})


@dataclasses.dataclass(frozen=True)
class Statement:
    """One statement of a script.

    :param index: from 1
    :param line: where it starts, from 1
    :param text: as in the script, without the semicolon; may hold secrets
    :param words: its words outside of quotes, in upper case
    """

    index: int
    line: int
    text: str
    words: tuple[str, ...]

    @property
    def verb(self) -> str:
        """What the statement does, in words of SQL alone: C(CREATE USER)."""
        label: list[str] = []
        for word in self.words[:_LABEL_LENGTH]:
            if word not in _LABEL_WORDS:
                break
            label.append(word)
        return " ".join(label) or "statement"

    @property
    def stands_alone(self) -> bool:
        """Whether Redshift refuses it in a transaction."""
        return _ALONE.match(" ".join(self.words[:_LOOKED_AT])) is not None

    @property
    def controls_transaction(self) -> bool:
        """Whether it begins or ends a transaction."""
        return bool(self.words) and self.words[0] in _CONTROLS

    @property
    def begins_transaction(self) -> bool:
        """Whether it begins one."""
        return bool(self.words) and self.words[0] in ("BEGIN", "START")

    @property
    def ends_transaction(self) -> bool:
        """Whether it commits one, or rolls it back."""
        return self.controls_transaction and not self.begins_transaction

    @property
    def changes(self) -> bool:
        """Whether it may change something that outlives the session."""
        return not self.words or self.words[0] not in _READS or not _WRITES.isdisjoint(self.words)


class Token(t.NamedTuple):
    """A lexical element, comments and blanks left out."""

    kind: str
    start: int
    end: int


def split(script: str) -> list[Statement]:
    """Return the statements of a script in their order.

    :raises ScriptError: something is not terminated, or is not SQL; the message tells what and in which line
    """
    script = script[1:] if script.startswith("\ufeff") else script
    splitter = _Splitter(script)
    for token in tokens(script):
        splitter.take(token)
    return splitter.finish()


def tokens(script: str) -> t.Iterator[Token]:
    """Yield the lexical elements of a script.

    :raises ScriptError: as C(split)
    """
    position = 0
    while position < len(script):
        match = t.cast("re.Match[str]", _TOKEN.match(script, position))
        kind, start = str(match.lastgroup), match.start()
        position = _end(script, kind, match)
        if kind not in ("space", "comment"):
            yield Token(kind, start, position)


def literals(statement: str) -> list[str]:
    """Return what stands in the quotes of a statement, bodies and the literals in them included."""
    found: list[str] = []
    try:
        for kind, start, end in tokens(statement):
            if kind == "string":
                found.append(statement[statement.index("'", start) + 1 : end - 1])
            elif kind == "dollar":
                edge = statement.index("$", start + 1) + 1 - start
                found.append(statement[start + edge : end - edge])
                found += literals(found[-1])
    except ScriptError:
        pass  # the body of a procedure need not be SQL to its end: what was found counts
    return found


def _end(script: str, kind: str, match: re.Match[str]) -> int:
    """Return where the element that starts with this match ends."""
    start, end = match.span()
    if kind == "comment":
        return _comment_end(script, start, end)
    if kind == "dollar":
        close = script.find(match.group(), end)
        if close < 0:
            raise _unterminated(script, start, "dollar-quoted text")
        return close + end - start
    if kind in ("string", "quoted"):
        closed = (_STRING_END if kind == "string" else _QUOTED_END).match(script, end)
        if not closed:
            raise _unterminated(script, start, "string" if kind == "string" else "quoted name")
        return closed.end()
    if kind == "refused":
        what = "a NUL character" if match.group() == "\0" else "a backslash: commands of psql are not SQL"
        raise ScriptError(f"line {line_at(script, start)} has {what}.", line=line_at(script, start))
    return end


def _comment_end(script: str, start: int, end: int) -> int:
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(script, end)
        if not edge:
            raise _unterminated(script, start, "comment")
        depth += 1 if edge.group() == "/*" else -1
        end = edge.end()
    return end


def _unterminated(script: str, start: int, what: str) -> ScriptError:
    line = line_at(script, start)
    return ScriptError(f"the {what} that starts in line {line} does not end.", line=line)


def line_at(script: str, position: int) -> int:
    """Return the line of a position, from 1."""
    return script.count("\n", 0, position) + 1


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
            raise _unterminated(self._script, self._opened[-1], "parenthesis")
        if self._atomic:
            raise _unterminated(self._script, self._start or 0, "BEGIN ATOMIC")
        self._flush()
        return self._found
