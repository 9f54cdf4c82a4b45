#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_preflight
short_description: Check that Immuta's scripts can run in Amazon Redshift
version_added: 1.0.0
description:
  - Logs in to Redshift, checks what would stop Immuta or its scripts, and reports all problems at once.
  - Changes nothing.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._redshift_login
  - community.immuta._attributes
  - community.immuta._attributes.info
options:
  rights:
    description:
      - What O(login_user) must be allowed to do. V(create_database) is not needed if O(database) exists.
    type: list
    elements: str
    choices:
      - create_database
      - create_user
    default: []
  require_redshift:
    description:
      - Whether the server must identify itself as Amazon Redshift in its version.
    type: bool
    default: true
  database:
    description:
      - Name of the database that Immuta is to manage. The module checks that Redshift keeps it as it is.
    type: str
  username:
    description:
      - Name of the system account of Immuta. The module checks whether there is such a user, in any case of letters.
    type: str
  schema:
    description:
      - Name of a schema. The module checks whether it exists in O(login_db).
    type: str
  existing_objects:
    description:
      - What to do if O(username) already exists, or O(database) if O(rights) contains V(create_database).
      - V(adopt) warns that it will be reused.
    type: str
    choices:
      - ignore
      - adopt
      - fail
    default: ignore
  python_udfs:
    description:
      - Whether scripts are to be run that may create Python UDFs or grant C(USAGE ON LANGUAGE plpythonu), as those of
        older versions of Immuta do. If so, a version of Redshift without Python UDFs is a warning. These are all from
        patch 198 (1.0.204436) on.
    type: bool
    default: false
  password:
    description:
      - Password of the system account, to be checked against Redshift's rules. It is not sent anywhere.
    type: str
seealso:
  - module: community.immuta.redshift_script
"""

EXAMPLES = r"""
- name: Check that the scripts can be run
  community.immuta.redshift_preflight:
    login_host: analytics.abc123.eu-west-1.redshift.amazonaws.com
    login_user: awsuser
    login_password: "{{ redshift_admin_password }}"
    login_db: dev
    ssl_mode: require
    rights:
      - create_database
      - create_user
    database: immuta_policies
    username: immuta_system
    password: "{{ immuta_system_password }}"
"""

RETURN = r"""
version:
  description: What the server returns for C(version(\)).
  returned: success
  type: str
  sample: PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.123456
redshift_version:
  description: Version of Amazon Redshift. Null if RV(version) does not contain one.
  returned: success
  type: str
  sample: 1.0.123456
superuser:
  description: Whether O(login_user) is a superuser.
  returned: success
  type: bool
  sample: true
rights:
  description: Which of the choices of O(rights) O(login_user) is allowed to do.
  returned: success
  type: list
  elements: str
  sample:
    - create_database
    - create_user
case_sensitive_identifier:
  description: Whether the parameter C(enable_case_sensitive_identifier) is on.
  returned: success
  type: bool
  sample: false
database_exists:
  description: Whether O(database) exists.
  returned: success
  type: bool
  sample: false
user_exists:
  description: Whether a user O(username) exists, in any case of letters.
  returned: success
  type: bool
  sample: false
schema_exists:
  description: Whether O(schema) exists in O(login_db).
  returned: success
  type: bool
  sample: false
failure:
  description: Structured error details; RV(ignore:msg) has the message.
  returned: failure
  type: dict
  contains:
    checks:
      description:
        - Result of each check, V(passed), V(failed) or V(unknown). C(login) is the driver, the certificate and the
          login, C(rights) what the server and its user allow, C(password) the rules for passwords.
      type: dict
      sample:
        login: passed
        rights: passed
        password: failed
    problems:
      description: One sentence for each problem.
      type: list
      elements: str
      sample:
        - "Redshift would reject the password of the system account: it must contain a digit."
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import login_spec
from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_preflight import preflight
from ansible_collections.community.immuta.plugins.module_utils._module_runner import MaskingModule, run_module
from ansible_collections.community.immuta.plugins.module_utils._redact import secret_values
from ansible_collections.community.immuta.plugins.module_utils._redshift.session import login_secrets
from ansible_collections.community.immuta.plugins.module_utils._result import Outcome


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {
        **login_spec(),
        "rights": {
            "type": "list",
            "elements": "str",
            "choices": ["create_database", "create_user"],
            "default": [],
        },
        "require_redshift": {"type": "bool", "default": True},
        "database": {"type": "str"},
        "username": {"type": "str"},
        "schema": {"type": "str"},
        "existing_objects": {"type": "str", "choices": ["ignore", "adopt", "fail"], "default": "ignore"},
        "python_udfs": {"type": "bool", "default": False},
        "password": {"type": "str", "no_log": True},
    }


def secrets_of(options: dict[str, t.Any]) -> list[str]:
    """Return every secret among the options."""
    return [*login_secrets(options), *secret_values(options["password"])]


def core(options: dict[str, t.Any], context: Context) -> Outcome:
    """Do what the module does; see ``module_utils/_module/redshift_preflight.py``. Check mode makes no difference."""
    return preflight(options)


def main() -> None:
    """Entry point."""
    module = MaskingModule(argument_spec=argument_spec(), supports_check_mode=True)
    module.exit_json(**run_module(module, core, secrets_of(module.params)))


if __name__ == "__main__":
    main()
