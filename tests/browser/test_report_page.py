# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the report in a real browser, as people use it."""

from __future__ import annotations

import http.server
import threading
import typing as t

import pytest

pytest.importorskip("playwright", reason="needs what make browser installs")

from playwright.sync_api import expect

from ansible_collections.community.immuta.plugins.plugin_utils._report.model import Report, build_report
from tests.browser.chromium import DESK, PHONE, ReportPage
from tests.browser.conftest import OpenPage
from tests.browser.sample import drift, large_report, row, sample_report, well_report
from tests.unit.plugins.plugin_utils.fleets import HEADER, HOSTILE, TENANT, hostile_report
from tests.unit.plugins.plugin_utils.runs import full_record, hostile_record

REPORTS = {
    "sample": sample_report,
    "well": well_report,
    "hostile": hostile_report,
    "run": full_record,
    "hostile run": hostile_record,
}


def numbered_report() -> Report:
    """Return clusters whose order depends on numbers, and on what was found."""
    hosts = {
        "c10": row("c10", "drifted", drift=drift(port=(1, 2))),
        "c2": row("c2", "drifted", drift=drift(port=(1, 2), database=("a", "b"))),
        "C1": row("C1", "in_sync"),
    }
    return build_report({"hosts": hosts, "unmanaged": []}, HEADER)


def header_of(report: ReportPage, name: str) -> t.Any:
    """Return the header of a column."""
    return report.page.get_by_role("columnheader", name=name)


def sorted_by(report: ReportPage) -> list[tuple[str, str | None]]:
    """Return the columns that say that they are sorted, each with the direction."""
    headers = report.page.locator("th[aria-sort]")
    return [(header.inner_text().strip(), header.get_attribute("aria-sort")) for header in headers.all()]


def test_sort_by_click(open_page: OpenPage) -> None:
    report = open_page(numbered_report())
    assert report.names() == ["c10", "c2", "C1"]  # the most severe first, then by name
    assert sorted_by(report) == [("Verdict", "ascending")]
    button = header_of(report, "Cluster").get_by_role("button")
    button.click()
    assert (report.names(), sorted_by(report)) == (["C1", "c2", "c10"], [("Cluster", "ascending")])
    button.click()
    assert (report.names(), sorted_by(report)) == (["c10", "c2", "C1"], [("Cluster", "descending")])
    header_of(report, "Findings").get_by_role("button").click()
    assert (report.names(), sorted_by(report)) == (["c2", "c10", "C1"], [("Findings", "descending")])


def test_sort_and_filter_by_keyboard(open_page: OpenPage) -> None:
    report = open_page(numbered_report())
    keyboard = report.page.keyboard
    report.page.get_by_role("searchbox", name="Filter").focus()
    keyboard.press("Tab")
    assert report.page.evaluate("document.activeElement.textContent") == "Cluster"
    keyboard.press("Enter")
    assert report.names() == ["C1", "c2", "c10"]
    keyboard.press("Tab")
    keyboard.press("Space")
    assert report.names() == ["c10", "c2", "C1"]
    report.page.locator(".counts button").first.focus()
    keyboard.press("Space")
    assert report.names() == ["c10", "c2"]


def test_filter_by_text(open_page: OpenPage) -> None:
    report = open_page(sample_report())
    everything = report.names()
    assert report.page.get_by_text("13 of 13 shown").is_visible()
    search = report.page.get_by_role("searchbox", name="Filter")
    for text, names in (
        ("PASSWORD finance", ["finance"]),  # each word somewhere in the row: message, host
        ("impersonation", ["bi-dashboards", "sales"]),  # an option that differs
        ("acme-eu", ["payroll"]),  # a tenant
        ("unknown status", ["research"]),
        ("data-2210", ["bi-dashboards"]),  # the reason of an ignore rule
        ("no such thing", []),
    ):
        search.fill(text)
        assert report.names() == names
    assert report.page.get_by_text("0 of 13 shown").is_visible()
    assert report.page.get_by_text("No cluster fits the filter.").is_visible()
    report.page.get_by_role("button", name="Show all").click()
    assert report.names() == everything
    assert report.page.get_by_role("button", name="Show all").is_hidden()
    assert report.page.get_by_text("No cluster fits the filter.").is_hidden()


def test_filter_by_verdict(open_page: OpenPage) -> None:
    report = open_page(sample_report())
    counts = report.page.locator(".counts li").all_inner_texts()
    assert counts[:4] == ["error 1", "unhealthy 2", "missing 1", "drifted 2"]
    assert counts[-2:] == ["ignored 2", "not checked 1"]
    report.press_chip("drifted 2")
    assert report.names() == ["bi-dashboards", "sales"]
    report.press_chip("missing 1")
    assert report.names() == ["marketing", "bi-dashboards", "sales"]
    report.page.get_by_role("searchbox").fill("authentication")
    assert report.names() == ["sales"]
    report.page.get_by_role("button", name="Show all").click()
    report.press_chip("ignored 2")
    assert [name.partition(".")[0] for name in report.names()] == ["bi-dashboards", "sandbox"]
    report.press_chip("ignored 2")
    assert len(report.names()) == 13


def test_the_page_says_it_all_without_a_script(open_page: OpenPage) -> None:
    with_script = open_page(sample_report())
    report = open_page(sample_report(), java_script_enabled=False)
    assert report.names() == with_script.names()
    assert report.page.locator("button:visible, input:visible").count() == 0
    shown = report.page.locator("body").inner_text()
    for text in (
        "8 of 13 clusters need attention.",
        "password authentication failed for user",
        "ansible-playbook community.immuta.redshift_integration --limit sales",
        "userPassword",
        "Immuta does not edit database.",
        "Ignored: Impersonation is switched on in January (DATA-2210)",
        "archive-2019",
        "maria.keller",
    ):
        assert text in shown


def background(report: ReportPage) -> list[int]:
    """Return red, green and blue of the page."""
    color = report.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return [int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")]


@pytest.mark.parametrize("javascript", [True, False])
def test_the_colors_are_those_of_the_system(open_page: OpenPage, javascript: bool) -> None:
    light, dark = (
        open_page(sample_report(), color_scheme=scheme, java_script_enabled=javascript) for scheme in ("light", "dark")
    )
    assert min(background(light)) > 230
    assert max(background(dark)) < 50


@pytest.mark.parametrize(("scheme", "other"), [("light", "Dark colors"), ("dark", "Light colors")])
def test_the_other_colors_by_a_button(open_page: OpenPage, scheme: str, other: str) -> None:
    report = open_page(sample_report(), color_scheme=scheme)
    before = background(report)
    report.page.get_by_role("button", name=other).click()
    assert abs(background(report)[0] - before[0]) > 150
    report.page.get_by_role("button", name="colors").click()
    assert background(report) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", REPORTS)
def test_accessibility(open_page: OpenPage, axe: str, name: str, scheme: t.Any) -> None:
    report = open_page(REPORTS[name](), color_scheme=scheme)
    for count in report.page.locator(".counts button").all()[:1]:
        count.click()  # a pressed chip has its own colors
    for details in report.page.locator("details").all()[:3]:
        details.evaluate("details => { details.open = true; }")
    report.page.evaluate(axe)
    for size in (DESK, PHONE):
        report.page.set_viewport_size(size)
        found = report.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        shown = [(rule["id"], rule["impact"], [node["html"][:200] for node in rule["nodes"][:3]]) for rule in found]
        assert [rule for rule in shown if rule[1] in ("serious", "critical")] == []


@pytest.mark.parametrize("name", REPORTS)
def test_a_phone_does_not_scroll_sideways(open_page: OpenPage, name: str) -> None:
    report = open_page(REPORTS[name](), viewport=PHONE)
    assert report.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize(("make", "rows"), [(hostile_report, 6), (hostile_record, 2)], ids=["report", "run"])
def test_hostile_texts_stay_texts(open_page: OpenPage, make: t.Any, rows: int) -> None:
    report = open_page(make())
    page = report.page
    assert page.locator("script").count() == page.locator("style").count() == page.locator("h1").count() == 1
    assert page.locator("img, iframe, object, embed, base, form").count() == 0
    assert {link.get_attribute("href") for link in page.locator("a").all()} <= {TENANT, "#not-checked"}
    everything = page.locator("#clusters").evaluate("table => table.textContent")
    for text in HOSTILE:
        assert text.replace("\x00", "").replace("\ud800", "?") in everything  # neither can be in a page
    page.get_by_role("searchbox").fill("<script>alert(1)</script>")
    assert len(report.names()) == rows  # one for each verdict or outcome
    header_of(report, "Cluster").get_by_role("button").click()
    assert len(report.names()) == rows


def test_the_record_of_a_run(open_page: OpenPage) -> None:
    report = open_page(full_record())
    names = report.names()
    report.press_chip("failed 2")
    assert sorted(report.names()) == ["broken", "wrong"]
    report.page.get_by_role("button", name="Show all").click()
    report.page.get_by_role("searchbox").fill("create schema")
    assert report.names() == ["broken"]
    details = report.page.locator('[data-name="broken"] details').last
    assert details.locator("p").first.is_hidden()
    details.locator("summary").click()
    assert details.get_by_text("Failed at statement").is_visible()
    details.locator("summary").click()
    report.page.emulate_media(media="print")
    assert report.names() == names  # paper has every row
    assert details.get_by_text("Failed at statement").is_visible()  # and what is folded


@pytest.fixture
def outside() -> t.Iterator[tuple[str, list[str]]]:
    """A server that the page must not ask: its address, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_arguments: t.Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


#: What somebody would do whose text became HTML after all. Returns what the browser blocked.
ATTACK = """async (outside) => {
    const found = [];
    document.addEventListener("securitypolicyviolation", (event) => found.push(event.effectiveDirective));
    await fetch(`${outside}/fetch`).catch(() => 0);
    for (const [name, attributes] of [
        ["script", {textContent: "document.title = 'run'"}],
        ["style", {textContent: "body { display: none }"}],
        ["img", {src: `${outside}/img`}],
    ]) document.body.append(Object.assign(document.createElement(name), attributes));
    for (let round = 0; found.length < 4 && round < 500; round += 1) await new Promise((done) => setTimeout(done, 10));
    return found;
}"""


def test_the_page_can_load_nothing(open_page: OpenPage, outside: tuple[str, list[str]]) -> None:
    report = open_page(sample_report())
    address, asked = outside
    blocked = {directive.removesuffix("-elem") for directive in report.page.evaluate(ATTACK, address)}
    assert blocked == {"connect-src", "script-src", "style-src", "img-src"}
    assert report.page.title() != "run"
    assert report.page.locator("h1").is_visible()
    assert asked == []
    report.forget()  # the browser says what it blocked


def test_print(open_page: OpenPage) -> None:
    report = open_page(sample_report(), color_scheme="dark")
    report.page.get_by_role("searchbox").fill("finance")
    assert report.names() == ["finance"]
    report.page.emulate_media(media="print")
    assert len(report.names()) == 13  # paper has every row
    assert report.page.locator("#tools:visible, #theme:visible, .command button:visible, input:visible").count() == 0
    assert min(background(report)) == 255
    paper = report.page.pdf(format="A4")
    assert paper.startswith(b"%PDF-")
    assert len(paper) > 20_000


@pytest.mark.parametrize("refuses", [False, True], ids=["clipboard", "selection"])
def test_copy_a_command(open_page: OpenPage, refuses: bool) -> None:
    report = open_page(sample_report(), permissions=["clipboard-read", "clipboard-write"])
    if refuses:  # as a page that was not loaded over HTTPS
        report.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    report.page.get_by_role("button", name="Copy the command for sales").click()
    expect(report.page.locator("#said")).to_have_text("Copied")
    command = "ansible-playbook community.immuta.redshift_integration --limit sales"
    assert report.page.evaluate("navigator.clipboard.readText()") == command
    assert report.page.evaluate("getSelection().toString()") == command


def test_two_hundred_clusters(open_page: OpenPage) -> None:
    report = open_page(large_report())
    report.page.get_by_role("searchbox").fill("cluster-19")
    assert len(report.names()) == 10
    header_of(report, "Cluster").get_by_role("button").click()
    header_of(report, "Cluster").get_by_role("button").click()
    assert report.names()[0] == "cluster-199"
