# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Redshift refuses although PostgreSQL accepts it. Pure: a statement in, a refusal or None out.

Texts and SQLSTATEs are Redshift's where AWS or a public report shows them; the others are guesses, see README.md.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from tests.lab.redshift_proxy.names import NAME, QUALIFIED, compiled
from tests.lab.redshift_proxy.switches import ProxySwitches
from tests.lab.redshift_proxy.text import LITERAL, OPEN, Statement, literal_value


@dataclass(frozen=True)
class Refusal:
    """An error that Redshift would raise. ``position`` is the statement's place in the message, from 1."""

    sqlstate: str
    message: str
    detail: str | None = None
    hint: str | None = None
    #: CONTEXT cannot be raised: the proxy adds it to the error.
    context: str | None = None
    position: int = 1

    def as_sql(self) -> str:
        """Return SQL that makes PostgreSQL raise it, so that the state of the transaction stays true."""
        texts = {"MESSAGE": self.message, "DETAIL": self.detail, "HINT": self.hint}
        options = [f"{name}={_hexadecimal(text)}" for name, text in texts.items() if text is not None]
        return f"DO $proxy$BEGIN RAISE EXCEPTION USING ERRCODE='{self.sqlstate}', {', '.join(options)}; END$proxy$"


Fault = tuple[str, str]

#: Statements that are refused in a transaction block and in a message of several; the name that the error has for them.
ALONE = [
    (compiled(pattern), name)
    for pattern, name in (
        (r"(CREATE|DROP) DATABASE\b", None),
        (rf"ALTER TABLE {QUALIFIED} APPEND\b", "ALTER TABLE APPEND"),
        (rf"ALTER TABLE {QUALIFIED} ALTER (COLUMN )?{NAME} TYPE\b", "ALTER TABLE ALTER COLUMN"),
        (rf"ALTER TABLE {QUALIFIED} (ADD (IF NOT EXISTS )?PARTITION\b|DROP PARTITION\b|PARTITION\s*\("
         r"|SET (LOCATION|FILE FORMAT|TABLE PROPERTIES)\b)", "ALTER EXTERNAL TABLE"),
        (rf"ALTER DATASHARE {NAME} SET PUBLICACCESSIBLE\b", "ALTER DATASHARE"),
        (r"ALTER DATABASE \S+ (SET )?ISOLATION LEVEL\b", "ALTER DATABASE ISOLATION LEVEL"),
        (r"(CREATE|DROP|RENAME|ALTER) EXTERNAL TABLE\b", None),
        (r"(CREATE|DROP) TABLESPACE\b", None),
        (r"(CREATE( OR REPLACE)?|DROP) LIBRARY\b", "CREATE LIBRARY"),
        (r"GRANT\b.*\bON EXTERNAL\b", "GRANT ON EXTERNAL"),
        (r"REINDEX DATABASE\b", None),
        (r"(REBUILDCAT|INDEXCAT|VACUUM|CLUSTER)\b", None),
    )
]  # fmt: skip
COPY = compiled(r"COPY\b")

_SYNTAX = 'syntax error at or near "{at}"'
_TABLES = "SQL command not supported on Redshift tables"
_CREATE_TABLE = r"CREATE (?:TEMP |TEMPORARY |LOCAL TEMP |LOCAL TEMPORARY )?TABLE\b"
_CHANGE_TABLE = rf"(?:{_CREATE_TABLE}|ALTER TABLE\b)"
#: What a statement starts with -> SQLSTATE and text; ``{at}`` is what the group of this name matched.
REFUSED = [
    (compiled(pattern), sqlstate, message)
    for pattern, sqlstate, message in (
        (r"CREATE (DATABASE|USER|ROLE|GROUP) IF (?P<at>NOT) EXISTS\b", "42601", _SYNTAX),
        (r"DROP (DATABASE|GROUP|ROLE) IF (?P<at>EXISTS)\b", "42601", _SYNTAX),
        (rf"DROP DATABASE {NAME} WITH\s*(?P<at>\()", "42601", _SYNTAX),
        (rf"(CREATE|ALTER) USER {NAME}(?=\s).*?\b(?P<at>(NO)?(SUPERUSER|LOGIN|CREATEROLE|INHERIT|REPLICATION|BYPASSRLS)"
         r"|(UN)?ENCRYPTED)\b", "42601", _SYNTAX),
        (r"CREATE USER\b(?!.*\bPASSWORD\b)", "42601", "CREATE USER requires PASSWORD"),
        (r"(CREATE|ALTER) USER\b(?=.*\bCREATEUSER\b).*\bPASSWORD DISABLE\b", "0A000",
         "CREATEUSER and PASSWORD DISABLE are incompatible"),
        (r"SET (SESSION |LOCAL )?(?P<at>ROLE)\b", "42601", _SYNTAX),
        (r"(?P<at>REASSIGN) OWNED\b", "42601", _SYNTAX),
        (r"(GRANT|REVOKE)\b.*\bCONNECT\b.*\bON DATABASE\b", "0LP01", "invalid privilege type CONNECT for database"),
        (r"DEALLOCATE ALL\b", "26000", 'prepared statement "all" does not exist'),
        (r"(?P<at>DO)\b", "42601", _SYNTAX),
        (r"(?P<at>VALUES)\b", "42601", _SYNTAX),
        (r"TABLE (?P<at>\S+)", "42601", _SYNTAX),
        (r"PREPARE (?P<at>TRANSACTION)\b", "42601", _SYNTAX),
        (r"(LISTEN|NOTIFY|UNLISTEN)\b", "0A000", "SQL command LISTEN/NOTIFY not supported"),
        (r"(SAVEPOINT|RELEASE|ROLLBACK (WORK |TRANSACTION )?TO)\b", "0A000", "SQL command SAVEPOINT not supported"),
        (r"CREATE (UNIQUE )?INDEX\b", "0A000", f"{_TABLES}: CREATE INDEX"),
        (r"(CREATE|DROP) (TRIGGER|SEQUENCE|TYPE|DOMAIN|AGGREGATE|OPERATOR|CAST|CONVERSION)\b", "0A000", _TABLES),
        (r"CREATE (OR REPLACE )?RULE\b", "0A000", f"{_TABLES}: CREATE RULE"),
        (r"(CREATE|ALTER|DROP) (?P<at>EXTENSION|POLICY|PUBLICATION|SUBSCRIPTION|SERVER|FOREIGN)\b", "42601", _SYNTAX),
        (r"CREATE (?P<at>UNLOGGED)\b", "42601", _SYNTAX),
        (rf"{_CHANGE_TABLE}.*\bCHECK\s*\(", "0A000", "ALTER/CREATE TABLE column CHECK constraint is not supported"),
        (rf"{_CHANGE_TABLE}.*\bGENERATED ALWAYS AS\s*(?P<at>\()", "42601", _SYNTAX),
        (rf"ALTER TABLE {QUALIFIED} ALTER (COLUMN )?{NAME} TYPE (?!VARCHAR\b|CHARACTER VARYING\b|NVARCHAR\b|TEXT\b)",
         "0A000", "ALTER COLUMN TYPE is supported for VARCHAR columns only"),
        (rf"{_CREATE_TABLE}.*\)\s*(?P<at>PARTITION) BY\b", "42601", _SYNTAX),
        (r"CREATE MATERIALIZED VIEW\b.*\bWITH (?P<at>NO) DATA\b", "42601", _SYNTAX),
        (r"(INSERT|WITH)\b.*\b(?P<at>ON) CONFLICT\b", "42601", _SYNTAX),
        (r"(INSERT|UPDATE|DELETE|WITH)\b.*\s(?P<at>RETURNING)\b", "42601", _SYNTAX),
        (r"(SELECT|WITH)\b.*\bDISTINCT ON\s*\(", "0A000", "SELECT DISTINCT ON is not supported"),
        (r"(SELECT|WITH)\b.*\bFOR (UPDATE|SHARE)( OF\b.*)?\s*$", "0A000", "SELECT FOR UPDATE/SHARE is not supported"),
        (r"(SELECT|WITH)\b.*\bFILTER\s*(?P<at>\()", "42601", _SYNTAX),
        (r"(SELECT|WITH|INSERT|CREATE)\b.*\bSTRING_AGG\s*\(", "42883", "function string_agg does not exist"),
    )
]  # fmt: skip

#: Settings that PostgreSQL has and Redshift does not.
ABSENT = (
    "server_version",
    "server_version_num",
    "standard_conforming_strings",
    "escape_string_warning",
    "bytea_output",
    "lock_timeout",
    "row_security",
    "check_function_bodies",
    "idle_in_transaction_session_timeout",
)
_NAMES_ABSENT = compiled(rf"(?:SHOW|SET|SET SESSION|SET LOCAL|RESET) ({'|'.join(ABSENT)})\b")
_SETTING_FUNCTION = compiled(rf"\b(?:current_setting|set_config)\s*\(\s*{LITERAL}")

#: Types that Redshift does not have; the refusals of serial and of arrays are reported, the others assumed.
_TYPES = "smallserial|bigserial|serial[248]?|jsonb?|uuid|xml|inet|cidr|macaddr|money|bytea|tsvector|tsquery"
_TABLE_NAME = compiled(rf"{_CHANGE_TABLE}(?: IF NOT EXISTS)? ({QUALIFIED})")
_COLUMN = compiled(
    rf"(?:[(,]\s*|\bADD (?:COLUMN )?)({NAME})\s+({_TYPES}|[A-Za-z]\w*(?:\s*\([^()]*\))?\s*\[[0-9]*\])(?!\w)"
)

_ROUTINE = compiled(
    rf"CREATE (?:OR REPLACE )?(FUNCTION|PROCEDURE) {QUALIFIED}\s*\((?P<arguments>[^()]*(?:\([^()]*\)[^()]*)*)\)"
)
_LANGUAGE = compiled(rf"\bLANGUAGE\s*(?:(\w+)|{LITERAL})")
_DOLLAR_BODY = compiled(rf"\bAS\s*{OPEN}B")
_VOLATILITY = compiled(r"\b(VOLATILE|STABLE|IMMUTABLE)\b")
_DEFAULT = compiled(r"\bDEFAULT\b|:?=")
_NAMED_ARGUMENT = compiled(
    r"\s*(?:IN |OUT |INOUT )?(?!(?:IN|OUT|INOUT) |DOUBLE PRECISION\b|CHARACTER VARYING\b|(?:TIME|TIMESTAMP) WITH)"
    rf"{NAME}\s+[A-Za-z]"
)

_USER_PASSWORD = compiled(rf"(?:CREATE|ALTER) USER (\S+).*?\bPASSWORD\s*{LITERAL}")
_NEEDED = ((r"[A-Z]", "uppercase letter"), (r"[a-z]", "lowercase letter"), (r"[0-9]", "number"))


def first_refusal(found: t.Sequence[Statement], switches: ProxySwitches, in_transaction: bool) -> Refusal | None:
    """Return the refusal of the first statement of a message that Redshift would refuse."""
    for statement in found:
        fault = (
            _escape_string(statement, switches)
            or _not_alone(statement, len(found) > 1, switches, in_transaction)
            or _not_known(statement)
            or _unsupported_type(statement)
            or _bad_routine(statement, switches)
            or _bad_password(statement, switches)
        )
        if fault:
            return Refusal(*fault, position=statement.start + 1)
    return None


def named_settings(statement: Statement) -> dict[int, str]:
    """Return the settings that literals of current_setting() and set_config() name: number of the part -> name."""
    places = [int(match[1]) for match in _SETTING_FUNCTION.finditer(statement.code)]
    return {place: literal_value(statement.parts[place]).lower() for place in places}


def user_password(statement: Statement) -> tuple[str, str] | None:
    """Return the name (as SQL) and the password that CREATE USER or ALTER USER sets, or None."""
    match = _USER_PASSWORD.match(statement.code)
    return (statement.restored(match[1]), literal_value(statement.parts[int(match[2])])) if match else None


def language(statement: Statement) -> str | None:
    """Return the language of CREATE FUNCTION or CREATE PROCEDURE, in lower case."""
    match = _LANGUAGE.search(statement.code) if _ROUTINE.match(statement.code) else None
    return (match[1] or literal_value(statement.parts[int(match[2])])).lower() if match else None


def password_fault(password: str) -> str | None:
    """Return which rule of Redshift a password breaks, or None. Digests pass."""
    if re.fullmatch(r"md5[0-9a-fA-F]{32}", password) or password.startswith("sha256|"):
        return None
    if not 8 <= len(password) <= 64:
        return "password must be between 8 and 64 characters"
    for pattern, name in _NEEDED:
        if not re.search(pattern, password):
            return f"password must contain at least one {name}"
    if re.search(r"[\"'\\/@]|[^!-~]", password):
        return "password contains a character that is not allowed"
    return None


def _hexadecimal(text: str) -> str:
    return f"convert_from(decode('{text.encode().hex()}','hex'),'UTF8')"


def _escape_string(statement: Statement, switches: ProxySwitches) -> Fault | None:
    refused = switches.refuse_escape_strings and statement.has_escape_string
    return ("42704", 'type "e" does not exist') if refused else None


def _not_alone(statement: Statement, in_company: bool, switches: ProxySwitches, in_transaction: bool) -> Fault | None:
    name = _alone_name(statement, switches)
    if name and in_company:
        return "25001", switches.multi_statement_text.format(name)
    if name and in_transaction:
        return "25001", switches.transaction_text.format(name)
    return None


def _alone_name(statement: Statement, switches: ProxySwitches) -> str | None:
    if switches.copy_alone and COPY.match(statement.code):
        return "COPY"
    for pattern, name in ALONE:
        match = pattern.match(statement.code)
        if match:
            return name or " ".join(match[0].upper().split())
    return None


def _not_known(statement: Statement) -> Fault | None:
    for pattern, sqlstate, message in REFUSED:
        match = pattern.match(statement.code)
        if match:
            token = statement.restored(match.groupdict().get("at") or "")
            return sqlstate, message.replace("{at}", token)
    found = _NAMES_ABSENT.match(statement.code)
    names = [found[1].lower()] if found else []
    names += [name for name in named_settings(statement).values() if name in ABSENT]
    return ("42704", f'unrecognized configuration parameter "{names[0]}"') if names else None


def _unsupported_type(statement: Statement) -> Fault | None:
    table = _TABLE_NAME.match(statement.code)
    column = _COLUMN.search(statement.code, table.end()) if table else None
    if not table or not column:
        return None
    where = f"{statement.restored(table[1])}.{statement.restored(column[1])}".replace('"', "")
    return "0A000", f'Column "{where}" has unsupported type "{column[2].lower()}".'


def _bad_routine(statement: Statement, switches: ProxySwitches) -> Fault | None:
    routine = _ROUTINE.match(statement.code)
    if not routine:
        return None
    kind = routine[1].lower()
    fault = _bad_procedure(statement, routine) if kind == "procedure" else _bad_function(statement, routine, switches)
    if fault or _DOLLAR_BODY.search(statement.code):
        return fault
    return "42601", f"the body of a {kind} must be written as AS $$ ... $$"


def _bad_procedure(statement: Statement, routine: re.Match[str]) -> Fault | None:
    if language(statement) != "plpgsql":
        return "0A000", "procedures are supported in LANGUAGE plpgsql only"
    default = _DEFAULT.search(routine["arguments"])
    return ("42601", f'syntax error at or near "{default[0]}"') if default else None


def _bad_function(statement: Statement, routine: re.Match[str], switches: ProxySwitches) -> Fault | None:
    written_in = language(statement)
    if written_in == "plpgsql":
        return "0A000", "plpgsql functions are not supported"
    if written_in == "plpythonu" and not switches.python_functions:
        return "0A000", switches.python_functions_text
    if not _VOLATILITY.search(statement.code, routine.end()):
        return "42601", "a function must be VOLATILE, STABLE or IMMUTABLE"
    if written_in == "sql" and any(_NAMED_ARGUMENT.match(text) for text in routine["arguments"].split(",")):
        return "42601", "the arguments of a SQL function cannot have names"
    return None


def _bad_password(statement: Statement, switches: ProxySwitches) -> Fault | None:
    found = user_password(statement) if switches.password_policy else None
    fault = password_fault(found[1]) if found else None
    return ("22023", fault) if fault else None
