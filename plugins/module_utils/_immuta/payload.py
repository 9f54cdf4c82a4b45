# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options <-> API fields, secrets apart. Pure. Private to this collection.

Contract, section 3: C({type, autoBootstrap, config}); section 4.1: the integration object.
"""

from __future__ import annotations

import re
import typing as t

from .._redact import (
    hidden_values,
    secret_values,
    without_secrets,
)

Record = dict[str, t.Any]

TYPE = "Redshift"
DEFAULT_PORT = 5439
DEFAULT_GROUP = "immuta_impersonation"

#: option -> field of C(config). The spelling of the Okta fields is not documented: it is decided here alone.
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
OKTA_FIELDS: dict[str, str] = {
    "username": "username",
    "password": "password",
    "app_id": "appId",
    "idp_host": "idpHost",
    "role": "role",
}
IMPERSONATION_FIELDS: dict[str, str] = {"enabled": "enabled", "role": "role"}
NESTED: dict[str, dict[str, str]] = {"okta": OKTA_FIELDS, "impersonation": IMPERSONATION_FIELDS}
#: Other spellings that answers may use.
ALIASES: dict[str, str] = {"appID": "appId"}


def given(options: t.Mapping[str, t.Any]) -> Record:
    """Return the settings that the user gave, in option form: nothing that is None."""
    names = ("auto_bootstrap", *FIELDS, "extra_config")
    return {name: _given(name, options[name]) for name in names if options.get(name) is not None}


def to_payload(settings: Record) -> Record:
    """Return the request body that asks for these settings."""
    config = {FIELDS[name]: _to_api(name, value) for name, value in settings.items() if name in FIELDS}
    config.update(settings.get("extra_config") or {})
    return {"type": TYPE, "autoBootstrap": settings.get("auto_bootstrap"), "config": config}


def merged(record: Record, settings: Record) -> Record:
    """Return the request body that changes C(record), as Immuta has it, into what the user gave, and keeps the rest.

    A PUT replaces the whole configuration (contract, A11), so what the user did not give is taken from the answer.
    """
    payload = to_payload(settings)
    config = _deep_update(_kept(record, settings), payload["config"])
    bootstrap = settings.get("auto_bootstrap", bool(record.get("autoBootstrap")))
    return {"type": TYPE, "autoBootstrap": bootstrap, "config": config}


def delete_payload(settings: Record) -> Record:
    """Return the one-time credentials with which an automatic integration is deleted (contract, 3.6)."""
    names = ("authentication_type", "username", "password", "okta")
    return config_of(to_payload({name: settings[name] for name in names if name in settings}))


def to_integration(record: Record) -> Record:
    """Return an integration in the one form of all modules: option names, no secret, unknown fields apart."""
    return {
        "id": _id_of(record),
        "status": _text_or_none(record.get("status")),
        "auto_bootstrap": record.get("autoBootstrap"),
        "config": from_config(config_of(record)),
        "validation": validation_of(record.get("validationResults")),
    }


def from_config(config: Record) -> Record:
    """Return C(config) under the names of our options, without secrets; what we do not know under V(extra_config)."""
    open_fields = without_secrets(config)
    known = {name: _from_api(name, open_fields[field]) for name, field in FIELDS.items() if field in open_fields}
    extra = {field: value for field, value in open_fields.items() if field not in FIELDS.values()}
    return {**known, **({"extra_config": extra} if extra else {})}


def validation_of(results: t.Any) -> Record:
    """Return C(validationResults) as {C(status), C(tests)}; empty where the answer has none (contract, 4.3)."""
    if not isinstance(results, dict):
        return {"status": None, "tests": []}
    tests = results.get("validationTests")
    rows = [_test_row(row) for row in tests if isinstance(row, dict)] if isinstance(tests, list) else []
    return {"status": _text_or_none(results.get("status")), "tests": rows}


def validation_sentences(validation: Record) -> str:
    """Return every test that did not pass, a sentence each, to be put behind a message; empty where all passed."""
    rows = [row for row in validation["tests"] if row["status"] not in ("passed", "skipped")]
    texts = [": ".join(filter(None, (row["status"], row["name"], row["message"]))) for row in rows]
    return "".join(f" {text.rstrip('.')}." for text in texts)


def config_of(record: Record) -> Record:
    """Return the configuration of an integration object, empty where the answer has none."""
    config = record.get("config")
    return config if isinstance(config, dict) else {}


def secrets_of(options: t.Mapping[str, t.Any]) -> list[str]:
    """Return every secret among the options: none of them may appear in any output."""
    okta = options.get("okta") or {}
    in_address = re.findall(r"//[^/@]*:([^/@]+)@", str(options.get("immuta_url")))  # refused, and not to be shown
    named = [options.get("immuta_api_key"), options.get("password"), okta.get("password"), *in_address]
    return secret_values([value for value in named if value]) + hidden_values(options.get("extra_config"))


def has_credentials(settings: Record) -> bool:
    """Tell if the settings hold a complete pair to log in with."""
    okta = settings.get("okta", {})
    return bool(settings.get("username") and settings.get("password")) or bool(okta.get("password"))


def _to_api(name: str, value: t.Any) -> t.Any:
    fields = NESTED.get(name)
    return {fields[key]: item for key, item in value.items()} if fields else value


def _from_api(name: str, value: t.Any) -> t.Any:
    fields = NESTED.get(name)
    if not fields or not isinstance(value, dict):
        return value
    names: dict[str, str] = {field: option for option, field in fields.items()}
    return {names.get(ALIASES.get(key) or key, key): item for key, item in value.items() if item is not None}


def _test_row(row: Record) -> Record:
    message = row.get("message") or row.get("result") or ""
    text = message if isinstance(message, str) else "; ".join(map(str, message)) if isinstance(message, list) else ""
    return {"name": str(row.get("name", "")), "status": _text_or_none(row.get("status")), "message": text}


def _id_of(record: Record) -> str | None:
    value = record.get("id")
    return None if value is None or isinstance(value, (dict, list, bool)) else str(value)


def _text_or_none(value: t.Any) -> str | None:
    return None if value is None else str(value)


def _given(name: str, value: t.Any) -> t.Any:
    if name not in NESTED:
        return value
    return {key: item for key, item in value.items() if item is not None}


def _kept(record: Record, settings: Record) -> Record:
    """Return what stays of the configuration: no secrets, and no credentials of another kind than those given."""
    # What only sounds secret, tokenLifetime or useSecretsManager for instance, would get lost with the PUT.
    config = without_secrets(config_of(record), keep=(bool, int, float))
    if isinstance(config.get("okta"), dict):
        config["okta"] = {ALIASES.get(str(key), key): value for key, value in config["okta"].items()}
    other = {"userPassword": ("okta",), "okta": ("username",)}.get(settings.get("authentication_type", ""), ())
    return {key: value for key, value in config.items() if key not in other}


def _deep_update(base: Record, change: Record) -> Record:
    result = dict(base)
    for key, value in change.items():
        old = result.get(key)
        result[key] = _deep_update(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result
