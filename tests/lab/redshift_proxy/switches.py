# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches of the proxy."""

from __future__ import annotations

from dataclasses import dataclass

_SERVER = (
    "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift {}"
)
VERSION = _SERVER.format("1.0.123456")
#: Switches that make the cluster one of patch 198 (the lowest build known), where no Python function can be created.
PATCH_198 = {"version": _SERVER.format("1.0.204436"), "python_functions": False}


@dataclass
class ProxySwitches:
    """Settings that the owner of a cluster may have changed, and assumptions about Redshift without proof."""

    #: Refuse connections without TLS (the parameter group's require_SSL).
    require_ssl: bool = False
    #: The cluster's enable_case_sensitive_identifier: off folds quoted identifiers to lower case.
    case_sensitive: bool = False
    #: The result of version().
    version: str = VERSION
    #: Functions with LANGUAGE plpythonu can be created, as before patch 198.
    python_functions: bool = True
    #: Assumed text of the refusal from patch 198 on.
    python_functions_text: str = "creation of Python UDFs (LANGUAGE plpythonu) is not supported"
    #: The client_encoding that is reported to a client which asks for none.
    client_encoding: str = "UNICODE"
    #: A backslash in an ordinary literal is an escape.
    backslash_escapes: bool = True
    #: E'...' is refused, as by PostgreSQL before 8.1.
    refuse_escape_strings: bool = True
    #: Assumed texts for a statement that must be sent alone: in a message of several, and in a transaction.
    multi_statement_text: str = "{} cannot run inside a multiple commands statement"
    transaction_text: str = "{} cannot run inside a transaction block"
    #: Refuse COPY in a transaction, as one system view's page suggests. Other pages show it in transactions.
    copy_alone: bool = False
    #: Assumed SQLSTATE of COMMIT, ROLLBACK or TRUNCATE in a procedure that is called in a transaction.
    atomic_context_sqlstate: str = "2D000"
    #: Check the password of CREATE USER and ALTER USER as documented.
    password_policy: bool = True
    #: A user whose password is stored as sha256 is asked for a login that libpq does not know.
    sha256_logins_refused: bool = True
    #: Assumed SQLSTATE of a wrong password: 28000 as in PostgreSQL 8.0 (28P01 is newer).
    login_sqlstate: str = "28000"
    #: Assumed off: fold the database name of a login to lower case.
    fold_login_database: bool = False
