# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the files of a report. Private to this collection: it can change at any time."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.community.immuta.plugins.module_utils import _files

from . import machine_formats, run_formats, text_formats
from .model import Report
from .run_record import RunRecord

_FILES = {
    "json": "report.json",
    "markdown": "report.md",
    "html": "report.html",
    "junit": "report.xml",
    "prometheus": "report.prom",
}
#: format -> what writes the report of a comparison
FORMATS: dict[str, t.Callable[[Report], str]] = {
    "json": machine_formats.to_json,
    "markdown": text_formats.to_markdown,
    "html": text_formats.to_html,
    "junit": machine_formats.to_junit,
    "prometheus": machine_formats.to_prometheus,
}
#: format -> what writes the record of a run
RUN_FORMATS: dict[str, t.Callable[[RunRecord], str]] = {
    "json": run_formats.to_json,
    "markdown": run_formats.to_markdown,
    "html": run_formats.to_html,
    "junit": run_formats.to_junit,
    "prometheus": run_formats.to_prometheus,
}
#: Others publish the files: a web server, the node exporter of Prometheus. They contain no secret.
_FILE_MODE, _DIRECTORY_MODE = 0o644, 0o755


def write_report(report: Report, directory: str, formats: t.Iterable[str]) -> list[str]:
    """Write the report of a comparison and return the paths of its files.

    :raises FileError: a file cannot be written
    """
    return _write(directory, {name: FORMATS[name](report) for name in formats})


def write_record(record: RunRecord, directory: str, formats: t.Iterable[str]) -> list[str]:
    """Write the record of a run and return the paths of its files.

    :raises FileError: a file cannot be written
    """
    return _write(directory, {name: RUN_FORMATS[name](record) for name in formats})


def _write(directory: str, texts: t.Mapping[str, str]) -> list[str]:
    _files.create_directory(directory, _DIRECTORY_MODE)
    paths = {os.path.join(directory, _FILES[name]): text for name, text in texts.items()}
    for path, text in paths.items():
        _files.write(path, text.encode("utf-8", errors="replace"), _FILE_MODE)
    return list(paths)
