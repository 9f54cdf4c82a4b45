# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of redshift_fleet_info for the tests of the report."""

from __future__ import annotations

import typing as t

from ansible_collections.community.immuta.plugins.plugin_utils._report.model import Header, Report, build_report

TENANT = "https://tenant.example.com"
HEADER = Header("2026-11-24T06:00:00Z", 1795500000, "deploy", "Nightly report 4711", "", "8c1f0e2a", "1.0.0", "2.21.5")
#: Texts that mean something in HTML, Markdown, XML, a label of Prometheus, a shell or a template.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></script><h1>x</h1>",
    "a|b `c` *d* [e](javascript:x) <!-- f --> &lt;",
    'quote" back\\slash',
    "line\nbreak\n# HELP x",
    "{{ 1 + 1 }} {% raw %}",
    "]]> \x00\x08\ud800",
    "$(touch x); 'y'",
    "@everyone",
    "- 1. # x",
)


def row(verdict: str, **changes: t.Any) -> dict[str, t.Any]:
    """Return the entry of one host."""
    default: dict[str, t.Any] = {
        "verdict": verdict,
        "operation": "none",
        "status": "enabled",
        "healthy": verdict in ("in_sync", "drifted"),
        "problems": [],
        "drift": [],
        "id": "7",
        "message": "",
        "host": "cluster.abc123.eu-west-1.redshift.amazonaws.com",
        "immuta_url": TENANT,
    }
    return {**default, **changes}


def drift(**options: tuple[t.Any, t.Any]) -> list[dict[str, t.Any]]:
    """Return what differs: option -> value in Immuta, value in the inventory."""
    return [{"option": name, "before": before, "after": after} for name, (before, after) in options.items()]


def fleet(*unmanaged: dict[str, t.Any], **hosts: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return a result of redshift_fleet_info."""
    return {"hosts": hosts, "unmanaged": list(unmanaged)}


def unmanaged(host: str = "stranger.example.com") -> dict[str, t.Any]:
    """Return an integration that no host describes."""
    return {"id": "31", "host": host, "status": "enabled", "healthy": True, "problems": [], "immuta_url": TENANT}


def each_verdict() -> dict[str, t.Any]:
    """Return a fleet with each verdict once."""
    return fleet(
        unmanaged(),
        good=row("in_sync"),
        waiting=row("busy", status="editing"),
        odd=row("unknown_status", status="sleeping"),
        other=row("drifted", drift=drift(port=(5439, 5440))),
        gone=row("missing", id=None, status=None, message="Immuta has no integration of it."),
        sick=row("unhealthy", status="createError", problems=["The status is createError."]),
        broken=row("error", id=None, status=None, immuta_url=None, message="No connection."),
    )


def hostile_report() -> Report:
    """Return a report in which every text is hostile."""
    hosts = {
        f"{text} {verdict}": row(
            verdict,
            host=text,
            status=text,
            message=text,
            problems=[text],
            drift=drift(**{text: (text, [text])}),
            immuta_url=text,
            id=text,
        )
        for verdict in ("unhealthy", "drifted", "missing", "error", "in_sync")
        for text in HOSTILE
    }
    header = Header("2026-11-24T06:00:00Z", 1795500000, HOSTILE[0], HOSTILE[1], HOSTILE[3], HOSTILE[2])
    return build_report({"hosts": hosts, "unmanaged": [unmanaged(text) for text in HOSTILE]}, header)
