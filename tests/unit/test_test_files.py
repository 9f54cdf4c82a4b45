# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each plugin file has a test file at the same place below tests/unit/plugins, and tests use what is public."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "plugins"
PACKAGE = "ansible_collections.community.immuta.plugins."
PLUGINS = Path(__file__).parents[2] / "plugins"
DIRECTORIES = ("action", "filter", "inventory", "lookup", "module_utils", "modules", "plugin_utils")
FILES = {
    path.relative_to(PLUGINS).with_suffix("").as_posix(): path
    for directory in DIRECTORIES
    for path in sorted((PLUGINS / directory).rglob("*.py"))
    if path.name != "__init__.py"
}
MODULES = {name.partition("/")[2] for name in FILES if name.startswith("modules/")}
ON_CONTROLLER = {"redshift_fleet_info", "redshift_fleet_report", "redshift_fleet_summary"}
#: Files that share a test file: they differ only in a name, or make one thing together.
ELSEWHERE = {
    **{f"action/{name}": "plugin_utils/test_in_process.py" for name in MODULES - ON_CONTROLLER},
    **{name: "filter/test_filters.py" for name in FILES if name.startswith("filter/")},
    "modules/redshift_fleet_report": "action/test_redshift_fleet_report.py",
}
#: Names of types, and imports.
NOTHING_TO_TEST = {"module_utils/_types", "module_utils/_immuta/http_library"}


def own_tests(name: str) -> list[Path]:
    """Return the test files of a plugin file: test_NAME.py, or test_NAME_PART.py if there are several."""
    directory, _slash, file = name.rpartition("/")
    stem = file.lstrip("_")
    if directory.endswith("/_module") and stem in MODULES:
        directory = "modules"  # a core is tested through its module
    others = {other.rpartition("/")[2].lstrip("_") for other in FILES if other.rpartition("/")[0] == directory}
    longer = tuple(f"test_{other}" for other in others if other.startswith(f"{stem}_"))
    found = [TESTS / directory / f"test_{stem}.py", *(TESTS / directory).glob(f"test_{stem}_*.py")]
    return [path for path in found if path.is_file() and not (longer and path.name.startswith(longer))]


@pytest.mark.parametrize("name", sorted(set(FILES) - set(ELSEWHERE) - NOTHING_TO_TEST))
def test_each_plugin_file_has_a_test_file(name):
    assert own_tests(name)


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_a_shared_test_file_exists_and_is_needed(name):
    assert (TESTS / ELSEWHERE[name]).is_file()
    assert name in FILES
    assert not own_tests(name)


@pytest.mark.parametrize("name", sorted(NOTHING_TO_TEST))
def test_a_file_without_tests_has_no_functions(name):
    assert "def " not in FILES[name].read_text(encoding="utf-8")


def private_names(path: Path) -> set[str]:
    """Return the names with an underscore that a test takes from a plugin file, by import, attribute or patch."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE)]
    names = [(node.module, alias.name, alias.asname or alias.name) for node in imports for alias in node.names]
    files = {f"{PACKAGE}{name.replace('/', '.')}" for name in FILES}
    found = {name for module, name, _bound in names if module in files and name.startswith("_")}
    bound = {name for _module, _name, name in names}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in bound:
            found.add(node.attr)
        if isinstance(node, ast.Call) and len(node.args) > 1 and isinstance(node.args[0], ast.Name):
            owner, name = node.args[0].id, node.args[1]
            found |= {str(name.value)} if owner in bound and isinstance(name, ast.Constant) else set()
    return {name for name in found if name.startswith("_") and not name.startswith("__")}


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_test_reaches_into_a_plugin_file(path):
    assert private_names(path) == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from {}module_utils._files import _hidden", {"_hidden"}),
        ("from {}module_utils import _files\n_files._hidden()", {"_hidden"}),
        ("from {}module_utils import _files as f\npatch.setattr(f, '_hidden', 1)", {"_hidden"}),
        ("from {}module_utils import _files\n_files.public.__name__", set()),
    ],
)
def test_a_private_name_is_found(tmp_path, text, found):
    path = tmp_path / "test_x.py"
    path.write_text(text.format(PACKAGE))
    assert private_names(path) == found
