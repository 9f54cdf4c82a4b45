# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The five scripts, SIMULATED: no page shows Immuta's own ones. The object names are documented, the SQL is ours.

The statements use what is difficult in such scripts: the password literal twice, dollar-quoted bodies with semicolons
and quotes, percent signs, comments with quotes, and statements that depend on `SET search_path`. They run on Redshift's
syntax as the proxy emulates it, and on PostgreSQL 15 with `standard_conforming_strings = off`.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib

from tests.lab.immuta_api import sql_objects
from tests.lab.immuta_api.payload import Payload
from tests.lab.immuta_api.sql_objects import PROCEDURES, SCHEMAS, name, text
from tests.lab.immuta_api.switches import Switches

_HEADER = """\
-- SIMULATED: this script comes from a simulator of the Immuta API. It is not Immuta's, and not for a real cluster.
-- Script "{script}". Don't split it at semicolons; run it in the database {database}.
/* It's safe to read this comment; it contains 'quotes', a "name", $$ and 100% of nothing. */
"""


@dataclasses.dataclass(frozen=True)
class Account:
    """The account that Immuta keeps using: its name and its password (None: it cannot log in with one)."""

    name: str
    password: str | None

    @property
    def secret(self) -> str:
        """Return the value of the PASSWORD clause; without a password a hash that belongs to no known text."""
        if self.password is not None:
            return self.password
        return "md5" + hashlib.md5(f"nobody knows this one {self.name}".encode()).hexdigest()


def account_of(payload: Payload) -> Account:
    """Return the system account of a manual integration."""
    return Account(payload.account, payload.password)


def initial_create(payload: Payload, account: Account) -> list[str]:
    """Return the statements of the first script: database, account, rights on the database."""
    database = name(payload.database)
    return [f"CREATE DATABASE {database}", *_create_account(account), *_database_rights(database, name(account.name))]


def create(payload: Payload, account: Account, switches: Switches) -> list[str]:
    """Return the statements of the second script; without `initialDatabase` of the only one."""
    user, again = name(account.name), switches.script_create_rerunnable
    first = [] if payload.initial_database else _create_account(account)
    rights = [] if payload.initial_database else _database_rights(name(payload.database), user)
    comment = (
        "-- the owner's note; not a 'statement'\n"
        f"COMMENT ON DATABASE {name(payload.database)} IS 'Managed by Immuta; don''t edit: 100% generated.'"
    )
    return [
        *first,
        *rights,
        *sql_objects.schemas(again),
        *sql_objects.tables(again),
        *sql_objects.views(),
        *sql_objects.functions(),
        *(sql_objects.python_functions(user) if switches.script_python_udf else []),
        *sql_objects.procedures(),
        *sql_objects.rights(user),
        *(_impersonation_on(payload.group, user) if payload.group else []),
        comment,
        "SET search_path TO public",
    ]


def edit(old: Payload, new: Payload, account: Account | None, switches: Switches) -> list[str]:
    """Return the statements that change existing objects.

    :param account: the account whose (new) password is set or, under a new name, that is created; None: no change of it
    """
    user = name(account.name if account else new.account)
    renamed = account is not None and account.name != old.account
    statements = ["-- the account's part; it may be 'the same'\nSET search_path TO immuta_system"]
    if account and renamed:
        statements += [*_create_account(account), *_database_rights(name(new.database), user)]
        statements += sql_objects.rights(user)
    elif account and account.password is not None:
        statements += [_password(account)] * 2
    statements += sql_objects.views()
    if switches.script_python_udf:
        statements += sql_objects.python_functions(user)
    if old.group and old.group != new.group:
        statements += _impersonation_off(old.group)
    if new.group:
        statements += _impersonation_on(new.group, user, create_group=old.group != new.group)
    return [*statements, "SET search_path TO public"]


def remove(payload: Payload, account_name: str) -> list[str]:
    """Return the statements of the delete and cleanup scripts.

    They run in the database itself, which therefore stays, without any of Immuta's objects in it.
    """
    user, database = name(account_name), name(payload.database)
    drops = [f"DROP PROCEDURE IF EXISTS immuta_procedures.{signature}" for signature in PROCEDURES]
    group = [f"DROP GROUP {name(payload.group)}"] if payload.group else []
    return [
        "-- the database can't be dropped from inside; its owner's free to do it later\nSET search_path TO public",
        *drops,
        *(f"DROP SCHEMA IF EXISTS {schema} CASCADE" for schema in reversed(SCHEMAS)),
        f"COMMENT ON DATABASE {database} IS 'No longer managed; 0% of Immuta''s objects are left.'",
        *group,
        f"REVOKE ALL PRIVILEGES ON DATABASE {database} FROM {user}",
        f"DROP USER IF EXISTS {user}",
    ]


def render(script: str, database: str, statements: list[str], switches: Switches) -> str:
    """Return the text of a script: the header, and the statements, each with its semicolon."""
    header = _HEADER.format(script=script, database=database.replace("\n", " "))
    if switches.script_timestamp:
        header += f"-- Generated at {datetime.datetime.now(datetime.UTC).isoformat()}.\n"
    return header + "\n" + ";\n\n".join(statements) + ";\n\n-- the end; there's nothing after this\n"


def _create_account(account: Account) -> list[str]:
    return [f"CREATE USER {name(account.name)} PASSWORD {text(account.secret)}", _password(account)]


def _password(account: Account) -> str:
    return f"ALTER USER {name(account.name)} PASSWORD {text(account.secret)}"


def _database_rights(database: str, user: str) -> list[str]:
    return [
        f"REVOKE ALL PRIVILEGES ON DATABASE {database} FROM {user}",
        f"REVOKE CREATE, TEMP ON DATABASE {database} FROM PUBLIC",
        f"GRANT CREATE, TEMP ON DATABASE {database} TO {user}",
        f"GRANT TEMP ON DATABASE {database} TO PUBLIC",
    ]


def _impersonation_on(group: str, user: str, create_group: bool = True) -> list[str]:
    first = [f"CREATE GROUP {name(group)}"] if create_group else []
    return [*first, *sql_objects.impersonation(name(group), user)]


def _impersonation_off(group: str) -> list[str]:
    drops = [f"DROP PROCEDURE IF EXISTS immuta_procedures.{signature}" for signature in sql_objects.IMPERSONATION]
    revoke = f"REVOKE USAGE ON SCHEMA immuta_procedures FROM GROUP {name(group)}"
    return [*drops, revoke, f"DROP GROUP {name(group)}"]
