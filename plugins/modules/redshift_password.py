#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_password
short_description: Manage the password of an Amazon Redshift user
version_added: 1.0.0
description:
  - Logs in as the user. If its password is different, logs in as O(login_user), sets the password, and logs in as the
    user again to verify it.
  - Use it to rotate the password of Immuta's system account, even if the old one is unknown.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._redshift_login
  - community.immuta._attributes
attributes:
  check_mode:
    support: full
    details:
      - Logs in as the user only.
  diff_mode:
    support: full
    details:
      - Shows whether the password is different, not the password itself.
  idempotent:
    support: full
options:
  username:
    description:
      - The user. It must exist.
    type: str
    required: true
  password:
    description:
      - The password of O(username). It is checked against Redshift's rules first.
    type: str
    required: true
seealso:
  - module: community.immuta.redshift_integration
"""

EXAMPLES = r"""
- name: Set the password of the system account
  community.immuta.redshift_password:
    login_host: analytics.abc123.eu-west-1.redshift.amazonaws.com
    login_user: awsuser
    login_password: "{{ redshift_admin_password }}"
    login_db: immuta_policies
    ssl_mode: require
    username: immuta_system
    password: "{{ immuta_system_password }}"
"""

RETURN = r"""
failure:
  description: Structured error details; RV(ignore:msg) has the message.
  returned: failure
  type: dict
  sample:
    kind: DatabaseError
    sqlstate: "42501"
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import login_spec
from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_password import ensure_password
from ansible_collections.community.immuta.plugins.module_utils._module_runner import MaskingModule, run_module
from ansible_collections.community.immuta.plugins.module_utils._redact import secret_values
from ansible_collections.community.immuta.plugins.module_utils._redshift.session import login_secrets
from ansible_collections.community.immuta.plugins.module_utils._result import Outcome


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {
        **login_spec(),
        "username": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
    }


def secrets_of(options: dict[str, t.Any]) -> list[str]:
    """Return every secret among the options."""
    return [*login_secrets(options), *secret_values(options["password"])]


def core(options: dict[str, t.Any], context: Context) -> Outcome:
    """Do what the module does; see ``module_utils/_module/redshift_password.py``."""
    return ensure_password(options, context)


def main() -> None:
    """Entry point."""
    module = MaskingModule(argument_spec=argument_spec(), supports_check_mode=True)
    module.exit_json(**run_module(module, core, secrets_of(module.params)))


if __name__ == "__main__":
    main()
