# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a job as AWX does: its code injects the credentials, ansible-runner transmits, runs and processes the job."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

from tests.integration.support.playbook_runner import ROOT, environment

AWX = ROOT / "docs" / "examples" / "awx"
TIMEOUT_SECONDS = 180.0

Fields = dict[str, t.Any]


class Unsafe(str):
    """A text that ansible-playbook does not template."""


class _Dumper(yaml.SafeDumper):
    """Writes extra variables as AWX does: what a user entered is tagged ``!unsafe``."""


_Dumper.add_representer(Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"'))


class _Type:
    """A credential type in the form that AWX's code reads."""

    managed = False
    custom_injectors = None

    def __init__(self, name: str) -> None:
        kind = yaml.safe_load((AWX / f"credential_type_{name}.yml").read_text(encoding="utf-8"))
        self.inputs = kind["inputs"]
        self.injectors = kind["injectors"]


@dataclass
class Job:
    """A finished job."""

    status: str
    rc: int
    stdout: str
    events: list[Fields]
    artifacts: Fields
    #: all that AWX stores: the events, the output, and facts if the template stores them
    kept: str
    #: hosts with stored facts
    facts: list[str]


@dataclass
class Launch:
    """What a job template and its launch specify.

    :param credentials: inputs of each credential by the name of its type, the file without ``credential_type_``
    :param survey: variables that a user entered at the launch
    :param variables: variables of the job template
    :param vault_password: of a Vault credential
    """

    playbook: str
    inventory: Fields
    credentials: dict[str, Fields]
    survey: dict[str, str] | None = None
    variables: Fields | None = None
    check: bool = False
    limit: str = ""
    vault_password: str = ""
    project: Path = AWX / "project"


def start(directory: Path, launch: Launch) -> subprocess.Popen[bytes]:
    """Transmit a job, and start its worker."""
    _write(directory, launch)
    _runner(directory, "transmit", _transmitted(directory), "--playbook", launch.playbook, *_limit(launch))
    command = [_program(), "worker", "--private-data-dir", str(directory / "worker"), "--delete"]
    with (directory / "transmit.out").open("rb") as source, (directory / "worker.out").open("wb") as target:
        env = _environ(directory)
        return subprocess.Popen(command, stdin=source, stdout=target, stderr=subprocess.DEVNULL, env=env)


def finish(directory: Path, worker: subprocess.Popen[bytes]) -> Job:
    """Wait for a worker, and process what it sent."""
    worker.wait(TIMEOUT_SECONDS)
    with (directory / "worker.out").open("rb") as source:
        _runner(directory, "process", str(directory / "processed"), "--ident", "1", source=source)
    kept = directory / "processed" / "artifacts" / "1"
    files = sorted((kept / "job_events").glob("*.json"), key=lambda path: int(path.name.partition("-")[0]))
    events = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    facts = list((kept / "fact_cache").glob("*"))
    stats = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
    return Job(
        status=(kept / "status").read_text(encoding="utf-8"),
        rc=int((kept / "rc").read_text(encoding="utf-8")),
        stdout=(kept / "stdout").read_text(encoding="utf-8"),
        events=events,
        artifacts=stats[-1].get("artifact_data", {}) if stats else {},
        kept="\n".join(path.read_text(encoding="utf-8") for path in (*files, kept / "stdout", *facts)),
        facts=[path.name for path in facts],
    )


def run(directory: Path, launch: Launch) -> Job:
    """Run a job to its end."""
    return finish(directory, start(directory, launch))


def synchronise(directory: Path, source: str, credentials: dict[str, Fields]) -> Fields:
    """Return the inventory that a source of the project yields, in the form in which AWX hands it to its jobs."""
    for name in ("home", "tmp", "local", "remote", "source/env"):
        (directory / name).mkdir(mode=0o700, parents=True)
    (directory / "ansible.cfg").touch()
    env, _arguments = _injected(directory / "source", directory / "source", credentials)
    command = [_program("ansible-inventory"), "--list", "--export", "-i", str(AWX / "project" / source)]
    done = subprocess.run(command, env={**_environ(directory), **env}, check=True, capture_output=True, timeout=60)
    listed: Fields = json.loads(done.stdout)
    hostvars = listed.pop("_meta")["hostvars"]
    groups = {name: group for name, group in listed.items() if name != "all"}
    return {
        name: {**group, "hosts": {host: hostvars[host] for host in group.get("hosts", [])}}
        for name, group in groups.items()
    }


def _write(directory: Path, launch: Launch) -> None:
    """Write the private data directory of a job."""
    for name in ("home", "tmp", "local", "remote", "job/env", "job/inventory"):
        (directory / name).mkdir(mode=0o700, parents=True)
    (directory / "ansible.cfg").touch()
    job = directory / "job"
    shutil.copytree(launch.project, job / "project")
    _write_inventory(job / "inventory" / "hosts", launch.inventory)
    env, arguments = _injected(job, directory / "worker", launch.credentials)
    arguments += ["--check", "--diff"] if launch.check else ["--diff"]
    if launch.vault_password:
        (job / "env" / "passwords").write_text(json.dumps({"Vault password:": launch.vault_password}), encoding="utf-8")
        arguments.append("--ask-vault-pass")
    entered = {name: Unsafe(value) for name, value in (launch.survey or {}).items()}
    if entered or launch.variables:
        variables = yaml.dump({**(launch.variables or {}), **entered}, Dumper=_Dumper, allow_unicode=True)
        (job / "env" / "tmpvars").write_text(variables, encoding="utf-8")
        arguments += ["-e", f"@{directory}/worker/env/tmpvars"]
    (job / "env" / "envvars").write_text(json.dumps(env), encoding="utf-8")
    (job / "env" / "cmdline").write_text(" ".join(arguments), encoding="utf-8")


def _write_inventory(path: Path, inventory: Fields) -> None:
    """Write an inventory as AWX does: a script that prints it, vaulted values under ``__ansible_vault``."""
    groups = {name: {**group, "hosts": list(group.get("hosts", {}))} for name, group in inventory.items()}
    hosts = {name: row for group in inventory.values() for name, row in group.get("hosts", {}).items()}
    text = json.dumps({**groups, "_meta": {"hostvars": hosts}})
    path.write_text(f"#!{sys.executable}\nprint({text!r})\n", encoding="utf-8")
    path.chmod(0o700)


def _injected(job: Path, worker: Path, credentials: dict[str, Fields]) -> tuple[dict[str, str], list[str]]:
    """Return the environment and the arguments that AWX creates from credentials. It mounts the job at /runner."""
    env: dict[str, str] = {}
    arguments: list[str] = []
    for name, inputs in credentials.items():
        inject_credential(_Type(name), Credential(inputs), env, {}, arguments, str(job))
    return {name: value.replace("/runner/", f"{worker}/") for name, value in env.items()}, arguments


def _limit(launch: Launch) -> list[str]:
    return ["--limit", launch.limit] if launch.limit else []


def _transmitted(directory: Path) -> str:
    return str(directory / "job")


def _runner(directory: Path, *arguments: str, source: t.IO[bytes] | None = None) -> None:
    """Run a phase of ansible-runner; its output goes into a file with its name."""
    with (directory / f"{arguments[0]}.out").open("wb") as target:
        command = [_program(), *arguments]
        subprocess.run(
            command, stdin=source or subprocess.DEVNULL, stdout=target, env=_environ(directory), check=True, timeout=60
        )


def _program(name: str = "ansible-runner") -> str:
    return str(Path(sys.executable).with_name(name))


def _environ(directory: Path) -> dict[str, str]:
    """Return the environment of a worker: like that of other runs, with only the callbacks of ansible-runner."""
    env = environment(directory)
    foreign = ("ANSIBLE_CALLBACK", "ANSIBLE_LOG", "ANSIBLE_NOCOLOR", "TEST_")
    kept = {name: value for name, value in env.items() if not name.startswith(foreign)}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"}
