# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs, among what the user gave and Immuta shows."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._immuta.diff import (
    Change,
    changes,
    documented,
    not_editable,
)


def differ(have, wanted, automatic=False):
    return changes({"auto_bootstrap": automatic, "config": have}, wanted)


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
        ({"extra_config": {"a": {"token": "x", "b": 1}}}, {"extra_config": {"a": {"token": "y"}}}),
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
        ({"extra_config": {"a": [1]}}, {"extra_config": {"a": [2]}}, "extra_config"),
        ({"extra_config": {"a": None}}, {"extra_config": {"a": 1}}, "extra_config"),
    ],
)
def test_a_difference(have, wanted, name):
    assert set(differ(have, wanted)) == {name}


def test_one_time_credentials_are_not_compared():
    have = {"username": "a", "okta": {"role": "a"}}
    assert differ(have, {"username": "b", "okta": {"role": "b"}}, automatic=True) == {}
    assert set(differ(have, {"username": "b", "okta": {"role": "b"}})) == {"username", "okta"}


def test_no_secret_is_in_a_change():
    found = differ({"okta": {"role": "a"}}, {"okta": {"role": "b", "password": "hidden"}})
    assert "hidden" not in str(found)


def test_not_editable_and_its_words():
    found = differ({"port": 1, "database": "a", "username": "u"}, {"port": 2, "database": "b", "username": "v"})
    refused = not_editable({**found, "auto_bootstrap": Change(True, False)})
    assert set(refused) == {"port", "database", "auto_bootstrap"}
    assert documented({"port": found["port"]}) == "port is 1 and should be 2"
