# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logins with temporary credentials of AWS. A fake client checks calls against the service model of botocore."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError, OptionError
from ansible_collections.community.immuta.plugins.module_utils._redshift import aws_client, session
from ansible_collections.community.immuta.plugins.modules import redshift_password, redshift_preflight
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER, complete

CLUSTER = {"cluster_identifier": "analytics", "region": "eu-west-1", "db_user": "awsuser"}
botocore = pytest.importorskip("botocore", reason="boto3 is optional")
MODEL = pytest.importorskip("botocore.session").Session()
ParamValidator = pytest.importorskip("botocore.validate").ParamValidator
errors = pytest.importorskip("botocore.exceptions")
CREDENTIALS = {"DbUser": "IAM:awsuser", "DbPassword": f"Aws{MARKER}"}
RESPONSES = {
    "get_cluster_credentials": CREDENTIALS,
    "get_cluster_credentials_with_iam": {**CREDENTIALS, "DbUser": "IAMR:role"},
    "get_credentials": {"dbUser": "IAMR:role", "dbPassword": f"Aws{MARKER}"},
    "describe_clusters": {"Clusters": [{"Endpoint": {"Address": "found.example.com", "Port": 5440}}]},
    "get_workgroup": {"workgroup": {"endpoint": {"address": "work.example.com", "port": 5441}}},
    "assume_role": {
        "Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": f"Key{MARKER}", "SessionToken": f"Token{MARKER}"}
    },
}


class Aws:
    """Takes the place of boto3: records sessions and calls, which must fit the model of the service."""

    def __init__(self):
        self.sessions, self.calls, self.fails = [], [], {}
        self.region_name = "eu-west-1"
        self.time, self.role_since, self.user_since = 0.0, 0.0, 0.0
        self.ages = [0.0]

    def session(self, parameters):
        self.sessions.append(parameters)
        return self

    def fetched(self, method):
        """Records when credentials are fetched, and the age of those that they are fetched with."""
        if method == "assume_role":
            self.role_since = self.time
        elif method.startswith("get_c"):
            self.user_since = self.time
            if any(name == "assume_role" for name, _parameters in self.calls):
                self.ages.append(self.time - self.role_since)

    def client(self, service, **_options):
        return Client(self, service)


class Client:
    """Takes the place of a client of boto3."""

    def __init__(self, aws, service):
        self._aws, self._service = aws, service

    def __getattr__(self, method):
        model = MODEL.get_service_model(self._service)
        names = {_snake(name): name for name in model.operation_names}
        operation = model.operation_model(names[method])

        def call(**parameters):
            assert not ParamValidator().validate(parameters, operation.input_shape).has_errors()
            self._aws.calls.append((method, parameters))
            self._aws.fetched(method)
            if method in self._aws.fails:
                raise self._aws.fails[method]
            assert set(RESPONSES[method]) <= set(operation.output_shape.members)
            return RESPONSES[method]

        return call


def _snake(name):
    return botocore.xform_name(name)


@pytest.fixture
def aws(monkeypatch):
    """AWS, and a Redshift that works; the parameters of each login are in ``logins``."""
    found = Aws()
    found.logins, found.problems = [], []

    def connect(_caller, parameters, **_options):
        found.logins.append(parameters)
        found.ages.append(found.time - found.user_since)
        problem = found.problems.pop(0) if found.problems else ""
        return (None, problem) if problem else (object(), "")

    monkeypatch.setattr(aws_client, "make_session", found.session)
    monkeypatch.setattr(session.postgres, "HAS_PSYCOPG", True)
    monkeypatch.setattr(session.postgres, "ensure_required_libs", lambda _caller: None)
    monkeypatch.setattr(session.postgres, "connect_to_db", connect)
    monkeypatch.setattr(session, "Session", lambda connection, secrets: list(secrets))
    monkeypatch.setattr(session.time, "monotonic", lambda: found.time)
    monkeypatch.delenv("PGUSER", raising=False)
    return found


def options(aws_options, **more):
    return complete(redshift_preflight, {"login_db": "dev", "login_aws": aws_options, **more})


@pytest.mark.parametrize(
    ("given", "method", "parameters"),
    [
        (
            {**CLUSTER, "db_groups": ["admins"], "duration": 1800},
            "get_cluster_credentials",
            {"ClusterIdentifier": "analytics", "DbName": "dev", "DbUser": "awsuser", "AutoCreate": False}
            | {"DbGroups": ["admins"], "DurationSeconds": 1800},
        ),
        (
            {"cluster_identifier": "analytics"},
            "get_cluster_credentials_with_iam",
            {"ClusterIdentifier": "analytics", "DbName": "dev"},
        ),
        ({"workgroup_name": "analytics"}, "get_credentials", {"workgroupName": "analytics", "dbName": "dev"}),
    ],
)
def test_credentials_are_fetched_for_each_login(aws, given, method, parameters):
    for _login in range(2):
        secrets = session.connect(options(given, login_host="h"))
        assert f"Aws{MARKER}" in secrets
    assert aws.calls == [(method, parameters)] * 2
    login = aws.logins[0]
    assert (login["user"], login["password"]) == (
        RESPONSES[method].get("DbUser", "IAMR:role"),
        f"Aws{MARKER}",
    )
    assert login["sslmode"] == "require"


@pytest.mark.parametrize(
    ("given", "port", "expected"),
    [
        (CLUSTER, 5439, ("found.example.com", 5440)),
        ({"workgroup_name": "analytics"}, 5439, ("work.example.com", 5441)),
        (CLUSTER, 6000, ("found.example.com", 6000)),
    ],
)
def test_the_address_is_looked_up(aws, given, port, expected):
    session.connect(options(given, login_port=port, ssl_mode="verify-full"))
    login = aws.logins[0]
    assert (login["host"], login["port"], login["sslmode"]) == (*expected, "verify-full")


def test_a_cluster_without_endpoint(aws, monkeypatch):
    monkeypatch.setitem(RESPONSES, "describe_clusters", {"Clusters": [{}]})
    with pytest.raises(DatabaseError, match="Wait until it is available"):
        session.connect(options(CLUSTER))


def test_an_assumed_role(aws):
    session.connect(options({**CLUSTER, "assume_role_arn": "arn:aws:iam::1:role/r12345678", "external_id": "ext"}))
    assert aws.calls[0][1]["ExternalId"] == "ext"
    assert aws.sessions[1]["aws_session_token"] == f"Token{MARKER}"


@pytest.mark.parametrize("role", [{}, {"assume_role_arn": "arn:aws:iam::1:role/r12345678"}])
def test_a_long_wait_never_meets_an_expired_credential(aws, monkeypatch, role):
    """AWS accepts both kinds of credentials for 900 seconds: those of the database user, and those of the role."""
    aws.problems = ['database "new" does not exist'] * 20

    def sleep(_seconds):
        aws.time += 100

    monkeypatch.setattr(session.time, "sleep", sleep)
    session.connect(options({**CLUSTER, **role}, login_host="h", wait_for_database=5000))
    assert max(aws.ages) < 900
    assert [name for name, _parameters in aws.calls].count("get_cluster_credentials") == 7
    assert [name for name, _parameters in aws.calls].count("assume_role") == (7 if role else 0)


@pytest.mark.parametrize(
    ("given", "more", "part"),
    [
        ({"region": "eu-west-1"}, {}, "either cluster_identifier or workgroup_name"),
        ({**CLUSTER, "workgroup_name": "analytics"}, {}, "either cluster_identifier or workgroup_name"),
        ({"workgroup_name": "analytics", "db_user": "u"}, {}, "Remove db_user"),
        ({"cluster_identifier": "c", "db_groups": ["g"]}, {}, "Set db_user"),
        ({**CLUSTER, "external_id": "e"}, {}, "Set assume_role_arn"),
        ({**CLUSTER, "duration": 60}, {}, "900 to 3600"),
        (CLUSTER, {"login_user": "admin"}, "Remove login_user"),
        (CLUSTER, {"login_password": "x"}, "Remove login_password"),
        (CLUSTER, {"ssl_mode": "disable"}, "TLS is required"),
        (CLUSTER, {"ssl_mode": "allow"}, "TLS is required"),
    ],
)
def test_wrong_options(aws, given, more, part):
    with pytest.raises(OptionError, match=part):
        session.connect(options(given, **more))
    assert aws.calls == []


def refused(code):
    return errors.ClientError({"Error": {"Code": code, "Message": "No."}}, "Operation")


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (refused("ClusterNotFound"), "Check cluster_identifier"),
        (refused("AccessDenied"), "the action redshift:GetClusterCredentials"),
        (refused("ExpiredToken"), "have expired"),
        (refused("SignatureDoesNotMatch"), "clock"),
        (refused("InvalidClientTokenId"), "access key"),
        (refused("Throttling"), "Run fewer hosts at once"),
        (refused("SomethingElse"), "Check login_aws"),
        (errors.NoRegionError(), "Set region"),
        (errors.ProfileNotFound(profile="p"), "Check profile"),
        (ValueError("Invalid endpoint: x"), "Invalid endpoint"),
    ],
)
def test_errors_say_what_to_do(aws, error, part):
    aws.fails["get_cluster_credentials"] = error
    with pytest.raises(DatabaseError) as caught:
        session.connect(options(CLUSTER, login_host="h"))
    assert "Cluster analytics: GetClusterCredentials of AWS failed with" in caught.value.message
    assert part in caught.value.message


def test_a_missing_role_permission_names_the_trust_policy(aws):
    aws.fails["assume_role"] = refused("AccessDenied")
    with pytest.raises(DatabaseError, match=r"sts:AssumeRole, and check the trust policy"):
        session.connect(options({**CLUSTER, "assume_role_arn": "arn:aws:iam::1:role/r12345678"}))


def test_the_login_after_a_new_password_is_not_one_of_aws(aws):
    given = {"login_db": "dev", "login_aws": CLUSTER, "username": "immuta", "password": f"New1{MARKER}"}
    login = session.with_address(complete(redshift_password, given))
    session.connect({**login, "login_user": "immuta", "login_password": given["password"], "login_aws": None})
    assert [name for name, _parameters in aws.calls] == ["describe_clusters"]
    assert aws.logins[0]["host"] == "found.example.com"


@pytest.mark.parametrize("problem", ["password authentication failed for user", 'user "IAM:x" does not exist'])
def test_redshift_refuses_the_credentials(aws, problem):
    aws.problems = [problem]
    with pytest.raises(DatabaseError) as caught:
        session.connect(options(CLUSTER, login_host="h"))
    assert caught.value.message.endswith(
        "Check that login_host and login_port are those of cluster analytics, and that db_user awsuser exists there: "
        "it is never created."
    )
