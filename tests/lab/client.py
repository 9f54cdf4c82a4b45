# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as tests use it: read and change the database, the API and the proxy, faults included."""

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
    """The lab of a directory: ``LabClient.read(directory)``. Attributes as in ``lab.json``.

    ``sql`` and ``can_log_in`` go to the PostgreSQL behind the proxy, and leave no trace in the proxy's log.
    """

    #: The server's next transaction number after the last reset: every write of any kind takes one.
    _clean_at: int | None = None

    def sql(
        self, text: str, database: str = INITIAL_DATABASE, user: str | None = None, password: str | None = None
    ) -> list[dict[str, Json]]:
        """Run SQL, by default as the admin, and return its rows."""
        with self.connect(database, user, password) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def connect(
        self, database: str = INITIAL_DATABASE, user: str | None = None, password: str | None = None
    ) -> psycopg.Connection[dict[str, Json]]:
        """Connect to the PostgreSQL behind the proxy, in autocommit."""
        return psycopg.connect(
            host=self.postgres_host, port=self.postgres_port, dbname=database, user=user or self.redshift_admin_user,
            password=self.redshift_admin_password if user is None else password, sslmode="disable",
            gssencmode="disable", autocommit=True, row_factory=dict_row,
        )  # fmt: skip

    def can_log_in(self, user: str, password: str, database: str = INITIAL_DATABASE) -> bool:
        """Return whether a login works."""
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
        """Clear the log of requests."""
        self._api("DELETE", "requests")

    def switches(self, **values: Json) -> dict[str, Json]:
        """Set switches of the API, and return them all."""
        return t.cast(dict[str, Json], self._api("PATCH", "switches", values))

    def fault(self, **description: Json) -> Json:
        """Set a fault of the API."""
        return self._api("POST", "faults", description)

    def faults(self) -> list[dict[str, Json]]:
        """Return the faults of the API, with their counters."""
        return t.cast(list[dict[str, Json]], self._api("GET", "faults"))

    def clear_faults(self) -> None:
        """Remove the faults of the API."""
        self._api("DELETE", "faults")

    def seed(self, integration: dict[str, Json]) -> Json:
        """Add an integration to the API as it is."""
        return self._api("POST", "integrations", integration)

    def integrations(self) -> Json:
        """Return the API's own view of its integrations."""
        return self._api("GET", "integrations")

    def set_status(self, status: str, integration_id: str = "1", **fields: Json) -> None:
        """Change the status of an integration as Immuta does on its own; ``fields``: ``validationResults``."""
        self._api("PATCH", f"integrations/{integration_id}", {"status": status, **fields})

    def migrate(self, integration_id: str = "1") -> None:
        """Start a migration, as Immuta does on its own."""
        self._api("POST", f"integrations/{integration_id}/migrate")

    def proxy_switches(self, **values: Json) -> dict[str, Json]:
        """Set switches of the proxy, and return them all."""
        return t.cast(dict[str, Json], self._proxy("PATCH", "switches", values))

    def proxy_fault(self, **description: Json) -> Json:
        """Set a fault of the proxy."""
        return self._proxy("POST", "faults", description)

    def proxy_faults(self) -> list[dict[str, Json]]:
        """Return the faults of the proxy, with their counters."""
        return t.cast(list[dict[str, Json]], self._proxy("GET", "faults"))

    def clear_proxy_faults(self) -> None:
        """Remove the faults of the proxy."""
        self._proxy("DELETE", "faults")

    def proxy_log(self) -> dict[str, list[dict[str, Json]]]:
        """Return the log of the proxy: ``connections`` and ``statements``."""
        return t.cast(dict[str, list[dict[str, Json]]], self._proxy("GET", "log"))

    def reset_proxy(self) -> None:
        """Clear log, switches and faults of the proxy."""
        self._proxy("POST", "reset")

    def reset(self) -> None:
        """Restore the state of the start: databases, users, integrations, logs, switches, faults."""
        if self.immuta_url:
            self._api("POST", "reset")
        self.reset_proxy()
        with self.connect(OWNER) as connection:
            if self._clean_at != _next_transaction(connection):
                _drop_databases(connection)
                _drop_roles(connection)
                create_initial_database(connection)
                self._clean_at = _next_transaction(connection)

    def _api(self, method: str, path: str, body: Json = None) -> Json:
        return _call(method, f"{self.immuta_url}/_sim/{path}", body, self.immuta_ca_path)

    def _proxy(self, method: str, path: str, body: Json = None) -> Json:
        return _call(method, f"{self.control_url}/{path}", body, None)


def _call(method: str, url: str, body: Json, ca_path: str | None) -> Json:
    """Send one control request, without any proxy."""
    with requests.Session() as session:
        session.trust_env = False
        response = session.request(method, url, json=body, timeout=_HTTP_SECONDS, verify=ca_path or True)
    if not response.ok:
        raise ValueError(f"{method} {url}: {response.status_code} {response.text}")
    return response.json() if response.content else None


def _next_transaction(connection: psycopg.Connection[dict[str, Json]]) -> int:
    row = connection.execute("SELECT txid_snapshot_xmax(txid_current_snapshot()) AS number").fetchone()
    return int(row["number"]) if row else 0


def _drop_databases(connection: psycopg.Connection[dict[str, Json]]) -> None:
    """Drop every database that a new server does not have, and the initial database with everything in it."""
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
