# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts on disk: private under any umask, never written through links of other users, and removed afterwards."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import stat
import tempfile
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.community.immuta.plugins.modules import redshift_integration_script
from tests.integration.support.faults import called
from tests.integration.support.lifecycle import left_running, one_group
from tests.integration.support.playbook_runner import PlaybookRunner, StartedRun
from tests.integration.support.scenarios import (
    AT_ONCE,
    PASSWORD,
    SCRIPT,
    Options,
    api,
    left_behind,
    manual,
    message,
    mode,
    module_play,
    outcome,
    put_manual,
    role_play,
    role_vars,
    step,
)
from tests.lab.client import LabClient
from tests.tools.figures_plugin import RecordFigures

#: how long a statement is delayed while a test looks at the files, in seconds
HELD = 2.0
NOBODY = 65534
GONE_SECONDS = 20.0
UMASKS = (0o000, 0o077, 0o777)
IDS = ["000", "077", "777"]


@pytest.fixture(scope="module", autouse=True)
def figures(record_figures: RecordFigures) -> None:
    """Counts what this file tries, for the page of figures."""
    signals = "SIGTERM to ansible-playbook alone, and to its whole group"
    record_figures("files", {"umasks": ", ".join(IDS), "signals": signals})


@pytest.fixture(autouse=True)
def at_once(lab: LabClient) -> None:
    """Let operations of Immuta end at once."""
    lab.switches(**AT_ONCE)


@contextlib.contextmanager
def umask(value: int) -> t.Iterator[None]:
    """Set the umask for the block."""
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def script(lab: LabClient, **options: t.Any) -> Options:
    """Generate a script in this process."""
    return called(redshift_integration_script, {**api(lab), **manual(), "script": "create", **options})


def wait_for(condition: t.Callable[[], object], seconds: float = GONE_SECONDS) -> None:
    """Wait until the condition is true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not so in time"
        time.sleep(0.02)


def seen(lab: LabClient, text: str) -> bool:
    """Return whether the proxy has received a statement."""
    return any(text in row["text"] for row in lab.proxy_log()["statements"])


def scripts_in(directory: Path) -> list[Path]:
    """Return the scripts below a directory."""
    return list(directory.rglob("*.sql"))


def left_behind_by(started: StartedRun) -> list[Path]:
    """Return the scripts that a run left in its temporary directories."""
    return [path for name in ("tmp", "local", "remote") for path in scripts_in(started.directory / name)]


# Modes


@pytest.mark.parametrize("value", UMASKS, ids=IDS)
def test_modes_of_the_module(lab: LabClient, tmp_path: Path, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with umask(value):
        kept = Path(script(lab, dest=str(tmp_path / "kept.sql"))["dest"])
        private = Path(script(lab, script="initial_create")["dest"])
    assert private.parent.parent == tmp_path
    assert (mode(kept), mode(private), mode(private.parent)) == (0o600, 0o600, 0o700)
    assert PASSWORD in private.read_text()


@pytest.mark.parametrize("value", [0o000, 0o022, 0o077], ids=["000", "022", "077"])
@pytest.mark.parametrize("keeps", [False, True], ids=["temporary", "kept"])
def test_modes_of_the_role(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, value: int, keeps: bool) -> None:
    """A script is removed before it is run; one that is kept, and its directory, are accessible for the owner alone."""
    directory = tmp_path / "kept"
    changes = {"scripts_dir": str(directory)} if keeps else {}
    lab.proxy_fault(kind="delay", on="CREATE DATABASE", seconds=HELD)
    with umask(value):
        started = playbook.start(role_play(), extra_vars=role_vars(lab, manual(), **changes))
    with left_running(started):
        wait_for(lambda: seen(lab, "CREATE DATABASE"))
        while_it_runs = [(mode(path), mode(path.parent)) for path in scripts_in(tmp_path)]
        run = started.wait()
    assert while_it_runs == ([(0o600, 0o700)] if keeps else [])
    assert run.rc == 0, run.output
    assert left_behind(run) == []
    kept = {one.name: mode(one) for one in scripts_in(tmp_path)}
    assert kept == ({"initial_create.sql": 0o600, "create.sql": 0o600} if keeps else {})


# Links


def test_links_in_a_shared_directory(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """In a directory that is writable for all, a link with the name of the script is replaced."""
    shared, precious = tmp_path / "shared", tmp_path / "precious"
    shared.mkdir()
    shared.chmod(0o1777)
    precious.write_text("precious")
    for name in ("link", "dangling"):
        (shared / name).symlink_to(precious if name == "link" else tmp_path / "nowhere")
    os.link(precious, shared / "hard")
    steps = [
        step(name, SCRIPT, {**manual(), "script": "create", "dest": str(shared / name)})
        for name in ("link", "dangling", "hard")
    ]
    run = playbook(module_play(lab, *steps))
    assert run.failures == []
    assert precious.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()
    for name in ("link", "dangling", "hard"):
        assert stat.S_ISREG((shared / name).lstat().st_mode)
        assert mode(shared / name) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to somebody else")
@pytest.mark.parametrize("kind", ["link", "directory", "below"])
def test_scripts_dir_of_somebody_else(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, kind: str) -> None:
    """Another user put a link or a directory at scripts_dir, or above it, in a shared directory."""
    shared, trap = tmp_path / "shared", tmp_path / "trap"
    shared.mkdir()
    shared.chmod(0o1777)
    place = trap if kind == "link" else shared / "scripts"
    place.mkdir()
    place.chmod(0o777)
    os.chown(place, NOBODY, NOBODY)
    if kind == "link":
        (shared / "scripts").symlink_to(trap)
        os.lchown(shared / "scripts", NOBODY, NOBODY)
    scripts_dir = shared / "scripts" / "below" if kind == "below" else shared / "scripts"
    run = playbook(role_play(), extra_vars=role_vars(lab, manual(), scripts_dir=str(scripts_dir)), expect_rc=None)
    assert scripts_in(trap) == scripts_in(shared) == []
    assert mode(place) == 0o777, "the directory of somebody else was changed"
    assert run.rc == 2
    assert "scripts_dir" in message(run) or "dest" in message(run)
    assert lab.integrations() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to somebody else")
def test_a_script_of_somebody_else(lab: LabClient, tmp_path: Path) -> None:
    """The file contains what Immuta generates, but its owner may change it before it is run."""
    dest = tmp_path / "create.sql"
    script(lab, dest=str(dest))
    os.chown(dest, NOBODY, NOBODY)
    assert script(lab, dest=str(dest))["changed"]
    assert (dest.stat().st_uid, script(lab, dest=str(dest))["changed"]) == (os.geteuid(), False)


# Removed afterwards


@pytest.mark.parametrize("at", ["CREATE DATABASE", "CREATE SCHEMA"])
def test_removed_after_a_failure(lab: LabClient, playbook: PlaybookRunner, at: str) -> None:
    lab.proxy_fault(kind="error", on=at, sqlstate="42501", message="permission denied")
    run = playbook(role_play(), extra_vars=role_vars(lab, manual()), expect_rc=2)
    assert left_behind(run) == []


@pytest.mark.parametrize("whole", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("at", ["CREATE DATABASE", "CREATE SCHEMA"])
def test_removed_after_sigterm_in_a_script(lab: LabClient, playbook: PlaybookRunner, at: str, whole: bool) -> None:
    """SIGTERM goes to ansible-playbook alone (service manager, kill), or to its workers too (terminal, job runner)."""
    lab.proxy_fault(kind="delay", on=at, seconds=HELD)
    started = playbook.start(role_play(), extra_vars=role_vars(lab, manual()), env=one_group() if whole else None)
    with left_running(started):
        wait_for(lambda: seen(lab, at))
        (os.killpg if whole else os.kill)(started.pid, signal.SIGTERM)
        run = started.wait()
        assert run.rc != 0
        assert left_behind_by(started) == []
    again = playbook(role_play(), extra_vars=role_vars(lab, manual()))
    assert outcome(again)["operation"] == "created"


@pytest.mark.parametrize("whole", [False, True], ids=["process", "group"])
def test_removed_after_sigterm_between_script_and_run(lab: LabClient, playbook: PlaybookRunner, whole: bool) -> None:
    """Immuta takes a long time to delete an integration after its delete script was generated."""
    put_manual(lab)
    lab.switches(delete_seconds=4.0)
    variables = role_vars(lab, manual(), state="absent", drop_objects=True)
    started = playbook.start(role_play(), extra_vars=variables, env=one_group() if whole else None)
    with left_running(started):
        wait_for(lambda: any(row["method"] == "DELETE" for row in lab.requests()))
        (os.killpg if whole else os.kill)(started.pid, signal.SIGTERM)
        started.wait()
        wait_for(lambda: lab.integrations() == [])
        time.sleep(1.0)
    left = left_behind_by(started)
    assert not any(PASSWORD in path.read_text() for path in left)
    assert left == []


# A full disk


@pytest.mark.parametrize("old", [None, "old"], ids=["new", "old"])
def test_a_disk_that_is_full(lab: LabClient, tmp_path: Path, old: str | None) -> None:
    """The kernel refuses to let the file grow, in the middle of the script."""
    dest = tmp_path / "script.sql"
    if old:
        dest.write_text(old)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        result = script(lab, dest=str(dest))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert result["failed"]
    assert f"Cannot write dest {dest}: File too large. An existing file is unchanged." in result["msg"]
    assert [path.read_text() for path in tmp_path.iterdir()] == ([old] if old else [])


@pytest.mark.parametrize("step_that_fails", ["fsync", "replace", "fchmod"])
def test_no_space_left(lab: LabClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step_that_fails: str) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    dest = tmp_path / "script.sql"
    dest.write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(os, step_that_fails, full)
        result = script(lab, dest=str(dest))
    assert "No space left on device" in result["msg"]
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_no_space_for_a_temporary_directory(lab: LabClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a script that could not be written stays in the temporary directory."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        result = script(lab)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "Cannot write dest" in result["msg"]
    assert list(tmp_path.iterdir()) == []
