# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the Redshift-like proxy, without a server: what is refused, and what PostgreSQL gets instead."""

from __future__ import annotations

import pytest

from tests.lab.redshift_proxy.refusals import Refusal, password_fault
from tests.lab.redshift_proxy.rewrites import CASE_SENSITIVE_USER, DIGEST_USER, HIDDEN, NONATOMIC, SessionState
from tests.lab.redshift_proxy.rules import Verdict, judge
from tests.lab.redshift_proxy.switches import PATCH_198, ProxySwitches

GOOD_PASSWORD = "Immuta1x%$;"
SQL_FUNCTION = "CREATE FUNCTION f(int) RETURNS int {} AS $$ SELECT $1 $$ LANGUAGE sql"
PROCEDURE = "CREATE PROCEDURE p() {} AS $$ BEGIN {}; END $$ LANGUAGE plpgsql"


def verdict(sql, *, in_transaction=False, facts=None, case_sensitive=False, **switches) -> Verdict:
    """Return the verdict on one message."""
    session = SessionState(in_transaction, False, case_sensitive, facts or {})
    return judge(sql, ProxySwitches(**switches), session)


def refusal(sql, **settings) -> tuple[str, str] | None:
    """Return SQLSTATE and text of the refusal, or None."""
    found = verdict(sql, **settings).refusal
    return (found.sqlstate, found.message) if found else None


@pytest.mark.parametrize(
    ("alone", "name"),
    [
        ("VACUUM", "VACUUM"),
        ("DROP DATABASE x", "DROP DATABASE"),
        ("ALTER TABLE x APPEND FROM y", "ALTER TABLE APPEND"),
        ("ALTER EXTERNAL TABLE x RENAME TO y", "ALTER EXTERNAL TABLE"),
        ("RENAME EXTERNAL TABLE x", "RENAME EXTERNAL TABLE"),
        ("REINDEX DATABASE x", "REINDEX DATABASE"),
        ("CREATE TABLESPACE x", "CREATE TABLESPACE"),
        ("CREATE OR REPLACE LIBRARY x", "CREATE LIBRARY"),
        ("GRANT USAGE ON EXTERNAL SCHEMA x TO y", "GRANT ON EXTERNAL"),
        ("ALTER TABLE x ALTER COLUMN y TYPE varchar(10)", "ALTER TABLE ALTER COLUMN"),
        ("ALTER DATASHARE d SET PUBLICACCESSIBLE TRUE", "ALTER DATASHARE"),
        ("ALTER TABLE s.t ADD IF NOT EXISTS PARTITION (d='1') LOCATION 's3://b'", "ALTER EXTERNAL TABLE"),
        ("ALTER TABLE s.t ADD PARTITION (d='1') LOCATION 's3://b'", "ALTER EXTERNAL TABLE"),
        ("ALTER TABLE s.t DROP PARTITION (d='1')", "ALTER EXTERNAL TABLE"),
        ("ALTER TABLE s.t PARTITION (d='1') SET LOCATION 's3://b'", "ALTER EXTERNAL TABLE"),
        ("ALTER TABLE s.t SET LOCATION 's3://b'", "ALTER EXTERNAL TABLE"),
        ("ALTER TABLE s.t SET FILE FORMAT PARQUET", "ALTER EXTERNAL TABLE"),
        ("ALTER TABLE s.t SET TABLE PROPERTIES ('a'='b')", "ALTER EXTERNAL TABLE"),
    ],
)
def test_statements_that_must_be_sent_alone(alone, name):
    assert refusal(f"{alone}; SELECT 1") == ("25001", f"{name} cannot run inside a multiple commands statement")
    assert refusal(alone, in_transaction=True) == ("25001", f"{name} cannot run inside a transaction block")
    assert refusal(alone) is None


@pytest.mark.parametrize(
    "sql",
    [
        "COPY x FROM 's3://y' IAM_ROLE default",
        "UNLOAD ('SELECT 1') TO 's3://y' IAM_ROLE default",
        "ALTER TABLE s.t ALTER COLUMN c ENCODE zstd",
        "ALTER TABLE s.t ADD COLUMN partition_key int",
        "ALTER DATASHARE d ADD SCHEMA s",
        "CREATE SCHEMA s",
    ],
)
def test_statements_that_a_transaction_may_contain(sql):
    assert refusal(sql, in_transaction=True) is None
    assert refusal(f"{sql}; SELECT 1") is None


def test_copy_can_be_refused_in_a_transaction():
    assert refusal("COPY x FROM 's3://y' IAM_ROLE default", in_transaction=True, copy_alone=True)


def syntax(word):
    """Return the error at a word."""
    return "42601", f'syntax error at or near "{word}"'


@pytest.mark.parametrize(
    ("refused", "error", "accepted"),
    [
        ("CREATE USER IF NOT EXISTS x PASSWORD 'Immuta1x'", syntax("NOT"), "CREATE SCHEMA IF NOT EXISTS x"),
        ("CREATE DATABASE IF NOT EXISTS x", syntax("NOT"), "CREATE DATABASE x"),
        ("DROP ROLE IF EXISTS x", syntax("EXISTS"), "DROP USER IF EXISTS x"),
        ("DROP GROUP IF EXISTS x", syntax("EXISTS"), "DROP GROUP x"),
        ("DROP DATABASE x WITH (FORCE)", syntax("("), "DROP DATABASE x FORCE"),
        ("CREATE USER x", ("42601", "CREATE USER requires PASSWORD"), "CREATE USER x PASSWORD DISABLE"),
        ("CREATE USER x PASSWORD 'Immuta1x' SUPERUSER", syntax("SUPERUSER"), "CREATE USER superuser PASSWORD DISABLE"),
        ("CREATE USER x LOGIN PASSWORD 'Immuta1x'", syntax("LOGIN"), "CREATE USER login PASSWORD 'Immuta1x'"),
        ("CREATE USER x ENCRYPTED PASSWORD 'Immuta1x'", syntax("ENCRYPTED"), "CREATE USER x WITH PASSWORD 'Immuta1x'"),
        ("ALTER USER \"x\" NOSUPERUSER", syntax("NOSUPERUSER"), "ALTER USER x NOCREATEUSER"),
        ("SET ROLE x", syntax("ROLE"), "SET SESSION AUTHORIZATION x"),
        ("REASSIGN OWNED BY x TO y", syntax("REASSIGN"), "ALTER TABLE x OWNER TO y"),
        ("DO $$ BEGIN NULL; END $$", syntax("DO"), "CALL x()"),
        ("VALUES (1)", syntax("VALUES"), "SELECT 1"),
        ("TABLE x", syntax("x"), "SELECT * FROM x"),
        ("PREPARE TRANSACTION 'x'", syntax("TRANSACTION"), "PREPARE x AS SELECT 1"),
        ("CREATE EXTENSION x", syntax("EXTENSION"), "CREATE SCHEMA extension"),
        ("CREATE POLICY x ON y", syntax("POLICY"), "CREATE RLS POLICY x USING (TRUE)"),
        ("CREATE PUBLICATION x", syntax("PUBLICATION"), "CREATE TABLE publication (a int)"),
        ("CREATE UNLOGGED TABLE x (a int)", syntax("UNLOGGED"), "CREATE TABLE unlogged (a int)"),
        ("CREATE TABLE x (a int, b int GENERATED ALWAYS AS (a * 2) STORED)", syntax("("),
         "CREATE TABLE x (a int GENERATED BY DEFAULT AS IDENTITY(1,1))"),
        ("ALTER TABLE x ALTER COLUMN a TYPE bigint",
         ("0A000", "ALTER COLUMN TYPE is supported for VARCHAR columns only"),
         "ALTER TABLE x ALTER COLUMN a TYPE varchar(99)"),
        ("CREATE TABLE x (a int) PARTITION BY RANGE (a)", syntax("PARTITION"), "CREATE TABLE partition (a int)"),
        ("CREATE MATERIALIZED VIEW x AS SELECT 1 WITH NO DATA", syntax("NO"), "CREATE MATERIALIZED VIEW x AS SELECT 1"),
        ("INSERT INTO x VALUES (1) ON CONFLICT DO NOTHING", syntax("ON"), "INSERT INTO x VALUES (1)"),
        ("INSERT INTO x VALUES (1) RETURNING a", syntax("RETURNING"), "INSERT INTO x (returning_at) VALUES (1)"),
        ("DELETE FROM x RETURNING *", syntax("RETURNING"), "DELETE FROM x"),
        ("SELECT count(*) FILTER (WHERE a) FROM x", syntax("("), "SELECT filter FROM x"),
        ("SELECT DISTINCT ON (a) b FROM x", ("0A000", "SELECT DISTINCT ON is not supported"), "SELECT DISTINCT a"),
        ("SELECT a FROM x FOR UPDATE", ("0A000", "SELECT FOR UPDATE/SHARE is not supported"), "SELECT a FROM x"),
        ("SELECT string_agg(a, ',') FROM x", ("42883", "function string_agg does not exist"), "SELECT string_agg"),
        ("LISTEN x", ("0A000", "SQL command LISTEN/NOTIFY not supported"), "COMMENT ON SCHEMA x IS 'LISTEN'"),
        ("SAVEPOINT x", ("0A000", "SQL command SAVEPOINT not supported"), "ROLLBACK"),
        ("CREATE RULE x AS ON INSERT TO y DO NOTHING",
         ("0A000", "SQL command not supported on Redshift tables: CREATE RULE"), "CREATE TABLE rule (a int)"),
        ("CREATE AGGREGATE x (int) (SFUNC = f)", ("0A000", "SQL command not supported on Redshift tables"),
         "CREATE SCHEMA aggregate"),
        ("CREATE TABLE x (a int CHECK (a > 0))",
         ("0A000", "ALTER/CREATE TABLE column CHECK constraint is not supported"), "CREATE TABLE x (check_it int)"),
        ("ALTER TABLE x ADD CONSTRAINT c CHECK (a > 0)",
         ("0A000", "ALTER/CREATE TABLE column CHECK constraint is not supported"), "ALTER TABLE x ADD PRIMARY KEY (a)"),
        ("GRANT CONNECT ON DATABASE dev TO x", ("0LP01", "invalid privilege type CONNECT for database"),
         "GRANT TEMP ON DATABASE dev TO connect"),
        ("SET lock_timeout TO 1", ("42704", 'unrecognized configuration parameter "lock_timeout"'),
         "SET statement_timeout TO 1"),
        ("SELECT E'a'", ("42704", 'type "e" does not exist'), "SELECT 'a' AS e"),
    ],
)  # fmt: skip
def test_what_redshift_refuses_and_postgresql_accepts(refused, error, accepted):
    assert refusal(refused) == error
    assert refusal(accepted) is None


@pytest.mark.parametrize("sql_type", ["serial", "bigserial", "jsonb", "json", "uuid", "int[]", "varchar(10)[]"])
def test_types_that_redshift_does_not_have(sql_type):
    error = ("0A000", f'Column "s.t.b" has unsupported type "{sql_type}".')
    assert refusal(f"CREATE TABLE s.t (a int, b {sql_type} NOT NULL)") == error
    assert refusal(f'ALTER TABLE s.t ADD COLUMN "b" {sql_type}') == error
    assert refusal("CREATE TABLE IF NOT EXISTS s.t (serial int, uuid varchar(36), jsonb SUPER)") is None


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (SQL_FUNCTION.format(""), "VOLATILE, STABLE or IMMUTABLE"),
        (SQL_FUNCTION.format("STABLE").replace("(int)", "(a int)"), "cannot have names"),
        (SQL_FUNCTION.format("STABLE").replace("$$", "'"), "AS $$ ... $$"),
        (SQL_FUNCTION.format("STABLE").replace("sql", "plpgsql"), "plpgsql functions are not supported"),
        (PROCEDURE.format("", "NULL").replace("()", "(a int DEFAULT 1)"), 'at or near "DEFAULT"'),
        (PROCEDURE.format("", "NULL").replace("$$", "'"), "AS $$ ... $$"),
        (PROCEDURE.format("", "NULL").replace("plpgsql", "sql"), "LANGUAGE plpgsql only"),
    ],
)
def test_routines_that_are_refused(sql, text):
    found = refusal(sql)
    assert found is not None
    assert text in found[1]


@pytest.mark.parametrize(
    "sql",
    [
        SQL_FUNCTION.format("STABLE"),
        SQL_FUNCTION.format("IMMUTABLE").replace(
            "(int)", "(DOUBLE PRECISION, numeric(5, 2), timestamp with time zone)"
        ),
        SQL_FUNCTION.format("VOLATILE").replace("(int)", "()"),
        SQL_FUNCTION.format("VOLATILE").replace("(int)", "(a int)").replace("sql", "plpythonu"),
        PROCEDURE.format("", "NULL").replace("()", "(a int, INOUT b varchar(10))"),
        PROCEDURE.format("NONATOMIC", "NULL"),
    ],
)
def test_routines_that_are_accepted(sql):
    assert refusal(sql) is None


def test_python_functions_from_patch_198_on():
    python = SQL_FUNCTION.format("STABLE").replace("sql", "plpythonu")
    assert refusal(python) is None
    assert "1.0.204436" in PATCH_198["version"]
    for sql in (python, python.replace("LANGUAGE plpythonu", "LANGUAGE 'plpythonu'")):
        assert refusal(sql, **PATCH_198) == ("0A000", ProxySwitches().python_functions_text)
    assert refusal("GRANT USAGE ON LANGUAGE plpythonu TO x", **PATCH_198) is None
    assert refusal(SQL_FUNCTION.format("STABLE"), **PATCH_198) is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Immuta1", "between 8 and 64"),
        ("I1" + "x" * 63, "between 8 and 64"),
        ("immuta1x", "uppercase"),
        ("IMMUTA1X", "lowercase"),
        ("Immutaxx", "number"),
        *((f"Immuta1x{character}", "not allowed") for character in "'\"\\/@ \u00e9"),
    ],
)
def test_passwords_that_are_refused(password, fault):
    assert fault in (password_fault(password) or "")


@pytest.mark.parametrize("password", [GOOD_PASSWORD, "Immuta1x", "md5" + "0" * 32, "sha256|x", "I1" + "x" * 62])
def test_passwords_that_are_accepted(password):
    assert password_fault(password) is None


@pytest.mark.parametrize(
    "sql",
    [
        "/* c; */ GRANT SELECT ON a TO b; -- ' \nSELECT 'x;y', $$ SYSDATE; $$",
        "SELECT * FROM role",
        "DELETE FROM role WHERE role.a = 1",
        "ALTER TABLE t RENAME COLUMN a TO role",
        "GRANT SELECT ON t TO role",
        "GRANT SELECT ON role TO x WITH GRANT OPTION",
        "CREATE VIEW v AS SELECT encode, diststyle, t.sysdate, distkey, sortkey FROM t",
        "CREATE VIEW v AS SELECT 1 AS sysdate",
        "CREATE TABLE t (sysdate timestamp, diststyle varchar(8), encode int)",
        "SELECT a # 5 FROM t",
        "PREPARE p(int, int) AS SELECT 1 WHERE 1 IN ($1,$2)",
        "TRUNCATE t",
        "CALL p()",
    ],
)
def test_statements_that_are_sent_as_they_are(sql):
    assert verdict(sql).sql == sql


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("GRANT ROLE r, ROLE q TO ROLE s", "GRANT r, q TO s"),
        ("REVOKE ROLE r FROM u", "REVOKE r FROM u"),
        ("GRANT SELECT ON role TO ROLE role", "GRANT SELECT ON role TO role"),
        ("GRANT SELECT ON t TO a, ROLE b, GROUP c", "GRANT SELECT ON t TO a, b, GROUP c"),
        ("GRANT CREATE USER, DROP  USER TO ROLE r",
         'GRANT "system privilege: CREATE USER", "system privilege: DROP USER" TO r'),
        ("DROP DATABASE x FORCE", "DROP DATABASE x WITH (FORCE)"),
        ("DROP USER IF EXISTS a, \"B\"", "CALL redshift_proxy.drop_users(ARRAY[E'a', E'B'], True)"),
        ("CREATE TABLE t (a int ENCODE zstd DISTKEY, b int SORTKEY) BACKUP NO DISTSTYLE KEY",
         "CREATE TABLE t (a int, b int) "),
        ("CREATE TABLE t (a int) SORTKEY AUTO", "CREATE TABLE t (a int)"),
        ("CREATE TABLE #Tmp (a int)", 'CREATE TEMP TABLE "#tmp" (a int)'),
        ("SELECT a FROM #Tmp, #b", 'SELECT a FROM "#tmp", "#b"'),
        ("SELECT TOP 5 a FROM t", "SELECT a FROM t LIMIT 5"),
        ("SELECT NVL(a, 'NVL(') FROM t MINUS SELECT 1", "SELECT COALESCE(a, 'NVL(') FROM t EXCEPT SELECT 1"),
        ("SELECT DATEADD(day, 1, SYSDATE), GETDATE()", "SELECT redshift_proxy.dateadd('day', 1, now()), now()"),
        ("ANALYZE t PREDICATE COLUMNS", "ANALYZE t"),
        ("ALTER USER u SET enable_case_sensitive_identifier TO true",
         "ALTER USER u SET redshift.enable_case_sensitive_identifier TO true"),
        # names
        ('CREATE GROUP "Abc"', 'CREATE GROUP "abc"'),
        ('CREATE GROUP "Abc" WITH USER "MixU", "Other"', 'CREATE GROUP "abc" WITH USER "MixU", "Other"'),
        ('ALTER GROUP "Abc" ADD USER "MixU"', 'ALTER GROUP "abc" ADD USER "MixU"'),
        ('GRANT USAGE ON SCHEMA "S" TO "MixU", GROUP "Abc", ROLE "R"',
         'GRANT USAGE ON SCHEMA "s" TO "MixU", GROUP "abc", "r"'),
        ('GRANT ROLE "R" TO "MixU"', 'GRANT "r" TO "MixU"'),
        ("CREATE USER \"MixU\" PASSWORD DISABLE IN GROUP \"A\", \"B\"",
         'CREATE USER "MixU" PASSWORD NULL IN GROUP "a", "b"'),
        ('ALTER TABLE "T" OWNER TO "MixU"', 'ALTER TABLE "t" OWNER TO "MixU"'),
        ('CREATE SCHEMA "S" AUTHORIZATION "MixU"', 'CREATE SCHEMA "s" AUTHORIZATION "MixU"'),
        ("SELECT \"A\" FROM \"T\" WHERE b = '\"Literal\"'", "SELECT \"a\" FROM \"t\" WHERE b = '\"Literal\"'"),
    ],
)  # fmt: skip
def test_statements_that_are_rewritten(sql, sent):
    assert verdict(sql).sql == sent
    assert refusal(sql) is None


@pytest.mark.parametrize(
    ("sql", "tag"),
    [
        ("ALTER TABLE t ALTER DISTSTYLE ALL", "ALTER TABLE"),
        ("ALTER TABLE t ALTER COMPOUND SORTKEY (a)", "ALTER TABLE"),
        ("ATTACH RLS POLICY p ON t TO PUBLIC", "POLICY"),
        ("DETACH MASKING POLICY p ON t(a) FROM PUBLIC", "POLICY"),
        ("CREATE IDENTITY PROVIDER x TYPE azure", "IDENTITY PROVIDER"),
        ("COPY t FROM 's3://b' IAM_ROLE default", "COPY"),
    ],
)
def test_statements_without_effect(sql, tag):
    found = verdict(sql)
    assert (found.sql, found.replies) == ("SET redshift.no_effect TO ''", (tag,))


def test_names_keep_their_case_if_the_session_says_so():
    assert verdict('SELECT "A" FROM "T"', case_sensitive=True).sql == 'SELECT "A" FROM "T"'


def test_bodies_are_rewritten():
    sql = PROCEDURE.format("", 'INSERT INTO "T" VALUES (GETDATE(), \'GETDATE() "T"\')')
    assert 'INSERT INTO "t" VALUES (now(), \'GETDATE() "T"\');' in verdict(sql).sql
    python = SQL_FUNCTION.format("STABLE").replace("sql", "plpythonu").replace("SELECT $1", 'return "A"')
    assert verdict(python).sql == python


def test_truncate_commits_its_transaction():
    for settings, sql in (({"in_transaction": True}, "TRUNCATE t"), ({}, "TRUNCATE t; SELECT 1")):
        found = verdict(sql, **settings)
        assert found.sql.startswith("TRUNCATE t; COMMIT")
        assert found.replies[:2] == ("TRUNCATE TABLE", HIDDEN)
    assert verdict("TRUNCATE t").replies == (None,)


def test_truncate_in_a_procedure_commits():
    assert "TRUNCATE t; CALL redshift_proxy.commit_truncate();" in verdict(PROCEDURE.format("", "TRUNCATE t")).sql
    harmless = PROCEDURE.format("", "PERFORM f('TRUNCATE t')")
    assert verdict(harmless).sql == harmless


@pytest.mark.parametrize(
    ("mode", "body", "end"),
    [
        ("NONATOMIC", "INSERT INTO t VALUES (1); COMMIT", "COMMIT"),
        ("NONATOMIC", "TRUNCATE t", "COMMIT"),
        ("NONATOMIC", "ROLLBACK", "ROLLBACK"),
        ("NONATOMIC", "PERFORM 'COMMIT' -- COMMIT\n", None),
        ("", "COMMIT", None),
    ],
)
def test_nonatomic_procedures_end_the_transaction_of_their_caller(mode, body, end):
    facts = verdict(PROCEDURE.format(mode, body)).facts
    assert facts == {(NONATOMIC, "p"): end}
    assert verdict('CALL s."P"()', in_transaction=True, facts=facts).before == end
    assert verdict("CALL p()", facts=facts).before is None


def test_facts_about_users():
    assert verdict("CREATE USER u PASSWORD 'sha256|x'").facts == {(DIGEST_USER, "u"): True}
    assert verdict("ALTER USER \"U\" PASSWORD 'Immuta1x'").facts == {(DIGEST_USER, "U"): False}
    setting = "enable_case_sensitive_identifier"
    assert verdict(f"ALTER USER u SET {setting} TO on").facts == {(CASE_SENSITIVE_USER, "u"): True}
    assert verdict(f"ALTER USER u RESET {setting}").facts == {(CASE_SENSITIVE_USER, "u"): False}


@pytest.mark.parametrize("sql", ["SELECT 'never ends", "SELECT $a$ x; CREATE INDEX i ON t (a)", "/* x"])
def test_an_unreadable_message_is_guarded(sql):
    found = verdict(sql)
    assert found.refusal is not None
    assert found.sql == found.sql[: found.offset] + sql
    assert found.sql.startswith("DO $proxy$BEGIN RAISE EXCEPTION")


def test_a_refusal_survives_any_text():
    refused = Refusal("42601", "it's \\ % $proxy$", detail="'\n$proxy$", hint="$$")
    assert refused.as_sql().count("$proxy$") == 2
    assert refused.as_sql().count("'") == 2 + 3 * 6
