# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to Immuta with its authentication: one narrow ``request()``.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

from .._errors import ApiError
from .._redact import Redactor
from .._types import Options
from .http_errors import status_error
from .http_library import REQUESTS_ERROR
from .response import Response
from .transport import Request, Transport

__all__ = ["REQUESTS_ERROR", "Client"]

TOKEN_PATH = "/bim/apikey/authenticate"


class Client:
    """A connection to one Immuta tenant.

    :param options: the connection options of ``_options.CONNECTION``, checked
    :param transport: sends the requests; the default is HTTP
    """

    def __init__(self, options: Options, transport: Transport | None = None) -> None:
        self._key = str(options["immuta_api_key"])
        self._exchanges_key = options["immuta_auth"] == "token"
        self._token: str | None = None
        self._transport = transport or Transport(options)

    def within(self, seconds: float) -> t.ContextManager[None]:
        """Let no request last longer than this; see ``Transport.within``."""
        return self._transport.within(seconds)

    def request(self, method: str, path: str, body: t.Any = None, *, safe: bool, ok: tuple[int, ...] = ()) -> Response:
        """Send one request and return its response.

        :param path: below the address of the tenant, ``/integrations/7`` for example
        :param body: sent as JSON unless it is None
        :param safe: whether the request changes nothing in Immuta, and may be sent again after any transient error
        :param ok: statuses to return besides 2xx
        :raises ApiError: no response, or another status
        :raises MissingEndpointError: the server does not know the path, even if 404 is among ``ok``
        :raises UnknownResultError: a write was sent, and its result is unknown
        """
        response = self._send(method, path, body, safe)
        if response.status == 401 and self._exchanges_key:
            self._token = None
            response = self._send(method, path, body, safe)
        if 200 <= response.status < 300:
            return response
        if response.status in ok and response.is_from_immuta() and not response.is_missing_endpoint():
            return response
        raise status_error(method, path, response, safe)

    def probe(self, method: str, path: str, body: t.Any = None, *, anonymous: bool = False) -> Response:
        """Send one request that changes nothing, and return its response whatever its status.

        :param anonymous: true to send no credentials
        :raises ApiError: no response
        """
        if anonymous:
            return self._transport.send(Request(method, path, body, True, {}))
        return self._send(method, path, body, True)

    def _send(self, method: str, path: str, body: t.Any, safe: bool) -> Response:
        headers = {"Authorization": self._authorization()}
        response = self._transport.send(Request(method, path, body, safe, headers))
        # The token is a secret that is not among the options: if the server echoes it, only this place can mask it.
        return response._replace(text=Redactor([self._token]).text(response.text)) if self._token else response

    def _authorization(self) -> str:
        if not self._exchanges_key:
            return self._key
        if self._token is None:
            self._token = self._new_token()
        return f"Bearer {self._token}"

    def _new_token(self) -> str:
        response = self._transport.send(Request("POST", TOKEN_PATH, {"apikey": self._key}, True, {}))
        if response.status != 200:
            raise status_error("POST", TOKEN_PATH, response, True)
        data = response.json(f"POST {TOKEN_PATH}")
        token = data.get("token") if isinstance(data, dict) else None
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise ApiError(
                f"POST {TOKEN_PATH}: the response contains no token. Check immuta_api_key, or use immuta_auth=api_key.",
                status_code=response.status,
            )
        return token
