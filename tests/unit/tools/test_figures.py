# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generator of the page of figures works, and the committed page has every figure."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "dev" / "FIGURES.md"
if not (ROOT / "Makefile").is_file():
    pytest.skip("needs the checkout", allow_module_level=True)
for library in ("hypothesis", "aiohttp", "psycopg"):
    pytest.importorskip(library)


def labels(text: str) -> set[str]:
    """Return the names of the figures of a page."""
    return set(re.findall(r"^\| (.+) \| [^|]+ \|$", text, re.MULTILINE))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page made from figures of two workers, and of an earlier run."""
    directory = tmp_path_factory.mktemp("figures")
    kept = [
        {"name": "load", "run": "1", "values": {"hosts in one play": 40, "ends": {"right": 99}}},
        {"name": "load", "run": "2", "values": {"hosts in one play": 50, "x": {"y": 1.23}, "ends": {"right": 1}}},
        {"name": "load", "run": "2", "values": {"ends": {"right": 2, "sentence": 3}, "tried": 2}},
        {"name": "API faults", "run": "2", "values": {"faults_tried": 7}},
    ]
    for number, data in enumerate(kept):
        path = directory / f"{number}.json"
        path.write_text(json.dumps(data))
        os.utime(path, (number, number))
    page = directory / "page.md"
    command = [sys.executable, "-m", "tests.tools.figures", "--directory", str(directory), "--page", str(page)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return page.read_text(encoding="utf-8")


def test_the_generator(made: str) -> None:
    assert "| hosts in one play | 50 |\n| ends | right: 3, sentence: 3 |\n| x | y: 1.2 |\n| tried | 2 |" in made
    assert "## API faults\n" in made
    assert "| faults tried | 7 |" in made
    assert {int(value) for value in re.findall(r"`make \w+`\) \| (\d+) \|", made)}.isdisjoint({0})


def test_the_page_has_every_figure(made: str) -> None:
    committed = labels(PAGE.read_text(encoding="utf-8"))
    assert labels(made) - {"hosts in one play", "x", "faults tried", "ends", "tried"} <= committed


def test_nothing_measured(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.tools.figures", "--directory", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stderr.count("make slow")) == (1, 1)
