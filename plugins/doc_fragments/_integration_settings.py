# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of an integration, as documentation. Their table is in ``module_utils/_options.py``."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragment ``community.immuta._integration_settings``."""

    DOCUMENTATION = r"""
options:
  auto_bootstrap:
    description:
      - With V(true) (automatic bootstrap), Immuta sets up Redshift itself, with credentials that it uses once.
      - With V(false) (manual bootstrap), scripts from Immuta must be run in Redshift first.
      - Required to create an integration. Cannot be changed later.
    type: bool
  host:
    description:
      - Host name of the Redshift cluster or workgroup, without scheme and port. Cannot be changed later.
    type: str
  port:
    description:
      - Port of Redshift, from 1 to 65535. Immuta uses V(5439) if not specified. Cannot be changed later.
    type: int
  database:
    description:
      - The database that Immuta manages. Required to create an integration. Cannot be changed later.
    type: str
  initial_database:
    description:
      - An existing database to connect to in order to create O(database). Cannot be changed later.
      - Leave it out for a manual bootstrap with a single script, in an existing O(database).
    type: str
  authentication_type:
    description:
      - How Immuta logs in to Redshift. Required to create an integration.
      - V(okta) is marked as deprecated by Immuta.
    type: str
    choices:
      - userPassword
      - okta
  username:
    description:
      - With O(auto_bootstrap=true), the privileged user that Immuta uses once. It is not compared.
      - With O(auto_bootstrap=false), the system account that the scripts create and that Immuta keeps using.
    type: str
  password:
    description:
      - Password of O(username). It is never returned or compared.
    type: str
  okta:
    description:
      - Credentials and settings for O(authentication_type=okta).
      - O(okta.app_id), O(okta.idp_host) and O(okta.role) are compared with what Immuta returns. O(okta.password) never
        is, and O(okta.username) only with O(auto_bootstrap=false).
    type: dict
    suboptions:
      username:
        description: Okta user.
        type: str
      password:
        description: Password of the Okta user.
        type: str
      app_id:
        description: ID of the Okta application.
        type: str
      idp_host:
        description: Host name of the Okta tenant, for example V(example.okta.com).
        type: str
      role:
        description: Okta role to use.
        type: str
  impersonation:
    description:
      - Impersonation, which lets users run queries as other users.
    type: dict
    suboptions:
      enabled:
        description: Whether impersonation is enabled.
        type: bool
        required: true
      role:
        description: Redshift group whose members may impersonate. Immuta uses V(immuta_impersonation) if not specified.
        type: str
  extra_config:
    description:
      - Fields of Immuta's C(config) without an option in this collection, under Immuta's names. They are sent as
        specified.
      - They are compared only if Immuta returns them.
      - In the output, a value is masked if the name of its field sounds like a secret, or if it has eight characters
        or more.
    type: dict
"""
