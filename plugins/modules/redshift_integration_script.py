#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_integration_script
short_description: Generate an Immuta bootstrap script for Redshift
version_added: 1.0.0
description:
  - Lets Immuta generate a script for the manual bootstrap of a Redshift integration, and writes it to a file.
  - The script contains the password of the system account in plain text, so it is never returned, and only the owner
    can read the file.
  - The file is replaced atomically, and only if it does not contain the script yet. If anything fails, it is unchanged.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - ansible.builtin.files
  - community.immuta._immuta_connection
  - community.immuta._integration_settings
  - community.immuta._attributes
  - community.immuta._attributes.actiongroup_immuta
attributes:
  check_mode:
    support: full
    details:
      - Generates the script, which changes nothing in Immuta, but does not write it.
  diff_mode:
    support: full
    details:
      - Shows the script before and after, with all secrets masked.
  idempotent:
    support: full
options:
  script:
    description:
      - V(initial_create) is the first script of a manual bootstrap. Run it in O(initial_database).
      - V(create) is the second script. Run it in O(database). Without O(initial_database), it is the only one.
      - V(edit) changes the objects of an existing integration, V(delete) removes them. Run them in O(database).
      - V(cleanup) removes what remains of an integration that could not be created.
    type: str
    required: true
    choices:
      - initial_create
      - create
      - edit
      - delete
      - cleanup
  id:
    description:
      - ID of the integration, for O(script=edit) and O(script=delete). If not specified, O(host) is used.
    type: str
  dest:
    description:
      - File to write to. Its directory is created with the mode 0700 if it does not exist.
      - A file that belongs to another user is replaced even if its content is the same.
      - If not specified, every run creates a temporary directory for the script that only its owner can read. With
        O(community.immuta.redshift_script#module:remove), both are removed before the script is run. Directories that
        a killed run left are removed when the next one is created, or after one day if the state of that run is
        unknown.
    type: path
  mode:
    description:
      - The permissions of the file, as in M(ansible.builtin.file).
    type: raw
    default: "0600"
notes:
  - O(auto_bootstrap) can be left out. Use the same settings for M(community.immuta.redshift_integration) afterwards.
seealso:
  - module: community.immuta.redshift_script
  - module: community.immuta.redshift_integration
"""

EXAMPLES = r"""
- name: Generate the first script
  community.immuta.redshift_integration_script:
    immuta_url: https://tenant.example.com
    immuta_api_key: "{{ immuta_api_key }}"
    script: initial_create
    dest: "{{ scripts }}/initial_create.sql"
    host: analytics.abc123.eu-west-1.redshift.amazonaws.com
    database: immuta_policies
    initial_database: dev
    authentication_type: userPassword
    username: immuta_system
    password: "{{ immuta_system_password }}"
"""

RETURN = r"""
dest:
  description: Path of the file. Null in check mode if O(dest) is not specified.
  returned: success
  type: str
  sample: /home/deploy/scripts/initial_create.sql
statements:
  description: Number of statements in the script.
  returned: success
  type: int
  sample: 5
checksum:
  description: SHA-256 checksum of the script with all secrets masked, to distinguish scripts.
  returned: success
  type: str
  sample: 0a4d55a8d778e5022fab701977c5d840bbc486d0c1d3c3c0a2a2c7b5d9b3a9e4
failure:
  description: Structured error details; RV(ignore:msg) has the message.
  returned: failure
  type: dict
  sample:
    kind: ApiError
    method: POST
    path: /integrations/scripts/create
    status_code: 400
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import connection_spec
from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._immuta.client import REQUESTS_ERROR, Client
from ansible_collections.community.immuta.plugins.module_utils._immuta.endpoints import SCRIPTS, Integrations
from ansible_collections.community.immuta.plugins.module_utils._immuta.payload import secrets_of
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_integration_script import (
    PRIVATE,
    write_script,
)
from ansible_collections.community.immuta.plugins.module_utils._module_runner import (
    MaskingModule,
    need_requests,
    run_module,
)
from ansible_collections.community.immuta.plugins.module_utils._options import SETTINGS
from ansible_collections.community.immuta.plugins.module_utils._result import Outcome


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module, without those of files."""
    return {
        **connection_spec(),
        **SETTINGS,
        "script": {"type": "str", "required": True, "choices": list(SCRIPTS)},
        "id": {"type": "str"},
        "dest": {"type": "path"},
        "mode": {"type": "raw", "default": PRIVATE},
    }


def core(options: dict[str, t.Any], context: Context) -> Outcome:
    """Run the module; see ``module_utils/_module/redshift_integration_script.py``."""
    return write_script(options, Integrations(Client(options), context.check_mode), context)


def main() -> None:
    """Entry point."""
    module = MaskingModule(argument_spec=argument_spec(), add_file_common_args=True, supports_check_mode=True)
    need_requests(module, REQUESTS_ERROR)
    result = run_module(module, core, secrets_of(module.params))
    path = module.params["dest"] or result["dest"]
    if path:
        file_options = module.load_file_common_arguments(module.params, path=path)
        result["changed"] = module.set_fs_attributes_if_different(file_options, result["changed"])
    module.exit_json(**result)


if __name__ == "__main__":
    main()
