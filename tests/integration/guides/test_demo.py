# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo ends well, and shows what its page says."""

from __future__ import annotations

from demo.record import PAGE, recorded


def test_the_page_shows_what_the_demo_shows() -> None:
    assert recorded() == PAGE.read_text(encoding="utf-8"), "if the change is right: make recording"
