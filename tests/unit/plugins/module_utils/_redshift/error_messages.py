# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements with a secret, and the messages of the server about them.

The messages are those of PostgreSQL 15 with ``standard_conforming_strings=off``, those of the last rows Amazon
Redshift's by its documentation. Each shows the secret, or a part of it.
"""

from __future__ import annotations

SECRET = "Zq7Secret9"

#: name, statement, message
LEAKING = [
    ("plain as int", "SELECT 'Zq7Secret9'::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("plain as date", "SELECT 'Zq7Secret9'::date", 'invalid input syntax for type date: "Zq7Secret9"'),
    (
        "escaped quote as int",
        "SELECT 'Zq7Secret9\\'tail'::int",
        'invalid input syntax for type integer: "Zq7Secret9\'tail"',
    ),
    (
        "escaped quote as date",
        "SELECT 'Zq7Secret9\\'tail'::date",
        'invalid input syntax for type date: "Zq7Secret9\'tail"',
    ),
    (
        "doubled quote as int",
        "SELECT 'Zq7Secret9''tail'::int",
        'invalid input syntax for type integer: "Zq7Secret9\'tail"',
    ),
    (
        "backslash as int",
        "SELECT 'Zq7Secret9\\\\tail'::int",
        'invalid input syntax for type integer: "Zq7Secret9\\tail"',
    ),
    (
        "line feed as int",
        "SELECT 'Zq7Secret9\\ntail'::int",
        'invalid input syntax for type integer: "Zq7Secret9\ntail"',
    ),
    ("tab as int", "SELECT 'Zq7Secret9\\ttail'::int", 'invalid input syntax for type integer: "Zq7Secret9\ttail"'),
    ("octal as int", "SELECT 'Zq7Secret9\\041'::int", 'invalid input syntax for type integer: "Zq7Secret9!"'),
    ("octal inside as int", "SELECT 'Zq7\\123ecret9'::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("octal inside as date", "SELECT 'Zq7\\123ecret9'::date", 'invalid input syntax for type date: "Zq7Secret9"'),
    ("hexadecimal as int", "SELECT 'Zq7\\x53ecret9'::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("useless backslash as int", "SELECT 'Zq7Se\\cret9'::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    (
        "line break as int",
        "SELECT 'Zq7Secret9\nsecond'::int",
        'invalid input syntax for type integer: "Zq7Secret9\nsecond"',
    ),
    ("E as int", "SELECT E'Zq7Secret9'::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("E unicode as int", "SELECT E'Zq7\\u0053ecret9'::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("dollar as int", "SELECT $$Zq7Secret9$$::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("tagged as int", "SELECT $t$Zq7Secret9$t$::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("in two lines as int", "SELECT 'Zq7Se'\n'cret9'::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("blanks as int", "SELECT '  Zq7Secret9  '::int", 'invalid input syntax for type integer: "  Zq7Secret9  "'),
    (
        "words as int",
        "SELECT 'two Zq7Secret9 words'::int",
        'invalid input syntax for type integer: "two Zq7Secret9 words"',
    ),
    ("boolean", "SELECT CAST('Zq7Secret9' AS boolean)", 'invalid input syntax for type boolean: "Zq7Secret9"'),
    ("numeric", "SELECT 'Zq7Secret9'::numeric", 'invalid input syntax for type numeric: "Zq7Secret9"'),
    ("interval", "SELECT 'Zq7Secret9'::interval", 'invalid input syntax for type interval: "Zq7Secret9"'),
    ("timestamp", "SELECT 'Zq7Secret9'::timestamp", 'invalid input syntax for type timestamp: "Zq7Secret9"'),
    ("inet", "SELECT 'Zq7Secret9'::inet", 'invalid input syntax for type inet: "Zq7Secret9"'),
    ("bit", "SELECT 'Zq7Secret9'::bit(3)", '"Z" is not a valid binary digit'),
    ("oid", "SELECT 'Zq7Secret9'::oid", 'invalid input syntax for type oid: "Zq7Secret9"'),
    ("uuid", "SELECT 'Zq7Secret9'::uuid", 'invalid input syntax for type uuid: "Zq7Secret9"'),
    ("regclass", "SELECT 'Zq7Secret9'::regclass", 'relation "zq7secret9" does not exist'),
    ("regproc", "SELECT 'Zq7Secret9'::regproc", 'function "Zq7Secret9" does not exist'),
    ("regrole", "SELECT 'Zq7Secret9'::regrole", 'role "zq7secret9" does not exist'),
    ("to_date", "SELECT to_date('Zq7Secret9', 'YYYY-MM-DD')", 'invalid value "Zq7S" for "YYYY"'),
    (
        "date_part",
        "SELECT date_part('Zq7Secret9', now())",
        'unit "zq7secret9" not recognized for type timestamp with time zone',
    ),
    ("encode", "SELECT encode('a', 'Zq7Secret9')", 'unrecognized encoding: "Zq7Secret9"'),
    ("current_setting", "SELECT current_setting('Zq7Secret9')", 'unrecognized configuration parameter "Zq7Secret9"'),
    ("encoding", "SET client_encoding TO 'Zq7Secret9'", 'invalid value for parameter "client_encoding": "Zq7Secret9"'),
    ("date style", "SET DateStyle TO 'Zq7Secret9'", 'invalid value for parameter "DateStyle": "Zq7Secret9"'),
    ("role", "SET ROLE 'Zq7Secret9'", 'role "Zq7Secret9" does not exist'),
    (
        "isolation",
        "SET default_transaction_isolation TO 'Zq7Secret9'",
        'invalid value for parameter "default_transaction_isolation": "Zq7Secret9"',
    ),
    ("nextval", "SELECT nextval('Zq7Secret9')", 'relation "zq7secret9" does not exist'),
    (
        "has_table_privilege",
        "SELECT has_table_privilege('Zq7Secret9', 'select')",
        'relation "zq7secret9" does not exist',
    ),
    ("privilege", "SELECT has_table_privilege('pg_class', 'Zq7Secret9')", 'unrecognized privilege type: "Zq7Secret9"'),
    ("has user", "SELECT has_schema_privilege('Zq7Secret9', 'public', 'usage')", 'role "Zq7Secret9" does not exist'),
    ("array", "SELECT '{Zq7Secret9}'::int[]", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("array of two", "SELECT '{1,Zq7Secret9}'::int[]", 'invalid input syntax for type integer: "Zq7Secret9"'),
    (
        "substring",
        "SELECT substring('pw=Zq7Secret9;' from 4 for 10)::int",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "half of it",
        "SELECT substring('pw=Zq7Secret9;' from 7 for 6)::int",
        'invalid input syntax for type integer: "Secret"',
    ),
    ("trim", "SELECT trim('  Zq7Secret9  ')::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    (
        "json element",
        "SELECT ('{\"a\":\"Zq7Secret9\"}'::json ->> 'a')::int",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "split_part",
        "SELECT split_part('a;Zq7Secret9;b', ';', 2)::int",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "connection string",
        "SELECT split_part('host=h password=Zq7Secret9 user=u', 'password=', 2)::int",
        'invalid input syntax for type integer: "Zq7Secret9 user=u"',
    ),
    (
        "URL",
        "SELECT split_part('postgres://u:Zq7Secret9@h/d', ':', 3)::int",
        'invalid input syntax for type integer: "Zq7Secret9@h/d"',
    ),
    ("upper", "SELECT upper('Zq7Secret9')::int", 'invalid input syntax for type integer: "ZQ7SECRET9"'),
    ("lower", "SELECT lower('Zq7Secret9')::int", 'invalid input syntax for type integer: "zq7secret9"'),
    ("replace", "SELECT replace('Zq7xSecret9', 'x', '')::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("lpad", "SELECT lpad('Zq7Secret9', 12, '0')::int", 'invalid input syntax for type integer: "00Zq7Secret9"'),
    (
        "string_to_array",
        "SELECT (string_to_array('a,Zq7Secret9', ','))[2]::int",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "regexp_replace",
        "SELECT regexp_replace('<Zq7Secret9>', '[<>]', '', 'g')::int",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    ("reverse", "SELECT reverse('9terceS7qZ')::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("three pieces", "SELECT ('Zq'||'7Sec'||'ret9')::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    (
        "letters",
        "SELECT ('Z'||'q'||'7'||'S'||'e'||'c'||'r'||'e'||'t'||'9')::int",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    ("concat", "SELECT concat('Zq7', 'Secret9')::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    ("one letter", "SELECT 'z'::int", 'invalid input syntax for type integer: "z"'),
    ("two letters", "SELECT 'z9'::int", 'invalid input syntax for type integer: "z9"'),
    ("chr", "SELECT ('Zq7'||chr(83)||'ecret9')::int", 'invalid input syntax for type integer: "Zq7Secret9"'),
    (
        "column of pieces",
        "SELECT ('Zq7'||x)::int FROM (SELECT 'Secret9'::text AS x) y",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "name of pieces",
        "DO $$ BEGIN EXECUTE 'SELECT ' || quote_ident('Zq7' || 'Secret9'); END $$",
        'column "Zq7Secret9" does not exist',
    ),
    (
        "EXECUTE in a body",
        "DO $$ BEGIN EXECUTE 'SELECT ''Zq7Secret9''::int'; END $$",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "EXECUTE, escaped",
        "DO $$ BEGIN EXECUTE 'SELECT \\'Zq7Secret9\\'::int'; END $$",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "EXECUTE, escape in the inner one",
        "DO $$ BEGIN EXECUTE 'SELECT ''Zq7Se\\\\cret9''::int'; END $$",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "EXECUTE of dollars",
        "DO $$ BEGIN EXECUTE $q$SELECT 'Zq7Secret9'::int$q$; END $$",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "EXECUTE of concatenation",
        "DO $$ BEGIN EXECUTE 'SELECT ' || quote_literal('Zq7Secret9') || '::int'; END $$",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "body in quotes",
        "CREATE FUNCTION pg_temp.f() RETURNS int AS 'SELECT ''Zq7Secret9''::int' LANGUAGE sql",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "body in E quotes",
        "CREATE FUNCTION pg_temp.f() RETURNS int AS E'SELECT \\'Zq7Secret9\\'::int' LANGUAGE sql",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "body in quotes, DO",
        "DO 'BEGIN PERFORM ''Zq7Secret9''::int; END'",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "two levels",
        "DO 'BEGIN EXECUTE ''SELECT ''''Zq7Secret9''''::int''; END'",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "three levels",
        "DO 'BEGIN EXECUTE ''DO ''''BEGIN PERFORM ''''''''Zq7Secret9''''''''::int; END''''''; END'",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "assignment in a body",
        "DO $$ DECLARE x int; BEGIN x := 'Zq7Secret9'; END $$",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "default in a body",
        "DO $$ DECLARE x int := 'Zq7Secret9'; BEGIN NULL; END $$",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "body of SQL",
        "CREATE FUNCTION pg_temp.f() RETURNS int AS $$ SELECT 'Zq7Secret9'::int $$ LANGUAGE sql",
        'invalid input syntax for type integer: "Zq7Secret9"',
    ),
    (
        "body, wrong column",
        "CREATE FUNCTION f() AS $$ SELECT \"Zq7Secret9\" FROM pg_class WHERE 'a' = 'Zq7Secret9' $$ LANGUAGE sql",
        'column "Zq7Secret9" does not exist',
    ),
    ("RAISE", "DO $$ BEGIN RAISE EXCEPTION 'no Zq7Secret9 here'; END $$", "no Zq7Secret9 here"),
    ("RAISE of a value", "DO $$ BEGIN RAISE EXCEPTION 'no % here', 'Zq7Secret9'; END $$", "no Zq7Secret9 here"),
    ("RAISE of pieces", "DO $$ BEGIN RAISE EXCEPTION '%', 'Zq7' || 'Secret9'; END $$", "Zq7Secret9"),
    (
        "RAISE using",
        "DO $$ BEGIN RAISE USING message = 'it is Zq7Secret9', errcode = '22000'; END $$",
        "it is Zq7Secret9",
    ),
    (
        "RAISE between words",
        "DO $$ DECLARE p text := 'Zq7Secret9'; BEGIN RAISE EXCEPTION 'pw=%;x', p; END $$",
        "pw=Zq7Secret9;x",
    ),
    ("no quotes", "CREATE USER u PASSWORD Zq7Secret9", 'syntax error at or near "Zq7Secret9"'),
    ("no quotes, upper case", "CREATE USER u PASSWORD ZQ7SECRET9", 'syntax error at or near "ZQ7SECRET9"'),
    ("no quotes, letters alone", "CREATE USER u PASSWORD ZQSECRETX", 'syntax error at or near "ZQSECRETX"'),
    ("double quotes", 'CREATE USER u PASSWORD "Zq7Secret9"', 'syntax error at or near ""Zq7Secret9""'),
    (
        "double quotes, quote inside",
        'CREATE USER u PASSWORD "Zq7""Secret9"',
        'syntax error at or near ""Zq7""Secret9""',
    ),
    (
        "double quotes and a group",
        "CREATE USER u PASSWORD \"Zq7Secret9\" IN GROUP 'Zq7'",
        'syntax error at or near ""Zq7Secret9""',
    ),
    ("two literals", "CREATE USER u PASSWORD 'a' 'Zq7Secret9'", "syntax error at or near \"'Zq7Secret9'\""),
    (
        "body with an open quote",
        "CREATE FUNCTION pg_temp.f() RETURNS int AS $$ SELECT 'abc Zq7Secret9 $$ LANGUAGE sql",
        'unterminated quoted string at or near "\'abc Zq7Secret9 "',
    ),
    (
        "body with an open quote and a name",
        'CREATE FUNCTION pg_temp.f() RETURNS int AS $$ SELECT \'abc "x" Zq7Secret9 $$ LANGUAGE sql',
        'unterminated quoted string at or near "\'abc "x" Zq7Secret9 "',
    ),
    (
        "body with an open name",
        'CREATE FUNCTION pg_temp.f() RETURNS int AS $$ SELECT "abc Zq7Secret9 $$ LANGUAGE sql',
        'unterminated quoted identifier at or near ""abc Zq7Secret9 "',
    ),
    (
        "body with an open comment",
        'CREATE FUNCTION pg_temp.f() RETURNS int AS $$ SELECT /* "x" Zq7Secret9 $$ LANGUAGE sql',
        'unterminated /* comment at or near "/* "x" Zq7Secret9 "',
    ),
    (
        "body with an open dollar",
        "CREATE FUNCTION pg_temp.f() RETURNS int AS $a$ SELECT $$Zq7Secret9 $a$ LANGUAGE sql",
        'unterminated dollar-quoted string at or near "$$Zq7Secret9 "',
    ),
    (
        "EXECUTE, near",
        "DO $$ BEGIN EXECUTE 'ALTER USER u PASSWORD Zq7Secret9'; END $$",
        'syntax error at or near "Zq7Secret9"',
    ),
    (
        "EXECUTE, near double quotes",
        "DO $$ BEGIN EXECUTE 'ALTER USER u PASSWORD \"Zq7Secret9\"'; END $$",
        'syntax error at or near ""Zq7Secret9""',
    ),
    ("near in E quotes", "SELECT 'a' E'Zq7Secret9'", "syntax error at or near \"E'Zq7Secret9'\""),
    ("near in dollars", "CREATE USER u PASSWORD 'x' $$Zq7Secret9$$", 'syntax error at or near "$$Zq7Secret9$$"'),
    ("a number before", "SELECT 1 7Secret9 Zq7", 'trailing junk after numeric literal at or near "7Secret9"'),
    ("SET without quotes", "SET x TO Zq7 Secret9", 'syntax error at or near "Secret9"'),
    ("role", "GRANT SELECT ON pg_class TO 'Zq7Secret9'", "syntax error at or near \"'Zq7Secret9'\""),
    (
        "invalid date in VALID UNTIL",
        "CREATE USER u PASSWORD 'x' VALID UNTIL 'Zq7Secret9'",
        'invalid input syntax for type timestamp with time zone: "Zq7Secret9"',
    ),
    ("database", "CREATE DATABASE d ENCODING 'Zq7Secret9'", "Zq7Secret9 is not a valid encoding name"),
    ("template", "CREATE DATABASE d LOCALE 'Zq7Secret9'", 'invalid locale name: "Zq7Secret9"'),
    (
        "language",
        "CREATE FUNCTION pg_temp.f() RETURNS int AS 'x' LANGUAGE 'Zq7Secret9'",
        'language "Zq7Secret9" does not exist',
    ),
    (
        "collation",
        "SELECT 'a' COLLATE \"Zq7Secret9\" || 'Zq7Secret9'",
        'collation "Zq7Secret9" for encoding "UTF8" does not exist',
    ),
    (
        "copy",
        "COPY pg_class TO '/nowhere/Zq7Secret9'",
        'could not open file "/nowhere/Zq7Secret9" for writing: No such file or directory',
    ),
    ("copy option", "COPY pg_class TO STDOUT WITH (FORMAT 'Zq7Secret9')", 'COPY format "Zq7Secret9" not recognized'),
    (
        "file",
        "SELECT pg_read_file('Zq7Secret9')",
        'could not open file "Zq7Secret9" for reading: No such file or directory',
    ),
    (
        "load error of Redshift",
        "COPY t FROM 's3://bucket/Zq7Secret9' CREDENTIALS 'aws_secret_access_key=Zq7Secret9'",
        "S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey,Rid A1,ExtRid x/y,CanRetry 1, s3://bucket/Zq7Secret9",
    ),
    (
        "credentials of Redshift",
        "COPY t FROM 's3://b' CREDENTIALS 'aws_access_key_id=AKIA;aws_secret_access_key=Zq7Secret9'",
        "Invalid credentials. It was 'aws_access_key_id=AKIA;aws_secret_access_key=Zq7Secret9'",
    ),
    ("digit of Redshift", "SELECT 'Zq7Secret9'::int", "Invalid digit, Value 'Zq7Secret9', Pos 0, Type: Integer"),
    (
        "UNLOAD of a query",
        "UNLOAD ('SELECT ''Zq7Secret9''::int') TO 's3://b'",
        'invalid input syntax for integer: "Zq7Secret9"',
    ),
    (
        "UNLOAD, escaped",
        "UNLOAD ('SELECT \\'Zq7Secret9\\'::date') TO 's3://b'",
        "Error converting text to date Zq7Secret9",
    ),
    ("at character", 'CREATE USER u PASSWORD "Zq7Secret9"', 'syntax error at or near ""Zq7Secret9"" at character 24'),
    ("password in double quotes as a name", 'ALTER USER u PASSWORD "Zq7Secret9"', 'column "Zq7Secret9" does not exist'),
]

#: statement, message: nothing in them is secret, and nothing of the message may be lost
HARMLESS = [
    ("CREATE USER u PASSWORD 'Zq7Secret9'", 'user "u" already exists'),
    ("CREATE USER \"Immuta_Sys\" PASSWORD 'x'", 'user "Immuta_Sys" already exists'),
    ("CREATE USER immuta PASSWORD 'immuta1X'", 'user "immuta" already exists'),
    ("GRANT USAGE ON SCHEMA s TO u", 'schema "s" does not exist'),
    ("SELECT * FROM t WHERE a = 'UPDATE, permission denied for relation t'", "permission denied for relation t"),
    (
        "CREATE PROCEDURE p() AS $$ BEGIN UPDATE t SET a = 'UPDATE'; END $$ LANGUAGE plpgsql",
        "tuple concurrently updated",
    ),
    ("CREATE FUNCTION f() AS $$ SELECT a FROM s.t WHERE b = 'x' $$ LANGUAGE sql", 'relation "s.t" does not exist'),
    ("SELECT 'with', 'current'", "could not complete because of conflict with concurrent transaction"),
    ("SELECT FROM FROM", 'syntax error at or near "FROM"'),
    ("SELECT )", 'syntax error at or near ")"'),
    ("SELECT 'a' (", "syntax error at end of input"),
    ("COPY t FROM 's3://b' CSV", "Load into table 't' failed. Check 'stl_load_errors' system table for details."),
    ("CREATE DATABASE d", "CREATE DATABASE cannot run inside a transaction block"),
    ("COMMENT ON TABLE s.nowhere IS 'x - y'", 'relation "s.nowhere" does not exist'),
    ("SELECT 1", "1023 Serializable isolation violation on table - 12345, transactions forming the cycle are: 1, 2"),
]
