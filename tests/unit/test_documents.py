# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README and role README say what the code says."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.immuta.plugins.module_utils._module._accounts import (
    PRIVILEGED_ACCOUNT,
    SYSTEM_ACCOUNT,
)
from ansible_collections.community.immuta.plugins.module_utils._options import environment

ROOT = Path(__file__).parents[2]
if not (ROOT / "README.md").is_file():
    pytest.skip("needs the checkout", allow_module_level=True)

PREFIX = "redshift_integration"
ROLE = ROOT / "roles" / "redshift_integration"


def load(path: Path) -> t.Any:
    """Return a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def role_options() -> dict[str, t.Any]:
    """Return the argument specification of the role."""
    options: dict[str, t.Any] = load(ROLE / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    return options


def table_rows() -> dict[str, list[str]]:
    """Return the rows of the input tables of the role's README, by variable."""
    lines = (ROLE / "README.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines if line.startswith("| `_")]
    return {PREFIX + row[0].strip("`"): row[1:] for row in cells}


def test_role_readme_lists_every_variable_in_order() -> None:
    assert list(table_rows()) == list(role_options())


def test_role_readme_has_types_choices_and_defaults() -> None:
    rows = table_rows()
    for name, option in role_options().items():
        choices = [f"`{choice}`" for choice in option.get("choices", [])]
        assert rows[name][0] == option["type"] + (f": {', '.join(choices)}" if choices else ""), name
        if "default" in option:
            assert yaml.safe_load(rows[name][1].strip("`")) == option["default"], name


def test_defaults_of_the_role_are_those_of_its_specification() -> None:
    specified = {name: option["default"] for name, option in role_options().items() if "default" in option}
    assert load(ROLE / "defaults" / "main.yml") == specified


def test_readme_names_every_environment_variable() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(environment().values()) <= set(re.findall(r"`(IMMUTA_\w+)`", text))


def test_navigator_passes_every_environment_variable() -> None:
    example = load(ROOT / "docs" / "examples" / "execution-environment" / "ansible-navigator.yml")
    passed = example["ansible-navigator"]["execution-environment"]["environment-variables"]["pass"]
    accounts = (*SYSTEM_ACCOUNT.values(), *PRIVILEGED_ACCOUNT.values())
    assert {*environment().values(), *accounts} <= set(passed)


def test_the_tests_named_in_security_exist() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:unit|integration)/[\w/]+\.py)`", text)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / "tests" / name).is_file()] == []
