# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page says in its own words."""

from __future__ import annotations

import re

import pytest

from ansible_collections.community.immuta.plugins.plugin_utils._report import (
    page,
)
from ansible_collections.community.immuta.plugins.plugin_utils._report.model import build_report
from ansible_collections.community.immuta.plugins.plugin_utils._report.text_formats import to_html

from ..fleets import HEADER, HOSTILE, TENANT, fleet, row
from ..pages import Page


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ((), "No cluster was checked."),
        (("in_sync",), "All clusters are as the inventory describes them."),
        (("in_sync", "busy"), "1 of 2 clusters needs attention."),
        (("error", "drifted", "in_sync"), "2 of 3 clusters need attention."),
    ],
)
def test_the_page_begins_with_the_result(verdicts, sentence):
    report = build_report(fleet(**{verdict: row(verdict) for verdict in verdicts}), HEADER)
    assert page.headline(report) == sentence
    assert sentence in "".join(Page(to_html(report)).text)


def test_the_parts_of_the_bar_fill_it(full):
    for report in (full, build_report(fleet(), HEADER)):
        parts = page.shares(report.summary)
        assert [part.name for part in parts] == [verdict for verdict, number in report.summary.items() if number]
        ends = [0.0, *(part.start + part.width for part in parts)]
        assert all(part.start >= end for part, end in zip(parts, ends, strict=False))
        assert ends[-1] == pytest.approx(1000 if parts else 0, abs=0.5)


def test_where_a_line_may_break():
    assert page.breakable("a.eu-west-1.com").count("<wbr>") == 2
    assert re.sub("<span[^>]*>|</span>", "", page.breakable_command("run -x a.b")) == "run <wbr>-x <wbr>a.b"
    for text in ("plain", "x" * 40 + ".com", "<b>.</b>", *HOSTILE):
        for shown in (page.breakable(text), page.breakable_command(f"run  {text}")):
            assert "".join(Page(shown).text) in (text, f"run  {text}")
            assert {tag for tag, _attrs in Page(shown).tags} <= {"span", "wbr"}


@pytest.mark.parametrize(
    ("problem", "parts"),
    [
        ("failed: Connect: no route.", ("failed", "Connect: no route.")),
        ("warning: Old: x", ("warning", "Old: x")),
        ("The status is createError.", ("", "The status is createError.")),
        ("evil: x", ("", "evil: x")),
        ("failed", ("", "failed")),
    ],
)
def test_the_result_of_a_test_is_apart_from_its_text(problem, parts):
    assert page.result_of_test(problem) == parts


@pytest.mark.parametrize(("url", "name"), [(TENANT, "tenant.example.com"), ("http://[", "http://["), ("x", "x")])
def test_a_tenant_is_called_by_its_host(url, name):
    assert page.tenant_name(url) == name


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "http://[", "", None])
def test_only_web_addresses_become_links(url):
    assert page.web_address(url) == ""
