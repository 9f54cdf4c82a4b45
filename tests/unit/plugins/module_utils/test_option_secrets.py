# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options, and which fields of free options, are secrets, and what is shown of the others."""

from __future__ import annotations

import json

import pytest

from ansible_collections.community.immuta.plugins.module_utils._option_secrets import (
    HIDDEN,
    option_secrets,
    shown_options,
)
from ansible_collections.community.immuta.plugins.modules import redshift_integration, redshift_script
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER

SPEC = {**redshift_integration.argument_spec(), **redshift_script.argument_spec()}

#: options as the user writes them, the secrets in them, and what is shown of them
CASES = {
    "an option with no_log": ({"password": MARKER}, [MARKER], {"password": HIDDEN}),
    "a short one": ({"password": "1"}, [], {"password": HIDDEN}),
    "a number": ({"password": 12345}, [], {"password": HIDDEN}),
    "an empty one": ({"password": "", "login_password": None}, [], {"password": "", "login_password": None}),
    "a list with no_log": ({"secrets": [MARKER, "1"]}, [MARKER], {"secrets": HIDDEN}),
    "a suboption": (
        {"okta": {"username": "svc", "password": MARKER}},
        [MARKER],
        {"okta": {"username": "svc", "password": HIDDEN}},
    ),
    "a free field by its name": (
        {"extra_config": {"clientSecret": MARKER, "level": 1, "on": True, "stage": "dev"}},
        [MARKER],
        {"extra_config": {"clientSecret": HIDDEN, "level": 1, "on": True, "stage": "dev"}},
    ),
    "fields below a name": (
        {"extra_config": {"credentials": {"user": "me", "ids": [7, True, None]}}},
        [],
        {"extra_config": {"credentials": {"user": HIDDEN, "ids": [HIDDEN, True, None]}}},
    ),
    "a long text": ({"extra_config": {"plan": "long-enough"}}, ["long-enough"], {"extra_config": {"plan": "********"}}),
    "parameters of libpq": (
        {"connect_params": {"sslpassword": MARKER, "connect_timeout": 1, "application_name": "x"}},
        [MARKER],
        {"connect_params": {"sslpassword": HIDDEN, "connect_timeout": 1, "application_name": "x"}},
    ),
    "a typing error": ({"pasword": MARKER, "passwrd": 7}, [MARKER], {"pasword": "********", "passwrd": 7}),
    "JSON as text": ({"extra_config": json.dumps({"a": MARKER})}, None, {"extra_config": HIDDEN}),
    "JSON as text for suboptions": ({"okta": json.dumps({"password": MARKER})}, None, {"okta": HIDDEN}),
    "an alias": ({"ssl_rootcert": "/etc/ssl/ca.pem"}, [], {"ssl_rootcert": "/etc/ssl/ca.pem"}),
    "no secret": ({"port": 5439, "host": "h"}, [], {"port": 5439, "host": "h"}),
}


@pytest.mark.parametrize("case", CASES)
def test_secrets_and_what_is_shown(case):
    options, secrets, shown = CASES[case]
    found = option_secrets(SPEC, options)
    assert secrets is None or found == secrets
    assert shown_options(SPEC, options, found) == shown
    assert MARKER not in json.dumps(shown_options(SPEC, options, found))


def test_a_secret_is_hidden_in_other_options_too():
    shown = shown_options(
        SPEC, {"password": "S3cretWord", "host": "S3cretWord.example.com", "port": 1234}, ["S3cretWord"]
    )
    assert shown == {"password": HIDDEN, "host": "********.example.com", "port": 1234}
    assert shown_options(SPEC, {"port": 1234}, ["1234"]) == {"port": "********"}
    assert shown_options(SPEC, {"port": 1, "wait": True}, ["1", "true", "True"]) == {"port": 1, "wait": True}
