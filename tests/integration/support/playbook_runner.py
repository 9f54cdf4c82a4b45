# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real ansible-playbook for a test, independent of the user's settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
INTEGRATION = ROOT / "tests" / "integration"
DRIVERS = ("psycopg2", "psycopg3")
TIMEOUT_SECONDS = 180.0
#: Settings of the user's shell that would affect a run.
FOREIGN = ("ANSIBLE_", "PG", "IMMUTA_", "TEST_", "PYTHON", "REQUESTS_", "CURL_")

Plays = list[dict[str, t.Any]]


@dataclass
class Run:
    """A finished run. ``tasks`` has every task result in order, ``results`` the variables of ``registers``."""

    rc: int
    stdout: str
    stderr: str
    log: str
    seconds: float
    directory: Path
    tasks: list[dict[str, t.Any]] = field(default_factory=list)
    results: dict[str, t.Any] = field(default_factory=dict)

    @property
    def output(self) -> str:
        """Everything that a person or a log collector would see."""
        return "\n".join((self.stdout, self.stderr, self.log))

    @property
    def failures(self) -> list[dict[str, t.Any]]:
        """The results of the tasks that failed."""
        return [task["result"] for task in self.tasks if task["status"] == "failed"]

    def task(self, name: str) -> dict[str, t.Any]:
        """Return the last result of the task of this name."""
        found = [task["result"] for task in self.tasks if task["task"].endswith(name)]
        if not found:
            raise KeyError(f"no task {name!r} was run; there were {[task['task'] for task in self.tasks]}")
        result: dict[str, t.Any] = found[-1]
        return result


@dataclass
class StartedRun:
    """A run in progress. ``pid`` is also its process group: kill ``-pid`` and nothing of it is left."""

    process: subprocess.Popen[str]
    directory: Path
    started: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        """The process and process group of ansible-playbook."""
        return self.process.pid

    def wait(self, seconds: float = TIMEOUT_SECONDS) -> Run:
        """Wait for the end; after the timeout, kill the whole group."""
        try:
            stdout, stderr = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            self.kill()
            stdout, stderr = self.process.communicate()
            raise AssertionError(f"not finished after {seconds} s:\n{stdout}\n{stderr}") from error
        return Run(
            rc=self.process.returncode,
            stdout=stdout,
            stderr=stderr,
            log=_text(self.directory / "ansible.log"),
            seconds=time.monotonic() - self.started,
            directory=self.directory,
            tasks=_lines(self.directory / "tasks.jsonl"),
            results=json.loads(_text(self.directory / "results.json") or "{}"),
        )

    def kill(self) -> None:
        """Kill the whole process group, as if the machine lost power."""
        os.killpg(self.pid, signal.SIGKILL)


class PlaybookRunner:
    """Runs playbooks, each in its own directory below ``directory``.

    Environment: ``ANSIBLE_PLAYBOOK`` names another ansible-playbook, ``TEST_MODULE_PYTHON`` another Python for modules,
    ``TEST_DRIVER`` (``psycopg2`` or ``psycopg3``) the only database driver that modules find.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.count = 0

    def __call__(self, playbook: Plays | Path, *, expect_rc: int | None = 0, **options: t.Any) -> Run:
        """Run a playbook to its end. Options as of ``start``; ``expect_rc=None`` accepts every exit code."""
        timeout = options.pop("timeout", TIMEOUT_SECONDS)
        run = self.start(playbook, **options).wait(timeout)
        if expect_rc is not None and run.rc != expect_rc:
            raise AssertionError(f"exit code {run.rc}, not {expect_rc}:\n{run.stdout}\n{run.stderr}")
        return run

    def start(
        self,
        playbook: Plays | Path,
        *,
        check: bool = False,
        diff: bool = False,
        verbosity: int = 0,
        extra_vars: dict[str, t.Any] | None = None,
        env: dict[str, str] | None = None,
        registers: t.Sequence[str] = (),
        driver: str | None = None,
        inventory: dict[str, t.Any] | Path | None = None,
        arguments: t.Sequence[str] = (),
        cwd: Path | None = None,
    ) -> StartedRun:
        """Start a playbook, which can be data or a file.

        :param extra_vars: passed in a file, not on the command line
        :param registers: variables to bring back from a run that ends well
        :param driver: the only database driver that modules find (default: TEST_DRIVER, else both)
        :param cwd: the current directory of ansible-playbook (default: that of the run)
        """
        directory = self._new_directory()
        command = [ansible_playbook(), "-i", str(self._inventory(directory, inventory))]
        command += [str(_playbook_file(directory, playbook))]
        command += [str(_registers_file(directory, registers))] if registers else []
        command += ["-e", f"@{_private_json(directory / 'vars.json', extra_vars)}"] if extra_vars else []
        command += ["--check"] * check + ["--diff"] * diff + (["-" + "v" * verbosity] if verbosity else [])
        environ = environment(directory, driver) | (env or {})
        return StartedRun(_spawn([*command, *arguments], cwd or directory, environ), directory)

    def _new_directory(self) -> Path:
        self.count += 1
        directory = self.directory / f"run{self.count}"
        for name in ("", "home", "tmp", "local", "remote"):
            (directory / name).mkdir(mode=0o700)
        (directory / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
        return directory

    def _inventory(self, directory: Path, inventory: dict[str, t.Any] | Path | None) -> Path:
        if isinstance(inventory, Path):
            return inventory
        return _private_json(directory / "inventory.json", inventory or {"all": {"hosts": {"localhost": local_host()}}})


def _spawn(command: list[str], directory: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    """Start a program as the leader of a new process group."""
    return subprocess.Popen(
        command,
        cwd=directory,
        env=env,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def local_host() -> dict[str, str]:
    """Return the variables of a host that is this machine, for inventories of tests."""
    return {
        "ansible_connection": "local",
        "ansible_python_interpreter": os.environ.get("TEST_MODULE_PYTHON", sys.executable),
    }


def ansible_playbook() -> str:
    """Return the program: that of the same virtual environment, unless the environment names another."""
    return os.environ.get("ANSIBLE_PLAYBOOK") or str(Path(sys.executable).with_name("ansible-playbook"))


def environment(directory: Path, driver: str | None = None) -> dict[str, str]:
    """Return the environment of a run: nothing of the user's settings, and every file below ``directory``."""
    foreign = [name for name in os.environ if name.upper().startswith(FOREIGN) or name.upper().endswith("_PROXY")]
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    chosen = driver or os.environ.get("TEST_DRIVER")
    return {
        **kept,
        "HOME": str(directory / "home"),
        "TMPDIR": str(directory / "tmp"),
        "ANSIBLE_CONFIG": str(directory / "ansible.cfg"),
        "ANSIBLE_HOME": str(directory / "home" / ".ansible"),
        "ANSIBLE_COLLECTIONS_PATH": os.environ.get("TEST_COLLECTIONS_PATH", str(ROOT / ".collections")),
        "ANSIBLE_LOCAL_TEMP": str(directory / "local"),
        "ANSIBLE_REMOTE_TEMP": str(directory / "remote"),
        "ANSIBLE_LOG_PATH": str(directory / "ansible.log"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_DEPRECATION_WARNINGS": "1",
        "ANSIBLE_CALLBACK_PLUGINS": str(INTEGRATION / "support" / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "test_results",
        "TEST_RESULTS_FILE": str(directory / "tasks.jsonl"),
        **({"PYTHONPATH": str(_driver_directory(chosen))} if chosen else {}),
    }


def _driver_directory(driver: str) -> Path:
    """Return the directory whose stub hides the other driver."""
    if driver not in DRIVERS:
        raise ValueError(f"TEST_DRIVER must be one of {', '.join(DRIVERS)}, not {driver}.")
    return INTEGRATION / "drivers" / driver


def _playbook_file(directory: Path, playbook: Plays | Path) -> Path:
    return playbook if isinstance(playbook, Path) else _private_json(directory / "playbook.json", playbook)


def _registers_file(directory: Path, names: t.Sequence[str]) -> Path:
    """Write a playbook that runs after that of the test, in the same process, and returns variables."""
    pairs = ", ".join(f"'{name}': {name} | default(none)" for name in names)
    task = {
        "name": "Bring variables back",
        "ansible.builtin.copy": {
            "content": f"{{{{ {{ {pairs} }} | to_nice_json }}}}",
            "dest": str(directory / "results.json"),
            "mode": "0600",
        },
        "check_mode": False,
        "diff": False,
        "no_log": True,
        "delegate_to": "localhost",
    }
    return _private_json(directory / "registers.json", [{"hosts": "all", "gather_facts": False, "tasks": [task]}])


def _private_json(path: Path, data: t.Any) -> Path:
    path.touch(mode=0o600)
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")
    return path


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _lines(path: Path) -> list[dict[str, t.Any]]:
    return [json.loads(line) for line in _text(path).splitlines()]
