# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of environment variables."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._environment import (
    clean_value,
    is_wrong,
    named,
    plain_value,
)


@pytest.mark.parametrize(
    ("environ", "plain", "clean"),
    [({}, "", ""), ({"NAME": ""}, "", ""), ({"NAME": " a b\r\n"}, " a b\r\n", "a b"), ({"NAME": "\t"}, "\t", "")],
)
def test_values(environ, plain, clean):
    assert plain_value("NAME", environ) == plain
    assert clean_value("NAME", environ) == clean


@pytest.mark.parametrize(
    ("text", "kind", "choices", "wanted"),
    [
        ("yes", "bool", (), ""),
        ("False", "bool", (), ""),
        ("0.0", "bool", (), ""),
        ("2", "bool", (), "true or false"),
        ("7", "int", (), ""),
        ("-7", "int", (), ""),
        ("7.0", "int", (), "a whole number"),
        ("--7", "int", (), "a whole number"),
        ("", "int", (), "a whole number"),
        ("a", "str", ("a", "b"), ""),
        ("c", "str", ("a", "b"), "one of a, b"),
        ("anything", "path", (), ""),
    ],
)
def test_what_a_text_should_be(text, kind, choices, wanted):
    assert is_wrong(text, kind, choices) == wanted


@pytest.mark.parametrize(
    ("value", "text", "name"),
    [
        (7, " 7\n", "timeout (set by IMMUTA_TIMEOUT)"),
        (8, "7", "timeout"),
        (7, "", "timeout"),
    ],
)
def test_an_option_is_named_with_its_variable(value, text, name):
    assert named("timeout", value, "IMMUTA_TIMEOUT", {"IMMUTA_TIMEOUT": text}) == name
