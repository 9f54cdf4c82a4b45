# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as Markdown for a comment on a pull request, and as one HTML page. Pure, but for reading the templates.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import re
import typing as t

import jinja2

from ansible_collections.community.immuta.plugins.module_utils._module._table import Line, table

from .machine_formats import shown
from .model import IN_SYNC, SEVERITY, Cluster, Report
from .page import FILTERS, headline, icon, shares

#: GitHub refuses a comment of more than 65,536 characters.
LONGEST = 65_000
_LONGEST_TEXT = 600
#: Characters with a meaning in Markdown or HTML, and those that begin a list or a heading.
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#!|~&$]|^[-+=0-9]")
_TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")

#: How verdicts are called in a sentence.
LABELS = {verdict: verdict.replace("_", " ") for verdict in SEVERITY}


def markdown(value: t.Any) -> str:
    """Return a value as text of one line in which no character has a meaning for Markdown or HTML."""
    text = " ".join(str(value).split())
    text = text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + " ..."
    # A name after @ would be notified.
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", text).replace("@", "@\u200b")


def to_markdown(report: Report) -> str:
    """Return the report as Markdown: the summary first, then each cluster until the comment is full."""
    head = to_text("report.md.j2", report=report, labels=LABELS)
    open_rows = [row for row in report.clusters if row.verdict != "in_sync"]
    return as_comment(head, (to_text("cluster.md.j2", row=row, labels=LABELS) for row in open_rows))


def to_terminal(report: Report) -> list[str]:
    """Return lines for a terminal: what was found, and how many clusters have each verdict."""
    found = [row for row in report.clusters if row.verdict != IN_SYNC]
    lines = [_line(row) for row in found]
    totals = {LABELS[verdict]: number for verdict, number in report.summary.items() if number}
    return table("VERDICT", lines, totals, f"{len(report.not_checked)} not checked." if report.not_checked else "")


def _line(row: Cluster) -> Line:
    """Return the line of a cluster; one that could not be compared has the reason below it."""
    return Line(row.name, _verdict(row), row.status, row.message if row.verdict == "error" else "")


def _verdict(row: Cluster) -> str:
    return LABELS[row.verdict] + (" (ignored)" if row.ignored else "")


def as_comment(head: str, blocks: t.Iterable[str]) -> str:
    """Return Markdown that fits into a comment: as many blocks as there is space for, and how many are left out."""
    parts, waiting = [head.strip() + "\n"], [block.strip() + "\n" for block in blocks]
    left = LONGEST - len(parts[0])
    for number, block in enumerate(waiting):
        if len(block) > left:
            parts.append(f"{len(waiting) - number} more did not fit here: see report.json or report.html.\n")
            break
        parts.append(block)
        left -= len(block) + 1
    return "\n".join(parts)


def to_html(report: Report) -> str:
    """Return the report as one page that loads nothing."""
    return to_page(
        "report.html.j2",
        report=report,
        labels=LABELS,
        headline=headline(report),
        shares=shares(report.summary),
        icon=icon(report.exit_code),
    )


def to_page(template: str, **values: t.Any) -> str:
    """Return a page of a template, with its style and script in it."""
    style, script = _source("report.css"), _source("report.js")
    hashes = {"style_hash": _csp_hash(style), "script_hash": _csp_hash(script)}
    return _template(template).render(style=style, script=script, **hashes, **values)


def to_text(template: str, **values: t.Any) -> str:
    """Return the text of a template of a Markdown file."""
    return _template(template).render(**values)


def _csp_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _source(name: str) -> str:
    with open(os.path.join(_TEMPLATES, name), encoding="utf-8") as file:
        return file.read()


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


@functools.lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(md=markdown, shown=shown, **FILTERS)
    return environment
