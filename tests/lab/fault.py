# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the faults of the API and of the proxy have in common: which process they kill, which matches they hit."""

from __future__ import annotations

import dataclasses
import os
import signal


@dataclasses.dataclass
class Fault:
    """A fault as a test describes it. Subclasses decide what matches."""

    #: what happens
    kind: str
    #: matches to let through first
    skip: int = 0
    #: matches to hit after that; None or 0: all
    times: int | None = 1
    #: a delay
    seconds: float = 1.0
    #: `kill`: the process, or as a negative number the process group
    pid: int | None = None
    #: counter: matches so far
    seen: int = 0
    #: counter: matches hit so far
    met: int = 0

    def __post_init__(self) -> None:
        if self.kind == "kill" and abs(self.pid or 0) <= 1:
            raise ValueError("A fault 'kill' needs the pid of a process, or minus that of a process group.")

    def count(self) -> bool:
        """Count a match, and return whether the fault hits it."""
        self.seen += 1
        if self.seen <= self.skip or (self.times and self.met >= self.times):
            return False
        self.met += 1
        return True

    def kill(self) -> None:
        """Send SIGKILL to the process or the group. It may have ended already."""
        if not self.pid:
            return
        try:
            if self.pid < 0:
                os.killpg(-self.pid, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            self.pid = None
