# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request bodies, and that they lead to what was specified."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.community.immuta.plugins.module_utils._immuta import payload
from ansible_collections.community.immuta.plugins.module_utils._immuta.config_fields import from_config, settings_of
from ansible_collections.community.immuta.plugins.module_utils._immuta.diff import changes
from ansible_collections.community.immuta.plugins.module_utils._immuta.record import IntegrationRecord
from ansible_collections.community.immuta.plugins.module_utils._options import SETTINGS
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    KINDS,
    MANUAL,
    OKTA,
    OKTA_FIELDS,
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
        "appID": NAME,
        "idpHost": NAME,
        "role": NAME,
        "impersonation": st.fixed_dictionaries({"enabled": st.booleans()}, optional={"role": NAME}),
        "newField": OTHER,
        "token": NAME,
    },
)


@given(CONFIGS, st.booleans())
def test_an_integration_fed_back_changes_nothing(config, automatic):
    record = {"id": "7", "status": "enabled", "type": "Redshift", "autoBootstrap": automatic, "config": config}
    integration = IntegrationRecord(record).as_options()
    settings = settings_of({"auto_bootstrap": integration["auto_bootstrap"], **integration["config"]})
    assert changes(IntegrationRecord(record), settings) == {}
    assert from_config(payload.create_payload(settings)["config"]) == integration["config"]
    assert set(integration["config"]) <= set(SETTINGS)


@given(CONFIGS, CONFIGS)
def test_an_update_leads_to_the_settings(before, wanted):
    settings = settings_of(from_config(wanted))
    settings.pop("extra_config", None)
    assume(not {"okta", "username"} <= set(settings))  # which contradict each other
    sent = payload.update_payload(IntegrationRecord({"autoBootstrap": False, "config": before}), settings)
    after = IntegrationRecord({**sent, "id": "7"})
    assert changes(after, settings) == {}
    kept = set(from_config(before)) - set(settings) - {"username", "okta", "extra_config"}
    after_config, before_config = after.as_options()["config"], from_config(before)
    assert {name: after_config[name] for name in kept} == {name: before_config[name] for name in kept}


def test_bodies():
    for kind, options in KINDS.items():
        assert payload.create_payload(settings_of(options)) == body(kind)
        assert payload.update_payload(IntegrationRecord(row(kind)), settings_of(options)) == body(kind)


def test_an_update_does_not_modify_its_arguments():
    record = row(impersonation={"enabled": False}, okta={"appID": "x"})
    settings = settings_of({**MANUAL, "impersonation": {"enabled": True}})
    payload.update_payload(IntegrationRecord(record), settings)
    assert record == row(impersonation={"enabled": False}, okta={"appID": "x"})
    assert settings["impersonation"] == {"enabled": True}


FLAT = {"appID": "app", "idpHost": "x.okta.com", "role": "admin", "username": "okta_user"}


def okta_record(config):
    """An integration with Okta, in which these fields replace the okta field."""
    return IntegrationRecord(row("okta", **{"okta": None, **config}))


def test_an_update_keeps_the_layout_of_the_okta_fields():
    flat = payload.update_payload(okta_record(FLAT), settings_of(OKTA))
    assert flat == body("okta", okta=None, **FLAT, password=MARKER)
    nested = payload.update_payload(okta_record({"okta": {"appID": "old"}}), settings_of(OKTA))
    okta = {**OKTA_FIELDS, "password": MARKER, "appID": OKTA_FIELDS["appId"]}
    del okta["appId"]
    assert nested == body("okta", okta=okta)


def test_a_deletion_keeps_the_layout_of_the_okta_fields():
    credentials = payload.delete_payload(okta_record(FLAT), settings_of(OKTA))
    assert credentials == {"authenticationType": "okta", **FLAT, "password": MARKER}


def test_flat_okta_fields_are_dropped_with_the_authentication_type():
    assert payload.update_payload(okta_record(FLAT), settings_of(MANUAL)) == body("manual")


def test_secrets_of():
    options = {
        "immuta_api_key": "key",
        "password": "word",
        "okta": {"password": "okta"},
        "extra_config": {"a": ["dev"], "b": ["long enough"], "token": {"c": ["abc"]}, "d": 7},
    }
    assert sorted(payload.secrets_of(options)) == ["abc", "key", "long enough", "okta", "word"]
    assert payload.secrets_of({"okta": None, "extra_config": None, "password": None}) == []
