# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README: the order of a certified collection, links that work on Galaxy, messages and targets that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "Makefile").is_file():
    pytest.skip("needs the checkout", allow_module_level=True)

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "tests/README.md")), *ROOT.glob("docs/dev/*.md")]
BLOB = "https://github.com/ansible-collections/community.immuta/blob/main/"
RAW = "https://raw.githubusercontent.com/ansible-collections/community.immuta/main/"
SECTIONS = [
    "Description", "Requirements", "Installation", "Use Cases", "Guarantees", "Querying integrations",
    "Troubleshooting", "Testing", "Support", "Communication", "Contributing", "Release Notes",
    "Related Information", "License",
]  # fmt: skip


def links(page: Path) -> list[str]:
    """Return the targets of the links and pictures of a page."""
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))


def literals() -> str:
    """Return every text that plugins, role and playbooks can show, with an ellipsis in place of each value."""
    found: list[str] = []
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(part.value if isinstance(part, ast.Constant) else "..." for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    for path in [*(ROOT / "roles").rglob("*.yml"), *(ROOT / "playbooks").rglob("*.yml")]:
        found.append(
            re.sub(r"\s+", " ", re.sub(r"\{\{.*?\}\}", "...", path.read_text(encoding="utf-8"), flags=re.DOTALL))
        )
    return "\n".join(found)


def messages() -> list[str]:
    """Return the messages of the Troubleshooting table."""
    table = README.partition("## Troubleshooting")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", table, re.MULTILINE)
    return [message for cell in cells for message in re.findall(r"`([^`]+)`", cell)]


def test_the_sections_and_their_order():
    assert re.findall(r"^## (.+)$", README, re.MULTILINE) == SECTIONS


def test_links_work_on_galaxy():
    assert [link for link in links(ROOT / "README.md") if not link.startswith("https://")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_linked_files_exist(page):
    missing = []
    for link in links(page):
        relative = link.removeprefix(BLOB).removeprefix(RAW).partition("#")[0]
        if relative.startswith("https://") or not relative:
            continue
        if not ((ROOT if relative != link else page.parent) / relative).exists():
            missing.append(link)
    assert missing == []


def test_pictures_are_small_and_have_a_text():
    pictures = re.findall(r"!\[(.*?)\]\((\S+)\)", README)
    assert len(pictures) >= 2
    for text, address in pictures:
        assert len(text) > 20
        assert (ROOT / address.removeprefix(RAW)).stat().st_size < 150_000


def test_the_messages_of_troubleshooting_exist():
    """A part of a message that is not found in the code was changed there: change the table too."""
    shown = literals()
    assert len(messages()) > 15
    pieces = [(message, re.split(r"\.\.\.|\b\d+\b", message)) for message in messages()]
    unknown = {message for message, parts in pieces for part in parts if part.strip() and part.strip() not in shown}
    assert unknown == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_targets_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    targets |= set(re.search(r"^PARTS := (.+)$", MAKEFILE, re.MULTILINE)[1].split())
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert named - targets == set()


def test_every_module_and_playbook_is_listed():
    names = {path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py")}
    assert names - set(re.findall(r"^\| module `(\w+)` \|", README, re.MULTILINE)) == set()
    books = {f"community.immuta.{path.stem}" for path in (ROOT / "playbooks").glob("*.yml")}
    assert books - set(re.findall(r"^\| playbook `([\w.]+)` \|", README, re.MULTILINE)) == set()


def test_the_errors_in_the_guide_for_aws_exist():
    guide = (ROOT / "docs" / "docsite" / "rst" / "guide_aws_login.rst").read_text(encoding="utf-8")
    table = guide.partition("What can go wrong")[2]
    errors = re.findall(r"^``([A-Z][A-Za-z]+)``", table, re.MULTILINE)
    assert len(errors) > 10
    assert [error for error in errors if error not in literals()] == []
