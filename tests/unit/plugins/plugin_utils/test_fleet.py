# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role's variables of many hosts."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_info import Declared
from ansible_collections.community.immuta.plugins.plugin_utils._fleet import FleetVariables
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER

from .play import OMIT, HostVars, role_variables, task_vars, templar

CLUSTER = {
    "host": "One.example.com",
    "immuta_url": "https://tenant.example.com",
    "immuta_api_key": f"Key{MARKER}",
    "auto_bootstrap": False,
    "username": "immuta",
    "password": MARKER,
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch):
    for name in ("IMMUTA_URL", "IMMUTA_API_KEY", "IMMUTA_SYSTEM_USERNAME", "IMMUTA_SYSTEM_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("REDSHIFT_LOGIN_PASSWORD", raising=False)


def fleet(play_vars=None, stronger=None, **hosts):
    """Return the variables of hosts; ``other`` of each is a variable that is not the role's.

    :param stronger: variables that override those of the play, such as those of ``-e``
    """
    strongest = role_variables(stronger or {})
    found = {name: {**role_variables(settings), "other": "x", **strongest} for name, settings in hosts.items()}
    of_play = role_variables(play_vars or {})
    return FleetVariables(templar(), task_vars(found, **{**of_play, **strongest}), of_play)


def one(**settings):
    return fleet(one={**CLUSTER, **settings}).cluster("one")


def test_a_cluster():
    found = one()
    assert (found.name, found.host, found.problem) == ("one", "One.example.com", "")
    assert {name: found.options[name] for name in CLUSTER} == CLUSTER
    assert (found.options["timeout"], found.options["drop_objects"]) == (120, False)


@pytest.mark.parametrize(
    ("settings", "option", "value"),
    [
        ({"host": "{{ other }}.example.com"}, "host", "x.example.com"),
        ({"host": "{{ redshift_integration_username }}"}, "host", "immuta"),
        ({"port": "5440"}, "port", 5440),
        ({"port": OMIT}, "port", None),
        ({"port": None}, "port", None),
        ({"username": ""}, "username", None),
        ({"database": "{{ ansible_check_mode }}"}, "database", "False"),
        ({"drop_objects": "yes"}, "drop_objects", True),
        ({"state": "absent"}, "state", "absent"),
    ],
)
def test_values(settings, option, value):
    found = one(**settings)
    assert found.problem == ""
    assert found.options[option] == value


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": "{{ none_such }}"}, "redshift_integration_host cannot be read"),
        ({"password": "{{ none_such }}"}, "Define it, or run with the vault that has it."),
        ({"port": "{{ 1 / 0 }}"}, "redshift_integration_port cannot be templated or decrypted"),
        ({"port": "many"}, "port"),
        ({"state": "gone"}, "state"),
        ({"drop_objects": "perhaps"}, "redshift_integration_drop_objects must be true or false"),
        ({"port": MARKER}, "port"),
    ],
)
def test_a_variable_that_cannot_be_used_is_a_problem_of_its_host(settings, words):
    found = fleet(one={**CLUSTER, **settings}, two=CLUSTER)
    broken = found.cluster("one")
    assert words in broken.problem
    assert MARKER not in broken.problem
    assert broken.options == {}
    assert found.cluster("two").problem == ""


def test_a_host_that_the_inventory_does_not_have():
    assert fleet().cluster("none").problem == "The inventory has no host none."


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"username": None, "password": None}, ("system", MARKER)),
        ({"username": "", "password": ""}, ("system", MARKER)),
        ({"password": "Word1"}, ("immuta", "Word1")),
        ({"authentication_type": "okta", "username": None, "password": None}, (None, None)),
    ],
)
def test_the_system_account_of_the_environment(monkeypatch, settings, expected):
    monkeypatch.setenv("IMMUTA_SYSTEM_USERNAME", "system")
    monkeypatch.setenv("IMMUTA_SYSTEM_PASSWORD", MARKER)
    options = one(**settings).options
    assert (options["username"], options["password"]) == expected


@pytest.mark.parametrize(
    ("play_vars", "stronger", "expected"),
    [
        ({}, {}, ["inventory", None]),
        ({"database": "play"}, {}, ["play", "play"]),
        ({"database": "play"}, {"database": "extra"}, ["extra", "extra"]),
    ],
)
def test_the_play_overrides_the_inventory_but_nothing_stronger(play_vars, stronger, expected):
    found = fleet(play_vars, stronger, one={**CLUSTER, "database": "inventory"}, two=CLUSTER)
    assert [found.cluster(name).options["database"] for name in ("one", "two")] == expected


@pytest.mark.parametrize("tenant", ["", "https://tenant.example.com"])
def test_what_the_inventory_declares(monkeypatch, tenant):
    monkeypatch.setenv("IMMUTA_URL", tenant)
    found = fleet(
        one=CLUSTER,
        two={"id": 8},
        three={"id": "9", "immuta_url": "https://other.example.com"},
        four={"host": "{{ none_such }}"},
        five={},
    ).declared()
    described = [("one.example.com", "", ""), ("", tenant, "8"), ("", "https://other.example.com", "9")]
    assert found == Declared.of(described)


def test_the_secrets_of_a_host_as_far_as_they_can_be_read(monkeypatch):
    monkeypatch.setenv("REDSHIFT_LOGIN_PASSWORD", "Login1")
    settings = {**CLUSTER, "login_password": "Other1", "okta": {"password": "Okta1"}, "extra_config": "{{ none_such }}"}
    assert set(fleet(one=settings).secrets("one")) == {f"Key{MARKER}", MARKER, "Okta1", "Other1", "Login1"}
    assert fleet().secrets("none") == ["Login1"]


def test_each_host_is_read_once(monkeypatch):
    reads = []
    monkeypatch.setattr(HostVars, "raw_get", lambda self, name: reads.append(name) or self[name])
    found = fleet(one=CLUSTER)
    for _time in range(2):
        found.cluster("one")
        found.declared()
    assert reads == ["one"]
