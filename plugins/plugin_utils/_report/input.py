# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of redshift_fleet_report to a report. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible_collections.community.immuta.plugins.module_utils._redact import MASK, sounds_secret

from .model import SEVERITY, Header, IgnoreRule, NotChecked, Report, build_report

Row = t.Mapping[str, t.Any]


def report_of(options: Row, header: Header) -> Report:
    """Return the report that the options describe.

    :raises ValueError: ``fleet`` is not a result of redshift_fleet_info
    """
    fleet = options["fleet"]
    _check(fleet)
    hosts = {name: _without_secrets(row) for name, row in fleet["hosts"].items()}
    rules = [_rule(rule) for rule in options["ignore"]]
    missing = [NotChecked(name) for name in options["expected"] if name not in hosts]
    return build_report({**fleet, "hosts": hosts}, header, rules, missing)


def _rule(row: Row) -> IgnoreRule:
    return IgnoreRule(row["host"], row["reason"], row.get("option") or "", row.get("verdict") or "")


def _check(fleet: Row) -> None:
    hosts = fleet.get("hosts")
    rows = hosts.values() if isinstance(hosts, dict) else [{}]
    if not all(isinstance(row, dict) and row.get("verdict") in SEVERITY for row in rows):
        raise ValueError(
            "fleet is not a result of community.immuta.redshift_fleet_info. Set it to the registered result."
        )


def _without_secrets(row: Row) -> Row:
    """Return a row whose drift shows no value of an option that sounds like a secret."""
    return {**row, "drift": [without_secret_value(entry) for entry in row.get("drift") or []]}


def without_secret_value(entry: Row) -> Row:
    """Return a difference without its values, if its option sounds like a secret."""
    return {**entry, "before": MASK, "after": MASK} if sounds_secret(str(entry["option"])) else entry
