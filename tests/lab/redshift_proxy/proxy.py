# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy of the wire protocol that makes a real PostgreSQL look and refuse like Amazon Redshift.

It relays the protocol, login included, and changes only what differs: the SQL on its way in (``rules.py``), the
reported settings and the fields of errors on their way out. README.md lists what stays different from Redshift.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import socket
import ssl
import struct
import typing as t
from dataclasses import dataclass, field

from tests.lab.redshift_proxy import wire
from tests.lab.redshift_proxy.refusals import Refusal
from tests.lab.redshift_proxy.rewrites import (
    CASE_SENSITIVE_USER,
    COMMIT_TRUNCATE,
    DIGEST_USER,
    HIDDEN,
    Fact,
    SessionState,
)
from tests.lab.redshift_proxy.rules import Verdict, judge, startup_settings
from tests.lab.redshift_proxy.state import ConnectionEntry, ProxyFault, ProxyFaults, ProxyLog, StatementEntry
from tests.lab.redshift_proxy.switches import ProxySwitches

#: Settings that PostgreSQL reports at the start and Redshift does not, and the other way round.
NOT_REPORTED = frozenset(
    ("standard_conforming_strings", "in_hot_standby", "default_transaction_read_only", "scram_iterations",
     "IntervalStyle", "search_path")
)  # fmt: skip
REPORTED_TOO = {
    "padb_version": "1.0.123456",
    "padb_revision": "0000000000",
    "timezone_abbreviations": "Default",
    "max_numeric_precision": "38",
    "max_varchar_size": "65535",
    "datashare_enabled": "on",
    "server_protocol_version": "0",
    "case_sensitive": "on",
}
#: Fields of errors that are newer than Redshift's PostgreSQL, and those that would show our way of refusing.
NEW_FIELDS, OWN_FIELDS = frozenset("Vstcdn"), frozenset("WFLR")
ATOMIC_HINT = (
    "Try calling the procedure as a top-level call i.e. not from within an explicit transaction block. Or, if this "
    "procedure (or one of its ancestors in the call chain) was created with SET config options, recreate the procedure "
    "without them."
)
GONE = (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError, TimeoutError)


class RedshiftProxy:
    """The server. Start it, read ``log``, set ``switches`` and ``faults``."""

    def __init__(self, upstream: tuple[str, int], tls: ssl.SSLContext | None = None) -> None:
        self.upstream = upstream
        self.tls = tls
        self.host, self.port = "127.0.0.1", 0
        self.log = ProxyLog()
        self.switches = ProxySwitches()
        self.faults = ProxyFaults()
        self.facts: dict[Fact, t.Any] = {}
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free port of the loopback address."""
        self._server = await asyncio.start_server(self._accept, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server:
            self._server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def reset(self) -> None:
        """Clear log, faults and what is known of the cluster; restore every switch."""
        self.log.clear()
        self.faults.listed.clear()
        self.facts.clear()
        self.switches = ProxySwitches()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = _Session(self, reader, writer)
        with contextlib.suppress(*GONE):
            try:
                await session.run()
            finally:
                session.close()


@dataclass
class _Cycle:
    """One message with SQL and everything up to the next ReadyForQuery."""

    entries: list[StatementEntry] = field(default_factory=list)
    verdict: Verdict | None = None
    sql: str = ""
    fault: ProxyFault | None = None
    completed: int = 0
    #: The proxy's own message: the client gets nothing of its responses.
    hidden: bool = False


class _Session:
    """One client and its connection to PostgreSQL."""

    def __init__(self, proxy: RedshiftProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.proxy, self.reader, self.writer = proxy, reader, writer
        self.client: ConnectionEntry = proxy.log.connection()
        self.state = SessionState(facts=proxy.facts)
        self.upstream: asyncio.StreamWriter | None = None
        self.cycles: collections.deque[_Cycle] = collections.deque()
        self.open_cycle = _Cycle()
        self.requested_encoding = False
        self.started = False

    async def run(self) -> None:
        """Serve the client until one side closes."""
        if self.proxy.faults.login("refuse_connection"):
            self.client.state = "refused"
            self._reset_connection()
            return
        code, body = await self._negotiate()
        if code == wire.CANCEL_REQUEST:
            await self._forward_cancel(body)
            return
        parameters = wire.startup_parameters(body)
        self._record_login(parameters)
        refusal = self._login_refusal()
        if refusal:
            self.client.state = "refused"
            await self._send(refusal)
            return
        server = await self._connect(code, parameters)
        await self._relay(server)

    def close(self) -> None:
        """Close both sides."""
        self.writer.close()
        if self.upstream:
            self.upstream.close()
        if self.client.state == "open":
            self.client.state = "closed"

    async def _negotiate(self) -> tuple[int, bytes]:
        """Respond to what comes before the start message: requests for TLS and for Kerberos."""
        while True:
            code, body = await wire.read_startup(self.reader)
            if code == wire.SSL_REQUEST and self.proxy.tls and not self.client.tls:
                await self._send_raw(b"S")
                await self.writer.start_tls(self.proxy.tls)
                self.client.tls = True
            elif code in (wire.SSL_REQUEST, wire.GSS_REQUEST):
                await self._send_raw(b"N")
            else:
                return code, body

    def _record_login(self, parameters: dict[str, str]) -> None:
        self.client.user = parameters.get("user", "")
        self.client.database = parameters.get("database", self.client.user)
        self.client.application_name = parameters.get("application_name", "")
        self.requested_encoding = "client_encoding" in parameters

    def _login_refusal(self) -> wire.Message | None:
        """Return the response to a login that is refused before PostgreSQL sees it."""
        switches, client = self.proxy.switches, self.client
        if switches.require_ssl and not client.tls:
            who = f'user "{client.user}", database "{client.database}"'
            return self._refused_login("28000", f'no pg_hba.conf entry for host "127.0.0.1", {who}, SSL off')
        if switches.sha256_logins_refused and self.proxy.facts.get((DIGEST_USER, client.user)):
            return wire.unsupported_authentication()
        fault = self.proxy.faults.login("refuse_auth", client.user, client.database)
        if fault:
            text = fault.message or f'password authentication failed for user "{client.user}"'
            return self._refused_login(fault.sqlstate or switches.login_sqlstate, text)
        return None

    def _refused_login(self, sqlstate: str, text: str) -> wire.Message:
        self.client.sqlstate = sqlstate
        return wire.error(sqlstate, text, "FATAL")

    async def _connect(self, code: int, parameters: dict[str, str]) -> asyncio.StreamReader:
        """Connect to PostgreSQL in the client's name, with settings that make it read SQL as Redshift does."""
        of_user = self.proxy.facts.get((CASE_SENSITIVE_USER, self.client.user))
        self.state.case_sensitive = self.proxy.switches.case_sensitive if of_user is None else of_user
        settings = startup_settings(self.proxy.switches, self.state.case_sensitive)
        options = [f"-c {name}={_escaped(value)}" for name, value in settings.items()]
        parameters["options"] = " ".join([*options, parameters.get("options", "")])
        if self.proxy.switches.fold_login_database:
            parameters["database"] = self.client.database.lower()
        server, self.upstream = await asyncio.open_connection(*self.proxy.upstream, limit=1 << 20)
        self.upstream.write(wire.startup(code, wire.startup_body(parameters)))
        return server

    async def _forward_cancel(self, body: bytes) -> None:
        self.proxy.log.connections.remove(self.client)
        _reader, self.upstream = await asyncio.open_connection(*self.proxy.upstream)
        self.upstream.write(wire.startup(wire.CANCEL_REQUEST, body))
        await self.upstream.drain()

    async def _relay(self, server: asyncio.StreamReader) -> None:
        """Carry messages both ways until one side ends."""
        tasks = [asyncio.create_task(self._from_client()), asyncio.create_task(self._from_server(server))]
        try:
            done, _pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _from_client(self) -> None:
        upstream = t.cast(asyncio.StreamWriter, self.upstream)
        while True:
            message = await wire.read_message(self.reader)
            if message.kind in (b"Q", b"P"):
                changed = await self._statement(message)
                if changed is None:
                    return
                message = changed
            elif message.kind == b"S":
                self._end_cycle()
            upstream.write(message.encoded())
            await upstream.drain()

    async def _statement(self, message: wire.Message) -> wire.Message | None:
        """Return what to send for a message with SQL, or None if the connection is to be cut."""
        name, sql, rest = _sql_of(message)
        verdict = judge(sql, self.proxy.switches, self.state)
        fault = self.proxy.faults.statement(sql, self.client)
        if fault and fault.kind == "error":
            refusal = _refusal_of(fault)
            verdict = Verdict(refusal.as_sql(), verdict.statements, refusal)
        if verdict.before and not (fault and fault.kind == "cut"):
            await self._run_first(verdict.before)
        self._begin(message, sql, verdict, fault)
        if fault and fault.kind == "cut":
            self._reset_connection()
            return None
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        return wire.Message(message.kind, name + wire.text(verdict.sql) + rest)

    async def _run_first(self, sql: str) -> None:
        """Send a message of the proxy itself before that of the client."""
        upstream = t.cast(asyncio.StreamWriter, self.upstream)
        self.cycles.append(_Cycle(hidden=True))
        upstream.write(wire.Message(b"Q", wire.text(sql)).encoded())
        await upstream.drain()

    def _begin(self, message: wire.Message, sql: str, verdict: Verdict, fault: ProxyFault | None) -> None:
        """Record a statement, and what to do when its responses come."""
        simple = message.kind == b"Q"
        found = verdict.statements
        shown = "; ".join(one.shown for one in found) if found or not sql.strip() else "(unreadable)"
        verb = found[0].verb if found else ""
        entry = self.proxy.log.statement(self.client, verb, shown, len(found), "simple" if simple else "extended")
        entry.refused = verdict.refusal is not None and not verdict.offset and not fault
        entry.fault = fault.kind if fault else None
        cycle = self.open_cycle
        cycle.entries.append(entry)
        cycle.verdict, cycle.sql, cycle.fault = verdict, sql, fault or cycle.fault
        if simple:
            self._end_cycle()

    def _end_cycle(self) -> None:
        self.cycles.append(self.open_cycle)
        self.open_cycle = _Cycle()

    async def _from_server(self, server: asyncio.StreamReader) -> None:
        while True:
            message = await wire.read_message(server)
            if not self.started:
                await self._before_first_ready(message)
                continue
            cycle = self.cycles[0] if self.cycles else self.open_cycle
            for response in self._translated(message, cycle):
                if not (cycle.hidden or _suppresses(cycle)):
                    self.writer.write(response.encoded())
            if message.kind == b"Z" and not self._finish(cycle, message):
                return
            await self.writer.drain()

    async def _before_first_ready(self, message: wire.Message) -> None:
        """Login: authentication is PostgreSQL's, what it reports is made Redshift's."""
        if message.kind == b"E":
            fields = wire.fields(message)
            fields["C"] = self.proxy.switches.login_sqlstate if fields["C"] == "28P01" else fields["C"]
            self.client.state, self.client.sqlstate = "refused", fields["C"]
            message = wire.with_fields(b"E", _old_fields(fields))
        elif message.kind == b"K":
            for name, value in REPORTED_TOO.items():
                await self._send(wire.parameter_status(name, value))
        elif message.kind == b"Z":
            self.started, self.client.state = True, "open"
        for response in self._reported(message) if message.kind == b"S" else [message]:
            await self._send(response)

    def _translated(self, message: wire.Message, cycle: _Cycle) -> list[wire.Message]:
        """Return what a message of PostgreSQL is to the client."""
        if message.kind == b"S":
            return self._reported(message)
        if message.kind == b"E":
            return [self._error(message, cycle)]
        if message.kind == b"N":
            return [wire.with_fields(b"N", _old_fields(wire.fields(message)))]
        if message.kind == b"C":
            return self._completed(message, cycle)
        return [message]

    def _completed(self, message: wire.Message, cycle: _Cycle) -> list[wire.Message]:
        """The end of a command: with Redshift's tag, or hidden if the command is the proxy's own."""
        replies = cycle.verdict.replies if cycle.verdict else ()
        reply = replies[cycle.completed] if cycle.completed < len(replies) else None
        cycle.completed += 1
        if reply is None:
            return [message]
        return [] if reply == HIDDEN else [wire.Message(b"C", wire.text(reply))]

    def _reported(self, message: wire.Message) -> list[wire.Message]:
        """A setting that the server reports."""
        name, value = wire.texts(message.body)[0], "".join(wire.texts(message.body)[1:2])
        if name in NOT_REPORTED:
            return []
        if name == "server_version":
            value = "8.0.2"
        elif name == "server_encoding":
            value = "UNICODE"
        elif name == "client_encoding" and not (self.requested_encoding or self.started):
            value = self.proxy.switches.client_encoding
        return [wire.parameter_status("datestyle" if name == "DateStyle" else name, value)]

    def _error(self, message: wire.Message, cycle: _Cycle) -> wire.Message:
        """An error: recorded, without newer fields, with a position in what the client sent."""
        fields = self._with_words_of_redshift(wire.fields(message))
        for entry in cycle.entries:
            entry.sqlstate = fields.get("C")
        verdict = cycle.verdict
        if verdict and verdict.refusal and fields.get("M") == verdict.refusal.message:
            fields = {letter: value for letter, value in fields.items() if letter not in OWN_FIELDS}
            fields |= {"W": verdict.refusal.context} if verdict.refusal.context else {}
            fields["P"] = str(verdict.refusal.position)
        elif verdict and verdict.offset and "P" in fields:
            fields["P"] = str(int(fields["P"]) - verdict.offset)
        elif verdict and verdict.sql != cycle.sql and int(fields.get("P", 0)) > len(cycle.sql):
            del fields["P"]
        return wire.with_fields(b"E", _old_fields(fields))

    def _with_words_of_redshift(self, fields: dict[str, str]) -> dict[str, str]:
        """Return the fields of an error; the end of a transaction in an atomic procedure is reported as by Redshift."""
        if fields.get("C") != "2D000":
            return fields
        place = fields.get("W", "")
        lines = [line for line in place.splitlines() if COMMIT_TRUNCATE not in line]
        command = "TRUNCATE" if COMMIT_TRUNCATE in place else "ROLLBACK" if " at ROLLBACK" in place else "COMMIT"
        return fields | {
            "C": self.proxy.switches.atomic_context_sqlstate,
            "M": f"{command} cannot be invoked from a procedure that is executing in an atomic context.",
            "H": ATOMIC_HINT,
            "W": "\n".join(lines),
        }

    def _finish(self, cycle: _Cycle, message: wire.Message) -> bool:
        """End a cycle. Return whether the client may go on."""
        self.state.in_transaction, self.state.failed = message.body != b"I", message.body == b"E"
        if self.cycles:
            self.cycles.popleft()
        for entry in cycle.entries:
            entry.done = True
        if cycle.verdict and not any(entry.sqlstate for entry in cycle.entries):
            self.proxy.facts.update(cycle.verdict.facts)
        if not _suppresses(cycle):
            return True
        if cycle.fault and cycle.fault.kind == "kill":
            cycle.fault.kill()
        self._reset_connection()
        return False

    def _reset_connection(self) -> None:
        """Reset the connection, without a proper close."""
        with contextlib.suppress(OSError):
            connection = self.writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def _send(self, message: wire.Message) -> None:
        await self._send_raw(message.encoded())

    async def _send_raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


def _refusal_of(fault: ProxyFault) -> Refusal:
    """Return the error of a fault of kind ``error``."""
    message = fault.message or "a fault of the test"
    return Refusal(fault.sqlstate or "XX000", message, fault.detail, fault.hint, fault.context)


def _suppresses(cycle: _Cycle) -> bool:
    return cycle.fault is not None and cycle.fault.kind in ("cut_after", "kill")


def _sql_of(message: wire.Message) -> tuple[bytes, str, bytes]:
    """Return what precedes the SQL in a Query or Parse message, the SQL, and what follows."""
    before = b"" if message.kind == b"Q" else message.body[: message.body.index(b"\0") + 1]
    sql, _zero, rest = message.body[len(before) :].partition(b"\0")
    return before, sql.decode("utf-8", "surrogateescape"), rest


def _old_fields(fields: dict[str, str]) -> dict[str, str]:
    return {letter: value for letter, value in fields.items() if letter not in NEW_FIELDS}


def _escaped(value: str) -> str:
    """A value as the options of a start message want it."""
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
