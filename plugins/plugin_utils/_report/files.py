# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the files of a report. Private to this collection: it can change at any time."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.community.immuta.plugins.module_utils import _files

from .machine_formats import to_json, to_junit, to_prometheus
from .model import Report
from .text_formats import to_html, to_markdown

#: format -> name of the file and what writes it
FORMATS: dict[str, tuple[str, t.Callable[[Report], str]]] = {
    "json": ("report.json", to_json),
    "markdown": ("report.md", to_markdown),
    "html": ("report.html", to_html),
    "junit": ("report.xml", to_junit),
    "prometheus": ("report.prom", to_prometheus),
}
#: Others publish the files: a web server, the node exporter of Prometheus. They contain no secret.
_FILE_MODE, _DIRECTORY_MODE = 0o644, 0o755


def write_report(report: Report, directory: str, formats: t.Iterable[str]) -> list[str]:
    """Write a report and return the paths of its files.

    :raises FileError: a file cannot be written
    """
    _files.create_directory(directory, _DIRECTORY_MODE)
    return [_write(report, directory, name) for name in formats]


def _write(report: Report, directory: str, name: str) -> str:
    file, render = FORMATS[name]
    path = os.path.join(directory, file)
    _files.write(path, render(report).encode("utf-8", errors="replace"), _FILE_MODE)
    return path
