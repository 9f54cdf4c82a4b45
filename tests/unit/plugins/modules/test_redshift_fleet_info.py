# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_fleet_info: the comparison of clusters with what a tenant has."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import ApiError
from ansible_collections.community.immuta.plugins.module_utils._immuta.record import IntegrationRecord
from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_info import (
    Cluster,
    Declared,
    compare,
)
from ansible_collections.community.immuta.plugins.modules import redshift_integration
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import CONNECTION, KEY, MARKER
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import HOST, MANUAL, row

DEFAULTS = {name: spec.get("default") for name, spec in redshift_integration.argument_spec().items()}
NOTHING_DECLARED = Declared.of([])


def cluster(name="one", host=HOST, **options):
    given = {**DEFAULTS, **CONNECTION, **MANUAL, "host": host, "drop_objects": False, **options}
    return Cluster(name, host, given)


def one(record=None, declared=NOTHING_DECLARED, **options):
    """Return the row of the only cluster."""
    records = [IntegrationRecord(record)] if record else []
    return compare([cluster(**options)], declared, lambda _options: records, {})["hosts"]["one"]


def short(found):
    return found["verdict"], found["operation"], found["needs_run"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("enabled", ("in_sync", "none", False)),
        ("editError", ("unhealthy", "repaired", True)),
        ("recurringValidationError", ("unhealthy", "none", False)),
        ("editing", ("busy", "none", True)),
        ("sleeping", ("unknown_status", "none", False)),
    ],
)
def test_verdict_of_a_status(status, expected):
    assert short(one(row(status=status))) == expected


def test_an_address_with_a_password_is_refused_and_not_shown():
    found = one(row(), immuta_url="https://user:Url-Marker@tenant.example.com", immuta_api_key=KEY)
    assert short(found) == ("error", None, False)
    assert "Url-Marker" not in repr(found)


def test_missing():
    assert short(one()) == ("missing", "created", True)


def test_drift_shows_the_fields_that_differ():
    found = one(row(), impersonation={"enabled": True, "role": "x"}, initial_database="other")
    assert short(found) == ("drifted", "updated", True)
    assert {entry["option"]: entry["after"] for entry in found["drift"]} == {
        "impersonation.enabled": True,
        "impersonation.role": "x",
        "initial_database": "other",
    }
    assert {entry["option"] for entry in found["drift"] if not entry["editable"]} == {"initial_database"}
    assert "cannot be changed" in found["message"]


@pytest.mark.parametrize(
    ("record", "drop_objects", "expected"),
    [
        (None, False, ("in_sync", "none", False)),
        (None, True, ("in_sync", "none", True)),
        (row(), False, ("drifted", "deleted", True)),
    ],
)
def test_absent(record, drop_objects, expected):
    assert short(one(record, state="absent", drop_objects=drop_objects)) == expected


def test_missing_credentials_are_no_error():
    found = one(row(), password=None, impersonation={"enabled": True})
    assert short(found) == ("drifted", "updated", True)
    assert "requires the credentials" in found["message"]


def test_the_password_is_pushed_without_drift():
    assert short(one(row(), update_password="always")) == ("in_sync", "updated", True)


def test_one_read_for_each_tenant_and_key():
    reads = []

    def read(options):
        reads.append((options["immuta_url"], options["immuta_api_key"]))
        return []

    names = ("a", "b", "c")
    other = {"immuta_url": "https://other.example.com"}
    clusters = [cluster(name, f"{name}.example.com") for name in names] + [cluster("d", "d.example.com", **other)]
    found = compare(clusters, NOTHING_DECLARED, read, {})
    assert reads == [(CONNECTION["immuta_url"], KEY), (other["immuta_url"], KEY)]
    assert list(found["hosts"]) == ["a", "b", "c", "d"]
    assert found["summary"]["missing"] == 4


def test_a_tenant_that_fails_does_not_stop_the_others():
    def read(options):
        if "down" in options["immuta_url"]:
            raise ApiError(f"no connection with {KEY}")
        return [IntegrationRecord(row())]

    clusters = [
        cluster("one"),
        cluster("two", immuta_url="https://down.example.com"),
        Cluster("three", problem="Wrong."),
    ]
    found = compare(clusters, NOTHING_DECLARED, read, {})
    assert {name: entry["verdict"] for name, entry in found["hosts"].items()} == {
        "one": "in_sync",
        "two": "error",
        "three": "error",
    }
    assert KEY not in str(found)


def test_an_address_that_the_key_did_not_come_with_is_not_read():
    environ = {"IMMUTA_URL": "https://tenant.example.com", "IMMUTA_API_KEY": KEY}
    clusters = [cluster("one", immuta_url="https://thief.example.com")]
    found = compare(clusters, NOTHING_DECLARED, lambda _options: pytest.fail("read"), environ)
    assert found["hosts"]["one"]["verdict"] == "error"


def test_what_no_host_declares_is_unmanaged():
    records = [IntegrationRecord(row()), IntegrationRecord({**row(), "id": "8", "config": {"host": "x.example.com"}})]
    clusters = [cluster("one")]
    declared = Declared.of([(HOST, "", "")])
    found = compare(clusters, declared, lambda _options: records, {})
    assert [(entry["id"], entry["host"]) for entry in found["unmanaged"]] == [("8", "x.example.com")]


@pytest.mark.parametrize(
    ("described", "is_declared"),
    [
        (("x.example.com", "", ""), True),
        (("X.Example.COM", "https://other.example.com", ""), True),
        (("", "https://tenant.example.com", "8"), True),
        (("", " HTTPS://TENANT.example.com:443/\n", "8"), True),
        (("", "https://tenant.example.com", "7"), False),
        (("", "https://tenant.example.com", ""), False),
        (("", "https://other.example.com", "8"), False),
        (("", "https://tenant.example.com/immuta", "8"), False),
    ],
)
def test_what_a_host_of_the_inventory_declares(described, is_declared):
    records = [IntegrationRecord({**row(), "id": "8", "config": {"host": "x.example.com"}})]
    found = compare([cluster("one")], Declared.of([described]), lambda _options: records, {})
    assert [entry["id"] for entry in found["unmanaged"]] == ([] if is_declared else ["8"])


def test_a_tenant_that_is_read_with_two_keys_is_listed_once():
    records = [IntegrationRecord({**row(), "id": "8", "config": {"host": "x.example.com"}})]
    clusters = [cluster("one"), cluster("two", immuta_api_key="another0key")]
    found = compare(clusters, NOTHING_DECLARED, lambda _options: records, {})
    assert (len(found["unmanaged"]), found["summary"]["unmanaged"]) == (1, 1)


def test_no_secret_in_what_nobody_declares():
    tests = [{"name": "Login", "status": "failed", "message": f"refused {MARKER}"}]
    results = {"status": "failed", "validationTests": tests}
    records = [IntegrationRecord({**row(), "id": "8", "config": {"host": "x"}, "validationResults": results})]
    found = compare([cluster("one", password=MARKER)], NOTHING_DECLARED, lambda _options: records, {})
    assert found["unmanaged"]
    assert MARKER not in str(found)


def test_no_secret_in_a_row():
    found = one(row(database=MARKER), extra_config={"api_token": MARKER})
    assert MARKER not in str(found)
