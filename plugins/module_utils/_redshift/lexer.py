# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lexical elements of Redshift's SQL. Pure.

Redshift forked from PostgreSQL 8.0: a backslash in ``'...'`` is an escape. What is not terminated is refused with its
line.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

from .._errors import ScriptError

#: A byte order mark is not a letter: within a script, it is left of a file that was appended to another one.
_NAME_START = r"A-Za-z_\u0080-\ufefe\uff00-\U0010ffff"
_TOKEN = re.compile(
    r"(?P<space>[ \t\n\r\f\v]+|--[^\r\n]*)|(?P<comment>/\*)"
    r"|(?P<string>(?:[bBxXnNeE]|[uU]&)?')|(?P<quoted>(?:[uU]&)?\")"
    rf"|(?P<dollar>\$(?:[{_NAME_START}][{_NAME_START}0-9]*)?\$)"
    rf"|(?P<word>[{_NAME_START}][{_NAME_START}0-9$]*)|(?P<number>[0-9][0-9.]*(?:[{_NAME_START}][{_NAME_START}0-9$.]*)?)"
    r"|(?P<semicolon>;)|(?P<open>\()|(?P<close>\))|(?P<refused>[\\\x00\ufeff])|(?P<other>.)",
    re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_STRING_END = re.compile(r"[^'\\]*(?:(?:\\.|'')[^'\\]*)*'", re.DOTALL)
_QUOTED_END = re.compile(r'[^"]*(?:""[^"]*)*"')
_REFUSED = {
    "\0": "a NUL character",
    "\\": "a backslash: commands of psql are not SQL",
    "\ufeff": "a byte order mark, which Redshift refuses there: remove it",
}


class Token(t.NamedTuple):
    """A lexical element, comments and blanks left out."""

    kind: str
    start: int
    end: int


def tokens(script: str) -> t.Iterator[Token]:
    """Yield the lexical elements of a script.

    :raises ScriptError: something is not terminated, or is not SQL; the message says what and in which line
    """
    position = 0
    while position < len(script):
        match = t.cast("re.Match[str]", _TOKEN.match(script, position))
        kind, start = str(match.lastgroup), match.start()
        position = _end(script, kind, match)
        if kind not in ("space", "comment"):
            yield Token(kind, start, position)


def content(script: str, token: Token) -> str:
    """Return what is between the quotes of a ``string``, ``dollar`` or ``quoted`` element, as it is written."""
    if token.kind == "dollar":
        edge = script.index("$", token.start + 1) + 1 - token.start
        return script[token.start + edge : token.end - edge]
    quote = "'" if token.kind == "string" else '"'
    return script[script.index(quote, token.start) + 1 : token.end - 1]


def _end(script: str, kind: str, match: re.Match[str]) -> int:
    """Return where the element that starts with this match ends."""
    start, end = match.span()
    if kind == "comment":
        return _comment_end(script, start, end)
    if kind == "dollar":
        close = script.find(match.group(), end)
        if close < 0:
            raise unterminated(script, start, "dollar-quoted text")
        return close + end - start
    if kind in ("string", "quoted"):
        closed = (_STRING_END if kind == "string" else _QUOTED_END).match(script, end)
        if not closed:
            raise unterminated(script, start, "string" if kind == "string" else "quoted name")
        return closed.end()
    if kind == "refused":
        raise ScriptError(f"line {line_at(script, start)} has {_REFUSED[match.group()]}.", line=line_at(script, start))
    return end


def _comment_end(script: str, start: int, end: int) -> int:
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(script, end)
        if not edge:
            raise unterminated(script, start, "comment")
        depth += 1 if edge.group() == "/*" else -1
        end = edge.end()
    return end


def unterminated(script: str, start: int, what: str) -> ScriptError:
    line = line_at(script, start)
    return ScriptError(f"the {what} that starts in line {line} does not end.", line=line)


def line_at(script: str, position: int) -> int:
    """Return the line of a position, from 1."""
    return script.count("\n", 0, position) + 1
