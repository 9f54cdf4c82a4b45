# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of clusters for a terminal with 80 columns. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import textwrap
import typing as t

WIDTH = 79
#: A cluster with a longer name gets its own line.
MAX_NAME = 40


class Line(t.NamedTuple):
    """A line of the table.

    :param result: what was done, or the verdict
    :param status: the status in Immuta, None if there is no integration
    :param message: shown below the line, empty for none
    """

    name: str
    result: str
    status: str | None
    message: str = ""


def table(head: str, lines: t.Sequence[Line], totals: t.Mapping[str, int], note: str = "") -> list[str]:
    """Return the lines of a table with a last line that counts.

    A server, or whoever named a cluster, wrote some of the texts: none can move the cursor or start a line.

    :param head: name of the second column
    :param totals: result -> number of clusters
    :param note: a sentence after the numbers
    """
    lines = [_printable(line) for line in lines]
    name_width = max([len("CLUSTER"), *(len(line.name) for line in lines if len(line.name) <= MAX_NAME)])
    result_width = max([len(head), *(len(line.result) for line in lines)])
    shown = [f"{'CLUSTER':{name_width}}  {head:{result_width}}  STATUS IN IMMUTA"] if lines else []
    for line in lines:
        is_long = len(line.name) > name_width
        shown += [line.name] if is_long else []
        name = "" if is_long else line.name
        shown.append(f"{name:{name_width}}  {line.result:{result_width}}  {line.status or '-'}")
        shown += textwrap.wrap(line.message, WIDTH, initial_indent="    ", subsequent_indent="    ")
    counted = ", ".join(f"{number} {result}" for result, number in totals.items()) or "none"
    return [*shown, *([""] if lines else []), *textwrap.wrap(f"Clusters: {counted}. {note}".rstrip(), WIDTH)]


def _printable(line: Line) -> Line:
    status = None if line.status is None else _one_line(line.status)
    return Line(_one_line(line.name), _one_line(line.result), status, _one_line(line.message))


def _one_line(text: str) -> str:
    """Return a text that cannot move the cursor or start a line."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
