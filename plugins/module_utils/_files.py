# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and write the files that a user asks for with C(dest). Private to this collection."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
import typing as t

from ._errors import FileError

PRIVATE = 0o600


def folder_problems(folder: str) -> list[str]:
    """Return why nothing can be written safely into a folder, or where it is to be made; empty where it can."""
    place = os.path.abspath(folder)
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    if not os.path.isdir(place):
        return [f"dest cannot be written: {place} is no folder."]
    if not os.access(place, os.W_OK | os.X_OK):
        return [f"dest cannot be written: no right to write into the folder {place}."]
    shared = next(filter(_is_in_other_hands, _with_those_above(place)), None)
    if shared:
        return [f"dest cannot be written safely: somebody else may change what is in {shared}. Use another folder."]
    return []


def is_ours(path: str) -> bool:
    """Tell if a file belongs to this account; another owner may change it at any time."""
    return os.path.lexists(path) and os.lstat(path).st_uid == os.geteuid()


def _with_those_above(folder: str) -> t.Iterator[str]:
    """Yield a folder and those that it is in, by the path that was given and by the one without links."""
    for path in (folder, os.path.realpath(folder)):
        while path != os.path.dirname(path):
            yield path
            path = os.path.dirname(path)


def _is_in_other_hands(folder: str) -> bool:
    """Tell if another account may swap a file: in a folder for all, or one that it put into a shared folder."""
    ours = (os.geteuid(), 0)
    found = os.stat(folder)
    for_all = bool(found.st_mode & stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX
    in_shared = bool(os.stat(os.path.dirname(folder)).st_mode & stat.S_IWOTH)
    return for_all or (in_shared and not {found.st_uid, os.lstat(folder).st_uid} <= set(ours))


def make_folder(folder: str, mode: int = 0o700) -> None:
    """Make a folder, and those above it, where they are missing.

    :raises FileError: it cannot be made
    """
    if os.path.isdir(folder):
        return
    make_folder(os.path.dirname(os.path.abspath(folder)), mode)
    try:
        os.mkdir(folder, mode)
        os.chmod(folder, mode)  # under any umask
    except OSError as exc:
        if isinstance(exc, FileExistsError) and os.path.isdir(folder):
            return  # another host's module was faster
        raise FileError(f"The folder {folder} cannot be made: {exc.strerror}. Make it, or use another.") from exc


def make_private(path: str, check_mode: bool) -> bool:
    """Let only its owner read and write a file.

    :returns: whether that is, or in check mode would be, a change; false if there is no file
    :raises FileError: its mode cannot be changed
    """
    if not os.path.isfile(path) or stat.S_IMODE(os.stat(path).st_mode) == PRIVATE:
        return False
    try:
        if not check_mode:
            os.chmod(path, PRIVATE)
    except OSError as exc:
        raise FileError(f"Cannot change the mode of {path}: {exc.strerror}. Check its owner.") from exc
    return True


def read(path: str) -> str | None:
    """Return what a file holds, None where there is none. A link is not followed, and counts as none.

    :raises FileError: it cannot be read, or is not a regular file
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as exc:
        if exc.errno in (errno.ENOENT, errno.ELOOP, errno.EMLINK):
            return None
        raise FileError(f"dest {path} cannot be read: {exc.strerror}. Check its owner and mode.") from exc
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise FileError(f"dest {path} is not a regular file: it takes the path of a file.")
        return file.read().decode("utf-8", errors="replace")


def write(path: str, content: bytes, mode: int = PRIVATE) -> None:
    """Replace a file in one step; it has its mode from the start, and a link is not followed.

    :raises FileError: it cannot be written; a file that was there is unchanged
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=".immuta_", dir=os.path.dirname(os.path.abspath(path)))
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)  # under any umask
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as exc:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise FileError(f"dest {path} cannot be written: {exc.strerror}. A file that was there is unchanged.") from exc
