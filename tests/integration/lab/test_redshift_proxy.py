# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Redshift-like proxy shows and refuses what Redshift does, to both drivers."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
import typing as t

import psycopg
import psycopg2
import pytest

from tests.lab.client import LabClient
from tests.lab.redshift_proxy.switches import PATCH_198, ProxySwitches

GOOD_PASSWORD = "Immuta1x%$;"
DRIVERS = ("psycopg3", "psycopg2")
ERRORS = (psycopg.Error, psycopg2.Error)
Rows = list[tuple[t.Any, ...]]


class Client:
    """A connection through the proxy, the same for both drivers."""

    def __init__(self, lab: LabClient, driver: str) -> None:
        self.lab, self.driver = lab, driver
        self.module: t.Any = psycopg if driver == "psycopg3" else psycopg2
        self.open: list[t.Any] = []

    def connect(self, **changes: t.Any) -> t.Any:
        """Connect as the admin with verified TLS, unless other options are set."""
        lab = self.lab
        options = {
            "host": lab.redshift_host, "port": lab.redshift_port, "user": lab.redshift_admin_user,
            "password": lab.redshift_admin_password, "dbname": lab.redshift_initial_database,
            "sslmode": "verify-full", "sslrootcert": lab.redshift_ca_cert, "gssencmode": "disable",
        } | changes  # fmt: skip
        extra = {"cursor_factory": psycopg.ClientCursor} if self.driver == "psycopg3" else {}
        connection = self.module.connect(**{k: v for k, v in options.items() if v is not None}, **extra)
        connection.autocommit = True
        self.open.append(connection)
        return connection

    def close(self) -> None:
        """Close every connection that was opened."""
        for connection in self.open:
            connection.close()

    def run(self, sql: str, connection: t.Any = None) -> Rows:
        """Run one message and return the rows."""
        cursor = (connection or self.connect()).cursor()
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []

    def error(self, sql: str, connection: t.Any = None) -> tuple[str | None, str]:
        """Run one message that must fail; return its SQLSTATE and its message."""
        with pytest.raises(ERRORS) as caught:
            self.run(sql, connection)
        value: t.Any = caught.value
        return value.diag.sqlstate, value.diag.message_primary or str(value)

    def login_error(self, **changes: t.Any) -> str:
        """Make a login that must fail; return the text."""
        with pytest.raises(ERRORS) as caught:
            self.connect(**changes)
        return str(caught.value)


@pytest.fixture(params=DRIVERS)
def client(lab: LabClient, request: pytest.FixtureRequest) -> t.Iterator[Client]:
    """A client with each driver."""
    with contextlib.closing(Client(lab, request.param)) as client:
        yield client


def test_it_looks_like_redshift(client: Client) -> None:
    connection = client.connect()
    assert client.run("SELECT version()", connection)[0][0] == ProxySwitches().version
    assert "Redshift" in client.run("select 'version()' || version() from pg_class limit 1", connection)[0][0]
    report = connection.info.parameter_status if client.driver == "psycopg3" else connection.get_parameter_status
    assert (report("server_version"), report("server_encoding")) == ("8.0.2", "UNICODE")
    assert report("client_encoding") == "UNICODE"
    assert report("padb_revision")
    assert report("standard_conforming_strings") is None
    assert client.run("SELECT usename, usecreatedb, usesuper FROM pg_user WHERE usename = 'awsuser'", connection) == [
        ("awsuser", True, True)
    ]
    assert ("dev",) in client.run("SELECT database_name FROM svv_redshift_databases", connection)


def test_client_encoding_is_as_requested(client: Client) -> None:
    connection = client.connect(client_encoding="UTF8")
    assert client.run("SELECT 'Zürich ☃'", connection) == [("Zürich ☃",)]
    assert client.run("SHOW client_encoding", connection) == [("UTF8",)]


def test_tls(client: Client) -> None:
    client.connect()
    assert client.lab.proxy_log()["connections"][-1]["tls"]
    client.connect(sslmode="disable")
    assert not client.lab.proxy_log()["connections"][-1]["tls"]
    client.lab.proxy_switches(require_ssl=True)
    client.connect(sslmode="require", sslrootcert=None)
    assert "SSL off" in client.login_error(sslmode="disable")


def test_tls_is_verified(client: Client, tmp_path_factory: pytest.TempPathFactory) -> None:
    import trustme

    foreign = tmp_path_factory.mktemp("ca") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(foreign))
    assert "certificate verify failed" in client.login_error(sslrootcert=str(foreign))
    assert client.run("SELECT 1", client.connect(host="localhost", hostaddr="127.0.0.1")) == [(1,)]


def test_logins(client: Client) -> None:
    assert 'password authentication failed for user "awsuser"' in client.login_error(password="wrong")
    assert client.lab.proxy_log()["connections"][-1]["sqlstate"] == "28000"
    assert 'database "nowhere" does not exist' in client.login_error(dbname="nowhere")
    limited = client.connect(user="analyst", password=client.lab.redshift_limited_password)
    assert client.error("CREATE DATABASE acme", limited) == ("42501", "permission denied to create database")


def test_password_is_asked_by_md5(client: Client) -> None:
    stored = client.lab.sql("SELECT left(rolpassword, 3) AS kind FROM pg_authid WHERE rolname = 'awsuser'")
    assert stored == [{"kind": "md5"}]
    if client.driver == "psycopg3":
        client.connect(require_auth="md5")


def test_created_users_can_log_in(client: Client) -> None:
    client.run(f"CREATE USER svc PASSWORD '{GOOD_PASSWORD}' CREATEUSER CONNECTION LIMIT UNLIMITED")
    client.connect(user="svc", password=GOOD_PASSWORD)
    assert client.lab.can_log_in("svc", GOOD_PASSWORD)
    assert not client.lab.can_log_in("svc", "********")
    client.run("ALTER USER svc PASSWORD 'sha256|Immuta1x'")
    assert "13" in client.login_error(user="svc", password="Immuta1x")


def test_password_policy_is_kept_by_the_proxy(client: Client) -> None:
    connection = client.connect()
    assert client.error("CREATE USER svc PASSWORD 'short'", connection)[0] == "22023"
    assert client.error("CREATE USER svc WITH /* ' */ PASSWORD 'Immuta1x\\\\y'", connection)[0] == "22023"
    client.run("CREATE USER svc PASSWORD 'Immuta1x'", connection)
    assert client.error("ALTER USER svc PASSWORD 'short'", connection)[0] == "22023"
    client.lab.proxy_switches(password_policy=False)
    client.run("ALTER USER svc PASSWORD 'short'", connection)


def test_statements_that_must_be_sent_alone(client: Client) -> None:
    connection = client.connect()
    in_company = "CREATE DATABASE cannot run inside a multiple commands statement"
    assert client.error("SELECT 1; CREATE DATABASE acme", connection) == ("25001", in_company)
    assert client.error("CREATE DATABASE acme; -- ;\n SELECT 1", connection) == ("25001", in_company)
    client.run("BEGIN", connection)
    in_block = "CREATE DATABASE cannot run inside a transaction block"
    assert client.error("CREATE DATABASE acme", connection) == ("25001", in_block)
    assert client.error("SELECT 1", connection)[0] == "25P02"
    client.run("ROLLBACK", connection)
    client.run("CREATE DATABASE acme; -- with ; and ' in a comment", connection)
    assert client.error("CREATE DATABASE acme", connection) == ("42P04", 'database "acme" already exists')
    client.run("DROP DATABASE acme", connection)


def test_refusals_are_errors_of_the_server(client: Client) -> None:
    """One statement for each source of a refusal; tests/unit/lab/test_redshift_rules.py has the rules."""
    connection = client.connect()
    for statement, sqlstate in (
        ("SET ROLE x", "42601"),
        ("DEALLOCATE ALL", "26000"),
        ("SHOW server_version_num", "42704"),
        ("SELECT current_setting('server_version')", "42704"),
        ("CREATE TABLE t (a serial)", "0A000"),
        ("CREATE FUNCTION f() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$", "0A000"),
    ):
        assert client.error(statement, connection)[0] == sqlstate
        assert client.lab.proxy_log()["statements"][-1]["refused"]


def test_refusal_shows_the_line_as_libpq_does(client: Client) -> None:
    with pytest.raises(ERRORS, match="LINE 2: CREATE USER svc PASSWORD 'short'"):
        client.run("-- a comment\nCREATE USER svc PASSWORD 'short'")


def test_backslash_is_an_escape(client: Client) -> None:
    assert client.run(r"SELECT 'a\'; b', 'c\\d'") == [("a'; b", "c\\d")]


def test_names_fold(client: Client) -> None:
    connection = client.connect()
    client.run(
        'CREATE SCHEMA "Loud"; CREATE TABLE "LOUD"."T" (a int); COMMENT ON SCHEMA loud IS \'"Not folded"\'', connection
    )
    assert client.run(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'loud'", connection
    ) == [('"Not folded"',)]
    client.run('CREATE USER "Keeps" PASSWORD \'Immuta1x\'; GRANT USAGE ON SCHEMA "LOUD" TO "Keeps"', connection)
    assert client.run("SELECT usename FROM pg_user WHERE usename = 'Keeps'", connection)
    client.run('DROP SCHEMA loud CASCADE; DROP USER "Keeps"', connection)


def test_case_setting(client: Client) -> None:
    connection = client.connect()
    cursor = connection.cursor()
    cursor.execute("SHOW enable_case_sensitive_identifier")
    assert (cursor.statusmessage, cursor.description[0][0]) == ("SHOW", "enable_case_sensitive_identifier")
    assert cursor.fetchall() == [("off",)]
    assert client.run("SELECT current_setting('enable_case_sensitive_identifier')", connection) == [("off",)]
    client.run("SET enable_case_sensitive_identifier TO true", connection)
    assert client.run("SHOW enable_case_sensitive_identifier", connection) == [("on",)]
    client.lab.proxy_switches(case_sensitive=True)
    assert client.run("SHOW enable_case_sensitive_identifier") == [("on",)]


def test_redshift_syntax_runs(client: Client) -> None:
    connection = client.connect()
    for statement in (
        "CREATE DATABASE warm COLLATE CASE_INSENSITIVE CONNECTION LIMIT UNLIMITED",
        "DROP DATABASE warm",
        "CREATE GROUP readers",
        "CREATE USER quiet PASSWORD DISABLE NOCREATEUSER SYSLOG ACCESS UNRESTRICTED IN GROUP readers",
        "ALTER USER quiet NOCREATEUSER SESSION TIMEOUT 60",
        "CREATE SCHEMA s QUOTA 5 GB",
        "CREATE TABLE s.t (id int IDENTITY(0,1) ENCODE az64 DISTKEY, v varchar(99) ENCODE zstd, d SUPER) SORTKEY(id)",
        "CREATE TABLE s.u (id int) DISTSTYLE ALL COMPOUND SORTKEY (id)",
        "INSERT INTO s.t (v) VALUES ('encode lzo DISTKEY')",
        "CREATE VIEW s.v AS SELECT v, GETDATE() AS at, SYSDATE AS also FROM s.t WITH NO SCHEMA BINDING",
        "CREATE OR REPLACE PROCEDURE s.p() NONATOMIC LANGUAGE plpgsql AS $$ BEGIN RAISE INFO '100%%; DISTKEY'; END; $$",
        "CALL s.p()",
        "CREATE ROLE r; GRANT ROLE r TO quiet; GRANT USAGE ON SCHEMA s TO GROUP readers",
        "COPY s.t FROM 's3://bucket/x;y' IAM_ROLE default",
        "UNLOAD ('select 1') TO 's3://bucket' IAM_ROLE default",
        "VACUUM",
        "DROP SCHEMA s CASCADE",
    ):
        client.run(statement, connection)
    log = client.lab.proxy_log()["statements"]
    assert not [entry for entry in log if entry["sqlstate"] or entry["refused"]]


def test_truncate_commits(client: Client) -> None:
    connection = client.connect()
    client.run("CREATE TABLE t (a int); CREATE TABLE x (a int)", connection)
    client.run("BEGIN", connection)
    client.run("INSERT INTO t VALUES (1)", connection)
    cursor = connection.cursor()
    cursor.execute("TRUNCATE x")
    assert cursor.statusmessage == "TRUNCATE TABLE"
    client.run("ROLLBACK", connection)
    assert client.run("SELECT a FROM t", connection) == [(1,)]
    client.error("INSERT INTO t VALUES (2); TRUNCATE x; SELECT 1/0", connection)
    assert client.run("SELECT a FROM t", connection) == [(1,), (2,)]
    client.run("BEGIN", connection)
    client.run("INSERT INTO t VALUES (3)", connection)
    assert client.error("TRUNCATE nowhere", connection)[0] == "42P01"
    client.run("ROLLBACK", connection)
    assert client.run("SELECT count(*) FROM t", connection) == [(2,)]


PROCEDURE = "CREATE PROCEDURE p() {} AS $$ BEGIN INSERT INTO t VALUES (1); {}; END $$ LANGUAGE plpgsql"


@pytest.mark.parametrize("command", ["COMMIT", "ROLLBACK", "TRUNCATE x"])
def test_atomic_procedures(client: Client, command: str) -> None:
    connection = client.connect()
    client.run("CREATE TABLE t (a int); CREATE TABLE x (a int)", connection)
    client.run(PROCEDURE.format("", command), connection)
    client.run("CALL p()", connection)
    client.run("BEGIN", connection)
    text = f"{command.split()[0]} cannot be invoked from a procedure that is executing in an atomic context."
    with pytest.raises(ERRORS, match="HINT:  Try calling the procedure as a top-level call") as caught:
        client.run("CALL p()", connection)
    diagnostics = t.cast(t.Any, caught.value).diag
    assert (diagnostics.sqlstate, diagnostics.message_primary) == ("2D000", text)
    assert "redshift_proxy" not in diagnostics.context
    client.run("ROLLBACK", connection)
    client.lab.proxy_switches(atomic_context_sqlstate="0A000")
    assert client.error("SELECT 1; CALL p()", connection)[0] == "0A000"


@pytest.mark.parametrize(("command", "rows"), [("COMMIT", 2), ("TRUNCATE x", 2), ("ROLLBACK", 0)])
def test_nonatomic_procedures(client: Client, command: str, rows: int) -> None:
    connection = client.connect()
    client.run("CREATE TABLE t (a int); CREATE TABLE x (a int)", connection)
    client.run(PROCEDURE.format("NONATOMIC", command), connection)
    client.run("BEGIN", connection)
    client.run("INSERT INTO t VALUES (2)", connection)
    client.run("CALL p()", connection)
    client.run("ROLLBACK", connection)
    assert client.run("SELECT count(*) FROM t", connection) == [(rows,)]


def test_drop_user_looks_into_the_current_database_only(client: Client) -> None:
    connection = client.connect()
    client.run("CREATE DATABASE acme", connection)
    client.run("CREATE USER \"Svc\" PASSWORD 'Immuta1x'; CREATE USER other PASSWORD 'Immuta1x'", connection)
    elsewhere = client.connect(dbname="acme")
    client.run('CREATE SCHEMA s; GRANT USAGE ON SCHEMA s TO "Svc"; CREATE SCHEMA o AUTHORIZATION other', elsewhere)
    words = 'user "{}" can\'t be dropped because the user {} some object'
    assert client.error('DROP USER "Svc"', elsewhere) == ("55006", words.format("Svc", "has a privilege on"))
    assert client.error("DROP USER Other", elsewhere) == ("55006", words.format("other", "owns"))
    client.run('DROP USER "Svc", other', connection)
    assert client.run("SELECT usename FROM pg_user WHERE usename IN ('Svc', 'other')", connection) == []
    assert "authentication failed" in client.login_error(user="Svc", password="Immuta1x")
    assert client.error("DROP USER other", connection) == ("42704", 'user "other" does not exist')
    client.run("DROP USER IF EXISTS other; CREATE USER other PASSWORD 'Immuta1x'", connection)
    client.run("DROP USER other", connection)


def test_groups_roles_and_system_privileges(client: Client) -> None:
    connection = client.connect()
    analyst = client.connect(user="analyst", password=client.lab.redshift_limited_password)
    shown = "SELECT DISTINCT system_privilege FROM svv_system_privileges"
    for statement in (
        "CREATE USER \"MixU\" PASSWORD 'Immuta1x'",
        'CREATE GROUP "Abc" WITH USER "MixU"',
        'CREATE ROLE "Builders"',
        "CREATE TABLE role (a int)",
        'GRANT SELECT ON role TO GROUP "Abc", ROLE "Builders"',
        'GRANT CREATE USER, CREATE DATABASE TO ROLE "Builders"',
        'REVOKE CREATE DATABASE FROM ROLE "Builders"',
        'GRANT ROLE "Builders" TO analyst',
        "DELETE FROM role",
        "ALTER TABLE role RENAME COLUMN a TO role",
    ):
        client.run(statement, connection)
    assert client.run(shown, analyst) == [("CREATE USER",)]
    assert client.run("SELECT * FROM role", client.connect(user="MixU", password="Immuta1x")) == []
    assert client.run("SELECT groname FROM pg_group ORDER BY 1", connection) == [("abc",), ("builders",)]
    assert client.run("SELECT role_name FROM svv_roles ORDER BY 1", connection) == [("abc",), ("builders",)]


def test_case_setting_of_a_user(client: Client) -> None:
    client.run("CREATE USER svc PASSWORD 'Immuta1x'; ALTER USER svc SET enable_case_sensitive_identifier TO true")
    connection = client.connect(user="svc", password="Immuta1x")
    assert client.run("SHOW enable_case_sensitive_identifier", connection) == [("on",)]
    assert client.run('SELECT "A" FROM (SELECT 1 AS "A") AS x', connection) == [(1,)]


def test_names_in_bodies_and_temporary_tables(client: Client) -> None:
    connection = client.connect()
    for statement in (
        'CREATE TABLE "Loud" ("A" int)',
        'CREATE PROCEDURE p() AS $$ BEGIN INSERT INTO "LOUD" ("A") VALUES (len(\'abc\')); END $$ LANGUAGE plpgsql',
        "CALL p()",
        "CREATE TABLE #Tmp AS SELECT TOP 1 NVL(a, 0) AS a FROM loud",
        "INSERT INTO #tmp SELECT a + 1 FROM #tmp",
    ):
        client.run(statement, connection)
    assert client.run("SELECT a FROM #tmp ORDER BY a", connection) == [(3,), (4,)]
    assert client.error("SELECT a FROM #tmp")[0] == "42P01"


def test_python_functions(client: Client) -> None:
    function = "CREATE OR REPLACE FUNCTION f(a int) RETURNS int STABLE AS $$ return a $$ LANGUAGE plpythonu"
    grant = "GRANT USAGE ON LANGUAGE plpythonu TO analyst"
    client.run(grant)
    client.run(function)
    client.lab.proxy_switches(**PATCH_198)
    assert "1.0.204436" in client.run("SELECT version()")[0][0]
    assert client.error(function) == ("0A000", ProxySwitches().python_functions_text)
    client.run(grant)


def test_log_contains_no_literal(client: Client) -> None:
    client.run(f"CREATE USER svc PASSWORD '{GOOD_PASSWORD}'", client.connect(application_name="probe"))
    log = client.lab.proxy_log()
    assert log["connections"][-1]["application_name"] == "probe"
    entry = log["statements"][-1]
    assert (entry["verb"], entry["text"]) == ("CREATE USER", "CREATE USER svc PASSWORD '...'")
    assert (entry["user"], entry["database"], entry["done"], entry["sqlstate"]) == ("awsuser", "dev", True, None)
    assert GOOD_PASSWORD not in str(log)


def test_only_psycopg3_prepares(lab: LabClient) -> None:
    with psycopg.connect(**_plain_options(lab), autocommit=True) as connection:
        assert connection.execute("SELECT %s::int, version()", [5]).fetchone() == (5, ProxySwitches().version)
        with pytest.raises(psycopg.Error) as caught:
            connection.execute("CREATE USER x PASSWORD 'short'", prepare=True)
    assert caught.value.sqlstate == "22023"
    assert {entry["protocol"] for entry in lab.proxy_log()["statements"]} == {"extended"}


def test_fault_error(client: Client) -> None:
    client.lab.proxy_fault(
        on="create schema", kind="error", sqlstate="XX000", message="conflict with concurrent transaction"
    )
    connection = client.connect()
    assert client.error("CREATE SCHEMA one", connection) == ("XX000", "conflict with concurrent transaction")
    client.run("CREATE SCHEMA one", connection)
    assert [entry["fault"] for entry in client.lab.proxy_log()["statements"][-2:]] == ["error", None]


def test_fault_with_detail(client: Client) -> None:
    """As recorded from Redshift: the text of a serialization failure is in DETAIL."""
    texts = {"detail": "Serializable isolation violation on table - 1, it's", "hint": "Retry.", "context": "query 5"}
    client.lab.proxy_fault(on="SELECT 1", kind="error", sqlstate="XX000", message="1023", **texts)
    with pytest.raises(ERRORS) as caught:
        client.run("SELECT 1")
    diagnostics = t.cast(t.Any, caught.value).diag
    assert (diagnostics.sqlstate, diagnostics.message_primary) == ("XX000", "1023")
    assert diagnostics.message_detail == texts["detail"]
    assert (diagnostics.message_hint, diagnostics.context) == (texts["hint"], texts["context"])


def test_fault_cut_before_and_after(client: Client) -> None:
    client.lab.proxy_fault(on="SCHEMA one", kind="cut")
    client.lab.proxy_fault(on="SCHEMA two", kind="cut_after")
    for name, made in (("one", False), ("two", True)):
        with pytest.raises((psycopg.OperationalError, psycopg2.OperationalError)):
            client.run(f"CREATE SCHEMA {name}")
        assert bool(client.lab.sql(f"SELECT 1 FROM pg_namespace WHERE nspname = '{name}'")) is made


def test_fault_by_number_skip_and_times(client: Client) -> None:
    connection = client.connect()
    client.lab.proxy_fault(on=2, kind="error", sqlstate="57014")
    client.run("SELECT 1", connection)
    assert client.error("SELECT 2", connection)[0] == "57014"
    client.lab.proxy_fault(on="SELECT", skip=1, times=0, kind="error", sqlstate="53100", message="disk full")
    client.run("SELECT 3", connection)
    assert [client.error("SELECT 4", connection)[0] for _again in range(3)] == ["53100"] * 3


def test_fault_delay(client: Client) -> None:
    connection = client.connect()
    client.lab.proxy_fault(on="SELECT 1", kind="delay", seconds=0.2)
    before = time.monotonic()
    client.run("SELECT 1", connection)
    assert time.monotonic() - before >= 0.2


def test_fault_kill(client: Client) -> None:
    victim = subprocess.Popen(["sleep", "60"], start_new_session=True)
    client.lab.proxy_fault(on="CREATE SCHEMA", kind="kill", pid=-victim.pid)
    with pytest.raises((psycopg.OperationalError, psycopg2.OperationalError)):
        client.run("CREATE SCHEMA killed")
    assert victim.wait(5) == -signal.SIGKILL
    assert client.lab.sql("SELECT 1 FROM pg_namespace WHERE nspname = 'killed'")


def test_faults_of_logins(client: Client) -> None:
    client.lab.proxy_fault(kind="refuse_connection")
    client.login_error()
    client.lab.proxy_fault(kind="refuse_auth", user="awsuser", times=1)
    assert "password authentication failed" in client.login_error()
    client.lab.proxy_fault(
        kind="refuse_auth", database="late", sqlstate="3D000", message='database "late" does not exist'
    )
    assert "does not exist" in client.login_error(dbname="late")
    client.connect()
    assert [entry["state"] for entry in client.lab.proxy_log()["connections"]][-2:] == ["refused", "open"]


def test_nonsense_is_refused_with_a_sentence(lab: LabClient) -> None:
    for call, text in (
        (lambda: lab.proxy_fault(kind="explode"), "kind must be one of"),
        (lambda: lab.proxy_fault(kind="kill"), "needs the pid"),
        (lambda: lab.proxy_switches(unknown=1), "no switch unknown"),
        (lambda: lab.proxy_switches(require_ssl="yes"), "is a bool"),
    ):
        with pytest.raises(ValueError, match=text):
            call()


def test_what_the_proxy_cannot_read_is_not_run(client: Client) -> None:
    with pytest.raises(ERRORS, match='unterminated quoted string at or near "\'never ends"') as caught:
        client.run("SELECT 'never ends")
    assert t.cast(t.Any, caught.value).diag.statement_position == "8"
    entry = client.lab.proxy_log()["statements"][-1]
    assert (entry["text"], entry["sqlstate"], entry["refused"]) == ("(unreadable)", "42601", False)
    connection = client.connect()
    client.run("PREPARE p(int, int) AS SELECT 1 WHERE 2 IN ($1,$2)", connection)
    assert client.run("EXECUTE p(1, 2)", connection) == [(1,)]


def test_reset_leaves_nothing(lab: LabClient) -> None:
    lab.sql("CREATE DATABASE acme")
    lab.sql("CREATE ROLE somebody LOGIN; CREATE SCHEMA left_over AUTHORIZATION somebody")
    lab.proxy_switches(require_ssl=True)
    lab.reset()
    assert [
        row["datname"] for row in lab.sql("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1")
    ] == [
        "dev",
        "postgres",
    ]
    assert not lab.sql("SELECT 1 FROM pg_namespace WHERE nspname = 'left_over'")
    assert not lab.sql("SELECT 1 FROM pg_roles WHERE rolname = 'somebody'")
    assert lab.proxy_switches()["require_ssl"] is False


def _plain_options(lab: LabClient) -> dict[str, t.Any]:
    return {
        "host": lab.redshift_host, "port": lab.redshift_port, "user": lab.redshift_admin_user,
        "password": lab.redshift_admin_password, "dbname": "dev", "sslmode": "disable",
    }  # fmt: skip
