# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write an inventory of the Redshift integrations of a tenant. Private to this collection."""

from __future__ import annotations

import json
import os
import re
import typing as t

from .. import _files
from .._context import Context
from .._immuta import option_checks
from .._immuta.endpoints import Integrations
from .._immuta.payload import NESTED, Record, to_integration
from .._result import Outcome
from .._types import Options

Texts = dict[str, str]

#: What the placeholders of secrets refer to.
PLACEHOLDERS = ("environment", "vault")
#: The group of the inventory, and how the variables of the role start.
GROUP, PREFIX = "redshift_clusters", "redshift_integration_"
FILE_MODE, FOLDER_MODE = 0o640, 0o750
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")


def export(options: Options, api: Integrations, context: Context) -> Outcome:
    """Read all integrations that are in use, and write those files of their inventory that differ.

    :raises OptionError: an option is wrong; nothing was sent
    :raises ApiError: Immuta refused
    :raises FileError: a file cannot be read or written
    """
    folder = os.path.abspath(options["dest"])
    option_checks.refuse(
        option_checks.connection_problems(options, os.environ) + _files.folder_problems(f"{folder}/host_vars")
    )
    texts, hosts = _inventory([to_integration(record) for record in api.all()], options["placeholders"])
    before = {name: _files.read(os.path.join(folder, name)) for name in texts}
    differing = [name for name, text in texts.items() if text != before[name]]
    if not context.check_mode:
        _files.make_folder(os.path.join(folder, "host_vars"), FOLDER_MODE)
        for name in differing:
            _files.write(os.path.join(folder, name), texts[name].encode(), FILE_MODE)
    values = {"dest": folder, "hosts": hosts, "files": differing}
    return Outcome(bool(differing), values, diffs=[_diff(name, before[name], texts[name]) for name in differing])


def _diff(name: str, before: str | None, after: str) -> Record:
    return {"before_header": name, "after_header": name, "before": before or "", "after": after}


def _inventory(integrations: list[Record], placeholders: str) -> tuple[Texts, list[str]]:
    """Return the files of an inventory, by their path in its folder, and the names of its hosts."""
    hosts: dict[str, Record] = {}
    for integration in integrations:
        host = integration["config"].get("host")
        if isinstance(host, str) and host:
            hosts[_host_name(host, integration, hosts)] = integration
    rows = [f"    {json.dumps(name)}:\n" for name in hosts] or ["    {}\n"]
    group = f"---\n# Redshift clusters with an integration in Immuta.\n{GROUP}:\n  hosts:\n{''.join(rows)}"
    files = {f"host_vars/{name}.yml": _host_file(row, placeholders) for name, row in hosts.items()}
    return {"hosts.yml": group, **files}, list(hosts)


def _host_name(host: str, integration: Record, taken: t.Container[str]) -> str:
    """Return the host, which names a file; its id keeps hosts apart that differ only in what no name may hold."""
    name = _NOT_IN_A_NAME.sub(f"_{_NOT_IN_A_NAME.sub('_', str(integration['id']))}_", host)
    return f"{name}_{integration['id']}" if name in taken else name


def _host_file(integration: Record, placeholders: str) -> str:
    """Return the variables of one host."""
    status, number = json.dumps(integration["status"]), json.dumps(integration["id"])
    config = _accepted(integration["config"])
    if integration["auto_bootstrap"]:
        config.pop("username", None)  # it is used once, and not kept
    fields = {"auto_bootstrap": bool(integration["auto_bootstrap"]), **config}
    lines = [f"{PREFIX}{name}: {_data(value)}" for name, value in fields.items() if name != "okta"]
    secret = _environment(integration["id"]) if placeholders == "environment" else _vault
    return "\n".join(
        [
            "---",
            f"# Integration {number} of Immuta, {status} when it was exported.",
            *lines,
            *(_okta(config, secret) if config.get("authentication_type") == "okta" else _user(config, secret)),
            "# The privileged account that runs scripts where a manual integration is to be changed.",
            f"{PREFIX}login_user: {secret('login_user')}",
            f"{PREFIX}login_password: {secret('login_password')}",
            "",
        ]
    )


def _accepted(config: Record) -> Record:
    """Return what the role takes: no field within okta or impersonation that has no option. An update keeps those."""
    taken = {name: value for name, value in config.items() if name not in NESTED}
    for name, fields in NESTED.items():
        value = config.get(name)
        if isinstance(value, dict) and (name != "impersonation" or "enabled" in value):
            taken[name] = {key: item for key, item in value.items() if key in fields}
    return taken


def _okta(config: Record, secret: t.Callable[[str], str]) -> list[str]:
    fields = [f"  {name}: {_data(value)}" for name, value in (config.get("okta") or {}).items()]
    return [f"{PREFIX}okta:", *fields, f"  password: {secret('okta_password')}"]


def _user(config: Record, secret: t.Callable[[str], str]) -> list[str]:
    """Return the credentials that are no data."""
    user = [] if config.get("username") else [f"{PREFIX}username: {secret('username')}"]
    return [*user, f"{PREFIX}password: {secret('password')}"]


def _data(value: t.Any) -> str:
    """Return a value as YAML. What Immuta answered is data: it must not be taken for a template."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(str(key))}: {_data(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_data, value))}]"
    text = json.dumps(value)
    return f"!unsafe {text}" if re.search(r"\{[{%#]", text) else text  # on texts alone, which all versions take


def _environment(integration_id: str) -> t.Callable[[str], str]:
    """Return what makes placeholders for environment variables, whose names end with the id."""
    suffix = re.sub(r"[^A-Z0-9]", "_", str(integration_id).upper())
    return lambda name: f"\"{{{{ lookup('ansible.builtin.env', '{PREFIX.upper()}{name.upper()}_{suffix}') }}}}\""


def _vault(name: str) -> str:
    """Return a placeholder for a variable that a vault may hold."""
    return f"\"{{{{ vault_{PREFIX}{name} | default('') }}}}\""
