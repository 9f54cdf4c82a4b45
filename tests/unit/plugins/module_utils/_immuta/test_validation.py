# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of Immuta's tests, whatever their form."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._immuta.validation import (
    FAILING,
    describe_tests,
    sentences_of_tests,
    validation_of,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import FAILED, PASSED, WARNING

NOTHING = {"status": None, "tests": []}


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (None, NOTHING),
        ([], NOTHING),
        ({}, NOTHING),
        ({"status": "passed", "validationTests": "x"}, {"status": "passed", "tests": []}),
        ({"status": 7, "validationTests": [None, "x"]}, {"status": "7", "tests": []}),
        ({"validationTests": [{}]}, {"status": None, "tests": [{"name": "", "status": None, "message": ""}]}),
        (
            {"validationTests": [{"name": "a", "status": "failed", "result": ["x", 7]}]},
            {"status": None, "tests": [{"name": "a", "status": "failed", "message": "x; 7"}]},
        ),
        (
            {"validationTests": [{"name": "a", "status": "failed", "message": "m", "result": "r"}]},
            {"status": None, "tests": [{"name": "a", "status": "failed", "message": "m"}]},
        ),
        (
            {"validationTests": [{"name": "a", "status": "failed", "message": {"b": 1}}]},
            {"status": None, "tests": [{"name": "a", "status": "failed", "message": ""}]},
        ),
    ],
)
def test_validation_of(results, expected):
    assert validation_of(results) == expected


@pytest.mark.parametrize(
    ("results", "sentences"),
    [
        (PASSED, []),
        (FAILED, ["failed: Grants: USAGE is missing."]),
        (WARNING, ["warning: Version: old."]),
        ({"validationTests": [{"name": "a", "status": "skipped"}]}, []),
        ({"validationTests": [{"name": "a", "status": "failed", "message": "Ends."}]}, ["failed: a: Ends."]),
        ({"validationTests": [{"name": "a"}]}, ["a."]),
    ],
)
def test_sentences(results, sentences):
    validation = validation_of(results)
    assert sentences_of_tests(validation) == sentences
    assert describe_tests(validation) == "".join(f" {sentence}" for sentence in sentences)


def test_what_fails_a_task():
    assert {"failed": {"failed"}, "warning": {"failed", "warning"}, "never": set()} == FAILING
