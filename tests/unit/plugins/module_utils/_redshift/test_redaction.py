# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No message contains anything that SQL has in quotes, and no shown script a password."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.community.immuta.plugins.module_utils._redact import Redactor
from ansible_collections.community.immuta.plugins.module_utils._redshift import redaction
from ansible_collections.community.immuta.plugins.module_utils._redshift.redaction import (
    NOT_SHOWN,
    decoded,
    masked_script,
    scrubbed,
)
from ansible_collections.community.immuta.plugins.module_utils._redshift.server_errors import ServerError
from ansible_collections.community.immuta.tests.unit.plugins.module_utils._redshift.error_messages import (
    HARMLESS,
    LEAKING,
    SECRET,
)
from ansible_collections.community.immuta.tests.unit.plugins.module_utils.sql import HARD

NAMES = [name for name, _statement, _message in LEAKING]
#: What has no quotes at all, or the quotes of a name, is not masked in a script, but after PASSWORD.
NOT_IN_QUOTES = {"body, wrong column", "body, near a word", "a number before", "SET without quotes", "collation"}


def parts_of_secret(text):
    """Return the parts of the secret, of four characters, that are in a text."""
    folded, secret = text.casefold(), SECRET.casefold()
    return [secret[start : start + 4] for start in range(len(secret) - 3) if secret[start : start + 4] in folded]


@pytest.mark.parametrize(("name", "statement", "message"), LEAKING, ids=NAMES)
def test_a_message_shows_nothing_of_a_literal(name, statement, message):
    shown = scrubbed(message, statement)
    assert parts_of_secret(shown) == []
    assert redaction.OMITTED in shown
    assert "z9" not in shown


@pytest.mark.parametrize(("name", "statement", "message"), LEAKING, ids=NAMES)
def test_detail_shows_nothing_of_a_literal(name, statement, message):
    shown = ServerError("XX000", "1023", message).shown(statement, Redactor([]))
    assert parts_of_secret(shown) == []


@pytest.mark.parametrize(("statement", "message"), HARMLESS)
def test_a_message_without_a_value_is_shown_as_it_is(statement, message):
    assert scrubbed(message, statement) == message


def in_context_of_password(statement):
    """Return a script in which the secret of a statement is a password."""
    if "PASSWORD" in statement or "CREDENTIALS" in statement:
        return statement
    return f"CREATE PROCEDURE p() AS $pw$ DECLARE password text; BEGIN {statement}; END $pw$ LANGUAGE plpgsql"


@pytest.mark.parametrize(("name", "statement", "message"), LEAKING, ids=NAMES)
def test_a_script_shows_nothing_of_a_password(name, statement, message):
    if name not in NOT_IN_QUOTES:
        assert parts_of_secret(masked_script(f"SELECT 1;\n{in_context_of_password(statement)};\nSELECT 2")) == []


@pytest.mark.parametrize(
    ("script", "shown"),
    [
        ("CREATE USER a PASSWORD 'x'", "CREATE USER a PASSWORD '********'"),
        ("ALTER USER a\nPASSWORD\n'x\ny'", "ALTER USER a\nPASSWORD\n'********'"),
        ("EXECUTE 'ALTER USER a PASSWORD ''x'' ;'", "EXECUTE 'ALTER USER a PASSWORD ''********'' ;'"),
        ("EXECUTE 'ALTER USER a PASSWORD ''x''';", "EXECUTE 'ALTER USER a PASSWORD ''********''';"),
        ("EXECUTE 'ALTER USER a PASSWORD \\'x\\'';", "EXECUTE 'ALTER USER a PASSWORD ''********''';"),
        ("EXECUTE 'ALTER USER a PASSWORD ' || quote_literal('x')", "EXECUTE '********' || quote_literal('********')"),
        ("ALTER USER a PASSWORD DISABLE", "ALTER USER a PASSWORD DISABLE"),
        ("ALTER USER a PASSWORD Zq7!x VALID;\nSELECT 1", "ALTER USER a PASSWORD ********;\nSELECT 1"),
        ("ALTER USER a PASSWORD /* c */ 'x'", "ALTER USER a PASSWORD /* c */ '********'"),
        ("ALTER USER a PASSWORD = 'x'", "ALTER USER a PASSWORD = '********'"),
        ('ALTER USER "a" PASSWORD "x"', 'ALTER USER "a" PASSWORD "********"'),
        ("ALTER USER a PASSWORD $$x$$", "ALTER USER a PASSWORD $$********$$"),
        ("ALTER USER a PASSWORD $t$x y$t$", "ALTER USER a PASSWORD $t$********$t$"),
        ("ALTER USER a PASSWORD E'x'", "ALTER USER a PASSWORD '********'"),
        ("ALTER USER a PASSWORD 'x'\n'y'", "ALTER USER a PASSWORD '********'\n'********'"),
        ("DO $$ BEGIN pw := 'x'; END $$", "DO $$ BEGIN pw := '********'; END $$"),
        ("DO $$ BEGIN x := 'y'; EXECUTE $q$PASSWORD $q$ || x; END $$", None),
        ("COPY t FROM 's' CREDENTIALS AS 'x'", "COPY t FROM '********' CREDENTIALS AS '********'"),
        ("COPY t FROM 's' ACCESS_KEY_ID 'x'", "COPY t FROM '********' ACCESS_KEY_ID '********'"),
        ("COPY t FROM 's' 'aws_secret_access_key=x'", "COPY t FROM '********' '********'"),
        (
            "UNLOAD ('a') TO 's' MASTER_SYMMETRIC_KEY 'x'",
            "UNLOAD ('********') TO '********' MASTER_SYMMETRIC_KEY '********'",
        ),
        ("-- PASSWORD 'x'\nSELECT 1", "-- ********\nSELECT 1"),
        ("SELECT 1 /* password: x */ + 2 -- y", "SELECT 1 /* ******** */ + 2 -- y"),
        ("SELECT 'x', \"y\", $$z$$ -- w", "SELECT 'x', \"y\", $$z$$ -- w"),
        (
            "SELECT 'x'; ALTER USER a PASSWORD 'y'; SELECT 'z'",
            "SELECT 'x'; ALTER USER a PASSWORD '********'; SELECT 'z'",
        ),
        ("SELECT 'x'; ALTER USER a PASSWORD 'y; SELECT z", "SELECT 'x'; ********"),
        ("'", "********"),
        ("", ""),
    ],
)
def test_scripts(script, shown):
    found = masked_script(script)
    assert found == shown if shown else "'y'" not in found


@pytest.mark.parametrize("statement", [text for text in HARD if not re.search("password|pw", text, re.IGNORECASE)])
def test_a_script_without_secrets_is_shown_as_it_is(statement):
    assert masked_script(f"{statement};\n") == f"{statement};\n"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("a''b", "a'b"),
        (r"a\'b", "a'b"),
        (r"a\\b", r"a\b"),
        (r"\101\x42\u0043", "ABC"),
        (r"\n\t\r", "\n\t\r"),
        (r"\q", "q"),
    ],
)
def test_decoded(written, value):
    assert decoded(written) == value


@settings(max_examples=300)
@given(st.text("ab'\"$;-/*()\\\n :=PASWORD|", max_size=40), st.text(max_size=20))
def test_any_text_can_be_masked_and_scrubbed(script, message):
    assert isinstance(masked_script(script), str)
    assert isinstance(scrubbed(message, script), str)


@settings(max_examples=200)
@given(st.text("abcXYZ01'\\\n$%! ", min_size=4, max_size=20), st.integers(1, 4))
def test_a_literal_is_found_at_any_depth(secret, depth):
    written = secret
    for _level in range(depth):
        written = written.replace("\\", "\\\\").replace("'", "''")
        written = f"'{written}'"
    shown = scrubbed(f"odd {secret} here", f"SELECT {written}")
    for word in re.findall(r"[a-zA-Z0-9]{4,}", secret):
        assert word not in shown


@pytest.mark.parametrize("quote", ["'", "\\"])
def test_too_many_levels_of_quotes(quote):
    assert scrubbed("odd", f"SELECT '{quote * 20_000}'") == NOT_SHOWN


def nested_tags(number):
    opened = "".join(f"$a{level}$ " for level in range(number))
    return opened + "".join(f" $a{level}$" for level in reversed(range(number)))


def test_nested_dollar_tags():
    """They neither reach the recursion limit nor take time that grows with the square of their number."""
    for text in (nested_tags(1000), f"DO {nested_tags(1000)}", f"CREATE USER u PASSWORD {nested_tags(1000)}"):
        assert scrubbed("syntax error", text) == "syntax error"
        assert isinstance(masked_script(text), str)


class Counted:
    """Counts the characters that the lexer and the decoder are called with."""

    def __init__(self, monkeypatch):
        self.characters = 0
        for name in ("tokens", "decoded"):
            monkeypatch.setattr(redaction, name, self.counting(getattr(redaction, name)))

    def counting(self, function):
        def call(text):
            self.characters += len(text)
            return function(text)

        return call


@pytest.mark.parametrize("filling", ["a", "it is ", "''", "\\n", "x = ''y''; "])
def test_the_work_for_a_long_literal_is_linear(monkeypatch, filling):
    counted = Counted(monkeypatch)
    size = 1_000_000
    scrubbed("invalid input", f"SELECT '{filling * (size // len(filling))}'::int")
    assert counted.characters < 5 * size


def test_the_work_for_many_levels_is_bounded(monkeypatch):
    counted = Counted(monkeypatch)
    text = f"DO {nested_tags(3000)}"
    scrubbed("invalid input", text)
    assert counted.characters < 5 * len(text) + 4 * redaction.MOST_CODE
