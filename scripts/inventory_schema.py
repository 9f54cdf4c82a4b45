# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON schema of inventories: what editors complete, and what CI can check without a tenant. Pure.

``scripts/docs.py`` makes ``docs/inventory-schema.json`` with it. The schema is draft-07, since every editor knows that.
It can only see one file, so it never says that a variable is missing: another file may set it.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.community.immuta.plugins.module_utils._immuta.config_fields import FIELDS
from ansible_collections.community.immuta.plugins.module_utils._immuta.option_checks import MAX_TIMEOUT
from ansible_collections.community.immuta.plugins.module_utils._redshift.aws_login import LONGEST, SHORTEST

Schema = dict[str, t.Any]
Row = t.Mapping[str, t.Any]
Rows = t.Mapping[str, Row]

#: Lowest and highest value of numbers; None has no limit. An option of a dictionary has the name of that before it.
RANGES: dict[str, tuple[int, int | None]] = {
    "port": (1, 65535),
    "login_port": (1, 65535),
    "timeout": (1, MAX_TIMEOUT),
    "retries": (0, None),
    "wait_timeout": (1, None),
    "wait_for_database": (0, None),
    "login_aws.duration": (SHORTEST, LONGEST),
}
#: What a text has to look like, if it is not a template. An empty address counts as not specified.
PATTERNS = {"immuta_url": r"^$|^https?://[^\s/]", "host": r"^[^/\s]+$"}
#: Texts for which a number is as good.
NUMBERS_TOO = ("id",)
#: Words that YAML 1.1, and so Ansible, reads as a boolean. Editors read YAML 1.2, where they are texts.
BOOLEANS = [form(word) for word in ("yes", "no", "on", "off", "true", "false") for form in (str, str.title, str.upper)]

TEMPLATE, VAULTED = "#/definitions/template", "#/definitions/vaulted"
GROUP, VARIABLES = "#/definitions/group", "#/definitions/variables"
_MARKUP = re.compile(r"\b([OVCEIMP])\(([^)]*)\)")


def inventory_schema(prefix: str, tables: t.Mapping[str, Rows]) -> str:
    """Return the schema as text.

    :param prefix: of the variables of the role: no other variable may begin with it
    :param tables: the options by the prefix of their variables, in the form of argument specs
    """
    named = {
        f"{first}{name}": _option(name, row, first) for first, rows in tables.items() for name, row in rows.items()
    }
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Inventory for community.immuta",
        "description": "Files in group_vars and host_vars, and whole inventories in YAML. Made by 'make docs'.",
        "type": ["object", "null", "string"],
        "pattern": r"^\$ANSIBLE_VAULT;",  # of a text: a file that is encrypted as a whole
        "if": {"not": {"additionalProperties": {"not": _looks_like_a_group()}}},
        "then": {"additionalProperties": {"$ref": GROUP}},
        "else": {"if": {"type": "object"}, "then": {"$ref": VARIABLES}},
        "definitions": {**_values(), "variables": _variables(prefix, named), "group": _group()},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


# The files


def _looks_like_a_group() -> Schema:
    return {"type": "object", "anyOf": [{"required": [key]} for key in ("hosts", "children", "vars")]}


def _group() -> Schema:
    """Return the schema of a group of an inventory. Ansible takes the name of a single host or group as text too."""
    hosts = {"type": ["object", "string", "null"], "additionalProperties": {"$ref": VARIABLES}}
    return {
        "type": ["object", "null"],
        "properties": {
            "hosts": {"description": "Hosts of this group, one for each Redshift cluster.", **hosts},
            "vars": {"description": "Variables of all hosts of this group.", "allOf": [{"$ref": VARIABLES}]},
            "children": {
                "description": "Groups in this group.",
                "type": ["object", "string", "null"],
                "additionalProperties": {"$ref": GROUP},
            },
        },
        "additionalProperties": False,
    }


def _variables(prefix: str, named: t.Mapping[str, Schema]) -> Schema:
    """Return the schema of a mapping of variables: others are allowed, but not with the prefix of the role."""
    names = [name for name in named if name.startswith(prefix)]
    return {
        "type": ["object", "null"],
        "properties": dict(named),
        "propertyNames": {"if": {"pattern": f"^{prefix}"}, "then": {"enum": names}},
        "allOf": _contradictions(prefix),
    }


def _contradictions(prefix: str) -> list[Schema]:
    """Return what cannot stand beside each other in one mapping, with either authentication type."""
    excluded = {"userPassword": ["okta"], "okta": ["username", "password"]}
    return [
        {
            "if": {"required": [f"{prefix}authentication_type"], "properties": _is(prefix, kind)},
            "then": _without(*(prefix + name for name in names)),
        }
        for kind, names in excluded.items()
    ]


def _without(*names: str) -> Schema:
    """Return a schema that forbids keys. Validators name the key then, which they do not with ``false``."""
    return {"propertyNames": {"not": {"enum": list(names)}}}


def _is(prefix: str, kind: str) -> Schema:
    return {f"{prefix}authentication_type": {"const": kind}}


# The values


def _values() -> Schema:
    """Return what can stand in place of any value."""
    return {
        "template": {
            "$comment": "A Jinja template, a value that ansible-vault has encrypted, or null: not specified.",
            "anyOf": [
                {"type": "null"},
                {"type": "string", "pattern": r"\{\{|\{%|^\$ANSIBLE_VAULT;"},
                {"$ref": VAULTED},
            ],
        },
        "vaulted": {
            "$comment": "An encrypted value, or one that is not a template, as ansible-inventory writes them.",
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("__ansible_vault", "__ansible_unsafe")},
            "minProperties": 1,
            "additionalProperties": False,
        },
    }


def _option(name: str, row: Row, prefix: str) -> Schema:
    """Return the schema of an option: its type, or a template. Texts name options as the variables that they are."""
    texts = row["description"]
    plain = " ".join([texts] if isinstance(texts, str) else texts)
    schema: Schema = {"description": _plain(plain, prefix)}
    schema.update({"default": row["default"]} if "default" in row else {})
    schema.update({"writeOnly": True} if row.get("no_log") else {})
    return {**schema, "anyOf": [*_types(name, row, prefix), {"$ref": TEMPLATE}]}


def _plain(text: str, prefix: str) -> str:
    return _MARKUP.sub(lambda found: f"{prefix if found[1] == 'O' else ''}{found[2]}", text)


def _types(name: str, row: Row, prefix: str) -> list[Schema]:
    """Return what Ansible takes for the type of an option."""
    kind = row["type"]
    if kind == "bool":
        return [{"type": "boolean"}, {"enum": BOOLEANS}]
    if kind == "int":
        return [_number(name), {"type": "string", "pattern": "^[0-9]+$"}]
    if kind == "list":
        return [_list(name, row, prefix)]
    if kind == "dict":
        return [_dictionary(name, row, prefix)]
    return [_text(name, row)]


def _number(name: str) -> Schema:
    lowest, highest = RANGES[name]
    return {"type": "integer", "minimum": lowest, **({} if highest is None else {"maximum": highest})}


def _text(name: str, row: Row) -> Schema:
    if row.get("choices"):
        return {"type": "string", "enum": list(row["choices"])}
    if name in NUMBERS_TOO:
        return {"type": ["string", "integer"]}
    return {"type": "string", **({"pattern": PATTERNS[name]} if name in PATTERNS else {})}


def _list(name: str, row: Row, prefix: str) -> Schema:
    inner = {key: row[key] for key in ("choices", "options") if key in row}
    return {"type": "array", "items": _types(name, {"type": row.get("elements", "str"), **inner}, prefix)[0]}


def _dictionary(name: str, row: Row, prefix: str) -> Schema:
    """Return the schema of a dictionary; one without suboptions is free."""
    if "options" not in row:
        return {"type": "object", **(_without(*FIELDS.values()) if name == "extra_config" else {})}
    options = row["options"]
    required = [key for key, option in options.items() if option.get("required")]
    return {
        "type": "object",
        "properties": {key: _option(f"{name}.{key}", option, prefix) for key, option in options.items()},
        "additionalProperties": False,
        **({"required": required} if required else {}),
        **(_of_login_aws() if name == "login_aws" else {}),
    }


def _of_login_aws() -> Schema:
    """Return the checks of ``_redshift/aws_login.py`` that a schema can express."""
    return {
        "oneOf": [{"required": ["cluster_identifier"]}, {"required": ["workgroup_name"]}],
        "dependencies": {
            "db_groups": ["db_user"],
            "external_id": ["assume_role_arn"],
            "workgroup_name": _without("db_user", "db_groups"),
        },
    }
