# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_integration: check mode sends nothing that changes anything, and reports what the real run does."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.community.immuta.plugins.modules import redshift_integration
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import LIST, MARKER, Call, play
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    AUTOMATIC,
    HOST,
    MANUAL,
    OKTA,
    OKTA_FIELDS,
    ONE,
    body,
    look,
    read,
    row,
    short,
)

ON = {"enabled": True, "role": "crew"}
CREDENTIALS = {"authenticationType": "userPassword", "username": "one_time_admin", "password": MARKER}


def create(kind="manual"):
    sent = Call("POST", LIST, body(kind), data=short("creating"))
    return [sent, look(row(kind, "creating")), look(row(kind))]


def update(kind="manual", **config):
    sent = Call("PUT", ONE, body(kind, **config), data=short("editing"))
    fields = {name: value for name, value in config.items() if name not in ("password", "okta")}
    return [sent, look(row(kind, "editing")), look(row(kind, **fields))]


def delete(sent=None):
    return [Call("DELETE", ONE, sent, data=short("deleting")), look(row(status="deleting")), look(None)]


BUSY = [read(row(status="editing")), look(row(status="editing")), look(row())]
ABSENT = {"host": HOST, "state": "absent"}
NEW_ROLE = {**OKTA, "okta": {**OKTA["okta"], "role": "other"}}
NEW_ROLE_SENT = {**OKTA_FIELDS, "role": "other", "password": MARKER}
NEW_ROLE_CALLS = [
    Call("PUT", ONE, body("okta", okta=NEW_ROLE_SENT), data=short("editing")),
    look(row("okta", okta={**OKTA_FIELDS, "role": "other"})),
]

SCENARIOS = {
    "create": (MANUAL, [read(), *create()]),
    "create an automatic one": (AUTOMATIC, [read(), *create("automatic")]),
    "create with Okta": (OKTA, [read(), *create("okta")]),
    "create after a deletion": (MANUAL, [read(row(status="deleting")), look(None), *create()]),
    "create beside a disabled one": (MANUAL, [read(row(status="disabled")), *create()]),
    "nothing to do": (MANUAL, [read(row())]),
    "nothing to do by id": ({"id": "7"}, [look(row())]),
    "nothing to do after waiting": (MANUAL, BUSY),
    "nothing to do, degraded": (MANUAL, [read(row(status="recurringValidationError"))]),
    "update": ({**MANUAL, "impersonation": ON}, [read(row()), *update(impersonation=ON)]),
    "update after waiting": ({**MANUAL, "impersonation": ON}, [*BUSY, *update(impersonation=ON)]),
    "update an automatic one": (
        {**AUTOMATIC, "impersonation": ON},
        [read(row("automatic")), *update("automatic", impersonation=ON)],
    ),
    "update the account": ({**MANUAL, "username": "new"}, [read(row()), *update(username="new")]),
    "update Okta": (NEW_ROLE, [read(row("okta")), *NEW_ROLE_CALLS]),
    "update a field that is not known": (
        {**MANUAL, "extra_config": {"new": 2}},
        [read(row(new=1)), *update(new=2)],
    ),
    "push the password": ({**MANUAL, "update_password": "always"}, [read(row()), *update()]),
    "repair": (MANUAL, [read(row(status="editError")), *update()]),
    "repair a failed creation": ({**MANUAL, "database": "n"}, [read(row(status="createError")), *update(database="n")]),
    "delete": (ABSENT, [read(row()), *delete()]),
    "delete by id": ({"id": "7", "state": "absent"}, [look(row()), *delete()]),
    "delete an automatic one": ({**AUTOMATIC, "state": "absent"}, [read(row("automatic")), *delete(CREDENTIALS)]),
    "delete once more": (ABSENT, [read(row(status="deleteError")), *delete()]),
    "deleted already": (ABSENT, [read()]),
    "refuse what cannot be edited": ({**MANUAL, "database": "n"}, [read(row())]),
    "refuse to delete without credentials": (ABSENT, [read(row("automatic"))]),
    "refuse to create with too little": ({"host": HOST}, [read()]),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_check_mode_predicts_the_real_run(scenario):
    options, calls = SCENARIOS[scenario]
    real = play(redshift_integration, options, calls)
    reading = list(itertools.takewhile(lambda call: call.method == "GET", calls))
    planned = play(redshift_integration, options, reading, check=True)
    for key in ("changed", "operation", "diff", "failed", "msg"):
        assert planned.get(key) == real.get(key), key


@pytest.mark.parametrize("scenario", ["create", "update", "repair"])
def test_check_mode_predicts_the_integration(scenario):
    options, calls = SCENARIOS[scenario]
    real = play(redshift_integration, options, calls)["integration"]
    reading = list(itertools.takewhile(lambda call: call.method == "GET", calls))
    planned = play(redshift_integration, options, reading, check=True)["integration"]
    assert planned["config"] == real["config"]
    assert planned["status"] == "enabled"
    assert planned["auto_bootstrap"] == real["auto_bootstrap"]
