# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The diagrams are drawn from their sources, and each word of a source is in its picture."""

from __future__ import annotations

import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

DIAGRAMS = Path(__file__).parents[2] / "docs" / "diagrams"
if not (DIAGRAMS / "draw.py").is_file():
    pytest.skip("needs the checkout", allow_module_level=True)
spec = importlib.util.spec_from_file_location("draw", DIAGRAMS / "draw.py")
assert spec
assert spec.loader
draw = importlib.util.module_from_spec(spec)
spec.loader.exec_module(draw)


@pytest.mark.parametrize("name", draw.DIAGRAMS)
def test_the_committed_picture_is_the_one_of_its_source(name):
    committed = (DIAGRAMS / f"{name}.svg").read_text(encoding="utf-8")
    assert committed == draw.drawn(name), "run python docs/diagrams/draw.py"
    shown = " ".join(ET.fromstring(committed).itertext())
    for line in draw.lines_of((DIAGRAMS / f"{name}.txt").read_text(encoding="utf-8")):
        words = [part.strip() for part in line.partition(": ")[2].split("|")]
        assert [word for word in words if word not in shown] == []


def test_every_source_is_drawn():
    assert {path.stem for path in DIAGRAMS.glob("*.txt")} == {path.stem for path in DIAGRAMS.glob("*.svg")}
    assert {path.stem for path in DIAGRAMS.glob("*.txt")} == set(draw.DIAGRAMS)
