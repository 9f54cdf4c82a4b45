# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to log in to Redshift, as documentation. The table of the options is in ``module_utils/_argument_specs.py``."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragment C(community.immuta._redshift_login)."""

    DOCUMENTATION = r"""
options:
  login_host:
    description:
      - Host that the SQL is sent to.
    type: str
    default: ''
  login_port:
    description:
      - Port that the SQL is sent to.
      - If it is not given, the environment variable E(PGPORT) is used.
    type: int
    default: 5439
  login_user:
    description:
      - Account to log in as. Its password must not be stored as C(sha256), which the drivers cannot use.
      - If it is not given, the environment variable E(PGUSER) is used.
    type: str
    default: postgres
  login_password:
    description:
      - Password of O(login_user). Temporary credentials of AWS are fine; they matter only while connecting.
    type: str
    default: ''
  login_db:
    description:
      - Database to connect to.
    type: str
    required: true
  login_unix_socket:
    description:
      - Folder of a Unix domain socket, for a server that stands in for Redshift.
    type: str
    default: ''
  ssl_mode:
    description:
      - Whether and how TLS is used, as in libpq. Use at least V(require) over a network, better V(verify-full) with
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
      - File with the certificates of the authorities that the server's certificate is checked with.
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
      - Further parameters of libpq. They win over ours, which are C(connect_timeout=10), C(client_encoding=utf8),
        C(gssencmode=disable) and C(application_name=community.immuta).
    type: dict
    default: {}
  wait_for_database:
    description:
      - Seconds for which O(login_db) is waited for, where it does not exist yet.
    type: int
    default: 0
requirements:
  - psycopg2 >= 2.9, or psycopg >= 3.3.5
notes:
  - Connects with C(community.postgresql), which takes C(psycopg) 3 where it is installed, and C(psycopg2) otherwise.
"""
