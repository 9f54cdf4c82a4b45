# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Redshift refuses, ignores and spells otherwise than PostgreSQL. Pure: text in, verdict out.

A statement that no rule knows passes untouched: the real PostgreSQL behind the proxy is the judge. Wordings that nobody
could check on a cluster are guesses; those that tests may want otherwise are switches.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from tests.lab.redshift_proxy.text import IDENTIFIER, LITERAL, Statement, literal_value, statements

VERSION = (
    "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 "
    "(Red Hat 3.4.2-6.fc3), Redshift 1.0.123456"
)


@dataclass
class ProxySwitches:
    """What a cluster's owner may have set, and what is assumed about Redshift without proof."""

    #: Refuse connections without TLS (the parameter group's require_SSL).
    require_ssl: bool = False
    #: The cluster's enable_case_sensitive_identifier: off folds quoted identifiers to lower case.
    case_sensitive: bool = False
    #: What version() answers.
    version: str = VERSION
    #: The client_encoding that is reported to a client which asks for none.
    client_encoding: str = "UNICODE"
    #: A backslash in an ordinary literal is an escape.
    backslash_escapes: bool = True
    #: E'...' is refused, as by PostgreSQL before 8.1.
    refuse_escape_strings: bool = True
    #: Assumed texts for a statement that must travel alone: in a message of several, and in a transaction.
    multi_statement_text: str = "{} cannot run inside a multiple commands statement"
    transaction_text: str = "{} cannot run inside a transaction block"
    #: Assumed: COPY must travel alone, as the system view's page says (other pages show it in transactions).
    copy_alone: bool = True
    #: Check the password of CREATE USER and ALTER USER as documented.
    password_policy: bool = True
    #: A user whose password is stored as sha256 is asked for a login that libpq does not know.
    sha256_logins_refused: bool = True
    #: Assumed SQLSTATE of a wrong password: 28000 as in PostgreSQL 8.0 (28P01 is younger).
    login_sqlstate: str = "28000"
    #: Assumed off: fold the database name of a login to lower case.
    fold_login_database: bool = False


@dataclass(frozen=True)
class Refusal:
    """An error that Redshift would raise. ``position`` is the statement's place in the message, from 1."""

    sqlstate: str
    message: str
    position: int = 1

    def as_sql(self) -> str:
        """Return SQL that makes PostgreSQL raise it, so that the state of the transaction stays true."""
        encoded = self.message.encode().hex()
        return (
            "DO $proxy$BEGIN RAISE EXCEPTION USING "
            f"ERRCODE='{self.sqlstate}', MESSAGE=convert_from(decode('{encoded}','hex'),'UTF8'); END$proxy$"
        )


@dataclass
class SessionState:
    """What the rules must know of a connection."""

    in_transaction: bool = False
    case_sensitive: bool = False


@dataclass
class Verdict:
    """What to send in place of a message, and what it was."""

    sql: str
    statements: tuple[Statement, ...] = ()
    refusal: Refusal | None = None
    #: Command tags to report instead of PostgreSQL's, by the number of the statement.
    tags: dict[int, str] = field(default_factory=dict)
    #: True or False for users whose password the message sets as a sha256 digest or otherwise.
    digest_users: dict[str, bool] = field(default_factory=dict)


class _Changed(t.NamedTuple):
    """What a statement becomes: an empty text leaves it as it came, no tag leaves PostgreSQL's."""

    sql: str
    tag: str | None = None


def _compiled(pattern: str) -> re.Pattern[str]:
    """A rule's pattern: a blank stands for any space, letters for either case."""
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL)


#: Statements that are refused in a transaction block and in a message of several; the name that the error gives them.
ALONE = [
    (_compiled(pattern), name)
    for pattern, name in (
        (r"(CREATE|DROP) DATABASE\b", None),
        (r"ALTER TABLE \S+ APPEND\b", "ALTER TABLE APPEND"),
        (r"ALTER TABLE \S+ ALTER COLUMN\b", "ALTER TABLE ALTER COLUMN"),
        (r"ALTER DATABASE \S+ (SET )?ISOLATION LEVEL\b", "ALTER DATABASE ISOLATION LEVEL"),
        (r"(CREATE|DROP|RENAME|ALTER) EXTERNAL TABLE\b", None),
        (r"(CREATE|DROP) TABLESPACE\b", None),
        (r"(CREATE( OR REPLACE)?|DROP) LIBRARY\b", "CREATE LIBRARY"),
        (r"GRANT\b.*\bON EXTERNAL\b", "GRANT ON EXTERNAL"),
        (r"REINDEX DATABASE\b", None),
        (r"(REBUILDCAT|INDEXCAT|VACUUM|CLUSTER)\b", None),
    )
]
COPY = _compiled(r"COPY\b")

_UNSUPPORTED = "SQL command not supported on Redshift tables"
REFUSED = [
    (_compiled(pattern), sqlstate, message)
    for pattern, sqlstate, message in (
        (r"CREATE (DATABASE|USER|ROLE|GROUP) IF NOT EXISTS\b", "42601", 'syntax error at or near "NOT"'),
        (r"DROP (DATABASE|GROUP) IF EXISTS\b", "42601", 'syntax error at or near "EXISTS"'),
        (r"SET (SESSION |LOCAL )?ROLE\b", "42601", 'syntax error at or near "ROLE"'),
        (r"DEALLOCATE ALL\b", "26000", 'prepared statement "all" does not exist'),
        (r"DO\b", "42601", 'syntax error at or near "DO"'),
        (r"CREATE EXTENSION\b", "42601", 'syntax error at or near "EXTENSION"'),
        (r"(SAVEPOINT|RELEASE|ROLLBACK (WORK |TRANSACTION )?TO)\b", "0A000", "SQL command SAVEPOINT not supported"),
        (r"CREATE (UNIQUE )?INDEX\b", "0A000", f"{_UNSUPPORTED}: CREATE INDEX"),
        (r"(CREATE|DROP) (TRIGGER|SEQUENCE|TYPE|DOMAIN)\b", "0A000", _UNSUPPORTED),
        (r"(GRANT|REVOKE)\b.*\bCONNECT\b.*\bON DATABASE\b", "0LP01", "invalid privilege type CONNECT for database"),
        (r"CREATE (OR REPLACE )?FUNCTION\b.*\bLANGUAGE plpgsql\b", "0A000", "plpgsql functions are not supported"),
        (r"(CREATE|ALTER) USER\b(?=.*\bCREATEUSER\b).*\bPASSWORD DISABLE\b", "0A000",
         "CREATEUSER and PASSWORD DISABLE are incompatible"),
    )
]  # fmt: skip

#: Accepted and without effect here; the tag of the answer.
IGNORED = [
    (_compiled(pattern), tag)
    for pattern, tag in (
        (rf"COPY\b.*\bFROM {LITERAL}", "COPY"),
        (r"UNLOAD\b", "UNLOAD"),
        (r"VACUUM\b", "VACUUM"),
        (r"(GRANT|REVOKE)\b.*\bASSUMEROLE\b", "GRANT"),
        (r"(GRANT|REVOKE)\b.*\bON DATASHARE\b", "GRANT"),
        (r"GRANT USAGE ON DATABASE\b", "GRANT"),
        (r"REVOKE USAGE ON DATABASE\b", "REVOKE"),
        (r"(CREATE|ALTER|DROP) DATASHARE\b", "DATASHARE"),
        (r"(CREATE|ALTER|RENAME|DROP) EXTERNAL TABLE\b", "EXTERNAL TABLE"),
        (r"(CREATE( OR REPLACE)?|DROP) LIBRARY\b", "LIBRARY"),
        (r"ALTER DATABASE \S+ ((SET )?ISOLATION LEVEL|COLLATE)\b", "ALTER DATABASE"),
        (r"ANALYZE COMPRESSION\b", "ANALYZE"),
        (r"(REBUILDCAT|INDEXCAT|CANCEL)\b", "SET"),
    )
]
NO_EFFECT = "SET redshift.no_effect TO ''"

_ON_USER = r"^((?:CREATE|ALTER) USER\b.*?)"
REWRITES = [
    (_compiled(pattern), replacement)
    for pattern, replacement in (
        (r"\bPASSWORD DISABLE\b", "PASSWORD NULL"),
        (r"\bCONNECTION LIMIT UNLIMITED\b", "CONNECTION LIMIT -1"),
        (r"^(CREATE DATABASE \S+.*?) COLLATE (CASE_SENSITIVE|CASE_INSENSITIVE|CS|CI)\b", r"\1"),
        (r"^(CREATE DATABASE \S+.*?) ISOLATION LEVEL (SNAPSHOT|SERIALIZABLE)\b", r"\1"),
        (_ON_USER + r" CREATEUSER\b", r"\1 SUPERUSER"),
        (_ON_USER + r" NOCREATEUSER\b", r"\1 NOSUPERUSER"),
        (_ON_USER + r" SYSLOG ACCESS (UN)?RESTRICTED\b", r"\1"),
        (_ON_USER + r" SESSION TIMEOUT [0-9]+", r"\1"),
        (_ON_USER + r" RESET SESSION TIMEOUT\b", r"\1"),
        (r"^(CREATE) EXTERNAL (SCHEMA (?:IF NOT EXISTS )?\S+) FROM .*", r"\1 \2"),
        (r"^(GRANT|REVOKE) ROLE\b", r"\1"),
        (r"\b(TO|FROM) ROLE\b", r"\1"),
        (r"^CREATE (?:TEMP(?:ORARY)? )?TABLE #", "CREATE TEMP TABLE "),
        (r" WITH NO SCHEMA BINDING\b", ""),
        (r"\bQUOTA ([0-9]+\s*(MB|GB|TB)|UNLIMITED)(?!\w)", ""),
        (r"\bIDENTITY\s*\(\s*(-?[0-9]+)\s*,\s*(-?[0-9]+)\s*\)",
         r"GENERATED BY DEFAULT AS IDENTITY (START \1 INCREMENT \2 MINVALUE \1)"),
        (r"^(CREATE\b.*|ALTER TABLE\b.*?) ENCODE \w+", r"\1"),
        (r"\bDISTSTYLE \w+", ""),
        (r"\b(DISTKEY|((COMPOUND|INTERLEAVED) )?SORTKEY)\s*\([^)]*\)", ""),
        (r"^(CREATE\b.*?) (DISTKEY|SORTKEY)\b", r"\1"),
        (r"^((?:CREATE|ALTER) TABLE\b.*?[\s,(])SUPER(?=\s*[,)]|\s*$)", r"\1jsonb"),
        (r"^(CREATE (?:OR REPLACE )?PROCEDURE\b.*?) NONATOMIC\b", r"\1"),
        (r"\b(CREATE MATERIALIZED VIEW \S+) AUTO REFRESH \w+", r"\1"),
        (r"\bGETDATE\s*\(\s*\)", "now()"),
        (r"\bSYSDATE\b", "now()"),
        (r"(?<![\w.\"\ue001])(?:pg_catalog\.)?version\s*\(\s*\)", "redshift_proxy.version()"),
    )
]  # fmt: skip

#: Settings that Redshift has and PostgreSQL has not: kept in the session under a name of ours.
SETTINGS = (
    "enable_case_sensitive_identifier",
    "enable_case_sensitive_super_attribute",
    "enable_result_cache_for_session",
    "query_group",
    "wlm_query_slot_count",
    "wlm_json_configuration",
    "describe_field_name_in_uppercase",
    "downcase_delimited_identifier",
    "json_serialization_enable",
    "mv_enable_aqmv_for_session",
)
#: Settings that PostgreSQL has and Redshift has not.
ABSENT = (
    "server_version",
    "server_version_num",
    "standard_conforming_strings",
    "escape_string_warning",
    "bytea_output",
)
CASE_SETTING = SETTINGS[0]

_SHOW = _compiled(rf"SHOW ({'|'.join(SETTINGS)})\s*$")
_SET = _compiled(rf"((?:SET (?:SESSION |LOCAL )?|RESET ))({'|'.join(SETTINGS)})\b(.*)$")
_TOUCHES_ABSENT = _compiled(rf"(?:SHOW|SET|SET SESSION|SET LOCAL|RESET) ({'|'.join(ABSENT)})\b")
_SETTING_FUNCTION = _compiled(rf"\b(?:current_setting|set_config)\s*\(\s*{LITERAL}")
_SAYS_ON = re.compile(r"\b(on|true|yes|1|t)\b", re.IGNORECASE)

#: Users and groups are roles in PostgreSQL, and its tags say so.
_USER_COMMAND = re.compile(r"(?:CREATE|ALTER|DROP) (?:USER|GROUP)\b", re.IGNORECASE)
_USER_PASSWORD = _compiled(rf"(?:CREATE|ALTER) USER (\S+).*?\bPASSWORD {LITERAL}")
#: Where a quoted name is a user's, which keeps its case.
_USER_NAMES = [
    _compiled(pattern)
    for pattern in (
        r"^(?:CREATE|ALTER|DROP) USER\b(?P<names>.*)",
        r"^(?:GRANT|REVOKE)\b.*\b(?:TO|FROM)\b(?P<names>.*)",
        rf"\b(?:OWNER|OWNER TO|AUTHORIZATION|USER) (?P<names>{IDENTIFIER})",
    )
]
_IDENTIFIER = re.compile(IDENTIFIER)
_NEEDED = ((r"[A-Z]", "uppercase letter"), (r"[a-z]", "lowercase letter"), (r"[0-9]", "number"))


def judge(sql: str, switches: ProxySwitches, session: SessionState) -> Verdict:
    """Return what to send to PostgreSQL instead of a client's message."""
    found = statements(sql)
    if not found:
        return Verdict(sql)
    refusal = _first_refusal(found, switches, session)
    if refusal:
        return Verdict(refusal.as_sql(), found, refusal)
    changes = [_change(statement, switches, session) for statement in found]
    tags = {number: change.tag for number, change in enumerate(changes) if change.tag}
    return Verdict(_joined(sql, found, changes), found, None, tags, _digest_users(found))


def startup_settings(switches: ProxySwitches) -> dict[str, str]:
    """Settings that make a PostgreSQL session read SQL as Redshift does."""
    settings = {f"redshift.{name}": "" for name in SETTINGS}
    settings |= {f"redshift.{CASE_SETTING}": "on" if switches.case_sensitive else "off"}
    settings |= {"redshift.version": switches.version}
    if switches.backslash_escapes:
        settings |= {"standard_conforming_strings": "off", "escape_string_warning": "off", "backslash_quote": "on"}
    return settings


def password_fault(password: str) -> str | None:
    """Return what Redshift has against a password, or None. Digests pass."""
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


def _joined(sql: str, found: t.Sequence[Statement], changes: t.Sequence[_Changed]) -> str:
    """Put changed statements into their places and leave every other character as it came."""
    out, end = [], 0
    for statement, change in zip(found, changes, strict=True):
        out += [sql[end : statement.start], change.sql or sql[statement.start : statement.end]]
        end = statement.end
    return "".join([*out, sql[end:]])


def _first_refusal(found: t.Sequence[Statement], switches: ProxySwitches, session: SessionState) -> Refusal | None:
    for statement in found:
        fault = (
            _escape_string(statement, switches)
            or _not_alone(statement, len(found) > 1, switches, session)
            or _not_known(statement)
            or _bad_password(statement, switches)
        )
        if fault:
            return Refusal(*fault, position=statement.start + 1)
    return None


def _escape_string(statement: Statement, switches: ProxySwitches) -> tuple[str, str] | None:
    refused = switches.refuse_escape_strings and statement.has_escape_string
    return ("42704", 'type "e" does not exist') if refused else None


def _not_alone(
    statement: Statement, in_company: bool, switches: ProxySwitches, session: SessionState
) -> tuple[str, str] | None:
    name = _alone_name(statement, switches)
    if name and in_company:
        return "25001", switches.multi_statement_text.format(name)
    if name and session.in_transaction:
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


def _not_known(statement: Statement) -> tuple[str, str] | None:
    for pattern, sqlstate, message in REFUSED:
        if pattern.match(statement.code):
            return sqlstate, message
    asked = _TOUCHES_ABSENT.match(statement.code)
    names = [asked[1].lower()] if asked else []
    names += [name for name in _named_settings(statement).values() if name in ABSENT]
    return ("42704", f'unrecognized configuration parameter "{names[0]}"') if names else None


def _named_settings(statement: Statement) -> dict[int, str]:
    """The settings that are named by literals of current_setting() and set_config(): part number -> name."""
    places = [int(match[1]) for match in _SETTING_FUNCTION.finditer(statement.code)]
    return {place: literal_value(statement.parts[place]).lower() for place in places}


def _bad_password(statement: Statement, switches: ProxySwitches) -> tuple[str, str] | None:
    match = _USER_PASSWORD.match(statement.code)
    if not match or not switches.password_policy:
        return None
    fault = password_fault(literal_value(statement.parts[int(match[2])]))
    return ("22023", fault) if fault else None


def _digest_users(found: t.Sequence[Statement]) -> dict[str, bool]:
    users = {}
    for statement in found:
        match = _USER_PASSWORD.match(statement.code)
        if match:
            name = statement.restored(match[1])
            plain = name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
            users[plain] = literal_value(statement.parts[int(match[2])]).startswith("sha256|")
    return users


def _change(statement: Statement, switches: ProxySwitches, session: SessionState) -> _Changed:
    """Return what a statement becomes."""
    for pattern, tag in IGNORED:
        if pattern.match(statement.code):
            return _Changed(NO_EFFECT, tag)
    setting = _setting(statement, session)
    if setting:
        return setting
    code = statement.code
    for pattern, replacement in REWRITES:
        code = _until_stable(pattern, replacement, code)
    parts = _folded(statement, session)
    for place, name in _named_settings(statement).items():
        parts[place] = f"'redshift.{name}'" if name in SETTINGS else parts[place]
    unchanged = code == statement.code and tuple(parts) == statement.parts
    named = _USER_COMMAND.match(statement.code)
    return _Changed("" if unchanged else statement.restored(code, parts), named and named[0].upper())


def _until_stable(pattern: re.Pattern[str], replacement: str, code: str) -> str:
    """Apply a rule as often as it fits: one that starts at the statement's beginning finds one place at a time."""
    while True:
        changed = pattern.sub(replacement, code)
        if changed == code or not pattern.pattern.startswith("^"):
            return changed
        code = changed


def _setting(statement: Statement, session: SessionState) -> _Changed | None:
    """SHOW, SET and RESET of a setting that only Redshift has."""
    shown = _SHOW.match(statement.code)
    if shown:
        return _Changed(f"SELECT current_setting('redshift.{shown[1].lower()}') AS {shown[1].lower()}", "SHOW")
    match = _SET.match(statement.code)
    if not match:
        return None
    command, name, value = match[1], match[2].lower(), statement.restored(match[3])
    if name == CASE_SETTING and command.upper().startswith("SET"):
        session.case_sensitive = bool(_SAYS_ON.search(value))
        value = " TO on" if session.case_sensitive else " TO off"
    return _Changed(f"{command}redshift.{name}{value}")


def _folded(statement: Statement, session: SessionState) -> list[str]:
    """The statement's parts with quoted identifiers in lower case, except those that name users."""
    parts = list(statement.parts)
    if session.case_sensitive:
        return parts
    named = [match["names"] for pattern in _USER_NAMES for match in pattern.finditer(statement.code)]
    users = {place for names in named for place in _IDENTIFIER.findall(names)}
    for place in _IDENTIFIER.findall(statement.code):
        if place not in users:
            parts[int(place)] = parts[int(place)].lower()
    return parts
