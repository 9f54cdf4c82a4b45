# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pipelines of docs/examples/ci are valid, pinned, and take secrets from the CI system only."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
if not (ROOT / "docs" / "examples" / "ci").is_dir():
    pytest.skip("needs the checkout", allow_module_level=True)
pytest.importorskip("check_jsonschema", reason="needs the libraries of the checkout")

GITHUB, GITLAB = (ROOT / "docs" / "examples" / "ci" / name for name in ("github-workflow.yml", "gitlab-ci.yml"))
SCHEMAS = {
    GITHUB: ["vendor.github-workflows"],
    GITLAB: ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}
ACTION = re.compile(r"uses: ([\w/-]+)@([0-9a-f]{40}) # v")


def validation(path: Path, kind: Path) -> subprocess.CompletedProcess[str]:
    """Validate a pipeline against the schema of its system."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *SCHEMAS[kind], str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_valid(path: Path, tmp_path: Path) -> None:
    good = validation(path, path)
    assert good.returncode == 0, good.stdout
    broken = tmp_path / path.name
    broken.write_text(path.read_text(encoding="utf-8").replace("timeout", "time-out"), encoding="utf-8")
    assert validation(broken, path).returncode == 1


def test_actions_are_pinned_to_the_commits_of_this_repository() -> None:
    text = GITHUB.read_text(encoding="utf-8")
    pinned = dict(ACTION.findall(text))
    assert len(pinned) == text.count("uses: ")
    own = dict(ACTION.findall((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")))
    assert {name: commit for name, commit in pinned.items() if name in own} == own


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_packages_are_those_that_are_tested(path: Path) -> None:
    wanted = re.findall(r"([\w-]+==[\d.]+)", path.read_text(encoding="utf-8"))
    tested = (ROOT / "requirements" / "dev.in").read_text(encoding="utf-8")
    assert len(wanted) == 3
    assert [pin for pin in wanted if not re.search(rf"^{re.escape(pin)}\b", tested, re.MULTILINE)] == []


def test_secrets_come_from_the_system() -> None:
    """Each step gets what it needs and no more; no other step can read the key."""
    (job,) = yaml.safe_load(GITHUB.read_text(encoding="utf-8"))["jobs"].values()
    with_key = [step["name"] for step in job["steps"] if "secrets." in str(step)]
    assert with_key == ["Compare the inventory with Immuta"]
    assert "IMMUTA_API_KEY" not in str(yaml.safe_load(GITLAB.read_text(encoding="utf-8")))
