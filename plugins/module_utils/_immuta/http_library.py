# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that imports ``requests`` and ``urllib3``, which may be missing.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import traceback
import typing as t

if t.TYPE_CHECKING:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.util.retry import Retry

    REQUESTS_ERROR: str | None = None
else:
    try:
        import requests
        import urllib3
        from requests.adapters import HTTPAdapter
        from urllib3.util.retry import Retry
    except ImportError:
        REQUESTS_ERROR = traceback.format_exc()
        requests = urllib3 = None
        HTTPAdapter = Retry = object
    else:
        REQUESTS_ERROR = None

__all__ = ["REQUESTS_ERROR", "HTTPAdapter", "Retry", "requests", "urllib3"]
