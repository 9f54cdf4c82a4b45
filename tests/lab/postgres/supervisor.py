# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one PostgreSQL in its own directory for as long as standard input stays open.

A separate program (standard library only), started by ``server.py``. It reads one line of JSON from its standard
input, responds with one line of JSON, and waits for the end of its input. That end always comes: when the owner closes
it, and when the owner ends or is killed. Then the server is stopped at once and the directory removed.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

#: Where the server is if this is a file system in memory with this much room. It creates a database in a few
#: milliseconds there; on a disk, where a database is three hundred new files, it can take a quarter of a second.
MEMORY, ROOM = Path("/dev/shm"), 8 * 2**30
ATTEMPTS = 5
START_SECONDS = 60
SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "password_encryption": "md5",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "max_worker_processes": "2",
    "autovacuum": "off",
    "log_statement": "none",
    "log_min_error_statement": "panic",
}


class StartError(Exception):
    """PostgreSQL cannot be started. The message is one sentence."""


class Account:
    """The ordinary user that runs the server: ``postgres`` or ``nobody`` for root, else whoever runs this."""

    def __init__(self) -> None:
        self.entry = _ordinary_user() if os.geteuid() == 0 else None

    def options(self) -> dict[str, t.Any]:
        """Arguments of ``subprocess`` to start a program as this user, in an environment without settings for it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        options: dict[str, t.Any] = {"env": {**environment, "LC_ALL": "C"}, "start_new_session": True}
        if self.entry:
            options |= {"user": self.entry.pw_uid, "group": self.entry.pw_gid, "extra_groups": []}
        return options

    def own(self, path: Path) -> None:
        """Make this user the owner of a new file or directory."""
        if self.entry:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid, follow_symlinks=False)

    def can_reach(self, path: Path) -> bool:
        """Return whether this user may enter a directory. An ordinary user can reach what it started from."""
        return not self.entry or all(directory.stat().st_mode & 0o001 for directory in (path, *path.parents))


def _ordinary_user() -> pwd.struct_passwd:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return known[name]
    raise StartError("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody.")


def main() -> int:
    """Run until standard input ends. The exit code is 1 if the server cannot be started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the terminal is the owner's to handle
    signal.signal(signal.SIGTERM, _leave)
    request = json.loads(sys.stdin.readline())
    account = Account()
    directory = _private_directory(account)
    server: subprocess.Popen[bytes] | None = None
    try:
        programs = _reachable_programs(Path(request["programs"]), directory, account)
        _create_cluster(programs, directory, account, request["password"])
        server, port = _start(programs, directory, account)
        _respond({"port": port, "directory": str(directory), "pid": server.pid})
        sys.stdin.read()
    except StartError as error:
        _respond({"error": str(error)})
        return 1
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _stop(server)
        shutil.rmtree(directory, ignore_errors=True)
    return 0


def _leave(signum: int, frame: object) -> t.NoReturn:
    raise SystemExit(128 + signum)


def _respond(response: dict[str, t.Any]) -> None:
    """Send a response to the owner, which may have ended already."""
    try:
        sys.stdout.write(json.dumps(response) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _private_directory(account: Account) -> Path:
    parent = MEMORY if "TMPDIR" not in os.environ and _has_room(MEMORY) else Path(tempfile.gettempdir())
    directory = Path(tempfile.mkdtemp(prefix="lab-pg-", dir=parent if account.can_reach(parent) else "/tmp"))
    account.own(directory)
    return directory


def _has_room(memory: Path) -> bool:
    """Return whether a server can be there. A copy of the programs may have to be there too."""
    try:
        found = os.statvfs(memory)
    except OSError:
        return False
    is_executable = not found.f_flag & os.ST_NOEXEC
    return is_executable and os.access(memory, os.W_OK) and found.f_bavail * found.f_frsize >= ROOM


def _reachable_programs(programs: Path, directory: Path, account: Account) -> Path:
    """Return the programs' directory, or that of a copy if it is in a home that the user may not enter."""
    if account.can_reach(programs):
        return programs
    installation, package = programs.parent, programs.parent.parent
    copy = directory / "site" / package.name
    shutil.copytree(installation, copy / installation.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps them, found relative to the programs
    if libraries.is_dir():
        shutil.copytree(libraries, copy.with_name(libraries.name), symlinks=True)
    for path in (copy.parent, *copy.parent.rglob("*")):
        account.own(path)
    return copy / installation.name / programs.name


def _create_cluster(programs: Path, directory: Path, account: Account, password: str) -> None:
    secret = directory / "password"
    secret.touch(mode=0o600)
    secret.write_text(password + "\n", encoding="utf-8")
    account.own(secret)
    command: list[str | Path] = [programs / "initdb", "-D", directory / "data", "-U", "postgres", "--pwfile", secret]
    command += ["-A", "md5", "-E", "UTF8", "--locale=C", "--no-sync"]
    options = account.options()
    made = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, cwd=directory, **options
    )
    secret.unlink()
    if made.returncode:
        raise StartError(f"initdb of {programs} failed: {_last_line(made.stderr)}.")


def _start(programs: Path, directory: Path, account: Account) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server on a free port. Another program may take the port first: then again on another one."""
    settings = {**SERVER_OPTIONS, "unix_socket_directories": str(directory)}
    for _attempt in range(ATTEMPTS):
        port = _free_port()
        command = [str(programs / "postgres"), "-D", str(directory / "data"), "-p", str(port)]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (directory / "log").open("wb") as log:
            options = account.options()
            server = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=directory, **options
            )
        if _is_ready(server, directory / "data" / "postmaster.pid"):
            return server, port
        _stop(server)
    raise StartError(f"PostgreSQL did not start: {_last_line((directory / 'log').read_text(errors='replace'))}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_ready(server: subprocess.Popen[bytes], status: Path) -> bool:
    """Wait until the server reports that it is ready, in the eighth line of its pid file."""
    end = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < end:
        lines = status.read_text().splitlines() if status.exists() else []
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return True
        time.sleep(0.01)
    return False


def _stop(server: subprocess.Popen[bytes] | None) -> None:
    if server is None or server.poll() is not None:
        return
    server.send_signal(signal.SIGQUIT)  # PostgreSQL's immediate shutdown
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "it said nothing"


if __name__ == "__main__":
    sys.exit(main())
