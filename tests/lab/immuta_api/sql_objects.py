# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects in the managed database: created by the scripts, checked when an integration is created. SIMULATED."""

from __future__ import annotations

SCHEMAS = ("immuta_system", "immuta_functions", "immuta_procedures")
#: tables and views, schema-qualified
RELATIONS = ("immuta_system.profile", "immuta_system.setting", "immuta_system.audit", "immuta_system.user_profile")
#: functions and procedures that are always there, schema-qualified
ROUTINES = ("immuta_functions.label", "immuta_functions.is_me", "immuta_procedures.record_event")
#: procedures of impersonation, with their arguments
IMPERSONATION = ("impersonate_user(VARCHAR)", "grant_impersonation(VARCHAR)", "revoke_impersonation(VARCHAR)")
#: all procedures, with their arguments
PROCEDURES = ("record_event(VARCHAR, VARCHAR)", *IMPERSONATION)


def name(value: str) -> str:
    """Return a quoted identifier."""
    return '"' + value.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a literal, as Redshift reads it: a backslash escapes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def schemas(again: bool) -> list[str]:
    """Return the statements for the schemas.

    :param again: true: they can be run a second time
    """
    return [f"CREATE SCHEMA {_if_not_exists(again)}{schema}" for schema in SCHEMAS]


def tables(again: bool) -> list[str]:
    """Return the statements for the tables; they rely on the search path that the first of them sets."""
    guard = _if_not_exists(again)
    return [
        "SET search_path TO immuta_system, public",
        f"CREATE TABLE {guard}profile (\n"
        "    immuta__userid VARCHAR(256) NOT NULL,\n"
        "    kind VARCHAR(32) NOT NULL, -- 'user'; 'group'; it's one of the two\n"
        "    body VARCHAR(65000)\n)",
        f'CREATE TABLE {guard}setting (name VARCHAR(128) NOT NULL, value VARCHAR(1024), "a;b" BOOLEAN)',
        f"CREATE TABLE {guard}audit (who VARCHAR(256), what VARCHAR(1024), share DECIMAL(5, 2))",
        "DELETE FROM setting WHERE name IN ('banner', 'pattern')",
        "/* two rows; the second one's a pattern */\n"
        "INSERT INTO setting VALUES ('banner', 'Protected; it''s ''100%'' Immuta''s', TRUE), "
        "('pattern', '%s and %(x)s; -- no comment', FALSE)",
        "UPDATE setting SET value = value || '%' WHERE value LIKE '%x%' AND name <> 'a /* b'",
    ]


def views() -> list[str]:
    """Return the statements for the views; they rely on the search path."""
    return [
        "CREATE OR REPLACE VIEW user_profile AS\n"
        "SELECT p.immuta__userid, p.kind, p.body, CASE WHEN p.kind LIKE '%;%' THEN 'odd' ELSE '100%' END AS share\n"
        "FROM profile p -- only one's own rows; nobody else's\n"
        "WHERE p.immuta__userid = current_user"
    ]


def functions() -> list[str]:
    """Return the statements for the functions; Redshift's take unnamed arguments and are written in SQL."""
    return [
        "SET search_path TO immuta_functions, public",
        "CREATE OR REPLACE FUNCTION label(VARCHAR) RETURNS VARCHAR STABLE AS $$\n"
        "  SELECT CASE WHEN $1 LIKE '%;%' THEN 'it''s odd;' ELSE '100% ' || $1 END -- a quote ' and a ;\n"
        "$$ LANGUAGE sql",
        "CREATE OR REPLACE FUNCTION is_me(VARCHAR) RETURNS BOOLEAN STABLE AS $body$\n"
        "  SELECT $1 = current_user /* 'me'; $$ is no end here */\n"
        "$body$ LANGUAGE sql",
    ]


def python_functions(user: str) -> list[str]:
    """Return the grant to the system account and a Python UDF, which Redshift does not create from patch 198 on."""
    return [
        f"GRANT USAGE ON LANGUAGE plpythonu TO {user}",
        "CREATE OR REPLACE FUNCTION immuta_functions.scramble(value VARCHAR) RETURNS VARCHAR STABLE AS $py$\n"
        "  # it's Python; not SQL\n"
        "  return None if value is None else '%s;' % value[::-1]\n"
        "$py$ LANGUAGE plpythonu",
    ]


def procedures() -> list[str]:
    """Return the statements for the procedures that are always there."""
    return [
        "SET search_path TO immuta_procedures, public",
        "CREATE OR REPLACE PROCEDURE record_event(who VARCHAR, what VARCHAR) AS $$\n"
        "BEGIN\n"
        "  -- a semicolon; and somebody's quote in a body\n"
        "  IF who LIKE '%;%' THEN\n"
        "    RAISE EXCEPTION 'not a name: %; 100%% sure', who;\n"
        "  END IF;\n"
        "  INSERT INTO immuta_system.audit VALUES (who, what || '; it''s done', 100);\n"
        "END;\n"
        "$$ LANGUAGE plpgsql",
    ]


def rights(user: str) -> list[str]:
    """Return the grants to the system account (a quoted name) and to everybody."""
    return [
        *(f"GRANT ALL ON SCHEMA {schema} TO {user}" for schema in SCHEMAS),
        *(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC" for schema in SCHEMAS),
        f"GRANT ALL ON ALL TABLES IN SCHEMA immuta_system TO {user}",
        "REVOKE ALL ON immuta_system.profile FROM PUBLIC",
        "GRANT SELECT ON immuta_system.user_profile TO PUBLIC",
        f"GRANT EXECUTE ON PROCEDURE immuta_procedures.record_event(VARCHAR, VARCHAR) TO {user}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA immuta_functions GRANT EXECUTE ON FUNCTIONS TO PUBLIC",
    ]


def impersonation(group: str, user: str) -> list[str]:
    """Return the statements for the procedures of impersonation, and the grants to the group (both names quoted)."""
    return [
        "SET search_path TO immuta_procedures, public",
        "CREATE OR REPLACE PROCEDURE impersonate_user(who VARCHAR) AS $$\n"
        "BEGIN\n"
        "  DELETE FROM immuta_system.setting WHERE name = 'impersonated; by ' || current_user;\n"
        "  IF who IS NOT NULL THEN\n"
        "    INSERT INTO immuta_system.setting VALUES ('impersonated; by ' || current_user, who, TRUE);\n"
        "  END IF;\n"
        "END;\n"
        "$$ LANGUAGE plpgsql SECURITY DEFINER",
        _membership("grant_impersonation", group, "ADD"),
        _membership("revoke_impersonation", group, "DROP"),
        f"GRANT USAGE ON SCHEMA immuta_procedures TO GROUP {group}",
        f"GRANT EXECUTE ON PROCEDURE impersonate_user(VARCHAR) TO GROUP {group}",
        f"GRANT EXECUTE ON PROCEDURE grant_impersonation(VARCHAR) TO {user}",
        f"GRANT EXECUTE ON PROCEDURE revoke_impersonation(VARCHAR) TO {user}",
    ]


def _membership(procedure: str, group: str, verb: str) -> str:
    return (
        f"CREATE OR REPLACE PROCEDURE {procedure}(who VARCHAR) AS $do$\n"
        "BEGIN\n"
        f"  EXECUTE 'ALTER GROUP {group.replace(chr(39), chr(39) * 2)} {verb} USER ' || quote_ident(who) || ';';\n"
        "END;\n"
        "$do$ LANGUAGE plpgsql SECURITY DEFINER"
    )


def _if_not_exists(again: bool) -> str:
    return "IF NOT EXISTS " if again else ""
