# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins with temporary credentials of AWS: real boto3, real PostgreSQL with the user that is handed out.

AWS is moto's server, with its policies of IAM, and for what moto does not have our own endpoint.
"""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.support.aws import CLUSTER, IDENTITY, KEYS, SECRET, endpoint_of, moto_of, needs_boto3, policy
from tests.integration.support.playbook_runner import PlaybookRunner, Run
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    OTHER_PROCESS,
    PASSWORD,
    PREFLIGHT,
    ROLE,
    RUN,
    Options,
    manual,
    play,
    role_vars,
    step,
)
from tests.lab.aws.endpoint import ROLE_SECRET, ROLE_TOKEN, AwsEndpoint
from tests.lab.aws.moto_server import MotoServer, environment
from tests.lab.client import LabClient

pytestmark = needs_boto3
SET_PASSWORD = "community.immuta.redshift_password"
TOKEN = "MarkerOfTokenXy76"
KEY_SECRET = KEYS["AWS_SECRET_ACCESS_KEY"]
DB_USER = {"cluster_identifier": CLUSTER, "db_user": "awsuser"}
ROLE_ARN = {"assume_role_arn": "arn:aws:iam::123456789012:role/bootstrap", "external_id": "customer"}
ALLOWED = ("redshift:DescribeClusters", "redshift:GetClusterCredentials")


@pytest.fixture
def moto(lab: LabClient) -> t.Iterator[MotoServer]:
    """moto's server with one cluster, which is the Redshift of the lab."""
    with moto_of(lab) as server:
        yield server


@pytest.fixture
def aws(lab: LabClient) -> t.Iterator[AwsEndpoint]:
    """Our own endpoint, with a user without privileges."""
    with endpoint_of(lab) as endpoint:
        endpoint.external_id = "customer"
        yield endpoint


def assert_silent(run: Run, secrets: t.Iterable[str]) -> None:
    """See that no secret is in any output."""
    found = list(secrets)
    assert found
    assert [secret for secret in found if secret in run.output] == []


def in_both_places(name: str, module: str, options: Options) -> list[Options]:
    """Return the task twice: inside ansible-playbook, and in a module process."""
    return [
        step(f"{name} here", module, {"login_db": "dev", **options}),
        step(f"{name} there", module, {"login_db": "dev", **options}, **OTHER_PROCESS),
    ]


def test_a_database_user(moto: MotoServer, lab: LabClient, playbook: PlaybookRunner) -> None:
    """Host and port are looked up, credentials are fetched; without the permission, its name is in the message."""
    allowed, refused = (moto.new_identity(str(len(actions)), policy(*actions)) for actions in (ALLOWED, ALLOWED[:1]))
    moto.check_permissions()
    options = {"login_aws": DB_USER, "connect_params": {"hostaddr": lab.redshift_host}}
    lab.sql(f"CREATE USER {ACCOUNT} PASSWORD 'Before1x'")
    account = {"username": ACCOUNT, "password": PASSWORD, **options}
    tasks = [*in_both_places("right", PREFLIGHT, options), *in_both_places("password", SET_PASSWORD, account)]
    run = playbook(play(*tasks), env=allowed, verbosity=4)
    for place in ("here", "there"):
        assert run.task(f"right {place}")["superuser"] is True
        assert run.task(f"password {place}")["changed"] is (place == "here")
    fetched = ["DescribeClusters", "GetClusterCredentials"]
    assert moto.operations == [*fetched * 3, "DescribeClusters"]  # the second time, the account can log in already
    assert moto.calls[1][1]["AutoCreate"] == "false"
    assert_silent(run, moto.secrets)
    run = playbook(play(*in_both_places("wrong", PREFLIGHT, options)), env=refused, verbosity=4)
    for place in ("here", "there"):
        message = run.task(f"wrong {place}")["msg"]
        assert "Cluster analytics: GetClusterCredentials of AWS failed with AccessDenied" in message
        assert "Allow the IAM identity the action redshift:GetClusterCredentials." in message
    assert_silent(run, moto.secrets)


def test_an_iam_identity(aws: AwsEndpoint, lab: LabClient, playbook: PlaybookRunner, tmp_path: t.Any) -> None:
    """A workgroup, a cluster with an assumed role, and what is wrong with the user that Redshift creates."""
    script = tmp_path / "one.sql"
    script.write_text("SELECT 1;")
    workgroup, cluster = {"workgroup_name": "analytics"}, {"cluster_identifier": "analytics", **ROLE_ARN}
    rights = {"rights": ["create_database", "create_user"], "database": "new"}
    tasks = [
        *in_both_places("workgroup", RUN, {"path": str(script), "login_aws": workgroup}),
        *in_both_places("cluster", RUN, {"path": str(script), "login_aws": cluster}),
        *in_both_places("rights", PREFLIGHT, {"login_aws": workgroup, **rights}),
        *in_both_places("external id", RUN, {"path": str(script), "login_aws": {**cluster, "external_id": "other"}}),
        *in_both_places("no TLS", RUN, {"path": str(script), "login_aws": workgroup, "ssl_mode": "allow"}),
    ]
    env = {**environment(*KEYS.values(), aws.url), "AWS_SESSION_TOKEN": TOKEN}
    run = playbook(play(*tasks), env=env, verbosity=4)
    for place in ("here", "there"):
        assert run.task(f"workgroup {place}")["statements"][0]["status"] == "ok"
        assert run.task(f"cluster {place}")["statements"][0]["status"] == "ok"
        message = run.task(f"rights {place}")["msg"]
        assert "is not allowed to create databases and create users" in message
        assert "Redshift creates a user without privileges for an IAM identity." in message
        assert "AssumeRole of AWS failed with AccessDenied" in run.task(f"external id {place}")["msg"]
        assert "TLS is required" in run.task(f"no TLS {place}")["msg"]
    credentials = ["GetWorkgroup", "GetCredentials"]
    role = ["AssumeRole", "DescribeClusters", "GetClusterCredentialsWithIAM"]
    assert aws.operations == credentials * 2 + role * 2 + credentials * 2 + ["AssumeRole"] * 2
    assert_silent(run, [SECRET, KEY_SECRET, TOKEN, ROLE_SECRET, ROLE_TOKEN])


def test_a_wrong_password_shows_no_credentials(aws: AwsEndpoint, lab: LabClient, playbook: PlaybookRunner) -> None:
    """Redshift refuses what AWS handed out: the message names the user and shows no secret."""
    lab.sql(f"ALTER USER \"{IDENTITY}\" PASSWORD 'Another1x'")
    env = environment(*KEYS.values(), aws.url)
    tasks = in_both_places("login", PREFLIGHT, {"login_aws": {"workgroup_name": "analytics"}})
    run = playbook(play(*tasks), env=env, verbosity=4)
    for place in ("here", "there"):
        message = run.task(f"login {place}")["msg"]
        assert f"as {IDENTITY}: " in message
        assert "Check that login_host and login_port are those of workgroup analytics." in message
    assert_silent(run, [SECRET, KEY_SECRET])


@pytest.mark.parametrize("kind", ["cluster", "workgroup"])
def test_the_role(kind: str, request: pytest.FixtureRequest, lab: LabClient, playbook: PlaybookRunner) -> None:
    """A whole bootstrap without a password of the admin: each login of the admin fetches its own credentials."""
    if kind == "cluster":
        moto: MotoServer = request.getfixturevalue("moto")
        env, given, server = moto.new_identity("deploy", policy(*ALLOWED)), DB_USER, moto
        moto.check_permissions()
    else:
        server = request.getfixturevalue("aws")
        lab.sql(f'ALTER USER "{IDENTITY}" SUPERUSER')
        env, given = environment(*KEYS.values(), server.url), {"workgroup_name": "analytics"}
    lab.switches(**AT_ONCE)
    variables = role_vars(lab, manual(), login_user=None, login_password=None, login_aws=given)
    env |= {"REDSHIFT_LOGIN_USER": "somebody", "REDSHIFT_LOGIN_PASSWORD": "else"}
    role = {"ansible.builtin.import_role": {"name": ROLE}}
    run = playbook(play(role, vars=variables), env=env, verbosity=4)
    assert run.failures == []
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    check = {"ansible.builtin.import_role": {"name": ROLE, "tasks_from": "check"}}
    again = playbook(play(check, vars=variables), env=env, verbosity=4)
    operation, name = ("GetClusterCredentials", "DbName") if kind == "cluster" else ("GetCredentials", "dbName")
    assert server.operations == [operation] * 3
    assert [call[1][name] for call in server.calls] == ["dev", "dev", "immuta_policies"]
    secrets = server.secrets if isinstance(server, MotoServer) else [SECRET, KEY_SECRET]
    for one in (run, again):
        assert_silent(one, secrets)
