# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The definition of the execution environment: the image would contain what the role needs, and no more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.support.lifecycle import state
from tests.integration.support.playbook_runner import ROOT, PlaybookRunner
from tests.integration.support.scenarios import ACCOUNT, AT_ONCE, PASSWORD, manual, role_play, role_vars
from tests.lab.client import LabClient

EXAMPLE = ROOT / "docs" / "examples" / "execution-environment"
BIN = Path(sys.executable).parent
NAMES = {"boto3", "psycopg[binary]", "requests"}


def command(*arguments: str | Path, cwd: Path) -> str:
    """Run a command, and return what it printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    env |= {"ANSIBLE_HOME": str(cwd / ".ansible"), "PATH": f"{BIN}{os.pathsep}{env['PATH']}"}
    done = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd, env=env, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context that ansible-builder creates from the definition; collections/ beside it, as in the image."""
    directory = tmp_path_factory.mktemp("ee")
    (artifact,) = _built(directory)
    shutil.copy(EXAMPLE / "execution-environment.yml", directory)
    (directory / "redshift-ca-bundle.crt").write_text("certificates", encoding="utf-8")
    said = command(BIN / "ansible-builder", "create", cwd=directory)
    assert "outdated" not in said
    collections = directory / "collections"
    options = ("--collections-path", collections, "--no-deps", "--offline")
    command(BIN / "ansible-galaxy", "collection", "install", artifact, *options, cwd=directory)
    name = Path("ansible_collections", "community", "postgresql")
    shutil.copytree(ROOT / ".collections" / name, collections / name)
    return directory


def _built(directory: Path) -> list[Path]:
    command(BIN / "ansible-galaxy", "collection", "build", ROOT, "--output-path", directory, cwd=directory)
    return list(directory.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def requirements(context: Path) -> list[str]:
    """The Python packages that the image would get, found as the build finds them."""
    build = context / "context" / "_build"
    command(
        sys.executable, build / "scripts" / "introspect.py", "introspect", context / "collections",
        f"--user-pip={build / 'requirements.txt'}", f"--exclude-pip-reqs={build / 'exclude-requirements.txt'}",
        f"--write-pip={context / 'pip.txt'}", f"--write-bindep={context / 'bindep.txt'}", cwd=context,
    )  # fmt: skip
    assert not (context / "bindep.txt").exists()
    lines = (context / "pip.txt").read_text(encoding="utf-8").splitlines()
    return [line.partition("#")[0].strip() for line in lines if line.partition("#")[0].strip()]


def test_the_image_gets_driver_and_boto3_and_no_test_tools(context: Path, requirements: list[str]) -> None:
    assert {re.split(r"[<>=!;]", line)[0].strip() for line in requirements} == NAMES
    steps = (context / "context" / "Dockerfile").read_text(encoding="utf-8")
    assert "redshift-ca-bundle.crt /etc/pki/redshift/" in steps
    assert (context / "context" / "_build" / "artifacts").is_dir()


def test_the_role_runs_with_what_the_image_gets(
    context: Path,
    requirements: list[str],
    lab: LabClient,
    playbook: PlaybookRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab.switches(**AT_ONCE)
    venv = context / "venv"
    locked = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^(?:ansible-core|psycopg|requests)==[^\\]*?(?=\s*\\$)", locked, re.MULTILINE)
    (context / "pins.txt").write_text("\n".join(pins), encoding="utf-8")
    command(BIN / "uv", "venv", "--quiet", "--python", sys.executable, venv, cwd=context)
    install = (BIN / "uv", "pip", "install", "--quiet", "--python", venv / "bin" / "python", "-c", "pins.txt")
    command(*install, "ansible-core", *requirements, cwd=context)
    monkeypatch.setenv("ANSIBLE_PLAYBOOK", str(venv / "bin" / "ansible-playbook"))
    monkeypatch.setenv("TEST_MODULE_PYTHON", str(venv / "bin" / "python"))
    monkeypatch.setenv("TEST_COLLECTIONS_PATH", str(context / "collections"))
    playbook(role_play(), extra_vars=role_vars(lab, manual()))
    assert state(lab) == ["enabled"]
    assert lab.can_log_in(ACCOUNT, PASSWORD)
