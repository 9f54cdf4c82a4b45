# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says: order, counts, ignore rules, exit code."""

from __future__ import annotations

import shlex

import pytest

from ansible_collections.community.immuta.plugins.modules import redshift_fleet_report
from ansible_collections.community.immuta.plugins.plugin_utils._report import (
    files,
    model,
)
from ansible_collections.community.immuta.plugins.plugin_utils._report.model import IgnoreRule, build_report

from ..fleets import HEADER, HOSTILE, drift, each_verdict, fleet, row, unmanaged


def report(data, *rules):
    return build_report(data, HEADER, rules)


def test_the_most_severe_comes_first():
    found = report(each_verdict())
    assert [cluster.verdict for cluster in found.clusters] == list(model.SEVERITY)
    assert found.summary == dict.fromkeys(model.SEVERITY, 1)


def test_the_choices_of_the_module_are_those_of_the_model():
    assert tuple(redshift_fleet_report.FINDINGS) == model.SEVERITY[:-1]
    assert list(files.FORMATS) == redshift_fleet_report.FORMATS
    assert set(model.HINTS) == set(model.SEVERITY)


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [((), 0), (("in_sync",), 0), (("drifted",), 2), (("busy",), 2), (("drifted", "error"), 1), (("error",), 1)],
)
def test_exit_code(verdicts, code):
    assert report(fleet(**{verdict: row(verdict) for verdict in verdicts})).exit_code == code


def test_something_unmanaged_is_a_difference():
    assert report(fleet(unmanaged(), good=row("in_sync"))).exit_code == 2


def test_the_command_that_repairs_quotes_the_name():
    for name in HOSTILE:
        (cluster,) = report(fleet(**{name: row("drifted")})).clusters
        assert shlex.split(cluster.repair)[-2:] == ["--limit", name]


@pytest.mark.parametrize("verdict", ["error", "unmanaged", "busy", "unknown_status", "in_sync"])
def test_what_a_run_cannot_repair_has_no_command(verdict):
    assert report(fleet(one=row(verdict))).clusters[0].repair == ""


def test_drift_that_immuta_does_not_edit_has_no_command():
    differences = [*drift(impersonation=(False, True)), {**drift(database=("a", "b"))[0], "editable": False}]
    (cluster,) = report(fleet(one=row("drifted", drift=differences))).clusters
    assert cluster.repair == ""
    assert cluster.hint.startswith("Immuta does not edit database. Correct the inventory")


def test_a_rule_for_a_verdict():
    found = report(each_verdict(), IgnoreRule("o*", "known", verdict="drifted"))
    ignored = {cluster.name: cluster.ignored for cluster in found.clusters if cluster.ignored}
    assert ignored == {"other": "known"}
    assert found.summary["drifted"] == 1  # shown nevertheless
    assert found.ignored == 1
    assert found.failing(["drifted"]) == []
    assert [cluster.name for cluster in found.failing(["missing", "busy"])] == ["gone", "waiting"]


def test_a_rule_for_an_option_ignores_the_cluster_if_nothing_else_differs():
    rules = (IgnoreRule("*", "later", option="okta"),)
    data = drift(**{"okta.role": (1, 2), "okta_url": (1, 2)})
    both, one = (report(fleet(a=row("drifted", drift=data[:number])), *rules) for number in (2, 1))
    assert [entry.ignored for entry in both.clusters[0].drift] == ["later", ""]
    assert (both.clusters[0].ignored, both.clusters[0].drift_that_counts, both.exit_code) == ("", 1, 2)
    assert (one.clusters[0].ignored, one.clusters[0].drift_that_counts, one.exit_code) == ("later", 0, 0)


def test_ignored_drift_does_not_hide_that_a_cluster_is_unhealthy():
    found = report(fleet(a=row("unhealthy", drift=drift(port=(1, 2)))), IgnoreRule("a", "known", option="port"))
    assert found.exit_code == 2


def test_a_rule_for_an_unmanaged_host_and_one_for_nothing():
    rules = (IgnoreRule("stranger.*", "of another team"), IgnoreRule("nobody", "old"), IgnoreRule("good", "old"))
    found = report(fleet(unmanaged(), good=row("in_sync")), *rules)
    assert found.exit_code == 0
    assert [rule.matched for rule in found.ignore_rules] == [True, False, False]
