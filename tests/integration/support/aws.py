# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS for a test: a server whose cluster is the Redshift of the lab, where the users exist that it hands out."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import typing as t
from pathlib import Path

import psycopg
import pytest

from tests.lab.aws.endpoint import AwsEndpoint, running_endpoint
from tests.lab.aws.moto_server import MotoServer, running_moto
from tests.lab.client import LabClient

#: The database user of moto, and the one that Redshift has for an IAM identity, with its password.
ADMIN, IDENTITY = "IAM:awsuser", "IAMR:deploy"
SECRET = "MarkerOfAwsXy71"
CLUSTER = "analytics"
#: Credentials of AWS for our own endpoint, which does not check them.
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "MarkerOfKeyXy72"}

needs_boto3 = pytest.mark.skipif(
    bool(os.environ.get("TEST_MODULE_PYTHON") or os.environ.get("ANSIBLE_PLAYBOOK")),
    reason="boto3 is only in the Python of the tests",
)


def policy(*actions: str) -> dict[str, t.Any]:
    """Return a policy of IAM."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def actions(text: str) -> set[str]:
    """Return the operations that a policy allows."""
    return {statement["Action"].partition(":")[2] for statement in json.loads(text)["Statement"]}


def any_resource(text: str) -> dict[str, t.Any]:
    """Return a policy for every resource: moto does not compare resources."""
    found: dict[str, t.Any] = json.loads(text)
    for statement in found["Statement"]:
        assert "arn:aws:" in str(statement["Resource"])
        statement["Resource"] = "*"
    return found


class ProfileFile:
    """A file with credentials of AWS in one profile."""

    def __init__(self, path: Path, profile: str) -> None:
        self._path, self._profile = path, profile

    def of(self, url: str, keys: t.Mapping[str, str]) -> dict[str, str]:
        """Write credentials, and return the environment in which they are used at an address."""
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        lines = [f"[{self._profile}]", *(f"{name.lower()} = {keys[name]}" for name in names)]
        self._path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return {"AWS_SHARED_CREDENTIALS_FILE": str(self._path), "AWS_ENDPOINT_URL": url}


def put_secret(moto: MotoServer, name: str, user: str, password: str) -> None:
    """Put the secret of a managed admin password into Secrets Manager."""
    value = json.dumps({"username": user, "password": password})
    moto.client("secretsmanager").create_secret(Name=name, SecretString=value)


def run_sql(lab: LabClient, text: str) -> None:
    """Run SQL in the Redshift of the lab, not in the PostgreSQL behind it."""
    address = {"host": lab.redshift_host, "port": lab.redshift_port, "dbname": "dev"}
    login = {"user": lab.redshift_admin_user, "password": lab.redshift_admin_password}
    with psycopg.connect(**address, **login, autocommit=True) as connection:
        connection.execute(text.encode())


@contextlib.contextmanager
def moto_of(lab: LabClient) -> t.Iterator[MotoServer]:
    """moto's server with one cluster. Each password that it hands out replaces the one before."""
    one_at_a_time = threading.Lock()

    def make_user(user: str, password: str) -> None:
        with one_at_a_time:
            exists = lab.sql(f"SELECT 1 AS found FROM pg_user WHERE usename = '{user}'")
            lab.sql(f"{'ALTER' if exists else 'CREATE'} USER \"{user}\" SUPERUSER PASSWORD '{password}'")

    with running_moto(make_user) as server:
        server.client("redshift").create_cluster(
            ClusterIdentifier=CLUSTER,
            NodeType="ra3.large",
            MasterUsername="awsuser",
            MasterUserPassword="Xy12345678",
            Port=int(lab.redshift_port),
        )
        try:
            yield server
        finally:
            drop_user(lab, ADMIN)


@contextlib.contextmanager
def endpoint_of(lab: LabClient) -> t.Iterator[AwsEndpoint]:
    """Our own endpoint. Its user is the one that Redshift creates for an IAM identity: it has no privileges."""
    lab.sql(f"CREATE USER \"{IDENTITY}\" PASSWORD '{SECRET}'")
    address = (str(lab.redshift_host), int(lab.redshift_port))
    try:
        with running_endpoint(AwsEndpoint(CLUSTER, address, IDENTITY, SECRET)) as endpoint:
            yield endpoint
    finally:
        drop_user(lab, IDENTITY)


def drop_user(lab: LabClient, user: str) -> None:
    """Drop a database user with what belongs to it."""
    if lab.sql(f"SELECT 1 AS found FROM pg_user WHERE usename = '{user}'"):
        lab.sql(f'REASSIGN OWNED BY "{user}" TO CURRENT_USER')
        lab.reset()
        lab.sql(f'DROP USER IF EXISTS "{user}"')
