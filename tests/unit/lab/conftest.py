# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests of the lab run with ``make unit`` only: ansible-test does not install the libraries of the lab."""

from __future__ import annotations

import importlib.util

LIBRARIES = ("aiohttp", "psycopg", "schemathesis")

collect_ignore_glob = [] if all(map(importlib.util.find_spec, LIBRARIES)) else ["test_*.py"]
