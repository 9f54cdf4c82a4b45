#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_integration_export
short_description: Export Immuta Redshift integrations to an inventory
version_added: 1.0.0
description:
  - Writes an inventory of all Redshift integrations that are in use, with a file of variables for the role
    P(community.immuta.redshift_integration#role) for each. The role finds nothing to change with it.
  - The playbook C(community.immuta.export) runs this module.
  - The files contain no secrets, because Immuta does not return them. They contain placeholders instead.
  - Sends a single request. Each file is replaced atomically, and only if it differs. The file of an integration that
    no longer exists is kept, but its host is removed from the group.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._immuta_connection
  - community.immuta._attributes
  - community.immuta._attributes.actiongroup_immuta
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  dest:
    description:
      - Directory of the inventory. It is created with the mode 0750 if it does not exist; the files have the mode 0640.
      - It will contain C(hosts.yml), with the group C(redshift_clusters), and a file for each host in C(host_vars).
    type: path
    required: true
  placeholders:
    description:
      - Where the placeholders take secrets from.
      - With V(environment), from environment variables whose names end with the ID of the integration, for example
        E(REDSHIFT_INTEGRATION_PASSWORD_7).
      - With V(vault), from variables such as C(vault_redshift_integration_password), which belong in an encrypted file
        next to it.
    type: str
    choices:
      - environment
      - vault
    default: environment
seealso:
  - module: community.immuta.redshift_integration_info
"""

EXAMPLES = r"""
- name: Write the inventory of a tenant
  community.immuta.redshift_integration_export:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
    dest: "{{ inventory_directory }}"
"""

RETURN = r"""
dest:
  description: Absolute path of the directory.
  returned: success
  type: str
  sample: /home/deploy/inventory
hosts:
  description: The hosts of the inventory.
  returned: success
  type: list
  elements: str
  sample:
    - analytics.abc123.eu-west-1.redshift.amazonaws.com
files:
  description: The files that were written, or in check mode would be written, relative to O(dest).
  returned: success
  type: list
  elements: str
  sample:
    - hosts.yml
    - host_vars/analytics.abc123.eu-west-1.redshift.amazonaws.com.yml
failure:
  description: Structured error details; RV(ignore:msg) has the message.
  returned: failure
  type: dict
  sample:
    kind: ApiError
    method: GET
    path: /integrations
    status_code: 403
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import connection_spec
from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import REQUESTS_ERROR, Client
from ansible_collections.community.immuta.plugins.module_utils._immuta.endpoints import Integrations
from ansible_collections.community.immuta.plugins.module_utils._immuta.payload import secrets_of
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_integration_export import (
    PLACEHOLDERS,
    export,
)
from ansible_collections.community.immuta.plugins.module_utils._module_runner import (
    MaskingModule,
    need_requests,
    run_module,
)
from ansible_collections.community.immuta.plugins.module_utils._result import Outcome


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {
        **connection_spec(),
        "dest": {"type": "path", "required": True},
        "placeholders": {"type": "str", "choices": list(PLACEHOLDERS), "default": PLACEHOLDERS[0]},
    }


def core(options: dict[str, t.Any], context: Context) -> Outcome:
    """Run the module; see ``module_utils/_module/redshift_integration_export.py``."""
    return export(options, Integrations(Client(options), context.check_mode), context)


def main() -> None:
    """Entry point."""
    module = MaskingModule(argument_spec=argument_spec(), supports_check_mode=True)
    need_requests(module, REQUESTS_ERROR)
    module.exit_json(**run_module(module, core, secrets_of(module.params)))


if __name__ == "__main__":
    main()
