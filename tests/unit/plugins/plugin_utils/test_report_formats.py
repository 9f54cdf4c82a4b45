# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every format of the report, read back by the readers that people use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ansible_collections.community.immuta.plugins.plugin_utils._report import page
from ansible_collections.community.immuta.plugins.plugin_utils._report.files import FORMATS, write_report
from ansible_collections.community.immuta.plugins.plugin_utils._report.machine_formats import (
    to_json,
    to_junit,
    to_prometheus,
    xml_text,
)
from ansible_collections.community.immuta.plugins.plugin_utils._report.model import (
    IgnoreRule,
    NotChecked,
    build_report,
)
from ansible_collections.community.immuta.plugins.plugin_utils._report.text_formats import to_html, to_markdown

from .fleets import HEADER, HOSTILE, TENANT, drift, each_verdict, fleet, hostile_report, row
from .pages import Page

SCHEMA = Path(__file__).parents[4] / "docs" / "report-schema.json"
RULES = (IgnoreRule("other", "Moves in December", option="port"), IgnoreRule("nobody", "old", verdict="missing"))


@pytest.fixture(scope="module")
def full():
    return build_report(each_verdict(), HEADER, RULES, [NotChecked("archive", "Not part of this run.")])


@pytest.fixture(scope="module")
def large():
    """200 clusters, each with much to say."""
    problems = [f"failed: Test {number}: {'x' * 200}" for number in range(10)]
    hosts = {f"cluster{n:03}": row("unhealthy", problems=problems, drift=drift(port=(1, n))) for n in range(200)}
    return build_report({"hosts": hosts, "unmanaged": []}, HEADER)


@pytest.mark.skipif(not SCHEMA.is_file(), reason="needs the checkout")
def test_json_is_as_its_schema_says(full, large):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    validator.check_schema(validator.schema)
    for report in (full, large, hostile_report()):
        assert list(validator.iter_errors(json.loads(to_json(report)))) == []
    data = json.loads(to_json(full))
    assert (data["exit_code"], data["schema_version"], data["summary"]["ignored"]) == (1, "1.0", 1)


def test_nothing_in_the_page_comes_from_outside(full):
    parsed = Page(to_html(full))
    assert {name for tag, _attrs in parsed.tags for name in [tag]}.isdisjoint(
        {"img", "iframe", "object", "embed", "base"}
    )
    links = [
        (tag, name, value) for tag, attrs in parsed.tags for name, value in attrs.items() if name in ("src", "href")
    ]
    assert [link[:2] for link in links] == [("link", "href"), ("a", "href"), ("a", "href")]
    assert links[0][2].startswith("data:image/svg+xml,")
    assert [link[2] for link in links[1:]] == ["#not-checked", TENANT]
    assert not re.search(r"@import|url\(|fetch\(|XMLHttp", to_html(full))


def test_hostile_texts_stay_texts_in_the_page(full):
    hostile, plain = Page(to_html(hostile_report())), Page(to_html(full))
    assert {tag for tag, _attrs in hostile.tags} <= {tag for tag, _attrs in plain.tags}
    assert [tag for tag, _attrs in hostile.tags].count("script") == 1
    assert not [name for _tag, attrs in hostile.tags for name in attrs if name.startswith("on")]
    assert {attrs["href"] for tag, attrs in hostile.tags if tag == "a"} == {TENANT}
    shown = "".join(hostile.text)
    assert all(text in shown for text in HOSTILE)


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ((), "No cluster was checked."),
        (("in_sync",), "All clusters are as the inventory describes them."),
        (("in_sync", "busy"), "1 of 2 clusters needs attention."),
        (("error", "drifted", "in_sync"), "2 of 3 clusters need attention."),
    ],
)
def test_the_page_begins_with_the_result(verdicts, sentence):
    report = build_report(fleet(**{verdict: row(verdict) for verdict in verdicts}), HEADER)
    assert page.headline(report) == sentence
    assert sentence in "".join(Page(to_html(report)).text)


def test_the_parts_of_the_bar_fill_it(full):
    for report in (full, build_report(fleet(), HEADER)):
        parts = page.shares(report.summary)
        assert [part.name for part in parts] == [verdict for verdict, number in report.summary.items() if number]
        ends = [0.0, *(part.start + part.width for part in parts)]
        assert all(part.start >= end for part, end in zip(parts, ends, strict=False))
        assert ends[-1] == pytest.approx(1000 if parts else 0, abs=0.5)


def test_where_a_line_may_break():
    assert page.breakable("a.eu-west-1.com").count("<wbr>") == 2
    assert re.sub("<span[^>]*>|</span>", "", page.breakable_command("run -x a.b")) == "run <wbr>-x <wbr>a.b"
    for text in ("plain", "x" * 40 + ".com", "<b>.</b>", *HOSTILE):
        for shown in (page.breakable(text), page.breakable_command(f"run  {text}")):
            assert "".join(Page(shown).text) in (text, f"run  {text}")
            assert {tag for tag, _attrs in Page(shown).tags} <= {"span", "wbr"}


@pytest.mark.parametrize(
    ("problem", "parts"),
    [
        ("failed: Connect: no route.", ("failed", "Connect: no route.")),
        ("warning: Old: x", ("warning", "Old: x")),
        ("The status is createError.", ("", "The status is createError.")),
        ("evil: x", ("", "evil: x")),
        ("failed", ("", "failed")),
    ],
)
def test_the_result_of_a_test_is_apart_from_its_text(problem, parts):
    assert page.result_of_test(problem) == parts


@pytest.mark.parametrize(("url", "name"), [(TENANT, "tenant.example.com"), ("http://[", "http://["), ("x", "x")])
def test_a_tenant_is_called_by_its_host(url, name):
    assert page.tenant_name(url) == name


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "http://[", "", None])
def test_only_web_addresses_become_links(url):
    assert page.web_address(url) == ""


def test_hostile_texts_stay_texts_in_markdown():
    text = to_markdown(hostile_report())
    tags = set(re.findall(r"</?[a-z!][^>]*>", text))
    assert tags == {"<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>", "<code>", "</code>"}
    assert "](" not in text
    assert "@everyone" not in text
    assert not re.search(r"^(#+ HELP|- - |- 1\.)", text, re.MULTILINE)
    tables = [line for line in text.splitlines() if line.startswith("| ") and "option" not in line]
    assert {line.count("|") for line in tables} <= {3, 4}


def test_markdown_fits_into_a_comment(large):
    text = to_markdown(large)
    assert 50_000 < len(text) < 65_536
    assert text.startswith("## 200 Redshift integrations: action needed\n\n| verdict | number |")
    assert re.search(r"\d+ more did not fit here", text)
    assert text.count("<details>") == text.count("</details>")
    many = build_report({"hosts": {"x" * 500 + str(n): row("in_sync") for n in range(5000)}, "unmanaged": []}, HEADER)
    assert len(to_markdown(many)) < 65_536


def test_markdown_says_it_all(full):
    text = to_markdown(full)
    for part in (
        "| drifted | 1 |",
        "Moves in December",
        "(matched nothing: remove it)",
        "archive",
        "--limit gone",
        "| port",
    ):
        assert part in text.replace("&#45;", "-")
    assert to_markdown(build_report(fleet(a=row("in_sync")), HEADER)).startswith(
        "## 1 Redshift integrations: everything is as described"
    )


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


def test_every_file_is_written_and_readable(full, tmp_path):
    paths = write_report(full, str(tmp_path / "new" / "report"), FORMATS)
    assert [Path(path).name for path in paths] == [
        "report.json",
        "report.md",
        "report.html",
        "report.xml",
        "report.prom",
    ]
    assert {oct(Path(path).stat().st_mode & 0o777) for path in paths} == {"0o644"}
    write_report(hostile_report(), str(tmp_path / "new" / "report"), FORMATS)
