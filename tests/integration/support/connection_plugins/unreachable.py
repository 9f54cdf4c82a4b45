# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that cannot be reached, without a network."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: unreachable
short_description: A host that cannot be reached
description:
  - Every connection fails.
"""


class Connection(ConnectionBase):
    """A connection that always fails."""

    transport = "unreachable"

    def _connect(self) -> t.NoReturn:
        raise AnsibleConnectionFailure("This host is down.")

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> t.NoReturn:
        """Fail."""
        self._connect()

    def put_file(self, in_path: str, out_path: str) -> t.NoReturn:
        """Fail."""
        self._connect()

    def fetch_file(self, in_path: str, out_path: str) -> t.NoReturn:
        """Fail."""
        self._connect()

    def close(self) -> None:
        """Do nothing."""
