# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed after any request to Immuta and run again finishes, and no write is sent twice by mistake."""

from __future__ import annotations

import re
import typing as t

import pytest

from tests.integration.support.lifecycle import (
    FLOWS,
    Ends,
    add_owners_row,
    assert_finished,
    killed,
    left_running,
    owners_rows,
    start_flow,
)
from tests.integration.support.playbook_runner import DRIVERS, PlaybookRunner
from tests.integration.support.scenarios import left_behind, outcome, role_play
from tests.lab.client import LabClient

#: Immuta is still working when the next run reads the integration
STILL_AT_IT = {"create_seconds": 3.0, "edit_seconds": 3.0, "delete_seconds": 3.0}
#: the request that changes something in Immuta: method, and path as a regular expression
WRITES = {
    "bootstrap": ("POST", "^/integrations$"),
    "update": ("PUT", "^/integrations/1$"),
    "rotation": ("PUT", "^/integrations/1$"),
    "delete": ("DELETE", "^/integrations/1$"),
}
POINTS = [(name, number) for name, flow in FLOWS.items() for number in range(1, flow.requests + 1)]
#: nothing is half done after a read: those of the later operations are left to the slow tests
READS = (1, 2, 4)


def marked(name: str, number: int) -> t.Any:
    """Return a point as a parameter."""
    slow = name != "bootstrap" and number in READS
    return pytest.param(name, number, id=f"{name}-{number}", marks=[pytest.mark.slow] if slow else [])


def resume(playbook: PlaybookRunner, lab: LabClient, name: str, end: t.Any, driver: str | None = None) -> None:
    """Run the killed operation again, and check the result."""
    owner = name != "delete" and add_owners_row(lab)
    again = playbook(role_play(), extra_vars=FLOWS[name].variables(lab), driver=driver)
    assert outcome(again)["operation"] in ("created", "updated", "deleted", "none")
    assert left_behind(again) == []
    assert_finished(name, lab, end)
    if name != "delete":
        rows = (["before"] if FLOWS[name].before else []) + (["between"] if owner else [])
        assert owners_rows(lab) == rows


def sent(lab: LabClient, method: str, path: str) -> list[dict[str, t.Any]]:
    """Return the requests of this method to this path."""
    return [row for row in lab.requests() if row["method"] == method and re.search(path, row["path"])]


def kill_and_resume(
    playbook: PlaybookRunner, lab: LabClient, name: str, number: int, end: t.Any, driver: str | None = None
) -> None:
    """Kill a run after its request of this number, and run it again."""
    FLOWS[name].prepare(lab)
    lab.clear_requests()
    run = start_flow(playbook, lab, FLOWS[name], driver)
    lab.fault(kind="kill", pid=-run.pid, skip=number - 1)
    killed(run)
    assert len(lab.requests()) == number
    resume(playbook, lab, name, end, driver)
    # A rotation is always sent, since Immuta does not return passwords; everything else once.
    assert len(sent(lab, *WRITES[name])) == (2 if name == "rotation" and number >= FLOWS[name].requests - 1 else 1)


@pytest.mark.parametrize(("name", "number"), [marked(*point) for point in POINTS])
def test_killed_after_request(lab: LabClient, playbook: PlaybookRunner, ends: Ends, name: str, number: int) -> None:
    end = ends.of(name, lab, playbook)
    driver = DRIVERS[number % len(DRIVERS)]
    kill_and_resume(playbook, lab, name, number, end, driver)


@pytest.mark.parametrize(("name", "number"), [marked(*point) for point in POINTS])
def test_killed_after_request_with_the_other_driver(
    lab: LabClient, playbook: PlaybookRunner, ends: Ends, name: str, number: int
) -> None:
    end = ends.of(name, lab, playbook)
    kill_and_resume(playbook, lab, name, number, end, DRIVERS[(number + 1) % len(DRIVERS)])


@pytest.mark.parametrize("name", FLOWS)
def test_killed_while_immuta_is_working(lab: LabClient, playbook: PlaybookRunner, ends: Ends, name: str) -> None:
    end, (method, path) = ends.of(name, lab, playbook), WRITES[name]
    FLOWS[name].prepare(lab, **STILL_AT_IT)
    run = start_flow(playbook, lab, FLOWS[name])
    lab.fault(kind="kill", pid=-run.pid, method=method, path=path)
    killed(run)
    lab.switches(create_seconds=0.0, edit_seconds=0.0, delete_seconds=0.0)
    resume(playbook, lab, name, end)


@pytest.mark.parametrize(("name", "number"), [marked(*point) for point in POINTS])
def test_main_process_killed(lab: LabClient, playbook: PlaybookRunner, ends: Ends, name: str, number: int) -> None:
    """Since ansible-core 2.19, a worker outlives ansible-playbook, and ends its task during the next run."""
    end, flow = ends.of(name, lab, playbook), FLOWS[name]
    flow.prepare(lab)
    run = playbook.start(role_play(), extra_vars=flow.variables(lab))
    lab.fault(kind="kill", pid=run.pid, skip=number - 1)
    with left_running(run):
        killed(run)
        resume(playbook, lab, name, end)


def test_killed_again_and_again(lab: LabClient, playbook: PlaybookRunner, ends: Ends) -> None:
    """Each run gets one request further than the one before, and the last one finishes."""
    end, flow = ends.of("bootstrap", lab, playbook), FLOWS["bootstrap"]
    flow.prepare(lab)
    for number in range(2, flow.requests, 2):
        run = start_flow(playbook, lab, flow)
        lab.fault(kind="kill", pid=-run.pid, skip=number - 1)
        killed(run)
    resume(playbook, lab, "bootstrap", end)
