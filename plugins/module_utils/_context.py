# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core of a module needs to know besides its options.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t


class Clock:
    """The time, as code that waits sees it. Tests pass their own."""

    def now(self) -> float:
        """Return the seconds since a fixed moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for this many seconds."""
        time.sleep(seconds)


def discard(_line: str) -> None:
    """Show progress to nobody: the output of a module process is read only when it has ended."""


@dataclasses.dataclass(frozen=True)
class Context:
    """How a module is run.

    :param check_mode: change nothing, and predict what would be changed
    :param progress: called with a line of text during a long wait
    :param run_id: process id of the ansible-playbook that this belongs to, 0 if unknown, as in a module process
    :param clock: what measures and passes the time
    """

    check_mode: bool = False
    progress: t.Callable[[str], None] = discard
    run_id: int = 0
    clock: Clock = dataclasses.field(default_factory=Clock)
