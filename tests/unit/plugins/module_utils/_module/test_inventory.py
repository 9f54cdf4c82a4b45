# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Integrations as hosts of an inventory."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._immuta.record import IntegrationRecord
from ansible_collections.community.immuta.plugins.module_utils._module._inventory import (
    hosts_of,
    safe_name,
    settings_of_host,
)
from ansible_collections.community.immuta.plugins.module_utils._options import SETTINGS
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import KINDS, OKTA, row


def shown(number="7", kind="manual", **config):
    return IntegrationRecord({**row(kind, **config), "id": number}).as_options()


@pytest.mark.parametrize(
    ("integrations", "names"),
    [
        ([], []),
        ([shown(host="a.example.com")], ["a.example.com"]),
        ([shown(host=None), shown(host=""), shown(host=["x"])], []),
        ([shown(host="a"), shown("8", host="a")], ["a", "a_8"]),
        ([shown(host="a/b"), shown("8", host="a b")], ["a_7_b", "a_8_b"]),
        ([shown(host="../{{ x }}")], [".._7__7__7__7_x_7__7__7_"]),
        ([shown("/8", host="a:b")], ["a__8_b"]),
    ],
)
def test_names(integrations, names):
    hosts = hosts_of(integrations)
    assert list(hosts) == names
    assert all(integration in integrations for integration in hosts.values())


@pytest.mark.parametrize(("value", "name"), [(None, ""), ("a-b_c.1", "a-b_c.1"), ("{{ x }}", "___x___"), (7, "7")])
def test_a_safe_name(value, name):
    assert safe_name(value) == name


@pytest.mark.parametrize("kind", KINDS)
def test_the_settings_of_an_integration_are_those_that_it_was_made_of(kind):
    expected = {name: value for name, value in KINDS[kind].items() if name != "password"}
    if kind == "okta":
        expected["okta"] = {name: value for name, value in OKTA["okta"].items() if name != "password"}
    if kind == "automatic":
        expected.pop("username")
    assert settings_of_host(shown(kind=kind)) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            {"impersonation": {"enabled": True, "role": "r", "new": 1}},
            {"impersonation": {"enabled": True, "role": "r"}},
        ),
        ({"impersonation": {"role": "r"}}, {}),
        ({"impersonation": "x"}, {}),
        ({"okta": {"role": "r"}}, {}),
        ({"new": [1], "apiToken": MARKER}, {"extra_config": {"new": [1]}}),
    ],
)
def test_only_what_the_role_accepts(config, expected):
    settings = settings_of_host(shown(**config))
    assert set(settings) <= set(SETTINGS)
    assert {name: settings[name] for name in settings if name in ("impersonation", "okta", "extra_config")} == expected


@pytest.mark.parametrize("value", [None, False, 0])
def test_an_integration_that_says_nothing_about_its_bootstrap_is_manual(value):
    assert settings_of_host({**shown(), "auto_bootstrap": value})["auto_bootstrap"] is False
