# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The validation tests of Immuta (docs/dev/api-contract.md, section 4.3): the names are assumed, the checks are real.

A manual integration is validated by a login as the system account and a search for the objects of the scripts; an
automatic one by a login with the one-time credentials.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import typing as t

import psycopg

from tests.lab.immuta_api import sql_objects
from tests.lab.immuta_api.payload import Payload
from tests.lab.immuta_api.switches import Switches
from tests.lab.immuta_api.warehouse import Connection, Warehouse, column, has_database

CONNECTION = "Initial Validation: Basic Connection Test"
NO_DATABASE = "Validate Automatic: Database Does Not Exist"
NO_GROUP = "Validate Automatic: Impersonation Role Does Not Exist"
GRANTS = "Validate Automatic Bootstrap User Grants"
DATABASE = "Validate Manual: Database Exists"
OBJECTS = "Validate Manual: Immuta Objects Exist"
GROUP = "Validate Manual: Impersonation Role Exists"
ACCOUNT_GRANTS = "Validate Manual: System Account Grants"

#: the tests of each operation in their order
MANUAL = (CONNECTION, DATABASE, OBJECTS, GROUP, ACCOUNT_GRANTS)
CREATE = (CONNECTION, NO_DATABASE, NO_GROUP, GRANTS)
CHANGE = (CONNECTION, GRANTS)

#: what the account must be able to do -> the query, whose result is true or false
_RIGHTS: dict[str, t.LiteralString] = {
    "CREATE on the database": "SELECT has_database_privilege(current_database(), 'CREATE')",
    "TEMP on the database": "SELECT has_database_privilege(current_database(), 'TEMP')",
    "CREATE on schema immuta_system": "SELECT has_schema_privilege('immuta_system', 'CREATE')",
    "USAGE on schema immuta_functions": "SELECT has_schema_privilege('immuta_functions', 'USAGE')",
    "USAGE on schema immuta_procedures": "SELECT has_schema_privilege('immuta_procedures', 'USAGE')",
    "SELECT on immuta_system.profile": "SELECT has_table_privilege('immuta_system.profile', 'SELECT')",
    "INSERT on immuta_system.profile": "SELECT has_table_privilege('immuta_system.profile', 'INSERT')",
}

Json = dict[str, t.Any]
Checks = collections.abc.Callable[[Connection, Payload], collections.abc.Awaitable[list["Check"]]]


@dataclasses.dataclass
class Check:
    """One validation test: passed, failed, warning or skipped; a message if it did not pass."""

    name: str
    status: str = "passed"
    message: str | None = None


class Validator:
    """Runs the tests of an operation.

    :param warehouse: None: there is no warehouse, and a test that needs one fails
    """

    def __init__(self, warehouse: Warehouse | None, switches: Switches) -> None:
        self._warehouse = warehouse
        self._switches = switches

    async def create(self, payload: Payload, repair: bool = False) -> Json:
        """Validate before a create.

        :param repair: an earlier attempt failed, so its leftovers are not an error
        """
        if not payload.auto:
            return await self._validated(MANUAL, payload, payload.database, _manual)
        names = CHANGE if repair else CREATE
        return await self._validated(
            names, payload, payload.initial_database or payload.database, self._automatic(names)
        )

    async def edit(self, payload: Payload) -> Json:
        """Validate before an update."""
        if not payload.auto:
            return await self._validated(MANUAL, payload, payload.database, _manual)
        return await self._validated(CHANGE, payload, payload.database, self._automatic(CHANGE))

    async def delete(self, payload: Payload) -> Json:
        """Validate before a deletion; only an automatic integration has anything to validate."""
        if not payload.auto:
            return {"status": "passed", "validationTests": []}
        database = payload.initial_database or payload.database
        return await self._validated(CHANGE, payload, database, self._automatic(CHANGE))

    async def _validated(self, names: tuple[str, ...], payload: Payload, database: str, checks: Checks) -> Json:
        tests = await self._tests(names, payload, database, checks)
        return results([self._set_by_switch(test) for test in tests])

    async def _tests(self, names: tuple[str, ...], payload: Payload, database: str, checks: Checks) -> list[Check]:
        if not self._switches.check_warehouse:
            unwanted = () if payload.group else (GROUP, NO_GROUP)
            return [Check(name, "skipped" if name in unwanted else "passed") for name in names]
        if payload.okta:
            return [Check(name, "skipped", "No login through Okta is simulated.") for name in names]
        if self._warehouse is None:
            return _stopped(names, CONNECTION, "The simulator was started without a warehouse.")
        try:
            async with self._warehouse.connected(payload, database) as connection:
                return await checks(connection, payload)
        except psycopg.Error as exc:
            return _refused(names, payload, database, exc)

    def _set_by_switch(self, test: Check) -> Check:
        for part, status in self._switches.validation_outcomes.items():
            if part == "*" or part.casefold() in test.name.casefold():
                message = None if status == "passed" else f"Set to {status} by the switch validation_outcomes."
                return Check(test.name, status, message)
        return test

    def _automatic(self, names: tuple[str, ...]) -> Checks:
        async def checks(connection: Connection, payload: Payload) -> list[Check]:
            every = {
                CONNECTION: Check(CONNECTION),
                NO_DATABASE: await self._no_database(connection, payload),
                NO_GROUP: await _no_group(connection, payload),
                GRANTS: await _bootstrap_grants(connection, payload),
            }
            return [every[name] for name in names]

        return checks

    async def _no_database(self, connection: Connection, payload: Payload) -> Check:
        if self._switches.existing_database_allowed or payload.initial_database is None:
            return Check(NO_DATABASE, "skipped")
        if await has_database(connection, payload.database):
            return Check(NO_DATABASE, "failed", f"The database {payload.database} exists. Choose another name.")
        return Check(NO_DATABASE)


def results(tests: list[Check]) -> Json:
    """Return tests as `validationResults`."""
    listed = []
    for test in tests:
        shown = {"name": test.name, "status": test.status}
        listed.append(shown if test.message is None else {**shown, "message": test.message})
    return {"status": _overall({test.status for test in tests}), "validationTests": listed}


def codes(results_: Json) -> list[Json]:
    """Return the failed tests as the `validation` list that version 1 of Immuta's API has in a 422."""
    listed = results_["validationTests"]
    return [{"code": test["name"], "message": test["message"]} for test in listed if test["status"] == "failed"]


def failed(results_before: Json, name: str, message: str) -> Json:
    """Return results with one more test, which failed: what went wrong after the validation."""
    before = results_before.get("validationTests") or []
    return {
        "status": "failed",
        "validationTests": [*before, {"name": name, "status": "failed", "message": message}],
    }


def _overall(statuses: set[str]) -> str:
    worst_first = ("failed", "warning", "passed", "skipped")
    return next((status for status in worst_first if status in statuses), "passed")


def _stopped(names: tuple[str, ...], at: str, message: str) -> list[Check]:
    """Return all tests: those before one passed, that one failed, those after it were skipped."""
    index = names.index(at)
    return [
        *(Check(name) for name in names[:index]),
        Check(at, "failed", message),
        *(Check(name, "skipped") for name in names[index + 1 :]),
    ]


def _refused(names: tuple[str, ...], payload: Payload, database: str, exc: psycopg.Error) -> list[Check]:
    """Return the tests after an error of the connection."""
    reason = " ".join(str(exc).split())
    if DATABASE in names and f'database "{database}" does not exist' in reason:
        return _stopped(names, DATABASE, f"The database {database} does not exist. Run the first script, then retry.")
    return _stopped(
        names, CONNECTION, f"Cannot log in to database {database} and look around as {payload.username}: {reason}"
    )


async def _objects(connection: Connection) -> Check:
    missing = [
        *await _missing(connection, "schema", sql_objects.SCHEMAS, "SELECT nspname FROM pg_namespace"),
        *await _missing(
            connection,
            "table or view",
            sql_objects.RELATIONS,
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace",
        ),
        *await _missing(
            connection,
            "routine",
            sql_objects.ROUTINES,
            "SELECT n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace",
        ),
    ]
    if not missing:
        return Check(OBJECTS)
    return Check(OBJECTS, "failed", f"Missing: {', '.join(missing)}. Run the create script in this database.")


async def _missing(connection: Connection, kind: str, names: tuple[str, ...], query: t.LiteralString) -> list[str]:
    there = set(await column(connection, query))
    return [f"{kind} {name}" for name in names if name not in there]


async def _account_grants(connection: Connection) -> Check:
    missing = [right for right, query in _RIGHTS.items() if await column(connection, query) != [True]]
    if not missing:
        return Check(ACCOUNT_GRANTS)
    return Check(ACCOUNT_GRANTS, "failed", f"The system account lacks {', '.join(missing)}.")


async def _manual(connection: Connection, payload: Payload) -> list[Check]:
    objects = await _objects(connection)
    grants = await _account_grants(connection) if objects.status == "passed" else Check(ACCOUNT_GRANTS, "skipped")
    group = await _group(connection, payload)
    return [Check(CONNECTION), Check(DATABASE), objects, group, grants]


async def _group(connection: Connection, payload: Payload) -> Check:
    if payload.group is None:
        return Check(GROUP, "skipped")
    if await _has_group(connection, payload.group):
        return Check(GROUP)
    return Check(GROUP, "failed", f"The group {payload.group} does not exist. Run the script, which creates it.")


async def _no_group(connection: Connection, payload: Payload) -> Check:
    if payload.group is None:
        return Check(NO_GROUP, "skipped")
    if await _has_group(connection, payload.group):
        return Check(NO_GROUP, "failed", f"The group {payload.group} exists. Choose another role name.")
    return Check(NO_GROUP)


async def _has_group(connection: Connection, group: str) -> bool:
    return bool(await column(connection, "SELECT groname FROM pg_group WHERE groname = %s", group))


async def _bootstrap_grants(connection: Connection, payload: Payload) -> Check:
    if True in await column(connection, "SELECT usesuper FROM pg_user WHERE usename = current_user"):
        return Check(GRANTS)
    message = f"The user {payload.username} may not create databases and users and change grants: use a superuser."
    return Check(GRANTS, "failed", message)
