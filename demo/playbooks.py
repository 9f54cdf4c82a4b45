# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook for the demo, as a user would, and shows its output."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
#: Settings of the user's shell that would affect the demo.
FOREIGN = ("ANSIBLE_", "IMMUTA_", "PG", "PYTHONPATH")
INDENT = "    "
_OUTPUT = {
    "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
    "ANSIBLE_STDOUT_CALLBACK": "brief",
    "ANSIBLE_DISPLAY_OK_HOSTS": "false",
    "ANSIBLE_NOCOWS": "true",
    "ANSIBLE_FORCE_COLOR" if sys.stdout.isatty() else "ANSIBLE_NOCOLOR": "true",
}
_CHANGED = re.compile(r"\bchanged=(\d+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class DemoError(Exception):
    """A step did not end as promised. The message is one sentence."""


def say(text: str = "") -> None:
    """Print for the user."""
    print(text, flush=True)


class Playbooks:
    """Runs playbooks in a directory.

    :param directory: where inventory.yml is
    :param secrets: environment variables that the inventory reads; their values may not be printed
    :param settings: further environment variables
    """

    def __init__(self, directory: Path, secrets: dict[str, str], settings: dict[str, str]) -> None:
        self.directory = directory
        self._secrets = secrets
        self._environment = {**clean_environment(directory), **_OUTPUT, **settings, **secrets}

    def run(self, playbook: str | Path, *arguments: str) -> int:
        """Run a playbook, show command and output, and return how many tasks changed something.

        :raises DemoError: it failed, or printed a secret
        """
        shown = playbook.relative_to(ROOT) if isinstance(playbook, Path) else playbook
        say(f"{INDENT}$ {shlex.join(['ansible-playbook', str(shown), '-i', 'inventory.yml', *arguments])}")
        command = [Path(sys.executable).with_name("ansible-playbook"), playbook, "-i", "inventory.yml", *arguments]
        output = self._watch([str(word) for word in command])
        changed = _CHANGED.search(_COLOUR.sub("", output))
        if changed is None:
            raise DemoError("ansible-playbook ended without a recap.")
        return int(changed[1])

    def _watch(self, command: list[str]) -> str:
        """Show the output of a program while it runs, and return it."""
        lines = []
        with subprocess.Popen(
            command, cwd=self.directory, env=self._environment, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            try:
                for line in process.stdout or ():
                    lines.append(self._checked(line))
                    if line.strip():
                        say(f"{INDENT}{line.rstrip()}")
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise DemoError(f"ansible-playbook ended with {process.returncode}.")
        return "".join(lines)

    def _checked(self, line: str) -> str:
        found = [name for name, value in self._secrets.items() if value in line]
        if found:
            raise DemoError(f"ansible-playbook was about to print the secret {found[0]}.")
        return line


def clean_environment(directory: Path) -> dict[str, str]:
    """Return an environment for ansible-playbook: none of the user's settings, every file below the directory."""
    settings = directory / "ansible.cfg"
    settings.write_text("[defaults]\n", encoding="utf-8")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)},
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "ANSIBLE_CONFIG": str(settings),
        "ANSIBLE_HOME": str(directory / ".ansible"),
        "ANSIBLE_REMOTE_TEMP": str(directory / ".ansible" / "tmp"),
        "TMPDIR": str(directory),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
    }
