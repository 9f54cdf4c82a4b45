# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An integration as Immuta has it, however little of it the response contains."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.community.immuta.plugins.module_utils._immuta import record as record_file
from ansible_collections.community.immuta.plugins.module_utils._immuta.record import IntegrationRecord, predicted
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import (
    FAILED,
    HOST,
    WARNING,
    body,
    row,
)


def record(**changes):
    return IntegrationRecord({**row(), **changes})


def test_fields():
    found = record()
    assert (found.id, found.host, found.status, found.auto_bootstrap) == ("7", HOST, "enabled", False)
    assert found.validation["status"] == "passed"
    assert (found.is_in_use, found.is_busy, found.has_failed, found.is_healthy) == (True, False, False, True)


@pytest.mark.parametrize("raw", [{}, dict.fromkeys(row()), {name: [] for name in row()}])
def test_missing_fields(raw):
    found = IntegrationRecord(raw)
    assert (found.id, found.host, found.config, found.auto_bootstrap) == (None, "", {}, False)
    assert (found.is_in_use, found.is_healthy) == (True, False)
    assert "an unknown host" in found.describe()


@pytest.mark.parametrize(("value", "shown"), [("7", "7"), (7, "7"), (0, "0"), ("", None), (True, None), ({}, None)])
def test_ids(value, shown):
    assert record(id=value).id == shown


@pytest.mark.parametrize(("status", "in_use"), [("deleted", False), ("disabled", False), ("new", True), ("", True)])
def test_in_use(status, in_use):
    assert record(status=status).is_in_use is in_use


@pytest.mark.parametrize("results", [FAILED, WARNING])
def test_health(results):
    found = record(validationResults=results)
    assert not found.is_healthy
    assert found.describe().startswith(f"The integration of {HOST} (id 7) is enabled, and its validation ")
    assert results["validationTests"][-1]["message"] in found.describe()
    assert not record(status="recurringValidationError").is_healthy


def test_the_options_are_computed_once(monkeypatch):
    calls = []
    monkeypatch.setattr(record_file, "from_config", lambda config: calls.append(config) or {})
    found = record()
    assert found.as_options() is found.as_options()
    assert found.validation
    assert found.describe()
    assert len(calls) == 1


def test_it_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        record().raw = {}


def test_the_prediction_contains_no_secret():
    for before in (None, record(status="editError", validationResults=FAILED)):
        after = predicted(before, body())
        assert (after.status, after.validation["tests"], after.is_healthy) == ("enabled", [], True)
        assert after.id == (before.id if before else None)
        assert MARKER not in str(after.raw)
