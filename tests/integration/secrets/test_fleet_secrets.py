# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is in what the playbooks of a fleet leave: reports, the statistics of a run, the cache of the inventory."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.integration.fleet.test_fleet_info import host_of, inventory
from tests.integration.secrets.test_secrets import ECHO, MARKS, OKTA, assert_silent, secrets, settings
from tests.integration.support.playbook_runner import ROOT, PlaybookRunner
from tests.integration.support.scenarios import AT_ONCE, STATS, Options, custom_stats, put_manual, record, role_vars
from tests.integration.support.watch import Watched, watched
from tests.lab.client import LabClient

APPLY, REPORT = (ROOT / "playbooks" / f"{name}.yml" for name in ("redshift_integration", "report"))
FILES = {f"run/report.{ending}" for ending in ("html", "json", "md", "prom", "xml")}


def cluster(lab: LabClient, name: str, **changes: t.Any) -> Options:
    """Return the variables of a cluster with every secret that it can have."""
    own = {key: value for key, value in changes.items() if key in (*settings(), *OKTA)}
    other = {key: value for key, value in changes.items() if key not in own}
    return role_vars(lab, {**settings(host=host_of(name)), **own}, **other)


def run(playbook: PlaybookRunner, plays: Path, tmp_path: Path, **options: t.Any) -> Watched:
    """Run a playbook whose files are in the directory of the run, and show its statistics."""
    seen = watched(playbook, plays, tmp_path, env=STATS, **options)
    assert set(seen.places) >= FILES, seen.run.output
    assert custom_stats(seen.run)
    return seen


def outcomes(seen: Watched) -> dict[str, str]:
    """Return the outcome or the verdict of each cluster."""
    data = json.loads((seen.run.directory / "run" / "report.json").read_text(encoding="utf-8"))
    return {row["name"]: row.get("outcome") or row["verdict"] for row in data["clusters"]}


@pytest.mark.matrix
def test_what_is_written_about_successes(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    lab.switches(**AT_ONCE, echo_secrets=True)
    put_manual(lab, host=host_of("changed"), password=MARKS["system password"])
    rotated = {"update_password": "always", "password": MARKS["new password"]}
    clusters = {
        "created": cluster(lab, "created", database="other_database", username="other_account"),
        "changed": cluster(lab, "changed", **rotated, impersonation={"enabled": True}),
        "okta": cluster(lab, "okta", **OKTA, auto_bootstrap=True),
    }
    options: Options = {"inventory": inventory(clusters), "extra_vars": {"report_dest": "run"}}
    preview = run(playbook, APPLY, tmp_path, check=True, **options)
    assert set(outcomes(preview).values()) == {"would be created", "would be updated"}
    assert_silent(lab, preview)
    applied = run(playbook, APPLY, tmp_path, **options)
    assert outcomes(applied) == {"created": "created", "changed": "updated", "okta": "created"}
    assert_silent(lab, applied)
    reported = run(playbook, REPORT, tmp_path, **options)
    assert set(outcomes(reported)) == set(clusters)
    assert_silent(lab, reported)


@pytest.mark.matrix
def test_what_is_written_about_failures(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """Immuta and Redshift repeat secrets in their messages, and secrets are where they do not belong."""
    lab.switches(**AT_ONCE, echo_secrets=True, validation_in_422=True, unknown_fields="rejected")
    lab.seed({**record(settings(host=host_of("sick"))), "id": "7"})
    lab.set_status("editError", "7")
    lab.proxy_fault(on="CREATE USER", kind="error", sqlstate="42601", message=ECHO)
    password = MARKS["system password"]
    clusters = {
        "script": cluster(lab, "script", extra_config=None),
        "rejected": cluster(lab, "rejected", **OKTA, auto_bootstrap=True),
        "sick": cluster(lab, "sick"),
        "key": cluster(lab, "key", immuta_api_key=MARKS["wrong key"]),
        "login": cluster(lab, "login", login_password=MARKS["wrong password"]),
        "type": cluster(lab, "type", port=password),
        "name": cluster(lab, "name", host=f"{password} here"),
        "address": cluster(lab, "address", immuta_url=f"https://user:{MARKS['wrong password']}@tenant.example.com"),
        "template": {
            **cluster(lab, "template"),
            "redshift_integration_database": f"{{{{ '{password}' | no_such_filter }}}}",
        },
    }
    options: Options = {"inventory": inventory(clusters), "extra_vars": {"report_dest": "run"}}
    applied = run(playbook, APPLY, tmp_path, **options)
    assert set(outcomes(applied).values()) == {"failed"}
    assert_silent(lab, applied)
    reported = run(playbook, REPORT, tmp_path, **options)
    assert set(outcomes(reported).values()) == {"error", "missing", "unhealthy"}
    assert_silent(lab, reported)


#: Other ones than MARKS: tests that run at the same time look for those in the environment of every process.
OF_THE_ENVIRONMENT = {
    "IMMUTA_SYSTEM_PASSWORD": "Environment4System8Password",
    "REDSHIFT_LOGIN_PASSWORD": "Environment5Login9Password",
}


@pytest.mark.matrix
def test_the_cache_of_the_inventory(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> None:
    """The key is in the environment, and so in that of every process, but nowhere else."""
    lab.switches(**AT_ONCE, echo_secrets=True)
    kept = tmp_path / "cache"
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(kept)}
    source = tmp_path / "immuta.yml"
    source.write_text(yaml.safe_dump({"plugin": "community.immuta.redshift_integrations", **cache}), encoding="utf-8")
    lab.seed(record(settings(host=host_of("good"), extra_config=None)))
    environment = {
        "IMMUTA_URL": lab.immuta_url,
        "IMMUTA_API_KEY": lab.immuta_api_key,
        **OF_THE_ENVIRONMENT,
    }
    for _time in ("filled", "read"):
        seen = watched(
            playbook,
            REPORT,
            tmp_path,
            inventory=source,
            env={**STATS, **environment},
            extra_vars={"report_dest": "run"},
        )
        assert list(outcomes(seen).values()) == ["in_sync"]
        places = {**seen.places, **{path.name: path.read_text(encoding="utf-8") for path in kept.iterdir()}}
        assert len(places) > len(seen.places)
        del places["processes"]
        assert Watched(seen.run, places).leaks({**secrets(lab), **OF_THE_ENVIRONMENT}) == []
