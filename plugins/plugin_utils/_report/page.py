# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the HTML page shows, decided before the template. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t
import urllib.parse

from markupsafe import Markup

from .model import DIFFERENCES, ERROR, NOTHING, Cluster, Report

#: Width of the bar that shows the share of each verdict, and of the gap between two of them.
_WIDTH, _GAP = 1000.0, 4.0
#: Results of a test of Immuta that a problem begins with.
_TEST_RESULTS = ("failed", "warning")
#: exit code -> color of the icon of the page
_COLORS = {NOTHING: "3d9e5f", DIFFERENCES: "dd9a1f", ERROR: "d1343f"}
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Ccircle cx='8' cy='8' r='7' fill='%23{}'/%3E%3C/svg%3E"
)
#: A text with a longer part may break anywhere: a phone is not wider.
_LONGEST_PART = 38


class Share(t.NamedTuple):
    """A part of the bar."""

    name: str
    start: float
    width: float


def headline(report: Report) -> str:
    """Return the result of a report in one sentence."""
    total, open_rows = len(report.clusters), sum(row.counts for row in report.clusters)
    if not total:
        return "No cluster was checked."
    if open_rows:
        return f"{open_rows} of {total} clusters {'needs' if open_rows == 1 else 'need'} attention."
    return "All clusters are as the inventory describes them."


def shares(counts: t.Mapping[str, int]) -> list[Share]:
    """Return a part of the bar for each verdict or outcome, as wide as its share of the clusters."""
    found = {name: number for name, number in counts.items() if number}
    unit = (_WIDTH - _GAP * (len(found) - 1)) / (sum(found.values()) or 1)
    parts: list[Share] = []
    start = 0.0
    for name, number in found.items():
        parts.append(Share(name, round(start, 1), round(number * unit, 1)))
        start += number * unit + _GAP
    return parts


def icon(exit_code: int) -> str:
    """Return the icon of the page: a dot in the color of the result."""
    return _ICON.format(_COLORS[exit_code])


def breakable(text: str) -> Markup:
    """Return a host name that breaks after a dot, and not at the hyphens of a region."""
    return _breaks_at(r"(?<=\.)", text)


def breakable_command(text: str) -> Markup:
    """Return a command that breaks after a space, and not at the hyphens of an option."""
    return _breaks_at("(?<= )", text)


def _breaks_at(pattern: str, text: str) -> Markup:
    parts = re.split(pattern, text)
    if max(map(len, parts)) > _LONGEST_PART:
        return Markup.escape(text)
    return Markup("<wbr>").join(Markup('<span class="part">{}</span>').format(part) for part in parts)


def result_of_test(problem: str) -> tuple[str, str]:
    """Return the result of a test of Immuta apart from its text, empty if the problem is not of a test."""
    kind, separator, text = problem.partition(": ")
    return (kind, text) if separator and kind in _TEST_RESULTS else ("", problem)


def tenant_name(url: str) -> str:
    """Return the host of a tenant, or the whole text if it is not an address."""
    try:
        return urllib.parse.urlsplit(url).netloc or url
    except ValueError:
        return url


def web_address(url: str | None) -> str:
    """Return an address if a browser can open it without harm, or else nothing."""
    try:
        return url if url and urllib.parse.urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def search_text(row: Cluster) -> str:
    """Return what the filter of the page looks at."""
    drift = [entry.option for entry in row.drift]
    texts = (row.name, row.host, row.immuta_url, row.verdict.replace("_", " "), row.status, row.message, row.ignored)
    return " ".join(filter(None, (*texts, *row.problems, *drift))).lower()


#: Filters of the template.
FILTERS: dict[str, t.Callable[..., t.Any]] = {
    "breakable": breakable,
    "breakable_command": breakable_command,
    "search_text": search_text,
    "tenant_name": tenant_name,
    "result_of_test": result_of_test,
    "web_address": web_address,
}
