# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of clusters."""

from __future__ import annotations

from ansible_collections.community.immuta.plugins.module_utils._module._table import Line, table


def test_the_columns_are_as_wide_as_their_texts():
    lines = [Line("analytics", "created", "enabled"), Line("x", "failed", None, "It broke.")]
    assert table("RESULT", lines, {"created": 1, "failed": 1}, "Nothing was changed.") == [
        "CLUSTER    RESULT   STATUS IN IMMUTA",
        "analytics  created  enabled",
        "x          failed   -",
        "    It broke.",
        "",
        "Clusters: 1 created, 1 failed. Nothing was changed.",
    ]


def test_a_long_name_gets_its_own_line():
    assert table("RESULT", [Line("y" * 41, "created", "enabled")], {"created": 1})[1:3] == [
        "y" * 41,
        "         created  enabled",
    ]


def test_nothing_to_show_is_one_line():
    assert table("VERDICT", [], {"in sync": 3}) == ["Clusters: 3 in sync."]
    assert table("VERDICT", [], {}) == ["Clusters: none."]


def test_everything_fits_into_80_columns():
    lines = [Line("x" * 39, "would be cleaned up", "enabled", "A long sentence. " * 20)]
    totals = {f"result number {number}": number for number in range(20)}
    assert max(map(len, table("RESULT", lines, totals))) < 80


def test_no_text_moves_the_cursor():
    line = Line("x\x1b[1A", "failed", "y\x9b2J", "It\x1b[2J broke\x07.\r\u202e")
    lines = table("RESULT", [line], {"failed": 1})
    assert all(each.isprintable() for each in lines)
    assert lines[1:3] == ["x [1A    failed  y 2J", "    It [2J broke ."]
