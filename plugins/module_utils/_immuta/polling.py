# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a stable state.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from .._context import Context

T = t.TypeVar("T")

FIRST_PAUSE = 0.25  # seconds; a small cluster is done at once
GROWTH = 1.6
MAX_PAUSE = 15.0  # seconds
PROGRESS_INTERVAL = 15.0  # seconds


def poll(
    read: t.Callable[[], T],
    done: t.Callable[[T], bool],
    limit: float,
    context: Context,
    describe: t.Callable[[T], str] | None = None,
) -> T:
    """Read until it is done or time runs out, and return what was read last.

    :param limit: seconds; the last pause is shortened so that it ends at the limit
    :param describe: the progress to show every 15 seconds
    """
    clock = context.clock
    start = shown = clock.now()
    pause = FIRST_PAUSE
    seen = read()
    while not done(seen) and clock.now() < start + limit:
        clock.sleep(max(0.0, min(pause, start + limit - clock.now())))
        pause = min(pause * GROWTH, MAX_PAUSE)
        seen = read()
        if describe and not done(seen) and clock.now() - shown >= PROGRESS_INTERVAL:
            shown = clock.now()
            context.progress(f"{describe(seen)} ({shown - start:.0f} s of {limit:.0f} s)")
    return seen
