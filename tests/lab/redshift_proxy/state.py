# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests see of the proxy and set in it: the log, and the faults."""

from __future__ import annotations

import os
import re
import signal
import time
import typing as t
from dataclasses import asdict, dataclass, field

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

    ``text`` has no literals, ``count`` is its number of statements; ``sqlstate`` is None where it went well, or where
    no answer came (``done`` tells); ``refused`` says that the proxy's rules did it, not PostgreSQL; ``fault`` is the
    kind of the fault that met it.
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
        """Note a new connection."""
        self.touched = time.monotonic()
        entry = ConnectionEntry(len(self.connections) + 1)
        self.connections.append(entry)
        return entry

    def statement(self, client: ConnectionEntry, verb: str, text: str, count: int, protocol: str) -> StatementEntry:
        """Note a new message with SQL."""
        self.touched = time.monotonic()
        number = len(self.statements) + 1
        entry = StatementEntry(number, client.n, client.user, client.database, verb, text, count, protocol)
        self.statements.append(entry)
        return entry

    def clear(self) -> None:
        """Forget everything."""
        self.connections.clear()
        self.statements.clear()

    def as_json(self) -> dict[str, t.Any]:
        """Return the log as plain data."""
        return {
            "connections": [asdict(entry) for entry in self.connections],
            "statements": [asdict(entry) for entry in self.statements],
        }


class FaultError(ValueError):
    """A fault is not described rightly. The text is one sentence."""


@dataclass
class Fault:
    """Something to go wrong.

    ``kind`` for statements: ``error`` (refused with ``sqlstate`` and ``message``, nothing is run), ``cut`` (the
    connection is closed, nothing is run), ``cut_after`` (run, then closed without an answer), ``delay`` (``seconds``
    before it is run), ``kill`` (run, then SIGKILL to the process ``pid``, to its group where negative, and the
    connection closed). For logins: ``refuse_connection`` (closed at once; ``user`` and ``database`` are not known yet)
    and ``refuse_auth`` (``sqlstate`` and ``message`` default to a wrong password's).

    ``on`` is a regular expression that is searched in the SQL (either case), or the number of the message with SQL,
    counted from 1 since the fault was set, drivers' own included. The first ``skip`` that fit are spared, then
    ``times`` are met (0: all).
    """

    kind: str
    on: str | int | None = None
    skip: int = 0
    times: int = 1
    sqlstate: str | None = None
    message: str | None = None
    seconds: float = 0.0
    pid: int | None = None
    user: str | None = None
    database: str | None = None
    met: int = 0

    def __post_init__(self) -> None:
        if self.kind not in LOGIN_KINDS + STATEMENT_KINDS:
            raise FaultError(f"kind must be one of {', '.join(LOGIN_KINDS + STATEMENT_KINDS)}.")
        if self.kind == "kill" and abs(self.pid or 0) < 2:
            raise FaultError("kind kill needs pid.")
        if isinstance(self.on, int):
            self.skip, self.on = self.on - 1, None
        self._left_to_spare = self.skip

    @classmethod
    def from_json(cls, data: t.Mapping[str, t.Any]) -> Fault:
        """Make a fault of plain data."""
        try:
            return cls(**data)
        except TypeError as error:
            raise FaultError(f"This is no fault: {error}.") from error

    def meets(self, sql: str, user: str, database: str) -> bool:
        """Tell if this fault hits here and now, and count."""
        if not self._fits(sql, user, database) or (self.times and self.met >= self.times):
            return False
        if self._left_to_spare > 0:
            self._left_to_spare -= 1
            return False
        self.met += 1
        return True

    def kill(self) -> None:
        """Send SIGKILL to the process, or the group where its number is negative. It may be gone already."""
        if self.pid is None:
            return
        try:
            if self.pid < 0:
                os.killpg(-self.pid, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            self.pid = None

    def _fits(self, sql: str, user: str, database: str) -> bool:
        return (
            (self.user is None or self.user == user)
            and (self.database is None or self.database == database)
            and (self.on is None or re.search(str(self.on), sql, re.IGNORECASE | re.DOTALL) is not None)
        )


@dataclass
class Faults:
    """All faults that are set, in order; the first that fits wins."""

    listed: list[Fault] = field(default_factory=list)

    def login(self, kind: str, user: str = "", database: str = "") -> Fault | None:
        """Return the fault that meets this login."""
        return next((fault for fault in self.listed if fault.kind == kind and fault.meets("", user, database)), None)

    def statement(self, sql: str, client: ConnectionEntry) -> Fault | None:
        """Return the fault that meets this statement."""
        candidates = (fault for fault in self.listed if fault.kind in STATEMENT_KINDS)
        return next((fault for fault in candidates if fault.meets(sql, client.user, client.database)), None)
