# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Integrations as hosts of an inventory, for the exporter and the inventory plugin. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

from .._immuta.config_fields import NESTED
from .._types import Row

#: The group of the inventory, and how the variables of the role start.
GROUP, PREFIX = "redshift_clusters", "redshift_integration_"

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]")


def hosts_of(integrations: t.Iterable[Row]) -> dict[str, Row]:
    """Return the integrations by the name of their host in the inventory; those without a host are left out.

    :param integrations: as of ``IntegrationRecord.as_options``
    """
    hosts: dict[str, Row] = {}
    for integration in integrations:
        host = integration["config"].get("host")
        if isinstance(host, str) and host:
            hosts[_host_name(host, integration, hosts)] = integration
    return hosts


def safe_name(value: t.Any) -> str:
    """Return a value as the name of a host, empty for null. It is data of Immuta: it must not become a template."""
    return "" if value is None else _NOT_IN_A_NAME.sub("_", str(value))


def settings_of_host(integration: Row) -> Row:
    """Return the settings of an integration that the role accepts, under the names of the options. No secrets.

    An update keeps fields within ``okta`` or ``impersonation`` for which there is no option.
    """
    config = integration["config"]
    accepted = {name: value for name, value in config.items() if name not in NESTED}
    for name, fields in NESTED.items():
        value = config.get(name)
        if isinstance(value, dict) and _is_used(name, value, config):
            accepted[name] = {key: item for key, item in value.items() if key in fields}
    if integration["auto_bootstrap"]:
        accepted.pop("username", None)  # Immuta uses it once, and does not keep it
    return {"auto_bootstrap": bool(integration["auto_bootstrap"]), **accepted}


def _is_used(name: str, value: Row, config: Row) -> bool:
    if name == "okta":
        return bool(config.get("authentication_type") == "okta")
    return "enabled" in value


def _host_name(host: str, integration: Row, taken: t.Container[str]) -> str:
    """Return the host as the name of a file; the id keeps hosts apart that differ only in replaced characters."""
    name = _NOT_IN_A_NAME.sub(f"_{_NOT_IN_A_NAME.sub('_', str(integration['id']))}_", host)
    return f"{name}_{integration['id']}" if name in taken else name
