# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading SQL for the proxy: where statements end, and which part of them is code.

This uses sqlglot's tokenizer with Redshift's lexical rules, deliberately not the collection's own splitter: otherwise
the two would share their bugs.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from functools import lru_cache

from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

#: A place holder in masked code: a letter (Literal, Identifier, Body) and the number of the part that it stands for.
OPEN, CLOSE = "\ue000", "\ue001"
LITERAL = f"{OPEN}L([0-9]+){CLOSE}"
IDENTIFIER = f"{OPEN}I([0-9]+){CLOSE}"

_VERB = re.compile(
    r"([A-Za-z]+(?:\s+(?:OR|REPLACE|DATABASE|USER|GROUP|ROLE|SCHEMA|TABLE|VIEW|PROCEDURE|FUNCTION|EXTERNAL)\b){0,3})",
    re.IGNORECASE,
)
#: The dollar of $1, which sqlglot takes for the start of a tag. Never that of a dollar quote before a digit.
_PARAMETER = re.compile(r"(?<![\w$])\$(?=[0-9])")
_PLACE = re.compile(f"{OPEN}[LIB]([0-9]+){CLOSE}")
_LETTERS = {
    TokenType.STRING: "L",
    TokenType.NATIONAL_STRING: "L",
    TokenType.UNICODE_STRING: "L",
    TokenType.BYTE_STRING: "L",
    TokenType.BIT_STRING: "L",
    TokenType.HEX_STRING: "L",
    TokenType.RAW_STRING: "L",
    TokenType.IDENTIFIER: "I",
    TokenType.HEREDOC_STRING: "B",
}


class _Tokenizer(Redshift.Tokenizer):
    """Redshift's, but without the shortcut that swallows the rest of SHOW, GRANT, ... unread."""

    COMMANDS: t.ClassVar[set[TokenType]] = set()


@dataclass(frozen=True)
class Statement:
    """One statement of a message.

    ``code`` is its text without comments, with place holders for literals, quoted identifiers and bodies; ``parts``
    has what they stand for. ``start`` and ``end`` are its place in the message.
    """

    code: str
    parts: tuple[str, ...]
    start: int
    end: int

    def restored(self, code: str | None = None, parts: t.Sequence[str] | None = None) -> str:
        """Return the SQL of masked code: this statement's own, or a changed one."""
        known = self.parts if parts is None else parts
        return _PLACE.sub(lambda place: known[int(place[1])], self.code if code is None else code)

    @property
    def verb(self) -> str:
        """The first words, at most four, never a name or a value."""
        words = _VERB.match(self.code)
        return " ".join(words[1].upper().split()) if words else ""

    @property
    def shown(self) -> str:
        """The text for the log: every literal and every body replaced."""
        hidden = {"L": "'...'", "B": "$$...$$"}
        masked = re.sub(f"{OPEN}([LB])[0-9]+{CLOSE}", lambda place: hidden[place[1]], self.code)
        return " ".join(self.restored(masked).split())

    @property
    def has_escape_string(self) -> bool:
        """Return whether there is a constant of the form E'...'."""
        return any(part[:2].lower() == "e'" for part in self.parts)


@lru_cache(maxsize=256)
def statements(sql: str) -> tuple[Statement, ...] | None:
    """Return the statements of a message, or None if it cannot be read: a quote that does not end, for example."""
    try:
        tokens = _Tokenizer(dialect="redshift").tokenize(_PARAMETER.sub("_", sql))
    except TokenError:
        return None
    groups: list[list[Token]] = [[]]
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            groups.append([])
        else:
            groups[-1].append(token)
    return tuple(_statement(sql, group) for group in groups if group)


def _statement(sql: str, tokens: list[Token]) -> Statement:
    code: list[str] = []
    parts: list[str] = []
    end = tokens[0].start
    for token in tokens:
        gap, source = sql[end : token.start], sql[token.start : token.end + 1]
        code.append(_blank(gap))
        letter = _LETTERS.get(token.token_type)
        code.append(f"{OPEN}{letter}{len(parts)}{CLOSE}" if letter else source)
        parts += [source] if letter else []
        end = token.end + 1
    return Statement("".join(code), tuple(parts), tokens[0].start, end)


def _blank(gap: str) -> str:
    """Return what replaces white space and comments. A line break is kept: it joins literals ('a' <newline> 'b')."""
    return "\n" if "\n" in gap else " " if gap else ""


def literal_value(source: str) -> str:
    """Return the value of a literal, by Redshift's rules: a backslash escapes, a doubled quote is one."""
    inner = source[source.index("'") + 1 : -1]
    return re.sub(r"\\(.)|''", lambda escape: escape[1] or "'", inner, flags=re.DOTALL)
