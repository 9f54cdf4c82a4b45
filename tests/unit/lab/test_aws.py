# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of AWS over HTTP, with the real boto3: against moto's server, and our own endpoint for what moto lacks."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._redshift import aws_login
from ansible_collections.community.immuta.plugins.module_utils._redshift.aws_client import AwsClient
from tests.lab.aws.endpoint import ROLE_KEY, AwsEndpoint, Refusal, running_endpoint
from tests.lab.aws.moto_server import MotoServer, environment, running_moto

ADDRESS = ("work.example.com", 5440)
CLUSTER = {"cluster_identifier": "analytics", "db_user": "awsuser"}
IDENTITY = {"cluster_identifier": "analytics"}
WORKGROUP = {"workgroup_name": "analytics"}
ALL = "*"


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def use(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    """Set environment variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[AwsEndpoint]:
    """Our own endpoint, and credentials for it."""
    with running_endpoint(AwsEndpoint("analytics", ADDRESS, "IAMR:bootstrap", "Secret & <more>")) as endpoint:
        use(monkeypatch, environment("AKIATEST", "secret", endpoint.url))
        yield endpoint


@pytest.fixture
def moto() -> t.Iterator[MotoServer]:
    """moto's server with one cluster."""
    with running_moto(lambda _user, _password: None) as server:
        server.client("redshift").create_cluster(
            ClusterIdentifier="analytics", NodeType="ra3.large", MasterUsername="awsuser", MasterUserPassword="Xy123456"
        )
        yield server


def login(given: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return host, port, user and password, as a login finds them."""
    options = {"login_aws": given, "login_db": "dev", "login_host": "", "login_port": 5439, "ssl_mode": "prefer"}
    client = AwsClient(aws_login.settings(options))
    return aws_login.with_credentials(aws_login.with_address(options, client), client)


def failing(given: dict[str, t.Any]) -> str:
    """Return the message of a login that fails."""
    with pytest.raises(DatabaseError) as caught:
        login(given)
    return caught.value.message


def allow(*actions: str) -> dict[str, t.Any]:
    """Return a policy."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": ALL}]}


@pytest.mark.parametrize(
    ("given", "operations"),
    [
        (CLUSTER, ["DescribeClusters", "GetClusterCredentials"]),
        (IDENTITY, ["DescribeClusters", "GetClusterCredentialsWithIAM"]),
        (WORKGROUP, ["GetWorkgroup", "GetCredentials"]),
    ],
)
def test_each_kind_of_login(aws: AwsEndpoint, given: dict[str, t.Any], operations: list[str]) -> None:
    found = login(given)
    assert (found["login_host"], found["login_port"], found["ssl_mode"]) == (*ADDRESS, "require")
    assert (found["login_user"], found["login_password"]) == ("IAMR:bootstrap", "Secret & <more>")
    assert aws.operations == operations
    assert {call.key for call in aws.calls} == {"AKIATEST"}


@pytest.mark.parametrize("given", [IDENTITY, WORKGROUP])
def test_the_credentials_of_the_role_are_used(aws: AwsEndpoint, given: dict[str, t.Any]) -> None:
    aws.external_id = "customer"
    role = {"assume_role_arn": "arn:aws:iam::123456789012:role/bootstrap", "external_id": "customer"}
    login({**given, **role})
    assert aws.operations[0] == "AssumeRole"
    assert [call.key for call in aws.calls] == ["AKIATEST", ROLE_KEY, ROLE_KEY]
    assert aws.calls[0].parameters["DurationSeconds"] == "900"


def test_policies_of_iam(moto: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each action that is missing is named; with both, the login is ready."""
    steps = [
        ((), "redshift:DescribeClusters"),
        (("redshift:DescribeClusters",), "redshift:GetClusterCredentials"),
        (("redshift:DescribeClusters", "redshift:GetClusterCredentials"), ""),
    ]
    identities = [moto.new_identity(f"u{len(actions)}", allow(*actions, "iam:GetUser")) for actions, _missing in steps]
    moto.check_permissions()
    for variables, (_actions, missing) in zip(identities, steps, strict=True):
        use(monkeypatch, variables)
        if missing:
            assert f"Allow the IAM identity the action {missing}." in failing(CLUSTER)
        else:
            assert login(CLUSTER)["login_user"] == "IAM:awsuser"
    assert "redshift.amazonaws.com" in login(CLUSTER)["login_host"]


def test_a_role_with_an_external_id(moto: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": ALL},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "customer"}},
            }
        ],
    }
    iam = moto.client("iam")
    role = iam.create_role(RoleName="bootstrap", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="bootstrap", PolicyName="p", PolicyDocument=json.dumps(allow("redshift:*")))
    use(monkeypatch, moto.new_identity("deploy", allow("sts:AssumeRole")))
    moto.check_permissions()
    given = {**CLUSTER, "assume_role_arn": role}
    assert login({**given, "external_id": "customer"})["login_user"] == "IAM:awsuser"
    assert "check the trust policy and external_id" in failing({**given, "external_id": "other"})
    assert "Allow the IAM identity the action redshift:DescribeClusters." in failing(CLUSTER)


def test_wrong_keys(moto: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    right = moto.new_identity("deploy", allow("redshift:*"))
    moto.check_permissions()
    use(monkeypatch, {**right, "AWS_SECRET_ACCESS_KEY": "wrong"})
    assert "Check the clock of this machine" in failing(CLUSTER)
    use(monkeypatch, {**right, "AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"})
    assert "AWS does not know this access key" in failing(CLUSTER)


def test_wrong_names(moto: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, moto.new_identity("deploy", allow("redshift:*")))
    for region in ("eu-west-1", "us-east-1"):
        given = {**CLUSTER, "cluster_identifier": "analytics" if region == "us-east-1" else "other", "region": region}
        message = failing(given)
        assert "ClusterNotFound" in message
        assert "Check cluster_identifier or workgroup_name, region, and that the credentials" in message


_DENIED = "User: arn:aws:iam::123456789012:user/deploy is not authorized to perform: redshift-serverless:GetWorkgroup"


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        (Refusal(400, "AccessDeniedException", _DENIED), "Allow the IAM identity the action redshift-serverless:Get"),
        (Refusal(400, "ExpiredTokenException", "The security token is expired"), "have expired: get new ones"),
        (Refusal(400, "InvalidSignatureException", "Signature expired: 20261124T1"), "Check the clock"),
        (Refusal(400, "UnrecognizedClientException", "The token is invalid."), "does not know this access key"),
        (Refusal(400, "ResourceNotFoundException", "Workgroup not found."), "Check cluster_identifier or workgroup"),
        (Refusal(400, "SomethingNew", "No."), "Check login_aws and run again."),
    ],
)
def test_errors_of_aws(aws: AwsEndpoint, refusal: Refusal, advice: str) -> None:
    aws.refuses["GetWorkgroup"] = refusal
    message = failing(WORKGROUP)
    assert message.startswith(f"Workgroup analytics: GetWorkgroup of AWS failed with {refusal.code}: ")
    assert advice in message


CONFIG = """
[profile keys]
aws_access_key_id = AKIAPROFILE
aws_secret_access_key = secret
region = eu-central-1

[profile incomplete]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = nobody

[profile program]
region = eu-west-1
credential_process = false

[profile sso]
region = eu-west-1
sso_session = corporate
sso_account_id = 123456789012
sso_role_name = admin

[sso-session corporate]
sso_region = eu-west-1
sso_start_url = https://sso.invalid/start
"""


@pytest.mark.parametrize(
    ("given", "variables", "parts"),
    [
        ({}, {"AWS_REGION": ""}, ["NoRegionError", "Set region in login_aws, or the environment variable AWS_REGION."]),
        ({"region": "no region"}, {}, ["InvalidRegionError", "Check region in login_aws"]),
        ({"profile": "nobody"}, {}, ["ProfileNotFound", "Check profile in login_aws"]),
        ({"profile": "incomplete"}, {}, ["InvalidConfigError", "Check profile in login_aws"]),
        ({"profile": "program"}, {}, ["CredentialRetrievalError", "Check where the AWS credentials come from"]),
        ({"profile": "sso"}, {}, ["SSOTokenLoadError", "aws sso login"]),
        ({}, {"AWS_ACCESS_KEY_ID": ""}, ["NoCredentialsError", "Set AWS credentials where the module runs"]),
        ({}, {"AWS_SECRET_ACCESS_KEY": ""}, ["PartialCredentialsError", "Set both the access key and the secret key"]),
        ({"endpoint_url": "no address"}, {}, ["Invalid endpoint", "Check login_aws"]),
        ({"endpoint_url": "http://127.0.0.1:9"}, {}, ["EndpointConnectionError", "Check the network, the proxy"]),
        ({"endpoint_url": "with TLS"}, {"AWS_CA_BUNDLE": "/none.pem"}, ["SSLError", "AWS_CA_BUNDLE"]),
    ],
)
def test_errors_before_the_call(
    aws: AwsEndpoint,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    given: dict[str, t.Any],
    variables: dict[str, str],
    parts: list[str],
) -> None:
    (tmp_path / "config").write_text(CONFIG, encoding="utf-8")
    use(monkeypatch, {"AWS_CONFIG_FILE": str(tmp_path / "config"), **variables})
    if "profile" in given:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    if given.get("endpoint_url") == "with TLS":
        given = {"endpoint_url": aws.url.replace("http", "https")}
    message = failing({**CLUSTER, **given})
    assert message.startswith("Cluster analytics: DescribeClusters of AWS failed with ")
    for part in parts:
        assert part in message
    assert aws.calls == []


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_of_the_environment(moto: MotoServer, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    use(monkeypatch, moto.new_identity("deploy", allow("redshift:*")))
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv(variable, "eu-west-1")
    assert ".eu-west-1." in login(CLUSTER)["login_host"]


def test_a_profile(aws: AwsEndpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    login({**CLUSTER, "profile": "keys"})
    assert {call.key for call in aws.calls} == {"AKIAPROFILE"}
