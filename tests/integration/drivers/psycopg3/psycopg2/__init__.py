# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands before the real psycopg2 on the path, to hide it from modules under test."""

from __future__ import annotations

raise ImportError("psycopg2 is hidden by the test")
