# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No form of a secret passes the redactor."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.community.immuta.plugins.module_utils._redact import (
    MASK,
    Redactor,
    is_masked,
    secret_values,
    sounds_secret,
    without_secrets,
)

SECRET = "aZ9'\\\"ü/+? %\n$x"
FORMS = {
    "as it is": SECRET,
    "upper case": SECRET.upper(),
    "JSON": json.dumps(SECRET),
    "JSON, not ASCII": json.dumps(SECRET, ensure_ascii=False),
    "URL": quote(SECRET, safe=""),
    "URL, lower case": quote(SECRET, safe="").lower(),
    "form": quote_plus(SECRET),
    "SQL": SECRET.replace("'", "''"),
    "SQL with backslashes": SECRET.replace("\\", "\\\\").replace("'", "\\'"),
    "repr": repr(SECRET.replace("\n", "")),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(form):
    secret = SECRET.replace("\n", "") if form == "repr" else SECRET
    text = Redactor([secret])(f"before {FORMS[form]} after")
    assert MASK in text
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "aZ9" not in text
    assert "$x" not in text


@given(st.text("abcXYZ019+/=\"'ü ", min_size=5), st.binary(max_size=4), st.binary(max_size=4), st.booleans())
@example("0~~~~~", b"", b"", True)
def test_base64_wherever_it_starts(secret, before, after, url_safe):
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    text = encode(before + secret.encode() + after).decode()
    assert MASK in Redactor([secret]).text(text)


@given(st.text(min_size=3), st.text(), st.text())
def test_no_secret_is_left(secret, before, after):
    assert secret not in Redactor([secret]).text(before + secret + after).replace(MASK, "\0")


@given(st.lists(st.text(min_size=3, max_size=6), min_size=1, max_size=4))
def test_a_secret_inside_another(secrets):
    redact = Redactor([*secrets, "".join(secrets)])
    assert redact("".join(secrets)) == MASK


def test_structures_and_keys():
    value = {"Hidden1": ["x Hidden1", {"a": "HIDDEN1"}, 7, None, True], "b": {"c": "Hidden1"}}
    assert Redactor(["Hidden1"])(value) == {MASK: [f"x {MASK}", {"a": MASK}, 7, None, True], "b": {"c": MASK}}


def test_nothing_to_hide():
    assert Redactor([])("text") == "text"
    assert Redactor(["", "ab"])("a text ab") == "a text ab"


@pytest.mark.parametrize("written", ["a1\nb2", "a1\r\nb2"])
@pytest.mark.parametrize("known", ["a1\nb2", "a1\r\nb2"])
def test_line_breaks_of_either_kind(known, written):
    assert Redactor([known]).text(f"x {written} y") == f"x {MASK} y"


@pytest.mark.parametrize("text", ["***", "********", "[REDACTED]", " [redacted] ", "<hidden>", "[Secret]"])
def test_masks(text):
    assert is_masked(text)


@pytest.mark.parametrize("text", ["secret", "hidden", "", "[]", "a*", "[redacted] x", None, 7, ["***"]])
def test_no_masks(text):
    assert not is_masked(text)


def test_names_that_sound_secret():
    for name in ("password", "dbPassword", "passwd", "secretKey", "apiKey", "api_key", "accessToken", "privateKey"):
        assert sounds_secret(name), name
    for name in ("passwordless", "host", "key", "username", "authenticationType", "bypass_row"):
        assert not sounds_secret(name), name


def test_without_secrets_leaves_the_rest():
    value = {"a": 1, "password": "x", "b": [{"token": "x", "c": "***", "d": "e"}], "f": {"apiKey": 1}}
    assert without_secrets(value) == {"a": 1, "b": [{"d": "e"}], "f": {}}


def test_secret_values():
    assert sorted(secret_values({"a": "abc", "b": ["de", "fgh", {"c": "ijk"}], "d": 1234})) == ["abc", "fgh", "ijk"]
    assert secret_values(None) == []


def test_a_text_longer_than_any_secret_is_not_searched_for():
    script = "SELECT 1;\n" * 1000
    assert Redactor([script, "Secret1"]).text(f"{script}Secret1") == f"{script}{MASK}"
