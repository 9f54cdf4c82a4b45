# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of Immuta's own tests of an integration. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from .._types import Row

#: option ``fail_on`` -> the validation results that fail the task
FAILING: dict[str, frozenset[str]] = {
    "failed": frozenset({"failed"}),
    "warning": frozenset({"failed", "warning"}),
    "never": frozenset(),
}


def validation_of(results: t.Any) -> Row:
    """Return ``validationResults`` as ``status`` and ``tests`` (docs/dev/api-contract.md, section 4.3)."""
    if not isinstance(results, dict):
        return {"status": None, "tests": []}
    tests = results.get("validationTests")
    rows = [_test_of(row) for row in tests if isinstance(row, dict)] if isinstance(tests, list) else []
    return {"status": _text_or_none(results.get("status")), "tests": rows}


def describe_tests(validation: Row) -> str:
    """Return a sentence for each test that did not pass, to be appended to a message; empty if all passed."""
    return "".join(f" {sentence}" for sentence in sentences_of_tests(validation))


def sentences_of_tests(validation: Row) -> list[str]:
    """Return a sentence for each test that did not pass."""
    rows = [row for row in validation["tests"] if row["status"] not in ("passed", "skipped")]
    texts = [": ".join(filter(None, (row["status"], row["name"], row["message"]))) for row in rows]
    return [f"{text.rstrip('.')}." for text in texts]


def _test_of(row: Row) -> Row:
    message = _message_of(row.get("message") or row.get("result"))
    return {"name": str(row.get("name", "")), "status": _text_or_none(row.get("status")), "message": message}


def _message_of(value: t.Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return value if isinstance(value, str) else ""


def _text_or_none(value: t.Any) -> str | None:
    return None if value is None else str(value)
