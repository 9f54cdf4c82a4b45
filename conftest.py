# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes ``ansible_collections.community.immuta`` importable for pytest, and keeps its tests off the network."""

from __future__ import annotations

import ipaddress
import socket
import typing as t
from pathlib import Path

COLLECTIONS = Path(__file__).parent / ".collections"
pytest_plugins = ["tests.tools.figures_plugin"]

# ansible-test has no such directory: it has its own loader, and its module tests cannot import ansible.plugins.
if COLLECTIONS.is_dir():
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(COLLECTIONS)])

_connect = socket.socket.connect


def _connect_here(self: socket.socket, address: t.Any) -> None:
    """Connect to this machine only: no test needs another one."""
    by_number = self.family in (socket.AF_INET, socket.AF_INET6) and address[0] != "localhost"
    if by_number and not ipaddress.ip_address(address[0]).is_loopback:
        raise OSError(f"A test would connect to {address[0]}.")
    _connect(self, address)


def pytest_configure() -> None:
    """Refuse connections to other machines."""
    socket.socket.connect = _connect_here  # type: ignore[method-assign]
