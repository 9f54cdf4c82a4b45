# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules called in this process under faults, and what the message of a failure must contain."""

from __future__ import annotations

import collections
import re
import socket
import time
import types
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._immuta import http_retry, polling, transport
from ansible_collections.community.immuta.plugins.module_utils._module import redshift_integration
from ansible_collections.community.immuta.plugins.module_utils._redshift import script_runner
from ansible_collections.community.immuta.plugins.module_utils._result import perform
from tests.integration.support.scenarios import Options
from tests.lab.client import LabClient
from tests.tools.figures_plugin import RecordFigures

#: advice in the message of a failure
_ADVICE = re.compile(r"\b(check|run again|raise|put|needs|give|set|ask|look at|fix|delete|correct)\b", re.I)
_NO_SENTENCE = re.compile(
    r"Traceback|Exception\b|\bError\(|object at 0x|<class|HTTPConnectionPool|Max retries|urllib3|psycopg\d?\.\w|None",
    re.I,
)


class Tally:
    """Counts what a test file tried, from its first test to its last."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._kinds: collections.Counter[str] = collections.Counter()
        self._ends: collections.Counter[str] = collections.Counter()

    def add(self, kind: str, end: str) -> None:
        """Count a combination by the kind of its fault and how it ended, ``right`` or ``sentence``."""
        self._kinds[kind] += 1
        self._ends[end] += 1

    def write(self, name: str, record_figures: RecordFigures) -> None:
        """Store the figures for their page."""
        figures = {
            "combinations of a fault and a step": self._kinds.total(),
            "of each fault": dict(sorted(self._kinds.items())),
            "ends": dict(sorted(self._ends.items())),
            "seconds, over all workers": round(time.monotonic() - self._start),
        }
        record_figures(name, figures)


def called(module: types.ModuleType, options: Options) -> Options:
    """Validate options as Ansible does, run the core of a module in this process, and return its result."""
    validation = ArgumentSpecValidator(module.argument_spec()).validate(options)
    assert not validation.error_messages, validation.error_messages
    checked = validation.validated_parameters
    return perform(lambda: module.core(checked, Context()), module.secrets_of(checked), True)


def shorten_pauses(patch: pytest.MonkeyPatch, look_again: float) -> None:
    """Shorten every pause of the collection that no server requests.

    :param look_again: seconds for which a write whose response was lost is looked for
    """
    little = types.SimpleNamespace(uniform=lambda _low, _high: 0.01)
    patch.setattr(http_retry, "random", little)
    patch.setattr(transport, "random", little)
    patch.setattr(script_runner, "random", little)
    patch.setattr(polling, "FIRST_PAUSE", 0.06)
    patch.setattr(redshift_integration, "LOOK_AGAIN", look_again)
    patch.setattr(redshift_integration, "PAUSE_FOR_OTHERS", 0.05)


def sentence_problems(result: Options, secrets: t.Iterable[str], advice: bool = True) -> list[str]:
    """Return what is wrong with the message of a failure: it must say what happened and what to do, and no secret.

    :param advice: false if the message of the server, with its position in the script, is enough
    """
    text = str(result.get("msg") or "")
    found = [] if text else ["it failed without a message"]
    if advice and text and not _ADVICE.search(text):
        found.append(f"it does not say what to do: {text}")
    if _NO_SENTENCE.search(text) or "\n" in text.strip():
        found.append(f"it is no sentence: {text}")
    return found + [f"a secret is in it: {text}" for secret in secrets if secret in repr(result)]


def closed_port() -> int:
    """Return a port of this machine that is closed."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def clear_faults(lab: LabClient) -> None:
    """Remove every fault of the API and of the database."""
    lab.clear_faults()
    lab.clear_proxy_faults()
