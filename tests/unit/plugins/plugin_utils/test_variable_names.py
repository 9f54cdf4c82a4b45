# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misspelled variables of the role."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.plugin_utils._variable_names import role_variables, spelling_warnings

P = "redshift_integration_"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("sslmode", "ssl_mode"), ("databse", "database"), ("usrname", "username"), ("drop_object", "drop_objects")],
)
def test_a_misspelled_variable(name, meant):
    assert spelling_warnings({"one": ["ansible_host", P + name, P + "database"]}) == [
        f"{P}{name} (one) is not a variable of the role and has no effect. Is it {P}{meant}?"
    ]


def test_a_variable_of_many_hosts_is_named_once():
    (found,) = spelling_warnings({name: [P + "sslmode"] for name in ("one", "two", "three")})
    assert found.startswith(f"{P}sslmode (one and 2 more) is not")


@pytest.mark.parametrize("name", [P + "owner", P + "result", P + "fleet", "my_sslmode", *sorted(role_variables())])
def test_a_variable_that_is_right_or_belongs_to_somebody_else(name):
    assert spelling_warnings({"one": [name]}) == []
