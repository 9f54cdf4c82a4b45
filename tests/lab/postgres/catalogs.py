# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Redshift cluster has and a new PostgreSQL does not, as SQL for the template of all databases.

Roles represent what is shared by all databases of a cluster: the system privileges, each a role whose members have
it, and dropped users to which objects of other databases still refer. Functions in LANGUAGE plpythonu can be created,
not run.
"""

from __future__ import annotations

#: Prefixes of roles.
SYSTEM_PRIVILEGE_ROLE = "system privilege: "
DROPPED_USER = "dropped user: "
SYSTEM_PRIVILEGES = (
    "CREATE USER", "DROP USER", "ALTER USER", "CREATE DATABASE", "DROP DATABASE", "ALTER DATABASE", "CREATE SCHEMA",
    "DROP SCHEMA", "ALTER DEFAULT PRIVILEGES", "CREATE TABLE", "DROP TABLE", "ALTER TABLE", "TRUNCATE TABLE",
    "CREATE OR REPLACE FUNCTION", "DROP FUNCTION", "CREATE OR REPLACE PROCEDURE", "DROP PROCEDURE",
    "CREATE OR REPLACE VIEW", "DROP VIEW", "CREATE LIBRARY", "DROP LIBRARY", "CREATE DATASHARE", "ALTER DATASHARE",
    "DROP DATASHARE", "CREATE ROLE", "DROP ROLE", "ACCESS CATALOG", "ACCESS SYSTEM TABLE", "VACUUM", "ANALYZE",
    "CANCEL", "IGNORE RLS", "EXPLAIN RLS", "EXPLAIN MASKING",
)  # fmt: skip

#: Catalogs, functions and the language that Redshift has and PostgreSQL does not, as far as an integration needs them.
CATALOGS = f"""
CREATE VIEW pg_catalog.svv_redshift_databases AS
    SELECT datname::varchar(128) AS database_name, datdba::int AS database_owner, 'local'::varchar(32) AS database_type,
           datacl::text AS database_acl, NULL::varchar(128) AS database_options,
           'Snapshot Isolation'::varchar(128) AS database_isolation_level
    FROM pg_database WHERE datname NOT IN ('postgres', 'template0');
CREATE VIEW pg_catalog.svv_redshift_schemas AS
    SELECT current_database()::varchar(128) AS database_name, nspname::varchar(128) AS schema_name,
           nspowner::int AS schema_owner, 'local'::varchar(128) AS schema_type, nspacl::text AS schema_acl,
           NULL::varchar(128) AS schema_option
    FROM pg_namespace;
CREATE VIEW pg_catalog.svv_all_schemas AS SELECT * FROM pg_catalog.svv_redshift_schemas;
CREATE OR REPLACE VIEW pg_catalog.pg_group AS
    SELECT rolname AS groname, oid AS grosysid,
           ARRAY(SELECT member FROM pg_auth_members WHERE roleid = pg_authid.oid) AS grolist
    FROM pg_authid WHERE NOT rolcanlogin AND rolname NOT LIKE 'pg\\_%'
        AND rolname NOT LIKE '{SYSTEM_PRIVILEGE_ROLE}%' AND rolname NOT LIKE '{DROPPED_USER}%';
CREATE VIEW pg_catalog.svv_roles AS
    SELECT oid::int AS role_id, rolname::varchar(128) AS role_name, 'rdsdb'::varchar(128) AS role_owner,
           NULL::text AS external_id
    FROM pg_roles WHERE NOT rolcanlogin AND rolname NOT LIKE 'pg\\_%'
        AND rolname NOT LIKE '{SYSTEM_PRIVILEGE_ROLE}%' AND rolname NOT LIKE '{DROPPED_USER}%';
CREATE VIEW pg_catalog.svv_user_info AS
    SELECT usename::varchar(128) AS user_name, usesysid::int AS user_id, usecreatedb AS createdb, usesuper AS superuser
    FROM pg_user;
CREATE VIEW pg_catalog.pg_user_info AS
    SELECT usename, usesysid, usecreatedb, usesuper, false AS usecatupd, passwd, valuntil, useconfig,
           'UNLIMITED'::text AS useconnlimit
    FROM pg_user;
CREATE VIEW pg_catalog.pg_proc_info AS SELECT oid AS prooid, * FROM (SELECT p.* FROM pg_proc p) AS procedures;
CREATE VIEW pg_catalog.svv_tables AS
    SELECT table_catalog, table_schema, table_name, table_type, NULL::varchar(128) AS remarks
    FROM information_schema.tables;
CREATE VIEW pg_catalog.svv_system_privileges AS
    SELECT substr(privilege.rolname, {len(SYSTEM_PRIVILEGE_ROLE) + 1})::text AS system_privilege,
           identity.oid::int AS identity_id, identity.rolname::text AS identity_name,
           CASE WHEN identity.rolcanlogin THEN 'user' ELSE 'role' END AS identity_type
    FROM pg_auth_members
    JOIN pg_roles AS privilege ON privilege.oid = roleid AND privilege.rolname LIKE '{SYSTEM_PRIVILEGE_ROLE}%'
    JOIN pg_roles AS identity ON identity.oid = member
    WHERE pg_has_role(member, 'MEMBER');
GRANT SELECT ON pg_catalog.svv_system_privileges, pg_catalog.svv_redshift_databases,
    pg_catalog.svv_redshift_schemas, pg_catalog.svv_all_schemas,
    pg_catalog.svv_roles, pg_catalog.svv_user_info, pg_catalog.pg_user_info, pg_catalog.pg_proc_info,
    pg_catalog.svv_tables TO PUBLIC;
CREATE SCHEMA redshift_proxy;
GRANT USAGE ON SCHEMA redshift_proxy TO PUBLIC;
CREATE FUNCTION redshift_proxy.version() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT current_setting('redshift.version', true) $$;
CREATE FUNCTION redshift_proxy.dateadd(part text, amount bigint, at timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE
    AS $$ SELECT at + (amount || ' ' || part)::interval $$;
CREATE FUNCTION pg_catalog.len(text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT length($1) $$;
CREATE FUNCTION pg_catalog.json_parse(text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT $1::jsonb $$;
CREATE PROCEDURE redshift_proxy.commit_truncate() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
CREATE PROCEDURE redshift_proxy.drop_users(names text[], if_exists boolean) LANGUAGE plpgsql AS $$
DECLARE
    name text;
    user_id oid;
    dependency text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        user_id := (SELECT oid FROM pg_roles WHERE rolname = name AND rolcanlogin);
        IF user_id IS NULL AND if_exists THEN
            RAISE NOTICE 'user "%" does not exist, skipping', name;
            CONTINUE;
        ELSIF user_id IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('user "%s" does not exist', name);
        END IF;
        dependency := (
            SELECT CASE min(deptype::text) WHEN 'a' THEN 'has a privilege on' ELSE 'owns' END
            FROM pg_shdepend JOIN pg_database ON datname = current_database()
            WHERE refclassid = 'pg_authid'::regclass AND refobjid = user_id AND deptype IN ('a', 'o')
                AND dbid IN (0, pg_database.oid) HAVING count(*) > 0
        );
        IF dependency IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = '55006',
                MESSAGE = format('user "%s" can''t be dropped because the user %s some object', name, dependency);
        END IF;
        BEGIN
            EXECUTE format('DROP ROLE %I', name);
        EXCEPTION WHEN dependent_objects_still_exist THEN  -- in another database, where Redshift does not look
            EXECUTE format('ALTER ROLE %I NOLOGIN', name);
            EXECUTE format('ALTER ROLE %I RENAME TO %I', name, '{DROPPED_USER}' || user_id);
        END;
    END LOOP;
END $$;
CREATE TRUSTED LANGUAGE plpythonu HANDLER plpgsql_call_handler;
REVOKE USAGE ON LANGUAGE plpythonu FROM PUBLIC;
"""


def system_privilege_roles() -> list[str]:
    """Return the names of the roles that stand for system privileges."""
    return [SYSTEM_PRIVILEGE_ROLE + name for name in SYSTEM_PRIVILEGES]
