# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings under the names of our options, and under those of Immuta. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from .._redact import without_secrets
from .._types import Options, Row

#: What the user specified, under the names of the options. Nothing in it is None.
Settings = t.NewType("Settings", dict[str, t.Any])

DEFAULT_PORT = 5439
DEFAULT_GROUP = "immuta_impersonation"

#: option -> field of ``config``
FIELDS: dict[str, str] = {
    "host": "host",
    "port": "port",
    "database": "database",
    "initial_database": "initialDatabase",
    "authentication_type": "authenticationType",
    "username": "username",
    "password": "password",
    "okta": "okta",
    "impersonation": "impersonation",
}
#: The spelling of the Okta fields is not documented: a new integration gets this one, an update keeps that of Immuta.
OKTA_FIELDS: dict[str, str] = {
    "username": "username",
    "password": "password",
    "app_id": "appId",
    "idp_host": "idpHost",
    "role": "role",
}
IMPERSONATION_FIELDS: dict[str, str] = {"enabled": "enabled", "role": "role"}
NESTED: dict[str, dict[str, str]] = {"okta": OKTA_FIELDS, "impersonation": IMPERSONATION_FIELDS}
#: Another spelling that Immuta may use.
OTHER_APP_ID = "appID"
ALIASES: dict[str, str] = {OTHER_APP_ID: "appId"}
#: Okta fields that stand beside ``username`` in ``config`` in the flat layout.
FLAT_OKTA_FIELDS = ("appId", OTHER_APP_ID, "idpHost")


def settings_of(options: Options) -> Settings:
    """Return the settings among the options, without those that are None."""
    names = ("auto_bootstrap", *FIELDS, "extra_config")
    return Settings({name: _specified(name, options[name]) for name in names if options.get(name) is not None})


def to_config(settings: Settings) -> Row:
    """Return the ``config`` that asks for these settings."""
    config = {FIELDS[name]: _to_api(name, value) for name, value in settings.items() if name in FIELDS}
    return {**config, **(settings.get("extra_config") or {})}


def from_config(config: Row) -> Row:
    """Return ``config`` under the names of the options, without secrets; unknown fields are in ``extra_config``."""
    open_fields = nested_okta(without_secrets(config))
    known = {name: _from_api(name, open_fields[field]) for name, field in FIELDS.items() if field in open_fields}
    extra = {field: value for field, value in open_fields.items() if field not in FIELDS.values()}
    return {**known, **({"extra_config": extra} if extra else {})}


def has_flat_okta(config: Row) -> bool:
    """Return whether the Okta fields stand in ``config`` itself (docs/dev/api-contract.md, section 10)."""
    is_okta = config.get("authenticationType", "okta") == "okta" and not isinstance(config.get("okta"), dict)
    return is_okta and any(field in config for field in FLAT_OKTA_FIELDS)


def nested_okta(config: Row) -> Row:
    """Return ``config`` with the Okta fields in ``okta`` and in our spelling, wherever Immuta has them."""
    if has_flat_okta(config):
        flat = {*OKTA_FIELDS.values(), *ALIASES}
        okta = {key: value for key, value in config.items() if key in flat}
        config = {**{key: value for key, value in config.items() if key not in flat}, "okta": okta}
    if not isinstance(config.get("okta"), dict):
        return config
    return {**config, "okta": {ALIASES.get(str(key), key): value for key, value in config["okta"].items()}}


def in_layout_of(shown: Row, config: Row) -> Row:
    """Return ``config`` with the Okta fields spelled and placed as in ``shown``, the one that Immuta has."""
    okta = config.get("okta")
    if not isinstance(okta, dict):
        return config
    place = shown if has_flat_okta(shown) else shown.get("okta")
    if isinstance(place, dict) and OTHER_APP_ID in place:
        okta = {OTHER_APP_ID if key == "appId" else key: value for key, value in okta.items()}
    rest = {key: value for key, value in config.items() if key != "okta"}
    return {**okta, **rest} if has_flat_okta(shown) else {**rest, "okta": okta}


def _to_api(name: str, value: t.Any) -> t.Any:
    fields = NESTED.get(name)
    return {fields[key]: item for key, item in value.items()} if fields else value


def _from_api(name: str, value: t.Any) -> t.Any:
    fields = NESTED.get(name)
    if not fields or not isinstance(value, dict):
        return value
    names: dict[str, str] = {field: option for option, field in fields.items()}
    return {names.get(key, key): item for key, item in value.items() if item is not None}


def _specified(name: str, value: t.Any) -> t.Any:
    return {key: item for key, item in value.items() if item is not None} if name in NESTED else value
