# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request bodies. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

from .._redact import hidden_values, secret_values, without_secrets
from .._types import Options, Row
from .config_fields import Settings, in_layout_of, nested_okta, to_config
from .record import TYPE, IntegrationRecord

#: A request body (docs/dev/api-contract.md, section 3).
Payload = t.NewType("Payload", dict[str, t.Any])


def create_payload(settings: Settings) -> Payload:
    """Return the request body that asks for a new integration."""
    return Payload({"type": TYPE, "autoBootstrap": settings.get("auto_bootstrap"), "config": to_config(settings)})


def update_payload(record: IntegrationRecord, settings: Settings) -> Payload:
    """Return the request body that changes an integration into what the user specified, and keeps the rest.

    A PUT replaces the whole configuration (docs/dev/api-contract.md, section 9, A11), so what the user did not specify
    is taken from what Immuta shows.
    """
    config = _deep_update(_kept(record, settings), to_config(settings))
    bootstrap = settings.get("auto_bootstrap", record.auto_bootstrap)
    return Payload({"type": TYPE, "autoBootstrap": bootstrap, "config": in_layout_of(record.config, config)})


def delete_payload(record: IntegrationRecord, settings: Settings) -> Payload:
    """Return the one-time credentials that delete an automatic integration (docs/dev/api-contract.md, section 3.6)."""
    names = ("authentication_type", "username", "password", "okta")
    config = to_config(Settings({name: settings[name] for name in names if name in settings}))
    return Payload(in_layout_of(record.config, config))


def has_credentials(settings: Settings) -> bool:
    """Return whether the settings contain a complete pair to log in with."""
    okta = settings.get("okta", {})
    return bool(settings.get("username") and settings.get("password")) or bool(okta.get("password"))


def secrets_of(options: Options) -> list[str]:
    """Return every secret among the options: none of them may appear in any output."""
    okta = options.get("okta") or {}
    in_url = re.findall(r"//[^/@]*:([^/@]+)@", str(options.get("immuta_url")))  # refused, and not to be shown
    named = [options.get("immuta_api_key"), options.get("password"), okta.get("password"), *in_url]
    return secret_values([value for value in named if value]) + hidden_values(options.get("extra_config"))


def _kept(record: IntegrationRecord, settings: Settings) -> Row:
    """Return what stays of the configuration: no secrets, and no credentials of another authentication type."""
    # Numbers and booleans stay though their names sound secret: tokenLifetime for example would be lost with the PUT.
    config = nested_okta(without_secrets(record.config, keep=(bool, int, float)))
    other = {"userPassword": ("okta",), "okta": ("username",)}.get(settings.get("authentication_type", ""), ())
    return {key: value for key, value in config.items() if key not in other}


def _deep_update(base: Row, change: Row) -> Row:
    result = dict(base)
    for key, value in change.items():
        old = result.get(key)
        result[key] = _deep_update(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result
