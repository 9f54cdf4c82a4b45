# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and credentials of a running lab: the file ``lab.json`` in its directory."""

from __future__ import annotations

import dataclasses
import json
import os
import typing as t
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "lab.json"


@dataclass
class LabInfo:
    """Addresses and credentials.

    ``redshift_*`` is what a cluster's owner would know, ``postgres_*`` the real PostgreSQL behind the proxy, with the
    same users. In a lab on plain PostgreSQL the two are the same.
    """

    immuta_url: str
    immuta_api_key: str
    immuta_ca_path: str | None
    redshift_like: bool
    redshift_host: str
    redshift_port: int
    redshift_ssl_mode: str
    redshift_ca_cert: str | None
    redshift_initial_database: str
    redshift_admin_user: str
    redshift_admin_password: str
    redshift_limited_user: str
    redshift_limited_password: str
    postgres_host: str
    postgres_port: int
    control_url: str
    pid: int

    @classmethod
    def read(cls, directory: Path) -> t.Self:
        """Read the file of the lab in a directory."""
        return cls(**json.loads((directory / FILE_NAME).read_text(encoding="utf-8")))

    def write(self, directory: Path) -> Path:
        """Write the file atomically, readable only by the owner."""
        target, draft = directory / FILE_NAME, directory / f".{FILE_NAME}.new"
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(dataclasses.asdict(self), file, indent=2)
            file.write("\n")
        draft.replace(target)
        return target
