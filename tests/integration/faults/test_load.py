# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large tenant, and a fleet of hosts against a tenant that limits requests."""

from __future__ import annotations

import collections
import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tests.integration.support.playbook_runner import PlaybookRunner, Run, environment, local_host
from tests.integration.support.scenarios import (
    AT_ONCE,
    INFO,
    INTEGRATION,
    PREFIX,
    Options,
    api,
    calls,
    changed,
    manual,
    module_play,
    outcome,
    put_manual,
    record,
    role_play,
    role_vars,
    step,
)
from tests.lab.client import LabClient
from tests.tools.figures_plugin import RecordFigures

APPLY, EXPORT = Path("community.immuta.redshift_integration"), Path("community.immuta.export")
READ = "GET /integrations"
#: integrations of the large tenant; hosts of the small and of the large play; forks; requests a second
MANY, FEW, FLEET, FORKS, LIMIT = 200, 10, 50, 10, 10
OPERATIONS = ("create", "nothing to do", "delete")
MODULES = "ansible_collections.community.immuta.plugins.modules"


@pytest.fixture
def large_lab(lab: LabClient) -> LabClient:
    """A tenant with many integrations, the first of which is finished in Redshift too."""
    put_manual(lab)
    for number in range(1, MANY):
        lab.seed(record(manual(host=f"cluster{number}.example.com", database=f"immuta_{number}")))
    lab.clear_requests()
    return lab


# A large tenant


def test_large_tenant(large_lab: LabClient, playbook: PlaybookRunner, record_figures: RecordFigures) -> None:
    """Reading, and a run with nothing to do, take one request, whatever the number of integrations."""
    lab = large_lab
    read = playbook(module_play(lab, step("read", INFO)))
    assert (len(read.task("read")["integrations"]), calls(lab)) == (MANY, [READ])
    role = playbook(role_play(), extra_vars=role_vars(lab, manual()))
    assert ([row["path"] for row in lab.requests()], changed(role)) == (["/integrations"], [])
    assert outcome(role)["operation"] == "none"
    runs = {"read": round(read.seconds, 1), "role with nothing to do": round(role.seconds, 1)}
    record_figures("load", {f"seconds for a run in a tenant of {MANY} integrations": runs})


def test_export_of_a_large_tenant(
    large_lab: LabClient, playbook: PlaybookRunner, record_figures: RecordFigures, tmp_path: Path
) -> None:
    ways = {PREFIX + name: value for name, value in api(large_lab).items()}
    run = playbook(EXPORT, extra_vars={**ways, "export_dir": str(tmp_path / "inventory")})
    assert calls(large_lab) == [READ]
    assert len(list((tmp_path / "inventory" / "host_vars").iterdir())) == MANY
    record_figures("load", {f"seconds for an export of {MANY} integrations": round(run.seconds, 1)})


# A fleet


def fleet(lab: LabClient, count: int) -> Options:
    """Return an inventory of clusters with automatic integrations."""
    credentials = {"immuta_url": lab.immuta_url, "immuta_api_key": lab.immuta_api_key}
    settings = {
        **credentials, "auto_bootstrap": True, "authentication_type": "userPassword", "initial_database": "dev",
        "database": "immuta", "username": "admin", "password": "Immuta1x",
    }  # fmt: skip
    common = {PREFIX + name: value for name, value in settings.items()}
    hosts = {f"cluster{number}.example.com": {} for number in range(count)}
    each = {**local_host(), **common, f"{PREFIX}host": "{{ inventory_hostname }}"}
    return {"redshift_clusters": {"hosts": hosts, "vars": each}}


def outcomes(run: Run) -> list[str]:
    """Return what the playbook did for each host."""
    hosts = run.task("Show what was done for every cluster")["hosts"]
    return [str(row["result"]) for row in hosts.values()]


def run_fleet(lab: LabClient, playbook: PlaybookRunner, count: int, others: int) -> dict[str, t.Any]:
    """Create, look at and delete the integrations of a fleet; return requests and seconds of each.

    :param others: how many other integrations the tenant has
    """
    lab.reset()
    for number in range(others):
        lab.seed(record(manual(host=f"other{number}.example.com", database=f"immuta_{number}")))
    lab.switches(**AT_ONCE, check_warehouse=False, rate_limit=LIMIT)
    figures: dict[str, t.Any] = {}
    for name, state, operation in zip(
        OPERATIONS, ("present", "present", "absent"), ("created", OPERATIONS[1], "deleted")
    ):
        lab.clear_requests()
        extra = {f"{PREFIX}state": state}
        run = playbook(APPLY, inventory=fleet(lab, count), extra_vars=extra, arguments=["--forks", str(FORKS)])
        assert outcomes(run) == [operation] * count
        assert len(done_writes(lab)) == (0 if operation == OPERATIONS[1] else count)
        assert [row["status"] for row in lab.integrations()] == ["enabled"] * (
            others + (count if state == "present" else 0)
        )
        figures[name] = {**requests_of(lab), "seconds": round(run.seconds, 1)}
    return figures


def done_writes(lab: LabClient) -> list[str]:
    """Return the methods of the requests that changed something."""
    return [row["method"] for row in lab.requests() if row["method"] != "GET" and row["status"] != 429]


def requests_of(lab: LabClient) -> dict[str, int]:
    """Return how many requests Immuta took and how many it refused with 429."""
    counted = collections.Counter(row["status"] for row in lab.requests())
    assert set(counted) <= {200, 404, 429}
    return {"requests": counted[200] + counted[404], "refused with 429": counted[429]}


@pytest.fixture(scope="module")
def figures() -> dict[int, t.Any]:
    """Time and requests for each size of fleet."""
    return {}


@pytest.mark.parametrize("count", [FEW, FLEET])
def test_fleet(
    lab: LabClient, playbook: PlaybookRunner, figures: dict[int, t.Any], record_figures: RecordFigures, count: int
) -> None:
    """All hosts succeed, although Immuta refuses many requests; no write is processed twice."""
    figures[count] = run_fleet(lab, playbook, count, others=MANY if count == FLEET else 0)
    rows = {
        f"{count} hosts, {FORKS} forks, {LIMIT} requests a second: {name}": figures[count][name] for name in OPERATIONS
    }
    record_figures("load", rows)
    assert figures[count]["nothing to do"]["requests"] == 1


def test_requests_grow_with_hosts(lab: LabClient, playbook: PlaybookRunner, figures: dict[int, t.Any]) -> None:
    for count in {FEW, FLEET} - set(figures):
        figures[count] = run_fleet(lab, playbook, count, others=MANY if count == FLEET else 0)
    few, many = figures[FEW], figures[FLEET]
    for name in OPERATIONS:
        # A host makes a whole number of requests; how often it looks whether Immuta is done depends on the moment.
        assert many[name]["requests"] <= few[name]["requests"] * FLEET / FEW * 1.2
    assert min(many[name]["refused with 429"] for name in ("create", "delete")) > 0


# Memory

#: starts the module: of a child, the system tells no less than its parent had, so the parent must be small
LAUNCHER = """
import os, resource, sys
_pid, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:]), 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak_of(module: str, options: Options, directory: Path) -> tuple[float, Options]:
    """Run a module in a separate process; return its peak memory in MiB, and its result."""
    arguments = directory / "arguments.json"
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "_ansible_remote_tmp": str(directory)}}))
    env = environment(directory)
    env["PYTHONPATH"] = env["ANSIBLE_COLLECTIONS_PATH"]
    command = [sys.executable, "-c", LAUNCHER, sys.executable, "-m", module, str(arguments)]
    run = subprocess.run(command, env=env, cwd=directory, capture_output=True, text=True, check=True, timeout=60)
    unit = 1024 if sys.platform == "linux" else 1024 * 1024  # kilobytes there, bytes elsewhere
    return round(int(run.stderr.splitlines()[-1]) / unit, 1), json.loads(run.stdout)


def test_memory(large_lab: LabClient, record_figures: RecordFigures, tmp_path: Path) -> None:
    """Only measured: there is no limit that is right for every machine."""
    lab = large_lab
    plain, _pong = peak_of("ansible.modules.ping", {}, tmp_path)
    read, result = peak_of(f"{MODULES}.redshift_integration_info", api(lab), tmp_path)
    assert len(result["integrations"]) == MANY
    ensure, result = peak_of(f"{MODULES}.redshift_integration", {**api(lab), **manual()}, tmp_path)
    assert result["operation"] == "none"
    values = {"ansible.builtin.ping": plain, INFO: read, INTEGRATION: ensure}
    record_figures("load", {f"peak memory of a module process in MiB, in a tenant of {MANY} integrations": values})
