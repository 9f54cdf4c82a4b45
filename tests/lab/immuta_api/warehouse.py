# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Immuta's own connections to the cluster: one statement a message, over TLS if the lab requires it."""

from __future__ import annotations

import collections.abc
import contextlib
import typing as t

import psycopg

from tests.lab.immuta_api import scripts, sql_objects
from tests.lab.immuta_api.payload import Payload
from tests.lab.immuta_api.scripts import Account
from tests.lab.immuta_api.switches import Switches

#: "already exists": errors in a second attempt of the automatic set-up
ALREADY_THERE = ("42P04", "42710")
#: "does not exist": errors in a second attempt of the automatic deletion
NOT_THERE = ("42704", "3D000", "3F000")

Address = tuple[str, int, str]
Connection = psycopg.AsyncConnection[t.Any]


class Warehouse:
    """The cluster behind every integration host.

    :param address: host, port and sslmode that all hosts lead to
    """

    def __init__(self, address: Address, switches: Switches) -> None:
        self._address = address
        self._switches = switches

    @contextlib.asynccontextmanager
    async def connected(self, payload: Payload, database: str) -> collections.abc.AsyncIterator[Connection]:
        """Log in with the credentials of a payload; psycopg.Error says why it failed."""
        host, port, sslmode = self._address
        connection: Connection = await psycopg.AsyncConnection.connect(
            host=host,
            port=port,
            sslmode=sslmode,
            dbname=database,
            user=payload.username,
            password=payload.password,
            application_name="immuta",
            client_encoding="utf8",
            connect_timeout=10,
            gssencmode="disable",
            autocommit=True,
            prepare_threshold=None,
            cursor_factory=psycopg.AsyncClientCursor,
        )
        async with connection:
            yield connection

    async def set_up(self, payload: Payload, account: Account) -> None:
        """Create database and objects with the one-time credentials (automatic create, and its repair)."""
        first = payload.initial_database or payload.database
        await self._run(payload, first, scripts.initial_create(payload, account), ALREADY_THERE)
        statements = scripts.create(payload, account, self._switches)
        await self._run(payload, payload.database, statements, ALREADY_THERE)

    async def change(self, old: Payload, new: Payload) -> None:
        """Change the objects with the one-time credentials (automatic update)."""
        await self._run(new, new.database, scripts.edit(old, new, None, self._switches), ALREADY_THERE + NOT_THERE)

    async def tear_down(self, payload: Payload, account: str, drop_database: bool) -> None:
        """Drop the objects, and the database if the automatic set-up had created it."""
        first = payload.initial_database or payload.database
        async with self.connected(payload, first) as connection:
            if not await has_database(connection, payload.database):
                await _execute(connection, [f"DROP USER IF EXISTS {sql_objects.name(account)}"], ())
                return
        await self._run(payload, payload.database, scripts.remove(payload, account), NOT_THERE)
        if drop_database and first != payload.database:
            await self._run(payload, first, [f"DROP DATABASE {sql_objects.name(payload.database)}"], NOT_THERE)

    async def _run(self, payload: Payload, database: str, statements: list[str], tolerated: tuple[str, ...]) -> None:
        async with self.connected(payload, database) as connection:
            await _execute(connection, statements, tolerated)


async def has_database(connection: Connection, database: str) -> bool:
    """Return whether the cluster has a database of this name."""
    return bool(await column(connection, "SELECT datname FROM pg_database WHERE datname = %s", database))


async def column(connection: Connection, query: t.LiteralString, *values: str) -> list[t.Any]:
    """Return the first column of a query's rows."""
    cursor = await connection.execute(query, values or None)
    return [row[0] for row in await cursor.fetchall()]


async def _execute(connection: Connection, statements: list[str], tolerated: tuple[str, ...]) -> None:
    """Run statements one by one; errors with a tolerated SQLSTATE are ignored."""
    for statement in statements:
        try:
            await connection.execute(statement.encode())
        except psycopg.Error as exc:
            if exc.sqlstate not in tolerated:
                raise
