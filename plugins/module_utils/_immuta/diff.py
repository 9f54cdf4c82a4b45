# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what the user specified with what Immuta has. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re
import typing as t

from .._redact import sounds_secret
from .._types import Row
from .config_fields import DEFAULT_GROUP, DEFAULT_PORT, Settings
from .record import IntegrationRecord

#: Immuta refuses to edit these (docs/dev/api-contract.md, sections 3.7 and 9, A10).
NOT_EDITABLE = ("auto_bootstrap", "host", "port", "database", "initial_database")
#: Never compared: Immuta does not return it.
SECRET = "password"
#: One-time credential of an automatic integration, within ``okta`` too: what Immuta shows is not what it uses.
ONE_TIME = "username"


class Change(t.NamedTuple):
    """One setting that differs."""

    before: t.Any
    after: t.Any


Changes = dict[str, Change]


def changes(record: IntegrationRecord, settings: Settings) -> Changes:
    """Return the settings that differ, among those that the user specified and Immuta shows."""
    shown = record.as_options()
    have = {"auto_bootstrap": shown["auto_bootstrap"], **shown["config"]}
    wanted = _comparable(settings, record.auto_bootstrap)
    found = [name for name, value in wanted.items() if _differs(name, have, value)]
    return {name: Change(have.get(name), _without_secrets(settings[name])) for name in found}


def not_editable(found: t.Mapping[str, Change]) -> Changes:
    """Return the changes that Immuta refuses."""
    return {name: change for name, change in found.items() if name in NOT_EDITABLE}


def describe_changes(found: t.Mapping[str, Change]) -> str:
    """Return changes as a text for a message: name, value in Immuta, value asked for."""
    return ", ".join(f"{name} is {change.before!r} and should be {change.after!r}" for name, change in found.items())


def _comparable(settings: Settings, automatic: bool) -> Row:
    """Return the settings without credentials that cannot be compared."""
    left_out = (SECRET, ONE_TIME) if automatic else (SECRET,)
    wanted = {name: value for name, value in settings.items() if name not in left_out}
    if isinstance(wanted.get("okta"), dict):
        wanted["okta"] = {name: value for name, value in wanted["okta"].items() if name not in left_out}
    return wanted


def _differs(name: str, have: Row, wanted: t.Any) -> bool:
    actual = have.get(name)
    if name in ("okta", "extra_config"):
        return _subset_differs(actual, wanted)
    if name == "impersonation":
        return _group(actual) != _group(wanted, actual)
    if name != "port" and actual is None:
        return False  # what Immuta does not return is unknown, not different
    return bool(_canonical(name, actual) != _canonical(name, wanted))


def _canonical(name: str, value: t.Any) -> t.Any:
    if name == "host":
        return str(value or "").casefold()
    if name == "port":
        return int(value) if re.fullmatch(r"[0-9]{1,5}", str(value)) else value or DEFAULT_PORT
    return value


def _group(value: t.Any, fallback: t.Any = None) -> tuple[bool, str]:
    """Return impersonation as (enabled, group): missing means off, and the group has no meaning while it is off."""
    row = value if isinstance(value, dict) else {}
    if not row.get("enabled"):
        return False, ""
    default = fallback.get("role") if isinstance(fallback, dict) else None
    return True, row.get("role") or default or DEFAULT_GROUP


def _subset_differs(actual: t.Any, wanted: Row) -> bool:
    """Compare the fields that both sides have: one that Immuta does not return is unknown, not different."""
    row = actual if isinstance(actual, dict) else {}
    shared = [key for key in wanted if key in row and not sounds_secret(key)]
    return any(_nested_differs(row[key], wanted[key]) for key in shared)


def _nested_differs(actual: t.Any, wanted: t.Any) -> bool:
    if isinstance(actual, dict) and isinstance(wanted, dict):
        return _subset_differs(actual, wanted)
    return bool(actual != wanted)


def _without_secrets(value: t.Any) -> t.Any:
    """Return a value that the user specified without the secrets inside."""
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items() if not sounds_secret(key)}
    return value
