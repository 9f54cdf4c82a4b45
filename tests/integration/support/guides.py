# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows a guide as a reader would: writes its files, runs its commands, and compares their output."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.integration.support.lifecycle import squeezed
from tests.integration.support.playbook_runner import ROOT, PlaybookRunner, Run, ansible_playbook, environment
from tests.integration.support.scenarios import HOST, PASSWORD, PREFIX
from tests.lab.client import LabClient

GUIDES = ROOT / "docs" / "docsite" / "rst"
#: examples in the guides for a tenant, a cluster, and files of the reader
TENANT, KEY, ADMIN_PASSWORD, SYSTEM_PASSWORD, AUTHORITY, SCRIPTS = (
    "https://tenant.example.com",
    "the-api-key",
    "the-password-of-awsuser",
    "the-system-password",
    "/etc/ssl/certs/redshift-ca-bundle.crt",
    "/secure/immuta",
)
ADDRESS, PSQL_ADDRESS = f"{HOST}:5439", f"host={HOST} port=5439"
#: the directory of the reader
HOME = "/home/deploy"
#: marks what a guide leaves out of an output
LEFT_OUT = "..."
PROGRAMS = ("ansible-playbook", "ansible-inventory", "check-jsonschema", "psql", "cat", "ssh")
VAULT = "group_vars/redshift_clusters/vault.yml"

_BLOCK = re.compile(r"^\.\. code-block:: (\w+)\n(?: +:caption: (.+)\n)?\n((?: +.*\n|\n)+)", re.MULTILINE)
_LOGIN_HOST = re.compile(rf"^( +)login_host: {re.escape(HOST)}$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A code block of a guide; ``caption`` is the name of the file that it shows."""

    language: str
    caption: str
    text: str

    @property
    def commands(self) -> list[list[str]]:
        """The words of each command of a block of the shell."""
        lines = self.text.replace("\\\n", " ").splitlines() if self.language == "shell" else []
        return [words for line in lines if (words := shlex.split(line, comments=True))]

    @property
    def is_run(self) -> bool:
        """Whether the test runs it."""
        return any(words[0] in PROGRAMS for words in self.commands)


def blocks_of(name: str) -> list[Block]:
    """Return the code blocks of a guide, in order."""
    found = _BLOCK.findall((GUIDES / f"guide_{name}.rst").read_text(encoding="utf-8"))
    return [Block(language, caption, textwrap.dedent(text).strip("\n") + "\n") for language, caption, text in found]


def environment_of_reader(directory: Path) -> dict[str, str]:
    """Return the environment of somebody who has installed the collection, with a home below the directory."""
    for name in ("home/.ansible", "tmp", "local", "remote"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    (directory / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
    collections = directory / "home" / ".ansible" / "collections"
    if not collections.exists():
        collections.symlink_to(ROOT / ".collections")
    programs = Path(ansible_playbook()).parent
    path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {name: value for name, value in environment(directory).items() if "CALLBACK" not in name}
    return {**own, "PATH": path}


class Guide:
    """A guide, followed step by step in a directory. Only addresses and secrets are replaced, by those of the lab.

    ``secrets`` are the variables of the vault, ``way`` has the variables of the role that say where SQL is sent, and
    ``replaces`` further texts of the guide and what they stand for.
    """

    def __init__(self, name: str, lab: LabClient, playbook: PlaybookRunner, directory: Path) -> None:
        self.directory, self._lab, self._playbook = directory, lab, playbook
        self._blocks = blocks_of(name)
        self._last: list[list[str]] = []
        self._env: dict[str, str] = {}
        self.way: dict[str, t.Any] = {"login_host": lab.redshift_host, "login_port": lab.redshift_port}
        self.replaces: dict[str, str] = {}
        self.secrets = {
            "vault_immuta_api_key": lab.immuta_api_key,
            "vault_immuta_system_password": PASSWORD,
            "vault_redshift_admin_password": lab.redshift_admin_password,
        }

    def write_files(self) -> None:
        """Write every file that the guide shows, and run nothing: another guide starts from them."""
        for block in self._blocks:
            if block.caption:
                self._write(block)

    def set_environment(self, variables: dict[str, str]) -> None:
        """Set environment variables for all commands that follow, besides those that the guide exports."""
        self._env |= variables

    def edit_vault(self, **secrets: str) -> None:
        """Change secrets in the vault."""
        self.secrets |= secrets
        (self.directory / VAULT).write_text(yaml.safe_dump(self.secrets), encoding="utf-8")

    def next(self, expect_rc: int = 0) -> Run:
        """Run the commands of the next block, then compare their output with the guide."""
        while not self._blocks[0].is_run:
            self._take(self._blocks.pop(0))
        self._last = self._blocks.pop(0).commands
        runs = [self._run(words, expect_rc) for words in self._last]
        while self._blocks and self._blocks[0].language == "text":
            self._compare(self._blocks.pop(0), runs[-1])
        for secret in self.secrets.values():
            assert all(secret not in run.output for run in runs)
        return runs[-1]

    def again(self) -> Run:
        """Run the last commands a second time."""
        return [self._run(words, 0) for words in self._last][-1]

    def skip(self) -> None:
        """Skip the commands of the next block."""
        while not self._blocks.pop(0).is_run:
            pass

    def at_end(self) -> bool:
        """Return whether every command was run."""
        return not any(block.is_run for block in self._blocks)

    def _take(self, block: Block) -> None:
        if block.caption:
            self._write(block)
        for words in block.commands:
            if words[0] == "export":
                name, _equals, value = words[1].partition("=")
                self._env[name] = self._filled(value)

    def _write(self, block: Block) -> None:
        path = self.directory / block.caption
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._filled(block.text), encoding="utf-8")
        if block.caption == VAULT:
            assert set(yaml.safe_load(block.text)) == set(self.secrets)
            self.edit_vault()

    def _filled(self, text: str) -> str:
        """Return a text of the guide with the lab's addresses."""
        for shown, real in self._replaced().items():
            text = text.replace(shown, real)
        host, port = self._lab.redshift_host, self._lab.redshift_port
        return _LOGIN_HOST.sub(rf"\1login_host: {host}\n\1login_port: {port}", text)

    def _replaced(self) -> dict[str, str]:
        lab = self._lab
        return {
            TENANT: lab.immuta_url,
            KEY: lab.immuta_api_key,
            ADMIN_PASSWORD: lab.redshift_admin_password,
            SYSTEM_PASSWORD: self.secrets["vault_immuta_system_password"],
            AUTHORITY: str(lab.redshift_ca_cert),
            SCRIPTS: str(self.directory / "secure"),
            ADDRESS: f"{lab.redshift_host}:{lab.redshift_port}",
            PSQL_ADDRESS: f"host={lab.redshift_host} port={lab.redshift_port}",
            **self.replaces,
        }

    def _run(self, words: list[str], expect_rc: int) -> Run:
        words = [self._filled(word) for word in words if word != "--ask-vault-pass"]
        return self._ansible(words[1:], expect_rc) if words[0] == "ansible-playbook" else self._plain(words)

    def _ansible(self, words: list[str], expect_rc: int) -> Run:
        """Run ansible-playbook, with login_host and login_port of the lab, as for a tunnel."""
        options: dict[str, t.Any] = {"arguments": words[1:], "cwd": self.directory}
        if "-i" in words:
            place = words.index("-i")
            options |= {
                "inventory": self.directory / words[place + 1],
                "arguments": words[1:place] + words[place + 2 :],
            }
        way = {PREFIX + name: value for name, value in self.way.items()}
        file = self.directory / words[0]
        name = file if file.exists() else Path(words[0])
        return self._playbook(name, expect_rc=expect_rc, extra_vars=way, env=self._env, **options)

    def _plain(self, words: list[str]) -> Run:
        env = {**environment_of_reader(self.directory / ".reader"), **self._env}
        words = [re.sub("^~(?=/)", env["HOME"], word) for word in words]
        done = subprocess.run(words, cwd=self.directory, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return Run(0, done.stdout, done.stderr, "", 0.0, self.directory)

    def _compare(self, block: Block, run: Run) -> None:
        """Check that a run printed what the guide shows, whatever the line breaks."""
        printed = run.stdout + run.stderr
        for shown, real in self._replaced().items():
            printed = printed.replace(real, shown)
        printed = squeezed(printed.replace(self._lab.redshift_host, HOST).replace(str(self.directory), HOME))
        for part in block.text.split(LEFT_OUT):
            assert squeezed(part) in printed, f"not printed:\n{part}\nbut:\n{run.stdout}\n{run.stderr}"
