# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and write the files that a user asks for with ``dest``.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
import typing as t

from ._errors import FileError

PRIVATE = 0o600


def directory_problems(directory: str) -> list[str]:
    """Return why nothing can be written safely into a directory, which may not exist yet; empty if it can."""
    existing = os.path.abspath(directory)
    while not os.path.lexists(existing):
        existing = os.path.dirname(existing)
    if not os.path.isdir(existing):
        return [f"Cannot write dest: {existing} is not a directory."]
    if not os.access(existing, os.W_OK | os.X_OK):
        return [f"Cannot write dest: no permission to write to the directory {existing}."]
    shared = next(filter(_can_be_exchanged, _with_parents(existing)), None)
    if shared:
        return [
            f"Refusing to write dest: {shared} can be modified by other users. "
            "Use a directory that only you can write to."
        ]
    return []


def is_ours(path: str) -> bool:
    """Return whether a file belongs to this account; another owner can change it at any time."""
    return os.path.lexists(path) and os.lstat(path).st_uid == os.geteuid()


def _with_parents(directory: str) -> t.Iterator[str]:
    """Yield a directory and its parents, by the path as specified and by the one without links."""
    for path in (directory, os.path.realpath(directory)):
        while path != os.path.dirname(path):
            yield path
            path = os.path.dirname(path)


def _can_be_exchanged(directory: str) -> bool:
    """Return whether another account can exchange a file: in a directory that is writable for all, or in its own."""
    ours = (os.geteuid(), 0)
    found = os.stat(directory)
    for_all = bool(found.st_mode & stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX
    in_shared = bool(os.stat(os.path.dirname(directory)).st_mode & stat.S_IWOTH)
    return for_all or (in_shared and not {found.st_uid, os.lstat(directory).st_uid} <= set(ours))


def create_directory(directory: str, mode: int = 0o700) -> None:
    """Create a directory and its parents, if they do not exist.

    :raises FileError: it cannot be created
    """
    if os.path.isdir(directory):
        return
    create_directory(os.path.dirname(os.path.abspath(directory)), mode)
    try:
        os.mkdir(directory, mode)
        os.chmod(directory, mode)  # under any umask
    except OSError as exc:
        if isinstance(exc, FileExistsError) and os.path.isdir(directory):
            return  # another host's module was faster
        raise FileError(f"Cannot create the directory {directory}: {exc.strerror}. Create it, or use another.") from exc


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
    """Return the content of a file, None if it does not exist. A link is not followed, and counts as no file.

    :raises FileError: it cannot be read, or is not a regular file
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as exc:
        if exc.errno in (errno.ENOENT, errno.ELOOP, errno.EMLINK):
            return None
        raise FileError(f"Cannot read dest {path}: {exc.strerror}. Check its owner and mode.") from exc
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise FileError(f"dest {path} is not a regular file. Set dest to the path of a file.")
        return file.read().decode("utf-8", errors="replace")


def write(path: str, content: bytes, mode: int = PRIVATE) -> None:
    """Replace a file in one step; it has its mode from the start, and a link is not followed.

    :raises FileError: it cannot be written; an existing file is unchanged
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
        raise FileError(f"Cannot write dest {path}: {exc.strerror}. An existing file is unchanged.") from exc
