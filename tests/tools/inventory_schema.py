# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates inventories against docs/inventory-schema.json, as an editor does."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml
from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "inventory-schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft7Validator(SCHEMA)


class _Loader(yaml.SafeLoader):
    """Reads ``!vault`` and ``!unsafe`` as text, as editors with the setting for custom tags do."""


for _tag in ("!vault", "!unsafe"):
    _Loader.add_constructor(_tag, _Loader.construct_yaml_str)


def problems(text: str) -> list[str]:
    """Return where a file differs from the schema, each as ``path: reason``."""
    errors = sorted(VALIDATOR.iter_errors(yaml.load(text, _Loader)), key=lambda error: list(map(str, error.path)))
    return [f"{'.'.join(map(str, error.absolute_path))}: {_reason(error)}" for error in errors]


def _reason(error: t.Any) -> str:
    best = best_match([error])
    return str(best.message) if best else str(error.message)
