# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as what a module returns."""

from __future__ import annotations

import pytest

from ansible_collections.community.immuta.plugins.module_utils import _errors
from ansible_collections.community.immuta.plugins.module_utils._errors import ApiError, ImmutaError, OptionError

KINDS = sorted(name for name, kind in vars(_errors).items() if isinstance(kind, type) and issubclass(kind, ImmutaError))


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_is_the_name_of_the_class(name):
    error = getattr(_errors, name)("Why.")
    assert error.fail_args() == {"msg": "Why.", "failure": {"kind": name}}
    assert str(error) == error.message == "Why."


def test_values_and_details():
    error = OptionError("Why.", {"statements": [], "changed": True}, problems=["a"], line=0, sqlstate=None)
    assert error.fail_args() == {
        "msg": "Why.",
        "failure": {"kind": "OptionError", "problems": ["a"], "line": 0},
        "statements": [],
        "changed": True,
    }


@pytest.mark.parametrize(("details", "status"), [({}, 0), ({"status_code": None}, 0), ({"status_code": 404}, 404)])
def test_the_status_of_an_api_error(details, status):
    assert ApiError("Why.", **details).status_code == status


def test_kinds_are_public_names():
    """They are documented as ``failure.kind``: a playbook may compare with them."""
    assert set(KINDS) == {
        "ApiError",
        "DatabaseError",
        "FileError",
        "ImmutaError",
        "IntegrationError",
        "MissingEndpointError",
        "OptionError",
        "ScriptError",
        "UnknownResultError",
    }
