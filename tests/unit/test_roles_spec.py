# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the role are those of the modules, with its prefix."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.immuta.plugins.module_utils._module._role_options import GROUPS, RoleOptions
from ansible_collections.community.immuta.plugins.module_utils._options import CONNECTION, LOGIN, SETTINGS
from ansible_collections.community.immuta.plugins.modules import redshift_integration

ROLE = Path(__file__).parents[2] / "roles" / "redshift_integration"
PREFIX = "redshift_integration_"
SPEC = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]
OPTIONS = {name.removeprefix(PREFIX): row for name, row in SPEC["options"].items()}
DEFAULTS = {
    name.removeprefix(PREFIX): value
    for name, value in yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()).items()
}
MODULE = redshift_integration.argument_spec()
#: Options of the role with the name of an option of the login, which mean the same.
SAME_LOGIN = {name: row for name, row in LOGIN.items() if name in OPTIONS}
#: The design's own variables of the role.
OWN = {
    "login_host",
    "login_port",
    "login_user",
    "login_password",
    "ssl_mode",
    "ca_cert",
    "connect_params",
    "run_scripts",
    "scripts_dir",
    "scripts_done",
    "drop_objects",
    "cleanup_on_error",
}


def files(*directories):
    return [path for directory in directories for path in sorted((ROLE / directory).glob("*.yml"))]


def test_every_option_of_the_module_is_an_option_of_the_role():
    assert set(MODULE) <= set(OPTIONS)
    assert set(OPTIONS) >= OWN


def test_names_have_the_prefix():
    assert all(name.startswith(PREFIX) for name in SPEC["options"])
    assert all(name.startswith(PREFIX) for name in yaml.safe_load((ROLE / "defaults" / "main.yml").read_text()))


def same(row, documented, where):
    assert documented["type"] == row["type"], where
    assert documented.get("choices") == row.get("choices"), where
    assert "no_log" not in documented, f"{where}: ansible-core before 2.19 would refuse inline !vault values"
    assert set(documented.get("options", {})) == set(row.get("options", {})), where
    for name, inner in row.get("options", {}).items():
        same(inner, documented["options"][name], f"{where}.{name}")
        assert bool(documented["options"][name].get("required")) == bool(inner.get("required"))


@pytest.mark.parametrize("name", MODULE)
def test_options_of_the_module(name):
    same(MODULE[name], OPTIONS[name], name)
    assert "default" not in OPTIONS[name] or name == "state"
    assert not OPTIONS[name].get("required")


@pytest.mark.parametrize("name", [name for name in SAME_LOGIN if name != "ca_cert"])
def test_options_of_the_login(name):
    same(LOGIN[name], OPTIONS[name], name)


@pytest.mark.parametrize("name", CONNECTION)
def test_environment_variables(name):
    named = re.findall(r"variable E\((\w+)\)", " ".join(OPTIONS[name]["description"]))
    assert named == ([CONNECTION[name]["env"]] if "env" in CONNECTION[name] else [])


def test_defaults():
    assert {name: row["default"] for name, row in OPTIONS.items() if "default" in row} == DEFAULTS


def test_defaults_of_the_design():
    expected = {
        "ssl_mode": "require",
        "connect_params": {},
        "run_scripts": True,
        "drop_objects": False,
        "cleanup_on_error": False,
        "state": "present",
    }
    assert {name: DEFAULTS[name] for name in expected} == expected


def test_settings_have_no_defaults():
    assert not set(SETTINGS) & set(DEFAULTS)


def read_by_python():
    """Return the variables that the lookup of the role reads."""
    read = set()
    options = RoleOptions(read.add, {})
    for name in GROUPS:
        options.group(name)
    return {name for name in read if name.startswith(PREFIX)}


def test_every_variable_in_use_is_documented():
    used = read_by_python()
    for path in files("tasks", "vars", "handlers", "defaults"):
        used |= set(re.findall(rf"(?<!\w)({PREFIX}\w+)", path.read_text()))
    modules = {"redshift_integration_info", "redshift_integration_script"}
    assert used - modules == {f"{PREFIX}{name}" for name in [*OPTIONS, "result"]}


def test_every_option_reaches_the_module():
    options = RoleOptions({PREFIX + name: f"the {name}" for name in MODULE}.get, {})
    given = {**options.connection(), **options.settings(), **options.integration()}
    assert given == {name: f"the {name}" for name in MODULE}


def test_sentences():
    for name, row in OPTIONS.items():
        assert row["description"], name
        for sentence in row["description"]:
            assert sentence.endswith("."), name
            for other in re.findall(r"O\((\w+)", sentence):
                assert other in SPEC["options"], f"{name}: {other}"
