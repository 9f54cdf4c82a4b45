# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules: one table each, and the only place of each fact about them. Without Ansible.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

Spec = dict[str, dict[str, t.Any]]

#: How to reach Immuta. The argument spec, the documentation fragment, the role and the AWX credential are
#: compared with this table by a test.
CONNECTION: Spec = {
    "immuta_url": {"type": "str", "required": True, "env": "IMMUTA_URL"},
    "immuta_api_key": {"type": "str", "required": True, "no_log": True, "env": "IMMUTA_API_KEY"},
    "immuta_auth": {"type": "str", "default": "api_key", "choices": ["api_key", "token"], "env": "IMMUTA_AUTH"},
    "validate_certs": {"type": "bool", "default": True, "env": "IMMUTA_VALIDATE_CERTS"},
    "ca_path": {"type": "path", "env": "IMMUTA_CA_PATH"},
    "client_cert": {"type": "path", "env": "IMMUTA_CLIENT_CERT"},
    "client_key": {"type": "path", "no_log": False, "env": "IMMUTA_CLIENT_KEY"},
    "allow_http": {"type": "bool", "default": False, "env": "IMMUTA_ALLOW_HTTP"},
    "use_proxy": {"type": "bool", "default": True},
    "timeout": {"type": "int", "default": 120, "env": "IMMUTA_TIMEOUT"},
    "retries": {"type": "int", "default": 5, "env": "IMMUTA_RETRIES"},
}

#: What an integration is made of. A setting that is not specified is not sent on create, and kept on update.
SETTINGS: Spec = {
    "auto_bootstrap": {"type": "bool"},
    "host": {"type": "str"},
    "port": {"type": "int"},
    "database": {"type": "str"},
    "initial_database": {"type": "str"},
    "authentication_type": {"type": "str", "choices": ["userPassword", "okta"]},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "okta": {
        "type": "dict",
        "options": {
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "app_id": {"type": "str"},
            "idp_host": {"type": "str"},
            "role": {"type": "str"},
        },
    },
    "impersonation": {
        "type": "dict",
        "options": {
            "enabled": {"type": "bool", "required": True},
            "role": {"type": "str"},
        },
    },
    "extra_config": {"type": "dict"},
}

#: How to log in to Redshift: the connection options of community.postgresql, without the names that it deprecated.
LOGIN: Spec = {
    "login_host": {"type": "str", "default": ""},
    "login_port": {"type": "int", "default": 5439, "env": "PGPORT"},
    "login_user": {"type": "str", "default": "postgres", "env": "PGUSER"},
    "login_password": {"type": "str", "default": "", "no_log": True},
    "login_db": {"type": "str", "required": True},
    "login_unix_socket": {"type": "str", "default": ""},
    "ssl_mode": {
        "type": "str",
        "default": "prefer",
        "choices": ["allow", "disable", "prefer", "require", "verify-ca", "verify-full"],
    },
    "ca_cert": {"type": "str", "aliases": ["ssl_rootcert"]},
    "ssl_cert": {"type": "path"},
    "ssl_key": {"type": "path", "no_log": False},
    "connect_params": {"type": "dict", "default": {}},
    "wait_for_database": {"type": "int", "default": 0},
    "login_aws": {
        "type": "dict",
        "options": {
            "cluster_identifier": {"type": "str"},
            "workgroup_name": {"type": "str"},
            "region": {"type": "str"},
            "db_user": {"type": "str"},
            "db_groups": {"type": "list", "elements": "str"},
            "profile": {"type": "str"},
            "assume_role_arn": {"type": "str"},
            "external_id": {"type": "str"},
            "duration": {"type": "int"},
            "endpoint_url": {"type": "str"},
        },
    },
}


def environment() -> dict[str, str]:
    """Return the environment variable of every connection option that has one."""
    return {name: row["env"] for name, row in CONNECTION.items() if "env" in row}
