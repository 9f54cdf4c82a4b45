# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the environment stands in for a variable of the role."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils._module._accounts import (
    PRIVILEGED_ACCOUNT,
    SYSTEM_ACCOUNT,
    from_environment,
)

ENVIRON = {
    "IMMUTA_SYSTEM_USERNAME": "immuta_system",
    "IMMUTA_SYSTEM_PASSWORD": " word\n",
    "REDSHIFT_LOGIN_USER": "admin",
    "REDSHIFT_LOGIN_PASSWORD": "{{ word }}",
}
AWS = {"cluster_identifier": "cluster", "region": "eu-west-1"}


@pytest.mark.parametrize(
    ("variable", "values", "expected"),
    [
        ("username", {}, "immuta_system"),
        ("username", {"authentication_type": "userPassword", "login_aws": AWS}, "immuta_system"),
        ("username", {"authentication_type": "okta"}, ""),
        ("password", {}, " word\n"),
        ("password", {"authentication_type": "okta"}, ""),
        ("login_user", {}, "admin"),
        ("login_user", {"login_aws": {}, "authentication_type": "okta"}, "admin"),
        ("login_user", {"login_aws": AWS}, ""),
        ("login_password", {"login_aws": None}, "{{ word }}"),
        ("login_password", {"login_aws": AWS}, ""),
    ],
)
def test_when_the_environment_is_used(variable, values, expected):
    assert from_environment(variable, values, ENVIRON) == expected


@pytest.mark.parametrize("variable", [*SYSTEM_ACCOUNT, *PRIVILEGED_ACCOUNT])
def test_an_environment_without_the_variable(variable):
    assert from_environment(variable, {}, {}) == ""
