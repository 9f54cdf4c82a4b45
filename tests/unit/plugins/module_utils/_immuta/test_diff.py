# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings differ, among those that the user specified and Immuta shows."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._immuta.diff import (
    Change,
    changes,
    describe_changes,
    not_editable,
)
from ansible_collections.community.immuta.plugins.module_utils._immuta.record import IntegrationRecord


def differ(config, settings, automatic=False):
    """Return the changes from a configuration as Immuta shows it to settings in option form."""
    return changes(IntegrationRecord({"autoBootstrap": automatic, "config": config}), settings)


@pytest.mark.parametrize(
    ("have", "wanted"),
    [
        ({"host": "A.example"}, {"host": "a.EXAMPLE"}),
        ({}, {"port": 5439}),
        ({"port": None}, {"port": 5439}),
        ({"port": "5440"}, {"port": 5440}),
        ({}, {"database": "x", "username": "y", "authentication_type": "okta"}),
        ({"password": "x"}, {"password": "y"}),
        ({"impersonation": "odd"}, {"impersonation": {"enabled": False}}),
        ({"okta": {"role": "a"}}, {"okta": {"role": "a", "password": "x", "app_id": "unseen"}}),
        ({"okta": "odd"}, {"okta": {"role": "a"}}),
        ({"a": {"token": "x", "b": 1}}, {"extra_config": {"a": {"token": "y"}}}),
    ],
)
def test_no_difference(have, wanted):
    assert differ(have, wanted) == {}


@pytest.mark.parametrize(
    ("have", "wanted", "name"),
    [
        ({"host": "a"}, {"host": "b"}, "host"),
        ({}, {"port": 5440}, "port"),
        ({"port": "odd"}, {"port": 5439}, "port"),
        ({"port": ["x"]}, {"port": 5439}, "port"),
        ({"database": "A"}, {"database": "a"}, "database"),
        ({"impersonation": {"enabled": True}}, {"impersonation": {"enabled": False}}, "impersonation"),
        ({}, {"impersonation": {"enabled": True}}, "impersonation"),
        ({"okta": {"role": "a"}}, {"okta": {"role": "b"}}, "okta"),
        ({"a": [1]}, {"extra_config": {"a": [2]}}, "extra_config"),
        ({"a": None}, {"extra_config": {"a": 1}}, "extra_config"),
    ],
)
def test_a_difference(have, wanted, name):
    assert set(differ(have, wanted)) == {name}


def test_one_time_credentials_are_not_compared():
    config = {"username": "a", "okta": {"username": "a"}}
    settings = {"username": "b", "okta": {"username": "b", "password": "c"}}
    assert differ(config, settings, automatic=True) == {}
    assert set(differ(config, settings)) == {"username", "okta"}


OKTA = {"username": "user", "app_id": "app", "idp_host": "x.okta.com", "role": "admin", "password": "hidden"}
NESTED = {"appId": "app", "idpHost": "x.okta.com", "role": "admin"}
OTHER_SPELLING = {"appID": "app", "idpHost": "x.okta.com", "role": "admin"}
LAYOUTS = {
    "nested": {"okta": {"username": "user", **NESTED}},
    "nested, another spelling": {"okta": {"username": "user", **OTHER_SPELLING}},
    "flat": {"authenticationType": "okta", "username": "user", **OTHER_SPELLING},
    "flat, our spelling": {"authenticationType": "okta", "username": "user", **NESTED},
    "flat, without a type": {"username": "user", **OTHER_SPELLING},
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("automatic", [True, False])
def test_okta_settings_are_compared_in_every_layout(layout, automatic):
    config = LAYOUTS[layout]
    assert differ(config, {"okta": OKTA}, automatic) == {}
    for name in ("app_id", "idp_host", "role"):
        (change,) = differ(config, {"okta": {**OKTA, name: "other"}}, automatic).values()
        assert (change.before[name], change.after[name]) == (OKTA[name], "other")
        assert "password" not in change.after
    assert bool(differ(config, {"okta": {**OKTA, "username": "other"}}, automatic)) is not automatic


def test_okta_settings_that_immuta_does_not_return_are_not_compared():
    assert differ({"authenticationType": "okta", "username": "user"}, {"okta": OKTA}) == {}
    assert differ({"okta": {"role": "admin"}}, {"okta": OKTA}) == {}


def test_a_role_beside_a_user_and_password_is_not_an_okta_field():
    config = {"authenticationType": "userPassword", "username": "user", "role": "x", "appId": "y"}
    assert differ(config, {"username": "user", "extra_config": {"role": "x"}}) == {}


def test_no_secret_is_in_a_change():
    found = differ({"okta": {"role": "a"}}, {"okta": {"role": "b", "password": "hidden"}})
    assert "hidden" not in str(found)


def test_not_editable():
    found = differ({"port": 1, "database": "a", "username": "u"}, {"port": 2, "database": "b", "username": "v"})
    refused = not_editable({**found, "auto_bootstrap": Change(True, False)})
    assert set(refused) == {"port", "database", "auto_bootstrap"}
    assert describe_changes({"port": found["port"]}) == "port is 1 and should be 2"
