# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""redshift_fleet_info on the controller: which tenants are read, and which hosts are compared."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.community.immuta.plugins.action import redshift_fleet_info
from ansible_collections.community.immuta.plugins.module_utils._immuta.response import Response
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import (
    CONNECTION,
    LIST,
    MARKER,
    assert_no_secret,
    responding,
)
from ansible_collections.community.immuta.tests.unit.plugins.modules.integration_data import MANUAL, row
from ansible_collections.community.immuta.tests.unit.plugins.plugin_utils.play import (
    role_variables,
    run_action,
    task_vars,
)

ONE = role_variables({**CONNECTION, **MANUAL})
TWO = role_variables({**CONNECTION, **MANUAL, "host": "two.example.com"})


def run(args, hosts, rows=(), check=False, **more):
    """Run the action plugin against a tenant with these integrations; return its result and the requests."""
    asked = []

    def respond(request):
        asked.append((request.method, request.path))
        return Response(200, json.dumps(list(rows)))

    with responding(respond):
        result = run_action(redshift_fleet_info, args, task_vars(hosts, **more), check)
    assert_no_secret(result)
    return result, asked


@pytest.mark.parametrize("check", [False, True])
def test_all_hosts_of_the_play_in_one_request(check):
    result, asked = run({}, {"one": ONE, "two": TWO}, [row(), {**row(host="x.example.com"), "id": "8"}], check)
    assert asked == [("GET", LIST)]
    assert {name: found["verdict"] for name, found in result["hosts"].items()} == {"one": "in_sync", "two": "missing"}
    assert [found["id"] for found in result["unmanaged"]] == ["8"]
    assert result["changed"] is False
    assert result["compared_at"].endswith("Z")


def test_a_misspelled_variable_is_a_warning():
    misspelled = {**ONE, "redshift_integration_sslmode": "verify-full"}
    result, _asked = run({}, {"one": misspelled, "two": TWO}, [row()])
    (warning,) = result["warnings"]
    assert warning.startswith("redshift_integration_sslmode (one) is not a variable of the role")


def test_only_the_hosts_that_are_specified():
    result, _asked = run({"hosts": ["two"]}, {"one": ONE, "two": TWO}, [row()])
    assert list(result["hosts"]) == ["two"]
    assert result["unmanaged"] == []  # the inventory declares it, though the play does not compare it


@pytest.mark.parametrize("args", [{"hosts": []}, {"hosts": ["none"]}])
def test_no_tenant_is_read_without_a_host_that_can_be_read(args):
    result, asked = run(args, {"one": ONE})
    assert asked == []
    assert {found["verdict"] for found in result["hosts"].values()} <= {"error"}


def test_a_host_with_a_wrong_variable_does_not_stop_the_others():
    broken = {**TWO, **role_variables({"port": f"{{{{ none_such }}}}{MARKER}"})}
    result, _asked = run({}, {"one": ONE, "two": broken}, [row()])
    assert {name: found["verdict"] for name, found in result["hosts"].items()} == {"one": "in_sync", "two": "error"}
    assert "redshift_integration_port cannot be read" in result["hosts"]["two"]["message"]


def test_without_requests(monkeypatch):
    monkeypatch.setattr(redshift_fleet_info, "REQUESTS_ERROR", "Traceback")
    with pytest.raises(AnsibleActionFail, match="requires the Python library requests on the controller"):
        run({}, {"one": ONE})
