# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Integrations, options and request bodies that belong together."""

from __future__ import annotations

import typing as t

from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import LIST, MARKER, Call

HOST = "analytics.abc123.eu-west-1.redshift.amazonaws.com"
ONE = f"{LIST}/7"
PASSED = {"status": "passed", "validationTests": [{"name": "Basic Connection Test", "status": "passed"}]}
FAILED = {
    "status": "failed",
    "validationTests": [
        {"name": "Basic Connection Test", "status": "passed"},
        {"name": "Grants", "status": "failed", "message": "USAGE is missing"},
    ],
}
WARNING = {"status": "warning", "validationTests": [{"name": "Version", "status": "warning", "message": "old"}]}

#: Options of each kind of integration.
MANUAL: dict[str, t.Any] = {
    "auto_bootstrap": False,
    "host": HOST,
    "port": 5439,
    "database": "immuta",
    "initial_database": "dev",
    "authentication_type": "userPassword",
    "username": "immuta_system",
    "password": MARKER,
}
AUTOMATIC: dict[str, t.Any] = {**MANUAL, "auto_bootstrap": True, "username": "one_time_admin"}
_OKTA_LOGIN = {"username": "okta_user", "app_id": "app", "idp_host": "x.okta.com", "role": "admin"}
OKTA: dict[str, t.Any] = {
    **{name: value for name, value in MANUAL.items() if name not in ("username", "password")},
    "authentication_type": "okta",
    "okta": {**_OKTA_LOGIN, "password": MARKER},
}
OKTA_FIELDS = {"username": "okta_user", "appId": "app", "idpHost": "x.okta.com", "role": "admin"}

_CONFIG = {"host": HOST, "port": 5439, "database": "immuta", "initialDatabase": "dev"}
#: The config of MANUAL, AUTOMATIC and OKTA as Immuta shows it.
SHOWN: dict[str, dict[str, t.Any]] = {
    "manual": {**_CONFIG, "authenticationType": "userPassword", "username": "immuta_system"},
    "automatic": {**_CONFIG, "authenticationType": "userPassword", "username": "one_time_admin"},
    "okta": {**_CONFIG, "authenticationType": "okta", "okta": OKTA_FIELDS},
}
KINDS = {"manual": MANUAL, "automatic": AUTOMATIC, "okta": OKTA}


def row(kind: str = "manual", status: str = "enabled", results: t.Any = "passed", **config: t.Any) -> dict[str, t.Any]:
    """Return an integration as Immuta returns it, without the config fields that are None."""
    fields = {name: value for name, value in {**SHOWN[kind], **config}.items() if value is not None}
    return {
        "id": "7",
        "status": status,
        "validationResults": PASSED if results == "passed" else results,
        "type": "Redshift",
        "autoBootstrap": kind == "automatic",
        "config": fields,
    }


def body(kind: str = "manual", **config: t.Any) -> dict[str, t.Any]:
    """Return the request body for an integration, without the config fields that are None."""
    secret = {"okta": {**OKTA_FIELDS, "password": MARKER}} if kind == "okta" else {"password": MARKER}
    fields = {name: value for name, value in {**SHOWN[kind], **secret, **config}.items() if value is not None}
    return {"type": "Redshift", "autoBootstrap": kind == "automatic", "config": fields}


#: The script of ``GENERATE``.
SQL = f"CREATE USER u PASSWORD '{MARKER}';"
#: Expect the create script of a manual integration to be generated.
GENERATE = Call("POST", "/integrations/scripts/create", body(), data=SQL)


def short(status: str, results: t.Any = "passed") -> dict[str, t.Any]:
    """Return the short response to a write."""
    return {"id": "7", "status": status, "validationResults": PASSED if results == "passed" else results}


def read(*rows: dict[str, t.Any]) -> Call:
    """Expect the list to be read."""
    return Call("GET", LIST, data=list(rows))


def look(found: dict[str, t.Any] | None) -> Call:
    """Expect the one integration to be read; None if it is gone."""
    if found is None:
        return Call("GET", ONE, status=404, data={"message": "No Integration found with ID 7."})
    return Call("GET", ONE, data=found)


def problem(method: str, path: str, sent: t.Any, status: int, message: str = "No.", **more: t.Any) -> Call:
    """Expect a request that Immuta refuses."""
    return Call(method, path, sent, status, {"statusCode": status, "error": "x", "message": message, **more})
