# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Chromium of this machine, and a page of a report in it."""

from __future__ import annotations

import contextlib
import shutil
import typing as t
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from ansible_collections.community.immuta.plugins.plugin_utils._report.files import write_record, write_report
from ansible_collections.community.immuta.plugins.plugin_utils._report.model import Report
from ansible_collections.community.immuta.plugins.plugin_utils._report.run_record import RunRecord

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = f"needs a browser in PATH ({', '.join(NAMES)}). Install it with: make system"
#: The two widths that the page is made for: a window on a desk, and a small phone.
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


def find_chromium() -> str | None:
    """Return the path of the browser, or None if this machine has none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def start(playwright: Playwright) -> Browser:
    """Start the browser. Its sandbox does not work for root; the only pages are our own."""
    return playwright.chromium.launch(executable_path=find_chromium(), chromium_sandbox=False)


@contextlib.contextmanager
def running_browser() -> t.Iterator[Browser]:
    """Start the browser, and end it with the context."""
    with sync_playwright() as playwright:
        browser = start(playwright)
        try:
            yield browser
        finally:
            browser.close()


def _write_page(report: Report | RunRecord, directory: str) -> list[str]:
    if isinstance(report, RunRecord):
        return write_record(report, directory, ["html"])
    return write_report(report, directory, ["html"])


class ReportPage:
    """The page of a report or of the record of a run, opened from a file, and everything that it said or asked for.

    :param options: those of a context of playwright: ``color_scheme``, ``viewport``, ...
    """

    def __init__(self, browser: Browser, directory: Path, report: Report | RunRecord, **options: t.Any) -> None:
        (path,) = _write_page(report, str(directory))
        self.url = Path(path).as_uri()
        self.context = browser.new_context(**{"viewport": DESK, **options})
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        self.page.goto(self.url)

    def names(self) -> list[str]:
        """Return the clusters that are visible, from top to bottom."""
        rows = self.page.locator("#clusters > tbody > tr:visible")
        return [name.strip() for name in rows.locator(".name").all_inner_texts()]

    def forget(self) -> None:
        """Forget what the page said and asked for, after a test that made it do so."""
        self.said.clear()
        self.requests[1:] = []

    def press_chip(self, label: str) -> None:
        """Press the count of a verdict."""
        self.page.locator(".counts").get_by_role("button", name=label).click()
