# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requirements for inclusion in the "ansible" package and for a certification, as far as a test can check them.

The names of the tests follow the collection requirements, the collection checklist and the certification checker.
"""

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
if not (ROOT / "galaxy.yml").is_file():
    pytest.skip("needs the checkout", allow_module_level=True)

MEGABYTES = 20
#: The plugin directories of ansible-core, and the one for code that plugins share.
DIRECTORIES = {
    "action", "become", "cache", "callback", "cliconf", "connection", "doc_fragments", "filter", "httpapi", "inventory",
    "lookup", "module_utils", "modules", "netconf", "plugin_utils", "shell", "strategy", "terminal", "test", "vars",
}  # fmt: skip
#: One of these tags is needed.
TAGS = {
    "application", "cloud", "database", "eda", "infrastructure", "linux", "monitoring", "networking", "security",
    "storage", "tools", "windows",
}  # fmt: skip
#: Rules of ansible-lint that a certified collection may not skip.
NEVER_SKIPPED = {
    "command-instead-of-module", "command-instead-of-shell", "meta-no-info", "meta-runtime[unsupported-version]",
    "no-changed-when", "no-handler", "no-log-password", "package-latest", "risky-file-permissions",
    "risky-shell-pipe", "unnamed-task",
}  # fmt: skip


def load(name: str) -> t.Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


GALAXY = load("galaxy.yml")
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_version_and_license() -> None:
    assert numbers(GALAXY["version"]) >= (1, 0, 0)
    assert GALAXY["license"] == ["GPL-3.0-or-later"]
    assert (ROOT / "COPYING").is_file()
    assert (ROOT / "CODE_OF_CONDUCT.md").is_file()


def test_tags_and_links() -> None:
    assert set(GALAXY["tags"]) & TAGS
    assert all(re.fullmatch(r"[a-z][a-z0-9]*", tag) for tag in GALAXY["tags"])
    assert all(GALAXY[link].startswith("https://") for link in ("repository", "documentation", "homepage", "issues"))


def test_supported_ansible_core() -> None:
    (floor,) = re.findall(r">=([\d.]+)", load("meta/runtime.yml")["requires_ansible"])
    assert numbers(floor) >= (2, 16, 0)


def test_dependencies_are_released_and_loose_and_listed_for_the_checker() -> None:
    listed = {row["name"]: row["version"] for row in load("requirements.yml")["collections"]}
    assert GALAXY["dependencies"] == listed
    for name, version in listed.items():
        assert numbers(re.findall(r">=([\d.]+)", version)[0]) >= (1, 0, 0), name
        assert "==" not in version, name


def test_python_dependencies_have_no_upper_bound() -> None:
    for line in (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines():
        requirement = line.partition("#")[0].partition(";")[0]
        assert not re.search(r"<|==|~=|^ansible", requirement), line


def test_plugins_are_where_ansible_core_has_them() -> None:
    found = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert found <= DIRECTORIES


def test_shared_code_is_private() -> None:
    for directory in ("module_utils", "plugin_utils"):
        names = {path.name for path in (ROOT / "plugins" / directory).iterdir()}
        assert all(name.startswith("_") for name in names), directory


@pytest.mark.parametrize("name", MODULES)
def test_modules_that_only_read(name: str) -> None:
    module = importlib.import_module(f"ansible_collections.community.immuta.plugins.modules.{name}")
    choices = set(module.argument_spec().get("state", {}).get("choices", []))
    assert not choices & {"get", "list", "query", "info"}
    assert name.endswith("_info") or "state" in choices or not name.startswith("get_")
    if name.endswith("_info"):
        assert "supports_check_mode=True" in (ROOT / "plugins" / "modules" / f"{name}.py").read_text(encoding="utf-8")


def test_sanity_has_no_exceptions() -> None:
    assert not list((ROOT / "tests").glob("sanity/ignore*"))


def test_the_settings_of_antsibull_nox_are_up_to_date() -> None:
    """The gate takes minutes and is not run for each change: what makes it fail most often is found here."""
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    checks = tomllib.loads((ROOT / "antsibull-nox.toml").read_text(encoding="utf-8"))["sessions"]["extra_checks"]
    (group,) = checks["action_groups_config"]
    members = load("meta/runtime.yml")["action_groups"][group["name"]]
    assert {name for name in MODULES if re.fullmatch(group["pattern"], name)} == set(members)
    templates = [path for path in (ROOT / "plugins").rglob("*") if path.suffix not in ("", ".py", ".pyc")]
    allowed = tuple(checks["no_unwanted_files_skip_directories"])
    assert [path for path in templates if not f"{path.relative_to(ROOT)}".startswith(allowed)] == []
    (tabs,) = checks["avoid_character_group"]
    for skipped in (checks["no_trailing_whitespace_skip_directories"], tabs["skip_directories"]):
        pictures = (ROOT / "docs").rglob("*.png")
        assert [path for path in pictures if not f"{path.relative_to(ROOT)}".startswith(tuple(skipped))] == []


def test_ansible_lint_skips_nothing_that_counts() -> None:
    settings = load(".ansible-lint")
    assert settings["profile"] == "production"
    assert not set(settings.get("skip_list", [])) & NEVER_SKIPPED
    kept = ("plugins", "roles", "extensions", "playbooks")
    assert not [path for path in settings.get("exclude_paths", []) if path.strip("./").startswith(kept)]


def test_nothing_is_large() -> None:
    counted = [ROOT / name for name in ("plugins", "roles", "playbooks", "meta", "docs", "changelogs")]
    sizes = [path.stat().st_size for directory in counted for path in directory.rglob("*") if path.is_file()]
    assert sum(sizes) < MEGABYTES * 1024 * 1024


def test_readme_says_where_to_ask_and_links_work_on_galaxy() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "https://forum.ansible.com" in text
    relative = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not re.match(r"https?://|#", link)]
    assert relative == []
