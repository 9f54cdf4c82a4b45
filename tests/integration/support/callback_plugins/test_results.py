# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes one line of JSON per task result to the file that TEST_RESULTS_FILE names."""

from __future__ import annotations

import json
import os
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: test_results
type: notification
short_description: Task results for tests
description:
  - Writes one line of JSON per task result to the file that E(TEST_RESULTS_FILE) names.
"""


class CallbackModule(CallbackBase):
    """A callback that tests read. Results of tasks with no_log come censored, as to every callback."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "test_results"

    def v2_runner_on_ok(self, result: t.Any) -> None:
        """A task succeeded."""
        self._write("ok", result)

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        """A task failed."""
        self._write("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        """A task was skipped."""
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        """A host was not reached."""
        self._write("unreachable", result)

    def _write(self, status: str, result: t.Any) -> None:
        # ansible-core 2.19 has both forms and 2.16 only the underscored one
        task = getattr(result, "task", None) or result._task
        host = getattr(result, "host", None) or result._host
        values = result.result if hasattr(result, "result") else result._result
        row = {"host": host.get_name(), "task": task.get_name(), "action": task.action, "status": status}
        row["result"] = json.loads(json.dumps(values, default=str))
        with open(os.environ["TEST_RESULTS_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
