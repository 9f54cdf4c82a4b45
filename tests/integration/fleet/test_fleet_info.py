# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_fleet_info: every cluster of a play compared in one request for each tenant."""

from __future__ import annotations

import typing as t

from tests.integration.support.playbook_runner import PlaybookRunner, local_host
from tests.integration.support.scenarios import AT_ONCE, Options, calls, manual, play, record, role_vars
from tests.lab.client import LabClient

TASK = {"name": "Compare", "community.immuta.redshift_fleet_info": {}, "register": "fleet", "run_once": True}


def host_of(name: str) -> str:
    """Return the Redshift host of a cluster."""
    return f"{name}.abc123.eu-west-1.redshift.amazonaws.com"


def inventory(clusters: dict[str, Options]) -> Options:
    """Return an inventory with one host for each cluster."""
    hosts = {name: {**local_host(), **variables} for name, variables in clusters.items()}
    return {"redshift_clusters": {"hosts": hosts}}


def cluster(lab: LabClient, name: str, **changes: t.Any) -> Options:
    """Return the variables of a cluster."""
    return role_vars(lab, manual(host=host_of(name)), **changes)


def id_of(lab: LabClient, name: str) -> str:
    """Return the id of the integration of a cluster."""
    return next(str(row["id"]) for row in lab.integrations() if row["config"]["host"] == host_of(name))


def test_every_verdict_with_one_request(lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**AT_ONCE)
    for name in ("good", "drifted", "sick", "busy", "odd", "foreign", "leaving"):
        lab.seed(record(manual(host=host_of(name))))
    for name, status in (("sick", "editError"), ("busy", "editing"), ("odd", "sleeping")):
        lab.set_status(status, id_of(lab, name))
    clusters = {name: cluster(lab, name) for name in ("good", "sick", "busy", "odd", "absent_here")}
    clusters["drifted"] = cluster(lab, "drifted", impersonation={"enabled": True})
    clusters["leaving"] = cluster(lab, "leaving", state="absent")
    clusters["gone"] = cluster(lab, "gone", state="absent")
    clusters["broken"] = {**cluster(lab, "broken"), "redshift_integration_password": "{{ vault_of_nobody }}"}
    clusters["wrong"] = cluster(lab, "wrong", port="many")
    clusters["odd_filter"] = {**cluster(lab, "odd_filter"), "redshift_integration_port": "{{ 1 // 0 }}"}
    clusters["down"] = cluster(lab, "down", immuta_url="http://127.0.0.1:9", retries=0)
    calls(lab)
    run = playbook(play(TASK), inventory=inventory(clusters))
    assert calls(lab) == ["GET /integrations"]
    result = run.task("Compare")
    found = {name: (row["verdict"], row["operation"], row["needs_run"]) for name, row in result["hosts"].items()}
    assert found == {
        "good": ("in_sync", "none", False),
        "drifted": ("drifted", "updated", True),
        "sick": ("unhealthy", "repaired", True),
        "busy": ("busy", "none", True),
        "odd": ("unknown_status", "none", False),
        "absent_here": ("missing", "created", True),
        "leaving": ("drifted", "deleted", True),
        "gone": ("in_sync", "none", False),
        "broken": ("error", None, False),
        "wrong": ("error", None, False),
        "odd_filter": ("error", None, False),
        "down": ("error", None, False),
    }
    assert [row["host"] for row in result["unmanaged"]] == [host_of("foreign")]
