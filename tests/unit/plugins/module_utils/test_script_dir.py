# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary directories of scripts: private, and removed when nobody needs them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ansible_collections.community.immuta.plugins.module_utils import _script_dir
from ansible_collections.community.immuta.plugins.module_utils._errors import FileError

LIVING = os.getpid()


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Use the test's own directory for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def dead():
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def directory_of(run):
    """Make a directory as a run does, which may have ended since."""
    path = Path(_script_dir.create(LIVING))
    (path / "create.sql").write_text("SELECT 1;")
    return path.rename(str(path).replace(f"_{LIVING}_", f"_{run}_"))


def test_a_directory(place):
    path = directory_of(LIVING)
    assert path.parent == place
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert _script_dir.contains(str(path / "create.sql"))
    assert not _script_dir.contains(str(place / "create.sql"))
    _script_dir.remove(str(path / "create.sql"))
    assert not path.exists()
    _script_dir.remove(str(path / "create.sql"))


def test_only_the_script_is_removed_elsewhere(place):
    (place / "own").mkdir()
    (place / "own" / "create.sql").write_text("SELECT 1;")
    _script_dir.remove(str(place / "own" / "create.sql"))
    assert [path.name for path in place.iterdir()] == ["own"]


def test_the_next_directory_removes_those_of_dead_runs(dead):
    living, left = directory_of(LIVING), directory_of(dead)
    (left / ".immuta_half").write_text("SEL")
    directory_of(LIVING)
    assert (living.exists(), left.exists()) == (True, False)


def test_an_unknown_run_is_over_after_a_day():
    young, old = directory_of(0), directory_of(0)
    past = old.stat().st_mtime - _script_dir.MAX_AGE - 1
    os.utime(old, (past, past))
    directory_of(LIVING)
    assert (young.exists(), old.exists()) == (True, False)


def test_what_is_not_ours_stays(place, dead):
    mine = directory_of(dead)
    (place / f"immuta_1_{dead}_x").mkdir()  # of another container, of today
    (place / "immuta_backup").mkdir()
    (mine / "notes.txt").write_text("mine")
    (place / "elsewhere").mkdir()
    link = place / f"{mine.name}x"
    link.symlink_to(place / "elsewhere")
    directory_of(LIVING)
    assert [path.name for path in mine.iterdir()] == ["notes.txt"]
    assert all((place / name).exists() for name in (f"immuta_1_{dead}_x", "immuta_backup", "elsewhere", link.name))


def test_a_directory_of_another_container_is_over_after_a_day(place):
    old = place / f"immuta_1_{LIVING}_x"
    old.mkdir()
    past = old.stat().st_mtime - _script_dir.MAX_AGE - 1
    os.utime(old, (past, past))
    directory_of(LIVING)
    assert not old.exists()


def test_a_directory_of_another_user_stays(dead, monkeypatch):
    path = directory_of(dead)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    directory_of(LIVING)
    assert path.exists()


def test_all_of_a_run_are_removed(dead):
    mine, other = directory_of(LIVING), directory_of(0)
    _script_dir.remove_all_of(LIVING)
    assert (mine.exists(), other.exists()) == (False, True)


def test_a_process_of_somebody_else_is_not_over(monkeypatch):
    def refuse(*_args):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "kill", refuse)
    assert not _script_dir.process_has_ended(1)


def test_no_directory_for_temporary_files(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with pytest.raises(FileError, match="Cannot create a temporary directory: No such file or directory"):
        _script_dir.create(LIVING)


def test_where_processes_have_no_namespace(monkeypatch):
    stat = os.stat

    def without_namespace(path, **options):
        if path == "/proc/self/ns/pid":
            raise FileNotFoundError(2, "No such file or directory")
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", without_namespace)
    directory = _script_dir.create(LIVING)
    assert os.path.basename(directory).startswith(f"immuta_0_{LIVING}_")
