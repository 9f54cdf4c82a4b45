# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/images: the report as people see it. ``make pictures``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import MISSING, ReportPage, find_chromium, running_browser
from tests.browser.sample import picture_report

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "report.png"
SIZE = {"width": 1280, "height": 922}


def main() -> None:
    """Take the picture of the report of a small fleet."""
    if not find_chromium():
        sys.exit(MISSING)
    PICTURE.parent.mkdir(exist_ok=True)
    with running_browser() as browser, tempfile.TemporaryDirectory() as directory:
        report = ReportPage(browser, Path(directory), picture_report(), viewport=SIZE, color_scheme="light")
        report.page.screenshot(path=PICTURE)
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
