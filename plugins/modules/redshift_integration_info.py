#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_integration_info
short_description: Retrieve information about Immuta Redshift integrations
version_added: 1.0.0
description:
  - Returns one Redshift integration, or all that are in use.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._immuta_connection
  - community.immuta._attributes
  - community.immuta._attributes.info
  - community.immuta._attributes.actiongroup_immuta
options:
  id:
    description:
      - Return only the integration with this ID.
    type: str
  host:
    description:
      - Return only the integration of this host, ignoring case.
    type: str
seealso:
  - module: community.immuta.redshift_integration
"""

EXAMPLES = r"""
- name: Retrieve all Redshift integrations
  community.immuta.redshift_integration_info:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
  register: all_integrations

- name: Retrieve the integration of one host
  community.immuta.redshift_integration_info:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
    host: analytics.abc123.eu-west-1.redshift.amazonaws.com
  register: one_integration
"""

RETURN = r"""
integrations:
  description:
    - The integrations, each in the form that P(community.immuta.redshift_integration#module) returns as
      RV(community.immuta.redshift_integration#module:integration). Empty if nothing matches.
  returned: success
  type: list
  elements: dict
  sample:
    - id: "7"
      status: enabled
      auto_bootstrap: false
      config:
        host: analytics.abc123.eu-west-1.redshift.amazonaws.com
        port: 5439
        database: immuta_policies
        initial_database: dev
        authentication_type: userPassword
        username: immuta_system
        impersonation:
          enabled: false
      validation:
        status: passed
        tests:
          - name: Basic Connection Test
            status: passed
            message: ""
healthy:
  description: Whether every returned integration is V(enabled), and Immuta's validation found nothing wrong.
  returned: success
  type: bool
  sample: true
problems:
  description: A sentence for each unhealthy integration, with its status and the tests that did not pass.
  returned: success
  type: list
  elements: str
  sample: []
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
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_integration_info import read
from ansible_collections.community.immuta.plugins.module_utils._module_runner import (
    MaskingModule,
    need_requests,
    run_module,
)
from ansible_collections.community.immuta.plugins.module_utils._result import Outcome


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {**connection_spec(), "id": {"type": "str"}, "host": {"type": "str"}}


def core(options: dict[str, t.Any], context: Context) -> Outcome:
    """Run the module; see ``module_utils/_module/redshift_integration_info.py``."""
    return read(options, Integrations(Client(options), context.check_mode))


def main() -> None:
    """Entry point."""
    module = MaskingModule(argument_spec=argument_spec(), supports_check_mode=True)
    need_requests(module, REQUESTS_ERROR)
    module.exit_json(**run_module(module, core, secrets_of(module.params)))


if __name__ == "__main__":
    main()
