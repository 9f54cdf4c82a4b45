# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page and the Markdown text of a report."""

from __future__ import annotations

import re

from ansible_collections.community.immuta.plugins.plugin_utils._report.model import IgnoreRule, build_report
from ansible_collections.community.immuta.plugins.plugin_utils._report.text_formats import (
    to_html,
    to_markdown,
    to_terminal,
)

from ..fleets import HEADER, HOSTILE, TENANT, fleet, hostile_report, row
from ..pages import Page


def test_nothing_in_the_page_comes_from_outside(full):
    parsed = Page(to_html(full))
    assert {name for tag, _attrs in parsed.tags for name in [tag]}.isdisjoint(
        {"img", "iframe", "object", "embed", "base"}
    )
    links = [
        (tag, name, value) for tag, attrs in parsed.tags for name, value in attrs.items() if name in ("src", "href")
    ]
    assert [link[:2] for link in links] == [("link", "href"), ("a", "href"), ("a", "href")]
    assert links[0][2].startswith("data:image/svg+xml,")
    assert [link[2] for link in links[1:]] == ["#not-checked", TENANT]
    assert not re.search(r"@import|url\(|fetch\(|XMLHttp", to_html(full))


def test_hostile_texts_stay_texts_in_the_page(full):
    hostile, plain = Page(to_html(hostile_report())), Page(to_html(full))
    assert {tag for tag, _attrs in hostile.tags} <= {tag for tag, _attrs in plain.tags}
    assert [tag for tag, _attrs in hostile.tags].count("script") == 1
    assert not [name for _tag, attrs in hostile.tags for name in attrs if name.startswith("on")]
    assert {attrs["href"] for tag, attrs in hostile.tags if tag == "a"} == {TENANT}
    shown = "".join(hostile.text)
    assert all(text in shown for text in HOSTILE)


def test_hostile_texts_stay_texts_in_markdown():
    text = to_markdown(hostile_report())
    tags = set(re.findall(r"</?[a-z!][^>]*>", text))
    assert tags == {"<details>", "</details>", "<summary>", "</summary>", "<b>", "</b>", "<code>", "</code>"}
    assert "](" not in text
    assert "@everyone" not in text
    assert not re.search(r"^(#+ HELP|- - |- 1\.)", text, re.MULTILINE)
    tables = [line for line in text.splitlines() if line.startswith("| ") and "option" not in line]
    assert {line.count("|") for line in tables} <= {3, 4}


def test_markdown_fits_into_a_comment(large):
    text = to_markdown(large)
    assert 50_000 < len(text) < 65_536
    assert text.startswith("## 200 Redshift integrations: action needed\n\n| verdict | number |")
    assert re.search(r"\d+ more did not fit here", text)
    assert text.count("<details>") == text.count("</details>")
    many = build_report({"hosts": {"x" * 500 + str(n): row("in_sync") for n in range(5000)}, "unmanaged": []}, HEADER)
    assert len(to_markdown(many)) < 65_536


def test_markdown_says_it_all(full):
    text = to_markdown(full)
    for part in (
        "| drifted | 1 |",
        "Moves in December",
        "(matched nothing: remove it)",
        "archive",
        "--limit gone",
        "| port",
    ):
        assert part in text.replace("&#45;", "-")
    assert to_markdown(build_report(fleet(a=row("in_sync")), HEADER)).startswith(
        "## 1 Redshift integrations: everything is as described"
    )


def test_the_terminal_shows_what_was_found():
    down = row("error", status=None, message="GET /integrations: no connection.")
    found = fleet(well=row("in_sync"), known=row("drifted"), gone=row("missing", status=None), down=down)
    assert to_terminal(build_report(found, HEADER, [IgnoreRule("known", "accepted")])) == [
        "CLUSTER  VERDICT            STATUS IN IMMUTA",
        "down     error              -",
        "    GET /integrations: no connection.",
        "gone     missing            -",
        "known    drifted (ignored)  enabled",
        "",
        "Clusters: 1 error, 1 missing, 1 drifted, 1 in sync.",
    ]


def test_hostile_texts_get_no_line_of_their_own_in_the_terminal():
    report = hostile_report()
    text = "\n".join(to_terminal(report))
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert not [line for line in text.splitlines() if line.startswith(("# HELP", "break"))]
