# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lexical elements of Redshift's SQL."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import ScriptError
from ansible_collections.community.immuta.plugins.module_utils._redshift.lexer import content, line_at, tokens


def elements(script):
    return [(token.kind, script[token.start : token.end]) for token in tokens(script)]


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("", []),
        (" \t\n-- a;'\r\n/* b /* c */ ; */", []),
        ("select a1$b;", [("word", "select"), ("word", "a1$b"), ("semicolon", ";")]),
        ("(x)", [("open", "("), ("word", "x"), ("close", ")")]),
        ("'it''s; -- fine'", [("string", "'it''s; -- fine'")]),
        (r"'a\'; b' x", [("string", r"'a\'; b'"), ("word", "x")]),
        ("E'a' U&'b' n'c'", [("string", "E'a'"), ("string", "U&'b'"), ("string", "n'c'")]),
        ('"a""b;" U&"c"', [("quoted", '"a""b;"'), ("quoted", 'U&"c"')]),
        ("$$a;$x$$ $t$;$$;$t$", [("dollar", "$$a;$x$$"), ("dollar", "$t$;$$;$t$")]),
        ("1.5e3 2a$ 3", [("number", "1.5e3"), ("number", "2a$"), ("number", "3")]),
        ("größe + 1", [("word", "größe"), ("other", "+"), ("number", "1")]),
        ("a--b\nc", [("word", "a"), ("word", "c")]),
        ("$1", [("other", "$"), ("number", "1")]),
    ],
)
def test_elements(script, found):
    assert elements(script) == found


@pytest.mark.parametrize(
    ("script", "line", "what"),
    [
        ("a\n'b", 2, "string that starts in line 2 does not end"),
        ("'a\\'", 1, "string"),
        ('a\n\n"b', 3, "quoted name"),
        ("$x$ $X$", 1, "dollar-quoted text"),
        ("\n/* a /* b */", 2, "comment"),
        ("a\n\\connect b", 2, "a backslash: commands of psql are not SQL"),
        ("a \0", 1, "a NUL character"),
        ("a;\n\ufeffb", 2, "a byte order mark"),
    ],
)
def test_what_is_refused(script, line, what):
    with pytest.raises(ScriptError, match=what) as caught:
        elements(script)
    assert caught.value.details["line"] == line
    assert f"line {line}" in caught.value.message


@pytest.mark.parametrize(
    ("text", "inside"),
    [("'a'", "a"), ("''", ""), ("E'd''e'", "d''e"), ('U&"a""b"', 'a""b'), ("$$f 'g'$$", "f 'g'"), ("$x$h$x$", "h")],
)
def test_content(text, inside):
    (token,) = tokens(text)
    assert content(text, token) == inside


@pytest.mark.parametrize(("position", "line"), [(0, 1), (1, 1), (2, 2), (3, 3), (4, 3)])
def test_lines_are_counted_from_one(position, line):
    assert line_at("a\n\nb", position) == line
