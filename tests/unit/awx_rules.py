# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX 24.6.1 does with credential types, credentials and launches: the rules, without AWX itself."""

from __future__ import annotations

import typing as t

Fields = dict[str, t.Any]

#: What a user may always say at a launch without reaching a secret or another server.
HARMLESS_PROMPTS = frozenset({"diff_mode", "job_type", "limit", "verbosity"})


class Refused(Exception):
    """AWX answers 400."""


def stored_inputs(credential_type: Fields, inputs: Fields) -> Fields:
    """Return the inputs of a credential as AWX stores them.

    A value that counts as false is replaced: by the first choice, else by the empty value of the type. The default of
    the field only fills in a field that is left out.
    """
    fields = {field["id"]: field for field in credential_type["inputs"]["fields"]}
    if set(inputs) - set(fields):
        raise Refused(f"unknown: {sorted(set(inputs) - set(fields))}")
    stored = {name: value or _replacement(fields[name]) for name, value in inputs.items()}
    for name, value in stored.items():
        _check_value(fields[name], value)
    return stored


def _replacement(field: Fields) -> t.Any:
    choices = field.get("choices")
    return choices[0] if choices else {"string": "", "boolean": False}[field.get("type", "string")]


def _check_value(field: Fields, value: t.Any) -> None:
    wanted = {"string": str, "boolean": bool}[field.get("type", "string")]
    if not isinstance(value, wanted):
        raise Refused(f"{field['id']}: {value!r} is not of type {wanted.__name__}")
    if field.get("choices") and value not in field["choices"]:
        raise Refused(f"{field['id']}: {value!r} is not one of {field['choices']}")


def launch_variables(template: Fields, sent: Fields) -> Fields:
    """Return the variables of a launch that reach the job; AWX ignores the others."""
    if template.get("ask_variables_on_launch"):
        return sent
    survey = template["survey_spec"]["spec"] if template.get("survey_enabled") else []
    return {name: value for name, value in sent.items() if name in {question["variable"] for question in survey}}


def prompts(template: Fields) -> set[str]:
    """Return what a launch may say besides variables."""
    asked = {name.removeprefix("ask_").removesuffix("_on_launch") for name, on in template.items() if _asks(name, on)}
    return asked - {"variables"}


def _asks(name: str, value: t.Any) -> bool:
    return name.startswith("ask_") and name.endswith("_on_launch") and bool(value)
