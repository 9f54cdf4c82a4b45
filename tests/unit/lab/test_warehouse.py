# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator with a real database: on plain PostgreSQL, and through the Redshift-like proxy."""

from __future__ import annotations

import asyncio
import time
import typing as t

import aiohttp
import psycopg
import pytest

from tests.lab.client import LabClient
from tests.lab.lab import Lab, running_lab
from tests.unit.lab.tenant import PASSWORD, automatic, manual, split

ON = {"impersonation": {"enabled": True, "role": "crew"}}
SPECIAL = "Aa1%s$$;SELECT--x"


@pytest.fixture(scope="module", params=[True, False], ids=["redshift", "plain"])
def started(request, tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"), redshift_like=request.param)
    with running_lab(lab):
        yield LabClient.read(lab.directory)


@pytest.fixture
def tenant(started):
    started.reset()
    started.switches(create_seconds=0.02, edit_seconds=0.02, delete_seconds=0.02, validation_in_422=True)
    return Owner(started)


class Owner:
    """The owner of a cluster and an Immuta tenant."""

    def __init__(self, lab: LabClient) -> None:
        self.lab = lab

    def ask(self, method: str, path: str, body: t.Any = None) -> t.Any:
        """Send a request and return the response: status and body."""
        return asyncio.run(self._ask(method, path, body))

    async def _ask(self, method: str, path: str, body: t.Any) -> tuple[int, t.Any]:
        headers = {"Authorization": self.lab.immuta_api_key}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(method, self.lab.immuta_url + path, json=body) as response,
        ):
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text())

    def settled(self) -> str:
        """Wait for the end of an operation and return the status."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            status, body = self.ask("GET", "/integrations/1")
            if status != 200 or body["status"] not in ("creating", "editing", "deleting"):
                return body["status"] if status == 200 else str(status)
            time.sleep(0.02)
        raise AssertionError("The operation never ended.")

    def run(self, path: str, body: t.Any, database: str, tolerated: tuple[str, ...] = ()) -> None:
        """Let Immuta generate a script, and run it statement by statement as the admin."""
        status, script = self.ask("POST", path, body)
        assert status == 200, script
        with self.connected(database) as connection:
            for statement in split(script):
                _execute(connection, statement, tolerated)

    def connected(self, database: str) -> psycopg.Connection[t.Any]:
        """Log in to the cluster as the admin."""
        lab = self.lab
        return psycopg.connect(
            host=lab.redshift_host, port=lab.redshift_port, dbname=database, user=lab.redshift_admin_user,
            password=lab.redshift_admin_password, sslmode=lab.redshift_ssl_mode, gssencmode="disable", autocommit=True,
            client_encoding="utf8", cursor_factory=psycopg.ClientCursor,
            options=None if lab.redshift_like else "-c standard_conforming_strings=off -c escape_string_warning=off",
        )  # fmt: skip

    def bootstrapped(self, body: t.Any) -> None:
        """Run both scripts."""
        self.run("/integrations/scripts/initial-create", body, "dev")
        self.run("/integrations/scripts/create", body, "immuta")

    def one_time(self, **config: t.Any) -> t.Any:
        """Return an automatic payload with the admin's credentials."""
        lab = self.lab
        return automatic(username=lab.redshift_admin_user, password=lab.redshift_admin_password, **config)

    def databases(self) -> set[str]:
        """Return the names of the databases."""
        return {row["datname"] for row in self.lab.sql("SELECT datname FROM pg_database")}

    def users(self) -> set[str]:
        """Return the names of users and groups."""
        return {row["rolname"] for row in self.lab.sql("SELECT rolname FROM pg_roles")}


def _execute(connection: psycopg.Connection[t.Any], statement: str, tolerated: tuple[str, ...]) -> None:
    try:
        connection.execute(statement.encode())
    except psycopg.Error as exc:
        if exc.sqlstate not in tolerated:
            raise


def _failed(body: t.Any) -> dict[str, str]:
    """Return the names of the tests that failed, with their messages."""
    tests = body["validationResults"]["validationTests"]
    return {test["name"]: test["message"] for test in tests if test["status"] == "failed"}


@pytest.mark.parametrize("config", [{}, ON, {"password": "Immuta1x"}])
def test_manual_life(tenant, config):
    body = manual(**config)
    tenant.bootstrapped(body)
    assert tenant.ask("POST", "/integrations", body)[0] == 200
    assert tenant.settled() == "enabled"
    assert tenant.lab.can_log_in("immuta_system", body["config"]["password"], "immuta")
    changed = manual(password="Other1secret", **({} if config == ON else ON))
    tenant.run("/integrations/1/scripts/edit", changed, "immuta")
    assert tenant.ask("PUT", "/integrations/1", changed)[0] == 200
    assert tenant.settled() == "enabled"
    assert tenant.lab.can_log_in("immuta_system", "Other1secret", "immuta")
    tenant.run("/integrations/1/scripts/delete", None, "immuta")
    assert tenant.ask("DELETE", "/integrations/1")[0] == 200
    assert tenant.settled() == "404"
    assert not {"immuta_system", "crew"} & tenant.users()


def test_the_single_script(tenant):
    body = manual()
    del body["config"]["initialDatabase"]
    with tenant.connected("dev") as connection:
        connection.execute("CREATE DATABASE immuta")
    tenant.run("/integrations/scripts/create", body, "immuta")
    tenant.run("/integrations/scripts/create", body, "immuta", tolerated=("42710",))
    assert tenant.ask("POST", "/integrations", body)[0] == 200


def test_the_automatic_set_up_without_an_initial_database(tenant):
    tenant.lab.switches(bootstrap_form="single")
    tenant.lab.sql("CREATE DATABASE immuta")
    body = tenant.one_time()
    del body["config"]["initialDatabase"]
    assert tenant.ask("POST", "/integrations", body)[0] == 200
    assert tenant.settled() == "enabled"
    assert tenant.ask("DELETE", "/integrations/1", body["config"])[0] == 200
    assert tenant.settled() == "404"
    assert "immuta" in tenant.databases()


def test_scripts_for_an_okta_account_and_of_the_plain_form(tenant):
    tenant.lab.switches(script_create_rerunnable=False)
    okta = {"username": "u@example.com", "password": "x", "appId": "a", "idpHost": "i", "role": "r"}
    body = manual(authenticationType="okta", okta=okta)
    tenant.bootstrapped(body)
    assert tenant.ask("POST", "/integrations", body)[0] == 200
    assert "u@example.com" in tenant.users()


def test_scripts_with_python_udfs(tenant):
    tenant.lab.switches(script_python_udf=True)
    tenant.bootstrapped(manual())
    assert tenant.ask("POST", "/integrations", manual())[0] == 200
    assert tenant.settled() == "enabled"
    tenant.run("/integrations/1/scripts/edit", manual(**ON), "immuta")
    functions = tenant.lab.sql("SELECT proname FROM pg_proc WHERE proname = 'scramble'", database="immuta")
    assert functions == [{"proname": "scramble"}]


def test_another_account_takes_over(tenant):
    tenant.bootstrapped(manual(**ON))
    tenant.ask("POST", "/integrations", manual(**ON))
    assert tenant.settled() == "enabled"
    other = manual(username="second", **ON)
    tenant.run("/integrations/1/scripts/edit", other, "immuta")
    assert tenant.ask("PUT", "/integrations/1", other)[0] == 200


def test_a_password_that_looks_like_sql(tenant):
    body = manual(password=SPECIAL)
    tenant.bootstrapped(body)
    assert tenant.ask("POST", "/integrations", body)[0] == 200


def test_the_create_script_can_be_run_twice_but_for_the_group(tenant):
    tenant.bootstrapped(manual(**ON))
    tenant.run("/integrations/scripts/create", manual(**ON), "immuta", tolerated=("42710",))


def test_finalising_needs_what_the_scripts_make(tenant):
    status, response = tenant.ask("POST", "/integrations", manual())
    assert status == 422
    assert "Cannot log in" in str(_failed(response))
    tenant.run("/integrations/scripts/initial-create", manual(), "dev")
    status, response = tenant.ask("POST", "/integrations", manual())
    assert status == 422
    assert "Missing: schema immuta_system" in _failed(response)["Validate Manual: Immuta Objects Exist"]
    tenant.run("/integrations/scripts/create", manual(), "immuta")
    status, response = tenant.ask("POST", "/integrations", manual(**ON))
    assert status == 422
    assert "The group crew does not exist" in str(_failed(response))
    assert tenant.ask("POST", "/integrations", manual(password="Wrong1secret"))[0] == 422
    tenant.lab.sql("DROP DATABASE dev WITH (FORCE)", database="immuta")
    assert tenant.ask("POST", "/integrations", manual())[0] == 200


def test_missing_database_and_rights(tenant):
    tenant.run("/integrations/scripts/initial-create", manual(), "dev")
    tenant.lab.sql("DROP DATABASE immuta")
    _status, response = tenant.ask("POST", "/integrations", manual())
    assert "The database immuta does not exist" in _failed(response)["Validate Manual: Database Exists"]
    tenant.lab.sql("DROP USER immuta_system")
    tenant.bootstrapped(manual())
    tenant.lab.sql("REVOKE INSERT ON immuta_system.profile FROM immuta_system", database="immuta")
    _status, response = tenant.ask("POST", "/integrations", manual())
    assert "lacks INSERT on immuta_system.profile" in str(_failed(response))


def test_automatic_life(tenant):
    assert tenant.ask("POST", "/integrations", tenant.one_time())[0] == 200
    assert tenant.settled() == "enabled"
    assert "immuta" in tenant.databases()
    tenant.ask("PUT", "/integrations/1", tenant.one_time(**ON))
    assert tenant.settled() == "enabled"
    assert {"crew", "immuta_system_immuta"} <= tenant.users()
    wrong = {"username": "awsuser", "password": PASSWORD}
    assert tenant.ask("DELETE", "/integrations/1", wrong)[0] == 422
    right = {**wrong, "password": tenant.lab.redshift_admin_password}
    assert tenant.ask("DELETE", "/integrations/1", right)[0] == 200
    assert tenant.settled() == "404"
    assert "immuta" not in tenant.databases()
    assert not {"crew", "immuta_system_immuta"} & tenant.users()


def test_automatic_refusals(tenant):
    status, response = tenant.ask("POST", "/integrations", automatic())
    assert status == 422
    assert list(_failed(response)) == ["Initial Validation: Basic Connection Test"]
    limited = automatic(username=tenant.lab.redshift_limited_user, password=tenant.lab.redshift_limited_password)
    assert list(_failed(tenant.ask("POST", "/integrations", limited)[1])) == [
        "Validate Automatic Bootstrap User Grants"
    ]
    tenant.lab.sql("CREATE DATABASE immuta")
    existing = tenant.one_time()
    failed = _failed(tenant.ask("POST", "/integrations", existing)[1])
    assert list(failed) == ["Validate Automatic: Database Does Not Exist"]
    tenant.lab.switches(existing_database_allowed=True)
    assert tenant.ask("POST", "/integrations", existing)[0] == 200
    assert tenant.settled() == "enabled"
    tenant.ask("DELETE", "/integrations/1", existing["config"])
    assert tenant.settled() == "404"
    assert "immuta" in tenant.databases()


def test_cleanup_after_a_failed_create(tenant):
    tenant.bootstrapped(manual(**ON))
    tenant.lab.switches(create_outcome="error")
    tenant.ask("POST", "/integrations", manual(**ON))
    assert tenant.settled() == "createError"
    tenant.run("/integrations/scripts/cleanup", manual(**ON), "immuta")
    assert "immuta_system" not in tenant.users()
