# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed after any statement in Redshift and run again finishes, and harms nothing."""

from __future__ import annotations

import pytest

from tests.integration.support.lifecycle import (
    FLOWS,
    OF_A_SCRIPT,
    Ends,
    add_owners_row,
    assert_finished,
    killed,
    owners_rows,
    start_flow,
)
from tests.integration.support.playbook_runner import DRIVERS, PlaybookRunner
from tests.integration.support.scenarios import DATABASE, outcome, role_play, statuses
from tests.lab.client import LabClient

Point = tuple[str, str, int]

ALL: list[Point] = [
    (name, database, number)
    for name, flow in FLOWS.items()
    for database, count in flow.statements.items()
    for number in range(1, count + 1)
]


def label(point: Point) -> str:
    """Return the name of a point."""
    return "-".join(map(str, point))


def kill_and_resume(playbook: PlaybookRunner, lab: LabClient, ends: Ends, point: Point, driver: str) -> None:
    """Kill a run after its statement of this number in this database, and run it again."""
    name, database, number = point
    end, flow = ends.of(name, lab, playbook), FLOWS[name]
    flow.prepare(lab)
    run = start_flow(playbook, lab, flow, driver)
    at = {"on": OF_A_SCRIPT, "user": lab.redshift_admin_user, "database": database, "skip": number - 1}
    lab.proxy_fault(kind="kill", pid=-run.pid, **at)
    killed(run)
    owner = name != "delete" and add_owners_row(lab)
    again = playbook(role_play(), extra_vars=flow.variables(lab), driver=driver)
    assert all(statuses(script) <= {"ok", "tolerated"} for script in outcome(again)["scripts"])
    assert_finished(name, lab, end)
    if name != "delete":
        assert owners_rows(lab) == (["before"] if flow.before else []) + (["between"] if owner else [])


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("point", ALL, ids=label)
def test_killed_after_every_statement(
    lab: LabClient, playbook: PlaybookRunner, ends: Ends, point: Point, driver: str
) -> None:
    kill_and_resume(playbook, lab, ends, point, driver)


@pytest.mark.parametrize("number", range(1, FLOWS["bootstrap"].statements[DATABASE] + 1, 3))
def test_killed_in_a_script_that_runs_once(lab: LabClient, playbook: PlaybookRunner, ends: Ends, number: int) -> None:
    """The objects exist already, so that the second script is run statement by statement, and is killed."""
    end, flow = ends.of("bootstrap", lab, playbook), FLOWS["bootstrap"]
    flow.prepare(lab, script_create_rerunnable=False)
    lab.fault(kind="status", method="POST", path="^/integrations$", status=500)
    playbook(role_play(), extra_vars=flow.variables(lab), expect_rc=2)
    assert add_owners_row(lab)
    run = start_flow(playbook, lab, flow)
    at = {"on": OF_A_SCRIPT, "user": lab.redshift_admin_user, "database": DATABASE}
    lab.proxy_fault(kind="kill", pid=-run.pid, **at, skip=number - 1)
    killed(run)
    playbook(role_play(), extra_vars=flow.variables(lab))
    assert_finished("bootstrap", lab, end)
    assert owners_rows(lab) == ["between"]
