#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_fleet_info
short_description: Compare every Redshift cluster of the play with what Immuta has
version_added: 1.0.0
description:
  - Reads the variables C(redshift_integration_*) of every host of the play, as the role
    P(community.immuta.redshift_integration#role) does, and compares them with the integrations in Immuta, in one
    request for each tenant. It returns whether each host is as described, and what Immuta has that no host of the
    inventory describes.
  - Use it with C(run_once). The comparison is the one of M(community.immuta.redshift_integration).
  - A host whose variables cannot be used, or whose tenant cannot be read, gets the verdict V(error). The other hosts
    are still compared, and the task does not fail.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._attributes
  - community.immuta._attributes.info
options:
  hosts:
    description:
      - Names of the hosts in the inventory to compare.
      - If not specified, all hosts of the play, those that failed or were unreachable included.
    type: list
    elements: str
notes:
  - This is an action plugin. It runs on the controller, because only the controller has the variables of all hosts.
  - Variables are read from the inventory, from facts, from C(vars) of the play, which C(import_playbook) sets too, and
    from extra variables. C(vars_files) and C(vars) of a task are not seen.
  - Environment variables such as E(IMMUTA_URL) are those of C(ansible-playbook), C(environment) has no effect.
seealso:
  - module: community.immuta.redshift_integration
  - module: community.immuta.redshift_integration_info
"""

EXAMPLES = r"""
- name: Compare all clusters with Immuta
  community.immuta.redshift_fleet_info:
  register: fleet
  run_once: true

- name: Show the verdict of each cluster
  ansible.builtin.debug:
    msg: "{{ fleet.hosts[inventory_hostname].verdict }}"

- name: Compare two clusters
  community.immuta.redshift_fleet_info:
    hosts:
      - analytics
      - reports
  run_once: true
"""

RETURN = r"""
compared_at:
  description: When the comparison began, in UTC.
  returned: success
  type: str
  sample: "2026-11-24T06:00:00.120000Z"
hosts:
  description: One entry for each host, under its name in the inventory.
  returned: success
  type: dict
  contains:
    verdict:
      description:
        - If more than one applies, the first one of this list. V(error) means that the variables of the host or its
          tenant cannot be read, V(unknown_status) that this version of the collection does not know the status, V(busy)
          that Immuta is working on the integration, V(unhealthy) that the last operation or a validation test failed,
          V(missing) that Immuta has no integration of the host, V(drifted) that a setting differs.
        - A host that is to be absent and is gone is V(in_sync).
      type: str
      choices:
        - error
        - unknown_status
        - busy
        - unhealthy
        - missing
        - drifted
        - in_sync
    operation:
      description: What M(community.immuta.redshift_integration) would do. Null with V(error).
      type: str
      choices:
        - created
        - updated
        - repaired
        - deleted
        - none
    needs_run:
      description: Whether the role has something to do for this host.
      type: bool
    status:
      description: Status in Immuta. Null if there is no integration.
      type: str
      sample: enabled
    healthy:
      description: Whether the integration is enabled and no validation test failed; true if it is to be absent and is.
      type: bool
    problems:
      description: A sentence for each thing that makes the integration unhealthy.
      type: list
      elements: str
    drift:
      description: The settings that differ, fields within a setting apart. Never a secret.
      type: list
      elements: dict
      contains:
        option:
          description: Name of the option, C(impersonation.enabled) for a field within one.
          type: str
        before:
          description: The value in Immuta.
          type: raw
        after:
          description: The value in the inventory.
          type: raw
        editable:
          description: Whether Immuta edits this setting. If not, the integration has to be deleted and created again.
          type: bool
    id:
      description: Id in Immuta. Null if there is no integration.
      type: str
      sample: "7"
    message:
      description: What stops the operation, or what the verdict means. Empty if there is nothing to say.
      type: str
    host:
      description: The Redshift host. Empty if it is not known.
      type: str
      sample: analytics.abc123.eu-west-1.redshift.amazonaws.com
    immuta_url:
      description: Address of the tenant. Null if it is not known.
      type: str
      sample: https://tenant.example.com
unmanaged:
  description: Integrations in the tenants of these hosts that no host of the whole inventory describes.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id in Immuta.
      type: str
    host:
      description: The Redshift host.
      type: str
    status:
      description: Status in Immuta.
      type: str
    healthy:
      description: Whether the integration is enabled and no validation test failed.
      type: bool
    problems:
      description: A sentence for each thing that makes the integration unhealthy.
      type: list
      elements: str
    immuta_url:
      description: Address of the tenant.
      type: str
summary:
  description: How many hosts have each verdict, and how many integrations are C(unmanaged).
  returned: success
  type: dict
  sample:
    error: 0
    unknown_status: 0
    busy: 0
    unhealthy: 0
    missing: 1
    drifted: 2
    in_sync: 47
    unmanaged: 3
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {"hosts": {"type": "list", "elements": "str"}}


def main() -> None:
    """Entry point: only reached if something starts this as a module process."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    module.fail_json(msg="redshift_fleet_info is an action plugin: use it in a task of a playbook.")


if __name__ == "__main__":
    main()
