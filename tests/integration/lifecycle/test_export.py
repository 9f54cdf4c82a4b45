# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that exports a tenant: the inventory describes the tenant, so that the next run changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.support.lifecycle import ON, squeezed
from tests.integration.support.playbook_runner import PlaybookRunner, Run
from tests.integration.support.scenarios import (
    AT_ONCE,
    HOST,
    PREFIX,
    Options,
    api,
    calls,
    changed,
    login,
    manual,
    mode,
    outcome,
    put_manual,
    record,
)
from tests.lab.client import LabClient
from tests.tools import inventory_schema

EXPORT, APPLY = "community.immuta.export", "community.immuta.redshift_integration"
TEMPLATE = "{{ lookup('ansible.builtin.env', 'HOME') }} {% if x %} {# y #}"
ODD = 'it\'s "odd": [x, y] # no comment \\ \u00e9\u4e16 !unsafe yes'
OKTA = {"username": "svc", "appId": "redshift/0oa1", "idpHost": "okta.example.com", "role": "Admin"}


def tenant(lab: LabClient) -> dict[str, Options]:
    """Fill the lab with different integrations, and return them by host."""
    usual = record(manual())
    rows = {
        HOST: {"impersonation": ON["impersonation"]},
        "okta.example.com": {"authenticationType": "okta", "okta": OKTA},
        "odd_1.example.com": {"database": ODD, "port": 5440, "connectArgs": f"{ODD}=x", "flag": True, "none": None},
        "template.example.com": {"database": TEMPLATE, "username": TEMPLATE, "nested": {"list": ["{{ no }}", 1]}},
        "2001:db8::1": {"initialDatabase": "no"},
        "UPPER.example.com": {"username": "007"},
        "auto.example.com": {},
    }
    for host, changes in rows.items():
        config = {**usual["config"], "host": host, **changes}
        dropped = {"username", "password"} if "okta" in changes else set()
        config = {name: value for name, value in config.items() if name not in dropped}
        lab.seed({**usual, "autoBootstrap": host.startswith("auto"), "config": config})
    lab.seed({"type": "Snowflake", "autoBootstrap": True, "config": {"host": "snow.example.com"}})
    lab.seed({**usual, "status": "deleted", "config": {**usual["config"], "host": "gone.example.com"}})
    return rows


def variables(lab: LabClient) -> Options:
    """Return the connection options."""
    return {PREFIX + name: value for name, value in api(lab).items()}


def export(playbook: PlaybookRunner, lab: LabClient, directory: Path, check: bool = False, **more: str) -> Run:
    """Run the playbook."""
    extra = {**variables(lab), "export_dir": str(directory), **more}
    return playbook(Path(EXPORT), extra_vars=extra, check=check, diff=True)


def host_file(directory: Path, host: str) -> str:
    """Return the text of the file of a host."""
    name = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in host)
    return (directory / "host_vars" / f"{name}.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("secrets", ["environment", "vault"])
def test_whole_tenant(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path, secrets: str) -> None:
    rows, directory = tenant(lab), tmp_path / "inventory"
    preview = export(playbook, lab, directory, check=True, export_placeholders=secrets)
    assert (directory.exists(), calls(lab)) == (False, ["GET /integrations"])
    assert len(changed(preview)) > 0

    run = export(playbook, lab, directory, export_placeholders=secrets)
    assert len(list((directory / "host_vars").iterdir())) == len(rows)
    assert {mode(path) for path in directory.rglob("*.yml")} == {0o640}
    for path in directory.rglob("*.yml"):
        assert inventory_schema.problems(path.read_text(encoding="utf-8")) == [], path.name
    assert calls(lab) == ["GET /integrations"]
    assert squeezed(f"Exported {len(rows)} integrations") in squeezed(run.stdout)
    text = host_file(directory, HOST)
    assert ("vault_redshift_integration_password" in text) is (secrets == "vault")
    assert ("lookup('ansible.builtin.env'" in text) is (secrets == "environment")
    assert changed(export(playbook, lab, directory, export_placeholders=secrets)) == []
    calls(lab)

    for check in (True, False):
        applied = playbook(Path(APPLY), inventory=directory / "hosts.yml", extra_vars=variables(lab), check=check)
        hosts = applied.task("Show what was done for every cluster")["hosts"]
        assert [row["result"] for row in hosts.values()] == ["nothing to do"] * len(rows)
        values = applied.task("Compare all clusters with Immuta")["hosts"]
        assert {row["verdict"] for row in values.values()} <= {"in_sync", "unhealthy"}
        assert changed(applied) == []
        assert calls(lab) == ["GET /integrations"]
    assert TEMPLATE in host_file(directory, "template.example.com")
    assert ODD in host_file(directory, "odd_1.example.com").encode().decode("unicode_escape")


def test_secrets_of_the_environment_are_used(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """The exported inventory, with secrets, changes the integration."""
    lab.switches(**AT_ONCE)
    put_manual(lab)
    directory = tmp_path / "inventory"
    export(playbook, lab, directory)
    suffix = lab.integrations()[0]["id"]
    env = {
        f"REDSHIFT_INTEGRATION_PASSWORD_{suffix}": "Rotated2$x;%s",
        f"REDSHIFT_INTEGRATION_LOGIN_USER_{suffix}": lab.redshift_admin_user,
        f"REDSHIFT_INTEGRATION_LOGIN_PASSWORD_{suffix}": lab.redshift_admin_password,
    }
    way = {name: login(lab)[name] for name in ("login_host", "login_port")}
    extra = variables(lab) | {PREFIX + name: value for name, value in way.items()}
    extra |= {PREFIX + "update_password": "always"}
    run = playbook(Path(APPLY), inventory=directory / "hosts.yml", extra_vars=extra, env=env)
    assert outcome(run)["operation"] == "updated"
    assert lab.can_log_in("immuta_system", "Rotated2$x;%s", "immuta_policies")
    assert "Rotated2" not in run.output


def test_secrets_of_a_vault_are_used(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    lab.switches(**AT_ONCE, check_warehouse=False)
    lab.seed({**record(manual()), "autoBootstrap": True})
    directory = tmp_path / "inventory"
    export(playbook, lab, directory, export_placeholders="vault")
    vault = {
        "vault_redshift_integration_username": lab.redshift_admin_user,
        "vault_redshift_integration_password": lab.redshift_admin_password,
    }
    extra = {**variables(lab), **vault, PREFIX + "impersonation": ON["impersonation"]}
    run = playbook(Path(APPLY), inventory=directory / "hosts.yml", extra_vars=extra)
    assert outcome(run)["operation"] == "updated"
    assert lab.integrations()[0]["config"]["impersonation"] == ON["impersonation"]


def test_hosts_that_look_alike(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """No integration is lost if the names of two files would be the same."""
    usual = record(manual())
    for host in ("2001:db8::1", "2001_db8__1"):
        lab.seed({**usual, "config": {**usual["config"], "host": host}})
    export(playbook, lab, tmp_path / "inventory")
    texts = [path.read_text(encoding="utf-8") for path in (tmp_path / "inventory" / "host_vars").iterdir()]
    assert all(any(f'"{host}"' in text for text in texts) for host in ("2001:db8::1", "2001_db8__1"))


def test_empty_tenant(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    export(playbook, lab, tmp_path / "inventory")
    assert [path.name for path in (tmp_path / "inventory").rglob("*.yml")] == ["hosts.yml"]
    run = playbook(Path(APPLY), inventory=tmp_path / "inventory" / "hosts.yml", extra_vars=variables(lab), expect_rc=2)
    assert 'No host of this run is in "redshift_clusters"' in run.task("Stop if there is none")["msg"]


def test_wrong_option(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    extra = {**variables(lab), "export_dir": str(tmp_path / "inventory"), "export_placeholders": "plain"}
    run = playbook(Path(EXPORT), extra_vars=extra, expect_rc=2)
    assert "must be one of: environment, vault" in run.stdout
    assert (lab.requests(), (tmp_path / "inventory").exists()) == ([], False)
