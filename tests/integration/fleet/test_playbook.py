# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of the collection on a fleet: one comparison, the role on hosts with something to do, one summary."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.integration.fleet.test_fleet_info import cluster, host_of, id_of, inventory
from tests.integration.support.playbook_runner import INTEGRATION, ROOT, PlaybookRunner, Run
from tests.integration.support.scenarios import (
    AT_ONCE,
    PASSWORD,
    PREFIX,
    Options,
    calls,
    logins,
    manual,
    play,
    put_manual,
    record,
)
from tests.lab.client import LabClient

PLAYBOOK = ROOT / "playbooks" / "redshift_integration.yml"
ON = {"enabled": True, "role": "immuta_impersonation"}


def seed(lab: LabClient, *names: str) -> None:
    """Put integrations into the lab that are as the inventory describes them."""
    lab.switches(**AT_ONCE)
    for name in names:
        lab.seed(record(manual(host=host_of(name))))


def results(run: Run) -> dict[str, str]:
    """Return what became of each cluster."""
    hosts = run.task("Show what was done for every cluster")["hosts"]
    return {name: row["result"] for name, row in hosts.items()}


def vaulted(text: str) -> Options:
    """Return an encrypted value, as it is in an inventory in JSON."""
    return {"__ansible_vault": VaultLib([(None, VaultSecret(b"vault0password"))]).encrypt(text).decode()}


def test_nothing_to_do_takes_one_request(lab: LabClient, playbook: PlaybookRunner) -> None:
    names = [f"c{number}" for number in range(10)]
    seed(lab, *names)
    calls(lab)
    run = playbook(PLAYBOOK, inventory=inventory({name: cluster(lab, name) for name in names}))
    assert calls(lab) == ["GET /integrations"]
    assert logins(lab) == []
    assert "Clusters: 10 nothing to do." in run.stdout
    assert "changed=1" not in run.stdout


def test_a_failed_cluster_does_not_stop_the_others(lab: LabClient, playbook: PlaybookRunner) -> None:
    put_manual(lab, host=host_of("change"))
    seed(lab, "good", "sick")
    lab.set_status("recurringValidationError", id_of(lab, "sick"))
    clusters = {name: cluster(lab, name) for name in ("good", "sick")}
    clusters["change"] = cluster(lab, "change", impersonation=ON)
    clusters["locked"] = cluster(lab, "locked", login_password="Wrong1xx")
    clusters["broken"] = {**cluster(lab, "broken"), "redshift_integration_database": "{{ nobody }}"}
    run = playbook(PLAYBOOK, inventory=inventory(clusters), expect_rc=2, verbosity=4)
    hosts = run.task("Show what was done for every cluster")["hosts"]
    assert {name: row["result"] for name, row in hosts.items()} == {
        "good": "nothing to do",
        "sick": "nothing to do",
        "change": "updated",
        "locked": "failed",
        "broken": "failed",
    }
    assert "recurringValidationError" in hosts["sick"]["message"]
    assert "password authentication failed" in hosts["locked"]["message"]
    assert "'nobody' is undefined" in hosts["broken"]["message"]
    assert all(len(line) <= 80 for line in run.task("Show what was done for every cluster")["table"])
    assert not any(secret in run.output for secret in (PASSWORD, "Wrong1xx", lab.immuta_api_key))


def test_every_cluster_failed(lab: LabClient, playbook: PlaybookRunner) -> None:
    """There is a summary nevertheless."""
    clusters = {name: cluster(lab, name, immuta_api_key="wrong0key") for name in ("one", "two")}
    run = playbook(PLAYBOOK, inventory=inventory(clusters), expect_rc=2)
    assert run.stdout.count("Immuta returned HTTP 401") >= 2
    assert "Clusters: 2 failed." in run.stdout


def test_check_mode_with_a_limit(lab: LabClient, playbook: PlaybookRunner) -> None:
    seed(lab, "good")
    clusters = {name: cluster(lab, name) for name in ("good", "new")}
    arguments = ["--limit", "new"]
    run = playbook(PLAYBOOK, inventory=inventory(clusters), check=True, arguments=arguments)
    hosts = run.task("Show what was done for every cluster")["hosts"]
    assert {name: row["result"] for name, row in hosts.items()} == {"new": "would be created"}
    assert run.task("Compare all clusters with Immuta")["unmanaged"] == []
    assert len(lab.integrations()) == 1


@pytest.mark.matrix
@pytest.mark.matrix_core
def test_a_run_with_everything_that_can_happen(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """One fork, vaulted secrets, a tenant that is down, a host that cannot be reached, and one that failed before."""
    put_manual(lab, host=host_of("change"))
    seed(lab, "good")
    clusters = {name: cluster(lab, name) for name in ("failed_before", "unreachable", "good")}
    clusters["unreachable"]["ansible_connection"] = "unreachable"
    clusters["down"] = cluster(lab, "down", immuta_url="http://127.0.0.1:9", retries=0)
    secrets = {"password": PASSWORD, "login_password": lab.redshift_admin_password}
    clusters["change"] = cluster(lab, "change", impersonation=ON)
    clusters["change"] |= {PREFIX + name: vaulted(text) for name, text in secrets.items()}
    (tmp_path / "vault").write_text("vault0password", encoding="utf-8")
    stored = len(lab.integrations())
    fail = play({"name": "Fail", "ansible.builtin.fail": {}, "when": "inventory_hostname == 'failed_before'"})
    run = playbook(
        [*fail, {"import_playbook": str(PLAYBOOK)}],
        inventory=inventory(clusters),
        arguments=["--forks", "1", "--vault-password-file", str(tmp_path / "vault")],
        env={"ANSIBLE_CONNECTION_PLUGINS": str(INTEGRATION / "support" / "connection_plugins")},
        expect_rc=None,
    )
    assert results(run) == {
        "failed_before": "not reached",
        "unreachable": "not reached",
        "good": "nothing to do",
        "down": "failed",
        "change": "updated",
    }
    assert run.rc == 4
    assert len(lab.integrations()) == stored
    assert not any(secret in run.output for secret in (*secrets.values(), "vault0password", lab.immuta_api_key))


def test_batches_end_after_one_that_failed(lab: LabClient, playbook: PlaybookRunner) -> None:
    seed(lab)
    clusters = {name: cluster(lab, name) for name in ("canary", "second", "third")}
    serial = {"apply_serial": [1, "100%"]}
    preview = playbook(PLAYBOOK, inventory=inventory(clusters), extra_vars=serial, check=True)
    assert results(preview) == dict.fromkeys(clusters, "would be created")
    clusters["canary"] = cluster(lab, "canary", login_password="Wrong1xx")
    calls(lab)
    run = playbook(PLAYBOOK, inventory=inventory(clusters), extra_vars=serial, expect_rc=2)
    assert results(run) == {"canary": "failed", "second": "not reached", "third": "not reached"}
    assert calls(lab).count("GET /integrations") == 1
    clusters["canary"] = cluster(lab, "canary", port="many")
    run = playbook(PLAYBOOK, inventory=inventory(clusters), extra_vars=serial, expect_rc=2)
    assert results(run) == {"canary": "failed", "second": "not reached", "third": "not reached"}
    assert (calls(lab), lab.integrations()) == ([], [])


@pytest.mark.parametrize("name", ["redshift_integration", "report", "preflight"])
def test_no_cluster_is_a_failure(lab: LabClient, playbook: PlaybookRunner, name: str) -> None:
    clusters = {**inventory({"one": cluster(lab, "one")}), "others": {"hosts": {"bastion": {}}}}
    file = ROOT / "playbooks" / f"{name}.yml"
    run = playbook(file, inventory=clusters, arguments=["--limit", "bastion"], expect_rc=2)
    assert 'No host of this run is in "redshift_clusters"' in run.task("Stop if there is none")["msg"]
    assert lab.requests() == []
