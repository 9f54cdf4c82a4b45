# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role returns after scripts, and what it shows."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._module._bootstrap_result import (
    bootstrap_result,
    left_directories,
)

from .test_bootstrap_plan import INTEGRATION, absent, plan

SKIPPED = {"skipped": True}
GENERATED = [
    {"dest": "/tmp/a.sql", "statements": 7, "checksum": "aa"},
    {"dest": "/tmp/b.sql", "statements": 29, "checksum": "bb"},
]
RUNS = [
    {
        "statements": [
            {"index": 1, "verb": "CREATE DATABASE"},
            {"index": 2, "verb": "GRANT"},
            {"index": 3, "verb": "GRANT"},
        ]
    },
    {"statements": []},
]
FINISHED = {"operation": "created", "integration": {**INTEGRATION, "id": "1"}}
NOTHING_YET = {"operation": "created", "changed": True, "integration": None, "scripts": []}
FIRST, SECOND = (
    {"script": name, "database": place, "checksum": checksum}
    for name, place, checksum in (("initial_create", "dev", "aa"), ("create", "policies", "bb"))
)


def result(todo, generated=None, runs=None, finished=None, before=None):
    defaults = ((generated, GENERATED), (runs, RUNS), (finished, SKIPPED), (before, NOTHING_YET))
    found = bootstrap_result(todo, *(default if value is None else value for value, default in defaults))
    return found["result"], found["messages"]


def test_a_bootstrap():
    found, messages = result(plan(), finished=FINISHED)
    assert found == {
        "operation": "created",
        "changed": True,
        "integration": FINISHED["integration"],
        "scripts": [{**FIRST, **RUNS[0]}, {**SECOND, **RUNS[1]}],
    }
    assert messages == ["warning: Objects: One is missing.", "passed: Login"]


def test_one_script():
    assert (
        len(result(plan("updated", "enabled"), [GENERATED[0], SKIPPED], [RUNS[0], SKIPPED], FINISHED)[0]["scripts"])
        == 1
    )


def test_a_preview():
    found, messages = result(plan(check_mode=True, integration=INTEGRATION))
    assert (found["operation"], found["changed"], found["integration"]) == ("created", True, INTEGRATION)
    assert messages == ["initial_create in dev: CREATE DATABASE, GRANT (2)", "create in policies: no statement"]


def test_scripts_that_others_run():
    todo = plan(run_scripts=False, scripts_dir="/kept")
    found, (message,) = result(todo, runs=[SKIPPED, SKIPPED])
    assert (found["operation"], found["changed"], found["integration"]) == ("none", False, None)
    assert found["scripts"] == [{**FIRST, "statements": 7}, {**SECOND, "statements": 29}]
    assert "/kept/initial_create.sql in database dev (7 statements); /kept/create.sql in database policies" in message
    assert "redshift_integration_scripts_done=true" in message


def test_scripts_that_others_have_run():
    found, _messages = result(plan(scripts_done=True), [{}, {}], [{}, {}], FINISHED)
    assert (found["operation"], found["scripts"]) == ("created", [])


def test_a_deletion():
    found, messages = result(absent(drop_objects=True), [GENERATED[0], {}], [RUNS[0], {}])
    assert (found["operation"], found["changed"], found["integration"]) == ("deleted", True, None)
    assert found["scripts"] == [{"script": "delete", "database": "policies", "checksum": "aa", **RUNS[0]}]
    assert messages == []


def test_a_deletion_whose_script_others_run():
    todo = absent(drop_objects=True, run_scripts=False, scripts_dir="/kept")
    found, (message,) = result(todo, [GENERATED[0], {}], [SKIPPED, {}])
    assert (found["operation"], found["scripts"][0]["statements"]) == ("deleted", 7)
    assert "Run /kept/delete.sql in database policies" in message


def test_an_integration_that_somebody_else_deleted():
    todo = absent(drop_objects=True, run_scripts=False, scripts_dir="/kept")
    assert result(todo, [{"failed": False}, {}], [SKIPPED, {}])[0]["scripts"] == []
    assert result(todo, [{"failed": False}, {}], [SKIPPED, {}])[1] == []


def test_leftovers():
    found, _messages = result(absent("none", drop_objects=True), [GENERATED[0], {}], [RUNS[0], {}])
    assert (found["operation"], found["changed"], len(found["scripts"])) == ("none", True, 1)


def test_a_cleanup_before_a_creation():
    todo = plan("repaired", "createError", cleanup_on_error=True, integration=INTEGRATION)
    cleaned, messages = result(todo, [GENERATED[0], {}], [RUNS[0], {}])
    assert [row["script"] for row in cleaned["scripts"]] == ["cleanup"]
    assert (cleaned["operation"], messages) == ("created", [])
    found, _messages = result(plan(cleaned_up=True), finished=FINISHED, before=cleaned)
    assert [row["script"] for row in found["scripts"]] == ["cleanup", "initial_create", "create"]


def test_a_preview_of_a_cleanup():
    todo = plan("repaired", "createError", cleanup_on_error=True, check_mode=True)
    assert result(todo, [GENERATED[0], {}], [RUNS[0], {}])[1] == ["cleanup in policies: CREATE DATABASE, GRANT (2)"]
    others = {"run_scripts": False, "scripts_dir": "/kept", "check_mode": True, "cleanup_on_error": True}
    assert result(plan("repaired", "createError", **others), [GENERATED[0], {}], [SKIPPED, {}])[1] == []


def test_messages_of_the_plan_are_shown():
    todo = absent()
    assert result(todo, [{}, {}], [{}, {}])[1] == todo["messages"]


@pytest.mark.parametrize(
    ("generated", "runs", "expected"),
    [
        ([{}, {}], [{}, {}], []),
        ([{"dest": "/run/one/a.sql"}, {}], [{}, {}], ["/run/one"]),
        ([{"dest": "/run/one/a.sql"}, {}], [{"removed": "/run/one/a.sql"}, {}], []),
        ([{"dest": "/run/one/a.sql"}, {"dest": "/run/two/b.sql"}], [{"removed": "/run/one/a.sql"}, {}], ["/run/two"]),
        ([{"dest": "/run/one/a.sql"}, {"failed": True}], [{"failed": True, "msg": "No."}, SKIPPED], ["/run/one"]),
    ],
)
def test_what_no_task_removed(generated, runs, expected):
    assert left_directories(plan(), generated, runs) == expected
    assert left_directories(plan(scripts_dir="/kept"), generated, runs) == []
