# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that a message may show."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._redshift.password_rules import password_problems
from ansible_collections.community.immuta.plugins.module_utils._redshift.words import MESSAGE_WORDS, SQL_WORDS


def test_no_word_is_a_password():
    """Redshift requires a digit in a password, and no word has one."""
    for word in SQL_WORDS | MESSAGE_WORDS:
        assert word.isascii()
        assert word.replace("_", "").isalpha()
        assert password_problems(word)


def test_case():
    assert all(word.isupper() for word in SQL_WORDS)
    assert all(word.islower() for word in MESSAGE_WORDS)


@pytest.mark.parametrize("text", ["permission denied for schema", "syntax error at or near", "relation does not exist"])
def test_the_words_of_frequent_messages(text):
    assert set(text.split()) <= MESSAGE_WORDS


def test_each_word_of_sql_may_be_part_of_a_message():
    assert {word.lower() for word in SQL_WORDS} <= MESSAGE_WORDS
