# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests of the lab run with ``make unit`` only: ansible-test does not install the libraries of the lab."""

from __future__ import annotations

import pytest

for _library in ("aiohttp", "psycopg", "schemathesis"):
    pytest.importorskip(_library)
