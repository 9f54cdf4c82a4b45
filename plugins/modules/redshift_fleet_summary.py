#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_fleet_summary
short_description: Show and record what a run did for every Redshift cluster
version_added: 1.0.0
description:
  - Shows one table with every host of the play, and returns the same as data. The playbook
    C(community.immuta.redshift_integration) ends with it.
  - With O(dest), writes the record of the run as files on the controller. It says who ran it, in which job and when,
    and for each host the outcome, the duration, the settings that differed, and the scripts that were run. For each
    script, it has the database, how many statements of each kind took effect, the duration, and the SHA-256 checksum.
    It never has SQL text or a secret. In check mode, it says what would be done.
  - Reads three variables of each host. C(redshift_integration_fleet) is the registered result of
    M(community.immuta.redshift_fleet_info), C(redshift_integration_result) is what the role
    P(community.immuta.redshift_integration#role) leaves, and C(redshift_integration_failure) is the message that it
    failed with. Of a run that failed, it also reads what the role left about the scripts.
  - RV(hosts) and RV(totals) also go to the statistics of the run, as C(immuta_summary), like with
    M(ansible.builtin.set_stats). AWX hands it to the next job of a workflow.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._attributes
attributes:
  check_mode:
    support: full
    details:
      - Writes the files in check mode too, since they say what would be done.
  diff_mode:
    support: none
    details:
      - The files contain the time, so they always differ.
  idempotent:
    support: full
    details:
      - Never reports a change.
options:
  dest:
    description:
      - The directory for the files, on the controller. It is created if it does not exist, files in it are replaced.
        No file is written if it is not specified.
      - A path that is not absolute begins in the directory in which C(ansible-playbook) was started.
    type: path
  formats:
    description:
      - The files to write.
      - V(json) writes C(report.json), as C(docs/run-schema.json) of this collection describes it.
      - V(markdown) writes C(report.md), at most 65,000 characters.
      - V(html) writes C(report.html), one file that loads nothing.
      - V(junit) writes C(report.xml), a test suite for each tenant, one test case for each cluster.
      - V(prometheus) writes C(report.prom), for the textfile collector of the node exporter.
    type: list
    elements: str
    choices:
      - json
      - markdown
      - html
      - junit
      - prometheus
    default:
      - json
      - markdown
      - html
      - junit
      - prometheus
  expected:
    description:
      - Names of all hosts that could have been part of the run. The record lists those that were not.
    type: list
    elements: str
    default: []
notes:
  - This is an action plugin. It runs on the controller. Use it with C(run_once).
  - The user, the job and the revision are those of AWX or automation controller, GitHub Actions or GitLab CI, or else
    the account that runs C(ansible-playbook) and the revision of the inventory in git.
  - The start of the run is the time of the comparison. The duration of a host is the time from then to the end of the
    role, so it includes the time in which the host waited for others.
  - The files can be read by everyone.
seealso:
  - module: community.immuta.redshift_fleet_info
  - module: community.immuta.redshift_fleet_report
"""

EXAMPLES = r"""
- name: Show what was done for every cluster
  community.immuta.redshift_fleet_summary:
  run_once: true

- name: Show and record it
  community.immuta.redshift_fleet_summary:
    dest: "/var/lib/immuta/{{ ansible_date_time.iso8601_basic_short }}"
    formats:
      - json
      - html
  run_once: true
"""

RETURN = r"""
record:
  description: The record of the run, as C(docs/run-schema.json) of this collection describes it.
  returned: when the files cannot be written
  type: dict
  sample:
    schema_version: "1.0"
    kind: run
    totals:
      created: 1
hosts:
  description: One entry for each host, under its name in the inventory.
  returned: success
  type: dict
  contains:
    result:
      description:
        - V(nothing to do), V(created), V(updated), V(repaired), V(deleted), V(cleaned up), V(handed over), V(failed) or
          V(not reached). In check mode V(would be created) and so on.
        - V(handed over) means that the scripts were written for others to run, and V(not reached) that the role was not
          run to its end, and why is not known.
      type: str
      sample: created
    status:
      description:
        - Status in Immuta. Null if there is no integration.
        - Of a host that failed or was not reached, the status before the run.
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
files:
  description: Paths of the files.
  returned: when O(dest) is specified
  type: list
  elements: str
  sample:
    - run/report.json
    - run/report.html
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

#: The variables of a host that are read.
COMPARISON = "redshift_integration_fleet"
RESULT = "redshift_integration_result"
FAILURE = "redshift_integration_failure"
FORMATS = ["json", "markdown", "html", "junit", "prometheus"]


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {
        "dest": {"type": "path"},
        "formats": {"type": "list", "elements": "str", "choices": FORMATS, "default": FORMATS},
        "expected": {"type": "list", "elements": "str", "default": []},
    }


def main() -> None:
    """Entry point: only reached if something starts this as a module process."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    module.fail_json(msg="redshift_fleet_summary is an action plugin: use it in a task of a playbook.")


if __name__ == "__main__":
    main()
