# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options to log in to Redshift, as documentation. Their table is in ``module_utils/_options.py``."""

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
      - Password of O(login_user).
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
  login_aws:
    description:
      - Log in with temporary credentials of AWS, instead of O(login_user) and O(login_password). They are fetched right
        before each login, and appear nowhere.
      - TLS is required, also if O(ssl_mode) is V(prefer). V(allow) and V(disable) are refused.
      - If O(login_host) is not specified, host and port are looked up in AWS. The port is not if O(login_port) is set
        to another one than V(5439).
    type: dict
    suboptions:
      cluster_identifier:
        description:
          - The provisioned cluster. Either this or O(login_aws.workgroup_name) is required.
        type: str
      workgroup_name:
        description:
          - The workgroup of Redshift Serverless. The IAM identity decides who logs in (C(GetCredentials)).
        type: str
      region:
        description:
          - Region of AWS. If not specified, it is the one of the environment variables E(AWS_REGION) and
            E(AWS_DEFAULT_REGION), or of the profile.
        type: str
      db_user:
        description:
          - The existing database user to log in as (C(GetClusterCredentials)). It is never created.
          - If not specified, the IAM identity decides (C(GetClusterCredentialsWithIAM)). Redshift creates a user
            without any privileges for an identity that logs in for the first time.
        type: str
      db_groups:
        description:
          - Existing database groups that O(login_aws.db_user) joins for this session.
        type: list
        elements: str
      profile:
        description:
          - Profile in the configuration files of AWS. If not specified, boto3 searches for credentials as usual.
        type: str
      assume_role_arn:
        description:
          - IAM role to assume before each call.
        type: str
      external_id:
        description:
          - External ID that the trust policy of O(login_aws.assume_role_arn) requires.
        type: str
      duration:
        description:
          - How long the credentials can be used to log in, in seconds, from 900 to 3600. A session that is open is not
            ended by it. If not specified, it is the default of AWS, 900.
        type: int
      endpoint_url:
        description:
          - Address of the Redshift API, for example of a VPC endpoint. That of STS is the environment variable
            E(AWS_ENDPOINT_URL_STS), as usual for boto3.
        type: str
requirements:
  - psycopg2 >= 2.9, or psycopg >= 3.3.5
  - boto3 >= 1.28 (only for O(login_aws))
notes:
  - Connects with C(community.postgresql), which uses C(psycopg) 3 if it is installed, else C(psycopg2).
"""
