# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook community.immuta.preflight: one table for all hosts, and nothing is changed."""

from __future__ import annotations

from tests.integration.fleet.test_fleet_info import host_of, inventory
from tests.integration.support.playbook_runner import ROOT, PlaybookRunner, Run
from tests.integration.support.scenarios import AT_ONCE, HOST, calls, manual, put_manual, role_vars, users
from tests.lab.client import LabClient

PREFLIGHT = ROOT / "playbooks" / "preflight.yml"
NONE = "http://127.0.0.1:9"


def table(run: Run) -> list[str]:
    """Return the lines that were shown."""
    return list(run.task("Show what is right and what is not")["msg"])


def test_every_host_has_its_row(lab: LabClient, playbook: PlaybookRunner) -> None:
    """Hosts with one fault each: every fault is found, and none hides another."""
    lab.switches(**AT_ONCE)
    put_manual(lab)
    new = {
        name: manual(host=host_of(name)) for name in ("new", "password", "login", "down", "key", "user", "undefined")
    }
    clusters = {name: role_vars(lab, settings) for name, settings in new.items()}
    clusters["there"] = role_vars(lab, manual(host=HOST))
    clusters["password"] |= {"redshift_integration_password": "onlylowercase"}
    clusters["login"] |= {"redshift_integration_login_password": "Another1password"}
    clusters["down"] |= {"redshift_integration_immuta_url": NONE, "redshift_integration_retries": 0}
    clusters["key"] |= {"redshift_integration_immuta_api_key": "0" * 33}
    clusters["user"] |= {"redshift_integration_login_user": ""}
    clusters["undefined"] |= {"redshift_integration_password": "{{ vault_of_nobody }}"}
    before = (lab.integrations(), users(lab))
    calls(lab)
    run = playbook(PREFLIGHT, inventory=inventory(clusters), expect_rc=2)
    assert all(line.startswith("GET ") for line in calls(lab))
    assert (lab.integrations(), users(lab)) == before
    lines = table(run)
    assert lines[0].split() == ["host", "vars", "Immuta", "TLS", "key", "admin", "login", "rights", "password"]
    assert max(map(len, lines)) <= 68
    rows = {line.split()[0]: line.split()[1:] for line in lines[1 : 1 + len(clusters)]}
    assert rows == {
        "new": ["ok", "ok", "-", "ok", "ok", "ok", "ok", "ok"],
        "there": ["ok", "ok", "-", "ok", "ok", "ok", "-", "-"],
        "password": ["ok", "ok", "-", "ok", "ok", "ok", "ok", "NO"],
        "login": ["ok", "ok", "-", "ok", "ok", "NO", "-", "ok"],
        "down": ["ok", "NO", "-", "-", "-", "ok", "ok", "ok"],
        "key": ["ok", "ok", "-", "NO", "-", "ok", "ok", "ok"],
        "user": ["NO", "ok", "-", "ok", "ok", "-", "-", "-"],
        "undefined": ["NO", "ok", "-", "ok", "ok", "ok", "ok", "-"],
    }
    text = " ".join(" ".join(lines).split())
    for words in (
        "password: Redshift would reject",
        "key: GET /integrations",
        "user: ",
        "redshift_integration_password cannot be read",
    ):
        assert words in text
    assert len(run.failures) == len(clusters) - 2
    for secret in (lab.immuta_api_key, lab.redshift_admin_password):
        assert secret not in run.output


def test_the_contract(lab: LabClient, playbook: PlaybookRunner) -> None:
    """The probes are sent once for the tenant, for its first host that can use it."""
    lab.switches(unknown_fields="rejected", id_type="number")
    put_manual(lab)
    clusters = {name: role_vars(lab, manual(host=host_of(name))) for name in ("key", "there", "new", "down")}
    clusters["there"] |= {"redshift_integration_host": HOST}
    clusters["new"] |= {"redshift_integration_immuta_url": f"{lab.immuta_url}/"}
    clusters["key"] |= {"redshift_integration_immuta_api_key": "0" * 33}
    clusters["down"] |= {"redshift_integration_immuta_url": NONE, "redshift_integration_retries": 0}
    run = playbook(
        PREFLIGHT, inventory=inventory(clusters), extra_vars={"preflight_contract": True}, check=True, expect_rc=2
    )
    lines = table(run)
    assert [line for line in lines if "contradicted" in line] == ["  contradicted: A3"]
    sent = calls(lab)
    assert sent.count("POST /integrations/scripts/none-such") == 1
    assert sent.count("GET /health") == 1
    assert not [call for call in sent if call.startswith(("PUT", "DELETE")) or call == "POST /integrations"]
    stats = run.task("Hand over the result to a workflow")["ansible_stats"]["data"]["immuta_preflight"]
    assert [name for name, found in stats.items() if found["contract"]] == ["there"]
    assert [name for name, found in stats.items() if found["usable"]] == ["there", "new"]
    assert len(stats["there"]["contract"]["assumptions"]) == 18
    for secret in (lab.immuta_api_key, lab.redshift_admin_password):
        assert secret not in run.output
