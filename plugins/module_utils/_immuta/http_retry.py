# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests are sent again, after which pause.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import math
import random
import time
import typing as t

from .http_library import Retry, urllib3

#: Too many requests, and unavailable: the server itself says that it did nothing, so a write may be sent again.
RETRY_WRITE_STATUSES = frozenset({429, 503})
#: Responses of a proxy or a restarting server: reading again is harmless, but a write may have been processed.
RETRY_READ_STATUSES = RETRY_WRITE_STATUSES | {500, 502, 504}
#: A gateway stopped waiting: whether a write was processed is unknown.
AMBIGUOUS_STATUSES = frozenset({502, 504})

MAX_BACKOFF = 60.0  # seconds, whatever Retry-After says


class ReadRetry(Retry):
    """Retries for requests that change nothing: after any transient error."""

    statuses: t.ClassVar[frozenset[int]] = RETRY_READ_STATUSES
    #: value of time.monotonic() after which nothing is retried
    end: float = math.inf

    def until(self, end: float) -> ReadRetry:
        """Return a copy that stops retrying at this time."""
        copy = self.new()
        copy.end = end
        return t.cast(ReadRetry, copy)

    def new(self, **changes: t.Any) -> t.Any:
        """Return a changed copy, as ``urllib3`` does before each retry."""
        copy = super().new(**changes)
        copy.end = self.end
        return copy

    def is_exhausted(self) -> bool:
        """Return whether no retry is left."""
        return bool(super().is_exhausted()) or time.monotonic() >= self.end

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Return whether a response with this status leads to a retry."""
        return status_code in self.statuses

    def get_retry_after(self, response: t.Any) -> float | None:
        """Return the seconds of ``Retry-After``, within bounds; an invalid header counts as missing.

        From the second refusal on, the doubling pause is added: hosts that were all told the same second would come
        back at the same moment, and the one that loses each time would run out of retries.
        """
        try:
            pause = super().get_retry_after(response)
        except urllib3.exceptions.InvalidHeader:
            return None
        if pause is None:
            return None
        return min(max(float(pause), 0.0) + self.get_backoff_time(), MAX_BACKOFF, self._left())

    def get_backoff_time(self) -> float:
        """Return the doubling pause, with jitter so that many hosts do not come back at the same moment."""
        return min(super().get_backoff_time() * random.uniform(0.5, 1.0), MAX_BACKOFF, self._left())

    def _left(self) -> float:
        return max(0.0, self.end - time.monotonic())


class WriteRetry(ReadRetry):
    """Retries for requests that change something: only if Immuta certainly did not process them."""

    statuses = RETRY_WRITE_STATUSES
