# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have Immuta generate a script and write it to a file. Private to this collection.

The text never leaves this file but into the target file: Ansible would mask secrets in a returned script, and the
masked script would run.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
import typing as t

from ansible_collections.community.immuta.plugins.module_utils import _validate
from ansible_collections.community.immuta.plugins.module_utils._errors import ApiError, OptionError, ScriptError
from ansible_collections.community.immuta.plugins.module_utils._integrations import Integrations, at_rest, id_of, in_use
from ansible_collections.community.immuta.plugins.module_utils._outcome import Outcome
from ansible_collections.community.immuta.plugins.module_utils._payload import (
    Record,
    given,
    merged,
    secrets_of,
    to_payload,
)
from ansible_collections.community.immuta.plugins.module_utils._redact import Redactor
from ansible_collections.community.immuta.plugins.module_utils._statements import PRIVATE_FOLDER, split
from ansible_collections.community.immuta.plugins.module_utils._wait import Clock, poll

Options = t.Mapping[str, t.Any]

#: The scripts of an integration that Immuta has; the others are for one that it does not have.
OF_INTEGRATION = ("edit", "delete")
#: How often a change by somebody else is waited for, and how long, in seconds.
ATTEMPTS = 4
LONGEST_WAIT = 600.0


def write_script(options: Options, api: Integrations, check_mode: bool) -> Outcome:
    """Have a script generated, and write it where the file does not hold it yet.

    :raises OptionError: the options are wrong, or the file cannot be written; nothing was sent
    :raises ApiError: Immuta refused
    :raises ScriptError: what Immuta sent cannot be split, or writing failed; an old file is left as it was
    """
    settings = {**given(options), "auto_bootstrap": False}
    _validate.refuse(_problems(options, settings))
    dest = options["dest"]
    before = _read(dest) if dest else None
    text = _generate(options, settings, api)
    statements = _split(text, options["script"])
    changed = before != text
    if changed and not check_mode:
        dest = _store(dest, text, options["script"])
    redact = Redactor(secrets_of(options)).sql
    shown = redact(text)
    values = {
        "dest": dest,
        "statements": len(statements),
        "checksum": hashlib.sha256(shown.encode()).hexdigest(),
    }
    return Outcome(changed, values, before=redact(before or ""), after=shown)


def _problems(options: Options, settings: Record) -> list[str]:
    script = options["script"]
    found = _validate.connection_problems(options) + _validate.settings_problems(settings)
    if options["auto_bootstrap"]:
        found.append("auto_bootstrap is true: scripts are for the manual bootstrap, which has auto_bootstrap=false.")
    if script == "initial_create" and "initial_database" not in settings:
        found.append("script=initial_create needs initial_database, the database that the script is run in.")
    if script in OF_INTEGRATION:
        if not options["id"] and "host" not in settings:
            found.append(f"script={script} needs id or host, to tell which integration is meant.")
    else:
        found += _validate.create_problems(settings)
    return found + (_dest_problems(options["dest"]) if options["dest"] else [])


def _dest_problems(dest: str) -> list[str]:
    folder = os.path.dirname(os.path.abspath(dest))
    if os.path.isdir(dest):
        return [f"dest {dest} is a folder: it takes the path of a file."]
    if not os.path.isdir(folder):
        return [f"dest {dest} cannot be written: the folder {folder} does not exist."]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [f"dest {dest} cannot be written: no right to write into the folder {folder}."]
    if _is_in_other_hands(folder):
        return [
            f"dest {dest} cannot be written safely: somebody else may change what is in {folder}. Use another folder."
        ]
    return []


def _is_in_other_hands(folder: str) -> bool:
    """Tell if another account may swap the script: in a folder for all, or one that it put into a shared folder."""
    ours = (os.geteuid(), 0)
    found = os.stat(folder)
    for_all = bool(found.st_mode & stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX
    in_shared = bool(os.stat(os.path.dirname(folder)).st_mode & stat.S_IWOTH)
    return for_all or (in_shared and not {found.st_uid, os.lstat(folder).st_uid} <= set(ours))


def _generate(options: Options, settings: Record, api: Integrations) -> str:
    script = options["script"]
    if script not in OF_INTEGRATION:
        return api.script(script, to_payload(settings))
    record = _find(options, settings, api)
    if script == "delete":
        return _patiently(api, script, None, id_of(record))
    body = merged(record, settings)
    _validate.refuse(_validate.change_problems(settings, body))
    return _patiently(api, script, body, id_of(record))


def _patiently(api: Integrations, script: str, body: Record | None, integration_id: str) -> str:
    """Have a script of an integration generated; where somebody else is changing it, wait for the end of that."""
    for _attempt in range(ATTEMPTS - 1):
        try:
            return api.script(script, body, integration_id)
        except ApiError as exc:
            if exc.status_code != 409:
                raise
        poll(lambda: api.by_id(integration_id), at_rest, LONGEST_WAIT, Clock())
    return api.script(script, body, integration_id)


def _find(options: Options, settings: Record, api: Integrations) -> Record:
    record = api.by_id(str(options["id"])) if options["id"] else api.by_host(settings["host"])
    if record is None or not in_use(record):
        which = f"id {options['id']}" if options["id"] else f"host {settings['host']}"
        raise OptionError(
            f"Immuta has no Redshift integration with {which}. Check it, or create the integration.",
            status_code=404,
        )
    if record.get("autoBootstrap"):
        raise OptionError(
            f"The integration of {options['host'] or options['id']} was set up automatically: it has no "
            f"{options['script']} script. Use community.immuta.redshift_integration alone."
        )
    return record


def _split(text: str, script: str) -> list[t.Any]:
    try:
        return list(split(text))
    except ScriptError as exc:
        raise ScriptError(
            f"Immuta's {script} script cannot be run: {exc.message} Nothing was written. Generate it again; if that "
            "changes nothing, show the script to Immuta's support.",
            **exc.details,
        ) from exc


def _read(path: str) -> str | None:
    """Return what the file holds, None where there is none. A link is not followed, and counts as different."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as exc:
        if exc.errno in (errno.ENOENT, errno.ELOOP, errno.EMLINK):
            return None
        raise ScriptError(f"dest {path} cannot be read: {exc.strerror}. Check its owner and mode.") from exc
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ScriptError(f"dest {path} is not a regular file: it takes the path of a file.")
        return file.read().decode("utf-8", errors="replace")


def _store(dest: str | None, text: str, script: str) -> str:
    """Write a script where it is to be, or into a private folder, and return its path."""
    if dest:
        _write(dest, text)
        return dest
    folder = _private_folder()
    path = os.path.join(folder, f"{script}.sql")
    try:
        _write(path, text)
    except ScriptError:
        os.rmdir(folder)
        raise
    return path


def _private_folder() -> str:
    try:
        folder = tempfile.mkdtemp(prefix=PRIVATE_FOLDER)
        os.chmod(folder, 0o700)  # under any umask
    except OSError as exc:
        raise ScriptError(f"No temporary folder can be made: {exc.strerror}. Give dest, or mend TMPDIR.") from exc
    return folder


def _write(path: str, text: str) -> None:
    """Replace the file in one step, readable by its owner alone from the start."""
    folder = os.path.dirname(os.path.abspath(path))
    temporary = ""
    try:
        content = text.encode()
    except UnicodeEncodeError as exc:
        raise ScriptError("Immuta's script holds what is no text. Nothing was written. Generate it again.") from exc
    try:
        handle, temporary = tempfile.mkstemp(prefix=".immuta_", dir=folder)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, 0o600)  # under any umask
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as exc:
        if temporary and os.path.lexists(temporary):
            os.unlink(temporary)
        raise ScriptError(
            f"dest {path} cannot be written: {exc.strerror}. A file that was there is unchanged."
        ) from exc
