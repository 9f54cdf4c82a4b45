# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a user asks for: private from the start, and replaced in one step."""

from __future__ import annotations

import os
import stat

import pytest

from ansible_collections.community.immuta.plugins.module_utils import _files
from ansible_collections.community.immuta.plugins.module_utils._errors import FileError


@pytest.fixture
def wide(tmp_path):
    """Return a file that everybody can read."""
    path = tmp_path / "create.sql"
    path.write_text("SELECT 1;")
    path.chmod(0o644)
    return path


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_made_private_once(wide):
    assert _files.make_private(str(wide), check_mode=True)
    assert mode_of(wide) == 0o644
    assert _files.make_private(str(wide), check_mode=False)
    assert mode_of(wide) == 0o600
    assert not _files.make_private(str(wide), check_mode=False)


def test_a_file_that_does_not_exist(tmp_path):
    assert not _files.make_private(str(tmp_path / "none"), check_mode=False)


def test_a_mode_that_cannot_be_changed(wide, monkeypatch):
    def refuse(*_args):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)
    with pytest.raises(FileError, match=r"Cannot change the mode of .*create\.sql: Operation not permitted\."):
        _files.make_private(str(wide), check_mode=False)
