# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a core needs to know besides its options."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.community.immuta.plugins.module_utils import _context
from ansible_collections.community.immuta.plugins.module_utils._context import Clock, Context


def test_a_module_process_by_default():
    context = Context()
    assert (context.check_mode, context.run_id) == (False, 0)
    assert context.progress("Waiting.") is None


def test_a_context_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Context().check_mode = True


def test_the_clock_measures_and_waits(monkeypatch):
    slept = []
    monkeypatch.setattr(_context.time, "monotonic", lambda: 7.0)
    monkeypatch.setattr(_context.time, "sleep", slept.append)
    clock = Clock()
    clock.sleep(0.5)
    assert (clock.now(), slept) == (7.0, [0.5])
