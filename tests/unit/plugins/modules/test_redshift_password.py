# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_password, without a database."""

from __future__ import annotations

from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._module import redshift_password as password_core
from ansible_collections.community.immuta.plugins.module_utils._redshift.server_errors import ServerError
from ansible_collections.community.immuta.plugins.modules import redshift_password
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.session import LOGIN, FakeSession, play_sql

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
    assert result["diff"] == {"before": {"password": "(different)"}, "after": {"password": "(as specified)"}}


def test_check_mode_only_logs_in():
    assert run_password([("immuta_system", WRONG)], check=True)["changed"] is True


def test_the_new_password_does_not_work():
    result = run_password([("immuta_system", WRONG), ("admin", admin()), ("immuta_system", WRONG)])
    assert "logging in with it still fails" in result["msg"]


def test_another_problem_than_the_password():
    assert "timed out" in run_password([("immuta_system", DatabaseError("Logging in: timed out"))])["msg"]


def test_there_is_no_such_user():
    result = run_password([("immuta_system", WRONG), ("admin", FakeSession())])
    assert "does not have a user immuta_system" in result["msg"]


def test_the_privilege_is_missing():
    session = admin({ALTER: [ServerError("42501", "permission denied")]})
    result = run_password([("immuta_system", WRONG), ("admin", session)])
    assert "permission denied" in result["msg"]
    assert result["failure"]["sqlstate"] == "42501"


def test_a_password_that_could_leave_its_literal_is_never_sent():
    for password in ("Immuta1x'; DROP USER a; --", "Immuta1x\\", "Immuta1x\n"):
        assert "Redshift would reject" in run_password([], password=password)["msg"]


def test_a_name_is_quoted():
    session = FakeSession(results={"pg_user": [{"usename": 'od"d'}]})
    run_password([("immuta_system", WRONG), ("admin", session), ("immuta_system", FakeSession())])
    assert session.done == [f'ALTER USER "od""d" PASSWORD \'{MARKER}\'']
