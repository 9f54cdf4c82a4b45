# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs of Ansible, made from the tables of options.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.errors import AnsibleFallbackNotFound

from . import _environment
from ._options import CONNECTION, LOGIN, Spec


def connection_spec() -> Spec:
    """Return the argument spec of ``CONNECTION``, each environment variable as the fallback of its option."""
    return {name: _with_fallback(row, _clean_fallback) for name, row in CONNECTION.items()}


def login_spec() -> Spec:
    """Return the argument spec of ``LOGIN``, likewise."""
    return {name: _with_fallback(row, _plain_fallback) for name, row in LOGIN.items()}


def _with_fallback(row: dict[str, t.Any], fallback: t.Callable[..., str]) -> dict[str, t.Any]:
    spec = {key: value for key, value in row.items() if key != "env"}
    if "env" in row:
        spec["fallback"] = (fallback, [row["env"], row["type"], *row.get("choices", ())])
    return spec


def _clean_fallback(variable: str, kind: str, *choices: str) -> str:
    """Return the value of an environment variable for Ansible; one that is wrong is left to ``option_checks``."""
    value = _environment.clean_value(variable, os.environ)
    if not value or _environment.is_wrong(value, kind, choices):
        raise AnsibleFallbackNotFound
    return value


def _plain_fallback(variable: str, *_unused: t.Any) -> str:
    """Return the value of an environment variable for Ansible as it is."""
    value = _environment.plain_value(variable, os.environ)
    if not value:
        raise AnsibleFallbackNotFound
    return value
