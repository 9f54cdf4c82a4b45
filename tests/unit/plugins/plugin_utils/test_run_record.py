# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a run: outcomes, scripts, times; and each of its formats, read back by the readers that people use."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_summary import summarize
from ansible_collections.community.immuta.plugins.module_utils._redact import MASK, Redactor
from ansible_collections.community.immuta.plugins.modules import redshift_fleet_summary
from ansible_collections.community.immuta.plugins.plugin_utils._report import files, run_formats, run_record
from ansible_collections.community.immuta.plugins.plugin_utils._report.run_record import ScriptRun, record_of

from .fleets import HEADER, HOSTILE, TENANT
from .pages import Page
from .runs import (
    ENDED,
    FIRST,
    GENERATED,
    PLAN,
    SHA,
    STARTED,
    compared,
    each_outcome,
    facts,
    failed_facts,
    full_record,
    hostile_record,
    result,
    scripts,
    statements,
)

SCHEMA = Path(__file__).parents[4] / "docs" / "run-schema.json"


def only(found, check_mode=False):
    (cluster,) = record_of({"one": found}, dataclasses.replace(HEADER, check_mode=check_mode)).clusters
    return cluster


@pytest.fixture(scope="module")
def full():
    return full_record()


def test_those_that_failed_come_first(full):
    assert [(cluster.name, cluster.outcome) for cluster in full.clusters] == [
        ("broken", "failed"),
        ("wrong", "failed"),
        ("lost", "not reached"),
        ("made", "created"),
        ("moved", "updated"),
        ("fixed", "repaired"),
        ("gone", "deleted"),
        ("swept", "cleaned up"),
        ("waiting", "handed over"),
        ("same", "nothing to do"),
    ]
    assert full.totals["failed"] == 2
    assert [entry.host for entry in full.not_checked] == ["archive"]


def test_check_mode_says_what_would_be_done():
    record = full_record(check_mode=True)
    assert {cluster.name: cluster.outcome for cluster in record.clusters}["made"] == "would be created"
    assert set(record.totals) <= set(run_record.OUTCOMES)
    assert record.headline.endswith("Check mode: nothing was changed.")
    planned = statements(("GRANT", "planned"), ("GRANT", "planned"))
    (script,) = only(facts(result=result("created", scripts(planned))), check_mode=True).scripts
    assert (script.result, script.verbs, script.size) == ("planned", {"GRANT": 2}, "2 statements")


def test_a_script_that_was_run():
    (script,) = only(facts()).scripts
    assert script == ScriptRun("initial_create", "dev", "complete", 3, {"GRANT": 2}, 1, "", 0.03, SHA)


def test_the_scripts_of_a_run_that_failed():
    first, second = only(failed_facts()).scripts
    assert (first.script, first.result) == ("initial_create", "complete")
    assert second == ScriptRun(
        "create", "policies", "incomplete", 4, {"CREATE SCHEMA": 1}, 0, "2 (line 4, GRANT, SQLSTATE 42501)", 0.04, SHA
    )
    assert second.size == "1 of 4 statements"


def test_no_script_twice():
    """The role set its result, and failed after that: the variables that the result was made of are still there."""
    runs = ({"statements": FIRST}, {})
    found = facts(failure="No.", plan=PLAN, generated=GENERATED, runs=runs, result=result("created", scripts(FIRST)))
    assert [script.script for script in only(found).scripts] == ["initial_create"]


def test_scripts_of_an_earlier_run_are_not_of_this_one():
    found = facts(compared=compared("in_sync", needs_run=False), result=result("created", scripts(FIRST)))
    assert (only(found).outcome, only(found).scripts) == ("nothing to do", ())


def test_scripts_that_others_run():
    first, _second = only(facts(result=result("none", scripts(3, 4), changed=False))).scripts
    assert (first.result, first.statements, first.done) == ("handed over", 3, 0)


def test_the_values_of_a_secret_setting_are_hidden(full):
    (moved,) = (cluster for cluster in full.clusters if cluster.name == "moved")
    assert [(entry.option, entry.before) for entry in moved.changes] == [("port", 5439), ("okta.client_secret", MASK)]
    for text in (write(full) for write in files.RUN_FORMATS.values()):
        assert "marker" not in text
        assert "no text of it" not in text


def test_times(full):
    times = {cluster.name: (cluster.ended_at, cluster.duration_seconds) for cluster in full.clusters}
    assert (full.started_at, full.duration_seconds) == ("2026-11-24T05:59:50Z", 10.0)
    assert times["made"] == times["broken"] == ("2026-11-24T05:59:58Z", 7.8)
    assert times["same"] == times["wrong"] == ("2026-11-24T05:59:50Z", 0.0)
    assert times["lost"] == ("", None)
    assert only(facts(started_at=ENDED, ended_at=STARTED)).duration_seconds == 0
    assert record_of({"one": facts(started_at="")}, HEADER).duration_seconds is None


def test_a_run_without_hosts():
    record = record_of({}, HEADER)
    assert (record.headline, record.started_at) == ("No cluster.", "")
    assert all(write(record) for write in files.RUN_FORMATS.values())


def test_the_failure_of_a_host_has_no_secret():
    found = facts(failure="No login with 'marker'.").redacted(Redactor(["marker"]))
    assert found.failure == f"No login with '{MASK}'."


def test_the_choices_of_the_module_are_the_formats():
    assert list(files.RUN_FORMATS) == list(files.FORMATS) == redshift_fleet_summary.FORMATS


def test_every_outcome_of_the_summary_is_one_of_the_record():
    for check_mode in (True, False):
        assert set(summarize(each_outcome(), check_mode)["totals"]) <= set(run_record.OUTCOMES)


@pytest.mark.skipif(not SCHEMA.is_file(), reason="needs the checkout")
def test_json_is_as_its_schema_says(full):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SCHEMA.read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for record in (full, full_record(check_mode=True), record_of({}, HEADER)):
        assert list(validator.iter_errors(json.loads(run_formats.to_json(record)))) == []
    outcomes = schema["properties"]["clusters"]["items"]["properties"]["outcome"]["enum"]
    assert outcomes == list(run_record.OUTCOMES)
    data = json.loads(run_formats.to_json(full))
    assert (data["kind"], data["schema_version"]) == ("run", "1.0")
    assert list(validator.iter_errors({**data, "more": 1}))


def test_the_page_says_it_all_and_loads_nothing(full):
    page = Page(run_formats.to_html(full))
    shown = re.sub(r"\s+", " ", " ".join(page.text))
    for text in (
        "2 failed, 1 not reached",
        "deploy",
        "Nightly report 4711",
        "7.8 s",
        "GRANT 2",
        SHA,
        "5440",
        "archive",
    ):
        assert text in shown
    assert "Failed at statement 2 (line 4, GRANT, SQLSTATE 42501)." in shown
    links = [value for _tag, attrs in page.tags for name, value in attrs.items() if name in ("src", "href")]
    assert [link for link in links if not link.startswith("data:image/")] == ["#not-checked", TENANT]
    sorts = {attrs["data-sort"] for _tag, attrs in page.tags if "data-sort" in attrs}
    (first, *_others) = (attrs for tag, attrs in page.tags if tag == "tr" and "data-name" in attrs)
    assert {f"data-{sort}" for sort in sorts} <= set(first)


def test_hostile_texts_stay_texts_in_the_page(full):
    hostile, plain = Page(run_formats.to_html(hostile_record())), Page(run_formats.to_html(full))
    assert {tag for tag, _attrs in hostile.tags} <= {tag for tag, _attrs in plain.tags}
    assert [tag for tag, _attrs in hostile.tags].count("script") == 1
    assert not [name for _tag, attrs in hostile.tags for name in attrs if name.startswith("on")]
    assert {attrs["href"] for tag, attrs in hostile.tags if tag == "a"} == {"#not-checked"}
    assert all(text in "".join(hostile.text) for text in HOSTILE)


def test_markdown(full):
    text = run_formats.to_markdown(full)
    assert text.startswith("## 10 Redshift integrations: ")
    for part in ("| failed | 2 |", "sha256 " + SHA, "GRANT 2", "<b>broken</b>: failed, 7.8 s", "| port |", "deploy"):
        assert part in text
    many = record_of({f"cluster{n}": failed_facts() for n in range(1000)}, HEADER)
    assert 50_000 < len(run_formats.to_markdown(many)) < 65_536
    assert re.search(r"\d+ more did not fit here", run_formats.to_markdown(many))


def test_hostile_texts_stay_texts_in_markdown():
    text = run_formats.to_markdown(hostile_record())
    tags = set(re.findall(r"</?[a-z!][^>]*>", text))
    assert tags == {"<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>"}
    assert "](" not in text
    assert "@everyone" not in text
    assert not re.search(r"^(#+ HELP|- - |- 1\.)", text, re.MULTILINE)


def test_junit_is_read_by_junitparser(full):
    junitparser = pytest.importorskip("junitparser")
    suites = list(junitparser.JUnitXml.fromstring(run_formats.to_junit(full).encode()))
    cases = {case.classname: case for suite in suites for case in suite}
    kinds = {name: [type(found).__name__ for found in case.result] for name, case in cases.items() if case.result}
    assert kinds == {"broken": ["Failure"], "wrong": ["Failure"], "lost": ["Error"]}
    assert (cases["broken"].result[0].message, cases["broken"].time) == ("Statement 2 failed.", 7.8)
    assert "Script create in policies: incomplete, 1 of 4 statements" in cases["broken"].system_out
    assert sum(suite.failures for suite in suites) == 2
    assert sum(suite.errors for suite in suites) == 1
    junitparser.JUnitXml.fromstring(run_formats.to_junit(hostile_record()).encode("utf-8", "replace"))


def metrics(record):
    parser = pytest.importorskip("prometheus_client.parser")
    families = list(parser.text_string_to_metric_families(run_formats.to_prometheus(record)))
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_prometheus_is_read_by_its_own_parser(full):
    found = metrics(full)
    assert found["immuta_run_timestamp_seconds", "false"] == HEADER.timestamp
    assert found["immuta_run_clusters", "failed"] == 2
    failed = {key[1]: value for key, value in found.items() if key[0] == "immuta_run_cluster_failed"}
    assert (failed["broken"], failed["made"]) == (1, 0)
    assert "lost" not in failed
    done = {(key[1], *key[4:]): value for key, value in found.items() if key[0] == "immuta_run_script_statements"}
    assert done["broken", "create", "policies"] == 1
    assert not [key for key in metrics(full_record(check_mode=True)) if key[0] == "immuta_run_script_statements"]
    assert {key[2] for key in metrics(hostile_record()) if key[0] == "immuta_run_cluster_failed"} == set(HOSTILE)


def test_every_file_is_written_and_readable(full, tmp_path):
    paths = files.write_record(full, str(tmp_path / "new" / "run"), files.RUN_FORMATS)
    assert [Path(path).name for path in paths] == [
        "report.json",
        "report.md",
        "report.html",
        "report.xml",
        "report.prom",
    ]
    assert {oct(Path(path).stat().st_mode & 0o777) for path in paths} == {"0o644"}
    files.write_record(hostile_record(), str(tmp_path / "new" / "run"), files.RUN_FORMATS)
