# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API keys and tokens (docs/dev/api-contract.md, section 1)."""

from __future__ import annotations

import secrets
import time
import typing as t

from tests.lab.immuta_api import redaction
from tests.lab.immuta_api.errors import ApiError
from tests.lab.immuta_api.switches import Switches

#: how a request is authenticated -> whether it may use /integrations; the others are not authenticated
_ALLOWED = {"api_key": True, "token": True, "bare_token": True, "bearer_key": True, "no_permission_key": False}


class Tokens:
    """The keys of the tenant, and the tokens that were exchanged for them."""

    def __init__(self, api_key: str, no_permission_key: str, switches: Switches) -> None:
        self._keys = {api_key: "api_key", no_permission_key: "no_permission_key"}
        self._switches = switches
        self._tokens: dict[str, tuple[str, float]] = {}

    def exchange(self, key: str) -> str:
        """Return a new token for a key, or raise the 401."""
        if key not in self._keys:
            raise ApiError(401, "Invalid API key." + self._echo(key))
        token = secrets.token_hex(24)
        self._tokens[token] = (self._keys[key], time.monotonic() + self._switches.token_lifetime)
        return token

    def kind(self, authorization: str | None) -> str:
        """Return how an Authorization header authenticates a request."""
        if not authorization:
            return "none"
        if authorization in self._keys:
            return self._keys[authorization]
        scheme, _space, credential = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return self._of_bare_token(authorization)
        if credential in self._keys:
            return self._of_bearer_key(self._keys[credential])
        return self._of_token(credential)

    def check(self, authorization: str | None) -> None:
        """Raise the 401 or 403 for a request that may not use /integrations."""
        kind = self.kind(authorization)
        if kind not in _ALLOWED:
            texts = {"none": "Missing authentication.", "expired_token": "Token has expired."}
            raise ApiError(401, texts.get(kind, "Invalid authentication.") + self._echo(authorization))
        if not _ALLOWED[kind]:
            raise ApiError(403, "Insufficient scope")

    def expire(self) -> None:
        """Make all tokens expire."""
        self._tokens = {token: (kind, 0.0) for token, (kind, _until) in self._tokens.items()}

    def _of_bearer_key(self, kind: str) -> str:
        if not self._switches.bearer_key_accepted:
            return "unknown"
        return "bearer_key" if kind == "api_key" else kind

    def _of_bare_token(self, token: str) -> str:
        kind = self._of_token(token) if self._switches.bare_token_accepted else "unknown"
        return "bare_token" if kind == "token" else kind

    def _of_token(self, token: str) -> str:
        kind, until = self._tokens.get(token, ("unknown", 0.0))
        if kind == "unknown":
            return kind
        if time.monotonic() >= until:
            return "expired_token"
        return "token" if kind == "api_key" else kind

    def _echo(self, secret: t.Any) -> str:
        if not self._switches.echo_secrets or not secret:
            return ""
        return f" Received: {redaction.written(str(secret), self._switches.echo_form)}"
