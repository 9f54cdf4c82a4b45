# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shortens the output of a run: one line for each task that does something, messages, diffs and failures."""

from __future__ import annotations

import os
import textwrap
import typing as t

from ansible import constants as C
from ansible.plugins.callback.default import CallbackModule as DefaultCallback

DOCUMENTATION = """
name: brief
type: stdout
short_description: Short output for the demo
description:
  - One line for each task that does something, messages, diffs and failures.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
"""

DEBUG = ("debug", "ansible.builtin.debug")
COLLECTION = "community."
WIDTH = 90


class CallbackModule(DefaultCallback):
    """The default output without banners, includes, skipped tasks and internal ones."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "brief"

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        """A play begins."""
        self._play = play

    def v2_playbook_on_include(self, included_file: t.Any) -> None:
        """Tasks are included: the reader sees the tasks."""

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        """A task was skipped: nothing is shown."""

    def v2_on_file_diff(self, result: t.Any) -> None:
        """A task has a diff: it is shown below its line."""

    def v2_runner_on_ok(self, result: t.Any) -> None:
        """A task succeeded."""
        task, values = result.task, result.result
        self._handle_warnings_and_exception(result)
        if task.action in DEBUG:
            self._display.display(_message(values.get("msg", "")), color=C.COLOR_HIGHLIGHT)
            return
        changed = bool(values.get("changed"))
        if changed or task.action.startswith(COLLECTION):
            self._display.display(_line(task, values, changed), color=C.COLOR_CHANGED if changed else C.COLOR_OK)
        if changed and task.diff and values.get("diff"):
            self._display.display(self._get_diff(values["diff"]))


def _message(text: str | list[str]) -> str:
    """Return a message with each sentence on a new line below the first."""
    sentences = [text] if isinstance(text, str) else text
    lines = (textwrap.fill(sentence, WIDTH, subsequent_indent="    ") for sentence in sentences)
    return "message  " + textwrap.indent("\n".join(lines), " " * 9).lstrip()


def _line(task: t.Any, values: dict[str, t.Any], changed: bool) -> str:
    """Return the line of a task."""
    name = task.get_name().rpartition(" : ")[2]
    done = "planned" if task.check_mode else "changed"
    file = f" ({os.path.basename(values['dest'])})" if values.get("dest") else ""
    return f"{done if changed else 'ok':8} {name}{file}"
