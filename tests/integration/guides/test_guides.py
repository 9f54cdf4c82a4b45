# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides, followed word by word: commands are run, outputs compared, statements checked."""

from __future__ import annotations

import json
import re
import shutil
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.community.immuta.plugins.plugin_utils._report.model import SEVERITY
from tests.integration.support.aws import (
    KEYS,
    ProfileFile,
    actions,
    any_resource,
    endpoint_of,
    moto_of,
    needs_boto3,
    put_secret,
    run_sql,
)
from tests.integration.support.bastion import environment
from tests.integration.support.guides import GUIDES, Guide, blocks_of
from tests.integration.support.lifecycle import NEW_PASSWORD, state
from tests.integration.support.playbook_runner import ROOT, PlaybookRunner, Run
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    HOST,
    PASSWORD,
    PREFIX,
    Options,
    automatic,
    calls,
    changed,
    left_behind,
    login,
    logins,
    manual,
    mode,
    outcome,
    put_manual,
    put_objects,
    record,
    users,
)
from tests.lab.client import LabClient
from tests.lab.ssh.server import Bastion, free_port

OpenGuide = t.Callable[[str], Guide]

READ = ["GET /integrations"]
OBJECTS = r"SELECT nspname FROM pg_namespace WHERE nspname LIKE 'immuta\_%'"
GROUP = "SELECT groname FROM pg_group WHERE groname = 'may_impersonate'"
AWX = ROOT / "docs" / "examples" / "awx"
FAILING = {
    "status": "failed",
    "validationTests": [
        {"name": "Basic Connection Test", "status": "passed"},
        {"name": "Recurring Grants Test", "status": "failed", "message": "The account lost CREATE on the database."},
    ],
}


@pytest.fixture
def open_guide(lab: LabClient, playbook: PlaybookRunner, tmp_path: Path) -> OpenGuide:
    """Opens a guide in a directory that has the inventory of the first one, from which every guide starts."""
    lab.switches(**AT_ONCE)

    def opened(name: str) -> Guide:
        directory = tmp_path / "reader"
        Guide("first_integration", lab, playbook, directory).write_files()
        return Guide(name, lab, playbook, directory)

    return opened


SUMMARY = "Show what was done for every cluster"


def results(run: Run) -> dict[str, str]:
    """Return what became of each cluster."""
    return {name: row["result"] for name, row in run.task(SUMMARY)["hosts"].items()}


def operation(run: Run) -> str:
    """Return what the role reported, or none if the playbook found nothing to do for the one cluster."""
    if any(row["task"] == SUMMARY for row in run.tasks):
        (row,) = run.task(SUMMARY)["hosts"].values()
        if row["result"] == "nothing to do":
            return "none"
    return str(outcome(run)["operation"])


def test_every_guide_is_followed_and_listed() -> None:
    names = {path.stem.removeprefix("guide_") for path in GUIDES.glob("guide_*.rst")}
    assert names == {name.removeprefix("test_") for name in globals() if name.startswith("test_")} & names
    listed = yaml.safe_load((GUIDES.parent / "extra-docs.yml").read_text(encoding="utf-8"))
    assert {row for section in listed["sections"] for row in section["toctree"]} == {f"guide_{name}" for name in names}


def test_first_integration(lab: LabClient, open_guide: OpenGuide) -> None:
    guide = open_guide("first_integration")
    preview = guide.next()
    assert (operation(preview), state(lab), users(lab)) == ("created", [], set())
    assert operation(guide.next()) == "created"
    assert (state(lab), lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)) == (["enabled"], True)
    opened, _made = len(logins(lab)), calls(lab)
    again = guide.next()
    assert (operation(again), changed(again), calls(lab), len(logins(lab))) == ("none", [], READ, opened)
    assert guide.at_end()


def test_first_run(lab: LabClient, open_guide: OpenGuide) -> None:
    guide = open_guide("first_run")
    assert guide.next().rc == 0
    calls(lab)
    guide.next()
    sent = calls(lab)
    assert not [call for call in sent if call.startswith(("PUT", "DELETE")) or call == "POST /integrations"]
    found = json.loads(guide.next().stdout)
    assert {row["request"] for row in found["requests"]} == set(sent)
    assert (operation(guide.next()), state(lab), users(lab), guide.at_end()) == ("created", [], set(), True)


@needs_boto3
def test_aws_login(lab: LabClient, open_guide: OpenGuide, tmp_path: Path) -> None:
    """moto checks the policies that the guide shows, except their resources; the operations of ours are compared."""
    guide, shown = open_guide("aws_login"), {block.caption: block.text for block in blocks_of("aws_login")}
    profile = ProfileFile(tmp_path / "credentials", "redshift")
    with moto_of(lab) as moto:
        guide.set_environment(
            profile.of(moto.url, moto.new_identity("user", any_resource(shown["policy-db-user.json"])))
        )
        moto.check_permissions()
        guide.next()
        assert set(moto.operations) == actions(shown["policy-db-user.json"])
    with endpoint_of(lab) as aws:
        guide.set_environment(profile.of(aws.url, KEYS))
        guide.next(expect_rc=2)
        run_sql(lab, shown["grant.sql"])
        guide.next()
        assert set(aws.operations) == actions(shown["policy-identity.json"])
        aws.calls.clear()
        guide.next()
        assert set(aws.operations) == actions(shown["policy-serverless.json"])
    with moto_of(lab) as moto:
        put_secret(moto, "redshift!analytics-awsuser", lab.redshift_admin_user, lab.redshift_admin_password)
        guide.set_environment(
            profile.of(moto.url, moto.new_identity("user", any_resource(shown["policy-secret.json"])))
        )
        moto.check_permissions()
        guide.next()
        assert set(moto.operations) == actions(shown["policy-secret.json"])
        assert (operation(guide.next()), state(lab), guide.at_end()) == ("created", ["enabled"], True)


def test_private_cluster(lab: LabClient, open_guide: OpenGuide, bastion: Bastion) -> None:
    guide = open_guide("private_cluster")
    guide.replaces = {"/opt/immuta/bin/python": str(bastion.python()), "15439": str(free_port())}
    route, guide.way = guide.way, {**guide.way, "login_port": 1}
    guide.next(expect_rc=2)
    guide.way = route
    guide.next()
    guide.set_environment(environment(bastion))
    guide.next()
    bootstrap = guide.next()
    assert (operation(bootstrap), lab.can_log_in(ACCOUNT, PASSWORD, DATABASE), bastion.left()) == ("created", True, [])
    lab.reset()
    lab.switches(**AT_ONCE)
    guide.way = {}
    guide.set_environment({"PYTHONPATH": ""})
    guide.next()
    through = guide.next()
    assert (operation(through), lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)) == ("created", True)
    guide.next()
    assert guide.at_end()


def test_dba_hand_over(lab: LabClient, open_guide: OpenGuide) -> None:
    guide = open_guide("dba_hand_over")
    guide.next()
    files = sorted((guide.directory / "secure" / "analytics").iterdir())
    assert [(path.name, mode(path)) for path in files] == [("create.sql", 0o600), ("initial_create.sql", 0o600)]
    assert changed(guide.again()) == []
    assert (mode(files[0].parent), logins(lab), state(lab)) == (0o700, [], [])
    if shutil.which("psql"):
        guide.next()
        assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    else:
        guide.skip()
    guide.next()
    assert (lab.can_log_in(ACCOUNT, PASSWORD, DATABASE), state(lab)) == (True, [])
    assert (operation(guide.next()), state(lab)) == ("created", ["enabled"])
    last = guide.next()
    assert (operation(last), changed(last), guide.at_end()) == ("none", [], True)


def test_impersonation(lab: LabClient, open_guide: OpenGuide) -> None:
    put_manual(lab)
    guide = open_guide("impersonation")
    assert (operation(guide.next()), lab.sql(GROUP)) == ("updated", [])
    assert (operation(guide.next()), len(lab.sql(GROUP))) == ("updated", 1)
    assert lab.integrations()[0]["config"]["impersonation"] == {"enabled": True, "role": "may_impersonate"}
    assert changed(guide.again()) == []
    assert (operation(guide.next()), lab.sql(GROUP)) == ("updated", [])
    assert lab.integrations()[0]["config"]["impersonation"]["enabled"] is False
    assert guide.at_end()


def test_rotation(lab: LabClient, open_guide: OpenGuide) -> None:
    put_manual(lab)
    guide = open_guide("rotation")
    guide.edit_vault(vault_immuta_system_password=NEW_PASSWORD)
    guide.next()
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    assert operation(guide.next()) == "updated"
    assert lab.can_log_in(ACCOUNT, NEW_PASSWORD, DATABASE)
    assert not lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    again = guide.next()
    assert (operation(again), changed(again)) == ("none", [])
    lab.sql(f"ALTER USER {ACCOUNT} PASSWORD 'Mistake1x'")
    guide.next()
    assert lab.can_log_in(ACCOUNT, NEW_PASSWORD, DATABASE)
    assert (changed(guide.again()), guide.at_end()) == ([], True)


def test_repair(lab: LabClient, open_guide: OpenGuide) -> None:
    put_objects(lab)
    lab.seed({**record(manual()), "status": "editError", "validationResults": FAILING})
    guide = open_guide("repair")
    guide.next(expect_rc=2)
    assert (operation(guide.next()), state(lab)) == ("repaired", ["enabled"])
    assert changed(guide.again()) == []
    lab.set_status("createError")
    preview = guide.next()
    assert (outcome(preview)["scripts"][0]["script"], state(lab)) == ("cleanup", ["createError"])
    run = guide.next()
    assert [row["script"] for row in outcome(run)["scripts"]] == ["cleanup", "initial_create", "create"]
    assert [(row["id"], row["status"]) for row in lab.integrations()] == [("2", "enabled")]
    assert (lab.can_log_in(ACCOUNT, PASSWORD, DATABASE), guide.at_end()) == (True, True)


def test_adopt_and_export(lab: LabClient, open_guide: OpenGuide) -> None:
    put_manual(lab)
    guide = open_guide("adopt_and_export")
    guide.next()
    assert changed(guide.again()) == []
    guide.next()
    same = guide.next()
    assert (operation(same), changed(same), len(logins(lab))) == ("none", [], 0)
    run = guide.next()
    assert (operation(run), state(lab), guide.at_end()) == ("updated", ["enabled"], True)
    assert lab.integrations()[0]["config"]["impersonation"]["enabled"] is True


def test_delete(lab: LabClient, open_guide: OpenGuide) -> None:
    put_manual(lab)
    guide = open_guide("delete")
    assert (operation(guide.next()), state(lab), users(lab)) == ("deleted", ["enabled"], {ACCOUNT})
    run = guide.next()
    assert (operation(run), left_behind(run)) == ("deleted", [])
    assert (state(lab), users(lab), lab.sql(OBJECTS, DATABASE)) == ([], set(), [])
    assert changed(guide.again()) == []
    lab.reset()
    lab.switches(**AT_ONCE)
    put_manual(lab)
    assert (operation(guide.next()), state(lab), users(lab)) == ("deleted", [], {ACCOUNT})
    left = guide.next()
    assert (operation(left), users(lab), lab.sql(OBJECTS, DATABASE)) == ("none", set(), [])
    assert outcome(left)["changed"] is True
    lab.seed(record(automatic(lab)))
    guide.next()
    assert (state(lab), guide.at_end()) == ([], True)


def verdicts(directory: Path) -> dict[str, str]:
    """Return the verdicts of a report by Redshift host."""
    rows = json.loads((directory / "report" / "report.json").read_text(encoding="utf-8"))["clusters"]
    return {row["host"].partition(".")[0]: row["verdict"] for row in rows}


def test_fleet(lab: LabClient, open_guide: OpenGuide) -> None:
    put_manual(lab)
    for name in ("reports", "legacy"):
        lab.seed(record(manual(host=HOST.replace("analytics", name))))
    guide = open_guide("fleet")
    before = lab.integrations()
    calls(lab)
    guide.next()
    assert calls(lab) == READ
    found = {"sales": "missing", "reports": "drifted", "legacy": "unmanaged", "analytics": "in_sync"}
    assert verdicts(guide.directory) == found
    guide.next()
    guide.next(expect_rc=2)
    guide.next()
    guide.next()
    metrics = guide.next().stdout
    page = (GUIDES / "guide_fleet.rst").read_text(encoding="utf-8")
    assert set(re.findall(r"immuta_(?:integration|fleet)_[a-z_]+", page)) <= set(
        re.findall(r"^\w+", metrics, re.MULTILINE)
    )
    assert set(re.findall(r"\* - ``(\w+)``", page)) == set(SEVERITY)
    assert results(guide.next()) == {"sales": "would be created"}
    assert (lab.integrations(), logins(lab)[1:]) == (before, [])
    assert results(guide.next()) == {"analytics": "nothing to do", "reports": "updated", "sales": "created"}
    assert state(lab) == ["enabled"] * 4
    guide.next()  # the record of the run
    guide.next()
    calls(lab)
    assert set(results(guide.next()).values()) == {"nothing to do"}
    assert (calls(lab), guide.at_end()) == (READ, True)


def test_awx(lab: LabClient, playbook: PlaybookRunner) -> None:
    """The project's playbook with what the three credentials set. tests/integration/awx runs each of the commands."""
    commands = [words for block in blocks_of("awx") for words in block.commands if words[0] != "export"]
    assert [words[:2] for words in commands] == [
        ["ansible-builder", "create"],
        ["ansible-playbook", "controller.yml"],
        ["ansible-playbook", "controller.yml"],
        ["scripts/rename.sh", "acme"],
    ]
    lab.switches(**AT_ONCE)
    fields = {**login(lab), "username": ACCOUNT, "password": PASSWORD}
    env = {"IMMUTA_URL": lab.immuta_url, "IMMUTA_API_KEY": lab.immuta_api_key}
    for name in ("immuta_system", "redshift_admin"):
        injectors = yaml.safe_load((AWX / f"credential_type_{name}.yml").read_text(encoding="utf-8"))["injectors"]
        env |= {variable: fields[field.strip("{} ")] for variable, field in injectors["env"].items()}
    inventory = first_inventory()
    group = inventory["redshift_clusters"]["vars"]
    for option in ("immuta_url", "immuta_api_key", "username", "password", "login_user", "login_password"):
        del group[PREFIX + option]
    extra = {PREFIX + name: fields[name] for name in ("login_host", "login_port")}
    group[PREFIX + "ca_cert"] = lab.redshift_ca_cert
    run = playbook(AWX / "project" / "site.yml", inventory=inventory, extra_vars=extra, env=env)
    assert (operation(run), state(lab)) == ("created", ["enabled"])


def first_inventory() -> Options:
    """Return the inventory of the first guide."""
    inventory: Options = yaml.safe_load(blocks_of("first_integration")[0].text)
    return inventory


def test_example_inventory_is_that_of_the_guide() -> None:
    directory = ROOT / "docs" / "examples" / "inventory"
    shared = yaml.safe_load((directory / "group_vars" / "redshift_clusters" / "main.yml").read_text(encoding="utf-8"))
    hosts = yaml.safe_load((directory / "clusters.yml").read_text(encoding="utf-8"))["redshift_clusters"]["hosts"]
    group = first_inventory()["redshift_clusters"]
    assert (shared, hosts["analytics"]) == (group["vars"], group["hosts"]["analytics"])
    (bastions,) = [block.text for block in blocks_of("private_cluster") if block.caption == "bastion.yml"]
    assert yaml.safe_load((directory / "bastions.yml").read_text(encoding="utf-8")) == yaml.safe_load(bastions)
