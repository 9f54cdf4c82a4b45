# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle of an integration: its operations, interruptions of them, and the state that must result."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import signal
import typing as t

from tests.integration.support.playbook_runner import INTEGRATION, PlaybookRunner, Run
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    PASSWORD,
    Options,
    manual,
    put_manual,
    role_play,
    role_vars,
)
from tests.lab.client import LabClient

Rows = list[dict[str, t.Any]]

NEW_PASSWORD = "Rotated2$x;%s"
ON = {"impersonation": {"enabled": True, "role": "may_impersonate"}}
OFF = {"impersonation": {"enabled": False}}
#: statements of scripts: all except the collection's own queries, and what drivers send at the start
OF_A_SCRIPT = r"\A(?!\s*(select|show|set datestyle)\b)"
#: a row of an owner, which nothing may change
OWNERS_ROW = "INSERT INTO immuta_system.profile VALUES ('{owner}', 'user', 'kept')"
OWNERS_ROWS = "SELECT DISTINCT immuta__userid FROM immuta_system.profile WHERE body = 'kept' ORDER BY 1"

_ACL = "ARRAY(SELECT item::text FROM unnest({}) item ORDER BY 1)"
_IN_CLUSTER = {
    "databases": f"SELECT datname, {_ACL.format('datacl')} AS acl FROM pg_database WHERE datname NOT LIKE 'template%'",
    "users": "SELECT usename, usecreatedb, usesuper FROM pg_user",
    "groups": "SELECT groname, cardinality(grolist) AS members FROM pg_group WHERE groname NOT LIKE 'pg_%'",
}
_OURS = "nspname LIKE 'immuta%'"
_IN_DATABASE = {
    "schemas": f"SELECT nspname, {_ACL.format('nspacl')} AS acl FROM pg_namespace WHERE {_OURS} OR nspname = 'public'",
    "relations": f"SELECT nspname, relname, relkind, {_ACL.format('relacl')} AS acl FROM pg_class c "
    f"JOIN pg_namespace n ON n.oid = relnamespace WHERE {_OURS} AND relkind IN ('r', 'v')",
    "routines": f"SELECT nspname, proname, prosrc, {_ACL.format('proacl')} AS acl FROM pg_proc p "
    f"JOIN pg_namespace n ON n.oid = pronamespace WHERE {_OURS}",
    "defaults": f"SELECT defaclobjtype, {_ACL.format('defaclacl')} AS acl FROM pg_default_acl",
    "comment": "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()",
}
_SETTINGS = "SELECT * FROM immuta_system.setting"


@dataclasses.dataclass(frozen=True)
class Flow:
    """An operation of the role.

    :param settings: variables of the role, besides those of a manual integration and of the connections
    :param requests: how many requests it makes, and how many statements it runs in each database, in its order
    :param before: whether there is an integration before it
    """

    settings: Options
    requests: int
    statements: dict[str, int]
    before: bool = True
    password: str = PASSWORD

    def prepare(self, lab: LabClient, **switches: t.Any) -> None:
        """Reset the lab, and create the state before the operation, an owner's row included."""
        lab.reset()
        lab.switches(**{**AT_ONCE, **switches})
        if self.before:
            put_manual(lab)
            lab.sql(OWNERS_ROW.format(owner="before"), DATABASE)

    def variables(self, lab: LabClient, **changes: t.Any) -> Options:
        """Return the variables of the role."""
        return role_vars(lab, manual(), **{**self.settings, **changes})


#: the statements are those of the scripts, with BEGIN and COMMIT if they run in one transaction
FLOWS = {
    "bootstrap": Flow({}, requests=6, statements={"dev": 7, DATABASE: 31}, before=False),
    "update": Flow(ON, requests=6, statements={DATABASE: 16}),
    "rotation": Flow(
        {"update_password": "always", "password": NEW_PASSWORD},
        requests=6,
        statements={DATABASE: 7},
        password=NEW_PASSWORD,
    ),
    "delete": Flow({"state": "absent", "drop_objects": True}, requests=6, statements={DATABASE: 13}),
}


def one_group(driver: str | None = None) -> dict[str, str]:
    """Return the environment in which a run is one process group."""
    directories = [INTEGRATION / "support" / "one_group", *([INTEGRATION / "drivers" / driver] if driver else [])]
    return {"PYTHONPATH": ":".join(map(str, directories))}


def start_flow(playbook: PlaybookRunner, lab: LabClient, flow: Flow, driver: str | None = None) -> t.Any:
    """Start the operation in a way that all of its processes can be killed."""
    return playbook.start(role_play(), extra_vars=flow.variables(lab), env=one_group(driver))


def killed(run: t.Any) -> Run:
    """Wait for the end of a run that is killed, and return it."""
    finished: Run = run.wait()
    assert finished.rc == -signal.SIGKILL, f"not killed, but ended with {finished.rc}:\n{finished.stdout}"
    return finished


def apply(playbook: PlaybookRunner, lab: LabClient, *, run: t.Any = None, **changes: t.Any) -> Run:
    """Apply the role to a manual integration; ``run`` are options of the runner."""
    return playbook(role_play(), extra_vars=role_vars(lab, manual(), **changes), **(run or {}))


def snapshot(lab: LabClient) -> dict[str, Rows]:
    """Return everything in Redshift that the scripts create or change, privileges included, in a comparable form."""
    found = {name: _sorted(lab.sql(query)) for name, query in _IN_CLUSTER.items()}
    if any(row["datname"] == DATABASE for row in found["databases"]):
        found |= {name: _sorted(lab.sql(query, DATABASE)) for name, query in _IN_DATABASE.items()}
        if any(row["relname"] == "setting" for row in found["relations"]):
            found["settings"] = _sorted(lab.sql(_SETTINGS, DATABASE))
    return found


def add_owners_row(lab: LabClient) -> bool:
    """Insert a row of an owner into Immuta's table; return False if there is no such table yet."""
    if "settings" not in snapshot(lab):
        return False
    lab.sql(OWNERS_ROW.format(owner="between"), DATABASE)
    return True


def owners_rows(lab: LabClient) -> list[str]:
    """Return the owner's rows."""
    return [row["immuta__userid"] for row in lab.sql(OWNERS_ROWS, DATABASE)]


def script_statements(lab: LabClient) -> dict[str, int]:
    """Return how many statements of scripts the privileged account ran, by database."""
    counted: dict[str, int] = {}
    for row in lab.proxy_log()["statements"]:
        if row["user"] == lab.redshift_admin_user and re.search(OF_A_SCRIPT, row["text"], re.IGNORECASE):
            counted[row["database"]] = counted.get(row["database"], 0) + 1
    return counted


class Ends:
    """The state after each operation that nothing interrupts, determined once by running it."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Rows]] = {}

    def of(self, name: str, lab: LabClient, playbook: PlaybookRunner) -> dict[str, Rows]:
        """Return what is in Redshift after an operation, and check that it has as many steps as ``FLOWS`` says."""
        if name not in self._known:
            flow = FLOWS[name]
            flow.prepare(lab)
            lab.clear_requests()
            playbook(role_play(), extra_vars=flow.variables(lab))
            assert (len(lab.requests()), script_statements(lab)) == (flow.requests, flow.statements)
            self._known[name] = snapshot(lab)
        return self._known[name]


def assert_finished(name: str, lab: LabClient, end: dict[str, Rows]) -> None:
    """Check that the state is the same as without an interruption."""
    flow = FLOWS[name]
    assert state(lab) == ([] if name == "delete" else ["enabled"])
    assert snapshot(lab) == end
    assert lab.can_log_in(ACCOUNT, flow.password, DATABASE) is (name != "delete")
    if flow.password != PASSWORD:
        assert not lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)


def state(lab: LabClient) -> list[str]:
    """Return the status of every integration that Immuta has."""
    return [row["status"] for row in lab.integrations()]


@contextlib.contextmanager
def left_running(run: t.Any) -> t.Iterator[None]:
    """Let a run continue during the block, and kill what is left of it."""
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            run.kill()


def _sorted(rows: Rows) -> Rows:
    return sorted(rows, key=repr)


def squeezed(text: str) -> str:
    """Return a text without white space: ansible-playbook wraps lines."""
    return "".join(text.split())


def said(run: Run) -> str:
    """Return what a run showed, without white space."""
    return squeezed(run.stdout + run.stderr)
