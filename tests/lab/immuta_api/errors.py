# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as Immuta returns them: hapi's envelope (docs/dev/api-contract.md, section 4.4)."""

from __future__ import annotations

import http
import typing as t

from tests.lab.immuta_api.switches import Switches

#: The case that the documentation shows; clients must not compare it.
_REASONS = {404: "Not found", 422: "Unprocessable entity"}


class ApiError(Exception):
    """A response that is an error.

    :param status: HTTP status
    :param message: the sentence for the user
    :param headers: further headers of the response
    :param extra: further fields of the body
    """

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None, **extra: t.Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
        self.extra = extra

    def body(self) -> dict[str, t.Any]:
        """Return the body of the response."""
        return envelope(self.status, self.message) | self.extra


class RouteError(ApiError):
    """No such endpoint, or not with this method: hapi responds with these words, and never with a 405."""

    def __init__(self) -> None:
        super().__init__(404, "Not Found", error="Not Found")


class SchemaError(ApiError):
    """A request that the schema of its route refuses.

    :param label: the field, with its path
    :param complaint: what is wrong with it
    :param source: the part of the request: payload or params
    """

    def __init__(self, label: str, complaint: str, source: str = "payload") -> None:
        super().__init__(400, f'"{label}" {complaint}')
        self.label = label
        self.source = source

    def body_of(self, switches: Switches) -> dict[str, t.Any]:
        """Return the body of the response in the form that the switches say."""
        if switches.schema_errors == "unnamed":
            return envelope(400, f"Invalid request {self.source} input")
        forms: dict[str, t.Any] = {
            "object": {"source": self.source, "keys": [self.label]},
            "list": [{"code": "schema", "path": self.label.split("."), "message": self.message}],
        }
        validation = forms.get(switches.error_validation)
        return self.body() if validation is None else self.body() | {"validation": validation}


def envelope(status: int, message: str) -> dict[str, t.Any]:
    """Return the three fields that every error has."""
    reason = _REASONS.get(status) or http.HTTPStatus(status).phrase
    return {"statusCode": status, "error": reason, "message": message}
