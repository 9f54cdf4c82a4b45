# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options to fields of Immuta, and back."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._immuta import config_fields
from ansible_collections.community.immuta.plugins.module_utils._immuta.config_fields import (
    from_config,
    has_flat_okta,
    in_layout_of,
    nested_okta,
    settings_of,
    to_config,
)
from ansible_collections.community.immuta.plugins.module_utils._options import SETTINGS
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import KINDS, OKTA, SHOWN, body

NESTED = {"authenticationType": "okta", "okta": {"username": "u", "appId": "a", "idpHost": "i", "role": "r"}}
FLAT = {"authenticationType": "okta", "username": "u", "appID": "a", "idpHost": "i", "role": "r"}
SPELLED = {"authenticationType": "okta", "okta": {"username": "u", "appID": "a", "idpHost": "i", "role": "r"}}


def test_each_setting_has_its_field():
    assert {"auto_bootstrap", "extra_config", *config_fields.FIELDS} == set(SETTINGS)
    for name, fields in config_fields.NESTED.items():
        assert set(fields) == set(SETTINGS[name]["options"])


@pytest.mark.parametrize("kind", KINDS)
def test_to_config(kind):
    assert to_config(settings_of(KINDS[kind])) == body(kind)["config"]


@pytest.mark.parametrize("kind", KINDS)
def test_from_config(kind):
    expected = {name: value for name, value in KINDS[kind].items() if name not in ("password", "auto_bootstrap")}
    if kind == "okta":
        expected["okta"] = {name: value for name, value in OKTA["okta"].items() if name != "password"}
    assert from_config(SHOWN[kind]) == expected


def test_no_settings():
    assert settings_of(dict.fromkeys(SETTINGS)) == {}
    assert to_config(settings_of({})) == {}


def test_options_that_are_not_set_within_a_setting():
    settings = settings_of({"okta": {"username": "u", "role": None}, "impersonation": {"enabled": False, "role": None}})
    assert settings == {"okta": {"username": "u"}, "impersonation": {"enabled": False}}


def test_extra_config():
    settings = settings_of({"host": "h", "extra_config": {"newField": [1], "nothing": None}})
    assert to_config(settings) == {"host": "h", "newField": [1], "nothing": None}
    shown = {"host": "h", "newField": [1], "apiToken": MARKER, "masked": "***"}
    assert from_config(shown) == {"host": "h", "extra_config": {"newField": [1]}}


@pytest.mark.parametrize(
    ("config", "is_flat"),
    [
        (FLAT, True),
        ({"idpHost": "i"}, True),
        ({"appId": "a"}, True),
        (NESTED, False),
        ({**FLAT, "okta": {}}, False),
        ({**FLAT, "authenticationType": "userPassword"}, False),
        ({"authenticationType": "okta", "username": "u", "role": "r"}, False),
        ({}, False),
    ],
)
def test_the_flat_layout(config, is_flat):
    assert has_flat_okta(config) is is_flat


@pytest.mark.parametrize("shown", [NESTED, FLAT, SPELLED])
def test_each_layout_is_read_and_written_back(shown):
    assert nested_okta(shown) == NESTED
    assert in_layout_of(shown, NESTED) == shown


@pytest.mark.parametrize("config", [{"host": "h"}, {"okta": "x"}, {}])
def test_a_configuration_without_okta_stays_as_it_is(config):
    assert nested_okta(config) == config
    assert in_layout_of(FLAT, config) == config
