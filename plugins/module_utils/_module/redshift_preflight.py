# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out, before anything is changed, what would stop the scripts.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re

from .._errors import DatabaseError
from .._redshift import aws_login
from .._redshift.password_rules import password_problems
from .._redshift.server_errors import StatementError
from .._redshift.session import Session, connect
from .._result import Outcome
from .._types import Options, Problems, Row

MAX_NAME = 127  # bytes
#: The lowest version of patch 198, from which on Redshift creates no Python UDFs: docs/dev/api-contract.md, section 10.
NO_PYTHON_UDFS = (1, 0, 204436)
_RIGHTS = {
    "create_database": ("CREATE DATABASE", "create databases"),
    "create_user": ("CREATE USER", "create users"),
}
_FACTS = (
    "SELECT version() AS version, u.usesuper AS superuser, u.usecreatedb AS create_database "
    "FROM pg_user u WHERE u.usename = current_user"
)
#: A user without ACCESS SYSTEM TABLE sees its own privileges and those of its roles here.
_SYSTEM_PRIVILEGES = "SELECT DISTINCT system_privilege FROM svv_system_privileges"


def preflight(options: Options) -> Outcome:
    """Log in, check everything that is asked for, and report all problems at once.

    :raises DatabaseError: something would stop the scripts; the message lists all of it
    """
    names, passwords = _name_problems(options["database"]), password_problems(options["password"])
    facts, login, rights = _look(options)
    problems = names + passwords + login + rights
    if problems:
        checks = {
            "login": _verdict(login),
            "rights": "unknown" if login else _verdict(names + rights),
            "password": _verdict(passwords),
        }
        raise DatabaseError("Nothing was changed. " + " ".join(problems), problems=problems, checks=checks)
    outcome = Outcome(False, facts, has_diff=False)
    for text in _warnings(facts, options):
        outcome.warn(text)
    return outcome


def _look(options: Options) -> tuple[Row, Problems, Problems]:
    """Return what the server shows, why it cannot be read, and what is wrong with what it shows."""
    try:
        with connect(options) as session:
            facts = _facts(session, options)
            return facts, [], _server_problems(facts, options)
    except DatabaseError as exc:
        return {}, [exc.message], []
    except StatementError as exc:
        problem = (
            f"Cannot read server information from Redshift: {exc.message.rstrip('.')}. Check the privileges of "
            f"{aws_login.login_name(options)}."
        )
        return {}, [problem], []


def _verdict(problems: Problems) -> str:
    return "failed" if problems else "passed"


def _warnings(facts: Row, options: Options) -> list[str]:
    adopted = _existing(facts, options) if options["existing_objects"] == "adopt" else []
    found = [f"{text} and will be reused." for text in adopted]
    if options["python_udfs"] and _is_without_python_udfs(facts["redshift_version"]):
        found.append(
            f"{_host(options)} runs Amazon Redshift {facts['redshift_version']}, which does not create Python UDFs "
            "(language plpythonu) any more. Scripts of older versions of Immuta may create them, or grant USAGE ON "
            "LANGUAGE plpythonu, and may fail there. In that case, use a version of Immuta whose scripts do not."
        )
    return found


def _is_without_python_udfs(version: str | None) -> bool:
    return bool(version) and tuple(int(part) for part in str(version).split(".")) >= NO_PYTHON_UDFS


def _redshift_version(text: str) -> str | None:
    """Return the version of Redshift in what ``version()`` returns, None if it has none."""
    match = re.search(r"Redshift (\d+\.\d+\.\d+)", text)
    return match[1] if match else None


def _facts(session: Session, options: Options) -> Row:
    row = (session.rows(_FACTS) or [{}])[0]
    privileges = set() if row.get("superuser") else _system_privileges(session)
    version = str(row.get("version", ""))
    return {
        "version": version,
        "redshift_version": _redshift_version(version),
        "superuser": bool(row.get("superuser")),
        "rights": [name for name in _RIGHTS if _may(name, row, privileges)],
        "case_sensitive_identifier": _case_sensitive(session),
        "database_exists": _exists(session, "pg_database", "datname", options["database"]),
        "user_exists": _exists(session, "pg_user", "usename", options["username"]),
        "schema_exists": _exists(session, "pg_namespace", "nspname", options["schema"]),
    }


def _may(right: str, row: Row, privileges: set[str]) -> bool:
    return bool(row.get("superuser") or row.get(right) or _RIGHTS[right][0] in privileges)


def _system_privileges(session: Session) -> set[str]:
    try:
        return {str(row["system_privilege"]).upper() for row in session.rows(_SYSTEM_PRIVILEGES)}
    except StatementError:
        return set()  # a server without roles


def _case_sensitive(session: Session) -> bool:
    try:
        rows = session.rows("SHOW enable_case_sensitive_identifier")
    except StatementError:
        return False  # a server that does not know the parameter folds names as Redshift does by default
    return any(str(value).lower() in ("on", "true") for row in rows for value in row.values())


def _exists(session: Session, catalog: str, column: str, name: str | None) -> bool:
    """Return whether there is an object of this name in any case: Redshift keeps the case of a quoted user name."""
    if name is None:
        return False
    return bool(session.rows(f"SELECT 1 AS found FROM {catalog} WHERE lower({column}) = lower(%s)", (name,)))


def _server_problems(facts: Row, options: Options) -> Problems:
    problems = []
    if options["require_redshift"] and "redshift" not in facts["version"].lower():
        problems.append(
            "The server does not identify itself as Amazon Redshift. Check login_host and login_port, or set "
            "require_redshift=false for a server that takes the place of Redshift."
        )
    if facts["case_sensitive_identifier"]:
        problems.append(
            "enable_case_sensitive_identifier is on, but Immuta needs it off: set it to false in the parameter group "
            "of the cluster or for the user."
        )
    if options["existing_objects"] == "fail":
        problems += [
            f"{text}. Choose another name, or set existing_objects to allow reuse, for example "
            "after an interrupted run."
            for text in _existing(facts, options)
        ]
    return problems + _rights_problems(facts, options)


def _host(options: Options) -> str:
    return str(options["login_host"] or "localhost")


def _existing(facts: Row, options: Options) -> Problems:
    """Return the beginning of a sentence for each object of the scripts that exists already."""
    found = []
    if facts["database_exists"] and "create_database" in options["rights"]:  # else it must exist
        found.append(f"Database {options['database']} already exists on {_host(options)}")
    if facts["user_exists"]:
        found.append(f"User {options['username']} already exists on {_host(options)}")
    return found


def _rights_problems(facts: Row, options: Options) -> Problems:
    needed = [right for right in options["rights"] if not (right == "create_database" and facts["database_exists"])]
    missing = [_RIGHTS[right][1] for right in needed if right not in facts["rights"]]
    if not missing:
        return []
    aws = aws_login.settings(options)
    created = " Redshift creates a user without privileges for an IAM identity." if aws and "db_user" not in aws else ""
    return [
        f"{aws_login.login_name(options)} is not allowed to {' and '.join(missing)}.{created} Log in as a superuser, "
        "or as a user with these privileges."
    ]


def _name_problems(name: str | None) -> Problems:
    if name is None:
        return []
    if len(name.encode()) > MAX_NAME:
        return [f"database is longer than {MAX_NAME} bytes, the maximum of Redshift."]
    if name != name.lower():
        return [f"database {name} would become {name.lower()}, since Redshift folds names: use lower case."]
    if not re.fullmatch(r"[^\W\d][\w$]*", name):
        return [f"database {name} is not a plain name: use letters, digits, _ and $, and start with a letter or _."]
    return []
