# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests see of the proxy and set in it: the log and the faults."""

from __future__ import annotations

import re
import time
import typing as t
from dataclasses import asdict, dataclass, field

from tests.lab.fault import Fault

LOGIN_KINDS = ("refuse_connection", "refuse_auth")
STATEMENT_KINDS = ("error", "cut", "cut_after", "delay", "kill")


@dataclass
class ConnectionEntry:
    """One connection of a client. ``state``: ``opening``, ``open``, ``refused``, ``closed``."""

    n: int
    user: str = ""
    database: str = ""
    application_name: str = ""
    tls: bool = False
    state: str = "opening"
    sqlstate: str | None = None


@dataclass
class StatementEntry:
    """One message with SQL.

    ``text`` has no literals, ``count`` is its number of statements; ``sqlstate`` is None if it succeeded or if no
    response came (see ``done``); ``refused``: the proxy's rules refused it, not PostgreSQL; ``fault`` is the kind of
    the fault that hit it.
    """

    n: int
    connection: int
    user: str
    database: str
    verb: str
    text: str
    count: int
    protocol: str
    refused: bool = False
    sqlstate: str | None = None
    done: bool = False
    fault: str | None = None


@dataclass
class ProxyLog:
    """Everything since the start or the last reset, in order."""

    connections: list[ConnectionEntry] = field(default_factory=list)
    statements: list[StatementEntry] = field(default_factory=list)
    touched: float = field(default_factory=time.monotonic)

    def connection(self) -> ConnectionEntry:
        """Record a new connection."""
        self.touched = time.monotonic()
        entry = ConnectionEntry(len(self.connections) + 1)
        self.connections.append(entry)
        return entry

    def statement(self, client: ConnectionEntry, verb: str, text: str, count: int, protocol: str) -> StatementEntry:
        """Record a new message with SQL."""
        self.touched = time.monotonic()
        number = len(self.statements) + 1
        entry = StatementEntry(number, client.n, client.user, client.database, verb, text, count, protocol)
        self.statements.append(entry)
        return entry

    def clear(self) -> None:
        """Remove all entries."""
        self.connections.clear()
        self.statements.clear()

    def as_json(self) -> dict[str, t.Any]:
        """Return the log as plain data."""
        return {
            "connections": [asdict(entry) for entry in self.connections],
            "statements": [asdict(entry) for entry in self.statements],
        }


class FaultError(ValueError):
    """A fault is not described correctly. The message is one sentence."""


@dataclass
class ProxyFault(Fault):
    """A fault of the proxy.

    ``kind`` for statements: ``error`` (refused with ``sqlstate``, ``message``, ``detail``, ``hint`` and ``context``;
    nothing is run), ``cut`` (the connection is closed, nothing is run), ``cut_after`` (run, then closed without a
    response), ``delay`` (``seconds`` before it is run), ``kill`` (run, then SIGKILL to the process ``pid``, to its
    group if negative, and the connection is closed). For logins: ``refuse_connection`` (closed at once; ``user`` and
    ``database`` are not known yet) and ``refuse_auth`` (``sqlstate`` and ``message`` default to a wrong password's).

    ``on`` is a regular expression that is searched in the SQL (either case), or the number of the message with SQL,
    counted from 1 since the fault was set, drivers' own included. The first ``skip`` that match are let through, then
    ``times`` are hit (0: all).
    """

    on: str | int | None = None
    sqlstate: str | None = None
    message: str | None = None
    detail: str | None = None
    hint: str | None = None
    context: str | None = None
    user: str | None = None
    database: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in LOGIN_KINDS + STATEMENT_KINDS:
            raise FaultError(f"kind must be one of {', '.join(LOGIN_KINDS + STATEMENT_KINDS)}.")
        super().__post_init__()
        if isinstance(self.on, int):
            self.skip, self.on = self.on - 1, None

    @classmethod
    def from_json(cls, data: t.Mapping[str, t.Any]) -> ProxyFault:
        """Make a fault of plain data."""
        try:
            return cls(**data)
        except TypeError as error:
            raise FaultError(f"Not a fault: {error}.") from error
        except ValueError as error:
            raise FaultError(str(error)) from error

    def hits(self, sql: str, user: str, database: str) -> bool:
        """Return whether this fault hits a message, and count it if it matches."""
        return self._matches(sql, user, database) and self.count()

    def _matches(self, sql: str, user: str, database: str) -> bool:
        return (
            (self.user is None or self.user == user)
            and (self.database is None or self.database == database)
            and (self.on is None or re.search(str(self.on), sql, re.IGNORECASE | re.DOTALL) is not None)
        )


@dataclass
class ProxyFaults:
    """All faults that are set, in order; the first that matches wins."""

    listed: list[ProxyFault] = field(default_factory=list)

    def login(self, kind: str, user: str = "", database: str = "") -> ProxyFault | None:
        """Return the fault that hits this login."""
        return next((fault for fault in self.listed if fault.kind == kind and fault.hits("", user, database)), None)

    def statement(self, sql: str, client: ConnectionEntry) -> ProxyFault | None:
        """Return the fault that hits this statement."""
        candidates = (fault for fault in self.listed if fault.kind in STATEMENT_KINDS)
        return next((fault for fault in candidates if fault.hits(sql, client.user, client.database)), None)
