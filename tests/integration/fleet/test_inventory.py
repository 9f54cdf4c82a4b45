# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin, through the real ansible-inventory and ansible-playbook."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.integration.fleet.test_fleet_info import host_of
from tests.integration.support.playbook_runner import ROOT, PlaybookRunner, ansible_playbook, environment
from tests.integration.support.scenarios import AT_ONCE, PASSWORD, calls, manual, record
from tests.lab.client import LabClient

PLUGIN = "community.immuta.redshift_integrations"
STRICT = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
SECRETS = {"REDSHIFT_LOGIN_PASSWORD": "unused", "IMMUTA_SYSTEM_PASSWORD": PASSWORD}


def config(directory: Path, **options: t.Any) -> Path:
    """Write the file of the plugin."""
    path = directory / "immuta.yml"
    path.write_text(yaml.safe_dump({"plugin": PLUGIN, **options}), encoding="utf-8")
    return path


def access(lab: LabClient) -> dict[str, str]:
    """Return the environment variables of the lab's tenant."""
    return {"IMMUTA_URL": lab.immuta_url, "IMMUTA_API_KEY": lab.immuta_api_key}


def listed(directory: Path, path: Path, env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ansible-inventory."""
    program = str(Path(ansible_playbook()).with_name("ansible-inventory"))
    for name in ("home", "tmp", "local", "remote"):
        (directory / name).mkdir(exist_ok=True)
    (directory / "ansible.cfg").write_text("[defaults]\n", encoding="utf-8")
    return subprocess.run(
        [program, "-i", str(path), *(arguments or ("--list",))],
        env={**environment(directory), "ANSIBLE_CALLBACKS_ENABLED": "", **env},
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )


def inventory_of(run: subprocess.CompletedProcess[str]) -> dict[str, t.Any]:
    """Return what ansible-inventory listed."""
    assert run.returncode == 0, run.stderr
    assert "Failed to parse" not in run.stderr, run.stderr
    found: dict[str, t.Any] = json.loads(run.stdout, object_hook=unmarked)
    return found


def unmarked(row: dict[str, t.Any]) -> t.Any:
    """Return the text of a mark: newer ansible-core mark every text that comes from outside."""
    return row["__ansible_unsafe"] if set(row) == {"__ansible_unsafe"} else row


@pytest.mark.matrix
@pytest.mark.matrix_core
def test_hosts_groups_and_variables(lab: LabClient, tmp_path: Path) -> None:
    lab.switches(**AT_ONCE)
    lab.seed({**record(manual(host=host_of("good"), database="{{ 1 + 1 }}")), "id": "1"})
    lab.seed({**record(manual(host=host_of("sick"), auto_bootstrap=True)), "id": "2"})
    lab.set_status("editError", "2")
    options: dict[str, t.Any] = {
        "hostname": "config.host.split('.')[0]",
        "compose": {"broken": "1 // 0"},
        "groups": {"broken": "nobody.knows"},
        "keyed_groups": [{"key": "redshift_integration_authentication_type"}, {"key": "nobody.knows"}],
    }
    path = config(tmp_path, **options)
    found = inventory_of(listed(tmp_path, path, access(lab)))
    assert calls(lab) == ["GET /integrations"]
    groups = {name: sorted(row.get("hosts", [])) for name, row in found.items() if "hosts" in row}
    assert groups == {
        "redshift_clusters": ["good", "sick"],
        "immuta_enabled": ["good"],
        "immuta_manual": ["good"],
        "immuta_editError": ["sick"],
        "immuta_automatic": ["sick"],
        "immuta_unhealthy": ["sick"],
        "_userPassword": ["good", "sick"],
    }
    good, sick = (found["_meta"]["hostvars"][name] for name in ("good", "sick"))
    assert good["redshift_integration_host"] == host_of("good")
    assert good["redshift_integration_database"] == "{{ 1 + 1 }}"
    assert good["immuta_integration"] == {"id": "1", "status": "enabled", "healthy": True, "problems": []}
    assert "redshift_integration_username" not in sick
    assert lab.immuta_api_key not in json.dumps(found)
    graph = listed(tmp_path, path, access(lab), "--graph", "redshift_clusters")
    assert graph.stdout.split() == ["@redshift_clusters:", "|--good", "|--sick"]
    strict = listed(tmp_path, config(tmp_path, strict=True, **options), {**access(lab), **STRICT})
    assert strict.returncode != 0
    assert "Could not set broken for host" in " ".join(strict.stderr.split())


def test_no_inventory_from_a_tenant_that_cannot_be_read(lab: LabClient, tmp_path: Path) -> None:
    wrong = {**access(lab), "IMMUTA_API_KEY": "wrong"}
    run = listed(tmp_path, config(tmp_path), {**wrong, **STRICT})
    assert run.returncode != 0
    assert "Immuta returned HTTP 401" in run.stderr
    assert "Traceback" not in run.stderr
    other = listed(tmp_path, config(tmp_path, immuta_url="http://127.0.0.1:9"), {**access(lab), **STRICT})
    assert "is only sent to the address that is set with it" in " ".join(other.stderr.split())
    missing = listed(tmp_path, config(tmp_path), {"IMMUTA_URL": "", "IMMUTA_TIMEOUT": "", **STRICT})
    assert "immuta_url" in missing.stderr


def test_an_empty_tenant_is_an_empty_group(lab: LabClient, tmp_path: Path) -> None:
    found = inventory_of(listed(tmp_path, config(tmp_path), {**access(lab), **STRICT, "IMMUTA_TIMEOUT": ""}))
    assert found["_meta"]["hostvars"] == {}


def test_the_cache_has_no_secret_and_saves_the_request(lab: LabClient, tmp_path: Path) -> None:
    lab.seed(record(manual(host=host_of("good"))))
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    path = config(tmp_path, **cache)
    calls(lab)
    first, second = (inventory_of(listed(tmp_path, path, access(lab))) for _run in range(2))
    assert first == second
    assert calls(lab) == ["GET /integrations"]
    lab.seed(record(manual(host=host_of("new"))))
    fresh = inventory_of(listed(tmp_path, path, access(lab), "--list", "--flush-cache"))
    assert sorted(fresh["_meta"]["hostvars"]) == [host_of("good"), host_of("new")]
    assert calls(lab) == ["GET /integrations"]
    texts = [file.read_text(encoding="utf-8") for file in (tmp_path / "cache").iterdir()]
    assert texts
    assert not any(secret in text for text in texts for secret in (lab.immuta_api_key, PASSWORD))


def test_hostile_names(lab: LabClient, tmp_path: Path) -> None:
    for number, host in enumerate(("../../etc", "{{ lookup('pipe', 'id') }}", "a b")):
        lab.seed({**record(manual(host=host)), "id": str(number)})
    found = inventory_of(listed(tmp_path, config(tmp_path), access(lab)))
    names = sorted(found["_meta"]["hostvars"])
    assert len(names) == 3
    assert not any(set(name) & set("/{} '") for name in names)


def test_nothing_to_change_with_it_as_the_only_inventory(
    lab: LabClient, playbook: PlaybookRunner, tmp_path: Path
) -> None:
    lab.switches(**AT_ONCE)
    for name in ("one", "two"):
        lab.seed(record(manual(host=host_of(name))))
    run = playbook(
        ROOT / "playbooks" / "redshift_integration.yml",
        check=True,
        inventory=config(tmp_path),
        env={**access(lab), **SECRETS},
    )
    assert not [row["task"] for row in run.tasks if row["result"].get("changed")]
    assert "changed=0" in run.stdout
