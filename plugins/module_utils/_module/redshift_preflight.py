# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out, before anything is changed, what would stop the scripts. Private to this collection."""

from __future__ import annotations

import re
import typing as t

from .._errors import DatabaseError
from .._redshift.session import Row, Session, StatementError, connect
from .._result import Outcome

Options = t.Mapping[str, t.Any]
Problems = list[str]

LONGEST_NAME = 127  # bytes
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 64  # characters
_PASSWORD_RULES = (
    (r".*[A-Z].*", "holds no upper-case letter"),
    (r".*[a-z].*", "holds no lower-case letter"),
    (r".*[0-9].*", "holds no digit"),
    (r"[!-~]*", "holds a space, or a character that is not ASCII"),
    (r"[^'\"\\/@]*", "holds one of ' \" \\ / @"),
)
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
    """Log in and check everything that is asked for, and report all of it at once.

    :raises DatabaseError: something would stop the scripts; the message lists all of it
    """
    problems = _name_problems(options["database"]) + password_problems(options["password"])
    facts: Row = {}
    try:
        with connect(options) as session:
            facts = _facts(session, options)
            problems += _server_problems(facts, options)
    except DatabaseError as exc:
        problems.append(exc.message)
    except StatementError as exc:
        problems.append(f"Redshift refused to tell about itself: {exc.message.rstrip('.')}. Check login_user's rights.")
    if problems:
        raise DatabaseError("Nothing was changed. " + " ".join(problems), problems=problems)
    outcome = Outcome(False, facts, has_diff=False)
    for text in _existing(facts, options) if options["existing_objects"] == "warn" else []:
        outcome.warn(f"{text} It is taken on.")
    return outcome


def _facts(session: Session, options: Options) -> Row:
    row = (session.rows(_FACTS) or [{}])[0]
    privileges = set() if row.get("superuser") else _system_privileges(session)
    return {
        "version": str(row.get("version", "")),
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
    if name is None:
        return False
    return bool(session.rows(f"SELECT 1 AS found FROM {catalog} WHERE {column} = %s", (name.lower(),)))


def _server_problems(facts: Row, options: Options) -> Problems:
    problems = []
    if options["require_redshift"] and "redshift" not in facts["version"].lower():
        problems.append(
            "The server is not Amazon Redshift, by what it says of its version. Check login_host and login_port, or "
            "set require_redshift=false for a server that stands in for it."
        )
    if facts["case_sensitive_identifier"]:
        problems.append(
            "enable_case_sensitive_identifier is on, and Immuta needs it off: set it to false in the parameter group "
            "of the cluster or for the account."
        )
    if options["existing_objects"] == "fail":
        problems += [
            f"{text} Choose another name, or allow it to be taken on (existing_objects), as after a run that stopped."
            for text in _existing(facts, options)
        ]
    return problems + _rights_problems(facts, options)


def _existing(facts: Row, options: Options) -> Problems:
    """Return a sentence for each object of the scripts that is there already."""
    host = options["login_host"] or "localhost"
    found = []
    if facts["database_exists"] and "create_database" in options["rights"]:  # else it must be there
        found.append(f"Database {options['database']} exists on {host} already.")
    if facts["user_exists"]:
        found.append(f"Account {options['username']} exists on {host} already.")
    return found


def _rights_problems(facts: Row, options: Options) -> Problems:
    needed = [right for right in options["rights"] if not (right == "create_database" and facts["database_exists"])]
    missing = [_RIGHTS[right][1] for right in needed if right not in facts["rights"]]
    if not missing:
        return []
    return [
        f"login_user {options['login_user']} may not {' and '.join(missing)}. Log in as a superuser, or as an account "
        "that was granted these rights."
    ]


def _name_problems(name: str | None) -> Problems:
    if name is None:
        return []
    if len(name.encode()) > LONGEST_NAME:
        return [f"database is longer than {LONGEST_NAME} bytes, which Redshift does not take."]
    if name != name.lower():
        return [f"database {name} would become {name.lower()}, since Redshift folds names: give it in lower case."]
    if not re.fullmatch(r"[^\W\d][\w$]*", name):
        return [f"database {name} is not a plain name: it takes letters, digits, _ and $, a letter or _ first."]
    return []


def password_problems(password: str | None, hashed: bool = True) -> Problems:
    """Check a password against Redshift's rules for CREATE USER.

    :param hashed: take a hash as it is; nobody can log in with one
    """
    if password is None:
        return []
    if re.fullmatch(r"md5[0-9a-f]{32}", password):
        return [] if hashed else ["password is a hash: nobody can log in with it. Give the password itself."]
    found = (
        []
        if SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD
        else [f"has not {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"]
    )
    found += [text for rule, text in _PASSWORD_RULES if not re.fullmatch(rule, password, re.DOTALL)]
    return [f"Redshift would refuse the password of the system account: it {', '.join(found)}."] if found else []
