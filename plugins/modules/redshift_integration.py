#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_integration
short_description: Manage the Immuta integration of an Amazon Redshift host
version_added: 1.0.0
description:
  - Creates, updates, repairs or deletes the Immuta integration of one Redshift host.
  - An integration is identified by its O(host), ignoring case, or by its O(id). Each host has at most one.
  - For the manual bootstrap (O(auto_bootstrap=false)), scripts from Immuta must be run in Redshift before. The role
    P(community.immuta.redshift_integration#role) performs all of these steps.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._immuta_connection
  - community.immuta._integration_settings
  - community.immuta._attributes
  - community.immuta._attributes.actiongroup_immuta
attributes:
  check_mode:
    support: full
    details:
      - Sends only requests that change nothing, and reports what a run without check mode would do.
  diff_mode:
    support: full
    details:
      - Shows the settings before and after the change, under the names of the options and without secrets.
  idempotent:
    support: partial
    details:
      - With O(update_password=always), the module cannot see whether the password differs and reports a change.
options:
  state:
    description:
      - V(present) creates the integration, updates it if a setting differs, and repairs it if the last operation
        failed.
      - V(absent) deletes it. This requires the privileged credentials if the integration is automatic. If it is manual,
        no credentials are sent, and the objects that the scripts created remain in Redshift.
    type: str
    choices:
      - present
      - absent
    default: present
  id:
    description:
      - ID of the integration in Immuta, as an alternative to O(host).
    type: str
  update_password:
    description:
      - When to send passwords. Immuta does not return them, so they cannot be compared.
      - V(on_create) sends them only when the integration is created, or updated for another reason.
      - V(always) sends them with every run, which then always reports a change.
    type: str
    choices:
      - on_create
      - always
    default: on_create
  wait:
    description:
      - Whether to wait until Immuta has finished.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum time to wait, in seconds. The last request may take five seconds longer.
      - Polling backs off to every 15 seconds. Progress is shown on local connections that use the Python of
        ansible-playbook.
    type: int
    default: 600
  fail_on:
    description:
      - Which result of Immuta's validation fails the task after a change. A failed operation always fails the task.
    type: str
    choices:
      - failed
      - warning
      - never
    default: failed
notes:
  - Immuta replaces the whole configuration with each change and does not return secrets, so an update requires the
    credentials too.
  - If somebody else changes the integration at the same time, the module waits for that change to finish. If the
    response to a write is lost, the module looks for the change in Immuta; it never sends a write twice.
seealso:
  - module: community.immuta.redshift_integration_info
  - module: community.immuta.redshift_integration_script
"""

EXAMPLES = r"""
- name: Create an integration with automatic bootstrap
  community.immuta.redshift_integration:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
    auto_bootstrap: true
    host: analytics.abc123.eu-west-1.redshift.amazonaws.com
    database: immuta_policies
    initial_database: dev
    authentication_type: userPassword
    username: one_time_admin
    password: "{{ redshift_admin_password }}"

- name: Enable impersonation
  community.immuta.redshift_integration:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
    host: analytics.abc123.eu-west-1.redshift.amazonaws.com
    authentication_type: userPassword
    username: one_time_admin
    password: "{{ redshift_admin_password }}"
    impersonation:
      enabled: true
      role: immuta_impersonation

- name: Delete the integration
  community.immuta.redshift_integration:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
    host: analytics.abc123.eu-west-1.redshift.amazonaws.com
    authentication_type: userPassword
    username: one_time_admin
    password: "{{ redshift_admin_password }}"
    state: absent

- name: Create an integration with manual bootstrap, after its scripts were run
  community.immuta.redshift_integration:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
    auto_bootstrap: false
    host: reports.abc123.eu-west-1.redshift.amazonaws.com
    database: immuta_reports
    initial_database: dev
    authentication_type: userPassword
    username: immuta_reports_system
    password: "{{ immuta_system_password }}"
"""

RETURN = r"""
operation:
  description: What was done, or in check mode would be done.
  returned: success
  type: str
  choices:
    - created
    - updated
    - repaired
    - deleted
    - none
  sample: created
status_before:
  description: Status of the integration before. Null if there was none.
  returned: success
  type: str
  sample: enabled
auto_bootstrap_before:
  description: Whether the integration was set up automatically before. Null if there was none.
  returned: success
  type: bool
  sample: false
integration:
  description:
    - The integration as Immuta has it afterwards, under the names of the options. It never contains a secret.
    - Null after O(state=absent).
  returned: success
  type: dict
  contains:
    id:
      description: ID in Immuta. Null in check mode if the integration would be created.
      type: str
      sample: "7"
    status:
      description: Status in Immuta.
      type: str
      sample: enabled
    auto_bootstrap:
      description: See O(auto_bootstrap).
      type: bool
      sample: false
    config:
      description: The settings under the names of the options. Fields without an option are in C(extra_config).
      type: dict
      sample:
        host: analytics.abc123.eu-west-1.redshift.amazonaws.com
        port: 5439
        database: immuta_policies
        initial_database: dev
        authentication_type: userPassword
        username: immuta_system
        impersonation:
          enabled: false
    validation:
      description: Result of Immuta's validation.
      type: dict
      contains:
        status:
          description: V(passed), V(failed), V(warning) or V(skipped). Null if Immuta returns none.
          type: str
          sample: passed
        tests:
          description: One entry for each validation test.
          type: list
          elements: dict
          sample:
            - name: Basic Connection Test
              status: passed
              message: ""
failure:
  description: Structured error details; RV(ignore:msg) has the message.
  returned: failure
  type: dict
  sample:
    kind: ApiError
    method: POST
    path: /integrations
    status_code: 422
    server_message: Validation of prerequisite setup failed. Unable to create integration.
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import connection_spec
from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import REQUESTS_ERROR, Client
from ansible_collections.community.immuta.plugins.module_utils._immuta.endpoints import Integrations
from ansible_collections.community.immuta.plugins.module_utils._immuta.payload import secrets_of
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_integration import ensure
from ansible_collections.community.immuta.plugins.module_utils._module_runner import (
    MaskingModule,
    need_requests,
    run_module,
)
from ansible_collections.community.immuta.plugins.module_utils._options import SETTINGS
from ansible_collections.community.immuta.plugins.module_utils._result import Outcome


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {
        **connection_spec(),
        **SETTINGS,
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "id": {"type": "str"},
        "update_password": {
            "type": "str",
            "default": "on_create",
            "choices": ["on_create", "always"],
            "no_log": False,
        },
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 600},
        "fail_on": {"type": "str", "default": "failed", "choices": ["failed", "warning", "never"]},
    }


def core(options: dict[str, t.Any], context: Context) -> Outcome:
    """Run the module; see ``module_utils/_module/redshift_integration.py``."""
    return ensure(options, Integrations(Client(options), context.check_mode), context)


def main() -> None:
    """Entry point."""
    module = MaskingModule(argument_spec=argument_spec(), supports_check_mode=True)
    need_requests(module, REQUESTS_ERROR)
    module.exit_json(**run_module(module, core, secrets_of(module.params)))


if __name__ == "__main__":
    main()
