# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options to log in to Redshift, as documentation. Their table is in ``module_utils/_argument_specs.py``."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragment ``community.immuta._redshift_login``."""

    DOCUMENTATION = r"""
options:
  login_host:
    description:
      - Host to connect to.
    type: str
    default: ''
  login_port:
    description:
      - Port to connect to.
      - If not specified, the environment variable E(PGPORT) is used.
    type: int
    default: 5439
  login_user:
    description:
      - User to log in as. Its password must not be stored as C(sha256), which the drivers do not support.
      - If not specified, the environment variable E(PGUSER) is used.
    type: str
    default: postgres
  login_password:
    description:
      - Password of O(login_user). Temporary credentials of AWS can be used; they are needed only to connect.
    type: str
    default: ''
  login_db:
    description:
      - Database to connect to.
    type: str
    required: true
  login_unix_socket:
    description:
      - Directory of a Unix domain socket, for a server that takes the place of Redshift.
    type: str
    default: ''
  ssl_mode:
    description:
      - Whether and how TLS is used, as in libpq. Over a network, use at least V(require), or better V(verify-full) with
        O(ca_cert).
    type: str
    default: prefer
    choices:
      - allow
      - disable
      - prefer
      - require
      - verify-ca
      - verify-full
  ca_cert:
    description:
      - File with the certificates of the certificate authorities that are trusted.
    type: str
    aliases:
      - ssl_rootcert
  ssl_cert:
    description:
      - File with the client certificate.
    type: path
  ssl_key:
    description:
      - File with the key of O(ssl_cert).
    type: path
  connect_params:
    description:
      - Further parameters of libpq. They override the defaults of this collection, which are C(connect_timeout=10) (in
        seconds), C(client_encoding=utf8), C(gssencmode=disable) and C(application_name=community.immuta).
    type: dict
    default: {}
  wait_for_database:
    description:
      - Maximum time to wait for O(login_db) if it does not exist yet, in seconds.
    type: int
    default: 0
requirements:
  - psycopg2 >= 2.9, or psycopg >= 3.3.5
notes:
  - Connects with C(community.postgresql), which uses C(psycopg) 3 if it is installed, else C(psycopg2).
"""
