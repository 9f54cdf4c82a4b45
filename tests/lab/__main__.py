# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab from the command line: ``python -m tests.lab {start,stop,status,run} --directory DIR``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from tests.lab.lab_info import FILE_NAME, LabInfo
from tests.lab.postgres.server import PostgresError

if t.TYPE_CHECKING:
    from tests.lab.lab import Lab

LOCK_FILE, LOG_FILE = "lab.lock", "lab.log"
START_SECONDS, STOP_SECONDS, POLL_SECONDS = 90.0, 30.0, 0.05
IDLE_SECONDS = 3600.0
LOG_TAIL_LINES = 20
ROOT = Path(__file__).parents[2]


class CommandError(Exception):
    """The command failed. The message is for the user."""


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        _say(options.command(options))
    except CommandError as error:
        _say(f"error: {error}", sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="{start,stop,status,run}")
    for name, command, text in (
        ("start", start, "start a lab in the background and wait until it is ready"),
        ("run", run, "run a lab until it is interrupted"),
        ("stop", stop, "stop the lab of a directory, if there is one"),
        ("status", status, "show whether a lab is running; the exit code is 1 if not"),
    ):
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        sub.add_argument("--directory", type=Path, required=True, help="where lab.json and the certificate are written")
        if name in ("start", "run"):
            sub.add_argument("--plain-postgres", action="store_true", help="without the Redshift-like proxy")
            sub.add_argument("--tls-api", action="store_true", help="the Immuta API over https")
            sub.add_argument("--idle-timeout", type=float, default=IDLE_SECONDS, metavar="SECONDS",
                             help="stop after this time without use (default: %(default)s; 0: never)")  # fmt: skip
    return parser


def start(options: argparse.Namespace) -> str:
    """Start a lab in the background; return the path of its description."""
    directory: Path = options.directory.resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _is_running(directory):
        raise CommandError(f"A lab is already running in {directory}.")
    (directory / FILE_NAME).unlink(missing_ok=True)
    with (directory / LOG_FILE).open("wb") as log:
        child = subprocess.Popen(
            _run_command(options, directory), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    if not _wait(lambda: child.poll() is not None or (directory / FILE_NAME).exists(), START_SECONDS):
        child.terminate()
        raise CommandError(f"The lab was not ready after {START_SECONDS:.0f} s. Its log ends:\n{_tail(directory)}")
    if child.poll() is not None:
        raise CommandError(f"The lab did not start. Its log ends:\n{_tail(directory)}")
    return str(directory / FILE_NAME)


def _run_command(options: argparse.Namespace, directory: Path) -> list[str]:
    command = [sys.executable, "-m", "tests.lab", "run", "--directory", str(directory)]
    command += ["--idle-timeout", str(options.idle_timeout)]
    command += ["--plain-postgres"] if options.plain_postgres else []
    return command + (["--tls-api"] if options.tls_api else [])


def run(options: argparse.Namespace) -> str:
    """Run a lab until a signal arrives or nobody uses it any more."""
    directory: Path = options.directory.resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    from tests.lab.lab import Lab  # here, so that the other commands start quickly

    _lock(directory)
    lab = Lab(directory, redshift_like=not options.plain_postgres, tls_api=options.tls_api)
    try:
        asyncio.run(_run(lab, options.idle_timeout))
    except PostgresError as error:
        raise CommandError(str(error)) from error
    return "The lab has stopped."


def _lock(directory: Path) -> None:
    """Lock the directory until this process ends, which "stop" waits for."""
    lock = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise CommandError(f"A lab is already running in {directory}.") from error
    os.truncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())


async def _run(lab: Lab, idle_seconds: float) -> None:
    """Keep a lab running. A signal only requests the end, so that a start is never interrupted halfway."""
    stop_requested = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop_requested.set)
    async with lab as info:
        _say(f"Ready. Immuta API: {info.immuta_url}, Redshift: {info.redshift_host}:{info.redshift_port}")
        waits: list[asyncio.Task[t.Any]] = [asyncio.create_task(stop_requested.wait())]
        if idle_seconds:
            waits.append(asyncio.create_task(lab.idle(idle_seconds)))
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def stop(options: argparse.Namespace) -> str:
    """Stop the lab of a directory and wait for its end."""
    directory: Path = options.directory.resolve()
    pid = _running_pid(directory)
    if pid:
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            if _wait(lambda: not _is_running(directory), seconds):
                break
    if directory.is_dir():
        for name in (FILE_NAME, LOCK_FILE, LOG_FILE, "ca.pem"):
            (directory / name).unlink(missing_ok=True)
    return "The lab is stopped." if pid else "No lab is running there."


def status(options: argparse.Namespace) -> str:
    """Return where the lab listens."""
    directory: Path = options.directory.resolve()
    if not _is_running(directory) or not (directory / FILE_NAME).exists():
        raise CommandError(f"No lab is running in {directory}.")
    info = LabInfo.read(directory)
    redshift = f"{info.redshift_host}:{info.redshift_port}"
    return f"A lab is running, process {info.pid}: API {info.immuta_url}, Redshift {redshift}"


def _is_running(directory: Path) -> bool:
    """Return whether a process has the lock: the number in the file may belong to another process by now."""
    try:
        with (directory / LOCK_FILE).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _running_pid(directory: Path) -> int | None:
    if not _is_running(directory):
        return None
    _wait(lambda: bool((directory / LOCK_FILE).read_text()), POLL_SECONDS * 20)
    return int((directory / LOCK_FILE).read_text() or 0) or None


def _wait(condition: t.Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition, and return whether it became true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _tail(directory: Path) -> str:
    lines = (directory / LOG_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LOG_TAIL_LINES:])


def _say(text: str, stream: t.TextIO | None = None) -> None:
    """Print for the user of the command."""
    print(text, file=stream or sys.stdout, flush=True)


if __name__ == "__main__":
    sys.exit(main())
