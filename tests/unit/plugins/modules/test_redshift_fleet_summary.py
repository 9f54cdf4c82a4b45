# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_fleet_summary: what a run did for every cluster."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_summary import Facts, summarize

TO_DO, DONE = {"needs_run": True, "verdict": "drifted"}, {"needs_run": False, "verdict": "in_sync", "status": "enabled"}
WRITTEN = {"operation": "none", "changed": False, "scripts": [{"script": "create", "statements": 29}]}
UPDATED = {"operation": "updated", "changed": True, "integration": {"id": "7", "status": "enabled"}}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(DONE, {}, ""), "nothing to do"),
        (Facts(TO_DO, UPDATED, ""), "updated"),
        (Facts(TO_DO, {"operation": "none", "changed": False}, ""), "nothing to do"),
        (Facts(TO_DO, {"operation": "none", "changed": True}, ""), "cleaned up"),
        (Facts(TO_DO, WRITTEN, ""), "handed over"),
        (Facts(TO_DO, UPDATED, "It broke."), "failed"),
        (Facts({"verdict": "error", "message": "No."}, {}, ""), "failed"),
        (Facts(TO_DO, {}, ""), "not reached"),
        (Facts(TO_DO, UPDATED, "", is_reached=False), "not reached"),
        (Facts({}, {}, ""), "not reached"),
    ],
)
def test_result(facts, expected):
    assert summarize({"one": facts}, check_mode=False)["hosts"]["one"]["result"] == expected


def test_check_mode_predicts():
    found = summarize({"one": Facts(TO_DO, UPDATED, "")}, check_mode=True)
    assert found["hosts"]["one"]["result"] == "would be updated"
    assert "Check mode" in found["table"][-1]
    nothing = Facts(TO_DO, {"operation": "none", "changed": False}, "")
    assert summarize({"one": nothing}, check_mode=True)["hosts"]["one"]["result"] == "nothing to do"


@pytest.mark.parametrize(
    ("failure", "check_mode", "status"), [("", False, "enabled"), ("It broke.", False, None), ("", True, None)]
)
def test_the_status_after_a_failure_or_in_check_mode_is_the_one_before(failure, check_mode, status):
    missing = {"needs_run": True, "verdict": "missing", "status": None, "id": None}
    created = {"operation": "created", "changed": True, "integration": {"id": "7", "status": "enabled"}}
    assert summarize({"one": Facts(missing, created, failure)}, check_mode)["hosts"]["one"]["status"] == status


def test_the_table_fits():
    facts = {
        "analytics": Facts(DONE, {}, ""),
        "x" * 60: Facts(TO_DO, UPDATED, ""),
        "sales": Facts(TO_DO, {}, "POST /integrations: Immuta returned HTTP 422. " * 5),
    }
    found = summarize(facts, check_mode=False)
    assert max(map(len, found["table"])) <= 79
    assert found["failures"] == {"sales": facts["sales"].failure}
    assert found["totals"] == {"nothing to do": 1, "updated": 1, "failed": 1}
    assert "x" * 60 in found["table"]
