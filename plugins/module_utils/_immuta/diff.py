# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what the user gave with what Immuta has. Pure. Private to this collection."""

from __future__ import annotations

import re
import typing as t

from .._redact import sounds_secret
from .payload import (
    DEFAULT_GROUP,
    DEFAULT_PORT,
    Record,
)

#: Immuta refuses to edit these (contract, 3.7 and A10).
NOT_EDITABLE = ("auto_bootstrap", "host", "port", "database", "initial_database")
#: Never compared: Immuta does not give them back.
SECRET = frozenset({"password"})
#: One-time credentials of an automatic integration: what Immuta shows of them, if anything, is not what it uses.
ONE_TIME = frozenset({"username", "okta"})


class Change(t.NamedTuple):
    """One setting that differs."""

    before: t.Any
    after: t.Any


def changes(actual: Record, wanted: Record) -> dict[str, Change]:
    """Return the settings that differ, among those that the user gave and Immuta shows.

    :param actual: an integration as of C(to_integration)
    :param wanted: settings as of C(given)
    """
    have = {"auto_bootstrap": actual["auto_bootstrap"], **actual["config"]}
    automatic = bool(have["auto_bootstrap"])
    names = [name for name in wanted if _comparable(name, automatic)]
    found = {name: Change(have.get(name), wanted[name]) for name in names if _differs(name, have, wanted[name])}
    return {name: Change(change.before, _shown(change.after)) for name, change in found.items()}


def _comparable(name: str, automatic: bool) -> bool:
    return name not in SECRET and not (automatic and name in ONE_TIME)


def _differs(name: str, have: Record, wanted: t.Any) -> bool:
    actual = have.get(name)
    if name in ("okta", "extra_config"):
        return _subset_differs(actual, wanted)
    if name == "impersonation":
        return _group(actual) != _group(wanted, actual)
    if name != "port" and actual is None:
        return False  # what Immuta does not give back is unknown, not different
    return bool(_canonical(name, actual) != _canonical(name, wanted))


def _canonical(name: str, value: t.Any) -> t.Any:
    if name == "host":
        return str(value or "").casefold()
    if name == "port":
        return int(value) if re.fullmatch(r"[0-9]{1,5}", str(value)) else value or DEFAULT_PORT
    return value


def _group(value: t.Any, fallback: t.Any = None) -> tuple[bool, str]:
    """Return impersonation as (enabled, group): absent means off, a group means nothing while it is off."""
    row = value if isinstance(value, dict) else {}
    if not row.get("enabled"):
        return False, ""
    default = fallback.get("role") if isinstance(fallback, dict) else None
    return True, row.get("role") or default or DEFAULT_GROUP


def _subset_differs(actual: t.Any, wanted: Record) -> bool:
    """Compare the fields that both sides show: one that Immuta does not give back is unknown, not different."""
    row = actual if isinstance(actual, dict) else {}
    shared = [key for key in wanted if key in row and not sounds_secret(key)]
    return any(_nested_differs(row[key], wanted[key]) for key in shared)


def _nested_differs(actual: t.Any, wanted: t.Any) -> bool:
    if isinstance(actual, dict) and isinstance(wanted, dict):
        return _subset_differs(actual, wanted)
    return bool(actual != wanted)


def _shown(value: t.Any) -> t.Any:
    """Return a value as the diff shows it: without the secrets inside."""
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items() if not sounds_secret(key)}
    return value


def not_editable(found: t.Mapping[str, Change]) -> dict[str, Change]:
    """Return the changes that Immuta refuses."""
    return {name: change for name, change in found.items() if name in NOT_EDITABLE}


def documented(found: t.Mapping[str, Change]) -> str:
    """Return changes as a text for a message: name, value in Immuta, value asked for."""
    return ", ".join(f"{name} is {change.before!r} and should be {change.after!r}" for name, change in found.items())
