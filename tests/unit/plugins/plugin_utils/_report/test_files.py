# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.community.immuta.plugins.modules import redshift_fleet_summary
from ansible_collections.community.immuta.plugins.plugin_utils._report import (
    files,
)
from ansible_collections.community.immuta.plugins.plugin_utils._report.files import FORMATS, write_report

from ..fleets import hostile_report
from ..runs import (
    full_record,
    hostile_record,
)

NAMES = ["report.json", "report.md", "report.html", "report.xml", "report.prom"]


def test_every_file_is_written_and_readable(full, tmp_path):
    paths = write_report(full, str(tmp_path / "new" / "report"), FORMATS)
    assert [Path(path).name for path in paths] == NAMES
    assert {oct(Path(path).stat().st_mode & 0o777) for path in paths} == {"0o644"}
    write_report(hostile_report(), str(tmp_path / "new" / "report"), FORMATS)


def test_every_file_of_a_run(tmp_path):
    paths = files.write_record(full_record(), str(tmp_path / "new" / "run"), files.RUN_FORMATS)
    assert [Path(path).name for path in paths] == NAMES
    assert {oct(Path(path).stat().st_mode & 0o777) for path in paths} == {"0o644"}
    files.write_record(hostile_record(), str(tmp_path / "new" / "run"), files.RUN_FORMATS)


def test_the_choices_of_the_module_are_the_formats():
    assert list(files.RUN_FORMATS) == list(files.FORMATS) == redshift_fleet_summary.FORMATS
