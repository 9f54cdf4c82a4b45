# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection under another name: built, installed, and a playbook of it run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.support.guides import blocks_of
from tests.integration.support.lifecycle import state
from tests.integration.support.playbook_runner import ROOT, PlaybookRunner, environment, local_host
from tests.integration.support.scenarios import AT_ONCE, manual, role_vars
from tests.lab.client import LabClient

RENAME = ROOT / "scripts" / "rename.sh"
GALAXY = Path(sys.executable).with_name("ansible-galaxy")
#: What the package of a distribution contains of a collection.
NEEDED = {"meta", "playbooks", "plugins", "roles"}
KEPT = re.compile(r"community\.immuta authors|ansible-collections/community\.immuta")


def rename(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the script."""
    return subprocess.run([str(RENAME), *map(str, arguments)], check=False, text=True, capture_output=True)


@pytest.mark.parametrize("arguments", [("acme",), ("Acme", "immuta", "x"), ("acme", "im-muta", "x"), ("1a", "b", "x")])
def test_a_wrong_name_is_refused(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = rename(*arguments[:2], *[tmp_path / name for name in arguments[2:]])
    assert done.returncode == 1
    assert done.stderr.startswith("rename: ")
    assert list(tmp_path.iterdir()) == []


def test_an_existing_directory_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert "exists already" in rename("acme", "immuta", tmp_path).stderr


def test_the_renamed_collection_works(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    copy, collections = tmp_path / "copy", tmp_path / "collections"
    (words,) = (words for block in blocks_of("awx") for words in block.commands if words[0] == "scripts/rename.sh")
    assert rename(*words[1:3], copy).returncode == 0
    left = [
        path
        for path in copy.rglob("*")
        if path.is_file() and re.search(rb"community[./-]immuta", re.sub(KEPT.pattern.encode(), b"", path.read_bytes()))
    ]
    assert left == []
    for arguments in (
        ("build", copy, "--output-path", tmp_path),
        ("install", tmp_path / "acme-redshift_access-1.0.0.tar.gz", "--no-deps", "--offline", "-p", collections),
    ):
        command = [str(word) for word in (GALAXY, "collection", *arguments)]
        subprocess.run(command, check=True, capture_output=True, env=environment(tmp_path), cwd=tmp_path)
    postgresql = collections / "ansible_collections" / "community" / "postgresql"
    postgresql.parent.mkdir()
    postgresql.symlink_to(ROOT / ".collections" / "ansible_collections" / "community" / "postgresql")
    lab.switches(**AT_ONCE)
    hosts = {"analytics": {**local_host(), **role_vars(lab, manual())}}
    installed = collections / "ansible_collections" / "acme" / "redshift_access"
    for other in {path.name for path in installed.iterdir()} - NEEDED:
        shutil.rmtree(installed / other) if (installed / other).is_dir() else (installed / other).unlink()
    playbook(
        installed / "playbooks" / "redshift_integration.yml",
        inventory={"redshift_clusters": {"hosts": hosts}},
        env={"ANSIBLE_COLLECTIONS_PATH": str(collections)},
    )
    assert state(lab) == ["enabled"]
