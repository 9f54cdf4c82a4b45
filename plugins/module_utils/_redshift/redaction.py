# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep what SQL has in quotes out of messages, and its passwords out of a shown script. Pure.

Both are built on the lexical elements of the SQL, since no pattern over the text finds each way to write a literal.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

from .._errors import ScriptError
from .._redact import MASK, sounds_secret
from .lexer import Token, content, tokens
from .words import MESSAGE_WORDS, SQL_WORDS

#: Stands in a message for a part of what the statement has in quotes.
OMITTED = "[...]"
NOT_SHOWN = "(its message is not shown, since the statement has quotes in too many levels of quotes)"
LONGEST_MESSAGE = 2000  # characters
MOST_ESCAPES = 12  # levels of escapes
MOST_CODE = 100_000  # characters of literals whose own words and literals are looked at
SHORTEST_PART = 3  # characters
DEEPEST = 8  # levels of literals in literals of a shown script

_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{4}|.)|''", re.DOTALL)
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_NEAR = re.compile(r'at or near "(.*)\Z', re.DOTALL)
_VALUE = re.compile(r': ".*\Z', re.DOTALL)
_SYMBOL = re.compile(r"[^\w\s'\"]{1,3}")
_WORD = re.compile(r"[^\s\"'`,;:()\[\]{}<>=]+")
#: Their names do not sound secret for themselves, see ``sounds_secret``.
_SECRET_WORDS = frozenset({"PW", "ACCESS_KEY_ID", "MASTER_SYMMETRIC_KEY", "ENCRYPTION_KEY", "IDENTIFIED"})
_BETWEEN = frozenset({"=", ":", "AS", "BY", "IS", "|", "("})
_COMMENT = re.compile(r"--[^\r\n]*|/\*.*\*/", re.DOTALL)
_NAMING = ("word", "quoted", "string")


def decoded(text: str) -> str:
    """Return a literal as the server reads it: ``''`` and backslashes decoded."""
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text.replace("''", "'")


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    if escape is None:
        return "'"
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    if len(escape) > 1:
        return chr(int(escape[1:], 16))
    return _CONTROL.get(escape, escape)


def scrubbed(message: str, statement: str) -> str:
    """Return the server's message about a statement without anything that the statement has in quotes.

    Neither a part of a literal comes through, nor an unexpected token, nor a value that the server computed.
    """
    message = _without_values(message[:LONGEST_MESSAGE])
    quoted = _Quoted(statement)
    return NOT_SHOWN if quoted.is_too_deep else _without_parts(message, quoted)


def _without_values(message: str) -> str:
    """Return a message without the token of ``at or near``, unless that is harmless, and without a value at its end."""
    near = _NEAR.search(message)
    if not near:
        return _VALUE.sub(f': "{OMITTED}"', message)
    token = near[1].partition('"')[0] if near[1].count('"') == 1 else ""
    harmless = token.upper() in SQL_WORDS or _SYMBOL.fullmatch(token)
    return f'{message[: near.start()]}at or near "{token if harmless else OMITTED}"'


def _without_parts(message: str, quoted: _Quoted) -> str:
    """Return a message without the words, and the sequences of words, that are in a literal."""
    words = list(_WORD.finditer(message))
    pieces, copied, number = [], 0, 0
    while number < len(words):
        last = _last_of_part(message, words, number, quoted)
        part = words[number : last + 1]
        if part and not all(quoted.is_harmless(word[0]) for word in part):
            pieces += [message[copied : part[0].start()], OMITTED]
            copied = part[-1].end()
        number = max(last, number) + 1
    return "".join([*pieces, message[copied:]])


def _last_of_part(message: str, words: list[re.Match[str]], number: int, quoted: _Quoted) -> int:
    """Return the last of the words from a number on that together are part of a literal; -1 if the first is not."""
    start, last = words[number].start(), number
    if not quoted.covers(message[start : words[number].end()]):
        return number if quoted.is_built_into(words[number][0]) else -1
    while last + 1 < len(words) and quoted.covers(message[start : words[last + 1].end()]):
        last += 1
    return last


class _Quoted:
    """What a statement has in quotes, in each form in which the server may read it, and the names outside of them.

    The bodies of functions count as code: their names may be shown, their literals not.
    """

    def __init__(self, statement: str) -> None:
        self.is_too_deep = False
        self._names: set[str] = set()
        self._quoted_names: set[str] = set()
        self._written: list[str] = []
        self._values: list[str] = []
        self._left = MOST_CODE
        self._read(statement)
        values = {value.casefold() for value in self._values}
        # a quoted name that is a literal too may be a value in the wrong quotes
        self._names |= {part for name in self._quoted_names - values for part in (name, *name.split("."))}
        self._text = "\n".join(["".join(self._written), *self._forms("".join(self._values))]).casefold()
        self._parts = sorted(value for value in values if len(value) >= SHORTEST_PART)

    def covers(self, text: str) -> bool:
        """Return whether a text is part of what is in quotes, however that is cut into literals."""
        return text.rstrip(".").casefold() in self._text

    def is_built_into(self, word: str) -> bool:
        """Return whether a literal is part of a word."""
        folded = word.casefold()
        return any(part in folded for part in self._parts)

    def is_harmless(self, word: str) -> bool:
        """Return whether a word may be shown although it is in a literal: a word of SQL or of messages, or a name."""
        folded = word.rstrip(".").casefold()
        if folded in MESSAGE_WORDS or (len(word) <= SHORTEST_PART and not re.search(r"\w", word)):
            return True
        return all(part in self._names or part.upper() in SQL_WORDS for part in folded.split("."))

    def _read(self, code: str, depth: int = 0) -> None:
        """Collect the literals and names of a statement or of the code in a literal."""
        previous: list[str] = []
        is_routine = False
        try:
            for token in tokens(code):
                text = code[token.start : token.end]
                if token.kind in ("string", "dollar"):
                    self._take_literal(content(code, token), depth, is_routine and token.kind == "dollar")
                elif token.kind in ("word", "quoted"):
                    self._take_name(code, token, after_secret=_follows_secret(previous))
                    is_routine = is_routine or (depth == 0 and text.upper() in ("FUNCTION", "PROCEDURE", "DO"))
                previous = [*previous[-4:], text.upper() if token.kind != "string" else "''"]
        except ScriptError:  # code in a literal need not be SQL to its end
            self._names -= {word.casefold() for word in re.findall(r"[\w$]+", code)}
            self._quoted_names.clear()

    def _take_literal(self, text: str, depth: int, is_code: bool) -> None:
        value = decoded(text)
        self._written.append(text)
        self._values.append(value)
        inside = text if is_code else value
        may_quote = is_code or "'" in inside or "$" in inside
        if may_quote and len(inside) <= self._left and depth < MOST_ESCAPES:
            self._left -= len(inside)
            names, quoted_names = set(self._names), set(self._quoted_names)
            self._read(inside, depth + 1)
            if not is_code:
                self._names, self._quoted_names = names, quoted_names

    def _take_name(self, code: str, token: Token, after_secret: bool) -> None:
        is_quoted = token.kind == "quoted"
        name = content(code, token).replace('""', '"') if is_quoted else code[token.start : token.end]
        if after_secret and name.upper() not in SQL_WORDS:
            self._values.append(name)
        else:
            (self._quoted_names if is_quoted else self._names).add(name.casefold())

    def _forms(self, text: str) -> t.Iterator[str]:
        """Yield a text, and what it is decoded again and again, for literals in literals."""
        for _level in range(MOST_ESCAPES):
            yield text
            inner = decoded(text)
            if inner == text:
                return
            text = inner
        self.is_too_deep = True


def _is_secret_word(word: str) -> bool:
    return word in _SECRET_WORDS or sounds_secret(word)


def _follows_secret(previous: list[str]) -> bool:
    """Return whether what comes after these elements is the value of a password or key."""
    for text in reversed(previous):
        if text not in _BETWEEN:
            return _is_secret_word(text.strip('"'))
    return False


def masked_script(script: str) -> str:
    """Return a script with every literal masked in the statements, and the bodies, that have to do with a secret.

    They have if one of their words, in a literal or not, names a password, a key, a token or credentials. A statement
    that cannot be read, since a quote in it does not end for example, is masked completely, with what follows.
    """
    return _Masker(script, 0, inherited=False).text()


class _Masker:
    """Masks the literals in code: a script, the body of a function, or SQL in a literal.

    :param depth: levels of literals that the code is in
    :param inherited: whether all of it is part of a statement that has to do with a secret
    """

    def __init__(self, code: str, depth: int, inherited: bool) -> None:
        self._code = code
        self._depth = depth
        self._inherited = inherited
        self._tokens, self._unreadable = _readable(code)
        self._edits: list[tuple[int, int, str]] = []

    def text(self) -> str:
        """Return the code as it may be shown."""
        groups = list(self._groups())
        if self._unreadable is not None and self._depth and not (self._inherited or _names_secret(self._code)):
            return self._code  # text that is not SQL
        if (
            self._unreadable is not None
        ):  # a quote is missing in the last one: code and literals cannot be distinguished
            start = groups.pop()[0].start if groups[-1] else self._unreadable
            self._edits.append((start, len(self._code), MASK))
            self._tokens = [token for group in groups for token in group]
        self._mask_comments()
        for group in groups:
            self._mask_group(group)
        pieces, copied = [], 0
        for start, end, shown in sorted(self._edits):
            pieces += [self._code[copied:start], shown]
            copied = end
        return "".join([*pieces, self._code[copied:]])

    def _mask_comments(self) -> None:
        """Mask the comments that name a secret."""
        end = self._edits[0][0] if self._edits else len(self._code)
        starts = [0, *(token.end for token in self._tokens)]
        ends = [*(token.start for token in self._tokens), end]
        for start, stop in zip(starts, ends):
            gap = self._code[start:stop]
            if not gap.isspace() and _names_secret(gap):
                self._edits.append((start, stop, _COMMENT.sub(_masked_comment, gap)))

    def _groups(self) -> t.Iterator[list[Token]]:
        """Yield the statements of a script; the statements of a body share its variables, so it is one group."""
        group: list[Token] = []
        for token in self._tokens:
            group.append(token)
            if token.kind == "semicolon" and self._depth == 0:
                yield group
                group = []
        yield group

    def _mask_group(self, group: list[Token]) -> None:
        words = [self._written(token) for token in group]
        secret = self._inherited or self._is_secret(group, words)
        for index, token in enumerate(group):
            after_secret = _follows_secret(words[max(0, index - 4) : index])
            if secret and after_secret and _is_bare_password(token, words, index):
                last = group[-1].start if group[-1].kind == "semicolon" else group[-1].end
                self._edits.append((token.start, last, MASK))
                return
            shown = self._shown(token, secret, after_secret)
            if shown is not None:
                self._edits.append((token.start, token.end, shown))

    def _is_secret(self, group: list[Token], words: list[str]) -> bool:
        has_body = self._depth == 0 and not {"FUNCTION", "PROCEDURE", "DO"}.isdisjoint(words[:4])
        kinds = _NAMING if has_body else (*_NAMING, "dollar")
        return any(_names_secret(self._value(token)) for token in group if token.kind in kinds)

    def _shown(self, token: Token, secret: bool, after_secret: bool) -> str | None:
        """Return what is shown in the place of an element, None for itself."""
        if token.kind == "dollar":
            return self._shown_dollar(token, secret, after_secret)
        if token.kind == "string" and secret:
            return self._shown_string(token)
        return f'"{MASK}"' if token.kind == "quoted" and secret and after_secret else None

    def _shown_dollar(self, token: Token, secret: bool, after_secret: bool) -> str:
        text = content(self._code, token)
        tag = self._code[token.start : token.start + (token.end - token.start - len(text)) // 2]
        looks_like_code = re.search(r"\s", text.strip()) is not None
        if self._depth >= DEEPEST or (secret and (after_secret or not looks_like_code)):
            return f"{tag}{MASK}{tag}"
        return f"{tag}{_Masker(text, self._depth + 1, secret).text()}{tag}"

    def _shown_string(self, token: Token) -> str:
        """Return a literal of a secret statement: SQL whose secret is in a separate literal keeps its words."""
        text = decoded(content(self._code, token))
        if self._depth >= DEEPEST or not _keeps_secrets_in_literals(text):
            return f"'{MASK}'"
        shown = _Masker(text, self._depth + 1, inherited=True).text()
        escaped = shown.replace("\\", "\\\\").replace("'", "''")
        return f"'{escaped}'"

    def _written(self, token: Token) -> str:
        return self._code[token.start : token.end].upper()

    def _value(self, token: Token) -> str:
        if token.kind == "word":
            return self._written(token)
        text = content(self._code, token)
        return text if token.kind == "dollar" else decoded(text)


def _readable(code: str) -> tuple[list[Token], int | None]:
    """Return the elements of code up to the first that cannot be read, and where that is."""
    found: list[Token] = []
    try:
        for token in tokens(code):
            found.append(token)
    except ScriptError:
        return found, found[-1].end if found else 0
    return found, None


def _names_secret(text: str) -> bool:
    return any(map(_is_secret_word, re.findall(r"\w+", text.upper())))


def _masked_comment(match: re.Match[str]) -> str:
    return f"-- {MASK}" if match[0].startswith("--") else f"/* {MASK} */"


def _is_bare_password(token: Token, words: list[str], index: int) -> bool:
    """Return whether an element is a password of CREATE or ALTER USER whose quotes were forgotten."""
    is_user = words[:2] in (["CREATE", "USER"], ["ALTER", "USER"])
    return is_user and token.kind in ("word", "number", "other") and words[index] not in {*SQL_WORDS, *_BETWEEN}


def _keeps_secrets_in_literals(text: str) -> bool:
    """Return whether a text is SQL that names a secret, and has a literal after each such name."""
    found, unreadable = _readable(text)
    if unreadable is not None:
        return False
    previous: list[str] = []
    literals = 0
    for token in found:
        word = text[token.start : token.end].upper()
        if _follows_secret(previous) and word not in _BETWEEN:
            if token.kind != "string":
                return False
            literals += 1
        previous = [*previous[-4:], word if token.kind != "string" else "''"]
    return literals > 0 and not _follows_secret(previous)
