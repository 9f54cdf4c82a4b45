#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_fleet_summary
short_description: Show what a run did for every Redshift cluster
version_added: 1.0.0
description:
  - Shows one table with every host of the play, and returns the same as data. The playbook
    C(community.immuta.redshift_integration) ends with it.
  - Reads three variables of each host. C(redshift_integration_fleet) is the registered result of
    M(community.immuta.redshift_fleet_info), C(redshift_integration_result) is what the role
    P(community.immuta.redshift_integration#role) leaves, and C(redshift_integration_failure) is the message that it
    failed with.
  - The data also goes to the statistics of the run, as C(immuta_summary), like with M(ansible.builtin.set_stats). AWX
    hands it to the next job of a workflow.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._attributes
  - community.immuta._attributes.info
options: {}
notes:
  - This is an action plugin. It runs on the controller. Use it with C(run_once).
seealso:
  - module: community.immuta.redshift_fleet_info
"""

EXAMPLES = r"""
- name: Show what was done for every cluster
  community.immuta.redshift_fleet_summary:
  run_once: true
"""

RETURN = r"""
hosts:
  description: One entry for each host, under its name in the inventory.
  returned: success
  type: dict
  contains:
    result:
      description:
        - V(nothing to do), V(created), V(updated), V(repaired), V(deleted), V(cleaned up), V(failed) or V(not reached).
          In check mode V(would be created) and so on.
      type: str
      sample: created
    status:
      description: Status in Immuta. Null if there is no integration.
      type: str
      sample: enabled
    id:
      description: Id in Immuta. Null if there is no integration.
      type: str
      sample: "7"
    message:
      description: Why it failed, or what there is to say. Empty if nothing.
      type: str
totals:
  description: How many hosts have each result.
  returned: success
  type: dict
  sample:
    created: 1
    nothing to do: 49
failures:
  description: The message of each host that failed.
  returned: success
  type: dict
  sample:
    sales: "POST /integrations: Immuta returned HTTP 422 (Validation of prerequisite setup failed.)."
table:
  description: The lines that were shown, at most 79 characters wide unless a name or a status is longer.
  returned: success
  type: list
  elements: str
  sample:
    - CLUSTER    RESULT         STATUS IN IMMUTA
    - analytics  nothing to do  enabled
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

#: The variables of a host that are read.
COMPARISON = "redshift_integration_fleet"
RESULT = "redshift_integration_result"
FAILURE = "redshift_integration_failure"


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module: none."""
    return {}


def main() -> None:
    """Entry point: only reached if something starts this as a module process."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    module.fail_json(msg="redshift_fleet_summary is an action plugin: use it in a task of a playbook.")


if __name__ == "__main__":
    main()
