# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options the modules get from the variables of the role."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._module._bootstrap_plan import bootstrap_plan
from ansible_collections.community.immuta.plugins.module_utils._module._role_options import GROUPS, RoleOptions
from ansible_collections.community.immuta.plugins.modules import (
    redshift_integration,
    redshift_integration_script,
    redshift_password,
    redshift_preflight,
    redshift_script,
)

PREFIX = "redshift_integration_"
ENVIRONMENT = {
    "IMMUTA_SYSTEM_USERNAME": "env_account",
    "IMMUTA_SYSTEM_PASSWORD": "EnvMarker1x",
    "REDSHIFT_LOGIN_USER": "env_admin",
    "REDSHIFT_LOGIN_PASSWORD": "EnvMarker2x",
}
CLUSTER = {"host": "one.example.com", "port": 5440, "username": "account", "password": "Marker1x"}
ADMIN = {"login_user": "admin", "login_password": "Marker2x"}


def options(environ=None, facts=None, **settings):
    """Return the options for variables of the role.

    :param facts: variables that are not the role's
    """
    variables = {**{PREFIX + name: value for name, value in settings.items()}, **(facts or {})}
    return RoleOptions(variables.get, environ or {})


@pytest.mark.parametrize(
    ("module", "groups"),
    [
        (redshift_integration, ["connection", "settings", "integration"]),
        (redshift_integration_script, ["connection", "settings"]),
        (redshift_password, ["login", "account"]),
        (redshift_preflight, ["login", "preflight", "account"]),
        (redshift_preflight, ["login_as_system_account", "preflight", "username"]),
        (redshift_script, ["login", "script"]),
    ],
)
def test_a_module_has_each_option_of_its_groups(module, groups):
    every_variable_is_set = RoleOptions(lambda name: {}, {})
    given = {name for group in groups for name in every_variable_is_set.group(group)}
    assert given <= set(module.argument_spec())


def test_each_group_is_there_if_no_variable_is_set():
    for name in GROUPS:
        assert isinstance(options().group(name), dict)


def test_what_is_not_set_is_left_to_the_module():
    assert options().connection() == {}
    assert options().settings() == {}
    assert options().integration() == {}
    assert options().preflight() == {}


def test_values_are_not_converted():
    assert options(timeout="30", validate_certs="no").connection() == {"timeout": "30", "validate_certs": "no"}
    assert options(okta={"role": 7}, id=5).settings() == {"okta": {"role": 7}, "id": 5}
    assert options(wait=False, wait_timeout=0).integration() == {"wait": False, "wait_timeout": 0}


def test_an_empty_address_or_key_is_not_set():
    assert options(immuta_url="", immuta_api_key="", immuta_auth="").connection() == {"immuta_auth": ""}


@pytest.mark.parametrize("value", ["", None])
def test_the_environment_has_the_accounts_that_are_not_set(value):
    found = options(ENVIRONMENT, username=value, password=value, login_user=value, login_password=value)
    assert found.settings() == {"username": "env_account", "password": "EnvMarker1x"}
    assert (found.login()["login_user"], found.login()["login_password"]) == ("env_admin", "EnvMarker2x")
    assert found.login_as_system_account()["login_user"] == "env_account"


def test_a_variable_that_is_set_wins():
    found = options(ENVIRONMENT, **CLUSTER, **ADMIN)
    assert found.account() == {"username": "account", "password": "Marker1x"}
    assert found.username() == {"username": "account"}
    assert (found.login()["login_user"], found.login()["login_password"]) == ("admin", "Marker2x")


def test_the_environment_is_not_always_used():
    assert options(ENVIRONMENT, authentication_type="okta").account() == {}
    assert options(ENVIRONMENT, authentication_type="okta", username="given").account() == {"username": "given"}
    found = options(ENVIRONMENT, login_aws={"region": "eu-west-1"}).login()
    assert (found["login_user"], found["login_password"], found["login_aws"]) == ("", "", {"region": "eu-west-1"})


@pytest.mark.parametrize("text", ["{{ 1 + 1 }}", "[1]", "True", " a\n#'\"%s "])
def test_every_byte_of_a_password_is_kept(text):
    assert options({"IMMUTA_SYSTEM_PASSWORD": text}).account() == {"password": text}


def test_a_password_of_digits_is_a_text():
    assert options(password=12345678).account() == {"password": "12345678"}


@pytest.mark.parametrize(
    ("settings", "host", "port"),
    [
        ({}, "", 5439),
        (CLUSTER, "one.example.com", 5440),
        ({**CLUSTER, "login_host": "tunnel", "login_port": 15439}, "tunnel", 15439),
        ({**CLUSTER, "login_host": "", "login_port": None}, "one.example.com", 5440),
    ],
)
def test_where_sql_is_sent(settings, host, port):
    found = options(**settings).login()
    assert (found["login_host"], found["login_port"]) == (host, port)


def test_the_login_of_the_system_account():
    found = options(**CLUSTER, **ADMIN, login_aws={"region": "x"}, ssl_mode="require", ca_cert="/ca", login_host="t")
    assert found.login_as_system_account() == {
        "login_host": "t",
        "login_port": 5440,
        "login_user": "account",
        "login_password": "Marker1x",
        "login_aws": {},
        "ssl_mode": "require",
        "ca_cert": "/ca",
    }


@pytest.mark.parametrize(
    ("group", "secrets"),
    [
        ("username", set()),
        ("account", {"password"}),
        ("login", {"login_password"}),
        ("login_as_system_account", {"password"}),
    ],
)
def test_only_the_secrets_that_are_needed_are_read(group, secrets):
    read = set()
    RoleOptions(read.add, {}).group(group)
    assert {name for name in read if "password" in name} == {PREFIX + name for name in secrets}


def test_a_script_knows_each_secret_that_may_be_in_it():
    found = options(**CLUSTER, okta={"password": "Marker3x"}, immuta_api_key="Marker4x", wait_for_database=5).script()
    assert found == {
        "remote_src": True,
        "secrets": ["Marker1x", "Marker3x", "Marker4x"],
        "wait_for_database": 5,
    }
    assert options(okta=None).script()["secrets"] == ["", "", ""]
    assert options(okta="not a dictionary").script()["secrets"] == ["", "", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"password": "Marker3x"}', {"password": "Marker3x"}),
        ("password=Marker3x", {"password": "Marker3x"}),
        ("{", "{"),
    ],
)
def test_a_dictionary_can_be_a_text(text, expected):
    found = options(okta=text, login_aws=text)
    assert found.settings() == {"okta": expected}
    assert found.login()["login_aws"] == expected
    assert ("Marker3x" in found.script()["secrets"]) is isinstance(expected, dict)


def test_an_empty_dictionary_as_a_text_is_no_login():
    assert options(ENVIRONMENT, login_aws="{}").login()["login_user"] == "env_admin"


@pytest.mark.parametrize(("bastion", "is_here"), [(None, True), ("", True), ("bastion", False)])
def test_a_script_is_sent_to_the_bastion(bastion, is_here):
    assert options(sql_delegate_to=bastion).script()["remote_src"] is is_here


def test_what_is_decided_by():
    facts = {
        "ansible_check_mode": True,
        "inventory_hostname": "one",
        "ansible_connection": "local",
        "__redshift_integration_cleaned_up": True,
    }
    found = options(facts=facts, **CLUSTER, **ADMIN, state="present").decision()
    assert found == {
        "state": "present",
        "username": "account",
        "password": "Marker1x",
        **ADMIN,
        "login_aws": {},
        "sql_host": "one.example.com",
        "check_mode": True,
        "inventory_host": "one",
        "is_local": True,
        "cleaned_up": True,
    }
    assert bootstrap_plan({"operation": "none"}, found)["state"] == "present"


@pytest.mark.parametrize(("connection", "is_local"), [(None, False), ("ssh", False), ("local", True)])
def test_whether_the_connection_is_local(connection, is_local):
    assert options(facts={"ansible_connection": connection}).decision()["is_local"] is is_local
