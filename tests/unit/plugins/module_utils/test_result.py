# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a core function, as Ansible gets it."""

from __future__ import annotations

import json

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import OptionError
from ansible_collections.community.immuta.plugins.module_utils._result import LONGEST_TEXT, Outcome, perform
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER


def performed(outcome, diff=False):
    return perform(lambda: outcome, [MARKER], diff)


def failed(error):
    def core():
        raise error

    return perform(core, [MARKER], True)


@pytest.mark.parametrize(
    ("more", "diff", "shown"),
    [
        ({}, False, None),
        ({}, True, {"before": {}, "after": {}}),
        ({"before": "a", "after": {"b": 1}}, True, {"before": "a", "after": {"b": 1}}),
        ({"before": "a", "diffs": [{"before": "c"}]}, True, [{"before": "c"}]),
        ({"before": "a", "diffs": []}, True, []),
        ({"before": "a", "has_diff": False}, True, None),
    ],
)
def test_the_diff(more, diff, shown):
    result = performed(Outcome(True, {"id": 7}, **more), diff)
    assert result.pop("diff", None) == shown
    assert result == {"changed": True, "id": 7, "warnings": []}


def test_warnings():
    outcome = Outcome(False, {})
    assert outcome.warn("One.") is outcome
    assert performed(outcome.warn("Two."))["warnings"] == ["One.", "Two."]


def test_no_secret_in_a_result():
    outcome = Outcome(True, {"note": MARKER}, before=MARKER, after={"a": [MARKER]}).warn(f"Odd {MARKER}.")
    text = json.dumps(performed(outcome, True))
    assert MARKER not in text
    assert "Odd ********." in text


def test_a_failure():
    error = OptionError(f"Why {MARKER}.", {"statements": [MARKER]}, problems=[f"a {MARKER}"])
    assert failed(error) == {
        "failed": True,
        "msg": "Why ********.",
        "failure": {"kind": "OptionError", "problems": ["a ********"]},
        "statements": ["********"],
    }


@pytest.mark.parametrize("padding", [0, 20, len(MARKER), 40])
def test_a_long_failure_is_cut_after_it_was_redacted(padding):
    text = "x" * (LONGEST_TEXT - padding) + MARKER + "y" * 100
    result = failed(OptionError(text, {"rows": [{"note": text}]}))
    for cut in (result["msg"], result["rows"][0]["note"]):
        assert len(cut) == LONGEST_TEXT + len(" ...")
        assert MARKER[:4] not in cut


@pytest.mark.parametrize(("more", "shown"), [(0, LONGEST_TEXT), (1, LONGEST_TEXT + len(" ..."))])
def test_the_longest_text_of_a_failure(more, shown):
    assert len(failed(OptionError("x" * (LONGEST_TEXT + more)))["msg"]) == shown


def test_a_response_that_is_nested_too_deeply():
    result = failed(RecursionError())
    assert result["failed"] is True
    assert "immuta_url" in result["msg"]


def test_a_bug_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        failed(ZeroDivisionError())
