# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab starts, reports its addresses, and leaves nothing behind; the fixtures do what other tests rely on."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from tests.integration.support.playbook_runner import ROOT, PlaybookRunner
from tests.lab.client import LabClient
from tests.lab.postgres import server as postgres
from tests.lab.postgres.server import PostgresError, PostgresServer, find_programs

HOLDER = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell has ignored for what it runs in the background
from tests.lab.postgres.server import PostgresServer
server = PostgresServer()
server.start()
print(server.pid, server.directory, flush=True)
time.sleep(60)
"""


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the lab's command line."""
    line = [sys.executable, "-m", "tests.lab", *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def is_alive(pid: int) -> bool:
    """Return whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone_within(seconds: float, condition: t.Callable[[], bool]) -> bool:
    """Wait until a condition is no longer true."""
    end = time.monotonic() + seconds
    while condition() and time.monotonic() < end:
        time.sleep(0.05)
    return not condition()


def test_command_line(tmp_path: Path) -> None:
    directory = ("--directory", str(tmp_path / "lab"))
    assert command("status", *directory).returncode == 1
    assert command("stop", *directory).returncode == 0
    started = command("start", *directory, "--tls-api")
    assert (started.returncode, started.stderr) == (0, "")
    lab = LabClient.read(tmp_path / "lab")
    try:
        assert Path(started.stdout.strip()) == tmp_path / "lab" / "lab.json"
        assert stat.S_IMODE(Path(started.stdout.strip()).stat().st_mode) == 0o600
        assert command("status", *directory).returncode == 0
        assert "is already running" in command("start", *directory).stderr
        assert lab.immuta_url.startswith("https://")
        assert lab.requests() == []
        assert lab.can_log_in("awsuser", lab.redshift_admin_password)
    finally:
        assert command("stop", *directory).returncode == 0
    assert gone_within(5, lambda: is_alive(lab.pid))
    assert list((tmp_path / "lab").iterdir()) == []


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("pg_config", "initdb", "postgres"):
        (programs / name).write_text(
            f"#!/bin/sh\n[ $1 = --bindir ] && echo {programs} || echo broken disk >&2\nexit 1\n"
        )
        (programs / name).chmod(0o755)
    with pytest.raises(PostgresError, match=r"initdb of .* failed: broken disk"):
        PostgresServer(programs=programs).start()


def test_missing_programs_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_candidates", lambda: iter([Path("/nonexistent")]))
    with pytest.raises(PostgresError, match="install Debian's package postgresql"):
        find_programs()


def test_a_forgotten_lab_ends(tmp_path: Path) -> None:
    assert command("start", "--directory", str(tmp_path), "--plain-postgres", "--idle-timeout", "1").returncode == 0
    pid = LabClient.read(tmp_path).pid
    assert gone_within(10, lambda: is_alive(pid))
    assert not (tmp_path / "lab.json").exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_orphan(number: int) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert holder.stdout is not None
    pid, directory = holder.stdout.readline().decode().split()
    assert is_alive(int(pid))
    holder.send_signal(number)
    holder.wait(60)
    holder.stdout.close()
    assert gone_within(60, lambda: is_alive(int(pid)) or Path(directory).exists())


def test_both_labs(either_lab: LabClient) -> None:
    lab = either_lab
    assert (lab.redshift_port == lab.postgres_port) is not lab.redshift_like
    assert lab.can_log_in("awsuser", lab.redshift_admin_password)
    assert not lab.can_log_in("awsuser", "wrong")
    assert lab.sql("SELECT database_name FROM svv_redshift_databases WHERE database_name = 'dev'")
    assert lab.requests() == []
    assert lab.switches()


def ping(lab: LabClient) -> list[dict[str, t.Any]]:
    """A play that asks the database for its version."""
    query = {
        "login_host": lab.redshift_host, "login_port": lab.redshift_port, "login_user": lab.redshift_admin_user,
        "login_password": lab.redshift_admin_password, "login_db": "dev", "ssl_mode": lab.redshift_ssl_mode,
        "query": "{{ wanted }}",
    }  # fmt: skip
    task = {"name": "Ask", "community.postgresql.postgresql_query": query, "register": "response"}
    return [{"hosts": "all", "gather_facts": False, "tasks": [task]}]


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg3"])
def test_playbook(lab: LabClient, playbook: PlaybookRunner, driver: str) -> None:
    wanted = {"wanted": "SELECT version()"}
    run = playbook(ping(lab), extra_vars=wanted, registers=["response"], driver=driver, verbosity=1)
    assert "Redshift" in run.results["response"]["query_result"][0]["version"]
    assert run.task("Ask")["query_result"] == run.results["response"]["query_result"]
    assert "PLAY RECAP" in run.stdout
    assert "PLAY RECAP" in run.log
    dates = [entry["text"] for entry in lab.proxy_log()["statements"] if "datestyle" in entry["text"].lower()]
    # psycopg2 quotes the style and psycopg 3 does not: proof that the requested driver is used
    assert dates == ["SET datestyle TO '...'" if driver == "psycopg2" else "SET datestyle TO iso"]


def test_playbook_that_fails(lab: LabClient, playbook: PlaybookRunner) -> None:
    run = playbook(ping(lab), extra_vars={"wanted": "SELECT 1/0"}, expect_rc=2)
    assert "division by zero" in run.failures[0]["msg"]
    with pytest.raises(AssertionError, match="exit code 2, not 0"):
        playbook(ping(lab), extra_vars={"wanted": "SELECT 1/0"})


def test_playbook_killed_by_the_proxy(lab: LabClient, playbook: PlaybookRunner) -> None:
    started = playbook.start(ping(lab), extra_vars={"wanted": "CREATE SCHEMA killed"})
    lab.proxy_fault(on="CREATE SCHEMA", kind="kill", pid=-started.pid)
    assert started.wait().rc == -signal.SIGKILL
    assert lab.proxy_log()["statements"][-1]["fault"] == "kill"
