# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of AWS, with a fake session in place of the one of boto3."""

from __future__ import annotations

import logging

import pytest

from ansible_collections.community.immuta.plugins.module_utils._errors import DatabaseError
from ansible_collections.community.immuta.plugins.module_utils._redshift import aws_client
from ansible_collections.community.immuta.plugins.module_utils._redshift.aws_client import TIMEOUTS, AwsClient
from ansible_collections.community.immuta.plugins.module_utils._redshift.aws_login import AwsCall
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER

errors = pytest.importorskip("botocore.exceptions", reason="boto3 is optional")

AWS = {"cluster_identifier": "analytics", "region": "eu-west-1", "profile": "prod", "endpoint_url": "https://vpce"}
ROLE = {"assume_role_arn": "arn:aws:iam::1:role/r", "external_id": "ext"}
DESCRIBE = AwsCall("redshift", "DescribeClusters", {"ClusterIdentifier": "analytics"})
WITH_IAM = AwsCall("redshift", "GetClusterCredentialsWithIAM", {"DbName": "dev"})
CREDENTIALS = {"AccessKeyId": "ASIA", "SecretAccessKey": f"Key{MARKER}", "SessionToken": f"Token{MARKER}"}


class Boto3:
    """Records sessions, clients and calls; each call returns, or raises, what ``response`` says."""

    def __init__(self):
        self.sessions, self.clients, self.calls = [], [], []
        self.response = {}
        self.errors: list[Exception] = []
        self.region_name = "from the profile"

    def session(self, parameters):
        self.sessions.append(parameters)
        return self

    def client(self, service, endpoint_url, config):
        self.clients.append((service, endpoint_url, config.connect_timeout))
        return self

    def __getattr__(self, method):
        def call(**parameters):
            self.calls.append((method, parameters))
            for error in self.errors:
                raise error
            return {"Credentials": CREDENTIALS} if method == "assume_role" else self.response

        return call


@pytest.fixture
def boto3(monkeypatch):
    found = Boto3()
    monkeypatch.setattr(aws_client, "make_session", found.session)
    return found


def test_a_call(boto3):
    boto3.response = {"Clusters": []}
    call = AwsClient(AWS)
    assert [call(DESCRIBE), call(WITH_IAM)] == [{"Clusters": []}] * 2
    assert boto3.sessions == [{"profile_name": "prod", "region_name": "eu-west-1"}]
    assert boto3.clients == [("redshift", "https://vpce", TIMEOUTS["connect_timeout"])] * 2
    assert boto3.calls == [
        ("describe_clusters", {"ClusterIdentifier": "analytics"}),
        ("get_cluster_credentials_with_iam", {"DbName": "dev"}),
    ]


def test_an_assumed_role(boto3):
    AwsClient({**AWS, **ROLE})(DESCRIBE)
    assert boto3.sessions[1] == {
        "aws_access_key_id": "ASIA",
        "aws_secret_access_key": f"Key{MARKER}",
        "aws_session_token": f"Token{MARKER}",
        "region_name": "from the profile",
    }
    assert [name for name, _parameters in boto3.calls] == ["assume_role", "describe_clusters"]
    assert boto3.calls[0][1]["ExternalId"] == "ext"
    assert [client[:2] for client in boto3.clients] == [("sts", None), ("redshift", "https://vpce")]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ClientError({"Error": {"Code": "ClusterNotFound", "Message": "No."}}, "x"), "ClusterNotFound: No."),
        (errors.ClientError({}, "x"), "None: no message."),
        (errors.NoRegionError(), "NoRegionError: You must specify a region."),
        (ValueError("Invalid endpoint: x"), "ValueError: Invalid endpoint: x."),
    ],
)
def test_errors(boto3, error, code):
    boto3.errors = [error]
    with pytest.raises(DatabaseError) as caught:
        AwsClient(AWS)(DESCRIBE)
    assert caught.value.message.startswith(f"Cluster analytics: DescribeClusters of AWS failed with {code}")


def test_a_session_that_cannot_be_made(monkeypatch):
    def make_session(_parameters):
        raise errors.ProfileNotFound(profile="prod")

    monkeypatch.setattr(aws_client, "make_session", make_session)
    with pytest.raises(DatabaseError, match="Check profile"):
        AwsClient(AWS)(DESCRIBE)


def test_the_log_never_shows_a_response():
    """On the level DEBUG, botocore logs the responses with their passwords."""
    pytest.importorskip("boto3")
    logging.getLogger("botocore").setLevel(logging.DEBUG)
    aws_client.make_session({"region_name": "eu-west-1"})
    assert {logging.getLogger(name).level for name in ("boto3", "botocore", "urllib3")} == {logging.WARNING}


def test_without_boto3(monkeypatch):
    def missing(_name):
        raise ImportError

    monkeypatch.setattr(aws_client.importlib, "import_module", missing)
    with pytest.raises(DatabaseError, match="Failed to import the required Python library"):
        AwsClient(AWS)(DESCRIBE)
