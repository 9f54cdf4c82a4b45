# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_preflight and redshift_password, over a session that is none."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._module import redshift_password as password_core
from ansible_collections.community.immuta.plugins.module_utils._module import redshift_preflight as preflight_core
from ansible_collections.community.immuta.plugins.module_utils._redshift.session import StatementError
from ansible_collections.community.immuta.plugins.modules import redshift_password, redshift_preflight
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import LOGIN, FakeSession, play_sql

VERSION = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.123456"
ADMIN = {"version": VERSION, "superuser": True, "create_database": True}
PLAIN = {"version": VERSION, "superuser": False, "create_database": False}
NO_SUCH = StatementError("42704", "unrecognized configuration parameter")
BOTH = ["create_database", "create_user"]


def server(facts=None, **answers):
    """A server by its answers; C(case), C(privileges), C(database), C(user)."""
    found = {
        "version()": [ADMIN if facts is None else facts],
        "SHOW": answers.get("case", [{"x": "off"}]),
        "svv_system_privileges": answers.get("privileges", []),
        "pg_database": answers.get("database", []),
        "FROM pg_user WHERE": answers.get("user", []),
    }
    return FakeSession(answers=found)


def run(session, check=False, **options):
    return play_sql(redshift_preflight, options, session, preflight_core, check)


def test_all_is_well():
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
    assert asked == ["immuta", "immuta_system"]


def test_existing_objects():
    there = {"database": [{"found": 1}], "user": [{"found": 1}]}
    names = {"database": "immuta", "username": "system"}
    assert run(server(**there), **names)["warnings"] == []
    assert len(run(server(**there), existing_objects="warn", **names)["warnings"]) == 1
    names["rights"] = ["create_database"]
    assert len(run(server(**there), existing_objects="warn", **names)["warnings"]) == 2
    assert len(run(server(**there), existing_objects="fail", **names)["failure"]["problems"]) == 2


def test_rights_through_privileges():
    row = [{"system_privilege": "create user"}]
    assert run(server(PLAIN, privileges=row))["rights"] == ["create_user"]
    assert run(server({**PLAIN, "create_database": True}))["rights"] == ["create_database"]
    assert run(server(PLAIN, privileges=NO_SUCH))["rights"] == []


def test_missing_rights():
    result = run(server(PLAIN), rights=BOTH)
    assert "may not create databases and create users" in result["msg"]
    result = run(server(PLAIN, database=[{"found": 1}]), rights=BOTH, database="immuta")
    assert "may not create users" in result["msg"]


@pytest.mark.parametrize(("value", "on"), [("on", True), ("true", True), ("off", False), ("false", False)])
def test_case_sensitive_identifiers(value, on):
    assert bool(run(server(case=[{"x": value}])).get("failed")) is on


def test_a_server_that_does_not_know_the_parameter():
    assert run(server(case=NO_SUCH))["case_sensitive_identifier"] is False


def test_not_redshift():
    postgresql = {**ADMIN, "version": "PostgreSQL 15.4"}
    assert "not Amazon Redshift" in run(server(postgresql))["msg"]
    assert not run(server(postgresql), require_redshift=False).get("failed")


def test_everything_at_once():
    result = run(
        server({**PLAIN, "version": "PostgreSQL 15"}, case=[{"x": "on"}]),
        rights=BOTH,
        database="Immuta",
        password="short",
    )
    assert len(result["failure"]["problems"]) == 5
    assert "Nothing was changed." in result["msg"]


def test_no_login_and_a_bad_password_at_once():
    result = run(DatabaseError("Logging in: refused."), password="short1")
    assert len(result["failure"]["problems"]) == 2
    assert "short1" not in str(result)


def test_a_server_that_tells_nothing():
    broken = FakeSession(answers={"version()": StatementError(None, "server closed the connection")})
    assert "server closed the connection" in run(broken)["msg"]
    assert "not Amazon Redshift" in run(FakeSession())["msg"]


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("Immuta1", "8 to 64"),
        ("Immuta1" + "x" * 58, "8 to 64"),
        ("immuta1x", "upper-case"),
        ("IMMUTA1X", "lower-case"),
        ("Immutaxx", "digit"),
        ("Immuta1 x", "space"),
        ("Immuta1x\n", "space"),
        ("Immuta1é", "ASCII"),
        *((f"Immuta1x{sign}", "holds one of") for sign in "'\"\\/@"),
    ],
)
def test_passwords_that_redshift_refuses(password, said):
    assert said in run(server(), password=password)["msg"]


@pytest.mark.parametrize("password", ["Immuta1x", "Im1%$;&*()x", "I1" + "x" * 62, "md5" + "0a" * 16])
def test_passwords_that_redshift_takes(password):
    assert not run(server(), password=password).get("failed")


@pytest.mark.parametrize(
    ("name", "said"),
    [("Immuta", "lower case"), ("a" * 128, "127"), ("a-b", "plain name"), ("1a", "plain name"), ("", "plain name")],
)
def test_database_names(name, said):
    assert said in run(server(), database=name)["msg"]
    assert not run(server(), database="_ab$1").get("failed")


# redshift_password

WRONG = DatabaseError('Logging in: password authentication failed for user "immuta_system"')
SYSTEM = {"username": "immuta_system", "password": MARKER}
ALTER = f"ALTER USER \"immuta_system\" PASSWORD '{MARKER}'"


def run_password(logins, check=False, **options):
    """Play logins in turn: (user, session or error)."""
    todo = list(logins)

    def connect(login):
        user, session = todo.pop(0)
        assert login["login_user"] == user
        assert login["login_password"] == (MARKER if user == SYSTEM["username"] else LOGIN["login_password"])
        return session

    result = play_sql(redshift_password, {**SYSTEM, **options}, connect, password_core, check)
    assert not todo
    return result


def admin(failures=None):
    return FakeSession(failures, {"pg_user": [{"usename": "immuta_system"}]})


def test_the_password_is_right_already():
    assert run_password([("immuta_system", FakeSession())])["changed"] is False


def test_the_password_is_set_and_proved():
    session = admin()
    result = run_password([("immuta_system", WRONG), ("admin", session), ("immuta_system", FakeSession())])
    assert result["changed"] is True
    assert session.done == [ALTER]
    assert result["diff"] == {"before": {"password": "(another one)"}, "after": {"password": "(as given)"}}


def test_check_mode_logs_in_alone():
    assert run_password([("immuta_system", WRONG)], check=True)["changed"] is True


def test_the_password_is_refused_all_the_same():
    result = run_password([("immuta_system", WRONG), ("admin", admin()), ("immuta_system", WRONG)])
    assert "refused all the same" in result["msg"]


def test_another_fault_than_the_password_is_told():
    assert "timed out" in run_password([("immuta_system", DatabaseError("Logging in: timed out"))])["msg"]


def test_there_is_no_such_account():
    result = run_password([("immuta_system", WRONG), ("admin", FakeSession())])
    assert "no account immuta_system" in result["msg"]


def test_the_right_is_missing():
    session = admin({ALTER: [StatementError("42501", "permission denied")]})
    result = run_password([("immuta_system", WRONG), ("admin", session)])
    assert "permission denied" in result["msg"]
    assert result["failure"]["sqlstate"] == "42501"


def test_a_password_that_could_leave_its_literal_is_never_sent():
    for password in ("Immuta1x'; DROP USER a; --", "Immuta1x\\", "Immuta1x\n"):
        assert "Redshift would refuse" in run_password([], password=password)["msg"]


def test_a_name_is_quoted():
    session = FakeSession(answers={"pg_user": [{"usename": 'od"d'}]})
    run_password([("immuta_system", WRONG), ("admin", session), ("immuta_system", FakeSession())])
    assert session.done == [f'ALTER USER "od""d" PASSWORD \'{MARKER}\'']
