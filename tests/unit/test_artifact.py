# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The artifact: what is needed at run time, and nothing of tests or tooling."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text())
ALLOWED = re.compile(
    r"(MANIFEST|FILES)\.json|README\.md|SECURITY\.md|CHANGELOG\.(md|rst)|COPYING|LICENSES|requirements\.txt"
    r"|plugins|roles|playbooks|meta|docs|changelogs|sbom\.\w+(\.\w+)*"
)
REQUIRED = {"plugins", "roles", "meta", "COPYING", "LICENSES", "requirements.txt", "MANIFEST.json", "FILES.json"}
#: Texts that would reveal the machine that the artifact was built on.
MACHINE = re.compile(rb"/root/|/work/|/home/(?!deploy)")

pytestmark = pytest.mark.skipif(not (BIN / "ansible-galaxy").exists(), reason="ansible-galaxy is not installed")


def run(tool, *args, collections, home):
    """Run a tool of Ansible with its own home and collections, and return its output."""
    (home / "ansible.cfg").touch()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "ANSIBLE_HOME": str(home),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_CONFIG": str(home / "ansible.cfg"),
    }
    return subprocess.run(
        [str(BIN / tool), *map(str, args)], cwd=home, env=environment, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    output = tmp_path_factory.mktemp("artifact")
    run("ansible-galaxy", "collection", "build", ROOT, "--output-path", output, collections=output, home=output)
    (found,) = output.glob("*.tar.gz")
    return found


def contents(artifact):
    with tarfile.open(artifact) as archive:
        return {
            member.name: archive.extractfile(member).read() for member in archive.getmembers() if not member.isdir()
        }


def test_the_artifact_contains_what_is_needed_and_nothing_else(artifact):
    assert artifact.name == f"community-immuta-{GALAXY['version']}.tar.gz"
    files = contents(artifact)
    top = {name.split("/")[0] for name in files}
    assert {name for name in top if not ALLOWED.fullmatch(name)} == set()
    assert top >= REQUIRED
    odd = [name for name in files if re.search(r"__pycache__|\.pyc$|(^|/)\.|~$|\.orig$|/tests?/", name)]
    assert odd == []
    telling = [name for name, content in files.items() if MACHINE.search(content)]
    assert telling == []
    for name in ("plugins", "roles", "playbooks", "meta"):
        wanted = {
            str(path.relative_to(ROOT))
            for path in (ROOT / name).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert {file for file in files if file.startswith(f"{name}/")} == wanted


def test_the_artifact_installs_and_shows_its_documentation(artifact, tmp_path):
    installed = tmp_path / "collections"
    options = ("--collections-path", installed, "--no-deps", "--offline")
    run("ansible-galaxy", "collection", "install", artifact, *options, collections=installed, home=tmp_path)
    manifest = json.loads((installed / "ansible_collections/community/immuta/MANIFEST.json").read_text())
    assert manifest["collection_info"]["version"] == GALAXY["version"]
    names = [f"community.immuta.{path.stem}" for path in sorted((ROOT / "plugins" / "modules").glob("[a-z]*.py"))]
    shown = json.loads(run("ansible-doc", "--json", *names, collections=installed, home=tmp_path))
    assert set(shown) == set(names)
    assert all(shown[name]["examples"] and shown[name]["return"] for name in names)
    role = run(
        "ansible-doc",
        "--type",
        "role",
        "--json",
        "community.immuta.redshift_integration",
        collections=installed,
        home=tmp_path,
    )
    assert "redshift_integration_host" in role


def test_the_bill_of_materials(tmp_path):
    """It names each package that the modules need, and those below them, with the version that is tested."""
    lock = ROOT / "requirements/run.txt"
    run(
        "cyclonedx-py",
        "requirements",
        lock,
        "--output-file",
        tmp_path / "sbom.json",
        collections=tmp_path,
        home=tmp_path,
    )
    found = {row["name"]: row["version"] for row in json.loads((tmp_path / "sbom.json").read_text())["components"]}
    needed = (ROOT / "meta" / "ee-requirements.txt").read_text()
    assert set(re.findall(r"^(requests|psycopg)\b", needed, re.MULTILINE)) == {"requests", "psycopg"} <= set(found)
    tested = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements/dev.txt").read_text(), re.MULTILINE))
    assert {name: version for name, version in found.items() if tested.get(name, version) != version} == {}
    assert {"urllib3", "certifi"} <= set(found) & set(tested)
