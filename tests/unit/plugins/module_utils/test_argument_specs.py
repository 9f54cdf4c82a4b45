# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs: the environment in place of options that are not specified."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import connection_spec, login_spec
from ansible_collections.community.immuta.plugins.module_utils._options import CONNECTION, LOGIN

URL = {"immuta_url": "https://tenant.example.com", "immuta_api_key": "key"}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for row in (*CONNECTION.values(), *LOGIN.values()):
        if "env" in row:
            monkeypatch.delenv(row["env"], raising=False)


def validated(spec, given):
    result = ArgumentSpecValidator(spec).validate(given)
    assert not result.error_messages
    return result.validated_parameters


@pytest.mark.parametrize(
    ("variable", "text", "option", "value"),
    [
        ("IMMUTA_TIMEOUT", "7", "timeout", 7),
        ("IMMUTA_TIMEOUT", " 7\n", "timeout", 7),
        ("IMMUTA_TIMEOUT", "", "timeout", 120),
        ("IMMUTA_TIMEOUT", " ", "timeout", 120),
        ("IMMUTA_TIMEOUT", "long", "timeout", 120),
        ("IMMUTA_VALIDATE_CERTS", "no", "validate_certs", False),
        ("IMMUTA_VALIDATE_CERTS", "perhaps", "validate_certs", True),
        ("IMMUTA_AUTH", "token", "immuta_auth", "token"),
        ("IMMUTA_AUTH", "magic", "immuta_auth", "api_key"),
        ("IMMUTA_CA_PATH", "/ca.pem\n", "ca_path", "/ca.pem"),
    ],
)
def test_a_connection_option_from_the_environment(monkeypatch, variable, text, option, value):
    monkeypatch.setenv(variable, text)
    assert validated(connection_spec(), URL)[option] == value


@pytest.mark.parametrize(
    ("variable", "text", "option", "value"),
    [
        ("PGUSER", "admin", "login_user", "admin"),
        ("PGUSER", " admin ", "login_user", " admin "),
        ("PGUSER", "", "login_user", "postgres"),
        ("PGPORT", "5440", "login_port", 5440),
    ],
)
def test_a_login_option_from_the_environment_is_left_as_it_is(monkeypatch, variable, text, option, value):
    monkeypatch.setenv(variable, text)
    assert validated(login_spec(), {"login_db": "dev"})[option] == value


def test_an_option_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("IMMUTA_TIMEOUT", "7")
    monkeypatch.setenv("PGUSER", "other")
    assert validated(connection_spec(), {**URL, "timeout": 8})["timeout"] == 8
    assert validated(login_spec(), {"login_db": "dev", "login_user": "admin"})["login_user"] == "admin"


def test_what_is_required_may_come_from_the_environment(monkeypatch):
    errors = ArgumentSpecValidator(connection_spec()).validate({}).error_messages
    assert "immuta_api_key, immuta_url" in errors[0]
    monkeypatch.setenv("IMMUTA_URL", URL["immuta_url"])
    monkeypatch.setenv("IMMUTA_API_KEY", "key\n")
    found = validated(connection_spec(), {})
    assert (found["immuta_url"], found["immuta_api_key"]) == (URL["immuta_url"], "key")


@pytest.mark.parametrize(("spec", "table"), [(connection_spec, CONNECTION), (login_spec, LOGIN)])
def test_a_spec_does_not_change_its_table(spec, table):
    with_environment = {name for name, row in table.items() if "env" in row}
    assert {name for name, row in spec().items() if "fallback" in row} == with_environment
    assert not any("env" in row for row in spec().values())
    assert {name for name, row in table.items() if "env" in row} == with_environment
