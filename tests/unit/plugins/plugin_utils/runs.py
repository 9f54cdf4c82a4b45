# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs of the playbook leave in the variables of their hosts, for the tests of their record."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_summary import Facts
from ansible_collections.community.immuta.plugins.plugin_utils._report.run_record import RunRecord, record_of

from .fleets import HEADER, HOSTILE, drift, row

STARTED, ENDED = "2026-11-24T05:59:50.500000Z", "2026-11-24T05:59:58.250000Z"
SHA = "ab" * 32
SCRIPTS = [{"script": "initial_create", "database": "dev"}, {"script": "create", "database": "policies"}]
#: the plan of the role for a creation with two scripts, as far as the record needs it
PLAN = {"run_scripts": True, "scripts": SCRIPTS}
GENERATED = ({"statements": 3, "checksum": SHA}, {"statements": 4, "checksum": SHA})


def statements(*rows: tuple[str, str]) -> list[dict[str, t.Any]]:
    """Return the results of statements: verb and status of each."""
    return [
        {
            "index": index,
            "line": index * 2,
            "verb": verb,
            "status": status,
            "sqlstate": "42501" if status == "failed" else None,
            "error": "no text of it" if status == "failed" else None,
            "duration_ms": 10,
        }
        for index, (verb, status) in enumerate(rows, start=1)
    ]


FIRST = statements(("CREATE DATABASE", "tolerated"), ("GRANT", "ok"), ("GRANT", "ok"))
SECOND = statements(("CREATE SCHEMA", "ok"), ("GRANT", "failed"), ("GRANT", "planned"), ("GRANT", "planned"))


def scripts(first: t.Any = None, second: t.Any = None) -> list[dict[str, t.Any]]:
    """Return the scripts of the role's result."""
    rows = zip(SCRIPTS, (first, second), strict=True)
    return [{**script, "statements": result, "checksum": SHA} for script, result in rows if result is not None]


def compared(verdict: str = "missing", **changes: t.Any) -> dict[str, t.Any]:
    """Return the entry of redshift_fleet_info."""
    return row(verdict, **{"needs_run": True, **changes})


def result(operation: str, rows: t.Any = (), changed: bool = True) -> dict[str, t.Any]:
    """Return the result of the role."""
    integration = {"id": "7", "status": "enabled"}
    return {"operation": operation, "changed": changed, "integration": integration, "scripts": list(rows)}


def facts(**changes: t.Any) -> Facts:
    """Return what a creation left that went well."""
    default: dict[str, t.Any] = {
        "compared": compared(),
        "result": result("created", scripts(FIRST)),
        "failure": "",
        "started_at": STARTED,
        "ended_at": ENDED,
    }
    return Facts(**{**default, **changes})


def failed_facts() -> Facts:
    """Return what a creation left whose second script failed."""
    runs = ({"statements": FIRST}, {"failed": True, "statements": SECOND})
    return facts(result=result("created"), failure="Statement 2 failed.", plan=PLAN, generated=GENERATED, runs=runs)


def each_outcome() -> dict[str, Facts]:
    """Return a run with every outcome."""
    unchanged = compared("in_sync", needs_run=False)
    differences = drift(port=(5439, 5440), **{"okta.client_secret": ("marker-old", "marker-new")})
    return {
        "same": facts(compared=unchanged, result={}, ended_at=""),
        "made": facts(),
        "moved": facts(compared=compared("drifted", drift=differences), result=result("updated")),
        "fixed": facts(compared=compared("unhealthy"), result=result("repaired")),
        "gone": facts(compared=compared("drifted"), result={**result("deleted"), "integration": None}),
        "swept": facts(compared=compared("in_sync"), result=result("none", scripts(FIRST))),
        "waiting": facts(result=result("none", scripts(3, 4), changed=False)),
        "broken": failed_facts(),
        "wrong": facts(compared=compared("error", needs_run=False, message="No tenant.", immuta_url=None), result={}),
        "lost": facts(result=result("created"), is_reached=False),
    }


def full_record(check_mode: bool = False) -> RunRecord:
    """Return the record of a run with every outcome."""
    header = dataclasses.replace(HEADER, check_mode=check_mode)
    return record_of(each_outcome(), header, ["same", "made", "archive"])


def hostile_record() -> RunRecord:
    """Return the record of a run in which every text is hostile."""
    hosts = {}
    for text in HOSTILE:
        script = {"script": text, "database": text, "checksum": text, "statements": statements((text, "failed"))}
        seen = compared("drifted", host=text, immuta_url=text, id=text, drift=drift(**{text: (text, [text])}))
        plan = {"run_scripts": True, "scripts": [script]}
        hosts[f"{text} failed"] = facts(
            compared=seen, failure=text, plan=plan, generated=(script,), runs=(script,), result={}
        )
        hosts[f"{text} updated"] = facts(compared=seen, result=result("updated", [script]))
    header = dataclasses.replace(HEADER, user=HOSTILE[0], job=HOSTILE[1], job_url=HOSTILE[3], revision=HOSTILE[2])
    return record_of(hosts, header, HOSTILE)
