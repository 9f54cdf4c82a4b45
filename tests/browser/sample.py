# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets that look like real ones: a dozen clusters with every verdict, and hundreds."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.community.immuta.plugins.plugin_utils._report.model import (
    Header,
    IgnoreRule,
    NotChecked,
    Report,
    build_report,
)

TENANTS = ("https://acme.immuta.example.com", "https://acme-eu.immuta.example.com")
HEADER = Header(
    "2026-11-24T06:00:12Z",
    1795500012,
    "maria.keller",
    "Immuta: nightly report 4711",
    "https://awx.example.com/#/jobs/playbook/4711",
    "8c1f0e2a9b7d4455c0ffee0011223344aabbccdd",
    "1.0.0",
    "2.21.5",
)
RULES = (
    IgnoreRule("bi-*", "Impersonation is switched on in January (DATA-2210)", option="impersonation"),
    IgnoreRule("sandbox.*", "Of the platform team: they test upgrades with it"),
    IgnoreRule("old-crm", "Was deleted in May", verdict="missing"),
)
NOT_CHECKED = (NotChecked("archive-2019", "Not part of this run (--limit, or another pattern of hosts)."),)
Row = dict[str, t.Any]


def redshift_host(name: str) -> str:
    """Return the address of a cluster."""
    return f"{name}.c9x2k1q7ab3d.eu-west-1.redshift.amazonaws.com"


def row(name: str, verdict: str, number: int = 0, **changes: t.Any) -> Row:
    """Return an entry of redshift_fleet_info."""
    default: Row = {
        "verdict": verdict,
        "operation": "none",
        "status": "enabled",
        "healthy": verdict in ("in_sync", "drifted"),
        "problems": [],
        "drift": [],
        "id": str(number),
        "message": "",
        "host": redshift_host(name),
        "immuta_url": TENANTS[0],
    }
    return {**default, **changes}


def drift(**options: tuple[t.Any, t.Any]) -> list[Row]:
    """Return what differs: option -> value in Immuta, value in the inventory."""
    return [{"option": name, "before": before, "after": after} for name, (before, after) in options.items()]


def _finance() -> Row:
    problems = [
        "failed: Initial Validation: Basic Connection Test: password authentication failed for user"
        ' "immuta_system_account".',
        "warning: Recurring Grants Test: The account lost CREATE on the database.",
    ]
    message = f"Integration {redshift_host('finance')} (id 12) is enabled, but not healthy."
    return row("finance", "unhealthy", 12, operation="repaired", problems=problems, message=message)


def _logistics() -> Row:
    problems = [
        "The status is editError.",
        'failed: Recurring Views Test: relation "immuta_procedures.policy_cache" does not exist.',
    ]
    message = f"Integration {redshift_host('logistics')} (id 19) is editError."
    return row(
        "logistics",
        "unhealthy",
        19,
        status="editError",
        operation="repaired",
        problems=problems,
        message=message,
        drift=[{**entry, "editable": False} for entry in drift(database=("immuta_old", "immuta_logistics"))],
    )


def _payroll() -> Row:
    message = "GET https://acme-eu.immuta.example.com/integrations: the connection was refused. Is the tenant running?"
    return row("payroll", "error", status=None, id=None, message=message, immuta_url=TENANTS[1])


def _marketing() -> Row:
    message = f"Immuta has no integration of {redshift_host('marketing')}."
    return row("marketing", "missing", operation="created", status=None, id=None, message=message)


def _sales() -> Row:
    differences = drift(**{"authentication_type": ("userPassword", "okta"), "impersonation.enabled": (False, True)})
    extra = drift(extra_config=({"tags": ["sales"]}, {"tags": ["sales", "pii"], "owner": None}))
    return row("sales", "drifted", 7, operation="updated", drift=[*differences, *extra])


def _research() -> Row:
    message = f"Integration {redshift_host('research')} (id 23) is migrating."
    return row("research", "unknown_status", 23, status="migrating", message=message)


def _supply() -> Row:
    message = f"Integration {redshift_host('supply-chain')} (id 25) is editing."
    return row("supply-chain", "busy", 25, status="editing", message=message)


def _unmanaged(name: str, number: int, **changes: t.Any) -> Row:
    default = {"id": str(number), "host": redshift_host(name), "status": "enabled", "healthy": True, "problems": []}
    return {**default, "immuta_url": TENANTS[0], **changes}


def sample_fleet() -> Row:
    """Return a dozen clusters, with every verdict."""
    hosts = {
        "finance": _finance(),
        "logistics": _logistics(),
        "payroll": _payroll(),
        "marketing": _marketing(),
        "sales": _sales(),
        "bi-dashboards": row(
            "bi-dashboards", "drifted", 8, operation="updated", drift=drift(**{"impersonation.enabled": (False, True)})
        ),
        "research": _research(),
        "supply-chain": _supply(),
        **{name: row(name, "in_sync", number) for number, name in enumerate(("crm", "orders", "web-events"), 31)},
    }
    return {"hosts": hosts, "unmanaged": [_unmanaged("trial-2025", 44), _unmanaged("sandbox", 45)]}


def sample_report() -> Report:
    """Return the report of a dozen clusters."""
    return build_report(sample_fleet(), HEADER, RULES, NOT_CHECKED)


def picture_report() -> Report:
    """Return a report that fits into one picture: a cluster with each of the usual verdicts."""
    fleet = sample_fleet()
    hosts = {name: fleet["hosts"][name] for name in ("finance", "marketing", "sales", "crm", "orders")}
    return build_report({"hosts": hosts, "unmanaged": fleet["unmanaged"][:1]}, HEADER)


def large_report(clusters: int = 200) -> Report:
    """Return the report of many clusters."""
    kinds = list(sample_fleet()["hosts"].values())
    hosts = {
        f"cluster-{number:03}": {**kind, "host": redshift_host(f"cluster-{number:03}")}
        for number, kind in zip(range(clusters), itertools.cycle(kinds), strict=False)
    }
    return build_report({"hosts": hosts, "unmanaged": []}, HEADER)


def well_report() -> Report:
    """Return a report without any finding."""
    names = ("crm", "finance", "orders")
    return build_report({"hosts": {name: row(name, "in_sync", 1) for name in names}, "unmanaged": []}, HEADER)
