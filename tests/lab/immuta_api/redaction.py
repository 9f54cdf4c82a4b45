# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which fields are secret. Nothing else in the simulator decides this."""

from __future__ import annotations

import base64
import typing as t
from urllib.parse import quote

#: names of fields, in lower case, whose values are secret anywhere
SECRET_FIELDS = frozenset({"password", "apikey", "token", "secret", "clientsecret", "privatekey"})
#: so short a value occurs in ordinary words, and is only replaced in its own field
_SHORT = 4

Json = t.Any


def is_secret(name: str) -> bool:
    """Return whether a field of this name contains a secret."""
    return name.replace("_", "").lower() in SECRET_FIELDS


def secrets_of(body: Json, prefix: str = "") -> dict[str, str]:
    """Return the secret values in a body: name (`password`, `okta.password`) -> value."""
    found: dict[str, str] = {}
    if isinstance(body, list):
        for item in body:
            found |= secrets_of(item, prefix)
    if isinstance(body, dict):
        for name, value in body.items():
            if is_secret(name) and isinstance(value, str) and value:
                found[prefix + name] = value
            elif name == "config":
                found |= secrets_of(value, prefix)
            else:
                found |= secrets_of(value, f"{prefix}{name}.")
    return found


def written(secret: str, form: str) -> str:
    """Return a secret as a careless server may write it; ``form`` is a value of the switch ``echo_form``."""
    if form == "percent":
        return quote(secret, safe="")
    if form == "base64":
        return base64.b64encode(secret.encode()).decode()
    return secret.upper() if form == "upper" else secret


def hidden(body: Json) -> Json:
    """Return a body in which each secret, anywhere, is replaced by its name: `<okta.password>`."""
    return _hidden(body, secrets_of(body))


def _hidden(body: Json, secrets: dict[str, str]) -> Json:
    if isinstance(body, dict):
        return {_hidden(name, secrets): _hidden(value, secrets) for name, value in body.items()}
    if isinstance(body, list):
        return [_hidden(item, secrets) for item in body]
    if isinstance(body, str):
        return _hidden_text(body, secrets)
    return body


def _hidden_text(text: str, secrets: dict[str, str]) -> str:
    for name, value in secrets.items():
        if text == value:
            return f"<{name}>"
    for name, value in secrets.items():
        if len(value) > _SHORT:
            text = text.replace(value, f"<{name}>")
    return text


def without_secrets(body: Json) -> Json:
    """Return a body without its secret fields."""
    if isinstance(body, dict):
        return {name: without_secrets(value) for name, value in body.items() if not is_secret(name)}
    if isinstance(body, list):
        return [without_secrets(item) for item in body]
    return body
