# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins with temporary credentials of AWS: the real boto3, an endpoint of our own, and the user in PostgreSQL."""

from __future__ import annotations

import os
import typing as t

import pytest

from tests.integration.support.playbook_runner import PlaybookRunner
from tests.integration.support.scenarios import (
    AT_ONCE,
    OTHER_PROCESS,
    PREFLIGHT,
    ROLE,
    RUN,
    Options,
    manual,
    role_vars,
)
from tests.lab.aws.endpoint import AwsEndpoint, running_endpoint
from tests.lab.client import LabClient

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("TEST_MODULE_PYTHON") or os.environ.get("ANSIBLE_PLAYBOOK")),
    reason="boto3 is only in the Python of the tests",
)
USER, SECRET = "IAM:awsuser", "MarkerOfAwsXy71"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def aws(lab: LabClient) -> t.Iterator[AwsEndpoint]:
    """AWS with one cluster, which is the Redshift of the lab, where the user exists that it hands out."""
    lab.sql(f"CREATE USER \"{USER}\" SUPERUSER PASSWORD '{SECRET}'")
    address = (str(lab.redshift_host), int(lab.redshift_port))
    try:
        with running_endpoint(AwsEndpoint("analytics", address, USER, SECRET)) as endpoint:
            yield endpoint
    finally:
        lab.sql(f'REASSIGN OWNED BY "{USER}" TO CURRENT_USER')
        lab.reset()
        lab.sql(f'DROP USER IF EXISTS "{USER}"')


def login_aws(aws: AwsEndpoint, **more: t.Any) -> Options:
    """Return the option ``login_aws`` for the cluster."""
    given = {"cluster_identifier": "analytics", "region": "eu-west-1", "db_user": "awsuser", "endpoint_url": aws.url}
    return {**given, **more}


def test_modules(aws: AwsEndpoint, playbook: PlaybookRunner, tmp_path: t.Any) -> None:
    """Both kinds of credentials, an assumed role, an error that says what to do; here and in a module process."""
    script = tmp_path / "one.sql"
    script.write_text("SELECT 1;")
    role = {"assume_role_arn": "arn:aws:iam::123456789012:role/bootstrap", "external_id": "customer"}
    cases: list[tuple[str, str, Options, Options, Options]] = [
        ("user", PREFLIGHT, login_aws(aws), {}, {}),
        ("identity", RUN, login_aws(aws, db_user=None, **role), {"path": str(script)}, OTHER_PROCESS),
        ("missing", PREFLIGHT, login_aws(aws, cluster_identifier="other"), {}, OTHER_PROCESS),
    ]
    tasks = [
        {
            "name": name,
            module: {"login_db": "dev", "login_aws": {k: v for k, v in given.items() if v is not None}, **more},
            "ignore_errors": True,
            **place,
        }
        for name, module, given, more, place in cases
    ]
    env = {**KEYS, "AWS_ENDPOINT_URL_STS": aws.url}
    run = playbook([{"hosts": "all", "gather_facts": False, "tasks": tasks}], env=env, arguments=["-vvvv"])
    assert "superuser" in run.task("user")
    assert run.task("identity")["statements"][0]["status"] == "ok"
    assert "ClusterNotFound" in run.task("missing")["msg"]
    assert "Check cluster_identifier" in run.task("missing")["msg"]
    assert SECRET not in run.output
    assert [operation for operation, _parameters in aws.calls] == [
        "DescribeClusters", "GetClusterCredentials",
        "AssumeRole", "DescribeClusters", "AssumeRole", "GetClusterCredentialsWithIAM", "DescribeClusters",
    ]  # fmt: skip
    assert aws.calls[1][1]["AutoCreate"] == "false"


def test_the_role(aws: AwsEndpoint, lab: LabClient, playbook: PlaybookRunner) -> None:
    """A whole bootstrap without a password of the admin: each login of the admin fetches credentials of its own."""
    lab.switches(**AT_ONCE)
    variables = role_vars(lab, manual(), login_user=None, login_password=None, login_aws=login_aws(aws))
    env = {**KEYS, "REDSHIFT_LOGIN_USER": "somebody", "REDSHIFT_LOGIN_PASSWORD": "else"}
    tasks = [{"ansible.builtin.import_role": {"name": ROLE}}]
    run = playbook([{"hosts": "all", "gather_facts": False, "vars": variables, "tasks": tasks}], env=env)
    assert run.failures == []
    check = {"ansible.builtin.import_role": {"name": ROLE, "tasks_from": "check"}}
    again = playbook([{"hosts": "all", "gather_facts": False, "vars": variables, "tasks": [check]}], env=env)
    assert SECRET not in again.output
    assert [operation for operation, _parameters in aws.calls] == ["GetClusterCredentials"] * 3
    assert [parameters["DbName"] for _operation, parameters in aws.calls] == ["dev", "dev", "immuta_policies"]
    assert SECRET not in run.output
