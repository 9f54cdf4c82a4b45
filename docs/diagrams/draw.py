# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the diagrams of this directory, NAME.txt to NAME.svg. Needs only Python; the result is always the same."""

from __future__ import annotations

import functools
import typing as t
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
WIDTH = 960
STYLE = """\
  .page { fill: #ffffff; stroke: #d0d7de }
  .blank { fill: #ffffff }
  .box { fill: #ddf4ff; stroke: #54aeff }
  .inside { fill: #fff8c5; stroke: #d4a72c }
  text { fill: #1f2328; font: 14px "Segoe UI", "Helvetica Neue", Arial, sans-serif; text-anchor: middle }
  .name { font-weight: 600 }
  .small { font-size: 13px }
  line { stroke: #59636e; stroke-width: 1.5 }
  .lane { stroke-dasharray: 4 4; stroke-width: 1 }
  .head { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d }
    .blank { fill: #0d1117 }
    .box { fill: #12304f; stroke: #4493f8 }
    .inside { fill: #3b2f0b; stroke: #9e6a03 }
    text { fill: #f0f6fc }
    line { stroke: #9198a1 }
    .head { fill: #9198a1 }
  }
"""


def lines_of(text: str) -> list[str]:
    """Return the lines that are not empty and not comments."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def svg(title: str, height: int, shapes: t.Iterable[str]) -> str:
    """Return a picture with its own background, readable on light and dark pages."""
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{STYLE}</style>",
        f'<rect class="page" x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="8"/>',
        *shapes,
        "</svg>\n",
    ])  # fmt: skip


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Return a text."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str = "box") -> str:
    """Return a box around a point: x is its middle, y its top."""
    return f'<rect class="{kind}" x="{x - width / 2:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>'


def arrow(start: float, end: float, y: float) -> str:
    """Return a horizontal arrow."""
    back = -8 if end > start else 8
    head = f'<polygon class="head" points="{end:g},{y:g} {end + back:g},{y - 5:g} {end + back:g},{y + 5:g}"/>'
    return f'<line x1="{start:g}" y1="{y:g}" x2="{end:g}" y2="{y:g}"/>{head}'


def sequence(title: str, source: str) -> str:
    """Draw who does what to whom, from the top to the bottom."""
    first, *steps = lines_of(source)
    lanes = [name.strip() for name in first.partition(":")[2].split("|")]
    middle = {name: WIDTH * (2 * number + 1) / (2 * len(lanes)) for number, name in enumerate(lanes)}
    place = {name.split()[0]: x for name, x in middle.items()}
    height = 84 + 44 * len(steps)
    shapes = [f'<line class="lane" x1="{x:g}" y1="54" x2="{x:g}" y2="{height - 16}"/>' for x in middle.values()]
    for name, x in middle.items():
        shapes += [box(x, 18, 190, 36), text(x, 41, name, "name")]
    for number, step in enumerate(steps, start=1):
        shapes += _step(place, step, number, 56 + 44 * number)
    return svg(title, height, shapes)


def _step(place: dict[str, float], step: str, number: int, y: int) -> list[str]:
    who, _colon, words = step.partition(": ")
    start, _arrow, end = (name.strip() for name in who.partition("->"))
    if not end:
        return [box(place[start], y - 20, 330, 28, "inside"), text(place[start], y - 1, f"{number}. {words}", "small")]
    middle = (place[start] + place[end]) / 2
    behind = box(middle, y - 21, 7.2 * (len(words) + 4), 17, "blank")
    return [arrow(place[start], place[end], y), behind, text(middle, y - 8, f"{number}. {words}", "small")]


def layers(source: str) -> str:
    """Draw rows of boxes, the top layer first."""
    rows = lines_of(source)
    shapes: list[str] = []
    for number, row in enumerate(rows):
        boxes, _colon, words = row.partition(": ")
        names = [name.strip() for name in boxes.split("|")]
        y = 20 + 92 * number
        width = (WIDTH - 40) / len(names)
        for place, name in enumerate(names):
            x = 20 + width * (place + 0.5)
            shapes += [box(x, y, width - 12, 38), text(x, y + 24, name, "name")]
        shapes.append(text(WIDTH / 2, y + 58, words, "small"))
        if number + 1 < len(rows):
            shapes.append(_down(y + 66))
    return svg("The layers of the collection", 20 + 92 * len(rows), shapes)


def _down(y: float) -> str:
    x = WIDTH / 2
    head = f'<polygon class="head" points="{x:g},{y + 22:g} {x - 5:g},{y + 14:g} {x + 5:g},{y + 14:g}"/>'
    return f'<line x1="{x:g}" y1="{y:g}" x2="{x:g}" y2="{y + 16:g}"/>{head}'


DIAGRAMS: dict[str, t.Callable[[str], str]] = {
    "awx": functools.partial(sequence, "The workflow in AWX, step by step"),
    "flow": functools.partial(sequence, "The manual bootstrap, step by step"),
    "layers": layers,
}


def drawn(name: str) -> str:
    """Return a diagram as SVG."""
    return DIAGRAMS[name]((HERE / f"{name}.txt").read_text(encoding="utf-8"))


def main() -> None:
    """Write all diagrams."""
    for name in DIAGRAMS:
        (HERE / f"{name}.svg").write_text(drawn(name), encoding="utf-8")


if __name__ == "__main__":
    main()
