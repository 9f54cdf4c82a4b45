# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fact has one source: every copy is compared with it."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.immuta.plugins.module_utils._options import CONNECTION, LOGIN, SETTINGS
from ansible_collections.community.immuta.plugins.module_utils._redact import sounds_secret

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
PACKAGE = "ansible_collections.community.immuta.plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("[a-z]*.py"))
ACTIONS = sorted(path.stem for path in (PLUGINS / "action").glob("[a-z]*.py"))
#: Action plugins without a module process: they need the variables of all hosts.
ON_CONTROLLER = {"redshift_fleet_info", "redshift_fleet_report", "redshift_fleet_summary"}
WITH_CORE = [name for name in MODULES if name not in ON_CONTROLLER]
SOURCES = sorted(path for path in PLUGINS.rglob("*.py") if path.name != "__init__.py")
FRAGMENTS = {"_immuta_connection": CONNECTION, "_integration_settings": SETTINGS, "_redshift_login": LOGIN}
#: Longer than any name of an option that is harmless.
SECRET_NAME = re.compile(r"pass|secret|token|key|credential", re.IGNORECASE)
MODULE_LINES, FUNCTION_LINES = 30, 40


def module_of(name):
    return importlib.import_module(f"{PACKAGE}.modules.{name}")


def fragment_of(name, part="DOCUMENTATION"):
    fragment = importlib.import_module(f"{PACKAGE}.doc_fragments.{name}").ModuleDocFragment
    return yaml.safe_load(getattr(fragment, part))


def documentation_of(name):
    """Return the documentation of a module with its own fragments merged in, and the names of the fragments."""
    documentation = yaml.safe_load(module_of(name).DOCUMENTATION)
    fragments = documentation["extends_documentation_fragment"]
    options, attributes = {}, {}
    for fragment in fragments:
        if not fragment.startswith("community.immuta."):
            continue
        file, _dot, part = fragment.removeprefix("community.immuta.").partition(".")
        merged = fragment_of(file, part.upper() or "DOCUMENTATION")
        options.update(merged["options"])
        for key, value in merged.get("attributes", {}).items():
            attributes.setdefault(key, {}).update(value)
    for key, value in documentation.get("attributes", {}).items():
        attributes.setdefault(key, {}).update(value)
    documentation["options"] = {**options, **documentation.get("options", {})}
    documentation["attributes"] = attributes
    return documentation, fragments


def same_option(row, documented, where):
    """Check that an option is documented as it is."""
    assert documented.get("type", "str") == row.get("type", "str"), where
    assert documented.get("default") == row.get("default"), where
    assert documented.get("choices") == row.get("choices"), where
    assert bool(documented.get("required")) == bool(row.get("required")), where
    assert documented.get("aliases", []) == row.get("aliases", []), where
    assert documented.get("elements") == row.get("elements"), where
    assert set(documented.get("suboptions", {})) == set(row.get("options", {})), where
    for name, inner in row.get("options", {}).items():
        same_option(inner, documented["suboptions"][name], f"{where}.{name}")


def sentences(documented):
    text = documented["description"]
    return " ".join(text) if isinstance(text, list) else text


@pytest.mark.parametrize("name", FRAGMENTS)
def test_fragments_are_the_tables(name):
    documented = fragment_of(name)["options"]
    assert list(documented) == list(FRAGMENTS[name])
    for option, row in FRAGMENTS[name].items():
        same_option(row, documented[option], option)
        named = re.findall(r"variable E\((\w+)\)", sentences(documented[option]))
        assert named == ([row["env"]] if "env" in row else []), option


@pytest.mark.parametrize("name", MODULES)
def test_documentation_is_the_argument_spec(name):
    documentation, fragments = documentation_of(name)
    spec = module_of(name).argument_spec()
    assert set(documentation["options"]) == set(spec)
    for option, row in spec.items():
        same_option(row, documentation["options"][option], f"{name}.{option}")
    assert documentation["module"] == name
    assert documentation["version_added"]
    for table, fragment in ((table, name) for name, table in FRAGMENTS.items()):
        assert (f"community.immuta.{fragment}" in fragments) == (set(table) <= set(spec))


@pytest.mark.parametrize("name", MODULES)
def test_argument_specs_are_the_tables(name):
    spec = module_of(name).argument_spec()
    if set(SETTINGS) <= set(spec):
        assert {option: spec[option] for option in SETTINGS} == SETTINGS
    for table in (CONNECTION, LOGIN):
        for option in set(table) & set(spec):
            row = {key: value for key, value in table[option].items() if key != "env"}
            shown = {key: value for key, value in spec[option].items() if key != "fallback"}
            assert shown == row
            env = spec[option].get("fallback", (None, [None]))[1][0]
            assert env == table[option].get("env")


def test_the_environment_variables_are_ours():
    names = [row["env"] for row in CONNECTION.values() if "env" in row]
    assert len(set(names)) == len(names)
    assert all(name.startswith("IMMUTA_") for name in names)


def test_the_action_group_holds_the_modules_that_talk_to_immuta():
    group = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]["immuta"]
    assert sorted(group) == [name for name in MODULES if set(CONNECTION) <= set(module_of(name).argument_spec())]
    for name in MODULES:
        documented = documentation_of(name)[0]["attributes"]
        assert ("action_group" in documented) == (name in group), name


@pytest.mark.parametrize("name", MODULES)
def test_attributes(name):
    attributes = documentation_of(name)[0]["attributes"]
    for attribute in ("check_mode", "diff_mode", "idempotent"):
        assert attributes[attribute]["description"]
        assert attributes[attribute]["support"] in ("full", "partial", "none", "N/A")
        if attributes[attribute]["support"] in ("partial", "none", "N/A"):
            assert attributes[attribute]["details"], attribute


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_options_that_exist(name):
    spec = module_of(name).argument_spec()
    tasks = yaml.safe_load(module_of(name).EXAMPLES)
    used = [(task["name"], task[f"community.immuta.{name}"]) for task in tasks if f"community.immuta.{name}" in task]
    assert used
    for title, written in used:
        args = written or {}
        assert set(args) <= set(spec), title
        assert {option for option, row in spec.items() if row.get("required")} <= set(args), title
        for option in set(args) & {"okta", "impersonation"}:
            assert set(args[option]) <= set(spec[option]["options"])
        for option, value in args.items():
            choices = spec[option].get("choices")
            assert not choices or {str(item) for item in (value if isinstance(value, list) else [value])} <= set(
                choices
            )


@pytest.mark.parametrize("name", MODULES)
def test_return_values_are_documented(name):
    returned = yaml.safe_load(module_of(name).RETURN)
    for key, row in returned.items():
        assert row["description"], key
        assert row["returned"], key
        assert row["type"], key
        assert "sample" in row or "contains" in row, key


@pytest.mark.parametrize("name", MODULES)
def test_secrets_are_marked(name):
    def check(spec):
        for option, row in spec.items():
            if SECRET_NAME.search(option) and row["type"] != "bool":
                assert "no_log" in row, option
            if sounds_secret(option):
                assert row["no_log"] is True, option
            check(row.get("options", {}))

    spec = module_of(name).argument_spec()
    check({option: row for option, row in spec.items() if option != "update_password"})
    assert spec.get("update_password", {"no_log": False})["no_log"] is False


def test_each_module_has_an_action_plugin():
    assert MODULES == ACTIONS
    for name in ACTIONS:
        plugin = importlib.import_module(f"{PACKAGE}.action.{name}")
        assert getattr(plugin.ActionModule, "module", None) is (module_of(name) if name in WITH_CORE else None)


@pytest.mark.parametrize("name", WITH_CORE)
def test_each_module_has_its_parts(name):
    module = module_of(name)
    options = {option: row.get("default") for option, row in module.argument_spec().items()}
    assert module.secrets_of({**options, "secrets": [], "password": None}) == []
    assert callable(module.core)


@pytest.mark.parametrize("name", WITH_CORE)
def test_every_option_that_is_masked_is_redacted(name):
    module = module_of(name)
    spec = module.argument_spec()
    options = {option: row.get("default") for option, row in spec.items()}
    free = [option for option, row in spec.items() if row["type"] == "dict" and "options" not in row]
    masked = [option for option, row in spec.items() if row.get("no_log")] + free
    for option in masked:
        value = f"Secret-{option}"
        options[option] = {"dict": {"sslpassword": value}, "list": [value]}.get(spec[option]["type"], value)
    if "okta" in spec:
        options["okta"] = {"password": "Secret-okta", "role": "open"}
        masked.append("okta")
    assert sorted(module.secrets_of(options)) == sorted(f"Secret-{option}" for option in masked)


# Shape of the code


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def length(node):
    return node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_functions_are_short(path):
    """No linter counts the lines of a function."""
    for node in functions(path):
        assert length(node) <= (MODULE_LINES if node.name == "main" else FUNCTION_LINES), node.name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_only_main_ends_a_module(path):
    text = path.read_text(encoding="utf-8")
    if "module_utils" in path.parts and path.name != "_module_runner.py":
        text = text.replace("def fail_json(self, msg", "") if path.name == "session.py" else text
        assert not re.search(r"\b(exit|fail)_json\(", text)
        assert not re.search(r"^(from|import) .*AnsibleModule", text, re.MULTILINE)
    for node in functions(path):
        called = {
            call.func.attr for call in ast.walk(node) if isinstance(call, ast.Call) and hasattr(call.func, "attr")
        }
        if called & {"exit_json", "fail_json"}:
            assert node.name == "main" or path.name == "_module_runner.py", node.name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_check_is_silenced(path):
    """A linter obeys these comments, and does not know that Python 3.9 needs the import."""
    text = path.read_text(encoding="utf-8")
    assert "from __future__ import annotations" in text
    assert not re.search(r"# type: ignore|# noqa|TODO|FIXME", text)
