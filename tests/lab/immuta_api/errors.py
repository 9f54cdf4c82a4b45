# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as Immuta answers them: hapi's envelope (contract, section 4.4)."""

from __future__ import annotations

import http
import typing as t

#: The casing that the documentation shows; clients must not compare it.
_REASONS = {404: "Not found", 422: "Unprocessable entity"}


class ApiError(Exception):
    """An answer that is an error.

    :param status: HTTP status
    :param message: the sentence for the user
    :param headers: further headers of the answer
    :param extra: further fields of the body
    """

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None, **extra: t.Any) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
        self.extra = extra

    def body(self) -> dict[str, t.Any]:
        """Return the body of the answer."""
        return envelope(self.status, self.message) | self.extra


def envelope(status: int, message: str) -> dict[str, t.Any]:
    """Return the three fields that every error has."""
    reason = _REASONS.get(status) or http.HTTPStatus(status).phrase
    return {"statusCode": status, "error": reason, "message": message}
