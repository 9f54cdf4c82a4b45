#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_integration
short_description: Manage Immuta's integration of an Amazon Redshift host
version_added: 1.0.0
description:
  - Ensures that the Redshift integration of one host is there as described, or is gone.
  - An integration is found by its O(host), compared without case, or by its O(id). There is one for each host.
  - For the manual bootstrap (O(auto_bootstrap=false)), scripts of Immuta must have been run in Redshift before. The
    role P(community.immuta.redshift_integration#role) does all of it.
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
      - Sends only requests that change nothing, and reports what the real run would.
  diff_mode:
    support: full
    details:
      - Shows the settings before and after under the names of the options. Secrets are not in it.
  idempotent:
    support: partial
    details:
      - With O(update_password=always), the module cannot see whether the password differs and reports a change.
options:
  state:
    description:
      - V(present) creates the integration, updates it where a setting differs, and repairs it where the last operation
        failed.
      - V(absent) deletes it. An automatic integration needs the privileged credentials for that; for a manual one none
        are sent, and what the scripts made in Redshift stays.
    type: str
    choices:
      - present
      - absent
    default: present
  id:
    description:
      - Id of the integration in Immuta, in place of O(host).
    type: str
  update_password:
    description:
      - Immuta does not give passwords back, so they cannot be compared.
      - V(on_create) sends them only with a creation, or with an update for another reason.
      - V(always) sends them with every run, which always reports a change.
    type: str
    choices:
      - on_create
      - always
    default: on_create
  wait:
    description:
      - Whether to wait until Immuta is done.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait. Immuta is asked at once at first, then less and less often, every 15 seconds at last. The last
        request may take five seconds more.
      - A line every 15 seconds tells how it stands, where the module runs inside ansible-playbook, which is on a local
        connection with the Python of ansible-playbook.
    type: int
    default: 600
  fail_on:
    description:
      - Which result of Immuta's validation after a change fails the task. A failed operation always does.
    type: str
    choices:
      - failed
      - warning
      - never
    default: failed
notes:
  - Immuta replaces the whole configuration with each change and does not give secrets back, so an update needs the
    credentials too.
  - If somebody else changes the integration at the same time, their change is waited for. If the answer to a creation
    is lost, the integration is looked for; it is never created twice.
seealso:
  - module: community.immuta.redshift_integration_info
  - module: community.immuta.redshift_integration_script
"""

EXAMPLES = r"""
- name: Let Immuta set up Redshift with credentials that it uses once
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

- name: Turn impersonation on
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

- name: Finish a manual bootstrap whose scripts were run
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
  description: What was done, or would be in check mode.
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
  description: The status that the integration was found in. Null where there was none.
  returned: success
  type: str
  sample: enabled
auto_bootstrap_before:
  description: Whether the integration that was found had been set up automatically. Null where there was none.
  returned: success
  type: bool
  sample: false
integration:
  description:
    - The integration as Immuta has it then, in a form that can be fed back into the options. It never holds a secret.
    - Null after O(state=absent).
  returned: success
  type: dict
  contains:
    id:
      description: Id in Immuta. Null in check mode where the integration would be created.
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
      description: The settings under the names of the options; what this collection does not know, in C(extra_config).
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
      description: What Immuta's validation found.
      type: dict
      contains:
        status:
          description: V(passed), V(failed), V(warning) or V(skipped); null where Immuta tells none.
          type: str
          sample: passed
        tests:
          description: One entry for each test.
          type: list
          elements: dict
          sample:
            - name: Basic Connection Test
              status: passed
              message: ""
failure:
  description: What went wrong, for programs. The sentence for people is RV(ignore:msg).
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

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import SETTINGS, connection_spec
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
    """Do what the module does; see ``module_utils/_module/redshift_integration.py``."""
    return ensure(options, Integrations(Client(options), context.check_mode), context)


def main() -> None:
    """Entry point."""
    module = MaskingModule(argument_spec=argument_spec(), supports_check_mode=True)
    need_requests(module, REQUESTS_ERROR)
    module.exit_json(**run_module(module, core, secrets_of(module.params)))


if __name__ == "__main__":
    main()
