# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON, JUnit and Prometheus files, read back by the readers that people use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ansible_collections.community.immuta.plugins.plugin_utils._report.machine_formats import (
    to_json,
    to_junit,
    to_prometheus,
    xml_text,
)
from ansible_collections.community.immuta.plugins.plugin_utils._report.model import build_report

from ..fleets import HEADER, HOSTILE, TENANT, fleet, hostile_report, row

SCHEMA = Path(__file__).parents[5] / "docs" / "report-schema.json"


@pytest.mark.skipif(not SCHEMA.is_file(), reason="needs the checkout")
def test_json_is_as_its_schema_says(full, large):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    validator.check_schema(validator.schema)
    for report in (full, large, hostile_report()):
        assert list(validator.iter_errors(json.loads(to_json(report)))) == []
    data = json.loads(to_json(full))
    assert (data["exit_code"], data["schema_version"], data["summary"]["ignored"]) == (1, "1.0", 1)


def test_junit_is_read_by_junitparser(full, tmp_path):
    junitparser = pytest.importorskip("junitparser")
    path = tmp_path / "report.xml"
    path.write_text(to_junit(full), encoding="utf-8")
    suites = {suite.name: suite for suite in junitparser.JUnitXml.fromfile(str(path))}
    assert set(suites) == {TENANT, "unknown tenant"}
    results = {
        (case.classname, case.name): [type(result).__name__ for result in case.result]
        for suite in suites.values()
        for case in suite
    }
    names = ("present", "in sync", "healthy")
    assert {
        name: [results[name, case] for case in names] for name in ("good", "waiting", "odd", "gone", "sick", "broken")
    } == {
        "good": [[], [], []],
        "waiting": [[], [], ["Skipped"]],
        "odd": [[], [], ["Failure"]],
        "gone": [["Failure"], ["Skipped"], ["Skipped"]],
        "sick": [[], [], ["Failure"]],
        "broken": [["Error"], ["Skipped"], ["Skipped"]],
    }
    assert results["other", "in sync"] == ["Skipped"]  # ignored
    assert results["stranger.example.com", "described in the inventory"] == ["Failure"]
    for suite in suites.values():
        counted = [
            len(suite),
            *(
                sum(kind in results[case.classname, case.name] for case in suite)
                for kind in ("Failure", "Error", "Skipped")
            ),
        ]
        assert [suite.tests, suite.failures, suite.errors, suite.skipped] == counted


def test_hostile_texts_are_read_by_junitparser():
    junitparser = pytest.importorskip("junitparser")
    suites = list(junitparser.JUnitXml.fromstring(to_junit(hostile_report()).encode("utf-8", "replace")))
    cases = [case for suite in suites for case in suite]
    results = [result for case in cases for result in case.result]
    messages, details = ({getattr(result, name) for result in results} for name in ("message", "text"))
    for text in map(xml_text, HOSTILE):
        assert text in {suite.name for suite in suites}
        assert {f"{text} {verdict}" for verdict in ("unhealthy", "missing", "in_sync")} <= {
            case.classname for case in cases
        }
        assert {text, f"{text} differ from the inventory."} <= messages
        assert any(text in each for each in details)
    assert {case.name for case in cases} == {"present", "in sync", "healthy", "described in the inventory"}


def test_junit_of_no_cluster_is_read_by_junitparser():
    junitparser = pytest.importorskip("junitparser")
    assert list(junitparser.JUnitXml.fromstring(to_junit(build_report(fleet(), HEADER)).encode())) == []


def families_of(text):
    """Return the metrics of a file as both parsers of prometheus-client read them: of Prometheus and of OpenMetrics."""
    prometheus = pytest.importorskip("prometheus_client.parser")
    openmetrics = pytest.importorskip("prometheus_client.openmetrics.parser")
    found = list(prometheus.text_string_to_metric_families(text))
    assert list(openmetrics.text_string_to_metric_families(text + "# EOF\n")) == found
    return found


def metrics(report):
    families = families_of(to_prometheus(report))
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


@pytest.mark.parametrize("name", ["full", "large", "hostile", "empty"])
def test_each_metric_says_what_it_is(name, full, large):
    reports = {"full": full, "large": large, "hostile": hostile_report(), "empty": build_report(fleet(), HEADER)}
    text = to_prometheus(reports[name])
    lines = [line for line in text.split("\n") if line]
    families = families_of(text)
    assert text.endswith("\n")
    assert [line.split()[2] for line in lines if line.startswith("# HELP ")] == [family.name for family in families]
    assert len([line for line in lines if line.startswith("# TYPE ")]) == len(families)
    assert {family.type for family in families} == {"gauge"}
    assert all(family.documentation.endswith(".") for family in families)
    samples = [sample for family in families for sample in family.samples]
    assert len(samples) == len({(sample.name, *sample.labels.items()) for sample in samples})  # each once
    assert len(samples) + 2 * len(families) == len(lines)  # and nothing else is in the file
    assert all(re.fullmatch("immuta_[a-z_]+", sample.name) for sample in samples)
    assert {label for sample in samples for label in sample.labels} <= {"cluster", "host", "id", "tenant", "verdict"}


def test_prometheus_is_read_by_its_own_parser(full):
    found = metrics(full)
    by_cluster = {(key[0].removeprefix("immuta_integration_"), key[1]): value for key, value in found.items()}
    assert by_cluster["up", "good"] == 1
    assert by_cluster["up", "sick"] == by_cluster["up", "gone"] == 0
    assert by_cluster["drifted_fields", "other"] == 0  # ignored
    assert by_cluster["last_check_timestamp_seconds", "good"] == HEADER.timestamp
    assert not [key for key in by_cluster if key[1] == "broken"]
    assert found["immuta_fleet_clusters", "error"] == 1


@pytest.mark.parametrize("text", [*HOSTILE, "carriage\rreturn", "two\u2028lines\x85\x0b", "tail\\", ""])
def test_hostile_labels_are_read_by_its_own_parser(text):
    hosts = {text: row("drifted", host=text, id=text, immuta_url=text)}
    found = metrics(build_report({"hosts": hosts, "unmanaged": []}, HEADER))
    assert found["immuta_integration_up", text, text, text, text] == 1
