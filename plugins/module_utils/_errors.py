# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, as values.

Private to this collection: it can change at any time.

Every message is public: it says what was tried, on what, what came back and what to do, and contains no secret, no SQL
and no request body.
"""

from __future__ import annotations

import typing as t


class ImmutaError(Exception):
    """A failure that the user can act on.

    :param message: a sentence for the user
    :param values: what is returned as after a success, as far as it got
    :param details: machine-readable facts, returned as ``failure`` beside ``msg``
    """

    def __init__(self, message: str, values: dict[str, t.Any] | None = None, **details: t.Any) -> None:
        super().__init__(message)
        self.message = message
        self.values = values or {}
        self.details = {key: value for key, value in details.items() if value is not None}

    def fail_args(self) -> dict[str, t.Any]:
        """Return the arguments of ``fail_json``."""
        return {"msg": self.message, "failure": {"kind": type(self).__name__, **self.details}, **self.values}


class OptionError(ImmutaError):
    """The options are wrong, contradict each other, or cannot be applied. Nothing was sent."""


class ApiError(ImmutaError):
    """Immuta, or a proxy in front of it, refused a request or returned an unexpected response."""

    @property
    def status_code(self) -> int:
        """The HTTP status, 0 if no response came."""
        return int(self.details.get("status_code", 0))


class UnknownResultError(ApiError):
    """A write was sent and no response came: it may have been processed or not."""


class MissingEndpointError(ApiError):
    """The server does not know a path: the address is wrong, or this version of Immuta does not have the endpoint."""


class IntegrationError(ImmutaError):
    """Immuta processed the request, but the integration is unhealthy."""


class ScriptError(ImmutaError):
    """A script cannot be read, split or run."""


class FileError(ImmutaError):
    """A file or directory that the user asked for cannot be read or written."""


class DatabaseError(ImmutaError):
    """Redshift cannot be reached, or refused to log in."""
