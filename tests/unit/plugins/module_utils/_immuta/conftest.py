# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test of the client needs."""

from __future__ import annotations

import os
import time

import pytest


@pytest.fixture
def no_proxies(monkeypatch):
    """An environment without proxies, and without another certificate authority."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy") or name == "REQUESTS_CA_BUNDLE"]:
        monkeypatch.delenv(name)


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between tries, which take no time here."""
    taken = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken
