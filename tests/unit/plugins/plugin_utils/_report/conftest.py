# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports that several tests read."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.plugin_utils._report.model import IgnoreRule, NotChecked, build_report

from ..fleets import HEADER, drift, each_verdict, row

RULES = (IgnoreRule("other", "Moves in December", option="port"), IgnoreRule("nobody", "old", verdict="missing"))


@pytest.fixture(scope="module")
def full():
    """A report with each verdict, ignore rules and a host that was not checked."""
    return build_report(each_verdict(), HEADER, RULES, [NotChecked("archive", "Not part of this run.")])


@pytest.fixture(scope="module")
def large():
    """200 clusters, each with long texts."""
    problems = [f"failed: Test {number}: {'x' * 200}" for number in range(10)]
    hosts = {f"cluster{n:03}": row("unhealthy", problems=problems, drift=drift(port=(1, n))) for n in range(200)}
    return build_report({"hosts": hosts, "unmanaged": []}, HEADER)
