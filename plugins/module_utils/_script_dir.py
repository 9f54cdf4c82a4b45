# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary folders, each for one script, that their owner alone can read. Private to this collection.

A folder is named after the run of ansible-playbook that it belongs to, so that what a killed run left is found, and is
removed by the next run that makes such a folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
import typing as t

from ._errors import FileError

#: immuta_NAMESPACE_PROCESS_RANDOM; a process id means something in its namespace alone, and 0 is none that is known.
_NAME = re.compile(r"immuta_(\d+)_(\d+)_\w+")
#: After how long a folder of an unknown run counts as left behind, in seconds.
LONGEST_LIFE = 24 * 3600


def make(run_id: int) -> str:
    """Make a folder, and remove those that earlier runs left.

    :param run_id: process id of the ansible-playbook that it belongs to, 0 if unknown
    :returns: its path; mode 0700 under any umask
    :raises FileError: it cannot be made
    """
    try:
        folder = tempfile.mkdtemp(prefix=f"immuta_{_namespace()}_{run_id}_")
        os.chmod(folder, 0o700)
    except OSError as exc:
        raise FileError(f"No temporary folder can be made: {exc.strerror}. Give dest, or mend TMPDIR.") from exc
    for path in _folders(_is_left):
        _remove_folder(path)
    return folder


def holds(path: str) -> bool:
    """Tell if a script is in a folder that was made for it alone."""
    return _NAME.fullmatch(os.path.basename(os.path.dirname(os.path.abspath(path)))) is not None


def remove(path: str) -> None:
    """Remove a script, and the folder that was made for it alone; what is gone already is fine."""
    with contextlib.suppress(OSError):
        os.unlink(path)
    if holds(path):
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(os.path.abspath(path)))


def remove_all_of(run: int) -> None:
    """Remove the folders of a run."""
    for path in _folders(lambda _path, owner: owner == run):
        _remove_folder(path)


def is_over(run: int) -> bool:
    """Tell if a run has ended, by its process id."""
    try:
        os.kill(run, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is somebody else's
        return False
    return False


def _is_left(path: str, run: int) -> bool:
    """Tell if nobody is going to remove a folder: its run is over, or it is old where the run is unknown."""
    return is_over(run) if run else os.lstat(path).st_mtime < time.time() - LONGEST_LIFE


def _folders(wanted: t.Callable[[str, int], bool]) -> t.Iterator[str]:
    """Yield the folders of this user that are wanted by path and process id, 0 where it is of another namespace."""
    for match, path in _named_folders():
        with contextlib.suppress(OSError):  # another run may remove it at the same time
            if _is_ours(path) and wanted(path, int(match[2]) if int(match[1]) == _namespace() else 0):
                yield path


def _named_folders() -> t.Iterator[tuple[re.Match[str], str]]:
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


def _remove_folder(path: str) -> None:
    """Remove a folder with its scripts, and leave it where it holds anything else."""
    with contextlib.suppress(OSError):
        for name in os.listdir(path):
            if name.endswith(".sql") or name.startswith(".immuta_"):
                os.unlink(os.path.join(path, name))
        os.rmdir(path)


def _namespace() -> int:
    """Return what tells the process ids of this container from those of another one."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0
