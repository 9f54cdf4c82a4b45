# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the database: at each login and at each statement of scripts, through the module and through the role."""

from __future__ import annotations

import dataclasses
import re
import time
import typing as t
from pathlib import Path

import pytest
import trustme

from ansible_collections.community.immuta.plugins.module_utils._redshift import session
from ansible_collections.community.immuta.plugins.modules import redshift_script
from tests.integration.support.faults import (
    Tally,
    called,
    clear_faults,
    closed_port,
    sentence_problems,
    shorten_pauses,
)
from tests.integration.support.lifecycle import FLOWS, NEW_PASSWORD, OF_A_SCRIPT, Ends, assert_finished
from tests.integration.support.playbook_runner import DRIVERS, PlaybookRunner
from tests.integration.support.scenarios import (
    DATABASE,
    PASSWORD,
    RUN,
    Options,
    left_behind,
    login,
    message,
    module_play,
    role_play,
    step,
)
from tests.lab.client import LabClient
from tests.tools.figures_plugin import RecordFigures

CONFLICT_TRIES = 5
ACCOUNT_PASSWORD = "Hidden1x%$"
CONFLICT = "conflict with concurrent transaction on table 4711"


@dataclasses.dataclass(frozen=True)
class Script:
    """A script, and queries that show which of its statements took effect.

    :param statements: each with a query that returns a row after it was run; None: it has no visible effect
    :param atomic: either all of it takes effect, or nothing
    :param own: it has BEGIN and COMMIT itself
    """

    statements: tuple[tuple[str, str | None], ...]
    options: Options
    atomic: bool = False
    own: bool = False

    def write(self, path: Path) -> None:
        """Write the script so that number and line of a statement differ."""
        path.write_text("".join(f"-- no. {n}\n\n{text};\n" for n, (text, _see) in self.numbered()), encoding="utf-8")

    def numbered(self) -> list[tuple[int, tuple[str, str | None]]]:
        """Return the statements with their numbers."""
        return list(enumerate(self.statements, 1))

    def there(self, lab: LabClient) -> set[int]:
        """Return the numbers of the statements that took effect."""
        return {number for number, (_text, see) in self.numbered() if see and lab.sql(see)}

    def visible(self) -> set[int]:
        """Return the numbers of the statements that have a visible effect."""
        return {number for number, (_text, see) in self.numbered() if see}

    def message(self, number: int, again: bool) -> Options:
        """Return which message a fault hits: the one of this number; with ``again``, the same statement each time."""
        if not again:
            return {"on": OF_A_SCRIPT, "skip": number - 1}
        texts = [text for text, _see in self.statements]
        texts = ["BEGIN", *texts, "COMMIT"] if self.messages > len(texts) else texts
        return {"on": re.escape(" ".join(texts[number - 1].split()[:6]))}

    @property
    def messages(self) -> int:
        """How many messages are sent: BEGIN and COMMIT too if the module adds them."""
        return len(self.statements) + 2 * (self.atomic and not self.own)


def relation(name: str) -> str:
    """Return the query that finds a table or a view."""
    join = "pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
    return f"SELECT 1 FROM {join} WHERE nspname || '.' || relname = '{name}'"


OBJECTS = (
    ("CREATE SCHEMA IF NOT EXISTS hard", "SELECT 1 FROM pg_namespace WHERE nspname = 'hard'"),
    ("CREATE TABLE IF NOT EXISTS hard.a (n int)", relation("hard.a")),
    ("CREATE TABLE IF NOT EXISTS hard.b (n int)", relation("hard.b")),
    ("CREATE OR REPLACE VIEW hard.v AS SELECT n FROM hard.a", relation("hard.v")),
    ("COMMENT ON TABLE hard.b IS 'done'", "SELECT 1 FROM pg_description WHERE description = 'done'"),
)
CLUSTER = (
    ("CREATE DATABASE hard_db", "SELECT 1 FROM pg_database WHERE datname = 'hard_db'"),
    (f"CREATE USER hard_user PASSWORD '{ACCOUNT_PASSWORD}'", "SELECT 1 FROM pg_user WHERE usename = 'hard_user'"),
    ("CREATE GROUP hard_group", "SELECT 1 FROM pg_group WHERE groname = 'hard_group'"),
    ("COMMENT ON DATABASE hard_db IS 'done'", "SELECT 1 FROM pg_shdescription WHERE description = 'done'"),
)
SCRIPTS = {
    "one transaction": Script(OBJECTS, {"transaction": "auto"}, atomic=True),
    "one by one": Script(OBJECTS, {"transaction": "never"}),
    "cluster": Script(CLUSTER, {"tolerate": ["42P04", "42710"]}),
    "own transaction": Script((("BEGIN", None), *OBJECTS, ("COMMIT", None)), {}, atomic=True, own=True),
}
#: faults of a statement; a ``conflict`` that is set for one statement goes away by itself
FAULTS: dict[str, Options] = {
    "cut before": {"kind": "cut"},
    "cut after": {"kind": "cut_after"},
    "timeout": {"kind": "error", "sqlstate": "57014", "message": "canceling statement due to statement timeout"},
    "disk full": {"kind": "error", "sqlstate": "53100", "message": "Disk Full"},
    "no memory": {"kind": "error", "sqlstate": "53200", "message": "out of memory"},
    "conflict in DETAIL": {
        "kind": "error",
        "sqlstate": "XX000",
        "message": "1023",
        "detail": "Serializable isolation violation on table",
    },
    "conflict once": {"kind": "error", "sqlstate": "XX000", "message": CONFLICT},
    "conflict for good": {"kind": "error", "sqlstate": "40001", "message": CONFLICT, "times": 0},
    "delay": {"kind": "delay", "seconds": 0.05},
}
#: what goes away if the statement, or the transaction, is run again
PASSING = ("conflict once", "conflict in DETAIL")
FOUND = re.compile(r"statement (\d+) of (\d+) \(line (\d+), ([A-Z ]+)\) failed: ")


@pytest.fixture(scope="module")
def tally(record_figures: RecordFigures) -> t.Iterator[Tally]:
    """Counts what was tried, for the page of figures."""
    counted = Tally()
    yield counted
    counted.write("faults of the database", record_figures)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long pauses in this process."""
    shorten_pauses(monkeypatch, 0.4)
    monkeypatch.setattr(session, "PAUSE", 0.05)


def secrets(lab: LabClient) -> list[str]:
    """Return what no result may contain."""
    return [lab.redshift_admin_password, ACCOUNT_PASSWORD, PASSWORD, NEW_PASSWORD]


def clear(lab: LabClient) -> None:
    """Drop what the scripts created, and clear the log: faster than a reset."""
    lab.reset_proxy()
    for text in (
        "DROP SCHEMA IF EXISTS hard CASCADE",
        "DROP DATABASE IF EXISTS hard_db",
        "DROP USER IF EXISTS hard_user",
        "DROP GROUP IF EXISTS hard_group",
    ):
        lab.sql(text)


def run(lab: LabClient, path: Path, **changes: t.Any) -> Options:
    """Run a script file with the module, in this process."""
    return called(redshift_script, {**login(lab), "path": str(path), **changes})


def judged(script: Script, result: Options, there: set[int], kind: str, number: int) -> list[str]:
    """Return what is wrong with the result of a run with a fault at its message of this number."""
    if not result.get("failed"):
        right = there == script.visible() and {row["status"] for row in result["statements"]} <= {"ok", "tolerated"}
        return [] if right else [f"called done, but only {there} are there: {result['statements']}"]
    if kind == "delay" or (kind in PASSING and not script.own):
        return [f"it could have ended well: {result['msg']}"]
    return message_problems(script, result, number) + half_done(script, result, there, kind)


def message_problems(script: Script, result: Options, number: int) -> list[str]:
    """Return what is wrong with the position that the message of a failure names."""
    text, shift = result["msg"], script.atomic and not script.own
    match = FOUND.search(text)
    if match is None:
        return [f"it does not name the statement: {text}"]
    index = min(max(number - shift, 1), len(script.statements))
    verb = script.statements[index - 1][0]
    found = [] if (int(match[1]), int(match[3])) == (index, 3 * index) else [f"not statement {index}: {text}"]
    found += [] if verb.startswith(match[4]) else [f"not the verb of {verb}: {text}"]
    expected = {"index": index, "line": 3 * index, "verb": match[4]}
    return found + ([] if result["failure"]["statement"] == expected else [f"failure is {result['failure']}"])


def half_done(script: Script, result: Options, there: set[int], kind: str) -> list[str]:
    """Return the statements about the database in a failure that are not true."""
    reported = {row["index"] for row in result["statements"] if row["status"] == "ok"} & script.visible()
    failed = {row["index"] for row in result["statements"] if row["status"] == "failed"}
    unsure = failed if kind == "cut after" and not script.atomic else set()
    found = [f"{reported} are called done, {there} are there"] if reported - unsure != there - unsure else []
    if script.atomic and there == script.visible() and kind == "cut after":
        found = [] if "all of it took effect, or nothing" in result["msg"] or script.own else [result["msg"]]
    if script.atomic and not script.own and there and there != script.visible():
        found.append(f"half of a transaction is there: {there}")
    done = re.search(r"(\d+) preceding statements?", result["msg"])
    if done and int(done[1]) and not there:
        found.append(f"nothing is there, but it says: {result['msg']}")
    return found


def problems_of(lab: LabClient, name: str, kind: str, number: int, path: Path, tally: Tally) -> list[str]:
    """Run a script with a fault at its message of this number, run it again without, and return what was wrong."""
    script = SCRIPTS[name]
    clear(lab)
    script.write(path)
    lab.proxy_fault(
        **FAULTS[kind], **script.message(number, again="times" in FAULTS[kind]), user=lab.redshift_admin_user
    )
    start = time.monotonic()
    result = run(lab, path, **script.options)
    seconds = time.monotonic() - start
    (met,) = [row["met"] for row in lab.proxy_faults()]
    found = judged(script, result, script.there(lab), kind, number)
    found += sentence_problems(result, secrets(lab), advice=False) if result.get("failed") else []
    expected = CONFLICT_TRIES if kind == "conflict for good" and not script.own else None
    found += [f"tried {met} times"] if met != expected and expected else []
    found += ["the fault was not met"] if not met else []
    found += [f"it took {seconds:.1f} s"] if seconds > 10 else []
    tally.add(kind, "sentence" if result.get("failed") else "right")
    clear_faults(lab)
    again = run(lab, path, **script.options)
    if again.get("failed") or script.there(lab) != script.visible():
        found.append(f"run again: {again}, {script.there(lab)} are there")
    return [f"{name}, {kind} at message {number}: {problem}" for problem in found]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_fault_at_a_statement(lab: LabClient, tally: Tally, tmp_path: Path, name: str, kind: str) -> None:
    numbers = range(1, SCRIPTS[name].messages + 1)
    path = tmp_path / "script.sql"
    found = [problem for number in numbers for problem in problems_of(lab, name, kind, number, path, tally)]
    assert found == [], "\n".join(found)


def foreign_authority(directory: Path) -> str:
    """Return the certificate of an authority that is not trusted here."""
    path = directory / "foreign.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return str(path)


def login_faults(lab: LabClient, directory: Path) -> dict[str, tuple[Options, Options, str]]:
    """Return what can happen to a login: options, fault of the proxy, words of the message."""
    wrong_ca = {"ssl_mode": "verify-full", "ca_cert": foreign_authority(directory)}
    return {
        "refused": ({"login_port": closed_port()}, {}, "Check login_host, login_port and the network"),
        "TLS: another authority": (wrong_ca, {}, "Check ssl_mode and ca_cert"),
        "TLS: none, but required": ({"ssl_mode": "disable"}, {}, "Check ssl_mode and ca_cert"),
        "closed at once": ({}, {"kind": "refuse_connection", "times": 0}, "Logging in to database dev"),
        "wrong password": ({}, {"kind": "refuse_auth"}, "Check login_user and login_password"),
        "too many": (
            {},
            {"kind": "refuse_auth", "sqlstate": "53300", "message": "connection limit 500 exceeded for user"},
            "connection limit",
        ),
        "no database": (
            {"wait_for_database": 1},
            {"kind": "refuse_auth", "times": 0, "sqlstate": "3D000", "message": 'database "dev" does not exist'},
            "Check login_db and login_user",
        ),
    }


LOGIN_KINDS = (
    "refused", "TLS: another authority", "TLS: none, but required", "closed at once", "wrong password", "too many",
    "no database",
)  # fmt: skip


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", LOGIN_KINDS)
def test_fault_at_the_login(lab: LabClient, tally: Tally, tmp_path: Path, kind: str) -> None:
    changes, fault, words = login_faults(lab, tmp_path)[kind]
    script, path = SCRIPTS["one transaction"], tmp_path / "script.sql"
    script.write(path)
    lab.proxy_switches(require_ssl=kind.startswith("TLS"))
    if fault:
        lab.proxy_fault(**fault)
    start = time.monotonic()
    result = run(lab, path, **changes)
    assert time.monotonic() - start < 10 + changes.get("wait_for_database", 0)
    tally.add(kind, "sentence")
    assert result["failed"]
    assert result["failure"]["kind"] == "DatabaseError"
    assert sentence_problems(result, secrets(lab)) == []
    assert words in result["msg"]
    assert script.there(lab) == set()
    clear_faults(lab)
    assert not run(lab, path).get("failed")
    assert script.there(lab) == script.visible()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "text", ['database "dev" does not exist', 'database "dev" is not currently accepting connections']
)
def test_a_database_that_is_slow_to_appear(lab: LabClient, tally: Tally, tmp_path: Path, text: str) -> None:
    script, path = SCRIPTS["one by one"], tmp_path / "script.sql"
    script.write(path)
    lab.proxy_fault(kind="refuse_auth", sqlstate="3D000", message=text, times=4)
    result = run(lab, path, wait_for_database=20)
    tally.add("slow to appear", "right")
    assert not result.get("failed"), result
    assert [row["met"] for row in lab.proxy_faults()] == [4]
    assert script.there(lab) == script.visible()


#: a step of a playbook: kind of fault, transaction, words of the message
STEPS = (
    ("cut before", "auto", "nothing of it took effect"),
    ("cut before", "never", "Whether this statement took effect is unknown"),
    ("cut after", "auto", "nothing of it took effect"),
    ("cut after", "never", "Whether this statement took effect is unknown"),
    ("timeout", "auto", "57014 canceling statement"),
    ("disk full", "never", "53100 Disk Full"),
    ("conflict once", "auto", None),
    ("conflict once", "never", None),
)


@pytest.mark.parametrize("driver", DRIVERS)
def test_each_driver(lab: LabClient, tally: Tally, tmp_path: Path, playbook: PlaybookRunner, driver: str) -> None:
    """The messages are the same with both drivers."""
    steps = []
    for number, (kind, transaction, _words) in enumerate(STEPS):
        path, table = tmp_path / f"{number}.sql", f"t{number}"
        path.write_text(f"CREATE TABLE IF NOT EXISTS first_{table} (n int);\nCREATE TABLE {table}\n(n int);\n")
        lab.proxy_fault(**FAULTS[kind], on=f"CREATE TABLE {table}")
        steps.append(step(f"step {number}", RUN, {"path": str(path), "transaction": transaction}))
    done = playbook(module_play(lab, *steps), driver=driver)
    for number, (kind, transaction, words) in enumerate(STEPS):
        result = done.task(f"step {number}")
        tally.add(kind, "sentence" if words else "right")
        assert lab.proxy_log()["statements"]
        if words is None:
            assert [row["status"] for row in result["statements"]] == ["ok", "ok"]
            continue
        assert sentence_problems(result, secrets(lab), advice=False) == []
        assert "statement 2 of 2 (line 2, CREATE TABLE) failed: " in result["msg"]
        assert words in result["msg"]
        first = lab.sql(f"SELECT 1 FROM pg_class WHERE relname = 'first_t{number}'")
        assert bool(first) is (transaction == "never")


ADMIN_FAULTS = [
    ("bootstrap", "dev", 1, "cut before"),
    ("bootstrap", "dev", 1, "cut after"),
    ("bootstrap", "dev", 4, "disk full"),
    ("bootstrap", "dev", 7, "cut after"),
    ("bootstrap", DATABASE, 1, "cut before"),
    ("bootstrap", DATABASE, 12, "timeout"),
    ("bootstrap", DATABASE, 20, "conflict once"),
    ("bootstrap", DATABASE, 31, "cut before"),
    ("bootstrap", DATABASE, 31, "cut after"),
    ("update", DATABASE, 8, "disk full"),
    ("update", DATABASE, 16, "cut after"),
    ("rotation", DATABASE, 3, "cut after"),
    ("rotation", DATABASE, 7, "cut after"),
    ("delete", DATABASE, 5, "timeout"),
    ("delete", DATABASE, 13, "cut after"),
]


def fail_and_finish(
    lab: LabClient, playbook: PlaybookRunner, ends: Ends, name: str, fault: Options, driver: str
) -> str:
    """Apply the role with a fault, then without; return the result of the first run."""
    end, flow = ends.of(name, lab, playbook), FLOWS[name]
    flow.prepare(lab)
    lab.proxy_fault(**fault)
    first = playbook(role_play(), extra_vars=flow.variables(lab), driver=driver, expect_rc=None)
    assert [row["met"] > 0 for row in lab.proxy_faults()] == [True]
    if first.rc == 0:
        assert_finished(name, lab, end)
    else:
        assert sentence_problems({"msg": message(first)}, secrets(lab), advice=not FOUND.search(message(first))) == []
        assert not any(secret in first.output for secret in secrets(lab))
    assert left_behind(first) == []
    clear_faults(lab)
    playbook(role_play(), extra_vars=flow.variables(lab), driver=driver)
    assert_finished(name, lab, end)
    return message(first) if first.rc else ""


@pytest.mark.parametrize(("name", "database", "number", "kind"), ADMIN_FAULTS)
def test_the_role(
    lab: LabClient, tally: Tally, playbook: PlaybookRunner, ends: Ends, name: str, database: str, number: int, kind: str
) -> None:
    at = {"on": OF_A_SCRIPT, "user": lab.redshift_admin_user, "database": database, "skip": number - 1}
    said = fail_and_finish(lab, playbook, ends, name, {**FAULTS[kind], **at}, DRIVERS[number % 2])
    tally.add(kind, "sentence" if said else "right")
    assert bool(said) is (kind != "conflict once")
    assert not said or FOUND.search(said), said


@pytest.mark.parametrize("number", range(5))
def test_each_login_of_the_role(
    lab: LabClient, tally: Tally, playbook: PlaybookRunner, ends: Ends, number: int
) -> None:
    fault = {"kind": "refuse_connection", "skip": number}
    said = fail_and_finish(lab, playbook, ends, "bootstrap", fault, DRIVERS[number % 2])
    tally.add("closed at once", "sentence" if said else "right")


def test_the_role_waits_for_its_database(lab: LabClient, tally: Tally, playbook: PlaybookRunner, ends: Ends) -> None:
    text = f'database "{DATABASE}" does not exist'
    fault = {"kind": "refuse_auth", "sqlstate": "3D000", "message": text, "database": DATABASE, "times": 3}
    assert fail_and_finish(lab, playbook, ends, "bootstrap", fault, DRIVERS[0]) == ""
    tally.add("slow to appear", "right")
