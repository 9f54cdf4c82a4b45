# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of an integration, as documentation. The table of the options is in ``module_utils/_argument_specs.py``."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragment C(community.immuta._integration_settings)."""

    DOCUMENTATION = r"""
options:
  auto_bootstrap:
    description:
      - V(true) for the automatic bootstrap, where Immuta sets Redshift up with credentials that it uses once.
      - V(false) for the manual bootstrap, where scripts of Immuta are run in Redshift first.
      - Must be given to create an integration. Cannot be changed later.
    type: bool
  host:
    description:
      - Host name of the Redshift cluster or workgroup, without scheme and port. Cannot be changed later.
    type: str
  port:
    description:
      - Port of Redshift, from 1 to 65535. Immuta takes 5439 where none is given. Cannot be changed later.
    type: int
  database:
    description:
      - The database that Immuta manages. Must be given to create an integration. Cannot be changed later.
    type: str
  initial_database:
    description:
      - An existing database, from which O(database) is created. Cannot be changed later.
      - Leave it out for the manual bootstrap with one script, in an existing O(database).
    type: str
  authentication_type:
    description:
      - How Immuta logs in. Must be given to create an integration.
      - V(okta) is marked as deprecated by Immuta.
    type: str
    choices:
      - userPassword
      - okta
  username:
    description:
      - With O(auto_bootstrap=true), the privileged account that Immuta uses once.
      - With O(auto_bootstrap=false), the system account that the scripts create and that Immuta keeps using.
    type: str
  password:
    description:
      - Password of O(username). It is never returned and never compared.
    type: str
  okta:
    description:
      - Credentials for O(authentication_type=okta).
    type: dict
    suboptions:
      username:
        description: Okta user.
        type: str
      password:
        description: Password of the Okta user.
        type: str
      app_id:
        description: Id of the Okta application.
        type: str
      idp_host:
        description: Host of the Okta tenant, V(example.okta.com) for instance.
        type: str
      role:
        description: Role to take in Redshift.
        type: str
  impersonation:
    description:
      - Whether users may query as other users.
    type: dict
    suboptions:
      enabled:
        description: Whether impersonation is on.
        type: bool
        required: true
      role:
        description: Group of the users who may; Immuta takes V(immuta_impersonation) where none is given.
        type: str
  extra_config:
    description:
      - Fields of Immuta's C(config) that this collection does not know, by Immuta's names. They are sent as they are.
      - They are compared only where Immuta gives them back. In the output, a value
        is masked if its field sounds like a secret, or if it has eight characters or more.
    type: dict
"""
