# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the secrets among the options of a module, and show options without them.

An option with ``no_log`` is a secret as a whole. An option of type ``dict`` without suboptions is free: the user names
its fields, so the name of a field shows whether it contains a secret, and everything else stays readable. An option
that the module does not have counts as free: it may be a secret with a typing error in its name.

Pure. Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ._redact import Redactor, hidden_values, secret_values, sounds_secret
from ._types import Options

Spec = t.Mapping[str, t.Mapping[str, t.Any]]

#: What ansible-core puts in the place of an option with ``no_log``.
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def option_secrets(spec: Spec, options: Options) -> list[str]:
    """Return every text among the options that may be a secret.

    The options need not be valid: this is for the time before the module can name its secrets.
    """
    found = []
    for name, value in options.items():
        row = _row_of(spec, name)
        if row.get("no_log"):
            found += secret_values(value)
        elif "options" in row and isinstance(value, dict):
            found += option_secrets(row["options"], value)
        elif _is_free(row):
            found += hidden_values({name: value})
    return found


def shown_options(spec: Spec, options: Options, secrets: t.Iterable[str]) -> dict[str, t.Any]:
    """Return the options as they may be logged and returned.

    :param secrets: texts that are replaced wherever they occur, besides the values that are hidden by their place
    """
    return t.cast(dict[str, t.Any], Redactor(secrets)(_shown(spec, options)))


def _shown(spec: Spec, options: Options) -> dict[str, t.Any]:
    return {name: _shown_value(_row_of(spec, name), name, value) for name, value in options.items()}


def _shown_value(row: t.Mapping[str, t.Any], name: str, value: t.Any) -> t.Any:
    if _is_harmless(value):
        return value
    if row.get("no_log") or (row.get("type") == "dict" and not isinstance(value, dict)):
        return HIDDEN
    if "options" in row:
        return _shown(row["options"], value)
    return _shown_field(value, sounds_secret(name)) if _is_free(row) else value


def _shown_field(value: t.Any, is_secret: bool) -> t.Any:
    """Return a field of a free structure, which is hidden if its name, or that of a field around it, says so."""
    if isinstance(value, dict):
        return {key: _shown_field(item, is_secret or sounds_secret(str(key))) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown_field(item, is_secret) for item in value]
    return HIDDEN if is_secret and not _is_harmless(value) else value


def _is_harmless(value: t.Any) -> bool:
    return value is None or value == "" or isinstance(value, bool)


def _is_free(row: t.Mapping[str, t.Any]) -> bool:
    return not row or row.get("type") == "dict"


def _row_of(spec: Spec, name: str) -> t.Mapping[str, t.Any]:
    """Return the row of an option, by its name or an alias; an empty one if there is no such option."""
    aliases = (row for row in spec.values() if name in row.get("aliases", ()))
    return spec.get(name) or next(aliases, {})
