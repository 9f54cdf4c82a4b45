# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the report of a fleet. Runs on the controller, where the result of redshift_fleet_info is."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.community.immuta.plugins.module_utils._errors import FileError
from ansible_collections.community.immuta.plugins.modules.redshift_fleet_report import argument_spec
from ansible_collections.community.immuta.plugins.plugin_utils._report.files import write_report
from ansible_collections.community.immuta.plugins.plugin_utils._report.input import report_of
from ansible_collections.community.immuta.plugins.plugin_utils._report.model import Report
from ansible_collections.community.immuta.plugins.plugin_utils._report.origin import header_now
from ansible_collections.community.immuta.plugins.plugin_utils._report.text_formats import to_terminal

Vars = dict[str, t.Any]


class ActionModule(ActionBase):
    """Action plugin of redshift_fleet_report. There is no module process."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: Vars | None = None) -> Vars:
        """Write the report and show what was found, then fail if a verdict of ``fail_on`` was found."""
        result: Vars = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec())
        header = header_now(self._templar, task_vars or {})
        try:
            report = report_of(options, header)
            files = write_report(report, options["dest"], options["formats"])
        except (FileError, ValueError) as exc:
            raise AnsibleActionFail(str(exc)) from exc
        self._display.display("\n".join(["", *to_terminal(report), ""]))
        result.update(changed=False, files=files, exit_code=report.exit_code, summary=report.as_summary)
        result.update(_failure(report, options["fail_on"], files))
        return result


def _failure(report: Report, verdicts: list[str], files: list[str]) -> Vars:
    rows = report.failing(verdicts)
    if not rows:
        return {}
    names = ", ".join(f"{row.name} ({row.verdict})" for row in rows[:20])
    more = f" and {len(rows) - 20} more" if len(rows) > 20 else ""
    where = f" The report is in {os.path.dirname(files[0])}." if files else ""
    return {"failed": True, "msg": f"{len(rows)} found with a verdict of fail_on: {names}{more}.{where}"}
