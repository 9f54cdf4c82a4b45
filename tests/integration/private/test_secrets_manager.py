# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipe of the guide for AWS: the admin password is in Secrets Manager, and the collection amazon.aws reads it."""

from __future__ import annotations

import re
import typing as t

import pytest
import yaml

from tests.integration.support.aws import drop_user, moto_of, needs_boto3, policy, put_secret
from tests.integration.support.guides import blocks_of
from tests.integration.support.playbook_runner import PlaybookRunner
from tests.integration.support.scenarios import (
    ACCOUNT,
    AT_ONCE,
    DATABASE,
    PASSWORD,
    ROLE,
    Options,
    manual,
    play,
    role_play,
    role_vars,
)
from tests.lab.aws.moto_server import MotoServer
from tests.lab.client import LabClient

pytestmark = needs_boto3
#: Looks like a template, and stays as it is.
USER, SECRET = "secretadmin", "Marker{{ 1 + 1 }}Xy75"
NAME = "redshift!analytics-awsuser"


@pytest.fixture
def moto(lab: LabClient) -> t.Iterator[MotoServer]:
    """Secrets Manager with the password of a superuser."""
    lab.sql(f"CREATE USER {USER} SUPERUSER PASSWORD '{SECRET}'")
    try:
        with moto_of(lab) as server:
            put_secret(server, NAME, USER, SECRET)
            yield server
    finally:
        drop_user(lab, USER)


def recipe(lab: LabClient) -> Options:
    """Return the variables of the role, with those that the guide shows."""
    (text,) = [block.text for block in blocks_of("aws_login") if NAME in block.text and block.language == "yaml"]
    return {**role_vars(lab, manual(), login_user=None, login_password=None), **yaml.safe_load(text)}


def test_the_managed_password(moto: MotoServer, lab: LabClient, playbook: PlaybookRunner) -> None:
    lab.switches(**AT_ONCE)
    allowed = moto.new_identity("deploy", policy("secretsmanager:GetSecretValue"))
    refused = moto.new_identity("nobody", policy("secretsmanager:ListSecrets"))
    moto.check_permissions()
    variables = recipe(lab)
    run = playbook(role_play(vars=variables), env=allowed, verbosity=4)
    assert lab.can_log_in(ACCOUNT, PASSWORD, DATABASE)
    reads = moto.operations.count("GetSecretValue")
    lab.sql(f"ALTER USER {USER} PASSWORD 'Another1x'")
    check = {"ansible.builtin.import_role": {"name": ROLE, "tasks_from": "check"}}
    options = {"redshift_integration_host": "two.example.com", "redshift_integration_database": "two"}
    wrong = playbook(play(check, vars={**variables, **options}), env=allowed, verbosity=4)
    denied = playbook(role_play(vars={**variables, **options}), env=refused, expect_rc=2, verbosity=4)
    assert f"as {USER}: " in wrong.output
    assert re.search(r"AccessDenied|not authorized", denied.output)
    for one in (run, wrong, denied):
        assert [text for text in (SECRET, "Marker2Xy75") if text in one.output] == []
    assert 0 < reads < 25
