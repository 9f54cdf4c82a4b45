# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory of the Redshift integrations of an Immuta tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
name: redshift_integrations
short_description: Inventory of the Redshift integrations of an Immuta tenant
version_added: 1.0.0
description:
  - Reads the Redshift integrations of a tenant in one request. One integration is one host, with the variables of the
    role P(community.immuta.redshift_integration#role) but without any secret.
  - The configuration file is called C(immuta.yml) or C(immuta.yaml), or its name ends with C(.immuta.yml) or
    C(.immuta.yaml).
  - All hosts are in the group C(redshift_clusters), which the playbooks of this collection use. There are also the
    groups C(immuta_manual), C(immuta_automatic), C(immuta_unhealthy) and C(immuta_) with the status, for example
    C(immuta_enabled).
  - Each host has the variable C(immuta_integration) with C(id), C(status), C(healthy) and C(problems).
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices:
      - community.immuta.redshift_integrations
  immuta_url:
    description:
      - Address of the Immuta tenant, with its scheme. Required, here or as an environment variable.
    type: str
    env:
      - name: IMMUTA_URL
  immuta_api_key:
    description:
      - API key of an Immuta user with the permission C(APPLICATION_ADMIN). Required, here or in the environment.
      - If E(IMMUTA_URL) and E(IMMUTA_API_KEY) are both set, the key from the environment is only sent to that address.
    type: str
    env:
      - name: IMMUTA_API_KEY
  immuta_auth:
    description:
      - V(api_key) (the default) sends the key itself, V(token) exchanges it for a token first.
    type: str
    env:
      - name: IMMUTA_AUTH
  validate_certs:
    description:
      - Whether to verify the certificate of the server. True if not specified.
    type: raw
    env:
      - name: IMMUTA_VALIDATE_CERTS
  ca_path:
    description:
      - File with the certificates of the certificate authorities to trust, in PEM format.
    type: str
    env:
      - name: IMMUTA_CA_PATH
  client_cert:
    description:
      - File with the client certificate, in PEM format.
    type: str
    env:
      - name: IMMUTA_CLIENT_CERT
  client_key:
    description:
      - File with the key of O(client_cert), in PEM format.
    type: str
    env:
      - name: IMMUTA_CLIENT_KEY
  allow_http:
    description:
      - Whether O(immuta_url) may be C(http://), which sends the API key unencrypted. False if not specified.
    type: raw
    env:
      - name: IMMUTA_ALLOW_HTTP
  use_proxy:
    description:
      - Whether to use the proxy of the environment variables E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY). True if not
        specified.
    type: raw
  timeout:
    description:
      - Maximum time to wait for a connection, and for each part of a response, in seconds. 120 if not specified.
    type: raw
    env:
      - name: IMMUTA_TIMEOUT
  retries:
    description:
      - Number of retries after a transient error. 5 if not specified.
    type: raw
    env:
      - name: IMMUTA_RETRIES
  include_unhealthy:
    description:
      - Whether to include integrations that are not enabled, or whose validation tests failed.
    type: bool
    default: true
  hostname:
    description:
      - Jinja2 expression for the name of a host. C(id), C(status), C(auto_bootstrap) and C(config) (the settings under
        the names of the options of M(community.immuta.redshift_integration)) can be used.
      - If not specified, or if two hosts would get the same name, the Redshift host, as with
        M(community.immuta.redshift_integration_export).
      - Characters other than letters, digits, C(.), C(_) and C(-) are replaced by C(_).
    type: str
notes:
  - An environment variable that is set but empty counts as not set.
  - If the tenant cannot be read, the plugin fails. By default, C(ansible-playbook) shows that as a warning and goes on
    with an empty inventory. Set E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to C(true) to stop.
  - The cache contains no secret.
seealso:
  - module: community.immuta.redshift_integration_export
"""

EXAMPLES = r"""
# immuta.yml: the address and the API key come from IMMUTA_URL and IMMUTA_API_KEY
plugin: community.immuta.redshift_integrations

---
# eu.immuta.yml: short names, a group for each database, and no request for an hour
plugin: community.immuta.redshift_integrations
immuta_url: https://tenant.example.com
hostname: config.host.split('.')[0]
keyed_groups:
  - key: redshift_integration_database
    prefix: database
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: /var/cache/ansible/immuta
cache_timeout: 3600
"""

import collections
import hashlib
import os
import re
import typing as t

from ansible.errors import AnsibleParserError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable, to_safe_group_name
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import connection_spec
from ansible_collections.community.immuta.plugins.module_utils._errors import ImmutaError
from ansible_collections.community.immuta.plugins.module_utils._immuta import option_checks
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import REQUESTS_ERROR, Client
from ansible_collections.community.immuta.plugins.module_utils._immuta.endpoints import Integrations
from ansible_collections.community.immuta.plugins.module_utils._immuta.record import IntegrationRecord
from ansible_collections.community.immuta.plugins.module_utils._module._inventory import (
    GROUP,
    PREFIX,
    hosts_of,
    safe_name,
    settings_of_host,
)
from ansible_collections.community.immuta.plugins.module_utils._options import CONNECTION
from ansible_collections.community.immuta.plugins.module_utils._redact import Redactor
from ansible_collections.community.immuta.plugins.module_utils._types import Options, Row
from ansible_collections.community.immuta.plugins.plugin_utils._templates import TEMPLATE_ERRORS

FILE_NAMES = ("immuta.yml", "immuta.yaml")
SECRET = "immuta_api_key"
_TEMPLATE = re.compile(r"\{[{%#]")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """One host for each Redshift integration."""

    NAME = "community.immuta.redshift_integrations"

    def verify_file(self, path: str) -> bool:
        """Return whether the name of the file says that it is for this plugin."""
        name = os.path.basename(path)
        is_named = name in FILE_NAMES or name.endswith(tuple(f".{ending}" for ending in FILE_NAMES))
        return is_named and bool(super().verify_file(path))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Add the hosts."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        options = self._connection_options()
        rows = self._cached(options, self.get_cache_key(path), cache)
        shown = [row for row in rows if row["healthy"] or self.get_option("include_unhealthy")]
        self.inventory.add_group(GROUP)
        for name, row in self._named(shown).items():
            self._add_host(name, row, options)

    def _connection_options(self) -> Options:
        """Return the validated options, the environment in place of those that are not specified.

        :raises AnsibleParserError: an option is wrong
        """
        values = {name: self._value(name) for name in CONNECTION}
        validation = ArgumentSpecValidator(connection_spec()).validate(
            {name: value for name, value in values.items() if value not in (None, "")}
        )
        problems = list(validation.error_messages)
        options: Options = validation.validated_parameters
        if not problems:
            problems = option_checks.connection_problems(options, os.environ)
        if problems:
            raise AnsibleParserError(Redactor([str(values[SECRET] or "")]).text(" ".join(problems)))
        return options

    def _value(self, name: str) -> t.Any:
        """Return an option that is set in the file; what comes from the environment is left to the argument spec."""
        if self.get_option(name) == os.environ.get(str(CONNECTION[name].get("env"))):
            return None
        value = self.get_option(name)
        is_text = isinstance(value, str) or not isinstance(value, (bool, int, type(None)))
        return str(self.templar.template(value)) if is_text else value

    def _cached(self, options: Options, key: str, cache: bool) -> list[Row]:
        """Return the integrations, from the cache if it has them. Each tenant has its own cache, without secrets."""
        tenant = hashlib.sha256(str(options["immuta_url"]).encode()).hexdigest()[:16]
        key = f"{key}_{tenant}"
        if self.get_option("cache"):
            self.load_cache_plugin()
            if cache and key in self._cache:
                return t.cast("list[Row]", self._cache[key])
        rows = self._fetch(options)
        if self.get_option("cache"):
            self._cache[key] = rows
        return rows

    def _fetch(self, options: Options) -> list[Row]:
        if REQUESTS_ERROR:
            raise AnsibleParserError(f"{self.NAME} requires the Python library requests.")
        try:
            return [_row(record) for record in Integrations(Client(options), check_mode=True).all()]
        except ImmutaError as exc:  # not its cause: ansible-core would show the message of that one too, with the key
            raise AnsibleParserError(Redactor([str(options[SECRET])]).text(exc.message)) from None

    def _named(self, rows: list[Row]) -> dict[str, Row]:
        """Return the rows by the names of their hosts."""
        hosts = hosts_of(rows)
        expression = self.get_option("hostname")
        if not expression:
            return hosts
        wanted = {name: self._hostname(expression, row) or name for name, row in hosts.items()}
        names = _unique_names(wanted)
        return {names[old]: row for old, row in hosts.items()}

    def _hostname(self, expression: str, row: Row) -> str:
        """Return the name that the user wants, empty if the expression has no value for this integration."""
        try:
            return safe_name(self._compose(expression, _as_data(row)))
        except TEMPLATE_ERRORS as exc:
            if self.get_option("strict"):
                raise AnsibleParserError(f"The option hostname cannot be evaluated for id {row['id']}: {exc}") from exc
            return ""

    def _add_host(self, name: str, row: Row, options: Options) -> None:
        self.inventory.add_host(name, group=GROUP)
        variables = {PREFIX + option: value for option, value in settings_of_host(row).items()}
        variables.update(_tenant_variables(options))
        variables["immuta_integration"] = {key: row[key] for key in ("id", "status", "healthy", "problems")}
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, _as_data(value))
        for group in _groups(row):
            self.inventory.add_child(self.inventory.add_group(to_safe_group_name(group)), name)
        self._construct(name)

    def _construct(self, name: str) -> None:
        """Apply the options of constructed."""
        strict = self.get_option("strict")
        variables = self.inventory.get_host(name).get_vars()
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        variables = self.inventory.get_host(name).get_vars()
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)


def _unique_names(wanted: dict[str, str]) -> dict[str, str]:
    """Return a name for each host, so that no two are equal: the wanted one, or the old one if another host has it."""
    taken = collections.Counter(wanted.values())
    return {old: new if taken[new] == 1 and (new == old or new not in wanted) else old for old, new in wanted.items()}


def _row(record: IntegrationRecord) -> Row:
    """Return what is cached of an integration."""
    problems = [] if record.is_healthy else [record.describe()]
    return {**record.as_options(), "healthy": record.is_healthy, "problems": problems}


def _as_data(value: t.Any) -> t.Any:
    """Return a value that Ansible never takes for a template: what Immuta returned is data.

    Only texts that look like one are marked, since ansible-inventory shows the mark.
    """
    if isinstance(value, dict):
        return {key: _as_data(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_data(item) for item in value]
    return wrap_var(value) if isinstance(value, str) and _TEMPLATE.search(value) else value


def _groups(row: Row) -> list[str]:
    kind = "immuta_automatic" if row["auto_bootstrap"] else "immuta_manual"
    unhealthy = [] if row["healthy"] else ["immuta_unhealthy"]
    return [f"immuta_{row['status'] or 'unknown'}", kind, *unhealthy]


def _tenant_variables(options: Options) -> Row:
    """Return the variables of the role that lead to this tenant: those that are not the default, never the key."""
    return {
        PREFIX + name: options[name]
        for name, row in CONNECTION.items()
        if name != SECRET and options[name] is not None and options[name] != row.get("default")
    }
