# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have Immuta generate a script and write it to a file. Private to this collection.

The text never leaves this file but into the target file: Ansible would mask secrets in a returned script, and the
masked script would run.
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
    OptionError,
    ScriptError,
)
from .._immuta import option_checks
from .._immuta.endpoints import Integrations, at_rest, id_of, in_use
from .._immuta.payload import (
    Record,
    given,
    merged,
    secrets_of,
    to_payload,
)
from .._immuta.polling import poll
from .._redact import Redactor
from .._redshift.redaction import masked_script
from .._redshift.statements import split
from .._result import Outcome
from .._types import Options

#: The scripts of an integration that Immuta has; the others are for one that it does not have.
OF_INTEGRATION = ("edit", "delete")
#: The default of the option ``mode``.
PRIVATE = "0600"
#: How often a change by somebody else is waited for, and how long, in seconds.
ATTEMPTS = 4
LONGEST_WAIT = 600.0


def write_script(options: Options, api: Integrations, context: Context) -> Outcome:
    """Have a script generated, and write it where the file does not hold it yet.

    :raises OptionError: the options are wrong, or the folder is no good place; nothing was sent
    :raises ApiError: Immuta refused
    :raises ScriptError: what Immuta sent cannot be split
    :raises FileError: the file cannot be read or written; an old file is left as it was
    """
    settings = {**given(options), "auto_bootstrap": False}
    option_checks.refuse(_problems(options, settings))
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


def _problems(options: Options, settings: Record) -> list[str]:
    script = options["script"]
    found = option_checks.connection_problems(options, os.environ) + option_checks.settings_problems(settings)
    if options["auto_bootstrap"]:
        found.append("auto_bootstrap is true: scripts are for the manual bootstrap, which has auto_bootstrap=false.")
    if script == "initial_create" and "initial_database" not in settings:
        found.append("script=initial_create needs initial_database, the database that the script is run in.")
    if script in OF_INTEGRATION:
        if not options["id"] and "host" not in settings:
            found.append(f"script={script} needs id or host, to tell which integration is meant.")
    else:
        found += option_checks.create_problems(settings)
    return found + (_dest_problems(options["dest"]) if options["dest"] else [])


def _dest_problems(dest: str) -> list[str]:
    if os.path.isdir(dest):
        return [f"dest {dest} is a folder: it takes the path of a file."]
    return _files.folder_problems(os.path.dirname(os.path.abspath(dest)))


def _generate(options: Options, settings: Record, api: Integrations, context: Context) -> str:
    script = options["script"]
    if script not in OF_INTEGRATION:
        return api.script(script, to_payload(settings))
    record = _find(options, settings, api)
    if script == "delete":
        return _patiently(api, script, None, id_of(record), context)
    body = merged(record, settings)
    option_checks.refuse(option_checks.change_problems(settings, body))
    return _patiently(api, script, body, id_of(record), context)


def _patiently(api: Integrations, script: str, body: Record | None, integration_id: str, context: Context) -> str:
    """Have a script of an integration generated; where somebody else is changing it, wait for the end of that."""
    for _attempt in range(ATTEMPTS - 1):
        try:
            return api.script(script, body, integration_id)
        except ApiError as exc:
            if exc.status_code == 404 and api.by_id(integration_id) is None:
                raise _not_there(f"id {integration_id}") from exc
            if exc.status_code != 409:
                raise
        poll(lambda: api.by_id(integration_id), at_rest, LONGEST_WAIT, context)
    return api.script(script, body, integration_id)


def _find(options: Options, settings: Record, api: Integrations) -> Record:
    record = api.by_id(str(options["id"])) if options["id"] else api.by_host(settings["host"])
    if record is None or not in_use(record):
        raise _not_there(f"id {options['id']}" if options["id"] else f"host {settings['host']}")
    option_checks.refuse(option_checks.host_problems_of(record, settings))
    if record.get("autoBootstrap"):
        raise OptionError(
            f"The integration of {options['host'] or options['id']} was set up automatically: it has no "
            f"{options['script']} script. Use community.immuta.redshift_integration alone."
        )
    return record


def _not_there(which: str) -> OptionError:
    return OptionError(
        f"Immuta has no Redshift integration with {which}. Check it, or create the integration.", status_code=404
    )


def _split(text: str, script: str) -> list[t.Any]:
    try:
        return list(split(text))
    except ScriptError as exc:
        raise ScriptError(
            f"Immuta's {script} script cannot be run: {exc.message} Nothing was written. Generate it again; if that "
            "changes nothing, show the script to Immuta's support.",
            **exc.details,
        ) from exc


def _store(dest: str | None, text: str, script: str, run_id: int) -> str:
    """Write a script where it is to be, or into a private folder, and return its path."""
    try:
        content = text.encode()
    except UnicodeEncodeError as exc:
        raise ScriptError("Immuta's script holds what is no text. Nothing was written. Generate it again.") from exc
    if dest:
        _files.make_folder(os.path.dirname(os.path.abspath(dest)))
        _files.write(dest, content)
        return dest
    path = os.path.join(_script_dir.make(run_id), f"{script}.sql")
    try:
        _files.write(path, content)
    except FileError:
        _script_dir.remove(path)
        raise
    return path
