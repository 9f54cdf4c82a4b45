# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_preflight, without a database."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._module import redshift_preflight as preflight_core
from ansible_collections.community.immuta.plugins.module_utils._redshift.server_errors import ServerError
from ansible_collections.community.immuta.plugins.modules import redshift_preflight
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import FakeSession, play_sql

VERSION = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.123456"
ADMIN = {"version": VERSION, "superuser": True, "create_database": True}
PLAIN = {"version": VERSION, "superuser": False, "create_database": False}
NO_SUCH = ServerError("42704", "unrecognized configuration parameter")
BOTH = ["create_database", "create_user"]


def server(facts=None, **results):
    """A server that returns these results; ``case``, ``privileges``, ``database``, ``user``."""
    found = {
        "version()": [ADMIN if facts is None else facts],
        "SHOW": results.get("case", [{"x": "off"}]),
        "svv_system_privileges": results.get("privileges", []),
        "pg_database": results.get("database", []),
        "FROM pg_user WHERE": results.get("user", []),
    }
    return FakeSession(results=found)


def run(session, check=False, **options):
    return play_sql(redshift_preflight, options, session, preflight_core, check)


def test_everything_is_right():
    session = server()
    result = run(session, rights=BOTH, database="immuta", username="immuta_system", password=MARKER)
    assert result["changed"] is False
    assert result["superuser"] is True
    assert result["rights"] == BOTH
    assert result["version"] == VERSION
    assert not result["database_exists"]
    assert not result["user_exists"]
    assert session.done == []
    assert session.closed == 1


def test_what_exists():
    asked = []

    def found(values):
        asked.extend(values)
        return [{"found": 1}]

    result = run(server(database=found, user=found), database="immuta", username="Immuta_System")
    assert result["database_exists"]
    assert result["user_exists"]
    assert asked == ["immuta", "Immuta_System"]


def test_existing_objects():
    there = {"database": [{"found": 1}], "user": [{"found": 1}]}
    names = {"database": "immuta", "username": "system"}
    assert run(server(**there), **names)["warnings"] == []
    assert len(run(server(**there), existing_objects="adopt", **names)["warnings"]) == 1
    names["rights"] = ["create_database"]
    assert len(run(server(**there), existing_objects="adopt", **names)["warnings"]) == 2
    assert len(run(server(**there), existing_objects="fail", **names)["failure"]["problems"]) == 2


def test_rights_through_privileges():
    row = [{"system_privilege": "create user"}]
    assert run(server(PLAIN, privileges=row))["rights"] == ["create_user"]
    assert run(server({**PLAIN, "create_database": True}))["rights"] == ["create_database"]
    assert run(server(PLAIN, privileges=NO_SUCH))["rights"] == []


def test_missing_rights():
    result = run(server(PLAIN), rights=BOTH)
    assert "not allowed to create databases and create users" in result["msg"]
    result = run(server(PLAIN, database=[{"found": 1}]), rights=BOTH, database="immuta")
    assert "not allowed to create users" in result["msg"]


@pytest.mark.parametrize(("db_user", "is_created"), [(None, True), ("awsuser", False)])
def test_a_user_that_iam_creates_has_no_privileges(db_user, is_created):
    login_aws = {"cluster_identifier": "c", "region": "eu-west-1", "db_user": db_user}
    message = run(server(PLAIN), rights=BOTH, login_aws=login_aws)["msg"]
    assert ("creates a user without privileges for an IAM identity" in message) is is_created


@pytest.mark.parametrize(("value", "on"), [("on", True), ("true", True), ("off", False), ("false", False)])
def test_case_sensitive_identifiers(value, on):
    assert bool(run(server(case=[{"x": value}])).get("failed")) is on


def test_a_server_that_does_not_know_the_parameter():
    assert run(server(case=NO_SUCH))["case_sensitive_identifier"] is False


def test_not_redshift():
    postgresql = {**ADMIN, "version": "PostgreSQL 15.4"}
    assert "does not identify itself as Amazon Redshift" in run(server(postgresql))["msg"]
    assert not run(server(postgresql), require_redshift=False).get("failed")


def test_everything_at_once():
    result = run(
        server({**PLAIN, "version": "PostgreSQL 15"}, case=[{"x": "on"}]),
        rights=BOTH,
        database="Immuta",
        password="short",
    )
    assert len(result["failure"]["problems"]) == 5
    assert result["failure"]["checks"] == {"login": "passed", "rights": "failed", "password": "failed"}
    assert "Nothing was changed." in result["msg"]


def test_no_login_and_a_bad_password_at_once():
    result = run(DatabaseError("Logging in: refused."), password="short1")
    assert len(result["failure"]["problems"]) == 2
    assert "short1" not in str(result)


def test_a_server_that_shows_nothing():
    broken = FakeSession(results={"version()": ServerError(None, "server closed the connection")})
    assert "server closed the connection" in run(broken)["msg"]
    assert "does not identify itself as Amazon Redshift" in run(FakeSession())["msg"]


def test_the_password_is_checked_against_the_rules_of_redshift():
    assert "upper-case" in run(server(), password="immuta1x")["msg"]
    for password in ("Immuta1x", "md5" + "0a" * 16):
        assert not run(server(), password=password).get("failed")


@pytest.mark.parametrize(
    ("name", "said"),
    [("Immuta", "lower case"), ("a" * 128, "127"), ("a-b", "plain name"), ("1a", "plain name"), ("", "plain name")],
)
def test_database_names(name, said):
    assert said in run(server(), database=name)["msg"]
    assert not run(server(), database="_ab$1").get("failed")


PATCH_198 = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift "


@pytest.mark.parametrize(
    ("version", "warns"),
    [
        ("1.0.204435", False),
        ("1.0.204436", True),
        ("1.0.323213", True),
        ("1.1.1", True),
        ("1.0.99999", False),
        ("of tomorrow", False),
    ],
)
def test_a_version_without_python_udfs(version, warns):
    facts = {**ADMIN, "version": PATCH_198 + version}
    result = run(server(facts), python_udfs=True)
    assert bool(result["warnings"]) is warns
    assert result["redshift_version"] == (version if version[0] == "1" else None)
    assert run(server(facts))["warnings"] == []
    if warns:
        assert f"runs Amazon Redshift {version}, which does not create Python UDFs" in result["warnings"][0]


def test_sentences_about_existing_objects():
    session = {"database": [{"found": 1}], "user": [{"found": 1}]}
    options = {"database": "immuta", "username": "Immuta_Sys", "rights": ["create_database"]}
    assert run(server(**session), existing_objects="adopt", **options)["warnings"] == [
        "Database immuta already exists on redshift.example.com and will be reused.",
        "User Immuta_Sys already exists on redshift.example.com and will be reused.",
    ]
    assert (
        "already exists on redshift.example.com. Choose another name"
        in run(server(**session), existing_objects="fail", **options)["msg"]
    )
