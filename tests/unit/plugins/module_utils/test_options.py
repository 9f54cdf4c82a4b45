# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of options."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._options import (
    CONNECTION,
    LOGIN,
    SETTINGS,
    environment,
)

KEYS = {"aliases", "choices", "default", "elements", "env", "no_log", "options", "required", "type"}


def rows(table):
    """Return every row with its name, those within dictionaries too."""
    for name, row in table.items():
        yield name, row
        yield from rows(row.get("options", {}))


@pytest.mark.parametrize("table", [CONNECTION, SETTINGS, LOGIN])
def test_rows_are_well_formed(table):
    for name, row in rows(table):
        assert set(row) <= KEYS, name
        assert row["type"] in {"bool", "dict", "int", "list", "path", "str"}, name
        assert "default" not in row or "choices" not in row or row["default"] in row["choices"], name
        assert not (row.get("required") and "default" in row), name


def test_the_secret_options():
    secret = {name for table in (CONNECTION, SETTINGS, LOGIN) for name, row in rows(table) if row.get("no_log")}
    assert secret == {"immuta_api_key", "password", "login_password"}


def test_a_setting_has_no_default():
    """What is not specified is not sent on create, and kept on update."""
    assert not [name for name, row in rows(SETTINGS) if "default" in row]


def test_no_option_is_in_two_tables():
    names = [*CONNECTION, *SETTINGS, *LOGIN]
    assert len(names) == len(set(names))


def test_the_environment_is_that_of_the_table():
    assert environment()["immuta_api_key"] == "IMMUTA_API_KEY"
    assert set(environment()) == set(CONNECTION) - {"use_proxy"}
