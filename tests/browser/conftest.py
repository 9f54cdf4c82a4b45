# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: the browser, pages of reports in it, and axe-core."""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

import pytest

if t.TYPE_CHECKING:  # without what make browser installs, the tests are skipped, and nothing here is run
    from playwright.sync_api import Browser

    from ansible_collections.community.immuta.plugins.plugin_utils._report.model import Report
    from ansible_collections.community.immuta.plugins.plugin_utils._report.run_record import RunRecord
    from tests.browser.chromium import ReportPage

#: scripts/browser.sh installs it there.
AXE = Path(__file__).parents[2] / ".cache" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
OpenPage = t.Callable[..., "ReportPage"]


@pytest.fixture(scope="session")
def browser() -> t.Iterator[Browser]:
    """The Chromium of this machine, without a window."""
    from tests.browser import chromium

    if not chromium.find_chromium():
        pytest.skip(chromium.MISSING)
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(chromium.running_browser())


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> t.Iterator[OpenPage]:
    """Opens a report. At the end no page may have asked for anything but itself, nor said anything."""
    from tests.browser.chromium import ReportPage

    opened: list[ReportPage] = []

    def open_report(report: Report | RunRecord, **options: t.Any) -> ReportPage:
        opened.append(ReportPage(browser, tmp_path / str(len(opened)), report, **options))
        return opened[-1]

    yield open_report
    for report in opened:
        report.context.close()
        assert report.requests == [report.url]
        assert report.said == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.is_file():
        pytest.skip('needs axe-core, which "make browser" downloads with npm (make system installs npm)')
    return AXE.read_text(encoding="utf-8")
