# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode and the real run agree on every operation, and check mode writes nothing anywhere."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from tests.integration.support.lifecycle import NEW_PASSWORD, ON, apply, snapshot, state
from tests.integration.support.playbook_runner import PlaybookRunner, Run
from tests.integration.support.scenarios import (
    AT_ONCE,
    HOST,
    INTEGRATION,
    Options,
    automatic,
    calls,
    changed,
    left_behind,
    module_play,
    outcome,
    put_manual,
    record,
    step,
    writes,
)
from tests.lab.client import LabClient


@dataclasses.dataclass(frozen=True)
class Case:
    """An operation of the role on a manual integration.

    :param before: the status of the integration before it, None if there is none
    :param was: settings that were different before
    """

    operation: str
    settings: Options
    before: str | None = "enabled"
    was: Options = dataclasses.field(default_factory=dict)


CASES = {
    "create": Case("created", {}, None),
    "create with one script": Case("created", {"initial_database": None}, None),
    "create by hand-over": Case("none", {"run_scripts": False}, None),
    "create after hand-over": Case("created", {"scripts_done": True}),
    "update": Case("updated", ON),
    "impersonation off": Case("updated", {"impersonation": {"enabled": False}}, was=ON),
    "another group": Case("updated", {"impersonation": {"enabled": True, "role": "others"}}, was=ON),
    "reset the password": Case("updated", {**ON, "reset_password": True}),
    "update by hand-over": Case("none", {**ON, "run_scripts": False}),
    "rotate": Case("updated", {"update_password": "always", "password": NEW_PASSWORD}),
    "repair an edit": Case("repaired", {}, "editError"),
    "repair a creation": Case("repaired", {}, "createError"),
    "repair a migration": Case("repaired", {}, "migrateError"),
    "repair a deletion": Case("repaired", {}, "deleteError"),
    "start over": Case("created", {"cleanup_on_error": True}, "createError"),
    "delete once more": Case("deleted", {"state": "absent"}, "deleteError"),
    "delete": Case("deleted", {"state": "absent"}),
    "delete and drop": Case("deleted", {"state": "absent", "drop_objects": True}),
    "drop what is left": Case("none", {"state": "absent", "drop_objects": True}, "deleted"),
    "absent already": Case("none", {"state": "absent"}, None),
    "nothing": Case("none", {}),
}


def prepare(lab: LabClient, name: str) -> None:
    """Bring the lab into the state before an operation."""
    lab.switches(**AT_ONCE)
    case = CASES[name]
    if case.before:
        put_manual(lab, **case.was)
        lab.set_status("deleted" if "after" in name else case.before)
    elif case.settings.get("initial_database", "") is None:
        lab.sql("CREATE DATABASE immuta_policies")
    lab.clear_requests()


def diffs(run: Run) -> list[t.Any]:
    """Return the diffs of the integration that a run showed, without those that show nothing."""
    rows = [row["result"].get("diff") for row in run.tasks if row["action"] == INTEGRATION]
    return [diff for diff in rows if diff and diff["before"] != diff["after"]]


def reported(run: Run) -> Options:
    """Return what a run reported, as far as check mode can know it."""
    result = outcome(run)
    return {
        "operation": result["operation"],
        "changed": result["changed"],
        "config": (result["integration"] or {}).get("config"),
        "scripts": [(row["script"], row["database"], verbs(row["statements"])) for row in result["scripts"]],
        "changes": bool(changed(run)),
    }


def verbs(statements: t.Any) -> t.Any:
    """Return the verbs of a script, or their number if it was only generated."""
    return statements if isinstance(statements, int) else [row["verb"] for row in statements]


def without_defaults(row: Options) -> Options:
    """Return what was reported without the defaults that Immuta adds to a new integration."""
    if row["operation"] != "created":
        return row
    config = {name: value for name, value in (row["config"] or {}).items() if name not in ("port", "impersonation")}
    return {**row, "config": config}


@pytest.mark.parametrize("name", CASES)
def test_role(lab: LabClient, playbook: PlaybookRunner, tmp_path: t.Any, name: str) -> None:
    case = CASES[name]
    prepare(lab, name)
    settings = dict(case.settings)
    if "run_scripts" in settings:
        settings["scripts_dir"] = str(tmp_path / "scripts")
    before, status, wrote = snapshot(lab), state(lab), len(writes(lab))
    preview = apply(playbook, lab, **settings, run={"check": True, "diff": True})
    assert [name for name in calls(lab) if not name.startswith("GET") and "/scripts/" not in name] == []
    assert (snapshot(lab), state(lab), len(writes(lab))) == (before, status, wrote)
    assert left_behind(preview) == []
    assert not (tmp_path / "scripts").exists()

    run = apply(playbook, lab, **settings, run={"diff": True})
    assert outcome(run)["operation"] == case.operation
    would, did = without_defaults(reported(preview)), without_defaults(reported(run))
    if name == "start over":  # Immuta generates no create script while the failed integration exists
        assert [row[0] for row in did.pop("scripts")] == ["cleanup", "initial_create", "create"]
        assert [row[0] for row in would.pop("scripts")] == ["cleanup"]
        del would["config"], did["config"]
    assert would == did
    shown, real = diffs(preview), diffs(run)
    assert shown[:1] == (real[:1] if name == "start over" else real[-1:])
    assert bool(shown) is (case.operation != "none" and not name.startswith("repair")) or "hand-over" in name


def test_module(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Each operation of an automatic integration: predicted, then done."""
    lab.switches(**AT_ONCE, check_warehouse=False)
    wanted, host = automatic(lab), "broken.example.com"
    lab.seed({**record(automatic(lab, host=host)), "id": "50", "status": "editError"})
    operations: dict[str, tuple[str, Options]] = {
        "create": ("created", wanted),
        "nothing": ("none", wanted),
        "update": ("updated", {**wanted, **ON}),
        "rotate": ("updated", {**wanted, **ON, "update_password": "always"}),
        "repair": ("repaired", {**wanted, "host": host}),
        "delete": ("deleted", {**wanted, "state": "absent"}),
        "absent": ("none", {**wanted, "state": "absent"}),
    }
    steps = []
    for name, (_operation, options) in operations.items():
        steps += [step(f"would {name}", INTEGRATION, options, check_mode=True, diff=True)]
        steps += [step(f"does {name}", INTEGRATION, options, diff=True)]
    run = playbook(module_play(lab, *steps))
    for name, (operation, _options) in operations.items():
        would, does = run.task(f"would {name}"), run.task(f"does {name}")
        assert would["operation"] == does["operation"] == operation
        assert would["changed"] is does["changed"] is (operation != "none")
        assert would["diff"] == does["diff"]
    sent = [row["method"] for row in lab.requests() if row["method"] != "GET"]
    assert sent == ["POST", "PUT", "PUT", "PUT", "DELETE"]
    assert [row["config"]["host"] for row in lab.integrations()] == [host]
    assert HOST not in str(lab.integrations())
