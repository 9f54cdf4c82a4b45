# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that are read as templates."""

from __future__ import annotations

import pytest
from ansible import template
from ansible.parsing.dataloader import DataLoader

from ansible_collections.community.immuta.plugins.plugin_utils._templates import VariableError, read_variable

from .play import OMIT, as_template


def read(value, is_text=False, **others):
    variables = {"name": as_template(value) if isinstance(value, str) else value, "omit": OMIT, "other": "x", **others}
    return read_variable(template.Templar(loader=DataLoader(), variables=variables), variables, "name", is_text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{{ other }}y", "xy"),
        (OMIT, None),
        (None, None),
        (False, False),
        ({"a": [1, None]}, {"a": [1, None]}),
    ],
)
def test_plain_data(value, expected):
    assert read(value) == expected


@pytest.mark.parametrize("text", ["{1: 2}", "[1,  2]", "True", "{(1, 2): 3}", "{'a': 1}", "12"])
def test_a_text_is_not_changed(text):
    assert read("{{ other }}", is_text=True, other=text) == text


@pytest.mark.skipif(not hasattr(template, "trust_as_template"), reason="ansible-core before 2.19 has no such error")
def test_a_value_that_is_omitted_by_ansible_itself():
    variables = {"name": as_template("{{ none_such | default(omit) }}")}
    assert read_variable(template.Templar(loader=DataLoader(), variables=variables), variables, "name") is None


def test_a_variable_that_is_not_there():
    assert read_variable(None, {}, "name") is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "{{ none_such }}",
            "name cannot be read: 'none_such' is undefined. Define it, or run with the vault that has it.",
        ),
        ("Marker1x{{ none_such.field }}", "name cannot be read: 'none_such' is undefined. Define it"),
        ("{{ {}.Marker1x }}", "name cannot be read: it refers to something that does not exist. Define it"),
        ("{{ undef(hint='Marker1x') }}", "name cannot be read: it refers to something that does not exist. Define it"),
        ({"number": float("inf")}, "name cannot be templated or decrypted."),
        ("{{ 1 / 0 }}", "name cannot be templated or decrypted. Check its value and the vault."),
    ],
)
def test_failures(value, message):
    with pytest.raises(VariableError, match=message) as caught:
        read(value)
    assert caught.value.__cause__ is None
    assert "Marker1x" not in str(caught.value)
