# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting: fast at first, then slower, never longer than allowed."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._context import Clock, Context
from ansible_collections.community.immuta.plugins.module_utils._immuta import polling
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import FakeClock


def play(done_after, limit, describe=None, **context):
    clock = FakeClock()
    seen = iter(range(10_000))
    last = polling.poll(
        lambda: next(seen), lambda value: value >= done_after, limit, Context(clock=clock, **context), describe
    )
    return last, clock


def test_done_at_once_takes_no_time():
    assert play(0, 600)[1].pauses == []


def test_pauses_grow_up_to_a_bound():
    _last, clock = play(20, 600)
    assert clock.pauses[:3] == pytest.approx([0.25, 0.4, 0.64])
    assert sorted(clock.pauses) == clock.pauses
    assert clock.pauses[-1] == polling.MAX_PAUSE


@pytest.mark.parametrize("limit", [0, 0.1, 1, 7.5, 600])
def test_it_never_takes_longer_than_allowed(limit):
    last, clock = play(10_000, limit)
    assert clock.time == pytest.approx(limit)
    assert last == len(clock.pauses)


def test_a_long_wait_shows_its_progress():
    lines = []
    play(10_000, 120, lambda value: f"still {value}", progress=lines.append)
    assert 4 <= len(lines) <= 8
    assert "of 120 s" in lines[0]


def test_progress_that_nobody_reads(capsys):
    play(10_000, 120, str)
    assert capsys.readouterr() == ("", "")


def test_the_real_clock():
    clock = Clock()
    start = clock.now()
    clock.sleep(0.001)
    assert clock.now() > start
