# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary directories, each for one script, that only their owner can read.

A directory is named after the run of ansible-playbook that it belongs to. The next run that creates one removes those
that a killed run left.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
import typing as t

from ._errors import FileError

#: immuta_NAMESPACE_PROCESS_RANDOM; a process id is valid in its namespace only, and 0 is an unknown one.
_NAME = re.compile(r"immuta_(\d+)_(\d+)_\w+")
#: After this time, in seconds, a directory of an unknown run counts as left behind.
MAX_AGE = 24 * 3600


def create(run_id: int) -> str:
    """Create a directory, and remove those that earlier runs left.

    :param run_id: process id of the ansible-playbook that it belongs to, 0 if unknown
    :returns: its path; mode 0700 under any umask
    :raises FileError: it cannot be created
    """
    try:
        directory = tempfile.mkdtemp(prefix=f"immuta_{_namespace()}_{run_id}_")
        os.chmod(directory, 0o700)
    except OSError as exc:
        raise FileError(
            f"Cannot create a temporary directory: {exc.strerror}. Set dest, or point TMPDIR to a writable directory."
        ) from exc
    for path in _directories(_is_left):
        _remove_directory(path)
    return directory


def contains(path: str) -> bool:
    """Return whether a script is in a directory that was created for it alone."""
    return _NAME.fullmatch(os.path.basename(os.path.dirname(os.path.abspath(path)))) is not None


def remove(path: str) -> None:
    """Remove a script, and the directory that was created for it alone; both may be gone already."""
    with contextlib.suppress(OSError):
        os.unlink(path)
    if contains(path):
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(os.path.abspath(path)))


def remove_all_of(run: int) -> None:
    """Remove the directories of a run."""
    for path in _directories(lambda _path, owner: owner == run):
        _remove_directory(path)


def process_has_ended(run: int) -> bool:
    """Return whether a run has ended, by its process id."""
    try:
        os.kill(run, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is somebody else's
        return False
    return False


def _is_left(path: str, run: int) -> bool:
    """Return whether nobody will remove a directory: its run has ended, or is unknown and the directory is old."""
    return process_has_ended(run) if run else os.lstat(path).st_mtime < time.time() - MAX_AGE


def _directories(wanted: t.Callable[[str, int], bool]) -> t.Iterator[str]:
    """Yield the directories of this user that match by path and process id, 0 if that is of another namespace."""
    for match, path in _named_directories():
        with contextlib.suppress(OSError):  # another run may remove it at the same time
            if _is_ours(path) and wanted(path, int(match[2]) if int(match[1]) == _namespace() else 0):
                yield path


def _named_directories() -> t.Iterator[tuple[re.Match[str], str]]:
    try:
        parent = tempfile.gettempdir()
        names = os.listdir(parent)
    except OSError:
        return
    for name in names:
        match = _NAME.fullmatch(name)
        if match:
            yield match, os.path.join(parent, name)


def _is_ours(path: str) -> bool:
    return os.path.isdir(path) and not os.path.islink(path) and os.lstat(path).st_uid == os.geteuid()


def _remove_directory(path: str) -> None:
    """Remove a directory with its scripts, unless it contains anything else."""
    with contextlib.suppress(OSError):
        for name in os.listdir(path):
            if name.endswith(".sql") or name.startswith(".immuta_"):
                os.unlink(os.path.join(path, name))
        os.rmdir(path)


def _namespace() -> int:
    """Return a number that distinguishes the process ids of this container from those of another."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0
