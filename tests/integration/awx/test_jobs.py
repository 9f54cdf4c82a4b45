# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The job templates, run as AWX runs them: credentials, stream, events, slices, artifacts."""

from __future__ import annotations

import json
import tempfile
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from psycopg import sql

from tests.integration.support import awx_job
from tests.integration.support.awx_job import Job, Launch
from tests.integration.support.lifecycle import state
from tests.integration.support.playbook_runner import local_host
from tests.integration.support.scenarios import ACCOUNT, AT_ONCE, DATABASE, PREFIX, Options, manual, record
from tests.integration.support.watch import forms
from tests.lab.client import LabClient

#: A password that Redshift accepts, with characters that are special in Jinja, shells, configuration files and YAML.
PASSWORD = "Sys{{1+1}}%(x)s#$HOME9"
NEW_PASSWORD = "New{{7*7}}{%x%}#9"
#: The same with quotes and a line break.
ADMIN, ADMIN_PASSWORD = "awx_admin", "Adm{%1%}'\"\\ # two\nLines`9"

VAULT_PASSWORD = "the password of the vault"

_CONTROLLER = yaml.safe_load((awx_job.AWX / "controller_vars.yml").read_text(encoding="utf-8"))
TEMPLATES: dict[str, Options] = {row["name"]: row for row in _CONTROLLER["controller_templates"]}


@pytest.fixture
def directory() -> t.Iterator[Path]:
    """A directory with a short name."""
    with tempfile.TemporaryDirectory(prefix="awx_", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture
def credentials(lab: LabClient) -> dict[str, Options]:
    """One credential of each type, for a lab that has the privileged account."""
    lab.switches(**AT_ONCE)
    with lab.connect() as connection:
        connection.execute(
            sql.SQL("CREATE USER {} SUPERUSER PASSWORD {}").format(sql.Identifier(ADMIN), sql.Literal(ADMIN_PASSWORD))
        )
    return {
        "immuta": {"immuta_url": f" {lab.immuta_url} ", "immuta_api_key": f"{lab.immuta_api_key}\n", "timeout": ""},
        "immuta_system": {"username": ACCOUNT, "password": PASSWORD},
        "redshift_admin": {"login_user": ADMIN, "login_password": ADMIN_PASSWORD},
    }


def inventory(lab: LabClient, *names: str) -> Options:
    """Return the clusters of the lab: each is a separate database of one server."""
    hosts = {
        name: {
            PREFIX + "host": f"{name}.abc123.eu-west-1.redshift.amazonaws.com",
            PREFIX + "database": f"{DATABASE}_{name}",
            PREFIX + "initial_database": "dev",
        }
        for name in names
    }
    shared = {
        **local_host(),
        PREFIX + "auto_bootstrap": False,
        PREFIX + "authentication_type": "userPassword",
        PREFIX + "login_host": lab.redshift_host,
        PREFIX + "login_port": lab.redshift_port,
        PREFIX + "ssl_mode": "verify-full",
        PREFIX + "ca_cert": lab.redshift_ca_cert,
    }
    return {"redshift_clusters": {"hosts": hosts, "vars": shared}}


def leaks(job: Job, *secrets: str) -> list[str]:
    """Return the secrets that AWX would store."""
    kept = job.kept.lower()
    return [secret for secret in secrets if any(form in kept for form in forms(secret))]


def failed_because(job: Job) -> str:
    """Return the messages of the tasks that failed."""
    assert (job.status, job.rc) != ("successful", 0)
    failures = [event["event_data"]["res"]["msg"] for event in job.events if event["event"] == "runner_on_failed"]
    return " ".join(failures)


def vaulted(text: str) -> Options:
    """Return an inline vaulted value as AWX stores it in an inventory."""
    vault = VaultLib([(None, VaultSecret(VAULT_PASSWORD.encode()))])
    return {"__ansible_vault": vault.encrypt(text).decode()}


def template(name: str, dest: Path) -> Options:
    """Return the extra variables of a job template, with a directory that outlives the job."""
    variables = TEMPLATES[name]["extra_vars"]
    return {**variables, "report_dest": variables["report_dest"].replace("{{ immuta_report_dest }}", str(dest))}


def verdicts(file: Path) -> dict[str, str]:
    """Return the verdict of each row of a report that a job left behind."""
    return {row["name"]: row["verdict"] for row in json.loads(file.read_text(encoding="utf-8"))["clusters"]}


def test_the_lifecycle_of_a_cluster(lab: LabClient, credentials: dict[str, Options], directory: Path) -> None:
    clusters, tenant = inventory(lab, "analytics"), {"immuta": credentials["immuta"]}
    reported = template("Immuta report", directory / "mounted")
    preflight = awx_job.run(directory / "preflight", Launch("preflight.yml", clusters, credentials))
    assert (preflight.status, preflight.rc) == ("successful", 0), preflight.stdout
    assert preflight.artifacts["immuta_preflight"]["analytics"]["usable"] is True
    report = awx_job.run(directory / "before", Launch("report.yml", clusters, tenant, variables=reported))
    assert "1 found with a verdict of fail_on: analytics (missing)" in failed_because(report)
    assert (report.artifacts["immuta_summary"]["missing"], report.artifacts["immuta_summary"]["in_sync"]) == (1, 0)
    assert verdicts(directory / "mounted" / "clusters" / "report.json") == {"analytics": "missing"}
    preview = awx_job.run(directory / "preview", Launch("site.yml", clusters, credentials, check=True))
    assert (preview.status, preview.rc, state(lab)) == ("successful", 0, []), preview.stdout
    assert preview.artifacts["immuta_summary"]["hosts"]["analytics"]["result"] == "would be created"
    apply = awx_job.run(directory / "apply", Launch("site.yml", clusters, credentials))
    assert (apply.status, state(lab)) == ("successful", ["enabled"]), apply.stdout
    assert apply.artifacts["immuta_summary"]["totals"] == {"created": 1}
    assert lab.can_log_in(ACCOUNT, PASSWORD)
    # A workflow hands the artifacts of a job to the next one, as extra variables.
    handed = {**reported, **apply.artifacts}
    report = awx_job.run(directory / "after", Launch("report.yml", clusters, tenant, variables=handed))
    assert (report.status, report.artifacts["immuta_summary"]["in_sync"]) == ("successful", 1), report.stdout
    survey = {"cluster": "analytics", PREFIX + "password": NEW_PASSWORD}
    rotate = awx_job.run(directory / "rotate", Launch("rotate.yml", clusters, credentials, survey=survey))
    assert rotate.status == "successful", rotate.stdout
    assert lab.can_log_in(ACCOUNT, NEW_PASSWORD)
    assert not lab.can_log_in(ACCOUNT, PASSWORD)
    for job in (preflight, report, preview, apply, rotate):
        assert leaks(job, PASSWORD, NEW_PASSWORD, ADMIN_PASSWORD, lab.immuta_api_key) == []
        assert job.facts == []  # nothing of a job is left in the facts of a host for the next one


def test_health_of_what_the_tenant_has(lab: LabClient, credentials: dict[str, Options], directory: Path) -> None:
    """The inventory source asks the inventory plugin, with the credential of the tenant."""
    for name in ("good", "sick"):
        lab.seed(record(manual(host=f"{name}.abc123.eu-west-1.redshift.amazonaws.com")))
    tenant, variables = {"immuta": credentials["immuta"]}, template("Immuta health", directory / "mounted")
    for status, expected in (("recurringValidationError", "failed"), ("enabled", "successful")):
        lab.set_status(status, str(lab.integrations()[1]["id"]))
        found = awx_job.synchronise(directory / f"sync_{status}", "inventory/immuta.yml", tenant)
        assert len(found["redshift_clusters"]["hosts"]) == 2
        job = awx_job.run(directory / status, Launch("report.yml", found, tenant, variables=variables))
        assert job.status == expected, job.stdout
        assert job.artifacts["immuta_summary"]["unhealthy"] == int(expected == "failed")
    assert set(verdicts(directory / "mounted" / "health" / "report.json").values()) == {"in_sync"}


def test_two_slices_at_once(lab: LabClient, credentials: dict[str, Options], directory: Path) -> None:
    """A slice is a job with a part of the hosts. Variables of the inventory override the credential."""
    workers = {}
    for name in ("analytics", "sales"):
        half = inventory(lab, name)
        half["redshift_clusters"]["vars"][PREFIX + "username"] = f"{ACCOUNT}_{name}"
        workers[name] = awx_job.start(directory / name, Launch("site.yml", half, credentials))
    jobs = {name: awx_job.finish(directory / name, worker) for name, worker in workers.items()}
    for name, job in jobs.items():
        assert job.status == "successful", job.stdout
        assert list(job.artifacts["immuta_summary"]["hosts"]) == [name]
        assert lab.can_log_in(f"{ACCOUNT}_{name}", PASSWORD)
    assert state(lab) == ["enabled", "enabled"]


def test_secrets_of_one_cluster_in_the_inventory(
    lab: LabClient, credentials: dict[str, Options], directory: Path
) -> None:
    """With inline vaulted values, a Vault credential, and otherwise only the tenant's credential."""
    clusters = inventory(lab, "analytics")
    clusters["redshift_clusters"]["hosts"]["analytics"] |= {
        PREFIX + "username": ACCOUNT,
        PREFIX + "password": vaulted(PASSWORD),
        PREFIX + "login_user": ADMIN,
        PREFIX + "login_password": vaulted(ADMIN_PASSWORD),
    }
    tenant = {"immuta": credentials["immuta"]}
    job = awx_job.run(directory / "job", Launch("site.yml", clusters, tenant, vault_password=VAULT_PASSWORD))
    assert (job.status, state(lab)) == ("successful", ["enabled"]), job.stdout
    assert lab.can_log_in(ACCOUNT, PASSWORD)
    assert leaks(job, PASSWORD, ADMIN_PASSWORD, VAULT_PASSWORD, lab.immuta_api_key) == []


def test_a_job_without_a_cluster_fails(lab: LabClient, credentials: dict[str, Options], directory: Path) -> None:
    other = {"others": {"hosts": {"bastion": local_host()}}}
    launches = {
        "empty": Launch("site.yml", {"redshift_clusters": {"hosts": {}}}, credentials),
        "limited": Launch("site.yml", {**inventory(lab, "analytics"), **other}, credentials, limit="bastion"),
        "rotate": Launch("rotate.yml", inventory(lab, "analytics"), credentials, survey={"cluster": "all"}),
    }
    for name, launch in launches.items():
        assert "No host of this run is in" in failed_because(awx_job.run(directory / name, launch)), name
    unknown = Launch("site.yml", inventory(lab, "analytics"), credentials, limit="nowhere")
    assert awx_job.run(directory / "unknown", unknown).status == "failed"
    assert lab.requests() == []
