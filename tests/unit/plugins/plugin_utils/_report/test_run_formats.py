# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each format of the record of a run, read back by the readers that people use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ansible_collections.community.immuta.plugins.plugin_utils._report import (
    run_formats,
    run_record,
)
from ansible_collections.community.immuta.plugins.plugin_utils._report.run_record import record_of

from ..fleets import HEADER, HOSTILE, TENANT
from ..pages import Page
from ..runs import (
    SHA,
    failed_facts,
    full_record,
    hostile_record,
)

SCHEMA = Path(__file__).parents[5] / "docs" / "run-schema.json"


@pytest.fixture(scope="module")
def full():
    return full_record()


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
