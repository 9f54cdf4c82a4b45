# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each plugin file has a test file at the same place below tests/unit/plugins."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "plugins"
PLUGINS = Path(__file__).parents[2] / "plugins"
DIRECTORIES = ("action", "filter", "inventory", "module_utils", "modules", "plugin_utils")
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
    **{f"plugin_utils/_report/{name}": f"plugin_utils/test_report_{name}.py" for name in ("model", "origin")},
    "plugin_utils/_report/input": "plugin_utils/test_report_model.py",
    **{
        f"plugin_utils/_report/{name}": "plugin_utils/test_report_formats.py"
        for name in ("files", "machine_formats", "page", "text_formats")
    },
    **{f"plugin_utils/_report/{name}": "plugin_utils/test_run_record.py" for name in ("run_formats", "run_record")},
}
#: Names of types, imports, and a list of exceptions.
NOTHING_TO_TEST = {"module_utils/_types", "module_utils/_immuta/http_library", "plugin_utils/_templates"}


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
