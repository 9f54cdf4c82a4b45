# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of modules and role have in common: options, plays, and queries to the lab."""

from __future__ import annotations

import itertools
import json
import re
import typing as t
from pathlib import Path

from tests.integration.support.playbook_runner import Plays, Run
from tests.lab.client import LabClient
from tests.lab.immuta_api import scripts
from tests.lab.immuta_api.payload import Payload
from tests.lab.immuta_api.switches import Switches

Options = dict[str, t.Any]

HOST = "analytics.abc123.eu-west-1.redshift.amazonaws.com"
DATABASE = "immuta_policies"
ACCOUNT = "immuta_system"
PASSWORD = "Immuta1x"
COLLECTION = "community.immuta."
ROLE = f"{COLLECTION}redshift_integration"
PREFIX = "redshift_integration_"
#: the modules, by their names in the tests
INTEGRATION, INFO, SCRIPT, RUN, PREFLIGHT = (
    COLLECTION + name
    for name in (
        "redshift_integration",
        "redshift_integration_info",
        "redshift_integration_script",
        "redshift_script",
        "redshift_preflight",
    )
)
#: a keyword of plays and tasks with which action plugins start a module process
OTHER_PROCESS = {"vars": {"immuta_run_in_process": False}}
#: environment of ansible-playbook with which it shows what set_stats hands to a workflow
STATS = {"ANSIBLE_SHOW_CUSTOM_STATS": "true"}
#: operations of the simulator end at once
AT_ONCE = {"create_seconds": 0.0, "edit_seconds": 0.0, "delete_seconds": 0.0, "migrate_seconds": 0.0}


def api(lab: LabClient) -> Options:
    """Return the options to reach the lab's Immuta."""
    return {"immuta_url": lab.immuta_url, "immuta_api_key": lab.immuta_api_key}


def manual(**changes: t.Any) -> Options:
    """Return the settings of a manual integration with two scripts; ``None`` removes one."""
    settings = {
        "auto_bootstrap": False, "host": HOST, "database": DATABASE, "initial_database": "dev",
        "authentication_type": "userPassword", "username": ACCOUNT, "password": PASSWORD,
    }  # fmt: skip
    return without_none({**settings, **changes})


def automatic(lab: LabClient, **changes: t.Any) -> Options:
    """Return the settings of an automatic integration."""
    admin = {"username": lab.redshift_admin_user, "password": lab.redshift_admin_password}
    return manual(**{"auto_bootstrap": True, **admin, **changes})


def login(lab: LabClient, **changes: t.Any) -> Options:
    """Return the options to log in to the lab's Redshift as its admin."""
    options = {
        "login_host": lab.redshift_host, "login_port": lab.redshift_port, "login_db": "dev",
        "login_user": lab.redshift_admin_user, "login_password": lab.redshift_admin_password,
        "ssl_mode": lab.redshift_ssl_mode,
    }  # fmt: skip
    return without_none({**options, **changes})


def role_vars(lab: LabClient, settings: Options, **changes: t.Any) -> Options:
    """Return the variables of the role, without its prefix in ``settings`` and ``changes``."""
    access = without_none(login(lab, login_db=None))
    plain = {"require_redshift": lab.redshift_like}
    options = without_none({**api(lab), **access, **plain, **settings, **changes})
    return {PREFIX + name: value for name, value in options.items()}


def without_none(options: Options) -> Options:
    """Return the options that have a value."""
    return {name: value for name, value in options.items() if value is not None}


def record(settings: Options) -> Options:
    """Return settings as Immuta has them: the integration object, to be seeded in the lab."""
    names = {"auto_bootstrap": None, "initial_database": "initialDatabase", "authentication_type": "authenticationType"}
    config = {names.get(name, name): value for name, value in settings.items() if name != "auto_bootstrap"}
    return {"type": "Redshift", "autoBootstrap": settings["auto_bootstrap"], "config": {"port": 5439, **config}}


def put_manual(lab: LabClient, **changes: t.Any) -> None:
    """Seed a finished manual integration with its objects in the lab, faster than with the role."""
    put_objects(lab, **changes)
    lab.seed(record(manual(**changes)))


def put_objects(lab: LabClient, **changes: t.Any) -> None:
    """Create what the scripts of a manual integration create in Redshift."""
    wanted = record(manual(**changes))
    payload = Payload(wanted["type"], False, wanted["config"])
    account = scripts.account_of(payload)
    first, second = scripts.initial_create(payload, account), scripts.create(payload, account, Switches())
    for database, statements in (("dev", first), (payload.database, second)):
        with lab.connect(database) as connection:
            connection.execute("SET standard_conforming_strings = off")
            for statement in statements:
                connection.execute(statement.encode())


def play(*tasks: Options, **keywords: t.Any) -> Plays:
    """Return a playbook of one play on every host."""
    return [{"hosts": "all", "gather_facts": False, "tasks": list(tasks), **keywords}]


def role_play(**keywords: t.Any) -> Plays:
    """Return a playbook that applies the role."""
    return play({"name": "Role", "ansible.builtin.include_role": {"name": ROLE}}, **keywords)


def step(name: str, module: str, options: Options | None = None, **keywords: t.Any) -> Options:
    """Return a task whose failure does not end the play; tests find its result by its name."""
    return {"name": name, module: options or {}, "ignore_errors": True, **keywords}


def module_play(lab: LabClient, *steps: Options, **keywords: t.Any) -> Plays:
    """Return a playbook whose module_defaults have the connections to Immuta and to Redshift."""
    defaults = {"group/community.immuta.immuta": api(lab), RUN: login(lab), PREFLIGHT: login(lab)}
    return play(*steps, **{"module_defaults": defaults, **keywords})


def outcome(run: Run) -> Options:
    """Return the result that the role sets for later tasks."""
    facts = [row["result"].get("ansible_facts", {}) for row in run.tasks]
    found: Options = [row for row in facts if "redshift_integration_result" in row][-1]["redshift_integration_result"]
    return found


def changed(run: Run) -> list[str]:
    """Return the names of the tasks that reported a change."""
    return [row["task"] for row in run.tasks if row["result"].get("changed")]


def custom_stats(run: Run) -> Options:
    """Return C(immuta_summary) of set_stats, which a workflow gets, from a run with C(STATS)."""
    text = run.stdout.split("CUSTOM STATS:", 1)[1]
    found: Options = json.loads(text[text.index("{") : text.rindex("}") + 1])["immuta_summary"]
    return found


def has_failed(run: Run, name: str) -> bool:
    """Return whether the task of this name failed, which is not in the results of callbacks."""
    return [row["status"] for row in run.tasks if row["task"] == name][-1] in ("failed", "ignored")


def message(run: Run) -> str:
    """Return the message that the play ended with: one task failed, or a second one that explains the first."""
    assert len(run.failures) == 1 + ("rescued=1" in run.stdout), run.failures
    return str(run.failures[-1]["msg"])


def statuses(script: Options) -> set[str]:
    """Return the status of each statement of a script."""
    return {row["status"] for row in script["statements"]}


def calls(lab: LabClient) -> list[str]:
    """Return the requests that Immuta received since the last call; reads that wait for a state count as one."""
    found = [f"{row['method']} {row['path']}" for row in lab.requests()]
    lab.clear_requests()
    return [name for name, _group in itertools.groupby(found)]


def logins(lab: LabClient) -> list[tuple[str, str]]:
    """Return account and database of every connection that the collection opened, in order."""
    rows = lab.proxy_log()["connections"]
    return [(row["user"], row["database"]) for row in rows if row["application_name"] == "community.immuta"]


def writes(lab: LabClient) -> list[str]:
    """Return the statements in the proxy's log that change something."""
    return [row["text"] for row in lab.proxy_log()["statements"] if not re.match(r"select|show|set", row["text"], re.I)]


def databases(lab: LabClient) -> set[str]:
    """Return the databases that the cluster has besides its first."""
    rows = lab.sql("SELECT database_name FROM svv_redshift_databases WHERE database_name NOT IN ('dev', 'template1')")
    return {row["database_name"] for row in rows}


def users(lab: LabClient) -> set[str]:
    """Return the users of the cluster that Immuta's scripts created."""
    return {row["usename"] for row in lab.sql("SELECT usename FROM pg_user WHERE usename LIKE '%system%'")}


def left_behind(run: Run) -> list[str]:
    """Return the files that a run left in its temporary directories."""
    directories = [run.directory / name for name in ("tmp", "local", "remote")]
    return [str(path) for directory in directories for path in directory.rglob("*")]


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return path.stat().st_mode & 0o777
