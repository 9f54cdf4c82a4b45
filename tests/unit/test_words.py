# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts and names use the words of Ansible, Immuta, and PostgreSQL."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GIT = shutil.which("git")
if not (GIT and (ROOT / ".git").exists()):
    pytest.skip("needs git and the checkout", allow_module_level=True)

#: Word -> what this repository says instead.
WORDS = {"folder": "directory", "mend": "fix", "anew": "again", "seldom": "rarely"}
#: A word inside a name counts (``new_folder``), a word inside another word does not (``recommend``).
WORD = re.compile(rf"(?<![a-z])({'|'.join(WORDS)})(?:s|ed|ing)?(?![a-z])", re.IGNORECASE)
#: Files that need to name the words: this one.
EXCEPTIONS = {"tests/unit/test_words.py"}


def text_files() -> dict[str, str]:
    """Return the files that git knows or would know, by name. What is not UTF-8 is not a text."""
    command = [str(GIT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    texts = {}
    for name in filter(None, listed.split("\0")):
        # not a link, and not a file that is deleted but still known
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink():
            with contextlib.suppress(UnicodeDecodeError):
                texts[name] = (ROOT / name).read_text(encoding="utf-8")
    return texts


def findings(name: str, text: str) -> list[str]:
    """Return a line for each wrong word in a file name or its text."""
    found = [(name, match) for match in WORD.finditer(name)]
    for number, line in enumerate(text.splitlines(), 1):
        found += [(f"{name}:{number}", match) for match in WORD.finditer(line)]
    return [f"{place}: {match[0]!r}, write {WORDS[match[1].lower()]!r}" for place, match in found]


@pytest.mark.parametrize("text", ["a folder", "_new_folder(", "FOLDERS", "Mend it", "mended", "seldom", "anew."])
def test_a_wrong_word_is_found(text: str) -> None:
    assert len(findings("README.md", text)) == 1


@pytest.mark.parametrize("text", ["directory", "recommended", "amend", "a new one", "commands"])
def test_other_words_are_not(text: str) -> None:
    assert findings("README.md", text) == []


def test_words() -> None:
    texts = text_files()
    assert "README.md" in texts
    assert [line for name in sorted(set(texts) - EXCEPTIONS) for line in findings(name, texts[name])] == []
