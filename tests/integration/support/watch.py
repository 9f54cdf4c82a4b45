# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches all output of a run for secrets: what it prints, logs, leaves behind, and shows while it runs."""

from __future__ import annotations

import base64
import json
import os
import threading
import typing as t
from pathlib import Path
from urllib.parse import quote, quote_plus

from tests.integration.support.playbook_runner import INTEGRATION, PlaybookRunner, Plays, Run

#: a module that Python imports first, to record what goes to syslog
SYSLOG_SPY = """
import os
import syslog

real = syslog.syslog

def spy(*arguments):
    with open(os.environ["SPY_SYSLOG_FILE"], "a", encoding="utf-8") as file:
        file.write(" ".join(map(str, arguments)) + "\\n")
    return real(*arguments)

syslog.syslog = spy
"""
#: files that the runner itself writes, secrets included
OWN_FILES = ("vars.json", "inventory.json", "playbook.json", "registers.json")
_PAUSE_SECONDS = 0.02
_SHORTEST_FORM = 6


def forms(secret: str) -> set[str]:
    """Return a secret as it is and as URLs, JSON, SQL, Python and base64 write it, all in lower case."""
    found = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    }
    found |= {secret.replace("'", "''"), secret[::-1], secret.encode().hex(), *_base64_forms(secret.encode())}
    return {form.lower() for form in found if len(form) >= _SHORTEST_FORM}


def _base64_forms(secret: bytes) -> t.Iterator[str]:
    """Yield the part of each base64 text with the secret in it that does not depend on its neighbours."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + secret).decode().rstrip("=")
        yield text[(0, 2, 3)[before] : len(text) - (1 if (len(secret) + before) % 3 else 0)]


class Watched:
    """A finished run and all its output: name of the place -> text in lower case."""

    def __init__(self, run: Run, places: dict[str, str]) -> None:
        self.run = run
        self.places = {name: text.lower() for name, text in places.items()}

    def leaks(self, secrets: dict[str, str]) -> list[str]:
        """Return which secret is in which place, without its value."""
        return [
            f"{name} in {place}"
            for name, secret in secrets.items()
            for place, text in self.places.items()
            if any(form in text for form in forms(secret))
        ]


def watched(playbook: PlaybookRunner, plays: Plays | Path, directory: Path, **options: t.Any) -> Watched:
    """Run a playbook at the highest verbosity, with diffs, and watch it. Options as of the runner."""
    spy, syslog = directory / "spy", directory / "syslog.txt"
    spy.mkdir(exist_ok=True)
    (spy / "sitecustomize.py").write_text(SYSLOG_SPY, encoding="utf-8")
    syslog.write_text("", encoding="utf-8")
    processes = ProcessWatch()
    with processes:
        env = _environment(spy, syslog, options.pop("env", {}))
        started = playbook.start(plays, verbosity=4, diff=True, env=env, **options)
        run = started.wait()
    files = [path for path in run.directory.rglob("*") if path.is_file() and path.name not in OWN_FILES]
    left = {str(path.relative_to(run.directory)): path.read_text(encoding="utf-8", errors="replace") for path in files}
    shown = {"standard output": run.stdout, "standard error": run.stderr, "processes": processes.text()}
    return Watched(run, {**left, **shown, "syslog": syslog.read_text(encoding="utf-8")})


def _environment(spy: Path, syslog: Path, env: dict[str, str]) -> dict[str, str]:
    driver = os.environ.get("TEST_DRIVER")
    paths = [str(spy), *([str(INTEGRATION / "drivers" / driver)] if driver else [])]
    paths += [env["PYTHONPATH"]] if "PYTHONPATH" in env else []
    return {**env, "PYTHONPATH": os.pathsep.join(paths), "SPY_SYSLOG_FILE": str(syslog)}


class ProcessWatch:
    """Collects the command lines and environments of all other processes during the block."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ProcessWatch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def text(self) -> str:
        """Return everything that was collected."""
        return "\n".join(sample.decode("utf-8", "replace") for sample in self._seen)

    def _watch(self) -> None:
        while not self._done.wait(_PAUSE_SECONDS):
            for directory in Path("/proc").iterdir():
                if directory.name.isdigit() and int(directory.name) != os.getpid():
                    self._seen |= {_content(directory / name) for name in ("cmdline", "environ")}


def _content(path: Path) -> bytes:
    """Return the content of a file of a process; nothing if the process has ended, or belongs to another user."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
