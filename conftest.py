# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes `ansible_collections.community.immuta` importable for pytest, and keeps its tests off the network."""

from __future__ import annotations

import ipaddress
import os
import socket
import time
import typing as t
from pathlib import Path

import pytest

COLLECTIONS = Path(__file__).parent / ".collections"

# Not there under ansible-test, which brings its own loader and whose module tests have no ansible.plugins.
if COLLECTIONS.is_dir():
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(COLLECTIONS)])

STARTED = time.monotonic()
_connect = socket.socket.connect


def _connect_here(self: socket.socket, address: t.Any) -> None:
    """Connect to this machine alone: no test needs another one."""
    by_number = self.family in (socket.AF_INET, socket.AF_INET6) and address[0] != "localhost"
    if by_number and not ipaddress.ip_address(address[0]).is_loopback:
        raise OSError(f"A test would connect to {address[0]}.")
    _connect(self, address)


def pytest_configure() -> None:
    """Keep the tests off the network."""
    socket.socket.connect = _connect_here  # type: ignore[method-assign]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep the seconds of a suite; workers of pytest-xdist are part of it."""
    suite = os.environ.get("FIGURES_SUITE")
    if suite and not hasattr(session.config, "workerinput") and not session.config.option.collectonly:
        from tests.tools.figures import keep

        keep("seconds of the suites", {f"make {suite}": round(time.monotonic() - STARTED)})
