#!/usr/bin/python
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: redshift_script
short_description: Run a script file in Amazon Redshift
version_added: 1.0.0
description:
  - Splits a script into statements by Redshift's lexical rules, and runs them one by one over one connection.
  - Use it instead of M(community.postgresql.postgresql_script) for the scripts of Immuta. That module cannot run them,
    since it sends the whole file as one message, and it prints them, passwords included.
  - A script is refused, with the line, before a connection is made, if anything in it is not terminated, or if it opens
    a transaction that it does not end.
  - No SQL text is ever returned.
author:
  - The community.immuta authors (@ansible-collections)
extends_documentation_fragment:
  - community.immuta._redshift_login
  - community.immuta._attributes
attributes:
  check_mode:
    support: full
    details:
      - Splits the script and returns its statements as V(planned), without a connection.
  diff_mode:
    support: none
    details:
      - What a script changes is not known before it runs.
  idempotent:
    support: partial
    details:
      - Only if the script is. O(tolerate) helps if it is not.
options:
  path:
    description:
      - The script, a file in UTF-8. O(remote_src) says where it is.
    type: path
    required: true
  remote_src:
    description:
      - With V(true), O(path) is on the host where the module runs.
      - With V(false), O(path) is on the controller. The script is sent through the connection, together with the other
        options of the module. It is not written to a file on the other host, unless Ansible writes the whole module
        there, which it does if pipelining is not possible.
      - On the controller itself, both are the same.
    type: bool
    default: true
  content:
    description:
      - The text of the script. O(path) is not read then, and only names the script in messages. This is how
        O(remote_src=false) works. In playbooks use O(path), which keeps the script out of the output of every callback.
    type: str
  transaction:
    description:
      - V(auto) runs all statements in one transaction, if Redshift allows that for each of them and the script does not
        begin or end a transaction itself. If a statement fails, nothing took effect, except files of C(UNLOAD), jobs of
        C(CREATE MODEL) and databases of C(CREATE EXTERNAL DATABASE), which the message names.
      - If a statement is refused in a transaction, the statements run one by one, from the start. If a procedure ends
        the transaction, as only one with C(NONATOMIC) can, the statements after its C(CALL) run one by one, with a
        warning.
      - V(never) runs each statement on its own. If one fails, those before it have taken effect.
    type: str
    choices:
      - auto
      - never
    default: auto
  tolerate:
    description:
      - SQLSTATEs of errors to ignore, for example V(42P04) (database exists) and V(42710) (user exists).
      - If one occurs in the one transaction of O(transaction=auto), that is rolled back, and the statements run one by
        one. The same applies to the statements of a transaction of the script.
    type: list
    elements: str
    default: []
  remove:
    description:
      - Whether to remove the file as soon as it was read, whatever the result. In check mode, only a file in the
        temporary directory that M(community.immuta.redshift_integration_script) made for it is removed.
    type: bool
    default: false
  secrets:
    description:
      - Texts that must not appear in any output, for example the passwords in the script.
    type: list
    elements: str
    default: []
notes:
  - A statement that was refused because of a concurrent transaction is tried again, up to five times in all; in the one
    transaction of O(transaction=auto), all statements are. A C(CALL) that runs on its own is not tried again.
  - Commands of C(psql) and C(COPY FROM STDIN) are refused.
seealso:
  - module: community.immuta.redshift_integration_script
  - module: community.postgresql.postgresql_query
"""

EXAMPLES = r"""
- name: Run the first script of a manual bootstrap
  community.immuta.redshift_script:
    path: "{{ scripts }}/initial_create.sql"
    login_host: analytics.abc123.eu-west-1.redshift.amazonaws.com
    login_user: awsuser
    login_password: "{{ redshift_admin_password }}"
    login_db: dev
    ssl_mode: require
    tolerate:
      - 42P04
      - "42710"
    secrets:
      - "{{ immuta_system_password }}"

- name: Run a script of the controller on a bastion, because the controller has no route to Redshift
  community.immuta.redshift_script:
    path: "{{ scripts }}/create.sql"
    remote_src: false
    login_host: analytics.abc123.eu-west-1.redshift.amazonaws.com
    login_user: awsuser
    login_password: "{{ redshift_admin_password }}"
    login_db: immuta_policies
    ssl_mode: require
  delegate_to: bastion.example.com
"""

RETURN = r"""
statements:
  description: Result of each statement.
  returned: success, and failure of a statement
  type: list
  elements: dict
  contains:
    index:
      description: Its place in the script, from 1.
      type: int
      sample: 2
    line:
      description: The line in which it starts, from 1.
      type: int
      sample: 7
    verb:
      description: SQL command such as C(CREATE USER), never a name or a value.
      type: str
      sample: CREATE USER
    status:
      description:
        - V(ok), V(tolerated), V(failed), or V(planned) if it was not run, or was rolled back after an error.
      type: str
      sample: ok
    sqlstate:
      description: SQLSTATE of its error.
      type: str
      sample: "42710"
    error:
      description: The server's message, without anything that the statement has in quotes.
      type: str
      sample: user "immuta_system" already exists
    duration_ms:
      description: Duration in milliseconds.
      type: int
      sample: 12
removed:
  description: The file that was removed, see O(remove). Null if none was.
  returned: success
  type: str
  sample: /tmp/immuta_4026531836_1234_k2c0a1/create.sql
failure:
  description: Structured error details; RV(ignore:msg) has the message.
  returned: failure
  type: dict
  contains:
    statement:
      description: The statement that failed, as C(index), C(line) and C(verb).
      type: dict
      sample:
        index: 2
        line: 7
        verb: CREATE USER
    sqlstate:
      description: SQLSTATE of its error.
      type: str
      sample: "42501"
"""

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import login_spec
from ansible_collections.community.immuta.plugins.module_utils._context import Context
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_script import run_script
from ansible_collections.community.immuta.plugins.module_utils._module_runner import MaskingModule, run_module
from ansible_collections.community.immuta.plugins.module_utils._redshift.session import login_secrets
from ansible_collections.community.immuta.plugins.module_utils._result import Outcome


def argument_spec() -> dict[str, dict[str, t.Any]]:
    """Return the options of the module."""
    return {
        **login_spec(),
        "path": {"type": "path", "required": True},
        "remote_src": {"type": "bool", "default": True},
        "content": {"type": "str", "no_log": True},
        "transaction": {"type": "str", "default": "auto", "choices": ["auto", "never"]},
        "tolerate": {"type": "list", "elements": "str", "default": []},
        "remove": {"type": "bool", "default": False},
        "secrets": {"type": "list", "elements": "str", "default": [], "no_log": True},
    }


def secrets_of(options: dict[str, t.Any]) -> list[str]:
    """Return every secret among the options."""
    return [*login_secrets(options), *options["secrets"], *filter(None, [options["content"]])]


def core(options: dict[str, t.Any], context: Context) -> Outcome:
    """Do what the module does; see ``module_utils/_module/redshift_script.py``."""
    return run_script(options, context)


def main() -> None:
    """Entry point."""
    module = MaskingModule(argument_spec=argument_spec(), supports_check_mode=True)
    module.exit_json(**run_module(module, core, secrets_of(module.params)))


if __name__ == "__main__":
    main()
