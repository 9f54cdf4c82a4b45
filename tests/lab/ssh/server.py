# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sshd on loopback, as root or as an ordinary user: the bastion of the lab, with its own Python."""

from __future__ import annotations

import contextlib
import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
import typing as t
from pathlib import Path

_START_SECONDS = 20.0
#: Where Debian has sshd, which is not in the PATH of an ordinary user.
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
#: As root, sshd wants this directory, which the service of the system creates.
_PRIVILEGE_SEPARATION = Path("/run/sshd")
#: Programs of this lab and the Debian package of each.
PROGRAMS = {"sshd": "openssh-server", "ssh": "openssh-client", "ssh-keygen": "openssh-client"}

_SERVER_CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {directory}/host_key
AuthorizedKeysFile {directory}/user_key.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding yes
PrintMotd no
SetEnv TMPDIR={directory}/tmp
Subsystem sftp internal-sftp
LogLevel ERROR
"""
_CLIENT_CONFIG = """\
Host *
    HostName 127.0.0.1
    HostKeyAlias bastion
    Port {port}
    User {user}
    IdentityFile {directory}/user_key
    IdentitiesOnly yes
    UserKnownHostsFile {directory}/known_hosts
    StrictHostKeyChecking yes
    BatchMode yes
    ControlMaster no
    ControlPath none
"""


def missing_packages() -> list[str]:
    """Return the Debian packages that this lab needs and this machine does not have."""
    return sorted({package for program, package in PROGRAMS.items() if not shutil.which(program, path=_PATH)})


class Bastion:
    """A host that is reached by ssh. It is this machine, but only what runs there sees its Python and ``tmp``.

    :param directory: an empty directory for its keys, its Python and its temporary files
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.temporary = directory / "tmp"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Create the keys and start sshd."""
        self.temporary.mkdir(mode=0o700)
        for name in ("host_key", "user_key"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.directory / name))
        host_key = (self.directory / "host_key.pub").read_text(encoding="utf-8")
        self._write("known_hosts", f"bastion {host_key}")
        values = {"directory": self.directory, "port": self.port, "user": getpass.getuser()}
        config = self._write("sshd_config", _SERVER_CONFIG.format(**values))
        self._write("ssh_config", _CLIENT_CONFIG.format(**values))
        if os.geteuid() == 0:
            _PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
        sshd = str(shutil.which("sshd", path=_PATH))
        command = [sshd, "-D", "-e", "-f", str(config)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        _wait_for(self.port, self._process)

    def stop(self) -> None:
        """Stop sshd. Sessions end with their clients."""
        if self._process:
            self._process.terminate()
            self._process.wait()

    @property
    def programs(self) -> Path:
        """A directory for the front of ``PATH``: its ``ssh`` reaches this host, whatever name it is given."""
        directory = self.directory / "bin"
        directory.mkdir(exist_ok=True)
        for name in ("ssh", "scp", "sftp"):
            config, real = shlex.quote(str(self.directory / "ssh_config")), shutil.which(name, path=_PATH)
            script = self._write(f"bin/{name}", f'#!/bin/sh\nexec {real} -F {config} "$@"\n')
            script.chmod(0o755)
        return directory

    def python(self, name: str = "python", driver: bool = True) -> Path:
        """Return a separate Python, with or without the database driver of the tests."""
        directory = self.directory / name
        base = os.environ.get("TEST_MODULE_PYTHON", sys.executable)
        if not directory.exists():
            _run(base, "-m", "venv", "--without-pip", str(directory))
            if driver:
                (_site_packages(directory) / "driver.pth").write_text(f"{_site_packages(base)}\n", encoding="utf-8")
        return directory / "bin" / "python"

    @contextlib.contextmanager
    def tunnel(self, host: str, port: int) -> t.Iterator[int]:
        """Forward a port of this machine to an address that the bastion reaches, and yield the port."""
        local = free_port()
        command = [str(self.programs / "ssh"), "-N", "-L", f"127.0.0.1:{local}:{host}:{port}", "bastion"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
            try:
                _wait_for(local, process)
                yield local
            finally:
                process.terminate()

    def left(self) -> list[str]:
        """Return the temporary files that are on this host."""
        return sorted(str(path.relative_to(self.temporary)) for path in self.temporary.rglob("*"))

    def _write(self, name: str, text: str) -> Path:
        path = self.directory / name
        path.write_text(text, encoding="utf-8")
        return path


@contextlib.contextmanager
def running_bastion(directory: Path) -> t.Iterator[Bastion]:
    """Run a bastion while the block lasts."""
    bastion = Bastion(directory)
    try:
        bastion.start()
        yield bastion
    finally:
        bastion.stop()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a program listens; what it has to say is in the standard error."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args} does not listen on port {port}.")


def _site_packages(python: Path | str) -> Path:
    """Return where a Python, or a virtual environment, has its packages."""
    program = Path(python) / "bin" / "python" if Path(python).is_dir() else Path(python)
    found = _run(str(program), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    return Path(found.strip())


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses now."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
