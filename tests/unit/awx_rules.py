# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX 24.6.1 does with credential types, credentials and launches: the rules, without AWX itself."""

from __future__ import annotations

import re
import typing as t
from types import SimpleNamespace

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

Fields = dict[str, t.Any]

#: What a user may always say at a launch without reaching a secret or another server.
HARMLESS_PROMPTS = frozenset({"diff_mode", "job_type", "limit", "verbosity"})
#: Keys of a field -> the type that they need.
FIELD_KEYS = {
    "id": str,
    "type": str,
    "label": str,
    "help_text": str,
    "format": str,
    "choices": list,
    "multiline": bool,
    "secret": bool,
    "ask_at_runtime": bool,
    "default": (str, bool),
}
TYPES = {"string": str, "boolean": bool}
FORMATS = ("ssh_private_key", "url")
INJECTORS = {
    "file": re.compile(r"template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?"),
    "env": re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*"),
    "extra_vars": re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*"),
}
#: Variables that a credential may not set, besides ANSIBLE_*.
BLOCKED = frozenset({"PATH", "PYTHONPATH", "VIRTUAL_ENV", "JOB_ID", "CACHE", "AWX_HOST", "REST_API_TOKEN"})


class Refused(Exception):
    """AWX responds with 400."""


def check_type(credential_type: Fields) -> None:
    """Check a credential type as AWX does before it is saved."""
    fields = credential_type["inputs"]["fields"]
    names = [field["id"] for field in fields]
    _refuse_if(len(set(names)) != len(names), "an id is there twice")
    _refuse_if(not set(credential_type["inputs"].get("required", [])) <= set(names), "an unknown field is required")
    for field in fields:
        _check_field(field)
    files = [name.partition(".")[2] for name in credential_type["injectors"].get("file", {})]
    _refuse_if("" in files and len(files) > 1, "one file without a name, beside others")
    for kind, templates in credential_type["injectors"].items():
        _refuse_if(kind not in INJECTORS, f"unknown injector {kind}")
        for name, template in templates.items():
            _check_injector(kind, name, template)
            render(template, {name: "EXAMPLE" for name in names}, files)


def render(template: str, fields: Fields, files: t.Iterable[str]) -> str:
    """Render an injector in the sandbox that AWX renders it in; a field that is unknown is an error.

    :raises jinja2.TemplateError: AWX would refuse the type
    """
    tower = SimpleNamespace(filename=SimpleNamespace(**dict.fromkeys(files, "EXAMPLE_FILENAME")))
    sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    return sandbox.from_string(template).render(**fields, tower=tower)


def _check_field(field: Fields) -> None:
    name = field["id"]
    _refuse_if(name == "tower" or not re.fullmatch(r"[a-zA-Z_]+[a-zA-Z0-9_]*", name), f"{name} is no name")
    _refuse_if("label" not in field, f"{name} has no label")
    for key, value in field.items():
        _refuse_if(not isinstance(value, FIELD_KEYS.get(key, ())), f"{name}.{key}")
    kind = field.get("type", "string")
    _refuse_if(kind != "string" and bool(set(field) & {"choices", "multiline", "format", "secret"}), name)
    _refuse_if(field.get("format", "url") not in FORMATS, f"{name}.format")
    _refuse_if("default" in field and not isinstance(field["default"], TYPES[kind]), f"{name}.default")
    choices = field.get("choices", ["x"])
    _refuse_if(not choices or len(set(choices)) != len(choices), f"{name}.choices")
    _refuse_if(any(not isinstance(choice, str) for choice in choices), f"{name}.choices")


def _check_injector(kind: str, name: str, template: t.Any) -> None:
    _refuse_if(not INJECTORS[kind].fullmatch(name) or not isinstance(template, str), f"{kind}.{name}")
    if kind == "env":
        _refuse_if(name.startswith("ANSIBLE_") or name in BLOCKED, f"{name} is not allowed")
        _refuse_if(not template.isascii(), f"{name} is not ASCII")


def _refuse_if(wrong: bool, reason: str) -> None:
    if wrong:
        raise Refused(reason)


def stored_inputs(credential_type: Fields, inputs: Fields) -> Fields:
    """Return the inputs of a credential as AWX stores them.

    A value that counts as false is replaced: by the first choice, else by the empty value of the type. The default of
    the field only fills in a field that is left out.
    """
    fields = {field["id"]: field for field in credential_type["inputs"]["fields"]}
    _refuse_if(not set(inputs) <= set(fields), f"unknown: {sorted(set(inputs) - set(fields))}")
    stored = {name: value or _replacement(fields[name]) for name, value in inputs.items()}
    for name, value in stored.items():
        wanted = TYPES[fields[name].get("type", "string")]
        _refuse_if(not isinstance(value, wanted), f"{name}: {value!r} is not of type {wanted.__name__}")
        _refuse_if(value not in fields[name].get("choices", [value]), f"{name}: {value!r} is no choice")
    return stored


def _replacement(field: Fields) -> t.Any:
    choices = field.get("choices")
    return choices[0] if choices else TYPES[field.get("type", "string")]()


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
