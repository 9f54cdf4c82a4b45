# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options <-> API fields."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import SETTINGS
from ansible_collections.community.immuta.plugins.module_utils._immuta import payload
from ansible_collections.community.immuta.plugins.module_utils._immuta.diff import changes
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    KINDS,
    MANUAL,
    OKTA,
    SHOWN,
    body,
    row,
)

NAME = st.text("abcXYZ019_-. '", min_size=1, max_size=6)
OTHER = st.recursive(
    st.none() | st.booleans() | st.integers() | NAME,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAME, inner, max_size=2),
    max_leaves=5,
)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "host": NAME,
        "port": st.integers(1, 65535) | st.just("5439"),
        "database": NAME,
        "initialDatabase": NAME,
        "authenticationType": st.sampled_from(["userPassword", "okta"]),
        "username": NAME,
        "password": st.sampled_from(["***", None, "[REDACTED]"]),
        "okta": st.fixed_dictionaries({}, optional={name: NAME for name in ("username", "appID", "idpHost", "role")}),
        "impersonation": st.fixed_dictionaries({"enabled": st.booleans()}, optional={"role": NAME}),
        "newField": OTHER,
        "token": NAME,
    },
)


@given(CONFIGS, st.booleans())
def test_an_integration_fed_back_changes_nothing(config, automatic):
    record = {"id": "7", "status": "enabled", "type": "Redshift", "autoBootstrap": automatic, "config": config}
    integration = payload.to_integration(record)
    settings = payload.given({"auto_bootstrap": integration["auto_bootstrap"], **integration["config"]})
    assert changes(integration, settings) == {}
    assert payload.from_config(payload.to_payload(settings)["config"]) == integration["config"]
    assert set(integration["config"]) <= set(SETTINGS)


@given(CONFIGS, CONFIGS)
def test_a_merge_brings_about_what_was_asked_for(before, wanted):
    settings = payload.given(payload.from_config(wanted))
    settings.pop("extra_config", None)
    record = {"autoBootstrap": False, "config": before}
    merged = payload.merged(record, settings)
    after = payload.to_integration({**merged, "id": "7"})
    assert changes(after, settings) == {}
    kept = set(payload.from_config(before)) - set(settings) - {"username", "okta", "extra_config"}
    assert {name: after["config"][name] for name in kept} == {name: payload.from_config(before)[name] for name in kept}


def test_each_setting_has_its_field():
    assert {"auto_bootstrap", "extra_config", *payload.FIELDS} == set(SETTINGS)
    for name, fields in payload.NESTED.items():
        assert set(fields) == set(SETTINGS[name]["options"])


def test_bodies():
    for kind, options in KINDS.items():
        assert payload.to_payload(payload.given(options)) == body(kind)
        assert payload.merged(row(kind), payload.given(options)) == body(kind)


def test_from_config_and_back():
    for kind, options in KINDS.items():
        open_options = {name: value for name, value in options.items() if name not in ("password", "auto_bootstrap")}
        if kind == "okta":
            open_options["okta"] = {name: value for name, value in OKTA["okta"].items() if name != "password"}
        assert payload.from_config(SHOWN[kind]) == open_options


def test_a_merge_does_not_change_what_it_is_given():
    record = row(impersonation={"enabled": False}, okta={"appID": "x"})
    settings = payload.given({**MANUAL, "impersonation": {"enabled": True}})
    payload.merged(record, settings)
    assert record == row(impersonation={"enabled": False}, okta={"appID": "x"})
    assert settings["impersonation"] == {"enabled": True}


def test_nothing_given():
    assert payload.given(dict.fromkeys(SETTINGS)) == {}


def test_secrets_of():
    options = {
        "immuta_api_key": "key",
        "password": "word",
        "okta": {"password": "okta"},
        "extra_config": {"a": ["dev"], "b": ["long enough"], "token": {"c": ["abc"]}, "d": 7},
    }
    assert sorted(payload.secrets_of(options)) == ["abc", "key", "long enough", "okta", "word"]
    assert payload.secrets_of({"okta": None, "extra_config": None, "password": None}) == []
