# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup that returns options of the modules from the variables of the role."""

from __future__ import annotations

import pytest
import yaml
from ansible import template
from ansible.errors import AnsibleLookupError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.community.immuta.plugins.lookup import _role_options
from ansible_collections.community.immuta.plugins.module_utils._module._role_options import GROUPS
from ansible_collections.community.immuta.tests.unit.plugins.modules.harness import MARKER
from ansible_collections.community.immuta.tests.unit.plugins.plugin_utils.play import OMIT, role_variables


def look_up(*terms, undefined="fail", **settings):
    variables = {**role_variables(settings), "omit": OMIT, "other": "x"}
    lookup = _role_options.LookupModule(templar=template.Templar(loader=DataLoader(), variables=variables))
    return lookup.run(list(terms), variables, undefined=undefined)


def test_the_documentation_has_every_group():
    documentation = yaml.safe_load(_role_options.DOCUMENTATION)
    assert documentation["options"]["_terms"]["choices"] == list(GROUPS)
    assert documentation["short_description"].startswith("[INTERNAL]")
    assert documentation["extends_documentation_fragment"] == ["community.immuta._internal"]


def test_one_dictionary():
    found = look_up("settings", "integration", host="{{ other }}.example.com", port=OMIT, wait=False)
    assert found == [{"host": "x.example.com", "wait": False}]


def test_a_later_group_wins():
    settings = {"username": "account", "login_user": "admin"}
    assert look_up("login", "login_as_system_account", **settings)[0]["login_user"] == "account"
    assert look_up("login_as_system_account", "login", **settings)[0]["login_user"] == "admin"


def test_a_variable_that_is_undefined():
    with pytest.raises(AnsibleLookupError, match=r"redshift_integration_host cannot be read: .*none_such") as caught:
        look_up("settings", host="{{ none_such }}")
    assert "Define it" in str(caught.value)


def test_a_variable_that_is_undefined_can_be_left_out():
    assert look_up("settings", undefined="omit", host="{{ none_such }}", port=5439) == [{"port": 5439}]
    with pytest.raises(AnsibleLookupError, match="redshift_integration_host cannot be templated"):
        look_up("settings", undefined="omit", host="{{ 1 / 0 }}")


def test_only_what_is_needed_is_templated():
    assert look_up("connection", password="{{ none_such }}") == [{}]


def test_a_failure_contains_no_value():
    with pytest.raises(AnsibleLookupError, match="redshift_integration_password cannot be templated") as caught:
        look_up("settings", password=f"{{{{ '{MARKER}' | from_json }}}}")
    assert MARKER not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_group_that_does_not_exist():
    with pytest.raises(
        AnsibleLookupError, match=r"The group other does not exist\. The groups are connection, settings"
    ):
        look_up("connection", "other")
