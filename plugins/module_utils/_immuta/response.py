# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A response of Immuta, or of something in its place. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import json
import typing as t

from .._errors import ApiError


class Response(t.NamedTuple):
    """Status and body of a response."""

    status: int
    text: str
    redirected: bool = False
    content_type: str = ""

    def json(self, request: str) -> t.Any:
        """Return the decoded body.

        :param request: method and path, for the message
        :raises ApiError: the body is not JSON
        """
        try:
            return parse_json(self.text)
        except ValueError as exc:
            raise self.not_json(request) from exc

    def is_from_immuta(self) -> bool:
        """Return whether Immuta itself sent this: an error page of a proxy says nothing about an integration."""
        try:
            return not self.redirected and (not self.text.strip() or isinstance(parse_json(self.text), dict))
        except ValueError:
            return False

    def is_missing_endpoint(self) -> bool:
        """Return whether the path itself is unknown (docs/dev/api-contract.md, section 10).

        An unknown id is a 404 too, with another message.
        """
        if self.status != 404:
            return False
        try:
            data = parse_json(self.text)
        except ValueError:
            return False
        return isinstance(data, dict) and data.get("message") == "Not Found"

    def server_message(self) -> str:
        """Return the message of an error of Immuta, empty if the body is not one."""
        try:
            data = parse_json(self.text)
        except ValueError:
            return ""
        message = data.get("message") if isinstance(data, dict) else None
        return message if isinstance(message, str) else ""

    def not_json(self, request: str) -> ApiError:
        """Return the error for a body that Immuta does not send."""
        return ApiError(
            f"{request}: the response is not JSON ({_kind_of(self.text)}). Check that immuta_url is the address of the "
            "Immuta tenant itself and that no proxy or login page responds in its place.",
            status_code=self.status,
        )


def parse_json(text: str) -> t.Any:
    """Return decoded JSON.

    :raises ValueError: it is not JSON, or it is nested deeper than any response of Immuta
    """
    try:
        return json.loads(text)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc


def _kind_of(text: str) -> str:
    start = text.lstrip()[:1]
    if not start:
        return "empty body"
    return "an HTML page" if start == "<" else f"{len(text)} characters that do not parse"
