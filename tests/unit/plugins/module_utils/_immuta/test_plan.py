# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans: what is to be done, decided without a request."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import OptionError
from ansible_collections.community.immuta.plugins.module_utils._immuta.config_fields import settings_of
from ansible_collections.community.immuta.plugins.module_utils._immuta.plan import plan_absent, plan_present
from ansible_collections.community.immuta.plugins.module_utils._immuta.record import IntegrationRecord
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    AUTOMATIC,
    HOST,
    MANUAL,
    body,
    row,
)

ON = {"enabled": True, "role": "crew"}
ONLY_HOST = {"host": HOST}


def present(raw, wanted, **options):
    """Plan the presence of an integration that Immuta returns like this, None if there is none."""
    return plan_present(raw and IntegrationRecord(raw), settings_of(wanted), options)


def absent(raw, wanted):
    """Plan the absence, likewise."""
    return plan_absent(raw and IntegrationRecord(raw), settings_of(wanted))


def test_create():
    plan = present(None, MANUAL)
    assert (plan.operation, plan.record, plan.payload, plan.refusal) == ("created", None, body(), None)
    assert plan.after().as_options()["status"] == "enabled"


def test_create_with_too_little():
    plan = present(None, ONLY_HOST)
    assert plan.operation == "created"
    assert "database" in plan.refusal.message


def test_create_with_an_unknown_id():
    assert "id 7" in present(None, MANUAL, id="7").refusal.message


@pytest.mark.parametrize("options", [{}, {"update_password": "on_create"}, {"id": "7"}])
def test_nothing_to_do(options):
    plan = present(row(), MANUAL, **options)
    assert (plan.operation, plan.payload, plan.changes, plan.refusal) == ("none", None, {}, None)
    assert plan.after() is plan.record


def test_update():
    plan = present(row(), {**MANUAL, "impersonation": ON})
    assert (plan.operation, plan.payload, plan.refusal) == ("updated", body(impersonation=ON), None)
    assert {name: (change.before, change.after) for name, change in plan.changes.items()} == {
        "impersonation": (None, ON)
    }
    assert plan.after().as_options()["config"]["impersonation"] == ON


def test_an_update_without_credentials_shows_what_differs():
    """A report compares without them."""
    plan = present(row(), {**ONLY_HOST, "impersonation": ON})
    assert (plan.operation, list(plan.changes)) == ("updated", ["impersonation"])
    assert "set username and password" in plan.refusal.message
    with pytest.raises(OptionError, match="Nothing was sent"):
        plan.raise_refusal()


def test_push_the_password():
    plan = present(row(), MANUAL, update_password="always")
    assert (plan.operation, plan.pushes_password, plan.changes) == ("updated", True, {})
    assert present(row(), ONLY_HOST, update_password="always").operation == "none"


@pytest.mark.parametrize("name", ["database", "initial_database", "port", "auto_bootstrap"])
def test_what_immuta_does_not_edit(name):
    other = {"port": 1, "auto_bootstrap": True}.get(name, "other")
    plan = present(row(), {**MANUAL, name: other})
    assert (plan.operation, plan.payload, list(plan.changes)) == ("updated", None, [name])
    assert plan.refusal.details["not_editable"] == [name]


@pytest.mark.parametrize("status", ["createError", "editError", "migrateError", "deleteError"])
def test_repair(status):
    plan = present(row(status=status), MANUAL)
    assert (plan.operation, plan.payload) == ("repaired", body())


def test_only_a_failed_creation_can_be_changed_completely():
    wanted = {**MANUAL, "database": "other"}
    assert present(row(status="createError"), wanted).payload == body(database="other")
    assert present(row(status="editError"), wanted).refusal


@pytest.mark.parametrize("status", ["creating", "recurringValidationError", "hibernating"])
def test_other_states_are_compared(status):
    assert present(row(status=status), MANUAL).operation == "none"


def test_delete():
    plan = absent(row(), ONLY_HOST)
    assert (plan.operation, plan.payload, plan.refusal, plan.after()) == ("deleted", None, None, None)


def test_delete_an_automatic_integration():
    login = {"authenticationType": "userPassword", "username": "one_time_admin", "password": MARKER}
    assert absent(row("automatic"), AUTOMATIC).payload == login
    assert "privileged credentials" in absent(row("automatic"), ONLY_HOST).refusal.message


def test_delete_the_id_of_another_host():
    assert HOST in absent(row(), {"host": "other.example.com"}).refusal.message


def test_deleted_already():
    assert absent(None, ONLY_HOST).operation == "none"
    assert absent(row(status="deleting"), ONLY_HOST).operation == "none"
