#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_fleet_report
short_description: Write a report of all Redshift clusters of a play
version_added: 1.0.0
description:
  - Writes what M(community.immuta.redshift_fleet_info) found as files on the controller. The page can be read in a
    browser, the Markdown file fits into a comment on a pull request, and the others are for programs.
  - Also shows a table of the clusters that are not V(in_sync).
  - The most severe verdicts come first. The order is V(error), V(unhealthy), V(missing), V(drifted), V(unmanaged),
    V(unknown_status), V(busy), V(in_sync).
  - Use it with C(run_once). The playbook C(community.immuta.report) runs both modules.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._attributes
attributes:
  check_mode:
    support: full
    details:
      - Writes the files in check mode too, since they are the result of a comparison that changes nothing.
  diff_mode:
    support: none
    details:
      - The files contain the time, so they always differ.
  idempotent:
    support: full
    details:
      - Never reports a change.
options:
  fleet:
    description:
      - The registered result of M(community.immuta.redshift_fleet_info).
    type: dict
    required: true
  dest:
    description:
      - The directory for the files, on the controller. It is created if it does not exist, files in it are replaced.
      - A path that is not absolute begins in the directory in which C(ansible-playbook) was started.
    type: path
    default: report
  formats:
    description:
      - The files to write.
      - V(json) writes C(report.json), as C(docs/report-schema.json) of this collection describes it.
      - V(markdown) writes C(report.md), at most 65,000 characters.
      - V(html) writes C(report.html), one file that loads nothing.
      - V(junit) writes C(report.xml), a test suite for each tenant, three test cases for each cluster.
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
      - Names of all hosts that should have been compared. The report lists those that were not.
    type: list
    elements: str
    default: []
  ignore:
    description:
      - What is accepted. It is shown with its reason, but does not count in the exit code and for O(fail_on).
      - A rule with neither O(ignore[].option) nor O(ignore[].verdict) is for all verdicts of the host.
    type: list
    elements: dict
    default: []
    suboptions:
      host:
        description:
          - Name of the host in the inventory, or of the Redshift host if it is unmanaged. C(*) is a wildcard.
        type: str
        required: true
      option:
        description:
          - Ignore that this option differs. V(okta) stands for every field of it.
        type: str
      verdict:
        description:
          - Ignore this verdict.
        type: str
        choices:
          - error
          - unhealthy
          - missing
          - drifted
          - unmanaged
          - unknown_status
          - busy
      reason:
        description:
          - Why it is accepted.
        type: str
        required: true
  fail_on:
    description:
      - Fail, after the files were written, if a verdict of this list was found and is not ignored.
    type: list
    elements: str
    choices:
      - error
      - unhealthy
      - missing
      - drifted
      - unmanaged
      - unknown_status
      - busy
    default: []
notes:
  - This is an action plugin. It runs on the controller.
  - The user, the job and the revision are those of AWX or automation controller, GitHub Actions or GitLab CI, or else
    the account that runs C(ansible-playbook) and the revision of the inventory in git.
  - No file contains a secret, and the files can be read by everyone.
seealso:
  - module: community.immuta.redshift_fleet_info
  - module: community.immuta.redshift_fleet_summary
"""

EXAMPLES = r"""
- name: Compare all clusters with Immuta
  community.immuta.redshift_fleet_info:
  register: fleet
  run_once: true

- name: Write the report, and fail if something is broken
  community.immuta.redshift_fleet_report:
    fleet: "{{ fleet }}"
    dest: report
    expected: "{{ groups['redshift_clusters'] }}"
    fail_on:
      - error
      - unhealthy
    ignore:
      - host: sandbox
        option: authentication_type
        reason: Moves to Okta in December
  run_once: true
"""

RETURN = r"""
files:
  description: Paths of the files.
  returned: when the files were written
  type: list
  elements: str
  sample:
    - report/report.json
    - report/report.html
exit_code:
  description: As of C(terraform plan -detailed-exitcode). 0 if nothing is to be done, 1 if something could not be
    compared, 2 if something differs.
  returned: when the files were written
  type: int
  sample: 2
summary:
  description: Number of clusters by verdict, of those that are ignored, and of those that were not checked.
  returned: when the files were written
  type: dict
  sample:
    error: 0
    unhealthy: 0
    missing: 1
    drifted: 2
    unmanaged: 3
    unknown_status: 0
    busy: 0
    in_sync: 47
    ignored: 1
    not_checked: 0
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

FORMATS = ["json", "markdown", "html", "junit", "prometheus"]
FINDINGS = ["error", "unhealthy", "missing", "drifted", "unmanaged", "unknown_status", "busy"]


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {
        "fleet": {"type": "dict", "required": True},
        "dest": {"type": "path", "default": "report"},
        "formats": {"type": "list", "elements": "str", "choices": FORMATS, "default": FORMATS},
        "expected": {"type": "list", "elements": "str", "default": []},
        "ignore": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "host": {"type": "str", "required": True},
                "option": {"type": "str"},
                "verdict": {"type": "str", "choices": FINDINGS},
                "reason": {"type": "str", "required": True},
            },
        },
        "fail_on": {"type": "list", "elements": "str", "choices": FINDINGS, "default": []},
    }


def main() -> None:
    """Entry point: only reached if something starts this as a module process."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    module.fail_json(msg="redshift_fleet_report is an action plugin: use it in a task of a playbook.")


if __name__ == "__main__":
    main()
