# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options the modules get from the variables of the role. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.common.validation import check_type_dict

from .._options import CONNECTION, LOGIN, SETTINGS
from .._types import Environ
from ._accounts import PRIVILEGED_ACCOUNT, SYSTEM_ACCOUNT, from_environment
from ._inventory import PREFIX

#: Returns the value of a variable by its full name, None if it is not set.
Read = t.Callable[[str], t.Any]
Values = dict[str, t.Any]

#: Variables whose value is a text, whatever it looks like.
TEXTS = frozenset(PREFIX + name for name in ("immuta_api_key", *SYSTEM_ACCOUNT, *PRIVILEGED_ACCOUNT))
_DICTIONARIES = frozenset(name for name, row in {**SETTINGS, **LOGIN}.items() if row["type"] == "dict")


class RoleOptions:
    """The variables of the role, as the options of the modules. Each group is a method without parameters.

    A variable that is not set, or is null, is left out: the module has the default. Values are not converted, which
    is what the argument spec of a module does, but for dictionaries that are a text, as those of ``-e`` and surveys.

    :param read: returns a variable; what it raises is not caught
    :param environ: for the accounts, if their variables are empty
    """

    def __init__(self, read: Read, environ: Environ) -> None:
        self._read = read
        self._environ = environ

    def group(self, name: str) -> Values:
        """Return the options of a group: one of ``GROUPS``."""
        found: Values = getattr(self, name)()
        return found

    def connection(self) -> Values:
        """Return how to reach Immuta. An empty address or key counts as not set: the environment may have it."""
        required = [name for name, row in CONNECTION.items() if row.get("required")]
        found = self._set(CONNECTION)
        return {name: value for name, value in found.items() if value != "" or name not in required}

    def settings(self) -> Values:
        """Return what the integration is made of, with its id."""
        others = [name for name in SETTINGS if name not in ("username", "password")]
        return {**self._set([*others, "id"]), **self.account()}

    def account(self) -> Values:
        """Return the system account, as far as it is set."""
        return {**self.username(), **self._system_account_if_set("password")}

    def username(self) -> Values:
        """Return the name of the system account, if it is set."""
        return self._system_account_if_set("username")

    def integration(self) -> Values:
        """Return the further options of ``redshift_integration``."""
        return self._set(["state", "update_password", "wait", "wait_timeout", "fail_on"])

    def login(self) -> Values:
        """Return how to log in to Redshift as the privileged user."""
        return {**self._server(), **self._privileged_login()}

    def login_as_system_account(self) -> Values:
        """Return how to log in as the account that Immuta uses."""
        names = {"login_user": "username", "login_password": "password"}
        account = {option: self._system_account(name) for option, name in names.items()}
        return {**self._server(), **account, "login_aws": {}}

    def preflight(self) -> Values:
        """Return the further options of ``redshift_preflight``."""
        return self._set(["require_redshift"])

    def script(self) -> Values:
        """Return the further options of ``redshift_script``."""
        secrets = [
            self._system_account("password"),
            self._okta_password(),
            self._get("immuta_api_key") or "",
        ]
        is_here = not self._get("sql_delegate_to")
        return {"remote_src": is_here, "secrets": secrets, **self._set(["wait_for_database"])}

    def decision(self) -> Values:
        """Return what ``bootstrap_plan`` decides by."""
        return {
            **self._set(_DECIDES),
            **self.account(),
            **self._privileged_login(),
            "sql_host": self._sql_host(),
            "check_mode": self._read("ansible_check_mode"),
            "inventory_host": self._read("inventory_hostname"),
            "is_local": (self._read("ansible_connection") or "ssh") == "local",
            "cleaned_up": self._read(f"__{PREFIX}cleaned_up"),
        }

    def _server(self) -> Values:
        return {
            "login_host": self._sql_host(),
            "login_port": self._get("login_port") or self._get("port") or LOGIN["login_port"]["default"],
            **self._set(["ssl_mode", "ca_cert", "connect_params"]),
        }

    def _sql_host(self) -> str:
        return str(self._get("login_host") or self._get("host") or "")

    def _privileged_login(self) -> Values:
        return {
            "login_user": self._privileged_account("login_user"),
            "login_password": self._privileged_account("login_password"),
            "login_aws": self._get("login_aws") or {},
        }

    def _set(self, names: t.Iterable[str]) -> Values:
        """Return the variables of these options that are set."""
        found = {name: self._get(name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def _get(self, name: str) -> t.Any:
        value = self._read(PREFIX + name)
        return _dictionary(value) if name in _DICTIONARIES and isinstance(value, str) else value

    def _okta_password(self) -> str:
        okta = self._get("okta")
        return str(okta.get("password") or "") if isinstance(okta, dict) else ""

    def _system_account(self, name: str) -> str:
        return self._account(name, ("authentication_type",))

    def _system_account_if_set(self, name: str) -> Values:
        value = self._system_account(name)
        return {name: value} if value else {}

    def _privileged_account(self, name: str) -> str:
        return self._account(name, ("login_aws",))

    def _account(self, name: str, decided_by: t.Iterable[str]) -> str:
        value = self._get(name)
        text = "" if value is None else str(value)
        return text or from_environment(name, self._set(decided_by), self._environ)


def _dictionary(text: str) -> t.Any:
    """Return the dictionary that a text stands for, or the text, which the module refuses."""
    try:
        return check_type_dict(text)
    except (TypeError, ValueError):
        return text


GROUPS = (
    "connection",
    "settings",
    "account",
    "username",
    "integration",
    "login",
    "login_as_system_account",
    "preflight",
    "script",
    "decision",
)  # fmt: skip
_DECIDES = (
    "state",
    "auto_bootstrap",
    "database",
    "initial_database",
    "authentication_type",
    "update_password",
    "reset_password",
    "sql_delegate_to",
    "run_scripts",
    "scripts_done",
    "scripts_dir",
    "drop_objects",
    "cleanup_on_error",
    "existing_objects",
)
