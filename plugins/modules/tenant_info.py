#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tenant_info
short_description: Check whether an Immuta tenant and an API key work
version_added: 1.0.0
description:
  - Returns whether the tenant can be reached, its certificate is trusted, the API key is accepted, and its user has the
    permission C(APPLICATION_ADMIN). Changes nothing.
  - A tenant that cannot be used is a result, not a failure. Fail on RV(usable) if you need to.
  - With O(contract), also finds out which variant of the Integrations API the tenant speaks.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._immuta_connection
  - community.immuta._attributes
  - community.immuta._attributes.info
  - community.immuta._attributes.actiongroup_immuta
options:
  contract:
    description:
      - Whether to send about twenty more requests, which find out how the tenant behaves where the documentation of
        Immuta is silent. None of them changes anything.
      - Some are sent without credentials, to see which endpoints exist. Tell your security team if it counts those.
      - The others ask for scripts, with made-up values and a host under C(.invalid), which cannot exist. They may
        appear in the log of the tenant.
    type: bool
    default: false
seealso:
  - module: community.immuta.redshift_preflight
"""

EXAMPLES = r"""
- name: Check the tenant and the API key
  community.immuta.tenant_info:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
  register: tenant
  failed_when: not tenant.usable

- name: Find out which variant of the API the tenant speaks
  community.immuta.tenant_info:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
    contract: true
  register: tenant
"""

RETURN = r"""
tenant:
  description: Address of the tenant, the same for all spellings of O(immuta_url).
  returned: success
  type: str
  sample: https://tenant.example.com:443
usable:
  description: Whether all RV(checks) passed. Without TLS, or without O(validate_certs), that of C(tls) does not count.
  returned: success
  type: bool
  sample: true
checks:
  description:
    - Result of each check, V(passed), V(failed) or V(unknown). After one that failed, the next ones are V(unknown).
  returned: success
  type: dict
  contains:
    reachable:
      description: Whether an Immuta tenant responds at O(immuta_url).
      type: str
      sample: passed
    tls:
      description: Whether its certificate is trusted. V(unknown) without TLS, or without O(validate_certs).
      type: str
      sample: passed
    api_key:
      description: Whether it accepts the API key.
      type: str
      sample: passed
    permission:
      description: Whether the user of the API key has the permission C(APPLICATION_ADMIN).
      type: str
      sample: passed
message:
  description: What failed and what to do, or that everything works.
  returned: success
  type: str
  sample: The tenant and the API key work.
contract:
  description:
    - What the probes found. Null without O(contract), and if the tenant cannot be used.
    - Contains no secret, no script and no setting of an integration, so that you can attach it to a report.
  returned: success
  type: dict
  contains:
    bootstrap_form:
      description:
        - V(classic) if O(community.immuta.redshift_integration#module:initial_database) is required, V(single) if it is
          refused, V(both) if both forms work, otherwise V(inconclusive).
      type: str
      sample: both
    unknown_fields:
      description: What the tenant does with a field that it does not know, V(accepted), V(rejected) or V(inconclusive).
      type: str
      sample: rejected
    okta_layouts:
      description: Which layouts and spellings of the Okta fields it accepts.
      type: list
      elements: str
      sample:
        - nested appId
    endpoints:
      description: Which endpoints it has, each V(exists), V(missing) or V(inconclusive).
      type: dict
      sample:
        /integrations/scripts/create: exists
    assumptions:
      description: The assumptions of this collection about the API, in the order of its documentation.
      type: list
      elements: dict
      contains:
        id:
          description: Its number.
          type: str
          sample: A3
        statement:
          description: What is assumed.
          type: str
          sample: id is a string
        verdict:
          description: V(confirmed), V(contradicted) or V(inconclusive).
          type: str
          sample: confirmed
        evidence:
          description: Why.
          type: str
          sample: "Type of id: string."
        change:
          description: What to change if it is contradicted, an option or a constant in the code.
          type: str
          sample: "Nothing: numbers are accepted too."
    requests:
      description: Every request that was sent, with what can be shown of its response.
      type: list
      elements: dict
      sample:
        - probe: one script
          request: POST /integrations/scripts/create
          credentials: true
          status: 200
          content_type: text/html; charset=utf-8
          redirected: false
          message: ""
failure:
  description: Structured error details; RV(ignore:msg) has the message.
  returned: failure
  type: dict
  sample:
    kind: OptionError
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import connection_spec
from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import REQUESTS_ERROR, Client
from ansible_collections.community.immuta.plugins.module_utils._immuta.payload import secrets_of
from ansible_collections.community.immuta.plugins.module_utils._module.tenant_info import tenant
from ansible_collections.community.immuta.plugins.module_utils._module_runner import (
    MaskingModule,
    need_requests,
    run_module,
)
from ansible_collections.community.immuta.plugins.module_utils._result import Outcome


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {**connection_spec(), "contract": {"type": "bool", "default": False}}


def core(options: dict[str, t.Any], context: Context) -> Outcome:
    """Run the module; see ``module_utils/_module/tenant_info.py``. Check mode makes no difference."""
    return tenant(options, Client(options), context.clock)


def main() -> None:
    """Entry point."""
    module = MaskingModule(argument_spec=argument_spec(), supports_check_mode=True)
    need_requests(module, REQUESTS_ERROR)
    module.exit_json(**run_module(module, core, secrets_of(module.params)))


if __name__ == "__main__":
    main()
