# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write an inventory of the Redshift integrations of a tenant.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import json
import os
import re
import typing as t

from .. import _files
from .._context import Context
from .._immuta import option_checks
from .._immuta.endpoints import Integrations
from .._result import Outcome
from .._types import Options, Row
from ._inventory import GROUP, PREFIX, hosts_of, settings_of_host

Texts = dict[str, str]
#: Returns the placeholder of the secret with a name.
Placeholder = t.Callable[[str], str]

#: What the placeholders of secrets refer to.
PLACEHOLDERS = ("environment", "vault")
FILE_MODE, DIRECTORY_MODE = 0o640, 0o750

_ENVIRONMENT = """"{{ lookup('ansible.builtin.env', '%s') }}\""""
_VAULT = """"{{ vault_%s | default('') }}\""""
_HOSTS_FILE = """\
---
# Redshift clusters with an integration in Immuta.
%(group)s:
  hosts:
%(hosts)s"""
_HOST_FILE = """\
---
# Integration %(id)s of Immuta, %(status)s when it was exported.
%(settings)s
# The privileged user that runs scripts when a manual integration is changed.
%(prefix)slogin_user: %(login_user)s
%(prefix)slogin_password: %(login_password)s
"""


def export(options: Options, api: Integrations, context: Context) -> Outcome:
    """Read all integrations that are in use, and write those files of their inventory that differ.

    :raises OptionError: an option is wrong; nothing was sent
    :raises ApiError: Immuta refused
    :raises FileError: a file cannot be read or written
    """
    directory = os.path.abspath(options["dest"])
    option_checks.raise_on_problems(
        option_checks.connection_problems(options, os.environ) + _files.directory_problems(f"{directory}/host_vars")
    )
    texts, hosts = _inventory([record.as_options() for record in api.all()], options["placeholders"])
    before = {name: _files.read(os.path.join(directory, name)) for name in texts}
    differing = [name for name, text in texts.items() if text != before[name]]
    if not context.check_mode:
        _files.create_directory(os.path.join(directory, "host_vars"), DIRECTORY_MODE)
        for name in differing:
            _files.write(os.path.join(directory, name), texts[name].encode(), FILE_MODE)
    values = {"dest": directory, "hosts": hosts, "files": differing}
    return Outcome(bool(differing), values, diffs=[_diff(name, before[name], texts[name]) for name in differing])


def _diff(name: str, before: str | None, after: str) -> Row:
    return {"before_header": name, "after_header": name, "before": before or "", "after": after}


def _inventory(integrations: list[Row], placeholders: str) -> tuple[Texts, list[str]]:
    """Return the files of an inventory, by their path in its directory, and the names of its hosts."""
    hosts = hosts_of(integrations)
    rows = [f"    {json.dumps(name)}:\n" for name in hosts] or ["    {}\n"]
    files = {f"host_vars/{name}.yml": _host_file(row, placeholders) for name, row in hosts.items()}
    return {"hosts.yml": _HOSTS_FILE % {"group": GROUP, "hosts": "".join(rows)}, **files}, list(hosts)


def _host_file(integration: Row, placeholders: str) -> str:
    """Return the variables of one host."""
    secret = _environment(integration["id"]) if placeholders == "environment" else _vault
    return _HOST_FILE % {
        "id": json.dumps(integration["id"]),
        "status": json.dumps(integration["status"]),
        "settings": "\n".join(_settings(integration, secret)),
        "prefix": PREFIX,
        "login_user": secret("login_user"),
        "login_password": secret("login_password"),
    }


def _settings(integration: Row, secret: Placeholder) -> list[str]:
    """Return a line for each setting."""
    settings = settings_of_host(integration)
    lines = [f"{PREFIX}{name}: {_data(value)}" for name, value in settings.items() if name != "okta"]
    is_okta = settings.get("authentication_type") == "okta"
    return lines + (_okta_lines(settings, secret) if is_okta else _user_lines(settings, secret))


def _okta_lines(config: Row, secret: Placeholder) -> list[str]:
    fields = [f"  {name}: {_data(value)}" for name, value in (config.get("okta") or {}).items()]
    return [f"{PREFIX}okta:", *fields, f"  password: {secret('okta_password')}"]


def _user_lines(config: Row, secret: Placeholder) -> list[str]:
    user = [] if config.get("username") else [f"{PREFIX}username: {secret('username')}"]
    return [*user, f"{PREFIX}password: {secret('password')}"]


def _data(value: t.Any) -> str:
    """Return a value as YAML. What Immuta returned is data: it must not be taken for a template."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(str(key))}: {_data(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_data, value))}]"
    text = json.dumps(value)
    return f"!unsafe {text}" if re.search(r"\{[{%#]", text) else text  # on texts only, which all versions accept


def _environment(integration_id: str) -> Placeholder:
    """Return a function that makes placeholders for environment variables, whose names end with the id."""
    suffix = re.sub(r"[^A-Z0-9]", "_", str(integration_id).upper())
    return lambda name: _ENVIRONMENT % f"{PREFIX.upper()}{name.upper()}_{suffix}"


def _vault(name: str) -> str:
    """Return a placeholder for a variable in a vault."""
    return _VAULT % f"{PREFIX}{name}"
