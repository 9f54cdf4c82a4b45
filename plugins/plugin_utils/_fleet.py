# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the role's variables of many hosts.

Private to this collection: it can change at any time.

Only the variables that are needed are templated, and those of each host are read once: 200 hosts take well below a
second.
"""

from __future__ import annotations

import contextlib
import os
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.community.immuta.plugins.module_utils import _environment
from ansible_collections.community.immuta.plugins.module_utils._immuta.payload import secrets_of
from ansible_collections.community.immuta.plugins.module_utils._module._accounts import (
    PRIVILEGED_ACCOUNT,
    SYSTEM_ACCOUNT,
)
from ansible_collections.community.immuta.plugins.module_utils._module._inventory import PREFIX
from ansible_collections.community.immuta.plugins.module_utils._module._role_options import TEXTS, Read, RoleOptions
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_info import Cluster, Declared
from ansible_collections.community.immuta.plugins.module_utils._option_secrets import option_secrets
from ansible_collections.community.immuta.plugins.module_utils._options import environment
from ansible_collections.community.immuta.plugins.module_utils._redact import Redactor, secret_values
from ansible_collections.community.immuta.plugins.modules import redshift_integration
from ansible_collections.community.immuta.plugins.plugin_utils._templates import VariableError, read_variable

Vars = t.Mapping[str, t.Any]

#: Options of the role with a secret in them, and environment variables that stand in for them.
SECRET_OPTIONS = ("immuta_url", "immuta_api_key", "password", "okta", "extra_config", "login_password")
SECRET_ENVIRONMENT = (
    environment()["immuta_api_key"],
    SYSTEM_ACCOUNT["password"],
    PRIVILEGED_ACCOUNT["login_password"],
)
#: Of the play, not of a host: the variables of a host may refer to them.
MAGIC = ("hostvars", "omit", "playbook_dir", "ansible_playbook_python", "ansible_check_mode", "ansible_version")


class FleetVariables:
    """The variables of hosts, as the role would see them.

    :param templar: that of an action plugin
    :param task_vars: the variables of its task
    :param play_vars: ``vars`` of its play, which hostvars does not have
    """

    def __init__(self, templar: t.Any, task_vars: Vars, play_vars: Vars) -> None:
        self._templar = templar
        self._hostvars = task_vars["hostvars"]
        self._read: dict[str, Vars] = {}
        self._magic = {name: task_vars[name] for name in MAGIC if name in task_vars}
        self._overrides = _overrides(task_vars, play_vars)
        self._spec = redshift_integration.argument_spec()
        self._validator = ArgumentSpecValidator(self._spec)

    def cluster(self, name: str) -> Cluster:
        """Return a host of the inventory with its validated options, or with the problem that they have."""
        host = ""
        try:
            read = self._reader({**self._variables_of(name), **self._overrides})
            host = str(read(f"{PREFIX}host") or "")
            role = RoleOptions(read, os.environ)
            options = {**role.connection(), **role.settings(), **role.integration()}
            drop_objects = _boolean(read, f"{PREFIX}drop_objects")
        except VariableError as exc:
            return Cluster(name, host, problem=str(exc))
        validation = self._validator.validate(options)
        if validation.error_messages:
            redact = Redactor(option_secrets(self._spec, options))
            return Cluster(name, host, problem=redact.text(f"{'; '.join(validation.error_messages)}."))
        return Cluster(name, host, {**validation.validated_parameters, "drop_objects": drop_objects})

    def names(self, name: str) -> list[str]:
        """Return the names of the variables of a host, empty if it is not in the inventory."""
        with contextlib.suppress(VariableError):
            return [str(each) for each in {**self._variables_of(name), **self._overrides}]
        return []

    def declared(self) -> Declared:
        """Return what all hosts of the inventory describe, as far as it can be read."""
        return Declared.of(self._described(name) for name in self._hostvars)

    def secrets(self, name: str) -> list[str]:
        """Return the secrets of a host, as far as they can be read, and those of the environment."""
        options: dict[str, t.Any] = {}
        with contextlib.suppress(VariableError):
            read = self._reader({**self._variables_of(name), **self._overrides})
            for option in SECRET_OPTIONS:
                with contextlib.suppress(VariableError):
                    options[option] = read(PREFIX + option)
        if not isinstance(options.get("okta"), dict):
            options["okta"] = {}
        replacing = [_environment.clean_value(variable, os.environ) for variable in SECRET_ENVIRONMENT]
        return secrets_of(options) + secret_values([options.get("login_password"), *replacing])

    def _described(self, name: str) -> tuple[str, str, str]:
        """Return Redshift host, address of the tenant, and id, each empty if it cannot be read."""
        read = self._reader(self._variables_of(name))
        host, wanted = _text(read, f"{PREFIX}host"), _text(read, f"{PREFIX}id")
        url = _text(read, f"{PREFIX}immuta_url") if wanted else ""
        return host, url or _environment.clean_value(environment()["immuta_url"], os.environ), wanted

    def _variables_of(self, name: str) -> Vars:
        if name not in self._read:
            raw = self._hostvars.raw_get(name) if name in self._hostvars else None
            if not isinstance(raw, dict):
                raise VariableError(f"The inventory has no host {name}.")
            self._read[name] = {**self._magic, **raw}
        return self._read[name]

    def _reader(self, variables: Vars) -> Read:
        """Return what reads these variables. Its templar is made once: a copy takes longer than most variables."""
        templar = self._templar.copy_with_new_env(available_variables=variables)
        return lambda name: read_variable(templar, variables, name, is_text=name in TEXTS)


def _text(read: Read, name: str) -> str:
    try:
        value = read(name)
    except VariableError:
        return ""  # reported by `cluster` if the host is part of the play
    return "" if value is None else str(value)


def _boolean(read: Read, name: str) -> bool:
    try:
        return bool(boolean(read(name) or False))
    except TypeError as exc:
        raise VariableError(f"{name} must be true or false.") from exc


def _overrides(task_vars: Vars, play_vars: Vars) -> Vars:
    """Return the variables that the play sets. Not those that something stronger sets, such as ``-e``."""
    return {name: value for name, value in play_vars.items() if task_vars.get(name) is value}
