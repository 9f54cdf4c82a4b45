# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for AWX do no harm by the rules of AWX."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.immuta.plugins.module_utils._argument_specs import CONNECTION
from ansible_collections.community.immuta.tests.unit import awx_rules

ROOT = Path(__file__).parents[2]
AWX = ROOT / "docs" / "examples" / "awx"
if not AWX.is_dir():
    pytest.skip("needs the checkout", allow_module_level=True)

PREFIX = "redshift_integration_"
#: Variables of the role that decide where a secret goes, or with how much protection.
DIRECTING = ("immuta_url", "allow_http", "validate_certs", "ca_path", "host", "login_host", "ssl_mode", "extra_config")


def load(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


TYPES = {path.stem: load(path) for path in sorted(AWX.glob("credential_type_*.yml"))}
TEMPLATES = {path.stem: load(path) for path in sorted(AWX.glob("job_template*.yml"))}
FIELDS = [(name, field) for name, kind in TYPES.items() for field in kind["inputs"]["fields"]]


def test_there_is_something_to_test() -> None:
    assert TYPES
    assert TEMPLATES


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=[f"{name}-{field['id']}" for name, field in FIELDS])
def test_a_blank_field_is_its_default(name: str, field: dict[str, t.Any]) -> None:
    """Blank, null and false are what an editor, a playbook or an import sends for a field that nobody filled in."""
    for blank in ("", None, False):
        stored = awx_rules.stored_inputs(TYPES[name], {field["id"]: blank})
        assert stored[field["id"]] in (field.get("default"), ""), blank


def test_a_false_guard_stays_on() -> None:
    for blank in ("", None, False):
        stored = awx_rules.stored_inputs(
            TYPES["credential_type_immuta"], {"allow_http": blank, "validate_certs": blank}
        )
        assert stored == {"allow_http": "false", "validate_certs": "true"}


def test_a_choice_is_taken_as_it_is() -> None:
    kind = TYPES["credential_type_immuta"]
    for choice in ("true", "false"):
        assert awx_rules.stored_inputs(kind, {"allow_http": choice}) == {"allow_http": choice}
    with pytest.raises(awx_rules.Refused):
        awx_rules.stored_inputs(kind, {"allow_http": True})
    with pytest.raises(awx_rules.Refused):
        awx_rules.stored_inputs(kind, {"retries": 5})


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_launch_directs_no_secret(name: str) -> None:
    sent = {PREFIX + option: "x" for option in {*CONNECTION, *DIRECTING}} | {"ansible_connection": "ssh"}
    assert awx_rules.launch_variables(TEMPLATES[name], sent) == {}
    assert TEMPLATES[name]["ask_variables_on_launch"] is False
    assert awx_rules.prompts(TEMPLATES[name]) <= awx_rules.HARMLESS_PROMPTS


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_survey_asks_for_variables_of_the_role(name: str) -> None:
    specs = load(ROOT / "roles" / "redshift_integration" / "meta" / "argument_specs.yml")
    options = specs["argument_specs"]["main"]["options"]
    for question in TEMPLATES[name].get("survey_spec", {}).get("spec", []):
        assert question["variable"] in options
        choices = options[question["variable"]].get("choices")
        assert not choices or set(question["choices"]) <= set(choices)
        assert question["type"] != "multiplechoice" or question["default"] in question["choices"]
