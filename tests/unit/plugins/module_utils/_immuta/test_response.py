# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a body says, and who sent it."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import ApiError
from ansible_collections.community.immuta.plugins.module_utils._immuta.response import Response, parse_json

DEEP = "[" * 100_000


def test_json():
    assert Response(200, '{"a": [1, null]}').json("GET /x") == {"a": [1, None]}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "empty body"),
        (" \n", "empty body"),
        ("\n<!DOCTYPE html><p>word</p>", "an HTML page"),
        ("a word", "6 characters that do not parse"),
        (DEEP, "100000 characters that do not parse"),
    ],
)
def test_a_body_that_is_not_json(text, kind):
    with pytest.raises(ApiError, match=rf"^GET /x: the response is not JSON \({kind}\)\. Check") as caught:
        Response(502, text).json("GET /x")
    assert caught.value.status_code == 502
    assert "word" not in caught.value.message


@pytest.mark.parametrize(
    ("response", "is_immuta"),
    [
        (Response(404, '{"message": "x"}'), True),
        (Response(204, ""), True),
        (Response(200, '{"message": "x"}', redirected=True), False),
        (Response(404, "<html>"), False),
        (Response(404, '["x"]'), False),
        (Response(404, DEEP), False),
    ],
)
def test_whether_immuta_sent_it(response, is_immuta):
    assert response.is_from_immuta() is is_immuta


@pytest.mark.parametrize(
    ("status", "text", "is_missing"),
    [
        (404, '{"statusCode": 404, "error": "Not Found", "message": "Not Found"}', True),
        (404, '{"message": "No Integration found with ID 7."}', False),
        (404, '{"error": "Not Found"}', False),
        (404, '"Not Found"', False),
        (404, "Not Found", False),
        (400, '{"message": "Not Found"}', False),
    ],
)
def test_an_unknown_path_is_not_an_unknown_id(status, text, is_missing):
    assert Response(status, text).is_missing_endpoint() is is_missing


@pytest.mark.parametrize(
    ("text", "message"),
    [('{"message": "Why"}', "Why"), ('{"message": ["Why"]}', ""), ("{}", ""), ('["Why"]', ""), ("Why", ""), (DEEP, "")],
)
def test_the_message_of_the_server(text, message):
    assert Response(400, text).server_message() == message


@pytest.mark.parametrize("text", ["", "[", DEEP])
def test_parse_json_has_one_kind_of_error(text):
    with pytest.raises(ValueError, match=r"Expecting|nested too deeply"):
        parse_json(text)
