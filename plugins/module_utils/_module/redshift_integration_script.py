# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let Immuta generate a script, and write it to a file.

Private to this collection: it can change at any time.

The text never leaves this file except into the target file: Ansible would mask the secrets in a returned script, and
the masked script would be run.
"""

from __future__ import annotations

import hashlib
import os
import typing as t

from .. import _files, _script_dir
from .._context import Context
from .._errors import (
    ApiError,
    FileError,
    MissingEndpointError,
    OptionError,
    ScriptError,
)
from .._immuta import option_checks
from .._immuta.config_fields import Settings, settings_of
from .._immuta.endpoints import Integrations
from .._immuta.payload import Payload, create_payload, secrets_of, update_payload
from .._immuta.polling import poll
from .._immuta.record import IntegrationRecord
from .._redact import Redactor
from .._redshift.redaction import masked_script
from .._redshift.statements import split
from .._result import Outcome
from .._types import Options, Problems

#: The scripts for an existing integration; the others are for one that does not exist in Immuta.
FOR_EXISTING = ("edit", "delete")
#: The default of the option ``mode``.
PRIVATE = "0600"
#: How often a change by somebody else is waited for, and how long.
ATTEMPTS = 4
MAX_WAIT = 600.0  # seconds


def write_script(options: Options, api: Integrations, context: Context) -> Outcome:
    """Let Immuta generate a script, and write it unless the file already contains it.

    :raises OptionError: the options are wrong, or the directory is not safe; nothing was sent
    :raises ApiError: Immuta refused
    :raises ScriptError: the script cannot be split into statements
    :raises FileError: the file cannot be read or written; an old file is left as it was
    """
    settings = Settings({**settings_of(options), "auto_bootstrap": False})
    option_checks.raise_on_problems(_problems(options, settings))
    dest = options["dest"]
    before = _files.read(dest) if dest else None
    text = _generate(options, settings, api, context)
    statements = _split(text, options["script"])
    changed = before != text or bool(dest and not options.get("owner") and not _files.is_ours(dest))
    if changed and not context.check_mode:
        dest = _store(dest, text, options["script"], context.run_id)
    elif not changed and options["mode"] == PRIVATE:
        changed = _files.make_private(dest, context.check_mode)
    redact = Redactor(secrets_of(options))
    shown = redact.text(masked_script(text))
    values = {
        "dest": dest,
        "statements": len(statements),
        "checksum": hashlib.sha256(shown.encode()).hexdigest(),
    }
    return Outcome(changed, values, before=redact.text(masked_script(before or "")), after=shown)


def _problems(options: Options, settings: Settings) -> Problems:
    script = options["script"]
    found = option_checks.connection_problems(options, os.environ) + option_checks.settings_problems(settings)
    if options["auto_bootstrap"]:
        found.append("Scripts are for the manual bootstrap: remove auto_bootstrap, or set it to false.")
    if script == "initial_create" and "initial_database" not in settings:
        found.append("script=initial_create requires initial_database, the database in which the script is run.")
    if script in FOR_EXISTING:
        if not options["id"] and "host" not in settings:
            found.append(f"script={script} requires id or host, to say which integration is meant.")
    else:
        found += option_checks.create_problems(settings)
    return found + (_dest_problems(options["dest"]) if options["dest"] else [])


def _dest_problems(dest: str) -> Problems:
    if os.path.isdir(dest):
        return [f"dest must be the path of a file, but {dest} is a directory."]
    return _files.directory_problems(os.path.dirname(os.path.abspath(dest)))


def _generate(options: Options, settings: Settings, api: Integrations, context: Context) -> str:
    script = options["script"]
    if script not in FOR_EXISTING:
        return api.script(script, create_payload(settings))
    record = _find(options, settings, api)
    if script == "delete":
        return _generate_with_retries(script, None, record, api, context)
    payload = update_payload(record, settings)
    option_checks.raise_on_problems(option_checks.update_problems(settings, payload))
    return _generate_with_retries(script, payload, record, api, context)


def _generate_with_retries(
    script: str, payload: Payload | None, record: IntegrationRecord, api: Integrations, context: Context
) -> str:
    """Let Immuta generate a script for an integration; if somebody else is changing it, wait until that has ended."""
    for _attempt in range(ATTEMPTS - 1):
        try:
            return api.script(script, payload, record)
        except MissingEndpointError:
            raise
        except ApiError as exc:
            if exc.status_code == 404 and api.read_again(record) is None:
                raise _unknown_integration(f"id {record.id}") from exc
            if exc.status_code != 409:
                raise
        poll(lambda: api.read_again(record), _is_stable, MAX_WAIT, context)
    return api.script(script, payload, record)


def _is_stable(record: IntegrationRecord | None) -> bool:
    return record is None or not record.is_busy


def _find(options: Options, settings: Settings, api: Integrations) -> IntegrationRecord:
    record = api.by_id(str(options["id"])) if options["id"] else api.by_host(settings["host"])
    if record is None or not record.is_in_use:
        raise _unknown_integration(f"id {options['id']}" if options["id"] else f"host {settings['host']}")
    option_checks.raise_on_problems(option_checks.host_problems_of(record, settings))
    if record.auto_bootstrap:
        raise OptionError(
            f"{record.name} was set up automatically: it has no {options['script']} script. Use only the module "
            "community.immuta.redshift_integration."
        )
    return record


def _unknown_integration(which: str) -> OptionError:
    return OptionError(
        f"Immuta has no Redshift integration with {which}. Check it, or create the integration.", status_code=404
    )


def _split(text: str, script: str) -> list[t.Any]:
    try:
        return list(split(text))
    except ScriptError as exc:
        raise ScriptError(
            f"Immuta's {script} script cannot be run: {exc.message} Nothing was written. Run again; if the error "
            "persists, show the script to Immuta's support.",
            **exc.details,
        ) from exc


def _store(dest: str | None, text: str, script: str, run_id: int) -> str:
    """Write a script to dest or into a private directory, and return its path."""
    try:
        content = text.encode()
    except UnicodeEncodeError as exc:
        raise ScriptError("The script from Immuta is not valid UTF-8 text. Nothing was written. Run again.") from exc
    if dest:
        _files.create_directory(os.path.dirname(os.path.abspath(dest)))
        _files.write(dest, content)
        return dest
    path = os.path.join(_script_dir.create(run_id), f"{script}.sql")
    try:
        _files.write(path, content)
    except FileError:
        _script_dir.remove(path)
        raise
    return path
