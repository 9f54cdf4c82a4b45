# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The splitter against PostgreSQL's own lexer, as libpg_query has it, wherever Redshift's lexical rules are the same.

They differ in backslashes (an escape in every literal of Redshift, an error of psql outside of them), so there is none
in these texts but in E'...'. NUL ends a text for libpg_query. BEGIN ATOMIC is known to psql, not to the lexer.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.community.immuta.plugins.module_utils._errors import ScriptError
from ansible_collections.community.immuta.plugins.module_utils._redshift.statements import split
from ansible_collections.community.immuta.tests.fuzz.fuzz_statements import CORPUS, one_input
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.sql import POSTGRESQL

parser = pytest.importorskip("pglast.parser", reason="pglast is not installed")

#: What newer releases of PostgreSQL refuse inside a token that is complete: the splitter leaves it to the server.
LEFT_TO_THE_SERVER = re.compile(
    r"zero-length delimited identifier|trailing junk after|invalid (hexadecimal|octal|binary) integer"
    r"|parameter number too large|operator too long|invalid Unicode escape|invalid byte sequence"
)
#: Where the splitter differs: a byte order mark is dropped at the start, and refused elsewhere.
READ_OTHERWISE = re.compile(r"\ufeff")
FRAGMENTS = [
    "'", "''", '"', "$$", "$a$", "$a", "$", "--", "-", "/*", "*/", "/", "*", ";", "(", ")", "\n", "\r", " ", "\t", "a",
    "select", "e", "n", "b", "u&", "é", "_", "1 ", "0.5 ", "$1 ", "+", "::", ":=", ",", ".", "[", "]", "case", "end",
]  # fmt: skip
WHOLE = [
    *(text for text in POSTGRESQL if "\\" not in text),
    r"E'a\'; b'", r"e'\\'", r"E'\';\'' ", "E'a''b;'", "n'x;'", "X'1f;'", "$q$;$$;$q$", '"a""b;"', "$1", "12", "a$b",
]  # fmt: skip
BETWEEN = [" ", "\n", ";", "(", ")", ",", " -- c;'\"$$\n", "/* ;' /* $$ */ */", ";;", "\t;\r\n"]


def statements_of_postgresql(script: str) -> list[str] | None:
    """Return the statements that psql would send, by PostgreSQL's tokens; None if the text is refused."""
    try:
        found = [token for token in parser.scan(script) if token.name not in ("C_COMMENT", "SQL_COMMENT")]
    except parser.ParseError as exc:
        assume(not LEFT_TO_THE_SERVER.search(str(exc)))
        return None
    statements: list[list] = [[]]
    depth = 0
    for token in found:
        if token.name == "ASCII_59" and not depth:
            statements.append([])
            continue
        depth = max(0, depth + {"ASCII_40": 1, "ASCII_41": -1}.get(token.name, 0))
        statements[-1].append(token)
    return None if depth else [script[group[0].start : group[-1].end + 1] for group in statements if group]


def statements_of_splitter(script: str) -> list[str] | None:
    try:
        return [statement.text for statement in split(script)]
    except ScriptError:
        return None


def compare(script: str) -> None:
    assume(not READ_OTHERWISE.search(script))
    assert statements_of_splitter(script) == statements_of_postgresql(script)


@settings(max_examples=1500)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=16))
def test_fragments_are_read_as_postgresql_reads_them(fragments):
    compare("".join(fragments))


@settings(max_examples=500)
@given(st.lists(st.tuples(st.sampled_from(WHOLE), st.sampled_from(BETWEEN)), max_size=10))
def test_whole_tokens_are_read_as_postgresql_reads_them(parts):
    compare("".join(token + between for token, between in parts))


@settings(max_examples=500)
@given(st.text(st.characters(exclude_characters="\\\0", exclude_categories=["Cs"]), max_size=20))
def test_any_text_is_read_as_postgresql_reads_it(text):
    compare(text)


@pytest.mark.parametrize("statement", [text for text in WHOLE if "\\" not in text])
def test_the_oracle_itself(statement):
    assert statements_of_postgresql(f"select 0;{statement}; select 9") == ["select 0", statement, "select 9"]


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_the_corpus_of_the_fuzzer(path):
    one_input(path.read_bytes())
