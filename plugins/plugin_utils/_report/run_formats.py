# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a run in every format. Pure, but for reading the templates.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import typing as t
from xml.etree import ElementTree

from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_summary import (
    FAILED,
    HANDED_OVER,
    NOT_REACHED,
    NOTHING,
    WOULD_BE,
)

from .machine_formats import Sample, family, junit, xml_text
from .model import DIFFERENCES, ERROR
from .model import NOTHING as UNCHANGED
from .page import icon, shares
from .run_record import SCHEMA_VERSION, ClusterRun, RunRecord, ScriptRun
from .text_formats import as_comment, to_page, to_text

#: outcome -> the class of its color in the page, which is that of a verdict
_TONES = {FAILED: "error", NOT_REACHED: "missing", HANDED_OVER: "drifted", NOTHING: "in_sync", "deleted": "unmanaged"}
_CHANGED = "busy"


def as_data(record: RunRecord) -> dict[str, t.Any]:
    """Return the record as docs/run-schema.json describes it."""
    header = dataclasses.asdict(record.header)
    times = {"started_at": record.started_at, "ended_at": header.pop("generated_at")}
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "run",
        "header": {**times, "duration_seconds": record.duration_seconds, **header, "tenants": record.tenants},
        "totals": record.totals,
        "clusters": [_cluster_data(row) for row in record.clusters],
        "not_checked": [dataclasses.asdict(row) for row in record.not_checked],
    }


def _cluster_data(row: ClusterRun) -> dict[str, t.Any]:
    changes = [{key: getattr(entry, key) for key in ("option", "before", "after")} for entry in row.changes]
    return {**dataclasses.asdict(row), "changes": changes}


def to_json(record: RunRecord) -> str:
    """Return the record as JSON."""
    return json.dumps(as_data(record), indent=2, default=str) + "\n"


def to_junit(record: RunRecord) -> str:
    """Return the record as JUnit XML: a suite for each tenant, one case for each cluster."""
    time = record.started_at or record.header.generated_at
    return junit("Immuta integrations: what was done", record.clusters, _add_suite, time)


def _add_suite(root: ElementTree.Element, tenant: str, rows: t.Sequence[ClusterRun], time: str) -> None:
    outcomes = collections.Counter(row.outcome for row in rows)
    counts = {"tests": len(rows), "failures": outcomes[FAILED], "errors": outcomes[NOT_REACHED], "skipped": 0}
    seconds = round(max((row.duration_seconds or 0 for row in rows), default=0), 1)
    attributes = {"name": xml_text(tenant), "timestamp": time, "time": str(seconds)}
    suite = ElementTree.SubElement(
        root, "testsuite", {**attributes, **{key: str(value) for key, value in counts.items()}}
    )
    for row in rows:
        name, time_of_case = row.outcome, str(row.duration_seconds or 0)
        case = ElementTree.SubElement(suite, "testcase", classname=xml_text(row.name), name=name, time=time_of_case)
        if row.outcome in (FAILED, NOT_REACHED):
            kind = "failure" if row.outcome == FAILED else "error"
            ElementTree.SubElement(case, kind, message=xml_text(row.message or row.outcome))
        ElementTree.SubElement(case, "system-out").text = xml_text("\n".join(map(sentence_of, row.scripts)))


def to_prometheus(record: RunRecord) -> str:
    """Return the record for the textfile collector of Prometheus' node exporter."""
    mode = {"check_mode": str(record.header.check_mode).lower()}
    failed = [(_labels(row), float(row.outcome == FAILED)) for row in record.clusters if row.outcome != NOT_REACHED]
    durations = [(_labels(row), row.duration_seconds) for row in record.clusters if row.duration_seconds is not None]
    totals: list[Sample] = [({"outcome": outcome}, float(number)) for outcome, number in record.totals.items()]
    families: tuple[tuple[str, str, list[Sample]], ...] = (
        ("timestamp_seconds", "Time of the end of the run.", [(mode, float(record.header.timestamp))]),
        ("duration_seconds", "Duration of the run.", [({}, record.duration_seconds or 0.0)]),
        ("clusters", "Number of clusters by outcome.", totals),
        ("cluster_failed", "Whether the run failed for the cluster.", failed),
        ("cluster_duration_seconds", "Time from the comparison to the end of the work on the cluster.", durations),
        ("script_statements", "Statements of a script that took effect.", _statements(record)),
    )
    return "".join(family(f"immuta_run_{name}", text, samples) for name, text, samples in families)


def _statements(record: RunRecord) -> list[Sample]:
    return [
        ({**_labels(row), "script": script.script, "database": script.database}, float(script.done))
        for row in record.clusters
        for script in row.scripts
        if not record.header.check_mode
    ]


def _labels(row: ClusterRun) -> dict[str, str]:
    return {"cluster": row.name, "host": row.host, "tenant": row.immuta_url or ""}


def to_markdown(record: RunRecord) -> str:
    """Return the record as Markdown: the numbers first, then each cluster until the comment is full."""
    head = to_text("run.md.j2", report=record)
    rows = [row for row in record.clusters if row.outcome != NOTHING or row.message]
    return as_comment(head, (to_text("run_cluster.md.j2", row=row, sentence_of=sentence_of) for row in rows))


def to_html(record: RunRecord) -> str:
    """Return the record as one page that loads nothing."""
    return to_page(
        "run.html.j2",
        report=record,
        headline=record.headline,
        shares=shares(record.totals),
        icon=icon(_exit_code(record)),
        tone=tone,
        search_text=_search_text,
    )


def _exit_code(record: RunRecord) -> int:
    """Return the exit code of a comparison that has the same color."""
    if {FAILED, NOT_REACHED} & set(record.totals):
        return ERROR
    return DIFFERENCES if record.header.check_mode and set(record.totals) - {NOTHING} else UNCHANGED


def tone(outcome: str) -> str:
    """Return the class of the color of an outcome."""
    return _TONES.get(outcome.removeprefix(WOULD_BE), _CHANGED)


def _search_text(row: ClusterRun) -> str:
    """Return what the filter of the page looks at."""
    texts = (row.name, row.host, row.immuta_url, row.outcome, row.status, row.message)
    scripts = [f"{script.script} {script.database} {script.sha256} {verbs_of(script)}" for script in row.scripts]
    return " ".join(filter(None, (*texts, *(entry.option for entry in row.changes), *scripts))).lower()


def verbs_of(script: ScriptRun) -> str:
    """Return the statements of a script by kind, such as ``CREATE USER 1, GRANT 12``."""
    return ", ".join(f"{verb} {number}" for verb, number in script.verbs.items())


def sentence_of(script: ScriptRun) -> str:
    """Return a script with all that is known about it, in one line."""
    parts = [
        f"Script {script.script} in {script.database}: {script.result}, {script.size}",
        f"{script.tolerated} done before" if script.tolerated else "",
        f"failed at statement {script.failed_statement}" if script.failed_statement else "",
        f"{script.duration_seconds} s" if script.duration_seconds else "",
        f"sha256 {script.sha256}" if script.sha256 else "",
        verbs_of(script),
    ]
    return "; ".join(filter(None, parts))
