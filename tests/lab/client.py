# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab seen from a test: look into the database, the API and the front, and make them misbehave."""

from __future__ import annotations

import typing as t

import psycopg
import requests
from psycopg import sql
from psycopg.rows import dict_row

from tests.lab.lab_info import LabInfo
from tests.lab.postgres.server import INITIAL_DATABASE, OUR_ROLES, OWNER, create_initial_database

_HTTP_SECONDS = 30
_KEPT_DATABASES = (OWNER, "template0", "template1")

Json = t.Any


class LabClient(LabInfo):
    """The lab of a folder: ``LabClient.read(directory)``. Attributes as in ``lab.json``.

    ``sql`` and ``can_log_in`` go to the PostgreSQL behind the front, and so leave no trace in the front's log.
    """

    #: The server's next transaction number after the last reset: every write of any kind takes one.
    _clean_at: int | None = None

    def sql(
        self, text: str, database: str = INITIAL_DATABASE, user: str | None = None, password: str | None = None
    ) -> list[dict[str, Json]]:
        """Run SQL, as the admin unless told otherwise, and return its rows."""
        with self.connect(database, user, password) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def connect(
        self, database: str = INITIAL_DATABASE, user: str | None = None, password: str | None = None
    ) -> psycopg.Connection[dict[str, Json]]:
        """Connect to the PostgreSQL behind the front, in autocommit."""
        return psycopg.connect(
            host=self.postgres_host, port=self.postgres_port, dbname=database, user=user or self.redshift_admin_user,
            password=self.redshift_admin_password if user is None else password, sslmode="disable",
            gssencmode="disable", autocommit=True, row_factory=dict_row,
        )  # fmt: skip

    def can_log_in(self, user: str, password: str, database: str = INITIAL_DATABASE) -> bool:
        """Tell if a login works."""
        try:
            self.connect(database, user, password).close()
        except psycopg.OperationalError:
            return False
        return True

    def requests(self) -> list[dict[str, Json]]:
        """Return the requests that the API received, in order."""
        found: list[dict[str, Json]] = self._api("GET", "requests")
        return found

    def clear_requests(self) -> None:
        """Forget the API's requests."""
        self._api("DELETE", "requests")

    def switches(self, **values: Json) -> dict[str, Json]:
        """Set switches of the API, and return them all."""
        return t.cast(dict[str, Json], self._api("PATCH", "switches", values))

    def fault(self, **description: Json) -> Json:
        """Set a fault of the API."""
        return self._api("POST", "faults", description)

    def seed(self, integration: dict[str, Json]) -> Json:
        """Put an integration into the API as it is."""
        return self._api("POST", "integrations", integration)

    def integrations(self) -> Json:
        """Return the API's own view of its integrations."""
        return self._api("GET", "integrations")

    def front_switches(self, **values: Json) -> dict[str, Json]:
        """Set switches of the front, and return them all."""
        return t.cast(dict[str, Json], self._front("PATCH", "switches", values))

    def front_fault(self, **description: Json) -> Json:
        """Set a fault of the front."""
        return self._front("POST", "faults", description)

    def front_log(self) -> dict[str, list[dict[str, Json]]]:
        """Return the front's log: ``connections`` and ``statements``."""
        return t.cast(dict[str, list[dict[str, Json]]], self._front("GET", "log"))

    def reset(self) -> None:
        """Make everything as it was at the start: databases, users, integrations, logs, switches, faults."""
        if self.immuta_url:
            self._api("POST", "reset")
        self._front("POST", "reset")
        with self.connect(OWNER) as connection:
            if self._clean_at != _next_transaction(connection):
                _drop_databases(connection)
                _drop_roles(connection)
                create_initial_database(connection)
                self._clean_at = _next_transaction(connection)

    def _api(self, method: str, path: str, body: Json = None) -> Json:
        return _call(method, f"{self.immuta_url}/_sim/{path}", body, self.immuta_ca_path)

    def _front(self, method: str, path: str, body: Json = None) -> Json:
        return _call(method, f"{self.control_url}/{path}", body, None)


def _call(method: str, url: str, body: Json, ca_path: str | None) -> Json:
    """Make one control request, past every proxy."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(method, url, json=body, timeout=_HTTP_SECONDS, verify=ca_path or True)
    if not answer.ok:
        raise ValueError(f"{method} {url}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None


def _next_transaction(connection: psycopg.Connection[dict[str, Json]]) -> int:
    row = connection.execute("SELECT txid_snapshot_xmax(txid_current_snapshot()) AS number").fetchone()
    return int(row["number"]) if row else 0


def _drop_databases(connection: psycopg.Connection[dict[str, Json]]) -> None:
    """Drop every database but those of a new server: the first one too, with all that a test left in it."""
    rows = connection.execute("SELECT datname FROM pg_database WHERE datname <> ALL (%s)", [list(_KEPT_DATABASES)])
    for row in rows.fetchall():
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(row["datname"])))


def _drop_roles(connection: psycopg.Connection[dict[str, Json]]) -> None:
    rows = connection.execute(
        r"SELECT rolname FROM pg_roles WHERE rolname <> ALL (%s) AND rolname NOT LIKE 'pg\_%%'", [list(OUR_ROLES)]
    )
    for row in rows.fetchall():
        role = sql.Identifier(row["rolname"])
        connection.execute(sql.SQL("DROP OWNED BY {} CASCADE; DROP ROLE {}").format(role, role))
