# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The private filters of the role."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.immuta.plugins.filter._environment_fallback import environment_fallback

PACKAGE = "ansible_collections.community.immuta.plugins.filter"
FILTERS = sorted(path.stem for path in (Path(__file__).parents[4] / "plugins" / "filter").glob("_[a-z]*.py"))
NAME = "IMMUTA_SYSTEM_PASSWORD"


@pytest.mark.parametrize("name", FILTERS)
def test_each_file_has_one_filter_that_is_marked_as_internal(name):
    module = importlib.import_module(f"{PACKAGE}.{name}")
    assert list(module.FilterModule().filters()) == [name]
    documentation = yaml.safe_load(module.DOCUMENTATION)
    assert documentation["name"] == name
    assert documentation["short_description"].startswith("[INTERNAL]")


@pytest.mark.parametrize(
    ("text", "variable", "expected"),
    [
        ("given", "other", "given"),
        ("", "other", "other"),
        (None, "other", "other"),
        ("", "", ""),
        (12345678, "", "12345678"),
        ("", "{{ 1 + 1 }}", "{{ 1 + 1 }}"),
        ("[1]", "", "[1]"),
        ("", "True", "True"),
        ("", " a\n#'\"%s ", " a\n#'\"%s "),
    ],
)
def test_environment_fallback(monkeypatch, text, variable, expected):
    monkeypatch.setenv(NAME, variable)
    assert environment_fallback(text, NAME) == expected


def test_an_environment_variable_that_is_not_set(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)
    assert environment_fallback("", NAME) == ""
    assert environment_fallback("", "") == ""
