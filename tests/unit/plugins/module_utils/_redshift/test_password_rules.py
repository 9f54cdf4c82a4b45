# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redshift's rules for passwords."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._redshift.password_rules import password_problems

HASH = "md5" + "0a" * 16


@pytest.mark.parametrize("password", [None, "Immuta1x", "Im1%$;&*()x", "I1" + "x" * 62, HASH])
def test_accepted(password):
    assert password_problems(password) == []


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("", ["8 to 64", "upper-case", "lower-case", "digit"]),
        ("Immuta1", ["8 to 64"]),
        ("Immuta1" + "x" * 58, ["8 to 64"]),
        ("immuta1x", ["upper-case"]),
        ("IMMUTA1X", ["lower-case"]),
        ("Immutaxx", ["digit"]),
        ("Immuta1 x", ["space"]),
        ("Immuta1x\n", ["space"]),
        ("Immuta1é", ["ASCII"]),
        ("Immuta1٣", ["ASCII"]),
        *((f"Immuta1x{sign}", ["must not contain ' \" \\ / @"]) for sign in "'\"\\/@"),
        (HASH[:-1], ["upper-case"]),
        (HASH.upper(), ["lower-case"]),
    ],
)
def test_rejected(password, words):
    (problem,) = password_problems(password)
    assert all(word in problem for word in words)
    assert problem.count(", ") == len(words) - 1
    assert not password or password not in problem


def test_nobody_can_log_in_with_a_hash():
    (problem,) = password_problems(HASH, allow_hash=False)
    assert "Specify the password itself" in problem
    assert password_problems("Immuta1x", allow_hash=False) == []
