# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as JSON, JUnit and Prometheus files. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import re
import typing as t
from xml.etree import ElementTree

from .model import SCHEMA_VERSION, UNMANAGED, Cluster, Report

#: Characters that XML 1.0 cannot contain.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FAILURE, _ERROR, _SKIPPED = "failure", "error", "skipped"
#: Name of a test case, kind of what is below it (empty: passed), text.
Case = tuple[str, str, str]
PRESENT, SYNC, HEALTHY = "present", "in sync", "healthy"


def as_data(report: Report) -> dict[str, t.Any]:
    """Return the report as docs/report-schema.json describes it."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "comparison",
        "exit_code": report.exit_code,
        "header": {**dataclasses.asdict(report.header), "tenants": report.tenants},
        "summary": report.as_summary,
        "clusters": [_cluster_data(row) for row in report.clusters],
        "not_checked": [dataclasses.asdict(row) for row in report.not_checked],
        "ignore_rules": [dataclasses.asdict(rule) for rule in report.ignore_rules],
    }


def to_json(report: Report) -> str:
    """Return the report as JSON."""
    return json.dumps(as_data(report), indent=2, default=str) + "\n"


def _cluster_data(row: Cluster) -> dict[str, t.Any]:
    return {**dataclasses.asdict(row), "hint": row.hint, "repair": row.repair}


def to_junit(report: Report) -> str:
    """Return the report as JUnit XML: a suite for each tenant, three cases for each cluster."""
    return junit("Immuta integrations", report.clusters, _add_suite, report.header.generated_at)


class OfTenant(t.Protocol):
    """A row of a report."""

    @property
    def immuta_url(self) -> str | None:
        """Address of its tenant, None if it is not known."""


Row = t.TypeVar("Row", bound=OfTenant)


def junit(
    name: str, rows: t.Iterable[Row], add_suite: t.Callable[[ElementTree.Element, str, list[Row], str], None], time: str
) -> str:
    """Return JUnit XML with a suite for each tenant.

    :param name: of all suites
    :param add_suite: adds the suite of a tenant: below this element, with this name, for these rows, at this time
    """
    by_tenant: dict[str, list[Row]] = collections.defaultdict(list)
    for row in rows:
        by_tenant[row.immuta_url or "unknown tenant"].append(row)
    root = ElementTree.Element("testsuites", name=name)
    for tenant, found in sorted(by_tenant.items()):
        add_suite(root, tenant, found, time)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_suite(root: ElementTree.Element, tenant: str, rows: t.Iterable[Cluster], time: str) -> None:
    cases = [(row, case) for row in rows for case in cases_of(row)]
    kinds = collections.Counter(case[1] for _row, case in cases)
    counts = {"tests": len(cases), "failures": kinds[_FAILURE], "errors": kinds[_ERROR], "skipped": kinds[_SKIPPED]}
    attributes = {"name": xml_text(tenant), "timestamp": time, "time": "0"}
    suite = ElementTree.SubElement(
        root, "testsuite", {**attributes, **{key: str(value) for key, value in counts.items()}}
    )
    for row, (name, kind, text) in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=xml_text(row.name), name=name, time="0")
        if kind:
            ElementTree.SubElement(case, kind, message=xml_text(text)).text = xml_text(_details(row))


def cases_of(row: Cluster) -> list[Case]:
    """Return the test cases of a cluster."""
    if row.ignored:
        return [(_main_case(row), _SKIPPED, f"Ignored: {row.ignored}")]
    if row.verdict == UNMANAGED:
        return [(_main_case(row), _FAILURE, row.hint)]
    if row.verdict in ("error", "missing"):
        kind = _ERROR if row.verdict == "error" else _FAILURE
        return [(PRESENT, kind, row.message or row.hint), *((name, _SKIPPED, row.hint) for name in (SYNC, HEALTHY))]
    return [(PRESENT, "", ""), _sync_case(row), _healthy_case(row)]


def _main_case(row: Cluster) -> str:
    """Return the case that an ignored or unmanaged row is about."""
    return {UNMANAGED: "described in the inventory", "drifted": SYNC, "error": PRESENT, "missing": PRESENT}.get(
        row.verdict, HEALTHY
    )


def _sync_case(row: Cluster) -> Case:
    options = [entry.option for entry in row.drift if not entry.ignored]
    return (SYNC, _FAILURE, f"{', '.join(options)} differ from the inventory.") if options else (SYNC, "", "")


def _healthy_case(row: Cluster) -> Case:
    if row.verdict == "busy":
        return HEALTHY, _SKIPPED, row.hint
    if row.verdict in ("unhealthy", "unknown_status"):
        return HEALTHY, _FAILURE, " ".join(row.problems) or row.message or row.hint
    return HEALTHY, "", ""


def _details(row: Cluster) -> str:
    drift = [
        f"{entry.option}: {shown(entry.before)} in Immuta, {shown(entry.after)} in the inventory" for entry in row.drift
    ]
    return "\n".join([*row.problems, *drift, *filter(None, (row.hint, row.repair))])


def shown(value: t.Any) -> str:
    """Return a value as people read it: a text as it is, null as ``not set``, the rest as JSON."""
    if value is None:
        return "not set"
    return value if isinstance(value, str) else json.dumps(value, default=str)


def xml_text(text: str) -> str:
    """Return a text without the characters that XML cannot contain."""
    return _NOT_XML.sub("\ufffd", text)


def to_prometheus(report: Report) -> str:
    """Return the report for the textfile collector of Prometheus' node exporter.

    A cluster that could not be checked has neither a state nor a time of its last check.
    """
    checked = [row for row in report.clusters if row.verdict != "error"]
    managed = [row for row in checked if row.verdict != UNMANAGED]
    counts = [({"verdict": verdict}, number) for verdict, number in report.summary.items()]
    families = (
        (
            "integration_up",
            "Whether the integration is enabled and healthy.",
            _samples(checked, lambda row: row.healthy),
        ),
        (
            "integration_drifted_fields",
            "Settings that differ from the inventory and are not ignored.",
            _samples(managed, lambda row: row.drift_that_counts),
        ),
        (
            "integration_last_check_timestamp_seconds",
            "Time of the last comparison.",
            _samples(checked, lambda _row: report.header.timestamp),
        ),
        ("fleet_clusters", "Number of clusters by verdict.", counts),
    )
    return "".join(family(f"immuta_{name}", text, samples) for name, text, samples in families)


#: Labels and value.
Sample = tuple[dict[str, str], float]


def _samples(rows: t.Iterable[Cluster], value: t.Callable[[Cluster], int]) -> list[Sample]:
    # An integration can be in a tenant twice without a name: the id keeps the label sets different.
    return [
        ({"cluster": row.name, "host": row.host, "id": row.id or "", "tenant": row.immuta_url or ""}, int(value(row)))
        for row in rows
    ]


def family(name: str, text: str, samples: t.Iterable[Sample]) -> str:
    """Return a metric in the text format of Prometheus."""
    lines = [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
    lines += [f"{name}{{{_labels(labels)}}} {value}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: t.Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_label(value)}"' for name, value in labels.items())


def _label(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
