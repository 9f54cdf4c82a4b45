# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an integration is, in words. Pure. Private to this collection."""

from __future__ import annotations

from .endpoints import ENABLED, status_of
from .payload import (
    Record,
    to_integration,
    validation_sentences,
)

#: fail_on -> the validation results that fail the task
FAILING: dict[str, frozenset[str]] = {
    "failed": frozenset({"failed"}),
    "warning": frozenset({"failed", "warning"}),
    "never": frozenset(),
}


def is_healthy(record: Record) -> bool:
    """Tell if an integration is enabled, and its validation found nothing."""
    result = to_integration(record)["validation"]["status"]
    return status_of(record) == ENABLED and result not in FAILING["warning"]


def name_of(record: Record) -> str:
    """Return how messages name an integration."""
    integration = to_integration(record)
    return f"The integration of {integration['config'].get('host', 'an unknown host')} (id {integration['id']})"


def condition(record: Record) -> str:
    """Return status and every test that did not pass, as one sentence each."""
    integration = to_integration(record)
    result = integration["validation"]["status"]
    tests = validation_sentences(integration["validation"])
    return f"{name_of(record)} is {integration['status']}{f', its validation {result}' if result else ''}.{tests}"
