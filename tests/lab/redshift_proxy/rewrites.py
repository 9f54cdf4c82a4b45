# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Redshift accepts and PostgreSQL does not, or means differently: how it is written for PostgreSQL. Pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from tests.lab.postgres.catalogs import SYSTEM_PRIVILEGE_ROLE, SYSTEM_PRIVILEGES
from tests.lab.redshift_proxy.names import NAME, NAMES, QUALIFIED, compiled, folded, plain
from tests.lab.redshift_proxy.refusals import language, named_settings, user_password
from tests.lab.redshift_proxy.text import LITERAL, OPEN, Statement, statements

#: A fact about the cluster: its kind and the name of what it is about.
Fact = tuple[str, str]
CASE_SENSITIVE_USER, DIGEST_USER, NONATOMIC = "case-sensitive user", "digest user", "nonatomic procedure"
#: A reply of PostgreSQL that the client does not get.
HIDDEN = ""


@dataclass
class SessionState:
    """What the rules must know about a connection and its cluster."""

    in_transaction: bool = False
    #: The transaction has failed: nothing but its end is possible.
    failed: bool = False
    case_sensitive: bool = False
    facts: dict[Fact, t.Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What a statement becomes.

    An empty text leaves it as it is. ``replies`` are the command tags of its commands for the client: None is
    PostgreSQL's own, HIDDEN is not sent. ``before`` is a message that is run first, unseen by the client.
    """

    sql: str = ""
    replies: tuple[str | None, ...] = (None,)
    before: str | None = None


#: Accepted and without effect here; the tag of the response.
IGNORED = [
    (compiled(pattern), tag)
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
        (rf"ALTER TABLE {QUALIFIED} (ADD (IF NOT EXISTS )?PARTITION\b|DROP PARTITION\b|PARTITION\s*\("
         r"|SET (LOCATION|FILE FORMAT|TABLE PROPERTIES)\b)", "ALTER TABLE"),
        (rf"ALTER TABLE {QUALIFIED} ALTER (DISTSTYLE|DISTKEY|(COMPOUND )?SORTKEY|ENCODE)\b", "ALTER TABLE"),
        (rf"ALTER TABLE {QUALIFIED} ALTER (COLUMN )?{NAME} ENCODE\b", "ALTER TABLE"),
        (r"(CREATE( OR REPLACE)?|DROP) LIBRARY\b", "LIBRARY"),
        (r"(CREATE|ALTER|DROP|ATTACH|DETACH) (RLS|MASKING) POLICY\b", "POLICY"),
        (rf"ALTER TABLE {QUALIFIED} ROW LEVEL SECURITY (ON|OFF)\b", "ALTER TABLE"),
        (r"(CREATE|ALTER|DROP) IDENTITY PROVIDER\b", "IDENTITY PROVIDER"),
        (r"(CREATE|DROP|SHOW) MODEL\b", "MODEL"),
        (r"ALTER DATABASE \S+ ((SET )?ISOLATION LEVEL|COLLATE)\b", "ALTER DATABASE"),
        (r"ALTER SYSTEM\b", "ALTER SYSTEM"),
        (r"ANALYZE COMPRESSION\b", "ANALYZE"),
        (r"(REBUILDCAT|INDEXCAT|CANCEL)\b", "SET"),
    )
]  # fmt: skip
NO_EFFECT = "SET redshift.no_effect TO ''"

_ON_USER = r"^((?:CREATE|ALTER) USER\b.*?)"
_ON_TABLE = (
    r"^((?:CREATE (?:TEMP |TEMPORARY |LOCAL TEMP |LOCAL TEMPORARY )?TABLE|ALTER TABLE|CREATE MATERIALIZED VIEW)\b.*?)"
)
_ON_DATABASE = r"^(CREATE DATABASE \S+.*?)"
_PRIVILEGES = r"(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES)\b"
_ENCODINGS = "AUTO|RAW|AZ64|BYTEDICT|DELTA|DELTA32K|LZO|MOSTLY8|MOSTLY16|MOSTLY32|RUNLENGTH|TEXT255|TEXT32K|ZSTD"
#: Rules for a statement as a whole; applied until nothing changes.
STATEMENT_REWRITES = [
    (compiled(pattern), replacement)
    for pattern, replacement in (
        (_ON_USER + r" PASSWORD DISABLE\b", r"\1 PASSWORD NULL"),
        (_ON_USER + r" CONNECTION LIMIT UNLIMITED\b", r"\1 CONNECTION LIMIT -1"),
        (_ON_USER + r" CREATEUSER\b", r"\1 SUPERUSER"),
        (_ON_USER + r" NOCREATEUSER\b", r"\1 NOSUPERUSER"),
        (_ON_USER + r" SYSLOG ACCESS (?:UN)?RESTRICTED\b", r"\1"),
        (_ON_USER + r" SESSION TIMEOUT [0-9]+", r"\1"),
        (_ON_USER + r" RESET SESSION TIMEOUT\b", r"\1"),
        (rf"^((?:CREATE|ALTER) (?:USER|ROLE)\b.*?) EXTERNALID (?:TO )?(?:{OPEN}[LI][0-9]+.|\S+)", r"\1"),
        (_ON_DATABASE + r" CONNECTION LIMIT UNLIMITED\b", r"\1 CONNECTION LIMIT -1"),
        (_ON_DATABASE + r" COLLATE (?:CASE_SENSITIVE|CASE_INSENSITIVE|CS|CI)\b", r"\1"),
        (_ON_DATABASE + r" ISOLATION LEVEL (?:SNAPSHOT|SERIALIZABLE)\b", r"\1"),
        (rf"^(DROP DATABASE {NAME}) FORCE\s*$", r"\1 WITH (FORCE)"),
        (rf"^(DROP ROLE {NAME}) (?:FORCE|RESTRICT)\s*$", r"\1"),
        (r"^(CREATE) EXTERNAL (SCHEMA (?:IF NOT EXISTS )?\S+) FROM .*", r"\1 \2"),
        (rf"^(GRANT|REVOKE(?: ADMIN OPTION FOR)?) ROLE (?={NAME})", r"\1 "),
        (rf"^((?:GRANT|REVOKE)\b.*?,\s*)ROLE (?={NAME})", r"\1"),
        (rf"^({_PRIVILEGES}.*\b(?:TO|FROM) )ROLE (?!WITH GRANT\b|CASCADE\b|RESTRICT\b)(?={NAME})", r"\1"),
        (r"^CREATE (?:TEMP |TEMPORARY |LOCAL TEMP |LOCAL TEMPORARY )?TABLE (IF NOT EXISTS )?(?=#)",
         r"CREATE TEMP TABLE \1"),
        (r"^(CREATE (?:OR REPLACE )?VIEW\b.*) WITH NO SCHEMA BINDING\s*$", r"\1"),
        (r"^((?:CREATE|ALTER) SCHEMA\b.*?)\bQUOTA (?:[0-9]+\s*(?:MB|GB|TB)|UNLIMITED)(?!\w)", r"\1"),
        (_ON_TABLE + r"\bIDENTITY\s*\(\s*(-?[0-9]+)\s*,\s*(-?[0-9]+)\s*\)",
         r"\1GENERATED BY DEFAULT AS IDENTITY (START \2 INCREMENT \3 MINVALUE \2)"),
        (_ON_TABLE + rf" ENCODE (?:{_ENCODINGS})\b", r"\1"),
        (_ON_TABLE + r"\bDISTSTYLE (?:AUTO|EVEN|KEY|ALL)\b", r"\1"),
        (_ON_TABLE + r"\b(?:DISTKEY|(?:COMPOUND |INTERLEAVED )?SORTKEY)\s*\([^)]*\)", r"\1"),
        (_ON_TABLE + r"(?<=[\w)\ue001]) (?:DISTKEY|SORTKEY)(?: AUTO)?(?=\s*[,)]|\s+[A-Z]|\s*$)", r"\1"),
        (_ON_TABLE + r" BACKUP (?:YES|NO)\b", r"\1"),
        (_ON_TABLE + r"(?<=[\s,(])SUPER(?=\s*[,)]|\s*$)", r"\1jsonb"),
        (r"^(CREATE MATERIALIZED VIEW \S+.*?) (?:AUTO REFRESH|BACKUP) \w+", r"\1"),
        (r"^(REFRESH MATERIALIZED VIEW \S+) (?:RESTRICT|CASCADE)\b", r"\1"),
        (r"^(CREATE (?:OR REPLACE )?PROCEDURE\b.*?) (?:NON)?ATOMIC\b", r"\1"),
        (r"^(ANALYZE\b.*?) (?:PREDICATE|ALL) COLUMNS\b", r"\1"),
        (r"^((?:CREATE (?:TEMP )?TABLE \S+ AS )?SELECT) TOP ([0-9]+) (.*)$", r"\1 \3 LIMIT \2"),
    )
]  # fmt: skip
#: Rules for expressions, in statements and in the bodies of procedures and functions.
EXPRESSION_REWRITES = [
    (compiled(pattern), replacement)
    for pattern, replacement in (
        (r"\bGETDATE\s*\(\s*\)", "now()"),
        (r"(?<![\w.\"\ue001])(?<!\bAS\s)SYSDATE\b(?!\s+(?:TIME|DATE|VARCHAR|CHAR|INT))", "now()"),
        (r"(?<![\w.\"\ue001])(?:pg_catalog\.)?version\s*\(\s*\)", "redshift_proxy.version()"),
        (r"(?<![\w.])NVL\s*\(", "COALESCE("),
        (r"(?<![\w.])DATEADD\s*\(\s*([A-Za-z]+)\s*,", r"redshift_proxy.dateadd('\1',"),
        (r"\bMINUS (?=SELECT\b)", "EXCEPT "),
    )
]
#: The name of a temporary table: # is a part of it.
_TEMPORARY_NAME = re.compile(r"(?<=[\s,(])#[A-Za-z_]\w*")

#: Settings that Redshift has and PostgreSQL does not: kept in the session under another name.
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
CASE_SETTING = SETTINGS[0]

_SHOW = compiled(rf"SHOW ({'|'.join(SETTINGS)})\s*$")
_SET = compiled(rf"((?:SET (?:SESSION |LOCAL )?|RESET ))({'|'.join(SETTINGS)})\b(.*)$")
_SET_OF_USER = compiled(rf"(ALTER USER ({NAME}) (?:SET|RESET)) ({'|'.join(SETTINGS)})\b(.*)$")
_SAYS_ON = re.compile(r"\b(on|true|yes|1|t)\b", re.IGNORECASE)

#: Users and groups are roles in PostgreSQL, and its tags say so.
_USER_COMMAND = re.compile(r"(?:CREATE|ALTER|DROP) (?:USER|GROUP)\b", re.IGNORECASE)
_DROP_USER = compiled(rf"DROP USER (IF EXISTS )?({NAMES})\s*$")
_ANY_PRIVILEGE = f"(?:{'|'.join(SYSTEM_PRIVILEGES)})"
_SYSTEM_PRIVILEGE = compiled(rf"(GRANT|REVOKE) ({_ANY_PRIVILEGE}(?:\s*,\s*{_ANY_PRIVILEGE})*)(?= (?:TO|FROM)\b)")
_TRUNCATE = compiled(r"TRUNCATE\b")
_TRUNCATE_IN_BODY = compiled(r"(?:^|\b(?:BEGIN|THEN|ELSE|LOOP) )TRUNCATE\b")
_CALL = compiled(rf"CALL ({QUALIFIED})")
_PROCEDURE = compiled(rf"CREATE (?:OR REPLACE )?PROCEDURE ({QUALIFIED})\s*\(")
_NONATOMIC = compiled(r"\bNONATOMIC\b")
_ENDS_TRANSACTION = compiled(r"\b(COMMIT|ROLLBACK|TRUNCATE)\b")
#: Commits in the name of a TRUNCATE in a procedure; the context of its error tells the proxy so.
COMMIT_TRUNCATE = "redshift_proxy.commit_truncate"


def change(statement: Statement, session: SessionState, in_company: bool = False) -> Change:
    """Return what a statement becomes.

    :param in_company: the message has other statements
    """
    for pattern, tag in IGNORED:
        if pattern.match(statement.code):
            return Change(NO_EFFECT, (tag,))
    special = _setting(statement, session) or _drop_user(statement) or _call(statement, session)
    if special:
        return special
    sql = _rewritten(statement, session)
    if _TRUNCATE.match(statement.code) and (session.in_transaction or in_company):
        return Change(f"{sql or statement.restored()}; COMMIT", ("TRUNCATE TABLE", HIDDEN))
    named = _USER_COMMAND.match(statement.code)
    return Change(sql, (named and named[0].upper(),))


def facts(found: t.Sequence[Statement]) -> dict[Fact, t.Any]:
    """Return what the statements of a message, if they succeed, change in the cluster that later rules depend on."""
    result: dict[Fact, t.Any] = {}
    for statement in found:
        password = user_password(statement)
        if password:
            result[DIGEST_USER, plain(password[0])] = password[1].startswith("sha256|")
        setting = _SET_OF_USER.match(statement.code)
        if setting and setting[3].lower() == CASE_SETTING:
            user = plain(statement.restored(setting[2]))
            result[CASE_SENSITIVE_USER, user] = bool(_SAYS_ON.search(statement.restored(setting[4])))
        procedure = _PROCEDURE.match(statement.code)
        if procedure:
            result[NONATOMIC, _last_name(statement, procedure[1])] = _end_of_caller(statement)
    return result


def _end_of_caller(statement: Statement) -> str | None:
    """Return how a NONATOMIC procedure ends the transaction of its caller: COMMIT, ROLLBACK or None."""
    if not _NONATOMIC.search(statement.code):
        return None
    bodies = [part for part in statement.parts if part.startswith("$")]
    commands = [one.code for body in bodies for one in statements(_split_body(body)[1]) or ()]
    match = _ENDS_TRANSACTION.search("; ".join(commands))
    return ("ROLLBACK" if match[1].upper() == "ROLLBACK" else "COMMIT") if match else None


def _call(statement: Statement, session: SessionState) -> Change | None:
    """CALL of a NONATOMIC procedure that ends its caller's transaction: here it is ended right before the call."""
    call = _CALL.match(statement.code)
    if not call or not session.in_transaction or session.failed:
        return None
    end = session.facts.get((NONATOMIC, _last_name(statement, call[1])))
    return Change(_rewritten(statement, session), (None,), before=end) if end else None


def _last_name(statement: Statement, name: str) -> str:
    return plain(statement.restored(name.split(".")[-1])).lower()


def _setting(statement: Statement, session: SessionState) -> Change | None:
    """SHOW, SET and RESET of a setting that only Redshift has, in the session or for a user."""
    shown = _SHOW.match(statement.code)
    if shown:
        name = shown[1].lower()
        return Change(f"SELECT current_setting('redshift.{name}') AS {name}", ("SHOW",))
    of_user = _SET_OF_USER.match(statement.code)
    if of_user:
        sql = f"{of_user[1]} redshift.{of_user[3].lower()}{of_user[4]}"
        return Change(statement.restored(sql), ("ALTER USER",))
    match = _SET.match(statement.code)
    if not match:
        return None
    command, name, value = match[1], match[2].lower(), statement.restored(match[3])
    if name == CASE_SETTING and command.upper().startswith("SET"):
        session.case_sensitive = bool(_SAYS_ON.search(value))
        value = " TO on" if session.case_sensitive else " TO off"
    return Change(f"{command}redshift.{name}{value}")


def _drop_user(statement: Statement) -> Change | None:
    """DROP USER: Redshift looks for what the user owns and may do in the current database only."""
    match = _DROP_USER.match(statement.code)
    if not match:
        return None
    names = [plain(name.strip()) for name in _name_list(statement.restored(match[2]))]
    array = ", ".join("E'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'" for name in names)
    return Change(f"CALL redshift_proxy.drop_users(ARRAY[{array}], {bool(match[1])})", ("DROP USER",))


def _name_list(names: str) -> list[str]:
    return re.findall(r'"(?:[^"]|"")*"|[^\s,]+', names)


def _rewritten(statement: Statement, session: SessionState) -> str:
    """Return the SQL for PostgreSQL, or an empty text if it is the statement itself."""
    code = _SYSTEM_PRIVILEGE.sub(_as_membership, statement.code)
    for pattern, replacement in STATEMENT_REWRITES:
        code = _until_stable(pattern, replacement, code)
    code = _expression(code)
    parts = list(statement.parts) if session.case_sensitive else folded(statement.code, statement.parts)
    for place, name in named_settings(statement).items():
        parts[place] = f"'redshift.{name}'" if name in SETTINGS else parts[place]
    if language(statement) in ("sql", "plpgsql"):
        parts = [_body(part, session) if part.startswith("$") else part for part in parts]
    unchanged = code == statement.code and tuple(parts) == statement.parts
    return "" if unchanged else statement.restored(code, parts)


def _as_membership(match: re.Match[str]) -> str:
    """GRANT of system privileges: here each of them is a role."""
    privileges = [" ".join(name.upper().split()) for name in match[2].split(",")]
    return f"{match[1]} " + ", ".join(f'"{SYSTEM_PRIVILEGE_ROLE}{name}"' for name in privileges)


def _expression(code: str) -> str:
    for pattern, replacement in EXPRESSION_REWRITES:
        code = pattern.sub(replacement, code)
    return _TEMPORARY_NAME.sub(lambda name: f'"{name[0].lower()}"', code)


def _until_stable(pattern: re.Pattern[str], replacement: str, code: str) -> str:
    """Apply a rule as often as it matches: one that starts at the statement's beginning finds one place at a time."""
    while True:
        changed = pattern.sub(replacement, code)
        if changed == code:
            return changed
        code = changed


def _body(source: str, session: SessionState) -> str:
    """Return a body in dollar quotes with its names folded, its expressions rewritten, and TRUNCATE committing."""
    tag, inner = _split_body(source)
    out, end = [], 0
    for statement in statements(inner) or ():
        sql = inner[statement.start : statement.end]
        code = _expression(statement.code)
        parts = statement.parts if session.case_sensitive else tuple(folded(statement.code, statement.parts))
        if (code, parts) != (statement.code, statement.parts):
            sql = statement.restored(code, parts)
        if _TRUNCATE_IN_BODY.search(statement.code):
            sql += f"; CALL {COMMIT_TRUNCATE}()"
        out += [inner[end : statement.start], sql]
        end = statement.end
    return "".join([tag, *out, inner[end:], tag])


def _split_body(source: str) -> tuple[str, str]:
    """Return the tag of a dollar-quoted body with its dollars, and what it quotes."""
    tag = source[: source.index("$", 1) + 1]
    return tag, source[len(tag) : -len(tag)]
