# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of PostgreSQL's wire protocol, version 3, as far as the proxy reads or writes them."""

from __future__ import annotations

import asyncio
import struct
import typing as t

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102
UNSUPPORTED_AUTHENTICATION = 13
#: No valid message is longer; a client that sends more speaks another protocol.
LONGEST = 1 << 30


class Message(t.NamedTuple):
    """One message: its letter and what follows the length."""

    kind: bytes
    body: bytes

    def encoded(self) -> bytes:
        """Return the message in the form of the protocol."""
        return self.kind + struct.pack("!I", len(self.body) + 4) + self.body


async def read_startup(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read a start message, which has no letter: a version or request code, and its body."""
    size, code = struct.unpack("!II", await reader.readexactly(8))
    return code, await reader.readexactly(_checked(size - 8))


async def read_message(reader: asyncio.StreamReader) -> Message:
    """Read one message."""
    head = await reader.readexactly(5)
    size = struct.unpack("!I", head[1:])[0]
    return Message(head[:1], await reader.readexactly(_checked(size - 4)))


def startup(code: int, body: bytes) -> bytes:
    """Return a start message in the form of the protocol."""
    return struct.pack("!II", len(body) + 8, code) + body


def startup_parameters(body: bytes) -> dict[str, str]:
    """Return the parameters (user, database, options, ...) of a start message."""
    parts = body.decode("utf-8", "surrogateescape").rstrip("\0").split("\0")
    return dict(zip(parts[::2], parts[1::2], strict=False))


def startup_body(parameters: dict[str, str]) -> bytes:
    """Return the body of a start message."""
    return b"".join(text(name) + text(value) for name, value in parameters.items()) + b"\0"


def text(value: str) -> bytes:
    """Return a text as the protocol writes it: ended by a zero."""
    return value.encode("utf-8", "surrogateescape") + b"\0"


def texts(body: bytes) -> list[str]:
    """Return the zero-ended texts of a body."""
    return body.decode("utf-8", "surrogateescape").rstrip("\0").split("\0")


def parameter_status(name: str, value: str) -> Message:
    """Report a setting of the server to the client."""
    return Message(b"S", text(name) + text(value))


def error(sqlstate: str, message: str, severity: str = "ERROR") -> Message:
    """An error of our own."""
    return with_fields(b"E", {"S": severity, "C": sqlstate, "M": message})


def fields(message: Message) -> dict[str, str]:
    """Return the fields of an error or a notice by their letters."""
    return {field[0]: field[1:] for field in texts(message.body) if field}


def with_fields(kind: bytes, values: dict[str, str]) -> Message:
    """Return an error or a notice with these fields."""
    return Message(kind, b"".join(text(letter + value) for letter, value in values.items()) + b"\0")


def unsupported_authentication() -> Message:
    """Ask for a login by SHA-256 digest, which only Redshift has and libpq does not know."""
    return Message(b"R", struct.pack("!II", UNSUPPORTED_AUTHENTICATION, 1) + b"\0" * 8)


def _checked(size: int) -> int:
    if not 0 <= size <= LONGEST:
        raise ConnectionError("what came is not PostgreSQL's protocol")
    return size
