# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of redshift_fleet_report as a report."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.plugin_utils._report import input

from ..fleets import HEADER, drift, each_verdict, fleet, row


def options(**changes):
    return {"fleet": each_verdict(), "ignore": [], "expected": [], **changes}


def test_clusters_that_were_not_looked_at():
    found = input.report_of(options(expected=["good", "archive"]), HEADER)
    assert [entry.host for entry in found.not_checked] == ["archive"]
    assert found.as_summary["not_checked"] == 1


def test_the_values_of_a_secret_option_are_hidden():
    data = fleet(a=row("drifted", drift=drift(password=("marker-old", "marker-new"))))
    assert "marker" not in repr(input.report_of(options(fleet=data), HEADER))


@pytest.mark.parametrize("data", [{}, {"hosts": []}, {"hosts": {"a": None}}, {"hosts": {"a": {"verdict": "fine"}}}])
def test_something_else_than_a_fleet(data):
    with pytest.raises(ValueError, match="fleet is not a result of"):
        input.report_of(options(fleet=data), HEADER)
